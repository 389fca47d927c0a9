package proxy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long an answer may take on a slow, shared machine.
const patience = 90 * time.Second

// A message is one frame as it was on the wire.
type message struct {
	head, body string
	Method     string          `json:"method"`
	ID         json.RawMessage `json:"id"`
	Params     json.RawMessage `json:"params"`
	Result     json.RawMessage `json:"result"`
	Error      json.RawMessage `json:"error"`
}

func (m message) String() string { return fmt.Sprintf("%.300s", m.body) }

func newMessage(head, body string) message {
	m := message{head: head, body: body}
	_ = json.Unmarshal([]byte(body), &m) // what is none has no method
	return m
}

// readMessage reads the next frame.
func readMessage(r *bufio.Reader) (message, error) {
	var head strings.Builder
	length := -1
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return message{}, err
		}
		head.WriteString(line)
		if line == "\r\n" {
			break
		}
		if v, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			if length, err = strconv.Atoi(strings.TrimSpace(v)); err != nil {
				return message{}, err
			}
		}
	}
	if length < 0 {
		return message{}, fmt.Errorf("no length in %q", head.String())
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return message{}, err
	}
	return newMessage(head.String(), string(body)), nil
}

// messages are those of a recorded stream.
func messages(t *testing.T, file string) []message {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []message
	r := bufio.NewReader(bytes.NewReader(text))
	for {
		m, err := readMessage(r)
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatalf("%s: message %d: %v", file, len(list), err)
		}
		list = append(list, m)
	}
}

// A client is an editor that keeps all it sends and gets.
type client struct {
	t   testing.TB
	cmd *exec.Cmd
	in  io.WriteCloser

	mu      sync.Mutex
	sent    []message
	got     []message
	last    int
	answers map[int]message
	pulls   bool // the server asked to be asked for diagnostics
	changed chan struct{}
	ended   error
}

// connect starts a command as an editor does.
func connect(t testing.TB, cmd *exec.Cmd) *client {
	t.Helper()
	c := &client{t: t, cmd: cmd, answers: map[int]message{}, changed: make(chan struct{})}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.in = in
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	go c.read(bufio.NewReaderSize(out, 1<<20))
	return c
}

func (c *client) read(r *bufio.Reader) {
	for {
		m, err := readMessage(r)
		c.mu.Lock()
		if err != nil {
			c.ended = err
			close(c.changed)
			c.changed = make(chan struct{})
			c.mu.Unlock()
			return
		}
		c.got = append(c.got, m)
		if m.Method == "" {
			if n, err := strconv.Atoi(string(m.ID)); err == nil {
				c.answers[n] = m
			}
		}
		close(c.changed)
		c.changed = make(chan struct{})
		c.mu.Unlock()
		if m.Method != "" && len(m.ID) > 0 {
			c.reply(m)
		}
	}
}

// reply answers what a server asks of an editor.
func (c *client) reply(m message) {
	result := "null"
	switch m.Method {
	case "workspace/configuration":
		var p struct{ Items []any }
		_ = json.Unmarshal(m.Params, &p)
		result = "[" + strings.TrimSuffix(strings.Repeat("null,", len(p.Items)), ",") + "]"
	case "workspace/applyEdit":
		result = `{"applied":false}`
	case "client/registerCapability":
		if strings.Contains(string(m.Params), `"textDocument/diagnostic"`) {
			c.mu.Lock()
			c.pulls = true
			c.mu.Unlock()
		}
	}
	c.write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, m.ID, result))
}

func (c *client) write(body string) {
	head := fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, newMessage(head, body))
	_, _ = io.WriteString(c.in, head+body) // that it failed is seen by who waits
}

func encode(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (c *client) notify(method string, params any) {
	c.write(fmt.Sprintf(`{"jsonrpc":"2.0","method":%q,"params":%s}`, method, encode(params)))
}

// ask sends a request and returns its number.
func (c *client) ask(method string, params any) int {
	c.mu.Lock()
	c.last++
	n := c.last
	c.mu.Unlock()
	p := ""
	if params != nil {
		p = `,"params":` + encode(params)
	}
	c.write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q%s}`, n, method, p))
	return n
}

// await waits until what is there satisfies ok, which is called with the lock.
func (c *client) await(what string, ok func() bool) {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		c.mu.Lock()
		done, changed, ended := ok(), c.changed, c.ended
		c.mu.Unlock()
		if done {
			return
		}
		if ended != nil {
			c.t.Fatalf("waiting for %s: the server ended: %v", what, ended)
		}
		select {
		case <-changed:
		case <-deadline:
			c.t.Fatalf("waited in vain for %s", what)
		}
	}
}

func (c *client) answer(n int) message {
	c.t.Helper()
	var m message
	c.await(fmt.Sprintf("the answer to request %d", n), func() bool {
		var ok bool
		m, ok = c.answers[n]
		return ok
	})
	return m
}

func (c *client) call(method string, params any) message {
	c.t.Helper()
	return c.answer(c.ask(method, params))
}

// A project is a real project on disk, and what happens in it.
type project struct {
	name    string // of the server
	command []string
	// language and file are those of the file that is edited.
	language, file string
	files          map[string]string
	// piece is put at the end of the file, with an error at wrong, which is
	// repaired by typing right in its place. %d is its number.
	piece, wrong, right string
	big                 string // a line of a long file
	quick               bool   // its session is part of `make test`
}

func (p project) path(dir string) string { return filepath.Join(dir, p.file) }

func uriOf(path string) string { return "file://" + filepath.ToSlash(path) }
