package guard

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

func csharp() *idiom {
	return &idiom{
		blocks: []string{"block", "switch_section"},
		statements: []string{
			"expression_statement", "return_statement", "if_statement", "for_statement", "foreach_statement", "while_statement", "do_statement", "throw_statement",
		},
		functions:    []string{"method_declaration", "constructor_declaration", "lambda_expression", "local_function_statement", "accessor_declaration", "anonymous_method_expression"},
		loops:        []string{"for_statement", "foreach_statement", "while_statement", "do_statement"},
		clauses:      []string{"declaration_list", "arrow_expression_clause"},
		ternaries:    []string{"conditional_expression", "lambda_expression", "assignment_expression", "argument_list", "cast_expression", "interpolation"},
		bodies:       []string{"block"},
		ifs:          []string{"if_statement"},
		conditionals: []string{"if_statement", "while_statement", "for_statement", "conditional_expression"},
		assignments:  []string{"assignment_expression", "variable_declarator", "foreach_statement", "postfix_unary_expression"},
		plain:        []string{"identifier", "member_access_expression", "element_access_expression", "bracketed_argument_list", "argument", "this", "integer_literal", "string_literal", "string_literal_content"},
		step:         "    ",
		and:          " && ",
		or:           " || ",
		check:        csharpCheck,
		ways:         javaLike,
		makers: []maker{
			{kinds: nullKinds, draft: csharpNull},
			{kinds: []analysis.IssueKind{analysis.MissingBoundaryValidation}, draft: csharpBounds},
			{kinds: []analysis.IssueKind{analysis.ArithmeticFault}, draft: csharpDivision},
			{kinds: []analysis.IssueKind{analysis.MissingKey}, draft: csharpKey},
			{kinds: []analysis.IssueKind{analysis.TypeConfusion}, draft: csharpCast},
		},
	}
}

// csharpCheck puts braces on lines of their own, where the text does.
func csharpCheck(s *site, cond string, body []string) []string {
	lines := jsCheck(s, cond, body)
	if len(lines) < 2 || strings.Count(s.near(), ") {") > strings.Count(s.near(), ")\n")+strings.Count(s.near(), ")\r\n") {
		return lines
	}
	return append([]string{strings.TrimSuffix(lines[0], " {"), "{"}, lines[1:]...)
}

// javaLike are Java's ways in C#.
func javaLike(s *site, stmt int32, what string) []way {
	return javaWays(s, stmt, what)
}

// csharpNull drafts for a null reference; .NET does not say what was null.
func csharpNull(s *site) []draft {
	var list []suspect
	for _, n := range s.onLine("member_access_expression", "element_access_expression") {
		obj := s.child(n, 0)
		if len(s.named(n)) < 2 {
			continue
		}
		e := s.of(obj)
		if s.is(obj, "this", "base", "predefined_type", "string_literal") || s.is(obj, "identifier") && e[0] >= 'A' && e[0] <= 'Z' && !s.javaLocal(obj) {
			continue
		}
		if slices.ContainsFunc(list, func(x suspect) bool { return s.of(x.node) == e }) {
			continue
		}
		w := 2.0
		switch {
		case s.is(obj, "identifier"):
			w = s.javaWeight(obj)
		case s.is(obj, "invocation_expression"):
			w = 2.5
		}
		list = append(list, suspect{node: obj, weight: w, def: none})
	}
	slices.SortStableFunc(list, func(a, b suspect) int {
		switch {
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		}
		return 0
	})
	return s.suspected(list, func(x suspect, score float64) []draft {
		var out []draft
		e := s.of(x.node)
		access := s.up(x.node)
		whole := access
		for s.is(s.up(whole), "member_access_expression", "invocation_expression", "element_access_expression") && s.child(s.up(whole), 0) == whole {
			whole = s.up(whole)
		}
		p := s.up(whole)
		set := s.is(p, "assignment_expression") && s.child(p, 0) == whole
		if !set && s.is(access, "member_access_expression") && (s.is(p, "expression_statement", "variable_declarator", "return_statement", "argument", "equals_value_clause") || s.is(p, "assignment_expression") || s.boolean(p)) {
			for _, dot := range s.all(access) {
				if s.of(dot) == "." {
					out = append(out, draft{
						maker: "optional-chain", title: "Read " + short(s.of(s.child(access, -1))) + " only when " + short(e) + " is there", fix: analysis.FixAddNullCheck,
						edits: []analysis.Edit{s.replace(dot, "?.")}, score: score * secondShare,
					})
					break
				}
			}
		}
		if !s.path(x.node) || s.checked(x.node, e, "null") {
			return out
		}
		return append(out, s.forms(plan{
			maker: "nil-check", fix: analysis.FixAddNullCheck, node: x.node, bad: e + " == null", good: e + " != null", what: short(e) + " is null", score: score,
		})...)
	})
}

func csharpBounds(s *site) []draft {
	var out []draft
	for _, n := range s.onLine("element_access_expression") {
		coll, index := s.child(n, 0), s.child(s.child(s.child(n, 1), 0), 0)
		if index < 0 || !s.path(coll) || s.is(index, "string_literal") {
			continue
		}
		for _, length := range s.csharpLengths(n, coll) {
			for _, d := range s.index(n, coll, index, nil, length, goLoop) {
				d.score *= share(len(out) / 3)
				out = append(out, d)
			}
		}
	}
	return out
}

// csharpLengths is how the length of coll is asked for in its function, Length of
// an array and Count of a list where that does not show.
func (s *site) csharpLengths(n, coll int32) []string {
	c := s.of(coll)
	fn := s.function(n)
	text := s.of(fn)
	switch {
	case strings.Contains(text, c+".Count"):
		return []string{c + ".Count"}
	case strings.Contains(text, c+".Length"):
		return []string{c + ".Length"}
	}
	for _, p := range s.within(fn, "parameter", "variable_declaration") {
		t := s.of(s.child(p, 0))
		if !strings.Contains(s.of(p), c) {
			continue
		}
		switch {
		case strings.HasSuffix(t, "[]"), t == "string":
			return []string{c + ".Length"}
		case strings.Contains(t, "List<"):
			return []string{c + ".Count"}
		}
	}
	if strings.Contains(s.typ, "ArgumentOutOfRange") {
		return []string{c + ".Count"}
	}
	return []string{c + ".Length"}
}

func csharpDivision(s *site) []draft {
	if !strings.Contains(s.typ, "DivideByZero") {
		return nil
	}
	return s.zero(s.divisors("binary_expression", "assignment_expression"))
}

// csharpKey drafts a look for a key.
func csharpKey(s *site) []draft {
	var out []draft
	for _, n := range s.onLine("element_access_expression") {
		coll, key := s.child(n, 0), s.child(s.child(s.child(n, 1), 0), 0)
		p := s.up(n)
		if key < 0 || !s.path(coll) || !s.path(key) || s.is(key, "integer_literal") || s.is(p, "assignment_expression") && s.child(p, 0) == n && s.operator(p) == "=" {
			continue
		}
		c, k := s.of(coll), s.of(key)
		if s.checked(n, k, "ContainsKey", "TryGetValue") {
			continue
		}
		good := c + ".ContainsKey(" + k + ")"
		for _, d := range s.forms(plan{
			maker: "key-check", fix: analysis.FixAddNullCheck, node: n, bad: "!" + good, good: good, what: short(k) + " is not in " + short(c), score: scoreKeyCheck,
		}) {
			d.score *= share(len(out) / 3)
			out = append(out, d)
		}
		if stmt := s.statement(n); stmt >= 0 && s.is(p, "variable_declarator") && len(out) < 4 {
			name := s.of(s.child(p, 0))
			for _, w := range s.id.ways(s, stmt, short(k)+" is not in "+short(c)) {
				lines := s.id.check(s, "!"+c+".TryGetValue("+k+", out var "+name+")", []string{w.code})
				text := strings.Join(lines, s.eol()+s.indent(stmt))
				out = append(out, draft{
					maker: "key-check", title: w.verb + " unless " + short(c) + " has " + short(k), fix: analysis.FixAddNullCheck,
					edits: []analysis.Edit{s.replace(stmt, text)}, score: scoreKeyCheck * 1.1 * w.share,
				})
			}
		}
	}
	return out
}

// csharpCast drafts a look at the type before a cast.
func csharpCast(s *site) []draft {
	var out []draft
	for _, n := range s.onLine("cast_expression") {
		t, x := s.of(s.child(n, 0)), s.bare(s.child(n, -1))
		if !s.path(x) || s.checked(n, s.of(x), " is ") {
			continue
		}
		e := s.of(x)
		out = append(out, s.forms(plan{
			maker: "type-check", fix: analysis.FixAddTypeValidation, node: x, bad: e + " is not " + t, good: e + " is " + t, what: short(e) + " is no " + t, score: scoreType,
		})...)
	}
	return out
}
