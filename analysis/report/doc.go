// Package report reads what tools print and gives the values of analysis:
// compilers and linters (Parse), and test runs with all that is printed beside
// them (ReadRun, or a Scanner that is written to). Which form it is shows in the
// text; a command line is a hint at most. A test runner is a row of a table
// (rows), a form of JSON another (jsonForms, runForms).
//
// A Scanner holds bounded memory however much it is given, of hostile input too:
// run.go has the limits. It reads no stack traces: what a failed test printed is
// kept for analysis/trace.
//
// It is a reader of foreign text: it never fails. What was understood comes
// back, with how much was not, and whether the tool itself said that it left
// something out. It runs nothing, opens no file, and keeps no state.
package report
