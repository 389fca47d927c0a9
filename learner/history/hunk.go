package history

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// mostLines is how long a hunk may be, before and after: what one mends at once.
const mostLines = 12

// A Hunk is one change of a commit to a text: edits on lines that follow each
// other.
type Hunk struct {
	// Back are edits of the text after the commit that put the hunk back.
	Back []analysis.Edit
}

// Hunks are the changes between two texts, in order, without those that change
// no token and those that are too long to be one repair.
func Hunks(language, before, after string) []Hunk {
	back := textedit.Invert(before, textedit.Compute(before, after))
	var all []Hunk
	last := -1 // where the line of the last edit ends
	for _, e := range back {
		if last < 0 || e.Span.Start > last {
			all = append(all, Hunk{})
		}
		h := &all[len(all)-1]
		h.Back = append(h.Back, e)
		last = lineEnd(after, e.Span.End)
	}
	out := all[:0]
	for _, h := range all {
		if h.lines(after) <= mostLines && h.tells(language, after) {
			out = append(out, h)
		}
	}
	return out
}

// lineEnd is the offset behind the line of an offset.
func lineEnd(text string, at int) int {
	// An edit of whole lines ends where the next line starts.
	if at > 0 && text[at-1] == '\n' {
		return at
	}
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(text)
}

// span is what the hunk touches of the text after.
func (h Hunk) span() analysis.Span {
	return analysis.Span{Start: h.Back[0].Span.Start, End: h.Back[len(h.Back)-1].Span.End}
}

// lines is how many lines the hunk has, before or after, whichever is more.
func (h Hunk) lines(after string) int {
	span := h.span()
	now := strings.Count(after[span.Start:span.End], "\n")
	then := now
	for _, e := range h.Back {
		then += strings.Count(e.New, "\n") - strings.Count(after[e.Span.Start:e.Span.End], "\n")
	}
	return max(now, then) + 1
}

// tells reports whether the hunk changes more than comments and white space.
func (h Hunk) tells(language, after string) bool {
	broken, span, err := h.putBack(after)
	if err != nil {
		return false
	}
	lang := syntax.Row(language)
	was := h.span()
	now := lines(after, was)
	then := lines(broken, span)
	return !sameTokens(lang, after[now.Start:now.End], broken[then.Start:then.End])
}

func sameTokens(lang *syntax.Language, a, b string) bool {
	f := syntax.Lex(lang, a, false, analysis.Span{End: len(a)})
	g := syntax.Lex(lang, b, false, analysis.Span{End: len(b)})
	if len(f.Tokens) != len(g.Tokens) {
		return false
	}
	for i := range f.Tokens {
		if f.Tok(int32(i)) != g.Tok(int32(i)) {
			return false
		}
	}
	return true
}

// lines is a span grown to whole lines.
func lines(text string, s analysis.Span) analysis.Span {
	return analysis.Span{Start: syntax.LineAt(text, s.Start).Start, End: max(syntax.LineAt(text, s.End).End, s.End)}
}

// putBack is the text after the commit with the hunk as it was, and where the
// hunk lies in it.
func (h Hunk) putBack(after string) (string, analysis.Span, error) {
	broken, err := textedit.Apply(after, h.Back)
	if err != nil {
		return "", analysis.Span{}, err
	}
	span := h.span()
	for _, e := range h.Back {
		span.End += len(e.New) - e.Span.Len()
	}
	return broken, span, nil
}
