package lsp

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/lsp/protocol"
)

const (
	// maxOutput is the text that is kept of one id, in bytes: PROTOCOL's 1 MB.
	maxOutput = 1 << 20
	// maxChunk is the longest text of one notification, in bytes.
	maxChunk = 64 << 10
	// maxOutputs is how many ids are kept: more terminals than anyone watches.
	maxOutputs = 16
)

// outputs holds the end of what recent commands printed, until it is read. It is
// memory only and never stored.
type outputs struct {
	order []string
	texts map[string]string
	// begun is when the first chunk of those came that have several.
	begun map[string]time.Time
}

// add appends a chunk; the oldest id and the start of a long text go first.
func (o *outputs) add(id, text string, final bool, at time.Time) {
	if o.texts == nil {
		o.texts, o.begun = map[string]string{}, map[string]time.Time{}
	}
	if _, ok := o.texts[id]; !ok {
		if len(o.order) == maxOutputs {
			delete(o.texts, o.order[0])
			delete(o.begun, o.order[0])
			o.order = append([]string(nil), o.order[1:]...)
		}
		o.order = append(o.order, strings.Clone(id))
		if !final {
			o.begun[id] = at
		}
	}
	all := o.texts[id] + text
	if len(all) > maxOutput {
		all = strings.Clone(all[len(all)-maxOutput:])
	}
	o.texts[id] = all
}

// take is all of an id, which is forgotten.
func (o *outputs) take(id string) string {
	text := o.texts[id]
	delete(o.texts, id)
	delete(o.begun, id)
	o.order = slices.DeleteFunc(o.order, func(k string) bool { return k == id })
	return text
}

// output takes a chunk of what a command printed.
func (s *session) output(params []byte) error {
	p, err := protocol.Decode[protocol.OutputParams](protocol.MethodOutput, params)
	switch {
	case err != nil:
		return err
	case p.ID == "" || len(p.ID) > 256:
		return fmt.Errorf("%s: id of %d bytes; give one of 1 to 256", protocol.MethodOutput, len(p.ID))
	case len(p.Text) > maxChunk:
		return fmt.Errorf("%s: chunk of %d bytes; send at most %d at once", protocol.MethodOutput, len(p.Text), maxChunk)
	}
	s.outputs.add(p.ID, p.Text, p.Final, s.now())
	if !p.Final {
		return nil
	}
	out := printed{exitCode: p.ExitCode, via: p.Kind, begun: s.outputs.begun[p.ID]}
	out.text = s.outputs.take(p.ID)
	if p.Command != nil {
		out.command = unwrapped(*p.Command)
	}
	if p.Cwd != nil {
		out.cwd = filepath.Clean(*p.Cwd)
	}
	out.root = s.rootOf(filepath.Join(out.cwd, "."))
	if out.cwd == "" || out.root == "" {
		if len(s.folders) == 0 {
			return nil // whose files are meant is not known
		}
		out.root = s.folders[0]
	}
	s.read(out)
	return nil
}
