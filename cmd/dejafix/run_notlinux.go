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
