package learner

import (
	"context"
	"slices"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
)

// alikeWithin is how long a menu may wait for the other places of a repair: the
// 20 ms that PROTOCOL.md gives the proxy's menu, about ten places of 2 ms each.
const alikeWithin = 20 * time.Millisecond

// Alike returns the suggestions for q.Diagnostics that are of the pattern of s
// and would be shown unasked. For a person who asked for all (q.Invoked) it
// takes its time. For a menu it gives what is ready or soon computed; complete
// says whether that is all. What is missing is made ready for the next menu.
func (l *Learner) Alike(ctx context.Context, q analysis.Query, s analysis.Suggestion) (list []analysis.Suggestion, complete bool, err error) {
	m := l.model.Load()
	if q.Doc == nil || q.Doc.Hidden || m.policy.Disabled || slices.Contains(m.policy.Paused, q.Doc.Root) {
		return nil, true, nil
	}
	of, _ := identity.Of(q.Doc.Language, s.Diagnostic)
	key := of.RuleKey()
	unasked := q
	unasked.Invoked = false
	var missing []analysis.Diagnostic
	end := time.Now().Add(alikeWithin) // of real time, whatever the clock of events says
	for _, d := range q.Diagnostics {
		if id, _ := identity.Of(q.Doc.Language, d); id.RuleKey() != key {
			continue
		}
		ranked, ready := l.ready(q.Doc, d, key)
		if !ready {
			if !q.Invoked && time.Now().After(end) {
				missing = append(missing, d)
				continue
			}
			if ranked, err = l.answer(ctx, q.Doc, d, true); err != nil {
				return nil, false, err
			}
		}
		for _, c := range l.choose(l.model.Load(), unasked, d, ranked, 1) {
			if c.Pattern == s.Pattern && c.Unasked {
				list = append(list, c)
			}
		}
	}
	if len(missing) > 0 {
		l.warm(q.Doc, missing)
	}
	return list, len(missing) == 0, nil
}

// ready gives the answer for a diagnostic of a rule when it is computed.
func (l *Learner) ready(doc *analysis.Document, d analysis.Diagnostic, key string) ([]ranked, bool) {
	r := l.model.Load().rules[key]
	if r == nil {
		return nil, false
	}
	return l.answers.get(question{uri: doc.URI, digest: doc.Digest, rule: r, span: d.Span, message: d.Message})
}
