package patternfile

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// sample is a file with one example, as it is written.
func sample(t *testing.T) (string, analysis.Example) {
	t.Helper()
	before := "package a\n\nfunc f(n int) string {\n\treturn n\n}\n"
	at := strings.Index(before, "n\n}")
	d := analysis.Diagnostic{
		Source: "compiler", Code: "IncompatibleAssign", Message: "cannot use n (variable of type int) as string value in return statement",
		Severity: analysis.SeverityError, Span: analysis.Span{Start: at, End: at + 1},
	}
	id, _ := identity.Of("go", d)
	ex := analysis.Example{
		Path: "dir/a.go", Language: "go", Identity: id, Diagnostic: d, Before: before,
		Edits: []analysis.Edit{{Span: d.Span, New: "strconv.Itoa(n)"}}, Provenance: analysis.Provenance{Commit: "c0ffee"},
	}
	e, ok := FromExample(&ex)
	if !ok {
		t.Fatal("the example has no place")
	}
	f := &File{
		ID: "p_0123456789abcdef", Title: "Wrap in strconv.Itoa", Owner: "The team", Language: "go", Rule: id.Rule, FixType: "convert_type",
		Counts: Counts{Repairs: 1, Held: 1}, Origins: map[string]int{"typed": 1}, Examples: []Example{e}, Counters: []Example{e},
	}
	text, err := f.Write()
	if err != nil {
		t.Fatal(err)
	}
	if name := Name(f); name != "go-incompatibleassign-01234567.json" {
		t.Errorf("its name is %s", name)
	}
	return string(text), ex
}

// TestRoundTrip: what is read is what was written, made of the lines alone.
func TestRoundTrip(t *testing.T) {
	text, want := sample(t)
	f, examples, err := Read([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	again, err := f.Write()
	if err != nil || string(again) != text {
		t.Errorf("written again it is\n%s\n%v", again, err)
	}
	got := examples[0]
	before, err := textedit.Apply(want.Before, want.Edits)
	after, errGot := textedit.Apply(got.Before, got.Edits)
	if err := errors.Join(err, errGot); err != nil || after != before || got.Before != want.Before {
		t.Errorf("the repair is %q, want %q; %v", after, before, err)
	}
	if got.Diagnostic.Span != want.Diagnostic.Span || got.Identity != want.Identity || got.Path != want.Path || got.Provenance.Origin != analysis.OriginImport {
		t.Errorf("got %+v", got)
	}
}

// TestRefused: a file that is not exactly of the form is refused, with the line
// that is wrong.
func TestRefused(t *testing.T) {
	text, _ := sample(t)
	line := func(needle string) int {
		head, _, _ := strings.Cut(text, needle)
		return strings.Count(head, "\n") + 1
	}
	head, _, _ := strings.Cut(text, `"counts"`)
	deep := strings.Repeat("[", 20) + strings.Repeat("]", 20)
	for _, c := range []struct {
		name, old, fresh string
		line             int
		says             string
	}{
		{"no JSON", `"kind": `, `"kind" `, line(`"kind": `), "no JSON"},
		{"cut off", text[len(head):], "", line(`"counts"`) - 1, "no JSON"},
		{"another kind", "pattern_file", "example", line(`"kind": `), "no pattern file"},
		{"a later version", `"version": 1`, `"version": 2`, line(`"version"`), "version 2"},
		{"an unknown name", `"owner": `, `"run": "rm", "owner": `, line(`"owner": `), `unknown field "run"`},
		{"a name twice", `"owner": `, `"Owner": "", "owner": `, line(`"owner": `), "twice"},
		{"a number for a text", `"owner": "The team"`, `"owner": 3`, line(`"owner": `), "cannot unmarshal number"},
		{"too deep", `"owner": "The team"`, `"owner": ` + deep, line(`"owner": `), "nested too deep"},
		{"more behind it", "]\n}\n", "]\n}\n{}\n", strings.Count(text, "\n"), "behind the end"},
		{"no language", `"language": "go"`, `"language": "no"`, line(`"language": `), "no language"},
		{"another rule", `"rule": "IncompatibleAssign"`, `"rule": "UndeclaredName"`, line(`"code": `), "of the rule"},
		{"no example", text[strings.Index(text, `"examples"`):strings.Index(text, `"counter_examples"`)], `"examples": [], `, line(`"examples"`), "no example"},
		{"the error elsewhere", `"line": 4`, `"line": 44`, line(`"at": `), "no place"},
		{"the error backwards", `"end_column": 10`, `"end_column": 2`, line(`"at": `), "no place"},
		{"nothing changes", `return strconv.Itoa(n)`, `return n`, line(`"after": `), "those before"},
		{"it silences", `return strconv.Itoa(n)`, `return n //nolint`, line(`"after": `), "suppression"},
		{"it turns around", `return strconv.Itoa(n)`, "return strconv.Itoa(n) //\u202e", line(`return strconv`), "do not show"},
		{"it hides", `return strconv.Itoa(n)`, `return strconv\u200b.Itoa(n)`, line(`return strconv`), "do not show"},
		{"two lines in one", `return strconv.Itoa(n)`, `return strconv.Itoa(n)\nevil()`, line(`return strconv`), "do not show"},
		{"a title that hides", `Wrap in`, `Wrap\u0007 in`, line(`"title": `), "do not show"},
		{"too much code", `return strconv.Itoa(n)`, "return " + strings.Repeat("strconv.Itoa(n) + ", 2000) + "n", line(`"after": `), "over 16 KB"},
	} {
		broken := strings.Replace(text, c.old, c.fresh, 1)
		if broken == text {
			t.Fatalf("%s: there is no %q", c.name, c.old)
		}
		_, examples, err := Read([]byte(broken))
		var e *Error
		if !errors.As(err, &e) || examples != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if e.Line != c.line || !strings.Contains(e.What, c.says) {
			t.Errorf("%s: line %d: %s; want line %d: …%s…", c.name, e.Line, e.What, c.line, c.says)
		}
	}
	if _, _, err := Read([]byte(text + strings.Repeat(" ", MaxBytes))); err == nil {
		t.Error("a file that is too large is read")
	}
}

// FuzzRead: whatever a file holds, it is read or refused, and what is read can be
// written and read again.
func FuzzRead(f *testing.F) {
	f.Add(`{"version": 1, "kind": "pattern_file", "id": "p_1", "title": "", "owner": "", "language": "go", "rule": "UndeclaredName", "fix_type": "", "counts": {}, "origins": {}, "examples": [{"path": "a", "source": "compiler", "code": "UndeclaredName", "message": "undefined: x", "at": {"line": 1, "column": 1, "end_line": 1, "end_column": 2}, "before": ["x"], "after": ["y"]}]}`)
	f.Add(`{"examples": [[[`)
	f.Fuzz(func(t *testing.T, text string) {
		file, examples, err := Read([]byte(text))
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Line < 1 || e.Line > strings.Count(text, "\n")+1 {
				t.Fatalf("%v", err)
			}
			return
		}
		for _, ex := range examples {
			if _, err := textedit.Apply(ex.Before, ex.Edits); err != nil {
				t.Fatal(err)
			}
		}
		again, err := file.Write()
		if err != nil {
			t.Fatal(err)
		}
		if _, more, err := Read(again); err != nil || len(more) != len(examples) {
			t.Fatal(fmt.Errorf("written again: %w", err))
		}
	})
}
