package lsp

import (
	"path/filepath"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp/protocol"
)

func (s *session) didSave(params []byte) error {
	p, err := protocol.Decode[protocol.DidSaveParams](protocol.MethodDidSave, params)
	if err != nil {
		return err
	}
	d, ok := s.docs[string(p.TextDocument.URI)]
	if !ok {
		return nil
	}
	doc := d.text.Doc
	if filepath.Base(doc.Path) == workspaceFileName {
		s.reloadFile(filepath.Dir(doc.Path))
	}
	s.noticeHead(doc.Root)
	s.observe(analysis.Edited{Doc: seen(doc), Change: analysis.Saved, Time: s.now()})
	return nil
}
