package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/learner"
	"github.com/dejafix/dejafix/learner/patternfile"
	"github.com/dejafix/dejafix/learner/replay"
)

func newLearn(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "learn",
		Short: "Learn before you have repaired anything",
		Args:  subcommand,
		RunE:  help,
	}
	cmd.AddCommand(newLearnPairs(a), newLearnGit(a), newLearnSelf(a))
	return cmd
}

func newLearnPairs(a *app) *cobra.Command {
	var workspace string
	cmd := &cobra.Command{
		Use:   "pairs FILE…",
		Short: "Learn from files of recorded repairs, one JSON object a line",
		Long: `pairs learns from recorded repairs: JSON lines with language, source, code,
message, range (as in LSP), before and after. What is learned this way is offered in
the workspace it was learned for alone, and never outranks a repair of your own.`,
		Args: argsNamed("a FILE…"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var rows []replay.Row
			t := taught{did: "learned"}
			for _, name := range args {
				more, err := t.pairs(name)
				if err != nil {
					return err
				}
				rows = append(rows, more...)
			}
			return a.teach(cmd.Context(), workspace, &t, func(ctx context.Context, l *learner.Learner, root string, progress func(done, total int)) error {
				report, err := l.LearnPairs(ctx, rows, root, progress)
				t.added, t.refused = report.Added, report.Refused
				return err
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", ".", "learn for the repository around `DIR`")
	return cmd
}

func newPatternsImport(a *app) *cobra.Command {
	var workspace string
	cmd := &cobra.Command{
		Use:   "import FILE|DIR",
		Short: "Learn from a file, or a folder of pattern files, that export wrote",
		Long: `import learns from the examples in a file that "patterns export" wrote, or in the
pattern files of a folder. What is imported is offered in the workspace it was imported
for alone, and never outranks a repair of your own. A pattern file that is not exactly
of its form is refused, with the line that is wrong.`,
		Args: argsNamed("a FILE to read"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if isFolder(args[0]) {
				return a.importPatterns(cmd.Context(), args[0], workspace)
			}
			t := taught{did: "imported"}
			examples, err := t.exported(args[0])
			if err != nil {
				return err
			}
			return a.teach(cmd.Context(), workspace, &t, func(ctx context.Context, l *learner.Learner, root string, progress func(done, total int)) error {
				t.added, err = l.Import(ctx, examples, root, progress)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", ".", "import for the repository around `DIR`")
	return cmd
}

// importPatterns learns from the pattern files of a folder.
func (a *app) importPatterns(ctx context.Context, dir, workspace string) error {
	t := taught{did: "imported"}
	d, err := readPatternDir(dir)
	if err != nil {
		return problemf("name a folder that can be read", "%w", err)
	}
	t.read = len(d.wrong)
	for _, list := range d.examples {
		t.read += len(list)
		t.used += len(list)
	}
	for _, w := range d.wrong {
		t.doubts = append(t.doubts, "refused: "+w)
	}
	if t.read == 0 {
		return problemf("`dejafix patterns export "+dir+"` writes some", "there are no pattern files in %s", dir)
	}
	return a.teach(ctx, workspace, &t, func(ctx context.Context, l *learner.Learner, root string, progress func(done, total int)) error {
		var examples []analysis.Example
		for _, name := range d.names {
			for _, ex := range d.examples[name] {
				ex.Provenance.Tool, ex.Provenance.Version = patternfile.Dir+"/"+name, version
				examples = append(examples, ex)
			}
		}
		var err error
		t.added, err = l.Import(ctx, examples, root, progress)
		return err
	})
}

// taught is what came of a file of repairs.
type taught struct {
	did     string // learned, imported
	read    int    // lines that should hold a repair
	used    int    // of which this many do
	refused int    // that teach nothing
	added   int    // examples that are new
	doubts  []string
}

func (t *taught) doubt(file string, line int, what any) {
	t.doubts = append(t.doubts, fmt.Sprintf("%s, line %d: %v", filepath.Base(file), line, what))
}

// teach opens store and learner, lets f learn for the workspace at dir, and
// says what came of it.
func (a *app) teach(ctx context.Context, dir string, t *taught, f func(_ context.Context, _ *learner.Learner, root string, progress func(done, total int)) error) (err error) {
	a.sayDoubts(t.doubts)
	if t.read > 0 && t.used == 0 {
		return problemf("`--help` says what a line holds", "none of %s could be used", count(t.read, "line", "lines"))
	}
	root, err := folder([]string{dir})
	if err != nil {
		return err
	}
	st, err := a.openStore(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	l := learner.New(learner.Options{Store: st, Logger: a.logger(), Clock: a.clock, Version: version})
	defer func() { err = errors.Join(err, l.Close()) }()

	bar := a.newProgress(1, "learning")
	err = f(ctx, l, root, bar.step)
	bar.done()
	if err != nil {
		return err
	}
	v := &wire.Done{Did: t.did, Count: t.added, Of: t.read, Detail: root, Doubts: t.doubts}
	return a.show(v, func(w io.Writer) error {
		text := fmt.Sprintf("%s%s %d of %s for %s.", strings.ToUpper(t.did[:1]), t.did[1:], t.added, count(t.read, "repair", "repairs"), plain(root))
		if t.refused > 0 {
			text += fmt.Sprintf(" %d teach nothing: they delete, or nothing of them belongs to the error.", t.refused)
		}
		_, err := fmt.Fprintln(w, text)
		return err
	})
}

// shownDoubts is how many doubts are printed: a screenful; --json has all.
const shownDoubts = 10

func (a *app) sayDoubts(doubts []string) {
	for i, d := range doubts {
		if i == shownDoubts {
			fmt.Fprintf(a.err, "… and %d more; --json names all\n", len(doubts)-i)
			return
		}
		fmt.Fprintln(a.err, plain(d))
	}
}

// openInput opens a file that a person named.
func openInput(name string) (*os.File, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, problemf("name a file that exists", "there is no file %s", name)
	}
	if err != nil {
		return nil, problemf("name a file that can be read", "%w", err)
	}
	return f, nil
}

// pairs reads a file of fix pairs. A line that cannot be used becomes a doubt.
func (t *taught) pairs(name string) ([]replay.Row, error) {
	f, err := openInput(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var rows []replay.Row
	in := bufio.NewReader(f)
	for n := 1; ; n++ {
		line, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, problemf("name a file that can be read", "%s: %w", name, err)
		}
		if strings.TrimSpace(line) != "" {
			t.read++
			row, err := replay.Read(strings.NewReader(line))
			switch {
			case err != nil:
				t.doubt(name, n, "not a fix pair")
			case row[0].Language == "" || row[0].Range == nil:
				t.doubt(name, n, "no language or no range, so that the error has no place")
			default:
				t.used++
				rows = append(rows, row...)
			}
		}
		if err != nil {
			return rows, nil
		}
	}
}

// exported reads the examples of a file that export wrote. A line that cannot
// be used becomes a doubt.
func (t *taught) exported(name string) ([]analysis.Example, error) {
	f, err := openInput(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var examples []analysis.Example
	r := wire.NewReader(f)
	for {
		v, doubts, err := r.Next()
		var bad *wire.LineError
		switch {
		case errors.Is(err, io.EOF):
			return examples, nil
		case errors.As(err, &bad):
			t.read++
			t.doubt(name, bad.Line, bad.Err)
			continue
		case err != nil:
			return nil, problemf("name a file that can be read", "%s: %w", name, err)
		}
		for _, d := range doubts {
			t.doubt(name, r.Line(), d)
		}
		if w, ok := v.(*wire.Example); ok { // other kinds are derived from examples
			t.read++
			t.used++
			e := w.Example()
			e.Provenance.Origin = analysis.OriginImport
			examples = append(examples, e)
		}
	}
}
