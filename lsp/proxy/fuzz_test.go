package proxy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"testing"
	"testing/iotest"
)

// Whatever comes, the frames are what came, and none is read beyond its end.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("Content-Length: 2\r\n\r\n{}Content-Length: 17\r\nContent-Type: x\r\n\r\n{\"method\":\"exit\"}"), true)
	f.Add([]byte("noise\nContent-Length: 3\n\n{}"), false)
	f.Add([]byte("Content-Length: -1\r\n\r\n"), false)
	f.Add([]byte("\r\n\r\nContent-Length: 99999999999999999999\r\n\r\n"), true)
	f.Fuzz(func(t *testing.T, in []byte, slow bool) {
		var src io.Reader = bytes.NewReader(in)
		if slow {
			src = iotest.OneByteReader(src)
		}
		r := newFrameReader(src)
		var out bytes.Buffer
		for {
			fr, err := r.next()
			if errors.Is(err, errLost) {
				out.Write(fr.head)
				out.Write(r.left())
				_, _ = io.Copy(&out, src)
				break
			}
			if err != nil {
				break
			}
			if fr.noise {
				out.Write(fr.head)
				continue
			}
			e := open(fr.body)
			if e.whole && !bytes.HasPrefix(bytes.TrimLeft(fr.body, " \t\r\n"), []byte("{")) {
				t.Errorf("not an object: %q", fr.body)
			}
			_, _ = e.id.of(fr.body), e.params.of(fr.body)
			if reading, writing := r.pass(fr, &out, fr.rest, nil); reading != nil || writing != nil {
				break
			}
		}
		if !bytes.Equal(out.Bytes(), in) {
			t.Errorf("passed %q of %q", out.Bytes(), in)
		}
	})
}

// What was JSON is JSON when ours was put into it, and keeps what it had.
func FuzzMerge(f *testing.F) {
	capabilities, err := probe(f.Context(), []byte(`{"capabilities":{"textDocument":{"codeAction":{"dataSupport":true,"codeActionLiteralSupport":{"codeActionKind":{"valueSet":[]}}}}}}`))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		`{"jsonrpc":"2.0","id":1,"result":{"capabilities":{}}}`,
		`{"id":1,"result":{"serverInfo":{"name":"x"},"capabilities":{"codeActionProvider":{"codeActionKinds":[],"resolveProvider":false},"textDocumentSync":{"openClose":false},"executeCommandProvider":{"commands":["a"]},"hoverProvider":null}},"jsonrpc":"2.0"}`,
		`{"id":1,"result":[{"title":"x","edit":{"changes":{}}}]}`,
		`{"id":1,"result":null}`,
		`{"id":1,"result":{"contents":{"kind":"markdown","value":"x"}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p := &proxy{Options: Options{Dial: noDial, Logger: discard}}
		p.own = &session{p: p, closed: true, calls: map[int]*call{}}
		p.inner.resolves = true
		e := open(body)
		if !e.whole {
			return
		}
		own := make(chan []byte, 1)
		own <- capabilities
		answers := []string{
			`{"id":1,"result":[{"title":"ours","edit":{},"data":{"dejafix":{"id":"s"}}}]}`,
			`{"id":1,"result":{"contents":{"kind":"markdown","value":"ours \"\\"}}}`,
		}
		said := func(i int) *pending {
			c := &call{done: make(chan struct{})}
			c.give(answer{body: []byte(answers[i])})
			return &pending{own: c}
		}
		for name, out := range map[string][]byte{
			"initialize": p.merge(body, e, &initialization{params: []byte(`{}`), literals: true, resolves: true, own: own}),
			"menu":       p.mergeMenu(body, e, said(0)),
			"hover":      p.mergeHover(body, e, said(1)),
		} {
			if out != nil && json.Valid(body) && !json.Valid(out) {
				t.Errorf("%s: of %q became %q", name, body, out)
			}
			if out != nil && !bytes.Contains(out, []byte("ours")) && !bytes.Contains(out, []byte(Name)) {
				t.Errorf("%s: nothing of ours in %q", name, out)
			}
		}
		_ = changed(e.result.of(body))
		w := &teller{s: p.own, docs: map[string]*document{}, sets: map[string]map[string][]byte{}, asked: map[string]question{}}
		for kind := evDocument; kind <= evSettings; kind++ {
			if err := w.handle(event{kind: kind, method: "textDocument/didOpen", body: body}); err != nil {
				t.Error(err)
			}
		}
	})
}

var discard = slog.New(slog.DiscardHandler)

func noDial(context.Context) (io.ReadWriteCloser, error) { return nil, errors.New("nobody there") }
