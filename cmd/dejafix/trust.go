package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis/wire"
)

func newTrust(a *app) *cobra.Command {
	var revoke, list bool
	cmd := &cobra.Command{
		Use:   "trust [DIR] [--revoke]",
		Short: "Let commands of a workspace run",
		Long: `trust says that commands which belong to DIR and the folders below it (default:
the current folder), such as its compilers and linters, may be run. Nothing of a
workspace runs without it.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 || list && len(args) > 0 {
				return usagef(cmd, "%s takes one folder, got also %q", cmd.CommandPath(), args[len(args)-1])
			}
			if list && revoke {
				return usagef(cmd, "--list and --revoke do not go together")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return a.listTrust(cmd)
			}
			dir, err := folder(args)
			if err != nil {
				return err
			}
			st, err := a.openStore(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			if err := st.SetTrust(cmd.Context(), dir, !revoke); err != nil {
				return err
			}
			did := "trusted"
			if revoke {
				did = "revoked"
			}
			return a.show(&wire.Done{Did: did, Count: 1, Detail: dir}, func(w io.Writer) error {
				if revoke {
					_, err = fmt.Fprintf(w, "Commands of %s no longer run.\n", plain(dir))
				} else {
					_, err = fmt.Fprintf(w, "Commands of %s may run; `dejafix trust --revoke %s` takes it back.\n", plain(dir), plain(dir))
				}
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&revoke, "revoke", false, "take it back")
	cmd.Flags().BoolVar(&list, "list", false, "say which folders are trusted")
	return cmd
}

// folder is the one folder in args, or the current one, as an absolute name.
func folder(args []string) (string, error) {
	dir := "."
	if len(args) > 0 {
		dir = args[0]
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if target, err := filepath.EvalSymlinks(dir); err == nil {
		dir = target
	}
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return "", problemf("name a folder that exists", "%s is not a folder", dir)
	}
	return dir, nil
}

func (a *app) listTrust(cmd *cobra.Command) error {
	st, err := a.readStore(cmd.Context())
	if err != nil {
		return err
	}
	var trusted []string
	if st != nil {
		defer st.Close()
		folders, err := st.Folders(cmd.Context())
		if err != nil {
			return err
		}
		for _, f := range folders {
			if f.Trusted != nil && *f.Trusted {
				trusted = append(trusted, f.Path)
			}
		}
	}
	return a.show(&wire.Done{Did: "listed", Count: len(trusted), Items: trusted}, func(w io.Writer) error {
		if len(trusted) == 0 {
			_, err := fmt.Fprintln(w, "No folder is trusted.")
			return err
		}
		for _, dir := range trusted {
			if _, err := fmt.Fprintln(w, plain(dir)); err != nil {
				return err
			}
		}
		return nil
	})
}
