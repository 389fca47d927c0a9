//go:build unix

package watch

import (
	"errors"
	"syscall"
)

// Alive reports whether a process exists. EPERM says that it does, and belongs
// to somebody else.
func Alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
