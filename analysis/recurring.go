package analysis

import "time"

// A Recurring is a kind of error that came again, and how it was repaired.
type Recurring struct {
	Key      string // Identity.RuleKey
	Language string // family
	Rule     string
	// Source, Code and Message are those of the error that was repaired last.
	Source, Code, Message string
	Repairs               int
	Last                  time.Time // of the newest repair
	Patterns              []Learned // those learned from the most repairs first
	Held, Undone          int       // outcomes of the suggestions for it
}

// A Learned is one way to repair a kind of error.
type Learned struct {
	Pattern string // "p_…"
	Title   string
	Repairs int  // that it was learned from
	Held    int  // suggestions of it that were applied and stayed
	Undone  int  // suggestions of it that were undone, or the error came back
	Never   bool // it is never to be suggested
}
