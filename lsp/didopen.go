package lsp

import (
	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// didOpen takes over a document from the disk.
func (s *session) didOpen(params []byte) error {
	p, err := protocol.Decode[protocol.DidOpenParams](protocol.MethodDidOpen, params)
	if err != nil {
		return err
	}
	item := p.TextDocument
	root := s.rootOf(filePath(item.URI))
	_, known := s.files[root]
	doc, hidden := s.newDocument(item.URI, string(item.LanguageID), item.Version, item.Text)
	if root != "" && !known {
		s.adopt(root)
	}
	s.docs[doc.URI] = &document{text: convert.NewText(doc, s.encoding), hidden: hidden}
	s.unopened.drop(doc.URI)
	s.noticeHead(root)
	s.edited(doc, nil, analysis.Edited{Doc: seen(doc), Change: analysis.Opened, Time: s.now()})
	if len(s.failures[doc.Path]) > 0 {
		s.failedIn(doc.Path, false)
	}
	return nil
}
