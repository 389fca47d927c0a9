package textedit_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

func TestTaken(t *testing.T) {
	edits := []analysis.Edit{
		{Span: analysis.Span{Start: 0, End: 0}, New: "import x\n"},
		{Span: analysis.Span{Start: 2, End: 3}, New: "f(b)"},
		{Span: analysis.Span{Start: 4, End: 5}, New: "f(c)"},
	}
	const before = "a b c d"
	for _, tt := range []struct {
		after string
		want  []bool
	}{
		{"import x\na f(b) f(c) d", []bool{true, true, true}},
		{"import x\na f(b) c d", []bool{true, true, false}},
		{"a b f(c) d", []bool{false, false, true}},
		{before, []bool{false, false, false}},
		{"a f(b) f(c) e", nil},
		{"b", nil},
		{"", nil},
	} {
		if got := textedit.Taken(before, edits, tt.after); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %v, want %v", tt.after, got, tt.want)
		}
	}
	if got := textedit.Taken("ab", []analysis.Edit{{Span: analysis.Span{Start: 1, End: 3}}}, "a"); got != nil {
		t.Errorf("an edit outside of the text: %v", got)
	}
}

// TestTakenAll holds that edits which are all made are all found.
func TestTakenAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringOfN(rapid.RuneFrom([]rune("ab\n")), 0, 30, -1)
		before := letters.Draw(t, "before")
		edits := textedit.Compute(before, letters.Draw(t, "other"))
		after, err := textedit.Apply(before, edits)
		if err != nil {
			t.Fatal(err)
		}
		taken := textedit.Taken(before, edits, after)
		if len(taken) != len(edits) || slices.Contains(taken, false) {
			t.Fatalf("of %v: %v", edits, taken)
		}
	})
}

func TestUnion(t *testing.T) {
	line := analysis.Edit{New: "import x\n"}
	at := func(i int) analysis.Edit { return analysis.Edit{Span: analysis.Span{Start: i, End: i + 1}, New: "y"} }
	got, err := textedit.Union(9, []analysis.Edit{line, at(7)}, []analysis.Edit{line, at(3)})
	if want := []analysis.Edit{line, at(3), at(7)}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	if _, err := textedit.Union(9, []analysis.Edit{at(3)}, []analysis.Edit{{Span: at(3).Span, New: "z"}}); err == nil {
		t.Error("edits that overlap are no error")
	}
}
