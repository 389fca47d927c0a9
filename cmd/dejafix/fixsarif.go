package main

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/repair"
)

// What SARIF 2.1.0 (OASIS, 27 March 2020) calls these things. The log speaks of
// the files as they were before: its fixes lead to what fix wrote, or would.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool               sarifTool                `json:"tool"`
		ColumnKind         string                   `json:"columnKind"`
		OriginalURIBaseIDs map[string]sarifArtifact `json:"originalUriBaseIds"`
		Results            []sarifResult            `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string `json:"name"`
		Version        string `json:"version"`
		InformationURI string `json:"informationUri,omitempty"`
	}
	sarifArtifact struct {
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID     string            `json:"ruleId"`
		Level      string            `json:"level"`
		Message    sarifText         `json:"message"`
		Locations  []sarifLocation   `json:"locations"`
		Fixes      []sarifFix        `json:"fixes,omitempty"`
		Properties map[string]string `json:"properties,omitempty"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifFix struct {
		Description     sarifText     `json:"description"`
		ArtifactChanges []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		ArtifactLocation sarifArtifact      `json:"artifactLocation"`
		Replacements     []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		DeletedRegion   sarifRegion `json:"deletedRegion"`
		InsertedContent sarifText   `json:"insertedContent"`
	}
)

const sarifRoot = "SRCROOT"

// sarif writes what was found before, with the fix of each that was repaired
// in the first round, and those that came later with their place carried back.
func (f *fixing) sarif() error {
	run := sarifRun{
		Tool:               sarifTool{sarifDriver{Name: "dejafix", Version: version}},
		ColumnKind:         "utf16CodeUnits",
		OriginalURIBaseIDs: map[string]sarifArtifact{sarifRoot: {URI: fileURI(f.tree.root) + "/"}},
		Results:            []sarifResult{},
	}
	repaired := func(x check.Finding) *repair.Repair {
		for i, r := range f.result.Repaired {
			if r.Finding.Path == x.Path && r.Finding.Diagnostic == x.Diagnostic && r.Document.Text == f.sources[x.Path].text {
				return &f.result.Repaired[i]
			}
		}
		return nil
	}
	was := map[check.Finding]bool{}
	for _, x := range f.result.Before.Findings {
		s := f.sources[x.Path]
		if s == nil || !repair.Counts(x) {
			continue
		}
		was[x] = true
		res := f.sarifResult(x, s)
		if r := repaired(x); r != nil {
			res.Fixes = []sarifFix{f.sarifFix(s, analysis.PlainTitle(r.Suggestion.Title), r.Edits)}
			res.Properties = map[string]string{"trust": "checked", "checkedBy": r.Judgement.Tool, "pattern": r.Suggestion.Pattern}
		}
		run.Results = append(run.Results, res)
	}
	// What stood behind a cured error.
	for _, x := range f.result.Left {
		s := f.sources[x.Finding.Path]
		if s == nil || x.Text == s.text && was[x.Finding] {
			continue
		}
		later := x.Finding
		if x.Text != s.text {
			if f.known(x, was) {
				continue
			}
			later.Span, _ = textedit.Map(later.Span, textedit.Compute(x.Text, s.text))
		}
		run.Results = append(run.Results, f.sarifResult(later, s))
	}
	text, err := json.MarshalIndent(sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	}, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if f.o.sarif == "-" {
		_, err = f.a.out.Write(text)
		return err
	}
	if err := writeWhole(f.o.sarif, text); err != nil {
		return problemf("name a file that can be written with --sarif", "%w", err)
	}
	return nil
}

// known reports whether an error that is left is one of those from before, in
// the text as it was.
func (f *fixing) known(x repair.Left, was map[check.Finding]bool) bool {
	span, _ := textedit.Map(x.Finding.Span, textedit.Compute(x.Text, f.sources[x.Finding.Path].text))
	for old := range was {
		if old.Path == x.Finding.Path && old.Message == x.Finding.Message && old.Code == x.Finding.Code && (old.Span.Overlaps(span) || old.NoSpan) {
			return true
		}
	}
	return false
}

func (f *fixing) sarifResult(x check.Finding, s *source) sarifResult {
	id, _ := identity.Of(s.language, x.Diagnostic)
	res := sarifResult{RuleID: id.Rule, Level: "error", Message: sarifText{x.Message}}
	if res.RuleID == "" {
		res.RuleID = x.Source
	}
	if x.Severity == analysis.SeverityWarning {
		res.Level = "warning"
	}
	at := sarifPhysical{ArtifactLocation: f.artifact(s.path)}
	if !x.NoSpan {
		r := sarifSpan(textedit.NewLines(s.text), x.Span)
		at.Region = &r
	}
	res.Locations = []sarifLocation{{at}}
	return res
}

func (f *fixing) sarifFix(s *source, title string, edits []analysis.Edit) sarifFix {
	lines := textedit.NewLines(s.text)
	change := sarifChange{ArtifactLocation: f.artifact(s.path)}
	for _, e := range edits {
		change.Replacements = append(change.Replacements, sarifReplacement{sarifSpan(lines, e.Span), sarifText{e.New}})
	}
	return sarifFix{sarifText{title}, []sarifChange{change}}
}

func (f *fixing) artifact(path string) sarifArtifact {
	return sarifArtifact{URI: (&url.URL{Path: f.tree.name(path)}).String(), URIBaseID: sarifRoot}
}

func sarifSpan(lines *textedit.Lines, s analysis.Span) sarifRegion {
	line, char := lines.Position(s.Start, textedit.UTF16)
	endLine, endChar := lines.Position(s.End, textedit.UTF16)
	return sarifRegion{line + 1, char + 1, endLine + 1, endChar + 1}
}

// writeWhole writes a file by another name first, so that it is never half
// there.
func writeWhole(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), temporary+"*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it is gone when all went well
	_, err = f.Write(text)
	if chmod := f.Chmod(0o644); err == nil {
		err = chmod
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
