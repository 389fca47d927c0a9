package check

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// A goWorker has a process of its own check Go. In the server's, the type checker
// took the processor from menus (BENCHMARKS.md), nothing bounded its memory, and
// a package that it never finishes could not be ended.
type goWorker struct {
	env  Env
	talk talk
}

var _ Checker = (*goWorker)(nil)

const (
	// goWorkerTime is how long one question may take: the go command may compile
	// dependencies first, which has its own bound.
	goWorkerTime = goCompile + time.Minute
	// goWorkerDisk bounds what the process writes while it lives: the go command
	// writes into the build cache, each time bounded by itself.
	goWorkerDisk = 20 << 30
)

func newGoWorker(e Env) *goWorker { return &goWorker{env: e, talk: talk{most: goWorkerTime}} }

// goAnswer is what the process says.
type goAnswer struct {
	Result  Result
	Unknown *Unknown // in place of the result
}

// Check asks the process, and starts it where there is none.
func (c *goWorker) Check(ctx context.Context, r Request) (Result, error) {
	question, err := json.Marshal(r)
	if err != nil {
		return Result{}, &Unknown{CauseFailed, err.Error()}
	}
	var answer goAnswer
	command := Command{Args: c.env.Worker, Disk: goWorkerDisk}
	err = c.talk.do(ctx, c.env.Runner, "go", command, nil, func(s *Server, in *bufio.Reader) error {
		// It reads the whole question before it answers.
		if _, err := s.Stdin.Write(append(question, '\n')); err != nil {
			return err
		}
		text, err := line(in)
		if err != nil {
			return err
		}
		var a goAnswer
		if err := json.Unmarshal(text, &a); err != nil {
			return fmt.Errorf("the checker of Go gave no answer: %w", err)
		}
		if a.Unknown != nil && a.Unknown.Cause == CauseTime {
			// The type checker cannot be stopped, but its process can.
			s.End(CauseTime, a.Unknown.Reason)
		}
		answer = a
		return nil
	})
	switch {
	case err != nil:
		return Result{}, err
	case answer.Unknown != nil:
		return Result{}, answer.Unknown
	}
	return answer.Result, nil
}

// Close ends the process.
func (c *goWorker) Close() error {
	c.talk.close()
	return nil
}

// Work checks Go for another process (Options.Worker): it answers each line of in
// with a line, until in ends. That process bounds and isolates this one with all
// that it starts.
func Work(ctx context.Context, in io.Reader, out io.Writer, o Options) error {
	o = o.filled()
	r := newRunner(o)
	r.inner = true
	defer r.Close()
	c := newGoChecker(Env{Runner: r, Logger: o.Logger, Clock: o.Clock})
	lines := bufio.NewReaderSize(in, 64<<10)
	for {
		text, err := line(lines)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var q Request
		if err := json.Unmarshal(text, &q); err != nil {
			return fmt.Errorf("a question that is none: %w", err)
		}
		var a goAnswer
		res, err := c.Check(ctx, q)
		if err != nil {
			u := unknown(err)
			a.Unknown = &Unknown{u.Cause, u.Reason}
		} else {
			a.Result = res
		}
		text, err = json.Marshal(a)
		if err != nil {
			return err
		}
		if _, err := out.Write(append(text, '\n')); err != nil {
			return err
		}
	}
}
