package main

import (
	"context"
	"math/rand/v2"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/history"
)

// A putback is a file of a commit with one hunk as it was before.
type putback struct {
	history.Pair
}

func (c *putback) edit(root string, edits []analysis.Edit) check.Edit {
	return check.Edit{Root: root, Path: c.Path, Language: c.Language, Text: c.Broken, Edits: edits, Target: c.Target}
}

func (c *putback) after(edits []analysis.Edit) (string, error) {
	return textedit.Apply(c.Broken, edits)
}

// find looks for the cases of the commit that is checked out.
func (b *bench) find(ctx context.Context, c history.Commit, most int) ([]*putback, error) {
	changes, alone, err := b.repo.reads.Changes(ctx, c, b.repo.path, func(language string) bool { return family(language) == b.o.language })
	if err != nil {
		return nil, err
	}
	f := &history.Finder{Root: b.repo.dir, Laid: b.repo.dir, Home: b.repo.dir, Compile: b.set, Each: most}
	pairs, err := f.Find(ctx, c, changes, alone, &b.counts)
	list := make([]*putback, 0, len(pairs))
	for _, p := range pairs {
		list = append(list, &putback{p})
	}
	return list, err
}

// errors are those of a case's file with some text: what keeps it from being
// compiled.
func (b *bench) errors(ctx context.Context, c *putback, text string) []analysis.Diagnostic {
	reports, err := b.set.Check(ctx, c.Language, check.Request{
		Root: b.repo.dir, Overlay: map[string]string{c.Path: text}, Scope: []string{c.Path}, Until: check.PhaseTypes, Trusted: true,
	})
	if err != nil || reports[0].Err != nil {
		return nil
	}
	var out []analysis.Diagnostic
	for _, f := range reports[0].Findings {
		if f.Path == c.Path && f.Phase <= check.PhaseTypes && f.Severity <= analysis.SeverityError && !f.NoSpan {
			out = append(out, f.Diagnostic)
		}
	}
	return out
}

// wrongs are edits that are no repair but look like one: another name of the
// file stands in the place of the one at the error, or of one beside it.
func wrongs(rng *rand.Rand, c *putback, n int) [][]analysis.Edit {
	var spans []analysis.Span
	f := syntax.Lex(syntax.Row(c.Language), c.Broken, false, analysis.Span{End: len(c.Broken)})
	near := -1
	for _, t := range f.Tokens {
		if t.Class != syntax.Word {
			continue
		}
		if near < 0 && int(t.Start) >= c.Target.Span.Start {
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
		name := c.Broken[from.Start:from.End]
		if name == c.Broken[at.Start:at.End] {
			continue
		}
		out = append(out, []analysis.Edit{{Span: at, New: name}})
	}
	return out
}
