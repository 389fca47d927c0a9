package history

import (
	"context"
	"errors"
	"slices"
	"time"
)

// blindAfter is how many commits in a row may be such that nothing of them can
// be checked before older ones are not tried: their dependencies, or their
// tools, are not on this machine.
const blindAfter = 25

// Options are what a walk needs. Dir alone is needed.
type Options struct {
	Dir           string // the workspace, absolute
	Compile, Lint Checker
	// Reads says of which languages pairs are looked for; nil: of all.
	Reads func(language string) bool
	Since time.Time
	Max   int             // commits, 0 for all
	Until time.Time       // the zero time: no end
	Done  map[string]bool // commits that were looked at before
	Clock func() time.Time
	// Oldest walks from the oldest of the commits on.
	Oldest bool
	// Step is told after each commit how many were looked at, of how many.
	Step func(done, total int)
	// Found takes what came of a commit that is done, and where it is laid out. What
	// it returns ends the walk.
	Found func(c Commit, root string, pairs []Pair) error
}

// Counts are what a walk saw.
type Counts struct {
	Commits int // looked at
	Left    int // not yet
	Hunks   int // put back
	Broke   int // of which this many gave an error
	Pairs   int // of which there is something to learn
	By      map[How]int
	// Blind says in words for a person why older commits were not tried, or why
	// nothing could be checked at all.
	Blind string
}

// Walk looks for pairs in the history of a workspace until it is through, its
// time is over, or ctx ends. The commit that it is at then is not said to be
// done.
func Walk(ctx context.Context, o Options) (counts Counts, err error) {
	counts.By = map[How]int{}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	repo, err := OpenRepo(ctx, o.Dir)
	if err != nil {
		return counts, err
	}
	defer repo.Close()
	list, err := repo.Commits(ctx, o.Since, o.Max)
	if err != nil {
		return counts, err
	}
	todo := list[:0]
	for _, c := range list {
		if !o.Done[c.Hash] {
			todo = append(todo, c)
		}
	}
	if o.Oldest {
		slices.Reverse(todo)
	}
	counts.Left = len(todo)
	if len(todo) == 0 {
		return counts, nil
	}
	tree, err := NewTree(repo)
	if err != nil {
		return counts, err
	}
	defer func() { err = errors.Join(err, tree.Close()) }()

	if !o.Until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, o.Until)
		defer cancel()
	}
	w := &walk{Options: o, repo: repo, tree: tree, counts: &counts}
	w.finder = &Finder{Root: tree.Root, Laid: tree.top, Home: repo.Top, Compile: o.Compile, Lint: o.Lint, Why: func(reason string) { w.why = reason }}
	blind := 0
	for i, c := range todo {
		if ctx.Err() != nil {
			break
		}
		pairs, saw, err := w.commit(ctx, c)
		if ctx.Err() != nil {
			break // half of a commit is none
		}
		if err != nil {
			return counts, err
		}
		switch {
		case saw == sawNothing && w.why != "":
			blind++
		case saw == sawSomething:
			blind = 0
		}
		counts.Commits++
		counts.Left--
		pairs = slices.DeleteFunc(pairs, func(p Pair) bool { return !p.Teaches })
		counts.Pairs += len(pairs)
		for _, p := range pairs {
			counts.By[p.How]++
		}
		// What could not be checked may be when a tool or a package is installed.
		if o.Found != nil && saw != sawNothing {
			if err := o.Found(c, tree.Root, pairs); err != nil {
				return counts, err
			}
		}
		if o.Step != nil {
			o.Step(i+1, len(todo))
		}
		if blind >= blindAfter {
			counts.Blind = w.why
			break
		}
	}
	if counts.Pairs == 0 && counts.Broke == 0 && counts.Blind == "" {
		counts.Blind = w.why
	}
	return counts, nil
}

type walk struct {
	Options

	repo   *Repo
	tree   *Tree
	finder *Finder
	counts *Counts
	why    string
}

// What was seen of a commit.
const (
	sawNone    = iota // it changed no code
	sawNothing        // nothing of it could be checked
	sawSomething
)

// commit looks at one commit.
func (w *walk) commit(ctx context.Context, c Commit) ([]Pair, int, error) {
	reads := w.Reads
	if reads == nil {
		reads = func(string) bool { return true }
	}
	changes, alone, err := w.repo.Changes(ctx, c, w.tree.Path, reads)
	if err != nil {
		return nil, sawNone, err
	}
	some := false
	for _, ch := range changes {
		some = some || len(Hunks(ch.Language, ch.Before, ch.After)) > 0
	}
	if !some {
		return nil, sawNone, nil
	}
	if err := w.tree.Checkout(ctx, c.Hash); err != nil {
		return nil, sawNone, err
	}
	w.why = ""
	pairs, err := w.finder.Find(ctx, c, changes, alone, w.counts)
	saw := sawSomething
	if len(pairs) == 0 && w.why != "" && w.finder.blind() {
		saw = sawNothing
	}
	return pairs, saw, err
}

// blind reports whether no question about the commit had an answer.
func (f *Finder) blind() bool { return !f.answered }
