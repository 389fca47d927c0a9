package learner

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/episode"
	"github.com/dejafix/dejafix/learner/failure"
	"github.com/dejafix/dejafix/learner/pattern"
	"github.com/dejafix/dejafix/store"
)

// A FailureStore is what the learner needs of what is kept of failures.
type FailureStore interface {
	RunPast(ctx context.Context, workspace, code string, prints []string) (analysis.RunPast, error)
	AddRun(ctx context.Context, n analysis.RunNote) error
	AddFailureRepair(ctx context.Context, workspace string, prints []string, r analysis.FailureRepair) error
	RefuteRepairs(ctx context.Context, workspace, fp, code string) ([]analysis.FailureRepair, error)
	Flaky(ctx context.Context, workspace string, since time.Time) (map[string]bool, error)
	Failure(ctx context.Context, workspace, fp string) (analysis.FailureGroup, error)
	Failures(ctx context.Context, workspace string, limit int) ([]analysis.FailureGroup, error)
	Passing(ctx context.Context, workspace string) (*analysis.Passing, error)
}

var _ FailureStore = (*store.Store)(nil)

const (
	// maxRepairDiff bounds the diff that is kept of an edit in another file than
	// the failure, in bytes: some 80 lines.
	maxRepairDiff = 4 << 10
	// maxCompared is how many failures, those that were seen last, are looked
	// through for those that look alike: some 5 ms for a hover (BenchmarkRelated).
	maxCompared = 200
)

// A ran is a run that was told of.
type ran struct {
	same string // as analysis.RunNote has it
	time time.Time
}

// maxRan is how many runs of a workspace are remembered, to know after which of
// them a failure was gone.
const maxRan = 16

// tested takes the result of a run: what failed, what passed, and which tests do
// both with the same code.
func (l *Learner) tested(e *analysis.Tested) {
	if id, ok := l.remembers(e.Root); ok {
		l.noteRun(failure.OfTests(id, e))
	}
}

// failed takes a program that died.
func (l *Learner) failed(e *analysis.Failed) {
	if id, ok := l.remembers(e.Root); ok {
		l.noteRun(failure.OfProgram(id, e))
	}
}

// remembers gives the id of a workspace of which failures are kept.
func (l *Learner) remembers(root string) (id string, ok bool) {
	policy := l.model.Load().policy
	if l.store == nil || root == "" || policy.Disabled || policy.NoLearn || slices.Contains(policy.NoLearnIn, root) {
		return "", false
	}
	// Not the id that is remembered: `dejafix forget` may have taken it.
	ctx, cancel := context.WithTimeout(l.ctx, storeTimeout)
	defer cancel()
	id, err := l.store.WorkspaceID(ctx, root)
	if err != nil {
		l.degraded("could not name the workspace", err)
		return "", false
	}
	return id, true
}

func (l *Learner) noteRun(r failure.Run) {
	ctx, cancel := context.WithTimeout(l.ctx, storeTimeout)
	defer cancel()
	past, err := l.store.RunPast(ctx, r.Workspace, r.Same(), r.Prints())
	if err != nil {
		l.degraded("could not look up what failed before", err)
		return
	}
	note := failure.Note(r, past, &l.recent)
	if l.ran == nil {
		l.ran = map[string][]ran{}
	}
	runs := l.ran[r.Workspace]
	l.ran[r.Workspace] = append(runs[max(0, len(runs)-maxRan+1):], ran{note.Same, r.Time})
	if err := l.store.AddRun(ctx, note); err != nil {
		l.degraded("could not remember what failed", err)
		return
	}
	for i := range note.Groups {
		l.refute(ctx, r.Workspace, note.Groups[i].Print, note.Same)
	}
}

// refute unlearns what was taken for a repair of a failure that comes again in the
// very run that had passed.
func (l *Learner) refute(ctx context.Context, workspace, fp, same string) {
	if same == "" {
		return
	}
	repairs, err := l.store.RefuteRepairs(ctx, workspace, fp, same)
	if err != nil {
		l.degraded("could not look up what repaired a failure", err)
		return
	}
	var changed []analysis.Example
	for _, r := range repairs {
		if r.Example == "" {
			continue
		}
		ex, err := l.store.Example(ctx, r.Example)
		if err == nil {
			err = l.store.Reclass(ctx, r.Example, analysis.ClassRefuted)
			changed = append(changed, ex)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			l.degraded("could not unlearn what was no repair", err)
			return
		}
		l.log.Debug("unlearned", "why", "the same code failed again", "example", r.Example)
	}
	if len(changed) > 0 {
		l.relearn(ruleKeys(changed))
	}
}

// steady leaves out of what failed in a run the tests that are known to fail and
// pass with the same code: no episode is opened for them.
func (l *Learner) steady(e analysis.Diagnosed) analysis.Diagnosed {
	if !e.Runs || len(e.Diagnostics) == 0 || e.Doc == nil {
		return e
	}
	flaky := l.flaky(e.Doc.Root)
	if len(flaky) == 0 {
		return e
	}
	e.Diagnostics = slices.DeleteFunc(slices.Clone(e.Diagnostics), func(d analysis.Diagnostic) bool {
		return flaky[d.Failure.Print] || flaky[d.Failure.Test]
	})
	return e
}

// flaky are the fingerprints and keys of tests that are in quarantine.
func (l *Learner) flaky(root string) map[string]bool {
	id, ok := l.remembers(root)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(l.ctx, storeTimeout)
	defer cancel()
	flaky, err := l.store.Flaky(ctx, id, l.clock().Add(-failure.Quarantine))
	if err != nil {
		l.degraded("could not look up which tests are flaky", err)
	}
	return flaky
}

// unsteady reports whether an episode is of a failure that comes and goes by
// itself, and takes those out of its symptoms.
func (l *Learner) unsteady(c *episode.Closed) bool {
	if len(failuresOf(c)) == 0 {
		return false
	}
	flaky := l.flaky(c.Doc.Root)
	is := func(d analysis.Diagnostic) bool { return flaky[d.Failure.Print] || flaky[d.Failure.Test] }
	if is(c.Diagnostic) {
		return true
	}
	c.Symptoms = slices.DeleteFunc(slices.Clone(c.Symptoms), is)
	return false
}

// failuresOf are the fingerprints of the failures that an episode is of.
func failuresOf(c *episode.Closed) []string {
	var prints []string
	for _, d := range append([]analysis.Diagnostic{c.Diagnostic}, c.Symptoms...) {
		if p := d.Failure.Print; p != "" && !slices.Contains(prints, p) {
			prints = append(prints, p)
		}
	}
	return prints
}

// repaired remembers what repaired the failures that an episode is of: the
// example that was learned of it, or, where there is none because the edit was in
// another file, the edit.
func (l *Learner) repaired(c *episode.Closed, examples []analysis.Example) {
	prints := failuresOf(c)
	if len(prints) == 0 || c.Doc == nil {
		return
	}
	id, ok := l.remembers(c.Doc.Root)
	if !ok {
		return
	}
	before, after := c.Before(), c.After()
	r := analysis.FailureRepair{Repair: c.Repair, Path: l.relative(before), Time: c.Time}
	for _, run := range l.ran[id] {
		if !run.time.After(c.Time) {
			r.Same = run.same // it was gone after this one
		}
	}
	edits := c.Changes[0].Edits()
	if len(examples) > 0 {
		r.Example = examples[0].ID
		r.Title = pattern.Title(syntax.Row(before.Language), examples[0].Before, examples[0].Edits)
	} else {
		r.Title = "Change in " + filepath.Base(before.Path)
		if len(edits) > 0 && len(edits) <= 3 {
			r.Title = pattern.Title(syntax.Row(before.Language), before.Text, edits)
		}
		r.Diff = textedit.Unified(r.Path, before.Text, after.Text)
		if len(r.Diff) > maxRepairDiff {
			r.Diff = r.Diff[:strings.LastIndexByte(r.Diff[:maxRepairDiff], '\n')+1] + "…\n"
		}
	}
	ctx, cancel := context.WithTimeout(l.ctx, storeTimeout)
	defer cancel()
	if err := l.store.AddFailureRepair(ctx, id, prints, r); err != nil {
		l.degraded("could not remember what repaired a failure", err)
	}
}

// Failure says what is known of a failure that is seen in a workspace.
func (l *Learner) Failure(ctx context.Context, root string, t *analysis.Trace) (analysis.FailureHistory, error) {
	var h analysis.FailureHistory
	if l.store == nil || root == "" || t == nil || t.Fingerprint == "" {
		return h, nil
	}
	id, err := l.store.WorkspaceID(ctx, root)
	if errors.Is(err, store.ErrNotFound) {
		return h, nil // of a store that is only read: never seen
	}
	if err != nil {
		return h, err
	}
	g, err := l.store.Failure(ctx, id, t.Fingerprint)
	switch {
	case err == nil:
		if err := l.diffs(ctx, g.Repairs); err != nil {
			return h, err
		}
		h.Group = &g
	case !errors.Is(err, store.ErrNotFound):
		return h, err
	}
	groups, err := l.store.Failures(ctx, id, maxCompared)
	if err != nil {
		return h, err
	}
	for _, r := range failure.Related(t, groups) {
		full, err := l.store.Failure(ctx, id, r.Print)
		if errors.Is(err, store.ErrNotFound) {
			continue // forgotten meanwhile
		}
		if err == nil {
			err = l.diffs(ctx, full.Repairs)
		}
		if err != nil {
			return h, err
		}
		h.Related = append(h.Related, full)
	}
	return h, nil
}

// Failures lists what is remembered of the failures of a workspace, the one seen
// last first, limit of them at most.
func (l *Learner) Failures(ctx context.Context, root string, limit int) ([]analysis.FailureGroup, error) {
	if l.store == nil || root == "" {
		return nil, nil
	}
	id, err := l.store.WorkspaceID(ctx, root)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list, err := l.store.Failures(ctx, id, limit)
	if err != nil {
		return nil, err
	}
	for i := range list {
		g, err := l.store.Failure(ctx, id, list[i].Print)
		if errors.Is(err, store.ErrNotFound) {
			continue // forgotten meanwhile
		}
		if err == nil {
			err = l.diffs(ctx, g.Repairs)
		}
		if err != nil {
			return nil, err
		}
		list[i] = g
	}
	return list, nil
}

// diffs fills in what the examples of repairs say. One whose example was
// forgotten, or turned out to be none, is left with its title.
func (l *Learner) diffs(ctx context.Context, repairs []analysis.FailureRepair) error {
	for i := range repairs {
		r := &repairs[i]
		if r.Example == "" {
			continue
		}
		ex, err := l.store.Example(ctx, r.Example)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		r.Refuted = r.Refuted || ex.Class == analysis.ClassRefuted
		if after, err := textedit.Apply(ex.Before, ex.Edits); err == nil {
			r.Diff = textedit.Unified(ex.Path, ex.Before, after)
		}
	}
	return nil
}

// Passing gives the code of a workspace when all that ran passed last; nil when
// it is not known.
func (l *Learner) Passing(ctx context.Context, root string) (*analysis.Passing, error) {
	if l.store == nil || root == "" {
		return nil, nil
	}
	id, err := l.store.WorkspaceID(ctx, root)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return l.store.Passing(ctx, id)
}

// whyFailure explains a failure (t_…).
func (l *Learner) whyFailure(ctx context.Context, id string) (analysis.Explanation, error) {
	g, err := l.store.Failure(ctx, "", id)
	if errors.Is(err, store.ErrNotFound) {
		return analysis.Explanation{}, fmt.Errorf("failure %s: %w; it may have been forgotten, `dejafix trace FILE` says what a trace's id is", id, store.ErrNotFound)
	}
	if err != nil {
		return analysis.Explanation{}, err
	}
	if err := l.diffs(ctx, g.Repairs); err != nil {
		return analysis.Explanation{}, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", escape(analysis.FailureHeadline(&g)))
	for _, s := range []string{analysis.SeenText(&g), analysis.FlakyText(&g)} {
		if s != "" {
			fmt.Fprintf(&b, "%s\n\n", escape(s))
		}
	}
	if names := analysis.TestNames(&g, 5); names != "" {
		fmt.Fprintf(&b, "In %s.\n\n", escape(names))
	}
	if len(g.Frames) > 0 {
		b.WriteString("The calls in your code, last call first:\n\n")
		for _, f := range g.Frames {
			fmt.Fprintf(&b, "- %s\n", escape(analysis.CallText(&f)))
			for _, v := range f.Locals {
				fmt.Fprintf(&b, "  - %s\n", escape(analysis.LocalText(&v)))
			}
		}
		b.WriteByte('\n')
	}
	x := analysis.Explanation{}
	for i := range g.Repairs {
		r := &g.Repairs[i]
		fmt.Fprintf(&b, "#### %s\n\n", escape(analysis.RepairText(r)))
		if r.Diff != "" && i < examplesInWhy {
			fmt.Fprintf(&b, "%s\n", fence("diff", r.Diff))
		}
		if r.Example == "" {
			continue
		}
		fmt.Fprintf(&b, "Learned as `%s`.\n\n", r.Example)
		if ex, err := l.store.Example(ctx, r.Example); err == nil {
			x.Examples = append(x.Examples, ex)
		}
	}
	groups, err := l.store.Failures(ctx, g.Workspace, maxCompared)
	if err != nil {
		return analysis.Explanation{}, err
	}
	if related := failure.Related(failure.Trace(&g), groups); len(related) > 0 {
		b.WriteString("Failures that look alike, and are others:\n\n")
		for _, r := range related {
			fmt.Fprintf(&b, "- `%s` %s\n", r.Print, escape(analysis.FailureHeadline(&r)))
		}
	}
	x.Markdown = b.String()
	return x, nil
}
