package rank

import "reflect"

// Features is what is known of one proposed repair.
type Features struct {
	// Of the template that speaks for it best.
	Logit     float64 // of the share of specimens that the template repairs rightly
	Support   float64 // ln(1 + other specimens that it repairs)
	Fails     float64 // ln(1 + specimens that it repairs wrongly)
	Place     float64 // how unlike the place is that it was learned at, 0 the same
	Missed    float64 // 1 when the error is at another part of the pattern than in the example
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
	Here      float64 // ln(1 + inserted words that the code at the error has)
	Absent    float64 // ln(1 + names of the example's text that neither code nor message has)
	Filled    float64 // ln(1 + such names that were replaced by names of the code in the same role)
	Said      float64 // ln(1 + inserted words that the message says)
	Lost      float64 // ln(1 + inserted words that the example's message said and this one does not)
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
	Self     float64 // logit of the share of the rule's examples that the others repair
	Covered  float64 // the same, of those that some template of the others repairs
	Deletes  float64 // 1 when nothing is inserted
	Errors   float64 // new syntax errors, 3 at most
}

// Vector lists f's values in the order of its fields, as the weights are.
func (f *Features) Vector() []float64 {
	return []float64{
		f.Logit, f.Support, f.Fails, f.Place, f.Missed, f.Tied, f.Holes, f.Message, f.Overlap, f.Kind, f.Parents,
		f.Shape, f.Line, f.Alike, f.Single, f.Foreign, f.Fresh, f.Here, f.Absent, f.Filled, f.Said, f.Lost,
		f.Copied, f.Verbatim, f.Words, f.LooseWord, f.LooseTree, f.LooseAll, f.AnyRoot, f.Lists, f.Captures, f.Changes,
		f.Parts, f.Size, f.Pinned, f.Torn, f.Boxed, f.Bare, f.Bracketed, f.Agree, f.Share, f.Votes,
		f.Nearest, f.Nearer, f.Mean, f.Examples, f.Rivals, f.Self, f.Covered, f.Deletes, f.Errors,
	}
}

// names are the names of the fields.
var names = func() []string {
	t := reflect.TypeFor[Features]()
	out := make([]string, t.NumField())
	for i := range out {
		out[i] = t.Field(i).Name
	}
	return out
}()
