package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/bug"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/learner"
	"github.com/dejafix/dejafix/learner/repair"
)

// What fix tells is what repair needs of a learner.
var _ repair.Learner = (*learner.Learner)(nil)

// fixOptions are the flags of fix.
type fixOptions struct {
	check       string
	sarif       string
	dryRun      bool
	interactive bool
	dirty       bool
}

func newFix(a *app) *cobra.Command {
	var o fixOptions
	cmd := &cobra.Command{
		Use:   "fix [PATH…]",
		Short: "Repair errors with what was learned and checked",
		Long: `fix asks the workspace's checkers what is wrong in PATH (default: the workspace of
the current folder), looks for learned repairs, tries each in a copy of the text, and
makes those after which the error is gone and nothing new is there. It repeats that
until nothing more can be done. Errors without a checked repair are left, and named.

Without --check the built-in checkers are asked: Go, TypeScript and JavaScript, eslint,
Python. With it, the command decides; what it prints must be lines as go, tsc, eslint,
pyright, ruff or gcc print them, their JSON, or SARIF. It runs in a copy of the
workspace without .git, and may not change files there.

Files that git ignores and generated ones are left out. The diff goes to standard
output, so that "dejafix fix --dry-run >my.patch" makes a patch; what else there is to
say to standard error.

It exits with 0 when nothing is left to repair, with 1 when something is, and with 2
when it could not do its work.`,
		Args: func(cmd *cobra.Command, _ []string) error {
			switch {
			case o.sarif == "-" && a.json:
				return usagef(cmd, "--json and --sarif - both want standard output")
			case o.dryRun && o.interactive:
				return usagef(cmd, "--dry-run and --interactive do not go together")
			case cmd.Flags().Changed("check") && strings.TrimSpace(o.check) == "":
				return usagef(cmd, "--check needs a command")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			left, err := a.fix(cmd.Context(), o, args)
			switch {
			case errors.Is(err, context.Canceled):
				fmt.Fprintln(a.err, "dejafix: stopped; every file is whole, old or new, and the same command can be run again")
				return exitError(exitUsage)
			case err != nil:
				fmt.Fprintf(a.err, "dejafix: %s\n", plain(withNext(err)))
				return exitError(exitUsage)
			case left:
				return exitError(exitFailed)
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.check, "check", "", "have `COMMAND` say what is wrong")
	flags.BoolVar(&o.dryRun, "dry-run", false, "show what would change, and write nothing")
	flags.BoolVarP(&o.interactive, "interactive", "i", false, "ask about each repair")
	flags.BoolVar(&o.dirty, "dirty", false, "also where there are changes that git does not have, and without git")
	flags.StringVar(&o.sarif, "sarif", "", "write what was found, with its fixes, to `FILE` as SARIF 2.1.0 (- for standard output)")
	if err := cmd.MarkFlagFilename("sarif", "sarif", "json"); err != nil {
		bug.Reportf("completion of --sarif: %v", err)
	}
	return cmd
}

// fix repairs, and reports whether something is left.
func (a *app) fix(ctx context.Context, o fixOptions, args []string) (left bool, err error) {
	if o.interactive && !terminal(a.in) {
		return false, problemf("run it there, or without --interactive", "--interactive asks on a terminal, and standard input is none")
	}
	tree, err := newFixTree(args)
	if err != nil {
		return false, err
	}
	if err := a.fixTrusted(ctx, tree); err != nil {
		return false, err
	}
	sources, alone, err := tree.sources(ctx)
	if err != nil {
		return false, err
	}
	if len(sources) == 0 {
		why := "there are no files in a language that dejafix knows"
		if len(alone) > 0 {
			why = fmt.Sprintf("%s is left alone: %s", tree.name(alone[0].Path), alone[0].Reason)
		}
		return false, problemf("name other files or folders", "nothing to look at: %s", why)
	}
	if !o.dryRun && !o.dirty {
		if err := tree.clean(ctx, sources); err != nil {
			return false, err
		}
	}

	st, err := a.openStore(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	l := learner.New(learner.Options{Store: st, Logger: a.logger(), Clock: a.clock, Version: version})
	defer func() { err = errors.Join(err, l.Close()) }()

	f := &fixing{a: a, o: o, tree: tree, sources: sources}
	for _, x := range alone {
		f.alone = append(f.alone, wire.LeftAlone{Path: tree.name(x.Path), Reason: x.Reason})
	}
	if o.check == "" {
		f.checker = newBuiltin(a, tree, sources)
	} else {
		dir, err := here(tree)
		if err != nil {
			return false, err
		}
		if f.checker, err = newCommand(ctx, a, o.check, tree, sources, dir); err != nil {
			return false, err
		}
	}
	defer f.checker.close()
	return f.run(ctx, l)
}

// here is the current folder where it lies in the workspace, else its root.
func here(tree *fixTree) (string, error) {
	dir, err := filepath.Abs(".")
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil || below(tree.root, dir) {
		return dir, err
	}
	return tree.root, nil
}

// fixTrusted is a problem unless commands of the workspace may run.
func (a *app) fixTrusted(ctx context.Context, tree *fixTree) error {
	not := func(dir string) error {
		return problemf(fmt.Sprintf("if you know where it comes from, `dejafix trust %s` lets them", dir),
			"checkers run code of the workspace, and %s is not trusted", dir)
	}
	st, err := a.readStore(ctx)
	if err != nil {
		if _, gone := os.Stat(a.storePath); a.storePath != "" && gone != nil {
			return not(tree.root)
		}
		return err
	}
	if st == nil {
		return not(tree.root)
	}
	defer st.Close()
	for _, dir := range append([]string{tree.root}, tree.paths...) {
		if info, err := os.Stat(dir); err == nil && !info.IsDir() {
			dir = filepath.Dir(dir)
		}
		trusted, err := st.Trusted(ctx, dir)
		if err != nil {
			return err
		}
		if !trusted {
			return not(dir)
		}
	}
	return nil
}

// notSource is a file that is left alone.
type notSource struct{ Path, Reason string }

// sources reads the files that fix was asked about.
func (t *fixTree) sources(ctx context.Context) (map[string]*source, []notSource, error) {
	own, _, err := t.files(ctx)
	if err != nil {
		return nil, nil, err
	}
	sources := map[string]*source{}
	var alone []notSource
	for _, path := range own {
		if !t.asked(path) || !t.built(path) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		s, why, err := readSource(t.root, path)
		switch {
		case err != nil:
		case s != nil:
			sources[path] = s
		// What is none of ours goes without saying, unless it was named.
		case strings.HasPrefix(why, "it ") || why != "" && slices.Contains(t.paths, path):
			alone = append(alone, notSource{path, why})
		}
	}
	return sources, alone, nil
}

// built reports whether a file is one that its tools look at by themselves: the
// go command passes over some folders unless they are named.
func (t *fixTree) built(path string) bool {
	if !strings.HasSuffix(path, ".go") {
		return true
	}
	return slices.ContainsFunc(t.paths, func(p string) bool {
		rel, err := filepath.Rel(p, filepath.Dir(path))
		if err != nil || !below(p, path) {
			return false
		}
		return rel == "." || p == path || !slices.ContainsFunc(strings.Split(filepath.ToSlash(rel), "/"), func(part string) bool {
			return part == "testdata" || part == "vendor" || strings.HasPrefix(part, "_") || strings.HasPrefix(part, ".")
		})
	})
}

// fixing is one run of fix.
type fixing struct {
	a       *app
	o       fixOptions
	tree    *fixTree
	sources map[string]*source
	checker fixChecker
	alone   []wire.LeftAlone
	written map[string]bool
	result  repair.Result
}

func (f *fixing) run(ctx context.Context, l *learner.Learner) (left bool, err error) {
	// Of one step until more is known: a bar of unknown length draws itself from
	// a goroutine that reads what the others write.
	bar := f.a.newProgress(1, "checking")
	o := repair.Options{
		Root: f.tree.root, Checker: f.checker, Learner: l,
		Open: func(path string) (repair.File, bool) {
			s := f.sources[path]
			if s == nil {
				return repair.File{}, false
			}
			return repair.File{Path: path, URI: fileURI(path), Language: s.language, Text: s.text}, true
		},
		Progress: func(_, done, total int) { bar.step(done, total) },
	}
	if f.o.interactive {
		ask := newAsker(f.a, f.tree)
		o.Ask = func(r repair.Repair) (repair.Answer, error) {
			bar.done()
			return ask.about(ctx, r)
		}
	}
	f.result, err = repair.Run(ctx, o)
	bar.done()
	if err := ctx.Err(); err != nil {
		return false, err // whatever else it looked like
	}
	if err != nil {
		return false, err
	}
	f.written = map[string]bool{}
	if !f.o.dryRun {
		if err := f.write(ctx); err != nil {
			return false, err
		}
		f.result.Record(l, f.a.clock(), func(path string) bool { return f.written[path] })
		if err := l.Idle(ctx, true); err != nil {
			return false, err
		}
	}
	if err := f.report(); err != nil {
		return false, err
	}
	return f.left(ctx), nil
}

// fileURI is the URI of an absolute path.
func fileURI(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// write writes the files that changed.
func (f *fixing) write(ctx context.Context) error {
	for _, path := range slices.Sorted(maps.Keys(f.result.Texts)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := f.sources[path].write(f.result.Texts[path], f.a.clock())
		switch {
		case err == nil:
			f.written[path] = true
		case errors.Is(err, errMoved):
			f.alone = append(f.alone, wire.LeftAlone{Path: f.tree.name(path), Reason: err.Error()})
		default:
			return problemf("see that the folder can be written, and run it again", "%s could not be written: %w", f.tree.name(path), err)
		}
	}
	return nil
}

// left reports whether something is left to repair. A command that is content
// with what it warns of has the last word.
func (f *fixing) left(ctx context.Context) bool {
	switch {
	case len(f.written) < len(f.result.Texts):
		return true
	case len(f.result.Left)+len(f.result.Doubts) == 0:
		return false
	}
	c, ok := f.checker.(*command)
	return !ok || !c.content(ctx, f.result.Texts)
}

func (f *fixing) report() error {
	v := f.wire()
	if f.o.sarif != "" {
		if err := f.sarif(); err != nil {
			return err
		}
	}
	if f.a.json {
		return f.a.show(v, nil)
	}
	if f.o.sarif != "-" {
		for _, file := range v.Files {
			diff := file.Diff
			if terminal(f.a.out) {
				diff = plainLines(diff)
			}
			if _, err := io.WriteString(f.a.out, diff); err != nil {
				return err
			}
		}
	}
	f.say(v)
	return nil
}

// wire is the result as it is written down.
func (f *fixing) wire() *wire.Repairs {
	r := &f.result
	v := &wire.Repairs{
		Root: f.tree.root, Check: f.o.check, Tools: f.checker.tools(), DryRun: f.o.dryRun, Rounds: r.Rounds, Stopped: r.Stopped,
		Repaired: []wire.Repaired{}, Left: []wire.LeftError{}, Files: []wire.ChangedFile{}, NotChecked: r.Doubts, LeftAlone: f.alone,
	}
	if b, ok := f.checker.(*builtin); ok && b.apart > 0 {
		v.NotChecked = append(slices.Clone(v.NotChecked), count(b.apart, "Go file", "Go files")+" that build constraints leave out on this machine")
	}
	for _, x := range r.Before.Findings {
		if f.sources[x.Path] != nil && repair.Counts(x) {
			v.Found++
		}
	}
	for _, x := range r.Repaired {
		v.Repaired = append(v.Repaired, wire.Repaired{
			Place: f.place(x.Finding.Path, x.Document.Text, x.Finding.Diagnostic), Round: x.Round,
			Diagnostic: wire.FromDiagnostic(x.Finding.Diagnostic), Title: analysis.PlainTitle(x.Suggestion.Title), Suggestion: x.Suggestion.ID,
			Pattern: x.Suggestion.Pattern, Trust: "checked", Tool: x.Judgement.Tool, Version: x.Judgement.Version,
		})
	}
	for _, x := range r.Left {
		e := wire.LeftError{
			Place: f.place(x.Finding.Path, x.Text, x.Finding.Diagnostic), Diagnostic: wire.FromDiagnostic(x.Finding.Diagnostic), Reason: x.Reason,
		}
		if s := x.Offer; s != nil {
			e.Title, e.Suggestion, e.Pattern, e.Likely = analysis.PlainTitle(s.Title), s.ID, s.Pattern, s.Probability
			if after, err := textedit.Apply(x.Text, s.Edits); err == nil {
				e.Diff = textedit.Unified(e.Path, x.Text, after)
			}
		}
		v.Left = append(v.Left, e)
	}
	for _, path := range slices.Sorted(maps.Keys(r.Texts)) {
		s := f.sources[path]
		v.Files = append(v.Files, wire.ChangedFile{
			Path: f.tree.name(path), Written: f.written[path],
			Diff: textedit.Unified(f.tree.name(path), string(s.bytes), string(s.encoded(r.Texts[path]))),
		})
	}
	return v
}

func (f *fixing) place(path, text string, d analysis.Diagnostic) wire.Place {
	p := wire.Place{Path: f.tree.name(path)}
	if !d.NoSpan {
		line, char := textedit.NewLines(text).Position(d.Span.Start, textedit.UTF16)
		p.Line, p.Column = line+1, char+1
	}
	return p
}

// say tells a person what came of it.
func (f *fixing) say(v *wire.Repairs) {
	out := f.a.err
	line := func(format string, args ...any) { fmt.Fprintln(out, plain(fmt.Sprintf(format, args...))) }
	unchecked := 0
	for _, x := range v.Left {
		if x.Title != "" {
			unchecked++
		}
	}
	for i, x := range v.Left {
		if i == shownLeft && !f.a.verbose {
			line("… and %d more; -v and --json name all", len(v.Left)-i)
			break
		}
		where := fmt.Sprintf("%s:%d:%d", x.Path, x.Line, x.Column)
		if x.Line == 0 {
			where = x.Path
		}
		message, _, _ := strings.Cut(x.Diagnostic.Message, "\n")
		if x.Title != "" {
			line("%s: %s", where, message)
			line("  %q is offered and not checked: %s (`dejafix why %s`)", x.Title, x.Reason, x.Pattern)
			if f.a.verbose {
				fmt.Fprint(out, plainLines(x.Diff))
			}
		} else {
			line("%s: %s (%s)", where, message, x.Reason)
		}
	}
	for _, d := range v.NotChecked {
		line("not checked: %s", d)
	}
	for _, x := range v.LeftAlone {
		line("left alone: %s: %s", x.Path, x.Reason)
	}
	tools := strings.Join(v.Tools, ", ")
	if f.o.check != "" {
		tools = fmt.Sprintf("%q", f.o.check)
	}
	did, files := "Repaired", len(f.written)
	if v.DryRun {
		did, files = "Would repair", len(v.Files)
	}
	switch {
	case v.Found == 0 && len(v.Repaired) == 0:
		where := ""
		if n := f.checker.looked(); n > 0 {
			where = " in " + count(n, "file", "files")
		}
		line("Nothing to repair: no errors%s, says %s.", where, tools)
	case len(v.Repaired) == 0:
		line("Repaired none of %s; asked: %s.", count(v.Found, "error", "errors"), tools)
	default:
		line("%s %s in %s, in %s; checked by %s.", did, count(len(v.Repaired), "error", "errors"),
			count(files, "file", "files"), count(v.Rounds, "round", "rounds"), tools)
	}
	if v.Stopped != "" {
		line("It ended early: %s.", v.Stopped)
	}
	if len(v.Left) > 0 {
		text := fmt.Sprintf("%s left", count(len(v.Left), "error is", "errors are"))
		if unchecked > 0 {
			text += fmt.Sprintf(", %d of them with a repair that could not be checked: -v shows it, and so does the editor's menu", unchecked)
		}
		line("%s.", text)
	}
}

// shownLeft is how many errors that are left are printed: a screenful.
const shownLeft = 20
