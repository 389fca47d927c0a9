package report

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// eventReader reads the forms that write one JSON value on each line: go test
// -json, cargo's and rustc's messages, libtest's, mocha's json-stream.
type eventReader struct {
	c      *collector
	found  func([]Finding)
	gotest *goJSON
}

// line reports whether a line is one of them.
func (e *eventReader) line(line []byte) bool {
	i := skipBlank(line, 0)
	if i >= len(line) {
		return false
	}
	if line[i] == '[' {
		return e.mocha(line[i:])
	}
	if event, ok := readGoEvent(line); ok && known(event.action) {
		if e.gotest == nil {
			e.gotest = newGoJSON(e.c)
		}
		e.gotest.event(&event)
		return true
	}
	switch head := text(line[i:min(len(line), i+256)]); {
	case strings.Contains(head, `"reason":"`), strings.Contains(head, `"$message_type":"`):
		return e.rustc(line)
	case strings.Contains(head, `"event"`) && strings.Contains(head, `"type"`):
		return e.libtest(line)
	}
	return false
}

func (e *eventReader) close() {
	if e.gotest != nil {
		e.gotest.close()
	}
}

// decode reads as much as fits: a member of another type is left out.
func decode(b []byte, v any) bool {
	err := json.Unmarshal(b, v)
	_, mistyped := errors.AsType[*json.UnmarshalTypeError](err)
	return err == nil || mistyped
}

// rustc reads cargo's --message-format=json and rustc's --error-format=json.
func (e *eventReader) rustc(line []byte) bool {
	type message struct {
		Type    string `json:"$message_type"`
		Message string
		Code    *struct{ Code string }
		Level   string
		Spans   []struct {
			File                                       string `json:"file_name"`
			Line                                       int    `json:"line_start"`
			Column                                     int    `json:"column_start"`
			EndLine                                    int    `json:"line_end"`
			EndColumn                                  int    `json:"column_end"`
			Primary                                    bool   `json:"is_primary"`
			Label, SuggestedReplacement, Applicability *string
		}
	}
	var v struct {
		Reason  string
		Message *message
		message
	}
	if line[skipBlank(line, 0)] != '{' || !json.Valid(line) {
		return false
	}
	var m *message
	if strings.Contains(text(line[:min(len(line), 256)]), `"reason":"`) {
		if !decode(line, &v) || v.Reason == "" {
			return false
		}
		m = v.Message
	} else {
		m = new(message)
		if !decode(line, m) || m.Type == "" {
			return false
		}
	}
	e.c.reader("rustc json")
	if m == nil || m.Level == "note" || m.Level == "help" || m.Level == "failure-note" {
		return true
	}
	d := analysis.Diagnostic{Source: "rustc", Message: m.Message, Severity: severity(strings.TrimPrefix(m.Level, "error: "))}
	if m.Code != nil {
		d.Code = m.Code.Code
	}
	if d.Severity == 0 {
		d.Severity = analysis.SeverityError
	}
	for _, s := range m.Spans {
		if s.Primary {
			// rustc counts characters, as Unicode scalar values.
			f := found(s.File, Place{s.Line, s.Column, s.EndLine, s.EndColumn, textedit.UTF32}, d)
			f.Language = identity.LanguageOf(s.File)
			e.found([]Finding{f})
			break
		}
	}
	return true
}

// libtest reads the JSON of Rust's test harness.
func (e *eventReader) libtest(line []byte) bool {
	var v struct {
		Type, Event, Name, Stdout, Message, Reason string
		Exec                                       float64 `json:"exec_time"` // seconds
	}
	if !decode(line, &v) || v.Type == "" || v.Event == "" {
		return false
	}
	e.c.reader("libtest json")
	if v.Type != "test" || v.Event == "started" {
		return v.Type == "test" || v.Type == "suite" || v.Type == "bench"
	}
	pkg, name := "", v.Name
	if before, after, ok := strings.Cut(v.Name, "$"); ok { // nextest: crate::binary$test
		pkg, name = before, after
	}
	e.c.add(analysis.TestCase{
		Package: pkg, Name: name, Passed: v.Event == "ok", Skipped: v.Event == "ignored", Error: v.Event == "timeout",
		Elapsed: time.Duration(v.Exec * float64(time.Second)), Output: v.Stdout, Message: v.Message,
	})
	return true
}

// mocha reads a line of mocha's json-stream.
func (e *eventReader) mocha(line []byte) bool {
	head := text(line[:min(len(line), 16)])
	if !strings.HasPrefix(head, `["pass",`) && !strings.HasPrefix(head, `["fail",`) && !strings.HasPrefix(head, `["start",`) &&
		!strings.HasPrefix(head, `["end",`) && !strings.HasPrefix(head, `["pending",`) {
		return false
	}
	var v []json.RawMessage
	if json.Unmarshal(line, &v) != nil || len(v) != 2 {
		return false
	}
	var t struct {
		Title, FullTitle, File, Err, Stack string
		Duration                           float64 // milliseconds
	}
	if !decode(v[1], &t) {
		return false
	}
	e.c.reader("mocha json-stream")
	verb := head[2:strings.LastIndexByte(head[:strings.IndexByte(head, ',')], '"')]
	if verb == "start" || verb == "end" {
		return true
	}
	e.c.add(analysis.TestCase{
		Package: t.File, File: t.File, Name: t.FullTitle, Passed: verb == "pass", Skipped: verb == "pending",
		Elapsed: milliseconds(t.Duration), Message: firstLine(t.Err), Output: t.Stack,
	})
	return true
}

func milliseconds(ms float64) time.Duration { return seconds(ms / 1000) }

// firstLine is the first line of s that is not blank.
func firstLine(s string) string {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}
