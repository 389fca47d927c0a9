package lsp

import (
	"cmp"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

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
	via      string // where it was seen: a kind of output, "debugger", "report"
	root     string // absolute folder of the workspace
	cwd      string // "" when it is not known
	exitCode *int
	text     string
	trace    *analysis.Trace // in place of a text: of a debugger
	run      *report.Run     // in place of reading the text for tests
	begun    time.Time       // zero when it is not known
	ended    time.Time       // when it ended, where that was not just now: what changed since is not shown

	// What session.read adds.
	at      time.Time // when it ended
	awaited bool      // a program that failed when this command ran it before
	exclude []string  // files in which nothing is attached or remembered
	// passing is the code of the workspace when all passed last, nil for unknown.
	passing func() *analysis.Passing
}

// A ran is what a run of tests or of a program said.
type ran struct {
	command  string
	cases    map[string]bool // tests that it named, by failure.test
	packages map[string]bool // that it said something of
	clean    bool            // it ended well
	tests    int             // how many it counted, where all that it did not name passed; 0 where it does not say
	failures []failure
	events   []analysis.Event // for the learner
}

// A failure is a test that failed or a program that died, at the line of the
// user's own code where it did.
type failure struct {
	id       analysis.FailureID
	test     string // "" for a program
	group    string // package, file or class of the test
	commands []string
	of       int // how many tests the run counted that it failed in; 0 where it does not say
	via      string
	root     string
	code     string // type of the exception, "failed" for an assertion without one
	message  string
	advice   string // what the code did not provide for, a sentence; "" for none
	path     string // absolute
	line     int    // from 0
	chain    []step // calls in the workspace above it, most recent first
	trace    *analysis.Trace
}

// A step is one call on the way to a failure.
type step struct {
	name string
	path string // absolute
	line int    // from 0
}

// ends reports whether r says that f is over: its test ran and is not among those
// that failed, or all ran that ran when it failed. Those that still fail come
// with r again.
func (r *ran) ends(f failure) bool {
	same := slices.Contains(f.commands, r.command)
	if f.test == "" {
		return same
	}
	return r.cases[f.test] || r.packages[f.group] || same && (r.clean || f.of > 0 && r.tests >= f.of)
}

// stopped is how tools say that they left tests out once some failed: pytest -x,
// jest --bail, vitest --bail, mocha --bail; go test -failfast names what ran.
var stopped = regexp.MustCompile(`(?mi)stopping after \d+ failure|^Interrupted: |\bbail(?:ed|ing)? out|Test run was interrupted`)

// stoppedWithin is in how much of the end of an output that is looked for, in
// bytes: tools say it last, below what failed.
const stoppedWithin = 16 << 10

// maxKeptFrames is how many calls are kept of a failure that is shown: as many as
// a hover could list.
const maxKeptFrames = 50

// read reads what a command printed. It looks at the disk only where tests ran,
// something failed, or what failed before ran well.
func (p printed) read(ctx context.Context) ran {
	files := &tree{ctx: ctx, root: p.root, began: p.passing}
	if p.trace != nil {
		out := ran{command: p.command}
		if f, ok := p.died(*p.trace, files); ok {
			f.id.Test = analysis.TestKey("", "", p.command)
			out.failures = append(out.failures, f)
			out.events = append(out.events, p.event(f, files))
		}
		return out
	}
	run := p.tests()
	out := ran{
		command: p.command, cases: map[string]bool{}, packages: map[string]bool{},
		clean: p.exitCode != nil && *p.exitCode == 0,
	}
	for _, name := range run.Packages {
		out.packages[name] = true
	}
	early := stopped.MatchString(p.text[max(0, len(p.text)-stoppedWithin):])
	if run.Unlisted && run.Broken == 0 && !early {
		out.tests = run.Total()
	}
	failing := map[string]bool{} // packages
	for i := range run.Cases {
		c := &run.Cases[i]
		id := c.Package + "\x00" + c.Name
		out.cases[id] = true
		if c.Failed() && (c.Name == "" || c.Error || early) {
			delete(out.packages, c.Package) // not all of its tests ran
		}
		failing[c.Package] = failing[c.Package] || c.Failed() || c.Flaky
		if c.Failed() || c.Flaky {
			c.Trace = nil
		}
		if !c.Failed() && !c.Flaky || len(out.failures) == maxFailures {
			continue
		}
		f, ok := p.failed(c, files)
		if !ok {
			continue
		}
		c.Trace = f.trace
		if c.Flaky {
			continue // it passed: nothing is shown
		}
		f.test, f.group, f.of = id, c.Package, run.Total()
		f.id.Test = analysis.TestKey(c.Package, c.Name, p.command)
		out.failures = append(out.failures, f)
	}
	if len(run.Cases) > 0 || len(run.Packages) > 0 || run.Total() > 0 {
		out.events = append(out.events, p.tested(&run, failing, out.clean, early, files))
		return out
	}
	if out.clean {
		if p.awaited {
			out.events = append(out.events, p.tested(&run, failing, true, early, files))
		}
		return out
	}
	for _, t := range trace.Find(p.text) {
		if f, ok := p.died(t, files); ok && len(out.failures) < maxFailures {
			f.id.Test = analysis.TestKey("", "", p.command)
			out.failures = append(out.failures, f)
			out.events = append(out.events, p.event(f, files))
		}
	}
	return out
}

// tests are the tests of what was printed.
func (p printed) tests() report.Run {
	if p.run != nil {
		return *p.run
	}
	return report.ReadRun(strings.NewReader(p.text), report.Options{Command: strings.Fields(p.command)})
}

// event is a program that died, as the learner takes it.
func (p printed) event(f failure, files *tree) analysis.Failed {
	return analysis.Failed{
		Root: p.root, Via: p.via, Command: p.command, Trace: *f.trace, Code: files.state().digest(p.begun), Time: p.at,
	}
}

// tested is a run as the learner takes it. What tests printed stays here.
func (p printed) tested(run *report.Run, failing map[string]bool, clean, early bool, files *tree) analysis.Tested {
	e := analysis.Tested{Root: p.root, Via: p.via, Run: run.TestRun, Time: p.at}
	e.Run.Command = p.command
	// What is not named did not pass where not all ran.
	e.Run.Unlisted = run.Unlisted && run.Broken == 0 && !early
	e.Run.Cases = make([]analysis.TestCase, 0, len(run.Cases))
	var took time.Duration
	for _, c := range run.Cases {
		c.Output, c.Message = "", ""
		took += c.Elapsed
		e.Run.Cases = append(e.Run.Cases, c)
	}
	for _, name := range run.Packages {
		if !failing[name] {
			e.Packages = append(e.Packages, name)
		}
	}
	begun := p.begun
	if begun.IsZero() && took > 0 {
		begun = p.at.Add(-took)
	}
	e.Code = files.state().digest(begun)
	if clean && e.Code != "" {
		e.Passing = files.passing(e.Code, p.at)
	}
	return e
}

// failed is the failure of a test: at the call of its trace that is the user's
// own, else where the tool says.
func (p printed) failed(c *analysis.TestCase, files *tree) (failure, bool) {
	found := trace.Find(c.Output)
	if len(found) == 0 {
		// pytest names the test in a line of its own, by which its form is known.
		found = trace.Find("____ " + c.Name + " ____\n" + c.Output)
	}
	for _, t := range found {
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
	if len(steps) == 0 || p.changed(steps[0].path) || watch.Hidden("file", steps[0].path, p.root, "", p.exclude) != "" {
		return failure{}, false
	}
	message, _, _ := strings.Cut(strings.TrimSpace(at.Message), "\n")
	if len(message) > maxFailureMessage {
		message = strings.ToValidUTF8(message[:maxFailureMessage], "")
	}
	trace.Analyse(&t, files.known())
	f := failure{
		id: analysis.FailureID{Print: t.Fingerprint}, commands: []string{p.command}, via: p.via, root: p.root,
		code: cmp.Or(at.Type, "failed"), message: cmp.Or(message, at.Type, "failed"),
		path: steps[0].path, line: steps[0].line, chain: steps[1:],
		trace: &analysis.Trace{
			Language: t.Language, Type: at.Type, Message: message, Frames: slices.Clone(frames[:min(len(frames), maxKeptFrames)]),
			Issues: t.Issues, Fingerprint: t.Fingerprint,
		},
	}
	if len(t.Issues) > 0 {
		f.advice = t.Issues[0].Fix
	}
	return f, true
}

// changed reports whether a file is another than the one that ran.
func (p printed) changed(path string) bool {
	if p.ended.IsZero() {
		return false
	}
	info, err := os.Stat(path)
	return err != nil || info.ModTime().After(p.ended)
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
	ctx   context.Context //nolint:containedctx // of the one reading that makes it
	root  string
	named map[string][]string // slash paths relative to root
	code  code
	// began gives the code when all passed last; asked once.
	began func() *analysis.Passing
	since *trace.Known
}

var _ trace.Rooted = (*tree)(nil)

// Root is where the files are.
func (t *tree) Root() string { return t.root }

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
			rel = filepath.ToSlash(rel)
			t.named[e.Name()] = append(t.named[e.Name()], rel)
			if info, err := e.Info(); err == nil {
				t.code.add(rel, info)
			}
		}
		return nil
	})
}

// state is what the files are.
func (t *tree) state() *code {
	t.Named("")
	return &t.code
}

// known is what is known of the code beyond a trace.
func (t *tree) known() trace.Known {
	if t.since == nil {
		k := trace.Known{}
		if t.began != nil {
			k = t.sincePassing(t.began())
		}
		k.Line = t.line
		t.since = &k
	}
	return *t.since
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
