package pattern

import (
	"hash/fnv"
	"strings"

	"github.com/dejafix/dejafix/analysis/syntax"
)

// A look is what an error looks like: what is compared to say which of the
// examples a new error is most like.
type look struct {
	template string   // of the message
	words    []string // of the message
	captures int      // of the message
	kinds    [3]syntax.Kind
	shape    []uint32 // pairs of neighbouring tokens at the error, names being all alike
	line     []string // names on the error's line
}

// maxLook bounds the tokens of a look.
const maxLook = 24

func (s *scene) look() look {
	l := look{template: strings.Clone(s.msg.template), words: s.msg.words, captures: len(s.msg.captures)}
	f := s.frag
	if s.noSpan || len(f.Tokens) == 0 {
		return l
	}
	r0, r1 := s.r0, min(s.r1, s.r0+maxLook)
	if an, ok := forest(f, r0, s.r1); ok {
		n := an.first
		if an.first != an.last {
			n = f.Nodes[n].Parent
		}
		for i := range l.kinds {
			if n < 0 {
				break
			}
			l.kinds[i] = f.Nodes[n].Kind
			n = wider(f, n)
		}
	}
	// A short range says little: its line is looked at then.
	line := syntax.LineAt(f.Text, s.span.Start)
	for i := r0; i > 0 && int(f.Tokens[i-1].Start) >= line.Start && r0-i < maxLook; i-- {
		if f.Tokens[i-1].Class == syntax.Word {
			l.line = append(l.line, strings.Clone(f.Tok(i-1)))
		}
	}
	end := r0
	for end < int32(len(f.Tokens)) && int(f.Tokens[end].Start) < line.End && end-r0 < maxLook {
		if f.Tokens[end].Class == syntax.Word {
			l.line = append(l.line, strings.Clone(f.Tok(end)))
		}
		end++
	}
	if r1-r0 < 3 {
		r1 = end
	}
	prev := "^"
	for i := r0; i < r1; i++ {
		cur := f.Tok(i)
		if wordy(f.Tokens[i].Class) {
			cur = "x"
		}
		h := fnv.New32a()
		h.Write([]byte(prev))
		h.Write([]byte{0})
		h.Write([]byte(cur))
		l.shape = append(l.shape, h.Sum32())
		prev = cur
	}
	return l
}

// akin reports whether the captures of two messages stand for the same: the
// messages have one template, or differ in some words only ("rewrite using
// `list()`" and "rewrite using `set()`").
func (l *look) akin(o *look) bool {
	return l.template == o.template || l.captures == o.captures && overlap(l.words, o.words) >= leastOverlap
}

// leastOverlap: nothing but .6 was tried.
const leastOverlap = .6

// A likeness says how alike two looks are, each part from 0 to 1.
type likeness struct {
	message, overlap, kind, parents, shape, line float64
}

func (l *look) like(o *look) likeness {
	var k likeness
	k.message = flag(l.template == o.template)
	k.overlap = overlap(l.words, o.words)
	k.kind = flag(l.kinds[0] == o.kinds[0])
	k.parents = (flag(l.kinds[1] == o.kinds[1]) + flag(l.kinds[2] == o.kinds[2])) / 2
	k.shape = dice(l.shape, o.shape)
	k.line = overlap(l.line, o.line)
	return k
}

// dice is twice the common elements over all.
func dice(a, b []uint32) float64 {
	if len(a)+len(b) == 0 {
		return 0
	}
	n := 0
	used := make([]bool, len(b))
	for _, x := range a {
		for j, y := range b {
			if x == y && !used[j] {
				used[j] = true
				n++
				break
			}
		}
	}
	return 2 * float64(n) / float64(len(a)+len(b))
}

// total orders likenesses.
func (k likeness) total() float64 {
	return k.message + k.overlap + k.kind + k.parents + 2*k.shape + k.line
}
