package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/store"
)

// TestChecks: the counts of all processes together, and the memory of those that
// run; a process that was killed holds nothing.
func TestChecks(t *testing.T) {
	gone := exec.Command(os.Args[0], "-test.run=^$")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	got := checks([]store.Checkers{
		{PID: os.Getpid(), Runs: 5, Checked: 2, Unknown: map[string]int64{"time": 1}, Memory: 100 << 20, Peak: 200 << 20, Limit: 2 << 30},
		{PID: gone.Process.Pid, Runs: 1, Refuted: 1, Unknown: map[string]int64{"missing": 2}, Memory: 50 << 20},
		{PID: os.Getpid(), Runs: 1, Checked: 1, Ended: true},
	})
	var b strings.Builder
	if err := printChecks(&b, got); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"repairs checked  7  3 checked, 1 refuted, 3 unknown (missing 2, time 1)",
		fmt.Sprintf("checkers hold 100.0 MB at most 200.0 MB so far, in process %d; one may hold 2048.0 MB", os.Getpid()),
	}
	for i, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
		if i >= len(want) || !slices.Equal(strings.Fields(line), strings.Fields(want[i])) {
			t.Errorf("line %q, want %q", line, want[min(i, len(want)-1)])
		}
	}
}

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
