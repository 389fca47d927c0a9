package report

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dejafix/dejafix/analysis"
)

// The limits of an XML document. No report nests deeper than suites in suites.
const (
	maxDepth     = 512
	maxAttribute = 64 << 10 // bytes of a value that is kept
	maxTag       = 256      // bytes of a name
)

// startsXML says that a line begins an XML document with test results, or one
// that says of itself that it is XML.
func startsXML(line []byte) bool {
	if len(line) >= 2 && (line[0] == 0xff && line[1] == 0xfe || line[0] == 0xfe && line[1] == 0xff) {
		return true // UTF-16, which reports of Windows are written in
	}
	if len(line) >= 3 && text(line[:3]) == "\ufeff" {
		line = line[3:]
	}
	i := skipBlank(line, 0)
	if i >= len(line) || line[i] != '<' {
		return false
	}
	head := text(line[i:min(len(line), i+32)])
	for _, s := range []string{"<?xml", "<!DOCTYPE testsuite", "<testsuite", "<testcase", "<test-run", "<assemblies"} {
		if strings.HasPrefix(head, s) {
			return true
		}
	}
	return false
}

// junitReader reads JUnit's XML in the dialects that are in use. It is a
// tokenizer of its own: encoding/xml holds whole tokens and every open element,
// and stops where an attribute is not well-formed. It resolves no entities but
// the five of XML and those of characters, and so knows no bombs.
type junitReader struct {
	c    *collector
	xml  xmlState
	buf  []byte // the name, text or value that is being read
	over bool   // buf holds no more
	name string // of the attribute
	tag  element
	utf  *utf16Decoder
	// latin says that the document declares ISO 8859-1 or Windows-1252.
	latin bool
	root  bool // an element was seen
	seen  bool // one of JUnit's was
	quote byte
	tail  [3]byte // the last bytes of a comment, section or declaration

	depth  int
	deep   int // levels beyond maxDepth
	open   []string
	suites []suite
	test   *junitCase
	into   *piece // where text goes
	carry  string // the end of text whose meaning the next piece shows
	before counts
}

type element struct {
	name   string
	attrs  map[string]string
	closed bool // <a/>
	end    bool // </a>
}

type suite struct{ name, file, pkg string }

type junitCase struct {
	analysis.TestCase
	class            string
	failure, errored bool
	skipped, flaky   bool
	todo             bool
	body, out        piece
}

type xmlState int

const (
	xmlText xmlState = iota
	xmlOpen          // after <
	xmlName
	xmlTag // between attributes
	xmlAttr
	xmlEquals
	xmlValue
	xmlBare    // a value without quotes
	xmlBang    // after <!
	xmlComment // <!-- -->
	xmlSection // <![CDATA[ ]]>
	xmlDeclare // <!DOCTYPE >, with brackets in it
	xmlTarget  // <? ?>
)

func newJUnitReader(c *collector) *junitReader {
	return &junitReader{c: c, before: c.counts()}
}

// write takes the next bytes, and returns how many it used and whether the
// document has ended.
func (x *junitReader) write(p []byte) (int, bool) {
	if x.utf == nil && !x.root && x.depth == 0 && x.xml == xmlText && len(p) >= 2 && (p[0] == 0xff && p[1] == 0xfe || p[0] == 0xfe && p[1] == 0xff) {
		x.utf = &utf16Decoder{big: p[0] == 0xfe}
	}
	if x.utf != nil {
		x.run(x.utf.decode(p))
		return len(p), false
	}
	return x.run(p)
}

func (x *junitReader) run(p []byte) (int, bool) {
	for i := 0; i < len(p); {
		// Text and the inside of sections are most of a document.
		if x.xml == xmlText {
			if n := strings.IndexByte(text(p[i:]), '<'); n != 0 {
				if n < 0 {
					n = len(p) - i
				}
				x.keep(p[i:i+n], true)
				i += n
				continue
			}
		}
		x.byte(p[i])
		i++
		if x.root && x.depth == 0 && x.xml == xmlText && len(x.open) == 0 && x.tagDone() {
			return i, true
		}
	}
	return len(p), false
}

// tagDone says that the last element closed the document.
func (x *junitReader) tagDone() bool { return x.tag.end || x.tag.closed }

func (x *junitReader) push(c byte, limit int) {
	if len(x.buf) < limit {
		x.buf = append(x.buf, c)
	} else {
		x.over = true
	}
}

func (x *junitReader) take() string {
	s := x.decode(string(x.buf))
	x.buf, x.over = x.buf[:0], false
	return s
}

// decode makes UTF-8 of what was read.
func (x *junitReader) decode(s string) string {
	if !x.latin || utf8.ValidString(s) && !hasHigh(s) {
		return strings.ToValidUTF8(s, "\ufffd")
	}
	var b strings.Builder
	for i := range len(s) {
		c := rune(s[i])
		if c >= 0x80 && c < 0xa0 {
			c = windows1252[c-0x80]
		}
		b.WriteRune(c)
	}
	return b.String()
}

func hasHigh(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return true
		}
	}
	return false
}

// windows1252 are the characters that it has where ISO 8859-1 has controls.
var windows1252 = [32]rune{
	'€', '\u0081', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u008d', 'Ž', '\u008f',
	'\u0090', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u009d', 'ž', 'Ÿ',
}

// keep takes text between tags.
func (x *junitReader) keep(b []byte, entities bool) {
	if x.into == nil || len(b) == 0 {
		return
	}
	if !entities {
		x.into.add(x.decode(string(b)))
		return
	}
	raw := x.carry + string(b)
	x.carry = ""
	// An entity or a character may go on in the next piece.
	cut := len(raw)
	if i := strings.LastIndexByte(raw, '&'); i >= max(0, len(raw)-12) && strings.IndexByte(raw[i:], ';') < 0 {
		cut = i
	} else if !x.latin {
		for n := 1; n < utf8.UTFMax && n <= len(raw); n++ {
			if at := len(raw) - n; utf8.RuneStart(raw[at]) {
				if !utf8.FullRuneInString(raw[at:]) {
					cut = at
				}
				break
			}
		}
	}
	x.carry = raw[cut:]
	x.into.add(unentity(x.decode(raw[:cut])))
}

func (x *junitReader) byte(c byte) {
	switch x.xml {
	case xmlText:
		if c == '<' {
			if x.carry != "" && x.into != nil {
				x.into.add(x.decode(x.carry))
			}
			x.carry = ""
			x.xml = xmlOpen
			x.buf = x.buf[:0]
			x.tag = element{}
		} else {
			x.keep([]byte{c}, true)
		}
	case xmlOpen:
		switch {
		case c == '/':
			x.tag.end = true
			x.xml = xmlName
		case c == '!':
			x.xml = xmlBang
		case c == '?':
			x.xml = xmlTarget
			x.tail = [3]byte{}
		case c == ' ' || c == '\n' || c == '\t' || c == '<' || c == '=' || '0' <= c && c <= '9':
			// Not well-formed: a sign in the text.
			x.keep([]byte{'<', c}, false)
			x.xml = xmlText
		default:
			x.push(c, maxTag)
			x.xml = xmlName
		}
	case xmlName:
		switch c {
		case '>':
			x.tag.name = x.take()
			x.element()
		case '/':
			x.tag.name = x.take()
			x.tag.closed = true
			x.xml = xmlTag
		case ' ', '\t', '\r', '\n':
			x.tag.name = x.take()
			x.xml = xmlTag
		default:
			x.push(c, maxTag)
		}
	case xmlTag:
		switch c {
		case '>':
			x.element()
		case '/':
			x.tag.closed = true
		case ' ', '\t', '\r', '\n':
		default:
			x.tag.closed = false
			x.push(c, maxTag)
			x.xml = xmlAttr
		}
	case xmlAttr:
		switch c {
		case '=':
			x.name = x.take()
			x.xml = xmlEquals
		case '>':
			x.buf = x.buf[:0]
			x.element()
		case ' ', '\t', '\r', '\n':
		default:
			x.push(c, maxTag)
		}
	case xmlEquals:
		switch c {
		case '"', '\'':
			x.quote = c
			x.xml = xmlValue
		case ' ', '\t', '\r', '\n':
		case '>':
			x.element()
		default:
			x.push(c, maxAttribute)
			x.xml = xmlBare
		}
	case xmlValue:
		if c == x.quote {
			x.attribute()
			x.xml = xmlTag
		} else {
			x.push(c, maxAttribute)
		}
	case xmlBare:
		switch c {
		case '>':
			x.attribute()
			x.element()
		case ' ', '\t', '\r', '\n':
			x.attribute()
			x.xml = xmlTag
		default:
			x.push(c, maxAttribute)
		}
	case xmlBang:
		x.push(c, maxTag)
		switch s := text(x.buf); {
		case s == "--":
			x.begin(xmlComment)
		case s == "[CDATA[":
			x.begin(xmlSection)
		case c == '>':
			x.buf = x.buf[:0]
			x.xml = xmlText
		case len(s) >= 7 || s[0] != '-' && s[0] != '[':
			x.begin(xmlDeclare)
		}
	case xmlComment, xmlSection, xmlTarget:
		x.inside(c)
	case xmlDeclare:
		// Entities are declared in brackets, with signs in quotes.
		switch {
		case x.quote != 0:
			if c == x.quote {
				x.quote = 0
			}
		case c == '"' || c == '\'':
			x.quote = c
		case c == '[':
			x.tail[0] = 1
		case c == ']':
			x.tail[0] = 0
		case c == '>' && x.tail[0] == 0:
			x.xml = xmlText
		}
	}
}

func (x *junitReader) begin(s xmlState) {
	x.buf = x.buf[:0]
	x.tail = [3]byte{}
	x.quote = 0
	x.xml = s
}

// inside takes a byte of what ends with two or three signs.
func (x *junitReader) inside(c byte) {
	switch x.xml {
	case xmlComment:
		if c == '>' && x.tail[1] == '-' && x.tail[2] == '-' {
			x.xml = xmlText
			return
		}
	case xmlSection:
		if c == '>' && x.tail[1] == ']' && x.tail[2] == ']' {
			x.section(true)
			x.xml = xmlText
			return
		}
		x.buf = append(x.buf, c)
		if len(x.buf) >= 4096 {
			x.section(false)
		}
	case xmlTarget:
		if c == '>' && x.tail[2] == '?' {
			lower := strings.ToLower(text(x.buf))
			if strings.HasPrefix(lower, "xml") {
				x.latin = strings.Contains(lower, "iso-8859-1") || strings.Contains(lower, "iso-8859-15") || strings.Contains(lower, "windows-1252") || strings.Contains(lower, "latin1")
			}
			x.buf = x.buf[:0]
			x.xml = xmlText
			return
		}
		x.push(c, maxTag)
	}
	x.tail = [3]byte{x.tail[1], x.tail[2], c}
}

// section gives on what a CDATA section holds, but for what may be its end.
func (x *junitReader) section(ended bool) {
	n := len(x.buf)
	if ended {
		n = max(n-2, 0)
	} else {
		n -= 2
		for n > 0 && !utf8.RuneStart(x.buf[n]) {
			n--
		}
	}
	x.keep(x.buf[:n], false)
	if ended {
		x.buf = x.buf[:0]
		return
	}
	x.buf = append(x.buf[:0], x.buf[n:]...)
}

func (x *junitReader) attribute() {
	value := unentity(x.take())
	if len(x.tag.attrs) >= 64 {
		return
	}
	if x.tag.attrs == nil {
		x.tag.attrs = map[string]string{}
	}
	x.tag.attrs[x.name] = value
}

// element takes a tag that was read.
func (x *junitReader) element() {
	x.xml = xmlText
	x.buf = x.buf[:0]
	t := &x.tag
	if i := strings.IndexByte(t.name, ':'); i >= 0 {
		t.name = t.name[i+1:] // a name space
	}
	if t.end {
		if x.deep > 0 {
			x.deep--
			return
		}
		// What was not closed is closed with what it stands in.
		for i, v := range slices.Backward(x.open) {
			if v != t.name {
				continue
			}
			for len(x.open) > i {
				x.ended(x.open[len(x.open)-1])
				x.open = x.open[:len(x.open)-1]
			}
			break
		}
		x.depth = len(x.open)
		return
	}
	x.root = true
	if len(x.open) >= maxDepth {
		x.c.doubt("elements are nested deeper than " + strconv.Itoa(maxDepth))
		if !t.closed {
			x.deep++
		}
		return
	}
	x.open = append(x.open, t.name)
	x.depth = len(x.open)
	x.begun(t)
	if t.closed {
		x.ended(t.name)
		x.open = x.open[:len(x.open)-1]
		x.depth = len(x.open)
	}
}

func (x *junitReader) begun(t *element) {
	x.into = nil
	switch t.name {
	case "testsuites":
		x.junit()
	case "testsuite":
		x.junit()
		s := suite{name: t.attrs["name"], file: first(t.attrs["file"], t.attrs["filepath"]), pkg: t.attrs["package"]}
		if len(x.suites) > 0 && s.file == "" {
			s.file = x.suites[len(x.suites)-1].file
		}
		x.suites = append(x.suites, s)
		x.c.pkg(s.name)
	case "testcase":
		x.junit()
		x.test = x.newCase(t)
	case "failure", "error":
		if x.test == nil || x.test.todo {
			return
		}
		x.test.failure, x.test.errored = x.test.failure || t.name == "failure", x.test.errored || t.name == "error"
		x.test.Error = t.name == "error"
		x.test.skipped = false
		if m := first(t.attrs["message"], t.attrs["type"]); x.test.Message == "" {
			x.test.Message = firstLine(m)
		}
		if m := t.attrs["message"]; m != "" {
			if kind := t.attrs["type"]; kind != "" && !strings.Contains(m, kind) {
				m = kind + ": " + m
			}
			x.test.body.line(m)
		}
		x.into = &x.test.body
	case "skipped", "disabled", "ignored":
		if x.test == nil {
			return
		}
		x.test.skipped = true
		x.test.todo = t.attrs["type"] == "todo" // node:test; a failure of it follows
		x.test.failure, x.test.errored = false, false
		x.test.Message = firstLine(t.attrs["message"])
	case "flakyFailure", "flakyError":
		if x.test != nil {
			x.test.flaky = true
		}
	case "rerunFailure", "rerunError":
	case "system-out", "system-err":
		if x.test != nil && len(x.open) > 1 && x.open[len(x.open)-2] == "testcase" {
			x.into = &x.test.out
		}
	}
}

func (x *junitReader) junit() {
	if !x.seen {
		x.seen = true
		x.c.reader("junit")
	}
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func (x *junitReader) newCase(t *element) *junitCase {
	a := t.attrs
	tc := &junitCase{class: a["classname"]}
	tc.Name = a["name"]
	tc.Package = tc.class
	tc.File = first(a["file"], a["filepath"])
	tc.Line, _ = strconv.Atoi(first(a["line"], a["lineno"]))
	tc.Elapsed = xmlSeconds(a["time"])
	if n := len(x.suites); n > 0 {
		if tc.Package == "" {
			tc.Package = x.suites[n-1].name
		}
		if tc.File == "" {
			tc.File = x.suites[n-1].file
		}
	}
	switch strings.ToLower(first(a["status"], a["result"])) {
	case "notrun", "suppressed", "disabled", "skipped":
		// googletest says so of tests that it was told to leave out.
		tc.skipped = true
	}
	tc.body.limit, tc.out.limit = maxOutput/2, maxOutput/2
	return tc
}

// xmlSeconds reads a time: seconds, with commas between thousands, or a
// duration.
func xmlSeconds(s string) time.Duration {
	s = strings.ReplaceAll(strings.TrimSpace(s), ",", "")
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		if f < 0 || f > 1e9 || f != f {
			return 0
		}
		return time.Duration(f*1e6) * time.Microsecond
	}
	if d, err := time.ParseDuration(s); err == nil {
		return d
	}
	return 0
}

func (x *junitReader) ended(name string) {
	x.into = nil
	switch name {
	case "testsuite":
		if len(x.suites) > 0 {
			x.suites = x.suites[:len(x.suites)-1]
		}
	case "testcase":
		x.endCase()
	case "failure", "error":
		if x.test != nil {
			x.test.body.add("\n")
		}
	}
}

func (x *junitReader) endCase() {
	t := x.test
	x.test = nil
	if t == nil {
		return
	}
	tc := t.TestCase
	switch {
	case t.failure || t.errored:
		tc.Output = strings.TrimRight(t.body.String(), "\n") + "\n"
		if out := strings.TrimSpace(t.out.String()); out != "" {
			tc.Output += out + "\n"
		}
		if tc.Message == "" {
			tc.Message = firstLine(tc.Output)
		}
	case t.skipped:
		tc.Skipped, tc.Error = true, false
	default:
		tc.Passed = true
		tc.Flaky = t.flaky
	}
	if tc.Name == "" {
		tc.Name = first(t.class, "?")
	}
	x.c.add(tc)
}

// close ends the document. What is open in one that was cut ends there.
func (x *junitReader) close(truncated bool) {
	if truncated && (len(x.open) > 0 || x.xml != xmlText) {
		where := "the XML ends in the middle"
		if x.test != nil {
			where += ", in the test " + short(x.test.Name)
		}
		x.c.doubt(where)
		if x.xml == xmlSection {
			x.section(true)
		}
		for len(x.open) > 0 {
			x.ended(x.open[len(x.open)-1])
			x.open = x.open[:len(x.open)-1]
		}
	}
	if !x.seen {
		x.c.doubt("the XML holds no test results")
	}
}

// entities are those that XML knows without being told.
var entities = map[string]string{"lt": "<", "gt": ">", "amp": "&", "quot": `"`, "apos": "'"}

// unentity resolves the entities that XML knows; others stay as they are.
func unentity(s string) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var b strings.Builder
	for ; i >= 0; i = strings.IndexByte(s, '&') {
		b.WriteString(s[:i])
		s = s[i:]
		end := strings.IndexByte(s[:min(len(s), 12)], ';')
		if end < 0 {
			b.WriteByte('&')
			s = s[1:]
			continue
		}
		name := s[1:end]
		switch {
		case entities[name] != "":
			b.WriteString(entities[name])
		case strings.HasPrefix(name, "#"):
			digits, base := name[1:], 10
			if strings.HasPrefix(digits, "x") || strings.HasPrefix(digits, "X") {
				digits, base = digits[1:], 16
			}
			n, err := strconv.ParseUint(digits, base, 32)
			if err != nil || n > utf8.MaxRune {
				b.WriteString(s[:end+1])
			} else {
				b.WriteRune(rune(n))
			}
		default:
			b.WriteString(s[:end+1])
		}
		s = s[end+1:]
	}
	b.WriteString(s)
	return b.String()
}

// utf16Decoder makes UTF-8 of UTF-16, piece by piece.
type utf16Decoder struct {
	big   bool
	begun bool
	half  []byte
	high  rune
}

func (d *utf16Decoder) decode(p []byte) []byte {
	var out []byte
	for _, c := range p {
		if d.half = append(d.half, c); len(d.half) < 2 {
			continue
		}
		r := rune(d.half[0]) | rune(d.half[1])<<8
		if d.big {
			r = rune(d.half[1]) | rune(d.half[0])<<8
		}
		d.half = d.half[:0]
		if !d.begun {
			d.begun = true
			if r == 0xfeff {
				continue
			}
		}
		switch {
		case d.high != 0:
			out = utf8.AppendRune(out, utf16.DecodeRune(d.high, r))
			d.high = 0
		case utf16.IsSurrogate(r):
			d.high = r
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}
