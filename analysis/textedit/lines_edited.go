package textedit

import "github.com/dejafix/dejafix/analysis"

// Edited returns the line index of text, which is l's text after edits that
// Apply accepts. Only the lines that the edits touch are read, so that a
// keystroke in a long file costs little more than a copy of its index; the
// result is that of NewLines.
func (l *Lines) Edited(text string, edits []analysis.Edit) *Lines {
	if len(edits) == 0 {
		return &Lines{text: text, starts: l.starts, ascii: l.ascii}
	}
	out := &Lines{text: text, ascii: l.ascii}
	for _, e := range edits {
		out.ascii = out.ascii && isASCII(e.New)
	}
	// A \r and a \n that meet or part at an edge of an edit change the line
	// before it: one byte more on either side.
	first := l.Line(edits[0].Span.Start - 1)
	after := l.Line(edits[len(edits)-1].Span.End+1) + 1 // the first line that stays
	from, grow := l.starts[first], len(text)-len(l.text)
	until := len(text)
	if after < len(l.starts) {
		until = l.starts[after] + grow
	}
	out.starts = make([]int, 0, len(l.starts)+8)
	out.starts = append(out.starts, l.starts[:first+1]...)
	for i := from; i < until; i++ {
		switch {
		case text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n':
			continue
		case text[i] != '\r' && text[i] != '\n':
			continue
		}
		// The last of these is the start of the line after, when there is one.
		if i+1 < until || after >= len(l.starts) {
			out.starts = append(out.starts, i+1)
		}
	}
	for _, s := range l.starts[min(after, len(l.starts)):] {
		out.starts = append(out.starts, s+grow)
	}
	return out
}
