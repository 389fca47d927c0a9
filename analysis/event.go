package analysis

import "time"

// An Event is something the learner observes. The set is closed: Edited,
// Diagnosed, Peered, Tested, Failed, Served, Decided, Configured.
type Event interface{ event() }

// Edited says that a document was opened, changed, saved or closed. It carries
// the whole text, so that a newer one of the same document may replace an older
// one that nobody has looked at yet.
type Edited struct {
	Doc    *Document
	Change DocumentChange
	Origin Origin // "" when the sender cannot tell
	Time   time.Time
}

// DocumentChange is what happened to a document.
type DocumentChange int

// The changes of a document. DiskChanged is a file that changed outside the
// editor (didChangeWatchedFiles); its Doc has the text read from disk.
const (
	Opened DocumentChange = iota
	Changed
	Saved
	Closed
	DiskChanged
)

// Diagnosed is what tools now say of a document.
type Diagnosed struct {
	// Doc is the version of the text that the diagnostics speak of.
	Doc         *Document
	Diagnostics []Diagnostic
	// Whole says that Diagnostics is everything that other sources show for the
	// document. Otherwise (a code action's context) it may open an episode but
	// never close one.
	Whole bool
	// Runs says that Diagnostics are failures of tests and programs that were run.
	// Whole then speaks of those alone, and otherwise not of them: a run says
	// something when somebody starts it, and a language server all the time.
	Runs bool
	Time time.Time
}

// Peered is what other language servers offer at a place. Ours is not shown
// where theirs has the same title or the same edit.
type Peered struct {
	Doc    *Document
	Span   Span
	Titles []string
	Edits  [][]Edit // each an edit of Doc alone
	Time   time.Time
}

// Tested is the result of a run of tests, or of a program that ended well.
type Tested struct {
	Root string // of the workspace
	Via  string // where it was seen: "terminal", "report", …
	// Run is what ran. Of its cases Output is left out; those that failed have
	// their Trace. Unlisted says that the others that it did not name passed.
	Run TestRun
	// Packages are those of which all that ran passed. They may be all that is
	// said of tests that passed.
	Packages []string
	// Code is equal for runs of the same code, "" where it is not known.
	Code string
	// Passing is the code, where all that ran passed.
	Passing *Passing
	Time    time.Time
}

// Failed is one failure of a program with its trace, wherever it was seen. Those
// of tests are in Tested.
type Failed struct {
	Root    string // of the workspace
	Via     string // where it was seen: "terminal", "debugger", …
	Command string // "" when not known
	Code    string // equal for runs of the same code, "" where it is not known
	Trace   Trace
	Time    time.Time
}

// Served says that suggestions reached the client, or a person's eyes.
type Served struct {
	Doc *Document
	IDs []string // of suggestions
	// Seen: returned for an invoked trigger, shown by a hover or by fix.
	// Otherwise the suggestions were only offered: editors ask at every cursor
	// move.
	Seen bool
	// Together says that the suggestions are one action, which makes all their
	// edits at once; edits that are equal are made once.
	Together bool
	Time     time.Time
}

// Decided is what became of a suggestion.
type Decided struct {
	ID      string // of a suggestion, or of a pattern for VerdictNever
	Verdict Verdict
	Time    time.Time
}

// A Verdict is what a person did with a suggestion.
type Verdict string

// The verdicts. Ignored, Held and CameBack are found by watching; the others
// can also be told by the client.
const (
	VerdictApplied   Verdict = "applied"
	VerdictUndone    Verdict = "undone"
	VerdictDismissed Verdict = "dismissed"
	VerdictNever     Verdict = "never"
	VerdictIgnored   Verdict = "ignored"
	VerdictHeld      Verdict = "held"
	VerdictCameBack  Verdict = "came_back"
)

// Configured changes what the learner may do. The zero Policy is the default.
type Configured struct {
	Policy Policy
	Time   time.Time
}

// A Policy is the part of the settings that the learner follows.
type Policy struct {
	Disabled bool     // neither learn nor suggest
	Paused   []string // roots in which nothing is suggested; learning goes on
	NoLearn  bool     // suggest, but do not learn
	// NoLearnIn lists roots in which nothing is learned; suggestions go on.
	NoLearnIn []string
	// MinProbability replaces the default show threshold of unasked
	// suggestions when above 0.
	MinProbability float64
	// Trusted lists roots whose commands may be run.
	Trusted []string
	// PrivateServers lets checkers keep a process between checks.
	PrivateServers bool
	// Tools are absolute paths of checkers that a person named.
	Tools map[string]string
}

func (Edited) event()     {}
func (Diagnosed) event()  {}
func (Peered) event()     {}
func (Tested) event()     {}
func (Failed) event()     {}
func (Served) event()     {}
func (Decided) event()    {}
func (Configured) event() {}
