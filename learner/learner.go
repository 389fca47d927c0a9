// Package learner joins the parts that learn: it takes events, pairs errors
// with the edits that cleared them (learner/episode), generalises the edits
// (learner/pattern), ranks what they propose (learner/rank), keeps the truth in
// a store, and gives suggestions.
//
// One goroutine owns all that changes: the episode machine, the bench of the
// pattern learner, the published model. Whoever observes puts an event into a
// bounded mailbox and never waits; whoever asks reads an immutable model. A
// second goroutine, the warmer, parses texts and computes answers off the
// request path.
//
// The package knows nothing of LSP, runs no command and opens no connection.
package learner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/learner/episode"
	"github.com/dejafix/dejafix/learner/failure"
	"github.com/dejafix/dejafix/learner/pattern"
	"github.com/dejafix/dejafix/learner/rank"
	"github.com/dejafix/dejafix/store"
)

// A Store is what the learner needs of what is kept. *store.Store is one.
type Store interface {
	AddExamples(ctx context.Context, exs []analysis.Example) (added int, err error)
	Reclass(ctx context.Context, id string, class analysis.EditClass) error
	ExamplesByRule(ctx context.Context, ruleKey string, workspaces []string, limit int) ([]analysis.Example, error)
	Example(ctx context.Context, id string) (analysis.Example, error)
	PutPatternIndex(ctx context.Context, ruleKey string, workspaces []string, patterns []store.Pattern) error
	Pattern(ctx context.Context, id string) (store.Pattern, error)
	OutcomesByRule(ctx context.Context, ruleKey string) (map[string][]store.Outcome, error)
	AddOutcome(ctx context.Context, o store.Outcome) error
	AddExposures(ctx context.Context, xs []store.Exposure) error
	UpdateExposure(ctx context.Context, id string, status store.ExposureStatus, verdict analysis.Verdict) error
	AddUndone(ctx context.Context, p store.Place, workspace string, at time.Time) error
	AddIgnored(ctx context.Context, f store.PatternFile, at time.Time) (count int, err error)
	Silences(ctx context.Context) (store.Silences, error)
	SetNever(ctx context.Context, pattern string, never bool) error
	Recurring(ctx context.Context, again []string, limit int) ([]analysis.Recurring, error)
	Forget(ctx context.Context, scope store.Scope) (store.Forgotten, error)
	WorkspaceID(ctx context.Context, root string) (string, error)
	Changes(ctx context.Context, since int64) (store.Changes, error)

	FailureStore
}

var _ Store = (*store.Store)(nil)

// Options configure a Learner. The zero value works: nothing is kept, and
// nothing can be learned.
type Options struct {
	// Store is nil when it could not be opened: the learner then explains and
	// watches, but learns nothing.
	Store   Store
	Logger  *slog.Logger     // nil: nothing is logged
	Clock   func() time.Time // nil: time.Now
	Version string           // of dejafix, for provenance
	Episode episode.Options
	Rank    rank.Policy // the zero Policy: rank.Default
	Checker Checker     // nil: nothing is checked
	// Drafters make edits where nothing was learned, or what was is not enough.
	Drafters []Drafter
	// Decided is called, from the learning goroutine, when somebody else may have
	// decided about a workspace. It must not block.
	Decided func()
	// Notify is called, from the learning goroutine, when there is something to
	// tell. It must not block.
	Notify func(analysis.Status)
}

const (
	// tick is how often the machine looks at its waiting periods.
	tick = 250 * time.Millisecond
	// storeTimeout bounds one piece of work in the store, another process's
	// transaction included (store: busy timeout 5 s). It is no budget: it ends what
	// hangs, on a machine however busy.
	storeTimeout = time.Minute
)

// A Learner observes and suggests. Its methods may be called from any
// goroutine; Close ends it.
type Learner struct {
	store   Store
	log     *slog.Logger
	clock   func() time.Time
	version string
	rank    rank.Policy
	notify  func(analysis.Status)
	decide  func()
	// drafters are asked after what was learned.
	drafters []Drafter

	box     *mailbox
	model   atomic.Pointer[model]
	polled  atomic.Int64 // UnixNano of the last look at the store's generation
	trees   *syntax.Cache
	answers *bounded[question, []ranked]
	drafts  *bounded[question, []ranked] // by question without a rule
	offers  *bounded[string, offer]
	spaces  sync.Map // root → workspace id
	warmer  *warmer
	// verifier is there without a checker too, and does nothing then.
	verifier *verifier

	ctx    context.Context // of the learning goroutine; ends with Close
	cancel context.CancelFunc
	done   chan struct{}
	stop   chan struct{}
	once   sync.Once

	// Owned by the learning goroutine.
	machine    *episode.Machine
	bench      *pattern.Bench
	generation int64
	refreshed  bool
	serial     uint64 // of the rule that was learned last
	exposed    map[exposureKey]exposed
	erring     map[string]analysis.Diagnosed // by URI: the last report, when it had errors
	learned    int                           // repairs in this session
	recent     failure.Recent
	ran        map[string][]ran // by workspace id: its last runs
	broken     bool
}

// New starts a Learner.
func New(o Options) *Learner {
	l := &Learner{
		store: o.Store, log: o.Logger, clock: o.Clock, version: o.Version, rank: o.Rank, notify: o.Notify, decide: o.Decided, drafters: o.Drafters,
		box:     newMailbox(),
		trees:   &syntax.Cache{},
		answers: newBounded[question, []ranked](512),
		drafts:  newBounded[question, []ranked](512),
		offers:  newBounded[string, offer](2048),
		machine: episode.New(o.Episode),
		bench:   &pattern.Bench{},
		exposed: map[exposureKey]exposed{},
		erring:  map[string]analysis.Diagnosed{},
		done:    make(chan struct{}),
		stop:    make(chan struct{}),
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if l.clock == nil {
		l.clock = time.Now
	}
	if l.rank == (rank.Policy{}) {
		l.rank = rank.Default
	}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.model.Store(&model{rules: map[string]*rule{}, peers: map[string][]analysis.Peered{}})
	l.warmer = newWarmer(l)
	l.verifier = newVerifier(l, o.Checker)
	go l.loop()
	return l
}

// Observe takes an event. It never blocks.
func (l *Learner) Observe(e analysis.Event) { l.box.put(item{event: e}) }

// Idle returns when every event observed before was processed and stored, and
// the answers they made possible are computed. With settle the waiting periods
// of open episodes end at once.
func (l *Learner) Idle(ctx context.Context, settle bool) error {
	err := l.do(ctx, func() {
		if settle {
			l.results(l.machine.Settle(l.clock()))
		}
	})
	if err != nil {
		return err
	}
	if err := l.warmer.idle(ctx); err != nil {
		return err
	}
	if err := l.verifier.idle(ctx); err != nil {
		return err
	}
	return l.do(ctx, func() {}) // what the verifier told the learning goroutine
}

// Close processes what waits, ends open waiting periods (an error that is gone
// when the editor quits was repaired) and stops. It may be called twice.
func (l *Learner) Close() error {
	l.once.Do(func() { close(l.stop) })
	<-l.done
	return nil
}

// errClosed is returned for what comes after Close.
var errClosed = errors.New("the learner was stopped")

// do runs f on the learning goroutine, after everything that waits.
func (l *Learner) do(ctx context.Context, f func()) error {
	ran := make(chan struct{})
	l.box.put(item{call: func() { f(); close(ran) }})
	select {
	case <-ran:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.done:
		return errClosed
	}
}

// loop is the learning goroutine.
func (l *Learner) loop() {
	defer close(l.done)
	defer l.warmer.close()
	defer l.verifier.close()
	defer l.trees.Close()
	defer l.cancel()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	l.guard("start", func() { l.refresh(l.ctx) })
	for {
		select {
		case <-l.box.wake:
			l.drain()
		case <-ticker.C:
			l.guard("tick", func() { l.results(l.machine.Tick(l.clock())) })
		case <-l.stop:
			l.drain()
			l.guard("close", func() { l.results(l.machine.Settle(l.clock())) })
			return
		}
	}
}

func (l *Learner) drain() {
	for _, it := range l.box.take() {
		if it.call != nil {
			l.guard("call", it.call)
			continue
		}
		l.guard(fmt.Sprintf("%T", it.event), func() { l.handle(it.event) })
	}
}

// guard keeps a mistake in one event from ending the learning: it is logged,
// and the next event is handled.
func (l *Learner) guard(what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			l.log.Error("learning failed", "at", what, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	f()
}

// degraded says, once, that the store does not work; the rest goes on.
func (l *Learner) degraded(what string, err error) {
	l.log.Error(what, "err", err)
	if l.broken {
		return
	}
	l.broken = true
	l.status(analysis.Status{State: "degraded", Text: "dejafix: store", Tooltip: fmt.Sprintf("%s: %v. Suggestions may be missing; `dejafix doctor` says more.", what, err)})
}

func (l *Learner) status(s analysis.Status) {
	if l.notify != nil {
		l.notify(s)
	}
}

// workspace gives the id of the workspace at root, "" when it is not known.
func (l *Learner) workspace(root string) string {
	if id, ok := l.spaces.Load(root); ok {
		return id.(string)
	}
	if l.store == nil || root == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(l.ctx, storeTimeout)
	defer cancel()
	id, err := l.store.WorkspaceID(ctx, root)
	if err != nil {
		l.log.Error("could not name the workspace", "root", root, "err", err)
		return ""
	}
	l.spaces.Store(root, id)
	return id
}

// enter makes a workspace one of those whose history may be learned from here.
// What was learned before, without it, is learned again when it is asked for.
// Learning goroutine only.
func (l *Learner) enter(root string) {
	if _, ok := l.spaces.Load(root); ok || l.workspace(root) == "" {
		return
	}
	if m := l.model.Load(); len(m.rules) > 0 {
		next := m.clone()
		clear(next.rules)
		l.model.Store(next)
		l.answers.clear()
	}
}

// entered are the ids of the workspaces of this window.
func (l *Learner) entered() (ids []string) {
	l.spaces.Range(func(_, id any) bool {
		ids = append(ids, id.(string))
		return true
	})
	return ids
}

// relative is doc's path below its root, with slashes; the whole path where it
// has no root.
func (l *Learner) relative(doc *analysis.Document) string {
	if doc.Root != "" {
		if rel, err := filepath.Rel(doc.Root, doc.Path); err == nil && !strings.HasPrefix(rel, "..") {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.ToSlash(doc.Path)
}
