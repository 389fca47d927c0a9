package watch_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/dejafix/dejafix/lsp/watch"
)

func TestHeadOfAWorktree(t *testing.T) {
	dir := t.TempDir()
	main, tree := filepath.Join(dir, "main"), filepath.Join(dir, "tree")
	git := filepath.Join(main, ".git", "worktrees", "tree")
	write(t, filepath.Join(git, "HEAD"), "ref: refs/heads/a\n")
	write(t, filepath.Join(tree, ".git"), "gitdir: "+git+"\n")
	sub := filepath.Join(tree, "sub")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := watch.GitDir(sub); got != git {
		t.Errorf("git directory %q, want %q", got, git)
	}
	var h watch.Head
	if h.Moved(sub) {
		t.Error("moved when first seen")
	}
	write(t, filepath.Join(git, "HEAD"), "1234\n")
	if !h.Moved(sub) || h.Moved(sub) {
		t.Error("a checkout is one move")
	}
	write(t, filepath.Join(tree, ".git"), "nonsense\n")
	if got := watch.GitDir(sub); got != "" {
		t.Errorf("git directory %q of nonsense", got)
	}
	if watch.RepositoryRoot("") != "" || watch.GitDir(dir) != "" {
		t.Error("a repository where there is none")
	}
}

func TestIsHead(t *testing.T) {
	for name, want := range map[string]bool{
		"/w/.git/HEAD": true, "/w/.git/ORIG_HEAD": true, "/w/.git/worktrees/x/HEAD": true,
		"/w/HEAD": false, "/w/.git/config": false, "/w/.github/HEAD": false,
	} {
		if got := watch.IsHead(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestParent(t *testing.T) {
	if watch.Parent(context.Background(), 0, time.Millisecond) {
		t.Error("a client without a process is gone")
	}
	gone := exec.Command(os.Args[0], "-test.run=^$")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	if watch.Parent(context.Background(), gone.Process.Pid, time.Millisecond) {
		t.Error("a process that we never saw is gone")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if watch.Parent(ctx, os.Getpid(), time.Millisecond) {
		t.Error("this process is gone")
	}
}
