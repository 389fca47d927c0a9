package lsp_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp"
	"github.com/dejafix/dejafix/lsp/lsptest"
	"github.com/dejafix/dejafix/lsp/protocol"
)

const (
	died = `Traceback (most recent call last):
  File "DIR/run.py", line 3, in <module>
    total(None)
  File "DIR/shop/price.py", line 2, in total
    return order.price
AttributeError: use cost
`
	price = "def total(order):\n    return order.price\n"
	runs  = "from shop.price import total\n\ntotal(None)\n"
)

// A shop is a workspace in which a program dies.
func shop(t *testing.T) (e *lsptest.Editor, r *recorder, dir string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"shop/price.py": price, "run.py": runs, ".venv/lib/python3.11/site-packages/price.py": price} {
		write(t, filepath.Join(dir, name), text)
	}
	r = &recorder{}
	e = start(t, r, func(o *lsptest.Options, _ *lsp.Options) { o.Folders = []string{dir} })
	return e, r, dir
}

// printed tells the server what a command printed.
func printed(e *lsptest.Editor, dir, command string, exit int, text string) {
	e.Notify(protocol.MethodOutput, map[string]any{
		"id": command, "seq": 0, "final": true, "kind": "terminal", "command": command, "cwd": dir, "exitCode": exit,
		"text": strings.ReplaceAll(text, "DIR", dir),
	})
	e.Idle(false)
}

// shown waits until the server shows so many failures of a file.
func shown(t *testing.T, e *lsptest.Editor, file string, n int) (list []protocol.Diagnostic) {
	t.Helper()
	e.Await(protocol.MethodPublish, func(raw json.RawMessage) bool {
		var p protocol.PublishDiagnosticsParams
		if err := protocol.Unmarshal(raw, &p); err != nil {
			t.Fatal(err)
		}
		list = p.Diagnostics
		return p.URI == lsptest.URI(file) && len(list) == n
	})
	return list
}

// failing counts what the learner was last told that failed.
func failing(r *recorder) int {
	n := -1
	for _, ev := range all[analysis.Diagnosed](r) {
		if ev.Runs && ev.Whole {
			n = len(ev.Diagnostics)
		}
	}
	return n
}

// TestProgramDied shows a failure at the line of the user's own code, with the
// calls above it, until the line is edited or the command runs well.
func TestProgramDied(t *testing.T) {
	e, r, dir := shop(t)
	file := filepath.Join(dir, "shop", "price.py")
	e.Open(file, "python", price)
	printed(e, dir, "python run.py", 1, died)
	d := shown(t, e, file, 1)[0]
	raw, err := protocol.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"AttributeError: use cost", `"source":"dejafix"`, "called from \\u003cmodule\\u003e", "run.py"} {
		if !strings.Contains(string(raw), part) && !strings.Contains(string(raw), strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(part)) {
			t.Errorf("no %s in %s", part, raw)
		}
	}
	if d.Range != e.Span(file, "return order.price") {
		t.Errorf("at %v", d.Range)
	}
	ev := last[analysis.Diagnosed](r)
	if !ev.Runs || !ev.Whole || len(ev.Diagnostics) != 1 || ev.Diagnostics[0].Code != "AttributeError" {
		t.Errorf("observed %+v", ev)
	}

	e.Replace(file, "    return", "    x = 1\n    return")
	e.Idle(false)
	if len(e.CodeActions(file, e.Span(file, "return order.price"), true)) != 1 {
		t.Error("gone after an edit elsewhere")
	}
	e.Replace(file, "order.price", "order.cost")
	shown(t, e, file, 0)
	if ev := last[analysis.Diagnosed](r); len(ev.Diagnostics) != 1 {
		t.Errorf("an edit is no run: observed %+v", ev)
	}
	printed(e, dir, "python run.py", 0, "fine\n")
	if ev := last[analysis.Diagnosed](r); !ev.Runs || len(ev.Diagnostics) != 0 {
		t.Errorf("observed %+v", ev)
	}
}

// TestFailureOpened: a file that is opened after its failure shows it, and what
// other tools say of it changes nothing.
func TestFailureOpened(t *testing.T) {
	e, r, dir := shop(t)
	r.alter = func(s *analysis.Suggestion) {}
	file := filepath.Join(dir, "shop", "price.py")
	printed(e, dir, "python run.py", 1, died)
	e.Open(file, "python", price)
	e.Diagnostics(file, lsptest.Diag{At: "def", Source: "lint", Message: "use other"})
	e.Diagnostics(file)
	e.Idle(false)
	shown(t, e, file, 1)
	if n := len(e.CodeActions(file, e.Span(file, "return order.price"), true)); n != 1 {
		t.Errorf("%d actions at the failure", n)
	}
	for _, ev := range all[analysis.Diagnosed](r) {
		if !ev.Runs && len(ev.Diagnostics) > 1 {
			t.Errorf("failures among what tools say: %+v", ev)
		}
	}
}

// TestWhatEndsAFailure is which runs say that a failed test passes now.
func TestWhatEndsAFailure(t *testing.T) {
	const fails = "--- FAIL: TestTotal (0.00s)\n    price_test.go:4: wrong\nFAIL\nFAIL\tshop\t0.1s\nok  \tother\t0.1s\nFAIL\n"
	tests := []struct {
		name, command, text string
		exit                int
		ended               bool
	}{
		{"it passes", "go test -v ./...", "=== RUN   TestTotal\n--- PASS: TestTotal (0.00s)\nPASS\nok  \tshop\t0.1s\n", 0, true},
		{"its package passes", "go test .", "ok  \tshop\t0.1s\n", 0, true},
		{"it fails again", "go test ./...", fails, 1, false},
		{"another package passes", "go test ./other", "ok  \tother\t0.1s\n", 0, false},
		{"another command", "ls", "price.go\n", 0, false},
		{"the same command ends well", "go test ./...", "", 0, true},
		{"the same command does not build", "go test ./...", "# shop\n./price.go:1:1: syntax error\nFAIL\tshop [build failed]\nFAIL\n", 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, "price_test.go")
			write(t, file, "package shop\n\nfunc TestTotal(t *testing.T) {\n\tt.Error(\"wrong\")\n}\n")
			r := &recorder{}
			e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) { o.Folders = []string{dir} })
			printed(e, dir, "go test ./...", 1, fails)
			if n := failing(r); n != 1 {
				t.Fatalf("%d failing at first", n)
			}
			printed(e, dir, tt.command, tt.exit, tt.text)
			if n := failing(r); (n == 0) != tt.ended {
				t.Errorf("%d failing", n)
			}
		})
	}
}

// TestWhatEndsUnlisted is which runs end a failure of a tool that names only
// those that fail.
func TestWhatEndsUnlisted(t *testing.T) {
	const (
		head = "=================================== FAILURES ===================================\n"
		one  = "__________________________________ test_total __________________________________\n\n" +
			"    def test_total():\n>       assert total({}) == 0\n\ntest_price.py:5: \n_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ \n\norder = {}\n\n" +
			"    def total(order):\n>       return order['price']\nE       KeyError: 'price'\n\nprice.py:2: KeyError\n"
		other = "__________________________________ test_other __________________________________\n\n" +
			"    def test_other():\n>       assert False\nE       assert False\n\ntest_price.py:9: AssertionError\n"
		oneSum   = "FAILED test_price.py::test_total - KeyError: 'price'\n"
		otherSum = "FAILED test_price.py::test_other - assert False\n"
		sum      = "=========================== short test summary info ============================\n"
	)
	tests := []struct {
		name, text string
		ended      bool
	}{
		{"all pass", "..                   [100%]\n2 passed in 0.01s\n", true},
		{"another fails", ".F                   [100%]\n" + head + other + sum + otherSum + "1 failed, 1 passed in 0.03s\n", true},
		{"it fails again", "F.                   [100%]\n" + head + one + sum + oneSum + "1 failed, 1 passed in 0.03s\n", false},
		{"it stopped", "F.                   [100%]\n" + head + other + sum + otherSum + "!!!!!!!!!!!!!!!! stopping after 1 failures !!!!!!!!!!!!!!!!\n1 failed, 1 passed in 0.03s\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, "price.py")
			write(t, file, "def total(order):\n    return order['price']\n")
			write(t, filepath.Join(dir, "test_price.py"), "from price import total\n\n\ndef test_total():\n    assert total({}) == 0\n\n\ndef test_other():\n    assert False\n")
			r := &recorder{}
			e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) { o.Folders = []string{dir} })
			e.Open(file, "python", "def total(order):\n    return order['price']\n")
			printed(e, dir, "pytest -q", 1, "FF                   [100%]\n"+head+one+other+sum+oneSum+otherSum+"2 failed in 0.05s\n")
			shown(t, e, file, 1)
			exit := 1
			if !strings.Contains(tt.text, "failed") {
				exit = 0
			}
			printed(e, dir, "pytest -q", exit, tt.text)
			n := -1
			for _, ev := range all[analysis.Diagnosed](r) {
				if ev.Runs && ev.Doc.Path == file {
					n = len(ev.Diagnostics)
				}
			}
			if (n == 0) != tt.ended {
				t.Errorf("%d failing", n)
			}
		})
	}
}

// TestNotShown: what is none of the user's own code.
func TestNotShown(t *testing.T) {
	tests := []struct {
		name, text string
	}{
		{"a dependency", strings.ReplaceAll(strings.ReplaceAll(died, "DIR/shop/price.py", "DIR/.venv/lib/python3.11/site-packages/price.py"), "DIR/run.py", "/usr/lib/python3.11/runpy.py")},
		{"no such line", strings.ReplaceAll(strings.Replace(died, "line 2", "line 200", 1), "DIR/run.py", "/usr/lib/python3.11/runpy.py")},
		{"no trace", "all is well\n"},
		{"a file that git ignores", strings.ReplaceAll(died, "DIR/shop/price.py", "DIR/made/price.py")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, r, dir := shop(t)
			write(t, filepath.Join(dir, ".git", "HEAD"), "ref: refs/heads/main\n")
			write(t, filepath.Join(dir, ".gitignore"), "made/\n")
			write(t, filepath.Join(dir, "made", "price.py"), price)
			printed(e, dir, "python run.py", 1, tt.text)
			if n := failing(r); n > 0 {
				t.Errorf("%d failing", n)
			}
			if n := len(all[analysis.Failed](r)); n > 0 && tt.name != "no such line" {
				t.Errorf("%d remembered", n)
			}
		})
	}
}

// TestExceptionShown: where a debugger stopped is a failure like any other.
func TestExceptionShown(t *testing.T) {
	e, r, dir := shop(t)
	file := filepath.Join(dir, "shop", "price.py")
	e.Notify(protocol.MethodException, map[string]any{"language": "python", "type": "AttributeError", "message": "no price", "frames": []any{
		map[string]any{"name": "total", "file": file, "line": 2, "locals": map[string]any{
			"order": map[string]any{"type": "NoneType", "null": true}, "n": map[string]any{"type": "int", "null": false},
		}},
		map[string]any{"name": "<module>", "file": filepath.Join(dir, "run.py"), "line": 3},
	}})
	e.Idle(false)
	if n := failing(r); n != 1 {
		t.Errorf("%d failing", n)
	}
	f := last[analysis.Failed](r)
	want := []analysis.Local{{Name: "n", Type: "int"}, {Name: "order", Type: "NoneType", Null: true}}
	if f.Via != "debugger" || f.Root != dir || f.Trace.Fingerprint == "" || len(f.Trace.Frames) != 2 || !slices.Equal(f.Trace.Frames[0].Locals, want) {
		t.Errorf("failed %+v", f)
	}
	// The program goes on, and prints what it died of: that is the same failure.
	e.Open(file, "python", price)
	printed(e, dir, "python run.py", 1, strings.Replace(died, "use cost", "no price", 1))
	if d := shown(t, e, file, 1); len(d) != 1 {
		t.Errorf("shown %d times", len(d))
	}
	if fs := all[analysis.Failed](r); len(fs) != 2 || fs[1].Via != "terminal" || fs[1].Trace.Fingerprint != fs[0].Trace.Fingerprint {
		t.Errorf("failed %+v", fs)
	}
}

// TestTested is what the learner is told of a run, before it is told what is
// shown of it: nothing that was printed.
func TestTested(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "price_test.go")
	write(t, file, "package shop\n\nfunc TestTotal(t *testing.T) {\n\tt.Error(\"wrong\")\n}\n")
	r := &recorder{}
	e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) { o.Folders = []string{dir} })
	e.Open(file, "go", "package shop\n\nfunc TestTotal(t *testing.T) {\n\tt.Error(\"wrong\")\n}\n")
	printed(e, dir, "go test -v ./...", 1, "=== RUN   TestTotal\n    price_test.go:4: wrong: hunter2\n--- FAIL: TestTotal (0.00s)\n=== RUN   TestOther\n--- PASS: TestOther (0.00s)\nFAIL\nFAIL\tshop\t0.1s\nok  \tother\t0.1s\nFAIL\n")
	ev := last[analysis.Tested](r)
	if ev.Root != dir || ev.Via != "terminal" || ev.Run.Command != "go test -v ./..." || ev.Code == "" || ev.Passing != nil || !slices.Equal(ev.Packages, []string{"other"}) {
		t.Errorf("told %+v", ev)
	}
	if len(ev.Run.Cases) != 2 || ev.Run.Cases[0].Trace == nil || ev.Run.Cases[0].Trace.Fingerprint == "" || !ev.Run.Cases[1].Passed {
		t.Fatalf("cases %+v", ev.Run.Cases)
	}
	for _, c := range ev.Run.Cases {
		if c.Output != "" || c.Message != "" {
			t.Errorf("printed text in %+v", c)
		}
	}
	if d := last[analysis.Diagnosed](r); d.Diagnostics[0].Failure.Print != ev.Run.Cases[0].Trace.Fingerprint || d.Diagnostics[0].Failure.Test != analysis.TestKey("shop", "TestTotal", "") {
		t.Errorf("shown %+v", d.Diagnostics[0].Failure)
	}
	order := []string{}
	r.mu.Lock()
	for _, ev := range r.events {
		switch ev := ev.(type) {
		case analysis.Tested:
			order = append(order, "tested")
		case analysis.Diagnosed:
			if ev.Runs {
				order = append(order, "shown")
			}
		}
	}
	r.mu.Unlock()
	if !slices.Equal(order, []string{"tested", "shown"}) {
		t.Errorf("order %q", order)
	}
	code := ev.Code
	printed(e, dir, "go test -v ./...", 0, "=== RUN   TestTotal\n--- PASS: TestTotal (0.00s)\nPASS\nok  \tshop\t0.1s\nok  \tother\t0.1s\n")
	ev = last[analysis.Tested](r)
	if ev.Code != code || ev.Passing == nil || len(ev.Passing.Files["price_test.go"]) == 0 || !slices.Equal(ev.Packages, []string{"shop", "other"}) {
		t.Errorf("told %+v", ev)
	}
	n := len(all[analysis.Tested](r))
	printed(e, dir, "ls", 0, "price_test.go\n")
	if len(all[analysis.Tested](r)) != n {
		t.Error("a command that runs nothing is a run")
	}
}

// TestProgramRunsWell: a program that died and runs well again is told of.
func TestProgramRunsWell(t *testing.T) {
	e, r, dir := shop(t)
	printed(e, dir, "python run.py", 0, "fine\n")
	if n := len(all[analysis.Tested](r)); n != 0 {
		t.Errorf("%d runs of a program that nothing is known of", n)
	}
	printed(e, dir, "python run.py", 1, died)
	printed(e, dir, "python run.py", 0, "fine\n")
	if ev := last[analysis.Tested](r); ev.Run.Command != "python run.py" || ev.Passing == nil || ev.Code != last[analysis.Failed](r).Code {
		t.Errorf("told %+v", ev)
	}
}

// TestFailureHover is all that a hover says of a failure.
func TestFailureHover(t *testing.T) {
	long := strings.Repeat("+a line\n", 30)
	when := time.Date(2026, 11, 3, 12, 0, 0, 0, time.Local)
	group := analysis.FailureGroup{
		Print: "t_1", Type: "AttributeError", Message: "use [cost](http://evil)", First: when, Last: when.AddDate(0, 0, 4), Count: 3,
		Tests: []analysis.FailedTest{{Name: "test_a"}, {Name: "test_b"}, {Name: "test_c"}, {Name: "test_d"}, {}},
		Flaky: when, FlakyFailed: 2, FlakyRuns: 7,
		Repairs: []analysis.FailureRepair{
			{Title: "Replace `price` with cost", Path: "shop/price.py", Example: "e_1", Diff: "--- a\n+++ b\n@@ -1 +1 @@\n-    return order.price\n+    return order.cost\n", Time: when},
			{Title: "Change in b.py", Path: "b.py", Diff: "@@ -1 +1 @@\n" + long, Time: when, Refuted: true},
			{Title: "one too many", Time: when},
		},
	}
	related := analysis.FailureGroup{Print: "t_2", Type: "TypeError", Count: 1, Last: when, Repairs: group.Repairs[:1]}
	for _, markdown := range []bool{true, false} {
		_, _, dir := shop(t)
		r := &recorder{}
		e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) {
			o.Name, o.Version, o.Folders = "Neovim", "0.12.0", []string{dir}
			if !markdown {
				o.Lacks = []string{"textDocument.hover.contentFormat"}
			}
		})
		file := filepath.Join(dir, "shop", "price.py")
		e.Open(file, "python", price)
		e.Notify(protocol.MethodException, map[string]any{"language": "python", "type": "AttributeError", "message": "'NoneType' object has no attribute 'price'", "frames": []any{
			map[string]any{"name": "total", "file": file, "line": 2, "locals": map[string]any{"order": map[string]any{"type": "NoneType", "null": true}, "n": map[string]any{"type": "int"}}},
			map[string]any{"name": "<module>", "file": filepath.Join(dir, "run.py"), "line": 3},
		}})
		e.Idle(false)
		r.mu.Lock()
		r.history = map[string]analysis.FailureHistory{}
		for _, ev := range r.events {
			if f, ok := ev.(analysis.Failed); ok {
				r.history[f.Trace.Fingerprint] = analysis.FailureHistory{Group: &group, Related: []analysis.FailureGroup{related}}
			}
		}
		r.mu.Unlock()
		var hover *protocol.Hover
		e.Call(protocol.MethodHover, map[string]any{"textDocument": map[string]any{"uri": lsptest.URI(file)}, "position": e.Span(file, "order.price").Start}, &hover)
		if hover == nil {
			t.Fatal("no hover")
		}
		text := hover.Contents.(*protocol.MarkupContent).Value
		if markdown {
			if strings.Contains(text, "](http") {
				t.Errorf("a link:\n%s", text)
			}
			text = strings.ReplaceAll(text, `\`, "")
		}
		for _, part := range []string{
			"AttributeError: 'NoneType' object has no attribute 'price'",
			"There, n was of type int, order was null.",
			"order is None", "Called from <module> (run.py:3)",
			"Seen in 3 runs, from 2026-11-03 to 2026-11-07.", "Flaky: failed 2 of 7 runs without a change between. Nothing is learned of it.",
			"In test_a, test_b, test_c, 1 more.",
			"Repaired on 2026-11-03: Replace `price` with cost", "+    return order.cost",
			"(in b.py); but the same code failed again", "…",
			"Looks like TypeError (t_2). Seen once, on 2026-11-03.", "dejafix why t_",
		} {
			if !strings.Contains(text, part) {
				t.Errorf("markdown %v: no %q in\n%s", markdown, part, text)
			}
		}
		if strings.Contains(text, "one too many") || strings.Count(text, "+a line") > 20 || strings.Contains(text, "```") != markdown {
			t.Errorf("markdown %v:\n%s", markdown, text)
		}
	}
}

// TestRetried: a test that passed when it was tried again is shown as nothing, and
// the learner is told that it is flaky.
func TestRetried(t *testing.T) {
	e, r, dir := shop(t)
	printed(e, dir, "mvn test", 0, `<?xml version="1.0"?>
<testsuite name="shop.PriceTest" tests="1" failures="0">
  <testcase classname="shop.PriceTest" name="total"><flakyError type="AttributeError" message="use cost"><stackTrace>`+died+`</stackTrace></flakyError></testcase>
</testsuite>
`)
	if n := failing(r); n > 0 {
		t.Errorf("%d shown", n)
	}
	ev := last[analysis.Tested](r)
	if len(ev.Run.Cases) != 1 || !ev.Run.Cases[0].Flaky {
		t.Errorf("told %+v", ev.Run.Cases)
	}
}
