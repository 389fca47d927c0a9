package rank

import (
	"math"
	"time"
)

// HalfLife is after how long an outcome counts half: LEARNING.md section 3,
// row "fix_effectiveness".
const HalfLife = 180 * 24 * time.Hour

// A Verdict is what became of a repair that was applied or offered.
type Verdict string

// The verdicts, with what each says for or against the repair.
const (
	Applied  Verdict = "applied"   // taken; says little until it held
	Held     Verdict = "held"      // still there when the waiting time was over
	Undone   Verdict = "undone"    // the region went back to its text
	CameBack Verdict = "came_back" // the error was there again
	Ignored  Verdict = "ignored"   // seen and not taken
)

// An Outcome is one verdict and when it was given.
type Outcome struct {
	Verdict Verdict
	Time    time.Time
}

// Good reports whether the outcome speaks for the repair.
func (o Outcome) Good() bool { return evidence[o.Verdict][0] > 0 }

// evidence is how much each verdict adds for (first) and against (second).
// Ignored is weak: most who ignore a menu never read it.
var evidence = map[Verdict][2]float64{
	Applied:  {0.5, 0},
	Held:     {0.5, 0},
	Undone:   {0, 1},
	CameBack: {0, 1},
	Ignored:  {0, 0.1},
}

// A Beta is a Beta distribution over the chance that a repair holds.
type Beta struct{ For, Against float64 }

// Prior is the Beta distribution that stands for a probability believed as
// firmly as two observations.
func Prior(probability float64) Beta {
	p := min(max(probability, .01), .99)
	return Beta{For: 2 * p, Against: 2 * (1 - p)}
}

// Posterior is prior after outcomes, each decayed by its age at now (paper 2.1
// set effectiveness to 1.0 and never updated it).
func Posterior(prior Beta, outcomes []Outcome, now time.Time) Beta {
	for _, o := range outcomes {
		age := max(now.Sub(o.Time), 0)
		decay := math.Exp2(-float64(age) / float64(HalfLife))
		w := evidence[o.Verdict]
		prior.For += w[0] * decay
		prior.Against += w[1] * decay
	}
	return prior
}

// Mean is the expected chance.
func (b Beta) Mean() float64 { return b.For / (b.For + b.Against) }

// Lower is the lower 20% quantile: what repairs are ranked by, so that one
// lucky case does not come first.
func (b Beta) Lower() float64 { return b.Quantile(.2) }

// Quantile inverts the distribution function by bisection.
func (b Beta) Quantile(q float64) float64 {
	lo, hi := 0.0, 1.0
	for range 40 {
		mid := (lo + hi) / 2
		if incompleteBeta(b.For, b.Against, mid) < q {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// incompleteBeta is the regularised incomplete beta function by its continued
// fraction (Lentz's method; Numerical Recipes 6.4).
func incompleteBeta(a, b, x float64) float64 {
	if x <= 0 {
		return 0
	}
	if x >= 1 {
		return 1
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab - la - lb + a*math.Log(x) + b*math.Log(1-x))
	if x > (a+1)/(a+b+2) {
		return 1 - front*continuedFraction(b, a, 1-x)/b
	}
	return front * continuedFraction(a, b, x) / a
}

func continuedFraction(a, b, x float64) float64 {
	const tiny = 1e-30
	c, d := 1.0, 1-(a+b)*x/(a+1)
	if math.Abs(d) < tiny {
		d = tiny
	}
	d = 1 / d
	h := d
	for m := 1.0; m <= 200; m++ {
		for _, num := range [2]float64{
			m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m)),
			-(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1)),
		} {
			d = 1 + num*d
			if math.Abs(d) < tiny {
				d = tiny
			}
			c = 1 + num/c
			if math.Abs(c) < tiny {
				c = tiny
			}
			d = 1 / d
			h *= d * c
			if math.Abs(d*c-1) < 1e-12 && num < 0 {
				return h
			}
		}
	}
	return h
}

// retireAfter is how much must have gone against a repair before it retires:
// two failures of the last months, one of which may be half forgotten.
const retireAfter = 1.5

// Retired reports whether a repair stopped holding: what was seen of it in use
// speaks against it by more than one failure, and by more than for it. It comes
// back when its failures fade (HalfLife).
func Retired(outcomes []Outcome, now time.Time) bool {
	seen := Posterior(Beta{}, outcomes, now)
	return seen.Against >= retireAfter && seen.Against > seen.For
}
