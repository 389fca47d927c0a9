// Command testsum runs `go test -json` and prints what a person wants of it: a
// line for each package, the output of what failed, and as its last line how
// many tests passed and how many failed. It exits as the tests did.
//
//	go run ./scripts/testsum go test -json ./...
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "testsum: needs a command that prints the events of go test -json")
		os.Exit(2)
	}
	cmd := exec.CommandContext(context.Background(), os.Args[1], os.Args[2:]...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(2)
	}
	s := newSummary(os.Stdout)
	s.read(out)
	if err := cmd.Wait(); err != nil {
		s.broken(err)
	}
	if !s.close() {
		os.Exit(1)
	}
}

// An event is one line of go test -json (`go doc test2json`).
type event struct {
	Action      string  `json:"Action"`
	Package     string  `json:"Package"`
	Test        string  `json:"Test"`
	Elapsed     float64 `json:"Elapsed"` // seconds
	Output      string  `json:"Output"`
	FailedBuild string  `json:"FailedBuild"`
}

// A test is one test function or subtest of a package; its name is "" for what
// the package itself prints.
type test struct{ pkg, name string }

// A summary follows a run.
type summary struct {
	w              io.Writer
	output         map[test]*bytes.Buffer // of what has not ended
	count          map[string]int         // tests passed, by package
	passed, failed int
	start          time.Time
}

func newSummary(w io.Writer) *summary {
	return &summary{w: w, output: map[test]*bytes.Buffer{}, count: map[string]int{}, start: time.Now()}
}

func (s *summary) read(r io.Reader) {
	br := bufio.NewReader(r)
	for {
		line, err := br.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				fmt.Fprintf(s.w, "%s", line) // not an event: nothing is swallowed
			} else {
				s.event(e)
			}
		}
		if err != nil {
			return
		}
	}
}

func (s *summary) event(e event) {
	key := test{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(s.w, e.Output)
	case "output":
		if s.output[key] == nil {
			s.output[key] = &bytes.Buffer{}
		}
		s.output[key].WriteString(e.Output)
	case "pass", "fail", "skip":
		s.end(key, e)
	}
}

func (s *summary) end(key test, e event) {
	out := s.output[key]
	delete(s.output, key)
	if e.Test != "" {
		switch e.Action {
		case "pass":
			s.passed++
			s.count[e.Package]++
		case "fail":
			s.failed++
			s.print(key.pkg+" "+key.name, out)
		}
		return
	}
	took := time.Duration(e.Elapsed * float64(time.Second)).Round(10 * time.Millisecond)
	if e.Action != "fail" {
		if n := s.count[e.Package]; n > 0 {
			fmt.Fprintf(s.w, "ok    %s  %d passed  %v\n", e.Package, n, took)
		}
		return
	}
	// What was running when the process died has no end of its own.
	for k, o := range s.output {
		if k.pkg == e.Package {
			s.failed++
			s.print(k.pkg+" "+k.name+" (did not end)", o)
			delete(s.output, k)
		}
	}
	if e.FailedBuild != "" {
		s.failed++
		out = nil
	}
	s.print(e.Package, out)
	fmt.Fprintf(s.w, "FAIL  %s  %v\n", e.Package, took)
	if s.failed == 0 {
		s.failed++
	}
}

func (s *summary) print(name string, out *bytes.Buffer) {
	if out != nil {
		fmt.Fprintf(s.w, "----- %s\n%s", name, out)
	}
}

// broken counts a command that failed although no test of it did.
func (s *summary) broken(err error) {
	if s.failed == 0 {
		fmt.Fprintf(s.w, "FAIL  the command itself: %v\n", err)
		s.failed++
	}
}

// close prints the last line and reports whether all is well.
func (s *summary) close() bool {
	fmt.Fprintf(s.w, "%v\n%d passed, %d failed\n", time.Since(s.start).Round(time.Second), s.passed, s.failed)
	return s.failed == 0
}
