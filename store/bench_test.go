package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/store"
	"github.com/dejafix/dejafix/store/storetest"
)

// The size that the figures are for.
const (
	benchExamples   = 100_000
	benchIdentities = 5_000
)

// filled makes a store of the benchmark's size.
func filled(b *testing.B) *store.Store {
	b.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(b.TempDir(), "dejafix.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	if err := storetest.Fill(ctx, s, benchExamples, benchIdentities, nil); err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkAddExample is one episode of one example, into a full store.
func BenchmarkAddExample(b *testing.B) {
	s := filled(b)
	st, err := s.Stats(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	i := benchExamples
	var times []time.Duration
	for b.Loop() {
		ex := []analysis.Example{storetest.Sample(i, benchIdentities)}
		start := time.Now()
		if _, err := s.AddExamples(b.Context(), ex); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
		i++
	}
	reportTimes(b, times)
	b.ReportMetric(float64(st.StoreBytes)/benchExamples, "store-B/example")
}

// BenchmarkExamplesByRule looks up rules in random order: all that a request
// reads for one diagnostic of a rule that was not asked for before.
func BenchmarkExamplesByRule(b *testing.B) {
	s := filled(b)
	keys := make([]string, benchIdentities)
	for i := range keys {
		keys[i] = storetest.Sample(i, benchIdentities).Identity.RuleKey()
	}
	r := rand.New(rand.NewPCG(1, 2))
	var times []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		exs, err := s.ExamplesByRule(b.Context(), keys[r.IntN(len(keys))], nil, 60)
		if err != nil || len(exs) != benchExamples/benchIdentities {
			b.Fatalf("%d examples, %v", len(exs), err)
		}
		times = append(times, time.Since(start))
	}
	reportTimes(b, times)
}

func reportTimes(b *testing.B, times []time.Duration) {
	b.Helper()
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkOpen is the store's part of a server's start.
func BenchmarkOpen(b *testing.B) {
	s := filled(b)
	for b.Loop() {
		again, err := store.Open(b.Context(), store.Options{Path: s.Path()})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := again.Generation(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := again.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenNew makes a store: every migration.
func BenchmarkOpenNew(b *testing.B) {
	dir := b.TempDir()
	for i := 0; b.Loop(); i++ {
		s, err := store.Open(b.Context(), store.Options{Path: filepath.Join(dir, fmt.Sprint(i), "dejafix.db")})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPoll is what a window asks at each request to learn of the others'
// writes.
func BenchmarkPoll(b *testing.B) {
	s := filled(b)
	for b.Loop() {
		if _, err := s.Generation(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWhole is what commands ask of the whole store.
func BenchmarkWhole(b *testing.B) {
	s := filled(b)
	forgotten := 0
	for name, f := range map[string]func() error{
		"rules":   func() error { _, err := s.Rules(b.Context()); return err },
		"stats":   func() error { _, err := s.Stats(b.Context()); return err },
		"check":   func() error { return s.Check(b.Context()) },
		"changes": func() error { _, err := s.Changes(b.Context(), 0); return err },
		"walk": func() error {
			for _, err := range s.Examples(b.Context()) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		// Each forgets one more example and rewrites the whole file.
		"forget": func() error {
			ex := storetest.Sample(forgotten, benchIdentities)
			forgotten++
			_, id := store.ExampleID(&ex)
			_, err := s.Forget(b.Context(), store.OfPattern{ID: "p_1", Examples: []string{id}})
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAddRun is a run of 10,000 tests in which 20 fail, as in each run
// before: what is compared and kept of it.
func BenchmarkAddRun(b *testing.B) {
	s, err := store.Open(b.Context(), store.Options{Path: filepath.Join(b.TempDir(), "dejafix.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	n := analysis.RunNote{Workspace: "w", Code: "c", Same: "s", Passed: map[uint32]int{}, Passing: &analysis.Passing{Code: "c", Files: map[string][]uint32{}}}
	for i := range 10_000 {
		n.Passed[uint32(i)*2654435761] = 1
	}
	for i := range 200 {
		n.Passing.Files[fmt.Sprintf("shop/file%d.go", i)] = make([]uint32, 300)
	}
	for i := range 20 {
		test := fmt.Sprint("Test", i)
		g := analysis.FailureGroup{Print: fmt.Sprint("t_", i), Language: "go", Type: "panic", Message: "index out of range", Vias: []string{"terminal"}}
		for k := range 5 {
			g.Frames = append(g.Frames, analysis.Frame{Function: fmt.Sprint("shop.function", k), Path: "shop/file.go", Line: 10})
		}
		g.Tests = []analysis.FailedTest{{Key: test, Package: "shop", Name: test, Command: "c"}}
		n.Groups = append(n.Groups, g)
		n.Results = append(n.Results, analysis.TestResult{Test: test, Failed: 1})
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := 0; b.Loop(); i++ {
		n.Time = at.Add(time.Duration(i) * time.Minute)
		n.Passing.Time = n.Time
		if _, err := s.RunPast(b.Context(), "w", "s", []string{"t_1", "t_2"}); err != nil {
			b.Fatal(err)
		}
		if err := s.AddRun(b.Context(), n); err != nil {
			b.Fatal(err)
		}
	}
}
