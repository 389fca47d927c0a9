package nvim

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// driver.lua runs inside Neovim and does what Editor's methods ask.
//
//go:embed driver.lua
var driver []byte

// Options say what Neovim to start, and how its user has set it up.
type Options struct {
	Program string   // nvim
	Plugin  string   // the folder editors/nvim; "" for none
	Dejafix []string // command line of the server; nil for what the plugin finds
	Servers []Server // other language servers
	Scratch string   // a folder for Neovim's own files
	Init    string   // Lua that the configuration runs too
	// Installed says that the plugin is there although Plugin is "".
	Installed bool
	// Patience is how long a condition may take to come true; 0 means two
	// minutes, four times what the slowest server was seen to need from cold.
	Patience time.Duration
}

// An Editor is a running Neovim.
type Editor struct {
	o      Options
	env    []string
	socket string
	cmd    *exec.Cmd
	log    string
	exited chan struct{} // closed when Neovim ended
	alone  chan struct{} // closed when the last of its servers ended too
}

// A Diagnostic is what Neovim shows, positions as it counts them: from 0, in
// bytes.
type Diagnostic struct {
	Source  string `json:"source"`
	Code    any    `json:"code"`
	Message string `json:"message"`
	Line    int    `json:"lnum"`
	Column  int    `json:"col"`
}

// An Action is an entry of the code action menu.
type Action struct {
	Client string `json:"client"` // name of the server
	Title  string `json:"title"`
}

// Start runs Neovim with the plugin in its runtime path, a configuration that
// starts the servers, and nothing else. It is killed when ctx ends.
func Start(ctx context.Context, o Options) (*Editor, error) {
	if o.Patience == 0 {
		o.Patience = 2 * time.Minute
	}
	config, err := json.Marshal(map[string]any{
		"plugin": o.Plugin, "dejafix": o.Dejafix, "servers": o.Servers, "init": o.Init, "installed": o.Installed, "patience_ms": o.Patience.Milliseconds(),
	})
	if err != nil {
		return nil, err
	}
	// Paths of sockets are short (108 bytes on Linux); those of tests are not.
	sockets, err := os.MkdirTemp("", "nvim")
	if err != nil {
		return nil, err
	}
	init := filepath.Join(o.Scratch, "init.lua")
	if err := os.WriteFile(init, driver, 0o600); err != nil {
		return nil, err
	}
	e := &Editor{o: o, env: Environ(o.Scratch), socket: filepath.Join(sockets, "s"), log: filepath.Join(o.Scratch, "nvim.log"), exited: make(chan struct{}), alone: make(chan struct{})}
	out, err := os.Create(e.log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	e.cmd = exec.CommandContext(ctx, o.Program, "--headless", "--listen", e.socket, "-u", init, "-i", "NONE", "-n")
	e.cmd.Stdout, e.cmd.Stderr = out, out
	e.cmd.Env = slices.Concat(e.env, []string{"DEJAFIX_E2E=" + string(config)})
	// Neovim does not wait for its servers. The writing end of this pipe is
	// inherited by all of them, and its end is that of the last one.
	held, hold, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	e.cmd.ExtraFiles = []*os.File{hold}
	err = e.cmd.Start()
	hold.Close()
	if err != nil {
		held.Close()
		os.RemoveAll(sockets)
		return nil, fmt.Errorf("starting Neovim: %w", err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, held) // nothing is written, and the end is all that is waited for
		held.Close()
		close(e.alone)
	}()
	go func() {
		_ = e.cmd.Wait() // how it ended is in the log
		close(e.exited)
	}()
	if err := e.awaitSocket(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// Environ is the environment of a fresh user, but for the caches of Go's tools:
// from cold, gopls type-checks the standard library first.
func Environ(scratch string) []string {
	env := os.Environ()
	for _, kind := range []string{"CONFIG", "DATA", "STATE", "CACHE"} {
		env = append(env, "XDG_"+kind+"_HOME="+filepath.Join(scratch, strings.ToLower(kind)))
	}
	if out, err := exec.Command("go", "env", "GOCACHE").Output(); err == nil {
		env = append(env, "GOCACHE="+strings.TrimSpace(string(out)))
	}
	if tools, err := ToolsDir(); err == nil {
		env = append(env, "GOPLSCACHE="+filepath.Join(tools, "gopls-cache"))
	}
	return env
}

// awaitSocket waits until Neovim answers.
func (e *Editor) awaitSocket(ctx context.Context) error {
	deadline := time.NewTimer(e.o.Patience)
	defer deadline.Stop()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		// The socket is there a moment before Neovim listens at it.
		if conn, err := (&net.Dialer{}).DialContext(ctx, "unix", e.socket); err == nil {
			conn.Close()
			return e.call(ctx, "ready", nil, nil)
		}
		select {
		case <-poll.C:
		case <-e.exited:
			return fmt.Errorf("nvim ended at once: %s", e.Log())
		case <-deadline.C:
			return fmt.Errorf("nvim does not listen after %v", e.o.Patience)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Log returns what Neovim printed, for messages about failures.
func (e *Editor) Log() string {
	out, err := os.ReadFile(e.log)
	if err != nil {
		return err.Error()
	}
	return string(out)
}

// Close ends Neovim as :qall! does, and waits for its servers, which Neovim
// itself leaves to end on their own. Closing twice is fine.
func (e *Editor) Close() error {
	defer os.RemoveAll(filepath.Dir(e.socket))
	select {
	case <-e.exited:
	default:
		quit := exec.Command(e.o.Program, "--server", e.socket, "--remote-send", `<C-\><C-n>:qall!<CR>`)
		quit.Env = e.env
		_ = quit.Run() // whether it helped is seen next
	}
	deadline := time.NewTimer(e.o.Patience)
	defer deadline.Stop()
	select {
	case <-e.alone:
		return nil
	case <-deadline.C:
	}
	err := e.cmd.Process.Kill()
	<-e.exited
	if errors.Is(err, os.ErrProcessDone) {
		return errors.New("a language server outlives Neovim")
	}
	return errors.Join(errors.New("nvim does not quit"), err)
}

// call runs a function of driver.lua and decodes what it returns.
func (e *Editor) call(ctx context.Context, function string, args, result any) error {
	request, err := json.Marshal(map[string]any{"fn": function, "args": args})
	if err != nil {
		return err
	}
	expr := "luaeval('Driver(_A)', '" + strings.ReplaceAll(string(request), "'", "''") + "')"
	cmd := exec.CommandContext(ctx, e.o.Program, "--server", e.socket, "--remote-expr", expr)
	cmd.Env = e.env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w: %s%s", function, err, stderr.String(), e.Log())
	}
	var reply struct {
		OK     bool
		Error  string
		Result json.RawMessage
	}
	decoder := json.NewDecoder(bytes.NewReader(out))
	if err := decoder.Decode(&reply); err != nil && err != io.EOF {
		return fmt.Errorf("%s: %w in %q", function, err, out)
	}
	if !reply.OK {
		return fmt.Errorf("%s: %s", function, reply.Error)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(reply.Result, result)
}

// Open edits a file and waits until every server that wants it is attached.
func (e *Editor) Open(ctx context.Context, path string) error {
	return e.call(ctx, "open", map[string]any{"path": path}, nil)
}

// AwaitDiagnostic waits until a tool says text in the current file.
func (e *Editor) AwaitDiagnostic(ctx context.Context, text string) (Diagnostic, error) {
	var d Diagnostic
	err := e.call(ctx, "await_diagnostic", map[string]any{"text": text}, &d)
	return d, err
}

// AwaitNoError waits until no tool reports an error in the current file.
func (e *Editor) AwaitNoError(ctx context.Context) error {
	return e.call(ctx, "await_no_error", nil, nil)
}

// Type puts the cursor at the only place where at stands in the current file (a line
// end in it matches the end of a line),
// and types keys in Neovim's notation from normal mode, one state of the text
// for each: servers see every one.
func (e *Editor) Type(ctx context.Context, at string, keys ...string) error {
	return e.call(ctx, "type", map[string]any{"at": at, "keys": keys}, nil)
}

// Idle waits until dejafix has processed and stored all it was told; settle
// ends its waiting periods.
func (e *Editor) Idle(ctx context.Context, settle bool) error {
	return e.call(ctx, "idle", map[string]any{"settle": settle}, nil)
}

// Actions opens the code action menu at the only place where at stands in the
// current file, and leaves it again.
func (e *Editor) Actions(ctx context.Context, at string) ([]Action, error) {
	var actions []Action
	err := e.call(ctx, "actions", map[string]any{"at": at}, &actions)
	return actions, err
}

// AwaitAction opens the menu until client has an entry in it.
func (e *Editor) AwaitAction(ctx context.Context, at, client string) ([]Action, error) {
	var actions []Action
	err := e.call(ctx, "await_action", map[string]any{"at": at, "client": client}, &actions)
	return actions, err
}

// AwaitNoAction opens the menu until client has no entry in it.
func (e *Editor) AwaitNoAction(ctx context.Context, at, client string) error {
	return e.call(ctx, "await_no_action", map[string]any{"at": at, "client": client}, nil)
}

// Command runs an Ex command with the cursor at the only place where at stands,
// or where it is when at is "".
func (e *Editor) Command(ctx context.Context, at, command string) error {
	args := map[string]any{"command": command}
	if at != "" {
		args["at"] = at
	}
	return e.call(ctx, "command", args, nil)
}

// Terminal runs a command line in a terminal of Neovim's, in dir, and returns its
// exit code when it ended. The window closes again.
func (e *Editor) Terminal(ctx context.Context, dir, command string) (code int, err error) {
	err = e.call(ctx, "terminal", map[string]any{"dir": dir, "command": command}, &code)
	return code, err
}

// AwaitFloat waits for a floating window, closes it and returns its text.
func (e *Editor) AwaitFloat(ctx context.Context) (string, error) {
	var text string
	err := e.call(ctx, "await_float", nil, &text)
	return text, err
}

// Choose opens the same menu and takes the entry of client, which is waited for
// until it changed the text.
func (e *Editor) Choose(ctx context.Context, at, client string) error {
	return e.call(ctx, "actions", map[string]any{"at": at, "choose": client}, nil)
}

// Text returns the current file as it stands in the editor.
func (e *Editor) Text(ctx context.Context) (string, error) {
	var text string
	err := e.call(ctx, "text", nil, &text)
	return text, err
}

// Save writes the current file.
func (e *Editor) Save(ctx context.Context) error {
	return e.call(ctx, "save", nil, nil)
}

// Await waits until a Lua expression holds, with Neovim's own loop running in
// between.
func (e *Editor) Await(ctx context.Context, expression string) error {
	deadline := time.NewTimer(e.o.Patience)
	defer deadline.Stop()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		var holds bool
		if err := e.Lua(ctx, "return ("+expression+") and true or false", &holds); err != nil || holds {
			return err
		}
		select {
		case <-poll.C:
		case <-deadline.C:
			return fmt.Errorf("waited in vain for %s", expression)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Lua runs a chunk inside Neovim and decodes what it returns.
func (e *Editor) Lua(ctx context.Context, chunk string, result any) error {
	return e.call(ctx, "lua", map[string]any{"chunk": chunk}, result)
}
