package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/lsp/lsptest"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// window is an editor with a real server in a process of its own.
type window struct {
	*lsptest.Editor
	t         testing.TB
	dir, root string
	out       string // what the last go test printed
}

func newWindow(t testing.TB, change func(*lsptest.Options)) *window {
	t.Helper()
	dir := t.TempDir()
	w := &window{t: t, dir: dir, root: filepath.Join(dir, "workspace")}
	if err := os.Mkdir(w.root, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dejafix", "serve", "--store", filepath.Join(dir, "dejafix.db"), "--log", filepath.Join(dir, "log"))
	cmd.Stderr = os.Stderr
	o := lsptest.Options{Command: cmd, Folders: []string{w.root}, Name: "Neovim", Version: "0.12.0"}
	if change != nil {
		change(&o)
	}
	w.Editor = lsptest.Start(t, o)
	return w
}

func (w *window) file(name string) string { return filepath.Join(w.root, name) }

// program is a Go file that shows each of names, which are numbers.
func program(names ...string) string {
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n\t\"fmt\"\n\t\"strconv\"\n)\n")
	for _, n := range names {
		fmt.Fprintf(&b, "\nfunc %[1]sShown() {\n\tfmt.Println(%[1]q)\n\tshow(%[1]s.count)\n}\n", n)
	}
	return b.String()
}

// repaired is text with the repair of the names, as a person makes it.
func repaired(text string, names ...string) string {
	for _, n := range names {
		text = strings.Replace(text, "show("+n+".count)", "show(strconv.Itoa("+n+".count))", 1)
	}
	return text
}

func mismatches(names ...string) (diags []lsptest.Diag) {
	for _, n := range names {
		diags = append(diags, lsptest.Diag{
			At: n + ".count", Source: "compiler", Code: "IncompatibleAssign",
			Message: "cannot use " + n + ".count (variable of type int) as string value in argument to show",
		})
	}
	return diags
}

// open opens a file with errors that the tools report at once.
func (w *window) open(name string, names ...string) {
	w.t.Helper()
	w.Open(w.file(name), "go", program(names...))
	w.Diagnostics(w.file(name), mismatches(names...)...)
	w.Idle(true)
}

// byHand repairs a file by hand.
func (w *window) byHand(name string, names ...string) {
	w.t.Helper()
	w.open(name, names...)
	w.Change(w.file(name), repaired(program(names...), names...))
	w.Diagnostics(w.file(name))
	w.Idle(true)
}

func (w *window) menu(name, at string) []protocol.CodeAction {
	w.t.Helper()
	return w.CodeActions(w.file(name), w.Span(w.file(name), at+".count"), true)
}

func titles(actions []protocol.CodeAction) (list []string) {
	for _, a := range actions {
		list = append(list, a.Title)
	}
	return list
}

// choose applies the action whose title starts so.
func (w *window) choose(actions []protocol.CodeAction, start string) {
	w.t.Helper()
	i := slices.IndexFunc(actions, func(a protocol.CodeAction) bool { return strings.HasPrefix(a.Title, start) })
	if i < 0 {
		w.t.Fatalf("no action %q… among %q", start, titles(actions))
	}
	if err := w.Apply(actions[i]); err != nil {
		w.t.Fatal(err)
	}
	w.Idle(false)
}

// outcomes ends the server and counts what its store says of what was applied.
func (w *window) outcomes() (o struct{ Applied, Held, Undone int }) {
	w.t.Helper()
	if err := w.Shutdown(); err != nil {
		w.t.Fatal(err)
	}
	out, err := exec.Command("dejafix", "stats", "--json", "--store", filepath.Join(w.dir, "dejafix.db")).Output()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := json.Unmarshal(out, &o); err != nil {
		w.t.Fatal(err)
	}
	return o
}

// held teaches the repair and lets it hold once.
func (w *window) held() {
	w.t.Helper()
	w.byHand("first.go", "first")
	w.open("second.go", "second")
	w.choose(w.menu("second.go", "second"), "Wrap in strconv.Itoa (learned, 1 of 1 held)")
	w.Diagnostics(w.file("second.go"))
	w.Idle(true)
}

// TestRepairAllInFile repairs three at once, in each way a client can make the
// edit. Each of them has its outcomes.
func TestRepairAllInFile(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lacks []string
	}{
		{"resolved", nil},
		{"inline", []string{"textDocument.codeAction.resolveSupport"}},
		{"without versions", []string{"textDocument.codeAction.dataSupport", "workspace.workspaceEdit.documentChanges"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWindow(t, func(o *lsptest.Options) { o.Lacks = tt.lacks })
			w.byHand("first.go", "first")
			names := []string{"one", "two", "three"}
			w.open("many.go", names...)
			if got := titles(w.menu("many.go", "two")); len(got) != 1 {
				t.Fatalf("one repair, which nobody repeated yet: %q", got)
			}
			// Taken at one place, it holds there.
			w.choose(w.menu("many.go", "two"), "Wrap in strconv.Itoa")
			w.Diagnostics(w.file("many.go"), mismatches("one", "three")...)
			w.Idle(true)
			actions := w.menu("many.go", "one")
			want := []string{"Wrap in strconv.Itoa (learned, 2 of 2 held)", "Repair all 2 like this in the file"}
			if got := titles(actions); !slices.Equal(got, want) {
				t.Fatalf("menu %q, want %q", got, want)
			}
			if got := titles(w.CodeActions(w.file("many.go"), w.Span(w.file("many.go"), "one.count"), false)); len(got) != 1 {
				t.Errorf("nobody asked: %q", got)
			}
			w.choose(actions, "Repair all")
			if got, want := w.Text(w.file("many.go")), repaired(program(names...), names...); got != want {
				t.Fatalf("it is now\n%s", got)
			}
			w.Diagnostics(w.file("many.go"))
			w.Idle(true)
			// One of them is taken back.
			w.Replace(w.file("many.go"), "strconv.Itoa(three.count)", "three.count")
			w.Diagnostics(w.file("many.go"), mismatches("three")...)
			w.Idle(true)
			if got := titles(w.menu("many.go", "three")); len(got) != 0 {
				t.Errorf("offered again where it was undone: %q", got)
			}
			w.open("later.go", "four", "five")
			for _, title := range titles(w.menu("later.go", "four")) {
				if strings.HasPrefix(title, "Repair all") {
					t.Errorf("after it was undone: %q", title)
				}
			}
			if o := w.outcomes(); o.Applied != 3 || o.Held != 3 || o.Undone != 1 {
				t.Errorf("outcomes %+v, want 3 applied, 3 held, 1 undone", o)
			}
		})
	}
}

// BenchmarkRepairAll asks for the menu at one of fifty places that could all be
// repaired: first when the answers for all are ready, then at once after an
// edit.
func BenchmarkRepairAll(b *testing.B) {
	w := newWindow(b, nil)
	w.held()
	var names []string
	for i := range 50 {
		names = append(names, fmt.Sprintf("name%02dx", i))
	}
	w.open("many.go", names...)
	w.Idle(false)
	b.Run("Ready", func(b *testing.B) {
		var s samples
		for b.Loop() {
			s.time(func() {
				if n := len(w.menu("many.go", names[len(s)%len(names)])); n != 2 {
					b.Fatalf("%d actions, want 2", n)
				}
			})
		}
		s.report(b)
	})
	b.Run("AfterEdit", func(b *testing.B) {
		var s samples
		for b.Loop() {
			w.Replace(w.file("many.go"), "package main", "package main ")
			s.time(func() { w.menu("many.go", names[len(s)%len(names)]) })
			w.Idle(false)
		}
		s.report(b)
	})
}

// TestRepairAllLate holds that repairs for a text that changed are refused.
func TestRepairAllLate(t *testing.T) {
	w := newWindow(t, nil)
	w.held()
	w.open("many.go", "one", "two")
	actions := w.menu("many.go", "one")
	w.Replace(w.file("many.go"), "package main", "package other")
	if err := w.Apply(actions[1]); err == nil || !strings.Contains(err.Error(), "the text changed") {
		t.Errorf("%q: %v", actions[1].Title, err)
	}
}

// TestRepairAllUndone takes all of them back in one go.
func TestRepairAllUndone(t *testing.T) {
	w := newWindow(t, nil)
	w.held()
	w.open("many.go", "one", "two")
	w.choose(w.menu("many.go", "one"), "Repair all 2")
	w.Change(w.file("many.go"), program("one", "two"))
	w.Idle(true)
	if o := w.outcomes(); o.Applied != 3 || o.Held != 1 || o.Undone != 2 {
		t.Errorf("outcomes %+v, want 3 applied, 1 held, 2 undone", o)
	}
}

// elsewhere opens a file and has the tools report errors in three others, of
// which one is open and one changes on disk afterwards.
func (w *window) elsewhere() {
	w.t.Helper()
	w.open("open.go", "alpha", "beta")
	for _, name := range []string{"unopened.go", "changed.go"} {
		if err := os.WriteFile(w.file(name), []byte(program("gamma")), 0o600); err != nil {
			w.t.Fatal(err)
		}
		w.Open(w.file(name), "go", program("gamma")) // to place the error
		diags := w.Wire(w.file(name), mismatches("gamma")...)
		w.Close(w.file(name))
		w.Notify(protocol.MethodDiagnostics, map[string]any{"uri": lsptest.URI(w.file(name)), "diagnostics": diags})
	}
	w.open("many.go", "one")
	w.Idle(true)
	if err := os.WriteFile(w.file("changed.go"), []byte("package main\n"), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

const everywhere = "Repair all like this in the workspace (5 reported in 4 files)…"

// TestRepairAllInWorkspace leaves it to the editor's preview, in which a person
// leaves one out.
func TestRepairAllInWorkspace(t *testing.T) {
	var labels []string
	w := newWindow(t, func(o *lsptest.Options) {
		left := 0
		o.Confirm = func(label string, uri protocol.URI, _ string) bool {
			labels = append(labels, filepath.Base(uri.FsPath())+": "+label)
			if filepath.Base(uri.FsPath()) == "open.go" {
				left++
			}
			return left == 0 || left > 1 || filepath.Base(uri.FsPath()) != "open.go" // a repair is one entry
		}
	})
	w.held()
	w.elsewhere()
	actions := w.menu("many.go", "one")
	if got := titles(actions); !slices.Equal(got, []string{"Wrap in strconv.Itoa (learned, 2 of 2 held)", everywhere}) {
		t.Fatalf("menu %q", got)
	}
	var resolved protocol.CodeAction
	w.Call(protocol.MethodResolve, actions[1], &resolved)
	versions := map[string]string{}
	for _, c := range resolved.Edit.DocumentChanges {
		d := c.(*protocol.TextDocumentEdit).TextDocument
		version := "null"
		if d.Version != nil {
			version = fmt.Sprint(*d.Version)
		}
		versions[filepath.Base(d.URI.FsPath())] = version
	}
	if want := map[string]string{"many.go": "1", "open.go": "1", "unopened.go": "null"}; !maps.Equal(versions, want) {
		t.Errorf("versions %v, want %v", versions, want)
	}
	w.choose(actions, everywhere)
	if want := "many.go: Repair 4 in 3 files"; len(labels) == 0 || labels[0] != want {
		t.Errorf("asked %q, want %q", labels, want)
	}
	for name, want := range map[string]string{
		"many.go":     repaired(program("one"), "one"),
		"open.go":     repaired(program("alpha", "beta"), "beta"),
		"unopened.go": repaired(program("gamma"), "gamma"),
	} {
		if got := w.Text(w.file(name)); got != want {
			t.Errorf("%s is now\n%s", name, got)
		}
	}
	w.Diagnostics(w.file("many.go"))
	w.Diagnostics(w.file("open.go"), mismatches("alpha")...)
	w.Diagnostics(w.file("unopened.go"))
	w.Idle(true)
	if o := w.outcomes(); o.Applied != 4 || o.Held != 4 || o.Undone != 0 {
		t.Errorf("outcomes %+v, want 4 applied and held: one was left out", o)
	}
}

// TestRepairAllAsks names the files to a client that has no preview.
func TestRepairAllAsks(t *testing.T) {
	answer, asked := "", ""
	w := newWindow(t, func(o *lsptest.Options) {
		o.Pick = func(message string, titles []string) string {
			asked = message + "\n" + strings.Join(titles, ", ")
			return answer
		}
	})
	w.held()
	w.elsewhere()
	answer = "Cancel"
	w.choose(w.menu("many.go", "one"), everywhere)
	want := `dejafix: Wrap in strconv.Itoa (learned, 2 of 2 held)
many.go: 1
open.go: 2
unopened.go: 1
Repair 4 in 3 files, Cancel`
	if asked != want {
		t.Errorf("asked\n%s\nwant\n%s", asked, want)
	}
	if got := w.Text(w.file("many.go")); got != program("one") {
		t.Fatalf("cancelled, and it is\n%s", got)
	}
	answer = "Repair 4 in 3 files"
	w.choose(w.menu("many.go", "one"), everywhere)
	for name, names := range map[string][]string{"many.go": {"one"}, "open.go": {"alpha", "beta"}, "unopened.go": {"gamma"}} {
		if got := w.Text(w.file(name)); got != repaired(program(names...), names...) {
			t.Errorf("%s is now\n%s", name, got)
		}
		w.Diagnostics(w.file(name))
	}
	w.Idle(true)
	if o := w.outcomes(); o.Applied != 5 || o.Held != 5 {
		t.Errorf("outcomes %+v, want 5 applied and held", o)
	}
}

// TestTriedBefore names in a hover what was undone, here and elsewhere.
func TestTriedBefore(t *testing.T) {
	w := newWindow(t, nil)
	w.held()
	hover := func(name, at string) string {
		t.Helper()
		var h *protocol.Hover
		w.Call(protocol.MethodHover, map[string]any{
			"textDocument": map[string]any{"uri": lsptest.URI(w.file(name))}, "position": w.Span(w.file(name), at+".count").Start,
		}, &h)
		if h == nil {
			return ""
		}
		return h.Contents.(*protocol.MarkupContent).Value
	}
	w.byHand("third.go", "third")
	w.byHand("fourth.go", "fourth")
	w.open("many.go", "one")
	if got := hover("many.go", "one"); !strings.Contains(got, "held 1 of 1") || strings.Contains(got, "tried") {
		t.Errorf("before: %q", got)
	}
	actions := w.menu("many.go", "one")
	var data protocol.ActionEnvelope
	if err := protocol.Unmarshal(actions[0].Data, &data); err != nil {
		t.Fatal(err)
	}
	w.choose(actions, "Wrap in")
	w.Replace(w.file("many.go"), "strconv.Itoa(one.count)", "one.count")
	w.Diagnostics(w.file("many.go"), mismatches("one")...)
	w.Idle(true)
	today := time.Now().Format(time.DateOnly)
	if got := titles(w.menu("many.go", "one")); len(got) != 0 {
		t.Errorf("offered where it was undone: %q", got)
	}
	want := "was tried here and undone on " + today + "; it is not offered here again"
	if got := hover("many.go", "one"); !strings.HasPrefix(got, "**dejafix** Wrap in strconv\\.Itoa") || !strings.HasSuffix(got, want) {
		t.Errorf("here: %q", got)
	}
	w.open("other.go", "two")
	if got := hover("other.go", "two"); !strings.HasPrefix(got, "**dejafix** Wrap in") || !strings.HasSuffix(got, "was tried before and undone on "+today) {
		t.Errorf("elsewhere: %q", got)
	}
	var why protocol.WhyResult
	w.Call(protocol.MethodWhy, protocol.WhyParams{ID: data.Dejafix.ID}, &why)
	for _, want := range []string{
		"Tried at this place before and undone on " + today,
		"tried before, on " + today + ", and undone",
	} {
		if !strings.Contains(why.Markdown, want) {
			t.Errorf("why does not say %q:\n%s", want, why.Markdown)
		}
	}
}

// TestRepairAllNamed: a person who names the pattern, as in a list of errors, gets
// all that it repairs to look at, though it held only once.
func TestRepairAllNamed(t *testing.T) {
	w := newWindow(t, func(o *lsptest.Options) {
		o.Pick = func(_ string, titles []string) string { return titles[0] }
	})
	w.byHand("first.go", "first")
	w.open("second.go", "second", "third")
	var list protocol.RecurringResult
	w.Call(protocol.MethodRecurring, protocol.RecurringParams{}, &list)
	if len(list.Errors) != 1 || list.Errors[0].Times != 3 || len(list.Errors[0].Places) != 2 || len(list.Errors[0].Repairs) != 1 {
		t.Fatalf("recurring: %+v, want one error that was repaired once and is at two places", list)
	}
	named, err := json.Marshal(protocol.AllArguments{Pattern: list.Errors[0].Repairs[0].Pattern, URI: list.Errors[0].Places[0].URI})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Command(protocol.CommandAll, named); err != nil {
		t.Fatal(err)
	}
	if got, want := w.Text(w.file("second.go")), repaired(program("second", "third"), "second", "third"); got != want {
		t.Errorf("got\n%s", got)
	}
}
