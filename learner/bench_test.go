package learner_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/learner"
	"github.com/dejafix/dejafix/store"
)

// BenchmarkLearnEpisode is one repair seen by a learner that has 60 examples of
// the rule already: from the report without the error until it is stored,
// learned and listed.
func BenchmarkLearnEpisode(b *testing.B) {
	st, err := store.Open(b.Context(), store.Options{Path: filepath.Join(b.TempDir(), "dejafix.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	l := learner.New(learner.Options{Store: st})
	defer l.Close()
	root := b.TempDir()
	n := 0
	once := func() time.Duration {
		n++
		expr := fmt.Sprintf("count%d", n)
		text := strings.NewReplacer("count", expr, "package main", fmt.Sprintf("package main%d", n)).Replace(program)
		path := filepath.Join(root, fmt.Sprintf("file%d.go", n))
		doc := func(version int32, text string) *analysis.Document {
			return analysis.NewDocument("file://"+path, path, root, "go", version, text)
		}
		before := doc(0, text)
		after := doc(1, strings.Replace(text, "show("+expr+")", "show(strconv.Itoa("+expr+"))", 1))
		l.Observe(analysis.Edited{Doc: before, Time: time.Now()})
		l.Observe(analysis.Diagnosed{Doc: before, Diagnostics: []analysis.Diagnostic{mismatch(text, expr)}, Whole: true, Time: time.Now()})
		if err := l.Idle(b.Context(), true); err != nil {
			b.Fatal(err)
		}
		l.Observe(analysis.Edited{Doc: after, Change: analysis.Changed, Time: time.Now()})
		start := time.Now()
		l.Observe(analysis.Diagnosed{Doc: after, Whole: true, Time: time.Now()})
		if err := l.Idle(b.Context(), true); err != nil {
			b.Fatal(err)
		}
		spent := time.Since(start)
		l.Observe(analysis.Edited{Doc: after, Change: analysis.Closed, Time: time.Now()})
		return spent
	}
	for range 60 {
		once()
	}
	b.ResetTimer()
	var total time.Duration
	for range b.N {
		total += once()
	}
	b.ReportMetric(float64(total.Microseconds())/1000/float64(b.N), "ms/episode")
	if got, err := st.Count(b.Context()); err != nil || got < 60+b.N {
		b.Fatalf("%d examples stored (%v), want %d: not every repair was learned", got, err, 60+b.N)
	}
}
