package learner

import (
	"sync"

	"github.com/dejafix/dejafix/analysis"
)

// mailboxSize bounds the events that wait for the learning goroutine. An
// editor under a fast typist makes about 50 a second, so this is over a minute
// of a learner that stands still; past it the oldest event that a later one
// makes up for is dropped.
const mailboxSize = 4096

// An item is an event that waits, or a call to be made on the learning
// goroutine when everything before it was handled.
type item struct {
	event analysis.Event
	call  func()
}

// mailbox is the bounded queue between whoever observes and the one goroutine
// that learns. Putting never blocks. A newer text or diagnostic set of a
// document removes an older one that nobody has looked at, as long as nothing
// else about that document stands between them.
type mailbox struct {
	mu      sync.Mutex
	items   []item
	wake    chan struct{} // capacity 1
	dropped int
}

func newMailbox() *mailbox {
	return &mailbox{wake: make(chan struct{}, 1)}
}

// put appends it, or lets it replace an older event.
func (m *mailbox) put(it item) {
	m.mu.Lock()
	m.removeStale(it)
	if len(m.items) >= mailboxSize {
		m.dropOldest()
	}
	m.items = append(m.items, it)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// take removes and returns everything that waits.
func (m *mailbox) take() []item {
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.items
	m.items = nil
	return items
}

// removeStale removes the newest waiting event that it makes up for: of the same
// document, both texts or both whole sets of diagnostics. It looks back a little
// way only: what it is for are bursts.
func (m *mailbox) removeStale(it item) {
	uri, kind := subject(it.event)
	if kind == 0 {
		return
	}
	const lookBack = 32
	for i := len(m.items) - 1; i >= 0 && i >= len(m.items)-lookBack; i-- {
		if m.items[i].call != nil {
			return
		}
		u, k := subject(m.items[i].event)
		if u == "" || u == uri && k != kind {
			return
		}
		if u == uri {
			m.items = append(m.items[:i], m.items[i+1:]...)
			return
		}
	}
}

// dropOldest removes the oldest event that may be lost: a text that changed or
// a set of diagnostics, both of which the next one makes up for.
func (m *mailbox) dropOldest() {
	for i, it := range m.items {
		if _, kind := subject(it.event); kind != 0 {
			m.items = append(m.items[:i], m.items[i+1:]...)
			m.dropped++
			return
		}
	}
}

// subject is the document that e is about, and its kind if a newer event of
// the same kind makes up for it: 1 for changed texts, 2 for whole sets of
// diagnostics, 0 for everything that is never replaced or dropped. An event
// about no document has no URI and stands in the way of all.
func subject(e analysis.Event) (uri string, kind int) {
	switch e := e.(type) {
	case analysis.Edited:
		if e.Change == analysis.Changed && e.Origin == "" {
			return e.Doc.URI, 1
		}
		return e.Doc.URI, 0
	case analysis.Diagnosed:
		if e.Doc == nil {
			return "", 0
		}
		if e.Whole {
			return e.Doc.URI, 2
		}
		return e.Doc.URI, 0
	case analysis.Peered:
		if e.Doc != nil {
			return e.Doc.URI, 0
		}
	}
	return "", 0
}
