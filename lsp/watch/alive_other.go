//go:build !unix

package watch

import "os"

// Alive reports whether a process exists. Windows opens a handle to it, which
// fails for one that ended.
func Alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	_ = p.Release()
	return true
}
