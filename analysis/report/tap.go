package report

import (
	"regexp"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// tapReader reads the Test Anything Protocol, 13 and 14, as node:test, vitest,
// tap and prove's tests write it. Subtests are indented, before the test that
// they are of, or in its braces.
type tapReader struct {
	c      *collector
	before counts
	open   []tapLevel
	last   *tapCase
	yaml   bool
	indent int // of the description
	text   piece
	said   map[string]int
}

type tapLevel struct {
	indent int
	name   string
	brace  bool
}

type tapCase struct {
	analysis.TestCase
	group bool // it only holds others
}

var (
	tapResult = regexp.MustCompile(`^(\s*)(not )?ok(?: (\d+))?(?: -)?(?: (.*?))?(?: # (?i:(SKIP|TODO)\S*)(?: (.*))?| # time=([\d.]+m?s))?( \{)?\s*$`)
	tapSaid   = regexp.MustCompile(`^# (tests|suites|pass|fail|cancelled|skipped|todo) (\d+)$`)
	tapPlan   = regexp.MustCompile(`^\s*1\.\.\d+`)
	tapPlace  = regexp.MustCompile(`^(.*?):(\d+)(?::\d+)?$`)
)

func startsTAP(line string) bool {
	switch {
	case strings.HasPrefix(line, "TAP version 1"):
		return true
	case strings.HasPrefix(line, "ok 1"), strings.HasPrefix(line, "not ok 1"):
		m := tapResult.FindStringSubmatch(line)
		return m != nil && m[3] == "1"
	}
	return false
}

func newTAPReader(c *collector) lineReader {
	return &tapReader{c: c, before: c.counts(), said: map[string]int{}}
}

func (t *tapReader) line(line string) bool {
	trimmed := strings.TrimLeft(line, " ")
	indent := len(line) - len(trimmed)
	if t.yaml {
		if trimmed == "..." && indent <= t.indent {
			t.yaml = false
			t.described()
			return false
		}
		t.text.line(line[min(t.indent, indent):])
		return false
	}
	if strings.HasPrefix(trimmed, "ok") || strings.HasPrefix(trimmed, "not ok") {
		if m := tapResult.FindStringSubmatch(line); m != nil {
			t.result(m)
			return false
		}
	}
	switch {
	case trimmed == "---" && t.last != nil:
		t.yaml, t.indent = true, indent
		t.text.reset()
	case trimmed == "}":
		t.pop(indent)
	case strings.HasPrefix(trimmed, "# Subtest: "):
		t.flush()
		t.pop(indent)
		t.push(tapLevel{indent: indent + 4, name: untap(trimmed[len("# Subtest: "):])})
	case strings.HasPrefix(line, "# "):
		if m := tapSaid.FindStringSubmatch(line); m != nil {
			t.said[m[1]] = number(m[2])
			if m[1] == "todo" {
				t.end()
				return true
			}
		} else if t.last != nil && t.last.Failed() {
			t.last.Output += line[2:] + "\n"
		}
	case strings.HasPrefix(line, "Bail out!"):
		t.c.doubt("the tests gave up: " + short(strings.TrimSpace(line[len("Bail out!"):])))
	case strings.HasPrefix(trimmed, "1..") && tapPlan.MatchString(line):
	case t.last != nil && t.last.Failed() && len(t.last.Output) < maxOutput:
		t.last.Output += line + "\n" // mocha writes the error so
	}
	return false
}

func (t *tapReader) push(l tapLevel) {
	if len(t.open) < maxDepth {
		t.open = append(t.open, l)
	}
}

// pop leaves the levels that are deeper than indent.
func (t *tapReader) pop(indent int) {
	for len(t.open) > 0 && t.open[len(t.open)-1].indent > indent {
		t.open = t.open[:len(t.open)-1]
	}
}

func (t *tapReader) result(m []string) {
	t.flush()
	indent, failed, name := len(m[1]), m[2] != "", untap(strings.TrimSpace(m[4]))
	// A test with subtests comes after them, at the indent of their comment.
	if n := len(t.open); n > 0 && !t.open[n-1].brace && t.open[n-1].indent == indent+4 {
		t.open = t.open[:n-1]
	} else {
		t.pop(indent)
	}
	path := make([]string, 0, len(t.open)+1)
	for i := range t.open {
		path = append(path, t.open[i].name)
	}
	if name == "" {
		name = "test " + m[3]
	}
	c := &tapCase{}
	c.Name = strings.Join(append(path, name), nested)
	switch kind := strings.ToUpper(m[5]); {
	case kind != "":
		c.Skipped = true
		c.Message = strings.TrimPrefix(m[6], "-")
	default:
		c.Passed = !failed
	}
	if m[7] != "" {
		c.Elapsed = xmlSeconds(m[7])
	}
	c.group = m[8] != ""
	if c.group {
		t.push(tapLevel{indent: indent + 4, name: name, brace: true})
		return
	}
	t.last = c
}

// described takes what YAML said of the last test.
func (t *tapReader) described() {
	c := t.last
	if c == nil {
		return
	}
	text := t.text.String()
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimRight(line, "\n"), ": ")
		if !ok {
			if strings.TrimSpace(line) == "error: |-" {
				continue
			}
			continue
		}
		value = strings.Trim(value, `'"`)
		switch strings.TrimSpace(key) {
		case "type":
			c.group = c.group || value == "suite"
		case "duration_ms":
			c.Elapsed = xmlSeconds(value + "ms")
		case "location", "at":
			if m := tapPlace.FindStringSubmatch(value); m != nil && c.File == "" {
				c.File, c.Line = m[1], number(m[2])
				c.Package = c.File
			}
		case "failureType":
			c.Error = value == "testTimeoutFailure" || value == "cancelledByParent" || value == "hookFailed"
		case "error", "message":
			if c.Message == "" && value != "|-" {
				c.Message = value
			}
		}
	}
	if c.Failed() {
		c.Output += text
		if c.Message == "" {
			if _, rest, ok := strings.Cut(text, "error: |-\n"); ok {
				c.Message = firstLine(rest)
			}
		}
	}
}

func (t *tapReader) flush() {
	if t.last == nil {
		return
	}
	if !t.last.group {
		if t.last.Failed() && t.last.Message == "" {
			t.last.Message = firstLine(t.last.Output)
		}
		t.c.add(t.last.TestCase)
	}
	t.last = nil
}

// untap takes out the backslashes that TAP 14 puts before signs.
func untap(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '#' || s[i+1] == '\\') {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func (t *tapReader) end() {
	t.flush()
	if _, ok := t.said["tests"]; ok {
		n := counts{t.said["pass"], t.said["fail"] + t.said["cancelled"], -1, -1}
		if skipped, ok := t.said["skipped"]; ok { // mocha says none
			n.skipped = skipped + t.said["todo"]
		}
		t.c.said(t.before, n)
	}
	t.said = map[string]int{}
	t.before = t.c.counts()
}

func (t *tapReader) close() { t.end() }

// nodeSpecReader reads node:test's spec reporter.
type nodeSpecReader struct {
	c       *collector
	before  counts
	titles  []jestTitle
	cases   []*analysis.TestCase
	block   *analysis.TestCase
	depth   int
	text    piece
	said    map[string]int
	failing bool // the failures are told again, with their places
	place   string
	suites  map[string]bool
}

var (
	nodeTest  = regexp.MustCompile(`^(\s*)([✔✖﹣]) (.+?) \(([\d.]+m?s)\)(?: # (SKIP|TODO|.+))?$`)
	nodeSuite = regexp.MustCompile(`^(\s*)▶ (.+?)(?: \(([\d.]+m?s)\))?$`)
	nodeSaid  = regexp.MustCompile(`^ℹ (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$`)
	nodeAt    = regexp.MustCompile(`^test at (.+):(\d+):(\d+)$`)
)

func startsNodeSpec(line string) bool {
	if strings.HasPrefix(line, "▶ ") {
		return true
	}
	return (strings.HasPrefix(line, "✔ ") || strings.HasPrefix(line, "✖ ") || strings.HasPrefix(line, "﹣ ")) && nodeTest.MatchString(line)
}

func newNodeSpecReader(c *collector) lineReader {
	return &nodeSpecReader{c: c, before: c.counts(), said: map[string]int{}, suites: map[string]bool{}}
}

func (n *nodeSpecReader) line(line string) bool {
	if strings.HasPrefix(line, "ℹ ") {
		n.endBlock()
		if m := nodeSaid.FindStringSubmatch(line); m != nil {
			n.said[m[1]] = number(m[2])
		}
		return false
	}
	if strings.HasPrefix(line, "✖ failing tests:") {
		n.endBlock()
		n.failing = true
		return false
	}
	if n.failing {
		n.again(line)
		return false
	}
	if m := nodeTest.FindStringSubmatch(line); m != nil {
		n.endBlock()
		n.test(m)
		return false
	}
	if m := nodeSuite.FindStringSubmatch(line); m != nil {
		n.endBlock()
		n.pop(len(m[1]))
		if m[3] == "" && len(n.titles) < 64 {
			n.titles = append(n.titles, jestTitle{len(m[1]), m[2]})
		} else if m[3] != "" {
			n.suites[n.path(m[2])] = true // it has ended
		}
		return false
	}
	if n.block != nil {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if strings.TrimSpace(line) != "" && indent < n.depth {
			n.endBlock()
		} else {
			n.text.line(line[min(len(line), n.depth):])
		}
	}
	return false
}

func (n *nodeSpecReader) pop(indent int) {
	for len(n.titles) > 0 && n.titles[len(n.titles)-1].indent >= indent {
		n.titles = n.titles[:len(n.titles)-1]
	}
}

func (n *nodeSpecReader) path(name string) string {
	var path []string
	for _, t := range n.titles {
		path = append(path, t.text)
	}
	return strings.Join(append(path, name), nested)
}

func (n *nodeSpecReader) test(m []string) {
	// A suite closes as a test does since node 22: its title is open.
	for i, title := range slices.Backward(n.titles) {
		if title.indent == len(m[1]) && title.text == m[3] {
			n.titles = n.titles[:i]
			return
		}
	}
	n.pop(len(m[1]))
	tc := &analysis.TestCase{Name: n.path(m[3]), Elapsed: xmlSeconds(m[4])}
	switch {
	case m[2] == "﹣" || m[5] != "":
		tc.Skipped = true
		if m[5] != "SKIP" && m[5] != "TODO" {
			tc.Message = m[5]
		}
	case m[2] == "✔":
		tc.Passed = true
	default:
		n.block, n.depth = tc, len(m[1])+2
		n.text.reset()
	}
	if len(n.cases) < maxRunning {
		n.cases = append(n.cases, tc)
	}
}

func (n *nodeSpecReader) endBlock() {
	if n.block == nil {
		return
	}
	if out := strings.TrimRight(n.text.String(), "\n"); out != "" {
		n.block.Output = out + "\n"
		n.block.Message = firstLine(out)
	}
	n.block = nil
	n.text.reset()
}

// again reads the list of failures at the end.
func (n *nodeSpecReader) again(line string) {
	if m := nodeAt.FindStringSubmatch(line); m != nil {
		n.endBlock()
		n.place = line
		return
	}
	if m := nodeTest.FindStringSubmatch(line); m != nil && m[1] == "" && n.place != "" {
		at := nodeAt.FindStringSubmatch(n.place)
		n.place = ""
		for _, tc := range n.cases {
			if !tc.Failed() || tc.File != "" || tc.Name != m[3] && !strings.HasSuffix(tc.Name, nested+m[3]) {
				continue
			}
			tc.Package, tc.File, tc.Line = at[1], at[1], number(at[2])
			n.block, n.depth = tc, 2
			n.text.reset()
			break
		}
		return
	}
	if n.block != nil {
		n.text.line(line[min(len(line), len(line)-len(strings.TrimLeft(line, " ")), 2):])
	}
}

func (n *nodeSpecReader) close() {
	n.endBlock()
	for _, tc := range n.cases {
		n.c.add(*tc)
	}
	if _, ok := n.said["tests"]; ok {
		n.c.said(n.before, counts{n.said["pass"], n.said["fail"] + n.said["cancelled"], -1, n.said["skipped"] + n.said["todo"]})
	} else if len(n.cases) > 0 {
		n.c.doubt("the output of node:test ends before its tally")
	}
}
