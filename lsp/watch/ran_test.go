package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/report"
)

// TestRans: what is put there is found once, the newest of each command, and what
// is old goes.
func TestRans(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db.runs")
	now := time.Now()
	folder := RanFolder{Dir: dir}
	if list, problems := folder.New(now); len(list)+len(problems) > 0 {
		t.Fatal(list, problems)
	}
	put := func(command string, code int) {
		t.Helper()
		if err := Keep(dir, Ran{Command: command, Cwd: "/shop", ExitCode: code, Ended: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	names := func(now time.Time) (s string) {
		t.Helper()
		list, problems := folder.New(now)
		if len(problems) > 0 {
			t.Error(problems)
		}
		for _, r := range list {
			s += fmt.Sprint(r.Command, r.ExitCode, " ")
		}
		return s
	}
	put("a", 1)
	put("b", 0)
	if got := names(now); got != "a1 b0 " {
		t.Errorf("first: %q", got)
	}
	put("a", 0)
	if got := names(now); got != "a0 " {
		t.Errorf("then: %q", got)
	}
	if got := names(now); got != "" {
		t.Errorf("nothing new: %q", got)
	}
	if Failing(dir, "/shop", "a") || Failing(dir, "/shop", "c") {
		t.Error("failing")
	}
	put("a", 1)
	if !Failing(dir, "/shop", "a") || Failing(dir, "/other", "a") {
		t.Error("not failing")
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info.Mode(), err)
	}

	for i := range 2 * maxRans {
		put(fmt.Sprint("c", i), 0)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != maxRans {
		t.Error(len(entries), err)
	}
	old := now.Add(-RanFor - time.Hour)
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range left {
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
	}
	put("new", 0)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Error(len(entries), err)
	}
	if err := Forget(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Error(err)
	}
}

// TestRanKeeps: what is written holds no secret and is bounded, and what somebody
// else wrote there is passed over.
func TestRanKeeps(t *testing.T) {
	dir := t.TempDir()
	const secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
	run := report.Run{Findings: []report.Finding{{File: "x"}}}
	for i := range 100 {
		run.Cases = append(run.Cases, analysis.TestCase{Name: fmt.Sprint(i), Message: secret, Output: "token " + secret + strings.Repeat(" x", 30<<10), Trace: &analysis.Trace{}})
	}
	if err := Keep(dir, Ran{Command: "t " + secret, Cwd: "/shop", Run: run, Text: secret, Ended: time.Now()}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), secret) || len(b) > 2*maxRanText {
		t.Errorf("%d bytes: %.300s", len(b), b)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	folder := RanFolder{Dir: dir}
	if list, problems := folder.New(time.Now()); len(list) != 1 || len(problems) != 0 || len(list[0].Run.Cases) != 100 {
		t.Errorf("%d runs, %v", len(list), problems)
	}
	for name, text := range map[string]string{"a.json": "{", "b.json": `{"Version":99}`, ".hidden": "{"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if list, problems := folder.New(time.Now()); len(list) != 0 || len(problems) != 2 {
		t.Errorf("%d runs, %v", len(list), problems)
	}
}

// TestRanPaths: paths come back as they were, under whichever name of the folder
// the command ran, and are not written down.
func TestRanPaths(t *testing.T) {
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	repo := filepath.Join(top, "home", "Ann", "shop")
	for _, dir := range []string{filepath.Join(repo, ".git"), filepath.Join(repo, "api"), filepath.Join(top, "plain", "api")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"link": repo, "deep": filepath.Join(repo, "api"), "flat": filepath.Join(top, "plain", "api")} {
		if err := os.Symlink(to, filepath.Join(top, link)); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct{ cwd, real, prints, read string }{
		{"home/Ann/shop", "", "home/Ann/shop/api/a.go:1", "home/Ann/shop/api/a.go:1"},
		{"home/Ann/shop/api", "", "home/Ann/shop/b.go:1", "home/Ann/shop/b.go:1"},
		{"link/api", "home/Ann/shop/api", "link/api/a.go:1", "home/Ann/shop/api/a.go:1"},
		{"link/api", "home/Ann/shop/api", "home/Ann/shop/api/a.go:1", "home/Ann/shop/api/a.go:1"},
		{"deep", "home/Ann/shop/api", "deep/a.go:1", "home/Ann/shop/api/a.go:1"},
		{"flat", "plain/api", "flat/a.go:1", "plain/api/a.go:1"},
		{"flat", "plain/api", "plain/api/a.go:1", "plain/api/a.go:1"},
	}
	for _, tt := range tests {
		dir := filepath.Join(t.TempDir(), "runs")
		r := Ran{Command: "go run .", Cwd: filepath.Join(top, tt.cwd), ExitCode: 1, Ended: time.Now(), Text: "\t" + filepath.Join(top, tt.prints) + " +0x1d\n"}
		if tt.real != "" {
			r.Real = filepath.Join(top, tt.real)
		}
		if err := Keep(dir, r); err != nil {
			t.Fatal(err)
		}
		folder := RanFolder{Dir: dir}
		list, problems := folder.New(time.Now())
		if len(list) != 1 || list[0].Text != "\t"+filepath.Join(top, tt.read)+" +0x1d\n" {
			t.Errorf("%s: %+v, %v", tt.prints, list, problems)
		}
	}
}

// TestRedactedByLine: lines that belong together are looked at together.
func TestRedactedByLine(t *testing.T) {
	const secret = "Xk3jd93kLmQ02xYz"
	for _, text := range []string{"password:\n  " + secret + "\nmore\n", "password\n  = " + secret, "token = " + secret, "a\n\npassword:\n\n\n" + secret} {
		if got := redacted(text); strings.Contains(got, secret) {
			t.Errorf("%q", got)
		}
	}
	if text := "no secret\r\n\tat all:\n"; redacted(text) != text {
		t.Errorf("%q", redacted(text))
	}
}
