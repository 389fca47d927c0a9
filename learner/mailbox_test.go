package learner

import (
	"fmt"
	"testing"

	"github.com/dejafix/dejafix/analysis"
)

func text(uri string, version int32) analysis.Edited {
	return analysis.Edited{Doc: analysis.NewDocument(uri, "", "", "go", version, fmt.Sprint(uri, version)), Change: analysis.Changed}
}

func names(items []item) (out []string) {
	for _, it := range items {
		switch e := it.event.(type) {
		case analysis.Edited:
			out = append(out, fmt.Sprintf("%s@%d", e.Doc.URI, e.Doc.Version))
		case analysis.Diagnosed:
			out = append(out, fmt.Sprintf("%s!%d", e.Doc.URI, len(e.Diagnostics)))
		default:
			out = append(out, fmt.Sprintf("%T", e))
		}
	}
	return out
}

func TestMailboxDropsWhatIsStale(t *testing.T) {
	report := func(uri string, n int, whole bool) analysis.Diagnosed {
		return analysis.Diagnosed{Doc: text(uri, 0).Doc, Diagnostics: make([]analysis.Diagnostic, n), Whole: whole}
	}
	for _, c := range []struct {
		name string
		put  []analysis.Event
		want string
	}{
		{"a newer text", []analysis.Event{text("a", 1), text("a", 2)}, "[a@2]"},
		{"of another document", []analysis.Event{text("a", 1), text("b", 1), text("a", 2)}, "[b@1 a@2]"},
		{"not over a report", []analysis.Event{text("a", 1), report("a", 1, true), text("a", 2)}, "[a@1 a!1 a@2]"},
		{"a newer report", []analysis.Event{report("a", 1, true), report("a", 0, true)}, "[a!0]"},
		{"not what a request said", []analysis.Event{report("a", 1, false), report("a", 0, true)}, "[a!1 a!0]"},
		{"not over a decision", []analysis.Event{text("a", 1), analysis.Decided{}, text("a", 2)}, "[a@1 analysis.Decided a@2]"},
	} {
		m := newMailbox()
		for _, e := range c.put {
			m.put(item{event: e})
		}
		if got := fmt.Sprint(names(m.take())); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Whatever comes, the mailbox stays bounded and keeps decisions.
func TestMailboxIsBounded(t *testing.T) {
	m := newMailbox()
	m.put(item{event: analysis.Decided{ID: "first"}})
	for i := range 3 * mailboxSize {
		m.put(item{event: text(fmt.Sprint("file", i), 1)})
	}
	items := m.take()
	if len(items) > mailboxSize {
		t.Errorf("%d items wait, want at most %d", len(items), mailboxSize)
	}
	if _, ok := items[0].event.(analysis.Decided); !ok {
		t.Errorf("the decision was dropped: first is %T", items[0].event)
	}
	if m.dropped == 0 {
		t.Error("nothing was counted as dropped")
	}
}

func TestBounded(t *testing.T) {
	b := newBounded[int, string](3)
	for i := range 5 {
		b.put(i, fmt.Sprint(i))
	}
	b.put(4, "again")
	for i, want := range []bool{false, false, true, true, true} {
		if _, ok := b.get(i); ok != want {
			t.Errorf("%d is there: %v, want %v", i, ok, want)
		}
	}
	if v, _ := b.get(4); v != "again" {
		t.Errorf("4 is %q", v)
	}
	b.clear()
	for i := range 5 {
		b.put(10+i, "")
	}
	if len(b.m) != 3 {
		t.Errorf("%d entries after clear, want 3", len(b.m))
	}
}
