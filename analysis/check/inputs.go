package check

import (
	"crypto/sha256"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// content is what a file held when it had a size and a time.
type content struct {
	size     int64
	modified time.Time
	digest   analysis.Digest
}

// settled is how old a file must be for its size and time to stand for its
// content: file systems count in steps of up to two seconds (FAT), and two
// writes in one step look alike.
const settled = 2 * time.Second

// equal reports whether two lists name the same, in the same order.
func (in Inputs) equal(o Inputs) bool {
	return in.Extra == o.Extra && slices.Equal(in.Files, o.Files) && slices.Equal(in.Dirs, o.Dirs)
}

// merge is what two answers depend on together.
func merge(a, b Inputs) Inputs {
	if a.equal(b) {
		return a
	}
	out := Inputs{
		Files: sorted(slices.Concat(a.Files, b.Files)),
		Dirs:  sorted(slices.Concat(a.Dirs, b.Dirs)),
		Extra: a.Extra,
	}
	if b.Extra != a.Extra {
		out.Extra += "\x00" + b.Extra
	}
	return out
}

// listsKept is how many lists of inputs of one row are shared: one for each
// package or project that is worked on.
const listsKept = 16

// share returns in, or the same as an answer of the row named before: the files
// of a project are hundreds of names, and are kept once.
func (s *Set) share(row string, in Inputs) Inputs {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.lists[row]
	for i, old := range list {
		if old.equal(in) {
			copy(list[1:i+1], list[:i])
			list[0] = old
			return old
		}
	}
	s.lists[row] = append([]Inputs{in}, list[:min(len(list), listsKept-1)]...)
	return in
}

// digest is the digest of all that in names, with unsaved text in the place of
// files, and the newest time of a file that was read.
func (s *Set) digest(in Inputs, overlay map[string]string) (analysis.Digest, time.Time) {
	h := sha256.New()
	var newest time.Time
	word := func(text string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(text)))
		h.Write(n[:])
		h.Write([]byte(text))
	}
	now := s.o.Clock()
	for _, name := range sorted(in.Files) {
		word(name)
		if text, ok := overlay[name]; ok {
			d := analysis.DigestOf(text)
			h.Write(d[:])
			continue
		}
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			word("absent")
			continue
		}
		if m := info.ModTime(); m.After(newest) {
			newest = m
		}
		d, ok := s.fileDigest(name, info, now)
		if !ok {
			word("unreadable")
			continue
		}
		h.Write(d[:])
	}
	for _, dir := range sorted(in.Dirs) {
		word(dir)
		for _, name := range names(dir, overlay) {
			word(name)
		}
		word("")
	}
	word(in.Extra)
	return analysis.Digest(h.Sum(nil)[:len(analysis.Digest{})]), newest
}

func (s *Set) fileDigest(name string, info fs.FileInfo, now time.Time) (analysis.Digest, bool) {
	s.mu.Lock()
	c, ok := s.files.get(name)
	s.mu.Unlock()
	if ok && c.size == info.Size() && c.modified.Equal(info.ModTime()) {
		return c.digest, true
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return analysis.Digest{}, false
	}
	d := analysis.DigestOf(string(text))
	if now.Sub(info.ModTime()) > settled {
		s.mu.Lock()
		s.files.put(name, content{info.Size(), info.ModTime(), d})
		s.mu.Unlock()
	}
	return d, true
}

// sorted is a sorted copy without repetitions.
func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out)
}

// names are the names in a folder, with those of unsaved files.
func names(dir string, overlay map[string]string) []string {
	var out []string
	if entries, err := os.ReadDir(dir); err == nil {
		for _, e := range entries {
			out = append(out, e.Name())
		}
	}
	for name := range overlay {
		if filepath.Dir(name) == dir {
			out = append(out, filepath.Base(name))
		}
	}
	return sorted(out)
}

// foreign are folders that hold no source of the workspace's own.
var foreign = map[string]bool{
	"node_modules": true, "bower_components": true, "vendor": true, "site-packages": true, "__pycache__": true, "venv": true,
	"dist": true, "build": true, "target": true, "out": true, "coverage": true,
}

// treeInputs are the files below root whose names end in one of exts, and their
// folders: for tools that cannot say what they read. Hidden folders and those
// of other people's code are left out. False means that there are more than
// most files, and that the list is not all.
func treeInputs(root string, most int, exts ...string) (Inputs, bool) {
	in := Inputs{}
	all := true
	filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error { //nolint:errcheck // what cannot be read is left out
		if err != nil {
			return filepath.SkipDir
		}
		if d.IsDir() {
			if name != root && (foreign[d.Name()] || strings.HasPrefix(d.Name(), ".")) {
				return filepath.SkipDir
			}
			in.Dirs = append(in.Dirs, name)
			return nil
		}
		if !d.Type().IsRegular() || !slices.ContainsFunc(exts, func(e string) bool { return strings.HasSuffix(name, e) }) {
			return nil
		}
		if len(in.Files) >= most {
			all = false
			return filepath.SkipAll
		}
		in.Files = append(in.Files, name)
		return nil
	})
	return in, all
}
