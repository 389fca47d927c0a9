package trace

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// pytest prints source around each call, ">" before the failing line, "E" before
// the message, and "file.py:3: Type" at the end of each part; with --tb=short
// "file.py:3: in f". Its own frames are left out by itself.
type pytest struct {
	t       analysis.Trace
	chain   []*analysis.Trace
	test    string // of the header
	def     string // of the source that was read last
	text    string // of the line marked ">"
	locals  []analysis.Local
	after   bool   // the location of a part was read: what follows are no locals of it
	message string // lines marked "E", joined
	exType  string // from the first "E" line
	direct  []bool
	margin  int // blanks after the first "E"
	lines   int
	ended   bool
}

// beginPytest takes the header of a failure: "____ test_name ____".
func beginPytest(l *line, _ lookback) (builder, int) {
	name, ok := pytestHeader(l.body)
	if !ok {
		return nil, 0
	}
	return &pytest{test: name}, l.off
}

func pytestHeader(s string) (string, bool) {
	if !strings.HasPrefix(s, "___") || !strings.HasSuffix(s, "___") {
		return "", false
	}
	name := strings.Trim(s, "_")
	if len(name) < 3 || name[0] != ' ' || name[len(name)-1] != ' ' {
		return "", false
	}
	return strings.TrimSpace(name), true
}

func (p *pytest) take(l *line) bool {
	if p.ended {
		return false
	}
	s := l.body
	if _, again := pytestHeader(s); again {
		p.ended = true
		return false
	}
	t := strings.TrimSpace(s)
	if t == "" {
		return true
	}
	// The end of the section, captured output, a native traceback.
	if strings.HasPrefix(s, "===") || strings.HasPrefix(s, "---") && strings.Contains(s, "Captured ") || strings.Contains(s, "Traceback (most recent") {
		p.ended = true
		return false
	}
	if p.lines++; p.lines > 5000 {
		p.ended = true
		return false
	}
	switch {
	case strings.HasPrefix(s, "E   ") || s == "E":
		in := s[1:]
		if p.message == "" && p.exType == "" {
			p.margin = indent(in)
		}
		p.error(in[min(indent(in), p.margin):])
		return true
	case strings.HasPrefix(s, ">"):
		p.text, p.after = strings.TrimSpace(s[1:]), false
		return true
	case strings.HasPrefix(s, "_ _ _"):
		p.def, p.text, p.locals, p.after = "", "", nil, false
		return true
	case t == duringHandling || t == directCause:
		p.link(t == directCause)
		return true
	case strings.HasPrefix(t, "def ") || strings.HasPrefix(t, "async def "):
		d := strings.TrimPrefix(strings.TrimPrefix(t, "async "), "def ")
		if k := strings.IndexByte(d, '('); k > 0 {
			p.def = d[:k]
		}
		p.after = false
		return true
	}
	if file, n, rest, ok := pyPlace(s); ok {
		p.place(file, n, rest)
		return true
	}
	if s[0] != ' ' {
		if name, repr, ok := assignment(s); ok {
			// Arguments stand on one line: "a = 1, b = None".
			for {
				next := nextAssignment(repr)
				if next < 0 {
					break
				}
				p.local(name, repr[:next])
				name, repr, _ = assignment(repr[next+2:])
			}
			p.local(name, repr)
			return true
		}
	} else if n := len(p.t.Frames); n > 0 && p.t.Frames[n-1].Text == "" && p.after && indent(s) >= 4 {
		p.t.Frames[n-1].Text = t // --tb=short
	}
	return true // source
}

// error takes a line marked "E".
func (p *pytest) error(s string) {
	if p.exType == "" && p.message == "" {
		t := strings.TrimSpace(s)
		if typ, msg, ok := pythonException(t); ok && (msg != "" || looksThrown(typ)) && (looksThrown(typ) || strings.Contains(typ, ".")) {
			p.exType, p.message = typ, msg
			return
		}
		p.message = t
		return
	}
	addText(&p.message, s)
}

func (p *pytest) local(name, repr string) {
	typ, null := pythonType(repr)
	x := analysis.Local{Name: name, Type: typ, Null: null}
	if slices.ContainsFunc(p.locals, func(l analysis.Local) bool { return l.Name == name }) {
		return
	}
	// They stand between the message and the location in the long form, after
	// the text in the short one.
	if n := len(p.t.Frames); p.after && n > 0 {
		if len(p.t.Frames[n-1].Locals) < maxLocals {
			p.t.Frames[n-1].Locals = append(p.t.Frames[n-1].Locals, x)
		}
		return
	}
	if len(p.locals) < maxLocals {
		p.locals = append(p.locals, x)
	}
}

// nextAssignment returns where ", name = " begins in s, -1 when it does not.
func nextAssignment(s string) int {
	for from := 0; ; {
		k := strings.Index(s[from:], ", ")
		if k < 0 {
			return -1
		}
		k += from
		if _, _, ok := assignment(s[k+2:]); ok {
			return k
		}
		from = k + 2
	}
}

// pyPlace reads "file.py:3: rest".
func pyPlace(s string) (file string, line int, rest string, ok bool) {
	k := strings.Index(s, ".py:")
	if k <= 0 || k > 1000 || s[0] == ' ' {
		return "", 0, "", false
	}
	n, after, ok := number(s[k+4:])
	if !ok || !strings.HasPrefix(after, ":") {
		return "", 0, "", false
	}
	rest = strings.TrimSpace(after[1:])
	if strings.Contains(rest, " ") && !strings.HasPrefix(rest, "in ") {
		return "", 0, "", false
	}
	return s[:k+3], n, rest, true
}

func (p *pytest) place(file string, line int, rest string) {
	f := analysis.Frame{File: file, Line: line, Function: p.def, Text: p.text, Locals: p.locals}
	if name, ok := strings.CutPrefix(rest, "in "); ok {
		f.Function = name
	} else if f.Function == "" && len(p.t.Frames) == 0 {
		f.Function = lastName(p.test)
	}
	if f.Function != "" && rest != "" && !strings.HasPrefix(rest, "in ") {
		if p.exType == "" {
			p.exType = rest
		}
	}
	push(&p.t, f)
	p.def, p.text, p.locals, p.after = "", "", nil, true
}

// lastName is the function of a test's name: TestX.test_y[1] is test_y.
func lastName(s string) string {
	if k := strings.IndexByte(s, '['); k > 0 {
		s = s[:k]
	}
	return s[strings.LastIndexByte(s, '.')+1:]
}

// link ends one exception of a chain.
func (p *pytest) link(direct bool) {
	if len(p.chain) >= maxCauses {
		p.ended = true
		return
	}
	t := p.one()
	p.chain = append(p.chain, &t)
	p.direct = append(p.direct, direct)
	p.t = analysis.Trace{}
	p.def, p.text, p.locals, p.message, p.exType, p.after = "", "", nil, "", "", false
}

func (p *pytest) one() analysis.Trace {
	t := p.t
	t.Language = "python"
	t.Type, t.Message = p.exType, p.message
	if t.Type == "" && strings.HasPrefix(t.Message, "assert ") {
		t.Type = "AssertionError"
	}
	reversed(&t)
	return t
}

func (p *pytest) finish() []analysis.Trace {
	t := p.one()
	for i, v := range slices.Backward(p.chain) {
		if i+1 < len(p.chain) {
			p.chain[i+1].Cause, p.chain[i+1].Implicit = v, !p.direct[i]
		}
	}
	if n := len(p.chain); n > 0 {
		t.Cause, t.Implicit = p.chain[n-1], !p.direct[n-1]
	}
	if len(t.Frames) == 0 {
		return nil
	}
	if t.Type == "" {
		t.Doubts = append(t.Doubts, "the exception's type is not named")
	}
	return []analysis.Trace{t}
}

// rich draws a box around a traceback: "│ /app/x.py:12 in f │".
type rich struct {
	t     analysis.Trace
	ended bool
	boxed bool
}

func beginRich(l *line, _ lookback) (builder, int) {
	if !strings.Contains(l.body, "Traceback (most recent call last)") || !strings.Contains(l.body, "─") {
		return nil, 0
	}
	return &rich{}, l.off
}

func (r *rich) take(l *line) bool {
	if r.ended {
		return false
	}
	s := strings.TrimSpace(l.body)
	if strings.HasPrefix(s, "╰") || strings.HasPrefix(s, "└") {
		r.boxed = true
		return true
	}
	if r.boxed {
		if s == "" {
			return true
		}
		typ, msg, ok := pythonException(s)
		r.ended = true
		if ok {
			r.t.Type, r.t.Message = typ, msg
		}
		return ok
	}
	in, ok := strings.CutPrefix(s, "│")
	if !ok {
		return false
	}
	in = strings.TrimSpace(strings.TrimSuffix(in, "│"))
	if after, ok0 := strings.CutPrefix(in, "❱"); ok0 {
		if n := len(r.t.Frames); n > 0 {
			_, rest, _ := number(strings.TrimSpace(after))
			r.t.Frames[n-1].Text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(rest), "│"))
		}
		return true
	}
	if local, ok := strings.CutPrefix(in, "│"); ok {
		local = strings.TrimSpace(strings.TrimSuffix(local, "│"))
		if name, repr, ok := assignment(local); ok {
			if n := len(r.t.Frames); n > 0 && len(r.t.Frames[n-1].Locals) < maxLocals {
				typ, null := pythonType(repr)
				r.t.Frames[n-1].Locals = append(r.t.Frames[n-1].Locals, analysis.Local{Name: name, Type: typ, Null: null})
			}
		}
		return true
	}
	if place, fn, ok := strings.Cut(in, " in "); ok {
		if file, n, col, ok := position(place); ok && col == 0 && strings.ContainsAny(file, "./\\<") && strings.IndexByte(fn, ' ') < 0 {
			push(&r.t, analysis.Frame{File: file, Line: n, Function: fn})
		}
	}
	return true
}

func (r *rich) finish() []analysis.Trace {
	if len(r.t.Frames) == 0 {
		return nil
	}
	r.t.Language = "python"
	reversed(&r.t)
	if r.t.Type == "" {
		r.t.Doubts = append(r.t.Doubts, "it was cut short: the exception's line is missing")
	}
	return []analysis.Trace{r.t}
}
