package identity

import (
	"github.com/dejafix/dejafix/analysis"
)

// Of returns the identity of a diagnostic in a text of a language (an LSP
// language identifier or a family), and what its message leaves open. The
// spans of the captures are in d.Message.
func Of(language string, d analysis.Diagnostic) (analysis.Identity, []analysis.Capture) {
	family := Family(language)
	line := firstLine(d.Message)
	tmpl, caps := template(line)
	return analysis.Identity{Language: family, Rule: d.Code, Template: tmpl}, caps
}
