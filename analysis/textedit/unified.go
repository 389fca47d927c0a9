package textedit

import (
	"github.com/aymanbagabas/go-udiff"

	"github.com/dejafix/dejafix/analysis/bug"
)

// contextLines is diff -u's.
const contextLines = 3

// Unified returns the difference of two versions of a file in the form of diff
// -u, with a/ and b/ before its name as git has it, or "" when they are equal.
func Unified(name, before, after string) string {
	edits := Compute(before, after)
	if len(edits) == 0 {
		return ""
	}
	list := make([]udiff.Edit, len(edits))
	for i, e := range edits {
		list[i] = udiff.Edit{Start: e.Span.Start, End: e.Span.End, New: e.New}
	}
	text, err := udiff.ToUnified("a/"+name, "b/"+name, before, list, contextLines)
	if err != nil {
		bug.Reportf("Compute gave edits that cannot be applied: %v", err)
		return ""
	}
	return text
}
