package check

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/types"
	"os"
	"reflect"
	"slices"
	"strings"

	goanalysis "golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/modernize"
	"golang.org/x/tools/go/analysis/suite/vet"

	"github.com/dejafix/dejafix/analysis"
)

// goAnalyzers are what `go vet` runs, and what gopls adds of the same module
// that needs no more than types.
var goAnalyzers = slices.Concat(vet.Suite, modernize.Suite)

// vet runs the analyzers over packages without errors: of each folder the
// package with its tests, which holds the one without, and the external tests.
func (l *goLoader) vet(checked []*goPackage) ([]Finding, error) {
	widest := map[string]*goPackage{} // by folder and name
	for _, p := range checked {
		key := p.listed.Dir + " " + p.listed.Name
		if w := widest[key]; w == nil || len(p.listed.GoFiles) > len(w.listed.GoFiles) {
			widest[key] = p
		}
	}
	var out []Finding
	for _, p := range checked {
		if widest[p.listed.Dir+" "+p.listed.Name] != p {
			continue
		}
		if err := l.ctx.Err(); err != nil {
			return nil, cancelled(l.ctx, "go")
		}
		if !p.vetted {
			if err := l.vetPackage(p); err != nil {
				return nil, err
			}
		}
		out = append(out, p.lint...)
	}
	return out, nil
}

// vetPackage runs the analyzers over one package, each after those that it
// requires. Facts about other packages are not known, so that a few things
// which `go vet` finds are not found: that a function of another package ends
// in printf.
func (l *goLoader) vetPackage(p *goPackage) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &Unknown{CauseFailed, fmt.Sprintf("an analyzer of go vet gave up: %v", r)}
		}
	}()
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Instances: map[*ast.Ident]types.Instance{},
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes: map[ast.Node]*types.Scope{}, FileVersions: map[*ast.File]string{},
	}
	var files []*ast.File
	for _, f := range p.files {
		files = append(files, f.syntax)
	}
	conf := l.config(p, nil)
	path, _, _ := strings.Cut(p.listed.ImportPath, " ")
	pkg, err := conf.Check(path, l.m.fset, files, info)
	if err != nil {
		return nil // its errors were found before
	}
	var list []Finding
	results := map[*goanalysis.Analyzer]any{}
	var run func(a *goanalysis.Analyzer) error
	run = func(a *goanalysis.Analyzer) error {
		if _, done := results[a]; done {
			return nil
		}
		for _, need := range a.Requires {
			if err := run(need); err != nil {
				return err
			}
		}
		facts := newFacts(pkg)
		pass := &goanalysis.Pass{
			Analyzer: a, Fset: l.m.fset, Files: files, Pkg: pkg, TypesInfo: info, TypesSizes: conf.Sizes, ResultOf: results,
			ReadFile: func(name string) ([]byte, error) {
				if text, ok := l.v.overlay[name]; ok {
					return []byte(text), nil
				}
				return os.ReadFile(name)
			},
			Report: func(d goanalysis.Diagnostic) {
				to := d.End
				if !to.IsValid() {
					to = d.Pos
				}
				f, ok := l.at(d.Pos, to, PhaseLint, analysis.Diagnostic{Source: a.Name, Code: "default", Message: d.Message, Severity: analysis.SeverityWarning})
				if ok {
					list = append(list, f)
				}
			},
			ImportObjectFact: facts.ofObject, ExportObjectFact: facts.setObject,
			ImportPackageFact: facts.ofPackage, ExportPackageFact: facts.setPackage,
			AllObjectFacts: facts.objects, AllPackageFacts: facts.packages,
		}
		if m := p.listed.Module; m != nil {
			pass.Module = &goanalysis.Module{Path: m.Path, GoVersion: m.GoVersion}
		}
		result, err := a.Run(pass)
		if err != nil {
			return &Unknown{CauseFailed, fmt.Sprintf("the analyzer %s of go vet: %v", a.Name, err)}
		}
		results[a] = result
		return nil
	}
	for _, a := range goAnalyzers {
		if err := run(a); err != nil {
			return err
		}
	}
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Span.Start, b.Span.Start))
	})
	p.lint, p.vetted = list, true
	return nil
}

// facts are what one analyzer found out about the package that it looks at.
type facts struct {
	pkg    *types.Package
	object map[types.Object][]goanalysis.Fact
	whole  []goanalysis.Fact
}

func newFacts(pkg *types.Package) *facts {
	return &facts{pkg: pkg, object: map[types.Object][]goanalysis.Fact{}}
}

// take copies the fact of want's type into it.
func take(list []goanalysis.Fact, want goanalysis.Fact) bool {
	for _, f := range list {
		if reflect.TypeOf(f) == reflect.TypeOf(want) {
			reflect.ValueOf(want).Elem().Set(reflect.ValueOf(f).Elem())
			return true
		}
	}
	return false
}

// with is list with the fact in the place of the one of its type.
func with(list []goanalysis.Fact, f goanalysis.Fact) []goanalysis.Fact {
	return append(slices.DeleteFunc(list, func(o goanalysis.Fact) bool { return reflect.TypeOf(o) == reflect.TypeOf(f) }), f)
}

func (f *facts) ofObject(o types.Object, want goanalysis.Fact) bool { return take(f.object[o], want) }

func (f *facts) setObject(o types.Object, fact goanalysis.Fact) {
	f.object[o] = with(f.object[o], fact)
}

func (f *facts) ofPackage(p *types.Package, want goanalysis.Fact) bool {
	return p == f.pkg && take(f.whole, want)
}

func (f *facts) setPackage(fact goanalysis.Fact) { f.whole = with(f.whole, fact) }

func (f *facts) objects() []goanalysis.ObjectFact {
	var out []goanalysis.ObjectFact
	for o, list := range f.object {
		for _, fact := range list {
			out = append(out, goanalysis.ObjectFact{Object: o, Fact: fact})
		}
	}
	slices.SortFunc(out, func(a, b goanalysis.ObjectFact) int { return cmp.Compare(a.Object.Pos(), b.Object.Pos()) })
	return out
}

func (f *facts) packages() []goanalysis.PackageFact {
	var out []goanalysis.PackageFact
	for _, fact := range f.whole {
		out = append(out, goanalysis.PackageFact{Package: f.pkg, Fact: fact})
	}
	return out
}
