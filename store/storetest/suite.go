package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/store"
)

// epoch is when the suite's clocks start.
var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A Clock is a time that a test moves.
type Clock struct {
	mu sync.Mutex
	t  time.Time
}

// NewClock starts a clock on 1 March 2026.
func NewClock() *Clock { return &Clock{t: epoch} }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

// Add moves the clock.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// A fixture is one test's store.
type fixture struct {
	*testing.T
	Store
	ctx      context.Context
	clock    *Clock
	open     Open
	location string
}

// Run runs the suite. The test binary's TestMain has to call Main with the same
// open.
func Run(t *testing.T, open Open) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(*fixture)
	}{
		{"examples come back as they were", testRoundTrip},
		{"an example is stored once", testDuplicates},
		{"a cancelled call stores nothing", testCancelled},
		{"by rule, newest first", testByRule},
		{"walking over all", testIterate},
		{"another class", testReclass},
		{"rules and counts", testRules},
		{"recurring errors", testRecurring},
		{"checkers", testCheckers},
		{"closed and opened again", testReopen},
		{"another process's writes are seen", testGeneration},
		{"patterns", testPatterns},
		{"tombstones", testTombstones},
		{"outcomes", testOutcomes},
		{"exposures", testExposures},
		{"what was said and what held", testReliability},
		{"silences", testSilences},
		{"failures", testFailures},
		{"flaky tests", testFlaky},
		{"what repaired a failure", testFailureRepairs},
		{"what passed", testPassing},
		{"failures stay bounded", testFailuresBounded},
		{"failures are forgotten and grow old", testFailuresForgotten},
		{"workspaces", testWorkspaces},
		{"trust and pause", testFolders},
		{"forget everything", testForgetEverything},
		{"forget a workspace", testForgetWorkspace},
		{"forget since", testForgetSince},
		{"forget a pattern", testForgetPattern},
		{"retention by age", testRetainAge},
		{"retention by size", testRetainSize},
		{"retention of exposures", testRetainExposures},
		{"several goroutines", testConcurrent},
		{"several processes write at once", testProcesses},
		{"killed at any moment", testKill},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := &fixture{T: t, ctx: t.Context(), clock: NewClock(), open: open, location: filepath.Join(t.TempDir(), "store", "dejafix.db")}
			f.Store = f.another()
			test.run(f)
		})
	}
}

// another opens the fixture's store once more.
func (f *fixture) another() Store {
	f.Helper()
	s, err := f.open(f.ctx, f.location, f.clock.Now)
	f.must(err)
	f.Cleanup(func() {
		if err := s.Close(); err != nil {
			f.Errorf("close: %v", err)
		}
	})
	return s
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) equal(what string, got, want any) {
	f.Helper()
	if !reflect.DeepEqual(got, want) {
		f.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// add stores samples and returns them as stored.
func (f *fixture) add(numbers ...int) []analysis.Example {
	f.Helper()
	var exs []analysis.Example
	for _, i := range numbers {
		exs = append(exs, Sample(i, 10))
	}
	n, err := f.AddExamples(f.ctx, exs)
	f.must(err)
	f.equal("added", n, len(exs))
	return exs
}

func (f *fixture) count() int {
	f.Helper()
	n, err := f.Count(f.ctx)
	f.must(err)
	return n
}

// all reads every example by its id.
func (f *fixture) all() map[string]analysis.Example {
	f.Helper()
	m := map[string]analysis.Example{}
	for ex, err := range f.Examples(f.ctx) {
		f.must(err)
		m[ex.ID] = ex
	}
	return m
}

func testRoundTrip(f *fixture) {
	awkward := Sample(3, 10)
	awkward.Before = "a\x00b\xff\xfe\r\nü\u2028𝄞'\";--"
	awkward.Edits = []analysis.Edit{{Span: analysis.Span{Start: 0, End: 1}, New: "\x00<&>\u2028\xff"}, {Span: analysis.Span{Start: 2, End: 2}, New: ""}}
	awkward.Diagnostic = analysis.Diagnostic{Message: "", NoSpan: true, Unnecessary: true, Deprecated: true, Severity: analysis.SeverityHint}
	awkward.Symptoms = []string{"one", ""}
	awkward.Support = false
	awkward.Repair = "r_given"
	awkward.Provenance.Commit = "abc"
	bare := analysis.Example{Language: "zig"}
	exs := []analysis.Example{Sample(0, 10), Sample(4, 10), awkward, bare}
	_, err := f.AddExamples(f.ctx, exs)
	f.must(err)
	for i, ex := range exs {
		digest, id := store.ExampleID(&ex)
		if ex.ID != id || ex.Digest != digest {
			f.Errorf("example %d: id %s, digest %s; want %s, %s", i, ex.ID, ex.Digest, id, digest)
		}
		if !strings.HasPrefix(ex.ID, "e_") || len(ex.ID) != 18 || ex.ID != strings.ToLower(ex.ID) || len(ex.Digest) != 32 {
			f.Errorf("example %d: id %q, digest %q", i, ex.ID, ex.Digest)
		}
		got, err := f.Example(f.ctx, ex.ID)
		f.must(err)
		f.equal(fmt.Sprintf("example %d", i), got, ex)
	}
	if exs[0].Repair == "" || exs[0].Repair == exs[1].Repair || exs[2].Repair != "r_given" {
		f.Errorf("repairs %q, %q, %q", exs[0].Repair, exs[1].Repair, exs[2].Repair)
	}
	f.equal("time of an example without one", exs[3].Provenance.Time, f.clock.Now())
	symptom := Sample(5, 10)
	symptom.Repair = exs[0].Repair
	later := []analysis.Example{symptom}
	_, err = f.AddExamples(f.ctx, later)
	f.must(err)
	repair, err := f.Repair(f.ctx, exs[0].Repair)
	f.must(err)
	f.equal("examples of the repair", repair, []analysis.Example{exs[0], later[0]})
	if _, err := f.Example(f.ctx, "e_none"); !errors.Is(err, store.ErrNotFound) {
		f.Errorf("an unknown example: %v", err)
	}
}

func testDuplicates(f *fixture) {
	first := f.add(1, 2)
	again := []analysis.Example{Sample(2, 10), Sample(3, 10), Sample(3, 10)}
	n, err := f.AddExamples(f.ctx, again)
	f.must(err)
	f.equal("added", n, 1)
	f.equal("count", f.count(), 3)
	f.equal("id of the duplicate", again[0].ID, first[1].ID)
	before, err := f.Generation(f.ctx)
	f.must(err)
	_, err = f.AddExamples(f.ctx, []analysis.Example{Sample(2, 10)})
	f.must(err)
	after, err := f.Generation(f.ctx)
	f.must(err)
	f.equal("generation after a duplicate alone", after, before)

	// Whatever the digest is made of makes another example.
	for what, change := range map[string]func(*analysis.Example){
		"workspace": func(ex *analysis.Example) { ex.Provenance.Workspace = "w" },
		"path":      func(ex *analysis.Example) { ex.Path = "p" },
		"identity":  func(ex *analysis.Example) { ex.Identity.Template = "t" },
		"before":    func(ex *analysis.Example) { ex.Before += " " },
		"edit":      func(ex *analysis.Example) { ex.Edits = slices.Clone(ex.Edits); ex.Edits[0].New += " " },
		"place":     func(ex *analysis.Example) { ex.Edits = slices.Clone(ex.Edits); ex.Edits[0].Span.End-- },
	} {
		ex := Sample(3, 10)
		change(&ex)
		n, err := f.AddExamples(f.ctx, []analysis.Example{ex})
		f.must(err)
		if n != 1 {
			f.Errorf("another %s: not stored", what)
		}
	}
}

func testCancelled(f *fixture) {
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	if _, err := f.AddExamples(ctx, []analysis.Example{Sample(1, 10)}); !errors.Is(err, context.Canceled) {
		f.Errorf("cancelled: %v", err)
	}
	f.equal("count", f.count(), 0)
}

func testByRule(f *fixture) {
	exs := f.add(5, 15, 25, 35, 6, 16)
	key := exs[0].Identity.RuleKey()
	got, err := f.ExamplesByRule(f.ctx, key, nil, 3)
	f.must(err)
	f.equal("the three newest", ids(got), ids([]analysis.Example{exs[3], exs[2], exs[1]}))
	f.equal("the newest, whole", got[0], exs[3])
	old := Sample(45, 10)
	old.Provenance.Time = epoch.AddDate(-1, 0, 0)
	_, err = f.AddExamples(f.ctx, []analysis.Example{old})
	f.must(err)
	got, err = f.ExamplesByRule(f.ctx, key, nil, 100)
	f.must(err)
	f.equal("an older repair that is stored later comes last", len(got), 5)
	f.equal("last", got[4].Provenance.Time, old.Provenance.Time)
	got, err = f.ExamplesByRule(f.ctx, "unknown", nil, 100)
	f.must(err)
	f.equal("of an unknown rule", len(got), 0)
}

func testReclass(f *fixture) {
	exs := f.add(5, 15)
	other := f.another()
	start, err := other.Changes(f.ctx, 0)
	f.must(err)
	f.must(f.Reclass(f.ctx, exs[0].ID, analysis.ClassRefuted))
	c, err := other.Changes(f.ctx, start.Generation)
	f.must(err)
	f.equal("rules that changed", c.Rules, []string{exs[0].Identity.RuleKey()})
	want := exs[0]
	want.Class = analysis.ClassRefuted
	got, err := other.Example(f.ctx, exs[0].ID)
	f.must(err)
	f.equal("the example", got, want)
	if err := f.Reclass(f.ctx, "e_none", analysis.ClassRefuted); !errors.Is(err, store.ErrNotFound) {
		f.Errorf("an unknown example: %v", err)
	}
}

func ids(exs []analysis.Example) []string {
	var list []string
	for _, ex := range exs {
		list = append(list, ex.ID)
	}
	return list
}

func testIterate(f *fixture) {
	const n = 1050 // more than a few batches
	f.must(Fill(f.ctx, f, n, 10, nil))
	var got []string
	for ex, err := range f.Examples(f.ctx) {
		f.must(err)
		got = append(got, ex.ID)
	}
	f.equal("walked over", len(got), n)
	first := Sample(0, 10)
	_, id := store.ExampleID(&first)
	f.equal("first", got[0], id)

	// A writer is not held up by a walk, nor the walk by a forgetting.
	seen := 0
	for _, err := range f.Examples(f.ctx) {
		f.must(err)
		if seen++; seen == 10 {
			f.add(n + 1)
			_, err := f.Forget(f.ctx, store.Everything{})
			f.must(err)
		}
	}
	if seen >= n {
		f.Errorf("saw %d examples, most of them forgotten", seen)
	}
	for range f.Examples(f.ctx) {
		f.Error("an example after forgetting all")
	}
}

func testRules(f *fixture) {
	exs := f.add(1, 11, 21, 4)
	rules, err := f.Rules(f.ctx)
	f.must(err)
	want := []store.Rule{
		{Key: exs[0].Identity.RuleKey(), Language: "go", Rule: exs[0].Identity.Rule, Examples: 3, Last: exs[2].Provenance.Time},
		{Key: exs[3].Identity.RuleKey(), Language: "typescript", Rule: exs[3].Identity.Rule, Examples: 1, Last: exs[3].Provenance.Time},
	}
	f.equal("rules", rules, want)
	st, err := f.Stats(f.ctx)
	f.must(err)
	f.equal("episodes, examples, rules, identities", []int{st.Episodes, st.Examples, st.Rules, st.Identities}, []int{4, 4, 2, 2})
	if st.StoreBytes <= 0 {
		f.Errorf("store bytes %d", st.StoreBytes)
	}
}

func testRecurring(f *fixture) {
	exs := f.add(1, 11, 21, 4, 14, 2)
	often := exs[0].Identity.RuleKey()
	f.must(f.PutPatternIndex(f.ctx, often, nil, []store.Pattern{
		{ID: "p_a", Identity: exs[0].Identity, Examples: []string{exs[0].ID}},
		{ID: "p_b", Identity: exs[0].Identity, Examples: []string{exs[1].ID, exs[2].ID}},
	}))
	for _, v := range []analysis.Verdict{analysis.VerdictApplied, analysis.VerdictHeld, analysis.VerdictHeld, analysis.VerdictUndone} {
		f.must(f.AddOutcome(f.ctx, store.Outcome{Pattern: "p_b", RuleKey: often, Verdict: v}))
	}
	f.must(f.SetNever(f.ctx, "p_a", true))
	recurring := func(exs []analysis.Example, repairs int) analysis.Recurring {
		newest := exs[len(exs)-1]
		return analysis.Recurring{
			Key: newest.Identity.RuleKey(), Language: newest.Identity.Language, Rule: newest.Identity.Rule,
			Source: newest.Diagnostic.Source, Code: newest.Diagnostic.Code, Message: newest.Diagnostic.Message,
			Repairs: repairs, Last: newest.Provenance.Time,
		}
	}
	first, second, once := recurring(exs[:3], 3), recurring(exs[3:5], 2), recurring(exs[5:], 1)
	first.Held, first.Undone = 2, 1
	first.Patterns = []analysis.Learned{{Pattern: "p_b", Repairs: 2, Held: 2, Undone: 1}, {Pattern: "p_a", Repairs: 1, Never: true}}
	for _, c := range []struct {
		what  string
		again []string
		limit int
		want  []analysis.Recurring
	}{
		{"repaired twice", nil, 10, []analysis.Recurring{first, second}},
		{"the first", nil, 1, []analysis.Recurring{first}},
		{"there again", []string{once.Key, "unknown"}, 10, []analysis.Recurring{first, second, once}},
	} {
		got, err := f.Recurring(f.ctx, c.again, c.limit)
		f.must(err)
		f.equal(c.what, got, c.want)
	}
}

func testCheckers(f *fixture) {
	older := store.Checkers{PID: 7, Started: f.clock.Now(), Seen: f.clock.Now(), Ended: true, Runs: 3, Checked: 2, Unknown: map[string]int64{}, Limit: 1 << 31}
	newer := store.Checkers{
		PID: 7, Started: f.clock.Now().Add(time.Hour), Seen: f.clock.Now(), Runs: 9, Checked: 5, Refuted: 3,
		Unknown: map[string]int64{"time": 1, "missing": 2}, Memory: 100, Peak: 200, Limit: 1 << 31,
	}
	before, err := f.Generation(f.ctx)
	f.must(err)
	f.must(f.PutCheckers(f.ctx, older))
	f.must(f.PutCheckers(f.ctx, store.Checkers{PID: 7, Started: newer.Started, Runs: 1}))
	f.must(f.PutCheckers(f.ctx, newer)) // in place of what was said before
	got, err := f.Checkers(f.ctx)
	f.must(err)
	f.equal("checkers", got, []store.Checkers{newer, older})
	after, err := f.Generation(f.ctx)
	f.must(err)
	f.equal("generation", after, before)
	_, err = f.Forget(f.ctx, store.Everything{})
	f.must(err)
	got, err = f.Checkers(f.ctx)
	f.must(err)
	f.equal("after forgetting", got, []store.Checkers(nil))
}

func testReopen(f *fixture) {
	exs := f.add(1, 2, 3)
	f.must(f.Close())
	f.must(f.Close()) // again: nothing
	f.Store = f.another()
	f.equal("examples", f.all(), map[string]analysis.Example{exs[0].ID: exs[0], exs[1].ID: exs[1], exs[2].ID: exs[2]})
}

func testGeneration(f *fixture) {
	other := f.another()
	start, err := other.Changes(f.ctx, 0)
	f.must(err)
	exs := f.add(1, 2)
	c, err := other.Changes(f.ctx, start.Generation)
	f.must(err)
	if c.Generation <= start.Generation || c.All {
		f.Errorf("changes %+v after %+v", c, start)
	}
	f.equal("rules", slices.Sorted(slices.Values(c.Rules)), slices.Sorted(slices.Values([]string{exs[0].Identity.RuleKey(), exs[1].Identity.RuleKey()})))
	got, err := other.ExamplesByRule(f.ctx, exs[0].Identity.RuleKey(), nil, 10)
	f.must(err)
	f.equal("what the other sees", got, exs[:1])

	// Each thing that can change a suggestion raises it; nothing else does.
	for what, write := range map[string]func() error{
		"outcome": func() error {
			return f.AddOutcome(f.ctx, store.Outcome{Pattern: "p_1", Verdict: analysis.VerdictApplied})
		},
		"never":  func() error { return f.SetNever(f.ctx, "p_1", true) },
		"undone": func() error { return f.AddUndone(f.ctx, store.Place{Pattern: "p_1"}, "w", time.Time{}) },
		"ignored": func() error {
			_, err := f.AddIgnored(f.ctx, store.PatternFile{Pattern: "p_1"}, time.Time{})
			return err
		},
		"trust": func() error { return f.SetTrust(f.ctx, f.TempDir(), true) },
		"pause": func() error { return f.SetPaused(f.ctx, f.TempDir(), true) },
		"forgetting": func() error {
			_, err := f.Forget(f.ctx, store.OfPattern{ID: "p_1", Examples: []string{exs[0].ID}})
			return err
		},
	} {
		before, err := other.Generation(f.ctx)
		f.must(err)
		f.must(write())
		after, err := other.Generation(f.ctx)
		f.must(err)
		if after <= before {
			f.Errorf("%s: generation %d after %d", what, after, before)
		}
	}
	before, err := other.Generation(f.ctx)
	f.must(err)
	f.must(f.AddExposures(f.ctx, []store.Exposure{{Status: store.Offered}}))
	f.must(f.PutPatternIndex(f.ctx, exs[1].Identity.RuleKey(), nil, []store.Pattern{{ID: "p_2", Examples: []string{exs[1].ID}}}))
	after, err := other.Generation(f.ctx)
	f.must(err)
	f.equal("generation after an exposure and an index", after, before)
}

func (f *fixture) pattern(id string, exs ...analysis.Example) store.Pattern {
	p := store.Pattern{ID: id, Identity: exs[0].Identity, Title: "Title of " + id, FixType: exs[0].FixType, Examples: ids(exs)}
	slices.Sort(p.Examples)
	return p
}

func testPatterns(f *fixture) {
	exs := f.add(1, 11, 21, 2)
	key := exs[0].Identity.RuleKey()
	a, b, c := f.pattern("p_a", exs[0], exs[1]), f.pattern("p_b", exs[2]), f.pattern("p_c", exs[3])
	f.must(f.PutPatternIndex(f.ctx, key, nil, []store.Pattern{a, b}))
	f.must(f.PutPatternIndex(f.ctx, exs[3].Identity.RuleKey(), nil, []store.Pattern{c}))
	got, err := f.Patterns(f.ctx)
	f.must(err)
	f.equal("patterns", got, []store.Pattern{c, a, b})
	one, err := f.Pattern(f.ctx, "p_a")
	f.must(err)
	f.equal("one", one, a)
	if _, err := f.Pattern(f.ctx, "p_none"); !errors.Is(err, store.ErrNotFound) {
		f.Errorf("an unknown pattern: %v", err)
	}
	f.must(f.PutPatternIndex(f.ctx, key, nil, []store.Pattern{b}))
	got, err = f.Patterns(f.ctx)
	f.must(err)
	f.equal("after the rule is relearned", got, []store.Pattern{c, b})
	// What the history of one workspace taught is not all that there is to another.
	past := []analysis.Example{Sample(31, 10)}
	past[0].Provenance.Origin, past[0].Provenance.Workspace = analysis.OriginHistory, "w_past"
	_, err = f.AddExamples(f.ctx, past)
	f.must(err)
	d := f.pattern("p_past", past...)
	f.must(f.PutPatternIndex(f.ctx, key, []string{"w_past"}, []store.Pattern{b, d}))
	for _, relearned := range []struct {
		in   string
		want []store.Pattern
	}{{"w_here", []store.Pattern{c, b, d}}, {"w_past", []store.Pattern{c, b}}} {
		f.must(f.PutPatternIndex(f.ctx, key, []string{relearned.in}, []store.Pattern{b}))
		got, err = f.Patterns(f.ctx)
		f.must(err)
		f.equal("after it is relearned in "+relearned.in, got, relearned.want)
	}
	// An entry made from examples that were forgotten meanwhile stays out.
	gone := f.pattern("p_d", exs[0])
	gone.Examples = append(gone.Examples, "e_forgotten")
	f.must(f.PutPatternIndex(f.ctx, key, nil, []store.Pattern{b, gone}))
	got, err = f.Patterns(f.ctx)
	f.must(err)
	f.equal("with a forgotten example", got, []store.Pattern{c, b})
}

func (f *fixture) tombstoned(pattern string) bool {
	f.Helper()
	b, err := f.IsTombstoned(f.ctx, pattern)
	f.must(err)
	return b
}

func testTombstones(f *fixture) {
	exs := f.add(1)
	f.must(f.PutPatternIndex(f.ctx, exs[0].Identity.RuleKey(), nil, []store.Pattern{f.pattern("p_a", exs[0])}))
	f.equal("at first", f.tombstoned("p_a"), false)
	f.must(f.SetNever(f.ctx, "p_a", true))
	f.equal("never", f.tombstoned("p_a"), true)
	ps, err := f.Patterns(f.ctx)
	f.must(err)
	f.equal("never keeps the pattern", len(ps), 1)
	f.clock.Add(time.Hour)
	_, err = f.Forget(f.ctx, store.OfPattern{ID: "p_a"})
	f.must(err)
	ts, err := f.Tombstones(f.ctx)
	f.must(err)
	f.equal("tombstones", ts, map[string]store.Tombstone{"p_a": {Never: epoch, Forgotten: epoch.Add(time.Hour)}})
	f.must(f.SetNever(f.ctx, "p_a", false))
	f.equal("forgotten, though no longer never", f.tombstoned("p_a"), true)
	f.must(f.LiftTombstone(f.ctx, "p_a"))
	f.equal("lifted", f.tombstoned("p_a"), false)
	f.must(f.SetNever(f.ctx, "p_b", true))
	f.must(f.SetNever(f.ctx, "p_b", false))
	f.equal("never and back", f.tombstoned("p_b"), false)
}

func testOutcomes(f *fixture) {
	late := store.Outcome{Pattern: "p_a", Example: "e_1", Suggestion: "s_1", RuleKey: "k", Workspace: "w", Verdict: analysis.VerdictHeld, Time: epoch.Add(time.Minute)}
	early := late
	early.Verdict, early.Time = analysis.VerdictApplied, epoch
	other := store.Outcome{Pattern: "p_b", Verdict: analysis.VerdictUndone}
	for _, o := range []store.Outcome{late, early, other} {
		f.must(f.AddOutcome(f.ctx, o))
	}
	other.Time = epoch // the clock's
	var names []string // more than one statement asks for
	for i := range 1100 {
		names = append(names, fmt.Sprintf("p_%d", i))
	}
	names = append(names, "p_b", "p_a")
	got, err := f.OutcomesFor(f.ctx, names...)
	f.must(err)
	f.equal("outcomes", got, map[string][]store.Outcome{"p_a": {early, late}, "p_b": {other}})
	got, err = f.OutcomesByRule(f.ctx, "k")
	f.must(err)
	f.equal("outcomes of a rule", got, map[string][]store.Outcome{"p_a": {early, late}})
	got, err = f.OutcomesFor(f.ctx)
	f.must(err)
	f.equal("of nothing", len(got), 0)
	st, err := f.Stats(f.ctx)
	f.must(err)
	f.equal("counts", st.Outcomes, map[analysis.Verdict]int{analysis.VerdictApplied: 1, analysis.VerdictHeld: 1, analysis.VerdictUndone: 1})
}

func testExposures(f *fixture) {
	d := analysis.DigestOf("diagnostic")
	xs := []store.Exposure{
		{Suggestion: "s_1", Diagnostic: d, Identity: "i", Workspace: "w", Path: "a.go", Candidates: []store.Candidate{{Pattern: "p_a", Score: .9}, {Pattern: "p_b", Score: .25}}, Policy: "v1", Chance: .85, Status: store.Offered},
		{Diagnostic: d, Policy: "v1", Chance: .15, Status: store.Withheld, Time: epoch.Add(-time.Hour)},
		{Diagnostic: analysis.DigestOf("another"), Status: store.Seen},
	}
	f.must(f.AddExposures(f.ctx, xs))
	if xs[0].ID == "" || xs[0].ID == xs[1].ID {
		f.Fatalf("ids %q, %q", xs[0].ID, xs[1].ID)
	}
	f.equal("time", xs[0].Time, epoch)
	got, err := f.ExposuresOf(f.ctx, d)
	f.must(err)
	f.equal("of one diagnostic", got, []store.Exposure{xs[1], xs[0]})

	f.must(f.UpdateExposure(f.ctx, xs[0].ID, store.Seen, ""))
	f.must(f.UpdateExposure(f.ctx, xs[0].ID, store.Offered, analysis.VerdictApplied)) // a status never falls
	f.must(f.UpdateExposure(f.ctx, xs[0].ID, "", ""))
	xs[0].Status, xs[0].Verdict = store.Seen, analysis.VerdictApplied
	f.must(f.UpdateExposure(f.ctx, xs[1].ID, store.Offered, ""))
	xs[1].Status = store.Offered
	var all []store.Exposure
	for x, err := range f.Exposures(f.ctx) {
		f.must(err)
		all = append(all, x)
	}
	f.equal("all", all, xs)
	if err := f.UpdateExposure(f.ctx, "x_none", store.Seen, ""); !errors.Is(err, store.ErrNotFound) {
		f.Errorf("an unknown exposure: %v", err)
	}
	st, err := f.Stats(f.ctx)
	f.must(err)
	f.equal("exposures and seen", []int{st.Exposures, st.Seen}, []int{3, 2})
}

func testReliability(f *fixture) {
	// of is an exposure of the first of three candidates unless about says another.
	of := func(chance float64, about int, status store.ExposureStatus, v analysis.Verdict) store.Exposure {
		c := []store.Candidate{{Pattern: "p_a", Score: chance}, {Pattern: "p_b", Score: chance / 2}, {Pattern: "p_c", Score: chance / 4}}
		if about >= 0 {
			c[about].About = true
		}
		return store.Exposure{Candidates: c, Status: status, Verdict: v}
	}
	got, err := f.Reliability(f.ctx)
	f.must(err)
	f.equal("of nothing", len(got), 0)
	xs := []store.Exposure{
		of(1, 0, store.Seen, analysis.VerdictHeld),
		of(.95, 0, store.Seen, analysis.VerdictCameBack),
		of(.9, 0, store.Seen, analysis.VerdictDismissed),
		of(.85, 0, store.Seen, ""),
		of(.25, 0, store.Offered, analysis.VerdictUndone), // applied, so it was seen
		of(.2, 0, store.Seen, analysis.VerdictApplied),
		of(.29, 0, store.Seen, analysis.VerdictIgnored),
		of(.5, 0, store.Offered, ""),                        // nobody saw it
		of(.5, 0, store.Withheld, ""),                       // nobody could
		of(.5, 1, store.Seen, analysis.VerdictHeld),         // of another than the best
		of(.5, -1, store.Seen, analysis.VerdictHeld),        // of which is not known
		{Status: store.Seen, Verdict: analysis.VerdictHeld}, // of none
	}
	f.must(f.AddExposures(f.ctx, xs))
	got, err = f.Reliability(f.ctx)
	f.must(err)
	for i := range got {
		got[i].Said = math.Round(got[i].Said*1e6) / 1e6
	}
	f.equal("by tenths", got, []store.Reliability{
		{From: .2, Said: .246667, Seen: 3, Applied: 2, Undone: 1, Ignored: 1},
		{From: .8, Said: .85, Seen: 1},
		{From: .9, Said: .95, Seen: 3, Applied: 2, Held: 1, CameBack: 1, Ignored: 1},
	})
	f.must(f.UpdateExposure(f.ctx, xs[3].ID, "", analysis.VerdictHeld)) // a verdict comes later
	got, err = f.Reliability(f.ctx)
	f.must(err)
	f.equal("the later verdict", got[1], store.Reliability{From: .8, Said: .85, Seen: 1, Applied: 1, Held: 1})
}

func testSilences(f *fixture) {
	place := store.Place{Pattern: "p_a", Text: analysis.DigestOf("return err")}
	f.must(f.AddUndone(f.ctx, place, "w", time.Time{}))
	f.must(f.AddUndone(f.ctx, place, "w", time.Time{}))
	file := store.PatternFile{Pattern: "p_a", Workspace: "w", Path: "a.go"}
	for want := 1; want <= 2; want++ {
		n, err := f.AddIgnored(f.ctx, file, time.Time{})
		f.must(err)
		f.equal("ignored", n, want)
	}
	f.must(f.SetNever(f.ctx, "p_n", true))
	got, err := f.Silences(f.ctx)
	f.must(err)
	f.equal("silences", got, store.Silences{
		Tombstones: map[string]store.Tombstone{"p_n": {Never: epoch}},
		Undone:     map[store.Place]time.Time{place: epoch},
		Ignored:    map[store.PatternFile]int{file: 2},
	})
}

// write makes a file with its folders.
func (f *fixture) write(name, text string) {
	f.Helper()
	f.must(os.MkdirAll(filepath.Dir(name), 0o755))
	f.must(os.WriteFile(name, []byte(text), 0o644))
}

func testWorkspaces(f *fixture) {
	// As `git init repo; git worktree add ../tree; git submodule add … sub`
	// leave the files, absolute and relative.
	dir := f.TempDir()
	join := func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
	f.write(join("repo", ".git", "HEAD"), "ref: refs/heads/main\n")
	f.write(join("repo", "sub", "deep", "x.go"), "")
	f.write(join("repo", ".git", "worktrees", "tree", "HEAD"), "ref: refs/heads/b\n")
	f.write(join("repo", ".git", "worktrees", "tree", "commondir"), "../..\n")
	f.write(join("repo", ".git", "worktrees", "tree", "gitdir"), join("tree", ".git")+"\n")
	f.write(join("tree", ".git"), "gitdir: "+join("repo", ".git", "worktrees", "tree")+"\n")
	f.write(join("repo", ".git", "worktrees", "rel", "HEAD"), "ref: refs/heads/c\n")
	f.write(join("repo", ".git", "worktrees", "rel", "commondir"), "../..\n")
	f.write(join("repo", ".git", "worktrees", "rel", "gitdir"), "../../../../rel/.git\n")
	f.write(join("claims", ".git"), "gitdir: "+join("repo", ".git", "worktrees", "tree")+"\n")
	f.write(join("claims too", ".git"), "gitdir: "+join("repo", ".git")+"\n")
	f.write(join("rel", ".git"), "gitdir: ../repo/.git/worktrees/rel\n")
	f.write(join("repo", ".git", "modules", "m", "HEAD"), "ref: refs/heads/main\n")
	f.write(join("repo", "m", ".git"), "gitdir: ../.git/modules/m\n")
	f.write(join("second", ".git", "HEAD"), "ref: refs/heads/main\n")
	f.write(join("plain", "a", "x.go"), "")
	f.write(join("plain", "b", "x.go"), "")
	f.write(join("fake", ".git"), strings.Repeat("no git file ", 10_000))
	f.write(join("empty", ".git", "readme"), "no HEAD here")
	f.must(os.Symlink(join("repo"), join("link")))

	same := map[string]string{}
	for _, w := range []struct{ name, path string }{
		{"repo", join("repo")}, {"repo", join("repo", "sub", "deep")}, {"repo", join("tree")}, {"repo", join("rel")}, {"repo", join("link", "sub")},
		{"module", join("repo", "m")}, {"second", join("second")}, {"a", join("plain", "a")}, {"b", join("plain", "b")},
		{"plain", join("plain")}, {"fake", join("fake")}, {"empty", join("empty")}, {"gone", join("gone")},
		{"claims", join("claims")}, {"claims too", join("claims too")},
	} {
		id, err := f.WorkspaceID(f.ctx, w.path)
		f.must(err)
		if len(id) != 36 || id[14] != '4' {
			f.Errorf("%s: %q is no UUID of version 4", w.path, id)
		}
		if prev, ok := same[w.name]; ok && prev != id {
			f.Errorf("%s is not in the workspace of %s", w.path, w.name)
		}
		same[w.name] = id
	}
	distinct := map[string]bool{}
	for _, id := range same {
		distinct[id] = true
	}
	f.equal("different workspaces", len(distinct), len(same))
	again, err := f.another().WorkspaceID(f.ctx, join("tree"))
	f.must(err)
	f.equal("from another process", again, same["repo"])
}

func testFolders(f *fixture) {
	dir := f.TempDir()
	in, inner, next := filepath.Join(dir, "src"), filepath.Join(dir, "src", "repo"), filepath.Join(dir, "src-other")
	link := filepath.Join(dir, "link")
	for _, d := range []string{inner, next} {
		f.must(os.MkdirAll(d, 0o755))
	}
	f.must(os.Symlink(inner, link))
	for _, what := range []struct {
		name string
		set  func(context.Context, string, bool) error
		get  func(context.Context, string) (bool, error)
	}{{"trust", f.SetTrust, f.Trusted}, {"pause", f.SetPaused, f.Paused}} {
		check := func(when string, want map[string]bool) {
			f.Helper()
			for dir, w := range want {
				got, err := what.get(f.ctx, dir)
				f.must(err)
				if got != w {
					f.Errorf("%s, %s: %s is %v", what.name, when, dir, got)
				}
			}
		}
		check("at first", map[string]bool{in: false, inner: false})
		f.must(what.set(f.ctx, in, true))
		check("set", map[string]bool{in: true, inner: true, link: true, next: false, dir: false})
		f.must(what.set(f.ctx, inner, false))
		check("taken from one inside", map[string]bool{in: true, inner: false, link: false})
		f.must(what.set(f.ctx, in, false))
		check("taken away", map[string]bool{in: false, inner: false})
	}
}

// full fills every table.
func (f *fixture) full() (exs []analysis.Example, root string) {
	f.Helper()
	root = f.TempDir()
	w, err := f.WorkspaceID(f.ctx, root)
	f.must(err)
	for i := range 4 {
		ex := Sample(i+1, 10)
		if i < 2 {
			ex.Provenance.Workspace = w
		}
		batch := []analysis.Example{ex}
		_, err := f.AddExamples(f.ctx, batch)
		f.must(err)
		ex = batch[0]
		exs = append(exs, ex)
		id := fmt.Sprintf("p_%d", i)
		f.must(f.PutPatternIndex(f.ctx, ex.Identity.RuleKey(), nil, []store.Pattern{f.pattern(id, ex)}))
		f.must(f.AddOutcome(f.ctx, store.Outcome{Pattern: id, Example: ex.ID, Workspace: ex.Provenance.Workspace, Verdict: analysis.VerdictHeld}))
		f.must(f.AddExposures(f.ctx, []store.Exposure{{Workspace: ex.Provenance.Workspace, Candidates: []store.Candidate{{Pattern: id, Score: 1}}, Status: store.Seen}}))
		f.must(f.AddUndone(f.ctx, store.Place{Pattern: id}, ex.Provenance.Workspace, time.Time{}))
		_, err = f.AddIgnored(f.ctx, store.PatternFile{Pattern: id, Workspace: ex.Provenance.Workspace, Path: "x"}, time.Time{})
		f.must(err)
		f.clock.Add(time.Hour)
	}
	f.must(f.SetNever(f.ctx, "p_n", true))
	f.must(f.SetTrust(f.ctx, root, true))
	return exs, root
}

// left counts what is in the store: examples, patterns, outcomes, exposures,
// undone, ignored.
func (f *fixture) left() [6]int {
	f.Helper()
	st, err := f.Stats(f.ctx)
	f.must(err)
	sil, err := f.Silences(f.ctx)
	f.must(err)
	return [6]int{st.Examples, st.Patterns, st.Outcomes[analysis.VerdictHeld], st.Exposures, len(sil.Undone), len(sil.Ignored)}
}

func testForgetEverything(f *fixture) {
	_, root := f.full()
	before, err := f.Generation(f.ctx)
	f.must(err)
	n, err := f.Forget(f.ctx, store.Everything{})
	f.must(err)
	f.equal("counts", []int{n.Examples, n.Repairs, n.Outcomes, n.Exposures}, []int{4, 4, 4, 4})
	f.equal("left", f.left(), [6]int{})
	f.equal("never", f.tombstoned("p_n"), false)
	trusted, err := f.Trusted(f.ctx, root)
	f.must(err)
	f.equal("trusted", trusted, false)
	st, err := f.Stats(f.ctx)
	f.must(err)
	f.equal("identities, workspaces, unerased", []any{st.Identities, st.Workspaces, st.Unerased}, []any{0, 0, false})
	c, err := f.Changes(f.ctx, before)
	f.must(err)
	f.equal("all rules changed", c.All, true)
	f.add(1) // and it goes on
}

func testForgetWorkspace(f *fixture) {
	exs, root := f.full()
	n, err := f.Forget(f.ctx, store.OfWorkspace{Root: root})
	f.must(err)
	f.equal("counts", []int{n.Examples, n.Repairs, n.Outcomes, n.Exposures}, []int{2, 2, 2, 2})
	f.equal("left", f.left(), [6]int{2, 2, 2, 2, 2, 2})
	f.equal("examples", slices.Sorted(maps.Keys(f.all())), slices.Sorted(slices.Values(ids(exs[2:]))))
	trusted, err := f.Trusted(f.ctx, root)
	f.must(err)
	f.equal("trusted", trusted, false)
	f.equal("never, of no workspace", f.tombstoned("p_n"), true)
	_, err = f.Forget(f.ctx, store.OfWorkspace{Root: f.TempDir()})
	f.must(err)
	f.equal("left after an unknown one", f.left(), [6]int{2, 2, 2, 2, 2, 2})
}

func testForgetSince(f *fixture) {
	exs, _ := f.full()
	n, err := f.Forget(f.ctx, store.Since{Time: epoch.Add(2 * time.Hour)})
	f.must(err)
	f.equal("counts", []int{n.Examples, n.Repairs, n.Outcomes, n.Exposures}, []int{2, 2, 2, 2})
	f.equal("left", f.left(), [6]int{2, 2, 2, 2, 2, 2})
	f.equal("examples", slices.Sorted(maps.Keys(f.all())), slices.Sorted(slices.Values(ids(exs[:2]))))
}

func testForgetPattern(f *fixture) {
	exs, _ := f.full()
	// The symptom of the same repair goes with it.
	symptom := Sample(7, 10)
	symptom.Repair, symptom.Support = exs[1].Repair, false
	_, err := f.AddExamples(f.ctx, []analysis.Example{symptom})
	f.must(err)
	before, err := f.Generation(f.ctx)
	f.must(err)
	n, err := f.Forget(f.ctx, store.OfPattern{ID: "p_1"})
	f.must(err)
	f.equal("counts", []int{n.Examples, n.Repairs, n.Outcomes, n.Exposures}, []int{2, 1, 1, 1})
	f.equal("left", f.left(), [6]int{3, 3, 3, 3, 3, 3})
	f.equal("tombstoned", f.tombstoned("p_1"), true)
	c, err := f.Changes(f.ctx, before)
	f.must(err)
	f.equal("the rule of the pattern changed", slices.Contains(c.Rules, exs[1].Identity.RuleKey()), true)
	// One that the index does not know, by its examples.
	n, err = f.Forget(f.ctx, store.OfPattern{ID: "p_unknown", Examples: []string{exs[2].ID}})
	f.must(err)
	f.equal("examples", n.Examples, 1)
	_, err = f.Forget(f.ctx, store.OfPattern{ID: "p_nothing"})
	f.must(err)
	f.equal("tombstoned, though nothing was stored", f.tombstoned("p_nothing"), true)
}

func testRetainAge(f *fixture) {
	old := f.add(1)
	used := f.add(2)
	f.must(f.PutPatternIndex(f.ctx, old[0].Identity.RuleKey(), nil, []store.Pattern{f.pattern("p_old", old[0])}))
	f.clock.Add(100 * 24 * time.Hour)
	// Half of a repair is new: it stays whole.
	half := f.add(3)
	half2 := Sample(4, 10)
	half2.Repair = half[0].Repair
	f.must(f.AddOutcome(f.ctx, store.Outcome{Pattern: "p_u", Example: used[0].ID, Verdict: analysis.VerdictApplied}))
	f.must(f.AddOutcome(f.ctx, store.Outcome{Pattern: "p_old", Example: old[0].ID, Verdict: analysis.VerdictUndone}))
	f.clock.Add(50 * 24 * time.Hour)
	_, err := f.AddExamples(f.ctx, []analysis.Example{half2})
	f.must(err)
	f.clock.Add(60 * 24 * time.Hour)
	n, err := f.Retain(f.ctx, store.Limits{MaxAge: 120 * 24 * time.Hour})
	f.must(err)
	f.equal("retained", n, store.Retained{Examples: 1, Repairs: 1})
	if _, err := f.Example(f.ctx, old[0].ID); !errors.Is(err, store.ErrNotFound) {
		f.Errorf("the old one: %v", err)
	}
	f.equal("count", f.count(), 3)
	ps, err := f.Patterns(f.ctx)
	f.must(err)
	f.equal("patterns", len(ps), 0)
	o, err := f.OutcomesFor(f.ctx, "p_old")
	f.must(err)
	f.equal("what became of its pattern stays", len(o["p_old"]), 1)
	f.clock.Add(1000 * 24 * time.Hour)
	n, err = f.Retain(f.ctx, store.Limits{MaxAge: -1})
	f.must(err)
	f.equal("without a limit", n, store.Retained{})
	n, err = f.Retain(f.ctx, store.Limits{})
	f.must(err)
	f.equal("after years", n, store.Retained{Examples: 3, Repairs: 2, Outcomes: 2})
}

func testRetainSize(f *fixture) {
	// Rule 0 has 200 examples, the last 140 of which are useless to the learner;
	// rule 1 has 30, older than all of them, two to a repair.
	var rare []analysis.Example
	for i := 0; i < 30; i += 2 {
		pair := []analysis.Example{Sample(10*i+1, 10), Sample(10*i+11, 10)}
		pair[0].Repair, pair[1].Repair = episodeRepair(i), episodeRepair(i)
		_, err := f.AddExamples(f.ctx, pair)
		f.must(err)
		rare = append(rare, pair...)
	}
	f.clock.Add(time.Hour)
	var common []string
	for i := range 200 {
		ex := []analysis.Example{Sample(10*i, 10)}
		_, err := f.AddExamples(f.ctx, ex)
		f.must(err)
		common = append(common, ex[0].ID)
		f.clock.Add(time.Second)
	}
	st, err := f.Stats(f.ctx)
	f.must(err)
	limit := st.StoreBytes * 3 / 4
	n, err := f.Retain(f.ctx, store.Limits{MaxBytes: limit})
	f.must(err)
	if n.Examples == 0 || n.Examples > 140 {
		f.Fatalf("deleted %+v of 230, down to %d bytes", n, limit)
	}
	after, err := f.Stats(f.ctx)
	f.must(err)
	if after.StoreBytes > limit {
		f.Errorf("%d bytes, the limit is %d", after.StoreBytes, limit)
	}
	all := f.all()
	for _, ex := range rare {
		if _, ok := all[ex.ID]; !ok {
			f.Errorf("the rare %s is gone before the useless ones", ex.ID)
		}
	}
	for i, id := range common {
		if _, ok := all[id]; ok != (i >= n.Examples) {
			f.Errorf("common example %d: kept is %v, %d were deleted", i, ok, n.Examples)
		}
	}

	// Then the oldest, whole repairs only.
	n, err = f.Retain(f.ctx, store.Limits{MaxBytes: after.StoreBytes / 3})
	f.must(err)
	if n.Repairs == 0 {
		f.Error("nothing deleted")
	}
	perRepair := map[string]int{}
	for _, ex := range f.all() {
		perRepair[ex.Repair]++
	}
	for i := 0; i < len(rare); i += 2 {
		if n, ok := perRepair[rare[i].Repair]; ok && n != 2 {
			f.Errorf("repair %s was split", rare[i].Repair)
		}
	}
}

func testRetainExposures(f *fixture) {
	var xs []store.Exposure
	for i := range 30 {
		xs = append(xs, store.Exposure{Policy: fmt.Sprint(i), Time: epoch.Add(time.Duration(i) * time.Minute)})
	}
	f.must(f.AddExposures(f.ctx, xs))
	n, err := f.Retain(f.ctx, store.Limits{MaxExposures: 10})
	f.must(err)
	f.equal("retained", n, store.Retained{Exposures: 20})
	for x, err := range f.Exposures(f.ctx) {
		f.must(err)
		if x.Time.Before(epoch.Add(20 * time.Minute)) {
			f.Errorf("kept the old exposure %s", x.Policy)
		}
	}
}

func testConcurrent(f *fixture) {
	const writers, each = 4, 25
	var wg sync.WaitGroup
	other := f.another()
	for w := range writers {
		wg.Go(func() {
			s := []Store{f.Store, other}[w%2]
			for i := range each {
				if _, err := s.AddExamples(f.ctx, []analysis.Example{Sample(1000*w+i, 10)}); err != nil {
					f.Error(err)
				}
				ex := Sample(i, 10)
				if _, err := s.ExamplesByRule(f.ctx, ex.Identity.RuleKey(), nil, 5); err != nil {
					f.Error(err)
				}
				if err := s.AddOutcome(f.ctx, store.Outcome{Pattern: "p", Verdict: analysis.VerdictHeld}); err != nil {
					f.Error(err)
				}
			}
		})
	}
	wg.Wait()
	f.equal("count", f.count(), writers*each)
	o, err := f.OutcomesFor(f.ctx, "p")
	f.must(err)
	f.equal("outcomes", len(o["p"]), writers*each)
}
