package trace

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// csharp builds the traces of .NET: "at A.B(Int32 i) in file.cs:line 1", inner
// exceptions first, up to "--- End of inner exception stack trace ---".
type csharp struct {
	heads  []analysis.Trace // outermost first; frames go to the innermost open one
	level  int              // of heads that is read
	found  bool
	placed bool // a frame has a place: one that has none could be another language
	ended  bool
	seen   int
}

func beginCSharp(l *line, before lookback) (builder, int) {
	f, ok := csFrame(strings.TrimSpace(l.body))
	if !ok {
		return nil, 0
	}
	c := &csharp{placed: f.Line > 0}
	off := l.off
	// New versions print " ---> Inner: message" on lines of their own, above the frames.
	var heads []string
	for i := 1; i <= maxBack; i++ {
		b := before(i)
		if b == nil {
			break
		}
		t := strings.TrimSpace(b.body)
		if inner, ok := strings.CutPrefix(t, "---> "); ok {
			heads = append(heads, strings.TrimSpace(strings.TrimPrefix(inner, "(Inner Exception #")))
			off = b.off
			continue
		}
		if k := strings.Index(t, ") "); strings.HasPrefix(t, "---> (") && k > 0 {
			heads = append(heads, t[k+2:])
			continue
		}
		var h header
		h.find(func(k int) *line {
			if k > 1 && i+k-1 > maxBack {
				return nil
			}
			return before(i + k - 1)
		}, false)
		if h.found {
			c.found, off = true, h.off
			if h.typ == "Failure" { // xUnit: "Assert.Equal() Failure: …"
				h.typ, h.msg = "Xunit.Sdk.XunitException", "Failure: "+h.msg
			}
			h.msg = strings.TrimSuffix(strings.TrimSpace(h.msg), "Stack Trace:")
			c.split(h.typ, h.msg)
		}
		break
	}
	for _, head := range slices.Backward(heads) {
		typ, msg, _ := thrownAt(head)
		if typ == "" {
			msg = head
		}
		c.split(typ, msg)
	}
	if len(c.heads) == 0 {
		if !c.placed && !csTyped(l.body) {
			return nil, 0
		}
		c.heads = []analysis.Trace{{}}
	}
	c.level = len(c.heads) - 1
	c.add(f)
	return c, off
}

// split takes "Outer: message ---> Inner: message" apart.
func (c *csharp) split(typ, msg string) {
	for {
		outer, inner, more := strings.Cut(msg, " ---> ")
		outer = strings.TrimPrefix(outer, "---> ")
		c.heads = append(c.heads, analysis.Trace{Type: typ, Message: strings.TrimSuffix(strings.TrimSpace(outer), "\n")})
		if !more || len(c.heads) > maxCauses {
			return
		}
		t, m, ok := thrownAt(inner)
		if !ok {
			t, m = "", inner
		}
		typ, msg = t, m
	}
}

func (c *csharp) add(f analysis.Frame) {
	push(&c.heads[c.level], f)
	c.seen++
	c.placed = c.placed || f.Line > 0
}

func (c *csharp) take(l *line) bool {
	if c.ended {
		return false
	}
	t := strings.TrimSpace(l.body)
	if f, ok := csFrame(t); ok {
		c.add(f)
		return true
	}
	if strings.HasPrefix(t, "--- End of inner exception") {
		if c.level > 0 {
			c.level--
		}
		return true
	}
	if strings.HasPrefix(t, "--- End of stack trace from previous") || strings.HasPrefix(t, "--- End of managed ") {
		return true
	}
	if typ, _, ok := thrownAt(t); ok && strings.Contains(typ, ".") && looksThrown(typ) || strings.HasPrefix(t, "Unhandled ") || t == "Stack Trace:" {
		c.ended = true
	}
	return false
}

func (c *csharp) finish() []analysis.Trace {
	if c.seen == 0 {
		return nil
	}
	if !c.found {
		c.heads[0].Doubts = append(c.heads[0].Doubts, "its begin is missing")
	}
	for i := len(c.heads) - 1; i >= 0; i-- {
		c.heads[i].Language = "csharp"
		if i > 0 {
			inner := c.heads[i]
			c.heads[i-1].Cause = &inner
		}
	}
	return []analysis.Trace{c.heads[0]}
}

// csTyped reports whether the parameters of a frame look like C#'s: "Int32 i".
func csTyped(s string) bool {
	open := strings.IndexByte(s, '(')
	end := strings.LastIndexByte(s, ')')
	if open < 0 || end < open {
		return false
	}
	in := s[open+1 : end]
	return in == "" || strings.Contains(in, " ") && !strings.ContainsAny(in, ":/")
}

// csFrame reads "at A.B(Int32 i) in file.cs:line 1", and Mono's form,
// "at A.B (System.Int32 i) [0x00000] in file.cs:1".
func csFrame(t string) (f analysis.Frame, ok bool) {
	s, ok := strings.CutPrefix(t, "at ")
	if !ok || len(s) > 4*maxName {
		return f, false
	}
	place := ""
	if k := strings.LastIndex(s, ") in "); k >= 0 {
		s, place = s[:k+1], s[k+5:]
	} else if k := strings.LastIndex(s, "] in "); k >= 0 {
		s, place = s[:k+1], s[k+5:]
	}
	if k := strings.LastIndex(s, ") ["); k >= 0 && strings.HasSuffix(s, "]") {
		s = s[:k+1]
	}
	if !strings.HasSuffix(s, ")") {
		return f, false
	}
	open := strings.IndexByte(s, '(')
	if k := strings.LastIndex(s[:max(open, 0)], "["); k > 0 && open > k { // generic arguments may hold parentheses
		if e := strings.IndexByte(s[k:], ']'); e > 0 {
			if o := strings.IndexByte(s[k+e:], '('); o >= 0 {
				open = k + e + o
			}
		}
	}
	if open <= 0 {
		return f, false
	}
	name := strings.TrimSpace(s[:open])
	in := s[open+1 : len(s)-1]
	dot := strings.LastIndexByte(name, '.')
	if k := strings.LastIndex(name, "..ctor"); k > 0 {
		dot = k
	}
	if k := strings.LastIndex(name, "..cctor"); k > 0 {
		dot = k
	}
	if dot <= 0 || strings.ContainsAny(name, "/\\\"' :") || strings.ContainsAny(in, "/\\:") {
		return f, false
	}
	if place == "" && in != "" && !strings.Contains(in, " ") {
		return f, false
	}
	f.Function, f.Module = name, name[:dot]
	if k := strings.LastIndex(place, ":line "); k >= 0 {
		n, _, ok := number(place[k+len(":line "):])
		if ok {
			f.File, f.Line = place[:k], n
		}
	} else if place != "" {
		if file, n, _, ok := position(place); ok {
			f.File, f.Line = file, n
		} else {
			return f, false
		}
	}
	if f.File == "<filename unknown>" {
		f.File, f.Line = "", 0
	}
	return f, true
}
