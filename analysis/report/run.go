package report

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// The limits of what is kept of an output, however long it is. A line is cut at
// what a terminal or test2json would not print in one piece, a document at
// several times the largest report of a linter that was seen (11 MB).
const (
	maxLine     = 1 << 20  // bytes of a line; what follows is passed over
	maxDocument = 32 << 20 // bytes of a JSON document
	maxOutput   = 64 << 10 // bytes of output that one case keeps
	maxOutputs  = 8 << 20  // of all cases together
	maxCases    = 20000
	maxFindings = 10000
	maxDoubts   = 100
	maxName     = 4 << 10 // bytes of a name
)

// A Run is what was understood of an output with test results.
type Run struct {
	analysis.TestRun
	// Readers name what the output looked like, in order: rows of the table,
	// "junit", "lines" and the forms of JSON. None where nothing was understood.
	Readers []string
	// Packages are those that the tool named a result of, as many as are kept.
	Packages []string
	// Findings are what compilers and linters said in it.
	Findings []Finding
	// Builds are the lines by which a build said what is wrong.
	Builds int
	// Doubts say what was not understood, or not kept.
	Doubts []string
}

// Options are how a Scanner reads. The zero value reads anything.
type Options struct {
	// Command is the command line that printed it, where it is known: a hint for
	// outputs that do not say what they are.
	Command []string
	// Case, when not nil, is told each case as it ends, also those that are not
	// kept.
	Case func(analysis.TestCase)
}

// ReadRun reads an output to its end. An error of r is one of the doubts.
func ReadRun(r io.Reader, o Options) Run {
	s := NewScanner(o)
	if _, err := io.Copy(s, r); err != nil {
		s.c.doubt("reading stopped: " + err.Error())
	}
	return s.Close()
}

// A Scanner reads an output piece by piece, in memory that does not grow with
// it. It is not for several goroutines.
type Scanner struct {
	c *collector

	state  scanState
	buf    []byte // the line or document so far
	cut    bool   // the line was longer than what is kept
	doc    documentScan
	tail   []byte // of a document that is too large
	plain  bool   // the lines come from a document that was none
	xml    *junitReader
	active *activeReader
	hinted *row
	recent []string // lines of no reader, a ring, for one that begins late
	oldest int
	lines  lineParser
	events eventReader
}

type scanState int

const (
	inLines scanState = iota
	inDocument
	inXML
)

type activeReader struct {
	row *row
	r   lineReader
}

// NewScanner returns a Scanner.
func NewScanner(o Options) *Scanner {
	s := &Scanner{c: newCollector(o)}
	s.hinted = hint(o.Command)
	s.lines.seen = map[Finding]bool{}
	s.c.compiled = s.finding
	s.events.c, s.events.found = s.c, s.found
	return s
}

// Write takes the next piece. It never fails.
func (s *Scanner) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		switch s.state {
		case inXML:
			p = s.writeXML(p)
		case inDocument:
			p = s.writeDocument(p)
		case inLines:
			p = s.writeLines(p)
		}
	}
	return n, nil
}

// Close ends the output and says what was understood.
func (s *Scanner) Close() Run {
	if s.state == inDocument {
		s.endDocument(true)
	}
	if s.state == inLines && len(s.buf) > 0 {
		// The last line has no end.
		_, _ = s.Write([]byte{'\n'})
	}
	switch s.state {
	case inXML:
		s.xml.close(true)
	case inDocument:
		s.endDocument(true)
		if len(s.buf) > 0 {
			s.line(s.buf)
		}
	case inLines:
	}
	s.drop()
	s.events.close()
	s.c.run.Findings = s.lines.r.Findings
	if len(s.c.run.Findings) > 0 && len(s.c.run.Readers) == 0 {
		s.c.reader("lines")
	}
	if s.lines.r.Cut != "" {
		s.c.doubt("a tool left something out: " + short(s.lines.r.Cut))
	}
	return s.c.close()
}

// writeLines takes what belongs to the line that is being read.
func (s *Scanner) writeLines(p []byte) []byte {
	i := strings.IndexByte(text(p), '\n')
	piece, rest := p, p[len(p):]
	if i >= 0 {
		piece, rest = p[:i], p[i+1:]
	}
	if len(s.buf) == 0 && i >= 0 && len(piece) <= maxLine {
		// The whole line lies in p.
		return s.endLine(piece, rest)
	}
	if room := maxLine - len(s.buf); len(piece) > room {
		if !s.plain && startsDocument(s.buf, piece) {
			s.state = inDocument
			s.doc = documentScan{}
			s.doc.write(s.buf)
			return p
		}
		if startsXML(s.buf) {
			return s.beginXML(p)
		}
		s.cut = true
		piece = piece[:room]
	}
	s.buf = append(s.buf, piece...)
	if i < 0 {
		// A document that is one long line is not to be held as a line.
		if len(s.buf) > 4096 && startsXML(s.buf) {
			return s.beginXML(nil)
		}
		return rest
	}
	line := s.buf
	rest = s.endLine(line, rest)
	if s.state == inLines {
		s.buf = s.buf[:0]
	}
	return rest
}

// endLine takes a whole line and returns what is to be written next.
func (s *Scanner) endLine(line, rest []byte) []byte {
	if s.cut {
		s.c.doubt("a line of more than " + strconv.Itoa(maxLine>>20) + " MB was cut")
		s.cut = false
	}
	if startsXML(line) {
		s.buf = append(append([]byte(nil), line...), '\n')
		return s.beginXML(rest)
	}
	if !s.plain && startsDocument(line, nil) {
		if s.events.line(line) {
			return rest
		}
		s.buf = append(append([]byte(nil), line...), '\n')
		s.state = inDocument
		s.doc = documentScan{}
		if end := s.doc.write(s.buf); end > 0 || s.doc.bad {
			if len(strings.TrimSpace(text(s.buf[end:]))) > 0 {
				// A value with text behind it is no document.
				line := s.buf[:len(s.buf)-1]
				s.buf, s.state = nil, inLines
				s.line(line)
				return rest
			}
			s.endDocument(false) // one line is the whole document
		}
		return rest
	}
	s.line(line)
	return rest
}

func join(a, b []byte) []byte {
	if len(strings.TrimSpace(text(a))) == 0 {
		return b
	}
	return append(a, b...)
}

func (s *Scanner) beginXML(rest []byte) []byte {
	s.drop()
	s.state = inXML
	s.xml = newJUnitReader(s.c)
	held := s.buf
	s.buf = nil
	if left := s.writeXML(held); len(left) > 0 {
		return join(append([]byte(nil), left...), rest)
	}
	return rest
}

func (s *Scanner) writeXML(p []byte) []byte {
	n, done := s.xml.write(p)
	if done {
		s.xml.close(false)
		s.state = inLines
	}
	return p[n:]
}

// writeDocument takes what belongs to the document.
func (s *Scanner) writeDocument(p []byte) []byte {
	end := s.doc.write(p)
	piece, rest := p, p[len(p):]
	if end > 0 || s.doc.bad {
		piece, rest = p[:end], p[end:]
	}
	room := min(maxDocument-len(s.buf), len(piece))
	s.buf = append(s.buf, piece[:room]...)
	if room < len(piece) {
		s.cut = true
		// The line that it ends in may be one for itself.
		if i := strings.LastIndexByte(text(piece), '\n'); i >= 0 {
			s.tail, piece = s.tail[:0], piece[i:]
		}
		s.tail = append(s.tail, piece[:min(len(piece), max(0, maxTail-len(s.tail)))]...)
	}
	if end > 0 || s.doc.bad {
		s.endDocument(false)
	}
	return rest
}

// maxTail is how much is kept of the line in which a document ends that is too
// large to be kept.
const maxTail = 4 << 10 // bytes

// endDocument reads the document that was gathered. What is none is read as
// lines.
func (s *Scanner) endDocument(truncated bool) {
	doc := s.buf
	s.buf, s.state = nil, inLines
	truncated = truncated || s.cut || s.doc.bad
	if s.cut {
		s.c.doubt("a document of more than " + strconv.Itoa(maxDocument>>20) + " MB was cut")
		s.cut = false
	}
	if s.document(doc, truncated) {
		return
	}
	s.plain = true
	_, _ = s.Write(doc)
	_, _ = s.Write(s.tail) // a Scanner's Write never fails; what follows may end its last line
	s.plain, s.tail = false, nil
}

// line gives a line to the reader that it belongs to.
func (s *Scanner) line(b []byte) {
	line := clean(b)
	if s.active == nil || s.active.row.first == nil || !s.active.row.first(line) {
		for i := range rows {
			r := &rows[i]
			if s.active != nil && (r == s.active.row || r.late) || s.events.gotest != nil && r.name == "go test" {
				continue
			}
			if r.starts(line) || s.active == nil && r == s.hinted && r.weak != nil && r.weak(line) {
				s.drop()
				s.active = &activeReader{r, r.make(s.c)}
				s.c.reader(r.name)
				if r.late {
					for i := range s.recent {
						s.active.r.line(s.recent[(s.oldest+i)%len(s.recent)])
					}
				}
				s.recent, s.oldest = s.recent[:0], 0
				break
			}
		}
	}
	if s.active != nil {
		if s.active.r.line(line) {
			s.drop()
		}
	} else {
		if len(s.recent) < maxRecent {
			s.recent = append(s.recent, line)
		} else {
			s.recent[s.oldest] = line
			s.oldest = (s.oldest + 1) % maxRecent
		}
	}
	s.finding(line)
}

// maxRecent is how many lines a reader that begins late is told of: mocha prints
// titles of suites before its first test.
const maxRecent = 16

// finding looks for what compilers and linters print.
func (s *Scanner) finding(line string) {
	if len(s.lines.r.Findings) >= maxFindings {
		s.c.doubt("more than " + strconv.Itoa(maxFindings) + " diagnostics were printed")
		return
	}
	if line == "" || len(line) > maxFindingLine || !s.lines.expects() && !mayBeFinding(line) {
		return
	}
	s.lines.line(strings.TrimRight(line, " \t\r\n"))
}

// found takes what a program wrote.
func (s *Scanner) found(list []Finding) {
	if room := maxFindings - len(s.lines.r.Findings); len(list) > room {
		s.c.doubt("more than " + strconv.Itoa(maxFindings) + " diagnostics were printed")
		list = list[:max(room, 0)]
	}
	for _, f := range list {
		s.lines.addFinding(f)
	}
}

// maxFindingLine is the longest line that is looked at as a diagnostic.
const maxFindingLine = 16 << 10

// drop ends the active reader.
func (s *Scanner) drop() {
	if s.active != nil {
		s.active.r.close()
		s.active = nil
	}
}

// clean is a line without the codes of a terminal.
func clean(b []byte) string {
	for len(b) > 0 && (b[len(b)-1] == '\r' || b[len(b)-1] == '\n') {
		b = b[:len(b)-1]
	}
	line := string(b)
	if strings.IndexByte(line, '\x1b') >= 0 {
		line = escape.ReplaceAllString(line, "")
	}
	if i := strings.LastIndexByte(line, '\r'); i >= 0 {
		line = line[i+1:] // a progress line that was written over
	}
	return line
}

// A collector keeps the values that readers find.
type collector struct {
	o        Options
	run      Run
	outputs  int // bytes that the cases hold
	lost     int // cases that are not kept
	outcomes map[caseKey]outcome
	packages map[string]bool
	doubts   map[string]bool
	compiled func(line string)
	failed   int // cases kept that failed
}

type caseKey struct{ pkg, name, file string }

type outcome struct {
	passed, failed bool
	at             int // place of the case that failed in Cases, from 1
}

func newCollector(o Options) *collector {
	return &collector{o: o, outcomes: map[caseKey]outcome{}, packages: map[string]bool{}, doubts: map[string]bool{}}
}

// add takes a case and counts it.
func (c *collector) add(tc analysis.TestCase) {
	c.count(&tc)
	c.keep(tc)
}

func (c *collector) count(tc *analysis.TestCase) {
	switch {
	case tc.Name == "" && tc.Failed():
		c.run.Broken++
	case tc.Name == "":
	case tc.Skipped:
		c.run.Skipped++
	case tc.Passed:
		c.run.Passed++
	case tc.Error:
		c.run.Errored++
	default:
		c.run.Failed++
	}
}

// keep takes a case that is counted otherwise.
func (c *collector) keep(tc analysis.TestCase) {
	tc.Package, tc.Name, tc.File = bounded(tc.Package, maxName), bounded(tc.Name, maxName), bounded(tc.File, maxName)
	tc.Message = bounded(tc.Message, maxName)
	failed := tc.Failed()
	if !failed {
		tc.Output = ""
	}
	tc.Output = boundedMiddle(tc.Output, min(maxOutput, max(maxOutputs-c.outputs, maxName)))
	c.flaky(&tc, failed)
	if c.o.Case != nil {
		c.o.Case(tc)
	}
	// Half of the room is for those that failed.
	if len(c.run.Cases) >= maxCases || !failed && len(c.run.Cases)-c.failed >= maxCases/2 {
		c.lost++
		return
	}
	if failed {
		c.failed++
	}
	c.outputs += len(tc.Output)
	c.run.Cases = append(c.run.Cases, tc)
}

// flaky marks a case that failed and passed in this run.
func (c *collector) flaky(tc *analysis.TestCase, failed bool) {
	if tc.Name == "" || tc.Skipped {
		return
	}
	k := caseKey{tc.Package, tc.Name, tc.File}
	o, known := c.outcomes[k]
	if !known && len(c.outcomes) >= maxCases {
		return
	}
	if failed && !o.failed && len(c.run.Cases) < maxCases {
		o.at = len(c.run.Cases) + 1
	}
	o.failed, o.passed = o.failed || failed, o.passed || tc.Passed
	c.outcomes[k] = o
	if o.failed && o.passed {
		tc.Flaky = true
		if o.at > 0 && o.at <= len(c.run.Cases) {
			c.run.Cases[o.at-1].Flaky = true
		}
	}
}

// said replaces what was counted since before by what the tool says, where
// that is more: tools that name only what failed. What is negative was not said.
func (c *collector) said(before, said counts) {
	now := c.counts()
	seen := now.minus(before)
	more := func(name string, said, seen int, into *int) {
		switch {
		case said < 0:
		case said >= seen:
			*into += said - seen
		default:
			c.doubt("the tool says " + strconv.Itoa(said) + " " + name + ", and names " + strconv.Itoa(seen))
		}
	}
	more("passed", said.passed, seen.passed, &c.run.Passed)
	more("failed", said.failed, seen.failed, &c.run.Failed)
	more("errors", said.errored, seen.errored, &c.run.Errored)
	more("skipped", said.skipped, seen.skipped, &c.run.Skipped)
}

type counts struct{ passed, failed, errored, skipped int }

func (c counts) minus(b counts) counts {
	return counts{c.passed - b.passed, c.failed - b.failed, c.errored - b.errored, c.skipped - b.skipped}
}

func (c *collector) counts() counts {
	return counts{c.run.Passed, c.run.Failed, c.run.Errored, c.run.Skipped}
}

func (c *collector) pkg(name string) {
	if c.packages[name] {
		return
	}
	if len(c.packages) >= maxCases {
		c.doubt("more than " + strconv.Itoa(maxCases) + " packages")
		return
	}
	name = strings.Clone(bounded(name, maxName))
	c.packages[name] = true
	c.run.Packages = append(c.run.Packages, name)
}

// reader notes what an output looked like.
func (c *collector) reader(name string) {
	if slices.Contains(c.run.Readers, name) {
		return
	}
	c.run.Readers = append(c.run.Readers, name)
}

func (c *collector) doubt(text string) {
	if len(c.run.Doubts) < maxDoubts && !c.doubts[text] {
		c.doubts[text] = true
		c.run.Doubts = append(c.run.Doubts, text)
	}
}

func (c *collector) close() Run {
	if c.lost > 0 {
		c.doubt(strconv.Itoa(c.lost) + " cases are counted, but not kept")
	}
	return c.run
}

// Merge joins what two streams of one command said.
func Merge(a, b Run) Run {
	out := a
	out.Unlisted = a.Unlisted || b.Unlisted
	out.Passed, out.Failed, out.Errored, out.Skipped = a.Passed+b.Passed, a.Failed+b.Failed, a.Errored+b.Errored, a.Skipped+b.Skipped
	out.Broken, out.Builds = a.Broken+b.Broken, a.Builds+b.Builds
	out.Cases = append(slices.Clip(a.Cases), b.Cases...)
	out.Readers = union(a.Readers, b.Readers)
	out.Packages = union(a.Packages, b.Packages)
	out.Findings = union(a.Findings, b.Findings)
	out.Doubts = union(a.Doubts, b.Doubts)
	return out
}

// union is what is in a or b, in their order.
func union[T comparable](a, b []T) []T {
	seen := map[T]bool{}
	var out []T
	for _, list := range [][]T{a, b} {
		for _, v := range list {
			if !seen[v] {
				seen[v] = true
				out = append(out, v)
			}
		}
	}
	return out
}
