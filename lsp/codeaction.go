package lsp

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// moreLimit is the most further repairs of one diagnostic that a list shows.
const moreLimit = 10

// Triggers of a code action, as LSP numbers them. A client before LSP 3.17
// gives none.
const (
	triggerInvoked   = 1
	triggerAutomatic = 2
)

// A snapshot is what a request about a document needs of the session. It is
// taken in wire order and does not change.
type snapshot struct {
	sv       *server
	client   client
	text     *convert.Text
	reports  []convert.Reported
	failures []failure // that are shown in it
	settings Settings
}

// snapshot returns nil where nothing is to be said: the document is not open,
// or hidden, or its workspace is paused or switched off.
func (s *session) snapshot(uri protocol.URI) *snapshot {
	d, ok := s.docs[string(uri)]
	if !ok || d.text.Doc.Hidden || s.isPaused(d.text.Doc) {
		return nil
	}
	settings := s.settingsFor(d.text.Doc.Root)
	if !settings.Enable {
		return nil
	}
	return &snapshot{
		sv: s.sv, client: s.client, text: d.text, reports: d.all(), settings: settings,
		failures: s.failures[d.text.Doc.Path],
	}
}

func (s *session) isPaused(doc *analysis.Document) bool {
	if doc.Root != "" {
		return s.paused[doc.Root]
	}
	return false
}

// codeAction offers repairs at a range.
func (s *session) codeAction(params []byte) (work, error) {
	p, err := protocol.Decode[protocol.CodeActionParams](protocol.MethodCodeAction, params)
	if err != nil {
		return nil, err
	}
	nothing := func(context.Context) (any, error) { return []protocol.CodeAction{}, nil }
	snap := s.snapshot(p.TextDocument.URI)
	if snap == nil || !s.client.literals {
		return nothing, nil
	}
	snap.learnContext(p.Context.Diagnostics, s)
	invoked := p.Context.TriggerKind != triggerAutomatic
	seen := p.Context.TriggerKind == triggerInvoked
	fix, all := wanted(p.Context.Only)
	switch {
	case fix:
		return func(ctx context.Context) (any, error) { return snap.fixes(ctx, p.Range, invoked, seen) }, nil
	case all && invoked:
		return func(ctx context.Context) (any, error) { return snap.fixAll(ctx, seen) }, nil
	}
	return nothing, nil
}

// wanted reads the kinds that a client asks for. A kind includes those below
// it, but fixAll is for who names it: people run its parents on save.
func wanted(only []protocol.CodeActionKind) (fix, all bool) {
	if len(only) == 0 {
		return true, false
	}
	return slices.Contains(only, protocol.KindQuickFix) || slices.Contains(only, ""),
		slices.Contains(only, protocol.KindFixAll)
}

// learnContext takes the diagnostics that a client attached to its question:
// those that no report told of may open an episode. Clients without our plugin
// have no other way to tell.
func (snap *snapshot) learnContext(context []protocol.Diagnostic, s *session) {
	var news []convert.Reported
	for _, d := range context {
		r, ok := convert.Report(snap.text, d)
		if ok && !slices.ContainsFunc(snap.reports, func(k convert.Reported) bool { return k.Diagnostic == r.Diagnostic }) {
			news = append(news, r)
		}
	}
	if len(news) == 0 {
		return
	}
	s.observe(analysis.Diagnosed{Doc: snap.text.Doc, Diagnostics: convert.Diagnostics(news), Time: s.now()})
	snap.reports = append(slices.Clip(snap.reports), news...)
}

// at are the reports at a range: those that touch it, else those that start on
// its lines, since most editors ask with the cursor anywhere on the line.
func (snap *snapshot) at(span analysis.Span) []convert.Reported {
	lines := snap.text.LineSpan(span)
	var touching, onLines []convert.Reported
	for _, r := range snap.reports {
		switch {
		case r.Span.Overlaps(span):
			touching = append(touching, r)
		case lines.Start <= r.Span.Start && r.Span.Start <= lines.End:
			onLines = append(onLines, r)
		}
	}
	if len(touching) > 0 {
		return touching
	}
	return onLines
}

// asked says who asks for suggestions, and for how many.
type asked struct {
	invoked bool // by a person
	limit   int  // for each diagnostic
	tried   bool // those undone at the place too, to be told of
	check   bool // checked first, where they can be
}

// suggest asks the learner about the reports at a span and keeps what may be
// shown.
func (snap *snapshot) suggest(ctx context.Context, span analysis.Span, by asked) ([]analysis.Suggestion, []convert.Reported, error) {
	reports := snap.at(span)
	if len(reports) == 0 {
		return nil, nil, nil
	}
	suggestions, err := snap.sv.learner.Suggest(ctx, analysis.Query{
		Doc: snap.text.Doc, Span: span, Diagnostics: convert.Diagnostics(reports), Invoked: by.invoked, Limit: by.limit, Tried: by.tried, Check: by.check,
	})
	if err != nil {
		return nil, nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	kept := make([]analysis.Suggestion, 0, len(suggestions))
	for _, g := range suggestions {
		if g.Digest != snap.text.Doc.Digest {
			continue // computed for another text
		}
		if !by.invoked && g.Probability < snap.settings.MinProbability && !toldOf(g) {
			continue // the workspace wants to be surer
		}
		kept = append(kept, g)
	}
	return kept, reports, nil
}

// fixes is the menu: one repair for each diagnostic, the first of them for all
// places like it, and one entry for the rest.
func (snap *snapshot) fixes(ctx context.Context, r protocol.Range, invoked, seen bool) (any, error) {
	suggestions, reports, err := snap.suggest(ctx, snap.text.Span(r), asked{invoked: invoked, limit: 1})
	if err != nil {
		return nil, err
	}
	actions := []protocol.CodeAction{}
	var shown []analysis.Suggestion
	more := 0
	for _, g := range suggestions {
		if g.Behind {
			more++
			continue
		}
		if slices.ContainsFunc(shown, func(o analysis.Suggestion) bool { return o.Diagnostic == g.Diagnostic }) {
			more++
			continue
		}
		a, ok, err := snap.action(g, reports)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		more += g.More
		actions = append(actions, a)
		shown = append(shown, g)
	}
	var all *repeat
	if invoked {
		if all, err = snap.repeat(ctx, shown); err != nil {
			return nil, err
		}
	}
	if err := snap.served(shown, seen, all.remember); err != nil {
		return nil, err
	}
	extra, err := all.actions(snap)
	if err != nil {
		return nil, err
	}
	actions = append(actions, extra...)
	if more > 0 {
		kind := protocol.KindQuickFix
		actions = append(actions, protocol.CodeAction{
			Title: "More repairs…", Kind: &kind,
			Command: convert.Command("More repairs…", protocol.CommandMore,
				protocol.MoreArguments{URI: protocol.URI(snap.text.Doc.URI), Range: r}),
		})
	}
	return actions, nil
}

// action is a suggestion as a code action; false for one that this client
// cannot show.
func (snap *snapshot) action(g analysis.Suggestion, reports []convert.Reported) (protocol.CodeAction, bool, error) {
	a, err := convert.Action(snap.text, g, snap.wire(g.Diagnostic, reports), snap.client.action)
	if err != nil {
		return a, false, err
	}
	if len(g.Edits) == 0 {
		// Something is known, and no edit of it fits here.
		if !snap.client.disabled {
			return a, false, nil
		}
		a.Edit, a.Data, a.Command = nil, nil, protocol.Command{}
		a.Disabled = protocol.CodeActionDisabled{Reason: "no learned edit fits this code"}
	}
	return a, true, nil
}

// wire is a diagnostic as the client sent it, at the place where it is now.
func (snap *snapshot) wire(d analysis.Diagnostic, reports []convert.Reported) *protocol.Diagnostic {
	for _, r := range reports {
		if r.Diagnostic == d {
			w := r.Wire
			w.Range = snap.text.Range(r.Span)
			return &w
		}
	}
	return nil
}

// served remembers what goes to the client and tells the learner. It does also
// what else is to be done in the session: each way there costs as much as the
// rest of an answer.
func (snap *snapshot) served(shown []analysis.Suggestion, seen bool, also ...func(*session)) error {
	if len(shown) == 0 {
		return nil
	}
	ids := make([]string, 0, len(shown))
	for _, g := range shown {
		ids = append(ids, g.ID)
	}
	doc := snap.text.Doc
	err := snap.sv.do(func(s *session) error {
		s.offers.add(shown)
		s.observe(analysis.Served{Doc: doc, IDs: ids, Seen: seen, Time: s.now()})
		for _, f := range also {
			f(s)
		}
		return nil
	})
	if err != nil || snap.client.action.Resolve && snap.client.action.Data {
		return err // the edits go out later
	}
	for _, g := range shown {
		if err := snap.sv.foresee(doc, g); err != nil {
			return err
		}
	}
	return nil
}

// foresee notes what a document looks like after a suggestion whose edit goes
// out now, so that it is noticed when the client gets there.
func (sv *server) foresee(doc *analysis.Document, g analysis.Suggestion) error {
	if len(g.Edits) == 0 {
		return nil
	}
	text, err := textedit.Apply(doc.Text, g.Edits)
	if err != nil {
		return fmt.Errorf("the edit of %s cannot be applied: %w", g.ID, err)
	}
	after := analysis.TextDigest(text)
	return sv.do(func(s *session) error {
		if o, ok := s.offers.byID[g.ID]; ok {
			o.after = after
		}
		return nil
	})
}

// fixAll is one action for every learned repair of the document that was checked.
// A draft is for who looks at it, until those like it have proved themselves.
func (snap *snapshot) fixAll(ctx context.Context, seen bool) (any, error) {
	whole := analysis.Span{End: len(snap.text.Doc.Text)}
	suggestions, _, err := snap.suggest(ctx, whole, asked{invoked: true, limit: 1, check: true})
	if err != nil {
		return nil, err
	}
	var edits []analysis.Edit
	var taken []analysis.Suggestion
	for _, g := range suggestions {
		if g.Trust < analysis.Checked || g.Maker != "" && !g.Unasked || len(g.Edits) == 0 || overlaps(edits, g.Edits) {
			continue
		}
		edits = append(edits, g.Edits...)
		taken = append(taken, g)
	}
	actions := []protocol.CodeAction{}
	if len(taken) == 0 {
		return actions, nil
	}
	edit, err := convert.Edit(snap.text, textedit.Sorted(edits), snap.client.action.DocumentChanges)
	if err != nil {
		return nil, err
	}
	ids := make([]any, 0, len(taken))
	for _, g := range taken {
		ids = append(ids, g.ID)
	}
	kind := protocol.KindFixAll
	title := fmt.Sprintf("Apply %d checked repairs", len(taken))
	if len(taken) == 1 {
		title = "Apply 1 checked repair"
	}
	actions = append(actions, protocol.CodeAction{
		Title: title, Kind: &kind, Edit: edit,
		Command: convert.Command("Tell dejafix that its repairs were applied", protocol.CommandApplied, ids...),
	})
	return actions, snap.served(taken, seen)
}

// overlaps reports whether any of more touches any of edits, so that both
// cannot be applied in one go.
func overlaps(edits, more []analysis.Edit) bool {
	for _, a := range edits {
		for _, b := range more {
			if a.Span.Overlaps(b.Span) {
				return true
			}
		}
	}
	return false
}

// byPlace sorts suggestions by where their diagnostics are.
func byPlace(suggestions []analysis.Suggestion) {
	sort.SliceStable(suggestions, func(i, j int) bool {
		return suggestions[i].Diagnostic.Span.Start < suggestions[j].Diagnostic.Span.Start
	})
}
