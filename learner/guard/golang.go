package guard

import (
	"regexp"
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
		isNull:       func(e string) string { return e + " == nil" },
		notNull:      func(e string) string { return e + " != nil" },
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
		out = append(out, way{code: "continue", verb: "Skip", share: 0.7})
	}
	fn := s.function(stmt)
	if fn < 0 {
		return out
	}
	values, sure, fails := s.goZeros(fn)
	factor := 1.0
	if len(out) > 0 {
		factor = 0.5
	}
	if !sure {
		factor *= 0.6
	}
	if fails {
		call, imports := s.goError(what)
		with := append(slices.Clone(values[:len(values)-1]), call)
		out = append(out, way{code: "return " + strings.Join(with, ", "), verb: "Return an error", share: 0.8 * factor, edits: imports})
		return append(out, way{code: "return " + strings.Join(values, ", "), verb: "Return early", share: 0.6 * factor})
	}
	out = append(out, way{code: strings.TrimSpace("return " + strings.Join(values, ", ")), verb: "Return early", share: factor})
	if given := s.goGivenBack(fn); given != "" {
		out = append(out, way{code: "return " + given, verb: "Return " + given, share: 0.7 * factor})
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

// A suspect is an expression that may have been null, with how likely that is
// beside the others of its line.
type suspect struct {
	node   int32
	weight float64
	// def is the assignment that gave it its value, none where that is not seen.
	def int32
}

// goNull drafts for a nil pointer, and for a nil map that was written to.
func goNull(s *site) []draft {
	if strings.Contains(s.msg, "nil map") {
		return s.goMap()
	}
	list := s.goSuspects()
	total := 0.0
	for _, x := range list {
		total += x.weight
	}
	var out []draft
	for i, x := range list {
		if i == 3 {
			break
		}
		likely := x.weight / total
		if x.def >= 0 {
			out = append(out, s.goUnhandled(x, scoreNamed*likely)...)
		}
		e := s.of(x.node)
		if !s.path(x.node) || s.checked(x.node, e, "nil") {
			continue
		}
		out = append(out, s.forms(plan{
			maker: "nil-check", fix: analysis.FixAddNullCheck, node: x.node, bad: e + " == nil", good: e + " != nil",
			what: short(e) + " is nil", score: scoreNamed * likely,
		})...)
	}
	return out
}

// goSuspects are the expressions of the failing line through which a pointer is
// followed, the likeliest first: what came from a call whose error nobody looked
// at, what was never given a value, what a map or an assertion gave.
func (s *site) goSuspects() []suspect {
	var out []suspect
	add := func(n int32) {
		n = s.bare(n)
		if n < 0 || slices.ContainsFunc(out, func(x suspect) bool { return s.of(x.node) == s.of(n) }) {
			return
		}
		if x := s.goSuspect(n); x.weight > 0 {
			out = append(out, x)
		}
	}
	for _, n := range s.onLine("selector_expression") {
		add(s.child(n, 0))
	}
	for _, n := range s.onLine("unary_expression") {
		if strings.HasPrefix(s.of(n), "*") {
			add(s.child(n, 0))
		}
	}
	for _, n := range s.onLine("call_expression") {
		switch f := s.child(n, 0); {
		case s.is(f, "identifier") && s.goDefinition(f) != none:
			add(f) // a function in a variable
		case s.is(f, "selector_expression") && s.goField(s.of(s.child(f, -1))):
			add(f) // or in a field
		}
	}
	slices.SortStableFunc(out, func(a, b suspect) int {
		switch {
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		}
		return 0
	})
	return out
}

// goField reports whether the text declares a field with a name: what is called
// may be a function in it, and no method.
func (s *site) goField(name string) bool {
	for at := 0; ; {
		k := strings.Index(s.text[at:], "\t"+name+" ")
		if k < 0 {
			return false
		}
		at += k + len(name) + 2
		if rest := strings.TrimLeft(s.text[at:], " "); rest != "" && (isWord(rest[0]) || rest[0] == '*') && !startsWithAny(rest, "range ") {
			return true
		}
	}
}

func (s *site) goSuspect(n int32) suspect {
	x := suspect{node: n, def: none}
	switch {
	case s.is(n, "identifier"):
		name := s.of(n)
		d := s.goDefinition(n)
		if d < 0 {
			if s.goPackage(name) {
				return x
			}
			x.weight = 2 // of the package, or of a function around this one
			return x
		}
		switch {
		case s.is(d, "parameter_declaration"):
			t := s.child(d, -1)
			receiver := s.is(s.up(s.up(d)), "method_declaration") && s.childOf(s.up(s.up(d)), "parameter_list") == s.up(d)
			switch {
			case s.is(t, "pointer_type") && receiver:
				x.weight = 1
			case s.is(t, "pointer_type", "function_type"):
				x.weight = 4
			case s.is(t, "slice_type", "map_type", "array_type", "channel_type"):
			case receiver:
			case s.is(t, "type_identifier", "qualified_type", "generic_type", "interface_type") && s.goZero(t) != "" && s.goZero(t) != "nil":
			default:
				x.weight = 1.5
			}
		case s.is(d, "var_spec"):
			t := s.child(d, 1)
			if s.is(t, "pointer_type", "interface_type", "function_type") || s.is(t, "type_identifier") && s.goZero(t) == "nil" {
				x.weight = 5
			}
		case s.is(d, "range_clause"):
			x.weight = 1.5
		default:
			x.weight, x.def = s.goGiven(d, name)
		}
	case s.is(n, "selector_expression"):
		if s.goPackage(s.of(s.child(n, 0))) && s.goDefinition(s.child(n, 0)) < 0 {
			x.weight = 1
			return x
		}
		x.weight = 3
	case s.is(n, "index_expression"):
		x.weight = 3
	case s.is(n, "call_expression"):
		x.weight = 0
	}
	return x
}

// goGiven weighs what an assignment gave to name.
func (s *site) goGiven(d int32, name string) (float64, int32) {
	left, right := s.named(s.child(d, 0)), s.named(s.child(d, 1))
	if len(right) == 0 {
		return 0, none
	}
	if len(left) == len(right) {
		for i, l := range left {
			if s.of(l) != name {
				continue
			}
			r := right[i]
			switch {
			case s.is(r, "index_expression"):
				return 4, none
			case s.is(r, "call_expression"):
				if f := s.of(s.child(r, 0)); f == "new" || f == "make" || f == "append" || f == "len" {
					return 0, none
				}
				return 3.5, none
			case s.is(r, "selector_expression", "identifier"):
				return 2.5, none
			case s.is(r, "nil"):
				return 4, none
			}
			return 0, none // &T{}, a literal, a sum
		}
		return 0, none
	}
	last := s.of(left[len(left)-1])
	if s.of(left[0]) != name && last == name {
		return 1, none // an error that is nil
	}
	switch {
	case s.is(right[0], "call_expression"):
		if last == "_" || !s.goLooked(d, last) {
			return 8, d
		}
		return 3, none
	case s.is(right[0], "index_expression", "type_assertion_expression"):
		return 5, none
	}
	return 1, none
}

// goLooked reports whether the error that an assignment gave is spoken of between
// it and the failing line.
func (s *site) goLooked(d int32, name string) bool {
	for i := s.f.Nodes[d].Last; int(i) < len(s.f.Nodes) && int(s.f.Nodes[i].Start) < s.line.Start; i++ {
		if s.is(i, "identifier") && s.of(i) == name {
			return true
		}
	}
	return false
}

// goDefinition is what gave the variable n its value last before it: an
// assignment, a declaration, a parameter; none where it is not in this function.
func (s *site) goDefinition(n int32) int32 {
	name := s.of(n)
	found := none
	for fn := s.function(n); fn >= 0; fn = s.function(fn) {
		for i := fn; i < n; i++ {
			if s.is(i, "parameter_declaration") && s.function(i) == fn || s.is(i, "short_var_declaration", "assignment_statement", "range_clause", "var_spec") && (s.has(i, n) == s.is(i, "range_clause") || !s.has(i, n)) {
				for c := i; c < s.f.Nodes[i].Last; c++ {
					if !s.is(c, "identifier") || s.of(c) != name {
						continue
					}
					p := s.up(c)
					if p == i || s.is(p, "expression_list") && s.child(i, 0) == p {
						found = i
					}
				}
			}
		}
		if found >= 0 {
			return found
		}
	}
	return none
}

// goPackage reports whether a name is that of an imported package.
func (s *site) goPackage(name string) bool {
	head := s.goHead()
	return strings.Contains(head, "/"+name+"\"") || strings.Contains(head, "\""+name+"\"") || strings.Contains(head, "\t"+name+" \"") || strings.Contains(head, "import "+name+" \"") ||
		strings.Contains(head, "/"+name+"/v") || strings.Contains(head, "/go-"+name+"\"") || strings.Contains(head, "/"+name+".v")
}

// goUnhandled drafts a look at the error that came with a suspect.
func (s *site) goUnhandled(x suspect, score float64) []draft {
	d := x.def
	left := s.named(s.child(d, 0))
	call := s.child(s.child(d, 1), 0)
	last := left[len(left)-1]
	if !s.is(s.up(d), "statement_list") || !s.first(d) {
		return nil
	}
	name := s.of(last)
	var edits []analysis.Edit
	if name == "_" {
		if s.is(d, "assignment_statement") {
			return nil
		}
		name = "err"
		edits = append(edits, s.replace(last, name))
	} else if !strings.HasPrefix(strings.ToLower(name), "err") {
		if name != "ok" && name != "found" {
			return nil
		}
	}
	fn := s.function(d)
	if fn < 0 {
		return nil
	}
	values, _, fails := s.goZeros(fn)
	bad, verb := name+" != nil", "Return the error of "
	if name == "ok" || name == "found" {
		bad, verb = "!"+name, "Return early without "
		call = left[0]
	} else if fails {
		values[len(values)-1] = name
	} else {
		verb = "Return early on an error of "
	}
	code := strings.TrimSpace("return " + strings.Join(values, ", "))
	if s.of(s.childOf(fn, "identifier")) == "main" && s.is(fn, "function_declaration") && s.goImports("log") && !fails && bad == name+" != nil" {
		code = "log.Fatal(" + name + ")"
		verb = "End on an error of "
	}
	what := s.of(call)
	if s.is(call, "call_expression") {
		what = s.of(s.child(call, 0))
	}
	edits = append(edits, s.after(d, s.id.check(s, bad, []string{code})...))
	return []draft{{
		maker: "handle-error", title: verb + short(what), fix: analysis.FixHandleError, edits: edits, score: score * 1.3,
	}}
}

var goMapField = `(?m)\b%s\s+(map\[[^\n{}` + "`" + `/]+)`

// goMap drafts a map where one was written to that was never made.
func (s *site) goMap() []draft {
	for _, n := range s.onLine("index_expression") {
		m := s.child(n, 0)
		left := s.up(n)
		if s.is(left, "expression_list") {
			left = s.up(left)
		}
		if !s.is(left, "assignment_statement", "inc_statement", "dec_statement") || !s.path(m) {
			continue
		}
		name := s.of(m)
		if s.is(m, "identifier") {
			if d := s.goDefinition(m); s.is(d, "var_spec") && s.is(s.child(d, 1), "map_type") && s.child(d, 2) < 0 && s.is(s.up(d), "var_declaration") && len(s.named(d)) == 2 {
				return []draft{{
					maker: "make-map", title: "Make the map " + name, fix: analysis.FixAddNullCheck,
					edits: []analysis.Edit{s.replace(s.up(d), name+" := make("+s.of(s.child(d, 1))+")")}, score: scoreMakeMap,
				}}
			}
		}
		stmt := s.statement(n)
		if stmt < 0 || s.checked(n, name, "nil") {
			continue
		}
		field := name[strings.LastIndexByte(name, '.')+1:]
		if !isName(field) {
			continue
		}
		found := regexp.MustCompile(strings.Replace(goMapField, "%s", regexp.QuoteMeta(field), 1)).FindStringSubmatch(s.text)
		if found == nil {
			continue
		}
		typ := goType(found[1])
		if typ == "" {
			continue
		}
		return []draft{{
			maker: "make-map", title: "Make the map when " + short(name) + " is nil", fix: analysis.FixAddNullCheck,
			edits: []analysis.Edit{s.insert(stmt, s.id.check(s, name+" == nil", []string{name + " = make(" + typ + ")"})...)}, score: scoreMakeMap * 0.8,
		}}
	}
	return nil
}

// goType is the type of a map that a text begins with, without what follows it: a
// comma or parenthesis of parameters, a comment.
func goType(text string) string {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '[', '(':
			depth++
		case ']':
			depth--
		case ')':
			if depth--; depth < 0 {
				return strings.TrimSpace(text[:i])
			}
		case ',', ' ', '=', '\r':
			if depth == 0 {
				return strings.TrimSpace(text[:i])
			}
		}
	}
	if depth != 0 {
		return ""
	}
	return strings.TrimSpace(text)
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

// index drafts for coll[index], in a language with conditions as in C. length is
// how the length of coll is written; nums are the numbers of the message, index
// first and then length.
func (s *site) index(n, coll, index int32, nums []int, length string, loops func(*site, int32, int32, string) []draft) []draft {
	c, i := s.of(coll), s.of(index)
	negative := len(nums) > 0 && nums[0] < 0
	out := []draft{}
	if !negative {
		out = loops(s, n, index, length)
	}
	if !s.path(coll) && !s.arithmetic(coll) || strings.Contains(i, "\n") || !s.arithmetic(index) {
		return out
	}
	p := plan{maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: n, score: scoreBounds}
	flat := strings.ReplaceAll(i, " ", "")
	switch {
	case i == "0", flat == strings.ReplaceAll(length, " ", "")+"-1":
		p.bad, p.good, p.what = length+" == 0", length+" > 0", short(c)+" is empty"
		for method, empty := range map[string]string{".size()": ".isEmpty()", ".len()": ".is_empty()"} {
			if coll, ok := strings.CutSuffix(length, method); ok {
				p.bad, p.good = coll+empty, "!"+coll+empty
			}
		}
	case isDigits(i):
		k := numbers(i)[0] + 1
		p.bad, p.good, p.what = length+" < "+itoa(k), length+" >= "+itoa(k), short(c)+" has fewer than "+itoa(k)
	case negative:
		if s.checked(n, i, "0") {
			return out
		}
		p.bad, p.good, p.what = i+" < 0", i+" >= 0", short(i)+" is below 0"
	default:
		if s.ranges(n, c, i) || s.goesWhile(n, i+" < "+length) {
			return out
		}
		p.bad, p.good, p.what = i+" >= "+length, i+" < "+length, short(i)+" is past the end of "+short(c)
	}
	if (!negative || p.what == short(c)+" is empty") && s.checkedIn(n, c, false, length, "mpty()") {
		return out
	}
	return append(out, s.forms(p)...)
}

// ranges reports whether index runs over just what coll has, in Go's range.
func (s *site) ranges(n int32, coll, index string) bool {
	for loop := s.around(n, s.id.loops...); loop >= 0; loop = s.around(loop, s.id.loops...) {
		r := s.child(loop, 0)
		if s.is(r, "range_clause") && s.of(s.child(s.child(r, 0), 0)) == index && s.of(s.child(r, -1)) == coll {
			return true
		}
	}
	return false
}

// goesWhile reports whether a loop around n goes on only while cond holds.
func (s *site) goesWhile(n int32, cond string) bool {
	for loop := s.around(n, s.id.loops...); loop >= 0; loop = s.around(loop, s.id.loops...) {
		if strings.Contains(s.of(s.condition(loop)), cond) {
			return true
		}
	}
	return false
}

// goLoop drafts another end of a loop "i <= len(xs)", or "i < len(xs)" where
// xs[i+1] is read.
func goLoop(s *site, n, index int32, length string) []draft {
	name, ahead := s.ahead(index)
	if name == "" {
		return nil
	}
	for loop := s.around(n, s.id.loops...); loop >= 0; loop = s.around(loop, s.id.loops...) {
		cond := s.condition(loop)
		for _, b := range s.within(cond, "binary_expression", "binary") {
			if d := s.bound(b, name, ahead, length); d != nil {
				return d
			}
		}
		if b := s.bare(cond); s.is(loop, "for_statement") && ahead == 0 && s.is(b, "binary_expression") && s.operator(b) == "<" && s.of(s.child(b, 0)) == name && s.of(s.child(b, -1)) != length {
			now := name + " < " + length
			return []draft{{
				maker: "loop-bound", title: "End the loop at " + short(now) + ", too", fix: analysis.FixAddBoundsCheck,
				edits: []analysis.Edit{put(s.span(b).End, s.id.and+now)}, score: scoreLoopBound * 0.6,
			}}
		}
	}
	return nil
}

// bound drafts another end for one comparison of a loop's condition.
func (s *site) bound(b int32, name string, ahead int, length string) []draft {
	o := s.all(b)
	if len(o) != 3 || s.of(o[0]) != name || s.of(o[2]) != length {
		return nil
	}
	switch op := s.of(o[1]); {
	case op == "<=" && ahead == 0:
		return []draft{s.loopBound(s.replace(o[1], "<"), name+" <= "+length, name+" < "+length)}
	case op == "<" && ahead > 0:
		minus := " - "
		if s.lang.Family == "go" {
			minus = "-"
		}
		now := length + minus + itoa(ahead)
		return []draft{s.loopBound(put(s.span(o[2]).End, minus+itoa(ahead)), name+" < "+length, name+" < "+now)}
	}
	return nil
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
		var low, high int32 = none, none
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
			if s.checked(n, e, "0") {
				continue
			}
			out = append(out, s.forms(plan{
				maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: n, bad: e + " < 0", good: e + " >= 0", what: short(e) + " is below 0", score: scoreBounds * share(i),
			})...)
			continue
		}
		if s.checked(n, c, length) {
			continue
		}
		out = append(out, draft{
			maker: "bounds-clamp", title: "Take at most what " + short(c) + " has", fix: analysis.FixAddBoundsCheck,
			edits: s.wrap(bad, "min(", ", "+length+")"), score: scoreBounds * 0.7 * share(i),
		})
		p := plan{
			maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: n, bad: length + " < " + e, good: length + " >= " + e,
			what: short(c) + " is shorter than " + short(e), score: scoreBounds * share(i),
		}
		out = append(out, s.forms(p)...)
	}
	return out
}

// goDivision drafts for an integer that was divided by zero.
func goDivision(s *site) []draft {
	if !strings.Contains(s.msg, "divide by zero") {
		return nil
	}
	return s.zero(s.divisors("binary_expression", "assignment_statement"), nil)
}

// zero drafts checks of divisors. length, where it is given, says of what an
// expression is the length.
func (s *site) zero(divisors []int32, length func(int32) string) []draft {
	var out []draft
	for i, d := range divisors {
		e := s.of(d)
		if !s.arithmetic(d) || strings.Contains(e, "\n") || len(e) > 60 || s.checked(d, e) {
			continue
		}
		if !s.path(d) && !s.is(d, "call_expression", "method_invocation", "binary_expression", "field_access", "function_call_expression", "binary") {
			continue
		}
		if s.is(d, "binary_expression", "binary") {
			e = "(" + e + ")"
			if s.lang.Family == "go" {
				e = s.of(d)
			}
		}
		p := plan{maker: "zero-check", fix: analysis.FixAddBoundsCheck, node: d, bad: e + " == 0", good: e + " != 0", what: short(e) + " is 0", score: scoreZero * share(i)}
		if length != nil {
			if c := length(d); c != "" {
				p.what = short(c) + " is empty"
			}
		}
		out = append(out, s.forms(p)...)
	}
	return out
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
				out = append(out, draft{maker: "type-check", title: w.verb + " when " + what, fix: analysis.FixAddTypeValidation, edits: edits, score: 0.6 * w.share})
			}
			out = append(out, draft{
				maker: "type-check", title: "Go on without a value when " + what, fix: analysis.FixAddTypeValidation,
				edits: []analysis.Edit{put(s.span(left[0]).End, ", _")}, score: 0.25,
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
				edits: append(edits, s.replace(n, name)), score: 0.5,
			})
		}
		for _, w := range s.id.ways(s, stmt, what) {
			lines := append([]string{name + ", " + ok + " := " + s.of(n)}, s.id.check(s, "!"+ok, []string{w.code})...)
			edits := append([]analysis.Edit{s.insert(stmt, lines...), s.replace(n, name)}, w.edits...)
			out = append(out, draft{maker: "type-check", title: w.verb + " when " + what, fix: analysis.FixAddTypeValidation, edits: edits, score: 0.5 * w.share})
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
