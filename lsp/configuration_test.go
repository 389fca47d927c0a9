package lsp_test

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp"
	"github.com/dejafix/dejafix/lsp/lsptest"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// TestSettingsPushed: initialization options, then what the client pushes.
func TestSettingsPushed(t *testing.T) {
	r := &recorder{}
	e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) {
		o.Folders = []string{"/w"}
		o.Init = map[string]any{"learn": false, "trusted": true, "lern": 1}
	})
	e.Idle(false)
	if p := last[analysis.Configured](r).Policy; !p.NoLearn || len(p.Trusted) != 1 || p.Trusted[0] != "/w" {
		t.Errorf("policy %+v, want no learning in a trusted folder", p)
	}
	e.Await(protocol.MethodShowMessage, nil)
	if s := e.Shown(); len(s) != 1 || !strings.Contains(s[0], `no setting "lern"`) {
		t.Errorf("shown %q", s)
	}
	e.Notify(protocol.MethodDidChangeSettings, map[string]any{"settings": map[string]any{"dejafix": map[string]any{"learn": true, "enable": false, "minProbability": 0.75}}})
	e.Idle(false)
	if p := last[analysis.Configured](r).Policy; p.NoLearn || !p.Disabled || p.MinProbability != 0.75 || len(p.Trusted) != 1 {
		t.Errorf("policy %+v, want switched off and still trusted", p)
	}
	e.Notify(protocol.MethodTrust, map[string]any{"trusted": false})
	e.Notify(protocol.MethodDidChangeSettings, map[string]any{"settings": map[string]any{"dejafix": map[string]any{"hover": true}}})
	e.Idle(false)
	if p := last[analysis.Configured](r).Policy; p.Disabled || !p.NoLearn || len(p.Trusted) != 0 {
		t.Errorf("policy %+v, want the initial options without trust", p)
	}
}

// TestSettingsPulled: a client that answers workspace/configuration is asked, at
// the start and at each change.
func TestSettingsPulled(t *testing.T) {
	r := &recorder{}
	var mu sync.Mutex
	settings := map[string]any{"minProbability": 0.6}
	e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) {
		o.Settings = func() any {
			mu.Lock()
			defer mu.Unlock()
			return settings
		}
	})
	until := func(want float64) {
		t.Helper()
		for last[analysis.Configured](r).Policy.MinProbability != want {
			e.Idle(false)
		}
	}
	until(0.6)
	mu.Lock()
	settings = map[string]any{"minProbability": 0.7}
	mu.Unlock()
	e.Notify(protocol.MethodDidChangeSettings, map[string]any{"settings": nil})
	until(0.7)
}

// TestWorkspaceFile: dejafix.toml narrows its folder alone, is shown once when
// it is wrong, and read again when it changes.
func TestWorkspaceFile(t *testing.T) {
	quiet, loud := t.TempDir(), t.TempDir()
	name := filepath.Join(quiet, "dejafix.toml")
	write(t, name, "enable = false\nlern = true\n")
	write(t, filepath.Join(loud, "dejafix.toml"), "learn = false\nminProbability = 0.95\n")
	r := &recorder{}
	e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) { o.Folders = []string{quiet, loud} })
	e.Await(protocol.MethodShowMessage, nil)
	offered := func(file string, invoked bool) int {
		e.Open(file, "go", "oops")
		e.Diagnostics(file, lsptest.Diag{At: "oops", Message: "use fine"})
		return len(e.CodeActions(file, e.Span(file, "oops"), invoked))
	}
	a, b := filepath.Join(quiet, "a.go"), filepath.Join(loud, "b.go")
	if n := offered(a, true); n != 0 {
		t.Errorf("a misspelt line brings back what another switched off: %d actions", n)
	}
	if s := e.Shown(); len(s) != 1 || !strings.Contains(s[0], name) || !strings.Contains(s[0], "2| lern = true") {
		t.Errorf("shown %q, want the line once", s)
	}
	if n, m := offered(b, false), offered(b, true); n != 0 || m != 1 {
		t.Errorf("%d unasked and %d asked for under a floor of 0.95, want 0 and 1", n, m)
	}
	if p := last[analysis.Configured](r).Policy; len(p.NoLearnIn) != 1 || p.NoLearnIn[0] != loud || p.NoLearn {
		t.Errorf("policy %+v", p)
	}
	write(t, name, "enable = false\n")
	e.Notify(protocol.MethodDidChangeWatched, map[string]any{"changes": []any{map[string]any{"uri": lsptest.URI(name), "type": 2}}})
	if n := offered(a, true); n != 0 {
		t.Errorf("%d actions where the workspace switched off", n)
	}
	if n := offered(b, true); n != 1 {
		t.Errorf("%d actions in the other folder", n)
	}
	write(t, name, "enable = true\n")
	e.Open(name, "toml", "enable = true\n")
	e.Save(name) // clients without watchers
	if n := offered(a, true); n != 1 {
		t.Errorf("%d actions where the workspace switched on again", n)
	}
	e.Idle(false)
	if s := e.Shown(); len(s) != 1 {
		t.Errorf("shown %q", s)
	}
}
