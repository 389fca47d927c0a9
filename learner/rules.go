package learner

import (
	"context"
	"maps"
	"sync/atomic"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/learner/pattern"
	"github.com/dejafix/dejafix/learner/rank"
	"github.com/dejafix/dejafix/store"
)

const (
	// examplesPerRule is how many of the newest examples of a rule are learned
	// from (LEARNING.md section 2: 60 newest).
	examplesPerRule = 60
	// maxRules bounds the rules that are kept learned. A model of 20 examples is
	// some tens of KB, so this is at most about 20 MB; a window with more kinds
	// of errors than that relearns now and then.
	maxRules = 200
	// pollInterval is the least time between two looks at whether another
	// process wrote to the store. A look costs some microseconds.
	pollInterval = 200 * time.Millisecond
)

// A model is all that suggesting needs. It is immutable: the learning
// goroutine publishes a new one for every change.
type model struct {
	policy   analysis.Policy
	silences store.Silences
	rules    map[string]*rule             // by rule key
	peers    map[string][]analysis.Peered // by URI, of the text they were said for last
}

// A rule is what was learned of one rule, and what became of it.
type rule struct {
	key      string
	serial   uint64 // tells what was learned before from what was learned since
	learned  *pattern.Model
	outcomes map[string][]rank.Outcome // by pattern
	support  map[string]support        // by example id
	entered  []string                  // the workspaces whose history it was learned from
	examples int
	used     atomic.Int64 // UnixNano of the last use, for eviction
}

// support is what a suggestion needs to know of an example behind it.
type support struct {
	repair    string
	workspace string
	origin    analysis.Origin
	shape     []analysis.ShapeToken
	file      bool // a pattern file says it
}

// clone returns a copy of m whose rules can be changed.
func (m *model) clone() *model {
	c := *m
	c.rules = maps.Clone(m.rules)
	return &c
}

// learnsFrom reports whether examples of origin teach anything. What we
// offered ourselves is counted as an outcome; what a peer offered it will offer
// again (PROTOCOL.md: "the peer's repair, not the user's").
func learnsFrom(origin analysis.Origin) bool {
	switch origin {
	case analysis.OriginTyped, analysis.OriginCompletion, analysis.OriginAgent,
		analysis.OriginHistory, analysis.OriginSelf, analysis.OriginImport:
		return true
	}
	return false
}

// learnRule reads the examples of a rule and learns from them. It is called on
// the learning goroutine only, which owns the bench.
func (l *Learner) learnRule(ctx context.Context, key string) (*rule, error) {
	l.serial++
	r := &rule{key: key, serial: l.serial, support: map[string]support{}}
	r.used.Store(l.clock().UnixNano())
	if l.store == nil {
		r.learned = pattern.Learn(nil, pattern.Options{})
		return r, nil
	}
	r.entered = l.entered()
	stored, err := l.store.ExamplesByRule(ctx, key, r.entered, examplesPerRule)
	if err != nil {
		return nil, err
	}
	examples := stored[:0]
	for _, ex := range stored {
		if ex.Class != analysis.ClassRepair || !learnsFrom(ex.Provenance.Origin) {
			continue
		}
		examples = append(examples, ex)
		r.support[ex.ID] = support{
			repair:    ex.Repair,
			workspace: ex.Provenance.Workspace,
			origin:    ex.Provenance.Origin,
			shape:     ex.Shape,
			file:      ex.Provenance.Origin == analysis.OriginImport && fromFiles(ex.Provenance.Tool),
		}
	}
	r.examples = len(examples)
	r.learned = pattern.Learn(examples, pattern.Options{MaxExamples: examplesPerRule, Bench: l.bench})
	outcomes, err := l.store.OutcomesByRule(ctx, key)
	if err != nil {
		return nil, err
	}
	r.outcomes = make(map[string][]rank.Outcome, len(outcomes))
	for id, list := range outcomes {
		for _, o := range list {
			r.outcomes[id] = append(r.outcomes[id], rank.Outcome{Verdict: rank.Verdict(o.Verdict), Time: o.Time})
		}
	}
	return r, nil
}

// loadRules makes the published model hold the rules in keys, and makes room
// for them. Learning goroutine only.
func (l *Learner) loadRules(ctx context.Context, keys []string) {
	cur := l.model.Load()
	var next *model
	for _, key := range keys {
		if _, ok := cur.rules[key]; ok {
			continue
		}
		if next == nil {
			next = cur.clone()
		} else if _, ok := next.rules[key]; ok {
			continue
		}
		r, err := l.learnRule(ctx, key)
		if err != nil {
			l.degraded("could not read what was learned", err)
			continue
		}
		next.rules[key] = r
	}
	if next == nil {
		return
	}
	for len(next.rules) > maxRules {
		oldest, at := "", int64(0)
		for key, r := range next.rules {
			if used := r.used.Load(); oldest == "" || used < at {
				oldest, at = key, used
			}
		}
		delete(next.rules, oldest)
	}
	l.model.Store(next)
}

// refresh drops from the model what another process, or we, changed in the
// store since the last look. Learning goroutine only.
func (l *Learner) refresh(ctx context.Context) {
	if l.store == nil {
		return
	}
	l.polled.Store(l.clock().UnixNano())
	changes, err := l.store.Changes(ctx, l.generation)
	if err != nil {
		l.degraded("could not look for news in the store", err)
		return
	}
	if changes.Generation == l.generation && l.generation != 0 {
		return
	}
	silences, err := l.store.Silences(ctx)
	if err != nil {
		l.degraded("could not read what is silenced", err)
		return
	}
	first := !l.refreshed // a store in which nothing is yet has no generation either
	l.refreshed = true
	l.generation = changes.Generation
	next := l.model.Load().clone()
	next.silences = silences
	var again []string
	for _, key := range changes.Rules {
		if _, ok := next.rules[key]; ok {
			delete(next.rules, key)
			again = append(again, key)
		}
	}
	if changes.All && !first {
		clear(next.rules)
		l.spaces.Clear() // one that was forgotten gets another id
		if l.decide != nil {
			l.decide()
		}
	}
	l.model.Store(next)
	l.answers.clear()
	l.loadRules(ctx, again)
}

// stale reports whether it is time to look at the store again.
func (l *Learner) stale() bool {
	return l.store != nil && l.clock().UnixNano()-l.polled.Load() > int64(pollInterval)
}
