package episode

import (
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// Options are the waiting periods and bounds of a Machine. Zero values mean
// the defaults given with each.
type Options struct {
	// ErrorSettle is how long an error must have been shown, with nobody
	// editing, before its cure is a repair: shorter ones come and go while
	// typing. Default 2 s, the usual pause threshold of keystroke logging
	// (Inputlog): shorter pauses lie within writing, longer ones between thoughts.
	ErrorSettle time.Duration
	// RepairSettle is how long an error must have stayed away, and the
	// repaired lines unchanged, before the episode closes. Default 10 s: within
	// that time gopls (1 to 9 s), pyright (5 to 7 s) and tsserver show their
	// errors after a start, measured by identity/internal/record on two busy
	// cores, so that most restarts show themselves before it ends.
	RepairSettle time.Duration
	// ReportWait replaces RepairSettle where the repaired lines were edited
	// after the last report: servers that publish only what changed may have
	// nothing to say. Default 30 s.
	ReportWait time.Duration
	// Vanish: all diagnostics of a source gone from all files within this time
	// is a restart or detach, not a repair (PROTOCOL.md: 2 s).
	Vanish time.Duration
	// BurstFiles files changed within BurstTime are version control at work
	// (PROTOCOL.md: five files, 1 s).
	BurstFiles int
	BurstTime  time.Duration
	// CauseWindow is how long before an error vanished the last edit or save of
	// another file may lie to count as what cured it. Default 1 min: checkers
	// of large workspaces take that long.
	CauseWindow time.Duration
	// OutcomeWindow is how long an applied suggestion can be undone or its error
	// come back, and how much editing an error must outlast for a seen
	// suggestion to count as ignored (PROTOCOL.md: ten minutes).
	OutcomeWindow time.Duration
	// GiveUp ends an episode whose error is gone but that cannot close: new
	// errors stand in the repaired lines, or its source stays silent after a
	// restart. Default 10 min.
	GiveUp time.Duration

	// MaxText bounds the texts kept, in bytes; the oldest episodes are dropped
	// first. Default 32 MB, a third of what the server may use in all.
	MaxText int
	// MaxErrors bounds the open episodes. Default 5,000, of one document a
	// tenth of that.
	MaxErrors int
	// MaxDocuments bounds the documents remembered, closed ones included.
	// Default 500.
	MaxDocuments int
	// MaxOffers bounds the suggestions remembered. Default 1,000: ten for each
	// of a hundred cursor moves.
	MaxOffers int
}

func (o Options) withDefaults() Options {
	duration := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	count := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	duration(&o.ErrorSettle, 2*time.Second)
	duration(&o.RepairSettle, 10*time.Second)
	duration(&o.ReportWait, 30*time.Second)
	duration(&o.Vanish, 2*time.Second)
	duration(&o.BurstTime, time.Second)
	duration(&o.CauseWindow, time.Minute)
	duration(&o.OutcomeWindow, 10*time.Minute)
	duration(&o.GiveUp, 10*time.Minute)
	count(&o.BurstFiles, 5)
	count(&o.MaxText, 32<<20)
	count(&o.MaxErrors, 5000)
	count(&o.MaxDocuments, 500)
	count(&o.MaxOffers, 1000)
	return o
}

// A Result is something that the Machine found. The set is closed: Closed,
// Dropped, Outcome.
type Result interface{ result() }

// A Change is what an edit made of one document.
type Change struct{ Before, After *analysis.Document }

// Edits returns the whole edit of c.
func (c Change) Edits() []analysis.Edit {
	return textedit.Compute(c.Before.Text, c.After.Text)
}

// Closed is an episode that closed: the error was repaired.
type Closed struct {
	// Repair is shared by all errors that one edit cured: "r_" and 24
	// hexadecimal digits, made from the texts.
	Repair string
	// Doc is the text that Diagnostic speaks of: Changes[0].Before, unless the
	// error's own document did not change.
	Doc *analysis.Document
	// Diagnostic is the error nearest to the edit, the support.
	Diagnostic analysis.Diagnostic
	// Symptoms are the other errors that the same edit cured. Their spans are
	// in Doc; those of other documents have NoSpan.
	Symptoms []analysis.Diagnostic
	// Changes is what was edited: first the error's own document or, when that
	// did not change, the one whose edit cured it; then up to two others that
	// were edited at the same time. Before is the text in which the error was
	// last seen settled and its lines unedited, After the stable text.
	Changes []Change
	Origin  analysis.Origin
	// Suggestion is the id of ours that was applied, for OriginOurAction.
	Suggestion string
	Opened     time.Time // when the error was first seen
	Time       time.Time // when it was seen to be gone
}

// Before is the text before the edit.
func (c Closed) Before() *analysis.Document { return c.Changes[0].Before }

// After is the text after it.
func (c Closed) After() *analysis.Document { return c.Changes[0].After }

// A Reason says why an error that went away is not a repair.
type Reason string

// The reasons.
const (
	ReasonFlicker    Reason = "flicker"     // came and went while typing
	ReasonNoEdit     Reason = "no_edit"     // nothing was edited
	ReasonClosed     Reason = "closed"      // the document was closed before it settled
	ReasonVCS        Reason = "vcs"         // version control changed the text
	ReasonReload     Reason = "reload"      // read again from disk
	ReasonUndo       Reason = "undo"        // back to the text from before the error
	ReasonUnreported Reason = "unreported"  // its source went silent and stayed so
	ReasonReplaced   Reason = "replaced"    // other errors took its place and stayed
	ReasonBound      Reason = "bound"       // more than Options allows to remember
	ReasonOwn        Reason = "own_setting" // the document must not be learned from
)

// Dropped is an episode that ended without a repair, for statistics.
type Dropped struct {
	Doc        *analysis.Document // nil when its text was not kept
	Diagnostic analysis.Diagnostic
	Reason     Reason
	Time       time.Time
}

// Outcome is what became of a suggestion. Each verdict is told at most once of
// a suggestion, whether the client told or watching found it.
type Outcome struct {
	Suggestion string // id
	Verdict    analysis.Verdict
	Time       time.Time
}

func (Closed) result()  {}
func (Dropped) result() {}
func (Outcome) result() {}
