package pattern

import "github.com/dejafix/dejafix/analysis/syntax"

// An example shows whether a piece stood in parentheses after its repair, but
// whether a new piece needs them depends on the piece: a name never does, an
// operation mostly does beside an operator or a dot. A match is therefore also
// offered without parentheses that its pieces do not need, or with those that
// they do, and rank tells which readers preferred.

// A variant is how a match is written down.
type variant uint8

const (
	asLearned variant = iota
	bare              // without parentheses around what needs none
	bracketed         // with parentheses around what needs them
	filled            // with names of the code at the error for those of the example
)

// mark says what a variant does to an item.
type mark uint8

const (
	markDrop mark = 1 << iota // a bracket around an atom
	markWrap                  // an operation that needs brackets
)

// variants finds which other variants the match has, and prepares them.
func (m *matcher) variants() (drop, wrap bool) {
	m.marks = m.marks[:0]
	for pi := range m.t.parts {
		items := m.t.parts[pi].items
		base := len(m.marks)
		for range items {
			m.marks = append(m.marks, 0)
		}
		for i := range items {
			run, ok := m.piece(&items[i])
			if !ok {
				continue
			}
			atom := m.atom(run)
			open := i > 0 && m.literal(&items[i-1], "(")
			closed := i+1 < len(items) && m.literal(&items[i+1], ")")
			switch {
			case open && closed && atom && !m.call(items, i-1):
				m.marks[base+i-1] |= markDrop
				m.marks[base+i+1] |= markDrop
				drop = true
			case !atom && m.exposed(items, i):
				m.marks[base+i] |= markWrap
				wrap = true
			}
		}
	}
	return drop, wrap
}

// piece returns the tokens of the code that an item stands for.
func (m *matcher) piece(it *item) ([2]int32, bool) {
	s := it.alts[0]
	if s.kind != srcNode && s.kind != srcRange {
		return [2]int32{}, false
	}
	if s.kind == srcNode {
		if op := m.t.nodes[s.arg].op; op != opHole && op != opCapture {
			return [2]int32{}, false
		}
	}
	run, _, ok := m.resolve(s)
	return run, ok && run[0] < run[1]
}

// literal reports whether an item is an inserted text.
func (m *matcher) literal(it *item, text string) bool {
	return len(it.alts) > 0 && it.alts[0].kind == srcText && m.t.texts[it.alts[0].arg] == text
}

// call reports whether the bracket at item i belongs to a call: a name or a
// closing bracket stands before it.
func (m *matcher) call(items []item, i int) bool {
	if i == 0 {
		return false
	}
	last := m.last(&items[i-1])
	return last == ")" || last == "]" || last == ">" || last == "!" || last != "" && isWordByte(last[len(last)-1]) && !reserved[last]
}

// reserved are words after which a bracket is no call.
var reserved = wordSet(`return and or not in is if elif else while unless until when case await yield new typeof as instanceof throw raise lambda match let`)

// last is the last token that an item writes.
func (m *matcher) last(it *item) string {
	run, text, ok := m.resolve(it.alts[0])
	if !ok {
		return ""
	}
	if text == "" && run[0] < run[1] {
		return m.s.frag.Tok(run[1] - 1)
	}
	return text
}

// first is the first token that an item writes.
func (m *matcher) first(it *item) string {
	run, text, ok := m.resolve(it.alts[0])
	if !ok {
		return ""
	}
	if text == "" && run[0] < run[1] {
		return m.s.frag.Tok(run[0])
	}
	return text
}

// atom reports whether a piece binds tighter than any operator: names, calls,
// members, literals and what is in brackets.
func (m *matcher) atom(run [2]int32) bool {
	f := m.s.frag
	depth := 0
	quoted := ""
	for i := run[0]; i < run[1]; i++ {
		s := f.Tok(i)
		if quoted != "" {
			if s == quoted {
				quoted = ""
			}
			continue
		}
		switch s {
		case "(", "[", "{", "${", "#{":
			depth++
			continue
		case ")", "]", "}":
			depth--
			continue
		case "\"", "'", "`":
			quoted = s
			continue
		case ".", "::", "?.", "&.", "->":
			continue
		}
		if depth > 0 {
			continue
		}
		if c := f.Tokens[i].Class; c == syntax.Punct || c == syntax.Keyword {
			if c == syntax.Keyword && run[1]-run[0] == 1 || isQuoteStart(s) {
				continue
			}
			return false
		}
	}
	return true
}

// isQuoteStart reports whether s opens or closes a string in some grammar:
// r", f', """.
func isQuoteStart(s string) bool {
	c := s[len(s)-1]
	return c == '"' || c == '\'' || c == '`'
}

// exposed reports whether item i stands beside an operator or a dot that was
// inserted: where an operation would be torn apart. What is kept beside what is
// kept was whole before.
func (m *matcher) exposed(items []item, i int) bool {
	before, after := "", ""
	if i > 0 && (!items[i].kept || !items[i-1].kept) {
		before = m.last(&items[i-1])
	}
	if i+1 < len(items) && (!items[i].kept || !items[i+1].kept) {
		after = m.first(&items[i+1])
	}
	return tears(before, true) || tears(after, false)
}

func tears(s string, before bool) bool {
	switch s {
	case "", "(", ")", "[", "]", "{", "}", ",", ";", ":", "=", ":=", "=>", "+=", "-=", "|>", "${", "#{", "\"", "'", "`":
		return !before && (s == "[" || s == "(")
	case ".", "?.", "&.", "->", "::":
		return !before
	case "and", "or", "not", "in", "is", "as", "await":
		return true
	}
	return !isWordByte(s[0]) && !isQuoteStart(s)
}
