package learner

import (
	"slices"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/learner/pattern"
)

// TestSourcesInTheirOrder: on equal evidence what a person did comes first, and
// what broken code or a file taught comes behind all else.
func TestSourcesInTheirOrder(t *testing.T) {
	r := &rule{support: map[string]support{
		"typed": {origin: analysis.OriginTyped}, "agent": {origin: analysis.OriginAgent}, "history": {origin: analysis.OriginHistory},
		"self": {origin: analysis.OriginSelf}, "import": {origin: analysis.OriginImport}, "file": {origin: analysis.OriginImport, file: true},
	}}
	var list []ranked
	for _, c := range []struct {
		lower    float64
		examples []string
	}{
		{.99, []string{"file"}},
		{.90, []string{"import", "file"}},
		{.95, []string{"self"}},
		{.51, []string{"history"}},
		{.50, []string{"self", "typed"}},
		{.60, []string{"history", "self"}},
		{.40, []string{"agent"}},
	} {
		list = append(list, ranked{lower: c.lower, source: r.source(c.examples), Proposal: pattern.Proposal{Examples: c.examples}})
	}
	sortRanked(list)
	var got []float64
	for _, c := range list {
		got = append(got, c.lower)
	}
	if want := []float64{.60, .50, .51, .40, .95, .90, .99}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestForeignStrings: an edit that nobody made here and that brings a string of
// its own is for who asks.
func TestForeignStrings(t *testing.T) {
	doc := &analysis.Document{Language: "go", Text: "package a\n\nimport \"strconv\"\n\nvar _ = show(n)\n"}
	for _, c := range []struct {
		new  string
		from source
		want bool
	}{
		{`"https://example.com"`, fromHistory, true},
		{`"https://example.com"`, fromPerson, false},
		{`strconv.Itoa(n)`, fromHistory, false},
		{`"strconv"`, fromSelf, false},
		{"`rm -r`", fromImport, true},
	} {
		r := ranked{source: c.from, Proposal: pattern.Proposal{Edits: []analysis.Edit{{New: c.new}}}}
		if got := r.foreign(doc); got != c.want {
			t.Errorf("%s from %d: %v", c.new, c.from, got)
		}
	}
}
