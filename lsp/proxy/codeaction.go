package proxy

import (
	"bytes"
	"encoding/json"
	"runtime"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// menu asks our side what the editor asks the server, and returns what the
// server gets; nil where it has no code actions.
func (p *proxy) menu(body []byte, e envelope) []byte {
	out := body
	if token, ok := find(body, e.params.start, "partialResultToken"); ok {
		// The actions must come in one answer, or ours have no place.
		out = rewrite(body, without(body, token))
		e = open(out)
	}
	id, params := e.id.of(out), e.params.of(out)
	if !p.offers() {
		p.route(id, e.method, params, Alone, "[]")
		return nil
	}
	p.own.push(event{kind: evAsked, ask: kindMenu, id: idKey(id), body: append([]byte(nil), params...)})
	p.remember(id, &pending{kind: kindMenu, own: p.own.call(e.method, params)})
	runtime.Gosched() // our side is asked first
	return out
}

// An action is what is read of one to compare it.
type action struct {
	Title string          `json:"title"`
	Edit  json.RawMessage `json:"edit"`
	Data  struct {
		Dejafix *struct {
			ID  string `json:"id"`
			All string `json:"all"`
		} `json:"dejafix"`
	} `json:"data"`
}

// mergeMenu is the server's answer with our actions after its own; nil where
// there is nothing to add.
func (p *proxy) mergeMenu(body []byte, e envelope, r *pending) []byte {
	theirs := e.result.of(body)
	if len(theirs) == 0 {
		return nil // an error, which passes
	}
	a, ok := p.ready(r.own)
	if !ok {
		return nil
	}
	ours := own(a)
	if len(ours) == 0 {
		return nil
	}
	list := ours
	if string(theirs) != "null" {
		var there []json.RawMessage
		if err := json.Unmarshal(theirs, &there); err != nil {
			return nil
		}
		list = different(ours, there)
	}
	added := p.shown(list)
	switch {
	case len(added) == 0:
		return nil
	case string(theirs) == "null":
		return rewrite(body, edit{e.result, slices.Concat([]byte("["), added, []byte("]"))})
	}
	at := e.result.end - 1
	if len(bytes.TrimSpace(theirs[1:len(theirs)-1])) > 0 {
		added = append([]byte(","), added...)
	}
	return rewrite(body, edit{span{at, at}, added})
}

// own are the actions in an answer of our side.
func own(a answer) []json.RawMessage {
	m, ok := find(a.body, 0, "result")
	if !ok {
		return nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(m.value.of(a.body), &list); err != nil {
		return nil // null, or an error
	}
	return list
}

// alone is an answer of our side as the editor gets it, where the server has no
// part in it.
func (p *proxy) alone(a answer) answer {
	m, ok := find(a.body, 0, "result")
	if !ok {
		return a
	}
	a.body = rewrite(a.body, edit{m.value, slices.Concat([]byte("["), p.shown(own(a)), []byte("]"))})
	a.id = open(a.body).id
	return a
}

// different are those of our actions that the server does not offer. With one
// goes what repeats it.
func different(ours, theirs []json.RawMessage) []json.RawMessage {
	titles := map[string]bool{}
	var edits []json.RawMessage
	for _, raw := range theirs {
		var a struct {
			Title string          `json:"title"`
			Edit  json.RawMessage `json:"edit"`
		}
		if json.Unmarshal(raw, &a) != nil {
			continue
		}
		titles[plainTitle(a.Title)] = true
		if len(a.Edit) > 0 && string(a.Edit) != "null" {
			edits = append(edits, a.Edit)
		}
	}
	gone := map[string]bool{}
	read := make([]action, len(ours))
	for i, raw := range ours {
		if json.Unmarshal(raw, &read[i]) != nil {
			continue
		}
		a := read[i]
		same := titles[plainTitle(a.Title)] ||
			len(a.Edit) > 0 && slices.ContainsFunc(edits, func(e json.RawMessage) bool { return sameEdit(a.Edit, e) })
		if same && a.Data.Dejafix != nil {
			gone[a.Data.Dejafix.ID] = true
		}
	}
	var out []json.RawMessage
	for i, raw := range ours {
		if d := read[i].Data.Dejafix; d == nil || !gone[d.ID] {
			out = append(out, raw)
		}
	}
	if !slices.ContainsFunc(out, func(raw json.RawMessage) bool { return bytes.Contains(raw, []byte(`"data"`)) }) && len(gone) > 0 {
		return nil // "More repairs…" alone repairs nothing
	}
	return out
}

// plainTitle is a title as titles are compared: without what ours say of
// themselves.
func plainTitle(s string) string {
	return strings.ToLower(strings.TrimSpace(analysis.PlainTitle(s)))
}

// shown is our actions as the editor gets them, with commas between. Editors
// that resolve actions get the edit when it was looked at once more.
func (p *proxy) shown(list []json.RawMessage) []byte {
	var b []byte
	for i, raw := range list {
		if i > 0 {
			b = append(b, ',')
		}
		e, hasEdit := find(raw, 0, "edit")
		if _, hasData := find(raw, 0, "data", protocol.Source); p.inner.resolves && hasEdit && hasData {
			raw = rewrite(raw, without(raw, e))
		}
		b = append(b, raw...)
	}
	return b
}

// textEdit is one change in a file.
type textEdit struct {
	Range struct {
		Start, End struct{ Line, Character int }
	} `json:"range"`
	NewText string `json:"newText"`
}

// changed are the changes of a workspace edit by file, in the order of their
// places; nil for one that does more than change texts.
func changed(raw []byte) map[string][]textEdit {
	var w struct {
		Changes         map[string][]textEdit `json:"changes"`
		DocumentChanges []struct {
			Kind         string               `json:"kind"`
			TextDocument struct{ URI string } `json:"textDocument"`
			Edits        []textEdit           `json:"edits"`
		} `json:"documentChanges"`
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return nil
	}
	out := map[string][]textEdit{}
	if len(w.DocumentChanges) > 0 {
		for _, c := range w.DocumentChanges {
			if c.Kind != "" {
				return nil
			}
			out[key(c.TextDocument.URI)] = append(out[key(c.TextDocument.URI)], c.Edits...)
		}
	} else {
		for uri, edits := range w.Changes {
			out[key(uri)] = append(out[key(uri)], edits...)
		}
	}
	for _, edits := range out {
		slices.SortStableFunc(edits, func(a, b textEdit) int {
			if a.Range.Start.Line != b.Range.Start.Line {
				return a.Range.Start.Line - b.Range.Start.Line
			}
			return a.Range.Start.Character - b.Range.Start.Character
		})
	}
	return out
}

// sameEdit reports whether two workspace edits change the same places to the
// same. (Two that differ and lead to the same text are found by our side, which
// has the text and hears of the server's.)
func sameEdit(a, b []byte) bool {
	x, y := changed(a), changed(b)
	if len(x) == 0 || len(x) != len(y) {
		return false
	}
	for uri, edits := range x {
		if !slices.Equal(edits, y[uri]) {
			return false
		}
	}
	return true
}
