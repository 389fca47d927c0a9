package rank

import (
	"math"
	"testing"
)

// The break-even is where showing is worth what silence is.
func TestValue(t *testing.T) {
	for _, c := range []struct {
		name                 string
		chance, undone, want float64
	}{
		{"surely right", 1, 1, .75},
		{"surely wrong and ignored", 0, 0, -.25},
		{"surely wrong and undone", 0, 1, -1},
		{"break-even when all are ignored", .25, 0, 0},
		{"break-even when all are undone", 4.0 / 7, 1, 0},
		{"half of each", .5, .5, .375 - .5*.625},
	} {
		if got := Default.Value(c.chance, c.undone); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestShowUnasked(t *testing.T) {
	at := func(floor float64) Policy { return Policy{Unasked: floor} }
	for _, c := range []struct {
		name   string
		policy Policy
		chance float64
		loses  bool
		want   bool
	}{
		{"above the floor", Default, .81, false, true},
		{"worth more than silence, below the floor", Default, .79, false, false},
		{"loses what was written", Default, .99, true, false},
		{"a lower floor", at(.6), .61, false, true},
		{"a floor below the break-even, above it", at(.1), .58, false, true},
		{"a floor below the break-even, below it", at(.1), .57, false, false},
		{"a higher floor", at(.95), .9, false, false},
	} {
		if got := c.policy.ShowUnasked(c.chance, c.loses); got != c.want {
			t.Errorf("%s: shown %v, want %v", c.name, got, c.want)
		}
	}
}
