// Putback measures how far the word "checked" can be believed, on errors that
// real commits give for nothing: a commit is checked out, one small hunk of it
// is put back to what it was before, and where the checker then reports an
// error, the commit's own hunk is the repair.
//
//	go run ./scripts/putback [-language go|typescript|python] [-commits N] [-cases N] \
//	    [-ask N] [-for TIME] [-pairs FILES] [-test CMD] REPO > FILE.jsonl
//	go run ./scripts/putback -sum FILE.jsonl...
//
// REPO is a git directory; it is cloned into a temporary folder, and nothing is
// written elsewhere. The commits are walked from the oldest of the N newest on,
// so that what was learned when a case is asked comes from older commits alone.
// Dependencies come from the module proxy or the npm registry; install scripts
// of packages do not run, the repository's own tests do.
//
// Of each case, one line of JSON: what analysis/check says of the real repair
// and of wrong ones (another name put in), and what the learner suggests, as the
// server would: learned from the older cases alone, with the half of the fix
// pairs in FILES (a pattern) that is there to learn from, and with what the index
// of the workspace drafts. What it would show is tried by the
// repository's own compiler and tests, where these pass at the unchanged commit.
// -sum prints the tables of such files.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/learner/history"
	"github.com/dejafix/dejafix/learner/pattern"
)

// options are the flags.
type options struct {
	language string
	commits  int
	cases    int
	ask      int // commits
	each     int // cases of one commit
	wrong    int // wrong edits of one case
	limit    time.Duration
	pairs    string
	test     string
	modules  string
	verbose  bool
}

func main() {
	var o options
	flag.StringVar(&o.language, "language", "go", "files of `LANGUAGE`: go, typescript or python")
	flag.IntVar(&o.commits, "commits", 300, "walk the `N` newest commits")
	flag.IntVar(&o.cases, "cases", 100, "end after `N` cases")
	flag.IntVar(&o.ask, "ask", 0, "ask about the cases of the `N` newest commits alone; those of the others are there to learn from")
	flag.IntVar(&o.each, "each", 3, "at most `N` cases of a commit")
	flag.IntVar(&o.wrong, "wrong", 5, "try `N` wrong edits of a case")
	flag.DurationVar(&o.limit, "for", time.Hour, "end after `TIME`")
	flag.StringVar(&o.pairs, "pairs", "", "learn also from the fix pairs in `FILES`, a pattern")
	flag.StringVar(&o.test, "test", "", "test with the shell command `CMD`, $1 being the file (default: go test of its package, npm test)")
	flag.StringVar(&o.modules, "modules", "", "use the packages in `DIR`, a node_modules in the place of npm install, or a .venv")
	flag.BoolVar(&o.verbose, "v", false, "tell each run of a checker")
	sum := flag.Bool("sum", false, "print the tables of files that were written before")
	flag.Parse()
	ctx := context.Background()
	var err error
	switch {
	case *sum && flag.NArg() > 0:
		err = summarize(os.Stdout, flag.Args())
	case !*sum && flag.NArg() == 1 && rows[o.language] != nil:
		err = run(ctx, o, flag.Arg(0), os.Stdout)
	default:
		flag.Usage()
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "putback:", err)
		os.Exit(1)
	}
}

// A judged is what the checker says of one edit.
type judged struct {
	Verdict string `json:"verdict"`
	Cause   string `json:"cause,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Ms      int64  `json:"ms"`
	Edit    string `json:"edit"`
	// Compiles is what the repository's compiler says of a wrong edit that was
	// checked.
	Compiles outcome `json:"compiles,omitempty"`
}

// A record is one line of what is written.
type record struct {
	Repo     string   `json:"repo"`
	Commit   string   `json:"commit"`
	File     string   `json:"file"`
	Language string   `json:"language"`
	Code     string   `json:"code"`
	Error    string   `json:"error"`
	Errors   int      `json:"errors"` // new ones in the file
	Near     bool     `json:"near"`   // the error is in the hunk
	Real     judged   `json:"real"`
	Wrong    []judged `json:"wrong"`
	Asked    []asked  `json:"asked"`
}

// bench is what one run needs.
type bench struct {
	o       options
	repo    *repo
	set     *check.Set
	pupils  []*pupil
	rng     *rand.Rand
	out     *json.Encoder
	cases   int
	commits int
	counts  history.Counts
	taught  int // pairs
}

func run(ctx context.Context, o options, mirror string, w io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "putback")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := &bench{
		o: o, out: json.NewEncoder(w),
		rng: rand.New(rand.NewPCG(1, 2)), //nolint:gosec // the same each time, on purpose
	}
	if b.repo, err = clone(ctx, &o, mirror, filepath.Join(dir, "tree")); err != nil {
		return err
	}
	var log *slog.Logger
	if o.verbose {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	b.set = check.New(check.Options{
		Logger:  log,
		Servers: true, MaxRuns: 1, Timeout: installTime, // how fast is not the question here
		// The errors are the compiler's: linters have nothing to say of them.
		Rows: slices.DeleteFunc(check.Rows(), func(r check.Row) bool { return r.Name != rows[o.language].name }),
		Class: func(language, before string, edits []analysis.Edit, d analysis.Diagnostic) analysis.EditClass {
			return pattern.ClassOf(syntax.Row(language), before, edits, d)
		},
	})
	defer b.set.Close()
	const alone, withPairs, withDrafts = "history", "history and pairs", "history, and drafts"
	for _, name := range []string{alone, withPairs, withDrafts} {
		if name == withPairs && o.pairs == "" {
			continue
		}
		p, err := newPupil(ctx, name, filepath.Join(dir, name+".db"), b.repo.dir, b.set, name == withDrafts)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.close()) }()
		if name == withPairs {
			if err := p.readPairs(ctx, o.pairs, o.language); err != nil {
				return err
			}
		}
		b.pupils = append(b.pupils, p)
	}
	return b.walk(ctx)
}

// walk goes through the commits, the oldest first.
func (b *bench) walk(ctx context.Context) error {
	commits, err := b.repo.reads.Commits(ctx, time.Time{}, b.o.commits)
	if err != nil {
		return err
	}
	began := time.Now()
	end := began.Add(b.o.limit)
	for n, commit := range slices.Backward(commits) {
		if b.cases >= b.o.cases || time.Now().After(end) {
			break
		}
		changes, _, err := b.repo.reads.Changes(ctx, commit, b.repo.path, func(language string) bool { return family(language) == b.o.language })
		if err != nil || len(changes) == 0 {
			continue
		}
		if err := b.repo.checkout(ctx, commit.Hash); err != nil {
			fmt.Fprintf(os.Stderr, "%s is left out: %v\n", commit.Hash, err)
			continue
		}
		b.commits++
		asks := b.o.ask == 0 || n < b.o.ask
		most := 0 // as many as `learn git` takes
		if asks {
			most = min(b.o.each, b.o.cases-b.cases)
		}
		list, err := b.find(ctx, commit, most)
		if err != nil {
			return err
		}
		for _, c := range list {
			if c.Teaches {
				b.taught++
			}
			if !asks {
				continue
			}
			if err := b.measure(ctx, c); err != nil {
				return err
			}
		}
		// What a commit repaired is known after it.
		for _, p := range b.pupils {
			if err := p.learn(ctx, list); err != nil {
				return err
			}
		}
	}
	st := b.set.Stats()
	fmt.Fprintf(os.Stderr, "%s: %d cases of %d commits in %s; %d of %d hunks broke something, %d taught; %d runs of checkers, %s, at most %d MB\n",
		b.repo.name, b.cases, b.commits, time.Since(began).Round(time.Second), b.counts.Broke, b.counts.Hunks, b.taught,
		st.Runs, st.Busy.Round(time.Second), st.Peak>>20)
	return nil
}

// measure asks about one case and writes down what came of it.
func (b *bench) measure(ctx context.Context, c *putback) error {
	b.cases++
	r := record{
		Repo: b.repo.name, Commit: b.repo.commit, File: c.File, Language: c.Language,
		Code: c.Target.Code, Error: c.Target.Message, Errors: 1 + len(c.Others), Near: c.Near,
	}
	r.Real = b.judge(ctx, c, c.Repair)
	for _, edits := range wrongs(b.rng, c, b.o.wrong) {
		j := b.judge(ctx, c, edits)
		if j.Verdict == check.VerdictChecked.String() && len(c.Others) == 0 {
			text, err := c.after(edits)
			if err != nil {
				return err
			}
			j.Compiles, _, err = b.repo.try(ctx, c, text, false)
			if err != nil {
				return err
			}
		}
		r.Wrong = append(r.Wrong, j)
	}
	for _, p := range b.pupils {
		a, err := p.ask(ctx, b, c)
		if err != nil {
			return err
		}
		r.Asked = append(r.Asked, a)
	}
	return b.out.Encode(r)
}

func (b *bench) judge(ctx context.Context, c *putback, edits []analysis.Edit) judged {
	return judgement(c.Broken, edits, b.set.Judge(ctx, c.edit(b.repo.dir, edits), true))
}

// judgement is what is written down of one.
func judgement(text string, edits []analysis.Edit, j check.Judgement) judged {
	out := judged{Verdict: j.Verdict.String(), Cause: string(j.Cause), Reason: j.Reason, Ms: j.Took.Milliseconds()}
	for _, e := range edits {
		out.Edit += fmt.Sprintf("%q to %q ", text[e.Span.Start:e.Span.End], e.New)
	}
	return out
}
