package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/lsp/watch"
	"github.com/dejafix/dejafix/store"
)

func newForget(a *app) *cobra.Command {
	var (
		all, yes         bool
		workspace, since string
	)
	cmd := &cobra.Command{
		Use:   "forget (--all | --workspace DIR | --since T)",
		Short: "Delete what was learned from the disk",
		Long: `forget deletes repairs, what became of them, and every trace of them in the
store's files. T is a duration (30m, 2h, 7d) back from now, a date (2026-11-01) or
a time (2026-11-01T15:04:05Z). It asks first; --yes answers.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			scope, what, err := forgetScope(cmd, a.clock(), all, workspace, since)
			if err != nil {
				return err
			}
			if st, err := a.readStore(cmd.Context()); err != nil {
				return err
			} else if st == nil {
				return a.forgot(what, store.Forgotten{})
			} else if err := st.Close(); err != nil {
				return err
			}
			if !yes {
				if err := a.confirm(cmd, "Delete "+what+"? It cannot be brought back."); err != nil {
					return err
				}
			}
			st, err := a.openStore(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			gone, err := st.Forget(cmd.Context(), scope)
			if err != nil {
				return err
			}
			path, err := a.storeFile()
			if err != nil {
				return err
			}
			// What commands said lately lies beside the store.
			if err := watch.Forget(watch.Rans(path)); err != nil {
				return problemf("delete that folder yourself", "what commands said that ran lately is still there: %w", err)
			}
			// An index holds names of a workspace's code. It is made again where it is
			// wanted.
			if err := os.RemoveAll(indexDir(path)); err != nil {
				return problemf("delete that folder yourself", "the index of the workspaces is still there: %w", err)
			}
			return a.forgot(what, gone)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "everything")
	cmd.Flags().StringVar(&workspace, "workspace", "", "what the repository around `DIR` taught")
	cmd.Flags().StringVar(&since, "since", "", "what was learned since `T`")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// forgetScope turns the flags into what to forget, and how to say it.
func forgetScope(cmd *cobra.Command, now time.Time, all bool, workspace, since string) (store.Scope, string, error) {
	given := 0
	for _, flag := range []string{"all", "workspace", "since"} {
		if cmd.Flags().Changed(flag) {
			given++
		}
	}
	switch {
	case given != 1:
		return nil, "", usagef(cmd, "%s needs one of --all, --workspace DIR and --since T", cmd.CommandPath())
	case workspace != "":
		root, err := filepath.Abs(workspace)
		if err != nil {
			return nil, "", err
		}
		return store.OfWorkspace{Root: root}, "all that was learned in " + root, nil
	case since != "":
		t, err := parseSince(since, now)
		if err != nil {
			return nil, "", usagef(cmd, "--since %s: %w", since, err)
		}
		return store.Since{Time: t}, "all that was learned since " + t.Local().Format(time.DateTime), nil
	case all:
		return store.Everything{}, "all that was ever learned", nil
	}
	return nil, "", usagef(cmd, "%s needs one of --all, --workspace DIR and --since T", cmd.CommandPath())
}

// parseSince reads a duration back from now, a date in local time, or a time.
func parseSince(s string, now time.Time) (time.Time, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, now.Location()); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("not a duration (30m, 2h, 7d), a date (2026-11-01) or a time (2026-11-01T15:04:05Z)")
}

// confirm asks a person. Where there is none, the flag --yes is needed.
func (a *app) confirm(cmd *cobra.Command, question string) error {
	if !terminal(a.in) {
		return usagef(cmd, "%s asks first, and there is no terminal to ask on: add --yes", cmd.CommandPath())
	}
	fmt.Fprintf(a.err, "%s [y/N] ", plain(question))
	answer, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && answer == "" {
		answer = "n"
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return problemf("answer y to go on", "nothing was deleted")
}

// forgot says what is gone.
func (a *app) forgot(what string, gone store.Forgotten) error {
	v := &wire.Done{Did: "forgot", Count: gone.Repairs, Detail: what}
	return a.show(v, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "Forgot %s: %s, %s, %s of suggestions.\n", plain(what),
			count(gone.Repairs, "repair", "repairs"), count(gone.Outcomes, "outcome", "outcomes"),
			count(gone.Exposures, "record", "records"))
		return err
	})
}
