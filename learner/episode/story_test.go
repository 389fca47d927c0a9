package episode

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

var update = flag.Bool("update", false, "write what the stories of testdata end with")

// TestStories plays each file of testdata. The comment is the story, told a
// line at a time:
//
//	+2s open FILE          the file of the archive is opened
//	+2s edit FILE OLD -> NEW   the first OLD becomes NEW (\n and \t as in Go); [origin] before FILE says who did it
//	+2s retext FILE OTHER  the text becomes that of another file of the archive
//	+2s undo FILE          the text becomes the one before the last edit
//	+2s save, close, disk FILE
//	+2s head               the server tells that HEAD of the repository moved
//	+2s says FILE          tools now say of it what the indented lines tell: SOURCE CODE @PLACE: MESSAGE (a ~ before it: a warning)
//	+2s hints FILE         the same, from a code action's context
//	+2s ran FILE           the same, of tests and programs that were run
//	+2s offer ID PATTERN FILE @PLACE SOURCE CODE: MESSAGE | OLD -> NEW
//	+2s peer FILE OLD -> NEW   another server offers it
//	+2s seen, offered ID…; decided ID VERDICT
//	+2s together ID…       one action makes them all
//	+2s tick; settle
//
// What the machine answers is in the file "want", with the time since the start.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			s := newStory(t, ar)
			got := s.play(string(ar.Comment))
			if *update {
				ar.Files = append(slices.Clip(s.files), txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(ar), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(s.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

type story struct {
	t     *testing.T
	m     *Machine
	start time.Time
	now   time.Time
	texts map[string]string
	files []txtar.File
	want  string
	docs  map[string]*analysis.Document
	past  map[string][]*analysis.Document
	out   strings.Builder
}

func newStory(t *testing.T, ar *txtar.Archive) *story {
	start := time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)
	s := &story{
		t: t, m: New(Options{}), start: start, now: start, texts: make(map[string]string),
		docs: make(map[string]*analysis.Document), past: make(map[string][]*analysis.Document),
	}
	for _, f := range ar.Files {
		if f.Name == "want" {
			s.want = string(f.Data)
			continue
		}
		s.files = append(s.files, f)
		s.texts[f.Name] = string(f.Data)
	}
	return s
}

func language(name string) string {
	switch filepath.Ext(name) {
	case ".go":
		return "go"
	case ".py":
		return "python"
	case ".ts":
		return "typescript"
	}
	return "text"
}

func (s *story) doc(name string, version int32, text string) *analysis.Document {
	d := analysis.NewDocument("file:///w/"+name, "/w/"+name, "/w", language(name), version, text)
	d.Hidden = strings.HasPrefix(name, ".env")
	return d
}

func (s *story) text(name string) string {
	text, ok := s.texts[name]
	if !ok {
		s.t.Fatalf("the story has no file %q", name)
	}
	return text
}

func (s *story) play(script string) string {
	lines := strings.Split(script, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var under []string
		for i+1 < len(lines) && strings.HasPrefix(lines[i+1], "\t") {
			i++
			under = append(under, strings.TrimSpace(lines[i]))
		}
		at, rest, _ := strings.Cut(line, " ")
		d, err := time.ParseDuration(strings.TrimPrefix(at, "+"))
		if err != nil {
			s.t.Fatalf("%q: %v", line, err)
		}
		s.now = s.now.Add(d)
		s.step(strings.TrimSpace(rest), under)
	}
	return s.out.String()
}

func unescape(s string) string {
	return strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace(strings.TrimSpace(s))
}

func (s *story) step(line string, under []string) {
	verb, arg, _ := strings.Cut(line, " ")
	arg = strings.TrimSpace(arg)
	var origin analysis.Origin
	if strings.HasPrefix(arg, "[") {
		o, rest, _ := strings.Cut(arg[1:], "]")
		origin, arg = analysis.Origin(o), strings.TrimSpace(rest)
	}
	name, rest, _ := strings.Cut(arg, " ")
	edited := func(doc *analysis.Document, change analysis.DocumentChange) {
		if doc == nil {
			s.t.Fatalf("%q: %s is not open", line, name)
		}
		s.docs[name] = doc
		s.play1(analysis.Edited{Doc: doc, Change: change, Origin: origin, Time: s.now})
	}
	next := func(text string) *analysis.Document {
		old := s.docs[name]
		s.past[name] = append(s.past[name], old)
		return s.doc(name, old.Version+1, text)
	}
	switch verb {
	case "open":
		edited(s.doc(name, 1, s.text(name)), analysis.Opened)
	case "edit":
		old, now, _ := strings.Cut(rest+" ", " -> ")
		old, now = unescape(old), unescape(now)
		text := s.docs[name].Text
		if !strings.Contains(text, old) {
			s.t.Fatalf("%q: no %q in\n%s", line, old, text)
		}
		edited(next(strings.Replace(text, old, now, 1)), analysis.Changed)
	case "retext":
		edited(next(s.text(rest)), analysis.Changed)
	case "undo":
		past := s.past[name]
		edited(next(past[len(past)-1].Text), analysis.Changed)
	case "save":
		edited(s.docs[name], analysis.Saved)
	case "close":
		edited(s.docs[name], analysis.Closed)
	case "disk":
		doc := s.doc(name, 0, s.text(rest))
		if old := s.docs[name]; old != nil && old.Version == 0 {
			s.docs[name] = doc // nobody has it open
		}
		s.play1(analysis.Edited{Doc: doc, Change: analysis.DiskChanged, Origin: origin, Time: s.now})
	case "head":
		head := analysis.NewDocument("file:///w/.git/HEAD", "/w/.git/HEAD", "/w", "", 0, "")
		head.Hidden = true
		s.play1(analysis.Edited{Doc: head, Change: analysis.DiskChanged, Origin: analysis.OriginVCS, Time: s.now})
	case "says", "hints", "ran":
		doc := s.docs[name]
		if doc == nil {
			doc = s.doc(name, 0, s.text(name))
			s.docs[name] = doc
		}
		ev := analysis.Diagnosed{Doc: doc, Whole: verb != "hints", Runs: verb == "ran", Time: s.now}
		for _, u := range under {
			ev.Diagnostics = append(ev.Diagnostics, s.diagnostic(doc, u))
		}
		s.play1(ev)
	case "offer":
		id, rest, _ := strings.Cut(arg, " ")
		pattern, rest, _ := strings.Cut(rest, " ")
		name, rest, _ := strings.Cut(rest, " ")
		about, edit, _ := strings.Cut(rest, " | ")
		doc := s.docs[name]
		s.m.Offer([]analysis.Suggestion{{
			ID: id, Pattern: pattern, URI: doc.URI, Version: doc.Version, Digest: doc.Digest,
			Diagnostic: s.diagnostic(doc, about), Edits: s.edits(doc, edit),
		}})
	case "peer":
		doc := s.docs[name]
		s.play1(analysis.Peered{Doc: doc, Edits: [][]analysis.Edit{s.edits(doc, rest)}, Time: s.now})
	case "together":
		s.play1(analysis.Served{IDs: strings.Fields(arg), Together: true, Time: s.now})
	case "seen", "offered":
		s.play1(analysis.Served{IDs: strings.Fields(arg), Seen: verb == "seen", Time: s.now})
	case "decided":
		s.play1(analysis.Decided{ID: name, Verdict: analysis.Verdict(rest), Time: s.now})
	case "tick":
		s.print(s.m.Tick(s.now))
	case "settle":
		s.print(s.m.Settle(s.now))
	default:
		s.t.Fatalf("%q: no such step", line)
	}
}

func (s *story) edits(doc *analysis.Document, edit string) []analysis.Edit {
	old, now, _ := strings.Cut(edit, " -> ")
	old, now = unescape(old), unescape(now)
	i := strings.Index(doc.Text, old)
	if i < 0 {
		s.t.Fatalf("no %q in\n%s", old, doc.Text)
	}
	return []analysis.Edit{{Span: analysis.Span{Start: i, End: i + len(old)}, New: now}}
}

// diagnostic reads "SOURCE CODE @PLACE: MESSAGE"; PLACE#2 is the second such.
func (s *story) diagnostic(doc *analysis.Document, line string) analysis.Diagnostic {
	head, message, ok := strings.Cut(line, ": ")
	who, place, ok2 := strings.Cut(head, " @")
	if !ok || !ok2 {
		s.t.Fatalf("not a diagnostic: %q", line)
	}
	d := analysis.Diagnostic{Message: message, Severity: analysis.SeverityError}
	if warning, ok := strings.CutPrefix(who, "~"); ok {
		who, d.Severity = warning, analysis.SeverityWarning
	}
	d.Source, d.Code, _ = strings.Cut(who, " ")
	n := 1
	if p, count, ok := strings.Cut(place, "#"); ok {
		place = p
		fmt.Sscan(count, &n)
	}
	at := -1
	for ; n > 0; n-- {
		i := strings.Index(doc.Text[at+1:], place)
		if i < 0 {
			s.t.Fatalf("no %q in\n%s", place, doc.Text)
		}
		at += 1 + i
	}
	d.Span = analysis.Span{Start: at, End: at + len(place)}
	return d
}

func (s *story) play1(ev analysis.Event) { s.print(s.m.Observe(ev)) }

func (s *story) print(results []Result) {
	at := s.now.Sub(s.start)
	for _, r := range results {
		switch r := r.(type) {
		case Closed:
			fmt.Fprintf(&s.out, "%v closed, %s, in %s: %s\n", at, r.Origin, filepath.Base(r.Doc.URI), r.Diagnostic.Message)
			if r.Suggestion != "" {
				fmt.Fprintf(&s.out, "\tby %s\n", r.Suggestion)
			}
			for _, d := range r.Symptoms {
				fmt.Fprintf(&s.out, "\talso: %s\n", d.Message)
			}
			for _, c := range r.Changes {
				fmt.Fprintf(&s.out, "\t%s:", filepath.Base(c.Before.URI))
				for _, e := range c.Edits() {
					line := textedit.NewLines(c.Before.Text).Line(e.Span.Start)
					fmt.Fprintf(&s.out, " %d %q -> %q", line, c.Before.Text[e.Span.Start:e.Span.End], e.New)
				}
				fmt.Fprintln(&s.out)
			}
		case Dropped:
			fmt.Fprintf(&s.out, "%v dropped, %s: %s\n", at, r.Reason, r.Diagnostic.Message)
		case Outcome:
			fmt.Fprintf(&s.out, "%v %s %s\n", at, r.Suggestion, r.Verdict)
		}
	}
}
