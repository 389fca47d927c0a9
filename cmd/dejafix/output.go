package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"golang.org/x/term"

	"github.com/dejafix/dejafix/analysis/wire"
)

// show prints v as a line of JSON where --json asks for it, else calls text.
func (a *app) show(v wire.Value, text func(w io.Writer) error) error {
	if !a.json {
		return text(a.out)
	}
	line, err := wire.Encode(v)
	if err != nil {
		return err
	}
	_, err = a.out.Write(append(line, '\n'))
	return err
}

// table prints rows in columns.
func table(w io.Writer, rows [][]string) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = plain(cell)
		}
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	return tw.Flush()
}

// plain is foreign text made safe for one line of a terminal: no control
// characters, which could hide or move what is printed.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\r':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// plainLines is plain for text of several lines, which keeps its tabs.
func plainLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		pieces := strings.Split(line, "\t")
		for j, piece := range pieces {
			pieces[j] = plain(piece)
		}
		lines[i] = strings.Join(pieces, "\t")
	}
	return strings.Join(lines, "\n")
}

// count is n things, spelled for a reader.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// size is n bytes, spelled for a reader.
func size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// terminal reports whether a person reads f's other end.
func terminal(f interface{ Fd() uintptr }) bool {
	return term.IsTerminal(int(f.Fd()))
}
