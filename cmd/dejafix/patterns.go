package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/store"
)

func newPatterns(a *app) *cobra.Command {
	list := newPatternsList(a)
	cmd := &cobra.Command{
		Use:   "patterns",
		Short: "Show, silence, export what was learned",
		Args:  subcommand,
		RunE:  list.RunE,
	}
	cmd.AddCommand(list, newPatternsShow(a), newPatternsForget(a), newPatternsNever(a), newPatternsExport(a), newPatternsImport(a))
	return cmd
}

func newPatternsList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List what was learned",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			st, err := a.readStore(ctx)
			if err != nil {
				return err
			}
			v := &wire.PatternList{Patterns: []wire.Pattern{}}
			if st != nil {
				defer st.Close()
				index, err := st.Patterns(ctx)
				if err != nil {
					return err
				}
				if v.Patterns, err = describe(ctx, st, index); err != nil {
					return err
				}
			}
			return a.show(v, func(w io.Writer) error { return printPatterns(w, v.Patterns) })
		},
	}
}

// describe joins index entries with what became of them. Patterns that were
// forgotten are left out, also where further examples would teach them again.
func describe(ctx context.Context, st *store.Store, index []store.Pattern) ([]wire.Pattern, error) {
	ids := make([]string, len(index))
	for i, p := range index {
		ids[i] = p.ID
	}
	outcomes, err := st.OutcomesFor(ctx, ids...)
	if err != nil {
		return nil, err
	}
	tombstones, err := st.Tombstones(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]wire.Pattern, 0, len(index))
	for _, p := range index {
		if !tombstones[p.ID].Forgotten.IsZero() {
			continue
		}
		w := wire.Pattern{
			ID:       p.ID,
			Identity: wire.Identity{Language: p.Identity.Language, Rule: p.Identity.Rule, Template: p.Identity.Template},
			Title:    p.Title, FixType: string(p.FixType), Examples: append([]string{}, p.Examples...),
			Never: !tombstones[p.ID].Never.IsZero(),
		}
		for _, o := range outcomes[p.ID] {
			switch o.Verdict {
			case analysis.VerdictApplied:
				w.Outcomes.Applied++
			case analysis.VerdictHeld:
				w.Outcomes.Held++
			case analysis.VerdictUndone:
				w.Outcomes.Undone++
			case analysis.VerdictCameBack:
				w.Outcomes.CameBack++
			case analysis.VerdictIgnored:
				w.Outcomes.Ignored++
			case analysis.VerdictDismissed, analysis.VerdictNever: // Never says it
			}
		}
		out = append(out, w)
	}
	return out, nil
}

func printPatterns(w io.Writer, patterns []wire.Pattern) error {
	if len(patterns) == 0 {
		_, err := fmt.Fprintln(w, "Nothing was learned yet.")
		return err
	}
	rows := [][]string{{"ID", "LANGUAGE", "RULE", "REPAIR", "LEARNED FROM", "APPLIED", "HELD"}}
	for _, p := range patterns {
		title := p.Title
		if p.Never {
			title += " (never suggested)"
		}
		rows = append(rows, []string{
			p.ID, p.Identity.Language, p.Identity.Rule, title,
			count(len(p.Examples), "repair", "repairs"), strconv.Itoa(p.Outcomes.Applied), held(p.Outcomes),
		})
	}
	return table(w, rows)
}

// held says how often a repair held of those whose end is known, "-" where none
// is.
func held(o wire.Outcomes) string {
	known := o.Held + o.Undone + o.CameBack
	if known == 0 {
		return "-"
	}
	return fmt.Sprintf("%d of %d", o.Held, known)
}

func newPatternsShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "Show a pattern and the repairs it was learned from",
		Args:  argsNamed("a pattern's ID (p_…)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			st, err := a.readStore(ctx)
			if err != nil {
				return err
			}
			if st == nil {
				return nothingLearned(args[0])
			}
			defer st.Close()
			p, err := findPattern(ctx, st, args[0])
			if err != nil {
				return err
			}
			ps, err := describe(ctx, st, []store.Pattern{p})
			if err != nil {
				return err
			}
			if len(ps) == 0 {
				return problemf("`dejafix patterns forget --undo "+p.ID+"` lets it be learned again", "%s was forgotten", p.ID)
			}
			return a.show(&ps[0], func(w io.Writer) error {
				if err := table(w, [][]string{
					{"pattern", ps[0].ID},
					{"repair", ps[0].Title},
					{"answers to", p.Identity.Language + " " + p.Identity.Rule + ": " + p.Identity.Template},
					{"fix type", ps[0].FixType},
					{"applied", strconv.Itoa(ps[0].Outcomes.Applied)},
					{"held", held(ps[0].Outcomes)},
				}); err != nil {
					return err
				}
				return printExamples(ctx, w, st, p.Examples)
			})
		},
	}
}

// shownExamples is how many repairs `patterns show` prints: a screenful.
const shownExamples = 5

func printExamples(ctx context.Context, w io.Writer, st *store.Store, ids []string) error {
	for i, id := range ids {
		if i == shownExamples {
			_, err := fmt.Fprintf(w, "\n… and %s more; --json names all\n", count(len(ids)-i, "repair", "repairs"))
			return err
		}
		ex, err := st.Example(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted in the meantime
		}
		if err != nil {
			return err
		}
		after, err := textedit.Apply(ex.Before, ex.Edits)
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		_, err = fmt.Fprintf(w, "\n%s, %s, %s\n%s: %s\n%s", ex.ID, plain(ex.Path), ex.Provenance.Time.Local().Format("2006-01-02 15:04"),
			plain(ex.Diagnostic.Source), plain(ex.Diagnostic.Message), plainLines(textedit.Unified(ex.Path, ex.Before, after)))
		if err != nil {
			return err
		}
	}
	return nil
}

// findPattern finds a pattern in the index. Its error says how to find one.
func findPattern(ctx context.Context, st *store.Store, id string) (store.Pattern, error) {
	if !strings.HasPrefix(id, "p_") {
		return store.Pattern{}, problemf("`dejafix patterns` lists them", "%q is no pattern's id, which starts with p_", id)
	}
	p, err := st.Pattern(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return store.Pattern{}, problemf("`dejafix patterns` lists them", "there is no pattern %s", id)
	}
	return p, err
}

func newPatternsForget(a *app) *cobra.Command {
	var yes, undo bool
	cmd := &cobra.Command{
		Use:   "forget ID",
		Short: "Delete a pattern and the repairs it was learned from",
		Long: `forget deletes a pattern and the repairs that it was learned from, and keeps it from
being learned again. --undo lets it be learned again; what was deleted stays so.`,
		Args: argsNamed("a pattern's ID (p_…)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			st, err := a.openStore(ctx)
			if err != nil {
				return err
			}
			defer st.Close()
			if undo {
				if err := st.LiftTombstone(ctx, args[0]); err != nil {
					return err
				}
				return a.show(&wire.Done{Did: "allowed", Count: 1, Detail: args[0]}, func(w io.Writer) error {
					_, err := fmt.Fprintf(w, "%s may be learned again.\n", plain(args[0]))
					return err
				})
			}
			p, err := findPattern(ctx, st, args[0])
			if err != nil {
				return err
			}
			what := fmt.Sprintf("%s (%s) and %s", p.ID, p.Title, count(len(p.Examples), "repair", "repairs"))
			if !yes {
				if err := a.confirm(cmd, "Delete "+what+"? It cannot be brought back."); err != nil {
					return err
				}
			}
			gone, err := st.Forget(ctx, store.OfPattern{ID: p.ID})
			if err != nil {
				return err
			}
			return a.forgot(what, gone)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&undo, "undo", false, "let it be learned again")
	return cmd
}

func newPatternsNever(a *app) *cobra.Command {
	var undo bool
	cmd := &cobra.Command{
		Use:   "never ID",
		Short: "Never suggest a pattern again",
		Args:  argsNamed("a pattern's ID (p_…)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			st, err := a.openStore(ctx)
			if err != nil {
				return err
			}
			defer st.Close()
			p, err := findPattern(ctx, st, args[0])
			if err != nil {
				return err
			}
			if err := st.SetNever(ctx, p.ID, !undo); err != nil {
				return err
			}
			did := "silenced"
			if undo {
				did = "allowed"
			}
			return a.show(&wire.Done{Did: did, Count: 1, Detail: p.ID}, func(w io.Writer) error {
				if undo {
					_, err = fmt.Fprintf(w, "%s (%s) may be suggested again.\n", p.ID, plain(p.Title))
				} else {
					_, err = fmt.Fprintf(w, "%s (%s) is not suggested again; `dejafix patterns never --undo %s` takes it back.\n", p.ID, plain(p.Title), p.ID)
				}
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&undo, "undo", false, "let it be suggested again")
	return cmd
}
