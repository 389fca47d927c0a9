package identity

import (
	"path"
	"strings"
)

// LanguageOf is the LSP identifier of a file's language, as its name tells, ""
// where it does not.
func LanguageOf(name string) string {
	return extensions[strings.ToLower(path.Ext(strings.ReplaceAll(name, `\`, "/")))]
}
