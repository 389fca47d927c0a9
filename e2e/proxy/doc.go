// Package proxy holds long sessions with real language servers against what
// passes through `dejafix proxy`: every message that the server gets is the one
// that the editor sent, and the other way round, to the byte, but for the
// exceptions that lsp/proxy names. It also drives Helix and Emacs through it.
//
// It sees the wire alone: the editor here is one that writes frames, and the
// server runs behind a recorder that keeps the bytes of both directions.
package proxy
