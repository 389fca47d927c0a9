package pattern

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

const (
	// maxKept bounds the text of an example (ARCHITECTURE.md, "The words, exactly").
	maxKept = 16 << 10
	// nearby is how many bytes on each side of an error and its edits are kept
	// whatever they are: the statements beside it.
	nearby = 200
	// nearbyLines does the same for a language without a grammar.
	nearbyLines = 30
)

// Reduce keeps of ex.Before the declarations that the error and the edits are
// in, the import block, the lines around them, and the tags without which none
// of it would be read as code, 16 KB at most, and moves the positions accordingly. Learning from the result is learning from the
// whole text. tree is of ex.Before, nil for a language without a grammar.
func Reduce(tree *syntax.Tree, ex analysis.Example) analysis.Example {
	text := ex.Before
	h := hull(ex.Diagnostic, ex.Edits)
	var keep, frame []analysis.Span
	if ex.Diagnostic.NoSpan && len(ex.Edits) == 0 {
		return ex
	}
	wanted := []analysis.Span{ex.Diagnostic.Span}
	if ex.Diagnostic.NoSpan {
		wanted = nil
	}
	for _, e := range ex.Edits {
		wanted = append(wanted, e.Span)
	}
	if tree != nil {
		keep = append(keep, tree.Imports()...)
		frame = wholeLines(text, tree.Frame())
		for _, s := range wanted {
			if !tree.IsCode(s) {
				keep = append(keep, around(text, s, nearbyLines))
			}
			wide := analysis.Span{Start: s.Start - nearby, End: s.End + nearby}
			for _, n := range tree.TopLevel(wide) {
				if n.Span.Overlaps(wide) {
					keep = append(keep, n.Span)
				}
			}
			keep = append(keep, s)
		}
	} else {
		for _, s := range wanted {
			keep = append(keep, around(text, s, nearbyLines))
		}
	}
	pieces := wholeLines(text, append(keep, frame...))
	if size(pieces) > maxKept {
		// One declaration is too large: what is nearest to the error is kept.
		side := max(maxKept-h.Len()-size(frame), 0) / 2
		lo := syntax.LineAt(text, max(h.Start-side, 0))
		hi := syntax.LineAt(text, min(h.End+side, len(text)))
		if lo.Start < h.Start-side { // a line that is cut is left out
			lo.Start = min(lo.End+1, syntax.LineAt(text, h.Start).Start)
		}
		if hi.End > h.End+side {
			hi.End = max(hi.Start-1, syntax.LineAt(text, h.End).End)
		}
		pieces = []analysis.Span{{Start: lo.Start, End: min(hi.End+1, len(text))}}
		if len(frame) > 0 {
			pieces = wholeLines(text, append(frame, pieces...))
		}
	}
	return cut(ex, pieces)
}

// around is span with n lines on each side.
func around(text string, span analysis.Span, n int) analysis.Span {
	lo, hi := syntax.LineAt(text, span.Start).Start, syntax.LineAt(text, span.End).End
	for range n {
		if lo > 0 {
			lo = syntax.LineAt(text, lo-1).Start
		}
		if hi < len(text) {
			hi = syntax.LineAt(text, hi+1).End
		}
	}
	return analysis.Span{Start: lo, End: hi}
}

// wholeLines widens spans to whole lines, sorts and merges them.
func wholeLines(text string, spans []analysis.Span) []analysis.Span {
	var out []analysis.Span
	for _, s := range spans {
		s.Start = syntax.LineAt(text, s.Start).Start
		if s.End <= s.Start || text[s.End-1] != '\n' {
			s.End = min(syntax.LineAt(text, s.End).End+1, len(text))
		}
		at := len(out)
		for at > 0 && out[at-1].Start > s.Start {
			at--
		}
		out = append(out, analysis.Span{})
		copy(out[at+1:], out[at:])
		out[at] = s
	}
	merged := out[:0]
	for _, s := range out {
		if n := len(merged); n > 0 && s.Start <= merged[n-1].End {
			merged[n-1].End = max(merged[n-1].End, s.End)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

func size(spans []analysis.Span) int {
	n := 0
	for _, s := range spans {
		n += s.Len()
	}
	return n
}

// cut keeps the pieces of ex.Before, in order, and moves ex's positions.
func cut(ex analysis.Example, pieces []analysis.Span) analysis.Example {
	var b strings.Builder
	starts := make([]int, len(pieces)) // in the new text
	for i, p := range pieces {
		starts[i] = b.Len()
		b.WriteString(ex.Before[p.Start:p.End])
	}
	move := func(s analysis.Span) analysis.Span {
		for i, p := range pieces {
			if p.Start <= s.Start && (s.End <= p.End) {
				return analysis.Span{Start: s.Start - p.Start + starts[i], End: s.End - p.Start + starts[i]}
			}
			if s.Start < p.End && s.Start >= p.Start { // an error longer than what is kept
				return analysis.Span{Start: s.Start - p.Start + starts[i], End: p.End - p.Start + starts[i]}
			}
		}
		return analysis.Span{Start: b.Len(), End: b.Len()}
	}
	edits := make([]analysis.Edit, len(ex.Edits))
	for i, e := range ex.Edits {
		edits[i] = analysis.Edit{Span: move(e.Span), New: e.New}
	}
	ex.Edits = edits
	if !ex.Diagnostic.NoSpan {
		ex.Diagnostic.Span = move(ex.Diagnostic.Span)
	}
	ex.Before = b.String()
	return ex
}
