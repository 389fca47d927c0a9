package trace

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
)

var update = flag.Bool("update", false, "write what was found into testdata")

// render writes traces down as a person would check them.
func render(ts []analysis.Trace) string {
	var b strings.Builder
	for i := range ts {
		renderOne(&b, &ts[i], "")
	}
	return b.String()
}

func renderOne(b *strings.Builder, t *analysis.Trace, in string) {
	fmt.Fprintf(b, "%s%s %s: %q\n", in, t.Language, t.Type, t.Message)
	if t.Thread != "" {
		fmt.Fprintf(b, "%s  thread %s\n", in, t.Thread)
	}
	for i := range t.Frames {
		renderFrame(b, &t.Frames[i], in+"  ")
	}
	if t.Elided > 0 {
		fmt.Fprintf(b, "%s  elided %d\n", in, t.Elided)
	}
	for i := range t.CreatedBy {
		renderFrame(b, &t.CreatedBy[i], in+"  made by ")
	}
	for _, d := range t.Doubts {
		fmt.Fprintf(b, "%s  doubt: %s\n", in, d)
	}
	if t.Cause != nil {
		how := "cause"
		if t.Implicit {
			how = "while handling"
		}
		fmt.Fprintf(b, "%s  %s:\n", in, how)
		renderOne(b, t.Cause, in+"    ")
	}
	for i := range t.Others {
		fmt.Fprintf(b, "%s  with:\n", in)
		renderOne(b, &t.Others[i], in+"    ")
	}
}

func renderFrame(b *strings.Builder, f *analysis.Frame, in string) {
	app := "-"
	if f.InApp {
		app = "*"
	}
	fmt.Fprintf(b, "%s%s ", in, app)
	if f.Module != "" {
		fmt.Fprintf(b, "{%s} ", f.Module)
	}
	fmt.Fprintf(b, "%s at %s:%d", f.Function, f.File, f.Line)
	if f.Column > 0 {
		fmt.Fprintf(b, ":%d", f.Column)
	}
	if !f.InApp {
		fmt.Fprintf(b, " (%s)", f.Why)
	}
	if f.Text != "" {
		fmt.Fprintf(b, " | %s", f.Text)
	}
	for _, l := range f.Locals {
		null := ""
		if l.Null {
			null = "!"
		}
		fmt.Fprintf(b, " %s%s:%s", l.Name, null, l.Type)
	}
	b.WriteByte('\n')
}

// TestFind runs the cases of testdata: an output as a tool printed it, and what
// is to be found in it. The same is found in the stream, with any chunks.
func TestFind(t *testing.T) {
	names, err := filepath.Glob("testdata/find/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(a.Files) < 1 || a.Files[0].Name != "output" {
				t.Fatal("the first file is not \"output\"")
			}
			in := unquote(string(a.Files[0].Data))
			got := render(Find(in))
			if *update {
				a.Files = append(a.Files[:1], txtar.File{Name: "traces", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(a), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if len(a.Files) != 2 {
				t.Fatal("no file \"traces\" (go test -update writes it)")
			}
			if diff := cmp.Diff(string(a.Files[1].Data), got); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
			var streamed []analysis.Trace
			s := NewScanner(&dribble{text: in})
			for s.Scan() {
				streamed = append(streamed, s.Trace())
			}
			if s.Err() != nil {
				t.Fatal(s.Err())
			}
			sorted := Scanner{done: streamed}
			if diff := cmp.Diff(got, render(sorted.sorted())); diff != "" {
				t.Errorf("found in the stream (-text +stream):\n%s", diff)
			}
			for _, x := range Find(in) {
				if x.Span.Start < 0 || x.Span.End > len(in) || x.Span.Start >= x.Span.End {
					t.Errorf("span %v of a text of %d bytes", x.Span, len(in))
				}
			}
		})
	}
}

// unquote puts control characters into a case: ‹ESC› and ‹CR›.
func unquote(s string) string {
	return strings.NewReplacer("‹ESC›", "\x1b", "‹CR›", "\r").Replace(s)
}
