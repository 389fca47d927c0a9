package report

import (
	"regexp"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// cargoReader reads what Rust's test harness prints, and what cargo prints
// between the binaries.
type cargoReader struct {
	c       *collector
	before  counts
	binary  string
	cases   []*analysis.TestCase
	byName  map[string]*analysis.TestCase
	block   *analysis.TestCase
	text    piece
	inTests bool
	waiting string // a test whose output comes before its result
	listed  bool
}

var (
	cargoBinary  = regexp.MustCompile(`^\s+Running (?:unittests )?(\S+)(?: \(.*\))?$`)
	cargoDocs    = regexp.MustCompile(`^\s+Doc-tests (\S+)$`)
	cargoRunning = regexp.MustCompile(`^running \d+ tests?$`)
	cargoTest    = regexp.MustCompile(`^test (.+?)(?: - should panic)? \.\.\. ?(.*)$`)
	cargoQuiet   = regexp.MustCompile(`^(\S.*?) --- FAILED$`)
	cargoHead    = regexp.MustCompile(`^---- (.+?) (?:stdout|stderr) ----$`)
	cargoResult  = regexp.MustCompile(`^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;`)
)

func startsCargo(line string) bool {
	switch {
	case strings.HasPrefix(line, "running "):
		return cargoRunning.MatchString(line)
	case strings.HasPrefix(line, "     Running "):
		return strings.Contains(line, " (") && cargoBinary.MatchString(line)
	case strings.HasPrefix(line, "   Doc-tests "):
		return true
	}
	return false
}

func newCargoReader(c *collector) lineReader {
	return &cargoReader{c: c, before: c.counts(), byName: map[string]*analysis.TestCase{}}
}

func (r *cargoReader) line(line string) bool {
	switch {
	case strings.HasPrefix(line, "     Running "), strings.HasPrefix(line, "   Doc-tests "):
		r.end(nil)
		if m := cargoBinary.FindStringSubmatch(line); m != nil {
			r.binary = m[1]
		} else if m := cargoDocs.FindStringSubmatch(line); m != nil {
			r.binary = m[1] + " (doc)"
		}
		r.c.pkg(r.binary)
		return false
	case strings.HasPrefix(line, "running ") && cargoRunning.MatchString(line):
		r.end(nil)
		r.inTests = true
		return false
	case strings.HasPrefix(line, "test result: "):
		r.end(cargoResult.FindStringSubmatch(line))
		return false
	case strings.HasPrefix(line, "---- "):
		if m := cargoHead.FindStringSubmatch(line); m != nil {
			r.endBlock()
			r.block = r.at(m[1])
			return false
		}
	case line == "failures:" || line == "successes:":
		r.endBlock()
		return false
	}
	if r.block != nil {
		r.text.line(line)
		return false
	}
	if m := cargoTest.FindStringSubmatch(line); m != nil {
		r.status(m[1], m[2])
		return false
	}
	if m := cargoQuiet.FindStringSubmatch(line); m != nil {
		r.at(strings.TrimSuffix(m[1], " - should panic"))
		return false
	}
	if r.waiting != "" {
		r.status(r.waiting, line) // --nocapture
	}
	return false
}

func (r *cargoReader) status(name, status string) {
	word, why, _ := strings.Cut(status, ",")
	// Doc tests and reports of time follow: "ok <0.001s>".
	word, _, _ = strings.Cut(word, " ")
	r.waiting = ""
	switch word {
	case "ok":
		r.at(name).Passed = true
		r.listed = true
	case "ignored":
		tc := r.at(name)
		tc.Skipped, tc.Message = true, strings.TrimSpace(why)
	case "FAILED":
		r.at(name)
	case "bench:":
	default:
		r.waiting = name
	}
}

func (r *cargoReader) at(name string) *analysis.TestCase {
	tc := r.byName[name]
	if tc == nil {
		tc = &analysis.TestCase{Package: r.binary, Name: name}
		if len(r.cases) < maxRunning {
			r.byName[name] = tc
			r.cases = append(r.cases, tc)
		}
	}
	return tc
}

func (r *cargoReader) endBlock() {
	if r.block == nil {
		return
	}
	r.block.Output += strings.TrimLeft(r.text.String(), "\n")
	r.block.Message = rustMessage(r.block.Output)
	r.block = nil
	r.text.reset()
}

// rustMessage is what a panic says.
func rustMessage(output string) string {
	panicked := false
	for line := range strings.Lines(output) {
		trimmed := strings.TrimSpace(line)
		if panicked && trimmed != "" {
			return trimmed
		}
		if strings.HasPrefix(trimmed, "thread '") && strings.Contains(trimmed, "' panicked at ") || strings.Contains(trimmed, ") panicked at ") {
			if _, message, ok := strings.Cut(trimmed, " panicked at '"); ok { // before Rust 1.73
				message, _, _ = strings.Cut(message, "', ")
				return message
			}
			panicked = true
		}
		if strings.HasPrefix(trimmed, "Error: ") || strings.HasPrefix(trimmed, "note: test did not panic") {
			return trimmed
		}
	}
	return firstLine(output)
}

// end gives the tests of a binary. m is its result, nil when it said none.
func (r *cargoReader) end(m []string) {
	r.endBlock()
	if r.waiting != "" {
		tc := r.at(r.waiting)
		tc.Error = true
		tc.Message = "the process ended in it"
		r.waiting = ""
	}
	if len(r.cases) == 0 && m == nil {
		return
	}
	for _, tc := range r.cases {
		r.c.add(*tc)
	}
	if m != nil {
		r.c.said(r.before, counts{number(m[1]), number(m[2]), -1, number(m[3])})
	} else if r.inTests {
		r.c.doubt("a test binary ends before its result")
	}
	if !r.listed {
		r.c.run.Unlisted = true
	}
	r.before, r.inTests = r.c.counts(), false
	r.cases, r.byName = nil, map[string]*analysis.TestCase{}
}

func (r *cargoReader) close() { r.end(nil) }

// nextestReader reads what cargo nextest prints.
type nextestReader struct {
	c      *collector
	before counts
	byName map[string]*analysis.TestCase
	cases  []*analysis.TestCase
	block  *analysis.TestCase
	text   piece
	over   bool // the failures are listed again
}

var (
	nextestTest = regexp.MustCompile(`^\s*(?:TRY (\d+) )?(PASS|FAIL|SKIP|TIMEOUT|ABORT|SIG[A-Z]+|LEAK|FLAKY \d+/\d+|SLOW|XFAIL|TERMINATING|LEAK-FAIL|EXECFAIL) \[[ >]*([\d.]+)s?\] (?:\(\s*[\d─]+/\d+\) )?(\S+)(?: (\S.*))?$`)
	nextestHead = regexp.MustCompile(`^---+ (?:STDOUT|STDERR|TRY \d+ STDOUT|TRY \d+ STDERR):\s+(\S+) (\S.*?) ---+$`)
	nextestSum  = regexp.MustCompile(`^\s+Summary \[ *[\d.]+s\] (?:\d+/)?(\d+) tests? run: (.*)$`)
	nextestN    = regexp.MustCompile(`(\d+) (passed|failed|skipped|timed out|exec failed)`)
)

func startsNextest(line string) bool {
	trimmed := strings.TrimLeft(line, " ")
	switch {
	case strings.HasPrefix(trimmed, "Nextest run ID "):
		return true
	case strings.HasPrefix(trimmed, "PASS ["), strings.HasPrefix(trimmed, "FAIL ["), strings.HasPrefix(trimmed, "TRY "):
		return nextestTest.MatchString(line)
	}
	return false
}

func newNextestReader(c *collector) lineReader {
	return &nextestReader{c: c, before: c.counts(), byName: map[string]*analysis.TestCase{}}
}

func (r *nextestReader) line(line string) bool {
	if m := nextestSum.FindStringSubmatch(line); m != nil {
		r.end(m[2])
		r.over = true
		return false
	}
	if m := nextestTest.FindStringSubmatch(line); m != nil {
		r.endBlock()
		if !r.over {
			r.test(m)
		}
		return false
	}
	if r.over {
		return false
	}
	if m := nextestHead.FindStringSubmatch(line); m != nil {
		r.endBlock()
		r.block = r.byName[m[1]+"\x00"+m[2]]
		return false
	}
	if trimmed := strings.TrimSpace(line); strings.HasSuffix(trimmed, "───") || strings.HasPrefix(trimmed, "────") {
		return false
	}
	if r.block != nil {
		r.text.line(line)
	}
	return false
}

func (r *nextestReader) test(m []string) {
	if m[2] == "SLOW" || m[2] == "TERMINATING" {
		return
	}
	pkg, name := m[4], m[5]
	if name == "" {
		pkg, name = "", m[4]
	}
	key := pkg + "\x00" + name
	tc := r.byName[key]
	if tc == nil {
		tc = &analysis.TestCase{Package: pkg, Name: name}
		if len(r.cases) < maxRunning {
			r.byName[key] = tc
			r.cases = append(r.cases, tc)
		}
		r.c.pkg(pkg)
	}
	tc.Elapsed = xmlSeconds(m[3])
	failedBefore := m[1] != "" && m[1] != "1"
	switch word, _, _ := strings.Cut(m[2], " "); word {
	case "PASS", "LEAK":
		tc.Passed = true
		tc.Flaky = failedBefore
	case "FLAKY":
		tc.Passed, tc.Flaky = true, true
	case "SKIP":
		tc.Skipped = true
	default:
		tc.Error = word != "FAIL"
		r.block = tc // newer versions print its output below, indented
	}
}

func (r *nextestReader) endBlock() {
	if r.block != nil && r.text.len() > 0 {
		r.block.Output += strings.TrimLeft(r.text.String(), "\n")
		r.block.Message = rustMessage(r.block.Output)
	}
	r.block = nil
	r.text.reset()
}

func (r *nextestReader) end(tally string) {
	r.endBlock()
	for _, tc := range r.cases {
		r.c.add(*tc)
	}
	r.cases, r.byName = nil, map[string]*analysis.TestCase{}
	if tally == "" {
		r.c.doubt("the output of nextest ends before its summary")
		return
	}
	var n counts
	n.errored = -1
	for _, m := range nextestN.FindAllStringSubmatch(tally, -1) {
		switch m[2] {
		case "passed":
			n.passed = number(m[1])
		case "skipped":
			n.skipped = number(m[1])
		default:
			n.failed += number(m[1])
		}
	}
	// What timed out, or was killed, is an error here and a failure there.
	seen := r.c.counts().minus(r.before)
	n.failed -= seen.errored
	n.skipped = max(n.skipped, seen.skipped)
	r.c.said(r.before, n)
	r.before = r.c.counts()
}

func (r *nextestReader) close() {
	if len(r.cases) > 0 {
		r.end("")
	}
}

// ownNextest is what a test binary prints of itself in nextest's output.
func ownNextest(line string) bool { return cargoRunning.MatchString(line) }
