package identity

import (
	"regexp"

	"github.com/dejafix/dejafix/analysis"
)

// SyntaxError is the rule of errors that a parser found, where their tool has
// no better name.
const SyntaxError = "SyntaxError"

// tsSyntax are TypeScript's codes for what its parser says: all below 2000.
var tsSyntax = regexp.MustCompile(`^TS1\d\d\d$`)

// Syntax reports whether an error was found by a parser. While one stands,
// other tools may not see the rest of the text, and errors hide.
func Syntax(id analysis.Identity) bool {
	return id.Rule == SyntaxError || id.Language == "typescript" && tsSyntax.MatchString(id.Rule)
}
