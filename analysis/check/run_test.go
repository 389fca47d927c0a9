//go:build unix

package check

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hostile names what this very program does when a test starts it as a checker
// of a workspace that means harm.
const hostile = "DEJAFIX_TEST_HOSTILE"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == workerArg {
		most, err := time.ParseDuration(os.Args[2])
		if err == nil {
			err = Work(context.Background(), os.Stdin, os.Stdout, Options{Timeout: most})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if what := os.Getenv(hostile); what != "" {
		harm(what)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// workerArg has this program be the process that checks Go.
const workerArg = "check-worker"

// forever waits until it is killed, whatever else it is sent.
func forever() {
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	select {}
}

// again starts this program once more, with another task.
func again(what string, change func(*exec.Cmd)) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), hostile+"="+what)
	if change != nil {
		change(cmd)
	}
	if err := cmd.Start(); err != nil {
		fmt.Println("start:", err)
		os.Exit(1)
	}
}

func harm(what string) {
	dir := os.Getenv("HARM_DIR")
	switch what {
	case "sleep":
		<-time.After(time.Hour)
	case "sleep in a child":
		again("sleep", func(c *exec.Cmd) { c.Stdout = os.Stdout })
		forever()
	case "leave a daemon":
		// It leaves the group and keeps our output open.
		ready, w, err := os.Pipe()
		if err != nil {
			os.Exit(1)
		}
		again("daemon", func(c *exec.Cmd) {
			c.Stdout = os.Stdout
			c.ExtraFiles = []*os.File{w}
			daemonise(c)
		})
		w.Close()
		ready.Read(make([]byte, 1))
	case "daemon":
		// It holds a lock as long as it lives, which a test can feel.
		f, err := os.Create(filepath.Join(dir, "daemon.lock"))
		if err == nil {
			err = lock(f)
		}
		if err != nil {
			fmt.Println("lock:", err)
			os.Exit(1)
		}
		os.NewFile(3, "ready").Write([]byte{1})
		forever()
		runtime.KeepAlive(f)
	case "fork":
		for range 1000 {
			if err := exec.Command("sleep", "3600").Start(); err != nil {
				break
			}
		}
		forever()
	case "memory":
		var kept [][]byte
		for {
			b := make([]byte, 16<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			kept = append(kept, b)
			runtime.KeepAlive(kept)
		}
	case "memory in children":
		for range 10 {
			again("some memory", nil)
		}
		forever()
	case "some memory":
		b := make([]byte, 64<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		forever()
		runtime.KeepAlive(b)
	case "disk":
		block := make([]byte, 1<<20)
		for i := 0; ; i++ {
			f, err := os.Create(filepath.Join(os.TempDir(), strconv.Itoa(i)))
			for n := 0; err == nil && n < 64; n++ {
				_, err = f.Write(block)
			}
			if err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			f.Close()
		}
	case "print":
		block := []byte(strings.Repeat("main.go:1:1: undefined: x\n", 40_000))
		for range 1 << 30 / len(block) {
			os.Stdout.Write(block)
		}
	case "phone":
		for _, address := range []string{os.Getenv("HARM_ADDRESS")} {
			c, err := net.DialTimeout("tcp", address, 5*time.Second)
			if err != nil {
				fmt.Println("no answer")
				return
			}
			c.Close()
			fmt.Println("reached")
		}
	case "environment":
		for _, kv := range os.Environ() {
			fmt.Println(kv)
		}
	case "echo":
		io.Copy(os.Stdout, os.Stdin)
	}
}

// testRunner is a Runner with small bounds, so that tests do no harm.
func testRunner(t *testing.T, change func(*Options)) *Runner {
	t.Helper()
	o := Options{Timeout: time.Minute, MemoryLimit: 512 << 20, MaxRuns: 4}
	if change != nil {
		change(&o)
	}
	r := newRunner(o.filled())
	t.Cleanup(r.Close)
	return r
}

func harmful(t *testing.T, what string, env ...string) Command {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Command{Args: []string{self}, Dir: t.TempDir(), Env: append([]string{hostile + "=" + what}, env...)}
}

// TestHostile starts children that would take the machine for themselves, and
// sees each ended for what it did, with all that it started.
func TestHostile(t *testing.T) {
	tests := []struct {
		what   string
		change func(*Command)
		want   Cause
		linux  bool // is looked at on Linux only
	}{
		{what: "sleep", change: func(c *Command) { c.Timeout = 200 * time.Millisecond }, want: CauseTime},
		{what: "sleep in a child", change: func(c *Command) { c.Timeout = 200 * time.Millisecond }, want: CauseTime},
		{what: "fork", change: func(c *Command) { c.Memory = 4 << 30 }, want: CauseProcesses, linux: true},
		{what: "memory", change: func(c *Command) { c.Memory = 256 << 20 }, want: CauseMemory, linux: true},
		{what: "memory in children", change: func(c *Command) { c.Memory = 256 << 20 }, want: CauseMemory, linux: true},
		{what: "disk", change: func(c *Command) { c.Disk = 128 << 20 }, want: CauseDisk, linux: true},
		{what: "print", want: CauseOutput},
	}
	// Also as on a machine that refuses namespaces.
	for i, tt := range append(slices.Clone(tests), tests...) {
		t.Run(fmt.Sprintf("%s, namespaces %t", tt.what, i < len(tests)), func(t *testing.T) {
			if tt.linux && runtime.GOOS != "linux" {
				return // nobody looks there: see Runner
			}
			r := testRunner(t, nil)
			if i >= len(tests) {
				r.open.Store(true)
			}
			c := harmful(t, tt.what)
			if tt.change != nil {
				tt.change(&c)
			}
			out, err := r.Run(context.Background(), c)
			var unknown *Unknown
			if !errors.As(err, &unknown) || unknown.Cause != tt.want {
				t.Fatalf("%v (exit %d, %.200q), want %s", err, out.Exit, out.Stdout+out.Stderr, tt.want)
			}
			if len(out.Stdout) > defaultOutput {
				t.Errorf("kept %d bytes of output", len(out.Stdout))
			}
			if now, _ := r.Memory(); now != 0 {
				t.Errorf("holds %d bytes after its end", now)
			}
			t.Log(err, out.Took)
		})
	}
}

// TestDaemon: a process that leaves the group of its checker does not outlive
// it on Linux, with namespaces or without.
func TestDaemon(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // see Guarantees
	}
	for _, open := range []bool{false, true} {
		r := testRunner(t, nil)
		r.open.Store(open)
		dir := t.TempDir()
		if _, err := r.Run(context.Background(), harmful(t, "leave a daemon", "HARM_DIR="+dir)); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(filepath.Join(dir, "daemon.lock"))
		if err != nil {
			t.Fatal("the daemon never lived")
		}
		defer f.Close()
		// Its lock goes with it, which may take the kernel a moment.
		free := make(chan error, 1)
		go func() { free <- waitLock(f) }()
		select {
		case err := <-free:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("without namespaces %t: the daemon lives", open)
		}
	}
}

// TestNoNetwork: nothing outside answers, not even this machine.
func TestNoNetwork(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := testRunner(t, nil)
	out, err := r.Run(context.Background(), harmful(t, "phone", "HARM_ADDRESS="+l.Addr().String()))
	if err != nil {
		t.Fatal(err)
	}
	want := "no answer\n"
	if r.open.Load() || runtime.GOOS != "linux" {
		want = "reached\n" // and Guarantees says so
	}
	if out.Stdout != want {
		t.Errorf("%q, want %q (%s)", out.Stdout, want, r.Guarantees())
	}
}

// TestEnviron: credentials stay here, offline settings win, and the temporary
// folder is its own and gone afterwards.
func TestEnviron(t *testing.T) {
	for _, kv := range []string{
		"GITHUB_TOKEN=ghp", "AWS_SECRET_ACCESS_KEY=s", "AWS_PROFILE=p", "NPM_TOKEN=n", "OPENAI_API_KEY=o", "SSH_AUTH_SOCK=/s",
		"HTTPS_PROXY=http://u:p@proxy", "CGO_SECRET=c", "MISE_GITHUB_TOKEN=m", "GOPROXY=https://u:p@host", "GOAUTH=netrc", "DATABASE_URL=d", "UNHEARD_OF=u",
		"GOFLAGS=-tags=x", "LC_ALL=C",
	} {
		name, value, _ := strings.Cut(kv, "=")
		t.Setenv(name, value)
	}
	r := testRunner(t, nil)
	out, err := r.Run(context.Background(), harmful(t, "environment"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for line := range strings.Lines(out.Stdout) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		got[name] = value
	}
	for _, name := range []string{
		"GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "NPM_TOKEN", "OPENAI_API_KEY", "SSH_AUTH_SOCK", "HTTPS_PROXY",
		"CGO_SECRET", "MISE_GITHUB_TOKEN", "GOAUTH", "DATABASE_URL", "UNHEARD_OF",
	} {
		if v, ok := got[name]; ok {
			t.Errorf("%s=%s went through", name, v)
		}
	}
	for name, want := range map[string]string{"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-tags=x", "LC_ALL": "C", "PATH": os.Getenv("PATH")} {
		if got[name] != want {
			t.Errorf("%s=%s, want %s", name, got[name], want)
		}
	}
	if dir := got["TMPDIR"]; dir == "" || dir == os.TempDir() {
		t.Errorf("TMPDIR=%s", dir)
	} else if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", dir, err)
	}
}

// TestCancelled: nobody waits, so the child goes, and its caller hears why.
func TestCancelled(t *testing.T) {
	r := testRunner(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := r.Run(ctx, harmful(t, "sleep"))
	var unknown *Unknown
	if !errors.As(err, &unknown) || unknown.Cause != CauseCancelled {
		t.Fatal(err)
	}
}

// TestMissing: the reason has a next step.
func TestMissing(t *testing.T) {
	r := testRunner(t, nil)
	_, err := r.Run(context.Background(), Command{Args: []string{"no-such-checker"}, Dir: t.TempDir()})
	var unknown *Unknown
	if !errors.As(err, &unknown) || unknown.Cause != CauseMissing || !strings.Contains(unknown.Reason, "install it") {
		t.Fatal(err)
	}
}

// TestPathIsNotTheWorkspace: a program in the workspace is not found by a bare
// name, however PATH is written.
func TestPathIsNotTheWorkspace(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, path := range []string{".", "", ":", "sub/.."} {
		if p, err := lookPath("go", []string{"PATH=" + path}); err == nil {
			t.Errorf("PATH=%q finds %s", path, p)
		}
	}
}

// TestServer: a server answers, the next one takes its place, and one that
// nobody closed goes with the Runner.
func TestServer(t *testing.T) {
	r := testRunner(t, nil)
	talk := func(s *Server, line string) error {
		release, ok := s.Use()
		if !ok {
			return errors.New("has ended")
		}
		defer release()
		if _, err := io.WriteString(s.Stdin, line+"\n"); err != nil {
			return err
		}
		got, err := bufio.NewReader(s.Stdout).ReadString('\n')
		if err == nil && got != line+"\n" {
			err = fmt.Errorf("got %q", got)
		}
		return err
	}
	first, err := r.Start(harmful(t, "echo"))
	if err != nil {
		t.Fatal(err)
	}
	if err := talk(first, "one"); err != nil {
		t.Fatal(err)
	}
	second, err := r.Start(harmful(t, "echo"))
	if err != nil {
		t.Fatal(err)
	}
	if err := talk(second, "two"); err != nil {
		t.Fatal(err)
	}
	<-first.Done()
	if err := talk(first, "three"); err == nil {
		t.Error("the first server still answers: two are there")
	}
	first.Close()
	r.Close()
	<-second.Done()
	if _, err := r.Start(harmful(t, "echo")); err == nil {
		t.Error("a server started after Close")
	}
}

// TestServerIdle: a server that nobody uses ends, and one in use does not.
func TestServerIdle(t *testing.T) {
	r := testRunner(t, nil)
	r.idle = 50 * time.Millisecond
	s, err := r.Start(harmful(t, "echo"))
	if err != nil {
		t.Fatal(err)
	}
	release, ok := s.Use()
	if !ok {
		t.Fatal("it ended at once")
	}
	select {
	case <-s.Done():
		t.Fatal("it ended while in use")
	case <-time.After(4 * r.idle):
	}
	release()
	<-s.Done()
	if _, ok := s.Use(); ok {
		t.Error("it has ended and may be used")
	}
}

// TestServerBounds: a server is bounded like any other child, and says what
// became of it.
func TestServerBounds(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // nobody looks at memory there: see Runner
	}
	r := testRunner(t, nil)
	c := harmful(t, "memory")
	c.Memory = 128 << 20
	s, err := r.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	var unknown *Unknown
	if err := s.Err(); !errors.As(err, &unknown) || unknown.Cause != CauseMemory {
		t.Error(err)
	}
}

// harmfulRow is a checker of the workspace that means harm.
func harmfulRow(t *testing.T, what string, change func(*Command)) Row {
	t.Helper()
	return Row{
		Name: "harmful", Languages: []string{"go"}, Covers: PhaseLint,
		New: func(e Env) Checker { return harmfulChecker{t, e.Runner, what, change} },
	}
}

type harmfulChecker struct {
	t      *testing.T
	runner *Runner
	what   string
	change func(*Command)
}

func (h harmfulChecker) Check(ctx context.Context, _ Request) (Result, error) {
	c := harmful(h.t, h.what)
	if h.change != nil {
		h.change(&c)
	}
	if _, err := h.runner.Run(ctx, c); err != nil {
		return Result{}, err
	}
	return Result{Complete: true, Phase: PhaseLint}, nil
}

// TestHostileVerdict: whatever a checker does, the verdict is unknown, says why
// in words, is counted by its cause, and the Set goes on.
func TestHostileVerdict(t *testing.T) {
	tests := []struct {
		what   string
		change func(*Command)
		want   Cause
		says   string
	}{
		{"sleep", func(c *Command) { c.Timeout = 100 * time.Millisecond }, CauseTime, "was ended: it took longer than 100ms"},
		{"print", func(c *Command) { c.Output = 1 << 20 }, CauseOutput, "was ended: it printed more than 1 MB"},
		{"memory", func(c *Command) { c.Memory = 128 << 20 }, CauseMemory, "was ended: it held"},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			if tt.want == CauseMemory && runtime.GOOS != "linux" {
				return // nobody looks there: see Runner
			}
			s := New(Options{Rows: []Row{harmfulRow(t, tt.what, tt.change)}, MaxRuns: 1})
			defer s.Close()
			e := wordEdit(write(t, nil), "x bad_a y", "bad_a", "good")
			for range 2 { // one slot: the second needs what the first held
				j := s.Judge(context.Background(), e, true)
				if j.Verdict != VerdictUnknown || j.Cause != tt.want || !strings.Contains(j.Reason, tt.says) {
					t.Errorf("%s (%s): %s", j.Verdict, j.Cause, j.Reason)
				}
			}
			if st := s.Stats(); st.Unknown[tt.want] != 2 || st.Memory != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}
