package check

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// TestRuleHolds: whatever the text and the edit, a checked edit leaves one error
// of its kind less, and none more of any kind up to its phase; and one that only
// puts good words in the place of its target is checked.
func TestRuleHolds(t *testing.T) {
	w := &words{}
	s := testSet(t, w.row("words", PhaseLint))
	dir := write(t, nil)
	phases := map[string]Phase{"bad_a": PhaseTypes, "bad_b": PhaseTypes, "bad_lint": PhaseLint, "bad_parse": PhaseParse}
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"bad_a", "bad_a", "bad_b", "bad_lint", "bad_parse", "x", "y", "good"})
		gap := rapid.SampledFrom([]string{" ", " ", "\n", "  "})
		var b strings.Builder
		for range rapid.IntRange(1, 12).Draw(t, "words") {
			b.WriteString(word.Draw(t, "word") + gap.Draw(t, "gap"))
		}
		text := b.String() + "bad_a end\n"
		var places []int
		for i := range text {
			if strings.HasPrefix(text[i:], "bad") {
				places = append(places, i)
			}
		}
		at := rapid.SampledFrom(places).Draw(t, "target")
		bad := text[at : at+strings.IndexAny(text[at:], " \n")]
		kind := phases[bad]
		// One edit of the target, and perhaps one elsewhere.
		only := rapid.Bool().Draw(t, "only good words")
		fresh := "q " + word.Draw(t, "fresh") + gap.Draw(t, "gap") + word.Draw(t, "fresh")
		if only {
			fresh = "fine" + gap.Draw(t, "gap") + "words"
		}
		edits := []analysis.Edit{{Span: analysis.Span{Start: at, End: at + len(bad)}, New: fresh}}
		if off := rapid.IntRange(0, len(text)-1).Draw(t, "elsewhere"); !only && text[off] == ' ' {
			edits = textedit.Sorted(append(edits, analysis.Edit{Span: analysis.Span{Start: off, End: off}, New: " " + word.Draw(t, "more")}))
		}
		after, err := textedit.Apply(text, edits)
		if err != nil {
			t.Fatal(err)
		}
		j := s.Judge(context.Background(), Edit{
			Root: dir, Path: filepath.Join(dir, "a.go"), Language: "go", Text: text, Edits: edits,
			Target: analysis.Diagnostic{Source: "words", Code: bad, Message: bad, Span: analysis.Span{Start: at, End: at + len(bad)}},
		}, true)
		if only && j.Verdict != VerdictChecked {
			t.Fatalf("%q → %q: %s: %s", text, after, j.Verdict, j.Reason)
		}
		if j.Verdict != VerdictChecked {
			return
		}
		before, now := count(text), count(after)
		if now[bad] >= before[bad] {
			t.Fatalf("%q → %q is checked, with %d %s", text, after, now[bad], bad)
		}
		for other, phase := range phases {
			if phase <= kind && now[other] > before[other] {
				t.Fatalf("%q → %q is checked, with more %s", text, after, other)
			}
		}
	})
}

func count(text string) map[string]int {
	n := map[string]int{}
	for w := range strings.FieldsSeq(text) {
		n[w]++
	}
	return n
}
