package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/lsp/lsptest"
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
		w.run("forget", "--all", "--yes")
		if found, _ := os.ReadDir(filepath.Join(w.dir, "index")); len(found) != 0 {
			t.Errorf("forgotten, and %d indexes are left", len(found))
		}
	}
}
