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
		isNull:       func(e string) string { return e + " is None" },
		notNull:      func(e string) string { return e + " is not None" },
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

var pythonComprehensions = []string{"list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}

// pythonWays are continue in a loop, what the function returns elsewhere, and an
// exception.
func pythonWays(s *site, stmt int32, what string) []way {
	var out []way
	if s.loop(stmt) >= 0 {
		out = append(out, way{code: "continue", verb: "Skip", share: 0.8})
	}
	fn := s.function(stmt)
	if fn >= 0 && s.is(fn, "function_definition") && !s.initializer(fn) {
		value, sure := s.pythonReturn(fn)
		w := way{code: strings.TrimSpace("return " + value), verb: "Return early", share: 0.6}
		if value != "" && value != "None" {
			w.verb = "Return " + value
		}
		if sure {
			w.share = 1
		}
		if len(out) > 0 {
			w.share *= 0.5
		}
		out = append(out, w)
	}
	return append(out, way{code: "raise ValueError(" + s.quote(what) + ")", verb: "Raise an error", share: 0.3})
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

// pythonNull drafts for what was None.
func pythonNull(s *site) []draft {
	var out []draft
	for i, n := range s.pythonNone() {
		if i == 2 {
			break
		}
		out = append(out, s.pythonNoneDrafts(n, scoreNamed*share(i))...)
	}
	return out
}

// share is how much less likely a further candidate is.
func share(i int) float64 {
	return [...]float64{1, 0.4, 0.2, 0.1}[min(i, 3)]
}

func (s *site) pythonNoneDrafts(n int32, score float64) []draft {
	e := s.of(n)
	p := plan{
		maker: "nil-check", fix: analysis.FixAddNullCheck, node: n, bad: e + " is None", good: e + " is not None",
		what: short(e) + " is None", score: score,
	}
	parent := s.up(n)
	switch {
	case s.is(parent, "for_statement", "for_in_clause") && s.child(parent, 1) == n:
		// What is iterated over.
		if s.is(n, "boolean_operator", "conditional_expression") {
			return nil
		}
		out := []draft{{
			maker: "nil-default", title: "Take an empty list when " + p.what, fix: analysis.FixAddNullCheck,
			edits: []analysis.Edit{put(s.span(n).End, " or []")}, score: score,
		}}
		if s.path(n) && !s.checked(n, e, "None") {
			for _, d := range s.before(p) {
				d.score *= 0.5
				out = append(out, d)
			}
		}
		return out
	case s.is(parent, "argument_list") && strings.Contains(s.msg, "is not iterable") && (s.path(n) || s.is(n, "call")):
		out := []draft{{
			maker: "nil-default", title: "Take an empty list when " + p.what, fix: analysis.FixAddNullCheck,
			edits: []analysis.Edit{put(s.span(n).End, " or []")}, score: score * 0.8,
		}}
		if s.path(n) && !s.checked(n, e, "None") {
			out = append(out, s.forms(p)...)
		}
		return out
	case s.is(n, "call"):
		return s.pythonHoisted(n, score)
	case !s.path(n) || s.checked(n, e, "None"):
		return nil
	}
	out := s.pythonFilter(p)
	if len(out) > 0 {
		return out
	}
	out = s.forms(p)
	if s.statement(n) < 0 && len(out) == 0 || s.is(s.up(s.up(n)), "keyword_argument", "pair") {
		// No place for a statement: the expression itself decides.
		if o := s.postfix(n); o >= 0 && !s.is(s.up(o), "assignment", "conditional_expression") {
			w := s.wrap(o, "", " if "+p.good+" else None")
			if s.is(s.up(o), "binary_operator", "comparison_operator", "boolean_operator", "not_operator") {
				w = s.wrap(o, "(", " if "+p.good+" else None)")
			}
			out = append(out, draft{maker: "nil-check", title: "Take None when " + p.what, fix: p.fix, edits: w, score: score * 0.5})
		}
	}
	return out
}

// pythonFilter drafts a condition of a comprehension over whose variable the
// expression speaks.
func (s *site) pythonFilter(p plan) []draft {
	comp := s.around(p.node, pythonComprehensions...)
	if comp < 0 || s.around(p.node, "lambda") > comp {
		return nil
	}
	fors := s.named(comp)
	last := fors[len(fors)-1]
	loop := s.childOf(comp, "for_in_clause")
	if loop < 0 || s.has(loop, p.node) || !slices.ContainsFunc(s.within(s.child(loop, 0), "identifier"), func(i int32) bool { return s.of(i) == s.root(p.node) }) {
		return nil
	}
	for _, c := range s.named(comp) {
		if s.is(c, "if_clause") && s.mentions(c, s.of(p.node)) && !s.has(c, p.node) {
			return nil
		}
	}
	edit := put(s.span(last).End, " if "+p.good)
	if s.is(last, "if_clause") {
		if s.has(last, p.node) {
			return s.joined(p)
		}
		edit = put(s.span(s.child(last, 0)).Start, p.good+" and ")
	}
	return []draft{{
		maker: "nil-check", title: "Leave out where " + p.what, fix: p.fix, edits: []analysis.Edit{edit}, score: p.score,
	}}
}

// postfix is the largest chain of members, calls and items that begins with n.
func (s *site) postfix(n int32) int32 {
	for {
		p := s.up(n)
		if !s.is(p, "attribute", "call", "subscript", "member_expression", "call_expression", "subscript_expression", "non_null_expression") || s.child(p, 0) != n {
			return n
		}
		n = p
	}
}

// pythonHoisted drafts a name for the outcome of a call, which is checked.
func (s *site) pythonHoisted(call int32, score float64) []draft {
	stmt := s.statement(call)
	if stmt < 0 || !s.is(stmt, "expression_statement", "return_statement") || strings.Contains(s.of(call), "\n") || s.around(call, pythonComprehensions...) > stmt {
		return nil
	}
	// What is evaluated before the call would come after it.
	for _, c := range s.within(stmt, "call") {
		if c < call && !s.has(c, call) || s.is(s.up(c), "boolean_operator", "conditional_expression") && s.has(c, call) {
			return nil
		}
	}
	fn := s.child(call, 0)
	word := s.of(fn)
	word = word[strings.LastIndexByte(word, '.')+1:]
	name := map[string]string{"match": "match", "search": "match", "fullmatch": "match", "find": "found", "get": "value", "first": "first"}[word]
	if name == "" {
		name = "found"
		if rest, ok := strings.CutPrefix(word, "get_"); ok && isName(rest) {
			name = rest
		} else if rest, ok := strings.CutPrefix(word, "find_"); ok && isName(rest) {
			name = rest
		}
	}
	top := s.function(call)
	if top < 0 {
		top = 0
	}
	for s.uses(top, name) {
		if name += "_"; len(name) > 30 {
			return nil
		}
	}
	bad := name + " is None"
	at := s.insert(stmt, name+" = "+s.of(call))
	var out []draft
	for _, w := range s.id.ways(s, stmt, bad) {
		e := at
		e.New += s.insert(stmt, s.id.check(s, bad, []string{w.code})...).New
		out = append(out, draft{
			maker: "nil-check", title: w.verb + " when " + short(word+"()") + " gives None", fix: analysis.FixAddNullCheck,
			edits: []analysis.Edit{e, s.replace(call, name)}, score: score * 0.7 * w.share,
		})
	}
	return out
}

// uses reports whether a variable of a name stands in n.
func (s *site) uses(n int32, name string) bool {
	return slices.ContainsFunc(s.within(n, "identifier"), func(i int32) bool {
		p := s.up(i)
		return s.of(i) == name && !(s.is(p, "attribute") && s.child(p, 0) != i) && !(s.is(p, "keyword_argument") && s.child(p, 0) == i)
	})
}

// pythonNone are the expressions that were None, by what the message says.
func (s *site) pythonNone() []int32 {
	var out []int32
	add := func(n int32) {
		if n >= 0 && !s.is(n, "string", "integer", "list", "dictionary", "tuple", "none") && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	m := s.msg
	switch {
	case strings.Contains(m, "no attribute '"):
		name := between(m, "no attribute '", "'")
		for _, n := range s.onLine("attribute") {
			if s.of(s.child(n, -1)) == name {
				add(s.bare(s.child(n, 0)))
			}
		}
	case strings.Contains(m, "is not subscriptable"), strings.Contains(m, "does not support item"), strings.Contains(m, "doesn't support item"):
		for _, n := range s.onLine("subscript") {
			add(s.bare(s.child(n, 0)))
		}
	case strings.Contains(m, "argument of type 'NoneType' is not"), strings.Contains(m, "is not a container"):
		for _, n := range s.onLine("comparison_operator") {
			if strings.Contains(s.of(n), " in ") {
				add(s.bare(s.child(n, -1)))
			}
		}
	case strings.Contains(m, "is not iterable"), strings.Contains(m, "cannot unpack"):
		for _, n := range s.onLine("for_statement", "for_in_clause") {
			add(s.child(n, 1))
		}
		for i := range s.f.Nodes {
			if n := int32(i); s.is(n, "for_statement", "for_in_clause") && len(out) == 0 && s.touches(s.child(n, 1)) {
				add(s.child(n, 1))
			}
		}
		for _, n := range s.onLine("call") {
			if f := s.child(n, 0); s.is(f, "attribute") && len(s.named(s.child(n, 1))) == 1 {
				switch s.of(s.child(f, -1)) {
				case "extend", "join", "update", "union", "intersection", "difference", "writelines", "chain", "fromkeys":
					add(s.child(s.child(n, 1), 0))
				}
			}
			switch s.of(s.child(n, 0)) {
			case "list", "set", "tuple", "sorted", "sum", "max", "min", "any", "all", "enumerate", "dict", "reversed", "zip", "map", "filter", "iter":
				args := s.child(n, 1)
				add(s.child(args, -1))
			}
		}
	case strings.Contains(m, "has no len()"):
		for _, n := range s.onLine("call") {
			if s.of(s.child(n, 0)) == "len" {
				add(s.child(s.child(n, 1), 0))
			}
		}
	case strings.Contains(m, "is not callable"):
		for _, n := range s.onLine("call") {
			if s.path(s.child(n, 0)) {
				add(s.child(n, 0))
			}
		}
	case strings.Contains(m, "unsupported operand"), strings.Contains(m, "not supported between"):
		left := strings.Contains(m, "'NoneType' and")
		op := between(m, "for ", ":")
		if op == "" {
			op = between(m, "'", "'")
		}
		for _, n := range s.onLine("binary_operator", "comparison_operator", "augmented_assignment") {
			if s.is(n, "comparison_operator") && !strings.Contains(s.of(n), op) || s.is(n, "binary_operator") && s.operator(n) != op && op != "** or pow()" {
				continue
			}
			if left {
				add(s.bare(s.child(n, 0)))
			} else {
				add(s.bare(s.child(n, -1)))
			}
		}
	}
	if s.variable != "" {
		// What the line's first look named, of several.
		slices.SortStableFunc(out, func(a, b int32) int {
			switch {
			case s.of(a) == s.variable && s.of(b) != s.variable:
				return -1
			case s.of(b) == s.variable && s.of(a) != s.variable:
				return 1
			}
			return 0
		})
	}
	return out
}

// touches reports whether n overlaps the failing line.
func (s *site) touches(n int32) bool { return n >= 0 && s.span(n).Overlaps(s.line) }

// pythonKey drafts for a key that is not there.
func pythonKey(s *site) []draft {
	key := strings.TrimSpace(s.msg)
	var out []draft
	rank := 0
	for _, n := range s.onLine("subscript") {
		coll, k := s.child(n, 0), s.child(n, 1)
		if k < 0 || s.is(k, "slice", "integer") {
			continue
		}
		// The message is the key as it would be written.
		if s.is(k, "string") && len(s.within(k, "interpolation")) == 0 {
			if strings.Trim(s.of(k), `"'`) != strings.Trim(key, `"'`) {
				continue
			}
		}
		if len(s.named(n)) > 2 || s.checked(n, s.of(k), " in "+s.of(coll), "not in "+s.of(coll)) {
			continue
		}
		for _, d := range s.pythonKeyDrafts(n, coll, k) {
			d.score *= share(rank)
			out = append(out, d)
		}
		rank++
	}
	for _, n := range s.onLine("call") {
		attr := s.child(n, 0)
		args := s.child(n, 1)
		if !s.is(attr, "attribute") || len(s.named(args)) != 1 {
			continue
		}
		switch s.of(s.child(attr, -1)) {
		case "pop":
			out = append(out, draft{
				maker: "key-default", title: "Give pop a default", fix: analysis.FixAddNullCheck,
				edits: []analysis.Edit{put(s.span(s.child(args, 0)).End, ", None")}, score: scoreKeyMethod,
			})
		case "remove":
			out = append(out, draft{
				maker: "key-default", title: "Discard instead of remove", fix: analysis.FixAddNullCheck,
				edits: []analysis.Edit{s.replace(s.child(attr, -1), "discard")}, score: scoreKeyMethod,
			})
		}
	}
	return out
}

func (s *site) pythonKeyDrafts(n, coll, k int32) []draft {
	c, key := s.of(coll), s.of(k)
	if strings.Contains(key, "\n") || strings.Contains(c, "\n") {
		return nil
	}
	parent := s.up(n)
	var out []draft
	get := func(title, maker, text string, node int32, score float64) {
		out = append(out, draft{maker: maker, title: title, fix: analysis.FixAddNullCheck, edits: []analysis.Edit{s.replace(node, text)}, score: score})
	}
	p := plan{
		maker: "key-check", fix: analysis.FixAddNullCheck, node: n, bad: key + " not in " + c, good: key + " in " + c,
		what: short(key) + " is not in " + short(c), score: scoreKeyCheck,
	}
	simple := s.path(k) && s.path(coll)
	switch {
	case s.is(parent, "delete_statement"):
		get("Pop with a default instead of deleting", "key-default", c+".pop("+key+", None)", parent, scoreKeyDelete)
	case s.is(parent, "augmented_assignment") && s.child(parent, 0) == n && simple:
		op := s.of(s.all(parent)[1])
		right := s.of(s.child(parent, -1))
		empty := map[string]string{"+=": "0", "-=": "0", "*=": "1", "|=": "0"}[op]
		switch {
		case s.is(s.child(parent, -1), "list", "list_comprehension"):
			empty = "[]"
		case s.is(s.child(parent, -1), "string"):
			empty = s.quote("")
		}
		if empty != "" {
			if s.is(s.child(parent, -1), "binary_operator", "conditional_expression", "boolean_operator") {
				right = "(" + right + ")"
			}
			get("Begin at "+empty+" when "+p.what, "key-default", c+"["+key+"] = "+c+".get("+key+", "+empty+") "+strings.TrimSuffix(op, "=")+" "+right, parent, scoreKeyCount)
		}
	case s.is(parent, "assignment") && s.child(parent, 0) == n:
		return nil // setting a key never fails for it
	case s.is(parent, "attribute") && s.is(s.up(parent), "call") && s.child(s.up(parent), 0) == parent:
		if empty := pythonGrown[s.of(s.child(parent, -1))]; empty != "" {
			get("Begin with an empty one when "+p.what, "key-default", c+".setdefault("+key+", "+empty+")", n, scoreKeyCount)
			break
		}
		if simple {
			out = append(out, s.forms(p)...)
		}
		return out
	case s.is(parent, "attribute", "subscript") && s.child(parent, 0) == n:
		if s.is(parent, "subscript") && !(s.is(s.up(parent), "assignment", "augmented_assignment") && s.child(s.up(parent), 0) == parent) {
			get("Take an empty one when "+p.what, "key-default", c+".get("+key+", {})", n, scoreKeyCheck*0.5)
		}
		if s.is(parent, "subscript") && s.is(s.up(parent), "assignment") && s.child(s.up(parent), 0) == parent {
			get("Begin with an empty one when "+p.what, "key-default", c+".setdefault("+key+", {})", n, scoreKeyCount)
		}
	default:
		get("Take None when "+p.what, "key-default", c+".get("+key+")", n, scoreKeyGet)
		if empty := s.pythonWanted(n); empty != "" {
			out[len(out)-1] = draft{
				maker: "key-default", title: "Take " + empty + " when " + p.what, fix: analysis.FixAddNullCheck,
				edits: []analysis.Edit{s.replace(n, c+".get("+key+", "+empty+")")}, score: scoreKeyGet,
			}
		}
	}
	if simple {
		if f := s.pythonFilter(p); len(f) > 0 {
			return append(out, f...)
		}
		out = append(out, s.forms(p)...)
	}
	return out
}

// pythonGrown is what a value is that is grown by a method.
var pythonGrown = map[string]string{
	"append": "[]", "extend": "[]", "insert": "[]", "add": "set()", "update": "{}", "setdefault": "{}", "items": "", "keys": "", "values": "",
}

// pythonWanted is the empty value of what the place of n wants, "" where it does
// not show.
func (s *site) pythonWanted(n int32) string {
	p := s.up(n)
	switch {
	case s.is(p, "for_statement", "for_in_clause") && s.child(p, 1) == n:
		return "[]"
	case s.is(p, "binary_operator"):
		other := s.child(p, 0)
		if other == n {
			other = s.child(p, -1)
		}
		switch {
		case s.is(other, "string"):
			return s.quote("")
		case s.is(other, "list", "list_comprehension"):
			return "[]"
		}
		return "0"
	case s.is(p, "argument_list"):
		switch s.of(s.child(s.up(p), 0)) {
		case "len", "sorted", "list", "set", "tuple", "enumerate", "sum", "any", "all":
			return "[]"
		case "int", "float", "abs", "round":
			return "0"
		}
	}
	return ""
}

// pythonBounds drafts for an index, an unpacking, or an iterator past its end.
func pythonBounds(s *site) []draft {
	var out []draft
	switch {
	case s.typ == "StopIteration":
		for _, n := range s.onLine("call") {
			if args := s.child(n, 1); s.of(s.child(n, 0)) == "next" && len(s.named(args)) == 1 {
				out = append(out, draft{
					maker: "bounds-default", title: "Give next a default", fix: analysis.FixAddBoundsCheck,
					edits: []analysis.Edit{put(s.span(s.child(args, 0)).End, s.defaultAfter(s.child(args, 0), "None"))}, score: scoreKeyMethod,
				})
			}
		}
		return out
	case strings.Contains(s.msg, "values to unpack"):
		return s.pythonUnpacked()
	case strings.HasPrefix(s.msg, "pop from"):
		for _, n := range s.onLine("call") {
			attr := s.child(n, 0)
			coll := s.child(attr, 0)
			if name := s.of(s.child(attr, -1)); s.is(attr, "attribute") && (name == "pop" || name == "popleft") && s.path(coll) {
				out = append(out, s.pythonEmptyCheck(n, coll)...)
			}
		}
		return out
	}
	rank := 0
	for _, n := range s.onLine("subscript") {
		coll, index := s.child(n, 0), s.child(n, 1)
		if index < 0 || s.is(index, "slice", "string") || len(s.named(n)) > 2 || s.is(s.up(n), "delete_statement") && s.is(coll, "call") {
			continue
		}
		for _, d := range s.pythonIndex(n, coll, index) {
			d.score *= share(rank)
			out = append(out, d)
		}
		rank++
	}
	return out
}

// pythonUnpacked drafts for "a, b = xs" where xs has another number of items.
func (s *site) pythonUnpacked() []draft {
	nums := numbers(s.msg)
	if len(nums) == 0 {
		return nil
	}
	var out []draft
	for _, n := range s.onLine("assignment") {
		left, right := s.child(n, 0), s.bare(s.child(n, -1))
		if !s.is(left, "pattern_list", "tuple_pattern") {
			continue
		}
		if f, args := s.child(right, 0), s.named(s.child(right, 1)); s.is(right, "call") && s.is(f, "attribute") && len(s.named(left)) == 2 && nums[0] == 2 {
			// k, v = line.split("=") is k, _, v = line.partition("=").
			name := s.of(s.child(f, -1))
			if (name == "split" || name == "rsplit") && (len(args) == 1 && s.is(args[0], "string") || len(args) == 2 && s.of(args[1]) == "1") && !s.uses(n, "_") {
				edits := []analysis.Edit{put(s.span(s.child(left, 0)).End, ", _"), s.replace(s.child(f, -1), strings.Replace(name, "split", "partition", 1))}
				if len(args) == 2 {
					edits = append(edits, analysis.Edit{Span: analysis.Span{Start: s.span(args[0]).End, End: s.span(args[1]).End}})
				}
				out = append(out, draft{maker: "bounds-default", title: "Split with partition, which always gives both", fix: analysis.FixAddBoundsCheck, edits: edits, score: scoreBounds})
			}
		}
		c := s.of(right)
		if !s.path(right) || s.checked(n, c) {
			continue
		}
		p := plan{maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: right, score: scoreBounds}
		switch k := itoa(nums[0]); {
		case len(nums) == 2 && nums[1] == 0:
			p.bad, p.what = "not "+c, short(c)+" is empty"
		case strings.Contains(s.msg, "at least"):
			p.bad, p.what = "len("+c+") < "+k, short(c)+" has fewer than "+k
		default:
			p.bad, p.what = "len("+c+") != "+k, short(c)+" has not "+k
		}
		out = append(out, s.before(p)...)
	}
	return out
}

// defaultAfter is a second argument, with the parentheses that a generator without
// its own needs left to the parser: nothing is drafted that does not parse.
func (s *site) defaultAfter(n int32, value string) string {
	if s.is(n, "generator_expression") && !strings.HasPrefix(s.of(n), "(") {
		return ""
	}
	return ", " + value
}

func (s *site) pythonEmptyCheck(n, coll int32) []draft {
	c := s.of(coll)
	if s.checked(n, c) {
		return nil
	}
	return s.forms(plan{
		maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: n, bad: "not " + c, good: c, what: short(c) + " is empty", score: scoreBounds,
	})
}

func (s *site) pythonIndex(n, coll, index int32) []draft {
	c, i := s.of(coll), s.of(index)
	if s.covered(n, c, i) {
		return nil
	}
	out := s.pythonRange(n, c, index)
	if !s.path(coll) && (!s.arithmetic(coll) || strings.Contains(c, "\n")) {
		return out
	}
	switch {
	case i == "0" || i == "-1":
		return append(out, s.pythonEmptyCheck(n, coll)...)
	case s.is(index, "integer"):
		if s.checked(n, "len("+c+")") {
			return out
		}
		k := i
		next := numbers(i)
		if len(next) != 1 {
			return out
		}
		k = itoa(next[0] + 1)
		return append(out, s.forms(plan{
			maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: n, bad: "len(" + c + ") < " + k, good: "len(" + c + ") >= " + k,
			what: short(c) + " has fewer than " + k, score: scoreBounds,
		})...)
	case s.is(index, "identifier", "attribute", "binary_operator") && !strings.Contains(i, "\n") && s.arithmetic(index):
		if s.checked(n, "len("+c+")", i) {
			return out
		}
		return append(out, s.forms(plan{
			maker: "bounds-check", fix: analysis.FixAddBoundsCheck, node: n, bad: i + " >= len(" + c + ")", good: i + " < len(" + c + ")",
			what: short(i) + " is past the end of " + short(c), score: scoreBounds,
		})...)
	}
	return out
}

// covered reports whether a loop gives the index just what coll has.
func (s *site) covered(n int32, coll, index string) bool {
	for loop := s.around(n, "for_statement"); loop >= 0; loop = s.around(loop, "for_statement") {
		if s.of(s.child(loop, 0)) == index {
			return s.of(s.child(loop, 1)) == "range(len("+coll+"))"
		}
	}
	return false
}

// arithmetic reports whether n is made of paths and sums.
func (s *site) arithmetic(n int32) bool {
	for _, c := range s.within(n, "call", "call_expression", "string", "method_invocation", "invocation_expression", "function_call_expression", "update_expression", "postfix_unary_expression") {
		if s.of(s.child(c, 0)) != "len" {
			return false
		}
	}
	return true
}

// pythonRange drafts a bound of a loop that goes one too far.
func (s *site) pythonRange(n int32, coll string, index int32) []draft {
	length := "len(" + coll + ")"
	name, ahead := s.ahead(index)
	if name == "" {
		return nil
	}
	var out []draft
	for loop := s.around(n, append([]string{"for_statement", "while_statement"}, pythonComprehensions...)...); loop >= 0; loop = s.around(loop, append([]string{"for_statement", "while_statement"}, pythonComprehensions...)...) {
		if s.is(loop, "while_statement") {
			for _, c := range s.within(s.child(loop, 0), "comparison_operator") {
				if o := s.all(c); len(o) == 3 && s.of(o[0]) == name && s.of(o[1]) == "<=" && s.of(o[2]) == length && ahead == 0 {
					out = append(out, s.loopBound(s.replace(o[1], "<"), name+" <= "+length, name+" < "+length))
				}
			}
			continue
		}
		clause := loop
		if !s.is(loop, "for_statement") {
			clause = s.childOf(loop, "for_in_clause")
		}
		call := s.child(clause, 1)
		if s.of(s.child(clause, 0)) != name || !s.is(call, "call") || s.of(s.child(call, 0)) != "range" {
			continue
		}
		args := s.named(s.child(call, 1))
		if len(args) == 0 || len(args) > 2 {
			continue
		}
		end := args[len(args)-1]
		text := strings.ReplaceAll(s.of(end), " ", "")
		want := length
		switch ahead {
		case 0:
		default:
			want = length + " - " + itoa(ahead)
		}
		switch {
		case text == length && ahead > 0, text == length+"+1" && ahead == 0, text == length+"+1" && ahead > 0:
			out = append(out, s.loopBound(s.replace(end, want), s.of(end), want))
		}
	}
	return out
}

// ahead reads an index as a name and what is added to it; "" for another one.
func (s *site) ahead(index int32) (name string, by int) {
	index = s.bare(index)
	switch {
	case s.is(index, "identifier", "variable_name"):
		return s.of(index), 0
	case s.is(index, "binary_operator", "binary_expression", "binary") && s.operator(index) == "+":
		l, r := s.child(index, 0), s.child(index, -1)
		if n := numbers(s.of(r)); s.is(l, "identifier", "variable_name") && len(n) == 1 && isDigits(s.of(r)) {
			return s.of(l), n[0]
		}
	}
	return "", 0
}

func isDigits(e string) bool {
	return e != "" && strings.Trim(e, "0123456789") == "" && len(e) < 6
}

// loopBound is the draft of another bound of a loop.
func (s *site) loopBound(e analysis.Edit, old, now string) draft {
	return draft{
		maker: "loop-bound", title: "End the loop at " + short(now) + " instead of " + short(old), fix: analysis.FixAddBoundsCheck,
		edits: []analysis.Edit{e}, score: scoreLoopBound,
	}
}

// pythonDivision drafts for a division by zero.
func pythonDivision(s *site) []draft {
	if s.typ != "ZeroDivisionError" {
		return nil
	}
	var out []draft
	for i, d := range s.divisors("binary_operator", "augmented_assignment") {
		e := s.of(d)
		bad, good, what := e+" == 0", e+" != 0", short(e)+" is 0"
		check := e
		if s.is(d, "call") && s.of(s.child(d, 0)) == "len" && s.path(s.child(s.child(d, 1), 0)) {
			check = s.of(s.child(s.child(d, 1), 0))
			bad, good, what = "not "+check, check, short(check)+" is empty"
		} else if !s.path(d) {
			continue
		}
		if s.checked(d, check) {
			continue
		}
		p := plan{maker: "zero-check", fix: analysis.FixAddBoundsCheck, node: d, bad: bad, good: good, what: what, score: scoreZero * share(i)}
		out = append(out, s.forms(p)...)
		if div := s.up(d); s.is(div, "binary_operator") {
			w := s.wrap(div, "", " if "+good+" else 0")
			if s.is(s.up(div), "binary_operator", "comparison_operator", "boolean_operator", "not_operator", "unary_operator") {
				w = s.wrap(div, "(", " if "+good+" else 0)")
			}
			out = append(out, draft{maker: "zero-default", title: "Take 0 when " + what, fix: p.fix, edits: w, score: p.score * 0.9})
		}
	}
	return out
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
