package pattern

import (
	"encoding/binary"
	"strings"

	"github.com/dejafix/dejafix/analysis/syntax"
)

// An op is what a pattern node asks of the code.
type op uint8

const (
	opLeaf    op = iota // this text
	opNode              // this kind, with these children
	opHole              // any node; every hole of one number has equal tokens
	opKind              // any node of this kind
	opCapture           // the tokens of a capture of the message
	opList              // any run of siblings, also none
)

// A pnode is one node of a pattern. The nodes of a pattern are in one list,
// parents first.
type pnode struct {
	op   op
	leaf bool // a hole for a single word, number or content only
	kind syntax.Kind
	was  syntax.Kind // of a hole: the kind of node that it was in the example
	arg  int16       // text, hole or capture
	end  int16       // one more than the last node below
}

// A source says where a piece of the text after comes from.
type source struct {
	kind sourceKind
	arg  int16 // text, pattern node, capture or transform
	from int16 // what a transform is applied to: pattern node, or -1-capture; which word of the capture, from the end when negative, or of how many
}

type sourceKind uint8

const (
	srcText    sourceKind = iota // a literal
	srcNode                      // what a pattern node matched
	srcCapture                   // a capture of the message
	srcRange                     // the text at the error
	srcChange                    // a transform of what a node matched or of a capture
	srcSlice                     // a word of a capture of the message
	srcNamed                     // the same, of a capture of as many words
)

// An item is one piece of the text after: the sources that explain it in every
// supporting example, the likeliest first, and the white space before it.
type item struct {
	alts []source
	gap  int16 // text; line breaks and indentation relative to the anchor's line
	kept bool  // aligned with the code: its place in the text does not change
}

// A part is one group of hunks: a run of sibling nodes and what replaces it.
type part struct {
	roots [2]int16 // pattern nodes, [first, end)
	n     int16    // how many siblings
	items []item
	place place // where the run lies, seen from the error
	gone  bool  // the run is deleted
	// after says that what is put in before the run belongs to the token before
	// it: lead is the white space between them, a text as an item's gap.
	after bool
	lead  int16
}

// A template is one way to generalise one edit.
type template struct {
	nodes    []pnode
	parts    []part // the part nearest to the error first
	texts    []string
	changes  []change
	holes    int16
	comments bool
	level    level
	aim      int16 // the pattern node that the error was at, -1 for none
	// foreign counts inserted words that are names of the example's own text,
	// fresh those that are in neither.
	foreign, fresh int8
	names          []named // those words
	copied         int8    // tokens that the example keeps, but the pattern does not ask for
	size           int16   // tokens of the anchors in its example

	key      string
	examples []int32   // specimens it comes from
	support  []int32   // other specimens that it repairs rightly
	wrongs   []int32   // specimens that it repairs wrongly
	own      *template // as its specimen made it
	votes    map[*specimen]vote
	worth    float64 // for choosing what is kept
}

// A named is a word that a template inserts as it stands.
type named struct {
	text    int16
	foreign bool // a name of the example's own text
	how     standing
	said    bool // the example's message has it
	roles   []role
}

// A level says how far a template generalises its example.
type level struct {
	shared   uint8 // 0 nothing, 1 words, 2 subtrees that both sides have become holes
	loose    uint8 // 1 words that only the text before has become holes, 2 subtrees, 3 the whole anchor
	captures bool  // what the message quotes must be what the new message quotes
	changes  bool  // words that transforms start from become holes
	lists    bool
	anyRoot  bool // a root that is a hole may be of any kind
}

// makeKey writes down the pattern and the likeliest text after.
func (t *template) makeKey() {
	var b strings.Builder
	var buf [8]byte
	num := func(n int) {
		b.Write(buf[:binary.PutVarint(buf[:], int64(n))])
	}
	for i := range t.nodes {
		n := &t.nodes[i]
		num(int(n.op))
		if n.leaf {
			num(1)
		}
		num(int(n.kind))
		num(int(n.end))
		if n.op == opLeaf {
			b.WriteString(t.texts[n.arg])
			b.WriteByte(0)
		} else {
			num(int(n.arg))
		}
	}
	for i := range t.parts {
		p := &t.parts[i]
		num(int(p.roots[0]))
		num(int(p.n))
		num(int(p.place.rel))
		for _, it := range p.items {
			t.writeSource(&b, it.alts[0], num)
		}
		b.WriteByte(1)
	}
	t.key = b.String()
}

func (t *template) writeSource(b *strings.Builder, s source, num func(int)) {
	num(int(s.kind))
	switch s.kind {
	case srcText:
		b.WriteString(t.texts[s.arg])
		b.WriteByte(0)
	case srcSlice, srcNamed:
		num(int(s.arg))
		num(int(s.from))
	case srcChange:
		c := t.changes[s.arg]
		num(int(c.op))
		b.WriteString(c.a)
		b.WriteByte(0)
		b.WriteString(c.b)
		b.WriteByte(0)
		num(int(s.from))
	default:
		num(int(s.arg))
	}
}

// text returns the number of s among the template's texts.
func (t *template) text(s string) int16 {
	for i, v := range t.texts {
		if v == s {
			return int16(i)
		}
	}
	t.texts = append(t.texts, s)
	return int16(len(t.texts) - 1)
}
