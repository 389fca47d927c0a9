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
	failed := len(d.failed)
	d.replace(&convert.Text{Doc: doc, Lines: now.Lines, Encoding: now.Encoding}, edits)

	s.edited(doc, old, analysis.Edited{Doc: seen(doc), Change: analysis.Changed, Time: s.now()})
	if len(d.failed) < failed {
		s.publish(p.TextDocument.URI, d.failed) // a line that was edited may fail no more
	}
	if early := d.early; early != nil && *early.Version <= doc.Version {
		d.early = nil
		return s.report(*early)
	}
	return nil
}

// edited tells the learner of a change, and whether it is an edit of ours that
// the client made, whether or not it also runs the command. before is nil for a
// document that was not open.
func (s *session) edited(doc, before *analysis.Document, ev analysis.Edited) {
	ids := s.offers.taken(doc, before)
	if len(ids) > 0 {
		ev.Origin = analysis.OriginOurAction
	}
	s.observe(ev)
	s.applied(ids...)
}
