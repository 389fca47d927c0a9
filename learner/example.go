package learner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/episode"
	"github.com/dejafix/dejafix/learner/pattern"
	"github.com/dejafix/dejafix/store"
)

// maxSymptoms bounds the symptoms of a repair that are kept as examples of
// their own, one for each identity: the same edit cured them too.
const maxSymptoms = 8

// maxKept bounds the text kept of an example (ARCHITECTURE.md: 16 KB at most).
// Only a line longer than that, which nobody wrote by hand, is over it.
const maxKept = 16 << 10

// closed turns an episode that closed into examples, stores them in one
// transaction and makes the published model learn from them.
func (l *Learner) closed(c episode.Closed) {
	policy := l.model.Load().policy
	if l.store == nil || policy.Disabled || policy.NoLearn {
		return
	}
	before, after := c.Before(), c.After()
	if slices.Contains(policy.NoLearnIn, before.Root) {
		return
	}
	if c.Doc != nil && l.unsteady(&c) {
		l.log.Debug("not learned", "why", "the test fails and passes without a change", "code", c.Diagnostic.Code)
		return
	}
	if c.Doc == nil || before.URI != c.Doc.URI || c.Diagnostic.NoSpan {
		// The cure lies in another file: there is no edit at the error to learn.
		l.repaired(&c, nil)
		l.log.Debug("not learned", "why", "the edit is in another file", "code", c.Diagnostic.Code)
		return
	}
	root := analysis.Provenance{
		Origin: c.Origin, Tool: "dejafix", Version: l.version,
		Workspace: l.workspace(before.Root), Commit: headCommit(before.Root), Time: c.Time,
	}
	examples, err := l.Examples(l.ctx, before, after, c.Diagnostic, c.Symptoms, root)
	if err != nil {
		l.log.Debug("not learned", "why", err, "code", c.Diagnostic.Code)
		return
	}
	for i := range examples {
		examples[i].Repair = c.Repair
	}
	ctx, cancel := context.WithTimeout(l.ctx, storeTimeout)
	defer cancel()
	added, err := l.store.AddExamples(ctx, examples)
	if err != nil {
		l.degraded("could not store a repair", err)
		return
	}
	l.repaired(&c, examples)
	if added == 0 {
		return // known already
	}
	if examples[0].Class == analysis.ClassRepair && learnsFrom(examples[0].Provenance.Origin) {
		l.learned++
		l.status(analysis.Status{
			State: "ready", Text: "dejafix",
			Tooltip: fmt.Sprintf("Learned: %s. %s in this session.", pattern.Title(syntax.Row(before.Language), examples[0].Before, examples[0].Edits), count(l.learned, "repair")),
		})
	}
	l.relearn(ruleKeys(examples))
	if examples[0].Class == analysis.ClassRepair {
		l.verifier.confirm(closedRepair{c, before, after, root, examples})
	}
}

// relearn makes the published model know what was stored of rules. Learning
// goroutine only.
func (l *Learner) relearn(keys []string) {
	l.refresh(l.ctx)
	l.loadRules(l.ctx, keys)
	l.index(l.ctx, keys)
}

// errNotRepair is why an edit that cleared an error is no example.
var errNotRepair = errors.New("the edit is no repair")

// Examples turns an error and the texts before and after its repair into
// examples: the first is the support, then one for each other identity among
// the symptoms. The error wraps the reason when the edit teaches nothing.
// Spans of d and symptoms are in before.
func (l *Learner) Examples(ctx context.Context, before, after *analysis.Document, d analysis.Diagnostic, symptoms []analysis.Diagnostic, p analysis.Provenance) ([]analysis.Example, error) {
	lang := syntax.Row(before.Language)
	var beforeTree *syntax.Tree
	if syntax.For(before.Language) != nil {
		tree, release, err := l.trees.Get(ctx, before)
		if err != nil {
			return nil, err
		}
		defer release()
		beforeTree = tree
	}
	edits := pattern.Smallest(lang, before.Text, after.Text, beforeTree, d)
	if len(edits) == 0 {
		return nil, fmt.Errorf("%w: no part of it belongs to the error", errNotRepair)
	}
	return l.examplesOf(before, beforeTree, edits, d, symptoms, p)
}

// examplesOf is Examples of an edit that is as small as it gets.
func (l *Learner) examplesOf(before *analysis.Document, beforeTree *syntax.Tree, edits []analysis.Edit, d analysis.Diagnostic, symptoms []analysis.Diagnostic, p analysis.Provenance) ([]analysis.Example, error) {
	lang := syntax.Row(before.Language)
	supportID, _ := identity.Of(before.Language, d)
	seen := []string{supportID.Key()}
	example := func(d analysis.Diagnostic, support bool) analysis.Example {
		id, _ := identity.Of(before.Language, d)
		ex := analysis.Example{
			Support: support, Path: l.relative(before), Language: before.Language,
			Identity: id, Diagnostic: d, Before: before.Text, Edits: edits,
			Class:      pattern.ClassOf(lang, before.Text, edits, d),
			FixType:    pattern.Classify(lang, before.Text, beforeTree, edits),
			Shape:      pattern.Shape(lang, before.Text, beforeTree, edits),
			Provenance: p,
		}
		describe(&ex, beforeTree, symptoms)
		ex = pattern.Reduce(beforeTree, ex)
		ex.Digest, ex.ID = store.ExampleID(&ex)
		return ex
	}
	first := example(d, true)
	if len(first.Before) > maxKept {
		return nil, fmt.Errorf("%w: the code around it is over %d KB", errNotRepair, maxKept>>10)
	}
	if first.Class == analysis.ClassDeletion {
		return nil, fmt.Errorf("%w: it deletes what was in error", errNotRepair)
	}
	out := []analysis.Example{first}
	for _, s := range symptoms {
		if s.NoSpan || len(out) > maxSymptoms {
			continue
		}
		id, _ := identity.Of(before.Language, s)
		if slices.Contains(seen, id.Key()) {
			continue
		}
		seen = append(seen, id.Key())
		out = append(out, example(s, false))
	}
	return out, nil
}

// describe fills in the first paper's record (2.1): generalised context,
// symptoms, the debugging steps as far as an edit shows them, and the context
// before and after.
func describe(ex *analysis.Example, tree *syntax.Tree, symptoms []analysis.Diagnostic) {
	place := ""
	if tree != nil {
		site := syntax.Site(tree, ex.Diagnostic.Span)
		ex.Context = strings.TrimSpace(site.Enclosing + " > " + site.NodeKind)
		place = " in a " + strings.ReplaceAll(site.Enclosing, "_", " ")
		if site.Enclosing == "" {
			place = ""
		}
	}
	for _, s := range symptoms {
		const most = 30
		if len(ex.Symptoms) == most {
			break
		}
		ex.Symptoms = append(ex.Symptoms, s.Message)
	}
	ex.ContextBefore = lineText(ex.Before, ex.Diagnostic.Span)
	if after, err := textedit.Apply(ex.Before, ex.Edits); err == nil {
		if span, ok := textedit.Map(ex.Diagnostic.Span, ex.Edits); ok {
			ex.ContextAfter = lineText(after, span)
		}
	}
	title := pattern.Title(syntax.Row(ex.Language), ex.Before, ex.Edits)
	ex.Steps = []analysis.Step{
		{Action: "error_analysis", Details: fmt.Sprintf("%s: %s%s", ex.Identity.Rule, ex.Diagnostic.Message, place)},
		{Action: "hypothesis_formation", Details: strings.ReplaceAll(string(ex.FixType), "_", " ")},
		{Action: "fix_application", Details: title},
	}
}

func ruleKeys(examples []analysis.Example) []string {
	var keys []string
	for _, ex := range examples {
		if key := ex.Identity.RuleKey(); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// index writes the patterns of rules into the store, so that they can be listed
// without learning everything anew. The rules must be in the published model.
func (l *Learner) index(ctx context.Context, keys []string) {
	for _, key := range keys {
		r := l.model.Load().rules[key]
		if r == nil {
			continue
		}
		if err := l.store.PutPatternIndex(ctx, key, r.entered, indexOf(r)); err != nil {
			l.degraded("could not list what was learned", err)
			return
		}
	}
}

func indexOf(r *rule) []store.Pattern {
	var list []store.Pattern
	for _, p := range r.learned.Patterns() {
		list = append(list, store.Pattern{ID: p.ID, Identity: p.Identity, Title: p.Title, FixType: p.FixType, Examples: p.Examples})
	}
	return list
}

// Import stores examples that were learned elsewhere (recorded pairs, files,
// history), under the workspace at root, and brings the list of patterns up to
// date. progress, when not nil, is called after each step. It returns how many
// were new.
func (l *Learner) Import(ctx context.Context, examples []analysis.Example, root string, progress func(done, total int)) (added int, err error) {
	if l.store == nil {
		return 0, errors.New("the store is not open, so nothing can be kept; `dejafix doctor` says why")
	}
	workspace, err := l.store.WorkspaceID(ctx, root)
	if err != nil {
		return 0, err
	}
	// What no person made is learned from in the workspaces of this window alone.
	if err := l.do(ctx, func() { l.enter(root) }); err != nil {
		return 0, err
	}
	const batch = 100
	keys := map[string]bool{}
	for i := range examples {
		ex := &examples[i]
		ex.Provenance.Workspace = workspace
		if ex.Provenance.Time.IsZero() {
			ex.Provenance.Time = l.clock()
		}
		ex.Digest, ex.ID = store.ExampleID(ex)
		if ex.Repair == "" {
			ex.Repair = "r_" + strings.TrimPrefix(ex.ID, "e_")
		}
		keys[ex.Identity.RuleKey()] = true
	}
	total := len(examples) + len(keys)
	done := 0
	step := func(n int) {
		done += n
		if progress != nil {
			progress(done, total)
		}
	}
	for start := 0; start < len(examples); start += batch {
		part := examples[start:min(start+batch, len(examples))]
		n, err := l.store.AddExamples(ctx, part)
		if err != nil {
			return added, err
		}
		added += n
		step(len(part))
	}
	for key := range keys {
		if err := ctx.Err(); err != nil {
			return added, err
		}
		var failed error
		err := l.do(ctx, func() {
			r, err := l.learnRule(ctx, key)
			if err == nil {
				err = l.store.PutPatternIndex(ctx, key, r.entered, indexOf(r))
			}
			failed = err
		})
		if err = errors.Join(err, failed); err != nil {
			return added, err
		}
		step(1)
	}
	return added, l.do(ctx, func() { l.refresh(ctx) })
}
