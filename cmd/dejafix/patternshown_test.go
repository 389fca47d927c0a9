package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/learner/patternfile"
	"github.com/dejafix/dejafix/lsp/lsptest"
)

// TestPatternFileShown: what a file of the repository taught is offered where the
// checker confirmed it, and not at all where it did not, whoever asks.
func TestPatternFileShown(t *testing.T) {
	f := patternfile.File{ID: "p_1", Language: "go", Rule: "IncompatibleAssign", Examples: []patternfile.Example{{
		Path: "a.go", Source: "compiler", Code: "IncompatibleAssign", Message: "cannot use n (variable of type int) as string value in argument to show",
		At:     patternfile.At{Line: 4, Column: 7, EndLine: 4, EndColumn: 8},
		Before: []string{"package shop", "", "func f(n int) {", "\tshow(n)", "}", ""},
		After:  []string{"package shop", "", "func f(n int) {", "\tshow(strconv.Itoa(n))", "}", ""},
	}}}
	text, err := f.Write()
	if err != nil {
		t.Fatal(err)
	}
	w := newWindow(t, func(o *lsptest.Options) {
		o.Init = map[string]any{"trusted": true}
		root := o.Folders[0]
		files := map[string]string{
			"go.mod": "module example.com/shop\n\ngo 1.24\n", "show.go": showing, "sizes.go": sizes, "weights.go": weights,
			patternfile.Dir + "/a.json": string(text),
		}
		for name, text := range files {
			path := filepath.Join(root, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	})
	w.Open(w.file("show.go"), "go", showing)
	for w.stats().Examples == 0 { // the files are read beside everything else
		w.Idle(false)
	}
	w.reported("sizes.go", sizes, "len(parts)", "int")
	titles := w.repairTitles("sizes.go", "len(parts)", true)
	if len(titles) == 0 || !strings.Contains(titles[0], "strconv.Itoa") || !strings.Contains(titles[0], "checked") {
		t.Errorf("where it cures: %q", titles)
	}
	w.reported("weights.go", weights, "half(weight)", "float64")
	for _, title := range w.repairTitles("weights.go", "half(weight)", true) {
		if strings.Contains(title, "strconv.Itoa") {
			t.Errorf("where it does not: %q", title)
		}
	}
}
