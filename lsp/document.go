package lsp

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/bug"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
	"github.com/dejafix/dejafix/lsp/watch"
)

const (
	// maxVersions and maxVersionBytes bound the way back to older versions of a
	// document, so that diagnostics made for one of them can be placed. Servers
	// answer after up to a second (gopls: 0.2-1 s), in which a fast typist makes
	// 20 changes; a paste over a file is as long as the file.
	maxVersions     = 64
	maxVersionBytes = 1 << 20
	// maxDiskFile bounds an unopened file that is read because of its
	// diagnostics, in bytes. Go's longest hand-written source file is 0.5 MB.
	maxDiskFile = 2 << 20
)

// document is an open document. Slices in it are replaced, never changed: a
// request may be reading them.
type document struct {
	text *convert.Text
	// older versions, the oldest first.
	older []revision
	// reports is what other sources show, placed in text.
	reports []convert.Reported
	// failed is what failed in it when it was run last, placed in text. One whose
	// line was edited is not there any more.
	failed []convert.Reported
	// early is a report for a version that has not come yet: editors delay
	// didChange and not their diagnostics.
	early  *protocol.DiagnosticsParams
	hidden string // why nothing is attached to it, "" when something is
}

// revision is an older version: the edits that led from it to the next one, and
// those that lead back. Texts are not kept.
type revision struct {
	version     int32
	forth, back []analysis.Edit
}

// size is the bytes of text in r.
func (r revision) size() (n int) {
	for _, e := range r.forth {
		n += len(e.New)
	}
	for _, e := range r.back {
		n += len(e.New)
	}
	return n
}

// newDocument makes the vocabulary's value of a text. The learner never sees
// the text of a hidden one.
func (s *session) newDocument(uri protocol.URI, language string, version int32, text string) (doc *analysis.Document, hidden string) {
	path := filePath(uri)
	root := s.rootOf(path)
	settings := s.settingsFor(root)
	doc = analysis.NewDocument(string(uri), path, root, language, version, text)
	hidden = watch.Hidden(uri.Scheme(), path, root, text, settings.Exclude)
	if hidden == "" && !settings.Enable && s.settings.Enable {
		hidden = "switched off in " + workspaceFileName
	}
	doc.Hidden = hidden != ""
	return doc, hidden
}

// seen is doc as the learner may see it.
func seen(doc *analysis.Document) *analysis.Document {
	if !doc.Hidden {
		return doc
	}
	blank := analysis.NewDocument(doc.URI, doc.Path, doc.Root, doc.Language, doc.Version, "")
	blank.Hidden = true
	return blank
}

// replace makes text the current version.
func (d *document) replace(text *convert.Text, edits []analysis.Edit) {
	d.older = append(d.older, revision{
		version: d.text.Doc.Version, forth: edits, back: textedit.Invert(d.text.Doc.Text, edits),
	})
	size := 0
	for i, v := range slices.Backward(d.older) {
		if size += v.size(); size > maxVersionBytes || len(d.older)-i > maxVersions {
			d.older = append([]revision(nil), d.older[i+1:]...)
			break
		}
	}
	old := d.text
	d.text = text
	if len(d.reports) > 0 {
		d.reports = moved(d.reports, edits)
	}
	if len(d.failed) > 0 {
		d.failed = unedited(d.failed, old, text, edits)
	}
}

// unedited carries failures over edits: those whose line is as it was.
func unedited(failed []convert.Reported, old, text *convert.Text, edits []analysis.Edit) []convert.Reported {
	var out []convert.Reported
	for _, r := range failed {
		line := old.Doc.Text[r.Span.Start:r.Span.End]
		at, _ := textedit.Map(r.Span, edits)
		for n := text.Lines.Line(at.Start); n <= text.Lines.Line(at.End); n++ {
			span := trimmed(text.Doc.Text, text.Lines.Span(n))
			if text.Doc.Text[span.Start:span.End] == line {
				r.Span = span
				out = append(out, r)
				break
			}
		}
	}
	return out
}

// all is what is shown in the document, by others and of what failed.
func (d *document) all() []convert.Reported {
	if len(d.failed) == 0 {
		return d.reports
	}
	return append(slices.Clip(d.reports), d.failed...)
}

// moved carries reports over edits. One whose code was replaced is left out: it
// speaks of a text that is no more, and its source will speak again.
func moved(reports []convert.Reported, edits []analysis.Edit) []convert.Reported {
	out := make([]convert.Reported, 0, len(reports))
	for _, r := range reports {
		span, ok := textedit.Map(r.Span, edits)
		if !ok {
			continue
		}
		r.Span = span
		out = append(out, r)
	}
	return out
}

// at is the version of the text that a report speaks of, and the edits since;
// nil when it is no longer, or not yet, known.
func (d *document) at(version *int32) (text *convert.Text, since [][]analysis.Edit) {
	if version == nil || *version == d.text.Doc.Version {
		return d.text, nil
	}
	i := slices.IndexFunc(d.older, func(r revision) bool { return r.version == *version })
	if i < 0 {
		return nil, nil
	}
	now := d.text.Doc
	old := now.Text
	for j := len(d.older) - 1; j >= i; j-- {
		var err error
		if old, err = textedit.Apply(old, d.older[j].back); err != nil {
			bug.Reportf("the way back to version %d of a document: %v", *version, err)
			return nil, nil
		}
	}
	for _, r := range d.older[i:] {
		since = append(since, r.forth)
	}
	doc := analysis.NewDocument(now.URI, now.Path, now.Root, now.Language, *version, old)
	doc.Hidden = now.Hidden
	return convert.NewText(doc, d.text.Encoding), since
}

// fromDisk reads an unopened file that belongs to somebody's diagnostics.
func (s *session) fromDisk(uri protocol.URI) (*convert.Text, error) {
	path := filePath(uri)
	if path == "" {
		return nil, fmt.Errorf("%s is not open and not a file", uri)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	case info.Size() > maxDiskFile:
		return nil, fmt.Errorf("%s is over %d MB", path, maxDiskFile>>20)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxDiskFile))
	if err != nil {
		return nil, err
	}
	doc, _ := s.newDocument(uri, identity.LanguageOf(path), 0, string(text))
	return convert.NewText(doc, s.encoding), nil
}
