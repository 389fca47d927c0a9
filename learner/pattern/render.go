package pattern

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// indentAt is the white space at the start of the line that off is in.
func indentAt(text string, off int) string {
	line := syntax.LineAt(text, off)
	i := line.Start
	for i < line.End && (text[i] == ' ' || text[i] == '\t') {
		i++
	}
	return text[line.Start:i]
}

// A gap with line breaks is kept relative to the line of its anchor: the line
// breaks, then + and what is further in, or - and what is further out.

func relativeGap(gap, indent string) string {
	i := strings.LastIndexByte(gap, '\n')
	if i < 0 {
		return gap
	}
	breaks := strings.Repeat("\n", strings.Count(gap, "\n"))
	last := gap[i+1:]
	if more, ok := strings.CutPrefix(last, indent); ok {
		return breaks + "+" + more
	}
	if less, ok := strings.CutPrefix(indent, last); ok {
		return breaks + "-" + less
	}
	return breaks + "+"
}

func absoluteGap(gap, indent string) string {
	i := strings.LastIndexByte(gap, '\n')
	if i < 0 {
		return gap
	}
	breaks, sign, rest := gap[:i+1], gap[i+1], gap[i+2:]
	if sign == '+' {
		if strings.HasPrefix(indent, "\t") && strings.Trim(rest, " ") == "" && rest != "" {
			rest = strings.Repeat("\t", max(1, len(rest)/4)) // spaces learned, tabs here
		} else if indent != "" && !strings.HasPrefix(indent, "\t") && strings.HasPrefix(rest, "\t") {
			rest = strings.Repeat("    ", len(rest))
		}
		return breaks + indent + rest
	}
	return breaks + indent[:max(0, len(indent)-len(rest))]
}

// render writes what part pi makes of its anchor.
func (m *matcher) render(pi int) (string, bool) {
	f := m.s.frag
	an := m.at[pi]
	indent := indentAt(f.Text, int(f.Tokens[an.t0].Start))
	var b strings.Builder
	inside := false   // what was written last is inside quotes
	last := an.t0 - 1 // the token of the code that was written last, -2 for none
	for i := range m.t.parts[pi].items {
		it := &m.t.parts[pi].items[i]
		var run [2]int32
		var text string
		ok := false
		for _, s := range it.alts {
			if run, text, ok = m.resolve(s); ok {
				break
			}
		}
		if !ok {
			return "", false
		}
		k := m.marked(pi, i)
		if k == markDrop {
			last = -2
			continue
		}
		if text == "" && run[0] == run[1] {
			if it.kept && last == run[0]-1 {
				last = run[0] - 1
			}
			continue // an empty list
		}
		gap := absoluteGap(m.t.texts[it.gap], indent)
		content := text == "" && m.within(run[0])
		if text == "" {
			if last == run[0]-1 && (last >= an.t0 || b.Len() > 0) {
				gap = f.Text[f.Tokens[last].End:f.Tokens[run[0]].Start]
			}
			text = f.Text[f.Tokens[run[0]].Start:f.Tokens[run[1]-1].End]
			if strings.Contains(text, "\n") {
				to := indent
				if k := strings.LastIndexByte(gap, '\n'); k >= 0 {
					to = gap[k+1:]
				} else if b.Len() > 0 {
					to = lastIndent(b.String(), indent)
				}
				text = reindent(text, indentAt(f.Text, int(f.Tokens[run[0]].Start)), to)
			}
			if it.kept && run[0] == an.t0 && m.follows(pi) {
				gap = f.Text[f.Tokens[an.t0-1].End:f.Tokens[an.t0].Start]
			}
			last = run[1] - 1
		} else {
			last = -2
		}
		if k == markWrap {
			text = "(" + text + ")"
		}
		if b.Len() > 0 {
			if gap == "" && !inside && !content && joinsWords(b.String(), text) {
				gap = " "
			}
			b.WriteString(gap)
		}
		b.WriteString(text)
		inside = last >= 0 && m.within(last)
	}
	return b.String(), true
}

// within reports whether token i is inside quotes, or is a part of a token: what
// stands beside it needs no blank.
func (m *matcher) within(i int32) bool {
	f := m.s.frag
	if i < 0 || int(i) >= len(f.Tokens) {
		return false
	}
	t := &f.Tokens[i]
	if t.Class == syntax.Content {
		return true
	}
	p := f.Nodes[t.Leaf].Parent
	return p >= 0 && f.Nodes[p].Kind == f.Nodes[t.Leaf].Kind && f.Nodes[p].Tok1-f.Nodes[p].Tok0 > 1 && len(m.s.cuts) > 0
}

// follows reports whether part pi is written after the token before its anchor,
// which needs nothing but white space between them.
func (m *matcher) follows(pi int) bool {
	f, t0 := m.s.frag, m.at[pi].t0
	return m.t.parts[pi].after && t0 > 0 && strings.TrimSpace(f.Text[f.Tokens[t0-1].End:f.Tokens[t0].Start]) == ""
}

// lastIndent is the indentation of the last line written.
func lastIndent(s, indent string) string {
	found := strings.Contains(s, "\n")
	if !found {
		return indent
	}
	return indentAt(s, len(s))
}

// reindent moves the lines after the first from one indentation to another.
func reindent(text, from, to string) string {
	if from == to {
		return text
	}
	lines := strings.Split(text, "\n")
	for i := 1; i < len(lines); i++ {
		if rest, ok := strings.CutPrefix(lines[i], from); ok && strings.TrimSpace(rest) != "" {
			lines[i] = to + rest
		}
	}
	return strings.Join(lines, "\n")
}

// joinsWords reports whether a and b would become one word.
func joinsWords(a, b string) bool {
	return a != "" && b != "" && isWordByte(a[len(a)-1]) && isWordByte(b[0])
}

func isWordByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// edits writes the match down as edits of the scene's text, the smallest there
// are. It is nil when nothing changes.
func (m *matcher) edits() []analysis.Edit {
	f := m.s.frag
	var out []analysis.Edit
	for _, pi := range m.order() {
		an := m.at[pi]
		span := analysis.Span{Start: int(f.Tokens[an.t0].Start), End: int(f.Tokens[an.t1-1].End)}
		text, ok := m.render(pi)
		if !ok {
			return nil
		}
		if text == "" {
			out = append(out, analysis.Edit{Span: tidy(f.Text, span)})
			continue
		}
		if m.follows(pi) {
			span.Start = int(f.Tokens[an.t0-1].End)
			text = absoluteGap(m.t.texts[m.t.parts[pi].lead], indentAt(f.Text, int(f.Tokens[an.t0].Start))) + text
		}
		// "||" needs no blanks around it, the "or" that replaces it does.
		if joinsWords(f.Text[:span.Start], text) && !m.within(an.t0) && !m.within(an.t0-1) {
			text = " " + text
		}
		if joinsWords(text, f.Text[span.End:]) && !m.within(an.t1-1) && !m.within(an.t1) {
			text += " "
		}
		for _, e := range textedit.Compute(f.Text[span.Start:span.End], text) {
			e.Span.Start += span.Start
			e.Span.End += span.Start
			if e.New == "" {
				if w := tidy(f.Text, e.Span); w.Start == 0 || f.Text[w.Start-1] == '\n' {
					e.Span = w // a whole line
				}
			}
			if n := len(out); n > 0 && e.Span.Start < out[n-1].Span.End {
				e.Span.Start = min(out[n-1].Span.End, e.Span.End)
			}
			out = append(out, e)
		}
	}
	return out
}

// tidy widens a deletion: a line that it empties goes with it, and of two
// blanks that it would bring together one.
func tidy(text string, span analysis.Span) analysis.Span {
	start, end := span.Start, span.End
	for start > 0 && (text[start-1] == ' ' || text[start-1] == '\t') {
		start--
	}
	for end < len(text) && (text[end] == ' ' || text[end] == '\t' || text[end] == '\r') {
		end++
	}
	atStart := start == 0 || text[start-1] == '\n'
	atEnd := end == len(text) || text[end] == '\n'
	switch {
	case atStart && atEnd && span.Len() > 0:
		if end < len(text) {
			end++
		}
		return analysis.Span{Start: start, End: end}
	case atEnd:
		return analysis.Span{Start: start, End: span.End}
	case start < span.Start && end > span.End && !atStart:
		return analysis.Span{Start: span.Start, End: end}
	}
	return span
}
