package guard

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// ask drafts for a failure at the line that « marks, which is taken out.
func ask(t *testing.T, language, code, message, marked string) (string, []analysis.Draft) {
	t.Helper()
	at := strings.Index(marked, "«")
	text := strings.Replace(marked, "«", "", 1)
	if at < 0 {
		t.Fatal("no line is marked")
	}
	line := syntax.LineAt(text, at)
	body := strings.TrimSpace(text[line.Start:line.End])
	start := line.Start + strings.Index(text[line.Start:line.End], body)
	doc := analysis.NewDocument("file:///w/x", "/w/x", "/w", language, 1, text)
	tree, err := syntax.Parse(context.Background(), syntax.For(language), text)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	return text, New().Draft(context.Background(), doc, tree, analysis.Diagnostic{
		Source: analysis.SourceRun, Code: code, Message: message, Severity: analysis.SeverityError,
		Span: analysis.Span{Start: start, End: start + len(body)},
	})
}

// A file of testdata holds cases of one language, apart by ====: language, type of
// the exception and message; the text with the failing line marked by «; and what is
// drafted for it, in order, with the lines that differ.
func TestCases(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			for i, c := range strings.Split(string(raw), "\n====\n") {
				if i > 0 {
					out.WriteString("\n====\n")
				}
				c, _, _ = strings.Cut(c, "\n--> ")
				head, text, ok := strings.Cut(c, "\n----\n")
				f := strings.SplitN(head, " | ", 3)
				if !ok || len(f) != 3 {
					t.Fatalf("case %d has no head: language | type | message", i+1)
				}
				out.WriteString(c)
				plain, drafts := ask(t, f[0], f[1], f[2], text)
				for _, d := range drafts {
					after, err := textedit.Apply(plain, d.Edits)
					if err != nil {
						t.Fatal(err)
					}
					if !slices.Contains(strings.Fields("nil-check nil-default handle-error key-default key-check bounds-check bounds-default bounds-clamp optional-chain declare-let new handle-none loop-bound saturate zero-check zero-default convert type-check base-case initialise copy make-map"), d.Maker) || d.Title == "" || d.FixType == "" || d.Score <= 0 || d.Score >= 1 {
						t.Errorf("draft %+v", d)
					}
					out.WriteString("\n--> " + d.Maker + ": " + d.Title + "\n" + changed(plain, after))
					again(t, f, plain, after, d, strings.Index(text, "«"))
				}
				if len(drafts) == 0 {
					out.WriteString("\n--> nothing\n")
				}
			}
			if *update {
				if err := os.WriteFile(name, []byte(out.String()), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if out.String() != string(raw) {
				t.Errorf("drafts differ (go test -update writes them anew):\n%s", textedit.Unified(name, string(raw), out.String()))
			}
		})
	}
}

var update = flag.Bool("update", false, "write what is drafted into testdata")

// changed is the hunks of the difference, without their heads.
func changed(before, after string) string {
	var out strings.Builder
	for line := range strings.Lines(textedit.Unified("x", before, after)) {
		if !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "+++") && (line[0] == '+' || line[0] == '-') {
			out.WriteString(line)
		}
	}
	return out.String()
}

// again asks for the failing line once more after a draft was applied: what is
// there already is not drafted.
func again(t *testing.T, head []string, before, after string, d analysis.Draft, at int) {
	t.Helper()
	line := syntax.LineAt(before, at)
	body := strings.TrimSpace(before[line.Start:line.End])
	start := line.Start + strings.Index(before[line.Start:line.End], body)
	// Below what was put before it.
	span, _ := textedit.Map(analysis.Span{Start: start + len(body) - 1, End: start + len(body)}, d.Edits)
	now := syntax.LineAt(after, min(span.Start, len(after)))
	_, drafts := ask(t, head[0], head[1], head[2], after[:now.Start]+"«"+after[now.Start:])
	for _, x := range drafts {
		if x.Maker == d.Maker && x.Title == d.Title {
			t.Errorf("%q is drafted again where it was applied:\n%s", d.Title, after)
		}
	}
}
