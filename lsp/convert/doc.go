// Package convert translates between the wire (lsp/protocol) and the vocabulary
// (analysis). It is the only package that sees the fields of both: line and
// character positions become byte offsets here and nowhere else, through
// analysis/textedit.
//
// It is pure. What comes from a client is never trusted: positions outside a
// text are clamped, malformed diagnostics are left out and counted.
package convert
