package learner

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/pattern"
	"github.com/dejafix/dejafix/learner/rank"
)

// A Drafter makes edits for errors that nothing was learned of, from the text and
// its workspace alone. It must answer from what it has: about a failure of code
// that ran it is asked while a person waits for a menu. The best come first. tree is that of doc.Text, nil for a
// language without a grammar, and lives as long as the call.
type Drafter interface {
	Draft(ctx context.Context, doc *analysis.Document, tree *syntax.Tree, d analysis.Diagnostic) []analysis.Draft
}

// A watcher is a Drafter that reads the workspace. Edited, which must not block,
// tells it what becomes of texts; Ready returns when it knows a document and what
// lies around it.
type watcher interface {
	Edited(e analysis.Edited)
	Ready(ctx context.Context, doc *analysis.Document)
}

// watchers are the drafters that read the workspace.
func (l *Learner) watchers() iter.Seq[watcher] {
	return func(yield func(watcher) bool) {
		for _, d := range l.drafters {
			if w, ok := d.(watcher); ok && !yield(w) {
				return
			}
		}
	}
}

const (
	// draftsEach is how many drafts for one error are kept, the best of all makers.
	// Each is checked until one cures the error.
	draftsEach = 5
	// checkedOdds is what a check multiplies the odds of a draft by: it let all right
	// suggestions pass and 9% of the wrong ones, on errors made by putting hunks of
	// real commits back (BENCHMARKS.md).
	checkedOdds = 10
	// readyTime is how long a check waits for the workspace to be read: the files
	// around a document take milliseconds, on a loaded machine some hundred.
	readyTime = 5 * time.Second
	// menuChance is what a draft that was checked needs to stand in a menu; who asks
	// for more gets those below it. It was set when the package's own tests had passed
	// after 6 of 6 of these on cobra, with which the makers were written, and after 2
	// of 2 on koanf; of all that were checked, after 8 of 9 and 6 of 11. BENCHMARKS.md
	// has what others gave since.
	menuChance = .9
	// provedDrafts and provedChance are what a maker has to show for an error's rule
	// before one of its drafts is shown to a person who did not ask: so many that were
	// applied, and this chance of holding.
	provedDrafts = 10
	provedChance = .9
)

// withDrafts puts drafts for d behind what was learned. A draft for an error of a
// tool is of no use before it was checked, so that they are made when there is time
// for that (now), and a menu has those that were. What guards against a failure
// of code that ran is made at once.
func (l *Learner) withDrafts(ctx context.Context, doc *analysis.Document, d analysis.Diagnostic, list []ranked, now bool) []ranked {
	if len(l.drafters) == 0 {
		return list
	}
	key := question{uri: doc.URI, digest: doc.Digest, span: d.Span, message: d.Message}
	if !now {
		if drafts, ok := l.drafts.get(key); ok {
			return slices.Concat(list, drafts)
		}
		if d.Source != analysis.SourceRun {
			return list
		}
	}
	id, _ := identity.Of(doc.Language, d)
	r := l.model.Load().rules[id.RuleKey()]
	if r == nil || syntax.For(doc.Language) == nil {
		return list
	}
	tree, release, err := l.trees.Get(ctx, doc)
	if err != nil {
		return list
	}
	defer release()
	drafts := l.draft(ctx, doc, tree, d, r, list)
	l.drafts.put(key, drafts)
	return slices.Concat(list, drafts)
}

// draft asks the drafters about one error, and ranks what they say by what became
// of their earlier drafts. What was learned and is likely enough to be shown says
// already is left out.
func (l *Learner) draft(ctx context.Context, doc *analysis.Document, tree *syntax.Tree, d analysis.Diagnostic, r *rule, learned []ranked) []ranked {
	var list []ranked
	now := l.clock()
	known := map[string]bool{} // texts that something leads to already that is shown
	for _, c := range learned {
		if !l.rank.ShowOnRequest(c.probability, 0) {
			continue
		}
		if after, err := textedit.Apply(doc.Text, c.Edits); err == nil {
			known[after] = true
		}
	}
	for _, by := range l.drafters {
		var drafts []analysis.Draft
		l.guard("draft", func() { drafts = by.Draft(ctx, doc, tree, d) })
		for _, x := range drafts {
			after, err := textedit.Apply(doc.Text, x.Edits)
			if err != nil || after == doc.Text || known[after] {
				continue
			}
			known[after] = true
			id := draftPattern(x.Maker, r.key)
			outcomes := r.outcomes[id]
			post := rank.Posterior(rank.Prior(x.Score), outcomes, now)
			deletes := !slices.ContainsFunc(x.Edits, func(e analysis.Edit) bool { return strings.TrimSpace(e.New) != "" })
			list = append(list, ranked{
				Proposal: pattern.Proposal{
					Edits: x.Edits, Pattern: id, Title: x.Title, FixType: x.FixType, OnlyDeletes: deletes, Loses: deletes, Score: x.Score,
				},
				rule: r.key, probability: post.Mean(), lower: post.Lower(), outcomes: outcomes, maker: x.Maker,
			})
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return cmp.Compare(b.probability, a.probability) })
	return list[:min(len(list), draftsEach)]
}

// draftPattern is the id under which what becomes of a maker's drafts for a rule
// is counted.
func draftPattern(maker, rule string) string {
	sum := sha256.Sum256([]byte("draft\x00" + maker + "\x00" + rule))
	return "p_" + hex.EncodeToString(sum[:10])
}

// proved reports whether a draft may be shown to a person who did not ask.
func proved(s analysis.Suggestion) bool {
	return s.Trust == analysis.Checked && s.Applied >= provedDrafts && s.Probability >= provedChance
}

// checkedChance is the chance of a draft that a checker found to cure its error.
func checkedChance(p float64) float64 { return checkedOdds * p / (1 + (checkedOdds-1)*p) }

// drafted puts into s what the checker said of a draft, and reports whether it
// may be shown to who asks. A draft for an error of a tool must have been checked;
// one for a failure of code that ran, which no checker sees, must not have been
// found to break anything.
func (l *Learner) drafted(doc *analysis.Document, s *analysis.Suggestion) bool {
	v, fresh := l.verifier.verdict(s.ID)
	if s.Diagnostic.Source == analysis.SourceRun {
		return v.verdict != check.VerdictRefuted
	}
	if !fresh { // or it was drafted when more of the workspace was read
		l.verifier.ask(doc, []analysis.Diagnostic{s.Diagnostic})
	}
	if !fresh || v.verdict != check.VerdictChecked {
		return false
	}
	s.Trust = analysis.Checked
	s.Title = strings.Replace(s.Title, " (suggested", " (suggested, checked", 1)
	s.Probability = checkedChance(s.Probability)
	s.Unasked = proved(*s)
	return true
}
