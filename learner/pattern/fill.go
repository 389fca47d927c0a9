package pattern

import (
	"slices"

	"github.com/dejafix/dejafix/analysis/syntax"
)

// A word that an example inserts may be a name of the example's own text, which
// the code at a new error does not have: the receiver, the context parameter,
// the error variable. What stands there in the same role is meant.

// A role says how a name is used: what kind of leaf it is, in what, and between
// which marks.
type role struct {
	kinds      [3]syntax.Kind
	prev, next string
}

func roleOf(f *syntax.Fragment, i int32) role {
	var r role
	n := f.Tokens[i].Leaf
	for k := range r.kinds {
		if n < 0 {
			break
		}
		r.kinds[k] = f.Nodes[n].Kind
		n = f.Nodes[n].Parent
	}
	mark := func(j int32) string {
		if j < 0 || int(j) >= len(f.Tokens) || wordy(f.Tokens[j].Class) {
			return ""
		}
		return f.Tok(j)
	}
	r.prev, r.next = mark(i-1), mark(i+1)
	return r
}

// roleAt is roleOf, computed once for each token.
func (s *scene) roleAt(i int32) role {
	if s.roles == nil {
		s.roles = make([]role, len(s.frag.Tokens))
		for i := range s.roles {
			if s.frag.Tokens[i].Class == syntax.Word {
				s.roles[i] = roleOf(s.frag, int32(i))
			}
		}
	}
	return s.roles[i]
}

// rolesOf returns the roles that a name has in the text before: where it stands
// nearest to the edit, and where it stands first, which is often its declaration.
func (sp *specimen) rolesOf(name string) []role {
	if r, ok := sp.named[name]; ok {
		return r
	}
	if sp.named == nil {
		sp.named = map[string][]role{}
	}
	r := sp.findRoles(name, sp.hunks[0].A0)
	sp.named[name] = r
	return r
}

func (sp *specimen) findRoles(name string, at int32) []role {
	f := sp.frag
	nearest, first := int32(-1), int32(-1)
	for i := range int32(len(f.Tokens)) {
		if f.Tokens[i].Class != syntax.Word || f.Tok(i) != name {
			continue
		}
		if first < 0 {
			first = i
		}
		if nearest < 0 || abs(i-at) < abs(nearest-at) {
			nearest = i
		}
	}
	if nearest < 0 {
		return nil
	}
	out := []role{sp.roleAt(first)}
	if r := sp.roleAt(nearest); nearest != first && r != out[0] {
		out = append(out, r)
	}
	return out
}

// filler finds for each name of the example that the code at the error does not
// have the nearest one in the same role. ok is false when there is none for some,
// or nothing to fill.
func (m *matcher) filler() (fills [][2]string, ok bool) {
	f := m.s.frag
	for _, n := range m.t.names {
		w := m.t.texts[n.text]
		if !n.foreign || n.here(m.s, w) || slices.Contains(m.s.msg.said, w) {
			continue
		}
		if slices.ContainsFunc(fills, func(p [2]string) bool { return p[0] == w }) {
			continue
		}
		at, found := m.at[0].t0, int32(-1)
		for _, r := range n.roles {
			for i := range int32(len(f.Tokens)) {
				if f.Tokens[i].Class == syntax.Word && (found < 0 || abs(i-at) < abs(found-at)) && m.s.roleAt(i) == r {
					found = i
				}
			}
			if found >= 0 {
				break
			}
		}
		if found < 0 {
			return nil, false
		}
		fills = append(fills, [2]string{w, f.Tok(found)})
	}
	return fills, len(fills) > 0
}
