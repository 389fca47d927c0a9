package watch

import (
	"os"
	"path/filepath"
	"strings"
)

// A Head is where the repositories of some folders stood when they were last
// asked about. The zero value knows none.
type Head struct {
	seen map[string]string // root → fingerprint
}

// Moved reports whether HEAD of the repository around root moved since it was
// last asked: another branch or commit was checked out, or a merge, rebase,
// pull or reset was made. A commit of what is in the tree is not a move: no
// file changed by it. The first question about a root only remembers.
func (h *Head) Moved(root string) bool {
	now := fingerprint(root)
	if h.seen == nil {
		h.seen = map[string]string{}
	}
	before, known := h.seen[root]
	h.seen[root] = now
	return known && before != now
}

// fingerprint is the text of HEAD (which checkout and rebase write) and of
// ORIG_HEAD (which merge, pull, rebase and reset write), "" without a
// repository. Both are one line.
func fingerprint(root string) string {
	dir := GitDir(root)
	if dir == "" {
		return ""
	}
	return readSmall(filepath.Join(dir, "HEAD")) + "\n" + readSmall(filepath.Join(dir, "ORIG_HEAD"))
}

// readSmall is the start of a file, "" when there is none.
func readSmall(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	buf := make([]byte, 512)
	n, _ := f.Read(buf)
	return string(buf[:n])
}

// GitDir is the git directory of the worktree that dir is in, "" without one.
// In a worktree or a submodule .git is a file that names it.
func GitDir(dir string) string {
	root := RepositoryRoot(dir)
	if root == "" {
		return ""
	}
	dot := filepath.Join(root, ".git")
	info, err := os.Stat(dot)
	if err != nil {
		return ""
	}
	if info.IsDir() {
		return dot
	}
	name, ok := strings.CutPrefix(strings.TrimSpace(readSmall(dot)), "gitdir:")
	if !ok {
		return ""
	}
	name = strings.TrimSpace(name)
	if !filepath.IsAbs(name) {
		name = filepath.Join(root, name)
	}
	return name
}

// RepositoryRoot is the nearest folder at or above dir that holds .git, "" when
// there is none.
func RepositoryRoot(dir string) string {
	if dir == "" {
		return ""
	}
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// IsHead reports whether a changed file is one that Head looks at.
func IsHead(path string) bool {
	base := filepath.Base(path)
	return (base == "HEAD" || base == "ORIG_HEAD") && strings.Contains(filepath.ToSlash(path), "/.git/")
}
