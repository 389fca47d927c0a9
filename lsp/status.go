package lsp

import "github.com/dejafix/dejafix/lsp/protocol"

// forwardStatus sends what the status bar should show, to clients that have
// one for us.
func (sv *server) forwardStatus() {
	for {
		select {
		case <-sv.base.Done():
			return
		case st, ok := <-sv.Status:
			if !ok {
				return
			}
			_ = sv.do(func(s *session) error {
				s.status(protocol.StatusParams{State: st.State, Text: st.Text, Tooltip: st.Tooltip})
				sv.recurringChanged() // a status tells of what was learned, too
				return nil
			})
		}
	}
}

// stateDegraded is the state of a status that a person should know of, wherever
// it is shown.
const stateDegraded = "degraded"

// status shows st, now or once the client is ready for it. A client without a
// place for it hears, once, of what does not work.
func (s *session) status(st protocol.StatusParams) {
	s.shown = st
	switch {
	case s.phase != running:
	case s.client.status:
		s.sv.notify(protocol.MethodStatus, st)
	case st.State == stateDegraded:
		s.complain(st.Text + ": " + st.Tooltip)
	}
}
