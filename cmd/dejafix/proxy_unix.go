//go:build unix

package main

import (
	"os"

	"syscall"
)

// passedSignals are those that the server gets in our place, and SIGPIPE, so
// that writing to an editor that is gone is an error and no more.
var passedSignals = []os.Signal{
	syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGPIPE,
}

func passSignal(p *os.Process, s os.Signal) error {
	if s == syscall.SIGPIPE {
		return nil
	}
	return p.Signal(s)
}

// exitCode is a server's exit code as a shell would say it.
func exitCode(s *os.ProcessState) int {
	if w, ok := s.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return s.ExitCode()
}
