package analysis

import "time"

// A Frame is one call of a stack trace.
type Frame struct {
	Function string // as the language prints it, without arguments; "" when it prints none
	Module   string // class, package or namespace; "" when the language prints none
	File     string // as printed
	Line     int    // from 1, 0 when unknown
	Column   int    // from 1, 0 when unknown
	Path     string // the file in the workspace, relative to its root, with slashes; "" when it is none of it
	InApp    bool   // the user's own code, as far as is known
	Why      string // why it is, or is not, the user's own code
	Text     string // the line of source, where it was printed
	Locals   []Local
}

// A Local is a local variable of a frame. Its value is never kept.
type Local struct {
	Name string
	Type string // "" when it does not show
	Null bool   // None, null, nil, undefined
}

// A Trace is one stack trace: most recent call first, whatever the language
// prints.
type Trace struct {
	Language      string
	Type, Message string // of the exception
	Thread        string // thread or goroutine, with its state; "" when none is named
	Frames        []Frame
	Elided        int      // calls that were said to be there but not printed
	CreatedBy     []Frame  // who began the thread, where that is printed
	Cause         *Trace   // what was thrown before it
	Implicit      bool     // it was thrown while Cause was handled, and does not name it
	Others        []Trace  // members of a group, suppressed exceptions, the other access of a race
	Span          Span     // where it stands in the text
	Doubts        []string // what was not understood

	// What analysis/trace concludes.
	Issues      []Issue  // worst first
	Fingerprint string   // equal for failures that are the same
	Parts       []string // what the fingerprint is made of, each with its reason
}

// An IssueSeverity orders issues, worst last.
type IssueSeverity int

// The severities, as the paper "Production Learning Pipeline", section 2.2,
// names them; low is ours.
const (
	IssueLow IssueSeverity = iota
	IssueMedium
	IssueHigh
	IssueCritical
)

// An IssueKind names what the code did not provide for.
type IssueKind string

// The kinds. The first five are the paper's (section 2.2), the others are what
// it leaves out.
const (
	MissingNullChecks         IssueKind = "missing_null_checks"
	MissingBoundaryValidation IssueKind = "missing_boundary_validation"
	MissingRecursionBaseCase  IssueKind = "missing_recursion_base_case"
	UnhandledNoneValue        IssueKind = "unhandled_none_value"
	UnexpectedCodePath        IssueKind = "unexpected_code_path"
	TypeConfusion             IssueKind = "type_confusion"
	MissingKey                IssueKind = "missing_key"
	ResourceExhaustion        IssueKind = "resource_exhaustion"
	ConcurrencyHazard         IssueKind = "concurrency"
	FailedAssertion           IssueKind = "failed_assertion"
	Timeout                   IssueKind = "timeout"
	BadEncoding               IssueKind = "encoding"
	PermissionDenied          IssueKind = "permission"
	MissingDependency         IssueKind = "missing_dependency"
	BadConfiguration          IssueKind = "configuration"
	UndefinedName             IssueKind = "undefined_name"
	InvalidValue              IssueKind = "invalid_value"
	ArithmeticFault           IssueKind = "arithmetic"
	BadSyntax                 IssueKind = "syntax"
	MissingFile               IssueKind = "missing_file"
	NetworkFailure            IssueKind = "network"
	UnhandledError            IssueKind = "unhandled_error"
)

// An Issue is one thing that the failing code did not provide for.
type Issue struct {
	Kind     IssueKind
	Severity IssueSeverity
	Fix      string // what to do, one sentence
	Example  string // code in the trace's language
	Function string // that it is about, "" for the failing one
	Variable string // that it is about, where one is known
}

// A FailureID names a failure: the fingerprint that all failures of its kind
// share, and the test.
type FailureID struct {
	Print string // "t_…", see analysis/trace
	Test  string // TestKey of the test or program
}

// TestKey names a test in every run, whatever command ran it, and a program,
// which has no name, by its command: 16 hexadecimal digits.
func TestKey(pkg, name, command string) string {
	if pkg == "" && name == "" {
		return shortDigest("command", command)[:16]
	}
	return shortDigest("test", pkg, name)[:16]
}

// A FailureGroup is what is remembered of the failures with one fingerprint in
// one workspace. It holds no value that a program had.
type FailureGroup struct {
	Workspace   string // id
	Print       string // fingerprint
	Language    string
	Type        string // of the exception
	Message     string // with what varies taken out, and what looks like a secret
	Frames      []Frame
	First, Last time.Time
	Count       int // runs in which it was seen
	Tests       []FailedTest
	Repairs     []FailureRepair // the newest first
	// Flaky is when it was last found that the same code fails and passes; zero
	// for never. Of the runs of that code, FlakyRuns, FlakyFailed failed.
	Flaky                  time.Time
	FlakyRuns, FlakyFailed int

	// What tells whether a failure that is seen again is the one that was seen
	// already: the code it was last seen in, and where it was seen.
	Code string
	Vias []string
}

// A FailedTest is a test, or a program, that failed.
type FailedTest struct {
	Key           string // TestKey
	Package, Name string // both "" for a program
	Command       string // digest of the command that ran it
	Count         int    // runs in which it failed so
	Last          time.Time
}

// A FailureRepair is an edit after which a failure was gone.
type FailureRepair struct {
	Repair  string // "r_…", as the examples have it
	Example string // "e_…"; "" where the edit was in another file than the failure
	Path    string // of the file, relative to the workspace
	Title   string
	Diff    string
	Same    string // the run that passed, as RunNote has it
	Time    time.Time
	// Refuted says that the same run failed again.
	Refuted bool
}

// A FailureHistory is what is known of a failure that is seen.
type FailureHistory struct {
	Group *FailureGroup // nil: never seen before
	// Related are others that look like it, the most alike first. They are not
	// the same.
	Related []FailureGroup
}

// A TestResult counts how those runs of a test ended that were the same.
type TestResult struct {
	Test           string // TestKey
	Failed, Passed int
	Time           time.Time // of the last one
}

// A RunPast is what is kept that a run is compared with.
type RunPast struct {
	Groups map[string]FailureGroup // by fingerprint, those of the run
	// Tracked are the tests that ever failed, by key.
	Tracked map[string]FailedTest
	// Results are those of the tracked tests in runs that were the same (RunNote.
	// Same), by key.
	Results map[string]TestResult
	// Passed counts how often a test passed in runs that were the same, by the
	// first 32 bits of its key; PassedAt is when it was last counted.
	Passed   map[uint32]int
	PassedAt time.Time
}

// A RunNote is what is to be kept of a run.
type RunNote struct {
	Workspace string
	Code      string // what ran, "" where it is not known
	// Same is equal for runs of the same code by the same command, "" where the
	// code is not known.
	Same   string
	Groups []FailureGroup // that were seen, with the tests of this run
	// Again are the fingerprints of Groups that were counted already, when they
	// were seen elsewhere.
	Again map[string]bool
	// Instead are fingerprints that were counted for what is one of Groups: of a
	// debugger that told fewer of its calls.
	Instead []string
	Results []TestResult // of this run
	// Passed replaces what is kept of runs that were the same; nil leaves it.
	Passed map[uint32]int
	// Flaky are fingerprints, and FlakyTests keys of tests, that were found to
	// fail and pass in runs that were the same.
	Flaky, FlakyTests []string
	Passing           *Passing
	Time              time.Time
}

// A Passing is what the code was when all that ran passed.
type Passing struct {
	Code string
	// Files are the files that were changed last before it, by path, each with
	// the numbers of its lines (analysis/trace.Lines).
	Files map[string][]uint32
	Time  time.Time
}

// A TestRun is the result of running tests, as what was printed tells it.
type TestRun struct {
	Command string // as it was typed, "" when not known
	// Cases are in the order they were reported. A long run may name fewer cases
	// than it counts; those that failed are kept first.
	Cases []TestCase
	// The counts are of tests. A test that did not end by a failed assertion (a
	// panic, an exception of its own, a time limit, a fixture) is one of Errored
	// where the tool tells the two apart, else of Failed.
	Passed, Failed, Errored, Skipped int
	// Broken counts the packages and files that failed as a whole: a build, a
	// TestMain, an import. Their cases have no name.
	Broken int
	// Unlisted says that the tool told only of what failed, so that Passed is
	// less than what passed.
	Unlisted bool
}

// Total is how many tests the run counts.
func (r *TestRun) Total() int { return r.Passed + r.Failed + r.Errored + r.Skipped }

// A TestCase is one test of a run.
type TestCase struct {
	// Package is what the tool groups tests by: an import path, a class, a
	// file. Name is the test in it, subtests as the tool writes them; "" is the
	// package as a whole.
	Package, Name string
	// File and Line, from 1, say where the test is, where the tool says so.
	File string
	Line int

	Passed  bool
	Skipped bool
	// Error says that it did not fail by an assertion.
	Error bool
	// Flaky says that it failed and passed in one run: nothing is learned of it.
	Flaky   bool
	Elapsed time.Duration
	// Message is what the tool says in a line of why it failed, or was skipped.
	Message string
	// Output is what it printed, its trace included, of a test that failed. A
	// long one has its middle cut out.
	Output string
	Trace  *Trace
}

// Failed reports whether the test neither passed nor was skipped.
func (c *TestCase) Failed() bool { return !c.Passed && !c.Skipped }
