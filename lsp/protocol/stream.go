package protocol

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"go.lsp.dev/jsonrpc2"
)

// The limits of what a peer may send.
const (
	// MaxMessage is the largest body that is read, in bytes. VS Code does not
	// send files over 50 MB to a language server; a didOpen of one fits with
	// its escapes.
	MaxMessage = 64 << 20
	// maxHeaderLine bounds one header line; real ones are under 100 bytes.
	maxHeaderLine = 1 << 10
	// maxHeaders bounds the lines of one header; there are two in LSP.
	maxHeaders = 32
	// maxDepth bounds how deep JSON may nest, so that no recursive reader is
	// led to the end of its stack. LSP's own messages stay under 30.
	maxDepth = 1000
	// maxResync is how many bytes without a header are skipped before the
	// stream is given up: whoever sends that is no language client.
	maxResync = 4 << 20
)

// ErrNoHeaders says that a peer sent maxResync bytes in which no message
// started.
var ErrNoHeaders = errors.New("the client does not speak LSP: no Content-Length header found; check what is connected to standard input")

// lengthField is the start of the one header that matters.
var lengthField = regexp.MustCompile(`(?i)content-length[ \t]*:`)

// otherField is any other header, as HTTP writes them.
var otherField = regexp.MustCompile(`^[0-9A-Za-z-]+[ \t]*:`)

// A Stream frames messages as LSP's base protocol does. It differs from
// jsonrpc2's own in what happens to a bad message: that one ends the
// connection, this one answers it with an error and reads on.
//
//   - A body that is not a JSON-RPC message is answered with ParseError or
//     InvalidRequest, with its id when it has one. So is a batch, which LSP
//     does not have.
//   - A body over the limit is skipped and answered with InvalidRequest.
//   - After a broken header, lines are skipped until the next Content-Length.
//
// Read is called by one goroutine; it never writes itself, since a client that
// writes before it reads would then wait for us for ever: the answers go
// through a bounded queue to a goroutine of the stream. Write may be called by
// many.
type Stream struct {
	conn   io.ReadWriteCloser
	in     *bufio.Reader
	limit  int
	logger *slog.Logger
	body   []byte

	writing sync.Mutex
	out     []byte

	answers chan jsonrpc2.Message
	stop    chan struct{}
	stopped sync.WaitGroup
	closing sync.Once
	closed  error

	finished atomic.Bool
	ended    chan struct{}
	ending   sync.Once

	counting sync.Mutex
	owed     int           // requests that were read and not answered
	paid     chan struct{} // closed while owed is 0
}

var _ jsonrpc2.Stream = (*Stream)(nil)

// NewStream returns a Stream over conn, which it owns. A limit of 0 means
// MaxMessage.
func NewStream(conn io.ReadWriteCloser, limit int, logger *slog.Logger) *Stream {
	if limit <= 0 {
		limit = MaxMessage
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	s := &Stream{
		conn: conn, in: bufio.NewReaderSize(conn, 64<<10), limit: limit, logger: logger,
		answers: make(chan jsonrpc2.Message, 64), stop: make(chan struct{}),
		ended: make(chan struct{}), paid: make(chan struct{}),
	}
	close(s.paid)
	s.stopped.Add(1)
	go s.answer()
	return s
}

// answer writes what Read has to say.
func (s *Stream) answer() {
	defer s.stopped.Done()
	for {
		select {
		case m := <-s.answers:
			if _, _, err := s.write(m); err != nil {
				s.logger.Debug("answer to a bad message not sent", "err", err)
			}
		case <-s.stop:
			return
		}
	}
}

// refuse answers a bad message. When the peer sends bad messages faster than it
// reads the answers, some are not answered.
func (s *Stream) refuse(id jsonrpc2.ID, err *jsonrpc2.Error) {
	s.logger.Warn("bad message from the client", "err", err.Message)
	select {
	case s.answers <- jsonrpc2.NewResponse(id, nil, err):
	default:
	}
}

// Read returns the next message that is one. It tells the end only when every
// request before it is answered, or the stream closed: the connection writes
// nothing after the end, and a client that sends all it has and closes its side
// would miss the last answers.
func (s *Stream) Read(ctx context.Context) (jsonrpc2.Message, int64, error) {
	msg, n, err := s.read(ctx)
	if err != nil {
		s.ending.Do(func() { close(s.ended) })
		s.counting.Lock()
		paid := s.paid
		s.counting.Unlock()
		select {
		case <-paid:
		case <-s.stop:
		}
	}
	if _, ok := msg.(*jsonrpc2.Call); ok {
		s.owe(1)
	}
	return msg, n, err
}

// owe counts the requests that are not answered yet.
func (s *Stream) owe(n int) {
	s.counting.Lock()
	defer s.counting.Unlock()
	if s.owed == 0 {
		s.paid = make(chan struct{})
	}
	if s.owed += n; s.owed == 0 {
		close(s.paid)
	}
}

// Ended is closed when nothing more will come. (The connection itself is done
// only when every request in flight is answered.)
func (s *Stream) Ended() <-chan struct{} { return s.ended }

func (s *Stream) read(ctx context.Context) (jsonrpc2.Message, int64, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		if s.finished.Load() {
			return nil, 0, io.EOF
		}
		body, n, err := s.frame()
		if err != nil {
			return nil, 0, err
		}
		if body == nil {
			continue // refused
		}
		msg, id, refusal := parse(body)
		if refusal != nil {
			s.refuse(id, refusal)
			continue
		}
		return msg, n, nil
	}
}

// parse reads a body, or says why it cannot be read and whose answer that is.
func parse(body []byte) (jsonrpc2.Message, jsonrpc2.ID, *jsonrpc2.Error) {
	var none jsonrpc2.ID
	if !nestsWithin(body, maxDepth) {
		return nil, none, jsonrpc2.Errorf(jsonrpc2.InvalidRequest, "message nests deeper than %d levels", maxDepth)
	}
	if b := bytes.TrimLeft(body, " \t\r\n"); len(b) > 0 && b[0] == '[' {
		return nil, none, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "LSP has no batches")
	}
	msg, err := jsonrpc2.DecodeMessage(body)
	if err != nil {
		// Whoever asked waits for an answer under the id.
		id := idOf(body)
		if wire, ok := errors.AsType[*jsonrpc2.Error](err); ok {
			return nil, id, wire
		}
		return nil, id, jsonrpc2.Errorf(jsonrpc2.ParseError, "%v", err)
	}
	return msg, none, nil
}

// idOf finds the id of a message that is otherwise unreadable.
func idOf(body []byte) jsonrpc2.ID {
	id, err := CancelID(body) // the same member, in the same forms
	if err != nil {
		return jsonrpc2.ID{}
	}
	return id
}

// nestsWithin reports whether the JSON in b nests at most limit levels.
func nestsWithin(b []byte, limit int) bool {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			if depth++; depth > limit {
				return false
			}
		case '}', ']':
			depth--
		}
	}
	return true
}

// frame returns the next body, valid until the next call, or nil for one that
// was refused.
func (s *Stream) frame() ([]byte, int64, error) {
	length, read, err := s.header()
	if err != nil {
		return nil, 0, err
	}
	if length > int64(s.limit) {
		s.refuse(jsonrpc2.ID{}, jsonrpc2.Errorf(jsonrpc2.InvalidRequest,
			"message of %d bytes is over the limit of %d", length, s.limit))
		if _, err := io.CopyN(io.Discard, s.in, length); err != nil {
			return nil, 0, truncated(err)
		}
		return nil, 0, nil
	}
	body := s.body
	if int64(cap(body)) < length {
		// What a header claims is not allocated before it comes.
		var buf bytes.Buffer
		buf.Grow(int(min(length, 1<<20)))
		if _, err := io.CopyN(&buf, s.in, length); err != nil {
			return nil, 0, truncated(err)
		}
		body = buf.Bytes()
	} else {
		body = body[:length]
		if _, err := io.ReadFull(s.in, body); err != nil {
			return nil, 0, truncated(err)
		}
	}
	if cap(body) <= 1<<20 { // one big message must not hold its memory for ever
		s.body = body
	}
	return body, read + length, nil
}

func truncated(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// header reads up to the blank line of the next header that makes sense.
func (s *Stream) header() (length, read int64, err error) {
	length = -1
	lines, skipped := 0, int64(0)
	broken := false
	bad := func(format string, args ...any) {
		length, lines = -1, 0
		if !broken { // once for each run of rubbish
			broken = true
			s.refuse(jsonrpc2.ID{}, jsonrpc2.Errorf(jsonrpc2.ParseError, format, args...))
		}
	}
	for {
		line, n, over, err := s.line()
		read += n
		if err != nil {
			if errors.Is(err, io.EOF) && read > 0 {
				err = io.ErrUnexpectedEOF
			}
			return 0, read, err
		}
		if broken {
			if skipped += n; skipped > maxResync {
				return 0, read, ErrNoHeaders
			}
		}
		if len(line) == 0 {
			if length >= 0 {
				return length, read, nil
			}
			bad("header without Content-Length")
			continue
		}
		// A message may start right after rubbish, without a line break.
		start := lengthField.FindIndex(line)
		switch {
		case over:
			bad("header line over %d bytes", maxHeaderLine)
		case start != nil && start[0] > 0:
			bad("header line starts with %.60q", line[:start[0]])
		case start == nil && !otherField.Match(line):
			bad("not a header line: %.60q", line)
		}
		if lines++; lines > maxHeaders {
			bad("more than %d header lines", maxHeaders)
		}
		if start == nil {
			continue // Content-Type, and whatever else there may be
		}
		value := bytes.TrimSpace(line[start[1]:])
		v, err := strconv.ParseInt(string(value), 10, 64)
		switch {
		case err != nil || v < 0:
			bad("bad Content-Length: %.60q", value)
		case v == 0:
			bad("empty message")
		default:
			length = v
		}
	}
}

// line reads one line without its end. Of one over the limit only the end is
// kept, where a header may follow rubbish; over says so.
func (s *Stream) line() (line []byte, n int64, over bool, err error) {
	for {
		part, err := s.in.ReadSlice('\n')
		n += int64(len(part))
		line = append(line, part...)
		if len(line) > maxHeaderLine {
			over = true
			line = append(line[:0], line[len(line)-maxHeaderLine:]...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull) && n > maxResync:
			return nil, n, over, ErrNoHeaders
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return nil, n, over, err
		}
		return bytes.TrimRight(line, "\r\n"), n, over, nil
	}
}

// answerPrefix is how jsonrpc2 starts a response, and nothing else; its own type
// for one that answers a request cannot be named.
var answerPrefix = []byte(`{"jsonrpc":"2.0","id":`)

// Write frames msg and writes it in one piece. A cancelled request is still
// answered: the context that ends with it is not asked.
func (s *Stream) Write(_ context.Context, msg jsonrpc2.Message) (int64, error) {
	n, answer, err := s.write(msg)
	if answer {
		s.owe(-1)
	}
	return n, err
}

// write reports whether msg is an answer.
func (s *Stream) write(msg jsonrpc2.Message) (written int64, answer bool, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	const room = len("Content-Length: \r\n\r\n") + 20
	buf := slices.Grow(s.out[:0], room)[:room]
	buf = jsonrpc2.AppendMessage(buf, msg)
	if len(buf) == room {
		return 0, false, fmt.Errorf("message of type %T cannot be written", msg)
	}
	header := fmt.Appendf(make([]byte, 0, room), "Content-Length: %d\r\n\r\n", len(buf)-room)
	start := room - len(header)
	copy(buf[start:], header)
	n, err := s.conn.Write(buf[start:])
	answer = bytes.HasPrefix(buf[room:], answerPrefix)
	if cap(buf) <= 1<<20 {
		s.out = buf
	} else {
		s.out = nil
	}
	return int64(n), answer, err
}

// Finish makes the next Read say that the stream has ended, whatever the peer
// still sends: nothing follows LSP's exit.
func (s *Stream) Finish() { s.finished.Store(true) }

// Close closes the connection, which ends the stream's goroutine. Closing twice
// is fine.
func (s *Stream) Close() error {
	s.closing.Do(func() {
		close(s.stop)
		s.closed = s.conn.Close()
	})
	return s.closed
}

// Wait waits for the stream's goroutine after Close.
func (s *Stream) Wait() { s.stopped.Wait() }
