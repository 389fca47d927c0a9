// Package guard drafts repairs for code that failed when it was run: a check of
// what was null, of an index, a divisor, a type or a key, an error that is handled,
// a case that ends a recursion. A draft is an edit in the language's own idiom and
// the file's own style, made from the syntax tree of one text and the message of
// the failure.
//
// What failed comes as a diagnostic of the source "run": its code is the type of
// the exception, its message the first line of what was said, its span the failing
// line. analysis/trace says which kind of failure that is; the row of the language
// (idiom) says what is drafted for the kind, with what the message names and the
// line has. A line that is not the cause is not mended: nothing is drafted for an
// assertion, for a line that throws on purpose, inside a test, nor where the check
// is there already.
//
// Nobody knows whether a draft is what the author wants before the program ran
// again. Each parses. The package keeps no state, reads no file
// and runs nothing; it never looks beyond the text.
package guard
