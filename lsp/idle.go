package lsp

import (
	"context"

	"github.com/dejafix/dejafix/lsp/protocol"
)

// idle answers when everything received before it was processed and stored.
// The session has applied it all, since notifications are applied in order, but
// for outputs, which are read beside it.
func (s *session) idle(params []byte) (work, error) {
	var p protocol.IdleParams
	if len(params) > 0 {
		var err error
		if p, err = protocol.Decode[protocol.IdleParams](protocol.MethodIdle, params); err != nil {
			return nil, err
		}
	}
	learner, read := s.sv.learner, s.lastRead
	return func(ctx context.Context) (any, error) {
		if read != nil {
			select {
			case <-read:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		return nil, learner.Idle(ctx, p.Settle)
	}, nil
}
