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
		exs, err := s.ExamplesByRule(b.Context(), keys[r.IntN(len(keys))], 60)
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
