package report

import (
	"regexp"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// mochaReader reads mocha's spec reporter, and the failures that every reporter
// of it prints last.
type mochaReader struct {
	c       *collector
	before  counts
	titles  []jestTitle
	said    counts
	tallied bool
	block   *analysis.TestCase
	path    []string
	titled  bool // the titles of the block are complete
	text    piece
	listed  bool
}

var (
	mochaTest  = regexp.MustCompile(`^(\s{2,})(?:([✓✔√]) (.+?)(?: \(([\d.]+m?s)\))?|(\d+)\) (.+)|- (.+))$`)
	mochaTally = regexp.MustCompile(`^\s{2}(\d+) (passing|failing|pending)(?: \(.+\))?$`)
	mochaBlock = regexp.MustCompile(`^  (\d+)\) (.+)$`)
)

func startsMocha(line string) bool {
	if !strings.HasPrefix(line, "  ") {
		return false
	}
	if m := mochaTally.FindStringSubmatch(line); m != nil {
		return m[2] == "passing"
	}
	m := mochaTest.FindStringSubmatch(line)
	return m != nil && m[2] != ""
}

func newMochaReader(c *collector) lineReader {
	return &mochaReader{c: c, before: c.counts(), said: counts{-1, -1, -1, -1}}
}

func (r *mochaReader) line(line string) bool {
	if m := mochaTally.FindStringSubmatch(line); m != nil {
		r.endBlock()
		r.tallied = true
		switch m[2] {
		case "passing":
			r.said.passed = number(m[1])
		case "failing":
			r.said.failed = number(m[1])
		case "pending":
			r.said.skipped = number(m[1])
		}
		return false
	}
	if !r.tallied {
		r.spec(line)
		return false
	}
	if m := mochaBlock.FindStringSubmatch(line); m != nil {
		r.endBlock()
		r.block = &analysis.TestCase{}
		r.path, r.titled = nil, false
		r.title(m[2])
		return false
	}
	if r.block == nil {
		return false
	}
	if strings.HasPrefix(line, "npm ERR!") || strings.HasPrefix(line, "npm error") || strings.HasPrefix(line, "error Command failed") {
		r.endBlock()
		return true
	}
	if !r.titled {
		if trimmed := strings.TrimSpace(line); trimmed != "" {
			r.title(trimmed)
			return false
		}
		r.titled = true
	}
	r.text.line(line)
	return false
}

// title takes a line of the titles of a failure; the last ends with a colon.
func (r *mochaReader) title(s string) {
	if name, ok := strings.CutSuffix(s, ":"); ok {
		r.titled, s = true, name
	}
	if len(r.path) < 64 {
		r.path = append(r.path, s)
	}
}

func (r *mochaReader) spec(line string) {
	m := mochaTest.FindStringSubmatch(line)
	if m == nil {
		if trimmed := strings.TrimLeft(line, " "); trimmed != "" && len(line)-len(trimmed) >= 2 {
			r.open(len(line) - len(trimmed))
			if len(r.titles) < 64 {
				r.titles = append(r.titles, jestTitle{len(line) - len(trimmed), trimmed})
			}
		}
		return
	}
	r.open(len(m[1]))
	var path []string
	for _, t := range r.titles {
		path = append(path, t.text)
	}
	switch {
	case m[2] != "":
		r.listed = true
		r.c.add(analysis.TestCase{Name: strings.Join(append(path, m[3]), nested), Passed: true, Elapsed: xmlSeconds(m[4])})
	case m[7] != "":
		r.c.add(analysis.TestCase{Name: strings.Join(append(path, m[7]), nested), Skipped: true})
	}
}

func (r *mochaReader) open(indent int) {
	for len(r.titles) > 0 && r.titles[len(r.titles)-1].indent >= indent {
		r.titles = r.titles[:len(r.titles)-1]
	}
}

func (r *mochaReader) endBlock() {
	if r.block == nil {
		return
	}
	r.block.Name = strings.Join(r.path, nested)
	r.block.Output = strings.TrimLeft(r.text.String(), "\n")
	r.block.Message = firstLine(r.block.Output)
	r.c.add(*r.block)
	r.block = nil
	r.text.reset()
}

func (r *mochaReader) close() {
	r.endBlock()
	if !r.tallied {
		r.c.doubt("the output of mocha ends before its tally")
		return
	}
	// What failed, and what is pending, is said where there is any.
	r.said.failed, r.said.skipped = max(r.said.failed, 0), max(r.said.skipped, 0)
	r.c.said(r.before, r.said)
	r.c.run.Unlisted = r.c.run.Unlisted || !r.listed && r.said.passed > 0
}
