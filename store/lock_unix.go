//go:build unix

package store

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// tryLock takes the lock of the file name, making the file where there is none;
// nil when another process has it. The lock goes with Close, or when the process
// ends in whatever way.
func tryLock(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
		err = nil
	}
	return nil, errors.Join(err, f.Close())
}
