package pattern_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/pattern"
)

// wrapExamples are n repairs of one rule, in functions of some 40 lines.
func wrapExamples(n int) []analysis.Example {
	var out []analysis.Example
	for i := range n {
		var b strings.Builder
		fmt.Fprintf(&b, "package p%d\n\nimport (\n\t\"fmt\"\n\t\"strconv\"\n)\n\nfunc f%d(a, b int) error {\n", i, i)
		for j := range 18 {
			fmt.Fprintf(&b, "\tif err := call%d(a, b+%d, \"text %d\"); err != nil {\n\t\treturn fmt.Errorf(\"no %d: %%w\", err)\n\t}\n", (i+j)%7, j, i*j, j)
		}
		name := fmt.Sprintf("count%d", i)
		var at int
		switch i % 3 {
		case 0:
			fmt.Fprintf(&b, "\tshow%d(", i)
			at = b.Len()
			fmt.Fprintf(&b, "%s)\n", name)
		case 1:
			fmt.Fprintf(&b, "\tvar s string = ")
			at = b.Len()
			fmt.Fprintf(&b, "%s\n\tuse(s)\n", name)
		default:
			fmt.Fprintf(&b, "\treturn send(\"x\", ")
			at = b.Len()
			fmt.Fprintf(&b, "%s, %d)\n", name, i)
		}
		b.WriteString("}\n")
		d := analysis.Diagnostic{
			Source: "compiler", Code: "IncompatibleAssign", Span: analysis.Span{Start: at, End: at + len(name)},
			Message: fmt.Sprintf("cannot use %s (variable of type int) as string value in argument to show", name),
		}
		ex := analysis.Example{ID: fmt.Sprintf("e_%d", i), Language: "go", Diagnostic: d, Before: b.String(), Class: analysis.ClassRepair}
		ex.Identity, _ = identity.Of("go", d)
		ex.Edits = textedit.Compute(ex.Before, ex.Before[:at]+"strconv.Itoa("+name+")"+ex.Before[at+len(name):])
		out = append(out, ex)
	}
	return out
}

// largeFile is a Go file of 10,000 lines with an error in the middle.
func largeFile() (string, analysis.Diagnostic) {
	var b strings.Builder
	b.WriteString("package big\n\nimport \"strconv\"\n\n")
	at := 0
	for i := range 1250 {
		fmt.Fprintf(&b, "func f%d(a int, s string) string {\n\tif a > %d {\n\t\treturn s\n\t}\n\tvalue := compute(a, %d)\n\tlog(", i, i, i)
		if i == 600 {
			at = b.Len()
		}
		fmt.Fprintf(&b, "value)\n\treturn strconv.Quote(s)\n}\n\n")
	}
	return b.String(), analysis.Diagnostic{
		Source: "compiler", Code: "IncompatibleAssign", Span: analysis.Span{Start: at, End: at + len("value")},
		Message: "cannot use value (variable of type int) as string value in argument to log",
	}
}

func BenchmarkLearn(b *testing.B) {
	for _, n := range []int{1, 20, 60} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			examples := wrapExamples(n)
			b.ReportAllocs()
			for b.Loop() {
				pattern.Learn(examples, pattern.Options{})
			}
		})
	}
}

// BenchmarkLearnOneMore is one episode of a rule with 60 examples.
func BenchmarkLearnOneMore(b *testing.B) {
	all := wrapExamples(60 + 500)
	bench := &pattern.Bench{}
	i := 0
	pattern.Learn(all[:59], pattern.Options{Bench: bench})
	b.ReportAllocs()
	for b.Loop() {
		one := append([]analysis.Example{all[60+i%500]}, all[:59]...)
		pattern.Learn(one, pattern.Options{Bench: bench})
		i++
	}
}

func BenchmarkPropose(b *testing.B) {
	text, d := largeFile()
	for _, n := range []int{1, 20, 60} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := pattern.Learn(wrapExamples(n), pattern.Options{})
			target := pattern.Target{Text: text, Language: "go", Tree: parse(b, "go", text), Diagnostic: d}
			b.ReportAllocs()
			for b.Loop() {
				if len(m.Propose(context.Background(), target)) == 0 {
					b.Fatal("nothing was proposed")
				}
			}
		})
	}
}

// TestLearnedOnce: the middle of a 10,000-line file, after one example.
func TestLearnedOnce(t *testing.T) {
	text, d := largeFile()
	m := pattern.Learn(wrapExamples(1), pattern.Options{})
	got := m.Propose(context.Background(), pattern.Target{Text: text, Language: "go", Tree: parse(t, "go", text), Diagnostic: d})
	if len(got) == 0 || got[0].Title != "Wrap in strconv.Itoa" || got[0].Edits[0].Span.Start != d.Span.Start {
		t.Fatalf("got %+v", got)
	}
}

// TestCeilings bounds what learning and proposing allocate. The ceilings are
// twice what was measured.
func TestCeilings(t *testing.T) {
	text, d := largeFile()
	m := pattern.Learn(wrapExamples(20), pattern.Options{})
	target := pattern.Target{Text: text, Language: "go", Tree: parse(t, "go", text), Diagnostic: d}
	if n := testing.AllocsPerRun(3, func() { m.Propose(context.Background(), target) }); n > 40_000 {
		t.Errorf("proposing allocates %.0f times", n)
	}
	one := wrapExamples(1)
	if n := testing.AllocsPerRun(3, func() { pattern.Learn(one, pattern.Options{}) }); n > 60_000 {
		t.Errorf("learning one example allocates %.0f times", n)
	}
	if n := modelBytes(20); n > 400<<10 {
		t.Errorf("a model of 20 examples takes %d bytes", n)
	}
}

// modelBytes is what stays on the heap of a model of n examples.
func modelBytes(n int) int64 {
	examples := wrapExamples(n)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	const models = 8
	var keep []*pattern.Model
	for range models {
		keep = append(keep, pattern.Learn(examples, pattern.Options{}))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(keep)
	return (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / models
}
