package lsp

import (
	"context"

	"github.com/dejafix/dejafix/lsp/protocol"
)

// viaPaste is the kind of what a person had read: a trace from somewhere else.
const viaPaste = "paste"

// pasted leads a person who had a text read to the first failure in it.
func (s *session) pasted(r ran) {
	if len(r.failures) == 0 {
		s.sv.notify(protocol.MethodShowMessage, &protocol.ShowMessageParams{
			Type:    messageInfo,
			Message: "dejafix: no failure in this workspace's own code was found in it; `dejafix trace` says what is there.",
		})
		return
	}
	f := r.failures[0]
	uri := protocol.FileURI(f.path)
	at := protocol.Range{Start: protocol.Position{Line: uint32(f.line)}, End: protocol.Position{Line: uint32(f.line)}}
	if d := s.docs[string(uri)]; d != nil {
		for _, shown := range d.failed {
			if shown.Failure == f.id {
				at = shown.Wire.Range // the text may be another than on the disk
				break
			}
		}
	}
	at.End = at.Start
	if !s.client.showing {
		s.sv.notify(protocol.MethodShowMessage, &protocol.ShowMessageParams{Type: messageInfo, Message: "dejafix: " + f.path + ": " + f.message})
		return
	}
	sv, focus := s.sv, true
	sv.goBackground(func() {
		ctx, cancel := context.WithTimeout(sv.base, clientWithin)
		defer cancel()
		if _, err := sv.conn.Call(ctx, protocol.MethodShowDocument, &protocol.ShowDocumentParams{URI: uri, TakeFocus: &focus, Selection: &at}, nil); err != nil {
			sv.Logger.Debug("the client did not show a failure", "err", err)
		}
	})
}
