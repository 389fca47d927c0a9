package episode

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// A world is an editor whose user does anything at all.
type world struct {
	m    *Machine
	now  time.Time
	docs map[string]*analysis.Document
	past map[string][]*analysis.Document
	next int // suggestion id

	closed, dropped int // errors
	told            map[Outcome]bool
}

func newWorld(o Options) *world {
	return &world{
		m: New(o), now: time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC),
		docs: make(map[string]*analysis.Document), past: make(map[string][]*analysis.Document), told: make(map[Outcome]bool),
	}
}

// bits are what texts are made of: each xN is an error where it stands.
var bits = []string{"x1", "x2", "ok", "f(", ")", " ", "\n", "\n\n", "\tx1\n", "é", "{", "}\n"}

// draws is where choices come from: rapid or a random source.
type draws interface {
	n(label string, limit int) int
}

type rapidDraws struct{ t *rapid.T }

func (d rapidDraws) n(label string, limit int) int {
	return rapid.IntRange(0, limit-1).Draw(d.t, label)
}

// truth is what a tool would say of a text: one error for each xN.
func truth(doc *analysis.Document) []analysis.Diagnostic {
	var out []analysis.Diagnostic
	for i := range doc.Text {
		if doc.Text[i] != 'x' {
			continue
		}
		end := min(i+2, len(doc.Text))
		out = append(out, analysis.Diagnostic{
			Source: "compiler", Code: "UndeclaredName", Severity: analysis.SeverityError,
			Message: "undefined: " + strings.ToValidUTF8(doc.Text[i:end], "?"), Span: analysis.Span{Start: i, End: end},
		})
	}
	return out
}

var names = []string{"a.go", "b.go", "c.py", "d.go", "e.go", "f.go"}

func (w *world) step(d draws) []Result {
	name := names[d.n("file", len(names))]
	doc := w.docs[name]
	w.now = w.now.Add([]time.Duration{0, 10 * time.Millisecond, 300 * time.Millisecond, time.Second, 3 * time.Second, 12 * time.Second, time.Minute, 11 * time.Minute}[d.n("wait", 8)])
	make1 := func(text string, version int32) *analysis.Document {
		doc := analysis.NewDocument("file:///w/"+name, "/w/"+name, "/w", language(name), version, text)
		w.docs[name] = doc
		return doc
	}
	if doc == nil {
		var b strings.Builder
		for range d.n("size", 12) {
			b.WriteString(bits[d.n("bit", len(bits))])
		}
		return w.m.Observe(analysis.Edited{Doc: make1(b.String(), 1), Change: analysis.Opened, Time: w.now})
	}
	edited := func(text string, origin analysis.Origin) []Result {
		w.past[name] = append(w.past[name], doc)
		if n := len(w.past[name]); n > 20 {
			w.past[name] = slices.Clone(w.past[name][n-10:])
		}
		return w.m.Observe(analysis.Edited{Doc: make1(text, doc.Version+1), Change: analysis.Changed, Origin: origin, Time: w.now})
	}
	switch d.n("step", 16) {
	case 0, 1, 2, 3: // typed
		at := d.n("at", len(doc.Text)+1)
		end := min(len(doc.Text), at+d.n("delete", 4))
		insert := ""
		if len(doc.Text) < 400 {
			insert = bits[d.n("bit", len(bits))]
		}
		return edited(doc.Text[:at]+insert+doc.Text[end:], "")
	case 4: // repaired
		return edited(strings.Replace(doc.Text, "x1", "ok", 1), "")
	case 5: // undone
		if past := w.past[name]; len(past) > 0 {
			return edited(past[len(past)-1-d.n("back", min(3, len(past)))].Text, "")
		}
		return nil
	case 6:
		return edited(strings.ReplaceAll(doc.Text, "x2", "ok"), []analysis.Origin{"", analysis.OriginVCS, analysis.OriginFormat, analysis.OriginUndo}[d.n("origin", 4)])
	case 7, 8, 9: // the tool speaks
		return w.m.Observe(analysis.Diagnosed{Doc: doc, Diagnostics: truth(doc), Whole: true, Time: w.now})
	case 10: // late, partial, or nothing
		old := doc
		if past := w.past[name]; len(past) > 0 && d.n("old", 2) == 0 {
			old = past[len(past)-1]
		}
		list := truth(old)
		list = list[:d.n("some", len(list)+1)]
		return w.m.Observe(analysis.Diagnosed{Doc: old, Diagnostics: list, Whole: d.n("whole", 2) == 0, Time: w.now})
	case 11:
		change := []analysis.DocumentChange{analysis.Saved, analysis.Closed, analysis.DiskChanged}[d.n("change", 3)]
		if change == analysis.Closed {
			delete(w.docs, name)
		}
		return w.m.Observe(analysis.Edited{Doc: doc, Change: change, Time: w.now})
	case 12: // a suggestion, perhaps seen, perhaps taken
		list := truth(doc)
		if len(list) == 0 {
			return nil
		}
		diag := list[d.n("diag", len(list))]
		w.next++
		s := analysis.Suggestion{
			ID: fmt.Sprint("s_", w.next), Pattern: fmt.Sprint("p_", d.n("pattern", 3)), URI: doc.URI, Digest: doc.Digest,
			Diagnostic: diag, Edits: []analysis.Edit{{Span: diag.Span, New: "ok"}},
		}
		w.m.Offer([]analysis.Suggestion{s})
		out := w.m.Observe(analysis.Served{Doc: doc, IDs: []string{s.ID}, Seen: d.n("seen", 2) == 0, Time: w.now})
		if d.n("take", 2) == 0 {
			text, err := textedit.Apply(doc.Text, s.Edits)
			if err != nil {
				panic(err)
			}
			out = append(out, edited(text, "")...)
		}
		if d.n("tell", 3) == 0 {
			out = append(out, w.m.Observe(analysis.Decided{ID: s.ID, Verdict: analysis.VerdictApplied, Time: w.now})...)
		}
		return out
	case 13:
		return w.m.Tick(w.now)
	case 14:
		return w.m.Settle(w.now)
	default:
		return w.m.Observe(analysis.Peered{Doc: doc, Edits: [][]analysis.Edit{{{Span: analysis.Span{}, New: "ok"}}}, Time: w.now})
	}
}

type failer interface{ Fatalf(string, ...any) }

// check holds what is always true.
func (w *world) check(t failer, results []Result) {
	m := w.m
	for _, r := range results {
		switch r := r.(type) {
		case Closed:
			w.closed += 1 + len(r.Symptoms)
			if len(r.Changes) == 0 || r.Before().Digest == r.After().Digest || len(r.Changes[0].Edits()) == 0 {
				t.Fatalf("closed without an edit: %+v", r)
			}
			if r.Doc == nil || r.Diagnostic.Span.Start < 0 || r.Diagnostic.Span.End > len(r.Doc.Text) {
				t.Fatalf("the diagnostic is not in its text: %+v", r)
			}
			switch r.Origin {
			case analysis.OriginVCS, analysis.OriginReload, analysis.OriginUndo, "":
				t.Fatalf("closed with origin %q", r.Origin)
			}
			if (r.Origin == analysis.OriginOurAction) != (r.Suggestion != "") && r.Suggestion != "" {
				t.Fatalf("closed by %q with origin %q", r.Suggestion, r.Origin)
			}
			if r.Doc.URI == r.Before().URI && !slices.ContainsFunc(truth(r.Doc), func(d analysis.Diagnostic) bool { return d.Span == r.Diagnostic.Span }) {
				t.Fatalf("no error stood at %v of %q", r.Diagnostic.Span, r.Doc.Text)
			}
		case Dropped:
			w.dropped++
		case Outcome:
			k := Outcome{Suggestion: r.Suggestion, Verdict: r.Verdict}
			if w.told[k] {
				t.Fatalf("%v was told twice", k)
			}
			w.told[k] = true
		}
	}
	live := 0
	for _, d := range m.list {
		if m.docs[d.cur.URI] != d {
			t.Fatalf("%s is in the list and not in the map", d.cur.URI)
		}
		live += len(d.errors)
		for _, e := range d.errors {
			if e.doc != d || e.diag.Span.Start < 0 || e.diag.Span.End < e.diag.Span.Start || e.diag.Span.End > len(d.cur.Text) {
				t.Fatalf("an error of %s is at %v of %d bytes", d.cur.URI, e.diag.Span, len(d.cur.Text))
			}
			if e.cure != nil && !slices.Contains(e.cure.errors, e) {
				t.Fatalf("an error is not in its cure")
			}
		}
		for _, c := range d.cures {
			if len(c.errors) == 0 || c.doc != d {
				t.Fatalf("an empty cure stays")
			}
			for _, p := range c.region {
				if p.Start < 0 || p.End < p.Start || p.End > len(d.cur.Text) {
					t.Fatalf("a repaired region is at %v of %d bytes", p, len(d.cur.Text))
				}
			}
		}
	}
	if live != m.Open() || m.opened != live+w.closed+w.dropped {
		t.Fatalf("%d errors opened, %d are live, %d closed, %d dropped; Open says %d", m.opened, live, w.closed, w.dropped, m.Open())
	}
	if n := m.kept(); n > m.o.MaxText {
		t.Fatalf("%d bytes of text are kept, %d allowed", n, m.o.MaxText)
	}
	if live > m.o.MaxErrors || len(m.list) > m.o.MaxDocuments || len(m.queue) > m.o.MaxOffers || len(m.offers) != len(m.queue) {
		t.Fatalf("%d errors, %d documents, %d offers", live, len(m.list), len(m.queue))
	}
}

// Whatever happens, nothing breaks, what is remembered is bounded, and every
// error that was opened is closed once, dropped once, or still open.
func TestAnything(t *testing.T) {
	for _, o := range []Options{{}, {MaxText: 200, MaxErrors: 20, MaxDocuments: 4, MaxOffers: 5}} {
		rapid.Check(t, func(t *rapid.T) {
			w := newWorld(o)
			for range rapid.IntRange(1, 120).Draw(t, "steps") {
				w.check(t, w.step(rapidDraws{t}))
			}
			w.now = w.now.Add(time.Hour)
			w.check(t, w.m.Tick(w.now))
			w.check(t, w.m.Settle(w.now))
		})
	}
}

// An error that stands again when everything has settled was not repaired,
// whatever was typed and undone between.
func TestUndoneIsNoRepair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(Options{})
		text := "a\nx1\nb\n"
		version := int32(1)
		doc := analysis.NewDocument("file:///w/a.go", "/w/a.go", "/w", "go", version, text)
		var out []Result
		edit := func(text string) {
			version++
			doc = analysis.NewDocument(doc.URI, doc.Path, doc.Root, doc.Language, version, text)
			out = append(out, w.m.Observe(analysis.Edited{Doc: doc, Change: analysis.Changed, Time: w.now})...)
		}
		report := func() {
			out = append(out, w.m.Observe(analysis.Diagnosed{Doc: doc, Diagnostics: truth(doc), Whole: true, Time: w.now})...)
		}
		out = append(out, w.m.Observe(analysis.Edited{Doc: doc, Change: analysis.Opened, Time: w.now})...)
		report()
		w.now = w.now.Add(5 * time.Second)
		var texts []string
		// Five edits take seven seconds: an error that is away for ten is repaired.
		for range rapid.IntRange(1, 5).Draw(t, "edits") {
			texts = append(texts, doc.Text)
			at := rapid.IntRange(0, len(doc.Text)).Draw(t, "at")
			end := min(len(doc.Text), at+rapid.IntRange(0, 3).Draw(t, "delete"))
			edit(doc.Text[:at] + rapid.SampledFrom([]string{"", "k", "\n", "ok"}).Draw(t, "insert") + doc.Text[end:])
			if rapid.Bool().Draw(t, "report") {
				w.now = w.now.Add(500 * time.Millisecond)
				report()
			}
			w.now = w.now.Add(time.Second)
		}
		for _, text := range slices.Backward(texts) {
			edit(text)
			w.now = w.now.Add(200 * time.Millisecond)
			if rapid.Bool().Draw(t, "report") {
				report()
			}
		}
		report()
		w.now = w.now.Add(time.Hour)
		out = append(out, w.m.Tick(w.now)...)
		out = append(out, w.m.Settle(w.now)...)
		for _, r := range out {
			if c, ok := r.(Closed); ok && c.Before().Text == text {
				t.Fatalf("closed: %q became %q", c.Before().Text, c.After().Text)
			}
		}
	})
}
