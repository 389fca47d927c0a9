package textedit

import (
	"fmt"
	"sort"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// Check returns an error unless edits can be applied to a text of n bytes: all
// inside it, sorted by start, and no two overlapping. Insertions at one place
// are made in the order given.
func Check(n int, edits []analysis.Edit) error {
	end := 0
	for i, e := range edits {
		switch s := e.Span; {
		case s.Start < 0 || s.End < s.Start || s.End > n:
			return fmt.Errorf("edit %d replaces bytes %d to %d of a text of %d", i, s.Start, s.End, n)
		case s.Start < end:
			return fmt.Errorf("edit %d starts at byte %d, inside or before the one that ends at %d", i, s.Start, end)
		}
		end = e.Span.End
	}
	return nil
}

// Sorted returns edits in the order that Apply wants, as LSP orders a list of
// text edits: by place, and insertions at one place as they stand in the list.
// The argument is left alone.
func Sorted(edits []analysis.Edit) []analysis.Edit {
	out := append([]analysis.Edit(nil), edits...)
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i].Span, out[j].Span
		if a.Start != b.Start {
			return a.Start < b.Start
		}
		return a.End < b.End
	})
	return out
}

// Apply returns text after edits, or an error if they overlap, are out of
// order or leave the text.
func Apply(text string, edits []analysis.Edit) (string, error) {
	if err := Check(len(text), edits); err != nil {
		return "", err
	}
	size := len(text)
	for _, e := range edits {
		size += len(e.New) - e.Span.Len()
	}
	var b strings.Builder
	b.Grow(size)
	last := 0
	for _, e := range edits {
		b.WriteString(text[last:e.Span.Start])
		b.WriteString(e.New)
		last = e.Span.End
	}
	b.WriteString(text[last:])
	return b.String(), nil
}

// Invert returns the edits that lead from the text after edits back to text.
// The edits must be ones that Apply accepts.
func Invert(text string, edits []analysis.Edit) []analysis.Edit {
	out := make([]analysis.Edit, 0, len(edits))
	shift := 0
	for _, e := range edits {
		start := e.Span.Start + shift
		out = append(out, analysis.Edit{
			Span: analysis.Span{Start: start, End: start + len(e.New)},
			New:  text[e.Span.Start:e.Span.End],
		})
		shift += len(e.New) - e.Span.Len()
	}
	return out
}

// Map carries span over edits. Text inserted at either end of a span stays
// outside it, text that replaces a part of it is inside. When nothing of the
// span is left Map returns false, and the span of what replaced it.
func Map(span analysis.Span, edits []analysis.Edit) (analysis.Span, bool) {
	out := span
	shift := 0 // of text after the edits looked at so far
	lost := 0  // bytes of span that were replaced
	for _, e := range edits {
		s := e.Span
		if s.Start >= span.End && (s.Start > span.Start || span.Len() > 0 || s.Len() == 0) {
			break
		}
		grow := len(e.New) - s.Len()
		switch {
		case s.End <= span.Start: // before it
			out.Start += grow
			out.End += grow
		case s.Start <= span.Start && s.End >= span.End: // over all of it
			if span.Len() == 0 && (s.Start == span.Start || s.End == span.Start) {
				break // an empty span at the edge of what was replaced
			}
			start := s.Start + shift
			return analysis.Span{Start: start, End: start + len(e.New)}, false
		case s.Start < span.Start: // over its start
			lost += s.End - span.Start
			out.Start = s.Start + shift + len(e.New)
			out.End += grow
		case s.End > span.End: // over its end
			lost += span.End - s.Start
			out.End = s.Start + shift
		default: // inside
			lost += s.Len()
			out.End += grow
		}
		shift += grow
	}
	return out, span.Len() == 0 || lost < span.Len()
}

// An op is a piece of an edit list read as a walk over the text before it:
// keep n bytes, drop n bytes, or insert text.
type op struct {
	keep, drop int
	ins        string
}

// ops returns edits as a walk that ends with an endless keep.
func ops(edits []analysis.Edit) []op {
	const endless = int(^uint(0) >> 1)
	out := make([]op, 0, 3*len(edits)+1)
	at := 0
	for _, e := range edits {
		if n := e.Span.Start - at; n > 0 {
			out = append(out, op{keep: n})
		}
		if n := e.Span.Len(); n > 0 {
			out = append(out, op{drop: n})
		}
		if e.New != "" {
			out = append(out, op{ins: e.New})
		}
		at = e.Span.End
	}
	return append(out, op{keep: endless})
}

// Compose returns the edits that do what first and then second do, where
// second refers to the text after first. Both must be ones that Apply accepts.
func Compose(first, second []analysis.Edit) []analysis.Edit {
	a, b := ops(first), ops(second)
	var out []analysis.Edit
	at := 0 // in the text before first
	open := false
	change := func() *analysis.Edit {
		if !open {
			out = append(out, analysis.Edit{Span: analysis.Span{Start: at, End: at}})
			open = true
		}
		return &out[len(out)-1]
	}
	drop := func(n int) {
		e := change()
		at += n
		e.Span.End = at
	}
	for len(a) > 1 || len(b) > 1 {
		switch x, y := &a[0], &b[0]; {
		case x.drop > 0:
			drop(x.drop)
			a = a[1:]
		case y.ins != "":
			change().New += y.ins
			b = b[1:]
		case x.ins != "":
			n := min(len(x.ins), y.keep+y.drop)
			if y.keep > 0 {
				change().New += x.ins[:n]
				y.keep -= n
			} else {
				y.drop -= n
			}
			if x.ins = x.ins[n:]; x.ins == "" {
				a = a[1:]
			}
			if y.keep+y.drop == 0 {
				b = b[1:]
			}
		default: // x keeps
			n := min(x.keep, y.keep+y.drop)
			if y.keep > 0 {
				at += n
				open = false
				y.keep -= n
			} else {
				drop(n)
				y.drop -= n
			}
			if x.keep -= n; x.keep == 0 {
				a = a[1:]
			}
			if y.keep+y.drop == 0 {
				b = b[1:]
			}
		}
	}
	return dropEmpty(out)
}

// dropEmpty removes edits that change nothing.
func dropEmpty(edits []analysis.Edit) []analysis.Edit {
	out := edits[:0]
	for _, e := range edits {
		if e.Span.Len() > 0 || e.New != "" {
			out = append(out, e)
		}
	}
	return out
}
