package textedit

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dejafix/dejafix/analysis"
)

// TestLinesEdited holds that an index carried over edits is that of the new
// text, whatever line ends meet at the edges of an edit.
func TestLinesEdited(t *testing.T) {
	pieces := rapid.SampledFrom([]string{"a", "b", "\n", "\r", "\r\n", "é", "𝒳"})
	words := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(pieces, 0, 10).Draw(t, "pieces"), "")
	})
	rapid.Check(t, func(t *rapid.T) {
		text := words.Draw(t, "text")
		l := NewLines(text)
		for range 3 {
			var edits []analysis.Edit
			for at := 0; at <= len(text) && len(edits) < 3; {
				start := rapid.IntRange(at, len(text)).Draw(t, "start")
				end := rapid.IntRange(start, len(text)).Draw(t, "end")
				edits = append(edits, analysis.Edit{Span: analysis.Span{Start: start, End: end}, New: words.Draw(t, "new")})
				at = end + 1
			}
			after, err := Apply(text, edits)
			if err != nil {
				t.Fatal(err)
			}
			got, want := l.Edited(after, edits), NewLines(after)
			if !slices.Equal(got.starts, want.starts) || got.text != want.text || got.ascii && !want.ascii {
				t.Fatalf("%q after %v is %q: lines start at %v, want %v", text, edits, after, got.starts, want.starts)
			}
			text, l = after, got
		}
	})
}
