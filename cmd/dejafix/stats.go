package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/lsp/watch"
	"github.com/dejafix/dejafix/store"
)

func newStats(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "stats",
		Short: "Count what was learned, seen, applied and undone",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			st, err := a.readStore(cmd.Context())
			if err != nil {
				return err
			}
			v := &wire.Stats{Recurring: []wire.Recurring{}, Reliability: []wire.Reliability{}, Checks: checks(nil)}
			if st != nil {
				defer st.Close()
				if v, err = stats(cmd.Context(), st); err != nil {
					return err
				}
			}
			if path, err := a.storeFile(); err == nil {
				v.IndexBytes = indexBytes(path)
			}
			return a.show(v, func(w io.Writer) error { return printStats(w, v) })
		},
	}
}

// mostRecurring is how many recurring errors are listed: what fits below the
// counts on a screen.
const mostRecurring = 10

// stats counts what is in st.
func stats(ctx context.Context, st *store.Store) (*wire.Stats, error) {
	s, err := st.Stats(ctx)
	if err != nil {
		return nil, err
	}
	recurring, err := st.Recurring(ctx, nil, mostRecurring)
	if err != nil {
		return nil, err
	}
	reliability, err := st.Reliability(ctx)
	if err != nil {
		return nil, err
	}
	v := &wire.Stats{
		Episodes: s.Episodes, Examples: s.Examples, Patterns: s.Patterns, Rules: s.Rules,
		Seen: s.Seen, Applied: s.Outcomes[analysis.VerdictApplied], Held: s.Outcomes[analysis.VerdictHeld],
		Undone: s.Outcomes[analysis.VerdictUndone], CameBack: s.Outcomes[analysis.VerdictCameBack],
		Ignored: s.Outcomes[analysis.VerdictIgnored], Never: s.Never, Forgotten: s.Forgotten,
		Workspaces: s.Workspaces, StoreBytes: s.StoreBytes, Recurring: []wire.Recurring{},
		Reliability: []wire.Reliability{},
	}
	checkers, err := st.Checkers(ctx)
	if err != nil {
		return nil, err
	}
	v.Checks = checks(checkers)
	for _, r := range reliability {
		v.Reliability = append(v.Reliability, wire.Reliability(r))
	}
	for _, r := range recurring {
		patterns := []string{}
		for _, p := range r.Patterns {
			patterns = append(patterns, p.Pattern)
		}
		v.Recurring = append(v.Recurring, wire.Recurring{
			Rule: r.Rule, Language: r.Language, Repairs: r.Repairs, Last: r.Last,
			Patterns: patterns, Held: r.Held, Undone: r.Undone,
		})
	}
	return v, nil
}

func printStats(w io.Writer, s *wire.Stats) error {
	if s.Episodes == 0 {
		if _, err := fmt.Fprintln(w, "Nothing was learned yet: dejafix learns when an error that it was told of is repaired."); err != nil {
			return err
		}
	}
	if err := table(w, [][]string{
		{"repairs learned", strconv.Itoa(s.Episodes), "of " + count(s.Rules, "rule", "rules") + " in " + count(s.Workspaces, "workspace", "workspaces")},
		{"patterns", strconv.Itoa(s.Patterns), fmt.Sprintf("%d never to be suggested, %d forgotten", s.Never, s.Forgotten)},
		{"suggestions seen", strconv.Itoa(s.Seen), fmt.Sprintf("%d ignored", s.Ignored)},
		{"applied", strconv.Itoa(s.Applied), fmt.Sprintf("%d held, %d undone, %d came back", s.Held, s.Undone, s.CameBack)},
		{"on disk", size(s.StoreBytes), "and " + size(s.IndexBytes) + " of indexes"},
	}); err != nil {
		return err
	}
	return errors.Join(printChecks(w, s.Checks), printReliability(w, s.Reliability), printRecurring(w, s.Recurring))
}

// indexBytes is the size of the indexes beside a store. What cannot be looked at
// is counted as nothing.
func indexBytes(store string) (n int64) {
	entries, err := os.ReadDir(indexDir(store))
	if err != nil {
		return 0 // there are none
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
	}
	return n
}

// checks adds up what the checkers of all processes did. A process that was
// killed holds nothing any more, whatever it said last.
func checks(list []store.Checkers) wire.Checks {
	v := wire.Checks{Unknown: map[string]int64{}, Processes: []wire.Checking{}}
	for _, c := range list {
		v.Runs += c.Runs
		v.Checked += c.Checked
		v.Refuted += c.Refuted
		for cause, n := range c.Unknown {
			v.Unknown[cause] += n
		}
		if !c.Ended && watch.Alive(c.PID) {
			v.Processes = append(v.Processes, wire.Checking{PID: c.PID, Memory: c.Memory, Peak: c.Peak, Limit: c.Limit})
		}
	}
	return v
}

// printChecks says what was checked, once something was, and what the checkers
// hold now.
func printChecks(w io.Writer, c wire.Checks) error {
	var unknown int64
	var causes []string
	for _, cause := range slices.Sorted(maps.Keys(c.Unknown)) {
		unknown += c.Unknown[cause]
		causes = append(causes, fmt.Sprintf("%s %d", cause, c.Unknown[cause]))
	}
	if c.Checked+c.Refuted+unknown == 0 {
		return nil
	}
	what := fmt.Sprintf("%d checked, %d refuted, %d unknown", c.Checked, c.Refuted, unknown)
	if unknown > 0 {
		what += " (" + strings.Join(causes, ", ") + ")"
	}
	rows := [][]string{{"repairs checked", strconv.FormatInt(c.Checked+c.Refuted+unknown, 10), what}}
	for _, p := range c.Processes {
		rows = append(rows, []string{
			"checkers hold", size(p.Memory),
			fmt.Sprintf("at most %s so far, in process %d; one may hold %s", size(p.Peak), p.PID, size(p.Limit)),
		})
	}
	return table(w, rows)
}

// printReliability says how far the chance of a suggestion can be believed, once
// there is one that was seen.
func printReliability(w io.Writer, list []wire.Reliability) error {
	if len(list) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(w, "\nThe chance that was said of the best suggestion, and what became of it:"); err != nil {
		return err
	}
	rows := [][]string{{"CHANCE SAID", "SEEN", "APPLIED", "HELD", "UNDONE", "CAME BACK", "IGNORED"}}
	for _, r := range list {
		row := []string{tenth(r.From)}
		for _, n := range []int{r.Seen, r.Applied, r.Held, r.Undone, r.CameBack, r.Ignored} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	return table(w, rows)
}

func printRecurring(w io.Writer, list []wire.Recurring) error {
	if len(list) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(w, "\nErrors that came again:"); err != nil {
		return err
	}
	rows := make([][]string, 0, len(list))
	for _, r := range list {
		rows = append(rows, []string{
			r.Language + " " + r.Rule, count(r.Repairs, "repair", "repairs"), "last on " + r.Last.Local().Format(time.DateOnly),
			fmt.Sprintf("%d held, %d undone", r.Held, r.Undone), strings.Join(r.Patterns, " "),
		})
	}
	return table(w, rows)
}
