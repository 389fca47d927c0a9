package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/wire"
)

// TestLearnGitKilled kills `learn git` at many moments: tree, index, stash,
// references and worktrees are as they were each time, the store is whole, no
// example is there twice, and the next run goes on and takes away what was left.
func TestLearnGitKilled(t *testing.T) {
	dir := t.TempDir()
	root, temp, db := filepath.Join(dir, "module"), filepath.Join(dir, "tmp"), filepath.Join(dir, "dejafix.db")
	for _, d := range []string{root, temp} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q")
	write("go.mod", "module example.com/a\n\ngo 1.24\n")
	const commits = 8
	for i := range commits {
		write("a.go", fmt.Sprintf("package a\n\nfunc f%d(n int) int { return n }\n\nvar x = f%d(%d)\n", i, i, i))
		git("add", ".")
		git("commit", "-q", "-m", "a commit")
	}
	write("a.go", "package a\n\n// Mine is in the stash.\n")
	git("stash", "-q")
	write("b.go", "package a\n\n// Mine is staged.\n")
	git("add", "b.go")
	write("c.go", "package a\n\n// Mine is new.\n")

	state := func() string {
		t.Helper()
		var b strings.Builder
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			fmt.Fprintln(&b, path, analysis.DigestOf(string(text)))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	before := state()
	run := func(args ...string) *exec.Cmd {
		cmd := exec.Command("dejafix", append([]string{"--store", db}, args...)...)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "TMPDIR="+temp)
		return cmd
	}
	if out, err := run("trust").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	kills := 6
	if everyCase {
		kills = 60
	}
	// How long it takes here, with a store of its own.
	began := time.Now()
	if out, err := run("trust", "--store", db+".other").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := run("learn", "git", "--budget", "0", "--store", db+".other").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	takes := time.Since(began)
	for i := range kills {
		cmd := run("learn", "git", "--budget", "0")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(takes*time.Duration(i+1)/time.Duration(kills+1), func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // killed, or done
		timer.Stop()
		if now := state(); now != before {
			t.Fatalf("kill %d changed the repository:\n%s\nwas\n%s", i, now, before)
		}
		whole(t, db)
	}
	cmd := run("learn", "git", "--budget", "0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if now := state(); now != before {
		t.Errorf("the repository changed:\n%s\nwas\n%s", now, before)
	}
	examples := whole(t, db)
	if examples < commits-1 {
		t.Errorf("%d examples of %d commits", examples, commits)
	}
	left, err := filepath.Glob(filepath.Join(temp, "dejafix-history-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
	again, err := run("learn", "git", "--budget", "0", "--json").Output()
	var v wire.Done
	if err := errors.Join(err, json.Unmarshal(again, &v)); err != nil || v.Count != 0 {
		t.Errorf("learned again: %s, %v", again, err)
	}
	if n := whole(t, db); n != examples {
		t.Errorf("%d examples, and %d before", n, examples)
	}
}

// whole is how many examples a store has, which must be whole.
func whole(t *testing.T, path string) (examples int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var said string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" {
		t.Fatalf("the store is %q, %v", said, err)
	}
	if err := db.QueryRow("SELECT count(*) FROM examples").Scan(&examples); err != nil {
		t.Fatal(err)
	}
	return examples
}
