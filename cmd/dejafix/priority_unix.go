//go:build unix

package main

import (
	"os"
	"strconv"
	"syscall"
)

// lowerPriority puts this process, and what it starts from now on, behind all
// that people wait for: three quarters of the way down. Linux has a priority for
// each thread, which those that it starts inherit.
func lowerPriority() {
	const nice = 15
	threads := []int{0}
	if entries, err := os.ReadDir("/proc/self/task"); err == nil {
		for _, e := range entries {
			if id, err := strconv.Atoi(e.Name()); err == nil {
				threads = append(threads, id)
			}
		}
	}
	for _, id := range threads {
		syscall.Setpriority(syscall.PRIO_PROCESS, id, nice) //nolint:errcheck // a wish
	}
}

// stop asks a process to end.
func stop(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
