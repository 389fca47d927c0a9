package index

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// maxDrafts is how many edits are drafted for one error: as many as are checked.
const maxDrafts = 5

// An ask is one error that drafts are wanted for.
type ask struct {
	ctx  context.Context
	x    *Index
	s    *space
	doc  *analysis.Document
	tree *syntax.Tree
	d    analysis.Diagnostic
	// message is that of d, with the lines after its first one.
	message string
	dir     string // of doc, relative to the space's root
	text    *seen
	self    *File // doc as it is now
	view    view  // the top-level declaration around d
	out     []analysis.Draft
	memo    memo
}

// A maker drafts for the errors whose message it knows. It adds what it finds to
// the ask.
type maker func(a *ask)

// makers are the rules by language family.
var makers = map[string][]maker{
	"go":         goMakers,
	"typescript": scriptMakers,
	"python":     pythonMakers,
}

// Draft makes edits for an error of a compiler or type checker out of the text
// and what is known of its workspace, best first, at most five. Besides the index it
// reads go.mod, and other calls of a function in a few files beside doc. tree is
// that of doc.Text.
func (x *Index) Draft(ctx context.Context, doc *analysis.Document, tree *syntax.Tree, d analysis.Diagnostic) []analysis.Draft {
	if doc == nil || tree == nil || tree.Text() != doc.Text || d.NoSpan || d.Source == analysis.SourceRun ||
		d.Severity > analysis.SeverityError || len(doc.Text) > maxText || d.Span.End > len(doc.Text) {
		return nil
	}
	list := makers[tree.Language().Family]
	if len(list) == 0 {
		return nil
	}
	a := &ask{ctx: ctx, x: x, doc: doc, tree: tree, d: d, message: strings.TrimSpace(d.Message)}
	x.mu.Lock()
	if !x.ended {
		a.s = x.space(doc.Root)
	}
	x.mu.Unlock()
	if a.s == nil || doc.Root == "" {
		a.s = newSpace(filepath.Dir(doc.Path), "")
	}
	a.s.forgetModules()
	rel, _ := a.s.rel(doc.Path)
	a.dir, _ = split(rel)
	a.text = x.current(doc, tree)
	a.self = a.text.file
	a.view = view{tree.Fragment(false, around(tree, d.Span))}
	for _, m := range list {
		if ctx.Err() != nil {
			return nil
		}
		m(a)
	}
	return a.best()
}

// maxText is the longest text that drafts are made for, in bytes: they must take
// under 5 ms.
const maxText = 1 << 20

// around is the part of a text that is looked at in full: the top-level
// declarations that an error touches.
func around(tree *syntax.Tree, span analysis.Span) analysis.Span {
	for _, n := range tree.TopLevel(span) {
		if n.Span.Start <= span.Start && span.Start <= n.Span.End {
			return analysis.Span{Start: n.Span.Start, End: max(n.Span.End, min(span.End, n.Span.End+4096))}
		}
	}
	return syntax.LineAt(tree.Text(), span.Start)
}

// current is the outline of a document as it is now.
func (x *Index) current(doc *analysis.Document, tree *syntax.Tree) *seen {
	x.mu.Lock()
	if x.outlines == nil {
		x.outlines = newRecent[analysis.Digest, *seen](4)
	}
	known, ok := x.outlines.get(doc.Digest)
	x.mu.Unlock()
	if ok && known.file.Path == doc.Path {
		return known
	}
	known = &seen{file: outline(doc.Path, tree)}
	x.mu.Lock()
	x.outlines.put(doc.Digest, known)
	x.mu.Unlock()
	return known
}

// A seen is what is the same for all errors of one text.
type seen struct {
	file *File
	once sync.Once
	lex  *syntax.Fragment
}

// measured is what makers' own guesses are multiplied by: the share of drafts that
// were the commit's own repair, by what was guessed, on 240 errors of cobra,
// bubbletea, echo and go-toml (2026-11-22). Makers that are not here guessed well,
// or were seen too seldom to say.
var measured = map[string]float64{
	"nearest-name": .5, "assign": .3, "blank": .5, "argument": .6, "declared-elsewhere": .5, "define": .6,
	"unused-name": .7, "conversion": .8, "through-receiver": .6, "in-scope": .6,
}

// add takes one draft. score is the chance that it is right, as measured (see
// doc.go).
func (a *ask) add(maker, title string, fix analysis.FixType, score float64, edits ...analysis.Edit) {
	if f, ok := measured[maker]; ok {
		score *= f
	}
	edits = slices.DeleteFunc(edits, func(e analysis.Edit) bool { return a.doc.Text[e.Span.Start:e.Span.End] == e.New })
	if len(edits) > 0 {
		a.out = append(a.out, analysis.Draft{Maker: maker, Title: title, FixType: fix, Score: score, Edits: textedit.Sorted(edits)})
	}
}

// best are the drafts that are kept: apart from each other, inserting something,
// and no worse to parse than the text was.
func (a *ask) best() []analysis.Draft {
	slices.SortStableFunc(a.out, func(x, y analysis.Draft) int { return cmp.Compare(y.Score, x.Score) })
	var out []analysis.Draft
	seen := map[string]bool{}
	for _, d := range a.out {
		if !slices.ContainsFunc(d.Edits, func(e analysis.Edit) bool { return strings.TrimSpace(e.New) != "" }) {
			continue
		}
		text, err := textedit.Apply(a.doc.Text, d.Edits)
		if err != nil || text == a.doc.Text || seen[text] {
			continue
		}
		seen[text] = true
		if out = append(out, d); len(out) == maxDrafts {
			break
		}
	}
	return out
}

// replace is an edit of a span.
func replace(span analysis.Span, text string) analysis.Edit {
	return analysis.Edit{Span: span, New: text}
}

// insert is an edit at an offset.
func insert(at int, text string) analysis.Edit {
	return analysis.Edit{Span: analysis.Span{Start: at, End: at}, New: text}
}

// words cuts a name into the words it is made of, in lower case.
func words(name string) (list []string) {
	var cur []rune
	flush := func() {
		if len(cur) > 0 {
			list = append(list, strings.ToLower(string(cur)))
			cur = nil
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1])),
			unicode.IsUpper(r) && i+1 < len(runes) && unicode.IsLower(runes[i+1]):
			flush()
		}
		cur = append(cur, r)
	}
	flush()
	return list
}

// likeness is how near two names are, from 0 to 1: by letters or by the words
// they are made of, whichever is more.
func likeness(a, b string) float64 {
	fa, fb := fold(a), fold(b)
	if fa == fb {
		return 1
	}
	if fa == "" || fb == "" {
		return 0
	}
	letters := 1 - float64(editDistance(fa, fb))/float64(max(len(fa), len(fb)))
	wa, wb := words(a), words(b)
	same, total := 0, 0
	for _, w := range wa {
		total += len(w)
		if slices.Contains(wb, w) {
			same += 2 * len(w)
		}
	}
	for _, w := range wb {
		total += len(w)
	}
	byWords := 0.0
	if total > 0 {
		byWords = float64(same) / float64(total)
	}
	return max(letters, byWords*.95)
}

// editDistance is the number of letters that are put in, left out, changed or
// swapped with the next.
func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return max(len(a), len(b))
	}
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}

// A near is a name with how near it is.
type near struct {
	name  string
	score float64
}

// nearest are the names that are like name, best first, at most n.
func nearest(name string, names []string, least float64, n int) (list []near) {
	seen := map[string]bool{name: true}
	for _, other := range names {
		if seen[other] || len(other) < 2 {
			continue
		}
		seen[other] = true
		if l := likeness(name, other); l >= least {
			list = append(list, near{other, l})
		}
	}
	slices.SortStableFunc(list, func(a, b near) int { return cmp.Compare(b.score, a.score) })
	return list[:min(len(list), n)]
}

// indent is the white space that the line of an offset starts with.
func indent(text string, at int) string {
	line := syntax.LineAt(text, at)
	s := text[line.Start:line.End]
	return s[:len(s)-len(strings.TrimLeft(s, " \t"))]
}
