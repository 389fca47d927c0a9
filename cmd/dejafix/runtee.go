package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"

	printed "github.com/dejafix/dejafix/analysis/report"
)

const (
	// passPiece is how much is passed at once: the most that a pipe of Linux
	// holds for anyone.
	passPiece = 1 << 20 // bytes
	// maxBehind is how much output may wait to be read. Reading goes at some
	// 100 MB/s on a slow core and faster than most tests print; of a command that
	// prints faster for long, the middle is not read.
	maxBehind = 64 << 20 // bytes
)

// A stream is one output of a command on its way to where ours goes.
type stream struct {
	ours, theirs *os.File // the ends of what lies between
	to           *os.File
	terminal     bool // it is a terminal of its own
}

// streams puts what we can read between a command and our standard output and
// error. A command that had a terminal there has one; where both are the same
// terminal, file or pipe, both stay one, so that their order stays.
func (a *app) streams(cmd *exec.Cmd) ([]*stream, error) {
	out, err := between(a.out)
	if err != nil {
		return nil, err
	}
	list := []*stream{}
	if out != nil {
		list = append(list, out)
		cmd.Stdout = out.theirs
	} else {
		cmd.Stdout = a.out
	}
	if same(a.out, a.err) {
		cmd.Stderr = cmd.Stdout
		return list, nil
	}
	errs, err := between(a.err)
	if err != nil {
		for _, s := range list {
			err = errors.Join(err, s.ours.Close(), s.theirs.Close())
		}
		return nil, err
	}
	if errs != nil {
		list = append(list, errs)
		cmd.Stderr = errs.theirs
	} else {
		cmd.Stderr = a.err
	}
	return list, nil
}

// between makes a stream to a file; nil where there can be none.
func between(to *os.File) (*stream, error) {
	if terminal(to) {
		return terminalStream(to)
	}
	ours, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	wide(ours, to)
	return &stream{ours: ours, theirs: theirs, to: to}, nil
}

// same reports whether two files are one.
func same(a, b *os.File) bool {
	x, err := a.Stat()
	if err != nil {
		return false
	}
	y, err := b.Stat()
	return err == nil && os.SameFile(x, y)
}

// pass passes a stream to its end, and gives r to read what it holds. Where
// nobody takes it any more, the command is told as it would be.
func (s *stream) pass(r *reading) {
	buf := make([]byte, passPiece)
	for {
		n, err := s.ours.Read(buf)
		if n > 0 {
			if _, err := s.to.Write(buf[:n]); err != nil {
				_ = s.ours.Close()
				return
			}
			r.take(buf[:n])
		}
		if err != nil {
			return
		}
	}
}

// A reading reads an output in the background: passing it on never waits.
type reading struct {
	mu     sync.Mutex
	wake   *sync.Cond
	queue  [][]byte
	free   [][]byte
	behind int  // bytes in queue
	lost   int  // bytes that were not read
	ended  bool // no more comes
	gap    bool // something is missing before what comes next

	done chan struct{}
	run  printed.Run
	err  error
}

func newReading(o printed.Options) *reading {
	r := &reading{done: make(chan struct{})}
	r.wake = sync.NewCond(&r.mu)
	go r.read(o)
	return r
}

// take copies a piece for reading, or notes that it is not read.
func (r *reading) take(p []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	if r.behind+len(p) > maxBehind {
		r.lost += len(p)
		r.gap = true
		return
	}
	var piece []byte
	if n := len(r.free); n > 0 {
		piece, r.free = r.free[n-1][:0], r.free[:n-1]
	}
	if r.gap {
		piece = append(piece, '\n')
		r.gap = false
	}
	r.queue = append(r.queue, append(piece, p...))
	r.behind += len(p)
	r.wake.Signal()
}

// end says that no more comes.
func (r *reading) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	r.wake.Signal()
}

func (r *reading) next() ([]byte, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.queue) == 0 {
		if r.ended {
			return nil, false
		}
		r.wake.Wait()
	}
	p := r.queue[0]
	r.queue[0] = nil
	r.queue = r.queue[1:]
	return p, true
}

func (r *reading) read(o printed.Options) {
	defer close(r.done)
	defer func() {
		if v := recover(); v != nil {
			r.err = problemf("please report it with `dejafix doctor --bundle`", "a fault in dejafix itself: %v", v)
			r.end() // what still comes is passed on, and not kept
		}
	}()
	aside() // the command goes first
	s := printed.NewScanner(o)
	for {
		p, ok := r.next()
		if !ok {
			break
		}
		_, _ = s.Write(p) // a Scanner's Write never fails
		r.mu.Lock()
		r.behind -= len(p)
		if len(r.free) < 4 {
			r.free = append(r.free, p)
		}
		r.mu.Unlock()
	}
	r.run = s.Close()
	if r.lost > 0 {
		r.run.Doubts = append(r.run.Doubts, size(int64(r.lost))+" of output came faster than it could be read")
	}
}

// result waits for the end of the reading.
func (r *reading) result() (printed.Run, error) {
	<-r.done
	return r.run, r.err
}

var _ io.Writer = (*printed.Scanner)(nil)
