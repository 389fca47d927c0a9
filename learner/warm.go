package learner

import (
	"context"
	"sync"

	"github.com/dejafix/dejafix/analysis"
)

// warmLimit bounds the diagnostics of one document that are answered before
// anyone asks.
const warmLimit = 50

// A question names what an answer was computed for: the same text, the same
// error, the same learning.
type question struct {
	uri     string
	digest  analysis.Digest
	rule    uint64 // its serial: an answer must not keep what was learned alive
	span    analysis.Span
	message string
}

// The warmer parses documents and answers for their errors before anyone asks,
// the newest version of each only.
type warmer struct {
	l    *Learner
	mu   sync.Mutex
	cond *sync.Cond
	jobs map[string]warmJob // by URI
	// order is the URIs in jobs, oldest first.
	order  []string
	busy   bool
	closed bool
	done   chan struct{}
}

type warmJob struct {
	doc         *analysis.Document
	diagnostics []analysis.Diagnostic
}

func newWarmer(l *Learner) *warmer {
	w := &warmer{l: l, jobs: map[string]warmJob{}, done: make(chan struct{})}
	w.cond = sync.NewCond(&w.mu)
	go w.loop()
	return w
}

// warm asks for doc's tree, and for answers to diagnostics, off the request
// path.
func (l *Learner) warm(doc *analysis.Document, diagnostics []analysis.Diagnostic) {
	if len(diagnostics) > warmLimit {
		diagnostics = diagnostics[:warmLimit]
	}
	w := l.warmer
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	if old, ok := w.jobs[doc.URI]; !ok {
		w.order = append(w.order, doc.URI)
	} else if old.doc.Digest == doc.Digest && diagnostics == nil {
		diagnostics = old.diagnostics
	}
	w.jobs[doc.URI] = warmJob{doc, diagnostics}
	w.cond.Broadcast()
}

func (w *warmer) loop() {
	defer close(w.done)
	for {
		w.mu.Lock()
		w.busy = false
		w.cond.Broadcast()
		for len(w.order) == 0 && !w.closed {
			w.cond.Wait()
		}
		if w.closed {
			w.mu.Unlock()
			return
		}
		uri := w.order[0]
		w.order = w.order[1:]
		job := w.jobs[uri]
		delete(w.jobs, uri)
		w.busy = true
		w.mu.Unlock()
		w.l.guard("warm", func() { w.run(job) })
	}
}

func (w *warmer) run(job warmJob) {
	ctx := w.l.ctx
	if _, release, err := w.l.trees.Get(ctx, job.doc); err == nil {
		release()
	}
	for _, d := range job.diagnostics {
		if ctx.Err() != nil {
			return
		}
		// "wait" false: the rules were loaded by whoever asked for this.
		if _, err := w.l.answer(ctx, job.doc, d, false); err != nil {
			return
		}
	}
	w.l.verifier.ask(job.doc, job.diagnostics)
}

// idle returns when nothing waits and nothing runs.
func (w *warmer) idle(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.cond.Broadcast()
	})
	defer stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for (w.busy || len(w.order) > 0) && !w.closed && ctx.Err() == nil {
		w.cond.Wait()
	}
	return ctx.Err()
}

// close ends the warmer and waits for it.
func (w *warmer) close() {
	w.mu.Lock()
	w.closed = true
	w.cond.Broadcast()
	w.mu.Unlock()
	<-w.done
}
