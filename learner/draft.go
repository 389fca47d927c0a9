package learner

import (
	"context"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// A Drafter makes edits for errors that nothing was learned of, from the text and
// its workspace alone. It must answer from what it has: it is asked while a person
// waits for a menu. The best come first. tree is that of doc.Text, nil for a
// language without a grammar, and lives as long as the call.
type Drafter interface {
	Draft(ctx context.Context, doc *analysis.Document, tree *syntax.Tree, d analysis.Diagnostic) []analysis.Draft
}
