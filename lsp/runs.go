package lsp

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/report"
	"github.com/dejafix/dejafix/analysis/trace"
	"github.com/dejafix/dejafix/lsp/watch"
)

const (
	// maxFailures bounds the failures that one run adds: a person looks at the
	// first few.
	maxFailures = 200
	// maxTreeFiles bounds the files of a workspace that are looked through for
	// those that a trace names; the oldest folders of large monorepos have more.
	maxTreeFiles = 50_000
	// maxFailureMessage is the length of a message, in bytes.
	maxFailureMessage = 500
)

// A printed is what a command printed, to the end.
type printed struct {
	command  string
	root     string // absolute folder of the workspace
	cwd      string // "" when it is not known
	exitCode *int
	text     string
	trace    *analysis.Trace // in place of a text: of a debugger
}

// A ran is what a run of tests or of a program said.
type ran struct {
	command  string
	cases    map[string]bool // tests that it named, by failure.test
	packages map[string]bool // that it said something of
	clean    bool            // it ended well
	failures []failure
}

// A failure is a test that failed or a program that died, at the line of the
// user's own code where it did.
type failure struct {
	test    string // "" for a program
	group   string // package, file or class of the test
	command string
	code    string // type of the exception, "failed" for an assertion without one
	message string
	advice  string // what the code did not provide for, a sentence; "" for none
	path    string // absolute
	line    int    // from 0
	chain   []step // calls in the workspace above it, most recent first
}

// A step is one call on the way to a failure.
type step struct {
	name string
	path string // absolute
	line int    // from 0
}

// ends reports whether r says that f is over: its test ran and is not among those
// that failed, or all ran that ran when it failed.
func (r *ran) ends(f failure) bool {
	same := r.command == f.command
	if f.test == "" {
		return same
	}
	return r.cases[f.test] || r.packages[f.group] || same && r.clean
}

// read reads what a command printed. It asks the disk for the workspace's files
// only where something failed.
func (p printed) read() ran {
	if p.trace != nil {
		out := ran{command: p.command}
		if f, ok := p.died(*p.trace, &tree{root: p.root}); ok {
			out.failures = append(out.failures, f)
		}
		return out
	}
	run := report.ReadRun(strings.NewReader(p.text), report.Options{Command: strings.Fields(p.command)})
	out := ran{
		command: p.command, cases: map[string]bool{}, packages: map[string]bool{},
		clean: p.exitCode != nil && *p.exitCode == 0,
	}
	for _, name := range run.Packages {
		out.packages[name] = true
	}
	files := &tree{root: p.root}
	for i := range run.Cases {
		c := &run.Cases[i]
		id := c.Package + "\x00" + c.Name
		out.cases[id] = true
		if c.Failed() && (c.Name == "" || c.Error) {
			delete(out.packages, c.Package) // not all of its tests ran
		}
		if !c.Failed() || c.Flaky || len(out.failures) == maxFailures {
			continue
		}
		if f, ok := p.failed(c, files); ok {
			f.test, f.group = id, c.Package
			out.failures = append(out.failures, f)
		}
	}
	if len(run.Cases) > 0 || out.clean {
		return out
	}
	for _, t := range trace.Find(p.text) {
		if f, ok := p.died(t, files); ok && len(out.failures) < maxFailures {
			out.failures = append(out.failures, f)
		}
	}
	return out
}

// failed is the failure of a test: at the call of its trace that is the user's
// own, else where the tool says.
func (p printed) failed(c *analysis.TestCase, files *tree) (failure, bool) {
	for _, t := range trace.Find(c.Output) {
		if f, ok := p.died(t, files); ok {
			return f, true
		}
	}
	file, line, message := c.File, c.Line, c.Message
	if file == "" || line < 1 {
		m := pointed.FindStringSubmatch(c.Output)
		if m == nil {
			return failure{}, false
		}
		file, message = m[1], m[3]
		line, _ = strconv.Atoi(m[2]) // too long a number is no line
	}
	return p.died(analysis.Trace{
		Language: identity.LanguageOf(file), Message: cmp.Or(message, c.Message, "the test failed"),
		Frames: []analysis.Frame{{Function: c.Name, File: file, Line: line}},
	}, files)
}

// pointed is how test libraries that print no trace point at an assertion:
// "    price_test.go:4: wrong".
var pointed = regexp.MustCompile(`(?m)^\s*([^\s:]+\.[a-zA-Z]+):(\d+):(?:\d+:)? *(.*)$`)

// died is the failure that a trace tells of; false where none of its calls is the
// user's own.
func (p printed) died(t analysis.Trace, files *tree) (failure, bool) {
	trace.Locate(&t, files)
	at := &t
	frames := t.Frames
	if root, i := trace.FailurePoint(&t); i >= 0 {
		at, frames = root, root.Frames[i:]
	}
	var steps []step
	for _, f := range frames {
		path := p.find(f, files)
		if path == "" || f.Line < 1 {
			continue
		}
		steps = append(steps, step{f.Function, path, f.Line - 1})
	}
	if len(steps) == 0 {
		return failure{}, false
	}
	message, _, _ := strings.Cut(strings.TrimSpace(at.Message), "\n")
	if len(message) > maxFailureMessage {
		message = strings.ToValidUTF8(message[:maxFailureMessage], "")
	}
	f := failure{
		command: p.command, code: cmp.Or(at.Type, "failed"), message: cmp.Or(message, at.Type, "failed"),
		path: steps[0].path, line: steps[0].line, chain: steps[1:],
	}
	trace.Analyse(at, trace.Known{Line: files.line})
	if len(at.Issues) > 0 {
		f.advice = at.Issues[0].Fix
	}
	return f, true
}

// find is the file of a frame in the workspace, "" when it is not the user's own.
func (p printed) find(f analysis.Frame, files *tree) string {
	if f.Path != "" && f.InApp {
		return filepath.Join(p.root, filepath.FromSlash(f.Path))
	}
	if f.File == "" || filepath.IsAbs(f.File) || p.cwd == "" {
		return ""
	}
	// A name that several folders have is the one below the command's own.
	path := filepath.Join(p.cwd, filepath.FromSlash(f.File))
	rel, err := filepath.Rel(p.root, path)
	if err != nil || !holds(p.root, path) || !slices.Contains(files.Named(filepath.Base(path)), filepath.ToSlash(rel)) {
		return ""
	}
	return path
}

// A tree is the files of a workspace by their last name, read when first asked.
type tree struct {
	root  string
	named map[string][]string // slash paths relative to root
}

var _ trace.Files = (*tree)(nil)

// Named returns the files with a last name.
func (t *tree) Named(base string) []string {
	if t.named == nil {
		t.named = map[string][]string{}
		t.walk()
	}
	return t.named[base]
}

func (t *tree) walk() {
	left := maxTreeFiles
	_ = filepath.WalkDir(t.root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil && e != nil && e.IsDir():
			return fs.SkipDir
		case err != nil:
			return nil //nolint:nilerr // one that cannot be read is left out
		case e.IsDir():
			if path != t.root && watch.Foreign(e.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if left--; left < 0 {
			return fs.SkipAll
		}
		if rel, err := filepath.Rel(t.root, path); err == nil {
			t.named[e.Name()] = append(t.named[e.Name()], filepath.ToSlash(rel))
		}
		return nil
	})
}

// line is the text of a frame's line, "" where its file is not in the workspace.
func (t *tree) line(f *analysis.Frame) string {
	if f.Path == "" || f.Line < 1 {
		return ""
	}
	text := t.Text(f.Path)
	for n := 1; n < f.Line && text != ""; n++ {
		_, text, _ = strings.Cut(text, "\n")
	}
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// Text returns a file's text, "" for one that is too large or not there.
func (t *tree) Text(name string) string {
	path := filepath.Join(t.root, filepath.FromSlash(name))
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Size() > maxDiskFile {
		return ""
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(text)
}
