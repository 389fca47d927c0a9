package learner_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// TestAcrossScripts: an error repaired in one kind of file is repaired in
// another whose code is of the same family, at the offsets of that file.
func TestAcrossScripts(t *testing.T) {
	const (
		ts     = "export function label(a?: User) {\n  return «a».name\n}\n"
		tsx    = "export const Label = ({ b }: Props) => <p class=\"it's\">{«b».name}</p>\n"
		jsx    = "export function Row({ c }) {\n  return <td>{«c».name}</td>\n}\n"
		vue    = "<template>\n  <p :title=\"d.name\">it's {{ e }}</p>\n</template>\n\n<script setup lang=\"ts\">\nconst { d } = defineProps<{ d?: User }>()\nconst e = «d».name\n</script>\n"
		svelte = "<script module>\n\texport const x = 1;\n</script>\n\n<script>\n\tlet { f } = $props();\n\tconst g = $derived(«f».name);\n</script>\n\n<p>{g}</p>\n"
		broken = "<template>\n  <p>it's\n\n<script lang=\"ts\">\nfunction h(i?: User) {\n  return «i».name\n"
	)
	for _, c := range []struct{ learned, before, asked, text string }{
		{"a.ts", ts, "b.vue", vue},
		{"a.vue", vue, "b.ts", ts},
		{"a.vue", vue, "b.svelte", svelte},
		{"a.vue", vue, "b.vue", broken},
		{"a.vue", broken, "b.vue", vue},
		{"a.tsx", tsx, "b.tsx", strings.ReplaceAll(tsx, "b", "item")},
		{"a.jsx", jsx, "b.jsx", strings.ReplaceAll(jsx, "{ c }", "{ c, d }")},
		{"a.jsx", jsx, "b.tsx", tsx},
		{"a.tsx", tsx, "b.vue", vue},
	} {
		t.Run(c.learned+" to "+c.asked, func(t *testing.T) {
			s := open(t, filepath.Join(t.TempDir(), "dejafix.db"), t.TempDir())
			before, d := marked(c.before)
			s.edit(c.learned, before)
			s.report(c.learned, d)
			s.idle()
			s.edit(c.learned, before[:d.Span.End]+"?"+before[d.Span.End:])
			s.report(c.learned)
			s.idle()
			text, d := marked(c.text)
			doc := s.edit(c.asked, text)
			s.report(c.asked, d)
			s.idle()
			got := s.suggest(c.asked, d)
			if len(got) == 0 {
				t.Fatal("nothing was offered")
			}
			after, err := textedit.Apply(doc.Text, got[0].Edits)
			if want := text[:d.Span.End] + "?" + text[d.Span.End:]; err != nil || after != want {
				t.Errorf("after the edit (%v):\n%s\nwant:\n%s", err, after, want)
			}
		})
	}
}

// marked takes the error out of a text that has it between « and ».
func marked(text string) (string, analysis.Diagnostic) {
	before, rest, _ := strings.Cut(text, "«")
	name, after, _ := strings.Cut(rest, "»")
	return before + name + after, analysis.Diagnostic{
		Source: "ts", Code: "18048", Severity: analysis.SeverityError, Message: "'" + name + "' is possibly 'undefined'.",
		Span: analysis.Span{Start: len(before), End: len(before) + len(name)},
	}
}
