package convert

import (
	"fmt"
	"math"
	"slices"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// A Text is one version of a document with its lines, in the session's
// encoding. It is immutable.
type Text struct {
	Doc      *analysis.Document
	Lines    *textedit.Lines
	Encoding textedit.Encoding
}

// NewText returns doc with its lines.
func NewText(doc *analysis.Document, e textedit.Encoding) *Text {
	return &Text{Doc: doc, Lines: textedit.NewLines(doc.Text), Encoding: e}
}

// Edited returns doc, which is t's document after edits, with its lines.
func (t *Text) Edited(doc *analysis.Document, edits []analysis.Edit) *Text {
	return &Text{Doc: doc, Lines: t.Lines.Edited(doc.Text, edits), Encoding: t.Encoding}
}

// Span is a range of the wire in bytes. Positions outside the text are
// clamped, and a range that ends before it starts becomes empty.
func (t *Text) Span(r protocol.Range) analysis.Span {
	s := analysis.Span{Start: t.offset(r.Start), End: t.offset(r.End)}
	s.End = max(s.End, s.Start)
	return s
}

// offset is a position in bytes. A line that the text does not have means its
// end.
func (t *Text) offset(p protocol.Position) int {
	off, _ := t.Lines.Offset(clampInt(p.Line), clampInt(p.Character), t.Encoding)
	return off
}

func clampInt(n uint32) int {
	return int(min(n, math.MaxInt32)) // LSP's own limit
}

// Range is s on the wire.
func (t *Text) Range(s analysis.Span) protocol.Range {
	return protocol.Range{Start: t.position(s.Start), End: t.position(s.End)}
}

func (t *Text) position(off int) protocol.Position {
	line, char := t.Lines.Position(off, t.Encoding)
	return protocol.Position{Line: uint32(line), Character: uint32(char)}
}

// LineSpan is the whole of the lines that s touches.
func (t *Text) LineSpan(s analysis.Span) analysis.Span {
	first, last := t.Lines.Line(s.Start), t.Lines.Line(s.End)
	return analysis.Span{Start: t.Lines.Span(first).Start, End: t.Lines.Span(last).End}
}

// Encoding chooses the encoding of positions among those that a client offers:
// UTF-16 whenever it does or offers none (Neovim warns when the servers of one
// buffer differ), else the first one that is known.
func Encoding(offered []protocol.PositionEncodingKind) textedit.Encoding {
	if len(offered) == 0 || slices.Contains(offered, "utf-16") {
		return textedit.UTF16
	}
	for _, o := range offered {
		switch o {
		case "utf-8":
			return textedit.UTF8
		case "utf-32":
			return textedit.UTF32
		}
	}
	return textedit.UTF16
}

// Change applies the changes of one didChange, each to the result of the one
// before, and returns the new text, of a nameless document, with edits that say
// the same of the old text.
//
// Editors send the changes of many cursors from the bottom up. Those all speak
// of the same lines, so that a run of them is applied in one go: otherwise a
// thousand changes in a 10,000-line file would index it a thousand times.
func Change(t *Text, changes []protocol.ContentChange) (now *Text, edits []analysis.Edit, err error) {
	var run []analysis.Edit // of t, from the last to the first
	flush := func() error {
		if len(run) == 0 {
			return nil
		}
		slices.Reverse(run)
		text, err := textedit.Apply(t.Doc.Text, run)
		if err != nil {
			return err
		}
		t = t.Edited(&analysis.Document{Text: text}, run)
		edits, run = compose(edits, run), nil
		return nil
	}
	lowest := protocol.Position{Line: math.MaxUint32} // where the run starts
	for i, change := range changes {
		switch c := change.(type) {
		case *protocol.ContentChangePartial:
			if before(c.Range.End, c.Range.Start) {
				return nil, nil, fmt.Errorf("change %d: range ends before it starts", i)
			}
			if !before(c.Range.End, lowest) {
				if err := flush(); err != nil {
					return nil, nil, fmt.Errorf("change %d: %w", i, err)
				}
			}
			run = append(run, analysis.Edit{Span: t.Span(c.Range), New: c.Text})
			lowest = c.Range.Start
		case *protocol.ContentChangeWhole:
			// A client without incremental sync, or one that lost its place:
			// what really changed is computed, so that spans survive.
			if err := flush(); err != nil {
				return nil, nil, fmt.Errorf("change %d: %w", i, err)
			}
			edits = compose(edits, textedit.Compute(t.Doc.Text, c.Text))
			t = NewText(&analysis.Document{Text: c.Text}, t.Encoding)
			lowest = protocol.Position{Line: math.MaxUint32}
		default:
			return nil, nil, fmt.Errorf("change %d is neither of a range nor of the whole document", i)
		}
	}
	if err := flush(); err != nil {
		return nil, nil, err
	}
	return t, edits, nil
}

// before reports whether a stands strictly before b.
func before(a, b protocol.Position) bool {
	return a.Line < b.Line || a.Line == b.Line && a.Character < b.Character
}

func compose(first, second []analysis.Edit) []analysis.Edit {
	if len(first) == 0 {
		return second
	}
	return textedit.Compose(first, second)
}

// TextEdits are edits of t on the wire.
func TextEdits(t *Text, edits []analysis.Edit) []protocol.TextEdit {
	out := make([]protocol.TextEdit, 0, len(edits))
	for _, e := range edits {
		out = append(out, protocol.TextEdit{Range: t.Range(e.Span), NewText: e.New})
	}
	return out
}
