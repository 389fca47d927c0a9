package wire

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// Traces is a list of stack traces, as `trace --json` prints it. Each lists the
// most recent call first, whatever the language prints.
type Traces struct {
	Head
	Traces []Trace `json:"traces"`
}

// A Trace is one stack trace.
type Trace struct {
	Language  string    `json:"language"`
	Exception Exception `json:"exception"`
	Thread    string    `json:"thread,omitempty"`
	Frames    []Frame   `json:"frames"`
	Elided    int       `json:"elided,omitempty"` // calls that were not printed
	CreatedBy []Frame   `json:"created_by,omitempty"`
	Cause     *Trace    `json:"cause,omitempty"`
	Implicit  bool      `json:"implicit,omitempty"` // thrown while the cause was handled
	Others    []Trace   `json:"others,omitempty"`   // suppressed, members of a group
	Issues    []Issue   `json:"issues"`             // worst first

	Fingerprint string   `json:"fingerprint"` // "" when there was nothing to make it of
	Why         []string `json:"why"`         // a reason for each part of the fingerprint
	Doubts      []string `json:"doubts,omitempty"`

	Seen *Seen `json:"seen,omitempty"` // what is remembered of the failure
}

// Seen is what is remembered of a failure. Times are as in RFC 3339.
type Seen struct {
	Runs    int             `json:"runs"` // in which it was seen; 0 for never
	First   *time.Time      `json:"first,omitempty"`
	Last    *time.Time      `json:"last,omitempty"`
	Tests   []string        `json:"tests,omitempty"`
	Flaky   *Flaky          `json:"flaky,omitempty"`
	Repairs []FailureRepair `json:"repairs"` // the newest first
	Related []string        `json:"related"` // fingerprints of failures that look alike
}

// Flaky says how many of the runs of the same code failed.
type Flaky struct {
	Failed int `json:"failed"`
	Runs   int `json:"runs"`
}

// A FailureRepair is an edit after which a failure was gone.
type FailureRepair struct {
	Time    time.Time `json:"time"`
	Title   string    `json:"title"`
	Path    string    `json:"path"`
	Diff    string    `json:"diff"`
	Example string    `json:"example,omitempty"`
	Refuted bool      `json:"refuted,omitempty"` // the same code failed again
}

// FromHistory returns h as it is written down, nil where nothing is remembered.
func FromHistory(h *analysis.FailureHistory) *Seen {
	if h.Group == nil && len(h.Related) == 0 {
		return nil
	}
	w := &Seen{Repairs: []FailureRepair{}, Related: []string{}}
	if g := h.Group; g != nil {
		w.Runs, w.First, w.Last = g.Count, &g.First, &g.Last
		for _, t := range g.Tests {
			if t.Name != "" {
				w.Tests = append(w.Tests, t.Name)
			}
		}
		if !g.Flaky.IsZero() {
			w.Flaky = &Flaky{g.FlakyFailed, g.FlakyRuns}
		}
		for _, r := range g.Repairs {
			w.Repairs = append(w.Repairs, FailureRepair{r.Time, r.Title, r.Path, r.Diff, r.Example, r.Refuted})
		}
	}
	for _, g := range h.Related {
		w.Related = append(w.Related, g.Print)
	}
	return w
}

// An Exception is what was thrown.
type Exception struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// A Frame is one call. Lines and columns count from 1; 0 is unknown.
type Frame struct {
	Function string           `json:"function"`
	Module   string           `json:"module,omitempty"`
	File     string           `json:"file"`
	Line     int              `json:"line"`
	Column   int              `json:"column,omitempty"`
	Path     string           `json:"path,omitempty"` // in the workspace
	InApp    bool             `json:"in_app"`
	Why      string           `json:"why,omitempty"` // why it is in the app or not
	Text     string           `json:"text,omitempty"`
	Locals   map[string]Local `json:"locals,omitempty"`
}

// A Local is a variable's type, and whether it was null. Values are not kept.
type Local struct {
	Type string `json:"type"`
	Null bool   `json:"null,omitempty"`
}

// An Issue is one thing that the failing code did not provide for.
type Issue struct {
	Issue    string `json:"issue"`
	Severity string `json:"severity"` // critical, high, medium, low
	Fix      string `json:"fix"`
	Example  string `json:"example"`
	Function string `json:"function,omitempty"`
	Variable string `json:"variable,omitempty"`
}

// issueSeverities are analysis.IssueSeverity's, by number.
var issueSeverities = []string{"low", "medium", "high", "critical"}

func (*Traces) kind() string { return "traces" }

// FromTraces returns ts as they are written down.
func FromTraces(ts []analysis.Trace) *Traces {
	w := &Traces{Traces: []Trace{}}
	for i := range ts {
		w.Traces = append(w.Traces, *fromTrace(&ts[i]))
	}
	return w
}

func fromTrace(t *analysis.Trace) *Trace {
	w := &Trace{
		Language: t.Language, Exception: Exception{t.Type, t.Message}, Thread: t.Thread,
		Frames: fromFrames(t.Frames), Elided: t.Elided, Implicit: t.Implicit,
		Issues: []Issue{}, Fingerprint: t.Fingerprint, Why: append([]string{}, t.Parts...), Doubts: t.Doubts,
	}
	if len(t.CreatedBy) > 0 {
		w.CreatedBy = fromFrames(t.CreatedBy)
	}
	if t.Cause != nil {
		w.Cause = fromTrace(t.Cause)
	}
	for i := range t.Others {
		w.Others = append(w.Others, *fromTrace(&t.Others[i]))
	}
	for _, i := range t.Issues {
		severity := issueSeverities[min(max(int(i.Severity), 0), len(issueSeverities)-1)]
		w.Issues = append(w.Issues, Issue{string(i.Kind), severity, i.Fix, i.Example, i.Function, i.Variable})
	}
	return w
}

func fromFrames(fs []analysis.Frame) []Frame {
	out := make([]Frame, len(fs))
	for i, f := range fs {
		out[i] = Frame{f.Function, f.Module, f.File, f.Line, f.Column, f.Path, f.InApp, f.Why, f.Text, nil}
		for _, l := range f.Locals {
			if out[i].Locals == nil {
				out[i].Locals = map[string]Local{}
			}
			out[i].Locals[l.Name] = Local{l.Type, l.Null}
		}
	}
	return out
}

// Values returns the traces.
func (ts *Traces) Values() []analysis.Trace {
	var out []analysis.Trace
	for i := range ts.Traces {
		out = append(out, *ts.Traces[i].analysis())
	}
	return out
}

func (t *Trace) analysis() *analysis.Trace {
	a := &analysis.Trace{
		Language: t.Language, Type: t.Exception.Type, Message: t.Exception.Message, Thread: t.Thread,
		Frames: toFrames(t.Frames), Elided: t.Elided, CreatedBy: toFrames(t.CreatedBy), Implicit: t.Implicit,
		Fingerprint: t.Fingerprint, Parts: append([]string(nil), t.Why...), Doubts: t.Doubts,
	}
	if t.Cause != nil {
		a.Cause = t.Cause.analysis()
	}
	for i := range t.Others {
		a.Others = append(a.Others, *t.Others[i].analysis())
	}
	for _, i := range t.Issues {
		a.Issues = append(a.Issues, analysis.Issue{
			Kind: analysis.IssueKind(i.Issue), Severity: analysis.IssueSeverity(max(slices.Index(issueSeverities, i.Severity), 0)),
			Fix: i.Fix, Example: i.Example, Function: i.Function, Variable: i.Variable,
		})
	}
	return a
}

func toFrames(fs []Frame) []analysis.Frame {
	var out []analysis.Frame
	for _, f := range fs {
		a := analysis.Frame{
			Function: f.Function, Module: f.Module, File: f.File, Line: f.Line, Column: f.Column,
			Path: f.Path, InApp: f.InApp, Why: f.Why, Text: f.Text,
		}
		for _, name := range slices.Sorted(maps.Keys(f.Locals)) {
			a.Locals = append(a.Locals, analysis.Local{Name: name, Type: f.Locals[name].Type, Null: f.Locals[name].Null})
		}
		out = append(out, a)
	}
	return out
}

func (ts *Traces) check() (doubts []string, err error) {
	if len(ts.Traces) > MaxItems {
		return nil, fmt.Errorf("%d traces: %w", len(ts.Traces), ErrTooLarge)
	}
	for i := range ts.Traces {
		more, err := ts.Traces[i].check(0)
		if err != nil {
			return nil, err
		}
		doubts = append(doubts, more...)
	}
	return doubts, nil
}

func (t *Trace) check(depth int) (doubts []string, err error) {
	if depth >= MaxCauses {
		return nil, fmt.Errorf("more than %d causes: %w", MaxCauses, ErrTooLarge)
	}
	if n := max(len(t.Frames), len(t.CreatedBy), len(t.Others), len(t.Issues), len(t.Why), len(t.Doubts)); n > MaxItems {
		return nil, fmt.Errorf("%d frames or others: %w", n, ErrTooLarge)
	}
	if err := checkTexts(t.Exception.Type, t.Exception.Message, t.Thread); err != nil {
		return nil, err
	}
	for _, fs := range [][]Frame{t.Frames, t.CreatedBy} {
		for j := range fs {
			f := &fs[j]
			if len(f.Locals) > MaxItems {
				return nil, fmt.Errorf("%d locals: %w", len(f.Locals), ErrTooLarge)
			}
			if f.Line < 0 || f.Column < 0 {
				doubts = append(doubts, "a frame has a negative line or column, taken for unknown")
				f.Line, f.Column = max(f.Line, 0), max(f.Column, 0)
			}
		}
	}
	for i := range t.Issues {
		if !slices.Contains(issueSeverities, t.Issues[i].Severity) {
			doubts = append(doubts, fmt.Sprintf("severity %q is not known, taken for %q", short(t.Issues[i].Severity), issueSeverities[0]))
			t.Issues[i].Severity = issueSeverities[0]
		}
	}
	inner := make([]*Trace, 0, len(t.Others)+1)
	if t.Cause != nil {
		inner = append(inner, t.Cause)
	}
	for i := range t.Others {
		inner = append(inner, &t.Others[i])
	}
	for _, x := range inner {
		more, err := x.check(depth + 1)
		if err != nil {
			return nil, err
		}
		doubts = append(doubts, more...)
	}
	return doubts, nil
}
