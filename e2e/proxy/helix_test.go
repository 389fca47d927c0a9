//go:build editors

package proxy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/dejafix/dejafix/e2e/nvim"
)

// scene is one of the projects that the other editors' tests use.
func scene(t *testing.T, language string) string {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("..", "testdata", language+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := txtar.Write(archive, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := nvim.Tool(name)
	if err != nil {
		t.Fatalf("%v editors", err)
	}
	return path
}

// lineOf is where text stands in a file, from 1.
func lineOf(t *testing.T, file, text string) int {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, _, ok := strings.Cut(string(b), text)
	if !ok {
		t.Fatalf("%q does not stand in %s", text, file)
	}
	return 1 + strings.Count(before, "\n")
}

// saved waits until a file has a text.
func (tm *terminal) saved(file, text string) {
	tm.t.Helper()
	tm.until(fmt.Sprintf("%q in %s", text, filepath.Base(file)), func(string) bool {
		b, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(b), text)
	})
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// In Helix an error is repaired by hand once; the second time the repair stands in
// the menu, and the third line of the configuration is all that it took.
func TestHelix(t *testing.T) {
	dir := scene(t, "go")
	home, store := t.TempDir(), filepath.Join(t.TempDir(), "dejafix.db")
	write(t, filepath.Join(home, "helix", "languages.toml"), fmt.Sprintf(`
[language-server.gopls]
command = %q
args = ["proxy", "-v", "--store", %q, "--log", %q, "--", %q]
`, dejafix, store, filepath.Join(home, "log"), tool(t, "gopls")))
	write(t, filepath.Join(home, "helix", "config.toml"), "theme = \"catppuccin_mocha\"\n[editor]\nauto-pairs = false\nend-of-line-diagnostics = \"error\"\n")
	t.Cleanup(func() {
		if t.Failed() {
			text, _ := os.ReadFile(filepath.Join(home, "log"))
			t.Logf("the log:\n%s", text)
		}
	})
	item, report := filepath.Join(dir, "item", "item.go"), filepath.Join(dir, "report", "report.go")
	env := map[string]string{"XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": t.TempDir(), "TERM": "tmux-256color", "COLORTERM": "truecolor"}
	// With more, Helix 25.01 sends changes in another order than they were made
	// when the machine is busy, also without us.
	env["TOKIO_WORKER_THREADS"] = "1"
	for _, kv := range environ(t) {
		if name, value, _ := strings.Cut(kv, "="); name == "GOPLSCACHE" || name == "GOCACHE" {
			env[name] = value
		}
	}
	hx := inTerminal(t, dir, env, tool(t, "hx"), fmt.Sprintf("%s:%d", item, lineOf(t, item, "return it.Name")))
	// Escape and what follows at once are one key to a terminal.
	normal := func() {
		hx.keys("Escape")
		hx.shows(" NOR ")
	}
	run := func(command string) {
		hx.types(":" + command)
		hx.keys("Enter")
	}
	hx.shows("return it.Name")
	hx.keys("A")
	hx.slowly(` + ": " + it.Count`)
	normal()
	hx.shows("invalid operation")
	hx.keep("helix-error")
	linger()
	hx.keys("B", "i") // before it.Count
	hx.slowly("strconv.Itoa(")
	normal()
	hx.keys("A")
	hx.types(")")
	normal()
	run("w")
	hx.saved(item, "strconv.Itoa(it.Count)")
	hx.learned(store, "episodes", 1)

	run(fmt.Sprintf("open %s:%d", report, lineOf(t, report, "return strings.ToUpper(title)")))
	hx.shows("return strings.ToUpper(title)")
	hx.keys("A")
	hx.slowly(` + " (" + total + ")"`)
	normal()
	hx.shows("invalid operation")
	linger()
	hx.keys("B", "B", "B", ";") // on total
	const ours, theirs = "Wrap in strconv.Itoa (learned", "Browse gopls feature documentation"
	for range 10 {
		hx.keys("Space")
		hx.keys("a")
		hx.shows(theirs)
		if strings.Contains(hx.screen(), ours) {
			break
		}
		normal()
		hx.until("the menu to go", func(screen string) bool { return !strings.Contains(screen, theirs) })
	}
	hx.shows(ours)
	hx.keep("helix-menu")
	// The first entry, below the line, is chosen from the start.
	for range hx.row(ours) - hx.row("return strings.ToUpper(title)") - 1 {
		hx.keys("Down")
	}
	hx.keys("Enter")
	hx.shows("strconv.Itoa(total)")
	hx.keep("helix-repaired")
	run("w")
	hx.saved(report, `strings.ToUpper(title) + " (" + strconv.Itoa(total) + ")"`)
	hx.learned(store, "applied", 1)
	run("qa!")
	hx.over(filepath.Join(home, "log"))
}

// row is the row of the screen that shows a text.
func (tm *terminal) row(text string) int {
	tm.t.Helper()
	for i, line := range strings.Split(tm.screen(), "\n") {
		if strings.Contains(line, text) {
			return i
		}
	}
	tm.t.Fatalf("%q is not on the screen", text)
	return 0
}

// linger looks at an error for longer than one that comes and goes while one
// types (learner/episode: two seconds).
func linger() { <-time.After(3 * time.Second) }
