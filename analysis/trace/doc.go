// Package trace reads stack traces: it finds them in any output (Find, Scanner),
// says which calls are the user's own (InApp, Locate), what the failing code did
// not provide for (Analyse), and what makes two failures the same (Fingerprint,
// Similar).
//
// A language is a row of the table in rows.go: what begins a trace, and a
// builder that is given the lines after it. Text comes with colours, time
// stamps, the prefixes of containers and build servers, other output in between,
// Windows paths, and cut short: clean.go takes off what can be told from the
// trace itself, and a builder lets a few foreign lines pass.
//
// Reading never fails: what was understood comes back, with the doubts. Frames
// are most recent call first, whatever the language prints. Positions are as
// printed: lines and columns from 1.
//
// The package keeps no state, opens no file and runs nothing: the workspace's
// files, the text of a line and what changed since tests last passed come in
// through small interfaces. It follows section 2.2 of the paper "Production
// Learning Pipeline"; where it differs, the place says why.
package trace
