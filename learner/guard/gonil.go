package guard

import (
	"regexp"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

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
	switch {
	case name == "ok" || name == "found":
		bad, verb = "!"+name, "Return early without "
		call = left[0]
	case fails:
		values[len(values)-1] = name
	default:
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
			edits: []analysis.Edit{s.insert(stmt, s.id.check(s, name+" == nil", []string{name + " = make(" + typ + ")"})...)}, score: scoreMakeMap * secondShare,
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
