package index

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// A view reads the nodes of a Fragment.
type view struct{ *syntax.Fragment }

func (v view) kind(i int32) syntax.Kind { return v.Nodes[i].Kind }

func (v view) span(i int32) analysis.Span {
	return analysis.Span{Start: int(v.Nodes[i].Start), End: int(v.Nodes[i].End)}
}

func (v view) text(i int32) string { return v.Text[v.Nodes[i].Start:v.Nodes[i].End] }

// flat is the text of a node on one line.
func (v view) flat(i int32) string { return flat(v.text(i)) }

func flat(s string) string {
	if !strings.ContainsAny(s, "\n\t") && !strings.Contains(s, "  ") {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// children calls f for each child until it returns false.
func (v view) children(i int32, f func(c int32) bool) {
	for c := v.Nodes[i].First; c >= 0; c = v.Nodes[c].Next {
		if !f(c) {
			return
		}
	}
}

// child is the first child of one of kinds, -1 when there is none.
func (v view) child(i int32, kinds ...syntax.Kind) int32 {
	for c := v.Nodes[i].First; c >= 0; c = v.Nodes[c].Next {
		if slices.Contains(kinds, v.Nodes[c].Kind) {
			return c
		}
	}
	return -1
}

// named lists the children that are no punctuation.
func (v view) named(i int32) (list []int32) {
	for c := v.Nodes[i].First; c >= 0; c = v.Nodes[c].Next {
		if v.Nodes[c].Named {
			list = append(list, c)
		}
	}
	return list
}

// up is the nearest of i and the nodes around it that has one of kinds, -1 for
// none.
func (v view) up(i int32, kinds ...syntax.Kind) int32 {
	for ; i >= 0; i = v.Nodes[i].Parent {
		if slices.Contains(kinds, v.Nodes[i].Kind) {
			return i
		}
	}
	return -1
}

// at is the smallest node that contains span.
func (v view) at(span analysis.Span) int32 {
	if len(v.Nodes) == 0 {
		return -1
	}
	i := int32(0)
	for {
		next := int32(-1)
		for c := v.Nodes[i].First; c >= 0; c = v.Nodes[c].Next {
			s := v.span(c)
			if s.Contains(span) && (s.End > span.Start || span.Len() > 0) {
				next = c
				break
			}
		}
		if next < 0 {
			return i
		}
		i = next
	}
}

// all calls f for i and the nodes below it, parents first; where f returns
// false, not for those below.
func (v view) all(i int32, f func(n int32) bool) {
	last := v.Nodes[i].Last
	for n := i; n < last; {
		if f(n) {
			n++
		} else {
			n = max(v.Nodes[n].Last, n+1)
		}
	}
}

func (v view) line(i int32) int32 {
	return int32(strings.Count(v.Text[:v.Nodes[i].Start], "\n"))
}
