package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/trace"
	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/learner"
)

// before is what is remembered of failures; the zero value remembers none.
type before struct {
	ctx     context.Context //nolint:containedctx // of the one command that makes it
	a       *app
	learner *learner.Learner
}

// seenBefore opens what is remembered. Where that cannot be read a trace is still
// explained.
func (a *app) seenBefore(ctx context.Context) (b before, end func()) {
	b = before{ctx: ctx, a: a}
	st, err := a.readStore(ctx)
	if err != nil {
		a.logger().Info("what repaired failures before is not known", "err", err)
	}
	if st == nil || err != nil {
		return b, func() {}
	}
	b.learner = learner.New(learner.Options{Store: st, Logger: a.logger(), Clock: a.clock, Version: version})
	return b, func() {
		_ = b.learner.Close()
		_ = st.Close() // it was only read
	}
}

// known is what is known of the workspace's code beyond a trace.
func (b *before) known(files *workspace) trace.Known {
	var k trace.Known
	if b.learner != nil {
		passing, err := b.learner.Passing(b.ctx, files.Root())
		if err != nil {
			b.a.logger().Info("what passed last is not known", "err", err)
		}
		k = trace.Since(passing, func(f *analysis.Frame) string {
			if f.Path == "" || f.Line < 1 {
				return ""
			}
			return syntax.Around(b.ctx, identity.LanguageOf(f.Path), files.Text(f.Path), f.Line-1)
		})
	}
	k.Line = files.line
	return k
}

// of is what is remembered of a failure in the workspace.
func (b *before) of(t *analysis.Trace, files *workspace) analysis.FailureHistory {
	if b.learner == nil {
		return analysis.FailureHistory{}
	}
	h, err := b.learner.Failure(b.ctx, files.Root(), t)
	if err != nil {
		b.a.logger().Info("what repaired a failure before is not known", "err", err)
	}
	return h
}

// maxPrintedDiff is how many lines are printed of a repair.
const maxPrintedDiff = 20

// printSeen says how often a failure was seen, and what repaired it.
func printSeen(w io.Writer, t *analysis.Trace, h *analysis.FailureHistory) {
	if h.Group == nil && len(h.Related) == 0 {
		return
	}
	fmt.Fprintln(w)
	g := h.Group
	for _, s := range []string{analysis.SeenText(g), analysis.FlakyText(g)} {
		if s != "" {
			fmt.Fprintf(w, "  %s\n", plain(s))
		}
	}
	if g != nil {
		for i := range g.Repairs[:min(len(g.Repairs), 3)] {
			printRepair(w, &g.Repairs[i])
		}
	}
	for i := range h.Related {
		r := &h.Related[i]
		fmt.Fprintf(w, "  Looks like %s (%s). %s\n", plain(analysis.FailureHeadline(r)), r.Print, analysis.SeenText(r))
		for k := range r.Repairs[:min(len(r.Repairs), 1)] {
			printRepair(w, &r.Repairs[k])
		}
	}
	if g != nil {
		fmt.Fprintf(w, "  `dejafix why %s` says more.\n", t.Fingerprint)
	}
}

func printRepair(w io.Writer, r *analysis.FailureRepair) {
	fmt.Fprintf(w, "  %s\n", plain(analysis.RepairText(r)))
	n := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(r.Diff, "\n"), "\n") {
		// Only what changes: the lines around it are in the editor.
		if line == "" || line[0] != '+' && line[0] != '-' || strings.HasPrefix(line, "+++") || strings.HasPrefix(line, "---") {
			continue
		}
		if n++; n > maxPrintedDiff {
			fmt.Fprintln(w, "      …")
			return
		}
		fmt.Fprintf(w, "      %s\n", plainLines(line))
	}
}

// maxKnown is how many failures are listed, those that were seen last.
const maxKnown = 100

// knownFailures lists what is remembered of failures of the workspace.
func (a *app) knownFailures(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef(cmd, "--known lists what is remembered and reads no FILE, got %q", args[0])
	}
	b, end := a.seenBefore(cmd.Context())
	defer end()
	out := &wire.Traces{Traces: []wire.Trace{}}
	var list []analysis.FailureGroup
	if b.learner != nil {
		var err error
		files := &workspace{ctx: cmd.Context()}
		if list, err = b.learner.Failures(cmd.Context(), files.Root(), maxKnown); err != nil {
			return err
		}
	}
	for i := range list {
		g := &list[i]
		one := wire.FromTraces([]analysis.Trace{{Language: g.Language, Type: g.Type, Message: g.Message, Frames: g.Frames, Fingerprint: g.Print}})
		one.Traces[0].Seen = wire.FromHistory(&analysis.FailureHistory{Group: g})
		out.Traces = append(out.Traces, one.Traces...)
	}
	return a.show(out, func(w io.Writer) error {
		if len(list) == 0 {
			fmt.Fprintln(w, "No failure of this workspace is remembered: those of tests and programs that run in an editor's terminal or under `dejafix run` are.")
			return nil
		}
		rows := [][]string{{"ID", "RUNS", "LAST", "REPAIRED", "WHAT", "WHERE"}}
		for i := range list {
			g := &list[i]
			repaired, where := "", ""
			if !g.Flaky.IsZero() {
				repaired = "flaky"
			} else if len(g.Repairs) > 0 && !g.Repairs[0].Refuted {
				repaired = g.Repairs[0].Time.Local().Format(time.DateOnly)
			}
			if len(g.Frames) > 0 {
				where = analysis.CallText(&g.Frames[0])
			}
			rows = append(rows, []string{g.Print, strconv.Itoa(g.Count), g.Last.Local().Format(time.DateOnly), repaired, analysis.FailureHeadline(g), where})
		}
		return table(w, rows)
	})
}
