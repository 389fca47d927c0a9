package lsp

import (
	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// diagnostics takes all that other sources show in a document.
func (s *session) diagnostics(params []byte) error {
	p, err := protocol.Decode[protocol.DiagnosticsParams](protocol.MethodDiagnostics, params)
	if err != nil {
		return err
	}
	return s.report(p)
}

func (s *session) report(p protocol.DiagnosticsParams) error {
	d, open := s.docs[string(p.URI)]
	if !open {
		return s.reportUnopened(p)
	}
	s.noticeHead(d.text.Doc.Root)
	text, since := d.at(p.Version)
	if text == nil {
		if *p.Version > d.text.Doc.Version {
			d.early = &p
			return nil
		}
		// Too old to be placed, and a newer one follows it.
		s.sv.Logger.Debug("diagnostics of a forgotten version", "uri", p.URI, "version", *p.Version)
		return nil
	}
	if d.early != nil && (p.Version == nil || *p.Version >= *d.early.Version) {
		d.early = nil
	}
	reports, doubts := convert.Reports(text, p.Diagnostics)
	if doubts > 0 {
		s.sv.Logger.Warn("malformed diagnostics left out", "uri", p.URI, "count", doubts)
	}
	if !d.text.Doc.Hidden {
		// With doubts it is not known what is gone: such a report may open an
		// episode, never close one.
		s.observe(analysis.Diagnosed{
			Doc: text.Doc, Diagnostics: convert.Diagnostics(reports), Whole: doubts == 0, Time: s.now(),
		})
	}
	for _, edits := range since {
		reports = moved(reports, edits)
	}
	d.reports = reports
	s.sv.recurringChanged()
	return nil
}

// reportUnopened takes the diagnostics of a file that only the other server
// has read.
func (s *session) reportUnopened(p protocol.DiagnosticsParams) error {
	s.unopened.drop(string(p.URI))
	text, err := s.fromDisk(p.URI)
	if err != nil {
		return err
	}
	s.noticeHead(text.Doc.Root)
	if text.Doc.Hidden {
		return nil
	}
	reports, doubts := convert.Reports(text, p.Diagnostics)
	s.unopened.put(text, reports)
	s.sv.recurringChanged()
	s.observe(analysis.Diagnosed{
		Doc: text.Doc, Diagnostics: convert.Diagnostics(reports), Whole: doubts == 0, Time: s.now(),
	})
	return nil
}

// noticeHead tells the learner when the repository around root went to another
// commit: errors that vanish with it were not repaired. The event is a change
// on disk, by version control, of the repository's HEAD.
func (s *session) noticeHead(root string) {
	if root == "" || !s.head.Moved(root) {
		return
	}
	s.observe(analysis.Edited{Doc: s.headDocument(root), Change: analysis.DiskChanged, Origin: analysis.OriginVCS, Time: s.now()})
}
