package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	printed "github.com/dejafix/dejafix/analysis/report"
)

const (
	// passPiece is how much is passed at once: the most that a pipe of Linux
	// holds for anyone.
	passPiece = 1 << 20 // bytes
	// maxBehind is how much output may wait to be read, before the last of it,
	// maxLast. Reading is faster than tests print; of a command that prints faster
	// for long, the middle is not read.
	maxBehind = 56 << 20 // bytes
	maxLast   = 8 << 20  // bytes
	// maxQueued is how much of a file waits to be read: it lies on the disk.
	maxQueued = 4 << 20 // bytes
	// When the command has ended, reading may go on for the readShare-th part of
	// the time that it took, and for readOn at least: half of the 2% that a command
	// may take longer. What is left then is not read, but for lastRead, which
	// always is: tools say last what failed.
	readShare = 100
	readOn    = 10 * time.Millisecond
	lastRead  = 2 << 20 // bytes
	// readPiece is how much a thread that stands back reads at once: a millisecond
	// of a core.
	readPiece = 64 << 10 // bytes
	// maxTail is how much of the end is looked through for stack traces: as much
	// as of a terminal's.
	maxTail = 1 << 20 // bytes
)

// A stream is one output of a command on its way to where ours goes.
type stream struct {
	ours, theirs *os.File // the ends of what lies between
	to           *os.File
	terminal     bool // it is a terminal of its own
	// follow is set where the command writes to our own file itself: ours is that
	// file, which is read behind the command, from there on.
	follow bool
	from   int64
	was    int64         // its length before the command
	ended  chan struct{} // closed when the command has ended
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
		if out != nil && out.follow {
			cmd.Stderr = a.err // opened twice, it has two places
		}
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
	if s := followed(to); s != nil {
		return s, nil
	}
	ours, theirs, err := pipe()
	if err != nil {
		return nil, err
	}
	wide(ours, to)
	return &stream{ours: ours, theirs: theirs, to: to, ended: make(chan struct{})}, nil
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
	switch {
	case s.follow:
		s.behind(r)
	case s.splices():
		s.splice(r)
	default:
		s.copy(r, 0)
	}
}

// copy passes a stream through memory of ours. Its first so many bytes are read
// already.
func (s *stream) copy(r *reading, taken int) {
	buf := make([]byte, passPiece)
	for {
		n, err := s.ours.Read(buf)
		if n > 0 {
			if _, err := s.to.Write(buf[:n]); err != nil {
				_ = s.ours.Close()
				return
			}
			r.take(buf[min(taken, n):n])
			taken -= min(taken, n)
		}
		if err != nil {
			return
		}
	}
}

// followEvery is how often a file is looked at that a command writes to: what is
// read of it is needed when the command has ended.
const followEvery = 20 * time.Millisecond

// behind reads the file that a command writes to, until the command has ended. It
// is not read faster than it is understood: nothing of it is lost.
func (s *stream) behind(r *reading) {
	defer s.ours.Close()
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	buf := make([]byte, passPiece)
	for at, ended := s.from, false; ; {
		at += r.skipped(s.ours, at)
		n, _ := s.ours.ReadAt(buf[:s.written(at)], at)
		if n > 0 {
			r.wait(n)
			r.take(buf[:n])
			at += int64(n)
		}
		if n > 0 {
			continue
		}
		if ended {
			return
		}
		select {
		case <-tick.C:
		case <-s.ended:
			ended = true // and once more, for what came last
		}
	}
}

// written is how many bytes at a place of the file may be read at once: those
// that lay there before are the command's as far as it has come.
func (s *stream) written(at int64) int64 {
	if at >= s.was {
		return passPiece
	}
	now, err := s.to.Seek(0, io.SeekCurrent) // the command's place too: it has this file from us
	if err != nil {
		return 0
	}
	return min(max(now-at, 0), passPiece)
}

// A reading reads an output in the background: passing it on never waits.
type reading struct {
	mu     sync.Mutex
	wake   *sync.Cond
	queue  [][]byte
	free   [][]byte
	behind int      // bytes in queue
	last   [][]byte // what came when queue was full
	late   int      // bytes in last
	lost   int      // bytes that were not read
	ended  bool     // no more comes
	gap    bool     // something is missing before last
	hurry  bool     // only the end is still read

	tail tail

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

// take copies a piece for reading.
func (r *reading) take(p []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	var piece []byte
	if n := len(r.free); n > 0 {
		piece, r.free = r.free[n-1][:0], r.free[:n-1]
	}
	piece = append(piece, p...)
	if r.late == 0 && r.behind+len(p) <= maxBehind {
		r.queue = append(r.queue, piece)
		r.behind += len(p)
		r.wake.Broadcast()
		return
	}
	r.last = append(r.last, piece)
	r.late += len(p)
	for r.late > maxLast {
		oldest := r.last[0]
		r.last[0], r.last = nil, r.last[1:]
		r.late -= len(oldest)
		r.lost += len(oldest)
		r.gap = true
		r.free = append(r.free, oldest)
	}
}

// wait waits until n more bytes are not too many.
func (r *reading) wait(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.behind > 0 && r.behind+n > maxQueued && !r.ended && !r.hurry {
		r.wake.Wait()
	}
}

// skipped is how much of a file that is read from a place on need not be read any
// more, because only its end is wanted.
func (r *reading) skipped(f *os.File, at int64) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.hurry {
		return 0
	}
	info, err := f.Stat()
	if err != nil || info.Size()-at <= lastRead {
		return 0
	}
	n := info.Size() - at - lastRead
	r.lost += int(n)
	r.gap = true
	return n
}

// end says that no more comes.
func (r *reading) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	r.wake.Broadcast()
}

func (r *reading) next() ([]byte, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hurry && r.ended {
		r.skip()
	}
	for len(r.queue) == 0 {
		if len(r.last) > 0 {
			if r.gap {
				// What is missing ends a line.
				r.last = append([][]byte{[]byte("\n")}, r.last...)
				r.late++
				r.gap = false
			}
			r.queue, r.behind = r.last, r.late
			r.last, r.late = nil, 0
			break
		}
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

// skip leaves only the end of what waits to be read.
func (r *reading) skip() {
	r.queue, r.last = append(r.queue, r.last...), nil
	r.behind, r.late = r.behind+r.late, 0
	for len(r.queue) > 1 && r.behind-len(r.queue[0]) >= lastRead {
		r.behind -= len(r.queue[0])
		r.lost += len(r.queue[0])
		r.queue, r.gap = r.queue[1:], true
	}
	if r.gap && len(r.queue) > 0 {
		r.queue = append([][]byte{[]byte("\n")}, r.queue...)
		r.behind++
		r.gap = false
	}
}

// read reads on a thread that stands back while the command runs.
func (r *reading) read(o printed.Options) {
	aside()
	r.scan(printed.NewScanner(o), false)
}

// scan reads until the end. What is left when the command has ended is read by
// a thread like any other: a person waits for it.
func (r *reading) scan(s *printed.Scanner, last bool) {
	over := true
	defer func() {
		if v := recover(); v != nil {
			r.err = problemf("please report it with `dejafix doctor --bundle`", "a fault in dejafix itself: %v", v)
			r.end() // what still comes is passed on, and not kept
		}
		if over {
			close(r.done)
		}
	}()
	for {
		p, ok := r.next()
		if !ok {
			break
		}
		for rest := p; len(rest) > 0; {
			n := min(len(rest), readPiece)
			_, _ = s.Write(rest[:n]) // a Scanner's Write never fails
			r.tail.add(rest[:n])
			rest = rest[n:]
			if !last && len(rest) > 0 && r.atEnd() {
				r.mu.Lock()
				r.queue = append([][]byte{rest}, r.queue...)
				r.behind -= len(p) - len(rest)
				r.mu.Unlock()
				over = false
				go r.scan(s, true)
				return
			}
		}
		r.mu.Lock()
		r.behind -= len(p)
		r.wake.Broadcast()
		if len(r.free) < 4 && cap(p) > 1 {
			r.free = append(r.free, p)
		}
		r.mu.Unlock()
		if !last && r.atEnd() {
			over = false
			go r.scan(s, true)
			return
		}
	}
	r.run = s.Close()
	if r.lost > 0 {
		r.run.Doubts = append(r.run.Doubts, size(int64(r.lost))+" of output came faster than it could be read")
	}
}

// atEnd reports whether no more comes, or only the end is wanted.
func (r *reading) atEnd() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ended || r.hurry
}

// A tail is the end of what was read, of maxTail bytes at least.
type tail struct{ before, now []byte }

func (t *tail) add(p []byte) {
	if len(t.now)+len(p) > maxTail {
		t.before, t.now = t.now, t.before[:0]
	}
	t.now = append(t.now, p...)
}

// end is the end of it, of at most so many bytes.
func (t *tail) end(most int) string {
	all := append(slices.Clone(t.before), t.now...)
	return strings.ToValidUTF8(string(all[max(0, len(all)-most):]), "")
}

// result waits for the end of the reading, which until then may go on.
func (r *reading) result(until <-chan time.Time) (printed.Run, error) {
	select {
	case <-r.done:
	case <-until:
		r.mu.Lock()
		r.hurry = true
		r.wake.Broadcast()
		r.mu.Unlock()
		<-r.done
	}
	return r.run, r.err
}

var _ io.Writer = (*printed.Scanner)(nil)
