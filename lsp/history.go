package lsp

import (
	"context"
	"fmt"

	"github.com/dejafix/dejafix/lsp/protocol"
)

// A History learns from the history of a repository, where its person lets it.
// Its methods are called off the session's goroutine.
type History interface {
	// Offers gives the roots of workspaces whose person was not asked yet, and
	// whose history has something to learn from.
	Offers() <-chan string
	// Asking remembers that the question is asked from now on: whoever does not
	// answer was asked all the same. False: it was, meanwhile.
	Asking(ctx context.Context, root string) (bool, error)
	// Answered takes the answer. Where it is yes it learns, which takes about a
	// minute, and says how many repairs of how many kinds that gave.
	Answered(ctx context.Context, root string, yes bool) (repairs, kinds int, err error)
}

// The words of the question. It names what it costs, and No is an answer.
const (
	historyQuestion = "dejafix: Learn from this repository's history? About a minute, stays on this machine."
	historyYes      = "Learn"
	historyNo       = "No"
)

// offerHistory asks, once for each workspace, whether to learn from the history
// of its repository, and says what came of that when there is something to say.
func (sv *server) offerHistory(h History) {
	for {
		select {
		case <-sv.base.Done():
			return
		case root := <-h.Offers():
			if err := sv.askHistory(sv.base, h, root); err != nil && sv.base.Err() == nil {
				sv.Logger.Warn("learning from history", "root", root, "err", err)
			}
		}
	}
}

func (sv *server) askHistory(ctx context.Context, h History, root string) error {
	may := false
	if err := sv.do(func(s *session) error {
		may = s.phase == running && s.mayOfferHistory(root)
		return nil
	}); err != nil || !may {
		return err
	}
	if first, err := h.Asking(ctx, root); err != nil || !first {
		return err
	}
	var answer *protocol.MessageActionItem
	_, err := sv.conn.Call(ctx, protocol.MethodShowMessageRequest, &protocol.ShowMessageRequestParams{
		Type: messageInfo, Message: historyQuestion, Actions: []protocol.MessageActionItem{{Title: historyYes}, {Title: historyNo}},
	}, &answer)
	if err != nil || answer == nil {
		return err // nobody is asked twice
	}
	repairs, kinds, err := h.Answered(ctx, root, answer.Title == historyYes)
	if err != nil || repairs == 0 {
		return err
	}
	sv.notify(protocol.MethodShowMessage, &protocol.ShowMessageParams{
		Type: messageInfo, Message: fmt.Sprintf("dejafix learned %s of %s from this repository's history, all checked.", several(repairs, "repair"), several(kinds, "kind")),
	})
	return nil
}

func several(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// mayOfferHistory reports whether a person may be asked: checkers would run, and
// something would be learned.
func (s *session) mayOfferHistory(root string) bool {
	o := s.settingsFor(root)
	return o.Enable && o.Learn && o.OfferHistory && (s.settings.Trusted || s.trusted[root])
}
