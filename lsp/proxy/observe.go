package proxy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"

	"github.com/dejafix/dejafix/lsp/protocol"
)

const (
	// maxFollowed is the largest message about a document that our side is told,
	// in bytes. It looks at no text over 1 MB (lsp/watch); escapes double one at
	// most, but for control characters.
	maxFollowed = 2 << 20
	// ends is how much of a larger one is kept at either end, in bytes: its URI
	// is beside the text.
	ends = 4 << 10
	// maxSets bounds the files whose diagnostics are remembered; a workspace
	// with errors in more is told file by file.
	maxSets = 10_000
)

// An event is something that our side is to be told.
type event struct {
	kind   eventKind
	n      int    // of evCall
	method string // of evCall and evMessage
	ask    kind   // of evAsked and evAnswered
	id     string // of evAsked and evAnswered: its idKey
	body   []byte // the message, or its params or result
}

type eventKind int

const (
	evStart    eventKind = iota // body is the initialize request to our side
	evMessage                   // body is a message for our side, as it is
	evCall                      // body is the params of a request to our side
	evMissed                    // events were dropped
	evDocument                  // body is a didOpen, didChange, didSave or didClose
	evTooLong                   // body is the ends of such a message
	evPublish                   // body is the server's textDocument/publishDiagnostics
	evAsked                     // body is the params of a request that the server has
	evAnswered                  // body is its result
	evProgress                  // body is its $/progress
	evApply                     // body is its workspace/applyEdit
	evSettings                  // body is the params of workspace/didChangeConfiguration
)

// A teller turns events into what our side is told. It belongs to the goroutine
// of session.tell.
type teller struct {
	s    *session
	pull bool // our side asks the editor for its settings

	docs  map[string]*document
	sets  map[string]map[string][]byte // raw arrays by URI and channel
	asked map[string]question          // requests that the server has
	menu  menu                         // the last one
	told  bool                         // the editor reports diagnostics itself
}

// document is one that the editor has open.
type document struct {
	version  int64
	followed bool // our side has it open
}

// question is a request of the editor that the server has.
type question struct {
	kind    kind
	uri     string
	version int64
	open    bool
	channel string // of a pull
	token   string // of partial results
	menu    menu
}

// menu is a request for code actions.
type menu struct {
	uri     string
	version int64
	rang    []byte // raw
	titles  []string
	edits   [][]byte // raw
}

// channelPush is the channel of published diagnostics; those that are pulled have
// the identifier of their provider.
const channelPush = "push"

func (w *teller) handle(ev event) error {
	switch ev.kind {
	case evStart:
		if err := w.s.start(w.s.p.ctx); err != nil {
			return err
		}
		_, ok := find(ev.body, 0, "params", "capabilities", "workspace", "configuration")
		w.pull = ok
		return w.s.write(ev.body)
	case evMessage:
		if ev.method == protocol.MethodDiagnostics {
			w.told = true // an editor that reports itself is believed
		}
		return w.s.write(ev.body)
	case evCall:
		b := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":%s`, ev.n, quote(ev.method))
		if len(ev.body) > 0 {
			b = append(append(b, `,"params":`...), ev.body...)
		}
		return w.s.write(append(b, '}'))
	case evMissed:
		return w.missed()
	case evDocument:
		return w.document(ev.method, ev.body)
	case evTooLong:
		return w.tooLong(ev.method, ev.body)
	case evPublish:
		return w.published(open(ev.body).params.of(ev.body))
	case evAsked:
		w.question(ev)
		return nil
	case evAnswered:
		return w.answered(ev)
	case evProgress:
		return w.progress(open(ev.body).params.of(ev.body))
	case evApply:
		return w.applying(open(ev.body).params.of(ev.body))
	case evSettings:
		return w.settings(ev.body)
	}
	return nil
}

func (w *teller) notify(method string, params []byte) error {
	b := append([]byte(`{"jsonrpc":"2.0","method":`), quote(method)...)
	b = append(append(b, `,"params":`...), params...)
	return w.s.write(append(b, '}'))
}

// key is a URI as documents are told apart: editor and server may write the
// same one in two ways.
func key(uri string) string {
	var u protocol.URI
	if err := protocol.Unmarshal([]byte(quote(uri)), &u); err != nil {
		return uri
	}
	return string(u)
}

// uriAt reads the URI at a path of keys.
func uriAt(b []byte, path ...string) (string, bool) {
	m, ok := find(b, 0, path...)
	if !ok {
		return "", false
	}
	uri, ok := text(m.value.of(b))
	return key(uri), ok
}

// document takes a message about a document, which our side gets as it is.
func (w *teller) document(method string, body []byte) error {
	uri, ok := uriAt(body, "params", "textDocument", "uri")
	if !ok {
		return nil
	}
	d := w.docs[uri]
	switch method {
	case protocol.MethodDidOpen:
		d = &document{followed: true}
		w.docs[uri] = d
	case protocol.MethodDidClose:
		delete(w.docs, uri)
	}
	if d == nil {
		return nil
	}
	if v, ok := find(body, 0, "params", "textDocument", "version"); ok {
		if n, err := strconv.ParseInt(string(v.value.of(body)), 10, 64); err == nil {
			d.version = n
		}
	}
	if !d.followed {
		return nil
	}
	return w.s.write(body)
}

// tooLong stops following a document that our side does not look at anyway.
func (w *teller) tooLong(method string, ends []byte) error {
	i := bytes.Index(ends, []byte(`"uri"`))
	if i < 0 {
		return nil
	}
	i = skipSpace(ends, i+len(`"uri"`))
	if i >= len(ends) || ends[i] != ':' {
		return nil
	}
	i = skipSpace(ends, i+1)
	end, ok := skipValue(ends, i)
	if !ok {
		return nil
	}
	uri, _ := text(ends[i:end])
	d := w.docs[key(uri)]
	if method == protocol.MethodDidOpen {
		d = &document{}
		w.docs[key(uri)] = d
	}
	return w.leave(uri, d)
}

// leave closes a document on our side alone.
func (w *teller) leave(uri string, d *document) error {
	if d == nil || !d.followed {
		return nil
	}
	d.followed = false
	return w.notify(protocol.MethodDidClose, []byte(`{"textDocument":{"uri":`+quote(uri)+`}}`))
}

// missed leaves all open documents: it is not known what became of them.
func (w *teller) missed() error {
	w.asked = map[string]question{}
	uris := make([]string, 0, len(w.docs))
	for uri := range w.docs {
		uris = append(uris, uri)
	}
	sort.Strings(uris)
	for _, uri := range uris {
		if err := w.leave(uri, w.docs[uri]); err != nil {
			return err
		}
	}
	return nil
}

// published takes what the server reports on its own. Its params are those of
// our own method.
func (w *teller) published(params []byte) error {
	uri, ok := uriAt(params, "uri")
	if !ok {
		return nil
	}
	list, ok := find(params, 0, "diagnostics")
	if !ok {
		return nil
	}
	version := ""
	if v, ok := find(params, 0, "version"); ok && string(v.value.of(params)) != "null" {
		version = string(v.value.of(params))
	}
	return w.report(uri, channelPush, list.value.of(params), version)
}

// report tells our side the whole set of a file: what came on all channels.
func (w *teller) report(uri, channel string, list []byte, version string) error {
	if len(list) < 2 || list[0] != '[' {
		return nil // it does not say what there is
	}
	empty := len(bytes.TrimSpace(list[1:len(list)-1])) == 0
	set := w.sets[uri]
	d := w.docs[uri]
	switch {
	case empty && set == nil && d == nil:
		return nil // servers say so of every file when they start
	case empty:
		delete(set, channel)
		if len(set) == 0 {
			delete(w.sets, uri)
		}
	default:
		if set == nil {
			set = map[string][]byte{}
			if len(w.sets) < maxSets {
				w.sets[uri] = set
			}
		}
		set[channel] = append([]byte(nil), list...)
	}
	if w.told || d != nil && !d.followed {
		return nil
	}
	channels := make([]string, 0, len(set))
	for c := range set {
		channels = append(channels, c)
	}
	sort.Strings(channels)
	b := append([]byte(`{"uri":`), quote(uri)...)
	if version != "" && d != nil {
		b = append(append(b, `,"version":`...), version...)
	}
	b = append(b, `,"diagnostics":[`...)
	for i, c := range channels {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, set[c][1:len(set[c])-1]...)
	}
	return w.notify(protocol.MethodDiagnostics, append(b, "]}"...))
}

// question notes what the editor asks the server.
func (w *teller) question(ev event) {
	if len(w.asked) >= maxPending {
		w.asked = map[string]question{} // a server that answers nothing
	}
	q := question{kind: ev.ask}
	if m, ok := find(ev.body, 0, "partialResultToken"); ok {
		q.token = idKey(m.value.of(ev.body))
	}
	if m, ok := find(ev.body, 0, "identifier"); ok {
		q.channel = string(m.value.of(ev.body))
	}
	q.uri, _ = uriAt(ev.body, "textDocument", "uri")
	if d := w.docs[q.uri]; d != nil {
		q.version, q.open = d.version, true
	}
	switch ev.ask {
	case kindMenu:
		q.menu = menu{uri: q.uri, version: q.version}
		if m, ok := find(ev.body, 0, "range"); ok {
			q.menu.rang = append([]byte(nil), m.value.of(ev.body)...)
		}
	case kindResolve:
		q.menu = w.menu
	}
	w.asked[ev.id] = q
}

// answered takes the server's answer to a question.
func (w *teller) answered(ev event) error {
	q, ok := w.asked[ev.id]
	if !ok {
		return nil
	}
	delete(w.asked, ev.id)
	switch q.kind {
	case kindPull:
		return w.pulled(q, ev.body)
	case kindPullWorkspace:
		return w.pulledWorkspace(q, ev.body)
	case kindMenu:
		return w.offered(q.menu, ev.body)
	case kindResolve:
		return w.resolved(q.menu, ev.body)
	}
	return nil
}

// progress takes partial results of a pull.
func (w *teller) progress(params []byte) error {
	token, ok := find(params, 0, "token")
	if !ok {
		return nil
	}
	value, ok := find(params, 0, "value")
	if !ok {
		return nil
	}
	is := idKey(token.value.of(params))
	for _, q := range w.asked {
		if q.token != is {
			continue
		}
		if q.kind == kindPullWorkspace {
			return w.pulledWorkspace(q, value.value.of(params))
		}
		return w.related(q, value.value.of(params))
	}
	return nil
}

// pulled takes a report that the editor asked for: the diagnostics of the
// document as it was then, or that they have not changed.
func (w *teller) pulled(q question, result []byte) error {
	version := ""
	if q.open {
		version = strconv.FormatInt(q.version, 10)
	}
	if err := w.part(q.uri, q.channel, result, version); err != nil {
		return err
	}
	return w.related(q, result)
}

// part is the report of one document.
func (w *teller) part(uri, channel string, result []byte, version string) error {
	kind, _ := find(result, 0, "kind")
	switch is, _ := text(kind.value.of(result)); is {
	case "full":
		items, ok := find(result, 0, "items")
		if !ok {
			return nil
		}
		return w.report(uri, "pull "+channel, items.value.of(result), version)
	case "unchanged":
		list := w.sets[uri]["pull "+channel]
		if list == nil {
			return nil // nothing, still
		}
		return w.report(uri, "pull "+channel, list, version)
	}
	return nil
}

// related takes what a report says of other documents.
func (w *teller) related(q question, result []byte) error {
	m, ok := find(result, 0, "relatedDocuments")
	if !ok {
		return nil
	}
	var failed error
	members(result, m.value.start, nil, func(m member) bool {
		uri, _ := text(result[m.key.start-1 : m.key.end+1])
		failed = w.part(key(uri), q.channel, m.value.of(result), "")
		return failed == nil
	})
	return failed
}

func (w *teller) pulledWorkspace(q question, result []byte) error {
	var report struct {
		Items []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(result, &report); err != nil {
		return nil //nolint:nilerr // somebody else's answer, which passed as it is
	}
	for _, item := range report.Items {
		uri, ok := uriAt(item, "uri")
		if !ok {
			continue
		}
		version := ""
		if v, ok := find(item, 0, "version"); ok && string(v.value.of(item)) != "null" {
			version = string(v.value.of(item))
		}
		if err := w.part(uri, q.channel, item, version); err != nil {
			return err
		}
	}
	return nil
}

// offered tells our side what the server offers in a menu.
func (w *teller) offered(m menu, result []byte) error {
	var list []struct {
		Title string          `json:"title"`
		Edit  json.RawMessage `json:"edit"`
	}
	if err := json.Unmarshal(result, &list); err != nil {
		return nil //nolint:nilerr // as above
	}
	for _, a := range list {
		m.titles = append(m.titles, a.Title)
		if len(a.Edit) > 0 && string(a.Edit) != "null" {
			m.edits = append(m.edits, a.Edit)
		}
	}
	w.menu = m
	return w.peer(m)
}

// resolved adds the edit of one of them.
func (w *teller) resolved(m menu, result []byte) error {
	e, ok := find(result, 0, "edit")
	if !ok || m.uri == "" || string(e.value.of(result)) == "null" {
		return nil
	}
	m.edits = append(slices.Clip(m.edits), append([]byte(nil), e.value.of(result)...))
	w.menu = m
	return w.peer(m)
}

// applying takes an edit that the server has the editor make: most often that
// of a command which a menu offered.
func (w *teller) applying(params []byte) error {
	e, ok := find(params, 0, "edit")
	if !ok {
		return nil
	}
	edit := e.value.of(params)
	files := changed(edit)
	if len(files) != 1 {
		return nil // never equal to a repair of ours
	}
	for uri := range files {
		d := w.docs[uri]
		if d == nil {
			return nil
		}
		m := w.menu
		if m.uri != uri || m.version != d.version {
			m = menu{uri: uri, version: d.version, rang: []byte(`{"start":{"line":0,"character":0},"end":{"line":0,"character":0}}`)}
		}
		m.edits = append(slices.Clip(m.edits), append([]byte(nil), edit...))
		return w.peer(m)
	}
	return nil
}

func (w *teller) peer(m menu) error {
	d := w.docs[m.uri]
	if d == nil || !d.followed || len(m.rang) == 0 || len(m.titles)+len(m.edits) == 0 {
		return nil
	}
	titles, err := json.Marshal(m.titles)
	if err != nil || m.titles == nil {
		titles = []byte("[]")
	}
	b := append([]byte(`{"uri":`), quote(m.uri)...)
	b = fmt.Appendf(b, `,"version":%d,"range":%s,"titles":%s,"edits":[`, m.version, m.rang, titles)
	b = append(b, bytes.Join(m.edits, []byte(","))...)
	return w.notify(protocol.MethodPeerActions, append(b, "]}"...))
}

// settings tells our side its part of the editor's settings, or to ask for
// them.
func (w *teller) settings(params []byte) error {
	m, ok := find(params, 0, "settings", "dejafix")
	switch {
	case ok:
		return w.notify(protocol.MethodDidChangeSettings, []byte(`{"settings":{"dejafix":`+string(m.value.of(params))+`}}`))
	case w.pull:
		return w.notify(protocol.MethodDidChangeSettings, []byte(`{"settings":null}`))
	}
	return nil
}
