//go:build !linux

package index

// background would lower the priority of the calling goroutine; only Linux knows
// priorities of threads.
func background() {}
