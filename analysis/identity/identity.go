package identity

import (
	"regexp"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// Of returns the identity of a diagnostic in a text of a language (an LSP
// language identifier or a family), and what its message leaves open, one
// capture for each hole of the template. The spans of the captures are in
// d.Message.
func Of(language string, d analysis.Diagnostic) (analysis.Identity, []analysis.Capture) {
	family := Family(language)
	line, off := firstLine(d.Message)
	id := analysis.Identity{Language: family}
	var caps []analysis.Capture
	switch family {
	case "go":
		id.Rule, id.Template, caps = goIdentity(d, line)
	case "python":
		id.Rule, id.Template, caps = tabled(pythonTable(), pythonRule(d), line)
	case "rust":
		id.Rule, id.Template, caps = tabled(rustTable(), strings.TrimPrefix(d.Code, "clippy::"), unlabelled(line))
	case "c":
		id.Rule, id.Template, caps = tabled(cTable(), cRule(d.Code), line)
	case "typescript":
		id.Rule = tsRule(d)
		id.Template, caps = template(line)
	default:
		id.Rule = d.Code
		id.Template, caps = template(line)
	}
	for i := range caps {
		caps[i].Span.Start += off
		caps[i].Span.End += off
	}
	return id, caps
}

// tabled is the identity of a message in a language where the table only gives
// rules to messages that are printed without one.
func tabled(t table, rule, line string) (string, string, []analysis.Capture) {
	if rule == "" {
		if s, _ := t.find(line, 0); s != nil {
			rule = s.rule
		}
	}
	tmpl, caps := template(line)
	return rule, tmpl, caps
}

// tsCode are the codes of TypeScript, which tsc prints with TS before them.
var tsCode = regexp.MustCompile(`^(?:TS|ts)?(\d{3,6})$`)

// tsRule is the rule of a TypeScript or JavaScript diagnostic: what tsserver
// calls 2304 from "ts" or "typescript", and tsc TS2304. The rules of linters
// have names.
func tsRule(d analysis.Diagnostic) string {
	if m := tsCode.FindStringSubmatch(d.Code); m != nil {
		return "TS" + m[1]
	}
	return d.Code
}

// pythonRule is the rule of a Python diagnostic. pylint's server writes name
// and number, its command line either.
func pythonRule(d analysis.Diagnostic) string {
	if i := strings.IndexByte(d.Code, '('); i > 0 {
		return d.Code[:i] // undefined-variable(E0602)
	}
	return d.Code
}

// unlabelled is a message of rustc without the label of its place, which the
// short form prints after a colon and the others on a line of its own. A colon
// before something quoted belongs to the message: "unused variable: `x`".
func unlabelled(line string) string {
	quoted := false
	for i := range len(line) {
		switch {
		case line[i] == '`':
			quoted = !quoted
		case !quoted && i > 0 && strings.HasPrefix(line[i:], ": ") && !strings.HasPrefix(line[i+2:], "`"):
			return line[:i]
		}
	}
	return line
}

// cRule is the rule of a C or C++ diagnostic: compilers print the flag that
// turns a warning on or makes it an error.
func cRule(code string) string {
	code = strings.TrimPrefix(code, "-W")
	return strings.TrimPrefix(code, "error=")
}
