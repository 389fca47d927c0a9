package check

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	goversion "go/version"
)

// goRow is the row of Go: go/types and the vet analyzers, in a process of ours.
//
// Other modules and the standard library come as export data of the go command,
// offline. The workspace's own packages are checked from their sources, those
// that are only imported without the bodies of their functions: their export
// data would have to be compiled anew after each edit of another file, does not
// exist while they have an error, and cannot be mixed with a package whose
// unsaved text is checked (LEARNING.md 5 has it from export data; BENCHMARKS.md
// what this takes). `go list` runs again only when the files of a package, its
// imports, its build constraints or the module's files changed.
func goRow() Row {
	return Row{
		Name: "go", Languages: []string{"go"}, Covers: PhaseLint,
		Detect: func(_ Env, _, path string) (bool, string) {
			if moduleDir(path) == "" {
				return false, "there is no go.mod above " + filepath.Base(path) + ": `go mod init` makes one"
			}
			return true, ""
		},
		Exports: goExports,
		New: func(e Env) Checker {
			if e.Servers && len(e.Worker) > 0 {
				return newGoWorker(e)
			}
			return newGoChecker(e)
		},
	}
}

// moduleDir is the folder of the module that a file is in, "" without one.
func moduleDir(path string) string { return above(filepath.Dir(path), "go.mod") }

// above is the nearest folder, dir or one above it, that has a file.
func above(dir, name string) string {
	for {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// goExports reports whether what other packages see of a file may differ: the
// declarations without the bodies of functions, and without functions that are
// not exported. A text that does not parse tells nothing of that: no.
func goExports(path, before, after string) bool {
	if strings.HasSuffix(path, "_test.go") {
		return false
	}
	a, okA := goSurface(before)
	b, okB := goSurface(after)
	return okA && okB && a != b
}

func goSurface(text string) (string, bool) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, "", text, parser.SkipObjectResolution)
	if err != nil {
		return "", false
	}
	if f.Name.Name == "main" {
		return "", true // nobody imports it
	}
	var b strings.Builder
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && !d.Name.IsExported() {
				continue
			}
			d.Body = nil
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				continue
			}
		}
		if err := printer.Fprint(&b, token.NewFileSet(), d); err != nil {
			return "", false
		}
		b.WriteByte('\n')
	}
	return b.String(), true
}

// goChecker holds the modules that were asked about.
type goChecker struct {
	env Env

	mu      sync.Mutex
	modules map[string]*goModule // by folder
	used    []string             // the one used last is last
}

var _ Checker = (*goChecker)(nil)

// goModules is how many modules' packages are kept: what one works on, and what
// one looks at beside it.
const goModules = 3

func newGoChecker(e Env) *goChecker { return &goChecker{env: e, modules: map[string]*goModule{}} }

// Close drops what is kept.
func (c *goChecker) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.modules, c.used = map[string]*goModule{}, nil
	return nil
}

// Memory is about what is kept, in bytes.
func (c *goChecker) Memory() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := int64(0)
	for _, m := range c.modules {
		sum += m.held.Load()
	}
	return sum
}

func (c *goChecker) module(dir string) *goModule {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.modules[dir]
	if m == nil {
		m = newGoModule(dir, c.env)
		c.modules[dir] = m
	}
	c.used = append(slices.DeleteFunc(c.used, func(d string) bool { return d == dir }), dir)
	if len(c.used) > goModules {
		delete(c.modules, c.used[0])
		c.used = c.used[1:]
	}
	return m
}

// Check checks the packages of the scope.
func (c *goChecker) Check(ctx context.Context, r Request) (Result, error) {
	if len(r.Scope) == 0 {
		return Result{}, &Unknown{CauseNoChecker, "no file was named"}
	}
	dir := moduleDir(r.Scope[0])
	if dir == "" {
		return Result{}, &Unknown{CauseNoChecker, "there is no go.mod above " + filepath.Base(r.Scope[0]) + ": `go mod init` makes one"}
	}
	// Modules that go.work joins see each other's text.
	if work := above(dir, "go.work"); work != "" && c.env.Runner.Getenv("GOWORK") == "" {
		dir = work
	}
	m := c.module(dir)
	select {
	case m.turn <- struct{}{}:
	case <-ctx.Done():
		return Result{}, cancelled(ctx, "go")
	}
	defer m.release()
	if m.read > goKept+3*m.first {
		m.forget()
	}
	res, err := m.check(ctx, r)
	if m.first == 0 {
		m.first = m.read
	}
	var u *Unknown
	if errors.As(err, &u) && u.Cause == CauseMoved {
		res, err = m.check(ctx, r) // once more, with nothing of what moved
	}
	return res, err
}

// release ends a turn, or lets what is still running end it.
func (m *goModule) release() {
	late := m.late
	m.late = nil
	if late == nil {
		<-m.turn
		return
	}
	go func() {
		<-late
		m.forget()
		<-m.turn
	}()
}

// within runs the type checker, which knows no context, as long as a child may
// run, and survives what it does not: text of the workspace must not stop the
// server. What runs longer keeps the module until it ends by itself; nothing
// can end it.
func (m *goModule) within(ctx context.Context, work func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, m.env.Runner.timeout)
	defer cancel()
	result := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			if p := recover(); p != nil {
				m.forget()
				result <- &Unknown{CauseFailed, fmt.Sprintf("the type checker gave up: %v", p)}
			}
		}()
		result <- work(ctx)
	}()
	select {
	case err := <-result:
		<-ended
		return err
	case <-ctx.Done():
	}
	// It looks at the context between two packages.
	m.late = ended
	return cancelled(ctx, "go")
}

// check answers a request about files of the module.
func (m *goModule) check(ctx context.Context, r Request) (Result, error) {
	if err := m.prepare(ctx); err != nil {
		return Result{}, err
	}
	v := &goView{m: m, overlay: r.Overlay, dirs: map[string]*goDir{}}
	var roots []string
	for _, path := range r.Scope {
		roots = append(roots, filepath.Dir(path))
	}
	if r.Wide {
		roots = append(roots, v.importers(ctx, roots)...)
	}
	roots = sorted(roots)
	g, err := m.graph(ctx, v, roots)
	if err != nil {
		return Result{}, err
	}
	if n := g.size(v) * goWeight; n > m.env.Runner.memory {
		return Result{}, &Unknown{CauseMemory, fmt.Sprintf("what %s imports of the workspace would take %s of memory to check, and may take %s", filepath.Base(r.Scope[0]), size(n), size(m.env.Runner.memory))}
	}
	res := Result{Tool: "go", Version: m.tool.GOVERSION, Inputs: g.inputs(m, v)}
	for _, path := range r.Scope {
		if why := g.missing(path, m); why != "" {
			res.Why = why
			return res, nil
		}
	}
	err = m.within(ctx, func(ctx context.Context) error {
		out := res
		l := &goLoader{ctx: ctx, m: m, v: v, g: g, done: map[loaded]*goPackage{}}
		err := l.scope(r, roots, &out)
		res = out
		return err
	})
	if err != nil {
		return Result{}, err
	}
	return res, nil
}

// scope checks the packages that are asked about.
func (l *goLoader) scope(r Request, roots []string, res *Result) error {
	type key struct {
		path    string
		start   int
		message string
	}
	seen := map[key]bool{}
	add := func(list []Finding) {
		for _, f := range list {
			// A package and the same with its tests say the same.
			k := key{f.Path, f.Span.Start, f.Message}
			if !seen[k] {
				seen[k] = true
				res.Findings = append(res.Findings, f)
			}
		}
	}
	var own []*goPackage
	for _, p := range l.g.scope(roots, r.Scope) {
		if len(p.CgoFiles) > 0 {
			res.Why = fmt.Sprintf("the package %s uses cgo, which cannot be checked without running the C compiler: build it yourself", p.ImportPath)
			return nil
		}
		pkg, err := l.load(p, true)
		if err != nil {
			return err
		}
		if inScope(r.Scope, filepath.Join(p.Dir, "x.go")) {
			own = append(own, pkg)
		}
		add(pkg.findings)
		add(l.g.complaints(p, l.v))
	}
	if len(l.lacks) > 0 {
		res.Why = l.lacks[0]
		return nil
	}
	res.Complete, res.Phase = true, PhaseLint
	for _, f := range res.Findings {
		// That importers have errors keeps nobody from looking at the scope.
		if inScope(r.Scope, f.Path) {
			res.Phase = min(res.Phase, f.Phase)
		}
	}
	if res.Phase < PhaseLint || r.Until != PhaseNone && r.Until < PhaseLint {
		res.Phase = min(res.Phase, PhaseTypes)
		return nil
	}
	list, err := l.vet(own)
	add(list)
	return err
}

// inScope reports whether a file is in the folder of one in the scope.
func inScope(scope []string, path string) bool {
	return slices.ContainsFunc(scope, func(s string) bool { return filepath.Dir(s) == filepath.Dir(path) })
}

// prepare asks the go command about itself, once for each state of the files
// that change its answer.
func (m *goModule) prepare(ctx context.Context) error {
	if m.tool != nil {
		return nil
	}
	ask := []string{"env", "-json", "GOVERSION", "GOOS", "GOARCH", "GOROOT", "GOWORK", "GOMODCACHE", "GOFLAGS", "CGO_ENABLED"}
	m.program = "go"
	out, err := m.goTool(ctx, m.dir, 0, ask...)
	if err != nil {
		return err
	}
	if want := requires.FindStringSubmatch(out.Stderr); out.Exit != 0 && want != nil {
		m.program = m.toolchain(ctx, want[1])
		if m.program == "" {
			return &Unknown{CauseMissing, "go: " + cleaned(out.Stderr)}
		}
		if out, err = m.goTool(ctx, m.dir, 0, ask...); err != nil {
			return err
		}
	}
	if out.Exit != 0 {
		return &Unknown{listCause(out.Stderr), "go env: " + cleaned(out.Stderr)}
	}
	tool, err := parseTool(out.Stdout)
	if err != nil {
		return &Unknown{CauseFailed, "go env: " + err.Error()}
	}
	m.tool = tool
	return nil
}

// requires is what an older go command says, offline.
var requires = regexp.MustCompile(`requires go >= ([0-9]\S*)`)

// toolchain is the go command of the oldest toolchain that does, of those that
// the go command has fetched before: it would take it itself, were it not kept
// from fetching one. "" when there is none.
func (m *goModule) toolchain(ctx context.Context, want string) string {
	out, err := m.goTool(ctx, os.TempDir(), 0, "env", "GOMODCACHE")
	if err != nil || out.Exit != 0 {
		return ""
	}
	system := "." + runtime.GOOS + "-" + runtime.GOARCH
	const start = "toolchain@v0.0.1-"
	dirs, err := filepath.Glob(filepath.Join(strings.TrimSpace(out.Stdout), "golang.org", start+"go*"+system))
	if err != nil {
		return ""
	}
	best, found := "", ""
	for _, dir := range dirs {
		v := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(dir), start), system)
		if goversion.Compare(v, "go"+want) < 0 || best != "" && goversion.Compare(v, best) >= 0 {
			continue
		}
		program := filepath.Join(dir, "bin", "go")
		if runtime.GOOS == "windows" {
			program += ".exe"
		}
		if _, err := os.Stat(program); err == nil {
			best, found = v, program
		}
	}
	return found
}

// tooNew says that a package is written for a later Go than this program can
// read.
func tooNew(want string) string {
	if want == "" || goversion.Compare("go"+want, goversion.Lang(runtime.Version())) <= 0 || goversion.Compare(goversion.Lang("go"+want), goversion.Lang(runtime.Version())) <= 0 {
		return ""
	}
	return fmt.Sprintf("the module is written for go%s, and dejafix knows Go up to %s: update dejafix", want, goversion.Lang(runtime.Version()))
}
