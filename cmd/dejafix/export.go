package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/redact"
	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/store"
)

func newPatternsExport(a *app) *cobra.Command {
	var owner string
	cmd := &cobra.Command{
		Use:   "export FILE|DIR/",
		Short: "Write all repairs to a file, or patterns to files that can be reviewed",
		Long: `export writes the repairs that patterns are learned from to FILE, "-" for standard
output, one JSON object a line. They hold code of yours: read the file before you give
it to somebody. A repair in which something looks like a secret, or names a person, is
left out.

Where DIR/ is a folder, or ends in a slash, it writes the patterns of the workspace
around the current folder there, one file each, for people to read and review: in
.dejafix/patterns/ of a repository, dejafix learns from them where the repository is
trusted.`,
		Args: argsNamed("a FILE to write"),
		RunE: func(cmd *cobra.Command, args []string) error {
			st, err := a.readStore(cmd.Context())
			if err != nil {
				return err
			}
			if st == nil {
				return nothingLearned("repair to export")
			}
			defer st.Close()
			if args[0] != "-" && isFolder(args[0]) {
				return a.exportPatterns(cmd.Context(), st, args[0], owner)
			}
			if args[0] == "-" {
				_, _, err := export(a.out, st.Examples(cmd.Context()))
				return err
			}
			f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if errors.Is(err, fs.ErrExist) {
				return problemf("name another file, or remove it", "%s is there already", args[0])
			}
			if err != nil {
				return problemf("name a file that can be written", "%w", err)
			}
			defer f.Close()
			written, left, err := export(f, st.Examples(cmd.Context()))
			if err == nil {
				err = f.Close()
			}
			if err != nil {
				// Half a file would be taken for a whole one.
				return errors.Join(err, os.Remove(args[0]))
			}
			v := &wire.Done{Did: "exported", Count: written, Of: written + left, Detail: args[0]}
			return a.show(v, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "Wrote %s to %s.", count(written, "example", "examples"), plain(args[0]))
				if err == nil && left > 0 {
					_, err = fmt.Fprintf(w, " Left out %d in which something looks like a secret or names a person.", left)
				}
				fmt.Fprintln(w)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&owner, "owner", "", "say in the files of DIR/ that `NAME` answers for them")
	return cmd
}

// exportPatterns writes the patterns of the workspace here as files.
func (a *app) exportPatterns(ctx context.Context, st *store.Store, dir, owner string) error {
	root, err := folder(nil)
	if err != nil {
		return err
	}
	names, left, err := exportFiles(ctx, st, root, dir, owner)
	if err != nil {
		return err
	}
	v := &wire.Done{Did: "exported", Count: len(names), Of: len(names) + left, Detail: dir, Items: names}
	return a.show(v, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "Wrote %s to %s.", count(len(names), "pattern", "patterns"), plain(dir))
		if err == nil && left > 0 {
			_, err = fmt.Fprintf(w, " Left out %d in which something looks like a secret or names a person.", left)
		}
		fmt.Fprintln(w)
		return err
	})
}

// export writes examples as lines of analysis/wire, without those in which
// analysis/redact finds something.
func export(w io.Writer, examples func(func(analysis.Example, error) bool)) (written, left int, err error) {
	bw := bufio.NewWriter(w)
	for ex, err := range examples {
		if err != nil {
			return written, left, err
		}
		line, err := wire.Encode(wire.FromExample(ex))
		if err != nil {
			return written, left, fmt.Errorf("%s: %w", ex.ID, err)
		}
		if secret(ex) {
			left++
			continue
		}
		if _, err := bw.Write(append(line, '\n')); err != nil {
			return written, left, err
		}
		written++
	}
	return written, left, bw.Flush()
}

// secret reports whether redact would take something out of ex.
func secret(ex analysis.Example) bool {
	texts := []string{ex.Before, ex.Diagnostic.Message, ex.ContextBefore, ex.ContextAfter}
	for _, e := range ex.Edits {
		texts = append(texts, e.New)
	}
	for _, s := range texts {
		if redact.Redact(s).String() != s {
			return true
		}
	}
	return false
}
