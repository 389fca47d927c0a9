package lsp

import "github.com/dejafix/dejafix/lsp/protocol"

// trust takes the editor's word on whether commands of the workspace may run.
func (s *session) trust(params []byte) error {
	p, err := protocol.Decode[protocol.TrustParams](protocol.MethodTrust, params)
	if err != nil {
		return err
	}
	s.settings.Trusted = p.Trusted
	s.configure()
	return nil
}
