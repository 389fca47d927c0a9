package syntax

import (
	"strings"
	"unicode"
	"unicode/utf8"

	ts "github.com/tree-sitter/go-tree-sitter"

	"github.com/dejafix/dejafix/analysis"
)

// A Class says what a token is made of.
type Class uint8

// The classes of a token.
const (
	Punct   Class = iota // operators, brackets, quotes
	Keyword              // words of the grammar
	Word                 // names, also of types
	Number
	Content // what is inside quotes, or text between tags
	Comment
)

// A Token is one leaf of the text.
type Token struct {
	Start, End int32 // bytes in the text
	Leaf       int32 // the node that is this leaf
	Class      Class
}

// A Node is a node of a Fragment. Nodes are numbered in the order in which they
// start, parents first, so that the nodes below i are i+1 to Last-1.
type Node struct {
	Kind       Kind
	Named      bool
	Extra      bool // a comment
	Partial    bool // reaches beyond the fragment: some children are not there
	Parent     int32
	First      int32 // first child, -1 for a leaf
	Next       int32 // next sibling, -1 for the last
	Last       int32 // one more than the last node below
	Tok0, Tok1 int32 // its tokens
	Start, End int32 // bytes, from its first token to its last
}

// A Fragment is a piece of a text's syntax in Go's memory: the nodes that
// overlap Spans. It refers to the text and not to the Tree, which may be closed.
type Fragment struct {
	Text   string
	Spans  []analysis.Span // sorted, apart from each other
	Tokens []Token
	Nodes  []Node
	Lang   *Language
}

// Tok returns the text of token i.
func (f *Fragment) Tok(i int32) string {
	t := &f.Tokens[i]
	return f.Text[t.Start:t.End]
}

// Fragment copies the nodes that overlap one of spans out of t. Without
// comments, comments are left to the gaps between tokens.
func (t *Tree) Fragment(comments bool, spans ...analysis.Span) *Fragment {
	return t.fragment(comments, nil, spans)
}

// Outline copies the whole of t without comments, and without what is below the
// nodes that cut tells: they are leaves without a token, and Partial. Copying the
// bodies of functions is most of the work, and who looks for definitions needs
// none of them.
func (t *Tree) Outline(cut func(parent, kind Kind) bool) *Fragment {
	return t.fragment(false, cut, []analysis.Span{{End: len(t.text)}})
}

func (t *Tree) fragment(comments bool, cut func(parent, kind Kind) bool, spans []analysis.Span) *Fragment {
	f := &Fragment{Text: t.text, Spans: sortSpans(t.text, spans), Lang: t.lang}
	size := 0
	for _, s := range f.Spans {
		size += s.Len()
	}
	if cut != nil {
		size /= 4
	}
	f.Tokens = make([]Token, 0, size/4+8)
	f.Nodes = make([]Node, 0, size/2+16)
	c := t.inner.Walk()
	defer c.Close()
	b := builder{f: f, g: t.gram, comments: comments, cut: cut}
	if len(f.Spans) > 0 {
		b.lo = int32(f.Spans[0].Start)
	}
	if t.lang.atom != "" {
		b.atom, b.atoms = KindOf(t.lang.atom), true
	}
	if t.lang.markup != "" {
		b.markup = Row(t.lang.markup)
	}
	n := c.Node()
	if t.lang.scripts {
		b.code, b.embedded = t.code.spans, true
		b.node(c, n, 0, int32(len(t.text)), -1)
		return f
	}
	b.node(c, n, int32(n.StartByte()), int32(n.EndByte()), -1)
	return f
}

// builder copies nodes depth first.
type builder struct {
	f        *Fragment
	g        *grammar
	comments bool
	lo       int32 // where the first span starts
	cut      func(parent, kind Kind) bool
	depth    int

	atoms    bool // nodes of the kind atom are leaves
	atom     Kind
	markup   *Language       // by which text that is not code is cut, or nil
	embedded bool            // only code is parsed
	code     []analysis.Span // of an embedded tree
}

// wanted reports whether [start, end) overlaps a span, and whether a span
// starts later.
func (b *builder) wanted(start, end int32) (overlaps, later bool) {
	for _, s := range b.f.Spans {
		if start < int32(s.End) && end > int32(s.Start) {
			return true, true
		}
		if start < int32(s.End) {
			return false, true
		}
	}
	return false, false
}

// inside reports whether [start, end) lies in one span.
func (b *builder) inside(start, end int32) bool {
	for _, s := range b.f.Spans {
		if int32(s.Start) <= start && end <= int32(s.End) {
			return true
		}
	}
	return false
}

// maxDepth bounds recursion on hostile input: what is nested deeper is one
// leaf. Measured: real files stay under 120.
const maxDepth = 400

// node copies the node at c, and returns its number, or -1 when it has no text.
func (b *builder) node(c *ts.TreeCursor, n *ts.Node, start, end, parent int32) int32 {
	if start >= end && parent >= 0 {
		return -1 // MISSING, or an empty rule
	}
	kind, named := b.g.kind(n.KindId())
	f := b.f
	i := int32(len(f.Nodes))
	f.Nodes = append(f.Nodes, Node{Kind: kind, Named: named, Parent: parent, First: -1, Next: -1, Tok0: int32(len(f.Tokens)), Start: start, End: end})
	if isComment(kind) {
		if !b.comments {
			f.Nodes = f.Nodes[:i]
			return -1
		}
		// Some comments have children (rust's doc comments); they are one token.
		f.Nodes[i].Extra = true
		text := f.Text[start:end]
		if trimmed := strings.TrimRight(text, " \t\r\n"); trimmed != "" {
			text = trimmed
		}
		b.leaf(i, start, start+int32(len(text)), Comment)
		return i
	}
	if b.cut != nil && named && parent >= 0 && b.cut(f.Nodes[parent].Kind, kind) {
		f.Nodes[i].Partial, f.Nodes[i].Last, f.Nodes[i].Tok1 = true, i+1, int32(len(f.Tokens))
		return i
	}
	b.depth++
	// What has no name has no children: each call into C that is spared counts.
	switch {
	case named && b.depth < maxDepth && (!b.atoms || kind != b.atom) && c.GotoFirstChild():
		b.children(c, i, start, end)
		c.GotoParent()
	case b.embedded && parent < 0:
		f.Nodes[i].Partial = !b.inside(start, end)
		b.gap(b.linker(i), i, start, end, false)
	case kind == kindText && b.markup != nil:
		f.Nodes[i].Partial = !b.inside(start, end)
		b.markedUp(b.linker(i), i, start, end)
	default:
		b.wholeLeaf(i, start, end, kind, named)
	}
	b.depth--
	nd := &f.Nodes[i]
	nd.Last, nd.Tok1 = int32(len(f.Nodes)), int32(len(f.Tokens))
	if nd.Tok0 == nd.Tok1 && parent >= 0 && !nd.Partial {
		f.Nodes = f.Nodes[:i]
		return -1
	}
	if nd.Tok0 < nd.Tok1 && !nd.Partial {
		nd.Start, nd.End = f.Tokens[nd.Tok0].Start, f.Tokens[nd.Tok1-1].End
	}
	return i
}

func (b *builder) children(c *ts.TreeCursor, i, start, end int32) {
	link := b.linker(i)
	pos := start
	whole := b.inside(start, end)
	b.f.Nodes[i].Partial = !whole
	if start < b.lo {
		// Jump over what ends before the first span.
		c.GotoParent()
		if c.GotoFirstChildForByte(uint32(b.lo)) == nil {
			c.GotoFirstChild()
		}
		pos = max(start, int32(c.Node().StartByte()))
		if b.embedded { // what is not code may lie before it
			pos = max(start, min(pos, b.lo))
		}
	}
	for {
		n := c.Node()
		cs, ce := int32(n.StartByte()), int32(n.EndByte())
		overlaps, later := whole, true
		if !whole {
			overlaps, later = b.wanted(cs, ce)
		}
		if !later {
			if b.embedded && cs > pos {
				b.gap(link, i, pos, cs, whole)
			}
			return
		}
		if cs > pos {
			b.gap(link, i, pos, cs, whole)
		}
		pos = max(pos, ce)
		if overlaps {
			link(b.node(c, n, cs, ce, i))
		}
		if !c.GotoNextSibling() {
			break
		}
	}
	if pos < end {
		b.gap(link, i, pos, end, whole)
	}
}

// linker returns what makes a node the next child of i; -1 is none.
func (b *builder) linker(i int32) func(child int32) {
	prev := int32(-1)
	return func(child int32) {
		if child < 0 {
			return
		}
		if prev < 0 {
			b.f.Nodes[i].First = child
		} else {
			b.f.Nodes[prev].Next = child
		}
		prev = child
	}
}

// gap makes nodes of the text between two children. Of an embedded tree, what
// is not code is in none of its nodes.
func (b *builder) gap(link func(int32), parent, start, end int32, whole bool) {
	if !b.embedded {
		if whole || b.inside(start, end) {
			link(b.uncovered(parent, start, end))
		}
		return
	}
	for _, s := range b.code {
		lo, hi := max(start, int32(s.Start)), min(end, int32(s.End))
		if lo >= hi {
			continue
		}
		b.markedUp(link, parent, start, lo)
		if whole || b.inside(lo, hi) {
			link(b.uncovered(parent, lo, hi))
		}
		start = hi
	}
	b.markedUp(link, parent, start, end)
}

// markedUp cuts text that is not code into tokens, as far as it is wanted.
func (b *builder) markedUp(link func(int32), parent, start, end int32) {
	for _, s := range b.f.Spans {
		if lo, hi := max(start, int32(s.Start)), min(end, int32(s.End)); lo < hi {
			link(lexInto(b.f, parent, b.markup, b.comments, lo, hi))
		}
	}
}

// uncovered makes a leaf of text that no child covers, such as the content of
// a string in some grammars.
func (b *builder) uncovered(parent, start, end int32) int32 {
	start, end = trimmed(b.f.Text, start, end)
	if start >= end || end-start > 1<<12 {
		return -1
	}
	return b.child(parent, start, end, kindContent, classOf(b.f.Text[start:end], true))
}

// wholeLeaf makes tokens of a node without children. A quoted leaf becomes
// quote, content and quote, so that an edit of what is inside is seen as one.
func (b *builder) wholeLeaf(i, start, end int32, kind Kind, named bool) {
	if start >= end {
		return
	}
	text := b.f.Text[start:end]
	if !named || isJSXText(kind) {
		start, end = trimmed(b.f.Text, start, end)
		if start >= end {
			return
		}
		text = b.f.Text[start:end]
	}
	if named {
		if q := quoteLen(text); q > 0 && len(text) > 2*q {
			first := b.child(i, start, start+int32(q), kindPunct, Punct)
			second := b.child(i, start+int32(q), end-int32(q), kindContent, Content)
			third := b.child(i, end-int32(q), end, kindPunct, Punct)
			b.f.Nodes[i].First = first
			b.f.Nodes[first].Next = second
			b.f.Nodes[second].Next = third
			return
		}
	}
	class := classOf(text, named)
	if named && class == Punct && (strings.TrimSpace(text) == "" || isQuoted(kind)) {
		class = Content
	}
	b.leaf(i, start, end, class)
}

// leaf makes node i itself a token.
func (b *builder) leaf(i, start, end int32, class Class) {
	n := &b.f.Nodes[i]
	n.Start, n.End = start, end
	n.Tok0 = int32(len(b.f.Tokens))
	b.f.Tokens = append(b.f.Tokens, Token{Start: start, End: end, Leaf: i, Class: class})
	n.Tok1 = n.Tok0 + 1
	n.Last = i + 1
}

// child adds a leaf below parent.
func (b *builder) child(parent, start, end int32, kind Kind, class Class) int32 {
	i := int32(len(b.f.Nodes))
	b.f.Nodes = append(b.f.Nodes, Node{Kind: kind, Parent: parent, First: -1, Next: -1})
	b.leaf(i, start, end, class)
	return i
}

// isQuoted reports whether a kind of leaf is found inside quotes: an escape, or
// a regular expression. Its text is no operator, however it looks.
func isQuoted(k Kind) bool {
	name := k.String()
	return strings.Contains(name, "escape") || strings.Contains(name, "regex") || strings.Contains(name, "content") || strings.Contains(name, "fragment")
}

func isJSXText(k Kind) bool { return k == kindJSXText }

var kindJSXText = KindOf("jsx_text")

func trimmed(text string, start, end int32) (int32, int32) {
	for start < end && isSpace(text[start]) {
		start++
	}
	for end > start && isSpace(text[end-1]) {
		end--
	}
	return start, end
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

// quoteLen is the length of the quotes around s, 0 when it is not quoted.
func quoteLen(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[0] {
	case '"', '\'', '`':
		if s[len(s)-1] == s[0] {
			return 1
		}
	case '<': // C's system headers
		if s[len(s)-1] == '>' {
			return 1
		}
	}
	return 0
}

// classOf classes a leaf by its text.
func classOf(s string, named bool) Class {
	r, _ := utf8.DecodeRuneInString(s)
	switch {
	case unicode.IsDigit(r), r == '.' && len(s) > 1 && s[1] >= '0' && s[1] <= '9':
		return Number
	case isIdentifier(s):
		if named {
			return Word
		}
		return Keyword
	case named && strings.IndexFunc(s, unicode.IsLetter) >= 0:
		if isIdentifier(strings.TrimLeft(s, ":@$#'&")) {
			return Word // :symbol, @ivar, 'lifetime
		}
		return Content
	}
	return Punct
}

// isIdentifier reports whether s is a name; ?, ! and - may end or join one in
// Ruby, CSS and keywords like "not in" stay one word.
func isIdentifier(s string) bool {
	for i, r := range s {
		if r == '_' || r == '$' || unicode.IsLetter(r) {
			continue
		}
		if i > 0 && (unicode.IsDigit(r) || (r == '?' || r == '!' || r == '=') && i == len(s)-1 || r == ' ') {
			continue
		}
		return false
	}
	return s != ""
}

// View is the fragment of spans in text: from tree when there is one, else cut
// by Lex.
func View(lang *Language, tree *Tree, text string, comments bool, spans ...analysis.Span) *Fragment {
	if tree != nil {
		return tree.Fragment(comments, spans...)
	}
	return Lex(lang, text, comments, spans...)
}
