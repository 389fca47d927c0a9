package lsp_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/dejafix/dejafix/analysis"
)

// recorder is a Learner that writes down what it is told, and offers to replace
// the code of a diagnostic "use X" by X.
type recorder struct {
	mu        sync.Mutex
	events    []analysis.Event
	queries   []analysis.Query
	settled   int
	forgotten []string
	n         int
	ids       map[string]string // of suggestions, by what they are
	history   map[string]analysis.FailureHistory
	passing   *analysis.Passing

	// What a test changes.
	panicOn string                       // a method
	refused string                       // why what was checked is not any more
	block   chan struct{}                // Suggest waits for it, or for its context
	entered chan struct{}                // Suggest says that it waits
	alter   func(s *analysis.Suggestion) // each suggestion
}

func (r *recorder) Observe(ev analysis.Event) {
	if r.panicOn == "Observe" {
		panic("a mistake in Observe")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, ev)
}

func (r *recorder) Recurring(_ context.Context, again []string, _ int) ([]analysis.Recurring, error) {
	if r.panicOn == "Recurring" {
		panic("a mistake in Recurring")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []analysis.Recurring
	for _, key := range again {
		list = append(list, analysis.Recurring{Key: key, Language: "go", Rule: "x", Message: "use x", Repairs: 2, Patterns: []analysis.Learned{{Pattern: "p_x", Title: "Use x", Repairs: 2, Held: 1, Undone: 1}}})
	}
	return list, nil
}

func (r *recorder) Forget(_ context.Context, pattern string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forgotten = append(r.forgotten, pattern)
	return nil
}

func (r *recorder) Suggest(ctx context.Context, q analysis.Query) ([]analysis.Suggestion, error) {
	if r.panicOn == "Suggest" {
		panic("a mistake in Suggest")
	}
	if r.block != nil {
		if r.entered != nil {
			r.entered <- struct{}{}
		}
		select {
		case <-r.block:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queries = append(r.queries, q)
	var out []analysis.Suggestion
	for _, d := range q.Diagnostics {
		words, ok := strings.CutPrefix(d.Message, "use ")
		if !ok {
			continue
		}
		all := strings.Split(words, " or ")
		for i, word := range all[:min(len(all), max(q.Limit, 1))] {
			s := analysis.Suggestion{
				ID: r.id(fmt.Sprint(q.Doc.Digest, d.Span, word)), Pattern: "p_" + word, Diagnostic: d,
				URI: q.Doc.URI, Version: q.Doc.Version, Digest: q.Doc.Digest,
				Edits: []analysis.Edit{{Span: d.Span, New: word}},
				Title: "Use " + word, Trust: analysis.Likely, Probability: 0.9, Supporting: 3, Applied: 4, Held: 4,
			}
			if i == 0 {
				s.More = len(all) - min(len(all), max(q.Limit, 1))
			}
			if r.alter != nil {
				r.alter(&s)
			}
			out = append(out, s)
		}
	}
	return out, nil
}

// id is the same for the same suggestion.
func (r *recorder) id(of string) string {
	if r.ids == nil {
		r.ids = map[string]string{}
	}
	if r.ids[of] == "" {
		r.n++
		r.ids[of] = fmt.Sprintf("s_%d", r.n)
	}
	return r.ids[of]
}

// Alike returns what Suggest does, where it is of the same pattern and unasked.
func (r *recorder) Alike(ctx context.Context, q analysis.Query, s analysis.Suggestion) ([]analysis.Suggestion, bool, error) {
	list, err := r.Suggest(ctx, q)
	return slices.DeleteFunc(list, func(o analysis.Suggestion) bool { return o.Pattern != s.Pattern || !o.Unasked }), true, err
}

func (r *recorder) Recheck(context.Context, *analysis.Document, analysis.Suggestion) (bool, string, error) {
	return r.refused == "", r.refused, nil
}

func (r *recorder) Why(ctx context.Context, id string) (analysis.Explanation, error) {
	if r.panicOn == "Why" {
		panic("a mistake in Why")
	}
	if id == "s_unknown" {
		return analysis.Explanation{}, fmt.Errorf("nothing is known of %s; list what is with `dejafix patterns`", id)
	}
	return analysis.Explanation{Markdown: "because of " + id, Examples: []analysis.Example{{
		ID: "e_1", Language: "go", Before: "a", Edits: []analysis.Edit{{Span: analysis.Span{End: 1}, New: "b"}},
		Class: analysis.ClassRepair, FixType: analysis.FixOther,
	}}}, nil
}

func (r *recorder) Failure(_ context.Context, _ string, t *analysis.Trace) (analysis.FailureHistory, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.history[t.Fingerprint], nil
}

func (r *recorder) Passing(context.Context, string) (*analysis.Passing, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.passing, nil
}

func (r *recorder) Idle(ctx context.Context, settle bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if settle {
		r.settled++
	}
	return nil
}

// all are the events so far that are of type T.
func all[T analysis.Event](r *recorder) []T {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []T
	for _, ev := range r.events {
		if v, ok := ev.(T); ok {
			out = append(out, v)
		}
	}
	return out
}

func last[T analysis.Event](r *recorder) T {
	list := all[T](r)
	if len(list) == 0 {
		var none T
		return none
	}
	return list[len(list)-1]
}

func (r *recorder) decided(id string, v analysis.Verdict) int {
	return len(slices.DeleteFunc(all[analysis.Decided](r), func(d analysis.Decided) bool { return d.ID != id || d.Verdict != v }))
}
