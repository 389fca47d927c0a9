package lsp_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/lsp"
	"github.com/dejafix/dejafix/lsp/lsptest"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// BenchmarkChange types in a 10,000-line file with 50 diagnostics, without a
// learner: what the server itself takes of a keystroke, with both directions of
// the wire.
func BenchmarkChange(b *testing.B) {
	var text strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&text, "line number %d of a file\n", i)
	}
	e := lsptest.Start(b, lsptest.Options{Serve: func(ctx context.Context, stream io.ReadWriteCloser) error {
		return lsp.Serve(ctx, stream, lsp.Options{})
	}})
	const file = "/w/a.go"
	e.Open(file, "go", text.String())
	var diags []lsptest.Diag
	for i := range 50 {
		diags = append(diags, lsptest.Diag{At: fmt.Sprintf("number %d of", 100+i*100), Message: "m"})
	}
	e.Diagnostics(file, diags...)
	e.Idle(false)
	hover := map[string]any{"textDocument": map[string]any{"uri": lsptest.URI(file)}, "position": map[string]any{"line": 0, "character": 0}}
	b.ReportAllocs()
	for i := 2; b.Loop(); i++ {
		e.Notify(protocol.MethodDidChange, map[string]any{
			"textDocument": map[string]any{"uri": lsptest.URI(file), "version": i},
			"contentChanges": []any{map[string]any{
				"range": map[string]any{"start": map[string]any{"line": 5000, "character": 3}, "end": map[string]any{"line": 5000, "character": 3}},
				"text":  "x",
			}},
		})
		e.Call(protocol.MethodHover, hover, nil)
	}
}

// TestChangeAllocations bounds what a keystroke allocates on both sides of the
// wire: 96 when this was written, and one text, whatever the file's length.
func TestChangeAllocations(t *testing.T) {
	e := lsptest.Start(t, lsptest.Options{Serve: func(ctx context.Context, stream io.ReadWriteCloser) error {
		return lsp.Serve(ctx, stream, lsp.Options{})
	}})
	const file = "/w/a.go"
	e.Open(file, "go", strings.Repeat("a line of a file\n", 10_000))
	hover := map[string]any{"textDocument": map[string]any{"uri": lsptest.URI(file)}, "position": map[string]any{"line": 0, "character": 0}}
	version := 1
	allocations := testing.AllocsPerRun(50, func() {
		version++
		e.Notify(protocol.MethodDidChange, map[string]any{
			"textDocument": map[string]any{"uri": lsptest.URI(file), "version": version},
			"contentChanges": []any{map[string]any{
				"range": map[string]any{"start": map[string]any{"line": 5000, "character": 3}, "end": map[string]any{"line": 5000, "character": 3}},
				"text":  "x",
			}},
		})
		e.Call(protocol.MethodHover, hover, nil)
	})
	if allocations > 200 {
		t.Errorf("%v allocations for a keystroke, want at most 200", allocations)
	}
}
