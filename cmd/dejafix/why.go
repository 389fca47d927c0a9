package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/learner"
	"github.com/dejafix/dejafix/store"
)

func newWhy(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "why ID",
		Short: "Say where a pattern (p_…) or example (e_…) comes from, and what is known of a failure (t_…)",
		Args:  argsNamed("an ID (p_…, e_… or t_…)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, id := cmd.Context(), args[0]
			switch {
			case strings.HasPrefix(id, "s_"):
				return problemf("ask there (:Dejafix why), or with the id of its pattern (p_…)",
					"%s is a suggestion, which only the editor's server knows", id)
			case !strings.HasPrefix(id, "p_") && !strings.HasPrefix(id, "e_") && !strings.HasPrefix(id, "t_"):
				return problemf("`dejafix patterns` lists patterns, and `dejafix patterns show p_…` their examples",
					"%q is no id: those start with p_, e_ or t_", id)
			}
			st, err := a.readStore(ctx)
			if err != nil {
				return err
			}
			if st == nil {
				return nothingLearned(id)
			}
			defer st.Close()
			l := learner.New(learner.Options{Store: st, Logger: a.logger(), Clock: a.clock, Version: version})
			defer l.Close()
			x, err := l.Why(ctx, id)
			if errors.Is(err, store.ErrNotFound) && strings.HasPrefix(id, "t_") {
				return problemf("it may have been forgotten; `dejafix trace FILE --json` says the fingerprint of a stack trace", "nothing is known of %s", id)
			}
			if errors.Is(err, store.ErrNotFound) {
				return problemf("`dejafix patterns` lists what there is", "nothing is known of %s", id)
			}
			if err != nil {
				return err
			}
			return a.show(wire.FromExplanation(id, x), func(w io.Writer) error {
				_, err := fmt.Fprintln(w, strings.TrimRight(plainLines(x.Markdown), "\n"))
				return err
			})
		},
	}
}
