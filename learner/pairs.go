package learner

import (
	"context"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/learner/replay"
)

// A PairReport says what came of recorded pairs.
type PairReport struct {
	Read    int // pairs
	Added   int // examples that are new
	Refused int // pairs that teach nothing: they change nothing, or a line of them is over the size that is kept
}

// LearnPairs learns from recorded fix pairs, each taken whole as the repair that
// it says it is (replay.Example, which the evaluation learns from too), under
// the workspace at root: they are a cold start for it, and do not help elsewhere
// (ARCHITECTURE.md, "Data at rest"). progress, when not nil, is called after each step.
func (l *Learner) LearnPairs(ctx context.Context, rows []replay.Row, root string, progress func(done, total int)) (PairReport, error) {
	report := PairReport{Read: len(rows)}
	var examples []analysis.Example
	for i := range rows {
		if err := ctx.Err(); err != nil {
			return report, err
		}
		r := &rows[i]
		ex, ok := replay.Example(ctx, r)
		if ok && len(ex.Before) <= maxKept {
			ex.Support = true
			if ex.Path = r.File; ex.Path == "" {
				ex.Path = r.ID
			}
			ex.Provenance = analysis.Provenance{Origin: analysis.OriginImport, Tool: r.Source, Version: l.version, Time: l.clock()}
			describe(&ex, nil, nil)
			examples = append(examples, ex)
		} else {
			report.Refused++
		}
		if progress != nil {
			progress(i+1, 2*len(rows))
		}
	}
	half := len(rows)
	added, err := l.Import(ctx, examples, root, func(done, total int) {
		if progress != nil {
			progress(half+done*half/max(total, 1), 2*half)
		}
	})
	report.Added = added
	return report, err
}
