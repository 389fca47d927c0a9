package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// toolsBin is where scripts/tools.sh puts programs.
func toolsBin(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("DEJAFIX_TOOLS")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(cache, "dejafix-tools")
	}
	for _, name := range []string{"tsc", "eslint", "eslint-legacy", "pyright", "ruff"} {
		if _, err := os.Stat(filepath.Join(dir, "bin", name)); err != nil {
			t.Fatalf("%s is not installed: run scripts/tools.sh (%v)", name, err)
		}
	}
	return filepath.Join(dir, "bin")
}

// install gives a workspace typescript and eslint, as links.
func install(t *testing.T, work, bin string) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(work, "node_modules"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, program := range map[string]string{"typescript": "tsc", "eslint": "eslint"} {
		path, err := filepath.EvalSymlinks(filepath.Join(bin, program))
		if err != nil {
			t.Fatal(err)
		}
		for filepath.Base(path) != "node_modules" {
			path = filepath.Dir(path)
		}
		if err := os.Symlink(filepath.Join(path, name), filepath.Join(work, "node_modules", name)); err != nil {
			t.Fatal(err)
		}
	}
}

// A taught repair: the error is at the first place of at in before.
type taughtRepair struct{ language, source, code, message, at, before, after string }

func (r taughtRepair) row(t *testing.T) string {
	t.Helper()
	start := strings.Index(r.before, r.at)
	line := strings.Count(r.before[:start], "\n")
	char := start - strings.LastIndexByte(r.before[:start], '\n') - 1
	b, err := json.Marshal(map[string]any{
		"id": r.before, "language": r.language, "source": r.source, "code": r.code, "message": r.message, "before": r.before, "after": r.after,
		"range": map[string]any{"start": map[string]int{"line": line, "character": char}, "end": map[string]int{"line": line, "character": char + len(r.at)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(b) + "\n"
}

// TestFixTools: what was learned from an editor's words repairs what each tool
// prints, in each of its forms.
func TestFixTools(t *testing.T) {
	bin := toolsBin(t)
	typescript := []taughtRepair{
		{"typescript", "ts", "2322", "Type 'number' is not assignable to type 'string'.", "size", "function f(size: number) {\n  const size_: string = size;\n  return size_;\n}\n", "function f(size: number) {\n  const size_: string = String(size);\n  return size_;\n}\n"},
		{"typescript", "ts", "2322", "Type 'number' is not assignable to type 'string'.", "label", "declare let n: number;\nlet label: string = n;\n", "declare let n: number;\nlet label: string = String(n);\n"},
	}
	equality := []taughtRepair{
		{"javascript", "eslint", "eqeqeq", "Expected '===' and instead saw '=='.", "==", "if (a == b) { go(); }\n", "if (a === b) { go(); }\n"},
		{"javascript", "eslint", "eqeqeq", "Expected '===' and instead saw '=='.", "==", "while (x.n == 12) { x.next(); }\n", "while (x.n === 12) { x.next(); }\n"},
	}
	text := []taughtRepair{
		{"python", "Pyright", "reportReturnType", "Type \"int\" is not assignable to return type \"str\"\n  \"int\" is not assignable to \"str\"", "x", "def f(a: int) -> str:\n    return a\n", "def f(a: int) -> str:\n    return str(a)\n"},
		{"python", "Pyright", "reportReturnType", "Type \"int\" is not assignable to return type \"str\"\n  \"int\" is not assignable to \"str\"", "size", "def g(size: int) -> str:\n    return size\n", "def g(size: int) -> str:\n    return str(size)\n"},
	}
	text[0].at = "a\n"
	none := []taughtRepair{
		{"python", "Ruff", "E711", "Comparison to `None` should be `cond is None`", "None", "if a == None:\n    go()\n", "if a is None:\n    go()\n"},
		{"python", "Ruff", "E711", "Comparison to `None` should be `cond is None`", "None", "while x.y == None:\n    x.go()\n", "while x.y is None:\n    x.go()\n"},
	}
	assign := []taughtRepair{
		{"c", "clangd", "-Wparentheses", "suggest parentheses around assignment used as truth value", "count = limit", "int f(int count, int limit) {\n\tif (count = limit)\n\t\treturn 1;\n\treturn 0;\n}\n", "int f(int count, int limit) {\n\tif (count == limit)\n\t\treturn 1;\n\treturn 0;\n}\n"},
		{"c", "clangd", "-Wparentheses", "suggest parentheses around assignment used as truth value", "a = 12", "void g(int a) {\n\twhile (a = 12)\n\t\tg(a);\n}\n", "void g(int a) {\n\twhile (a == 12)\n\t\tg(a);\n}\n"},
	}
	const config = "export default [{rules: {eqeqeq: 'error'}}];\n"
	const older = `{"root": true, "rules": {"eqeqeq": "error"}}`
	js := [2]string{"var total = 1;\nif (total == 2) { total = 3; }\n", "var total = 1;\nif (total === 2) { total = 3; }\n"}
	py := [2]string{"def name(count: int) -> str:\n    return count\n", "def name(count: int) -> str:\n    return str(count)\n"}
	cond := [2]string{"value = None\nif value == None:\n    print(value)\n", "value = None\nif value is None:\n    print(value)\n"}
	ts := [2]string{"export function f(count: number): string {\n  const text: string = count;\n  return text;\n}\n", "export function f(count: number): string {\n  const text: string = String(count);\n  return text;\n}\n"}
	tests := []struct {
		name, check string
		taught      []taughtRepair
		file        string
		text        [2]string
		others      map[string]string
	}{
		{"tsc", "tsc --noEmit --strict --lib es5 --skipLibCheck a.ts", typescript, "a.ts", ts, nil},
		{"tsc pretty", "tsc --noEmit --strict --lib es5 --skipLibCheck --pretty a.ts", typescript, "a.ts", ts, nil},
		{"eslint", "eslint .", equality, "a.js", js, map[string]string{"eslint.config.mjs": config}},
		{"eslint json", "eslint -f json .", equality, "a.js", js, map[string]string{"eslint.config.mjs": config}},
		{"eslint unix", "eslint-legacy -f unix .", equality, "a.js", js, map[string]string{".eslintrc.json": older}},
		{"pyright", "pyright", text, "a.py", py, nil},
		{"pyright json", "pyright --outputjson", text, "a.py", py, nil},
		{"ruff", "ruff check --no-cache --select E711", none, "a.py", cond, nil},
		{"ruff concise", "ruff check --no-cache --select E711 --output-format concise", none, "a.py", cond, nil},
		{"ruff json", "ruff check --no-cache --select E711 --output-format json", none, "a.py", cond, nil},
		{"ruff sarif", "ruff check --no-cache --select E711 --output-format sarif", none, "a.py", cond, nil},
		{"gcc", "gcc -Wall -Werror -fsyntax-only a.c", assign, "a.c", [2]string{
			"int total(int value, int other) {\n\tif (value = other)\n\t\treturn 1;\n\treturn 0;\n}\n", "int total(int value, int other) {\n\tif (value == other)\n\t\treturn 1;\n\treturn 0;\n}\n",
		}, nil},
		{"built in, typescript", "", typescript, "a.ts", ts, map[string]string{"tsconfig.json": `{"compilerOptions": {"strict": true, "lib": ["es5"], "types": []}}`}},
		{"built in, eslint", "", equality, "a.js", js, map[string]string{"eslint.config.mjs": config}},
		{"built in, ruff", "", none, "a.py", cond, map[string]string{"ruff.toml": "lint.select = [\"E711\"]\n"}},
	}
	for i, tt := range tests {
		if !everyCase && i%4 != 3 { // eslint and ruff with --check, gcc
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			work := filepath.Join(dir, "work")
			if err := os.Mkdir(work, 0o700); err != nil {
				t.Fatal(err)
			}
			var rows strings.Builder
			for _, r := range tt.taught {
				rows.WriteString(r.row(t))
			}
			files := map[string]string{filepath.Join(dir, "pairs.jsonl"): rows.String(), filepath.Join(work, tt.file): tt.text[0]}
			for name, text := range tt.others {
				files[filepath.Join(work, name)] = text
			}
			for name, text := range files {
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if tt.check == "" {
				install(t, work, bin)
			}
			run := func(args ...string) string {
				cmd := exec.Command("dejafix", append(args, "--store", filepath.Join(dir, "store.db"))...)
				cmd.Dir = work
				cmd.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%v: %v\n%s", args, err, out)
				}
				return string(out)
			}
			run("trust")
			run("learn", "pairs", "../pairs.jsonl")
			args := []string{"fix", "--dirty"}
			if tt.check != "" {
				args = append(args, "--check", tt.check)
			}
			out := run(args...)
			got, err := os.ReadFile(filepath.Join(work, tt.file))
			if err != nil || string(got) != tt.text[1] {
				t.Errorf("%q %v\n%s", got, err, out)
			}
		})
	}
}
