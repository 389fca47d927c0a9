package lsp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/lsp"
)

// TestHostile holds that whatever a client sends is answered with an error, and
// that the server lives on.
func TestHostile(t *testing.T) {
	const open = `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///w/a.go","languageId":"go","version":1,"text":"a\nb"}}}`
	change := func(r string) string {
		return `{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///w/a.go","version":2},"contentChanges":[` + r + `]}}`
	}
	tests := []struct {
		name string
		sent string // a body, or bytes as they are where it starts with "RAW "
		want string // of the answer; "" for none
	}{
		{"bytes", "RAW \x00\xff\xfe\r\n\r\n\r\n", `-32700`},
		{"a browser", "RAW GET / HTTP/1.1\r\nHost: x\r\n\r\n", `-32700`},
		{"JSON without a header", "RAW {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"shutdown\"}\r\n", `-32700`},
		{"nothing", "RAW Content-Length: 0\r\n\r\n", `-32700`},
		{"broken JSON", `{"jsonrpc":`, `-32700`},
		{"a number", `7`, `"error"`},
		{"no method", `{"jsonrpc":"2.0","id":1}`, `"error"`},
		{"a batch", `[{"jsonrpc":"2.0","id":1,"method":"dejafix/idle"}]`, `-32600`},
		{"deep", strings.Repeat(`{"a":`, 200_000), `-32600`},
		{"deep params", `{"jsonrpc":"2.0","id":1,"method":"dejafix/why","params":` + strings.Repeat("[", 900) + strings.Repeat("]", 900) + `}`, `-32602`},
		{"no params", `{"jsonrpc":"2.0","id":1,"method":"textDocument/codeAction"}`, `-32602`},
		{"null params", `{"jsonrpc":"2.0","id":1,"method":"textDocument/codeAction","params":null}`, `-32602`},
		{"other params", `{"jsonrpc":"2.0","id":1,"method":"textDocument/hover","params":[1,2]}`, `-32602`},
		{"a negative line", `{"jsonrpc":"2.0","id":1,"method":"textDocument/codeAction","params":{"textDocument":{"uri":"file:///w/a.go"},"range":{"start":{"line":-1,"character":0},"end":{"line":0,"character":0}},"context":{"diagnostics":[]}}}`, `-32602`},
		{"lines past the end", `{"jsonrpc":"2.0","id":1,"method":"textDocument/codeAction","params":{"textDocument":{"uri":"file:///w/a.go"},"range":{"start":{"line":4294967295,"character":4294967295},"end":{"line":4294967295,"character":4294967295}},"context":{"diagnostics":[]}}}`, `"result":[]`},
		{"a file that is not open", `{"jsonrpc":"2.0","id":1,"method":"textDocument/codeAction","params":{"textDocument":{"uri":"file:///nowhere"},"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},"context":{"diagnostics":[]}}}`, `"result":[]`},
		{"a huge id", `{"jsonrpc":"2.0","id":99999999999999999999999,"method":"dejafix/idle"}`, `"error"`},
		{"an unknown method", `{"jsonrpc":"2.0","id":"\u0000","method":"` + strings.Repeat("x", 100_000) + `"}`, `-32601`},
		{"an optional method", `{"jsonrpc":"2.0","id":1,"method":"$/whatever"}`, `-32601`},
		{"an unknown notification", `{"jsonrpc":"2.0","method":"$/whatever","params":7}`, ""},
		{"a bad notification", `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":7}}`, ""},
		{"a URI that is none", `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"%zz://%00","languageId":"go","version":1,"text":""}}}`, ""},
		{"a URI with a NUL", `{"jsonrpc":"2.0","method":"dejafix/diagnostics","params":{"uri":"file:///w/%00a","diagnostics":[]}}`, ""},
		{"a change of what is not open", `{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///nowhere","version":2},"contentChanges":[{"text":""}]}}`, ""},
		{"a backward range", change(`{"range":{"start":{"line":1,"character":0},"end":{"line":0,"character":0}},"text":"x"}`), ""},
		{"a range past the end", change(`{"range":{"start":{"line":1000000000,"character":0},"end":{"line":4000000000,"character":4000000000}},"text":"x"}`), ""},
		{"a change that is none", change(`{}`), ""},
		{"half a character", change(`{"text":"\ud83d"}`), ""},
		{"a response to nobody", `{"jsonrpc":"2.0","id":12345,"result":{}}`, ""},
		{"an error to nobody", `{"jsonrpc":"2.0","id":"x","error":{"code":1,"message":"x"}}`, ""},
		{"closing what is not open", `{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{"uri":"file:///nowhere"}}}`, ""},
		{"a device", `{"jsonrpc":"2.0","method":"dejafix/diagnostics","params":{"uri":"file:///dev/zero","diagnostics":[]}}`, ""},
		{"more without a place", `{"jsonrpc":"2.0","id":1,"method":"workspace/executeCommand","params":{"command":"dejafix.more","arguments":["x"]}}`, `-32602`},
		{"applied, of any kind", `{"jsonrpc":"2.0","id":1,"method":"workspace/executeCommand","params":{"command":"dejafix.applied","arguments":[{"id":1}]}}`, `-32602`},
		{"data of any kind", `{"jsonrpc":"2.0","id":1,"method":"codeAction/resolve","params":{"title":"x","data":{"dejafix":7}}}`, `-32602`},
		{"too large", `{"jsonrpc":"2.0","id":1,"method":"` + strings.Repeat("x", 1<<20) + `"}`, `over the limit`},
	}
	w := wire(t, lsp.Options{Learner: &recorder{}, MaxMessage: 1 << 20})
	w.initializeOnce()
	w.send(open)
	for _, tt := range tests {
		t.Log(tt.name)
		if bytes, ok := strings.CutPrefix(tt.sent, "RAW "); ok {
			w.raw(bytes)
		} else {
			w.send(tt.sent)
		}
		if tt.want != "" {
			if got := w.receive(); !strings.Contains(got, tt.want) {
				t.Errorf("%s: answer %.300s, want %s", tt.name, got, tt.want)
			}
		}
		w.alive()
	}
}

// TestNobodyReads sends bad messages without reading an answer: the server
// neither waits nor grows with them.
func TestNobodyReads(t *testing.T) {
	w := wire(t, lsp.Options{Learner: &recorder{}})
	for range 2000 {
		w.send(`{nonsense`)
	}
	w.send(`{"jsonrpc":"2.0","method":"exit"}`)
	if err := <-w.ended; err == nil {
		t.Error("exit without shutdown is no error")
	}
	w.ended = nil
}

// TestManyBadMessagesBetweenGoodOnes keeps the conversation.
func TestManyBadMessagesBetweenGoodOnes(t *testing.T) {
	w := wire(t, lsp.Options{Learner: &recorder{}})
	w.initializeOnce()
	for i := range 50 {
		w.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"nonsense"}`, i))
		if got := w.receive(); !strings.Contains(got, fmt.Sprintf(`"id":%d,"error":{"code":-32601`, i)) {
			t.Fatalf("answer %s", got)
		}
		w.raw("rubbish\r\n")
		if got := w.receive(); !strings.Contains(got, "-32700") {
			t.Fatalf("answer %s", got)
		}
		w.alive()
	}
}
