package proxy

import "encoding/json"

// hover asks our side too, for editors that merge the hovers of several servers
// and would show ours beside the server's.
func (p *proxy) hover(body []byte, e envelope) []byte {
	id, params := e.id.of(body), e.params.of(body)
	switch {
	case !p.inner.hovers:
		return body
	case !p.inner.hover:
		p.route(id, e.method, params, Alone, "null")
		return nil
	}
	p.remember(id, &pending{kind: kindHover, own: p.own.call(e.method, params)})
	return body
}

// mergeHover is the server's hover with ours below it; nil where there is
// nothing to add.
func (p *proxy) mergeHover(body []byte, e envelope, r *pending) []byte {
	a, ok := p.ready(r.own)
	if !ok {
		return nil
	}
	ours, ok := find(a.body, 0, "result")
	if !ok || string(ours.value.of(a.body)) == "null" {
		return nil
	}
	theirs := e.result.of(body)
	switch {
	case len(theirs) == 0:
		return nil // an error, which passes
	case string(theirs) == "null":
		return rewrite(body, edit{e.result, ours.value.of(a.body)})
	}
	var kind struct{ Contents struct{ Kind, Value string } }
	if json.Unmarshal(ours.value.of(a.body), &kind) != nil {
		return nil
	}
	theirKind, ok := find(body, e.result.start, "contents", "kind")
	if !ok {
		return nil // one of the older forms: nothing can be put below it
	}
	if k, _ := text(theirKind.value.of(body)); k != kind.Contents.Kind {
		return nil
	}
	value, ok := find(body, e.result.start, "contents", "value")
	if !ok {
		return nil
	}
	separator := "\n\n"
	if kind.Contents.Kind == "markdown" {
		separator = "\n\n---\n\n"
	}
	more := quote(separator + kind.Contents.Value)
	at := value.value.end - 1
	return rewrite(body, edit{span{at, at}, []byte(more[1 : len(more)-1])})
}
