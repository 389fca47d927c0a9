package guard

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// maxDrafts is how many ways to repair one failure are drafted: a person compares
// a few.
const maxDrafts = 3

// maxText is the longest text that is looked at: 1 MB of code is generated.
const maxText = 1 << 20

// A Guard drafts repairs for failures of code that ran. It has no state; one may
// be asked by several goroutines at once.
type Guard struct{}

// New returns a Guard.
func New() *Guard { return &Guard{} }

// Draft returns edits of doc that may repair the failure d, best first, at most
// three. tree is that of doc.Text; without one there are none.
func (*Guard) Draft(ctx context.Context, doc *analysis.Document, tree *syntax.Tree, d analysis.Diagnostic) []analysis.Draft {
	if doc == nil || tree == nil || d.Source != analysis.SourceRun || d.NoSpan || len(doc.Text) > maxText || tree.Text() != doc.Text {
		return nil
	}
	id := idioms[tree.Language().Family]
	if id == nil {
		return nil
	}
	s := newSite(tree, id, d)
	if s == nil || s.throws() || s.inTest() {
		return nil
	}
	var found []draft
	for _, m := range id.makers {
		if slices.Contains(m.kinds, s.kind) {
			found = append(found, m.draft(s)...)
		}
	}
	return s.best(ctx, tree, found)
}

// A maker is a rule that drafts for some kinds of failure.
type maker struct {
	kinds []analysis.IssueKind
	draft func(*site) []draft
}

// A draft is an analysis.Draft in the making.
type draft struct {
	maker string
	title string
	fix   analysis.FixType
	edits []analysis.Edit
	score float64
}

// best returns the drafts that parse, the likeliest first.
func (s *site) best(ctx context.Context, tree *syntax.Tree, found []draft) []analysis.Draft {
	slices.SortStableFunc(found, func(a, b draft) int { return cmp.Compare(b.score, a.score) })
	parses := s.parser(ctx, tree)
	var out []analysis.Draft
	var texts []string
	for _, d := range found {
		if len(out) == maxDrafts || ctx.Err() != nil {
			break
		}
		edits := textedit.Sorted(d.edits)
		text, err := textedit.Apply(s.text, edits)
		if err != nil || text == s.text || slices.Contains(texts, text) || !parses(edits, text) {
			continue
		}
		texts = append(texts, text)
		out = append(out, analysis.Draft{
			Maker: d.maker, Title: d.title, FixType: d.fix, Edits: edits, Score: d.score,
		})
	}
	return out
}

// parser returns what reports whether edits leave no more errors in the syntax.
// Where the failing line is in a function, that alone is parsed: a text of 2,000
// lines takes up to 3 ms for each draft (BenchmarkDraft).
func (s *site) parser(ctx context.Context, tree *syntax.Tree) func([]analysis.Edit, string) bool {
	count := func(text string) int {
		t, err := syntax.Parse(ctx, s.lang, text)
		if err != nil {
			return -1
		}
		defer t.Close()
		return t.ErrorCount(analysis.Span{End: len(text)})
	}
	if head, tail, ok := s.alone(); ok {
		p := s.f.Spans[0]
		if before := count(head + s.text[p.Start:p.End] + tail); before == tree.ErrorCount(p) {
			return func(edits []analysis.Edit, _ string) bool {
				var inside []analysis.Edit
				for _, e := range edits {
					if p.Contains(e.Span) {
						e.Span.Start -= p.Start
						e.Span.End -= p.Start
						inside = append(inside, e)
					}
				}
				text, err := textedit.Apply(s.text[p.Start:p.End], inside)
				if err != nil {
					return false
				}
				n := count(head + text + tail)
				return n >= 0 && n <= before
			}
		}
	}
	before := tree.ErrorCount(analysis.Span{End: len(s.text)})
	return func(edits []analysis.Edit, text string) bool {
		after, err := tree.Edited(ctx, text, edits)
		if err != nil {
			return false
		}
		defer after.Close()
		return after.ErrorCount(analysis.Span{End: len(text)}) <= before
	}
}

// alone says what has to stand around the function that was copied out of the
// tree for it to be a whole text.
func (s *site) alone() (head, tail string, ok bool) {
	if s.lang.Name == "vue" || s.lang.Name == "svelte" {
		return "", "", false // code only between tags
	}
	for i := range s.f.Nodes {
		n := int32(i)
		if !s.is(n, s.id.functions...) || s.span(n) != s.f.Spans[0] {
			continue
		}
		switch {
		case s.is(n, "method_definition", "constructor_declaration"), s.is(n, "method_declaration") && s.lang.Family != "go":
			head, tail = "class A {\n", "\n}"
		case s.is(n, "function_expression", "arrow_function", "lambda", "lambda_expression", "func_literal", "closure_expression", "anonymous_function"):
			return "", "", false
		}
		if s.lang.Family == "php" {
			head = "<?php\n" + head
		}
		return head, tail, true
	}
	return "", "", false
}

// throws reports whether the failing line says no on purpose: what it was given is
// at fault, or what it expected.
func (s *site) throws() bool {
	line := s.text[s.line.Start:s.line.End]
	for _, p := range [...]string{"raise ", "raise(", "throw ", "panic(", "panic!(", "assert", "fail(", "abort(", "unreachable!(", "todo!(", "unimplemented!("} {
		if strings.HasPrefix(line, p) || line+" " == p {
			return true
		}
	}
	return s.kind == analysis.FailedAssertion
}
