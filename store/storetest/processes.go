package storetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// childEnv names the variable that makes a test binary a child of this suite:
// "LOCATION|FIRST|N", episodes FIRST to FIRST+N-1 to be stored.
const childEnv = "DEJAFIX_STORETEST_CHILD"

// Main is the TestMain of a package that calls Run: m.Run in the parent, a
// writer in the child processes that the suite starts.
func Main(m *testing.M, open Open) {
	if job := os.Getenv(childEnv); job != "" {
		if err := child(job, open, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child stores episodes, and writes the number of each to out once AddExamples
// has returned.
func child(job string, open Open, out io.Writer) error {
	parts := strings.Split(job, "|")
	if len(parts) != 3 {
		return fmt.Errorf("bad job %q", job)
	}
	first, err := strconv.Atoi(parts[1])
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(parts[2])
	if err != nil {
		return err
	}
	ctx := context.Background()
	s, err := open(ctx, parts[0], time.Now)
	if err != nil {
		return err
	}
	for i := first; i < first+n; i++ {
		if _, err := s.AddExamples(ctx, episode(i)); err != nil {
			return err
		}
		// One write call a line, so that the parent never sees half of one.
		if _, err := fmt.Fprintf(out, "%d\n", i); err != nil {
			return err
		}
	}
	return s.Close()
}

// episode is the repair number i: one to three examples.
func episode(i int) []analysis.Example {
	var exs []analysis.Example
	for k := range 1 + i%3 {
		ex := Sample(3*i+k, 50)
		ex.Repair, ex.Support = episodeRepair(i), k == 0
		exs = append(exs, ex)
	}
	return exs
}

func episodeRepair(i int) string { return fmt.Sprintf("r_%d", i) }

func (f *fixture) child(first, n int) *exec.Cmd {
	f.Helper()
	self, err := os.Executable()
	f.must(err)
	cmd := exec.CommandContext(f.ctx, self, "-test.run=^$")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%d|%d", childEnv, f.location, first, n))
	return cmd
}

// checkEpisodes looks whether each of the episodes is there as a whole, and no
// episode in part.
func (f *fixture) checkEpisodes(finished map[int]bool) {
	f.Helper()
	found := map[string]int{}
	for ex, err := range f.Examples(f.ctx) {
		f.must(err)
		found[ex.Repair]++
	}
	for i := range finished {
		if got := found[episodeRepair(i)]; got == 0 {
			f.Errorf("finished episode %d is lost", i)
		}
	}
	for repair, got := range found {
		i, err := strconv.Atoi(strings.TrimPrefix(repair, "r_"))
		f.must(err)
		if want := len(episode(i)); got != want {
			f.Errorf("episode %d has %d of its %d examples", i, got, want)
		}
	}
}

// testProcesses: nothing is lost, refused or doubled when several processes
// write, the first of which makes the store.
func testProcesses(f *fixture) {
	f.must(f.Close())
	f.must(os.RemoveAll(f.location))
	const processes, each = 4, 40
	var cmds []*exec.Cmd
	var outs []*strings.Builder
	for p := range processes {
		// Neighbours share half of their episodes.
		cmd := f.child(p*each/2, each)
		out := &strings.Builder{}
		cmd.Stderr = out
		f.must(cmd.Start())
		cmds, outs = append(cmds, cmd), append(outs, out)
	}
	for i, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			f.Errorf("process %d: %v\n%s", i, err, outs[i])
		}
	}
	f.Store = f.another()
	finished := map[int]bool{}
	for i := range each/2*(processes-1) + each {
		finished[i] = true
	}
	f.checkEpisodes(finished)
}

// kills is how often testKill kills: each costs the start of a process.
const kills = 12

// testKill kills a writing process, again and again on the same store: at the
// moment a report of a finished episode arrives, which is while the next one is
// written, or at some random time later.
func testKill(f *fixture) {
	f.must(f.Close())
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	finished := map[int]bool{}
	next := 0
	for round := range kills {
		cmd := f.child(next, 1_000_000)
		out, err := cmd.StdoutPipe()
		f.must(err)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		f.must(cmd.Start())
		lines := bufio.NewScanner(out)
		// Reports until the kill: none, one, two, …; a third of the rounds is
		// killed a little later, anywhere in the next transactions.
		reports := round
		delay := time.Duration(0)
		if round%3 == 0 {
			delay = time.Duration(r.IntN(2000)) * time.Microsecond
		}
		n := 0
		kill := func() {
			time.AfterFunc(delay, func() { _ = cmd.Process.Kill() })
		}
		if reports == 0 {
			kill()
		}
		for lines.Scan() {
			i, err := strconv.Atoi(lines.Text())
			f.must(err)
			finished[i] = true
			next = max(next, i+1)
			if n++; n == reports {
				kill()
			}
		}
		err = cmd.Wait()
		if err == nil || stderr.Len() > 0 {
			f.Fatalf("round %d, seed %d: the child ended by itself: %v\n%s", round, seed, err, &stderr)
		}
		// The episode under way may be there or not; it is written again or over.
		f.Store = f.another()
		f.checkEpisodes(finished)
		f.must(f.Close())
		if f.Failed() {
			f.Fatalf("round %d, seed %d", round, seed)
		}
	}
	if len(finished) < kills {
		f.Errorf("only %d episodes were finished in %d rounds", len(finished), kills)
	}
}
