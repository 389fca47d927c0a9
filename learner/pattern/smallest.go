package pattern

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// nearLines is how many lines an edit may be from an error to belong to its
// repair by position alone. 40-45% of real repairs lie further than three
// lines from the error (LEARNING.md section 1); those belong by their names.
const nearLines = 3

// Smallest returns the edits that explain how the error d of before was
// repaired in after: those near it, and those that share names with these or
// with the error, such as an import for a name that the repair brings. What
// else was changed meanwhile is left out. When nothing is near and no name
// tells, all edits are returned. beforeTree may be nil.
func Smallest(lang *syntax.Language, before, after string, beforeTree *syntax.Tree, d analysis.Diagnostic) []analysis.Edit {
	edits := textedit.Compute(before, after)
	if len(edits) <= 1 || d.NoSpan {
		return edits
	}
	parts := make([]changed, len(edits))
	shift := 0
	for i, e := range edits {
		parts[i] = change1(lang, before, after, e, e.Span.Start+shift)
		parts[i].place = placeIn(beforeTree, e.Span)
		shift += len(e.New) - e.Span.Len()
	}
	here := placeIn(beforeTree, d.Span)
	line := analysis.Span{Start: syntax.LineAt(before, d.Span.Start).Start, End: syntax.LineAt(before, d.Span.End).End}
	wide := around(before, d.Span, nearLines)

	keep := make([]bool, len(edits))
	core := false
	for i, e := range edits {
		// On the error's own lines, or close by and in the same declaration.
		near := e.Span.Overlaps(line) || e.Span.Overlaps(wide) && parts[i].place.declaration == here.declaration && !parts[i].blank
		if near {
			keep[i] = true
			core = core || !parts[i].blank
		}
	}
	names := newNames(lang, before, d)
	if !core {
		// Nothing was changed at the error: what is it about?
		for i := range edits {
			if !parts[i].blank && parts[i].touches(names) {
				keep[i], core = true, true
			}
		}
	}
	if !core {
		for i := range edits {
			if !parts[i].blank && beforeTree != nil && parts[i].place.declaration == here.declaration {
				keep[i], core = true, true
			}
		}
	}
	if !core {
		return edits
	}
	// What shares a new or a vanished name with what is kept, until nothing more
	// does.
	for again := true; again; {
		again = false
		for i := range edits {
			if keep[i] || parts[i].blank {
				continue
			}
			for j := range edits {
				if keep[j] && !parts[j].blank && parts[i].bound(&parts[j]) {
					keep[i], again = true, true
					break
				}
			}
		}
	}
	if !balance(before, edits, keep, d.Span) {
		return edits
	}
	var out []analysis.Edit
	for i, e := range edits {
		if keep[i] {
			out = append(out, e)
		}
	}
	return out
}

// balance keeps the other ends of brackets that kept edits bring or take, the
// nearest to the error first: an "if … {" around ten lines has its "}" far away.
// It reports whether the brackets of what is kept match in the end.
func balance(before string, edits []analysis.Edit, keep []bool, at analysis.Span) bool {
	const brackets = "()[]{}"
	depth := func(i int) (d [3]int) {
		e := edits[i]
		for k := range d {
			open, closing := brackets[2*k:2*k+1], brackets[2*k+1:2*k+2]
			old := before[e.Span.Start:e.Span.End]
			d[k] = strings.Count(e.New, open) - strings.Count(e.New, closing) - strings.Count(old, open) + strings.Count(old, closing)
		}
		return d
	}
	var all, kept [3]int
	for i := range edits {
		for k, n := range depth(i) {
			all[k] += n
			if keep[i] {
				kept[k] += n
			}
		}
	}
	for kept != all {
		best, dist := -1, 0
		for i := range edits {
			n := depth(i)
			helps := false
			for k := range n {
				helps = helps || n[k] != 0 && (n[k] > 0) == (all[k] > kept[k]) && all[k] != kept[k]
			}
			if keep[i] || !helps {
				continue
			}
			if away := max(edits[i].Span.Start-at.End, at.Start-edits[i].Span.End, 0); best < 0 || away < dist {
				best, dist = i, away
			}
		}
		if best < 0 {
			return false
		}
		keep[best] = true
		for k, n := range depth(best) {
			kept[k] += n
		}
	}
	return true
}

// changed is what one edit brings and takes.
type changed struct {
	blank   bool // white space and comments only
	added   map[string]bool
	removed map[string]bool
	place   where
}

// where is the declaration that an edit is in, and whether it is an import.
type where struct {
	declaration analysis.Span // of the outermost named construct below the root
	imports     bool
}

func placeIn(tree *syntax.Tree, span analysis.Span) where {
	if tree == nil {
		return where{}
	}
	var w where
	path := tree.Path(span)
	for i, n := range path {
		name := n.Kind.String()
		if i > 0 && tree.Language().IsImport(name) {
			w.imports = true
		}
		if i > 0 && tree.Language().IsDeclaration(name) && w.declaration == (analysis.Span{}) {
			w.declaration = n.Span
		}
	}
	if len(path) > 1 && w.declaration == (analysis.Span{}) && !w.imports {
		w.declaration = path[1].Span
	}
	return w
}

// change1 compares the words that an edit removes with those it adds, both
// widened to whole words: an edit may change half a name.
func change1(lang *syntax.Language, before, after string, e analysis.Edit, at int) changed {
	old := words(lang, before, e.Span)
	fresh := words(lang, after, analysis.Span{Start: at, End: at + len(e.New)})
	c := changed{added: map[string]bool{}, removed: map[string]bool{}}
	c.blank = equal(syntax.Words(lang, stripComments(lang, before[e.Span.Start:e.Span.End])), syntax.Words(lang, stripComments(lang, e.New)))
	for _, w := range fresh {
		c.added[w] = true
	}
	for _, w := range old {
		if c.added[w] {
			delete(c.added, w)
			continue
		}
		c.removed[w] = true
	}
	return c
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// words lists the names in span, widened to whole words.
func words(lang *syntax.Language, text string, span analysis.Span) []string {
	for span.Start > 0 && isWordByte(text[span.Start-1]) && span.Start < len(text) && isWordByte(text[span.Start]) {
		span.Start--
	}
	for span.End < len(text) && span.End > 0 && isWordByte(text[span.End]) && isWordByte(text[span.End-1]) {
		span.End++
	}
	var out []string
	for _, w := range syntax.Words(lang, text[span.Start:span.End]) {
		if isName(w) && !common[w] {
			out = append(out, w)
		}
		if strings.ContainsAny(w, "/.") { // an import path ends in the name that it brings
			if i := strings.LastIndexAny(w, "/."); i+1 < len(w) && isName(w[i+1:]) {
				out = append(out, w[i+1:])
			}
		}
	}
	return out
}

// common words bind nothing: they are in every language's every file.
var common = wordSet(`if else for while return func function def class import from package var let const new this self
		nil null None undefined true false True False and or not in is try catch except throw raise switch case default break continue
		int string str bool float err error void public private static final async await type interface struct as with use fn mut pub impl
		end do then begin e i j k n x y _ ok ctx`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// newNames are the names that an error is about: quoted in its message, and at
// its place.
func newNames(lang *syntax.Language, text string, d analysis.Diagnostic) map[string]bool {
	out := map[string]bool{}
	at := words(lang, text, analysis.Span{Start: d.Span.Start, End: min(d.Span.End, d.Span.Start+200)})
	msg := parseMessage(lang, d.Message, "", at)
	for _, c := range msg.captures {
		for _, w := range c.toks {
			if isName(w) && !common[w] {
				out[w] = true
			}
		}
	}
	if len(out) == 0 {
		for _, w := range at {
			out[w] = true
		}
	}
	return out
}

// touches reports whether the edit adds or removes one of names.
func (c *changed) touches(names map[string]bool) bool {
	for w := range names {
		if c.added[w] || c.removed[w] {
			return true
		}
	}
	return false
}

// bound reports whether two edits belong together: both add a name, both take
// the same name away, or one declares or imports what the other uses.
func (c *changed) bound(o *changed) bool {
	for w := range c.added {
		if o.added[w] {
			return true
		}
	}
	for w := range c.removed {
		if o.removed[w] && (c.place.declaration == o.place.declaration || c.place.imports || o.place.imports) {
			return true
		}
	}
	return false
}
