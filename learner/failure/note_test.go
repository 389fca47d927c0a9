package failure

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A memory keeps what Note says, as a store does: what is said of counts there
// holds here.
type memory struct {
	recent  Recent
	groups  map[string]analysis.FailureGroup
	tracked map[string]analysis.FailedTest
	tests   map[string]map[string]analysis.TestResult // by RunNote.Same
	passed  map[string]map[uint32]int
	at      map[string]time.Time
	flaky   map[string]bool
}

func newMemory() *memory {
	return &memory{
		groups: map[string]analysis.FailureGroup{}, tracked: map[string]analysis.FailedTest{},
		tests: map[string]map[string]analysis.TestResult{}, passed: map[string]map[uint32]int{}, at: map[string]time.Time{}, flaky: map[string]bool{},
	}
}

func (m *memory) take(r Run) analysis.RunNote {
	past := analysis.RunPast{Groups: m.groups, Tracked: m.tracked, Results: m.tests[r.Same()], Passed: maps.Clone(m.passed[r.Same()]), PassedAt: m.at[r.Same()]}
	n := Note(r, past, &m.recent)
	for _, p := range n.Instead {
		delete(m.groups, p)
	}
	for _, g := range n.Groups {
		old := m.groups[g.Print]
		g.Count, g.Last, g.Code = old.Count, n.Time, n.Code
		if !n.Again[g.Print] {
			g.Count++
		}
		for _, t := range g.Tests {
			m.tracked[t.Key] = t
		}
		m.groups[g.Print] = g
	}
	if n.Same != "" {
		if m.tests[n.Same] == nil {
			m.tests[n.Same] = map[string]analysis.TestResult{}
		}
		for _, x := range n.Results {
			old := m.tests[n.Same][x.Test]
			m.tests[n.Same][x.Test] = analysis.TestResult{Test: x.Test, Failed: old.Failed + x.Failed, Passed: old.Passed + x.Passed, Time: n.Time}
		}
		if n.Passed != nil {
			m.passed[n.Same], m.at[n.Same] = n.Passed, n.Time
		}
	}
	for _, list := range [][]string{n.Flaky, n.FlakyTests} {
		for _, x := range list {
			m.flaky[x] = true
		}
	}
	return n
}

// died is a failure in a function.
func died(fp, function string) *analysis.Trace {
	return &analysis.Trace{
		Language: "go", Type: "panic", Message: "boom 12", Fingerprint: fp,
		Frames: []analysis.Frame{{Function: function, File: "/home/ann/shop/a.go", Path: "a.go", Line: 7, InApp: true}},
	}
}

// TestCounts: one failure is counted once, whoever tells of it, and again when it
// comes again.
func TestCounts(t *testing.T) {
	type seen struct {
		after    time.Duration // since the one before
		via      string
		code     string
		fp       string // "t_1" when empty
		function string
	}
	tests := []struct {
		name  string
		seen  []seen
		count map[string]int // by fingerprint
	}{
		{"two runs", []seen{{0, "terminal", "a", "", ""}, {time.Minute, "terminal", "b", "", ""}}, map[string]int{"t_1": 2}},
		{"two runs of the same code", []seen{{0, "terminal", "a", "", ""}, {5 * time.Second, "terminal", "a", "", ""}}, map[string]int{"t_1": 2}},
		{"terminal and report", []seen{{0, "terminal", "a", "", ""}, {time.Second, "report", "a", "", ""}}, map[string]int{"t_1": 1}},
		{"terminal, task, report", []seen{{0, "terminal", "a", "", ""}, {time.Second, "task", "a", "", ""}, {time.Second, "report", "a", "", ""}}, map[string]int{"t_1": 1}},
		{"a task after the terminal", []seen{{0, "terminal", "a", "", ""}, {time.Minute, "task", "a", "", ""}}, map[string]int{"t_1": 2}},
		{"changed between", []seen{{0, "terminal", "a", "", ""}, {time.Second, "report", "b", "", ""}}, map[string]int{"t_1": 2}},
		{"code not known", []seen{{0, "terminal", "", "", ""}, {time.Second, "report", "b", "", ""}}, map[string]int{"t_1": 1}},
		{"a person looks around in the debugger", []seen{{0, "debugger", "a", "", ""}, {5 * time.Minute, "debugConsole", "a", "", ""}}, map[string]int{"t_1": 1}},
		{"the debugger tells of fewer calls", []seen{{0, "debugger", "a", "t_2", ""}, {time.Minute, "debugConsole", "a", "", ""}}, map[string]int{"t_1": 1}},
		{"the debugger stopped elsewhere", []seen{{0, "debugger", "a", "t_2", "g"}, {time.Minute, "debugConsole", "b", "", ""}}, map[string]int{"t_1": 1, "t_2": 1}},
		{"a new debugging session", []seen{{0, "debugger", "a", "", ""}, {time.Minute, "debugger", "a", "", ""}}, map[string]int{"t_1": 2}},
		{"two windows", []seen{{0, "run", "a", "", ""}, {0, "run", "a", "", ""}}, map[string]int{"t_1": 1}},
		{"told again after a restart", []seen{{0, "run", "a", "", ""}, {time.Hour, "run", "a", "", ""}, {-time.Hour, "run", "a", "", ""}}, map[string]int{"t_1": 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMemory()
			at := start
			for _, s := range tt.seen {
				at = at.Add(s.after)
				fp, function := s.fp, s.function
				if fp == "" {
					fp = "t_1"
				}
				if function == "" {
					function = "f"
				}
				m.take(Run{Workspace: "w", Via: s.via, Command: "go run .", Code: s.code, Time: at, Tests: []Test{{Trace: died(fp, function)}}})
			}
			got := map[string]int{}
			for fp, g := range m.groups {
				got[fp] = g.Count
			}
			if !maps.Equal(got, tt.count) {
				t.Errorf("counted %v, want %v", got, tt.count)
			}
		})
	}
}

// TestFlaky: a test is flaky when the same code fails and passes, and no other
// is.
func TestFlaky(t *testing.T) {
	const command = "go test ./..."
	key := analysis.TestKey("shop", "TestTotal", "")
	fails := func(r *Run) {
		r.Tests = append(r.Tests, Test{Package: "shop", Name: "TestTotal", Trace: died("t_1", "total")})
	}
	passes := func(r *Run) { r.Tests = append(r.Tests, Test{Package: "shop", Name: "TestTotal", Passed: true}) }
	whole := func(r *Run) { r.Packages = append(r.Packages, "shop") }
	ended := func(r *Run) { r.Ended, r.Unlisted = true, true }
	on := func(code string, f func(*Run)) func(*Run) { return func(r *Run) { r.Code = code; f(r) } }
	by := func(command string, f func(*Run)) func(*Run) { return func(r *Run) { r.Command = command; f(r) } }
	tests := []struct {
		name   string
		runs   []func(*Run)
		want   bool
		result string // of code a, "failed passed"
	}{
		{"fails, then passes", []func(*Run){fails, passes}, true, "1 1"},
		{"passes, then fails", []func(*Run){passes, fails}, true, "1 1"},
		{"passes twice, then fails", []func(*Run){passes, passes, fails}, true, "1 2"},
		{"comes and goes", []func(*Run){fails, passes, fails, passes, passes}, true, "2 3"},
		{"its package passes, then it fails", []func(*Run){whole, fails}, true, "1 1"},
		{"fails, then its package passes", []func(*Run){fails, whole}, true, "1 1"},
		{"fails, then all passes, of which no test is named", []func(*Run){fails, ended}, true, "1 1"},
		{"all passes, of which no test is named, then it fails", []func(*Run){ended, fails}, true, "1 1"},
		{"fails, then only another does, of which all is told that fails", []func(*Run){fails, func(r *Run) {
			r.Unlisted = true
			r.Tests = append(r.Tests, Test{Package: "shop", Name: "TestOther", Trace: died("t_2", "other")})
		}}, true, "1 1"},
		{"changed between", []func(*Run){fails, on("b", passes)}, false, "1 0"},
		{"the code is not known", []func(*Run){fails, on("", passes)}, false, "1 0"},
		{"another command", []func(*Run){fails, by("go test -race ./...", passes)}, false, "1 0"},
		{"another command's package", []func(*Run){by("go test -run TestOther ./shop", whole), fails}, false, "1 0"},
		{"a retry passed", []func(*Run){func(r *Run) {
			r.Tests = append(r.Tests, Test{Package: "shop", Name: "TestTotal", Passed: true, Flaky: true, Trace: died("t_1", "total")})
		}}, true, "1 1"},
		{"fails always", []func(*Run){fails, fails, fails}, false, "3 0"},
		{"passes always", []func(*Run){passes, passes}, false, "0 0"},
		{"something was installed", []func(*Run){func(r *Run) {
			fails(r)
			r.Tests[0].Trace.Issues = []analysis.Issue{{Kind: analysis.MissingDependency}}
		}, passes}, false, "0 1"},
		{"back to what failed", []func(*Run){fails, on("b", passes), fails}, false, "2 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMemory()
			var same string
			for i, change := range tt.runs {
				r := Run{Workspace: "w", Via: "terminal", Command: command, Code: "a", Time: start.Add(time.Duration(i) * time.Minute)}
				same = r.Same()
				change(&r)
				m.take(r)
			}
			if m.flaky[key] != tt.want {
				t.Errorf("flaky: %v", m.flaky[key])
			}
			res := m.tests[same][key]
			if got := fmt.Sprint(res.Failed, res.Passed); got != tt.result {
				t.Errorf("failed and passed %s, want %s", got, tt.result)
			}
		})
	}
}

// TestToldTwice: the results of a run that several tell of are counted once, in
// whatever order they come.
func TestToldTwice(t *testing.T) {
	for _, after := range []time.Duration{time.Second, -time.Second, 0} {
		m := newMemory()
		r := Run{Workspace: "w", Via: "terminal", Command: "go test ./...", Code: "a", Time: start, Packages: []string{"other"}, Tests: []Test{
			{Package: "shop", Name: "TestA", Trace: died("t_1", "f")}, {Package: "shop", Name: "TestB", Passed: true},
		}}
		m.take(r)
		r.Via, r.Time = "run", start.Add(after)
		m.take(r)
		if got := m.tests[r.Same()][analysis.TestKey("shop", "TestA", "")]; got.Failed != 1 || m.groups["t_1"].Count != 1 {
			t.Errorf("%v later: failed %d times, counted %d times", after, got.Failed, m.groups["t_1"].Count)
		}
		if got := m.passed[r.Same()][short(analysis.TestKey("shop", "TestB", ""))]; got != 1 {
			t.Errorf("%v later: passed %d times", after, got)
		}
	}
}

// TestFlakyProgram: a program that has no tests.
func TestFlakyProgram(t *testing.T) {
	m := newMemory()
	r := Run{Workspace: "w", Via: "terminal", Command: "python run.py", Code: "a", Time: start, Tests: []Test{{Trace: died("t_1", "f")}}}
	m.take(r)
	r.Time = start.Add(time.Minute)
	r.Tests, r.Ended = []Test{{Passed: true}}, true
	m.take(r)
	if !m.flaky[analysis.TestKey("", "", "python run.py")] {
		t.Error("not flaky")
	}
}

// TestKeeps: what is kept holds no value, no path of the machine and no secret.
func TestKeeps(t *testing.T) {
	tr := died("t_1", "f")
	tr.Message = "no user 'bob' with token ghp_0123456789abcdefghijklmnopqrstuvwxyz12 at /home/ann/x"
	tr.Type = "KeyError"
	tr.Frames[0].Locals = []analysis.Local{{Name: "user", Type: "User"}, {Name: "order", Null: true}}
	tr.Frames = append(tr.Frames, analysis.Frame{Function: "lib", File: "/home/ann/lib/x.go"}, analysis.Frame{Function: "main", File: `C:\Users\ann\main.go`, InApp: true})
	n := Note(Run{Workspace: "w", Via: "terminal", Command: "TOKEN=hunter2 go test", Code: "a", Time: start, Tests: []Test{{Package: "shop", Name: "TestX/ghp_0123456789abcdefghijklmnopqrstuvwxyz12", Trace: tr}}}, analysis.RunPast{}, &Recent{})
	all := fmt.Sprintf("%+v", n)
	for _, secret := range []string{"bob", "ghp_", "ann", "hunter2"} {
		if strings.Contains(all, secret) {
			t.Errorf("%s is kept: %s", secret, all)
		}
	}
	g := n.Groups[0]
	if len(g.Frames) != 2 || g.Frames[1].File != "main.go" || !slices.Equal(g.Frames[0].Locals, tr.Frames[0].Locals) {
		t.Errorf("calls %+v", g.Frames)
	}
}

// TestRelated names failures that look alike, and never the same one.
func TestRelated(t *testing.T) {
	tr := func(fp, typ string, calls ...string) *analysis.Trace {
		out := &analysis.Trace{Language: "python", Type: typ, Message: "use it", Fingerprint: fp}
		for _, c := range calls {
			out.Frames = append(out.Frames, analysis.Frame{Function: c, Path: c + ".py", File: c + ".py", Line: 1, InApp: true})
		}
		return out
	}
	var groups []analysis.FailureGroup
	for _, x := range []*analysis.Trace{
		tr("t_same", "TypeError", "a", "b", "c"),
		tr("t_near", "TypeError", "a", "b", "d"),
		tr("t_far", "OSError", "x", "y"),
	} {
		groups = append(groups, group(x))
	}
	var got []string
	for _, g := range Related(tr("t_same", "TypeError", "a", "b", "c"), groups) {
		got = append(got, g.Print)
	}
	if !slices.Equal(got, []string{"t_near"}) {
		t.Errorf("related: %v", got)
	}
}

// BenchmarkRun is a run of 10,000 tests, of which 20 failed before.
func BenchmarkRun(b *testing.B) {
	r := Run{Workspace: "w", Via: "terminal", Command: "go test ./...", Code: "a", Time: start}
	m := newMemory()
	for i := range 10_000 {
		r.Tests = append(r.Tests, Test{Package: fmt.Sprint("p", i/100), Name: fmt.Sprint("Test", i), Passed: i%500 != 0, Trace: died(fmt.Sprint("t_", i), "f")})
	}
	m.take(r)
	for b.Loop() {
		r.Time = r.Time.Add(time.Minute)
		m.take(r)
	}
}

// BenchmarkRelated compares a failure with 200 that are remembered.
func BenchmarkRelated(b *testing.B) {
	var groups []analysis.FailureGroup
	for i := range 200 {
		t := died(fmt.Sprint("t_", i), "f0")
		for k := range 15 {
			t.Frames = append(t.Frames, analysis.Frame{Function: fmt.Sprint("shop.f", i%7+k), Path: "a.go", Line: k, InApp: true})
		}
		groups = append(groups, group(t))
	}
	t := Trace(&groups[0])
	t.Fingerprint = "t_x"
	for b.Loop() {
		Related(t, groups)
	}
}
