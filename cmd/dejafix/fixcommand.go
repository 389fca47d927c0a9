package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/identity"
	printed "github.com/dejafix/dejafix/analysis/report"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/repair"
)

const (
	// commandTime is how long one run of --check may take: a cold build of a
	// large module takes two to three minutes on two cores.
	commandTime = 10 * time.Minute
	// The most that is copied, in files and bytes: what git handles without
	// pauses, and what a temporary folder in memory has room for.
	copyFiles = 200_000
	copyBytes = 1 << 30
	// copyIgnored is the largest file copied of those that git ignores: generated
	// sources are smaller, and what is larger is no source.
	copyIgnored = 4 << 20
	// answersKept is how many answers of the command are kept: those for the
	// present texts, and for the candidates of one error.
	answersKept = 8
)

// A command is the checker that --check names. It runs in a copy of the
// workspace, which gets the texts that are asked about: the user's own files
// are never given to it. What it writes into the copy is taken away before the
// next run, so that each begins with the sources alone.
type command struct {
	line    string
	tree    *fixTree
	sources map[string]*source
	set     *check.Set
	copy    string // the copy's root
	dir     string // in the copy, where it runs
	top     string // above copy

	mu      sync.Mutex // a copy has one text at a time
	runner  *check.Runner
	files   map[string]stamp // in the copy, by path in it
	texts   map[string]string
	answers map[analysis.Digest]answer
	order   []analysis.Digest
}

// A stamp tells whether a file of the copy was changed by the command.
type stamp struct {
	size int64
	time time.Time
}

// An answer is what one run said.
type answer struct {
	found repair.Found
	res   check.Result
	err   error
	clean bool // by the command's own word, whatever it warns of
}

var _ fixChecker = (*command)(nil)

// newCommand copies the workspace. dir is where the command runs, in the user's
// workspace.
func newCommand(ctx context.Context, a *app, line string, tree *fixTree, sources map[string]*source, dir string) (c *command, err error) {
	sweepCopies(a.clock())
	top, err := os.MkdirTemp("", copyPrefix)
	if err != nil {
		return nil, problemf("make room there, or set TMPDIR", "no temporary folder for a copy of the workspace: %w", err)
	}
	if top, err = filepath.EvalSymlinks(top); err != nil {
		return nil, err
	}
	c = &command{
		line: line, tree: tree, sources: sources, top: top,
		// A name of its own, since tools print it.
		copy:  filepath.Join(top, filepath.Base(tree.root)),
		files: map[string]stamp{}, texts: map[string]string{}, answers: map[analysis.Digest]answer{},
	}
	c.dir = c.in(dir)
	languages := map[string]bool{}
	for _, s := range sources {
		languages[s.language] = true
	}
	c.set = check.New(check.Options{
		Rows: []check.Row{{
			Name: "command", Languages: slices.Sorted(maps.Keys(languages)), Covers: check.PhaseLint,
			New: func(e check.Env) check.Checker {
				c.runner = e.Runner
				return c
			},
		}},
		Logger: a.logger(), Clock: a.clock, Class: classOf, Timeout: commandTime,
	})
	if err := c.copyAll(ctx); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// copyPrefix starts the names of the folders that copies are in.
const copyPrefix = "dejafix-fix-"

// sweepCopies takes away the copies of processes that were killed a day ago: no
// run takes as long.
func sweepCopies(now time.Time) {
	names, err := filepath.Glob(filepath.Join(os.TempDir(), copyPrefix+"*"))
	if err != nil {
		return
	}
	for _, name := range names {
		if info, err := os.Lstat(name); err == nil && info.IsDir() && now.Sub(info.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(name) // another user's stays
		}
	}
}

// in is the place of a path in the copy, and out of it the reverse.
func (c *command) in(path string) string {
	rel, err := filepath.Rel(c.tree.root, path)
	if err != nil || !below(c.tree.root, path) {
		return path
	}
	return filepath.Join(c.copy, rel)
}

func (c *command) out(path string) string {
	if rel, err := filepath.Rel(c.copy, path); err == nil && below(c.copy, path) {
		return filepath.Join(c.tree.root, rel)
	}
	return path
}

// copyAll makes the copy: the files that git does not ignore, as they are on
// disk, with their times; of what it ignores the sources, and links to the
// folders of dependencies.
func (c *command) copyAll(ctx context.Context) error {
	own, ignored, err := c.tree.files(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.copy, 0o700); err != nil {
		return err
	}
	files, size := 0, int64(0)
	add := func(path string) error {
		info, err := os.Lstat(path)
		if err != nil {
			return nil //nolint:nilerr // gone meanwhile
		}
		files, size = files+1, size+info.Size()
		if files > copyFiles || size > copyBytes {
			return problemf("run it in a smaller workspace, or without --check", "the workspace is too large to be copied for %q (over %d files or %d MB)", c.line, copyFiles, copyBytes>>20)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return c.copyOne(path, info)
	}
	for _, path := range own {
		if err := add(path); err != nil {
			return err
		}
	}
	for _, path := range ignored {
		info, err := os.Lstat(path)
		if err != nil || filepath.Base(path) == ".git" {
			continue
		}
		if !info.IsDir() {
			if identity.LanguageOf(path) != "" && info.Size() <= copyIgnored {
				if err := add(path); err != nil {
					return err
				}
			}
			continue
		}
		err = filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil //nolint:nilerr // what cannot be read is not copied
			case d.IsDir() && dependencyDirs[d.Name()] || d.Type()&fs.ModeSymlink != 0:
				if err := os.MkdirAll(filepath.Dir(c.in(path)), 0o700); err != nil { //nolint:gosec // a folder of ours
					return err
				}
				if err := os.Symlink(path, c.in(path)); err != nil { //nolint:gosec // a folder of ours
					return err
				}
				if d.IsDir() {
					return filepath.SkipDir
				}
				return nil
			case d.IsDir() && (outputDirs[d.Name()] || strings.HasPrefix(d.Name(), ".")):
				return filepath.SkipDir
			case d.Type().IsRegular() && identity.LanguageOf(path) != "":
				if info, err := d.Info(); err == nil && info.Size() <= copyIgnored {
					return add(path)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *command) copyOne(path string, info os.FileInfo) error {
	to := c.in(path)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(path)
		if err != nil {
			return nil // gone meanwhile
		}
		if filepath.IsAbs(target) {
			target = c.in(target)
		}
		return os.Symlink(target, to)
	case !info.Mode().IsRegular():
		return nil
	}
	// A copy and no hard link: the command may write into it.
	from, err := os.Open(path)
	if err != nil {
		return problemf("make it readable, or run without --check", "%w", err)
	}
	defer from.Close()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, info.Mode().Perm()|0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Chtimes(to, info.ModTime(), info.ModTime()); err != nil {
		return err
	}
	return c.note(to)
}

// note remembers what a file of the copy looks like.
func (c *command) note(path string) error {
	info, err := os.Lstat(path)
	if err == nil {
		c.files[path] = stamp{info.Size(), info.ModTime()}
	}
	return err
}

// put gives the copy the texts; files without one have that of their source.
func (c *command) put(texts map[string]string) error {
	want := map[string]string{}
	for path, text := range texts {
		if s := c.sources[path]; s != nil && text != s.text {
			want[path] = text
		}
	}
	for path := range c.texts {
		if _, ok := want[path]; !ok {
			want[path] = c.sources[path].text
		}
	}
	for path, text := range want {
		if c.texts[path] == text {
			continue
		}
		if err := os.WriteFile(c.in(path), c.sources[path].encoded(text), 0o600); err != nil { // keeps its mode
			return err
		}
		if err := c.note(c.in(path)); err != nil {
			return err
		}
		c.texts[path] = text
		if text == c.sources[path].text {
			delete(c.texts, path)
		}
	}
	return nil
}

// tidy takes away what the command left in the copy. It returns the first file
// of the workspace that the command changed or removed, "" for none.
func (c *command) tidy() (changed string, err error) {
	seen := 0
	err = filepath.WalkDir(c.copy, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() || d.Type()&fs.ModeSymlink != 0 {
			return nil
		}
		was, ok := c.files[path]
		if !ok {
			return os.Remove(path) //nolint:gosec // a folder of ours
		}
		seen++
		if info, err := d.Info(); err != nil || info.Size() != was.size || !info.ModTime().Equal(was.time) {
			changed = path
		}
		return nil
	})
	if err == nil && seen < len(c.files) && changed == "" {
		for path := range c.files {
			if _, err := os.Lstat(path); err != nil {
				changed = path
			}
		}
	}
	return changed, err
}

// Check runs the command over the overlay, for check.Set.
func (c *command) Check(ctx context.Context, r check.Request) (check.Result, error) {
	a := c.ask(ctx, r.Overlay)
	return a.res, a.err
}

// ask runs the command over texts, unless the answer is known.
func (c *command) ask(ctx context.Context, texts map[string]string) answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		if s := c.sources[path]; s != nil && s.text != texts[path] {
			fmt.Fprintf(&b, "%q %s\n", path, analysis.DigestOf(texts[path]))
		}
	}
	key := analysis.DigestOf(b.String())
	if a, ok := c.answers[key]; ok {
		return a
	}
	a := c.run(ctx, texts)
	if ctx.Err() == nil {
		c.answers[key] = a
		if c.order = append(c.order, key); len(c.order) > answersKept {
			delete(c.answers, c.order[0])
			c.order = c.order[1:]
		}
	}
	return a
}

func (c *command) run(ctx context.Context, texts map[string]string) (a answer) {
	if a.err = c.put(texts); a.err != nil {
		return a
	}
	shell := []string{"/bin/sh", "-c", c.line}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd.exe", "/d", "/s", "/c", c.line}
	}
	// The Go compiler ends after ten errors unless it is told otherwise.
	flags := strings.TrimSpace(c.runner.Getenv("GOFLAGS") + " -gcflags=-e")
	out, err := c.runner.Run(ctx, check.Command{Args: shell, Dir: c.dir, Timeout: commandTime, Env: []string{"GOFLAGS=" + flags}})
	if err != nil {
		a.err = err
		return a
	}
	changed, err := c.tidy()
	switch {
	case err != nil:
		a.err = err
		return a
	case changed != "":
		a.err = &check.Unknown{Cause: check.CauseFailed, Reason: fmt.Sprintf("%q changes %s: name a command that only checks", c.line, c.tree.name(c.out(changed)))}
		return a
	}
	r := printed.Parse(out.Stdout, out.Stderr)
	if out.Exit != 0 && len(r.Findings) == 0 {
		a.err = &check.Unknown{Cause: check.CauseFailed, Reason: fmt.Sprintf("%q ended with %d and printed nothing that was understood%s: "+
			"it ran in a copy without .git, offline; name one that prints errors as go, tsc, eslint, pyright, ruff or gcc do, or as SARIF", c.line, out.Exit, excerpt(out))}
		return a
	}
	a.res = check.Result{Tool: c.line, Complete: true, Phase: check.PhaseLint, Inputs: check.Inputs{Extra: c.line}}
	a.clean = out.Exit == 0
	if r.Cut != "" {
		a.res.Complete, a.res.Why = false, fmt.Sprintf("%q did not name all errors (%s): have it print all", c.line, strings.TrimSpace(r.Cut))
		a.found.Doubts = append(a.found.Doubts, a.res.Why)
	}
	for _, f := range r.Findings {
		if x, ok := c.finding(f); ok {
			a.res.Phase = min(a.res.Phase, x.Phase)
			a.res.Findings = append(a.res.Findings, x)
		}
	}
	a.found.Findings = a.res.Findings
	return a
}

// excerpt is the first line that says something.
func excerpt(out check.Output) string {
	for line := range strings.Lines(out.Stderr + "\n" + out.Stdout) {
		if line = strings.TrimSpace(line); line != "" {
			const most = 200 // a sentence
			if len(line) > most {
				line = line[:most] + "…"
			}
			return fmt.Sprintf(" (%s)", line)
		}
	}
	return ""
}

// finding places what the command said. Paths are relative to where it ran, or
// to where make was.
func (c *command) finding(f printed.Finding) (check.Finding, bool) {
	path := filepath.FromSlash(f.File)
	if !filepath.IsAbs(path) {
		at := c.dir
		if filepath.IsAbs(f.Dir) {
			at = f.Dir
		}
		path = filepath.Join(at, path)
		if !exists(path) {
			if p := filepath.Join(c.copy, filepath.FromSlash(f.File)); exists(p) {
				path = p
			}
		}
	}
	x := check.Finding{Path: c.out(path), Diagnostic: f.Diagnostic, Phase: phaseOf(f)}
	language := f.Language
	var text string
	if s := c.sources[x.Path]; s != nil {
		language = s.language
		text = s.text
		if t, ok := c.texts[x.Path]; ok {
			text = t
		}
	} else if b, err := os.ReadFile(path); err == nil {
		text = string(bytes.TrimPrefix(b, []byte(byteOrderMark)))
	} else {
		return x, false
	}
	x.Span, x.NoSpan = analysis.Span{}, true
	if span, ok := f.Place.Span(textedit.NewLines(text), language, f.Diagnostic); ok {
		x.Span, x.NoSpan = span, false
	}
	return x, true
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// compilers resolve names and check types; what they say hides what linters
// would.
var compilers = []string{"go build", "go vet", "tsc", "pyright", "mypy", "rustc", ""}

// phaseOf is the phase that a diagnostic is of, as far as its words tell.
func phaseOf(f printed.Finding) check.Phase {
	id, _ := identity.Of(f.Language, f.Diagnostic)
	switch {
	case identity.Syntax(id):
		return check.PhaseParse
	case id.Language == "go" && id.Rule != "" && strings.ToUpper(id.Rule[:1]) != id.Rule[:1]:
		return check.PhaseLint // the analyzers of vet have lower case names, the errors of go/types have not
	case slices.Contains(compilers, f.Diagnostic.Source):
		return check.PhaseTypes
	}
	return check.PhaseLint
}

// Find runs the command.
func (c *command) Find(ctx context.Context, texts map[string]string) (repair.Found, error) {
	if c.runner == nil {
		// The set makes its runner known when it is first asked.
		for _, language := range c.languages() {
			_, _ = c.set.Check(ctx, language, check.Request{Root: c.tree.root, Overlay: texts, Trusted: true})
			break
		}
	}
	a := c.ask(ctx, texts)
	if a.err != nil {
		return a.found, problemf("--help says more", "%w", a.err)
	}
	return a.found, nil
}

// content reports whether the command ends with 0 for texts.
func (c *command) content(ctx context.Context, texts map[string]string) bool {
	a := c.ask(ctx, texts)
	return a.err == nil && a.clean
}

func (c *command) languages() []string {
	var out []string
	for _, s := range c.sources {
		out = append(out, s.language)
	}
	return out
}

// Judge judges by the command.
func (c *command) Judge(ctx context.Context, e check.Edit) check.Judgement {
	j := c.set.Judge(ctx, e, true)
	if j.Cause == check.CauseNotReported {
		j.Reason = fmt.Sprintf("%q does not report this error again", c.line)
	}
	return j
}

func (c *command) tools() []string { return []string{c.line} }
func (c *command) looked() int     { return 0 }

func (c *command) close() {
	c.set.Close()
	_ = os.RemoveAll(c.top) // the system clears what is left
}
