package lsp

import (
	"context"
	"encoding/json"
	"time"

	"github.com/dejafix/dejafix/lsp/protocol"
)

// clientWithin bounds how long the server waits for an answer that a program,
// not a person, gives.
const clientWithin = 10 * time.Second

// initialized is when the server may speak: it registers what it wants to hear
// of, and asks for the settings.
func (s *session) initialized([]byte) error {
	s.configure()
	if s.shown.State == "" {
		s.shown = protocol.StatusParams{State: "ready", Text: "dejafix", Tooltip: "dejafix learns from repairs"}
	}
	s.status(s.shown)
	sv, registrations, pull := s.sv, s.registrations(), s.client.configuration
	sv.goBackground(func() {
		ctx, cancel := context.WithTimeout(sv.base, clientWithin)
		defer cancel()
		if len(registrations) > 0 {
			if _, err := sv.conn.Call(ctx, protocol.MethodRegister, &protocol.RegistrationParams{Registrations: registrations}, nil); err != nil {
				sv.Logger.Warn("the client did not register what it offered to", "err", err)
			}
		}
		if pull {
			sv.pullSettings()
		}
	})
	return nil
}

// registrations are what the client sends only on request.
func (s *session) registrations() []protocol.Registration {
	var rs []protocol.Registration
	if s.client.watching {
		options := &protocol.DidChangeWatchedFilesRegistrationOptions{}
		for _, glob := range watchedGlobs() {
			options.Watchers = append(options.Watchers, protocol.FileSystemWatcher{GlobPattern: protocol.Pattern(glob)})
		}
		raw, err := protocol.Marshal(options)
		if err != nil {
			panic(err) // a list of strings
		}
		rs = append(rs, protocol.Registration{ID: "dejafix-files", Method: protocol.MethodDidChangeWatched, RegisterOptions: raw})
	}
	if s.client.configuring {
		rs = append(rs, protocol.Registration{
			ID: "dejafix-settings", Method: protocol.MethodDidChangeSettings, RegisterOptions: []byte(`{"section":"dejafix"}`),
		})
	}
	return rs
}

// didChangeConfiguration takes new settings: those it brings, or, from clients
// that only say that something changed, those asked for.
func (s *session) didChangeConfiguration(params []byte) error {
	p, err := protocol.Decode[protocol.DidChangeSettingsParams](protocol.MethodDidChangeSettings, params)
	if err != nil {
		return err
	}
	if s.client.configuration {
		s.sv.goBackground(s.sv.pullSettings)
		return nil
	}
	s.set(p.Settings)
	return nil
}

// set replaces the user's settings by the defaults with what raw names. Trust
// stays: it is said by dejafix/trust too, and is not taken back by silence.
func (s *session) set(raw []byte) {
	trusted := s.settings.Trusted
	s.settings = *s.sv.Settings
	s.settings.Trusted = trusted
	for _, doubt := range s.settings.overlay(s.options) {
		s.complain(doubt)
	}
	s.settings.Trusted = trusted
	for _, doubt := range s.settings.overlay(raw) {
		s.complain(doubt)
	}
	s.configure()
}

// pullSettings asks the client for the user's settings.
func (sv *server) pullSettings() {
	ctx, cancel := context.WithTimeout(sv.base, clientWithin)
	defer cancel()
	section := "dejafix"
	var answers []json.RawMessage
	_, err := sv.conn.Call(ctx, protocol.MethodConfiguration,
		&protocol.ConfigurationParams{Items: []protocol.ConfigurationItem{{Section: &section}}}, &answers)
	if err != nil {
		sv.Logger.Warn("the client did not tell its settings", "err", err)
		return
	}
	if len(answers) == 0 {
		return
	}
	_ = sv.do(func(s *session) error {
		s.set(answers[0])
		return nil
	})
}
