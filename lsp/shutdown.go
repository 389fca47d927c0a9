package lsp

import "context"

// shutdown waits until what was learned is stored; only exit may follow.
func (s *session) shutdown([]byte) (work, error) {
	s.phase = shutDown
	learner, logger := s.sv.learner, s.sv.Logger
	return func(ctx context.Context) (any, error) {
		if err := learner.Idle(ctx, false); err != nil {
			// The client cannot help it, and exit must follow.
			logger.Error("not everything was stored before shutdown", "err", err)
		}
		return nil, nil
	}, nil
}

// exit ends the server: well after shutdown, with an error before it.
func (s *session) exit() {
	var err error
	if s.phase != shutDown {
		err = ErrNoShutdown
	}
	s.sv.finish(err)
	s.sv.stream.Finish()
}
