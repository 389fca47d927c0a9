package lsp

import (
	"encoding/binary"
	"encoding/hex"
	"hash/fnv"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/trace"
)

const (
	// maxRecentFiles is of how many files, those that were changed last, it is
	// remembered what they were when all passed: what a person changes next is
	// mostly among what was changed last.
	maxRecentFiles = 200
	// maxRecentLines bounds their lines: 4 bytes each.
	maxRecentLines = 100_000
)

// byRuns are names of what runs write themselves, as path.Match reads them, and
// outputFolders the folders that they write to, where only sources count: a run does not
// change what it runs. What is missing here costs that a flaky test is not found;
// what is too much, that one is found where something was changed.
var (
	byRuns        = []string{"*.log", "*.out", "*.tmp", "*.pyc", "*.test", "*.prof", "*.exe", "*.class", "*.o", "*.snap.new", "coverage*", ".coverage*", "junit*.xml", "TEST-*.xml", "*report*.json", "*report*.xml"}
	outputFolders = map[string]bool{"build": true, "dist": true, "out": true, "target": true, "coverage": true, "htmlcov": true, "__pycache__": true, "test-results": true, "bin": true, "obj": true}
)

// A code is what the files of a workspace were at one time, by their sizes and
// times: no file is read for it.
type code struct {
	sum    [8]byte
	newest time.Time
	recent []recentFile // source files, the one changed last first
}

type recentFile struct {
	name string // relative to the root, with slashes
	time time.Time
}

// add takes a file of the workspace. Their order does not matter.
func (c *code) add(name string, info fs.FileInfo) {
	base := path.Base(name)
	source := identity.LanguageOf(name) != ""
	if !info.Mode().IsRegular() || !source && slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return outputFolders[part] }) || slices.ContainsFunc(byRuns, func(p string) bool { ok, _ := path.Match(p, base); return ok }) {
		return
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	var n [16]byte
	binary.LittleEndian.PutUint64(n[:], uint64(info.Size()))
	binary.LittleEndian.PutUint64(n[8:], uint64(info.ModTime().UnixNano()))
	_, _ = h.Write(n[:])
	for i, b := range h.Sum(nil) {
		c.sum[i] ^= b
	}
	if info.ModTime().After(c.newest) {
		c.newest = info.ModTime()
	}
	if source && info.Size() <= maxDiskFile {
		c.recent = append(c.recent, recentFile{name, info.ModTime()})
	}
}

// digest is equal for equal files, "" where one was changed after begun: then it
// is not known what ran. A zero begun says that nobody knows when it began.
func (c *code) digest(begun time.Time) string {
	if !begun.IsZero() && c.newest.After(begun) {
		return ""
	}
	return hex.EncodeToString(c.sum[:])
}

// passing reads the files that were changed last.
func (t *tree) passing(digest string, at time.Time) *analysis.Passing {
	p := &analysis.Passing{Code: digest, Files: map[string][]uint32{}, Time: at}
	recent := slices.Clone(t.state().recent)
	slices.SortStableFunc(recent, func(a, b recentFile) int { return b.time.Compare(a.time) })
	lines := 0
	for _, f := range recent[:min(len(recent), maxRecentFiles)] {
		list := trace.Lines(t.Text(f.name))
		if lines += len(list); lines > maxRecentLines {
			break
		}
		p.Files[f.name] = list
	}
	return p
}

// sincePassing knows which functions were changed since all passed last.
func (t *tree) sincePassing(p *analysis.Passing) trace.Known {
	return trace.Since(p, func(f *analysis.Frame) string {
		if f.Path == "" || f.Line < 1 {
			return ""
		}
		return syntax.Around(t.ctx, identity.LanguageOf(f.Path), t.Text(f.Path), f.Line-1)
	})
}
