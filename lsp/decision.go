package lsp

import (
	"fmt"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// decision takes what became of a suggestion where the editor can tell.
func (s *session) decision(params []byte) error {
	p, err := protocol.Decode[protocol.DecisionParams](protocol.MethodDecision, params)
	if err != nil {
		return err
	}
	switch v := analysis.Verdict(p.Verdict); v {
	case analysis.VerdictApplied:
		s.applied(p.ID)
	case analysis.VerdictUndone, analysis.VerdictDismissed:
		s.observe(analysis.Decided{ID: p.ID, Verdict: v, Time: s.now()})
	default:
		return fmt.Errorf("%s: verdict %.40q; there are applied, undone and dismissed", protocol.MethodDecision, p.Verdict)
	}
	return nil
}

// applied says once that suggestions were applied: the client's command, its
// decision and the change of the text all may.
func (s *session) applied(ids ...string) {
	for _, id := range ids {
		if s.offers.markApplied(id) {
			s.observe(analysis.Decided{ID: id, Verdict: analysis.VerdictApplied, Time: s.now()})
		}
	}
}
