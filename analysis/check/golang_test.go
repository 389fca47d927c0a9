package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// testSet is a Set over some rows.
func testSet(t testing.TB, rows ...Row) *Set {
	t.Helper()
	s := New(Options{Rows: rows})
	t.Cleanup(s.Close)
	return s
}

// workerSet is a Set whose rows check in a process of their own, each question
// for at most so long.
func workerSet(t testing.TB, most time.Duration, rows ...Row) *Set {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := New(Options{Rows: rows, Servers: true, Worker: []string{self, workerArg, most.String()}})
	t.Cleanup(s.Close)
	return s
}

// write writes files below a new folder, and makes them old enough for their
// times to be believed.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		save(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	return dir
}

func save(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
}

// show is a finding on one line, with its place from 1.
func show(root string, f Finding, text string) string {
	rel, err := filepath.Rel(root, f.Path)
	if err != nil {
		rel = f.Path
	}
	line, col := textedit.NewLines(text).Position(f.Span.Start, textedit.UTF8)
	return fmt.Sprintf("%s:%d:%d: %s: %s", filepath.ToSlash(rel), line+1, col+1, f.Phase, firstLine(f.Message))
}

type recordedDiagnostic struct {
	Range    struct{ Start, End struct{ Line, Character int } }
	Severity int
	Source   string
	Code     any
	Message  string
}

// TestSaysWhatGoplsSays: every error that gopls reported of the recorded code
// is among what the row says of it: the same identity at the same place. The
// rest of what gopls says are analyzers of its own.
func TestSaysWhatGoplsSays(t *testing.T) {
	tests := []struct{ dir, recorded string }{
		{"go", "gopls.json"},
		{"goimports", "gopls-imports.json"},
	}
	for _, tt := range tests {
		t.Run(tt.dir, func(t *testing.T) {
			source := filepath.Join("..", "identity", "testdata")
			files := folderOf(t, filepath.Join(source, tt.dir))
			text, err := os.ReadFile(filepath.Join(source, "recorded", tt.recorded))
			if err != nil {
				t.Fatal(err)
			}
			var recorded map[string][]recordedDiagnostic
			if err := json.Unmarshal(text, &recorded); err != nil {
				t.Fatal(err)
			}
			root := write(t, files)
			s := workerSet(t, time.Minute, goRow())
			foreign := map[string]bool{} // analyzers that only gopls has
			for _, name := range slices.Sorted(mapsKeys(recorded)) {
				path := filepath.Join(root, filepath.FromSlash(name))
				reports, err := s.Check(context.Background(), "go", Request{Root: root, Scope: []string{path}, Trusted: true})
				if err != nil || reports[0].Err != nil {
					t.Fatal(name, err, reports)
				}
				over := map[string]string{path: files[name]}
				placedList := place("go", reports[0].Findings, newTexts(over))
				lines := textedit.NewLines(files[name])
				said := make([]bool, len(placedList))
				for _, r := range recorded[name] {
					from, _ := lines.Offset(r.Range.Start.Line, r.Range.Start.Character, textedit.UTF16)
					to, _ := lines.Offset(r.Range.End.Line, r.Range.End.Character, textedit.UTF16)
					d := analysis.Diagnostic{Source: r.Source, Message: r.Message, Span: analysis.Span{Start: from, End: to}}
					if r.Code != nil {
						d.Code = fmt.Sprint(r.Code)
					}
					id, _ := identity.Of("go", d)
					i := find(placedList, path, id.Key(), d, lines)
					if i >= 0 {
						said[i] = true
						continue
					}
					if r.Source == "compiler" || r.Source == "syntax" {
						t.Errorf("%s:%d: gopls says %s %s %q (%v), and we do not", name, r.Range.Start.Line+1, r.Source, d.Code, r.Message, id)
					} else {
						foreign[fmt.Sprintf("%s %q", r.Source, r.Message)] = true
					}
				}
				for i, f := range placedList {
					// Of one file, gopls says the first error of the parser.
					if f.Path == path && !said[i] && f.Phase == PhaseTypes {
						t.Errorf("we say %s, and gopls does not", show(root, f.Finding, files[name]))
					}
				}
			}
			t.Logf("only gopls: %v", slices.Sorted(mapsKeys(foreign)))
		})
	}
}

func mapsKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// folderOf reads the files below a folder, by their names with slashes.
func folderOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(name)
		files[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestSaysWhatGoSays: what go build and go vet print of the recorded code is
// found too, by line, though the compiler's parser is another one.
func TestSaysWhatGoSays(t *testing.T) {
	source := filepath.Join("..", "identity", "testdata")
	files := folderOf(t, filepath.Join(source, "go"))
	root := write(t, files)
	s := testSet(t, goRow())
	list := map[string][]placed{}
	for _, recorded := range []string{"go-build.txt", "go-vet.txt"} {
		text, err := os.ReadFile(filepath.Join(source, "recorded", recorded))
		if err != nil {
			t.Fatal(err)
		}
		found, all := 0, 0
		var missed []string
		for printed := range strings.Lines(string(text)) {
			name, line, col, d, _, ok := identity.FromLine(printed)
			if !ok {
				continue
			}
			path := filepath.Join(root, filepath.FromSlash(name))
			if list[name] == nil {
				reports, err := s.Check(context.Background(), "go", Request{Root: root, Scope: []string{path}, Trusted: true})
				if err != nil || reports[0].Err != nil {
					t.Fatal(name, err, reports)
				}
				list[name] = place("go", reports[0].Findings, newTexts(map[string]string{path: files[name]}))
			}
			lines := textedit.NewLines(files[name])
			at, _ := lines.Offset(line-1, max(col-1, 0), textedit.UTF8)
			d.Span, d.NoSpan = analysis.Span{Start: at, End: at}, false
			id, _ := identity.Of("go", d)
			all++
			if find(list[name], path, id.Key(), d, lines) >= 0 {
				found++
			} else {
				missed = append(missed, strings.TrimSpace(printed))
			}
		}
		// That Println ends in a newline is no finding any more in our analyzers,
		// which are later ones than those of Go 1.26.
		want := map[string]int{"go-build.txt": 0, "go-vet.txt": 1}[recorded]
		if all-found != want {
			t.Errorf("%s: %d of %d found, want %d not; not found:\n%s", recorded, found, all, want, strings.Join(missed, "\n"))
		}
	}
}

// goFinds checks one file and returns what is found, one on a line.
func goFinds(t *testing.T, s *Set, root, name string, overlay map[string]string) (string, Result) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(name))
	reports, err := s.Check(context.Background(), "go", Request{Root: root, Scope: []string{path}, Overlay: overlay, Trusted: true})
	if err != nil {
		t.Fatal(err)
	}
	if reports[0].Err != nil {
		return reports[0].Err.Error(), Result{}
	}
	var out strings.Builder
	for _, f := range reports[0].Findings {
		text, ok := overlay[f.Path]
		if !ok {
			b, err := os.ReadFile(f.Path)
			if err != nil {
				t.Fatal(err)
			}
			text = string(b)
		}
		out.WriteString(show(root, f, text) + "\n")
	}
	return out.String(), reports[0].Result
}

// TestGoListsSeldom: the go command runs again only when what it decides may
// have changed.
func TestGoListsSeldom(t *testing.T) {
	root := write(t, map[string]string{
		"go.mod":     "module example.com/a\n\ngo 1.26\n",
		"a.go":       "package a\n\nimport \"fmt\"\n\nfunc A() { fmt.Println(B()) }\n",
		"b.go":       "package a\n\nfunc B() int { return 1 }\n",
		"c/c.go":     "package c\n\nimport (\n\t\"sort\"\n\n\t\"example.com/a\"\n)\n\nvar C = a.B()\n\nvar _ = sort.Ints\n",
		"a_test.go":  "package a\n",
		"other/o.go": "package other\n",
	})
	s := testSet(t, goRow())
	started := int64(0)
	step := func(why string, want int64, name string, overlay map[string]string, finds string) {
		t.Helper()
		over := map[string]string{}
		for name, text := range overlay {
			over[filepath.Join(root, filepath.FromSlash(name))] = text
		}
		got, _ := goFinds(t, s, root, name, over)
		if got != finds {
			t.Errorf("%s: found %q, want %q", why, got, finds)
		}
		now := s.Stats().Processes
		if n := now - started; n > want {
			t.Errorf("%s: %d processes, want %d", why, n, want)
		}
		started = now
	}
	body := func(b string) map[string]string {
		return map[string]string{"b.go": "package a\n\nfunc B() int { " + b + " }\n"}
	}
	step("first: env, list, export data", 3, "b.go", nil, "")
	step("again", 0, "b.go", nil, "")
	step("a body", 0, "b.go", body("return x"), "b.go:3:23: types: undefined: x\n")
	step("the other body", 0, "b.go", body("return 2"), "")
	step("an import that the package has", 0, "b.go", map[string]string{"b.go": "package a\n\nimport \"fmt\"\n\nfunc B() int { fmt.Println(); return 1 }\n"}, "")
	step("an import that it has not", 2, "b.go", map[string]string{"b.go": "package a\n\nimport \"strconv\"\n\nfunc B() int { _ = strconv.Itoa; return 1 }\n"}, "")
	step("back", 0, "b.go", nil, "")
	step("forth", 0, "b.go", map[string]string{"b.go": "package a\n\nimport \"strconv\"\n\nfunc B() int { _ = strconv.Itoa; return 2 }\n"}, "")
	step("another package", 2, "c/c.go", nil, "")
	step("what it imports is edited", 0, "c/c.go", map[string]string{"b.go": "package a\n\nfunc B() string { return `` }\n", "c/c.go": "package c\n\nimport \"example.com/a\"\n\nvar C int = a.B()\n"},
		"c/c.go:5:13: types: cannot use a.B() (value of type string) as int value in variable declaration\n")
	save(t, filepath.Join(root, "b.go"), "package a\n\nfunc B() bool { return true }\n")
	step("what it imports is saved", 0, "c/c.go", map[string]string{"c/c.go": "package c\n\nimport \"example.com/a\"\n\nvar C int = a.B()\n"},
		"c/c.go:5:13: types: cannot use a.B() (value of type bool) as int value in variable declaration\n")
	save(t, filepath.Join(root, "new.go"), "package a\n\nfunc New() {}\n")
	step("a file more", 1, "b.go", map[string]string{"b.go": "package a\n\nfunc B() bool { New(); return true }\n"}, "")
	save(t, filepath.Join(root, "go.mod"), "module example.com/a\n\ngo 1.20\n")
	step("an older language: list and export data", 2, "b.go", map[string]string{"b.go": "package a\n\nfunc B() bool { for range 3 {}; return true }\n"},
		"b.go:3:27: types: cannot range over 3 (untyped int constant): requires go1.22 or later\n")
}

// TestGoOtherVersion: another version of a module, behind the same path, is
// another package.
func TestGoOtherVersion(t *testing.T) {
	version := func(v, declares string) map[string]string {
		return map[string]string{
			"go.mod":                        "module example.com/a\n\ngo 1.26\n\nrequire example.com/dep " + v + "\n",
			"vendor/modules.txt":            "# example.com/dep " + v + "\n## explicit; go 1.26\nexample.com/dep\n",
			"vendor/example.com/dep/dep.go": "package dep\n\n" + declares + "\n",
		}
	}
	files := version("v1.0.0", "const Old = 1")
	files["a.go"] = "package a\n\nimport \"example.com/dep\"\n\nvar A = dep.Old\n"
	root := write(t, files)
	s := testSet(t, goRow())
	if got, _ := goFinds(t, s, root, "a.go", nil); got != "" {
		t.Fatal(got)
	}
	for name, text := range version("v1.1.0", "const New = 1") {
		save(t, filepath.Join(root, filepath.FromSlash(name)), text)
	}
	if got, _ := goFinds(t, s, root, "a.go", nil); got != "a.go:5:13: types: undefined: dep.Old\n" {
		t.Error(got)
	}
	for name, text := range version("v1.0.0", "const Old = 1") {
		save(t, filepath.Join(root, filepath.FromSlash(name)), text)
	}
	if got, _ := goFinds(t, s, root, "a.go", nil); got != "" {
		t.Error(got)
	}
}

// TestGoToolchain: a module that wants a later Go than the one in PATH is
// checked with the one that the go command has fetched for it, as the go
// command would. A script says what an old one says.
func TestGoToolchain(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // no script
	}
	program, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	old := t.TempDir()
	script := "#!/bin/sh\ncase \"$*\" in\n\"env GOMODCACHE\") echo \"$GOMODCACHE\" ;;\n*) echo 'go: go.mod requires go >= 1.26 (running go 1.21.0; GOTOOLCHAIN=local)' >&2; exit 1 ;;\nesac\n"
	if err := os.WriteFile(filepath.Join(old, "go"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	root := write(t, map[string]string{"go.mod": "module m\n\ngo 1.26\n", "a.go": "package a\n\nvar a = x\n"})
	cache := t.TempDir()
	t.Setenv("PATH", old+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("GOMODCACHE", cache)
	if got, _ := goFinds(t, testSet(t, goRow()), root, "a.go", nil); !strings.Contains(got, "install that version of Go") {
		t.Errorf("without a toolchain: %q", got)
	}
	for _, v := range []string{"1.25.9", "1.26.1", "1.27.0"} {
		bin := filepath.Join(cache, "golang.org", "toolchain@v0.0.1-go"+v+"."+runtime.GOOS+"-"+runtime.GOARCH, "bin")
		if err := os.MkdirAll(bin, 0o700); err != nil {
			t.Fatal(err)
		}
		text := "#!/bin/sh\nexit 3\n"
		if v == "1.26.1" {
			text = "#!/bin/sh\nexec " + program + " \"$@\"\n"
		}
		if err := os.WriteFile(filepath.Join(bin, "go"), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := goFinds(t, testSet(t, goRow()), root, "a.go", nil); got != "a.go:3:9: types: undefined: x\n" {
		t.Errorf("with one: %q", got)
	}
}

// TestGoCannot: where nothing can be said, the reason has a next step.
func TestGoCannot(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		file  string
		env   string
		want  string
	}{
		{"no module", map[string]string{"a.go": "package a\n"}, "a.go", "", "`go mod init`"},
		{"a later Go", map[string]string{"go.mod": "module m\n\ngo 1.99\n", "a.go": "package a\n"}, "a.go", "", "install that version of Go"},
		{"no Go", map[string]string{"go.mod": "module m\n\ngo 1.26\n", "a.go": "package a\n"}, "a.go", "PATH=/nowhere", "go is not installed"},
		{
			"a module that is not summed", map[string]string{
				"go.mod": "module m\n\ngo 1.26\n\nrequire example.com/dep v1.0.0\n", "a.go": "package a\n\nimport _ \"example.com/dep\"\n",
			},
			"a.go", "", "go mod download",
		},
		{"a broken go.mod", map[string]string{"go.mod": "modul m\n", "a.go": "package a\n"}, "a.go", "", "unknown directive"},
		{
			"outside of its workspace", map[string]string{
				"go.work": "go 1.26\n\nuse ./in\n", "in/go.mod": "module in\n\ngo 1.26\n", "in/in.go": "package in\n",
				"out/go.mod": "module out\n\ngo 1.26\n", "out/out.go": "package out\n",
			},
			"out/out.go", "", "go work use",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if name, value, ok := strings.Cut(tt.env, "="); ok {
				t.Setenv(name, value)
			}
			root := write(t, tt.files)
			s := testSet(t, goRow())
			path := filepath.Join(root, filepath.FromSlash(tt.file))
			got := s.Judge(context.Background(), Edit{
				Root: root, Path: path, Language: "go", Text: tt.files[tt.file] + "var a = x\n",
				Edits:  []analysis.Edit{{Span: analysis.Span{Start: len(tt.files[tt.file]), End: len(tt.files[tt.file])}, New: "const x = 1\n"}},
				Target: analysis.Diagnostic{Source: "compiler", Message: "undefined: x", Span: analysis.Span{Start: len(tt.files[tt.file]) + 8, End: len(tt.files[tt.file]) + 9}},
			}, true)
			if got.Verdict != VerdictUnknown || !strings.Contains(got.Reason, tt.want) {
				t.Errorf("%s (%s): %s, want unknown: %s", got.Verdict, got.Cause, got.Reason, tt.want)
			}
		})
	}
}

// TestGoSurvives: text that would break or never end the type checker gives an
// answer, and the next question is answered.
func TestGoSurvives(t *testing.T) {
	root := write(t, map[string]string{"go.mod": "module m\n\ngo 1.26\n", "a.go": "package a\n"})
	s := workerSet(t, time.Minute, goRow())
	path := filepath.Join(root, "a.go")
	for name, text := range map[string]string{
		"brackets": "package a\n\nvar x = " + strings.Repeat("(", 200_000),
		"sums":     "package a\n\nvar x = 1" + strings.Repeat(" + 1", 30_000) + "\n",
		"blocks":   "package a\n\nfunc f() " + strings.Repeat("{", 30_000) + strings.Repeat("}", 30_000) + "\n",
		"types":    "package a\n\ntype T " + strings.Repeat("[1]", 30_000) + "int\n",
		"itself":   "package a\n\ntype T struct{ T }\n\ntype G[P any] struct{ f *G[G[P]] }\n\nvar g G[int]\n",
		"zeros":    "package a\n" + strings.Repeat("\x00", 100_000),
	} {
		got, _ := goFinds(t, s, root, "a.go", map[string]string{path: text})
		t.Logf("%s: %.100q", name, got)
	}
	if got, res := goFinds(t, s, root, "a.go", nil); got != "" || !res.Complete {
		t.Error(got)
	}
}

// TestGoNeverEnds: two types that take years to compare cost their question its
// answer and nothing else: who waits is told in time, and the process that
// compares them ends.
func TestGoNeverEnds(t *testing.T) {
	root := write(t, map[string]string{"go.mod": "module m\n\ngo 1.26\n", "a.go": "package a\n"})
	s := workerSet(t, 3*time.Second, goRow())
	if got, _ := goFinds(t, s, root, "a.go", nil); got != "" {
		t.Fatal(got)
	}
	// Each alias doubles the work.
	var text strings.Builder
	text.WriteString("package a\n\ntype A0 = struct{ a, b int }\n\ntype B0 = struct{ a, b int }\n")
	for i := 1; i < 60; i++ {
		for _, x := range "AB" {
			fmt.Fprintf(&text, "type %c%d = struct{ a, b %c%d }\n", x, i, x, i-1)
		}
	}
	text.WriteString("var a A59 = B59{}\n")
	path := filepath.Join(root, "a.go")
	reports, err := s.Check(context.Background(), "go", Request{Root: root, Scope: []string{path}, Overlay: map[string]string{path: text.String()}, Trusted: true})
	if err != nil {
		t.Fatal(err)
	}
	var u *Unknown
	if !errors.As(reports[0].Err, &u) || u.Cause != CauseTime {
		t.Errorf("%v, want that it ran out of time", reports[0].Err)
	}
	if now, _ := s.runner.Memory(); now != 0 {
		t.Errorf("it still holds %d bytes", now)
	}
	if got, res := goFinds(t, s, root, "a.go", nil); got != "" || !res.Complete {
		t.Error(got)
	}
}

// TestGoWorkerKilled: a process that was killed is started anew, and says why it
// gave no answer where it was asked.
func TestGoWorkerKilled(t *testing.T) {
	root := write(t, map[string]string{"go.mod": "module m\n\ngo 1.26\n", "a.go": "package a\n\nvar a = x\n"})
	s := workerSet(t, time.Minute, goRow())
	for range 3 {
		if got, _ := goFinds(t, s, root, "a.go", nil); got != "a.go:3:9: types: undefined: x\n" {
			t.Error(got)
		}
		s.runner.mu.Lock()
		servers := slices.Clone(s.runner.servers)
		s.runner.mu.Unlock()
		if len(servers) != 1 {
			t.Fatalf("%d processes", len(servers))
		}
		servers[0].ch.kill()
		<-servers[0].Done()
	}
}

// TestGoTooLarge: a workspace that would take more memory than checkers may
// have is not checked in this process.
func TestGoTooLarge(t *testing.T) {
	root := write(t, map[string]string{"go.mod": "module m\n\ngo 1.26\n", "a.go": "package a\n\nimport _ \"m/large\"\n", "large/l.go": "package large\n//" + strings.Repeat("x", 1<<20)})
	s := testSet(t, goRow())
	if got, res := goFinds(t, s, root, "a.go", nil); got != "" || !res.Complete {
		t.Error(got)
	}
	s.runner.memory = 4 << 20
	if got, _ := goFinds(t, s, root, "a.go", nil); !strings.Contains(got, "8 MB of memory to check, and may take 4 MB") {
		t.Error(got)
	}
}

// TestGoThroughALink: an editor may know the folder by another name.
func TestGoThroughALink(t *testing.T) {
	root := write(t, map[string]string{"go.mod": "module m\n\ngo 1.26\n", "a.go": "package a\n\nvar a = x\n", "b/b.go": "package b\n\nimport \"m\"\n\nvar b = y\n"})
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Fatal(err)
	}
	s := testSet(t, goRow())
	for name, want := range map[string]string{"a.go": "a.go:3:9: types: undefined: x\n", "b/b.go": "undefined: y"} {
		if got, _ := goFinds(t, s, link, name, nil); !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestGoPlaces: places are bytes of the text, whatever it is written with.
func TestGoPlaces(t *testing.T) {
	root := write(t, map[string]string{"go.mod": "module m\r\n\r\ngo 1.26\r\n", "a.go": "package a\n"})
	s := workerSet(t, time.Minute, goRow())
	path := filepath.Join(root, "a.go")
	for _, text := range []string{
		"package a\n\nvar a = wrong\n",
		"\ufeffpackage a\r\n\r\nimport \"fmt\"\r\n\r\n// ä€😀\r\nvar a = fmt.Sprint(\"ä€😀\", wrong)\r\n",
		"package a\n\nvar r = `\r\n` /* ü */ + wrong",
		"//line other.go:1\npackage a\n\n/*line x.y:7:3*/ var a = wrong\n",
	} {
		reports, err := s.Check(context.Background(), "go", Request{Root: root, Scope: []string{path}, Overlay: map[string]string{path: text}, Trusted: true})
		if err != nil || reports[0].Err != nil || len(reports[0].Findings) != 1 {
			t.Fatalf("%q: %v %v", text, err, reports)
		}
		f := reports[0].Findings[0]
		if got := text[f.Span.Start:f.Span.End]; got != "wrong" || f.Path != path {
			t.Errorf("%q: %q in %s", text, got, f.Path)
		}
	}
}

// TestGoTogether: questions about one module at the same time are answered one
// after the other.
func TestGoTogether(t *testing.T) {
	root := write(t, map[string]string{"go.mod": "module m\n\ngo 1.26\n", "a.go": "package a\n\nvar a = x\n", "b/b.go": "package b\n\nvar b = y\n"})
	s := workerSet(t, time.Minute, goRow())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			name := []string{"a.go", "b/b.go"}[i%2]
			if got, _ := goFinds(t, s, root, name, nil); !strings.Contains(got, "undefined") {
				t.Error(got)
			}
		})
	}
	wg.Wait()
}
