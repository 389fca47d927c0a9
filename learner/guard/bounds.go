package guard

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// index drafts for coll[index], in a language with conditions as in C. length is
// how the length of coll is written; nums are the numbers of the message, index
// first and then length.
func (s *site) index(n, coll, index int32, nums []int, length string, loops func(*site, int32, int32, string) []draft) []draft {
	c, i := s.of(coll), s.of(index)
	negative := len(nums) > 0 && nums[0] < 0
	out := []draft{}
	if !negative {
		out = loops(s, n, index, length)
	}
	if !s.path(coll) && !s.arithmetic(coll) || strings.Contains(i, "\n") || !s.arithmetic(index) {
		return out
	}
	p := plan{maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: n, score: scoreBounds}
	flat := strings.ReplaceAll(i, " ", "")
	switch {
	case i == "0", flat == strings.ReplaceAll(length, " ", "")+"-1":
		p.bad, p.good, p.what = length+" == 0", length+" > 0", short(c)+" is empty"
		for method, empty := range map[string]string{".size()": ".isEmpty()", ".len()": ".is_empty()"} {
			if coll, ok := strings.CutSuffix(length, method); ok {
				p.bad, p.good = coll+empty, "!"+coll+empty
			}
		}
	case isDigits(i):
		k := numbers(i)[0] + 1
		p.bad, p.good, p.what = length+" < "+itoa(k), length+" >= "+itoa(k), short(c)+" has fewer than "+itoa(k)
	case negative:
		p.bad, p.good, p.what = i+" < 0", i+" >= 0", short(i)+" is below 0"
	default:
		if s.ranges(n, c, i) || s.goesWhile(n, i+" < "+length) {
			return out
		}
		p.bad, p.good, p.what = i+" >= "+length, i+" < "+length, short(i)+" is past the end of "+short(c)
	}
	return append(out, s.missing(p)...)
}

// ranges reports whether index runs over just what coll has, in Go's range.
func (s *site) ranges(n int32, coll, index string) bool {
	for loop := s.around(n, s.id.loops...); loop >= 0; loop = s.around(loop, s.id.loops...) {
		r := s.child(loop, 0)
		if s.is(r, "range_clause") && s.of(s.child(s.child(r, 0), 0)) == index && s.of(s.child(r, -1)) == coll {
			return true
		}
	}
	return false
}

// goesWhile reports whether a loop around n goes on only while cond holds.
func (s *site) goesWhile(n int32, cond string) bool {
	for loop := s.around(n, s.id.loops...); loop >= 0; loop = s.around(loop, s.id.loops...) {
		if strings.Contains(s.of(s.condition(loop)), cond) {
			return true
		}
	}
	return false
}

// goLoop drafts another end of a loop "i <= len(xs)", or "i < len(xs)" where
// xs[i+1] is read.
func goLoop(s *site, n, index int32, length string) []draft {
	name, ahead := s.ahead(index)
	if name == "" {
		return nil
	}
	for loop := s.around(n, s.id.loops...); loop >= 0; loop = s.around(loop, s.id.loops...) {
		cond := s.condition(loop)
		for _, b := range s.within(cond, "binary_expression", "binary") {
			if d := s.bound(b, name, ahead, length); d != nil {
				return d
			}
		}
		if b := s.bare(cond); s.is(loop, "for_statement") && ahead == 0 && s.is(b, "binary_expression") && s.operator(b) == "<" && s.of(s.child(b, 0)) == name && s.of(s.child(b, -1)) != length {
			now := name + " < " + length
			return []draft{{
				maker: "loop-bound", title: "End the loop at " + short(now) + ", too", fix: analysis.FixAddBoundsCheck,
				edits: []analysis.Edit{put(s.span(b).End, s.id.and+now)}, score: scoreLoopBound * guessShare,
			}}
		}
	}
	return nil
}

// bound drafts another end for one comparison of a loop's condition.
func (s *site) bound(b int32, name string, ahead int, length string) []draft {
	o := s.all(b)
	if len(o) != 3 || s.of(o[0]) != name || s.of(o[2]) != length {
		return nil
	}
	switch op := s.of(o[1]); {
	case op == "<=" && ahead == 0:
		return []draft{s.loopBound(s.replace(o[1], "<"), name+" <= "+length, name+" < "+length)}
	case op == "<" && ahead > 0:
		minus := " - "
		if s.lang.Family == "go" {
			minus = "-"
		}
		now := length + minus + itoa(ahead)
		return []draft{s.loopBound(put(s.span(o[2]).End, minus+itoa(ahead)), name+" < "+length, name+" < "+now)}
	}
	return nil
}

// zero drafts checks of divisors.
func (s *site) zero(divisors []int32) []draft {
	var out []draft
	for i, d := range divisors {
		e := s.of(d)
		if !s.arithmetic(d) || strings.Contains(e, "\n") || len(e) > 60 || s.checked(d, e) {
			continue
		}
		if !s.path(d) && !s.is(d, "call_expression", "method_invocation", "binary_expression", "field_access", "function_call_expression", "binary") {
			continue
		}
		if s.is(d, "binary_expression", "binary") {
			e = "(" + e + ")"
			if s.lang.Family == "go" {
				e = s.of(d)
			}
		}
		p := plan{maker: "zero-check", fix: analysis.FixAddBoundsCheck, node: d, bad: e + " == 0", good: e + " != 0", what: short(e) + " is 0", score: scoreZero * share(i)}
		out = append(out, s.forms(p)...)
	}
	return out
}

// ahead reads an index as a name and what is added to it; "" for another one.
func (s *site) ahead(index int32) (name string, by int) {
	index = s.bare(index)
	switch {
	case s.is(index, "identifier", "variable_name"):
		return s.of(index), 0
	case s.is(index, "binary_operator", "binary_expression", "binary") && s.operator(index) == "+":
		l, r := s.child(index, 0), s.child(index, -1)
		if n := numbers(s.of(r)); s.is(l, "identifier", "variable_name") && len(n) == 1 && isDigits(s.of(r)) {
			return s.of(l), n[0]
		}
	}
	return "", 0
}

// loopBound is the draft of another bound of a loop.
func (s *site) loopBound(e analysis.Edit, old, now string) draft {
	return draft{
		maker: "loop-bound", title: "End the loop at " + short(now) + " instead of " + short(old), fix: analysis.FixAddBoundsCheck,
		edits: []analysis.Edit{e}, score: scoreLoopBound,
	}
}
