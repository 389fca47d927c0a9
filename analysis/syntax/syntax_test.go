package syntax

import (
	"context"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
)

// samples is one small text for each language, valid in it.
var samples = map[string]string{
	"go":              "package a\n\nimport \"fmt\"\n\n// Comment.\nfunc f(x int) string {\n\treturn fmt.Sprint(\"a\", x)\n}\n",
	"python":          "import os\n\ndef f(x):\n    # comment\n    return \"a%s\" % x\n",
	"javascript":      "import a from 'a'\nconst x = <b c={1}>text {a}</b>\n",
	"javascriptreact": "export const x = () => <b>hi</b>;\n",
	"typescript":      "const x: number = f<string>(`a${1}`) // comment\n",
	"typescriptreact": "export const x = <b c=\"d\">{(1 as number)}</b>;\n",
	"rust":            "use std::fmt;\nfn main() { println!(\"{}\", 'a'); /* c */ }\n",
	"java":            "class A { int f(String s) { return s.length() + 1; } }\n",
	"c":               "#include <stdio.h>\nint main(void) { printf(\"a\\n\"); return 0; }\n",
	"cpp":             "#include <vector>\nauto f() { std::vector<int> v{1, 2}; return v; }\n",
	"csharp":          "using System;\nclass A {\n\tint F(string s) => s?.Length ?? 0; // c\n\tstring G() { return $\"a{F(@\"b\")}\"; }\n}\n",
	"php":             "<p>Hi <?php\nuse A\\B;\nforeach ($a as $b) { echo \"x $b\" . $b?->c('d'); } # c\n?>\n<b class=\"c\">it's</b>\n",
	"vue":             "<template>\n  <p :a=\"b\">{{ c }}</p>\n</template>\n<script setup lang=\"ts\">\nimport { d } from 'd'\nconst c: number = d()\n</script>\n<style>p { color: red }</style>\n",
	"svelte":          "<script module>\n\texport const a = 1;\n</script>\n<script>\n\tlet { b } = $props(); // c\n</script>\n<p class={b}>{#if a}it's{/if}</p>\n",
	"ruby":            "def f(x)\n  @y = :sym # c\n  \"a#{x}\"\nend\n",
}

func TestEveryLanguageParses(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			text, ok := samples[name]
			if !ok {
				t.Fatal("add a sample for the language")
			}
			tree, err := Parse(context.Background(), For(name), text)
			if err != nil {
				t.Fatal(err)
			}
			defer tree.Close()
			if tree.HasErrors() {
				t.Errorf("the sample has syntax errors: %s", tree.inner.RootNode().ToSexp())
			}
			checkFragment(t, tree.Fragment(true, analysis.Span{End: len(text)}), true)
			checkFragment(t, Lex(For(name), text, true, analysis.Span{End: len(text)}), true)
			for lo := 0; lo < len(text); lo += 7 {
				checkFragment(t, tree.Fragment(true, analysis.Span{Start: lo, End: min(lo+20, len(text))}), false)
			}
		})
	}
}

// checkFragment tests what always holds of a Fragment.
func checkFragment(t *testing.T, f *Fragment, whole bool) {
	t.Helper()
	var joined strings.Builder
	for i := range f.Tokens {
		tok := f.Tokens[i]
		if tok.Start >= tok.End {
			t.Fatalf("token %d is empty", i)
		}
		if i > 0 && tok.Start < f.Tokens[i-1].End {
			t.Fatalf("token %d %q overlaps the one before", i, f.Tok(int32(i)))
		}
		if n := f.Nodes[tok.Leaf]; n.Tok0 != int32(i) || n.Tok1 != int32(i+1) {
			t.Fatalf("token %d %q: leaf %+v", i, f.Tok(int32(i)), n)
		}
		joined.WriteString(f.Tok(int32(i)))
	}
	if squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }; whole && squeeze(joined.String()) != squeeze(f.Text) {
		t.Errorf("tokens do not cover the text:\n%s\n%s", squeeze(joined.String()), squeeze(f.Text))
	}
	for i := range f.Nodes {
		n := f.Nodes[i]
		at := n.Tok0
		for c := n.First; c >= 0; c = f.Nodes[c].Next {
			if f.Nodes[c].Parent != int32(i) || c >= n.Last || c <= int32(i) {
				t.Fatalf("node %d %s: child %d is not below it", i, n.Kind, c)
			}
			if f.Nodes[c].Tok0 != at {
				t.Fatalf("node %d %s: tokens between its children", i, n.Kind)
			}
			at = f.Nodes[c].Tok1
		}
		if n.First >= 0 && at != n.Tok1 {
			t.Fatalf("node %d %s: tokens after its children", i, n.Kind)
		}
	}
}

func TestFallback(t *testing.T) {
	for _, c := range []struct{ language, text string }{
		{"typescript", "const x = <b c=\"d\">text</b>;\n"},
		{"typescriptreact", "const x = <T>y;\n"},
		{"javascript", "const x = <b class=\"d\" in={1}>{text}</b>;\n"},
		{"javascriptreact", "const x = <label for=\"d\">{text}</label>;\n"},
		{"vue", "<script lang=\"ts\">\nconst x = () => <b c=\"d\">text</b>;\n</script>\n"},
	} {
		if parsed(t, c.language, c.text).HasErrors() {
			t.Errorf("%s: %q has syntax errors", c.language, c.text)
		}
	}
}

func TestEdited(t *testing.T) {
	before := samples["go"]
	edits := []analysis.Edit{
		{Span: analysis.Span{Start: strings.Index(before, "x int"), End: strings.Index(before, "x int") + 5}, New: "y,\n\tz int"},
		{Span: analysis.Span{Start: strings.Index(before, "\"a\""), End: strings.Index(before, "\"a\"") + 3}, New: "y"},
	}
	after := strings.Replace(strings.Replace(before, "x int", "y,\n\tz int", 1), "\"a\"", "y", 1)
	old, err := Parse(context.Background(), For("go"), before)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	tree, err := old.Edited(context.Background(), after, edits)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	fresh, err := Parse(context.Background(), For("go"), after)
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	if got, want := tree.inner.RootNode().ToSexp(), fresh.inner.RootNode().ToSexp(); got != want {
		t.Errorf("incremental and fresh parse differ:\n%s\n%s", got, want)
	}
	if old.HasErrors() || old.Text() != before {
		t.Error("the old tree changed")
	}
}

func TestSite(t *testing.T) {
	text := samples["go"]
	tree, err := Parse(context.Background(), For("go"), text)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	at := strings.Index(text, "Sprint")
	got := Site(tree, analysis.Span{Start: at, End: at + 6})
	if want := (analysis.Site{NodeKind: "field_identifier", Enclosing: "function_declaration", Line: 6}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if n := len(tree.Imports()); n != 1 {
		t.Errorf("%d imports", n)
	}
}

func FuzzFragment(f *testing.F) {
	for name, text := range samples {
		f.Add(name, text, 3, 20)
	}
	f.Add("php", "<?php foreach ($a as $b) { echo \"x\" . $b->c('d'); }", 0, 100)
	f.Add("", "((([", 0, 4)
	f.Fuzz(func(t *testing.T, name, text string, lo, hi int) {
		span := analysis.Span{Start: min(max(lo, 0), len(text)), End: min(max(hi, 0), len(text))}
		if span.End < span.Start {
			span.End = span.Start
		}
		checkFragment(t, Lex(Row(name), text, true, span), false)
		if lang := For(name); lang != nil {
			tree, err := Parse(context.Background(), lang, text)
			if err != nil {
				t.Fatal(err)
			}
			defer tree.Close()
			checkFragment(t, tree.Fragment(true, span), false)
			checkFragment(t, tree.Fragment(false, span, analysis.Span{Start: span.End + 9, End: len(text)}), false)
			checkFragment(t, tree.Fragment(true, analysis.Span{End: len(text)}), false)
			tree.Path(span)
			Site(tree, span)
		}
	})
}

// FuzzEdited: a tree that was edited, into whatever, is a tree of the text.
func FuzzEdited(f *testing.F) {
	for name, text := range samples {
		f.Add(name, text, len(text)/2, 3, "x = 1")
		f.Add(name, text, 0, len(text)/3, "")
		f.Add(name, text, len(text)/3, 9, "</script>\n<script lang=\"ts\">")
	}
	f.Fuzz(func(t *testing.T, name, before string, at, old int, fresh string) {
		lang := For(name)
		if lang == nil {
			return
		}
		at = min(max(at, 0), len(before))
		old = min(max(old, 0), len(before)-at)
		edit := analysis.Edit{Span: analysis.Span{Start: at, End: at + old}, New: fresh}
		after := before[:at] + fresh + before[at+old:]
		tree, err := Parse(context.Background(), lang, before)
		if err != nil {
			t.Fatal(err)
		}
		defer tree.Close()
		next, err := tree.Edited(context.Background(), after, []analysis.Edit{edit})
		if err != nil {
			t.Fatal(err)
		}
		defer next.Close()
		checkFragment(t, next.Fragment(true, analysis.Span{End: len(after)}), false)
		checkFragment(t, next.Fragment(false, analysis.Span{Start: at, End: at + len(fresh) + 9}), false)
		for _, s := range append(next.Frame(), next.Code()...) {
			if s.Start < 0 || s.End < s.Start || s.End > len(after) {
				t.Fatalf("%v of %d bytes", s, len(after))
			}
		}
		next.Path(edit.Span)
		next.Piece(edit.Span)
	})
}
