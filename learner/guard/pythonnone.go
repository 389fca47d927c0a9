package guard

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

var pythonComprehensions = []string{"list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}

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
				d.score *= guessShare
				out = append(out, d)
			}
		}
		return out
	case s.is(parent, "argument_list") && strings.Contains(s.msg, "is not iterable") && (s.path(n) || s.is(n, "call")):
		out := []draft{{
			maker: "nil-default", title: "Take an empty list when " + p.what, fix: analysis.FixAddNullCheck,
			edits: []analysis.Edit{put(s.span(n).End, " or []")}, score: score * secondShare,
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
	top := max(s.function(call), 0)
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
			edits: []analysis.Edit{e, s.replace(call, name)}, score: score * secondShare * w.share,
		})
	}
	return out
}

// uses reports whether a variable of a name stands in n.
func (s *site) uses(n int32, name string) bool {
	return slices.ContainsFunc(s.within(n, "identifier"), func(i int32) bool {
		p := s.up(i)
		member := s.is(p, "attribute") && s.child(p, 0) != i
		return s.of(i) == name && !member && (!s.is(p, "keyword_argument") || s.child(p, 0) != i)
	})
}

// pythonNone are the expressions that were None, by what the message says.
func (s *site) pythonNone() []int32 {
	var out []int32
	add := func(n int32) {
		if n >= 0 && s.of(n) != "self" && s.of(n) != "cls" && !s.is(n, "string", "integer", "list", "dictionary", "tuple", "none") && !slices.Contains(out, n) {
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
	case strings.Contains(m, "bad operand type for"), strings.Contains(m, "() argument must be"), strings.Contains(m, "() argument 1 must be"), strings.Contains(m, "os.PathLike object, not NoneType"):
		name := between(m, "bad operand type for ", "()")
		if name == "" && !strings.Contains(m, "PathLike") {
			name, _, _ = strings.Cut(m, "()")
		}
		for _, n := range s.onLine("call") {
			f := s.of(s.child(n, 0))
			if f == name || name == "" && (f == "open" || startsWithAny(f, "os.", "Path", "pathlib.", "shutil.")) {
				add(s.child(s.child(n, 1), 0))
			}
		}
		for _, n := range s.onLine("unary_operator") {
			if strings.Contains(m, "unary") {
				add(s.child(n, 0))
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
