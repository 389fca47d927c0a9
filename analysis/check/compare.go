package check

import (
	"slices"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// A placed finding is one with its identity and its line.
type placed struct {
	Finding

	key  string
	line int // from 0, in its text; -1 where it has no place
}

// texts finds the text that a finding is about.
type texts struct {
	overlay map[string]string
	lines   map[string]*textedit.Lines
}

func (t *texts) of(path string) *textedit.Lines {
	if l := t.lines[path]; l != nil {
		return l
	}
	text, ok := t.overlay[path]
	if !ok {
		return nil
	}
	l := textedit.NewLines(text)
	t.lines[path] = l
	return l
}

func newTexts(overlay map[string]string) *texts {
	return &texts{overlay: overlay, lines: map[string]*textedit.Lines{}}
}

// place gives findings their identity and their line. Files that are no part
// of the overlay are not changed by the edit: the offset stands for the line.
func place(language string, list []Finding, t *texts) []placed {
	out := make([]placed, 0, len(list))
	for _, f := range list {
		id, _ := identity.Of(language, f.Diagnostic)
		p := placed{Finding: f, key: id.Key(), line: -1}
		if !f.NoSpan {
			p.line = f.Span.Start
			if l := t.of(f.Path); l != nil {
				p.line = l.Line(f.Span.Start)
			}
		}
		out = append(out, p)
	}
	return out
}

// find looks for the error among what a checker said of the same text: the
// same identity at the same place, which tools give as ranges of different
// lengths. Of several, the nearest, and before it the one with the same words.
func find(list []placed, path, key string, target analysis.Diagnostic, lines *textedit.Lines) int {
	line := -1
	if !target.NoSpan {
		line = lines.Line(target.Span.Start)
	}
	best, bestCost := -1, 0
	alone := true
	for i := range list {
		f := &list[i]
		if f.Path != path || f.key != key {
			continue
		}
		near := target.NoSpan || f.NoSpan || f.line == line || f.Span.Overlaps(target.Span)
		if !near {
			continue
		}
		cost := f.Span.Start - target.Span.Start
		if cost < 0 {
			cost = -cost
		}
		if target.NoSpan || f.NoSpan {
			cost = 0
		}
		if f.Message != target.Message {
			cost += 1 << 30 // further than any place
		}
		if best >= 0 {
			alone = false
		}
		if best < 0 || cost < bestCost {
			best, bestCost = i, cost
		}
	}
	if target.NoSpan && !alone {
		return -1 // which one?
	}
	return best
}

// fresh are the findings of after that were not there before, and which of them
// is the target, a finding of before; -1 for none. Findings are compared as
// multisets of file and identity, each taken with its place mapped through the
// edits: one that stands where none was before is new even where another went.
func fresh(before, after []placed, target int, path string, edits []analysis.Edit, lines *textedit.Lines) (list []Finding, still int) {
	still = -1
	type group struct{ path, key string }
	type old struct {
		placed

		at      analysis.Span // in the text after
		touched bool          // the edits changed it, or its line
		line    int
		target  bool
		used    bool
	}
	olds := map[group][]*old{}
	for i, b := range before {
		o := &old{placed: b, at: b.Span, line: b.line, target: i == target}
		if b.Path == path && !b.NoSpan {
			at, whole := textedit.Map(b.Span, edits)
			o.at, o.line = at, lines.Line(at.Start)
			// A place without length is that of what starts there.
			o.touched = !whole || at.Len() != b.Span.Len() || slices.ContainsFunc(edits, func(e analysis.Edit) bool {
				return e.Span.Start <= b.Span.Start && b.Span.Start < e.Span.End
			})
		}
		g := group{b.Path, b.key}
		olds[g] = append(olds[g], o)
	}
	taken := make([]bool, len(after))
	match := func(fits func(o *old, a *placed) bool) {
		for i := range after {
			a := &after[i]
			if taken[i] {
				continue
			}
			for _, o := range olds[group{a.Path, a.key}] {
				if !o.used && fits(o, a) {
					o.used, taken[i] = true, true
					if o.target {
						still = len(list)
						list = append(list, a.Finding)
					}
					break
				}
			}
		}
	}
	// What is untouched stays where it is, the target too.
	match(func(o *old, a *placed) bool {
		return o.NoSpan && a.NoSpan && o.Message == a.Message ||
			!o.NoSpan && !a.NoSpan && o.at.Start == a.Span.Start && o.Message == a.Message
	})
	// The words may change, as may the place within a line. Where the target was
	// on that line too, what has the words of neither may be the target by another
	// name: only one that did not move is the other for sure.
	match(func(o *old, a *placed) bool {
		if o.target || !o.NoSpan && !a.NoSpan && o.line != a.line {
			return false
		}
		rival := slices.ContainsFunc(olds[group{a.Path, a.key}], func(t *old) bool {
			return t.target && !t.used && (t.NoSpan || a.NoSpan || t.line == a.line)
		})
		return !rival || o.Message == a.Message || !o.touched && o.at.Start == a.Span.Start
	})
	for i := range after {
		if taken[i] {
			continue
		}
		a := &after[i]
		list = append(list, a.Finding)
		for _, o := range olds[group{a.Path, a.key}] {
			if o.target && !o.used && (o.NoSpan || a.NoSpan || o.line == a.line || o.touched && a.Span.Overlaps(o.at)) {
				o.used, still = true, len(list)-1
			}
		}
	}
	return list, still
}
