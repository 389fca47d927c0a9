package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fixRoom is a module with errors, a store that knows their repair, and the
// real binary.
type fixRoom struct {
	t     testing.TB
	dir   string // the module
	store string
	files map[string][2]string // path → text before and after
}

// atoi is the repair that fixRoom teaches: a number where a text is wanted.
func atoi(id, name string) string {
	before := fmt.Sprintf("package a\n\nfunc show(s string) {}\n\nfunc %[1]s(%[2]s int) {\n\tshow(%[2]s)\n}\n", "f"+id, name)
	after := strings.Replace(strings.Replace(before, "show("+name, "show(strconv.Itoa("+name+")", 1), "package a\n", "package a\n\nimport \"strconv\"\n", 1)
	row, err := json.Marshal(map[string]any{
		"id": id, "language": "go", "source": "compiler", "code": "IncompatibleAssign",
		"message": "cannot use " + name + " (variable of type int) as string value in argument to show",
		"range":   map[string]any{"start": map[string]int{"line": 5, "character": 6}, "end": map[string]int{"line": 5, "character": 6 + len(name)}},
		"before":  before, "after": after,
	})
	if err != nil {
		panic(err)
	}
	return string(row) + "\n"
}

func newFixRoom(t testing.TB, files int) *fixRoom {
	t.Helper()
	dir := t.TempDir()
	r := &fixRoom{t: t, dir: filepath.Join(dir, "module"), store: filepath.Join(dir, "store.db"), files: map[string][2]string{}}
	r.write("go.mod", "module example.com/m\n\ngo 1.26\n")
	r.write("show.go", "package m\n\nfunc show(s string) {}\n")
	for i := range files {
		name := filepath.Join(r.dir, fmt.Sprintf("f%02d.go", i))
		text := fmt.Sprintf("package m\n\n// %s\nfunc f%d(n int) { show(n) }\n", strings.Repeat("x", 200*i), i)
		after := strings.Replace(strings.Replace(text, "show(n)", "show(strconv.Itoa(n))", 1), "package m\n", "package m\n\nimport \"strconv\"\n", 1)
		r.files[name] = [2]string{text, after}
	}
	r.reset()
	pairs := filepath.Join(dir, "pairs.jsonl")
	if err := os.WriteFile(pairs, []byte(atoi("1", "n")+atoi("2", "size")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"learn", "pairs", "--workspace", r.dir, pairs}, {"trust", r.dir}} {
		if out, err := r.command(args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v %s", args, err, out)
		}
	}
	return r
}

func (r *fixRoom) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// reset puts the errors back, in files of a mode that nobody has by default.
func (r *fixRoom) reset() {
	r.t.Helper()
	for name, texts := range r.files {
		if err := os.WriteFile(name, []byte(texts[0]), 0o640); err != nil {
			r.t.Fatal(err)
		}
		if err := os.Chmod(name, 0o640); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *fixRoom) command(args ...string) *exec.Cmd {
	cmd := exec.Command("dejafix", append(args, "--store", r.store)...)
	cmd.Dir = r.dir
	return cmd
}

// whole counts the files that are repaired, and complains of one that is
// neither old nor new.
func (r *fixRoom) whole() (repaired int) {
	r.t.Helper()
	for name, texts := range r.files {
		b, err := os.ReadFile(name)
		if err != nil {
			r.t.Fatal(err)
		}
		switch string(b) {
		case texts[0]:
		case texts[1]:
			repaired++
		default:
			r.t.Errorf("%s is neither old nor new: %q", name, b)
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o640 {
			r.t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	return repaired
}

// TestFixKilled kills the real program at random moments, half of them while it
// writes, and finds every file whole, old or new. What a kill left is done by
// the next run.
func TestFixKilled(t *testing.T) {
	const files = 30
	kills := 4
	if everyCase {
		kills = 16
	}
	r := newFixRoom(t, files)
	began := time.Now()
	if out, err := r.command("fix", "--dirty").CombinedOutput(); err != nil || r.whole() != files {
		t.Fatalf("%v, %d of %d: %s", err, r.whole(), files, out)
	}
	all := time.Since(began)
	seed := uint64(began.UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	between := 0
	for i := range kills {
		r.reset()
		cmd := r.command("fix", "--dirty")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		delay := time.Duration(random.Int64N(int64(all)))
		if i%2 == 0 {
			r.writing(ended)
			delay = time.Duration(random.Int64N(int64(40 * time.Millisecond)))
		}
		select {
		case <-time.After(delay):
			if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
			<-ended
		case err := <-ended:
			ended <- err
		}
		n := r.whole()
		if n > 0 && n < files {
			between++
		}
		if t.Failed() {
			t.Fatalf("kill %d, seed %d", i, seed)
		}
	}
	t.Logf("%d of %d kills left some files old and some new; a whole run took %s", between, kills, all)
	if between == 0 {
		t.Error("no kill came while files were written")
	}
	if out, err := r.command("fix", "--dirty").CombinedOutput(); err != nil || r.whole() != files {
		t.Errorf("the next run: %v, %d of %d: %s", err, r.whole(), files, out)
	}
}

// writing returns when the program has begun to write, or has ended.
func (r *fixRoom) writing(ended chan error) {
	first := filepath.Join(r.dir, "f00.go")
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			ended <- err
			return
		case <-tick.C:
			if b, err := os.ReadFile(first); err == nil && string(b) != r.files[first][0] {
				return
			}
		}
	}
}

// TestSourceWrite: a file that is not as it was read is left alone, and what
// was abandoned goes.
func TestSourceWrite(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.go")
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func() *source {
		t.Helper()
		s, why, err := readSource(dir, name)
		if err != nil || s == nil {
			t.Fatal(why, err)
		}
		return s
	}
	content := func() string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	old, young := filepath.Join(dir, temporary+"1"), filepath.Join(dir, temporary+"2")
	for _, path := range []string{old, young} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	then := time.Now().Add(-2 * abandoned)
	if err := os.Chtimes(old, then, then); err != nil {
		t.Fatal(err)
	}

	put(byteOrderMark + "package a\r\n")
	if err := read().write("package b\r\n", time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := content(); got != byteOrderMark+"package b\r\n" {
		t.Errorf("%q", got)
	}
	if exists(old) || !exists(young) {
		t.Error("abandoned files: ", exists(old), exists(young))
	}

	for what, change := range map[string]func(){
		"another text":        func() { put("package c\n") },
		"the same length":     func() { put("package d\n") },
		"another file":        func() { os.Remove(name); put("package a\n") },
		"gone":                func() { os.Remove(name) },
		"a link in its place": func() { os.Remove(name); os.Symlink("elsewhere", name) },
	} {
		os.Remove(name)
		put("package a\n")
		s := read()
		change()
		if err := s.write("package b\n", time.Now()); what != "another file" && !errors.Is(err, errMoved) {
			t.Errorf("%s: %v", what, err)
		}
		if b, err := os.ReadFile(name); err == nil && what != "another file" && string(b) == "package b\n" {
			t.Errorf("%s: written all the same", what)
		}
	}
}

// TestReadSource: what is left alone, with the reason.
func TestReadSource(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name, text string
		mode       os.FileMode
		read       bool
		why        string
	}{
		{"a.go", "package a\n", 0o600, true, ""},
		{"bom.go", byteOrderMark + "package a\n", 0o600, true, ""},
		{"b.txt", "text\n", 0o600, false, ""},
		{"c.go", "package \xff\n", 0o600, false, "it is not UTF-8"},
		{"utf16.py", "\xff\xfea\x00\n\x00", 0o600, false, "it is not UTF-8"},
		{"nul.py", "a\x00b\n", 0o600, false, "it is not text"},
		{"d.go", "// Code generated by x. DO NOT EDIT.\n", 0o600, false, "generated"},
		{"e.go", "package a\n", 0o400, false, "it is read-only"},
		{"secrets.json", "{}", 0o600, false, "may hold secrets"},
	}
	for _, tt := range tests {
		path := filepath.Join(dir, tt.name)
		if err := os.WriteFile(path, []byte(tt.text), tt.mode); err != nil {
			t.Fatal(err)
		}
		s, why, err := readSource(dir, path)
		if (s != nil) != tt.read || why != tt.why || err != nil {
			t.Errorf("%s: %v %q %v", tt.name, s, why, err)
		}
		if s != nil && !bytes.Equal(s.encoded(s.text), s.bytes) {
			t.Errorf("%s: %q is not written as it was read", tt.name, s.bytes)
		}
	}
	if err := os.Link(filepath.Join(dir, "a.go"), filepath.Join(dir, "link.go")); err != nil {
		t.Fatal(err)
	}
	if s, why, _ := readSource(dir, filepath.Join(dir, "a.go")); s != nil || !strings.Contains(why, "hard links") {
		t.Errorf("a file with two names: %v %q", s, why)
	}
}
