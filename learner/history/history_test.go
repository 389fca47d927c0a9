package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/pattern"
)

// repository is a repository that a test makes.
type repository struct {
	*testing.T

	dir string
}

func newRepository(t *testing.T) repository {
	t.Helper()
	r := repository{t, t.TempDir()}
	r.git("init", "-q")
	return r
}

func (r repository) git(args ...string) string {
	r.Helper()
	args = append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"}, args...)
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (r repository) write(files map[string]string) {
	r.Helper()
	for name, text := range files {
		path := filepath.Join(r.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			r.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			r.Fatal(err)
		}
	}
}

// commit makes a commit of some files; "" takes one away.
func (r repository) commit(files map[string]string) string {
	r.Helper()
	for name, text := range files {
		if text == "" {
			r.git("rm", "-q", name)
			delete(files, name)
		}
	}
	r.write(files)
	r.git("add", "-A")
	r.git("commit", "-q", "-m", "a commit")
	return strings.TrimSpace(r.git("rev-parse", "HEAD"))
}

// state is all of a repository that a person would miss.
func (r repository) state() string {
	r.Helper()
	var b strings.Builder
	err := filepath.WalkDir(r.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %s\n", path, analysis.DigestOf(string(text)))
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
	return b.String()
}

// words is a checker of which every line that has "wrong" is an error, from the
// disk where no text is given.
type words struct{ asked []string }

func (w *words) Check(_ context.Context, _ string, r check.Request) ([]check.Report, error) {
	path := r.Scope[0]
	text, ok := r.Overlay[path]
	if !ok {
		return nil, errors.New("no text")
	}
	if disk, err := os.ReadFile(path); err != nil {
		return nil, &check.Unknown{Cause: check.CauseFailed, Reason: err.Error()}
	} else if w.asked = append(w.asked, path); bytes.Contains(disk, []byte("wrong")) {
		return nil, &check.Unknown{Cause: check.CauseFailed, Reason: "the commit itself is wrong"}
	}
	res := check.Result{Complete: true, Phase: check.PhaseTypes}
	for i := 0; ; {
		k := strings.Index(text[i:], "wrong")
		if k < 0 {
			break
		}
		i += k
		res.Findings = append(res.Findings, check.Finding{Path: path, Phase: check.PhaseTypes, Diagnostic: analysis.Diagnostic{
			Source: "words", Code: "W", Message: "wrong word", Severity: analysis.SeverityError, Span: analysis.Span{Start: i, End: i + 5},
		}})
		i++
	}
	return []check.Report{{Tool: "words", Result: res}}, nil
}

// walked is what a walk finds, as "file: repair".
func walked(t *testing.T, o Options) (found []string, commits []string, counts Counts) {
	t.Helper()
	o.Found = func(c Commit, _ string, pairs []Pair) error {
		commits = append(commits, c.Hash)
		for _, p := range pairs {
			after, err := textedit.Apply(p.Broken, p.Edits)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, fmt.Sprintf("%s: %q", p.File, changedLine(p.Broken, after)))
		}
		return nil
	}
	counts, err := Walk(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return found, commits, counts
}

func changedLine(before, after string) string {
	e := textedit.Compute(before, after)
	if len(e) == 0 {
		return ""
	}
	at := syntax.LineAt(after, e[0].Span.Start)
	return strings.TrimSpace(after[at.Start:at.End])
}

const code = "package a\n\nfunc f() {\n\tg(%v)\n}\n\nfunc h() {\n\tg(%v)\n}\n"

// TestRepositories: what a repository may be like, and what is found in it.
func TestRepositories(t *testing.T) {
	wrong, right := fmt.Sprintf(code, "wrong", "1"), fmt.Sprintf(code, "right", "1")
	for _, c := range []struct {
		name  string
		make  func(r repository) (dir string)
		found []string
		err   error
	}{
		{name: "one hunk", found: []string{`a.go: "g(right)"`}, make: func(r repository) string {
			r.commit(map[string]string{"a.go": wrong})
			r.commit(map[string]string{"a.go": right})
			return r.dir
		}},
		{name: "no commits", err: ErrNoCommits, make: func(r repository) string { return r.dir }},
		{name: "no repository", err: ErrNoRepo, make: func(r repository) string { return r.TempDir() }},
		{name: "bare", err: ErrBare, make: func(r repository) string {
			r.commit(map[string]string{"a.go": right})
			r.git("clone", "-q", "--bare", ".", "bare")
			return filepath.Join(r.dir, "bare")
		}},
		{name: "the inside of .git", err: ErrBare, make: func(r repository) string {
			r.commit(map[string]string{"a.go": right})
			return filepath.Join(r.dir, ".git")
		}},
		{name: "shallow", make: func(r repository) string { // its one commit has no parent
			r.commit(map[string]string{"a.go": wrong})
			r.commit(map[string]string{"a.go": right})
			r.git("clone", "-q", "--depth", "1", "file://"+r.dir, "clone")
			return filepath.Join(r.dir, "clone")
		}},
		{name: "a merge", found: []string{`a.go: "g(right)"`}, make: func(r repository) string {
			r.commit(map[string]string{"a.go": wrong})
			r.git("checkout", "-q", "-b", "side")
			r.commit(map[string]string{"a.go": right})
			r.git("checkout", "-q", "main")
			r.commit(map[string]string{"b.txt": "b"})
			r.git("merge", "-q", "--no-ff", "-m", "merge", "side")
			return r.dir
		}},
		{name: "moved", found: []string{`b/c.go: "g(right)"`}, make: func(r repository) string {
			r.commit(map[string]string{"a.go": wrong + strings.Repeat("// more\n", 20)})
			r.commit(map[string]string{"a.go": "", "b/c.go": right + strings.Repeat("// more\n", 20)})
			return r.dir
		}},
		{name: "a submodule", found: []string{`a.go: "g(right)"`}, make: func(r repository) string {
			other := newRepository(r.T)
			other.commit(map[string]string{"x.go": wrong})
			r.commit(map[string]string{"a.go": wrong})
			r.git("submodule", "--quiet", "add", "file://"+other.dir, "sub")
			r.commit(map[string]string{"a.go": right})
			return r.dir
		}},
		{name: "no UTF-8", found: []string{`a.go: "g(right)"`}, make: func(r repository) string {
			r.commit(map[string]string{"a.go": wrong, "b.go": "\xff" + wrong})
			r.commit(map[string]string{"a.go": right, "b.go": "\xff" + right})
			return r.dir
		}},
		{name: "a huge file", found: []string{`a.go: "g(right)"`}, make: func(r repository) string {
			huge := strings.Repeat("// line\n", mostBlob/8+1)
			r.commit(map[string]string{"a.go": wrong, "huge.go": wrong + huge})
			r.commit(map[string]string{"a.go": right, "huge.go": right + huge})
			return r.dir
		}},
		{name: "strange names", found: []string{`a "b'.go: "g(right)"`, `ü/日本.go: "g(right)"`}, make: func(r repository) string {
			r.commit(map[string]string{"ü/日本.go": wrong, `a "b'.go`: wrong})
			r.commit(map[string]string{"ü/日本.go": right, `a "b'.go`: right})
			return r.dir
		}},
		{name: "below the top", found: []string{`sub/a.go: "g(right)"`}, make: func(r repository) string {
			r.commit(map[string]string{"a.go": wrong, "sub/a.go": wrong})
			r.commit(map[string]string{"a.go": right})
			r.commit(map[string]string{"sub/a.go": right})
			return filepath.Join(r.dir, "sub")
		}},
		{name: "comments and white space", make: func(r repository) string {
			r.commit(map[string]string{"a.go": right + "// wrong\n"})
			r.commit(map[string]string{"a.go": right + "\n\n// right\n"})
			return r.dir
		}},
		{name: "only what is in error goes", make: func(r repository) string {
			r.commit(map[string]string{"a.go": strings.Replace(right, "\tg(1)\n", "\tg(1)\n\twrong\n", 1)})
			r.commit(map[string]string{"a.go": right})
			return r.dir
		}},
		{name: "wrong with the commit too", make: func(r repository) string {
			r.commit(map[string]string{"a.go": fmt.Sprintf(code, "wrong", "wrong")})
			r.commit(map[string]string{"a.go": fmt.Sprintf(code, "right", "wrong")})
			return r.dir
		}},
		{name: "somebody else's", make: func(r repository) string {
			r.commit(map[string]string{"vendor/a.go": wrong, "node_modules/a.js": "wrong(1)\n"})
			r.commit(map[string]string{"vendor/a.go": right, "node_modules/a.js": "right(1)\n"})
			return r.dir
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := c.make(newRepository(t))
			if c.err != nil {
				if _, err := Walk(t.Context(), Options{Dir: dir, Compile: &words{}}); !errors.Is(err, c.err) {
					t.Errorf("%v, want %v", err, c.err)
				}
				return
			}
			before := repository{t, dir}.state()
			found, _, _ := walked(t, Options{Dir: dir, Compile: &words{}})
			if slices.Sort(found); !slices.Equal(found, c.found) {
				t.Errorf("found %q, want %q", found, c.found)
			}
			if after := (repository{t, dir}).state(); after != before {
				t.Errorf("the repository changed:\n%s\nwas\n%s", after, before)
			}
		})
	}
}

// TestResume: a walk begins where the last one ended, new commits first, and
// says nothing twice.
func TestResume(t *testing.T) {
	r := newRepository(t)
	r.commit(map[string]string{"a.go": fmt.Sprintf(code, "wrong", 0)})
	var all []string
	for i := range 6 {
		all = append(all, r.commit(map[string]string{"a.go": fmt.Sprintf(code, "right", i)}))
	}
	slices.Reverse(all)
	done := map[string]bool{}
	took := func(want []string, o Options) {
		t.Helper()
		o.Dir, o.Compile, o.Done = r.dir, &words{}, done
		_, commits, _ := walked(t, o)
		if !slices.Equal(commits, want) {
			t.Errorf("looked at %v, want %v", commits, want)
		}
		for _, c := range commits {
			done[c] = true
		}
	}
	took(all[:2], Options{Max: 2})
	took(all[2:4], Options{Max: 4})
	newest := r.commit(map[string]string{"b.txt": "b"})
	took(append([]string{newest}, all[4:]...), Options{})
	took(nil, Options{})
	took(nil, Options{Since: time.Now().Add(time.Hour)})
}

// TestEnd: when its time is over, or nobody waits any more, the commit that a
// walk is at is not done, and its folder is gone.
func TestEnd(t *testing.T) {
	r := newRepository(t)
	r.commit(map[string]string{"a.go": fmt.Sprintf(code, "wrong", 0)})
	for i := range 3 {
		r.commit(map[string]string{"a.go": fmt.Sprintf(code, "right", i)})
	}
	ctx, cancel := context.WithCancel(t.Context())
	laid := ""
	counts, err := Walk(ctx, Options{Dir: r.dir, Compile: &words{}, Found: func(_ Commit, root string, _ []Pair) error {
		laid = root
		cancel()
		return nil
	}})
	if err != nil || counts.Commits != 1 || counts.Left != 2 {
		t.Errorf("%+v, %v", counts, err)
	}
	if _, err := os.Stat(laid); laid == "" || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", laid, err)
	}
	if _, commits, _ := walked(t, Options{Dir: r.dir, Compile: &words{}, Until: time.Now().Add(-time.Second)}); len(commits) != 0 {
		t.Errorf("looked at %v when the time was over", commits)
	}
}

// TestBlind: where nothing can be checked the walk ends, and says why.
func TestBlind(t *testing.T) {
	r := newRepository(t)
	for i := range blindAfter + 5 {
		r.commit(map[string]string{"a.go": fmt.Sprintf(code, i, i+1)})
	}
	_, commits, counts := walked(t, Options{Dir: r.dir, Compile: refusing{}})
	if len(commits) != 0 || counts.Commits != blindAfter || counts.Blind != "it is not installed" {
		t.Errorf("%d commits, %+v", len(commits), counts)
	}
}

type refusing struct{}

func (refusing) Check(context.Context, string, check.Request) ([]check.Report, error) {
	return nil, &check.Unknown{Cause: check.CauseMissing, Reason: "it is not installed"}
}

// TestTree: a tree has the files of each commit in turn and nothing else, keeps
// within its folder, and gives no two texts of a file one time.
func TestTree(t *testing.T) {
	r := newRepository(t)
	outside := filepath.Join(r.TempDir(), "mine")
	if err := os.MkdirAll(outside, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outside, "file"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := r.commit(map[string]string{"a": "a1", "dir/b": "b1", "package.json": "{}", ".gitignore": "node_modules\n"})
	r.write(map[string]string{"node_modules/p/index.js": "kept"})
	if err := os.Symlink("../..", filepath.Join(r.dir, "dir", "up")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(r.dir, "away")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("b", filepath.Join(r.dir, "dir", "link")); err != nil {
		t.Fatal(err)
	}
	b := r.commit(map[string]string{"a": "a2", "dir/c": "c1"})
	r.git("rm", "-q", "-r", "dir", "away")
	c := r.commit(map[string]string{"dir": "a file now"})
	// A commit whose files lie below what is a link to the user's folder here.
	blob := strings.TrimSpace(r.git("hash-object", "-w", "a"))
	r.git("update-index", "--add", "--cacheinfo", "100644,"+blob+",node_modules/p/index.js")
	r.git("update-index", "--add", "--cacheinfo", "100644,"+blob+",node_modules/q/new.js")
	r.git("commit", "-q", "-m", "packages")
	d := strings.TrimSpace(r.git("rev-parse", "HEAD"))
	r.git("reset", "-q", a)
	before := r.state()

	repo, err := OpenRepo(t.Context(), r.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	tree, err := NewTree(repo)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{} // by path and time
	for _, step := range []struct {
		commit string
		want   map[string]string
	}{
		{a, map[string]string{"a": "a1", "dir/b": "b1", "package.json": "{}", ".gitignore": "node_modules\n"}},
		{b, map[string]string{"a": "a2", "dir/b": "b1", "dir/c": "c1", "dir/link": "b1", "package.json": "{}", ".gitignore": "node_modules\n"}},
		{c, map[string]string{"a": "a2", "dir": "a file now", "package.json": "{}", ".gitignore": "node_modules\n"}},
		{d, map[string]string{"a": "a2", "dir": "a file now", "package.json": "{}", ".gitignore": "node_modules\n"}},
		{a, map[string]string{"a": "a1", "dir/b": "b1", "package.json": "{}", ".gitignore": "node_modules\n"}},
	} {
		if err := tree.Checkout(t.Context(), step.commit); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		err := filepath.WalkDir(tree.Root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || path == filepath.Join(tree.Root, "node_modules") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(tree.Root, path)
			got[filepath.ToSlash(rel)] = string(text)
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			key := path + info.ModTime().String()
			if then, ok := texts[key]; ok && then != string(text) {
				t.Errorf("%s is %q and was %q at the same time", rel, text, then)
			}
			texts[key] = string(text)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(got, step.want) {
			t.Errorf("%s: %q, want %q", step.commit, got, step.want)
		}
		if text, err := os.ReadFile(filepath.Join(tree.Root, "node_modules", "p", "index.js")); err != nil || string(text) != "kept" {
			t.Errorf("the packages are %q, %v", text, err)
		}
	}
	if err := tree.Close(); err != nil {
		t.Fatal(err)
	}
	if after := r.state(); after != before {
		t.Errorf("the repository changed:\n%s\nwas\n%s", after, before)
	}
	if text, err := os.ReadFile(filepath.Join(outside, "file")); err != nil || string(text) != "mine" {
		t.Errorf("another folder has %q, %v", text, err)
	}
}

// TestSweep: the folder of a process that is gone goes, that of one that runs
// stays.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	ended := exec.Command("git", "version")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{
		fmt.Sprintf("%s%d-1", treePrefix, os.Getpid()):          true,
		fmt.Sprintf("%s%d-2", treePrefix, ended.Process.Pid):    false,
		fmt.Sprintf("%s%d-3", "something-else-", os.Getpid()+1): true,
		treePrefix + "old": true,
	}
	for name := range names {
		if err := os.MkdirAll(filepath.Join(dir, name, "repo"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	sweep(dir, time.Now())
	for name, stays := range names {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != stays {
			t.Errorf("%s: %v", name, err)
		}
	}
	sweep(dir, time.Now().Add(2*staleAfter))
	if _, err := os.Stat(filepath.Join(dir, treePrefix+"old")); err == nil {
		t.Error("an old folder stays")
	}
}

// TestHunks: which changes are put back, and to what.
func TestHunks(t *testing.T) {
	for _, c := range []struct {
		name, before, after string
		broken              []string
	}{
		{"none", "a\n", "a\n", nil},
		{"one", "a\nb\nc\n", "a\nx\nc\n", []string{"a\nb\nc\n"}},
		{"two", "a\nb\nc\nd\n", "x\nb\nc\ny\n", []string{"a\nb\nc\ny\n", "x\nb\nc\nd\n"}},
		{"lines that follow", "a\nb\nc\nd\n", "x\ny\nc\nd\n", []string{"a\nb\nc\nd\n"}},
		{"added and taken", "a\nb\nc\n", "a\nn\nb\n", []string{"a\nb\n", "a\nn\nb\nc\n"}},
		{"no last line break", "a\nb", "a\nc", []string{"a\nb"}},
		{"white space", "a b\n", "a  b\n", nil},
		{"too long", strings.Repeat("a\n", 20), strings.Repeat("b\n", 20), nil},
	} {
		var got []string
		for _, h := range Hunks("text", c.before, c.after) {
			broken, _, err := h.putBack(c.after)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, broken)
		}
		if !slices.Equal(got, c.broken) {
			t.Errorf("%s: %q, want %q", c.name, got, c.broken)
		}
	}
}

// TestGo asks the real checker of Go: one hunk, what a commit did as a whole, and
// what vet finds.
func TestGo(t *testing.T) {
	const module = "module example.com/a\n\ngo 1.24\n"
	r := newRepository(t)
	text := func(imports, body string) string {
		return "package a\n\nimport (\n" + imports + ")\n\nfunc f(n int) string {\n" + body + "}\n"
	}
	r.commit(map[string]string{"go.mod": module, "a.go": text("\t\"fmt\"\n", "\treturn fmt.Sprintf(\"%s\", n)\n")})
	r.commit(map[string]string{"a.go": text("\t\"fmt\"\n", "\treturn fmt.Sprintf(\"%d\", n)\n")})
	r.commit(map[string]string{"a.go": text("\t\"strconv\"\n", "\treturn strconv.Itoa(n)\n")})
	r.commit(map[string]string{"b.go": "package a\n\nvar x = f(\"1\")\n"})
	r.commit(map[string]string{"b.go": "package a\n\nvar x = f(1)\n"})
	set := check.New(check.Options{Rows: slices.DeleteFunc(check.Rows(), func(r check.Row) bool { return r.Name != "go" }), MaxRuns: 1, Class: func(language, before string, edits []analysis.Edit, d analysis.Diagnostic) analysis.EditClass {
		return pattern.ClassOf(syntax.Row(language), before, edits, d)
	}})
	defer set.Close()
	lint := struct{ Checker }{set}
	var pairs []Pair
	_, err := Walk(t.Context(), Options{Dir: r.dir, Compile: set, Lint: lint, Found: func(_ Commit, _ string, more []Pair) error {
		pairs = append(pairs, more...)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range pairs {
		after, err := textedit.Apply(p.Broken, p.Edits)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s: %s: %s", p.How, p.Target.Message, changedLine(p.Broken, after)))
	}
	want := []string{
		`one hunk put back: cannot use "1" (untyped string constant) as int value in argument to f: var x = f(1)`,
		`one hunk put back: "fmt" imported and not used: "strconv"`,
		`one hunk put back: undefined: fmt: return strconv.Itoa(n)`,
		`one hunk put back, linted: fmt.Sprintf format %s has arg n of wrong type int: return fmt.Sprintf("%d", n)`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
