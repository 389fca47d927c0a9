// Package repair repairs the errors of a workspace with what was learned: it
// asks a checker what is wrong, a learner for repairs, the checker whether each
// would cure its error and break nothing, puts those that do into copies of the
// texts, and begins again until nothing is left that it could do.
//
// It always ends: the rounds are bounded, and a text that a file had before
// ends the file's changes. What it applies was checked one by one, and together
// with the rest of its round; an edit that only deletes, or silences a tool, is
// never applied.
//
// The package changes no file, runs nothing by itself and keeps nothing between
// two runs. Who calls it writes what came out, and then says so to the learner
// (Result.Record).
package repair
