package report

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// A Report is what was understood of one tool's output.
type Report struct {
	// Form names what the output looked like: "sarif", "eslint json", "pyright
	// json", "ruff json" or "lines".
	Form     string
	Findings []Finding
	// Cut is what the tool said of having left something out, "" when it did
	// not.
	Cut string
	// Other is how many lines that are not empty were not understood. Most tools
	// print some beside what they found.
	Other int
}

// A Finding is one diagnostic with its place as the tool wrote it.
type Finding struct {
	File     string // as printed, a file: URI made a path
	Dir      string // that make said it was in, "" where nothing was said
	Language string // LSP identifier, by the name of File
	// Diagnostic has no span: that needs the text of the file (Place.Span).
	Diagnostic analysis.Diagnostic
	Place      Place
}

// A Place is where a tool says something is: lines and columns from 1, 0 for
// what was not said. The end is exclusive.
type Place struct {
	Line, Column, EndLine, EndColumn int
	Unit                             textedit.Encoding // of the columns
}

// Parse reads what a tool printed on its two streams.
func Parse(stdout, stderr string) Report {
	if r, ok := parseJSON(stdout); ok {
		return r
	}
	p := lineParser{seen: map[Finding]bool{}}
	p.parse(stdout)
	p.file, p.head = "", nil
	p.parse(stderr)
	p.r.Form = "lines"
	return p.r
}

// Span is the place in a text, as bytes: of what the message is about where
// the tool printed only its beginning. False means that the text has no such
// line.
func (p Place) Span(lines *textedit.Lines, language string, d analysis.Diagnostic) (analysis.Span, bool) {
	if p.Line < 1 || p.Line > lines.Count() {
		return analysis.Span{}, false
	}
	line := lines.Span(p.Line - 1)
	text := lines.Text(p.Line - 1)
	if p.Column < 1 {
		// The line, without the blanks at its ends.
		trimmed := strings.TrimLeft(text, " \t")
		start := line.Start + len(text) - len(trimmed)
		return analysis.Span{Start: start, End: start + len(strings.TrimRight(trimmed, " \t"))}, true
	}
	start, _ := lines.Offset(p.Line-1, p.Column-1, p.Unit)
	if p.EndLine > 0 && p.EndColumn > 0 {
		if end, ok := lines.Offset(p.EndLine-1, p.EndColumn-1, p.Unit); ok && end > start {
			return analysis.Span{Start: start, End: end}, true
		}
	}
	_, captures := identity.Of(language, d)
	at := start - line.Start
	// gcc counts the columns that a terminal shows, with tabs to the next
	// multiple of 8 (-fdiagnostics-column-unit=display, its default since 11).
	for _, at := range []int{at, displayed(text, p.Column-1)} {
		if n := named(text[at:], captures); n > 0 {
			return analysis.Span{Start: line.Start + at, End: line.Start + at + n}, true
		}
	}
	return analysis.Span{Start: start, End: start + word(text[at:])}, true
}

// named is the length of the longest capture that a text starts with.
func named(text string, captures []analysis.Capture) int {
	best := 0
	for _, c := range captures {
		if len(c.Text) > best && strings.HasPrefix(text, c.Text) && len(c.Text) == max(word(text), len(c.Text)) {
			best = len(c.Text)
		}
	}
	return best
}

// word is the length of the name or number that a text starts with; of another
// character, its own.
func word(text string) int {
	n := strings.IndexFunc(text, func(r rune) bool {
		word := r == '_' || r == '$' || r >= 0x80 || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		return !word
	})
	switch n {
	case -1:
		return len(text)
	case 0: // some other character, of one byte
		return 1
	}
	return n
}

// displayed is the byte of a line that a terminal shows in a column from 0.
func displayed(text string, column int) int {
	at := 0
	for i, r := range text {
		if at >= column {
			return i
		}
		if r == '\t' {
			at += 8 - at%8
		} else {
			at++
		}
	}
	return len(text)
}
