package lsp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.lsp.dev/jsonrpc2"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp"
	"github.com/dejafix/dejafix/lsp/lsptest"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// start starts an editor on a server with r.
func start(t *testing.T, r lsp.Learner, change func(*lsptest.Options, *lsp.Options)) *lsptest.Editor {
	t.Helper()
	so := lsp.Options{Learner: r, Version: "v0.0.0-test", Logger: testLogger(t)}
	eo := lsptest.Options{}
	if change != nil {
		change(&eo, &so)
	}
	if eo.Serve == nil && eo.Command == nil {
		eo.Serve = func(ctx context.Context, stream io.ReadWriteCloser) error { return lsp.Serve(ctx, stream, so) }
	}
	return lsptest.Start(t, eo)
}

// testLogger writes to the test's log while the test runs.
func testLogger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSuffix(string(b), "\n"))
	return len(b), nil
}

func code(err error) jsonrpc2.Code {
	if e, ok := errors.AsType[*jsonrpc2.Error](err); ok {
		return e.Code
	}
	return 0
}

func TestTheWholeWay(t *testing.T) {
	r := &recorder{}
	e := start(t, r, nil)
	const file = "/w/a.go"
	e.Open(file, "go", "package a\n\nvar x = oops\n")
	e.Diagnostics(file, lsptest.Diag{At: "oops", Source: "compiler", Code: "UndeclaredName", Message: "use fine"})
	actions := e.CodeActions(file, e.Span(file, "oops"), true)
	if len(actions) != 1 {
		t.Fatalf("%d actions, want 1: %+v", len(actions), actions)
	}
	if err := e.Apply(actions[0]); err != nil {
		t.Fatal(err)
	}
	e.Idle(true)
	if got, want := e.Text(file), "package a\n\nvar x = fine\n"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	if n := r.decided("s_1", analysis.VerdictApplied); n != 1 {
		t.Errorf("applied %d times, want once", n)
	}
	if ev := last[analysis.Edited](r); ev.Origin != analysis.OriginOurAction || ev.Doc.Text != e.Text(file) {
		t.Errorf("last edit %+v of %q, want our action", ev, ev.Doc.Text)
	}
	if s := last[analysis.Served](r); len(s.IDs) != 1 || !s.Seen {
		t.Errorf("served %+v, want one that was seen", s)
	}
	if r.settled != 1 {
		t.Errorf("settled %d times, want once", r.settled)
	}
	if err := e.Shutdown(); err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestLifeCycle(t *testing.T) {
	t.Run("requests before initialize", func(t *testing.T) {
		e := start(t, &recorder{}, func(o *lsptest.Options, _ *lsp.Options) { o.Raw = true })
		err := e.Try(protocol.MethodIdle, nil, nil)
		if code(err) != -32002 {
			t.Errorf("%v, want code -32002", err)
		}
		e.Initialize()
		if e.Result.ServerInfo.Name != "dejafix" {
			t.Errorf("server %q", e.Result.ServerInfo.Name)
		}
		if err := e.Try(protocol.MethodInitialize, map[string]any{"processId": nil, "rootUri": nil, "capabilities": map[string]any{}}, nil); code(err) != -32600 {
			t.Errorf("second initialize: %v, want code -32600", err)
		}
		if err := e.Try("textDocument/definition", struct{}{}, nil); code(err) != -32601 {
			t.Errorf("unknown method: %v, want code -32601", err)
		}
		e.Call(protocol.MethodShutdown, nil, nil)
		if err := e.Try(protocol.MethodIdle, nil, nil); code(err) != -32600 {
			t.Errorf("after shutdown: %v, want code -32600", err)
		}
		if err := e.Exit(); err != nil {
			t.Errorf("exit after shutdown: %v", err)
		}
	})
	t.Run("exit without shutdown", func(t *testing.T) {
		e := start(t, &recorder{}, nil)
		if err := e.Exit(); !errors.Is(err, lsp.ErrNoShutdown) {
			t.Errorf("%v, want ErrNoShutdown", err)
		}
	})
	t.Run("exit before initialize", func(t *testing.T) {
		e := start(t, &recorder{}, func(o *lsptest.Options, _ *lsp.Options) { o.Raw = true })
		if err := e.Exit(); !errors.Is(err, lsp.ErrNoShutdown) {
			t.Errorf("%v, want ErrNoShutdown", err)
		}
	})
	t.Run("exit while a request is stuck", func(t *testing.T) {
		r := &recorder{block: make(chan struct{}), entered: make(chan struct{}, 1)}
		e := start(t, r, nil)
		stuck(t, e, r)
		e.Call(protocol.MethodShutdown, nil, nil)
		if err := e.Exit(); err != nil {
			t.Error(err)
		}
	})
	t.Run("the client goes away", func(t *testing.T) {
		ours, theirs := lsptest.Pipe()
		ended := make(chan error, 1)
		go func() { ended <- lsp.Serve(context.Background(), theirs, lsp.Options{}) }()
		if err := ours.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, lsp.ErrDisconnected) {
			t.Errorf("%v, want ErrDisconnected", err)
		}
	})
	t.Run("a client that says all at once", func(t *testing.T) {
		for _, end := range []string{frames(`{"jsonrpc":"2.0","id":3,"method":"shutdown"}`, `{"jsonrpc":"2.0","method":"exit"}`), ""} {
			in := frames(
				`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}}`,
				`{"jsonrpc":"2.0","id":2,"method":"dejafix/why","params":{"id":"s_1"}}`) + end
			var out bytes.Buffer
			err := lsp.Serve(context.Background(), struct {
				io.Reader
				io.Writer
				io.Closer
			}{strings.NewReader(in), &out, io.NopCloser(nil)}, lsp.Options{Learner: &recorder{}})
			if (err == nil) != (end != "") {
				t.Errorf("ended with %v", err)
			}
			for id := 1; id <= 2+strings.Count(end, "shutdown"); id++ {
				if !strings.Contains(out.String(), fmt.Sprintf(`"id":%d,"result"`, id)) {
					t.Errorf("request %d is not answered: %s", id, out.String())
				}
			}
		}
	})
	t.Run("its context ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		_, theirs := lsptest.Pipe()
		ended := make(chan error, 1)
		go func() { ended <- lsp.Serve(ctx, theirs, lsp.Options{}) }()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want context.Canceled", err)
		}
	})
	t.Run("the client's process ends", func(t *testing.T) {
		child := child("wait")
		stdin, err := child.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		e := start(t, &recorder{}, func(eo *lsptest.Options, so *lsp.Options) {
			eo.ProcessID, so.ParentInterval = child.Process.Pid, time.Millisecond
		})
		e.Idle(false)
		stdin.Close() // the child ends
		if err := child.Wait(); err != nil {
			t.Fatal(err)
		}
		if err := e.Wait(); !errors.Is(err, lsp.ErrParentGone) {
			t.Errorf("%v, want ErrParentGone", err)
		}
	})
}

func frames(bodies ...string) string {
	var b strings.Builder
	for _, body := range bodies {
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	}
	return b.String()
}

// stuck sends a code action request that Suggest does not answer.
func stuck(t *testing.T, e *lsptest.Editor, r *recorder) (cancel func(), answered chan error) {
	t.Helper()
	const file = "/w/stuck.go"
	e.Open(file, "go", "oops")
	e.Diagnostics(file, lsptest.Diag{At: "oops", Message: "use fine"})
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	answered = make(chan error, 1)
	params := map[string]any{
		"textDocument": map[string]any{"uri": lsptest.URI(file)}, "range": e.Span(file, "oops"),
		"context": map[string]any{"diagnostics": []any{}},
	}
	go func() {
		id, err := e.Conn.Call(ctx, protocol.MethodCodeAction, params, nil)
		if ctx.Err() != nil {
			n, _ := id.Number()
			err = errors.Join(err, e.Conn.Notify(context.Background(), protocol.MethodCancel, map[string]any{"id": n}))
		}
		answered <- err
	}()
	<-r.entered
	return stop, answered
}

func TestCancel(t *testing.T) {
	r := &recorder{block: make(chan struct{}), entered: make(chan struct{}, 1)}
	// The wire is written by hand, to see the answer to a cancelled request.
	w := wire(t, lsp.Options{Learner: r, Logger: testLogger(t)})
	for _, id := range []string{`1`, `"1"`, `4294967296`, `"an id"`} {
		w.initializeOnce()
		w.send(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///w/a.go","languageId":"go","version":1,"text":"oops"}}}`)
		w.send(`{"jsonrpc":"2.0","method":"dejafix/diagnostics","params":{"uri":"file:///w/a.go","version":1,"diagnostics":[{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":4}},"message":"use fine"}]}}`)
		w.send(`{"jsonrpc":"2.0","id":` + id + `,"method":"textDocument/codeAction","params":{"textDocument":{"uri":"file:///w/a.go"},"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},"context":{"diagnostics":[]}}}`)
		<-r.entered
		w.send(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":` + id + `}}`)
		got := w.receive()
		want := `{"jsonrpc":"2.0","id":` + id + `,"error":{"code":-32800,"message":"cancelled"}}`
		if got != want {
			t.Errorf("answer %s, want %s", got, want)
		}
	}
	// Cancelling what is not there harms nobody.
	for _, bad := range []string{`{"id":99}`, `{"id":null}`, `{"id":[1]}`, `{}`, `[]`, `7`} {
		w.send(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":` + bad + `}`)
	}
	w.alive()
}

func TestPanicsStayInside(t *testing.T) {
	r := &recorder{}
	e := start(t, r, func(eo *lsptest.Options, so *lsp.Options) { so.Logger = nil })
	const file = "/w/a.go"
	e.Open(file, "go", "oops")
	e.Diagnostics(file, lsptest.Diag{At: "oops", Message: "use fine"})
	e.Idle(false)

	r.panicOn = "Suggest"
	err := e.Try(protocol.MethodCodeAction, map[string]any{
		"textDocument": map[string]any{"uri": lsptest.URI(file)}, "range": e.Span(file, "oops"),
		"context": map[string]any{"diagnostics": []any{}},
	}, nil)
	if err == nil || !strings.Contains(err.Error(), "a mistake in Suggest") {
		t.Errorf("answer %v, want the panic as an error", err)
	}
	r.panicOn = "Why"
	if err := e.Try(protocol.MethodWhy, map[string]any{"id": "s_1"}, nil); err == nil {
		t.Error("no error from a panic in Why")
	}
	r.panicOn = "Observe"
	e.Replace(file, "oops", "oh") // the learner panics, the text still changes
	e.Idle(false)
	r.panicOn = ""
	e.Diagnostics(file, lsptest.Diag{At: "oh", Message: "use fine"})
	actions := e.CodeActions(file, e.Span(file, "oh"), true)
	if len(actions) != 1 {
		t.Fatalf("%d actions after the panics, want 1", len(actions))
	}
	if err := e.Apply(actions[0]); err != nil || e.Text(file) != "fine" {
		t.Errorf("%v, text %q", err, e.Text(file))
	}
}

// TestOrderUnderLoad sends many changes while requests that do not come back run
// beside them: every change arrives, in order.
func TestOrderUnderLoad(t *testing.T) {
	const changes = 20_000
	r := &recorder{block: make(chan struct{}), entered: make(chan struct{}, 64)}
	e := start(t, r, func(eo *lsptest.Options, so *lsp.Options) { so.Logger = nil })
	const file = "/w/a.go"
	e.Open(file, "go", "")
	stuck(t, e, r)
	done := make(chan error, 32)
	for i := range changes {
		// Appends a digit, so that an order other than that of the wire shows.
		if err := e.Conn.Notify(context.Background(), protocol.MethodDidChange, map[string]any{
			"textDocument": map[string]any{"uri": lsptest.URI(file), "version": i + 2},
			"contentChanges": []any{map[string]any{
				"range": map[string]any{"start": map[string]any{"line": 0, "character": i % 1000}, "end": map[string]any{"line": 0, "character": 1000}},
				"text":  fmt.Sprint(i % 10),
			}},
		}); err != nil {
			t.Fatal(err)
		}
		if i%1000 == 0 {
			go func() { done <- e.Try(protocol.MethodWhy, map[string]any{"id": "s_1"}, nil) }()
		}
	}
	for range changes / 1000 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	e.Idle(false)
	close(r.block)
	version := int32(1)
	text := ""
	for _, ev := range all[analysis.Edited](r) {
		if ev.Doc.Path != file || ev.Change != analysis.Changed {
			continue
		}
		version++
		i := int(version) - 2
		text = text[:i%1000] + fmt.Sprint(i%10)
		if ev.Doc.Version != version || ev.Doc.Text != text {
			t.Fatalf("change %d is version %d with %d bytes, want %d bytes", i, ev.Doc.Version, len(ev.Doc.Text), len(text))
		}
	}
	if version != changes+1 {
		t.Errorf("%d changes arrived, want %d", version-1, changes)
	}
}

// TestSnapshotInWireOrder holds that a request sees the text as it was when it
// was sent, however long it waits.
func TestSnapshotInWireOrder(t *testing.T) {
	r := &recorder{block: make(chan struct{}), entered: make(chan struct{}, 1)}
	e := start(t, r, nil)
	_, answered := stuck(t, e, r)
	e.Replace("/w/stuck.go", "oops", "changed since")
	e.Idle(false)
	close(r.block)
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	if q := r.queries[0]; q.Doc.Text != "oops" || q.Doc.Version != 1 {
		t.Errorf("the request saw version %d: %q", q.Doc.Version, q.Doc.Text)
	}
}

// child is this test binary as another program: "wait" ends with its standard
// input, "serve" is a server.
func child(what string) *exec.Cmd {
	c := exec.Command(os.Args[0], "-test.run=^$")
	c.Env = append(os.Environ(), "LSP_TEST_CHILD="+what)
	return c
}

type stdio struct {
	io.Reader
	io.Writer
}

func (stdio) Close() error { return errors.Join(os.Stdin.Close(), os.Stdout.Close()) }

func TestMain(m *testing.M) {
	switch os.Getenv("LSP_TEST_CHILD") {
	case "wait":
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	case "serve":
		signal.Ignore(syscall.SIGPIPE) // as cmd/dejafix does
		if err := lsp.Serve(context.Background(), stdio{os.Stdin, os.Stdout}, lsp.Options{}); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func raw(t *testing.T, v any) protocol.Any {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
