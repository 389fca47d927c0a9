package index

import (
	"context"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// messages are what tools say, with @ for a name.
var messages = map[string][]string{
	"go": {
		"undefined: @", "undefined: @.@", "@.@ undefined (type @ has no field or method @)", "@.@ undefined (type *@ has no field or method @, but does have field @)",
		"not enough arguments in call to @\n\thave (string, @)\n\twant (context.Context, string, @, bool)", "too many arguments in call to @\n\thave (string, @)\n\twant (string)",
		"not enough return values\n\thave ()\n\twant (string, error)", "too many return values\n\thave (@, error)\n\twant (error)", "assignment mismatch: 1 variable but @ returns 2 values",
		"assignment mismatch: 2 variables but @ returns 3 values", "declared and not used: @", "no new variables on left side of :=", "missing return",
		"cannot use @ (variable of type @) as string value in argument to @", "cannot use @ (untyped string constant) as []byte value in assignment",
		"cannot use @ (variable of type []@) as @ value in return statement", "invalid operation: @ + @ (mismatched types int and int64)", "could not import @ (no required module provides package)",
		"cannot use @ (value of type @) as @ value in assignment: @ does not implement @ (missing method @)", "unknown field @ in struct literal of type @",
		"cannot use @ as @ value in assignment: @ does not implement @ (wrong type for method @)\n\t\thave @(int)\n\t\twant @(string) error", "use of package @ not in selector",
		"cannot convert @ (untyped string constant) to type @",
	},
	"typescript": {
		"Cannot find name '@'.", "Cannot find name '@'. Did you mean '@'?", `Module '"./@"' has no exported member '@'.`, "Cannot find module './@' or its corresponding type declarations.",
		"Property '@' does not exist on type '@'.", "Property '@' does not exist on type 'Promise<@>'. Did you mean '@'?", "Expected 2 arguments, but got 1.", "Expected 3 arguments, but got 1.",
		"'await' expressions are only allowed within async functions and at the top levels of modules.", "'@' is possibly 'undefined'.", "Property '@' is missing in type '{ a: @; }' but required in type '@'.",
		"Type '{}' is missing the following properties from type '@': @, @", "Object literal may only specify known properties, and '@' does not exist in type '@'.",
		"Type 'Promise<@>' is not assignable to type '@'.", "Argument of type 'string | undefined' is not assignable to parameter of type 'string'.", "'@' is of type 'unknown'.",
		"'@' is declared but its value is never read.", "No value exists in scope for the shorthand property '@'. Either declare one or provide an initializer.",
	},
	"python": {
		`"@" is not defined`, `Import "@" could not be resolved`, `"@" is unknown import symbol`, `Cannot access attribute "@" for class "@"`, `"@" is not a known attribute of module "@"`,
		`Argument missing for parameter "@"`, `Arguments missing for parameters "@", "@"`, `No parameter named "@"`, `"@" is not a known attribute of "None"`, `"await" allowed only within async function`,
		"Result of async function call is not used; use \"await\" or assign result to variable", `"@" is possibly unbound`,
	},
}

// TestAnyError asks for errors at places where they make no sense, in texts that
// are cut off: whatever is drafted fits the text, and nothing panics.
func TestAnyError(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	texts := map[string]string{}
	for language, name := range map[string]string{"go": "space.go", "typescript": "testdata/sample.ts", "python": "testdata/sample.py"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[language] = string(b)
	}
	for language, text := range texts {
		ext := map[string]string{"go": ".go", "typescript": ".ts", "python": ".py"}[language]
		x, doc := workspace(t, map[string]string{"a" + ext: text, "go.mod": "module m\n", "b" + ext: text}, "a"+ext)
		for range 60 {
			part := text[:len(text)-rng.IntN(len(text)/2)]
			if rng.IntN(2) == 0 {
				part = text
			}
			tree, err := syntax.Parse(context.Background(), syntax.For(language), part)
			if err != nil {
				t.Fatal(err)
			}
			f := syntax.Lex(syntax.Row(language), part, false, analysis.Span{End: len(part)})
			word := func() (string, analysis.Span) {
				tok := f.Tokens[rng.IntN(len(f.Tokens))]
				return part[tok.Start:tok.End], analysis.Span{Start: int(tok.Start), End: int(tok.End)}
			}
			name, span := word()
			list := messages[language]
			message := list[rng.IntN(len(list))]
			for first := true; strings.Contains(message, "@"); first = false {
				if !first && rng.IntN(2) == 0 {
					name, _ = word()
				}
				message = strings.Replace(message, "@", name, 1)
			}
			if rng.IntN(4) == 0 {
				span.End = span.Start
			}
			now := analysis.NewDocument(doc.URI, doc.Path, doc.Root, language, 2, part)
			for _, d := range x.Draft(t.Context(), now, tree, analysis.Diagnostic{Message: message, Severity: analysis.SeverityError, Span: span, Code: "1308"}) {
				if after, err := textedit.Apply(part, d.Edits); err != nil || after == part {
					t.Errorf("%s at %v: %s: %v", message, span, d.Title, err)
				}
				if d.Score <= 0 || d.Score >= 1 {
					t.Errorf("%s has the chance %f", d.Maker, d.Score)
				}
			}
			tree.Close()
		}
	}

}
