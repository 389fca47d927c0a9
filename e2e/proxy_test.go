//go:build editors

package e2e

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dejafix/dejafix/e2e/nvim"
)

// proxied are the rhythms with dejafix before the language server, and of
// servers that only the proxy is tested with.
var proxied = func() map[string]rhythm {
	all := map[string]rhythm{
		"c": {
			server:   nvim.Clangd,
			first:    place{"item.c", "name);", []string{"cwcount<Esc>"}, "Incompatible integer to pointer conversion"},
			repairAt: "it->count",
			repair:   []string{"itext_of(<Esc>", "f)i)<Esc>"},
			second:   place{"report.c", "title);", []string{"cwtotal<Esc>"}, "Incompatible integer to pointer conversion"},
			askAt:    "r->total",
			want:     "    show(text_of(r->total));",
		},
		// It is asked for its diagnostics.
		"ruff": {
			server: nvim.Ruff,
			first: place{"count.py", "return int(text)", []string{
				"O<C-u>    try:<Esc>", "jI    <Esc>", "o<C-u>    except:<Esc>", "o<C-u>        return 0<Esc>",
			}, "Do not use bare `except`"},
			repairAt: "except:",
			repair:   []string{"f:i ValueError<Esc>"},
			second: place{"price.py", "return float(amount)", []string{
				"O<C-u>    try:<Esc>", "jI    <Esc>", "o<C-u>    except:<Esc>", "o<C-u>        return None<Esc>",
			}, "Do not use bare `except`"},
			askAt: "except:",
			want:  "    except ValueError:",
		},
	}
	maps.Copy(all, rhythms)
	return all
}()

// In Neovim without the plugin the repair is offered by the proxy, beside what the
// server itself offers.
func TestThroughTheProxy(t *testing.T) {
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			for language, r := range proxied {
				t.Run(language, func(t *testing.T) {
					s := open(t, program, language)
					s.rhythm = r
					e := s.behindProxy(t)
					s.learn(t, e)

					s.breakSecond(t, e)
					menu, err := e.AwaitAction(t.Context(), r.askAt, "dejafix")
					must(t, err)
					if last := menu[len(menu)-1]; last.Client != "dejafix" {
						t.Errorf("dejafix's repair does not stand last in the menu: %v", menu)
					}
					s.takeSecond(t, e)

					if got := s.stats(t); got.Episodes < 1 || got.Applied != 1 {
						t.Errorf("stats: %+v, want an episode or more, and one repair applied", got)
					}
				})
			}
		})
	}
}

// behindProxy starts a Neovim without the plugin, with the scene's language
// server behind the proxy.
func (s *scene) behindProxy(t *testing.T) *nvim.Editor {
	t.Helper()
	server, err := s.server()
	must(t, err)
	scratch := t.TempDir()
	log := filepath.Join(scratch, "dejafix.log")
	server.Cmd = slices.Concat([]string{dejafix, "proxy", "-v", "--store", s.store, "--log", log, "--"}, server.Cmd)
	e, err := nvim.Start(context.WithoutCancel(t.Context()), nvim.Options{
		Program: s.program, Servers: []nvim.Server{server}, Scratch: scratch, Patience: *patience,
	})
	must(t, err)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("closing Neovim: %v\n%s", err, e.Log())
		}
		if t.Failed() {
			text, err := os.ReadFile(log)
			t.Logf("the log (%v):\n%s", err, text)
			t.Logf("what Neovim printed:\n%s", e.Log())
			patterns, err := exec.Command(dejafix, "patterns", "list", "--store", s.store).CombinedOutput()
			t.Logf("the patterns (%v):\n%s", err, patterns)
		}
	})
	return e
}
