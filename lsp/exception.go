package lsp

import (
	"fmt"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// maxFrames bounds the frames of one exception; debuggers send 20 at a time.
const maxFrames = 1000

// exception takes where a debugger stopped. The learner gets it as a failure;
// this version's learner does not group failures yet. The types of local
// variables are dropped here, since nothing uses them.
func (s *session) exception(params []byte) error {
	p, err := protocol.Decode[protocol.ExceptionParams](protocol.MethodException, params)
	if err != nil {
		return err
	}
	if len(p.Frames) > maxFrames {
		return fmt.Errorf("%s: %d frames; send at most %d", protocol.MethodException, len(p.Frames), maxFrames)
	}
	t := analysis.Trace{Type: p.Type, Message: p.Message}
	if p.Language != nil {
		t.Language = *p.Language
	}
	for _, f := range p.Frames {
		frame := analysis.Frame{Function: f.Name}
		if f.File != nil {
			frame.File = *f.File
			frame.InApp = s.rootOf(*f.File) != ""
		}
		if f.Line != nil {
			frame.Line = *f.Line
		}
		if f.Column != nil {
			frame.Column = *f.Column
		}
		t.Frames = append(t.Frames, frame)
	}
	s.observe(analysis.Failed{Trace: t, Time: s.now()})
	return nil
}
