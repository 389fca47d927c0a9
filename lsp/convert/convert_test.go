package convert_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
)

func text(s string, e textedit.Encoding) *convert.Text {
	return convert.NewText(analysis.NewDocument("file:///a", "/a", "", "go", 1, s), e)
}

func pos(line, char uint32) protocol.Position { return protocol.Position{Line: line, Character: char} }

func TestSpan(t *testing.T) {
	const s = "a𝒳b\r\né\n"
	tests := []struct {
		e    textedit.Encoding
		r    protocol.Range
		want string // of the text
	}{
		{textedit.UTF16, protocol.Range{Start: pos(0, 1), End: pos(0, 3)}, "𝒳"},
		{textedit.UTF8, protocol.Range{Start: pos(0, 1), End: pos(0, 5)}, "𝒳"},
		{textedit.UTF32, protocol.Range{Start: pos(0, 1), End: pos(0, 2)}, "𝒳"},
		{textedit.UTF16, protocol.Range{Start: pos(0, 2), End: pos(0, 3)}, "𝒳"}, // inside a character
		{textedit.UTF16, protocol.Range{Start: pos(0, 4), End: pos(1, 0)}, "\r\n"},
		{textedit.UTF16, protocol.Range{Start: pos(0, 99), End: pos(1, 99)}, "\r\né"},
		{textedit.UTF16, protocol.Range{Start: pos(1, 0), End: pos(4294967295, 4294967295)}, "é\n"},
		{textedit.UTF16, protocol.Range{Start: pos(1, 1), End: pos(0, 0)}, ""}, // backwards
	}
	for _, tt := range tests {
		span := text(s, tt.e).Span(tt.r)
		if got := s[span.Start:span.End]; got != tt.want {
			t.Errorf("%v %v is %q, want %q", tt.e, tt.r, got, tt.want)
		}
	}
}

// TestChangeIsSequential holds that the changes of one notification give what
// they give one after the other, and that the edits say the same of the old
// text, in each encoding and for each order of changes.
func TestChangeIsSequential(t *testing.T) {
	letters := rapid.SampledFrom([]string{"a", "b", "\n", "\r\n", "é", "𝒳", ""})
	words := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(letters, 0, 12).Draw(t, "letters"), "") })
	rapid.Check(t, func(t *rapid.T) {
		e := rapid.SampledFrom([]textedit.Encoding{textedit.UTF8, textedit.UTF16, textedit.UTF32}).Draw(t, "encoding")
		start := text(words.Draw(t, "text"), e)
		now := start
		var changes []protocol.ContentChange
		for range rapid.IntRange(1, 5).Draw(t, "changes") {
			if rapid.IntRange(0, 9).Draw(t, "whole") == 0 {
				whole := words.Draw(t, "new")
				changes = append(changes, &protocol.ContentChangeWhole{Text: whole})
				now = text(whole, e)
				continue
			}
			edit := analysis.Edit{New: words.Draw(t, "new")}
			edit.Span.Start = boundary(t, now.Doc.Text, 0)
			edit.Span.End = boundary(t, now.Doc.Text, edit.Span.Start)
			changes = append(changes, &protocol.ContentChangePartial{Range: now.Range(edit.Span), Text: edit.New})
			after, err := textedit.Apply(now.Doc.Text, []analysis.Edit{edit})
			if err != nil {
				t.Fatal(err)
			}
			now = text(after, e)
		}
		got, edits, err := convert.Change(start, changes)
		if err != nil {
			t.Fatal(err)
		}
		want := now.Doc.Text
		if got.Doc.Text != want || got.Lines.Count() != now.Lines.Count() {
			t.Fatalf("got %q of %d lines, want %q of %d", got.Doc.Text, got.Lines.Count(), want, now.Lines.Count())
		}
		if again, err := textedit.Apply(start.Doc.Text, edits); err != nil || again != want {
			t.Fatalf("the edits give %q (%v), want %q", again, err, want)
		}
	})
}

// boundary draws an offset of text that a position can name, at or after low.
func boundary(t *rapid.T, text string, low int) int {
	var at []int
	for i := low; i <= len(text); i++ {
		inPair := i > 0 && i < len(text) && text[i-1] == '\r' && text[i] == '\n'
		if (i == len(text) || utf8.RuneStart(text[i])) && !inPair {
			at = append(at, i)
		}
	}
	return rapid.SampledFrom(at).Draw(t, "offset")
}

func TestChangeErrors(t *testing.T) {
	old := text("ab\ncd", textedit.UTF16)
	back := &protocol.ContentChangePartial{Range: protocol.Range{Start: pos(1, 0), End: pos(0, 0)}, Text: "x"}
	if _, _, err := convert.Change(old, []protocol.ContentChange{back}); err == nil {
		t.Error("a backward range is no error")
	}
	if _, _, err := convert.Change(old, []protocol.ContentChange{nil}); err == nil {
		t.Error("no change is no error")
	}
	// Insertions at one place stand in the order in which they were made.
	at := func(s string) protocol.ContentChange {
		return &protocol.ContentChangePartial{Range: protocol.Range{Start: pos(0, 1), End: pos(0, 1)}, Text: s}
	}
	if got, _, err := convert.Change(old, []protocol.ContentChange{at("1"), at("2")}); err != nil || got.Doc.Text != "a21b\ncd" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestReports(t *testing.T) {
	old := text("oops\n", textedit.UTF16)
	const at = `"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":4}}`
	tests := []struct {
		name, json string
		n, doubts  int
	}{
		{"good", `[{` + at + `,"message":"m","source":"s","code":7,"severity":2,"tags":[1,2]}]`, 1, 0},
		{"ours", `[{` + at + `,"message":"m","source":"dejafix"},{` + at + `,"message":"m"}]`, 1, 0},
		{"markup", `[{` + at + `,"message":{"kind":"markdown","value":"**m**"}}]`, 1, 0},
		{"one is bad", `[{` + at + `,"message":"m"},{"message":"m","range":7}]`, 1, 1},
		{"null", `null`, 0, 1},
		{"absent", ``, 0, 1},
		{"an empty table of Lua", ` {} `, 0, 0},
		{"a table", `{"a":1}`, 0, 1},
		{"too many", "[" + strings.Repeat(`{`+at+`,"message":"m"},`, 5001) + `{` + at + `,"message":"m"}]`, 5000, 2},
	}
	for _, tt := range tests {
		reports, doubts := convert.Reports(old, []byte(tt.json))
		if len(reports) != tt.n || doubts != tt.doubts {
			t.Errorf("%s: %d reports and %d doubts, want %d and %d", tt.name, len(reports), doubts, tt.n, tt.doubts)
		}
	}
	reports, _ := convert.Reports(old, []byte(tests[0].json))
	want := analysis.Diagnostic{
		Source: "s", Code: "7", Message: "m", Severity: analysis.SeverityWarning,
		Span: analysis.Span{End: 4}, Unnecessary: true, Deprecated: true,
	}
	if reports[0].Diagnostic != want {
		t.Errorf("%+v, want %+v", reports[0].Diagnostic, want)
	}
	long, _ := convert.Reports(old, fmt.Appendf(nil, `[{%s,"message":"%s"}]`, at, strings.Repeat("é", 20_000)))
	if m := long[0].Message; len(m) > 16<<10 || !utf8.ValidString(m) {
		t.Errorf("a message of %d bytes is kept", len(m))
	}
	if long[0].Severity != analysis.SeverityError {
		t.Errorf("without a severity it is %v, want an error", long[0].Severity)
	}
}

// FuzzReports holds that no report makes the reader panic or leave the text.
func FuzzReports(f *testing.F) {
	f.Add("oops\n", []byte(`[{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":4}},"message":"m","code":7}]`))
	f.Add("𝒳\r\n", []byte(`[{"range":{"start":{"line":9,"character":1},"end":{"line":0,"character":4}},"message":{"kind":"x","value":"\ud800"},"tags":[9]}]`))
	f.Add("", []byte(`{}`))
	f.Fuzz(func(t *testing.T, s string, raw []byte) {
		for _, e := range []textedit.Encoding{textedit.UTF8, textedit.UTF16, textedit.UTF32} {
			reports, _ := convert.Reports(text(s, e), raw)
			for _, r := range reports {
				if r.Span.Start < 0 || r.Span.End < r.Span.Start || r.Span.End > len(s) {
					t.Fatalf("%v of a text of %d bytes", r.Span, len(s))
				}
			}
		}
	})
}

func TestEditOutsideOfTheText(t *testing.T) {
	old := text("ab", textedit.UTF16)
	for _, s := range []analysis.Span{{Start: -1}, {Start: 2, End: 1}, {Start: 0, End: 3}} {
		if _, err := convert.Edit(old, []analysis.Edit{{Span: s}}, true); err == nil {
			t.Errorf("an edit at %v is no error", s)
		}
	}
}
