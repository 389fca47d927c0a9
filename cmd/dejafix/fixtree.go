package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/lsp/watch"
)

// A fixTree is the workspace that fix works on.
type fixTree struct {
	root  string   // absolute, without symbolic links
	paths []string // absolute, that fix was asked about
	git   bool     // root is the top of a working tree
}

// newFixTree finds the workspace of the paths, or of the current folder.
func newFixTree(args []string) (*fixTree, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	t := &fixTree{}
	for _, arg := range args {
		path, err := filepath.Abs(arg)
		if err == nil {
			path, err = filepath.EvalSymlinks(path)
		}
		if err != nil {
			return nil, problemf("name files and folders that exist", "there is no %s", arg)
		}
		dir := path
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			dir = filepath.Dir(path)
		}
		root := watch.RepositoryRoot(dir)
		git := root != ""
		if !git {
			if root, err = filepath.EvalSymlinks("."); err == nil {
				root, err = filepath.Abs(root)
			}
			if err != nil || !below(root, path) {
				root = dir
			}
		}
		if t.root != "" && t.root != root {
			return nil, problemf("run it once for each", "%s and %s are in different workspaces", t.paths[0], path)
		}
		t.root, t.git = root, git
		t.paths = append(t.paths, path)
	}
	return t, nil
}

// below reports whether path is dir or lies in it.
func below(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// asked reports whether fix was asked about a file.
func (t *fixTree) asked(path string) bool {
	return slices.ContainsFunc(t.paths, func(p string) bool { return below(p, path) })
}

// name is a path for a person and for programs: relative to the root, with
// slashes.
func (t *fixTree) name(path string) string {
	if rel, err := filepath.Rel(t.root, path); err == nil && below(t.root, path) {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(path)
}

// foreignDirs hold what others wrote, or what tools made of the sources.
var (
	dependencyDirs = map[string]bool{"node_modules": true, "bower_components": true, "site-packages": true, ".venv": true, "venv": true, "vendor": true, ".yarn": true}
	outputDirs     = map[string]bool{"dist": true, "build": true, "target": true, "out": true, "coverage": true, "__pycache__": true}
)

// files lists the regular files of the workspace that are its own: those that
// git does not ignore, and without git those outside of hidden folders and of
// folders that hold dependencies or outputs. ignored are the others, folders
// whole.
func (t *fixTree) files(ctx context.Context) (own, ignored []string, err error) {
	if !t.git {
		return t.walk()
	}
	list := func(args ...string) ([]string, error) {
		out, err := t.runGit(ctx, append([]string{"ls-files", "-z"}, args...)...)
		if err != nil {
			return nil, err
		}
		var names []string
		for name := range strings.SplitSeq(out, "\x00") {
			if name != "" {
				names = append(names, filepath.Join(t.root, filepath.FromSlash(name)))
			}
		}
		slices.Sort(names)
		return slices.Compact(names), nil
	}
	if own, err = list("--cached", "--others", "--exclude-standard"); err != nil {
		return nil, nil, err
	}
	if ignored, err = list("--others", "--ignored", "--exclude-standard", "--directory"); err != nil {
		return nil, nil, err
	}
	return slices.DeleteFunc(own, func(path string) bool {
		info, err := os.Lstat(path)
		return err != nil || info.IsDir() // deleted, or a submodule
	}), ignored, nil
}

func (t *fixTree) walk() (own, ignored []string, err error) {
	err = filepath.WalkDir(t.root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // what cannot be read is not repaired
		case !d.IsDir():
			own = append(own, path)
		case path == t.root:
		case dependencyDirs[d.Name()] || outputDirs[d.Name()] || strings.HasPrefix(d.Name(), "."):
			ignored = append(ignored, path)
			return filepath.SkipDir
		}
		return nil
	})
	return own, ignored, err
}

// runGit runs git in the root. What a repository's configuration could have it
// run (a file system monitor, hooks) is switched off, and the variables that
// git gives its hooks are taken away: they would name another repository.
func (t *fixTree) runGit(ctx context.Context, args ...string) (string, error) {
	args = append([]string{"-C", t.root, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull, "--no-optional-locks"}, args...)
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "GIT_") }), "LC_ALL=C")
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", problemf("install git", "the workspace is a git repository, and git is not in PATH")
	case errors.As(err, &exit):
		line, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
		return "", problemf("see that `git status` works there", "git in %s: %s", t.root, line)
	}
	return string(out), err
}

// clean returns a problem unless what fix writes can be told from what was
// there, and taken back: the files that it may change are as git has them.
func (t *fixTree) clean(ctx context.Context, candidates map[string]*source) error {
	if !t.git {
		return problemf("add --dirty if you have a copy, or look first with --dry-run",
			"%s is not under git, so that nothing could take the changes back", t.root)
	}
	out, err := t.runGit(ctx, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all")
	if err != nil {
		return err
	}
	var dirty []string
	for entry := range strings.SplitSeq(out, "\x00") {
		if len(entry) < 4 {
			continue
		}
		// A file that git does not know matters where fix could change it.
		if strings.HasPrefix(entry, "??") && candidates[filepath.Join(t.root, filepath.FromSlash(entry[3:]))] == nil {
			continue
		}
		dirty = append(dirty, entry[3:])
	}
	if len(dirty) == 0 {
		return nil
	}
	names := dirty[0]
	if len(dirty) > 1 {
		names = fmt.Sprintf("%s and %d more", names, len(dirty)-1)
	}
	return problemf("commit or stash them, add --dirty, or look first with --dry-run",
		"there are changes that git does not have (%s)", names)
}
