package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/learner"
	"github.com/dejafix/dejafix/learner/history"
	"github.com/dejafix/dejafix/lsp"
	"github.com/dejafix/dejafix/store"
)

const (
	// leastCommits is how many commits a history has that is worth a question: a
	// commit gives about one repair (BENCHMARKS.md), and ten are the least that
	// are worth a minute.
	leastCommits = 20
	// offerWithin bounds looking whether a repository has them.
	offerWithin = 10 * time.Second
	// stopChild is how long a child that is told to end has for keeping what it
	// found.
	stopChild = 5 * time.Second
)

// A historyOffer sees which workspaces are opened and trusted, and has `dejafix
// learn git` run for those whose person says so: in a process of its own, at low
// priority, so that the editor's server does nothing but wait.
type historyOffer struct {
	store  *store.Store
	args   []string // the command line up to "learn"
	log    *slog.Logger
	reads  func(language string) bool
	offers chan string

	mu     sync.Mutex
	policy analysis.Policy
	opened map[string]bool // roots in which a file that a checker reads was opened
	seen   map[string]bool // roots that were looked at
	work   sync.WaitGroup
	ctx    context.Context //nolint:containedctx // of the looking, which close ends
	cancel context.CancelFunc
}

var _ lsp.History = (*historyOffer)(nil)

func newHistoryOffer(ctx context.Context, st *store.Store, args []string, log *slog.Logger, reads func(string) bool) *historyOffer {
	o := &historyOffer{
		store: st, args: args, log: log, reads: reads, offers: make(chan string, 8),
		opened: map[string]bool{}, seen: map[string]bool{},
	}
	o.ctx, o.cancel = context.WithCancel(ctx)
	return o
}

// close ends the looking and waits for it.
func (o *historyOffer) close() {
	o.cancel()
	o.work.Wait()
}

// A watched learner lets others see what it is told.
type watched struct {
	*learner.Learner

	observers []func(analysis.Event) // which never block
}

// Observe takes an event.
func (l watched) Observe(e analysis.Event) {
	l.Learner.Observe(e)
	for _, f := range l.observers {
		f(e)
	}
}

// observe notes what is open and trusted. It never blocks.
func (o *historyOffer) observe(e analysis.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch e := e.(type) {
	case analysis.Configured:
		o.policy = e.Policy
	case analysis.Edited:
		if e.Change != analysis.Opened || e.Doc.Hidden || e.Doc.Root == "" || o.opened[e.Doc.Root] || !o.reads(e.Doc.Language) {
			return
		}
		o.opened[e.Doc.Root] = true
	default:
		return
	}
	if o.policy.Disabled || o.policy.NoLearn {
		return
	}
	for root := range o.opened {
		if o.seen[root] || !slices.Contains(o.policy.Trusted, root) || slices.Contains(o.policy.NoLearnIn, root) || o.ctx.Err() != nil {
			continue
		}
		o.seen[root] = true
		o.work.Go(func() { o.look(root) })
	}
}

// look offers a root whose person was not asked yet, and whose history has
// something to learn from.
func (o *historyOffer) look(root string) {
	ctx, cancel := context.WithTimeout(o.ctx, offerWithin)
	defer cancel()
	if answer, err := o.store.HistoryAnswer(ctx, root); err != nil || answer != store.NotAsked {
		return
	}
	repo, err := history.OpenRepo(ctx, root)
	if err != nil {
		return
	}
	defer repo.Close()
	list, err := repo.Commits(ctx, time.Time{}, leastCommits)
	if err != nil || len(list) < leastCommits {
		return
	}
	// Somebody who learned from it by hand needs no question.
	if id, err := o.store.KnownWorkspace(ctx, root); err == nil && id != "" {
		if done, err := o.store.History(ctx, id); err != nil || len(done) > 0 {
			return
		}
	}
	select {
	case o.offers <- root:
	default: // several others wait to be answered: another time
	}
}

// Offers gives the roots whose person may be asked.
func (o *historyOffer) Offers() <-chan string { return o.offers }

// Asking remembers that the question is asked.
func (o *historyOffer) Asking(ctx context.Context, root string) (bool, error) {
	answer, err := o.store.HistoryAnswer(ctx, root)
	if err != nil || answer != store.NotAsked {
		return false, err // in another window
	}
	return true, o.store.SetHistoryAnswer(ctx, root, store.AnswerNone)
}

// Answered remembers the answer, and learns where it is yes.
func (o *historyOffer) Answered(ctx context.Context, root string, yes bool) (repairs, kinds int, err error) {
	answer := store.AnswerNo
	if yes {
		answer = store.AnswerYes
	}
	if err := o.store.SetHistoryAnswer(ctx, root, answer); err != nil || !yes {
		return 0, 0, err
	}
	// The editor's word that the workspace is trusted is not in the store.
	args := slices.Concat(o.args, []string{"--json", "learn", "git", "--trusted", root})
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Cancel = func() error { return stop(cmd.Process) }
	cmd.WaitDelay = stopChild
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return 0, 0, fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
	}
	var v wire.Done
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		return 0, 0, err
	}
	o.log.Info("learned from history", "root", root, "repairs", v.Count, "kinds", len(v.Items), "doubts", v.Doubts)
	return v.Count, len(v.Items), nil
}

// offerHistory is the offer of a server; nil where this program cannot be found,
// and nobody is asked.
func (a *app) offerHistory(ctx context.Context, st *store.Store, log *slog.Logger) *historyOffer {
	self, err := self()
	if err != nil {
		return nil
	}
	args := []string{self, "--store", st.Path()}
	languages := map[string]bool{}
	for _, r := range check.Rows() {
		for _, l := range r.Languages {
			languages[l] = true
		}
	}
	return newHistoryOffer(ctx, st, args, log, func(l string) bool { return languages[l] })
}
