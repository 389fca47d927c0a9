package learner

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/episode"
	"github.com/dejafix/dejafix/store"
)

// maxExposed bounds the exposures of a session that may still change.
const maxExposed = 4096

// An offer is a suggestion that left the learner, with what is needed to judge
// and explain it later.
type offer struct {
	analysis.Suggestion
	// What is needed of the text later, without keeping the text: a large file
	// that is typed in would else be kept once for every key.
	place      store.Place
	diagnosed  analysis.Digest // of the identity and the error's lines
	diff       string          // the lines that change
	rule       string
	identity   string // key
	workspace  string
	path       string
	examples   []string // ids of those behind it
	candidates []store.Candidate
}

// exposureKey names one decision of a session: editors ask at every cursor
// move, and the same answer for the same error is one exposure.
type exposureKey struct{ uri, identity, pattern string }

type exposed struct {
	id     string
	status store.ExposureStatus
}

// handle takes one event on the learning goroutine.
func (l *Learner) handle(e analysis.Event) {
	switch e := e.(type) {
	case analysis.Edited:
		l.verifier.edited(e)
		for w := range l.watchers() {
			w.Edited(e)
		}
		l.results(l.machine.Observe(e))
		if e.Change == analysis.Opened && e.Doc.Root != "" {
			l.enter(e.Doc.Root)
		}
		switch e.Change {
		case analysis.Closed:
			l.trees.Drop(e.Doc.URI)
			l.unpeer(e.Doc.URI)
			delete(l.erring, e.Doc.URI)
		case analysis.Changed:
			// Only where a request may come for it: a text without errors is
			// never asked about.
			if _, ok := l.erring[e.Doc.URI]; ok {
				l.erring[e.Doc.URI] = analysis.Diagnosed{Doc: e.Doc}
				l.warm(e.Doc, nil)
			}
		}
	case analysis.Diagnosed:
		l.results(l.machine.Observe(l.steady(e)))
		l.prepare(e)
	case analysis.Peered:
		l.results(l.machine.Observe(e))
		next := l.model.Load().clone()
		next.peers = cloneWith(next.peers, e)
		l.model.Store(next)
	case analysis.Served:
		l.expose(e)
		l.results(l.machine.Observe(e))
	case analysis.Decided:
		l.decided(e)
	case analysis.Configured:
		next := l.model.Load().clone()
		before := next.policy
		next.policy = e.Policy
		l.model.Store(next)
		if l.verifier.checker != nil {
			l.verifier.checker.Configure(e.Policy.PrivateServers, e.Policy.Tools)
			// Repairs of what is reported already may be checked from now on.
			for _, now := range l.erring {
				if root := now.Doc.Root; slices.Contains(e.Policy.Trusted, root) && !slices.Contains(before.Trusted, root) && len(now.Diagnostics) > 0 {
					l.warm(now.Doc, now.Diagnostics)
				}
			}
		}
		l.results(l.machine.Observe(e))
	case analysis.Tested:
		l.tested(&e)
		l.results(l.machine.Observe(e))
	case analysis.Failed:
		l.failed(&e)
		l.results(l.machine.Observe(e))
	}
}

// prepare makes ready what will be asked after a report: the rules of its
// errors, the tree of its text and the answers.
func (l *Learner) prepare(e analysis.Diagnosed) {
	if e.Doc == nil || e.Doc.Hidden || l.model.Load().policy.Disabled {
		return
	}
	if l.stale() {
		l.refresh(l.ctx)
	}
	switch {
	case len(e.Diagnostics) == 0:
		if e.Whole && !e.Runs {
			delete(l.erring, e.Doc.URI)
		}
		return
	case !e.Runs:
		l.erring[e.Doc.URI] = e
	}
	var keys []string
	for _, d := range e.Diagnostics {
		id, _ := identity.Of(e.Doc.Language, d)
		if key := id.RuleKey(); !slices.Contains(keys, key) && len(keys) < maxRules/2 {
			keys = append(keys, key)
		}
	}
	l.loadRules(l.ctx, keys)
	l.warm(e.Doc, e.Diagnostics)
}

// decided takes what a person did with a suggestion.
func (l *Learner) decided(e analysis.Decided) {
	if e.Verdict != analysis.VerdictNever {
		l.results(l.machine.Observe(e))
		return
	}
	id := e.ID
	if o, ok := l.offers.get(id); ok {
		id = o.Pattern
	}
	if l.store == nil || !strings.HasPrefix(id, "p_") {
		return
	}
	ctx, cancel := context.WithTimeout(l.ctx, storeTimeout)
	defer cancel()
	if err := l.store.SetNever(ctx, id, true); err != nil {
		l.degraded("could not remember that a repair is never to be suggested", err)
		return
	}
	l.refresh(ctx)
}

// expose records that suggestions were offered or seen, and tells the machine,
// which watches what becomes of them.
func (l *Learner) expose(e analysis.Served) {
	var fresh []store.Exposure
	var keys []exposureKey
	var served []analysis.Suggestion
	status := store.Offered
	if e.Seen {
		status = store.Seen
	}
	for _, id := range e.IDs {
		o, ok := l.offers.get(id)
		if !ok {
			continue
		}
		served = append(served, o.Suggestion)
		key := exposureKey{o.URI, o.identity, o.Pattern}
		switch old, ok := l.exposed[key]; {
		case !ok:
			fresh = append(fresh, exposure(o, status, id))
			keys = append(keys, key)
		case old.status != store.Seen && status == store.Seen:
			l.updateExposure(old.id, store.Seen, "")
			l.exposed[key] = exposed{old.id, store.Seen}
		}
	}
	l.machine.Offer(served)
	l.addExposures(fresh, keys, status)
}

// withhold records, once a session, that there was a repair which policy kept
// back.
func (l *Learner) withhold(o offer) {
	l.box.put(item{call: func() {
		key := exposureKey{o.URI, o.identity, o.Pattern}
		if _, ok := l.exposed[key]; !ok {
			l.addExposures([]store.Exposure{exposure(o, store.Withheld, "")}, []exposureKey{key}, store.Withheld)
		}
	}})
}

func exposure(o offer, status store.ExposureStatus, suggestion string) store.Exposure {
	chance := 0.0
	if status != store.Withheld {
		chance = 1 // the policy is deterministic; experiments will change that
	}
	candidates := slices.Clone(o.candidates)
	for i := range candidates {
		candidates[i].About = candidates[i].Pattern == o.Pattern
	}
	return store.Exposure{
		Suggestion: suggestion,
		Diagnostic: o.diagnosed,
		Identity:   o.identity, Workspace: o.workspace, Path: o.path, Candidates: candidates,
		Policy: policyVersion, Chance: chance, Status: status,
	}
}

func (l *Learner) addExposures(xs []store.Exposure, keys []exposureKey, status store.ExposureStatus) {
	if len(xs) == 0 || l.store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(l.ctx, storeTimeout)
	defer cancel()
	if err := l.store.AddExposures(ctx, xs); err != nil {
		l.degraded("could not record what was shown", err)
		return
	}
	if len(l.exposed) > maxExposed {
		clear(l.exposed)
	}
	for i, x := range xs {
		l.exposed[keys[i]] = exposed{x.ID, status}
	}
}

func (l *Learner) updateExposure(id string, status store.ExposureStatus, verdict analysis.Verdict) {
	if l.store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(l.ctx, storeTimeout)
	defer cancel()
	if err := l.store.UpdateExposure(ctx, id, status, verdict); err != nil && !errors.Is(err, store.ErrNotFound) {
		l.degraded("could not record what was shown", err)
	}
}

// results takes what the machine concluded.
func (l *Learner) results(rs []episode.Result) {
	judged := false
	for _, r := range rs {
		switch r := r.(type) {
		case episode.Closed:
			l.closed(r)
		case episode.Dropped:
			l.log.Debug("not a repair", "why", r.Reason, "code", r.Diagnostic.Code)
		case episode.Outcome:
			l.outcome(r)
			judged = true
		}
	}
	if judged {
		l.refresh(l.ctx) // once, however many one action had
		// The answers that were ready went with it, and a repair that held is
		// asked for at its other places next.
		for _, e := range l.erring {
			l.warm(e.Doc, e.Diagnostics)
		}
	}
}

// outcome stores what became of a suggestion, and what keeps it silent from now
// on.
func (l *Learner) outcome(r episode.Outcome) {
	o, ok := l.offers.get(r.Suggestion)
	if !ok || l.store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(l.ctx, storeTimeout)
	defer cancel()
	row := store.Outcome{Pattern: o.Pattern, Suggestion: r.Suggestion, RuleKey: o.rule, Workspace: o.workspace, Verdict: r.Verdict, Time: r.Time}
	if len(o.examples) > 0 {
		row.Example = o.examples[0]
	}
	if err := l.store.AddOutcome(ctx, row); err != nil {
		l.degraded("could not record what became of a repair", err)
		return
	}
	switch r.Verdict {
	case analysis.VerdictUndone:
		if err := l.store.AddUndone(ctx, o.place, o.workspace, r.Time); err != nil {
			l.degraded("could not remember what was undone", err)
		}
	case analysis.VerdictIgnored, analysis.VerdictDismissed:
		if _, err := l.store.AddIgnored(ctx, patternFile(o.Pattern, o.workspace, o.path), r.Time); err != nil {
			l.degraded("could not remember what was ignored", err)
		}
	}
	if x, ok := l.exposed[exposureKey{o.URI, o.identity, o.Pattern}]; ok {
		l.updateExposure(x.id, "", r.Verdict)
	}
}

// place is where a pattern would change the text: the lines it touches, so that
// the same code elsewhere is the same place.
func place(pattern, text string, edits []analysis.Edit) store.Place {
	if len(edits) == 0 {
		return store.Place{Pattern: pattern}
	}
	span := analysis.Span{Start: edits[0].Span.Start, End: edits[len(edits)-1].Span.End}
	return store.Place{Pattern: pattern, Text: analysis.DigestOf(strings.TrimSpace(lineText(text, span)))}
}

func patternFile(pattern, workspace, path string) store.PatternFile {
	return store.PatternFile{Pattern: pattern, Workspace: workspace, Path: path}
}

// lineText is the whole lines that span touches.
func lineText(text string, span analysis.Span) string {
	s := linesOf(text, span)
	return text[s.Start:s.End]
}

func linesOf(text string, span analysis.Span) analysis.Span {
	span.Start = min(max(span.Start, 0), len(text))
	span.End = min(max(span.End, span.Start), len(text))
	start := strings.LastIndexByte(text[:span.Start], '\n') + 1
	end := len(text)
	if i := strings.IndexByte(text[span.End:], '\n'); i >= 0 {
		end = span.End + i
	}
	return analysis.Span{Start: start, End: end}
}

// changedLines shows what edits do, as diff does, without the lines around
// them. It costs nothing that grows with text.
func changedLines(text string, edits []analysis.Edit) string {
	var b strings.Builder
	for i := 0; i < len(edits); {
		at := linesOf(text, edits[i].Span)
		var group []analysis.Edit
		for ; i < len(edits) && edits[i].Span.Start <= at.End; i++ {
			at.End = max(at.End, linesOf(text, edits[i].Span).End)
			e := edits[i]
			e.Span.Start, e.Span.End = e.Span.Start-at.Start, e.Span.End-at.Start
			group = append(group, e)
		}
		after, err := textedit.Apply(text[at.Start:at.End], group)
		if err != nil {
			continue
		}
		// The lines of a diff, without its head.
		_, lines, _ := strings.Cut(textedit.Unified("", text[at.Start:at.End]+"\n", after+"\n"), "@@\n")
		b.WriteString(lines)
	}
	return b.String()
}

// unpeer forgets what peers offered in a document.
func (l *Learner) unpeer(uri string) {
	cur := l.model.Load()
	if _, ok := cur.peers[uri]; !ok {
		return
	}
	next := cur.clone()
	next.peers = maps.Clone(cur.peers)
	delete(next.peers, uri)
	l.model.Store(next)
}

// maxPeered bounds the places of one document at which it is known what peers
// offer: more than a screen has errors.
const maxPeered = 100

// cloneWith returns peers with p: an answer for each place of the newest text.
func cloneWith(peers map[string][]analysis.Peered, p analysis.Peered) map[string][]analysis.Peered {
	next := maps.Clone(peers)
	if p.Doc == nil {
		return next
	}
	var list []analysis.Peered
	for _, old := range peers[p.Doc.URI] {
		if old.Doc.Digest == p.Doc.Digest && old.Span != p.Span {
			list = append(list, old)
		}
	}
	list = append(list, p)
	next[p.Doc.URI] = list[max(0, len(list)-maxPeered):]
	return next
}
