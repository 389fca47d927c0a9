package learner_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/learner"
	"github.com/dejafix/dejafix/store"
)

const (
	lastBroken = "package shop\n\nfunc last(names []string) string {\n\treturn names[len(names)]\n}\n"
	lastMended = "package shop\n\nfunc last(names []string) string {\n\treturn names[len(names)-1]\n}\n"
	otherText  = "package shop\n\nvar size = 1\n"
	lastPrint  = "t_last"
)

// A runner tells a session what tests said.
type runner struct {
	*session
	st  *store.Store
	now time.Time
}

func newRunner(t *testing.T) *runner {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dejafix.db")
	r := &runner{session: open(t, file, t.TempDir()), now: time.Now()}
	var err error
	if r.st, err = store.Open(t.Context(), store.Options{Path: file}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.st.Close() })
	return r
}

// run is a run of one test, TestLast, with some code.
func (r *runner) run(code string, fails bool) {
	r.t.Helper()
	r.now = time.Now()
	doc := r.docs["last.go"]
	c := analysis.TestCase{Package: "shop", Name: "TestLast", Passed: !fails}
	shown := analysis.Diagnosed{Doc: doc, Whole: true, Runs: true, Time: r.now}
	if fails {
		c.Trace = &analysis.Trace{
			Language: "go", Type: "panic", Message: "runtime error: index out of range", Fingerprint: lastPrint,
			Frames: []analysis.Frame{{Function: "shop.last", Path: "last.go", File: "last.go", Line: 4, InApp: true}},
		}
		at := strings.Index(doc.Text, "return")
		shown.Diagnostics = []analysis.Diagnostic{{
			Source: analysis.SourceRun, Code: "panic", Message: "runtime error: index out of range", Severity: analysis.SeverityError,
			Span:    analysis.Span{Start: at, End: strings.Index(doc.Text, "\n}")},
			Failure: analysis.FailureID{Print: lastPrint, Test: analysis.TestKey("shop", "TestLast", "")},
		}}
	}
	r.l.Observe(analysis.Tested{
		Root: r.root, Via: "terminal", Code: code, Time: r.now,
		Run: analysis.TestRun{Command: "go test ./...", Cases: []analysis.TestCase{c}},
	})
	r.l.Observe(shown)
	r.idle()
}

// TestFailureEpisodes: what repaired a failure is learned and remembered where the
// code changed, and nothing is where it did not.
func TestFailureEpisodes(t *testing.T) {
	tests := []struct {
		name     string
		story    func(r *runner)
		examples int
		repairs  []string // of the group: where, and "refuted"
		flaky    string   // "failed of runs"
	}{
		{"repaired", func(r *runner) {
			r.run("a", true)
			r.edit("last.go", lastMended)
			r.run("b", false)
		}, 1, []string{"last.go"}, "0 of 0"},
		{"nothing was changed", func(r *runner) {
			r.run("a", true)
			r.run("a", false)
		}, 0, nil, "1 of 2"},
		{"passed before, and nothing was changed", func(r *runner) {
			r.run("a", false)
			r.run("a", true)
		}, 0, nil, "1 of 2"},
		{"changed in the editor and not saved", func(r *runner) {
			r.run("a", true)
			r.edit("last.go", lastMended)
			r.run("a", false)
		}, 0, nil, "1 of 2"},
		{"the code is not known", func(r *runner) {
			r.run("", true)
			r.edit("last.go", lastMended)
			r.run("", false)
		}, 1, []string{"last.go"}, "0 of 0"},
		{"the same code fails again", func(r *runner) {
			r.run("a", true)
			r.edit("last.go", lastMended)
			r.run("b", false)
			r.run("b", true)
		}, 0, []string{"last.go refuted"}, "1 of 2"},
		{"it fails again when the edit is taken back", func(r *runner) {
			r.run("a", true)
			r.edit("last.go", lastMended)
			r.run("b", false)
			r.edit("last.go", lastBroken)
			r.run("a", true)
		}, 1, []string{"last.go"}, "0 of 0"},
		{"flaky before", func(r *runner) {
			r.run("a", true)
			r.run("a", false)
			r.run("b", true)
			r.edit("last.go", lastMended)
			r.run("c", false)
		}, 0, nil, "1 of 2"},
		{"a retry passed before", func(r *runner) {
			r.l.Observe(analysis.Tested{
				Root: r.root, Via: "report", Code: "a", Time: time.Now(),
				Run: analysis.TestRun{Command: "go test ./...", Cases: []analysis.TestCase{{Package: "shop", Name: "TestLast", Passed: true, Flaky: true}}},
			})
			r.run("b", true)
			r.edit("last.go", lastMended)
			r.run("c", false)
		}, 0, nil, "1 of 2"},
		{"repaired in another file", func(r *runner) {
			r.run("a", true)
			r.edit("other.go", strings.Replace(otherText, "1", "2", 1))
			r.run("b", false)
		}, 0, []string{"other.go"}, "0 of 0"},
		{"edited in another file and not saved", func(r *runner) {
			r.run("a", true)
			r.edit("other.go", strings.Replace(otherText, "1", "2", 1))
			r.run("a", false)
		}, 0, nil, "1 of 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRunner(t)
			r.edit("last.go", lastBroken)
			r.edit("other.go", otherText)
			tt.story(r)
			w, err := r.st.WorkspaceID(t.Context(), r.root)
			if err != nil {
				t.Fatal(err)
			}
			learned := 0
			for ex, err := range r.st.Examples(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				if ex.Class == analysis.ClassRepair {
					learned++
				}
			}
			if learned != tt.examples {
				t.Errorf("%d repairs learned, want %d", learned, tt.examples)
			}
			g, err := r.st.Failure(t.Context(), w, lastPrint)
			if err != nil {
				t.Fatal(err)
			}
			var repairs []string
			for _, rep := range g.Repairs {
				s := rep.Path
				if rep.Refuted {
					s += " refuted"
				}
				repairs = append(repairs, s)
			}
			if fmt.Sprint(repairs) != fmt.Sprint(tt.repairs) {
				t.Errorf("repairs %q, want %q", repairs, tt.repairs)
			}
			if got := fmt.Sprintf("%d of %d", g.FlakyFailed, g.FlakyRuns); got != tt.flaky {
				t.Errorf("flaky: failed %s, want %s", got, tt.flaky)
			}
		})
	}
}

// TestFailureHistory is what is said of a failure that is seen, and of one that
// looks like it.
func TestFailureHistory(t *testing.T) {
	r := newRunner(t)
	r.edit("last.go", lastBroken)
	seen := &analysis.Trace{
		Language: "go", Type: "panic", Message: "runtime error: index out of range", Fingerprint: lastPrint,
		Frames: []analysis.Frame{{Function: "shop.last", Path: "last.go", File: "last.go", Line: 4, InApp: true}},
	}
	h, err := r.l.Failure(t.Context(), r.root, seen)
	if err != nil || h.Group != nil || len(h.Related) != 0 {
		t.Fatalf("before: %+v, %v", h, err)
	}
	r.run("a", true)
	r.edit("last.go", lastMended)
	r.run("b", false)
	if h, err = r.l.Failure(t.Context(), r.root, seen); err != nil || h.Group == nil || len(h.Group.Repairs) != 1 {
		t.Fatalf("after: %+v, %v", h, err)
	}
	if rep := h.Group.Repairs[0]; !strings.Contains(rep.Diff, "+\treturn names[len(names)-1]") || rep.Example == "" || rep.Title == "" {
		t.Errorf("repair %+v", rep)
	}
	alike := *seen
	alike.Fingerprint = "t_other"
	alike.Frames = append(alike.Frames, analysis.Frame{Function: "shop.other", Path: "other.go", File: "other.go", Line: 4, InApp: true})
	if h, err = r.l.Failure(t.Context(), r.root, &alike); err != nil || h.Group != nil || len(h.Related) != 1 || len(h.Related[0].Repairs) != 1 {
		t.Fatalf("alike: %+v, %v", h, err)
	}
	x, err := r.l.Why(t.Context(), lastPrint)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"index out of range", "Seen once", "TestLast", "+\treturn names[len(names)-1]", "Learned as `e_"} {
		if !strings.Contains(x.Markdown, part) {
			t.Errorf("why has no %q:\n%s", part, x.Markdown)
		}
	}
	if len(x.Examples) != 1 {
		t.Errorf("%d examples", len(x.Examples))
	}
	if _, err := r.l.Why(t.Context(), "t_unknown"); err == nil || !strings.Contains(err.Error(), "dejafix trace") {
		t.Errorf("unknown: %v", err)
	}
	// A workspace in which nothing is learned is not remembered either.
	r.l.Observe(analysis.Configured{Policy: analysis.Policy{NoLearnIn: []string{r.root}}})
	r.run("c", true)
	if h, err = r.l.Failure(t.Context(), r.root, seen); err != nil || h.Group.Count != 1 {
		t.Errorf("counted where nothing is learned: %+v, %v", h.Group, err)
	}
}

// BenchmarkTested is a run of 10,000 tests of which 20 fail, observed and kept.
func BenchmarkTested(b *testing.B) {
	root := b.TempDir()
	st, err := store.Open(b.Context(), store.Options{Path: filepath.Join(b.TempDir(), "dejafix.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	l := learner.New(learner.Options{Store: st})
	defer l.Close()
	e := analysis.Tested{Root: root, Via: "terminal", Code: "a", Run: analysis.TestRun{Command: "go test ./..."}, Time: time.Now()}
	for i := range 10_000 {
		c := analysis.TestCase{Package: fmt.Sprint("shop/p", i/100), Name: fmt.Sprint("Test", i), Passed: i%500 != 0}
		if !c.Passed {
			c.Trace = &analysis.Trace{Language: "go", Type: "panic", Fingerprint: fmt.Sprint("t_", i), Frames: []analysis.Frame{{Function: "f", Path: "a.go", Line: 1, InApp: true}}}
		}
		e.Run.Cases = append(e.Run.Cases, c)
	}
	for b.Loop() {
		e.Time = e.Time.Add(time.Minute)
		l.Observe(e)
		if err := l.Idle(b.Context(), false); err != nil {
			b.Fatal(err)
		}
	}
}
