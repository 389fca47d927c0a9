package learner

import (
	"context"
	"errors"
	"fmt"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/learner/replay"
)

// A PairReport says what came of recorded pairs.
type PairReport struct {
	Read    int // pairs
	Added   int // examples that are new
	Refused int // pairs that teach nothing: they delete, or nothing of them belongs to the error
}

// LearnPairs learns from recorded fix pairs, under the workspace at root: they
// are a cold start for it, and do not help elsewhere (ARCHITECTURE.md, "Data at
// rest"). progress, when not nil, is called after each step.
func (l *Learner) LearnPairs(ctx context.Context, rows []replay.Row, root string, progress func(done, total int)) (PairReport, error) {
	report := PairReport{Read: len(rows)}
	var examples []analysis.Example
	for i := range rows {
		r := &rows[i]
		path := r.File
		if path == "" {
			path = r.ID
		}
		before := analysis.NewDocument("pair:"+r.ID, path, "", r.Language, 0, r.Before)
		after := analysis.NewDocument("pair:"+r.ID, path, "", r.Language, 1, r.After)
		exs, err := l.Examples(ctx, before, after, r.Diagnostic(), nil, analysis.Provenance{Origin: analysis.OriginImport, Tool: r.Source, Version: l.version, Time: l.clock()})
		switch {
		case errors.Is(err, errNotRepair):
			report.Refused++
		case err != nil:
			return report, fmt.Errorf("pair %d (%s): %w", i+1, r.ID, err)
		default:
			examples = append(examples, exs...)
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
