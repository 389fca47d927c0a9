package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/learner/history"
)

// repository is one of a module, one commit for each state of it.
func repository(t *testing.T, states ...map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		args = append([]string{"git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"}, args...)
		if _, err := output(context.Background(), dir, gitTime, args...); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q")
	for _, files := range states {
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		git("add", ".")
		git("commit", "-q", "-m", "a state")
	}
	return dir
}

// TestRun walks a history in which one repair is made twice: the second time it
// is suggested, checked, and found to be what the commit did.
func TestRun(t *testing.T) {
	const module = "module a\n\ngo 1.26\n"
	text := func(name, value string) string {
		return "package a\n\nimport \"strconv\"\n\nfunc use(string) {}\n\nfunc " + name + "(n int) { use(" + value + ") }\n\nvar _ = strconv.Itoa\n"
	}
	dir := repository(t,
		map[string]string{"go.mod": module, "a.go": text("f", `""`), "a_test.go": "package a\n\nimport \"testing\"\n\nfunc TestUse(*testing.T) { f(1) }\n"},
		map[string]string{"a.go": text("f", "strconv.Itoa(n)")},
		map[string]string{"go.mod": module, "a.go": strings.Replace(text("f", "n"), "use(string)", "use(int)", 1)},
		map[string]string{"a.go": text("f", "strconv.Itoa(n)")},
		map[string]string{"a.go": strings.Replace(text("f", "n"), "use(string)", "use(int)", 1)},
		map[string]string{"a.go": text("f", "strconv.Itoa(n)")},
	)
	var out bytes.Buffer
	o := options{language: "go", commits: 10, cases: 10, each: 3, wrong: 2, limit: time.Hour}
	if err := run(context.Background(), o, dir, &out); err != nil {
		t.Fatal(err)
	}
	repaired := 0
	for l := range strings.Lines(out.String()) {
		var r record
		if err := json.Unmarshal([]byte(l), &r); err != nil {
			t.Fatal(err)
		}
		if r.Real.Verdict == "refuted" {
			t.Errorf("the real repair of %q is %s (%s)", r.Error, r.Real.Verdict, r.Real.Reason)
		}
		for _, a := range r.Asked {
			if s := a.Shown; s != nil && s.Equal {
				repaired++
				if s.Verdict != "checked" || s.Compiles != passes || s.Tests != passes || s.Left != 0 {
					t.Errorf("what the commit did is %+v", *s)
				}
			}
		}
	}
	if repaired == 0 {
		t.Errorf("nothing was suggested that was learned before:\n%s", out.String())
	}
	name := filepath.Join(t.TempDir(), "out.jsonl")
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := summarize(&table, []string{name}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"REAL: CHECKED", "learned from history", "only deletes and checked: 0", "checked, chance 0.9"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the tables lack %q:\n%s", want, table.String())
		}
	}
}

// TestRest: what is left of a repair when another edit takes the place of a part
// of it.
func TestRest(t *testing.T) {
	c := &putback{history.Pair{Broken: "a(one, two)\n", Clean: "a(1, 2)\n"}}
	for _, tt := range []struct{ old, fresh, want string }{
		{"one", "1", "a(1, 2)\n"},
		{"one", "uno", "a(uno, 2)\n"},
		{"a", "b", "b(1, 2)\n"},
	} {
		at := strings.Index(c.Broken, tt.old)
		got, ok := c.rest([]analysis.Edit{{Span: analysis.Span{Start: at, End: at + len(tt.old)}, New: tt.fresh}})
		if !ok || got != tt.want {
			t.Errorf("%s to %s: %q, want %q", tt.old, tt.fresh, got, tt.want)
		}
	}
}
