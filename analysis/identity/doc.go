// Package identity finds what stays equal when the same error is seen again:
// in the editor, on the command line, in a log of CI. An identity is the
// language family, the canonical rule and the message's template, and all
// three can be computed from one printed line (FromLine), so that a language
// server and the compiler behind it agree.
//
// Tools that say the same thing with other codes, or none, are mapped by
// tables: goTable (made by internal/gentables from the source of go/types and of
// the vet analyzers), goSame and goSyntax (two tools' words for one thing), and
// the rows of rules.go. The golden test holds what real tools said of the code
// in testdata (internal/record ran them) against the tables.
//
// The site of an error is never part of its identity, and neither is the rest
// of a message after its first line: printed lines do not have it.
package identity
