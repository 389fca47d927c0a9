package failure

import (
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// Recent remembers the runs of the last seconds, so that a test whose run is
// told of by several (a terminal and a report file) is counted once. The zero
// value remembers none. It has one owner.
type Recent struct {
	runs  []recentRun
	stops []stop
}

// A stop is where a debugger stopped.
type stop struct {
	workspace, code, fp, typ, path string
	line                           int
	time                           time.Time
}

type recentRun struct {
	workspace, via, code string
	time                 time.Time
	tests                map[string]bool
}

// maxRecent bounds the runs that are remembered; each is forgotten after sameRun.
const maxRecent = 16

// told returns the keys of the tests of r that somebody else told of already,
// and remembers r. keys are those of r.Tests.
func (m *Recent) told(r *Run, keys []string) map[string]bool {
	kept := m.runs[:0]
	for _, old := range m.runs {
		// Who looks at files learns later what a terminal told at once.
		if d := r.Time.Sub(old.time).Abs(); d <= sameRun {
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
	for _, key := range keys {
		now.tests[key] = true
	}
	for _, p := range r.Packages {
		now.tests[wholePackage(r.Command, p)] = true
	}
	if r.Ended {
		now.tests[wholeRun(r.Command)] = true
	}
	if len(m.runs) == maxRecent {
		m.runs = m.runs[1:]
	}
	m.runs = append(m.runs, now)
	return told
}

// stopped returns the fingerprint under which a debugger told of a failure that is
// now printed, "" where it told of none or of the same; and remembers where
// debuggers stop. They tell of fewer calls than are printed.
func (m *Recent) stopped(r *Run, g *analysis.FailureGroup) (fp string) {
	if len(g.Frames) == 0 {
		return ""
	}
	f := &g.Frames[0]
	now := stop{r.Workspace, r.Code, g.Print, g.Type, f.Path, f.Line, r.Time}
	kept := m.stops[:0]
	for _, s := range m.stops {
		if d := r.Time.Sub(s.time).Abs(); d > sameStop {
			continue
		}
		if r.Via != Debugger && s.workspace == now.workspace && s.code == now.code && s.typ == now.typ && s.path == now.path && s.line == now.line {
			if s.fp != now.fp {
				fp = s.fp
			}
			continue // it is told once
		}
		kept = append(kept, s)
	}
	m.stops = kept
	if r.Via == Debugger {
		if len(m.stops) == maxRecent {
			m.stops = m.stops[1:]
		}
		m.stops = append(m.stops, now)
	}
	return fp
}
