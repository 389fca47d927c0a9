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
