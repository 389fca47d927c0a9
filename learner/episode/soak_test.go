package episode

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

type randomDraws struct{ r *rand.Rand }

func (d randomDraws) n(_ string, limit int) int { return d.r.IntN(limit) }

// A long session keeps no more than a short one.
func TestMemoryIsFlat(t *testing.T) {
	w := newWorld(Options{MaxText: 64 << 10, MaxOffers: 50})
	d := randomDraws{rand.New(rand.NewPCG(1, 2))}
	heap := func(steps int) uint64 {
		for range steps {
			w.check(t, w.step(d))
		}
		clear(w.told)
		runtime.GC()
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	early := heap(5_000)
	late := heap(20_000)
	t.Logf("%d bytes after 5,000 events, %d after 25,000; %d errors closed, %d dropped", early, late, w.closed, w.dropped)
	// The bounds of Options are reached after a few thousand events.
	if late > early+1<<20 {
		t.Errorf("the heap grew from %d to %d bytes", early, late)
	}
	if w.closed == 0 || w.dropped == 0 {
		t.Errorf("%d errors closed and %d dropped: nothing was tested", w.closed, w.dropped)
	}
}

// bigWorld is a Machine with a file of 10,000 lines that has n errors.
func bigWorld(n int) (*Machine, *analysis.Document, []analysis.Diagnostic) {
	var b strings.Builder
	b.WriteString("package p\n\nfunc f() {\n")
	var list []analysis.Diagnostic
	for i := range 10_000 {
		at := b.Len()
		fmt.Fprintf(&b, "\tvalue%d := compute(%d)\n", i, i)
		if n > 0 && i%(10_000/n) == 0 {
			list = append(list, analysis.Diagnostic{
				Source: "compiler", Code: "UnusedVar", Severity: analysis.SeverityError,
				Message: fmt.Sprintf("declared and not used: value%d", i), Span: analysis.Span{Start: at + 1, End: at + 6},
			})
		}
	}
	doc := analysis.NewDocument("file:///w/big.go", "/w/big.go", "/w", "go", 1, b.String()+"}\n")
	m := New(Options{})
	t := time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)
	m.Observe(analysis.Edited{Doc: doc, Change: analysis.Opened, Time: t})
	m.Observe(analysis.Diagnosed{Doc: doc, Diagnostics: list, Whole: true, Time: t})
	return m, doc, list
}

func BenchmarkEdit(b *testing.B) {
	m, doc, _ := bigWorld(100)
	at := len(doc.Text) / 2
	docs := []*analysis.Document{
		analysis.NewDocument(doc.URI, doc.Path, doc.Root, doc.Language, 2, doc.Text[:at]+"x"+doc.Text[at:]),
		doc,
	}
	now := time.Date(2026, 1, 2, 9, 0, 1, 0, time.UTC)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		now = now.Add(100 * time.Millisecond)
		m.Observe(analysis.Edited{Doc: docs[i%2], Change: analysis.Changed, Time: now})
	}
}

func BenchmarkReport(b *testing.B) {
	m, doc, list := bigWorld(100)
	now := time.Date(2026, 1, 2, 9, 0, 1, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(100 * time.Millisecond)
		m.Observe(analysis.Diagnosed{Doc: doc, Diagnostics: list, Whole: true, Time: now})
	}
}
