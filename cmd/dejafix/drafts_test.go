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
		prices = "package shop\n\nfunc priceOf(name string) int { return len(name) }\n"
		totals = "package shop\n\nfunc total(names []string) (sum int) {\n\tfor _, n := range names {\n\t\tsum += priceof(n)\n\t}\n\treturn sum\n}\n"
	)
	for _, trusted := range []bool{true, false} {
		w := newModule(t, trusted, map[string]string{"prices.go": prices, "totals.go": totals})
		name := w.file("totals.go")
		w.Open(name, "go", totals)
		w.Diagnostics(name, lsptest.Diag{At: "priceof", Source: "compiler", Code: "UndeclaredName", Message: "undefined: priceof"})
		w.Idle(true)
		if got := w.repairTitles("totals.go", "priceof", false); len(got) != 0 {
			t.Errorf("trusted %v: nobody asked, and these are offered: %q", trusted, got)
		}
		titles := w.repairTitles("totals.go", "priceof", true)
		if !trusted {
			if len(titles) != 0 {
				t.Errorf("not checked, and offered: %q", titles)
			}
			continue
		}
		if len(titles) != 1 || !strings.Contains(titles[0], "priceOf") || !strings.HasSuffix(titles[0], "(suggested, checked)") {
			t.Fatalf("offered: %q", titles)
		}
		for _, a := range w.CodeActions(name, w.Span(name, "priceof"), true) {
			if a.Title == titles[0] {
				if why := w.why(a); !strings.Contains(why, "Nobody taught this") || !strings.Contains(why, "not enough data") {
					t.Errorf("why: %s", why)
				}
				if err := w.Apply(a); err != nil {
					t.Fatal(err)
				}
			}
		}
		if want := strings.Replace(totals, "priceof", "priceOf", 1); w.Text(name) != want {
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
