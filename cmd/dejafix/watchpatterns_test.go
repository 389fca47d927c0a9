package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/learner"
	"github.com/dejafix/dejafix/learner/patternfile"
	"github.com/dejafix/dejafix/store"
)

// TestPatternWatch: a server learns from the pattern files of a trusted
// workspace and of no other, follows what they say, says which line is wrong, and
// drops what they taught with the trust.
func TestPatternWatch(t *testing.T) {
	ctx := t.Context()
	st, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "dejafix.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	l := learner.New(learner.Options{Store: st})
	defer l.Close()
	var told []analysis.Status
	w := newPatternWatch(ctx, st, l, slog.New(slog.DiscardHandler), func(s analysis.Status) { told = append(told, s) })
	defer w.close()

	root := t.TempDir()
	dir := filepath.Join(root, filepath.FromSlash(patternfile.Dir))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := func(after string) string {
		f := patternfile.File{ID: "p_1", Language: "go", Rule: "UndeclaredName", Examples: []patternfile.Example{{
			Path: "a.go", Source: "compiler", Code: "UndeclaredName", Message: "undefined: x",
			At: patternfile.At{Line: 1, Column: 1, EndLine: 1, EndColumn: 2}, Before: []string{"x"}, After: []string{after},
		}}}
		text, err := f.Write()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	changed := func(name string) {
		w.observe(analysis.Edited{Doc: analysis.NewDocument("", filepath.Join(dir, name), root, "json", 0, ""), Change: analysis.Saved})
		w.work.Wait()
	}
	trust := func(roots ...string) {
		w.observe(analysis.Configured{Policy: analysis.Policy{Trusted: roots}})
		w.work.Wait()
	}
	learned := func(want string) {
		t.Helper()
		var all []string
		for ex, err := range st.Examples(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			if ex.Provenance.Origin != analysis.OriginImport || !strings.HasPrefix(ex.Provenance.Tool, patternfile.Dir+"/") {
				t.Errorf("the provenance is %+v", ex.Provenance)
			}
			all = append(all, ex.Edits[0].New)
		}
		if got := strings.Join(all, " "); got != want {
			t.Errorf("learned %q, want %q", got, want)
		}
	}

	write("a.json", file("one"))
	write("b.json", file("two"))
	w.observe(analysis.Edited{Doc: analysis.NewDocument("", filepath.Join(root, "a.go"), root, "go", 0, ""), Change: analysis.Opened})
	w.work.Wait()
	learned("") // nobody trusts it
	trust("elsewhere")
	learned("")
	trust(root)
	learned("one two")
	trust(root) // nothing new
	learned("one two")
	write("a.json", file("three"))
	changed("a.json")
	learned("two three")
	write("b.json", strings.Replace(file("two"), `"two"`, `"two \u202e"`, 1))
	changed("b.json")
	learned("three")
	if len(told) != 1 || !strings.Contains(told[0].Tooltip, patternfile.Dir+"/b.json, line ") {
		t.Errorf("told %+v", told)
	}
	if err := os.Remove(filepath.Join(dir, "a.json")); err != nil {
		t.Fatal(err)
	}
	write("b.json", file("four"))
	changed("b.json")
	learned("four")
	trust()
	learned("")
	trust(root)
	learned("four")
}
