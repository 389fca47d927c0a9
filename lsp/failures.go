package lsp

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/redact"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// maxFailingFiles bounds the files of which failures are remembered.
const maxFailingFiles = 500

// maxAnalysing bounds the outputs that wait to be read.
const maxAnalysing = 8

// failures are what failed when it was run last, by absolute path.
type failures map[string][]failure

// read reads what a command printed, off the session's goroutine, and shows what
// failed. One is read at a time.
func (s *session) read(p printed) {
	sv := s.sv
	settings := s.settingsFor(p.root)
	if !settings.Enable {
		return
	}
	p.exclude = settings.Exclude
	if sv.reading.Add(1) > maxAnalysing {
		sv.reading.Add(-1)
		sv.Logger.Warn("output not read: others wait already", "command", p.command)
		return
	}
	before, done := s.lastRead, make(chan struct{})
	s.lastRead = done
	if p.at = p.ended; p.at.IsZero() {
		p.at = s.now()
	}
	p.awaited = s.awaits(p.command)
	p.passing = func() *analysis.Passing {
		passing, err := sv.learner.Passing(sv.base, p.root)
		if err != nil {
			sv.Logger.Debug("what passed last is not known", "err", err)
		}
		return passing
	}
	sv.goBackground(func() {
		defer close(done)
		defer sv.reading.Add(-1)
		if before != nil {
			<-before
		}
		if sv.base.Err() != nil {
			return
		}
		var r ran
		if err := sv.try("reading output", func() error { r = p.read(sv.base); return nil }); err != nil {
			return // it is in the log
		}
		_ = sv.do(func(s *session) error {
			s.took(r)
			if p.via == viaPaste {
				s.pasted(r)
			}
			return nil
		})
	})
}

// took takes in what a run said: what it ended, and what failed.
func (s *session) took(r ran) {
	touched := map[string]bool{}
	for path, list := range s.failures {
		kept := slices.DeleteFunc(slices.Clone(list), r.ends)
		if len(kept) < len(list) {
			touched[path] = true
			s.failures[path] = kept
		}
	}
	for _, f := range r.failures {
		if known := s.failures[f.path]; len(known) < maxFailures && (known != nil || len(s.failures) < maxFailingFiles) {
			s.failures[f.path] = with(known, f)
			touched[f.path] = true
		}
	}
	for _, ev := range r.events {
		s.observe(ev) // before what is shown: what is flaky is known by then
	}
	for path := range touched {
		s.failedIn(path, true)
		if len(s.failures[path]) == 0 {
			delete(s.failures, path)
		}
	}
}

// awaits reports whether a program failed when a command ran it, and did not run
// well since.
func (s *session) awaits(command string) bool {
	for _, list := range s.failures {
		for _, f := range list {
			if f.test == "" && slices.Contains(f.commands, command) {
				return true
			}
		}
	}
	return false
}

// with adds a failure to those of its file. One that is there already, seen by
// somebody else, stays one: a test's name says more than none, and what a command
// printed more than where a debugger stopped.
func with(known []failure, f failure) []failure {
	for i, old := range known {
		if old.line != f.line || old.id.Print != f.id.Print && old.via != debugged && f.via != debugged {
			continue
		}
		if old.test != "" && f.test != "" {
			continue // two tests that fail alike end one by one
		}
		keep, other := old, f
		if old.test == "" && (f.test != "" || old.via == debugged) {
			keep, other = f, old
		}
		for _, c := range other.commands {
			if !slices.Contains(keep.commands, c) {
				keep.commands = append(slices.Clip(keep.commands), c)
			}
		}
		out := slices.Clone(known)
		out[i] = keep
		return out
	}
	return append(slices.Clip(known), f)
}

// failedIn places the failures of a file in its present text and shows them. A
// run says so to the learner, too.
func (s *session) failedIn(path string, run bool) {
	uri := protocol.FileURI(path)
	var text *convert.Text
	d, open := s.docs[string(uri)]
	if open {
		text = d.text
	} else {
		var err error
		if text, err = s.fromDisk(uri); err != nil {
			return
		}
	}
	if text.Doc.Hidden || !s.settingsFor(text.Doc.Root).Enable {
		return
	}
	// What ran is what is on the disk.
	var moved []analysis.Edit
	lines := text.Lines
	if open && run {
		if disk, err := s.fromDisk(uri); err == nil && disk.Doc.Digest != text.Doc.Digest {
			moved, lines = textedit.Compute(disk.Doc.Text, text.Doc.Text), disk.Lines
		}
	}
	var list []convert.Reported
	for _, f := range s.failures[path] {
		if f.line >= lines.Count() {
			continue
		}
		span := lines.Span(f.line)
		if moved != nil {
			var ok bool
			if span, ok = textedit.Map(span, moved); !ok {
				continue // the line is another already
			}
		}
		at := trimmed(text.Doc.Text, span)
		if slices.ContainsFunc(list, func(r convert.Reported) bool { return r.Span == at && r.Failure.Print == f.id.Print }) {
			continue // of another test: one failure is one error
		}
		list = append(list, s.failed(text, at, f))
	}
	if run {
		s.observe(analysis.Diagnosed{
			Doc: text.Doc, Diagnostics: convert.Diagnostics(list), Whole: true, Runs: true, Time: s.now(),
		})
	}
	if open {
		d.failed = list
	}
	s.publish(uri, list)
}

// failed is a failure as a diagnostic: for the learner, and for the client.
func (s *session) failed(text *convert.Text, span analysis.Span, f failure) convert.Reported {
	message := f.message
	if f.code != "failed" && !strings.Contains(message, f.code) {
		message = f.code + ": " + message
	}
	if f.advice != "" {
		message += "\n" + f.advice
	}
	wire := protocol.Diagnostic{
		Range: text.Range(span), Severity: 1, Code: protocol.String(f.code),
		Source: protocol.Optional(protocol.Source), Message: protocol.String(message),
	}
	for _, c := range f.chain {
		at := protocol.Position{Line: uint32(c.line)}
		wire.RelatedInformation = append(wire.RelatedInformation, protocol.DiagnosticRelatedInformation{
			Location: protocol.Location{URI: protocol.FileURI(c.path), Range: protocol.Range{Start: at, End: at}},
			Message:  "called from " + c.name,
		})
	}
	// What is printed may hold anything: what is learned of it is kept.
	return convert.Reported{Wire: wire, Diagnostic: analysis.Diagnostic{
		Source: analysis.SourceRun, Code: f.code, Message: redact.Redact(f.message).String(), Severity: analysis.SeverityError, Span: span,
		Failure: f.id,
	}}
}

// trimmed is span without the blanks around what it holds.
func trimmed(text string, span analysis.Span) analysis.Span {
	line := text[span.Start:span.End]
	body := strings.TrimSpace(line)
	if body == "" {
		return span
	}
	start := span.Start + strings.Index(line, body)
	return analysis.Span{Start: start, End: start + len(body)}
}

// publish shows the failures of a document, to clients in which our diagnostics
// do not take the place of another server's.
func (s *session) publish(uri protocol.URI, list []convert.Reported) {
	if s.client.proxy {
		return
	}
	p := protocol.PublishDiagnosticsParams{URI: uri, Diagnostics: []protocol.Diagnostic{}}
	for _, r := range list {
		p.Diagnostics = append(p.Diagnostics, r.Wire)
	}
	s.sv.notify(protocol.MethodPublish, &p)
}
