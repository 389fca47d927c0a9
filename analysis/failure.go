package analysis

import "time"

// A Frame is one call of a stack trace.
type Frame struct {
	Function, Module, File string
	Line, Column           int // from 1, 0 when unknown
	InApp                  bool
}

// A Trace is one stack trace: most recent call first, whatever the language
// prints.
type Trace struct {
	Language      string
	Type, Message string // of the exception
	Frames        []Frame
	Cause         *Trace
}

// A TestRun is the result of running tests.
type TestRun struct {
	Command string
	Cases   []TestCase
	Passed  int
	Failed  int
	Skipped int
}

// A TestCase is one test of a run.
type TestCase struct {
	Package, Name string
	Passed        bool
	Skipped       bool
	Elapsed       time.Duration
	Output        string
	Trace         *Trace
}
