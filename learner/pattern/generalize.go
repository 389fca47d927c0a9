package pattern

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/treediff"
)

const (
	maxAnchors = 9   // LEARNING.md section 2
	maxAnchor  = 120 // tokens; what is larger is not one repair
	maxParts   = 6   // an edit in more places is not generalised
	maxItems   = 400
	maxNodes   = 400 // of a pattern
)

// levels are the ways to generalise, from tight to loose. The order breaks
// ties between templates of the same worth.
var levels = []level{
	{},
	{shared: 1},
	{shared: 2},
	{shared: 1, loose: 1},
	{shared: 2, loose: 1},
	{shared: 2, loose: 2},
	{shared: 1, changes: true},
	{shared: 2, changes: true},
	{shared: 2, loose: 1, changes: true},
	{shared: 2, lists: true},
	{shared: 2, loose: 1, lists: true},
	{shared: 2, loose: 2, lists: true},
	{shared: 2, anyRoot: true},
	{shared: 2, loose: 2, anyRoot: true},
	{loose: 3},
	{loose: 3, anyRoot: true},
}

// split is one way to take the hunks of an edit as groups.
type split [][]treediff.Hunk

// splits are the ways to group sp's hunks: all as one, and cut at gaps of more
// than 12 and more than 3 tokens (LEARNING.md section 2), nearest to the error
// first.
func (sp *specimen) splits() []split {
	var out []split
	n := len(sp.hunks)
	if sp.hunks[n-1].A1-sp.hunks[0].A0 <= maxAnchor {
		out = append(out, split{sp.hunks})
	}
	for _, gap := range []int32{12, 3} {
		var s split
		for _, h := range sp.hunks {
			if k := len(s); k > 0 && h.A0-s[k-1][len(s[k-1])-1].A1 <= gap {
				s[k-1] = append(s[k-1], h)
				continue
			}
			s = append(s, []treediff.Hunk{h})
		}
		if len(s) == 1 && len(out) > 0 || len(s) > maxParts || len(out) > 0 && len(out[len(out)-1]) == len(s) {
			continue
		}
		sp.nearestFirst(s)
		out = append(out, s)
	}
	return out
}

func (sp *specimen) nearestFirst(s split) {
	if sp.noSpan {
		return
	}
	best, bestDist := 0, int32(1<<30)
	for i, g := range s {
		a0, a1 := g[0].A0, g[len(g)-1].A1
		d := max(a0-sp.r1, sp.r0-a1, 0)
		if d < bestDist {
			best, bestDist = i, d
		}
	}
	g := s[best]
	copy(s[1:best+1], s[:best])
	s[0] = g
}

// anchors lists the runs that a group may be seen in, smallest first.
func (sp *specimen) anchors(g []treediff.Hunk) []anchor {
	f := sp.frag
	a0, a1 := g[0].A0, g[len(g)-1].A1
	var out []anchor
	add := func(an anchor) {
		if an.first < 0 || an.t1-an.t0 > maxAnchor || an.t0 > a0 || an.t1 < a1 || len(out) >= maxAnchors {
			return
		}
		for _, h := range sp.hunks { // a foreign hunk inside
			if (h.A1 <= a0 && h != g[0] && h.A1 > an.t0) || (h.A0 >= a1 && h != g[len(g)-1] && h.A0 < an.t1) {
				return
			}
		}
		for _, o := range out {
			if o.first == an.first && o.last == an.last {
				return
			}
		}
		out = append(out, an)
	}
	node := func(i int32) {
		if i >= 0 {
			add(nodeAnchor(f, i))
		}
	}
	if a0 < a1 {
		an, ok := forest(f, a0, a1)
		if !ok {
			return nil
		}
		add(an)
		if an.first == an.last {
			node(top(f, an.first))
		}
		if !sp.noSpan && an.t0 <= sp.r0 && sp.r1 <= an.t1 {
			// The error lies in it: nothing wider is needed for its sake.
		} else if !sp.noSpan && sp.r0 < sp.r1 {
			if u, ok := forest(f, min(a0, sp.r0), max(a1, sp.r1)); ok {
				add(u)
			}
		}
		p := an.first
		if an.first != an.last {
			p = f.Nodes[an.first].Parent
			node(p)
			if p >= 0 {
				node(top(f, p))
			}
		}
		for range 2 {
			if p >= 0 {
				p = wider(f, p)
				node(p)
			}
		}
		// With its neighbours: what is deleted or replaced may be known by them.
		if an.first > 0 {
			wide := an
			if next := sibling(f, an.last, 1); next >= 0 {
				wide.last, wide.t1 = next, f.Nodes[next].Tok1
				add(wide)
			}
			wide = an
			if prev := sibling(f, an.first, -1); prev >= 0 {
				wide.first, wide.t0 = prev, f.Nodes[prev].Tok0
				add(wide)
			}
		}
		return out
	}
	// An insertion: what starts or ends at the gap.
	n := int32(len(f.Tokens))
	climb := func(i int32, at func(int32) bool) {
		for range 3 {
			if i < 0 || !at(i) {
				break
			}
			node(i)
			node(top(f, i))
			i = wider(f, i)
		}
	}
	if a0 > 0 && a0 < n {
		if u, ok := forest(f, a0-1, a0+1); ok {
			add(u)
		}
	}
	if a0 < n {
		climb(f.Tokens[a0].Leaf, func(i int32) bool { return f.Nodes[i].Tok0 == a0 })
	}
	if a0 > 0 {
		climb(f.Tokens[a0-1].Leaf, func(i int32) bool { return f.Nodes[i].Tok1 == a0 })
	}
	if a0 > 0 && a0 < n {
		if u, ok := forest(f, a0-1, a0+1); ok {
			if p := f.Nodes[u.first].Parent; p >= 0 {
				node(p)
				node(wider(f, p))
			}
		}
	}
	if !sp.noSpan && sp.r0 < sp.r1 {
		if u, ok := forest(f, min(a0, sp.r0), max(a0, sp.r1)); ok {
			add(u)
		}
	}
	return out
}

// sibling returns the next (dir 1) or previous (dir -1) sibling with tokens.
func sibling(f *syntax.Fragment, i int32, dir int) int32 {
	if dir > 0 {
		i = f.Nodes[i].Next
		for i >= 0 && f.Nodes[i].Tok0 == f.Nodes[i].Tok1 {
			i = f.Nodes[i].Next
		}
		return i
	}
	p := f.Nodes[i].Parent
	if p < 0 {
		return -1
	}
	prev := int32(-1)
	for c := f.Nodes[p].First; c >= 0 && c != i; c = f.Nodes[c].Next {
		if f.Nodes[c].Tok0 < f.Nodes[c].Tok1 {
			prev = c
		}
	}
	return prev
}

// generalize makes the templates of sp: of every level in every anchor, those
// that give sp's own text after when they are used on it.
func (sp *specimen) generalize() []*template {
	var out []*template
	seen := map[string]bool{}
	var m matcher
	add := func(t *template) {
		if t == nil {
			return
		}
		t.makeKey()
		if seen[t.key] {
			return
		}
		seen[t.key] = true
		if m.match(&sp.scene, t, true) && m.yields(sp) {
			out = append(out, t)
		}
	}
	for _, s := range sp.splits() {
		sets := sp.anchorSets(s)
		for _, anchors := range sets {
			fr := sp.frame(s, anchors)
			if fr == nil {
				continue
			}
			for _, lv := range levels {
				t := fr.build(lv)
				add(t)
				if t != nil {
					if t = fr.mirrored(t); t != nil && !seen[t.key] {
						seen[t.key] = true
						out = append(out, t)
					}
				}
				if fr.quotes && !lv.anyRoot {
					lv.captures = true
					add(fr.build(lv))
				}
			}
		}
	}
	return out
}

// mirrored returns the other way to delete an item of a list: t deletes it with
// the separator behind it, which the last item has in front, or the other way
// round. It is nil for all other edits. Its own example does not show that it is
// right: the others do, or its syntax.
func (fr *frame) mirrored(t *template) *template {
	if len(t.parts) != 1 || !t.parts[0].gone || t.parts[0].n != 2 {
		return nil
	}
	f, an := fr.sp.frag, fr.anchors[0]
	mid := t.nodes[0].end
	item, place := an.first, [2]int32{-1, 0}
	switch {
	case isSeparator(f, an.last) && !isSeparator(f, an.first):
	case isSeparator(f, an.first) && !isSeparator(f, an.last):
		item, place = an.last, [2]int32{0, 1}
	default:
		return nil
	}
	m := *t
	m.nodes = make([]pnode, 0, len(t.nodes))
	for k, half := range [][]pnode{t.nodes[mid:], t.nodes[:mid]} {
		shift := -mid
		if k == 1 {
			shift = int16(len(t.nodes)) - mid
		}
		for _, n := range half {
			n.end += shift
			m.nodes = append(m.nodes, n)
		}
	}
	m.aim = -1
	m.parts = slices.Clone(t.parts)
	if !fr.sp.noSpan {
		nd := &f.Nodes[item]
		m.parts[0].place = placeOf(nd.Tok0+place[0], nd.Tok1+place[1], fr.sp.r0, fr.sp.r1)
	}
	m.makeKey()
	return &m
}

func isSeparator(f *syntax.Fragment, i int32) bool {
	nd := &f.Nodes[i]
	return nd.Tok1-nd.Tok0 == 1 && (f.Tok(nd.Tok0) == "," || f.Tok(nd.Tok0) == "|")
}

// anchorSets gives one anchor for each group: every anchor of a lone group; of
// several groups, all by their smallest, all by the next, and the first wide
// with the others small.
func (sp *specimen) anchorSets(s split) [][]anchor {
	var each [][]anchor
	for _, g := range s {
		as := sp.anchors(g)
		if len(as) == 0 {
			return nil
		}
		each = append(each, as)
	}
	var sets [][]anchor
	if len(s) == 1 {
		for _, a := range each[0] {
			sets = append(sets, []anchor{a})
		}
		return sets
	}
	for _, pick := range [][2]int{{0, 0}, {1, 1}, {1, 0}, {2, 0}, {3, 1}} {
		var set []anchor
		for i, as := range each {
			k := pick[min(i, 1)]
			if k >= len(as) {
				set = nil
				break
			}
			set = append(set, as[k])
		}
		if set != nil {
			sets = append(sets, set)
		}
	}
	return sets
}

// A frame is a group with its anchors: what templates of every level share.
type frame struct {
	sp      *specimen
	anchors []anchor
	b       [][2]int32      // of each part, its tokens in the text after
	inAfter map[string]bool // words of the text after
	sources map[string]bool // what a change starts from: true for words and contents, false for operators
	quotes  bool            // something in the anchors is quoted by the message
}

// frame returns nil when the text after is too long to generalise.
func (sp *specimen) frame(s split, anchors []anchor) *frame {
	fr := &frame{sp: sp, anchors: anchors, inAfter: map[string]bool{}, sources: map[string]bool{}}
	for i, g := range s {
		b0, b1 := sp.afterOf(g, anchors[i])
		if b1-b0 > maxItems {
			return nil
		}
		fr.b = append(fr.b, [2]int32{b0, b1})
		for j := b0; j < b1; j++ {
			fr.inAfter[sp.after[j]] = true
		}
	}
	for _, an := range anchors {
		for _, c := range sp.msg.captures {
			for t := an.t0; t < an.t1 && len(c.toks) > 0 && !fr.quotes; t++ {
				fr.quotes = t+int32(len(c.toks)) <= an.t1 && equalToks(sp.frag, t, t+int32(len(c.toks)), c.toks)
			}
		}
	}
	fr.findSources()
	return fr
}

// maker builds one template.
type maker struct {
	*frame
	lv     level
	t      *template
	holes  map[string]int16
	holeOf []int16 // hole → its first pattern node
	keys   []string
	cover  []int16 // token before → pattern node, -1
}

func (fr *frame) build(lv level) *template {
	sp, f := fr.sp, fr.sp.frag
	if lv.changes && len(fr.sources) == 0 {
		return nil
	}
	m := &maker{frame: fr, lv: lv, t: &template{comments: sp.comments, level: lv}, holes: map[string]int16{}, cover: sp.cover()}
	for _, an := range fr.anchors {
		p := part{place: relTo(sp, an)}
		p.roots[0] = int16(len(m.t.nodes))
		for c := an.first; c >= 0; c = f.Nodes[c].Next {
			if f.Nodes[c].Tok0 < f.Nodes[c].Tok1 {
				m.gen(c, true)
				p.n++
			}
			if c == an.last {
				break
			}
		}
		p.roots[1] = int16(len(m.t.nodes))
		m.t.size += int16(min(an.t1-an.t0, 1000))
		m.t.parts = append(m.t.parts, p)
		if len(m.t.nodes) > maxNodes {
			return nil
		}
	}
	m.t.holes = int16(len(m.holeOf))
	m.t.aim = -1
	if !sp.noSpan && int(sp.r0) < len(m.cover) {
		m.t.aim = m.cover[sp.r0]
	}
	for i, an := range fr.anchors {
		m.items(&m.t.parts[i], fr.b[i], an)
	}
	return m.t
}

// cover lends a buffer that is all -1.
func (sp *specimen) cover() []int16 {
	if sp.covers == nil {
		sp.covers = make([]int16, len(sp.frag.Tokens))
	}
	for i := range sp.covers {
		sp.covers[i] = -1
	}
	return sp.covers
}

// relTo is the place of an anchor, seen from the error.
func relTo(sp *specimen, an anchor) place {
	if sp.noSpan {
		return place{}
	}
	return placeOf(an.t0, an.t1, sp.r0, sp.r1)
}

// afterOf returns the tokens after that an anchor becomes.
func (sp *specimen) afterOf(g []treediff.Hunk, an anchor) (int32, int32) {
	first, last := g[0], g[len(g)-1]
	return first.B0 - (first.A0 - an.t0), last.B1 + (an.t1 - last.A1)
}

// wordy reports whether a token may vary: names, numbers, contents.
func wordy(c syntax.Class) bool {
	return c == syntax.Word || c == syntax.Number || c == syntax.Content
}

// findSources finds the words that an inserted word can be made of.
func (fr *frame) findSources() {
	f := fr.sp.frag
	for i, r := range fr.b {
		for j := r[0]; j < r[1]; j++ {
			if fr.sp.align[j] >= 0 {
				continue
			}
			for k := fr.anchors[i].t0; k < fr.anchors[i].t1; k++ {
				from := f.Tok(k)
				if from == fr.sp.after[j] {
					break
				}
				if _, ok := findChange(from, fr.sp.after[j], f.Tokens[k].Class != syntax.Punct); ok {
					fr.sources[from] = f.Tokens[k].Class != syntax.Punct
				}
			}
		}
	}
}

// startsChange reports whether a transform starts from a token.
func (fr *frame) startsChange(tok string) bool {
	_, ok := fr.sources[tok]
	return ok
}

// occurs reports whether the tokens of a node stand together in the text after.
func (m *frame) occurs(t0, t1 int32) bool {
	f, sp := m.sp.frag, m.sp
	if !m.inAfter[f.Tok(t0)] {
		return false
	}
	n := t1 - t0
	for _, r := range m.b {
	next:
		for j := r[0]; j+n <= r[1]; j++ {
			for k := range n {
				if sp.after[j+k] != f.Tok(t0+k) {
					continue next
				}
			}
			return true
		}
	}
	return false
}

// lost reports whether none of the tokens stays and no word of them is used.
func (m *maker) lost(t0, t1 int32) bool {
	f := m.sp.frag
	for i := t0; i < t1; i++ {
		if m.sp.stay[i] >= 0 {
			return false
		}
		if f.Tokens[i].Class == syntax.Word && m.inAfter[f.Tok(i)] || m.lv.changes && m.startsChange(f.Tok(i)) {
			return false
		}
	}
	return true
}

// gen writes the pattern of node i.
func (m *maker) gen(i int32, root bool) {
	f := m.sp.frag
	n := &f.Nodes[i]
	at := int16(len(m.t.nodes))
	if len(m.t.nodes) > maxNodes {
		return
	}
	put := func(p pnode) {
		p.was = n.Kind
		m.t.nodes = append(m.t.nodes, p)
		m.t.nodes[at].end = int16(len(m.t.nodes))
	}
	covers := func() {
		for k := n.Tok0; k < n.Tok1; k++ {
			m.cover[k] = at
		}
	}
	leaf := n.First < 0
	class := f.Tokens[n.Tok0].Class
	single := n.Tok1-n.Tok0 == 1
	if m.lv.loose == 3 {
		covers()
		p := pnode{op: opKind, kind: n.Kind}
		if m.lv.anyRoot {
			p = pnode{op: opHole, arg: m.hole(n.Tok0, n.Tok1, at)}
		}
		put(p)
		return
	}
	if m.lv.captures && (n.Named || single) && n.Tok1-n.Tok0 <= 60 {
		for k, c := range m.sp.msg.captures {
			if equalToks(f, n.Tok0, n.Tok1, c.toks) {
				covers()
				put(pnode{op: opCapture, arg: int16(k)})
				return
			}
		}
	}
	hole := func(word bool) {
		covers()
		p := pnode{op: opHole, leaf: word}
		if root && !m.lv.anyRoot && !word {
			p.kind = n.Kind
		}
		p.arg = m.hole(n.Tok0, n.Tok1, at)
		put(p)
	}
	switch {
	case m.lv.shared == 2 && (n.Named || single && wordy(class)) && (!single || wordy(class)) && m.occurs(n.Tok0, n.Tok1):
		hole(leaf && !n.Named)
		return
	case m.lv.shared == 1 && leaf && wordy(class) && m.inAfter[f.Tok(n.Tok0)]:
		hole(true)
		return
	case leaf && (m.lv.changes && m.startsChange(f.Tok(n.Tok0)) || m.lv.loose >= 1 && wordy(class)):
		hole(true)
		return
	case leaf:
		covers()
		put(pnode{op: opLeaf, kind: n.Kind, arg: m.t.text(strings.Clone(f.Tok(n.Tok0)))})
		return
	case m.lv.loose >= 2 && !root && n.Named && m.lost(n.Tok0, n.Tok1):
		hole(false)
		return
	case n.Partial:
		covers()
		put(pnode{op: opKind, kind: n.Kind})
		return
	}
	put(pnode{op: opNode, kind: n.Kind})
	l0, l1 := int32(-1), int32(-1)
	if m.lv.lists {
		l0, l1 = m.list(i)
	}
	for c := n.First; c >= 0; c = f.Nodes[c].Next {
		if f.Nodes[c].Tok0 == f.Nodes[c].Tok1 {
			continue
		}
		if c == l0 {
			k := int16(len(m.t.nodes))
			for t := f.Nodes[l0].Tok0; t < f.Nodes[l1].Tok1; t++ {
				m.cover[t] = k
			}
			m.t.nodes = append(m.t.nodes, pnode{op: opList, end: k + 1})
			c = l1
			continue
		}
		m.gen(c, false)
	}
	m.t.nodes[at].end = int16(len(m.t.nodes))
}

// list finds the longest run of children of i, two or more or not all of them,
// that stay together in the text after: what a list hole may stand for.
func (m *maker) list(i int32) (int32, int32) {
	f := m.sp.frag
	best, b0, b1 := 0, int32(-1), int32(-1)
	n, s0, prev, count := 0, int32(-1), int32(-1), 0
	for c := f.Nodes[i].First; c >= 0; c = f.Nodes[c].Next {
		nd := &f.Nodes[c]
		if nd.Tok0 == nd.Tok1 {
			continue
		}
		count++
		if !m.stays(nd.Tok0, nd.Tok1) || nd.Tok1-nd.Tok0 == 1 && isBracket(f.Tok(nd.Tok0)) {
			s0, n = -1, 0
			continue
		}
		if s0 >= 0 && m.sp.stay[f.Nodes[prev].Tok1-1]+1 == m.sp.stay[nd.Tok0] {
			n++
		} else {
			s0, n = c, 1
		}
		prev = c
		if n > best {
			best, b0, b1 = n, s0, c
		}
	}
	if count < 3 || best == 0 || best == 1 && f.Nodes[b0].Tok1-f.Nodes[b0].Tok0 == 1 && !f.Nodes[b0].Named {
		return -1, -1
	}
	return b0, b1
}

func isBracket(s string) bool {
	switch s {
	case "(", ")", "[", "]", "{", "}", "<", ">":
		return true
	}
	return false
}

// stays reports whether the tokens are kept, one beside the other.
func (m *maker) stays(t0, t1 int32) bool {
	first := m.sp.stay[t0]
	for k := t0; k < t1; k++ {
		if j := m.sp.stay[k]; j < 0 || j-first != k-t0 {
			return false
		}
	}
	return true
}

func equalToks(f *syntax.Fragment, t0, t1 int32, toks []string) bool {
	if int(t1-t0) != len(toks) || len(toks) == 0 {
		return false
	}
	for k, s := range toks {
		if f.Tok(t0+int32(k)) != s {
			return false
		}
	}
	return true
}

// hole returns the number of the hole for these tokens.
func (m *maker) hole(t0, t1 int32, at int16) int16 {
	key := strings.Join(texts(m.sp.frag, t0, t1), "\x00")
	if h, ok := m.holes[key]; ok {
		return h
	}
	h := int16(len(m.holeOf))
	m.holes[key] = h
	m.keys = append(m.keys, key)
	m.holeOf = append(m.holeOf, at)
	return h
}

// items writes the text after of one part.
func (m *maker) items(p *part, r [2]int32, an anchor) {
	sp, f := m.sp, m.sp.frag
	indent := indentAt(f.Text, int(f.Tokens[an.t0].Start))
	p.gone = r[0] == r[1]
	rangeToks := sp.rangeToks()
	if p.after = m.followsBefore(r, an); p.after {
		p.lead = m.t.text(relativeGap(sp.gaps[r[0]], indent))
	}
	for j := r[0]; j < r[1]; {
		it := item{gap: m.t.text(relativeGap(sp.gaps[j], indent))}
		if j == r[0] {
			it.gap = m.t.text("")
		}
		n := int32(1)
		if k, ok := m.keptHere(j, r[1]); ok {
			it.alts = []source{{kind: srcNode, arg: k}}
			it.kept = true
			n = m.width(k, j)
			p.items = append(p.items, it)
			j += n
			continue
		}
		// The longest hole, capture or range that the text goes on with.
		n = 0
		try := func(s source, toks int32) {
			if toks > n {
				n, it.alts = toks, nil
			}
			if toks == n && toks > 0 {
				it.alts = append(it.alts, s)
			}
		}
		for h, key := range m.keys {
			if l := matchAt(sp.after[j:r[1]], key); l > 0 {
				try(source{kind: srcNode, arg: m.holeOf[h]}, int32(l))
			}
		}
		for k, c := range sp.msg.captures {
			if l := matchToks(sp.after[j:r[1]], c.toks); l > 0 {
				try(source{kind: srcCapture, arg: int16(k)}, int32(l))
			}
		}
		if l := matchToks(sp.after[j:r[1]], rangeToks); l > 0 {
			try(source{kind: srcRange}, int32(l))
		}
		if n == 0 {
			n = 1
			m.changesTo(&it, sp.after[j])
		}
		if len(it.alts) == 0 {
			m.namedBy(&it, sp.after[j])
		}
		if n == 1 {
			it.alts = append(it.alts, source{kind: srcText, arg: m.t.text(sp.after[j])})
			if it.alts[0].kind == srcText || it.alts[0].kind == srcNamed {
				m.countText(sp.after[j])
				if sp.align[j] >= 0 && m.t.copied < 100 {
					m.t.copied++
				}
			}
			m.slicesOf(&it, sp.after[j])
		}
		p.items = append(p.items, it)
		j += n
	}
}

// followsBefore reports whether what an anchor becomes changes the white space
// after the token before it: ".to_string()" that is put in after a value at the
// end of a line belongs there, not before the "}" below, and ".equals(x)" that
// takes the place of "== x" has no blank before it.
func (m *maker) followsBefore(r [2]int32, an anchor) bool {
	sp, f := m.sp, m.sp.frag
	if an.t0 == 0 || r[0] >= r[1] {
		return false
	}
	was := f.Text[f.Tokens[an.t0-1].End:f.Tokens[an.t0].Start]
	if sp.gaps[r[0]] == was {
		return false
	}
	j := sp.stay[an.t0]
	if j < 0 { // replaced
		return sp.align[r[0]] < 0 && !strings.Contains(was+sp.gaps[r[0]], "\n")
	}
	return j > r[0] && j < r[1] && sp.gaps[j] == was
}

// countText counts a literal that is inserted.
func (m *maker) countText(s string) {
	if !isName(s) {
		return
	}
	n := named{text: m.t.text(s), foreign: m.sp.hasWord(s), how: m.sp.standings(s), said: slices.Contains(m.sp.msg.said, s)}
	if n.foreign {
		n.roles = m.sp.rolesOf(s)
	}
	m.t.names = append(m.t.names, n)
	if m.sp.hasWord(s) {
		m.t.foreign++
	} else {
		m.t.fresh++
	}
}

// isName reports whether s starts like a name.
func isName(s string) bool {
	c := s[0]
	return c == '_' || c == '$' || c == '@' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// A standing says how a word stands in a text: alone, or as a member of what is
// before it. A variable is not the method of its name.
type standing uint8

const (
	alone standing = 1 << iota
	member
)

// standings says how the code around the error has the name w, 0 for not at all.
func (s *scene) standings(w string) standing {
	if s.words == nil {
		s.words = map[string]standing{}
		for i := range s.frag.Tokens {
			if s.frag.Tokens[i].Class != syntax.Word {
				continue
			}
			how := alone
			if i > 0 && isSelector(s.frag.Tok(int32(i-1))) {
				how = member
			}
			s.words[s.frag.Tok(int32(i))] |= how
		}
	}
	return s.words[w]
}

// hasWord reports whether the code around the error has the name s.
func (s *scene) hasWord(w string) bool { return s.standings(w) != 0 }

// keptHere returns the pattern node whose tokens the text after keeps at j.
func (m *maker) keptHere(j, end int32) (int16, bool) {
	i := m.sp.align[j]
	if i < 0 {
		return 0, false
	}
	k := m.cover[i]
	if k < 0 || i > 0 && m.coveredBy(i-1, k) {
		return 0, false
	}
	for n := int32(1); m.coveredBy(i+n, k); n++ {
		if j+n >= end || m.sp.align[j+n] != i+n {
			return 0, false
		}
	}
	return k, true
}

func (m *maker) coveredBy(i int32, k int16) bool {
	return int(i) < len(m.cover) && m.cover[i] == k
}

// width is how many tokens the pattern node k covers from where j is kept.
func (m *maker) width(k int16, j int32) int32 {
	i, n := m.sp.align[j], int32(0)
	for m.coveredBy(i+n, k) {
		n++
	}
	return n
}

// changesTo adds the transforms that make s.
func (m *maker) changesTo(it *item, s string) {
	if !m.lv.changes && len(m.sp.msg.captures) == 0 {
		return
	}
	add := func(c change, from int16) {
		if len(it.alts) < 4 {
			c.a, c.b = strings.Clone(c.a), strings.Clone(c.b) // not the whole text
			m.t.changes = append(m.t.changes, c)
			it.alts = append(it.alts, source{kind: srcChange, arg: int16(len(m.t.changes) - 1), from: from})
		}
	}
	for k, c := range m.sp.msg.captures {
		if len(c.toks) != 1 || len(c.text) < 2 {
			continue
		}
		if ch, ok := findChange(c.toks[0], s, isName(c.text)); ok {
			add(ch, int16(-1-k))
		}
	}
	if !m.lv.changes {
		return
	}
	for k := range m.t.nodes {
		n := &m.t.nodes[k]
		if n.op != opHole || m.holeOf[n.arg] != int16(k) {
			continue
		}
		if key := m.keys[n.arg]; !strings.Contains(key, "\x00") {
			if ch, ok := findChange(key, s, wordLike(key) || m.sources[key]); ok {
				add(ch, int16(k))
			}
		}
	}
}

func wordLike(s string) bool {
	return len(s) > 0 && (isName(s) || s[0] >= '0' && s[0] <= '9' || len(s) > 3)
}

// matchAt matches a hole's key, which joins its tokens with NUL.
func matchAt(toks []string, key string) int {
	n := 0
	for {
		head, rest, more := strings.Cut(key, "\x00")
		if n >= len(toks) || toks[n] != head {
			return 0
		}
		n++
		if !more {
			return n
		}
		key = rest
	}
}

// namedBy adds the capture that s is a word of: where the new message's has as
// many words, the one in its place is meant ("rewrite using `list()`").
func (m *maker) namedBy(it *item, s string) {
	if !isName(s) || len(s) < 2 {
		return
	}
	for k, c := range m.sp.msg.captures {
		if len(c.toks) < 2 || len(c.toks) > maxSliced {
			continue
		}
		if p := slices.Index(c.toks, s); p >= 0 {
			it.alts = append(it.alts, source{kind: srcNamed, arg: int16(k), from: int16(p<<8 | len(c.toks))})
			return
		}
	}
}

// slicesOf adds the captures that s is one word of. They come after the literal:
// they explain what changes from example to example.
func (m *maker) slicesOf(it *item, s string) {
	if !isName(s) || len(s) < 2 {
		return
	}
	for k, c := range m.sp.msg.captures {
		if len(c.toks) < 2 || len(c.toks) > maxSliced {
			continue
		}
		if p := slices.Index(c.toks, s); p >= 0 {
			it.alts = append(it.alts, source{kind: srcSlice, arg: int16(k), from: int16(p)})
			it.alts = append(it.alts, source{kind: srcSlice, arg: int16(k), from: int16(p - len(c.toks))})
		}
	}
}

// maxSliced bounds the captures of which words are taken: in a longer one each
// word is found somewhere.
const maxSliced = 16

func matchToks(toks, want []string) int {
	if len(want) == 0 || len(want) > len(toks) {
		return 0
	}
	for i, w := range want {
		if toks[i] != w {
			return 0
		}
	}
	return len(want)
}
