package pattern_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/learner/pattern"
)

// TestReduceKeepsTheFrame: what is kept of a text that holds code between tags
// is read as the same code, however much of it is left out.
func TestReduceKeepsTheFrame(t *testing.T) {
	var many strings.Builder
	for i := range 400 {
		fmt.Fprintf(&many, "    function_%d() { return this.call(%d, \"some text\") },\n", i, i)
	}
	markup := "<template>\n" + strings.Repeat("  <p class=\"a\">text</p>\n", 40) + "</template>\n"
	for _, c := range []struct{ name, language, before, old, new, kept string }{
		{"far below the markup", "vue", markup + "<script lang=\"ts\">\nimport a from 'a'\n" + strings.Repeat("export const b = 1\n", 100) + "const c = a.b\n</script>\n", "a.b", "a?.b", "import a"},
		{"one large declaration", "vue", markup + "<script>\nexport default {\n  methods: {\n" + many.String() + "    last() { return a.b },\n" + many.String() + "  },\n}\n</script>\n", "a.b", "a?.b", "<script>"},
		{"the second script", "svelte", "<script module>\nexport const z = 1\n</script>\n" + markup + "<script>\n" + strings.Repeat("let y = 1\n", 100) + "let c = a.b\n</script>\n" + markup, "a.b", "a?.b", "<script module>"},
		{"the markup", "vue", "<script>\nlet a\n</script>\n" + markup + "<i>{{ a.b }}</i>\n" + markup, "a.b", "a?.b", "<script>"},
		{"a class", "php", "<?php\nuse A\\B;\n" + strings.Repeat("function f() { return 1; }\n", 100) + "class C { function g() { return $a->b; } }\n", "$a->b", "$a?->b", "use A"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := strings.Index(c.before, c.old)
			span := analysis.Span{Start: at, End: at + len(c.old)}
			tree := parse(t, c.language, c.before)
			ex := analysis.Example{Language: c.language, Before: c.before, Diagnostic: analysis.Diagnostic{Span: span}, Edits: []analysis.Edit{{Span: span, New: c.new}}}
			r := pattern.Reduce(tree, ex)
			if len(r.Before) > 16<<10 || len(r.Before) >= len(c.before) {
				t.Errorf("%d of %d bytes are kept", len(r.Before), len(c.before))
			}
			if !strings.Contains(r.Before, c.kept) {
				t.Errorf("%q is not kept:\n%s", c.kept, r.Before)
			}
			got := r.Diagnostic.Span
			if r.Before[got.Start:got.End] != c.old || r.Edits[0].Span != got {
				t.Fatalf("the error is at %q now", r.Before[got.Start:got.End])
			}
			small := parse(t, c.language, r.Before)
			if small.IsCode(got) != tree.IsCode(span) {
				t.Errorf("code: %t before, %t now:\n%s", tree.IsCode(span), small.IsCode(got), r.Before)
			}
			if was, is := tree.Path(span), small.Path(got); was[len(was)-1].Kind != is[len(is)-1].Kind {
				t.Errorf("the error is at a %s now, and was at a %s", is[len(is)-1].Kind, was[len(was)-1].Kind)
			}
		})
	}
}
