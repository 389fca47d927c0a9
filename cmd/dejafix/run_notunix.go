//go:build !unix

package main

import "os"

var ranSignals = passedSignals

// passes: a console sends its signals to the command itself.
func passes(os.Signal, bool) bool { return false }

// terminalStream makes none: the command has the console itself, and what it
// prints there is not read.
func terminalStream(*os.File) (*stream, error) { return nil, nil }

func (*stream) resize(os.Signal) {}
