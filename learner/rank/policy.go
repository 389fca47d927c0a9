package rank

// What showing a repair unasked is worth to the person who sees it. Silence is
// worth 0. The numbers are the product's own, set in the issue "Learning worth
// trusting" before anything was measured: one that is undone takes back what four
// cost that are ignored, and more than one that helps gives.
const (
	Gain        = .75 // of one that is applied and stays
	CostIgnored = .25 // of one that is seen and not taken
	CostUndone  = 1.0 // of one that is applied and taken back
)

// A Policy says what is shown. The zero Policy is not useful; Default is.
// Limit, Unasked and HighConfidence are LEARNING.md's (section 2). OnRequest is
// lower than its .3: of what was learned from a single example, the best repair
// at .15 or more was right in half of the cases, and there was one for six of
// ten errors; at .3 for five of ten. Who asks would rather see it.
type Policy struct {
	OnRequest float64 // least probability when a person asks
	Limit     int     // most repairs for one diagnostic when a person asks
	Unasked   float64 // least probability when nobody asked; one is shown
	Checked   float64 // the same, of one that a checker found to cure the error and break nothing
	// HighConfidence is the first paper's gate (2.1).
	HighConfidence float64
}

// Value is the expected value of showing a repair unasked that is right with the
// given chance, when a share undone of the wrong ones is applied and undone and
// the others are ignored. It is 0, as silence is, at a chance of .25 when all
// wrong ones are ignored and of .57 when all are undone.
func (p Policy) Value(chance, undone float64) float64 {
	wrong := undone*CostUndone + (1-undone)*CostIgnored
	return chance*Gain - (1-chance)*wrong
}

// Default is the policy of a user who set nothing.
var Default = Policy{OnRequest: .15, Limit: 3, Unasked: .8, Checked: .65, HighConfidence: .7}

// ShowUnasked reports whether a repair is offered to a person who did not ask:
// never one that only deletes what somebody wrote, since any error goes with its
// code (LEARNING.md, section 2). Taking away brackets, operators or keywords
// leaves what was written there. Nor one that is worth less than silence: what
// share of wrong ones is undone is not known, so that all are counted as undone,
// and a floor that somebody set below .57 still shows nothing below it.
//
// Default's floor of .8 lies above the break-even, .25 to .57, on purpose. Just
// above it little is gained even if the chance is right, and the chance is an
// estimate, worse for codes and tools that it was not fitted on. And the value is
// that of one repair: that a wrong one makes the next less believed is not in it.
// What is shown unasked has to be right in .92 of the cases.
func (p Policy) ShowUnasked(probability float64, loses bool) bool {
	return probability >= p.Unasked && !loses && p.Value(probability, 1) > 0
}

// ShowChecked is ShowUnasked of a repair that was checked. On errors made by
// putting hunks of real commits back (BENCHMARKS.md) a check let all of the 6 right
// suggestions pass and 9% of some 320 wrong ones: it multiplies the odds by about
// ten, so that a chance of .65 before is one of .95 after.
func (p Policy) ShowChecked(probability float64, loses bool) bool {
	return probability >= p.Checked && !loses
}

// ShowOnRequest reports whether a repair is listed for a person who asked.
// index counts from 0, the best first.
func (p Policy) ShowOnRequest(probability float64, index int) bool {
	return probability >= p.OnRequest && index < p.Limit
}
