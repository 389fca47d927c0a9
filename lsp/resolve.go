package lsp

import (
	"context"

	"go.lsp.dev/jsonrpc2"

	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// resolve fills in the edit of an action. When the text is no longer the one
// that the edit was made for, it is refused and never misplaced.
func (s *session) resolve(params []byte) (work, error) {
	a, err := protocol.Decode[protocol.CodeAction](protocol.MethodResolve, params)
	if err != nil {
		return nil, err
	}
	var data protocol.ActionEnvelope
	if len(a.Data) > 0 {
		if err := protocol.Unmarshal(a.Data, &data); err != nil {
			return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%s: data: %v", protocol.MethodResolve, err)
		}
	}
	if data.Dejafix == nil || a.Edit != nil {
		return func(context.Context) (any, error) { return a, nil }, nil // nothing of ours is missing
	}
	own := *data.Dejafix
	if own.All != "" {
		return s.resolveAll(a, own)
	}
	o, ok := s.offers.byID[own.ID]
	if !ok {
		return nil, modified("the suggestion is no longer known; ask for code actions again")
	}
	d, ok := s.docs[string(own.URI)]
	if !ok || d.text.Doc.Digest.String() != own.Digest || d.text.Doc.Digest != o.Digest {
		return nil, modified("the text changed since the repair was offered; ask for code actions again")
	}
	text, suggestion, sv, changes := d.text, o.Suggestion, s.sv, s.client.action.DocumentChanges
	return func(ctx context.Context) (any, error) {
		ok, reason, err := sv.learner.Recheck(ctx, text.Doc, suggestion)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, modified("the repair was checked, and is not right any more: " + reason + "; ask for code actions again")
		}
		edit, err := convert.Edit(text, suggestion.Edits, changes)
		if err != nil {
			return nil, err
		}
		a.Edit = edit
		return a, sv.foresee(text.Doc, suggestion)
	}, nil
}

func modified(message string) error {
	return jsonrpc2.NewError(protocol.CodeContentModified, message)
}
