package guard

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// stride is of how many pairs of a line and a message one is asked for: all of them
// take 6 s, and found nothing more.
const stride = 17

// TestEveryLine asks for each message of a language at each line of its cases,
// where most make no sense: what is drafted applies, and the text parses as before.
func TestEveryLine(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	type failed struct{ language, code, message, text string }
	asked, drafted := 0, 0
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var cases []failed
		for c := range strings.SplitSeq(string(raw), "\n====\n") {
			c, _, _ = strings.Cut(c, "\n--> ")
			head, text, _ := strings.Cut(c, "\n----\n")
			h := strings.SplitN(head, " | ", 3)
			cases = append(cases, failed{h[0], h[1], h[2], strings.Replace(text, "«", "", 1)})
		}
		for i, c := range cases {
			tree, err := syntax.Parse(context.Background(), syntax.For(c.language), c.text)
			if err != nil {
				t.Fatal(err)
			}
			doc := analysis.NewDocument("file:///x", "/x", "/", c.language, 1, c.text)
			lines := textedit.NewLines(c.text)
			before := tree.ErrorCount(analysis.Span{End: len(c.text)})
			for l := range lines.Count() {
				for j, m := range cases {
					if (i+l+j)%stride != 0 {
						continue
					}
					asked++
					for _, d := range New().Draft(context.Background(), doc, tree, analysis.Diagnostic{
						Source: analysis.SourceRun, Code: m.code, Message: m.message, Span: lines.Span(l),
					}) {
						drafted++
						after, err := textedit.Apply(c.text, d.Edits)
						if err != nil {
							t.Fatal(err)
						}
						again, err := syntax.Parse(context.Background(), syntax.For(c.language), after)
						if err != nil {
							t.Fatal(err)
						}
						if n := again.ErrorCount(analysis.Span{End: len(after)}); n > before {
							t.Errorf("%s for %s does not parse:\n%s", d.Title, m.message, after)
						}
						again.Close()
					}
				}
			}
			tree.Close()
		}
	}
	if asked < 500 || drafted < 50 {
		t.Errorf("asked %d times, %d drafts", asked, drafted)
	}
}
