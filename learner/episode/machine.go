package episode

import (
	"slices"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// A Machine watches events and finds episodes. It is not safe for concurrent
// use: one goroutine owns it.
type Machine struct {
	o Options

	now     time.Time     // of the latest event or Tick; never goes back
	edited  time.Time     // when any document was last edited
	active  time.Duration // how long was edited, pauses left out
	seq     int           // numbers the errors
	docs    map[string]*document
	list    []*document // of docs, in the order they came, so that results are deterministic
	sources map[string]*source
	recent  []touch // changes within BurstTime
	// switches is when version control was last at work below each root.
	switches map[string]time.Time
	offers   map[string]*offer
	queue    []*offer   // of offers, oldest first
	together [][]string // ids of those that one action makes, oldest first
	shown    []*trouble // errors that seen suggestions were for
	text     int        // at least the bytes of text kept

	opened, ended int // errors; what is neither is still open
	out           []Result
}

// New returns a Machine that remembers nothing yet.
func New(o Options) *Machine {
	return &Machine{
		o:       o.withDefaults(),
		docs:    make(map[string]*document),
		sources: make(map[string]*source),
		offers:  make(map[string]*offer),

		switches: make(map[string]time.Time),
	}
}

// Observe takes one event and returns what came of it. The texts of an event
// are kept as they are and must not change.
func (m *Machine) Observe(ev analysis.Event) []Result {
	switch ev := ev.(type) {
	case analysis.Edited:
		m.advance(ev.Time)
		m.edit(ev)
	case analysis.Diagnosed:
		m.advance(ev.Time)
		m.report(ev)
	case analysis.Peered:
		m.advance(ev.Time)
		m.peer(ev)
	case analysis.Served:
		m.advance(ev.Time)
		m.serve(ev)
	case analysis.Decided:
		m.advance(ev.Time)
		m.decide(ev)
	case analysis.Tested, analysis.Failed, analysis.Configured:
		// Nothing here depends on them.
	}
	m.trim()
	return m.results()
}

// Tick says what time it is, and returns the episodes whose waiting ended.
func (m *Machine) Tick(now time.Time) []Result {
	m.advance(now)
	return m.results()
}

// Settle ends the waiting periods at once: errors that are shown count as
// settled, and episodes whose error is gone close, unless something other than
// time stands against it.
func (m *Machine) Settle(now time.Time) []Result {
	m.advance(now)
	m.recent = nil // what came before and what comes after are not one burst
	for _, d := range m.list {
		d.typed = time.Time{}
		for _, e := range d.errors {
			if e.cure == nil && e.present && e.seen == d.cur.Digest {
				e.settled, e.rested = true, true
				if e.before == nil || !e.dirty {
					e.mark(d.cur, m.now)
				}
			}
		}
	}
	m.evaluate(true)
	m.trim()
	return m.results()
}

func (m *Machine) results() []Result {
	out := m.out
	m.out = nil
	return out
}

func (m *Machine) emit(r Result) { m.out = append(m.out, r) }

// advance moves the clock, and ends what time ends.
func (m *Machine) advance(t time.Time) {
	if t.After(m.now) {
		m.now = t
	}
	m.evaluate(false)
}

// Open is the number of open episodes, for statistics and tests.
func (m *Machine) Open() int { return m.opened - m.ended }

// A document is one file, open or not.
type document struct {
	cur    *analysis.Document
	open   bool
	used   int       // m.seq when last heard of
	edited time.Time // last change of the text
	typed  time.Time // the same, but zero again after Settle
	saved  time.Time
	onDisk analysis.Digest // what was last saved or read from disk
	// burst is the text before the present run of edits without a pause.
	burst  *analysis.Document
	origin origins        // of the present run
	visits []visit        // earlier texts, oldest first
	errors []*trouble     // open episodes, in order of birth
	cures  []*cure        // waiting to close
	counts map[string]int // source → diagnostics in the last whole report
	peers  []peerEdit     // what other servers offered

	index *textedit.Lines  // of cur, nil until asked for
	named map[said]reading // what the diagnostics of the last report are
}

// lines is the line index of the present text.
func (d *document) lines() *textedit.Lines {
	if d.index == nil {
		d.index = textedit.NewLines(d.cur.Text)
	}
	return d.index
}

// A visit is a text that the document had, and when it had it first.
type visit struct {
	digest analysis.Digest
	first  time.Time
}

// maxVisits bounds the texts that an undo is recognised by: more than the
// undo steps that people take at once.
const maxVisits = 256

// visited returns when the document first had a text.
func (d *document) visited(digest analysis.Digest) (time.Time, bool) {
	for _, v := range d.visits {
		if v.digest == digest {
			return v.first, true
		}
	}
	return time.Time{}, false
}

// visit remembers that d now has a text.
func (d *document) visit(digest analysis.Digest, t time.Time) {
	if _, ok := d.visited(digest); ok {
		return
	}
	if len(d.visits) == maxVisits {
		d.visits = append(d.visits[:0], d.visits[1:]...)
	}
	d.visits = append(d.visits, visit{digest, t})
}

// A trouble is an error that is being watched: an open episode.
type trouble struct {
	id       int
	doc      *document
	diag     analysis.Diagnostic // as last reported; its span is in doc.cur
	identity analysis.Identity
	captures string // joined
	line     uint64 // hash of the text of its first line
	source   string // key of m.sources
	run      bool   // a failure of a test or program that was run
	born     time.Time
	present  bool            // in the last report that could have it
	seen     analysis.Digest // of the text it was last reported for, zero when that changed since
	version  int32           // of that text
	calm     bool            // nobody was editing its document when it came
	settled  bool
	rested   bool // nobody was editing anything while it settled
	dirty    bool // its lines were edited since before
	// before is the last text in which the error was settled and its lines
	// unedited, and beforeDiag the error in it.
	before     *analysis.Document
	beforeDiag analysis.Diagnostic
	beforeLine uint64
	beforeAt   time.Time
	origins    origins // of the edits since before
	applied    *offer  // the suggestion of ours among them

	cure *cure // not nil while the error is gone
	gone time.Time

	shown   []*offer      // suggestions that were seen
	shownAt time.Duration // m.active when the first was
	ignored bool
}

// mark makes cur the text before the repair.
func (e *trouble) mark(cur *analysis.Document, t time.Time) {
	e.before, e.beforeDiag, e.beforeLine, e.beforeAt = cur, e.diag, e.line, t
	e.dirty = false
	e.origins, e.applied = origins{}, nil
}

// document returns the state of a URI, which it makes when there is none.
func (m *Machine) document(doc *analysis.Document) *document {
	m.seq++
	d := m.docs[doc.URI]
	if d == nil {
		d = &document{cur: doc, burst: doc, counts: make(map[string]int)}
		d.visit(doc.Digest, m.now)
		m.docs[doc.URI] = d
		m.list = append(m.list, d)
		m.text += len(doc.Text)
	}
	d.used = m.seq
	return d
}

// forget removes a document; its open episodes are dropped.
func (m *Machine) forget(d *document, why Reason) {
	for len(d.errors) > 0 {
		m.drop(d.errors[0], why)
	}
	for len(d.cures) > 0 { // whose errors are in other documents
		c := d.cures[0]
		for len(c.errors) > 0 {
			m.drop(c.errors[0], why)
		}
	}
	for key := range d.counts {
		if s := m.sources[key]; s != nil {
			delete(s.docs, d)
			if len(s.docs) == 0 && !s.silent {
				delete(m.sources, key)
			}
		}
	}
	delete(m.docs, d.cur.URI)
	m.list = slices.DeleteFunc(m.list, func(x *document) bool { return x == d })
	for _, o := range m.queue {
		if o.doc == d {
			o.doc, o.applied, o.regions, o.err = nil, false, nil, nil
		}
	}
}

// drop ends an episode without a repair.
func (m *Machine) drop(e *trouble, why Reason) {
	m.emit(Dropped{Doc: e.before, Diagnostic: e.last(), Reason: why, Time: m.now})
	m.end(e)
}

// last is the diagnostic of e in before, or as last reported.
func (e *trouble) last() analysis.Diagnostic {
	if e.before != nil {
		return e.beforeDiag
	}
	return e.diag
}

// end removes an error that was closed or dropped.
func (m *Machine) end(e *trouble) {
	m.release(e)
	m.ended++
	e.doc.errors = slices.DeleteFunc(e.doc.errors, func(x *trouble) bool { return x == e })
	if e.shown != nil {
		m.shown = slices.DeleteFunc(m.shown, func(x *trouble) bool { return x == e })
	}
	for _, o := range m.queue {
		if o.err == e {
			o.err = nil
		}
	}
}

// release takes e out of its cure.
func (m *Machine) release(e *trouble) {
	c := e.cure
	if c == nil {
		return
	}
	e.cure = nil
	c.errors = slices.DeleteFunc(c.errors, func(x *trouble) bool { return x == e })
	if len(c.errors) == 0 {
		c.doc.cures = slices.DeleteFunc(c.doc.cures, func(x *cure) bool { return x == c })
	}
}

// trim keeps what is remembered within its bounds.
func (m *Machine) trim() {
	for len(m.list) > m.o.MaxDocuments {
		m.forget(m.oldestDocument(), ReasonBound)
	}
	if m.text <= m.o.MaxText {
		return
	}
	for m.text = m.kept(); m.text > m.o.MaxText; m.text = m.kept() {
		if e := m.oldestHolder(); e != nil {
			m.drop(e, ReasonBound)
		} else if len(m.list) > 0 {
			m.forget(m.oldestDocument(), ReasonBound)
		} else {
			return
		}
	}
}

// kept counts the bytes of the texts that are referred to, each once: versions
// of a document with the same text share it.
func (m *Machine) kept() int {
	seen := make(map[analysis.Digest]bool)
	n := 0
	add := func(doc *analysis.Document) {
		if doc != nil && !seen[doc.Digest] {
			seen[doc.Digest] = true
			n += len(doc.Text)
		}
	}
	for _, d := range m.list {
		add(d.cur)
		add(d.burst)
		for _, e := range d.errors {
			add(e.before)
		}
		for _, c := range d.cures {
			add(c.before)
			add(c.after)
		}
	}
	return n
}

// oldestDocument is the one not heard of for longest, closed ones first.
func (m *Machine) oldestDocument() *document {
	return slices.MinFunc(m.list, func(a, b *document) int {
		if a.open != b.open {
			if a.open {
				return 1
			}
			return -1
		}
		return a.used - b.used
	})
}

// oldestHolder is the oldest error that keeps a text nobody else does.
func (m *Machine) oldestHolder() *trouble {
	var oldest *trouble
	for _, d := range m.list {
		for _, e := range d.errors {
			holds := e.before != nil && e.before != d.cur && e.before != d.burst || e.cure != nil
			if holds && (oldest == nil || e.id < oldest.id) {
				oldest = e
			}
		}
	}
	return oldest
}
