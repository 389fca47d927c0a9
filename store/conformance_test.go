package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/dejafix/dejafix/store"
	"github.com/dejafix/dejafix/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m, open) }

// open opens a store of the suite, and looks each time whether SQLite finds
// anything wrong with the file, after a kill above all.
func open(ctx context.Context, location string, clock func() time.Time) (storetest.Store, error) {
	if _, err := os.Stat(location); err == nil {
		if err := integrity(location); err != nil {
			return nil, err
		}
	}
	s, err := store.Open(ctx, store.Options{Path: location, Clock: clock})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func TestConformance(t *testing.T) { storetest.Run(t, open) }

// integrity runs SQLite's own check.
func integrity(path string) error {
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	var answer string
	err = errors.Join(db.QueryRow("PRAGMA integrity_check").Scan(&answer), db.Close())
	if err == nil && answer != "ok" {
		err = fmt.Errorf("integrity_check of %s: %s", path, answer)
	}
	return err
}

// TestLookUpAllocations: what a request reads for one rule stays small.
func TestLookUpAllocations(t *testing.T) {
	s := openAt(t, store.Options{Path: newPath(t)})
	if err := storetest.Fill(t.Context(), s, 200, 10, nil); err != nil {
		t.Fatal(err)
	}
	ex := storetest.Sample(0, 10)
	key := ex.Identity.RuleKey()
	for what, tc := range map[string]struct {
		ceiling float64 // measured, and a tenth
		run     func() error
	}{
		"20 examples":    {1870, func() error { _, err := s.ExamplesByRule(t.Context(), key, nil, 60); return err }},
		"the generation": {24, func() error { _, err := s.Generation(t.Context()); return err }},
	} {
		got := testing.AllocsPerRun(50, func() {
			if err := tc.run(); err != nil {
				t.Fatal(err)
			}
		})
		if got > tc.ceiling {
			t.Errorf("%s: %.0f allocations, the ceiling is %.0f", what, got, tc.ceiling)
		}
		t.Logf("%s: %.0f allocations", what, got)
	}
}
