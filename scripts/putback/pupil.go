package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner"
	"github.com/dejafix/dejafix/learner/index"
	"github.com/dejafix/dejafix/learner/rank"
	"github.com/dejafix/dejafix/learner/replay"
	"github.com/dejafix/dejafix/lsp/watch"
	"github.com/dejafix/dejafix/store"
)

// policy shows whatever was checked, however unlikely: where the floor lies is
// what the summary tells.
var policy = rank.Policy{OnRequest: 0, Limit: rank.Default.Limit, Unasked: rank.Default.Unasked, Checked: 0, HighConfidence: rank.Default.HighConfidence}

// A pupil is a learner with a store of its own, driven as the server drives it.
type pupil struct {
	name    string
	root    string
	store   *store.Store
	learner *learner.Learner
	drafts  *drafts // nil: it says what was learned, and no more
}

// drafts asks the index of a workspace as it is at a commit. The learner may ask
// while the next commit's takes its place.
type drafts struct{ now atomic.Pointer[index.Index] }

func (d *drafts) Draft(ctx context.Context, doc *analysis.Document, tree *syntax.Tree, of analysis.Diagnostic) []analysis.Draft {
	return d.now.Load().Draft(ctx, doc, tree, of)
}

func (d *drafts) Edited(e analysis.Edited)                          { d.now.Load().Edited(e) }
func (d *drafts) Ready(ctx context.Context, doc *analysis.Document) { d.now.Load().Ready(ctx, doc) }

// newPupil starts a pupil. One that drafts, too, is asked as a person asks: for
// what a menu shows.
func newPupil(ctx context.Context, name, file, root string, set *check.Set, drafting bool) (*pupil, error) {
	st, err := store.Open(ctx, store.Options{Path: file})
	if err != nil {
		return nil, err
	}
	p := &pupil{name: name, root: root, store: st}
	o := learner.Options{Store: st, Version: "putback", Rank: policy, Checker: set}
	if drafting {
		p.drafts = &drafts{}
		p.drafts.now.Store(index.Open(index.Options{}))
		o.Rank, o.Drafters = rank.Policy{}, []learner.Drafter{p.drafts}
	}
	p.learner = learner.New(o)
	p.learner.Observe(analysis.Configured{Policy: analysis.Policy{Trusted: []string{root}, PrivateServers: true}})
	return p, nil
}

func (p *pupil) close() error {
	err := errors.Join(p.learner.Close(), p.store.Close())
	if p.drafts != nil {
		err = errors.Join(err, p.drafts.now.Load().Close())
	}
	return err
}

// read reads the workspace as it is now, with a case opened in it.
func (p *pupil) read(ctx context.Context, c *putback) error {
	if p.drafts == nil {
		return nil
	}
	old := p.drafts.now.Swap(index.Open(index.Options{Whole: true, Ignored: watch.Ignored}))
	if err := old.Close(); err != nil {
		return err
	}
	p.drafts.Edited(analysis.Edited{Doc: p.document(c, c.Broken), Change: analysis.Opened})
	return p.drafts.now.Load().Idle(ctx)
}

// readPairs learns from the half of the fix pairs of a language that is there to
// learn from.
func (p *pupil) readPairs(ctx context.Context, files, language string) error {
	names, err := filepath.Glob(files)
	if err != nil {
		return err
	}
	var all []replay.Row
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		list, err := replay.Read(f)
		f.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, list...)
	}
	half, _ := replay.Split(all)
	half = slices.DeleteFunc(half, func(r replay.Row) bool { return identity.Family(r.Language) != identity.Family(language) })
	report, err := p.learner.LearnPairs(ctx, half, p.root, nil)
	fmt.Fprintf(os.Stderr, "%s: learned %d fix pairs\n", p.name, report.Added)
	return err
}

// learn takes what there is to learn from cases, as `dejafix learn git` does.
func (p *pupil) learn(ctx context.Context, list []*putback) error {
	var cures []learner.Cure
	for _, c := range list {
		if c.Teaches {
			cures = append(cures, learner.Cure{
				Doc: p.document(c, c.Broken), Edits: c.Edits, Diagnostic: c.Target, Symptoms: c.Others,
				Provenance: analysis.Provenance{Origin: analysis.OriginHistory, Commit: c.Commit.Hash, Time: c.Commit.Time},
			})
		}
	}
	_, err := p.learner.LearnCures(ctx, cures, p.root, map[string]int{})
	return err
}

func (p *pupil) document(c *putback, text string) *analysis.Document {
	return analysis.NewDocument("file://"+filepath.ToSlash(c.Path), c.Path, p.root, c.Language, 0, text)
}

// An asked is what a pupil has to say of one case.
type asked struct {
	Learned   string      `json:"learned"`
	Suggested []suggested `json:"suggested"` // the best, at most as many as a menu shows
	// Shown is what would be shown unasked if the floor for what is checked were 0;
	// of one that drafts, the first that is checked in a menu that was asked for.
	Shown *shown `json:"shown,omitempty"`
}

// A suggested is one suggestion with what the checker says of it.
type suggested struct {
	judged

	Title       string  `json:"title"`
	Probability float64 `json:"probability"`
	Equal       bool    `json:"equal"`   // the same tokens as the commit's own
	Deletes     bool    `json:"deletes"` // inserts nothing
}

// A shown is what became of the suggestion that is shown.
type shown struct {
	suggested

	Part  bool    `json:"part"` // of the commit's own repair
	Left  int     `json:"left"` // errors of the file after it
	Tests outcome `json:"tests"`
	// Rest says that compiler and tests were asked with the rest of the commit's
	// own repair, since other errors are left.
	Rest bool `json:"rest"`
}

// ask asks for the repair of a case, and tries what would be shown.
func (p *pupil) ask(ctx context.Context, b *bench, c *putback) (asked, error) {
	a := asked{Learned: p.name}
	if err := p.read(ctx, c); err != nil {
		return a, err
	}
	q := analysis.Query{
		Doc: p.document(c, c.Broken), Span: c.Target.Span, Diagnostics: []analysis.Diagnostic{c.Target},
		Invoked: true, Limit: policy.Limit,
	}
	// Before anything is checked, what is refuted later is among them.
	list, err := p.learner.Suggest(ctx, q)
	if err != nil {
		return a, err
	}
	q.Invoked, q.Check = p.drafts != nil, true
	best, err := p.learner.Suggest(ctx, q)
	if err != nil {
		return a, err
	}
	write := func(s analysis.Suggestion) (suggested, error) {
		// What the learner had checked is known by now.
		out := suggested{judged: b.judge(ctx, c, s.Edits), Title: s.Title, Probability: s.Probability, Deletes: s.OnlyDeletes}
		text, err := c.after(s.Edits)
		out.Equal = err == nil && b.repaired(ctx, c, text)
		return out, err
	}
	if p.drafts != nil {
		list = best
	}
	for _, s := range list {
		out, err := write(s)
		if err != nil {
			return a, err
		}
		a.Suggested = append(a.Suggested, out)
	}
	best = slices.DeleteFunc(best, func(s analysis.Suggestion) bool { return p.drafts != nil && s.Trust < analysis.Checked })
	if len(best) == 0 {
		return a, nil
	}
	a.Shown = &shown{}
	if a.Shown.suggested, err = write(best[0]); err != nil {
		return a, err
	}
	return a, p.try(ctx, b, c, best[0].Edits, a.Shown)
}

// try asks the repository's own compiler and tests about what is shown.
func (p *pupil) try(ctx context.Context, b *bench, c *putback, edits []analysis.Edit, s *shown) error {
	text, err := c.after(edits)
	if err != nil {
		return err
	}
	left := b.errors(ctx, c, text)
	s.Left = len(left)
	whole := text
	if rest, ok := c.rest(edits); ok {
		s.Part = b.repaired(ctx, c, rest)
		if s.Left > 0 {
			s.Rest, whole = true, rest
		}
	}
	if s.Equal || s.Part && s.Rest {
		whole = c.Clean
	}
	s.Compiles, s.Tests, err = b.repo.try(ctx, c, whole, true)
	return err
}

// repaired reports whether a text is the commit's own: the same tokens, once both
// are formatted.
func (b *bench) repaired(ctx context.Context, c *putback, text string) bool {
	tokens := func(text string) []string { return replay.Tokens(ctx, c.Language, b.repo.format(text)) }
	return slices.Equal(tokens(text), tokens(c.Clean))
}

// rest is the text with some edits and, of the commit's own repair, what does
// not touch them.
func (c *putback) rest(edits []analysis.Edit) (string, bool) {
	var own []analysis.Edit
	for _, e := range textedit.Compute(c.Broken, c.Clean) {
		if !slices.ContainsFunc(edits, func(x analysis.Edit) bool { return x.Span.Overlaps(e.Span) }) {
			own = append(own, e)
		}
	}
	all, err := textedit.Union(len(c.Broken), edits, own)
	if err != nil {
		return "", false
	}
	text, err := textedit.Apply(c.Broken, all)
	return text, err == nil
}
