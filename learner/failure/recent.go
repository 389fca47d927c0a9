package failure

import (
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// Recent remembers the runs of the last seconds, so that a test whose run is
// told of by several (a terminal and a report file) is counted once. The zero
// value remembers none. It has one owner.
type Recent struct {
	runs []recentRun
}

type recentRun struct {
	workspace, via, code string
	time                 time.Time
	tests                map[string]bool
}

// maxRecent bounds the runs that are remembered; each is forgotten after sameRun.
const maxRecent = 16

// Told returns the keys of the tests of r that somebody else told of already,
// and remembers r.
func (m *Recent) Told(r *Run) map[string]bool {
	kept := m.runs[:0]
	for _, old := range m.runs {
		if d := r.Time.Sub(old.time); d >= 0 && d <= sameRun {
			kept = append(kept, old)
		}
	}
	m.runs = kept
	told := map[string]bool{}
	for _, old := range m.runs {
		if old.workspace != r.Workspace || old.via == r.Via || old.code != r.Code {
			continue
		}
		for key := range old.tests {
			told[key] = true
		}
	}
	now := recentRun{r.Workspace, r.Via, r.Code, r.Time, make(map[string]bool, len(r.Tests))}
	for i := range r.Tests {
		now.tests[analysis.TestKey(r.Tests[i].Package, r.Tests[i].Name, r.Command)] = true
	}
	for _, p := range r.Packages {
		now.tests[wholePackage(r.Command, p)] = true
	}
	if len(m.runs) == maxRecent {
		m.runs = m.runs[1:]
	}
	m.runs = append(m.runs, now)
	return told
}
