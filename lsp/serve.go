package lsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.lsp.dev/jsonrpc2"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp/protocol"
	"github.com/dejafix/dejafix/lsp/watch"
)

// The ways in which Serve ends other than well. The process exits with 1.
var (
	// ErrNoShutdown says that the client sent exit without shutdown.
	ErrNoShutdown = errors.New("the client sent exit without shutdown")
	// ErrDisconnected says that the client went away without exit.
	ErrDisconnected = errors.New("the client closed the connection without exit")
	// ErrParentGone says that the process that started the server ended.
	ErrParentGone = errors.New("the client's process ended without exit")
)

// answerWithin bounds how long requests that came before the end may take to
// be answered; what they do is a matter of milliseconds.
const answerWithin = time.Second

// stopWithin bounds how long Serve waits for requests that do not listen to
// their cancellation; an editor that quits waits about as long for its servers.
const stopWithin = 2 * time.Second

// Options are what a server needs; every field may be left out.
type Options struct {
	// Learner learns and suggests. Without it every answer is empty.
	Learner Learner
	// Logger gets what the server has to say. Never standard output.
	Logger *slog.Logger
	// Version is shown to the client.
	Version string
	// Clock tells the time of events.
	Clock func() time.Time
	// Settings are those before the client says anything.
	Settings *Settings
	// Workspaces remembers what a person decided about a workspace. Without it
	// decisions hold for this session.
	Workspaces Workspaces
	// Status gets what the client's status bar shows. The server reads it
	// until it stops.
	Status <-chan analysis.Status
	// Decided says that a decision about a workspace was made elsewhere: in another
	// window, or on the command line.
	Decided <-chan struct{}
	// Ran is the folder in which `dejafix run` leaves what commands said that ran
	// outside of the editor; "" for none.
	Ran string
	// RanInterval is how often it is looked at.
	RanInterval time.Duration
	// History learns from the history of workspaces whose person lets it. Without
	// it nobody is asked.
	History History
	// ReportInterval is how often reports of test runners are looked for.
	ReportInterval time.Duration
	// MaxMessage is the largest message that is read, in bytes.
	MaxMessage int
	// ParentInterval is how often the client's process is looked for.
	ParentInterval time.Duration
}

// Workspaces remembers a person's decisions about workspaces, named by the
// absolute folder. It is called off the session's goroutine.
type Workspaces interface {
	Paused(ctx context.Context, root string) (bool, error)
	SetPaused(ctx context.Context, root string, paused bool) error
	Trusted(ctx context.Context, root string) (bool, error)
}

func (o Options) withDefaults() Options {
	if o.Learner == nil {
		o.Learner = observeNothing{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Settings == nil {
		d := DefaultSettings()
		o.Settings = &d
	}
	if o.ParentInterval <= 0 {
		o.ParentInterval = watch.ParentInterval
	}
	if o.RanInterval <= 0 {
		o.RanInterval = outsideInterval
	}
	if o.ReportInterval <= 0 {
		o.ReportInterval = reportInterval
	}
	return o
}

// server is one connection. Its fields do not change after Serve made it; what
// changes is the session's.
type server struct {
	Options
	learner guarded
	stream  *protocol.Stream
	conn    jsonrpc2.Conn
	session *session

	tasks    chan task
	outbox   chan outgoing
	exit     chan error    // capacity 1
	recurred chan struct{} // capacity 1
	opened   chan struct{} // capacity 1: a folder was opened

	reading atomic.Int32 // outputs that are read, or wait for it

	// base ends when the server stops; background counts the goroutines that
	// end with it.
	base       context.Context
	background sync.WaitGroup
}

// task is work for the goroutine that owns the session.
type task struct {
	do   func(*session) error
	done chan error // capacity 1
}

// outgoing is a notification that waits to be written.
type outgoing struct {
	method string
	params any
}

// outboxSize bounds the notifications that wait for a client that does not
// read; there are a few in a session.
const outboxSize = 256

// Serve runs the server on stream until the client says exit, goes away, or ctx
// ends, and closes stream. It returns nil only after shutdown and exit: by LSP
// the process then exits with 0, otherwise with 1.
func Serve(ctx context.Context, stream io.ReadWriteCloser, o Options) error {
	o = o.withDefaults()
	base, cancel := context.WithCancel(ctx)
	defer cancel()
	sv := &server{
		Options:  o,
		learner:  guarded{o.Learner, o.Logger},
		stream:   protocol.NewStream(stream, o.MaxMessage, o.Logger),
		tasks:    make(chan task),
		outbox:   make(chan outgoing, outboxSize),
		exit:     make(chan error, 1),
		recurred: make(chan struct{}, 1),
		opened:   make(chan struct{}, 1),
		base:     base,
	}
	sv.session = newSession(sv)
	sv.conn = jsonrpc2.NewConn(sv.stream, jsonrpc2.WithCodec(protocol.Codec{}))
	sv.goBackground(sv.own)
	sv.goBackground(sv.write)
	sv.goBackground(sv.forwardRecurring)
	if o.Status != nil {
		sv.goBackground(sv.forwardStatus)
	}
	if o.Decided != nil {
		sv.goBackground(sv.lookUpAgain)
	}
	sv.goBackground(sv.watchReports)
	if o.Ran != "" {
		sv.goBackground(sv.watchOutside)
	}
	if o.History != nil {
		sv.goBackground(func() { sv.offerHistory(o.History) })
	}
	sv.conn.Go(base, sv.handler())

	var err error
	select {
	case err = <-sv.exit:
	case <-sv.stream.Ended():
		select {
		case err = <-sv.exit: // exit is what ended the stream
		default:
			err = ErrDisconnected
		}
	case <-ctx.Done():
		err = ctx.Err()
	}
	sv.stream.Finish()
	if ctx.Err() == nil && !errors.Is(err, ErrParentGone) {
		sv.answerAll()
	}
	cancel()
	sv.stop()
	if cause := sv.conn.Err(); cause != nil && errors.Is(err, ErrDisconnected) {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	return err
}

// answerAll waits, when the client has said all, until what it asked is
// answered.
func (sv *server) answerAll() {
	timer := time.NewTimer(answerWithin)
	defer timer.Stop()
	select {
	case <-sv.conn.Done():
	case <-timer.C:
	}
}

// stop waits for everything that the server started.
func (sv *server) stop() {
	stopped := make(chan struct{})
	go func() {
		// Both wait for the requests in flight, whose contexts have ended.
		if err := sv.conn.Close(); err != nil {
			sv.Logger.Debug("closing the connection", "err", err)
		}
		sv.stream.Wait()
		sv.background.Wait()
		close(stopped)
	}()
	timer := time.NewTimer(stopWithin)
	defer timer.Stop()
	select {
	case <-stopped:
	case <-timer.C:
		// A reader blocked in a terminal's standard input cannot be stopped,
		// nor can a request that ignores its context: the process ends anyway.
		sv.Logger.Warn("stopped without waiting any longer", "after", stopWithin)
	}
}

func (sv *server) goBackground(f func()) {
	sv.background.Go(func() {
		f()
	})
}

// own is the goroutine that owns the session.
func (sv *server) own() {
	for {
		select {
		case <-sv.base.Done():
			return
		case t := <-sv.tasks:
			t.done <- sv.try("session", func() error { return t.do(sv.session) })
		}
	}
}

// do runs f on the goroutine that owns the session and waits for it. It must
// not be called from there.
func (sv *server) do(f func(*session) error) error {
	t := task{f, make(chan error, 1)}
	select {
	case sv.tasks <- t:
		return <-t.done
	case <-sv.base.Done():
		return jsonrpc2.ErrServerClosing
	}
}

// try runs f; a panic becomes an error with its stack in the log.
func (sv *server) try(what string, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			sv.Logger.Error("panic", "in", what, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			err = jsonrpc2.Errorf(jsonrpc2.InternalError, "%s: internal error: %v; the server's log has the details", what, r)
		}
	}()
	return f()
}

// notify queues a notification to the client. It never blocks, since the
// goroutine that reads must not wait for one that writes.
func (sv *server) notify(method string, params any) {
	select {
	case sv.outbox <- outgoing{method, params}:
	default:
		sv.Logger.Warn("notification dropped: the client does not read", "method", method)
	}
}

func (sv *server) write() {
	for {
		select {
		case <-sv.base.Done():
			return
		case m := <-sv.outbox:
			if err := sv.conn.Notify(sv.base, m.method, m.params); err != nil {
				sv.Logger.Debug("notification not sent", "method", m.method, "err", err)
			}
		}
	}
}

// handler is what the connection calls with every message, one after the other.
func (sv *server) handler() jsonrpc2.Handler {
	inner, cancel := jsonrpc2.CancelHandler(sv.handle)
	return func(ctx context.Context, req *jsonrpc2.Request) (any, error) {
		if req.Method() == protocol.MethodCancel {
			if id, err := protocol.CancelID(req.Params()); err != nil {
				sv.Logger.Warn("bad cancel request", "err", err)
			} else {
				cancel(id)
			}
			return nil, nil
		}
		return inner(ctx, req)
	}
}

// handle applies a notification, or lets a request take its snapshot and then
// go off. An error of a notification, or a panic anywhere, would end the
// connection: neither leaves this function.
func (sv *server) handle(ctx context.Context, req *jsonrpc2.Request) (result any, err error) {
	method := req.Method()
	if !req.IsCall() {
		if err := sv.do(func(s *session) error { return s.notification(method, req.Params()) }); err != nil {
			sv.Logger.Warn("notification failed", "method", method, "err", err)
		}
		return nil, nil
	}
	var run work
	err = sv.do(func(s *session) (err error) {
		run, err = s.call(method, req.Params())
		return err
	})
	jsonrpc2.Async(ctx) // from here on other messages are read; req was cloned
	if err == nil && run != nil {
		err = sv.try(method, func() (err error) {
			result, err = run(ctx)
			return err
		})
	}
	if err != nil {
		return nil, wireError(ctx, err)
	}
	return result, nil
}

// wireError gives an error the code that LSP wants.
func wireError(ctx context.Context, err error) error {
	var coded *jsonrpc2.Error
	switch {
	case ctx.Err() != nil, errors.Is(err, context.Canceled):
		return jsonrpc2.NewError(protocol.CodeRequestCancelled, "cancelled")
	case errors.As(err, &coded):
		return err
	}
	return jsonrpc2.NewError(protocol.CodeRequestFailed, err.Error())
}
