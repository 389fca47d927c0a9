package pattern

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// A message is what a diagnostic says, taken apart: the template is equal for
// messages that differ only in what they quote, number, or name of the code.
type message struct {
	template string
	captures []capture
	words    []string // lower case, without captures
	said     []string // every word, as it is written
}

// A capture is a quoted part, a number, or a name found at the error.
type capture struct {
	text string
	toks []string // as tokens of the language
}

// maxSaid bounds the code that is looked for in a message: compilers cut what is
// longer.
const maxSaid = 400

// maxCaptures bounds what is kept of a long message.
const maxCaptures = 8

// messageOf takes what d says apart: first as its identity does, which knows
// the tools' own messages, then by what is quoted, counted, or named at the
// error. code is the text at the error, names are its words.
func messageOf(lang *syntax.Language, d analysis.Diagnostic, code string, names []string) message {
	m := takenApart(lang, d, code, names)
	m.said = strings.FieldsFunc(d.Message, func(r rune) bool { return !isWordRune(r) })
	return m
}

func takenApart(lang *syntax.Language, d analysis.Diagnostic, code string, names []string) message {
	id, caps := identity.Of(lang.Name, d)
	if len(caps) == 0 {
		return parseMessage(lang, d.Message, code, names)
	}
	m := parseMessage(lang, id.Template, code, names)
	rest := m.captures
	m.captures = nil
	for _, c := range caps {
		if len(m.captures) < maxCaptures {
			m.captures = append(m.captures, capture{text: c.Text, toks: syntax.Words(lang, c.Text)})
		}
	}
	for _, c := range rest {
		if len(m.captures) < maxCaptures && c.text != identity.Hole {
			m.captures = append(m.captures, c)
		}
	}
	if len(code) > 1 && len(code) <= maxSaid && len(m.captures) < maxCaptures && strings.Contains(d.Message, code) {
		m.captures = append(m.captures, capture{text: code, toks: syntax.Words(lang, code)})
		m.template += "‹code›"
	}
	return m
}

// parseMessage takes text apart. code is the text at the error, which compilers
// like to say again as it stands; names are the words at the error.
func parseMessage(lang *syntax.Language, text, code string, names []string) message {
	var m message
	var tmpl strings.Builder
	add := func(s string) {
		if len(m.captures) < maxCaptures {
			m.captures = append(m.captures, capture{text: s, toks: syntax.Words(lang, s)})
		}
		tmpl.WriteString("‹›")
	}
	if len(code) < 2 || len(code) > maxSaid || !strings.Contains(text, code) {
		code = ""
	}
	prev := rune(' ')
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if code != "" && strings.HasPrefix(text[i:], code) && (!isWordRune(prev) || !isWordRune(r)) {
			next, _ := utf8.DecodeRuneInString(text[i+len(code):])
			last, _ := utf8.DecodeLastRuneInString(code)
			if !isWordRune(last) || !isWordRune(next) {
				add(code)
				i += len(code)
				prev = last
				continue
			}
		}
		if end := quoteEnd(text, i, r, prev); end > 0 {
			inner := text[i+size : end]
			_, closing := utf8.DecodeRuneInString(text[end:])
			tmpl.WriteString(text[i : i+size])
			add(inner)
			tmpl.WriteString(text[end : end+closing])
			i = end + closing
			prev = '\''
			continue
		}
		if isWordRune(r) {
			n := size
			for i+n < len(text) {
				r2, s2 := utf8.DecodeRuneInString(text[i+n:])
				if !isWordRune(r2) {
					break
				}
				n += s2
			}
			w := text[i : i+n]
			if unicode.IsDigit(r) || slices.Contains(names, w) {
				add(w)
			} else {
				tmpl.WriteString(w)
				m.words = append(m.words, strings.ToLower(w))
			}
			i += n
			prev = 'a'
			continue
		}
		tmpl.WriteString(text[i : i+size])
		prev = r
		i += size
	}
	m.template = tmpl.String()
	return m
}

func isWordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// closers maps an opening quote to its closing one.
var closers = map[rune]string{'\'': "'", '"': "\"", '`': "`", '‘': "’", '“': "”"}

// quoteEnd returns where the quote that opens at i closes, 0 when none opens
// there. An apostrophe inside a word opens and closes nothing.
func quoteEnd(text string, i int, r, prev rune) int {
	closer, ok := closers[r]
	if !ok || isWordRune(prev) {
		return 0
	}
	start := i + utf8.RuneLen(r)
	for at := start; at < len(text) && at-start < 400; {
		j := strings.Index(text[at:], closer)
		if j < 0 {
			return 0
		}
		end := at + j
		next, _ := utf8.DecodeRuneInString(text[end+len(closer):])
		// The quote of ''x'' and an apostrophe do not close.
		if end > start && !isWordRune(next) && (closer != "'" || next != '\'') {
			return end
		}
		at = end + len(closer)
	}
	return 0
}

// overlap is the share of the words of two messages that both have.
func overlap(a, b []string) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	n := 0
	for _, w := range a {
		if slices.Contains(b, w) {
			n++
		}
	}
	return 2 * float64(n) / float64(len(a)+len(b))
}
