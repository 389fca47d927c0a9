// Package patternfile writes and reads patterns as files of a repository: one
// pattern a file, which a person can read, review and answer for.
//
// A file says which error it is about, where it comes from, how often it was
// right, and shows the repairs that it stands on as the lines before and after.
// What those lines say is all that counts: edits, classes and ids are made of
// them anew when a file is read, so that what a reviewer sees is what is learned.
//
// Files come with other people's repositories. One that is not exactly of the
// form is refused whole, with the line that is wrong. The package neither opens
// files nor keeps anything; who calls it decides whose files are read.
package patternfile
