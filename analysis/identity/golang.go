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
	{"UndeclaredLabel", "label %s not declared"},
	{"UndeclaredLabel", "label %s not defined"},
	{"MisplacedBreak", "break is not in a loop, switch, or select"},
	{"MisplacedContinue", "continue is not in a loop"},
	{"MismatchedTypes", "invalid operation: %s (mismatched types %s and %s)"},
	{"UndefinedOp", "invalid operation: operator %s not defined on %s"},
	{"InvalidCall", "invalid operation: cannot call %s: %s is not a function"},
	{"InvalidTypeArg", "%s does not satisfy %s"},
	{"UnusedImport", "%s imported and not used"},
	{"UnusedImport", "%s imported as %s and not used"},
	{"UnusedVar", "%s declared and not used"},
	{"UnusedVar", "declared and not used: %s"},
	{"MissingLitField", "unknown field %s in struct literal of type %s"},
	{"MissingLitField", "unknown field %s in struct literal of type %s, but does have %s"},
	{"InvalidUntypedConversion", "cannot use %s as %s value in %s (cannot convert)"},
	{"InvalidLit", "invalid composite literal type %s"},
	{"DuplicateDecl", "%s redeclared in this block"},
	{"DuplicateMethod", "method %s already declared at %s"},
	{"BrokenImport", "no required module provides package %s; to add it:"},
	{"BrokenImport", "package %s is not in std (%s)"},
	{"BrokenImport", "package %s is not in std"},
	{"BrokenImport", "could not import %s (%s)"},
	{"ImportCycle", "import cycle not allowed"},
	{"InvalidDeclCycle", "invalid recursive type %s"},
	{"printf", "%s call needs %s but has %s"},
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

// goWords are holes that are part of what a message says.
var goWords = map[string]bool{
	"assignment": true, "variable declaration": true, "constant declaration": true, "return statement": true,
	"struct literal": true, "array or slice literal": true, "map literal": true, "range clause": true, "send": true,
	"index": true, "not enough": true, "too many": true, "missing": true, "type switch": true, "range": true,
}

// goSyntax gives errors of the two parsers (go/parser for gopls and vet, the
// compiler's own) the template that both share.
var goSyntax = []struct{ message, template string }{
	{"missing ',' before newline in %s", "missing ',' in ‹›"},
	{"missing ',' in %s", "missing ',' in ‹›"},
	{"unexpected newline in %s; possibly missing comma or )", "missing ',' in ‹›"},
	{"unexpected newline in %s; possibly missing comma or }", "missing ',' in ‹›"},
	{"unexpected newline in %s; possibly missing comma or ]", "missing ',' in ‹›"},
	{"expected declaration, found %s", "expected declaration"},
	{"non-declaration statement outside function body", "expected declaration"},
	{"string literal not terminated", "string literal not terminated"},
	{"newline in string", "string literal not terminated"},
	{"string not terminated", "string literal not terminated"},
	{"raw string literal not terminated", "raw string literal not terminated"},
	{"illegal rune literal", "illegal rune literal"},
	{"more than one character in rune literal", "illegal rune literal"},
	{"rune literal not terminated", "rune literal not terminated"},
	{"newline in rune literal", "rune literal not terminated"},
	{"comment not terminated", "comment not terminated"},
	{"expected boolean expression, found %s", "cannot use ‹› as value"},
	{"cannot use %s as value", "cannot use ‹› as value"},
	{"expected ';', found %s", "expected ';', found ‹›"},
	{"unexpected %s at end of statement", "expected ';', found ‹›"},
	{"unexpected %s after top level declaration", "expected ';', found ‹›"},
	{"expected operand, found %s", "expected expression, found ‹›"},
	{"unexpected %s, expected expression", "expected expression, found ‹›"},
	{"unexpected %s, expected }", "expected '}', found ‹›"},
	{"expected '}', found %s", "expected '}', found ‹›"},
	{"expected statement, found %s", "expected '}', found ‹›"},
	{"unexpected %s, expected { after %s", "expected '{', found ‹›"},
	{"unexpected %s, expected {", "expected '{', found ‹›"},
	{"expected '{', found %s", "expected '{', found ‹›"},
	{"unexpected %s, expected name", "expected name, found ‹›"},
	{"expected 'IDENT', found %s", "expected name, found ‹›"},
	{"unexpected %s, expected type", "expected type, found ‹›"},
	{"expected type, found %s", "expected type, found ‹›"},
	{"unexpected %s, expected %s", "expected ‹›, found ‹›"},
	{"expected %s, found %s", "expected ‹›, found ‹›"},
	{"unexpected semicolon or newline before %s", "unexpected semicolon or newline before ‹›"},
	{"missing condition in %s statement", "missing condition in ‹› statement"},
	{"else must be followed by if or statement block", "else must be followed by if or statement block"},
	{"method has multiple receivers", "method has multiple receivers"},
	{"expression in %s must be function call", "expression in ‹› must be function call"},
	{"expression in %s must not be parenthesized", "expression in ‹› must not be parenthesized"},
}

type goTables struct{ compiler, vet, clauses, syntax table }

var goAll = sync.OnceValue(func() goTables {
	var compiler, vet, syntax []row
	for _, r := range goTable {
		if goAnalyzers[r.rule] {
			vet = append(vet, r)
		} else {
			compiler = append(compiler, r)
		}
	}
	for _, r := range goSyntax {
		syntax = append(syntax, row{r.template, r.message})
	}
	// The rows here stand before the table's where both are as special.
	return goTables{newTable(goRows, compiler), newTable(vet), newTable(goClauses), newTable(syntax)}
})

// counted is how many more errors go vet found and does not print.
var counted = regexp.MustCompile(` \(and \d+ more errors\)$`)

// goIdentity finds the rule by the message wherever a table has it, so that it
// is the same with and without a code.
func goIdentity(d analysis.Diagnostic, line string) (string, string, []analysis.Capture) {
	off := 0
	if rest, ok := strings.CutPrefix(line, "vet: "); ok {
		line, off = rest, len(line)-len(rest)
	}
	if loc := counted.FindStringIndex(line); loc != nil {
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
	analyzer := goAnalyzers[d.Source] || d.Source != "" && d.Code == d.Source
	if !analyzer {
		if s, caps := t.compiler.find(line, off); s != nil {
			tmpl, caps := expand(t, s, line, off, caps)
			return s.rule, tmpl, caps
		}
	}
	if s, caps := t.vet.find(line, off); s != nil && (!analyzer || s.rule == d.Source) {
		tmpl, caps := expand(t, s, line, off, caps)
		return s.rule, tmpl, caps
	}
	rule := d.Code
	switch {
	case rule == "default" || rule == "" && d.Source != "":
		rule = goSource(d.Source)
	case rule == "":
		// The compiler's scanner does not say that it is one.
		if s, _ := t.syntax.find(line, off); s != nil && len(s.parts) == 1 {
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
	}
	return source
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
	holes := strings.Count(s.rule, Hole)
	return SyntaxError, s.rule, caps[:min(holes, len(caps))]
}

// expand makes the template of a message that has a shape: holes that say
// something themselves keep their words.
func expand(t goTables, s *shape, line string, off int, holes []analysis.Capture) (string, []analysis.Capture) {
	var b strings.Builder
	var caps []analysis.Capture
	last := off
	for _, h := range holes {
		b.WriteString(line[last-off : h.Span.Start-off])
		caps = clause(t, &b, h.Text, h.Span.Start, caps, 0)
		last = h.Span.End
	}
	b.WriteString(line[last-off:])
	return b.String(), caps
}

// operand is how go/types prints an expression with what it is.
var operand = regexp.MustCompile(`^(.+?) \(((?:untyped [a-z]+ |variable |value |constant |built-in |no value|type |map index |comma, ok |nil).*)\)$`)

// operandType finds the type and, of constants, the value in an operand's
// description.
var operandType = regexp.MustCompile(`^(?:[a-z, ]+?)(?:constant (\S+) )?of (?:[a-z]+ )?type (.+)$`)

// quantity is a number of things, or of one.
var quantity = regexp.MustCompile(`^(\d+) (variable|value|arg|argument|type argument|result)s?$`)

// clause writes the template of one hole.
func clause(t goTables, b *strings.Builder, text string, at int, caps []analysis.Capture, depth int) []analysis.Capture {
	hole := func(start, end int) {
		b.WriteString(Hole)
		caps = append(caps, analysis.Capture{Text: text[start:end], Span: analysis.Span{Start: at + start, End: at + end}})
	}
	if goWords[text] {
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
		hole(m[4]+k[4], m[4]+k[5])
	} else {
		hole(m[4], m[5])
	}
	b.WriteString(")")
	return caps
}
