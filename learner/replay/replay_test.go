package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func row(id, before, after string, start, end int) string {
	b, _ := json.Marshal(before)
	a, _ := json.Marshal(after)
	return fmt.Sprintf(`{"id":%q,"language":"python","source":"s","code":"E711","message":"Comparison to None","range":{"start":{"line":0,"character":%d},"end":{"line":0,"character":%d}},"before":%s,"after":%s}`, id, start, end, b, a)
}

func TestReadNamesTheLine(t *testing.T) {
	rows, err := Read(strings.NewReader(row("a", "x == None\n", "x is None\n", 0, 9) + "\n\n{broken\n"))
	if len(rows) != 1 || err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if d := rows[0].Diagnostic(); d.Span.Start != 0 || d.Span.End != 9 || d.NoSpan {
		t.Errorf("diagnostic %+v", d)
	}
}

func TestSplit(t *testing.T) {
	var rows []Row
	for i := range 40 {
		rows = append(rows, Row{ID: fmt.Sprint(i), Source: "s", Code: "c", Before: fmt.Sprint("x", i/2), After: "y"})
	}
	learn, ask := Split(rows)
	if len(learn)+len(ask) != 40 || len(learn) < 8 || len(ask) < 8 {
		t.Fatalf("%d and %d rows", len(learn), len(ask))
	}
	for _, a := range ask {
		if slices.ContainsFunc(learn, func(l Row) bool { return l.Before == a.Before }) {
			t.Errorf("%s is on both sides", a.Before)
		}
	}
}

func TestEval(t *testing.T) {
	read := func(lines ...string) []Row {
		rows, err := Read(strings.NewReader(strings.Join(lines, "\n")))
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	train := read(row("1", "x == None\n", "x is None\n", 0, 9), row("2", "f(a) == None\n", "f(a) is None\n", 0, 12))
	null := read(row("5", "z == None\n", "z is None\n", 0, 9))
	null[0].Range = nil
	asked := append(slices.Clip(null), read(
		row("3", "q.w == None  # c\n", "q.w is None  # c\n", 0, 11),
		row("4", "1  == 2\n", "1 == 2\n", 0, 7),
	)...)
	r, err := Eval(context.Background(), train, asked, Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := r.Sources["s"]
	if c.Cases != 1 || c.Top1 != 1 || c.Top3 != 1 || c.Exact != 1 || c.FormatOnly != 1 || c.NullRange != 1 || c.Noop != 0 || r.Cases != 1 || c.Patterns == 0 {
		t.Errorf("got %+v", c)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for key := range strings.FieldsSeq("cases answered top1 top3 exact shown shown_right noop verbatim format_only null_range p50_ms p99_ms learn_ms patterns value calibration ece taught k sources languages") {
		if !strings.Contains(string(b), `"`+key+`":`) {
			t.Errorf("no %s in %s", key, b)
		}
	}
}

// TestGroups: sources and languages are two ways to part the same rows, and what
// is said of all is the sum of either.
func TestGroups(t *testing.T) {
	read := func(id, language, source, before, after string) Row {
		r := Row{ID: id, Language: language, Source: source, Code: "E711", Message: "Comparison to None", Before: before, After: after, Range: &Range{}}
		r.Range.End.Character = len(strings.TrimSpace(before))
		return r
	}
	train := []Row{
		read("1", "javascript", "s", "x == None;\n", "x === None;\n"), read("2", "javascript", "s", "f(a) == None;\n", "f(a) === None;\n"),
		read("3", "javascript", "t", "y == None;\n", "y === None;\n"),
	}
	asked := []Row{
		read("4", "javascript", "s", "q.w == None;\n", "q.w === None;\n"),
		read("5", "typescript", "s", "v == None;\n", "v === None;\n"),
		read("6", "typescript", "t", "w == None;\n", "w = None;\n"), // not what was taught
		read("7", "typescript", "t", "u == None;\n", "u  ==  None;\n"),
	}
	r, err := Eval(context.Background(), train, asked, Options{K: 5})
	if err != nil {
		t.Fatal(err)
	}
	if r.K != 5 || r.Cases != 3 || r.Top1 != 2 || r.FormatOnly != 1 {
		t.Errorf("got %+v", r.Counts)
	}
	for name, c := range map[string]struct{ cases, top1 int }{"s": {2, 2}, "t": {1, 0}} {
		if got := r.Sources[name]; got.Cases != c.cases || got.Top1 != c.top1 {
			t.Errorf("source %s: %+v", name, got)
		}
	}
	for name, c := range map[string]struct{ cases, top1 int }{"javascript": {1, 1}, "typescript": {2, 1}} {
		if got := r.Languages[name]; got.Cases != c.cases || got.Top1 != c.top1 {
			t.Errorf("language %s: %+v", name, got)
		}
	}
	if n := r.Taught; n.Cases != 3 || n.Top1 != 2 {
		t.Errorf("taught: %+v", n)
	}
	// What another source taught of the rule may be right, but is no row of this one.
	if other, err := Eval(context.Background(), train[2:], asked[:1], Options{}); err != nil || other.Cases != 1 || other.Taught != (Part{}) {
		t.Errorf("not taught: %+v, %v", other.Counts, err)
	}
	for name, group := range map[string]map[string]*Counts{"sources": r.Sources, "languages": r.Languages} {
		n, right, value := 0, 0, 0.0
		for _, c := range group {
			value += c.Value
			for _, b := range c.Calibration {
				n, right = n+b.N, right+b.Right
			}
		}
		if n != r.Answered || right != r.Top1 || value != r.Value {
			t.Errorf("%s: %d answers, %d right, worth %v; of all %d, %d, %v", name, n, right, value, r.Answered, r.Top1, r.Value)
		}
	}
}

func TestCalibration(t *testing.T) {
	answered := func(chance float64, right int) *Counts {
		c := &Counts{}
		c.Calibration[binOf(chance)] = Bin{N: 1, Right: right, sum: chance}
		return c
	}
	var c Counts
	for _, o := range []*Counts{answered(.91, 1), answered(.97, 0), answered(1, 1), answered(.1, 0), answered(0, 0), {Shown: 3, ShownRight: 2}} {
		c.add(o)
	}
	c.finish()
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
	if b := c.Calibration[9]; b.From != .9 || b.N != 3 || b.Right != 2 || !near(b.Said, .96) {
		t.Errorf("the last bin is %+v", b)
	}
	if b := c.Calibration[1]; b.From != .1 || b.N != 1 || b.Right != 0 || !near(b.Said, .1) {
		t.Errorf("the second bin is %+v", b)
	}
	// 3/5 of |.96-2/3| and 1/5 of |.1-0|.
	if want := .6*(.96-2.0/3) + .2*.1; !near(c.ECE, want) {
		t.Errorf("ECE %v, want %v", c.ECE, want)
	}
	if !near(c.Value, 2*.75-.25) {
		t.Errorf("two right and one wrong are worth %v", c.Value)
	}
	var none Counts
	none.finish()
	if none.ECE != 0 || none.Calibration[3] != (Bin{From: .3}) {
		t.Errorf("of nothing: %+v", none)
	}
}

func TestTokens(t *testing.T) {
	for _, c := range []struct {
		language, a, b string
		equal          bool
	}{
		{"go", "x  :=  1 // c", "x := 1", true},
		{"go", "x := 1", "x := 2", false},
		{"go", "f(\"a b\")", "f(\"ab\")", false},
		{"python", "if a:\n    b\n    c\n", "if a:\n  b\n  c\n", true},
		{"python", "if a:\n    b\n    c\n", "if a:\n    b\nc\n", false},
		{"python", "f(a,\n  b)\n", "f(a, b)\n", true},
		{"javascript", "a()\nb()", "a()\n\nb()", true},
		{"javascript", "return\nx", "return x", false},
		{"javascript", "f(a,\n b);", "f(a, b);", true},
		{"quux", "a  b", "a b", true},
	} {
		got := slices.Equal(Tokens(context.Background(), c.language, c.a), Tokens(context.Background(), c.language, c.b))
		if got != c.equal {
			t.Errorf("%s: %q and %q: equal is %v", c.language, c.a, c.b, got)
		}
	}
}
