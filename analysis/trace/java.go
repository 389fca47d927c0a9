package trace

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// java builds the traces of the JVM's languages: "at Class.method(File.java:1)",
// "Caused by", "Suppressed", and the threads of a dump.
type java struct {
	root  *analysis.Trace
	stack []javaLevel // the enclosing traces by indentation, innermost last
	cur   *analysis.Trace
	depth int
	seen  int
	found bool
	ended bool
	fresh bool // the header of a cause was read, no frame yet: lines are its message
}

type javaLevel struct {
	indent int // of "Suppressed:"
	trace  *analysis.Trace
}

func beginJava(l *line, before lookback) (builder, int) {
	f, ok := javaFrame(strings.TrimSpace(l.body))
	if !ok {
		return nil, 0
	}
	j := &java{root: &analysis.Trace{Language: "java"}}
	j.cur = j.root
	off := l.off
	if b := before(1); b != nil {
		if name, state, at, ok := javaThread(before); ok {
			j.root.Thread, j.root.Message, off, j.found = name, state, at, true
		}
	}
	if !j.found {
		var h header
		h.find(before, false)
		if h.found {
			j.root.Type, j.root.Message, j.root.Thread, off, j.found = h.typ, h.msg, h.thread, h.off, true
		}
	}
	j.add(f)
	return j, off
}

// javaThread reads the head of a thread in a dump: "name" #1 … and its state.
func javaThread(before lookback) (name, state string, off int, ok bool) {
	for i := 1; i <= 2; i++ {
		l := before(i)
		if l == nil {
			return "", "", 0, false
		}
		t := strings.TrimSpace(l.body)
		if s, found := strings.CutPrefix(t, "java.lang.Thread.State: "); found {
			state = s
			continue
		}
		if strings.HasPrefix(t, `"`) && (strings.Contains(t, "prio=") || strings.Contains(t, " tid=") || strings.Contains(t, `" #`)) {
			if end := strings.IndexByte(t[1:], '"'); end >= 0 {
				return t[1 : end+1], state, l.off, true
			}
		}
		return "", "", 0, false
	}
	return "", "", 0, false
}

func (j *java) add(f analysis.Frame) {
	push(j.cur, f)
	j.seen++
	j.fresh = false
}

func (j *java) take(l *line) bool {
	if j.ended {
		return false
	}
	t := strings.TrimSpace(l.body)
	if t == "" {
		return j.fresh
	}
	if f, ok := javaFrame(t); ok {
		if in := indent(l.body); len(j.stack) > 0 && !j.fresh {
			for len(j.stack) > 0 && in <= j.stack[len(j.stack)-1].indent {
				j.cur = j.stack[len(j.stack)-1].trace
				j.stack = j.stack[:len(j.stack)-1]
			}
		}
		j.add(f)
		return true
	}
	for _, p := range [...]string{"Caused by: ", "Suppressed: ", "Wrapped by: "} {
		rest, ok := strings.CutPrefix(t, p)
		if !ok {
			continue
		}
		if j.depth >= maxCauses {
			j.ended = true
			return false
		}
		in := indent(l.body)
		for len(j.stack) > 0 && (in < j.stack[len(j.stack)-1].indent || in == j.stack[len(j.stack)-1].indent && p == "Suppressed: ") {
			j.cur = j.stack[len(j.stack)-1].trace
			j.stack = j.stack[:len(j.stack)-1]
		}
		c := analysis.Trace{Language: "java"}
		if typ, msg, ok := thrownAt(rest); ok {
			c.Type, c.Message = typ, msg
		} else {
			c.Message = rest
		}
		if p == "Suppressed: " {
			if len(j.cur.Others) >= maxOthers {
				j.ended = true
				return false
			}
			j.stack = append(j.stack, javaLevel{in, j.cur})
			j.cur.Others = append(j.cur.Others, c)
			// The slice may move when it grows; the level above is left by then.
			j.cur = &j.cur.Others[len(j.cur.Others)-1]
		} else {
			// At the indentation of a suppressed one it is its cause.
			j.cur.Cause = &c
			j.cur = j.cur.Cause
			j.depth++
		}
		j.fresh = true
		return true
	}
	if rest, ok := strings.CutPrefix(t, "... "); ok {
		if n, after, ok := number(rest); ok && (after == " more" || strings.HasPrefix(after, " common frames omitted") || strings.HasPrefix(after, " frames")) {
			j.cur.Elided += n
			return true
		}
	}
	if strings.HasPrefix(t, "- locked <") || strings.HasPrefix(t, "- waiting ") || strings.HasPrefix(t, "- parking to wait") || strings.HasPrefix(t, "- eliminated") || strings.HasPrefix(t, "[CIRCULAR REFERENCE") {
		return true
	}
	if j.fresh {
		addTextAlways(&j.cur.Message, l.body[:min(len(l.body), 2048)])
		return len(j.cur.Message) < maxText
	}
	if typ, _, ok := thrownAt(t); ok && strings.Contains(typ, ".") && looksThrown(typ) || strings.HasPrefix(t, "Exception in thread ") || strings.HasPrefix(t, `"`) {
		j.ended = true
	}
	return false
}

func (j *java) finish() []analysis.Trace {
	if j.seen == 0 {
		return nil
	}
	if !j.found {
		j.root.Doubts = append(j.root.Doubts, "its begin is missing")
	}
	// Kotlin and Scala print the same form; their files tell.
	lang := "java"
	for t := j.root; t != nil; t = t.Cause {
		for i := range t.Frames {
			f := &t.Frames[i]
			if app, _ := inApp("java", f); !app {
				continue
			}
			switch {
			case strings.HasSuffix(f.File, ".kt"):
				lang = "kotlin"
			case strings.HasSuffix(f.File, ".scala"):
				lang = "scala"
			}
			break
		}
	}
	named(j.root, lang)
	return []analysis.Trace{*j.root}
}

func named(t *analysis.Trace, lang string) {
	t.Language = lang
	if t.Cause != nil {
		named(t.Cause, lang)
	}
	for i := range t.Others {
		named(&t.Others[i], lang)
	}
}

// javaFrame reads "at module/Class.method(File.java:1)".
func javaFrame(t string) (f analysis.Frame, ok bool) {
	s, ok := strings.CutPrefix(t, "at ")
	if !ok {
		return f, false
	}
	open := strings.IndexByte(s, '(')
	if open <= 0 || s[open-1] == ' ' {
		return f, false
	}
	end := strings.IndexByte(s[open:], ')')
	if end < 0 {
		if len(s) > open+1 && strings.Contains(s[open:], ".java:") || strings.HasSuffix(s, ".java") {
			end = len(s) - open // cut short
		} else {
			return f, false
		}
	}
	in, after := s[open+1:open+end], ""
	if open+end < len(s) {
		after = s[open+end+1:]
	}
	if after != "" && after[0] != ' ' && after[0] != ',' {
		return f, false
	}
	if strings.HasPrefix(after, " in ") { // C#
		return f, false
	}
	name := s[:open]
	if strings.ContainsAny(name, " \t\"',;") {
		return f, false
	}
	if k := strings.LastIndexByte(in, '/'); k > 0 && (strings.HasPrefix(in, "java.") || strings.HasPrefix(in, "jdk.")) {
		in = in[k+1:] // a dump of threads names the module here
	}
	file, line := in, 0
	if k := strings.LastIndexByte(in, ':'); k >= 0 {
		n, rest, isNumber := number(in[k+1:])
		if !isNumber || rest != "" {
			return f, false
		}
		file, line = in[:k], n
	}
	switch {
	case file == "Native Method", file == "Unknown Source":
		file = ""
	case file == "<generated>", strings.HasPrefix(file, "<"):
	case strings.ContainsAny(file, "/\\ ,") || file == "":
		return f, false
	case line == 0 && !strings.Contains(file, "."):
		return f, false
	}
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 {
		return f, false
	}
	f.Module, f.Function, f.File, f.Line = name[:dot], name[dot+1:], file, line
	// Logback and Log4j name the jar: "~[spring-core-5.3.1.jar:5.3.1]".
	if k := strings.IndexByte(after, '['); k >= 0 && k <= 2 {
		if end := strings.Index(after[k:], ".jar"); end > 0 {
			f.Why = jarPrefix + after[k+1:k+end+4]
		}
	}
	// "app//", "java.base/", "java.base@17/": the loader and the module.
	if k := strings.LastIndexByte(f.Module, '/'); k >= 0 && strings.IndexByte(f.Module, '$') != 0 && !strings.Contains(f.Module, "$$Lambda") {
		if strings.HasPrefix(f.Module, "java.") || strings.HasPrefix(f.Module, "jdk.") {
			f.Why = jdkModule
		}
		f.Module = f.Module[k+1:]
	}
	if k := strings.Index(f.Module, "/0x"); k >= 0 {
		f.Module = f.Module[:k]
		if k := strings.LastIndexByte(f.Module, '/'); k >= 0 && k+1 < len(f.Module) {
			f.Module = f.Module[k+1:]
		}
	}
	return f, true
}

// jdkModule marks a frame whose module is the JDK's until inApp looks at it.
const jdkModule = "a module of the JDK"
