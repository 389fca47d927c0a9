package rank

import "math"

// Features is what is known of one proposed repair.
type Features struct {
	// Of the template that speaks for it best.
	Logit     float64 // of the share of specimens that the template repairs rightly
	Support   float64 // ln(1 + other specimens that it repairs)
	Fails     float64 // ln(1 + specimens that it repairs wrongly)
	Place     float64 // how unlike the place is that it was learned at, 0 the same
	Tied      float64 // ln(1 + further places as good)
	Message   float64 // 1 when an example's message has the same template
	Overlap   float64 // share of words that the messages have in common
	Single    float64 // 1 when there is one example only
	Foreign   float64 // inserted words that are names of the example's own text
	Fresh     float64 // inserted words that are in neither text
	Verbatim  float64 // 1 when nothing is generalised
	Words     float64 // 1 when only words are
	LooseWord float64 // 1 when words that are not used again may be any
	LooseTree float64 // 1 when subtrees that are not used again may be any
	LooseAll  float64 // 1 when only the kind of the anchor counts
	AnyRoot   float64
	Lists     float64
	Captures  float64
	Changes   float64
	Parts     float64 // ln of the number of groups of hunks
	Size      float64 // ln of the tokens of its anchors
	Pinned    float64 // ln(1 + tokens of the pattern that must be equal)
	// Of the result.
	Agree   float64 // ln of the number of templates that give it
	Share   float64 // share of the examples that speak for it
	Rivals  float64 // ln of the number of other results
	Deletes float64 // 1 when nothing is inserted
	Errors  float64 // new syntax errors, 3 at most
	Known   float64 // share of the inserted words that stand in the text already
}

// Vector lists f's values in the order of Names.
func (f *Features) Vector() []float64 {
	return []float64{
		f.Logit, f.Support, f.Fails, f.Place, f.Tied, f.Message, f.Overlap, f.Single, f.Foreign, f.Fresh, f.Verbatim, f.Words, f.LooseWord,
		f.LooseTree, f.LooseAll, f.AnyRoot, f.Lists, f.Captures, f.Changes, f.Parts, f.Size, f.Pinned, f.Agree, f.Share, f.Rivals, f.Deletes, f.Errors, f.Known,
	}
}

var weights0 = []float64{
	0.8, 0.2, -0.2, -0.3, -0.3, 0.4, 0.3, -0.2, -0.8, -0.2, 0.2, 0, -0.1,
	-0.3, -0.6, -0.3, 0, 0.2, 0, -0.1, 0, 0.1, 0.28, 0.5, -0.2, -0.3, -1, 0,
}

const bias0 = 0.0

// Score is the log odds that a repair with these features is the right one.
func (f *Features) Score() float64 {
	s := bias0
	for i, v := range f.Vector() {
		s += weights0[i] * v
	}
	return s
}

// Probability is the chance that a repair with these features is the right one.
func (f *Features) Probability() float64 { return 1 / (1 + math.Exp(-f.Score())) }
