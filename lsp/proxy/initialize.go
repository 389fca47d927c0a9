package proxy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/lsp"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// probeWithin bounds how long our own capabilities are waited for. They are
// known before the fastest server answers: it takes a millisecond.
const probeWithin = time.Second

// inner is what is known of the server and the editor once initialize was
// answered.
type inner struct {
	actions  bool // the server has code actions
	resolve  bool // and resolves them
	hover    bool
	hovers   bool            // the editor gets our hovers
	resolves bool            // the editor asks for our edits when they are chosen
	withheld map[string]bool // notifications that only we asked for
}

// initialization is what the editor said in initialize.
type initialization struct {
	params   []byte // as it sent them
	options  []byte // initializationOptions.dejafix
	literals bool   // it takes code actions, not commands alone
	resolves bool   // and asks for their edits later
	late     bool   // the server may register for documents later
	own      chan []byte
}

// unresolving are editors that say that they resolve the edit of an action, and do
// not when it has a command, as ours have (eglot-execute).
var unresolving = []string{"Eglot"}

// initialize reads what the editor can do, and returns the request without our
// own settings.
func (p *proxy) initialize(body []byte, e envelope) []byte {
	in := &initialization{own: make(chan []byte, 1)}
	if e.params.end > 0 {
		in.params = append([]byte(nil), e.params.of(body)...)
	}
	var params struct {
		ClientInfo struct {
			Name string `json:"name"`
		} `json:"clientInfo"`
		Capabilities struct {
			TextDocument struct {
				CodeAction struct {
					CodeActionLiteralSupport json.RawMessage `json:"codeActionLiteralSupport"`
					DataSupport              bool            `json:"dataSupport"`
					ResolveSupport           struct {
						Properties []string `json:"properties"`
					} `json:"resolveSupport"`
				} `json:"codeAction"`
				Synchronization struct {
					DynamicRegistration bool `json:"dynamicRegistration"`
				} `json:"synchronization"`
			} `json:"textDocument"`
		} `json:"capabilities"`
	}
	if err := json.Unmarshal(in.params, &params); err != nil {
		p.Logger.Warn("initialize is not understood: nothing is added to this session", "err", err)
		return body
	}
	action := params.Capabilities.TextDocument.CodeAction
	in.literals = len(action.CodeActionLiteralSupport) > 0 && string(action.CodeActionLiteralSupport) != "null"
	in.resolves = action.DataSupport && slices.Contains(action.ResolveSupport.Properties, "edit") &&
		!slices.Contains(unresolving, params.ClientInfo.Name)
	in.late = params.Capabilities.TextDocument.Synchronization.DynamicRegistration
	p.remember(e.id.of(body), &pending{kind: kindInitialize, init: in})

	var edits []edit
	if o, ok := find(body, e.params.start, "initializationOptions", protocol.Source); ok {
		in.options = append([]byte(nil), o.value.of(body)...)
		edits = append(edits, without(body, o))
	}
	go func() {
		own, err := probe(p.ctx, in.params)
		if err != nil {
			p.Logger.Error("our own capabilities are not known: nothing is added to this session", "err", err)
		}
		in.own <- own
	}()
	return rewrite(body, edits...)
}

// probe asks our server what it can do for this editor: one without a learner,
// that knows nothing and keeps nothing.
func probe(ctx context.Context, params []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	body, err := ownInitialize(params, nil, "", false)
	if err != nil {
		return nil, err
	}
	toServer, fromUs := io.Pipe()
	toUs, fromServer := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = lsp.Serve(ctx, stream{toServer, fromServer}, lsp.Options{}) // it is cut off
	}()
	defer func() {
		cancel()
		_ = fromUs.Close()
		_ = toUs.Close()
		<-done
	}()
	go func() { _, _ = fromUs.Write(framed(body)) }() // the answer says whether it came
	r := newFrameReader(toUs)
	for {
		f, err := r.next()
		if err != nil {
			return nil, err
		}
		if err := r.all(&f); err != nil {
			return nil, err
		}
		if c, ok := find(f.body, 0, "result", "capabilities"); ok {
			return append([]byte(nil), c.value.of(f.body)...), nil
		}
		if _, ok := find(f.body, 0, "error"); ok {
			return nil, fmt.Errorf("initialize: %s", f.body)
		}
	}
}

// stream is two halves as one.
type stream struct {
	io.ReadCloser
	w io.WriteCloser
}

func (s stream) Write(b []byte) (int, error) { return s.w.Write(b) }
func (s stream) Close() error                { return errors.Join(s.w.Close(), s.ReadCloser.Close()) }

// ownInitialize is the initialize request to our server, for the editor with
// params: it speaks the server's encoding, and registers nothing with the
// editor, which would send the server what it did not ask for.
func ownInitialize(params, options []byte, encoding string, trusted bool) ([]byte, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(params, &all); err != nil {
		return nil, err
	}
	var capabilities map[string]any
	if raw, ok := all["capabilities"]; ok {
		if err := json.Unmarshal(raw, &capabilities); err != nil {
			return nil, err
		}
	}
	if capabilities == nil {
		capabilities = map[string]any{}
	}
	if w, ok := capabilities["workspace"].(map[string]any); ok {
		delete(w, "didChangeWatchedFiles")
		delete(w, "didChangeConfiguration")
		if w["configuration"] != true {
			delete(w, "configuration")
		}
	}
	general, _ := capabilities["general"].(map[string]any)
	if general == nil {
		general = map[string]any{}
		capabilities["general"] = general
	}
	delete(general, "positionEncodings")
	if encoding != "" {
		general["positionEncodings"] = []string{encoding}
	}
	experimental, _ := capabilities["experimental"].(map[string]any)
	if experimental == nil {
		experimental = map[string]any{}
	}
	experimental["dejafixProxy"] = true // edits beside data
	capabilities["experimental"] = experimental

	settings := map[string]json.RawMessage{}
	if len(options) > 0 {
		if err := json.Unmarshal(options, &settings); err != nil || settings == nil {
			settings = map[string]json.RawMessage{}
		}
	}
	if trusted {
		settings["trusted"] = json.RawMessage("true")
	}
	own := map[string]any{
		"processId": nil, "capabilities": capabilities, "initializationOptions": settings,
	}
	for _, name := range []string{"clientInfo", "locale", "rootPath", "rootUri", "workspaceFolders", "trace"} {
		if raw, ok := all[name]; ok {
			own[name] = raw
		}
	}
	b, err := json.Marshal(own)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":0,"method":"initialize","params":%s}`, b), nil
}

// merge is the server's answer to initialize with one of each capability, and
// what our side needs to know of it. It returns nil where nothing is added.
func (p *proxy) merge(body []byte, e envelope, in *initialization) []byte {
	if len(bytes.TrimSpace(e.result.of(body))) == 0 {
		return nil // an error
	}
	root, ok := objectAt(body, e.result.start)
	if !ok {
		return nil
	}
	at, ok := root.members["capabilities"]
	if !ok {
		return nil
	}
	caps, ok := objectAt(body, at.value.start)
	if !ok {
		return nil
	}
	name := ""
	if m, ok := find(body, root.at, "serverInfo", "name"); ok {
		name, _ = text(m.value.of(body))
	}
	if name == Name || name == "dejafix" {
		p.Logger.Info("the server is dejafix itself: nothing is added", "name", name)
		return nil
	}
	var own []byte
	select {
	case own = <-in.own:
	case <-time.After(probeWithin):
		p.Logger.Error("our own capabilities take too long: nothing is added to this session")
	}
	if p.Dial == nil || len(own) == 0 || !in.literals {
		return nil
	}
	encoding := "utf-16"
	if m, ok := caps.members["positionEncoding"]; ok {
		if s, ok := text(m.value.of(body)); ok {
			encoding = s
		}
	}
	start, err := ownInitialize(in.params, in.options, encoding, p.Trusted)
	if err != nil {
		p.Logger.Error("initialize of our side: nothing is added to this session", "err", err)
		return nil
	}

	m := merger{body: body, caps: caps, own: own, in: in}
	m.codeActions()
	m.commands()
	m.documents()
	m.hover()
	m.inner.resolves = in.resolves
	edits := slices.Concat(m.edits, []edit{caps.with(m.added...)}, p.serverInfo(body, root, name))
	slices.SortStableFunc(edits, func(a, b edit) int { return a.at.start - b.at.start })

	p.inner = m.inner
	p.merging.Store(true)
	p.own.push(event{kind: evStart, body: start})
	return rewrite(body, edits...)
}

// serverInfo says who we are, and who the server is.
func (p *proxy) serverInfo(body []byte, root object, name string) []edit {
	version := p.Version
	if name != "" {
		version = strings.TrimSpace(version + " before " + name)
	}
	info := `{"name":` + quote(Name) + `,"version":` + quote(version)
	m, ok := root.members["serverInfo"]
	if !ok {
		return []edit{root.with(`"serverInfo":` + info + "}")}
	}
	return []edit{{m.value, []byte(info + `,"inner":` + string(m.value.of(body)) + "}")}}
}

// A merger collects the edits of the server's capabilities.
type merger struct {
	body  []byte
	caps  object
	own   []byte // our capabilities
	in    *initialization
	edits []edit
	added []string // members that the server lacks
	inner inner
}

// value is a capability of the server; "" for one that it does not have.
func (m *merger) value(name string) string {
	v, ok := m.caps.members[name]
	if !ok {
		return ""
	}
	switch s := string(v.value.of(m.body)); s {
	case "null", "false":
		return ""
	default:
		return s
	}
}

// set gives a capability a value.
func (m *merger) set(name, value string) {
	if v, ok := m.caps.members[name]; ok {
		m.edits = append(m.edits, edit{v.value, []byte(value)})
		return
	}
	m.added = append(m.added, quote(name)+":"+value)
}

// ours is one of our own capabilities.
func (m *merger) ours(path ...string) string {
	v, ok := find(m.own, 0, path...)
	if !ok {
		return ""
	}
	return string(v.value.of(m.own))
}

func (m *merger) codeActions() {
	const name = "codeActionProvider"
	switch theirs := m.value(name); theirs {
	case "":
		own := m.ours(name)
		if !m.in.resolves {
			own = `{"codeActionKinds":` + m.ours(name, "codeActionKinds") + `}`
		}
		m.set(name, own)
	case "true":
		m.inner.actions = true
		if m.in.resolves {
			m.set(name, `{"resolveProvider":true}`) // and of any kind, as before
		}
	default:
		m.inner.actions = true
		o, ok := objectAt(m.body, m.caps.members[name].value.start)
		if !ok {
			return
		}
		if kinds, ok := o.members["codeActionKinds"]; ok {
			m.union(kinds, m.ours(name, "codeActionKinds"))
		}
		r, ok := o.members["resolveProvider"]
		m.inner.resolve = ok && string(r.value.of(m.body)) == "true"
		switch {
		case m.inner.resolve || !m.in.resolves:
		case ok:
			m.edits = append(m.edits, edit{r.value, []byte("true")})
		default:
			m.edits = append(m.edits, o.with(`"resolveProvider":true`))
		}
	}
}

// union puts at the end of a list of strings what of ours is not in it.
func (m *merger) union(list member, ours string) {
	var have, add []string
	if json.Unmarshal(list.value.of(m.body), &have) != nil || json.Unmarshal([]byte(ours), &add) != nil {
		return
	}
	var news []string
	for _, s := range add {
		if !slices.Contains(have, s) {
			news = append(news, quote(s))
		}
	}
	if len(news) == 0 {
		return
	}
	s := strings.Join(news, ",")
	if len(have) > 0 {
		s = "," + s
	}
	at := list.value.end - 1
	m.edits = append(m.edits, edit{span{at, at}, []byte(s)})
}

func (m *merger) commands() {
	const name = "executeCommandProvider"
	if m.value(name) == "" {
		m.set(name, m.ours(name))
		return
	}
	o, ok := objectAt(m.body, m.caps.members[name].value.start)
	if !ok {
		return
	}
	if list, ok := o.members["commands"]; ok {
		m.union(list, m.ours(name, "commands"))
	} else {
		m.edits = append(m.edits, o.with(`"commands":`+m.ours(name, "commands")))
	}
}

// documents asks for what our side needs to know of documents. What the
// server did not ask for is kept from it. One that may register for documents
// later is left alone.
func (m *merger) documents() {
	const name = "textDocumentSync"
	m.inner.withheld = map[string]bool{}
	if m.in.late {
		return
	}
	withhold := func(methods ...string) {
		for _, method := range methods {
			m.inner.withheld[method] = true
		}
	}
	switch theirs := m.value(name); theirs {
	case "1", "2": // means all of it
	case "", "0":
		m.set(name, m.ours(name))
		withhold(protocol.MethodDidOpen, protocol.MethodDidClose, protocol.MethodDidChange, protocol.MethodDidSave)
	default:
		o, ok := objectAt(m.body, m.caps.members[name].value.start)
		if !ok {
			return
		}
		var add []string
		need := func(key, value string, absent []string, methods ...string) {
			have, ok := o.members[key]
			switch {
			case ok && !slices.Contains(absent, string(have.value.of(m.body))):
				return
			case ok:
				m.edits = append(m.edits, edit{have.value, []byte(value)})
			default:
				add = append(add, quote(key)+":"+value)
			}
			withhold(methods...)
		}
		need("openClose", "true", []string{"false", "null"}, protocol.MethodDidOpen, protocol.MethodDidClose)
		need("change", "2", []string{"0", "null"}, protocol.MethodDidChange)
		need("save", m.ours(name, "save"), []string{"false", "null"}, protocol.MethodDidSave)
		m.edits = append(m.edits, o.with(add...))
	}
}

// hover adds ours for editors that merge those of several servers.
func (m *merger) hover() {
	const name = "hoverProvider"
	m.inner.hover = m.value(name) != ""
	m.inner.hovers = m.ours(name) == "true"
	if m.inner.hovers && !m.inner.hover {
		m.set(name, "true")
	}
}
