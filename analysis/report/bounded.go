package report

import (
	"regexp"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// escape are the codes that terminals understand: colours, cursor moves, titles
// and links.
var escape = regexp.MustCompile("\x1b(?:\\[[0-9;:?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[()][0-9A-B]|[=>NOMDEHc78])")

// text looks at bytes as a string while they do not change.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bounded is the beginning of s.
func bounded(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.Clone(s[:n])
}

// short is s for a doubt.
func short(s string) string {
	const most = 120 // bytes
	if len(s) <= most {
		return s
	}
	return bounded(s, most) + "…"
}

// gap stands where the middle of an output was cut out.
const gap = "\n[… cut …]\n"

// boundedMiddle is s without its middle: what is said first and last counts.
func boundedMiddle(s string, n int) string {
	if len(s) <= n {
		return s
	}
	var b piece
	b.limit = n
	b.add(s)
	return b.String()
}

// A piece is text that is gathered in bounded memory: its head and its tail. The
// zero value holds maxOutput bytes.
type piece struct {
	limit int
	head  []byte
	tail  []byte // a ring when it is full
	at    int
	cut   bool
}

func (p *piece) most() int {
	if p.limit == 0 {
		return maxOutput
	}
	return max(p.limit, 2*len(gap))
}

func (p *piece) len() int { return len(p.head) + len(p.tail) }

func (p *piece) add(s string) {
	half := (p.most() - len(gap)) / 2
	if room := half - len(p.head); room > 0 {
		n := min(room, len(s))
		p.head = append(p.head, s[:n]...)
		s = s[n:]
	}
	if len(s) > half {
		s, p.cut = s[len(s)-half:], true
	}
	if room := half - len(p.tail); room > 0 && len(s) > 0 {
		n := min(room, len(s))
		p.tail = append(p.tail, s[:n]...)
		s = s[n:]
	}
	for len(s) > 0 {
		p.cut = true
		n := copy(p.tail[p.at:], s)
		s = s[n:]
		p.at = (p.at + n) % len(p.tail)
	}
}

// line adds a line.
func (p *piece) line(s string) {
	p.add(s)
	p.add("\n")
}

func (p *piece) String() string {
	if !p.cut {
		return string(p.head) + string(p.tail)
	}
	tail := string(p.tail[p.at:]) + string(p.tail[:p.at])
	for len(tail) > 0 && !utf8.RuneStart(tail[0]) {
		tail = tail[1:]
	}
	return strings.ToValidUTF8(string(p.head), "") + gap + tail
}

func (p *piece) reset() { p.head, p.tail, p.at, p.cut = p.head[:0], p.tail[:0], 0, false }

// mayBeFinding says quickly whether a line can hold a place in a file: most lines
// that are printed hold none, and expressions are slow.
func mayBeFinding(line string) bool {
	if line[0] == ' ' || line[0] == '\t' || strings.HasPrefix(line, "error") || strings.HasPrefix(line, "warning") {
		// Stylish lines, rustc's heads and places.
		trimmed := strings.TrimLeft(line, " \t")
		if trimmed == "" {
			return false
		}
		if c := trimmed[0]; line[0] != trimmed[0] && '0' <= c && c <= '9' && strings.Contains(trimmed, "  ") {
			return true
		}
		if strings.HasPrefix(trimmed, "--> ") || line[0] == 'e' || line[0] == 'w' {
			return true
		}
	}
	if strings.HasPrefix(line, "[ERROR] ") || strings.HasPrefix(line, "[WARNING] ") || strings.HasPrefix(line, "e: ") || strings.HasPrefix(line, "w: ") {
		return true
	}
	if strings.HasPrefix(line, "/") || strings.HasPrefix(line, "./") || len(line) > 2 && line[1] == ':' && (line[2] == '\\' || line[2] == '/') {
		return true
	}
	if strings.Contains(line, "make") && strings.Contains(line, " directory ") || strings.HasPrefix(line, "too many errors") {
		return true
	}
	if strings.Contains(line, ": line ") {
		return true
	}
	// A name with an extension, then the line: file.go:12, file.ts(3,5).
	for i := 1; i+1 < len(line); i++ {
		c := line[i]
		if c != ':' && c != '(' {
			continue
		}
		if d := line[i+1]; (d < '0' || d > '9') && d != '[' {
			continue
		}
		j := i
		for j > 0 && i-j < 8 && ('a' <= line[j-1] && line[j-1] <= 'z' || 'A' <= line[j-1] && line[j-1] <= 'Z' || line[j-1] == '+') {
			j--
		}
		if j < i && j > 1 && line[j-1] == '.' {
			return true
		}
	}
	return startsUpper(line) || !strings.ContainsAny(line, " \t") && strings.Contains(line, ".") // ruff's heads, stylish files
}

// startsUpper is how ruff's full form begins: capitals, then digits.
func startsUpper(line string) bool {
	i := 0
	for i < len(line) && 'A' <= line[i] && line[i] <= 'Z' {
		i++
	}
	return i > 0 && i <= 5 && i < len(line) && '0' <= line[i] && line[i] <= '9'
}
