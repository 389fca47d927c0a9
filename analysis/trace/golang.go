package trace

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// The types that are given to what Go prints; it names none but for errors of
// the runtime.
const (
	goPanic   = "panic"
	goRuntime = "runtime error"
	goFatal   = "fatal error"
	goRace    = "data race"
	goTimeout = "test timed out"
)

// golang builds what a Go program prints when it dies: the panics, then each
// goroutine's stack. It also reads the race detector's reports, whose stacks are
// indented.
type golang struct {
	heads  []analysis.Trace // panics, oldest first
	traces []analysis.Trace
	cur    *analysis.Trace
	base   int    // indentation of the calls
	fn     string // a call whose place is on the next line
	made   bool   // fn created the goroutine
	inHead bool
	system bool // the runtime's own stack is printed above the goroutines
	race   bool
	part   *analysis.Trace // of a race: where frames go
	maker  bool            // of a race: frames are of who made the goroutine
	ended  bool
	over   bool // more goroutines than are kept
}

func beginGo(l *line, _ lookback) (builder, int) {
	in := indent(l.body)
	t := l.body[in:]
	g := &golang{base: in}
	switch {
	case strings.HasPrefix(t, "panic: "), strings.HasPrefix(t, "fatal error: "):
		if strings.HasPrefix(t, "fatal error: ") && strings.HasSuffix(t, "file not found") { // a C compiler's
			return nil, 0
		}
		g.inHead = true
		g.head(t)
	case strings.HasPrefix(t, "goroutine "):
		if !g.goroutine(t) {
			return nil, 0
		}
	case strings.HasPrefix(t, "WARNING: DATA RACE"):
		g.race, g.base = true, in+2
		g.traces = append(g.traces, analysis.Trace{Type: goRace})
	default:
		return nil, 0
	}
	return g, l.off
}

// head takes a line "panic: …" or "fatal error: …".
func (g *golang) head(t string) {
	var h analysis.Trace
	if msg, ok := strings.CutPrefix(t, "fatal error: "); ok {
		h.Type, h.Message = goFatal, msg
	} else {
		msg := strings.TrimPrefix(t, "panic: ")
		msg = strings.TrimSuffix(msg, " [recovered]")
		msg = strings.TrimSuffix(msg, " [recovered, repanicked]")
		h.Type, h.Message = goPanic, msg
		if rest, ok := strings.CutPrefix(msg, "runtime error: "); ok {
			h.Type, h.Message = goRuntime, rest
		} else if strings.HasPrefix(msg, "test timed out after") {
			h.Type = goTimeout
		} else if end := strings.Index(msg, ") "); strings.HasPrefix(msg, "(") && end > 0 && end < 200 && !strings.Contains(msg[:end], " ") {
			h.Type, h.Message = msg[1:end], msg[end+2:]
			if strings.HasPrefix(h.Message, "0x") { // the address of the value
				h.Message = ""
			}
		}
	}
	if len(g.heads) < maxCauses {
		g.heads = append(g.heads, h)
	}
}

// goroutine takes "goroutine 1 [running]:".
func (g *golang) goroutine(t string) bool {
	n, rest, ok := number(strings.TrimPrefix(t, "goroutine "))
	if !ok || n == 0 && !strings.HasPrefix(t, "goroutine 0 ") {
		return false
	}
	// "goroutine 0 gp=0x… m=0 mp=0x… [idle]:" of newer runtimes.
	open := strings.Index(rest, " [")
	if open < 0 || open > 80 || !strings.HasSuffix(strings.TrimRight(rest, " "), "]:") {
		return false
	}
	g.flush()
	state := strings.TrimSuffix(strings.TrimRight(rest[open+2:], " "), "]:")
	if len(g.traces) >= maxTraces {
		g.over = true
		g.cur = &analysis.Trace{}
		return true
	}
	id := strings.TrimPrefix(t, "goroutine ")
	id = id[:strings.IndexByte(id, ' ')]
	g.traces = append(g.traces, analysis.Trace{Thread: "goroutine " + id + " [" + state + "]"})
	g.cur = &g.traces[len(g.traces)-1]
	g.inHead = false
	return true
}

func (g *golang) take(l *line) bool {
	if g.ended {
		return false
	}
	in := indent(l.body)
	t := strings.TrimRight(l.body[in:], " ")
	if g.race {
		return g.raced(t, in)
	}
	if strings.HasPrefix(t, "goroutine ") {
		if g.goroutine(t) {
			g.base = in
			return true
		}
		if strings.HasPrefix(t, "goroutine running on other thread") && g.cur != nil {
			push(g.cur, analysis.Frame{File: "<unavailable>"})
			g.cur.Doubts = append(g.cur.Doubts, "its stack was not available")
			return true
		}
	}
	if g.inHead {
		return g.more(t, in)
	}
	if t == "" {
		g.flush()
		return true
	}
	if strings.HasPrefix(t, "exit status ") || strings.HasPrefix(t, "FAIL\t") || t == "FAIL" {
		g.ended = true
		return false
	}
	return g.call(t, in)
}

// more takes a line between the head and the first goroutine.
func (g *golang) more(t string, in int) bool {
	last := &g.heads[len(g.heads)-1]
	switch {
	case t == "":
		return true
	case strings.HasPrefix(t, "panic: ") && in > g.base:
		g.head(t)
		return true
	case strings.HasPrefix(t, "runtime stack:"):
		g.system = true
		return true
	case g.system, strings.HasPrefix(t, "[signal "), strings.HasPrefix(t, "runtime: "), strings.HasPrefix(t, "[recovered"):
		return true
	case strings.HasPrefix(t, "panic: ") || strings.HasPrefix(t, "fatal error: ") || strings.HasPrefix(t, "exit status ") || strings.HasPrefix(t, "FAIL"):
		g.ended = true
		return false
	}
	if strings.Count(last.Message, "\n") > 60 {
		g.ended = true
		return false
	}
	addText(&last.Message, t)
	return true
}

// call takes the two lines of a call.
func (g *golang) call(t string, in int) bool {
	if g.fn != "" {
		if file, n, ok := goPlace(t); ok {
			g.place(file, n)
			return true
		}
		if in > g.base && pathLike(t) {
			g.place("", 0)
			if to := g.to(); to != nil {
				to.Doubts = append(to.Doubts, "a line was cut short")
			}
			return true
		}
	}
	if rest, ok := strings.CutPrefix(t, "..."); ok {
		n, after, ok := number(rest)
		if strings.HasPrefix(rest, "additional frames elided") || ok && strings.HasPrefix(after, " frames elided") {
			g.flush()
			if to := g.to(); to != nil {
				to.Elided += max(n, 1)
			}
			return true
		}
	}
	name, made, ok := goFunction(t)
	if !ok {
		return false
	}
	g.flush()
	g.fn, g.made = name, made
	return true
}

// flush keeps a call whose place did not come.
func (g *golang) flush() {
	if g.fn != "" {
		g.place("", 0)
	}
}

// to is the trace that calls go to, nil before the first.
func (g *golang) to() *analysis.Trace {
	if g.race {
		return g.part
	}
	return g.cur
}

func (g *golang) place(file string, n int) {
	f := analysis.Frame{Function: g.fn, Module: goPackage(g.fn), File: file, Line: n}
	made := g.made
	g.fn, g.made = "", false
	to := g.to()
	if to == nil {
		return
	}
	if g.race {
		made = g.maker
	}
	if made {
		to.CreatedBy = append(to.CreatedBy, f)
		return
	}
	push(to, f)
}

// raced takes a line of the race detector's report.
func (g *golang) raced(t string, in int) bool {
	switch {
	case t == "":
		g.flush()
		return true
	case strings.HasPrefix(t, "====="):
		g.flush()
		g.ended = true
		return true
	case strings.HasPrefix(t, "["), strings.HasPrefix(t, "failed to restore the stack"):
		return true
	}
	if in < g.base && strings.HasSuffix(t, ":") {
		g.flush()
		t = strings.TrimSuffix(t, ":")
		first := &g.traces[0]
		g.maker = false
		switch {
		case strings.HasPrefix(t, "Previous "):
			first.Others = append(first.Others, analysis.Trace{Language: "go", Type: goRace, Message: withoutAddress(t)})
			g.part = &first.Others[len(first.Others)-1]
		case strings.HasPrefix(t, "Goroutine ") && strings.Contains(t, " created at"):
			g.maker = true
			g.part = first
			id, _, _ := strings.Cut(strings.TrimPrefix(t, "Goroutine "), " ")
			for i := range first.Others {
				if strings.HasSuffix(first.Others[i].Message, " goroutine "+id) {
					g.part = &first.Others[i]
				}
			}
		case strings.Contains(t, " at 0x") && strings.Contains(t, " by "):
			first.Message = withoutAddress(t)
			first.Thread = t[strings.LastIndex(t, " by ")+len(" by "):]
			g.part = first
		default:
			return false
		}
		return true
	}
	return g.part != nil && in >= g.base && g.call(t, in)
}

// withoutAddress is "Read by goroutine 7" of "Read at 0x00c0 by goroutine 7".
func withoutAddress(t string) string {
	k := strings.Index(t, " at 0x")
	if k < 0 {
		return t
	}
	if end := strings.IndexByte(t[k+4:], ' '); end >= 0 {
		return t[:k] + t[k+4+end:]
	}
	return t[:k]
}

func (g *golang) finish() []analysis.Trace {
	g.flush()
	for len(g.traces) > 0 && g.race && len(g.traces[0].Frames) == 0 {
		return nil
	}
	var kept []analysis.Trace
	for i := range g.traces {
		t := &g.traces[i]
		t.Language = "go"
		if len(t.Frames) > 0 || len(t.CreatedBy) > 0 {
			kept = append(kept, *t)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	if n := len(g.heads); n > 0 {
		headed(&kept[0], g.heads)
		// The stack of a test's timer says nothing; the goroutine that hangs does.
		if last := g.heads[n-1]; (last.Type == goTimeout || last.Type == goFatal) && !hasApp("go", &kept[0]) {
			for i := 1; i < len(kept); i++ {
				if hasApp("go", &kept[i]) {
					headed(&kept[i], g.heads[n-1:])
					break
				}
			}
		}
	}
	if g.over {
		t := &kept[len(kept)-1]
		t.Doubts = append(t.Doubts, "there are more goroutines than the 4096 that are listed")
	}
	return kept
}

// headed gives a goroutine the panics that ended it, the last one first.
func headed(t *analysis.Trace, heads []analysis.Trace) {
	n := len(heads)
	t.Type, t.Message = heads[n-1].Type, heads[n-1].Message
	at := t
	for i := n - 2; i >= 0; i-- {
		c := heads[i]
		c.Language = "go"
		at.Cause, at.Implicit = &c, true
		at = &c
	}
}

func hasApp(language string, t *analysis.Trace) bool {
	for i := range t.Frames {
		if app, _ := inApp(language, &t.Frames[i]); app {
			return true
		}
	}
	return false
}

// goFunction reads "pkg.F(0x1, ...)" and "created by pkg.F in goroutine 1".
func goFunction(t string) (name string, made, ok bool) {
	if rest, ok := strings.CutPrefix(t, "created by "); ok {
		if k := strings.Index(rest, " in goroutine "); k >= 0 {
			rest = rest[:k]
		}
		if rest == "" || strings.IndexByte(rest, ' ') >= 0 {
			return "", false, false
		}
		return unpercent(strings.TrimSuffix(rest, "()")), true, true
	}
	if !strings.HasSuffix(t, ")") {
		return "", false, false
	}
	depth := 0
	i := len(t) - 1
	for ; i >= 0; i-- {
		if t[i] == ')' {
			depth++
		} else if t[i] == '(' {
			if depth--; depth == 0 {
				break
			}
		}
	}
	if i <= 0 {
		return "", false, false
	}
	name = t[:i]
	if strings.ContainsAny(name, " \t\"'=:;") && !strings.Contains(name, "[go.shape.") {
		return "", false, false
	}
	slash := strings.LastIndexByte(name, '/')
	if strings.IndexByte(name[slash+1:], '.') < 0 && name != "main" && name != "panic" && !strings.HasPrefix(name, "_cgo") {
		return "", false, false
	}
	return unpercent(name), false, true
}

// goPlace reads "/path/x.go:12 +0x1d fp=…".
func goPlace(t string) (file string, line int, ok bool) {
	// The place ends at the first blank after ":line"; paths may hold blanks.
	for from := 0; from < len(t); {
		k := strings.IndexByte(t[from:], ':')
		if k < 0 {
			return "", 0, false
		}
		k += from
		n, rest, isNumber := number(t[k+1:])
		if isNumber && k > 0 && (rest == "" || rest[0] == ' ') && (strings.HasSuffix(t[:k], ".go") || strings.HasSuffix(t[:k], ".s") || t[:k] == "??" || t[0] == '_' || t[0] == '<' || strings.Contains(rest, " +0x") || strings.HasPrefix(rest, " +0x") || strings.HasSuffix(t[:k], ".c") || strings.HasSuffix(t[:k], ".h")) {
			return t[:k], n, true
		}
		from = k + 1
	}
	return "", 0, false
}

// unpercent decodes what the linker escapes in names: gopkg.in/yaml%2ev2.F.
func unpercent(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			b.WriteByte(byte(hexValue(s[i+1])<<4 | hexValue(s[i+2])))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// goPackage is the import path of a function's name.
func goPackage(name string) string {
	slash := strings.LastIndexByte(name, '/')
	rest := name[slash+1:]
	// A version is part of the path: gopkg.in/yaml.v2.F.
	dot := strings.IndexByte(rest, '.')
	if dot < 0 {
		return ""
	}
	if strings.HasPrefix(name, "gopkg.in/") && dot+2 < len(rest) && rest[dot+1] == 'v' && isDigit(rest[dot+2]) {
		if more := strings.IndexByte(rest[dot+1:], '.'); more > 0 {
			dot += 1 + more
		}
	}
	return name[:slash+1+dot]
}
