package pattern_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/pattern"
	"github.com/dejafix/dejafix/learner/rank"
)

// A fixCase is a file of testdata/fix: the comment's lines are settings
// ("language: go", "message: …", "code: …", "source: …"). learn/N/before and
// learn/N/after are repairs to learn from, ask/N/before and ask/N/want what
// must be first, ask/N/never what nothing may be offered for. The error is
// between « and » in before; a section "message" or "language" beside before
// replaces that of the settings.
type fixCase struct {
	language, code, source, message string
	title                           string
	fix                             analysis.FixType
	learn, ask                      []pair
}

type pair struct {
	name, before, after string
	language            string
	never               bool
	d                   analysis.Diagnostic
}

func readCases(t testing.TB) map[string]fixCase {
	t.Helper()
	files, err := filepath.Glob("../../testdata/fix/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	cases := map[string]fixCase{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cases[strings.TrimSuffix(filepath.Base(file), ".txtar")] = parseCase(t, file, txtar.Parse(data))
	}
	return cases
}

func parseCase(t testing.TB, file string, a *txtar.Archive) fixCase {
	t.Helper()
	var c fixCase
	for line := range strings.SplitSeq(string(a.Comment), "\n") {
		key, value, ok := strings.Cut(line, ": ")
		if !ok {
			continue
		}
		switch key {
		case "language":
			c.language = value
		case "code":
			c.code = value
		case "source":
			c.source = value
		case "message":
			c.message = value
		case "title":
			c.title = value
		case "fix":
			c.fix = analysis.FixType(value)
		}
	}
	pairs := map[string]*pair{}
	messages := map[string]string{}
	var order []string
	for _, f := range a.Files {
		dir, part := filepath.Split(f.Name)
		p := pairs[dir]
		if p == nil {
			p = &pair{name: strings.TrimSuffix(dir, "/"), language: c.language}
			pairs[dir] = p
			order = append(order, dir)
		}
		switch part {
		case "before":
			p.before = string(f.Data)
		case "after", "want":
			p.after = string(f.Data)
		case "never":
			p.never = true
		case "language":
			p.language = strings.TrimSpace(string(f.Data))
		case "message":
			messages[dir] = strings.TrimSpace(string(f.Data))
		default:
			t.Fatalf("%s: what is %s?", file, f.Name)
		}
	}
	for _, dir := range order {
		p := pairs[dir]
		p.d = analysis.Diagnostic{Source: c.source, Code: c.code, Message: c.message, Severity: analysis.SeverityError}
		if m := messages[dir]; m != "" {
			p.d.Message = m
		}
		start := strings.Index(p.before, "«")
		end := strings.Index(p.before, "»")
		if start < 0 || end < start {
			t.Fatalf("%s: %s has no «error»", file, p.name)
		}
		p.d.Span = analysis.Span{Start: start, End: end - len("«")}
		p.before = strings.NewReplacer("«", "", "»", "").Replace(p.before)
		if strings.HasPrefix(dir, "learn/") {
			c.learn = append(c.learn, *p)
		} else {
			c.ask = append(c.ask, *p)
		}
	}
	return c
}

// example makes of a pair what the learner records.
func (c *fixCase) example(t testing.TB, p pair) analysis.Example {
	t.Helper()
	lang := syntax.Row(p.language)
	tree := parse(t, p.language, p.before)
	ex := analysis.Example{ID: "e_" + p.name, Language: p.language, Diagnostic: p.d, Before: p.before}
	ex.Identity, _ = identity.Of(p.language, p.d)
	ex.Edits = pattern.Smallest(lang, p.before, p.after, tree, p.d)
	ex.Class = pattern.ClassOf(lang, p.before, ex.Edits, p.d)
	ex.FixType = pattern.Classify(lang, p.before, tree, ex.Edits)
	return ex
}

// parse returns the tree, nil for a language without a grammar.
func parse(t testing.TB, language, text string) *syntax.Tree {
	t.Helper()
	lang := syntax.For(language)
	if lang == nil {
		return nil
	}
	tree, err := syntax.Parse(context.Background(), lang, text)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tree.Close)
	return tree
}

func (c *fixCase) target(t testing.TB, p pair) pattern.Target {
	return pattern.Target{Text: p.before, Language: p.language, Tree: parse(t, p.language, p.before), Diagnostic: p.d}
}

func (c *fixCase) examples(t testing.TB) []analysis.Example {
	var out []analysis.Example
	for _, p := range c.learn {
		out = append(out, c.example(t, p))
	}
	slices.Reverse(out) // the newest first
	return out
}

func TestFixes(t *testing.T) {
	for name, c := range readCases(t) {
		t.Run(name, func(t *testing.T) {
			examples := c.examples(t)
			if len(examples) > 0 && c.fix != "" && examples[0].FixType != c.fix {
				t.Errorf("classified as %s, want %s", examples[0].FixType, c.fix)
			}
			m := pattern.Learn(examples, pattern.Options{})
			for _, p := range c.ask {
				got := m.Propose(context.Background(), c.target(t, p))
				if p.never {
					for i, g := range got {
						if !rank.Default.ShowOnRequest(g.Score, i) {
							continue
						}
						after, _ := textedit.Apply(p.before, g.Edits)
						t.Errorf("%s: offered at %.2f:\n%s", p.name, g.Score, after)
					}
					continue
				}
				if len(got) == 0 {
					t.Errorf("%s: nothing was offered", p.name)
					continue
				}
				after, err := textedit.Apply(p.before, got[0].Edits)
				if err != nil {
					t.Fatal(err)
				}
				if after != p.after {
					t.Errorf("%s: got\n%s\nwant\n%s", p.name, after, p.after)
				}
				if c.title != "" && got[0].Title != c.title {
					t.Errorf("%s: titled %q, want %q", p.name, got[0].Title, c.title)
				}
				if !strings.HasPrefix(got[0].Pattern, "p_") || len(got[0].Examples) == 0 {
					t.Errorf("%s: pattern %q of examples %q", p.name, got[0].Pattern, got[0].Examples)
				}
				if got[0].Score < rank.Default.OnRequest {
					t.Errorf("%s: held likely at %.2f only", p.name, got[0].Score)
				}
			}
		})
	}
}

// TestReduced: relearning from the reduced text equals learning from the whole.
func TestReduced(t *testing.T) {
	for name, c := range readCases(t) {
		t.Run(name, func(t *testing.T) {
			full := c.examples(t)
			var reduced []analysis.Example
			for _, ex := range full {
				r := pattern.Reduce(parse(t, ex.Language, ex.Before), ex)
				again := pattern.Reduce(parse(t, ex.Language, r.Before), r)
				if again.Before != r.Before || !slices.Equal(again.Edits, r.Edits) {
					t.Errorf("reducing twice is not reducing once:\n%s\n%s", r.Before, again.Before)
				}
				if len(r.Before) > 16<<10 {
					t.Errorf("%d bytes are kept", len(r.Before))
				}
				reduced = append(reduced, r)
			}
			a, b := pattern.Learn(full, pattern.Options{}), pattern.Learn(reduced, pattern.Options{Bench: &pattern.Bench{}})
			for _, p := range c.ask {
				equalProposals(t, p.name, a.Propose(context.Background(), c.target(t, p)), b.Propose(context.Background(), c.target(t, p)))
			}
			if x, y := a.Patterns(), b.Patterns(); !slices.EqualFunc(x, y, func(x, y pattern.Pattern) bool { return x.ID == y.ID && slices.Equal(x.Examples, y.Examples) }) {
				t.Errorf("patterns differ:\n%v\n%v", x, y)
			}
		})
	}
}

// equalProposals compares what could be offered.
func equalProposals(t *testing.T, name string, a, b []pattern.Proposal) {
	t.Helper()
	hopeless := func(p pattern.Proposal) bool { return p.Score < rank.Default.OnRequest }
	a, b = slices.DeleteFunc(a, hopeless), slices.DeleteFunc(b, hopeless)
	if len(a) != len(b) {
		t.Errorf("%s: %d and %d proposals", name, len(a), len(b))
		return
	}
	for i := range a {
		if !slices.Equal(a[i].Edits, b[i].Edits) || a[i].Pattern != b[i].Pattern || a[i].Score != b[i].Score {
			t.Errorf("%s: proposal %d differs:\n%+v\n%+v", name, i, a[i], b[i])
		}
	}
}

// TestBench: learning one after the other with a Bench gives the same as
// learning at once without.
func TestBench(t *testing.T) {
	for name, c := range readCases(t) {
		t.Run(name, func(t *testing.T) {
			bench := &pattern.Bench{}
			examples := c.examples(t)
			for i := range examples {
				grown := examples[len(examples)-1-i:]
				a, b := pattern.Learn(grown, pattern.Options{Bench: bench}), pattern.Learn(grown, pattern.Options{})
				for _, p := range c.ask {
					equalProposals(t, p.name, a.Propose(context.Background(), c.target(t, p)), b.Propose(context.Background(), c.target(t, p)))
				}
			}
		})
	}
}
