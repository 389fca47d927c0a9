// Evalfigure draws what `dejafix eval fixes --json` measured, and prints it as
// tables. It reads one result for each number of examples of a code (--k) and
// computes nothing but shares and means.
//
//	go run ./scripts/evalfigure [-o FIGURE.svg] RESULT.json... > tables.md
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
)

func main() {
	figure := flag.String("o", "", "write the figure to `FILE`, an SVG")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "evalfigure: name the results of `dejafix eval fixes --json`, one for each --k")
		os.Exit(2)
	}
	if err := run(flag.Args(), *figure); err != nil {
		fmt.Fprintln(os.Stderr, "evalfigure:", err)
		os.Exit(1)
	}
}

func run(names []string, figure string) error {
	rs, err := read(names)
	if err != nil {
		return err
	}
	if figure != "" {
		if err := os.WriteFile(figure, draw(rs), 0o644); err != nil {
			return err
		}
	}
	_, err = os.Stdout.Write(tables(rs))
	return err
}

// counts are those figures of learner/replay that are drawn or printed.
type counts struct {
	Cases       int     `json:"cases"`
	Answered    int     `json:"answered"`
	Top1        int     `json:"top1"`
	Top3        int     `json:"top3"`
	Exact       int     `json:"exact"`
	Shown       int     `json:"shown"`
	ShownRight  int     `json:"shown_right"`
	Noop        int     `json:"noop"`
	Verbatim    int     `json:"verbatim"`
	FormatOnly  int     `json:"format_only"`
	NullRange   int     `json:"null_range"`
	Value       float64 `json:"value"`
	Calibration []bin   `json:"calibration"`
	ECE         float64 `json:"ece"`
	// Taught are the cases that there was something to learn from for: sources
	// and languages are compared by them, as in LEARNING.md, section 1.
	Taught part `json:"taught"`
}

// A part is the figures of some of the cases.
type part struct {
	Cases      int `json:"cases"`
	Top1       int `json:"top1"`
	Top3       int `json:"top3"`
	Shown      int `json:"shown"`
	ShownRight int `json:"shown_right"`
}

// A bin is the answers whose chance was said to be in one tenth.
type bin struct {
	From  float64 `json:"from"`
	N     int     `json:"n"`
	Said  float64 `json:"said"`
	Right int     `json:"right"`
}

// A result is one run.
type result struct {
	counts
	K         int               `json:"k"` // 0: all examples
	Sources   map[string]counts `json:"sources"`
	Languages map[string]counts `json:"languages"`
}

// most is how many examples of a code the run learned from at most.
func (r *result) most() int {
	if r.K == 0 {
		return math.MaxInt
	}
	return r.K
}

// label names the run by the examples that it learned from.
func (r *result) label() string {
	if r.K == 0 {
		return "all"
	}
	return strconv.Itoa(r.K)
}

// read reads results, those of the fewest examples first and that of all last.
func read(names []string) ([]result, error) {
	var rs []result
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var r result
		if err := json.Unmarshal(b, &r); err != nil {
			return nil, fmt.Errorf("%s is no result of `dejafix eval fixes --json`: %w", name, err)
		}
		if len(r.Sources) == 0 {
			return nil, fmt.Errorf("%s says nothing of any source: it is no result of `dejafix eval fixes --json`, or nothing was asked", name)
		}
		if r.Taught.Cases == 0 && r.Cases > 0 {
			return nil, fmt.Errorf("%s has no row whose code was learned: an older dejafix measured it, or the split is not the standard one; run make eval", name)
		}
		if slices.ContainsFunc(rs, func(o result) bool { return o.K == r.K }) {
			return nil, fmt.Errorf("%s is the second result of --k %d", name, r.K)
		}
		rs = append(rs, r)
	}
	if len(rs) == 0 {
		return nil, errors.New("no results")
	}
	slices.SortFunc(rs, func(a, b result) int { return cmp.Compare(a.most(), b.most()) })
	return rs, nil
}

// least is how many rows a source must have to be drawn and to count in a mean:
// below, one row more or less is two points (LEARNING.md, section 1).
const least = 50

// large are the sources with enough rows, best first by the last run.
func large(rs []result) []string {
	last := rs[len(rs)-1].Sources
	var names []string
	for name, c := range last {
		if c.Taught.Cases >= least {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		x, y := last[a].Taught, last[b].Taught
		return cmp.Or(cmp.Compare(ratio(y.Top1, y.Cases), ratio(x.Top1, x.Cases)), cmp.Compare(a, b))
	})
	return names
}

// mean is the mean share over sources, each counting the same.
func mean(r *result, names []string, of func(part) int) float64 {
	sum := 0.0
	for _, name := range names {
		c := r.Sources[name].Taught
		sum += ratio(of(c), c.Cases)
	}
	return sum / float64(max(len(names), 1))
}

func top1(c part) int { return c.Top1 }
func top3(c part) int { return c.Top3 }

// ratio is n of all, 0 of nothing.
func ratio(n, all int) float64 {
	if all == 0 {
		return 0
	}
	return float64(n) / float64(all)
}

// short is a share as tables have it: .73, 1.00.
func short(share float64) string {
	s := strconv.FormatFloat(share, 'f', 2, 64)
	if s[0] == '0' {
		return s[1:]
	}
	return s
}

// thousands writes n as 12,345.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
