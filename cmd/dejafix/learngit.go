package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/learner"
	"github.com/dejafix/dejafix/learner/history"
	"github.com/dejafix/dejafix/store"
)

const (
	// learnBudget is how long learning takes where nobody says: what the offer on
	// the first start promises.
	learnBudget = time.Minute
	// keepEvery is how often what was found is stored: what a kill loses at most.
	keepEvery = 5 * time.Second
	// keepWithin bounds the last storing, after the time is over.
	keepWithin = 20 * time.Second
)

func newLearnGit(a *app) *cobra.Command {
	var since, checkWith string
	var most int
	var trusted bool
	var budget time.Duration
	cmd := &cobra.Command{
		Use:   "git [DIR]",
		Short: "Learn from the history of a repository, each repair checked",
		Long: `git reads the commits of the repository around DIR (default: the current folder),
the newest first. It puts back what a commit changed, one piece at a time, in a
temporary folder, and where your compiler or linter then reports an error, what the
commit did is its repair. Your files, index, stash and branches are not touched, and
nothing is fetched. What is learned this way is offered in this workspace alone, and
never before a repair of your own.

It goes on where it ended the last time. The workspace must be trusted, since its
checkers run.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef(cmd, "%s takes one folder, got also %q", cmd.CommandPath(), args[1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var from time.Time
			if since != "" {
				var err error
				if from, err = parseSince(since, a.clock()); err != nil {
					return usagef(cmd, "--since %s: %w", since, err)
				}
			}
			root, err := folder(args)
			if err != nil {
				return err
			}
			return a.learnGit(cmd.Context(), root, gitPlan{Options: history.Options{Since: from, Max: most}, check: checkWith, budget: budget, trusted: trusted})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&checkWith, "check", "", "check with the shell command `CMD`, such as \"make lint\", in the place of the built-in checkers")
	flags.StringVar(&since, "since", "", "only commits since `TIME`, a date or a duration such as 90d")
	flags.IntVar(&most, "max", 0, "only the `N` newest commits")
	flags.BoolVar(&trusted, "trusted", false, "the editor that runs this trusts the workspace")
	if err := flags.MarkHidden("trusted"); err != nil {
		panic(err) // it was added above
	}
	flags.DurationVar(&budget, "budget", learnBudget, "end after `TIME`; 0 means when all commits were read")
	return cmd
}

// A gitPlan is what `learn git` was told.
type gitPlan struct {
	history.Options

	check   string // a shell command
	budget  time.Duration
	trusted bool // by an editor
}

// A harvest stores what is found as it comes.
type harvest struct {
	learner *learner.Learner
	store   *store.Store
	clock   func() time.Time
	root    string // of the user's workspace
	id      string // of the workspace
	origin  analysis.Origin

	seen  map[string]int // examples of each rule
	kinds map[string]int // by what a person reads
	added int            // repairs that are new
	found int            // pairs
	cures []learner.Cure // not stored yet
	done  []string       // hashes of the commits, or of the texts, that they are of
	last  time.Time      // when something was stored
}

func (h *harvest) add(c history.Commit, tree string, pairs []history.Pair) {
	for _, p := range pairs {
		doc := analysis.NewDocument("", p.Path, tree, p.Language, 0, p.Broken)
		h.cures = append(h.cures, learner.Cure{
			Doc: doc, Edits: p.Edits, Diagnostic: p.Target, Symptoms: p.Others,
			Provenance: analysis.Provenance{Origin: h.origin, Commit: c.Hash, Time: c.Time},
		})
	}
	h.done = append(h.done, c.Hash)
}

// newHarvest opens store and learner for a workspace; end closes them. trusted
// says that somebody else vouches for the workspace.
func (a *app) newHarvest(ctx context.Context, root string, trusted bool, origin analysis.Origin) (h *harvest, end func() error, err error) {
	st, err := a.openStore(ctx)
	if err != nil {
		return nil, nil, err
	}
	h = &harvest{store: st, clock: a.clock, root: root, origin: origin, seen: map[string]int{}, kinds: map[string]int{}, last: a.clock()}
	if !trusted {
		err = a.mustTrust(ctx, st, root)
	}
	if err == nil {
		h.id, err = st.WorkspaceID(ctx, root)
	}
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	h.learner = learner.New(learner.Options{Store: st, Logger: a.logger(), Clock: a.clock, Version: version})
	return h, func() error { return errors.Join(h.learner.Close(), st.Close()) }, nil
}

// sometimes stores what waits, when it is time.
func (h *harvest) sometimes(ctx context.Context) error {
	if h.clock().Sub(h.last) < keepEvery {
		return nil
	}
	return h.keep(ctx)
}

// keep stores what waits: first what was learned, then that the commits were
// looked at. A kill between the two has them looked at again, and nothing twice.
func (h *harvest) keep(ctx context.Context) error {
	h.last = h.clock()
	if len(h.cures) > 0 {
		added, err := h.learner.LearnCures(ctx, h.cures, h.root, h.seen)
		if err != nil {
			return err
		}
		h.added += added
		h.found += len(h.cures)
		for _, c := range h.cures {
			id, _ := identity.Of(c.Doc.Language, c.Diagnostic)
			h.kinds[id.Language+" "+id.Rule]++
		}
		h.cures = nil
	}
	if len(h.done) == 0 {
		return nil
	}
	err := h.store.AddHistory(ctx, h.id, h.done)
	h.done = nil
	return err
}

// linters answers for what is otherwise right: vet is a part of Go's checker.
type linters struct{ compile, lint *check.Set }

func (l linters) Check(ctx context.Context, language string, r check.Request) ([]check.Report, error) {
	if language == "go" {
		return l.compile.Check(ctx, language, r)
	}
	return l.lint.Check(ctx, language, r)
}

// checkersFor are the checkers that learning asks: compilers, then linters; or
// the command that a person named, which is neither.
func (a *app) checkersFor(command string) (compile history.Checker, lint history.Checker, reads func(string) bool, done func()) {
	if command != "" {
		set := a.commandSet(command)
		return set, nil, func(l string) bool { return slices.Contains(syntax.Names(), l) }, set.Close
	}
	// The parser of Python says nothing that ruff and pyright do not say.
	isLinter := func(r check.Row) bool { return r.Name == "eslint" || r.Name == "ruff" || r.Name == "python" }
	isCompiler := func(r check.Row) bool { return r.Name != "eslint" && r.Name != "ruff" }
	set := func(without func(check.Row) bool) *check.Set {
		return check.New(check.Options{
			Rows: slices.DeleteFunc(check.Rows(), without), Logger: a.logger(), Clock: a.clock, Servers: true, MaxRuns: 1, Class: classOf,
		})
	}
	compilers, others := set(isLinter), set(isCompiler)
	languages := map[string]bool{}
	for _, r := range check.Rows() {
		for _, l := range r.Languages {
			languages[l] = true
		}
	}
	return compilers, &linters{compilers, others}, func(l string) bool { return languages[l] }, func() { compilers.Close(); others.Close() }
}

// learnGit learns from the history of the repository around root.
func (a *app) learnGit(ctx context.Context, root string, o gitPlan) (err error) {
	lowerPriority()
	began := a.clock()
	h, end, err := a.newHarvest(ctx, root, o.trusted, analysis.OriginHistory)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	if o.Done, err = h.store.History(ctx, h.id); err != nil {
		return err
	}

	var done func()
	o.Dir, o.Clock = root, a.clock
	o.Compile, o.Lint, o.Reads, done = a.checkersFor(o.check)
	defer done()
	if o.budget > 0 {
		o.Until = began.Add(o.budget)
	}
	bar := a.newProgress(1, "reading history")
	o.Step = bar.step
	o.Found = func(c history.Commit, tree string, pairs []history.Pair) error {
		h.add(c, tree, pairs)
		return h.sometimes(ctx)
	}
	counts, err := history.Walk(ctx, o.Options)
	bar.done()
	// What was found is kept, also of a walk that was stopped.
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepWithin)
	defer cancel()
	if err := errors.Join(historyProblem(root, err), h.keep(late), ctx.Err()); err != nil {
		return err
	}
	return a.showLearned(h, counts)
}

// historyProblem gives what keeps a history from being read a next step.
func historyProblem(root string, err error) error {
	switch {
	case errors.Is(err, history.ErrNoGit):
		return problemf("install git", "no history can be read: %w", err)
	case errors.Is(err, history.ErrNoRepo):
		return problemf("name a folder of a repository, or begin one with `git init`", "%s has no history: %w", root, history.ErrNoRepo)
	case errors.Is(err, history.ErrBare):
		return problemf("run it in a clone that has them", "%s has no files: %w", root, err)
	case errors.Is(err, history.ErrNoCommits):
		return problemf("commit something first", "%s has no history: %w", root, err)
	}
	return err
}

// mustTrust is the error of a workspace whose checkers may not run.
func (a *app) mustTrust(ctx context.Context, st *store.Store, root string) error {
	trusted, err := st.Trusted(ctx, root)
	if err != nil {
		return err
	}
	if !trusted {
		return problemf(fmt.Sprintf("`dejafix trust %s` trusts it", root), "%s is not trusted, and its checkers would run", root)
	}
	return nil
}

// showLearned says what came of learning.
func (a *app) showLearned(h *harvest, counts history.Counts) error {
	v := h.report(counts.Hunks)
	if counts.Blind != "" {
		v.Doubts = append(v.Doubts, counts.Blind)
	}
	return a.show(v, func(w io.Writer) error {
		var err error
		switch {
		case h.found > 0:
			_, err = fmt.Fprintf(w, "Learned %s of %s from %s, all checked.\n",
				count(h.found, "repair", "repairs"), count(len(h.kinds), "kind", "kinds"), count(counts.Commits, "commit", "commits"))
		case counts.Commits > 0:
			_, err = fmt.Fprintf(w, "Read %s, and found no repair that could be checked.\n", count(counts.Commits, "commit", "commits"))
		default:
			_, err = fmt.Fprintln(w, "All commits were read before.")
		}
		if err == nil && counts.Blind != "" {
			_, err = fmt.Fprintf(w, "Older commits cannot be checked here: %s\n", plain(counts.Blind))
		}
		if err == nil && counts.Left > 0 && counts.Blind == "" && counts.Commits > 0 {
			_, err = fmt.Fprintf(w, "%s left; the same command goes on with them.\n", count(counts.Left, "commit is", "commits are"))
		}
		return err
	})
}
