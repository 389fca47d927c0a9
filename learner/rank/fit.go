package rank

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
)

// A Case is one error of which the repair is known.
type Case struct {
	Candidates []Features
	Right      int // which of them is right, -1 for none
}

// FitOptions bound a fit. The zero value gives the defaults.
type FitOptions struct {
	Rounds int // trees, 400
	Seed   uint64
}

// What the trees are grown with. Of 200 to 400 rounds and 8 to 16 leaves, on
// folds by code (28,808 errors, with another implementation of the same), these were
// the best or within .001 of it.
const (
	rounds      = 400
	rate        = .05
	leaves      = 8
	minLeaf     = 100  // candidates
	leafL2      = 10.0 // added to the sum of second derivatives
	rowShare    = .7   // of the cases that each tree sees
	columnShare = .5   // of the features
	bins        = 64
	linearSteps = 400
	linearL2    = 1e-4
)

// Fit learns weights by maximum likelihood of the right choice, which is one of
// the candidates or "none of them", whose score is 0: first those of the linear
// score, then trees that correct it. The same cases and seed give the same
// weights.
func Fit(cases []Case, o FitOptions) *Weights {
	if o.Rounds <= 0 {
		o.Rounds = rounds
	}
	d := newTable(cases)
	w := &Weights{Features: slices.Clone(names), Linear: make([]float64, len(names))}
	d.fitLinear(w)
	r := rand.New(rand.NewPCG(o.Seed, 1)) //nolint:gosec // the same seed gives the same weights
	score := make([]float64, len(d.right))
	for i := range score {
		score[i] = w.linear(d.x[i])
	}
	g := newGrower(d)
	for range o.Rounds {
		t := g.grow(score, r)
		if len(t.Feature) == 0 {
			continue
		}
		for i := range score {
			score[i] += t.at(d.x[i])
		}
		w.Trees = append(w.Trees, t)
	}
	return w
}

// A table is the candidates of all cases in one.
type table struct {
	x     [][]float64
	right []float64
	first []int // of each case, its first candidate; one more at the end
}

func newTable(cases []Case) *table {
	d := &table{}
	for _, c := range cases {
		d.first = append(d.first, len(d.x))
		for i := range c.Candidates {
			d.x = append(d.x, c.Candidates[i].Vector())
			d.right = append(d.right, 0)
			if i == c.Right {
				d.right[len(d.right)-1] = 1
			}
		}
	}
	d.first = append(d.first, len(d.x))
	return d
}

// chances turns scores into the chance of each candidate within its case.
func (d *table) chances(score, out []float64) {
	for c := 0; c+1 < len(d.first); c++ {
		a, b := d.first[c], d.first[c+1]
		top := 0.0
		for i := a; i < b; i++ {
			top = max(top, score[i])
		}
		sum := math.Exp(-top)
		for i := a; i < b; i++ {
			out[i] = math.Exp(score[i] - top)
			sum += out[i]
		}
		for i := a; i < b; i++ {
			out[i] /= sum
		}
	}
}

// fitLinear descends the gradient over standardised features (Adam, Kingma and
// Ba 2015, on all cases at once).
func (d *table) fitLinear(w *Weights) {
	n, k := len(d.x), len(names)
	if n == 0 {
		return
	}
	mean, dev := make([]float64, k), make([]float64, k)
	for _, x := range d.x {
		for j, v := range x {
			mean[j] += v / float64(n)
		}
	}
	for _, x := range d.x {
		for j, v := range x {
			dev[j] += (v - mean[j]) * (v - mean[j]) / float64(n)
		}
	}
	z := make([][]float64, n)
	for j := range dev {
		dev[j] = math.Sqrt(dev[j]) + 1e-9
	}
	for i, x := range d.x {
		z[i] = make([]float64, k+1)
		for j, v := range x {
			z[i][j] = (v - mean[j]) / dev[j]
		}
		z[i][k] = 1
	}
	u, m, v := make([]float64, k+1), make([]float64, k+1), make([]float64, k+1)
	score, p := make([]float64, n), make([]float64, n)
	cases := float64(len(d.first) - 1)
	for range linearSteps {
		for i, row := range z {
			score[i] = 0
			for j, v := range row {
				score[i] += u[j] * v
			}
		}
		d.chances(score, p)
		grad := make([]float64, k+1)
		for i, row := range z {
			diff := (p[i] - d.right[i]) / cases
			for j, v := range row {
				grad[j] += diff * v
			}
		}
		for j := range u {
			g := grad[j] + linearL2*u[j]
			m[j] = .9*m[j] + .1*g
			v[j] = .99*v[j] + .01*g*g
			u[j] -= .05 * m[j] / (math.Sqrt(v[j]) + 1e-6)
		}
	}
	w.Bias = u[k]
	for j := range k {
		w.Linear[j] = u[j] / dev[j]
		w.Bias -= u[j] * mean[j] / dev[j]
	}
}

// A grower grows trees on a table whose features are put into bins.
type grower struct {
	d          *table
	bin        [][]uint8 // by feature, by candidate
	limit      [][]float64
	p          []float64
	grad, hess []float64
}

func newGrower(d *table) *grower {
	g := &grower{d: d, p: make([]float64, len(d.x)), grad: make([]float64, len(d.x)), hess: make([]float64, len(d.x))}
	values := make([]float64, len(d.x))
	for j := range names {
		for i, x := range d.x {
			values[i] = x[j]
		}
		sorted := slices.Clone(values)
		slices.Sort(sorted)
		distinct := slices.Compact(slices.Clone(sorted))
		var limit []float64 // a value is in the first bin whose limit it does not exceed
		if len(distinct) <= bins {
			for i := 0; i+1 < len(distinct); i++ {
				limit = append(limit, (distinct[i]+distinct[i+1])/2)
			}
		} else {
			for b := 1; b < bins; b++ {
				v := sorted[b*len(sorted)/bins]
				if len(limit) == 0 || v > limit[len(limit)-1] {
					limit = append(limit, v)
				}
			}
		}
		bin := make([]uint8, len(values))
		for i, v := range values {
			bin[i] = uint8(sort.SearchFloat64s(limit, v))
		}
		g.limit = append(g.limit, limit)
		g.bin = append(g.bin, bin)
	}
	return g
}

// A leaf of a tree that grows.
type growing struct {
	rows       []int32
	grad, hess float64
	gain       float64
	feature    int
	at         int // the last bin that goes left
	parent     int // node and side that it hangs from, -1 for the root
	right      bool
}

// grow makes one tree: the leaf whose best split gains most is split next.
func (g *grower) grow(score []float64, r *rand.Rand) Tree {
	g.d.chances(score, g.p)
	for i, p := range g.p {
		g.grad[i], g.hess[i] = p-g.d.right[i], max(p*(1-p), 1e-3)
	}
	root := growing{parent: -1}
	for c := 0; c+1 < len(g.d.first); c++ {
		if r.Float64() < rowShare {
			for i := g.d.first[c]; i < g.d.first[c+1]; i++ {
				root.rows = append(root.rows, int32(i))
			}
		}
	}
	columns := r.Perm(len(names))[:int(float64(len(names))*columnShare)]
	slices.Sort(columns)
	g.split(&root, columns)
	list := []growing{root}
	var t Tree
	for len(list) < leaves {
		best := -1
		for i := range list {
			if list[i].gain > 0 && (best < 0 || list[i].gain > list[best].gain) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		l := list[best]
		node := len(t.Feature)
		t.Feature = append(t.Feature, l.feature)
		t.Threshold = append(t.Threshold, g.limit[l.feature][l.at])
		t.Left, t.Right = append(t.Left, 0), append(t.Right, 0)
		t.hang(l.parent, l.right, node)
		a, b := growing{parent: node}, growing{parent: node, right: true}
		for _, i := range l.rows {
			if int(g.bin[l.feature][i]) <= l.at {
				a.rows = append(a.rows, i)
			} else {
				b.rows = append(b.rows, i)
			}
		}
		g.split(&a, columns)
		g.split(&b, columns)
		list[best] = a
		list = append(list, b)
	}
	if len(t.Feature) == 0 {
		return Tree{}
	}
	for i, l := range list {
		t.hang(l.parent, l.right, -1-i)
		t.Leaf = append(t.Leaf, -rate*l.grad/(l.hess+leafL2))
	}
	return t
}

// hang makes child the left or right one of a node.
func (t *Tree) hang(parent int, right bool, child int) {
	switch {
	case parent < 0:
	case right:
		t.Right[parent] = child
	default:
		t.Left[parent] = child
	}
}

// split finds the best split of a leaf; its gain is 0 when there is none.
func (g *grower) split(l *growing, columns []int) {
	l.grad, l.hess, l.gain = 0, 0, 0
	for _, i := range l.rows {
		l.grad += g.grad[i]
		l.hess += g.hess[i]
	}
	if len(l.rows) < 2*minLeaf {
		return
	}
	whole := l.grad * l.grad / (l.hess + leafL2)
	var grad, hess [bins + 1]float64
	var count [bins + 1]int
	for _, j := range columns {
		n := len(g.limit[j]) + 1
		clear(grad[:n])
		clear(hess[:n])
		clear(count[:n])
		bin := g.bin[j]
		for _, i := range l.rows {
			b := bin[i]
			grad[b] += g.grad[i]
			hess[b] += g.hess[i]
			count[b]++
		}
		lg, lh, lc := 0.0, 0.0, 0
		for b := 0; b+1 < n; b++ {
			lg, lh, lc = lg+grad[b], lh+hess[b], lc+count[b]
			if lc < minLeaf || len(l.rows)-lc < minLeaf {
				continue
			}
			rg, rh := l.grad-lg, l.hess-lh
			if gain := lg*lg/(lh+leafL2) + rg*rg/(rh+leafL2) - whole; gain > l.gain+1e-9 {
				l.gain, l.feature, l.at = gain, j, b
			}
		}
	}
}

// Round shortens the numbers of w to what a file needs.
func (w *Weights) Round() {
	short := func(v float64) float64 {
		if v == 0 {
			return 0
		}
		scale := math.Pow(10, 4-math.Floor(math.Log10(math.Abs(v))))
		return math.Round(v*scale) / scale
	}
	w.Bias = short(w.Bias)
	for i := range w.Linear {
		w.Linear[i] = short(w.Linear[i])
	}
	for i := range w.Trees {
		t := &w.Trees[i]
		for k := range t.Threshold {
			t.Threshold[k] = short(t.Threshold[k])
		}
		for k := range t.Leaf {
			t.Leaf[k] = short(t.Leaf[k])
		}
	}
}

// Chances are the chances that w gives the candidates of one error.
func (w *Weights) Chances(candidates []Features) []float64 {
	scores := make([]float64, len(candidates))
	for i := range candidates {
		scores[i] = w.score(candidates[i].Vector())
	}
	return Probabilities(scores)
}
