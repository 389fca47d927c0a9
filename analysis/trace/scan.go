package trace

import (
	"io"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// What bounds the memory of a scan, whatever the text.
const (
	maxLine    = 256 << 10 // bytes of a line that are looked at; one line of JSON can hold a whole trace
	maxText    = 16 << 10  // bytes of a message
	maxName    = 4 << 10   // bytes of a function or file
	maxFrames  = 4096      // of one trace, wire.MaxItems; the middle is left out
	maxTraces  = 4096      // that Find returns, wire.MaxItems
	maxCauses  = 15        // below one trace, wire.MaxCauses less the trace itself
	maxOthers  = 256       // of one trace
	maxLocals  = 256       // of one frame
	maxOpen    = 8         // traces read at the same time, of interleaved output
	maxBack    = 40        // lines before the first frame in which its message is looked for
	maxEscaped = 64        // pieces of one line of JSON that are unescaped
	patience   = 6         // foreign lines between two lines of a trace: other output in between
	chunk      = 256 << 10 // bytes read at a time
)

// Find returns the stack traces of a text, in the order in which they begin. It
// never fails; what is doubtful is said in each trace's Doubts.
func Find(text string) []analysis.Trace {
	s := Scanner{find: true}
	for off := 0; off < len(text) && len(s.done) < maxTraces; {
		end := strings.IndexByte(text[off:], '\n')
		next := off + end + 1
		if end < 0 {
			end, next = len(text)-off, len(text)
		}
		s.line(text[off:off+end], off, next)
		off = next
	}
	s.end()
	return s.sorted()
}

// A Scanner finds the stack traces of a stream. Its memory is bounded by what it
// returns at once, not by the stream.
type Scanner struct {
	r    io.Reader
	err  error
	buf  []byte // one chunk, after what was left of the last
	rest int    // of buf: a line that is not whole
	skip int    // bytes of the present line beyond maxLine that were dropped
	off  int    // of rest in the stream
	eof  bool

	done  []analysis.Trace
	next  int
	cur   analysis.Trace
	find  bool // Find: nothing is cloned
	inner bool // text taken out of a line of JSON

	now  line // the present one
	open []*opened
	back [maxBack]line
	n    int // lines ever put into back
	// from is the first of them that belongs to no trace yet, of lines that say
	// nothing of who printed them; froms of those that do.
	from  int
	froms map[string]int
}

// NewScanner returns a scanner of what r gives.
func NewScanner(r io.Reader) *Scanner { return &Scanner{r: r} }

// Scan moves to the next trace, and reports whether there is one. Traces come
// when they end, which is not the order in which they begin where output is
// interleaved.
func (s *Scanner) Scan() bool {
	for {
		if s.next < len(s.done) {
			s.cur = s.done[s.next]
			s.done[s.next] = analysis.Trace{}
			s.next++
			return true
		}
		if s.done, s.next = s.done[:0], 0; cap(s.done) > maxTraces {
			s.done = nil
		}
		if s.eof {
			return false
		}
		s.read()
	}
}

// Trace is the trace that Scan moved to. Spans count from the stream's begin.
func (s *Scanner) Trace() analysis.Trace { return s.cur }

// Err is the error that ended the stream early.
func (s *Scanner) Err() error { return s.err }

// read takes one chunk.
func (s *Scanner) read() {
	if s.buf == nil {
		s.buf = make([]byte, maxLine+chunk)
	}
	n, err := s.r.Read(s.buf[s.rest : s.rest+chunk])
	text := string(s.buf[:s.rest+n])
	pos := 0
	for {
		end := strings.IndexByte(text[pos:], '\n')
		if end < 0 {
			break
		}
		s.line(text[pos:pos+end], s.off, s.off+end+1+s.skip)
		s.off += end + 1 + s.skip
		s.skip = 0
		pos += end + 1
	}
	s.rest = copy(s.buf, text[pos:])
	if over := s.rest - maxLine; over > 0 {
		s.rest = maxLine
		s.skip += over
	}
	if err != nil {
		if err != io.EOF {
			s.err = err
		}
		s.eof = true
		if s.rest > 0 {
			s.line(string(s.buf[:s.rest]), s.off, s.off+s.rest+s.skip)
		}
		s.end()
	}
}

// A line of the text.
type line struct {
	text     string // without escapes
	body     string // without what a logger put before it
	source   string // who printed it, where the prefix says
	off, end int    // of the text, with its line break
	cut      bool   // it was longer than maxLine
}

// A builder is given the lines of one trace.
type builder interface {
	// take reports whether l belongs to the trace.
	take(l *line) bool
	// finish returns what was read: nothing when it was no trace.
	finish() []analysis.Trace
}

// An opened trace is one that is being read.
type opened struct {
	builder
	row      *row
	source   string
	off, end int
	idle     int // foreign lines since the last of its own
	between  int // of these, the ones that are not blank
	others   int // lines since then that say that another printed them
	foreign  int // in all
	cut      bool
}

// line takes the next line of the text.
func (s *Scanner) line(raw string, off, end int) {
	s.now = line{off: off, end: end}
	l := &s.now
	if len(raw) > maxLine {
		raw, l.cut = raw[:maxLine], true
	}
	l.text = plain(raw)
	n, source := prefix(l.text)
	l.body, l.source = l.text[n:], source

	// The trace that was read last comes first: its builder knows what may follow.
	for i, o := range slices.Backward(s.open) {

		if l.source != "" && l.source != o.source {
			continue
		}
		if !o.take(l) {
			continue
		}
		o.end = end
		o.foreign += o.between
		o.idle, o.between, o.others = 0, 0, 0
		o.cut = o.cut || l.cut
		if i != len(s.open)-1 {
			s.open = append(slices.Delete(s.open, i, i+1), o)
		}
		s.used(l.source)
		return
	}
	begun := false
	if which := hints(l.body); which != 0 {
		if which&hintEscaped != 0 && !s.inner && s.escaped(l) {
			return
		}
		for i := range rows {
			if rows[i].hint&which == 0 {
				continue
			}
			b, first := rows[i].begin(l, s.before)
			if b == nil {
				continue
			}
			s.close(func(o *opened) bool { return o.source == l.source && o.row.ends(&rows[i]) })
			if len(s.open) == maxOpen {
				oldest := s.open[0]
				s.close(func(o *opened) bool { return o == oldest })
			}
			s.open = append(s.open, &opened{builder: b, row: &rows[i], source: l.source, off: min(first, off), end: end, cut: l.cut})
			s.used(l.source)
			begun = true
			break
		}
	}
	if begun {
		return
	}
	if len(s.open) > 0 {
		late := false
		blank := strings.TrimSpace(l.body) == ""
		for _, o := range s.open {
			if l.source != "" && l.source != o.source {
				// Another's line says nothing of this trace, but it must end.
				if o.others++; o.others > maxOthers {
					o.idle, late = o.row.patience+1, true
				}
				continue
			}
			o.idle++
			if !blank {
				o.between++
			}
			late = late || o.idle > o.row.patience
		}
		if late {
			s.close(func(o *opened) bool { return o.idle > o.row.patience })
		}
	}
	s.back[s.n%maxBack] = *l
	s.n++
}

// maxSources bounds the printers whose lines are told apart.
const maxSources = 256

// used says that the lines so far of a source belong to a trace.
func (s *Scanner) used(source string) {
	if source == "" {
		s.from = s.n
		return
	}
	if s.froms == nil || len(s.froms) > maxSources {
		s.froms = map[string]int{}
	}
	s.froms[strings.Clone(source)] = s.n
}

// before returns the i-th line of the present one's source before it (from 1)
// that belongs to no trace.
func (s *Scanner) before(i int) *line {
	from := s.from
	if s.now.source != "" {
		from = s.froms[s.now.source]
	}
	for k := 1; k <= maxBack && s.n-k >= from && s.n-k >= 0; k++ {
		l := &s.back[(s.n-k)%maxBack]
		if l.source != s.now.source {
			continue
		}
		if i--; i == 0 {
			return l
		}
	}
	return nil
}

// A lookback gives the i-th line before the present one, nil when there is none
// that could belong to it.
type lookback func(i int) *line

// close ends the open traces that which picks.
func (s *Scanner) close(which func(*opened) bool) {
	kept := s.open[:0]
	for _, o := range s.open {
		if !which(o) {
			kept = append(kept, o)
			continue
		}
		s.emit(o)
	}
	clear(s.open[len(kept):])
	s.open = kept
}

func (s *Scanner) end() { s.close(func(*opened) bool { return true }) }

// emit keeps what a builder read.
func (s *Scanner) emit(o *opened) {
	ts := o.finish()
	for i := range ts {
		t := &ts[i]
		if t.Span == (analysis.Span{}) {
			t.Span = analysis.Span{Start: o.off, End: o.end}
		}
		if o.cut {
			t.Doubts = append(t.Doubts, "a line was longer than 256 KB and was cut")
		}
		if o.foreign > 0 {
			t.Doubts = append(t.Doubts, "other output stands between its lines")
		}
		settle(t, !s.find && !s.inner)
		s.done = append(s.done, *t)
	}
}

// sorted returns what was found in the order of the text.
func (s *Scanner) sorted() []analysis.Trace {
	slices.SortStableFunc(s.done, func(a, b analysis.Trace) int { return a.Span.Start - b.Span.Start })
	if len(s.done) > maxTraces {
		s.done = s.done[:maxTraces]
	}
	if len(s.done) == maxTraces {
		t := &s.done[maxTraces-1]
		t.Doubts = append(t.Doubts, "there may be more traces than the 4096 that are listed")
	}
	return s.done
}

// settle bounds what was read of a trace, says which frames are the user's, and,
// where own is set, makes its texts its own: a substring holds the whole chunk.
func settle(t *analysis.Trace, own bool) { settleAt(t, own, 0) }

func settleAt(t *analysis.Trace, own bool, depth int) {
	keep := func(s string, most int) string {
		if len(s) > most {
			s = strings.ToValidUTF8(s[:most], "")
		}
		if own {
			return strings.Clone(s)
		}
		return s
	}
	t.Type, t.Message, t.Thread = keep(t.Type, maxName), keep(strings.TrimSpace(t.Message), maxText), keep(t.Thread, maxName)
	for _, fs := range [][]analysis.Frame{t.Frames, t.CreatedBy} {
		last, cloned := "", ""
		for i := range fs {
			f := &fs[i]
			f.Function, f.Module, f.Text = keep(f.Function, maxName), keep(f.Module, maxName), keep(f.Text, maxName)
			if f.File != last || i == 0 {
				last = f.File
				cloned = keep(f.File, maxName)
			}
			f.File = cloned
			for j := range f.Locals {
				f.Locals[j].Name, f.Locals[j].Type = keep(f.Locals[j].Name, maxName), keep(f.Locals[j].Type, maxName)
			}
			f.InApp, f.Why = inApp(t.Language, f)
		}
	}
	if len(t.Others) > maxOthers {
		t.Others = t.Others[:maxOthers]
		t.Doubts = append(t.Doubts, "some of the exceptions that came with it were left out")
	}
	if depth == maxCauses && (t.Cause != nil || len(t.Others) > 0) {
		t.Cause, t.Others = nil, nil
		t.Doubts = append(t.Doubts, "it has more causes, which were left out")
	}
	if t.Cause != nil {
		settleAt(t.Cause, own, depth+1)
	}
	for i := range t.Others {
		settleAt(&t.Others[i], own, depth+1)
	}
}

// push appends a frame. Of a trace with too many frames the middle goes.
func push(t *analysis.Trace, f analysis.Frame) {
	if len(t.Frames) == maxFrames {
		const from, to = maxFrames / 4, maxFrames * 3 / 4
		if t.Elided == 0 || len(t.Doubts) == 0 {
			t.Doubts = append(t.Doubts, "it has more than 4096 frames; those in the middle were left out")
		}
		t.Elided += to - from
		t.Frames = append(t.Frames[:from], t.Frames[to:]...)
	}
	t.Frames = append(t.Frames, f)
}

// reversed puts the most recent call first where the language prints it last.
func reversed(t *analysis.Trace) { slices.Reverse(t.Frames) }

// addText appends a line to a message, within bounds.
func addText(msg *string, s string) {
	if len(*msg) < maxText {
		if *msg != "" {
			*msg += "\n"
		}
		*msg += s[:min(len(s), maxText)]
	}
}

// escaped looks for traces in the strings of a line of JSON, where a line break
// is written \n.
func (s *Scanner) escaped(l *line) bool {
	found := false
	rest := l.body
	for range maxEscaped {
		start := strings.IndexByte(rest, '"')
		if start < 0 {
			break
		}
		rest = rest[start+1:]
		end := 0
		for end < len(rest) && rest[end] != '"' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end, len(rest))
		if in := rest[:end]; strings.Contains(in, `\n`) {
			sub := Scanner{find: true, inner: true}
			off := 0
			for part := range strings.SplitSeq(unescape(in), "\n") {
				sub.line(part, off, off+len(part)+1)
				off += len(part) + 1
			}
			sub.end()
			for _, t := range sub.sorted() {
				t.Span = analysis.Span{Start: l.off, End: l.end}
				settle(&t, !s.find)
				s.done = append(s.done, t)
				found = true
			}
		}
		rest = rest[min(end+1, len(rest)):]
	}
	return found
}

// unescape undoes the escapes of a JSON string that traces have.
func unescape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
		case 'u':
			v, k := 0, i+1
			for k < len(s) && k < i+5 && isHex(s[k]) {
				v = v<<4 | hexValue(s[k])
				k++
			}
			if k == i+5 {
				b.WriteRune(rune(v))
				i = k - 1
			} else {
				b.WriteString(`\u`)
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func hexValue(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case c >= 'a':
		return int(c-'a') + 10
	}
	return int(c-'A') + 10
}
