package mutant

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// TestBreaks: each kind in each dialect, as the line that is broken becomes.
func TestBreaks(t *testing.T) {
	for _, c := range []struct {
		language, text string
		want           []string
	}{
		{"go", "package a\n\nimport (\n\t\"fmt\"\n\t\"os\" // for nothing\n)\n\nfunc f(n int) error {\n\tif n == nil {\n\t\treturn nil\n\t}\n\tif err := g(); err != nil {\n\t\treturn err\n\t}\n\tfmt.Println(int64(n), n)\n\treturn nil\n}\n", []string{
			"import: \"fmt\" gone", "conversion: fmt.Println(n, n)", "argument: fmt.Println(int64(n))", "nil check: if n == nil { gone",
		}},
		{"typescript", "import { a } from './a';\n\nexport async function f(value: number | null) {\n  if (value === null) return;\n  const n = await a(String(value), 1);\n  return value;\n}\n", []string{
			"import: import { a } from './a'; gone", "conversion: const n = await a(value, 1);", "argument: const n = await a(String(value));",
			"await: const n = a(String(value), 1);", "nil check: if (value === null) return; gone", "name: vale", "name: vlue",
		}},
		{"python", "import os\nfrom re import sub\n\n\nasync def f(first, second=None):\n    if second is None:\n        second = 1\n    return await sub(str(first), second)\n", []string{
			"import: import os gone", "import: from re import sub gone", "conversion: return await sub(first, second)", "argument: return await sub(str(first))",
			"await: return sub(str(first), second)", "nil check: if second is None: gone", "name: firt", "name: secod",
		}},
		{"go", "package a\n\nfunc f( {\n", nil},
		{"text", "import a\n", nil},
	} {
		breaks, err := Breaks(context.Background(), c.language, c.text)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, b := range breaks {
			after, err := textedit.Apply(c.text, b.Edits)
			if err != nil {
				t.Fatal(err)
			}
			e := textedit.Compute(c.text, after)
			var line string
			was := syntax.LineAt(c.text, b.Edits[0].Span.Start)
			if strings.Count(after, "\n") == strings.Count(c.text, "\n") {
				at := syntax.LineAt(after, e[0].Span.Start)
				line = strings.TrimSpace(after[at.Start:at.End])
			} else {
				line = strings.TrimSpace(c.text[was.Start:was.End]) + " gone"
			}
			if b.Kind == RenameUse {
				line = b.Edits[0].New
			}
			got = append(got, string(b.Kind)+": "+line)
		}
		slices.Sort(got)
		if slices.Sort(c.want); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.language, got, c.want)
		}
	}
}
