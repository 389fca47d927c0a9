package wire

import (
	"fmt"

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
	Frames    []Frame   `json:"frames"`
	Cause     *Trace    `json:"cause,omitempty"`
}

// An Exception is what was thrown.
type Exception struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// A Frame is one call. Lines and columns count from 1; 0 is unknown.
type Frame struct {
	Function string `json:"function"`
	Module   string `json:"module,omitempty"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column,omitempty"`
	InApp    bool   `json:"in_app"`
}

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
	w := &Trace{Language: t.Language, Exception: Exception{t.Type, t.Message}, Frames: []Frame{}}
	for _, f := range t.Frames {
		w.Frames = append(w.Frames, Frame(f))
	}
	if t.Cause != nil {
		w.Cause = fromTrace(t.Cause)
	}
	return w
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
	a := &analysis.Trace{Language: t.Language, Type: t.Exception.Type, Message: t.Exception.Message}
	for _, f := range t.Frames {
		a.Frames = append(a.Frames, analysis.Frame(f))
	}
	if t.Cause != nil {
		a.Cause = t.Cause.analysis()
	}
	return a
}

func (ts *Traces) check() (doubts []string, err error) {
	if len(ts.Traces) > MaxItems {
		return nil, fmt.Errorf("%d traces: %w", len(ts.Traces), ErrTooLarge)
	}
	for i := range ts.Traces {
		depth := 0
		for t := &ts.Traces[i]; t != nil; t = t.Cause {
			if depth++; depth > MaxCauses {
				return nil, fmt.Errorf("more than %d causes: %w", MaxCauses, ErrTooLarge)
			}
			if len(t.Frames) > MaxItems {
				return nil, fmt.Errorf("%d frames: %w", len(t.Frames), ErrTooLarge)
			}
			if err := checkTexts(t.Exception.Type, t.Exception.Message); err != nil {
				return nil, err
			}
			for j := range t.Frames {
				f := &t.Frames[j]
				if f.Line < 0 || f.Column < 0 {
					doubts = append(doubts, "a frame has a negative line or column, taken for unknown")
					f.Line, f.Column = max(f.Line, 0), max(f.Column, 0)
				}
			}
		}
	}
	return doubts, nil
}
