package repair

import (
	"slices"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// Record tells the learner what was applied and what was shown, as an editor
// would: each text with its errors, what was seen, the text after. Only files
// for which written is true count as applied. The errors that a checker no
// longer finds are then cured, and what cured them held.
func (r *Result) Record(l Learner, now time.Time, written func(path string) bool) {
	known := map[string]bool{}
	open := func(doc *analysis.Document, diags []analysis.Diagnostic) {
		if known[doc.Path] {
			return
		}
		known[doc.Path] = true
		l.Observe(analysis.Edited{Doc: doc, Change: analysis.Opened, Time: now})
		l.Observe(analysis.Diagnosed{Doc: doc, Diagnostics: diags, Whole: true, Time: now})
	}
	for _, s := range r.steps {
		if !written(s.before.Path) {
			continue
		}
		open(s.before, s.diags)
		l.Observe(analysis.Served{Doc: s.before, IDs: s.ids, Seen: true, Together: len(s.ids) > 1, Time: now})
		l.Observe(analysis.Edited{Doc: s.after, Change: analysis.Changed, Origin: analysis.OriginOurAction, Time: now})
		for _, id := range s.ids {
			l.Observe(analysis.Decided{ID: id, Verdict: analysis.VerdictApplied, Time: now})
		}
		l.Observe(analysis.Diagnosed{Doc: s.after, Diagnostics: s.now, Whole: true, Time: now})
	}
	var shown []string
	for _, left := range r.Left {
		if left.Offer != nil && !slices.Contains(shown, left.Offer.ID) {
			shown = append(shown, left.Offer.ID)
		}
	}
	if len(shown) > 0 {
		l.Observe(analysis.Served{IDs: shown, Seen: true, Time: now})
	}
}
