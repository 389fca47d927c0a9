package index

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// Options configure an Index. The zero value works and keeps nothing.
type Options struct {
	// Dir is the folder in which indexes are kept between sessions, one file for
	// each workspace; "" keeps none.
	Dir    string
	Logger *slog.Logger // nil: nothing is logged
	// Ignored reports whether a file is none of our business, as version control
	// says; nil ignores none.
	Ignored func(path string) bool
	// Hidden reports the same of a file whose text is known: generated, or with
	// secrets; nil hides none.
	Hidden func(path, text string) bool
	// Whole indexes all of a workspace, and not only what lies around open
	// documents. It is what a server wants; a command that asks about one file does
	// not.
	Whole bool
}

// An Index knows the definitions of workspaces. Its methods may be called from
// any goroutine; Close ends it.
type Index struct {
	o     Options
	log   *slog.Logger
	trees syntax.Cache

	ctx    context.Context // of the worker; ends with Close
	cancel context.CancelFunc
	done   chan struct{}

	mu     sync.Mutex
	cond   *sync.Cond
	spaces map[string]*space // by root
	order  []*space
	edits  map[string]*analysis.Document // open documents that changed, by URI
	stood  bool                          // nobody writes: edits may be read
	still  *time.Timer                   // sets stood
	asked  int                           // who waits for edits
	busy   bool
	// pressing says that what is being read was asked for: an open document, or
	// what lies around one.
	pressing bool
	ended    bool
	once     sync.Once
	// outlines are those of the documents that were drafted for last.
	outlines *recent[analysis.Digest, *seen]
	texts    *recent[textKey, string]
}

// standing is how long a text must stand to be read, unless somebody waits for
// it: reading takes as long as the parse that a menu after a keystroke waits for,
// and who writes a name would have each of its beginnings indexed.
const standing = 300 * time.Millisecond

// maxSpaces bounds the workspaces of one session that are indexed.
const maxSpaces = 8

// maxFiles and maxFolders bound what is looked at of one workspace: somebody's home
// may be one.
const (
	maxFiles   = 200_000
	maxFolders = 100_000
)

// Open starts an Index. Nothing is read before a document is opened.
func Open(o Options) *Index {
	x := &Index{o: o, log: o.Logger, spaces: map[string]*space{}, edits: map[string]*analysis.Document{}, done: make(chan struct{})}
	if x.log == nil {
		x.log = slog.New(slog.DiscardHandler)
	}
	x.cond = sync.NewCond(&x.mu)
	x.still = time.AfterFunc(standing, func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.stood = true
		x.cond.Broadcast()
	})
	x.trees.MaxBytes = maxIndexed
	x.ctx, x.cancel = context.WithCancel(context.Background())
	go x.work()
	return x
}

// Close ends the work, writes down what was indexed, and frees everything. It may
// be called twice.
func (x *Index) Close() error {
	x.once.Do(func() {
		x.mu.Lock()
		x.ended = true
		x.still.Stop()
		x.cond.Broadcast()
		x.mu.Unlock()
		x.cancel()
	})
	<-x.done
	return nil
}

// Edited takes what happened to a document. It never blocks: the text is read
// when there is time, or when a draft is asked for.
func (x *Index) Edited(e analysis.Edited) {
	doc := e.Doc
	if doc == nil || doc.Root == "" || doc.Path == "" || readers[family(doc.Language)] == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		return
	}
	s := x.space(doc.Root)
	if s == nil {
		return
	}
	rel, ok := s.rel(doc.Path)
	if !ok {
		return
	}
	switch e.Change {
	case analysis.Opened, analysis.Changed, analysis.Saved:
		if doc.Hidden {
			return
		}
		x.edits[doc.URI] = doc
		x.stood = e.Change != analysis.Changed
		if !x.stood {
			x.still.Reset(standing)
		}
		if e.Change == analysis.Opened {
			s.around(doc.Path)
			if x.o.Whole {
				s.visit(s.root)
			}
		}
		if e.Change == analysis.Saved {
			s.urgent = append(s.urgent, doc.Path)
		}
	case analysis.Closed:
		delete(x.edits, doc.URI)
		x.trees.Drop(doc.URI)
		s.edited(rel, nil)
		s.urgent = append(s.urgent, doc.Path)
	case analysis.DiskChanged:
		s.urgent = append(s.urgent, doc.Path)
	}
	x.cond.Broadcast()
}

func family(language string) string {
	if l := syntax.For(language); l != nil {
		return l.Family
	}
	return ""
}

// space is that of a root, nil when there are too many. x.mu is held.
func (x *Index) space(root string) *space {
	if s := x.spaces[root]; s != nil {
		return s
	}
	if len(x.spaces) == maxSpaces {
		return nil
	}
	file := ""
	if x.o.Dir != "" {
		file = keptFile(x.o.Dir, root)
	}
	s := newSpace(root, file)
	x.spaces[root] = s
	x.order = append(x.order, s)
	return s
}

// around puts what lies beside a file before all else. The caller holds
// Index.mu.
func (s *space) around(path string) {
	s.visited[filepath.Dir(path)] = false
	s.urgent = append(s.urgent, filepath.Dir(path))
}

// visit puts a folder, with those below it, behind all else.
func (s *space) visit(dir string) {
	if len(s.folders) == 0 && !s.walked {
		s.folders = append(s.folders, dir)
		s.walked = true
	}
}

// Idle returns when nothing is left to be indexed.
func (x *Index) Idle(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.cond.Broadcast()
	})
	defer stop()
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.hurry()()
	for !x.ended && ctx.Err() == nil && (x.busy || x.waiting()) {
		x.cond.Wait()
	}
	return ctx.Err()
}

// Ready returns when a document and what lies around it are indexed as they are.
func (x *Index) Ready(ctx context.Context, doc *analysis.Document) {
	stop := context.AfterFunc(ctx, func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.cond.Broadcast()
	})
	defer stop()
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.hurry()()
	s := x.spaces[doc.Root]
	for s != nil && !x.ended && ctx.Err() == nil && (x.pressing || len(s.urgent) > 0 || x.edits[doc.URI] != nil) {
		x.cond.Wait()
	}
}

// hurry has edits read at once, until the function that it returns is called.
// x.mu is held, both times.
func (x *Index) hurry() func() {
	x.asked++
	x.cond.Broadcast()
	return func() { x.asked-- }
}

// toRead reports whether there are edits to be read now. x.mu is held.
func (x *Index) toRead() bool { return len(x.edits) > 0 && (x.stood || x.asked > 0) }

// waiting reports whether there is work. x.mu is held.
func (x *Index) waiting() bool {
	if x.toRead() {
		return true
	}
	return slices.ContainsFunc(x.order, func(s *space) bool { return len(s.urgent)+len(s.folders) > 0 })
}

// Stats are what is known, for people.
type Stats struct {
	Files int
	Bytes int64 // on disk
}

// Stats counts what is indexed.
func (x *Index) Stats() (st Stats) {
	x.mu.Lock()
	list := slices.Clone(x.order)
	x.mu.Unlock()
	for _, s := range list {
		st.Files += s.count()
		s.mu.RLock()
		st.Bytes += s.disk.end
		if s.disk.base != nil {
			if info, err := s.disk.base.Stat(); err == nil {
				st.Bytes += info.Size()
			}
		}
		s.mu.RUnlock()
	}
	return st
}

// work is the goroutine that reads files, one at a time: it must not be felt.
func (x *Index) work() {
	defer close(x.done)
	background()
	for x.step() {
	}
	for _, s := range x.order {
		x.finish(s)
		s.mu.Lock()
		if err := s.disk.close(); err != nil {
			x.log.Debug("index", "err", err)
		}
		s.mu.Unlock()
	}
	x.trees.Close()
}

// finish writes down what is new in s.
func (x *Index) finish(s *space) {
	if s.file == "" || s.dirty == 0 {
		return
	}
	s.dirty = 0
	if err := s.save(s.file); err != nil {
		x.log.Warn("the index could not be written", "file", s.file, "err", err)
	}
}

// step does the next piece of work; false when the Index ends.
func (x *Index) step() bool {
	x.mu.Lock()
	for !x.ended && !x.waiting() {
		// Nothing is left: what was found is written down once.
		done := slices.IndexFunc(x.order, func(s *space) bool { return s.walked && s.dirty >= 64 && s.file != "" })
		if done >= 0 {
			s := x.order[done]
			x.busy = true
			x.mu.Unlock()
			x.finish(s)
			x.mu.Lock()
			x.busy = false
			x.cond.Broadcast()
			continue
		}
		x.cond.Broadcast()
		x.cond.Wait()
	}
	if x.ended {
		x.cond.Broadcast()
		x.mu.Unlock()
		return false
	}
	x.busy = true
	job := x.next()
	x.mu.Unlock()
	job()
	x.mu.Lock()
	if x.pressing {
		x.pressing = false
	}
	x.busy = false
	x.cond.Broadcast()
	x.mu.Unlock()
	return true
}

// next takes the most urgent work. x.mu is held.
func (x *Index) next() func() {
	if x.toRead() {
		for uri, doc := range x.edits {
			delete(x.edits, uri)
			s := x.spaces[doc.Root]
			x.pressing = true
			return func() { x.readDocument(s, doc) }
		}
	}
	for _, s := range x.order {
		if n := len(s.urgent); n > 0 {
			path := s.urgent[0]
			s.urgent = s.urgent[1:]
			x.pressing = true
			return func() { x.readPath(s, path, false) }
		}
	}
	for _, s := range x.order {
		if n := len(s.folders); n > 0 {
			path := s.folders[n-1]
			s.folders = s.folders[:n-1]
			return func() { x.readPath(s, path, true) }
		}
	}
	return func() {}
}

// readDocument indexes an open document as it is now.
func (x *Index) readDocument(s *space, doc *analysis.Document) {
	x.load(s)
	rel, ok := s.rel(doc.Path)
	if !ok || len(doc.Text) > maxIndexed {
		return
	}
	tree, release, err := x.trees.Get(x.ctx, doc)
	if err != nil {
		return
	}
	f := outline(doc.Path, tree)
	release()
	s.edited(rel, f)
	// What it imports is asked about next.
	s.forgetModules()
	for _, dir := range s.imported(f) {
		x.mu.Lock()
		if !s.visited[dir] {
			s.urgent = append(s.urgent, dir)
		}
		x.mu.Unlock()
	}
}

// load reads what an earlier session wrote down, once.
func (x *Index) load(s *space) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.disk.fresh != nil {
		return
	}
	dir := ""
	if s.file != "" {
		dir = filepath.Dir(s.file)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			x.log.Warn("the index cannot be kept", "err", err)
			dir = ""
		}
	}
	if err := s.disk.openFresh(dir); err != nil {
		x.log.Warn("the index cannot be kept", "err", err)
	}
	if s.file == "" {
		return
	}
	err := s.disk.load(s.file, func(p packed) {
		s.drop(p.rel)
		s.enter(p.rel, p.mtime, p.size, p.hashes, p.at)
	})
	if err != nil && !os.IsNotExist(err) {
		x.log.Info("the index is made anew", "file", s.file, "err", err)
	}
}

// readPath indexes a file, or the files of a folder, and with deep what is below
// it later.
func (x *Index) readPath(s *space, path string, deep bool) {
	x.load(s)
	info, err := os.Lstat(path)
	rel, inside := s.rel(path)
	switch {
	case !inside:
	case err != nil: // it is gone
		s.mu.Lock()
		s.drop(rel)
		s.mu.Unlock()
	case info.IsDir():
		x.readFolder(s, path, deep)
	case info.Mode().IsRegular() && languageOf(filepath.Ext(path)) != "" && !x.ignored(path):
		x.readFile(s, path, info)
	}
}

// foreign are folders of what no person wrote, beside those whose names start
// with a dot.
var foreign = map[string]bool{"node_modules": true, "site-packages": true, "vendor": true, "__pycache__": true, "testdata": true}

func (x *Index) ignored(path string) bool { return x.o.Ignored != nil && x.o.Ignored(path) }

func (x *Index) readFolder(s *space, dir string, deep bool) {
	x.mu.Lock()
	done := s.visited[dir]
	s.visited[dir] = true
	x.mu.Unlock()
	list, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	// Whether a folder is ignored is asked of a file in it.
	if dir != s.root && x.ignored(filepath.Join(dir, "x")) {
		return
	}
	rel, _ := s.rel(dir)
	if rel == "." {
		rel = ""
	}
	there := map[string]bool{}
	var files []os.DirEntry
	for _, e := range list {
		name := e.Name()
		path := filepath.Join(dir, name)
		switch {
		case e.IsDir():
			if deep && !foreign[name] && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_") {
				x.mu.Lock()
				if len(s.visited)+len(s.folders) < maxFolders {
					s.folders = append(s.folders, path)
				}
				x.mu.Unlock()
			}
		case e.Type().IsRegular() && languageOf(filepath.Ext(name)) != "":
			there[name] = true
			if !done {
				files = append(files, e)
			}
		}
	}
	x.readFiles(s, dir, files)
	for _, name := range s.below(rel) {
		if !there[name] {
			s.mu.Lock()
			s.drop(strings.TrimPrefix(rel+"/"+name, "/"))
			s.mu.Unlock()
		}
	}
}

// readersAtOnce is how many files of a folder are read at once. Each takes memory for
// a tree, and the machine is somebody's.
const readersAtOnce = 2

// readFiles indexes files of a folder.
func (x *Index) readFiles(s *space, dir string, files []os.DirEntry) {
	next := make(chan os.DirEntry)
	var wait sync.WaitGroup
	for range min(readersAtOnce, len(files)) {
		wait.Go(func() {
			background()
			for e := range next {
				if info, err := e.Info(); err == nil {
					x.readFile(s, filepath.Join(dir, e.Name()), info)
				}
			}
		})
	}
	for _, e := range files {
		next <- e
		if x.ctx.Err() != nil {
			break
		}
		x.yield()
	}
	close(next)
	wait.Wait()
}

// yield lets what is more urgent go first: documents that are being edited.
func (x *Index) yield() {
	x.mu.Lock()
	var docs []*analysis.Document
	for uri, doc := range x.edits {
		delete(x.edits, uri)
		docs = append(docs, doc)
	}
	x.mu.Unlock()
	for _, doc := range docs {
		x.mu.Lock()
		of := x.spaces[doc.Root]
		x.mu.Unlock()
		x.readDocument(of, doc)
	}
}

// readFile indexes one file where it changed.
func (x *Index) readFile(s *space, path string, info os.FileInfo) {
	rel, ok := s.rel(path)
	mtime, size := info.ModTime().UnixNano(), info.Size()
	if !ok || s.fits(rel, mtime, size) || s.count() >= maxFiles {
		return
	}
	if x.ignored(path) {
		return
	}
	var f *File
	if size <= maxIndexed {
		b, err := os.ReadFile(path)
		if err != nil {
			return
		}
		text := string(b)
		if bytes.IndexByte(b, 0) < 0 && utf8.ValidString(text) && (x.o.Hidden == nil || !x.o.Hidden(path, text)) {
			if f, err = parse(x.ctx, path, languageOf(filepath.Ext(path)), text); err != nil {
				return
			}
		}
	}
	if err := s.put(rel, f, mtime, size); err != nil {
		x.log.Debug("index", "file", path, "err", err)
		return
	}
	x.mu.Lock()
	s.dirty++
	x.mu.Unlock()
}

// Forget removes what is kept of the workspace at root in dir.
func Forget(dir, root string) error {
	err := os.Remove(keptFile(dir, root))
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// keptFile is where the index of a workspace is kept.
func keptFile(dir, root string) string {
	sum := sha256.Sum256([]byte(root))
	return filepath.Join(dir, hex.EncodeToString(sum[:8])+".idx")
}
