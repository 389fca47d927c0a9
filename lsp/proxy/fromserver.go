package proxy

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/dejafix/dejafix/lsp/protocol"
)

// serverWays are the messages of the server that do not just pass.
var serverWays = map[string]way{
	methodPublish:            told,
	methodProgress:           told,
	methodUnregister:         told,
	protocol.MethodRegister:  told,
	protocol.MethodApplyEdit: told,
}

// serverWay is editorWay for messages of the server.
func (p *proxy) serverWay(body []byte, e envelope) (way, bool) {
	switch {
	case e.method != "":
		return serverWays[e.method], true
	case e.answer && e.id != span{}:
		if p.waiting(e.id.of(body), false) != nil {
			return held, true
		}
		return passes, true
	case e.answer && !p.waits():
		return passes, true // whoever it is for; gopls says so at the end
	}
	return passes, e.whole
}

// fromServer passes what the server sends. When the editor does not read any
// more, the rest is read all the same: the server is not to hang.
func (p *proxy) fromServer() error {
	r := p.server
	for {
		f, err := r.next()
		switch {
		case errors.Is(err, errLost):
			p.Logger.Warn("the server's Content-Length cannot be read; from here on nothing of what it sends is read")
			p.out.mu.Lock()
			p.out.lost = true
			p.out.mu.Unlock()
			return p.blind(r, f.head, p.Out)
		case err != nil:
			return nil //nolint:nilerr // however it ended: the server's process says why
		}
		if err := p.serverSent(f); err != nil {
			p.Logger.Warn("the editor does not read any more", "err", err)
			_ = p.ToServer.Close()            // so that the server ends
			_, _ = io.Copy(io.Discard, r.src) // until it ends
			return err
		}
	}
}

// serverSent deals with one message. Its error is one of writing to the editor.
func (p *proxy) serverSent(f frame) error {
	r := p.server
	if f.noise {
		p.out.mu.Lock()
		defer p.out.mu.Unlock()
		_, err := p.Out.Write(f.head)
		return err
	}
	e, way, err := decide(r, &f, p.serverWay)
	if err != nil {
		way, f.rest = passes, 0 // as much as there is
	}
	var tap func([]byte)
	var copied []byte
	switch way {
	case held:
		body := p.serverAnswered(f.body, e)
		if body == nil {
			break
		}
		return p.out.send(body)
	case told:
		switch {
		case !p.merging.Load(), int64(len(f.body))+f.rest > maxFollowed:
		case f.rest == 0:
			// First: the editor may ask about it at once.
			p.serverTold(e.method, append([]byte(nil), f.body...))
		default:
			copied = make([]byte, 0, int64(len(f.body))+f.rest)
			tap = func(b []byte) { copied = append(copied, b...) }
		}
	}
	// The server's message is one piece: nothing of ours goes between.
	p.out.mu.Lock()
	unseen := f.rest
	if tap != nil {
		unseen = 0
	}
	_, writing := r.pass(f, p.Out, unseen, tap)
	p.out.mu.Unlock()
	if tap != nil {
		p.serverTold(e.method, copied)
	}
	return writing
}

// serverTold has our side know what the server said.
func (p *proxy) serverTold(method string, body []byte) {
	switch method {
	case methodPublish:
		p.own.push(event{kind: evPublish, body: body})
	case methodProgress:
		p.own.push(event{kind: evProgress, body: body})
	case protocol.MethodApplyEdit:
		p.own.push(event{kind: evApply, body: body})
	case protocol.MethodRegister:
		p.registered(open(body).params.of(body))
	case methodUnregister:
		p.unregistered(open(body).params.of(body))
	}
}

// registered notes code actions that the server has from now on.
func (p *proxy) registered(params []byte) {
	var r struct {
		Registrations []struct {
			ID, Method      string
			RegisterOptions struct {
				ResolveProvider bool `json:"resolveProvider"`
			} `json:"registerOptions"`
		} `json:"registrations"`
	}
	if err := json.Unmarshal(params, &r); err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range r.Registrations {
		if one.Method != protocol.MethodCodeAction {
			continue
		}
		if one.RegisterOptions.ResolveProvider {
			one.Method += " resolve"
		}
		p.dynamic[one.ID] = one.Method
	}
}

func (p *proxy) unregistered(params []byte) {
	var r struct {
		// The name is misspelt in the protocol.
		Unregisterations []struct{ ID string } `json:"unregisterations"`
	}
	if err := json.Unmarshal(params, &r); err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range r.Unregisterations {
		delete(p.dynamic, one.ID)
	}
}

// serverAnswered deals with an answer that was waited for, and returns what the
// editor gets in its place; nil: the answer itself.
func (p *proxy) serverAnswered(body []byte, e envelope) []byte {
	id := e.id.of(body)
	r := p.waiting(id, true)
	if r == nil || !e.whole {
		return nil
	}
	value := e.result.of(body)
	if r.kind != kindInitialize && r.kind != kindHover && len(value) <= maxToldBytes/2 {
		p.own.push(event{kind: evAnswered, ask: r.kind, id: idKey(id), body: append([]byte(nil), value...)})
	}
	switch r.kind {
	case kindInitialize:
		return p.merge(body, e, r.init)
	case kindMenu:
		return p.mergeMenu(body, e, r)
	case kindHover:
		return p.mergeHover(body, e, r)
	}
	return nil
}
