//go:build editors

package proxy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// In Emacs with eglot an error is repaired by hand once; the second time the
// repair is among eglot's code actions.
func TestEmacs(t *testing.T) {
	dir := scene(t, "c")
	home, store := t.TempDir(), filepath.Join(t.TempDir(), "dejafix.db")
	init := filepath.Join(home, "init.el")
	write(t, init, fmt.Sprintf(`
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               '((c-mode c++-mode) . (%q "proxy" "-v" "--store" %q "--log" %q "--" %q))))
(add-hook 'c-mode-hook #'eglot-ensure)
(add-hook 'eglot-managed-mode-hook (lambda () (eglot-inlay-hints-mode -1)))
(setq eldoc-idle-delay 0.1 inhibit-startup-screen t make-backup-files nil create-lockfiles nil
      c-basic-offset 4 ring-bell-function #'ignore)
(load-theme 'modus-vivendi t)
`, dejafix, store, filepath.Join(home, "log"), tool(t, "clangd")))
	t.Cleanup(func() {
		if t.Failed() {
			text, _ := os.ReadFile(filepath.Join(home, "log"))
			t.Logf("the log:\n%s", text)
		}
	})
	item, report := filepath.Join(dir, "item.c"), filepath.Join(dir, "report.c")
	env := map[string]string{"HOME": home, "TERM": "tmux-256color", "COLORTERM": "truecolor"}
	em := inTerminal(t, dir, env, tool(t, "emacs"), "-nw", "-Q", "-l", init, item)
	// mistake puts another member into a call, and waits until it is an error.
	mistake := func(file, at, member string) {
		em.shows("eglot:")
		em.keys("M-g", "g")
		em.types(fmt.Sprint(lineOf(t, file, at)))
		em.keys("Enter")
		em.keys("C-e", "Left", "Left", "M-BSpace")
		em.slowly(member)
		em.keys("M-b", "M-b")
		em.shows("Flymake[1 ")
		linger()
	}
	mistake(item, "show(it->name);", "count")
	em.keep("emacs-error")
	em.slowly("text_of(")
	em.keys("M-f", "M-f")
	em.slowly(")")
	em.keys("C-x", "C-s")
	em.saved(item, "show(text_of(it->count));")
	em.learned(store, "episodes", 1)

	em.keys("C-x", "C-f")
	em.types("report.c")
	em.keys("Enter")
	em.shows("show_report")
	mistake(report, "show(r->title);", "total")
	const ours = "Wrap in text_of (learned"
	em.keys("M-x")
	em.types("eglot-code-actions")
	em.keys("Enter")
	em.until("eglot to ask which", func(screen string) bool {
		return strings.Contains(screen, "action") && strings.Contains(screen, "[eglot]")
	})
	em.types("?") // lists them
	em.shows(ours)
	em.keep("emacs-actions")
	em.types("Wrap")
	em.keys("Tab")
	em.shows("): " + ours)
	em.keys("Enter")
	em.shows("show(text_of(r->total));")
	em.keys("C-x", "C-s")
	em.saved(report, "show(text_of(r->total));")
	em.learned(store, "applied", 1)
	em.keys("C-x", "C-c")
	em.over(filepath.Join(home, "log"))
}
