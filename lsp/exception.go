package lsp

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// maxFrames bounds the frames of one exception; debuggers send 20 at a time.
const maxFrames = 1000

// debugged is the command of what a debugger stopped at, and where it was seen.
const debugged = "debugger"

// exception takes where a debugger stopped: a program that died, as if it had
// printed the trace.
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
	root := ""
	for _, f := range p.Frames {
		frame := analysis.Frame{Function: f.Name}
		if f.File != nil {
			frame.File = *f.File
			if root == "" && filepath.IsAbs(frame.File) {
				root = s.rootOf(frame.File)
			}
		}
		if f.Line != nil {
			frame.Line = *f.Line
		}
		if f.Column != nil {
			frame.Column = *f.Column
		}
		for _, name := range slices.Sorted(maps.Keys(f.Locals)) {
			v := f.Locals[name]
			frame.Locals = append(frame.Locals, analysis.Local{Name: name, Type: v.Type, Null: v.Null != nil && *v.Null})
		}
		t.Frames = append(t.Frames, frame)
	}
	if root != "" {
		s.read(printed{command: debugged, via: debugged, root: root, trace: &t})
	}
	return nil
}
