package rank

import (
	"math"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func ago(days int, v Verdict) Outcome {
	return Outcome{Verdict: v, Time: now.AddDate(0, 0, -days)}
}

func TestPosterior(t *testing.T) {
	held := []Outcome{ago(0, Applied), ago(0, Held)}
	undone := []Outcome{ago(0, Undone)}
	prior := Prior(.6)
	if m := Posterior(prior, nil, now).Mean(); math.Abs(m-.6) > 1e-9 {
		t.Errorf("without outcomes the mean is %v, want the score, .6", m)
	}
	if Posterior(prior, held, now).Mean() <= prior.Mean() {
		t.Error("a repair that held is believed less")
	}
	if Posterior(prior, undone, now).Mean() >= prior.Mean() {
		t.Error("a repair that was undone is believed more")
	}
	fresh, old := Posterior(prior, undone, now).Mean(), Posterior(prior, []Outcome{ago(180, Undone)}, now).Mean()
	if old <= fresh {
		t.Errorf("an old failure weighs as much as a new one: %v, %v", old, fresh)
	}
	// After one half-life one failure counts a half: Beta(1.2, 0.8 + 0.5).
	if want := 1.2 / 2.5; math.Abs(old-want) > 1e-6 {
		t.Errorf("after a half-life the mean is %v, want %v", old, want)
	}
	// One lucky case does not come before many good ones.
	lucky := Posterior(Prior(.5), held, now)
	many := Posterior(Prior(.5), append(append(append([]Outcome{}, held...), held...), append(held, held...)...), now)
	if lucky.Lower() >= many.Lower() {
		t.Errorf("lower quantiles: one case %v, four %v", lucky.Lower(), many.Lower())
	}
}

// Quantiles of distributions whose quantiles are known in closed form.
func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		b       Beta
		q, want float64
	}{
		{Beta{1, 1}, .2, .2},
		{Beta{2, 1}, .25, .5},                 // x²
		{Beta{1, 2}, .75, .5},                 // 1-(1-x)²
		{Beta{5, 1}, .2, math.Pow(.2, 1.0/5)}, // x⁵
		{Beta{40, 1}, .5, math.Pow(.5, 1.0/40)},
		{Beta{3, 3}, .5, .5},
	} {
		if got := c.b.Quantile(c.q); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("Beta(%v, %v) at %v: %v, want %v", c.b.For, c.b.Against, c.q, got, c.want)
		}
	}
}

func TestRetired(t *testing.T) {
	for _, c := range []struct {
		name     string
		outcomes []Outcome
		want     bool
	}{
		{"nothing known", nil, false},
		{"undone once", []Outcome{ago(1, Undone)}, false},
		{"undone twice", []Outcome{ago(1, Undone), ago(2, Undone)}, true},
		{"undone twice long ago", []Outcome{ago(700, Undone), ago(720, Undone)}, false},
		{"held more often", []Outcome{ago(1, Undone), ago(2, CameBack), ago(1, Applied), ago(1, Held), ago(2, Applied), ago(2, Held), ago(2, Applied), ago(2, Held)}, false},
		{"only ignored", []Outcome{ago(1, Ignored), ago(1, Ignored), ago(1, Ignored)}, false},
	} {
		if got := Retired(c.outcomes, now); got != c.want {
			t.Errorf("%s: retired %v, want %v", c.name, got, c.want)
		}
	}
}
