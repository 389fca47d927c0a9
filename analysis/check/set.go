package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// Options are what a Set needs from outside. The zero value works.
type Options struct {
	// Rows are the checkers; nil means Rows().
	Rows   []Row
	Logger *slog.Logger
	Clock  func() time.Time
	// MaxRuns is how many checks run at once; 0 means one for each core.
	MaxRuns int
	// MemoryLimit is how much one child may hold, with all that it starts, in
	// bytes.
	MemoryLimit int64
	// Timeout is how long one child may run.
	Timeout time.Duration
	// CacheSize is how many verdicts, and how many baselines, are kept.
	CacheSize int
	// Servers permits private servers, MaxServers of them (0 means one).
	Servers    bool
	MaxServers int
	// Tools are absolute paths that a person's settings name, for tools that the
	// workspace itself does not have: the programs "node", "python", "ruff",
	// "pyright-langserver" and "basedpyright-langserver", and the folders of the
	// packages "typescript" and "eslint". They stand before what is in PATH. No
	// workspace may name them: they would run unasked.
	Tools map[string]string
	// Worker is the command that runs Work, for the rows that check in a Go process
	// of ours. With it, and where Servers permits, they do so in one of its own,
	// which has a bound on its memory, a low priority, and ends after five idle
	// minutes; otherwise in this one.
	Worker []string
	// Class says whether edits repair an error, silence it or take away the code
	// that it is about. Without it, an edit whose comments have a word for
	// silence in them is taken for one that silences. What only deletes, or only
	// changes comments, is seen either way.
	Class func(language, before string, edits []analysis.Edit, d analysis.Diagnostic) analysis.EditClass
}

// filled returns o with its defaults.
func (o Options) filled() Options {
	if o.Rows == nil {
		o.Rows = Rows()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.MaxRuns == 0 {
		o.MaxRuns = runtime.NumCPU()
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit = defaultMemory
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.CacheSize == 0 {
		o.CacheSize = 512 // some kilobytes each
	}
	if o.MaxServers == 0 {
		o.MaxServers = 1
	}
	return o
}

// A Set is the checkers of a process with what they found. It is safe for
// concurrent use.
type Set struct {
	o      Options
	runner *Runner
	slots  chan struct{} // one for each check that may run
	life   context.Context
	end    context.CancelFunc // of life

	mu        sync.Mutex
	closed    bool
	servers   bool                 // Options.Servers, or what Configure said
	tools     map[string]string    // the same of Options.Tools
	checkers  map[string]*instance // by the name of their row
	baselines *recent[baselineKey, []known]
	verdicts  *recent[analysis.Digest, []judged]
	flights   map[baselineKey]chan struct{}
	files     *recent[string, content]
	lists     map[string][]Inputs // of each row, the one used last first
	stats     Stats
}

// New returns a Set. Close ends what it starts.
func New(o Options) *Set {
	o = o.filled()
	life, end := context.WithCancel(context.Background())
	return &Set{
		o: o, runner: newRunner(o), life: life, end: end,
		servers: o.Servers, tools: o.Tools,
		slots:     make(chan struct{}, o.MaxRuns),
		checkers:  map[string]*instance{},
		baselines: newRecent[baselineKey, []known](o.CacheSize),
		verdicts:  newRecent[analysis.Digest, []judged](o.CacheSize),
		flights:   map[baselineKey]chan struct{}{},
		// A digest each for the files of several large projects.
		files: newRecent[string, content](64 << 10),
		lists: map[string][]Inputs{},
		stats: Stats{Unknown: map[Cause]int64{}},
	}
}

// Stats are counts since the Set was made.
type Stats struct {
	Runs       int64           // of checkers
	Processes  int64           // that they started
	Busy       time.Duration   // that the runs took, together
	Checked    int64           // verdicts, also those that were cached
	Refuted    int64           // the same
	Unknown    map[Cause]int64 // the same, by why
	Cached     int64           // verdicts that needed no run
	Memory     int64           // bytes that checkers hold now
	Peak       int64           // and held at most at one time, as far as was seen
	Limit      int64           // bytes that one child, with all that it starts, may hold
	Guarantees string          // what bounds a process on this machine
}

// Stats returns a copy of the counts.
func (s *Set) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.Unknown = maps.Clone(st.Unknown)
	st.Memory, st.Peak = s.runner.Memory()
	for _, c := range s.checkers {
		if m, ok := c.checker.(interface{ Memory() int64 }); ok {
			st.Memory += m.Memory()
		}
	}
	s.stats.Peak = max(s.stats.Peak, st.Peak, st.Memory)
	st.Peak = s.stats.Peak
	st.Processes = s.runner.Started()
	st.Limit, st.Guarantees = s.o.MemoryLimit, s.runner.Guarantees()
	return st
}

// Configure replaces Options.Servers and Options.Tools. When they differ from
// before, what the checkers hold and have found is dropped.
func (s *Set) Configure(servers bool, tools map[string]string) {
	s.mu.Lock()
	if s.closed || s.servers == servers && maps.Equal(s.tools, tools) {
		s.mu.Unlock()
		return
	}
	s.servers, s.tools = servers, maps.Clone(tools)
	old := slices.Collect(maps.Values(s.checkers))
	clear(s.checkers)
	clear(s.lists)
	s.baselines = newRecent[baselineKey, []known](s.o.CacheSize)
	s.verdicts = newRecent[analysis.Digest, []judged](s.o.CacheSize)
	s.mu.Unlock()
	for _, c := range old {
		c.retire()
	}
}

// Close ends every check, checker and private server, and waits until they are
// gone. Closing twice is fine.
func (s *Set) Close() {
	s.mu.Lock()
	s.closed = true
	all := slices.Collect(maps.Values(s.checkers))
	s.mu.Unlock()
	s.end()
	s.runner.Close()
	for _, c := range all {
		c.idle.Stop()
		c.end()
	}
	// Every slot is free when nothing runs.
	for range cap(s.slots) {
		s.slots <- struct{}{}
	}
	for range cap(s.slots) {
		<-s.slots
	}
}

// An instance is a row's checker.
type instance struct {
	row     *Row
	checker Checker
	idle    *time.Timer

	mu      sync.Mutex
	busy    int
	retired bool // it ends when nobody uses it any more
}

// retire ends the checker now, or when the last who uses it is done.
func (c *instance) retire() {
	c.mu.Lock()
	c.retired = true
	c.idle.Stop()
	c.mu.Unlock()
	c.end()
}

// end lets the checker drop what it holds, unless it is in use.
func (c *instance) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if closer, ok := c.checker.(io.Closer); ok && c.busy == 0 {
		closer.Close()
	}
}

// use marks the checker as in use until release.
func (c *instance) use() (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy++
	c.idle.Stop()
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.busy--; c.busy > 0 {
			return
		}
		if c.retired {
			c.idle.Reset(0)
		} else {
			c.idle.Reset(idleEnd)
		}
	}
}

// env is what the checkers are given.
func (s *Set) env() Env {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Env{Runner: s.runner, Logger: s.o.Logger, Clock: s.o.Clock, Servers: s.servers, Tools: s.tools, Worker: s.o.Worker}
}

// instance returns the checker of a row.
func (s *Set) instance(row *Row) (*instance, error) {
	env := s.env()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, &Unknown{CauseClosed, "checking has ended"}
	}
	c := s.checkers[row.Name]
	if c == nil {
		c = &instance{row: row, checker: row.New(env)}
		c.idle = time.AfterFunc(idleEnd, c.end)
		s.checkers[row.Name] = c
	}
	return c, nil
}

// run runs one checker in a slot of its own, and returns the digest of what its
// answer depends on.
func (s *Set) run(ctx context.Context, row *Row, r Request) (Result, analysis.Digest, error) {
	var none analysis.Digest
	c, err := s.instance(row)
	if err != nil {
		return Result{}, none, err
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return Result{}, none, cancelled(ctx, row.Name)
	}
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return Result{}, none, &Unknown{CauseClosed, "checking has ended"}
	}
	defer c.use()()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	res, digest, err := s.once(ctx, c, r)
	if u, ok := errors.AsType[*Unknown](err); ok && u.Cause == CauseMoved {
		return s.once(ctx, c, r) // a file was saved at that moment
	}
	return res, digest, err
}

// tick is how far the times of files may lag behind the clock: the kernel takes
// them from a clock of its own, which moves 100 times a second or more often.
const tick = 10 * time.Millisecond

// once runs a checker one time.
func (s *Set) once(ctx context.Context, c *instance, r Request) (Result, analysis.Digest, error) {
	var none analysis.Digest
	began := s.o.Clock()
	res, err := c.checker.Check(ctx, r)
	took := s.o.Clock().Sub(began)
	s.mu.Lock()
	s.stats.Runs++
	s.stats.Busy += took
	s.mu.Unlock()
	s.o.Logger.Debug("checked", "tool", c.row.Name, "scope", r.Scope, "took", took, "findings", len(res.Findings), "phase", res.Phase, "complete", res.Complete, "err", err)
	if err != nil {
		return Result{}, none, err
	}
	res.Inputs = s.share(c.row.Name, Inputs{sorted(res.Inputs.Files), sorted(res.Inputs.Dirs), res.Inputs.Extra})
	digest, newest := s.digest(res.Inputs, r.Overlay)
	// A file that was written meanwhile may have been read before or after. One
	// whose time lies ahead of the clock says nothing.
	if newest.After(began.Add(-tick)) && !newest.After(s.o.Clock()) {
		return Result{}, none, errMoved()
	}
	return res, digest, nil
}

// rows are the rows of a language, in the table's order.
func (s *Set) rows(language string) []*Row {
	var out []*Row
	for i := range s.o.Rows {
		if slices.Contains(s.o.Rows[i].Languages, language) {
			out = append(out, &s.o.Rows[i])
		}
	}
	return out
}

// A Report is what one checker says of a file.
type Report struct {
	Tool string // the row's name
	Result
	Err error // an *Unknown where it gave no answer
}

// Check asks every checker of a language that the workspace uses, one after the
// other. A checker that is not used there has no report; without any, the error
// says why.
func (s *Set) Check(ctx context.Context, language string, r Request) ([]Report, error) {
	if !r.Trusted {
		return nil, errUntrusted()
	}
	var out []Report
	var why []string
	env := s.env()
	for _, row := range s.rows(language) {
		if len(r.Scope) > 0 && row.Detect != nil {
			if ok, reason := row.Detect(env, r.Root, r.Scope[0]); !ok {
				why = append(why, reason)
				continue
			}
		}
		res, _, err := s.run(ctx, row, r)
		out = append(out, Report{row.Name, res, err})
	}
	if len(out) == 0 {
		return nil, errNoChecker(language, why)
	}
	return out, nil
}

func errUntrusted() error {
	return &Unknown{CauseUntrusted, "checkers run code of the workspace, which is not trusted: `dejafix trust` trusts it"}
}

func errMoved() error {
	return &Unknown{CauseMoved, "files were saved while they were checked: ask again"}
}

func errNoChecker(language string, why []string) error {
	if len(why) == 0 {
		return &Unknown{CauseNoChecker, fmt.Sprintf("there is no checker for %s yet", language)}
	}
	return &Unknown{CauseNoChecker, strings.Join(why, "; ")}
}
