package rank

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

// Default is the policy of a user who set nothing.
var Default = Policy{OnRequest: .15, Limit: 3, Unasked: .8, Checked: .5, HighConfidence: .7}

// ShowUnasked reports whether a repair is offered to a person who did not ask:
// never one that only deletes what somebody wrote, since any error goes with its
// code (LEARNING.md, section 2). Taking away brackets, operators or keywords
// leaves what was written there.
func (p Policy) ShowUnasked(probability float64, loses bool) bool {
	return probability >= p.Unasked && !loses
}

// ShowChecked is ShowUnasked of a repair that was checked: one that is as likely
// as not, and cures the error without a new one, is worth a look.
func (p Policy) ShowChecked(probability float64, loses bool) bool {
	return probability >= p.Checked && !loses
}

// ShowOnRequest reports whether a repair is listed for a person who asked.
// index counts from 0, the best first.
func (p Policy) ShowOnRequest(probability float64, index int) bool {
	return probability >= p.OnRequest && index < p.Limit
}
