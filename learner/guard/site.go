package guard

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/trace"
)

// maxPiece is the most of a text that is copied out of its tree: the largest
// function around the failing line that is not longer, in bytes. A function of 700
// lines has about 24 KB; copying them takes 2 ms.
const maxPiece = 24 << 10

// none is no node.
const none int32 = -1

// A site is the place of a failure: its line, what failed there, and the syntax
// around it.
type site struct {
	text     string
	lang     *syntax.Language
	id       *idiom
	line     analysis.Span // the failing line, without the blanks around it
	kind     analysis.IssueKind
	typ      string // of the exception, "" for none
	msg      string // its first line
	variable string // what the message or the line names, "" for nothing

	f     *syntax.Fragment
	kinds []string // of the fragment's nodes
	unit  string   // of indentation, "" until asked for
}

func newSite(tree *syntax.Tree, id *idiom, d analysis.Diagnostic) *site {
	text := tree.Text()
	if d.Span.Start < 0 || d.Span.End > len(text) || d.Span.Start >= d.Span.End {
		return nil
	}
	line := syntax.LineAt(text, d.Span.Start)
	body := strings.TrimSpace(text[line.Start:line.End])
	if body == "" {
		return nil
	}
	line.Start += strings.Index(text[line.Start:line.End], body)
	line.End = line.Start + len(body)
	s := &site{text: text, lang: tree.Language(), id: id, line: line, typ: d.Code}
	if s.typ == "failed" {
		s.typ = "" // a test failed without an exception
	}
	s.msg, _, _ = strings.Cut(strings.TrimSpace(d.Message), "\n")
	t := analysis.Trace{
		Language: cmp.Or(id.trace, s.lang.Family), Type: s.typ, Message: s.msg,
		Frames: []analysis.Frame{{File: "x", Line: 1, InApp: true, Text: body}},
	}
	trace.Analyse(&t, trace.Known{})
	if len(t.Issues) == 0 {
		return nil
	}
	s.kind, s.variable = t.Issues[0].Kind, t.Issues[0].Variable
	s.f = tree.Fragment(false, s.piece(tree)...)
	s.kinds = make([]string, len(s.f.Nodes))
	for i := range s.f.Nodes {
		s.kinds[i] = s.f.Nodes[i].Kind.String()
	}
	return s
}

// piece is what is looked at: the largest function around the failing line that is
// not too long, else what stands around the line at the top of the file.
func (s *site) piece(tree *syntax.Tree) []analysis.Span {
	path := tree.Path(analysis.Span{Start: s.line.Start, End: s.line.Start + 1})
	for _, n := range path {
		if n.Named && n.Span.Len() <= maxPiece && (slices.Contains(s.id.functions, n.Kind.String()) || n.Span.Len() == len(s.text)) {
			return []analysis.Span{n.Span}
		}
	}
	if len(s.text) <= maxPiece {
		return []analysis.Span{{End: len(s.text)}}
	}
	from := syntax.LineAt(s.text, max(s.line.Start-maxPiece/4, 0)).Start
	return []analysis.Span{{Start: from, End: syntax.LineAt(s.text, min(s.line.End+maxPiece/4, len(s.text))).End}}
}

// The reading of the fragment. A node is its number, none for no node.

func (s *site) is(n int32, kinds ...string) bool {
	return n >= 0 && slices.Contains(kinds, s.kinds[n])
}

func (s *site) of(n int32) string {
	if n < 0 {
		return ""
	}
	return s.text[s.f.Nodes[n].Start:s.f.Nodes[n].End]
}

func (s *site) span(n int32) analysis.Span {
	return analysis.Span{Start: int(s.f.Nodes[n].Start), End: int(s.f.Nodes[n].End)}
}

func (s *site) up(n int32) int32 {
	if n < 0 {
		return none
	}
	return s.f.Nodes[n].Parent
}

// all are the children of n, punctuation too.
func (s *site) all(n int32) []int32 {
	var out []int32
	if n < 0 {
		return nil
	}
	for c := s.f.Nodes[n].First; c >= 0; c = s.f.Nodes[c].Next {
		out = append(out, c)
	}
	return out
}

// named are the children of n that are no punctuation.
func (s *site) named(n int32) []int32 {
	return slices.DeleteFunc(s.all(n), func(c int32) bool { return !s.f.Nodes[c].Named })
}

// child is the i-th named child of n, from the end where i is negative.
func (s *site) child(n int32, i int) int32 {
	c := s.named(n)
	if i < 0 {
		i += len(c)
	}
	if i < 0 || i >= len(c) {
		return none
	}
	return c[i]
}

// childOf is the first child of n of one of kinds.
func (s *site) childOf(n int32, kinds ...string) int32 {
	for _, c := range s.all(n) {
		if s.is(c, kinds...) {
			return c
		}
	}
	return none
}

// within are the nodes at and below n of one of kinds, in the order of the text.
func (s *site) within(n int32, kinds ...string) []int32 {
	var out []int32
	if n < 0 {
		return nil
	}
	for i := n; i < s.f.Nodes[n].Last; i++ {
		if s.is(i, kinds...) {
			out = append(out, i)
		}
	}
	return out
}

// has reports whether n is at or above c.
func (s *site) has(n, c int32) bool {
	return n >= 0 && c >= n && c < s.f.Nodes[n].Last
}

// around is the nearest node above n of one of kinds.
func (s *site) around(n int32, kinds ...string) int32 {
	for p := s.up(n); p >= 0; p = s.up(p) {
		if s.is(p, kinds...) {
			return p
		}
	}
	return none
}

// onLine are the nodes of one of kinds of which a part that tells them apart, their
// last child with a name, begins on the failing line.
func (s *site) onLine(kinds ...string) []int32 {
	var out []int32
	for i := range s.f.Nodes {
		n := int32(i)
		if int(s.f.Nodes[n].Start) > s.line.End {
			break
		}
		if !s.is(n, kinds...) || int(s.f.Nodes[n].End) < s.line.Start {
			continue
		}
		at := n
		if c := s.child(n, -1); c >= 0 {
			at = c
		}
		if start := int(s.f.Nodes[at].Start); start >= s.line.Start && start < s.line.End {
			out = append(out, n)
		}
	}
	return out
}

// function is the function that n is in, none at the top of the file.
func (s *site) function(n int32) int32 { return s.around(n, s.id.functions...) }

// bare is n without the parentheses around it.
func (s *site) bare(n int32) int32 {
	for s.is(n, "parenthesized_expression", "parenthesized_statements") {
		c := s.child(n, 0)
		if c < 0 {
			break
		}
		n = c
	}
	return n
}

// operator is the text of a binary expression's operator.
func (s *site) operator(n int32) string {
	c := s.all(n)
	if len(c) != 3 {
		return ""
	}
	return s.of(c[1])
}

// path reports whether n can be read twice without a difference: names, members,
// and items at a name or a constant.
func (s *site) path(n int32) bool {
	if n < 0 || s.f.Nodes[n].Partial || s.f.Nodes[n].End-s.f.Nodes[n].Start > 80 || strings.Contains(s.of(n), "\n") {
		return false
	}
	for i := n; i < s.f.Nodes[n].Last; i++ {
		if s.f.Nodes[i].Named && !s.is(i, s.id.plain...) {
			return false
		}
	}
	return true
}

// root is the name that a path begins with.
func (s *site) root(n int32) string {
	if n < 0 {
		return ""
	}
	return s.f.Tok(s.f.Nodes[n].Tok0)
}

// statement is the statement of a block that n is in, where a check could stand
// before it on a line of its own: none where n is evaluated later, or again and
// again, or only sometimes.
func (s *site) statement(n int32) int32 {
	for c := n; c >= 0; c = s.up(c) {
		p := s.up(c)
		switch {
		case p < 0 || s.f.Nodes[c].Partial:
			return none
		case s.is(p, s.id.blocks...):
			if !s.first(c) || s.binds(c, n) {
				return none
			}
			return c
		case s.is(c, s.id.functions...), s.is(c, s.id.clauses...):
			return none
		case s.is(c, s.id.statements...) && !s.is(p, s.id.wrappers...):
			return none // the body of a statement that has no block
		}
	}
	return none
}

// binds reports whether the statement stmt gives the name that n begins with a
// value before n is reached, or after it in a loop that comes back to n.
func (s *site) binds(stmt, n int32) bool {
	name := s.root(n)
	for _, a := range s.within(stmt, s.id.assignments...) {
		left := s.child(a, 0)
		if left < 0 || s.has(left, n) || s.has(a, n) && !s.is(a, s.id.loops...) {
			continue
		}
		if a > n && !s.is(stmt, "while_statement") {
			break
		}
		for i := left; i < s.f.Nodes[left].Last; i++ {
			if s.of(i) == name && s.f.Nodes[i].First < 0 && !s.is(s.up(i), "attribute", "member_expression", "selector_expression", "subscript", "subscript_expression", "index_expression", "field_access") {
				return true
			}
		}
	}
	return false
}

// first reports whether n begins its line.
func (s *site) first(n int32) bool {
	start := int(s.f.Nodes[n].Start)
	return strings.TrimSpace(s.text[syntax.LineAt(s.text, start).Start:start]) == ""
}

// indent is the white space before the line that n begins in.
func (s *site) indent(n int32) string { return s.indentAt(int(s.f.Nodes[n].Start)) }

func (s *site) indentAt(at int) string {
	start := syntax.LineAt(s.text, at).Start
	end := start
	for end < len(s.text) && (s.text[end] == ' ' || s.text[end] == '\t') {
		end++
	}
	return s.text[start:end]
}

// loop is the loop in whose body n is, none beyond a function.
func (s *site) loop(n int32) int32 {
	for p := n; p >= 0; {
		c := p
		p = s.up(p)
		if s.is(p, s.id.functions...) {
			return none
		}
		if s.is(p, s.id.loops...) && (s.is(c, s.id.bodies...) || s.is(c, s.id.blocks...)) {
			return p
		}
	}
	return none
}

// mentions reports whether a path equal to want stands in n, not as the beginning
// of a longer one.
func (s *site) mentions(n int32, want string) bool {
	if n < 0 {
		return false
	}
	for i := n; i < s.f.Nodes[n].Last; i++ {
		if s.of(i) == want && s.f.Nodes[i].Named {
			return true
		}
	}
	return false
}

// checked reports whether a condition that was passed on the way to n speaks of
// the path want already, in words that want and a null, a length or the path alone
// make: another check of it would do nothing.
func (s *site) checked(n int32, want string, words ...string) bool {
	return s.checkedIn(n, want, true, words...)
}

// checkedIn is checked, with or without the conditions of loops.
func (s *site) checkedIn(n int32, want string, loops bool, words ...string) bool {
	return s.passed(n, loops, func(cond int32) bool {
		if !s.mentions(cond, want) {
			return false
		}
		if len(words) == 0 {
			return true
		}
		text := s.of(cond)
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		// The path alone, or its negation, is a check too.
		return s.itself(cond, want)
	})
}

// there reports whether the very check of p stands on the way to its expression:
// one that asks for something else was not enough.
func (s *site) there(p plan) bool {
	return s.passed(p.node, true, func(cond int32) bool {
		text := s.of(cond)
		return strings.Contains(text, p.bad) || p.good != "" && (strings.Contains(text, p.good) && !isName(p.good) || s.itself(cond, p.good))
	})
}

// passed reports whether speaks is true of a condition that decides whether n is
// reached: of a statement or an operand around it, or of an if before it that is
// left by, or gives the name another value.
func (s *site) passed(n int32, loops bool, speaks func(cond int32) bool) bool {
	for c := n; c >= 0; {
		p := s.up(c)
		if p < 0 {
			return false
		}
		if s.is(p, s.id.conditionals...) && (loops || !s.is(p, s.id.loops...)) {
			if cond := s.condition(p); cond >= 0 && cond != c && !s.has(cond, n) && speaks(cond) {
				return true
			}
		}
		if s.is(p, "binary_expression", "boolean_operator", "binary", "binary_operator") && s.child(p, 0) != c {
			if op := s.operator(p); op == "&&" || op == "and" || op == "||" || op == "or" {
				if speaks(s.child(p, 0)) {
					return true
				}
			}
		}
		if s.is(p, s.id.blocks...) {
			for _, sib := range s.named(p) {
				if sib == c {
					break
				}
				if i := s.ifOf(sib); i >= 0 && s.settles(i, s.root(n)) {
					if cond := s.condition(i); cond >= 0 && speaks(cond) {
						return true
					}
				}
			}
		}
		if s.is(p, s.id.functions...) {
			return false
		}
		c = p
	}
	return false
}

// settles reports whether an if is left by, or gives a name another value: what
// comes after it is in another state than its condition says.
func (s *site) settles(stmt int32, name string) bool {
	cond := s.condition(stmt)
	for i := stmt + 1; i < s.f.Nodes[stmt].Last; i++ {
		if s.has(cond, i) {
			continue
		}
		if s.is(i, leaving...) {
			return true
		}
		if s.is(i, s.id.assignments...) && s.root(s.child(i, 0)) == name {
			// What a call gives may be nothing again.
			value := s.child(i, -1)
			if s.is(value, "expression_list") {
				value = s.child(value, 0)
			}
			if !s.is(value, "call", "call_expression", "method_invocation", "invocation_expression", "await", "await_expression", "function_call_expression", "member_call_expression") ||
				startsWithAny(s.of(value), "make(", "new(") {
				return true
			}
		}
		if s.is(i, "call", "call_expression", "method_invocation", "macro_invocation", "function_call_expression", "invocation_expression") && startsWithAny(s.of(i), "panic(", "panic!(", "os.Exit(", "log.Fatal", "process.exit(", "sys.exit(", "exit(", "raise ", "fail(", "t.Fatal") {
			return true
		}
	}
	return false
}

// itself reports whether want is an operand of cond's logic by itself.
func (s *site) itself(cond int32, want string) bool {
	for i := cond; i < s.f.Nodes[cond].Last; i++ {
		if s.of(i) != want || !s.f.Nodes[i].Named {
			continue
		}
		p := s.up(i)
		if i == cond || s.is(p, "parenthesized_expression", "not_operator", "boolean_operator", "unary", "unary_expression", "unary_op_expression", "prefix_unary_expression") {
			return true
		}
		if s.is(p, "binary_expression", "binary") {
			if op := s.operator(p); op == "&&" || op == "||" {
				return true
			}
		}
	}
	return false
}

// ifOf is the if statement that a statement is.
func (s *site) ifOf(n int32) int32 {
	if s.is(n, "expression_statement") {
		n = s.child(n, 0)
	}
	if s.is(n, s.id.ifs...) {
		return n
	}
	return none
}

// condition is that of an if, a loop or a conditional expression.
func (s *site) condition(n int32) int32 {
	switch {
	case s.is(n, "conditional_expression") && s.lang.Family == "python":
		return s.child(n, 1)
	case s.is(n, "if_modifier", "unless_modifier"):
		return s.child(n, 1)
	case s.is(n, "if_statement") && s.lang.Family == "go":
		c := s.named(n)
		for _, k := range c {
			if s.is(k, "block") {
				break
			}
			if !s.is(k, "short_var_declaration", "assignment_statement", "expression_statement", "call_statement") {
				return k
			}
		}
		return none
	case s.is(n, "for_statement") && s.lang.Family == "go":
		c := s.child(n, 0)
		if s.is(c, "for_clause") {
			for _, k := range s.named(c) {
				if s.is(k, "binary_expression", "unary_expression", "call_expression", "identifier") {
					return k
				}
			}
			return none
		}
		if s.is(c, "range_clause", "block") {
			return none
		}
		return c
	case s.is(n, "for_statement"):
		for _, k := range s.named(n) {
			if s.is(k, "binary_expression", "unary_expression") {
				return k
			}
		}
		return none
	}
	return s.bare(s.child(n, 0))
}

// insert is an edit that puts lines before the line of a statement, in its
// indentation.
func (s *site) insert(stmt int32, lines ...string) analysis.Edit {
	at := syntax.LineAt(s.text, int(s.f.Nodes[stmt].Start)).Start
	return s.insertAt(at, s.indent(stmt), lines...)
}

func (s *site) insertAt(at int, indent string, lines ...string) analysis.Edit {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(indent + l + s.eol())
	}
	return analysis.Edit{Span: analysis.Span{Start: at, End: at}, New: b.String()}
}

// after is an edit that puts lines after the last line of a statement.
func (s *site) after(stmt int32, lines ...string) analysis.Edit {
	end := syntax.LineAt(s.text, int(s.f.Nodes[stmt].End)).End
	if strings.HasSuffix(s.text[:end], "\r") {
		end--
	}
	var b strings.Builder
	indent := s.indent(stmt)
	for _, l := range lines {
		b.WriteString(s.eol() + indent + l)
	}
	return analysis.Edit{Span: analysis.Span{Start: end, End: end}, New: b.String()}
}

// replace is an edit that puts text in the place of n.
func (s *site) replace(n int32, text string) analysis.Edit {
	return analysis.Edit{Span: s.span(n), New: text}
}

// put is an edit that inserts text at a place.
func put(at int, text string) analysis.Edit {
	return analysis.Edit{Span: analysis.Span{Start: at, End: at}, New: text}
}

// wrap are the edits that put text before and after n.
func (s *site) wrap(n int32, before, after string) []analysis.Edit {
	sp := s.span(n)
	return []analysis.Edit{put(sp.Start, before), put(sp.End, after)}
}

// indented are the edits that put head before a statement and indent it: for
// "if x:" and its like. tail, where it is not empty, ends the block.
func (s *site) indented(stmt int32, head []string, tail string) []analysis.Edit {
	indent := s.indent(stmt)
	edits := []analysis.Edit{s.insert(stmt, head...)}
	sp := s.span(stmt)
	for at := syntax.LineAt(s.text, sp.Start).Start; at < sp.End; {
		l := syntax.LineAt(s.text, at)
		if strings.TrimSpace(s.text[l.Start:l.End]) != "" {
			if at == syntax.LineAt(s.text, sp.Start).Start {
				edits[0].New += s.step()
			} else {
				edits = append(edits, put(at, s.step()))
			}
		}
		at = l.End + 1
	}
	if tail != "" {
		end := syntax.LineAt(s.text, sp.End).End
		if strings.HasSuffix(s.text[:end], "\r") {
			end--
		}
		edits = append(edits, put(end, s.eol()+indent+tail))
	}
	return edits
}

// eol is the text's line break.
func (s *site) eol() string {
	if k := strings.IndexByte(s.text, '\n'); k > 0 && s.text[k-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// step is one step of the text's indentation: what most lines are deeper than the
// line before, among the nearest.
func (s *site) step() string {
	if s.unit != "" {
		return s.unit
	}
	count := map[string]int{}
	before := ""
	for line := range strings.SplitSeq(s.near(), "\n") {
		body := strings.TrimLeft(line, " \t")
		if strings.TrimSpace(body) == "" || body[0] == '*' {
			continue
		}
		indent := line[:len(line)-len(body)]
		if more, ok := strings.CutPrefix(indent, before); ok && more != "" && (more == "\t" || more == "  " || more == "    " || more == "   ") {
			count[more]++
		}
		before = indent
	}
	s.unit = s.id.step
	best := 0
	for _, u := range [...]string{"    ", "  ", "\t", "   "} {
		if count[u] > best {
			s.unit, best = u, count[u]
		}
	}
	return s.unit
}

// near is the text around the failing line whose habits are followed.
func (s *site) near() string {
	from := syntax.LineAt(s.text, max(s.line.Start-8<<10, 0)).Start
	return s.text[from:min(s.line.End+4<<10, len(s.text))]
}

// quote writes a plain text as a string in the quotes that the file uses.
func (s *site) quote(text string) string {
	piece := s.near()
	q := `"`
	if strings.Count(piece, `'`) > strings.Count(piece, `"`) {
		q = `'`
	}
	if strings.Contains(text, q) || strings.ContainsAny(text, "\\\n{$#") {
		text = strings.NewReplacer(`\`, ``, `"`, "", `'`, "", "\n", " ", "{", "", "$", "", "#", "").Replace(text)
	}
	return q + text + q
}

// short is an expression for a title: what people can read at a glance.
func short(e string) string {
	e = strings.Join(strings.Fields(e), " ")
	if r := []rune(e); len(r) > 40 {
		e = string(r[:39]) + "…"
	}
	return e
}
