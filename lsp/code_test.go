package lsp

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

var changed = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// put writes a file that was changed at a time.
func put(t testing.TB, dir, name, text string, at time.Time) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, at, at); err != nil {
		t.Fatal(err)
	}
}

// TestCode is which changes make another code.
func TestCode(t *testing.T) {
	tests := []struct {
		name string
		do   func(dir string)
		same bool
	}{
		{"nothing", func(string) {}, true},
		{"a source file", func(dir string) { put(t, dir, "a.go", "package b\n", changed.Add(time.Second)) }, false},
		{"saved again", func(dir string) { put(t, dir, "a.go", "package a\n", changed.Add(time.Second)) }, false},
		{"data that tests may read", func(dir string) { put(t, dir, "testdata/prices.json", "{}", changed) }, false},
		{"a file taken away", func(dir string) { _ = os.Remove(filepath.Join(dir, "b.py")) }, false},
		{"a source in a folder of outputs", func(dir string) { put(t, dir, "bin/tool.rb", "x", changed) }, false},
		{"a log", func(dir string) { put(t, dir, "run.log", "x", changed) }, true},
		{"what a run writes", func(dir string) { put(t, dir, "junit-report.xml", "x", changed) }, true},
		{"compiled", func(dir string) { put(t, dir, "target/a.bin", "x", changed) }, true},
		{"in a hidden folder", func(dir string) { put(t, dir, ".cache/a.go", "x", changed) }, true},
		{"a dependency", func(dir string) { put(t, dir, "node_modules/x/index.js", "x", changed) }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "a.go", "package a\n", changed)
			put(t, dir, "b.py", "x = 1\n", changed)
			before := (&tree{root: dir}).state().digest(time.Time{})
			tt.do(dir)
			after := (&tree{root: dir}).state().digest(time.Time{})
			if before == "" || (before == after) != tt.same {
				t.Errorf("the code is the same: %v", before == after)
			}
		})
	}
	dir := t.TempDir()
	put(t, dir, "a.go", "package a\n", changed)
	c := (&tree{root: dir}).state()
	if c.digest(changed.Add(-time.Second)) != "" || c.digest(changed.Add(time.Second)) == "" {
		t.Error("a file that changed while it ran: it is not known what ran")
	}
}

// TestChangedSince is which functions are said to have changed since all passed.
func TestChangedSince(t *testing.T) {
	const text = "package a\n\nfunc one(x int) int {\n\ty := x\n\treturn y\n}\n\nfunc two() int {\n\treturn one(1)\n}\n"
	tests := []struct {
		name, text     string
		line           int // from 1
		changed, fresh bool
	}{
		{"as it was", text, 5, false, false},
		{"moved down, indented", strings.Replace(text, "func one", "// a comment\n\nfunc one", 1), 7, false, false},
		{"a line of it", strings.Replace(text, "return y", "return y + 1", 1), 5, true, false},
		{"a line more", strings.Replace(text, "\treturn y", "\ty++\n\treturn y", 1), 6, true, false},
		{"a line less", strings.Replace(text, "\ty := x\n\treturn y", "\treturn y", 1), 4, true, false},
		{"another function", strings.Replace(text, "return one(1)", "return one(2)", 1), 5, false, false},
		{"new since", text + "\nfunc three() int {\n\treturn 3\n}\n", 13, false, true},
		{"no function", "package a\n\nimport \"os\"\n", 3, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "a.go", text, changed)
			passing := (&tree{root: dir}).passing("c", changed)
			put(t, dir, "a.go", tt.text, changed.Add(time.Second))
			k := (&tree{ctx: t.Context(), root: dir}).sincePassing(passing)
			f := &analysis.Frame{Path: "a.go", Line: tt.line}
			if k.Changed(f) != tt.changed || k.Passed(f) == tt.fresh {
				t.Errorf("changed %v, passed %v", k.Changed(f), k.Passed(f))
			}
			if other := (&analysis.Frame{Path: "b.go", Line: 1}); k.Changed(other) || !k.Passed(other) {
				t.Error("something is said of a file that nothing is known of")
			}
		})
	}
}

// TestPassingBounded: what is remembered of the code is small, and is that of the
// files that were changed last.
func TestPassingBounded(t *testing.T) {
	dir := t.TempDir()
	for i := range 250 {
		put(t, dir, fmt.Sprintf("f%03d.go", i), strings.Repeat("x\n", 600), changed.Add(time.Duration(i)*time.Second))
	}
	p := (&tree{root: dir}).passing("c", changed)
	lines := 0
	for _, l := range p.Files {
		lines += len(l)
	}
	if lines > maxRecentLines || len(p.Files) > maxRecentFiles || p.Files["f249.go"] == nil || p.Files["f000.go"] != nil {
		t.Errorf("%d files, %d lines", len(p.Files), lines)
	}
}

// TestOneFailure is which failures of a line are shown as one.
func TestOneFailure(t *testing.T) {
	at := func(via, command, test, fp string, line int) failure {
		return failure{id: analysis.FailureID{Print: fp, Test: test}, via: via, commands: []string{command}, test: test, line: line}
	}
	tests := []struct {
		name string
		seen []failure
		want []string // via and commands of each
	}{
		{"two tests", []failure{at("terminal", "go test", "A", "t_1", 1), at("terminal", "go test", "B", "t_1", 1)}, []string{"terminal [go test]", "terminal [go test]"}},
		{"a debugger, then printed", []failure{at("debugger", "debugger", "", "t_1", 1), at("debugConsole", "python x.py", "", "t_1", 1)}, []string{"debugConsole [python x.py debugger]"}},
		{"a debugger with fewer calls", []failure{at("debugger", "debugger", "", "t_2", 1), at("terminal", "go test", "A", "t_1", 1)}, []string{"terminal [go test debugger]"}},
		{"a debugger after a test", []failure{at("terminal", "go test", "A", "t_1", 1), at("debugger", "debugger", "", "t_1", 1)}, []string{"terminal [go test debugger]"}},
		{"a terminal and a task", []failure{at("terminal", "python x.py", "", "t_1", 1), at("task", "python3 x.py", "", "t_1", 1)}, []string{"terminal [python x.py python3 x.py]"}},
		{"another failure of the line", []failure{at("terminal", "python x.py", "", "t_1", 1), at("terminal", "python x.py", "", "t_2", 1)}, []string{"terminal [python x.py]", "terminal [python x.py]"}},
		{"another line", []failure{at("terminal", "python x.py", "", "t_1", 1), at("debugger", "debugger", "", "t_1", 2)}, []string{"terminal [python x.py]", "debugger [debugger]"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var list []failure
			for _, f := range tt.seen {
				list = with(list, f)
			}
			var got []string
			for _, f := range list {
				got = append(got, fmt.Sprint(f.via, " ", f.commands))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// BenchmarkState is a workspace of 5,000 files, most of which are sources.
func BenchmarkState(b *testing.B) {
	dir := b.TempDir()
	for i := range 5000 {
		put(b, dir, fmt.Sprintf("p%d/f%d.go", i/50, i), "package p\n\nfunc f() {}\n", changed)
	}
	for b.Loop() {
		t := &tree{ctx: context.Background(), root: dir}
		t.passing(t.state().digest(time.Time{}), changed)
	}
}

// BenchmarkRead is the output of 10,000 tests of which 20 fail, in a workspace of
// 500 files: all that is done of a run before the learner has it.
func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	for i := range 500 {
		put(b, dir, fmt.Sprintf("p%d/f%d_test.go", i/50, i), strings.Repeat("package p\n\nfunc f() {}\n", 50), changed)
	}
	var text strings.Builder
	for i := range 10_000 {
		if i%500 != 0 {
			fmt.Fprintf(&text, "=== RUN   TestNumber%d\n--- PASS: TestNumber%[1]d (0.00s)\n", i)
			continue
		}
		fmt.Fprintf(&text, "=== RUN   TestNumber%d\n    f%d_test.go:12: wrong\n--- FAIL: TestNumber%[1]d (0.00s)\n", i, i/500)
	}
	text.WriteString("FAIL\nFAIL\tshop/p\t1.2s\nFAIL\n")
	exit := 1
	p := printed{command: "go test -v ./...", via: "terminal", root: dir, cwd: dir, exitCode: &exit, text: text.String(), at: changed.Add(time.Hour)}
	for b.Loop() {
		r := p.read(b.Context())
		if len(r.cases) < 9000 || len(r.failures) != 20 || len(r.events) != 1 {
			b.Fatalf("%d cases, %d failures", len(r.cases), len(r.failures))
		}
	}
}
