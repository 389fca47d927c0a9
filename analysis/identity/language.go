package identity

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// LanguageOf is the LSP identifier of a file's language, as its name tells, ""
// where it does not.
func LanguageOf(name string) string {
	return extensions[strings.ToLower(path.Ext(strings.ReplaceAll(name, `\`, "/")))]
}

// Extensions lists the file name extensions that LanguageOf knows, each with
// its dot.
func Extensions() []string { return slices.Sorted(maps.Keys(extensions)) }
