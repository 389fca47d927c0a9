package learner

import (
	"context"
	"errors"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// A Cure is an error with edits that cure it, as small as they get, which a
// checker confirmed.
type Cure struct {
	Doc        *analysis.Document // with the error
	Edits      []analysis.Edit
	Diagnostic analysis.Diagnostic
	Symptoms   []analysis.Diagnostic // further errors that the same edits cure
	Provenance analysis.Provenance
}

// mostCures is how many cures of one rule are kept of one batch and those before
// it (LearnCures): a rule is learned from that many examples.
const mostCures = examplesPerRule

// LearnCures learns what was found in a repository's history, or by breaking
// code, under the workspace at root. seen counts the examples of each rule that
// were learned so, over several calls: more than are learned from are not kept.
// rules are those of the examples that are new.
func (l *Learner) LearnCures(ctx context.Context, cures []Cure, root string, seen map[string]int) (added int, err error) {
	var examples []analysis.Example
	for _, c := range cures {
		id, _ := identity.Of(c.Doc.Language, c.Diagnostic)
		if seen[id.RuleKey()] >= mostCures {
			continue
		}
		more, err := l.cureExamples(ctx, c)
		switch {
		case errors.Is(err, errNotRepair):
			continue
		case err != nil:
			return 0, err
		}
		seen[id.RuleKey()]++
		examples = append(examples, more...)
	}
	if len(examples) == 0 {
		return 0, nil
	}
	return l.Import(ctx, examples, root, nil)
}

func (l *Learner) cureExamples(ctx context.Context, c Cure) ([]analysis.Example, error) {
	c.Provenance.Tool, c.Provenance.Version = "dejafix", l.version
	if syntax.For(c.Doc.Language) == nil {
		return l.examplesOf(c.Doc, nil, c.Edits, c.Diagnostic, c.Symptoms, c.Provenance)
	}
	tree, release, err := l.trees.Get(ctx, c.Doc)
	if err != nil {
		return nil, err
	}
	defer release()
	return l.examplesOf(c.Doc, tree, c.Edits, c.Diagnostic, c.Symptoms, c.Provenance)
}
