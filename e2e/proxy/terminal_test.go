//go:build editors

package proxy

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/e2e/term"
)

// A terminal has one program in it, and fails its test where something fails.
type terminal struct {
	*term.Terminal
	t *testing.T
}

// inTerminal runs a program in a terminal of the size of the pictures in docs.
func inTerminal(t *testing.T, dir string, env map[string]string, program ...string) *terminal {
	t.Helper()
	o := term.Options{Command: program, Dir: dir, Columns: 100, Rows: 24, Patience: patience}
	for name, value := range env {
		o.Env = append(o.Env, name+"="+value)
	}
	started, err := term.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := started.Close(); err != nil {
			t.Error(err)
		}
	})
	return &terminal{started, t}
}

func (tm *terminal) must(err error) {
	tm.t.Helper()
	if err != nil {
		tm.t.Fatal(err)
	}
}

// screen is the text on the screen.
func (tm *terminal) screen() string {
	tm.t.Helper()
	out, err := tm.Screen(tm.t.Context())
	tm.must(err)
	return out
}

// keys presses keys by tmux's names.
func (tm *terminal) keys(keys ...string) {
	tm.t.Helper()
	tm.must(tm.Press(tm.t.Context(), keys...))
}

// types types text as it is.
func (tm *terminal) types(text string) {
	tm.t.Helper()
	tm.must(tm.Type(tm.t.Context(), text))
}

// slowly types text as a person does: each letter has arrived before the next.
func (tm *terminal) slowly(text string) {
	tm.t.Helper()
	at := func() int {
		n, err := tm.Column(tm.t.Context())
		tm.must(err)
		return n
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
	_, err := tm.Until(tm.t.Context(), "for "+what, ok)
	tm.must(err)
}

// shows waits for text on the screen.
func (tm *terminal) shows(text string) {
	tm.t.Helper()
	tm.until(fmt.Sprintf("%q on the screen", text), func(s string) bool { return strings.Contains(s, text) })
}

// keep puts the screen into docs, when asked: the pictures there are real.
func (tm *terminal) keep(name string) {
	tm.t.Helper()
	if dir := os.Getenv("DEJAFIX_PICTURES"); dir != "" {
		tm.must(tm.Picture(tm.t.Context(), tool(tm.t, "chromium"), filepath.Join(dir, name+".png")))
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
