package rank

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"sync"
)

// weights.json is written by `make weights`, which says what from.
//
//go:embed weights.json
var shipped []byte

// Weights are what is learned of ranking: a linear score, and trees that are
// added to it (gradient boosting, Friedman 2001).
type Weights struct {
	Features []string  `json:"features"` // names, in the order of Vector
	Bias     float64   `json:"bias"`
	Linear   []float64 `json:"linear"`
	Trees    []Tree    `json:"trees"`
}

// A Tree asks of one feature at each inner node whether it is at most a
// threshold; children are numbers of nodes, or -1-i for leaf i.
type Tree struct {
	Feature   []int     `json:"f"`
	Threshold []float64 `json:"t"`
	Left      []int     `json:"l"`
	Right     []int     `json:"r"`
	Leaf      []float64 `json:"v"`
}

// at returns the value of the leaf that x falls into.
func (t *Tree) at(x []float64) float64 {
	if len(t.Feature) == 0 {
		return 0
	}
	n := 0
	for n >= 0 {
		if x[t.Feature[n]] <= t.Threshold[n] {
			n = t.Left[n]
		} else {
			n = t.Right[n]
		}
	}
	return t.Leaf[-1-n]
}

// Parse reads weights. The error says what does not fit.
func Parse(data []byte) (*Weights, error) {
	w := &Weights{}
	if err := json.Unmarshal(data, w); err != nil {
		return nil, fmt.Errorf("weights are no JSON: %w", err)
	}
	if len(w.Features) != len(names) || len(w.Linear) != len(names) {
		return nil, fmt.Errorf("weights are of %d features and %d numbers, there are %d features: run `make weights`", len(w.Features), len(w.Linear), len(names))
	}
	for i, n := range w.Features {
		if n != names[i] {
			return nil, fmt.Errorf("weight %d is of %q, the feature is %q: run `make weights`", i, n, names[i])
		}
	}
	for i := range w.Trees {
		if err := w.Trees[i].check(len(names)); err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
	}
	return w, nil
}

// check makes sure that at comes to a leaf.
func (t *Tree) check(features int) error {
	n := len(t.Feature)
	if len(t.Threshold) != n || len(t.Left) != n || len(t.Right) != n || len(t.Leaf) != n+1 {
		return fmt.Errorf("its parts are of different lengths")
	}
	for i := range n {
		if t.Feature[i] < 0 || t.Feature[i] >= features {
			return fmt.Errorf("node %d asks for feature %d of %d", i, t.Feature[i], features)
		}
		for _, c := range []int{t.Left[i], t.Right[i]} {
			if c <= i && c >= 0 || c >= n || -1-c > n {
				return fmt.Errorf("node %d has child %d", i, c)
			}
		}
	}
	return nil
}

// shippedWeights are read when they are first needed: not while an editor waits
// for the server to start. They are part of the program; tests read them too, so
// that they cannot be wrong in use.
var shippedWeights = sync.OnceValue(func() *Weights {
	w, err := Parse(shipped)
	if err != nil {
		panic(err)
	}
	return w
})

// linear is the linear score of x.
func (w *Weights) linear(x []float64) float64 {
	s := w.Bias
	for i, v := range x {
		s += w.Linear[i] * v
	}
	return s
}

// score is the whole score of x.
func (w *Weights) score(x []float64) float64 {
	s := w.linear(x)
	for i := range w.Trees {
		s += w.Trees[i].at(x)
	}
	return s
}

// Rough is the linear part of the score: good enough to choose which of many
// are looked at, at a hundredth of the time.
func (f *Features) Rough() float64 { return shippedWeights().linear(f.Vector()) }

// Score ranks repairs: higher is better. It is the logarithm of the chance to be
// right over that of "none of them", before others are compared.
func (f *Features) Score() float64 { return shippedWeights().score(f.Vector()) }

// Probabilities turns the scores of the repairs found for one error into the
// chance of each to be the right one. What is left of 1 is the chance that none is.
func Probabilities(scores []float64) []float64 {
	top := 0.0
	for _, s := range scores {
		top = max(top, s)
	}
	sum := math.Exp(-top)
	out := make([]float64, len(scores))
	for i, s := range scores {
		out[i] = math.Exp(s - top)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}
