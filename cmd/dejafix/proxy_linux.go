package main

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// bind has the command killed when the thread that starts it ends: the caller's
// goroutine keeps that thread until the command has ended, or we are killed.
func bind(cmd *exec.Cmd) {
	runtime.LockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

const (
	// setPipeSize is F_SETPIPE_SZ of fcntl(2), pipeSize what anyone may ask for.
	setPipeSize = 1031
	pipeSize    = 1 << 20 // bytes
)

// wide makes pipes hold more, so that a long message passes in fewer turns. What
// is no pipe stays as it is.
func wide(files ...*os.File) {
	for _, f := range files {
		raw, err := f.SyscallConn()
		if err != nil {
			continue
		}
		_ = raw.Control(func(fd uintptr) {
			_, _, _ = syscall.Syscall(syscall.SYS_FCNTL, fd, setPipeSize, pipeSize)
		})
	}
}
