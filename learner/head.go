package learner

import (
	"os"
	"path/filepath"
	"strings"
)

// headCommit reads the commit that HEAD names in the repository at root, ""
// when there is none. It reads two small files and runs nothing.
func headCommit(root string) string {
	if root == "" {
		return ""
	}
	dir := filepath.Join(root, ".git")
	if data, err := os.ReadFile(dir); err == nil { // a worktree's pointer
		if to, ok := strings.CutPrefix(strings.TrimSpace(string(data)), "gitdir: "); ok {
			dir = to
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(root, dir)
			}
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "HEAD"))
	if err != nil {
		return ""
	}
	head := strings.TrimSpace(string(data))
	ref, ok := strings.CutPrefix(head, "ref: ")
	if !ok {
		return head
	}
	common := dir
	if data, err := os.ReadFile(filepath.Join(dir, "commondir")); err == nil {
		common = filepath.Join(dir, strings.TrimSpace(string(data)))
	}
	if data, err := os.ReadFile(filepath.Join(common, filepath.FromSlash(ref))); err == nil {
		return strings.TrimSpace(string(data))
	}
	packed, err := os.ReadFile(filepath.Join(common, "packed-refs"))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(packed)) {
		if hash, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name == ref {
			return hash
		}
	}
	return ""
}
