package guard

import (
	"context"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// BenchmarkDraft drafts in the middle of a file of 2,000 lines, given its tree.
func BenchmarkDraft(b *testing.B) {
	for _, c := range []struct{ language, code, message, head, unit, line string }{
		{
			"go", "runtime error", "invalid memory address or nil pointer dereference", "package p\n\nimport \"fmt\"\n",
			"\nfunc (s *Server) handle(u *User, list []string) (string, error) {\n\tfor i, x := range list {\n\t\tif x != \"\" && i > 3 {\n\t\t\tfmt.Println(s.name, x)\n\t\t}\n\t}\n\tif len(list) > 3 {\n\t\treturn list[2], nil\n\t}\n\treturn u.Name, nil\n}\n",
			"return u.Name",
		},
		{
			"python", "AttributeError", "'NoneType' object has no attribute 'name'", "import re\n",
			"\ndef handle(self, user, items):\n    out = []\n    for i, x in enumerate(items):\n        if x and i > 3:\n            out.append(self.names[x])\n    if len(items) > 3:\n        return items[2]\n    print(out)\n    return user.name\n",
			"return user.name",
		},
		{
			"typescript", "TypeError", "Cannot read properties of undefined (reading 'name')", "import x from 'y';\n",
			"\nexport function handle(user: User | undefined, list: string[]): string {\n  for (const [i, x] of list.entries()) {\n    if (x !== '' && i > 3) {\n      console.log(x);\n    }\n  }\n  if (list.length > 3) {\n    return list[2];\n  }\n  return user.name;\n}\n",
			"return user.name",
		},
	} {
		b.Run(c.language, func(b *testing.B) {
			text := c.head + strings.Repeat(c.unit, 2000/strings.Count(c.unit, "\n"))
			at := len(text)/2 + strings.Index(text[len(text)/2:], c.line)
			doc := analysis.NewDocument("file:///x", "/x", "/", c.language, 1, text)
			tree, err := syntax.Parse(context.Background(), syntax.For(c.language), text)
			if err != nil {
				b.Fatal(err)
			}
			defer tree.Close()
			d := analysis.Diagnostic{Source: analysis.SourceRun, Code: c.code, Message: c.message, Span: analysis.Span{Start: at, End: at + len(c.line)}}
			for b.Loop() {
				if len(New().Draft(context.Background(), doc, tree, d)) == 0 {
					b.Fatal("nothing is drafted")
				}
			}
		})
	}
}
