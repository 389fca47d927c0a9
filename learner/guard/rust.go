package guard

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

func rust() *idiom {
	return &idiom{
		blocks:       []string{"block"},
		statements:   []string{"expression_statement"},
		functions:    []string{"function_item", "closure_expression"},
		loops:        []string{"for_expression", "while_expression", "loop_expression"},
		bodies:       []string{"block"},
		clauses:      []string{"match_arm", "macro_definition"},
		ternaries:    []string{"closure_expression", "assignment_expression", "arguments", "match_expression", "token_tree"},
		ifs:          []string{"if_expression"},
		conditionals: []string{"if_expression", "while_expression"},
		assignments:  []string{"assignment_expression", "compound_assignment_expr", "let_declaration", "for_expression"},
		plain:        []string{"identifier", "field_expression", "field_identifier", "self", "integer_literal", "index_expression", "string_literal", "string_content"},
		step:         "    ",
		and:          " && ",
		or:           " || ",
		check: func(s *site, cond string, body []string) []string {
			out := []string{"if " + cond + " {"}
			for _, l := range body {
				out = append(out, s.step()+l)
			}
			return append(out, "}")
		},
		ways: rustWays,
		makers: []maker{
			{kinds: append([]analysis.IssueKind{
				analysis.InvalidValue, analysis.UnhandledError, analysis.MissingFile, analysis.BadConfiguration, analysis.PermissionDenied, analysis.NetworkFailure, analysis.BadEncoding,
			}, nullKinds...), draft: rustUnwrap},
			{kinds: []analysis.IssueKind{analysis.MissingBoundaryValidation}, draft: rustBounds},
			{kinds: []analysis.IssueKind{analysis.ArithmeticFault}, draft: rustArithmetic},
			{kinds: []analysis.IssueKind{analysis.MissingRecursionBaseCase}, draft: rustBase},
		},
	}
}

// rustResult is the type that a function returns, "" for none.
func (s *site) rustResult(fn int32) string {
	if !s.is(fn, "function_item") {
		return ""
	}
	kids := s.all(fn)
	for i, c := range kids {
		if s.of(c) == "->" && i+1 < len(kids) {
			return s.of(kids[i+1])
		}
	}
	return ""
}

func rustWays(s *site, stmt int32, what string) []way {
	var out []way
	if s.loop(stmt) >= 0 {
		out = append(out, way{code: "continue;", verb: "Skip", share: skipShare})
	}
	fn := s.function(stmt)
	if fn < 0 {
		return out
	}
	if s.is(fn, "closure_expression") {
		return out
	}
	t := s.rustResult(fn)
	text := strings.NewReplacer(`"`, "", `\`, "", "{", "", "}", "").Replace(what)
	var code string
	switch {
	case t == "":
		code = "return;"
	case strings.HasPrefix(t, "Option<"):
		code = "return None;"
	case strings.HasPrefix(t, "Result<") && strings.Contains(t, "Box<dyn"):
		code = `return Err("` + text + `".into());`
	case strings.HasPrefix(t, "Result<") && strings.HasSuffix(strings.ReplaceAll(t, " ", ""), ",String>"):
		code = `return Err("` + text + `".to_string());`
	case strings.HasPrefix(t, "anyhow::Result<") || strings.HasPrefix(t, "Result<") && !strings.Contains(t, ",") && strings.Contains(s.text, "anyhow"):
		code = `return Err(anyhow::anyhow!("` + text + `"));`
	case t == "bool":
		code = "return false;"
	case t == "String":
		code = "return String::new();"
	case t == "&str" || t == "&'static str":
		code = `return "";`
	case strings.HasPrefix(t, "Vec<"):
		code = "return Vec::new();"
	case t == "f64" || t == "f32":
		code = "return 0.0;"
	case len(t) <= 5 && (t[0] == 'u' || t[0] == 'i') && strings.Trim(t[1:], "0123456789size") == "":
		code = "return 0;"
	default:
		return out
	}
	w := way{code: code, verb: "Return early", share: 1}
	if strings.Contains(code, "Err(") {
		w.verb = "Return an error"
	}
	if len(out) > 0 {
		w.share *= insteadShare
	}
	return append(out, w)
}

// rustUnwrap drafts what is done in the place of unwrap and expect: the question
// mark where the function can give back what went wrong, a default elsewhere.
func rustUnwrap(s *site) []draft {
	if !strings.Contains(s.msg, "`None`") && !strings.Contains(s.msg, "`Err`") && s.kind == analysis.MissingNullChecks {
		return nil
	}
	none := strings.Contains(s.msg, "`None`")
	var out []draft
	calls := s.onLine("call_expression")
	for _, n := range calls {
		f := s.child(n, 0)
		if !s.is(f, "field_expression") {
			continue
		}
		method := s.of(s.child(f, -1))
		if method != "unwrap" && method != "expect" {
			continue
		}
		if method == "expect" && strings.Contains(s.msg, "unwrap()") {
			continue
		}
		recv := s.child(f, 0)
		fn := s.function(n)
		t := s.rustResult(fn)
		sp := s.span(n)
		tail := analysis.Span{Start: s.span(recv).End, End: sp.End}
		rank := share(len(out) / 2)
		switch {
		case none && strings.HasPrefix(t, "Option<"):
			out = append(out, draft{maker: "handle-none", title: "Give None back", fix: analysis.FixHandleError, edits: []analysis.Edit{{Span: tail, New: "?"}}, score: scoreType * rank})
		case none && strings.HasPrefix(t, "Result<"):
			text := strings.NewReplacer(`"`, "", `\`, "", "{", "", "}", "").Replace(short(s.of(recv))) + " is missing"
			q := `.ok_or("` + text + `")?`
			if strings.HasSuffix(strings.ReplaceAll(t, " ", ""), ",String>") {
				q = `.ok_or_else(|| "` + text + `".to_string())?`
			}
			out = append(out, draft{maker: "handle-none", title: "Return an error when it is None", fix: analysis.FixHandleError, edits: []analysis.Edit{{Span: tail, New: q}}, score: scoreType * rank})
		case !none && strings.HasPrefix(t, "Result<") || !none && strings.Contains(t, "Result<"):
			out = append(out, draft{maker: "handle-error", title: "Give the error back", fix: analysis.FixHandleError, edits: []analysis.Edit{{Span: tail, New: "?"}}, score: scoreType * rank})
		}
		name := s.child(f, -1)
		args := s.childOf(n, "arguments")
		edits := []analysis.Edit{s.replace(name, "unwrap_or_default")}
		if method == "expect" {
			edits = append(edits, s.replace(args, "()"))
		}
		out = append(out, draft{maker: "nil-default", title: "Take a default instead", fix: analysis.FixHandleError, edits: edits, score: scoreType * guessShare * rank})
		if stmt := s.up(n); s.is(stmt, "let_declaration") && s.is(s.child(stmt, 0), "identifier") && s.first(stmt) && s.is(s.up(stmt), "block") && !s.is(s.child(stmt, 1), "mutable_specifier") {
			for _, w := range s.id.ways(s, stmt, short(s.of(recv))+" is missing") {
				pattern := "Some(" + s.of(s.child(stmt, 0)) + ")"
				if !none {
					pattern = "Ok(" + s.of(s.child(stmt, 0)) + ")"
				}
				end := s.span(stmt).End
				edits := []analysis.Edit{s.replace(s.child(stmt, 0), pattern), {Span: analysis.Span{Start: tail.Start, End: end}, New: " else {" + s.eol() + s.indent(stmt) + s.step() + w.code + s.eol() + s.indent(stmt) + "};"}}
				out = append(out, draft{maker: "nil-check", title: w.verb + " otherwise", fix: analysis.FixAddNullCheck, edits: edits, score: scoreNamed * w.share * rank})
			}
		}
	}
	return out
}

// rustBounds drafts for an index past the end.
func rustBounds(s *site) []draft {
	nums := numbers(s.msg)
	if len(nums) == 2 {
		nums[0], nums[1] = nums[1], nums[0] // the length is named first
	}
	var out []draft
	for _, n := range s.onLine("index_expression") {
		coll, index := s.child(n, 0), s.child(n, 1)
		if s.is(index, "range_expression", "string_literal") {
			continue
		}
		for _, d := range s.index(n, coll, index, nums, s.of(coll)+".len()", rustLoop) {
			d.score *= share(len(out) / 3)
			out = append(out, d)
		}
	}
	if len(out) == 0 {
		// Inside of a macro there are no expressions, only the loop shows.
		for n := s.deepest(); n >= 0; n = s.around(n, "for_expression") {
			if s.is(n, "for_expression") {
				out = append(out, s.rustRange(n, "")...)
			}
		}
	}
	return out
}

// rustLoop drafts another end of a range that goes one too far.
func rustLoop(s *site, n, index int32, length string) []draft {
	name, ahead := s.ahead(index)
	if name == "" {
		return nil
	}
	for loop := s.around(n, "for_expression", "while_expression"); loop >= 0; loop = s.around(loop, "for_expression", "while_expression") {
		if s.is(loop, "while_expression") {
			for _, b := range s.within(s.child(loop, 0), "binary_expression") {
				if d := s.bound(b, name, ahead, length); d != nil {
					return d
				}
			}
			continue
		}
		if s.of(s.child(loop, 0)) != name {
			continue
		}
		if ahead == 0 {
			return s.rustRange(loop, length)
		}
		if r := s.child(loop, 1); s.is(r, "range_expression") && s.of(s.child(r, -1)) == length && strings.Contains(s.of(r), "..") && !strings.Contains(s.of(r), "..=") {
			end := s.child(r, -1)
			return []draft{s.loopBound(put(s.span(end).End, " - "+itoa(ahead)), length, length+" - "+itoa(ahead))}
		}
	}
	return nil
}

// rustRange drafts ".." for "..=" up to a length.
func (s *site) rustRange(loop int32, length string) []draft {
	r := s.child(loop, 1)
	if !s.is(r, "range_expression") {
		return nil
	}
	end := s.of(s.child(r, -1))
	if length != "" && end != length || !strings.HasSuffix(end, ".len()") {
		return nil
	}
	for _, k := range s.all(r) {
		if s.of(k) == "..=" {
			return []draft{s.loopBound(s.replace(k, ".."), "..="+end, ".."+end)}
		}
	}
	return nil
}

// rustArithmetic drafts for a division by zero and for a difference below zero.
func rustArithmetic(s *site) []draft {
	var out []draft
	switch {
	case strings.Contains(s.msg, "by zero"), strings.Contains(s.msg, "divisor of zero"):
		return s.zero(s.divisors("binary_expression", "compound_assignment_expr"))
	case strings.Contains(s.msg, "subtract with overflow"):
		for _, n := range s.onLine("binary_expression") {
			if s.operator(n) != "-" {
				continue
			}
			l, r := s.child(n, 0), s.child(n, -1)
			if s.is(l, "binary_expression", "unary_expression", "type_cast_expression", "integer_literal") {
				continue
			}
			rank := share(len(out))
			out = append(out, draft{
				maker: "saturate", title: "End " + short(s.of(l)) + " at 0", fix: analysis.FixAddBoundsCheck,
				edits: []analysis.Edit{{Span: analysis.Span{Start: s.span(l).End, End: s.span(r).Start}, New: ".saturating_sub("}, put(s.span(r).End, ")")}, score: scoreType * rank,
			})
			if s.path(l) && s.path(r) && !s.checked(n, s.of(l), s.of(r)) {
				out = append(out, s.before(plan{
					maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: n, bad: s.of(l) + " < " + s.of(r), what: short(s.of(l)) + " is less than " + short(s.of(r)), score: scoreBounds * rank,
				})...)
			}
		}
	}
	return out
}

func rustBase(s *site) []draft {
	return s.base(baseForm{
		functions: []string{"function_item"}, body: "block", call: "call_expression", args: "arguments",
		params: func(fn int32) []string {
			var out []string
			for _, p := range s.named(s.childOf(fn, "parameters")) {
				if s.is(p, "parameter") {
					out = append(out, s.of(s.child(p, 0)))
				}
			}
			return out
		},
		shrinks: func(arg int32, param string) (string, string) {
			if s.is(arg, "binary_expression") && s.of(s.child(arg, 0)) == param && isDigits(s.of(s.child(arg, -1))) && s.operator(arg) == "-" {
				return param + " == 0", param + " is 0"
			}
			return "", ""
		},
	})
}
