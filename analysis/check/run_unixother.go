//go:build unix && !linux

package check

import (
	"os/exec"
	"syscall"
)

// isolate gives a child a process group of its own.
func isolate(cmd *exec.Cmd, _ bool) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func guarantees(bool) string {
	return "checkers run as a process group: output and time are bounded; a process that leaves its group on purpose can stay, and the network is not cut off"
}
