package wire

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// A Suggestion is one repair that was offered for one diagnostic. Its spans are
// bytes of the document whose digest it names, which it does not carry.
type Suggestion struct {
	Head
	ID              string     `json:"id"`
	Pattern         string     `json:"pattern"`
	Diagnostic      Diagnostic `json:"diagnostic"`
	URI             string     `json:"uri"`
	DocumentVersion int32      `json:"document_version"`
	Digest          string     `json:"digest"` // of the text that the edits were made for
	Edits           []Edit     `json:"edits"`
	Title           string     `json:"title"`
	FixType         string     `json:"fix_type"`
	Trust           string     `json:"trust"`            // advice, likely, checked
	Probability     float64    `json:"probability"`      // that the edit is the right repair
	SupportingCases int        `json:"supporting_cases"` // the paper's word (2.1)
	HighConfidence  bool       `json:"high_confidence"`
	Applied         int        `json:"applied"`
	Held            int        `json:"held"`
	Undone          int        `json:"undone"`
	Unasked         bool       `json:"unasked"`
	OnlyDeletes     bool       `json:"only_deletes"`
	More            int        `json:"more"`
}

func (*Suggestion) kind() string { return "suggestion" }

func (s *Suggestion) texts() []string {
	var texts []string
	for _, e := range s.Edits {
		texts = append(texts, e.New)
	}
	return texts
}

// trusts are analysis.Trust, by number.
var trusts = []string{"advice", "likely", "checked"}

// FromSuggestion returns s as it is written down.
func FromSuggestion(s analysis.Suggestion) *Suggestion {
	w := &Suggestion{
		ID: s.ID, Pattern: s.Pattern, Diagnostic: fromDiagnostic(s.Diagnostic), URI: s.URI,
		DocumentVersion: s.Version, Digest: s.Digest.String(), Edits: fromEdits(s.Edits), Title: s.Title,
		FixType: string(s.FixType), Trust: trusts[0], Probability: s.Probability, SupportingCases: s.Supporting,
		HighConfidence: s.HighConfidence, Applied: s.Applied, Held: s.Held, Undone: s.Undone,
		Unasked: s.Unasked, OnlyDeletes: s.OnlyDeletes, More: s.More,
	}
	if s.Trust >= 0 && int(s.Trust) < len(trusts) {
		w.Trust = trusts[s.Trust]
	}
	return w
}

// Suggestion returns the value of s.
func (s *Suggestion) Suggestion() analysis.Suggestion {
	a := analysis.Suggestion{
		ID: s.ID, Pattern: s.Pattern, Diagnostic: s.Diagnostic.analysis(), URI: s.URI, Version: s.DocumentVersion,
		Edits: toEdits(s.Edits), Title: s.Title, FixType: analysis.FixType(s.FixType), Probability: s.Probability,
		Supporting: s.SupportingCases, HighConfidence: s.HighConfidence, Applied: s.Applied, Held: s.Held,
		Undone: s.Undone, Unasked: s.Unasked, OnlyDeletes: s.OnlyDeletes, More: s.More,
	}
	if b, err := hex.DecodeString(s.Digest); err == nil && len(b) == len(a.Digest) {
		a.Digest = analysis.Digest(b)
	}
	for i, name := range trusts {
		if name == s.Trust {
			a.Trust = analysis.Trust(i)
		}
	}
	return a
}

func (s *Suggestion) check() ([]string, error) {
	if b, err := hex.DecodeString(s.Digest); err != nil || len(b) != len(analysis.Digest{}) {
		return nil, fmt.Errorf("digest %q: an edit must name the text that it was made for", short(s.Digest))
	}
	if err := checkTexts(s.URI, s.Title); err != nil {
		return nil, err
	}
	if err := checkEdits(s.Edits); err != nil {
		return nil, err
	}
	doubts, err := s.Diagnostic.check()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(trusts, s.Trust) {
		doubts = append(doubts, fmt.Sprintf("trust %q is not known, taken for %q", short(s.Trust), trusts[0]))
		s.Trust = trusts[0]
	}
	if !slices.Contains(fixTypes, s.FixType) {
		doubts = append(doubts, fmt.Sprintf("fix type %q is not known, taken for %q", short(s.FixType), analysis.FixOther))
		s.FixType = string(analysis.FixOther)
	}
	if s.Probability < 0 || s.Probability > 1 {
		return nil, fmt.Errorf("probability %v", s.Probability)
	}
	return doubts, nil
}

// An Outcome is what became of one suggestion.
type Outcome struct {
	Head
	Pattern    string    `json:"pattern"`
	Example    string    `json:"example"`
	Suggestion string    `json:"suggestion"`
	Verdict    string    `json:"verdict"`
	Workspace  string    `json:"workspace"`
	Time       time.Time `json:"time"`
}

func (*Outcome) kind() string { return "outcome" }

// verdicts are the known ones.
var verdicts = []string{
	string(analysis.VerdictApplied), string(analysis.VerdictUndone), string(analysis.VerdictDismissed),
	string(analysis.VerdictNever), string(analysis.VerdictIgnored), string(analysis.VerdictHeld),
	string(analysis.VerdictCameBack),
}

func (o *Outcome) check() ([]string, error) {
	if !slices.Contains(verdicts, o.Verdict) {
		return nil, fmt.Errorf("verdict %q is not known", short(o.Verdict))
	}
	o.Time = o.Time.UTC()
	return nil, checkTexts(o.Pattern, o.Example, o.Suggestion, o.Workspace)
}

// An Explanation is what `why --json` prints.
type Explanation struct {
	Head
	ID       string    `json:"id"`
	Markdown string    `json:"markdown"`
	Examples []Example `json:"examples"`
}

func (*Explanation) kind() string { return "explanation" }

func (x *Explanation) inner() (vs []Value) {
	for i := range x.Examples {
		vs = append(vs, &x.Examples[i])
	}
	return vs
}

func (x *Explanation) texts() (texts []string) {
	for i := range x.Examples {
		texts = append(texts, x.Examples[i].texts()...)
	}
	return texts
}

// FromExplanation returns why id is what it is.
func FromExplanation(id string, x analysis.Explanation) *Explanation {
	w := &Explanation{ID: id, Markdown: x.Markdown, Examples: []Example{}}
	for _, e := range x.Examples {
		w.Examples = append(w.Examples, *FromExample(e))
	}
	return w
}

func (x *Explanation) check() (doubts []string, err error) {
	if len(x.Examples) > MaxItems {
		return nil, fmt.Errorf("%d examples: %w", len(x.Examples), ErrTooLarge)
	}
	for i := range x.Examples {
		d, err := x.Examples[i].check()
		if err != nil {
			return nil, err
		}
		doubts = append(doubts, d...)
	}
	return doubts, nil
}
