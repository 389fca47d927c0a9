package pattern

import (
	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/learner/rank"
)

// Options bound what is learned. The zero value gives the defaults.
type Options struct {
	// MaxExamples is how many of the newest examples are learned from; 0 means 60.
	MaxExamples int
	// Bench keeps what was computed for examples learned before, so that
	// learning one more is cheap; nil means that nothing is kept.
	Bench *Bench
}

// A Target is the place that a repair is asked for.
type Target struct {
	Text       string
	Language   string       // LSP language identifier
	Tree       *syntax.Tree // of Text; nil for a language without a grammar
	Diagnostic analysis.Diagnostic
}

// A Proposal is one repair for a Target.
type Proposal struct {
	Edits       []analysis.Edit // in Target.Text, sorted
	Pattern     string          // "p_…"
	Title       string          // a plain verb phrase
	FixType     analysis.FixType
	OnlyDeletes bool     // it inserts nothing
	Loses       bool     // it only deletes, and what it deletes has a name, a number, text or a comment
	Examples    []string // ids of the examples behind it
	Features    rank.Features
	Score       float64 // probability that it is the right repair
}

// A Pattern is one kind of repair that was learned, as people see it.
type Pattern struct {
	ID       string // "p_…", the same on every machine that learned it
	Identity analysis.Identity
	Title    string
	FixType  analysis.FixType
	Examples []string // ids
	Before   string   // printed form, holes as ‹1›
	After    string
}
