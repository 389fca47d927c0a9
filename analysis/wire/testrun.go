package wire

import (
	"fmt"
	"unicode/utf8"

	"github.com/dejafix/dejafix/analysis"
)

// A TestRun is the result of running tests, as `run --report-out` writes it.
type TestRun struct {
	Head
	Command  string   `json:"command,omitempty"`
	ExitCode int      `json:"exit_code"` // 128+n for signal n
	Readers  []string `json:"readers"`   // what the output looked like; none when nothing was understood
	// The counts are of tests; broken counts packages and files that failed as a
	// whole.
	Tests   int `json:"tests"`
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Errored int `json:"error"`
	Skipped int `json:"skipped"`
	Broken  int `json:"broken"`
	// Unlisted says that the tool named only what failed.
	Unlisted bool `json:"unlisted,omitempty"`
	// Cases are those that failed, then others as far as there is room.
	Cases       []TestCase `json:"cases"`
	Diagnostics []Located  `json:"diagnostics"`
	Doubts      []string   `json:"doubts,omitempty"`
}

// A TestCase is one test; a name of "" is its package as a whole.
type TestCase struct {
	Package string `json:"package"`
	Name    string `json:"name"`
	Status  string `json:"status"` // passed, failed, error, skipped
	Flaky   bool   `json:"flaky,omitempty"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"` // from 1
	Elapsed int64  `json:"elapsed_ms"`
	Message string `json:"message,omitempty"`
	Output  string `json:"output,omitempty"` // of one that failed
	Trace   *Trace `json:"trace,omitempty"`
}

// A Located is a diagnostic as a tool printed it: line and column from 1, 0 for
// what was not said.
type Located struct {
	File       string     `json:"file"`
	Line       int        `json:"line"`
	Column     int        `json:"column,omitempty"`
	EndLine    int        `json:"end_line,omitempty"`
	EndColumn  int        `json:"end_column,omitempty"`
	Language   string     `json:"language,omitempty"`
	Diagnostic Diagnostic `json:"diagnostic"`
}

// The statuses of a test.
const (
	testPassed  = "passed"
	testFailed  = "failed"
	testError   = "error"
	testSkipped = "skipped"
)

// caseBytes is what the cases of a run may take of a value's MaxLine, as they are
// written; the rest is for diagnostics and doubts.
const caseBytes = MaxLine * 5 / 8

// FromTestRun returns r as it is written down, as much of it as a value may
// hold: every count, first the cases that failed, and what of their output there
// is room for.
func FromTestRun(r *analysis.TestRun) *TestRun {
	w := &TestRun{
		Command: cut(r.Command, 4<<10), Readers: []string{}, Tests: r.Total(), Passed: r.Passed, Failed: r.Failed, Errored: r.Errored,
		Skipped: r.Skipped, Broken: r.Broken, Unlisted: r.Unlisted, Cases: []TestCase{}, Diagnostics: []Located{},
	}
	failed := 0
	for i := range r.Cases {
		if r.Cases[i].Failed() {
			failed++
		}
	}
	left := caseBytes
	add := func(c *analysis.TestCase, output int) {
		tc := TestCase{
			Package: cut(c.Package, 4<<10), Name: cut(c.Name, 4<<10), Status: testFailed, Flaky: c.Flaky, File: cut(c.File, 4<<10), Line: c.Line,
			Elapsed: c.Elapsed.Milliseconds(), Message: cut(c.Message, 4<<10), Output: cut(c.Output, output),
		}
		switch {
		case c.Passed:
			tc.Status = testPassed
		case c.Skipped:
			tc.Status = testSkipped
		case c.Error:
			tc.Status = testError
		}
		if c.Trace != nil {
			tc.Trace = fromTrace(c.Trace)
		}
		size := 160 + written(tc.Package) + written(tc.Name) + written(tc.File) + written(tc.Message)
		if tc.Trace != nil {
			size += traceSize(tc.Trace)
		}
		if size+written(tc.Output) > left {
			tc.Output = ""
		}
		if size += written(tc.Output); size > left || len(w.Cases) >= MaxItems {
			return
		}
		left -= size
		w.Cases = append(w.Cases, tc)
	}
	output := min(caseBytes/2/max(failed, 1), MaxText)
	for i := range r.Cases {
		if r.Cases[i].Failed() {
			add(&r.Cases[i], output)
		}
	}
	for i := range r.Cases {
		if !r.Cases[i].Failed() {
			add(&r.Cases[i], 0)
		}
	}
	if n := len(r.Cases) - len(w.Cases); n > 0 {
		w.Doubts = append(w.Doubts, fmt.Sprintf("%d cases are counted, but not listed", n))
	}
	return w
}

// Locate adds diagnostics, as many as there is room for.
func (r *TestRun) Locate(list []Located) {
	left := MaxLine / 4
	for i := range list {
		l := list[i]
		l.File, l.Diagnostic.Message = cut(l.File, 4<<10), cut(l.Diagnostic.Message, 4<<10)
		size := 200 + written(l.File) + written(l.Diagnostic.Message) + written(l.Diagnostic.Code)
		if size > left || len(r.Diagnostics) >= MaxItems {
			r.Doubts = append(r.Doubts, fmt.Sprintf("%d diagnostics are not listed", len(list)-i))
			return
		}
		left -= size
		r.Diagnostics = append(r.Diagnostics, l)
	}
}

// Doubt adds what was not understood, as much as there is room for.
func (r *TestRun) Doubt(doubts []string) {
	for _, d := range doubts {
		if len(r.Doubts) < 100 {
			r.Doubts = append(r.Doubts, cut(d, 500))
		}
	}
}

// traceSize is how many bytes a trace takes in JSON, at most.
func traceSize(t *Trace) int {
	size := 400 + written(t.Exception.Message) + written(t.Thread) + written(t.Exception.Type)
	frames := func(list []Frame) {
		for i := range list {
			f := &list[i]
			size += 200 + written(f.Function) + written(f.Module) + written(f.File) + written(f.Path) + written(f.Why) + written(f.Text)
			for name, l := range f.Locals {
				size += 40 + written(name) + written(l.Type)
			}
		}
	}
	frames(t.Frames)
	frames(t.CreatedBy)
	for i := range t.Issues {
		size += 1000 + 6*len(t.Issues[i].Example)
	}
	for _, s := range t.Why {
		size += written(s)
	}
	for i := range t.Others {
		size += traceSize(&t.Others[i])
	}
	if t.Cause != nil {
		size += traceSize(t.Cause)
	}
	return size
}

// written is how many bytes a text takes in JSON.
func written(s string) int {
	n := 2
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			n += 2
		case r < ' ' || r == '\u2028' || r == '\u2029' || r == utf8.RuneError:
			n += 6
		default:
			n += utf8.RuneLen(r)
		}
	}
	return n
}

// cut is the beginning of s.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func (*TestRun) kind() string { return "testrun" }

func (r *TestRun) check() (doubts []string, err error) {
	if n := max(len(r.Cases), len(r.Diagnostics), len(r.Readers), len(r.Doubts)); n > MaxItems {
		return nil, fmt.Errorf("%d entries: %w", n, ErrTooLarge)
	}
	for i := range r.Cases {
		c := &r.Cases[i]
		if err := checkTexts(c.Package, c.Name, c.File, c.Message, c.Output); err != nil {
			return nil, err
		}
		switch c.Status {
		case testPassed, testFailed, testError, testSkipped:
		default:
			doubts = append(doubts, fmt.Sprintf("status %q is not known, taken for an error", short(c.Status)))
			c.Status = testError
		}
		if c.Trace != nil {
			more, err := (&Traces{Traces: []Trace{*c.Trace}}).check()
			if err != nil {
				return nil, err
			}
			doubts = append(doubts, more...)
		}
	}
	for i := range r.Diagnostics {
		more, err := r.Diagnostics[i].Diagnostic.check()
		if err != nil {
			return nil, err
		}
		doubts = append(doubts, more...)
	}
	return doubts, nil
}
