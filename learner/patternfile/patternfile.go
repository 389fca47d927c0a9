package patternfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/pattern"
)

// Dir is where the files of a workspace lie, below its root, with slashes.
const Dir = ".dejafix/patterns"

// The bounds of a file.
const (
	// MaxBytes is the size of a file: thirty examples of the size of a function.
	MaxBytes = 256 << 10
	// MaxFiles is how many files of a workspace are read: more patterns than a
	// team reviews.
	MaxFiles    = 500
	maxExamples = 30
	maxCounters = 30
	// maxText is the size of the lines of one example (ARCHITECTURE.md: 16 KB).
	maxText  = 16 << 10
	maxWord  = 200  // of a name, bytes
	maxSaid  = 2000 // of a message
	maxDepth = 8
)

// version is that of the form.
const version = 1

// A File is one pattern.
type File struct {
	Version  int    `json:"version"`
	Kind     string `json:"kind"` // "pattern_file"
	ID       string `json:"id"`   // of the pattern where it was written
	Title    string `json:"title"`
	Owner    string `json:"owner"` // who answers for it; free text
	Language string `json:"language"`
	Rule     string `json:"rule"`
	FixType  string `json:"fix_type"`
	Counts   Counts `json:"counts"`
	// Origins is how many of the repairs came from where: typed, history, self, …
	Origins  map[string]int `json:"origins"`
	Examples []Example      `json:"examples"`
	// Counters are repairs that looked like it and did not cure.
	Counters []Example `json:"counter_examples"`
}

// Counts are what became of the pattern where it was written.
type Counts struct {
	Repairs  int `json:"repairs"`
	Applied  int `json:"applied"`
	Held     int `json:"held"`
	Undone   int `json:"undone"`
	CameBack int `json:"came_back"`
	Ignored  int `json:"ignored"`
}

// An Example is one repair.
type Example struct {
	Path    string   `json:"path"`
	Source  string   `json:"source"`
	Code    string   `json:"code"`
	Message string   `json:"message"`
	At      At       `json:"at"`     // where the error is
	Before  []string `json:"before"` // lines
	After   []string `json:"after"`
	Commit  string   `json:"commit,omitempty"`
}

// At is a range of the lines before: lines from 1, bytes of the line from 1, as
// compilers print them; the end is behind the last byte.
type At struct {
	Line      int `json:"line"`
	Column    int `json:"column"`
	EndLine   int `json:"end_line"`
	EndColumn int `json:"end_column"`
}

// Name is the name of a pattern's file.
func Name(f *File) string {
	word := func(s string) string {
		return strings.Trim(strings.Map(func(r rune) rune {
			if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
				return unicode.ToLower(r)
			}
			return '-'
		}, s), "-")
	}
	const mostRule, mostID = 40, 8
	rule, id := word(f.Rule), strings.TrimPrefix(f.ID, "p_")
	return fmt.Sprintf("%s-%s-%s.json", word(f.Language), rule[:min(len(rule), mostRule)], word(id)[:min(len(word(id)), mostID)])
}

// FromExample is an example as a file shows it; false for one that has no place.
func FromExample(ex *analysis.Example) (Example, bool) {
	after, err := textedit.Apply(ex.Before, ex.Edits)
	if err != nil || ex.Diagnostic.NoSpan || !utf8.ValidString(ex.Before) || !utf8.ValidString(after) {
		return Example{}, false
	}
	out := Example{
		Path: ex.Path, Source: ex.Diagnostic.Source, Code: ex.Diagnostic.Code, Message: ex.Diagnostic.Message,
		Before: strings.Split(ex.Before, "\n"), After: strings.Split(after, "\n"), Commit: ex.Provenance.Commit,
	}
	place := func(at int) (line, column int) {
		head := ex.Before[:min(at, len(ex.Before))]
		return strings.Count(head, "\n") + 1, at - strings.LastIndexByte(head, '\n')
	}
	out.At.Line, out.At.Column = place(ex.Diagnostic.Span.Start)
	out.At.EndLine, out.At.EndColumn = place(ex.Diagnostic.Span.End)
	return out, true
}

// Write is a file's text.
func (f *File) Write() ([]byte, error) {
	f.Version, f.Kind = version, "pattern_file"
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(f); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// An Error is what is wrong with a file.
type Error struct {
	Line int // from 1
	What string
}

// Error is the line and what is wrong in it; who knows the file's name puts it
// before.
func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

// Read reads a file and makes of it the examples to learn from. The error is an
// *Error.
func Read(data []byte) (*File, []analysis.Example, error) {
	if len(data) > MaxBytes {
		return nil, nil, &Error{1, fmt.Sprintf("the file is over %d KB", MaxBytes>>10)}
	}
	lines, err := outline(data)
	if err != nil {
		return nil, nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	f := &File{}
	if err := d.Decode(f); err != nil {
		what := strings.TrimPrefix(err.Error(), "json: ")
		line := lineOf(data, d.InputOffset(), err)
		if name, ok := strings.CutPrefix(what, "unknown field "); ok {
			line = named(lines, strings.Trim(name, `"`)) // the decoder does not say where
		}
		return nil, nil, &Error{line, what}
	}
	r := reading{lines}
	if err := r.file(f); err != nil {
		return nil, nil, err
	}
	var out []analysis.Example
	for i := range f.Examples {
		ex, err := r.example(f, &f.Examples[i], fmt.Sprintf("examples[%d]", i))
		if err != nil {
			return nil, nil, err
		}
		out = append(out, ex)
	}
	for i := range f.Counters {
		if _, err := r.text(&f.Counters[i], fmt.Sprintf("counter_examples[%d]", i)); err != nil {
			return nil, nil, err
		}
	}
	return f, out, nil
}

// reading knows the lines of a file's values, by their path.
type reading struct{ lines map[string]int }

func (r reading) wrong(path, format string, args ...any) error {
	line := r.lines[path]
	for line == 0 && path != "" {
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
		line = r.lines[path]
	}
	return &Error{max(line, 1), fmt.Sprintf(format, args...)}
}

// file checks all but the examples.
func (r reading) file(f *File) error {
	switch {
	case f.Version != version:
		return r.wrong("version", "the form is of version %d, and this dejafix knows %d", f.Version, version)
	case f.Kind != "pattern_file":
		return r.wrong("kind", "%.40q is no pattern file", f.Kind)
	case syntax.For(f.Language) == nil:
		return r.wrong("language", "%.40q is no language that is known", f.Language)
	case len(f.Examples) == 0:
		return r.wrong("examples", "there is no example to learn from")
	case len(f.Examples) > maxExamples:
		return r.wrong("examples", "there are over %d examples", maxExamples)
	case len(f.Counters) > maxCounters:
		return r.wrong("counter_examples", "there are over %d counter-examples", maxCounters)
	}
	for path, s := range map[string]string{"id": f.ID, "title": f.Title, "owner": f.Owner, "language": f.Language, "rule": f.Rule, "fix_type": f.FixType} {
		if len(s) > maxWord || hides(s) >= 0 || strings.ContainsAny(s, "\n\r") {
			return r.wrong(path, "%s is too long, or has characters that do not show", path)
		}
	}
	return nil
}

// hides is where a text has a character that does not show or changes how others
// show: what a reviewer reads must be what is there (Boucher and Anderson 2021).
func hides(s string) int {
	return strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\t' && r != '\n' || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError
	})
}

// text checks an example and gives the text before and the place of its error.
func (r reading) text(e *Example, path string) (span analysis.Span, err error) {
	for name, s := range map[string]string{"path": e.Path, "source": e.Source, "code": e.Code, "commit": e.Commit} {
		if len(s) > maxWord || hides(s) >= 0 || strings.ContainsAny(s, "\n\r") {
			return span, r.wrong(path+"."+name, "%s is too long, or has characters that do not show", name)
		}
	}
	if len(e.Message) > maxSaid || hides(e.Message) >= 0 {
		return span, r.wrong(path+".message", "the message is too long, or has characters that do not show")
	}
	for name, list := range map[string][]string{"before": e.Before, "after": e.After} {
		size := 0
		for i, l := range list {
			if size += len(l) + 1; size > maxText {
				return span, r.wrong(path+"."+name, "the code is over %d KB", maxText>>10)
			}
			if hides(l) >= 0 || strings.ContainsRune(l, '\n') {
				return span, r.wrong(fmt.Sprintf("%s.%s[%d]", path, name, i), "the line has characters that do not show")
			}
		}
	}
	offset := func(line, column int) int {
		if line < 1 || line > len(e.Before) || column < 1 || column > len(e.Before[line-1])+1 {
			return -1
		}
		at := column - 1
		for _, l := range e.Before[:line-1] {
			at += len(l) + 1
		}
		return at
	}
	span = analysis.Span{Start: offset(e.At.Line, e.At.Column), End: offset(e.At.EndLine, e.At.EndColumn)}
	if span.Start < 0 || span.End < span.Start {
		return span, r.wrong(path+".at", "the error is at no place of the lines before")
	}
	return span, nil
}

// example makes an example of what a file shows.
func (r reading) example(f *File, e *Example, path string) (analysis.Example, error) {
	span, err := r.text(e, path)
	if err != nil {
		return analysis.Example{}, err
	}
	before, after := strings.Join(e.Before, "\n"), strings.Join(e.After, "\n")
	lang := syntax.Row(f.Language)
	d := analysis.Diagnostic{Source: e.Source, Code: e.Code, Message: e.Message, Severity: analysis.SeverityError, Span: span}
	edits := textedit.Compute(before, after)
	id, _ := identity.Of(f.Language, d)
	switch class := pattern.ClassOf(lang, before, edits, d); {
	case len(edits) == 0:
		return analysis.Example{}, r.wrong(path+".after", "the lines after are those before")
	case class != analysis.ClassRepair:
		return analysis.Example{}, r.wrong(path+".after", "it is a %s and no repair", class)
	case id.Rule != f.Rule:
		return analysis.Example{}, r.wrong(path+".code", "the error is of the rule %q, and the file of %q", id.Rule, f.Rule)
	}
	return analysis.Example{
		Support: true, Path: e.Path, Language: f.Language, Identity: id, Diagnostic: d, Before: before, Edits: edits,
		Class: analysis.ClassRepair, FixType: pattern.Classify(lang, before, nil, edits), Shape: pattern.Shape(lang, before, nil, edits),
		Provenance: analysis.Provenance{Origin: analysis.OriginImport},
	}, nil
}

// outline finds the line of each value, and refuses what a person would not see:
// a name that is there twice, values nested too deep, text behind the end.
func outline(data []byte) (map[string]int, error) {
	lines := map[string]int{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	at := func() int { return bytes.Count(data[:min(int(d.InputOffset()), len(data))], []byte("\n")) + 1 }
	var value func(path string, depth int) error
	value = func(path string, depth int) error {
		if depth > maxDepth {
			return &Error{at(), "the values are nested too deep"}
		}
		t, err := d.Token()
		if err != nil {
			return &Error{lineOf(data, d.InputOffset(), err), "it is no JSON: " + err.Error()}
		}
		if _, ok := lines[path]; !ok {
			lines[path] = at()
		}
		switch t {
		case json.Delim('{'):
			var names []string
			for d.More() {
				t, err := d.Token()
				if err != nil {
					return &Error{lineOf(data, d.InputOffset(), err), "it is no JSON: " + err.Error()}
				}
				name, _ := t.(string)
				// JSON takes the last of two, and "Owner" for "owner".
				if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
					return &Error{at(), fmt.Sprintf("%.40q is there twice", name)}
				}
				names = append(names, name)
				inner := strings.TrimPrefix(path+"."+name, ".")
				lines[inner] = at()
				if err := value(inner, depth+1); err != nil {
					return err
				}
			}
		case json.Delim('['):
			for i := 0; d.More(); i++ {
				if err := value(fmt.Sprintf("%s[%d]", path, i), depth+1); err != nil {
					return err
				}
			}
		default:
			return nil
		}
		if _, err := d.Token(); err != nil {
			return &Error{lineOf(data, d.InputOffset(), err), "it is no JSON: " + err.Error()}
		}
		return nil
	}
	if err := value("", 0); err != nil {
		return nil, err
	}
	if rest := bytes.TrimSpace(data[d.InputOffset():]); len(rest) > 0 {
		return nil, &Error{at(), "there is more behind the end"}
	}
	return lines, nil
}

// named is the first line with a value of a name.
func named(lines map[string]int, name string) int {
	first := 0
	for path, line := range lines {
		if (path == name || strings.HasSuffix(path, "."+name)) && (first == 0 || line < first) {
			first = line
		}
	}
	return max(first, 1)
}

// lineOf is the line of an error of JSON.
func lineOf(data []byte, offset int64, err error) int {
	switch e := err.(type) { //nolint:errorlint // encoding/json wraps neither
	case *json.SyntaxError:
		offset = e.Offset
	case *json.UnmarshalTypeError:
		offset = e.Offset
	}
	return bytes.Count(data[:min(max(offset, 0), int64(len(data)))], []byte("\n")) + 1
}
