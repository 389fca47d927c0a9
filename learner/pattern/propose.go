package pattern

import (
	"context"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/rank"
)

const (
	maxProposals = 8 // results that are written down and checked for syntax
	headBytes    = 2000
	// doneCost is how unlike the place may be at which a pattern is found to be
	// applied already: the error's span may have grown with the repair.
	doneCost     = 1.5
	snippetBytes = 1500
	maxChecks    = 5
)

// A candidate is one distinct result and the templates that give it.
type candidate struct {
	key      string
	best     *template
	features rank.Features
	score    float64
	agree    int
	examples map[int32]bool
	edits    []analysis.Edit
	size     int16 // of the anchors that edits were written for
}

// results are the candidates for one error, and the patterns that were applied
// there before.
type results struct {
	by   map[string]*candidate
	done map[string]bool
}

// Propose returns the repairs that the model knows for t, the likeliest first.
func (m *Model) Propose(ctx context.Context, t Target) []Proposal {
	if len(m.templates) == 0 {
		return nil
	}
	lang := syntax.Row(t.Language)
	if t.Tree != nil {
		lang = t.Tree.Language()
	}
	spans := []analysis.Span{{Start: t.Diagnostic.Span.Start - reach, End: t.Diagnostic.Span.End + reach}}
	if t.Diagnostic.NoSpan {
		spans[0] = analysis.Span{End: min(len(t.Text), 8*reach)}
	}
	if spans[0].Len() > 6*reach { // a very long error is looked at where it starts
		spans[0].End = spans[0].Start + 6*reach
	}
	if m.far {
		spans = append(spans, analysis.Span{End: headBytes})
	}
	found := &results{by: map[string]*candidate{}, done: map[string]bool{}}
	var likes []likeness
	var mt matcher
	for _, comments := range []bool{false, true} {
		if comments && !m.comments || !comments && !m.code {
			continue
		}
		s := newScene(lang, t.Tree, t.Text, t.Diagnostic, comments, spans...)
		here := s.look()
		if likes == nil {
			likes = make([]likeness, len(m.examples))
			for i := range m.examples {
				likes[i] = here.like(&m.examples[i].look)
			}
		}
		for _, tm := range m.templates {
			if tm.comments != comments {
				continue
			}
			if ctx.Err() != nil {
				return nil
			}
			same := here.akin(&m.examples[tm.examples[0]].look)
			if !mt.match(&s, tm, same) {
				continue
			}
			drop, wrap := mt.variants()
			f := tm.features(likes)
			tm.wordsOf(&s, &f)
			f.Place = float64(mt.cost)
			f.Missed = flag(mt.missed())
			f.Tied = math.Log1p(float64(mt.tied))
			f.Holes = mt.alike()
			f.Torn = flag(wrap)
			f.Boxed = flag(drop)
			m.note(found, &mt, f)
			if drop {
				f.Boxed, f.Bare = 0, 1
				mt.variant = bare
				m.note(found, &mt, f)
			}
			if wrap {
				f.Torn, f.Bare, f.Bracketed = 0, 0, 1
				mt.variant = bracketed
				m.note(found, &mt, f)
			}
			if f.Absent > 0 {
				var ok bool
				if mt.fills, ok = mt.filler(); ok {
					f.Torn, f.Boxed, f.Bare, f.Bracketed = flag(wrap), flag(drop), 0, 0
					f.Filled, f.Absent = f.Absent, 0
					mt.variant = filled
					m.note(found, &mt, f)
				}
			}
		}
	}
	return m.ranked(ctx, t, lang, found, likes)
}

// note adds a match to the results.
func (m *Model) note(results *results, mt *matcher, f rank.Features) {
	key := mt.key()
	if key == "" {
		return
	}
	if mt.again() {
		// Done here already: nothing of the same pattern is offered.
		if f.Place < doneCost {
			results.done[m.examples[mt.t.examples[0]].pattern] = true
		}
		return
	}
	score := f.Rough()
	c := results.by[key]
	if c == nil {
		c = &candidate{key: key, examples: map[int32]bool{}, score: math.Inf(-1)}
		results.by[key] = c
	}
	c.agree++
	for _, e := range mt.t.examples {
		c.examples[e] = true
	}
	for _, e := range mt.t.support {
		c.examples[e] = true
	}
	// The same tokens are written down by the smallest anchor: it leaves most of
	// the text, and the comments in it, as they are.
	if c.edits == nil || mt.t.size < c.size {
		c.edits, c.size = mt.edits(), mt.t.size
	}
	if score > c.score {
		c.score, c.best, c.features = score, mt.t, f
	}
}

// key names what the match gives: the tokens that change, by place and text.
// It is empty when nothing does.
func (m *matcher) key() string {
	f := m.s.frag
	var b strings.Builder
	for _, pi := range m.order() {
		toks, ok := m.emit(pi)
		if !ok {
			return ""
		}
		t0, t1 := m.at[pi].t0, m.at[pi].t1
		for t0 < t1 && len(toks) > 0 && f.Tok(t0) == toks[0] {
			t0, toks = t0+1, toks[1:]
		}
		for t0 < t1 && len(toks) > 0 && f.Tok(t1-1) == toks[len(toks)-1] {
			t1, toks = t1-1, toks[:len(toks)-1]
		}
		if t0 == t1 && len(toks) == 0 {
			continue
		}
		b.WriteString(strconv.Itoa(int(t0)))
		b.WriteByte('-')
		b.WriteString(strconv.Itoa(int(t1)))
		for _, s := range toks {
			b.WriteByte(0)
			b.WriteString(s)
		}
		b.WriteByte(1)
	}
	return b.String()
}

// logit is of a share of n, with half a case added to either side.
func logit(share float64, n int) float64 {
	p := (share*float64(n) + .5) / (float64(n) + 1)
	return math.Log(p / (1 - p))
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// features describes a template, and how like the error is to its examples.
func (t *template) features(likes []likeness) rank.Features {
	n := float64(len(t.examples)-1) + float64(len(t.support))*0.5
	fails := float64(len(t.wrongs))
	p := (n + 0.5) / (n + fails + 1)
	var f rank.Features
	f.Logit = math.Log(p / (1 - p))
	f.Support = math.Log1p(float64(len(t.examples) - 1 + len(t.support)))
	f.Fails = math.Log1p(fails)
	for _, e := range t.examples {
		if likes == nil {
			break
		}
		f.Message = max(f.Message, likes[e].message)
		f.Overlap = max(f.Overlap, likes[e].overlap)
		f.Kind = max(f.Kind, likes[e].kind)
		f.Parents = max(f.Parents, likes[e].parents)
		f.Shape = max(f.Shape, likes[e].shape)
		f.Line = max(f.Line, likes[e].line)
		f.Alike = max(f.Alike, likes[e].message*likes[e].kind*likes[e].shape)
	}
	f.Single = flag(len(t.examples) == 1)
	f.Foreign = math.Log1p(float64(t.foreign))
	f.Fresh = math.Log1p(float64(t.fresh))
	f.Copied = math.Log1p(float64(t.copied))
	lv := t.level
	f.Verbatim = flag(lv.shared == 0 && lv.loose == 0)
	f.Words = flag(lv.shared == 1)
	f.LooseWord = flag(lv.loose == 1)
	f.LooseTree = flag(lv.loose == 2)
	f.LooseAll = flag(lv.loose == 3)
	f.AnyRoot = flag(lv.anyRoot)
	f.Lists = flag(lv.lists)
	f.Captures = flag(lv.captures)
	f.Changes = flag(lv.changes)
	f.Parts = math.Log(float64(len(t.parts)))
	f.Size = math.Log(float64(max(t.size, 1)))
	f.Pinned = math.Log1p(float64(t.pinned()))
	return f
}

// wordsOf compares the words that t inserts as they stand with the code at the
// error and with its message.
func (t *template) wordsOf(s *scene, f *rank.Features) {
	here, absent, said, lost := 0, 0, 0, 0
	for _, n := range t.names {
		w := t.texts[n.text]
		now := slices.Contains(s.msg.said, w)
		switch {
		case now:
			said++
		case n.said:
			lost++
		}
		switch {
		case n.here(s, w):
			here++
		case n.foreign && !now:
			absent++
		}
	}
	f.Here, f.Absent = math.Log1p(float64(here)), math.Log1p(float64(absent))
	f.Said, f.Lost = math.Log1p(float64(said)), math.Log1p(float64(lost))
}

// here reports whether the code at the error has the word, as the example had it.
func (n *named) here(s *scene, w string) bool {
	how := s.standings(w)
	return how != 0 && (!n.foreign || how&n.how != 0)
}

// missed reports whether the error is at another part of the pattern than it was
// in the example.
func (m *matcher) missed() bool {
	if m.t.aim < 0 || m.s.noSpan {
		return false
	}
	at := m.bind[m.t.aim]
	return m.s.r0 < at[0] || m.s.r0 >= at[1]
}

// pinned counts the tokens of the pattern that must be equal.
func (t *template) pinned() int {
	n := 0
	for i := range t.nodes {
		if t.nodes[i].op == opLeaf || t.nodes[i].op == opCapture {
			n++
		}
	}
	return n
}

// ranked scores the results, checks the syntax of the best and writes them down.
func (m *Model) ranked(ctx context.Context, t Target, lang *syntax.Language, found *results, likes []likeness) []Proposal {
	top := 0.0
	for _, l := range likes {
		top = max(top, l.total())
	}
	votes := 0
	for key, c := range found.by {
		if found.done[m.examples[c.best.examples[0]].pattern] {
			delete(found.by, key)
			continue
		}
		votes += c.agree
	}
	list := make([]*candidate, 0, len(found.by))
	for _, c := range found.by {
		if len(c.edits) == 0 {
			continue
		}
		c.features.Agree = math.Log(float64(c.agree))
		c.features.Votes = float64(c.agree) / float64(votes)
		c.features.Share = float64(len(c.examples)) / float64(len(m.examples))
		best, sum := 0.0, 0.0
		for e := range c.examples {
			best = max(best, likes[e].total())
			sum += likes[e].total()
		}
		c.features.Nearest = best
		c.features.Nearer = best - top
		c.features.Mean = sum / float64(len(c.examples))
		c.features.Examples = math.Log(float64(len(m.examples)))
		c.features.Rivals = math.Log(float64(len(found.by)))
		c.features.Self = logit(m.self, len(m.examples))
		c.features.Covered = logit(m.covered, len(m.examples))
		c.features.Deletes = flag(onlyDeletes(c.edits))
		c.score = c.features.Rough()
		list = append(list, c)
	}
	byScore := func(i, j int) bool {
		if list[i].score != list[j].score {
			return list[i].score > list[j].score
		}
		return list[i].key < list[j].key
	}
	sort.Slice(list, byScore)
	if len(list) > maxProposals {
		list = list[:maxProposals]
	}
	for _, c := range list {
		c.score = c.features.Score()
	}
	sort.Slice(list, byScore)
	broken := false // the code at the error does not parse as it stands
	if t.Tree != nil && len(list) > 0 {
		broken = checkBest(ctx, t, list, byScore)
	}
	scores := make([]float64, len(list))
	for i, c := range list {
		scores[i] = c.score
	}
	chances := rank.Probabilities(scores)
	around := t.Diagnostic.Span
	for _, c := range list {
		for _, e := range c.edits {
			around.Start, around.End = min(around.Start, e.Span.Start), max(around.End, e.Span.End)
		}
	}
	out := make([]Proposal, 0, len(list))
	seen := map[string]bool{}
	for i, c := range list {
		text, ok := outcome(t.Text, around, c.edits)
		// What breaks code that parsed is no repair, however likely the rest makes it.
		if !ok || seen[text] || c.features.Errors > 0 && !broken {
			continue
		}
		seen[text] = true
		p := Proposal{
			Edits: c.edits, OnlyDeletes: onlyDeletes(c.edits),
			Features: c.features, Score: chances[i],
		}
		p.Loses = p.OnlyDeletes && loses(lang, t.Text, c.edits)
		l := &m.examples[c.best.examples[0]]
		p.Pattern, p.FixType = l.pattern, l.fix
		p.Title = Title(lang, t.Text, c.edits)
		var imports []importItem
		for e := range c.examples {
			p.Examples = append(p.Examples, m.examples[e].id)
			for _, it := range m.examples[e].imports {
				if !slices.Contains(imports, it) {
					imports = append(imports, it)
				}
			}
		}
		sort.Strings(p.Examples)
		slices.SortFunc(imports, func(a, b importItem) int { return strings.Compare(a.key(), b.key()) })
		p.Edits = withImports(t, c.edits, imports)
		out = append(out, p)
	}
	return out
}

// outcome is what edits make of the piece of text that they are all in; ok is
// false when they change nothing. Whole texts are not compared: copying a large
// file for each candidate costs more than finding them.
func outcome(text string, piece analysis.Span, edits []analysis.Edit) (string, bool) {
	moved := make([]analysis.Edit, len(edits))
	for i, e := range edits {
		moved[i] = analysis.Edit{Span: analysis.Span{Start: e.Span.Start - piece.Start, End: e.Span.End - piece.Start}, New: e.New}
	}
	before := text[piece.Start:piece.End]
	after, err := textedit.Apply(before, moved)
	return after, err == nil && after != before
}

// checkBest counts the syntax errors that the best candidates add, until the
// first three are checked ones; maxChecks bounds the time. It reports whether the
// code had errors before.
func checkBest(ctx context.Context, t Target, list []*candidate, byScore func(i, j int) bool) (broken bool) {
	check := newSyntaxCheck(ctx, t, list)
	checked := map[*candidate]bool{}
	for range maxChecks {
		var next *candidate
		for _, c := range list[:min(3, len(list))] {
			if !checked[c] {
				next = c
				break
			}
		}
		if next == nil {
			break
		}
		checked[next] = true
		if next.features.Errors = float64(min(check.newErrors(ctx, next.edits), 3)); next.features.Errors > 0 {
			next.score = next.features.Score()
			sort.SliceStable(list, byScore)
		}
	}
	return check.before > 0
}

func onlyDeletes(edits []analysis.Edit) bool {
	for _, e := range edits {
		if strings.TrimSpace(e.New) != "" {
			return false
		}
	}
	return true
}

// loses reports whether edits delete more than brackets, operators and keywords:
// something that somebody wrote and that would be gone.
func loses(lang *syntax.Language, text string, edits []analysis.Edit) bool {
	for _, e := range edits {
		f := syntax.Lex(lang, text[e.Span.Start:e.Span.End], true, analysis.Span{End: e.Span.Len()})
		for i := range f.Tokens {
			switch c := f.Tokens[i].Class; {
			case c == syntax.Punct || c == syntax.Keyword:
			case c == syntax.Word && isKeyword(lang, f.Tok(int32(i))):
			default:
				return true
			}
		}
	}
	return false
}

// A syntaxCheck counts the syntax errors that an edit adds, in the largest
// construct of at most snippetBytes around the edits: parsing a whole file for
// each candidate would cost more than all the rest.
type syntaxCheck struct {
	lang   *syntax.Language
	text   string
	span   analysis.Span
	before int
}

func newSyntaxCheck(ctx context.Context, t Target, list []*candidate) *syntaxCheck {
	h := t.Diagnostic.Span
	for _, c := range list {
		for _, e := range c.edits {
			if abs(int32(e.Span.Start-t.Diagnostic.Span.Start)) < snippetBytes {
				h.Start, h.End = min(h.Start, e.Span.Start), max(h.End, e.Span.End)
			}
		}
	}
	c := &syntaxCheck{text: t.Text}
	path := t.Tree.Path(h)
	c.span = path[len(path)-1].Span
	for i := len(path) - 1; i >= 0 && path[i].Span.Len() <= snippetBytes; i-- {
		c.span = path[i].Span
	}
	if c.span.Len() > 4*snippetBytes {
		c.span = analysis.Span{Start: max(h.Start-200, 0), End: min(h.End+200, len(t.Text))}
	}
	c.lang = t.Tree.Piece(c.span)
	c.before = c.count(ctx, nil)
	return c
}

func (c *syntaxCheck) count(ctx context.Context, edits []analysis.Edit) int {
	var in []analysis.Edit
	for _, e := range edits {
		if e.Span.Start >= c.span.Start && e.Span.End <= c.span.End {
			e.Span.Start -= c.span.Start
			e.Span.End -= c.span.Start
			in = append(in, e)
		}
	}
	text, err := textedit.Apply(c.text[c.span.Start:c.span.End], in)
	if err != nil {
		return 100
	}
	tree, err := syntax.Parse(ctx, c.lang, text)
	if err != nil {
		return 0
	}
	defer tree.Close()
	return tree.ErrorCount(analysis.Span{End: len(text)})
}

func (c *syntaxCheck) newErrors(ctx context.Context, edits []analysis.Edit) int {
	return max(0, c.count(ctx, edits)-c.before)
}
