package wire

import (
	"fmt"
	"time"
)

// Stats is what `stats --json` prints: counts, and bytes on disk.
type Stats struct {
	Head
	Episodes   int   `json:"episodes"` // repairs that are kept
	Examples   int   `json:"examples"` // errors that they cured
	Patterns   int   `json:"patterns"`
	Rules      int   `json:"rules"` // kinds of error with an example
	Seen       int   `json:"seen"`  // suggestions that reached a person's eyes
	Applied    int   `json:"applied"`
	Held       int   `json:"held"`
	Undone     int   `json:"undone"`
	CameBack   int   `json:"came_back"`
	Ignored    int   `json:"ignored"`
	Never      int   `json:"never"`     // patterns that are not to be suggested
	Forgotten  int   `json:"forgotten"` // patterns that were forgotten
	Workspaces int   `json:"workspaces"`
	StoreBytes int64 `json:"store_bytes"`
	IndexBytes int64 `json:"index_bytes"` // of the workspaces' indexes
	// Recurring are the errors that were repaired most often, ten at most.
	Recurring []Recurring `json:"recurring"`
	// Reliability says how far the chance of a suggestion can be believed, by
	// tenths of that chance, the lowest first; tenths without any are left out.
	Reliability []Reliability `json:"reliability"`
	Checks      Checks        `json:"checks"`
}

// Checks are what the checkers of all processes did, and what they hold now.
type Checks struct {
	Runs      int64            `json:"runs"`    // of tools
	Checked   int64            `json:"checked"` // repairs that were found to hold
	Refuted   int64            `json:"refuted"`
	Unknown   map[string]int64 `json:"unknown"` // by why
	Processes []Checking       `json:"processes"`
}

// Checking is a process that runs now and has checked something.
type Checking struct {
	PID    int   `json:"pid"`
	Memory int64 `json:"memory_bytes"` // that its checkers hold
	Peak   int64 `json:"peak_bytes"`
	Limit  int64 `json:"limit_bytes"` // that one of them may hold
}

// A Reliability is what became of the suggestions whose chance was said to be in
// one tenth.
type Reliability struct {
	From     float64 `json:"from"` // least chance
	Said     float64 `json:"said"` // mean chance
	Seen     int     `json:"seen"` // seen or applied; the others are of these
	Applied  int     `json:"applied"`
	Held     int     `json:"held"`
	Undone   int     `json:"undone"`
	CameBack int     `json:"came_back"`
	Ignored  int     `json:"ignored"`
}

// A Recurring is a kind of error that was repaired more than once.
type Recurring struct {
	Rule     string    `json:"rule"`
	Language string    `json:"language"`
	Repairs  int       `json:"repairs"`
	Last     time.Time `json:"last"`
	Patterns []string  `json:"patterns"` // ids
	Held     int       `json:"held"`     // of the suggestions for it that were applied
	Undone   int       `json:"undone"`
}

func (*Stats) kind() string { return "stats" }

func (s *Stats) check() ([]string, error) {
	n := max(len(s.Recurring), len(s.Reliability), len(s.Checks.Unknown), len(s.Checks.Processes))
	for _, r := range s.Recurring {
		n = max(n, len(r.Patterns))
	}
	if n > MaxItems {
		return nil, fmt.Errorf("lists: %w", ErrTooLarge)
	}
	return nil, nil
}

// A Report is what `doctor --json` prints.
type Report struct {
	Head
	Checks []Check  `json:"checks"`
	Bundle []string `json:"bundle,omitempty"` // names of what was put into the archive
}

// A Check is one thing that doctor looked at.
type Check struct {
	Name   string `json:"name"`
	Status string `json:"status"` // ok, note, fail
	Detail string `json:"detail"`
	Next   string `json:"next,omitempty"` // what to do about it
}

func (*Report) kind() string { return "report" }

func (r *Report) check() ([]string, error) {
	if max(len(r.Checks), len(r.Bundle)) > MaxItems {
		return nil, fmt.Errorf("lists: %w", ErrTooLarge)
	}
	return nil, nil
}

// About is what `version --json` prints.
type About struct {
	Head
	Dejafix string `json:"dejafix"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	Commit  string `json:"commit,omitempty"`
}

func (*About) kind() string             { return "about" }
func (*About) check() ([]string, error) { return nil, nil }

// Done is what a command prints that changed something and has nothing else to
// show.
type Done struct {
	Head
	Did    string   `json:"did"` // a word: learned, forgot, exported, …
	Count  int      `json:"count"`
	Of     int      `json:"of,omitempty"` // read, where some were not used
	Detail string   `json:"detail,omitempty"`
	Items  []string `json:"items,omitempty"` // what was listed
	Doubts []string `json:"doubts,omitempty"`
}

func (*Done) kind() string { return "done" }

func (d *Done) check() ([]string, error) {
	if max(len(d.Items), len(d.Doubts)) > MaxItems {
		return nil, fmt.Errorf("lists: %w", ErrTooLarge)
	}
	return nil, checkTexts(d.Did, d.Detail)
}
