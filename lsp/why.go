package lsp

import (
	"context"

	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// why explains a suggestion, pattern or example.
func (s *session) why(params []byte) (work, error) {
	p, err := protocol.Decode[protocol.WhyParams](protocol.MethodWhy, params)
	if err != nil {
		return nil, err
	}
	sv := s.sv
	return func(ctx context.Context) (any, error) {
		x, err := sv.learner.Why(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		result := protocol.WhyResult{Markdown: x.Markdown, Examples: []protocol.Raw{}}
		for _, e := range x.Examples {
			raw, err := wire.Encode(wire.FromExample(e))
			if err != nil {
				return nil, err
			}
			result.Examples = append(result.Examples, raw)
		}
		return result, nil
	}, nil
}
