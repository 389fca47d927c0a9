package lsp

import (
	"slices"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// Bounds of what is remembered of files that are not open. gopls and tsserver
// report whole workspaces, of which few files have errors.
const (
	maxUnopened            = 500
	maxUnopenedDiagnostics = 100 // of one file
)

// unopened are the diagnostics of files that are not open, by URI, so that a
// repair can reach them. Their texts stay on disk.
type unopened struct {
	order []string // the oldest first
	byURI map[string]reported
}

// reported is what other sources show in a file that is not open.
type reported struct {
	root, language string
	digest         analysis.Digest // of the text that they speak of
	diagnostics    []analysis.Diagnostic
	ranges         []protocol.Range // of the diagnostics
}

// put remembers the diagnostics of doc in place of what was known of it.
func (u *unopened) put(text *convert.Text, reports []convert.Reported) {
	doc := text.Doc
	u.drop(doc.URI)
	if len(reports) == 0 || doc.Hidden {
		return
	}
	if u.byURI == nil {
		u.byURI = map[string]reported{}
	}
	if len(u.order) == maxUnopened {
		u.drop(u.order[0])
	}
	u.order = append(u.order, doc.URI)
	r := reported{root: doc.Root, language: doc.Language, digest: doc.Digest}
	for _, d := range reports[:min(len(reports), maxUnopenedDiagnostics)] {
		r.diagnostics = append(r.diagnostics, d.Diagnostic)
		r.ranges = append(r.ranges, text.Range(d.Span))
	}
	u.byURI[doc.URI] = r
}

func (u *unopened) drop(uri string) {
	if _, ok := u.byURI[uri]; ok {
		delete(u.byURI, uri)
		u.order = slices.DeleteFunc(u.order, func(o string) bool { return o == uri })
	}
}
