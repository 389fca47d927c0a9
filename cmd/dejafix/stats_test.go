package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/dejafix/dejafix/analysis/wire"
)

// TestReliability: what was said of a suggestion, and that it held, is in stats.
func TestReliability(t *testing.T) {
	w := newWindow(t, nil)
	w.held()
	if err := w.Shutdown(); err != nil {
		t.Fatal(err)
	}
	stats := func(args ...string) []byte {
		t.Helper()
		out, err := exec.Command("dejafix", append(args, "stats", "--store", filepath.Join(w.dir, "dejafix.db"))...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	var s wire.Stats
	if err := json.Unmarshal(stats("--json"), &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Reliability) != 1 {
		t.Fatalf("reliability %+v, want one tenth", s.Reliability)
	}
	r := s.Reliability[0]
	if r.Said < r.From || r.Said > r.From+.1 || r.Seen != 1 || r.Applied != 1 || r.Held != 1 || r.Undone+r.CameBack+r.Ignored != 0 {
		t.Errorf("one that was applied and held: %+v", r)
	}
	want := regexp.MustCompile(`(?m)^CHANCE SAID +SEEN +APPLIED +HELD +UNDONE +CAME BACK +IGNORED\n0\.\d-\d\.\d +1 +1 +1 +0 +0 +0$`)
	if out := stats(); !want.Match(out) {
		t.Errorf("no line %s in\n%s", want, out)
	}
}
