package check

import (
	"bufio"
	"runtime"
	"syscall"
	"testing"
)

// TestServerOutlivesThread: a child does not end with the thread that happened to
// ask for it, which is one that a goroutine kept and then left.
func TestServerOutlivesThread(t *testing.T) {
	r := testRunner(t, nil)
	type started struct {
		s      *Server
		thread int
		err    error
	}
	got := make(chan started)
	ask := func() {
		runtime.LockOSThread() // and the thread ends with us
		s, err := r.Start(Command{Args: []string{"cat"}})
		got <- started{s, syscall.Gettid(), err}
	}
	var it started
	for it.thread == 0 || it.thread == syscall.Getpid() { // which Go keeps
		go ask()
		if it = <-got; it.err != nil {
			t.Fatal(it.err)
		}
		defer it.s.Close()
	}
	for syscall.Tgkill(syscall.Getpid(), it.thread, 0) == nil { // it is still there
		runtime.Gosched()
	}
	if _, err := it.s.Stdin.Write([]byte("there\n")); err != nil {
		t.Fatal(err)
	}
	if said, err := bufio.NewReader(it.s.Stdout).ReadString('\n'); said != "there\n" {
		t.Errorf("it said %q: %v", said, err)
	}
}
