package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// history is a repository of a module, one commit for each state of it.
func history(t *testing.T, states ...map[string]string) string {
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
	dir := history(t,
		map[string]string{"go.mod": module, "a.go": text("f", `""`), "a_test.go": "package a\n\nimport \"testing\"\n\nfunc TestUse(*testing.T) { f(1) }\n"},
		map[string]string{"a.go": text("f", "strconv.Itoa(n)")},
		map[string]string{"go.mod": module, "a.go": strings.Replace(text("f", "n"), "use(string)", "use(int)", 1)},
		map[string]string{"a.go": strings.Replace(text("f", "strconv.Itoa(n)"), "use(string)", "use(string)", 1)},
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

func TestParseHunks(t *testing.T) {
	diff := `diff --git a/a.go b/a.go
--- a/a.go
+++ b/a.go
@@ -3,2 +3 @@ func f() {
-	one
-	two
+	three
@@ -9,0 +10,2 @@
+-- four
+++ five
@@ -20 +21,0 @@
--- six
diff --git a/b.go b/b.go
--- /dev/null
+++ b/b.go
@@ -0,0 +1 @@
+package b
diff --git a/c.go b/c.go
--- a/c.go
+++ b/c.go
@@ -1 +1 @@
-x
\ No newline at end of file
+y
diff --git a/d.go b/d.go
--- a/d.go
+++ /dev/null
@@ -1 +0,0 @@
-gone
`
	want := []hunk{
		{file: "a.go", old: []string{"\tone\n", "\ttwo\n"}, start: 2, count: 1},
		{file: "a.go", start: 9, count: 2},
		{file: "a.go", old: []string{"-- six\n"}, start: 21},
	}
	got := parseHunks(diff)
	if !slices.EqualFunc(got, want, func(a, b hunk) bool {
		return a.file == b.file && slices.Equal(a.old, b.old) && a.start == b.start && a.count == b.count
	}) {
		t.Errorf("%+v", got)
	}
}

// TestRest: what is left of a repair when another edit takes the place of a part
// of it.
func TestRest(t *testing.T) {
	c := &putback{broken: "a(one, two)\n", clean: "a(1, 2)\n"}
	for _, tt := range []struct{ old, fresh, want string }{
		{"one", "1", "a(1, 2)\n"},
		{"one", "uno", "a(uno, 2)\n"},
		{"a", "b", "b(1, 2)\n"},
	} {
		at := strings.Index(c.broken, tt.old)
		got, ok := c.rest([]analysis.Edit{{Span: analysis.Span{Start: at, End: at + len(tt.old)}, New: tt.fresh}})
		if !ok || got != tt.want {
			t.Errorf("%s to %s: %q, want %q", tt.old, tt.fresh, got, tt.want)
		}
	}
}
