package identity

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

//go:generate go run ./internal/gentables -goroot $GOROOT -out gotable.go

// A row says which rule a message stands for. In message %s stands for what
// varies.
type row struct {
	rule, message string
}

// A shape is a row made ready for matching.
type shape struct {
	rule string
	// template is what several tools' words for one thing have in common, ""
	// where the message stands for itself. Its holes are those of the message
	// after the first skip.
	template string
	skip     int
	parts    []string // the constant pieces; holes lie between them
	size     int      // of the pieces together: the more, the more special
}

// A table finds the most special shape of a message.
type table []shape

func newTable(lists ...[]row) table {
	var t table
	for _, rows := range lists {
		for _, r := range rows {
			message := r.message
			for strings.Contains(message, "%s%s") {
				message = strings.ReplaceAll(message, "%s%s", "%s")
			}
			s := shape{rule: r.rule, parts: strings.Split(message, "%s")}
			for _, p := range s.parts {
				s.size += len(p)
			}
			t = append(t, s)
		}
	}
	slices.SortStableFunc(t, func(a, b shape) int { return b.size - a.size })
	return t
}

// match returns the holes of line, which starts at off of the message.
func (s *shape) match(line string, off int) ([]analysis.Capture, bool) {
	parts := s.parts
	rest, ok := strings.CutPrefix(line, parts[0])
	if !ok {
		return nil, false
	}
	if len(parts) == 1 {
		return nil, rest == ""
	}
	tail := parts[len(parts)-1]
	if !strings.HasSuffix(rest, tail) {
		return nil, false
	}
	at := off + len(parts[0])
	caps := make([]analysis.Capture, 0, len(parts)-1)
	take := func(n int) bool {
		if n <= 0 {
			return false // nothing is no name
		}
		caps = append(caps, analysis.Capture{Text: rest[:n], Span: analysis.Span{Start: at, End: at + n}})
		rest, at = rest[n:], at+n
		return true
	}
	for _, p := range parts[1 : len(parts)-1] {
		if rest == "" {
			return nil, false
		}
		n := strings.Index(rest[1:], p) + 1
		if n == 0 || !take(n) {
			return nil, false
		}
		rest, at = rest[len(p):], at+len(p)
	}
	if len(rest) < len(tail) || !take(len(rest)-len(tail)) {
		return nil, false
	}
	return caps, true
}

// find returns the first shape that line is, and its holes.
func (t table) find(line string, off int) (*shape, []analysis.Capture) {
	for i := range t {
		if caps, ok := t[i].match(line, off); ok {
			return &t[i], caps
		}
	}
	return nil, nil
}
