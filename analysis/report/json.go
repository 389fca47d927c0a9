package report

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// jsonForms are tried in order; a form says whether the value is one of its.
var jsonForms = []struct {
	name string
	read func(value json.RawMessage) ([]Finding, bool)
}{
	{"sarif", readSARIF},
	{"pyright json", readPyright},
	{"eslint json", readESLint},
	{"ruff json", readRuff},
}

// parseJSON reads a value that starts on a line of its own: package runners
// print lines of theirs before it.
func parseJSON(text string) (Report, bool) {
	other := 0
	for rest := text; rest != ""; {
		trimmed := strings.TrimLeft(rest, " \t\r\ufeff")
		if strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
			var value json.RawMessage
			if json.NewDecoder(strings.NewReader(trimmed)).Decode(&value) == nil {
				for _, form := range jsonForms {
					if list, ok := form.read(value); ok {
						return Report{Form: form.name, Findings: list, Other: other}, true
					}
				}
			}
		}
		line, after, _ := strings.Cut(rest, "\n")
		if strings.TrimSpace(line) != "" {
			other++
		}
		rest = after
	}
	return Report{}, false
}

// found makes a finding of what a program wrote.
func found(file string, place Place, d analysis.Diagnostic) Finding {
	d.NoSpan = true
	return Finding{File: file, Language: identity.LanguageOf(file), Diagnostic: d, Place: place}
}

func readESLint(value json.RawMessage) ([]Finding, bool) {
	var files []struct {
		FilePath *string
		Messages []struct {
			RuleID                           string
			Severity                         int // 2 for errors
			Message                          string
			Line, Column, EndLine, EndColumn int
		}
	}
	if json.Unmarshal(value, &files) != nil {
		return nil, false
	}
	var out []Finding
	for _, f := range files {
		if f.FilePath == nil {
			return nil, false
		}
		for _, m := range f.Messages {
			d := analysis.Diagnostic{Source: "eslint", Code: m.RuleID, Message: m.Message, Severity: analysis.SeverityWarning}
			if m.Severity == 2 {
				d.Severity = analysis.SeverityError
			}
			out = append(out, found(*f.FilePath, Place{m.Line, m.Column, m.EndLine, m.EndColumn, textedit.UTF16}, d))
		}
	}
	return out, true
}

func readPyright(value json.RawMessage) ([]Finding, bool) {
	type position struct{ Line, Character int } // from 0
	var v struct {
		GeneralDiagnostics *[]struct {
			File, Severity, Message, Rule string
			Range                         *struct{ Start, End position }
		}
	}
	if json.Unmarshal(value, &v) != nil || v.GeneralDiagnostics == nil {
		return nil, false
	}
	var out []Finding
	for _, g := range *v.GeneralDiagnostics {
		var p Place
		if g.Range != nil {
			p = Place{g.Range.Start.Line + 1, g.Range.Start.Character + 1, g.Range.End.Line + 1, g.Range.End.Character + 1, textedit.UTF16}
		}
		out = append(out, found(g.File, p, analysis.Diagnostic{Source: "pyright", Code: g.Rule, Message: g.Message, Severity: severity(g.Severity)}))
	}
	return out, true
}

func readRuff(value json.RawMessage) ([]Finding, bool) {
	type position struct{ Row, Column int }
	var list []struct {
		Code, Message string
		Filename      *string
		Location      position
		EndLocation   position `json:"end_location"`
	}
	if json.Unmarshal(value, &list) != nil {
		return nil, false
	}
	var out []Finding
	for _, m := range list {
		if m.Filename == nil {
			return nil, false
		}
		d := analysis.Diagnostic{Source: "ruff", Code: m.Code, Message: m.Message, Severity: analysis.SeverityError}
		if d.Code == "" || d.Code == "invalid-syntax" {
			d.Code = identity.SyntaxError
		}
		out = append(out, found(*m.Filename, Place{m.Location.Row, m.Location.Column, m.EndLocation.Row, m.EndLocation.Column, textedit.UTF32}, d))
	}
	return out, true
}

// readSARIF reads SARIF 2.1.0, of which it uses the first location of each
// result. Results that somebody suppressed, and those that are no failures, are
// left out.
func readSARIF(value json.RawMessage) ([]Finding, bool) {
	type artifact struct {
		URI, URIBaseID string
		Index          *int
	}
	type text struct{ Text string }
	type message struct {
		Text, ID  string
		Arguments []string
	}
	type rule struct {
		ID                   string
		MessageStrings       map[string]text
		DefaultConfiguration struct{ Level string }
	}
	var v struct {
		Version string
		Runs    *[]struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []rule
				}
			}
			ColumnKind         string
			OriginalURIBaseIDs map[string]artifact `json:"originalUriBaseIds"`
			Artifacts          []struct{ Location artifact }
			Results            []struct {
				RuleID    string
				RuleIndex *int
				Rule      struct {
					ID    string
					Index *int
				}
				Kind, Level   string
				Message       message
				BaselineState string
				Suppressions  []struct{ Status string }
				Locations     []struct {
					PhysicalLocation struct {
						ArtifactLocation artifact
						Region           struct{ StartLine, StartColumn, EndLine, EndColumn int }
					}
				}
			}
		}
	}
	if !decode(value, &v) || v.Runs == nil {
		return nil, false
	}
	var out []Finding
	for _, run := range *v.Runs {
		unit := textedit.UTF16 // SARIF 3.14.17: the default
		if run.ColumnKind == "unicodeCodePoints" {
			unit = textedit.UTF32
		}
		for _, r := range run.Results {
			if r.Kind != "" && r.Kind != "fail" || len(r.Suppressions) > 0 || len(r.Locations) == 0 || r.BaselineState == "absent" {
				continue
			}
			// SARIF 3.27.5 to 3.27.7: the rule by its place, else by its name.
			var by rule
			for _, at := range []*int{r.RuleIndex, r.Rule.Index} {
				if at != nil && *at >= 0 && *at < len(run.Tool.Driver.Rules) {
					by = run.Tool.Driver.Rules[*at]
				}
			}
			for i := 0; by.ID == "" && i < len(run.Tool.Driver.Rules); i++ {
				if id := run.Tool.Driver.Rules[i].ID; id != "" && (id == r.RuleID || id == r.Rule.ID) {
					by = run.Tool.Driver.Rules[i]
				}
			}
			d := analysis.Diagnostic{Source: strings.ToLower(run.Tool.Driver.Name), Code: r.RuleID, Message: r.Message.Text, Severity: severity(r.Level)}
			if d.Code == "" {
				d.Code = r.Rule.ID
			}
			if d.Code == "" {
				d.Code = by.ID
			}
			if d.Message == "" {
				d.Message = by.MessageStrings[r.Message.ID].Text
			}
			d.Message = filled(d.Message, r.Message.Arguments)
			if d.Severity == 0 && r.Level == "" {
				d.Severity = severity(by.DefaultConfiguration.Level) // SARIF 3.27.10
			}
			if d.Severity == 0 {
				d.Severity = analysis.SeverityWarning // SARIF 3.27.10: the default
			}
			at := r.Locations[0].PhysicalLocation
			if i := at.ArtifactLocation.Index; i != nil && at.ArtifactLocation.URI == "" && *i >= 0 && *i < len(run.Artifacts) {
				at.ArtifactLocation = run.Artifacts[*i].Location // SARIF 3.4.5
			}
			file := pathOf(at.ArtifactLocation.URI)
			if file == "" {
				continue
			}
			if base, ok := run.OriginalURIBaseIDs[at.ArtifactLocation.URIBaseID]; ok && !filepath.IsAbs(file) {
				if dir := pathOf(base.URI); filepath.IsAbs(dir) {
					file = filepath.Join(dir, file)
				}
			}
			// SARIF 3.30.7 and 3.30.8: without an end column, the line's end;
			// without an end line, the same line.
			p := Place{at.Region.StartLine, at.Region.StartColumn, at.Region.EndLine, at.Region.EndColumn, unit}
			if p.EndLine == 0 {
				p.EndLine = p.Line
			}
			out = append(out, found(file, p, d))
		}
	}
	return out, true
}

// filled puts arguments into the places {0}, {1}, … of a message (SARIF 3.11.5).
func filled(message string, arguments []string) string {
	if len(arguments) == 0 || !strings.Contains(message, "{") {
		return message
	}
	pairs := make([]string, 0, 2*len(arguments)+4)
	for i, a := range arguments {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", a)
	}
	return strings.NewReplacer(append(pairs, "{{", "{", "}}", "}")...).Replace(message)
}

// pathOf is the path of a URI, or of what should have been one.
func pathOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || len(u.Scheme) == 1 { // a drive of Windows
		return uri
	}
	if u.Scheme != "" && u.Scheme != "file" {
		return uri
	}
	path := u.Path
	if len(path) > 2 && path[0] == '/' && path[2] == ':' {
		path = path[1:]
	}
	return filepath.FromSlash(path)
}

func severity(word string) analysis.Severity {
	switch word {
	case "error":
		return analysis.SeverityError
	case "warning":
		return analysis.SeverityWarning
	case "information", "note":
		return analysis.SeverityInformation
	case "none":
		return analysis.SeverityHint
	}
	return 0
}
