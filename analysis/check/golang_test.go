package check

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// testSet is a Set over some rows.
func testSet(t testing.TB, rows ...Row) *Set {
	t.Helper()
	s := New(Options{Rows: rows})
	t.Cleanup(s.Close)
	return s
}

// write writes files below a new folder, and makes them old enough for their
// times to be believed.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		save(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	return dir
}

func save(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
}

// show is a finding on one line, with its place from 1.
func show(root string, f Finding, text string) string {
	rel, err := filepath.Rel(root, f.Path)
	if err != nil {
		rel = f.Path
	}
	line, col := textedit.NewLines(text).Position(f.Span.Start, textedit.UTF8)
	return fmt.Sprintf("%s:%d:%d: %s: %s", filepath.ToSlash(rel), line+1, col+1, f.Phase, firstLine(f.Message))
}

type recordedDiagnostic struct {
	Range    struct{ Start, End struct{ Line, Character int } }
	Severity int
	Source   string
	Code     any
	Message  string
}

// TestSaysWhatGoplsSays: every error that gopls reported of the recorded code
// is among what the row says of it: the same identity at the same place. The
// rest of what gopls says are analyzers of its own.
func TestSaysWhatGoplsSays(t *testing.T) {
	tests := []struct{ dir, recorded string }{
		{"go", "gopls.json"},
		{"goimports", "gopls-imports.json"},
	}
	for _, tt := range tests {
		t.Run(tt.dir, func(t *testing.T) {
			source := filepath.Join("..", "identity", "testdata")
			files := map[string]string{}
			err := filepath.WalkDir(filepath.Join(source, tt.dir), func(name string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				rel, _ := filepath.Rel(filepath.Join(source, tt.dir), name)
				text, err := os.ReadFile(name)
				files[filepath.ToSlash(rel)] = string(text)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(source, "recorded", tt.recorded))
			if err != nil {
				t.Fatal(err)
			}
			var recorded map[string][]recordedDiagnostic
			if err := json.Unmarshal(text, &recorded); err != nil {
				t.Fatal(err)
			}
			root := write(t, files)
			s := testSet(t, goRow())
			foreign := map[string]bool{} // analyzers that only gopls has
			for _, name := range slices.Sorted(mapsKeys(recorded)) {
				path := filepath.Join(root, filepath.FromSlash(name))
				reports, err := s.Check(context.Background(), "go", Request{Root: root, Scope: []string{path}, Trusted: true})
				if err != nil || reports[0].Err != nil {
					t.Fatal(name, err, reports)
				}
				over := map[string]string{path: files[name]}
				placedList := place("go", reports[0].Findings, newTexts(over))
				lines := textedit.NewLines(files[name])
				said := make([]bool, len(placedList))
				for _, r := range recorded[name] {
					from, _ := lines.Offset(r.Range.Start.Line, r.Range.Start.Character, textedit.UTF16)
					to, _ := lines.Offset(r.Range.End.Line, r.Range.End.Character, textedit.UTF16)
					d := analysis.Diagnostic{Source: r.Source, Message: r.Message, Span: analysis.Span{Start: from, End: to}}
					if r.Code != nil {
						d.Code = fmt.Sprint(r.Code)
					}
					id, _ := identity.Of("go", d)
					i := find(placedList, path, id.Key(), d, lines)
					if i >= 0 {
						said[i] = true
						continue
					}
					if r.Source == "compiler" || r.Source == "syntax" {
						t.Errorf("%s:%d: gopls says %s %s %q (%v), and we do not", name, r.Range.Start.Line+1, r.Source, d.Code, r.Message, id)
					} else {
						foreign[fmt.Sprintf("%s %q", r.Source, r.Message)] = true
					}
				}
				for i, f := range placedList {
					// Of one file, gopls says the first error of the parser.
					if f.Path == path && !said[i] && f.Phase == PhaseTypes {
						t.Errorf("we say %s, and gopls does not", show(root, f.Finding, files[name]))
					}
				}
			}
			t.Logf("only gopls: %v", slices.Sorted(mapsKeys(foreign)))
		})
	}
}

func mapsKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
