package lsp

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
)

const (
	// recurringLimit is how many errors a client gets that does not say how many;
	// mostRecurring is the most it gets.
	recurringLimit, mostRecurring = 50, 500
	// maxPlaces bounds the places that are named of one kind of error: more than
	// a person jumps to.
	maxPlaces = 20
	// recurringPause is the least time between two notices that the list may
	// differ: reports come several in a second while a person types.
	recurringPause = time.Second
)

// recurring lists the errors that came again, with where they are now.
func (s *session) recurring(params []byte) (work, error) {
	p, err := protocol.Decode[protocol.RecurringParams](protocol.MethodRecurring, params)
	if err != nil {
		return nil, err
	}
	limit := min(p.Limit, mostRecurring)
	if limit <= 0 {
		limit = recurringLimit
	}
	now := s.reportedNow()
	sv := s.sv
	return func(ctx context.Context) (any, error) {
		places := map[string][]protocol.RecurringPlace{} // by rule key
		counts := map[string]int{}
		var again []string
		for _, r := range now {
			id, _ := identity.Of(r.language, r.Diagnostic)
			key := id.RuleKey()
			if counts[key]++; counts[key] == 1 {
				again = append(again, key)
			}
			if len(places[key]) < maxPlaces {
				places[key] = append(places[key], r.RecurringPlace)
			}
		}
		list, err := sv.learner.Recurring(ctx, again, limit)
		if err != nil {
			return nil, err
		}
		result := protocol.RecurringResult{Errors: []protocol.RecurringError{}}
		for _, r := range list {
			result.Errors = append(result.Errors, recurringError(r, counts[r.Key], places[r.Key]))
		}
		return result, nil
	}, nil
}

func recurringError(r analysis.Recurring, now int, places []protocol.RecurringPlace) protocol.RecurringError {
	e := protocol.RecurringError{
		ID: r.Key, Language: r.Language, Source: r.Source, Code: r.Code, Message: r.Message,
		Times: r.Repairs + now, Repaired: r.Repairs, Last: r.Last.UTC(),
		Places: places, Repairs: []protocol.RecurringRepair{},
	}
	if e.Places == nil {
		e.Places = []protocol.RecurringPlace{}
	}
	for _, l := range r.Patterns {
		// As in the titles of suggestions: a repair by hand that stayed is a case
		// that held.
		e.Repairs = append(e.Repairs, protocol.RecurringRepair{
			Pattern: l.Pattern, Title: l.Title, Held: l.Repairs + l.Held, Of: l.Repairs + l.Held + l.Undone, Never: l.Never,
		})
	}
	return e
}

// A placed diagnostic is one that is reported now.
type placed struct {
	analysis.Diagnostic
	protocol.RecurringPlace

	language string
}

// reportedNow are all diagnostics that are reported now, in open documents and in
// others, by URI and place.
func (s *session) reportedNow() (list []placed) {
	add := func(text *convert.Text, reports []convert.Reported) {
		for _, r := range reports {
			list = append(list, placed{r.Diagnostic, protocol.RecurringPlace{URI: protocol.URI(text.Doc.URI), Range: text.Range(r.Span)}, text.Doc.Language})
		}
	}
	for _, d := range s.docs {
		if !d.text.Doc.Hidden {
			add(d.text, d.all())
		}
	}
	for uri, u := range s.unopened.byURI {
		if s.docs[uri] != nil {
			continue
		}
		for i, d := range u.diagnostics {
			list = append(list, placed{d, protocol.RecurringPlace{URI: protocol.URI(uri), Range: u.ranges[i]}, u.language})
		}
	}
	slices.SortStableFunc(list, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.URI, b.URI), cmp.Compare(a.Span.Start, b.Span.Start))
	})
	return list
}

// recurringChanged tells the client that the list may differ, at most once in
// recurringPause. It never blocks.
func (sv *server) recurringChanged() {
	select {
	case sv.recurred <- struct{}{}:
	default: // one is to be sent already
	}
}

// forwardRecurring sends what recurringChanged asked for. The list is read after
// the pause, so that the last change of a burst is never missed.
func (sv *server) forwardRecurring() {
	for {
		select {
		case <-sv.base.Done():
			return
		case <-sv.recurred:
		}
		timer := time.NewTimer(recurringPause)
		select {
		case <-sv.base.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		_ = sv.do(func(s *session) error {
			if s.phase == running && s.client.status {
				sv.notify(protocol.MethodRecurringChanged, struct{}{})
			}
			return nil
		})
	}
}
