package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/lsp/lsptest"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// TestDraftsAreCheckedFirst: where nothing was learned, an edit that the workspace
// gives is offered to who asks, and only when a checker found that it cures.
func TestDraftsAreCheckedFirst(t *testing.T) {
	const (
		names = "package shop\n\nimport \"strings\"\n\nfunc loud(name string) string { return strings.ToUpper(name) }\n"
		label = "package shop\n\nfunc label(name string) string {\n\treturn strings.TrimSpace(name)\n}\n"
	)
	for _, trusted := range []bool{true, false} {
		w := newModule(t, trusted, map[string]string{"names.go": names, "label.go": label})
		name := w.file("label.go")
		w.Open(name, "go", label)
		w.Diagnostics(name, lsptest.Diag{At: "strings", Source: "compiler", Code: "UndeclaredName", Message: "undefined: strings"})
		w.Idle(true)
		if got := w.repairTitles("label.go", "strings", false); len(got) != 0 {
			t.Errorf("trusted %v: nobody asked, and these are offered: %q", trusted, got)
		}
		titles := w.repairTitles("label.go", "strings", true)
		if !trusted {
			if len(titles) != 0 {
				t.Errorf("not checked, and offered: %q", titles)
			}
			continue
		}
		if len(titles) != 1 || !strings.Contains(titles[0], `Import "strings"`) || !strings.HasSuffix(titles[0], "(suggested, checked)") {
			t.Fatalf("offered: %q", titles)
		}
		for _, a := range w.CodeActions(name, w.Span(name, "strings"), true) {
			if a.Title == titles[0] {
				if why := w.why(a); !strings.Contains(why, "Nobody taught this") || !strings.Contains(why, "not enough data") {
					t.Errorf("why: %s", why)
				}
				if err := w.Apply(a); err != nil {
					t.Fatal(err)
				}
			}
		}
		if want := strings.Replace(label, "\n\nfunc", "\n\nimport \"strings\"\n\nfunc", 1); w.Text(name) != want {
			t.Errorf("after it:\n%s", w.Text(name))
		}
		w.Diagnostics(name)
		w.Idle(true)
		if got := w.stats(); got.Applied != 1 {
			t.Errorf("stats: %+v", got)
		}
		if err := w.Shutdown(); err != nil {
			t.Error(err)
		}
		if found, err := filepath.Glob(filepath.Join(w.dir, "index", "*")); err != nil || len(found) == 0 {
			t.Errorf("no index beside the store: %q, %v", found, err)
		}
		if w.stats().IndexBytes == 0 {
			t.Error("stats do not count the index")
		}
		w.run("forget", "--all", "--yes")
		if found, _ := os.ReadDir(filepath.Join(w.dir, "index")); len(found) != 0 {
			t.Errorf("forgotten, and %d indexes are left", len(found))
		}
	}
}

// TestUnsureDraftsStandBehind: a draft that is checked and not sure is in the list
// of all repairs, and not in the menu.
func TestUnsureDraftsStandBehind(t *testing.T) {
	const text = "package shop\n\nfunc cost(k1, k2 int) int {\n\treturn k1 + k3\n}\n"
	w := newModule(t, true, map[string]string{"cost.go": text})
	name := w.file("cost.go")
	w.Open(name, "go", text)
	w.Diagnostics(name, lsptest.Diag{At: "k3", Source: "compiler", Code: "UndeclaredName", Message: "undefined: k3"})
	w.Idle(true)
	if got := titles(w.CodeActions(name, w.Span(name, "k3"), true)); len(got) != 1 || got[0] != "More repairs…" {
		t.Errorf("the menu: %q", got)
	}
	if got := w.CodeActions(name, w.Span(name, "k3"), false); len(got) != 0 {
		t.Errorf("nobody asked: %q", titles(got))
	}
	if got := w.CodeActionsIn(name, w.Span(name, "k3"), map[string]any{"diagnostics": []any{}, "only": []string{"source.fixAll.dejafix"}, "triggerKind": 1}); len(got) != 0 {
		t.Errorf("all at once: %q", titles(got))
	}
	var more []protocol.CodeAction
	w.Call(protocol.MethodExecuteCommand, map[string]any{"command": protocol.CommandMore, "arguments": []any{
		map[string]any{"uri": lsptest.URI(name), "range": w.Span(name, "k3"), "pick": true},
	}}, &more)
	if got := titles(more); len(got) == 0 || !strings.Contains(got[0], "k2") {
		t.Errorf("all repairs: %q", got)
	}
}

// why is what the server says of an action.
func (w *window) why(a protocol.CodeAction) string {
	w.t.Helper()
	var data protocol.ActionEnvelope
	if err := protocol.Unmarshal(a.Data, &data); err != nil {
		w.t.Fatal(err)
	}
	var why protocol.WhyResult
	w.Call(protocol.MethodWhy, protocol.WhyParams{ID: data.Dejafix.ID}, &why)
	return why.Markdown
}

// TestGuardAgainstFailure: for a failing test of which nothing was learned there
// is an edit that guards against it, for who asks; with it the test passes. In a
// trusted module it was compiled first.
func TestGuardAgainstFailure(t *testing.T) {
	const counts = "package shop\n\ntype shelf struct{ counts map[string]int }\n\nfunc (s *shelf) add(name string) {\n\ts.counts[name]++\n}\n"
	for _, trusted := range []bool{true, false} {
		w := newModule(t, trusted, map[string]string{
			"shelf.go":      counts,
			"shelf_test.go": "package shop\n\nimport \"testing\"\n\nfunc TestAdd(t *testing.T) {\n\tvar s shelf\n\ts.add(\"tea\")\n\tif s.counts[\"tea\"] != 1 {\n\t\tt.Error(\"not counted\")\n\t}\n}\n",
		})
		name := w.file("shelf.go")
		w.Open(name, "go", counts)
		if w.goTest("./...") {
			t.Fatal("the test passes")
		}
		w.failures("shelf.go", 1)
		w.Idle(true)
		if got := w.repairTitles("shelf.go", "s.counts[name]++", false); len(got) != 0 {
			t.Errorf("nobody asked, and these are offered: %q", got)
		}
		actions := w.CodeActions(name, w.Span(name, "s.counts[name]++"), true)
		if len(actions) == 0 || !strings.HasSuffix(actions[0].Title, "(suggested)") {
			t.Fatalf("trusted %v: offered: %v", trusted, actions)
		}
		if err := w.Apply(actions[0]); err != nil {
			t.Fatal(err)
		}
		w.write("shelf.go", w.Text(name))
		w.Save(name)
		if !w.goTest("./...") {
			t.Errorf("%q made\n%s", actions[0].Title, w.Text(name))
		}
		w.failures("shelf.go", 0)
		w.Idle(true)
		if got := w.stats(); got.Applied != 1 {
			t.Errorf("stats: %+v", got)
		}
	}
}
