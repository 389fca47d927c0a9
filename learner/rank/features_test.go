package rank

import (
	"math"
	"reflect"
	"testing"
)

func TestVector(t *testing.T) {
	var f Features
	v := reflect.ValueOf(&f).Elem()
	for i := range v.NumField() {
		v.Field(i).SetFloat(float64(i + 1))
	}
	for i, got := range f.Vector() {
		if got != float64(i+1) {
			t.Errorf("number %d of the vector is %v, not %s", i, got, names[i])
		}
	}
	if len(f.Vector()) != len(names) {
		t.Errorf("%d numbers of %d features", len(f.Vector()), len(names))
	}
}

func TestProbabilities(t *testing.T) {
	p := Probabilities([]float64{2, 1, -1000})
	sum := p[0] + p[1] + p[2]
	if !(p[0] > p[1] && p[1] > p[2] && sum < 1 && sum > .9) {
		t.Errorf("got %v", p)
	}
	// One repair with even odds against none.
	if p := Probabilities([]float64{0}); math.Abs(p[0]-.5) > 1e-9 {
		t.Errorf("got %v", p)
	}
	if p := Probabilities([]float64{1e6, -1e6}); math.IsNaN(p[0]) || math.IsNaN(p[1]) {
		t.Errorf("got %v", p)
	}
}

// TestOrder: what LEARNING.md section 2 says is worse is worse.
func TestOrder(t *testing.T) {
	base := Features{Message: 1, Kind: 1, Shape: 1}
	for name, worse := range map[string]Features{
		"another place":     {Message: 1, Kind: 1, Shape: 1, Place: 2},
		"foreign names":     {Message: 1, Kind: 1, Shape: 1, Foreign: 1},
		"new syntax errors": {Message: 1, Kind: 1, Shape: 1, Errors: 1},
		"it failed before":  {Message: 1, Kind: 1, Shape: 1, Logit: -1, Fails: 1},
		"anything goes":     {Message: 1, Kind: 1, Shape: 1, LooseAll: 1},
	} {
		if worse.Score() >= base.Score() {
			t.Errorf("%s is not worse", name)
		}
	}
}

func TestPolicy(t *testing.T) {
	if Default.ShowUnasked(.9, true) || !Default.ShowUnasked(.9, false) || Default.ShowUnasked(.7, false) {
		t.Error("unasked: only from .8, never what only deletes")
	}
	if Default.ShowOnRequest(Default.OnRequest, Default.Limit) || !Default.ShowOnRequest(Default.OnRequest, 0) {
		t.Error("on request: up to the limit")
	}
}
