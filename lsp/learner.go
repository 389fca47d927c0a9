package lsp

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/dejafix/dejafix/analysis"
)

// A Learner is what the server needs of whatever learns. Its methods may be
// called from many goroutines.
type Learner interface {
	// Observe takes an event. It never blocks.
	Observe(analysis.Event)
	// Suggest returns suggestions from what is already computed, the best
	// first, at most q.Limit for each diagnostic.
	Suggest(ctx context.Context, q analysis.Query) ([]analysis.Suggestion, error)
	// Alike returns the suggestions for q.Diagnostics that are of the pattern of
	// s and would be shown unasked. For a menu (q.Invoked false) it does not
	// compute them: complete says whether all were ready.
	Alike(ctx context.Context, q analysis.Query, s analysis.Suggestion) (list []analysis.Suggestion, complete bool, err error)
	// Recheck makes sure that a suggestion for doc that was offered as checked
	// still is. Otherwise ok is false, and reason says why in words for a person.
	Recheck(ctx context.Context, doc *analysis.Document, s analysis.Suggestion) (ok bool, reason string, err error)
	// Why explains a suggestion (s_…), pattern (p_…), example (e_…) or failure (t_…).
	Why(ctx context.Context, id string) (analysis.Explanation, error)
	// Recurring lists the kinds of error that were repaired more than once, and
	// those of the rule keys in again that were repaired, most often first.
	Recurring(ctx context.Context, again []string, limit int) ([]analysis.Recurring, error)
	// Forget deletes a pattern (p_…) and the repairs that it was learned from.
	Forget(ctx context.Context, pattern string) error
	// Failure says what is known of a failure in the workspace at root.
	Failure(ctx context.Context, root string, t *analysis.Trace) (analysis.FailureHistory, error)
	// Passing gives the code of a workspace when all that ran passed last, nil
	// when it is not known.
	Passing(ctx context.Context, root string) (*analysis.Passing, error)
	// Idle returns when every event observed before it was processed and
	// stored. With settle the waiting periods end at once.
	Idle(ctx context.Context, settle bool) error
}

// guarded is a Learner whose panics are errors: a mistake in learning must not
// take the editor's server away. The first panic of a method is logged with its
// stack.
type guarded struct {
	learner Learner
	logger  *slog.Logger
}

func (g guarded) rescue(what string, err *error) {
	if r := recover(); r != nil {
		g.logger.Error("the learner panicked", "in", what, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		if err != nil {
			*err = fmt.Errorf("%s failed: %v", what, r)
		}
	}
}

func (g guarded) Observe(ev analysis.Event) {
	defer g.rescue("Observe", nil)
	g.learner.Observe(ev)
}

func (g guarded) Suggest(ctx context.Context, q analysis.Query) (s []analysis.Suggestion, err error) {
	defer g.rescue("Suggest", &err)
	return g.learner.Suggest(ctx, q)
}

func (g guarded) Alike(ctx context.Context, q analysis.Query, s analysis.Suggestion) (list []analysis.Suggestion, complete bool, err error) {
	defer g.rescue("Alike", &err)
	return g.learner.Alike(ctx, q, s)
}

func (g guarded) Recheck(ctx context.Context, doc *analysis.Document, s analysis.Suggestion) (ok bool, reason string, err error) {
	defer g.rescue("Recheck", &err)
	return g.learner.Recheck(ctx, doc, s)
}

func (g guarded) Why(ctx context.Context, id string) (x analysis.Explanation, err error) {
	defer g.rescue("Why", &err)
	return g.learner.Why(ctx, id)
}

func (g guarded) Recurring(ctx context.Context, again []string, limit int) (list []analysis.Recurring, err error) {
	defer g.rescue("Recurring", &err)
	return g.learner.Recurring(ctx, again, limit)
}

func (g guarded) Forget(ctx context.Context, pattern string) (err error) {
	defer g.rescue("Forget", &err)
	return g.learner.Forget(ctx, pattern)
}

func (g guarded) Failure(ctx context.Context, root string, t *analysis.Trace) (h analysis.FailureHistory, err error) {
	defer g.rescue("Failure", &err)
	return g.learner.Failure(ctx, root, t)
}

func (g guarded) Passing(ctx context.Context, root string) (p *analysis.Passing, err error) {
	defer g.rescue("Passing", &err)
	return g.learner.Passing(ctx, root)
}

func (g guarded) Idle(ctx context.Context, settle bool) (err error) {
	defer g.rescue("Idle", &err)
	return g.learner.Idle(ctx, settle)
}

// observeNothing stands in for an absent learner: the server then answers
// every request with nothing.
type observeNothing struct{}

var _ Learner = observeNothing{}

func (observeNothing) Observe(analysis.Event) {}

func (observeNothing) Suggest(context.Context, analysis.Query) ([]analysis.Suggestion, error) {
	return nil, nil
}

func (observeNothing) Alike(context.Context, analysis.Query, analysis.Suggestion) ([]analysis.Suggestion, bool, error) {
	return nil, true, nil
}

func (observeNothing) Recheck(context.Context, *analysis.Document, analysis.Suggestion) (bool, string, error) {
	return true, "", nil
}

func (observeNothing) Why(context.Context, string) (analysis.Explanation, error) {
	return analysis.Explanation{}, fmt.Errorf("nothing is learned in this session: the server was started without a learner")
}

func (observeNothing) Recurring(context.Context, []string, int) ([]analysis.Recurring, error) {
	return nil, nil
}

func (observeNothing) Forget(context.Context, string) error { return nil }

func (observeNothing) Failure(context.Context, string, *analysis.Trace) (analysis.FailureHistory, error) {
	return analysis.FailureHistory{}, nil
}

func (observeNothing) Passing(context.Context, string) (*analysis.Passing, error) { return nil, nil }

func (observeNothing) Idle(context.Context, bool) error { return nil }
