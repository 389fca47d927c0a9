//go:build !unix

package main

import "os"

var passedSignals = []os.Signal{os.Interrupt}

func passSignal(p *os.Process, s os.Signal) error { return p.Signal(s) }

func exitCode(s *os.ProcessState) int { return s.ExitCode() }
