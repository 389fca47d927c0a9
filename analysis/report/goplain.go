package report

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// goReader reads what `go test` prints, with -v and without. The package's name
// comes after its tests.
type goReader struct {
	c       *collector
	cases   []analysis.TestCase // of the package that is being read
	outputs map[string]*piece   // of tests that run or failed
	order   []string            // that run, as they began
	running map[string]bool
	current string // whose output follows, "" is the package's
	pkg     piece
	verbose bool // tests say when they begin
	panics  bool
	listed  bool // the tests that ran at a time limit are being listed
	ended   bool // a package did
	builds  string
	build   map[string]*piece
}

func newGoReader(c *collector) lineReader {
	g := &goReader{c: c, build: map[string]*piece{}}
	g.reset()
	return g
}

func (g *goReader) reset() {
	g.cases, g.order = nil, nil
	g.outputs, g.running = map[string]*piece{}, map[string]bool{}
	g.current, g.panics, g.listed = "", false, false
	g.pkg.reset()
	g.pkg.limit = maxOutput
}

func startsGo(line string) bool {
	switch {
	case strings.HasPrefix(line, "=== RUN   "):
		return true
	case strings.HasPrefix(line, "--- FAIL: "), strings.HasPrefix(line, "--- PASS: "), strings.HasPrefix(line, "--- SKIP: "):
		_, _, _, ok := goResult(line)
		return ok
	case strings.HasPrefix(line, "ok  \t"), strings.HasPrefix(line, "FAIL\t"), strings.HasPrefix(line, dataRace), strings.HasPrefix(line, "?   \t"):
		return true
	}
	// The name of a package that does not build.
	name, ok := strings.CutPrefix(line, "# ")
	return ok && (strings.HasSuffix(name, ".test]") || strings.Contains(name, "/") && !strings.ContainsAny(name, " \t:"))
}

// goResult reads "--- FAIL: TestX/sub (0.01s)", which may follow output that did
// not end its line.
func goResult(line string) (before, name, status string, ok bool) {
	before, rest, ok := strings.Cut(line, "--- ")
	if !ok || !strings.HasSuffix(line, "s)") {
		return "", "", "", false
	}
	for _, s := range []string{"PASS", "FAIL", "SKIP", "BENCH"} {
		after, found := strings.CutPrefix(rest, s+": ")
		if !found {
			continue
		}
		j := strings.LastIndex(after, " (")
		if j <= 0 {
			return "", "", "", false
		}
		if _, err := time.ParseDuration(after[j+2 : len(after)-1]); err != nil || strings.ContainsAny(after[:j], " \t") {
			return "", "", "", false
		}
		return before, after[:j], s, true
	}
	return "", "", "", false
}

func goElapsed(line string) time.Duration {
	i := strings.LastIndex(line, " (")
	d, err := time.ParseDuration(strings.TrimSuffix(line[i+2:], ")"))
	if err != nil {
		return 0
	}
	return d
}

func (g *goReader) line(line string) bool {
	if after, ok := strings.CutPrefix(line, "=== "); ok {
		if verb, name, ok := strings.Cut(after, " "); ok {
			name = strings.TrimSpace(name)
			switch verb {
			case "RUN":
				g.verbose = true
				g.begin(name)
				g.current = name
				return false
			case "CONT", "NAME":
				g.current = name
				return false
			case "PAUSE":
				return false
			}
		}
	}
	if before, name, status, ok := goResult(line); ok {
		g.result(strings.TrimSpace(before), name, status, goElapsed(line))
		return false
	}
	switch {
	case strings.HasPrefix(line, "ok  \t"), strings.HasPrefix(line, "?   \t"):
		g.end(goField(line), "", false, 0)
		return false
	case strings.HasPrefix(line, "FAIL\t"):
		name := goField(line)
		_, why, _ := strings.Cut(line[len("FAIL\t"):], " [")
		g.end(name, strings.TrimSuffix(why, "]"), true, 0)
		return false
	case strings.HasPrefix(line, "# "):
		g.builds = goImportPath(strings.TrimPrefix(strings.TrimSuffix(line[2:], "]"), "["))
		return false
	case line == "PASS" || line == "FAIL" || strings.HasPrefix(line, "exit status ") || strings.HasPrefix(line, "coverage: "):
		g.current = ""
		return false
	}
	if g.builds != "" && len(g.cases) == 0 && len(g.running) == 0 {
		if strings.HasPrefix(line, "\t") || strings.Contains(line, ".go:") || strings.HasPrefix(line, "too many errors") {
			g.c.run.Builds++
			b := g.build[g.builds]
			if b == nil && len(g.build) < maxCases {
				b = &piece{limit: goTestHeld}
				g.build[g.builds] = b
			}
			if b != nil {
				b.line(line)
			}
			return false
		}
		g.builds = ""
	}
	g.printed(line)
	return false
}

func goField(line string) string {
	fields := strings.Split(line, "\t")
	if len(fields) < 2 {
		return ""
	}
	name, _, _ := strings.Cut(strings.TrimSpace(fields[1]), " ")
	return name
}

func (g *goReader) begin(name string) {
	if len(g.running) >= maxRunning || g.running[name] {
		return
	}
	g.running[name] = true
	g.order = append(g.order, name)
}

// printed takes a line of output.
func (g *goReader) printed(line string) {
	if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
		g.panics = true
	}
	switch {
	case strings.HasPrefix(line, "panic: test timed out after "):
		g.current, g.listed = "", true
	case g.listed && strings.HasPrefix(line, "\t\t"):
		if name, _, ok := strings.Cut(strings.TrimSpace(line), " ("); ok {
			g.begin(name)
		}
	case strings.TrimSpace(line) == "":
		g.listed = false
	}
	if g.panics {
		g.pkg.line(line)
	}
	if g.current == "" {
		if !g.panics {
			g.pkg.line(line)
		}
		return
	}
	out := g.outputs[g.current]
	if out == nil {
		if len(g.outputs) >= maxRunning {
			return
		}
		out = &piece{limit: goTestHeld}
		g.outputs[g.current] = out
	}
	out.line(line)
}

func (g *goReader) result(before, name, status string, elapsed time.Duration) {
	if before != "" {
		g.printed(before)
	}
	delete(g.running, name)
	if status == "BENCH" {
		return
	}
	if len(g.cases) >= maxRunning {
		g.c.doubt("more than " + strconv.Itoa(maxRunning) + " tests in a package")
		return
	}
	g.cases = append(g.cases, analysis.TestCase{Name: strings.Clone(name), Passed: status == "PASS", Skipped: status == "SKIP", Elapsed: elapsed})
	// Without -v, what a test said follows; with it, the output went before.
	if status == "PASS" && g.verbose {
		delete(g.outputs, name)
	}
	g.current = name
	if g.verbose && status != "FAIL" {
		g.current = ""
		if root, _, sub := strings.Cut(name, "/"); sub && g.running[root] {
			g.current = root
		}
	}
}

// end gives the tests of a package that has ended.
func (g *goReader) end(pkg, why string, failed bool, elapsed time.Duration) {
	g.c.pkg(pkg)
	whole := g.pkg.String()
	broken := false
	for i := range g.cases {
		tc := g.cases[i]
		tc.Package = pkg
		if tc.Failed() {
			broken = true
			if out := g.outputs[tc.Name]; out != nil {
				tc.Output = out.String()
			}
			if g.panics && !strings.Contains(tc.Output, "panic: ") && g.last(tc.Name) {
				tc.Output += whole
				tc.Error = true
			}
			if strings.Contains(tc.Output, "race detected during execution of test") && !strings.Contains(tc.Output, dataRace) {
				tc.Output = whole + tc.Output
			}
			tc.Message = goMessage(tc.Output)
		}
		g.c.add(tc)
	}
	for _, name := range g.order {
		if !g.running[name] {
			continue
		}
		broken = true
		out := whole
		if o := g.outputs[name]; o != nil {
			out = o.String()
			if !strings.Contains(out, "panic: ") {
				out += whole
			}
		}
		g.c.add(analysis.TestCase{Package: pkg, Name: name, Error: g.panics, Output: out, Message: goMessage(out)})
	}
	if b := g.build[pkg]; b != nil {
		whole = b.String() + whole
		delete(g.build, pkg)
	}
	if failed && !broken {
		message := goMessage(whole)
		if message == "" {
			message = why
		}
		g.c.add(analysis.TestCase{Package: pkg, Error: true, Output: whole, Message: message, Elapsed: elapsed})
	}
	g.ended = true
	g.reset()
}

// last says that no test below a failed one failed too: it is the one that
// panicked.
func (g *goReader) last(name string) bool {
	for i := range g.cases {
		if g.cases[i].Failed() && strings.HasPrefix(g.cases[i].Name, name+"/") {
			return false
		}
	}
	return true
}

func (g *goReader) close() {
	if len(g.cases) > 0 || len(g.running) > 0 {
		// go test of one package in its folder, cut off, or run by hand.
		g.end("", "", false, 0)
	}
	if g.ended && !g.verbose {
		g.c.run.Unlisted = true
	}
}
