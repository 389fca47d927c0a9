// Package index knows what the files of a workspace define: functions with their
// parameters and results, types with their fields and methods, constants,
// variables, and what each file imports. From that it drafts edits for errors of
// compilers and type checkers that nothing was learned of: the import that other
// files use, the nearest name, the missing argument, field or result, the
// conversion between the two types that a message names.
//
// An Index reads with tree-sitter, through analysis/syntax, one file at a time and
// at low priority; nothing is read before a document is opened, and what lies
// around an open document comes first. Open documents are known as they are now,
// others as they are on disk. Outside of memory it keeps a file for each workspace
// under Options.Dir, made anew without a word where it is broken or of another
// version. It never runs anything, never looks outside of a workspace, and passes
// over what version control ignores and what no person wrote.
//
// The Index owns its state, behind one lock for each workspace. Draft answers from
// that state and the text alone, in a few milliseconds. A draft's Score is the
// share of such drafts that were the commit's own repair, or cured the error and
// left the file whole, on errors made by putting hunks of real commits back
// (BENCHMARKS.md).
package index
