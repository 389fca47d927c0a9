package replay

import (
	"context"
	"encoding/json"
	"fmt"
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
	for key := range strings.FieldsSeq("cases answered top1 top3 exact shown shown_right noop verbatim format_only null_range p50_ms p99_ms learn_ms patterns sources") {
		if !strings.Contains(string(b), `"`+key+`":`) {
			t.Errorf("no %s in %s", key, b)
		}
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
