package pattern

import (
	"strings"

	"github.com/dejafix/dejafix/analysis/syntax"
)

// again reports whether the match would do what was done already: all that it
// inserts stands there, beside where it would be inserted. Most repairs match
// their own result (f(x) is an expression to be wrapped in f as x was), so
// this is what makes the second use of a pattern offer nothing.
func (m *matcher) again() bool {
	inserts := false
	for pi := range m.t.parts {
		an := m.at[pi]
		if m.wraps(pi) {
			inserts = true
			continue
		}
		pos := an.t0 // the next token of the code that is kept or replaced
		var pending []string
		hunk := func(upto int32) bool { // false: something is replaced, or is new
			defer func() { pending = pending[:0] }()
			if pos < upto {
				return false
			}
			if len(pending) == 0 {
				return true
			}
			inserts = true
			return m.standsAt(pending, upto) || m.imports(pending, an)
		}
		for i := range m.t.parts[pi].items {
			it := &m.t.parts[pi].items[i]
			if m.marked(pi, i) == markDrop {
				continue
			}
			done := false
			for _, s := range it.alts {
				run, _, ok := m.resolve(s)
				if !ok {
					continue
				}
				done = true
				if it.kept && run[0] >= pos && run[1] <= an.t1 {
					if !hunk(run[0]) {
						return false
					}
					pos = run[1]
				} else {
					pending, _ = m.sourceToks(pending, s)
				}
				break
			}
			if !done {
				return false
			}
		}
		if !hunk(an.t1) {
			return false
		}
	}
	return inserts
}

// wraps reports whether part pi leaves its anchor whole and puts around it what
// stands around it already.
func (m *matcher) wraps(pi int) bool {
	an := m.at[pi]
	toks, ok := m.emit(pi)
	n := int(an.t1 - an.t0)
	if ok && n == 1 && len(toks) == 1 && grown(m.s.frag, an.t0, toks[0]) {
		return true
	}
	if !ok || len(toks) <= n {
		return false
	}
	for o := 0; o+n <= len(toks); o++ {
		if equalToks(m.s.frag, an.t0, an.t1, toks[o:o+n]) {
			return (o == 0 || m.standsAt(toks[:o], an.t0)) && (o+n == len(toks) || m.standsAt(toks[o+n:], an.t1))
		}
	}
	return false
}

// grown reports whether token at is the part of a name that the error is about,
// and the whole name is what the part would become: class of className.
func grown(f *syntax.Fragment, at int32, name string) bool {
	start, end := f.Tokens[at].Start, f.Tokens[at].End
	old := f.Text[start:end]
	return len(name) > len(old) &&
		(strings.HasPrefix(name, old) && strings.HasPrefix(f.Text[start:], name) || strings.HasSuffix(name, old) && strings.HasSuffix(f.Text[:end], name))
}

// standsAt reports whether toks stand around token at: before it, after it, or
// so that inserting them there makes the same text.
func (m *matcher) standsAt(toks []string, at int32) bool {
	f := m.s.frag
	if len(toks) == 1 && isBracket(toks[0]) {
		// One bracket beside another is a list in a call; two are done already.
		toks = []string{toks[0], toks[0]}
	}
	n := int32(len(toks))
	for start := max(at-n, 0); start <= at && int(start+n) <= len(f.Tokens); start++ {
		if equalToks(f, start, start+n, toks) {
			return true
		}
	}
	return false
}

// imports reports whether toks are an import that the text has already,
// wherever in the block it stands.
func (m *matcher) imports(toks []string, an anchor) bool {
	f := m.s.frag
	inBlock := false
	for i := an.first; i >= 0; i = f.Nodes[i].Parent {
		inBlock = inBlock || m.s.lang.IsImport(f.Nodes[i].Kind.String())
	}
	switch toks[0] {
	case "import", "from", "use", "require", "require_relative", "#include", "using":
		inBlock = true
	}
	n := int32(len(toks))
	if !inBlock || n < 2 {
		return false
	}
	for at := int32(0); int(at+n) <= len(f.Tokens); at++ {
		if equalToks(f, at, at+n, toks) {
			return true
		}
	}
	return false
}
