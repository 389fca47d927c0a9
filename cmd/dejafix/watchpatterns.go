package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/learner"
	"github.com/dejafix/dejafix/learner/patternfile"
	"github.com/dejafix/dejafix/store"
)

// takeWithin bounds learning from the pattern files of a workspace.
const takeWithin = 2 * time.Minute

// A patternWatch has a server learn from the pattern files of the workspaces that
// are open and trusted: when the first file is opened there, and when one of
// theirs changes. What a workspace's files taught goes when it is not trusted any
// more.
type patternWatch struct {
	store   *store.Store
	learner *learner.Learner
	log     *slog.Logger
	tell    func(analysis.Status)
	ctx     context.Context //nolint:containedctx // of the reading, which close ends
	cancel  context.CancelFunc

	mu     sync.Mutex
	policy analysis.Policy
	opened map[string]bool // roots
	taken  map[string]bool // roots whose files were read, and hold
	work   sync.WaitGroup
	turn   sync.Mutex // one reading at a time
}

func newPatternWatch(ctx context.Context, st *store.Store, l *learner.Learner, log *slog.Logger, tell func(analysis.Status)) *patternWatch {
	w := &patternWatch{store: st, learner: l, log: log, tell: tell, opened: map[string]bool{}, taken: map[string]bool{}}
	w.ctx, w.cancel = context.WithCancel(ctx)
	return w
}

// close ends the reading and waits for it.
func (w *patternWatch) close() {
	w.cancel()
	w.work.Wait()
}

// observe notes what is open, trusted and changed. It never blocks.
func (w *patternWatch) observe(e analysis.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := e.(type) {
	case analysis.Configured:
		w.policy = e.Policy
	case analysis.Edited:
		root := e.Doc.Root
		if root == "" {
			return
		}
		if rel, err := filepath.Rel(root, e.Doc.Path); err == nil && strings.HasPrefix(filepath.ToSlash(rel), patternfile.Dir+"/") &&
			(e.Change == analysis.Saved || e.Change == analysis.DiskChanged) {
			delete(w.taken, root)
		} else if w.opened[root] {
			return
		}
		w.opened[root] = true
	default:
		return
	}
	if w.ctx.Err() != nil || w.policy.Disabled || w.policy.NoLearn {
		return
	}
	for root := range w.opened {
		may := slices.Contains(w.policy.Trusted, root) && !slices.Contains(w.policy.NoLearnIn, root)
		if taken, known := w.taken[root]; known && taken == may {
			continue
		}
		w.taken[root] = may
		w.work.Go(func() { w.take(root, may) })
	}
}

// take learns from the files of a root, or drops what they taught.
func (w *patternWatch) take(root string, may bool) {
	w.turn.Lock()
	defer w.turn.Unlock()
	ctx, cancel := context.WithTimeout(w.ctx, takeWithin)
	defer cancel()
	d := &patternDir{}
	if may {
		var err error
		if d, err = readPatternDir(filepath.Join(root, filepath.FromSlash(patternfile.Dir))); err != nil {
			w.log.Warn("reading pattern files", "root", root, "err", err)
			return
		}
	}
	for _, wrong := range d.wrong {
		w.log.Warn("a pattern file is refused", "root", root, "file", wrong)
	}
	added, err := takePatternFiles(ctx, w.store, w.learner, root, d)
	switch {
	case err != nil && ctx.Err() == nil:
		w.log.Warn("learning from pattern files", "root", root, "err", err)
	case added > 0:
		w.log.Info("learned from pattern files", "root", root, "repairs", added)
	}
	if len(d.wrong) > 0 {
		w.tell(analysis.Status{
			State: "degraded", Text: "dejafix: pattern files",
			Tooltip: fmt.Sprintf("%s refused: %s%s/%s", count(len(d.wrong), "pattern file is", "pattern files are"), filepath.Base(root)+"/", patternfile.Dir, d.wrong[0]),
		})
	}
}
