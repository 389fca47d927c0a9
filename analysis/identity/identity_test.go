package identity

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/dejafix/dejafix/analysis"
)

func TestOf(t *testing.T) {
	type want struct {
		rule, template string
		captures       []string
	}
	for _, c := range []struct {
		name, language string
		d              analysis.Diagnostic
		want           want
	}{
		{"gopls", "go", analysis.Diagnostic{Source: "compiler", Code: "UndeclaredName", Message: "undefined: foo"},
			want{"UndeclaredName", "undefined: ‹›", []string{"foo"}}},
		{"go build", "go", analysis.Diagnostic{Source: "go build", Message: "undefined: foo"},
			want{"UndeclaredName", "undefined: ‹›", []string{"foo"}}},
		{"a variable named like a context", "go", analysis.Diagnostic{Message: "undefined: index"},
			want{"UndeclaredName", "undefined: ‹›", []string{"index"}}},
		{"old words", "go", analysis.Diagnostic{Message: "x declared and not used"},
			want{"UnusedVar", "declared and not used: ‹›", []string{"x"}}},
		{"further lines are no part", "go", analysis.Diagnostic{Source: "compiler", Code: "WrongArgCount", Message: "not enough arguments in call to f\n\thave ()\n\twant (int)"},
			want{"WrongArgCount", "not enough arguments in call to ‹›", []string{"f"}}},
		{"analyzer of gopls", "go", analysis.Diagnostic{Source: "unusedparams", Code: "default", Message: "unused parameter: ctx"},
			want{"unusedparams", "unused parameter: ‹›", []string{"ctx"}}},
		{"staticcheck on the command line", "go", analysis.Diagnostic{Source: "go build", Code: "SA4006", Message: "this value of err is never used"},
			want{"SA4006", "this value of err is never used", nil}},
		{"nothing known", "go", analysis.Diagnostic{Message: "the frobnicator is 3 miles off"},
			want{"", "the frobnicator is ‹› miles off", []string{"3"}}},
		{"tsserver", "typescriptreact", analysis.Diagnostic{Source: "ts", Code: "2304", Message: "Cannot find name 'foo'."},
			want{"TS2304", "Cannot find name '‹›'.", []string{"foo"}}},
		{"tsc", "typescript", analysis.Diagnostic{Source: "tsc", Code: "TS2304", Message: "Cannot find name 'foo'."},
			want{"TS2304", "Cannot find name '‹›'.", []string{"foo"}}},
		{"quotes in quotes", "typescript", analysis.Diagnostic{Source: "ts", Code: "2322", Message: `Type '"c"' is not assignable to type '"a" | "b"'.`},
			want{"TS2322", "Type '‹›' is not assignable to type '‹›'.", []string{`"c"`, `"a" | "b"`}}},
		{"an apostrophe is no quote", "typescript", analysis.Diagnostic{Source: "ts", Code: "7053", Message: "expression of type 'string' can't be used to index type 'A'."},
			want{"TS7053", "expression of type '‹›' can't be used to index type '‹›'.", []string{"string", "A"}}},
		{"eslint", "javascript", analysis.Diagnostic{Source: "eslint", Code: "@typescript-eslint/no-unused-vars", Message: "'x' is defined but never used."},
			want{"@typescript-eslint/no-unused-vars", "'‹›' is defined but never used.", []string{"x"}}},
		{"numbers", "typescript", analysis.Diagnostic{Source: "ts", Code: "2554", Message: "Expected 1-2 arguments, but got 3."},
			want{"TS2554", "Expected ‹› arguments, but got ‹›.", []string{"1-2", "3"}}},
		{"pyright", "python", analysis.Diagnostic{Source: "Pyright", Code: "reportUndefinedVariable", Message: `"x" is not defined`},
			want{"reportUndefinedVariable", `"‹›" is not defined`, []string{"x"}}},
		{"pyright's first line of two", "python", analysis.Diagnostic{Source: "pyright", Message: `Cannot access attribute "nmae" for class "User"`},
			want{"reportAttributeAccessIssue", `Cannot access attribute "‹›" for class "‹›"`, []string{"nmae", "User"}}},
		{"pylint's server", "python", analysis.Diagnostic{Source: "Pylint", Code: "undefined-variable(E0602)", Message: "Undefined variable 'x'"},
			want{"undefined-variable", "Undefined variable '‹›'", []string{"x"}}},
		{"rustc", "rust", analysis.Diagnostic{Source: "rustc", Code: "E0425", Message: "cannot find value `x` in this scope"},
			want{"E0425", "cannot find value `‹›` in this scope", []string{"x"}}},
		{"rustc's lint by its words", "rust", analysis.Diagnostic{Source: "rustc", Message: "unused variable: `x`"},
			want{"unused_variables", "unused variable: `‹›`", []string{"x"}}},
		{"rustc's short form has the label", "rust", analysis.Diagnostic{Source: "rustc", Code: "E0308", Message: "mismatched types: expected `i32`, found `&str`"},
			want{"E0308", "mismatched types", nil}},
		{"clippy", "rust", analysis.Diagnostic{Source: "clippy", Code: "clippy::needless_return", Message: "unneeded `return` statement"},
			want{"needless_return", "unneeded `‹›` statement", []string{"return"}}},
		{"clang's flag", "cpp", analysis.Diagnostic{Source: "clang", Code: "-Wunused-variable", Message: "unused variable 'x'"},
			want{"unused-variable", "unused variable '‹›'", []string{"x"}}},
		{"gcc's typographic quotes", "c", analysis.Diagnostic{Message: "‘x’ undeclared (first use in this function)"},
			want{"undeclared_var_use", "‘‹›’ undeclared (first use in this function)", []string{"x"}}},
		{"unquoted code", "lua", analysis.Diagnostic{Source: "luacheck", Code: "113", Message: "accessing undefined variable foo_bar in Mod.name"},
			want{"113", "accessing undefined variable ‹› in ‹›", []string{"foo_bar", "Mod.name"}}},
		{"words are no code", "text", analysis.Diagnostic{Message: "Prefer and/or, e.g. this; see JSON"},
			want{"", "Prefer and/or, e.g. this; see JSON", nil}},
		{"nothing", "go", analysis.Diagnostic{}, want{"", "", nil}},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, caps := Of(c.language, c.d)
			texts := captured(t, c.d.Message, caps)
			if len(texts) == 0 {
				texts = nil
			}
			got := want{id.Rule, id.Template, texts}
			if d := cmp.Diff(c.want, got, cmp.AllowUnexported(want{})); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestFamily(t *testing.T) {
	for in, want := range map[string]string{
		"go": "go", "typescriptreact": "typescript", "javascript": "typescript", "cpp": "c", "python": "python",
		"Rust": "rust", "brainfuck": "brainfuck", "": "",
	} {
		if got := Family(in); got != want {
			t.Errorf("Family(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFromLine(t *testing.T) {
	type want struct {
		file         string
		line, col    int
		language     string
		source, code string
		message      string
		severity     analysis.Severity
	}
	for _, c := range []struct {
		line string
		want want
	}{
		{"./a.go:3:5: undefined: x", want{"./a.go", 3, 5, "go", "go build", "", "undefined: x", 1}},
		{"vet: ./a.go:3:5: undefined: x", want{"./a.go", 3, 5, "go", "go vet", "", "undefined: x", 1}},
		{`C:\w\a.go:3:5: undefined: x`, want{`C:\w\a.go`, 3, 5, "go", "go build", "", "undefined: x", 1}},
		{"a.go:3:5: SA4006: x", want{"a.go", 3, 5, "go", "go build", "", "SA4006: x", 1}},
		{"a.go:3:5: this value of `err` is never used (SA4006)", want{"a.go", 3, 5, "go", "go build", "SA4006", "this value of `err` is never used", 1}},
		{"a.go:3:5: Error return value is not checked (errcheck)", want{"a.go", 3, 5, "go", "go build", "errcheck", "Error return value is not checked", 1}},
		{"a.go:3:5: printf: fmt.Printf format %d has arg x of wrong type string (govet)", want{"a.go", 3, 5, "go", "printf", "", "fmt.Printf format %d has arg x of wrong type string", 1}},
		{"a.go:3:5: cannot use 300 (untyped int constant) as uint8 value in assignment (overflows)", want{"a.go", 3, 5, "go", "go build", "", "cannot use 300 (untyped int constant) as uint8 value in assignment (overflows)", 1}},
		{"2026-01-02T03:04:05.678Z \x1b[31ma.go:3:5: undefined: x\x1b[0m", want{"a.go", 3, 5, "go", "go build", "", "undefined: x", 1}},
		{"src/a.ts(3,5): error TS2304: Cannot find name 'x'.", want{"src/a.ts", 3, 5, "typescript", "tsc", "TS2304", "Cannot find name 'x'.", 1}},
		{"src/a.tsx:3:5 - error TS2304: Cannot find name 'x'.", want{"src/a.tsx", 3, 5, "typescriptreact", "tsc", "TS2304", "Cannot find name 'x'.", 1}},
		{"  /w/a.py:3:5 - error: \"x\" is not defined (reportUndefinedVariable)", want{"/w/a.py", 3, 5, "python", "pyright", "reportUndefinedVariable", "\"x\" is not defined", 1}},
		{"a.py:3: error: Name \"x\" is not defined  [name-defined]", want{"a.py", 3, 0, "python", "mypy", "name-defined", "Name \"x\" is not defined", 1}},
		{"a.py:1:8: F401 [*] `os` imported but unused", want{"a.py", 1, 8, "python", "ruff", "F401", "`os` imported but unused", 1}},
		{"a.py:1:0: E0602: Undefined variable 'x' (undefined-variable)", want{"a.py", 1, 0, "python", "pylint", "undefined-variable", "Undefined variable 'x'", 1}},
		{"/w/a.js:3:5: 'x' is not defined. [Error/no-undef]", want{"/w/a.js", 3, 5, "javascript", "eslint", "no-undef", "'x' is not defined.", 1}},
		{"  3:5  warning  'x' is defined but never used  @typescript-eslint/no-unused-vars", want{"", 3, 5, "javascript", "eslint", "@typescript-eslint/no-unused-vars", "'x' is defined but never used", 2}},
		{"src/main.rs:2:9: error[E0425]: cannot find value `x` in this scope", want{"src/main.rs", 2, 9, "rust", "rustc", "E0425", "cannot find value `x` in this scope", 1}},
		{"src/main.rs:2:9: warning: unused variable: `x`", want{"src/main.rs", 2, 9, "rust", "rustc", "", "unused variable: `x`", 2}},
		{"a.c:2:9: warning: unused variable 'x' [-Wunused-variable]", want{"a.c", 2, 9, "c", "", "-Wunused-variable", "unused variable 'x'", 2}},
		{"a.c:1:10: fatal error: x.h: No such file or directory", want{"a.c", 1, 10, "c", "", "", "x.h: No such file or directory", 1}},
		{"A.java:3: error: cannot find symbol", want{"A.java", 3, 0, "java", "", "", "cannot find symbol", 1}},
		{"a.rb:1:1: C: [Correctable] Style/StringLiterals: Prefer single-quoted strings", want{"a.rb", 1, 1, "ruby", "rubocop", "Style/StringLiterals", "Prefer single-quoted strings", 3}},
		{"a.sh:3:5: warning: x appears unused. [SC2034]", want{"a.sh", 3, 5, "shellscript", "", "SC2034", "x appears unused.", 2}},
	} {
		file, line, col, d, language, ok := FromLine(c.line)
		got := want{file, line, col, language, d.Source, d.Code, d.Message, d.Severity}
		if !ok || !d.NoSpan {
			t.Errorf("FromLine(%q) is not ok", c.line)
			continue
		}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(want{})); diff != "" {
			t.Errorf("FromLine(%q), -want +got:\n%s", c.line, diff)
		}
	}
	for _, line := range []string{
		"", "ok  \texample.com/a\t0.1s", "# example.com/a", "\thave (int)", "a.c:3:5: note: declared here", "panic: runtime error",
		"http://localhost:8080: listening", "10:32:11: starting", "--- FAIL: TestX (0.00s)", "goroutine 1 [running]:",
		"main.main()", "\t./a.go:3:5: other declaration of x", "    a_test.go:12: got 1, want 2", "a.unknown:1:2: what is this",
	} {
		if _, _, _, d, _, ok := FromLine(line); ok {
			t.Errorf("FromLine(%q) found %+v", line, d)
		}
	}
}

func FuzzOf(f *testing.F) {
	for _, rows := range [][]row{goRows, goTable, vetRows, pythonRows, rustRows, cRows} {
		for _, r := range rows {
			f.Add("go", "compiler", r.rule, strings.ReplaceAll(r.message, "%s", "x.y (variable of type T)"))
		}
	}
	f.Add("typescript", "ts", "2322", `Type '"c"' is not assignable to type '"a" | "b"'.`)
	f.Add("python", "Pyright", "", "‘x’ “y” \xff'\\")
	f.Fuzz(func(t *testing.T, language, source, code, message string) {
		d := analysis.Diagnostic{Source: source, Code: code, Message: message}
		id, caps := Of(language, d)
		captured(t, message, caps)
		if n := strings.Count(id.Template, Hole) - strings.Count(message, Hole); n > len(caps) {
			t.Fatalf("%q has %d holes and %d captures", id.Template, n, len(caps))
		}
		if utf8.ValidString(message) && !utf8.ValidString(id.Template) {
			t.Fatalf("the template of %q splits a character: %q", message, id.Template)
		}
		again, _ := Of(language, d)
		if again != id {
			t.Fatalf("%q is %v and %v", message, id, again)
		}
		// The first line is all that counts.
		if line, _ := firstLine(message); line != "" {
			d.Message = line + "\nmore"
			if first, _ := Of(language, d); first != id {
				t.Fatalf("%q is %v, with another line %v", message, id, first)
			}
		}
	})
}

func FuzzFromLine(f *testing.F) {
	f.Add("vet: ./a.go:3:5: undefined: x")
	f.Add("src/a.ts(3,5): error TS2304: Cannot find name 'x'.")
	f.Add("  3:5  warning  'x' is defined but never used  no-unused-vars")
	f.Add("a.py:1:99999999999999999999: F401 x")
	f.Fuzz(func(t *testing.T, line string) {
		_, n, col, d, language, ok := FromLine(line)
		if !ok {
			return
		}
		if n < 0 || col < 0 || language == "" || d.Message == "" || d.Severity < 1 || d.Severity > 4 {
			t.Fatalf("FromLine(%q) = %d, %d, %+v, %q", line, n, col, d, language)
		}
		Of(language, d)
	})
}

func BenchmarkOf(b *testing.B) {
	for _, c := range []struct{ name, language, code, message string }{
		{"go", "go", "IncompatibleAssign", "cannot use x (variable of type int) as string value in argument to f"},
		{"go unknown", "go", "", "the frobnicator is 3 miles off"},
		{"typescript", "typescript", "2322", `Type '"c"' is not assignable to type '"a" | "b"'.`},
		{"python", "python", "reportUndefinedVariable", `"x" is not defined`},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			d := analysis.Diagnostic{Code: c.code, Message: c.message}
			for b.Loop() {
				Of(c.language, d)
			}
		})
	}
}
