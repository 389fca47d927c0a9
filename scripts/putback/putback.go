package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// mostLines is how long a hunk may be, before and after: what one mends at once.
const mostLines = 12

// A hunk is one change of a commit, by lines.
type hunk struct {
	file         string
	old          []string // lines before, with their ends
	start, count int      // lines after, from 0
}

// A putback is a file of a commit with one hunk as it was before.
type putback struct {
	file, path, language string
	broken, clean        string // text with the hunk put back, and the commit's own
	repair               []analysis.Edit
	target               analysis.Diagnostic
	others               []analysis.Diagnostic // further errors of the file
	near                 bool
	cured                bool // the repair was checked
}

func (c *putback) edit(root string, edits []analysis.Edit) check.Edit {
	return check.Edit{Root: root, Path: c.path, Language: c.language, Text: c.broken, Edits: edits, Target: c.target}
}

func (c *putback) after(edits []analysis.Edit) (string, error) {
	return textedit.Apply(c.broken, edits)
}

// find looks for the cases of the commit that is checked out.
func (b *bench) find(ctx context.Context) ([]*putback, error) {
	hunks, err := b.repo.hunks(ctx)
	if err != nil {
		return nil, nil //nolint:nilerr // the first commit, or one whose parent is not there
	}
	var list []*putback
	dirty := map[string]bool{} // files that are looked at in vain
	for _, h := range hunks {
		if len(list) == b.o.each || len(list)+b.cases == b.o.cases {
			break
		}
		if dirty[h.file] || h.count > mostLines || len(h.old) > mostLines {
			continue
		}
		path := filepath.Join(b.repo.dir, filepath.FromSlash(h.file))
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		c, ok := b.putBack(ctx, h, path, string(text))
		if !ok {
			dirty[h.file] = true
		}
		if c != nil {
			list = append(list, c)
		}
	}
	return list, nil
}

// putBack makes the case of a hunk, nil where nothing breaks; false where the
// file has errors of its own or cannot be checked.
func (b *bench) putBack(ctx context.Context, h hunk, path, clean string) (*putback, bool) {
	lines := strings.SplitAfter(clean, "\n")
	if h.start+h.count > len(lines) {
		return nil, true
	}
	head := strings.Join(lines[:h.start], "")
	now := strings.Join(lines[h.start:h.start+h.count], "")
	then := strings.Join(h.old, "")
	span := analysis.Span{Start: len(head), End: len(head) + len(then)}
	c := &putback{
		file: h.file, path: path, language: identity.LanguageOf(path), clean: clean,
		broken: head + then + strings.Join(lines[h.start+h.count:], ""),
		repair: []analysis.Edit{{Span: span, New: now}},
	}
	if errs, complete := b.errors(ctx, c, c.clean); !complete || len(errs) > 0 {
		return nil, false
	}
	errs, _ := b.errors(ctx, c, c.broken)
	if len(errs) == 0 {
		return nil, true
	}
	far := func(d analysis.Diagnostic) int { return max(span.Start-d.Span.Start, d.Span.Start-span.End, 0) }
	slices.SortStableFunc(errs, func(a, b analysis.Diagnostic) int { return far(a) - far(b) })
	c.target, c.others, c.near = errs[0], errs[1:], far(errs[0]) == 0
	return c, true
}

// errors are those of a case's file with some text: what keeps it from being
// compiled. False: that may not be all.
func (b *bench) errors(ctx context.Context, c *putback, text string) ([]analysis.Diagnostic, bool) {
	reports, err := b.set.Check(ctx, c.language, check.Request{
		Root: b.repo.dir, Overlay: map[string]string{c.path: text}, Scope: []string{c.path}, Until: check.PhaseTypes, Trusted: true,
	})
	if err != nil || reports[0].Err != nil {
		return nil, false
	}
	var out []analysis.Diagnostic
	for _, f := range reports[0].Findings {
		if f.Path == c.path && f.Phase <= check.PhaseTypes && f.Severity <= analysis.SeverityError && !f.NoSpan {
			out = append(out, f.Diagnostic)
		}
	}
	return out, reports[0].Complete && (reports[0].Phase >= check.PhaseTypes || len(out) > 0)
}

// hunks are those of the commit that is checked out.
func (r *repo) hunks(ctx context.Context) ([]hunk, error) {
	diff, err := r.git(ctx, append([]string{"diff", "-U0", "--no-color", "--no-ext-diff", "--no-renames", r.commit + "~1", r.commit, "--"}, r.files...)...)
	if err != nil {
		return nil, err
	}
	return parseHunks(diff), nil
}

// parseHunks reads a diff without context.
func parseHunks(diff string) []hunk {
	var out []hunk
	file := ""
	lines := strings.SplitAfter(diff, "\n")
	for i := 0; i < len(lines); i++ {
		l := strings.TrimSuffix(lines[i], "\n")
		if name, ok := strings.CutPrefix(l, "+++ "); ok {
			file, ok = strings.CutPrefix(name, "b/")
			if !ok { // the file is gone
				file = ""
			}
			continue
		}
		before, after, ok := ranges(l)
		if !ok {
			continue
		}
		h := hunk{file: file, start: after[0] - 1, count: after[1]}
		if h.count == 0 {
			h.start++ // a range without lines names the line before it
		}
		whole := true
		for range before[1] + after[1] {
			i++
			if i+1 < len(lines) && strings.HasPrefix(lines[i+1], `\`) {
				whole = false // a line without an end
				i++
				continue
			}
			if i < len(lines) && strings.HasPrefix(lines[i], "-") {
				h.old = append(h.old, lines[i][1:])
			}
		}
		if whole && file != "" && before[0] > 0 { // else the file is new
			out = append(out, h)
		}
	}
	return out
}

// ranges reads "@@ -3,2 +4 @@": first line and number of lines, before and after.
func ranges(l string) (before, after [2]int, ok bool) {
	f := strings.Fields(l)
	if len(f) < 4 || f[0] != "@@" {
		return before, after, false
	}
	read := func(s, sign string) (r [2]int) {
		first, n, counted := strings.Cut(strings.TrimPrefix(s, sign), ",")
		r[1] = 1
		fmt.Sscan(first, &r[0]) //nolint:errcheck // git wrote it
		if counted {
			fmt.Sscan(n, &r[1]) //nolint:errcheck // git wrote it
		}
		return r
	}
	return read(f[1], "-"), read(f[2], "+"), true
}

// wrongs are edits that are no repair but look like one: another name of the
// file stands in the place of the one at the error, or of one beside it.
func wrongs(rng *rand.Rand, c *putback, n int) [][]analysis.Edit {
	var spans []analysis.Span
	f := syntax.Lex(syntax.Row(c.language), c.broken, false, analysis.Span{End: len(c.broken)})
	near := -1
	for _, t := range f.Tokens {
		if t.Class != syntax.Word {
			continue
		}
		if near < 0 && int(t.Start) >= c.target.Span.Start {
			near = len(spans)
		}
		spans = append(spans, analysis.Span{Start: int(t.Start), End: int(t.End)})
	}
	if near < 0 {
		return nil
	}
	var out [][]analysis.Edit
	for range n {
		at := spans[near]
		if rng.IntN(3) == 0 {
			at = spans[min(max(near+rng.IntN(5)-2, 0), len(spans)-1)]
		}
		from := spans[rng.IntN(len(spans))]
		name := c.broken[from.Start:from.End]
		if name == c.broken[at.Start:at.End] {
			continue
		}
		out = append(out, []analysis.Edit{{Span: at, New: name}})
	}
	return out
}
