package lsp

import (
	"fmt"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// didChange applies changes of the text, and nothing else: it is on the path of
// every keystroke.
func (s *session) didChange(params []byte) error {
	p, err := protocol.Decode[protocol.DidChangeParams](protocol.MethodDidChange, params)
	if err != nil {
		return err
	}
	uri := string(p.TextDocument.URI)
	d, ok := s.docs[uri]
	if !ok {
		return fmt.Errorf("%s is not open", uri)
	}
	old := d.text.Doc
	now, edits, err := convert.Change(d.text, p.ContentChanges)
	if err != nil {
		return fmt.Errorf("%s: %w", uri, err)
	}
	doc := analysis.NewDocument(old.URI, old.Path, old.Root, old.Language, p.TextDocument.Version, now.Doc.Text)
	doc.Hidden = old.Hidden
	d.replace(&convert.Text{Doc: doc, Lines: now.Lines, Encoding: now.Encoding}, edits)

	ev := analysis.Edited{Doc: seen(doc), Change: analysis.Changed, Time: s.now()}
	if id := s.offers.taken(doc); id != "" {
		// The client ran our edit, whether or not it also runs the command.
		ev.Origin = analysis.OriginOurAction
		s.observe(ev)
		s.applied(id)
	} else {
		s.observe(ev)
	}
	if early := d.early; early != nil && *early.Version <= doc.Version {
		d.early = nil
		return s.report(*early)
	}
	return nil
}
