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
	Holes     float64 // share of the holes that stand for the same kind of node as in the example
	Message   float64 // 1 when an example's message has the same template
	Overlap   float64 // share of words that the messages have in common
	Kind      float64 // 1 when the error is at the same kind of node as an example's
	Parents   float64 // share of the nodes around it that are of the same kinds
	Shape     float64 // how alike the tokens at the error are, names aside
	Line      float64 // share of names on the line in common
	Alike     float64 // Message × Kind × Shape
	Single    float64 // 1 when there is one example only
	Foreign   float64 // inserted words that are names of the example's own text
	Fresh     float64 // inserted words that are in neither text
	Copied    float64 // ln(1 + inserted tokens that the example had and the pattern does not ask for)
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
	Torn      float64 // 1 when an operation stands beside an operator without parentheses
	Boxed     float64 // 1 when an atom is put in parentheses
	Bare      float64 // 1 when parentheses of the example were left out
	Bracketed float64 // 1 when parentheses were added
	// Of the result.
	Agree    float64 // ln of the number of templates that give it
	Share    float64 // share of the examples that speak for it
	Votes    float64 // share of the matching templates that give it
	Nearest  float64 // how like the likest example is that speaks for it
	Nearer   float64 // the same, less that of the likest of all examples
	Mean     float64 // the mean of the examples that speak for it
	Examples float64 // ln of the examples of the rule
	Rivals   float64 // ln of the number of other results
	Deletes  float64 // 1 when nothing is inserted
	Errors   float64 // new syntax errors, 3 at most
	Known    float64 // share of the inserted words that stand in the text already
}

// Vector lists f's values in the order of Names.
func (f *Features) Vector() []float64 {
	return []float64{
		f.Logit, f.Support, f.Fails, f.Place, f.Tied, f.Holes, f.Message, f.Overlap, f.Kind, f.Parents, f.Shape, f.Line, f.Alike, f.Single, f.Foreign, f.Fresh, f.Copied, f.Verbatim, f.Words, f.LooseWord,
		f.LooseTree, f.LooseAll, f.AnyRoot, f.Lists, f.Captures, f.Changes, f.Parts, f.Size, f.Pinned, f.Torn, f.Boxed, f.Bare, f.Bracketed, f.Agree, f.Share, f.Votes, f.Nearest, f.Nearer, f.Mean, f.Examples, f.Rivals, f.Deletes, f.Errors, f.Known,
	}
}

var weights = []float64{
	0.034, 0.539, -0.549, -0.923, -0.247, 0.5, 0.235, 0.853, -0.463, 0.09, -0.85, 0.358,
	0.36, -0.04, -0.997, -0.343, -0.1, -0.121, -0.568, -1.612, -0.978, -1.326, -0.458, -0.522,
	-0.219, -0.489, -0.064, -0.049, -0.123, 0.114, -1.15, 0.86, -1.766, 0.217, 0.744, 0.312,
	0.294, 0.443, -0.104, 0.619, -0.363, 1.114, -2.464, 0,
}

const bias = -1.499

// Score ranks repairs: higher is better.
func (f *Features) Score() float64 {
	s := bias
	for i, v := range f.Vector() {
		if i >= len(weights) {
			break
		}
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
