package pattern

import "github.com/dejafix/dejafix/analysis/syntax"

const (
	// maxSites is how many places a part is tried at, best placed first.
	maxSites = 10
	// farCost is the place.cost from which a place is not looked at.
	farCost = 6
)

// A matcher matches one template against one scene. It is used for one after
// the other, so that its buffers are allocated once.
type matcher struct {
	s    *scene
	t    *template
	same bool       // the message has the template that the captures come from
	bind [][2]int32 // tokens by pattern node
	kind []syntax.Kind
	hole [][2]int32 // tokens by hole, -1 when unbound
	at   []anchor   // by part, where it matched
	cost float32    // of the first part's place
	tied int        // further sites of the first part as well placed

	sites []siteCost
	toks  []string
	save  [][2]int32

	variant variant
	fills   [][2]string // of the variant filled: a name of the example, and what it is here
	marks   []mark      // by item, all parts in order
}

// marked returns what the variant does to item i of part pi.
func (m *matcher) marked(pi, i int) mark {
	if m.variant == asLearned || m.variant == filled {
		return 0
	}
	for k := range pi {
		i += len(m.t.parts[k].items)
	}
	k := m.marks[i]
	if m.variant == bare {
		return k & markDrop
	}
	return k & markWrap
}

type siteCost struct {
	an   anchor
	cost float32
}

// match looks for the template in the scene: the first part at its best place,
// the others with the bindings of the first.
func (m *matcher) match(s *scene, t *template, same bool) bool {
	m.s, m.t, m.same, m.variant = s, t, same, asLearned
	if cap(m.bind) < len(t.nodes) {
		m.bind = make([][2]int32, len(t.nodes)*2)
		m.kind = make([]syntax.Kind, len(t.nodes)*2)
	}
	m.bind, m.kind = m.bind[:len(t.nodes)], m.kind[:len(t.nodes)]
	if cap(m.hole) < int(t.holes) {
		m.hole = make([][2]int32, int(t.holes)*2)
	}
	m.hole = m.hole[:t.holes]
	m.at = m.at[:0]
	for i := range m.hole {
		m.hole[i] = [2]int32{-1, -1}
	}
	for pi := range t.parts {
		if !m.part(pi) {
			return false
		}
	}
	return true
}

// part finds the place of one part.
func (m *matcher) part(pi int) bool {
	p := &m.t.parts[pi]
	m.candidates(p)
	m.save = append(m.save[:0], m.hole...)
	found := false
	for _, c := range m.sites {
		if found {
			// Count what is as well placed as what was taken.
			if pi > 0 || c.cost > m.cost+0.01 {
				break
			}
			bind := append([][2]int32(nil), m.bind...)
			hole := append([][2]int32(nil), m.hole...)
			copy(m.hole, m.save)
			if m.run(p, c.an) {
				m.tied++
			}
			copy(m.bind, bind)
			copy(m.hole, hole)
			continue
		}
		clash := false
		for _, o := range m.at {
			clash = clash || c.an.t0 < o.t1 && o.t0 < c.an.t1
		}
		if clash {
			continue
		}
		if m.run(p, c.an) {
			found = true
			m.at = append(m.at, c.an)
			if pi == 0 {
				m.cost, m.tied = c.cost, 0
			}
			continue
		}
		copy(m.hole, m.save)
	}
	return found
}

// candidates fills m.sites with the best placed runs that could match p.
func (m *matcher) candidates(p *part) {
	m.sites = m.sites[:0]
	f := m.s.frag
	root := &m.t.nodes[p.roots[0]]
	consider := func(i int32) {
		n := &f.Nodes[i]
		if n.Tok0 == n.Tok1 {
			return
		}
		an := anchor{first: i, last: i, t0: n.Tok0, t1: n.Tok1}
		if p.n > 1 {
			for k := int16(1); k < p.n; k++ {
				if an.last = sibling(f, an.last, 1); an.last < 0 {
					return
				}
			}
			an.t1 = f.Nodes[an.last].Tok1
		}
		var c float32
		if !m.s.noSpan {
			c = placeOf(an.t0, an.t1, m.s.r0, m.s.r1).cost(p.place)
			if c > farCost {
				return
			}
		}
		// Insertion into the few best, stable.
		if len(m.sites) == maxSites {
			if c >= m.sites[maxSites-1].cost {
				return
			}
			m.sites = m.sites[:maxSites-1]
		}
		m.sites = append(m.sites, siteCost{an, c})
		for k := len(m.sites) - 1; k > 0 && m.sites[k-1].cost > c; k-- {
			m.sites[k-1], m.sites[k] = m.sites[k], m.sites[k-1]
		}
	}
	if root.op == opLeaf || root.op == opNode || root.op == opKind || root.op == opHole && root.kind != 0 {
		for _, i := range m.s.byKind[root.kind] {
			consider(i)
		}
		return
	}
	// Any kind: only near the error.
	lo, hi := m.s.r0-40, m.s.r1+40
	for i := range f.Nodes {
		if n := &f.Nodes[i]; n.Tok1 > lo && n.Tok0 < hi && (n.Named || n.First < 0) {
			consider(int32(i))
		}
	}
}

// run matches the roots of p at an.
func (m *matcher) run(p *part, an anchor) bool {
	k := p.roots[0]
	for i := an.first; ; i = sibling(m.s.frag, i, 1) {
		if !m.node(k, i) {
			return false
		}
		k = m.t.nodes[k].end
		if i == an.last {
			return k == p.roots[1]
		}
	}
}

// node matches pattern node k at node i.
func (m *matcher) node(k int16, i int32) bool {
	p := &m.t.nodes[k]
	f := m.s.frag
	n := &f.Nodes[i]
	m.bind[k], m.kind[k] = [2]int32{n.Tok0, n.Tok1}, n.Kind
	switch p.op {
	case opLeaf:
		return n.First < 0 && f.Tok(n.Tok0) == m.t.texts[p.arg]
	case opKind:
		return n.Kind == p.kind
	case opCapture:
		return m.same && int(p.arg) < len(m.s.msg.captures) && equalToks(f, n.Tok0, n.Tok1, m.s.msg.captures[p.arg].toks)
	case opHole:
		if p.kind != 0 && n.Kind != p.kind {
			return false
		}
		c := f.Tokens[n.Tok0].Class
		if n.Tok1-n.Tok0 == 1 {
			if p.leaf && !wordy(c) && !m.operatorHole(k) || !p.leaf && !wordy(c) && !n.Named {
				return false
			}
		} else if p.leaf || !n.Named {
			return false
		}
		h := &m.hole[p.arg]
		if h[0] < 0 {
			*h = m.bind[k]
			return true
		}
		return m.equal(*h, m.bind[k])
	}
	if n.Kind != p.kind || n.First < 0 {
		return false
	}
	return m.children(k, i)
}

// alike is the share of holes that stand for the same kind of node as in the
// example.
func (m *matcher) alike() float64 {
	same, all := 0, 0
	for k := range m.t.nodes {
		if m.t.nodes[k].op == opHole {
			all++
			if m.kind[k] == m.t.nodes[k].was {
				same++
			}
		}
	}
	if all == 0 {
		return 1
	}
	return float64(same) / float64(all)
}

// operatorHole reports whether the hole stood for an operator that a transform
// starts from: the only holes that operators match.
func (m *matcher) operatorHole(k int16) bool {
	for _, c := range m.t.parts {
		for _, it := range c.items {
			for _, s := range it.alts {
				if s.kind == srcChange && s.from == k {
					_, ok := m.t.changes[s.arg].apply(m.s.frag.Tok(m.bind[k][0]))
					return ok && m.t.changes[s.arg].b == "=" || m.t.changes[s.arg].b == "" && m.t.changes[s.arg].op == changeStrip
				}
			}
		}
	}
	return false
}

// children matches the children of pattern node k with those of node i. A
// list takes what the nodes after it leave.
func (m *matcher) children(k int16, i int32) bool {
	f := m.s.frag
	end := m.t.nodes[k].end
	c := f.Nodes[i].First
	if c >= 0 && f.Nodes[c].Tok0 == f.Nodes[c].Tok1 {
		c = sibling(f, c, 1)
	}
	for p := k + 1; p < end; p = m.t.nodes[p].end {
		if m.t.nodes[p].op == opList {
			after := 0
			for q := m.t.nodes[p].end; q < end; q = m.t.nodes[q].end {
				after++
			}
			left := 0
			for d := c; d >= 0; d = sibling(f, d, 1) {
				left++
			}
			if left < after {
				return false
			}
			t := f.Nodes[i].Tok1
			if c >= 0 {
				t = f.Nodes[c].Tok0
			}
			m.bind[p] = [2]int32{t, t}
			for ; left > after; left-- {
				m.bind[p][1] = f.Nodes[c].Tok1
				c = sibling(f, c, 1)
			}
			continue
		}
		if c < 0 || !m.node(p, c) {
			return false
		}
		c = sibling(f, c, 1)
	}
	return c < 0
}

// equal compares two runs of tokens.
func (m *matcher) equal(a, b [2]int32) bool {
	if a[1]-a[0] != b[1]-b[0] {
		return false
	}
	f := m.s.frag
	for k := range a[1] - a[0] {
		if f.Tok(a[0]+k) != f.Tok(b[0]+k) {
			return false
		}
	}
	return true
}

// resolve returns what a source stands for: tokens of the code, or a text.
func (m *matcher) resolve(s source) (run [2]int32, text string, ok bool) {
	switch s.kind {
	case srcText:
		text = m.t.texts[s.arg]
		if m.variant == filled {
			for _, p := range m.fills {
				if p[0] == text {
					text = p[1]
				}
			}
		}
		return run, text, true
	case srcNode:
		return m.bind[s.arg], "", true
	case srcRange:
		if m.s.noSpan || m.s.r0 == m.s.r1 {
			return run, "", false
		}
		return [2]int32{m.s.r0, m.s.r1}, "", true
	case srcCapture:
		if !m.same || int(s.arg) >= len(m.s.msg.captures) {
			return run, "", false
		}
		return run, m.s.msg.captures[s.arg].text, true
	case srcSlice, srcNamed:
		if !m.same || int(s.arg) >= len(m.s.msg.captures) {
			return run, "", false
		}
		toks := m.s.msg.captures[s.arg].toks
		i := int(s.from)
		if s.kind == srcNamed {
			if i&0xff != len(toks) {
				return run, "", false
			}
			i >>= 8
		}
		if i < 0 {
			i += len(toks)
		}
		if i < 0 || i >= len(toks) {
			return run, "", false
		}
		return run, toks[i], true
	}
	var from string
	if s.from >= 0 {
		b := m.bind[s.from]
		if b[1]-b[0] != 1 {
			return run, "", false
		}
		from = m.s.frag.Tok(b[0])
	} else {
		k := int(-1 - s.from)
		if !m.same || k >= len(m.s.msg.captures) {
			return run, "", false
		}
		from = m.s.msg.captures[k].text
	}
	text, ok = m.t.changes[s.arg].apply(from)
	return run, text, ok
}

// emit returns the tokens that part pi writes; a piece of text that is not
// from the code is one token, unless it is a capture. The result is good until
// the next call.
func (m *matcher) emit(pi int) ([]string, bool) {
	m.toks = m.toks[:0]
	f := m.s.frag
	for i := range m.t.parts[pi].items {
		it := &m.t.parts[pi].items[i]
		done := false
		k := m.marked(pi, i)
		if k == markDrop {
			continue
		}
		if k == markWrap {
			m.toks = append(m.toks, "(")
		}
		for _, s := range it.alts {
			run, text, ok := m.resolve(s)
			if !ok {
				continue
			}
			done = true
			switch {
			case s.kind == srcCapture:
				m.toks = append(m.toks, m.s.msg.captures[s.arg].toks...)
			case text != "":
				m.toks = append(m.toks, text)
			default:
				for k := run[0]; k < run[1]; k++ {
					m.toks = append(m.toks, f.Tok(k))
				}
			}
			break
		}
		if !done {
			return nil, false
		}
		if k == markWrap {
			m.toks = append(m.toks, ")")
		}
	}
	return m.toks, true
}

// sourceToks appends the tokens that s stands for.
func (m *matcher) sourceToks(out []string, s source) ([]string, bool) {
	run, text, ok := m.resolve(s)
	if !ok {
		return out, false
	}
	switch {
	case s.kind == srcCapture:
		return append(out, m.s.msg.captures[s.arg].toks...), true
	case text != "":
		return append(out, text), true
	}
	for k := run[0]; k < run[1]; k++ {
		out = append(out, m.s.frag.Tok(k))
	}
	return out, true
}
