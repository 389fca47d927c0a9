//go:build !linux

package main

import "os"

// watchSignals cannot tell where a signal came from: those that a terminal can
// send are taken to come from one where there is one.
func watchSignals() func(os.Signal) bool {
	on := terminal(os.Stdin) || terminal(os.Stdout) || terminal(os.Stderr)
	return func(os.Signal) bool { return on }
}

func aside() {}

func pipe() (r, w *os.File, err error) { return os.Pipe() }

// followed and splice are Linux's.
func followed(*os.File) *stream { return nil }

func (*stream) splices() bool { return false }

func (s *stream) splice(r *reading) { s.copy(r, 0) }
