package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	printed "github.com/dejafix/dejafix/analysis/report"
	"github.com/dejafix/dejafix/analysis/trace"
	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/lsp/watch"
)

// The exit codes of what could not be started, as a shell has them.
const (
	exitNotRunnable = 126
	exitNotFound    = 127
)

func newRun(a *app) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "run [--report-out FILE] -- COMMAND ARG…",
		Short: "Run a test or build command as it is, and read its result",
		Long: `run runs COMMAND as if it were called itself: with its arguments, standard input,
terminal, signals and exit code (128+n where signal n ended it). What it prints
passes unchanged and is read beside: test results of go test, pytest, unittest,
jest, vitest, mocha, node:test, TAP, cargo, Maven and Gradle, JUnit's XML, and what
compilers and linters print.

	dejafix run -- go test ./...

It says nothing itself. What was understood is written to the file of --report-out;
where nothing was, the command is not disturbed.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef(cmd, "%s needs a command: dejafix run -- go test ./...", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			// Signals are the command's to act on.
			return a.runCommand(context.WithoutCancel(cmd.Context()), args, out)
		},
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false) // what follows the command's name is its own
	flags.StringVar(&out, "report-out", "", "write what was understood to `FILE`, as JSON")
	return cmd
}

// runCommand runs a command as it is, with its output read beside.
func (a *app) runCommand(ctx context.Context, command []string, out string) error {
	// Taken, not ignored: the command would inherit that.
	signals := make(chan os.Signal, 64)
	signal.Notify(signals, ranSignals...)
	defer signal.Stop(signals)
	fromTerminal := watchSignals()

	cmd := exec.Command(command[0], command[1:]...) //nolint:noctx // it ends as it likes: signals are passed on
	cmd.Stdin = a.in
	streams, err := a.streams(cmd)
	if err != nil {
		return problemf("run the command without `dejafix run`", "its output cannot be read: %w", err)
	}
	var readers []*reading
	for range streams {
		readers = append(readers, newReading(printed.Options{Command: command}))
	}
	begun := a.clock()
	exited, err := startBound(cmd)
	for _, s := range streams {
		if !s.follow {
			_ = s.theirs.Close() // the command has its own
		}
	}
	if err != nil {
		for i, s := range streams {
			_ = s.ours.Close()
			readers[i].end()
		}
		return notStarted(a.err, command[0], err)
	}
	var passing sync.WaitGroup
	for i, s := range streams {
		pass := func() {
			s.pass(readers[i])
			readers[i].end()
		}
		if s.follow {
			go pass() // ends with the command; understood waits for it
		} else {
			passing.Go(pass)
		}
	}
	for done := false; !done; {
		select {
		case s := <-signals:
			for _, t := range streams {
				t.resize(s)
			}
			if passes(s, fromTerminal(s)) {
				_ = passSignal(cmd.Process, s) // it may have ended
			}
		case <-exited:
			done = true
		}
	}
	for _, s := range streams {
		close(s.ended)
	}
	// What the command left running may hold its output: it is not waited for, as
	// a shell does not.
	passed := make(chan struct{})
	go func() {
		passing.Wait()
		close(passed)
	}()
	timer := time.NewTimer(drainWithin)
	defer timer.Stop()
	select {
	case <-passed:
	case <-timer.C:
		// Its end of the pipe is closed when we end: a system call may wait on ours.
		for i, s := range streams {
			if !s.follow {
				readers[i].end()
			}
		}
	}
	code := exitCode(cmd.ProcessState)
	// Whatever becomes of the reading, the command's result is the result.
	if err := a.understood(ctx, command, code, begun, readers, out); err != nil {
		fmt.Fprintf(a.err, "dejafix: %s\n", plain(withNext(err)))
	}
	if code != 0 {
		return exitError(code)
	}
	return nil
}

// understood reads what is left of a command's output and takes its result. A
// fault of ours stays here: the command ran.
func (a *app) understood(ctx context.Context, command []string, code int, begun time.Time, readers []*reading, out string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = problemf("please report it with `dejafix doctor --bundle`", "a fault in dejafix itself: %v", r)
		}
	}()
	var run printed.Run
	ended := a.clock()
	timer := time.NewTimer(max(ended.Sub(begun)/readShare, readOn))
	defer timer.Stop()
	for i, r := range readers {
		one, err := r.result(timer.C)
		if err != nil {
			return err
		}
		if i == 0 {
			run = one
		} else {
			run = printed.Merge(run, one)
		}
	}
	run.Command = strings.Join(command, " ")
	a.ran(ctx, watch.Ran{ExitCode: code, Begun: begun, Ended: ended, Run: run}, readers)
	if out == "" {
		return nil
	}
	return writeRun(out, code, &run)
}

// maxSummary is how much of the end of a test run is kept beside its tests: what
// tools say there of tests that did not run.
const maxSummary = 4 << 10 // bytes

// ran leaves a command's result for the servers of its workspace, which show what
// failed and learn from it. Who has no store has no such server.
func (a *app) ran(_ context.Context, r watch.Ran, readers []*reading) {
	log := a.logger()
	log.Debug("a command ran", "code", r.ExitCode, "readers", r.Run.Readers, "tests", r.Run.Total(), "failed", r.Run.Failed+r.Run.Errored,
		"broken", r.Run.Broken, "diagnostics", len(r.Run.Findings), "doubts", len(r.Run.Doubts))
	path, err := a.storeFile()
	if err != nil {
		return
	}
	if _, err := os.Stat(path); err != nil {
		return
	}
	r.Command = r.Run.Command
	if r.Cwd, err = os.Getwd(); err != nil {
		return // it is gone
	}
	if where, err := filepath.EvalSymlinks(r.Cwd); err == nil && where != r.Cwd {
		r.Real = where
	}
	most := maxTail
	tested := len(r.Run.Cases) > 0 || len(r.Run.Packages) > 0
	if tested {
		most = maxSummary
	}
	for _, reader := range readers {
		r.Text += reader.tail.end(most)
	}
	dir := watch.Rans(path)
	if !tested && (r.ExitCode == 0 || len(trace.Find(r.Text)) == 0) {
		if r.ExitCode != 0 || !watch.Failing(dir, r.Cwd, r.Command) {
			return // nothing that anybody would show
		}
		r.Text = ""
	}
	if err := watch.Keep(dir, r); err != nil {
		log.Warn("what the command said is not kept for editors", "err", err)
	}
}

// writeRun writes a result to a file, which is never seen half written.
func writeRun(name string, code int, run *printed.Run) error {
	w := wire.FromTestRun(&run.TestRun)
	w.ExitCode = code
	w.Readers = append(w.Readers, run.Readers...)
	w.Locate(located(run.Findings))
	w.Doubt(run.Doubts)
	line, err := wire.Encode(w)
	if err != nil {
		return err
	}
	const next = "name a file that can be written with --report-out"
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		// A pipe, or /dev/stderr: there is nothing to replace.
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return problemf(next, "%w", err)
		}
		if _, err := f.Write(append(line, '\n')); err != nil {
			return problemf(next, "%w", errors.Join(err, f.Close()))
		}
		return f.Close()
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".dejafix-*")
	if err != nil {
		return problemf(next, "%w", err)
	}
	_, err = f.Write(append(line, '\n'))
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return problemf(next, "%w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

// located are findings as they are written down.
func located(findings []printed.Finding) []wire.Located {
	out := make([]wire.Located, 0, len(findings))
	for _, f := range findings {
		file := f.File
		if f.Dir != "" && !filepath.IsAbs(file) {
			file = filepath.Join(f.Dir, file)
		}
		out = append(out, wire.Located{
			File: file, Line: f.Place.Line, Column: f.Place.Column, EndLine: f.Place.EndLine, EndColumn: f.Place.EndColumn,
			Language: f.Language, Diagnostic: wire.FromDiagnostic(f.Diagnostic),
		})
	}
	return out
}

// notStarted says why a command did not run, as a shell would.
func notStarted(w io.Writer, name string, err error) error {
	code := exitNotRunnable
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		code = exitNotFound
	}
	fmt.Fprintf(w, "dejafix: %s cannot be run: %s; put the command behind `dejafix run --` as it works in a terminal\n", plain(name), plain(err.Error()))
	return exitError(code)
}

// startBound starts a command that is killed when we are. The channel is closed
// when it has ended.
func startBound(cmd *exec.Cmd) (<-chan struct{}, error) {
	started, exited := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(exited)
		bind(cmd)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its ProcessState
		}
	}()
	return exited, <-started
}
