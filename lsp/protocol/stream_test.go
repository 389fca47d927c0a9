package protocol_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"go.lsp.dev/jsonrpc2"

	"github.com/dejafix/dejafix/lsp/protocol"
)

// peer is a connection whose other side has written in.
type peer struct {
	io.Reader
	mu  sync.Mutex
	out bytes.Buffer
}

func (p *peer) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *peer) Close() error { return nil }

func frame(body string) string {
	return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
}

const (
	ping = `{"jsonrpc":"2.0","method":"ping"}`
	pong = `{"jsonrpc":"2.0","id":7,"method":"pong"}`
)

// read reads everything: the methods of the messages, what was answered, and
// the last error. A test of framing; the answers go out asynchronously, so they
// are waited for through the count.
func read(in string, limit, answers int) (methods []string, out string, err error) {
	p := &peer{Reader: strings.NewReader(in)}
	s := protocol.NewStream(p, limit, nil)
	for {
		m, _, e := s.Read(context.Background())
		if e != nil {
			err = e
			break
		}
		switch m := m.(type) {
		case *jsonrpc2.Call:
			methods = append(methods, strings.Clone(m.Method()))
			if _, e := s.Write(context.Background(), jsonrpc2.NewResponse(m.ID(), nil, nil)); e != nil {
				return methods, "", e
			}
		case *jsonrpc2.Notification:
			methods = append(methods, strings.Clone(m.Method()))
		default:
			methods = append(methods, fmt.Sprintf("%T", m))
		}
	}
	for {
		p.mu.Lock()
		out = p.out.String()
		p.mu.Unlock()
		if strings.Count(out, `"error"`) >= answers {
			break
		}
	}
	_ = s.Close()
	s.Wait()
	return methods, out, err
}

func TestFraming(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	tests := []struct {
		name, in string
		methods  string   // what is read
		answers  []string // parts of the answers, in order
		err      error
	}{
		{name: "plain", in: frame(ping) + frame(pong), methods: "ping pong", err: io.EOF},
		{name: "other headers", in: "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n" + frame(ping), methods: "ping", err: io.EOF},
		{name: "case and bare line ends", in: fmt.Sprintf("content-length:%d\n\n%s", len(ping), ping), methods: "ping", err: io.EOF},
		{name: "not JSON", in: frame("{nonsense") + frame(ping), methods: "ping", answers: []string{`"id":null,"error":{"code":-32700`}, err: io.EOF},
		{name: "not JSON-RPC", in: frame(`{"a":1}`) + frame(ping), methods: "ping", answers: []string{`"id":null,"error"`}, err: io.EOF},
		{name: "no version, with an id", in: frame(`{"id":3,"method":"x"}`) + frame(ping), methods: "ping", answers: []string{`"id":3,"error"`}, err: io.EOF},
		{name: "a batch", in: frame("["+pong+"]") + frame(ping), methods: "ping", answers: []string{`LSP has no batches`}, err: io.EOF},
		{name: "too deep", in: frame(deep) + frame(ping), methods: "ping", answers: []string{`nests deeper`}, err: io.EOF},
		{name: "too deep in params", in: frame(`{"jsonrpc":"2.0","method":"x","params":`+deep) + frame(ping), methods: "ping", answers: []string{`nests deeper`}, err: io.EOF},
		{name: "too large", in: frame(`"`+strings.Repeat("x", 300_000)+`"`) + frame(ping), methods: "ping", answers: []string{`over the limit`}, err: io.EOF},
		{name: "claims to be huge", in: "Content-Length: 9223372036854775807\r\n\r\n" + ping, answers: []string{`over the limit`}, err: io.ErrUnexpectedEOF},
		{name: "over 64 bits", in: "Content-Length: 99999999999999999999\r\n\r\n" + frame(ping), methods: "ping", answers: []string{`bad Content-Length`}, err: io.EOF},
		{name: "negative", in: "Content-Length: -5\r\n\r\n" + frame(ping), methods: "ping", answers: []string{`bad Content-Length`}, err: io.EOF},
		{name: "not a number", in: "Content-Length: many\r\n\r\n" + frame(ping), methods: "ping", answers: []string{`bad Content-Length`}, err: io.EOF},
		{name: "empty body", in: "Content-Length: 0\r\n\r\n" + frame(ping), methods: "ping", answers: []string{`empty message`}, err: io.EOF},
		{name: "no length", in: "X: y\r\n\r\n" + frame(ping), methods: "ping", answers: []string{`without Content-Length`}, err: io.EOF},
		{name: "a colon is missing", in: "nonsense\r\n" + frame(ping), methods: "ping", answers: []string{`not a header line`}, err: io.EOF},
		{name: "JSON for a header", in: pong + "\r\n" + frame(ping), methods: "ping", answers: []string{`not a header line`}, err: io.EOF},
		{name: "rubbish on the header's line", in: "}}rubbish" + frame(ping), methods: "ping", answers: []string{`-32700`}, err: io.EOF},
		{name: "a length too short", in: fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(ping)-3, ping) + frame(pong), methods: "pong", answers: []string{`-32700`, `-32700`}, err: io.EOF},
		{name: "a long line", in: strings.Repeat("x", 100_000) + "\r\n" + frame(ping), methods: "ping", answers: []string{`header line over`}, err: io.EOF},
		{name: "a long line with the header at its end", in: strings.Repeat("x", 100_000) + frame(ping), methods: "ping", answers: []string{`header line over`}, err: io.EOF},
		{name: "a long header before the length", in: "Cookie: " + strings.Repeat("x", 3000) + "\r\n" + frame(ping), methods: "ping", answers: []string{`header line over`}, err: io.EOF},
		{name: "many headers", in: strings.Repeat("A: b\r\n", 100) + frame(ping), methods: "ping", answers: []string{`more than 32`}, err: io.EOF},
		{name: "cut in the body", in: frame(ping)[:40], err: io.ErrUnexpectedEOF},
		{name: "cut in the header", in: "Content-Len", err: io.ErrUnexpectedEOF},
		{name: "endless rubbish", in: strings.Repeat("x\n", 4<<20), answers: []string{`-32700`}, err: protocol.ErrNoHeaders},
		{name: "endless rubbish without lines", in: strings.Repeat("x", 8<<20), err: protocol.ErrNoHeaders},
		{name: "nothing", in: "", err: io.EOF},
		{name: "a null id is a request without an answer", in: frame(`{"jsonrpc":"2.0","id":null,"method":"x"}`), methods: "x", err: io.EOF},
		{name: "a response to nobody", in: frame(`{"jsonrpc":"2.0","id":1,"result":null}`), methods: "*jsonrpc2.Response", err: io.EOF},
		{name: "an id of another kind", in: frame(`{"jsonrpc":"2.0","id":{},"method":"x"}`) + frame(ping), methods: "ping", answers: []string{`"id":null`}, err: io.EOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			methods, out, err := read(tt.in, 200_000, len(tt.answers))
			if got := strings.Join(methods, " "); got != tt.methods {
				t.Errorf("read %q, want %q", got, tt.methods)
			}
			if !errors.Is(err, tt.err) || (tt.err == io.EOF && err != io.EOF) {
				t.Errorf("ended with %v, want %v", err, tt.err)
			}
			rest := out
			for _, want := range tt.answers {
				i := strings.Index(rest, want)
				if i < 0 {
					t.Errorf("answers %q lack %q", out, want)
					continue
				}
				rest = rest[i+len(want):]
			}
			if n := strings.Count(out, `"error"`); n != len(tt.answers) {
				t.Errorf("%d answers, want %d: %s", n, len(tt.answers), out)
			}
		})
	}
}

func TestWriteIsOneFrame(t *testing.T) {
	p := &peer{Reader: strings.NewReader("")}
	s := protocol.NewStream(p, 0, nil)
	if _, err := s.Write(context.Background(), jsonrpc2.NewResponse(jsonrpc2.NewStringID("a\nb"), nil, nil)); err != nil {
		t.Fatal(err)
	}
	want := frame(`{"jsonrpc":"2.0","id":"a\nb","result":null}`)
	if got := p.out.String(); got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

// FuzzFraming holds that no bytes make the reader panic or hang, and that a
// good message is found after a blank line and any rubbish that ends it.
func FuzzFraming(f *testing.F) {
	for _, seed := range []string{
		frame(ping) + frame(pong), frame("{nonsense") + frame(ping), "Content-Length: 0\r\n\r\n", "X: y\r\n\r\n" + frame(ping),
		"Content-Length: 5\r\nContent-Length: 33\r\n\r\n" + ping, "nonsense\r\n" + frame(ping), frame("[]"), frame(`{"jsonrpc":"2.0","id":null}`),
		frame(`{"jsonrpc":"2.0","method":"\ud800","params":{"a":[1,2,{"b":"\\\""}]}}`), "\r\n\r\n", "Content-Length: 2\r\n\r\n\"\\",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := &peer{Reader: bytes.NewReader(data)}
		s := protocol.NewStream(p, 1<<20, nil)
		for {
			m, _, err := s.Read(context.Background())
			if err != nil {
				break
			}
			if c, ok := m.(*jsonrpc2.Call); ok {
				if _, err := s.Write(context.Background(), jsonrpc2.NewResponse(c.ID(), nil, nil)); err != nil {
					t.Fatal(err)
				}
			}
			// What is read can be written and read again.
			var q peer
			w := protocol.NewStream(&q, 0, nil)
			if _, err := w.Write(context.Background(), m); err != nil {
				t.Fatal(err)
			}
			again := protocol.NewStream(&peer{Reader: &q.out}, 0, nil)
			if _, _, err := again.Read(context.Background()); err != nil {
				t.Fatalf("%#v does not come back: %v", m, err)
			}
			// The end is not told before the answer.
			if _, ok := m.(*jsonrpc2.Call); ok {
				go func() { _ = again.Close() }()
				if _, _, err := again.Read(context.Background()); err == nil {
					t.Fatal("a second message came back")
				}
			}
			for _, s := range []*protocol.Stream{w, again} {
				_ = s.Close()
				s.Wait()
			}
		}
		_ = s.Close()
		s.Wait()
	})
}

// FuzzDecode holds that no params make the readers of messages panic.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"uri":"file:///a.go","version":3,"diagnostics":[]}`,
		`{"textDocument":{"uri":"file:///a","version":1},"contentChanges":[{"range":{"start":{"line":0,"character":-1},"end":{"line":0,"character":1}},"text":"x"},{"text":"\ud83d"}]}`,
		`{"textDocument":{"uri":"%%%"},"range":{},"context":{"diagnostics":[{"range":{},"message":{"kind":"markdown","value":"x"},"code":7}]}}`,
		`null`, `[]`, `{"id":1e99}`, `{"processId":null,"capabilities":{"general":{"positionEncodings":[null]}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = protocol.Decode[protocol.DiagnosticsParams]("m", data)
		_, _ = protocol.Decode[protocol.DidChangeParams]("m", data)
		_, _ = protocol.Decode[protocol.CodeActionParams]("m", data)
		_, _ = protocol.Decode[protocol.InitializeParams]("m", data)
		_, _ = protocol.Decode[protocol.CodeAction]("m", data)
		_, _ = protocol.CancelID(data)
	})
}
