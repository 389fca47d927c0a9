package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/lsp/lsptest"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// newModule is a window on a Go module whose files are on disk, as a checker
// needs them.
func newModule(t *testing.T, trusted bool, files map[string]string) *window {
	w := newWindow(t, func(o *lsptest.Options) { o.Init = map[string]any{"trusted": trusted} })
	files["go.mod"] = "module example.com/shop\n\ngo 1.24\n"
	for name, text := range files {
		if err := os.WriteFile(w.file(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

const (
	showing = "package shop\n\nimport \"strconv\"\n\nfunc show(s string) string { return s + strconv.Itoa(1) }\n"
	counts  = "package shop\n\nimport \"strconv\"\n\nvar one = strconv.Itoa(1)\n\nfunc counted(names []string) string {\n\treturn show(len(names))\n}\n"
	sizes   = "package shop\n\nimport \"strconv\"\n\nvar two = strconv.Itoa(2)\n\nfunc sized(parts []byte) string {\n\treturn show(len(parts))\n}\n"
	// The same repair is wrong here: a float64 is no int.
	weights = "package shop\n\nimport \"strconv\"\n\nvar three = strconv.Itoa(3)\n\nfunc half(x float64) float64 { return x / 2 }\n\nfunc weighed(weight float64) string {\n\treturn show(half(weight))\n}\n"
)

// reported opens a file with its error, as gopls tells of it, which is at an
// argument.
func (w *window) reported(name, text, arg, kind string) {
	w.t.Helper()
	w.Open(w.file(name), "go", text)
	w.Diagnostics(w.file(name), lsptest.Diag{
		At: arg, Source: "compiler", Code: "IncompatibleAssign",
		Message: "cannot use " + arg + " (value of type " + kind + ") as string value in argument to show",
	})
	w.Idle(true)
}

func (w *window) repairTitles(name, at string, invoked bool) []string {
	w.t.Helper()
	var titles []string
	for _, a := range w.CodeActions(w.file(name), w.Span(w.file(name), at), invoked) {
		if !strings.HasPrefix(a.Title, "More repairs") {
			titles = append(titles, a.Title)
		}
	}
	return titles
}

// TestCheckedByGo: in a trusted module a repair that cures its error says so,
// one that does not is not offered, and in an untrusted one nothing is run.
func TestCheckedByGo(t *testing.T) {
	for _, trusted := range []bool{true, false} {
		w := newModule(t, trusted, map[string]string{"show.go": showing, "counts.go": counts, "sizes.go": sizes, "weights.go": weights})
		w.reported("counts.go", counts, "len(names)", "int")
		w.Change(w.file("counts.go"), strings.Replace(counts, "show(len(names))", "show(strconv.Itoa(len(names)))", 1))
		w.Diagnostics(w.file("counts.go"))
		w.Idle(true)

		w.reported("sizes.go", sizes, "len(parts)", "int")
		titles := w.repairTitles("sizes.go", "len(parts)", true)
		if len(titles) == 0 || !strings.Contains(titles[0], "strconv.Itoa") {
			t.Fatalf("trusted %v: the learned repair is not offered: %q", trusted, titles)
		}
		if got := strings.Contains(titles[0], "checked"); got != trusted {
			t.Errorf("trusted %v: %q", trusted, titles)
		}

		w.reported("weights.go", weights, "half(weight)", "float64")
		for _, title := range w.repairTitles("weights.go", "half(weight)", true) {
			if trusted && strings.Contains(title, "strconv.Itoa") {
				t.Errorf("a repair that does not compile is offered: %q", title)
			}
		}
		if trusted {
			w.fixAll("sizes.go")
		}
		if err := w.Shutdown(); err != nil {
			t.Error(err)
		}
		if c := w.stats().Checks; (c.Checked > 0) != trusted || (c.Refuted > 0) != trusted || len(c.Processes) != 0 {
			t.Errorf("trusted %v: stats say %+v", trusted, c)
		}
	}
}

// TestTrustFromOutside: a window that is open hears that its workspace is trusted
// now, and that it is not any more.
func TestTrustFromOutside(t *testing.T) {
	w := newModule(t, false, map[string]string{"show.go": showing, "counts.go": counts, "sizes.go": sizes})
	w.reported("counts.go", counts, "len(names)", "int")
	w.Change(w.file("counts.go"), strings.Replace(counts, "show(len(names))", "show(strconv.Itoa(len(names)))", 1))
	w.Diagnostics(w.file("counts.go"))
	w.Idle(true)
	w.reported("sizes.go", sizes, "len(parts)", "int")
	for _, trusted := range []bool{false, true, false} {
		if trusted {
			w.run("trust", w.root)
		} else {
			w.run("trust", w.root, "--revoke")
		}
		// The store is looked at five times a second at most.
		for deadline := time.Now().Add(time.Minute); ; {
			w.Change(w.file("sizes.go"), w.Text(w.file("sizes.go"))+"\n")
			w.Diagnostics(w.file("sizes.go"), lsptest.Diag{
				At: "len(parts)", Source: "compiler", Code: "IncompatibleAssign",
				Message: "cannot use len(parts) (value of type int) as string value in argument to show",
			})
			w.Idle(false)
			titles := w.repairTitles("sizes.go", "len(parts)", true)
			if len(titles) > 0 && strings.Contains(titles[0], "checked") == trusted {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("trusted %v: %q", trusted, titles)
			}
		}
	}
}

// TestTrustFirst: the first that is ever done is to trust a workspace, while an
// error is shown: what is drafted against it is checked from then on.
func TestTrustFirst(t *testing.T) {
	w := newModule(t, false, map[string]string{"show.go": showing, "sizes.go": sizes})
	w.reported("sizes.go", sizes, "len(parts)", "int")
	at := w.Span(w.file("sizes.go"), "len(parts)")
	if menu := w.CodeActions(w.file("sizes.go"), at, true); len(menu) > 0 {
		t.Fatalf("offered without trust: %+v", menu)
	}
	w.run("trust", w.root)
	for deadline := time.Now().Add(time.Minute); len(w.CodeActions(w.file("sizes.go"), at, true)) == 0; w.Idle(false) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is offered")
		}
	}
}

// run runs dejafix on the window's store.
func (w *window) run(args ...string) []byte {
	w.t.Helper()
	cmd := exec.Command("dejafix", append(args, "--store", filepath.Join(w.dir, "dejafix.db"))...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("dejafix %q: %v", args, err)
	}
	return out
}

// stats are those of the window's store.
func (w *window) stats() (s wire.Stats) {
	w.t.Helper()
	if err := json.Unmarshal(w.run("stats", "--json"), &s); err != nil {
		w.t.Fatal(err)
	}
	return s
}

// fixAll runs source.fixAll.dejafix by its name.
func (w *window) fixAll(name string) {
	w.t.Helper()
	text := w.Text(w.file(name))
	actions := w.CodeActionsIn(w.file(name), protocol.Range{}, map[string]any{
		"diagnostics": []any{}, "only": []string{"source.fixAll.dejafix"}, "triggerKind": 1,
	})
	if len(actions) != 1 || actions[0].Title != "Apply 1 checked repair" {
		w.t.Fatalf("fixAll gives %+v", actions)
	}
	if err := w.Apply(actions[0]); err != nil {
		w.t.Fatal(err)
	}
	if got := w.Text(w.file(name)); got == text || !strings.Contains(got, "show(strconv.Itoa(len(parts)))") {
		w.t.Errorf("fixAll gave:\n%s", got)
	}
}

// TestLearnedAsChecked: of an edit that did more than cure its error the part
// that cures is learned, and one after which the error is still there is not.
func TestLearnedAsChecked(t *testing.T) {
	long := func(text, arg string) string {
		return strings.Replace(text, "show("+arg+")", "show("+arg+") + \"a\"", 1)
	}
	t.Run("reduced", func(t *testing.T) {
		before, other := long(counts, "len(names)"), long(sizes, "len(parts)")
		w := newModule(t, true, map[string]string{"show.go": showing, "counts.go": before, "sizes.go": other})
		w.reported("counts.go", before, "len(names)", "int")
		w.Change(w.file("counts.go"), strings.Replace(before, "show(len(names)) + \"a\"", "show(strconv.Itoa(len(names))) + \"b\"", 1))
		w.Diagnostics(w.file("counts.go"))
		w.Idle(true)
		w.reported("sizes.go", other, "len(parts)", "int")
		actions := w.CodeActions(w.file("sizes.go"), w.Span(w.file("sizes.go"), "len(parts)"), true)
		if len(actions) == 0 {
			t.Fatal("nothing is offered")
		}
		if err := w.Apply(actions[0]); err != nil {
			t.Fatal(err)
		}
		if got := w.Text(w.file("sizes.go")); !strings.Contains(got, "show(strconv.Itoa(len(parts))) + \"a\"") {
			t.Errorf("%q gave:\n%s", actions[0].Title, got)
		}
		if err := w.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	t.Run("refuted", func(t *testing.T) {
		w := newModule(t, true, map[string]string{"show.go": showing, "counts.go": counts, "sizes.go": sizes})
		w.reported("counts.go", counts, "len(names)", "int")
		w.Change(w.file("counts.go"), strings.Replace(counts, "show(len(names))", "show(1 + len(names))", 1))
		w.Diagnostics(w.file("counts.go")) // the editor's server says nothing, Go would
		w.Idle(true)
		w.reported("sizes.go", sizes, "len(parts)", "int")
		for _, title := range w.repairTitles("sizes.go", "len(parts)", true) {
			if strings.Contains(title, "learned") {
				t.Errorf("what repaired nothing is offered: %q", title)
			}
		}
		if err := w.Shutdown(); err != nil {
			t.Error(err)
		}
	})
}
