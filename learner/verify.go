package learner

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
)

// A Checker judges edits by running the tools of the workspace. *check.Set is
// one. It is asked in trusted workspaces only, never on a request's path.
type Checker interface {
	Judge(ctx context.Context, e check.Edit, trusted bool) check.Judgement
	// Configure says whether checkers may keep a process between checks, and
	// names those that a workspace may lack.
	Configure(privateServers bool, tools map[string]string)
}

const (
	// verifyLimit bounds the diagnostics of one document whose repairs are
	// checked before anyone asks.
	verifyLimit = 20
	// verifyEach is how many repairs of one diagnostic are checked: as many as a
	// menu shows.
	verifyEach = 3
	// settleTime is how long a text must stand before its repairs are checked: a
	// pause between two keystrokes is shorter (the median of touch typists is 100 to
	// 240 ms), and a check that begins between them takes a core from what the person
	// waits for and is for a text that is gone when it ends.
	settleTime = 300 * time.Millisecond
	// recheckTime is how long a person who chose a checked repair waits for it to
	// be checked again.
	recheckTime = 5 * time.Second
)

// A checked is what became of a suggestion at the checker.
type checked struct {
	verdict check.Verdict
	reason  string
	tool    string
	stamp   uint64 // of the texts that it was checked with
}

// The verifier checks what would be offered, after the reports on a document
// settled: one document at a time, the newest version of each.
type verifier struct {
	l        *Learner
	checker  Checker
	verdicts *bounded[string, checked] // by suggestion
	stamp    atomic.Uint64             // counts changes of texts

	mu     sync.Mutex
	cond   *sync.Cond
	open   map[string]*analysis.Document // by URI
	jobs   map[string]warmJob            // by URI
	order  []string                      // of those whose text settled
	timers map[string]*time.Timer        // by URI: of those that may change yet
	hurry  int                           // callers who do not wait for that
	closed []closedRepair                // to confirm, oldest first
	uri    string                        // of the document that is being checked
	cancel context.CancelFunc            // ends that
	ended  bool
	done   chan struct{}
}

func newVerifier(l *Learner, c Checker) *verifier {
	v := &verifier{
		l: l, checker: c, verdicts: newBounded[string, checked](1024),
		open: map[string]*analysis.Document{}, jobs: map[string]warmJob{}, timers: map[string]*time.Timer{},
		done: make(chan struct{}),
	}
	v.cond = sync.NewCond(&v.mu)
	if c == nil {
		close(v.done)
		return v
	}
	go v.loop()
	return v
}

// edited takes the texts that are open: a checker must see them, not what is on
// disk. What is being checked for an older text ends.
func (v *verifier) edited(e analysis.Edited) {
	if v.checker == nil {
		return
	}
	v.stamp.Add(1)
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e.Change {
	case analysis.Closed:
		delete(v.open, e.Doc.URI)
	case analysis.Opened, analysis.Changed, analysis.Saved:
		v.open[e.Doc.URI] = e.Doc
	case analysis.DiskChanged:
	}
	if v.uri == e.Doc.URI && v.cancel != nil {
		v.cancel()
	}
	if job, ok := v.jobs[e.Doc.URI]; ok && job.doc.Digest != e.Doc.Digest {
		delete(v.jobs, e.Doc.URI)
		v.order = slices.DeleteFunc(v.order, func(uri string) bool { return uri == e.Doc.URI })
		v.settle(e.Doc.URI)
	}
}

// settle ends the waiting for a document's text, if there is any. The caller
// holds the lock.
func (v *verifier) settle(uri string) {
	if t, ok := v.timers[uri]; ok {
		t.Stop()
		delete(v.timers, uri)
	}
}

// settled queues a document whose text stood long enough. The caller holds the
// lock.
func (v *verifier) settled(uri string) {
	v.settle(uri)
	if _, ok := v.jobs[uri]; ok && !slices.Contains(v.order, uri) {
		v.order = append(v.order, uri)
		v.cond.Broadcast()
	}
}

// ask has the repairs of a document's errors checked.
func (v *verifier) ask(doc *analysis.Document, diagnostics []analysis.Diagnostic) {
	if v.checker == nil || doc.Path == "" || !v.trusted(doc.Root) || len(diagnostics) == 0 {
		return
	}
	if len(diagnostics) > verifyLimit {
		diagnostics = diagnostics[:verifyLimit]
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ended {
		return
	}
	v.jobs[doc.URI] = warmJob{doc, diagnostics}
	switch _, waits := v.timers[doc.URI]; {
	case v.hurry > 0:
		v.settled(doc.URI)
	case !waits && !slices.Contains(v.order, doc.URI):
		uri := doc.URI
		v.timers[uri] = time.AfterFunc(settleTime, func() {
			v.mu.Lock()
			defer v.mu.Unlock()
			if !v.ended {
				v.settled(uri)
			}
		})
	}
}

func (v *verifier) trusted(root string) bool {
	return root != "" && slices.Contains(v.l.model.Load().policy.Trusted, root)
}

func (v *verifier) loop() {
	defer close(v.done)
	for {
		v.mu.Lock()
		v.uri, v.cancel = "", nil
		v.cond.Broadcast()
		for len(v.order)+len(v.closed) == 0 && !v.ended {
			v.cond.Wait()
		}
		if v.ended {
			v.mu.Unlock()
			return
		}
		if len(v.order) == 0 {
			c := v.closed[0]
			v.closed = v.closed[1:]
			ctx, cancel := context.WithCancel(v.l.ctx)
			v.cancel = cancel
			v.mu.Unlock()
			v.l.guard("confirm", func() { v.confirmed(ctx, c) })
			cancel()
			continue
		}
		uri := v.order[0]
		v.order = v.order[1:]
		job, ok := v.jobs[uri]
		delete(v.jobs, uri)
		ctx, cancel := context.WithCancel(v.l.ctx)
		v.uri, v.cancel = uri, cancel
		v.mu.Unlock()
		if ok {
			v.l.guard("verify", func() { v.run(ctx, job) })
		}
		cancel()
	}
}

func (v *verifier) run(ctx context.Context, job warmJob) {
	ready, cancel := context.WithTimeout(ctx, readyTime)
	for w := range v.l.watchers() {
		w.Ready(ready, job.doc)
	}
	cancel()
	for _, d := range job.diagnostics {
		list, err := v.l.answer(ctx, job.doc, d, false)
		if err != nil {
			return
		}
		v.now(ctx, job.doc, d, v.l.withDrafts(ctx, job.doc, d, list, true))
	}
}

// now checks the best repairs of one diagnostic.
func (v *verifier) now(ctx context.Context, doc *analysis.Document, d analysis.Diagnostic, list []ranked) {
	if v.checker == nil || doc.Path == "" || !v.trusted(doc.Root) {
		return
	}
	tried, cured := 0, false
	for _, c := range list {
		switch {
		case ctx.Err() != nil:
			return
		case c.maker != "":
			if cured {
				return // nobody needs a draft beside one that is checked
			}
		case tried == verifyEach || !v.l.rank.ShowOnRequest(c.probability, tried):
			continue
		default:
			tried++
		}
		j := v.judge(ctx, doc, v.l.suggestion(doc, d, c, v.l.rank))
		cured = cured || j.verdict == check.VerdictChecked && d.Source != analysis.SourceRun
	}
}

// judge asks the checker about one suggestion, and remembers the answer.
func (v *verifier) judge(ctx context.Context, doc *analysis.Document, s analysis.Suggestion) checked {
	stamp := v.stamp.Load()
	if old, ok := v.verdicts.get(s.ID); ok && old.stamp == stamp {
		return old
	}
	j := v.checker.Judge(ctx, check.Edit{
		Root: doc.Root, Path: doc.Path, Language: doc.Language, Text: doc.Text,
		Edits: s.Edits, Overlay: v.overlay(doc), Target: s.Diagnostic, Ran: s.Diagnostic.Source == analysis.SourceRun,
	}, v.trusted(doc.Root))
	c := checked{verdict: j.Verdict, reason: j.Reason, tool: j.Tool, stamp: stamp}
	if ctx.Err() != nil {
		return checked{} // cut short: no answer
	}
	v.verdicts.put(s.ID, c)
	return c
}

// overlay is the text of the other open documents of a workspace.
func (v *verifier) overlay(doc *analysis.Document) map[string]string {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := map[string]string{}
	for d := range maps.Values(v.open) {
		if d.Root == doc.Root && d.Path != "" && d.Path != doc.Path {
			out[d.Path] = d.Text
		}
	}
	return out
}

// verdict is what is known of a suggestion; fresh says that no text changed
// since.
func (v *verifier) verdict(id string) (c checked, fresh bool) {
	if v.checker == nil {
		return checked{}, false
	}
	c, ok := v.verdicts.get(id)
	return c, ok && c.stamp == v.stamp.Load()
}

// idle returns when nothing waits and nothing runs. No text is waited for to
// settle.
func (v *verifier) idle(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.cond.Broadcast()
	})
	defer stop()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.hurry++
	defer func() { v.hurry-- }()
	for _, uri := range slices.Collect(maps.Keys(v.timers)) {
		v.settled(uri)
	}
	for (v.cancel != nil || len(v.order)+len(v.closed) > 0) && !v.ended && v.checker != nil && ctx.Err() == nil {
		v.cond.Wait()
	}
	return ctx.Err()
}

// close ends the verifier and waits for it.
func (v *verifier) close() {
	v.mu.Lock()
	v.ended = true
	for _, t := range v.timers {
		t.Stop()
	}
	if v.cancel != nil {
		v.cancel()
	}
	v.cond.Broadcast()
	v.mu.Unlock()
	<-v.done
}

// Recheck makes sure that a suggestion that was offered as checked still is:
// what it was checked with may have changed. ok is true for one that was not
// offered as checked; reason says in words for a person why not.
func (l *Learner) Recheck(ctx context.Context, doc *analysis.Document, s analysis.Suggestion) (ok bool, reason string, err error) {
	if s.Trust < analysis.Checked {
		return true, "", nil
	}
	v := l.verifier
	if c, fresh := v.verdict(s.ID); fresh {
		return c.verdict == check.VerdictChecked, c.reason, nil
	}
	ctx, cancel := context.WithTimeout(ctx, recheckTime)
	defer cancel()
	c := v.judge(ctx, doc, s)
	if c.verdict == check.VerdictChecked {
		return true, "", nil
	}
	if c.reason == "" {
		c.reason = "it could not be checked again in time"
	}
	return false, c.reason, nil
}
