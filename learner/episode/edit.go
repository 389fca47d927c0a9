package episode

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// A touch is a change of a file, for recognising version control.
type touch struct {
	uri string
	at  time.Time
}

// origins counts who made a run of edits.
type origins struct {
	vcs, reload, undo, ours, peer, agent, format, completion, typed int
}

func (o *origins) add(by analysis.Origin) {
	switch by {
	case analysis.OriginVCS:
		o.vcs++
	case analysis.OriginReload:
		o.reload++
	case analysis.OriginUndo:
		o.undo++
	case analysis.OriginOurAction:
		o.ours++
	case analysis.OriginPeerAction:
		o.peer++
	case analysis.OriginAgent:
		o.agent++
	case analysis.OriginFormat:
		o.format++
	case analysis.OriginCompletion:
		o.completion++
	default:
		o.typed++
	}
}

// origin says whose repair a run of edits is: what no person typed here counts
// before what was typed around it. A format or one completion counts only
// when there was nothing else.
func (o origins) origin() analysis.Origin {
	switch {
	case o.vcs > 0:
		return analysis.OriginVCS
	case o.reload > 0:
		return analysis.OriginReload
	case o.ours > 0:
		return analysis.OriginOurAction
	case o.peer > 0:
		return analysis.OriginPeerAction
	case o.agent > 0:
		return analysis.OriginAgent
	case o.typed == 0 && o.completion == 1:
		return analysis.OriginCompletion
	case o.typed == 0 && o.completion == 0 && o.format > 0:
		return analysis.OriginFormat
	default:
		return analysis.OriginTyped
	}
}

// edit takes an Edited event.
func (m *Machine) edit(ev analysis.Edited) {
	doc := ev.Doc
	if doc == nil {
		return
	}
	if doc.Hidden {
		if d := m.docs[doc.URI]; d != nil {
			m.forget(d, ReasonOwn)
		}
		if ev.Origin == analysis.OriginVCS && ev.Change == analysis.DiskChanged {
			m.switched(doc.Root)
		}
		return
	}
	known := m.docs[doc.URI]
	switch ev.Change {
	case analysis.Closed:
		if known != nil {
			m.closeDocument(known)
		}
		return
	case analysis.DiskChanged:
		if known == nil {
			m.burst(doc.URI) // counts as a changed file, and is not kept
			return
		}
		if known.open {
			// The editor has its own text and tells when it reads the file again.
			known.onDisk = doc.Digest
			return
		}
	}
	d := m.document(doc)
	by := ev.Origin
	switch ev.Change {
	case analysis.Opened:
		d.open = true
		d.onDisk = doc.Digest
		if by == "" {
			by = analysis.OriginReload // a text that changed while nobody had it open
		}
	case analysis.Changed:
		d.open = true
	case analysis.Saved:
		d.open = true
		d.saved = m.now
		d.onDisk = doc.Digest
	case analysis.DiskChanged:
		d.onDisk = doc.Digest
		if by == "" {
			by = analysis.OriginReload
		}
	}
	m.change(d, doc, by)
}

// change gives d a new text.
func (m *Machine) change(d *document, doc *analysis.Document, by analysis.Origin) {
	if doc.Digest == d.cur.Digest {
		same := *doc
		same.Text = d.cur.Text // one copy of the text is enough
		same.Version = max(same.Version, d.cur.Version)
		if d.burst == d.cur {
			d.burst = &same
		}
		d.cur = &same
		return
	}
	m.checkpoint()
	prev := d.cur
	edits := textedit.Compute(prev.Text, doc.Text)
	applied := m.applied(d, doc)
	if by == "" && m.switching(doc.Root) {
		by = analysis.OriginVCS
	}
	if by == "" {
		by = d.guess(doc, edits, len(applied) > 0)
	}
	if m.now.Sub(d.edited) >= m.o.ErrorSettle {
		d.burst = prev
		d.origin = origins{}
	}
	d.origin.add(by)
	for _, o := range applied {
		made := edits
		if len(applied) > 1 {
			made = o.edits // each has regions of its own
		}
		m.apply(o, d, made)
	}
	if by == analysis.OriginPeerAction {
		d.trust(edits, m.now)
	}
	for _, e := range d.errors {
		e.follow(edits, prev, by, applied)
	}
	for _, c := range d.cures {
		c.follow(edits, prev, doc, by, m.now)
	}
	m.followOffers(d, edits, prev, doc)

	if gap := m.now.Sub(m.edited); gap <= pause {
		m.active += gap
	}
	d.cur, d.index = doc, nil
	d.edited, m.edited, d.typed = m.now, m.now, m.now
	d.visit(doc.Digest, m.now)
	m.text += len(doc.Text)
	if len(applied) == 0 { // one action of ours may change many files
		m.burst(doc.URI)
	}
}

// pause is how long a person may stop and still count as editing; minutes of
// reading are not minutes of editing.
const pause = time.Minute

// checkpoint takes the present texts as those before a repair, wherever an
// error was shown long enough with nobody editing its document. It comes before
// each change.
func (m *Machine) checkpoint() {
	rested := m.now.Sub(m.edited) >= m.o.ErrorSettle
	for _, d := range m.list {
		if !rested && !d.calm(m.now, m.o.ErrorSettle) {
			continue
		}
		for _, e := range d.errors {
			if e.cure != nil || !e.present || e.seen != d.cur.Digest {
				continue
			}
			if e.calm || m.now.Sub(e.born) >= m.o.ErrorSettle {
				e.settled = true
				e.rested = e.rested || rested
			}
			if e.settled && (e.before == nil || !e.dirty) {
				e.mark(d.cur, m.now)
			}
		}
	}
}

// calm reports whether nobody has edited d for a while, or since Settle.
func (d *document) calm(now time.Time, pause time.Duration) bool {
	return d.typed.IsZero() || now.Sub(d.typed) >= pause
}

// trust makes the errors that a quick fix of another server was for settled:
// a person who asks for a fix has seen the error.
func (d *document) trust(edits []analysis.Edit, now time.Time) {
	for _, e := range d.errors {
		if e.cure == nil && e.present && e.seen == d.cur.Digest && (e.before == nil || !e.dirty) && touches(edits, d.cur.Text, e.diag.Span) {
			e.settled = true
			e.mark(d.cur, now)
		}
	}
}

// follow carries e over a change of its document.
func (e *trouble) follow(edits []analysis.Edit, prev *analysis.Document, by analysis.Origin, applied []*offer) {
	if e.cure == nil {
		e.dirty = e.dirty || touches(edits, prev.Text, e.diag.Span)
		e.origins.add(by)
		if len(applied) > 0 {
			e.applied = applied[0]
		}
		for _, o := range applied {
			if o.err == e {
				e.applied = o
			}
		}
	}
	e.diag.Span, _ = textedit.Map(e.diag.Span, edits)
	e.seen = analysis.Digest{} // not yet reported for this text
}

// guess says who made a change where the sender does not.
func (d *document) guess(doc *analysis.Document, edits []analysis.Edit, ours bool) analysis.Origin {
	switch {
	case ours:
		return analysis.OriginOurAction
	case d.offeredByPeer(doc):
		return analysis.OriginPeerAction
	case doc.Digest == d.onDisk:
		if _, ok := d.visited(doc.Digest); ok {
			return analysis.OriginUndo
		}
		return analysis.OriginReload
	}
	if _, ok := d.visited(doc.Digest); ok {
		return analysis.OriginUndo
	}
	switch {
	case len(edits) > 1 && allBlank(d.cur.Text, edits):
		return analysis.OriginFormat
	case len(edits) == 1 && completes(d.cur.Text, edits[0]):
		return analysis.OriginCompletion
	}
	return analysis.OriginTyped
}

// allBlank reports whether edits change nothing but white space.
func allBlank(text string, edits []analysis.Edit) bool {
	for _, e := range edits {
		if strings.TrimSpace(e.New) != "" || strings.TrimSpace(text[e.Span.Start:e.Span.End]) != "" {
			return false
		}
	}
	return true
}

// minCompletion is how many letters must come at once to be a completion.
// Editors send changes every 150 ms (Neovim's debounce), in which fast typists
// write two.
const minCompletion = 3

// completes reports whether an edit puts in an identifier, or the rest of one,
// at once.
func completes(text string, e analysis.Edit) bool {
	n := 0
	for _, r := range e.New {
		if r != '_' && r != '(' && r != ')' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
		n++
	}
	return n >= minCompletion && strings.TrimSpace(text[e.Span.Start:e.Span.End]) == text[e.Span.Start:e.Span.End] && e.Span.Len() < n
}

// burst notes a changed file; BurstFiles of them within BurstTime are version
// control at work (PROTOCOL.md).
func (m *Machine) burst(uri string) {
	m.recent = slices.DeleteFunc(m.recent, func(t touch) bool {
		return t.uri == uri || m.now.Sub(t.at) > m.o.BurstTime
	})
	m.recent = append(m.recent, touch{uri, m.now})
	if len(m.recent) < m.o.BurstFiles {
		return
	}
	for _, t := range m.recent {
		if d := m.docs[t.uri]; d != nil {
			d.byVCS()
		}
	}
	if len(m.recent) > 4*m.o.BurstFiles {
		m.recent = m.recent[len(m.recent)-2*m.o.BurstFiles:]
	}
}

// byVCS says that version control had a hand in the latest edits of d.
func (d *document) byVCS() {
	d.origin.add(analysis.OriginVCS)
	for _, e := range d.errors {
		e.origins.add(analysis.OriginVCS)
	}
	for _, c := range d.cures {
		c.origins.add(analysis.OriginVCS)
	}
}

// switched notes that version control changed the files below root, as a move
// of its HEAD or many files changed on disk show. The editor may read them
// again before that is known, or after.
func (m *Machine) switched(root string) {
	if root == "" {
		return
	}
	m.switches[root] = m.now
	for _, d := range m.list {
		if d.cur.Root == root {
			d.byVCS()
		}
	}
}

// switching reports whether version control was at work below root just now.
func (m *Machine) switching(root string) bool {
	at, ok := m.switches[root]
	return ok && m.now.Sub(at) <= m.o.BurstTime
}

// closeDocument ends the episodes of a document that was closed. What is
// already known to be gone, in a text that was saved, is a repair.
func (m *Machine) closeDocument(d *document) {
	if d.cur.Digest == d.onDisk {
		m.settleDocument(d)
	}
	m.forget(d, ReasonClosed)
}

// lineSpan widens a span to whole lines, without the last line's end.
func lineSpan(text string, s analysis.Span) analysis.Span {
	s.Start = min(max(s.Start, 0), len(text))
	s.End = min(max(s.End, s.Start), len(text))
	s.Start = strings.LastIndexAny(text[:s.Start], "\n\r") + 1
	if i := strings.IndexAny(text[s.End:], "\n\r"); i >= 0 {
		s.End += i
	} else {
		s.End = len(text)
	}
	return s
}

// touches reports whether edits of text change the lines of span. Whole lines
// put in before or after them do not.
func touches(edits []analysis.Edit, text string, span analysis.Span) bool {
	lines := lineSpan(text, span)
	for _, e := range edits {
		if e.Span.Start > lines.End {
			return false
		}
		if !e.Span.Overlaps(lines) {
			continue
		}
		if e.Span.Len() == 0 {
			if e.Span.Start == lines.Start && strings.HasSuffix(e.New, "\n") {
				continue
			}
			if e.Span.Start == lines.End && (strings.HasPrefix(e.New, "\n") || strings.HasPrefix(e.New, "\r")) {
				continue
			}
		}
		return true
	}
	return false
}

// grow carries a region over edits as textedit.Map does, but what is put in at
// its ends belongs to it, save for whole lines before it where outside is set.
func grow(s analysis.Span, edits []analysis.Edit, outside bool) analysis.Span {
	out := s
	shift := 0
	for _, e := range edits {
		if e.Span.Start > s.End {
			break
		}
		d := len(e.New) - e.Span.Len()
		if e.Span.End < s.Start || outside && e.Span.Start == s.Start && e.Span.Len() == 0 && strings.HasSuffix(e.New, "\n") {
			out.Start += d
			out.End += d
		} else {
			out.Start = min(out.Start, e.Span.Start+shift)
			out.End = max(out.End+d, e.Span.Start+shift+len(e.New))
		}
		shift += d
	}
	return out
}
