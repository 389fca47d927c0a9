// Package syntax is the one door to tree-sitter: which languages there are (a
// row each), parsing and incremental parsing, and Fragments, which are pieces
// of a tree copied into Go so that matching them costs no calls into C.
//
// It is the only importer of go-tree-sitter and of the grammars. Trees are C
// memory without finalizers: whoever parses closes, or lets a Cache do it.
// Parsing never fails on what people wrote; a language without a row is cut
// into tokens by brackets, lines and commas, and gives the same Fragments.
// So is what is not code in a text that holds code between tags (Vue, Svelte,
// PHP): one Fragment has both, and all positions are those of the whole text.
package syntax
