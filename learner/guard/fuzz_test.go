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

// FuzzDraft holds that drafts apply, whatever the text, the message and the line.
func FuzzDraft(f *testing.F) {
	names, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	languages := syntax.Names()
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for c := range strings.SplitSeq(string(raw), "\n====\n") {
			c, _, _ = strings.Cut(c, "\n--> ")
			head, text, _ := strings.Cut(c, "\n----\n")
			h := strings.SplitN(head, " | ", 3)
			at := strings.Index(text, "«")
			for i, l := range languages {
				if l == h[0] {
					f.Add(uint8(i), h[1], h[2], strings.Replace(text, "«", "", 1), uint16(at), uint16(at+20))
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, language uint8, code, message, text string, from, to uint16) {
		name := languages[int(language)%len(languages)]
		tree, err := syntax.Parse(context.Background(), syntax.For(name), text)
		if err != nil {
			return // there is no code in it
		}
		defer tree.Close()
		doc := analysis.NewDocument("file:///x", "/x", "/", name, 1, text)
		before := tree.ErrorCount(analysis.Span{End: len(text)})
		drafts := New().Draft(context.Background(), doc, tree, analysis.Diagnostic{
			Source: analysis.SourceRun, Code: code, Message: message, Span: analysis.Span{Start: int(from), End: int(to)},
		})
		if len(drafts) > maxDrafts {
			t.Fatalf("%d drafts", len(drafts))
		}
		for _, d := range drafts {
			after, err := textedit.Apply(text, d.Edits)
			if err != nil {
				t.Fatal(err)
			}
			again, err := syntax.Parse(context.Background(), syntax.For(name), after)
			if err != nil {
				t.Fatal(err)
			}
			if n := again.ErrorCount(analysis.Span{End: len(after)}); n > before+2 {
				t.Errorf("%s: %d errors in the syntax, %d before:\n%s", d.Title, n, before, after)
			}
			again.Close()
			if d.Maker == "" || d.Title == "" || d.FixType == "" || d.Score <= 0 || d.Score >= 1 {
				t.Errorf("draft %+v", d)
			}
		}
	})
}
