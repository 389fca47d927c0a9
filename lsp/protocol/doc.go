// Package protocol is what goes over the wire between an editor and the server:
// LSP's types, which are those of go.lsp.dev/protocol, our own methods, the
// framing of messages, and the codec. It is the only importer of
// go.lsp.dev/protocol, so that the version of the protocol is chosen in one
// place.
//
// It knows nothing of analysis: lsp/convert translates. It keeps no state
// beyond the buffer of one stream.
package protocol
