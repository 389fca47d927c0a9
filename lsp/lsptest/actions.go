package lsptest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// CodeActions asks for code actions at a range. Its context has no diagnostics,
// as Neovim's.
func (e *Editor) CodeActions(name string, r protocol.Range, invoked bool) []protocol.CodeAction {
	e.t.Helper()
	trigger := 2
	if invoked {
		trigger = 1
	}
	return e.CodeActionsIn(name, r, map[string]any{"diagnostics": []any{}, "triggerKind": trigger})
}

// CodeActionsIn asks for code actions with a context of the test's.
func (e *Editor) CodeActionsIn(name string, r protocol.Range, context map[string]any) []protocol.CodeAction {
	e.t.Helper()
	var actions []protocol.CodeAction
	e.Call(protocol.MethodCodeAction, map[string]any{
		"textDocument": map[string]any{"uri": URI(name)}, "range": r, "context": context,
	}, &actions)
	return actions
}

// Apply does what an editor does with a chosen action: resolve it when its edit
// is missing, make the edit, run the command.
func (e *Editor) Apply(a protocol.CodeAction) error {
	e.t.Helper()
	if a.Edit == nil && len(a.Data) > 0 {
		var resolved protocol.CodeAction
		if err := e.Try(protocol.MethodResolve, a, &resolved); err != nil {
			return err
		}
		a = resolved
	}
	if a.Edit != nil {
		if err := e.applyEdit(a.Edit); err != nil {
			return err
		}
	}
	if a.Command.Command != "" {
		return e.Command(a.Command.Command, a.Command.Arguments...)
	}
	return nil
}

// Command runs a command on the server.
func (e *Editor) Command(name string, args ...protocol.Any) error {
	e.t.Helper()
	return e.Try(protocol.MethodExecuteCommand, &protocol.ExecuteCommandParams{Command: name, Arguments: args}, nil)
}

// applyEdit makes a workspace edit. A file that is not open is opened, and a
// versioned edit of another version is refused, as editors do.
func (e *Editor) applyEdit(w *protocol.WorkspaceEdit) error {
	for uri, edits := range w.Changes {
		if err := e.applyTo(uri, nil, edits); err != nil {
			return err
		}
	}
	for _, change := range w.DocumentChanges {
		c, ok := change.(*protocol.TextDocumentEdit)
		if !ok {
			return fmt.Errorf("a document change of type %T", change)
		}
		var edits []protocol.TextEdit
		for _, el := range c.Edits {
			switch te := el.(type) {
			case *protocol.TextEdit:
				edits = append(edits, *te)
			case *protocol.AnnotatedTextEdit:
				a, ok := w.ChangeAnnotations[te.AnnotationID]
				if !ok || e.o.Confirm == nil {
					return fmt.Errorf("an edit with the annotation %q", te.AnnotationID)
				}
				if a.NeedsConfirmation == nil || !*a.NeedsConfirmation || e.o.Confirm(a.Label, c.TextDocument.URI, te.NewText) {
					edits = append(edits, te.TextEdit)
				}
			default:
				return fmt.Errorf("an edit of type %T", el)
			}
		}
		if err := e.applyTo(c.TextDocument.URI, c.TextDocument.Version, edits); err != nil {
			return err
		}
	}
	return nil
}

func (e *Editor) applyTo(uri protocol.URI, version *int32, wire []protocol.TextEdit) error {
	if len(wire) == 0 {
		return nil
	}
	e.mu.Lock()
	d, ok := e.docs[uri]
	if !ok {
		e.mu.Unlock()
		text, err := os.ReadFile(uri.FsPath())
		if err != nil || version != nil {
			return fmt.Errorf("%s is not open: %w", uri, err)
		}
		e.Open(uri.FsPath(), strings.TrimPrefix(filepath.Ext(uri.FsPath()), "."), string(text))
		e.mu.Lock()
		d = e.docs[uri]
	}
	if version != nil && *version != d.version {
		e.mu.Unlock()
		return fmt.Errorf("%s is at version %d, the edit is for %d", uri, d.version, *version)
	}
	lines := e.lines(uri, d)
	e.mu.Unlock()
	var edits []analysis.Edit
	for _, w := range wire {
		edits = append(edits, analysis.Edit{Span: lines.Span(w.Range), New: w.NewText})
	}
	return e.tryEdit(uri, textedit.Sorted(edits))
}
