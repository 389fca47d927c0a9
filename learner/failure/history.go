package failure

import (
	"cmp"
	"slices"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/trace"
)

// Quarantine is how long a test that was found to fail and pass with the same
// code teaches nothing: a month, in which most teams' tests run daily.
const Quarantine = 30 * 24 * time.Hour

// maxRelated is how many failures that look alike are named.
const maxRelated = 3

// Related picks, among what is remembered, the failures that look like t, the
// most alike first. Those with its fingerprint are not among them: they are it.
func Related(t *analysis.Trace, groups []analysis.FailureGroup) []analysis.FailureGroup {
	type scored struct {
		g     analysis.FailureGroup
		score float64
	}
	var found []scored
	like := trace.SimilarTo(t)
	for _, g := range groups {
		if g.Print == t.Fingerprint || len(g.Frames) == 0 {
			continue
		}
		if s := like(Trace(&g)); s >= trace.RelatedFrom {
			found = append(found, scored{g, s})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var out []analysis.FailureGroup
	for _, f := range found[:min(len(found), maxRelated)] {
		out = append(out, f.g)
	}
	return out
}

// Trace is what is kept of a failure as a trace, to compare it by.
func Trace(g *analysis.FailureGroup) *analysis.Trace {
	return &analysis.Trace{Language: g.Language, Type: g.Type, Message: g.Message, Frames: g.Frames, Fingerprint: g.Print}
}
