package lsp_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp"
	"github.com/dejafix/dejafix/lsp/lsptest"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// repeatable makes the recorder's suggestions such that may be repeated, and
// each bring the same line with it.
func repeatable(s *analysis.Suggestion) {
	s.Repeatable, s.Unasked = true, true
	s.Edits = append([]analysis.Edit{{New: "import fine\n"}}, s.Edits...)
}

// places is a text of n places to repair, with the diagnostics.
func places(n int) (text string, diags []lsptest.Diag) {
	for i := range n {
		text += fmt.Sprintf("oops%03d\n", i)
		diags = append(diags, lsptest.Diag{At: fmt.Sprintf("oops%03d", i), Source: "vet", Code: "c", Message: "use fine"})
	}
	return text, diags
}

// repeat is the first action of a menu that repairs all, the zero one for none.
func repeat(e *lsptest.Editor, file, at string) (a protocol.CodeAction) {
	actions := e.CodeActions(file, e.Span(file, at), true)
	i := slices.IndexFunc(actions, func(a protocol.CodeAction) bool { return strings.HasPrefix(a.Title, "Repair ") })
	if i < 0 {
		return a
	}
	return actions[i]
}

// TestRepairAllWhere is which menus have an action for all.
func TestRepairAllWhere(t *testing.T) {
	tests := []struct {
		name  string
		n     int
		other lsptest.Diag
		alter func(s *analysis.Suggestion)
		want  string
	}{
		{"one", 1, lsptest.Diag{}, repeatable, ""},
		{"two", 2, lsptest.Diag{}, repeatable, "Repair all 2 like this in the file"},
		{"fifty", 50, lsptest.Diag{}, repeatable, "Repair all 50 like this in the file"},
		{"more than are looked at", 51, lsptest.Diag{}, repeatable, "Repair the first 50 like this in the file"},
		{"another code", 1, lsptest.Diag{At: "other", Source: "vet", Code: "d", Message: "use fine"}, repeatable, ""},
		{"another source", 1, lsptest.Diag{At: "other", Source: "lint", Code: "c", Message: "use fine"}, repeatable, ""},
		{"another pattern", 1, lsptest.Diag{At: "other", Source: "vet", Code: "c", Message: "use better"}, repeatable, ""},
		{"the same edit", 1, lsptest.Diag{At: "oops000", Source: "vet", Code: "c", Message: "use fine or good"}, repeatable, ""},
		{"never held", 2, lsptest.Diag{}, func(s *analysis.Suggestion) { s.Unasked = true }, ""},
		{"unsure", 2, lsptest.Diag{}, func(s *analysis.Suggestion) { s.Repeatable = true }, ""},
		{"overlapping", 2, lsptest.Diag{}, func(s *analysis.Suggestion) {
			s.Repeatable, s.Unasked = true, true
			s.Edits = []analysis.Edit{{Span: analysis.Span{End: 9 + s.Diagnostic.Span.End}}}
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := start(t, &recorder{alter: tt.alter}, nil)
			const file = "/w/a.go"
			text, diags := places(tt.n)
			e.Open(file, "go", text+"other code that is long enough\n")
			if tt.other.At != "" {
				diags = append(diags, tt.other)
			}
			e.Diagnostics(file, diags...)
			if got := repeat(e, file, "oops000").Title; got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestRepairAllOnce holds that a line which every repair brings comes once, and
// that each is said to be applied.
func TestRepairAllOnce(t *testing.T) {
	r := &recorder{alter: repeatable}
	e := start(t, r, nil)
	const file = "/w/a.go"
	text, diags := places(3)
	e.Open(file, "go", text)
	e.Diagnostics(file, diags...)
	if err := e.Apply(repeat(e, file, "oops001")); err != nil {
		t.Fatal(err)
	}
	e.Idle(false)
	if got := e.Text(file); got != "import fine\nfine\nfine\nfine\n" {
		t.Errorf("%q", got)
	}
	if ev := last[analysis.Edited](r); ev.Origin != analysis.OriginOurAction {
		t.Errorf("the change is of origin %q", ev.Origin)
	}
	applied := map[string]bool{}
	for _, d := range all[analysis.Decided](r) {
		applied[d.ID] = d.Verdict == analysis.VerdictApplied
	}
	served := all[analysis.Served](r)
	i := slices.IndexFunc(served, func(s analysis.Served) bool { return s.Together })
	if i < 0 || served[i].Seen || len(served[i].IDs) != 3 || len(applied) != 3 {
		t.Errorf("served %+v, applied %v", served, applied)
	}
}

// TestRepairAllElsewhere is which files the workspace's action reaches.
func TestRepairAllElsewhere(t *testing.T) {
	dir, foreign := t.TempDir(), t.TempDir()
	tests := []struct {
		name, text string
		reached    bool
	}{
		{filepath.Join(dir, "b.go"), "oops\n", true},
		{filepath.Join(dir, "sub", "c.go"), "oops\n", true},
		{filepath.Join(dir, "d.py"), "oops\n", false},
		{filepath.Join(foreign, "e.go"), "oops\n", false},
		{filepath.Join(dir, "node_modules", "f.go"), "oops\n", false},
		{filepath.Join(dir, "big.go"), "oops\n" + strings.Repeat("// a long file\n", 200_000), false},
		{filepath.Join(dir, "gone.go"), "oops\n", false},
	}
	asked := ""
	e := start(t, &recorder{alter: repeatable}, func(o *lsptest.Options, _ *lsp.Options) {
		o.Folders = []string{dir}
		o.Pick = func(message string, _ []string) string {
			asked = message
			return ""
		}
	})
	file := filepath.Join(dir, "a.go")
	e.Open(file, "go", "oops\n")
	diags := e.Wire(file, lsptest.Diag{At: "oops", Source: "vet", Code: "c", Message: "use fine"})
	want := "dejafix: Use fine\na.go: 1"
	for _, tt := range tests {
		write(t, tt.name, tt.text)
		e.Notify(protocol.MethodDiagnostics, map[string]any{"uri": lsptest.URI(tt.name), "diagnostics": diags})
		if rel, _ := filepath.Rel(dir, tt.name); tt.reached {
			want += "\n" + rel + ": 1"
		}
	}
	e.Idle(false)
	if err := os.Remove(filepath.Join(dir, "gone.go")); err != nil {
		t.Fatal(err)
	}
	e.Diagnostics(file, lsptest.Diag{At: "oops", Source: "vet", Code: "c", Message: "use fine"})
	action := repeat(e, file, "oops")
	if action.Title != "Repair all like this in the workspace (4 reported in 4 files)…" {
		t.Fatalf("%q", action.Title)
	}
	if err := e.Apply(action); err != nil || asked != want {
		t.Errorf("asked (%v)\n%s\nwant\n%s", err, asked, want)
	}
	// When the tools say that an error is gone, nothing is there to repair.
	for _, tt := range tests {
		e.Notify(protocol.MethodDiagnostics, map[string]any{"uri": lsptest.URI(tt.name), "diagnostics": []any{}})
	}
	if got := repeat(e, file, "oops").Title; got != "" {
		t.Errorf("after the errors went: %q", got)
	}
}
