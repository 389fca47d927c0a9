package report

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// pytestReader reads what pytest prints, with any of -v, -q, -l, --tb and -n.
type pytestReader struct {
	c      *collector
	before counts
	part   pytestPart
	cases  []*pytestCase
	byNode map[string]*pytestCase
	blocks []*pytestBlock
	block  *pytestBlock
	last   string // a verbose line that has not ended
}

type pytestPart int

const (
	pytestProgress pytestPart = iota
	pytestErrors
	pytestFailures
	pytestSummary
	pytestOther
)

type pytestCase struct {
	node                            string // path::Class::test[param]
	passed, failed, errors, skipped bool
	rerun                           bool
	message                         string
}

// A pytestBlock is what pytest says of one failure.
type pytestBlock struct {
	title string
	error bool // at setup, teardown or collection
	text  piece
	used  bool
}

var (
	pytestTitle  = regexp.MustCompile(`^=+ (.+?) =+$`)
	pytestHead   = regexp.MustCompile(`^_{3,} (.+?) _{3,}$`)
	pytestStatus = regexp.MustCompile(`^(\S.*?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS|RERUN|SUBPASS|SUBFAIL|SUBPASSED|SUBFAILED|SUBSKIPPED)(?:\(.*?\))?(?: \((.*)\))?(?:\s+\[\s*\d+%\])?\s*$`)
	pytestWorker = regexp.MustCompile(`^\[gw\d+\] (?:\[\s*\d+%\] )?(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS|RERUN) (\S.*?)\s*$`)
	pytestShort  = regexp.MustCompile(`^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS|RERUN|SUBFAILED|SUBFAIL)(\(.*?\)|\[\d+\]|\[.*?\])? (.+)$`)
	pytestTally  = regexp.MustCompile(`^(?:=+ )?((?:\d+ (?:failed|passed|skipped|deselected|xfailed|xpassed|errors?|warnings?|rerun|subtests? (?:passed|failed|skipped))(?:, )?)+|no tests (?:ran|collected))(?: in [\d.]+s(?:econds)?(?: \(.*\))?| in [\d.]+ seconds)(?: =+)?$`)
	pytestCount  = regexp.MustCompile(`(\d+) (failed|passed|skipped|xfailed|xpassed|errors?)\b`)
	pytestPlace  = regexp.MustCompile(`^([^\s:][^:]*\.py):(\d+): `)
)

func startsPytest(line string) bool {
	if len(line) < 10 || line[0] != '=' {
		return false
	}
	m := pytestTitle.FindStringSubmatch(line)
	return m != nil && (m[1] == "test session starts" || m[1] == "FAILURES" || m[1] == "ERRORS" || m[1] == "short test summary info" || pytestTally.MatchString(line))
}

// weakPytest is what -q prints first: a line of dots and letters, or the tally.
func weakPytest(line string) bool {
	dots, _, _ := strings.Cut(line, " ")
	return dots != "" && strings.Trim(dots, ".FEsxXR") == "" || pytestTally.MatchString(line)
}

func newPytestReader(c *collector) lineReader {
	return &pytestReader{c: c, before: c.counts(), byNode: map[string]*pytestCase{}}
}

func (p *pytestReader) line(line string) bool {
	if len(line) > 4 && (line[0] == '=' || '0' <= line[0] && line[0] <= '9' || line[0] == 'n') {
		if m := pytestTally.FindStringSubmatch(line); m != nil {
			p.end(m[1])
			return true
		}
	}
	if strings.HasPrefix(line, "====") {
		if m := pytestTitle.FindStringSubmatch(line); m != nil {
			p.block = nil
			switch {
			case m[1] == "test session starts":
				if len(p.cases) > 0 || len(p.blocks) > 0 {
					p.end("")
					p.before = p.c.counts()
				}
				p.part = pytestProgress
			case m[1] == "ERRORS":
				p.part = pytestErrors
			case m[1] == "FAILURES":
				p.part = pytestFailures
			case strings.HasPrefix(m[1], "short test summary"):
				p.part = pytestSummary
			default:
				p.part = pytestOther
			}
			return false
		}
	}
	switch p.part {
	case pytestErrors, pytestFailures:
		if strings.HasPrefix(line, "___") {
			if m := pytestHead.FindStringSubmatch(line); m != nil {
				p.block = &pytestBlock{title: m[1], error: p.part == pytestErrors}
				if len(p.blocks) < maxCases {
					p.blocks = append(p.blocks, p.block)
				}
				return false
			}
		}
		if p.block != nil {
			p.block.text.line(line)
		} else if m := pytestPlace.FindStringSubmatch(line); m != nil {
			// --tb=line: a line is all that is said.
			b := &pytestBlock{title: "", error: p.part == pytestErrors}
			b.text.line(line)
			if len(p.blocks) < maxCases {
				p.blocks = append(p.blocks, b)
			}
		}
	case pytestSummary:
		p.summary(line)
	case pytestProgress:
		p.progress(line)
	case pytestOther:
	}
	return false
}

// progress reads the lines of -v; of others only what they count shows.
func (p *pytestReader) progress(line string) {
	if strings.HasPrefix(line, "[gw") {
		if m := pytestWorker.FindStringSubmatch(line); m != nil {
			p.status(m[2], m[1], "")
		}
		return
	}
	if !strings.Contains(line, "::") {
		return
	}
	if m := pytestStatus.FindStringSubmatch(line); m != nil && strings.Contains(m[1], "::") {
		p.status(m[1], m[2], m[3])
		p.last = ""
		return
	}
	// Output comes between the name and its status where -s is given.
	if node := strings.TrimRight(line, " "); !strings.ContainsAny(node, "\t") && strings.Contains(node, ".py::") {
		p.last = node
	}
}

func (p *pytestReader) at(node string) *pytestCase {
	node = strings.TrimSpace(node)
	t := p.byNode[node]
	if t == nil {
		t = &pytestCase{node: node}
		if len(p.cases) >= maxRunning {
			p.c.doubt("more than " + strconv.Itoa(maxRunning) + " tests")
			return t
		}
		p.byNode[node] = t
		p.cases = append(p.cases, t)
	}
	return t
}

func (p *pytestReader) status(node, status, why string) {
	t := p.at(node)
	switch status {
	case "PASSED", "XPASS":
		t.passed = true
	case "FAILED", "SUBFAIL", "SUBFAILED":
		t.failed = true
	case "ERROR":
		t.errors = true
	case "SKIPPED", "XFAIL":
		t.skipped = true
	case "RERUN":
		t.rerun = true
	}
	if why != "" && t.message == "" {
		t.message = why
	}
}

// summary reads a line of the short test summary.
func (p *pytestReader) summary(line string) {
	m := pytestShort.FindStringSubmatch(line)
	if m == nil {
		return
	}
	status, rest := m[1], m[3]
	if status == "SKIPPED" && strings.HasPrefix(m[2], "[") {
		return // a place and a reason, without a name
	}
	node, why := rest, ""
	if i := strings.Index(rest, " - "); i > 0 && !strings.Contains(rest[:i], "[") {
		node, why = rest[:i], rest[i+3:]
	} else if j := strings.Index(rest, "] - "); j > 0 {
		node, why = rest[:j+1], rest[j+4:]
	}
	if status == "ERROR" && !strings.Contains(node, "::") {
		// A file that could not be collected has no test.
		t := p.at(node)
		t.errors = true
		t.message = why
		return
	}
	if !strings.Contains(node, "::") {
		return
	}
	t := p.at(node)
	p.status(node, status, "")
	if why != "" && (status == "FAILED" || status == "ERROR" || status == "SUBFAILED") {
		t.message = why
	}
}

// title is how pytest heads what it says of a test: without the file, with dots.
func (t *pytestCase) title() string {
	_, name, _ := strings.Cut(t.node, "::")
	head, param, ok := strings.Cut(name, "[")
	head = strings.ReplaceAll(head, "::", ".")
	if ok {
		return head + "[" + param
	}
	return head
}

// find takes the blocks of a test.
func (p *pytestReader) find(t *pytestCase, errors bool) string {
	var b strings.Builder
	title := t.title()
	for _, block := range p.blocks {
		if block.used || block.error != errors {
			continue
		}
		name := block.title
		if errors {
			for _, prefix := range []string{"ERROR at setup of ", "ERROR at teardown of ", "ERROR collecting "} {
				name = strings.TrimPrefix(name, prefix)
			}
		}
		// A test in several files has equal titles: the first that is left.
		if name == title || name == t.node || strings.HasPrefix(name, title+" (") || strings.HasPrefix(name, title+" [") {
			block.used = true
			b.WriteString(block.text.String())
			if !strings.HasPrefix(name, title+" ") {
				break
			}
		}
	}
	return b.String()
}

// end gives the tests, and what the tally says.
func (p *pytestReader) end(tally string) {
	listed := false
	for _, t := range p.cases {
		file, name, _ := strings.Cut(t.node, "::")
		p.c.pkg(file)
		tc := analysis.TestCase{Package: file, File: file, Name: name, Message: t.message}
		switch {
		case t.failed:
			tc.Output = p.find(t, false)
			p.fill(&tc)
			p.c.add(tc)
		case t.passed:
			tc.Passed, tc.Flaky, tc.Message = true, t.rerun && !t.errors, ""
			listed = true
			p.c.add(tc)
		case t.skipped:
			tc.Skipped = true
			p.c.add(tc)
		}
		if t.errors {
			tc.Passed, tc.Skipped, tc.Error, tc.Flaky, tc.Message = false, false, true, false, t.message
			tc.Output = p.find(t, true)
			p.fill(&tc)
			if t.passed || t.failed {
				tc.Name += " (teardown)"
			}
			if name == "" {
				// pytest counts a file that cannot be read as an error.
				p.c.run.Errored++
			}
			p.c.add(tc)
		}
	}
	for _, b := range p.blocks {
		if b.used {
			continue
		}
		if p.failures() && b.title == "" {
			continue // --tb=line, whose lines name no test
		}
		tc := analysis.TestCase{Name: b.title, Error: b.error, Output: b.text.String()}
		if file, ok := strings.CutPrefix(b.title, "ERROR collecting "); ok {
			tc.Name, tc.Package, tc.File = "", file, file
			p.c.run.Errored++
		} else if b.error {
			for _, prefix := range []string{"ERROR at setup of ", "ERROR at teardown of "} {
				tc.Name = strings.TrimPrefix(tc.Name, prefix)
			}
		}
		p.fill(&tc)
		if tc.Package == "" {
			tc.Package = tc.File
		}
		if tc.Name == "" && tc.Package == "" {
			tc.Name = "?"
		}
		p.c.add(tc)
	}
	if !listed {
		p.c.run.Unlisted = true
	}
	if tally == "" {
		p.c.doubt("the output of pytest ends before its last line")
	} else {
		var n counts
		for _, m := range pytestCount.FindAllStringSubmatch(tally, -1) {
			k, err := strconv.Atoi(m[1])
			if err != nil {
				continue
			}
			switch m[2] {
			case "passed", "xpassed":
				n.passed += k
			case "failed":
				n.failed += k
			case "error", "errors":
				n.errored += k
			case "skipped", "xfailed":
				n.skipped += k
			}
		}
		p.tally(n)
	}
	p.cases, p.blocks, p.block, p.byNode = nil, nil, nil, map[string]*pytestCase{}
}

// tally takes the numbers that pytest says. A test with subtests that failed is
// one of those, and may be one that passed: the numbers are pytest's.
func (p *pytestReader) tally(n counts) {
	seen := p.c.counts().minus(p.before)
	p.c.run.Passed += n.passed - seen.passed
	p.c.run.Failed += n.failed - seen.failed
	p.c.run.Errored += n.errored - seen.errored
	p.c.run.Skipped += n.skipped - seen.skipped
	if n.failed < seen.failed || n.errored < seen.errored {
		p.c.doubt("pytest counts fewer failures than it describes")
	}
}

// failures says that the short summary, or -v, named what failed.
func (p *pytestReader) failures() bool {
	for _, t := range p.cases {
		if t.failed || t.errors {
			return true
		}
	}
	return false
}

// fill takes file, line and message from what was said of a failure.
func (p *pytestReader) fill(tc *analysis.TestCase) {
	for line := range strings.Lines(tc.Output) {
		line = strings.TrimRight(line, "\n")
		if tc.Message == "" {
			if m, ok := strings.CutPrefix(line, "E   "); ok {
				tc.Message = strings.TrimSpace(m)
			}
		}
		if m := pytestPlace.FindStringSubmatch(line); m != nil && (tc.File == "" || tc.File == m[1]) && tc.Line == 0 {
			// The first place is in the test, or in its fixture.
			tc.File, tc.Line = m[1], number(m[2])
		}
	}
	if tc.Message == "" {
		tc.Message = firstLine(tc.Output)
	}
}

func (p *pytestReader) close() {
	if len(p.cases) > 0 || len(p.blocks) > 0 {
		p.end("")
	}
}
