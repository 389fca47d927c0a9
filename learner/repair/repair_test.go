package repair

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// words is a checker of a small language: the words in bad are errors, each of
// its own phase. A text with an error of an earlier phase hides later ones. It
// is a checker of its own kind rather than a stand-in for one: the rounds must
// end whatever a checker says, and real ones (cmd/dejafix) do not say such
// things.
type words struct {
	bad    map[string]check.Phase
	judge  func(after string) check.Judgement // nil: by Find
	mu     sync.Mutex
	judged int
}

const file = "/w/a.txt"

func (w *words) find(text string) (list []check.Finding) {
	first := check.PhaseLint
	for at, word := range offsets(text) {
		if phase, ok := w.bad[word]; ok {
			first = min(first, phase)
			list = append(list, check.Finding{Path: file, Phase: phase, Diagnostic: analysis.Diagnostic{
				Source: "words", Code: word, Message: "bad word " + word, Severity: analysis.SeverityError,
				Span: analysis.Span{Start: at, End: at + len(word)},
			}})
		}
	}
	return slices.DeleteFunc(list, func(f check.Finding) bool { return f.Phase > first })
}

func offsets(text string) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		for at := 0; at < len(text); {
			end := strings.IndexByte(text[at:], ' ')
			if end < 0 {
				end = len(text) - at
			}
			if !yield(at, text[at:at+end]) {
				return
			}
			at += end + 1
		}
	}
}

func (w *words) Find(_ context.Context, texts map[string]string) (Found, error) {
	return Found{Findings: w.find(texts[file])}, nil
}

func (w *words) Judge(_ context.Context, e check.Edit) check.Judgement {
	w.mu.Lock()
	w.judged++
	w.mu.Unlock()
	after, err := textedit.Apply(e.Text, e.Edits)
	if err != nil {
		return check.Judgement{Reason: err.Error()}
	}
	if w.judge != nil {
		return w.judge(after)
	}
	if len(w.find(after)) >= len(w.find(e.Text)) && w.bad[e.Target.Code] != check.PhaseTypes {
		return check.Judgement{Verdict: check.VerdictRefuted, Reason: "still bad"}
	}
	return check.Judgement{Verdict: check.VerdictChecked, Tool: "words"}
}

// book suggests a word for each bad one.
type book struct {
	better map[string][]string
	seen   []analysis.Event
}

func (b *book) Suggest(_ context.Context, q analysis.Query) (list []analysis.Suggestion, _ error) {
	for _, word := range b.better[q.Diagnostics[0].Code] {
		list = append(list, analysis.Suggestion{
			ID: "s_" + word, Pattern: "p_" + word, Diagnostic: q.Diagnostics[0], Title: word + " (learned, 1 of 1 held)",
			Edits: []analysis.Edit{{Span: q.Diagnostics[0].Span, New: word}}, OnlyDeletes: word == "",
		})
	}
	return list, nil
}

func (b *book) Observe(e analysis.Event) { b.seen = append(b.seen, e) }

func TestRun(t *testing.T) {
	types := func(list ...string) map[string]check.Phase {
		m := map[string]check.Phase{}
		for _, w := range list {
			m[w] = check.PhaseTypes
		}
		return m
	}
	checked := func(string) check.Judgement { return check.Judgement{Verdict: check.VerdictChecked} }
	tests := []struct {
		name    string
		text    string
		bad     map[string]check.Phase
		judge   func(string) check.Judgement
		better  map[string][]string
		answers []Answer
		rounds  int

		want    string
		made    int // rounds
		left    []string
		stopped string
	}{
		{
			name: "all at once", text: "a b a c", bad: types("a", "b"), better: map[string][]string{"a": {"x"}, "b": {"y"}},
			want: "x y x c", made: 1,
		},
		{
			name: "uncovered in the second round", text: "a z", bad: map[string]check.Phase{"a": check.PhaseParse, "z": check.PhaseTypes}, judge: checked,
			better: map[string][]string{"a": {"x"}, "z": {"y"}}, want: "x y", made: 2,
		},
		{
			name: "nothing learned", text: "a b", bad: types("a", "b"), better: map[string][]string{"b": {"y"}},
			want: "a y", made: 1, left: []string{"a: nothing was learned that fits"},
		},
		{
			name: "the second candidate", text: "a", bad: types("a", "b"), judge: func(after string) check.Judgement {
				if after == "b" {
					return check.Judgement{Verdict: check.VerdictRefuted, Reason: "b is bad"}
				}
				return check.Judgement{Verdict: check.VerdictChecked}
			}, better: map[string][]string{"a": {"b", "c"}}, want: "c", made: 1,
		},
		{
			name: "not checked", text: "a", bad: types("a"), judge: func(string) check.Judgement { return check.Judgement{Reason: "who knows"} },
			better: map[string][]string{"a": {"c"}}, want: "a", left: []string{"a: who knows (c)"},
		},
		{
			name: "only deletes, whatever the checker says", text: "a b", bad: types("a"), judge: checked,
			better: map[string][]string{"a": {""}}, want: "a b", left: []string{"a: the edit only deletes ()"},
		},
		{
			// A checker that lies: it says checked of what it then finds again.
			name: "a circle", text: "a", bad: map[string]check.Phase{"a": check.PhaseTypes, "b": check.PhaseLint}, judge: checked,
			better: map[string][]string{"a": {"b"}, "b": {"a"}}, want: "b", made: 1,
			left: []string{`b: "a" was tried: it leads back to what the file was before`},
		},
		{
			name: "ever new errors", text: "a", bad: map[string]check.Phase{"a": check.PhaseParse, "ab": check.PhaseTypes, "abc": check.PhaseLint}, judge: checked,
			better: map[string][]string{"a": {"ab"}, "ab": {"abc"}, "abc": {"abcd"}}, rounds: 2, want: "abc", made: 2,
			left: []string{"abc: the rounds ended before its turn: run it again"}, stopped: "2 rounds are the most",
		},
		{
			// Each is checked by itself, and together they break.
			name: "together they break", text: "a b", bad: map[string]check.Phase{"a": check.PhaseTypes, "b": check.PhaseTypes, "x": check.PhaseNone}, judge: checked,
			better: map[string][]string{"a": {"x"}, "b": {"y"}}, want: "a y", made: 1,
			left: []string{`a: "x" was tried: then there is bad word x`},
		},
		{
			name: "a person says no, then yes", text: "a b", bad: types("a", "b"), better: map[string][]string{"a": {"x"}, "b": {"y"}},
			answers: []Answer{No, Yes}, want: "a y", made: 1, left: []string{"a: you said no"},
		},
		{
			name: "a person quits", text: "a b c", bad: types("a", "b", "c"), better: map[string][]string{"a": {"x"}, "b": {"y"}, "c": {"z"}},
			answers: []Answer{Yes, Quit}, want: "x b c", made: 1, stopped: "you ended it",
			left: []string{"b: not looked at: you ended it", "c: not looked at: you ended it"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := &book{better: tt.better}
			w := &words{bad: tt.bad, judge: tt.judge}
			asked := 0
			o := Options{
				Root: "/w", Checker: start{w, tt.text}, Learner: l, Rounds: tt.rounds,
				Open: func(path string) (File, bool) {
					return File{Path: path, URI: "file://" + path, Language: "plaintext", Text: tt.text}, path == file
				},
			}
			if tt.answers != nil {
				o.Ask = func(Repair) (Answer, error) {
					asked++
					return tt.answers[asked-1], nil
				}
			}
			r, err := Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := r.Texts[file]
			if !ok {
				got = tt.text
			}
			var left []string
			for _, x := range r.Left {
				s := x.Finding.Code + ": " + x.Reason
				if x.Offer != nil {
					s += " (" + analysis.PlainTitle(x.Offer.Title) + ")"
				}
				left = append(left, s)
			}
			if got != tt.want || r.Rounds != tt.made || r.Stopped != tt.stopped {
				t.Errorf("%q in %d rounds, stopped %q; want %q in %d, %q", got, r.Rounds, r.Stopped, tt.want, tt.made, tt.stopped)
			}
			if diff := cmp.Diff(tt.left, left); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
			r.Record(l, time.Unix(1, 0), func(string) bool { return true })
			applied := 0
			for _, e := range l.seen {
				if d, ok := e.(analysis.Decided); ok && d.Verdict == analysis.VerdictApplied {
					applied++
				}
			}
			if applied != len(r.Repaired) {
				t.Errorf("%d applied, of %d", applied, len(r.Repaired))
			}
		})
	}
}

// start is a checker that reads a file of which no text is given.
type start struct {
	*words

	text string
}

func (s start) Find(ctx context.Context, texts map[string]string) (Found, error) {
	if _, ok := texts[file]; !ok {
		texts = map[string]string{file: s.text}
	}
	return s.words.Find(ctx, texts)
}

// TestErrors: trouble ends a run, and nothing is lost of what was there.
func TestErrors(t *testing.T) {
	trouble := errors.New("no checker")
	o := Options{Checker: failing{trouble}, Learner: &book{}, Open: func(string) (File, bool) { return File{}, false }}
	if _, err := Run(t.Context(), o); !errors.Is(err, trouble) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o.Checker = start{&words{bad: map[string]check.Phase{"a": 1}}, "a"}
	o.Open = func(path string) (File, bool) { return File{Path: path, Text: "a"}, true }
	if r, err := Run(ctx, o); !errors.Is(err, context.Canceled) || len(r.Texts) != 0 {
		t.Error(r, err)
	}
}

type failing struct{ err error }

func (f failing) Find(context.Context, map[string]string) (Found, error) { return Found{}, f.err }
func (f failing) Judge(context.Context, check.Edit) check.Judgement      { return check.Judgement{} }

func TestLineEnds(t *testing.T) {
	edit := func(start, end int, text string) analysis.Edit {
		return analysis.Edit{Span: analysis.Span{Start: start, End: end}, New: text}
	}
	tests := []struct {
		text string
		edit analysis.Edit
		want string
	}{
		{"a\nb\n", edit(1, 1, "\nx"), "a\nx\nb\n"},
		{"a\r\nb\r\n", edit(1, 1, "\nx"), "a\r\nx\r\nb\r\n"},
		{"a\r\nb\r\n", edit(2, 2, "\nx"), "a\r\nx\r\nb\r\n"}, // within \r\n
		{"a\r\nb\r\n", edit(2, 3, "\nx\n"), "a\r\nx\r\nb\r\n"},
		{"a\r\nb\r\n", edit(0, 2, "x"), "x\r\nb\r\n"},
		{"a\r\nb\r\n", edit(3, 4, "x\r\ny"), "a\r\nx\r\ny\r\n"},
		{"a\r\nb\nc\nd\n", edit(3, 4, "x\ny"), "a\r\nx\ny\nc\nd\n"},
	}
	for _, tt := range tests {
		got, err := textedit.Apply(tt.text, lineEnds(tt.text, []analysis.Edit{tt.edit}))
		if err != nil || got != tt.want {
			t.Errorf("%q with %+v: %q %v, want %q", tt.text, tt.edit, got, err, tt.want)
		}
	}
}
