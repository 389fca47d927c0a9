package syntax

import (
	"strings"

	ts "github.com/tree-sitter/go-tree-sitter"

	"github.com/dejafix/dejafix/analysis"
)

// code says what of a text is parsed, and by which row: all of it, or the
// content of its scripts.
type code struct {
	lang  *Language
	spans []analysis.Span // of scripts, sorted, none empty; unused for other languages
	tags  []analysis.Span // the tags around them
}

// codeOf finds the code of text. Only l.scripts makes it look.
func (l *Language) codeOf(text string) code {
	if !l.scripts {
		return code{lang: l}
	}
	in := code{}
	name := ""
	for _, s := range scripts(text) {
		in.tags = append(in.tags, s.open)
		if s.end.Len() > 0 {
			in.tags = append(in.tags, s.end)
		}
		if s.content.Len() > 0 {
			in.spans = append(in.spans, s.content)
		}
		// All scripts of a text are one module, and the richer language reads the
		// other's.
		if scriptRank[s.language] > scriptRank[name] {
			name = s.language
		}
	}
	if name == "" {
		name = "javascript"
	}
	in.lang = For(name)
	return in
}

// scriptRank orders what a script may be written in; each reads those before.
var scriptRank = map[string]int{"javascript": 1, "typescript": 2, "typescriptreact": 3}

// scriptLanguages are the values of a script's lang and type attributes that
// say that it is code. Others hold data, or a language without a row.
var scriptLanguages = map[string]string{
	"": "javascript", "js": "javascript", "javascript": "javascript", "jsx": "javascript", "babel": "javascript", "module": "javascript",
	"text/javascript": "javascript", "application/javascript": "javascript", "text/babel": "javascript",
	"ts": "typescript", "typescript": "typescript", "text/typescript": "typescript", "tsx": "typescriptreact",
}

// A script is one element: its tags, and what is between them.
type script struct {
	open, content, end analysis.Span
	language           string
}

// maxScripts bounds the scripts of one text; Vue and Svelte know two.
const maxScripts = 64

// scripts finds the <script> elements of text that hold code. What is broken is
// read as browsers do: a script that is not closed goes on to the end of the
// text. A comment or style that is not closed hides nothing, since somebody is
// about to close it.
func scripts(text string) []script {
	var out []script
	for i := 0; i < len(text) && len(out) < maxScripts; {
		n := strings.IndexByte(text[i:], '<')
		if n < 0 {
			break
		}
		i += n
		rest := text[i:]
		switch {
		case strings.HasPrefix(rest, "<!--"):
			if end := strings.Index(rest[4:], "-->"); end >= 0 {
				i += 4 + end
			}
			i++
		case isTag(rest, "<style"):
			if end := indexTag(rest, "</style"); end >= 0 {
				i += end
			}
			i++
		case isTag(rest, "<script"):
			attributes, size, closed := openingTag(rest)
			if size == 0 {
				return out // a tag that does not end
			}
			s := script{open: analysis.Span{Start: i, End: i + size}}
			i += size
			if closed {
				continue // <script src="…"/>
			}
			end := indexTag(text[i:], "</script")
			if end < 0 {
				s.content = analysis.Span{Start: i, End: len(text)}
				s.end = analysis.Span{Start: len(text), End: len(text)}
			} else {
				s.content = analysis.Span{Start: i, End: i + end}
				tail := strings.IndexByte(text[i+end:], '>') + 1
				if tail == 0 {
					tail = len("</script")
				}
				s.end = analysis.Span{Start: i + end, End: i + end + tail}
			}
			i = s.end.End
			kind := attributes["lang"]
			if kind == "" {
				kind = attributes["type"]
			}
			if s.language = scriptLanguages[strings.ToLower(kind)]; s.language != "" {
				out = append(out, s)
			}
		default:
			i++
		}
	}
	return out
}

// isTag reports whether s starts with the tag, in any case, and not with a
// longer name.
func isTag(s, tag string) bool {
	if len(s) < len(tag) || !strings.EqualFold(s[:len(tag)], tag) {
		return false
	}
	return len(s) == len(tag) || isSpace(s[len(tag)]) || s[len(tag)] == '>' || s[len(tag)] == '/'
}

// indexTag is where the tag is in s, -1 for nowhere.
func indexTag(s, tag string) int {
	for i := 0; ; i++ {
		n := strings.IndexByte(s[i:], '<')
		if n < 0 {
			return -1
		}
		if i += n; isTag(s[i:], tag) {
			return i
		}
	}
}

// openingTag reads the tag that s starts with: its attributes, its length (0
// when it does not end), and whether it closes itself.
func openingTag(s string) (attributes map[string]string, size int, closed bool) {
	attributes = map[string]string{}
	i := 1
	for i < len(s) && !isSpace(s[i]) && s[i] != '>' && s[i] != '/' {
		i++
	}
	for i < len(s) {
		switch c := s[i]; {
		case c == '>':
			return attributes, i + 1, s[i-1] == '/'
		case isSpace(c) || c == '/':
			i++
			continue
		}
		start := i
		for i < len(s) && !isSpace(s[i]) && s[i] != '=' && s[i] != '>' && s[i] != '/' {
			i++
		}
		name := strings.ToLower(s[start:i])
		if i >= len(s) || s[i] != '=' {
			attributes[name] = ""
			if i == start {
				i++ // a stray "="
			}
			continue
		}
		i++
		if i < len(s) && (s[i] == '"' || s[i] == '\'') {
			n := strings.IndexByte(s[i+1:], s[i])
			if n < 0 {
				return nil, 0, false
			}
			attributes[name] = s[i+1 : i+1+n]
			i += n + 2
			continue
		}
		start = i
		for i < len(s) && !isSpace(s[i]) && s[i] != '>' {
			i++
		}
		attributes[name] = s[start:i]
	}
	return nil, 0, false
}

// ranges are spans as the parser wants them.
func ranges(text string, spans []analysis.Span) []ts.Range {
	out := make([]ts.Range, len(spans))
	at, off := ts.Point{}, 0
	for i, s := range spans {
		start := advance(at, text[off:s.Start])
		end := advance(start, text[s.Start:s.End])
		out[i] = ts.Range{StartByte: uint(s.Start), EndByte: uint(s.End), StartPoint: start, EndPoint: end}
		at, off = end, s.End
	}
	return out
}

// Code returns the parts of the text that were parsed: all of it, or the
// contents of its scripts.
func (t *Tree) Code() []analysis.Span {
	if t.lang.scripts {
		return t.code.spans
	}
	return []analysis.Span{{End: len(t.text)}}
}

// inCode returns the part of Code that span is in.
func (t *Tree) inCode(span analysis.Span) (analysis.Span, bool) {
	for _, s := range t.Code() {
		if s.Contains(span) {
			return s, true
		}
	}
	return analysis.Span{}, false
}

// IsCode reports whether span lies in code: if not, it is known by tokens only.
func (t *Tree) IsCode(span analysis.Span) bool {
	_, ok := t.inCode(span)
	return ok
}

// Piece is the row that reads the text of span, which is in t's text, when it
// stands alone. It has no grammar where span is not code.
func (t *Tree) Piece(span analysis.Span) *Language {
	switch {
	case t.lang.scripts && t.IsCode(span):
		return t.code.lang
	case t.lang.scripts:
		return Row(t.lang.markup)
	case t.lang.piece != nil:
		for _, s := range t.Frame() {
			if s.Overlaps(span) {
				return t.lang
			}
		}
		row := *t.lang
		row.grammar, row.piece = row.piece, nil
		return &row
	}
	return t.lang
}

// Frame returns what must stay of a text for its pieces to be read as they are
// now: the tags around code.
func (t *Tree) Frame() []analysis.Span {
	if len(t.lang.frame) == 0 {
		return t.code.tags
	}
	return t.topLevel(t.lang.frame)
}
