package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Version is the version that this package writes. It reads this one alone:
// there is no older one.
const Version = 1

// The limits of what is read. An example keeps at most 16 KB of text
// (analysis.Example), a suggestion holds edits of one file; the limits leave
// room above that and keep a hostile file from taking the memory.
const (
	MaxLine   = 1 << 20  // bytes of one encoded value
	MaxText   = 64 << 10 // bytes of one text in it
	MaxEdits  = 1024     // of one value
	MaxItems  = 4096     // of any other list
	MaxCauses = 16       // nested causes of a trace
)

// ErrVersion says that a value was written by a newer dejafix.
var ErrVersion = errors.New("written by a newer version of dejafix; update dejafix to read it")

// ErrTooLarge says that a value is over one of the limits.
var ErrTooLarge = errors.New("larger than a value may be")

// A Head starts every value. Encode fills it in.
type Head struct {
	Version int    `json:"version"`
	Kind    string `json:"kind"`
}

func (h *Head) head() *Head { return h }

// A Value is one thing that is written down. The set is closed: *Example,
// *Pattern, *PatternList, *Suggestion, *Outcome, *Traces, *Explanation, *Stats,
// *Report, *About, *Done, *Repairs, *TestRun, *Setup.
type Value interface {
	head() *Head
	kind() string
	// check returns the doubts about a value that was read, after repairing
	// what can be repaired, or an error for one that must not be used.
	check() ([]string, error)
}

// kinds makes an empty value of each kind.
var kinds = map[string]func() Value{
	"example":     func() Value { return new(Example) },
	"pattern":     func() Value { return new(Pattern) },
	"patterns":    func() Value { return new(PatternList) },
	"suggestion":  func() Value { return new(Suggestion) },
	"outcome":     func() Value { return new(Outcome) },
	"traces":      func() Value { return new(Traces) },
	"explanation": func() Value { return new(Explanation) },
	"stats":       func() Value { return new(Stats) },
	"report":      func() Value { return new(Report) },
	"about":       func() Value { return new(About) },
	"done":        func() Value { return new(Done) },
	"repairs":     func() Value { return new(Repairs) },
	"testrun":     func() Value { return new(TestRun) },
	"setup":       func() Value { return new(Setup) },
}

// Encode returns v as one line without its line break. Texts that spans refer
// to must be UTF-8, since JSON cannot carry anything else; in other strings a
// bad byte becomes U+FFFD.
func Encode(v Value) ([]byte, error) {
	stamp(v)
	if l, ok := v.(interface{ inner() []Value }); ok {
		for _, in := range l.inner() {
			stamp(in)
		}
	}
	if t, ok := v.(interface{ texts() []string }); ok {
		for _, s := range t.texts() {
			if !utf8.ValidString(s) {
				return nil, fmt.Errorf("%s: its text is not UTF-8", v.kind())
			}
		}
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("%s: %w", v.kind(), err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// stamp fills in the head of v.
func stamp(v Value) { *v.head() = Head{Version, v.kind()} }

// Decode reads one value. The doubts name what was left out or repaired.
func Decode(line []byte) (Value, []string, error) {
	if len(line) > MaxLine {
		return nil, nil, fmt.Errorf("%d bytes: %w", len(line), ErrTooLarge)
	}
	if !utf8.Valid(line) {
		return nil, nil, errors.New("not UTF-8")
	}
	var h Head
	if err := json.Unmarshal(line, &h); err != nil {
		return nil, nil, fmt.Errorf("not a JSON object: %w", err)
	}
	switch {
	case h.Version > Version:
		return nil, nil, fmt.Errorf("version %d: %w", h.Version, ErrVersion)
	case h.Version < 1:
		return nil, nil, errors.New(`no "version": this was not written by dejafix`)
	}
	empty, ok := kinds[h.Kind]
	if !ok {
		return nil, nil, fmt.Errorf("kind %q is not known", short(h.Kind))
	}
	v := empty()
	var doubts []string
	if err := strict(line, v); err != nil {
		const unknown = "json: unknown field "
		if !strings.HasPrefix(err.Error(), unknown) {
			return nil, nil, fmt.Errorf("%s: %w", h.Kind, err)
		}
		doubts = append(doubts, "left out the unknown member "+short(strings.TrimPrefix(err.Error(), unknown)))
		v = empty()
		if err := json.Unmarshal(line, v); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", h.Kind, err)
		}
	}
	// Member names match in any case; written down, the kind is exact.
	v.head().Kind = h.Kind
	more, err := v.check()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", h.Kind, err)
	}
	return v, append(doubts, more...), nil
}

// strict decodes and refuses unknown members; encoding/json names the first.
func strict(line []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

// short is s for a message about foreign text: one line, 60 bytes at most.
func short(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) <= 60 {
		return s
	}
	cut := 57
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
