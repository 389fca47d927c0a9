package lsp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/lsp"
	"github.com/dejafix/dejafix/lsp/lsptest"
)

// byHand is a client that writes and reads bytes.
type byHand struct {
	t      *testing.T
	stream io.ReadWriteCloser
	in     *bufio.Reader
	ended  chan error
	inited bool
	n      int
}

func wire(t *testing.T, o lsp.Options) *byHand {
	ours, theirs := lsptest.Pipe()
	w := &byHand{t: t, stream: ours, in: bufio.NewReader(ours), ended: make(chan error, 1)}
	go func() { w.ended <- lsp.Serve(context.Background(), theirs, o) }()
	t.Cleanup(func() {
		ours.Close()
		if w.ended != nil {
			<-w.ended
		}
	})
	return w
}

func (w *byHand) raw(bytes string) {
	w.t.Helper()
	if _, err := io.WriteString(w.stream, bytes); err != nil {
		w.t.Fatal(err)
	}
}

func (w *byHand) send(body string) {
	w.t.Helper()
	w.raw(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
}

// receive is the next message that is not a notification.
func (w *byHand) receive() string {
	w.t.Helper()
	for {
		length := 0
		for {
			line, err := w.in.ReadString('\n')
			if err != nil {
				w.t.Fatalf("the server went away: %v", err)
			}
			if line == "\r\n" {
				break
			}
			if _, err := fmt.Sscanf(line, "Content-Length: %d\r\n", &length); err != nil {
				w.t.Fatalf("header %q: %v", line, err)
			}
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(w.in, body); err != nil {
			w.t.Fatal(err)
		}
		var m struct {
			Method string          `json:"method"`
			ID     json.RawMessage `json:"id"`
		}
		if err := json.Unmarshal(body, &m); err != nil {
			w.t.Fatalf("%s: %v", body, err)
		}
		if m.Method == "" || m.ID != nil {
			return string(body)
		}
	}
}

func (w *byHand) initializeOnce() {
	w.t.Helper()
	if w.inited {
		return
	}
	w.inited = true
	w.send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{"textDocument":{"codeAction":{"codeActionLiteralSupport":{"codeActionKind":{"valueSet":["quickfix"]}}}}}}}`)
	if got := w.receive(); !strings.Contains(got, `"serverInfo":{"name":"dejafix"`) {
		w.t.Fatalf("answer to initialize: %s", got)
	}
	w.send(`{"jsonrpc":"2.0","method":"initialized","params":{}}`)
}

// alive fails the test unless the server still answers.
func (w *byHand) alive() {
	w.t.Helper()
	w.n++
	id := fmt.Sprintf("alive %d", w.n)
	w.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%q,"method":"dejafix/idle"}`, id))
	want := fmt.Sprintf(`{"jsonrpc":"2.0","id":%q,"result":null}`, id)
	for {
		got := w.receive()
		if got == want {
			return
		}
		if strings.Contains(got, id) {
			w.t.Fatalf("answer %s, want %s", got, want)
		}
	}
}

var update = flag.Bool("update", false, "write what the server answers into testdata/wire")

// TestWire plays conversations. In testdata/wire a line that starts with ">"
// goes to the server, one that starts with "<" is what comes back, requests of
// the server included and its notifications not; "#" starts a remark. The
// learner is the recorder: a diagnostic "use X or Y" can be repaired by X, or Y.
func TestWire(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w := wire(t, lsp.Options{Learner: &recorder{}, Version: "v1", Logger: testLogger(t)})
			var out strings.Builder
			for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
				switch {
				case strings.HasPrefix(line, "< "):
					got := w.receive()
					if got != line[2:] && !*update {
						t.Fatalf("line %d:\n got %s\nwant %s", i+1, got, line[2:])
					}
					fmt.Fprintln(&out, "< "+got)
				case strings.HasPrefix(line, "> "):
					w.send(line[2:])
					fmt.Fprintln(&out, line)
				default:
					fmt.Fprintln(&out, line)
				}
			}
			if *update {
				if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
