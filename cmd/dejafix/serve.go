package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/bug"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/learner"
	"github.com/dejafix/dejafix/learner/pattern"
	"github.com/dejafix/dejafix/lsp"
	"github.com/dejafix/dejafix/lsp/watch"
	"github.com/dejafix/dejafix/store"
)

// lsp declares what it needs, learner and store satisfy it, and they meet here.
var (
	_ lsp.Learner    = (*learner.Learner)(nil)
	_ lsp.Workspaces = (*store.Store)(nil)
)

// retainAfter is how long a server runs before it looks whether the store is
// over its limits: not while an editor starts.
const retainAfter = time.Minute

func newServe(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the language server on standard input and output",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context()) },
	}
	// Many clients add it; there is no other way to talk to it.
	cmd.Flags().Bool("stdio", true, "talk on standard input and output (the only way)")
	cmd.Flags().StringVar(&a.logPath, "log", "", "log to `FILE` (default: in your state folder)")
	return cmd
}

// serve joins server, learner and store. What fails besides the connection is
// said in the log and in the client's status, and the rest runs on.
func (a *app) serve(ctx context.Context) error {
	// An editor that quits closes the pipes first. What is being learned is
	// stored all the same: without this, a write to standard output or error
	// would end the process on the spot.
	signal.Ignore(syscall.SIGPIPE)
	log, closeLog := a.serverLog()
	defer closeLog()
	// What package bug reports has no other way to the log.
	slog.SetDefault(log)

	status := make(chan analysis.Status, 16)
	tell := func(s analysis.Status) {
		select {
		case status <- s:
		default: // the client does not read; a later status replaces this one anyway
		}
	}
	decided := make(chan struct{}, 1)
	decide := func() {
		select {
		case decided <- struct{}{}:
		default: // one waits already
		}
	}
	options := lsp.Options{Logger: log, Version: version, Clock: a.clock, Status: status, Decided: decided}
	learning := learner.Options{Logger: log, Clock: a.clock, Version: version, Notify: tell, Decided: decide}

	st, err := a.openStoreFor(ctx, log)
	if err != nil {
		log.Error("running without a store", "err", err)
		tell(analysis.Status{
			State: "degraded", Text: "dejafix: no store",
			Tooltip: fmt.Sprintf("Nothing that was learned is there, and nothing is learned: %v", err),
		})
	} else {
		defer func() {
			if err := st.Close(); err != nil {
				log.Error("closing the store", "err", err)
			}
		}()
		learning.Store, options.Workspaces = st, st
		if path, err := a.storeFile(); err == nil {
			options.Ran = watch.Rans(path)
		}
		defer background(ctx, func(ctx context.Context) { retain(ctx, st, log) })()
	}

	checkers := check.New(check.Options{Logger: log, Clock: a.clock, Class: classOf, Worker: checkWorker()})
	defer checkers.Close()
	if st != nil {
		defer background(ctx, func(ctx context.Context) { a.countChecks(ctx, st, checkers, log) })()
	}
	learning.Checker = checkers
	drafters, end := a.drafters(log)
	defer end()
	learning.Drafters = drafters
	l := learner.New(learning)
	defer func() {
		if err := l.Close(); err != nil {
			log.Error("closing the learner", "err", err)
		}
	}()
	options.Learner = l
	if st != nil {
		patterns := newPatternWatch(ctx, st, l, log, tell)
		defer patterns.close()
		seen := watched{l, []func(analysis.Event){patterns.observe}}
		if offer := a.offerHistory(ctx, st, log); offer != nil {
			defer offer.close()
			seen.observers, options.History = append(seen.observers, offer.observe), offer
		}
		options.Learner = seen
	}

	log.Info("started", "version", version, "pid", os.Getpid(), "store", a.storeName())
	log.Debug("logging everything", "go", runtime.Version(), "arguments", os.Args[1:])
	err = lsp.Serve(ctx, stdio{a.in, a.out}, options)
	if n := bug.Count(); n > 0 {
		log.Error("things that cannot happen did; please report them", "count", n)
	}
	log.Info("stopped", "err", err)
	if err != nil {
		// The client knows how it went away; LSP wants exit code 1.
		if errors.Is(err, lsp.ErrNoShutdown) || errors.Is(err, lsp.ErrDisconnected) || errors.Is(err, lsp.ErrParentGone) {
			return exitError(exitFailed)
		}
		return err
	}
	return nil
}

// classOf tells repairs from suppressions and deletions, for the checkers.
func classOf(language, before string, edits []analysis.Edit, d analysis.Diagnostic) analysis.EditClass {
	return pattern.ClassOf(syntax.Row(language), before, edits, d)
}

// serverLog opens the server's log, and logs to standard error where that
// fails: most clients keep it.
func (a *app) serverLog() (*slog.Logger, func()) {
	level := slog.LevelInfo
	if a.verbose {
		level = slog.LevelDebug
	}
	o := &slog.HandlerOptions{Level: level}
	path, err := a.logFile()
	if err == nil {
		var f *logFile
		if f, err = openLog(path); err == nil {
			// What the runtime prints when a goroutine dies belongs there too.
			if err := debug.SetCrashOutput(f.f, debug.CrashOptions{}); err != nil {
				fmt.Fprintln(a.err, "dejafix: crashes are not logged:", err)
			}
			return slog.New(slog.NewTextHandler(f, o)), func() { _ = f.Close() } // nowhere left to tell
		}
	}
	fmt.Fprintf(a.err, "dejafix: no log file (%v); logging here\n", err)
	return slog.New(slog.NewTextHandler(a.err, o)), func() {}
}

// openStoreFor is openStore with the server's log.
func (a *app) openStoreFor(ctx context.Context, log *slog.Logger) (*store.Store, error) {
	path, err := a.storeFile()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{Path: path, Logger: log, Clock: a.clock})
}

// storeName is the store's file for the log.
func (a *app) storeName() string {
	path, err := a.storeFile()
	if err != nil {
		return err.Error()
	}
	return path
}

// retain holds the store to its limits, once.
func retain(ctx context.Context, st *store.Store, log *slog.Logger) {
	timer := time.NewTimer(retainAfter)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return
	case <-timer.C:
	}
	gone, err := st.Retain(ctx, store.Limits{})
	switch {
	case err != nil && ctx.Err() == nil:
		log.Error("holding the store to its limits", "err", err)
	case gone != (store.Retained{}):
		log.Info("deleted what is over the limits", "repairs", gone.Repairs, "outcomes", gone.Outcomes, "exposures", gone.Exposures)
	}
}

// background runs f until it ends; the returned function stops it and waits.
func background(ctx context.Context, f func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { f(ctx) })
	return func() {
		cancel()
		wg.Wait()
	}
}

// stdio is standard input and output as one stream.
type stdio struct{ in, out *os.File }

var _ io.ReadWriteCloser = stdio{}

func (s stdio) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s stdio) Write(p []byte) (int, error) { return s.out.Write(p) }
func (s stdio) Close() error                { return errors.Join(s.in.Close(), s.out.Close()) }
