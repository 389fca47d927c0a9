package textedit

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dejafix/dejafix/analysis"
)

func edit(start, end int, text string) analysis.Edit {
	return analysis.Edit{Span: analysis.Span{Start: start, End: end}, New: text}
}

func TestApply(t *testing.T) {
	for _, c := range []struct {
		name  string
		text  string
		edits []analysis.Edit
		want  string
		fails bool
	}{
		{"nothing", "abc", nil, "abc", false},
		{"insert", "abc", []analysis.Edit{edit(1, 1, "X")}, "aXbc", false},
		{"two at one place keep their order", "ab", []analysis.Edit{edit(1, 1, "X"), edit(1, 1, "Y")}, "aXYb", false},
		{"touching", "abcd", []analysis.Edit{edit(0, 2, "X"), edit(2, 4, "Y")}, "XY", false},
		{"overlap", "abcd", []analysis.Edit{edit(0, 3, "X"), edit(2, 4, "Y")}, "", true},
		{"out of order", "abcd", []analysis.Edit{edit(3, 4, "X"), edit(0, 1, "Y")}, "", true},
		{"past the end", "abcd", []analysis.Edit{edit(3, 5, "X")}, "", true},
		{"negative", "abcd", []analysis.Edit{edit(-1, 0, "X")}, "", true},
		{"backwards", "abcd", []analysis.Edit{edit(2, 1, "X")}, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Apply(c.text, c.edits)
			if (err != nil) != c.fails || got != c.want {
				t.Errorf("Apply = %q, %v; want %q, fails %v", got, err, c.want, c.fails)
			}
		})
	}
}

func TestSorted(t *testing.T) {
	in := []analysis.Edit{edit(4, 5, "c"), edit(2, 3, "r"), edit(2, 2, "i"), edit(2, 2, "j")}
	got, err := Apply("abcdefg", Sorted(in))
	if want := "abijrdcfg"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

// computeCases are what a person would call the edit.
var computeCases = []struct {
	name, before, after string
	want                []analysis.Edit
}{
	{"equal", "abc", "abc", nil},
	{"into nothing", "abc", "", []analysis.Edit{edit(0, 3, "")}},
	{"from nothing", "", "abc", []analysis.Edit{edit(0, 0, "abc")}},
	{"wrap", "f(x)\n", "f(strconv.Itoa(x))\n", []analysis.Edit{edit(2, 2, "strconv.Itoa("), edit(3, 3, ")")}},
	{"word end", "fooBar\n", "fooBaz\n", []analysis.Edit{edit(5, 6, "z")}},
	{"whole line in", "a {\n\tb()\n}\n", "a {\n\tb()\n\tc()\n}\n", []analysis.Edit{edit(9, 9, "\tc()\n")}},
	{"whole line in before a like one", "a {\n\tb()\n\td()\n}\n", "a {\n\tb()\n\tc()\n\td()\n}\n", []analysis.Edit{edit(9, 9, "\tc()\n")}},
	{"whole line out", "a\nb\nc\n", "a\nc\n", []analysis.Edit{edit(2, 4, "")}},
	{"two places", "one(a)\nx\ny\ntwo(b)\n", "one(c)\nx\ny\ntwo(d)\n", []analysis.Edit{edit(4, 5, "c"), edit(15, 16, "d")}},
	{"line ends", "a\r\nb\r\n", "a\nb\n", []analysis.Edit{edit(1, 3, "\n"), edit(4, 6, "\n")}},
	{"last line end", "a\nb", "a\nb\n", []analysis.Edit{edit(3, 3, "\n")}},
	{"characters stay whole", "é", "è", []analysis.Edit{edit(0, 2, "è")}},
	{"astral", "x😀y", "x😁y", []analysis.Edit{edit(1, 5, "😁")}},
	{"argument", "f(a, a)\n", "f(a, a, a)\n", []analysis.Edit{edit(6, 6, ", a")}},
}

func TestCompute(t *testing.T) {
	for _, c := range computeCases {
		t.Run(c.name, func(t *testing.T) {
			got := Compute(c.before, c.after)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("Compute(%q, %q), -want +got:\n%s", c.before, c.after, d)
			}
			checkCompute(t, c.before, c.after)
		})
	}
}

// checkCompute holds what is true of Compute for every pair of texts.
func checkCompute(t interface{ Fatalf(string, ...any) }, before, after string) {
	edits := Compute(before, after)
	got, err := Apply(before, edits)
	if err != nil || got != after {
		t.Fatalf("Apply(%q, %v) = %q, %v; want %q", before, edits, got, err, after)
	}
	back, err := Apply(after, Invert(before, edits))
	if err != nil || back != before {
		t.Fatalf("Invert: %q, %v; want %q", back, err, before)
	}
	for _, e := range edits {
		if e.Span.Len() == 0 && e.New == "" {
			t.Fatalf("an edit of %q to %q does nothing", before, after)
		}
		if utf8.ValidString(before) && utf8.ValidString(after) && !utf8.ValidString(e.New) {
			t.Fatalf("the edit %v of %q to %q splits a character", e, before, after)
		}
		if splits(before, e.Span.Start) || splits(before, e.Span.End) {
			t.Fatalf("the edit %v of %q splits a character or line end", e, before)
		}
	}
}

// texts draws short texts with few letters, so that much is alike, and all
// that is difficult in them.
func texts() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{
			"a", "b", "foo", "bar", " ", "\t", "\n", "\r\n", "\r", "(", ")", "é", "😀", "\xff", "\xe2\x82", "a\n", "\tb()\n",
		}), 0, 30).Draw(t, "parts")
		return strings.Join(parts, "")
	})
}

func TestComputeApplyIsIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkCompute(t, texts().Draw(t, "before"), texts().Draw(t, "after"))
	})
}

func TestComputeIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := texts().Draw(t, "before"), texts().Draw(t, "after")
		if d := cmp.Diff(Compute(a, b), Compute(a, b)); d != "" {
			t.Fatalf("Compute differs from itself: %s", d)
		}
	})
}

func checkCompose(t interface{ Fatalf(string, ...any) }, a, b, c string) {
	composed := Compose(Compute(a, b), Compute(b, c))
	got, err := Apply(a, composed)
	if err != nil || got != c {
		t.Fatalf("from %q by %q to %q: composed %v gives %q, %v", a, b, c, composed, got, err)
	}
}

func TestCompose(t *testing.T) {
	for _, c := range []struct {
		name          string
		first, second []analysis.Edit
		want          []analysis.Edit
	}{
		{"nothing", nil, nil, nil},
		{"apart", []analysis.Edit{edit(2, 3, "XX")}, []analysis.Edit{edit(10, 11, "Y")}, []analysis.Edit{edit(2, 3, "XX"), edit(9, 10, "Y")}},
		{"typed on", []analysis.Edit{edit(2, 2, "a")}, []analysis.Edit{edit(3, 3, "b")}, []analysis.Edit{edit(2, 2, "ab")}},
		{"typed and erased", []analysis.Edit{edit(2, 2, "a")}, []analysis.Edit{edit(2, 3, "")}, nil},
		{"over an earlier one", []analysis.Edit{edit(2, 4, "a")}, []analysis.Edit{edit(1, 5, "z")}, []analysis.Edit{edit(1, 6, "z")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Compose(c.first, c.second)
			if len(got) == 0 {
				got = nil
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		checkCompose(t, texts().Draw(t, "a"), texts().Draw(t, "b"), texts().Draw(t, "c"))
	})
}

func TestMap(t *testing.T) {
	for _, c := range []struct {
		name  string
		span  [2]int
		edits []analysis.Edit
		want  [2]int
		ok    bool
	}{
		{"nothing", [2]int{2, 4}, nil, [2]int{2, 4}, true},
		{"before", [2]int{2, 4}, []analysis.Edit{edit(0, 1, "xyz")}, [2]int{4, 6}, true},
		{"after", [2]int{2, 4}, []analysis.Edit{edit(4, 5, "xyz")}, [2]int{2, 4}, true},
		{"inserted at its start", [2]int{2, 4}, []analysis.Edit{edit(2, 2, "xy")}, [2]int{4, 6}, true},
		{"inserted at its end", [2]int{2, 4}, []analysis.Edit{edit(4, 4, "xy")}, [2]int{2, 4}, true},
		{"wrapped", [2]int{2, 4}, []analysis.Edit{edit(2, 2, "f("), edit(4, 4, ")")}, [2]int{4, 6}, true},
		{"inside", [2]int{2, 6}, []analysis.Edit{edit(3, 4, "xyz")}, [2]int{2, 8}, true},
		{"its start", [2]int{2, 6}, []analysis.Edit{edit(1, 4, "x")}, [2]int{2, 4}, true},
		{"its end", [2]int{2, 6}, []analysis.Edit{edit(4, 8, "x")}, [2]int{2, 4}, true},
		{"both ends", [2]int{2, 6}, []analysis.Edit{edit(1, 3, "x"), edit(5, 8, "y")}, [2]int{2, 4}, true},
		{"all of it", [2]int{2, 4}, []analysis.Edit{edit(2, 4, "xyz")}, [2]int{2, 5}, false},
		{"more than it", [2]int{2, 4}, []analysis.Edit{edit(1, 5, "x")}, [2]int{1, 2}, false},
		{"all of it, in two", [2]int{2, 4}, []analysis.Edit{edit(1, 3, "x"), edit(3, 5, "y")}, [2]int{2, 2}, false},
		{"empty, before", [2]int{3, 3}, []analysis.Edit{edit(0, 1, "xy")}, [2]int{4, 4}, true},
		{"empty, inserted there", [2]int{3, 3}, []analysis.Edit{edit(3, 3, "xy")}, [2]int{3, 3}, true},
		{"empty, at the start of what is replaced", [2]int{3, 3}, []analysis.Edit{edit(3, 5, "x")}, [2]int{3, 3}, true},
		{"empty, inside of what is replaced", [2]int{3, 3}, []analysis.Edit{edit(2, 5, "x")}, [2]int{2, 3}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := Map(analysis.Span{Start: c.span[0], End: c.span[1]}, c.edits)
			if want := (analysis.Span{Start: c.want[0], End: c.want[1]}); got != want || ok != c.ok {
				t.Errorf("Map = %v, %v; want %v, %v", got, ok, want, c.ok)
			}
		})
	}
}

// A span that no edit touches keeps its text.
func checkMap(t interface{ Fatalf(string, ...any) }, before, after string, start, end int) {
	edits := Compute(before, after)
	span := analysis.Span{Start: start, End: end}
	got, ok := Map(span, edits)
	if got.Start < 0 || got.End < got.Start || got.End > len(after) {
		t.Fatalf("Map(%v, %v) = %v, outside of %q", span, edits, got, after)
	}
	for _, e := range edits {
		if e.Span.Overlaps(span) {
			return
		}
	}
	if !ok || before[start:end] != after[got.Start:got.End] {
		t.Fatalf("Map(%v, %v) = %v, %v: the text changed", span, edits, got, ok)
	}
}

func TestMapKeepsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := texts().Draw(t, "before"), texts().Draw(t, "after")
		start := rapid.IntRange(0, len(before)).Draw(t, "start")
		checkMap(t, before, after, start, rapid.IntRange(start, len(before)).Draw(t, "end"))
	})
}

func TestLines(t *testing.T) {
	text := "a\r\nbé😀c\rd\n\n" // lines: a, bé😀c, d, "", ""
	l := NewLines(text)
	if l.Count() != 5 {
		t.Fatalf("Count = %d, want 5", l.Count())
	}
	for _, c := range []struct {
		line, char int
		e          Encoding
		off        int
		ok         bool
	}{
		{0, 0, UTF16, 0, true},
		{0, 1, UTF16, 1, true},
		{0, 9, UTF16, 1, true}, // past the end of the line: its end
		{1, 0, UTF16, 3, true},
		{1, 2, UTF16, 6, true},
		{1, 3, UTF16, 6, true}, // inside of the pair: its start
		{1, 4, UTF16, 10, true},
		{1, 3, UTF32, 10, true},
		{1, 4, UTF32, 11, true},
		{1, 2, UTF8, 4, true}, // inside of é: its start
		{1, 3, UTF8, 6, true},
		{1, 5, UTF8, 6, true},
		{1, 99, UTF8, 11, true},
		{2, 0, UTF16, 12, true},
		{3, 0, UTF16, 14, true},
		{4, 0, UTF16, 15, true},
		{4, 7, UTF16, 15, true},
		{5, 0, UTF16, 15, false},
		{-1, 0, UTF16, 0, false},
		{1, -1, UTF16, 3, false},
	} {
		off, ok := l.Offset(c.line, c.char, c.e)
		if off != c.off || ok != c.ok {
			t.Errorf("Offset(%d, %d, %v) = %d, %v; want %d, %v", c.line, c.char, c.e, off, ok, c.off, c.ok)
		}
	}
	for _, c := range []struct {
		off, line, char int
		e               Encoding
	}{
		{-5, 0, 0, UTF16},
		{2, 0, 1, UTF16}, // between \r and \n
		{5, 1, 1, UTF16}, // inside of é
		{10, 1, 4, UTF16},
		{10, 1, 3, UTF32},
		{10, 1, 7, UTF8},
		{8, 1, 3, UTF8}, // inside of the emoji
		{99, 4, 0, UTF16},
	} {
		line, char := l.Position(c.off, c.e)
		if line != c.line || char != c.char {
			t.Errorf("Position(%d, %v) = %d, %d; want %d, %d", c.off, c.e, line, char, c.line, c.char)
		}
	}
	if got := l.Text(1); got != "bé😀c" {
		t.Errorf("Text(1) = %q", got)
	}
}

// checkLines holds every offset of text against a slow count.
func checkLines(t interface{ Fatalf(string, ...any) }, text string) {
	l := NewLines(text)
	rest := strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if want := strings.Count(rest, "\n") + 1; l.Count() != want {
		t.Fatalf("%q has %d lines, want %d", text, l.Count(), want)
	}
	for off := 0; off <= len(text); off++ {
		for _, e := range []Encoding{UTF8, UTF16, UTF32} {
			line, char := l.Position(off, e)
			back, ok := l.Offset(line, char, e)
			if !ok || (back != off && !splits(text, off)) || back > off {
				t.Fatalf("%q: byte %d is %d:%d in %v, which is byte %d", text, off, line, char, e, back)
			}
			head := text[l.Span(line).Start:back]
			want := len(head)
			switch e {
			case UTF16:
				want = len(utf16.Encode([]rune(head)))
			case UTF32:
				want = utf8.RuneCountInString(head)
			}
			if char != want {
				t.Fatalf("%q: byte %d is character %d of its line in %v, want %d", text, off, char, e, want)
			}
		}
	}
}

func TestPositionsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkLines(t, texts().Draw(t, "text")) })
}

func TestUnified(t *testing.T) {
	before := "package p\n\nfunc f() {\n\tg(1)\n}\n"
	after := "package p\n\nfunc f() {\n\tg(2)\n}\n"
	want := "--- a/p.go\n+++ b/p.go\n@@ -1,5 +1,5 @@\n package p\n \n func f() {\n-\tg(1)\n+\tg(2)\n }\n"
	if d := cmp.Diff(want, Unified("p.go", before, after)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if got := Unified("p.go", before, before); got != "" {
		t.Errorf("equal texts differ: %q", got)
	}
}

// bigText is a file of n lines, each different.
func bigText(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "\tif value%d := compute(%d); value%d > limit {\n", i, i, i)
	}
	return b.String()
}

// Where nothing is alike Compute must still end; two seconds is forty times
// what it takes on a busy machine.
func TestComputeIsBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	noise := func(n, kinds int) string {
		var b strings.Builder
		for range n {
			fmt.Fprintf(&b, "line %d of %d;\n", r.IntN(kinds), r.IntN(kinds))
		}
		return b.String()
	}
	for _, c := range []struct{ name, before, after string }{
		{"unlike", bigText(20000), noise(20000, 1<<30)},
		{"few kinds of line", noise(20000, 2), noise(20000, 2)},
		{"one long line", strings.Repeat("a b ", 50000), strings.Repeat("b c ", 50000)},
		{"words of one letter", strings.Repeat("x y\n", 8000), strings.Repeat("y z\n", 8000)},
		{"long insertion that repeats", strings.Repeat("ab\n", 20000), strings.Repeat("ab\n", 40000)},
		{"reversed", bigText(5000), reverseLines(bigText(5000))},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			checkCompute(t, c.before, c.after)
			if d := time.Since(start); d > 2*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

func reverseLines(s string) string {
	lines := strings.SplitAfter(strings.TrimSuffix(s, "\n"), "\n")
	for i, j := 0, len(lines)-1; i < j; i, j = i+1, j-1 {
		lines[i], lines[j] = lines[j], lines[i]
	}
	return strings.Join(lines, "")
}

func BenchmarkCompute(b *testing.B) {
	before := bigText(10000)
	at := len(before) / 2
	b.Run("one change in 10000 lines", func(b *testing.B) {
		after := before[:at] + "wrap(" + before[at:]
		b.ReportAllocs()
		for b.Loop() {
			Compute(before, after)
		}
	})
	b.Run("both ends of 10000 lines", func(b *testing.B) {
		after := "first\n" + before + "last\n"
		b.ReportAllocs()
		for b.Loop() {
			Compute(before, after)
		}
	})
}

func BenchmarkNewLines(b *testing.B) {
	text := bigText(10000)
	b.ReportAllocs()
	for b.Loop() {
		NewLines(text)
	}
}

// One change in a long text must not copy the text.
func TestComputeAllocations(t *testing.T) {
	before := bigText(10000)
	after := before[:200000] + "x" + before[200000:]
	if n := testing.AllocsPerRun(10, func() { Compute(before, after) }); n > 40 {
		t.Errorf("%v allocations for one change, at most 40 allowed", n)
	}
	l := NewLines(before)
	if n := testing.AllocsPerRun(10, func() {
		line, char := l.Position(200000, UTF16)
		l.Offset(line, char, UTF16)
	}); n > 0 {
		t.Errorf("a position costs %v allocations, want none", n)
	}
}
