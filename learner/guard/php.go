package guard

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

func php() *idiom {
	return &idiom{
		blocks: []string{"compound_statement", "program", "case_statement", "default_statement"},
		statements: []string{
			"expression_statement", "return_statement", "if_statement", "for_statement", "foreach_statement", "while_statement", "do_statement", "echo_statement",
		},
		functions:    []string{"function_definition", "method_declaration", "anonymous_function", "arrow_function"},
		loops:        []string{"for_statement", "foreach_statement", "while_statement", "do_statement"},
		clauses:      []string{"else_if_clause", "declaration_list"},
		ternaries:    []string{"conditional_expression", "assignment_expression", "augmented_assignment_expression", "arguments", "arrow_function", "array_creation_expression"},
		bodies:       []string{"compound_statement"},
		ifs:          []string{"if_statement"},
		conditionals: []string{"if_statement", "else_if_clause", "while_statement", "for_statement", "conditional_expression"},
		assignments:  []string{"assignment_expression", "augmented_assignment_expression", "update_expression"},
		plain:        []string{"variable_name", "name", "member_access_expression", "subscript_expression", "integer", "string", "string_content", "nullsafe_member_access_expression"},
		step:         "    ",
		and:          " && ",
		or:           " || ",
		check:        phpCheck,
		ways:         phpWays,
		makers: []maker{
			{kinds: nullKinds, draft: phpNull},
			{kinds: []analysis.IssueKind{analysis.MissingKey, analysis.MissingBoundaryValidation}, draft: phpKey},
			{kinds: []analysis.IssueKind{analysis.ArithmeticFault}, draft: phpDivision},
		},
	}
}

// phpCheck always has braces: PSR-12.
func phpCheck(s *site, cond string, body []string) []string {
	out := []string{"if (" + cond + ") {"}
	for _, l := range body {
		out = append(out, s.step()+l)
	}
	return append(out, "}")
}

func phpWays(s *site, stmt int32, what string) []way {
	var out []way
	if s.loop(stmt) >= 0 {
		out = append(out, way{code: "continue;", verb: "Skip", share: skipShare})
	}
	if fn := s.function(stmt); fn >= 0 && !strings.HasPrefix(s.of(s.childOf(fn, "name")), "__construct") {
		value := s.phpReturn(fn)
		w := way{code: strings.TrimSpace("return "+value) + ";", verb: "Return early", share: 1}
		if value != "" {
			w.verb = "Return " + value
		}
		if len(out) > 0 {
			w.share *= insteadShare
		}
		out = append(out, w)
	}
	return append(out, way{code: `throw new \RuntimeException('` + strings.NewReplacer("'", "", `\`, "").Replace(what) + `');`, verb: "Throw an error", share: raiseShare})
}

// phpReturn is what a function returns when it has nothing to say.
func (s *site) phpReturn(fn int32) string {
	var values []int32
	for _, r := range s.own(fn, "return_statement") {
		if v := s.child(r, 0); v >= 0 {
			values = append(values, v)
		}
	}
	kids := s.named(fn)
	t := ""
	for i, k := range kids {
		if s.is(k, "formal_parameters") && i+1 < len(kids) && !s.is(kids[i+1], "compound_statement") {
			t = s.of(kids[i+1])
		}
	}
	if t == "void" || t == "" && len(values) == 0 {
		return ""
	}
	if v := s.usual(values, "null", "boolean", "integer", "string", "array_creation_expression", "encapsed_string"); v != "" {
		return v
	}
	switch {
	case strings.HasPrefix(t, "?"), t == "":
		return "null"
	case t == "bool":
		return "false"
	case t == "int":
		return "0"
	case t == "float":
		return "0.0"
	case t == "string":
		return "''"
	case t == "array", t == "iterable":
		return "[]"
	}
	return "null"
}

// phpNull drafts for a member of null.
func phpNull(s *site) []draft {
	name := between(s.msg, "member function ", "(")
	if name == "" {
		name = between(s.msg, `property "`, `"`)
	}
	var out []draft
	rank := 0
	for _, n := range s.onLine("member_call_expression", "member_access_expression") {
		obj, member := s.child(n, 0), s.child(n, 1)
		if s.of(obj) == "$this" || name != "" && s.of(member) != name {
			continue
		}
		score := scoreNamed * share(rank)
		rank++
		set := s.is(s.up(n), "assignment_expression", "augmented_assignment_expression") && s.child(s.up(n), 0) == n
		for _, a := range s.all(n) {
			if s.of(a) == "->" && !set {
				out = append(out, draft{
					maker: "optional-chain", title: "Read " + short(s.of(member)) + " only when " + short(s.of(obj)) + " is there", fix: analysis.FixAddNullCheck,
					edits: []analysis.Edit{s.replace(a, "?->")}, score: score,
				})
				break
			}
		}
		e := s.of(obj)
		if s.path(obj) && !s.checked(n, e, "null", "isset", "empty", "!"+e) {
			out = append(out, s.forms(plan{
				maker: "nil-check", fix: analysis.FixAddNullCheck, node: obj, bad: e + " === null", good: e + " !== null", what: short(e) + " is null", score: score * secondShare,
			})...)
		}
	}
	return out
}

// phpKey drafts a default for a key that is not there.
func phpKey(s *site) []draft {
	key := between(s.msg, `key "`, `"`)
	if key == "" {
		key = strings.TrimSpace(s.msg[strings.LastIndexByte(s.msg, ' ')+1:])
	}
	var out []draft
	for _, n := range s.onLine("subscript_expression") {
		p := s.up(n)
		k := s.child(n, 1)
		if k < 0 || s.is(k, "string", "integer", "encapsed_string") && strings.Trim(s.of(k), `'"`) != key {
			continue
		}
		if s.is(p, "assignment_expression") && s.child(p, 0) == n || s.is(p, "binary_expression") && s.operator(p) == "??" || s.checked(n, s.of(n), "isset") {
			continue
		}
		rank := share(len(out) / 2)
		or := " ?? null"
		switch {
		case s.is(p, "foreach_statement"):
			or = " ?? []"
		case s.is(p, "binary_expression"):
			or = " ?? 0"
			if s.operator(p) == "." {
				or = " ?? ''"
			}
		case s.is(p, "augmented_assignment_expression") && s.child(p, 0) == n && s.path(n):
			op := strings.TrimSuffix(s.of(s.all(p)[1]), "=")
			empty := map[string]string{"+": "0", "-": "0", ".": "''"}[op]
			if empty != "" {
				out = append(out, draft{
					maker: "key-default", title: "Begin at " + empty + " when it is not there", fix: analysis.FixAddNullCheck,
					edits: []analysis.Edit{s.replace(p, s.of(n)+" = ("+s.of(n)+" ?? "+empty+") "+op+" "+s.of(s.child(p, -1)))}, score: scoreKeyCount * rank,
				})
			}
			continue
		}
		edits := []analysis.Edit{put(s.span(n).End, or)}
		if s.is(p, "binary_expression", "subscript_expression", "member_access_expression", "member_call_expression", "unary_op_expression", "cast_expression") {
			edits = s.wrap(n, "(", or+")")
		}
		out = append(out, draft{
			maker: "key-default", title: "Take" + strings.TrimPrefix(or, " ??") + " when " + short(s.of(n)) + " is not there", fix: analysis.FixAddNullCheck, edits: edits, score: scoreKeyMethod * rank,
		})
		if s.path(n) {
			out = append(out, s.forms(plan{
				maker: "key-check", fix: analysis.FixAddNullCheck, node: n, bad: "!isset(" + s.of(n) + ")", good: "isset(" + s.of(n) + ")", what: short(s.of(n)) + " is not there", score: scoreKeyCheck * rank,
			})...)
		}
	}
	return out
}

func phpDivision(s *site) []draft {
	if !strings.Contains(s.typ, "DivisionByZero") {
		return nil
	}
	return s.zero(s.divisors("binary_expression", "augmented_assignment_expression"))
}
