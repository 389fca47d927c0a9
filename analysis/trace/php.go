package trace

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// php builds uncaught exceptions, fatal errors, the traces of loggers, and
// PHPUnit's lists. The place where it was thrown comes first; each line "#0
// file(1): f()" then names the call of f and where it stands.
type php struct {
	list   []analysis.Trace // the previous first, as PHP prints them
	frames bool             // the list of calls is read
	unit   bool             // PHPUnit
	direct bool             // there is no more than one line
	ended  bool
	lines  int
}

func beginPHP(l *line, before lookback) (builder, int) {
	t := strings.TrimSpace(l.body)
	p := &php{}
	if before0, after, ok := strings.Cut(t, "Uncaught "); ok {
		rest := after
		// JavaScript's console says "Uncaught" too: PHP says where, or begins so.
		if !strings.Contains(before0, "atal error") && !strings.Contains(rest, ".php") {
			return nil, 0
		}
		p.head(rest)
		return p, l.off
	}
	if rest, ok := strings.CutPrefix(t, "exception '"); ok { // before PHP 7
		typ, rest, ok := strings.Cut(rest, "'")
		if !ok {
			return nil, 0
		}
		msg := strings.TrimPrefix(rest, " with message '")
		p.place(typ, strings.Replace(msg, "' in ", " in ", 1))
		return p, l.off
	}
	for _, kind := range [...]string{"Fatal error: ", "Parse error: "} {
		_, after, ok0 := strings.Cut(t, kind)
		if !ok0 {
			continue
		}
		rest := strings.TrimSpace(after)
		at := strings.LastIndex(rest, " on line ")
		in := strings.LastIndex(rest[:max(at, 0)], " in ")
		if at < 0 || in < 0 {
			continue
		}
		n, _, ok := number(rest[at+len(" on line "):])
		if !ok {
			continue
		}
		typ := "Error"
		if kind == "Parse error: " {
			typ = "ParseError"
		}
		p.list = []analysis.Trace{{Type: typ, Message: rest[:in], Frames: []analysis.Frame{{File: rest[in+4 : at], Line: n}}}}
		p.direct, p.ended = true, true
		return p, l.off
	}
	if strings.Contains(t, "[stacktrace]") || t == "Stack trace:" {
		return p.log(before)
	}
	if n, rest, ok := number(t); ok && n > 0 && strings.HasPrefix(rest, ") ") && strings.Contains(rest, "::") && !strings.Contains(rest[2:], " ") {
		p.unit = true
		p.list = []analysis.Trace{{}}
		return p, l.off
	}
	return nil, 0
}

// head takes "Type: message in file:1"; the message may go on further lines.
func (p *php) head(rest string) {
	typ, msg, found := strings.Cut(rest, ": ")
	if !found || strings.ContainsAny(typ, " (") {
		if typ, in, ok := strings.Cut(rest, " in "); ok && !strings.ContainsAny(typ, " (") {
			p.place(typ, " in "+in)
			return
		}
		p.place("", rest)
		return
	}
	p.place(typ, msg)
}

// place takes " in file:1" off a message.
func (p *php) place(typ, msg string) {
	t := analysis.Trace{Type: typ, Message: msg}
	if k := strings.LastIndex(msg, " in "); k >= 0 {
		if file, n, col, ok := position(msg[k+4:]); ok && col == 0 {
			t.Message = msg[:k]
			t.Frames = []analysis.Frame{{File: file, Line: n}}
		} else if at := strings.LastIndex(msg, " on line "); at > k {
			if n, _, ok := number(msg[at+len(" on line "):]); ok {
				t.Message = msg[:k]
				t.Frames = []analysis.Frame{{File: msg[k+4 : at], Line: n}}
			}
		}
	}
	p.list = append(p.list, t)
}

// log takes a trace that a logger printed: the message stands above, in Monolog
// as "[object] (Type(code: 0): message at file:1)".
func (p *php) log(before lookback) (builder, int) {
	for i := 1; i <= 3; i++ {
		b := before(i)
		if b == nil {
			break
		}
		t := strings.TrimSpace(b.body)
		if _, after, ok := strings.Cut(t, "[object] ("); ok {
			in := strings.TrimSuffix(after, ")")
			typ, rest, ok := strings.Cut(in, "(code: ")
			if !ok {
				break
			}
			_, msg, _ := strings.Cut(rest, "): ")
			msg = strings.ReplaceAll(msg, `\"`, `"`)
			if at := strings.LastIndex(msg, " at "); at >= 0 {
				msg = msg[:at] + " in " + msg[at+4:]
			}
			p.place(typ, msg)
			p.frames = true
			return p, b.off
		}
		if typ, msg, ok := thrown(t, false); ok {
			p.place(typ, msg)
			p.frames = true
			return p, b.off
		}
	}
	return nil, 0
}

func (p *php) take(l *line) bool {
	if p.ended {
		return false
	}
	t := strings.TrimSpace(l.body)
	cur := &p.list[len(p.list)-1]
	if p.unit {
		return p.unitLine(t, cur)
	}
	if strings.HasPrefix(t, "#") && p.frames {
		n, rest, ok := number(t[1:])
		_ = n
		if ok && strings.HasPrefix(rest, " ") {
			if f, ok := phpFrame(rest[1:]); ok {
				push(cur, f)
			}
			return true
		}
	}
	switch {
	case t == "Stack trace:" || t == "[stacktrace]":
		p.frames = true
		return true
	case strings.HasPrefix(t, "thrown in ") && strings.Contains(t, " on line "):
		p.ended = true
		return true
	case strings.HasPrefix(t, "Next ") && p.frames && len(p.list) <= maxCauses:
		p.frames = false
		p.head(t[len("Next "):])
		return true
	case t == "":
		return p.frames
	}
	if !p.frames && len(cur.Frames) == 0 {
		if p.lines++; p.lines > 60 {
			p.ended = true
			return false
		}
		// The rest of a message, up to " in file:1".
		last := *cur
		p.list = p.list[:len(p.list)-1]
		p.place(last.Type, last.Message+"\n"+t)
		return true
	}
	return false
}

// unitLine takes a line of PHPUnit's: message, then places alone on their lines.
func (p *php) unitLine(t string, cur *analysis.Trace) bool {
	if t == "" {
		return true
	}
	if file, n, col, ok := position(t); ok && col == 0 && strings.HasSuffix(file, ".php") && !strings.Contains(file, ": ") {
		push(cur, analysis.Frame{File: file, Line: n})
		return true
	}
	if p.lines++; p.lines > 60 || len(cur.Frames) > 0 {
		p.ended = true
		return false
	}
	if typ, msg, ok := thrownAt(t); cur.Message == "" && ok && looksThrown(strings.ReplaceAll(typ, `\`, ".")) {
		cur.Type, cur.Message = typ, msg
		return true
	}
	addText(&cur.Message, t)
	return true
}

func (p *php) finish() []analysis.Trace {
	var cause *analysis.Trace
	for i := range p.list {
		t := &p.list[i]
		t.Language = "php"
		if p.unit && t.Type == "" {
			t.Type = `PHPUnit\Framework\ExpectationFailedException`
		}
		if len(t.Frames) == 0 {
			continue
		}
		t.Cause = cause
		cause = t
	}
	if cause == nil || !p.frames && !p.direct && !p.unit && len(cause.Frames) == 0 {
		return nil
	}
	return []analysis.Trace{*cause}
}

// phpFrame reads "file(1): f(args)", "[internal function]: f()" and "{main}",
// which is no frame of its own.
func phpFrame(s string) (f analysis.Frame, ok bool) {
	if strings.HasPrefix(s, "{main}") {
		return f, false
	}
	var place, call string
	if strings.HasPrefix(s, "[internal function]") {
		place, call = "[internal function]", strings.TrimPrefix(s[len("[internal function]"):], ": ")
	} else {
		k := strings.Index(s, "): ")
		if k < 0 {
			return f, false
		}
		place, call = s[:k+1], s[k+3:]
		o := strings.LastIndexByte(place, '(')
		if o <= 0 {
			return f, false
		}
		n, rest, ok := number(place[o+1:])
		if !ok || rest != ")" {
			return f, false
		}
		f.Line = n
		place = place[:o]
	}
	f.File = place
	if k := strings.IndexByte(call, '('); k >= 0 {
		call = call[:k]
	}
	f.Function = call
	if k := strings.LastIndex(call, "::"); k > 0 {
		f.Module = call[:k]
	} else if k := strings.LastIndex(call, "->"); k > 0 {
		f.Module = call[:k]
	}
	return f, true
}
