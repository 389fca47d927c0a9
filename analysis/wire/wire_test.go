package wire

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dejafix/dejafix/analysis"
)

var update = flag.Bool("update", false, "write the golden files anew")

var when = time.Date(2026, 11, 21, 19, 30, 0, 0, time.UTC)

// example is a full one: every member is set, so that a forgotten one shows.
func example() analysis.Example {
	before := "package main\n\nfunc f(n int) string {\n\treturn n\n}\n"
	at := strings.LastIndex(before, "n\n}")
	return analysis.Example{
		ID: "e_0123456789abcdef", Digest: "0123456789abcdef01234567", Repair: "r_77", Support: true,
		Path: "cmd/x/main.go", Language: "go",
		Identity: analysis.Identity{Language: "go", Rule: "IncompatibleAssign", Template: "cannot use ‹› as ‹› value in return statement"},
		Diagnostic: analysis.Diagnostic{
			Source: "compiler", Code: "IncompatibleAssign", Message: "cannot use n (variable of type int) as string value in return statement",
			Severity: analysis.SeverityError, Span: analysis.Span{Start: at, End: at + 1}, Unnecessary: true, Deprecated: true,
		},
		Before: before,
		Edits: []analysis.Edit{
			{Span: analysis.Span{Start: 13, End: 13}, New: "\nimport \"strconv\"\n"},
			{Span: analysis.Span{Start: at, End: at + 1}, New: "strconv.Itoa(n)"},
		},
		Shape: []analysis.ShapeToken{{Text: "strconv", Class: analysis.TokenStdlib}, {Text: "(", Class: analysis.TokenKeyword}},
		Class: analysis.ClassRepair, FixType: analysis.FixConvertType,
		Context: "return_statement > function_declaration", Symptoms: []string{"missing return"},
		Steps:         []analysis.Step{{Action: "error_analysis", Details: "an int where a string is wanted <&>"}},
		ContextBefore: "\treturn n", ContextAfter: "\treturn strconv.Itoa(n)",
		Provenance: analysis.Provenance{
			Origin: analysis.OriginTyped, Tool: "dejafix", Version: "0.1.0",
			Workspace: "3e9d1d2a-3a55-4c4b-9d2a-111111111111", Commit: "32a0c66", Time: when,
		},
	}
}

// values has one of each kind; the golden files are named after the kinds.
func values() []Value {
	pattern := Pattern{
		ID:       "p_89abcdef",
		Identity: Identity{"go", "IncompatibleAssign", "cannot use ‹› as ‹› value in return statement"},
		Title:    "Wrap in strconv.Itoa", FixType: "convert_type", Never: true,
		Examples: []string{"e_0123456789abcdef"}, Outcomes: Outcomes{4, 4, 1, 1, 2},
	}
	return []Value{
		FromExample(example()),
		&pattern,
		&PatternList{Patterns: []Pattern{pattern}},
		FromSuggestion(suggestion()),
		&Outcome{
			Pattern: "p_89abcdef", Example: "e_0123456789abcdef", Suggestion: "s_1", Verdict: "held",
			Workspace: "3e9d1d2a-3a55-4c4b-9d2a-111111111111", Time: when,
		},
		FromTraces(traces()),
		FromExplanation("p_89abcdef", analysis.Explanation{Markdown: "Learned **once**.", Examples: []analysis.Example{example()}}),
		&Stats{
			Episodes: 3, Examples: 5, Patterns: 2, Rules: 2, Seen: 9, Applied: 4, Held: 4, Undone: 1, CameBack: 1, Ignored: 2,
			Never: 1, Forgotten: 1, Workspaces: 1, StoreBytes: 40960, IndexBytes: 8192,
			Recurring:   []Recurring{{Rule: "UndeclaredName", Language: "go", Repairs: 3, Last: when, Patterns: []string{"p_89abcdef"}, Held: 2, Undone: 1}},
			Reliability: []Reliability{{From: .8, Said: .85, Seen: 9, Applied: 7, Held: 4, Undone: 2, CameBack: 1, Ignored: 2}},
			Checks: Checks{
				Runs: 7, Checked: 4, Refuted: 1, Unknown: map[string]int64{"missing": 2},
				Processes: []Checking{{PID: 42, Memory: 100 << 20, Peak: 200 << 20, Limit: 2 << 30}},
			},
		},
		&Report{
			Checks: []Check{{"store", "fail", "readable by others", "chmod 600 it"}},
			Bundle: []string{"doctor.json"},
		},
		&About{Dejafix: "0.1.0", Go: "go1.26.8", OS: "linux", Arch: "amd64", Commit: "32a0c66"},
		&Done{Did: "learned", Count: 3, Of: 4, Detail: "2 rules", Items: []string{"a"}, Doubts: []string{"line 4: no range"}},
		&Repairs{
			Root: "/src/x", Check: "go vet ./...", Tools: []string{"go"}, DryRun: true, Rounds: 2, Stopped: "10 rounds are the most", Found: 3,
			Repaired: []Repaired{{
				Place: Place{"a/x.go", 4, 9}, Round: 1, Diagnostic: fromDiagnostic(example().Diagnostic), Title: "Wrap in strconv.Itoa",
				Suggestion: "s_1", Pattern: "p_89abcdef", Trust: "checked", Tool: "go", Version: "go1.26.8",
			}},
			Left: []LeftError{{
				Place: Place{"a/x.go", 9, 1}, Diagnostic: fromDiagnostic(suggestion().Diagnostic), Reason: "there is no checker for lua yet",
				Title: "Wrap in str", Suggestion: "s_2", Pattern: "p_01234567", Likely: .7, Diff: "@@ -1 +1 @@\n-a\n+b\n",
			}},
			NotChecked: []string{"pyright is not installed"},
			LeftAlone:  []LeftAlone{{"b.go", "it is not UTF-8"}},
			Files:      []ChangedFile{{"a/x.go", true, "--- a/a/x.go\n+++ b/a/x.go\n@@ -1 +1 @@\n-a\n+b\n"}},
		},
		testRun(),
		&Setup{
			Editor: "nvim", Name: "Neovim", Program: "/usr/bin/nvim", Release: "0.12.4", State: "outdated", Did: "written",
			Changes: []SetupChange{{"/home/me/.config/nvim/plugin/dejafix.lua", "make", "@@ -0,0 +1 @@\n+a\n", 0}, {"/home/me/dejafix/nvim", "unpack", "", 17}},
			Run:     []string{"code --install-extension dejafix.vsix"}, Notes: []string{"it is old"}, Next: "open a file",
		},
	}
}

func testRun() *TestRun {
	w := FromTestRun(&analysis.TestRun{
		Command: "go test ./...", Passed: 3, Failed: 1, Errored: 1, Skipped: 1, Broken: 1, Unlisted: true,
		Cases: []analysis.TestCase{
			{Package: "shop", Name: "TestAdd", Passed: true, Flaky: true, Elapsed: 1500 * time.Millisecond},
			{Package: "shop", Name: "TestCart", File: "cart_test.go", Line: 7, Message: "want 3", Output: "    cart_test.go:7: want 3\n", Trace: &traces()[0]},
			{Package: "shop", Name: "TestLater", Skipped: true},
			{Package: "shop/x", Error: true, Message: "build failed"},
		},
	})
	w.ExitCode, w.Readers = 1, []string{"go test"}
	w.Locate([]Located{{File: "cart.go", Line: 3, Column: 9, EndLine: 3, EndColumn: 12, Language: "go", Diagnostic: fromDiagnostic(example().Diagnostic)}})
	w.Doubt([]string{"the output ends while tests run"})
	return w
}

// TestRunFits: a run of any size is a value that can be read.
func TestRunFits(t *testing.T) {
	r := analysis.TestRun{Failed: 5000, Passed: 5000}
	for i := range 10000 {
		r.Cases = append(r.Cases, analysis.TestCase{Package: strings.Repeat("p\x01", 300), Name: strings.Repeat("é\"", 9000), Passed: i%2 == 0, Output: strings.Repeat("\x00\n", 40<<10)})
	}
	w := FromTestRun(&r)
	w.Locate(make([]Located, 100000))
	line, err := Encode(w)
	if err != nil || len(line) > MaxLine {
		t.Fatal(len(line), err)
	}
	v, doubts, err := Decode(line)
	if err != nil || len(doubts) > 0 {
		t.Fatal(doubts, err)
	}
	if got := v.(*TestRun); got.Tests != 10000 || len(got.Cases) == 0 || got.Cases[0].Status != "failed" || len(got.Doubts) != 2 {
		t.Errorf("%d tests, %d cases, %q", got.Tests, len(got.Cases), got.Doubts)
	}
}

func suggestion() analysis.Suggestion {
	return analysis.Suggestion{
		ID: "s_1", Pattern: "p_89abcdef", Diagnostic: analysis.Diagnostic{Source: "ts", Code: "2304", Message: "m", NoSpan: true},
		URI: "file:///a.ts", Version: 7, Digest: analysis.DigestOf("x"),
		Edits: []analysis.Edit{{Span: analysis.Span{Start: 1, End: 2}, New: "y"}},
		Title: "Wrap in strconv.Itoa (learned, 4 of 4 held)", FixType: analysis.FixConvertType, Trust: analysis.Likely,
		Probability: .91, Supporting: 4, HighConfidence: true, Applied: 4, Held: 3, Undone: 2, Unasked: true,
		OnlyDeletes: true, More: 2,
	}
}

func traces() []analysis.Trace {
	return []analysis.Trace{{
		Language: "python", Type: "KeyError", Message: "'id'", Thread: "main", Elided: 3, Implicit: true,
		Frames: []analysis.Frame{{
			Function: "load", Module: "app.db", File: "/src/app/db.py", Line: 12, Column: 3, Path: "app/db.py", InApp: true, Why: "in the workspace",
			Text: "row[key]", Locals: []analysis.Local{{Name: "key", Null: true}, {Name: "row", Type: "dict"}},
		}},
		CreatedBy: []analysis.Frame{{Function: "start", File: "threading.py", Line: 9}},
		Cause:     &analysis.Trace{Language: "python", Type: "OSError", Message: "gone", Frames: []analysis.Frame{{Function: "open", File: "io.py", Line: 1}}},
		Others:    []analysis.Trace{{Language: "python", Type: "ValueError"}},
		Issues: []analysis.Issue{{
			Kind: analysis.MissingKey, Severity: analysis.IssueHigh, Fix: "Give a default.", Example: "row.get(key)", Function: "load", Variable: "key",
		}},
		Fingerprint: "t_0123456789abcdef", Parts: []string{"type KeyError: what was thrown"}, Doubts: []string{"cut short"},
	}}
}

// TestGolden holds the written form of each kind still.
func TestGolden(t *testing.T) {
	used := map[string]bool{}
	for _, v := range values() {
		t.Run(v.kind(), func(t *testing.T) {
			line, err := Encode(v)
			if err != nil {
				t.Fatal(err)
			}
			line = append(line, '\n')
			name := filepath.Join("testdata", v.kind()+".json")
			used[name] = true
			if *update {
				if err := os.WriteFile(name, line, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatalf("%v (go test -update writes it)", err)
			}
			if diff := cmp.Diff(string(want), string(line)); diff != "" {
				t.Errorf("the form of %q changed (-golden +now); a key may be added, none may change:\n%s", v.kind(), diff)
			}
			back, doubts, err := Decode(bytes.TrimSpace(want))
			if err != nil || doubts != nil {
				t.Fatalf("Decode: %v, doubts %q", err, doubts)
			}
			if diff := cmp.Diff(v, back); diff != "" {
				t.Errorf("round trip (-written +read):\n%s", diff)
			}
		})
	}
	for kind := range kinds {
		if !used[filepath.Join("testdata", kind+".json")] {
			t.Errorf("kind %q has no golden file", kind)
		}
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !used[f] {
			t.Errorf("%s is used by no test", f)
		}
	}
}

// TestValues takes the values of analysis there and back.
func TestValues(t *testing.T) {
	if diff := cmp.Diff(example(), FromExample(example()).Example()); diff != "" {
		t.Errorf("example (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(suggestion(), FromSuggestion(suggestion()).Suggestion()); diff != "" {
		t.Errorf("suggestion (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(traces(), FromTraces(traces()).Values()); diff != "" {
		t.Errorf("traces (-want +got):\n%s", diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	line, err := Encode(FromExample(example()))
	if err != nil {
		t.Fatal(err)
	}
	with := func(from, to string) string {
		s := strings.Replace(string(line), from, to, 1)
		if s == string(line) {
			t.Fatalf("%q is not in the example", from)
		}
		return s
	}
	tests := []struct{ name, line, want string }{
		{"empty object", `{}`, "not written by dejafix"},
		{"array", `[]`, "not a JSON object"},
		{"cut short", string(line[:len(line)/2]), "not a JSON object"},
		{"newer", with(`"version":1`, `"version":2`), "update dejafix"},
		{"other kind", with(`"kind":"example"`, `"kind":"recipe"`), `kind "recipe" is not known`},
		{"edit outside", with(`"start":13,"end":13`, `"start":13,"end":99999`), "out of order"},
		{"last edit outside", with(`"start":45,"end":46},"new"`, `"start":45,"end":450},"new"`), "outside of its text"},
		{"negative span", with(`"start":13,"end":13`, `"start":-1,"end":13`), "out of order"},
		{"unknown class", with(`"class":"repair"`, `"class":"miracle"`), `class "miracle"`},
		{"no language", with(`"language":"go","identity"`, `"language":"","identity"`), "language"},
		{"huge text", with(`package main`, strings.Repeat("x", MaxText)), "larger than"},
		{"huge line", `{"version":1,"x":"` + strings.Repeat("x", MaxLine) + `"}`, "larger than"},
		{"not UTF-8", with(`package main`, "\xff"), "UTF-8"},
		{"wrong type", with(`"support":true`, `"support":"yes"`), "example:"},
		{"deep causes", `{"version":1,"kind":"traces","traces":[` + strings.Repeat(`{"cause":`, 20) + `null` + strings.Repeat(`}`, 20) + `]}`, "causes"},
		{"edit of no text", `{"version":1,"kind":"suggestion","digest":"00"}`, "digest"},
		{"made-up verdict", `{"version":1,"kind":"outcome","verdict":"loved"}`, "verdict"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := Decode([]byte(tt.line))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Decode = %v, want %q", err, tt.want)
			}
			if err != nil && len(err.Error()) > 200 {
				t.Errorf("the error repeats its input: %d bytes", len(err.Error()))
			}
		})
	}
}

func TestDecodeDoubts(t *testing.T) {
	line, err := Encode(FromExample(example()))
	if err != nil {
		t.Fatal(err)
	}
	s := string(line)
	for _, r := range [][2]string{
		{`"support":true`, `"support":true,"mood":"sunny"`},
		{`"severity":"error"`, `"severity":"fatal"`},
		{`"unnecessary"`, `"shiny"`},
		{`"fix_type":"convert_type"`, `"fix_type":"pray"`},
		{`"class":"stdlib"`, `"class":"borrowed"`},
		{`"path":"cmd/x/main.go"`, `"path":"/etc/passwd"`},
		{`"origin":"typed"`, `"origin":"dreamt"`},
	} {
		s = strings.Replace(s, r[0], r[1], 1)
	}
	v, doubts, err := Decode([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"mood", "fatal", "tags", "pray", "borrowed", "/etc/passwd", "dreamt"} {
		if i >= len(doubts) || !strings.Contains(doubts[i], want) {
			t.Errorf("doubt %d of %q does not speak of %q", i, doubts, want)
		}
	}
	e := v.(*Example).Example()
	if e.FixType != analysis.FixOther || e.Provenance.Origin != analysis.OriginImport ||
		e.Shape[0].Class != analysis.TokenProject || e.Diagnostic.Severity != 0 || e.Diagnostic.Unnecessary {
		t.Errorf("what was doubted is not the cautious value: %+v", e)
	}
	if e.Path != "" {
		t.Errorf("the path %q was kept", e.Path)
	}
	if !e.Diagnostic.Deprecated {
		t.Error("the known tag was lost")
	}
}

func TestPaths(t *testing.T) {
	for path, ok := range map[string]bool{
		"a.go": true, "cmd/x/main.go": true, "": true, "a..b/c": true,
		"/etc/passwd": false, "../x": false, "a/../../b": false, "C:/b": false, `a\b`: false, "a\x00b": false,
		strings.Repeat("x", 5000): false,
	} {
		p := path
		if doubts := checkPath(&p); (len(doubts) == 0) != ok || ok && p != path || !ok && p != "" {
			t.Errorf("checkPath(%.40q): %q, %q", path, p, doubts)
		}
	}
}

func TestEncodeRefusesOtherEncodings(t *testing.T) {
	e := example()
	e.Before = "\xff" + e.Before
	if _, err := Encode(FromExample(e)); err == nil {
		t.Error("a text that is not UTF-8 was written: its spans would be wrong when read")
	}
}

func TestReader(t *testing.T) {
	line, err := Encode(&Done{Did: "learned", Count: 1})
	if err != nil {
		t.Fatal(err)
	}
	in := "\n" + string(line) + "\r\n{}\n" + strings.Repeat("x", MaxLine+1) + "\n" + string(line)
	r := NewReader(strings.NewReader(in))
	var got []string
	for {
		v, _, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		var le *LineError
		switch {
		case errors.As(err, &le) && errors.Is(err, ErrTooLarge):
			got = append(got, "long")
		case errors.As(err, &le):
			got = append(got, "bad")
		case err != nil:
			t.Fatal(err)
		default:
			got = append(got, v.kind())
		}
	}
	if diff := cmp.Diff([]string{"done", "bad", "long", "done"}, got); diff != "" {
		t.Error(diff)
	}
	if r.Line() != 5 {
		t.Errorf("Line() = %d at the end, want 5", r.Line())
	}
}

// FuzzDecode holds that whatever decodes can be written and read again, with
// nothing left to doubt.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.TrimSpace(b))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		v, _, err := Decode(line)
		if err != nil {
			return
		}
		out, err := Encode(v)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		back, doubts, err := Decode(out)
		if len(out) > MaxLine {
			return // escapes can make it longer than it was
		}
		if err != nil || doubts != nil {
			t.Fatalf("what was written cannot be read: %v, doubts %q\n%s", err, doubts, out)
		}
		again, err := Encode(back)
		if err != nil || !bytes.Equal(out, again) {
			t.Fatalf("unstable (%v):\n%s\n%s", err, out, again)
		}
		if e, ok := v.(*Example); ok {
			_ = e.Example()
		}
	})
}
