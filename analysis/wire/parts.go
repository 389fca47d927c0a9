package wire

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// A Span is a half-open range of bytes.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// An Edit replaces the text at Span by New.
type Edit struct {
	Span Span   `json:"span"`
	New  string `json:"new"`
}

// An Identity is what stays equal when the same error is seen again.
type Identity struct {
	Language string `json:"language"` // family
	Rule     string `json:"rule"`
	Template string `json:"template"` // message, with what varies replaced by ‹›
}

// A Diagnostic is one error, warning or hint of a tool.
type Diagnostic struct {
	Source   string   `json:"source"`
	Code     string   `json:"code"`
	Message  string   `json:"message"`
	Severity string   `json:"severity"`       // error, warning, information, hint; "" when unknown
	Span     *Span    `json:"span"`           // null when the place is not known
	Tags     []string `json:"tags,omitempty"` // unnecessary, deprecated
}

// A Provenance says where a value came from.
type Provenance struct {
	Origin    string    `json:"origin"`
	Tool      string    `json:"tool"`
	Version   string    `json:"version"`
	Workspace string    `json:"workspace"`
	Commit    string    `json:"commit,omitempty"`
	Time      time.Time `json:"time"`
}

// severities are LSP's, by number.
var severities = []string{"", "error", "warning", "information", "hint"}

func fromSpan(s analysis.Span) Span    { return Span{s.Start, s.End} }
func (s Span) analysis() analysis.Span { return analysis.Span{Start: s.Start, End: s.End} }

func (s Span) check(text string) error {
	if s.Start < 0 || s.End < s.Start || s.End > len(text) {
		return fmt.Errorf("span [%d, %d) lies outside of its text of %d bytes", s.Start, s.End, len(text))
	}
	return nil
}

func fromEdits(es []analysis.Edit) []Edit {
	out := make([]Edit, len(es))
	for i, e := range es {
		out[i] = Edit{fromSpan(e.Span), e.New}
	}
	return out
}

func toEdits(es []Edit) []analysis.Edit {
	if len(es) == 0 {
		return nil
	}
	out := make([]analysis.Edit, len(es))
	for i, e := range es {
		out[i] = analysis.Edit{Span: e.Span.analysis(), New: e.New}
	}
	return out
}

// checkEdits holds edits to the order that analysis.Edit promises.
func checkEdits(es []Edit) error {
	if len(es) > MaxEdits {
		return fmt.Errorf("%d edits: %w", len(es), ErrTooLarge)
	}
	size, last := 0, 0
	for _, e := range es {
		if e.Span.Start < last || e.Span.End < e.Span.Start {
			return fmt.Errorf("edits overlap or are out of order at byte %d", e.Span.Start)
		}
		last = e.Span.End
		size += len(e.New)
	}
	if size > MaxText {
		return fmt.Errorf("edits of %d bytes: %w", size, ErrTooLarge)
	}
	return nil
}

func fromIdentity(id analysis.Identity) Identity {
	return Identity{id.Language, id.Rule, id.Template}
}

func (id Identity) analysis() analysis.Identity {
	return analysis.Identity{Language: id.Language, Rule: id.Rule, Template: id.Template}
}

func fromDiagnostic(d analysis.Diagnostic) Diagnostic {
	w := Diagnostic{Source: d.Source, Code: d.Code, Message: d.Message}
	if d.Severity > 0 && int(d.Severity) < len(severities) {
		w.Severity = severities[d.Severity]
	}
	if !d.NoSpan {
		s := fromSpan(d.Span)
		w.Span = &s
	}
	if d.Unnecessary {
		w.Tags = append(w.Tags, "unnecessary")
	}
	if d.Deprecated {
		w.Tags = append(w.Tags, "deprecated")
	}
	return w
}

func (d Diagnostic) analysis() analysis.Diagnostic {
	a := analysis.Diagnostic{Source: d.Source, Code: d.Code, Message: d.Message, NoSpan: d.Span == nil}
	for i, name := range severities {
		if name == d.Severity {
			a.Severity = analysis.Severity(i)
		}
	}
	if d.Span != nil {
		a.Span = d.Span.analysis()
	}
	for _, tag := range d.Tags {
		switch tag {
		case "unnecessary":
			a.Unnecessary = true
		case "deprecated":
			a.Deprecated = true
		}
	}
	return a
}

// check drops what is not known: the doubts say so.
func (d *Diagnostic) check() (doubts []string, err error) {
	if len(d.Message) > MaxText {
		return nil, fmt.Errorf("message of %d bytes: %w", len(d.Message), ErrTooLarge)
	}
	if !slices.Contains(severities, d.Severity) {
		doubts = append(doubts, fmt.Sprintf("severity %q is not known", short(d.Severity)))
		d.Severity = ""
	}
	var tags []string
	for _, tag := range []string{"unnecessary", "deprecated"} {
		if slices.Contains(d.Tags, tag) {
			tags = append(tags, tag)
		}
	}
	if len(tags) < len(d.Tags) {
		doubts = append(doubts, "left out unknown or repeated tags")
	}
	d.Tags = tags
	return doubts, nil
}

func fromProvenance(p analysis.Provenance) Provenance {
	return Provenance{
		Origin: string(p.Origin), Tool: p.Tool, Version: p.Version,
		Workspace: p.Workspace, Commit: p.Commit, Time: p.Time.UTC(),
	}
}

func (p Provenance) analysis() analysis.Provenance {
	return analysis.Provenance{
		Origin: analysis.Origin(p.Origin), Tool: p.Tool, Version: p.Version,
		Workspace: p.Workspace, Commit: p.Commit, Time: p.Time,
	}
}

// origins are the known ones.
var origins = []string{
	string(analysis.OriginTyped), string(analysis.OriginCompletion), string(analysis.OriginOurAction),
	string(analysis.OriginPeerAction), string(analysis.OriginFormat), string(analysis.OriginUndo),
	string(analysis.OriginReload), string(analysis.OriginVCS), string(analysis.OriginAgent),
	string(analysis.OriginHistory), string(analysis.OriginSelf), string(analysis.OriginImport),
}

// check takes an unknown origin for an import, the one trusted least.
func (p *Provenance) check() (doubts []string) {
	if !slices.Contains(origins, p.Origin) {
		doubts = append(doubts, fmt.Sprintf("origin %q is not known, taken for %q", short(p.Origin), analysis.OriginImport))
		p.Origin = string(analysis.OriginImport)
	}
	p.Time = p.Time.UTC()
	return doubts
}

// checkPath forgets a path that does not name a file inside of a workspace.
func checkPath(path *string) (doubts []string) {
	bad := len(*path) > 4096 || strings.HasPrefix(*path, "/") || strings.ContainsAny(*path, "\\\x00") ||
		len(*path) > 1 && (*path)[1] == ':'
	for part := range strings.SplitSeq(*path, "/") {
		bad = bad || part == ".."
	}
	if bad {
		doubts = append(doubts, fmt.Sprintf("left out the path %q, which is not relative to a workspace", short(*path)))
		*path = ""
	}
	return doubts
}

// checkTexts holds each text to MaxText.
func checkTexts(texts ...string) error {
	for _, s := range texts {
		if len(s) > MaxText {
			return fmt.Errorf("text of %d bytes: %w", len(s), ErrTooLarge)
		}
	}
	return nil
}
