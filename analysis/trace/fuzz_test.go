package trace

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/dejafix/dejafix/analysis"
)

// fuzz runs one row's parser over any text: it gives each line to begin, and
// what follows to the builder. The seeds are the cases.
func fuzz(f *testing.F, name string) {
	names, err := filepath.Glob("testdata/find/*.txtar")
	if err != nil || len(names) == 0 {
		f.Fatal("no cases", err)
	}
	for _, n := range names {
		a, err := txtar.ParseFile(n)
		if err != nil {
			f.Fatal(err)
		}
		if len(a.Files[0].Data) < 8<<10 {
			f.Add(unquote(string(a.Files[0].Data)))
		}
	}
	var r *row
	for i := range rows {
		if rows[i].name == name {
			r = &rows[i]
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 64<<10 {
			return
		}
		s := Scanner{find: true}
		var b builder
		off := 0
		for part := range strings.SplitSeq(text, "\n") {
			s.now = line{text: plain(part), off: off, end: off + len(part)}
			n, source := prefix(s.now.text)
			s.now.body, s.now.source = s.now.text[n:], source
			off += len(part) + 1
			if b != nil && b.take(&s.now) {
				continue
			}
			if b != nil {
				checkTraces(t, b.finish())
				b = nil
			}
			b, _ = r.begin(&s.now, s.before)
			s.back[s.n%maxBack] = s.now
			s.n++
		}
		if b != nil {
			checkTraces(t, b.finish())
		}
	})
}

func checkTraces(t *testing.T, ts []analysis.Trace) {
	t.Helper()
	for i := range ts {
		checkTrace(t, &ts[i], 0)
	}
}

// checkTrace holds what is promised of every trace.
func checkTrace(t *testing.T, x *analysis.Trace, depth int) {
	t.Helper()
	if x.Language == "" {
		t.Error("no language")
	}
	if depth > 2*maxCauses+2 {
		t.Fatal("too deep")
	}
	if len(x.Frames) > maxFrames {
		t.Errorf("%d frames", len(x.Frames))
	}
	for _, f := range x.Frames {
		if f.Line < 0 || f.Column < 0 {
			t.Errorf("line %d, column %d", f.Line, f.Column)
		}
	}
	if x.Cause != nil {
		checkTrace(t, x.Cause, depth+1)
	}
	for i := range x.Others {
		checkTrace(t, &x.Others[i], depth+1)
	}
}

func FuzzPython(f *testing.F)     { fuzz(f, "python") }
func FuzzPytest(f *testing.F)     { fuzz(f, "pytest") }
func FuzzRich(f *testing.F)       { fuzz(f, "rich") }
func FuzzGo(f *testing.F)         { fuzz(f, "go") }
func FuzzJava(f *testing.F)       { fuzz(f, "java") }
func FuzzJavaScript(f *testing.F) { fuzz(f, "javascript") }
func FuzzRust(f *testing.F)       { fuzz(f, "rust") }
func FuzzRuby(f *testing.F)       { fuzz(f, "ruby") }
func FuzzCSharp(f *testing.F)     { fuzz(f, "csharp") }
func FuzzPHP(f *testing.F)        { fuzz(f, "php") }
func FuzzDart(f *testing.F)       { fuzz(f, "dart") }

// FuzzFind runs the whole over any text: text and stream find the same, and
// what is concluded is valid text.
func FuzzFind(f *testing.F) {
	names, err := filepath.Glob("testdata/find/*.txtar")
	if err != nil || len(names) == 0 {
		f.Fatal("no cases", err)
	}
	for _, n := range names {
		a, err := txtar.ParseFile(n)
		if err != nil {
			f.Fatal(err)
		}
		if len(a.Files[0].Data) < 8<<10 {
			f.Add(unquote(string(a.Files[0].Data)))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 64<<10 {
			return
		}
		ts := Find(text)
		checkTraces(t, ts)
		n := 0
		s := NewScanner(strings.NewReader(text))
		for s.Scan() {
			n++
		}
		if n != len(ts) {
			t.Errorf("%d traces in the text, %d in the stream", len(ts), n)
		}
		for i := range ts {
			Analyse(&ts[i], Known{})
			if utf8.ValidString(text) && !utf8.ValidString(strings.Join(ts[i].Parts, "")) {
				t.Errorf("parts are no text: %q", ts[i].Parts)
			}
			if sim := Similar(&ts[i], &ts[0]); sim < 0 || sim > 1.0001 {
				t.Errorf("similarity %v", sim)
			}
		}
	})
}
