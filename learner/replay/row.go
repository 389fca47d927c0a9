package replay

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// A Row is one fix pair: PROTOCOL.md, "Fix pairs".
type Row struct {
	ID       string `json:"id"`
	Language string `json:"language"`
	Source   string `json:"source"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Range    *Range `json:"range"`
	Before   string `json:"before"`
	After    string `json:"after"`
	File     string `json:"file,omitempty"`

	raw []byte
}

// A Range is as in LSP: lines from 0, characters in UTF-16 units.
type Range struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// A Position is one end of a Range.
type Position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// maxRow bounds one line of a file of fix pairs.
const maxRow = 16 << 20

// Read reads rows, one JSON object a line. The error names the line.
func Read(r io.Reader) ([]Row, error) {
	var rows []Row
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 64<<10), maxRow)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" {
			continue
		}
		var row Row
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			return rows, fmt.Errorf("line %d is not a fix pair: %w", n, err)
		}
		row.raw = []byte(line)
		rows = append(rows, row)
	}
	if err := sc.Err(); err != nil {
		return rows, fmt.Errorf("reading fix pairs: %w", err)
	}
	return rows, nil
}

// Raw is the line that the row was read from.
func (r *Row) Raw() []byte { return r.raw }

// Diagnostic is the row's error, with its place in Before.
func (r *Row) Diagnostic() analysis.Diagnostic {
	d := analysis.Diagnostic{Source: r.Source, Code: r.Code, Message: r.Message, Severity: analysis.SeverityError, NoSpan: r.Range == nil}
	if r.Range != nil {
		l := textedit.NewLines(r.Before)
		d.Span.Start, _ = l.Offset(r.Range.Start.Line, r.Range.Start.Character, textedit.UTF16)
		d.Span.End, _ = l.Offset(r.Range.End.Line, r.Range.End.Character, textedit.UTF16)
		d.Span.End = max(d.Span.End, d.Span.Start)
	}
	return d
}

// Split is the standard split: for each source and code, rows whose id has an
// even SHA-256 are to learn from, the others to ask. Rows of one code with the
// same text before, white space aside, go where the first of them goes.
func Split(rows []Row) (learn, ask []Row) {
	first := map[[3]string]bool{}
	for _, r := range rows {
		key := [3]string{r.Source, r.Code, squeeze(r.Before)}
		even, ok := first[key]
		if !ok {
			sum := sha256.Sum256([]byte(r.ID))
			even = sum[len(sum)-1]%2 == 0
			first[key] = even
		}
		if even {
			learn = append(learn, r)
		} else {
			ask = append(ask, r)
		}
	}
	return learn, ask
}

// squeeze drops all white space.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}
