package identity

import "strings"

// families maps LSP language identifiers whose errors come from the same tools
// to one name.
var families = map[string]string{
	"go.mod": "go", "go.work": "go", "gotmpl": "go",
	"javascript": "typescript", "javascriptreact": "typescript", "typescriptreact": "typescript",
	"js": "typescript", "jsx": "typescript", "ts": "typescript", "tsx": "typescript",
	"vue": "typescript", "svelte": "typescript",
	"cpp": "c", "objective-c": "c", "objective-cpp": "c", "cuda-cpp": "c", "objc": "c", "objcpp": "c",
	"py": "python", "rs": "rust", "golang": "go", "rb": "ruby",
	"kotlin": "kotlin",
	"scss":   "css", "less": "css", "sass": "css",
	"jsonc": "json", "json5": "json",
	"sh": "shellscript", "bash": "shellscript", "zsh": "shellscript",
}

// Family returns the language family that errors of a language belong to. An
// unknown language is its own family.
func Family(language string) string {
	language = strings.ToLower(language)
	if f := families[language]; f != "" {
		return f
	}
	return language
}
