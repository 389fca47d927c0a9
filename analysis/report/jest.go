package report

import (
	"regexp"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// jestReader reads what jest prints, with --verbose and without.
type jestReader struct {
	c      *collector
	before counts
	file   string
	titles []jestTitle // of the suites that are open
	cases  []*analysis.TestCase
	byName map[string]*analysis.TestCase // of the file
	block  *analysis.TestCase
	text   piece
	again  bool // the failures are being told a second time
	listed bool
}

type jestTitle struct {
	indent int
	text   string
}

var (
	jestFile  = regexp.MustCompile(`^ ?(PASS|FAIL)\s+(?:\S.*\s)?(\S+\.[cm]?[jt]sx?|\S+\.(?:vue|svelte|coffee))(?: \([\d.]+ ?m?s\))?$`)
	jestTest  = regexp.MustCompile(`^(\s+)([✓√✕×✗○✎]) (.+?)(?: \(([\d.]+ m?s)\))?$`)
	jestTally = regexp.MustCompile(`(\d+) (failed|passed|skipped|todo|pending|total)`)
)

func startsJest(line string) bool {
	bare := strings.TrimPrefix(line, " ") // with colours
	return (strings.HasPrefix(bare, "PASS ") || strings.HasPrefix(bare, "FAIL ")) && jestFile.MatchString(line)
}

func newJestReader(c *collector) lineReader {
	return &jestReader{c: c, before: c.counts(), byName: map[string]*analysis.TestCase{}}
}

func (j *jestReader) line(line string) bool {
	if m := jestFile.FindStringSubmatch(line); m != nil {
		j.endFile()
		j.file = m[2]
		j.c.pkg(m[2])
		return false
	}
	switch {
	case strings.HasPrefix(line, "Summary of all failing tests"):
		j.endFile()
		j.again = true
		return false
	case strings.HasPrefix(line, "Test Suites:"):
		j.endFile()
		return false
	case strings.HasPrefix(line, "Tests:"):
		j.endFile()
		j.end(line)
		return false
	case strings.HasPrefix(line, "Time:"):
		return true
	}
	if name, ok := strings.CutPrefix(line, "  ● "); ok {
		j.endBlock()
		j.begin(strings.TrimSpace(name))
		return false
	}
	if j.block != nil {
		if line != "" && line[0] != ' ' && line[0] != '\t' {
			j.endBlock()
		} else {
			j.text.line(line)
		}
		return false
	}
	if j.file == "" || j.again {
		return false
	}
	if m := jestTest.FindStringSubmatch(line); m != nil {
		j.test(len(m[1]), m[2], m[3], m[4])
		return false
	}
	// The title of a suite.
	if trimmed := strings.TrimLeft(line, " "); trimmed != "" && len(line)-len(trimmed) >= 2 && (len(line)-len(trimmed))%2 == 0 {
		j.suite(len(line)-len(trimmed), trimmed)
	}
	return false
}

func (j *jestReader) suite(indent int, title string) {
	for len(j.titles) > 0 && j.titles[len(j.titles)-1].indent >= indent {
		j.titles = j.titles[:len(j.titles)-1]
	}
	if len(j.titles) < 64 {
		j.titles = append(j.titles, jestTitle{indent, title})
	}
}

func (j *jestReader) test(indent int, sign, name, took string) {
	for len(j.titles) > 0 && j.titles[len(j.titles)-1].indent >= indent {
		j.titles = j.titles[:len(j.titles)-1]
	}
	tc := &analysis.TestCase{Package: j.file, File: j.file, Elapsed: xmlSeconds(strings.ReplaceAll(took, " ", ""))}
	switch sign {
	case "✓", "√":
		tc.Passed = true
		j.listed = true
	case "○", "✎":
		tc.Skipped = true
		name = strings.TrimPrefix(strings.TrimPrefix(name, "skipped "), "todo ")
	}
	var path []string
	for _, t := range j.titles {
		path = append(path, t.text)
	}
	tc.Name = strings.Join(append(path, name), nested)
	j.take(tc)
}

func (j *jestReader) take(tc *analysis.TestCase) {
	if len(j.cases) >= maxRunning {
		return
	}
	j.cases = append(j.cases, tc)
	j.byName[strings.ReplaceAll(tc.Name, nested, " › ")] = tc
}

// begin begins what is said of a test. Suites are joined by arrows, which a
// name may hold too.
func (j *jestReader) begin(name string) {
	j.text.reset()
	if j.again || name == "Console" || strings.HasPrefix(name, "Console") {
		return
	}
	if name == "Test suite failed to run" {
		j.block = &analysis.TestCase{Package: j.file, File: j.file, Error: true}
		j.cases = append(j.cases, j.block)
		return
	}
	tc := j.byName[name]
	if tc == nil {
		tc = &analysis.TestCase{Package: j.file, File: j.file, Name: strings.ReplaceAll(name, " › ", nested)}
		j.take(tc)
		j.byName[name] = tc
	}
	j.block = tc
}

func (j *jestReader) endBlock() {
	if j.block == nil {
		return
	}
	j.block.Output = strings.TrimLeft(j.text.String(), "\n")
	j.block.Message = firstLine(j.block.Output)
	j.block = nil
}

func (j *jestReader) endFile() {
	j.endBlock()
	for _, tc := range j.cases {
		j.c.add(*tc)
	}
	j.cases, j.titles, j.byName, j.file = nil, nil, map[string]*analysis.TestCase{}, ""
}

func (j *jestReader) end(line string) {
	n := jestCounts(line)
	j.c.said(j.before, n)
	j.before = j.c.counts()
	if !j.listed {
		j.c.run.Unlisted = true
	}
}

func jestCounts(line string) counts {
	n := counts{errored: -1}
	for _, m := range jestTally.FindAllStringSubmatch(line, -1) {
		switch m[2] {
		case "failed":
			n.failed = number(m[1])
		case "passed":
			n.passed = number(m[1])
		case "skipped", "todo", "pending":
			n.skipped += number(m[1])
		}
	}
	return n
}

func (j *jestReader) close() { j.endFile() }

// vitestReader reads what vitest prints, with the default reporter and the
// verbose one.
type vitestReader struct {
	c      *collector
	before counts
	block  *analysis.TestCase
	text   piece
	listed bool
	flaky  map[string]bool
}

var (
	vitestFail = regexp.MustCompile(`^ FAIL  (?:\|[^|]+\| |[\w-]+ )?(\S+\.\S+)(?: \[ .+ \]| > (.+))?$`)
	vitestTest = regexp.MustCompile(`^ ([✓√↓□]) (?:\|[^|]+\| )?(\S+\.\S+) > (.+?)(?: (\d+)m?s)?( \(retry x\d+\))?$`)
	// A file of which the default reporter names only the tests that failed.
	vitestFile = regexp.MustCompile(`^ [✓√❯↓] (?:\|[^|]+\| )?(\S+\.\S+) \(\d+ tests?\b.*\)`)
)

func startsVitest(line string) bool {
	return strings.HasPrefix(line, " RUN  v") || strings.HasPrefix(line, " DEV  v")
}

// ownVitest are its lines that look like jest's.
func ownVitest(line string) bool { return strings.HasPrefix(line, " FAIL  ") }

func newVitestReader(c *collector) lineReader {
	return &vitestReader{c: c, before: c.counts(), flaky: map[string]bool{}}
}

func (v *vitestReader) line(line string) bool {
	if m := vitestFail.FindStringSubmatch(line); m != nil {
		v.endBlock()
		v.c.pkg(m[1])
		v.block = &analysis.TestCase{Package: m[1], File: m[1], Name: m[2], Error: m[2] == ""}
		return false
	}
	trimmed := strings.TrimLeft(line, " ")
	switch {
	case strings.HasPrefix(trimmed, "⎯⎯⎯"):
		v.endBlock()
		return false
	case strings.HasPrefix(line, "      Tests  "), strings.HasPrefix(line, "     Tests  "):
		v.endBlock()
		v.c.said(v.before, jestCounts(line))
		v.before = v.c.counts()
		if !v.listed {
			v.c.run.Unlisted = true
		}
		return false
	case strings.HasPrefix(line, "   Duration  "):
		return true
	}
	if v.block != nil {
		v.text.line(line)
		return false
	}
	if m := vitestFile.FindStringSubmatch(line); m != nil {
		v.c.pkg(m[1])
		return false
	}
	if m := vitestTest.FindStringSubmatch(line); m != nil {
		v.c.pkg(m[2])
		passed := m[1] == "✓" || m[1] == "√"
		v.listed = v.listed || passed
		v.c.add(analysis.TestCase{Package: m[2], File: m[2], Name: m[3], Passed: passed, Skipped: !passed, Flaky: m[5] != "", Elapsed: milliseconds(float64(number(m[4])))})
	}
	return false
}

func (v *vitestReader) endBlock() {
	if v.block == nil {
		return
	}
	v.block.Output = v.text.String()
	v.block.Message = firstLine(v.block.Output)
	v.c.add(*v.block)
	v.block = nil
	v.text.reset()
}

func (v *vitestReader) close() { v.endBlock() }
