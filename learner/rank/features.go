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
}

// Vector lists f's values in the order of the weights.
func (f *Features) Vector() []float64 {
	return []float64{
		f.Logit, f.Support, f.Fails, f.Place, f.Tied, f.Holes, f.Message, f.Overlap, f.Kind, f.Parents, f.Shape, f.Line, f.Alike, f.Single, f.Foreign, f.Fresh, f.Copied, f.Verbatim, f.Words, f.LooseWord,
		f.LooseTree, f.LooseAll, f.AnyRoot, f.Lists, f.Captures, f.Changes, f.Parts, f.Size, f.Pinned, f.Torn, f.Boxed, f.Bare, f.Bracketed, f.Agree, f.Share, f.Votes, f.Nearest, f.Nearer, f.Mean, f.Examples, f.Rivals, f.Deletes, f.Errors,
	}
}

// weights were fitted by maximum likelihood (softmax over the repairs found for
// an error and "none of them", L2 1) on the training halves of twelve sources of
// fix pairs only: four folds, one to be asked and three to learn from, with 1,
// 4 and all examples of a code.
var weights = []float64{
	0.187, 0.451, -0.342, -0.938, -0.293, 0.368, 0.318, 0.838, -0.606, 0.238, -0.897, 0.431,
	0.269, 0.081, -1.078, -0.43, -0.432, -0.114, -0.361, -1.257, -0.986, -0.988, -0.187, -0.622,
	-0.273, -0.648, -0.624, -0.013, -0.05, -0.289, 0.072, 0.691, -1.103, 0.207, 0.586, -0.228,
	0.32, 0.532, -0.186, 0.62, -0.576, 0.835, -2.424,
}

// bias sets repairs against "none of them". The fit gave -0.978; on other parts
// of the same halves what it put at .3 to .7 was right at .46 to .76, a shift of
// 0.34 in the logit at slope 1.01 (2,831 errors, learned from 1, 3 and all
// examples of a code).
const bias = -0.978 + 0.342

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
