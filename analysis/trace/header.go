package trace

import "slices"

import "strings"

// thrownEnds are how the names of exceptions end.
var thrownEnds = []string{"Error", "Exception", "Failure", "Failed", "Throwable", "Warning", "Interrupt", "Exit", "Iteration", "Fault", "Rejection", "Timeout", "NotFound", "Invalid", "Mismatch"}

// looksThrown reports whether name, in its last part, is one of an exception.
func looksThrown(name string) bool {
	last := name[strings.LastIndexAny(name, ".:$")+1:]
	if last == "" || !isUpper(last[0]) {
		return false
	}
	for _, e := range thrownEnds {
		if strings.HasSuffix(last, e) {
			return true
		}
	}
	return false
}

// thrown reads "Type: message" somewhere in s: at its begin, or after what a
// logger or a test runner put there. Where bare is set, at the begin
// of the line any name that looks like a class will do.
func thrown(s string, bare bool) (typ, msg string, ok bool) {
	s = strings.TrimSpace(s)
	if typ, msg, ok := thrownAt(s); ok && (looksThrown(typ) || strings.Contains(typ, ".") && classLike(typ) || bare && classLike(typ)) {
		return typ, msg, true
	}
	// Further in the line: only what surely names an exception.
	for from := 0; from < len(s) && from < 4096; {
		k := strings.IndexAny(s[from:], " \t\"'`([>-|=;:")
		if k < 0 {
			break
		}
		from += k + 1
		if from < len(s) && (isWordStart(s[from])) {
			if typ, msg, ok := thrownAt(s[from:]); ok && looksThrown(typ) && (msg != "" || from+len(typ) == len(s)) {
				return typ, msg, true
			}
		}
	}
	return "", "", false
}

// classLike reports whether the last part of a dotted name begins with a capital.
func classLike(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	return last != "" && isUpper(last[0])
}

// thrownAt reads "Type: message", "Type [CODE]: message" or "Type" at the begin.
func thrownAt(s string) (typ, msg string, ok bool) {
	i := 0
	for i < len(s) && (isWord(s[i]) || s[i] == '.' || s[i] == '$' || s[i] == '/' && i > 0 || s[i] == '`' && i > 0 || s[i] == '+' && i > 0) {
		i++
	}
	if i == 0 || isDigit(s[0]) || (!isWordStart(s[0]) && s[0] != '$') {
		return "", "", false
	}
	typ = s[:i]
	if k := strings.LastIndexByte(typ, '/'); k >= 0 { // java.base/java.lang.Error
		typ = typ[k+1:]
	}
	rest := s[i:]
	if strings.HasPrefix(rest, " [") { // Node's codes
		if end := strings.IndexByte(rest, ']'); end > 0 && end < 60 {
			rest = rest[end+1:]
		}
	}
	switch {
	case rest == "":
		return typ, "", true
	case strings.HasPrefix(rest, ": "), rest == ":":
		return typ, strings.TrimSpace(rest[1:]), true
	case strings.HasPrefix(rest, " : "): // xUnit, NUnit
		return typ, strings.TrimSpace(rest[3:]), true
	case strings.HasPrefix(rest, " {"), strings.HasPrefix(rest, " ---> "):
		return typ, strings.TrimSpace(rest), true
	}
	return "", "", false
}

// A header is the line that names what was thrown, found before the first frame.
type header struct {
	typ, msg string
	off      int
	thread   string
	found    bool
}

// find looks for the header in the lines before the first frame. Lines between
// are the rest of the message.
func (h *header) find(before lookback, bare bool) {
	var more []string
	for i := 1; ; i++ {
		l := before(i)
		if l == nil {
			return
		}
		s := l.body
		typ, msg, ok := thrown(s, bare && i == 1)
		if ok {
			h.typ, h.msg, h.off, h.found = typ, msg, l.off, true
			if rest, ok := strings.CutPrefix(strings.TrimSpace(s), `Exception in thread "`); ok {
				if before, _, ok := strings.Cut(rest, "\""); ok {
					h.thread = before
				}
			}
			for _, m := range slices.Backward(more) {
				addTextAlways(&h.msg, m)
			}
			return
		}
		// A line that a logger wrote is another record's.
		if n, _ := prefix(l.text); n > 0 && i > 1 && stamp(l.text) > 0 {
			return
		}
		more = append(more, s[:min(len(s), 2048)])
	}
}

// addTextAlways is addText that keeps an empty first line: a message may begin
// on the next one.
func addTextAlways(msg *string, s string) {
	if len(*msg) < maxText {
		*msg += "\n" + s
	}
}
