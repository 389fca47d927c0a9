package learner

import (
	"context"
	"slices"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
)

// alikeNow is how many answers a menu may wait for: a proposal takes 2 ms, and
// a menu 10 ms at most (BENCHMARKS.md).
const alikeNow = 2

// Alike returns the suggestions for q.Diagnostics, one for each at most, that are
// of the pattern of s and would be shown unasked, or with q.Named on request. For
// a person who asked for all (q.Invoked) it takes its time. For a menu it gives them when all are ready, or as good as;
// otherwise complete is false, and they are made ready for the next menu.
func (l *Learner) Alike(ctx context.Context, q analysis.Query, s analysis.Suggestion) (list []analysis.Suggestion, complete bool, err error) {
	m := l.model.Load()
	if q.Doc == nil || q.Doc.Hidden || m.policy.Disabled || slices.Contains(m.policy.Paused, q.Doc.Root) {
		return nil, true, nil
	}
	of, _ := identity.Of(q.Doc.Language, s.Diagnostic)
	key := of.RuleKey()
	var same, missing []analysis.Diagnostic
	var answers [][]ranked // of same
	for _, d := range q.Diagnostics {
		if id, _ := identity.Of(q.Doc.Language, d); id.RuleKey() != key {
			continue
		}
		answer, ok := l.ready(q.Doc, d, key)
		if !ok {
			missing = append(missing, d)
		}
		same, answers = append(same, d), append(answers, answer)
	}
	if !q.Invoked && len(missing) > alikeNow {
		l.warm(q.Doc, missing)
		return nil, false, nil
	}
	menu, limit := q, 1
	menu.Invoked = q.Named
	if q.Named {
		limit = verifyEach
	}
	for i, d := range same {
		answer := answers[i]
		if slices.Contains(missing, d) {
			if answer, err = l.answer(ctx, q.Doc, d, true); err != nil {
				return nil, false, err
			}
		}
		for _, c := range l.choose(l.model.Load(), menu, d, answer, limit) {
			if c.Pattern == s.Pattern && (c.Unasked || q.Named) {
				list = append(list, c)
				break // a pattern may have several ways to repair one error
			}
		}
	}
	return list, true, nil
}

// ready gives the answer for a diagnostic of a rule when it is computed.
func (l *Learner) ready(doc *analysis.Document, d analysis.Diagnostic, key string) ([]ranked, bool) {
	r := l.model.Load().rules[key]
	if r == nil {
		return nil, false
	}
	return l.answers.get(l.question(doc, d, r))
}
