package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dejafix/dejafix/analysis"
)

// Hole stands in a template for a capture.
const Hole = "‹›"

// maxMessage is the longest message, in bytes, that is looked at. A type can
// be printed over pages; what says which error it is comes first.
const maxMessage = 2000

// firstLine is the part of a message that every tool prints, up to its first
// line end and without blanks around it, and where that starts.
func firstLine(message string) (line string, off int) {
	line = strings.TrimLeftFunc(message, unicode.IsSpace)
	off = len(message) - len(line)
	if i := strings.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	if len(line) > maxMessage {
		n := maxMessage
		for n > maxMessage-utf8.UTFMax && !utf8.RuneStart(line[n]) {
			n--
		}
		line = line[:n]
	}
	return strings.TrimRightFunc(line, unicode.IsSpace), off
}

// closing maps an opening quote to the one that ends it.
var closing = map[rune]rune{'\'': '\'', '"': '"', '`': '`', '‘': '’', '“': '”', '«': '»'}

// template replaces what varies in one line of a message: quoted pieces,
// numbers, and words that are plainly code. The spans of the captures are in
// line, without quotes.
func template(line string) (string, []analysis.Capture) {
	var b strings.Builder
	var caps []analysis.Capture
	last := 0
	take := func(start, end int) {
		b.WriteString(line[last:start])
		b.WriteString(Hole)
		caps = append(caps, analysis.Capture{Text: line[start:end], Span: analysis.Span{Start: start, End: end}})
		last = end
	}
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRuneInString(line[i:])
		if end := closing[r]; end != 0 && opens(line, i) {
			if n := quoteEnd(line, i+size, end); n >= 0 {
				take(i+size, n)
				i = n + utf8.RuneLen(end)
				continue
			}
		}
		if !startsWord(r) {
			i += size
			continue
		}
		end := wordEnd(line, i)
		word := line[i:end]
		if isCode(word) {
			take(i, end)
		}
		i = end
	}
	b.WriteString(line[last:])
	return b.String(), caps
}

// opens reports whether the quote at i can open a quotation: an apostrophe
// inside of a word does not.
func opens(line string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(line[:i])
	return i == 0 || !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// quoteEnd returns where the quotation that starts at i ends, or -1. A quote
// that is followed by a letter or digit is part of what is quoted, and so is
// one after a backslash.
func quoteEnd(line string, i int, quote rune) int {
	for i < len(line) {
		r, size := utf8.DecodeRuneInString(line[i:])
		switch {
		case r == '\\' && (quote == '"' || quote == '\''):
			_, next := utf8.DecodeRuneInString(line[i+size:])
			i += size + next
			continue
		case r == quote:
			next, _ := utf8.DecodeRuneInString(line[i+size:])
			if i+size == len(line) || !unicode.IsLetter(next) && !unicode.IsDigit(next) {
				return i
			}
		}
		i += size
	}
	return -1
}

// startsWord reports whether r can start a word or something that is code.
func startsWord(r rune) bool {
	return r == '_' || r == '$' || r == '@' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// wordEnd returns the end of the word at i. Dots, colons, slashes and dashes
// belong to it between letters, brackets do when they close at once or hold a
// word.
func wordEnd(line string, i int) int {
	for i < len(line) {
		r, size := utf8.DecodeRuneInString(line[i:])
		switch {
		case startsWord(r):
			i += size
			continue
		case strings.ContainsRune(".:/\\-#", r):
			n := i + size
			for n < len(line) && (line[n] == ':' || line[n] == '/') {
				n++ // :: and ://
			}
			if next, _ := utf8.DecodeRuneInString(line[n:]); n < len(line) && startsWord(next) {
				i = n
				continue
			}
		case r == '(' || r == '[':
			if strings.HasPrefix(line[i:], "()") || strings.HasPrefix(line[i:], "[]") {
				i += 2
				continue
			}
		}
		return i
	}
	return i
}

// prose are words that look like code and are not.
var prose = map[string]bool{"e.g": true, "i.e": true, "and/or": true, "a.k.a": true}

// isCode reports whether a word is plainly code or a number.
func isCode(word string) bool {
	if prose[strings.ToLower(word)] {
		return false
	}
	digits, lower, joint := true, false, false
	for i, r := range word {
		switch {
		case unicode.IsDigit(r):
		case r == '_' || r == '$' || r == '@' || r == '(' || r == '[' || r == ':' || r == '\\' || r == '#':
			return true
		case r == '-': // 1-2
		case r == '.' || r == '/':
			joint = true
		case unicode.IsUpper(r) && lower:
			return true // fooBar
		default:
			digits = digits && r == 'x' && i == 1 // 0x1F
			lower = unicode.IsLower(r)
		}
	}
	return digits || joint
}
