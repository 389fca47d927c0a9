// Package analysis is the vocabulary of dejafix: the values that the other
// packages pass to each other. It holds no state, does no work beyond small
// pure methods, imports only the standard library and has no JSON tags; the
// forms in which these values are written down live in analysis/wire (ours),
// lsp/protocol (LSP) and store (rows).
//
// All positions are byte offsets into the text they were made for. Line and
// column positions, and UTF-16, exist only at the edges (analysis/textedit
// converts, lsp/convert and the parsers call it).
package analysis
