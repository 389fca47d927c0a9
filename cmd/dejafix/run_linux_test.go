package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	ptys "github.com/creack/pty"
)

// runTool is the real program with a home of its own.
func runTool(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("dejafix", args...)
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_STATE_HOME="+home, "XDG_CONFIG_HOME="+home)
	return cmd
}

// readUntil reads a terminal until it has printed a text.
func readUntil(t *testing.T, in *bufio.Reader, text string) string {
	t.Helper()
	var said strings.Builder
	for !strings.Contains(said.String(), text) {
		c, err := in.ReadByte()
		if err != nil {
			t.Fatalf("%v after %q, before %q", err, said.String(), text)
		}
		said.WriteByte(c)
	}
	return said.String()
}

// TestRunTerminals: a command has a terminal exactly where it would have one.
func TestRunTerminals(t *testing.T) {
	const ask = `for n in 0 1 2; do if [ -t $n ]; then printf "$n " >>"$1"; fi; done`
	for mask := range 8 {
		person, program := pty(t)
		answer := filepath.Join(t.TempDir(), "answer")
		cmd := runTool(t, "run", "--", "sh", "-c", ask, "sh", answer)
		want := ""
		none, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer none.Close()
		files := [3]*os.File{none, none, none}
		for n := range files {
			if mask&(1<<n) != 0 {
				files[n] = program
				want += fmt.Sprint(n, " ")
			}
		}
		cmd.Stdin, cmd.Stdout, cmd.Stderr = files[0], files[1], files[2]
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		person.Close()
		got, err := os.ReadFile(answer)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("terminals at %q, want %q", got, want)
		}
	}
}

// session starts a command as the only one of a terminal.
func session(t *testing.T, cmd *exec.Cmd) (*os.File, *bufio.Reader) {
	t.Helper()
	person, err := ptys.StartWithSize(cmd, &ptys.Winsize{Rows: 33, Cols: 77})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	return person, bufio.NewReader(person)
}

// tellsOnce prints that it is ready, then each signal that it gets, and ends
// when it is told to.
const tellsOnce = `trap 'echo got INT' INT; trap 'echo got QUIT' QUIT; trap 'echo got TERM; exit 9' TERM; echo ready; while :; do sleep 0.05; done`

// TestRunSignals: a signal reaches the command once, whoever sent it.
func TestRunSignals(t *testing.T) {
	for _, keys := range []bool{true, false} {
		cmd := runTool(t, "run", "--", "sh", "-c", tellsOnce)
		person, in := session(t, cmd)
		readUntil(t, in, "ready\r\n")
		said := ""
		for _, s := range []struct {
			key    string
			signal syscall.Signal
			name   string
		}{{"\x03", syscall.SIGINT, "INT"}, {"\x1c", syscall.SIGQUIT, "QUIT"}, {"\x03", syscall.SIGINT, "INT"}} {
			var err error
			if keys {
				_, err = person.WriteString(s.key)
			} else {
				err = cmd.Process.Signal(s.signal)
			}
			if err != nil {
				t.Fatal(err)
			}
			said += readUntil(t, in, "got "+s.name+"\r\n")
		}
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		said += readUntil(t, in, "got TERM\r\n")
		_ = cmd.Wait() // its code is looked at
		if strings.Count(said, "got INT") != 2 || strings.Count(said, "got QUIT") != 1 || cmd.ProcessState.ExitCode() != 9 {
			t.Errorf("typed %v: %q, code %d", keys, said, cmd.ProcessState.ExitCode())
		}
	}
}

// TestRunEndsBySignal: 128+n, typed or sent, with a terminal and without.
func TestRunEndsBySignal(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGKILL} {
		cmd := runTool(t, "run", "--", "sh", "-c", "echo ready; exec sleep 100")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if s == syscall.SIGKILL {
			// Nobody can pass that on: the command sends it itself.
			cmd.Args[len(cmd.Args)-1] = "echo ready; kill -KILL $$"
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		readUntil(t, bufio.NewReader(out), "ready\n")
		if s != syscall.SIGKILL {
			if err := cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
		}
		_ = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != 128+int(s) {
			t.Errorf("%v: code %d", s, got)
		}
	}
	cmd := runTool(t, "run", "--", "sh", "-c", "echo ready; exec sleep 100")
	person, in := session(t, cmd)
	readUntil(t, in, "ready\r\n")
	if _, err := person.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 130 {
		t.Errorf("typed: code %d", got)
	}
}

// TestRunKilled: when we are killed, so is the command.
func TestRunKilled(t *testing.T) {
	held, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	cmd := runTool(t, "run", "--", "sh", "-c", "echo ready; exec sleep 100")
	cmd.ExtraFiles = []*os.File{hold} // which the command has too
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hold.Close()
	readUntil(t, bufio.NewReader(out), "ready\n")
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if _, err := io.ReadAll(held); err != nil { // ends when nobody holds it
		t.Fatal(err)
	}
}

// TestRunSize: the command's terminal has the size of ours, and follows it. The
// kernel tells the command of our terminal's new size, maybe before its own has
// it, and we tell it once more when it has.
func TestRunSize(t *testing.T) {
	cmd := runTool(t, "run", "--", "sh", "-c", `stty size <&1; trap 'stty size <&1' WINCH; trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done`)
	person, in := session(t, cmd)
	if said := readUntil(t, in, "ready\r\n"); !strings.Contains(said, "33 77\r\n") {
		t.Errorf("%q", said)
	}
	if err := ptys.Setsize(person, &ptys.Winsize{Rows: 44, Cols: 88}); err != nil {
		t.Fatal(err)
	}
	readUntil(t, in, "44 88\r\n")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its code is looked at
	if code := cmd.ProcessState.ExitCode(); code != 9 {
		t.Errorf("code %d", code)
	}
}

// TestRunPassesAll: arguments, input, both outputs to the byte, and the code.
func TestRunPassesAll(t *testing.T) {
	input := strings.Repeat("all \x00 of \xff it\r\n", 10000) + "no end"
	cmd := runTool(t, "run", "--", "sh", "-c", `printf '%s|' "$@"; cat; printf 'to stderr\n' >&2; exit 7`, "sh", "a", "b c", "", "--report-out", "-x", "--", "*")
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	_ = cmd.Run()
	if want := "a|b c||--report-out|-x|--|*|" + input; out.String() != want || errs.String() != "to stderr\n" || cmd.ProcessState.ExitCode() != 7 {
		t.Errorf("%d bytes, want %d; %q; code %d", out.Len(), len(want), errs.String(), cmd.ProcessState.ExitCode())
	}
	// One pipe for both keeps their order.
	cmd = runTool(t, "run", "--", "sh", "-c", `for i in 1 2 3 4 5 6 7 8 9; do echo $i; echo $i >&2; done`)
	both, err := cmd.CombinedOutput()
	if err != nil || string(both) != "1\n1\n2\n2\n3\n3\n4\n4\n5\n5\n6\n6\n7\n7\n8\n8\n9\n9\n" {
		t.Errorf("%q, %v", both, err)
	}
}

// TestRunReaderGone: a command whose output nobody takes ends as it would.
func TestRunReaderGone(t *testing.T) {
	cmd := runTool(t, "run", "--", "yes")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	readUntil(t, bufio.NewReader(out), "y\n")
	out.Close()
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 128+int(syscall.SIGPIPE) {
		t.Errorf("code %d", got)
	}
}

// TestRunLeavesDaemons: what a command leaves running is not waited for.
func TestRunLeavesDaemons(t *testing.T) {
	held, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	cmd := runTool(t, "run", "--", "sh", "-c", "sleep 1000 & echo $!")
	cmd.ExtraFiles = []*os.File{hold}
	var out bytes.Buffer
	cmd.Stdout = &out
	cmd.WaitDelay = 1 // our own copying is not to wait either
	err = cmd.Run()
	hold.Close()
	var left int
	if _, scan := fmt.Sscan(out.String(), &left); scan != nil || err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		t.Fatal(err, scan, out.String())
	}
	if err := syscall.Kill(left, syscall.SIGKILL); err != nil {
		t.Errorf("what it left does not run any more: %v", err)
	}
	if _, err := io.ReadAll(held); err != nil {
		t.Fatal(err)
	}
}

// TestRunLong: of an output of any size the end is read, and memory is bounded.
func TestRunLong(t *testing.T) {
	report := filepath.Join(t.TempDir(), "run.json")
	cmd := runTool(t, "run", "--report-out", report, "--", "sh", "-c",
		`yes 'a line of what a test prints while it runs, about as long as they are' | head -c 200000000; echo; printf -- '--- FAIL: TestCart (0.00s)\nFAIL\texample.com/shop\t0.01s\n'; exit 1`)
	cmd.Stdout = nil // the null device
	_ = cmd.Run()
	b, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var run struct {
		Failed   int
		ExitCode int `json:"exit_code"`
		Cases    []struct{ Package, Name string }
	}
	if err := json.Unmarshal(b, &run); err != nil || run.Failed != 1 || run.ExitCode != 1 || len(run.Cases) != 1 || run.Cases[0].Name != "TestCart" {
		t.Errorf("%v: %s", err, b)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	const most = 400 << 10 // KB: twice what may wait to be read, with the program itself
	if !ok || usage.Maxrss > most {
		t.Errorf("%d MB at its largest", usage.Maxrss>>10)
	}
}

// TestRunInto: whatever the output is, it holds what the command alone puts there,
// and is read from where the command began.
func TestRunInto(t *testing.T) {
	const script = `printf -- '--- FAIL: TestCart (0.00s)\n'; printf 'beside\n' >&2; for i in 1 2 3; do printf 'FAIL\texample.com/shop%d\t0.01s\n' $i; done; exit 1`
	file := func(t *testing.T, flags int) *os.File {
		t.Helper()
		name := filepath.Join(t.TempDir(), "out")
		const before = "--- FAIL: TestBefore (0.00s)\nFAIL\texample.com/before\t0.01s\n"
		if err := os.WriteFile(name, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(name, os.O_RDWR|flags, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	whole := func(f *os.File) string {
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	tests := map[string]func(t *testing.T, cmd *exec.Cmd) (said func() string){
		"a file": func(t *testing.T, cmd *exec.Cmd) func() string {
			f := file(t, os.O_TRUNC)
			cmd.Stdout = f
			return func() string { return whole(f) }
		},
		"the end of a file": func(t *testing.T, cmd *exec.Cmd) func() string {
			f := file(t, os.O_APPEND)
			cmd.Stdout, cmd.Stderr = f, f
			return func() string { return whole(f) }
		},
		"the middle of a file": func(t *testing.T, cmd *exec.Cmd) func() string {
			f := file(t, 0)
			if _, err := f.Seek(20, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			cmd.Stdout = f
			return func() string { return whole(f) }
		},
		"two files": func(t *testing.T, cmd *exec.Cmd) func() string {
			f, g := file(t, os.O_TRUNC), file(t, os.O_TRUNC)
			cmd.Stdout, cmd.Stderr = f, g
			return func() string { return whole(f) + "|" + whole(g) }
		},
		"a file that only takes": func(t *testing.T, cmd *exec.Cmd) func() string {
			f := file(t, os.O_TRUNC)
			w, err := os.OpenFile(f.Name(), os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { w.Close() })
			cmd.Stdout = w
			return func() string { return whole(f) }
		},
		"a socket": func(t *testing.T, cmd *exec.Cmd) func() string {
			ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			ours, theirs := os.NewFile(uintptr(ends[0]), "ours"), os.NewFile(uintptr(ends[1]), "theirs")
			t.Cleanup(func() { ours.Close() })
			cmd.Stdout = theirs
			return func() string {
				theirs.Close()
				b, err := io.ReadAll(ours)
				if err != nil {
					t.Fatal(err)
				}
				return string(b)
			}
		},
		"a device that the kernel cannot pass to": func(t *testing.T, cmd *exec.Cmd) func() string {
			full, err := os.OpenFile("/dev/zero", os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { full.Close() })
			cmd.Stdout = full
			return func() string { return "" }
		},
	}
	for name, into := range tests {
		t.Run(name, func(t *testing.T) {
			alone := exec.Command("sh", "-c", script)
			want := into(t, alone)
			_ = alone.Run() // its code is known
			report := filepath.Join(t.TempDir(), "run.json")
			cmd := runTool(t, "run", "--report-out", report, "--", "sh", "-c", script)
			got := into(t, cmd)
			_ = cmd.Run()
			if w, g := want(), got(); w != g {
				t.Errorf("it holds\n%q, want\n%q", g, w)
			}
			b, err := os.ReadFile(report)
			if err != nil {
				t.Fatal(err)
			}
			if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(b), "TestCart") || strings.Contains(string(b), "before") {
				t.Errorf("code %d, %s", cmd.ProcessState.ExitCode(), b)
			}
		})
	}
}
