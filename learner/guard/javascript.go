package guard

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

func javascript() *idiom {
	return &idiom{
		trace:        "javascript",
		blocks:       []string{"statement_block", "program", "switch_case", "switch_default"},
		statements:   []string{"expression_statement", "return_statement", "if_statement", "for_statement", "for_in_statement", "while_statement", "do_statement", "throw_statement"},
		wrappers:     []string{"labeled_statement", "export_statement"},
		functions:    []string{"function_declaration", "function_expression", "arrow_function", "method_definition", "generator_function", "generator_function_declaration"},
		loops:        []string{"for_statement", "for_in_statement", "while_statement", "do_statement"},
		bodies:       []string{"statement_block"},
		clauses:      []string{"class_body"},
		ternaries:    []string{"ternary_expression", "arrow_function", "assignment_expression", "augmented_assignment_expression", "object", "arguments", "template_string"},
		ifs:          []string{"if_statement"},
		conditionals: []string{"if_statement", "while_statement", "for_statement", "ternary_expression"},
		assignments:  []string{"assignment_expression", "augmented_assignment_expression", "variable_declarator", "for_in_statement", "update_expression"},
		plain: []string{
			"identifier", "member_expression", "subscript_expression", "property_identifier", "private_property_identifier", "this", "number", "string",
			"string_fragment", "non_null_expression", "optional_chain",
		},
		step:  "  ",
		and:   " && ",
		or:    " || ",
		check: jsCheck,
		ways:  jsWays,
		makers: []maker{
			{kinds: nullKinds, draft: jsNull},
			{kinds: []analysis.IssueKind{analysis.TypeConfusion}, draft: jsType},
			{kinds: []analysis.IssueKind{analysis.InvalidValue}, draft: jsParse},
			{kinds: []analysis.IssueKind{analysis.MissingRecursionBaseCase}, draft: jsBase},
		},
	}
}

// jsCheck writes an if as the text writes those with one statement: on one line, or
// in braces.
func jsCheck(s *site, cond string, body []string) []string {
	if len(body) == 1 {
		one, braces := 0, 0
		opened := false
		for line := range strings.Lines(s.near()) {
			line = strings.TrimSpace(line)
			leaves := startsWithAny(line, "return", "continue", "throw ", "break")
			switch {
			case strings.HasPrefix(line, "if ("):
				if k := strings.LastIndex(line, ") "); k > 0 && startsWithAny(line[k+2:], "return", "continue", "throw ", "break") {
					one++
				}
			case opened && leaves:
				braces++
			}
			opened = strings.HasPrefix(line, "if (") && strings.HasSuffix(line, "{")
		}
		if one > braces {
			return []string{"if (" + cond + ") " + body[0]}
		}
	}
	out := []string{"if (" + cond + ") {"}
	for _, l := range body {
		out = append(out, s.step()+l)
	}
	return append(out, "}")
}

// semi is the semicolon, where the text ends its statements with one.
func (s *site) semi() string {
	with, without := 0, 0
	for line := range strings.Lines(s.near()) {
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" {
			continue
		}
		switch c := line[len(line)-1]; {
		case c == ';':
			with++
		case isWord(c), c == ')', c == '\'', c == '"', c == ']':
			without++
		}
	}
	if with == 0 && without > 0 {
		return ""
	}
	return ";"
}

func jsWays(s *site, stmt int32, what string) []way {
	var out []way
	if s.loop(stmt) >= 0 {
		out = append(out, way{code: "continue" + s.semi(), verb: "Skip", share: skipShare})
	}
	if fn := s.function(stmt); fn >= 0 && s.of(s.childOf(fn, "property_identifier")) != "constructor" {
		value, sure := s.jsReturn(fn)
		w := way{code: strings.TrimSpace("return "+value) + s.semi(), verb: "Return early", share: guessShare}
		if value != "" {
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
	return append(out, way{code: "throw new Error(" + s.quote(what) + ")" + s.semi(), verb: "Throw an error", share: raiseShare})
}

// jsReturn is what a function returns when it has nothing to say, "" for nothing at
// all; sure where the function itself says so.
func (s *site) jsReturn(fn int32) (value string, sure bool) {
	var values []int32
	for _, r := range s.own(fn, "return_statement") {
		if v := s.child(r, 0); v >= 0 {
			values = append(values, s.bare(v))
		}
	}
	if len(values) == 0 {
		return "", true
	}
	if name := s.accumulator(fn, values); name != "" {
		return name, true
	}
	if v := s.usual(values, "null", "undefined", "true", "false", "number", "string", "array", "object", "unary_expression"); v != "" {
		return v, true
	}
	if t := strings.TrimSpace(strings.TrimPrefix(s.of(s.childOf(fn, "type_annotation")), ":")); t != "" {
		if v, ok := s.jsEmpty(t); ok {
			return v, true
		}
	}
	for _, v := range values {
		if s.is(v, "identifier") && s.parameter(fn, s.of(v)) {
			return s.of(v), false
		}
	}
	for _, v := range values {
		switch {
		case s.is(v, "array"):
			return "[]", false
		case s.is(v, "string", "template_string"):
			return s.quote(""), false
		case s.boolean(v), s.is(v, "unary_expression") && strings.HasPrefix(s.of(v), "!"):
			return "false", false
		case s.is(v, "binary_expression"):
			switch s.operator(v) {
			case "-", "*", "/", "%":
				return "0", false
			}
		case s.is(v, "call_expression"):
			if f := s.child(v, 0); s.is(f, "member_expression") {
				switch s.of(s.child(f, -1)) {
				case "map", "filter", "slice", "concat", "sort", "keys", "values", "entries", "flatMap":
					return "[]", false
				case "join", "trim", "toLowerCase", "toUpperCase", "replace", "toString":
					return s.quote(""), false
				case "some", "every", "includes", "has", "startsWith", "endsWith", "test":
					return "false", false
				}
			}
		}
	}
	return "undefined", false
}

// jsEmpty is the empty value of a type of TypeScript.
func (s *site) jsEmpty(t string) (string, bool) {
	switch {
	case t == "void", t == "undefined", strings.HasSuffix(t, "<void>"):
		return "", true
	case strings.Contains(t, "| undefined"), strings.Contains(t, "undefined |"):
		return "undefined", true
	case strings.Contains(t, "| null"), strings.Contains(t, "null |"):
		return "null", true
	case t == "string":
		return s.quote(""), true
	case t == "number":
		return "0", true
	case t == "boolean":
		return "false", true
	case strings.HasSuffix(t, "[]"), strings.HasPrefix(t, "Array<"):
		return "[]", true
	case strings.HasPrefix(t, "Record<"):
		return "{}", true
	case strings.HasPrefix(t, "Promise<") && strings.HasSuffix(t, ">"):
		return s.jsEmpty(t[len("Promise<") : len(t)-1])
	}
	return "", false
}

// jsNull drafts for what was null or undefined.
func jsNull(s *site) []draft {
	m := s.msg
	switch {
	case strings.Contains(m, "destructure"):
		return s.jsDestructured()
	case strings.Contains(m, "not iterable"), strings.Contains(m, "Symbol(Symbol.iterator)"):
		return s.jsIterated("")
	case strings.Contains(m, "Cannot convert undefined or null"):
		return s.jsObject()
	case strings.Contains(m, "'in' operator"):
		var out []draft
		for _, n := range s.onLine("binary_expression") {
			if r := s.bare(s.child(n, -1)); s.operator(n) == "in" && s.path(r) {
				out = append(out, s.forms(s.jsPlan(r, scoreNamed))...)
			}
		}
		return out
	}
	var out []draft
	rank := 0
	for _, n := range s.jsMembers() {
		obj := s.child(n, 0)
		if s.is(obj, "this", "super", "import", "object", "array", "string", "template_string", "new_expression") {
			continue
		}
		for _, d := range s.jsMember(n, obj) {
			d.score *= share(rank)
			out = append(out, d)
		}
		rank++
	}
	return out
}

func (s *site) jsPlan(n int32, score float64) plan {
	e := s.of(n)
	p := plan{
		maker: "nil-check", fix: analysis.FixAddNullCheck, node: n, bad: "!" + e, good: e, what: short(e) + " is missing", fine: short(e) + " is there", score: score,
	}
	if strings.ContainsAny(e, " ") {
		p.bad = "!(" + e + ")"
	}
	return p
}

// jsMembers are the members that were read of, or set in, nothing.
func (s *site) jsMembers() []int32 {
	m := s.msg
	name := between(m, "(reading '", "')")
	if name == "" {
		name = between(m, "(setting '", "')")
	}
	if name == "" {
		name = between(m, "property '", "'")
	}
	expr := between(m, "(evaluating '", "'")
	owner := ""
	if name == "" {
		if name = between(m, `property "`, `"`); name != "" {
			_, owner, _ = strings.Cut(m, `", `)
			owner, _, _ = strings.Cut(owner, " is ")
		} else if expr == "" {
			owner, _, _ = strings.Cut(strings.TrimPrefix(m, "TypeError: "), " is ")
			if strings.Contains(owner, " ") {
				owner = ""
			}
		}
	}
	var out []int32
	var loose []int32
	for _, n := range s.onLine("member_expression", "subscript_expression") {
		if s.childOf(n, "optional_chain") >= 0 {
			continue
		}
		member := s.child(n, -1)
		switch {
		case expr != "":
			if s.of(n) == expr || strings.HasPrefix(expr, s.of(n)+"(") {
				out = append(out, n)
			}
		case owner != "":
			if s.of(s.child(n, 0)) == owner && (name == "" || s.of(member) == name) {
				out = append(out, n)
			}
		case name == "":
		case s.is(n, "member_expression") && s.of(member) == name, s.is(member, "string", "number") && strings.Trim(s.of(member), "'\"`") == name:
			out = append(out, n)
		case s.is(n, "subscript_expression") && !s.is(member, "string", "number"):
			loose = append(loose, n)
		}
	}
	return append(out, loose...)
}

// jsMember drafts for the member n of obj, which was nothing.
func (s *site) jsMember(n, obj int32) []draft {
	var out []draft
	whole := s.chain(n)
	set := s.is(s.up(whole), "assignment_expression", "augmented_assignment_expression", "update_expression") && s.child(s.up(whole), 0) == whole
	score := float64(scoreNamed)
	e := s.of(obj)
	if s.is(obj, "subscript_expression") {
		length := s.of(s.child(obj, 0)) + ".length"
		out = append(out, goLoop(s, obj, s.child(obj, 1), length)...)
	}
	if !set && !s.is(s.up(whole), "new_expression") && s.childOf(n, "optional_chain") < 0 && !s.has(s.jsHead(n), n) {
		var edits []analysis.Edit
		if dot := s.all(n)[1]; s.of(dot) == "." {
			edits = append(edits, s.replace(dot, "?."))
		} else {
			edits = append(edits, put(s.span(dot).Start, "?."))
		}
		before, after, title := s.jsFallback(whole, short(e))
		if before != "" {
			edits = append(edits, put(s.span(whole).Start, before))
		}
		if after != "" {
			edits = append(edits, put(s.span(whole).End, after))
		}
		if title == "" {
			title = "Read " + short(s.of(s.child(n, -1))) + " only when " + short(e) + " is there"
		}
		out = append(out, draft{maker: "optional-chain", title: title, fix: analysis.FixAddNullCheck, edits: edits, score: score})
		score *= secondShare
	}
	if s.is(obj, "subscript_expression") && s.path(obj) && !s.is(s.child(obj, -1), "number") {
		empty := ""
		switch call := s.up(n); {
		case set && whole == n:
			empty = "{}"
		case s.is(call, "call_expression") && (s.of(s.child(n, -1)) == "push" || s.of(s.child(n, -1)) == "unshift"):
			empty = "[]"
		}
		if empty != "" && (s.semi() != "" || int(s.f.Nodes[obj].Start) > s.line.Start) {
			out = append(out, draft{
				maker: "nil-default", title: "Begin with " + empty + " when " + short(e) + " is missing", fix: analysis.FixAddNullCheck,
				edits: s.wrap(obj, "(", " ??= "+empty+")"), score: scoreKeyCount,
			})
		}
	}
	if s.path(obj) && !strings.HasSuffix(e, "!") && !s.checked(n, e, "null", "undefined", "!"+e) {
		out = append(out, s.forms(s.jsPlan(obj, score))...)
	}
	return out
}

// jsHead is the left side of the loop's head that n is in: "for (const x of a.b)".
func (s *site) jsHead(n int32) int32 {
	if f := s.around(n, "for_in_statement"); f >= 0 {
		return s.child(f, 0)
	}
	return none
}

// chain is the largest chain of members, calls and items that n begins, which a
// "?." in it would end early.
func (s *site) chain(n int32) int32 {
	for {
		p := s.up(n)
		if !s.is(p, "member_expression", "call_expression", "subscript_expression", "non_null_expression") || s.child(p, 0) != n {
			return n
		}
		n = p
	}
}

// jsFallback says what stands around a chain that may give undefined now: a value
// in its place, where its place cannot do without one.
func (s *site) jsFallback(whole int32, e string) (before, after, title string) {
	p := s.up(whole)
	or := func(value string) string { return " ?? " + value }
	switch {
	case s.is(p, "spread_element"), s.is(p, "for_in_statement") && s.child(p, 1) == whole && strings.Contains(s.of(p)[:min(len(s.of(p)), 200)], " of "):
		return "", or("[]"), "Take an empty list when " + e + " is missing"
	case s.is(p, "variable_declarator") && s.is(s.child(p, 0), "object_pattern"):
		return "", or("{}"), "Take an empty object when " + e + " is missing"
	case s.is(p, "variable_declarator") && s.is(s.child(p, 0), "array_pattern"):
		return "", or("[]"), "Take an empty list when " + e + " is missing"
	case s.is(p, "binary_expression"):
		switch s.operator(p) {
		case "-", "*", "/", "%", "**":
			return "(", or("0") + ")", "Take 0 when " + e + " is missing"
		case "+":
			other := s.child(p, 0)
			if other == whole {
				other = s.child(p, -1)
			}
			if s.is(other, "string", "template_string") {
				return "(", or(s.quote("")) + ")", "Take an empty text when " + e + " is missing"
			}
			if s.is(other, "number") {
				return "(", or("0") + ")", "Take 0 when " + e + " is missing"
			}
		}
	case s.is(p, "augmented_assignment_expression") && s.child(p, 0) != whole:
		if strings.Contains(s.of(p), "+=") || strings.Contains(s.of(p), "-=") {
			return "", or("0"), "Add 0 when " + e + " is missing"
		}
	case s.is(p, "template_substitution"):
		return "", or(s.quote("")), "Take an empty text when " + e + " is missing"
	case s.is(p, "return_statement"):
		fn := s.function(p)
		var values []int32
		for _, r := range s.own(fn, "return_statement") {
			if v := s.child(r, 0); v >= 0 && r != p {
				values = append(values, v)
			}
		}
		v := s.usual(values, "null", "false", "number", "string", "array", "object")
		if v == "" {
			if t := strings.TrimSpace(strings.TrimPrefix(s.of(s.childOf(fn, "type_annotation")), ":")); t != "" {
				v, _ = s.jsEmpty(t)
			}
		}
		if v != "" && v != "undefined" {
			return "", or(v), "Return " + v + " when " + e + " is missing"
		}
	}
	return "", "", ""
}

// jsDestructured drafts a default for what was taken apart.
func (s *site) jsDestructured() []draft {
	of := between(s.msg, "' of '", "'")
	var out []draft
	for _, n := range s.onLine("variable_declarator", "assignment_expression") {
		left, right := s.child(n, 0), s.child(n, 1)
		if !s.is(left, "object_pattern", "array_pattern") || right < 0 || of != "" && s.of(right) != of && len(out) > 0 {
			continue
		}
		empty := " ?? {}"
		if s.is(left, "array_pattern") {
			empty = " ?? []"
		}
		if strings.Contains(s.of(right), "??") || strings.Contains(s.of(right), "||") {
			continue
		}
		d := draft{
			maker: "nil-default", title: "Take an empty object when " + short(s.of(right)) + " is missing", fix: analysis.FixAddNullCheck,
			edits: []analysis.Edit{put(s.span(right).End, empty)}, score: scoreNamed,
		}
		if s.is(right, "ternary_expression", "arrow_function", "assignment_expression", "await_expression") {
			d.edits = s.wrap(right, "(", ")"+empty)
		}
		out = append(out, d)
		if s.path(right) && !s.checked(n, s.of(right), "null", "undefined") {
			out = append(out, s.before(s.jsPlan(right, scoreNamed*secondShare))...)
		}
	}
	if len(out) > 0 {
		return out
	}
	for i := range s.f.Nodes {
		n := int32(i)
		if !s.is(n, "object_pattern") || !s.touches(n) {
			continue
		}
		p := s.up(n)
		at := n
		if s.is(p, "required_parameter") {
			if s.childOf(p, "object") >= 0 {
				continue
			}
			at = p
		} else if !s.is(p, "formal_parameters") {
			continue
		}
		return []draft{{
			maker: "nil-default", title: "Give the parameter a default", fix: analysis.FixAddNullCheck,
			edits: []analysis.Edit{put(s.span(at).End, " = {}")}, score: scoreKeyCount,
		}}
	}
	return nil
}

// jsIterated drafts an empty list in the place of what was iterated over.
func (s *site) jsIterated(want string) []draft {
	if want == "" {
		want, _, _ = strings.Cut(strings.TrimPrefix(s.msg, "TypeError: "), " is not iterable")
		if i := strings.IndexByte(want, ' '); i >= 0 {
			want = ""
		}
	}
	var out []draft
	add := func(n int32) {
		if n < 0 || strings.Contains(s.of(n), "??") || strings.Contains(s.of(n), "||") || s.is(n, "array", "ternary_expression", "arrow_function", "yield_expression") {
			return
		}
		if want != "" && want != "undefined" && want != "null" && strings.ReplaceAll(s.of(n), " ", "") != want && !strings.HasPrefix(s.of(n), want) {
			return
		}
		out = append(out, draft{
			maker: "nil-default", title: "Take an empty list when " + short(s.of(n)) + " is missing", fix: analysis.FixAddNullCheck,
			edits: []analysis.Edit{put(s.span(n).End, " ?? []")}, score: scoreNamed * share(len(out)),
		})
		if s.path(n) && !s.checked(n, s.of(n), "null", "undefined") {
			out = append(out, s.before(s.jsPlan(n, scoreNamed*guessShare))...)
		}
	}
	for i := range s.f.Nodes {
		n := int32(i)
		if int(s.f.Nodes[n].Start) > s.line.End {
			break
		}
		switch {
		case s.is(n, "for_in_statement") && s.touches(s.child(n, 1)):
			add(s.child(n, 1))
		case s.is(n, "spread_element") && s.touches(n):
			add(s.child(n, 0))
		case s.is(n, "variable_declarator") && s.is(s.child(n, 0), "array_pattern") && s.touches(n):
			add(s.child(n, 1))
		case s.is(n, "new_expression", "call_expression") && s.touches(n):
			f := s.of(s.child(n, 0))
			if args := s.named(s.childOf(n, "arguments")); len(args) > 0 && slices.Contains([]string{"Set", "Map", "Array.from", "Promise.all", "Promise.allSettled", "Object.fromEntries", "WeakMap", "WeakSet"}, f) {
				add(args[0])
			}
		}
	}
	return out
}

// jsObject drafts an empty object in the place of what has no keys.
func (s *site) jsObject() []draft {
	var out []draft
	for _, n := range s.onLine("call_expression") {
		args := s.named(s.childOf(n, "arguments"))
		if f := s.of(s.child(n, 0)); len(args) == 0 || !strings.HasPrefix(f, "Object.") || strings.Contains(s.of(args[0]), "??") {
			continue
		}
		a := args[0]
		out = append(out, draft{
			maker: "nil-default", title: "Take an empty object when " + short(s.of(a)) + " is missing", fix: analysis.FixAddNullCheck,
			edits: []analysis.Edit{put(s.span(a).End, " ?? {}")}, score: scoreNamed,
		})
		if s.path(a) && !s.checked(n, s.of(a), "null", "undefined") {
			out = append(out, s.before(s.jsPlan(a, scoreNamed*guessShare))...)
		}
	}
	return out
}

// Methods that tell what their receiver was meant to be.
var (
	arrayMethods  = []string{"map", "forEach", "filter", "reduce", "push", "find", "findIndex", "some", "every", "join", "flatMap", "pop", "shift", "unshift", "sort", "reverse", "splice", "flat"}
	stringMethods = []string{"trim", "toLowerCase", "toUpperCase", "split", "replace", "replaceAll", "startsWith", "endsWith", "charAt", "charCodeAt", "padStart", "padEnd", "substring", "substr", "match", "localeCompare", "trimEnd", "trimStart"}
	dateMethods   = []string{"getTime", "toISOString", "getFullYear", "getMonth", "getDate", "getHours", "getDay", "toLocaleDateString"}
)

// jsType drafts for a value of another type than the line expects.
func jsType(s *site) []draft {
	m := strings.TrimPrefix(s.msg, "TypeError: ")
	switch {
	case strings.HasPrefix(m, "Assignment to constant variable"), strings.HasPrefix(m, "invalid assignment to const"):
		return s.jsConstant()
	case strings.Contains(m, "cannot be invoked without 'new'"):
		name := between(m, "constructor ", " cannot")
		for _, n := range s.onLine("call_expression") {
			if s.of(s.child(n, 0)) == name {
				return []draft{{
					maker: "new", title: "Make a new " + short(name), fix: analysis.FixOther, edits: []analysis.Edit{put(s.span(n).Start, "new ")}, score: scoreTold,
				}}
			}
		}
	case strings.Contains(m, "Reduce of empty array"):
		for _, n := range s.onLine("call_expression") {
			f, args := s.child(n, 0), s.named(s.childOf(n, "arguments"))
			if name := s.of(s.child(f, -1)); !s.is(f, "member_expression") || name != "reduce" && name != "reduceRight" || len(args) != 1 {
				continue
			}
			var value string
			switch body := s.of(args[0]); {
			case strings.Contains(body, "Math.max"), strings.Contains(body, "Math.min"), strings.Contains(body, " + ") && !strings.ContainsAny(body, "'\"`"):
				value = "0"
			case strings.Contains(body, " * "):
				value = "1"
			case strings.Contains(body, " + "):
				value = s.quote("")
			default:
				value = "undefined"
			}
			return []draft{{
				maker: "bounds-default", title: "Begin reduce with " + value, fix: analysis.FixAddBoundsCheck,
				edits: []analysis.Edit{put(s.span(args[0]).End, ", "+value)}, score: scoreType,
			}}
		}
	case strings.Contains(m, " is not a function"):
		return s.jsNoFunction(m)
	case strings.Contains(m, "is not iterable"):
		return s.jsIterated("")
	}
	return nil
}

// jsConstant drafts let for a const that is assigned to.
func (s *site) jsConstant() []draft {
	var out []draft
	for i := range s.f.Nodes {
		a := int32(i)
		if !s.is(a, "assignment_expression", "augmented_assignment_expression", "update_expression") || !s.touches(a) {
			continue
		}
		name := s.of(s.child(a, 0))
		if !s.is(s.child(a, 0), "identifier") {
			continue
		}
		for _, d := range s.within(0, "lexical_declaration", "for_in_statement") {
			if int(s.f.Nodes[d].Start) >= s.line.End || s.of(s.all(d)[0]) != "const" && !s.is(d, "for_in_statement") {
				continue
			}
			for _, v := range s.named(d) {
				left := v
				if s.is(v, "variable_declarator") {
					left = s.child(v, 0)
				}
				if s.of(left) != name {
					continue
				}
				for _, k := range s.all(d) {
					if s.of(k) == "const" {
						out = []draft{{
							maker: "declare-let", title: "Declare " + name + " with let", fix: analysis.FixOther, edits: []analysis.Edit{s.replace(k, "let")}, score: scoreTold,
						}}
						break
					}
				}
			}
		}
	}
	return out
}

// jsNoFunction drafts for a call of what is no function.
func (s *site) jsNoFunction(m string) []draft {
	expr, _, _ := strings.Cut(m, " is not a function")
	member := expr[strings.LastIndexByte(expr, '.')+1:]
	var out []draft
	for _, n := range s.onLines("call_expression") {
		f := s.child(n, 0)
		last := s.of(f)
		if s.is(f, "member_expression") {
			last = s.of(s.child(f, -1))
		}
		if last != member || strings.Contains(s.of(n)[:min(len(s.of(n)), len(s.of(f))+2)], "?.(") {
			continue
		}
		args := s.childOf(n, "arguments")
		if args < 0 {
			continue
		}
		if s.is(f, "member_expression") {
			obj := s.child(f, 0)
			e := s.of(obj)
			switch {
			case slices.Contains(arrayMethods, last):
				if s.path(obj) && !s.checked(n, e, "isArray") {
					out = append(out, s.forms(plan{
						maker: "type-check", fix: analysis.FixAddTypeValidation, node: obj, bad: "!Array.isArray(" + e + ")", good: "Array.isArray(" + e + ")",
						what: short(e) + " is no array", score: scoreType,
					})...)
				}
				if !s.is(obj, "call_expression") || !strings.HasPrefix(e, "Array.from(") {
					out = append(out, draft{
						maker: "convert", title: "Make an array of " + short(e), fix: analysis.FixConvertType, edits: s.wrap(obj, "Array.from(", ")"), score: scoreType * guessShare,
					})
				}
				continue
			case slices.Contains(stringMethods, last):
				if strings.HasPrefix(e, "String(") {
					continue
				}
				out = append(out, draft{
					maker: "convert", title: "Make a string of " + short(e), fix: analysis.FixConvertType, edits: s.wrap(obj, "String(", ")"), score: scoreType,
				})
				continue
			case slices.Contains(dateMethods, last):
				if strings.HasPrefix(e, "new Date(") {
					continue
				}
				out = append(out, draft{
					maker: "convert", title: "Make a date of " + short(e), fix: analysis.FixConvertType, edits: s.wrap(obj, "new Date(", ")"), score: scoreType,
				})
				continue
			case last == "toFixed":
				out = append(out, draft{
					maker: "convert", title: "Make a number of " + short(e), fix: analysis.FixConvertType, edits: s.wrap(obj, "Number(", ")"), score: scoreType,
				})
				continue
			}
		}
		if !s.path(f) || s.checked(n, s.of(f), "function", "null", "undefined") {
			continue
		}
		out = append(out, draft{
			maker: "optional-chain", title: "Call " + short(s.of(f)) + " only when it is there", fix: analysis.FixAddTypeValidation,
			edits: []analysis.Edit{put(s.span(args).Start, "?.")}, score: scoreType,
		})
		e := s.of(f)
		out = append(out, s.forms(plan{
			maker: "type-check", fix: analysis.FixAddTypeValidation, node: f, bad: "typeof " + e + " !== " + s.quote("function"), good: "typeof " + e + " === " + s.quote("function"),
			what: short(e) + " is no function", score: scoreType * guessShare,
		})...)
	}
	return out
}

// onLines are the nodes of kinds that overlap the failing line, without statements
// of many lines that merely reach it.
func (s *site) onLines(kinds ...string) []int32 {
	var out []int32
	for i := range s.f.Nodes {
		n := int32(i)
		if int(s.f.Nodes[n].Start) > s.line.End {
			break
		}
		if !s.is(n, kinds...) || !s.touches(n) {
			continue
		}
		if f := s.span(s.child(n, 0)); f.End > s.line.Start && f.End <= s.line.End {
			out = append(out, n)
		}
	}
	return out
}

// jsParse drafts what is done with a text that is no JSON.
func jsParse(s *site) []draft {
	call := none
	for _, n := range s.onLines("call_expression") {
		if s.of(s.child(n, 0)) == "JSON.parse" {
			call = n
		}
	}
	stmt := s.statement(call)
	if stmt < 0 || s.function(stmt) < 0 {
		return nil
	}
	if try := s.around(stmt, "try_statement"); try > s.function(stmt) {
		return nil
	}
	var out []draft
	indent, step, eol := s.indent(stmt), s.step(), s.eol()
	for _, w := range s.id.ways(s, stmt, "the text is no JSON") {
		if w.verb == "Throw an error" {
			continue
		}
		tail := "} catch {" + eol + indent + step + w.code + eol + indent + "}"
		d := draft{maker: "handle-error", title: w.verb + " when it is no JSON", fix: analysis.FixHandleError, score: scoreError * w.share}
		switch {
		case s.is(stmt, "return_statement", "expression_statement"):
			d.edits = s.indented(stmt, []string{"try {"}, tail)
		case s.is(stmt, "lexical_declaration") && len(s.named(stmt)) == 1 && s.is(s.child(s.child(stmt, 0), 0), "identifier"):
			name := s.child(s.child(stmt, 0), 0)
			word := s.all(stmt)[0]
			d.edits = s.indented(stmt, []string{"let " + s.of(name) + s.semi(), "try {"}, tail)
			// "const x =" is "x =" now.
			d.edits = append(d.edits, analysis.Edit{Span: analysis.Span{Start: s.span(word).Start, End: s.span(name).Start}})
		default:
			continue
		}
		out = append(out, d)
	}
	return out
}

// jsBase drafts a case that ends a recursion.
func jsBase(s *site) []draft {
	return s.base(baseForm{
		functions: []string{"function_declaration", "method_definition", "function_expression"}, body: "statement_block", call: "call_expression", args: "arguments",
		params: func(fn int32) []string {
			var out []string
			for _, p := range s.named(s.childOf(fn, "formal_parameters")) {
				if s.is(p, "required_parameter", "optional_parameter", "assignment_pattern") {
					p = s.child(p, 0)
				}
				out = append(out, s.of(p))
			}
			return out
		},
		shrinks: func(arg int32, param string) (string, string) {
			switch {
			case s.is(arg, "binary_expression") && s.of(s.child(arg, 0)) == param && isDigits(s.of(s.child(arg, -1))) && (s.operator(arg) == "-" || s.operator(arg) == "/"):
				return param + " <= 0", param + " is 0 or less"
			case s.is(arg, "member_expression") && s.of(s.child(arg, 0)) == param:
				return "!" + param, param + " is missing"
			case s.is(arg, "call_expression") && (s.of(s.child(arg, 0)) == param+".slice" || s.of(s.child(arg, 0)) == param+".substring"):
				return param + ".length === 0", param + " is empty"
			}
			return "", ""
		},
	})
}
