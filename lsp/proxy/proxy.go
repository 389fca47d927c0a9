package proxy

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dejafix/dejafix/lsp/protocol"
)

// Alone is how long our actions are waited for where the server has no code
// actions, so that nothing else takes the time (PROTOCOL.md).
const Alone = 20 * time.Millisecond

// Moment is how long our side is given when the server's answer to the same
// request is there: what "ready when it comes" means. clangd answers in the time
// of two switches between processes; without it our side, whose p99 is .45 ms
// (BENCHMARKS.md), lost to it every second time on a busy machine. It is half
// of what the proxy may add to a message.
const Moment = 500 * time.Microsecond

// Name is what serverInfo says. Plugins of ours do not attach beside it.
const Name = "dejafix-proxy"

const (
	// stopWithin bounds how long our side may take to store what it learned
	// when the session is over; an editor that quits waits about as long.
	stopWithin = 3 * time.Second
	// maxPending bounds the requests that are remembered until they are
	// answered: a server may leave some unanswered. VS Code has under 100.
	maxPending = 4096
	// maxRouted bounds the requests of the editor that are answered here at the
	// same time. An editor with more reads no answers.
	maxRouted = 256
)

// Options are what a proxy needs.
type Options struct {
	// In is what the editor sends, Out what it gets.
	In  io.Reader
	Out io.Writer
	// ToServer and FromServer are the server's standard input and output.
	// ToServer is closed when the editor sends no more.
	ToServer   io.WriteCloser
	FromServer io.Reader
	// Dial starts our own server and returns the stream to it. It is called
	// once, when the server has answered initialize. Closing the stream ends
	// it. nil: nothing is added to the session.
	Dial func(context.Context) (io.ReadWriteCloser, error)
	// Trusted says that commands of the workspace may run.
	Trusted bool
	// Version is ours, shown to the editor.
	Version string
	// Logger gets what is to be said. Never standard output.
	Logger *slog.Logger
	// After calls f once d has passed, as time.AfterFunc does.
	After func(d time.Duration, f func())
}

// A proxy is one session.
type proxy struct {
	Options
	ctx    context.Context
	editor *frameReader
	server *frameReader
	out    output
	own    *session

	// merging is set once the server's initialize was answered and our side
	// takes part; inner is written before that and does not change after it.
	merging atomic.Bool
	inner   inner

	mu      sync.Mutex
	pending map[string]*pending // requests of the editor that the server has, by id
	order   []string            // their ids, the oldest first; some are answered
	routed  map[string]int      // requests of the editor that our side has, by id
	dynamic map[string]string   // methods that the server registered, by registration

	// slots has one for each request that is being answered here; all of them
	// are taken at the end.
	slots chan struct{}
}

// pending is a request of the editor that the server has and that is looked
// at when it is answered.
type pending struct {
	kind kind
	own  *call // what our side says to the same request; nil: it is not asked
	init *initialization
}

type kind int

const (
	kindInitialize kind = iota
	kindMenu
	kindHover
	kindResolve
	kindPull
	kindPullWorkspace
)

// output is the stream to the editor: whole messages, from whoever.
type output struct {
	mu   sync.Mutex
	w    io.Writer
	lost bool // the server's framing was lost: nothing of ours fits between
}

// send writes a message of ours.
func (o *output) send(body []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lost {
		return errLost
	}
	_, err := o.w.Write(framed(body))
	return err
}

// errNoServer says that the server does not read any more.
var errNoServer = errors.New("the server does not read any more")

// Run passes messages until the server sends no more, and stops our side. It
// returns nil at the end of the server's output, otherwise what was wrong with
// the editor's side. Reading from the editor may go on after it, for ever if the
// editor sends nothing: the process ends then.
func Run(ctx context.Context, o Options) error {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.After == nil {
		o.After = func(d time.Duration, f func()) { time.AfterFunc(d, f) }
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &proxy{
		Options: o, ctx: ctx,
		editor: newFrameReader(o.In), server: newFrameReader(o.FromServer),
		out:     output{w: o.Out},
		pending: map[string]*pending{}, routed: map[string]int{}, dynamic: map[string]string{},
		slots: make(chan struct{}, maxRouted),
	}
	p.own = newSession(p)
	go func() {
		err := p.fromEditor()
		if err != nil && ctx.Err() == nil {
			p.Logger.Warn("reading from the editor ended", "err", err)
		}
		if in, ok := p.In.(io.Closer); ok && errors.Is(err, errNoServer) {
			_ = in.Close() // the editor is to notice, as it would without us
		}
		// What the editor sends no more, the server gets no more.
		if err := p.ToServer.Close(); err != nil {
			p.Logger.Debug("closing the server's input", "err", err)
		}
	}()
	err := p.fromServer()
	p.own.stop(stopWithin)
	cancel()
	within(stopWithin, func() { // an editor that does not read keeps some for ever
		for range cap(p.slots) {
			p.slots <- struct{}{}
		}
	})
	return err
}

// within waits for f, at most for d, and reports whether it ended.
func within(d time.Duration, f func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// remember notes that the server has a request that is looked at when it is
// answered.
func (p *proxy) remember(id []byte, r *pending) {
	key := idKey(id)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending[key] = r
	p.order = append(p.order, key)
	for len(p.order) > 2*maxPending || len(p.pending) > maxPending {
		delete(p.pending, p.order[0])
		p.order = append(p.order[:0:0], p.order[1:]...)
	}
}

// waiting is the request that an answer belongs to, nil for one that is of no
// interest.
func (p *proxy) waiting(id []byte, take bool) *pending {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.pending) == 0 {
		return nil
	}
	key := idKey(id)
	r := p.pending[key]
	if take && r != nil {
		delete(p.pending, key)
		if len(p.pending) == 0 {
			p.order = p.order[:0]
		}
	}
	return r
}

// waits reports whether an answer of interest may come at all.
func (p *proxy) waits() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.pending) > 0
}

// ready is what our side says to a request that the server has answered.
func (p *proxy) ready(c *call) (answer, bool) {
	select {
	case <-c.done:
	default:
		over := make(chan struct{})
		p.After(Moment, func() { close(over) })
		select {
		case <-c.done:
		case <-over:
			p.Logger.Debug("the server's answer came before ours")
			p.own.cancel(c.n)
			return answer{}, false
		}
	}
	return c.answer, c.answer.err == nil
}

// reply answers a request of the editor with the answer of our side, whose id
// it had there. Whatever our side does, the editor gets one answer.
func (p *proxy) reply(id []byte, a answer, otherwise string) {
	var body []byte
	_, good := find(a.body, 0, "result")
	switch {
	case good, a.err == nil && otherwise == "":
		body = rewrite(a.body, edit{a.id, id})
	case otherwise != "":
		body = result(id, []byte(otherwise))
	default:
		body = failure(id, a.err.Error())
	}
	if err := p.out.send(body); err != nil {
		p.Logger.Debug("an answer was not sent", "err", err)
	}
}

// answer sends an answer that is known. The goroutine that reads from the editor
// must not wait for it to read.
func (p *proxy) answer(body []byte) {
	p.background(func() {
		if err := p.out.send(body); err != nil {
			p.Logger.Debug("an answer was not sent", "err", err)
		}
	})
}

// background runs f, when there is a slot for it.
func (p *proxy) background(f func()) {
	select {
	case p.slots <- struct{}{}:
		go func() {
			defer func() { <-p.slots }()
			f()
		}()
	case <-p.ctx.Done():
	}
}

// result is an answer with a result.
func result(id, value []byte) []byte {
	b := make([]byte, 0, len(id)+len(value)+40)
	b = append(append(b, `{"jsonrpc":"2.0","id":`...), id...)
	return append(append(append(b, `,"result":`...), value...), '}')
}

// failure is an answer that is an error.
func failure(id []byte, message string) []byte {
	b := append([]byte(`{"jsonrpc":"2.0","id":`), id...)
	b = append(b, `,"error":{"code":-32803,"message":`...)
	return append(append(b, quote(message)...), "}}"...)
}

// route has our side answer a request of the editor. limit bounds how long it
// may take, 0 for as long as it wants; otherwise is the result when it gives none
// ("": an error says so).
func (p *proxy) route(id []byte, method string, params []byte, limit time.Duration, otherwise string) {
	id = append([]byte(nil), id...)
	c := p.own.call(method, params)
	key := idKey(id)
	p.mu.Lock()
	p.routed[key] = c.n
	p.mu.Unlock()
	p.background(func() {
		if limit > 0 {
			p.After(limit, func() { c.give(answer{err: errors.New("our side took too long")}) })
		}
		<-c.done
		p.mu.Lock()
		delete(p.routed, key)
		p.mu.Unlock()
		a := c.answer
		if method == protocol.MethodCodeAction && a.err == nil {
			a = p.alone(a)
		}
		p.reply(id, a, otherwise)
	})
}
