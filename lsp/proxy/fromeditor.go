package proxy

import (
	"errors"
	"io"
	"strings"

	"github.com/dejafix/dejafix/lsp/protocol"
)

// A way is what is done with a message of the editor.
type way int

const (
	// passes: as it comes in, unread.
	passes way = iota
	// told: passes as it comes in, and our side is told a copy.
	told
	// held: is read whole first.
	held
)

// Methods that only a proxy looks at.
const (
	methodPull          = "textDocument/diagnostic"
	methodPullWorkspace = "workspace/diagnostic"
	methodPublish       = "textDocument/publishDiagnostics"
	methodProgress      = "$/progress"
	methodUnregister    = "client/unregisterCapability"
)

// editorWays are the messages of the editor that do not just pass.
var editorWays = map[string]way{
	protocol.MethodInitialize:        held,
	protocol.MethodInitialized:       told,
	protocol.MethodShutdown:          held,
	protocol.MethodExit:              told,
	protocol.MethodDidOpen:           told,
	protocol.MethodDidChange:         told,
	protocol.MethodDidSave:           told,
	protocol.MethodDidClose:          told,
	protocol.MethodDidChangeWatched:  told,
	protocol.MethodDidChangeFolders:  told,
	protocol.MethodDidChangeSettings: told,
	protocol.MethodCodeAction:        held,
	protocol.MethodResolve:           held,
	protocol.MethodExecuteCommand:    held,
	protocol.MethodHover:             held,
	protocol.MethodCancel:            held,
	methodPull:                       held,
	methodPullWorkspace:              held,
}

// ofDocuments are those about a document's text.
var ofDocuments = map[string]bool{
	protocol.MethodDidOpen: true, protocol.MethodDidChange: true,
	protocol.MethodDidSave: true, protocol.MethodDidClose: true,
}

// ownPrefix starts the methods that are ours; commands start with "dejafix.".
const (
	ownPrefix        = "dejafix/"
	ownCommandPrefix = "dejafix."
)

// editorWay says what is done with a message of which e is known. false: more
// of it must be read to know.
func editorWay(body []byte, e envelope) (way, bool) {
	switch {
	case e.method != "":
		if strings.HasPrefix(e.method, ownPrefix) {
			return held, true
		}
		return editorWays[e.method], true
	case e.answer && e.id != span{}:
		if id, ok := text(e.id.of(body)); ok && strings.HasPrefix(id, idPrefix) {
			return held, true
		}
		return passes, true
	}
	return passes, e.whole
}

// fromEditor passes what the editor sends. It returns nil at the end.
func (p *proxy) fromEditor() error {
	r := p.editor
	for {
		f, err := r.next()
		switch {
		case errors.Is(err, errLost):
			p.Logger.Warn("the editor's Content-Length cannot be read; from here on nothing of what it sends is read")
			return p.blind(r, f.head, p.ToServer)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if f.noise {
			if _, err := p.ToServer.Write(f.head); err != nil {
				return errNoServer
			}
			continue
		}
		if err := p.editorSent(f); err != nil {
			return err
		}
	}
}

// blind passes the rest of a stream.
func (p *proxy) blind(r *frameReader, first []byte, w io.Writer) error {
	if _, err := w.Write(first); err != nil {
		return err
	}
	if _, err := w.Write(r.left()); err != nil {
		return err
	}
	_, err := io.Copy(w, r.src)
	return err
}

// decide reads more of a frame until it is known what is to be done with it. A
// body that is too long, or no JSON, passes.
func decide(r *frameReader, f *frame, which func([]byte, envelope) (way, bool)) (envelope, way, error) {
	for {
		e := open(f.body)
		way, known := which(f.body, e)
		if known && (way != held || f.rest == 0) {
			return e, way, nil
		}
		if len(f.body) >= maxHeld {
			return e, passes, nil
		}
		more, err := r.grow(f)
		if err != nil {
			return e, passes, err
		}
		if !more {
			return e, passes, nil
		}
	}
}

// editorSent deals with one message.
func (p *proxy) editorSent(f frame) error {
	r := p.editor
	e, way, err := decide(r, &f, editorWay)
	if err != nil {
		// It ends in the middle: the server gets as much as there is.
		if _, err := p.ToServer.Write(f.whole()); err != nil {
			return errNoServer
		}
		return err
	}
	var w io.Writer = p.ToServer
	switch way {
	case held:
		body := p.editorAsked(f.body, e)
		switch {
		case body == nil:
			return nil
		case &body[0] == &f.body[0]:
			// Unchanged: with its own header.
		default:
			if _, err := w.Write(framed(body)); err != nil {
				return errNoServer
			}
			return nil
		}
	case told:
		if p.merging.Load() {
			return p.tellAndPass(f, e)
		}
	}
	return p.passOn(r, f, w, f.rest, nil)
}

// passOn passes a frame to the server.
func (p *proxy) passOn(r *frameReader, f frame, w io.Writer, unseen int64, tap func([]byte)) error {
	reading, writing := r.pass(f, w, unseen, tap)
	if writing != nil {
		return errNoServer
	}
	return reading
}

// tellAndPass passes a message of which our side gets a copy.
func (p *proxy) tellAndPass(f frame, e envelope) error {
	var w io.Writer = p.ToServer
	if p.inner.withheld[e.method] {
		w = io.Discard
	}
	if int64(len(f.body))+f.rest > maxFollowed {
		long := keeper{head: append([]byte(nil), f.body[:min(len(f.body), ends)]...)}
		err := p.passOn(p.editor, f, w, f.rest-ends, long.add)
		if ofDocuments[e.method] {
			p.own.push(event{kind: evTooLong, method: e.method, body: append(long.head, long.tail...)})
		}
		return err
	}
	if f.rest == 0 {
		// First, since exit may be the last that we get to do.
		p.tell(e.method, append([]byte(nil), f.body...))
		return p.passOn(p.editor, f, w, 0, nil)
	}
	copied := make([]byte, 0, int64(len(f.body))+f.rest)
	err := p.passOn(p.editor, f, w, 0, func(b []byte) { copied = append(copied, b...) })
	if err == nil {
		p.tell(e.method, copied)
	}
	return err
}

// tell tells our side of a message of the editor.
func (p *proxy) tell(method string, body []byte) {
	ev := event{kind: evMessage, method: method, body: body}
	switch {
	case ofDocuments[method]:
		ev.kind = evDocument
	case method == protocol.MethodDidChangeSettings:
		ev.kind, ev.body = evSettings, open(body).params.of(body)
	}
	p.own.push(ev)
}

// A keeper keeps the last bytes of a long message.
type keeper struct{ head, tail []byte }

func (k *keeper) add(b []byte) {
	k.tail = append(k.tail, b[max(0, len(b)-ends):]...)
	if n := len(k.tail) - ends; n > 0 {
		k.tail = append(k.tail[:0], k.tail[n:]...)
	}
}

// editorAsked deals with a message that was read whole, and returns what the
// server gets: body itself where nothing is changed, nil for nothing.
func (p *proxy) editorAsked(body []byte, e envelope) []byte {
	if !e.whole {
		return body
	}
	id := e.id.of(body)
	asks := len(id) > 0
	switch {
	case e.method == "":
		if p.own.takes(body, e) {
			return nil
		}
		return body
	case e.method == protocol.MethodInitialize:
		if !asks || p.merging.Load() {
			return body
		}
		out := p.initialize(body, e)
		if len(out) == len(body) {
			return body
		}
		return out
	case strings.HasPrefix(e.method, ownPrefix):
		p.forUs(body, e)
		return nil
	case !p.merging.Load():
		return body
	}
	params := e.params.of(body)
	if !asks {
		if e.method == protocol.MethodCancel {
			return p.cancelled(body, e)
		}
		return body
	}
	switch e.method {
	case protocol.MethodShutdown:
		p.own.call(protocol.MethodShutdown, nil)
	case methodPull:
		p.asked(id, params, kindPull)
	case methodPullWorkspace:
		p.asked(id, params, kindPullWorkspace)
	case protocol.MethodCodeAction:
		return p.menu(body, e)
	case protocol.MethodHover:
		return p.hover(body, e)
	case protocol.MethodResolve:
		return p.resolve(body, e)
	case protocol.MethodExecuteCommand:
		command, ok := find(body, e.params.start, "command")
		if name, _ := text(command.value.of(body)); ok && strings.HasPrefix(name, ownCommandPrefix) {
			p.route(id, e.method, params, 0, "")
			return nil
		}
	}
	return body
}

// asked notes a request of which our side is told the answer.
func (p *proxy) asked(id, params []byte, what kind) {
	p.remember(id, &pending{kind: what})
	p.own.push(event{kind: evAsked, ask: what, id: idKey(id), body: append([]byte(nil), params...)})
}

// forUs takes a message of our own kind.
func (p *proxy) forUs(body []byte, e envelope) {
	if e.id == (span{}) {
		if p.merging.Load() {
			p.own.push(event{kind: evMessage, method: e.method, body: append([]byte(nil), body...)})
		}
		return
	}
	if !p.merging.Load() {
		p.answer(failure(e.id.of(body), errAbsent.Error()))
		return
	}
	p.route(e.id.of(body), e.method, e.params.of(body), 0, "")
}

// cancelled takes back what our side was asked, too.
func (p *proxy) cancelled(body []byte, e envelope) []byte {
	m, ok := find(body, e.params.start, "id")
	if !ok {
		return body
	}
	key := idKey(m.value.of(body))
	p.mu.Lock()
	n, routed := p.routed[key]
	r := p.pending[key]
	p.mu.Unlock()
	switch {
	case routed:
		p.own.cancel(n)
		return nil
	case r != nil && r.own != nil:
		p.own.cancel(r.own.n)
	}
	return body
}

// resolve routes an action to whom it belongs.
func (p *proxy) resolve(body []byte, e envelope) []byte {
	id, params := e.id.of(body), e.params.of(body)
	if _, ok := find(params, 0, "data", protocol.Source); ok {
		p.route(id, e.method, params, 0, "")
		return nil
	}
	if !p.resolves() {
		// The editor asks because we said that actions are resolved.
		p.answer(result(id, params))
		return nil
	}
	p.asked(id, params, kindResolve)
	return body
}

// resolves reports whether the server resolves actions.
func (p *proxy) resolves() bool {
	if p.inner.resolve {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, method := range p.dynamic {
		if method == protocol.MethodCodeAction+" resolve" {
			return true
		}
	}
	return false
}

// offers reports whether the server has code actions.
func (p *proxy) offers() bool {
	if p.inner.actions {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, method := range p.dynamic {
		if strings.HasPrefix(method, protocol.MethodCodeAction) {
			return true
		}
	}
	return false
}
