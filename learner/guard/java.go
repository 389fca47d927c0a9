package guard

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

func java() *idiom {
	return &idiom{
		blocks: []string{"block", "constructor_body", "switch_block_statement_group"},
		statements: []string{
			"expression_statement", "return_statement", "if_statement", "for_statement", "enhanced_for_statement", "while_statement", "do_statement", "throw_statement",
		},
		wrappers:     []string{"labeled_statement"},
		functions:    []string{"method_declaration", "constructor_declaration", "lambda_expression"},
		loops:        []string{"for_statement", "enhanced_for_statement", "while_statement", "do_statement"},
		clauses:      []string{"class_body", "field_declaration"},
		ternaries:    []string{"ternary_expression", "lambda_expression", "assignment_expression", "argument_list", "cast_expression"},
		bodies:       []string{"block"},
		ifs:          []string{"if_statement"},
		conditionals: []string{"if_statement", "while_statement", "for_statement", "ternary_expression"},
		assignments:  []string{"assignment_expression", "variable_declarator", "enhanced_for_statement", "update_expression"},
		plain:        []string{"identifier", "field_access", "array_access", "this", "decimal_integer_literal", "string_literal", "string_fragment"},
		step:         "    ",
		and:          " && ",
		or:           " || ",
		check:        jsCheck,
		ways:         javaWays,
		makers: []maker{
			{kinds: nullKinds, draft: javaNull},
			{kinds: []analysis.IssueKind{analysis.MissingBoundaryValidation}, draft: javaBounds},
			{kinds: []analysis.IssueKind{analysis.ArithmeticFault}, draft: javaDivision},
			{kinds: []analysis.IssueKind{analysis.TypeConfusion}, draft: javaCast},
			{kinds: []analysis.IssueKind{analysis.InvalidValue}, draft: javaParse},
			{kinds: []analysis.IssueKind{analysis.MissingRecursionBaseCase}, draft: javaBase},
		},
	}
}

// javaWays are continue in a loop, a return of what the type or the method itself
// has for nothing, and an exception.
func javaWays(s *site, stmt int32, what string) []way {
	var out []way
	if s.loop(stmt) >= 0 {
		out = append(out, way{code: "continue;", verb: "Skip", share: skipShare})
	}
	fn := s.function(stmt)
	if s.is(fn, "method_declaration") {
		value, sure := s.javaReturn(fn)
		w := way{code: strings.TrimSpace("return "+value) + ";", verb: "Return early", share: guessShare}
		if value != "" {
			w.verb = "Return " + short(value)
		}
		if sure {
			w.share = 1
		}
		if len(out) > 0 {
			w.share *= insteadShare
		}
		out = append(out, w)
	} else if s.is(fn, "lambda_expression") {
		out = append(out, way{code: "return;", verb: "Return early", share: guessShare})
	}
	text := strings.NewReplacer(`"`, "", `\`, "").Replace(what)
	return append(out, way{code: "throw new " + s.javaRefusal(fn, what) + `("` + text + `");`, verb: "Throw an error", share: raiseShare})
}

// javaRefusal is the exception for what is wrong: of an argument, else of the state.
func (s *site) javaRefusal(fn int32, what string) string {
	argument, state := "IllegalArgumentException", "IllegalStateException"
	if s.lang.Family == "csharp" {
		argument, state = "ArgumentException", "InvalidOperationException"
	}
	for _, p := range s.within(fn, "formal_parameter", "parameter") {
		name := s.of(s.child(p, -1))
		if rest, ok := strings.CutPrefix(what, name); ok && name != "" && (rest == "" || !isWord(rest[0])) {
			return argument
		}
	}
	return state
}

// typeOf is the node of what a function returns: the one before its name.
func (s *site) typeOf(fn int32) int32 {
	before := none
	for _, c := range s.named(fn) {
		if s.is(c, "identifier", "name") && before >= 0 {
			return before
		}
		if !s.is(c, "modifiers", "modifier", "attribute_list", "type_parameters") {
			before = c
		}
	}
	return none
}

func (s *site) javaReturn(fn int32) (value string, sure bool) {
	t := s.of(s.typeOf(fn))
	if t == "void" || t == "Void" {
		return "", true
	}
	var values []int32
	for _, r := range s.own(fn, "return_statement") {
		if v := s.child(r, 0); v >= 0 {
			values = append(values, s.bare(v))
		}
	}
	if name := s.accumulator(fn, values); name != "" {
		return name, true
	}
	if v := s.usual(values, "null_literal", "true", "false", "decimal_integer_literal", "integer_literal", "boolean_literal", "string_literal", "unary_expression", "prefix_unary_expression"); v != "" {
		return v, true
	}
	switch {
	case t == "boolean" || t == "bool" || t == "Boolean":
		return "false", true
	case t == "int" || t == "long" || t == "short" || t == "byte" || t == "char" || t == "double" || t == "float" || t == "decimal" || t == "uint" || t == "ulong":
		return "0", true
	case strings.HasPrefix(t, "Optional"):
		return "Optional.empty()", true
	case s.lang.Family == "csharp" && (t == "Task" || t == "ValueTask"):
		return "", true
	case s.lang.Family == "java" && strings.HasPrefix(t, "List<") && strings.Contains(s.text, "List.of("):
		return "List.of()", false
	case strings.HasPrefix(t, "List<") && s.lang.Family == "java" && strings.Contains(s.text, "Collections"):
		return "Collections.emptyList()", false
	}
	return "null", false
}

var javaAccess = []string{"method_invocation", "field_access", "array_access"}

// javaNull drafts for a null pointer. Since Java 14 the message names what was null.
func javaNull(s *site) []draft {
	named := between(s.msg, `because "`, `"`)
	if strings.HasPrefix(named, "<") {
		named = ""
	}
	named = strings.TrimPrefix(named, "this.")
	member := between(s.msg, `Cannot invoke "`, `"`)
	if k := strings.IndexByte(member, '('); k >= 0 {
		member = member[:k]
	}
	member = member[strings.LastIndexByte(member, '.')+1:]
	if member == "" {
		member = between(s.msg, `Cannot read field "`, `"`)
	}
	if member == "" {
		member = between(s.msg, `Cannot assign field "`, `"`)
	}
	var list []suspect
	add := func(n int32, weight float64) {
		n = s.bare(n)
		e := s.of(n)
		if n < 0 || s.is(n, "this", "super", "string_literal", "object_creation_expression", "class_literal") || s.is(n, "identifier") && e[0] >= 'A' && e[0] <= 'Z' && !s.javaLocal(n) {
			return
		}
		for _, x := range list {
			if s.of(x.node) == e {
				return
			}
		}
		list = append(list, suspect{node: n, weight: weight, def: none})
	}
	for _, n := range s.onLine(javaAccess...) {
		kids := s.named(n)
		if s.is(n, "method_invocation") && s.is(kids[0], "identifier") && (len(kids) < 3 || s.is(kids[1], "argument_list")) {
			continue // a method of this
		}
		name := s.of(s.childOf(n, "identifier"))
		if s.is(n, "method_invocation") && len(kids) >= 3 {
			name = s.of(kids[len(kids)-2])
		} else if s.is(n, "field_access") {
			name = s.of(kids[len(kids)-1])
		}
		switch {
		case named != "":
			if strings.TrimPrefix(s.of(s.bare(kids[0])), "this.") == named {
				add(kids[0], 8)
			}
		case member != "":
			if name == member {
				add(kids[0], 6)
			}
		case s.is(kids[0], "identifier"):
			add(kids[0], s.javaWeight(kids[0]))
		case s.is(kids[0], "method_invocation"):
			add(kids[0], 1)
		default:
			add(kids[0], 2)
		}
	}
	if named != "" && len(list) == 0 {
		// Unboxing, synchronized, a switch, a loop: the name alone.
		for i := range s.f.Nodes {
			if n := int32(i); s.touches(n) && s.is(n, "identifier", "field_access") && strings.TrimPrefix(s.of(n), "this.") == named {
				add(n, 6)
				break
			}
		}
	}
	for _, n := range s.onLoops("enhanced_for_statement") {
		if it := s.child(n, 2); named == "" && it >= 0 && s.path(it) && member == "" {
			add(it, 3)
		}
	}
	return s.suspected(list, func(x suspect, score float64) []draft {
		e := s.of(x.node)
		if !s.path(x.node) || s.checked(x.node, e, "null", "requireNonNull") {
			return nil
		}
		return s.forms(plan{
			maker: "nil-check", fix: analysis.FixAddNullCheck, node: x.node, bad: e + " == null", good: e + " != null", what: short(e) + " is null", score: score,
		})
	})
}

// suspected drafts for suspects, each with its share of the chance.
func (s *site) suspected(list []suspect, form func(suspect, float64) []draft) []draft {
	total := 0.0
	for _, x := range list {
		total += x.weight
	}
	var out []draft
	for i, x := range list {
		if i == 4 {
			break
		}
		out = append(out, form(x, scoreNamed*x.weight/total)...)
	}
	return out
}

// javaLocal reports whether a name with a capital is a variable of its function.
func (s *site) javaLocal(n int32) bool {
	fn := s.function(n)
	for _, i := range s.within(fn, "formal_parameter", "variable_declarator", "parameter") {
		for _, c := range s.named(i) {
			if s.is(c, "identifier") && s.of(c) == s.of(n) {
				return true
			}
		}
	}
	return false
}

// javaWeight says how likely a variable is null beside the others of the line.
func (s *site) javaWeight(n int32) float64 {
	name := s.of(n)
	fn := s.function(n)
	weight := 2.0 // a field
	for _, i := range s.within(fn, "formal_parameter", "parameter", "variable_declarator", "assignment_expression") {
		if int(s.f.Nodes[i].Start) > s.line.Start {
			break
		}
		kids := s.named(i)
		if s.is(i, "formal_parameter", "parameter") {
			if s.of(kids[len(kids)-1]) == name {
				weight = 3
			}
			continue
		}
		if s.of(kids[0]) != name || len(kids) < 2 {
			continue
		}
		switch r := kids[len(kids)-1]; {
		case s.is(r, "object_creation_expression", "array_creation_expression", "string_literal", "lambda_expression", "decimal_integer_literal", "binary_expression"):
			weight = 0.2
		case s.is(r, "null_literal"):
			weight = 4
		case s.is(r, "method_invocation", "invocation_expression"):
			weight = 3.5
		default:
			weight = 2.5
		}
	}
	return weight
}

// javaBounds drafts for an index past the end, of an array, a list or a text.
func javaBounds(s *site) []draft {
	nums := numbers(s.msg)
	var out []draft
	add := func(d []draft) {
		for _, d := range d {
			d.score *= share(len(out) / 3)
			out = append(out, d)
		}
	}
	for _, n := range s.onLine("array_access") {
		coll := s.child(n, 0)
		add(s.index(n, coll, s.child(n, 1), nums, s.of(coll)+".length", goLoop))
	}
	for _, n := range s.onLine("method_invocation") {
		kids := s.named(n)
		if len(kids) != 3 || len(s.named(kids[2])) == 0 {
			continue
		}
		length := ""
		switch s.of(kids[1]) {
		case "get", "remove", "elementAt", "set":
			length = s.of(kids[0]) + ".size()"
		case "charAt", "substring", "codePointAt":
			length = s.of(kids[0]) + ".length()"
		}
		if length == "" || !s.path(kids[0]) {
			continue
		}
		args := s.named(kids[2])
		i := args[0]
		if s.of(kids[1]) == "substring" && len(args) == 2 {
			i = args[1]
		}
		if s.of(kids[1]) == "substring" {
			e := s.of(i)
			if !s.arithmetic(i) {
				continue
			}
			add(s.missing(plan{
				maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: n, bad: length + " < " + e, good: length + " >= " + e,
				what: short(s.of(kids[0])) + " is shorter than " + short(e), score: scoreBounds,
			}))
			continue
		}
		add(s.index(n, kids[0], i, nums, length, goLoop))
	}
	return out
}

func javaDivision(s *site) []draft {
	if !strings.Contains(s.msg, "by zero") {
		return nil
	}
	return s.zero(s.divisors("binary_expression", "assignment_expression"))
}

// javaCast drafts a look at the class before a cast.
func javaCast(s *site) []draft {
	if !strings.Contains(s.typ, "ClassCast") {
		return nil
	}
	var out []draft
	for _, n := range s.onLine("cast_expression") {
		typ, x := s.child(n, 0), s.bare(s.child(n, -1))
		t := s.of(typ)
		if k := strings.IndexByte(t, '<'); k > 0 {
			t = t[:k]
		}
		if !s.path(x) || s.checked(n, s.of(x), "instanceof") || s.is(typ, "integral_type", "floating_point_type") {
			continue
		}
		good := s.of(x) + " instanceof " + t
		out = append(out, s.forms(plan{
			maker: "type-check", fix: analysis.FixAddTypeValidation, node: x, bad: "!(" + good + ")", good: good, what: short(s.of(x)) + " is no " + t, score: scoreType * share(len(out)/3),
		})...)
	}
	return out
}

// javaParse drafts what is done with a text that is no number.
func javaParse(s *site) []draft {
	if !strings.HasSuffix(s.typ, "NumberFormatException") {
		return nil
	}
	for _, n := range s.onLine("method_invocation") {
		kids := s.named(n)
		if len(kids) != 3 || !strings.HasPrefix(s.of(kids[1]), "parse") && s.of(kids[1]) != "valueOf" {
			continue
		}
		stmt := s.statement(n)
		if stmt < 0 || !s.is(stmt, "return_statement", "expression_statement") {
			continue
		}
		if try := s.around(stmt, "try_statement"); try > s.function(stmt) {
			continue
		}
		var out []draft
		indent, step, eol := s.indent(stmt), s.step(), s.eol()
		for _, w := range s.id.ways(s, stmt, "not a number") {
			if w.verb == "Throw an error" {
				continue
			}
			out = append(out, draft{
				maker: "handle-error", title: w.verb + " when it is no number", fix: analysis.FixHandleError,
				edits: s.indented(stmt, []string{"try {"}, "} catch (NumberFormatException e) {"+eol+indent+step+w.code+eol+indent+"}"), score: scoreError * w.share,
			})
		}
		return out
	}
	return nil
}

func javaBase(s *site) []draft {
	return s.base(baseForm{
		functions: []string{"method_declaration"}, body: "block", call: "method_invocation", args: "argument_list",
		params: func(fn int32) []string {
			var out []string
			for _, p := range s.named(s.childOf(fn, "formal_parameters")) {
				out = append(out, s.of(s.childOf(p, "identifier")))
			}
			return out
		},
		shrinks: func(arg int32, param string) (string, string) {
			switch {
			case s.is(arg, "binary_expression") && s.of(s.child(arg, 0)) == param && isDigits(s.of(s.child(arg, -1))) && (s.operator(arg) == "-" || s.operator(arg) == "/"):
				return param + " <= 0", param + " is 0 or less"
			case s.is(arg, "field_access") && s.of(s.child(arg, 0)) == param:
				return param + " == null", param + " is null"
			}
			return "", ""
		},
	})
}
