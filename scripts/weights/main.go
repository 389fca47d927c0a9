// Weights fits what ranks repairs, and writes it down: `make weights DATA=DIR`,
// which takes some minutes.
//
//	go run ./scripts/weights FILE.jsonl... > learner/rank/weights.json
//
// It sees the half of the standard split that is there to learn from, and never
// the other. That half is cut in four by row: each quarter in turn is asked, with
// 1, 3 and all examples of a code from the other three, and what is proposed is
// what the weights are fitted to. How good they are is told on standard error,
// of weights that were fitted without the code that they are measured on.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"sort"
	"strings"

	"github.com/dejafix/dejafix/learner/pattern"
	"github.com/dejafix/dejafix/learner/rank"
	"github.com/dejafix/dejafix/learner/replay"
)

// An asked is one row and what was proposed for it.
type asked struct {
	rank.Case
	id, source, code string
	k                int
	loses            []bool
}

const (
	quarters = 4
	folds    = 4
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "weights: name files of fix pairs (*.jsonl)")
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "weights:", err)
		os.Exit(1)
	}
}

func run(files []string) error {
	var rows []replay.Row
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		more, err := replay.Read(f)
		f.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		rows = append(rows, more...)
	}
	learn, _ := replay.Split(rows)
	list, err := gather(learn)
	if err != nil {
		return err
	}
	measure(list)
	w := rank.Fit(cases(list), rank.FitOptions{})
	w.Round()
	return write(w)
}

// write puts each tree on a line of its own: a change of the file can be read.
func write(w *rank.Weights) error {
	trees := w.Trees
	w.Trees = nil
	head, err := json.Marshal(w)
	if err != nil {
		return err
	}
	fmt.Printf("%s[\n", strings.TrimSuffix(string(head), "null}"))
	for i, t := range trees {
		line, err := json.Marshal(t)
		if err != nil {
			return err
		}
		end := ",\n"
		if i == len(trees)-1 {
			end = "\n"
		}
		fmt.Printf("%s%s", line, end)
	}
	fmt.Println("]}")
	return nil
}

func part(name string, of int) int {
	sum := sha256.Sum256([]byte(name))
	return int(sum[0]) % of
}

// gather asks each quarter of rows what the others teach.
func gather(rows []replay.Row) ([]asked, error) {
	var list []asked
	for q := range quarters {
		var learn, ask []replay.Row
		known := map[string]bool{}
		for _, r := range rows {
			if part("quarter"+r.ID, quarters) != q {
				learn = append(learn, r)
				known[r.Source+" "+r.Code] = true
			} else if r.Range != nil && strings.Join(strings.Fields(r.Before), "") != strings.Join(strings.Fields(r.After), "") {
				ask = append(ask, r)
			}
		}
		for _, k := range []int{1, 3, 0} {
			o := replay.Options{K: k, Asked: func(r replay.Row, ps []pattern.Proposal, right []bool) {
				if !known[r.Source+" "+r.Code] {
					return
				}
				a := asked{id: r.ID, source: r.Source, code: r.Source + " " + r.Code, k: k}
				a.Right = slices.Index(right, true)
				for _, p := range ps {
					a.Candidates = append(a.Candidates, p.Features)
					a.loses = append(a.loses, p.Loses)
				}
				list = append(list, a)
			}}
			if _, err := replay.Eval(context.Background(), learn, ask, o); err != nil {
				return nil, err
			}
			fmt.Fprintf(os.Stderr, "quarter %d, %d examples of a code: %d errors so far\n", q+1, k, len(list))
		}
	}
	// The same rows give the same weights, in whatever order they were answered.
	sort.Slice(list, func(i, j int) bool {
		if list[i].id != list[j].id {
			return list[i].id < list[j].id
		}
		return list[i].k < list[j].k
	})
	return list, nil
}

func cases(list []asked) []rank.Case {
	out := make([]rank.Case, 0, len(list))
	for _, a := range list {
		if len(a.Candidates) > 0 {
			out = append(out, a.Case)
		}
	}
	return out
}

// measure tells how good weights are on codes that they were not fitted on.
func measure(list []asked) {
	best := make([]int, len(list))
	chance := make([]float64, len(list))
	third := make([]bool, len(list))
	for f := range folds {
		var fit []asked
		for _, a := range list {
			if part("fold"+a.code, folds) != f {
				fit = append(fit, a)
			}
		}
		w := rank.Fit(cases(fit), rank.FitOptions{})
		for i, a := range list {
			if part("fold"+a.code, folds) != f {
				continue
			}
			best[i] = -1
			chances := w.Chances(a.Candidates)
			order := make([]int, len(chances))
			for k := range order {
				order[k] = k
			}
			sort.SliceStable(order, func(x, y int) bool { return chances[order[x]] > chances[order[y]] })
			if len(order) > 0 {
				best[i], chance[i] = order[0], chances[order[0]]
				third[i] = slices.Contains(order[:min(3, len(order))], a.Right)
			}
		}
		fmt.Fprintf(os.Stderr, "fold %d fitted\n", f+1)
	}
	for _, k := range []int{1, 3, 0} {
		top1, top3, n := map[string]int{}, map[string]int{}, map[string]int{}
		all, shown, right := 0, 0, 0
		for i, a := range list {
			if a.k != k {
				continue
			}
			all++
			n[a.source]++
			if best[i] >= 0 && best[i] == a.Right {
				top1[a.source]++
			}
			if third[i] {
				top3[a.source]++
			}
			if best[i] >= 0 && rank.Default.ShowUnasked(chance[i], a.loses[best[i]]) {
				shown++
				if best[i] == a.Right {
					right++
				}
			}
		}
		var m1, m3, sources float64
		for s, c := range n {
			if c >= 25 {
				sources++
				m1 += float64(top1[s]) / float64(c)
				m3 += float64(top3[s]) / float64(c)
			}
		}
		fmt.Fprintf(os.Stderr, "from %d examples (0: all), %d errors: mean of %.0f sources top-1 %.3f, top-3 %.3f; shown unasked %.3f at %.3f\n",
			k, all, sources, m1/sources, m3/sources, float64(shown)/float64(all), float64(right)/math.Max(float64(shown), 1))
	}
	fmt.Fprintln(os.Stderr, "chance said, errors, chance said on average, truly right")
	for b := range 10 {
		n, said, right := 0, 0.0, 0
		for i, a := range list {
			if best[i] >= 0 && min(int(chance[i]*10), 9) == b {
				n++
				said += chance[i]
				if best[i] == a.Right {
					right++
				}
			}
		}
		if n > 0 {
			fmt.Fprintf(os.Stderr, "%.1f %6d %.3f %.3f\n", float64(b)/10, n, said/float64(n), float64(right)/float64(n))
		}
	}
}
