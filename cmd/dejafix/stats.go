package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/wire"
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
			v := &wire.Stats{Recurring: []wire.Recurring{}, Reliability: []wire.Reliability{}}
			if st != nil {
				defer st.Close()
				if v, err = stats(cmd.Context(), st); err != nil {
					return err
				}
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
		{"on disk", size(s.StoreBytes), ""},
	}); err != nil {
		return err
	}
	return errors.Join(printReliability(w, s.Reliability), printRecurring(w, s.Recurring))
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
