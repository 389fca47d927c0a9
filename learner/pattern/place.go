package pattern

import "github.com/dejafix/dejafix/analysis/syntax"

// A relation says where a run of nodes lies, seen from the error.
type relation uint8

const (
	relNone   relation = iota // the place of the error is not known
	relEqual                  // exactly the error's tokens
	relAround                 // contains them
	relInside
	relBefore
	relAfter
	relAcross // overlaps one end
)

// A place is where a run lies, seen from the error.
type place struct {
	rel        relation
	start, end bool  // it starts, or ends, where the error does
	dist       int32 // tokens between the starts, or the gap when apart
}

// placeOf compares the tokens [t0, t1) with [r0, r1).
func placeOf(t0, t1, r0, r1 int32) place {
	p := place{start: t0 == r0, end: t1 == r1}
	switch {
	case p.start && p.end:
		p.rel = relEqual
	case t0 <= r0 && r1 <= t1:
		p.rel, p.dist = relAround, r0-t0
	case r0 <= t0 && t1 <= r1:
		p.rel, p.dist = relInside, t0-r0
	case t1 <= r0:
		p.rel, p.dist = relBefore, r0-t1
	case t0 >= r1:
		p.rel, p.dist = relAfter, t0-r1
	default:
		p.rel, p.dist = relAcross, abs(t0-r0)
	}
	return p
}

// cost says how unlike the place p is from the one a template was learned at:
// 0 is the same, from 4 on it is another kind of place.
func (p place) cost(want place) float32 {
	if want.rel == relNone || p.rel == relNone {
		return 1
	}
	d := abs(p.dist - want.dist)
	c := float32(min(d, 60)) * 0.02
	if d > 0 {
		c += 0.3
	}
	if p.start != want.start {
		c++
	}
	if p.end != want.end {
		c++
	}
	if p.rel != want.rel {
		c += 2
		switch {
		case p.rel == relBefore || p.rel == relAfter:
			c += 1 + float32(min(p.dist, 100))*0.02
		case want.rel == relBefore || want.rel == relAfter:
			c++
		}
	}
	return c
}

func abs(x int32) int32 {
	if x < 0 {
		return -x
	}
	return x
}

// An anchor is a run of sibling nodes, first to last, which covers the tokens
// [t0, t1).
type anchor struct {
	first, last int32
	t0, t1      int32
}

func nodeAnchor(f *syntax.Fragment, i int32) anchor {
	return anchor{first: i, last: i, t0: f.Nodes[i].Tok0, t1: f.Nodes[i].Tok1}
}

// forest returns the smallest run of siblings that covers the tokens [a0, a1).
func forest(f *syntax.Fragment, a0, a1 int32) (anchor, bool) {
	if a0 >= a1 || int(a1) > len(f.Tokens) {
		return anchor{}, false
	}
	n := f.Tokens[a0].Leaf
	for n >= 0 && f.Nodes[n].Tok1 < a1 {
		n = f.Nodes[n].Parent
	}
	if n < 0 {
		return anchor{}, false
	}
	if f.Nodes[n].Tok0 == a0 && f.Nodes[n].Tok1 == a1 || f.Nodes[n].First < 0 {
		return nodeAnchor(f, n), true
	}
	an := anchor{first: -1}
	for c := f.Nodes[n].First; c >= 0; c = f.Nodes[c].Next {
		if f.Nodes[c].Tok0 == f.Nodes[c].Tok1 {
			continue
		}
		if f.Nodes[c].Tok0 <= a0 {
			an.first, an.t0 = c, f.Nodes[c].Tok0
		}
		if f.Nodes[c].Tok1 >= a1 {
			an.last, an.t1 = c, f.Nodes[c].Tok1
			break
		}
	}
	return an, an.first >= 0
}

// top climbs from node i to the highest node with the same tokens.
func top(f *syntax.Fragment, i int32) int32 {
	for p := f.Nodes[i].Parent; p >= 0 && f.Nodes[p].Tok0 == f.Nodes[i].Tok0 && f.Nodes[p].Tok1 == f.Nodes[i].Tok1 && !f.Nodes[p].Partial; p = f.Nodes[p].Parent {
		i = p
	}
	return i
}

// wider returns the lowest ancestor of i that has more tokens, -1 when none.
func wider(f *syntax.Fragment, i int32) int32 {
	p := f.Nodes[i].Parent
	for p >= 0 && f.Nodes[p].Tok0 == f.Nodes[i].Tok0 && f.Nodes[p].Tok1 == f.Nodes[i].Tok1 {
		p = f.Nodes[p].Parent
	}
	return p
}
