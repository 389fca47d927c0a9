package report

import (
	"regexp"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/dejafix/dejafix/analysis/identity"
)

// escape are the codes that terminals understand: colours, cursor moves, titles
// and links.
var escape = regexp.MustCompile("\x1b(?:\\[[0-9;:?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[()][0-9A-B]|[=>NOMDEHc78])")

// text looks at bytes as a string while they do not change.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) } //nolint:gosec // as said

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
// that are printed hold none, and the expressions that read places are slow.
func mayBeFinding(line string) bool {
	switch line[0] {
	case ' ', '\t':
		// Stylish lines, rustc's and ruff's places.
		trimmed := strings.TrimLeft(line, " \t")
		if trimmed == "" {
			return false
		}
		if c := trimmed[0]; '0' <= c && c <= '9' && strings.Contains(trimmed, "  ") || strings.HasPrefix(trimmed, "--> ") {
			return true
		}
		if strings.HasSuffix(line, ")") && strings.Contains(line, "(report") {
			return true // pyright's rule
		}
	case '[':
		if strings.HasPrefix(line, "[ERROR] ") || strings.HasPrefix(line, "[WARNING] ") {
			return strings.Contains(line, ":[") // Maven
		}
	case 'e', 'w', 't', 'i', 'S':
		for _, s := range []string{"error", "warning", "e: ", "w: ", "too many errors", "invalid-syntax", "SyntaxError"} {
			if strings.HasPrefix(line, s) {
				return true
			}
		}
	}
	if startsUpper(line) {
		return true // ruff's heads
	}
	if i := strings.IndexByte(line, ':'); i > 0 && strings.Contains(line[:min(i, 256)], "make") || i > 0 && strings.Contains(line[i:], ": line ") {
		return true // make says where it goes; eslint's compact form
	}
	if !strings.ContainsAny(line, " \t") && identity.LanguageOf(line) != "" {
		return true // a stylish file
	}
	// A name with an extension, then the line: file.go:12:3, file.ts(3,5).
	for i := 1; i+1 < len(line); i++ {
		c := line[i]
		if c != ':' && c != '(' || line[i+1] < '0' || line[i+1] > '9' {
			continue
		}
		j := i
		for j > 0 && i-j < 8 && ('a' <= line[j-1] && line[j-1] <= 'z' || 'A' <= line[j-1] && line[j-1] <= 'Z' || line[j-1] == '+') {
			j--
		}
		if j < i && j > 1 && line[j-1] == '.' && saysSomething(line[j:i], line[i], line[i+1:]) {
			return true
		}
	}
	return false
}

// saysSomething looks at what follows the name of a file: a line and a column, or
// a line and how bad it is. What tests log has a line alone.
func saysSomething(extension string, open byte, rest string) bool {
	i := 0
	for i < len(rest) && '0' <= rest[i] && rest[i] <= '9' {
		i++
	}
	rest = rest[i:]
	if open == '(' {
		return strings.HasPrefix(rest, ",") && strings.Contains(rest, "): ")
	}
	if len(rest) > 1 && rest[0] == ':' && '0' <= rest[1] && rest[1] <= '9' || strings.HasPrefix(rest, " - ") {
		return true
	}
	message, ok := strings.CutPrefix(rest, ": ")
	if !ok || extension == "go" {
		return false
	}
	for _, s := range []string{"error", "warning", "note", "fatal", "remark", "info", "SyntaxError", "invalid-syntax", "Error", "Warning", "[error", "[warning"} {
		if strings.HasPrefix(message, s) {
			return true
		}
	}
	return startsUpper(message) || strings.Contains(message, "[Error") || strings.Contains(message, "[Warning")
}

// startsUpper is how ruff's and pylint's codes look: capitals, then digits.
func startsUpper(line string) bool {
	i := 0
	for i < len(line) && 'A' <= line[i] && line[i] <= 'Z' {
		i++
	}
	j := i
	for j < len(line) && '0' <= line[j] && line[j] <= '9' {
		j++
	}
	return i > 0 && i <= 5 && j > i && j-i <= 4 && (j == len(line) || line[j] == ' ' || line[j] == ':')
}
