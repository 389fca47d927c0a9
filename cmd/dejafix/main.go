package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func main() {
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, clock: time.Now}
	os.Exit(a.run(newRoot(a), os.Args[1:]))
}

// An app is one run of the command line: where it reads and writes, and the
// flags that every command takes.
type app struct {
	in       *os.File
	out, err *os.File
	clock    func() time.Time

	storePath string // --store
	json      bool   // --json
	verbose   bool   // -v
	logPath   string // --log of serve
	started   bool   // the command line was understood
}

// Exit codes, as PROTOCOL fixes them.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// run executes one command of root and returns its exit code. No panic passes it: a
// person gets a line and the place of the log, where the stack is.
func (a *app) run(root *cobra.Command, args []string) (code int) {
	defer func() {
		if r := recover(); r != nil {
			code = a.crashed(r, debug.Stack())
		}
	}()
	ending := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		// Emacs ends its servers so, and a terminal what runs in it.
		ending = append(ending, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ending...)
	defer stop()

	root.SetArgs(spread(args))
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !a.started {
		err = &usageError{err, cmd.CommandPath()}
	}

	var usage *usageError
	var status exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, &usage):
		fmt.Fprintf(a.err, "dejafix: %s\n", plain(usage.Error()))
		return exitUsage
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(a.err, "dejafix: stopped; what was finished before is kept, so that the same command can be run again")
		return exitFailed
	}
	fmt.Fprintf(a.err, "dejafix: %s\n", plain(withNext(err)))
	return exitFailed
}

// crashed tells of a panic and keeps its stack in the log.
func (a *app) crashed(r any, stack []byte) int {
	where := "no log could be written"
	if path, err := a.logFile(); err == nil {
		if log, err := openLog(path); err == nil {
			fmt.Fprintf(log, "%s panic: %v\n%s\n", a.clock().UTC().Format(time.RFC3339), r, stack)
			_ = log.Close() // the message below says the rest
			where = "the details are in " + path
		}
	}
	fmt.Fprintf(a.err, "dejafix: a fault in dejafix itself: %s; %s: please report it with `dejafix doctor --bundle`\n", plain(fmt.Sprint(r)), where)
	return exitFailed
}
