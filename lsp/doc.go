// Package lsp is the language server: it reads what an editor sends, keeps the
// open documents and what other servers say of them, tells the learner, and
// answers with code actions.
//
// One goroutine owns the session (session.go): documents, diagnostics, folders
// and settings are touched by it alone. Notifications are applied there, one
// after the other, in wire order. A request takes an immutable snapshot there,
// also in wire order, and then runs beside the others; a slow, failing or
// panicking one harms no other. Nothing that owns the session writes to the
// client or waits for it.
//
// The learner is behind the small interface Learner, which cmd satisfies; this
// package never imports learner, and learner never imports it. Values go from
// the wire to the vocabulary and back in lsp/convert alone.
//
// It never edits a file, never runs a command, and reads from disk only what
// belongs to the workspace: unopened files with diagnostics, ignore files,
// dejafix.toml, and where HEAD is.
//
// There is one file for each method of the protocol.
package lsp
