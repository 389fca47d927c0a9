package check

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// words is a checker whose errors are words of the text: each "bad…" is one, of
// the phase that its end names. It stands for any tool whose answer a test
// wants to choose.
type words struct {
	runs, at, most, closed atomic.Int64
	during                 func(r Request)
	change                 func(res *Result) error
}

func (w *words) row(name string, covers Phase) Row {
	return Row{
		Name: name, Languages: []string{"go"}, Covers: covers,
		New: func(Env) Checker { return w },
	}
}

func (w *words) Close() error {
	w.closed.Add(1)
	return nil
}

func (w *words) Check(_ context.Context, r Request) (Result, error) {
	w.runs.Add(1)
	at := w.at.Add(1)
	defer w.at.Add(-1)
	for most := w.most.Load(); at > most && !w.most.CompareAndSwap(most, at); most = w.most.Load() {
	}
	if w.during != nil {
		w.during(r)
	}
	res := Result{Complete: true, Phase: PhaseLint, Tool: "words", Version: "1"}
	for _, path := range r.Scope {
		text, ok := r.Overlay[path]
		if !ok {
			b, err := os.ReadFile(path)
			if err != nil {
				return Result{}, err
			}
			text = string(b)
		}
		dir := filepath.Dir(path)
		res.Inputs = Inputs{Files: []string{path, filepath.Join(dir, "config"), filepath.Join(dir, "other.go")}, Dirs: []string{dir}}
		for i := 0; i < len(text); {
			n := strings.Index(text[i:], "bad")
			if n < 0 {
				break
			}
			start := i + n
			end := start
			for end < len(text) && (text[end] == '_' || text[end] >= 'a' && text[end] <= 'z') {
				end++
			}
			word := text[start:end]
			phase := PhaseTypes
			switch {
			case strings.HasSuffix(word, "_parse"):
				phase = PhaseParse
			case strings.HasSuffix(word, "_lint"):
				phase = PhaseLint
			}
			res.Findings = append(res.Findings, Finding{Path: path, Phase: phase, Diagnostic: analysis.Diagnostic{
				Source: "words", Code: strings.TrimSuffix(word, "s"), Message: word, Severity: analysis.SeverityError, Span: analysis.Span{Start: start, End: end},
			}})
			i = end
		}
	}
	if w.change != nil {
		if err := w.change(&res); err != nil {
			return res, err
		}
	}
	return res, nil
}

// wordEdit asks about the first word of text, and puts another in its place.
func wordEdit(dir, text, word, fresh string) Edit {
	at := strings.Index(text, word)
	return Edit{
		Root: dir, Path: filepath.Join(dir, "a.go"), Language: "go", Text: text,
		Edits: []analysis.Edit{{Span: analysis.Span{Start: at, End: at + len(word)}, New: fresh}},
		Target: analysis.Diagnostic{
			Source: "words", Code: word, Message: word, Severity: analysis.SeverityError,
			Span: analysis.Span{Start: at, End: at + len(word)},
		},
	}
}

func TestJudgeRules(t *testing.T) {
	tests := []struct {
		name, text, word, fresh string
		change                  func(n int64, res *Result) error // of the n-th run, from 1
		verdict                 Verdict
		cause                   Cause
		reason                  string
	}{
		{name: "gone", text: "x bad_a y", word: "bad_a", fresh: "good", verdict: VerdictChecked},
		{name: "still there", text: "x bad_a y", word: "bad_a", fresh: "bad_a bad_a", verdict: VerdictRefuted, reason: "the error is still there"},
		{name: "another one", text: "x bad_a y", word: "bad_a", fresh: "bad_b", verdict: VerdictRefuted, reason: "something new breaks: a.go:1: bad_b"},
		{name: "a later phase", text: "x bad_a y", word: "bad_a", fresh: "bad_lint", verdict: VerdictChecked},
		{name: "an earlier phase", text: "x bad_a y", word: "bad_a", fresh: "bad_parse", verdict: VerdictRefuted},
		{name: "another error stays", text: "bad_b\nx bad_a y\nbad_b", word: "bad_a", fresh: "longer than it was", verdict: VerdictChecked},
		{name: "another error goes too", text: "bad_b\nx bad_a y\nbad_b", word: "bad_a y\nbad_b", fresh: "good", verdict: VerdictChecked, cause: ""},
		{name: "one goes, one comes", text: "bad_b\nx bad_a y\nq\n", word: "bad_a", fresh: "good\nbad_b", verdict: VerdictRefuted, reason: "a.go:3: bad_b"},
		{
			name: "not reported", text: "x bad_a y", word: "bad_a", fresh: "good", cause: CauseNotReported, reason: "words does not report this error",
			change: func(_ int64, res *Result) error { res.Findings = nil; return nil },
		},
		{
			name: "cut short before", text: "x bad_a y", word: "bad_a", fresh: "good", cause: CauseIncomplete, reason: "was cut short",
			change: func(_ int64, res *Result) error { res.Complete, res.Why = false, "it was cut short"; return nil },
		},
		{
			name: "cut short after", text: "x bad_a y", word: "bad_a", fresh: "good", cause: CauseIncomplete, reason: "was cut short",
			change: func(n int64, res *Result) error {
				res.Complete, res.Why = n == 1, "it was cut short"
				return nil
			},
		},
		{
			name: "not so far", text: "x bad_a y", word: "bad_a", fresh: "good", cause: CausePhase, reason: "parse",
			change: func(n int64, res *Result) error {
				if n > 1 {
					res.Phase = PhaseParse
				}
				return nil
			},
		},
		{
			name: "fails", text: "x bad_a y", word: "bad_a", fresh: "good", cause: CauseFailed, reason: "out of luck",
			change: func(int64, *Result) error { return errors.New("out of luck") },
		},
		{
			name: "took too long", text: "x bad_a y", word: "bad_a", fresh: "good", cause: CauseTime, reason: "longer",
			change: func(n int64, _ *Result) error {
				if n == 1 {
					return nil
				}
				return &Unknown{CauseTime, "it took longer than it may"}
			},
		},
		{name: "only deletes", text: "x bad_a y", word: "bad_a y", fresh: "y", cause: CauseDeletes, reason: "only deletes"},
		{name: "comments out", text: "x bad_a y", word: "bad_a", fresh: "/* bad_a */", cause: CauseDeletes},
		{name: "adds a comment", text: "x bad_a y", word: "bad_a", fresh: "good // nolint", cause: CauseSuppresses},
		{name: "adds prose", text: "x bad_a y", word: "bad_a", fresh: "good // as RFC 1 says", verdict: VerdictChecked},
		{name: "only comments", text: "x bad_a y", word: "y", fresh: "y // quiet!", cause: CauseSuppresses},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := &words{}
			if tt.change != nil {
				w.change = func(res *Result) error { return tt.change(w.runs.Load(), res) }
			}
			s := testSet(t, w.row("words", PhaseLint))
			e := wordEdit(write(t, nil), tt.text, tt.word, tt.fresh)
			if i := strings.Index(tt.word, " "); i > 0 && strings.HasPrefix(tt.word, "bad") {
				e.Target.Code, e.Target.Message = tt.word[:i], tt.word[:i]
				e.Target.Span.End = e.Target.Span.Start + i
			}
			got := s.Judge(context.Background(), e, true)
			if got.Verdict != tt.verdict || got.Cause != tt.cause || !strings.Contains(got.Reason, tt.reason) {
				t.Errorf("%s (%s): %s, want %s (%s): %s", got.Verdict, got.Cause, got.Reason, tt.verdict, tt.cause, tt.reason)
			}
			st := s.Stats()
			if tt.verdict == VerdictUnknown && st.Unknown[tt.cause] != 1 {
				t.Errorf("counted %v", st.Unknown)
			}
		})
	}
}

// TestOnlyDeletes: what takes away and brings nothing is seen behind whatever
// looks like the start of a string.
func TestOnlyDeletes(t *testing.T) {
	const text = "const c = f(`x ${b} y`, \"user\", b)\nconst a = /^[`'\"]$/\nconst b = 1\ng(a, 7)\nconst d = /`/\n"
	s := testSet(t)
	for _, c := range []struct {
		language, old, fresh string
		cause                Cause
	}{
		{"typescript", "const b = 1\n", "", CauseDeletes},
		{"typescript", ", b)", ")", CauseDeletes},
		{"typescript", ", 7)", ")", CauseDeletes},
		{"typescript", "const b = 1", "// const b = 1", CauseDeletes},
		{"typescript", "\"user\"", "\"use\"", ""},
		{"typescript", " ${b}", "", ""},
		{"typescript", "b = 1", "b = 2", ""},
		{"quux", ", b)", ")", CauseDeletes},
	} {
		at := strings.Index(text, c.old)
		e := Edit{Language: c.language, Text: text, Edits: []analysis.Edit{{Span: analysis.Span{Start: at, End: at + len(c.old)}, New: c.fresh}}}
		after, err := textedit.Apply(text, e.Edits)
		if err != nil {
			t.Fatal(err)
		}
		got := Cause("")
		if err := s.refuse(&e, after); err != nil {
			got = unknown(err).Cause
		}
		if got != c.cause {
			t.Errorf("%s: %q to %q: %q, want %q", c.language, c.old, c.fresh, got, c.cause)
		}
	}
}

// TestUntrusted: nothing runs, whatever is asked.
func TestUntrusted(t *testing.T) {
	w := &words{}
	s := testSet(t, w.row("words", PhaseLint))
	dir := write(t, nil)
	got := s.Judge(context.Background(), wordEdit(dir, "bad_a", "bad_a", "good"), false)
	if got.Verdict != VerdictUnknown || got.Cause != CauseUntrusted || !strings.Contains(got.Reason, "dejafix trust") {
		t.Error(got)
	}
	if _, err := s.Check(context.Background(), "go", Request{Root: dir, Scope: []string{filepath.Join(dir, "a.go")}}); err == nil {
		t.Error("a check ran")
	}
	if w.runs.Load() != 0 {
		t.Error("something ran")
	}
}

// TestNoChecker: the reason says what is missing.
func TestNoChecker(t *testing.T) {
	w := &words{}
	row := w.row("words", PhaseLint)
	row.Detect = func(Env, string, string) (bool, string) { return false, "there is no words.toml: make one" }
	s := testSet(t, row)
	e := wordEdit(write(t, nil), "bad_a", "bad_a", "good")
	got := s.Judge(context.Background(), e, true)
	if got.Cause != CauseNoChecker || got.Reason != "there is no words.toml: make one" {
		t.Error(got)
	}
	e.Language = "cobol"
	if got := s.Judge(context.Background(), e, true); got.Cause != CauseNoChecker || !strings.Contains(got.Reason, "cobol") {
		t.Error(got)
	}
}

// TestVerdictCache: a verdict is found again until something that it depends on
// changes, and then it is told without being believed.
func TestVerdictCache(t *testing.T) {
	w := &words{}
	s := testSet(t, w.row("words", PhaseLint))
	dir := write(t, map[string]string{"config": "one", "unrelated/file": "one"})
	e := wordEdit(dir, "x bad_a", "bad_a", "good")
	ctx := context.Background()
	runs := func(want int64, why string) {
		t.Helper()
		before := w.runs.Load()
		if got := s.Judge(ctx, e, true); got.Verdict != VerdictChecked {
			t.Fatal(got)
		}
		if n := w.runs.Load() - before; n != want {
			t.Errorf("%s: %d runs, want %d", why, n, want)
		}
	}
	if _, ok := s.Last(e); ok {
		t.Error("a verdict without a run")
	}
	runs(2, "first")
	runs(0, "again")
	if _, ok := s.Cached(e); !ok {
		t.Error("not cached")
	}
	save(t, filepath.Join(dir, "unrelated", "file"), "two")
	runs(0, "after an unrelated change")
	save(t, filepath.Join(dir, "config"), "two")
	if _, ok := s.Cached(e); ok {
		t.Error("cached though its configuration changed")
	}
	if j, ok := s.Last(e); !ok || j.Verdict != VerdictChecked {
		t.Error("the last verdict is gone")
	}
	runs(2, "after a change of its configuration")
	save(t, filepath.Join(dir, "config"), "one")
	runs(0, "after that was undone")
	save(t, filepath.Join(dir, "new.go"), "")
	runs(2, "after a new file")
	e.Overlay = map[string]string{filepath.Join(dir, "other.go"): "unsaved"}
	runs(2, "with other unsaved text")
	e.Overlay = nil
	e.Text += " "
	runs(2, "after a keystroke")
	other := e
	other.Edits = []analysis.Edit{{Span: e.Edits[0].Span, New: "better"}}
	e = other
	runs(1, "another edit of the same text")
	if st := s.Stats(); st.Cached != 3 || st.Checked != 9 || st.Runs != w.runs.Load() {
		t.Errorf("%+v", st)
	}
}

// TestOneBaseline: the edits of one menu share the run over the text as it is.
func TestOneBaseline(t *testing.T) {
	w := &words{}
	s := testSet(t, w.row("words", PhaseLint))
	e := wordEdit(write(t, nil), "x bad_a", "bad_a", "good")
	var wg sync.WaitGroup
	const edits = 6
	for i := range edits {
		wg.Go(func() {
			e := e
			e.Edits = []analysis.Edit{{Span: e.Edits[0].Span, New: fmt.Sprint("good", i)}}
			if j := s.Judge(context.Background(), e, true); j.Verdict != VerdictChecked {
				t.Error(j)
			}
		})
	}
	wg.Wait()
	if n := w.runs.Load(); n != edits+1 {
		t.Errorf("%d runs for %d edits", n, edits)
	}
}

// TestMaxRuns: no more checks run at once than may.
func TestMaxRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &words{during: func(Request) { <-time.After(time.Second) }}
		s := New(Options{Rows: []Row{w.row("words", PhaseLint)}, MaxRuns: 2})
		defer s.Close()
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				s.Judge(context.Background(), wordEdit(fmt.Sprint("/nowhere/", i), "x bad_a", "bad_a", "good"), true)
			})
		}
		wg.Wait()
		if n := w.most.Load(); n != 2 {
			t.Errorf("%d at once", n)
		}
	})
}

// TestIdle: what a checker holds goes five minutes after its last use.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &words{}
		s := New(Options{Rows: []Row{w.row("words", PhaseLint)}})
		e := wordEdit("/nowhere", "x bad_a", "bad_a", "good")
		s.Judge(context.Background(), e, true)
		<-time.After(4 * time.Minute)
		e.Text += " "
		s.Judge(context.Background(), e, true)
		<-time.After(4 * time.Minute)
		synctest.Wait()
		if w.closed.Load() != 0 {
			t.Error("closed while in use")
		}
		<-time.After(2 * time.Minute)
		synctest.Wait()
		if w.closed.Load() != 1 {
			t.Error("still held")
		}
		e.Text += " "
		if j := s.Judge(context.Background(), e, true); j.Verdict != VerdictChecked {
			t.Error(j)
		}
		s.Close()
		s.Close()
		if w.closed.Load() < 2 {
			t.Error("not closed in the end")
		}
		e.Text += " "
		if j := s.Judge(context.Background(), e, true); j.Cause != CauseClosed {
			t.Error(j)
		}
	})
}

// TestMoved: what was saved while it was checked is no answer.
func TestMoved(t *testing.T) {
	dir := write(t, map[string]string{"config": "one"})
	w := &words{during: func(Request) {
		if err := os.WriteFile(filepath.Join(dir, "config"), []byte("two"), 0o600); err != nil {
			t.Error(err)
		}
	}}
	s := testSet(t, w.row("words", PhaseLint))
	if j := s.Judge(context.Background(), wordEdit(dir, "x bad_a", "bad_a", "good"), true); j.Cause != CauseMoved {
		t.Error(j)
	}
}

// TestOthers: a checker of an earlier phase can refute what its own checker
// lets pass, and nothing else.
func TestOthers(t *testing.T) {
	linter := &words{change: func(res *Result) error {
		list := res.Findings[:0]
		for _, f := range res.Findings {
			if f.Phase == PhaseLint {
				list = append(list, f)
			}
		}
		res.Findings = list
		return nil
	}}
	compiler := &words{change: func(res *Result) error {
		list := res.Findings[:0]
		for _, f := range res.Findings {
			if f.Phase <= PhaseTypes {
				list = append(list, f)
			}
		}
		res.Findings, res.Phase = list, PhaseTypes
		return nil
	}}
	s := testSet(t, compiler.row("compiler", PhaseTypes), linter.row("linter", PhaseLint))
	dir := write(t, nil)
	for fresh, want := range map[string]Verdict{"good": VerdictChecked, "bad_type": VerdictRefuted} {
		if j := s.Judge(context.Background(), wordEdit(dir, "bad_old x bad_lint", "bad_lint", fresh), true); j.Verdict != want {
			t.Errorf("%s: %v", fresh, j)
		}
	}
	compiler.change = func(*Result) error { return errors.New("is not there") }
	if j := s.Judge(context.Background(), wordEdit(dir, "bad_old y bad_lint", "bad_lint", "good"), true); j.Verdict != VerdictChecked || j.Tool != "words" {
		t.Error(j)
	}
}

// TestFreshIsNothing: findings that only move are not new, wherever the edits
// are.
func TestFreshIsNothing(t *testing.T) {
	text := "bad_a one\nbad_b two bad_a\nthree\nbad_a\n"
	var list []Finding
	for i := 0; ; {
		n := strings.Index(text[i:], "bad")
		if n < 0 {
			break
		}
		list = append(list, Finding{Path: "/a", Phase: PhaseTypes, Diagnostic: analysis.Diagnostic{Code: text[i+n : i+n+5], Message: "m", Span: analysis.Span{Start: i + n, End: i + n + 5}}})
		i += n + 5
	}
	for _, part := range []string{"one", "two", "three", "one\nbad_b two", " two "} {
		for _, fresh := range []string{"", "x", "longer\nand\nlonger\n", part + part} {
			at := strings.Index(text, part)
			edits := []analysis.Edit{{Span: analysis.Span{Start: at, End: at + len(part)}, New: fresh}}
			after, err := textedit.Apply(text, edits)
			if err != nil {
				t.Fatal(err)
			}
			var now []Finding
			for _, f := range list {
				if span, whole := textedit.Map(f.Span, edits); whole {
					f.Span = span
					now = append(now, f)
				}
			}
			before := place("go", list, newTexts(map[string]string{"/a": text}))
			placedNow := place("go", now, newTexts(map[string]string{"/a": after}))
			if got, _ := fresh2(before, placedNow, edits, after); len(got) > 0 {
				t.Errorf("%q for %q: %v are new", fresh, part, got)
			}
		}
	}
}

func fresh2(before, after []placed, edits []analysis.Edit, text string) ([]Finding, int) {
	return fresh(before, after, -1, "/a", edits, textedit.NewLines(text))
}
