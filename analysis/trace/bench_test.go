package trace

import (
	"fmt"
	"io"
	"math/rand"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// mixed is a log as services write it: mostly lines of theirs, one in fifty a
// whole output of testdata, some of it with the prefixes of containers.
func mixed(tb testing.TB, size int) string {
	tb.Helper()
	names, err := filepath.Glob("testdata/find/*.txtar")
	if err != nil || len(names) == 0 {
		tb.Fatal("no cases", err)
	}
	var outputs []string
	for _, n := range names {
		a, err := txtar.ParseFile(n)
		if err != nil {
			tb.Fatal(err)
		}
		outputs = append(outputs, unquote(string(a.Files[0].Data)))
	}
	r := rand.New(rand.NewSource(1))
	var b strings.Builder
	b.Grow(size + 1<<20)
	for i := 0; b.Len() < size; i++ {
		switch {
		case i%50 == 49:
			out := outputs[r.Intn(len(outputs))]
			if r.Intn(3) == 0 {
				out = "web_1  | " + strings.ReplaceAll(strings.TrimSuffix(out, "\n"), "\n", "\nweb_1  | ") + "\n"
			}
			b.WriteString(out)
		case i%7 == 0:
			fmt.Fprintf(&b, "2026-03-04T05:06:%02d.%06dZ INFO  [http-nio-%d] c.e.shop.Cart : GET /cart/%d from user%d@example.com took %d ms (cache hit)\n", i%60, i, i%8, i, i%99, i%300)
		case i%5 == 0:
			fmt.Fprintf(&b, `{"level":"info","ts":%d.%d,"caller":"shop/cart.go:%d","msg":"added to cart","user":"u-%d","items":[1,2,%d]}`+"\n", 1700000000+i, i%1000, i%400, i, i%9)
		case i%3 == 0:
			fmt.Fprintf(&b, "    --> compiling shop v0.%d.0 (path+file:///home/me/shop) at level %d, please wait for it\n", i%9, i%3)
		default:
			fmt.Fprintf(&b, "[%d] worker %d: processed batch %d of 1000 in %dms; queue=%d lag=%.2fs\n", i, i%16, i, i%50, i%200, float64(i%100)/10)
		}
	}
	return b.String()
}

// BenchmarkMixed scans 100 MB of mixed log; the target is 2 s on one core.
func BenchmarkMixed(b *testing.B) {
	text := mixed(b, 100<<20)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		s := NewScanner(strings.NewReader(text))
		n := 0
		for s.Scan() {
			n++
		}
		if n < 1000 {
			b.Fatal(n, s.Err())
		}
		b.ReportMetric(float64(n), "traces")
	}
}

// BenchmarkQuiet is a log without traces.
func BenchmarkQuiet(b *testing.B) {
	line := "2026-03-04T05:06:07.000001Z INFO  [http-nio-8] c.e.shop.Cart : GET /cart/17 from user took 12 ms (cache hit)\n"
	text := strings.Repeat(line, (16<<20)/len(line))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if ts := Find(text); len(ts) > 0 {
			b.Fatal(ts)
		}
	}
}

// TestBounds holds what hostile text may cost: memory that does not grow with
// it, and no time that a person would notice beyond reading it.
func TestBounds(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	deep := strings.Repeat
	cases := map[string]func() io.Reader{
		"one line of 50 MB":   func() io.Reader { return repeat(long, 50) },
		"a header of 50 MB":   func() io.Reader { return io.MultiReader(strings.NewReader("java.lang.Error: "), repeat(long, 50)) },
		"escapes without end": func() io.Reader { return repeat(strings.Repeat("\x1b[", 1<<19), 6) },
		"control characters":  func() io.Reader { return repeat(strings.Repeat("\x00\x01\x07\r", 1<<18), 6) },
		"frames without end":  func() io.Reader { return repeat(deep("\tat a.b.C.d(C.java:1)\n", 50000), 6) },
		"python without end": func() io.Reader {
			return io.MultiReader(strings.NewReader("Traceback (most recent call last):\n"), repeat(deep("  File \"a.py\", line 1, in f\n    f()\n", 30000), 20))
		},
		"causes without end": func() io.Reader {
			return io.MultiReader(strings.NewReader("a.B: c\n\tat a.b.C.d(C.java:1)\n"), repeat(deep("Caused by: a.B: c\n\tat a.b.C.d(C.java:1)\n", 30000), 10))
		},
		"groups in groups":   func() io.Reader { return strings.NewReader(groups(20000)) },
		"suppressed in each": func() io.Reader { return strings.NewReader("a.B: c\n\tat a.b.C.d(C.java:1)\n" + suppressed(3000)) },
		"goroutines": func() io.Reader {
			return repeat(deep("goroutine 1 [running]:\nmain.f(0x1)\n\t/a/b.go:1 +0x1\n\n", 20000), 20)
		},
		"headers only": func() io.Reader { return repeat(deep("java.lang.Error: x\n", 50000), 6) },
		"parentheses":  func() io.Reader { return repeat(deep("\tat "+strings.Repeat("(", 2000)+")\n", 500), 6) },
		"JSON": func() io.Reader {
			return repeat(`{"a":"`+strings.Repeat(`Traceback (most recent call last):\n`, 20000)+"\"}\n", 20)
		},
		"at signs": func() io.Reader { return repeat(deep(strings.Repeat("@", 5000)+":1\n", 200), 6) },
		"colons":   func() io.Reader { return repeat(deep("main.f()\n\t"+strings.Repeat(":1", 5000)+"\n", 100), 6) },
		"an unfinished message": func() io.Reader {
			return io.MultiReader(strings.NewReader("panic: x\n"), repeat(deep("more\n", 200000), 10))
		},
	}
	for name, open := range cases {
		t.Run(name, func(t *testing.T) {
			in := open()
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			s := NewScanner(in)
			most := uint64(0)
			for n := 0; s.Scan(); n++ {
				if n%64 == 0 {
					runtime.ReadMemStats(&after)
					most = max(most, after.HeapAlloc)
				}
			}
			if s.Err() != nil {
				t.Fatal(s.Err())
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			// 64 MB above what was there: the traces that come out together, and
			// garbage that the collector has not taken yet.
			if most > before.HeapAlloc+64<<20 {
				t.Errorf("%d MB in use", (most-before.HeapAlloc)>>20)
			}
			if after.HeapAlloc > before.HeapAlloc+8<<20 {
				t.Errorf("%d MB kept", (after.HeapAlloc-before.HeapAlloc)>>20)
			}
			runtime.KeepAlive(s)
		})
	}
}

// repeat reads text n times.
func repeat(text string, n int) io.Reader {
	rs := make([]io.Reader, n)
	for i := range rs {
		rs[i] = strings.NewReader(text)
	}
	return io.MultiReader(rs...)
}

// groups is an exception group in each exception group.
func groups(n int) string {
	var b strings.Builder
	b.WriteString("  + Exception Group Traceback (most recent call last):\n  |   File \"a.py\", line 1, in f\n  | ExceptionGroup: g\n")
	for i := range n {
		in := strings.Repeat(" ", 2+2*min(i, 150))
		b.WriteString(in + "+-+---------------- 1 ----------------\n" + in + "  | Exception Group Traceback (most recent call last):\n" + in + "  | ExceptionGroup: g\n")
	}
	return b.String()
}

// suppressed is a suppressed exception in each suppressed one.
func suppressed(n int) string {
	var b strings.Builder
	for i := range n {
		in := strings.Repeat("\t", min(i+1, 500))
		b.WriteString(in + "Suppressed: a.B: c\n" + in + "\tat a.b.C.d(C.java:1)\n")
	}
	return b.String()
}

// TestAllocations holds what a line without a trace costs.
func TestAllocations(t *testing.T) {
	line := "2026-03-04T05:06:07.000001Z INFO  [http-nio-8] c.e.shop.Cart : GET /cart/17 from user took 12 ms (cache hit)"
	s := Scanner{find: true}
	if n := testing.AllocsPerRun(1000, func() { s.line(line, 0, len(line)) }); n > 0 {
		t.Errorf("%v allocations for a line without a trace", n)
	}
	text := "java.lang.Error: x\n" + strings.Repeat("\tat a.b.C.d(C.java:1)\n", 40)
	if n := testing.AllocsPerRun(100, func() { Find(text) }); n > 30 {
		t.Errorf("%v allocations for a trace of 40 calls", n)
	}
}
