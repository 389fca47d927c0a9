package storetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/store"
)

// failed is a failure as a run says it.
func failed(fp string, tests ...string) analysis.FailureGroup {
	g := analysis.FailureGroup{
		Print: fp, Language: "go", Type: "panic", Message: "index out of range [‹›]", Vias: []string{"terminal"},
		Frames: []analysis.Frame{
			{Function: "last", Module: "shop", File: "a/last.go", Path: "a/last.go", Line: 4, InApp: true, Locals: []analysis.Local{{Name: "names", Type: "[]string"}, {Name: "err", Null: true}}},
			{Function: "main", File: "main.go", InApp: true},
		},
	}
	for _, name := range tests {
		g.Tests = append(g.Tests, analysis.FailedTest{Key: analysis.TestKey("shop", name, ""), Package: "shop", Name: name, Command: "c"})
	}
	return g
}

func testFailures(f *fixture) {
	first := f.clock.Now()
	f.must(f.AddRun(f.ctx, analysis.RunNote{Workspace: "w", Code: "1", Same: "s1", Groups: []analysis.FailureGroup{failed("t_1", "A", "B"), failed("t_2", "C")}}))
	f.clock.Add(time.Hour)
	again := failed("t_1", "B")
	again.Vias = []string{"terminal", "report"}
	f.must(f.AddRun(f.ctx, analysis.RunNote{Workspace: "w", Code: "2", Same: "s2", Groups: []analysis.FailureGroup{again}}))
	f.must(f.AddRun(f.ctx, analysis.RunNote{Workspace: "w", Code: "2", Same: "s2", Groups: []analysis.FailureGroup{again}, Again: map[string]bool{"t_1": true}}))
	f.must(f.AddRun(f.ctx, analysis.RunNote{Workspace: "v", Groups: []analysis.FailureGroup{failed("t_1", "A")}, Time: first}))

	want := failed("t_1")
	want.Workspace, want.First, want.Last, want.Count, want.Code, want.Vias = "w", first, f.clock.Now(), 2, "2", []string{"terminal", "report"}
	want.Tests = []analysis.FailedTest{
		{Key: analysis.TestKey("shop", "B", ""), Package: "shop", Name: "B", Command: "c", Count: 2, Last: f.clock.Now()},
		{Key: analysis.TestKey("shop", "A", ""), Package: "shop", Name: "A", Command: "c", Count: 1, Last: first},
	}
	got, err := f.Failure(f.ctx, "w", "t_1")
	f.must(err)
	f.equal("failure", got, want)
	got, err = f.Failure(f.ctx, "", "t_1")
	f.must(err)
	f.equal("of any workspace, the last", got.Workspace, "w")
	_, err = f.Failure(f.ctx, "w", "t_3")
	f.equal("unknown", errors.Is(err, store.ErrNotFound), true)
	list, err := f.Failures(f.ctx, "w", 10)
	f.must(err)
	f.equal("the last first", []string{list[0].Print, list[1].Print}, []string{"t_1", "t_2"})

	past, err := f.RunPast(f.ctx, "w", "s1", []string{"t_1", "t_3"})
	f.must(err)
	f.equal("groups", len(past.Groups), 1)
	f.equal("code", past.Groups["t_1"].Code, "2")
	f.equal("tracked", len(past.Tracked), 3)
	// A debugger told of fewer calls: that was one of the others.
	f.must(f.AddRun(f.ctx, analysis.RunNote{Workspace: "w", Instead: []string{"t_2", "t_1"}}))
	_, err = f.Failure(f.ctx, "w", "t_2")
	f.equal("counted no more", errors.Is(err, store.ErrNotFound), true)
	got, err = f.Failure(f.ctx, "w", "t_1")
	f.must(err)
	f.equal("counted once less", got.Count, 1)
}

func testFlaky(f *fixture) {
	test := analysis.TestKey("shop", "A", "")
	add := func(n analysis.RunNote) {
		f.Helper()
		n.Workspace, n.Same = "w", "s1"
		f.must(f.AddRun(f.ctx, n))
		f.clock.Add(time.Minute)
	}
	add(analysis.RunNote{Passed: map[uint32]int{7: 2, 9: 70_000}})
	add(analysis.RunNote{Groups: []analysis.FailureGroup{failed("t_1", "A")}, Results: []analysis.TestResult{{Test: test, Failed: 1}}})
	flaky, err := f.Flaky(f.ctx, "w", epoch)
	f.must(err)
	f.equal("at first", flaky, map[string]bool{})
	add(analysis.RunNote{Results: []analysis.TestResult{{Test: test, Passed: 1}}, FlakyTests: []string{test}})
	add(analysis.RunNote{Groups: []analysis.FailureGroup{failed("t_1", "A")}, Results: []analysis.TestResult{{Test: test, Failed: 1}}, Flaky: []string{"t_1"}})

	past, err := f.RunPast(f.ctx, "w", "s1", nil)
	f.must(err)
	f.equal("results", past.Results, map[string]analysis.TestResult{test: {Test: test, Failed: 2, Passed: 1, Time: f.clock.Now().Add(-time.Minute)}})
	f.equal("passed", past.Passed, map[uint32]int{7: 2, 9: 1<<16 - 1})
	other, err := f.RunPast(f.ctx, "w", "s2", nil)
	f.must(err)
	f.equal("of other runs", len(other.Results)+len(other.Passed), 0)
	flaky, err = f.Flaky(f.ctx, "w", epoch)
	f.must(err)
	f.equal("flaky", flaky, map[string]bool{"t_1": true, test: true})
	flaky, err = f.Flaky(f.ctx, "w", f.clock.Now())
	f.must(err)
	f.equal("long ago", flaky, map[string]bool{})
	g, err := f.Failure(f.ctx, "w", "t_1")
	f.must(err)
	f.equal("failed of runs", []int{g.FlakyFailed, g.FlakyRuns}, []int{2, 3})
}

func testFailureRepairs(f *fixture) {
	f.must(f.AddRun(f.ctx, analysis.RunNote{Workspace: "w", Groups: []analysis.FailureGroup{failed("t_1", "A"), failed("t_2", "A")}}))
	ex := f.add(1)[0]
	older := analysis.FailureRepair{Repair: "r_0", Path: "b.go", Title: "Change in b.go", Diff: "-a\n+b\n", Same: "s1", Time: epoch}
	newer := analysis.FailureRepair{Repair: ex.Repair, Example: ex.ID, Path: ex.Path, Title: "Insert -1", Same: "s2", Time: epoch.Add(time.Hour)}
	f.must(f.AddFailureRepair(f.ctx, "w", []string{"t_1", "t_3"}, older))
	f.must(f.AddFailureRepair(f.ctx, "w", []string{"t_1", "t_2"}, newer))
	repairs := func(fp string) []analysis.FailureRepair {
		f.Helper()
		g, err := f.Failure(f.ctx, "w", fp)
		f.must(err)
		return g.Repairs
	}
	f.equal("the newest first", repairs("t_1"), []analysis.FailureRepair{newer, older})
	f.equal("of the other", repairs("t_2"), []analysis.FailureRepair{newer})
	refuted, err := f.RefuteRepairs(f.ctx, "w", "t_1", "s2")
	f.must(err)
	f.equal("refuted", refuted, []analysis.FailureRepair{newer})
	refuted, err = f.RefuteRepairs(f.ctx, "w", "t_1", "s2")
	f.must(err)
	f.equal("refuted again", len(refuted), 0)
	wrong := newer
	wrong.Refuted = true
	f.equal("the others first", repairs("t_1"), []analysis.FailureRepair{older, wrong})
	// A repair that is forgotten repaired nothing.
	f.must(f.PutPatternIndex(f.ctx, ex.Identity.RuleKey(), nil, []store.Pattern{{ID: "p_1", Identity: ex.Identity, Title: "x", Examples: []string{ex.ID}}}))
	_, err = f.Forget(f.ctx, store.OfPattern{ID: "p_1"})
	f.must(err)
	f.equal("after forgetting", repairs("t_1"), []analysis.FailureRepair{older})
}

func testPassing(f *fixture) {
	p, err := f.Passing(f.ctx, "w")
	f.must(err)
	f.equal("at first", p == nil, true)
	now := &analysis.Passing{Code: "2", Files: map[string][]uint32{"a.go": {1, 1 << 31}, "b.go": {}}, Time: epoch.Add(time.Hour)}
	f.must(f.AddRun(f.ctx, analysis.RunNote{Workspace: "w", Passing: now}))
	f.must(f.AddRun(f.ctx, analysis.RunNote{Workspace: "w", Passing: &analysis.Passing{Code: "1", Time: epoch}}))
	p, err = f.Passing(f.ctx, "w")
	f.must(err)
	f.equal("the newest", p, now)
}

// testFailuresBounded: what is kept of a workspace does not grow for ever, and
// what was seen last stays.
func testFailuresBounded(f *fixture) {
	const runs = 45
	for i := range runs {
		n := analysis.RunNote{Workspace: "w", Code: fmt.Sprint(i), Same: fmt.Sprint("s", i), Passed: map[uint32]int{uint32(i): 1}}
		for k := range 50 {
			test := fmt.Sprint("T", k)
			n.Groups = append(n.Groups, failed(fmt.Sprintf("t_%d_%d", i, k), test))
			for x := range 6 {
				n.Results = append(n.Results, analysis.TestResult{Test: fmt.Sprint(test, "x", x), Failed: 1})
			}
		}
		many := failed("t_all")
		for k := range 60 {
			test := fmt.Sprint("T", i, "x", k)
			many.Tests = append(many.Tests, analysis.FailedTest{Key: test, Package: "shop", Name: test})
		}
		n.Groups = append(n.Groups, many)
		f.must(f.AddRun(f.ctx, n))
		f.must(f.AddFailureRepair(f.ctx, "w", []string{"t_all", fmt.Sprintf("t_%d_0", i)}, analysis.FailureRepair{Repair: fmt.Sprint("r_", i), Time: f.clock.Now()}))
		f.clock.Add(time.Minute)
	}
	list, err := f.Failures(f.ctx, "w", 10_000)
	f.must(err)
	f.equal("failures", len(list), 2000)
	g, err := f.Failure(f.ctx, "w", "t_all")
	f.must(err)
	f.equal("tests and repairs of one", []int{len(g.Tests), len(g.Repairs), g.Count}, []int{50, 20, runs})
	kept := 0
	for i := runs - 6; i < runs; i++ {
		past, err := f.RunPast(f.ctx, "w", fmt.Sprint("s", i), nil)
		f.must(err)
		if len(past.Passed) > 0 {
			kept++
		}
	}
	f.equal("of the last 6 runs it is known what passed", kept, 4)
	past, err := f.RunPast(f.ctx, "w", fmt.Sprint("s", runs-1), nil)
	f.must(err)
	f.equal("results of the last run", len(past.Results), 300)
	past, err = f.RunPast(f.ctx, "w", "s0", nil)
	f.must(err)
	f.equal("results of the first", len(past.Results), 0)
}

func testFailuresForgotten(f *fixture) {
	root := f.TempDir()
	w, err := f.WorkspaceID(f.ctx, root)
	f.must(err)
	fill := func() {
		f.Helper()
		for i, workspace := range []string{w, "v"} {
			f.must(f.AddRun(f.ctx, analysis.RunNote{
				Workspace: workspace, Code: "1", Same: "s", Groups: []analysis.FailureGroup{failed("t_1", "A")}, Passed: map[uint32]int{1: 1},
				Results: []analysis.TestResult{{Test: "x", Failed: 1, Passed: 1}}, Passing: &analysis.Passing{Code: "1", Time: f.clock.Now()},
			}))
			f.must(f.AddFailureRepair(f.ctx, workspace, []string{"t_1"}, analysis.FailureRepair{Repair: fmt.Sprint("r_", i)}))
		}
	}
	left := func(workspace string) (n int) {
		f.Helper()
		list, err := f.Failures(f.ctx, workspace, 10)
		f.must(err)
		past, err := f.RunPast(f.ctx, workspace, "s", []string{"t_1"})
		f.must(err)
		p, err := f.Passing(f.ctx, workspace)
		f.must(err)
		n = len(list) + len(past.Tracked) + len(past.Results) + len(past.Passed)
		if p != nil {
			n++
		}
		if g, err := f.Failure(f.ctx, workspace, "t_1"); err == nil {
			n += len(g.Tests) + len(g.Repairs)
		}
		return n
	}
	const all = 7
	fill()
	f.equal("filled", left(w), all)
	_, err = f.Forget(f.ctx, store.OfWorkspace{Root: root})
	f.must(err)
	f.equal("of a workspace", []int{left(w), left("v")}, []int{0, all})
	_, err = f.Forget(f.ctx, store.Everything{})
	f.must(err)
	f.equal("everything", left("v"), 0)
	w, err = f.WorkspaceID(f.ctx, root)
	f.must(err)
	fill()
	_, err = f.Forget(f.ctx, store.Since{Time: f.clock.Now()})
	f.must(err)
	f.equal("since", []int{left(w), left("v")}, []int{0, 0})
	fill()
	_, err = f.Retain(f.ctx, store.Limits{})
	f.must(err)
	f.equal("young", left(w), all)
	f.clock.Add(store.DefaultMaxAge + time.Hour)
	_, err = f.Retain(f.ctx, store.Limits{})
	f.must(err)
	f.equal("old", []int{left(w), left("v")}, []int{0, 0})
}
