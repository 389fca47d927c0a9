package guard

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// A baseForm is what a language's recursion looks like.
type baseForm struct {
	functions []string
	body      string // the kind of what holds the statements
	call      string
	args      string
	params    func(fn int32) []string
	shrinks   func(arg int32, param string) (bad, what string)
}

// base drafts a case that ends a recursion of the function around the failing
// line, by an argument that grows smaller with each call.
func (s *site) base(b baseForm) []draft {
	for fn := s.around(s.deepestWithin(), b.functions...); fn >= 0; fn = s.around(fn, b.functions...) {
		name := s.of(s.childOf(fn, "identifier", "field_identifier", "property_identifier", "name"))
		params := b.params(fn)
		for _, call := range s.own(fn, b.call) {
			f := s.of(s.child(call, 0))
			if s.is(call, "method_invocation", "member_call_expression") {
				f = s.of(s.childOf(call, "identifier", "name"))
			}
			if f != name && !strings.HasSuffix(f, "."+name) && !strings.HasSuffix(f, "->"+name) {
				continue
			}
			args := s.named(s.childOf(call, b.args))
			for i := range min(len(args), len(params)) {
				arg := args[i]
				if s.is(arg, "argument") {
					arg = s.child(arg, 0)
				}
				bad, what := b.shrinks(arg, params[i])
				if bad == "" || s.checked(call, params[i]) {
					continue
				}
				body := fn
				for _, n := range s.within(fn, b.body) {
					body = n
					break
				}
				first := s.child(body, 0)
				if first < 0 || first == fn || !s.first(first) || s.function(first) != fn {
					return nil
				}
				ways := s.id.ways(s, first, what)
				var out []draft
				for _, w := range ways {
					if w.verb == "Raise an error" || w.verb == "Throw an error" {
						continue
					}
					if op := s.up(call); s.is(op, "binary_expression", "binary") {
						// A sum or a product of nothing.
						end := strings.TrimPrefix(w.code, strings.TrimRight(w.code, ";"))
						switch s.operator(op) {
						case "*":
							w.code = "return 1" + end
						case "+", "-":
							if w.code == "return"+end || w.code == "return undefined"+end {
								w.code = "return 0" + end
							}
						}
					}
					edits := append([]analysis.Edit{s.insert(first, s.id.check(s, bad, []string{w.code})...)}, w.edits...)
					out = append(out, draft{maker: "base-case", title: "End the recursion when " + what, fix: analysis.FixAddBoundsCheck, edits: edits, score: scoreBase * w.share})
				}
				if len(out) > 1 {
					// An error is no end: a recursion comes there each time.
					slices.SortStableFunc(out, func(a, b draft) int {
						return boolean(len(a.edits) > 1) - boolean(len(b.edits) > 1)
					})
					out = out[len(out)-1:]
				}
				return out
			}
		}
	}
	return nil
}

// deepestWithin is the deepest node of the failing line, or that of its function's
// body where the line is the function's head.
func (s *site) deepestWithin() int32 {
	n := s.deepest()
	for i := n; i >= 0 && int(i) < len(s.f.Nodes) && int(s.f.Nodes[i].Start) < s.line.End; i++ {
		if s.is(i, "block", "statement_block", "compound_statement", "body_statement") {
			return i
		}
	}
	return n
}
