package index

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// A space is what is known of one workspace.
type space struct {
	root string
	file string // where it is kept, "" for nowhere

	mu     sync.RWMutex
	ids    map[string]int32 // by path relative to root, with slashes
	files  []entry          // by id; an id is given once
	dirs   map[string][]int32
	words  postings
	disk   disk
	open   map[string]*File // documents that are open, as they are now, by relative path
	recent *recent[int32, *File]
	// changes are names that went and came, newest last.
	changes []change
	mods    map[string]goMod // by folder

	// What is left to do, guarded by Index.mu.
	urgent, folders []string // absolute files and folders; folders is a stack
	visited         map[string]bool
	walked          bool
	dirty           int // records since the file was written
}

// An entry is one indexed file on disk.
type entry struct {
	dir, base string
	mtime     int64
	size      int32
	at        record
	live      bool
}

// A change is one name that was replaced by another in a definition.
type change struct{ old, fresh string }

// maxChanges is how many are remembered: what one refactoring renames.
const maxChanges = 200

func newSpace(root, file string) *space {
	return &space{
		root: root, file: file, ids: map[string]int32{}, dirs: map[string][]int32{}, open: map[string]*File{},
		recent: newRecent[int32, *File](512), visited: map[string]bool{},
	}
}

func (s *space) rel(path string) (string, bool) {
	rel, err := filepath.Rel(s.root, path)
	if err != nil {
		return "", false
	}
	rel = filepath.ToSlash(rel)
	return rel, rel != ".." && !strings.HasPrefix(rel, "../")
}

// fits reports whether a file is indexed as it is on disk.
func (s *space) fits(rel string, mtime int64, size int64) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	id, ok := s.ids[rel]
	return ok && s.files[id].mtime == mtime && int64(s.files[id].size) == size
}

// put takes a file as it is on disk. f is nil for one that is there and holds
// nothing for us.
func (s *space) put(rel string, f *File, mtime, size int64) error {
	if f == nil {
		f = &File{}
	}
	hashes := f.hashes()
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.load(rel)
	at, err := s.disk.write(rel, mtime, size, hashes, f.encode())
	if err != nil {
		return err
	}
	s.drop(rel)
	s.enter(rel, mtime, size, hashes, at)
	if old != nil {
		s.renamed(old, f)
	}
	return nil
}

// enter makes the entry of a record. s.mu is held.
func (s *space) enter(rel string, mtime, size int64, hashes []uint32, at record) {
	dir, base := split(rel)
	id := int32(len(s.files))
	if list := s.dirs[dir]; len(list) > 0 {
		dir = s.files[list[0]].dir // one string for all
	}
	s.files = append(s.files, entry{dir: dir, base: base, mtime: mtime, size: int32(min(size, 1<<30)), at: at, live: true})
	s.ids[rel] = id
	s.dirs[dir] = append(s.dirs[dir], id)
	for _, h := range hashes {
		s.words.add(h, id)
	}
}

// drop forgets a file. s.mu is held.
func (s *space) drop(rel string) {
	id, ok := s.ids[rel]
	if !ok {
		return
	}
	delete(s.ids, rel)
	e := &s.files[id]
	e.live = false
	list := s.dirs[e.dir]
	if i := slices.Index(list, id); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	if len(list) == 0 {
		delete(s.dirs, e.dir)
	} else {
		s.dirs[e.dir] = list
	}
	s.recent.drop(id)
}

// below are the names that are indexed in a folder.
func (s *space) below(dir string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var names []string
	for _, id := range s.dirs[dir] {
		names = append(names, s.files[id].base)
	}
	return names
}

func split(rel string) (dir, base string) {
	i := strings.LastIndexByte(rel, '/')
	return rel[:max(i, 0)], rel[i+1:]
}

func (e *entry) rel() string {
	if e.dir == "" {
		return e.base
	}
	return e.dir + "/" + e.base
}

// load is what is known of a file on disk, nil where that is nothing. s.mu is
// held.
func (s *space) load(rel string) *File {
	id, ok := s.ids[rel]
	if !ok {
		return nil
	}
	return s.loadID(id)
}

func (s *space) loadID(id int32) *File {
	if f, ok := s.recent.get(id); ok {
		return f
	}
	e := &s.files[id]
	body, ok := s.disk.read(e.at)
	f := &File{Path: filepath.Join(s.root, filepath.FromSlash(e.rel()))}
	if !ok || !f.decode(body) {
		return nil
	}
	s.recent.put(id, f)
	return f
}

// edited takes an open document as it is now; nil when it was closed.
func (s *space) edited(rel string, f *File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.open[rel]
	if f == nil {
		delete(s.open, rel)
		return
	}
	if old == nil {
		old = s.load(rel)
	}
	s.open[rel] = f
	if old != nil {
		s.renamed(old, f)
	}
}

// renamed remembers the names that went when as many of the same kind came. s.mu
// is held.
func (s *space) renamed(old, now *File) {
	type place struct {
		kind SymbolKind
		of   string
	}
	names := func(f, without *File) map[place][]string {
		have := map[string]bool{}
		for i := range without.Symbols {
			have[without.Symbols[i].Of+"\x00"+without.Symbols[i].Name] = true
		}
		m := map[place][]string{}
		for i := range f.Symbols {
			if x := &f.Symbols[i]; !have[x.Of+"\x00"+x.Name] {
				m[place{x.Kind, x.Of}] = append(m[place{x.Kind, x.Of}], x.Name)
			}
		}
		return m
	}
	came := names(now, old)
	for p, gone := range names(old, now) {
		if fresh := came[p]; len(fresh) == len(gone) && len(gone) <= 3 {
			for i := range gone {
				s.changes = append(s.changes, change{gone[i], fresh[i]})
			}
		}
	}
	if n := len(s.changes); n > maxChanges {
		s.changes = slices.Delete(s.changes, 0, n-maxChanges)
	}
}

// became are the names that name was changed to lately, newest first.
func (s *space) became(name string) (list []string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, c := range slices.Backward(s.changes) {
		if c.old == name && !slices.Contains(list, c.fresh) {
			list = append(list, c.fresh)
		}
	}
	return list
}

// get is what is known of a file, nil where that is nothing.
func (s *space) get(rel string) *File {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok := s.open[rel]; ok {
		return f
	}
	return s.load(rel)
}

// maxFolder bounds the files of one folder that are looked through for an answer.
const maxFolder = 200

// in lists the files of a folder.
func (s *space) in(dir string) (list []*File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[string]bool{}
	for rel, f := range s.open {
		if d, _ := split(rel); d == dir {
			seen[rel] = true
			list = append(list, f)
		}
	}
	for _, id := range s.dirs[dir] {
		if e := &s.files[id]; !seen[e.rel()] && len(list) < maxFolder {
			if f := s.loadID(id); f != nil {
				list = append(list, f)
			}
		}
	}
	slices.SortFunc(list, func(a, b *File) int { return cmp.Compare(a.Path, b.Path) })
	return list
}

// maxFound bounds the files in which a word is looked for, nearest first.
const maxFound = 60

// with lists the files that have a word, those nearest to a folder first. Words
// may share a hash: who asks looks again.
func (s *space) with(kind byte, word, dir string) (list []*File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	hash := hashOf(kind, word)
	for rel, f := range s.open {
		if f != nil && slices.Contains(f.hashes(), hash) {
			_ = rel
			list = append(list, f)
		}
	}
	type near struct {
		id int32
		at int
	}
	var found []near
	s.words.find(hash, func(id int32) bool {
		if e := &s.files[id]; e.live && s.open[e.rel()] == nil {
			found = append(found, near{id, distance(dir, e.dir)})
		}
		return len(found) < 20000
	})
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
	last := int32(-1)
	for _, n := range found[:min(len(found), maxFound)] {
		if n.id == last {
			continue
		}
		last = n.id
		if f := s.loadID(n.id); f != nil {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(a, b *File) int {
		ra, _ := s.rel(a.Path)
		rb, _ := s.rel(b.Path)
		da, _ := split(ra)
		db, _ := split(rb)
		return cmp.Or(cmp.Compare(distance(dir, da), distance(dir, db)), cmp.Compare(ra, rb))
	})
	return list
}

// distance is how many steps lie between two folders.
func distance(a, b string) int {
	if a == b {
		return 0
	}
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	if a == "" {
		x = nil
	}
	if b == "" {
		y = nil
	}
	same := 0
	for same < len(x) && same < len(y) && x[same] == y[same] {
		same++
	}
	return len(x) + len(y) - 2*same
}

// count is how many files are indexed.
func (s *space) count() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.ids)
}

// has reports whether some file has a word, or one with the same hash.
func (s *space) has(kind byte, word string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := false
	s.words.find(hashOf(kind, word), func(id int32) bool {
		found = s.files[id].live
		return !found
	})
	return found
}

// paths are the files whose base name fits, at most 8.
func (s *space) paths(fits func(base string) bool) (list []string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := range s.files {
		if e := &s.files[i]; e.live && fits(e.base) {
			if list = append(list, filepath.Join(s.root, filepath.FromSlash(e.rel()))); len(list) == 8 {
				break
			}
		}
	}
	return list
}

// knows reports whether a file is indexed.
func (s *space) knows(rel string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.ids[rel]
	return ok
}
