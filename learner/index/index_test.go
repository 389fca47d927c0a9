package index

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func document(path, root, text string) *analysis.Document {
	return analysis.NewDocument("file://"+path, path, root, languageOf(filepath.Ext(path)), 1, text)
}

// idle waits until nothing is left to do.
func idle(t *testing.T, x *Index) *space {
	t.Helper()
	if err := x.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.order[0]
}

func names(f *File) (list []string) {
	if f != nil {
		for _, s := range f.Symbols {
			list = append(list, s.Name)
		}
	}
	return list
}

// TestKept: what one session indexed the next one knows, what changed on disk
// since is read anew, and a broken file of it is made anew.
func TestKept(t *testing.T) {
	root, dir := t.TempDir(), t.TempDir()
	first, second := filepath.Join(root, "a.go"), filepath.Join(root, "b", "b.go")
	write(t, first, "package a\n\nfunc A() {}\n")
	write(t, second, "package b\n\nfunc B() {}\n")
	session := func() (*Index, *space) {
		x := Open(Options{Dir: dir, Whole: true})
		x.Edited(analysis.Edited{Doc: document(first, root, "package a\n\nfunc A() {}\n"), Change: analysis.Opened})
		return x, idle(t, x)
	}
	x, s := session()
	if got := names(s.get("b/b.go")); !slices.Equal(got, []string{"B"}) {
		t.Errorf("b.go has %q", got)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob(filepath.Join(dir, "*.idx"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("%q %v", kept, err)
	}
	write(t, second, "package b\n\nfunc C() {}\n\nfunc D() {}\n")
	x, s = session()
	if got := names(s.get("b/b.go")); !slices.Equal(got, []string{"C", "D"}) {
		t.Errorf("b.go has %q now", got)
	}
	if got := s.with(wordName, "b", ""); len(got) != 0 {
		t.Errorf("B is still found in %s", got[0].Path)
	}
	x.Close()
	text, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, broken := range map[string]string{
		"cut short":       string(text[:len(text)-5]),
		"another version": strings.Replace(string(text), "index", "Index", 1),
		"empty":           "",
		"turned bits":     string(text[:40]) + strings.ToUpper(string(text[40:])),
	} {
		write(t, kept[0], broken)
		x, s = session()
		if got := names(s.get("b/b.go")); !slices.Equal(got, []string{"C", "D"}) {
			t.Errorf("%s: b.go has %q", name, got)
		}
		x.Close()
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.tmp")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	if err := Forget(dir, root); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(kept[0]); !os.IsNotExist(err) {
		t.Errorf("it was not forgotten: %v", err)
	}
}

// TestEdited: an open document is known as it is, a closed one as it is on disk,
// and a name that another took the place of is remembered.
func TestEdited(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "a.go")
	write(t, path, "package a\n\nfunc Old() {}\n")
	x := Open(Options{Whole: true})
	defer x.Close()
	x.Edited(analysis.Edited{Doc: document(path, root, "package a\n\nfunc Old() {}\n"), Change: analysis.Opened})
	s := idle(t, x)
	x.Edited(analysis.Edited{Doc: document(path, root, "package a\n\nfunc Fresh() {}\n"), Change: analysis.Changed})
	idle(t, x)
	if got := names(s.get("a.go")); !slices.Equal(got, []string{"Fresh"}) {
		t.Errorf("edited it has %q", got)
	}
	if got := s.became("Old"); !slices.Equal(got, []string{"Fresh"}) {
		t.Errorf("Old became %q", got)
	}
	x.Edited(analysis.Edited{Doc: document(path, root, ""), Change: analysis.Closed})
	idle(t, x)
	if got := names(s.get("a.go")); !slices.Equal(got, []string{"Old"}) {
		t.Errorf("closed it has %q", got)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	x.Edited(analysis.Edited{Doc: document(path, root, ""), Change: analysis.DiskChanged})
	idle(t, x)
	if s.get("a.go") != nil {
		t.Error("it is known though it is gone")
	}
}

// TestStands: what is written is read when it stands, and not before unless
// somebody waits for it.
func TestStands(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "a.go")
	write(t, path, "package a\n")
	x := Open(Options{})
	defer x.Close()
	x.Edited(analysis.Edited{Doc: document(path, root, "package a\n"), Change: analysis.Opened})
	s := idle(t, x)
	doc := document(path, root, "package a\n\nfunc Fr() {}\n")
	x.Edited(analysis.Edited{Doc: doc, Change: analysis.Changed})
	x.mu.Lock()
	if !x.stood && x.waiting() {
		t.Error("it is to be read while it is written")
	}
	for x.edits[doc.URI] != nil {
		x.cond.Wait() // nobody asks
	}
	x.mu.Unlock()
	doc = document(path, root, "package a\n\nfunc Fresh() {}\n")
	x.Edited(analysis.Edited{Doc: doc, Change: analysis.Changed})
	x.Ready(t.Context(), doc)
	if got := names(s.get("a.go")); !slices.Equal(got, []string{"Fresh"}) {
		t.Errorf("it has %q for who waits", got)
	}
}

// TestPassedOver: what is nobody's own text is not read.
func TestPassedOver(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"node_modules/m/a.ts", ".git/a.go", "vendor/v/a.go", "ignored/a.go", "testdata/a.go"} {
		write(t, filepath.Join(root, name), "package a\n")
	}
	write(t, filepath.Join(root, "large.go"), "package a\n\nvar s = `"+strings.Repeat("x", maxIndexed)+"`\n")
	write(t, filepath.Join(root, "binary.go"), "package a\n\x00\nfunc F() {}\n")
	write(t, filepath.Join(root, "secret.go"), "package a\n\nfunc F() {}\n")
	write(t, filepath.Join(root, "a.go"), "package a\n\nfunc A() {}\n")
	x := Open(Options{
		Whole:   true,
		Ignored: func(path string) bool { return strings.Contains(path, "/ignored/") },
		Hidden:  func(path, _ string) bool { return strings.HasSuffix(path, "secret.go") },
	})
	defer x.Close()
	x.Edited(analysis.Edited{Doc: document(filepath.Join(root, "a.go"), root, "package a\n\nfunc A() {}\n"), Change: analysis.Opened})
	s := idle(t, x)
	for rel := range s.ids {
		if f := s.get(rel); rel != "a.go" && len(names(f)) > 0 {
			t.Errorf("%s was read: %q", rel, names(f))
		}
	}
	if len(s.ids) != 4 {
		t.Errorf("%d files are known", len(s.ids))
	}
}

// TestNothingAtStart: without an open document nothing is read, and without Whole
// only what lies around it.
func TestNothingAtStart(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "go.mod"), "module m\n")
	write(t, filepath.Join(root, "a", "a.go"), "package a\n\nimport \"m/b\"\n")
	write(t, filepath.Join(root, "a", "x.go"), "package a\n")
	write(t, filepath.Join(root, "b", "b.go"), "package b\n")
	write(t, filepath.Join(root, "c", "c.go"), "package c\n")
	x := Open(Options{})
	defer x.Close()
	if st := x.Stats(); st.Files != 0 {
		t.Errorf("%d files before a document", st.Files)
	}
	path := filepath.Join(root, "a", "a.go")
	x.Edited(analysis.Edited{Doc: document(path, root, "package a\n\nimport \"m/b\"\n"), Change: analysis.Opened})
	s := idle(t, x)
	for rel, want := range map[string]bool{"a/a.go": true, "a/x.go": true, "b/b.go": true, "c/c.go": false} {
		if s.knows(rel) != want {
			t.Errorf("%s is known: %t", rel, !want)
		}
	}
}

func TestPostings(t *testing.T) {
	var p postings
	const files = 9000
	for id := range int32(files) {
		p.add(uint32(id%7), id)
	}
	n := 0
	p.find(3, func(id int32) bool {
		if id%7 != 3 {
			t.Errorf("%d has another hash", id)
		}
		n++
		return true
	})
	if want := (files - 3 + 6) / 7; n != want {
		t.Errorf("found %d of %d", n, want)
	}
}

func TestLikeness(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		low  float64
		high float64
	}{
		{"fooBar", "foo_bar", 1, 1},
		{"BashCompDirective", "ShellCompDirective", .7, .95},
		{"conut", "count", .8, .95},
		{"output", "outWriter", .3, .6},
		{"x", "yz", 0, .1},
	} {
		if got := likeness(tt.a, tt.b); got < tt.low || got > tt.high {
			t.Errorf("%s and %s: %.2f", tt.a, tt.b, got)
		}
	}
}
