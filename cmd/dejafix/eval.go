package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/learner/pattern"
	"github.com/dejafix/dejafix/learner/replay"
)

func newEval(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Measure dejafix on recorded repairs",
		Args:  subcommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usagef(cmd, "%s needs fixes, reports, split or traces", cmd.CommandPath())
		},
	}
	cmd.AddCommand(newEvalFixes(a), newEvalReports(a), newEvalSplit(a), newEvalTraces(a))
	return cmd
}

func newEvalFixes(a *app) *cobra.Command {
	var train, test []string
	var k int
	cmd := &cobra.Command{
		Use:   "fixes --train FILE… --test FILE… [--k N]",
		Short: "Learn from some repairs and ask for others",
		Long: `fixes learns from the rows of the first files and asks for the repair of each row
of the second, without looking at it. It keeps nothing. top1 and top3: the first, or
one of the first three edits gives the same token sequence as the recorded repair.
VALUE/100: what showing unasked is worth in a hundred errors, .75 for one that is
right and -.25 for one that is not. Below: how far the chance that is said of the
best repair can be believed.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case len(train) == 0:
				return usagef(cmd, "%s needs --train FILE…", cmd.CommandPath())
			case len(test) == 0:
				return usagef(cmd, "%s needs --test FILE…", cmd.CommandPath())
			case k < 0:
				return usagef(cmd, "--k %d: not a number of rows", k)
			}
			learn, err := readPairs(train)
			if err != nil {
				return err
			}
			ask, err := readPairs(test)
			if err != nil {
				return err
			}
			o := replay.Options{K: k}
			if bar := a.newProgress(len(ask), "asking"); bar.bar != nil {
				defer bar.done()
				asked := 0
				o.Asked = func(replay.Row, []pattern.Proposal, []bool) {
					asked++
					bar.set(asked)
				}
			}
			r, err := replay.Eval(cmd.Context(), learn, ask, o)
			if err != nil {
				return err
			}
			if a.json {
				return json.NewEncoder(a.out).Encode(r)
			}
			return printEval(a.out, &r)
		},
	}
	cmd.Flags().StringArrayVar(&train, trainFlag, nil, "learn from `FILE`; more may follow")
	cmd.Flags().StringArrayVar(&test, testFlag, nil, "ask for the repairs of `FILE`; more may follow")
	cmd.Flags().IntVar(&k, "k", 0, "use at most `N` rows of each code to learn from (0: all)")
	return cmd
}

// The flags that take all files that follow them.
const trainFlag, testFlag = "train", "test"

// spread lets --train and --test take all the files that follow, as a shell's
// pattern names them: --train a b becomes --train=a --train=b.
func spread(args []string) []string {
	if len(args) < 2 || !slices.Contains(args, "eval") {
		return args
	}
	out := make([]string, 0, len(args))
	flag := ""
	for _, arg := range args {
		name, _, valued := strings.Cut(arg, "=")
		switch {
		case name == "--"+trainFlag || name == "--"+testFlag:
			flag = name
			if valued {
				out = append(out, arg)
			}
		case strings.HasPrefix(arg, "-"):
			flag = ""
			out = append(out, arg)
		case flag != "":
			out = append(out, flag+"="+arg)
		default:
			out = append(out, arg)
		}
	}
	return out
}

// readPairs reads files of fix pairs. What is measured must be whole: a bad
// line is an error.
func readPairs(names []string) ([]replay.Row, error) {
	var rows []replay.Row
	for _, name := range names {
		f, err := openInput(name)
		if err != nil {
			return nil, err
		}
		more, err := replay.Read(f)
		f.Close()
		if err != nil {
			return nil, problemf("mend the file; a measurement needs all of it", "%s: %w", name, err)
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// printEval prints the figures, one line a source.
func printEval(w io.Writer, r *replay.Result) error {
	rows := [][]string{{"SOURCE", "ASKED", "ANSWERED", "TOP1", "TOP3", "EXACT", "SHOWN", "PRECISION", "VALUE/100", "VERBATIM"}}
	line := func(name string, c *replay.Counts) []string {
		return []string{
			name, strconv.Itoa(c.Cases), share(c.Answered, c.Cases), share(c.Top1, c.Cases), share(c.Top3, c.Cases),
			share(c.Exact, c.Cases), share(c.Shown, c.Cases), share(c.ShownRight, c.Shown),
			worth(c), share(c.Verbatim, c.Cases),
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Sources)) {
		rows = append(rows, line(name, r.Sources[name]))
	}
	rows = append(rows, line("all", &r.Counts))
	if err := table(w, rows); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "%d patterns; learning %.0f ms, asking %.1f ms (median), %.1f ms (p99); left out: %d of white space alone, %d without a range\n",
		r.Patterns, r.Learn, r.P50, r.P99, r.FormatOnly, r.NullRange); err != nil {
		return err
	}
	return printCalibration(w, &r.Counts)
}

// printCalibration prints how far the chance that is said of the best repair can
// be believed, where there is a best one.
func printCalibration(w io.Writer, c *replay.Counts) error {
	rows := [][]string{{"CHANCE SAID", "ERRORS", "SAID ON AVERAGE", "RIGHT"}}
	for _, b := range c.Calibration {
		if b.N > 0 {
			rows = append(rows, []string{tenth(b.From), strconv.Itoa(b.N), fmt.Sprintf("%.2f", b.Said), share(b.Right, b.N)})
		}
	}
	if len(rows) == 1 {
		return nil
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	if err := table(w, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "expected calibration error %.3f: how far what is said of the best repair is from what is right, on average\n", c.ECE)
	return err
}

// tenth is the bin of chances that begins with from.
func tenth(from float64) string { return fmt.Sprintf("%.1f-%.1f", from, from+.1) }

// worth is what showing unasked gained in a hundred errors, "-" of none.
func worth(c *replay.Counts) string {
	if c.Cases == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", 100*c.Value/float64(c.Cases))
}

// share is n of all with two digits, "-" of nothing.
func share(n, all int) string {
	if all == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(n)/float64(all))
}

func newEvalSplit(a *app) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "split FILE… --out DIR",
		Short: "Make the standard split of recorded repairs",
		Long: `split writes DIR/train.jsonl and DIR/test.jsonl: of each source and code the rows
whose id has an even SHA-256 to learn from, the others to ask. Rows of a code with the
same text before follow the first of them.`,
		Args: argsNamed("a FILE…"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return usagef(cmd, "%s needs --out DIR", cmd.CommandPath())
			}
			rows, err := readPairs(args)
			if err != nil {
				return err
			}
			learn, ask := replay.Split(rows)
			if err := os.MkdirAll(out, 0o755); err != nil {
				return problemf("name a folder that can be made with --out", "%w", err)
			}
			for name, part := range map[string][]replay.Row{"train.jsonl": learn, "test.jsonl": ask} {
				if err := writePairs(filepath.Join(out, name), part); err != nil {
					return err
				}
			}
			v := &wire.Done{Did: "split", Count: len(rows), Detail: fmt.Sprintf("%d to learn from, %d to ask", len(learn), len(ask))}
			return a.show(v, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s in %s: %s.\n", count(len(rows), "row", "rows"), plain(out), v.Detail)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "write into `DIR`")
	return cmd
}

// writePairs writes rows as they were read.
func writePairs(name string, rows []replay.Row) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	for i := range rows {
		if _, err := w.Write(append(slices.Clip(rows[i].Raw()), '\n')); err != nil {
			return err
		}
	}
	return w.Flush()
}
