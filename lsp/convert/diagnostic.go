package convert

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// Limits of what is kept of one report.
const (
	maxDiagnostics = 5000     // of one document; tsserver stops at a few hundred
	maxMessage     = 16 << 10 // bytes of one message; TypeScript's longest are under 4 KB
)

// Reported is one diagnostic of another source, with its form on the wire, which
// code actions echo.
type Reported struct {
	analysis.Diagnostic
	Wire protocol.Diagnostic
}

// Reports reads a list of diagnostics of t. Each is read on its own; doubts
// counts those that were left out, and a list with doubts is not the whole set.
// Our own are dropped without a doubt.
func Reports(t *Text, raw []byte) (reports []Reported, doubts int) {
	var list []json.RawMessage
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil, 1
	case string(raw) == "{}": // an empty table of Lua
		return nil, 0
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, 1
	}
	for i, r := range list {
		if i == maxDiagnostics {
			return reports, doubts + len(list) - i
		}
		var d protocol.Diagnostic
		if err := protocol.Unmarshal(r, &d); err != nil {
			doubts++
			continue
		}
		if rep, ok := Report(t, d); ok {
			reports = append(reports, rep)
		}
	}
	return reports, doubts
}

// Report reads one diagnostic of t; false for our own.
func Report(t *Text, d protocol.Diagnostic) (Reported, bool) {
	source, _ := d.Source.Get()
	if source == protocol.Source {
		return Reported{}, false
	}
	r := Reported{Wire: d, Diagnostic: analysis.Diagnostic{
		// What is kept must not hold the whole message it came in.
		Source: strings.Clone(source), Code: code(d), Message: message(d),
		Severity: severity(d), Span: t.Span(d.Range),
	}}
	for _, tag := range d.Tags.Slice() {
		switch tag {
		case 1:
			r.Unnecessary = true
		case 2:
			r.Deprecated = true
		}
	}
	return r, true
}

func code(d protocol.Diagnostic) string {
	switch c := d.Code.(type) {
	case protocol.Integer:
		return strconv.Itoa(int(c))
	case protocol.String:
		return strings.Clone(string(c))
	}
	return ""
}

func message(d protocol.Diagnostic) string {
	var m string
	switch v := d.Message.(type) {
	case protocol.String:
		m = string(v)
	case *protocol.MarkupContent:
		m = v.Value
	}
	if len(m) > maxMessage {
		m = strings.ToValidUTF8(m[:maxMessage], "")
	}
	return strings.Clone(m)
}

// severity of a diagnostic; LSP leaves it to the client where there is none,
// and clients take it for an error.
func severity(d protocol.Diagnostic) analysis.Severity {
	if d.Severity < 1 || d.Severity > 4 {
		return analysis.SeverityError
	}
	return analysis.Severity(d.Severity)
}

// Diagnostics are the values of reports.
func Diagnostics(reports []Reported) []analysis.Diagnostic {
	out := make([]analysis.Diagnostic, 0, len(reports))
	for _, r := range reports {
		out = append(out, r.Diagnostic)
	}
	return out
}
