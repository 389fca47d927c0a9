package trace

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// javascript builds the traces of V8 ("    at f (file:1:2)"), Firefox and Safari
// ("f@file:1:2"), old Opera ("Line 1 of linked script file") and vitest
// ("❯ f file:1:2").
type javascript struct {
	root  *analysis.Trace
	cur   *analysis.Trace
	depth int
	dialect
	header header
	yaml   int  // indentation of the frames in a TAP report, 0 elsewhere
	blank  bool // a blank line came after the last frame
	seen   int  // frames in all
	ended  bool
	group  bool // inside [errors]
}

type dialect int

const (
	dialectV8 dialect = iota
	dialectAt
	dialectArrow
	dialectOpera
)

func beginJavaScript(l *line, before lookback) (builder, int) {
	t := strings.TrimSpace(l.body)
	j := &javascript{root: &analysis.Trace{Language: "javascript"}}
	j.cur = j.root
	off := l.off
	if t == "stack: |-" {
		j.yaml = indent(l.body) + 1
		off = j.tap(before, off)
		return j, off
	}
	f, d, ok := jsFrame(t)
	if !ok {
		return nil, 0
	}
	j.dialect = d
	h := &j.header
	h.find(before, true)
	if !h.found && d != dialectAt {
		j.bullet(before)
	}
	if !h.found && (f.File == "" || f.Line == 0) {
		if d != dialectAt || f.File == "" {
			return nil, 0
		}
	}
	if d == dialectAt && h.found {
		// A name somewhere above proves nothing: it must be the line before.
		if b := before(1); b == nil || b.off != h.off {
			*h = header{}
		}
	}
	if h.found {
		if h.typ != "" {
			j.root.Type, j.root.Message = h.typ, h.msg
			off = min(off, h.off)
			j.excerpt(before, &f)
		}
		j.codeFrame(before, &f)
	}
	j.add(f)
	return j, off
}

// bullet takes jest's message, which names no type: the lines after "● name".
func (j *javascript) bullet(before lookback) {
	var lines []string
	for i := 1; ; i++ {
		l := before(i)
		if l == nil {
			return
		}
		t := strings.TrimSpace(l.body)
		if strings.HasPrefix(t, "● ") {
			break
		}
		lines = append(lines, t)
	}
	for _, t := range slices.Backward(lines) {

		if strings.HasPrefix(t, "> ") && strings.Contains(t, " | ") || strings.Contains(t, " | ") && isDigit(t[0]) {
			break
		}
		if t != "" {
			addText(&j.header.msg, t)
		}
	}
	if j.header.msg != "" {
		j.root.Message = j.header.msg
		if strings.HasPrefix(j.root.Message, "expect(") || strings.Contains(j.root.Message, "Expected") {
			j.root.Type = "AssertionError"
		}
		j.header.found = true
	}
}

// codeFrame takes jest's excerpt of the source, "> 4 | text", out of the message
// and to the call that it shows.
func (j *javascript) codeFrame(before lookback, first *analysis.Frame) {
	var b strings.Builder
	for l := range strings.SplitSeq(j.root.Message, "\n") {
		t := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(l), ">"))
		if _, rest, ok := number(t); ok && strings.HasPrefix(strings.TrimSpace(rest), "|") {
			break
		}
		b.WriteString(l + "\n")
	}
	j.root.Message = strings.TrimSpace(b.String())
	for i := 1; i <= 12; i++ {
		l := before(i)
		if l == nil {
			return
		}
		t, ok := strings.CutPrefix(strings.TrimSpace(l.body), "> ")
		if !ok {
			continue
		}
		n, rest, ok := number(strings.TrimSpace(t))
		if text, in := strings.CutPrefix(strings.TrimSpace(rest), "|"); ok && in && n == first.Line {
			first.Text = strings.TrimSpace(text)
		}
		return
	}
}

// excerpt reads what node prints above an uncaught error: the place, the line,
// the caret. Of a SyntaxError that place is where it is; the frames are node's.
func (j *javascript) excerpt(before lookback, first *analysis.Frame) {
	for i := 1; i < 12; i++ {
		l := before(i)
		if l == nil {
			return
		}
		if l.off != j.header.off {
			continue
		}
		k := i + 1
		if b := before(k); b != nil && strings.TrimSpace(b.body) == "" {
			k++
		}
		caret, text, place := before(k), before(k+1), before(k+2)
		if caret == nil || text == nil || place == nil || strings.Trim(caret.body, " \t^~") != "" || strings.IndexByte(caret.body, '^') < 0 {
			return
		}
		file, n, col, ok := position(strings.TrimSpace(place.body))
		if !ok || col != 0 || file == "" {
			return
		}
		switch {
		case j.root.Type == "SyntaxError":
			j.add(analysis.Frame{File: file, Line: n, Column: strings.IndexByte(caret.body, '^') + 1, Text: strings.TrimSpace(text.body)})
		case strings.HasSuffix(first.File, strings.TrimPrefix(file, "file://")) && first.Line == n:
			first.Text = strings.TrimSpace(text.body)
		}
		return
	}
}

// tap reads the name and message of a TAP report's YAML block.
func (j *javascript) tap(before lookback, off int) int {
	for i := 1; i < 30; i++ {
		l := before(i)
		if l == nil {
			break
		}
		t := strings.TrimSpace(l.body)
		if t == "---" {
			break
		}
		if v, ok := strings.CutPrefix(t, "error: "); ok && v != "|-" {
			j.root.Message, off = strings.Trim(v, "'\""), l.off
		} else if ok {
			j.root.Message = strings.TrimSpace(before(max(i-1, 1)).body)
		}
		if v, ok := strings.CutPrefix(t, "name: "); ok {
			j.root.Type, off = strings.Trim(v, "'\""), l.off
		}
	}
	return off
}

func (j *javascript) add(f analysis.Frame) {
	push(j.cur, f)
	j.seen++
	j.blank = false
}

func (j *javascript) take(l *line) bool {
	if j.ended {
		return false
	}
	t := strings.TrimSpace(l.body)
	if t == "" {
		j.blank = j.blank || j.seen > 0
		return j.yaml > 0
	}
	if j.yaml > 0 {
		if indent(l.body) < j.yaml {
			j.ended = true
			return false
		}
		f, _, ok := jsFrame("at " + t)
		if ok {
			j.add(f)
		}
		return ok
	}
	if f, d, ok := jsFrame(t); ok && (d == j.dialect || d == dialectV8 && j.dialect == dialectArrow) {
		j.add(f)
		return true
	}
	if j.dialect == dialectOpera && j.seen > 0 && strings.HasPrefix(l.body, "    ") {
		if f := &j.cur.Frames[len(j.cur.Frames)-1]; f.Text == "" {
			f.Text = t
			return true
		}
	}
	if j.seen > 0 && !j.group {
		if k := strings.Index(t, "[cause]: "); k >= 0 && k < 4 {
			return j.cause(t[k+len("[cause]: "):])
		}
		for _, p := range [...]string{"Caused by: ", "caused by: ", "Cause: "} {
			if rest, ok := strings.CutPrefix(t, p); ok {
				return j.cause(rest)
			}
		}
	}
	if strings.HasPrefix(t, "[errors]: [") {
		j.group = true
		return true
	}
	if rest, ok := strings.CutPrefix(t, "... "); ok {
		if n, after, ok := number(rest); ok && strings.HasPrefix(after, " lines matching cause stack trace") {
			j.cur.Elided += n
			return true
		}
	}
	if j.group {
		if strings.HasPrefix(t, "]") {
			j.group, j.cur = false, j.root
			return true
		}
		if typ, msg, ok := thrownAt(t); ok && classLike(typ) && len(j.root.Others) < maxOthers {
			j.root.Others = append(j.root.Others, analysis.Trace{Language: "javascript", Type: typ, Message: msg})
			j.cur = &j.root.Others[len(j.root.Others)-1]
			return true
		}
	}
	if t == "From previous event:" || t == "}" || t == "}," {
		return true
	}
	if strings.HasPrefix(l.body, " ") && property(t) {
		return true
	}
	// Another error begins, or prose after a blank line.
	if typ, _, ok := thrownAt(t); ok && looksThrown(typ) || strings.HasPrefix(t, "● ") || j.blank {
		j.ended = true
	}
	return false
}

// property reports whether t is "name: value" as node prints after a trace.
func property(t string) bool {
	i := 0
	for i < len(t) && isWord(t[i]) {
		i++
	}
	return i > 0 && !isUpper(t[0]) && strings.HasPrefix(t[i:], ": ")
}

func (j *javascript) cause(rest string) bool {
	if j.depth >= maxCauses {
		j.ended = true
		return false
	}
	j.depth++
	c := &analysis.Trace{Language: "javascript"}
	if typ, msg, ok := thrown(rest, true); ok {
		c.Type, c.Message = typ, msg
	} else {
		c.Message = rest
	}
	j.cur.Cause = c
	j.cur = c
	return true
}

func (j *javascript) finish() []analysis.Trace {
	if len(j.root.Frames) == 0 && j.root.Cause == nil {
		return nil
	}
	if j.dialect == dialectAt && !j.header.found && j.seen < 2 {
		return nil
	}
	if !j.header.found && j.yaml == 0 && j.dialect == dialectV8 {
		j.root.Doubts = append(j.root.Doubts, "its begin is missing")
	}
	// Of TypeScript, by the files of the user's own calls.
	for t := j.root; t != nil; t = t.Cause {
		for i := range t.Frames {
			if f := &t.Frames[i]; isTypeScript(f.File) && !strings.Contains(f.File, "node_modules") {
				j.root.Language = "typescript"
			}
		}
	}
	for t := j.root.Cause; t != nil; t = t.Cause {
		t.Language = j.root.Language
	}
	for i := range j.root.Others {
		j.root.Others[i].Language = j.root.Language
	}
	return []analysis.Trace{*j.root}
}

func isTypeScript(file string) bool {
	for _, e := range [...]string{".ts", ".tsx", ".mts", ".cts"} {
		if strings.HasSuffix(file, e) {
			return true
		}
	}
	return false
}

// jsFrame reads one call of any dialect.
func jsFrame(t string) (f analysis.Frame, d dialect, ok bool) {
	switch {
	case strings.HasPrefix(t, "at "):
		f, ok = v8Frame(t[3:])
		return f, dialectV8, ok
	case strings.HasPrefix(t, "❯ "):
		f, ok = arrowFrame(t[len("❯ "):])
		return f, dialectArrow, ok
	case strings.HasPrefix(t, "Line ") || strings.HasPrefix(t, "...  Line "):
		f, ok = operaFrame(strings.TrimPrefix(t, "...  "))
		return f, dialectOpera, ok
	}
	if strings.IndexByte(t, '@') >= 0 && !strings.HasPrefix(t, "Error created at ") {
		f, ok = atSignFrame(t)
		return f, dialectAt, ok
	}
	return f, 0, false
}

func v8Frame(s string) (f analysis.Frame, ok bool) {
	s = strings.TrimRight(s, " ,")
	s = strings.TrimSuffix(s, " {")
	s = strings.TrimSuffix(s, " [")
	s = strings.TrimPrefix(s, "async ")
	if s == "" || len(s) > 2*maxName {
		return f, false
	}
	if s[len(s)-1] == ')' {
		if k := strings.Index(s, "(eval at "); k >= 0 {
			// The code is in no file; the call of eval is. The innermost is it.
			f.Function = strings.TrimSpace(s[:k])
			in := s[k:]
			if last := strings.LastIndex(in, " ("); last >= 0 {
				in = in[last+2:]
				if end := strings.IndexByte(in, ')'); end >= 0 {
					in = in[:end]
				}
			}
			if f.File, f.Line, f.Column, ok = position(in); ok {
				return f, true
			}
			f.File = "eval"
			return f, true
		}
		for from := 0; ; {
			k := strings.Index(s[from:], " (")
			if k < 0 {
				break
			}
			k += from
			if file, line, col, ok := v8Place(s[k+2 : len(s)-1]); ok {
				f.Function, f.File, f.Line, f.Column = s[:k], file, line, col
				f.Function = strings.TrimPrefix(f.Function, "async ")
				return f, true
			}
			from = k + 2
		}
		// React Native prints no blank, but a column, which Java does not.
		if k := strings.IndexByte(s, '('); k > 0 {
			if file, line, col, ok := position(s[k+1 : len(s)-1]); ok && col > 0 {
				f.Function, f.File, f.Line, f.Column = s[:k], file, line, col
				return f, true
			}
		}
		return f, false
	}
	file, line, col, ok := position(s)
	if ok && (col > 0 || strings.Contains(file, "://")) && file != "" && (!strings.Contains(file, " ") || pathLike(file)) {
		f.File, f.Line, f.Column = file, line, col
		return f, true
	}
	if s == "<anonymous>" || s == "native" || s == "[native code]" {
		f.File = s
		return f, true
	}
	return f, false
}

// v8Place reads what stands in parentheses.
func v8Place(s string) (file string, line, col int, ok bool) {
	switch {
	case s == "native", s == "<anonymous>", s == "[native code]", s == "unknown location", strings.HasPrefix(s, "index "):
		return s, 0, 0, true
	}
	s = strings.TrimPrefix(s, "address at ") // Hermes
	file, line, col, ok = position(s)
	// "at noon (12:30)" is none.
	return file, line, col, ok && file != "" && (col > 0 || strings.ContainsAny(file, "./\\:"))
}

// pathLike reports whether s begins as a path or URL does.
func pathLike(s string) bool {
	return s != "" && (s[0] == '/' || s[0] == '.' || s[0] == '<' || len(s) > 2 && s[1] == ':' && (s[2] == '\\' || s[2] == '/') || schemeEnd(s) > 0)
}

// schemeEnd returns the length of "scheme://", 0 without one.
func schemeEnd(s string) int {
	i := 0
	for i < len(s) && i < 30 && (isWord(s[i]) || s[i] == '-' || s[i] == '+' || s[i] == '.') {
		i++
	}
	if i > 0 && strings.HasPrefix(s[i:], "://") {
		return i + 3
	}
	return 0
}

func arrowFrame(s string) (f analysis.Frame, ok bool) {
	file, line, col, ok := position(strings.TrimSpace(s))
	if !ok || col == 0 {
		return f, false
	}
	f.Line, f.Column = line, col
	if k := strings.LastIndexByte(file, ' '); k >= 0 {
		f.Function, file = strings.TrimSpace(file[:k]), file[k+1:]
	}
	f.File = file
	return f, file != ""
}

func operaFrame(s string) (f analysis.Frame, ok bool) {
	n, rest, ok := number(strings.TrimPrefix(s, "Line "))
	if !ok {
		return f, false
	}
	_, after, ok := strings.Cut(rest, " script ")
	if !ok || !strings.HasPrefix(rest, " of ") {
		return f, false
	}
	file := strings.TrimPrefix(after, "in ")
	if at := strings.Index(file, ": In function "); at >= 0 {
		f.Function = file[at+len(": In function "):]
		file = file[:at]
	}
	f.File, f.Line = file, n
	return f, schemeEnd(file) > 0
}

// atSignFrame reads "f@place". Both sides may hold the sign itself.
func atSignFrame(s string) (f analysis.Frame, ok bool) {
	if len(s) > 2*maxName {
		return f, false
	}
	for from := 0; ; {
		k := strings.IndexByte(s[from:], '@')
		if k < 0 {
			return f, false
		}
		k += from
		from = k + 1
		place := s[from:]
		if place == "[native code]" {
			f.Function, f.File = atSignName(s[:k]), place
			return f, true
		}
		file, line, col, ok := position(place)
		if !ok || file == "" || col == 0 && schemeEnd(file) == 0 {
			continue
		}
		if at := strings.Index(file, " line "); at > 0 && (strings.HasSuffix(file, " > eval") || strings.HasSuffix(file, " > Function")) {
			line, _, _ = number(file[at+len(" line "):])
			file, col = file[:at], 0
		}
		if schemeEnd(file) == 0 && !pathLike(file) {
			if strings.ContainsAny(file, "\"'()<> ,;@") || strings.Count(s[:k], " ") > 3 {
				continue
			}
		}
		f.Function, f.File, f.Line, f.Column = atSignName(s[:k]), file, line, col
		return f, len(f.Function) < 400
	}
}

// atSignName is the function of a name as Firefox and Opera print it: without
// arguments, and without what called it later.
func atSignName(s string) string {
	if rest, ok := strings.CutPrefix(s, "<anonymous function: "); ok {
		if before, _, ok := strings.Cut(rest, ">"); ok {
			return before
		}
	}
	if strings.HasPrefix(s, "<anonymous function>") {
		return ""
	}
	if strings.HasSuffix(s, ")") {
		if k := strings.IndexByte(s, '('); k >= 0 {
			s = s[:k]
		}
	}
	return s[strings.LastIndexByte(s, '*')+1:]
}
