// Package proxy sits between any editor and one language server and adds our
// code actions to the server's, so that an editor needs no plugin of ours.
//
// Everything passes in order and byte for byte, header and body, but for what
// is listed here. A message is passed on while it still comes in, as soon as it
// is clear that nothing is to be done with it; of each only the envelope is
// read, its method and id. Back-pressure is that of the pipes: at most one
// message is held in each direction.
//
// What the editor sends that the server gets otherwise:
//   - initialize without initializationOptions.dejafix: servers complain of
//     settings that they do not know. workspace/didChangeConfiguration passes
//     with them: there clients send the settings of all servers.
//   - textDocument/codeAction without its partialResultToken.
//   - dejafix/*, the commands dejafix.*, codeAction/resolve of our actions and
//     $/cancelRequest of those, answers to our own requests, and what the server
//     said it does not want (didOpen and the like) and only we do: not at all.
//
// What the server sends that the editor gets otherwise:
//   - the result of initialize, which has one of each capability; serverInfo is
//     ours and has the server's in "inner".
//   - the results of textDocument/codeAction, with our actions after the
//     server's, and of textDocument/hover in editors that merge hovers. Ours are
//     those ready when the server's answer comes (Moment says what that means).
//
// What only we send: requests with ids "dejafix:n", notifications of our
// server, and answers where the server has no such capability.
//
// Our side is the server of package lsp, whole, behind a stream: this package
// acts as its editor (session.go, observe.go) and repeats none of its logic.
// It is told over a bounded queue. When it is slow, the queue drops what it is
// told; when it is broken or absent, everything passes and nothing is added.
// When a peer's framing cannot be followed any more, the rest of that direction
// passes unread.
//
// Two goroutines own the passing, one for each direction (fromeditor.go,
// fromserver.go). What both know is in proxy.go under one lock, which is never
// held while anything is written. One goroutine owns what our side is told.
package proxy
