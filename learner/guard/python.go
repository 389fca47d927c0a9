package guard

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

func python() *idiom {
	return &idiom{
		blocks:       []string{"block", "module"},
		statements:   []string{"expression_statement", "return_statement", "if_statement", "for_statement", "while_statement", "with_statement", "try_statement", "delete_statement", "raise_statement", "assert_statement"},
		functions:    []string{"function_definition", "lambda"},
		loops:        []string{"for_statement", "while_statement"},
		clauses:      []string{"elif_clause", "lambda", "except_clause", "finally_clause", "case_clause", "class_definition"},
		ternaries:    []string{"conditional_expression", "lambda", "assignment", "named_expression"},
		ifs:          []string{"if_statement"},
		conditionals: []string{"if_statement", "elif_clause", "while_statement", "conditional_expression", "if_clause", "assert_statement"},
		assignments:  []string{"assignment", "augmented_assignment", "for_statement", "for_in_clause", "named_expression", "as_pattern_target"},
		plain:        []string{"identifier", "attribute", "subscript", "integer", "string", "string_start", "string_content", "string_end", "true", "false", "none", "unary_operator"},
		step:         "    ",
		and:          " and ",
		or:           " or ",
		check: func(s *site, cond string, body []string) []string {
			out := []string{"if " + cond + ":"}
			for _, l := range body {
				out = append(out, s.step()+l)
			}
			return out
		},
		ways: pythonWays,
		makers: []maker{
			{kinds: nullKinds, draft: pythonNull},
			{kinds: []analysis.IssueKind{analysis.MissingKey, analysis.BadConfiguration}, draft: pythonKey},
			{kinds: []analysis.IssueKind{analysis.MissingBoundaryValidation}, draft: pythonBounds},
			{kinds: []analysis.IssueKind{analysis.ArithmeticFault}, draft: pythonDivision},
			{kinds: []analysis.IssueKind{analysis.TypeConfusion, analysis.InvalidValue, analysis.UndefinedName}, draft: pythonType},
			{kinds: []analysis.IssueKind{analysis.InvalidValue, analysis.MissingFile}, draft: pythonError},
			{kinds: []analysis.IssueKind{analysis.ConcurrencyHazard}, draft: pythonChanged},
			{kinds: []analysis.IssueKind{analysis.MissingRecursionBaseCase}, draft: pythonBase},
		},
	}
}

var nullKinds = []analysis.IssueKind{analysis.MissingNullChecks, analysis.UnhandledNoneValue}

// pythonWays are continue in a loop, what the function returns elsewhere, and an
// exception.
func pythonWays(s *site, stmt int32, what string) []way {
	var out []way
	if s.loop(stmt) >= 0 {
		out = append(out, way{code: "continue", verb: "Skip", share: skipShare})
	}
	if s.around(stmt, "except_clause") > s.function(stmt) {
		out = append(out, way{code: "raise", verb: "Raise again", share: skipShare})
	}
	fn := s.function(stmt)
	if fn >= 0 && s.is(fn, "function_definition") && !s.initializer(fn) {
		value, sure := s.pythonReturn(fn)
		w := way{code: strings.TrimSpace("return " + value), verb: "Return early", share: guessShare}
		if value != "" && value != "None" {
			w.verb = "Return " + value
		}
		if sure {
			w.share = 1
		}
		if len(out) > 0 {
			w.share *= insteadShare
		}
		out = append(out, w)
	}
	return append(out, way{code: "raise ValueError(" + s.quote(what) + ")", verb: "Raise an error", share: raiseShare})
}

// initializer reports whether fn builds an object: leaving it early leaves half of
// one.
func (s *site) initializer(fn int32) bool {
	return s.of(s.childOf(fn, "identifier")) == "__init__" || s.is(fn, "constructor_declaration")
}

// own are the nodes of kinds in a function, without those in functions inside it.
func (s *site) own(fn int32, kinds ...string) []int32 {
	return slices.DeleteFunc(s.within(fn, kinds...), func(n int32) bool { return n == fn || s.function(n) != fn })
}

// pythonReturn is what a function returns when it has nothing to say: what it
// returns so elsewhere, what its annotation allows, or what suits the kind of
// expression that it returns; sure where the function itself says so.
func (s *site) pythonReturn(fn int32) (value string, sure bool) {
	if len(s.own(fn, "yield")) > 0 {
		return "", true
	}
	rets := s.own(fn, "return_statement")
	var values []int32
	for _, r := range rets {
		if v := s.child(r, 0); v >= 0 {
			values = append(values, v)
		}
	}
	annotation := s.childOf(fn, "type")
	if len(values) == 0 && (annotation < 0 || s.of(annotation) == "None") {
		return "", true
	}
	if name := s.accumulator(fn, values); name != "" {
		return name, true
	}
	if v := s.usual(values, "none", "true", "false", "integer", "float", "string", "list", "dictionary", "tuple", "unary_operator"); v != "" {
		return v, true
	}
	for _, v := range values {
		if s.is(v, "identifier") && s.parameter(fn, s.of(v)) {
			return s.of(v), false
		}
	}
	if t := s.of(annotation); t != "" {
		if strings.Contains(t, "None") || strings.HasPrefix(t, "Optional") || strings.Contains(t, ".Optional") {
			return "None", true
		}
		if v, ok := pythonEmpty[strings.ToLower(strings.SplitN(t, "[", 2)[0])]; ok {
			return v, true
		}
	}
	for _, v := range values {
		switch {
		case s.is(v, "comparison_operator", "not_operator"):
			return "False", false
		case s.is(v, "list_comprehension", "list"):
			return "[]", false
		case s.is(v, "dictionary_comprehension", "dictionary"):
			return "{}", false
		case s.is(v, "string", "concatenated_string"):
			return s.quote(""), false
		case s.is(v, "binary_operator") && s.operator(v) != "%" && s.operator(v) != "|" && s.operator(v) != "&":
			if len(s.within(v, "string")) == 0 {
				return "0", false
			}
		case s.is(v, "call"):
			if e, ok := pythonMade[s.of(s.child(v, 0))]; ok {
				return e, false
			}
		}
	}
	return "None", false
}

// accumulator is the variable that a function returns at its end, and that has a
// value already before the failing line.
func (s *site) accumulator(fn int32, values []int32) string {
	if len(values) != 1 || !s.is(values[0], "identifier") {
		return ""
	}
	name := s.of(values[0])
	for _, a := range s.own(fn, s.id.assignments...) {
		if int(s.f.Nodes[a].End) < s.line.Start && s.of(s.child(a, 0)) == name && !s.is(a, s.id.loops...) && s.block(a) == s.block(s.statementOf(values[0])) {
			return name
		}
	}
	return ""
}

// block is the list of statements that n is in, statementOf the statement of it.
func (s *site) block(n int32) int32 { return s.around(n, s.id.blocks...) }

func (s *site) statementOf(n int32) int32 {
	for p := s.up(n); p >= 0; p = s.up(p) {
		if s.is(p, s.id.blocks...) {
			return n
		}
		n = p
	}
	return none
}

// parameter reports whether a function has a parameter of a name.
func (s *site) parameter(fn int32, name string) bool {
	for _, p := range s.named(s.childOf(fn, "parameters", "formal_parameters")) {
		if s.of(p) == name || s.of(s.child(p, 0)) == name {
			return true
		}
	}
	return false
}

// pythonEmpty is the empty value of a type, by its name in lower case.
var pythonEmpty = map[string]string{
	"str": `""`, "int": "0", "float": "0.0", "bool": "False", "list": "[]", "dict": "{}", "set": "set()", "tuple": "()", "bytes": `b""`,
	"sequence": "[]", "iterable": "[]", "mapping": "{}",
}

// pythonMade is the empty value of what a builtin makes.
var pythonMade = map[string]string{
	"str": `""`, "int": "0", "len": "0", "sum": "0", "float": "0.0", "bool": "False", "list": "[]", "sorted": "[]", "dict": "{}", "set": "set()",
	"tuple": "()", "any": "False", "all": "False", "isinstance": "False", "round": "0", "max": "0", "min": "0",
}

// usual is the most frequent of values that is a constant of one of kinds without
// a name in it, the first of several.
func (s *site) usual(values []int32, kinds ...string) string {
	// Of two truths the one that says no.
	no := slices.ContainsFunc(values, func(v int32) bool { return s.is(v, "false") })
	best, most := "", 0
	count := map[string]int{}
	for _, v := range values {
		text := s.of(v)
		if no && s.is(v, "true") {
			continue
		}
		if !s.is(v, kinds...) || len(text) > 20 || len(s.within(v, "identifier", "interpolation")) > 0 {
			continue
		}
		if s.is(v, "list", "dictionary", "tuple", "array", "object") && len(s.named(v)) > 0 {
			continue
		}
		count[text]++
	}
	for _, v := range values {
		if c := count[s.of(v)]; c > most {
			best, most = s.of(v), c
		}
	}
	return best
}

// share is how much less likely a further candidate is.
func share(i int) float64 {
	return [...]float64{1, 0.4, 0.2, 0.1}[min(i, 3)]
}

// pythonBase drafts a case that ends a recursion.
func pythonBase(s *site) []draft {
	fn := none
	for i := range s.f.Nodes {
		if n := int32(i); s.is(n, "function_definition") && s.touches(n) {
			fn = n
		}
	}
	if fn < 0 {
		return nil
	}
	name := s.of(s.childOf(fn, "identifier"))
	params := s.named(s.childOf(fn, "parameters"))
	if len(params) > 0 && (s.of(params[0]) == "self" || s.of(params[0]) == "cls") {
		params = params[1:]
	}
	body := s.childOf(fn, "block")
	for _, call := range s.own(fn, "call") {
		f := s.of(s.child(call, 0))
		if f != name && !strings.HasSuffix(f, "."+name) {
			continue
		}
		args := s.named(s.child(call, 1))
		for i := range min(len(args), len(params)) {
			p := params[i]
			if !s.is(p, "identifier") {
				p = s.child(p, 0)
			}
			bad, what := s.shrinks(args[i], s.of(p))
			if bad == "" || s.checked(call, s.of(p)) {
				continue
			}
			first := s.child(body, 0)
			if s.is(first, "expression_statement") && s.is(s.child(first, 0), "string") {
				first = s.child(body, 1)
			}
			if first < 0 || !s.first(first) {
				return nil
			}
			value, _ := s.pythonReturn(fn)
			if op := s.up(call); s.is(op, "binary_operator") && s.operator(op) == "*" && value == "0" {
				value = "1" // a product of nothing
			}
			return []draft{{
				maker: "base-case", title: "End the recursion when " + what, fix: analysis.FixAddBoundsCheck,
				edits: []analysis.Edit{s.insert(first, s.id.check(s, bad, []string{strings.TrimSpace("return " + value)})...)}, score: scoreBase,
			}}
		}
	}
	return nil
}

// shrinks says when an argument that is made of a parameter has come to its end:
// n - 1, xs[1:], node.next.
func (s *site) shrinks(arg int32, param string) (bad, what string) {
	switch {
	case s.is(arg, "binary_operator", "binary_expression", "binary") && s.of(s.child(arg, 0)) == param && isDigits(s.of(s.child(arg, -1))):
		switch s.operator(arg) {
		case "-", "//", "/":
			return param + " <= 0", param + " is 0 or less"
		}
	case s.is(arg, "subscript") && s.of(s.child(arg, 0)) == param && s.is(s.child(arg, 1), "slice"):
		return "not " + param, param + " is empty"
	case s.is(arg, "attribute") && s.of(s.child(arg, 0)) == param:
		return param + " is None", param + " is None"
	}
	return "", ""
}
