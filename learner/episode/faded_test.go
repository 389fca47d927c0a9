package episode

import (
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// Code that an editor greys out is no error, whatever becomes of it; an unused
// import that a compiler refuses is one.
func TestFadedCodeIsNoError(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	doc := analysis.NewDocument("file:///a.py", "/a.py", "/", "python", 1, "import os\n")
	for _, c := range []struct {
		name string
		d    analysis.Diagnostic
		want int
	}{
		{"unused hint", analysis.Diagnostic{Severity: analysis.SeverityHint, Unnecessary: true}, 0},
		{"deprecated hint", analysis.Diagnostic{Severity: analysis.SeverityHint, Deprecated: true}, 0},
		{"hint", analysis.Diagnostic{Severity: analysis.SeverityHint}, 1},
		{"unused warning", analysis.Diagnostic{Severity: analysis.SeverityWarning, Unnecessary: true}, 1},
	} {
		c.d.Source, c.d.Message, c.d.Span = "Pyright", `"os" is not accessed`, analysis.Span{Start: 7, End: 9}
		m := New(Options{})
		m.Observe(analysis.Edited{Doc: doc, Time: now})
		m.Observe(analysis.Diagnosed{Doc: doc, Diagnostics: []analysis.Diagnostic{c.d}, Whole: true, Time: now})
		if m.Open() != c.want {
			t.Errorf("%s: %d episodes are open, want %d", c.name, m.Open(), c.want)
		}
	}
}
