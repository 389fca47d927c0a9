package report

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// unittestReader reads what Python's unittest prints, Django's runner too.
type unittestReader struct {
	c      *collector
	block  *unittestBlock
	cases  []analysis.TestCase
	named  map[string]bool // what failed
	whole  int             // failures of classes and modules
	ran    int
	rule   bool   // the line before was a rule of equals signs
	open   string // a verbose line without its status
	listed bool
}

type unittestBlock struct {
	word, title string
	text        piece
	begun       bool // after the rule under its title
}

var (
	unittestVerbose = regexp.MustCompile(`^(\w+) \(([\w.<>]+)\)(?: \[.*?\])?(?: \(.*\))? \.\.\. ?(.*)$`)
	unittestName    = regexp.MustCompile(`^(\w+) \(([\w.<>]+)\)(.*)$`)
	unittestRan     = regexp.MustCompile(`^Ran (\d+) tests? in [\d.]+s`)
	unittestCounts  = regexp.MustCompile(`(failures|errors|skipped|expected failures|unexpected successes)=(\d+)`)
	doubleRule      = strings.Repeat("=", 70)
	singleRule      = strings.Repeat("-", 70)
)

func startsUnittest(line string) bool {
	switch {
	case line == doubleRule:
		return true
	case strings.HasPrefix(line, "Ran "):
		return unittestRan.MatchString(line)
	case strings.Contains(line, ") ... "):
		return unittestVerbose.MatchString(line)
	}
	return false
}

func newUnittestReader(c *collector) lineReader {
	return &unittestReader{c: c, named: map[string]bool{}, ran: -1}
}

func (u *unittestReader) line(line string) bool {
	switch {
	case line == doubleRule:
		u.endBlock()
		u.rule = true
		return false
	case u.rule:
		u.rule = false
		for _, word := range []string{"FAIL", "ERROR", "UNEXPECTED SUCCESS"} {
			if title, ok := strings.CutPrefix(line, word+": "); ok {
				u.block = &unittestBlock{word: word, title: title}
				if word == "UNEXPECTED SUCCESS" {
					u.endBlock()
				}
			}
		}
		return false
	case strings.HasPrefix(line, "Ran "):
		if m := unittestRan.FindStringSubmatch(line); m != nil {
			u.endBlock()
			u.ran = number(m[1])
			return false
		}
	case line == "OK" || line == "FAILED" || line == "NO TESTS RAN" || strings.HasPrefix(line, "OK (") || strings.HasPrefix(line, "FAILED ("):
		if u.ran >= 0 {
			u.end(line)
			return true
		}
	}
	if u.block != nil {
		if line == singleRule && !u.block.begun {
			u.block.begun = true
			return false
		}
		if line == singleRule {
			u.endBlock()
			return false
		}
		if u.block.begun {
			u.block.text.line(line)
		}
		return false
	}
	u.verbose(line)
	return false
}

// verbose reads a line of -v.
func (u *unittestReader) verbose(line string) {
	if m := unittestVerbose.FindStringSubmatch(line); m != nil {
		u.open = unittestNode(m[2], m[1])
		u.status(m[3])
		return
	}
	if m := unittestName.FindStringSubmatch(line); m != nil && m[3] == "" {
		u.open = unittestNode(m[2], m[1]) // its description follows
		return
	}
	if u.open != "" {
		if i := strings.LastIndex(line, " ... "); i >= 0 {
			line = line[i+5:]
		}
		u.status(line)
	}
}

// unittestNode is module.Class.test. Python has written the test's name after
// its class since 3.11.
func unittestNode(class, name string) string {
	if strings.HasSuffix(class, "."+name) {
		return class
	}
	return class + "." + name
}

func (u *unittestReader) status(word string) {
	word = strings.TrimSpace(word)
	tc := analysis.TestCase{Package: parent(u.open), Name: leaf(u.open)}
	switch {
	case word == "ok":
		tc.Passed = true
	case strings.HasPrefix(word, "skipped"):
		tc.Skipped = true
		tc.Message = strings.Trim(strings.TrimPrefix(word, "skipped "), `"'`)
	case word == "expected failure":
		tc.Skipped = true
	case word == "FAIL" || word == "ERROR" || word == "unexpected success":
		u.open = "" // it is described below
		return
	default:
		return // output, or the status of a subtest
	}
	u.listed = u.listed || tc.Passed
	u.open = ""
	if len(u.cases) < maxRunning {
		u.cases = append(u.cases, tc)
	}
}

func parent(node string) string {
	if i := strings.LastIndexByte(node, '.'); i > 0 {
		return node[:i]
	}
	return ""
}

func leaf(node string) string { return node[strings.LastIndexByte(node, '.')+1:] }

func (u *unittestReader) endBlock() {
	b := u.block
	u.block = nil
	if b == nil {
		return
	}
	tc := analysis.TestCase{Name: b.title, Error: b.word == "ERROR", Output: b.text.String()}
	m := unittestName.FindStringSubmatch(b.title)
	switch {
	case m == nil:
		u.whole++
	case m[1] == "setUpClass" || m[1] == "tearDownClass" || m[1] == "setUpModule" || m[1] == "tearDownModule":
		tc.Package, tc.Name = m[2], m[1]
		u.whole++
	default:
		node := unittestNode(m[2], m[1])
		tc.Package, tc.Name = parent(node), leaf(node)+m[3]
		u.named[node] = true
	}
	last := ""
	for line := range strings.Lines(tc.Output) {
		if line[0] != ' ' && line[0] != '\n' && !strings.HasPrefix(line, "Traceback ") {
			last = strings.TrimSpace(line)
			break
		}
	}
	tc.Message = last
	if b.word == "UNEXPECTED SUCCESS" {
		tc.Message = "passed, and was expected to fail"
	}
	if len(u.cases) < maxRunning {
		u.cases = append(u.cases, tc)
	}
}

func (u *unittestReader) end(line string) {
	before := u.c.counts()
	for i := range u.cases {
		u.c.pkg(u.cases[i].Package)
		u.c.add(u.cases[i])
	}
	n := map[string]int{}
	for _, m := range unittestCounts.FindAllStringSubmatch(line, -1) {
		n[m[1]] = number(m[2])
	}
	skipped := n["skipped"] + n["expected failures"]
	if u.ran >= 0 {
		u.c.said(before, counts{
			max(u.ran-len(u.named)-skipped, 0),
			n["failures"] + n["unexpected successes"], n["errors"], skipped,
		})
	} else {
		u.c.doubt("the output of unittest ends before its last line (" + strconv.Itoa(len(u.cases)) + " tests are named)")
	}
	u.c.run.Unlisted = u.c.run.Unlisted || !u.listed
	u.cases, u.named, u.ran = nil, map[string]bool{}, -1
}

func (u *unittestReader) close() {
	u.endBlock()
	if len(u.cases) > 0 || u.ran >= 0 {
		u.end("")
	}
}
