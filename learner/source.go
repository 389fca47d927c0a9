package learner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/learner/patternfile"
)

// A source is where a repair was learned, the best first (LEARNING.md 4).
type source int

const (
	fromPerson source = iota
	fromHistory
	fromSelf
	fromImport
	fromFile // of the repository: patternfile
)

// laterSource is what a repair from history has to be better by than one that a
// person made: on equal evidence it does not outrank it, and a posterior of a few
// cases tells no difference smaller than this.
const laterSource = .02

// source is the best among those of examples.
func (r *rule) source(ids []string) source {
	best := fromFile
	for _, id := range ids {
		switch r.support[id].origin {
		case analysis.OriginHistory:
			best = min(best, fromHistory)
		case analysis.OriginSelf:
			best = min(best, fromSelf)
		case analysis.OriginImport:
			if !r.support[id].file {
				best = min(best, fromImport)
			}
		default:
			return fromPerson
		}
	}
	return best
}

// fromFiles reports whether the tool of an example is a pattern file.
func fromFiles(tool string) bool { return strings.HasPrefix(tool, patternfile.Dir+"/") }

// sortRanked puts the best first: by the lower bound of their chance, and what
// broken code and files taught behind all that a person did.
func sortRanked(list []ranked) {
	worth := func(c ranked) float64 {
		if c.source == fromHistory {
			return c.lower - laterSource
		}
		return c.lower
	}
	slices.SortStableFunc(list, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(max(a.source, fromHistory), max(b.source, fromHistory)), cmp.Compare(worth(b), worth(a)))
	})
}

// foreign reports whether c brings strings, paths or imports that are not in the
// text, and no person made it: such an edit is offered to nobody who did not ask
// (LEARNING.md 4).
func (c ranked) foreign(doc *analysis.Document) bool {
	if c.source == fromPerson || c.maker != "" {
		return false
	}
	if c.FixType == analysis.FixAddImport {
		return true
	}
	for _, e := range c.Edits {
		for _, w := range syntax.Words(syntax.Row(doc.Language), e.New) {
			if strings.ContainsAny(w, "\"'`/") && !strings.Contains(doc.Text, w) {
				return true
			}
		}
	}
	return false
}
