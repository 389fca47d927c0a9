package pattern

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// Many errors are about a part of a token: an escape in a string, a class in a
// regular expression, the suffix of a number. Such a token is cut where the
// error starts and ends, in the text before and in the text after, so that its
// parts can be kept, moved and deleted as other tokens are.

// A cutToken is one that was cut.
type cutToken struct {
	start      int
	head, tail string
}

// cutAt cuts the tokens of f that span starts or ends in. Quotes and operators
// stay whole.
func cutAt(f *syntax.Fragment, span analysis.Span) []cutToken {
	var cuts []cutToken
	at := map[int32][]int32{} // by token
	for i := range f.Tokens {
		t := &f.Tokens[i]
		if int(t.End) <= span.Start {
			continue
		}
		if int(t.Start) >= span.End {
			break
		}
		if t.Class == syntax.Punct || t.Class == syntax.Keyword || t.Class == syntax.Comment {
			continue
		}
		c := cutToken{start: int(t.Start)}
		if int(t.Start) < span.Start {
			at[int32(i)] = append(at[int32(i)], int32(span.Start))
			c.head = f.Text[t.Start:span.Start]
		}
		if span.End < int(t.End) {
			at[int32(i)] = append(at[int32(i)], int32(span.End))
			c.tail = f.Text[span.End:t.End]
		}
		if c.head != "" || c.tail != "" {
			cuts = append(cuts, c)
		}
	}
	cutTokens(f, at)
	return cuts
}

// cutAfter cuts the tokens of the text after in the same way: those that keep
// what stood before and behind the error in one token, and contents, which may
// be one token now where an escape stood between two.
func cutAfter(f *syntax.Fragment, span analysis.Span, cuts []cutToken, edits []analysis.Edit) {
	at := map[int32][]int32{}
	add := func(i, off int32) {
		if t := &f.Tokens[i]; off > t.Start && off < t.End && !slices.Contains(at[i], off) {
			at[i] = append(at[i], off)
			slices.Sort(at[i])
		}
	}
	tokenAt := func(off int) int32 { // the token that ends after off
		i, _ := slices.BinarySearchFunc(f.Tokens, int32(off), func(t syntax.Token, at int32) int {
			if t.End <= at {
				return -1
			}
			return 1
		})
		return int32(i)
	}
	for _, c := range cuts {
		start := c.start
		for _, e := range edits {
			if e.Span.End <= c.start {
				start += len(e.New) - e.Span.Len()
			}
		}
		i := tokenAt(start)
		if int(i) == len(f.Tokens) || int(f.Tokens[i].Start) != start {
			continue
		}
		text := f.Tok(i)
		if len(text) >= len(c.head)+len(c.tail) && strings.HasPrefix(text, c.head) && strings.HasSuffix(text, c.tail) {
			add(i, f.Tokens[i].Start+int32(len(c.head)))
			add(i, f.Tokens[i].End-int32(len(c.tail)))
		}
	}
	start, end := span.Start, span.End
	for _, e := range edits {
		grown := len(e.New) - e.Span.Len()
		switch {
		case e.Span.End <= span.Start && (e.Span.Len() > 0 || e.Span.Start < span.Start):
			start, end = start+grown, end+grown
		case e.Span.Start >= span.Start && e.Span.End <= span.End:
			end += grown
		case e.Span.Start < span.End:
			start, end = -1, -1 // the edit reaches across
		}
		if start < 0 {
			break
		}
	}
	for _, off := range []int{start, end} {
		if i := tokenAt(off); off >= 0 && int(i) < len(f.Tokens) && f.Tokens[i].Class == syntax.Content {
			add(i, int32(off))
		}
	}
	cutTokens(f, at)
}

// cutTokens cuts tokens at offsets: their leaves become nodes over the parts.
func cutTokens(f *syntax.Fragment, at map[int32][]int32) {
	if len(at) == 0 {
		return
	}
	nodes := make([]syntax.Node, 0, len(f.Nodes)+3*len(at))
	tokens := make([]syntax.Token, 0, len(f.Tokens)+2*len(at))
	tok := make([]int32, len(f.Tokens)+1) // the new numbers
	n := int32(0)
	for i := range f.Tokens {
		tok[i] = n
		n += 1 + int32(len(at[int32(i)]))
	}
	tok[len(f.Tokens)] = n
	node := make([]int32, len(f.Nodes)+1)
	n = 0
	for i := range f.Nodes {
		node[i] = n
		n++
		if nd := &f.Nodes[i]; nd.First < 0 && nd.Tok0 < nd.Tok1 && len(at[nd.Tok0]) > 0 {
			n += 1 + int32(len(at[nd.Tok0]))
		}
	}
	node[len(f.Nodes)] = n
	renumber := func(i int32) int32 {
		if i < 0 {
			return i
		}
		return node[i]
	}
	for i := range f.Nodes {
		nd := f.Nodes[i]
		cuts := at[nd.Tok0]
		leaf := nd.First < 0 && nd.Tok0 < nd.Tok1
		nd.Parent, nd.First, nd.Next, nd.Last = renumber(nd.Parent), renumber(nd.First), renumber(nd.Next), node[nd.Last]
		first := nd.Tok0
		nd.Tok0, nd.Tok1 = tok[nd.Tok0], tok[nd.Tok1]
		if !leaf || len(cuts) == 0 {
			nodes = append(nodes, nd)
			if leaf {
				t := f.Tokens[first]
				t.Leaf = node[i]
				tokens = append(tokens, t)
			}
			continue
		}
		nd.First = node[i] + 1
		nodes = append(nodes, nd)
		start := f.Tokens[first].Start
		for k := range len(cuts) + 1 {
			end := f.Tokens[first].End
			if k < len(cuts) {
				end = cuts[k]
			}
			me := node[i] + 1 + int32(k)
			part := syntax.Node{
				Kind: nd.Kind, Named: true, Parent: node[i], First: -1, Next: me + 1, Last: me + 1,
				Tok0: nd.Tok0 + int32(k), Tok1: nd.Tok0 + int32(k) + 1, Start: start, End: end,
			}
			if k == len(cuts) {
				part.Next = -1
			}
			nodes = append(nodes, part)
			tokens = append(tokens, syntax.Token{Start: start, End: end, Leaf: me, Class: f.Tokens[first].Class})
			start = end
		}
	}
	f.Nodes, f.Tokens = nodes, tokens
}
