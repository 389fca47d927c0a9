package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/dejafix/dejafix/analysis"
)

// runCases are what real tools printed of small projects; the two of nextest and
// Gradle are written after their manuals.
func runCases(tb testing.TB) map[string]*txtar.Archive {
	tb.Helper()
	names, err := filepath.Glob("testdata/run/*.txtar")
	if err != nil || len(names) == 0 {
		tb.Fatal("no cases", err)
	}
	out := map[string]*txtar.Archive{}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		if len(a.Files) != 2 || a.Files[0].Name != "output" || a.Files[1].Name != "want" {
			tb.Fatalf("%s: not an output and what is wanted of it", name)
		}
		out[name] = a
	}
	return out
}

func TestRuns(t *testing.T) {
	for name, a := range runCases(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			output := a.Files[0].Data
			got := describeRun(ReadRun(bytes.NewReader(output), Options{}))
			if *update {
				a.Files[1].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(a), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := gocmp.Diff(string(a.Files[1].Data), got); diff != "" {
				t.Error(diff)
			}
			// However the pieces fall, and with the line ends of Windows, it is the
			// same; a terminal adds nothing either.
			if diff := gocmp.Diff(got, describeRun(ReadRun(iotest.OneByteReader(bytes.NewReader(output)), Options{}))); diff != "" {
				t.Error("byte by byte:", diff)
			}
			if bytes.HasPrefix(bytes.TrimSpace(output), []byte("<")) {
				return
			}
			crlf := bytes.ReplaceAll(output, []byte("\n"), []byte("\r\n"))
			if diff := gocmp.Diff(got, describeRun(ReadRun(bytes.NewReader(crlf), Options{}))); diff != "" {
				t.Error("with CRLF:", diff)
			}
		})
	}
}

// describeRun writes a run for a reader. Outputs are only measured by their
// first and last line.
func describeRun(r Run) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d tests: %d passed, %d failed, %d errors, %d skipped; %d broken", strings.Join(r.Readers, ", "), r.Total(), r.Passed, r.Failed, r.Errored, r.Skipped, r.Broken)
	if r.Unlisted {
		b.WriteString("; not all listed")
	}
	fmt.Fprintf(&b, "\npackages: %s\n", strings.Join(r.Packages, ", "))
	for _, d := range r.Doubts {
		fmt.Fprintf(&b, "doubt: %s\n", d)
	}
	for i := range r.Cases {
		c := &r.Cases[i]
		word := "FAIL"
		switch {
		case c.Passed:
			word = "pass"
		case c.Skipped:
			word = "skip"
		case c.Error:
			word = "ERROR"
		}
		if c.Flaky {
			word += " flaky"
		}
		fmt.Fprintf(&b, "%s %q %q", word, c.Package, c.Name)
		if c.File != "" {
			fmt.Fprintf(&b, " at %s:%d", c.File, c.Line)
		}
		if c.Message != "" {
			fmt.Fprintf(&b, ": %s", c.Message)
		}
		if c.Output != "" {
			lines := strings.Split(strings.TrimSpace(c.Output), "\n")
			fmt.Fprintf(&b, "\n\t%d lines, to %q", len(lines), strings.TrimSpace(lines[len(lines)-1]))
		}
		b.WriteByte('\n')
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s:%d:%d %s %s %q\n", f.File, f.Place.Line, f.Place.Column, f.Diagnostic.Source, f.Diagnostic.Code, f.Diagnostic.Message)
	}
	return b.String()
}

// TestTruncated: whatever is cut off gives what came before, says so, and names
// no failure that the whole does not name.
func TestTruncated(t *testing.T) {
	for name, a := range runCases(t) {
		output := a.Files[0].Data
		whole := ReadRun(bytes.NewReader(output), Options{})
		failed := map[string]bool{}
		for _, c := range whole.Cases {
			failed[c.Name] = failed[c.Name] || c.Failed()
		}
		_, isXML := bytes.CutPrefix(bytes.TrimSpace(output), []byte("<"))
		doc := len(whole.Readers) > 0 && (whole.Readers[0] == "jest json" || whole.Readers[0] == "mocha json")
		for i := 1; i < 8; i++ {
			cut := output[:len(output)*i/8]
			r := ReadRun(bytes.NewReader(cut), Options{})
			if (isXML || doc) && len(r.Readers) > 0 && len(r.Doubts) == 0 {
				t.Errorf("%s cut at %d: no doubt", name, len(cut))
			}
			if r.Total() > whole.Total() && !strings.Contains(name, "mvn-rerun") { // each attempt is counted until the end is read
				t.Errorf("%s cut at %d: %d tests of %d", name, len(cut), r.Total(), whole.Total())
			}
		}
	}
}

// goTests is the output of go test -json with many tests, each with some lines.
type goTests struct {
	left int
	n    int
	buf  []byte
	each func(n int)
}

func (g *goTests) Read(p []byte) (int, error) {
	for len(g.buf) < len(p) && g.left > 0 {
		g.n++
		pkg := fmt.Sprintf("example.com/shop/p%d", g.n/1000%50)
		test := fmt.Sprintf("TestCart/case_%d", g.n%1000)
		at := len(g.buf)
		event := func(action, more string) {
			g.buf = fmt.Appendf(g.buf, `{"Time":"2026-11-22T02:02:00.000000001Z","Action":%q,"Package":%q,"Test":%q%s}`+"\n", action, pkg, test, more)
		}
		event("run", "")
		for line := range 20 {
			event("output", fmt.Sprintf(`,"Output":"    cart_test.go:%d: some \"line\" of what a test tells of itself \u003c%d\u003e\n"`, line, g.n))
		}
		if g.n%500 == 0 {
			event("fail", `,"Elapsed":0.01`)
		} else {
			event("pass", `,"Elapsed":0.01`)
		}
		g.left -= len(g.buf) - at
	}
	if len(g.buf) == 0 {
		return 0, io.EOF
	}
	n := copy(p, g.buf)
	g.buf = append(g.buf[:0], g.buf[n:]...)
	if g.each != nil {
		g.each(n)
	}
	return n, nil
}

// TestConstantMemory: what is held does not grow with what is printed. 1 GB was
// measured to hold 5.1 MB at its most; the ceiling is three times that.
func TestConstantMemory(t *testing.T) {
	const size, ceiling = 32 << 20, 16 << 20 // bytes
	var base, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&base)
	seen, next, most := 0, 8<<20, uint64(0)
	src := &goTests{left: size, each: func(n int) {
		if seen += n; seen >= next {
			next += 16 << 20
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc-min(base.HeapAlloc, now.HeapAlloc))
		}
	}}
	r := ReadRun(src, Options{})
	if most > ceiling {
		t.Errorf("%d MB held in %d MB of output", most>>20, seen>>20)
	}
	if r.Total() != src.n || r.Failed != src.n/500 {
		t.Errorf("%d tests, %d failed; want %d, %d", r.Total(), r.Failed, src.n, src.n/500)
	}
	t.Logf("%d tests in %d MB hold at most %.1f MB", r.Total(), seen>>20, float64(most)/(1<<20))
}

// TestHostile: each costs bounded memory, whatever its size, and leaves what
// comes after it readable.
func TestHostile(t *testing.T) {
	after := "\n--- FAIL: TestAfter (0.00s)\nFAIL\texample.com/shop\t0.01s\n"
	tests := []struct {
		name    string
		begin   string
		repeat  string
		end     string
		size    int
		ceiling uint64 // bytes held at any time
	}{
		{"a line", "", "x", after, big, 8 << 20},
		{"a line of colours", "", "\x1b[31m", after, many, 8 << 20},
		{"control characters", "", "\x00\x07\x08\x1b\x7f\n", after, many, 8 << 20},
		{"an event", `{"Action":"output","Package":"p","Output":"`, "x", "\"}\n" + after, big, 150 << 20},
		{"lists in lists", "", "[", "\n" + after, big, 150 << 20},
		{"objects in objects", "", `{"a":`, "\n" + after, big, 150 << 20},
		{"elements in elements", "<testsuites>", "<a>", "", many, 8 << 20},
		{"suites in suites", "<testsuites>", "<testsuite name='s'>", "", many, 8 << 20},
		{"a bomb", "<?xml version='1.0'?><!DOCTYPE b [<!ENTITY a 'aaaaaaaaaaaaaaaa'>", "<!ENTITY b '&a;&a;&a;&a;'>", "]><testsuite><testcase name='&b;'/></testsuite>", big, 8 << 20},
		{"an attribute", "<testsuite name='", "x", "'></testsuite>" + after, big, 8 << 20},
		{"an element's name", "<testsuite ", "x", "></testsuite>" + after, big, 8 << 20},
		{"a section", "<testsuite><testcase name='a'><failure><![CDATA[", "x", "]]></failure></testcase></testsuite>" + after, big, 8 << 20},
		{"attributes", "<testsuite><testcase ", "a='b' ", "></testcase></testsuite>" + after, many, 8 << 20},
		{"entities", "<testsuite><testcase name='a'><failure>", "&amp;", "</failure></testcase></testsuite>" + after, big, 8 << 20},
		{"suites of TAP", "TAP version 14\n", "# Subtest: a\n", after, many, 8 << 20},
		{"tests that run", "=== RUN   TestA\n", "=== CONT  TestA\n", after, many, 8 << 20},
		{"progress", "", "\rxxxxxxxxxxxxxxxx", after, big, 8 << 20},
		{"braces", "", "{\n", after, many, 150 << 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			base, most, seen := m.HeapAlloc, uint64(0), 0
			s := NewScanner(Options{})
			_, _ = s.Write([]byte(tt.begin))
			chunk := []byte(strings.Repeat(tt.repeat, 64<<10/len(tt.repeat)))
			for i := 0; seen < tt.size; i++ {
				n, err := s.Write(chunk)
				if n != len(chunk) || err != nil {
					t.Fatal(n, err)
				}
				if seen += n; i%100 == 0 {
					runtime.GC()
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapAlloc-min(base, m.HeapAlloc))
				}
			}
			_, _ = s.Write([]byte(tt.end))
			r := s.Close()
			if most > tt.ceiling {
				t.Errorf("%d MB held", most>>20)
			}
			if strings.HasSuffix(tt.end, after) && !slices.ContainsFunc(r.Cases, func(c analysis.TestCase) bool { return c.Name == "TestAfter" && c.Failed() }) {
				t.Errorf("what comes after it is lost: %d cases of %q; %q", len(r.Cases), r.Readers, r.Doubts)
			}
			if size := len(describeRun(r)); size > 4<<20 {
				t.Errorf("%d MB are kept", size>>20)
			}
		})
	}
}

// TestQuickLook: what is passed over quickly is no diagnostic.
func TestQuickLook(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		output := string(a.Files[0].Data)
		want, got := Parse(output, ""), ReadRun(strings.NewReader(output), Options{})
		if diff := gocmp.Diff(want.Findings, got.Findings); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestHint: what does not say whose it is is read as the command line says.
func TestHint(t *testing.T) {
	tests := []struct {
		command []string
		want    string
	}{
		{[]string{"go", "test", "./..."}, "go test"},
		{[]string{"/usr/bin/python3", "-m", "pytest", "-q"}, "pytest"},
		{[]string{`C:\Python\Scripts\pytest.exe`}, "pytest"},
		{[]string{"npx", "vitest", "run"}, "vitest"},
		{[]string{"./gradlew", "test"}, "gradle"},
		{[]string{"make", "test"}, ""},
		{nil, ""},
	}
	for _, tt := range tests {
		got := ""
		if r := hint(tt.command); r != nil {
			got = r.name
		}
		if runtime.GOOS != "windows" && strings.Contains(fmt.Sprint(tt.command), `C:\`) {
			continue // a path of Windows is one there
		}
		if got != tt.want {
			t.Errorf("%q: %q, want %q", tt.command, got, tt.want)
		}
	}
	const quiet = "..F.                                   [100%]\n3 passed, 1 failed in 0.10s\n"
	if r := ReadRun(strings.NewReader(quiet), Options{Command: []string{"pytest", "-q"}}); r.Passed != 3 || r.Failed != 1 {
		t.Error(describeRun(r))
	}
	if r := ReadRun(strings.NewReader(quiet), Options{}); r.Total() != 0 {
		t.Error("nobody says whose it is:", describeRun(r))
	}
}

// TestMixed: what several tools print, one after the other.
func TestMixed(t *testing.T) {
	cases := runCases(t)
	var all bytes.Buffer
	want := analysis.TestRun{}
	for _, name := range []string{"go-plain-txt", "pytest-v-txt", "jest-txt", "cargo-txt", "go-json-txt", "surefire-xml", "vitest-txt", "node-spec-txt", "unittest-txt", "mvn-txt", "jest-json"} {
		a := cases[filepath.Join("testdata", "run", name+".txtar")]
		if a == nil {
			t.Fatal(name)
		}
		fmt.Fprintf(&all, "$ %s\n", name)
		all.Write(a.Files[0].Data)
		r := ReadRun(bytes.NewReader(a.Files[0].Data), Options{})
		want.Passed, want.Failed, want.Errored, want.Skipped, want.Broken = want.Passed+r.Passed, want.Failed+r.Failed, want.Errored+r.Errored, want.Skipped+r.Skipped, want.Broken+r.Broken
	}
	r := ReadRun(&all, Options{})
	if r.Passed != want.Passed || r.Failed != want.Failed || r.Errored != want.Errored || r.Skipped != want.Skipped || r.Broken != want.Broken {
		t.Errorf("%d passed, %d failed, %d errors, %d skipped, %d broken; one by one %+v", r.Passed, r.Failed, r.Errored, r.Skipped, r.Broken, want)
	}
}

// TestEncodings: reports of Windows and of older tools.
func TestEncodings(t *testing.T) {
	const doc = `<testsuite name="Käse"><testcase name="é—x" classname="a&amp;b"><failure message="&#x41;&#66;&lt;">ß &undefined;</failure></testcase></testsuite>`
	utf16 := []byte{0xff, 0xfe}
	for _, r := range doc {
		utf16 = append(utf16, byte(r), byte(r>>8))
	}
	latin := []byte(`<?xml version="1.0" encoding="windows-1252"?>` + "\n")
	for _, r := range doc {
		if r == '—' {
			r = 0x97
		}
		latin = append(latin, byte(r))
	}
	for name, text := range map[string][]byte{"utf-8": []byte("\ufeff" + doc), "utf-16": utf16, "windows-1252": latin} {
		r := ReadRun(iotest.OneByteReader(bytes.NewReader(text)), Options{})
		if len(r.Cases) != 1 || r.Cases[0].Name != "é—x" || r.Cases[0].Package != "a&b" || r.Cases[0].Message != "AB<" || r.Cases[0].Output != "AB<\nß &undefined;\n" {
			t.Errorf("%s: %q", name, cmp.Or(fmt.Sprint(r.Cases), "no case"))
		}
	}
}

// fuzzRuns fuzzes with the outputs of some readers.
func fuzzRuns(f *testing.F, readers ...string) {
	for _, a := range runCases(f) {
		r := ReadRun(bytes.NewReader(a.Files[0].Data), Options{})
		for _, name := range readers {
			if len(r.Readers) > 0 && strings.HasPrefix(r.Readers[0], name) && len(a.Files[0].Data) < 8<<10 {
				f.Add(a.Files[0].Data, uint16(7))
			}
		}
	}
	f.Fuzz(func(t *testing.T, output []byte, at uint16) {
		whole := ReadRun(bytes.NewReader(output), Options{})
		// In pieces it is the same.
		s := NewScanner(Options{})
		k := min(int(at), len(output))
		_, _ = s.Write(output[:k])
		_, _ = s.Write(output[k:])
		if diff := gocmp.Diff(describeRun(whole), describeRun(s.Close())); diff != "" {
			t.Error(diff)
		}
		if whole.Passed < 0 || whole.Failed < 0 || whole.Errored < 0 || whole.Skipped < 0 {
			t.Errorf("less than none: %s", describeRun(whole))
		}
	})
}

func FuzzGoTest(f *testing.F)   { fuzzRuns(f, "go test") }
func FuzzPytest(f *testing.F)   { fuzzRuns(f, "pytest") }
func FuzzUnittest(f *testing.F) { fuzzRuns(f, "unittest") }
func FuzzJest(f *testing.F)     { fuzzRuns(f, "jest", "vitest") }
func FuzzMocha(f *testing.F)    { fuzzRuns(f, "mocha") }
func FuzzTAP(f *testing.F)      { fuzzRuns(f, "tap", "node:test") }
func FuzzCargo(f *testing.F)    { fuzzRuns(f, "cargo", "rustc json", "libtest") }
func FuzzMaven(f *testing.F)    { fuzzRuns(f, "maven", "gradle") }
func FuzzJUnit(f *testing.F)    { fuzzRuns(f, "junit") }

func BenchmarkGoTestJSON(b *testing.B) {
	src := &goTests{left: 16 << 20}
	data, err := io.ReadAll(src)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		ReadRun(bytes.NewReader(data), Options{})
	}
}

// BenchmarkText is a log of a hundred columns that holds nothing.
func BenchmarkText(b *testing.B) {
	data := bytes.Repeat([]byte("2026-11-22 02:02:00.123 INFO  [main] com.example.Server - handled request 12345 of 10.0.0.1 in 17 ms\n"), 160<<10)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		ReadRun(bytes.NewReader(data), Options{})
	}
}

// BenchmarkGoTestVerbose is what tests log, each line with its place.
func BenchmarkGoTestVerbose(b *testing.B) {
	data := []byte("=== RUN   TestCart\n" + strings.Repeat("    cart_test.go:12: what a test says of an item while it runs, in a line\n", 200<<10) + "--- PASS: TestCart (0.00s)\nok  \texample.com/shop\t1.00s\n")
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		ReadRun(bytes.NewReader(data), Options{})
	}
}

func BenchmarkJUnit(b *testing.B) {
	data := []byte("<testsuite>" + strings.Repeat(`<testcase name="a &lt; b" classname="shop.CartTest" time="0.01"><system-out><![CDATA[some output of a test]]></system-out></testcase>`+"\n", 100000) + "</testsuite>")
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		ReadRun(bytes.NewReader(data), Options{})
	}
}
