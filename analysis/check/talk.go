package check

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A talk is what a row says to its private server, one question at a time. The
// zero value is ready. Rows that start a server hold one and close it.
type talk struct {
	most  time.Duration // for one question; 0 means the Runner's
	once  sync.Once
	turn  chan struct{} // holds one value while nobody asks
	wait  sync.WaitGroup
	owner *Server // who is asked; only with the turn
	key   string  // what it was started for
	in    *bufio.Reader
}

// mostAnswer is how many bytes one answer of a server may have.
const mostAnswer = defaultOutput

// errLong is the error of an answer that is longer.
var errLong = errors.New("the answer is too long")

func (t *talk) init() {
	t.once.Do(func() {
		t.turn = make(chan struct{}, 1)
		t.turn <- struct{}{}
	})
}

// do asks the server that was started for key, or starts it. The question goes
// on when ctx ends, so that the server keeps what it learned, but not longer
// than the Runner's time: then the server ends. hello greets a server that was
// just started.
func (t *talk) do(ctx context.Context, r *Runner, key string, c Command, hello, ask func(s *Server, in *bufio.Reader) error) error {
	t.init()
	name := c.Args[0]
	select {
	case <-t.turn:
	case <-ctx.Done():
		return cancelled(ctx, name)
	}
	done := make(chan error, 1)
	t.wait.Go(func() {
		defer func() { t.turn <- struct{}{} }()
		done <- t.asked(r, key, c, hello, ask)
	})
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return cancelled(ctx, name)
	}
}

// asked is do with the turn.
func (t *talk) asked(r *Runner, key string, c Command, hello, ask func(s *Server, in *bufio.Reader) error) error {
	var release func()
	ok := false
	if t.owner != nil && t.key == key {
		release, ok = t.owner.Use()
	}
	if !ok {
		if t.owner != nil {
			t.owner.Close()
			t.owner = nil
		}
		s, err := r.Start(c)
		if err != nil {
			return err
		}
		if release, ok = s.Use(); !ok {
			return s.Err()
		}
		t.owner, t.key, t.in = s, key, bufio.NewReaderSize(s.Stdout, 64<<10)
		if hello == nil {
			hello = func(*Server, *bufio.Reader) error { return nil }
		}
		question := ask
		ask = func(s *Server, in *bufio.Reader) error {
			if err := hello(s, in); err != nil {
				return err
			}
			return question(s, in)
		}
	}
	defer release()
	s, most := t.owner, cmp.Or(t.most, r.timeout)
	timer := time.AfterFunc(most, func() { s.End(CauseTime, fmt.Sprintf("it took longer than %s", most)) })
	err := ask(s, t.in)
	timer.Stop()
	var u *Unknown
	switch {
	case err == nil || errors.As(err, &u):
		return err
	case errors.Is(err, errLong):
		s.End(CauseOutput, fmt.Sprintf("it printed more than %s", size(mostAnswer)))
	default:
		// What breaks a pipe is the end of the server, or what comes before it.
		select {
		case <-s.Done():
		case <-time.After(pipeDelay):
		}
		s.End(CauseFailed, err.Error())
	}
	t.owner = nil
	if s.ch.cut.Load() == nil {
		return &Unknown{CauseFailed, fmt.Sprintf("%s ended by itself: %s", filepath.Base(s.ch.name), complaint(s.stderr.String()))}
	}
	return s.Err()
}

// complaint is the line of what a program printed that tells a person most: the
// name of an uncaught error stands some lines below its place.
func complaint(stderr string) string {
	for l := range strings.Lines(stderr) {
		if strings.Contains(l, "Error") {
			return firstLine(l)
		}
	}
	return firstLine(stderr)
}

// close ends the server and waits for what asks it.
func (t *talk) close() {
	t.init()
	<-t.turn
	if t.owner != nil {
		t.owner.Close()
		t.owner = nil
	}
	t.turn <- struct{}{}
	t.wait.Wait()
}

// line reads one line of at most mostAnswer bytes.
func line(in *bufio.Reader) ([]byte, error) {
	var out []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(out)+len(part) > mostAnswer {
			return nil, errLong
		}
		out = append(out, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return out, err
		}
	}
}
