package textedit

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/dejafix/dejafix/analysis"
)

// Encoding says in what unit the characters of a line are counted.
type Encoding int

// The encodings that LSP knows. UTF16 is its default.
const (
	UTF16 Encoding = iota
	UTF8
	UTF32
)

// String returns LSP's name of e.
func (e Encoding) String() string {
	switch e {
	case UTF8:
		return "utf-8"
	case UTF32:
		return "utf-32"
	default:
		return "utf-16"
	}
}

// Lines finds places in one text. Lines end with \n, \r\n or \r, and are
// counted from 0, as LSP does. A byte that is not UTF-8 counts as one
// character. A Lines is immutable and safe for concurrent use.
type Lines struct {
	text   string
	starts []int // of each line; starts[0] is 0
	ascii  bool  // every character is one byte: nothing needs counting
}

// NewLines returns the line index of text.
func NewLines(text string) *Lines {
	l := &Lines{text: text, ascii: isASCII(text)}
	l.starts = make([]int, 1, 1+strings.Count(text, "\n"))
	if strings.IndexByte(text, '\r') < 0 {
		for i := 0; ; {
			n := strings.IndexByte(text[i:], '\n')
			if n < 0 {
				return l
			}
			i += n + 1
			l.starts = append(l.starts, i)
		}
	}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			l.starts = append(l.starts, i+1)
		case '\r':
			if i+1 < len(text) && text[i+1] == '\n' {
				i++
			}
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Count is the number of lines: one more than there are line ends.
func (l *Lines) Count() int { return len(l.starts) }

// Line is the line that the byte at off is on; off is clamped to the text.
func (l *Lines) Line(off int) int {
	off = min(max(off, 0), len(l.text))
	return sort.SearchInts(l.starts, off+1) - 1
}

// Span is the extent of a line without its end. Lines outside the text have
// the empty span at its start or end.
func (l *Lines) Span(line int) analysis.Span {
	if line < 0 {
		return analysis.Span{}
	}
	if line >= len(l.starts) {
		return analysis.Span{Start: len(l.text), End: len(l.text)}
	}
	s := analysis.Span{Start: l.starts[line], End: len(l.text)}
	if line+1 < len(l.starts) {
		s.End = l.starts[line+1]
		if s.End > s.Start && l.text[s.End-1] == '\n' {
			s.End--
		}
		if s.End > s.Start && l.text[s.End-1] == '\r' {
			s.End--
		}
	}
	return s
}

// Text is a line without its end.
func (l *Lines) Text(line int) string {
	s := l.Span(line)
	return l.text[s.Start:s.End]
}

// Offset returns the byte offset of a position. A character past the end of
// its line means that end, as LSP says, and one inside of a character means
// its start. A line outside the text, or a negative character, gives false and
// the nearest offset there is.
func (l *Lines) Offset(line, char int, e Encoding) (int, bool) {
	if line < 0 || line >= len(l.starts) {
		return l.Span(line).Start, false
	}
	s := l.Span(line)
	if char < 0 {
		return s.Start, false
	}
	if l.ascii {
		return s.Start + min(char, s.Len()), true
	}
	if e == UTF8 {
		off := s.Start + min(char, s.Len())
		return runeStart(l.text, s.Start, off), true
	}
	i := s.Start
	for n := 0; i < s.End; {
		r, size := utf8.DecodeRuneInString(l.text[i:s.End])
		n += width(r, e)
		if n > char {
			break
		}
		i += size
	}
	return i, true
}

// Position returns the line and character of a byte offset, which is clamped
// to the text. An offset inside of a character means its start, and one
// between \r and \n means the end of the line.
func (l *Lines) Position(off int, e Encoding) (line, char int) {
	off = min(max(off, 0), len(l.text))
	line = l.Line(off)
	s := l.Span(line)
	off = min(off, s.End)
	if l.ascii {
		return line, off - s.Start
	}
	off = runeStart(l.text, s.Start, off)
	if e == UTF8 {
		return line, off - s.Start
	}
	for i := s.Start; i < off; {
		r, size := utf8.DecodeRuneInString(l.text[i:s.End])
		char += width(r, e)
		i += size
	}
	return line, char
}

// width is the number of units of r in UTF-16 or UTF-32.
func width(r rune, e Encoding) int {
	if e == UTF16 && r > 0xFFFF {
		return 2
	}
	return 1
}

// runeStart returns the start of the character of text that off is inside of,
// or off when it is between two. It never goes below low.
func runeStart(text string, low, off int) int {
	if off >= len(text) || utf8.RuneStart(text[off]) {
		return off
	}
	for i := off - 1; i >= low && i > off-utf8.UTFMax; i-- {
		if !utf8.RuneStart(text[i]) {
			continue
		}
		if _, size := utf8.DecodeRuneInString(text[i:]); i+size > off {
			return i
		}
		break
	}
	return off
}
