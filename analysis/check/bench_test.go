package check

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// benchModule is the module that times are taken in: the folder that
// DEJAFIX_BENCH_GO names, a large one say, else this repository.
func benchModule(b *testing.B) string {
	b.Helper()
	dir := os.Getenv("DEJAFIX_BENCH_GO")
	if dir == "" {
		dir = filepath.Join("..", "..")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		b.Fatal(err)
	}
	return dir
}

// A mutant is a file with one error, and the edit that takes it back.
type mutant struct {
	path, text string
	edit       []analysis.Edit
	at         int // of the error
}

// mutants breaks files all over a module, each in the way that breaks says of
// its syntax: it returns the place, and what is put there. Files are taken
// evenly, so that large packages count as often as they have files.
func mutants(b *testing.B, root string, most int, breaks func(f *ast.File, text string) (at int, old, fresh string)) []mutant {
	b.Helper()
	var files []string
	lines := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			base := d.Name()
			if name != root && (base == "testdata" || base == "vendor" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil && name != root {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, ".go") {
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			lines += strings.Count(string(text), "\n")
			if !strings.HasSuffix(name, "_test.go") && !strings.Contains(string(text), "DO NOT EDIT") && !strings.Contains(string(text), "//go:build") {
				files = append(files, name)
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	var out []mutant
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		at, old, fresh := breaks(f, string(text))
		if fresh == old {
			continue
		}
		broken := string(text[:at]) + fresh + string(text[at+len(old):])
		out = append(out, mutant{name, broken, []analysis.Edit{{Span: analysis.Span{Start: at, End: at + len(fresh)}, New: old}}, at})
	}
	b.Logf("%d lines of Go, %d files that can be broken so", lines, len(out))
	if len(out) <= most {
		return out
	}
	picked := make([]mutant, most)
	for i := range picked {
		picked[i] = out[i*len(out)/most]
	}
	return picked
}

// misspells breaks a selector in the middle of the file, in a function.
func misspells(f *ast.File, _ string) (int, string, string) {
	var all []*ast.Ident
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				all = append(all, s.Sel)
			}
			return true
		})
	}
	if len(all) == 0 {
		return 0, "", ""
	}
	id := all[len(all)/2]
	return int(id.Pos()) - int(f.FileStart), id.Name, id.Name + "Qx"
}

// forgetsImport takes the last import of the standard library away.
func forgetsImport(f *ast.File, text string) (int, string, string) {
	for _, spec := range slices.Backward(f.Imports) {
		from, to := int(spec.Pos()-f.FileStart), int(spec.End()-f.FileStart)
		if spec.Name == nil && !strings.Contains(spec.Path.Value, ".") && len(f.Imports) > 1 && spec.Path.Value != `"C"` && spec.Path.Value != `"embed"` {
			return from, text[from:to], ""
		}
	}
	return 0, "", ""
}

// BenchmarkJudgeGo takes the time of one verdict in a module that was asked
// about before: both is with the baseline, which is run when a diagnostic
// settles, after is without, and cached is to find it again, which looks at the
// module's files. first is the first question of a process.
func BenchmarkJudgeGo(b *testing.B) {
	root := benchModule(b)
	kinds := []struct {
		name   string
		breaks func(*ast.File, string) (int, string, string)
		adds   string // by the repair, besides what takes the error back
	}{
		{"body", misspells, ""},
		{"import", forgetsImport, ""},
		// What a package exports changes: its importers are checked too.
		{"exported", misspells, "func AddedByTheRepair() {}\n"},
	}
	for _, kind := range kinds {
		b.Run(kind.name, func(b *testing.B) {
			list := mutants(b, root, 60, kind.breaks)
			s := New(Options{})
			defer s.Close()
			var cold time.Duration
			var whole, after, cached []time.Duration
			verdicts := map[string]int{}
			for i := range b.N {
				m := list[i%len(list)]
				// Each time round the text is another one, as after a keystroke.
				text := m.text + fmt.Sprintf("\n// %d\n", i)
				reports, err := s.Check(context.Background(), "go", Request{Root: root, Overlay: map[string]string{m.path: text}, Scope: []string{m.path}, Trusted: true})
				if err != nil || reports[0].Err != nil {
					verdicts[fmt.Sprint("could not be asked: ", err, reports)]++
					continue
				}
				target := -1
				for j, f := range reports[0].Findings {
					if f.Path == m.path && f.Phase <= PhaseTypes {
						target = j
						break
					}
				}
				if target < 0 {
					verdicts["no error here "+reports[0].Why]++
					continue
				}
				e := Edit{Root: root, Path: m.path, Language: "go", Text: text, Target: reports[0].Findings[target].Diagnostic}
				end := analysis.Span{Start: len(text), End: len(text)}
				// The baseline is run anew: another comment.
				e.Text += "//\n"
				e.Edits = append(slices.Clone(m.edit), analysis.Edit{Span: end, New: kind.adds})
				began := time.Now()
				j := s.Judge(context.Background(), e, true)
				took := time.Since(began)
				if i == 0 {
					cold = took
				}
				whole = append(whole, took)
				e.Edits = append(slices.Clone(m.edit), analysis.Edit{Span: end, New: kind.adds + "\n"})
				began = time.Now()
				s.Judge(context.Background(), e, true)
				after = append(after, time.Since(began))
				began = time.Now()
				s.Cached(e)
				cached = append(cached, time.Since(began))
				verdicts[j.Verdict.String()+" "+string(j.Cause)]++
			}
			var mem runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&mem)
			b.Logf("%v, the checkers think that they hold %s, the heap is %s", verdicts, size(s.Stats().Memory), size(int64(mem.HeapAlloc)))
			for _, x := range []struct {
				name string
				list []time.Duration
			}{{"both", whole}, {"after", after}, {"cached", cached}} {
				slices.Sort(x.list)
				if n := len(x.list); n > 0 {
					b.ReportMetric(x.list[n/2].Seconds()*1e3, x.name+"-p50-ms")
					b.ReportMetric(x.list[n*95/100].Seconds()*1e3, x.name+"-p95-ms")
				}
			}
			b.ReportMetric(float64(cold.Milliseconds()), "first-ms")
		})
	}
}
