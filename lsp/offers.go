package lsp

import (
	"slices"

	"github.com/dejafix/dejafix/analysis"
)

// maxOffers bounds the suggestions that are remembered after they were sent: an
// editor asks at every cursor move, and acts on one of the last few menus.
const maxOffers = 256

// offer is a suggestion that the client has.
type offer struct {
	analysis.Suggestion
	after   analysis.Digest // of the text with the edit; zero until it is known
	applied bool
}

// offers are the suggestions of recent answers, the oldest first.
type offers struct {
	order []string
	byID  map[string]*offer
}

func (o *offers) add(suggestions []analysis.Suggestion) {
	if o.byID == nil {
		o.byID = map[string]*offer{}
	}
	for _, s := range suggestions {
		if _, ok := o.byID[s.ID]; ok {
			continue
		}
		if len(o.order) == maxOffers {
			delete(o.byID, o.order[0])
			o.order = append(o.order[:0:0], o.order[1:]...)
		}
		o.order = append(o.order, s.ID)
		o.byID[s.ID] = &offer{Suggestion: s}
	}
}

// taken returns the offer whose edit made doc what it now is, "" for none. The
// digest says so however many changes the client took to get there.
func (o *offers) taken(doc *analysis.Document) string {
	for _, id := range slices.Backward(o.order) {
		f := o.byID[id]
		if !f.applied && f.URI == doc.URI && f.after == doc.Digest && f.after != (analysis.Digest{}) {
			return f.ID
		}
	}
	return ""
}

// markApplied reports whether an id was not said to be applied before. One that
// is not remembered is believed.
func (o *offers) markApplied(id string) bool {
	f, ok := o.byID[id]
	if !ok {
		return true
	}
	first := !f.applied
	f.applied = true
	return first
}
