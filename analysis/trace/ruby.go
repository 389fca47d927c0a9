package trace

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// ruby builds "file.rb:1:in `f': message (Type)", the "from" lines after it, and
// what it was the cause of; the order of 2.5 to 2.7, most recent call last; and
// the lists that Rails, RSpec and minitest print.
type ruby struct {
	root  *analysis.Trace
	cur   *analysis.Trace
	depth int
	down  bool // most recent call last
	list  bool // frames without "from"
	named bool
	ended bool
	lines int
}

func beginRuby(l *line, before lookback) (builder, int) {
	t := strings.TrimSpace(l.body)
	off := l.off
	if n, rest, ok := number(t); ok && n > 0 && strings.HasPrefix(rest, ": from ") {
		f, _, ok := rubyFrame(rest[len(": from "):])
		if !ok {
			return nil, 0
		}
		r := &ruby{down: true, root: &analysis.Trace{Language: "ruby"}}
		r.cur = r.root
		if b := before(1); b != nil && strings.Contains(b.body, "Traceback (most recent call last)") {
			off = b.off
		}
		push(r.root, f)
		return r, off
	}
	t, from := strings.CutPrefix(t, "from ")
	t = strings.TrimPrefix(t, "# ")
	f, rest, ok := rubyFrame(t)
	if !ok {
		return nil, 0
	}
	r := &ruby{root: &analysis.Trace{Language: "ruby"}}
	r.cur = r.root
	if msg, ok := strings.CutPrefix(rest, ": "); ok {
		r.message(msg)
	} else if rest != "" {
		return nil, 0
	} else {
		r.list = !from
		var h header
		rubyHeader(&h, before)
		if h.found {
			r.root.Type, r.root.Message, off, r.named = h.typ, h.msg, h.off, true
		} else {
			r.root.Doubts = append(r.root.Doubts, "its begin is missing")
		}
	}
	push(r.root, f)
	return r, off
}

// rubyHeader looks for "Type (message):" (Rails), "Type: message" (minitest) and
// "Failure/Error: text" (RSpec) above a list of frames.
func rubyHeader(h *header, before lookback) {
	for i := 1; i <= 16; i++ {
		l := before(i)
		if l == nil {
			return
		}
		t := strings.TrimSpace(l.body)
		if typ, rest, ok := strings.Cut(t, " ("); ok && !strings.Contains(typ, " ") && looksThrown(typ) {
			rest = strings.TrimSuffix(rest, ":")
			h.typ, h.msg, h.off, h.found = typ, strings.TrimSuffix(rest, ")"), l.off, true
			return
		}
		if strings.HasPrefix(t, "Failure/Error:") {
			h.off, h.found = l.off, true
			for k := i - 1; k > 0; k-- {
				s := strings.TrimSpace(before(k).body)
				if s == "" {
					continue
				}
				if strings.HasSuffix(s, "Error:") || looksThrown(strings.TrimSuffix(s, ":")) {
					h.typ = strings.TrimSuffix(s, ":")
					continue
				}
				addText(&h.msg, s)
			}
			if h.typ == "" {
				h.typ = "RSpec::Expectations::ExpectationNotMetError"
			}
			return
		}
		if typ, msg, ok := rubyThrown(t); ok {
			h.typ, h.msg, h.off, h.found = typ, msg, l.off, true
			return
		}
	}
}

// rubyThrown reads "A::B: message".
func rubyThrown(t string) (typ, msg string, ok bool) {
	i := 0
	for i < len(t) && (isWord(t[i]) || t[i] == ':' && i+1 < len(t) && (t[i+1] == ':' || t[i-min(i, 1)] == ':')) {
		i++
	}
	if i == 0 || i >= len(t) || t[i] != ':' || !looksThrown(t[:i]) {
		return "", "", false
	}
	return t[:i], strings.TrimSpace(t[i+1:]), true
}

// message takes "message (Type)".
func (r *ruby) message(s string) {
	r.named = true
	s = strings.TrimSpace(s)
	if strings.HasSuffix(s, ")") {
		if k := strings.LastIndex(s, "("); k >= 0 && classLike(strings.ReplaceAll(s[k+1:len(s)-1], "::", ".")) && !strings.ContainsAny(s[k:], " ,") {
			r.cur.Type, r.cur.Message = s[k+1:len(s)-1], strings.TrimSpace(s[:k])
			return
		}
	}
	if s == "unhandled exception" {
		r.cur.Type = "RuntimeError"
	}
	r.cur.Message = s
}

func (r *ruby) take(l *line) bool {
	if r.ended {
		return false
	}
	t := strings.TrimSpace(l.body)
	if t == "" {
		if r.list {
			r.ended = true
		}
		return false
	}
	if r.down {
		n, rest, ok := number(t)
		if ok && n > 0 && strings.HasPrefix(rest, ": from ") {
			f, _, ok := rubyFrame(rest[len(": from "):])
			if ok {
				push(r.cur, f)
			}
			return ok
		}
		if f, rest, ok := rubyFrame(t); ok && strings.HasPrefix(rest, ": ") {
			push(r.cur, f)
			r.message(rest[2:])
			r.ended = true
			return true
		}
		return false
	}
	if in, ok := strings.CutPrefix(t, "from "); ok && !r.list {
		f, _, ok := rubyFrame(in)
		if ok {
			push(r.cur, f)
		}
		return ok
	}
	if in, ok := strings.CutPrefix(t, "... "); ok {
		if n, rest, ok := number(in); ok && strings.HasPrefix(rest, " levels...") {
			r.cur.Elided += n
			return true
		}
	}
	f, rest, ok := rubyFrame(strings.TrimPrefix(t, "# "))
	if ok && r.list && rest == "" {
		push(r.cur, f)
		return true
	}
	if msg, isHead := strings.CutPrefix(rest, ": "); ok && isHead && !r.list && indent(l.body) == 0 {
		if strings.HasPrefix(msg, "warning: ") || r.depth >= maxCauses || !strings.HasSuffix(msg, ")") {
			r.ended = true
			return false
		}
		// Ruby prints the cause after the exception. Two programs that fail one
		// after the other look the same, but for who caught what.
		if !strings.HasPrefix(r.cur.Frames[0].Function, "rescue in ") && !inEnsure(r.cur) {
			r.ended = true
			return false
		}
		r.depth++
		r.cur.Cause, r.cur.Implicit = &analysis.Trace{Language: "ruby"}, true
		r.cur = r.cur.Cause
		r.message(msg)
		push(r.cur, f)
		return true
	}
	if r.cur.Type != "" && !r.list && len(r.cur.Frames) == 1 && r.lines < 8 {
		r.lines++ // did_you_mean and error_highlight
		addText(&r.cur.Message, l.body)
		return true
	}
	return false
}

// inEnsure reports whether a frame says that an exception was being handled.
func inEnsure(t *analysis.Trace) bool {
	for i := range t.Frames {
		if fn := t.Frames[i].Function; strings.HasPrefix(fn, "rescue in ") || strings.HasPrefix(fn, "ensure in ") {
			return true
		}
	}
	return false
}

func (r *ruby) finish() []analysis.Trace {
	if len(r.root.Frames) == 0 || !r.named && len(r.root.Frames) < 2 && !r.list {
		return nil
	}
	if r.down {
		reversed(r.root)
	}
	return []analysis.Trace{*r.root}
}

// rubyFrame reads "file.rb:1:in `f'", with what follows. A gem's name may stand
// before it.
func rubyFrame(t string) (f analysis.Frame, rest string, ok bool) {
	k := strings.Index(t, ":in ")
	if k < 0 || k+5 > len(t) {
		return f, "", false
	}
	file, n, col, ok := position(t[:k])
	if !ok || col != 0 || file == "" || n == 0 && file != "-e" {
		return f, "", false
	}
	// actionpack (5.1.4) lib/x.rb
	if strings.HasSuffix(file, ".rb") || strings.Contains(file, ") ") {
		if p := strings.Index(file, ") "); p > 0 {
			if o := strings.Index(file[:p], " ("); o > 0 && isDigit(file[o+2]) {
				f.Module, file = file[:p+1], file[p+2:]
			}
		}
	}
	if strings.ContainsAny(file, "\"'`") || strings.Count(file, " ") > 6 {
		return f, "", false
	}
	in := t[k+4:]
	quote := in[0]
	if quote != '`' && quote != '\'' {
		return f, "", false
	}
	end := strings.IndexByte(in[1:], '\'')
	if end < 0 {
		return f, "", false
	}
	f.Function = in[1 : end+1]
	f.File, f.Line = file, n
	return f, in[end+2:], true
}
