package index

import (
	"runtime"
	"syscall"
)

// background lowers the priority of the calling goroutine's thread, which is its
// own from now on, until it is ended with the goroutine.
func background() {
	runtime.LockOSThread()
	// Linux takes the number of a thread where POSIX has a process. 10 is what
	// checkers run at (analysis/check).
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), 10) // else it runs as it is

}
