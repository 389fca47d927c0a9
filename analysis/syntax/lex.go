package syntax

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dejafix/dejafix/analysis"
)

// operators longer than one character, longest first. One list serves every
// language without a grammar: a wrong cut is the same wrong cut each time.
var operators = []string{
	">>>=", "<<=", ">>=", "**=", "...", "===", "!==", "<=>", "??=", "&&=", "||=", "?->", "//=",
	"==", "!=", "<=", ">=", "->", "=>", "::", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", ".=", "??", "?.", "<<", ">>", "**", ":=", "<-", "..",
}

// A lexeme is a token before it has a place in a tree.
type lexeme struct {
	start, end int32
	class      Class
	newline    bool // a line break lies before it
}

// lex cuts text[span] into words, numbers, quoted strings (as quote, content,
// quote), comments and operators.
func lex(lang *Language, text string, span analysis.Span) []lexeme {
	var out []lexeme
	newline := false
	add := func(start, end int, class Class) {
		if start < end {
			out = append(out, lexeme{int32(start), int32(end), class, newline})
			newline = false
		}
	}
	for i := span.Start; i < span.End; {
		rest := text[i:span.End]
		c := rest[0]
		switch {
		case c == '\n':
			newline = true
			i++
		case isSpace(c):
			i++
		case lang.LineComment != "" && strings.HasPrefix(rest, lang.LineComment):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			add(i, i+len(strings.TrimRight(rest[:n], " \t\r")), Comment)
			i += n
		case lang.Block[0] != "" && strings.HasPrefix(rest, lang.Block[0]):
			n := strings.Index(rest[len(lang.Block[0]):], lang.Block[1])
			if n < 0 {
				n = len(rest)
			} else {
				n += len(lang.Block[0]) + len(lang.Block[1])
			}
			add(i, i+n, Comment)
			i += n
		case c == '"' || c == '\'' || c == '`':
			n := quoted(rest)
			if n == 0 { // an apostrophe
				add(i, i+1, Punct)
				i++
				continue
			}
			add(i, i+1, Punct)
			add(i+1, i+n-1, Content)
			add(i+n-1, i+n, Punct)
			i += n
		default:
			r, size := utf8.DecodeRuneInString(rest)
			switch {
			case r == '_' || r == '$' || r == '@' || unicode.IsLetter(r):
				n := size + wordLen(rest[size:])
				add(i, i+n, Word)
				i += n
			case unicode.IsDigit(r):
				n := size
				for n < len(rest) && (rest[n] == '.' || isWordByte(rest[n])) {
					n++
				}
				add(i, i+n, Number)
				i += n
			default:
				n := size
				for _, op := range operators {
					if strings.HasPrefix(rest, op) {
						n = len(op)
						break
					}
				}
				add(i, i+n, Punct)
				i += n
			}
		}
	}
	return out
}

func isWordByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func wordLen(s string) int {
	n := 0
	for n < len(s) && isWordByte(s[n]) {
		n++
	}
	return n
}

// quoted is the length of the string that s starts with, 0 when its quote is
// not closed on the same line.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '\n':
			if s[0] != '`' {
				return 0
			}
		case s[0]:
			return i + 1
		}
	}
	return 0
}

// Words cuts a short text, such as a piece of a message, into the texts of its
// tokens.
func Words(lang *Language, text string) []string {
	var out []string
	for _, l := range lex(lang, text, analysis.Span{End: len(text)}) {
		out = append(out, text[l.start:l.end])
	}
	return out
}

// Lex makes a Fragment of a text without a grammar. Its tree is what brackets,
// line breaks, semicolons and commas tell: groups, statements, items, and
// operands such as a.b(c).
func Lex(lang *Language, text string, comments bool, spans ...analysis.Span) *Fragment {
	f := &Fragment{Text: text, Spans: sortSpans(text, spans), Lang: lang}
	p := lexParser{f: f, b: builder{f: f}}
	whole := false
	for _, s := range f.Spans {
		p.toks = append(p.toks, lex(lang, text, s)...)
		whole = s.Len() == len(text)
	}
	if !comments {
		p.dropComments()
	}
	root := p.open(-1, kindFile)
	p.b.f.Nodes[root].Partial = !whole
	p.all(root)
	return f
}

// lexInto adds text[start:end], cut into tokens, to f as a node below parent,
// which the caller links. It is -1 when there is no token.
func lexInto(f *Fragment, parent int32, lang *Language, comments bool, start, end int32) int32 {
	p := lexParser{f: f, b: builder{f: f}, toks: lex(lang, f.Text, analysis.Span{Start: int(start), End: int(end)})}
	if !comments {
		p.dropComments()
	}
	if len(p.toks) == 0 {
		return -1
	}
	root := p.open(-1, kindMarkup)
	f.Nodes[root].Parent = parent
	p.all(root)
	return root
}

type lexParser struct {
	f     *Fragment
	b     builder
	toks  []lexeme
	i     int
	last  []int32 // last child by node, for linking siblings
	depth int
}

// dropComments leaves comments to the gaps between tokens.
func (p *lexParser) dropComments() {
	kept := p.toks[:0]
	newline := false
	for _, l := range p.toks {
		newline = newline || l.newline
		if l.class == Comment {
			continue
		}
		l.newline, newline = newline, false
		kept = append(kept, l)
	}
	p.toks = kept
}

// all reads every token into root.
func (p *lexParser) all(root int32) {
	for p.i < len(p.toks) {
		p.statements(root, 0)
		if p.i < len(p.toks) { // a closing bracket without its partner
			p.leafHere(root)
		}
	}
	p.close(root)
}

func (p *lexParser) text() string { return p.f.Text[p.toks[p.i].start:p.toks[p.i].end] }

func (p *lexParser) open(parent int32, k Kind) int32 {
	i := int32(len(p.f.Nodes))
	p.f.Nodes = append(p.f.Nodes, Node{Kind: k, Named: true, Parent: parent, First: -1, Next: -1, Tok0: int32(len(p.f.Tokens))})
	p.link(parent, i)
	return i
}

func (p *lexParser) link(parent, child int32) {
	for int(child) >= len(p.last) {
		p.last = append(p.last, -1)
	}
	p.last[child] = -1
	if parent < 0 {
		return
	}
	if p.last[parent] < 0 {
		p.f.Nodes[parent].First = child
	} else {
		p.f.Nodes[p.last[parent]].Next = child
	}
	p.last[parent] = child
}

// close ends node i. A node with a single child is replaced by nothing: it
// stays, since its kind says where it is.
func (p *lexParser) close(i int32) {
	n := &p.f.Nodes[i]
	n.Last, n.Tok1 = int32(len(p.f.Nodes)), int32(len(p.f.Tokens))
	if n.Tok0 < n.Tok1 {
		n.Start, n.End = p.f.Tokens[n.Tok0].Start, p.f.Tokens[n.Tok1-1].End
	}
}

// leafHere makes a leaf of the next token.
func (p *lexParser) leafHere(parent int32) {
	l := p.toks[p.i]
	p.i++
	kind := kindPunct
	switch l.class {
	case Word, Keyword:
		kind = kindWord
	case Number:
		kind = kindNumber
	case Content:
		kind = kindContent
	case Comment:
		kind = kindComment
	}
	c := p.b.child(parent, l.start, l.end, kind, l.class)
	p.f.Nodes[c].Named = kind != kindPunct
	p.f.Nodes[c].Extra = l.class == Comment
	p.link(parent, c)
}

func closer(open string) byte {
	switch open {
	case "(":
		return ')'
	case "[":
		return ']'
	case "{":
		return '}'
	}
	return 0
}

func isCloser(s string) bool { return s == ")" || s == "]" || s == "}" }

// statements reads statements up to a closing bracket. end is the bracket that
// is waited for, 0 at the top.
func (p *lexParser) statements(parent int32, end byte) {
	for p.i < len(p.toks) {
		if isCloser(p.text()) {
			return
		}
		if p.toks[p.i].class == Comment {
			p.leafHere(parent)
			continue
		}
		s := p.open(parent, kindLine)
		p.items(s, end)
		p.close(s)
		if p.i < len(p.toks) && p.text() == ";" {
			p.leafHere(parent)
		}
	}
}

// items reads one statement: items between commas. Inside round and square
// brackets a line break does not end it.
func (p *lexParser) items(parent int32, end byte) {
	first := p.i
	for p.i < len(p.toks) {
		s := p.text()
		if isCloser(s) || s == ";" {
			return
		}
		if p.i > first && p.toks[p.i].newline && (end == 0 || end == '}') && !joins(s) && !joins(p.f.Text[p.toks[p.i-1].start:p.toks[p.i-1].end]) {
			return
		}
		if s == "," {
			p.leafHere(parent)
			continue
		}
		it := p.open(parent, kindItem)
		p.item(it, first, end)
		p.close(it)
	}
}

// joins reports whether a statement goes on over a line break beside s.
func joins(s string) bool {
	switch s {
	case ".", "->", "?.", "?->", "::", "&&", "||", "+", "=", "=>", ",", "?", ":", "??", "|":
		return true
	}
	return false
}

// item reads operands and what stands between them.
func (p *lexParser) item(parent int32, first int, end byte) {
	for p.i < len(p.toks) {
		s := p.text()
		if isCloser(s) || s == ";" || s == "," {
			return
		}
		if p.i > first && p.toks[p.i].newline && (end == 0 || end == '}') && !joins(s) && !joins(p.f.Text[p.toks[p.i-1].start:p.toks[p.i-1].end]) {
			return
		}
		if p.startsOperand() {
			p.operand(parent)
		} else {
			p.leafHere(parent)
		}
	}
}

func (p *lexParser) startsOperand() bool {
	t := p.toks[p.i]
	if t.class == Word || t.class == Number {
		return true
	}
	s := p.text()
	return s == "(" || s == "[" || s == "{" || p.startsString()
}

func (p *lexParser) startsString() bool {
	s := p.text()
	return p.toks[p.i].class == Punct && (s == `"` || s == "'" || s == "`") && p.i+1 < len(p.toks) &&
		(p.toks[p.i+1].class == Content || p.f.Text[p.toks[p.i+1].start:p.toks[p.i+1].end] == s)
}

// operand reads a name, number, string or group, and the calls, indexes and
// selections that follow it without a space.
func (p *lexParser) operand(parent int32) {
	chain := true
	if j := p.i + 1; j < len(p.toks) && p.toks[p.i].class == Word {
		n := p.f.Text[p.toks[j].start:p.toks[j].end]
		chain = isChain(n) || p.toks[j].start == p.toks[p.i].end && (n == "(" || n == "[")
	}
	if chain {
		o := p.open(parent, kindOperand)
		defer p.close(o)
		parent = o
	}
	p.primary(parent)
	for chain && p.i < len(p.toks) {
		s := p.text()
		adjacent := p.toks[p.i].start == p.toks[p.i-1].end
		switch {
		case isChain(s) && p.i+1 < len(p.toks) && p.toks[p.i+1].class == Word:
			p.leafHere(parent)
			p.leafHere(parent)
		case adjacent && (s == "(" || s == "["):
			p.group(parent)
		default:
			return
		}
	}
}

func isChain(s string) bool {
	return s == "." || s == "->" || s == "::" || s == "?." || s == "?->"
}

func (p *lexParser) primary(parent int32) {
	switch {
	case p.startsString():
		s := p.open(parent, kindString)
		q := p.text()
		p.leafHere(s)
		for p.i < len(p.toks) && p.toks[p.i].class == Content {
			p.leafHere(s)
		}
		if p.i < len(p.toks) && p.text() == q {
			p.leafHere(s)
		}
		p.close(s)
	case closer(p.text()) != 0 && p.toks[p.i].class == Punct:
		p.group(parent)
	default:
		p.leafHere(parent)
	}
}

func (p *lexParser) group(parent int32) {
	end := closer(p.text())
	g := p.open(parent, kindGroup)
	p.leafHere(g)
	p.depth++
	if p.depth < maxDepth {
		p.statements(g, end)
	}
	p.depth--
	if p.i < len(p.toks) && p.text() == string(end) {
		p.leafHere(g)
	}
	p.close(g)
}
