package analysis

import (
	"crypto/sha256"
	"encoding/hex"
)

// Severity is a diagnostic's severity with LSP's numbers.
type Severity int

// The severities, as LSP numbers them.
const (
	SeverityError Severity = iota + 1
	SeverityWarning
	SeverityInformation
	SeverityHint
)

// SourceRun is the source of failures of tests and programs that were run,
// whatever ran and wherever it was seen. No checker reports them: only a run says
// that one is cured.
const SourceRun = "run"

// A Diagnostic is one error, warning or hint of a tool about one text.
type Diagnostic struct {
	Source   string // who said it: "compiler", "Pyright", "ts", "eslint", …
	Code     string // as the tool writes it, always a string
	Message  string
	Severity Severity
	Span     Span // in the text it was reported for
	NoSpan   bool // the place is not known; Span is zero
	// Unnecessary and Deprecated are LSP's tags.
	Unnecessary, Deprecated bool
	// Failure names the failure of a run that it shows; zero for what tools say.
	Failure FailureID
}

// An Identity is what stays equal when the same error is seen again, by
// whatever tool prints it: the language family, the canonical rule, and the
// message with what varies taken out (paper 2.1's error signature, which as a
// dict could not be a key). The site of an error is never part of it.
type Identity struct {
	Language string // family: "go", "python", "typescript" (also js, jsx, tsx), …
	Rule     string // canonical rule, e.g. "UndeclaredName", "TS2304", "no-unused-vars"
	Template string // message with every capture replaced by "‹›"
}

// Key is the stable digest of id, 24 hexadecimal digits.
func (id Identity) Key() string {
	return shortDigest(id.Language, id.Rule, id.Template)
}

// RuleKey is the digest of language and rule alone: what examples are indexed
// by, since the template is a feature and not a gate for most rules.
func (id Identity) RuleKey() string {
	return shortDigest(id.Language, id.Rule)
}

// shortDigest hashes parts with their lengths kept apart by a NUL.
func shortDigest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// A Capture is a piece of a message that its template leaves open: a quoted
// name, a number, a type.
type Capture struct {
	Text string
	Span Span // in the message, without the quotes
}

// A Site describes where in a program an error sits. It is a feature for
// matching, never part of an Identity.
type Site struct {
	NodeKind  string // syntax kind of the smallest node at the error
	Enclosing string // kind of the construct around it: function, class, import block, …
	Line      int    // from 0
}
