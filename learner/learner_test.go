package learner_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner"
	"github.com/dejafix/dejafix/store"
)

// session is a learner over a real store, and the documents of one window.
type session struct {
	t    *testing.T
	l    *learner.Learner
	root string
	docs map[string]*analysis.Document
}

func open(t *testing.T, file, root string) *session {
	t.Helper()
	s := &session{t: t, root: root, docs: map[string]*analysis.Document{}}
	st, err := store.Open(t.Context(), store.Options{Path: file})
	if err != nil {
		t.Fatal(err)
	}
	s.l = learner.New(learner.Options{Store: st, Version: "test"})
	t.Cleanup(func() {
		if err := s.l.Close(); err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

var languages = map[string]string{".go": "go", ".ts": "typescript", ".tsx": "typescriptreact", ".jsx": "javascriptreact", ".vue": "vue", ".svelte": "svelte"}

func (s *session) edit(name, text string) *analysis.Document {
	change := analysis.Opened
	version := int32(0)
	if old := s.docs[name]; old != nil {
		change, version = analysis.Changed, old.Version+1
	}
	path := filepath.Join(s.root, name)
	doc := analysis.NewDocument("file://"+path, path, s.root, languages[filepath.Ext(name)], version, text)
	s.docs[name] = doc
	s.l.Observe(analysis.Edited{Doc: doc, Change: change, Time: time.Now()})
	return doc
}

func (s *session) report(name string, ds ...analysis.Diagnostic) {
	s.l.Observe(analysis.Diagnosed{Doc: s.docs[name], Diagnostics: ds, Whole: true, Time: time.Now()})
}

func (s *session) idle() {
	s.t.Helper()
	if err := s.l.Idle(s.t.Context(), true); err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) suggest(name string, d analysis.Diagnostic) []analysis.Suggestion {
	s.t.Helper()
	got, err := s.l.Suggest(s.t.Context(), analysis.Query{Doc: s.docs[name], Span: d.Span, Diagnostics: []analysis.Diagnostic{d}, Invoked: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// mismatch is what gopls says of an int that is used as a string.
func mismatch(text, expr string) analysis.Diagnostic {
	at := strings.LastIndex(text, expr)
	return analysis.Diagnostic{
		Source: "compiler", Code: "IncompatibleAssign", Severity: analysis.SeverityError,
		Message: "cannot use " + expr + " (variable of type int) as string value in argument to show",
		Span:    analysis.Span{Start: at, End: at + len(expr)},
	}
}

const program = `package main

import "strconv"

func show(s string) { println(s) }

func main() {
	count := 3
	show(count)
	_ = strconv.Itoa
}
`

func repair(t *testing.T, s *session, name string) {
	t.Helper()
	s.edit(name, program)
	s.report(name, mismatch(program, "count"))
	s.idle()
	s.edit(name, strings.Replace(program, "show(count)", "show(strconv.Itoa(count))", 1))
	s.report(name)
	s.idle()
}

const second = `package main

import "strconv"

func report(total int) {
	defer println("done")
	show(total)
	_ = strconv.Itoa(1)
}
`

// The product's rhythm at the learner: repaired once, offered the second time.
func TestRepairedOnceThenOffered(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "dejafix.db"), t.TempDir())
	repair(t, s, "main.go")
	doc := s.edit("report.go", second)
	d := mismatch(second, "total")
	s.report("report.go", d)
	s.idle()
	got := s.suggest("report.go", d)
	if len(got) != 1 {
		t.Fatalf("suggestions: %+v, want one", got)
	}
	after, err := textedit.Apply(doc.Text, got[0].Edits)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(second, "show(total)", "show(strconv.Itoa(total))", 1); after != want {
		t.Errorf("after the edit:\n%s\nwant:\n%s", after, want)
	}
	if !strings.HasSuffix(got[0].Title, "(learned, 1 of 1 held)") {
		t.Errorf("title %q", got[0].Title)
	}
	why, err := s.l.Why(t.Context(), got[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(why.Markdown, "strconv.Itoa(count)") || len(why.Examples) != 1 {
		t.Errorf("why:\n%s", why.Markdown)
	}
}

// Learned in window one, offered in window two, without a restart.
func TestTwoWindowsOneStore(t *testing.T) {
	file, root := filepath.Join(t.TempDir(), "dejafix.db"), t.TempDir()
	two := open(t, file, root)
	two.edit("report.go", second)
	d := mismatch(second, "total")
	two.report("report.go", d)
	two.idle()
	if got := two.suggest("report.go", d); len(got) != 0 {
		t.Fatalf("offered before anything was learned: %+v", got)
	}
	repair(t, open(t, file, root), "main.go")
	eventually(t, func() bool { return len(two.suggest("report.go", d)) == 1 })
}

// eventually waits for what another window needs a moment to see.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatal("it did not come")
		case <-ticker.C:
		}
	}
}

// A fix that was undone is not offered again for the same place, and "never"
// silences a pattern.
func TestUndoneAndNever(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "dejafix.db"), t.TempDir())
	repair(t, s, "main.go")
	doc := s.edit("report.go", second)
	d := mismatch(second, "total")
	s.report("report.go", d)
	got := s.suggest("report.go", d)
	if len(got) != 1 {
		t.Fatalf("suggestions: %+v, want one", got)
	}
	s.l.Observe(analysis.Served{Doc: doc, IDs: []string{got[0].ID}, Seen: true, Time: time.Now()})
	after, err := textedit.Apply(doc.Text, got[0].Edits)
	if err != nil {
		t.Fatal(err)
	}
	s.edit("report.go", after)
	s.l.Observe(analysis.Decided{ID: got[0].ID, Verdict: analysis.VerdictApplied, Time: time.Now()})
	s.report("report.go")
	s.edit("report.go", second)
	s.report("report.go", d)
	s.idle()
	if again := s.suggest("report.go", d); len(again) != 0 {
		t.Errorf("offered again where it was undone: %+v", again)
	}
	other := strings.ReplaceAll(second, "total", "sum")
	s.edit("other.go", other)
	od := mismatch(other, "sum")
	s.report("other.go", od)
	s.idle()
	if list := s.suggest("other.go", od); len(list) != 1 {
		t.Fatalf("not offered elsewhere: %+v", list)
	}
	s.l.Observe(analysis.Decided{ID: got[0].Pattern, Verdict: analysis.VerdictNever, Time: time.Now()})
	s.idle()
	if list := s.suggest("other.go", od); len(list) != 0 {
		t.Errorf("offered although never: %+v", list)
	}
}

// TestPeers: what a peer offers at a place is not shown there, whatever it
// offers elsewhere in the same text, and is forgotten with the text.
func TestPeers(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "dejafix.db"), t.TempDir())
	repair(t, s, "a.go")
	text := strings.Replace(program, "show(count)", "show(count)\n\tother := 4\n\tshow(other)", 1)
	s.edit("b.go", text)
	first, second := mismatch(text, "count"), mismatch(text, "other")
	s.report("b.go", first, second)
	s.idle()
	peer := func(d analysis.Diagnostic, titles ...string) {
		s.l.Observe(analysis.Peered{Doc: s.docs["b.go"], Span: d.Span, Titles: titles, Time: time.Now()})
		s.idle()
	}
	shown := func() (n int) { return len(s.suggest("b.go", first)) + 10*len(s.suggest("b.go", second)) }
	if got := shown(); got != 11 {
		t.Fatalf("shown %d before any peer spoke, want both", got)
	}
	peer(first, "wrap in strconv.itoa")
	peer(second, "Extract variable")
	if got := shown(); got != 10 {
		t.Errorf("shown %d, want the second only: a peer offers the first", got)
	}
	peer(first)
	if got := shown(); got != 11 {
		t.Errorf("shown %d after the peer took its offer back, want both", got)
	}
	peer(second, "Wrap in strconv.Itoa")
	s.edit("b.go", text+"\n")
	s.report("b.go", first, second)
	s.idle()
	if got := shown(); got != 11 {
		t.Errorf("shown %d for a new text, want both", got)
	}
}

// TestFarFetchedStaysSo: one example gives several edits of one pattern. That the
// likeliest was applied and held says nothing for the others.
func TestFarFetchedStaysSo(t *testing.T) {
	const (
		taught = "function listen(host: string, port: number): void {\n  console.log(host, port);\n}\n\nexport function serve(settings: Settings): void {\n  listen(settings.host, settings.port);\n}\n"
		second = "export function retry(flags: Flags): boolean {\n  return times(flags.attempts, action);\n}\n"
		third  = "export function cache(options: { entries: string }): number {\n  return keep(options.entries);\n}\n"
	)
	s := open(t, filepath.Join(t.TempDir(), "dejafix.db"), t.TempDir())
	ask := func(name, text, at string) (*analysis.Document, analysis.Diagnostic, []analysis.Suggestion) {
		doc := s.edit(name, text)
		d := analysis.Diagnostic{
			Source: "ts", Code: "2345", Severity: analysis.SeverityError,
			Message: "Argument of type 'string' is not assignable to parameter of type 'number'.",
			Span:    analysis.Span{Start: strings.Index(text, at), End: strings.Index(text, at) + len(at)},
		}
		s.report(name, d)
		s.idle()
		list, err := s.l.Suggest(t.Context(), analysis.Query{Doc: doc, Span: d.Span, Diagnostics: []analysis.Diagnostic{d}, Invoked: true, Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		return doc, d, list
	}
	ask("server.ts", taught, "settings.port")
	s.edit("server.ts", strings.Replace(taught, "settings.port)", "Number(settings.port))", 1))
	s.report("server.ts")
	s.idle()
	doc, _, list := ask("retry.ts", second, "flags.attempts")
	if len(list) != 1 {
		t.Fatalf("the second time: %+v", list)
	}
	s.l.Observe(analysis.Served{Doc: doc, IDs: []string{list[0].ID}, Seen: true, Time: time.Now()})
	after, err := textedit.Apply(doc.Text, list[0].Edits)
	if err != nil {
		t.Fatal(err)
	}
	s.edit("retry.ts", after)
	s.l.Observe(analysis.Decided{ID: list[0].ID, Verdict: analysis.VerdictApplied, Time: time.Now()})
	s.report("retry.ts")
	s.idle()
	if _, _, list = ask("cache.ts", third, "options.entries"); len(list) != 1 || list[0].Applied != 1 {
		for _, s := range list {
			t.Errorf("the third time: %q %v", s.Title, s.Probability)
		}
	}
}
