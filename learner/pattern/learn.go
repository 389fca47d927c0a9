package pattern

import (
	"context"
	"sort"

	"github.com/dejafix/dejafix/analysis"
)

const defaultExamples = 60

// A verdict is what became of a template at a specimen.
type verdict uint8

const (
	noMatch verdict = iota
	right
	wrong
)

// A Model is what was learned of one rule. It never changes.
type Model struct {
	templates []*template
	examples  []lesson
	far       bool // some template has a part far from the error
	comments  bool // some template is about comments
	code      bool
	identity  []analysis.Identity
}

// A lesson is what a Model keeps of an example.
type lesson struct {
	id       string
	identity analysis.Identity
	look     look
	fix      analysis.FixType
	title    string
	pattern  string // its id
	before   string // the shape of the edit
	after    string
}

// A Bench keeps what was computed for examples, so that learning one more is
// cheap. It has one owner and is not safe for concurrent use.
type Bench struct{}

// Learn generalises the examples of one rule, the newest first.
func Learn(examples []analysis.Example, o Options) *Model {
	limit := o.MaxExamples
	if limit <= 0 {
		limit = defaultExamples
	}
	l := learner{}
	for _, ex := range examples {
		if len(l.specimens) == limit {
			break
		}
		if ex.Class != "" && ex.Class != analysis.ClassRepair {
			continue
		}
		if sp := newSpecimen(context.Background(), ex); sp != nil {
			l.specimens = append(l.specimens, sp)
			l.m.examples = append(l.m.examples, newLesson(&ex, sp))
		}
	}
	l.collect()
	l.validate()
	l.keep()
	return &l.m
}

type learner struct {
	specimens []*specimen
	templates []*template
	m         Model
}

// collect generalises every specimen; templates with the same key are one.
func (l *learner) collect() {
	byKey := map[string]*template{}
	for i, sp := range l.specimens {
		for _, t := range sp.generalize() {
			if have := byKey[t.key]; have != nil {
				if n := len(have.examples); have.examples[n-1] != int32(i) {
					have.examples = append(have.examples, int32(i))
				}
				continue
			}
			t.examples = []int32{int32(i)}
			byKey[t.key] = t
			l.templates = append(l.templates, t)
		}
	}
}

// validate tries every template on every specimen.
func (l *learner) validate() {
	var m matcher
	for _, t := range l.templates {
		own := 0
		for i, sp := range l.specimens {
			if sp.comments != t.comments {
				continue
			}
			isOwn := own < len(t.examples) && t.examples[own] == int32(i)
			if isOwn {
				own++
			}
			switch l.try(&m, t, sp) {
			case right:
				t.matched++
				if !isOwn {
					t.support = append(t.support, int32(i))
				}
			case wrong:
				t.matched++
				if isOwn && len(t.examples) == 1 {
					t.dead = true
				}
				t.fails++
			case noMatch:
				if isOwn && len(t.examples) == 1 {
					t.dead = true
				}
			}
			if t.dead {
				break
			}
		}
	}
}

// sameMessage reports whether the captures of t mean the same in sp.
func (l *learner) sameMessage(t *template, s *scene) bool {
	return l.specimens[t.examples[0]].msg.template == s.msg.template
}

// try uses t on sp and compares with what sp became.
func (l *learner) try(m *matcher, t *template, sp *specimen) verdict {
	if !m.match(&sp.scene, t, l.sameMessage(t, &sp.scene)) {
		return noMatch
	}
	if m.yields(sp) {
		return right
	}
	if len(t.parts) == 1 && len(t.examples)+len(t.support) > 0 {
		if alts := m.explain(sp); alts != nil && l.refine(t, alts) {
			return right
		}
	}
	return wrong
}

// refine takes the alternatives that also explain another specimen.
func (l *learner) refine(t *template, alts [][]source) bool {
	for i := range alts {
		t.parts[0].items[i].alts = alts[i]
	}
	return true
}

// yields reports whether the match gives the specimen's text after.
func (m *matcher) yields(sp *specimen) bool {
	n := int32(len(sp.frag.Tokens))
	order := m.order()
	if len(order) == 0 {
		return false
	}
	if m.at[order[0]].t0 > sp.prefix || n-m.at[order[len(order)-1]].t1 > sp.suffix {
		return false
	}
	j := m.at[order[0]].t0 // in the text after; equal up to here
	i := j
	for _, pi := range order {
		an := m.at[pi]
		for ; i < an.t0; i, j = i+1, j+1 {
			if j >= int32(len(sp.after)) || sp.after[j] != sp.frag.Tok(i) {
				return false
			}
		}
		toks, ok := m.emit(pi)
		if !ok || int(j)+len(toks) > len(sp.after) {
			return false
		}
		for _, s := range toks {
			if sp.after[j] != s {
				return false
			}
			j++
		}
		i = an.t1
	}
	return int32(len(sp.after))-j == n-i
}

// order is the order of the parts in the text.
func (m *matcher) order() []int {
	order := make([]int, len(m.at))
	for i := range order {
		order[i] = i
	}
	if len(order) > 1 {
		sort.Slice(order, func(a, b int) bool { return m.at[order[a]].t0 < m.at[order[b]].t0 })
	}
	return order
}

// explain looks for the alternatives of each item that give the specimen's
// text after; nil when some item has none.
func (m *matcher) explain(sp *specimen) [][]source {
	n := int32(len(sp.frag.Tokens))
	an := m.at[0]
	if an.t0 > sp.prefix || n-an.t1 > sp.suffix {
		return nil
	}
	want := sp.after[an.t0 : int32(len(sp.after))-(n-an.t1)]
	items := m.t.parts[0].items
	out := make([][]source, len(items))
	var buf []string
	for i := range items {
		length := -1
		for _, s := range items[i].alts {
			toks, ok := m.sourceToks(buf[:0], s)
			buf = toks
			if !ok || len(toks) > len(want) || length >= 0 && len(toks) != length || matchToks(want, toks) == 0 && len(toks) > 0 {
				continue
			}
			length = len(toks)
			out[i] = append(out[i], s)
		}
		if length < 0 {
			return nil
		}
		want = want[length:]
	}
	if len(want) > 0 {
		return nil
	}
	return out
}

// keep drops what is of no use.
func (l *learner) keep() {
	for _, t := range l.templates {
		if t.dead {
			continue
		}
		t.key = ""
		l.m.templates = append(l.m.templates, t)
		if t.comments {
			l.m.comments = true
		} else {
			l.m.code = true
		}
		for _, p := range t.parts[1:] {
			l.m.far = l.m.far || p.place.dist > 200
		}
	}
}
