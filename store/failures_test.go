package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/store"
)

// TestRunToldTwice: a run of which two windows tell at once counts once.
func TestRunToldTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dejafix.db")
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, window := range []*store.Store{openAt(t, store.Options{Path: path}), openAt(t, store.Options{Path: path})} {
		for _, ended := range []time.Time{at, at.Add(time.Minute)} {
			// Each found nothing in the store when it looked.
			err := window.AddRun(t.Context(), analysis.RunNote{
				Workspace: "w", Code: "c", Same: "s", Time: ended,
				Groups: []analysis.FailureGroup{{
					Print: "t_1", Language: "go", Type: "panic", Vias: []string{"run"},
					Tests: []analysis.FailedTest{{Key: "k", Package: "shop", Name: "TestCart"}},
				}},
				Results: []analysis.TestResult{{Test: "k", Failed: 1}},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	past, err := openAt(t, store.Options{Path: path}).RunPast(t.Context(), "w", "s", []string{"t_1"})
	if err != nil {
		t.Fatal(err)
	}
	g := past.Groups["t_1"]
	if g.Count != 2 || past.Tracked["k"].Count != 2 || past.Results["k"].Failed != 2 {
		t.Errorf("counted %d times, of its test %d, which failed in %d", g.Count, past.Tracked["k"].Count, past.Results["k"].Failed)
	}
}
