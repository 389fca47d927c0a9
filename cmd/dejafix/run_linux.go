package main

/*
#include <signal.h>
#include <string.h>

// What the kernel sent, of a terminal's signals, is told from what a process
// sent: Go does not say.
static volatile sig_atomic_t dejafix_kernel[65];
static struct sigaction dejafix_old[65];

static void dejafix_handle(int sig, siginfo_t *info, void *context) {
	dejafix_kernel[sig] = info != NULL && info->si_code == SI_KERNEL;
	if (dejafix_old[sig].sa_flags & SA_SIGINFO)
		dejafix_old[sig].sa_sigaction(sig, info, context);
}

// Puts itself before the handler that Go has for sig.
static void dejafix_watch(int sig) {
	struct sigaction sa;
	if (sigaction(sig, NULL, &sa) != 0 || !(sa.sa_flags & SA_SIGINFO) || sa.sa_sigaction == dejafix_handle)
		return;
	dejafix_old[sig] = sa;
	sa.sa_sigaction = dejafix_handle;
	sa.sa_flags |= SA_ONSTACK;
	sigaction(sig, &sa, NULL);
}

static int dejafix_was_kernel(int sig) { return dejafix_kernel[sig]; }
*/
import "C"

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"time"
)

// watchSignals returns a function that says whether a signal which was just
// taken came from a terminal. It is called after they are asked for.
func watchSignals() func(os.Signal) bool {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP} {
		C.dejafix_watch(C.int(s))
	}
	return func(s os.Signal) bool {
		n, ok := s.(syscall.Signal)
		return ok && n > 0 && n < 65 && C.dejafix_was_kernel(C.int(n)) != 0
	}
}

// readingNiceness is how far the reading of an output stands back: as far as it
// can and still come back in its time where all cores are in use, which what runs
// only on idle ones does not.
const readingNiceness = 19

// aside lets the caller's goroutine run on a thread that stands back: of cores
// that are all in use, the command gets nearly all.
func aside() {
	runtime.LockOSThread()
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, readingNiceness) // of this thread
}

// followed is a stream to a file that the command may write to itself, because we
// can read it; nil where it is none. A command that writes to a file does not wait
// for us, and whatever becomes of us, all that it writes is there.
func followed(to *os.File) *stream {
	info, err := to.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	flags, _, no := syscall.Syscall(syscall.SYS_FCNTL, to.Fd(), syscall.F_GETFL, 0)
	if no != 0 {
		return nil
	}
	from := info.Size()
	if flags&syscall.O_APPEND == 0 {
		if from, err = to.Seek(0, io.SeekCurrent); err != nil {
			return nil
		}
	}
	// By this name it is opened anew, with a place of its own; it may have no other.
	ours, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", to.Fd()))
	if err != nil {
		return nil
	}
	if again, err := ours.Stat(); err != nil || !os.SameFile(info, again) {
		_ = ours.Close()
		return nil
	}
	return &stream{ours: ours, theirs: to, to: to, follow: true, from: from, was: info.Size(), ended: make(chan struct{})}
}

const (
	// A command that prints without end is not passed on piece by piece, at the
	// cost of waking us for each: once it printed so often within such a time of
	// the last, it fills its pipe while we wait. Nobody sees 2 ms, and the pipe
	// holds what comes in them at 500 MB/s.
	gather  = 2 * time.Millisecond
	gathers = 16
)

// pipe makes a pipe of which Go's poller does not know: else each piece that a
// command writes would wake a thread of ours.
func pipe() (r, w *os.File, err error) {
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		return nil, nil, os.NewSyscallError("pipe2", err)
	}
	return os.NewFile(uintptr(ends[0]), "|0"), os.NewFile(uintptr(ends[1]), "|1"), nil
}

// splices reports whether the kernel can pass the stream on: to a pipe, a socket
// or nowhere.
func (s *stream) splices() bool {
	info, err := s.to.Stat()
	if err != nil || s.terminal {
		return false
	}
	if info.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0 {
		return true
	}
	none, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(info, none)
}

// splice passes a pipe on without its bytes coming to us: the kernel gives them
// to our output, and once more to a pipe of ours, which is read beside.
func (s *stream) splice(r *reading) {
	copied, beside, err := pipe()
	if err != nil {
		s.copy(r, 0)
		return
	}
	wide(beside)
	from, to, into := int(s.ours.Fd()), int(s.to.Fd()), int(beside.Fd()) // which all block
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, passPiece)
		for {
			n, err := copied.Read(buf)
			if err != nil {
				return
			}
			r.take(buf[:n])
		}
	}()
	taken := 0
	defer func() {
		_ = beside.Close()
		<-read
		_ = copied.Close()
		if taken > 0 {
			s.copy(r, taken)
		}
	}()

	quick, last := 0, time.Now()
	for {
		n, err := syscall.Tee(from, into, passPiece, 0)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return
		}
		for left := int(n); left > 0; {
			n, err := syscall.Splice(from, nil, to, nil, left, 0)
			switch {
			case err == syscall.EINTR:
				continue
			case err == syscall.EINVAL, err == syscall.EAGAIN:
				taken = left // to such an output the kernel cannot pass, or would not wait
				return
			case err != nil || n == 0:
				_ = s.ours.Close() // nobody takes it: the command is told
				return
			}
			left -= int(n)
		}
		now := time.Now()
		if now.Sub(last) < gather {
			quick++
		} else {
			quick = 0
		}
		if quick > gathers && n < passPiece/2 {
			// The thread itself sleeps: Go's timers would wake others.
			_ = syscall.Nanosleep(&syscall.Timespec{Nsec: int64(gather)}, nil) // a signal may end it
			now = time.Now()
		}
		last = now
	}
}
