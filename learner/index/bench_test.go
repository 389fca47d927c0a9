//go:build unix

package index

import (
	"go/build"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// used is what the process took so far: time of processors, and memory at most, in
// bytes.
func used() (cpu time.Duration, peak int64) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), u.Maxrss << 10
}

// standardLibrary is the source of Go's own library: some 9,000 files that people
// wrote, on every machine that runs this.
func standardLibrary(b *testing.B) string {
	b.Helper()
	root := filepath.Join(build.Default.GOROOT, "src")
	if _, err := os.Stat(root); err != nil {
		b.Fatalf("the source of Go's library is not here; install Go from its own archive: %v", err)
	}
	return root
}

// BenchmarkIndex reads all of Go's library with nothing known, and then once more
// with what the first wrote down. Times of processors are given for 10,000 files.
func BenchmarkIndex(b *testing.B) {
	root := standardLibrary(b)
	path := filepath.Join(root, "fmt", "print.go")
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		dir := b.TempDir()
		for _, name := range []string{"first", "again"} {
			cpu, _ := used()
			start := time.Now()
			x := Open(Options{Dir: dir, Whole: true})
			x.Edited(analysis.Edited{Doc: analysis.NewDocument("file://"+path, path, root, "go", 1, string(text)), Change: analysis.Opened})
			if err := x.Idle(b.Context()); err != nil {
				b.Fatal(err)
			}
			st := x.Stats()
			now, peak := used()
			each := 10_000 / float64(st.Files)
			b.ReportMetric(time.Since(start).Seconds()*each, name+"-s/10kfiles")
			b.ReportMetric((now-cpu).Seconds()*each, name+"-cpu-s/10kfiles")
			b.ReportMetric(float64(st.Bytes)/float64(st.Files), name+"-B/file")
			b.ReportMetric(float64(peak>>20), name+"-peak-MB")
			if err := x.Close(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkEdit is one keystroke in a file of 1,200 lines, up to where the index
// knows it.
func BenchmarkEdit(b *testing.B) {
	root := b.TempDir()
	path := filepath.Join(root, "a.go")
	text, err := os.ReadFile(filepath.Join(standardLibrary(b), "fmt", "print.go"))
	if err != nil {
		b.Fatal(err)
	}
	x := Open(Options{})
	defer x.Close()
	doc := func(n int) *analysis.Document {
		s := strings.Replace(string(text), "func (p *pp) free() {", "func (p *pp) free() {\n"+strings.Repeat("x", n%50+1), 1)
		return analysis.NewDocument("file://"+path, path, root, "go", int32(n), s)
	}
	x.Edited(analysis.Edited{Doc: doc(0), Change: analysis.Opened})
	if err := x.Idle(b.Context()); err != nil {
		b.Fatal(err)
	}
	cpu, _ := used()
	n := 0
	for b.Loop() {
		n++
		x.Edited(analysis.Edited{Doc: doc(n), Change: analysis.Changed})
		if err := x.Idle(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	now, _ := used()
	b.ReportMetric(float64((now-cpu).Microseconds())/float64(n), "cpu-µs/op")
}

// BenchmarkDraft asks for the drafts of one error in each function of a file of
// 1,200 lines, in a package of Go's library that is indexed.
func BenchmarkDraft(b *testing.B) {
	root := filepath.Join(standardLibrary(b), "net", "http")
	path := filepath.Join(root, "transport.go")
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	x := Open(Options{})
	defer x.Close()
	doc := analysis.NewDocument("file://"+path, path, root, "go", 1, string(text))
	x.Edited(analysis.Edited{Doc: doc, Change: analysis.Opened})
	if err := x.Idle(b.Context()); err != nil {
		b.Fatal(err)
	}
	tree, err := syntax.Parse(b.Context(), syntax.For("go"), doc.Text)
	if err != nil {
		b.Fatal(err)
	}
	defer tree.Close()
	var asked []analysis.Diagnostic
	for at := 0; ; {
		i := strings.Index(doc.Text[at:], "errors.")
		if i < 0 {
			break
		}
		at += i
		asked = append(asked, analysis.Diagnostic{Message: "undefined: errors", Severity: analysis.SeverityError, Span: analysis.Span{Start: at, End: at + len("errors")}})
		at += len("errors")
	}
	n := 0
	cpu, _ := used()
	for b.Loop() {
		x.Draft(b.Context(), doc, tree, asked[n%len(asked)])
		n++
	}
	now, _ := used()
	b.ReportMetric(float64((now-cpu).Microseconds())/float64(n), "cpu-µs/op")
}
