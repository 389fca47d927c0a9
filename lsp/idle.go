package lsp

import (
	"context"

	"github.com/dejafix/dejafix/lsp/protocol"
)

// idle answers when everything received before it was processed and stored.
// The session has applied it all, since notifications are applied in order.
func (s *session) idle(params []byte) (work, error) {
	var p protocol.IdleParams
	if len(params) > 0 {
		var err error
		if p, err = protocol.Decode[protocol.IdleParams](protocol.MethodIdle, params); err != nil {
			return nil, err
		}
	}
	learner := s.sv.learner
	return func(ctx context.Context) (any, error) {
		return nil, learner.Idle(ctx, p.Settle)
	}, nil
}
