package storetest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// A family is one kind of repair in one language. In its texts %R is the
// number of the rule, %T a type's name, %F a function's, %V a variable's; « and
// » enclose the error, ⟦ and ⟧ what the edit replaces by new.
type family struct {
	language string // LSP identifier
	source   string
	code     string // %R
	message  string
	template string
	before   string
	new      string
	fixType  analysis.FixType
}

var families = []family{{
	language: "go", source: "housevet", code: "wraperr%R", fixType: analysis.FixHandleError,
	message:  "error of 'store%R.Find' is returned without fault%R.Wrap",
	template: "error of ‹› is returned without fault%R.Wrap",
	new:      "fault%R.Wrap(err)",
	before: `package %P

import (
	"context"

	"example.com/shop/fault%R"
	"example.com/shop/store%R"
)

// %F finds one %T for its caller.
func %F(ctx context.Context, id string) (*%T, error) {
	%V, err := store%R.Find(ctx, id)
	if err != nil {
		return nil, «⟦err⟧»
	}
	if %V.Deleted {
		return nil, ErrGone
	}
	return %V, nil
}
`,
}, {
	language: "go", source: "housevet", code: "stringarg%R", fixType: analysis.FixConvertType,
	message:  "cannot use %V (variable of type int) as string value in argument to log%R.Field",
	template: "cannot use ‹› (variable of type int) as string value in argument to log%R.Field",
	new:      "strconv.Itoa(%V)",
	before: `package %P

import (
	"strconv"

	"example.com/shop/log%R"
)

func (t *%T) %F(%V int) {
	for i := 0; i < %V; i++ {
		t.step(strconv.Quote(t.name), i)
	}
	log%R.Field("count", «⟦%V⟧»)
}
`,
}, {
	language: "go", source: "housevet", code: "nilguard%R", fixType: analysis.FixAddNullCheck,
	message:  "'%V' may be nil where Load%R gave an error",
	template: "‹› may be nil where Load%R gave an error",
	new:      "if err != nil {\n\t\treturn err\n\t}\n\t",
	before: `package %P

func (s *Server) %F(key string) error {
	%V, err := s.cache.Load%R(key)
	⟦⟧«%V».Touch()
	s.seen[key] = %V
	return err
}
`,
}, {
	language: "typescript", source: "house-eslint", code: "house/await-%R", fixType: analysis.FixAddAwait,
	message:  "Promise of 'load%R' is used without await",
	template: "Promise of ‹› is used without await",
	new:      "await load%R(id)",
	before: `import { load%R } from "../api/load%R";
import type { %T } from "../model";

export async function %F(id: string): Promise<%T> {
  const %V = «⟦load%R(id)⟧»;
  if (%V.deleted) {
    throw new Error("gone: " + id);
  }
  return %V;
}
`,
}, {
	language: "typescript", source: "house-eslint", code: "house/strict-%R", fixType: analysis.FixChangeOperator,
	message:  "Expected '===' and instead saw '==' in a comparison with Kind%R.",
	template: "Expected ‹› and instead saw ‹› in a comparison with Kind%R.",
	new:      "===",
	before: `import { Kind%R } from "../kinds";

export function %F(%V: %T): boolean {
  const wanted = Kind%R.open;
  return «%V.kind ⟦==⟧ Kind%R.closed» && %V.kind !== wanted;
}
`,
}, {
	language: "typescriptreact", source: "house-eslint", code: "house/optional-%R", fixType: analysis.FixAddNullCheck,
	message:  "'%V.owner%R' is possibly 'undefined'.",
	template: "‹› is possibly ‹›.",
	new:      "?.",
	before: `import { Card%R } from "../cards";

export function %F({ %V }: { %V: %T }) {
  return (
    <Card%R title={%V.title}>
      <p>{«%V.owner%R»⟦.⟧name}</p>
      <time>{%V.created.toISOString()}</time>
    </Card%R>
  );
}
`,
}}

var (
	nouns = []string{"Order", "Invoice", "Parcel", "Customer", "Ticket", "Report", "Voucher", "Session", "Release", "Article", "Branch", "Device"}
	verbs = []string{"Load", "Find", "Open", "Fetch", "Read", "Resolve", "Pick", "Show"}
)

// Sample is example number i of a store that has the given number of
// identities: house rules of Go and TypeScript in small functions, as a linter
// of a team would report them, each rule with its own names, so that a template
// learned from one example of a rule matches the others. It is the same for the
// same numbers, and different for each i.
func Sample(i, identities int) analysis.Example {
	rule := i % identities
	f := families[rule%len(families)]
	noun := nouns[i/identities%len(nouns)]
	fill := strings.NewReplacer(
		"%R", fmt.Sprintf("%04d", rule),
		"%P", strings.ToLower(noun)+"s",
		"%T", noun,
		"%F", fmt.Sprintf("%s%s%d", verbs[i/identities/len(nouns)%len(verbs)], noun, i),
		"%V", fmt.Sprintf("%s%d", strings.ToLower(noun), i%7),
	).Replace
	before, at := unmark(fill(f.before))
	text := fill(f.new)
	ex := analysis.Example{
		Support:  true,
		Path:     fmt.Sprintf("internal/%s/file%d.%s", strings.ToLower(noun), i%400, map[string]string{"go": "go", "typescript": "ts", "typescriptreact": "tsx"}[f.language]),
		Language: f.language,
		Identity: analysis.Identity{Language: strings.TrimSuffix(f.language, "react"), Rule: fill(f.code), Template: fill(f.template)},
		Diagnostic: analysis.Diagnostic{
			Source: f.source, Code: fill(f.code), Message: fill(f.message), Severity: analysis.SeverityError,
			Span: analysis.Span{Start: at["«"], End: at["»"]},
		},
		Before:  before,
		Edits:   []analysis.Edit{{Span: analysis.Span{Start: at["⟦"], End: at["⟧"]}, New: text}},
		Class:   analysis.ClassRepair,
		FixType: f.fixType,
		Context: "function > block > statement",
		Steps: []analysis.Step{
			{Action: "error_analysis", Details: fill(f.message)},
			{Action: "hypothesis_formation", Details: string(f.fixType)},
			{Action: "fix_application", Details: text},
		},
		Provenance: analysis.Provenance{
			Origin: analysis.OriginTyped, Tool: "dejafix", Version: "test",
			Workspace: fmt.Sprintf("00000000-0000-4000-8000-%012d", i%5),
			Time:      time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Second),
		},
	}
	for _, tok := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("().{} \n\t", r) }) {
		ex.Shape = append(ex.Shape, analysis.ShapeToken{Text: tok, Class: analysis.TokenProject})
	}
	ex.ContextBefore, ex.ContextAfter = lineAround(before, at["⟦"]), strings.TrimSpace(text)
	return ex
}

// unmark takes the four marks out of a text and gives their offsets in what
// remains.
func unmark(marked string) (string, map[string]int) {
	at := map[string]int{}
	var b strings.Builder
	for _, r := range marked {
		switch m := string(r); m {
		case "«", "»", "⟦", "⟧":
			at[m] = b.Len()
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), at
}

func lineAround(text string, at int) string {
	start := strings.LastIndexByte(text[:at], '\n') + 1
	end := len(text)
	if n := strings.IndexByte(text[at:], '\n'); n >= 0 {
		end = at + n
	}
	return text[start:end]
}

// fillBatch is how many examples Fill stores in one transaction.
const fillBatch = 10_000

// An Adder is the part of a store that Fill needs.
type Adder interface {
	AddExamples(ctx context.Context, exs []analysis.Example) (int, error)
}

// Fill stores n examples of gen, which is called with 0 to n-1; nil stands for
// Sample over the given number of identities. It is made for benchmarks: one
// transaction holds thousands of episodes.
func Fill(ctx context.Context, s Adder, n, identities int, gen func(i int) analysis.Example) error {
	if gen == nil {
		gen = func(i int) analysis.Example { return Sample(i, identities) }
	}
	exs := make([]analysis.Example, 0, fillBatch)
	for i := range n {
		exs = append(exs, gen(i))
		if len(exs) == fillBatch || i == n-1 {
			added, err := s.AddExamples(ctx, exs)
			if err != nil {
				return err
			}
			if added != len(exs) {
				return fmt.Errorf("storetest: %d of %d examples up to number %d were stored already: gen repeats itself", len(exs)-added, len(exs), i)
			}
			exs = exs[:0]
		}
	}
	return nil
}
