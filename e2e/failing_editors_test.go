//go:build editors

package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var (
	failingLanguages = []string{"go", "python", "typescript"}
	failingOutside   = map[string][]string{"go": {"run"}, "python": {"report"}, "typescript": {"run", "report"}}
	quickest         = "" // all
)

// TestPastedTrace has a panic read that somebody sent: its failure is shown, and
// the cursor stands there.
func TestPastedTrace(t *testing.T) {
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			s := openFailing(t, program, "go")
			cmd := exec.CommandContext(t.Context(), "sh", "-c", s.command())
			cmd.Dir = s.dir
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatal("the tests pass")
			}
			e := s.window(t)
			must(t, e.Open(t.Context(), filepath.Join(s.dir, s.second.file)))
			// What was sent comes from another machine.
			sent := strings.ReplaceAll(string(out), s.dir, "/srv/app")
			sent = sent[strings.Index(sent, "panic: "):]
			must(t, e.Lua(t.Context(), "vim.fn.setreg('x', "+quoted(sent)+")", nil))
			must(t, e.Command(t.Context(), "", "Dejafix paste x"))
			must(t, e.Await(t.Context(), "vim.api.nvim_win_get_cursor(0)[1] == 12 or vim.fs.basename(vim.api.nvim_buf_get_name(0)) == 'title.go' and vim.api.nvim_win_get_cursor(0)[1] == 9"))
			_, err = e.AwaitDiagnostic(t.Context(), "index out of range")
			must(t, err)
		})
	}
}

// quoted is a text as Lua reads it.
func quoted(text string) string { return "[==[\n" + text + "]==]" }
