package analysis

import (
	"strings"
	"time"
)

// Trust says how far a suggestion may be believed.
type Trust int

// The levels of trust, in order.
const (
	// Advice explains; it has no edit that is likely right.
	Advice Trust = iota
	// Likely has an edit that held before and was not checked here.
	Likely
	// Checked has an edit that was applied to a copy: the error was gone and
	// nothing new broke.
	Checked
)

// A Query asks for repairs.
type Query struct {
	Doc *Document
	// Span is the place asked about, usually the selection.
	Span Span
	// Diagnostics are those of other sources at Span, in Doc.
	Diagnostics []Diagnostic
	// Invoked says that a person asked (LSP's CodeActionTriggerKind.Invoked).
	Invoked bool
	// Named says that a person named the pattern, and looks at each edit before it
	// is made: what would not be shown unasked is given too (Alike).
	Named bool
	// Limit is the most suggestions returned for one diagnostic; 0 means 1.
	// What is asked for beyond the first is on request, with the lower floor
	// of rank.Policy.
	Limit int
	// Tried asks also for the best repair where it was undone at that very
	// place, or was undone elsewhere and is for that not Unasked: it is told of
	// (Suggestion.UndoneHere, UndoneLast), and not offered.
	Tried bool
	// Check has the repairs checked first where they can be, which may take
	// seconds: for an action that makes many edits at once.
	Check bool
}

// A Suggestion is one repair that could be offered for one diagnostic.
type Suggestion struct {
	ID         string // "s_…", of this process
	Pattern    string // "p_…", stable
	Diagnostic Diagnostic
	URI        string
	Version    int32
	Digest     Digest // of the text that Edits were made for
	Edits      []Edit
	Title      string // a plain verb phrase, with how often it held
	FixType    FixType
	Trust      Trust

	Probability float64 // that the edit is the right repair
	Supporting  int     // examples behind it: the paper's supporting_cases
	Maker       string  // of a Draft; "" for what was learned
	Applied     int     // outcomes so far
	Held        int
	Undone      int
	// HighConfidence is the paper's gate (2.1): probability above 0.7.
	HighConfidence bool
	// Unasked says that policy lets it be shown without being asked for.
	Unasked bool
	// OnlyDeletes says that the edit inserts nothing.
	OnlyDeletes bool
	// Repeatable says that the repair held, or was made by hand more than once,
	// and was not undone since: it may be repeated wherever it is Unasked.
	Repeatable bool
	// When it was last undone, anywhere and at this very place; zero for never.
	// At a place where it was undone it is not offered again.
	UndoneLast, UndoneHere time.Time
	// Behind says that it is not sure enough to stand in a menu: it is listed for who
	// asks for all there is.
	Behind bool
	// More is how many further repairs there are for the same diagnostic.
	More int
}

// PlainTitle is a suggestion's title without what it says of its past, in
// brackets at the end.
func PlainTitle(title string) string {
	for _, mark := range []string{" (learned,", " (suggested"} {
		title, _, _ = strings.Cut(title, mark)
	}
	return title
}

// An Explanation says why something was suggested, or what a pattern, example
// or suggestion is.
type Explanation struct {
	Markdown string
	Examples []Example
}

// Status is what the server shows in a status bar.
type Status struct {
	State   string // "ready", "learning", "paused", "degraded"
	Text    string
	Tooltip string
}

// A Draft is an edit that nobody taught: it was made from the text and its
// workspace, by a rule that is written in code.
type Draft struct {
	// Maker names the rule that made it, stable and in lower case with hyphens:
	// "nearest-name", "nil-check". What became of its drafts is counted by it and
	// the error's rule.
	Maker   string
	Title   string // a plain verb phrase
	FixType FixType
	Edits   []Edit
	// Score is the chance that it is right before anything is known of how the
	// maker's drafts fared here. The maker says where the number was measured.
	Score float64
}
