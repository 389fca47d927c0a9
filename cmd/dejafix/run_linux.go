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
	"os"
	"runtime"
	"syscall"
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

// readingNiceness is how far the reading of an output stands back.
const readingNiceness = 10

// aside lets the caller's goroutine run on a thread that stands back: of cores
// that are all in use, the command gets most.
func aside() {
	runtime.LockOSThread()
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, readingNiceness) // of this thread
}
