package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/lsp/proxy"
)

const (
	// drainWithin bounds how long the last output of a server that ended is
	// waited for: what it started may hold the pipe open.
	drainWithin = time.Second
	// serveWithin bounds how long our own server may take to end when its input
	// has ended; it stores what it learned in milliseconds.
	serveWithin = 3 * time.Second
)

func newProxy(a *app) *cobra.Command {
	var trusted bool
	cmd := &cobra.Command{
		Use:   "proxy [flags] -- SERVER ARG…",
		Short: "Run a language server for an editor that has no plugin of dejafix",
		Long: `proxy runs SERVER between the editor and itself, on standard input and output,
and adds dejafix's code actions to the server's. In the editor's configuration,
put "dejafix proxy --" before the command of the language server:

	dejafix proxy -- gopls

Everything else passes as it is: messages, standard error, signals and the exit
code. Without dejafix's part, when that fails, the server works as before.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef(cmd, "%s needs the command of a language server: dejafix proxy -- gopls", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			// Signals are the server's to act on.
			return a.proxy(context.WithoutCancel(cmd.Context()), args, trusted)
		},
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false) // what follows the server's name is its own
	flags.BoolVar(&trusted, "trusted", false, "let commands of the workspace run, such as its checkers (also: dejafix trust)")
	flags.StringVar(&a.logPath, "log", "", "log to `FILE` (default: in your state folder)")
	return cmd
}

// proxy runs a language server with our own beside it, in a process of its own:
// a fault of ours, or all its threads at work, is not to hold up the editor.
func (a *app) proxy(ctx context.Context, command []string, trusted bool) error {
	// Taken, not ignored: the server would inherit that.
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, passedSignals...)
	defer signal.Stop(signals)
	log, closeLog := a.serverLog()
	defer closeLog()

	server := exec.Command(command[0], command[1:]...) //nolint:noctx // it ends as it wants to
	server.Stderr = a.err
	in, out, err := pipes(server)
	if err != nil {
		return err
	}
	wide(a.in, a.out, in, out)
	exited, err := start(server, true)
	if err != nil {
		return problemf("put the whole command of the language server behind `dejafix proxy --`, as it works in a terminal",
			"%s cannot be started: %w", command[0], err)
	}
	log.Info("proxy started", "version", version, "pid", os.Getpid(), "server", command, "server_pid", server.Process.Pid)

	passed := make(chan error, 1)
	go func() {
		passed <- proxy.Run(ctx, proxy.Options{
			In: a.in, Out: a.out, ToServer: in, FromServer: out,
			Dial:    func(context.Context) (io.ReadWriteCloser, error) { return a.dial() },
			Trusted: trusted, Version: version, Logger: log,
		})
	}()
	for done := false; !done; {
		select {
		case s := <-signals:
			if err := passSignal(server.Process, s); err != nil {
				log.Debug("a signal was not passed on", "signal", s, "err", err)
			}
		case <-exited:
			done = true
		}
	}
	timer := time.NewTimer(drainWithin)
	defer timer.Stop()
	select {
	case err = <-passed:
	case <-timer.C:
		// Somebody still holds the server's output: it is cut off, which ends Run.
		_ = out.Close()
		err = <-passed
	}
	code := exitCode(server.ProcessState)
	log.Info("proxy stopped", "server_code", code, "err", err)
	if code != 0 {
		return exitError(code)
	}
	return nil
}

// pipes gives a command its standard input and output, and returns our ends.
func pipes(cmd *exec.Cmd) (in, out *os.File, err error) {
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		return nil, nil, errors.Join(err, theirIn.Close(), in.Close())
	}
	cmd.Stdin, cmd.Stdout = theirIn, theirOut
	return in, out, nil
}

// start starts a command that pipes made ready. The channel is closed when it has
// ended. One that is bound is killed when we are, as by an editor that wants its
// server gone.
func start(cmd *exec.Cmd, bound bool) (<-chan struct{}, error) {
	started, exited := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(exited)
		if bound {
			bind(cmd)
		}
		err := cmd.Start()
		for _, f := range []any{cmd.Stdin, cmd.Stdout} {
			if f, ok := f.(*os.File); ok {
				_ = f.Close() // the command has its own
			}
		}
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its ProcessState
		}
	}()
	return exited, <-started
}

// dial starts our own server.
func (a *app) dial() (io.ReadWriteCloser, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{"dejafix", "serve"}
	if a.storePath != "" {
		args = append(args, "--store", a.storePath)
	}
	if a.logPath != "" {
		args = append(args, "--log", a.logPath)
	}
	if a.verbose {
		args = append(args, "--verbose")
	}
	cmd := &exec.Cmd{Path: self, Args: args, Stderr: a.err}
	in, out, err := pipes(cmd)
	if err != nil {
		return nil, err
	}
	exited, err := start(cmd, false) // the end of its input ends it, when it has stored what it learned
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", self, errors.Join(err, in.Close(), out.Close()))
	}
	return &child{File: out, in: in, process: cmd.Process, exited: exited}, nil
}

// child is a process as a stream.
type child struct {
	*os.File // its standard output
	in       *os.File
	process  *os.Process
	exited   <-chan struct{}
	once     sync.Once
	err      error
}

func (c *child) Write(b []byte) (int, error) { return c.in.Write(b) }

// Close ends the input, which ends the process, and kills one that does not end.
func (c *child) Close() error {
	c.once.Do(func() {
		c.err = c.in.Close()
		timer := time.NewTimer(serveWithin)
		defer timer.Stop()
		select {
		case <-c.exited:
		case <-timer.C:
			c.err = errors.Join(c.err, errors.New("our own server did not end and was killed"), c.process.Kill())
			<-c.exited
		}
		c.err = errors.Join(c.err, c.File.Close())
	})
	return c.err
}
