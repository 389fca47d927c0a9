// Package treediff compares the tokens of two syntax trees and gives the
// smallest edit script between them: hunks of tokens, kept apart by tokens that
// both have. Names weigh more than punctuation, so that the alignment follows
// what a reader would call the same piece. It is pure.
package treediff

import "github.com/dejafix/dejafix/analysis/syntax"

// A Hunk replaces the tokens [A0, A1) of the first list by [B0, B1) of the second.
type Hunk struct{ A0, A1, B0, B1 int32 }

// A Token is what is compared: the text and whether it is a word.
type Token struct {
	Text string
	Word bool // names, keywords, numbers, contents of strings
}

// Tokens lists the tokens of f, comments included.
func Tokens(f *syntax.Fragment) []Token {
	out := make([]Token, len(f.Tokens))
	for i := range f.Tokens {
		out[i] = Token{Text: f.Tok(int32(i)), Word: f.Tokens[i].Class != syntax.Punct}
	}
	return out
}

// The weights of LEARNING.md section 2.
const (
	wordWeight  = 3
	punctWeight = 2
)

// maxCells bounds the table of the exact comparison; above it the lists are
// first cut at tokens that occur once in each. 250,000 cells take 1 ms.
const maxCells = 250_000

// Hunks returns the smallest edit script from a to b, in order.
func Hunks(a, b []Token) []Hunk {
	return merge(compare(nil, a, b, 0, 0))
}

func compare(out []Hunk, a, b []Token, a0, b0 int32) []Hunk {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b, a0, b0 = a[1:], b[1:], a0+1, b0+1
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	switch {
	case len(a) == 0 && len(b) == 0:
		return out
	case len(a) == 0 || len(b) == 0:
		return append(out, Hunk{a0, a0 + int32(len(a)), b0, b0 + int32(len(b))})
	case len(a)*len(b) <= maxCells:
		return exact(out, a, b, a0, b0)
	}
	i, j, ok := split(a, b)
	if !ok {
		return append(out, Hunk{a0, a0 + int32(len(a)), b0, b0 + int32(len(b))})
	}
	out = compare(out, a[:i], b[:j], a0, b0)
	return compare(out, a[i:], b[j:], a0+int32(i), b0+int32(j))
}

// split finds the pair of equal tokens, each alone of its kind in its list,
// that lies nearest to the middle.
func split(a, b []Token) (int, int, bool) {
	type place struct{ na, nb, i, j int }
	at := map[Token]*place{}
	for i, t := range a {
		p := at[t]
		if p == nil {
			p = &place{}
			at[t] = p
		}
		p.na++
		p.i = i
	}
	for j, t := range b {
		if p := at[t]; p != nil {
			p.nb++
			p.j = j
		}
	}
	best, bi, bj := -1, 0, 0
	for i, t := range a {
		p := at[t]
		if p.na != 1 || p.nb != 1 || i == 0 && p.j == 0 {
			continue
		}
		d := abs(i-len(a)/2) + abs(p.j-len(b)/2)
		if best < 0 || d < best {
			best, bi, bj = d, i, p.j
		}
	}
	return bi, bj, best >= 0
}

func abs(x int) int {
	if x < 0 {
		return -x
	}
	return x
}

// exact is the heaviest common subsequence by dynamic programming. Of equally
// heavy ones it prefers long runs: a bonus for a pair that follows a pair.
func exact(out []Hunk, a, b []Token, a0, b0 int32) []Hunk {
	n, m := len(a), len(b)
	w := m + 1
	// score[i][j]: best for a[i:], b[j:]; run[i][j]: the pair (i,j) is taken.
	score := make([]int32, (n+1)*w)
	take := make([]bool, (n+1)*w)
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			best := max(score[(i+1)*w+j], score[i*w+j+1])
			if a[i] == b[j] {
				// Weights are doubled twice so that a run's bonus breaks ties only.
				s := score[(i+1)*w+j+1] + 8*punctWeight
				if a[i].Word {
					s += 8 * (wordWeight - punctWeight)
				}
				if take[(i+1)*w+j+1] {
					s++
				}
				if s >= best {
					best = s
					take[i*w+j] = true
				}
			}
			score[i*w+j] = best
		}
	}
	i, j := 0, 0
	for i < n || j < m {
		si, sj := i, j
		for i < n && j < m && !take[i*w+j] || i < n != (j < m) {
			switch {
			case i == n:
				j++
			case j == m:
				i++
			case score[(i+1)*w+j] >= score[i*w+j+1]:
				i++
			default:
				j++
			}
		}
		if si < i || sj < j {
			out = append(out, Hunk{a0 + int32(si), a0 + int32(i), b0 + int32(sj), b0 + int32(j)})
		}
		for i < n && j < m && take[i*w+j] {
			i, j = i+1, j+1
		}
	}
	return out
}

// merge joins hunks that touch.
func merge(hunks []Hunk) []Hunk {
	var out []Hunk
	for _, h := range hunks {
		if n := len(out); n > 0 && out[n-1].A1 == h.A0 && out[n-1].B1 == h.B0 {
			out[n-1].A1, out[n-1].B1 = h.A1, h.B1
			continue
		}
		out = append(out, h)
	}
	return out
}
