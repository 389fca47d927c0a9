package check

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/gcexportdata"

	"github.com/dejafix/dejafix/analysis"
)

const (
	// goParsed is how many files are kept with the bodies of their functions:
	// those of the packages that are edited, which are checked again and again.
	goParsed = 400
	// goKept is how much source, in bytes, may be parsed, besides three times what
	// the first question took, until all that is kept is dropped and made anew:
	// positions of what was parsed stay for good (token.FileSet), and so do
	// versions of packages. A module of 100,000 lines has 3-4 MB.
	goKept = 32 << 20
	// goVariants is how many versions of a package are kept: before and after an
	// edit, and after another one.
	goVariants = 3
	// goWeight is how much memory a byte of source takes whose package is kept:
	// 122 MB of heap where 15 MB of source stood behind the packages (pocketbase,
	// 40 of its files judged).
	goWeight = 8
)

// goExportData is what the go command compiled, read as far as it is needed,
// for one state of the module's files.
type goExportData struct {
	mod     analysis.Digest
	files   map[string]string // import path → file of the build cache
	imports map[string]*types.Package
	read    map[string]bool
}

func newGoExportData(mod analysis.Digest) *goExportData {
	return &goExportData{mod: mod, files: map[string]string{}, imports: map[string]*types.Package{}, read: map[string]bool{}}
}

// A goPackage is a package that was checked from source: full, for its errors,
// or without the bodies of its functions, for those that import it. The second
// kind stays as it is while the bodies change, and with it all that stands on
// it.
type goPackage struct {
	listed   *listed
	digests  []analysis.Digest // of its files, or of what others see of them
	deps     map[string]*types.Package
	full     bool
	types    *types.Package
	findings []Finding
	files    []*parsedFile
	version  string // of the language
	bytes    int64

	lint   []Finding // of the analyzers, once vetted
	vetted bool
}

type parsedKey struct {
	path   string
	digest analysis.Digest
}

type parsedFile struct {
	path   string
	text   string
	syntax *ast.File
	errs   scanner.ErrorList
}

// A surfaceFile is a file without the bodies of its functions.
type surfaceFile struct {
	digest analysis.Digest // of the text that is left
	syntax *ast.File
}

// surface takes the bodies of functions out of a file.
func (f *parsedFile) surface(file *token.File) *surfaceFile {
	out := *f.syntax
	out.Comments, out.Decls = nil, slices.Clone(f.syntax.Decls)
	var left strings.Builder
	last := 0
	for i, d := range out.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		bare := *fn
		bare.Body, bare.Doc = nil, nil
		out.Decls[i] = &bare
		from, to := file.Offset(fn.Body.Pos()), file.Offset(min(fn.Body.End(), token.Pos(file.Base()+file.Size())))
		if from < last || to < from {
			continue // the parser guessed where it ends
		}
		left.WriteString(f.text[last:from])
		last = to
	}
	left.WriteString(f.text[last:])
	return &surfaceFile{analysis.DigestOf(left.String()), &out}
}

// A goLoader loads packages of one graph for one request.
type goLoader struct {
	ctx   context.Context
	m     *goModule
	v     *goView
	g     *goGraph
	done  map[loaded]*goPackage // in this request
	stack []string              // what is being loaded
	lacks []string              // why something that is imported is not there
}

type loaded struct {
	id   string
	full bool
}

// load checks a package, with the bodies of its functions if full, unless one
// with the same files and the same imports is kept.
func (l *goLoader) load(p *listed, full bool) (*goPackage, error) {
	key := loaded{p.ImportPath, full}
	if pkg := l.done[key]; pkg != nil {
		return pkg, nil
	}
	if err := l.ctx.Err(); err != nil {
		return nil, cancelled(l.ctx, "go")
	}
	l.stack = append(l.stack, p.ImportPath)
	defer func() { l.stack = l.stack[:len(l.stack)-1] }()

	pkg := &goPackage{listed: p, full: full, deps: map[string]*types.Package{}}
	if p.Module != nil && p.Module.GoVersion != "" {
		if why := tooNew(p.Module.GoVersion); why != "" {
			return nil, &Unknown{CauseMissing, why}
		}
		pkg.version = "go" + p.Module.GoVersion
	}
	dir := l.v.dir(p.Dir)
	names := slices.Concat(p.GoFiles, p.CgoFiles)
	failed := map[string]error{}
	for _, name := range names {
		h, ok := dir.files[name]
		if !ok {
			return nil, &Unknown{CauseMoved, name + " went away while it was checked: ask again"}
		}
		if full {
			pkg.digests = append(pkg.digests, h.digest)
		} else {
			f, err := l.surface(filepath.Join(p.Dir, name), h.digest)
			if err != nil {
				return nil, err
			}
			pkg.digests = append(pkg.digests, f.digest)
		}
		pkg.bytes += int64(h.size)
		for _, path := range h.imports {
			if path == "C" || path == "unsafe" || pkg.deps[path] != nil || failed[path] != nil {
				continue
			}
			dep, err := l.dependency(p, path)
			if err == nil && full && l.reaches(p.resolve(path), p.ImportPath, map[string]bool{}) {
				err = errCycle
			}
			if err != nil {
				if _, ok := errors.AsType[*Unknown](err); ok {
					return nil, err
				}
				failed[path] = err
				continue
			}
			pkg.deps[path] = dep
		}
	}
	for i, old := range l.m.packages[key] {
		if old.fits(pkg) && len(failed) == 0 {
			list := l.m.packages[key]
			l.m.packages[key] = append([]*goPackage{old}, slices.Delete(list, i, i+1)...)
			l.done[key] = old
			return old, nil
		}
	}
	if err := l.checkTypes(pkg, names, failed); err != nil {
		return nil, err
	}
	l.done[key] = pkg
	l.m.keep(key, pkg)
	return pkg, nil
}

// fits reports whether what was checked before is what is asked for: the same
// text, and the very same packages below it.
func (old *goPackage) fits(want *goPackage) bool {
	if old.version != want.version || !slices.Equal(old.digests, want.digests) || len(old.deps) != len(want.deps) {
		return false
	}
	if !slices.Equal(old.listed.GoFiles, want.listed.GoFiles) || !slices.Equal(old.listed.CgoFiles, want.listed.CgoFiles) {
		return false
	}
	for path, dep := range want.deps {
		if old.deps[path] != dep {
			return false
		}
	}
	return true
}

// keep keeps a package for later requests, and bounds what is kept.
func (m *goModule) keep(key loaded, pkg *goPackage) {
	list := append([]*goPackage{pkg}, m.packages[key]...)
	m.bytes += pkg.bytes
	for len(list) > goVariants {
		last := list[len(list)-1]
		m.bytes -= last.bytes
		list = list[:len(list)-1]
	}
	m.packages[key] = list
	m.held.Store(m.bytes * goWeight)
}

// dependency is the package that p imports as path.
func (l *goLoader) dependency(p *listed, path string) (*types.Package, error) {
	id := p.resolve(path)
	dep := l.g.pkgs[id]
	if dep == nil {
		return nil, fmt.Errorf("no required module provides package %q", path)
	}
	if dep.Error != nil && len(dep.GoFiles)+len(dep.CgoFiles) == 0 {
		if fetchable(dep.Error.Err) {
			l.lacks = append(l.lacks, fmt.Sprintf("%s is not on this machine: `go mod download` fetches it", path))
		}
		return nil, errors.New(strings.TrimSuffix(firstLine(dep.Error.Err), "; to add it:"))
	}
	if dep.source {
		if slices.Contains(l.stack, id) {
			return nil, errCycle
		}
		pkg, err := l.load(dep, false)
		if err != nil {
			return nil, err
		}
		return pkg.types, nil
	}
	return l.export(id)
}

// reaches reports whether one package imports another, over any way.
func (l *goLoader) reaches(from, to string, seen map[string]bool) bool {
	if from == to {
		return true
	}
	p := l.g.pkgs[from]
	if p == nil || !p.source || seen[from] {
		return false
	}
	seen[from] = true
	dir := l.v.dir(p.Dir)
	for _, name := range p.GoFiles {
		for _, path := range dir.files[name].imports {
			if l.reaches(p.resolve(path), to, seen) {
				return true
			}
		}
	}
	return false
}

// export reads the export data of a package.
func (l *goLoader) export(path string) (*types.Package, error) {
	e := l.m.exports
	if e.read[path] {
		return e.imports[path], nil
	}
	name := e.files[path]
	if name == "" {
		l.lacks = append(l.lacks, fmt.Sprintf("%s could not be compiled: `go build %s` says why", path, path))
		return nil, errors.New("it could not be compiled")
	}
	f, err := os.Open(name)
	if err != nil {
		// The build cache is trimmed now and then: the next request lists again.
		l.m.forget()
		return nil, &Unknown{CauseMoved, "the build cache has changed: ask again"}
	}
	defer f.Close()
	r, err := gcexportdata.NewReader(f) //nolint:staticcheck // what go list names is an archive as long as Go makes those
	if err != nil {
		return nil, &Unknown{CauseFailed, fmt.Sprintf("export data of %s: %v", path, err)}
	}
	pkg, err := gcexportdata.Read(r, l.m.fset, e.imports, path)
	if err != nil {
		return nil, &Unknown{CauseFailed, fmt.Sprintf("the go command is newer than dejafix, which cannot read what it compiles: update dejafix (%s: %s)", path, firstLine(err.Error()))}
	}
	e.read[path] = true
	return pkg, nil
}

// surface is what others see of a file.
func (l *goLoader) surface(path string, digest analysis.Digest) (*surfaceFile, error) {
	key := parsedKey{path, digest}
	if s := l.m.surfaces[key]; s != nil {
		return s, nil
	}
	f, err := l.parse(path, digest, false)
	if err != nil {
		return nil, err
	}
	s := f.surface(l.m.fset.File(f.syntax.FileStart))
	l.m.surfaces[key] = s
	return s, nil
}

// parse parses a file, unless that was done, and keeps it if so asked.
func (l *goLoader) parse(path string, digest analysis.Digest, keep bool) (*parsedFile, error) {
	key := parsedKey{path, digest}
	if f, ok := l.m.parsed.get(key); ok {
		return f, nil
	}
	text, err := l.v.text(path)
	if err != nil {
		return nil, &Unknown{CauseMoved, filepath.Base(path) + " went away while it was checked: ask again"}
	}
	f := &parsedFile{path: path, text: text}
	f.syntax, err = parser.ParseFile(l.m.fset, path, text, parser.AllErrors|parser.ParseComments|parser.SkipObjectResolution)
	if list, ok := errors.AsType[scanner.ErrorList](err); ok {
		f.errs = list
	}
	if f.syntax == nil {
		return nil, &Unknown{CauseFailed, fmt.Sprintf("%s: %v", filepath.Base(path), err)}
	}
	l.m.read += int64(len(text))
	if keep {
		l.m.parsed.put(key, f)
	}
	return f, nil
}

// checkTypes runs the type checker over pkg.
func (l *goLoader) checkTypes(pkg *goPackage, names []string, failed map[string]error) error {
	p := pkg.listed
	var files []*ast.File
	broken := map[string]bool{}
	for i, name := range names {
		path := filepath.Join(p.Dir, name)
		if !pkg.full {
			s, err := l.surface(path, l.v.dir(p.Dir).files[name].digest)
			if err != nil {
				return err
			}
			files = append(files, s.syntax)
			continue
		}
		f, err := l.parse(path, pkg.digests[i], true)
		if err != nil {
			return err
		}
		files = append(files, f.syntax)
		pkg.files = append(pkg.files, f)
		for _, e := range f.errs {
			broken[f.path] = true
			pkg.findings = append(pkg.findings, Finding{Path: f.path, Phase: PhaseParse, Diagnostic: analysis.Diagnostic{
				Source: "syntax", Message: e.Msg, Severity: analysis.SeverityError, Span: span(e.Pos.Offset, e.Pos.Offset, len(f.text)),
			}})
		}
	}
	conf := l.config(pkg, failed)
	first := "" // what the notes that follow it are about
	conf.Error = func(err error) {
		if !pkg.full {
			return
		}
		f, note, ok := l.finding(err)
		switch {
		case note:
			// gopls says the error again at the place that the note names.
			f.Message = first + " (see details)"
		default:
			first = f.Message
		}
		// Once a file does not parse, what its types say is confusing: gopls does
		// not say it either (gopls internal/cache/check.go).
		if ok && !broken[f.Path] {
			pkg.findings = append(pkg.findings, f)
		}
	}
	path, _, _ := strings.Cut(p.ImportPath, " ")
	pkg.types, _ = conf.Check(path, l.m.fset, files, nil) // the errors were taken one by one
	return nil
}

func (l *goLoader) config(pkg *goPackage, failed map[string]error) *types.Config {
	return &types.Config{
		GoVersion:        pkg.version,
		IgnoreFuncBodies: !pkg.full,
		FakeImportC:      true, // only imported packages use cgo: see goModule.check
		Sizes:            types.SizesFor("gc", l.m.tool.GOARCH),
		Error:            func(error) {},
		Importer: importer(func(path string) (*types.Package, error) {
			if path == "unsafe" {
				return types.Unsafe, nil
			}
			if dep := pkg.deps[path]; dep != nil {
				return dep, nil
			}
			if err := failed[path]; err != nil {
				return nil, err
			}
			return nil, fmt.Errorf("no required module provides package %q", path)
		}),
	}
}

type importer func(path string) (*types.Package, error)

func (i importer) Import(path string) (*types.Package, error) { return i(path) }

// finding is a type error as the editor's server says it. The notes that
// follow an error start with a tab.
func (l *goLoader) finding(err error) (f Finding, note, ok bool) {
	var e types.Error
	if !errors.As(err, &e) {
		return Finding{}, false, false
	}
	from, to := e.Pos, e.Pos
	// The extent of an error is not exported, and gopls reads it so too
	// (internal/typesinternal).
	if v := reflect.ValueOf(e); v.FieldByName("go116start").IsValid() && v.FieldByName("go116end").IsValid() {
		from, to = token.Pos(v.FieldByName("go116start").Int()), token.Pos(v.FieldByName("go116end").Int())
	}
	if !from.IsValid() || !to.IsValid() || to < from {
		from, to = e.Pos, e.Pos
	}
	if !from.IsValid() {
		return Finding{}, false, false
	}
	msg := e.Msg
	if strings.HasSuffix(msg, "("+errCycle.Error()+")") {
		msg = errCycle.Error() // as the go command says it
	}
	f, ok = l.at(from, to, PhaseTypes, analysis.Diagnostic{Source: "compiler", Message: msg, Severity: analysis.SeverityError})
	return f, strings.HasPrefix(e.Msg, "\t"), ok
}

// at places a diagnostic.
func (l *goLoader) at(from, to token.Pos, phase Phase, d analysis.Diagnostic) (Finding, bool) {
	file := l.m.fset.File(from)
	if file == nil {
		return Finding{}, false
	}
	start := file.Offset(from)
	end := start
	if l.m.fset.File(to) == file {
		end = file.Offset(to)
	}
	d.Span = span(start, end, file.Size())
	return Finding{Path: file.Name(), Phase: phase, Diagnostic: d}, true
}

// span is a range within a text of n bytes.
func span(start, end, n int) analysis.Span {
	start = min(max(start, 0), n)
	return analysis.Span{Start: start, End: min(max(end, start), n)}
}
