package guard

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

func golang() *idiom {
	return &idiom{
		blocks:       []string{"statement_list"},
		statements:   []string{"if_statement", "for_statement", "expression_statement", "return_statement"},
		wrappers:     []string{"labeled_statement", "for_clause"},
		functions:    []string{"function_declaration", "method_declaration", "func_literal"},
		loops:        []string{"for_statement"},
		bodies:       []string{"block"},
		clauses:      []string{"expression_case", "communication_case", "type_case", "defer_statement", "go_statement"},
		ternaries:    []string{"composite_literal"},
		ifs:          []string{"if_statement"},
		conditionals: []string{"if_statement", "for_statement"},
		assignments:  []string{"short_var_declaration", "assignment_statement", "range_clause", "var_spec", "inc_statement", "dec_statement"},
		plain:        []string{"identifier", "field_identifier", "selector_expression", "index_expression", "int_literal", "interpreted_string_literal", "interpreted_string_literal_content", "package_identifier"},
		step:         "\t",
		and:          " && ",
		or:           " || ",
		check: func(s *site, cond string, body []string) []string {
			out := []string{"if " + cond + " {"}
			for _, l := range body {
				out = append(out, s.step()+l)
			}
			return append(out, "}")
		},
		ways: goWays,
		makers: []maker{
			{kinds: nullKinds, draft: goNull},
			{kinds: []analysis.IssueKind{analysis.MissingBoundaryValidation}, draft: goBounds},
			{kinds: []analysis.IssueKind{analysis.ArithmeticFault}, draft: goDivision},
			{kinds: []analysis.IssueKind{analysis.TypeConfusion}, draft: goAssertion},
			{kinds: []analysis.IssueKind{analysis.MissingRecursionBaseCase}, draft: goBase},
		},
	}
}

// goWays are continue in a loop, and a return of zero values, with an error where
// the function returns one.
func goWays(s *site, stmt int32, what string) []way {
	var out []way
	if s.loop(stmt) >= 0 {
		out = append(out, way{code: "continue", verb: "Skip", share: skipShare})
	}
	fn := s.function(stmt)
	if fn < 0 {
		return out
	}
	values, sure, fails := s.goZeros(fn)
	factor := 1.0
	if len(out) > 0 {
		factor = insteadShare
	}
	if !sure {
		factor *= guessShare
	}
	if fails {
		call, imports := s.goError(what)
		with := append(slices.Clone(values[:len(values)-1]), call)
		out = append(out, way{code: "return " + strings.Join(with, ", "), verb: "Return an error", share: factor, edits: imports})
		return append(out, way{code: "return " + strings.Join(values, ", "), verb: "Return early", share: guessShare * factor})
	}
	out = append(out, way{code: strings.TrimSpace("return " + strings.Join(values, ", ")), verb: "Return early", share: factor})
	if given := s.goGivenBack(fn); given != "" {
		out = append(out, way{code: "return " + given, verb: "Return " + given, share: guessShare * factor})
	}
	return out
}

// goGivenBack is what the function returns elsewhere of what it was given: "" for
// nothing such.
func (s *site) goGivenBack(fn int32) string {
	given := map[string]bool{}
	for _, l := range s.named(fn) {
		if !s.is(l, "parameter_list") {
			continue
		}
		for _, p := range s.named(l) {
			names := s.named(p)
			for _, n := range names[:max(len(names)-1, 0)] {
				given[s.of(n)] = true
			}
		}
	}
	for _, r := range slices.Backward(s.own(fn, "return_statement")) {
		values := s.named(s.child(r, 0))
		if len(values) == 0 {
			continue
		}
		names := 0
		for _, v := range values {
			switch {
			case s.is(v, "identifier") && given[s.of(v)]:
				names++
			case s.is(v, "nil", "true", "false", "int_literal"):
			default:
				names = -len(values)
			}
		}
		if names > 0 {
			return s.of(s.child(r, 0))
		}
	}
	return ""
}

// goResults are the nodes of a function's result types, one for each result.
func (s *site) goResults(fn int32) []int32 {
	lists := 1
	if s.is(fn, "method_declaration") {
		lists = 2
	}
	for _, c := range s.named(fn) {
		switch {
		case s.is(c, "block"):
			return nil
		case lists == 0:
			if !s.is(c, "parameter_list") {
				return []int32{c}
			}
			var out []int32
			for _, p := range s.named(c) {
				if !s.is(p, "parameter_declaration") {
					return nil
				}
				names := s.named(p)
				for range max(len(names)-1, 1) {
					out = append(out, names[len(names)-1])
				}
			}
			return out
		case s.is(c, "parameter_list"):
			lists--
		}
	}
	return nil
}

// goZeros are the zero values of a function's results; sure is false where the
// type of one is not known here, fails true where the last is an error.
func (s *site) goZeros(fn int32) (values []string, sure, fails bool) {
	types := s.goResults(fn)
	sure = true
	for i, t := range types {
		v := s.goZero(t)
		if v == "" {
			if v = s.goReturned(fn, i, len(types)); v == "" {
				v, sure = s.of(t)+"{}", false
			}
		}
		values = append(values, v)
	}
	fails = len(types) > 0 && s.of(types[len(types)-1]) == "error"
	return values, sure, fails
}

// goReturned is a constant that the function returns elsewhere in a place.
func (s *site) goReturned(fn int32, i, of int) string {
	for _, r := range s.own(fn, "return_statement") {
		v := s.named(s.child(r, 0))
		if len(v) == of && (s.is(v[i], "nil", "int_literal", "interpreted_string_literal", "true", "false") || s.is(v[i], "composite_literal") && strings.HasSuffix(s.of(v[i]), "{}")) {
			if text := s.of(v[i]); len(text) < 40 {
				return text
			}
		}
	}
	return ""
}

// goZero is the zero value of a type, "" where the text does not tell what it is.
func (s *site) goZero(t int32) string {
	switch {
	case s.is(t, "pointer_type", "slice_type", "map_type", "channel_type", "function_type", "interface_type"):
		return "nil"
	case s.is(t, "array_type", "struct_type"):
		return s.of(t) + "{}"
	}
	name := s.of(t)
	switch name {
	case "string":
		return `""`
	case "bool":
		return "false"
	case "error", "any", "context.Context", "io.Reader", "io.Writer", "io.Closer", "io.ReadCloser", "http.Handler", "http.HandlerFunc", "fmt.Stringer", "reflect.Type", "ast.Node", "ast.Expr", "types.Type", "net.Conn", "fs.FileInfo", "os.FileInfo":
		return "nil"
	case "byte", "rune", "uintptr", "time.Duration", "os.FileMode", "reflect.Kind", "token.Pos":
		return "0"
	}
	if strings.HasPrefix(name, "int") || strings.HasPrefix(name, "uint") || strings.HasPrefix(name, "float") || strings.HasPrefix(name, "complex") {
		if strings.Trim(name, "intufloacmpex0123456789") == "" {
			return "0"
		}
	}
	if s.is(t, "qualified_type") {
		switch name {
		case "time.Time", "reflect.Value", "sync.Mutex", "bytes.Buffer", "strings.Builder", "url.URL":
			return name + "{}"
		}
		return ""
	}
	switch under := s.goUnder(name); {
	case strings.HasPrefix(under, "struct"):
		return name + "{}"
	case under == "string":
		return `""`
	case under == "bool":
		return "false"
	case startsWithAny(under, "interface", "map[", "[]", "*", "func(", "chan "):
		return "nil"
	case startsWithAny(under, "int", "uint", "float", "byte", "rune"):
		return "0"
	}
	return ""
}

// goUnder is what the text declares a type's name to be, to the end of its line.
func (s *site) goUnder(name string) string {
	for at := 0; ; {
		k := strings.Index(s.text[at:], name+" ")
		if k < 0 || !isName(name) {
			return ""
		}
		at += k
		line := syntax.LineAt(s.text, at)
		before := s.text[line.Start:at]
		at += len(name) + 1
		if before == "type " || before == "\t" && startsWithAny(s.text[at:], "struct {", "interface {") {
			return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s.text[at:line.End]), "="))
		}
	}
}

// goError makes an error of a text, with the import that it needs.
func (s *site) goError(what string) (string, []analysis.Edit) {
	text := `"` + strings.NewReplacer(`\`, ``, `"`, ``, `%`, ``).Replace(what) + `"`
	switch {
	case s.goImports("errors"):
		return "errors.New(" + text + ")", nil
	case s.goImports("fmt"):
		return "fmt.Errorf(" + text + ")", nil
	}
	return "errors.New(" + text + ")", s.goImport("errors")
}

func (s *site) goImports(pkg string) bool {
	head := s.goHead()
	return strings.Contains(head, "\t\""+pkg+"\"") || strings.Contains(head, "import \""+pkg+"\"")
}

// goHead is the text up to the first declaration that is no import.
func (s *site) goHead() string {
	end := len(s.text)
	for _, k := range [...]string{"\nfunc ", "\ntype ", "\nvar ", "\nconst "} {
		if i := strings.Index(s.text, k); i >= 0 && i < end {
			end = i
		}
	}
	return s.text[:end]
}

// goImport adds a package of the standard library to the imports, in its place.
func (s *site) goImport(pkg string) []analysis.Edit {
	head := s.goHead()
	line := "\t\"" + pkg + "\"" + s.eol()
	if k := strings.Index(head, "import ("); k >= 0 {
		at := k + strings.IndexByte(head[k:]+"\n", '\n') + 1
		for l := range strings.Lines(head[min(at, len(head)):]) {
			t := strings.TrimSpace(l)
			if t == "" || t == ")" || strings.HasPrefix(t, "\"") && (t > "\""+pkg+"\"" || strings.Contains(strings.SplitN(t, "/", 2)[0], ".")) {
				break
			}
			at += len(l)
		}
		return []analysis.Edit{put(min(at, len(s.text)), line)}
	}
	if k := strings.Index(head, "import \""); k >= 0 {
		return []analysis.Edit{put(k, "import \""+pkg+"\""+s.eol())}
	}
	k := strings.Index(head, "package ")
	if k < 0 || k > 0 && head[k-1] != '\n' {
		return nil
	}
	end := k + strings.IndexByte(head[k:]+"\n", '\n')
	return []analysis.Edit{put(min(end, len(s.text)), s.eol()+s.eol()+"import \""+pkg+"\"")}
}

// goBounds drafts for an index or a slice that is out of range.
func goBounds(s *site) []draft {
	nums := numbers(s.msg)
	if strings.Contains(s.msg, "slice bounds") {
		return s.goSlice(nums)
	}
	if !strings.Contains(s.msg, "index out of range") {
		return nil
	}
	var out []draft
	rank := 0
	for _, n := range s.onLine("index_expression") {
		coll, index := s.child(n, 0), s.child(n, 1)
		if s.is(index, "interpreted_string_literal", "raw_string_literal") || index < 0 {
			continue
		}
		if s.is(index, "int_literal") && len(nums) > 0 && s.of(index) != itoa(nums[0]) {
			continue
		}
		d := s.index(n, coll, index, nums, "len("+s.of(coll)+")", goLoop)
		for _, d := range d {
			d.score *= share(rank)
			out = append(out, d)
		}
		if len(d) > 0 {
			rank++
		}
	}
	return out
}

// goSlice drafts for xs[a:b].
func (s *site) goSlice(nums []int) []draft {
	var out []draft
	for i, n := range s.onLine("slice_expression") {
		if i == 2 {
			break
		}
		coll := s.child(n, 0)
		c := s.of(coll)
		if !s.path(coll) {
			continue
		}
		length := "len(" + c + ")"
		low, high := none, none
		colon := false
		for _, k := range s.all(n)[1:] {
			switch {
			case s.of(k) == ":" && !colon:
				colon = true
			case s.f.Nodes[k].Named && !colon:
				low = k
			case s.f.Nodes[k].Named && high < 0:
				high = k
			}
		}
		bad := high
		if strings.Contains(s.msg, ":]") || high < 0 || len(nums) == 2 && strings.Contains(s.msg, itoa(nums[0])+":"+itoa(nums[1])) && low >= 0 {
			bad = low
		}
		if bad < 0 || !s.arithmetic(bad) {
			continue
		}
		e := s.of(bad)
		if strings.Contains(s.msg, "[-") || strings.Contains(s.msg, ":-") {
			out = append(out, s.missing(plan{
				maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: n, bad: e + " < 0", good: e + " >= 0", what: short(e) + " is below 0", score: scoreBounds * share(i),
			})...)
			continue
		}
		if strings.HasPrefix(e, "min(") {
			continue
		}
		out = append(out, draft{
			maker: "bounds-clamp", title: "Take at most what " + short(c) + " has", fix: analysis.FixAddBoundsCheck,
			edits: s.wrap(bad, "min(", ", "+length+")"), score: scoreBounds * guessShare * share(i),
		})
		p := plan{
			maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: n, bad: length + " < " + e, good: length + " >= " + e,
			what: short(c) + " is shorter than " + short(e), score: scoreBounds * share(i),
		}
		out = append(out, s.missing(p)...)
	}
	return out
}

// goDivision drafts for an integer that was divided by zero.
func goDivision(s *site) []draft {
	if !strings.Contains(s.msg, "divide by zero") {
		return nil
	}
	return s.zero(s.divisors("binary_expression", "assignment_statement"))
}

// goAssertion drafts the form of a type assertion that says whether it held.
func goAssertion(s *site) []draft {
	if !strings.HasPrefix(s.msg, "interface conversion") {
		return nil
	}
	want := s.msg[strings.LastIndexByte(s.msg, ' ')+1:]
	var out []draft
	for _, n := range s.onLine("type_assertion_expression") {
		x, typ := s.child(n, 0), s.child(n, 1)
		if strings.Contains(s.msg, ", not ") && !strings.HasSuffix(want, s.of(typ)) && !strings.HasSuffix(s.of(typ), strings.TrimPrefix(want, "main.")) {
			continue
		}
		stmt := s.statement(n)
		if stmt < 0 || len(s.named(s.child(stmt, 0))) == 2 && s.child(s.child(stmt, 1), 0) == n {
			continue
		}
		top := s.function(n)
		ok := "ok"
		if top >= 0 && s.uses(top, ok) && !s.is(stmt, "short_var_declaration") {
			ok = "isOK"
		}
		what := short(s.of(x)) + " is no " + short(s.of(typ))
		left := s.named(s.child(stmt, 0))
		if s.is(stmt, "short_var_declaration") && len(left) == 1 && s.child(s.child(stmt, 1), 0) == n {
			for _, w := range s.id.ways(s, stmt, what) {
				edits := append([]analysis.Edit{put(s.span(left[0]).End, ", "+ok), s.after(stmt, s.id.check(s, "!"+ok, []string{w.code})...)}, w.edits...)
				out = append(out, draft{maker: "type-check", title: w.verb + " when " + what, fix: analysis.FixAddTypeValidation, edits: edits, score: scoreType * w.share})
			}
			out = append(out, draft{
				maker: "type-check", title: "Go on without a value when " + what, fix: analysis.FixAddTypeValidation,
				edits: []analysis.Edit{put(s.span(left[0]).End, ", _")}, score: scoreType * guessShare,
			})
			continue
		}
		if !s.path(x) && !s.is(x, "call_expression") || s.is(stmt, "for_statement") {
			continue
		}
		name := "v"
		if t := strings.TrimLeft(s.of(typ), "*[]"); isName(t) && len(t) > 2 && !slices.Contains([]string{"string", "int", "bool", "error", "float64", "int64", "byte", "map"}, t) {
			name = strings.ToLower(t[:1]) + t[1:]
		}
		for top >= 0 && s.uses(top, name) {
			name += "V"
			if len(name) > 40 {
				return out
			}
		}
		if s.is(stmt, "if_statement") && s.is(s.child(stmt, 0), "short_var_declaration") && s.has(s.child(stmt, 0), n) {
			continue
		}
		if s.is(stmt, "expression_statement") && s.is(s.child(stmt, 0), "call_expression") && s.path(x) {
			edits := s.indented(stmt, []string{"if " + name + ", " + ok + " := " + s.of(n) + "; " + ok + " {"}, "}")
			out = append(out, draft{
				maker: "type-check", title: "Do it only when " + short(s.of(x)) + " is " + short(s.of(typ)), fix: analysis.FixAddTypeValidation,
				edits: append(edits, s.replace(n, name)), score: scoreType,
			})
		}
		for _, w := range s.id.ways(s, stmt, what) {
			lines := append([]string{name + ", " + ok + " := " + s.of(n)}, s.id.check(s, "!"+ok, []string{w.code})...)
			edits := append([]analysis.Edit{s.insert(stmt, lines...), s.replace(n, name)}, w.edits...)
			out = append(out, draft{maker: "type-check", title: w.verb + " when " + what, fix: analysis.FixAddTypeValidation, edits: edits, score: scoreType * w.share})
		}
	}
	return out
}

// goBase drafts a case that ends a recursion.
func goBase(s *site) []draft {
	return s.base(baseForm{
		functions: []string{"function_declaration", "method_declaration"}, body: "statement_list", call: "call_expression", args: "argument_list",
		params: func(fn int32) []string {
			lists := s.named(fn)
			lists = slices.DeleteFunc(lists, func(n int32) bool { return !s.is(n, "parameter_list") })
			i := 0
			if s.is(fn, "method_declaration") {
				i = 1
			}
			if i >= len(lists) {
				return nil
			}
			var out []string
			for _, p := range s.named(lists[i]) {
				names := s.named(p)
				for _, n := range names[:max(len(names)-1, 0)] {
					out = append(out, s.of(n))
				}
			}
			return out
		},
		shrinks: func(arg int32, param string) (string, string) {
			switch {
			case s.is(arg, "binary_expression") && s.of(s.child(arg, 0)) == param && isDigits(s.of(s.child(arg, -1))) && (s.operator(arg) == "-" || s.operator(arg) == "/"):
				return param + " <= 0", param + " is 0 or less"
			case s.is(arg, "slice_expression") && s.of(s.child(arg, 0)) == param:
				return "len(" + param + ") == 0", param + " is empty"
			case s.is(arg, "selector_expression") && s.of(s.child(arg, 0)) == param:
				return param + " == nil", param + " is nil"
			}
			return "", ""
		},
	})
}
