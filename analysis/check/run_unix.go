//go:build unix

package check

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// wrapper sets limits that every process of the child inherits, and stays its
// parent: alone in a namespace for processes, the first one would not be ended
// by signals that it raises itself.
const wrapper = `ulimit -c 0 2>/dev/null; ulimit -d "$1" 2>/dev/null; ulimit -f "$2" 2>/dev/null; shift 2; "$@"; exit $?`

// limited is the command with the limits that the kernel keeps by itself, for
// one process each: its data in memory, and the length of a file. They are 1 GB
// over what is watched for, which takes many looks to fill, so that a child is ended for what it did: one that meets these dies in its own words.
func limited(program string, args []string, memory, disk int64) *exec.Cmd {
	const (
		block = 512 // bytes, what ulimit -f counts in
		over  = 1 << 30
	)
	kb := strconv.FormatInt((memory+over)>>10, 10)
	blocks := strconv.FormatInt((disk+over)/block, 10)
	return exec.Command("/bin/sh", append([]string{"-c", wrapper, "sh", kb, blocks, program}, args...)...) //nolint:noctx // what a row asks for; ended by killAll
}

// lowerPriority puts a child behind what people wait for: half of the way down.
func lowerPriority(pid int) {
	const nice = 10
	syscall.Setpriority(syscall.PRIO_PGRP, pid, nice) //nolint:errcheck // a wish
}

// killAll ends a child's group, which exists as long as one process is in it.
func killAll(pid int, _ *os.Process) {
	syscall.Kill(-pid, syscall.SIGKILL) //nolint:errcheck // gone already
}
