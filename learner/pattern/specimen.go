package pattern

import (
	"context"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/bug"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/analysis/treediff"
)

// A scene is a text with an error in it, as fragments: what templates are
// matched against, when they are learned and when they are used.
type scene struct {
	lang *syntax.Language
	frag *syntax.Fragment
	// span is the diagnostic's place, r0 to r1 its tokens. An empty span is
	// between tokens: r0 == r1.
	span   analysis.Span
	noSpan bool
	r0, r1 int32
	msg    message
	cuts   []cutToken // of tokens that the diagnostic starts or ends in
	byKind map[syntax.Kind][]int32
	words  map[string]standing
	roles  []role // by token
}

// A specimen is an example made ready for learning.
type specimen struct {
	scene
	id     string
	after  []string // texts of the tokens of the text after
	gaps   []string // white space before each of them
	align  []int32  // the token before that it is, -1 for an inserted one
	stay   []int32  // the other way round: by token before
	hunks  []treediff.Hunk
	prefix int32   // how many tokens at the start are equal
	suffix int32   // and at the end
	covers []int16 // buffer of generalize
	named  map[string][]role

	lesson    lesson
	templates []*template // those that repair the specimen itself
	// comments says that the edit is one of comments only.
	comments bool
}

// reach is how many bytes around an error or edit are looked at. Measured on a
// quarter of the codes of six sources, top-1: 400 bytes .501, 800 .502, 1,500
// .504 for twice the time.
const reach = 800

// newScene looks at text around spans.
func newScene(lang *syntax.Language, tree *syntax.Tree, text string, d analysis.Diagnostic, comments bool, spans ...analysis.Span) scene {
	s := scene{lang: lang, span: d.Span, noSpan: d.NoSpan}
	s.span.Start = min(max(s.span.Start, 0), len(text))
	s.span.End = min(max(s.span.End, s.span.Start), len(text))
	s.frag = syntax.View(lang, tree, text, comments, spans...)
	s.cuts = cutAt(s.frag, s.span)
	s.r0, s.r1 = tokensAt(s.frag, s.span)
	s.msg = messageOf(lang, d, text[s.span.Start:s.span.End], s.names())
	s.byKind = map[syntax.Kind][]int32{}
	for i := range s.frag.Nodes {
		k := s.frag.Nodes[i].Kind
		s.byKind[k] = append(s.byKind[k], int32(i))
	}
	return s
}

// tokensAt returns the tokens that span overlaps; of an empty span, the token
// it touches on the right, else none at the gap.
func tokensAt(f *syntax.Fragment, span analysis.Span) (int32, int32) {
	lo := int32(0)
	for hi := int32(len(f.Tokens)); lo < hi; {
		mid := (lo + hi) / 2
		if int(f.Tokens[mid].End) <= span.Start {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	end := lo
	for end < int32(len(f.Tokens)) && int(f.Tokens[end].Start) < span.End {
		end++
	}
	if end == lo && span.Len() == 0 && lo < int32(len(f.Tokens)) && int(f.Tokens[lo].Start) <= span.Start {
		return lo, lo + 1 // a position is the token at it
	}
	return lo, end
}

// names are the words at the error: few, since a message names few.
func (s *scene) names() []string {
	var out []string
	for i := s.r0; i < s.r1 && i < s.r0+12; i++ {
		if c := s.frag.Tokens[i].Class; c == syntax.Word && (len(s.frag.Tok(i)) > 2 || s.r1-s.r0 == 1) {
			out = append(out, s.frag.Tok(i))
		}
	}
	return out
}

// rangeText is the text at the error as tokens.
func (s *scene) rangeToks() []string {
	if s.noSpan || s.r1-s.r0 > 40 {
		return nil
	}
	return texts(s.frag, s.r0, s.r1)
}

func texts(f *syntax.Fragment, t0, t1 int32) []string {
	if t0 >= t1 {
		return nil
	}
	out := make([]string, 0, t1-t0)
	for i := t0; i < t1; i++ {
		out = append(out, f.Tok(i))
	}
	return out
}

// hull is the smallest span that holds the edits and the error.
func hull(d analysis.Diagnostic, edits []analysis.Edit) analysis.Span {
	h := d.Span
	for i, e := range edits {
		if i == 0 && d.NoSpan {
			h = e.Span
		}
		h.Start, h.End = min(h.Start, e.Span.Start), max(h.End, e.Span.End)
	}
	return h
}

// newSpecimen parses both sides of ex and compares them. It is nil when the
// two have the same tokens, or the edits do not fit the text.
func newSpecimen(ctx context.Context, ex analysis.Example) *specimen {
	text, err := textedit.Apply(ex.Before, ex.Edits)
	if err != nil || len(ex.Edits) == 0 {
		return nil
	}
	lang := syntax.Row(ex.Language)
	var before, after *syntax.Tree
	var added []importItem
	if syntax.For(ex.Language) != nil {
		if before, err = syntax.Parse(ctx, lang, ex.Before); err != nil {
			return nil
		}
		defer before.Close()
		if after, err = before.Edited(ctx, text, ex.Edits); err != nil {
			return nil
		}
		defer func() { after.Close() }()
		if body, imports := splitImports(lang, before, after, ex.Edits); len(imports) > 0 {
			if text, err = textedit.Apply(ex.Before, body); err != nil {
				return nil
			}
			alone, err := before.Edited(ctx, text, body)
			if err != nil {
				return nil
			}
			after.Close()
			after, ex.Edits, added = alone, body, imports
		}
	}
	grown := 0
	for _, e := range ex.Edits {
		grown += len(e.New) - e.Span.Len()
	}
	win := hull(ex.Diagnostic, ex.Edits)
	win.Start, win.End = win.Start-reach, win.End+reach
	// An edit of comments alone is learned with comments as tokens, every
	// other without: they are white space then.
	for _, comments := range []bool{false, true} {
		sp := &specimen{id: ex.ID, comments: comments}
		sp.scene = newScene(lang, before, ex.Before, ex.Diagnostic, comments, win)
		fa := syntax.View(lang, after, text, comments, analysis.Span{Start: win.Start, End: win.End + grown})
		cutAfter(fa, sp.span, sp.cuts, ex.Edits)
		sp.compare(fa)
		if len(sp.hunks) > 0 {
			sp.lesson = newLesson(&ex, sp)
			sp.lesson.imports = added
			return sp
		}
	}
	return nil
}

// compare aligns the tokens of both sides.
func (sp *specimen) compare(fa *syntax.Fragment) {
	a, b := treediff.Tokens(sp.frag), treediff.Tokens(fa)
	sp.hunks = treediff.Hunks(a, b)
	sp.slide(a, b)
	sp.pair(a, b)
	sp.after = make([]string, len(b))
	sp.gaps = make([]string, len(b))
	sp.align = make([]int32, len(b))
	end := 0
	if len(fa.Tokens) > 0 {
		end = int(fa.Tokens[0].Start)
	}
	for j := range b {
		sp.after[j] = strings.Clone(b[j].Text)
		sp.gaps[j] = strings.Clone(blanks(fa.Text[end:fa.Tokens[j].Start]))
		end = int(fa.Tokens[j].End)
	}
	sp.stay = make([]int32, len(a))
	for i := range sp.stay {
		sp.stay[i] = -1
	}
	i, j := int32(0), int32(0)
	for _, h := range append(slices.Clip(sp.hunks), treediff.Hunk{A0: int32(len(a)), A1: int32(len(a)), B0: int32(len(b)), B1: int32(len(b))}) {
		for i < h.A0 && j < h.B0 {
			sp.align[j], sp.stay[i] = i, j
			i, j = i+1, j+1
		}
		if i != h.A0 || j != h.B0 {
			bug.Reportf("a diff whose hunks do not meet")
			return
		}
		for ; j < h.B1; j++ {
			sp.align[j] = -1
		}
		i = h.A1
	}
	if n := len(sp.hunks); n > 0 {
		sp.prefix = sp.hunks[0].A0
		sp.suffix = int32(len(a)) - sp.hunks[n-1].A1
	}
}

// blanks is the white space of a gap: comments in it are dropped.
func blanks(gap string) string {
	if strings.TrimSpace(gap) == "" {
		return gap
	}
	if i := strings.LastIndexByte(gap, '\n'); i >= 0 && strings.TrimSpace(gap[i:]) == "" {
		return gap[i:]
	}
	return " "
}

// slide moves hunks that only insert or only delete to the place where what
// they insert or delete is whole: [a, |b, |c] could delete "b ," or ", b".
func (sp *specimen) slide(a, b []treediff.Token) {
	for k := range sp.hunks {
		h := &sp.hunks[k]
		lo, hi := int32(0), int32(len(a))
		if k > 0 {
			lo = sp.hunks[k-1].A1
		}
		if k+1 < len(sp.hunks) {
			hi = sp.hunks[k+1].A0
		}
		switch {
		case h.B0 == h.B1:
			best, bestCost := *h, sp.runCost(h.A0, h.A1)
			for at, d := *h, int32(0); d < 30 && at.A0 > lo && a[at.A0-1] == a[at.A1-1]; d++ {
				at.A0, at.A1, at.B0, at.B1 = at.A0-1, at.A1-1, at.B0-1, at.B1-1
				if c := sp.runCost(at.A0, at.A1); c < bestCost {
					best, bestCost = at, c
				}
			}
			for at, d := *h, int32(0); d < 30 && at.A1 < hi && a[at.A0] == a[at.A1]; d++ {
				at.A0, at.A1, at.B0, at.B1 = at.A0+1, at.A1+1, at.B0+1, at.B1+1
				if c := sp.runCost(at.A0, at.A1); c < bestCost {
					best, bestCost = at, c
				}
			}
			*h = best
		case h.A0 == h.A1:
			best, bestCost := *h, insertCost(b, h.B0, h.B1)
			for at, d := *h, int32(0); d < 30 && at.A0 > lo && b[at.B0-1] == b[at.B1-1]; d++ {
				at.A0, at.A1, at.B0, at.B1 = at.A0-1, at.A1-1, at.B0-1, at.B1-1
				if c := insertCost(b, at.B0, at.B1); c < bestCost {
					best, bestCost = at, c
				}
			}
			for at, d := *h, int32(0); d < 30 && at.A1 < hi && b[at.B0] == b[at.B1]; d++ {
				at.A0, at.A1, at.B0, at.B1 = at.A0+1, at.A1+1, at.B0+1, at.B1+1
				if c := insertCost(b, at.B0, at.B1); c < bestCost {
					best, bestCost = at, c
				}
			}
			*h = best
		}
	}
}

// pair moves hunks that delete or insert one bracket each so that the two are a
// pair: of ((x)) that becomes (x) the outer brackets are deleted, which leaves
// what is inside whole, and of f(x) that becomes f((x)) the inner are inserted.
func (sp *specimen) pair(a, b []treediff.Token) {
	for k := 0; k+1 < len(sp.hunks); k++ {
		h := &sp.hunks[k]
		for l := k + 1; l < len(sp.hunks) && l < k+4; l++ {
			g := &sp.hunks[l]
			switch {
			case h.B0 == h.B1 && g.B0 == g.B1 && h.A1-h.A0 == 1 && g.A1-g.A0 == 1 && closes(a[h.A0].Text, a[g.A0].Text):
				// As far out as equal brackets stand.
				for sp.free(k, -1) && a[h.A0-1] == a[h.A0] && sp.free(l, 1) && a[g.A1] == a[g.A0] {
					move(h, -1)
					move(g, 1)
				}
				for !sp.together(h.A0, g.A0) && sp.free(k, -1) && a[h.A0-1] == a[h.A0] {
					move(h, -1)
				}
				for !sp.together(h.A0, g.A0) && sp.free(l, 1) && a[g.A1] == a[g.A0] {
					move(g, 1)
				}
			case h.A0 == h.A1 && g.A0 == g.A1 && h.B1-h.B0 == 1 && g.B1-g.B0 == 1 && closes(b[h.B0].Text, b[g.B0].Text):
				// As far in: towards each other.
				for h.B1 < g.B0 && sp.free(k, 1) && b[h.B1] == b[h.B0] && sp.free(l, -1) && b[g.B0-1] == b[g.B0] {
					move(h, 1)
					move(g, -1)
				}
			default:
				continue
			}
			break
		}
	}
}

func closes(open, end string) bool {
	return open == "(" && end == ")" || open == "[" && end == "]" || open == "{" && end == "}"
}

func move(h *treediff.Hunk, by int32) {
	h.A0, h.A1, h.B0, h.B1 = h.A0+by, h.A1+by, h.B0+by, h.B1+by
}

// free reports whether hunk k may move by one token.
func (sp *specimen) free(k int, by int32) bool {
	if by < 0 {
		at := sp.hunks[k].A0
		if k > 0 {
			return at > sp.hunks[k-1].A1
		}
		return at > 0 && sp.hunks[k].B0 > 0
	}
	at := sp.hunks[k].A1
	if k+1 < len(sp.hunks) {
		return at < sp.hunks[k+1].A0
	}
	return int(at) < len(sp.frag.Tokens)
}

// together reports whether two tokens are of one node.
func (sp *specimen) together(i, j int32) bool {
	f := sp.frag
	return f.Nodes[f.Tokens[i].Leaf].Parent == f.Nodes[f.Tokens[j].Leaf].Parent
}

// runCost says how far the tokens [a0, a1) are from being whole nodes: 0 for
// one node, then by the number of siblings, worst when nodes are cut.
func (sp *specimen) runCost(a0, a1 int32) int {
	an, ok := forest(sp.frag, a0, a1)
	if !ok {
		return 1000
	}
	cost := 10 * int(an.t1-an.t0-(a1-a0))
	if an.first != an.last {
		cost++
	}
	return cost
}

// insertCost prefers insertions with balanced brackets that do not start with
// a separator or a closing bracket.
func insertCost(b []treediff.Token, b0, b1 int32) int {
	cost, depth, low := 0, 0, 0
	for j := b0; j < b1; j++ {
		switch b[j].Text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
			low = min(low, depth)
		}
	}
	if depth != 0 || low < 0 {
		cost += 4
	}
	switch b[b0].Text {
	case ",", ";", ".", ")", "]", "}":
		cost++
	}
	return cost
}
