package trace

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// beginPython takes "Traceback (most recent call last):", and a File line
// without it: a SyntaxError of the main file, or a text cut at its top.
func beginPython(l *line, _ lookback) (builder, int) {
	s := l.body
	k := strings.Index(s, "Traceback (")
	switch {
	case k >= 0 && (strings.HasPrefix(s[k:], "Traceback (most recent call last)") || strings.HasPrefix(s[k:], "Traceback (innermost last)")):
		if strings.IndexByte(s[k+11:], ')') < 0 || strings.Contains(s, "│") || strings.Contains(s, "─") {
			return nil, 0
		}
		p := &python{base: -1, margin: -1}
		lead := s[:k]
		if margin, _ := pythonMargin(s); margin >= 0 {
			p.margin = margin
		} else if strings.TrimSpace(lead) == "" {
			p.base = k
		}
		p.cur = &pyTrace{margin: p.margin, headed: true}
		p.stack = []*pyTrace{p.cur}
		return p, l.off
	case strings.HasPrefix(s[indent(s):], `File "`):
		f, in, ok := pythonFrame(s[indent(s):])
		if !ok || f.Line == 0 {
			return nil, 0
		}
		p := &python{base: max(indent(s)-2, 0)}
		p.cur = &pyTrace{margin: -1, bare: !in}
		p.stack = []*pyTrace{p.cur}
		p.margin = -1
		p.cur.add(f)
		return p, l.off
	}
	return nil, 0
}

// A pyTrace is one exception of a chain or a group.
type pyTrace struct {
	t      analysis.Trace
	margin int // column of the group's bar, -1 outside
	headed bool
	bare   bool // a File line without a function: SyntaxError
	named  bool // the exception line was read
	lines  int  // of source after the last frame
	others []*pyTrace
	prev   *pyTrace // what was raised before it
	direct bool     // it names prev as its cause
	depth  int      // how many were raised before it
}

func (p *pyTrace) add(f analysis.Frame) {
	push(&p.t, f)
	p.lines = 0
}

// python builds a chain of exceptions, each printed most recent call last, the
// most recent exception last too.
type python struct {
	base     int // indentation of "Traceback", -1 until the first File line tells
	margin   int // of the group that is read, -1 outside of one
	cur      *pyTrace
	stack    []*pyTrace // the groups around cur, cur last
	more     int        // lines of the message
	unclosed bool       // the message's first line has an open bracket
	linked   bool       // a chain's sentence was read: a traceback follows
	ended    bool
}

const (
	duringHandling = "During handling of the above exception, another exception occurred:"
	directCause    = "The above exception was the direct cause of the following exception:"
)

// pythonMargin returns the column of the bar that the lines of an exception
// group have, and what follows it; -1 without one.
func pythonMargin(s string) (int, string) {
	i := indent(s)
	if i >= len(s) || i > 200 || (s[i] != '|' && s[i] != '+') {
		return -1, s
	}
	rest := s[i+1:]
	if s[i] == '|' {
		return i, strings.TrimPrefix(rest, " ")
	}
	if strings.HasPrefix(rest, " Exception Group Traceback") {
		return i, rest[1:]
	}
	if strings.HasPrefix(rest, "-+---") || strings.HasPrefix(rest, "----") {
		return i, s[i:]
	}
	return -1, s
}

func (p *python) take(l *line) bool {
	if p.ended {
		return false
	}
	s := l.body
	margin, in := pythonMargin(s)
	if margin >= 0 && (p.margin >= 0 || strings.HasPrefix(in, "Exception Group Traceback")) {
		return p.group(margin, in)
	}
	if p.margin >= 0 && strings.TrimSpace(s) != "" {
		return false
	}
	return p.plain(s)
}

// group takes a line inside of an exception group.
func (p *python) group(margin int, in string) bool {
	if strings.HasPrefix(in, "+") {
		col := margin + strings.LastIndexByte(in[:min(len(in), 3)], '+')
		// "+-+---- 1 ----" and "+---- 2 ----" begin a member, "+------" ends the group.
		for len(p.stack) > 1 && p.stack[len(p.stack)-1].margin >= col {
			p.stack = p.stack[:len(p.stack)-1]
		}
		p.cur = p.stack[len(p.stack)-1]
		p.margin = p.cur.margin
		if strings.IndexFunc(in, func(r rune) bool { return r >= '0' && r <= '9' || r == '.' }) >= 0 {
			if len(p.cur.others) >= maxOthers || len(p.stack) > maxCauses {
				p.ended = true
				return false
			}
			sub := &pyTrace{margin: col}
			p.cur.others = append(p.cur.others, sub)
			p.stack = append(p.stack, sub)
			p.cur, p.margin = sub, col
		}
		p.base, p.more = 0, 0
		return true
	}
	if margin != p.margin && p.margin >= 0 && len(p.stack) > 1 {
		for len(p.stack) > 1 && p.stack[len(p.stack)-1].margin > margin {
			p.stack = p.stack[:len(p.stack)-1]
		}
		p.cur, p.margin = p.stack[len(p.stack)-1], margin
	}
	p.margin = margin
	p.base = 0
	if strings.HasPrefix(in, "Exception Group Traceback") || strings.HasPrefix(in, "Traceback (most recent") {
		p.linked = false
		p.cur.headed = true
		return true
	}
	return p.plain(in)
}

func (p *python) plain(s string) bool {
	i := indent(s)
	t := s[i:]
	if t == "" {
		return p.cur.named || p.linked || len(p.cur.t.Frames) > 0 // between the exceptions of a chain
	}
	if strings.HasPrefix(t, `File "`) {
		f, _, ok := pythonFrame(t)
		if !ok {
			return false
		}
		if p.base < 0 {
			p.base = max(i-2, 0)
		}
		if i < p.base || p.cur.named && !p.linked {
			return false
		}
		p.cur.add(f)
		return true
	}
	if strings.HasPrefix(t, "Traceback (most recent call last)") || strings.HasPrefix(t, "+ Exception Group Traceback") {
		if !p.linked {
			return false
		}
		p.linked = false
		p.cur.headed = true
		return true
	}
	switch strings.TrimSpace(t) {
	case duringHandling, directCause:
		if !p.cur.named || p.cur.depth >= maxCauses {
			return false
		}
		p.cur = &pyTrace{margin: p.cur.margin, prev: p.cur, direct: strings.TrimSpace(t) == directCause, depth: p.cur.depth + 1}
		n := len(p.stack)
		p.stack[n-1] = p.cur
		if n > 1 {
			members := p.stack[n-2].others
			members[len(members)-1] = p.cur
		}
		p.linked, p.more = true, 0
		return true
	}
	base := max(p.base, 0)
	if !p.cur.named && i >= base+2 && (len(p.cur.t.Frames) > 0 || p.cur.headed) {
		return p.source(t, i-base)
	}
	if p.cur.named {
		return p.message(s, i, base)
	}
	if len(p.cur.t.Frames) == 0 && !p.cur.headed && p.cur.margin < 0 {
		return false
	}
	// The exception's line, at the indentation of "Traceback".
	typ, msg, ok := pythonException(t)
	if !ok || i > base+1 {
		return false
	}
	p.cur.t.Type, p.cur.t.Message = typ, msg
	p.cur.named = true
	p.more = 0
	return true
}

// source takes a line under a File line.
func (p *python) source(t string, depth int) bool {
	n := len(p.cur.t.Frames)
	if n == 0 {
		return false
	}
	f := &p.cur.t.Frames[n-1]
	if rest, ok := strings.CutPrefix(t, "[Previous line repeated "); ok {
		times, _, _ := number(rest)
		p.cur.t.Elided += times
		return true
	}
	p.cur.lines++
	if p.cur.lines > 40 {
		return false
	}
	if strings.Trim(t, "^~ ") == "" {
		if f.Column == 0 && f.Text != "" && (p.cur.bare || f.Function == "") {
			// The caret of a SyntaxError: it stands under the text, whose own
			// indentation was cut, so that this is the column in the shown line.
			if k := strings.IndexByte(t, '^'); k >= 0 {
				f.Column = max(depth-4+k+1, 1)
			}
		}
		return true
	}
	if f.Text == "" {
		f.Text = t
		return true
	}
	// TracebackException with capture_locals prints "name = repr" after the text.
	if name, repr, ok := assignment(t); ok && len(f.Locals) < maxLocals && !strings.HasPrefix(name, "__") {
		typ, null := pythonType(repr)
		f.Locals = append(f.Locals, analysis.Local{Name: name, Type: typ, Null: null})
	}
	return true
}

// message takes what follows the exception's line: notes and further lines of
// the message. Nothing marks their end, so that only what is indented counts,
// or what closes a bracket or quote of the first line.
func (p *python) message(s string, i, base int) bool {
	if p.more >= 40 {
		return false
	}
	if p.more == 0 {
		p.unclosed = open(p.cur.t.Message)
	}
	if i <= base && !p.unclosed {
		return false
	}
	if strings.HasPrefix(s[i:], "at ") {
		if _, ok := javaFrame(s[i:]); ok {
			return false
		}
		if _, _, ok := jsFrame(s[i:]); ok {
			return false
		}
	}
	p.more++
	addText(&p.cur.t.Message, s[min(base, len(s)):])
	return true
}

// open reports whether s has an opening bracket more than closing ones.
func open(s string) bool {
	n := 0
	for i := range len(s) {
		switch s[i] {
		case '(', '[', '{':
			n++
		case ')', ']', '}':
			n--
		}
	}
	return n > 0
}

func (p *python) finish() []analysis.Trace {
	last := p.stack[0]
	if last.prev == nil && !last.headed && last.bare && !last.named {
		return nil // a File line alone
	}
	t := last.done()
	if t == nil || len(t.Frames) == 0 && t.Cause == nil {
		return nil
	}
	return []analysis.Trace{*t}
}

// done returns the exception with what was raised before it and its members; nil
// when nothing was read of it.
func (p *pyTrace) done() *analysis.Trace {
	var cause *analysis.Trace
	if p.prev != nil {
		cause = p.prev.done()
	}
	if !p.named && len(p.t.Frames) == 0 {
		return cause
	}
	t := p.t
	t.Language = "python"
	t.Cause, t.Implicit = cause, cause != nil && !p.direct
	reversed(&t)
	if !p.named {
		t.Doubts = append(t.Doubts, "it was cut short: the exception's line is missing")
	}
	if !p.headed && p.named && !p.bare && len(t.Frames) > 0 {
		t.Doubts = append(t.Doubts, "its begin is missing")
	}
	for _, o := range p.others {
		if o.named || len(o.t.Frames) > 0 {
			o.headed = true
			if m := o.done(); m != nil {
				t.Others = append(t.Others, *m)
			}
		}
	}
	return &t
}

// pythonFrame reads `File "x.py", line 3, in f`. A SyntaxError's has no function.
func pythonFrame(t string) (f analysis.Frame, in, ok bool) {
	rest := t[len(`File "`):]
	end := strings.Index(rest, `", line `)
	if end < 0 {
		return f, false, false
	}
	f.File = rest[:end]
	n, rest, ok := number(rest[end+len(`", line `):])
	if !ok {
		return f, false, false
	}
	f.Line = n
	if name, found := strings.CutPrefix(rest, ", in "); found {
		f.Function = strings.TrimSpace(name)
		return f, true, true
	}
	return f, false, strings.TrimSpace(rest) == ""
}

// pythonException reads "Type: message" or "Type".
func pythonException(t string) (typ, msg string, ok bool) {
	i := 0
	for i < len(t) && (isWord(t[i]) || t[i] == '.' || t[i] == '<' || t[i] == '>') {
		i++
	}
	if i == 0 || !isWordStart(t[0]) {
		return "", "", false
	}
	switch {
	case i == len(t):
	case t[i] == ':':
		msg = strings.TrimSpace(t[i+1:])
	default:
		return "", "", false
	}
	return strings.TrimPrefix(t[:i], "__main__."), msg, true
}

// assignment reads "name = repr", as locals are printed.
func assignment(t string) (name, repr string, ok bool) {
	i := 0
	for i < len(t) && isWord(t[i]) {
		i++
	}
	if i == 0 || isDigit(t[0]) {
		return "", "", false
	}
	rest := strings.TrimLeft(t[i:], " ")
	if !strings.HasPrefix(rest, "= ") {
		return "", "", false
	}
	return t[:i], strings.TrimSpace(rest[2:]), true
}

// pythonType guesses the type of a value from its repr.
func pythonType(repr string) (typ string, null bool) {
	if repr == "" {
		return "", false
	}
	switch repr {
	case "None":
		return "NoneType", true
	case "True", "False":
		return "bool", false
	}
	switch c := repr[0]; {
	case c == '\'' || c == '"':
		return "str", false
	case c == '[':
		return "list", false
	case c == '(':
		return "tuple", false
	case c == '{':
		if found := strings.Contains(repr, ":"); !found && repr != "{}" {
			return "set", false
		}
		return "dict", false
	case (c == 'b' || c == 'r') && len(repr) > 1 && (repr[1] == '\'' || repr[1] == '"'):
		return "bytes", false
	case isDigit(c) || c == '-':
		if strings.ContainsAny(repr, ".e") || strings.HasSuffix(repr, "inf") {
			return "float", false
		}
		if strings.HasSuffix(repr, "j") {
			return "complex", false
		}
		return "int", false
	case c == '<':
		in := repr[1:]
		if strings.HasPrefix(in, "function ") {
			return "function", false
		}
		if strings.HasPrefix(in, "module ") {
			return "module", false
		}
		if strings.HasPrefix(in, "class ") {
			return "type", false
		}
		if strings.HasPrefix(in, "generator ") {
			return "generator", false
		}
		if strings.HasPrefix(in, "bound method ") {
			return "method", false
		}
		end := strings.IndexAny(in, " >(:")
		if end < 0 {
			end = len(in)
		}
		return in[:end], false
	}
	if end := strings.IndexByte(repr, '('); end > 0 && isWordStart(repr[0]) {
		return repr[:end], false
	}
	return "", false
}
