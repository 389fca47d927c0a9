package lsp

import (
	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// peerActions takes what other servers offer at a place, so that ours is not
// shown beside the same thing.
func (s *session) peerActions(params []byte) error {
	p, err := protocol.Decode[protocol.PeerActionsParams](protocol.MethodPeerActions, params)
	if err != nil {
		return err
	}
	d, ok := s.docs[string(p.URI)]
	if !ok || d.text.Doc.Hidden {
		return nil
	}
	text, _ := d.at(p.Version)
	if text == nil {
		return nil // of a text that is no more
	}
	s.observe(analysis.Peered{
		Doc: text.Doc, Span: text.Span(p.Range), Titles: p.Titles,
		Edits: convert.PeerEdits(text, p.Edits), Time: s.now(),
	})
	return nil
}
