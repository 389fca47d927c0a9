package lsp

import (
	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp/protocol"
)

func (s *session) didClose(params []byte) error {
	p, err := protocol.Decode[protocol.DidCloseParams](protocol.MethodDidClose, params)
	if err != nil {
		return err
	}
	uri := string(p.TextDocument.URI)
	d, ok := s.docs[uri]
	if !ok {
		return nil
	}
	delete(s.docs, uri)
	s.unopened.put(d.text, d.reports)
	s.observe(analysis.Edited{Doc: seen(d.text.Doc), Change: analysis.Closed, Time: s.now()})
	return nil
}
