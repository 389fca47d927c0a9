// Package lsptest is a fake editor for tests. It speaks LSP to a server over
// pipes, in this process or of a child process, and every message is marshalled
// on the way. It keeps the texts of its documents as an editor does, sends
// incremental changes, resolves and applies code actions, and answers what a
// server asks.
//
// It has no opinion on what a right answer is, and knows nothing of the
// server's insides. Its methods fail the test on an unexpected error, and may
// be called from the test's goroutine only.
package lsptest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"go.lsp.dev/jsonrpc2"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// TB is the part of testing.TB that the editor needs, so that a demonstration
// can use it too.
type TB interface {
	Helper()
	Logf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(f func())
}

// patience is how long an answer may take before the test fails; a slow shared
// machine is given its time.
const patience = 60 * time.Second

// Options describe the editor and the server to start. One of Serve and Command
// must be given.
type Options struct {
	// Serve runs a server in this process.
	Serve func(ctx context.Context, stream io.ReadWriteCloser) error
	// Command is a server to run as a child process; its standard error goes
	// where the command says.
	Command *exec.Cmd

	Name, Version string   // of the client
	Folders       []string // absolute
	Encodings     []string // offered; none by default
	// Lacks removes capabilities, by their path: "workspace.applyEdit".
	Lacks []string
	// Init are the initialization options.
	Init any
	// Settings answer workspace/configuration; nil for a client that cannot.
	Settings func() any
	// Pick chooses in window/showMessageRequest: the title of an action, or "".
	Pick func(message string, titles []string) string
	// Confirm chooses among the edits that ask to be confirmed, as a preview does;
	// nil for an editor that has none.
	Confirm func(label string, uri protocol.URI, newText string) bool
	// ProcessID is told to the server when above 0.
	ProcessID int
	// Raw leaves initialize and initialized to the test.
	Raw bool
}

// Editor is a running editor with its server.
type Editor struct {
	t      TB
	o      Options
	Conn   jsonrpc2.Conn
	Result protocol.InitializeResult // of initialize

	ended chan struct{} // closed when the server ended
	err   error         // how it ended

	encoding textedit.Encoding
	mu       sync.Mutex // guards what the server's messages change
	docs     map[protocol.URI]*doc
	shown    []string
	statuses []protocol.StatusParams
	sent     []Message
	changed  chan struct{} // closed and replaced at each message
}

type doc struct {
	language string
	version  int32
	text     string
}

// Message is a notification or request that the server sent.
type Message struct {
	Method string
	Params json.RawMessage
}

// Start starts the server and, unless told otherwise, initializes it.
func Start(t TB, o Options) *Editor {
	t.Helper()
	e := &Editor{
		t: t, o: o, ended: make(chan struct{}), changed: make(chan struct{}),
		docs: map[protocol.URI]*doc{},
	}
	stream := e.connect()
	e.Conn = jsonrpc2.NewConn(jsonrpc2.NewStream(stream), jsonrpc2.WithCodec(protocol.Codec{}))
	ctx, cancel := context.WithCancel(context.Background())
	e.Conn.Go(ctx, e.handle)
	t.Cleanup(func() {
		cancel()
		_ = stream.Close()
		<-e.ended
	})
	if !o.Raw {
		e.Initialize()
	}
	return e
}

// pipe is the two halves of a connection as one.
type pipe struct {
	io.ReadCloser
	w io.WriteCloser
}

func (p pipe) Write(b []byte) (int, error) { return p.w.Write(b) }

func (p pipe) Close() error { return errors.Join(p.w.Close(), p.ReadCloser.Close()) }

// Pipe is two connected streams.
func Pipe() (a, b io.ReadWriteCloser) {
	ar, bw := io.Pipe()
	br, aw := io.Pipe()
	return pipe{ar, aw}, pipe{br, bw}
}

func (e *Editor) connect() io.ReadWriteCloser {
	e.t.Helper()
	if e.o.Command == nil {
		ours, theirs := Pipe()
		go func() {
			defer close(e.ended)
			e.err = e.o.Serve(context.Background(), theirs)
		}()
		return ours
	}
	in, err := e.o.Command.StdinPipe()
	if err != nil {
		e.t.Fatalf("standard input of the server: %v", err)
	}
	out, err := e.o.Command.StdoutPipe()
	if err != nil {
		e.t.Fatalf("standard output of the server: %v", err)
	}
	if err := e.o.Command.Start(); err != nil {
		e.t.Fatalf("start the server: %v", err)
	}
	go func() {
		defer close(e.ended)
		e.err = e.o.Command.Wait()
	}()
	return pipe{out, in}
}

// Initialize does what an editor does first.
func (e *Editor) Initialize() {
	e.t.Helper()
	e.Call(protocol.MethodInitialize, e.initializeParams(), &e.Result)
	switch e.Result.Capabilities.PositionEncoding {
	case "utf-8":
		e.encoding = textedit.UTF8
	case "utf-32":
		e.encoding = textedit.UTF32
	}
	e.Notify(protocol.MethodInitialized, struct{}{})
}

func (e *Editor) initializeParams() any {
	capabilities := map[string]any{
		"window": map[string]any{"showDocument": map[string]any{"support": true}},
		"workspace": map[string]any{
			"applyEdit":              true,
			"workspaceEdit":          map[string]any{"documentChanges": true},
			"workspaceFolders":       true,
			"didChangeWatchedFiles":  map[string]any{"dynamicRegistration": true},
			"didChangeConfiguration": map[string]any{"dynamicRegistration": true},
		},
		"textDocument": map[string]any{
			"codeAction": map[string]any{
				"codeActionLiteralSupport": map[string]any{"codeActionKind": map[string]any{"valueSet": []string{"", "quickfix", "source"}}},
				"dataSupport":              true,
				"disabledSupport":          true,
				"resolveSupport":           map[string]any{"properties": []string{"edit"}},
			},
			"hover": map[string]any{"contentFormat": []string{"markdown", "plaintext"}},
		},
		"experimental": map[string]any{"dejafix": true},
	}
	if e.o.Settings != nil {
		capabilities["workspace"].(map[string]any)["configuration"] = true
	}
	if e.o.Confirm != nil {
		capabilities["workspace"].(map[string]any)["workspaceEdit"].(map[string]any)["changeAnnotationSupport"] = map[string]any{}
		capabilities["textDocument"].(map[string]any)["codeAction"].(map[string]any)["honorsChangeAnnotations"] = true
	}
	if e.o.Encodings != nil {
		capabilities["general"] = map[string]any{"positionEncodings": e.o.Encodings}
	}
	for _, path := range e.o.Lacks {
		remove(capabilities, strings.Split(path, "."))
	}
	params := map[string]any{"processId": nil, "rootUri": nil, "capabilities": capabilities}
	if e.o.ProcessID > 0 {
		params["processId"] = e.o.ProcessID
	}
	if e.o.Name != "" {
		params["clientInfo"] = map[string]any{"name": e.o.Name, "version": e.o.Version}
	}
	if e.o.Folders != nil {
		folders := []any{}
		for _, f := range e.o.Folders {
			folders = append(folders, Folder(f))
		}
		params["workspaceFolders"] = folders
	}
	if e.o.Init != nil {
		params["initializationOptions"] = e.o.Init
	}
	return params
}

func remove(object map[string]any, path []string) {
	if len(path) == 1 {
		delete(object, path[0])
		return
	}
	if inner, ok := object[path[0]].(map[string]any); ok {
		remove(inner, path[1:])
	}
}

// Folder is a folder of the workspace as LSP writes it.
func Folder(path string) map[string]any {
	return map[string]any{"uri": protocol.FileURI(path), "name": path}
}

// URI is the URI of an absolute file name; other schemes pass as they are.
func URI(name string) protocol.URI {
	if strings.HasPrefix(name, "/") {
		return protocol.FileURI(name)
	}
	return protocol.URI(name)
}

// handle answers the server.
func (e *Editor) handle(ctx context.Context, req *jsonrpc2.Request) (any, error) {
	req = req.Clone()
	e.mu.Lock()
	e.sent = append(e.sent, Message{req.Method(), json.RawMessage(req.Params())})
	close(e.changed)
	e.changed = make(chan struct{})
	e.mu.Unlock()
	if req.IsCall() {
		jsonrpc2.Async(ctx)
	}
	switch req.Method() {
	case protocol.MethodShowMessage:
		var p protocol.ShowMessageParams
		if err := protocol.Unmarshal(req.Params(), &p); err == nil {
			e.mu.Lock()
			e.shown = append(e.shown, p.Message)
			e.mu.Unlock()
		}
	case protocol.MethodStatus:
		var p protocol.StatusParams
		if err := protocol.Unmarshal(req.Params(), &p); err == nil {
			e.mu.Lock()
			e.statuses = append(e.statuses, p)
			e.mu.Unlock()
		}
	case protocol.MethodConfiguration:
		if e.o.Settings != nil {
			return []any{e.o.Settings()}, nil
		}
		return []any{nil}, nil
	case protocol.MethodShowMessageRequest:
		var p protocol.ShowMessageRequestParams
		if err := protocol.Unmarshal(req.Params(), &p); err != nil || e.o.Pick == nil {
			return nil, err
		}
		var titles []string
		for _, a := range p.Actions {
			titles = append(titles, a.Title)
		}
		if title := e.o.Pick(p.Message, titles); title != "" {
			return protocol.MessageActionItem{Title: title}, nil
		}
	case protocol.MethodApplyEdit:
		var p protocol.ApplyEditParams
		if err := protocol.Unmarshal(req.Params(), &p); err != nil {
			return nil, err
		}
		if err := e.applyEdit(&p.Edit); err != nil {
			reason := err.Error()
			return protocol.ApplyEditResult{FailureReason: &reason}, nil //nolint:nilerr // LSP says so in the result
		}
		return protocol.ApplyEditResult{Applied: true}, nil
	case protocol.MethodShowDocument:
		return map[string]bool{"success": true}, nil
	case protocol.MethodRegister:
		return nil, nil
	default:
		if req.IsCall() {
			return nil, jsonrpc2.ErrMethodNotFound
		}
	}
	return nil, nil
}

// Try sends a request and returns the server's error.
func (e *Editor) Try(method string, params, result any) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := e.Conn.Call(ctx, method, params, result)
	return err
}

// Call sends a request that must succeed.
func (e *Editor) Call(method string, params, result any) {
	e.t.Helper()
	if err := e.Try(method, params, result); err != nil {
		e.t.Fatalf("%s: %v", method, err)
	}
}

// Notify sends a notification.
func (e *Editor) Notify(method string, params any) {
	e.t.Helper()
	if err := e.Conn.Notify(context.Background(), method, params); err != nil {
		e.t.Fatalf("%s: %v", method, err)
	}
}

// Await waits until the server has sent a message of method for which ok holds,
// and returns it. Messages sent before count.
func (e *Editor) Await(method string, ok func(params json.RawMessage) bool) Message {
	e.t.Helper()
	deadline := time.After(patience)
	for next := 0; ; {
		e.mu.Lock()
		sent, changed := e.sent, e.changed
		e.mu.Unlock()
		for ; next < len(sent); next++ {
			if m := sent[next]; m.Method == method && (ok == nil || ok(m.Params)) {
				return m
			}
		}
		select {
		case <-changed:
		case <-deadline:
			e.t.Fatalf("the server sent no such %s; it sent %d messages", method, next)
		}
	}
}

// Sent are the messages of the server so far.
func (e *Editor) Sent() []Message {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Message(nil), e.sent...)
}

// Shown are the texts of window/showMessage so far.
func (e *Editor) Shown() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.shown...)
}

// Statuses are the states of the status bar so far.
func (e *Editor) Statuses() []protocol.StatusParams {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]protocol.StatusParams(nil), e.statuses...)
}

// Idle waits until the server has processed and stored everything; settle also
// ends its waiting periods.
func (e *Editor) Idle(settle bool) {
	e.t.Helper()
	e.Call(protocol.MethodIdle, protocol.IdleParams{Settle: settle}, nil)
}

// Shutdown ends the server well and returns how it ended.
func (e *Editor) Shutdown() error {
	e.t.Helper()
	e.Call(protocol.MethodShutdown, nil, nil)
	return e.Exit()
}

// Exit tells the server to exit and returns how it ended: nil for exit status 0.
func (e *Editor) Exit() error {
	e.t.Helper()
	e.Notify(protocol.MethodExit, nil)
	return e.Wait()
}

// Wait waits for the server's end and returns how it ended.
func (e *Editor) Wait() error {
	e.t.Helper()
	select {
	case <-e.ended:
	case <-time.After(patience):
		e.t.Fatalf("the server did not end")
	}
	return e.err
}

// text is doc's text with its lines, in the session's encoding.
func (e *Editor) lines(uri protocol.URI, d *doc) *convert.Text {
	return convert.NewText(analysis.NewDocument(string(uri), "", "", d.language, d.version, d.text), e.encoding)
}
