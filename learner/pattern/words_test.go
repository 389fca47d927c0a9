package pattern

import (
	"testing"

	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// files are names of files in each language that has a grammar.
var files = map[string]string{
	"go": "a.go", "python": "a.py", "javascript": "a.js", "javascriptreact": "a.jsx", "typescript": "a.ts", "typescriptreact": "a.tsx",
	"rust": "a.rs", "java": "a.java", "c": "a.c", "cpp": "a.cpp", "ruby": "a.rb", "csharp": "A.cs", "php": "a.php",
	"vue": "A.vue", "svelte": "A.svelte",
}

// TestEveryLanguageIsKnown: a language with a grammar has all that is kept of
// it elsewhere. What fails here is a step of CONTRIBUTING.md, "Adding a
// language".
func TestEveryLanguageIsKnown(t *testing.T) {
	for _, name := range syntax.Names() {
		lang := syntax.For(name)
		if file := files[name]; file == "" {
			t.Errorf("%s: add the name of a file here", name)
		} else if got := identity.LanguageOf(file); got != name {
			t.Errorf("%s is in %q: add the extension of %s in analysis/identity/fromline.go", file, got, name)
		}
		if got := identity.Family(name); got != lang.Family {
			t.Errorf("%s: the family is %s in analysis/identity/family.go and %s in analysis/syntax/language.go", name, got, lang.Family)
		}
		if len(keywords[lang.Family]) == 0 || len(builtins[lang.Family]) == 0 {
			t.Errorf("%s: add keywords and builtins of the family %s in shape.go", name, lang.Family)
		}
		if len(suppressions[lang.Family]) == 0 {
			t.Errorf("%s: add in class.go how tools of the family %s are told to be silent", name, lang.Family)
		}
	}
}
