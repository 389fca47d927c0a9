package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/lsp/lsptest"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// goTest runs the module's tests for real, and tells the server what they
// printed, as an editor's terminal does.
func (w *window) goTest(args ...string) (passed bool) {
	w.t.Helper()
	cmd := exec.Command("go", append([]string{"test"}, args...)...)
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local")
	return w.ran(cmd)
}

// ran runs a command for real in the workspace, and tells the server what it
// printed.
func (w *window) ran(cmd *exec.Cmd) (passed bool) {
	w.t.Helper()
	cmd.Dir = w.root
	out, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		w.t.Fatal(err)
	}
	w.out = string(out)
	w.Notify(protocol.MethodOutput, map[string]any{
		"id": "t1", "seq": 1, "final": true, "kind": "terminal", "command": strings.Join(cmd.Args, " "),
		"cwd": w.root, "exitCode": cmd.ProcessState.ExitCode(), "text": string(out),
	})
	return err == nil
}

// failures waits until the server shows so many failures in a file, and returns
// their messages.
func (w *window) failures(name string, n int) (messages []string) {
	w.t.Helper()
	w.Await(protocol.MethodPublish, func(raw json.RawMessage) bool {
		var p struct {
			URI         protocol.URI
			Diagnostics []struct{ Message string }
		}
		if json.Unmarshal(raw, &p) != nil || p.URI != lsptest.URI(w.file(name)) || len(p.Diagnostics) != n {
			return false
		}
		messages = nil
		for _, d := range p.Diagnostics {
			messages = append(messages, d.Message)
		}
		return true
	})
	return messages
}

func (w *window) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(w.file(name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// TestFailingTestRepaired: a test that panics is shown at the line of the code
// that did it; what made it pass is learned, and offered for the next one.
func TestFailingTestRepaired(t *testing.T) {
	const (
		last  = "package shop\n\nfunc last(names []string) string {\n\treturn names[len(names)]\n}\n"
		final = "package shop\n\nfunc final(parts []int) int {\n\treturn parts[len(parts)]\n}\n"
	)
	w := newModule(t, false, map[string]string{
		"last.go":      last,
		"last_test.go": "package shop\n\nimport \"testing\"\n\nfunc TestLast(t *testing.T) {\n\tif last([]string{\"a\", \"b\"}) != \"b\" {\n\t\tt.Error(\"not the last\")\n\t}\n}\n",
	})
	w.Open(w.file("last.go"), "go", last)
	if w.goTest("./...") {
		t.Fatal("the test passes")
	}
	if got := w.failures("last.go", 1); !strings.Contains(got[0], "index out of range") {
		t.Fatalf("shown: %q", got)
	}
	w.Idle(true)
	repaired := strings.Replace(last, "len(names)]", "len(names)-1]", 1)
	w.Change(w.file("last.go"), repaired)
	w.failures("last.go", 0) // its line was edited
	w.write("last.go", repaired)
	w.Save(w.file("last.go"))
	if !w.goTest("./...") {
		t.Fatal("the test fails")
	}
	w.Idle(true)

	w.write("final.go", final)
	w.write("final_test.go", "package shop\n\nimport \"testing\"\n\nfunc TestFinal(t *testing.T) {\n\tif final([]int{1, 2}) != 2 {\n\t\tt.Error(\"not the last\")\n\t}\n}\n")
	w.Open(w.file("final.go"), "go", final)
	if w.goTest("./...") {
		t.Fatal("the test passes")
	}
	w.failures("final.go", 1)
	w.Idle(true)
	actions := w.CodeActions(w.file("final.go"), w.Span(w.file("final.go"), "return parts[len(parts)]"), true)
	if len(actions) == 0 {
		t.Fatal("nothing is offered")
	}
	if err := w.Apply(actions[0]); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(final, "len(parts)]", "len(parts)-1]", 1)
	if got := w.Text(w.file("final.go")); got != want {
		t.Fatalf("%q made\n%s", actions[0].Title, got)
	}
	w.write("final.go", want)
	if !w.goTest("./...") {
		t.Error("the test fails after the repair")
	}
}

// hovered is what a hover says at a piece of a file.
func (w *window) hovered(name, at string) string {
	w.t.Helper()
	var hover *protocol.Hover
	w.Call(protocol.MethodHover, map[string]any{
		"textDocument": map[string]any{"uri": lsptest.URI(w.file(name))}, "position": w.Span(w.file(name), at).Start,
	}, &hover)
	if hover == nil {
		return ""
	}
	c, ok := hover.Contents.(*protocol.MarkupContent)
	if !ok {
		w.t.Fatalf("a hover of %T", hover.Contents)
	}
	return c.Value
}

// said is what a command of dejafix prints in the workspace, of the window's store.
func (w *window) said(in string, args ...string) string {
	w.t.Helper()
	cmd := exec.Command("dejafix", append(args, "--store", filepath.Join(w.dir, "dejafix.db"))...)
	cmd.Dir, cmd.Stdin = w.root, strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("%s: %v\n%s", args, err, out)
	}
	return string(out)
}

// change makes a text the file's, as an editor that saves it does.
func (w *window) change(name, text string) {
	w.t.Helper()
	w.Change(w.file(name), text)
	w.write(name, text)
	w.Save(w.file(name))
}

const (
	lastFunc   = "func last(names []string) string {\n\treturn names[len(names)]\n}\n"
	lastCaller = "package shop\n\nfunc Closing(names []string) string { return last(names) }\n"
	lastTest   = "package shop\n\nimport \"testing\"\n\nfunc TestLast(t *testing.T) {\n\tif Closing([]string{\"a\", \"b\"}) != \"b\" {\n\t\tt.Error(\"not the last\")\n\t}\n}\n"
)

// TestFailureRemembered: a failure that was repaired and comes again names its
// repair, in the hover, in why and in trace.
func TestFailureRemembered(t *testing.T) {
	broken := "package shop\n\n" + lastFunc
	repaired := strings.Replace(broken, "len(names)]", "len(names)-1]", 1)
	w := newModule(t, false, map[string]string{"last.go": broken, "closing.go": lastCaller, "last_test.go": lastTest})
	w.Open(w.file("last.go"), "go", broken)
	if w.goTest("./...") {
		t.Fatal("the test passes")
	}
	w.failures("last.go", 1)
	w.Idle(true)
	first := w.hovered("last.go", "return names[len(names)]")
	for _, part := range []string{"index out of range", "Called from", "Closing", "Seen once, on"} {
		if !strings.Contains(first, part) {
			t.Errorf("no %q in\n%s", part, first)
		}
	}
	if strings.Contains(first, "Repaired") {
		t.Errorf("repaired already:\n%s", first)
	}
	w.change("last.go", repaired)
	if !w.goTest("./...") {
		t.Fatal("the test fails")
	}
	w.Idle(true)

	// The same mistake comes again.
	w.change("last.go", broken)
	if w.goTest("./...") {
		t.Fatal("the test passes")
	}
	w.failures("last.go", 1)
	w.Idle(true)
	again := w.hovered("last.go", "return names[len(names)]")
	for _, part := range []string{"Seen in 2 runs", "Repaired on", "+\treturn names[len(names)-1]", "TestLast"} {
		if !strings.Contains(again, part) {
			t.Errorf("no %q in\n%s", part, again)
		}
	}

	for _, part := range []string{"Seen in 2 runs", "Repaired on", "+\treturn names[len(names)-1]", "since tests last passed"} {
		if out := w.said(w.out, "trace"); !strings.Contains(out, part) {
			t.Errorf("trace has no %q:\n%s", part, out)
		}
	}
	var traces wire.Traces
	if err := json.Unmarshal([]byte(w.said(w.out, "trace", "--json")), &traces); err != nil {
		t.Fatal(err)
	}
	if len(traces.Traces) == 0 || traces.Traces[0].Seen == nil || len(traces.Traces[0].Seen.Repairs) != 1 {
		t.Fatalf("trace --json: %+v", traces)
	}
	why := w.said("", "why", traces.Traces[0].Fingerprint)
	for _, part := range []string{"Seen in 2 runs", "TestLast", "+\treturn names[len(names)-1]", "Learned as `e_"} {
		if !strings.Contains(why, part) {
			t.Errorf("why has no %q:\n%s", part, why)
		}
	}
	if out := w.said("", "trace", "--known"); !strings.Contains(out, traces.Traces[0].Fingerprint) || !strings.Contains(out, "shop.last, last.go:4") {
		t.Errorf("trace --known:\n%s", out)
	}
	w.said("", "forget", "--yes", "--workspace", w.root)
	if out := w.said(w.out, "trace"); strings.Contains(out, "Seen") || strings.Contains(out, "Repaired") {
		t.Errorf("not forgotten:\n%s", out)
	}
	if out := w.said("", "trace", "--known"); !strings.Contains(out, "No failure") {
		t.Errorf("not forgotten:\n%s", out)
	}
}

// TestFailureRememberedIn is the same with the test runners of other languages: it
// fails, is repaired, and comes again; the hover names the repair.
func TestFailureRememberedIn(t *testing.T) {
	tests := []struct {
		language, file, broken, repaired, at string
		test, testText                       string
		command                              []string
		thrown                               string
	}{
		{
			"python", "cart.py", "def last(names):\n    return names[len(names)]\n", "def last(names):\n    return names[len(names) - 1]\n", "return names[len(names)]",
			"test_cart.py", "import unittest\nfrom cart import last\n\n\nclass CartTest(unittest.TestCase):\n    def test_last(self):\n        self.assertEqual(last(['a', 'b']), 'b')\n",
			[]string{"python3", "-B", "-m", "unittest", "-v"}, "IndexError",
		},
		{
			"javascript", "cart.js", "function total(order) {\n  return order.price.amount;\n}\nmodule.exports = { total };\n", "function total(order) {\n  return order.price?.amount;\n}\nmodule.exports = { total };\n", "return order.price.amount",
			"cart.test.js", "const test = require('node:test');\nconst { total } = require('./cart.js');\n\ntest('a total without a price', () => {\n  total({});\n});\n",
			[]string{"node", "--test"}, "TypeError",
		},
	}
	for _, tt := range tests {
		t.Run(tt.language, func(t *testing.T) {
			w := newModule(t, false, map[string]string{tt.file: tt.broken, tt.test: tt.testText})
			w.Open(w.file(tt.file), tt.language, tt.broken)
			run := func(passes bool) {
				t.Helper()
				if w.ran(exec.Command(tt.command[0], tt.command[1:]...)) != passes {
					t.Fatalf("the test ended the other way:\n%s", w.out)
				}
				w.Idle(true)
			}
			run(false)
			w.change(tt.file, tt.repaired)
			run(true)
			w.change(tt.file, tt.broken)
			run(false)
			got := strings.ReplaceAll(w.hovered(tt.file, tt.at), "\\", "")
			for _, part := range []string{tt.thrown, "Seen in 2 runs", "Repaired on", "+" + strings.Split(tt.repaired, "\n")[1], "since tests last passed"} {
				if !strings.Contains(got, part) {
					t.Errorf("no %q in\n%s", part, got)
				}
			}
		})
	}
}

// unittest runs the workspace's Python tests.
func (w *window) unittest() (passed bool) {
	w.t.Helper()
	return w.ran(exec.Command("python3", "-B", "-m", "unittest"))
}

// TestRepairedElsewhere: what repaired a test that failed is an edit of another
// file; nothing is learned of it, and it is remembered.
func TestRepairedElsewhere(t *testing.T) {
	const price = "def total(prices):\n    result = 1\n    for p in prices:\n        result += p\n    return result\n"
	const test = "import unittest\nfrom price import total\n\n\nclass PriceTest(unittest.TestCase):\n    def test_total(self):\n        self.assertEqual(total([1, 2]), 3)\n"
	w := newModule(t, false, map[string]string{"price.py": price, "test_price.py": test})
	w.Open(w.file("test_price.py"), "python", test)
	w.Open(w.file("price.py"), "python", price)
	if w.unittest() {
		t.Fatal("the test passes")
	}
	w.failures("test_price.py", 1)
	w.Idle(true)
	w.change("price.py", strings.Replace(price, "result = 1", "result = 0", 1))
	if !w.unittest() {
		t.Fatal("the test fails")
	}
	w.Idle(true)
	w.change("price.py", price)
	if w.unittest() {
		t.Fatal("the test passes")
	}
	w.failures("test_price.py", 1)
	w.Idle(true)
	got := strings.ReplaceAll(w.hovered("test_price.py", "self.assertEqual"), "\\", "")
	for _, part := range []string{"Seen in 2 runs", "Repaired on", "(in price.py)", "+    result = 0"} {
		if !strings.Contains(got, part) {
			t.Errorf("no %q in\n%s", part, got)
		}
	}
	if n := w.stats().Episodes; n != 0 {
		t.Errorf("%d repairs learned", n)
	}
}

// TestFlakyNotLearned: a test that fails and passes with the same code teaches
// nothing, even where the file was edited meanwhile in the editor and not saved.
func TestFlakyNotLearned(t *testing.T) {
	const luck = "import os\n\n\ndef pick(names):\n    n = len(names)\n    if os.environ.get('SHOP_LUCK'):\n        n -= 1\n    return names[n]\n"
	const test = "import unittest\nfrom luck import pick\n\n\nclass LuckTest(unittest.TestCase):\n    def test_pick(self):\n        self.assertEqual(pick(['a', 'b']), 'b')\n"
	mended := strings.Replace(luck, "names[n]", "names[n - 1]", 1)
	w := newModule(t, false, map[string]string{"luck.py": luck, "test_luck.py": test})
	w.Open(w.file("luck.py"), "python", luck)
	run := func(lucky bool) {
		t.Helper()
		t.Setenv("SHOP_LUCK", map[bool]string{true: "1"}[lucky])
		if w.unittest() != lucky {
			t.Fatalf("the test ended the other way:\n%s", w.out)
		}
	}
	run(false)
	w.failures("luck.py", 1)
	w.Idle(true)
	w.Change(w.file("luck.py"), mended) // not saved
	run(true)
	w.Idle(true)
	w.Change(w.file("luck.py"), luck)
	run(false)
	w.failures("luck.py", 1)
	w.Idle(true)
	got := w.hovered("luck.py", "return names[n]")
	if !strings.Contains(got, "Flaky: failed 2 of 3 runs without a change between") || strings.Contains(got, "Repaired") {
		t.Errorf("hover:\n%s", got)
	}
	// Now it is known from the start: an edit that is saved teaches nothing either.
	w.change("luck.py", mended)
	t.Setenv("SHOP_LUCK", "")
	if !w.unittest() {
		t.Fatal("the test fails")
	}
	w.Idle(true)
	if n := w.stats().Episodes; n != 0 {
		t.Errorf("%d repairs learned", n)
	}
}
