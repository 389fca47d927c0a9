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

var weights = []float64{
	0.444, 0.758, -0.435, -0.918, -0.653, 0.847, 1.044, -0.028, -1.535, -0.581, -0.377, -0.38,
	-1.044, -0.636, -1.039, -0.719, -0.523, -0.265, -0.637, -0.417, -0.241, -0.061, 0.557, -0.529,
	-0.392, 1.067, -2.418, 0,
}

const bias = -0.395

// Score ranks repairs: higher is better.
func (f *Features) Score() float64 {
	s := bias
	for i, v := range f.Vector() {
		s += weights[i] * v
	}
	return s
}

// Probabilities turns the scores of the repairs found for one error into the
// chance of each to be the right one. What is left of 1 is the chance that none is.
func Probabilities(scores []float64) []float64 {
	top := 0.0
	for _, s := range scores {
		top = max(top, s)
	}
	sum := math.Exp(-top)
	out := make([]float64, len(scores))
	for i, s := range scores {
		out[i] = math.Exp(s - top)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}
