package main

import (
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis/check"
)

// checkWorkerName is the command that a server runs for its checks of Go; it is
// nobody else's to run.
const checkWorkerName = "check-worker"

func newCheckWorker(a *app) *cobra.Command {
	return &cobra.Command{
		Use:    checkWorkerName,
		Short:  "Check Go for a server of this version",
		Hidden: true,
		Args:   argsNamed("VERSION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] != version {
				return problemf("restart the editor", "the server is of version %s, and this program of %s", args[0], version)
			}
			return check.Work(cmd.Context(), a.in, a.out, check.Options{Logger: a.logger(), Clock: a.clock})
		},
	}
}

// checkWorker is the command line of newCheckWorker; nil where this program
// cannot be found, and Go is then checked in this process.
func checkWorker() []string {
	self, err := self()
	if err != nil {
		return nil
	}
	return []string{self, checkWorkerName, version}
}

// self is the absolute path of this program, by the name that it was started by
// where that still leads to a program.
func self() (string, error) {
	if path, err := exec.LookPath(os.Args[0]); err == nil {
		return filepath.Abs(path)
	}
	return os.Executable()
}
