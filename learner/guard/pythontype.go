package guard

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// pythonType drafts conversions: a value of one type where another is wanted.
func pythonType(s *site) []draft {
	m := s.msg
	var out []draft
	convert := func(n int32, fn string, score float64) {
		if n < 0 || s.is(n, "string", "integer", "float", "list", "dictionary") && fn != "str" || s.is(n, "call") && s.of(s.child(n, 0)) == fn {
			return
		}
		out = append(out, draft{
			maker: "convert", title: "Make " + fn + " of " + short(s.of(n)), fix: analysis.FixConvertType,
			edits: s.wrap(n, fn+"(", ")"), score: score,
		})
	}
	switch {
	case strings.Contains(m, `can only concatenate str (not "`), strings.Contains(m, "must be str, not"):
		other := between(m, `(not "`, `"`)
		for _, n := range s.onLine("binary_operator", "augmented_assignment") {
			if op := s.operator(n); op != "+" && op != "+=" {
				continue
			}
			r := s.bare(s.child(n, -1))
			if s.stringy(r) {
				continue
			}
			score := float64(scoreType)
			if len(out) > 0 {
				score *= guessShare
			}
			if other == "bytes" {
				if s.path(r) || s.is(r, "call") {
					out = append(out, draft{
						maker: "convert", title: "Decode " + short(s.of(r)), fix: analysis.FixConvertType,
						edits: []analysis.Edit{put(s.span(r).End, ".decode()")}, score: score,
					})
				}
				continue
			}
			convert(r, "str", score)
		}
	case strings.Contains(m, "unsupported operand type(s) for") && strings.Contains(m, "'str'"):
		left := strings.Contains(m, ": 'str' and")
		number := "int"
		if strings.Contains(m, "'float'") {
			number = "float"
		}
		op := between(m, "for ", ":")
		for _, n := range s.onLine("binary_operator", "augmented_assignment") {
			if s.operator(n) != op && !strings.HasPrefix(op, "**") {
				continue
			}
			l, r := s.child(n, 0), s.child(n, -1)
			text, num := r, l
			if left {
				text, num = l, r
			}
			if op == "+" && (s.stringy(text) || s.is(text, "string")) {
				convert(num, "str", scoreType)
				continue
			}
			if s.is(n, "augmented_assignment") && text == l {
				continue
			}
			convert(text, number, scoreType)
		}
	case strings.Contains(m, "not supported between instances of"):
		left := strings.Contains(m, "of 'str' and")
		if !strings.Contains(m, "'str'") {
			return nil
		}
		number := "int"
		if strings.Contains(m, "'float'") {
			number = "float"
		} else if !strings.Contains(m, "'int'") {
			return nil
		}
		for _, n := range s.onLine("comparison_operator") {
			i := -1
			if left {
				i = 0
			}
			convert(s.child(n, i), number, scoreType)
		}
	case strings.Contains(m, "indices must be integers or slices, not float"), strings.Contains(m, "'float' object cannot be interpreted as an integer"), strings.Contains(m, "slice indices must be integers"):
		for _, n := range s.onLine("binary_operator") {
			if s.operator(n) == "/" {
				out = append(out, draft{
					maker: "convert", title: "Divide to a whole number", fix: analysis.FixChangeOperator,
					edits: []analysis.Edit{s.replace(s.all(n)[1], "//")}, score: scoreTold,
				})
			}
		}
		if len(out) > 0 {
			return out
		}
		if strings.Contains(m, "indices") {
			for _, n := range s.onLine("subscript") {
				if i := s.child(n, 1); s.path(i) || s.is(i, "binary_operator", "call") {
					convert(i, "int", scoreType)
				}
			}
			return out
		}
		out = append(out, s.rangeArgs("int", scoreType)...)
	case strings.Contains(m, "'str' object cannot be interpreted as an integer"):
		out = append(out, s.rangeArgs("int", scoreType)...)
	case strings.Contains(m, "indices must be integers or slices, not str"):
		for _, n := range s.onLine("subscript") {
			if i := s.child(n, 1); !s.is(i, "string") {
				convert(i, "int", scoreType*guessShare)
			}
		}
	case strings.Contains(m, "sequence item") && strings.Contains(m, "expected str instance"):
		for _, n := range s.onLine("call") {
			attr, args := s.child(n, 0), s.named(s.child(n, 1))
			if !s.is(attr, "attribute") || s.of(s.child(attr, -1)) != "join" || len(args) == 0 {
				continue
			}
			a := args[0]
			if s.is(s.child(n, 1), "generator_expression") {
				a = s.child(n, 1)
			}
			if s.is(a, "generator_expression", "list_comprehension") {
				convert(s.child(a, 0), "str", scoreTold)
				continue
			}
			if s.is(a, "call") && s.of(s.child(a, 0)) == "map" {
				continue
			}
			out = append(out, draft{
				maker: "convert", title: "Make str of each item", fix: analysis.FixConvertType, edits: s.wrap(a, "map(str, ", ")"), score: scoreTold,
			})
		}
	case strings.Contains(m, "is not JSON serializable"):
		for _, n := range s.onLine("call") {
			args := s.child(n, 1)
			if f := s.of(s.child(n, 0)); (strings.HasSuffix(f, "json.dumps") || strings.HasSuffix(f, "json.dump") || f == "dumps" || f == "dump") && !strings.Contains(s.of(args), "default=") && len(s.named(args)) > 0 {
				out = append(out, draft{
					maker: "convert", title: "Write what JSON does not know as text", fix: analysis.FixConvertType,
					edits: []analysis.Edit{put(s.span(s.child(args, -1)).End, ", default=str")}, score: scoreType,
				})
			}
		}
	case strings.HasPrefix(m, "'dict_"), strings.HasPrefix(m, "'map' object"), strings.HasPrefix(m, "'filter' object"), strings.HasPrefix(m, "'zip' object"), strings.HasPrefix(m, "'generator' object"), strings.HasPrefix(m, "'set' object is not subscriptable"), strings.HasPrefix(m, "object of type 'generator'"), strings.HasPrefix(m, "object of type 'map'"), strings.HasPrefix(m, "object of type 'filter'"), strings.HasPrefix(m, "object of type 'zip'"):
		if strings.Contains(m, "not subscriptable") {
			for _, n := range s.onLine("subscript") {
				convert(s.child(n, 0), "list", scoreType)
			}
		} else if strings.Contains(m, "len()") {
			for _, n := range s.onLine("call") {
				if s.of(s.child(n, 0)) == "len" {
					convert(s.child(s.child(n, 1), 0), "list", scoreType)
				}
			}
		}
	case strings.Contains(m, "unhashable type: 'list'"):
		for _, n := range s.onLine("subscript") {
			convert(s.child(n, 1), "tuple", scoreType)
		}
		for _, n := range s.onLine("call") {
			if attr := s.child(n, 0); s.is(attr, "attribute") && (s.of(s.child(attr, -1)) == "add" || s.of(s.child(attr, -1)) == "get" || s.of(s.child(attr, -1)) == "setdefault") {
				convert(s.child(s.child(n, 1), 0), "tuple", scoreType)
			}
		}
		for _, n := range s.onLine("comparison_operator") {
			if strings.Contains(s.of(n), " in ") {
				convert(s.child(n, 0), "tuple", scoreType)
			}
		}
	case strings.Contains(m, "a bytes-like object is required, not 'str'"):
		for _, n := range s.onLine("call") {
			if args := s.named(s.child(n, 1)); len(args) == 1 && (s.path(args[0]) || s.is(args[0], "call")) {
				out = append(out, draft{
					maker: "convert", title: "Encode " + short(s.of(args[0])), fix: analysis.FixConvertType,
					edits: []analysis.Edit{put(s.span(args[0]).End, ".encode()")}, score: scoreType,
				})
			}
		}
	case strings.Contains(m, "must be real number, not str"):
		for _, n := range s.onLine("call") {
			if args := s.named(s.child(n, 1)); len(args) == 1 && s.path(args[0]) {
				convert(args[0], "float", scoreType)
			}
		}
	case strings.Contains(m, "arg is an empty sequence"), strings.Contains(m, "iterable argument is empty"):
		for _, n := range s.onLine("call") {
			args := s.child(n, 1)
			if f := s.of(s.child(n, 0)); (f == "max" || f == "min") && s.is(args, "argument_list") && len(s.named(args)) > 0 && !strings.Contains(s.of(args), "default=") && strings.HasPrefix(m, f) {
				last := s.child(args, -1)
				text := ", default=0"
				edits := []analysis.Edit{put(s.span(last).End, text)}
				out = append(out, draft{maker: "bounds-default", title: "Give " + f + " a default", fix: analysis.FixAddBoundsCheck, edits: edits, score: scoreType})
				if s.path(last) {
					out = append(out, s.pythonEmptyCheck(n, last)...)
				}
			} else if s.is(args, "generator_expression") && (f == "max" || f == "min") {
				out = append(out, draft{
					maker: "bounds-default", title: "Give " + f + " a default", fix: analysis.FixAddBoundsCheck,
					edits: []analysis.Edit{put(s.span(args).Start, "("), put(s.span(args).End, ", default=0)")}, score: scoreType,
				})
			}
		}
	case strings.Contains(m, "cannot access local variable"), strings.Contains(m, "referenced before assignment"):
		out = append(out, s.pythonUnbound(between(m, "variable '", "'"))...)
	}
	return out
}

// stringy reports whether n is text for sure.
func (s *site) stringy(n int32) bool {
	switch {
	case s.is(n, "string", "concatenated_string"):
		return true
	case s.is(n, "call"):
		f := s.of(s.child(n, 0))
		f = f[strings.LastIndexByte(f, '.')+1:]
		return slices.Contains([]string{"str", "repr", "format", "join", "strip", "lower", "upper", "replace", "hex", "chr", "title", "strftime", "isoformat"}, f)
	case s.is(n, "binary_operator"):
		return s.operator(n) == "%" && s.stringy(s.child(n, 0)) || s.operator(n) == "+" && (s.stringy(s.child(n, 0)) || s.stringy(s.child(n, -1)))
	case s.is(n, "parenthesized_expression"):
		return s.stringy(s.child(n, 0))
	}
	return false
}

// rangeArgs converts the arguments of range.
func (s *site) rangeArgs(fn string, score float64) []draft {
	var out []draft
	for _, n := range s.onLine("call") {
		if s.of(s.child(n, 0)) != "range" {
			continue
		}
		for _, a := range s.named(s.child(n, 1)) {
			if s.is(a, "integer") || s.is(a, "call") && s.of(s.child(a, 0)) == "len" {
				continue
			}
			out = append(out, draft{
				maker: "convert", title: "Make " + fn + " of " + short(s.of(a)), fix: analysis.FixConvertType,
				edits: s.wrap(a, fn+"(", ")"), score: score,
			})
		}
	}
	return out
}

// pythonUnbound gives a variable a value before the branches that may not.
func (s *site) pythonUnbound(name string) []draft {
	if name == "" {
		return nil
	}
	at := s.deepest()
	fn := s.function(at)
	if fn < 0 {
		return nil
	}
	for _, a := range s.own(fn, "assignment") {
		if s.of(s.child(a, 0)) != name {
			continue
		}
		// The outermost compound statement around the first assignment that does not
		// hold the failing line.
		stmt := none
		for c := a; c >= 0 && c != fn; c = s.up(c) {
			if s.is(c, "if_statement", "for_statement", "while_statement", "try_statement", "with_statement") && int(s.f.Nodes[c].End) <= s.line.Start && s.first(c) {
				stmt = c
			}
		}
		if stmt < 0 {
			return nil
		}
		value := "None"
		switch r := s.child(a, -1); {
		case s.is(r, "integer"):
			value = "0"
		case s.is(r, "true", "false"):
			value = "False"
		case s.is(r, "list", "list_comprehension"):
			value = "[]"
		case s.is(r, "dictionary"):
			value = "{}"
		case s.is(r, "string"):
			value = s.quote("")
		}
		return []draft{{
			maker: "initialise", title: "Begin with " + name + " = " + value, fix: analysis.FixOther,
			edits: []analysis.Edit{s.insert(stmt, name+" = "+value)}, score: scoreType,
		}}
	}
	return nil
}

// pythonError drafts what is done when a call of the failing line throws.
func pythonError(s *site) []draft {
	var out []draft
	switch s.typ {
	case "FileExistsError":
		return nil
	case "ValueError", "JSONDecodeError", "json.decoder.JSONDecodeError", "FileNotFoundError", "UnicodeDecodeError":
	default:
		return nil
	}
	if strings.Contains(s.msg, "is not in list") || strings.Contains(s.msg, "x not in list") || strings.Contains(s.msg, "not in tuple") {
		for _, n := range s.onLine("call") {
			attr := s.child(n, 0)
			args := s.named(s.child(n, 1))
			if !s.is(attr, "attribute") || len(args) == 0 {
				continue
			}
			name := s.of(s.child(attr, -1))
			c := s.child(attr, 0)
			if name != "remove" && name != "index" || !s.path(c) || !s.path(args[0]) {
				continue
			}
			item := s.of(args[0])
			if s.checked(n, item, " in "+s.of(c)) {
				continue
			}
			out = append(out, s.forms(plan{
				maker: "key-check", fix: analysis.FixAddBoundsCheck, node: n, bad: item + " not in " + s.of(c), good: item + " in " + s.of(c),
				what: short(item) + " is not in " + short(s.of(c)), score: scoreKeyCheck,
			})...)
			if name == "remove" && len(out) > 1 {
				// Nothing follows from an item that was not there.
				slices.SortStableFunc(out, func(a, b draft) int {
					return boolean(strings.HasPrefix(b.title, "Do it")) - boolean(strings.HasPrefix(a.title, "Do it"))
				})
				for i := range out {
					out[i].score = scoreKeyCheck * share(i)
				}
			}
		}
		return out
	}
	call := none
	for _, n := range s.onLine("call") {
		f := s.of(s.child(n, 0))
		last := f[strings.LastIndexByte(f, '.')+1:]
		if f == "int" || f == "float" || strings.HasSuffix(f, "json.loads") || strings.HasSuffix(f, "json.load") || f == "open" || last == "read_text" || last == "strptime" || last == "fromisoformat" || last == "json" || f == "loads" {
			call = n
			break
		}
	}
	if call < 0 {
		return nil
	}
	stmt := s.statement(call)
	if stmt < 0 || s.around(stmt, "try_statement") >= 0 && s.around(stmt, "try_statement") > s.function(stmt) {
		return nil
	}
	name := s.typ
	var extra []analysis.Edit
	switch {
	case strings.HasSuffix(name, "JSONDecodeError"):
		name = "ValueError"
		if strings.Contains(s.text, "import json") && !strings.Contains(s.text, "from json import") {
			name = "json.JSONDecodeError"
		}
	case name == "UnicodeDecodeError":
	}
	if !s.is(stmt, "expression_statement", "return_statement", "with_statement") {
		return nil
	}
	indent := s.indent(stmt)
	step := s.step()
	ways := s.id.ways(s, stmt, "")
	for _, w := range ways {
		if strings.HasPrefix(w.code, "raise") {
			continue // the same as before
		}
		edits := s.indented(stmt, []string{"try:"}, "except "+name+":"+s.eol()+indent+step+w.code)
		out = append(out, draft{
			maker: "handle-error", title: w.verb + " on " + name, fix: analysis.FixHandleError, edits: append(edits, extra...), score: scoreError * w.share,
		})
	}
	return out
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// pythonChanged drafts a copy of what is changed while it is iterated over.
func pythonChanged(s *site) []draft {
	if !strings.Contains(s.msg, "changed size during iteration") && !strings.Contains(s.msg, "changed during iteration") && !strings.Contains(s.msg, "mutated during iteration") {
		return nil
	}
	for _, n := range s.onLoops("for_statement", "for_in_clause") {
		it := s.child(n, 1)
		if it < 0 || s.is(it, "call") && s.of(s.child(it, 0)) == "list" || !s.touches(it) {
			continue
		}
		return []draft{{
			maker: "copy", title: "Iterate over a copy of " + short(s.of(it)), fix: analysis.FixOther, edits: s.wrap(it, "list(", ")"), score: scoreTold,
		}}
	}
	return nil
}

// onLoops are the nodes of kinds that begin on the failing line.
func (s *site) onLoops(kinds ...string) []int32 {
	var out []int32
	for i := range s.f.Nodes {
		if n := int32(i); s.is(n, kinds...) && int(s.f.Nodes[n].Start) >= s.line.Start && int(s.f.Nodes[n].Start) < s.line.End {
			out = append(out, n)
		}
	}
	return out
}
