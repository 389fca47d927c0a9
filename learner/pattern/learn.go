package pattern

import (
	"cmp"
	"math"
	"slices"
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
	far       bool // some template is about a place far from the error
	comments  bool // some template is about comments
	code      bool
	// self is the share of examples that the others repair, covered of those that
	// some template of the others repairs.
	self, covered float64
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
	imports  []importItem // that it added, which are no part of its templates
}

// Learn generalises the examples of one rule, the newest first. The same
// examples give the same Model, with or without a Bench.
func Learn(examples []analysis.Example, o Options) *Model {
	limit := o.MaxExamples
	if limit <= 0 {
		limit = defaultExamples
	}
	l := learner{}
	for i := range examples {
		ex := &examples[i]
		if len(l.specimens) == limit {
			break
		}
		if ex.Class != "" && ex.Class != analysis.ClassRepair {
			continue
		}
		if sp := o.Bench.specimen(ex); sp != nil {
			l.specimens = append(l.specimens, sp)
			l.m.examples = append(l.m.examples, sp.lesson)
		}
	}
	l.collect()
	l.validate()
	l.leaveOneOut()
	l.keep()
	m := l.m // alone: the specimens are not kept alive
	return &m
}

type learner struct {
	specimens []*specimen
	templates []*template
	m         Model
}

// collect gathers the templates of every specimen; those with the same key are
// one. The specimens' own templates stay as they are: a Bench lends them again.
func (l *learner) collect() {
	byKey := map[string]*template{}
	for i, sp := range l.specimens {
		for _, own := range sp.templates {
			if have := byKey[own.key]; have != nil {
				have.examples = append(have.examples, int32(i))
				continue
			}
			t := *own
			t.own = own
			t.examples = []int32{int32(i)}
			byKey[t.key] = &t
			l.templates = append(l.templates, &t)
		}
	}
}

// A vote is what became of a template at a specimen, and of each item, which
// of its sources give the specimen's text after, as bits.
type vote struct {
	verdict verdict
	masks   []uint8
}

// validate tries every template on the specimens. Sources that do not explain
// a specimen which others explain are dropped from the template.
func (l *learner) validate() {
	var m matcher
	for _, t := range l.templates {
		var masks []uint8
		own, others := 0, 0
		for i, sp := range l.specimens {
			if sp.comments != t.comments {
				continue
			}
			isOwn := own < len(t.examples) && t.examples[own] == int32(i)
			if isOwn {
				own++
			} else if others++; others > maxOthers {
				continue
			}
			v := l.vote(&m, t, sp)
			if v.verdict == right && v.masks != nil {
				both, ok := intersect(masks, v.masks)
				if !ok && !isOwn {
					v.verdict = wrong
				} else if ok {
					masks = both
				}
			}
			switch v.verdict {
			case right:
				if !isOwn {
					t.support = append(t.support, int32(i))
				}
			case wrong:
				t.wrongs = append(t.wrongs, int32(i))
			}
		}
		if masks != nil {
			t.narrow(masks)
		}
	}
}

// maxOthers is on how many further examples a template is tried: LEARNING.md
// section 2.
const maxOthers = 30

// intersect returns the sources that both allow; ok is false when an item
// would have none left.
func intersect(a, b []uint8) ([]uint8, bool) {
	if a == nil {
		return b, true
	}
	out := make([]uint8, len(a))
	for i := range a {
		if out[i] = a[i] & b[i]; out[i] == 0 {
			return nil, false
		}
	}
	return out, true
}

// narrow keeps the sources of masks, in a copy of the first part's items.
func (t *template) narrow(masks []uint8) {
	p := t.parts[0]
	p.items = slices.Clone(p.items)
	for i := range p.items {
		alts := p.items[i].alts
		kept := make([]source, 0, len(alts))
		for k, s := range alts {
			if k < 8 && masks[i]&(1<<k) != 0 {
				kept = append(kept, s)
			}
		}
		if len(kept) < len(alts) {
			p.items[i].alts = kept
		}
	}
	t.parts = slices.Clone(t.parts)
	t.parts[0] = p
}

// vote tries t, with all its sources, on sp; the answer is remembered.
func (l *learner) vote(m *matcher, t *template, sp *specimen) vote {
	if v, ok := t.own.votes[sp]; ok {
		return v
	}
	var v vote
	from := l.specimens[t.examples[0]]
	if m.match(&sp.scene, t.own, from.lesson.look.akin(&sp.lesson.look)) {
		v.verdict = wrong
		if len(t.parts) == 1 {
			if v.masks = m.explain(sp); v.masks != nil {
				v.verdict = right
			}
		}
		if v.verdict == wrong && m.yields(sp) {
			v.verdict = right
		}
	}
	if t.own.votes == nil {
		t.own.votes = map[*specimen]vote{}
	}
	t.own.votes[sp] = v
	return v
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

// explain says of each item which of its sources give the specimen's text
// after; nil when some item has none.
func (m *matcher) explain(sp *specimen) []uint8 {
	n := int32(len(sp.frag.Tokens))
	an := m.at[0]
	if an.t0 > sp.prefix || n-an.t1 > sp.suffix {
		return nil
	}
	want := sp.after[an.t0 : int32(len(sp.after))-(n-an.t1)]
	items := m.t.parts[0].items
	out := make([]uint8, len(items))
	for i := range items {
		length := -1
		for k, s := range items[i].alts {
			if k == 8 {
				break
			}
			toks, ok := m.sourceToks(m.toks[:0], s)
			m.toks = toks[:0]
			if !ok || len(toks) > len(want) || length >= 0 && len(toks) != length || matchToks(want, toks) == 0 && len(toks) > 0 {
				continue
			}
			length = len(toks)
			out[i] |= 1 << k
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

// leaveOneOut asks what each example's repair would have been without it: by the
// best template that does not come from it alone.
func (l *learner) leaveOneOut() {
	type best struct {
		worth      float64
		right, any bool
	}
	list := make([]best, len(l.specimens))
	for _, t := range l.templates {
		note := func(e int32, worth float64, right bool) {
			b := &list[e]
			b.any = b.any || right
			if b.worth == 0 || worth > b.worth {
				b.worth, b.right = worth, right
			}
		}
		if len(t.support) > 0 {
			worth := t.worthWith(-1, 0)
			for _, e := range t.support {
				note(e, worth, true)
			}
		}
		if len(t.examples) > 1 {
			worth := t.worthWith(-1, 0)
			for _, e := range t.examples {
				note(e, worth, true)
			}
		}
		if len(t.wrongs) > 0 {
			worth := t.worthWith(0, -1)
			for _, e := range t.wrongs {
				note(e, worth, false)
			}
		}
	}
	self, covered := 0, 0
	for _, b := range list {
		if b.right {
			self++
		}
		if b.any {
			covered++
		}
	}
	n := float64(max(len(list), 1))
	l.m.self, l.m.covered = float64(self)/n, float64(covered)/n
}

// worthWith is the score of t with some fewer that it repairs rightly or wrongly.
func (t *template) worthWith(support, wrongs int) float64 {
	f := t.features(nil)
	f.Support = math.Log1p(float64(len(t.examples) - 1 + len(t.support) + support))
	f.Fails = math.Log1p(float64(len(t.wrongs) + wrongs))
	n := max(float64(len(t.examples)-1)+float64(len(t.support))*0.5+float64(support)*0.5, 0)
	p := (n + 0.5) / (n + float64(len(t.wrongs)+wrongs) + 1)
	f.Logit = math.Log(p / (1 - p))
	return f.Rough()
}

// maxTemplates bounds the templates of a model, which share it among the
// examples: each keeps between leastEach and mostEach, and of those that
// generalise in the same way perLevel. The best of each way matter more than
// more of one (LEARNING.md section 2, "Pitfalls met"), and a single example
// needs all that it has: on a quarter of the codes of four sources 16 for each
// gave .305 top-1 from one example and .471 from all, 40 gave .309 and .483,
// all of them .315 and .480.
const (
	maxTemplates = 700
	leastEach    = 12
	mostEach     = 100
	perLevel     = 3
)

// keep chooses the templates that the model gets: for each example the best of
// those that it speaks for.
func (l *learner) keep() {
	byExample := make([][]*template, len(l.specimens))
	for _, t := range l.templates {
		f := t.features(nil)
		f.Logit += 0.01 / float64(t.size) // of equals the smaller
		t.worth = f.Rough()
		for _, e := range t.examples {
			byExample[e] = append(byExample[e], t)
		}
	}
	each := min(max(maxTemplates/max(len(l.specimens), 1), leastEach), mostEach)
	level1 := perLevel
	if each == mostEach {
		level1 = each
	}
	kept := map[*template]bool{}
	for _, list := range byExample {
		slices.SortStableFunc(list, func(a, b *template) int { return cmp.Compare(b.worth, a.worth) })
		n := 0
		same := map[level]int{}
		for _, t := range list {
			if n == each {
				break
			}
			if same[t.level] == level1 {
				continue
			}
			same[t.level]++
			n++
			kept[t] = true
		}
	}
	for _, t := range l.templates {
		if !kept[t] {
			continue
		}
		t.key, t.own, t.votes = "", nil, nil
		t.nodes = slices.Clone(t.nodes)
		l.m.templates = append(l.m.templates, t)
		if t.comments {
			l.m.comments = true
		} else {
			l.m.code = true
		}
		for _, p := range t.parts {
			l.m.far = l.m.far || p.place.dist > 200
		}
	}
}
