package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/dejafix/dejafix/lsp/protocol"
)

const (
	// maxTold and maxToldBytes bound what waits to be told to our side. A long
	// pause of it, a second of fast typing and a workspace's reports fit.
	maxTold      = 10_000
	maxToldBytes = 32 << 20
)

// errAbsent says that our side does not take part.
var errAbsent = errors.New("dejafix does not run behind this proxy; its log says why (`dejafix doctor` names it)")

// A call is a request to our side.
type call struct {
	n      int
	done   chan struct{}
	once   sync.Once
	answer answer
}

// An answer is a body with the place of its id, or why there is none.
type answer struct {
	body []byte
	id   span
	err  error
}

// give answers the call, unless it is answered.
func (c *call) give(a answer) {
	c.once.Do(func() {
		c.answer = a
		close(c.done)
	})
}

// A session is our side: a queue of what it is to be told, the goroutine that
// tells it, and the one that reads what it says.
type session struct {
	p *proxy

	mu     sync.Mutex
	wake   *sync.Cond
	queue  []event
	bytes  int
	closed bool // nothing is taken any more
	left   bool // the editor sent exit
	calls  map[int]*call
	last   int // id of the last call
	asks   map[string]bool

	stream  io.ReadWriteCloser // the telling goroutine's
	reading sync.WaitGroup
	ended   chan struct{} // closed when the telling goroutine ends
}

func newSession(p *proxy) *session {
	s := &session{p: p, calls: map[int]*call{}, asks: map[string]bool{}, ended: make(chan struct{})}
	s.wake = sync.NewCond(&s.mu)
	if p.Dial == nil {
		s.closed = true
		close(s.ended)
		return s
	}
	go s.tell()
	return s
}

// push queues an event. It never waits: over the bounds what was queued is
// dropped, and our side is told that it missed something.
func (s *session) push(ev event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(ev)
}

func (s *session) put(ev event) {
	if s.closed {
		return
	}
	s.left = s.left || ev.method == protocol.MethodExit
	if len(s.queue) >= maxTold || s.bytes+len(ev.body) > maxToldBytes {
		s.p.Logger.Warn("our side does not keep up; the documents that are open now are left alone until they are opened again",
			"events", len(s.queue), "bytes", s.bytes)
		var kept []event
		for _, old := range s.queue {
			if old.kind == evStart || old.kind == evMissed {
				kept = append(kept, old)
			}
			if old.kind == evCall {
				s.failLocked(old.n, errors.New("our side does not keep up"))
			}
		}
		kept = append(kept, event{kind: evMissed})
		s.queue, s.bytes = kept, 0
		for _, old := range kept {
			s.bytes += len(old.body)
		}
	}
	s.queue = append(s.queue, ev)
	s.bytes += len(ev.body)
	s.wake.Signal()
}

// call asks our side, in the order of events.
func (s *session) call(method string, params []byte) *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	c := &call{n: s.last, done: make(chan struct{})}
	if s.closed {
		c.give(answer{err: errAbsent})
		return c
	}
	s.calls[c.n] = c
	s.put(event{kind: evCall, n: c.n, method: method, body: append([]byte(nil), params...)})
	return c
}

// cancel takes back a call.
func (s *session) cancel(n int) {
	s.push(event{kind: evMessage, method: protocol.MethodCancel,
		body: fmt.Appendf(nil, `{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":%d}}`, n)})
}

func (s *session) failLocked(n int, err error) {
	if c := s.calls[n]; c != nil {
		delete(s.calls, n)
		c.give(answer{err: err})
	}
}

// tell is the goroutine that tells our side.
func (s *session) tell() {
	defer close(s.ended)
	w := &teller{s: s, docs: map[string]*document{}, sets: map[string]map[string][]byte{}, asked: map[string]question{}}
	for {
		s.mu.Lock()
		for len(s.queue) == 0 && !s.closed {
			s.wake.Wait()
		}
		if len(s.queue) == 0 {
			s.mu.Unlock()
			return
		}
		ev := s.queue[0]
		s.queue[0] = event{}
		s.queue = s.queue[1:]
		s.bytes -= len(ev.body)
		s.mu.Unlock()
		if err := w.handle(ev); err != nil {
			s.fail(err)
			return
		}
	}
}

// start starts our side and reads what it says.
func (s *session) start(ctx context.Context) error {
	stream, err := s.p.Dial(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.stream = stream
	s.mu.Unlock()
	s.reading.Go(func() {
		err := s.read(newFrameReader(stream))
		s.fail(fmt.Errorf("our side ended: %w", err))
	})
	return nil
}

// write sends a message to our side.
func (s *session) write(body []byte) error {
	s.mu.Lock()
	stream := s.stream
	s.mu.Unlock()
	if stream == nil {
		return nil // before it was started
	}
	_, err := stream.Write(framed(body))
	return err
}

// fail ends our side's part, and our side. Everything passes from then on.
func (s *session) fail(err error) {
	s.mu.Lock()
	if !s.closed && !s.left {
		s.p.Logger.Error("the session goes on without dejafix", "err", err)
	}
	s.end(err)
	s.mu.Unlock()
	go s.closeStream() // it may take its time, and closing twice is fine
}

func (s *session) end(err error) {
	s.closed = true
	s.queue, s.bytes = nil, 0
	for n := range s.calls {
		s.failLocked(n, err)
	}
	s.wake.Broadcast()
}

// stop lets our side finish what it was told, at most for limit.
func (s *session) stop(limit time.Duration) {
	s.mu.Lock()
	s.closed = true // what is in the queue is still told
	s.wake.Broadcast()
	s.mu.Unlock()
	ended := within(limit, func() {
		<-s.ended
		s.closeStream()
		s.reading.Wait()
	})
	if !ended {
		s.p.Logger.Warn("our side was not waited for any longer", "after", limit)
		go s.closeStream() // it may hang, too
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(errors.New("the session is over"))
}

func (s *session) closeStream() {
	s.mu.Lock()
	stream := s.stream
	s.mu.Unlock()
	if stream == nil {
		return
	}
	if err := stream.Close(); err != nil {
		s.p.Logger.Debug("ending our side", "err", err)
	}
}

// read takes what our side says.
func (s *session) read(r *frameReader) error {
	for {
		f, err := r.next()
		if err != nil {
			return err
		}
		if f.noise {
			return fmt.Errorf("it sent what is no message: %.60q", f.head)
		}
		if err := r.all(&f); err != nil {
			return err
		}
		e := open(f.body)
		switch {
		case !e.whole:
			return fmt.Errorf("it sent what is no message: %.60q", f.body)
		case e.method == "":
			s.answered(f.body, e)
		default:
			s.said(f.body, e)
		}
	}
}

func (s *session) answered(body []byte, e envelope) {
	n, err := strconv.Atoi(string(e.id.of(body)))
	if err != nil {
		return
	}
	s.mu.Lock()
	c := s.calls[n]
	delete(s.calls, n)
	s.mu.Unlock()
	if c != nil {
		c.give(answer{body: append([]byte(nil), body...), id: e.id})
	}
}

// idPrefix starts the ids of our side's requests to the editor.
const idPrefix = "dejafix:"

// said passes a request or notification of our side on to the editor.
func (s *session) said(body []byte, e envelope) {
	switch {
	case e.method == protocol.MethodCancel:
		id, ok := find(body, e.params.start, "id")
		if !ok {
			return
		}
		body = rewrite(body, edit{id.value, ownID(id.value.of(body))})
	case e.id != span{}:
		s.mu.Lock()
		s.asks[string(e.id.of(body))] = true
		s.mu.Unlock()
		body = rewrite(body, edit{e.id, ownID(e.id.of(body))})
	}
	if err := s.p.out.send(body); err != nil {
		s.p.Logger.Debug("what our side says was not sent", "method", e.method, "err", err)
	}
}

func ownID(raw []byte) []byte { return []byte(quote(idPrefix + string(raw))) }

// takes reports whether an answer of the editor is to a request of our side,
// and passes it there.
func (s *session) takes(body []byte, e envelope) bool {
	id, ok := text(e.id.of(body))
	if !ok || len(id) <= len(idPrefix) || id[:len(idPrefix)] != idPrefix {
		return false
	}
	n := id[len(idPrefix):]
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.asks[n] {
		return false
	}
	delete(s.asks, n)
	s.put(event{kind: evMessage, body: rewrite(body, edit{e.id, []byte(n)})})
	return true
}
