package learner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/pattern"
	"github.com/dejafix/dejafix/learner/rank"
	"github.com/dejafix/dejafix/store"
)

const (
	// policyVersion names the show policy in exposures.
	policyVersion = "2" // 1 had a linear score and no checker
	// ignoredLimit: a fix seen and ignored twice in a file goes silent there
	// (PRODUCT.md).
	ignoredLimit = 2
	// largeText is the size above which a request that nobody made by hand does
	// not parse: 64 KB cost about 15 ms (DEPENDENCIES.md: 2.4-5.5 MB/s).
	largeText = 64 << 10
	// maxPerQuery bounds the diagnostics that one request is answered for.
	maxPerQuery = 20
)

// A ranked proposal: what the pattern says, and what experience made of it.
type ranked struct {
	pattern.Proposal
	rule        string
	probability float64 // mean of the posterior
	lower       float64 // its lower 20% quantile, which orders
	repairs     int     // independent repairs behind it
	outcomes    []rank.Outcome
	source      source
	maker       string // of a draft; "" for what was learned
}

// Suggest answers from what is computed: the published model, the tree of the
// text, and earlier answers for the same text. Only a person who asks waits for
// a rule to be learned or a large text to be parsed.
func (l *Learner) Suggest(ctx context.Context, q analysis.Query) ([]analysis.Suggestion, error) {
	m := l.model.Load()
	if q.Doc == nil || q.Doc.Hidden || m.policy.Disabled || slices.Contains(m.policy.Paused, q.Doc.Root) {
		return nil, nil
	}
	limit := max(q.Limit, 1)
	var out []analysis.Suggestion
	for i, d := range q.Diagnostics {
		if i == maxPerQuery {
			break
		}
		list, err := l.answer(ctx, q.Doc, d, q.Invoked)
		if err != nil {
			return out, err
		}
		list = l.withDrafts(ctx, q.Doc, d, list, q.Check)
		if q.Check {
			l.verifier.now(ctx, q.Doc, d, list)
		}
		out = append(out, l.choose(l.model.Load(), q, d, list, limit)...)
	}
	return out, nil
}

// answer gives the ranked proposals for one diagnostic, best first.
func (l *Learner) answer(ctx context.Context, doc *analysis.Document, d analysis.Diagnostic, wait bool) ([]ranked, error) {
	id, _ := identity.Of(doc.Language, d)
	key := id.RuleKey()
	if wait && l.stale() {
		if err := l.do(ctx, func() { l.refresh(l.ctx) }); err != nil {
			return nil, err
		}
	}
	r := l.model.Load().rules[key]
	if r == nil {
		if !wait {
			l.box.put(item{call: func() { l.enter(doc.Root); l.loadRules(l.ctx, []string{key}) }})
			return nil, nil
		}
		if err := l.do(ctx, func() { l.enter(doc.Root); l.loadRules(l.ctx, []string{key}) }); err != nil {
			return nil, err
		}
		if r = l.model.Load().rules[key]; r == nil {
			return nil, nil
		}
	}
	now := l.clock()
	r.used.Store(now.UnixNano())
	if r.examples == 0 {
		return nil, nil
	}
	question := l.question(doc, d, r)
	if list, ok := l.answers.get(question); ok {
		return list, nil
	}
	if !wait && len(doc.Text) > largeText && !l.trees.Has(doc) {
		l.warm(doc, nil)
		return nil, nil
	}
	list, err := l.propose(ctx, doc, d, r)
	if err != nil {
		return nil, err
	}
	l.answers.put(question, list)
	return list, nil
}

// question is what an answer to d is kept under.
func (l *Learner) question(doc *analysis.Document, d analysis.Diagnostic, r *rule) question {
	return question{uri: doc.URI, digest: doc.Digest, rule: r.serial, span: d.Span, message: d.Message}
}

// propose matches what was learned of a rule against the text. One pattern may
// give several edits. What held was its likeliest one, elsewhere: that says
// nothing for the others here, which are far-fetched as a rule.
func (l *Learner) propose(ctx context.Context, doc *analysis.Document, d analysis.Diagnostic, r *rule) ([]ranked, error) {
	target := pattern.Target{Text: doc.Text, Language: doc.Language, Diagnostic: d}
	if syntax.For(doc.Language) != nil {
		tree, release, err := l.trees.Get(ctx, doc)
		if err != nil {
			return nil, err
		}
		defer release()
		target.Tree = tree
	}
	now := l.clock()
	var list []ranked
	first := map[string]bool{} // patterns of which the likeliest edit is listed
	for _, p := range r.learned.Propose(ctx, target) {
		outcomes := r.outcomes[p.Pattern]
		if first[p.Pattern] {
			outcomes = slices.DeleteFunc(slices.Clone(outcomes), rank.Outcome.Good)
		}
		first[p.Pattern] = true
		post := rank.Posterior(rank.Prior(p.Score), outcomes, now)
		repairs := map[string]bool{}
		for _, id := range p.Examples {
			repairs[r.support[id].repair] = true
		}
		list = append(list, ranked{
			Proposal: p, rule: r.key, probability: post.Mean(), lower: post.Lower(),
			repairs: len(repairs), outcomes: outcomes, source: r.source(p.Examples),
		})
	}
	sortRanked(list)
	return list, nil
}

// choose applies the rules of silence and the show policy to the proposals for
// one diagnostic.
func (l *Learner) choose(m *model, q analysis.Query, d analysis.Diagnostic, list []ranked, limit int) []analysis.Suggestion {
	policy := l.rank
	if m.policy.MinProbability > 0 {
		policy.Unasked = m.policy.MinProbability
	}
	workspace := l.workspace(q.Doc.Root)
	path := l.relative(q.Doc)
	var shown, tried []analysis.Suggestion
	passed, weak := 0, false
	var behind *analysis.Suggestion
	for _, c := range list {
		if l.silenced(m, workspace, path, c) || c.maker == "" && !transfers(m.rules[c.rule], q.Doc, workspace, c) {
			continue
		}
		at := place(c.Pattern, q.Doc.Text, c.Edits)
		if undone := m.silences.Undone[at]; !undone.IsZero() {
			if c.maker == "" && q.Tried && len(tried) == 0 && policy.ShowOnRequest(c.probability, 0) {
				s := l.suggestion(q.Doc, d, c, policy)
				s.UndoneHere, s.Unasked, s.Repeatable = undone, false, false
				tried = append(tried, s)
			}
			continue
		}
		s := l.suggestion(q.Doc, d, c, policy)
		if c.maker == "" && !l.verified(q.Doc, &s, c, policy) || c.maker != "" && !l.drafted(q.Doc, &s) {
			continue // the checker says that it is no repair
		}
		if c.source == fromFile && s.Trust < analysis.Checked {
			continue // it came with somebody's repository
		}
		if offeredByPeer(m.peers[q.Doc.URI], q.Doc, s) {
			continue
		}
		id, _ := identity.Of(q.Doc.Language, d)
		o := offer{
			Suggestion: s, place: at, diff: changedLines(q.Doc.Text, c.Edits),
			diagnosed: analysis.DigestOf(id.Key() + "\x00" + lineText(q.Doc.Text, d.Span)),
			rule:      c.rule, identity: id.Key(), workspace: workspace, path: path,
			examples: c.Examples, candidates: candidates(list),
		}
		if q.Invoked {
			if !policy.ShowOnRequest(s.Probability, passed) {
				if c.maker == "" {
					weak = true // and what follows is, but for drafts
				}
				continue
			}
			if weak && c.maker == "" {
				continue
			}
			if c.maker != "" && limit == 1 && s.Trust == analysis.Checked && s.Probability < menuChance {
				if len(shown) == 0 && behind == nil {
					s.Behind = true
					behind = &s
				}
				passed++
				continue
			}
			passed++
			if len(shown) == limit {
				continue
			}
		} else {
			// One, and only the best: a worse one that passes its gate says
			// nothing of the better one that does not.
			if c.maker != "" && !s.Unasked {
				break // nobody asked for drafts
			}
			if !s.Unasked {
				l.withhold(o)
				if q.Tried && !s.UndoneLast.IsZero() && policy.ShowOnRequest(c.probability, len(tried)) {
					tried = append(tried, s)
				}
				break
			}
			if len(shown) == 1 {
				break
			}
			passed++
		}
		l.offers.put(s.ID, o)
		shown = append(shown, s)
	}
	for i := range shown {
		shown[i].More = passed - len(shown)
	}
	if len(shown) == 0 && behind != nil {
		shown = append(shown, *behind)
	}
	return append(shown, tried...)
}

// verified puts into s what the checker said of it, and reports false for one
// that it refuted. What was said with other texts around counts neither way, and
// is asked again.
func (l *Learner) verified(doc *analysis.Document, s *analysis.Suggestion, c ranked, policy rank.Policy) bool {
	v, fresh := l.verifier.verdict(s.ID)
	switch {
	case !fresh && v.verdict != check.VerdictUnknown:
		l.verifier.ask(doc, []analysis.Diagnostic{s.Diagnostic})
	case fresh && v.verdict == check.VerdictRefuted:
		return false
	case fresh && v.verdict == check.VerdictChecked && s.Diagnostic.Source != analysis.SourceRun:
		s.Trust = analysis.Checked
		s.Title = strings.Replace(s.Title, "(learned, ", "(learned, checked, ", 1)
		s.Unasked = policy.ShowChecked(c.probability, c.Loses) && !c.foreign(doc)
	}
	return true
}

func candidates(list []ranked) []store.Candidate {
	const most = 5
	out := make([]store.Candidate, 0, most)
	for _, c := range list[:min(len(list), most)] {
		out = append(out, store.Candidate{Pattern: c.Pattern, Score: c.probability})
	}
	return out
}

// silenced applies those of PRODUCT.md's rules of silence that hold in a whole
// file or everywhere.
func (l *Learner) silenced(m *model, workspace, path string, c ranked) bool {
	if t, ok := m.silences.Tombstones[c.Pattern]; ok && (!t.Never.IsZero() || !t.Forgotten.IsZero()) {
		return true
	}
	return m.silences.Ignored[patternFile(c.Pattern, workspace, path)] >= ignoredLimit || rank.Retired(c.outcomes, l.clock())
}

// transfers reports whether what other workspaces taught may be used here: it
// is the developer's own repair, and every word it brings is a keyword, a
// standard-library or dependency name, or already in the text (ARCHITECTURE.md,
// "Data at rest").
func transfers(r *rule, doc *analysis.Document, workspace string, c ranked) bool {
	if r == nil {
		return false
	}
	classes := map[string]analysis.TokenClass{}
	own := false
	for _, id := range c.Examples {
		s := r.support[id]
		if s.workspace == workspace {
			return true
		}
		switch s.origin {
		case analysis.OriginTyped, analysis.OriginCompletion, analysis.OriginAgent:
			own = true
		default:
			continue
		}
		for _, t := range s.shape {
			classes[t.Text] = t.Class
		}
	}
	if !own {
		return false
	}
	for _, e := range c.Edits {
		for _, w := range syntax.Words(syntax.Row(doc.Language), e.New) {
			switch classes[w] {
			case analysis.TokenKeyword, analysis.TokenStdlib, analysis.TokenDependency:
			default:
				if !strings.Contains(doc.Text, w) {
					return false
				}
			}
		}
	}
	return true
}

// suggestion turns a ranked proposal into what is offered.
func (l *Learner) suggestion(doc *analysis.Document, d analysis.Diagnostic, c ranked, policy rank.Policy) analysis.Suggestion {
	s := analysis.Suggestion{
		Pattern: c.Pattern, Diagnostic: d, URI: doc.URI, Version: doc.Version, Digest: doc.Digest,
		Edits: c.Edits, FixType: c.FixType, OnlyDeletes: c.OnlyDeletes,
		Trust: analysis.Likely, Probability: c.probability, Supporting: c.repairs, Maker: c.maker,
		HighConfidence: c.probability > policy.HighConfidence,
		Unasked:        policy.ShowUnasked(c.probability, c.Loses) && !c.foreign(doc),
	}
	s.Repeatable = c.repairs >= 2
	for _, o := range c.outcomes { // oldest first
		switch o.Verdict {
		case rank.Applied:
			s.Applied++
		case rank.Held:
			s.Held++
			s.Repeatable = true
		case rank.Undone:
			s.Undone++
			s.Repeatable, s.UndoneLast = false, o.Time
		case rank.CameBack:
			s.Undone++
			s.Repeatable = false
		}
	}
	// A repair that a developer made by hand and that stayed is a case that
	// held; an application that was undone or did not last is one that did not.
	total, held := c.repairs+s.Held+s.Undone, c.repairs+s.Held
	switch {
	case c.maker == "":
		s.Title = fmt.Sprintf("%s (learned, %d of %d held)", c.Title, held, total)
	case total > 0:
		s.Title = fmt.Sprintf("%s (suggested, %d of %d held)", c.Title, held, total)
	default:
		s.Title = c.Title + " (suggested)"
	}
	if c.maker != "" {
		s.Unasked, s.Repeatable, s.HighConfidence = false, false, false
	}
	s.ID = suggestionID(s)
	return s
}

// suggestionID names what is offered by what it is, so that asking again for
// the same text gives the same suggestion.
func suggestionID(s analysis.Suggestion) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00%d\x00%d", s.Pattern, s.URI, s.Digest, s.Diagnostic.Span.Start, s.Diagnostic.Span.End)
	for _, e := range s.Edits {
		fmt.Fprintf(h, "\x00%d\x00%d\x00%s", e.Span.Start, e.Span.End, e.New)
	}
	return "s_" + hex.EncodeToString(h.Sum(nil)[:8])
}

// offeredByPeer reports whether another server offers the same edit, or one of
// the same title, at the place of s.
func offeredByPeer(peers []analysis.Peered, doc *analysis.Document, s analysis.Suggestion) bool {
	return slices.ContainsFunc(peers, func(p analysis.Peered) bool {
		return p.Doc.Digest == doc.Digest && p.Span.Overlaps(s.Diagnostic.Span) && offers(p, doc, s)
	})
}

// offers reports whether what a peer said of a place is the edit of s, or has
// its title.
func offers(p analysis.Peered, doc *analysis.Document, s analysis.Suggestion) bool {
	title := analysis.PlainTitle(s.Title)
	for _, t := range p.Titles {
		if strings.EqualFold(strings.TrimSpace(t), title) {
			return true
		}
	}
	ours, err := textedit.Apply(doc.Text, s.Edits)
	if err != nil {
		return false
	}
	for _, edits := range p.Edits {
		if theirs, err := textedit.Apply(doc.Text, edits); err == nil && theirs == ours {
			return true
		}
	}
	return false
}
