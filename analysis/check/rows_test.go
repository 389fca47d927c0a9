package check

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// tool is a program that scripts/tools.sh installs.
func tool(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("DEJAFIX_TOOLS")
	if dir == "" {
		cache := os.Getenv("XDG_CACHE_HOME")
		if cache == "" {
			home, err := os.UserHomeDir()
			if err != nil {
				t.Fatal(err)
			}
			cache = filepath.Join(home, ".cache")
		}
		dir = filepath.Join(cache, "dejafix-tools")
	}
	path, err := filepath.EvalSymlinks(filepath.Join(dir, "bin", name))
	if err != nil {
		t.Fatalf("%s is not installed: run scripts/tools.sh (%v)", name, err)
	}
	return path
}

// modules is the node_modules that a program of scripts/tools.sh lies in.
func modules(t testing.TB, name string) string {
	t.Helper()
	path := tool(t, name)
	for filepath.Base(path) != "node_modules" {
		if path == filepath.Dir(path) {
			t.Fatalf("%s lies in no node_modules", name)
		}
		path = filepath.Dir(path)
	}
	return path
}

// install puts packages into a workspace's node_modules, as links.
func install(t testing.TB, root, from string, packages ...string) {
	t.Helper()
	dir := filepath.Join(root, "node_modules")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		if err := os.Symlink(filepath.Join(from, p), filepath.Join(dir, p)); err != nil {
			t.Fatal(err)
		}
	}
}

// A rowCase is an edit of a small workspace, and what is said of it.
type rowCase struct {
	name    string
	files   map[string]string
	unsaved map[string]string
	path    string
	target  string // part of the message of the error that is repaired
	old     string // which text the edit replaces, and by what
	new     string
	asked   bool
	want    Verdict
	cause   Cause
	reason  string // part of it
	// uncovered is how many errors a cured one hid.
	uncovered int
	// given is the error, where no checker could say it.
	given analysis.Diagnostic
	// prepare changes the workspace before.
	prepare   func(t testing.TB, root string)
	untrusted bool
	// once asks also without private servers.
	once bool
}

// testRow judges the edits of cases, with private servers and some without.
func testRow(t *testing.T, row Row, language string, prepare func(t testing.TB, root string), cases []rowCase) {
	t.Helper()
	if !everyCase {
		cases = cases[:min(len(cases), 4)] // cured, still there, something new, and one more
	}
	for _, servers := range []bool{true, false} {
		s := New(Options{Rows: []Row{row}, Servers: servers})
		t.Cleanup(s.Close)
		for _, c := range cases {
			if !servers && !c.once {
				continue
			}
			t.Run(fmt.Sprintf("servers=%v/%s", servers, c.name), func(t *testing.T) {
				judgeCase(t, s, language, prepare, c)
			})
		}
	}
}

func judgeCase(t *testing.T, s *Set, language string, prepare func(t testing.TB, root string), c rowCase) {
	t.Helper()
	root := write(t, c.files)
	if c.prepare != nil {
		c.prepare(t, root)
	} else if prepare != nil {
		prepare(t, root)
	}
	path := filepath.Join(root, filepath.FromSlash(c.path))
	text := c.files[c.path]
	i := strings.Index(text, c.old)
	if i < 0 {
		t.Fatalf("%q is not in the text", c.old)
	}
	e := Edit{
		Root: root, Path: path, Language: language, Text: text, Overlay: map[string]string{}, Asked: c.asked, Target: c.given,
		Edits: []analysis.Edit{{Span: analysis.Span{Start: i, End: i + len(c.old)}, New: c.new}},
	}
	for name, text := range c.unsaved {
		e.Overlay[filepath.Join(root, filepath.FromSlash(name))] = text
	}
	if c.given.Message == "" {
		e.Target = said(t, s, &e, c.target)
	}
	j := s.Judge(context.Background(), e, !c.untrusted)
	if j.Verdict != c.want || j.Cause != c.cause || !strings.Contains(j.Reason, c.reason) {
		t.Fatalf("%v (%s) %q, want %v (%s) %q", j.Verdict, j.Cause, j.Reason, c.want, c.cause, c.reason)
	}
	if len(j.Uncovered) != c.uncovered {
		t.Errorf("uncovered %v, want %d", j.Uncovered, c.uncovered)
	}
	if again := s.Judge(context.Background(), e, !c.untrusted); again.Verdict != j.Verdict || again.Reason != j.Reason {
		t.Errorf("the second time: %v %q", again.Verdict, again.Reason)
	}
}

// said is the error of an edit's text that a checker says, by a part of its
// message.
func said(t testing.TB, s *Set, e *Edit, message string) analysis.Diagnostic {
	t.Helper()
	reports, err := s.Check(context.Background(), e.Language, Request{Root: e.Root, Overlay: e.overlay(e.Text), Scope: []string{e.Path}, Trusted: true})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, r := range reports {
		if r.Err != nil {
			t.Fatal(r.Tool, r.Err)
		}
		for _, f := range r.Findings {
			if f.Path == e.Path && strings.Contains(f.Message, message) {
				return f.Diagnostic
			}
			list = append(list, f.Message)
		}
	}
	t.Fatalf("no checker says %q, but %q", message, list)
	return analysis.Diagnostic{}
}

// testRecorded holds that what an editor's server was recorded to say of a
// folder of analysis/identity is among what a row says of it: the same identity
// at the same place. What only the server says is returned. Of a row that is
// named "loose", length and severity are not compared.
func testRecorded(t *testing.T, row Row, language, dir, recordedBy string, prepare func(t testing.TB, root string)) (only map[string]bool) {
	t.Helper()
	source := filepath.Join("..", "identity", "testdata")
	files := map[string]string{}
	err := filepath.WalkDir(filepath.Join(source, dir), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(filepath.Join(source, dir), name)
		text, err := os.ReadFile(name)
		files[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(source, "recorded", recordedBy))
	if err != nil {
		t.Fatal(err)
	}
	var recorded map[string][]recordedDiagnostic
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	root := write(t, files)
	if prepare != nil {
		prepare(t, root)
	}
	s := New(Options{Rows: []Row{row}, Servers: true})
	t.Cleanup(s.Close)
	only = map[string]bool{}
	for _, name := range slices.Sorted(mapsKeys(recorded)) {
		path := filepath.Join(root, filepath.FromSlash(name))
		reports, err := s.Check(context.Background(), language, Request{Root: root, Scope: []string{path}, Trusted: true})
		if err != nil || reports[0].Err != nil {
			t.Fatal(name, err, reports)
		}
		list := place(language, reports[0].Findings, newTexts(map[string]string{path: files[name]}))
		lines := textedit.NewLines(files[name])
		for _, r := range recorded[name] {
			from, _ := lines.Offset(r.Range.Start.Line, r.Range.Start.Character, textedit.UTF16)
			to, _ := lines.Offset(r.Range.End.Line, r.Range.End.Character, textedit.UTF16)
			d := analysis.Diagnostic{Source: r.Source, Message: r.Message, Severity: analysis.Severity(r.Severity), Span: analysis.Span{Start: from, End: to}}
			if r.Code != nil {
				d.Code = fmt.Sprint(r.Code)
			}
			id, _ := identity.Of(language, d)
			i := find(list, path, id.Key(), d, lines)
			switch {
			case i < 0:
				only[fmt.Sprintf("%s:%d %s %q", name, r.Range.Start.Line+1, d.Code, r.Message)] = true
			case row.Name == "loose":
			case list[i].Span != d.Span || list[i].Severity != d.Severity || list[i].Message != d.Message || !slices.Contains(row.Sources, strings.ToLower(r.Source)):
				t.Errorf("%s: the server says %+v, and we say %+v", name, d, list[i].Diagnostic)
			}
		}
	}
	return only
}
