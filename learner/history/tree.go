package history

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// treePrefix starts the names of the folders that trees are in; the number of
	// the process follows.
	treePrefix = "dejafix-history-"
	// mostFiles and mostBytes bound a tree: what a temporary folder in memory has
	// room for.
	mostFiles = 200_000
	mostBytes = 1 << 30
	// staleAfter is after how long a folder whose process cannot be asked about is
	// taken for one that was left: no run takes as long.
	staleAfter = 24 * time.Hour
)

// dependencies are folders of a working tree that git does not keep and that
// checkers need; the file that has to be beside or in one says that it is one.
var dependencies = []struct{ dir, beside, in string }{
	{dir: "node_modules", beside: "package.json"},
	{dir: ".venv", in: "pyvenv.cfg"},
	{dir: "venv", in: "pyvenv.cfg"},
	{dir: "vendor", in: "modules.txt"},
}

// A Tree is the files of one commit after the other, in a folder of ours.
type Tree struct {
	Root string // of the workspace in it

	repo   *Repo
	door   *os.Root
	top    string // where the repository's files are
	folder string // above top
	commit string
	bytes  int64
	sizes  map[string]int64
	// Files get times of their own, each later than those before: checkers see by
	// its time that a file changed, and take one that is new for one that is still
	// being written.
	tick time.Time
}

// NewTree makes a folder without a commit in it.
func NewTree(repo *Repo) (*Tree, error) {
	sweep(os.TempDir(), time.Now())
	folder, err := os.MkdirTemp("", treePrefix+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return nil, fmt.Errorf("no temporary folder (make room there, or set TMPDIR): %w", err)
	}
	// Tools print the real name.
	if name, err := filepath.EvalSymlinks(folder); err == nil {
		folder = name
	}
	t := &Tree{repo: repo, folder: folder, sizes: map[string]int64{}, tick: time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)}
	// A name of its own, since some tools take it for the project's.
	t.top = filepath.Join(folder, filepath.Base(repo.Top))
	t.Root = filepath.Join(t.top, filepath.FromSlash(repo.Prefix))
	if err := os.MkdirAll(t.Root, 0o700); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	if t.door, err = os.OpenRoot(t.top); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return t, nil
}

// Close takes the folder away.
func (t *Tree) Close() error { return errors.Join(t.door.Close(), os.RemoveAll(t.folder)) }

// sweep takes away what processes left that were killed.
func sweep(dir string, now time.Time) {
	names, err := filepath.Glob(filepath.Join(dir, treePrefix+"*"))
	if err != nil {
		return
	}
	for _, name := range names {
		info, err := os.Lstat(name)
		if err != nil || !info.IsDir() {
			continue
		}
		id, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(name), treePrefix), "-")
		if pid, err := strconv.Atoi(id); err == nil && gone(pid) || now.Sub(info.ModTime()) > staleAfter {
			_ = os.RemoveAll(name) // another user's stays
		}
	}
}

// gone reports whether there is no such process, as far as can be said.
func gone(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return true // Windows says so here
	}
	defer func() { _ = p.Release() }()
	return runtime.GOOS != "windows" && errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// Checkout makes the files those of a commit.
func (t *Tree) Checkout(ctx context.Context, commit string) error {
	if commit == t.commit {
		return nil
	}
	var list []entry
	var err error
	if t.commit == "" {
		list, err = t.repo.list(ctx, commit)
	} else {
		list, err = t.repo.between(ctx, t.commit, commit)
	}
	if err != nil {
		return err
	}
	t.tick = t.tick.Add(time.Second)
	first := t.commit == ""
	t.commit = "" // until all is done
	for _, e := range list {
		if err := t.put(ctx, e); err != nil {
			return err
		}
	}
	if first {
		t.link()
	}
	t.commit = commit
	return nil
}

// between is diff for the whole tree, with moved files as two changes.
func (r *Repo) between(ctx context.Context, from, to string) ([]entry, error) {
	out, err := r.run(ctx, "diff-tree", "-r", "--raw", "-z", "--no-abbrev", "--no-renames", from, to)
	if err != nil {
		return nil, err
	}
	var list []entry
	parts := strings.Split(out, "\x00")
	for i := 0; i+1 < len(parts); i += 2 {
		if f := strings.Fields(strings.TrimPrefix(parts[i], ":")); len(f) == 5 {
			list = append(list, entry{path: parts[i+1], mode: f[1], to: f[3], status: f[4][0]})
		}
	}
	return list, nil
}

// Path is where a file of the repository is laid out, "" for a name that would
// lie outside.
func (t *Tree) Path(name string) string {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return ""
	}
	return filepath.Join(t.top, filepath.FromSlash(name))
}

// put makes one file what an entry says. What cannot be laid out is left out:
// submodules, files that are too large or not in this clone, links that lead
// away.
func (t *Tree) put(ctx context.Context, e entry) error {
	name := filepath.FromSlash(e.path)
	if !filepath.IsLocal(name) {
		return nil
	}
	t.bytes -= t.sizes[e.path]
	delete(t.sizes, e.path)
	// Through the door alone, which no link leads out of: a name below a link to
	// the user's own folder is refused there, and left out.
	if err := t.door.RemoveAll(name); err != nil {
		return nil //nolint:nilerr // as said
	}
	if e.mode == modeGone || e.mode == modeRepo {
		return nil
	}
	text, err := t.repo.blob(ctx, e.to)
	if errors.Is(err, errMissing) || errors.Is(err, errTooLarge) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := t.door.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil //nolint:nilerr // as said
	}
	if e.mode == modeLink {
		// Only to what is laid out too.
		if target := filepath.FromSlash(string(text)); !filepath.IsAbs(target) && filepath.IsLocal(filepath.Join(filepath.Dir(name), target)) {
			_ = t.door.Symlink(target, name) // as said
		}
		return nil
	}
	t.sizes[e.path] = int64(len(text))
	t.bytes += int64(len(text))
	if len(t.sizes) > mostFiles || t.bytes > mostBytes {
		return fmt.Errorf("the repository is too large to be laid out (over %d files or %d MB)", mostFiles, mostBytes>>20)
	}
	if err := t.door.WriteFile(name, text, 0o600); err != nil {
		return err
	}
	return t.door.Chtimes(name, t.tick, t.tick)
}

// link puts links to the folders of dependencies that the user's tree has.
func (t *Tree) link() {
	dirs := map[string]bool{"": true}
	for name := range t.sizes {
		if dir, ok := strings.CutSuffix(name, "package.json"); ok {
			dirs[dir] = true
		}
	}
	dirs[t.repo.Prefix] = true
	for dir := range dirs {
		for _, d := range dependencies {
			from, to := filepath.Join(t.repo.Top, filepath.FromSlash(dir), d.dir), t.Path(dir+d.dir)
			if to == "" || d.beside != "" && !exists(filepath.Join(filepath.Dir(from), d.beside)) || d.in != "" && !exists(filepath.Join(from, d.in)) {
				continue
			}
			if info, err := os.Stat(from); err != nil || !info.IsDir() || exists(to) {
				continue
			}
			_ = os.Symlink(from, to) // a checker says what it lacks
		}
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
