package identity

import (
	"regexp"
	"strings"
	"sync"

	"github.com/dejafix/dejafix/analysis"
)

// goRows come before goTable: messages whose rule go/types computes, those of
// the go command, and names where the table's first hole would end too early.
var goRows = []row{
	{"MissingFieldOrMethod", "%s undefined (%s)"},
	{"UndeclaredImportedName", "undefined: %s.%s"},
	{"UndeclaredName", "undefined: %s"},
	{"InvalidIfaceAssign", "cannot use %s as %s value in %s: %s does not implement %s"},
	{"InvalidIfaceAssign", "cannot use %s as %s value in %s: need type assertion"},
	{"IncompatibleAssign", "cannot use %s as %s value in %s: %s"},
	{"IncompatibleAssign", "cannot use %s as %s value in %s"},
	{"NumericOverflow", "cannot use %s as %s value in %s (overflows)"},
	{"TruncatedFloat", "cannot use %s as %s value in %s (truncated)"},
	{"WrongArgCount", "not enough arguments in call to %s"},
	{"WrongArgCount", "too many arguments in call to %s"},
	{"WrongResultCount", "not enough return values"},
	{"WrongResultCount", "too many return values"},
	{"UnusedExpr", "%s is not used"},
	{"UnusedResults", "defer discards result of %s"},
	{"UnusedResults", "go discards result of %s"},
	{"MismatchedTypes", "invalid operation: %s (mismatched types %s and %s)"},
	{"UndefinedOp", "invalid operation: operator %s not defined on %s"},
	{"InvalidCall", "invalid operation: cannot call %s: %s is not a function"},
	{"InvalidTypeArg", "%s does not satisfy %s"},
	{"UnusedImport", "%s imported and not used"},
	{"UnusedImport", "%s imported as %s and not used"},
	{"MissingLitField", "unknown field %s in struct literal of type %s"},
	{"MissingLitField", "unknown field %s in struct literal of type %s, but does have %s"},
	{"InvalidUntypedConversion", "cannot use %s as %s value in %s (cannot convert)"},
	{"InvalidLit", "invalid composite literal type %s"},
	{"DuplicateDecl", "%s redeclared in this block"},
	{"DuplicateMethod", "method %s already declared at %s"},
	{"ImportCycle", "import cycle not allowed"},
	{"InvalidDeclCycle", "invalid recursive type %s"},
}

// vetRows are messages that the analyzers put together, and one of gopls's own.
var vetRows = []row{
	{"unusedparams", "unused parameter: %s"},
	{"errorsas", "second argument to %s must be a non-nil pointer to either a type that implements error, or to any interface type"},
	{"errorsas", "second argument to %s should not be %s"},
}

// goWithout are messages of goTable that fit too much: another row is right.
var goWithout = map[string]bool{
	"%s.%s undefined (%s)":                                      true,
	"%s.%s undefined (type %s has no method %s)":                true,
	"invalid operation: %s %s= %s (mismatched types %s and %s)": true,
	"invalid operation: %s %s %s (%s)":                          true,
	"undefined: %s":                                             true,
}

// goClauses are what holes of a message may themselves say. They carry no
// rule.
var goClauses = []row{
	{"", "type %s has no field or method %s"},
	{"", "type %s has no field or method %s, but does have field %s"},
	{"", "type %s has no field or method %s, but does have method %s"},
	{"", "type %s has no method %s"},
	{"", "type %s is pointer to interface, not interface"},
	{"", "type %s is pointer to type parameter, not type parameter"},
	{"", "cannot refer to unexported field %s"},
	{"", "cannot refer to unexported method %s"},
	{"", "%s does not implement %s (missing method %s)"},
	{"", "%s does not implement %s (wrong type for method %s)"},
	{"", "%s does not implement %s (method %s has pointer receiver)"},
	{"", "%s does not implement %s (unexported method %s)"},
	{"", "%s (missing method %s)"},
	{"", "%s (wrong type for method %s)"},
	{"", "%s (method %s has pointer receiver)"},
	{"", "%s (%s missing in %s)"},
	{"", "%s: missing method %s"},
	{"", "argument to %s"},
	{"", "%s not in selector"},
	{"", "no required module provides package %s"},
	{"", "variable of type %s"},
}

// goContexts are holes after "in" that are part of what a message says.
var goContexts = map[string]bool{
	"assignment": true, "variable declaration": true, "constant declaration": true, "return statement": true,
	"struct literal": true, "array or slice literal": true, "map literal": true, "range clause": true,
	"send": true, "index": true, "type switch": true, "range": true,
}

// A same is a message that two tools word differently, and the template that
// they share: its holes are those of the message after the first skip.
type same struct {
	rule, message, template string
	skip                    int
}

// goSame are messages of the type checker, the compiler and the go command.
var goSame = []same{
	{"BrokenImport", "could not import %s (%s)", "could not import ‹›", 0},
	{"BrokenImport", "no required module provides package %s; to add it:", "could not import ‹›", 0},
	{"BrokenImport", "no required module provides package %s", "could not import ‹›", 0},
	{"BrokenImport", "package %s is not in std (%s)", "could not import ‹›", 0},
	{"BrokenImport", "package %s is not in std", "could not import ‹›", 0},
	{"BrokenImport", "cannot find package %s in any of:", "could not import ‹›", 0},
	{"MisplacedBreak", "break not in for, switch, or select statement", "break not in for, switch, or select statement", 0},
	{"MisplacedBreak", "break is not in a loop, switch, or select", "break not in for, switch, or select statement", 0},
	{"MisplacedContinue", "continue not in for statement", "continue not in for statement", 0},
	{"MisplacedContinue", "continue is not in a loop", "continue not in for statement", 0},
	{"UndeclaredLabel", "label %s not declared", "label ‹› not declared", 0},
	{"UndeclaredLabel", "label %s not defined", "label ‹› not declared", 0},
	{"UnusedLabel", "label %s declared and not used", "label ‹› declared and not used", 0},
	{"UnusedLabel", "label %s defined and not used", "label ‹› declared and not used", 0},
	{"UnusedVar", "%s declared and not used", "declared and not used: ‹›", 0},
	{"UnusedVar", "declared and not used: %s", "declared and not used: ‹›", 0},
}

// goSyntax are errors of the two parsers: go/parser for gopls and vet, and the
// compiler's own.
var goSyntax = []same{
	{SyntaxError, "missing ',' before newline in %s", "missing ',' in ‹›", 0},
	{SyntaxError, "missing ',' in %s", "missing ',' in ‹›", 0},
	{SyntaxError, "unexpected newline in %s; possibly missing comma or )", "missing ',' in ‹›", 0},
	{SyntaxError, "unexpected newline in %s; possibly missing comma or }", "missing ',' in ‹›", 0},
	{SyntaxError, "unexpected newline in %s; possibly missing comma or ]", "missing ',' in ‹›", 0},
	{SyntaxError, "unexpected %s in %s; possibly missing comma or )", "missing ',' in ‹›", 1},
	{SyntaxError, "unexpected %s in %s; possibly missing comma or }", "missing ',' in ‹›", 1},
	{SyntaxError, "unexpected %s in %s; possibly missing comma or ]", "missing ',' in ‹›", 1},
	{SyntaxError, "expected declaration, found %s", "expected declaration", 0},
	{SyntaxError, "non-declaration statement outside function body", "expected declaration", 0},
	{SyntaxError, "string literal not terminated", "string literal not terminated", 0},
	{SyntaxError, "newline in string", "string literal not terminated", 0},
	{SyntaxError, "string not terminated", "string literal not terminated", 0},
	{SyntaxError, "raw string literal not terminated", "raw string literal not terminated", 0},
	{SyntaxError, "illegal rune literal", "illegal rune literal", 0},
	{SyntaxError, "more than one character in rune literal", "illegal rune literal", 0},
	{SyntaxError, "rune literal not terminated", "rune literal not terminated", 0},
	{SyntaxError, "newline in rune literal", "rune literal not terminated", 0},
	{SyntaxError, "comment not terminated", "comment not terminated", 0},
	{SyntaxError, "expected boolean expression, found %s", "cannot use ‹› as value", 0},
	{SyntaxError, "cannot use %s as value", "cannot use ‹› as value", 0},
	{SyntaxError, "expected ';', found %s", "expected ';', found ‹›", 0},
	{SyntaxError, "unexpected %s at end of statement", "expected ';', found ‹›", 0},
	{SyntaxError, "unexpected %s after top level declaration", "expected ';', found ‹›", 0},
	{SyntaxError, "expected operand, found %s", "expected expression, found ‹›", 0},
	{SyntaxError, "unexpected %s, expected expression", "expected expression, found ‹›", 0},
	{SyntaxError, "unexpected %s, expected }", "expected '}', found ‹›", 0},
	{SyntaxError, "expected '}', found %s", "expected '}', found ‹›", 0},
	{SyntaxError, "expected statement, found %s", "expected '}', found ‹›", 0},
	{SyntaxError, "unexpected %s, expected { after %s", "expected '{', found ‹›", 0},
	{SyntaxError, "unexpected %s, expected {", "expected '{', found ‹›", 0},
	{SyntaxError, "expected '{', found %s", "expected '{', found ‹›", 0},
	{SyntaxError, "unexpected %s, expected name", "expected name, found ‹›", 0},
	{SyntaxError, "expected 'IDENT', found %s", "expected name, found ‹›", 0},
	{SyntaxError, "unexpected %s, expected type", "expected type, found ‹›", 0},
	{SyntaxError, "expected type, found %s", "expected type, found ‹›", 0},
	{SyntaxError, "unexpected %s, expected %s", "expected ‹›, found ‹›", 0},
	{SyntaxError, "expected %s, found %s", "expected ‹›, found ‹›", 0},
	{SyntaxError, "unexpected semicolon or newline before %s", "unexpected semicolon or newline before ‹›", 0},
	{SyntaxError, "missing condition in %s statement", "missing condition in ‹› statement", 0},
	{SyntaxError, "else must be followed by if or statement block", "else must be followed by if or statement block", 0},
	{SyntaxError, "method has multiple receivers", "method has multiple receivers", 0},
	{SyntaxError, "expression in %s must be function call", "expression in ‹› must be function call", 0},
	{SyntaxError, "expression in %s must not be parenthesized", "expression in ‹› must not be parenthesized", 0},
}

type goTables struct{ compiler, vet, clauses, syntax table }

var goAll = sync.OnceValue(func() goTables {
	var compiler, vet []row
	for _, r := range goTable {
		if goWithout[r.message] {
			continue
		}
		if goAnalyzers[r.rule] {
			vet = append(vet, r)
		} else {
			compiler = append(compiler, r)
		}
	}
	return goTables{
		// goSame and goRows stand before the table where both are as special.
		compiler: append(newSame(goSame), newTable(goRows, compiler)...),
		vet:      newTable(vetRows, vet),
		clauses:  newTable(goClauses),
		syntax:   newSame(goSyntax),
	}
})

func newSame(list []same) table {
	rows := make([]row, len(list))
	byMessage := make(map[string]same, len(list))
	for i, r := range list {
		rows[i] = row{r.rule, r.message}
		byMessage[r.message] = r
	}
	t := newTable(rows)
	for i := range t {
		r := byMessage[strings.Join(t[i].parts, "%s")]
		t[i].template, t[i].skip = r.template, r.skip
	}
	return t
}

// appendix is what is put after messages: how many more errors go vet found and
// does not print, and where gopls shows the other place.
var appendix = regexp.MustCompile(` \((?:and \d+ more errors|see details)\)$`)

// goIdentity takes the rule from the tool where it gives one, else from the
// tables; the golden test holds that both are the same.
func goIdentity(d analysis.Diagnostic, line string) (string, string, []analysis.Capture) {
	off := 0
	if rest, ok := strings.CutPrefix(line, "vet: "); ok {
		line, off = rest, len(line)-len(rest)
	}
	if loc := appendix.FindStringIndex(line); loc != nil {
		line = line[:loc[0]]
	}
	rest, printed := strings.CutPrefix(line, "syntax error: ")
	if printed {
		line, off = rest, off+len("syntax error: ")
	}
	t := goAll()
	if printed || d.Source == "syntax" {
		return goSyntaxIdentity(t, line, off)
	}
	rule := d.Code
	if rule == "default" || rule == "" {
		rule = goSource(d.Source)
	}
	for _, list := range []table{t.compiler, t.vet} {
		s, caps := list.find(line, off)
		if s == nil || rule != "" && s.rule != rule {
			continue
		}
		if s.template != "" {
			return s.rule, s.template, s.kept(caps)
		}
		tmpl, caps := expand(t, s, line, off, caps)
		return s.rule, tmpl, caps
	}
	if rule == "" {
		// The compiler's scanner and go vet do not say that they speak of syntax.
		if s, _ := t.syntax.find(line, off); s != nil {
			return goSyntaxIdentity(t, line, off)
		}
	}
	tmpl, caps := template(line)
	for i := range caps {
		caps[i].Span.Start += off
		caps[i].Span.End += off
	}
	return rule, tmpl, caps
}

// goSource is the rule of a diagnostic whose analyzer is its source. The names
// of commands are no rules.
func goSource(source string) string {
	switch source {
	case "compiler", "go build", "go vet", "go list", "go", "gopls":
		return ""
	case "nonewvars", "noresultvalues", "fillreturns", "undeclaredname", "unusedvariable", "stubmethods":
		return "" // gopls says a compiler's error again, to offer its fix
	}
	return source
}

// kept are the captures that the shape's template has holes for.
func (s *shape) kept(caps []analysis.Capture) []analysis.Capture {
	caps = caps[min(s.skip, len(caps)):]
	return caps[:min(strings.Count(s.template, Hole), len(caps))]
}

func goSyntaxIdentity(t goTables, line string, off int) (string, string, []analysis.Capture) {
	s, caps := t.syntax.find(line, off)
	if s == nil {
		tmpl, caps := template(line)
		for i := range caps {
			caps[i].Span.Start += off
			caps[i].Span.End += off
		}
		return SyntaxError, tmpl, caps
	}
	return SyntaxError, s.template, s.kept(caps)
}

// expand makes the template of a message that has a shape: holes that say
// something themselves keep their words.
func expand(t goTables, s *shape, line string, off int, holes []analysis.Capture) (string, []analysis.Capture) {
	var b strings.Builder
	var caps []analysis.Capture
	last := off
	for i, h := range holes {
		b.WriteString(line[last-off : h.Span.Start-off])
		last = h.Span.End
		if goContexts[h.Text] && strings.HasSuffix(line[:h.Span.Start-off], " in ") {
			b.WriteString(h.Text)
			continue
		}
		if n := strings.LastIndexByte(h.Text, '.'); i == 0 && n > 0 && n+1 < len(h.Text) && s.rule == "MissingFieldOrMethod" {
			// x.name, where x may be any expression.
			caps = append(caps,
				analysis.Capture{Text: h.Text[:n], Span: analysis.Span{Start: h.Span.Start, End: h.Span.Start + n}},
				analysis.Capture{Text: h.Text[n+1:], Span: analysis.Span{Start: h.Span.Start + n + 1, End: h.Span.End}})
			b.WriteString(Hole + "." + Hole)
			continue
		}
		caps = clause(t, &b, h.Text, h.Span.Start, caps, 0)
	}
	b.WriteString(line[last-off:])
	return b.String(), caps
}

// operand is how go/types prints an expression with what it is.
var operand = regexp.MustCompile(`^(.+?) \(((?:untyped [a-z]+ |variable |value |constant |built-in |no value|type |map index |comma, ok |nil).*)\)$`)

// operandType finds the type in an operand's description.
var operandType = regexp.MustCompile(`^[a-z, ]*?(?:constant .+? )?of (?:[a-z]+ )?type (.+)$`)

// quantity is a number of things, or of one.
var quantity = regexp.MustCompile(`^(\d+) (variable|value|arg|argument|type argument|result)s?$`)

// clause writes the template of one hole.
func clause(t goTables, b *strings.Builder, text string, at int, caps []analysis.Capture, depth int) []analysis.Capture {
	hole := func(start, end int) {
		b.WriteString(Hole)
		caps = append(caps, analysis.Capture{Text: text[start:end], Span: analysis.Span{Start: at + start, End: at + end}})
	}
	if text == "not enough" || text == "too many" {
		b.WriteString(text)
		return caps
	}
	if n := len(text); n > 1 && (text[0] == '"' || text[0] == '`') && text[n-1] == text[0] && strings.IndexByte(text[1:n-1], text[0]) < 0 {
		b.WriteByte(text[0])
		hole(1, n-1)
		b.WriteByte(text[0])
		return caps
	}
	if m := quantity.FindStringSubmatchIndex(text); m != nil {
		hole(m[2], m[3])
		b.WriteString(" " + text[m[4]:m[5]] + "s")
		return caps
	}
	if depth < 2 {
		if s, holes := t.clauses.find(text, at); s != nil {
			last := 0
			for _, h := range holes {
				b.WriteString(text[last : h.Span.Start-at])
				caps = clause(t, b, h.Text, h.Span.Start, caps, depth+1)
				last = h.Span.End - at
			}
			b.WriteString(text[last:])
			return caps
		}
	}
	m := operand.FindStringSubmatchIndex(text)
	if m == nil {
		hole(0, len(text))
		return caps
	}
	hole(m[2], m[3])
	// What kind of operand it is, a variable or a constant, is not what is
	// wrong with it.
	b.WriteString(" (")
	if k := operandType.FindStringSubmatchIndex(text[m[4]:m[5]]); k != nil {
		b.WriteString("of type ")
		hole(m[4]+k[2], m[4]+k[3])
	} else {
		hole(m[4], m[5])
	}
	b.WriteString(")")
	return caps
}
