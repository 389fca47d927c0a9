package proxy

import (
	"errors"
	"io"
	"os"
	"syscall"
	"time"
	"unsafe"
)

const (
	fionread       = 0x541B // of ioctl_tty(2): how many bytes can be read
	spliceMove     = 1      // SPLICE_F_MOVE and
	spliceNonblock = 2      // SPLICE_F_NONBLOCK of splice(2)
	pollOut        = 4      // POLLOUT of poll(2)
)

// splice passes n bytes from src to dst without looking at them: between pipes the
// kernel moves its pages, and nothing is copied. It returns how many it passed;
// where it cannot be done that is none, without an error.
func splice(dst io.Writer, src io.Reader, n int64) (passed int64, reading, writing error) {
	from, ok1 := src.(*os.File)
	to, ok2 := dst.(*os.File)
	if !ok1 || !ok2 {
		return 0, nil, nil
	}
	raw, err1 := from.SyscallConn()
	out, err2 := to.SyscallConn()
	if err1 != nil || err2 != nil {
		return 0, nil, nil //nolint:nilerr // copied instead
	}
	polled := to.SetWriteDeadline(time.Time{}) == nil // by Go, which waits for room then
	var few [4 << 10]byte
	for passed < n {
		ready := 0
		if err := raw.Control(func(fd uintptr) {
			_, _, _ = syscall.Syscall(syscall.SYS_IOCTL, fd, fionread, uintptr(unsafe.Pointer(&ready))) //nolint:gosec // what the call fills
		}); err != nil {
			return passed, err, nil
		}
		if ready <= 0 {
			// Wait as any read does, and take little.
			m, err := from.Read(few[:min(n-passed, int64(len(few)))])
			if m > 0 {
				if _, err := to.Write(few[:m]); err != nil {
					return passed, nil, err
				}
				passed += int64(m)
			}
			if err != nil && passed < n {
				return passed, err, nil
			}
			continue
		}
		var m int64
		var failed error
		err := out.Write(func(w uintptr) bool {
			err := raw.Control(func(r uintptr) {
				for {
					m, failed = syscall.Splice(int(r), nil, int(w), nil, int(min(n-passed, int64(ready))), spliceMove|spliceNonblock)
					if !errors.Is(failed, syscall.EINTR) {
						return
					}
				}
			})
			if err != nil {
				failed = err
			}
			if !errors.Is(failed, syscall.EAGAIN) {
				return true
			}
			if !polled {
				awaitRoom(w)
			}
			return !polled
		})
		switch {
		case errors.Is(failed, syscall.EAGAIN):
		case errors.Is(failed, syscall.EINVAL) || errors.Is(failed, syscall.EBADF):
			return passed, nil, nil // no pipes
		case failed != nil:
			return passed, nil, failed
		case err != nil:
			return passed, nil, err
		}
		passed += max(m, 0)
	}
	return passed, nil, nil
}

// awaitRoom waits, as writing would, until something can be written.
func awaitRoom(fd uintptr) {
	wait := struct {
		fd              int32
		events, revents int16
	}{fd: int32(fd), events: pollOut}
	_, _, _ = syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&wait)), 1, 0, 0, 0, 0) //nolint:gosec,dogsled // what the call reads; it ends when it can
}
