package pattern_test

import (
	"context"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/pattern"
	"github.com/dejafix/dejafix/learner/rank"
)

// secondUse applies each proposal and asks again at the place where the error
// was: the same pattern offers nothing that it has done already, and nothing
// that does nothing.
func secondUse(t *testing.T, m *pattern.Model, target pattern.Target) {
	t.Helper()
	for _, p := range m.Propose(context.Background(), target) {
		after, err := textedit.Apply(target.Text, p.Edits)
		if err != nil {
			t.Fatalf("edits that do not apply: %v", err)
		}
		if after == target.Text {
			t.Fatal("an edit that does nothing was offered")
		}
		if !(p.Score >= 0 && p.Score <= 1) {
			t.Fatalf("a chance of %v", p.Score)
		}
		span, ok := textedit.Map(target.Diagnostic.Span, p.Edits)
		if !ok {
			continue
		}
		next := target
		next.Text, next.Diagnostic.Span = after, span
		next.Tree = parse(t, target.Language, after)
		for _, q := range m.Propose(context.Background(), next) {
			twice, err := textedit.Apply(after, q.Edits)
			if err != nil {
				t.Fatalf("edits that do not apply: %v", err)
			}
			if twice == after {
				t.Fatal("an edit that does nothing was offered the second time")
			}
			offered := min(p.Score, q.Score) >= rank.Default.OnRequest
			if offered && q.Pattern == p.Pattern && sameInsertion(p.Edits, q.Edits) {
				t.Fatalf("the second use of a pattern does it again:\n%s\n%s", after, twice)
			}
		}
	}
}

// sameInsertion reports whether two edit scripts only insert, and the same, the
// second where the first did.
func sameInsertion(a, b []analysis.Edit) bool {
	if len(a) != len(b) {
		return false
	}
	shift := 0
	for i := range a {
		start := a[i].Span.Start + shift
		shift += len(a[i].New)
		if a[i].Span.Len() > 0 || b[i].Span.Len() > 0 || a[i].New != b[i].New || b[i].Span.Start < start || b[i].Span.Start > start+len(a[i].New) {
			return false
		}
	}
	return true
}

func TestSecondUse(t *testing.T) {
	for name, c := range readCases(t) {
		t.Run(name, func(t *testing.T) {
			m := pattern.Learn(c.examples(t), pattern.Options{})
			for _, p := range append(c.ask, c.learn...) {
				target := c.target(t, p)
				secondUse(t, m, target)
				// The first one, once applied, is not offered again at all.
				got := m.Propose(context.Background(), target)
				if len(got) == 0 || got[0].OnlyDeletes {
					continue
				}
				after, _ := textedit.Apply(target.Text, got[0].Edits)
				span, ok := textedit.Map(target.Diagnostic.Span, got[0].Edits)
				if !ok {
					continue
				}
				target.Text, target.Diagnostic.Span, target.Tree = after, span, parse(t, target.Language, after)
				for _, q := range m.Propose(context.Background(), target) {
					if q.Pattern == got[0].Pattern && q.Score >= .3 {
						twice, _ := textedit.Apply(after, q.Edits)
						t.Errorf("offered again at %.2f:\n%s", q.Score, twice)
					}
				}
			}
		})
	}
}

func FuzzTemplates(f *testing.F) {
	for _, c := range readCases(f) {
		for _, p := range c.learn {
			f.Add(c.language, p.before, p.after, p.d.Message, p.d.Span.Start, p.d.Span.End, c.ask[0].before, c.ask[0].d.Span.Start, c.ask[0].d.Span.End)
		}
	}
	f.Fuzz(func(t *testing.T, language, before, after, message string, s0, s1 int, text string, t0, t1 int) {
		if len(before)+len(after)+len(text) > 4000 {
			return
		}
		d := analysis.Diagnostic{Source: "x", Code: "y", Message: message, Span: clamp(s0, s1, len(before))}
		lang := syntax.Row(language)
		tree := parse(t, language, before)
		ex := analysis.Example{ID: "e_1", Language: language, Diagnostic: d, Before: before}
		ex.Identity, _ = identity.Of(language, d)
		ex.Edits = pattern.Smallest(lang, before, after, tree, d)
		if _, err := textedit.Apply(before, ex.Edits); err != nil {
			t.Fatalf("the smallest edit does not apply: %v", err)
		}
		pattern.ClassOf(lang, before, ex.Edits, d)
		pattern.Classify(lang, before, tree, ex.Edits)
		pattern.Shape(lang, before, tree, ex.Edits)
		pattern.Title(lang, before, ex.Edits)
		ex = pattern.Reduce(tree, ex)
		if _, err := textedit.Apply(ex.Before, ex.Edits); err != nil {
			t.Fatalf("the reduced edit does not apply: %v", err)
		}
		m := pattern.Learn([]analysis.Example{ex}, pattern.Options{})
		m.Patterns()
		d.Span = clamp(t0, t1, len(text))
		secondUse(t, m, pattern.Target{Text: text, Language: language, Tree: parse(t, language, text), Diagnostic: d})
		d.Span = clamp(s0, s1, len(before))
		secondUse(t, m, pattern.Target{Text: before, Language: language, Tree: tree, Diagnostic: d})
	})
}

func clamp(a, b, n int) analysis.Span {
	a = min(max(a, 0), n)
	b = min(max(b, a), n)
	return analysis.Span{Start: a, End: b}
}
