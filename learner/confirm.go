package learner

import (
	"context"
	"slices"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/learner/episode"
	"github.com/dejafix/dejafix/learner/pattern"
)

const (
	// maxConfirms bounds the repairs that wait to be confirmed: who types faster
	// than they can be checked loses nothing but the check.
	maxConfirms = 16
	// maxTries bounds the checks that making one repair smaller takes.
	maxTries = 8
)

// A closedRepair is a repair that was stored and is to be confirmed.
type closedRepair struct {
	episode.Closed
	before, after *analysis.Document
	provenance    analysis.Provenance
	examples      []analysis.Example // as stored, the support first
}

// confirm has a repair looked at by the checker when it has time: it was stored
// before, so that nothing is lost if the process ends.
func (v *verifier) confirm(c closedRepair) {
	if v.checker == nil || c.before.Path == "" || !v.trusted(c.before.Root) {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ended || len(v.closed) == maxConfirms {
		return
	}
	v.closed = append(v.closed, c)
	v.cond.Broadcast()
}

// confirmed runs the checker on the text before with the repair, and with less
// and less of it. A repair that leaves its error is not learned from; of one that
// did more, the part that cures is (delta debugging, Zeller 1999, one edit at a
// time: an episode has few).
func (v *verifier) confirmed(ctx context.Context, c closedRepair) {
	l, d := v.l, c.Diagnostic
	lang := syntax.Row(c.before.Language)
	var tree *syntax.Tree
	if syntax.For(c.before.Language) != nil {
		t, release, err := l.trees.Get(ctx, c.before)
		if err != nil {
			return
		}
		defer release()
		tree = t
	}
	edits := pattern.Smallest(lang, c.before.Text, c.after.Text, tree, d)
	judge := func(edits []analysis.Edit) check.Judgement {
		return v.checker.Judge(ctx, check.Edit{
			Root: c.before.Root, Path: c.before.Path, Language: c.before.Language, Text: c.before.Text,
			Edits: edits, Overlay: v.overlay(c.before), Target: d, Asked: true,
		}, v.trusted(c.before.Root))
	}
	j := judge(edits)
	switch {
	case j.Verdict == check.VerdictRefuted && stays(c.before, d, j):
		v.reclass(c.examples, analysis.ClassRefuted, nil)
		return
	case j.Verdict != check.VerdictChecked || len(edits) < 2:
		return
	}
	smaller := edits
	for i, tries := len(edits)-1, 0; i >= 0 && len(smaller) > 1 && tries < maxTries; i, tries = i-1, tries+1 {
		less := slices.Delete(slices.Clone(smaller), i, i+1)
		if judge(less).Verdict == check.VerdictChecked {
			smaller = less
		}
	}
	if len(smaller) == len(edits) || ctx.Err() != nil {
		return
	}
	examples, err := l.examplesOf(c.before, tree, smaller, d, c.Symptoms, c.provenance)
	if err != nil {
		return // what is left teaches nothing by itself; the whole does
	}
	for i := range examples {
		examples[i].Repair = c.Repair
	}
	v.reclass(c.examples, analysis.ClassReduced, examples)
}

// stays reports whether the error is among what the checker still found.
func stays(doc *analysis.Document, d analysis.Diagnostic, j check.Judgement) bool {
	id, _ := identity.Of(doc.Language, d)
	return slices.ContainsFunc(j.New, func(f check.Finding) bool {
		found, _ := identity.Of(doc.Language, f.Diagnostic)
		return f.Path == doc.Path && found.Key() == id.Key()
	})
}

// reclass takes examples out of what is learned from, and puts others in their
// place.
func (v *verifier) reclass(old []analysis.Example, class analysis.EditClass, examples []analysis.Example) {
	l := v.l
	l.box.put(item{call: func() {
		ctx, cancel := context.WithTimeout(l.ctx, storeTimeout)
		defer cancel()
		if len(examples) > 0 {
			if _, err := l.store.AddExamples(ctx, examples); err != nil {
				l.degraded("could not store a repair", err)
				return
			}
		}
		for _, ex := range old {
			if err := l.store.Reclass(ctx, ex.ID, class); err != nil {
				l.degraded("could not take back a repair", err)
				return
			}
		}
		l.log.Debug("learned otherwise", "class", class, "rule", old[0].Identity.Rule)
		l.relearn(ruleKeys(slices.Concat(old, examples)))
	}})
}
