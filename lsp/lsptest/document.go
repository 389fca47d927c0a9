package lsptest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// Open opens a document; name is an absolute file name or a URI.
func (e *Editor) Open(name, language, text string) {
	e.t.Helper()
	uri := URI(name)
	e.mu.Lock()
	e.docs[uri] = &doc{language: language, version: 1, text: text}
	e.mu.Unlock()
	e.Notify(protocol.MethodDidOpen, map[string]any{"textDocument": map[string]any{
		"uri": uri, "languageId": language, "version": 1, "text": text,
	}})
}

func (e *Editor) doc(name string) (protocol.URI, *doc) {
	e.t.Helper()
	uri := URI(name)
	e.mu.Lock()
	defer e.mu.Unlock()
	d, ok := e.docs[uri]
	if !ok {
		e.t.Fatalf("%s is not open", name)
		return uri, &doc{}
	}
	c := *d
	return uri, &c
}

// Text is a document's text.
func (e *Editor) Text(name string) string {
	e.t.Helper()
	_, d := e.doc(name)
	return d.text
}

// Version is a document's version.
func (e *Editor) Version(name string) int32 {
	e.t.Helper()
	_, d := e.doc(name)
	return d.version
}

// Change makes a document's text after, by incremental changes.
func (e *Editor) Change(name, after string) {
	e.t.Helper()
	uri, d := e.doc(name)
	e.edit(uri, textedit.Compute(d.text, after))
	if got := e.Text(name); got != after {
		e.t.Fatalf("the editor's own change of %s went wrong", name)
	}
}

// Replace replaces the only occurrence of old in a document.
func (e *Editor) Replace(name, old, after string) {
	e.t.Helper()
	uri, d := e.doc(name)
	if n := strings.Count(d.text, old); n != 1 {
		e.t.Fatalf("%q is %d times in %s", old, n, name)
	}
	at := strings.Index(d.text, old)
	e.edit(uri, []analysis.Edit{{Span: analysis.Span{Start: at, End: at + len(old)}, New: after}})
}

// edit applies edits of the current text and tells the server, from the bottom
// up, as editors do. It may be called from the connection's goroutine.
func (e *Editor) edit(uri protocol.URI, edits []analysis.Edit) {
	if err := e.tryEdit(uri, edits); err != nil {
		e.t.Fatalf("edit %s: %v", uri, err)
	}
}

func (e *Editor) tryEdit(uri protocol.URI, edits []analysis.Edit) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	d, ok := e.docs[uri]
	if !ok {
		return fmt.Errorf("%s is not open", uri)
	}
	text, err := textedit.Apply(d.text, edits)
	if err != nil {
		return err
	}
	wire := convert.TextEdits(e.lines(uri, d), edits)
	d.text = text
	d.version++
	changes := []any{}
	for _, w := range slices.Backward(wire) {
		changes = append(changes, map[string]any{"range": w.Range, "text": w.NewText})
	}
	// The lock is held so that versions go out in order.
	return e.Conn.Notify(context.Background(), protocol.MethodDidChange, map[string]any{
		"textDocument":   map[string]any{"uri": uri, "version": d.version},
		"contentChanges": changes,
	})
}

// Save saves a document (the server is told; nothing is written).
func (e *Editor) Save(name string) {
	e.t.Helper()
	e.Notify(protocol.MethodDidSave, map[string]any{"textDocument": map[string]any{"uri": URI(name)}})
}

// Close closes a document.
func (e *Editor) Close(name string) {
	e.t.Helper()
	uri, _ := e.doc(name)
	e.mu.Lock()
	delete(e.docs, uri)
	e.mu.Unlock()
	e.Notify(protocol.MethodDidClose, map[string]any{"textDocument": map[string]any{"uri": uri}})
}

// Span is the range of the only occurrence of needle in a document.
func (e *Editor) Span(name, needle string) protocol.Range {
	e.t.Helper()
	uri, d := e.doc(name)
	if n := strings.Count(d.text, needle); n != 1 {
		e.t.Fatalf("%q is %d times in %s", needle, n, name)
	}
	at := strings.Index(d.text, needle)
	return e.lines(uri, d).Range(analysis.Span{Start: at, End: at + len(needle)})
}

// Diag is a diagnostic of another source.
type Diag struct {
	At      string // the code it is on, which must be unique in the document
	Source  string
	Code    any // string or number
	Message string
}

// Diagnostics reports all that other sources show in an open document.
func (e *Editor) Diagnostics(name string, diags ...Diag) {
	e.t.Helper()
	e.Notify(protocol.MethodDiagnostics, map[string]any{
		"uri": URI(name), "version": e.Version(name), "diagnostics": e.Wire(name, diags...),
	})
}

// Wire is diagnostics as LSP writes them.
func (e *Editor) Wire(name string, diags ...Diag) []any {
	e.t.Helper()
	list := []any{}
	for _, d := range diags {
		w := map[string]any{"range": e.Span(name, d.At), "severity": 1, "message": d.Message}
		if d.Source != "" {
			w["source"] = d.Source
		}
		if d.Code != nil {
			w["code"] = d.Code
		}
		list = append(list, w)
	}
	return list
}
