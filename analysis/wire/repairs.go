package wire

import (
	"fmt"

	"github.com/dejafix/dejafix/analysis"
)

// Repairs is what `fix --json` prints. Paths are relative to Root, with slashes,
// where they lie below it.
type Repairs struct {
	Head
	Root    string   `json:"root"`
	Check   string   `json:"check,omitempty"` // the command of --check
	Tools   []string `json:"tools"`           // that judged
	DryRun  bool     `json:"dry_run"`
	Rounds  int      `json:"rounds"`
	Stopped string   `json:"stopped,omitempty"` // why it ended early
	Found   int      `json:"found"`             // errors and warnings in the files as they were
	// Repaired are the repairs in the order in which they were made.
	Repaired []Repaired `json:"repaired"`
	// Left are the errors that are still there; those with a suggestion have a
	// repair that nobody could check.
	Left []LeftError `json:"left"`
	// NotChecked says what no checker could look at.
	NotChecked []string `json:"not_checked,omitempty"`
	// LeftAlone are files that were not changed though they could have been.
	LeftAlone []LeftAlone `json:"left_alone,omitempty"`
	// Files are those that changed, or would.
	Files []ChangedFile `json:"files"`
}

// A Place is where an error is, or was in its text: line and column from 1,
// columns in UTF-16 units; 0 where it is not known.
type Place struct {
	Path   string `json:"path"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// A Repaired is one repair that was checked and made.
type Repaired struct {
	Place
	Round      int        `json:"round"`
	Diagnostic Diagnostic `json:"diagnostic"` // its span is of the text of that round
	Title      string     `json:"title"`
	Suggestion string     `json:"suggestion"` // id
	Pattern    string     `json:"pattern"`    // id
	Trust      string     `json:"trust"`      // checked
	Tool       string     `json:"tool"`
	Version    string     `json:"tool_version,omitempty"`
}

// A LeftError is one that is still there.
type LeftError struct {
	Place
	Diagnostic Diagnostic `json:"diagnostic"`
	Reason     string     `json:"reason"` // in words for a person
	// What is offered and was not checked.
	Title      string  `json:"title,omitempty"`
	Suggestion string  `json:"suggestion,omitempty"`
	Pattern    string  `json:"pattern,omitempty"`
	Likely     float64 `json:"probability,omitempty"`
	Diff       string  `json:"diff,omitempty"`
}

// A LeftAlone is a file with the reason why it was not touched.
type LeftAlone struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// A ChangedFile is one that changed.
type ChangedFile struct {
	Path    string `json:"path"`
	Written bool   `json:"written"`
	Diff    string `json:"diff"` // unified
}

func (*Repairs) kind() string { return "repairs" }

func (r *Repairs) texts() (texts []string) {
	for _, f := range r.Files {
		texts = append(texts, f.Diff)
	}
	return texts
}

func (r *Repairs) check() ([]string, error) {
	if max(len(r.Tools), len(r.Repaired), len(r.Left), len(r.NotChecked), len(r.LeftAlone), len(r.Files)) > MaxItems {
		return nil, fmt.Errorf("lists: %w", ErrTooLarge)
	}
	var doubts []string
	place := func(p *Place) { doubts = append(doubts, checkPath(&p.Path)...) }
	for i := range r.Repaired {
		place(&r.Repaired[i].Place)
		more, err := r.Repaired[i].Diagnostic.check()
		if err != nil {
			return nil, err
		}
		doubts = append(doubts, more...)
	}
	for i := range r.Left {
		place(&r.Left[i].Place)
		more, err := r.Left[i].Diagnostic.check()
		if err != nil {
			return nil, err
		}
		doubts = append(doubts, more...)
	}
	for i := range r.LeftAlone {
		doubts = append(doubts, checkPath(&r.LeftAlone[i].Path)...)
	}
	for i := range r.Files {
		doubts = append(doubts, checkPath(&r.Files[i].Path)...)
		if err := checkTexts(r.Files[i].Diff); err != nil {
			return nil, err
		}
	}
	return doubts, checkTexts(r.Root, r.Check, r.Stopped)
}

// FromDiagnostic returns d as it is written down.
func FromDiagnostic(d analysis.Diagnostic) Diagnostic { return fromDiagnostic(d) }
