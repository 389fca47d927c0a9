package guard

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

func ruby() *idiom {
	return &idiom{
		blocks:       []string{"body_statement", "then", "else", "do", "block_body", "program", "begin", "ensure"},
		statements:   []string{"if", "unless", "while", "until", "case", "return", "if_modifier", "unless_modifier"},
		functions:    []string{"method", "singleton_method", "lambda"},
		loops:        []string{"while", "until", "for", "do_block", "block"},
		bodies:       []string{"body_statement", "block_body", "do"},
		clauses:      []string{"elsif", "when", "class", "module", "rescue", "if_modifier", "unless_modifier"},
		ternaries:    []string{"conditional", "assignment", "argument_list", "interpolation", "hash"},
		ifs:          []string{"if", "unless", "if_modifier", "unless_modifier"},
		conditionals: []string{"if", "unless", "elsif", "while", "if_modifier", "unless_modifier", "conditional"},
		assignments:  []string{"assignment", "operator_assignment", "block_parameters"},
		plain:        []string{"identifier", "instance_variable", "element_reference", "simple_symbol", "integer", "string", "string_content", "self", "call"},
		step:         "  ",
		and:          " && ",
		or:           " || ",
		check: func(_ *site, cond string, body []string) []string {
			if len(body) == 1 {
				return []string{body[0] + " if " + cond}
			}
			return []string{"if " + cond, "end"}
		},
		ways: rubyWays,
		makers: []maker{
			{kinds: append([]analysis.IssueKind{analysis.UndefinedName}, nullKinds...), draft: rubyNull},
			{kinds: []analysis.IssueKind{analysis.MissingKey, analysis.BadConfiguration, analysis.MissingBoundaryValidation}, draft: rubyKey},
			{kinds: []analysis.IssueKind{analysis.ArithmeticFault}, draft: rubyDivision},
			{kinds: []analysis.IssueKind{analysis.TypeConfusion, analysis.MissingNullChecks}, draft: rubyType},
		},
	}
}

// rubyWays are next in a block, a return, and an exception.
func rubyWays(s *site, stmt int32, what string) []way {
	var out []way
	if l := s.loop(stmt); l >= 0 && s.is(l, "do_block", "block", "while", "until", "for") {
		out = append(out, way{code: "next", verb: "Skip", share: skipShare})
	}
	if fn := s.function(stmt); fn >= 0 && s.of(s.childOf(fn, "identifier")) != "initialize" {
		var values []int32
		for _, r := range s.own(fn, "return") {
			if v := s.child(s.child(r, 0), 0); v >= 0 {
				values = append(values, v)
			}
		}
		w := way{code: strings.TrimSpace("return " + s.usual(values, "nil", "true", "false", "integer", "string", "array", "hash")), verb: "Return early", share: 1}
		if len(out) > 0 {
			w.share *= insteadShare
		}
		out = append(out, w)
	}
	return append(out, way{code: "raise ArgumentError, " + s.quote(what), verb: "Raise an error", share: raiseShare})
}

// rubyNull drafts for a method that was called on nil.
func rubyNull(s *site) []draft {
	if s.kind == analysis.UndefinedName && !strings.Contains(s.msg, "nil") {
		return nil
	}
	name := strings.TrimSuffix(between(s.msg, "undefined method '", "'"), "=")
	if name == "" {
		name = strings.TrimSuffix(between(s.msg, "undefined method `", "'"), "=")
	}
	if name == "" {
		return nil
	}
	var out []draft
	rank := 0
	for _, n := range s.onLine("call", "element_reference", "binary") {
		recv := s.child(n, 0)
		dot := none
		switch {
		case s.is(n, "element_reference"):
			if name != "[]" && name != "[]=" {
				continue
			}
		case s.is(n, "binary"):
			if s.operator(n) != name {
				continue
			}
		default:
			kids := s.all(n)
			if len(kids) < 3 || s.of(kids[1]) != "." || s.of(kids[2]) != name {
				continue
			}
			dot = kids[1]
		}
		score := scoreNamed * share(rank)
		rank++
		e := s.of(recv)
		if dot >= 0 && !strings.HasSuffix(s.msg, "=' for nil") {
			out = append(out, draft{
				maker: "optional-chain", title: "Call " + name + " only when " + short(e) + " is there", fix: analysis.FixAddNullCheck,
				edits: []analysis.Edit{s.replace(dot, "&.")}, score: score,
			})
		}
		if s.is(n, "element_reference") && s.is(recv, "call", "element_reference", "identifier", "instance_variable") && name == "[]" {
			if at := s.all(n)[1]; s.of(at) == "[" && s.is(s.child(n, 1), "simple_symbol", "string", "identifier", "integer") && s.is(recv, "element_reference") && !s.is(s.child(recv, 1), "integer") {
				// h[:a][:b] is h.dig(:a, :b).
				out = append(out, draft{
					maker: "optional-chain", title: "Dig for " + short(s.of(s.child(n, 1))), fix: analysis.FixAddNullCheck,
					edits: []analysis.Edit{s.replace(n, s.of(s.child(recv, 0))+".dig("+s.of(s.child(recv, 1))+", "+s.of(s.child(n, 1))+")")}, score: score,
				})
			}
		}
		if s.is(s.up(n), "operator_assignment") || name == "<<" && s.is(recv, "element_reference") && s.is(n, "binary") {
			empty := map[string]string{"<<": "[]", "+": "0", "-": "0"}[name]
			if empty != "" && s.is(recv, "element_reference", "instance_variable") {
				out = append(out, draft{
					maker: "nil-default", title: "Begin with " + empty + " when " + short(e) + " is nil", fix: analysis.FixAddNullCheck,
					edits: s.wrap(recv, "(", " ||= "+empty+")"), score: scoreKeyCount,
				})
			}
		}
		if !s.path(recv) || s.is(recv, "call") && s.childOf(recv, "argument_list") >= 0 || s.checked(n, e, "nil?", "present?", "blank?") {
			continue
		}
		out = append(out, s.forms(plan{
			maker: "nil-check", fix: analysis.FixAddNullCheck, node: recv, bad: e + ".nil?", good: e, what: short(e) + " is nil", fine: short(e) + " is there", score: score * 0.7,
		})...)
	}
	return out
}

// rubyKey drafts a default for fetch.
func rubyKey(s *site) []draft {
	var out []draft
	for _, n := range s.onLine("call") {
		kids := s.named(n)
		if len(kids) < 3 || s.of(kids[1]) != "fetch" || len(s.named(kids[2])) != 1 || s.childOf(n, "block", "do_block") >= 0 {
			continue
		}
		arg := s.child(kids[2], 0)
		out = append(out, draft{
			maker: "key-default", title: "Give fetch a default", fix: analysis.FixAddNullCheck, edits: []analysis.Edit{put(s.span(arg).End, ", nil")}, score: scoreKeyMethod * share(len(out)),
		})
	}
	return out
}

func rubyDivision(s *site) []draft {
	if !strings.Contains(s.typ, "ZeroDivision") {
		return nil
	}
	var out []draft
	for i, d := range s.divisors("binary", "operator_assignment") {
		e := s.of(d)
		if !s.path(d) || s.checked(d, e, "zero?", "== 0", "empty?", "positive?") {
			continue
		}
		out = append(out, s.forms(plan{
			maker: "zero-check", fix: analysis.FixAddBoundsCheck, node: d, bad: e + ".zero?", good: "!" + e + ".zero?", what: short(e) + " is 0", score: scoreZero * share(i),
		})...)
	}
	for i := range out {
		// What divides by nothing gives nothing.
		for j := range out[i].edits {
			out[i].edits[j].New = strings.Replace(out[i].edits[j].New, "return if ", "return 0 if ", 1)
		}
	}
	return out
}

// rubyType drafts conversions between text and number.
func rubyType(s *site) []draft {
	var method string
	switch {
	case strings.Contains(s.msg, "into String"):
		method = ".to_s"
	case strings.Contains(s.msg, "String can't be coerced into Integer"):
		method = ".to_i"
	case strings.Contains(s.msg, "String can't be coerced into Float"):
		method = ".to_f"
	case strings.Contains(s.msg, "nil can't be coerced into"):
		method = ".to_i"
		if strings.HasSuffix(s.msg, "Float") {
			method = ".to_f"
		}
	default:
		return nil
	}
	var out []draft
	for _, n := range s.onLine("binary", "operator_assignment") {
		op := s.operator(n)
		if op == "&&" || op == "||" || op == "==" || method == ".to_s" && op != "+" && op != "<<" && op != "+=" {
			continue
		}
		r := s.child(n, -1)
		if s.is(r, "string", "integer", "float") || strings.HasSuffix(s.of(r), method) {
			continue
		}
		edits := []analysis.Edit{put(s.span(r).End, method)}
		if s.is(r, "binary", "conditional") {
			edits = s.wrap(r, "(", ")"+method)
		}
		out = append(out, draft{
			maker: "convert", title: "Take " + short(s.of(r)) + method, fix: analysis.FixConvertType, edits: edits, score: scoreType * share(len(out)),
		})
	}
	return out
}
