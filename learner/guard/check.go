package guard

import (
	"cmp"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// A plan is what drafts of one check have in common.
type plan struct {
	maker string
	fix   analysis.FixType
	node  int32   // the expression that failed
	bad   string  // a condition under which it fails
	good  string  // its opposite
	what  string  // bad in words, for titles
	fine  string  // good in words, "" for as it is written
	score float64 // of the best form
}

// forms are the forms of a check: in the condition that the expression is in, else
// before its statement, else around it.
func (s *site) forms(p plan) []draft {
	out := s.joined(p)
	inCondition := len(out) > 0
	for _, d := range s.before(p) {
		if inCondition {
			d.score *= afterJoined
		}
		out = append(out, d)
	}
	if !inCondition {
		around := s.guarded(p)
		if len(around) > 0 && s.loop(p.node) < 0 {
			for i := range out {
				out[i].score *= secondShare
			}
		}
		out = append(out, around...)
	}
	return out
}

// missing are the forms of a check that is not there yet.
func (s *site) missing(p plan) []draft {
	if s.there(p) {
		return nil
	}
	return s.forms(p)
}

// before drafts a check on lines of its own before the statement.
func (s *site) before(p plan) []draft {
	stmt := s.statement(p.node)
	if stmt < 0 {
		return nil
	}
	var out []draft
	for _, w := range s.id.ways(s, stmt, p.what) {
		edits := append([]analysis.Edit{s.insert(stmt, s.id.check(s, p.bad, []string{w.code})...)}, w.edits...)
		out = append(out, draft{
			maker: p.maker, title: w.verb + " when " + p.what, fix: p.fix, edits: edits, score: p.score * w.share,
		})
	}
	return out
}

// joined drafts a check inside of the condition that the expression is in, so that
// it is not evaluated. Where the condition is one to leave by, what is missing is a
// reason to leave, too: the more so where it is needed afterwards.
func (s *site) joined(p plan) []draft {
	o := s.operand(p.node)
	if o < 0 || p.good == "" {
		return nil
	}
	at := s.span(o).Start
	and := draft{
		maker: p.maker, title: "Check first that " + cmp.Or(p.fine, short(p.good)), fix: p.fix,
		edits: []analysis.Edit{put(at, p.good+s.id.and)}, score: p.score,
	}
	or := and
	or.title, or.edits = "Take it as true when "+p.what, []analysis.Edit{put(at, p.bad+s.id.or)}
	parent := s.up(o)
	first := !s.is(parent, "binary_expression", "boolean_operator", "binary")
	chain := !first && (s.operator(parent) == "||" || s.operator(parent) == "or")
	switch {
	case chain && s.child(parent, 0) == o && strings.Contains(s.of(o), p.null()):
		// "x.y == nil || *x.y" asks for nothing where there is nothing.
		return []draft{or}
	case !first && !chain:
		return []draft{and}
	}
	stmt := s.around(o, s.id.ifs...)
	if stmt < 0 || !s.has(s.condition(stmt), o) || !s.leaves(stmt) {
		return []draft{and}
	}
	or.title = "Leave, too, when " + p.what
	if s.needed(stmt, s.root(p.node)) {
		and.score *= afterJoined
		return []draft{or, and}
	}
	or.score *= orShare
	return []draft{and, or}
}

// null is how a comparison with nothing ends that the plan's own does.
func (p *plan) null() string {
	if k := strings.LastIndexByte(p.bad, ' '); k >= 0 && p.maker == "nil-check" {
		return p.bad[k+1:]
	}
	return "\x00"
}

// leaves reports whether what an if guards is left by: its only statement is a
// return, a continue, a raise.
func (s *site) leaves(stmt int32) bool {
	for _, c := range s.named(stmt) {
		if !s.is(c, s.id.blocks...) && !s.is(c, "block", "statement_block", "compound_statement", "then") {
			if s.is(c, leaving...) {
				return true
			}
			continue
		}
		list := c
		if s.is(s.child(c, 0), "statement_list") {
			list = s.child(c, 0)
		}
		if kids := s.named(list); len(kids) == 1 {
			k := kids[0]
			if s.is(k, "expression_statement") {
				k = s.child(k, 0)
			}
			return s.is(k, leaving...)
		}
		return false
	}
	return false
}

var leaving = []string{
	"return_statement", "continue_statement", "break_statement", "raise_statement", "throw_statement", "return", "next", "break", "return_expression",
	"continue_expression", "break_expression", "throw_expression",
}

// needed reports whether a name is used after a statement in its function.
func (s *site) needed(stmt int32, name string) bool {
	fn := s.function(stmt)
	end := int32(len(s.f.Nodes))
	if fn >= 0 {
		end = s.f.Nodes[fn].Last
	}
	for i := s.f.Nodes[stmt].Last; i < end; i++ {
		if s.f.Nodes[i].First < 0 && s.of(i) == name {
			return true
		}
	}
	return false
}

// operand is the operand of a condition's logic that n is in, none where n is in
// no condition.
func (s *site) operand(n int32) int32 {
	for c := n; c >= 0; c = s.up(c) {
		p := s.up(c)
		if p < 0 || s.f.Nodes[p].Partial && s.is(p, s.id.blocks...) || s.is(c, s.id.functions...) || s.is(c, s.id.ternaries...) {
			return none
		}
		if s.is(p, "binary_expression", "boolean_operator", "binary", "binary_operator") {
			switch s.operator(p) {
			case "&&", "and", "||", "or":
				return c
			}
		}
		if s.is(p, s.id.conditionals...) {
			if cond := s.condition(p); cond >= 0 && s.has(cond, c) {
				return c
			}
			return none
		}
		if s.is(p, "return_statement", "return", "return_expression", "expression_list") && s.boolean(c) {
			if !s.is(p, "expression_list") || s.is(s.up(p), "return_statement") && len(s.named(p)) == 1 {
				return c
			}
		}
		if s.is(p, s.id.blocks...) || s.is(p, s.id.statements...) {
			return none
		}
		if s.is(p, "parenthesized_expression") && s.is(s.up(p), s.id.conditionals...) && s.condition(s.up(p)) == c {
			return c
		}
	}
	return none
}

// boolean reports whether n compares.
func (s *site) boolean(n int32) bool {
	if s.is(n, "comparison_operator", "not_operator") {
		return true
	}
	if s.is(n, "binary_expression", "binary") {
		switch s.operator(n) {
		case "==", "!=", "<", ">", "<=", ">=", "===", "!==":
			return true
		}
	}
	return false
}

// guarded drafts an if statement around a statement of which nothing else needs
// the outcome.
func (s *site) guarded(p plan) []draft {
	stmt := s.statement(p.node)
	if stmt < 0 || p.good == "" || !s.loose(stmt) {
		return nil
	}
	head := s.id.check(s, p.good, nil)
	tail := ""
	if len(head) > 1 {
		tail = head[len(head)-1]
		head = head[:len(head)-1]
	}
	return []draft{{
		maker: p.maker, title: "Do it only when " + cmp.Or(p.fine, short(p.good)), fix: p.fix,
		edits: s.indented(stmt, head, tail), score: p.score * aroundShare,
	}}
}

// loose reports whether nothing after a statement needs it to have run: it calls,
// or sets what was there before.
func (s *site) loose(stmt int32) bool {
	c := stmt
	if s.is(c, "expression_statement") {
		c = s.child(c, 0)
	}
	switch {
	case s.is(c, "call", "call_expression", "method_invocation", "invocation_expression", "function_call_expression", "member_call_expression", "await", "await_expression", "delete_statement", "inc_statement", "update_expression"):
		return true
	case s.is(c, s.id.assignments...) && !s.is(c, "short_var_declaration", "let_declaration", "variable_declarator"):
		left := s.bare(s.child(c, 0))
		if s.is(left, "expression_list") && len(s.named(left)) == 1 {
			left = s.child(left, 0)
		}
		return s.is(left, "attribute", "subscript", "member_expression", "subscript_expression", "selector_expression", "index_expression", "field_access",
			"array_access", "field_expression", "element_reference", "member_access_expression", "element_access_expression") ||
			s.is(c, "augmented_assignment", "augmented_assignment_expression", "operator_assignment", "compound_assignment_expr") ||
			strings.Contains(s.of(c), "+=")
	}
	return false
}

// divisors are the divisors on the failing line, as far as they could be zero.
func (s *site) divisors(binary ...string) []int32 {
	var out []int32
	for _, n := range s.onLine(binary...) {
		switch s.operator(n) {
		case "/", "%", "//", "/=", "%=", "//=":
			d := s.bare(s.child(n, -1))
			if !s.is(d, "integer", "float", "number", "int_literal", "float_literal", "decimal_integer_literal", "integer_literal", "decimal_floating_point_literal", "string") {
				out = append(out, d)
			}
		}
	}
	return out
}

// between returns what stands in msg after from and up to to.
func between(msg, from, to string) string {
	_, rest, ok := strings.Cut(msg, from)
	if !ok {
		return ""
	}
	in, _, ok := strings.Cut(rest, to)
	if !ok {
		return ""
	}
	return in
}

// numbers are the integers in a message, in their order.
func numbers(msg string) []int {
	var out []int
	for i := 0; i < len(msg); i++ {
		if msg[i] < '0' || msg[i] > '9' || i > 0 && isWord(msg[i-1]) {
			continue
		}
		n, k := 0, i
		for k < len(msg) && msg[k] >= '0' && msg[k] <= '9' && n < 1<<40 {
			n = n*10 + int(msg[k]-'0')
			k++
		}
		if i > 0 && msg[i-1] == '-' {
			n = -n
		}
		out = append(out, n)
		i = k
	}
	return out
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// isName reports whether e is a plain name.
func isName(e string) bool {
	for i := range len(e) {
		if !isWord(e[i]) {
			return false
		}
	}
	return e != "" && (e[0] < '0' || e[0] > '9')
}
