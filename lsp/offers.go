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
	order    []string
	byID     map[string]*offer
	together []*together
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

// maxTogether bounds the actions of several suggestions that are remembered:
// the files of one such action in a workspace.
const maxTogether = maxAlikeFiles

// addTogether remembers what one action makes in a document. It replaces what
// was remembered of the same action, and of older texts, which it would keep.
func (o *offers) addTogether(g *together) {
	o.together = slices.DeleteFunc(o.together, func(old *together) bool {
		return old.text.Doc.URI == g.text.Doc.URI && (old.of == g.of || old.text.Doc.Digest != g.text.Doc.Digest)
	})
	o.together = append(o.together, g)
	if n := len(o.together) - maxTogether; n > 0 {
		o.together = slices.Delete(o.together, 0, n)
	}
}

// togetherWith is what is made of doc in one action with a suggestion, nil when
// it is not remembered.
func (o *offers) togetherWith(id string, doc *analysis.Document) *together {
	for _, g := range slices.Backward(o.together) {
		if g.of == id && g.text.Doc.URI == doc.URI && g.text.Doc.Digest == doc.Digest {
			return g
		}
	}
	return nil
}

// taken returns the offers whose edits made doc what it now is: one, of which
// the digest says so however many changes the client took to get there, or those
// of an action that makes several at once, of which a person may leave some out.
// before is the text that doc was, nil when that is not known.
func (o *offers) taken(doc, before *analysis.Document) (ids []string) {
	for _, id := range slices.Backward(o.order) {
		f := o.byID[id]
		if !f.applied && f.URI == doc.URI && f.after == doc.Digest && f.after != (analysis.Digest{}) {
			return []string{f.ID}
		}
	}
	for _, g := range slices.Backward(o.together) {
		was := g.text.Doc
		if was.URI == doc.URI && was.Digest != doc.Digest && (before == nil || before.Digest == was.Digest) {
			if ids := g.taken(doc.Text); len(ids) > 0 {
				return ids
			}
		}
	}
	return nil
}

// markApplied reports whether an id was not said to be applied before. One that
// is not remembered is believed.
func (o *offers) markApplied(id string) bool {
	f, ok := o.byID[id]
	if !ok {
		return true // the learner counts each once
	}
	first := !f.applied
	f.applied = true
	return first
}
