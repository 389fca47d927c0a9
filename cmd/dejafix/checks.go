package main

import (
	"context"
	"log/slog"
	"os"
	"reflect"
	"time"

	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/store"
)

const (
	// countChecksEvery is how old the memory of checkers in `stats` may be.
	countChecksEvery = 5 * time.Second
	// countChecksWithin bounds the last writing when the process ends.
	countChecksWithin = 2 * time.Second
	// memoryStep is the change of memory that is worth a write.
	memoryStep = 8 << 20
)

// countChecks keeps in the store what the checkers of this process do and hold,
// for `stats`, until ctx ends. It writes only where something changed.
func (a *app) countChecks(ctx context.Context, st *store.Store, checkers *check.Set, log *slog.Logger) {
	started := a.clock()
	last := use(checkers, started)
	put := func(ctx context.Context, now store.Checkers) {
		if err := st.PutCheckers(ctx, now); err != nil && ctx.Err() == nil {
			log.Warn("counting checks", "err", err)
		}
		last = now
	}
	ticker := time.NewTicker(countChecksEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if now := use(checkers, started); differs(last, now) {
				put(ctx, now)
			}
		case <-ctx.Done():
			now := use(checkers, started)
			if now.Runs == 0 && len(now.Unknown) == 0 {
				return
			}
			now.Ended, now.Memory = true, 0
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), countChecksWithin)
			defer cancel()
			put(ctx, now)
			return
		}
	}
}

// use is what the checkers did and hold.
func use(checkers *check.Set, started time.Time) store.Checkers {
	s := checkers.Stats()
	c := store.Checkers{
		PID: os.Getpid(), Started: started, Runs: s.Runs, Checked: s.Checked, Refuted: s.Refuted,
		Unknown: map[string]int64{}, Memory: s.Memory, Peak: s.Peak, Limit: s.Limit,
	}
	for cause, n := range s.Unknown {
		c.Unknown[string(cause)] = n
	}
	return c
}

// differs reports whether now is worth a write after last: any count, or memory
// by a step, or that nothing is held any more.
func differs(last, now store.Checkers) bool {
	moved := last.Memory-now.Memory > memoryStep || now.Memory-last.Memory > memoryStep || (last.Memory == 0) != (now.Memory == 0)
	last.Memory, last.Peak, now.Memory, now.Peak = 0, 0, 0, 0
	return moved || !reflect.DeepEqual(last, now)
}
