package learner

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/store"
)

// Recurring lists the kinds of error that were repaired more than once, and
// those whose rule key is in again that were repaired at all, the most often
// repaired first.
func (l *Learner) Recurring(ctx context.Context, again []string, limit int) ([]analysis.Recurring, error) {
	if l.store == nil {
		return nil, nil
	}
	return l.store.Recurring(ctx, again, limit)
}

// Forget deletes a pattern (p_…) and the repairs that it was learned from, from
// the disk too. The error is store.ErrNotFound where there is none.
func (l *Learner) Forget(ctx context.Context, id string) error {
	if !strings.HasPrefix(id, "p_") {
		return fmt.Errorf("%q is no pattern: their ids start with p_", id)
	}
	if l.store == nil {
		return fmt.Errorf("%s: %w: the store is not open; `dejafix doctor` says why", id, store.ErrNotFound)
	}
	if _, err := l.store.Pattern(ctx, id); errors.Is(err, store.ErrNotFound) {
		return unknown("pattern", id)
	} else if err != nil {
		return err
	}
	if _, err := l.store.Forget(ctx, store.OfPattern{ID: id}); err != nil {
		return err
	}
	return l.do(ctx, func() { l.refresh(l.ctx) })
}
