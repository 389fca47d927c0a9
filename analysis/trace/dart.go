package trace

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// dart builds "#0      f (file:1:2)" under "Unhandled exception:".
type dart struct {
	t    analysis.Trace
	next int
}

func beginDart(l *line, before lookback) (builder, int) {
	n, f, ok := dartFrame(strings.TrimSpace(l.body))
	if !ok || n != 0 {
		return nil, 0
	}
	d := &dart{next: 1}
	off := l.off
	var more []string
	for i := 1; i <= 12; i++ {
		b := before(i)
		if b == nil {
			break
		}
		t := strings.TrimSpace(b.body)
		if t == "Unhandled exception:" || strings.HasSuffix(t, "Unhandled Exception:") {
			off = b.off
			for _, m := range slices.Backward(more) {
				addText(&d.t.Message, m)
			}
			if typ, msg, ok := thrownAt(d.t.Message); ok && classLike(typ) && strings.IndexByte(typ, '\n') < 0 {
				d.t.Type, d.t.Message = typ, msg
			}
			break
		}
		more = append(more, b.body[:min(len(b.body), 2048)])
	}
	push(&d.t, f)
	return d, off
}

func (d *dart) take(l *line) bool {
	t := strings.TrimSpace(l.body)
	if t == "<asynchronous suspension>" {
		return true
	}
	n, f, ok := dartFrame(t)
	if !ok || n != d.next {
		return false
	}
	d.next++
	push(&d.t, f)
	return true
}

func (d *dart) finish() []analysis.Trace {
	d.t.Language = "dart"
	return []analysis.Trace{d.t}
}

func dartFrame(t string) (n int, f analysis.Frame, ok bool) {
	if !strings.HasPrefix(t, "#") {
		return 0, f, false
	}
	n, rest, ok := number(t[1:])
	if !ok || !strings.HasPrefix(rest, "  ") || !strings.HasSuffix(rest, ")") {
		return 0, f, false
	}
	rest = strings.TrimSpace(rest)
	k := strings.LastIndex(rest, " (")
	if k < 0 {
		return 0, f, false
	}
	file, line, col, ok := position(rest[k+2 : len(rest)-1])
	if !ok {
		return 0, f, false
	}
	return n, analysis.Frame{Function: rest[:k], File: file, Line: line, Column: col}, true
}
