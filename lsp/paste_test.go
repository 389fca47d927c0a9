package lsp_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/lsp/lsptest"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// TestPaste: a trace that somebody pastes is shown, and leads to its failure where
// that is now.
func TestPaste(t *testing.T) {
	e, _, dir := shop(t)
	file := filepath.Join(dir, "shop", "price.py")
	e.Open(file, "python", price)
	e.Replace(file, "def total", "# new\ndef total")
	paste := func(text string) {
		e.Notify(protocol.MethodOutput, map[string]any{
			"id": text, "seq": 0, "final": true, "kind": "paste", "cwd": dir, "text": strings.ReplaceAll(text, "DIR", dir),
		})
	}
	paste(died)
	e.Await(protocol.MethodShowDocument, func(raw json.RawMessage) bool {
		var p protocol.ShowDocumentParams
		if err := protocol.Unmarshal(raw, &p); err != nil {
			t.Fatal(err)
		}
		at := e.Span(file, "return order.price")
		return p.URI == lsptest.URI(file) && p.Selection != nil && p.Selection.Start == at.Start && *p.TakeFocus
	})
	shown(t, e, file, 1)

	paste(strings.ReplaceAll(died, "DIR", "/elsewhere/app"))
	paste("nothing\n")
	e.Await(protocol.MethodShowMessage, func(raw json.RawMessage) bool { return strings.Contains(string(raw), "no failure") })
}
