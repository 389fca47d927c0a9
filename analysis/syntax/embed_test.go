package syntax

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dejafix/dejafix/analysis"
)

func TestScripts(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"<script>a</script>", `javascript "a"`},
		{"<template><p/></template>\n<script setup lang=\"ts\">\na\n</script>\n", `typescript "\na\n"`},
		{"<script lang='tsx'>a</script>", `typescriptreact "a"`},
		{"<script type=module>a</script>", `javascript "a"`},
		{"<SCRIPT LANG=TS>a</Script >", `typescript "a"`},
		{"<script>a</script><p></p><script setup lang=\"ts\">b</script>", `typescript "a" "b"`},
		{"<script module lang=ts generic=\"T extends A<B>\">a</script><script>b</script>", `typescript "a" "b"`},
		{"<script>if (a < b) '<script>' </script>", `javascript "if (a < b) '<script>' "`},
		{"<!-- <script>no</script> --><script>a</script>", `javascript "a"`},
		{"<style>/* <script>no</script> */</style><script>a</script>", `javascript "a"`},
		{"<script src=\"./a.ts\" lang=\"ts\" /><script>a</script>", `javascript "a"`},
		{"<script type=\"application/json\">{}</script>", `javascript`},
		{"<script lang=\"coffee\">a = -> 1</script>", `javascript`},
		{"<scripts>a</scripts>", `javascript`},
		{"", `javascript`},
		{"<template></template>", `javascript`},
		{"<script></script>", `javascript`},
		{"<script>a", `javascript "a"`},
		{"<script lang=\"ts", `javascript`},
		{"<script lang=\"ts\" = / =>a</script", `typescript "a"`},
		{"<script>", `javascript`},
		{"<!-- <script>a</script>", `javascript "a"`},
		{"<style> <script>a</script>", `javascript "a"`},
	} {
		in := For("vue").codeOf(c.text)
		got := in.lang.Name
		for _, s := range in.spans {
			got += fmt.Sprintf(" %q", c.text[s.Start:s.End])
		}
		if got != c.want {
			t.Errorf("%q: got %s, want %s", c.text, got, c.want)
		}
	}
}

// describe writes a fragment down: the kind of what each token is in, and the
// token.
func describe(f *Fragment) string {
	var b strings.Builder
	for i := range f.Tokens {
		n := f.Nodes[f.Tokens[i].Leaf]
		kind := n.Kind
		if n.Parent >= 0 {
			kind = f.Nodes[n.Parent].Kind
		}
		fmt.Fprintf(&b, "%s %s\n", kind, f.Tok(int32(i)))
	}
	return b.String()
}

// TestScriptIsItsLanguage: the script of a component gives the nodes that the
// same text gives as a file of its own, at its offsets in the component.
func TestScriptIsItsLanguage(t *testing.T) {
	const body = "\nimport { ref } from 'vue'\n\nconst a = ref<string>(`x`) // é\nexport function f(b?: string) {\n  return b!.length\n}\n"
	for _, language := range []string{"vue", "svelte"} {
		text := "<template>\n  <p v-if=\"ä\">{{ a }} it's</p>\n</template>\n\n<script setup lang=\"ts\">" + body + "</script>\n\n<style>p { color: red }</style>\n"
		at := strings.Index(text, body)
		tree := parsed(t, language, text)
		alone := parsed(t, "typescript", body)
		if tree.HasErrors() {
			t.Errorf("%s: errors in %s", language, tree.inner.RootNode().ToSexp())
		}
		whole := tree.Fragment(true, analysis.Span{End: len(text)})
		checkFragment(t, whole, true)
		part := tree.Fragment(true, analysis.Span{Start: at, End: at + len(body)})
		if got, want := describe(part), describe(alone.Fragment(true, analysis.Span{End: len(body)})); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", language, got, want)
		}
		if got, want := len(tree.Imports()), 1; got != want {
			t.Errorf("%s: %d imports", language, got)
		}
		length := strings.Index(text, "length")
		if got := Site(tree, analysis.Span{Start: length, End: length + 6}); got.NodeKind != "property_identifier" || got.Enclosing != "function_declaration" || got.Line != 9 {
			t.Errorf("%s: %+v", language, got)
		}
		if !tree.IsCode(analysis.Span{Start: length, End: length + 6}) || tree.IsCode(analysis.Span{Start: 3, End: 4}) || tree.IsCode(analysis.Span{Start: 3, End: length}) {
			t.Errorf("%s: what is code?", language)
		}
		if got := tree.Piece(analysis.Span{Start: length, End: length + 6}).Name; got != "typescript" {
			t.Errorf("%s: a piece is %s", language, got)
		}
	}
}

// TestMarkupIsTokens: what is outside is cut into tokens, in a fragment of
// anywhere, and a script does not take part of it.
func TestMarkupIsTokens(t *testing.T) {
	text := samples["vue"]
	tree := parsed(t, "vue", text)
	for _, want := range []string{":a=\"b\"", "{{ c }}", "color: red", "</template>\n<script", "</style>"} {
		at := strings.Index(text, want)
		f := tree.Fragment(true, analysis.Span{Start: at, End: at + len(want)})
		checkFragment(t, f, false)
		var got []string
		for i := range f.Tokens {
			got = append(got, f.Tok(int32(i)))
		}
		if joined := strings.Join(got, ""); joined != strings.Join(strings.Fields(want), "") || len(got) < 3 {
			t.Errorf("%q is %q", want, got)
		}
	}
	none := parsed(t, "vue", "<template><p>a</p></template>")
	f := none.Fragment(true, analysis.Span{End: 100})
	checkFragment(t, f, true)
	if len(f.Tokens) < 10 || none.HasErrors() || len(none.Code()) != 0 {
		t.Errorf("a component without a script: %q", describe(f))
	}
	php := samples["php"]
	at := strings.Index(php, "class=")
	if f := parsed(t, "php", php).Fragment(true, analysis.Span{Start: at, End: at + 9}); len(f.Tokens) != 5 {
		t.Errorf("markup around PHP: %q", describe(f))
	}
}

// TestAtom: PHP's variables are one token each, as they are to people.
func TestAtom(t *testing.T) {
	text := "<?php f($a, \"$b\");"
	got := describe(parsed(t, "php", text).Fragment(true, analysis.Span{Start: 6, End: len(text)}))
	if want := "function_call_expression f\narguments (\nargument $a\narguments ,\nencapsed_string \"\nencapsed_string $b\nencapsed_string \"\narguments )\nexpression_statement ;\n"; got != want {
		t.Errorf("got\n%s", got)
	}
}

// TestPieces: what is cut out of a text is read by Piece as it was there.
func TestPieces(t *testing.T) {
	text := samples["php"]
	tree := parsed(t, "php", text)
	at := strings.Index(text, "foreach")
	span := analysis.Span{Start: at, End: strings.Index(text, " # c")}
	piece, err := Parse(context.Background(), tree.Piece(span), text[span.Start:span.End])
	if err != nil {
		t.Fatal(err)
	}
	defer piece.Close()
	if piece.HasErrors() || piece.inner.RootNode().Child(0).Kind() != "foreach_statement" {
		t.Errorf("got %s", piece.inner.RootNode().ToSexp())
	}
	frame := ""
	for _, s := range tree.Frame() {
		frame += text[s.Start:s.End] + ","
	}
	if frame != "<?php," {
		t.Errorf("the frame is %q", frame)
	}
	if got := tree.Piece(analysis.Span{End: len(text)}); got != For("php") {
		t.Error("a piece with its frame is read without it")
	}
}

func parsed(t *testing.T, language, text string) *Tree {
	t.Helper()
	tree, err := Parse(context.Background(), For(language), text)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tree.Close)
	return tree
}

// TestComponentEdited: edits in the script, of its tags and around it give what
// a fresh parse gives.
func TestComponentEdited(t *testing.T) {
	const base = "<template>\n  <p>{{ a }}</p>\n</template>\n<script>\nexport const z = 1\n</script>\n<script setup>\nimport b from 'b'\nconst a = b(1)\n</script>\n<style></style>\n"
	for _, c := range []struct{ old, new string }{
		{"b(1)", "b(1, 2)"},
		{"<p>", "<p\n  class=\"a\">"},
		{"<script setup>", "<script setup lang=\"ts\">"},
		{"<script>\nexport const z = 1\n</script>\n", ""},
		{"<style>", "<script>\nlet y\n</script>\n<style>"},
		{"</script>\n<script setup>\n", ""},
		{"const a = b(1)\n", ""},
		{"<template>\n  <p>{{ a }}</p>\n</template>\n", ""},
		{"import b from 'b'\n", "import b from 'b'\n\nfunction f() {\n  return `\n`\n}\n"},
		{base, ""},
		{base[:len(base)/2], ""},
	} {
		after := strings.Replace(base, c.old, c.new, 1)
		for _, way := range [][2]string{{base, after}, {after, base}} {
			old := parsed(t, "vue", way[0])
			tree, err := old.Edited(context.Background(), way[1], []analysis.Edit{oneEdit(way[0], way[1])})
			if err != nil {
				t.Fatal(err)
			}
			defer tree.Close()
			fresh := parsed(t, "vue", way[1])
			checkFragment(t, tree.Fragment(true, analysis.Span{End: len(way[1])}), true)
			if got, want := tree.inner.RootNode().ToSexp(), fresh.inner.RootNode().ToSexp(); got != want {
				t.Errorf("%q to %q:\n%s\n%s", c.old, c.new, got, want)
			}
			if got, want := describe(tree.Fragment(true, analysis.Span{End: len(way[1])})), describe(fresh.Fragment(true, analysis.Span{End: len(way[1])})); got != want {
				t.Errorf("%q to %q:\n%s\n%s", c.old, c.new, got, want)
			}
		}
	}
}

// TestEditedLikeFresh: after any edits of a text without errors that leave none,
// the incremental tree is the fresh one.
func TestEditedLikeFresh(t *testing.T) {
	pieces := []string{
		"<script>\n", "<script lang=\"ts\">\n", "</script>\n", "<p>it's {{ a }}</p>\n", "<!-- x -->\n", "const a = 1\n", "f(`x`, \"y\")\n",
		"function g(x) {\n  return x\n}\n", "// c\n", "if (a) { c() }\n", "\n", "é\n",
	}
	rapid.Check(t, func(t *rapid.T) {
		language := rapid.SampledFrom([]string{"vue", "svelte"}).Draw(t, "language")
		list := rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(t, "pieces")
		text := strings.Join(list, "")
		tree, err := Parse(context.Background(), For(language), text)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { tree.Close() }()
		for range rapid.IntRange(1, 4).Draw(t, "edits") {
			at := rapid.IntRange(0, len(list)).Draw(t, "at")
			if at < len(list) && rapid.Bool().Draw(t, "delete") {
				list = append(list[:at:at], list[at+1:]...)
			} else {
				list = append(append(list[:at:at], rapid.SampledFrom(pieces).Draw(t, "new")), list[at:]...)
			}
			after := strings.Join(list, "")
			next, err := tree.Edited(context.Background(), after, []analysis.Edit{oneEdit(text, after)})
			if err != nil {
				t.Fatal(err)
			}
			tree.Close()
			tree, text = next, after
			fresh, err := Parse(context.Background(), For(language), text)
			if err != nil {
				t.Fatal(err)
			}
			whole := analysis.Span{End: len(text)}
			got, want := describe(tree.Fragment(true, whole)), describe(fresh.Fragment(true, whole))
			// Markup inside a script may be read in two ways, as tags or as types.
			same := !fresh.HasErrors()
			for _, s := range fresh.Code() {
				same = same && !strings.Contains(text[s.Start:s.End], "<")
			}
			fresh.Close()
			if same && got != want {
				t.Fatalf("%q:\n%s\n%s", text, got, want)
			}
		}
	})
}
