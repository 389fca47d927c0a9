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
