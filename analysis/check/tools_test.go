package check

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTools: what the workspace itself has comes first, then what a setting
// names, and that before what is in PATH.
func TestTools(t *testing.T) {
	ruff := tool(t, "ruff")
	for _, c := range []struct {
		name, path string
		own        bool
		tools      map[string]string
		tool       string // that answers
		cause      Cause
		reason     string
	}{
		{name: "a program", path: "a.py", tools: map[string]string{"ruff": ruff}, tool: "ruff"},
		{name: "a program that is not there", path: "a.py", tools: map[string]string{"ruff": filepath.Join(filepath.Dir(ruff), "rough")}, cause: CauseMissing, reason: "rough"},
		{name: "not needed", path: "a.py", own: true, tools: map[string]string{"ruff": filepath.Join(filepath.Dir(ruff), "rough")}, tool: "ruff"},
		{name: "a package", path: "a.ts", tools: map[string]string{"typescript": filepath.Join(modules(t, "tsc"), "typescript")}, tool: "tsc"},
		{name: "a package that is not there", path: "a.ts", tools: map[string]string{"typescript": modules(t, "tsc")}, cause: CauseMissing, reason: "the setting for typescript names "},
		{name: "a relative package", path: "a.ts", tools: map[string]string{"typescript": "node_modules/typescript"}, cause: CauseMissing, reason: "correct it"},
		{name: "another node", path: "a.ts", own: true, tools: map[string]string{"node": filepath.Join(filepath.Dir(ruff), "knot")}, cause: CauseMissing, reason: "knot"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := write(t, map[string]string{"a.py": "import os\n", "a.ts": "let a: number = ''\n", "tsconfig.json": "{}"})
			row, language := ruffRow(), "python"
			if filepath.Ext(c.path) == ".ts" {
				row, language = typescriptRow(), "typescript"
			}
			if c.own && language == "python" {
				installRuff(t, root)
			} else if c.own {
				install(t, root, modules(t, "tsc"), "typescript")
			}
			s := New(Options{Rows: []Row{row}, Tools: c.tools})
			t.Cleanup(s.Close)
			reports, err := s.Check(context.Background(), language, Request{Root: root, Scope: []string{filepath.Join(root, c.path)}, Trusted: true})
			if err != nil {
				t.Fatal(err)
			}
			r := reports[0]
			if c.tool != "" {
				if r.Err != nil || r.Result.Tool != c.tool || len(r.Findings) == 0 {
					t.Errorf("%s found %v, %v", r.Result.Tool, r.Findings, r.Err)
				}
				return
			}
			j := unknown(r.Err)
			if r.Err == nil || j.Cause != c.cause || !strings.Contains(j.Reason, c.reason) {
				t.Errorf("%v, %s, want %s, …%s…", r.Err, j.Cause, c.cause, c.reason)
			}
		})
	}
}

// TestBefore: what others see of a file is compared with what they saw of it
// before the edit, which a checker is told.
func TestBefore(t *testing.T) {
	var heard []string
	w := &words{during: func(r Request) { heard = append(heard, r.Before) }}
	s := testSet(t, w.row("words", PhaseLint))
	e := wordEdit(write(t, nil), "x bad_a y", "bad_a", "good")
	if j := s.Judge(context.Background(), e, true); j.Verdict != VerdictChecked {
		t.Fatal(j)
	}
	if !slices.Equal(heard, []string{"", e.Text}) {
		t.Errorf("the runs were told of %q", heard)
	}
}

// TestConfigure: new settings end what the old ones started, and answers of
// before are not given any more; the same settings change nothing.
func TestConfigure(t *testing.T) {
	w := &words{}
	row := w.row("words", PhaseLint)
	var given []Env
	row.New = func(e Env) Checker {
		given = append(given, e)
		return w
	}
	s := testSet(t, row)
	e := wordEdit(write(t, nil), "x bad_a y", "bad_a", "good")
	judge := func() int64 {
		t.Helper()
		before := w.runs.Load()
		if j := s.Judge(context.Background(), e, true); j.Verdict != VerdictChecked {
			t.Fatal(j)
		}
		return w.runs.Load() - before
	}
	if judge() == 0 || judge() != 0 {
		t.Fatal("want one that runs, and one from the cache")
	}
	s.Configure(false, nil)
	if n := judge(); n != 0 || w.closed.Load() != 0 {
		t.Errorf("the same settings: %d runs, %d ended", n, w.closed.Load())
	}
	s.Configure(true, map[string]string{"ruff": "/opt/ruff"})
	if w.closed.Load() != 1 {
		t.Errorf("%d checkers ended, want the one", w.closed.Load())
	}
	if n := judge(); n == 0 {
		t.Error("new settings: answered from the cache")
	}
	if last := given[len(given)-1]; len(given) != 2 || !last.Servers || last.Tools["ruff"] != "/opt/ruff" {
		t.Errorf("the checkers were given %+v", given)
	}
}
