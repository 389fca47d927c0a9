package textedit

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// Union is all edits of several lists, which are of one text, in order. Edits
// that are equal are made once: repairs that need the same import. The error is
// Check's, for a text of n bytes.
func Union(n int, lists ...[]analysis.Edit) ([]analysis.Edit, error) {
	all := slices.Compact(Sorted(slices.Concat(lists...)))
	return all, Check(n, all)
}

// Taken says which of edits lead from before to after, for a person may take
// some of those that were offered together. It returns nil when anything else
// changed too. An edit that can be told neither way counts as taken.
func Taken(before string, edits []analysis.Edit, after string) []bool {
	if Check(len(before), edits) != nil {
		return nil
	}
	taken := make([]bool, len(edits))
	last := 0
	for i, e := range edits {
		rest, ok := strings.CutPrefix(after, before[last:e.Span.Start])
		if !ok {
			return nil
		}
		next := len(before)
		if i+1 < len(edits) {
			next = edits[i+1].Span.Start
		}
		after, last = rest, e.Span.End
		between := before[e.Span.End:next]
		if rest, ok := strings.CutPrefix(after, e.New); ok && strings.HasPrefix(rest, between) {
			after, taken[i] = rest, true
			continue
		}
		if after, ok = strings.CutPrefix(after, before[e.Span.Start:e.Span.End]); !ok {
			return nil
		}
	}
	if after != before[last:] {
		return nil
	}
	return taken
}
