package report

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// A goEvent is one line of `go test -json` (`go doc test2json`). Its texts are
// of the line.
type goEvent struct {
	action, pkg, test       string
	importPath, failedBuild string // of builds
	output                  string // as written, with its escapes
	elapsed                 float64
}

// readGoEvent reads a line of go test -json. It is written by hand because a
// run prints an event for each line of each test: encoding/json takes ten times
// as long.
func readGoEvent(line []byte) (e goEvent, ok bool) {
	i := skipBlank(line, 0)
	if i >= len(line) || line[i] != '{' {
		return e, false
	}
	i = skipBlank(line, i+1)
	for i < len(line) && line[i] == '"' {
		key, next, plain := quoted(line, i)
		if next < 0 || !plain {
			return e, false
		}
		i = skipBlank(line, next)
		if i >= len(line) || line[i] != ':' {
			return e, false
		}
		i = skipBlank(line, i+1)
		if i >= len(line) {
			return e, false
		}
		if line[i] == '"' {
			value, next, plain := quoted(line, i)
			if next < 0 {
				return e, false
			}
			i = next
			switch key {
			case "Action":
				e.action = value
			case "Package":
				e.pkg = unescaped(value, plain)
			case "Test":
				e.test = unescaped(value, plain)
			case "ImportPath":
				e.importPath = unescaped(value, plain)
			case "FailedBuild":
				e.failedBuild = unescaped(value, plain)
			case "Output":
				e.output = value
			}
		} else {
			from := i
			for i < len(line) && line[i] != ',' && line[i] != '}' && line[i] != '{' && line[i] != '[' {
				i++
			}
			if i >= len(line) || line[i] == '{' || line[i] == '[' {
				return e, false // no event holds values in values
			}
			if key == "Elapsed" {
				f, err := strconv.ParseFloat(strings.TrimSpace(text(line[from:i])), 64)
				if err != nil {
					return e, false
				}
				e.elapsed = f
			}
		}
		i = skipBlank(line, i)
		if i >= len(line) {
			return e, false
		}
		if line[i] == '}' {
			return e, e.action != "" && (e.pkg != "" || e.test != "" || e.importPath != "" || known(e.action))
		}
		if line[i] != ',' {
			return e, false
		}
		i = skipBlank(line, i+1)
	}
	return e, false
}

func known(action string) bool {
	switch action {
	case "start", "run", "pause", "cont", "pass", "bench", "fail", "output", "skip", "build-output", "build-fail", "attr", "artifacts":
		return true
	}
	return false
}

func skipBlank(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// quoted is the inside of the string that begins at i, where it ends, and
// whether it holds no escapes; -1 where it does not end.
func quoted(b []byte, i int) (inside string, next int, plain bool) {
	plain = true
	from := i + 1
	for j := from; j < len(b); {
		k := strings.IndexByte(text(b[j:]), '"')
		if k < 0 {
			return "", -1, plain
		}
		k += j
		// A quote is escaped by an odd number of backslashes.
		n := 0
		for k-n-1 >= from && b[k-n-1] == '\\' {
			n++
		}
		if n%2 == 0 {
			inside = text(b[from:k])
			return inside, k + 1, strings.IndexByte(inside, '\\') < 0
		}
		j = k + 1
	}
	return "", -1, plain
}

// unescaped is the text of a JSON string.
func unescaped(inside string, plain bool) string {
	if plain || strings.IndexByte(inside, '\\') < 0 {
		return inside
	}
	var s string
	if json.Unmarshal([]byte(`"`+inside+`"`), &s) != nil {
		return inside
	}
	return s
}

// goJSON follows the tests of go test -json. What it says of events that are
// missing or late is what gotestsum says (testjson/execution.go there), so that
// the two agree: a test whose beginning is missing began with its first event,
// and one that did not end failed, but for a subtest of one that passed.
type goJSON struct {
	c        *collector
	packages map[string]*goPackage
	builds   map[string]*piece // what they said, by import path
	running  int               // tests
	held     int               // bytes of their output
}

type goPackage struct {
	name    string
	running map[string]*goTest
	subs    map[string]int // subtests that run, by the test they are of
	output  piece
	failed  bool // one of its tests did
	timeout string
	panics  bool
	ended   bool
}

type goTest struct {
	output piece
	// passed says that the test which it is part of passed.
	passed bool
}

// The limits of what is held of tests that run.
const (
	maxRunning  = 100000
	maxHeld     = 16 << 20 // bytes of output
	goTestHeld  = 16 << 10 // bytes of output of one test
	goBuildHead = "# "
)

func newGoJSON(c *collector) *goJSON {
	c.reader("go test -json")
	return &goJSON{c: c, packages: map[string]*goPackage{}, builds: map[string]*piece{}}
}

func (g *goJSON) event(e *goEvent) {
	switch e.action {
	case "build-output":
		out := unescaped(e.output, false)
		if !strings.HasPrefix(out, goBuildHead) {
			g.c.run.Builds++
		}
		g.c.compiled(strings.TrimRight(out, "\n"))
		b := g.builds[e.importPath]
		if b == nil && len(g.builds) < maxCases {
			b = &piece{limit: goTestHeld}
			g.builds[strings.Clone(e.importPath)] = b
		}
		if b != nil {
			g.add(b, e.output)
		}
		return
	case "build-fail":
		return
	}
	if e.test == "" && e.pkg == "" {
		return
	}
	p := g.pkg(e.pkg)
	if e.test == "" {
		g.packageEvent(p, e)
		return
	}
	if e.action == "run" {
		g.begin(p, e.test)
		return
	}
	t := p.running[e.test]
	if t == nil {
		if t = g.begin(p, e.test); t == nil {
			return
		}
	}
	switch e.action {
	case "output", "bench":
		if strings.HasPrefix(e.output, "panic: test timed out") {
			p.timeout = strings.Clone(e.test)
		}
		if strings.HasPrefix(e.output, "panic: ") {
			p.panics = true
		}
		if p.timeout == e.test && p.timeout != "" {
			g.add(&p.output, e.output)
			return
		}
		g.add(&t.output, e.output)
	case "pass", "fail", "skip":
		g.end(p, e.test, t, e)
	}
}

// goImportPath is the package of a build: "pkg [pkg.test]".
func goImportPath(path string) string {
	name, _, _ := strings.Cut(path, " ")
	return name
}

func (g *goJSON) pkg(name string) *goPackage {
	p := g.packages[name]
	if p == nil {
		name = strings.Clone(name)
		p = &goPackage{name: name, running: map[string]*goTest{}, subs: map[string]int{}}
		p.output.limit = goTestHeld
		g.c.pkg(name)
		if len(g.packages) >= maxRunning {
			g.c.doubt("more than " + strconv.Itoa(maxRunning) + " packages")
			return p
		}
		g.packages[name] = p
	}
	return p
}

func (g *goJSON) begin(p *goPackage, name string) *goTest {
	if old := p.running[name]; old != nil {
		g.held -= old.output.len()
		old.output.reset()
		old.passed = false
		g.c.run.Failed++ // it was counted, and does not end
		return old
	}
	if g.running >= maxRunning {
		g.c.doubt("more than " + strconv.Itoa(maxRunning) + " tests run at once")
		return nil
	}
	g.running++
	t := &goTest{}
	t.output.limit = goTestHeld
	name = strings.Clone(name)
	p.running[name] = t
	if root, _, sub := strings.Cut(name, "/"); sub {
		p.subs[root]++
	}
	return t
}

// add keeps output, of which little is held where much is printed.
func (g *goJSON) add(p *piece, output string) {
	if g.held > maxHeld {
		g.c.doubt("some output of tests was passed over: many ran at once")
		return
	}
	before := p.len()
	p.add(unescaped(output, false))
	g.held += p.len() - before
}

func (g *goJSON) end(p *goPackage, name string, t *goTest, e *goEvent) {
	tc := analysis.TestCase{
		Package: p.name, Name: strings.Clone(name), Elapsed: seconds(e.elapsed),
		Passed: e.action == "pass", Skipped: e.action == "skip",
	}
	if tc.Failed() {
		tc.Output = t.output.String()
		tc.Message = goMessage(tc.Output)
		p.failed = true
	}
	g.forget(p, name, t)
	if root, _, sub := strings.Cut(name, "/"); !sub && tc.Passed && p.subs[root] > 0 {
		for other, o := range p.running {
			if strings.HasPrefix(other, root+"/") {
				o.passed = true
			}
		}
	}
	g.c.add(tc)
}

func (g *goJSON) forget(p *goPackage, name string, t *goTest) {
	g.held -= t.output.len()
	g.running--
	delete(p.running, name)
	if root, _, sub := strings.Cut(name, "/"); sub {
		if p.subs[root]--; p.subs[root] <= 0 {
			delete(p.subs, root)
		}
	}
}

func (g *goJSON) packageEvent(p *goPackage, e *goEvent) {
	switch e.action {
	case "start":
		p.ended = false
	case "output":
		if strings.HasPrefix(e.output, "panic: ") {
			p.panics = true
		}
		g.add(&p.output, e.output)
	case "pass", "fail", "skip":
		if b := g.builds[e.failedBuild]; b != nil && e.failedBuild != "" {
			p.output.add(b.String())
		}
		g.endPackage(p, e.action == "fail", seconds(e.elapsed))
	}
}

// endPackage ends what still runs in it.
func (g *goJSON) endPackage(p *goPackage, failed bool, elapsed time.Duration) {
	output := p.output.String()
	for _, name := range sortedKeys(p.running) {
		t := p.running[name]
		out := t.output.String()
		alone := t.passed
		g.forget(p, name, t)
		if alone {
			g.c.add(analysis.TestCase{Package: p.name, Name: name, Passed: true})
			continue
		}
		p.failed = true
		if !strings.Contains(out, "panic: ") && !strings.Contains(out, "fatal error: ") {
			out += output
		}
		g.c.add(analysis.TestCase{Package: p.name, Name: name, Output: out, Message: goMessage(out), Error: p.panics})
	}
	if failed && (!p.failed || p.timeout != "") {
		g.c.add(analysis.TestCase{Package: p.name, Output: output, Message: goMessage(output), Error: true, Elapsed: elapsed})
	}
	g.held -= p.output.len()
	p.output.reset()
	p.failed, p.panics, p.timeout, p.ended = false, false, "", true
}

// close ends what the output does not end: it was cut, or the tests were.
func (g *goJSON) close() {
	open := 0
	for _, name := range sortedKeys(g.packages) {
		p := g.packages[name]
		if len(p.running) > 0 {
			open++
			g.endPackage(p, false, 0)
		}
	}
	if open > 0 {
		g.c.doubt("the output ends while tests run")
	}
}

func seconds(s float64) time.Duration {
	if s < 0 || s > 1e9 || s != s {
		return 0
	}
	return time.Duration(s*1000) * time.Millisecond
}

// dataRace is how the race detector begins.
const dataRace = "WARNING: DATA RACE"

// goMessage is the line of a failed test's output that says why.
func goMessage(output string) string {
	first := ""
	for line := range strings.Lines(output) {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "", strings.HasPrefix(trimmed, "=== "), strings.HasPrefix(trimmed, "--- "),
			strings.HasPrefix(line, "FAIL"), strings.HasPrefix(line, "exit status"), strings.HasPrefix(line, goBuildHead):
			continue
		case strings.HasPrefix(line, "panic: "), strings.HasPrefix(line, "fatal error: "), strings.HasPrefix(trimmed, dataRace):
			return trimmed
		}
		if _, message, ok := goLogged(trimmed); ok && (first == "" || !strings.HasPrefix(first, "\x00")) {
			first = "\x00" + message
		} else if first == "" {
			first = trimmed
		}
	}
	return strings.TrimPrefix(first, "\x00")
}

// goLogged is what t.Log and t.Error print: file_test.go:10: message.
func goLogged(line string) (place, message string, ok bool) {
	i := strings.Index(line, ".go:")
	if i <= 0 || strings.ContainsAny(line[:i], " \t") {
		return "", "", false
	}
	j := i + len(".go:")
	for j < len(line) && '0' <= line[j] && line[j] <= '9' {
		j++
	}
	if j == i+len(".go:") || !strings.HasPrefix(line[j:], ": ") {
		return "", "", false
	}
	return line[:j], line[j+2:], true
}
