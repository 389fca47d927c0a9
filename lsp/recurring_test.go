package lsp_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dejafix/dejafix/lsp"
	"github.com/dejafix/dejafix/lsp/lsptest"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// recurring asks for what recurs.
func recurring(t *testing.T, e *lsptest.Editor, limit int) []protocol.RecurringError {
	t.Helper()
	var result protocol.RecurringResult
	if err := e.Try(protocol.MethodRecurring, protocol.RecurringParams{Limit: limit}, &result); err != nil {
		t.Fatal(err)
	}
	return result.Errors
}

// TestRecurring lists an error that is reported in an open file and in one that
// is not, and follows it.
func TestRecurring(t *testing.T) {
	dir := t.TempDir()
	r := &recorder{}
	e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) { o.Folders = []string{dir} })
	open, unopened := filepath.Join(dir, "a.go"), filepath.Join(dir, "b.go")
	text := "package a\noops\n"
	if err := os.WriteFile(unopened, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e.Open(open, "go", text)
	diag := lsptest.Diag{At: "oops", Source: "vet", Code: "c", Message: "use x"}
	e.Diagnostics(open, diag)
	wire := e.Wire(open, diag)
	e.Notify(protocol.MethodDiagnostics, map[string]any{"uri": lsptest.URI(unopened), "diagnostics": wire})
	e.Idle(false)

	list := recurring(t, e, 0)
	if len(list) != 1 {
		t.Fatalf("%+v, want one error", list)
	}
	got := list[0]
	want := []protocol.RecurringPlace{
		{URI: lsptest.URI(open), Range: e.Span(open, "oops")}, {URI: lsptest.URI(unopened), Range: e.Span(open, "oops")},
	}
	if !slices.Equal(got.Places, want) || got.Times != 4 || got.Repaired != 2 {
		t.Errorf("%+v, want the places %+v", got, want)
	}
	if repair := (protocol.RecurringRepair{Pattern: "p_x", Title: "Use x", Held: 3, Of: 4}); !slices.Equal(got.Repairs, []protocol.RecurringRepair{repair}) {
		t.Errorf("repairs %+v, want %+v", got.Repairs, repair)
	}

	e.Diagnostics(open)
	e.Notify(protocol.MethodDiagnostics, map[string]any{"uri": lsptest.URI(unopened), "diagnostics": []any{}})
	e.Idle(false)
	if list := recurring(t, e, 0); len(list) != 0 {
		t.Errorf("%+v after the errors went", list)
	}
}

// TestRecurringChanged tells a client that shows the list.
func TestRecurringChanged(t *testing.T) {
	e := start(t, &recorder{}, nil)
	const file = "/w/a.go"
	e.Open(file, "go", "oops\n")
	e.Diagnostics(file, lsptest.Diag{At: "oops", Source: "vet", Code: "c", Message: "use x"})
	e.Await(protocol.MethodRecurringChanged, nil)
}

// TestForgetByCommand deletes what was learned, and only with an id.
func TestForgetByCommand(t *testing.T) {
	r := &recorder{}
	e := start(t, r, nil)
	if err := e.Try(protocol.MethodExecuteCommand, map[string]any{"command": protocol.CommandForget, "arguments": []any{"p_x"}}, nil); err != nil {
		t.Fatal(err)
	}
	if err := e.Try(protocol.MethodExecuteCommand, map[string]any{"command": protocol.CommandForget}, nil); err == nil {
		t.Error("forget without an id answered")
	}
	if !slices.Equal(r.forgotten, []string{"p_x"}) {
		t.Errorf("forgot %v", r.forgotten)
	}
}

// TestRepairAllOfPattern repairs by the id of a pattern, as a list of errors
// asks for it.
func TestRepairAllOfPattern(t *testing.T) {
	tests := []struct {
		name    string
		pattern string
		preview bool
		want    string // the text after; "" for an error
	}{
		{"asked", "p_fine", false, "import fine\nfine\nfine\n"},
		{"previewed", "p_fine", true, "import fine\nfine\nfine\n"},
		{"another", "p_other", false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := start(t, &recorder{alter: repeatable}, func(o *lsptest.Options, _ *lsp.Options) {
				o.Folders = []string{"/w"}
				if tt.preview {
					o.Confirm = func(string, protocol.URI, string) bool { return true }
				} else {
					o.Pick = func(_ string, titles []string) string { return titles[0] }
				}
			})
			const file = "/w/a.go"
			text, diags := places(2)
			e.Open(file, "go", text)
			e.Diagnostics(file, diags...)
			e.Idle(false)
			err := e.Try(protocol.MethodExecuteCommand, map[string]any{"command": protocol.CommandAll, "arguments": []any{
				protocol.AllArguments{Pattern: tt.pattern, URI: lsptest.URI(file)},
			}}, nil)
			if (err == nil) != (tt.want != "") {
				t.Fatalf("error %v", err)
			}
			if tt.want == "" {
				tt.want = text
			}
			if got := e.Text(file); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
