package trace

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// rust builds a panic: its place, its message, and the backtrace where one was
// asked for.
type rust struct {
	t     analysis.Trace
	at    analysis.Frame // where it panicked
	stack bool           // the backtrace began
	fn    string         // a call whose place may be on the next line
	msg   bool           // the message is read
	quiet bool           // the message was on the first line
	ended bool
	lines int
	last  int // number of the last call
}

func beginRust(l *line, _ lookback) (builder, int) {
	s := strings.TrimSpace(l.body)
	if strings.HasSuffix(s, "has overflowed its stack") {
		k := strings.Index(s, "thread '")
		if k < 0 {
			return nil, 0
		}
		r := &rust{quiet: true}
		r.t.Type, r.t.Message = "stack overflow", s[k:]
		r.thread(s[k:])
		return r, l.off
	}
	k := strings.Index(s, "thread ")
	p := strings.Index(s, " panicked at ")
	if k < 0 || p < k {
		return nil, 0
	}
	r := &rust{t: analysis.Trace{Type: "panic"}, last: -1}
	r.thread(s[k:p])
	rest := s[p+len(" panicked at "):]
	if file, n, col, ok := position(strings.TrimSuffix(rest, ":")); ok && strings.HasSuffix(rest, ":") && !strings.HasPrefix(rest, "'") {
		// Since Rust 1.73 the message is on the lines below.
		r.at = analysis.Frame{File: file, Line: n, Column: col}
		r.msg = true
		return r, l.off
	}
	r.old(rest)
	return r, l.off
}

func (r *rust) thread(s string) {
	s = strings.TrimPrefix(s, "thread ")
	if strings.HasPrefix(s, "'") {
		if end := strings.IndexByte(s[1:], '\''); end >= 0 {
			r.t.Thread = s[1 : end+1]
		}
	} else if strings.HasPrefix(s, "<") {
		r.t.Thread = "unnamed"
	}
}

// old takes "'message', file:1:2", which may go over several lines.
func (r *rust) old(rest string) {
	if k := strings.LastIndex(rest, ", "); k >= 0 {
		if file, n, col, ok := position(rest[k+2:]); ok {
			r.at = analysis.Frame{File: file, Line: n, Column: col}
			r.t.Message = strings.Trim(r.t.Message+strings.Trim(rest[:k], " "), "'")
			r.quiet, r.msg = true, false
			return
		}
	}
	r.t.Message += rest + "\n"
	r.msg = true
}

func (r *rust) take(l *line) bool {
	if r.ended {
		return false
	}
	t := strings.TrimSpace(l.body)
	switch {
	case t == "stack backtrace:":
		r.stack, r.msg = true, false
		return true
	case strings.HasPrefix(t, "note: "):
		r.flush()
		r.ended = true
		return true
	case strings.HasPrefix(t, "fatal runtime error: "):
		r.t.Message = strings.TrimSpace(r.t.Message + "\n" + t)
		r.ended = true
		return true
	case strings.Contains(t, " panicked at "):
		r.flush()
		r.ended = true
		return false
	}
	if r.msg {
		if r.lines++; r.lines > 60 {
			r.ended = true
			return false
		}
		if r.at.File == "" {
			r.old(t)
			return true
		}
		if t == "" && r.t.Message != "" {
			r.msg = false
			return true
		}
		if strings.HasPrefix(t, "test ") && strings.Contains(t, " ... ") || strings.HasPrefix(t, "---- ") || t == "failures:" {
			r.ended = true
			return false
		}
		addText(&r.t.Message, l.body)
		return true
	}
	if !r.stack {
		return false
	}
	if place, ok := strings.CutPrefix(t, "at "); ok && r.fn != "" {
		if file, n, col, ok := position(place); ok {
			r.frame(file, n, col)
			return true
		}
		return false
	}
	if n, rest, ok := number(t); ok && strings.HasPrefix(rest, ": ") {
		r.flush()
		if n < r.last {
			r.ended = true
			return false
		}
		r.last = n
		name := strings.TrimSpace(rest[2:])
		if strings.HasPrefix(name, "0x") { // RUST_BACKTRACE=full
			if k := strings.Index(name, " - "); k > 0 {
				name = name[k+3:]
			}
		}
		r.fn = name
		return true
	}
	if strings.HasPrefix(t, "[... omitted ") {
		r.t.Elided++
		return true
	}
	return false
}

func (r *rust) flush() {
	if r.fn != "" {
		r.frame("", 0, 0)
	}
}

func (r *rust) frame(file string, n, col int) {
	name := unhashed(r.fn)
	f := analysis.Frame{Function: name, File: file, Line: n, Column: col}
	if k := strings.Index(name, "::"); k > 0 && isWordStart(name[0]) {
		f.Module = name[:k]
	}
	push(&r.t, f)
	r.fn = ""
}

// unhashed takes the hash off a symbol: std::rt::lang_start::h0123456789abcdef.
func unhashed(s string) string {
	k := strings.LastIndex(s, "::h")
	if k < 0 || len(s)-k-3 != 16 {
		return s
	}
	for i := k + 3; i < len(s); i++ {
		if !isHex(s[i]) {
			return s
		}
	}
	return s[:k]
}

func (r *rust) finish() []analysis.Trace {
	r.flush()
	r.t.Language = "rust"
	if r.at.File != "" && !r.placed() {
		// Without a backtrace, or one without debug information, the place of
		// the panic is all that is known.
		r.t.Frames = append([]analysis.Frame{r.at}, r.t.Frames...)
	}
	if len(r.t.Frames) == 0 && r.t.Type != "stack overflow" {
		return nil
	}
	return []analysis.Trace{r.t}
}

// slashed is a path with forward slashes.
func slashed(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	return strings.ReplaceAll(s, `\`, "/")
}

// placed reports whether the backtrace says where the panic was, or says more: a
// panic of the standard library is placed there by lines that inlining moved.
func (r *rust) placed() bool {
	own, _ := inApp("rust", &r.at)
	for _, f := range r.t.Frames {
		same := strings.TrimPrefix(slashed(f.File), "./") == strings.TrimPrefix(slashed(r.at.File), "./") || strings.HasSuffix(slashed(f.File), "/"+slashed(r.at.File))
		if same && f.Line == r.at.Line || !own && f.File != "" {
			return true
		}
	}
	return false
}
