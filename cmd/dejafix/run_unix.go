//go:build unix

package main

import (
	"os"
	"syscall"

	ptys "github.com/creack/pty"
	"golang.org/x/term"
)

// ranSignals are passed on to a command, and SIGPIPE, so that writing to a
// reader that is gone is an error and no more.
var ranSignals = append([]os.Signal{syscall.SIGWINCH, syscall.SIGCONT, syscall.SIGALRM}, passedSignals...)

// passes reports whether the command is to be sent a signal that we got. One
// that a terminal sent it has already: a terminal sends it to us both.
func passes(s os.Signal, terminal bool) bool {
	switch s {
	case syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGCONT:
		return !terminal
	}
	return true
}

// terminalStream gives a command a terminal of its own where ours is. It passes
// bytes as they are: the terminal behind it does the rest.
func terminalStream(to *os.File) (*stream, error) {
	ours, theirs, err := ptys.Open()
	if err != nil {
		return nil, err
	}
	s := &stream{ours: ours, theirs: theirs, to: to, terminal: true, ended: make(chan struct{})}
	if _, err := term.MakeRaw(int(theirs.Fd())); err != nil {
		return nil, err
	}
	_ = ptys.InheritSize(to, ours) // one without a size is one
	return s, nil
}

// resize gives a stream's terminal the size of ours, when that changed.
func (s *stream) resize(sig os.Signal) {
	if s.terminal && sig == syscall.SIGWINCH {
		_ = ptys.InheritSize(s.to, s.ours)
	}
}
