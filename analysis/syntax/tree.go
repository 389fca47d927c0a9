package syntax

import (
	"context"
	"errors"
	"slices"
	"sort"
	"strings"

	ts "github.com/tree-sitter/go-tree-sitter"

	"github.com/dejafix/dejafix/analysis"
)

// ErrNoGrammar says that a language has no grammar; Lex cuts its texts into a
// Fragment all the same.
var ErrNoGrammar = errors.New("no grammar for this language")

// A Tree is the syntax of one text. It never changes and may be read by
// several goroutines at once. Close frees it; nothing may be read afterwards.
type Tree struct {
	text  string
	lang  *Language
	gram  *grammar
	inner *ts.Tree
	code  code
}

// Parse parses text. The only errors are a language without a grammar and ctx
// being done: broken text gives a tree with errors in it.
func Parse(ctx context.Context, lang *Language, text string) (*Tree, error) {
	if lang == nil || lang.grammar == nil && !lang.scripts {
		return nil, ErrNoGrammar
	}
	in := lang.codeOf(text)
	t, err := parseWith(ctx, lang, in, in.lang.grammar, text, nil)
	if err != nil || in.lang.fallback == nil || !t.HasErrors() {
		return t, err
	}
	other, err := parseWith(ctx, lang, in, in.lang.fallback, text, nil)
	if err != nil {
		t.Close()
		return nil, err
	}
	if other.HasErrors() && other.errorBytes() >= t.errorBytes() {
		other.Close()
		return t, nil
	}
	t.Close()
	return other, nil
}

func parseWith(ctx context.Context, lang *Language, in code, g *grammar, text string, old *ts.Tree) (*Tree, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	g.ready()
	p := ts.NewParser()
	defer p.Close()
	if err := p.SetLanguage(g.lang); err != nil {
		return nil, err
	}
	if lang.scripts && len(in.spans) > 0 {
		if err := p.SetIncludedRanges(ranges(text, in.spans)); err != nil {
			return nil, err
		}
	}
	src := []byte(text)
	if lang.scripts && len(in.spans) == 0 {
		src = nil // no range at all would mean the whole text
	}
	// Not ParseWithOptions, which could be stopped by ctx: it keeps its options
	// for ever (go-tree-sitter v0.25.0 saves them for C and never lets go), some
	// hundred bytes a parse, of which a session has hundreds of thousands. What is
	// parsed is bounded in size instead.
	inner := p.Parse(src, old)
	if inner == nil {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return nil, errors.New("the parser gave up")
	}
	return &Tree{text: text, lang: lang, gram: g, inner: inner, code: in}, nil
}

// smallText is the size up to which a text that was read with a fallback grammar
// is read with both at each edit: 32 KB take some 15 ms (BenchmarkParse). A larger
// one stays with the grammar it has.
const smallText = 32 << 10

// Edited parses text, which edits make of t's text, using what did not change.
// t stays usable; both are closed by their owner.
func (t *Tree) Edited(ctx context.Context, text string, edits []analysis.Edit) (*Tree, error) {
	in := t.lang.codeOf(text)
	if in.lang != t.code.lang || (len(in.spans) == 0) != (len(t.code.spans) == 0) {
		return Parse(ctx, t.lang, text) // another grammar, or no code to start from
	}
	if t.gram != in.lang.grammar && len(text) <= smallText {
		return Parse(ctx, t.lang, text) // what needed the fallback may be gone
	}
	old := t.inner.Clone()
	defer old.Close()
	// From the last to the first, so that positions stay those of t's text.
	for _, e := range slices.Backward(edits) {
		start := pointAt(t.text, e.Span.Start)
		old.Edit(&ts.InputEdit{
			StartByte: uint(e.Span.Start), OldEndByte: uint(e.Span.End), NewEndByte: uint(e.Span.Start + len(e.New)),
			StartPosition: start, OldEndPosition: pointAt(t.text, e.Span.End), NewEndPosition: advance(start, e.New),
		})
	}
	return parseWith(ctx, t.lang, in, t.gram, text, old)
}

func pointAt(text string, off int) ts.Point {
	return advance(ts.Point{}, text[:off])
}

func advance(p ts.Point, s string) ts.Point {
	if n := strings.Count(s, "\n"); n > 0 {
		p.Row += uint(n)
		p.Column = uint(len(s) - strings.LastIndexByte(s, '\n') - 1)
		return p
	}
	p.Column += uint(len(s))
	return p
}

// Close frees the tree. Closing twice is fine.
func (t *Tree) Close() {
	if t != nil && t.inner != nil {
		t.inner.Close()
		t.inner = nil
	}
}

// Text is the text that was parsed.
func (t *Tree) Text() string { return t.text }

// Language is the row that the text was parsed with.
func (t *Tree) Language() *Language { return t.lang }

// HasErrors reports whether there is a syntax error anywhere.
func (t *Tree) HasErrors() bool { return t.inner.RootNode().HasError() }

// ErrorCount counts the ERROR and missing nodes that overlap span, 100 at most.
func (t *Tree) ErrorCount(span analysis.Span) int {
	n := 0
	c := t.inner.Walk()
	defer c.Close()
	countErrors(c, span, &n)
	return n
}

func countErrors(c *ts.TreeCursor, span analysis.Span, n *int) {
	node := c.Node()
	if !node.HasError() || *n >= 100 || int(node.EndByte()) < span.Start || int(node.StartByte()) > span.End {
		return
	}
	if node.IsError() || node.IsMissing() {
		*n++
	}
	if !c.GotoFirstChild() {
		return
	}
	for {
		countErrors(c, span, n)
		if !c.GotoNextSibling() {
			break
		}
	}
	c.GotoParent()
}

// errorBytes is how much of the text lies in ERROR nodes, at least 1 when
// there is any.
func (t *Tree) errorBytes() int {
	total := 0
	c := t.inner.Walk()
	defer c.Close()
	var walk func()
	walk = func() {
		node := c.Node()
		if !node.HasError() {
			return
		}
		if node.IsError() || node.IsMissing() {
			total += int(node.EndByte()-node.StartByte()) + 1
			return
		}
		if !c.GotoFirstChild() {
			return
		}
		for {
			walk()
			if !c.GotoNextSibling() {
				break
			}
		}
		c.GotoParent()
	}
	walk()
	return total
}

// A NodeInfo is one node of a Tree: its kind and where it is.
type NodeInfo struct {
	Kind  Kind
	Named bool
	Span  analysis.Span
}

// Path returns the nodes that contain span, from the root down to the
// smallest.
func (t *Tree) Path(span analysis.Span) []NodeInfo {
	var path []NodeInfo
	c := t.inner.Walk()
	defer c.Close()
	for {
		info := t.info(c.Node())
		if !info.Span.Contains(span) && len(path) > 0 {
			return path
		}
		path = append(path, info)
		if !descend(c, span) {
			return path
		}
	}
}

// descend moves c to the child that contains span, and reports whether there
// is one. An empty span at the border of two children is taken to be in the
// second.
func descend(c *ts.TreeCursor, span analysis.Span) bool {
	if c.GotoFirstChildForByte(uint32(span.Start)) == nil {
		return false
	}
	for {
		n := c.Node()
		start, end := int(n.StartByte()), int(n.EndByte())
		if start > span.Start {
			return false
		}
		if end >= span.End && (end > span.Start || span.Len() > 0) {
			return true
		}
		if !c.GotoNextSibling() {
			return false
		}
	}
}

func (t *Tree) info(n *ts.Node) NodeInfo {
	k, named := t.gram.kind(n.KindId())
	return NodeInfo{Kind: k, Named: named, Span: analysis.Span{Start: int(n.StartByte()), End: int(n.EndByte())}}
}

// TopLevel returns the root's children that overlap span.
func (t *Tree) TopLevel(span analysis.Span) []NodeInfo {
	var out []NodeInfo
	c := t.inner.Walk()
	defer c.Close()
	if c.GotoFirstChildForByte(uint32(max(span.Start, 0))) == nil {
		return nil
	}
	for {
		info := t.info(c.Node())
		if info.Span.Start > span.End {
			return out
		}
		out = append(out, info)
		if !c.GotoNextSibling() {
			return out
		}
	}
}

// Imports returns the spans of the import block: the root's children of an
// import kind, 64 at most, looked for among its first 256 children.
func (t *Tree) Imports() []analysis.Span { return t.topLevel(t.lang.Imports) }

// topLevel returns the spans of the root's children of one of kinds, bounded as
// Imports says.
func (t *Tree) topLevel(kinds []string) []analysis.Span {
	var out []analysis.Span
	c := t.inner.Walk()
	defer c.Close()
	if !c.GotoFirstChild() {
		return nil
	}
	for i := 0; i < 256 && len(out) < 64; i++ {
		info := t.info(c.Node())
		if contains(kinds, info.Kind.String()) {
			out = append(out, info.Span)
		}
		if !c.GotoNextSibling() {
			break
		}
	}
	return out
}

// Site describes the place of span in t.
func Site(t *Tree, span analysis.Span) analysis.Site {
	site := analysis.Site{Line: strings.Count(t.text[:min(span.Start, len(t.text))], "\n")}
	path := t.Path(span)
	for _, p := range slices.Backward(path) {
		if site.NodeKind == "" && p.Named {
			site.NodeKind = p.Kind.String()
		}
		name := p.Kind.String()
		if t.lang.IsDeclaration(name) || t.lang.IsImport(name) {
			site.Enclosing = name
			break
		}
	}
	return site
}

// Around returns the lines of the smallest declaration around a line (from 0) of
// a text: the function, or what else the language has a name for. "" where there
// is none, or the language has no grammar.
func Around(ctx context.Context, language, text string, line int) string {
	lang := For(language)
	start := 0
	for range line {
		k := strings.IndexByte(text[start:], '\n')
		if k < 0 {
			return ""
		}
		start += k + 1
	}
	span := LineAt(text, start)
	for span.Start < span.End && isSpace(text[span.Start]) {
		span.Start++
	}
	if lang == nil || span.Len() == 0 {
		return ""
	}
	tree, err := Parse(ctx, lang, text)
	if err != nil {
		return ""
	}
	defer tree.Close()
	for _, p := range slices.Backward(tree.Path(span)) {
		if lang.IsDeclaration(p.Kind.String()) {
			return text[LineAt(text, p.Span.Start).Start:LineAt(text, p.Span.End).End]
		}
	}
	return ""
}

// LineAt returns the bounds of the line that off is in, without its line break.
func LineAt(text string, off int) analysis.Span {
	off = min(max(off, 0), len(text))
	start := strings.LastIndexByte(text[:off], '\n') + 1
	end := len(text)
	if i := strings.IndexByte(text[off:], '\n'); i >= 0 {
		end = off + i
	}
	return analysis.Span{Start: start, End: end}
}

// sortSpans keeps spans inside text, sorts them and merges what touches.
func sortSpans(text string, given []analysis.Span) []analysis.Span {
	spans := make([]analysis.Span, 0, len(given))
	for _, s := range given {
		s.Start, s.End = max(s.Start, 0), min(s.End, len(text))
		if s.Start < s.End {
			spans = append(spans, s)
		}
	}
	sort.Slice(spans, func(i, j int) bool { return spans[i].Start < spans[j].Start })
	var out []analysis.Span
	for _, s := range spans {
		if n := len(out); n > 0 && s.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, s.End)
			continue
		}
		out = append(out, s)
	}
	return out
}
