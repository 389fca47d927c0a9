package report

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

var update = flag.Bool("update", false, "write the golden parts anew")

// TestParse reads what real tools printed about the sources beside it.
func TestParse(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]string{}
			for _, f := range a.Files {
				files[f.Name] = string(f.Data)
			}
			got := describe(Parse(files["output"], ""), files)
			if *update {
				a.Files[len(a.Files)-1].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(a), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(files["want"], got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func describe(r Report, files map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d other lines, cut %q\n", r.Form, r.Other, r.Cut)
	for _, f := range r.Findings {
		d := f.Diagnostic
		fmt.Fprintf(&b, "%s:%d:%d %s %s %s %d %q", f.File, f.Place.Line, f.Place.Column, f.Language, d.Source, d.Code, d.Severity, d.Message)
		for name, text := range files {
			if !strings.HasPrefix(name, "src/") || filepath.Base(name) != filepath.Base(f.File) {
				continue
			}
			span, ok := f.Place.Span(textedit.NewLines(text), f.Language, d)
			fmt.Fprintf(&b, " at %q %v", text[span.Start:span.End], ok)
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}

// TestSpan: what is not said, and what does not fit the text.
func TestSpan(t *testing.T) {
	lines := textedit.NewLines("a := b\n\tfoo(bar)\n")
	tests := []struct {
		place Place
		want  analysis.Span
		ok    bool
	}{
		{Place{Line: 2}, analysis.Span{Start: 8, End: 16}, true},
		{Place{Line: 2, Column: 2}, analysis.Span{Start: 8, End: 11}, true},
		{Place{Line: 2, Column: 5}, analysis.Span{Start: 11, End: 12}, true},
		{Place{Line: 2, Column: 99}, analysis.Span{Start: 16, End: 16}, true},
		{Place{Line: 1, Column: 6, EndLine: 2, EndColumn: 2}, analysis.Span{Start: 5, End: 8}, true},
		{Place{Line: 1, Column: 6, EndLine: 1, EndColumn: 2}, analysis.Span{Start: 5, End: 6}, true},
		{Place{Line: 9, Column: 1}, analysis.Span{}, false},
		{Place{}, analysis.Span{}, false},
	}
	for _, tt := range tests {
		got, ok := tt.place.Span(lines, "go", analysis.Diagnostic{Message: "undefined: b"})
		if got != tt.want || ok != tt.ok {
			t.Errorf("%+v: %v %v, want %v %v", tt.place, got, ok, tt.want, tt.ok)
		}
	}
}

// FuzzParse: whatever is printed, there is an answer, and its places can be
// looked up in any text.
func FuzzParse(f *testing.F) {
	names, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(a.Files[0].Data), "a\n\tb é\n")
	}
	f.Fuzz(func(t *testing.T, output, text string) {
		lines := textedit.NewLines(text)
		for _, x := range Parse(output, output).Findings {
			if s, _ := x.Place.Span(lines, x.Language, x.Diagnostic); s.Start < 0 || s.End < s.Start || s.End > len(text) {
				t.Errorf("%+v: %v in %d bytes", x.Place, s, len(text))
			}
		}
	})
}
