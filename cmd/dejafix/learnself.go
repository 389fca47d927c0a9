package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/learner"
	"github.com/dejafix/dejafix/learner/mutant"
)

func newLearnSelf(a *app) *cobra.Command {
	var budget time.Duration
	cmd := &cobra.Command{
		Use:   "self [DIR]",
		Short: "Learn from correct code, by breaking copies of it in small ways",
		Long: `self takes the files of the workspace around DIR (default: the current folder), those
that changed last first. In the text of each, never in the file, it leaves out an
import, a conversion, an argument, an await or a check for nothing, or misspells a
name; asks your compiler for the error; and learns the way back. What is learned this
way is offered in this workspace alone, and after all that a person did.

The workspace must be trusted, since its checkers run.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef(cmd, "%s takes one folder, got also %q", cmd.CommandPath(), args[1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root, err := folder(args)
			if err != nil {
				return err
			}
			return a.learnSelf(cmd.Context(), root, budget)
		},
	}
	cmd.Flags().DurationVar(&budget, "budget", learnBudget, "end after `TIME`; 0 means when all files were read")
	return cmd
}

// learnSelf learns from breaking the files of the workspace at root.
func (a *app) learnSelf(ctx context.Context, root string, budget time.Duration) (err error) {
	lowerPriority()
	began := a.clock()
	h, done, err := a.newHarvest(ctx, root, false, analysis.OriginSelf)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	files, err := newestFiles(ctx, root)
	if err != nil {
		return err
	}
	read, err := h.store.History(ctx, h.id)
	if err != nil {
		return err
	}
	compile, _, reads, end := a.checkersFor("")
	defer end()
	o := mutant.Options{Root: root, Files: files, Compile: compile, Reads: reads}
	if budget > 0 {
		o.Until = began.Add(budget)
	}
	bar := a.newProgress(1, "breaking code")
	o.Step = bar.step
	key := func(path, text string) string {
		rel, err := filepath.Rel(root, path)
		if err != nil {
			rel = path
		}
		sum := sha256.Sum256([]byte(filepath.ToSlash(rel) + "\x00" + text))
		return hex.EncodeToString(sum[:])
	}
	o.Done = func(path, text string) bool { return read[key(path, text)] }
	o.Found = func(path, text string, pairs []mutant.Pair) error {
		for _, p := range pairs {
			h.cures = append(h.cures, learner.Cure{
				Doc: analysis.NewDocument("", p.Path, root, p.Language, 0, p.Broken), Edits: p.Edits, Diagnostic: p.Target, Symptoms: p.Others,
				Provenance: analysis.Provenance{Origin: analysis.OriginSelf},
			})
		}
		h.done = append(h.done, key(path, text))
		return h.sometimes(ctx)
	}
	counts, err := mutant.Walk(ctx, o)
	bar.done()
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepWithin)
	defer cancel()
	if err := errors.Join(err, h.keep(late), ctx.Err()); err != nil {
		return err
	}
	v := h.report(counts.Broken)
	if counts.Blind != "" {
		v.Doubts = append(v.Doubts, counts.Blind)
	}
	return a.show(v, func(w io.Writer) error {
		switch {
		case h.found > 0:
			_, err = fmt.Fprintf(w, "Learned %s of %s from breaking %s, all checked.\n",
				count(h.found, "repair", "repairs"), count(len(h.kinds), "kind", "kinds"), count(counts.Files, "file", "files"))
		case counts.Blind != "":
			_, err = fmt.Fprintf(w, "Nothing can be checked here: %s\n", plain(counts.Blind))
		default:
			_, err = fmt.Fprintln(w, "There is nothing new to break.")
		}
		if err == nil && counts.Left > 0 && counts.Files > 0 {
			_, err = fmt.Fprintf(w, "%s left; the same command goes on with them.\n", count(counts.Left, "file is", "files are"))
		}
		return err
	})
}

// newestFiles are the own files of a workspace, those that changed last first.
func newestFiles(ctx context.Context, root string) ([]string, error) {
	tree, err := newFixTree([]string{root})
	if err != nil {
		return nil, err
	}
	own, _, err := tree.files(ctx)
	if err != nil {
		return nil, err
	}
	times := map[string]time.Time{}
	for _, path := range own {
		if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() && below(root, path) {
			times[path] = info.ModTime()
		}
	}
	return slices.SortedFunc(maps.Keys(times), func(a, b string) int {
		return cmp.Or(times[b].Compare(times[a]), cmp.Compare(a, b))
	}), nil
}

// report is what programs are told of a harvest; of is how many texts were
// looked at.
func (h *harvest) report(of int) *wire.Done {
	v := &wire.Done{Did: "learned", Count: h.found, Of: of, Detail: h.root}
	for _, k := range slices.Sorted(maps.Keys(h.kinds)) {
		v.Items = append(v.Items, fmt.Sprintf("%s: %d", k, h.kinds[k]))
	}
	return v
}
