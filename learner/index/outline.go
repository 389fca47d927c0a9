package index

import (
	"context"

	"github.com/dejafix/dejafix/analysis/syntax"
)

// maxIndexed is the largest text that is indexed, in bytes: its tree takes 50
// times as much memory (DEPENDENCIES.md), and what is larger was seldom written by
// hand (of the 10,000 files of BENCHMARKS.md's corpus, 1 in 100).
const maxIndexed = 256 << 10

// maxSymbols bounds the definitions of one file: tables that a program wrote have
// thousands.
const maxSymbols = 2000

// A reader knows how the definitions of a language family look.
type reader struct {
	// extensions are those of its files, with what LSP calls their language.
	extensions map[string]string
	// cut tells the nodes that hold no definition for others.
	cut func(parent, kind syntax.Kind) bool
	// read takes the definitions and imports out of an outline.
	read func(v view, f *File)
}

// readers are the languages that are indexed, by family: to add one, add a row.
var readers = map[string]*reader{
	"go":         {map[string]string{".go": "go"}, goCut, goRead},
	"typescript": {scriptExtensions, scriptCut, scriptRead},
	"python":     {map[string]string{".py": "python", ".pyi": "python"}, pythonCut, pythonRead},
}

// languageOf is the language of a file that is indexed, "" for others.
func languageOf(ext string) string {
	for _, r := range readers {
		if l, ok := r.extensions[ext]; ok {
			return l
		}
	}
	return ""
}

// outline reads the definitions of a tree.
func outline(path string, tree *syntax.Tree) *File {
	lang := tree.Language()
	f := &File{Path: path, Language: lang.Name}
	r := readers[lang.Family]
	if r == nil {
		return f
	}
	v := view{tree.Outline(r.cut)}
	if len(v.Nodes) > 0 {
		r.read(v, f)
	}
	if len(f.Symbols) > maxSymbols {
		f.Symbols = f.Symbols[:maxSymbols]
	}
	return f
}

// parse reads the definitions of a text.
func parse(ctx context.Context, path, language, text string) (*File, error) {
	tree, err := syntax.Parse(ctx, syntax.For(language), text)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	return outline(path, tree), nil
}

// kinds makes a set of kinds of nodes.
func kinds(names ...string) map[syntax.Kind]bool {
	m := make(map[syntax.Kind]bool, len(names))
	for _, n := range names {
		m[syntax.KindOf(n)] = true
	}
	return m
}
