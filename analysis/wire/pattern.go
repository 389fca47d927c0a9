package wire

import (
	"fmt"
	"slices"

	"github.com/dejafix/dejafix/analysis"
)

// A Pattern is a repair that was learned: what it answers to, what it does, the
// examples it stands on, and what became of it when it was offered. It is
// derived, so that reading one back teaches nothing; examples do.
type Pattern struct {
	Head
	ID       string   `json:"id"`
	Identity Identity `json:"identity"`
	Title    string   `json:"title"`
	FixType  string   `json:"fix_type"`
	Never    bool     `json:"never"`    // not to be suggested again
	Examples []string `json:"examples"` // ids
	Outcomes Outcomes `json:"outcomes"`
}

// Outcomes counts what became of what was offered.
type Outcomes struct {
	Applied  int `json:"applied"`
	Held     int `json:"held"`
	Undone   int `json:"undone"`
	CameBack int `json:"came_back"`
	Ignored  int `json:"ignored"`
}

func (*Pattern) kind() string { return "pattern" }

func (p *Pattern) check() (doubts []string, err error) {
	if err := checkTexts(p.ID, p.Title, p.Identity.Rule, p.Identity.Template); err != nil {
		return nil, err
	}
	if len(p.Examples) > MaxItems {
		return nil, fmt.Errorf("%d examples: %w", len(p.Examples), ErrTooLarge)
	}
	if !slices.Contains(fixTypes, p.FixType) {
		doubts = append(doubts, fmt.Sprintf("fix type %q is not known, taken for %q", short(p.FixType), analysis.FixOther))
		p.FixType = string(analysis.FixOther)
	}
	return doubts, nil
}

// A PatternList is what `patterns list --json` prints.
type PatternList struct {
	Head
	Patterns []Pattern `json:"patterns"`
}

func (*PatternList) kind() string { return "patterns" }

func (l *PatternList) inner() (vs []Value) {
	for i := range l.Patterns {
		vs = append(vs, &l.Patterns[i])
	}
	return vs
}

func (l *PatternList) check() (doubts []string, err error) {
	if len(l.Patterns) > MaxItems {
		return nil, fmt.Errorf("%d patterns: %w", len(l.Patterns), ErrTooLarge)
	}
	for i := range l.Patterns {
		d, err := l.Patterns[i].check()
		if err != nil {
			return nil, err
		}
		doubts = append(doubts, d...)
	}
	return doubts, nil
}
