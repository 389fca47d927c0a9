package check

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
)

func installPyright(t testing.TB, root string) {
	bin := filepath.Join(root, "node_modules", ".bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	link(t, filepath.Join(modules(t, "pyright"), ".bin", "pyright-langserver"), filepath.Join(bin, "pyright-langserver"))
}

func installRuff(t testing.TB, root string) {
	bin := filepath.Join(root, ".venv", binaries())
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	link(t, tool(t, "ruff"), filepath.Join(bin, "ruff"))
}

func link(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Symlink(from, to); err != nil {
		t.Fatal(err)
	}
}

func pyright() Row { return pyrightRow("pyright", "pyright", "pylance") }

// TestSaysWhatPyrightSays: all that pyright's server was recorded to report,
// but for hints.
func TestSaysWhatPyrightSays(t *testing.T) {
	if only := testRecorded(t, pyright(), "python", "python", "pyright.json", installPyright); len(only) > 0 {
		t.Errorf("only the server says %v", only)
	}
}

func TestPyright(t *testing.T) {
	one := func(text string) map[string]string { return map[string]string{"a.py": text} }
	given := analysis.Diagnostic{Source: "Pyright", Code: "reportUndefinedVariable", Message: `"user" is not defined`, Severity: analysis.SeverityError, Span: analysis.Span{Start: 6, End: 10}}
	user := map[string]string{
		"pyrightconfig.json": "{}",
		"app/__init__.py":    "from .user import make\n",
		"app/user.py":        "class User:\n    name: str = ''\n\n\ndef make() -> User:\n    return User().nmae\n",
		"use.py":             "from app import make\n\nprint(make().name)\n",
	}
	testRow(t, pyright(), "python", installPyright, []rowCase{
		{
			name: "cured", once: true, files: one("name = 'é'; print(nmae)\n"), path: "a.py",
			target: `"nmae" is not defined`, old: "nmae)", new: "name)", want: VerdictChecked,
		},
		{
			name: "still there", files: one("name = 'é'; print(nmae)\n"), path: "a.py",
			target: `"nmae" is not defined`, old: "nmae)", new: "naem)", want: VerdictRefuted, reason: "still there: a.py:1",
		},
		{
			name: "new in the file", files: one("n: int = 'x'\nprint(n + 1)\n"), path: "a.py",
			target: "not assignable to declared type", old: "n: int", new: "n: str", want: VerdictRefuted, reason: "something new breaks: a.py:2",
		},
		{
			name: "new in a file that uses it", files: user, path: "app/user.py",
			target: `"nmae" is unknown`, old: "-> User:\n    return User().nmae", new: "-> str:\n    return User().name", want: VerdictRefuted, reason: "something new breaks: use.py:3",
		},
		{
			name: "the file that uses it is unsaved", files: user, path: "app/user.py", unsaved: map[string]string{"use.py": "from app import make\n\nprint(make().lower())\n"},
			target: `"nmae" is unknown`, old: "-> User:\n    return User().nmae", new: "-> str:\n    return User().name", want: VerdictChecked,
		},
		{
			name: "unsaved text of an imported file", files: map[string]string{"a.py": "from b import c\nprint(c)\n", "b.py": "c = 1\n"}, path: "a.py",
			unsaved: map[string]string{"b.py": "d = 1\n"},
			target:  `"c" is unknown import symbol`, old: "import c", new: "import d as c", want: VerdictChecked,
		},
		{
			name: "an unsaved file that is not on disk", once: true, files: one("from b import c\nprint(c)\n"), path: "a.py",
			unsaved: map[string]string{"n.py": "c = 1\n"},
			target:  `"b" could not be resolved`, old: "from b", new: "from n", cause: CauseIncomplete, reason: "n.py was never saved",
		},
		{
			name: "a cured syntax error uncovers an error", files: one("s = '''\nprint(nmae)\n"), path: "a.py",
			target: "unterminated", old: "'''", new: "'''x'''", want: VerdictChecked, uncovered: 1,
		},
		{
			name: "only deletes", files: one("print(nmae)\nprint(1)\n"), path: "a.py",
			target: "not defined", old: "print(nmae)\n", new: "", cause: CauseDeletes,
		},
		{
			name: "suppression", files: one("print(nmae)\n"), path: "a.py",
			target: "not defined", old: ")\n", new: ")  # type: ignore\n", cause: CauseSuppresses,
		},
		{
			name: "broken configuration", files: map[string]string{"pyrightconfig.json": "{", "a.py": "print(user)\n"}, path: "a.py", given: given,
			old: "user", new: "1", cause: CauseIncomplete, reason: "pyright cannot read its configuration",
		},
		{
			name: "unsaved configuration", files: map[string]string{"pyrightconfig.json": "{}", "a.py": "print(user)\n"}, path: "a.py", given: given,
			unsaved: map[string]string{"pyrightconfig.json": "{ }"}, old: "user", new: "1", cause: CauseIncomplete, reason: "pyrightconfig.json from disk: save it first",
		},
		{
			name: "left out by the configuration", files: map[string]string{"pyrightconfig.json": `{"ignore": ["a.py"]}`, "a.py": "print(user)\n"}, path: "a.py", given: given,
			old: "user", new: "1", cause: CauseNotReported, reason: "pyright does not report this error",
		},
		{
			name: "not trusted", files: one("print(user)\n"), path: "a.py", given: given, untrusted: true,
			old: "user", new: "1", cause: CauseUntrusted, reason: "dejafix trust",
		},
		{
			name: "a server that fails", files: one("print(user)\n"), path: "a.py", given: given,
			prepare: func(t testing.TB, root string) {
				save(t, filepath.Join(root, "node_modules/.bin/pyright-langserver"), "#!/bin/sh\necho 'Error: no luck' >&2\nexit 1\n")
				if err := os.Chmod(filepath.Join(root, "node_modules/.bin/pyright-langserver"), 0o700); err != nil {
					t.Fatal(err)
				}
			},
			old: "user", new: "1", cause: CauseFailed, reason: "no luck",
		},
	})
	t.Run("not installed", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		s := New(Options{Rows: []Row{pyright()}, Servers: true})
		t.Cleanup(s.Close)
		judgeCase(t, s, "python", nil, rowCase{
			files: one("print(user)\n"), path: "a.py", given: given, old: "user", new: "1", cause: CauseNoChecker, reason: "pip install pyright",
		})
	})
}

// TestPyrightSeesTheDisk: what others wrote since the last answer counts.
func TestPyrightSeesTheDisk(t *testing.T) {
	root := write(t, map[string]string{"a.py": "from b import c\nc.lower()\n", "b.py": "c = 1\n"})
	installPyright(t, root)
	s := New(Options{Rows: []Row{pyright()}, Servers: true})
	t.Cleanup(s.Close)
	says := func(want ...string) {
		t.Helper()
		reports, err := s.Check(t.Context(), "python", Request{Root: root, Scope: []string{filepath.Join(root, "a.py")}, Trusted: true})
		if err != nil || reports[0].Err != nil {
			t.Fatal(err, reports)
		}
		var got []string
		for _, f := range reports[0].Findings {
			got = append(got, f.Code)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	}
	says("reportAttributeAccessIssue")
	save(t, filepath.Join(root, "b.py"), "c = ''\n")
	says()
	if err := os.Remove(filepath.Join(root, "b.py")); err != nil {
		t.Fatal(err)
	}
	says("reportMissingImports")
	save(t, filepath.Join(root, "b", "__init__.py"), "c = 1\n")
	says("reportAttributeAccessIssue")
	save(t, filepath.Join(root, "pyrightconfig.json"), `{"reportAttributeAccessIssue": false}`)
	says()
}

func TestRuff(t *testing.T) {
	one := func(text string) map[string]string {
		return map[string]string{"ruff.toml": "lint.select = ['F', 'E7']\n", "a.py": text}
	}
	given := analysis.Diagnostic{Source: "Ruff", Code: "F401", Message: "`os` imported but unused", Span: analysis.Span{Start: 7, End: 9}}
	testRow(t, ruffRow(), "python", installRuff, []rowCase{
		{
			name: "cured", files: one("s = 'é'; a = s == None\n"), path: "a.py",
			target: "Comparison to `None`", old: "s == None", new: "s is None", want: VerdictChecked,
		},
		{
			name: "still there", files: one("print(nmae)\n"), path: "a.py",
			target: "Undefined name", old: "nmae", new: "naem", want: VerdictRefuted, reason: "still there: a.py:1",
		},
		{
			name: "new", files: one("import os\nprint(sys.path)\n"), path: "a.py",
			target: "`os` imported but unused", old: "import os", new: "import sys as os", want: VerdictRefuted, reason: "a.py:",
		},
		{
			name: "a syntax error hides the rest", files: one("print(nmae\n"), path: "a.py",
			target: "unexpected EOF", old: "nmae", new: "nmae)", want: VerdictChecked, uncovered: 1,
		},
		{
			name: "the edit breaks the syntax", files: one("print(nmae)\n"), path: "a.py",
			target: "Undefined name", old: "nmae)", new: "len(", want: VerdictRefuted, reason: "something new breaks",
		},
		{
			name: "only deletes", files: one("import os\nprint(1)\n"), path: "a.py",
			target: "imported but unused", old: "import os\n", new: "", cause: CauseDeletes,
		},
		{
			name: "suppression", files: one("import os\n"), path: "a.py",
			target: "imported but unused", old: "os\n", new: "os  # noqa\n", cause: CauseSuppresses,
		},
		{
			name: "broken configuration", files: map[string]string{"ruff.toml": "lint.select = 1\n", "a.py": "import os\n"}, path: "a.py", given: given,
			old: "os", new: "os as _", cause: CauseFailed, reason: "mend its configuration",
		},
		{
			name: "unsaved configuration", files: one("import os\n"), unsaved: map[string]string{"pyproject.toml": "[tool.ruff]\n"}, path: "a.py", given: given,
			old: "os", new: "os as _", cause: CauseIncomplete, reason: "pyproject.toml from disk: save it first",
		},
		{
			name: "not reported", files: map[string]string{"ruff.toml": "lint.select = ['E7']\n", "a.py": "import os\n"}, path: "a.py", given: given,
			old: "os", new: "os as _", cause: CauseNotReported, reason: "ruff does not report this error",
		},
		{
			name: "not trusted", files: one("import os\n"), path: "a.py", given: given, untrusted: true,
			old: "os", new: "os as _", cause: CauseUntrusted, reason: "dejafix trust",
		},
	})
}

// TestSaysWhatRuffsServerSays: the same identities at the same places.
func TestSaysWhatRuffsServerSays(t *testing.T) {
	texts := map[string]string{
		"a.py": "import os\nfrom b import nothing\n\ndef f(x: int) -> str:\n    y = 'é'; return x\nprint(undefined_name)\n",
		"s.py": "def f(:\n  pass\nx = (1\n",
	}
	root := write(t, texts)
	installRuff(t, root)
	s := New(Options{Rows: []Row{ruffRow()}})
	t.Cleanup(s.Close)
	live := newRunner(Options{}.filled())
	t.Cleanup(live.Close)
	server, err := live.Start(Command{Args: []string{pythonTool(Env{}, root, filepath.Join(root, "a.py"), "ruff"), "server"}, Dir: root})
	if err != nil {
		t.Fatal(err)
	}
	c := &lspClient{
		pipe: lspPipe{server.Stdin, bufio.NewReader(server.Stdout)}, name: "ruff", endings: []string{".py"},
		language: func(string) string { return "python" }, settings: func(string) any { return nil }, heard: func(*lspMessage) {},
	}
	if err := c.hello(root); err != nil {
		t.Fatal(err)
	}
	for name := range texts {
		path := filepath.Join(root, name)
		if err := c.tell(Request{Root: root}, nil, []string{path}); err != nil {
			t.Fatal(err)
		}
		said, err := c.diagnostics(path)
		if err != nil {
			t.Fatal(err)
		}
		var want []Finding
		for _, d := range said {
			want = append(want, d.finding("python", path, textedit.NewLines(texts[name])))
		}
		reports, err := s.Check(t.Context(), "python", Request{Root: root, Scope: []string{path}, Trusted: true})
		if err != nil || reports[0].Err != nil {
			t.Fatal(err, reports)
		}
		key := func(f Finding) string {
			id, _ := identity.Of("python", f.Diagnostic)
			text, _ := json.Marshal([]any{f.Span, f.Severity, f.Source, id})
			return string(text)
		}
		var a, b []string
		for _, f := range want {
			a = append(a, key(f))
		}
		for _, f := range reports[0].Findings {
			b = append(b, key(f))
		}
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) || len(a) == 0 {
			t.Errorf("%s: the server says\n%s\nand we say\n%s", name, strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
	}
}

func TestPythonCompiles(t *testing.T) {
	one := func(text string) map[string]string { return map[string]string{"a.py": text} }
	given := analysis.Diagnostic{Source: "python", Code: "SyntaxError", Message: "invalid syntax", Span: analysis.Span{Start: 0, End: 1}}
	testRow(t, pyCompileRow(), "python", nil, []rowCase{
		{
			name: "cured", files: one("s = 'é' + (1\n"), path: "a.py",
			target: "was never closed", old: "(1", new: "(1)", want: VerdictChecked,
		},
		{
			name: "still there", files: one("s = (1\n"), path: "a.py",
			target: "was never closed", old: "1", new: "12", want: VerdictRefuted, reason: "still there: a.py:1",
		},
		{
			name: "another", files: one("s = (1\nreturn\n"), path: "a.py",
			target: "was never closed", old: "1", new: "1)", want: VerdictRefuted, reason: "something new breaks: a.py:2",
		},
		{
			name: "indentation", files: one("if 1:\npass\n"), path: "a.py",
			target: "expected an indented block", old: "pass", new: "    pass", want: VerdictChecked,
		},
		{
			name: "no error of Python", files: one("print(nmae)\n"), path: "a.py", given: given,
			old: "nmae", new: "1", cause: CauseNotReported, reason: "python does not report this error",
		},
		{
			name: "nothing runs", files: one("raise SystemExit((1\n"), path: "a.py",
			target: "was never closed", old: "1", new: "1))", want: VerdictChecked,
		},
		{
			name: "not trusted", files: one("s = (1\n"), path: "a.py", given: given, untrusted: true,
			old: "1", new: "1)", cause: CauseUntrusted, reason: "dejafix trust",
		},
	})
}

// TestPyExports: what others see of a file is all but comments and the bodies
// of functions that say what they return.
func TestPyExports(t *testing.T) {
	const text = "import a\n\n\nclass C:\n    x: int = 1\n\n    def f(self,\n          y: int) -> int:\n        # why\n        z = y\n        self.z = z\n        return z\n\n    def g(self):\n        return 1\n\n\ndef h() -> int: return 1\nN = 1\n"
	for _, tt := range []struct {
		old, new string
		want     bool
	}{
		{"z = y\n", "z = y + 1\n", false},
		{"# why", "# how", false},
		{"self.z = z", "self.z = 'z'", true},
		{"y: int)", "y: str)", true},
		{"return z", "return y", false},
		{"return 1\n\n", "return 2\n\n", true},
		{"h() -> int: return 1", "h() -> int: return 2", true},
		{"N = 1", "N = 2", true},
		{"x: int = 1", "x: int = 2", true},
	} {
		if got := pyExports("a.py", text, strings.Replace(text, tt.old, tt.new, 1)); got != tt.want {
			t.Errorf("%q to %q: %v", tt.old, tt.new, got)
		}
	}
	if pyExports("test_a.py", "a = 1\n", "a = 2\n") {
		t.Error("nobody imports tests")
	}
}
