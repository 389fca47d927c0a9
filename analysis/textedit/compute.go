package textedit

import (
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dejafix/dejafix/analysis"
)

const (
	// maxScript bounds the number of insertions and deletions that are looked
	// for exactly; beyond it unique common pieces divide the problem. Myers'
	// memory grows with its square: 1,000 is 4 MB.
	maxScript = 1000
	// maxDivide bounds how often a part that is still too different is divided.
	maxDivide = 4
	// maxRefine is the largest hunk, in bytes, that is compared by words. More
	// than a few hundred lines that all changed are one edit.
	maxRefine = 64 << 10
	// maxSlide bounds how far an insertion or deletion is moved to a better
	// place: a long line.
	maxSlide = 1000
)

// Compute returns edits that turn before into after: first by lines, then by
// words within the changed lines, then by characters at the ends of changed
// words. The result is sorted, deterministic, never splits a character or a
// \r\n that was whole, and is small though not always the smallest. The time
// is proportional to the texts with a small factor (a 10,000-line text with
// one change: see BenchmarkCompute) and bounded where nothing is alike.
func Compute(before, after string) []analysis.Edit {
	if before == after {
		return nil
	}
	p, q := trim(before, after)
	// Whole lines, so that lines are compared with lines.
	lp := strings.LastIndexAny(before[:p], "\n\r") + 1
	lq := 0 // bytes of the common end that are left out
	if i := strings.IndexAny(before[len(before)-q:], "\n\r"); i >= 0 {
		lq = q - i - 1
	}
	if lq > 0 && before[len(before)-lq] == '\n' {
		lq-- // the second half of \r\n
	}
	// The line that ends before lp may end with the first half of \r\n.
	if lp > 0 && before[lp-1] == '\r' && (strings.HasPrefix(before[lp:], "\n") || strings.HasPrefix(after[lp:], "\n")) {
		lp = strings.LastIndexAny(before[:lp-1], "\n\r") + 1
	}
	var edits []analysis.Edit
	a, b := splitLines(before[lp:len(before)-lq]), splitLines(after[lp:len(after)-lq])
	for _, h := range diff(a, b) {
		edits = refine(edits, before, lp+a.at(h.a0), lp+a.at(h.a1), after, lp+b.at(h.b0), lp+b.at(h.b1))
	}
	return settle(before, edits)
}

// pieces is a text cut into lines or words.
type pieces struct {
	text   string
	starts []int // of each piece; the last ends with the text
}

func (p pieces) len() int { return len(p.starts) }

// at is where piece i starts; i may be one past the last.
func (p pieces) at(i int) int {
	if i == len(p.starts) {
		return len(p.text)
	}
	return p.starts[i]
}

func (p pieces) get(i int) string { return p.text[p.at(i):p.at(i+1)] }

// splitLines cuts after each \n, \r\n and \r.
func splitLines(text string) pieces {
	p := pieces{text: text}
	for i := 0; i < len(text); {
		p.starts = append(p.starts, i)
		n := strings.IndexAny(text[i:], "\n\r")
		if n < 0 {
			break
		}
		i += n + 1
		if text[i-1] == '\r' && i < len(text) && text[i] == '\n' {
			i++
		}
	}
	return p
}

// splitWords cuts into words, runs of blanks, line ends, and single other
// characters.
func splitWords(text string) pieces {
	p := pieces{text: text}
	last := 0 // class of the piece before: 0 stands alone
	for i, r := range text {
		class := 0
		switch {
		case r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			class = 1
		case r == ' ' || r == '\t':
			class = 2
		case r == '\n' && i > 0 && text[i-1] == '\r':
			continue
		}
		if class == 0 || class != last {
			p.starts = append(p.starts, i)
		}
		last = class
	}
	return p
}

// A hunk says that pieces a0 to a1 became b0 to b1.
type hunk struct{ a0, a1, b0, b1 int }

// diff compares two lists of pieces.
func diff(a, b pieces) []hunk {
	ids := make(map[string]int32, a.len())
	number := func(p pieces) []int32 {
		out := make([]int32, p.len())
		for i := range out {
			s := p.get(i)
			id, ok := ids[s]
			if !ok {
				id = int32(len(ids))
				ids[s] = id
			}
			out[i] = id
		}
		return out
	}
	na := number(a)
	return compare(nil, na, number(b), 0, 0, 0)
}

// compare appends the hunks between a and b, which start at pieces a0 and b0.
func compare(out []hunk, a, b []int32, a0, b0, depth int) []hunk {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b, a0, b0 = a[1:], b[1:], a0+1, b0+1
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 0 && len(b) == 0 {
		return out
	}
	whole := hunk{a0, a0 + len(a), b0, b0 + len(b)}
	if len(a) == 0 || len(b) == 0 {
		return append(out, whole)
	}
	if same, ok := myers(a, b); ok {
		return between(out, same, a0, b0, len(a), len(b))
	}
	if depth == maxDivide {
		return append(out, whole)
	}
	anchors := unique(a, b)
	if len(anchors) == 0 {
		return append(out, whole)
	}
	la, lb := 0, 0
	for _, m := range append(anchors, pair{len(a), len(b)}) {
		out = compare(out, a[la:m.a], b[lb:m.b], a0+la, b0+lb, depth+1)
		la, lb = m.a+1, m.b+1
	}
	return out
}

// A pair is a piece of each list, the same in both.
type pair struct{ a, b int }

// between appends the hunks that lie between pairs.
func between(out []hunk, same []pair, a0, b0, na, nb int) []hunk {
	la, lb := 0, 0
	for _, m := range append(same, pair{na, nb}) {
		if m.a > la || m.b > lb {
			out = append(out, hunk{a0 + la, a0 + m.a, b0 + lb, b0 + m.b})
		}
		la, lb = m.a+1, m.b+1
	}
	return out
}

// myers returns the longest common subsequence of a and b, or false where more
// than maxScript pieces differ (E. Myers, An O(ND) Difference Algorithm).
func myers(a, b []int32) ([]pair, bool) {
	limit := min(maxScript, len(a)+len(b))
	v := make([]int32, 2*limit+3) // furthest x of diagonal k at v[k+limit+1]
	var trace [][]int32
	for d := 0; d <= limit; d++ {
		for k := -d; k <= d; k += 2 {
			var x int
			if k == -d || (k != d && v[k-1+limit+1] < v[k+1+limit+1]) {
				x = int(v[k+1+limit+1])
			} else {
				x = int(v[k-1+limit+1]) + 1
			}
			y := x - k
			for x < len(a) && y < len(b) && a[x] == b[y] {
				x++
				y++
			}
			v[k+limit+1] = int32(x)
			if x >= len(a) && y >= len(b) {
				return backtrack(a, b, trace, d), true
			}
		}
		trace = append(trace, append([]int32(nil), v[limit+1-d:limit+2+d]...))
	}
	return nil, false
}

// backtrack reads the common pieces off the furthest points of each step.
func backtrack(a, b []int32, trace [][]int32, d int) []pair {
	out := make([]pair, 0, (len(a)+len(b)-d)/2)
	x, y := len(a), len(b)
	for ; d > 0; d-- {
		prev := trace[d-1] // diagonals -(d-1) to d-1
		at := func(k int) int { return int(prev[k+d-1]) }
		k := x - y
		if k == -d || (k != d && at(k-1) < at(k+1)) { // a piece of b was inserted
			px := at(k + 1)
			for ; x > px; x, y = x-1, y-1 {
				out = append(out, pair{x - 1, y - 1})
			}
			y--
		} else { // a piece of a was deleted
			px := at(k-1) + 1
			for ; x > px; x, y = x-1, y-1 {
				out = append(out, pair{x - 1, y - 1})
			}
			x--
		}
	}
	for ; x > 0; x, y = x-1, y-1 {
		out = append(out, pair{x - 1, y - 1})
	}
	slices.Reverse(out)
	return out
}

// unique returns the longest run of pairs, in order in both lists, of pieces
// that are in each exactly once (patience diff).
func unique(a, b []int32) []pair {
	type count struct{ na, nb, at int }
	seen := make(map[int32]*count)
	for _, id := range a {
		c := seen[id]
		if c == nil {
			c = &count{}
			seen[id] = c
		}
		c.na++
	}
	for j, id := range b {
		if c := seen[id]; c != nil {
			c.nb++
			c.at = j
		}
	}
	var list []pair
	for i, id := range a {
		if c := seen[id]; c.na == 1 && c.nb == 1 {
			list = append(list, pair{i, c.at})
		}
	}
	// Longest increasing subsequence of b: tails[n] ends the best of length n+1.
	var tails []int
	back := make([]int, len(list))
	for i, m := range list {
		n := sort.Search(len(tails), func(n int) bool { return list[tails[n]].b >= m.b })
		back[i] = -1
		if n > 0 {
			back[i] = tails[n-1]
		}
		if n == len(tails) {
			tails = append(tails, i)
		} else {
			tails[n] = i
		}
	}
	out := make([]pair, len(tails))
	if len(tails) > 0 {
		for n, i := len(tails)-1, tails[len(tails)-1]; i >= 0; n, i = n-1, back[i] {
			out[n] = list[i]
		}
	}
	return out
}

// refine appends the edits of one changed run of lines, by words.
func refine(edits []analysis.Edit, before string, a0, a1 int, after string, b0, b1 int) []analysis.Edit {
	if a0 == a1 || b0 == b1 || a1-a0 > maxRefine || b1-b0 > maxRefine {
		return appendTrimmed(edits, before, a0, a1, after, b0, b1)
	}
	a, b := splitWords(before[a0:a1]), splitWords(after[b0:b1])
	for _, h := range diff(a, b) {
		edits = appendTrimmed(edits, before, a0+a.at(h.a0), a0+a.at(h.a1), after, b0+b.at(h.b0), b0+b.at(h.b1))
	}
	return edits
}

// appendTrimmed appends one edit without the characters that its two sides
// share at their ends.
func appendTrimmed(edits []analysis.Edit, before string, a0, a1 int, after string, b0, b1 int) []analysis.Edit {
	p, q := trim(before[a0:a1], after[b0:b1])
	return append(edits, analysis.Edit{
		Span: analysis.Span{Start: a0 + p, End: a1 - q},
		New:  after[b0+p : b1-q],
	})
}

// trim returns how many bytes two texts share at the start and, of the rest,
// at the end, without splitting a character or \r\n in either.
func trim(a, b string) (prefix, suffix int) {
	n := min(len(a), len(b))
	p := 0
	const step = 256 // bytes compared at once
	for p+step <= n && a[p:p+step] == b[p:p+step] {
		p += step
	}
	for p < n && a[p] == b[p] {
		p++
	}
	for p > 0 && (splits(a, p) || splits(b, p)) {
		p--
	}
	n -= p
	q := 0
	for q+step <= n && a[len(a)-q-step:len(a)-q] == b[len(b)-q-step:len(b)-q] {
		q += step
	}
	for q < n && a[len(a)-q-1] == b[len(b)-q-1] {
		q++
	}
	for q > 0 && (splits(a, len(a)-q) || splits(b, len(b)-q)) {
		q--
	}
	return p, q
}

// splits reports whether i is inside of a character or a \r\n of text.
func splits(text string, i int) bool {
	if i <= 0 || i >= len(text) {
		return false
	}
	if text[i] == '\n' {
		return text[i-1] == '\r'
	}
	return !utf8.RuneStart(text[i]) && runeStart(text, 0, i) != i
}

// settle moves insertions and deletions that could equally stand elsewhere to
// where a person would put them (whole lines before whole words before the last
// place possible), and joins edits that touch.
func settle(before string, edits []analysis.Edit) []analysis.Edit {
	out := edits[:0]
	low := 0
	for _, e := range edits {
		if e.Span.Len() == 0 || e.New == "" {
			e = slide(before, e, low)
		}
		if n := len(out); n > 0 && out[n-1].Span.End == e.Span.Start {
			out[n-1].Span.End = e.Span.End
			out[n-1].New += e.New
		} else {
			out = append(out, e)
		}
		low = e.Span.End
	}
	return out
}

// slide moves one insertion or deletion to the left, not below low.
func slide(before string, e analysis.Edit, low int) analysis.Edit {
	text := e.New
	if text == "" {
		text = before[e.Span.Start:e.Span.End]
	}
	n := len(text)
	twice := text + text
	best, bestScore := 0, placeScore(before, e.Span, text)
	for k := 1; k <= maxSlide && e.Span.Start-k >= low && bestScore < 2; k++ {
		// Moved by k, the piece is its last k bytes and then the rest; beyond
		// its own length it repeats itself.
		turned := twice[n-k%n : 2*n-k%n]
		if before[e.Span.Start-k] != turned[0] {
			break
		}
		s := analysis.Span{Start: e.Span.Start - k, End: e.Span.End - k}
		if splits(before, s.Start) || splits(before, s.End) || !whole(before, s, turned) {
			continue
		}
		if score := placeScore(before, s, turned); score > bestScore {
			best, bestScore = k, score
		}
	}
	e.Span.Start -= best
	e.Span.End -= best
	if e.New != "" {
		e.New = twice[n-best%n : 2*n-best%n]
	}
	return e
}

// whole reports whether piece, standing at s, neither starts nor ends inside
// of a character or \r\n together with the text around it.
func whole(before string, s analysis.Span, piece string) bool {
	if !utf8.RuneStart(piece[0]) {
		return false
	}
	if piece[0] == '\n' && s.Start > 0 && before[s.Start-1] == '\r' {
		return false
	}
	return piece[len(piece)-1] != '\r' || s.End == len(before) || before[s.End] != '\n'
}

// placeScore says how good a place for an insertion or deletion is: 2 for whole
// lines, 1 between words, 0 inside of one.
func placeScore(before string, s analysis.Span, piece string) int {
	lineStart := s.Start == 0 || before[s.Start-1] == '\n' || before[s.Start-1] == '\r'
	end := piece[len(piece)-1]
	if lineStart && (end == '\n' || end == '\r') {
		return 2
	}
	if wordAt(before[:s.Start]) && wordStart(piece) || wordAt(piece) && wordStart(before[s.End:]) {
		return 0
	}
	return 1
}

// wordAt reports whether s ends with a letter, digit or underscore.
func wordAt(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return s != "" && (r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r))
}

// wordStart reports whether s starts with one.
func wordStart(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && (r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r))
}
