package check

import (
	"context"
	"log/slog"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// A Phase is how far a checker got. A later phase starts only where the earlier
// ones found nothing, so that an error can hide those of later phases.
type Phase int

// The phases, in order.
const (
	PhaseNone  Phase = iota // nothing was looked at
	PhaseParse              // the text was parsed
	PhaseTypes              // names were resolved and types were checked
	PhaseLint               // rules about code that is otherwise right
)

// String returns the phase as a person reads it.
func (p Phase) String() string {
	switch p {
	case PhaseParse:
		return "parse"
	case PhaseTypes:
		return "types"
	case PhaseLint:
		return "lint"
	default:
		return "none"
	}
}

// A Request asks a checker about files of one workspace.
type Request struct {
	Root    string            // absolute folder of the workspace
	Overlay map[string]string // absolute path → unsaved text; such a file need not exist
	Scope   []string          // absolute paths whose errors are asked about
	// Wide asks also for the errors of the files that use those in Scope: the
	// edit may change what they see (Row.Exports).
	Wide bool
	// Before is the text of the one file of Scope before the edit that is judged,
	// "" where nothing is: a checker may compare what others see of the two.
	Before string
	// Until is the last phase that is asked for; a checker may stop after it.
	// PhaseNone asks for all.
	Until Phase
	// Trusted says that code of the workspace may run.
	Trusted bool
}

// A Finding is one diagnostic of a checker. Its Span is in the text that was
// checked: the overlay's where there is one.
type Finding struct {
	Path string // absolute
	analysis.Diagnostic

	Phase Phase
}

// Inputs names all that an answer depends on. Set makes the digest: a checker
// only lists.
type Inputs struct {
	// Files are absolute paths of files that were read, or would have been had
	// they been there. Their content counts.
	Files []string
	// Dirs are absolute folders in which a new or removed file would change the
	// answer. The names in them count, not those in folders below.
	Dirs []string
	// Extra is whatever else counts: environment, flags, versions of plugins.
	Extra string
}

// A Result is what a checker found.
type Result struct {
	Findings []Finding
	// Complete says that the files of the scope were looked at to the end, up to
	// Phase. Why says in words for a person why not.
	Complete bool
	Why      string
	// Phase is the furthest phase that was reached for all of the scope.
	Phase         Phase
	Inputs        Inputs
	Tool, Version string
}

// A Checker runs one tool. It is safe for concurrent use. An error says that
// it could not run, which makes the verdict unknown: *Unknown where the cause
// has a name. A checker that keeps a private process or memory also has a
// method Close, and is closed after idle time and when the Set is; it starts
// anew when it is asked again.
type Checker interface {
	Check(ctx context.Context, r Request) (Result, error)
}

// A Row is one line of the table of checkers.
type Row struct {
	Name      string   // of the tool, lower case: "go", "typescript", "eslint", …
	Languages []string // LSP language identifiers that it reads
	// Sources are the values of Diagnostic.Source, in lower case, that the tool
	// may be behind. None means any.
	Sources []string
	// Covers is the last phase that the tool looks at.
	Covers Phase
	// Detect says whether the workspace uses the tool for a file, by looking at
	// files only, and if not, why, in words for a person and with a next step.
	Detect func(e Env, root, path string) (ok bool, why string)
	// Exports reports whether a change of a text may change what other files see
	// of it. Nil means that the checker finds the others by itself, or never does.
	Exports func(path, before, after string) bool
	// New makes the checker; it is called once for each Set, when first needed.
	New func(e Env) Checker
}

// An Env is what a Set gives to its checkers.
type Env struct {
	Runner *Runner
	Logger *slog.Logger
	Clock  func() time.Time
	// Servers permits private servers.
	Servers bool
	// Tools are the programs and packages that settings name (Options.Tools).
	Tools map[string]string
	// Worker is Options.Worker.
	Worker []string
}

// A Cause names why an answer is unknown, for counting. Reasons are for people.
type Cause string

// The causes.
const (
	CauseUntrusted   Cause = "untrusted"    // the workspace is not trusted
	CauseNoChecker   Cause = "no checker"   // no row reads the file
	CauseMissing     Cause = "missing"      // a tool, module or package is not installed
	CauseNotReported Cause = "not reported" // the checker does not report the error
	CausePhase       Cause = "phase"        // the phase of the error was not reached
	CauseIncomplete  Cause = "incomplete"   // the checker did not look at everything
	CauseDeletes     Cause = "deletes"      // the edit only deletes or comments out
	CauseSuppresses  Cause = "suppresses"   // the edit adds a suppression
	CauseUnfit       Cause = "unfit"        // the edit does not fit its text
	CauseTime        Cause = "time"         // ran past its time
	CauseMemory      Cause = "memory"       // took too much memory
	CauseOutput      Cause = "output"       // printed too much
	CauseDisk        Cause = "disk"         // wrote too much
	CauseProcesses   Cause = "processes"    // started too many processes
	CauseCancelled   Cause = "cancelled"    // nobody waits for it any more
	CauseClosed      Cause = "closed"       // the Set is closed
	CauseMoved       Cause = "moved"        // files changed while they were checked
	CauseFailed      Cause = "failed"       // the tool failed in another way
)

// Unknown is the error of a check that gives no answer. Reason is a sentence
// for a person, with a next step where there is one.
type Unknown struct { //nolint:errname // an answer more than a failure
	Cause  Cause
	Reason string
}

// Error returns the reason.
func (u *Unknown) Error() string { return u.Reason }

// A Verdict is what is known of an edit.
type Verdict int

// The verdicts.
const (
	VerdictUnknown Verdict = iota // nobody could say
	VerdictRefuted                // the error stays, or something new is there
	VerdictChecked                // the error is gone, and nothing new is there
)

// String returns the verdict as a person reads it.
func (v Verdict) String() string {
	switch v {
	case VerdictChecked:
		return "checked"
	case VerdictRefuted:
		return "refuted"
	default:
		return "unknown"
	}
}

// An Edit is what is judged: edits of one text, for one error in it.
type Edit struct {
	Root     string // absolute folder of the workspace
	Path     string // absolute
	Language string // LSP language identifier
	Text     string // the text that Edits are for
	Edits    []analysis.Edit
	Overlay  map[string]string   // unsaved text of other files, by absolute path
	Target   analysis.Diagnostic // the error, its Span in Text
	// Asked says that a person asked for this very edit, so that one that only
	// deletes, or adds a suppression, is judged like another.
	Asked bool
	// Ran says that the target failed when code ran. No checker reports it, so that
	// VerdictChecked says no more than that nothing new breaks up to the types.
	Ran bool
}

// A Judgement is the answer about an edit.
type Judgement struct {
	Verdict       Verdict
	Cause         Cause  // when unknown
	Reason        string // why unknown or refuted, in words for a person
	Tool, Version string // who answered
	Took          time.Duration
	// Uncovered are findings of a later phase that were not there before: a
	// cured error hid them. They are not counted against the edit.
	Uncovered []Finding
	// New are the findings that refute the edit: the target where it is still
	// there, and what the edit broke.
	New []Finding
}
