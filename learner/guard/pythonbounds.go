package guard

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// pythonBounds drafts for an index, an unpacking, or an iterator past its end.
func pythonBounds(s *site) []draft {
	var out []draft
	switch {
	case s.typ == "StopIteration":
		for _, n := range s.onLine("call") {
			if args := s.child(n, 1); s.of(s.child(n, 0)) == "next" && len(s.named(args)) == 1 {
				out = append(out, draft{
					maker: "bounds-default", title: "Give next a default", fix: analysis.FixAddBoundsCheck,
					edits: []analysis.Edit{put(s.span(s.child(args, 0)).End, s.defaultAfter(s.child(args, 0), "None"))}, score: scoreKeyMethod,
				})
			}
		}
		return out
	case strings.Contains(s.msg, "values to unpack"):
		return s.pythonUnpacked()
	case strings.HasPrefix(s.msg, "pop from"):
		for _, n := range s.onLine("call") {
			attr := s.child(n, 0)
			coll := s.child(attr, 0)
			if name := s.of(s.child(attr, -1)); s.is(attr, "attribute") && (name == "pop" || name == "popleft") && s.path(coll) {
				out = append(out, s.pythonEmptyCheck(n, coll)...)
			}
		}
		return out
	}
	rank := 0
	for _, n := range s.onLine("subscript") {
		coll, index := s.child(n, 0), s.child(n, 1)
		if index < 0 || s.is(index, "slice", "string") || len(s.named(n)) > 2 || s.is(s.up(n), "delete_statement") && s.is(coll, "call") {
			continue
		}
		for _, d := range s.pythonIndex(n, coll, index) {
			d.score *= share(rank)
			out = append(out, d)
		}
		rank++
	}
	return out
}

// pythonUnpacked drafts for "a, b = xs" where xs has another number of items.
func (s *site) pythonUnpacked() []draft {
	nums := numbers(s.msg)
	if len(nums) == 0 {
		return nil
	}
	var out []draft
	for _, n := range s.onLine("assignment") {
		left, right := s.child(n, 0), s.bare(s.child(n, -1))
		if !s.is(left, "pattern_list", "tuple_pattern") {
			continue
		}
		if f, args := s.child(right, 0), s.named(s.child(right, 1)); s.is(right, "call") && s.is(f, "attribute") && len(s.named(left)) == 2 && nums[0] == 2 {
			// k, v = line.split("=") is k, _, v = line.partition("=").
			name := s.of(s.child(f, -1))
			if (name == "split" || name == "rsplit") && (len(args) == 1 && s.is(args[0], "string") || len(args) == 2 && s.of(args[1]) == "1") && !s.uses(n, "_") {
				edits := []analysis.Edit{put(s.span(s.child(left, 0)).End, ", _"), s.replace(s.child(f, -1), strings.Replace(name, "split", "partition", 1))}
				if len(args) == 2 {
					edits = append(edits, analysis.Edit{Span: analysis.Span{Start: s.span(args[0]).End, End: s.span(args[1]).End}})
				}
				out = append(out, draft{maker: "bounds-default", title: "Split with partition, which always gives both", fix: analysis.FixAddBoundsCheck, edits: edits, score: scoreBounds})
			}
		}
		c := s.of(right)
		if !s.path(right) {
			continue
		}
		p := plan{maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: right, score: scoreBounds}
		switch k := itoa(nums[0]); {
		case len(nums) == 2 && nums[1] == 0:
			p.bad, p.what = "not "+c, short(c)+" is empty"
		case strings.Contains(s.msg, "at least"):
			p.bad, p.what = "len("+c+") < "+k, short(c)+" has fewer than "+k
		default:
			p.bad, p.what = "len("+c+") != "+k, short(c)+" has not "+k
		}
		if !s.there(p) {
			out = append(out, s.before(p)...)
		}
	}
	return out
}

// defaultAfter is a second argument, with the parentheses that a generator without
// its own needs left to the parser: nothing is drafted that does not parse.
func (s *site) defaultAfter(n int32, value string) string {
	if s.is(n, "generator_expression") && !strings.HasPrefix(s.of(n), "(") {
		return ""
	}
	return ", " + value
}

func (s *site) pythonEmptyCheck(n, coll int32) []draft {
	c := s.of(coll)
	return s.missing(plan{
		maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: n, bad: "not " + c, good: c, what: short(c) + " is empty", fine: short(c) + " is not empty", score: scoreBounds,
	})
}

func (s *site) pythonIndex(n, coll, index int32) []draft {
	c, i := s.of(coll), s.of(index)
	if s.covered(n, c, i) {
		return nil
	}
	out := s.pythonRange(n, c, index)
	if !s.path(coll) && (!s.arithmetic(coll) || strings.Contains(c, "\n")) {
		return out
	}
	switch {
	case i == "0" || i == "-1":
		return append(out, s.pythonEmptyCheck(n, coll)...)
	case s.is(index, "integer"):
		next := numbers(i)
		if len(next) != 1 {
			return out
		}
		k := itoa(next[0] + 1)
		return append(out, s.missing(plan{
			maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: n, bad: "len(" + c + ") < " + k, good: "len(" + c + ") >= " + k,
			what: short(c) + " has fewer than " + k, score: scoreBounds,
		})...)
	case s.is(index, "identifier", "attribute", "binary_operator") && !strings.Contains(i, "\n") && s.arithmetic(index):
		return append(out, s.missing(plan{
			maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: n, bad: i + " >= len(" + c + ")", good: i + " < len(" + c + ")",
			what: short(i) + " is past the end of " + short(c), score: scoreBounds,
		})...)
	}
	return out
}

// covered reports whether a loop gives the index just what coll has.
func (s *site) covered(n int32, coll, index string) bool {
	for loop := s.around(n, "for_statement"); loop >= 0; loop = s.around(loop, "for_statement") {
		if s.of(s.child(loop, 0)) == index {
			return s.of(s.child(loop, 1)) == "range(len("+coll+"))"
		}
	}
	return false
}

// arithmetic reports whether n is made of paths and sums.
func (s *site) arithmetic(n int32) bool {
	for _, c := range s.within(n, "call", "call_expression", "string", "method_invocation", "invocation_expression", "function_call_expression", "update_expression", "postfix_unary_expression") {
		if s.of(s.child(c, 0)) != "len" {
			return false
		}
	}
	return true
}

// pythonRange drafts a bound of a loop that goes one too far.
func (s *site) pythonRange(n int32, coll string, index int32) []draft {
	length := "len(" + coll + ")"
	name, ahead := s.ahead(index)
	if name == "" {
		return nil
	}
	var out []draft
	for loop := s.around(n, append([]string{"for_statement", "while_statement"}, pythonComprehensions...)...); loop >= 0; loop = s.around(loop, append([]string{"for_statement", "while_statement"}, pythonComprehensions...)...) {
		if s.is(loop, "while_statement") {
			for _, c := range s.within(s.child(loop, 0), "comparison_operator") {
				if o := s.all(c); len(o) == 3 && s.of(o[0]) == name && s.of(o[1]) == "<=" && s.of(o[2]) == length && ahead == 0 {
					out = append(out, s.loopBound(s.replace(o[1], "<"), name+" <= "+length, name+" < "+length))
				}
			}
			continue
		}
		clause := loop
		if !s.is(loop, "for_statement") {
			clause = s.childOf(loop, "for_in_clause")
		}
		call := s.child(clause, 1)
		if s.of(s.child(clause, 0)) != name || !s.is(call, "call") || s.of(s.child(call, 0)) != "range" {
			continue
		}
		args := s.named(s.child(call, 1))
		if len(args) == 0 || len(args) > 2 {
			continue
		}
		end := args[len(args)-1]
		text := strings.ReplaceAll(s.of(end), " ", "")
		want := length
		switch ahead {
		case 0:
		default:
			want = length + " - " + itoa(ahead)
		}
		switch {
		case text == length && ahead > 0, text == length+"+1" && ahead == 0, text == length+"+1" && ahead > 0:
			out = append(out, s.loopBound(s.replace(end, want), s.of(end), want))
		}
	}
	return out
}

func isDigits(e string) bool {
	return e != "" && strings.Trim(e, "0123456789") == "" && len(e) < 6
}

// pythonDivision drafts for a division by zero.
func pythonDivision(s *site) []draft {
	if s.typ != "ZeroDivisionError" {
		return nil
	}
	var out []draft
	for i, d := range s.divisors("binary_operator", "augmented_assignment") {
		e := s.of(d)
		bad, good, what := e+" == 0", e+" != 0", short(e)+" is 0"
		check, fine := e, ""
		if s.is(d, "call") && s.of(s.child(d, 0)) == "len" && s.path(s.child(s.child(d, 1), 0)) {
			check = s.of(s.child(s.child(d, 1), 0))
			bad, good, what = "not "+check, check, short(check)+" is empty"
			fine = short(check) + " is not empty"
		} else if !s.path(d) {
			continue
		}
		if s.checked(d, check) {
			continue
		}
		p := plan{maker: "zero-check", fix: analysis.FixAddBoundsCheck, node: d, bad: bad, good: good, what: what, fine: fine, score: scoreZero * share(i)}
		out = append(out, s.forms(p)...)
		if div := s.up(d); s.is(div, "binary_operator") {
			w := s.wrap(div, "", " if "+good+" else 0")
			if s.is(s.up(div), "binary_operator", "comparison_operator", "boolean_operator", "not_operator", "unary_operator") {
				w = s.wrap(div, "(", " if "+good+" else 0)")
			}
			out = append(out, draft{maker: "zero-default", title: "Take 0 when " + what, fix: p.fix, edits: w, score: p.score * secondShare})
		}
	}
	return out
}
