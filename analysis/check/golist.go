package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// A goTool is what `go env` says.
type goTool struct {
	GOVERSION, GOOS, GOARCH, GOROOT, GOWORK, GOMODCACHE, GOFLAGS string
}

func parseTool(text string) (*goTool, error) {
	t := &goTool{}
	return t, json.Unmarshal([]byte(text), t)
}

// A goModule is one module, or the modules of a go.work, with what is known of
// it. Who has put something into turn may use what is below it.
type goModule struct {
	dir  string // of go.mod or go.work
	env  Env
	held atomic.Int64 // bytes that are kept, about

	turn     chan struct{}
	late     chan struct{} // closed when what ran too long has ended
	program  string        // the go command
	tool     *goTool
	fset     *token.FileSet
	headers  map[string]diskHeader
	parsed   *recent[parsedKey, *parsedFile]
	graphs   []*goGraph // the newest first
	surfaces map[parsedKey]*surfaceFile
	packages map[loaded][]*goPackage
	exports  *goExportData
	bytes    int64 // of sources whose packages are kept
	read     int64 // of sources that were parsed
	first    int64 // of those, for the first question
}

func newGoModule(dir string, e Env) *goModule {
	m := &goModule{dir: dir, env: e, turn: make(chan struct{}, 1)}
	m.forget()
	return m
}

// forget drops what is kept.
func (m *goModule) forget() {
	m.fset = token.NewFileSet()
	m.headers = map[string]diskHeader{}
	m.parsed = newRecent[parsedKey, *parsedFile](goParsed)
	m.graphs = nil
	m.surfaces = map[parsedKey]*surfaceFile{}
	m.packages = map[loaded][]*goPackage{}
	m.exports = newGoExportData(analysis.Digest{})
	m.bytes, m.read, m.first = 0, 0, 0
	m.held.Store(0)
}

// goTool runs the go command. It is kept offline by Runner's environment; what
// -mod says is for the module: sources of dependencies come from its vendor
// folder where it has one, and go.mod is never changed.
func (m *goModule) goTool(ctx context.Context, dir string, timeout time.Duration, args ...string) (Output, error) {
	mod := "-mod=readonly"
	for _, d := range []string{m.dir, above(dir, "go.mod")} {
		if _, err := os.Stat(filepath.Join(d, "vendor", "modules.txt")); err == nil {
			mod = "-mod=vendor"
		}
	}
	flags := []string{mod, "-buildvcs=false"}
	for f := range strings.FieldsSeq(m.env.Runner.Getenv("GOFLAGS")) {
		name, _, _ := strings.Cut(strings.TrimLeft(f, "-"), "=")
		switch name {
		case "mod", "buildvcs", "modfile", "overlay", "json", "toolexec", "n", "x", "v", "a", "work", "e", "deps", "test":
		default:
			flags = append(flags, f)
		}
	}
	return m.env.Runner.Run(ctx, Command{
		Args: append([]string{m.program}, args...), Dir: dir, Timeout: timeout,
		Env: []string{"GOFLAGS=" + strings.Join(flags, " ")},
	})
}

// A listed package is one of `go list`'s.
type listed struct {
	Dir, ImportPath, Name, ForTest, Export string
	Standard                               bool
	GoFiles, CgoFiles, IgnoredGoFiles      []string
	TestGoFiles, XTestGoFiles              []string
	Imports                                []string
	ImportMap                              map[string]string
	Module                                 *struct {
		Path, Dir, GoVersion string
		Main                 bool
		Replace              *struct{ Version string }
	}
	Error *listError

	source bool // checked from its files; the others come as export data
}

type listError struct {
	ImportStack []string
	Pos, Err    string
}

const listFields = "-json=Dir,ImportPath,Name,ForTest,Standard,GoFiles,CgoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles,Imports,ImportMap,Module,Error"

// A goGraph is the packages that `go list` named for some folders, and the
// state of the folders it holds for.
type goGraph struct {
	roots []string
	mod   analysis.Digest // of the module's files
	pkgs  map[string]*listed
	order []*listed         // those that are imported first
	dirs  map[string]*goDir // of the packages that are checked from source
}

// A goDir is what of a folder's Go files decides which packages there are and
// what they import.
type goDir struct {
	stamp   string
	imports map[string]map[string]bool // by kind of file: "", "_test", "_xtest"
	files   map[string]header
}

// A header is a Go file up to the end of its imports.
type header struct {
	digest  analysis.Digest // of the whole text
	size    int
	name    string // of the package
	rules   string // build constraints
	imports []string
}

type diskHeader struct {
	size     int64
	modified time.Time
	header
}

// A goView is the module's text as one request sees it.
type goView struct {
	m       *goModule
	overlay map[string]string
	dirs    map[string]*goDir
}

// text is the content of a file.
func (v *goView) text(path string) (string, error) {
	if text, ok := v.overlay[path]; ok {
		return text, nil
	}
	b, err := os.ReadFile(path)
	return string(b), err
}

// header reads the start of a file; on disk, only when it changed.
func (v *goView) header(path string) (header, bool) {
	if text, ok := v.overlay[path]; ok {
		return readHeader(text), true
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return header{}, false
	}
	if h, ok := v.m.headers[path]; ok && h.size == info.Size() && h.modified.Equal(info.ModTime()) {
		return h.header, true
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return header{}, false
	}
	h := readHeader(string(b))
	if v.m.env.Clock().Sub(info.ModTime()) > settled {
		v.m.headers[path] = diskHeader{info.Size(), info.ModTime(), h}
	}
	return h, true
}

// constraint is a line that can leave a file out of a build, or files into it.
var constraint = regexp.MustCompile(`(?m)^//(?:go:build|go:embed| ?\+build)[ \t].*$`)

func readHeader(text string) header {
	h := header{digest: analysis.DigestOf(text), size: len(text)}
	f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ImportsOnly|parser.SkipObjectResolution)
	if f == nil || f.Name == nil {
		h.rules = "unreadable"
		return h
	}
	if err != nil {
		h.rules = "broken " // its imports may be cut off, as the go command's are
	}
	h.name = f.Name.Name
	h.rules += strings.Join(constraint.FindAllString(text, -1), "\n")
	for _, spec := range f.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil {
			h.imports = append(h.imports, path)
		}
	}
	return h
}

// dir reads a folder's Go files.
func (v *goView) dir(dir string) *goDir {
	if d := v.dirs[dir]; d != nil {
		return d
	}
	d := &goDir{imports: map[string]map[string]bool{}, files: map[string]header{}}
	var stamp strings.Builder
	for _, name := range names(dir, v.overlay) {
		if !strings.HasSuffix(name, ".go") || strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") {
			continue
		}
		h, ok := v.header(filepath.Join(dir, name))
		if !ok {
			continue
		}
		d.files[name] = h
		kind := ""
		if strings.HasSuffix(name, "_test.go") {
			kind = "_test"
			if strings.HasSuffix(h.name, "_test") {
				kind = "_xtest"
			}
		}
		if d.imports[kind] == nil {
			d.imports[kind] = map[string]bool{}
		}
		for _, path := range h.imports {
			d.imports[kind][path] = true
		}
		cgo := slices.Contains(h.imports, "C")
		fmt.Fprintf(&stamp, "%s %s %t %q\n", name, h.name, cgo, h.rules)
	}
	d.stamp = stamp.String()
	v.dirs[dir] = d
	return d
}

// covers reports whether what was listed when a folder was like d still holds
// for now: the same files and no import that was not there.
func (d *goDir) covers(now *goDir) bool {
	if d.stamp != now.stamp {
		return false
	}
	for kind, imports := range now.imports {
		for path := range imports {
			if !d.imports[kind][path] {
				return false
			}
		}
	}
	return true
}

// moduleFiles decide which modules a build has.
var moduleFiles = []string{"go.mod", "go.sum", "go.work", "go.work.sum", filepath.Join("vendor", "modules.txt")}

// modDigest is the digest of the module files of dir and of the workspace's
// other modules that are known.
func (m *goModule) modDigest(v *goView, dirs []string) analysis.Digest {
	var b strings.Builder
	for _, dir := range sorted(append(dirs, m.dir)) {
		for _, name := range moduleFiles {
			if text, err := v.text(filepath.Join(dir, name)); err == nil {
				fmt.Fprintf(&b, "%s %s\n", filepath.Join(dir, name), analysis.DigestOf(text))
			}
		}
	}
	return analysis.DigestOf(b.String())
}

// graphsKept is how many lists are kept: those of a few folders, before and
// after an edit that changes imports.
const graphsKept = 12

// graph lists the packages of some folders with all that they import, or finds
// that in what was listed before.
func (m *goModule) graph(ctx context.Context, v *goView, roots []string) (*goGraph, error) {
	for i, g := range m.graphs {
		if slices.Equal(g.roots, roots) && g.mod == m.exports.mod && g.holds(m, v) {
			m.graphs = append([]*goGraph{g}, slices.Delete(m.graphs, i, i+1)...)
			return g, nil
		}
	}
	g, err := m.list(ctx, v, roots)
	if err != nil {
		return nil, err
	}
	m.graphs = append([]*goGraph{g}, m.graphs[:min(len(m.graphs), graphsKept-1)]...)
	return g, nil
}

func (g *goGraph) holds(m *goModule, v *goView) bool {
	if g.mod != m.modDigest(v, g.moduleDirs()) {
		return false
	}
	for dir, then := range g.dirs {
		if !then.covers(v.dir(dir)) {
			return false
		}
	}
	return true
}

// moduleDirs are the folders of the workspace's modules.
func (g *goGraph) moduleDirs() []string {
	dirs := map[string]bool{}
	for _, p := range g.order {
		if p.mutable() {
			dirs[p.Module.Dir] = true
		}
	}
	return slices.Collect(maps.Keys(dirs))
}

// mutable reports whether a package's files are the workspace's own.
func (p *listed) mutable() bool {
	return !p.Standard && p.Module != nil && p.Module.Dir != "" && (p.Module.Main || p.Module.Replace != nil && p.Module.Replace.Version == "")
}

// list runs go list: once for the packages, and once for the export data of
// those that are not the workspace's, which needs no compiler as long as the
// build cache has them.
func (m *goModule) list(ctx context.Context, v *goView, roots []string) (*goGraph, error) {
	temp, err := os.MkdirTemp("", "dejafix-overlay-")
	if err != nil {
		return nil, &Unknown{CauseFailed, "no temporary folder: " + err.Error()}
	}
	defer os.RemoveAll(temp) //nolint:errcheck // the system clears what is left
	args := []string{"list", "-e", "-test", "-deps", listFields}
	overlay, err := writeOverlay(temp, v.overlay)
	if err != nil {
		return nil, &Unknown{CauseFailed, "the unsaved text could not be handed to go list: " + err.Error()}
	}
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
	}
	out, err := m.goTool(ctx, roots[0], 0, append(append(args, "--"), roots...)...)
	if err != nil {
		return nil, err
	}
	g := &goGraph{roots: roots, pkgs: map[string]*listed{}, dirs: map[string]*goDir{}}
	if err := g.read(out.Stdout); err != nil {
		return nil, &Unknown{CauseFailed, "go list: " + err.Error()}
	}
	if len(g.order) == 0 {
		m.tool = nil // the next question asks which Go it is anew
		return nil, &Unknown{listCause(out.Stderr), "go list: " + cleaned(out.Stderr)}
	}
	for _, p := range g.order {
		p.source = p.mutable() || slices.ContainsFunc(p.Imports, func(path string) bool {
			dep := g.pkgs[p.resolve(path)]
			return dep != nil && dep.source
		})
		if p.source {
			g.dirs[p.Dir] = v.dir(p.Dir)
		}
	}
	for _, dir := range roots {
		g.dirs[dir] = v.dir(dir)
	}
	g.mod = m.modDigest(v, g.moduleDirs())
	if m.exports.mod != g.mod {
		// Another version of a module may be behind the same path. What was checked
		// stands on the old one.
		m.exports = newGoExportData(g.mod)
		m.packages = map[loaded][]*goPackage{}
		m.bytes = 0
	}
	var foreign []string
	for _, p := range g.order {
		if !p.source && p.ImportPath != "unsafe" && p.Error == nil && !strings.Contains(p.ImportPath, " ") && m.exports.files[p.ImportPath] == "" {
			foreign = append(foreign, p.ImportPath)
		}
	}
	if len(foreign) > 0 {
		if err := m.exported(ctx, roots[0], foreign); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// resolve is the name in the graph of what p imports as path.
func (p *listed) resolve(path string) string {
	if id, ok := p.ImportMap[path]; ok {
		return id
	}
	return path
}

func (g *goGraph) read(text string) error {
	dec := json.NewDecoder(strings.NewReader(text))
	for dec.More() {
		p := &listed{}
		if err := dec.Decode(p); err != nil {
			return err
		}
		if g.pkgs[p.ImportPath] == nil {
			g.pkgs[p.ImportPath] = p
			g.order = append(g.order, p)
		}
	}
	return nil
}

// goCompile is how long the go command may compile what a module needs, which it
// does once: 65 s for the 130 modules of a web application, seen on two slow
// cores. What it had done by then is kept, so that the next time takes less.
const goCompile = 5 * time.Minute

// exported asks for the export data of packages.
func (m *goModule) exported(ctx context.Context, dir string, paths []string) error {
	out, err := m.goTool(ctx, dir, goCompile, append([]string{"list", "-e", "-export", "-json=ImportPath,Export,Error", "--"}, paths...)...)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(strings.NewReader(out.Stdout))
	for dec.More() {
		p := &listed{}
		if err := dec.Decode(p); err != nil {
			return &Unknown{CauseFailed, "go list -export: " + err.Error()}
		}
		if p.Export != "" {
			m.exports.files[p.ImportPath] = p.Export
		}
	}
	return nil
}

// writeOverlay writes what go list reads of unsaved text where it reads it: Go
// files up to the end of their imports, and no more of what nobody saved.
func writeOverlay(dir string, overlay map[string]string) (string, error) {
	replace := map[string]string{}
	for i, path := range slices.Sorted(maps.Keys(overlay)) {
		text := overlay[path]
		switch {
		case strings.HasSuffix(path, ".go"):
			text = upToImports(text)
		case !slices.Contains(moduleFiles, filepath.Base(path)):
			continue
		}
		file := filepath.Join(dir, strconv.Itoa(i)+filepath.Ext(path))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[path] = file
	}
	if len(replace) == 0 {
		return "", nil
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, text, 0o600)
}

// upToImports is the start of a Go file up to the end of its imports, or all of
// it where that cannot be told.
func upToImports(text string) string {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, "", text, parser.ImportsOnly|parser.SkipObjectResolution)
	if err != nil || len(f.Decls) == 0 {
		if err == nil {
			return text[:min(int(f.Name.End()-f.FileStart), len(text))] + "\n"
		}
		return text
	}
	return text[:min(int(f.Decls[len(f.Decls)-1].End()-f.FileStart), len(text))] + "\n"
}

// offlineWords are what the go command says when something would have to be
// fetched.
var offlineWords = []string{"GOPROXY=off", "missing go.sum entry", "updates to go.mod needed", "go.mod requires go", "requires go >=", "inconsistent vendoring", "not in your go.mod"}

// fetchable reports whether an error of the go command goes away when modules
// are fetched: it says nothing of the code.
func fetchable(text string) bool {
	return slices.ContainsFunc(offlineWords, func(w string) bool { return strings.Contains(text, w) })
}

func listCause(text string) Cause {
	if fetchable(text) {
		return CauseMissing
	}
	return CauseFailed
}

// cleaned is what the go command says, in one line with a next step.
func cleaned(text string) string {
	line := strings.TrimPrefix(strings.Join(strings.Fields(text), " "), "go: ")
	const most = 300 // a sentence or two for a person
	if len(line) > most {
		line = line[:most] + "…"
	}
	switch {
	case strings.Contains(text, "requires go >=") || strings.Contains(text, "go.mod requires go"):
		return line + ": install that version of Go"
	case strings.Contains(text, "inconsistent vendoring"):
		return line + ": `go mod vendor` makes it consistent"
	case fetchable(text):
		return line + ": `go mod download` or `go mod tidy` fetches what is missing"
	}
	return line
}

// missing says why a file is in none of the listed packages.
func (g *goGraph) missing(path string, m *goModule) string {
	dir, name := filepath.Dir(path), filepath.Base(path)
	ignored := false
	broken := ""
	for _, p := range g.order {
		if p.Dir != dir && p.ImportPath != dir { // a path, when it is no package
			continue
		}
		if slices.Contains(p.GoFiles, name) || slices.Contains(p.CgoFiles, name) || slices.Contains(p.XTestGoFiles, name) || slices.Contains(p.TestGoFiles, name) {
			return ""
		}
		ignored = ignored || slices.Contains(p.IgnoredGoFiles, name)
		if p.Error != nil && broken == "" {
			broken = cleaned(p.Error.Err)
		}
	}
	switch {
	case ignored:
		return fmt.Sprintf("%s is left out of the build on %s/%s by its name or its build constraints", name, m.tool.GOOS, m.tool.GOARCH)
	case broken != "":
		return broken
	default:
		return fmt.Sprintf("go list puts %s in no package", name)
	}
}

// scope are the packages of the folders: each with its tests, and its external
// tests; of those in the scope also each without its tests, which may not use
// what is declared in them. Packages that are only compiled again for another's
// tests are left out.
func (g *goGraph) scope(roots, scope []string) []*listed {
	var out []*listed
	for _, p := range g.order {
		if !slices.Contains(roots, p.Dir) || strings.HasSuffix(p.ImportPath, ".test") {
			continue
		}
		if id, variant, ok := strings.Cut(p.ImportPath, " ["); ok {
			own := strings.TrimSuffix(variant, ".test]")
			if id != own && id != own+"_test" {
				continue
			}
		} else if g.pkgs[p.ImportPath+" ["+p.ImportPath+".test]"] != nil && !inScope(scope, filepath.Join(p.Dir, "x.go")) {
			continue
		}
		out = append(out, p)
	}
	return out
}

// size is how many bytes of source are checked here.
func (g *goGraph) size(v *goView) int64 {
	sum := int64(0)
	for dir := range g.dirs {
		for _, h := range v.dir(dir).files {
			sum += int64(h.size)
		}
	}
	return sum
}

// inputs are what an answer about the graph depends on.
func (g *goGraph) inputs(m *goModule, v *goView) Inputs {
	in := Inputs{
		Files: []string{filepath.Join(m.tool.GOROOT, "VERSION")},
		Extra: fmt.Sprint(*m.tool),
	}
	for _, dir := range append(g.moduleDirs(), m.dir) {
		for _, name := range moduleFiles {
			in.Files = append(in.Files, filepath.Join(dir, name))
		}
	}
	for dir := range g.dirs {
		in.Dirs = append(in.Dirs, dir)
		for name := range v.dir(dir).files {
			in.Files = append(in.Files, filepath.Join(dir, name))
		}
	}
	return in
}

// complaints are what the go command itself says of a package, at the places
// that it names. That an import cannot be found is said by the type checker.
func (g *goGraph) complaints(p *listed, v *goView) []Finding {
	if p.Error == nil || p.Error.Pos == "" || fetchable(p.Error.Err) {
		return nil
	}
	for _, w := range []string{"no required module provides", "is not in std", "cannot find", "expected ", "no Go files"} {
		if strings.Contains(p.Error.Err, w) {
			return nil // the type checker or the parser says it
		}
	}
	file, rest, _ := strings.Cut(p.Error.Pos, ":")
	line, col, _ := strings.Cut(rest, ":")
	if !filepath.IsAbs(file) {
		file = filepath.Join(g.roots[0], file) // where go list ran
	}
	text, err := v.text(file)
	if err != nil {
		return nil
	}
	n, errLine := strconv.Atoi(line)
	c, errCol := strconv.Atoi(col)
	if errLine != nil {
		return nil
	}
	if errCol != nil {
		c = 1
	}
	at, _ := textedit.NewLines(text).Offset(n-1, c-1, textedit.UTF8)
	return []Finding{{Path: file, Phase: PhaseTypes, Diagnostic: analysis.Diagnostic{
		Source: "go list", Message: strings.TrimSpace(p.Error.Err), Severity: analysis.SeverityError, Span: analysis.Span{Start: at, End: at},
	}}}
}

// importers are the folders of the workspace's modules with a file that imports
// a package of one of dirs.
func (v *goView) importers(ctx context.Context, dirs []string) []string {
	wanted := map[string]bool{}
	modules := map[string]bool{}
	if above(v.m.dir, "go.work") == v.m.dir {
		for _, dir := range workModules(v.m.dir) {
			modules[dir] = true
		}
	}
	for _, dir := range dirs {
		root := above(dir, "go.mod")
		modules[root] = true
		text, err := v.text(filepath.Join(root, "go.mod"))
		if err != nil {
			continue
		}
		if m := moduleLine.FindStringSubmatch(text); m != nil {
			rel, err := filepath.Rel(root, dir)
			if err != nil {
				continue
			}
			path := strings.Trim(m[1], "\"`")
			if rel != "." {
				path += "/" + filepath.ToSlash(rel)
			}
			wanted[path] = true
		}
	}
	var out []string
	for root := range modules {
		filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error { //nolint:errcheck // what cannot be read imports nothing
			if ctx.Err() != nil {
				return filepath.SkipAll // nobody waits for the answer
			}
			if err != nil || !d.IsDir() {
				return nil //nolint:nilerr // see above
			}
			base := d.Name()
			if name != root {
				if base == "testdata" || base == "vendor" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
					return filepath.SkipDir
				}
				if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
					return filepath.SkipDir
				}
			}
			for _, imports := range v.dir(name).imports {
				for path := range imports {
					if wanted[path] {
						out = append(out, name)
						return nil
					}
				}
			}
			return nil
		})
	}
	return sorted(out)
}

var (
	moduleLine = regexp.MustCompile(`(?m)^\s*module\s+(\S+)`)
	useLine    = regexp.MustCompile(`(?m)^\s*(?:use\s+)?(\.[^\s()]*)`)
)

// workModules are the folders that a go.work names.
func workModules(dir string) []string {
	text, err := os.ReadFile(filepath.Join(dir, "go.work"))
	if err != nil {
		return nil
	}
	var out []string
	for _, m := range useLine.FindAllStringSubmatch(string(text), -1) {
		d := filepath.Join(dir, filepath.FromSlash(m[1]))
		if _, err := os.Stat(filepath.Join(d, "go.mod")); err == nil {
			out = append(out, d)
		}
	}
	return out
}

var errCycle = errors.New("import cycle not allowed")
