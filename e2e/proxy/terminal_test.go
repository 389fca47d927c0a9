//go:build editors

package proxy

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A terminal is a tmux of its own with one program in it.
type terminal struct {
	t      *testing.T
	socket string
}

// The screen's size is that of the pictures in docs.
const (
	columns = 100
	lines   = 24
)

// inTerminal runs a program on a screen, in a folder.
func inTerminal(t *testing.T, dir string, env map[string]string, program ...string) *terminal {
	t.Helper()
	folder, err := os.MkdirTemp("", "tmux") //nolint:usetesting // paths of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	tm := &terminal{t, filepath.Join(folder, "s")}
	args := []string{"-f", "/dev/null", "new-session", "-d", "-x", strconv.Itoa(columns), "-y", strconv.Itoa(lines), "-c", dir}
	for name, value := range env {
		args = append(args, "-e", name+"="+value)
	}
	if err := tm.tmux(append(args, program...)...).Run(); err != nil {
		t.Fatalf("tmux: %v: install tmux", err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the screen:\n%s", tm.screen())
		}
		_ = tm.tmux("kill-server").Run() // it may have ended by itself
		_ = os.RemoveAll(folder)
	})
	return tm
}

func (tm *terminal) tmux(args ...string) *exec.Cmd {
	cmd := exec.Command("tmux", append([]string{"-S", tm.socket}, args...)...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8")
	return cmd
}

// screen is the text on the screen.
func (tm *terminal) screen() string {
	out, err := tm.tmux("capture-pane", "-p").Output()
	if err != nil {
		return err.Error()
	}
	return string(out)
}

// keys presses keys by tmux's names.
func (tm *terminal) keys(keys ...string) {
	tm.t.Helper()
	if err := tm.tmux(append([]string{"send-keys"}, keys...)...).Run(); err != nil {
		tm.t.Fatalf("send-keys: %v", err)
	}
}

// types types text as it is.
func (tm *terminal) types(text string) {
	tm.t.Helper()
	if err := tm.tmux("send-keys", "-l", text).Run(); err != nil {
		tm.t.Fatalf("send-keys: %v", err)
	}
}

// slowly types text as a person does: each letter has arrived before the next.
func (tm *terminal) slowly(text string) {
	tm.t.Helper()
	at := func() string {
		out, err := tm.tmux("display-message", "-p", "#{cursor_x}").Output()
		if err != nil {
			tm.t.Fatalf("display-message: %v", err)
		}
		return string(out)
	}
	for _, r := range text {
		before := at()
		tm.types(string(r))
		tm.until("a letter to arrive", func(string) bool { return at() != before })
	}
}

// until waits for a condition; what the screen shows is among its means.
func (tm *terminal) until(what string, ok func(screen string) bool) {
	tm.t.Helper()
	poll := time.NewTicker(100 * time.Millisecond)
	defer poll.Stop()
	deadline := time.After(patience)
	for {
		if ok(tm.screen()) {
			return
		}
		select {
		case <-poll.C:
		case <-deadline:
			tm.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// shows waits for text on the screen.
func (tm *terminal) shows(text string) {
	tm.t.Helper()
	tm.until(fmt.Sprintf("%q on the screen", text), func(s string) bool { return strings.Contains(s, text) })
}

// keep puts the screen into docs, when asked: the pictures there are real.
func (tm *terminal) keep(name string) {
	tm.t.Helper()
	dir := os.Getenv("DEJAFIX_PICTURES")
	if dir == "" {
		return
	}
	out, err := tm.tmux("capture-pane", "-p", "-e").Output()
	if err != nil {
		tm.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".svg"), []byte(picture(string(out))), 0o600); err != nil {
		tm.t.Fatal(err)
	}
}

// learned waits until a store has so many repairs: nothing can be asked of an
// editor that knows nothing of us.
func (tm *terminal) learned(store string, field string, n int) {
	tm.t.Helper()
	tm.until(fmt.Sprintf("%d %s in the store", n, field), func(string) bool {
		out, err := exec.Command(dejafix, "stats", "--json", "--store", store).Output()
		if err != nil {
			return false
		}
		var counts map[string]any
		_ = json.Unmarshal(out, &counts)
		got, _ := counts[field].(float64)
		return int(got) >= n
	})
}

// over waits until our server behind the proxy has ended. (Helix kills the proxy
// when it quits, which then says nothing.)
func (tm *terminal) over(log string) {
	tm.t.Helper()
	tm.until("the proxy to end", func(string) bool {
		b, err := os.ReadFile(log)
		return err == nil && strings.Contains(string(b), "msg=stopped")
	})
}
