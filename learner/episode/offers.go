package episode

import (
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// An offer is a suggestion of ours that the client may show.
type offer struct {
	id, pattern string
	uri         string
	digest      analysis.Digest
	edits       []analysis.Edit
	identity    analysis.Identity
	span        analysis.Span
	told        []analysis.Verdict // each once

	applied   bool
	appliedAt time.Time
	doc       *document // it was applied to
	err       *trouble  // that it was for
	regions   []region
}

// A region is the lines that an applied suggestion changed, in the document's
// present text, and what they were.
type region struct {
	span analysis.Span
	old  string
}

// maxRegionText bounds the text kept of one region, in bytes; an edit of more
// is recognised as undone only by the whole text.
const maxRegionText = 16 << 10

// A peerEdit is an edit that another server offers for a text.
type peerEdit struct {
	digest analysis.Digest
	edits  []analysis.Edit
}

// maxPeers bounds the edits of other servers remembered of one document: what
// they offer at the last few places asked about.
const maxPeers = 64

// Offer remembers suggestions, so that their application, and what comes after
// it, is recognised. Asking again for what is remembered changes nothing.
func (m *Machine) Offer(list []analysis.Suggestion) {
	for _, s := range list {
		if m.offers[s.ID] != nil || len(s.Edits) == 0 {
			continue
		}
		o := &offer{id: s.ID, pattern: s.Pattern, uri: s.URI, digest: s.Digest, edits: s.Edits, span: s.Diagnostic.Span}
		if d := m.docs[s.URI]; d != nil {
			o.identity, _ = identity.Of(d.cur.Language, s.Diagnostic)
		}
		m.offers[s.ID] = o
		m.queue = append(m.queue, o)
	}
	if n := len(m.queue) - m.o.MaxOffers; n > 0 {
		for _, o := range m.queue[:n] {
			delete(m.offers, o.id)
		}
		m.queue = slices.Delete(m.queue, 0, n)
	}
}

// tell emits a verdict, once.
func (m *Machine) tell(o *offer, v analysis.Verdict) {
	if slices.Contains(o.told, v) {
		return
	}
	o.told = append(o.told, v)
	m.emit(Outcome{Suggestion: o.id, Verdict: v, Time: m.now})
}

// serve takes a Served event. Only what was seen counts; what was merely
// offered did not meet anybody's eyes (PROTOCOL.md).
func (m *Machine) serve(ev analysis.Served) {
	if ev.Together {
		m.offerTogether(ev.IDs)
	}
	if !ev.Seen {
		return
	}
	for _, id := range ev.IDs {
		o := m.offers[id]
		if o == nil {
			continue
		}
		d := m.docs[o.uri]
		if d == nil || d.cur.Digest != o.digest {
			continue
		}
		e := d.nearest(o.identity, o.span)
		if e == nil || e.ignored || slices.Contains(e.shown, o) {
			continue
		}
		same := func(x *offer) bool { return x.pattern == o.pattern }
		if slices.ContainsFunc(e.shown, same) {
			continue
		}
		if len(e.shown) == 0 {
			e.shownAt = m.active
			m.shown = append(m.shown, e)
		}
		e.shown = append(e.shown, o)
	}
}

// decide takes a Decided event. VerdictNever is about a pattern, and the
// verdicts that watching finds are not the client's to tell.
func (m *Machine) decide(ev analysis.Decided) {
	o := m.offers[ev.ID]
	if o == nil {
		return
	}
	switch ev.Verdict {
	case analysis.VerdictApplied, analysis.VerdictUndone, analysis.VerdictDismissed:
		m.tell(o, ev.Verdict)
	case analysis.VerdictNever, analysis.VerdictIgnored, analysis.VerdictHeld, analysis.VerdictCameBack:
	}
}

// peer takes a Peered event.
func (m *Machine) peer(ev analysis.Peered) {
	if ev.Doc == nil || ev.Doc.Hidden {
		return
	}
	d := m.docs[ev.Doc.URI]
	if d == nil {
		return
	}
	for _, edits := range ev.Edits {
		if len(edits) > 0 {
			d.peers = append(d.peers, peerEdit{ev.Doc.Digest, edits})
		}
	}
	if n := len(d.peers) - maxPeers; n > 0 {
		d.peers = slices.Delete(d.peers, 0, n)
	}
}

// offeredByPeer reports whether the change to doc is an edit that another
// server offered.
func (d *document) offeredByPeer(doc *analysis.Document) bool {
	return slices.ContainsFunc(d.peers, func(p peerEdit) bool {
		return p.digest == d.cur.Digest && gives(d.cur.Text, p.edits, doc.Text)
	})
}

// gives reports whether edits turn before into after, without making the text.
func gives(before string, edits []analysis.Edit, after string) bool {
	if textedit.Check(len(before), edits) != nil {
		return false
	}
	last := 0
	for _, e := range edits {
		rest, ok := strings.CutPrefix(after, before[last:e.Span.Start])
		if !ok {
			return false
		}
		if after, ok = strings.CutPrefix(rest, e.New); !ok {
			return false
		}
		last = e.Span.End
	}
	return after == before[last:]
}

// applied returns the suggestion that the change of d to doc is, the latest
// one of those that are equal, or those of an action that makes several.
func (m *Machine) applied(d *document, doc *analysis.Document) []*offer {
	for _, o := range slices.Backward(m.queue) {
		if !o.applied && o.digest == d.cur.Digest && o.uri == doc.URI && gives(d.cur.Text, o.edits, doc.Text) {
			return []*offer{o}
		}
	}
	for _, ids := range slices.Backward(m.together) {
		if list := m.taken(ids, d, doc); len(list) > 0 {
			return list
		}
	}
	return nil
}

// maxTogether bounds the actions of several suggestions that are remembered; a
// menu has one for its file.
const maxTogether = 32

// offerTogether remembers that one action makes several suggestions.
func (m *Machine) offerTogether(ids []string) {
	if slices.ContainsFunc(m.together, func(old []string) bool { return slices.Equal(old, ids) }) {
		return
	}
	m.together = append(m.together, slices.Clone(ids))
	if n := len(m.together) - maxTogether; n > 0 {
		m.together = slices.Delete(m.together, 0, n)
	}
}

// taken returns those of the suggestions of one action that the change of d to
// doc made, all or some of them, and nil when the change is another.
func (m *Machine) taken(ids []string, d *document, doc *analysis.Document) []*offer {
	var list []*offer
	var lists [][]analysis.Edit
	for _, id := range ids {
		o := m.offers[id]
		if o == nil || o.digest != d.cur.Digest || o.uri != doc.URI {
			return nil
		}
		list, lists = append(list, o), append(lists, o.edits)
	}
	edits, err := textedit.Union(len(d.cur.Text), lists...)
	if err != nil {
		return nil
	}
	made := map[analysis.Edit]bool{}
	for i, ok := range textedit.Taken(d.cur.Text, edits, doc.Text) {
		made[edits[i]] = ok
	}
	return slices.DeleteFunc(list, func(o *offer) bool {
		return o.applied || slices.ContainsFunc(o.edits, func(e analysis.Edit) bool { return !made[e] })
	})
}

// apply notes that o was applied by the change that edits are.
func (m *Machine) apply(o *offer, d *document, edits []analysis.Edit) {
	m.tell(o, analysis.VerdictApplied)
	o.applied, o.appliedAt, o.doc = true, m.now, d
	text := d.cur.Text
	for _, e := range edits {
		s := lineSpan(text, e.Span)
		if n := len(o.regions); n > 0 && s.Start <= o.regions[n-1].span.End {
			s.Start = o.regions[n-1].span.Start
			o.regions = o.regions[:n-1]
		}
		o.regions = append(o.regions, region{span: s})
	}
	for i, r := range o.regions {
		if r.span.Len() > maxRegionText {
			o.regions = nil
			break
		}
		o.regions[i].old = strings.Clone(text[r.span.Start:r.span.End])
	}
	e := d.nearest(o.identity, o.span)
	if e == nil {
		return
	}
	o.err = e
	e.settled = true
	if e.seen != d.cur.Digest {
		e.diag.Span = o.span // carried over edits e's may be off; the offer was made for this text
	}
	if e.before == nil || !e.dirty {
		e.mark(d.cur, m.now)
	}
}

// followOffers carries applied suggestions over a change of their document and
// notices those that were undone: the region is back to its text.
func (m *Machine) followOffers(d *document, edits []analysis.Edit, prev, doc *analysis.Document) {
	for _, o := range m.queue {
		if !o.applied || o.doc != d {
			continue
		}
		back := len(o.regions) > 0
		for i, r := range o.regions {
			r.span = grow(r.span, edits, false)
			o.regions[i] = r
			back = back && doc.Text[r.span.Start:r.span.End] == r.old
		}
		if doc.Digest == o.digest || back && prev.Digest != o.digest {
			m.tell(o, analysis.VerdictUndone)
			if o.err != nil && o.err.cure != nil {
				o.err.cure.doubted, o.err.cure.unreported = true, true
			}
			o.forget()
		}
	}
}

// forget ends the watching of an applied suggestion.
func (o *offer) forget() { o.applied, o.doc, o.err, o.regions = false, nil, nil, nil }

// judgeOffers ends what time ends: applied suggestions whose error stayed,
// those applied too long ago, and seen ones whose error outlasted ten minutes
// of editing.
func (m *Machine) judgeOffers() {
	for _, o := range m.queue {
		if !o.applied {
			continue
		}
		if m.now.Sub(o.appliedAt) > m.o.OutcomeWindow {
			o.forget()
			continue
		}
		// It did not cure the error: a report for a later text still has it.
		if e := o.err; e != nil && e.cure == nil && e.present && e.seen != o.digest &&
			e.seen == e.doc.cur.Digest && m.now.Sub(o.appliedAt) >= m.o.RepairSettle {
			m.tell(o, analysis.VerdictCameBack)
		}
	}
	for _, e := range slices.Clone(m.shown) {
		if !e.ignored && e.cure == nil && m.active-e.shownAt >= m.o.OutcomeWindow {
			m.ignore(e)
		}
	}
}

// ignore says that what was seen for e was not taken, once per error and
// pattern.
func (m *Machine) ignore(e *trouble) {
	e.ignored = true
	for _, o := range e.shown {
		if slices.Contains(o.told, analysis.VerdictApplied) {
			return
		}
	}
	for _, o := range e.shown {
		m.tell(o, analysis.VerdictIgnored)
	}
}

// cleared says of the suggestions for e, which was repaired, what that means
// for them: the one that was applied held, the others were ignored when the
// repair was somebody else's.
func (m *Machine) cleared(e *trouble, by analysis.Origin) {
	if by == analysis.OriginOurAction {
		for _, o := range m.queue {
			if o.applied && o.err == e {
				m.tell(o, analysis.VerdictHeld)
			}
		}
		return
	}
	if len(e.shown) > 0 && !e.ignored {
		m.ignore(e)
	}
}

// cameBack says that the error of an applied suggestion, which was gone, is
// reported again.
func (m *Machine) cameBack(e *trouble) {
	for _, o := range m.queue {
		if o.applied && o.err == e {
			m.tell(o, analysis.VerdictCameBack)
		}
	}
}

// returned notices that a new error is the one that an applied suggestion was
// for, at the same place.
func (m *Machine) returned(e *trouble) {
	for _, o := range m.queue {
		if !o.applied || o.doc != e.doc || o.err != nil || o.identity != e.identity {
			continue
		}
		for _, r := range o.regions {
			if r.span.Overlaps(e.diag.Span) {
				m.tell(o, analysis.VerdictCameBack)
				o.err = e
				break
			}
		}
	}
}
