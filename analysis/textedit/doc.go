// Package textedit does the arithmetic of texts: it applies, computes,
// composes, inverts and prints edits, carries spans from one version of a text
// to the next, and converts between byte offsets and the line and character
// positions of LSP. It is pure and keeps no state.
//
// Everywhere but in Lines a position is a byte offset. Lines is the only place
// in the tree where UTF-16 and UTF-32 characters are counted.
//
// It does not know syntax: Compute looks at lines, words and characters. The
// smallest edit of two token trees is analysis/treediff's.
package textedit
