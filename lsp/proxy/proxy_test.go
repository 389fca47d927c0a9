package proxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// patience is how long a message may take to come.
const patience = 30 * time.Second

// A side is one of those that talk through a proxy.
type side struct {
	name string
	w    io.WriteCloser
	r    *frameReader
	got  chan []byte // bodies, in order; closed at the end
}

func newSide(name string, w io.WriteCloser, r io.Reader) *side {
	s := &side{name: name, w: w, r: newFrameReader(r), got: make(chan []byte, 1000)}
	go func() {
		defer close(s.got)
		for {
			f, err := s.r.next()
			if err != nil {
				return
			}
			if f.noise {
				s.got <- append([]byte("noise: "), f.head...)
				continue
			}
			if err := s.r.all(&f); err != nil {
				return
			}
			s.got <- append([]byte(nil), f.body...)
		}
	}()
	return s
}

// A table is a proxy with an editor, a server and our side played by the test.
type table struct {
	t                   *testing.T
	editor, server, own *side
	done                chan error
	mu                  sync.Mutex
	timers              []func()
	passing             bool // time passes: what starts to wait has waited
}

func newTable(t *testing.T) *table {
	t.Helper()
	tb := &table{t: t, done: make(chan error, 1)}
	editorIn, editorOut := io.Pipe()
	toEditorIn, toEditorOut := io.Pipe()
	toServerIn, toServerOut := io.Pipe()
	serverIn, serverOut := io.Pipe()
	toOwnIn, toOwnOut := io.Pipe()
	ownIn, ownOut := io.Pipe()
	tb.editor = newSide("editor", editorOut, toEditorIn)
	tb.server = newSide("server", serverOut, toServerIn)
	tb.own = newSide("own", ownOut, toOwnIn)
	go func() {
		tb.done <- Run(context.Background(), Options{
			In: editorIn, Out: toEditorOut, ToServer: toServerOut, FromServer: serverIn, Version: "1.0",
			Dial: func(context.Context) (io.ReadWriteCloser, error) { return stream{ownIn, toOwnOut}, nil },
			After: func(_ time.Duration, f func()) {
				tb.mu.Lock()
				defer tb.mu.Unlock()
				if tb.passing {
					go f()
					return
				}
				tb.timers = append(tb.timers, f)
			},
		})
		_ = toEditorOut.Close() // a pipe of the test
	}()
	t.Cleanup(func() {
		_ = serverOut.Close()
		_ = editorOut.Close()
		_ = ownOut.Close()
		select {
		case <-tb.done:
		case <-time.After(patience):
			t.Error("the proxy does not end")
		}
	})
	return tb
}

func (tb *table) side(name string) *side {
	switch name {
	case "editor":
		return tb.editor
	case "server":
		return tb.server
	case "own":
		return tb.own
	}
	tb.t.Fatalf("nobody is called %q", name)
	return nil
}

func (tb *table) next(s *side) []byte {
	tb.t.Helper()
	select {
	case b, ok := <-s.got:
		if !ok {
			tb.t.Fatalf("%s gets nothing more", s.name)
		}
		return b
	case <-time.After(patience):
		tb.t.Fatalf("%s waits in vain", s.name)
	}
	return nil
}

// play is one line of a case:
//
//	WHO sends BODY         a message
//	WHO gets BODY          the next message that WHO gets is exactly this
//	WHO gets method NAME   or one of this method
//	own is read            all that our side sent has been taken
//	own is gone            the stream to our side was closed
//	time passes            what waits for a while has waited, until somebody sends something
//	include NAME           the lines of another case
func (tb *table) play(where, line string) {
	tb.t.Helper()
	who, rest, _ := strings.Cut(line, " ")
	what, body, _ := strings.Cut(rest, " ")
	switch {
	case line == "own is read":
		mark := fmt.Sprintf(`{"jsonrpc":"2.0","method":"test/mark","params":"%s"}`, where)
		tb.send(tb.own, mark)
		tb.gets(where, tb.editor, mark)
	case line == "own is gone":
		for open := true; open; {
			select {
			case _, open = <-tb.own.got:
			case <-time.After(patience):
				tb.t.Fatalf("%s: our side is not left alone", where)
			}
		}
	case line == "time passes":
		tb.mu.Lock()
		timers := tb.timers
		tb.timers, tb.passing = nil, true
		tb.mu.Unlock()
		for _, f := range timers {
			f()
		}
	case who == "include":
		tb.file(rest)
	case what == "sends":
		tb.mu.Lock()
		tb.passing = false
		tb.mu.Unlock()
		tb.send(tb.side(who), body)
	case what == "gets" && strings.HasPrefix(body, "method "):
		got := tb.next(tb.side(who))
		if e := open(got); e.method != strings.TrimPrefix(body, "method ") {
			tb.t.Fatalf("%s: %s gets %s", where, who, got)
		}
	case what == "gets":
		tb.gets(where, tb.side(who), body)
	default:
		tb.t.Fatalf("%s: not understood: %s", where, line)
	}
}

func (tb *table) send(s *side, body string) {
	tb.t.Helper()
	if _, err := s.w.Write(framed([]byte(body))); err != nil {
		tb.t.Fatal(err)
	}
}

func (tb *table) gets(where string, s *side, want string) {
	tb.t.Helper()
	if diff := cmp.Diff(want, string(tb.next(s))); diff != "" {
		tb.t.Fatalf("%s: %s gets (-want +got)\n%s", where, s.name, diff)
	}
}

func (tb *table) file(name string) {
	tb.t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	if err != nil {
		tb.t.Fatal(err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			tb.play(fmt.Sprintf("%s.txt:%d", name, i+1), line)
		}
	}
}

// Each file of testdata is a session: who sends what, and what the others get.
func TestSessions(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no sessions", err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".txt")
		t.Run(name, func(t *testing.T) {
			tb := newTable(t)
			tb.file(name)
			for _, s := range []*side{tb.editor, tb.server, tb.own} {
				select {
				case b, ok := <-s.got:
					if ok {
						t.Errorf("%s gets, and the session does not say so: %s", s.name, b)
					}
				default:
				}
			}
		})
	}
}

// Whatever a side sends, the other gets the same bytes, in the order they came.
func TestPassesByteForByte(t *testing.T) {
	long := `{"jsonrpc":"2.0","method":"x/long","params":"` + strings.Repeat("ä\\n", 400_000) + `"}`
	late := `{"params":"` + strings.Repeat("z", 300_000) + `","jsonrpc":"2.0","method":"x/late"}`
	tests := map[string]string{
		"nothing":                 "",
		"headers of other forms":  "content-length:2\n\n{}Content-Type: application/vscode-jsonrpc; charset=utf8\r\nContent-Length: 2\r\n\r\n[]",
		"no JSON":                 "Content-Length: 5\r\n\r\n{{{{{Content-Length: 3\r\n\r\n\xff\xfe\x00",
		"an empty body":           "Content-Length: 0\r\n\r\nContent-Length: 2\r\n\r\n{}",
		"words between":           "npm WARN old\nhello\n\n\r\nContent-Length: 2\r\n\r\n{}bye",
		"a batch":                 "Content-Length: 34\r\n\r\n[{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}]",
		"deep":                    string(framed([]byte(strings.Repeat("[", 5000)))),
		"a length that is none":   "Content-Length: many\r\n\r\n{}Content-Length: 2\r\n\r\n{}",
		"a length below zero":     "Content-Length: -2\r\n\r\n{}",
		"two lengths":             "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}.",
		"a length beyond the end": "Content-Length: 200\r\n\r\n{}",
		"a header without end":    strings.Repeat("X: y\r\n", 3000),
		"a line without end":      strings.Repeat("x", 200_000),
		"long":                    string(framed([]byte(long))) + string(framed([]byte(late))) + string(framed([]byte(long))),
		"ids":                     string(framed([]byte(`{"jsonrpc":"2.0","id":1,"method":"a"}`))) + string(framed([]byte(`{"jsonrpc":"2.0","id":"1","method":"a\/b"}`))),
		"an answer to nobody":     string(framed([]byte(`{"jsonrpc":"2.0","id":"dejafix:7","result":null}`))),
		"ours, cut off":           "Content-Length: 90\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"textDocument/codeAction\",\"par",
	}
	for name, sent := range tests {
		t.Run(name, func(t *testing.T) {
			var toServer, toEditor bytes.Buffer
			closed := make(chan struct{})
			serverIn, serverOut := io.Pipe()
			go func() {
				<-closed // of the editor's side
				_, _ = io.Copy(serverOut, strings.NewReader(sent))
				_ = serverOut.Close()
			}()
			err := Run(t.Context(), Options{
				In: strings.NewReader(sent), Out: &toEditor, FromServer: serverIn,
				ToServer: closer{&toServer, closed},
				Dial:     func(context.Context) (io.ReadWriteCloser, error) { panic("nobody asked for it") },
			})
			if err != nil {
				t.Error(err)
			}
			if got := toServer.String(); got != sent {
				t.Errorf("the server gets\n%.200q, want\n%.200q", got, sent)
			}
			if got := toEditor.String(); got != sent {
				t.Errorf("the editor gets\n%.200q, want\n%.200q", got, sent)
			}
		})
	}
}

// Between pipes, as real editors and servers have them, what is long is moved and
// not copied; it is the same bytes, and what comes after it too.
func TestPassesBetweenPipes(t *testing.T) {
	body := []byte(`{"jsonrpc":"2.0","method":"x/long","params":"` + strings.Repeat("0123456789", 700_000) + `"}`)
	small := framed([]byte(`{"jsonrpc":"2.0","method":"x/y"}`))
	sent := slices.Concat(small, framed(body), small, framed(body), framed(body), small, []byte("Content-Length: 5000000\r\n\r\n{\"method\":1"))
	pipe := func() (r, w *os.File) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = r.Close(), w.Close() }) // closed twice is fine
		return r, w
	}
	fromEditor, editor := pipe()
	server, toServer := pipe()
	fromServer, serverSays := pipe()
	editorGets, toEditor := pipe()
	ran := make(chan error, 1)
	go func() {
		ran <- Run(t.Context(), Options{In: fromEditor, Out: toEditor, ToServer: toServer, FromServer: fromServer})
		_ = toEditor.Close()
	}()
	for _, w := range []*os.File{editor, serverSays} {
		go func() {
			_, _ = w.Write(sent) // what is missing is seen at the other end
			_ = w.Close()
		}()
	}
	got := make(chan []byte, 2)
	for _, r := range []*os.File{server, editorGets} {
		go func() {
			b, _ := io.ReadAll(r)
			got <- b
		}()
	}
	for range 2 {
		if b := <-got; !bytes.Equal(b, sent) {
			t.Errorf("of %d bytes came %d, and not the same", len(sent), len(b))
		}
	}
	if err := <-ran; err != nil {
		t.Error(err)
	}
}

type closer struct {
	io.Writer
	closed chan struct{}
}

func (c closer) Close() error {
	close(c.closed)
	return nil
}

// A document that our side looks at in no case is not told to it, and left when it
// has become one. A big message passes while it comes in.
func TestLongDocuments(t *testing.T) {
	tb := newTable(t)
	tb.file("start")
	big := strings.Repeat(`a \"uri\": \n`, maxFollowed/10)
	for i, body := range []string{
		`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a.go","version":4},"contentChanges":[{"text":"` + big + `"}]}}`,
		`{"params":{"textDocument":{"text":"` + big + `","version":1,"languageId":"go","uri":"file:///b.go"}},"method":"textDocument/didOpen","jsonrpc":"2.0"}`,
		// Short, of documents that are not followed.
		`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a.go","version":5},"contentChanges":[]}}`,
		`{"jsonrpc":"2.0","method":"textDocument/didSave","params":{"textDocument":{"uri":"file:///b.go"}}}`,
	} {
		go func() { _, _ = tb.editor.w.Write(framed([]byte(body))) }()
		tb.gets(fmt.Sprint("message ", i), tb.server, body)
	}
	tb.gets("left", tb.own, `{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{"uri":"file:///a.go"}}}`)
	// What is published of them is not told either; what is opened anew is.
	tb.play("published", `server sends {"jsonrpc":"2.0","method":"textDocument/publishDiagnostics","params":{"uri":"file:///a.go","diagnostics":[{"message":"x"}]}}`)
	tb.play("published", `editor gets method textDocument/publishDiagnostics`)
	open := `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a.go","languageId":"go","version":6,"text":"package a"}}}`
	tb.play("opened", "editor sends "+open)
	tb.play("opened", "own gets "+open)
}

// Our side hangs: what is told to it is bounded, and the session goes on.
func TestOurSideHangs(t *testing.T) {
	var got bytes.Buffer
	editorIn, editorOut := io.Pipe()
	serverIn, serverOut := io.Pipe()
	toServer := make(chan []byte, 10)
	_, hang := io.Pipe() // nobody reads it
	silent, silence := io.Pipe()
	ran := make(chan error, 1)
	var log lockedBuffer
	go func() {
		ran <- Run(t.Context(), Options{
			In: editorIn, Out: &got, FromServer: serverIn, ToServer: sender(toServer),
			Dial:   func(context.Context) (io.ReadWriteCloser, error) { return stream{silent, hang}, nil },
			Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
	}()
	send := func(w io.Writer, body string) {
		if _, err := w.Write(framed([]byte(body))); err != nil {
			t.Error(err)
		}
	}
	go send(editorOut, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{"textDocument":{"codeAction":{"codeActionLiteralSupport":{"codeActionKind":{"valueSet":[]}}}}}}}`)
	<-toServer
	send(serverOut, `{"jsonrpc":"2.0","id":1,"result":{"capabilities":{"textDocumentSync":1,"codeActionProvider":true}}}`)
	text := strings.Repeat("x", 1<<20)
	go func() {
		for i := range 2 * maxToldBytes >> 20 {
			send(editorOut, fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":%d},"contentChanges":[{"text":"%s"}]}}`, i, text))
		}
		send(editorOut, `{"jsonrpc":"2.0","id":2,"method":"textDocument/codeAction","params":{}}`)
	}()
	for last := false; !last; {
		body := <-toServer
		last = bytes.Contains(body, []byte("codeAction"))
	}
	send(serverOut, `{"jsonrpc":"2.0","id":2,"result":[]}`)
	if err := errors.Join(serverOut.Close(), hang.Close(), silence.Close(), editorOut.Close()); err != nil {
		t.Error(err)
	}
	if err := <-ran; err != nil {
		t.Error(err)
	}
	if !strings.HasSuffix(got.String(), `{"jsonrpc":"2.0","id":2,"result":[]}`) {
		t.Errorf("the editor got %s", got.String())
	}
	if !strings.Contains(log.String(), "does not keep up") {
		t.Errorf("the log does not say so: %s", log.String())
	}
}

// A sender passes on what is written, a frame at a time as far as it is short.
type sender chan []byte

func (s sender) Write(b []byte) (int, error) {
	s <- append([]byte(nil), b...)
	return len(b), nil
}

func (s sender) Close() error { return nil }

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
