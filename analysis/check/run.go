package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The bounds of one child where Command and Options name none.
const (
	// defaultTimeout is far over what a warm check takes (BENCHMARKS.md): it is
	// for the first one, when tools fill their caches.
	defaultTimeout = 60 * time.Second
	// defaultMemory is half as much again as tsserver takes for a project of
	// 100,000 lines, and what node gives itself on most machines.
	defaultMemory = 3 << 30
	// defaultOutput is some hundred thousand diagnostics.
	defaultOutput = 32 << 20
	// defaultDisk is over what a cold compile of a large module writes into the
	// build cache.
	defaultDisk = 2 << 30
	// defaultProcesses is over what `go list -export` starts on 16 cores.
	defaultProcesses = 200
	// watchEvery is how often what a child takes is looked at: often enough that
	// one that fills 1 GB a second stays below twice its cap.
	watchEvery = 50 * time.Millisecond
	// watchIdle is the same for a private server that nobody uses. A look reads
	// what the system says of every process: 20 a second took 5% of a core.
	watchIdle = time.Second
	// idleEnd is after how long a private server that nobody uses ends.
	idleEnd = 5 * time.Minute
	// pipeDelay is how long a killed child's pipes may stay open, held by a
	// process that could not be found.
	pipeDelay = 2 * time.Second
)

// A Runner starts the processes of checkers. Each child, with all that it
// starts,
//
//   - has a time, and ends when it is over or nobody waits any more;
//   - may print, write to disk and hold in memory only so much, and be only so
//     many processes, and is ended when it is more;
//   - sees an environment without credentials, in which the package tools that
//     we know are told to stay offline;
//   - has a temporary folder of its own, which goes when it ends;
//   - runs at low priority.
//
// It is ended as a process group. Where Linux lets us make namespaces it is
// alone in one for processes, so that none can outlive it, and in one for the
// network, which is empty. Elsewhere nothing but the tools' own offline settings
// keeps it from the network, and a process that leaves its group on purpose can
// stay: on Linux only if it also hides its environment. Guarantees says what
// holds here. Memory, disk and the number of processes are looked at on Linux
// only.
type Runner struct {
	timeout    time.Duration
	memory     int64
	maxServers int
	idle       time.Duration // after which a server that nobody uses ends
	clock      func() time.Time
	environ    []string
	inner      bool          // we are a child of a Runner ourselves, which isolates and watches us with all that we start
	slots      chan struct{} // one for each child that is no server
	open       atomic.Bool   // namespaces are refused here: not tried again

	mu      sync.Mutex
	closed  bool
	live    map[*child]bool
	servers []*Server // the one used last is last
	peak    int64     // memory of all children at once
	started int64     // children
}

// newRunner makes a Runner of options whose defaults are filled in.
func newRunner(o Options) *Runner {
	return &Runner{
		timeout: o.Timeout, memory: o.MemoryLimit, maxServers: o.MaxServers, idle: idleEnd, clock: o.Clock,
		environ: os.Environ(),
		slots:   make(chan struct{}, o.MaxRuns),
		live:    map[*child]bool{},
	}
}

// A Command is what to run.
type Command struct {
	// Args are the program and its arguments. A program without a separator is
	// looked for in PATH.
	Args  []string
	Dir   string // working directory, absolute
	Stdin string
	Env   []string // NAME=VALUE, on top of Environ
	// Timeout, Memory (bytes of all its processes) and Output (bytes of both
	// streams together) are the Runner's where they are 0, and so is Disk.
	Timeout time.Duration
	Memory  int64
	Output  int64
	Disk    int64 // bytes that it may write, in all
}

// An Output is what a child said. That it exits with another status than 0 is
// no error: most checkers do when they find something.
type Output struct {
	Stdout, Stderr string
	Exit           int
	Took           time.Duration
	PeakMemory     int64 // bytes of all its processes, as far as it was seen
}

// Run runs c to its end. The error is an *Unknown when the program is not
// there, when it could not be started and when it was cut short; what it had
// printed by then comes back with it.
func (r *Runner) Run(ctx context.Context, c Command) (Output, error) {
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return Output{}, cancelled(ctx, c.Args[0])
	}
	timeout := c.Timeout
	if timeout == 0 {
		timeout = r.timeout
	}
	limit := c.Output
	if limit == 0 {
		limit = defaultOutput
	}
	room := &room{left: limit}
	stdout, stderr := &bounded{room: room}, &bounded{room: room}
	ch, err := r.start(c, strings.NewReader(c.Stdin), stdout, stderr)
	if err != nil {
		return Output{}, err
	}
	room.arm(func() {
		ch.end(CauseOutput, fmt.Sprintf("it printed more than %s", size(limit)))
	})
	timer := time.AfterFunc(timeout, func() {
		ch.end(CauseTime, fmt.Sprintf("it took longer than %s", timeout))
	})
	defer timer.Stop()
	stop := context.AfterFunc(ctx, func() { ch.end(CauseCancelled, "nobody waits for it any more") })
	defer stop()
	<-ch.done
	out := Output{
		Stdout: stdout.String(), Stderr: stderr.String(), Exit: ch.exit,
		Took: r.clock().Sub(ch.started), PeakMemory: ch.peak.Load(),
	}
	if cut := ch.cut.Load(); cut != nil {
		return out, &Unknown{cut.Cause, fmt.Sprintf("%s was ended: %s", filepath.Base(c.Args[0]), cut.Reason)}
	}
	return out, ch.failed
}

// cancelled is the answer of a check that nobody waits for.
func cancelled(ctx context.Context, name string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Unknown{CauseTime, filepath.Base(name) + " had no time left"}
	}
	return &Unknown{CauseCancelled, "nobody waits for " + filepath.Base(name) + " any more"}
}

// A Server is a child that lives on between checks. At most so many are there
// at once (Options.MaxServers): starting another ends the one that was not used
// for longest. One that nobody uses for five minutes ends.
type Server struct {
	Stdin  io.WriteCloser
	Stdout io.Reader
	r      *Runner
	ch     *child
	stderr *bounded
	pipes  []*os.File // our ends

	mu   sync.Mutex
	busy int
	idle *time.Timer
}

// Start starts c as a private server. Its Stdin and Timeout are not used, and
// its Output bounds what is kept of its standard error.
func (r *Runner) Start(c Command) (*Server, error) {
	inR, inW, err := os.Pipe()
	if err != nil {
		return nil, &Unknown{CauseFailed, err.Error()}
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		inR.Close()
		inW.Close()
		return nil, &Unknown{CauseFailed, err.Error()}
	}
	stderr := &bounded{room: &room{left: 64 << 10}}
	ch, err := r.start(c, inR, outW, stderr)
	inR.Close()
	outW.Close()
	if err != nil {
		inW.Close()
		outR.Close()
		return nil, err
	}
	s := &Server{Stdin: inW, Stdout: outR, r: r, ch: ch, stderr: stderr, pipes: []*os.File{inW, outR}}
	s.idle = time.AfterFunc(r.idle, s.expire)
	r.mu.Lock()
	r.servers = append(r.servers, s)
	var over []*Server
	for n := len(r.servers) - r.maxServers; n > 0; n-- {
		over = append(over, r.servers[0])
		r.servers = r.servers[1:]
	}
	closed := r.closed
	r.mu.Unlock()
	for _, o := range over {
		o.Close()
	}
	if closed {
		s.Close()
		return nil, &Unknown{CauseClosed, "checking has ended"}
	}
	return s, nil
}

// Use says that the server is needed until release is called; it does not end
// as idle meanwhile. False means that it has ended: start another.
func (s *Server) Use() (release func(), ok bool) {
	select {
	case <-s.ch.done:
		return nil, false
	default:
	}
	s.r.mu.Lock()
	i := slices.Index(s.r.servers, s)
	if i >= 0 {
		s.r.servers = append(slices.Delete(s.r.servers, i, i+1), s)
	}
	s.r.mu.Unlock()
	if i < 0 {
		return nil, false // being ended
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy++
	s.ch.idle.Store(false)
	s.idle.Stop()
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.busy--; s.busy == 0 {
			s.ch.idle.Store(true)
			s.idle.Reset(s.r.idle)
		}
	}), true
}

// expire ends the server when nobody uses it.
func (s *Server) expire() {
	s.mu.Lock()
	busy := s.busy > 0
	s.mu.Unlock()
	if !busy {
		s.Close()
	}
}

// Done is closed when the server has ended.
func (s *Server) Done() <-chan struct{} { return s.ch.done }

// Err says why the server ended, once it has: an *Unknown when it was cut
// short.
func (s *Server) Err() error {
	select {
	case <-s.ch.done:
	default:
		return nil
	}
	name := filepath.Base(s.ch.name)
	if cut := s.ch.cut.Load(); cut != nil {
		return &Unknown{cut.Cause, name + " was ended: " + cut.Reason}
	}
	return &Unknown{CauseFailed, fmt.Sprintf("%s ended by itself (status %d): %s", name, s.ch.exit, complaint(s.stderr.String()))}
}

// End ends the server for a reason, and waits until it is gone.
func (s *Server) End(cause Cause, reason string) {
	s.idle.Stop()
	s.r.mu.Lock()
	if i := slices.Index(s.r.servers, s); i >= 0 {
		s.r.servers = slices.Delete(s.r.servers, i, i+1)
	}
	s.r.mu.Unlock()
	select {
	case <-s.ch.done: // by itself
	default:
		s.ch.end(cause, reason)
		<-s.ch.done
	}
	for _, p := range s.pipes {
		p.Close()
	}
}

// Close ends the server and waits until it is gone. Closing twice is fine.
func (s *Server) Close() { s.End(CauseClosed, "it is not needed any more") }

// Close ends every child and waits until they are gone. Nothing starts after.
func (r *Runner) Close() {
	r.mu.Lock()
	r.closed = true
	servers := slices.Clone(r.servers)
	live := make([]*child, 0, len(r.live))
	for ch := range r.live {
		live = append(live, ch)
	}
	r.mu.Unlock()
	for _, s := range servers {
		s.Close()
	}
	for _, ch := range live {
		ch.end(CauseClosed, "checking has ended")
	}
	for _, ch := range live {
		<-ch.done
	}
}

// Memory is what all children hold now, and held at most at one time, in bytes.
func (r *Runner) Memory() (now, peak int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ch := range r.live {
		now += ch.memory.Load()
	}
	return now, r.peak
}

// Started is how many children were started.
func (r *Runner) Started() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.started
}

// Guarantees says in words for a person what bounds a child on this machine,
// once one has run.
func (r *Runner) Guarantees() string {
	return guarantees(!r.open.Load())
}

// A child is a running process with its bounds.
type child struct {
	name    string
	cmd     *exec.Cmd
	started time.Time
	once    sync.Once
	cut     atomic.Pointer[Unknown] // why it was ended, when it was
	kill    func()                  // ends it and all that it started
	idle    atomic.Bool             // nobody uses it now
	memory  atomic.Int64            // bytes now
	peak    atomic.Int64
	done    chan struct{} // closed when it has ended; what follows is set by then
	exit    int
	failed  error
}

// end ends the child; the first reason counts.
func (ch *child) end(cause Cause, reason string) {
	ch.once.Do(func() {
		ch.cut.Store(&Unknown{cause, reason})
		ch.kill()
	})
}

// start starts a child and watches it. It never waits for it.
func (r *Runner) start(c Command, stdin io.Reader, stdout, stderr io.Writer) (*child, error) {
	name := c.Args[0]
	temp, err := os.MkdirTemp("", "dejafix-check-")
	if err != nil {
		return nil, &Unknown{CauseFailed, "no temporary folder for " + name + ": " + err.Error()}
	}
	started := false
	defer func() {
		if !started {
			os.RemoveAll(temp) //nolint:errcheck // empty, and the system clears it
		}
	}()
	env := append(r.Environ(), "TMPDIR="+temp, "TMP="+temp, "TEMP="+temp)
	if c.Dir != "" {
		env = append(env, "PWD="+c.Dir) // as it was written, links and all
	}
	env = append(env, c.Env...)
	program, err := lookPath(name, env)
	if err != nil {
		return nil, &Unknown{CauseMissing, fmt.Sprintf("%s is not installed, or not in PATH: install it", name)}
	}
	memory := c.Memory
	if memory == 0 {
		memory = r.memory
	}
	disk := c.Disk
	if disk == 0 {
		disk = defaultDisk
	}
	ch := &child{name: name, done: make(chan struct{})}
	build := func(namespaces bool) *exec.Cmd {
		cmd := limited(program, c.Args[1:], memory, disk)
		cmd.Dir, cmd.Env = c.Dir, env
		cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
		cmd.WaitDelay = pipeDelay
		isolate(cmd, namespaces)
		return cmd
	}
	// Held until the child may be ended, so that Close misses none.
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, &Unknown{CauseClosed, "checking has ended"}
	}
	ch.started = r.clock()
	ch.cmd = build(!r.inner && !r.open.Load())
	err = start(ch.cmd)
	if err != nil && !r.inner && !r.open.Load() && namespacesRefused(err) {
		r.open.Store(true)
		ch.cmd = build(false)
		err = start(ch.cmd)
	}
	if err != nil {
		return nil, &Unknown{CauseFailed, name + " could not be started: " + err.Error()}
	}
	started = true
	r.live[ch] = true
	r.started++
	pid := ch.cmd.Process.Pid
	lowerPriority(pid)
	ch.kill = func() { killAll(pid, ch.cmd.Process) }
	waited := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if !r.inner {
			r.watch(ch, pid, memory, disk, waited)
		}
	}()
	go func() {
		err := ch.cmd.Wait()
		close(waited)
		<-watched
		killAll(pid, nil) // what it left behind in its group
		if !r.inner && r.open.Load() {
			sweep("TMPDIR=" + temp) // and out of it
		}
		ch.exit = ch.cmd.ProcessState.ExitCode()
		var status *exec.ExitError
		if err != nil && !errors.As(err, &status) && ch.cut.Load() == nil && !errors.Is(err, exec.ErrWaitDelay) {
			ch.failed = &Unknown{CauseFailed, name + ": " + err.Error()}
		}
		ch.memory.Store(0)
		os.RemoveAll(temp) //nolint:errcheck // the system clears what is left
		r.mu.Lock()
		delete(r.live, ch)
		r.mu.Unlock()
		close(ch.done)
	}()
	return ch, nil
}

// watch looks at what the child takes until it has ended, and ends it when
// that is too much.
func (r *Runner) watch(ch *child, pid int, memory, disk int64, ended <-chan struct{}) {
	tick := time.NewTimer(watchEvery)
	defer tick.Stop()
	u := newUsage(pid)
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
		}
		u.look()
		if ch.idle.Load() {
			tick.Reset(watchIdle)
		} else {
			tick.Reset(watchEvery)
		}
		ch.memory.Store(u.memory)
		if u.memory > ch.peak.Load() {
			ch.peak.Store(u.memory)
		}
		r.mu.Lock()
		sum := int64(0)
		for o := range r.live {
			sum += o.memory.Load()
		}
		r.peak = max(r.peak, sum)
		r.mu.Unlock()
		switch {
		case u.memory > memory:
			ch.end(CauseMemory, fmt.Sprintf("it held %s of memory, and may hold %s", size(u.memory), size(memory)))
		case u.written > disk:
			ch.end(CauseDisk, fmt.Sprintf("it wrote %s to disk, and may write %s", size(u.written), size(disk)))
		case u.processes > defaultProcesses:
			ch.end(CauseProcesses, fmt.Sprintf("it was %d processes at once, and may be %d", u.processes, defaultProcesses))
		}
	}
}

// room is what is left of a bound that two streams share.
type room struct {
	mu   sync.Mutex
	left int64
	over bool   // more was written than there was room for
	full func() // called then
}

// arm says what happens when more is written than there is room for, also when
// that was already so.
func (r *room) arm(full func()) {
	r.mu.Lock()
	r.full = full
	over := r.over
	r.mu.Unlock()
	if over {
		full()
	}
}

// bounded keeps what is written to it as long as there is room, and swallows
// the rest.
type bounded struct {
	room *room
	buf  []byte
}

func (b *bounded) Write(p []byte) (int, error) {
	b.room.mu.Lock()
	n := min(int64(len(p)), b.room.left)
	b.buf = append(b.buf, p[:n]...)
	b.room.left -= n
	over := n < int64(len(p))
	b.room.over = b.room.over || over
	full := b.room.full
	b.room.mu.Unlock()
	if over && full != nil {
		full()
	}
	return len(p), nil
}

func (b *bounded) String() string {
	b.room.mu.Lock()
	defer b.room.mu.Unlock()
	return string(b.buf)
}

// passed are the variables that a child may see. A list of what may pass, since
// nobody can list the names of all credentials. A name that ends in * stands
// for all that start so.
var passed = []string{
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TERM",
	"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
	// Windows.
	"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA",
	"LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
	// Where toolchains are, and how they build.
	"GOROOT", "GOPATH", "GOBIN", "GOCACHE", "GOMODCACHE", "GOENV", "GOOS", "GOARCH", "GOAMD64", "GOARM", "GOARM64", "GOFLAGS", "GOEXPERIMENT",
	"GOWORK", "GO111MODULE", "GODEBUG", "GOTMPDIR", "CGO_*", "CC", "CXX", "AR", "PKG_CONFIG", "PKG_CONFIG_PATH",
	"CFLAGS", "CPPFLAGS", "CXXFLAGS", "LDFLAGS", "CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SDKROOT",
	"NODE_PATH", "NVM_DIR", "NVM_BIN", "VOLTA_HOME", "FNM_DIR", "ASDF_*", "MISE_*", "COREPACK_HOME",
	"VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "PYENV_ROOT", "PYENV_VERSION", "PYTHONPATH", "PYTHONHOME", "PYTHONUTF8", "PYTHONIOENCODING",
	"CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "RUSTFLAGS", "JAVA_HOME", "MAVEN_OPTS", "GRADLE_USER_HOME",
	"GEM_HOME", "GEM_PATH", "RBENV_ROOT", "RBENV_VERSION", "BUNDLE_GEMFILE", "NIX_*",
}

// secret are parts of names of credentials, which no pattern of passed may let
// through.
var secret = []string{"TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "API_KEY", "APIKEY", "ACCESS_KEY", "PRIVATE_KEY", "AUTH"}

// offline tells tools to use what is there and to fetch nothing (LEARNING.md 5).
var offline = []string{
	"GOTOOLCHAIN=local", "GOPROXY=off", "GOSUMDB=off", "GOTELEMETRY=off", "GONOSUMDB=", "GOVCS=*:off",
	"CARGO_NET_OFFLINE=true", "RUSTUP_AUTO_INSTALL=0",
	"npm_config_offline=true", "npm_config_audit=false", "npm_config_fund=false", "npm_config_update_notifier=false",
	"YARN_ENABLE_NETWORK=0", "COREPACK_ENABLE_NETWORK=0", "COREPACK_ENABLE_DOWNLOAD_PROMPT=0",
	"PIP_NO_INDEX=1", "PIP_DISABLE_PIP_VERSION_CHECK=1", "UV_OFFLINE=1", "PYRIGHT_PYTHON_IGNORE_WARNINGS=1", "PYRIGHT_PYTHON_FORCE_VERSION=",
	"DO_NOT_TRACK=1", "NO_UPDATE_NOTIFIER=1", "NO_COLOR=1", "CI=1",
	"GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never",
	// Checkers of the workspace must not write beside its sources.
	"PYTHONDONTWRITEBYTECODE=1",
}

// Environ is the environment of every child: what is needed to find and run
// toolchains, nothing that is a credential, and the settings that keep package
// tools offline.
func (r *Runner) Environ() []string {
	env := make([]string, 0, len(offline)+32)
	for _, kv := range r.environ {
		if name, _, ok := strings.Cut(kv, "="); ok && passes(name) {
			env = append(env, kv)
		}
	}
	return append(env, offline...)
}

// Getenv is the value that a child would see.
func (r *Runner) Getenv(name string) string {
	value := ""
	for _, kv := range r.Environ() {
		if n, v, ok := strings.Cut(kv, "="); ok && sameName(n, name) {
			value = v
		}
	}
	return value
}

// LookPath finds a program as a child would, and "" when it is not there.
func (r *Runner) LookPath(name string) string {
	p, err := lookPath(name, r.Environ())
	if err != nil {
		return ""
	}
	return p
}

func passes(name string) bool {
	upper := strings.ToUpper(name)
	for _, s := range secret {
		if strings.Contains(upper, s) {
			return false
		}
	}
	if runtime.GOOS != "windows" {
		upper = name
	}
	return slices.ContainsFunc(passed, func(p string) bool {
		if start, ok := strings.CutSuffix(p, "*"); ok {
			return strings.HasPrefix(upper, start)
		}
		return upper == p
	})
}

func sameName(a, b string) bool {
	if runtime.GOOS == "windows" {
		return strings.EqualFold(a, b)
	}
	return a == b
}

// lookPath finds a program in the PATH of env. Folders that are not absolute
// are passed over: they would name the workspace.
func lookPath(name string, env []string) (string, error) {
	if strings.ContainsAny(name, `/\`) {
		if !filepath.IsAbs(name) {
			return "", exec.ErrDot
		}
		return exec.LookPath(name)
	}
	path := ""
	for _, kv := range env {
		if n, v, ok := strings.Cut(kv, "="); ok && sameName(n, "PATH") {
			path = v
		}
	}
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if p, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return p, nil
		}
	}
	return "", exec.ErrNotFound
}

// size is a number of bytes for a person.
func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%d MB", n>>20)
	default:
		return fmt.Sprintf("%d KB", n>>10)
	}
}

// firstLine is the first line of what a tool said.
func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	const most = 200 // a sentence for a person
	if len(line) > most {
		line = line[:most] + "…"
	}
	return line
}
