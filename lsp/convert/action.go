package convert

import (
	"fmt"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// ActionOptions say what the client can do with a code action.
type ActionOptions struct {
	DocumentChanges bool // else the edit goes in "changes", without a version
	Resolve         bool // the edit comes with codeAction/resolve
	Data            bool // data is kept for codeAction/resolve
	Both            bool // the edit comes at once all the same: a proxy compares it
}

// Action is a suggestion as a quick fix of t; d is the diagnostic that it
// repairs, as the client sent it.
func Action(t *Text, s analysis.Suggestion, d *protocol.Diagnostic, o ActionOptions) (protocol.CodeAction, error) {
	kind := protocol.KindQuickFix
	a := protocol.CodeAction{
		Title: s.Title, Kind: &kind,
		Command: Command("Tell dejafix that its repair was applied", protocol.CommandApplied, s.ID),
	}
	if d != nil {
		a.Diagnostics = []protocol.Diagnostic{*d}
	}
	if o.Data {
		a.Data = Data(s, "")
	}
	if o.Resolve && o.Data && !o.Both {
		return a, nil
	}
	edit, err := Edit(t, s.Edits, o.DocumentChanges)
	if err != nil {
		return protocol.CodeAction{}, err
	}
	a.Edit = edit
	return a, nil
}

// Data is what an action about s carries; all says how far an action reaches
// that repairs all like s.
func Data(s analysis.Suggestion, all string) protocol.Any {
	return mustMarshal(protocol.ActionEnvelope{Dejafix: &protocol.ActionData{
		ID: s.ID, URI: protocol.URI(s.URI), Digest: s.Digest.String(), All: all,
	}})
}

// Edit is edits of t as a workspace edit: with the version they were made for
// where the client understands it.
func Edit(t *Text, edits []analysis.Edit, documentChanges bool) (*protocol.WorkspaceEdit, error) {
	return Edits([]Part{{Text: t, Edits: edits, Open: true}}, documentChanges, "")
}

// A Part is the edits of one document. A document that is not open has no
// version.
type Part struct {
	*Text
	Edits []analysis.Edit
	Open  bool
}

// annotation is the id of what Edits says of its edits.
const annotation protocol.ChangeAnnotationIdentifier = "dejafix"

// Edits is the edits of several documents as one workspace edit. With a label,
// which the client must understand, it asks for each edit to be confirmed.
func Edits(parts []Part, documentChanges bool, label string) (*protocol.WorkspaceEdit, error) {
	w := &protocol.WorkspaceEdit{}
	if label != "" {
		confirm := true
		w.ChangeAnnotations = map[protocol.ChangeAnnotationIdentifier]protocol.ChangeAnnotation{
			annotation: {Label: label, NeedsConfirmation: &confirm},
		}
	}
	for _, p := range parts {
		for _, e := range p.Edits {
			if e.Span.Start < 0 || e.Span.End < e.Span.Start || e.Span.End > len(p.Doc.Text) {
				return nil, fmt.Errorf("edit %v is outside of the text of %d bytes", e.Span, len(p.Doc.Text))
			}
		}
		uri, edits := protocol.URI(p.Doc.URI), TextEdits(p.Text, p.Edits)
		if !documentChanges {
			if w.Changes == nil {
				w.Changes = map[protocol.URI][]protocol.TextEdit{}
			}
			w.Changes[uri] = edits
			continue
		}
		change := &protocol.TextDocumentEdit{
			TextDocument: protocol.OptionalVersionedTextDocumentIdentifier{
				TextDocumentIdentifier: protocol.TextDocumentIdentifier{URI: uri},
			},
		}
		if p.Open {
			version := p.Doc.Version
			change.TextDocument.Version = &version
		}
		for _, e := range edits {
			if label != "" {
				change.Edits = append(change.Edits, &protocol.AnnotatedTextEdit{TextEdit: e, AnnotationID: annotation})
			} else {
				change.Edits = append(change.Edits, &e)
			}
		}
		w.DocumentChanges = append(w.DocumentChanges, change)
	}
	return w, nil
}

// Command is one of our commands with its arguments.
func Command(title, name string, args ...any) protocol.Command {
	c := protocol.Command{Title: title, Command: name}
	for _, arg := range args {
		c.Arguments = append(c.Arguments, mustMarshal(arg))
	}
	return c
}

func mustMarshal(v any) protocol.Any {
	out, err := protocol.Marshal(v)
	if err != nil {
		panic(err) // strings, numbers and our own structs
	}
	return out
}

// PeerEdits are the parts of other servers' edits that change t alone. An edit
// that also changes other files, or creates or renames one, is left out: it is
// never equal to one of ours.
func PeerEdits(t *Text, edits []protocol.WorkspaceEdit) [][]analysis.Edit {
	var out [][]analysis.Edit
	for _, w := range edits {
		if e, ok := peerEdit(t, w); ok {
			out = append(out, e)
		}
	}
	return out
}

func peerEdit(t *Text, w protocol.WorkspaceEdit) ([]analysis.Edit, bool) {
	var wire []protocol.TextEdit
	switch {
	case len(w.DocumentChanges) == 1:
		change, ok := w.DocumentChanges[0].(*protocol.TextDocumentEdit)
		if !ok || string(change.TextDocument.URI) != t.Doc.URI {
			return nil, false
		}
		for _, e := range change.Edits {
			switch e := e.(type) {
			case *protocol.TextEdit:
				wire = append(wire, *e)
			case *protocol.AnnotatedTextEdit:
				wire = append(wire, e.TextEdit)
			default:
				return nil, false
			}
		}
	case len(w.DocumentChanges) == 0 && len(w.Changes) == 1:
		wire = w.Changes[protocol.URI(t.Doc.URI)]
	}
	if len(wire) == 0 {
		return nil, false
	}
	edits := make([]analysis.Edit, 0, len(wire))
	for _, e := range wire {
		edits = append(edits, analysis.Edit{Span: t.Span(e.Range), New: e.NewText})
	}
	return textedit.Sorted(edits), true
}
