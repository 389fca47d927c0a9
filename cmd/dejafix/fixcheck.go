package main

import (
	"context"
	"errors"
	"fmt"
	"go/build"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/learner/repair"
)

// A fixChecker is what fix has errors found and edits judged by.
type fixChecker interface {
	repair.Checker
	tools() []string // that answered
	looked() int     // at how many files, 0 where nobody knows
	close()
}

// advice are the analyzers that the Go checker has beside those of `go vet`:
// what they say is how code could be newer, and no error (gopls shows it as a
// hint).
var advice = map[string]bool{
	"any": true, "appendclipped": true, "atomictypes": true, "bloop": true, "embedlit": true, "errorsastype": true, "fmtappendf": true,
	"forvar": true, "importcomment": true, "mapsloop": true, "minmax": true, "newexpr": true, "omitzero": true, "plusbuild": true,
	"rangeint": true, "reflecttypeassert": true, "reflecttypefor": true, "slicesbackward": true, "slicesclip": true,
	"slicescontains": true, "slicesdelete": true, "slicessort": true, "stditerators": true, "stringsbuilder": true, "stringscut": true,
	"stringscutprefix": true, "stringsseq": true, "testingcontext": true, "unsafefuncs": true, "waitgroupgo": true,
}

// builtin asks the built-in checkers.
type builtin struct {
	set    *check.Set
	tree   *fixTree
	groups []fixGroup
	apart  int               // Go files that build constraints leave out here
	marked map[string]string // texts without the byte order mark that their files have

	mu    sync.Mutex
	asked map[string]bool // tools that answered
	last  map[int]foundIn // by group
}

// A fixGroup is files that one question is about: of one project and family of
// languages.
type fixGroup struct {
	language string
	dir      string
	scope    []string
}

// foundIn is what was found in a group when the texts had a digest.
type foundIn struct {
	digest analysis.Digest
	found  repair.Found
	none   string // why no checker reads it
	ok     bool   // something was looked at
}

// markers are the files at the top of a project, by family.
var markers = map[string][]string{
	"go":         {"go.mod"},
	"typescript": {"tsconfig.json", "jsconfig.json", "package.json"},
	"python":     {"pyproject.toml", "pyrightconfig.json", "setup.py", "requirements.txt"},
}

func newBuiltin(a *app, tree *fixTree, sources map[string]*source) *builtin {
	b := &builtin{
		set: check.New(check.Options{
			Rows: oneByOne(check.Rows()), Logger: a.logger(), Clock: a.clock, Servers: true, Class: classOf,
		}),
		tree: tree, marked: map[string]string{}, asked: map[string]bool{}, last: map[int]foundIn{},
	}
	groups := map[string]*fixGroup{}
	for _, path := range slices.Sorted(maps.Keys(sources)) {
		s := sources[path]
		if s.mark {
			b.marked[path] = s.text
		}
		if s.language == "go" {
			// Such a file cannot be checked here, and that it cannot would be said of
			// its whole module.
			if ok, err := build.Default.MatchFile(filepath.Dir(path), filepath.Base(path)); err == nil && !ok {
				b.apart++
				continue
			}
		}
		family := identity.Family(s.language)
		dir := project(tree.root, path, markers[family])
		g := groups[family+"\x00"+dir]
		if g == nil {
			g = &fixGroup{language: s.language, dir: dir}
			groups[family+"\x00"+dir] = g
		}
		g.scope = append(g.scope, path)
	}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		b.groups = append(b.groups, *groups[key])
	}
	return b
}

// project is the nearest folder above a file, up to root, that has one of the
// names; root where none has.
func project(root, path string, names []string) string {
	for dir := filepath.Dir(path); below(root, dir); dir = filepath.Dir(dir) {
		for _, name := range names {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				return dir
			}
		}
		if dir == root || dir == filepath.Dir(dir) {
			break
		}
	}
	return root
}

func (b *builtin) overlay(texts map[string]string) map[string]string {
	out := maps.Clone(b.marked)
	maps.Copy(out, texts)
	return out
}

// Find asks all checkers about all files; where no text of a family changed,
// the last answer stands.
func (b *builtin) Find(ctx context.Context, texts map[string]string) (repair.Found, error) {
	overlay := b.overlay(texts)
	var out repair.Found
	var none []string
	looked := false
	for i, g := range b.groups {
		var changed strings.Builder
		for _, path := range slices.Sorted(maps.Keys(texts)) {
			if identity.Family(identity.LanguageOf(path)) == identity.Family(g.language) {
				fmt.Fprintf(&changed, "%q %s\n", path, analysis.DigestOf(texts[path]))
			}
		}
		digest := analysis.DigestOf(changed.String())
		in, ok := b.last[i]
		if !ok || in.digest != digest {
			in = b.findIn(ctx, g, overlay)
			if err := ctx.Err(); err != nil {
				return repair.Found{}, err
			}
			in.digest = digest
			b.last[i] = in
		}
		looked = looked || in.ok
		if in.none != "" && !slices.Contains(none, in.none) {
			none = append(none, in.none)
		}
		out.Findings = append(out.Findings, in.found.Findings...)
		for _, d := range in.found.Doubts {
			if !slices.Contains(out.Doubts, d) {
				out.Doubts = append(out.Doubts, d)
			}
		}
	}
	if !looked {
		return out, problemf("name the command that checks them with --check", "nothing could be checked: %s", strings.Join(append(out.Doubts, none...), "; "))
	}
	return out, nil
}

func (b *builtin) findIn(ctx context.Context, g fixGroup, overlay map[string]string) foundIn {
	var in foundIn
	reports, err := b.set.Check(ctx, g.language, check.Request{Root: b.tree.root, Overlay: overlay, Scope: g.scope, Trusted: true})
	if err != nil {
		if u, ok := errors.AsType[*check.Unknown](err); ok && u.Cause == check.CauseNoChecker {
			in.none = u.Reason
		} else {
			in.found.Doubts = append(in.found.Doubts, err.Error())
		}
		return in
	}
	for _, r := range reports {
		switch {
		case r.Err != nil:
			in.found.Doubts = append(in.found.Doubts, fmt.Sprintf("%s (%s)", r.Err.Error(), b.tree.name(g.dir)))
			continue
		case !r.Complete:
			in.ok = in.ok || r.Phase != check.PhaseNone
			in.found.Doubts = append(in.found.Doubts, fmt.Sprintf("%s (%s)", r.Why, b.tree.name(g.dir)))
		default:
			in.ok = true
			b.mu.Lock()
			name := r.Result.Tool + " " + r.Version
			if strings.HasPrefix(r.Version, r.Result.Tool) {
				name = r.Version // go1.26.8
			}
			b.asked[strings.TrimSpace(name)] = true
			b.mu.Unlock()
		}
		for _, f := range r.Findings {
			if r.Tool == "go" && f.Phase == check.PhaseLint && advice[f.Source] {
				continue
			}
			in.found.Findings = append(in.found.Findings, f)
		}
	}
	return in
}

func (b *builtin) Judge(ctx context.Context, e check.Edit) check.Judgement {
	e.Overlay = b.overlay(e.Overlay)
	return b.set.Judge(ctx, e, true)
}

func (b *builtin) tools() []string { return slices.Sorted(maps.Keys(b.asked)) }

// looked is how many files some checker looked at.
func (b *builtin) looked() (n int) {
	for i, in := range b.last {
		if in.ok {
			n += len(b.groups[i].scope)
		}
	}
	return n
}

func (b *builtin) close() { b.set.Close() }

// oneByOne makes each checker that reads one file at a time read any number.
func oneByOne(rows []check.Row) []check.Row {
	for i := range rows {
		inner := rows[i].New
		rows[i].New = func(e check.Env) check.Checker { return &each{Checker: inner(e), known: map[string]knownFile{}} }
	}
	return rows
}

// each asks about the files of a scope together; one by one where the checker
// wants that, and by folder where it could not look at all of them.
type each struct {
	check.Checker

	mu    sync.Mutex
	alone bool                 // it wants one file at a time
	known map[string]knownFile // by path, of files that were asked about so
}

// A knownFile is what was said of a file, and what text stood in the place of
// the files that the answer depends on. On disk they change too seldom for a
// run as short as this one, which writes no file that did.
type knownFile struct {
	res   check.Result
	wide  bool
	until check.Phase
	texts map[string]string
}

// ask asks about one file of many, unless the answer is known.
func (c *each) ask(ctx context.Context, r check.Request) (check.Result, error) {
	path := r.Scope[0]
	if r.Until == check.PhaseLint {
		r.Until = check.PhaseNone // the same: all
	}
	c.mu.Lock()
	k, ok := c.known[path]
	c.mu.Unlock()
	if ok && k.wide == r.Wide && k.until == r.Until && maps.Equal(k.texts, those(r.Overlay, path, k.res.Inputs.Files)) {
		return k.res, nil
	}
	res, err := c.Checker.Check(ctx, r)
	if err == nil {
		c.mu.Lock()
		c.known[path] = knownFile{res, r.Wide, r.Until, those(r.Overlay, path, res.Inputs.Files)}
		c.mu.Unlock()
	}
	return res, err
}

// those are the texts of the overlay that stand in the place of path and files.
func those(overlay map[string]string, path string, files []string) map[string]string {
	out := map[string]string{}
	for _, name := range append([]string{path}, files...) {
		if text, ok := overlay[name]; ok {
			out[name] = text
		}
	}
	return out
}

// Check gives one answer for all files of the scope.
func (c *each) Check(ctx context.Context, r check.Request) (check.Result, error) {
	c.mu.Lock()
	alone := c.alone
	c.mu.Unlock()
	if alone && len(r.Scope) == 1 {
		// What a look at the whole said is what the baseline of a verdict says, and
		// the other way round.
		return c.ask(ctx, r)
	}
	res, err := c.Checker.Check(ctx, r)
	var parts [][]string
	switch u, ok := errors.AsType[*check.Unknown](err); {
	case len(r.Scope) < 2 || ctx.Err() != nil:
	case ok && u.Cause == check.CauseNoChecker:
		alone = true
		c.mu.Lock()
		c.alone = true
		c.mu.Unlock()
		for _, path := range r.Scope {
			parts = append(parts, []string{path})
		}
	case err == nil && !res.Complete:
		folders := map[string][]string{}
		for _, path := range r.Scope {
			folders[filepath.Dir(path)] = append(folders[filepath.Dir(path)], path)
		}
		for _, dir := range slices.Sorted(maps.Keys(folders)) {
			parts = append(parts, folders[dir])
		}
	}
	if len(parts) < 2 {
		return res, err
	}
	var wg sync.WaitGroup
	turns := make(chan struct{}, runtime.NumCPU())
	results, errs := make([]check.Result, len(parts)), make([]error, len(parts))
	for i, scope := range parts {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			part := r
			part.Scope = scope
			if alone {
				results[i], errs[i] = c.ask(ctx, part)
			} else {
				results[i], errs[i] = c.Checker.Check(ctx, part)
			}
		})
	}
	wg.Wait()
	return merged(results, errs)
}

// merged is one answer of several. What was not looked at leaves it incomplete,
// but not without the rest.
func merged(results []check.Result, errs []error) (check.Result, error) {
	out := check.Result{Complete: true}
	var whys []string
	for i, one := range results {
		if errs[i] != nil {
			// A file that the tool does not read is not asked about.
			if u, ok := errors.AsType[*check.Unknown](errs[i]); ok && u.Cause == check.CauseNoChecker {
				continue
			}
			return check.Result{}, errs[i]
		}
		out.Findings = append(out.Findings, one.Findings...)
		switch {
		case !one.Complete:
			if out.Complete = false; !slices.Contains(whys, one.Why) {
				whys = append(whys, one.Why)
			}
		case out.Phase == check.PhaseNone:
			out.Phase = one.Phase
		default:
			out.Phase = min(out.Phase, one.Phase)
		}
		out.Inputs.Files = append(out.Inputs.Files, one.Inputs.Files...)
		out.Inputs.Dirs = append(out.Inputs.Dirs, one.Inputs.Dirs...)
		out.Inputs.Extra = one.Inputs.Extra
		out.Tool, out.Version = one.Tool, one.Version
	}
	out.Why = strings.Join(whys, "; ")
	return out, nil
}

// Close passes on.
func (c *each) Close() error {
	if closer, ok := c.Checker.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// Memory passes on.
func (c *each) Memory() int64 {
	if m, ok := c.Checker.(interface{ Memory() int64 }); ok {
		return m.Memory()
	}
	return 0
}
