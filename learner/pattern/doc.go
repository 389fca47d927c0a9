// Package pattern generalises recorded repairs into templates, finds where they
// match, and writes the repair for a new place. It is pure: a Model is made of
// examples, never changes, keeps no text of its own beyond what the examples
// inserted, and may be asked by several goroutines at once.
//
// It is LEARNING.md section 2 in code. It never imports the learner or the
// store, never runs a command and never reads a file.
package pattern
