//go:build !unix

package main

import "os"

func lowerPriority() {}

// stop ends a process.
func stop(p *os.Process) error { return p.Kill() }
