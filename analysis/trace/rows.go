package trace

import "strings"

// A row is a language's form of stack traces.
type row struct {
	name string
	hint hint
	// begin returns a builder when l begins a trace, or is its first frame, and
	// where in the text the trace begins (the header of some comes before).
	begin func(l *line, before lookback) (builder, int)
	// patience is how many foreign lines may stand in a trace.
	patience int
	// weak traces end when any other begins; others, when one of their row does.
	weak bool
}

// ends reports whether a trace of row r ends when one of row other begins.
func (r *row) ends(other *row) bool { return r == other || r.weak }

// A hint says what a line could begin, at little cost.
type hint uint16

const (
	hintPython hint = 1 << iota
	hintPytest
	hintGo
	hintRust
	hintRuby
	hintPHP
	hintAt     // JavaScript, Java, C#
	hintAtSign // Firefox and Safari
	hintArrow  // vitest
	hintDart
	hintEscaped
)

// rows are tried in order; the first that begins a trace has it.
var rows = []row{
	{name: "go", hint: hintGo, begin: beginGo, patience: patience},
	{name: "rust", hint: hintRust, begin: beginRust, patience: patience},
	{name: "python", hint: hintPython, begin: beginPython, patience: patience},
	{name: "rich", hint: hintPython, begin: beginRich, patience: patience},
	// What stands between its lines is source text.
	{name: "pytest", hint: hintPytest, begin: beginPytest, patience: 200, weak: true},
	{name: "ruby", hint: hintRuby, begin: beginRuby, patience: 8},
	{name: "php", hint: hintPHP, begin: beginPHP, patience: patience},
	{name: "java", hint: hintAt, begin: beginJava, patience: patience},
	{name: "csharp", hint: hintAt, begin: beginCSharp, patience: patience},
	{name: "javascript", hint: hintAt | hintAtSign | hintArrow, begin: beginJavaScript, patience: patience},
	{name: "dart", hint: hintDart, begin: beginDart, patience: 2},
}

// hints looks at a line once. Most lines of a log have none.
func hints(s string) hint {
	i := indent(s)
	if i == len(s) {
		return 0
	}
	var h hint
	t := s[i:]
	switch t[0] {
	case 'a':
		if strings.HasPrefix(t, "at ") {
			h |= hintAt
		}
	case '-':
		if strings.HasPrefix(t, "- at ") {
			h |= hintAt
		}
	case 'g':
		if strings.HasPrefix(t, "goroutine ") {
			h |= hintGo
		}
	case 'p':
		if strings.HasPrefix(t, "panic: ") {
			h |= hintGo
		}
	case 'f':
		if strings.HasPrefix(t, "fatal error: ") {
			h |= hintGo
		}
		if strings.HasPrefix(t, "from ") {
			h |= hintRuby
		}
	case 'W':
		if strings.HasPrefix(t, "WARNING: DATA RACE") {
			h |= hintGo
		}
	case 'F':
		if strings.HasPrefix(t, `File "`) {
			h |= hintPython
		}
	case '_':
		if strings.HasPrefix(t, "___") || strings.HasPrefix(t, "_ ") {
			h |= hintPytest
		}
	case '#':
		if len(t) > 1 && isDigit(t[1]) {
			h |= hintDart | hintPHP
		}
	case 's':
		if strings.HasPrefix(t, "stack: |-") {
			h |= hintAt
		}
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		if _, rest, ok := number(t); ok && strings.HasPrefix(rest, ": ") {
			h |= hintRuby
		}
		if strings.Contains(t, ") ") && strings.Contains(t, "::") {
			h |= hintPHP
		}
	case 'L':
		if strings.HasPrefix(t, "Line ") && strings.Contains(t, " script ") {
			h |= hintAtSign
		}
	case '.':
		if strings.HasPrefix(t, "...  Line ") {
			h |= hintAtSign
		}
	case 0xe2: // ❯, │, ╭
		if strings.HasPrefix(t, "❯ ") {
			h |= hintArrow
		}
		if strings.Contains(t, "Traceback") {
			h |= hintPython
		}
	}
	if strings.Contains(t, "Traceback (") {
		h |= hintPython
	}
	if strings.Contains(t, "panicked at ") {
		h |= hintRust
	}
	if k := strings.Index(t, ":in "); k >= 0 && k+4 < len(t) && (t[k+4] == '`' || t[k+4] == '\'') {
		h |= hintRuby
	}
	if strings.Contains(t, "Uncaught ") || strings.Contains(t, "Fatal error: ") || strings.HasPrefix(t, "exception '") ||
		strings.Contains(t, "[stacktrace]") || strings.Contains(t, "Parse error: ") {
		h |= hintPHP
	}
	if last := t[len(t)-1]; isDigit(last) || last == ']' {
		if strings.IndexByte(t, '@') >= 0 {
			h |= hintAtSign
		}
	}
	if strings.HasSuffix(t, "has overflowed its stack") {
		h |= hintRust
	}
	if strings.Contains(t, `\n`) && (strings.Contains(t, "at ") || strings.Contains(t, "Traceback (") || strings.Contains(t, "goroutine ") || strings.Contains(t, ".go:")) {
		h |= hintEscaped
	}
	return h
}
