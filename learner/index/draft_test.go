package index

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// workspace writes files to a folder and opens an index on it, with the first
// file open.
func workspace(t *testing.T, files map[string]string, first string) (x *Index, doc *analysis.Document) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	x = Open(Options{Whole: true})
	t.Cleanup(func() { _ = x.Close() })
	path := filepath.Join(dir, filepath.FromSlash(first))
	doc = analysis.NewDocument("file://"+path, path, dir, languageOf(filepath.Ext(first)), 1, files[first])
	x.Edited(analysis.Edited{Doc: doc, Change: analysis.Opened})
	if err := x.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	return x, doc
}

// drafts asks for the error that a message reports at the text between « and ».
func drafts(t *testing.T, files map[string]string, first, code, message string) []string {
	t.Helper()
	marked := files[first]
	start := strings.Index(marked, "«")
	end := strings.Index(marked, "»") - len("«")
	if start < 0 || end < start {
		t.Fatal("mark the error with « and »")
	}
	files[first] = strings.NewReplacer("«", "", "»", "").Replace(marked)
	x, doc := workspace(t, files, first)
	tree, err := syntax.Parse(context.Background(), syntax.For(doc.Language), doc.Text)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	d := analysis.Diagnostic{Code: code, Message: message, Severity: analysis.SeverityError, Span: analysis.Span{Start: start, End: end}}
	var out []string
	for _, r := range x.Draft(t.Context(), doc, tree, d) {
		text, err := textedit.Apply(doc.Text, r.Edits)
		if err != nil {
			t.Errorf("%s: %v", r.Title, err)
		}
		out = append(out, changedLines(doc.Text, text))
	}
	return out
}

// changedLines are the lines of after that before has not.
func changedLines(before, after string) string {
	have := map[string]int{}
	for l := range strings.SplitSeq(before, "\n") {
		have[l]++
	}
	var out []string
	for l := range strings.SplitSeq(after, "\n") {
		if have[l]--; have[l] < 0 && strings.TrimSpace(l) != "" {
			out = append(out, strings.TrimSpace(l))
		}
	}
	return strings.Join(out, "; ")
}

// TestDraft gives each maker an error that a tool words so, and what must be among
// its drafts: as the first of them, unless it says otherwise.
func TestDraft(t *testing.T) {
	const module = "module example.com/m\n\ngo 1.26\n"
	for _, tt := range []struct {
		name, file, text, code, message string
		others                          map[string]string
		want                            string
		later                           bool // it need not be the first
	}{
		{
			name: "the import that others use", file: "a.go", message: "undefined: yaml", want: `"gopkg.in/yaml.v3"`,
			text:   "package a\n\nimport (\n\t\"fmt\"\n)\n\nfunc f() { fmt.Println(«yaml».Marshal(1)) }\n",
			others: map[string]string{"b/b.go": "package b\n\nimport \"gopkg.in/yaml.v3\"\n\nvar _ = yaml.Marshal\n"},
		},
		{
			name: "a package of the workspace", file: "a/a.go", message: "undefined: tool", want: `import "example.com/m/tool"`,
			text:   "package a\n\nfunc f() { «tool».Do() }\n",
			others: map[string]string{"tool/t.go": "package tool\n\nfunc Do() {}\n"},
		},
		{
			name: "all imports that are missing", file: "a.go", message: "undefined: strings", want: `"os"; "strings"`,
			text: "package a\n\nimport (\n\t\"fmt\"\n)\n\nfunc f() { fmt.Println(«strings».ToUpper(os.Args[0])) }\n",
		},
		{
			name: "the nearest name", file: "a.go", message: "undefined: conut", want: "return count",
			text: "package a\n\nfunc f() int {\n\tcount := 1\n\treturn «conut»\n}\n",
		},
		{
			name: "a definition that was renamed", file: "a.go", message: "undefined: ShellDirective", want: "type ShellDirective int", later: true,
			text: "package a\n\ntype BashDirective int\n\nvar x «ShellDirective»\n",
		},
		{
			name: "define", file: "a.go", message: "undefined: rec", want: "rec := 1",
			text: "package a\n\nfunc f() {\n\t«rec» = 1\n\tprintln(rec)\n}\n",
		},
		{
			name: "a field by another name", file: "a.go", message: "t.outptu undefined (type *T has no field or method outptu)", want: "return t.output",
			text: "package a\n\nfunc (t *T) f() string {\n\treturn t.«outptu»\n}\n", others: map[string]string{"b.go": "package a\n\ntype T struct{ output string }\n"},
		},
		{
			name: "a field that is missing", file: "a.go", message: "t.ctx undefined (type *T has no field or method ctx)", want: "ctx context.Context",
			text: "package a\n\nimport \"context\"\n\ntype T struct {\n\tn int\n}\n\nfunc (t *T) f() context.Context {\n\treturn t.«ctx»\n}\n",
		},
		{
			name: "an argument", file: "a.go", message: "not enough arguments in call to g\n\thave (string)\n\twant (context.Context, string)", want: `g(ctx, "a")`,
			text: "package a\n\nimport \"context\"\n\nfunc f(ctx context.Context) {\n\tg(\"a\"«)»\n}\n\nfunc g(ctx context.Context, s string) {}\n",
		},
		{
			name: "a parameter", file: "a.go", message: "too many arguments in call to g\n\thave (string, bool)\n\twant (string)", want: "func g(s string, quick bool) {}",
			text: "package a\n\nfunc f(quick bool) {\n\tg(\"a\", «quick»)\n}\n\nfunc g(s string) {}\n",
		},
		{
			name: "results", file: "a.go", message: "not enough return values\n\thave (error)\n\twant (string, error)", want: `return "", err`,
			text: "package a\n\nfunc f(err error) (string, error) {\n\tif err != nil {\n\t\t«return err»\n\t}\n\treturn \"\", nil\n}\n",
		},
		{
			name: "an error that is given", file: "a.go", message: "assignment mismatch: 1 variable but g returns 2 values", want: "n, err := g(); if err != nil {; return err; }",
			text: "package a\n\nfunc f() error {\n\t«n» := g()\n\tprintln(n)\n\treturn nil\n}\n\nfunc g() (int, error) { return 0, nil }\n",
		},
		{
			name: "unused in a range", file: "a.go", message: "declared and not used: i", want: "for _, x := range s {",
			text: "package a\n\nfunc f(s []int) {\n\tfor «i», x := range s {\n\t\tprintln(x)\n\t}\n}\n",
		},
		{
			name: "assign", file: "a.go", message: "no new variables on left side of :=", want: "n = 2",
			text: "package a\n\nfunc f() {\n\tn := 1\n\tn «:=» 2\n\tprintln(n)\n}\n",
		},
		{
			name: "return", file: "a.go", message: "missing return", want: `return "", nil`,
			text: "package a\n\nfunc f(n int) (string, error) {\n\tif n > 0 {\n\t\treturn \"a\", nil\n\t}\n«}»\n",
		},
		{
			name: "strconv", file: "a.go", message: "cannot use n (variable of type int) as string value in argument to g", want: `import "strconv"; func f(n int) { g(strconv.Itoa(n)) }`,
			text: "package a\n\nfunc f(n int) { g(«n») }\n\nfunc g(string) {}\n",
		},
		{
			name: "an address", file: "a.go", message: "cannot use v (variable of type T) as *T value in argument to g", want: "g(&v)",
			text: "package a\n\ntype T struct{}\n\nfunc f() {\n\tvar v T\n\tg(«v»)\n}\n\nfunc g(*T) {}\n",
		},
		{
			name: "a number of another kind", file: "a.go", message: "invalid operation: a + b (mismatched types int and int64)", want: "func f(a int, b int64) int64 { return int64(a) + b }",
			text: "package a\n\nfunc f(a int, b int64) int64 { return «a + b» }\n",
		},
		{
			name: "a method's signature", file: "a.go", want: "func (T) flush(bool) error { return nil }",
			message: "cannot use T{} (value of struct type T) as I value in variable declaration: T does not implement I (wrong type for method flush)\n\t\thave flush() error\n\t\twant flush(bool) error",
			text:    "package a\n\ntype I interface{ flush(bool) error }\n\ntype T struct{}\n\nvar _ I = «T{}»\n\nfunc (T) flush() error { return nil }\n",
		},
		{
			name: "a module that moved", file: "a.go", message: "could not import github.com/old/tea (no required module provides package)", want: `import "example.org/tea"`,
			text: "package a\n\nimport «\"github.com/old/tea\"»\n\nvar _ = tea.X\n", others: map[string]string{"b/b.go": "package b\n\nimport \"example.org/tea\"\n\nvar _ = tea.X\n"},
		},
		{
			name: "an import of a script", file: "src/a.ts", code: "2304", message: "Cannot find name 'Hooks'.", want: "import type {Hooks} from './hooks.js';",
			text:   "import {a} from './b.js';\nimport type {B} from './b.js';\n\nexport function f(h: «Hooks», b: B) { a(h, b) }\n",
			others: map[string]string{"src/hooks.ts": "export type Hooks = { n: number };\n", "src/b.ts": "export const a = 1;\nexport type B = 2;\n"},
		},
		{
			name: "into braces", file: "a.ts", code: "2304", message: "Cannot find name 'beta'.", want: "import { alpha, beta, gamma } from './m'",
			text:   "import { alpha, gamma } from './m'\n\nalpha(«beta»(gamma))\n",
			others: map[string]string{"m.ts": "export const alpha = f, beta = f, gamma = f\n"},
		},
		{
			name: "did you mean", file: "a.ts", code: "2551", message: "Property '_fetch' does not exist on type 'Ky'. Did you mean '#fetch'?", want: "f(ky: Ky) { ky.#fetch() }",
			text: "class Ky {\n  #fetch() {}\n  f(ky: Ky) { ky.«_fetch»() }\n}\n",
		},
		{
			name: "async", file: "a.ts", code: "1308", message: "'await' expressions are only allowed within async functions and at the top levels of modules.", want: "async function f() {",
			text: "function f() {\n  «await» g()\n}\n",
		},
		{
			name: "a property like its siblings", file: "a.ts", code: "2741", want: "priority: true,",
			message: "Property 'priority' is missing in type '{ a: true; b: true; c: true; }' but required in type 'R'.",
			text:    "export const «r»: R = {\n\ta: true,\n\tb: true,\n\tc: true,\n};\n",
		},
		{
			name: "possibly undefined", file: "a.ts", code: "18048", message: "'a' is possibly 'undefined'.", want: "const n = a?.length",
			text: "declare const a: string | undefined\nconst n = «a».length\n",
		},
		{
			name: "await a promise", file: "a.ts", code: "2322", message: "Type 'Promise<string>' is not assignable to type 'string'.", want: "const s: string = await g()",
			text: "async function f() {\n  const «s»: string = g()\n}\n",
		},
		{
			name: "from another module", file: "a.ts", code: "2305", message: `Module '"./fetch"' has no exported member 'Options'.`, want: "import type { Options } from './types'",
			text:   "import type { «Options» } from './fetch'\n",
			others: map[string]string{"fetch.ts": "export const a = 1\n", "types.ts": "export interface Options { a: string }\n"},
		},
		{
			name: "a parameter that nothing uses where another function has one of its name", file: "a.ts", code: "2304", message: "Cannot find name 'context'.",
			want: "function onError(context: Context) {",
			text: "function both() {\n  function onError(ctx: Context) {\n    return «context».error\n  }\n  function onOther(ctx: Context) {\n    return ctx.error\n  }\n}\n",
		},
		{
			name: "a local name, in its own block alone", file: "a.ts", code: "2304", message: "Cannot find name 'work'.", later: true,
			want: "work: working,; return retry(working)",
			text: "class A {\n  static f() {\n    const working = async () => {}\n    g({\n      work,\n    })\n    return retry(«work»)\n  }\n  h(working: T, work: T) {\n    return working(work)\n  }\n}\n",
		},
		{
			name: "a type parameter that others do not give", file: "a.ts", code: "2304", message: "Cannot find name 'T'.", want: "export type Answer<T = unknown> = {",
			text: "export type Answer = {\n  json: () => Promise<«T»>\n}\n",
		},
		{
			name: "taken apart as elsewhere", file: "a.ts", code: "2304", message: "Cannot find name 'mock'.", later: true, want: "const { mock } = made()",
			text: "function first() {\n  const { mock } = made()\n  mock.a()\n}\n\nfunction second() {\n  «mock».b()\n}\n",
		},
		{
			name: "types before what else a module gives", file: "a.ts", code: "2304", message: "Cannot find name 'Hooks'.", later: true, want: "import type { Hooks } from './m'",
			text:   "import type { Z } from './z'\nimport { alpha } from './m'\n\nfunction f(h: «Hooks», z: Z) { alpha(h, z) }\n",
			others: map[string]string{"m.ts": "export type Hooks = { n: number }\nexport const alpha = 1\n", "z.ts": "export type Z = 1\n"},
		},
		{
			name: "behind a type parameter with a default", file: "a.ts", code: "2304", message: "Cannot find name 'R'.", want: "interface Kept<S, A = S, R = unknown> {",
			text: "interface Kept<S, A = S> {\n  keep: (s: S, a: A) => «R»\n}\n",
		},
		{
			name: "a namespace", file: "a.ts", code: "2833", message: "Cannot find namespace 'All'. Did you mean 'all'?", want: "import * as All from 'all'",
			text: "import All from 'all'\n\nfunction f(x: «All».X) {}\n",
		},
		{
			name: "from a module that passes it on and is imported from", file: "test/a.ts", code: "2304", message: "Cannot find name 'literal'.", want: "import { assert, literal } from '../src'",
			text:   "import { assert } from '../src'\n\nassert(«literal»(1))\n",
			others: map[string]string{"src/index.ts": "export * from './inner/all'\n", "src/inner/all.ts": "export * from './types'\n", "src/inner/types.ts": "export function literal(n: number) {}\nexport function assert(n: any) {}\n"},
		},
		{
			name: "not from the folder that it lies in", file: "src/a.ts", code: "2304", message: "Cannot find name 'Problem'.", want: "import { Problem } from './errors'",
			text: "const all = 1\n\nthrow new «Problem»(all)\n",
			others: map[string]string{
				"src/index.ts": "export { Problem } from './errors'\n", "src/errors.ts": "export class Problem {}\n",
				"test/a.ts": "import { Problem } from '../src'\n\nnew Problem()\n", "test/b.ts": "import { Problem } from '../src'\n\nnew Problem()\n",
			},
		},
		{
			name: "python: an import", file: "pkg/a.py", code: "reportUndefinedVariable", message: `"helper" is not defined`, want: "from .util import helper",
			text:   "import os\nfrom .b import c\n\ndef f():\n    return «helper»(os, c)\n",
			others: map[string]string{"pkg/util.py": "def helper(a, b):\n    pass\n", "pkg/b.py": "c = 1\n", "pkg/__init__.py": ""},
		},
		{
			name: "python: the standard library", file: "a.py", code: "reportUndefinedVariable", message: `"json" is not defined`, want: "import json",
			text: "import os\n\nprint(«json».dumps(os.environ))\n",
		},
		{
			name: "python: an attribute", file: "a.py", code: "reportAttributeAccessIssue", message: `Cannot access attribute "nmae" for class "User"`, want: "return u.name",
			text: "class User:\n    def __init__(self):\n        self.name = 1\n\ndef f(u: User):\n    return u.«nmae»\n",
		},
		{
			name: "python: an argument", file: "a.py", code: "reportCallIssue", message: `Argument missing for parameter "other"`, want: "g(1, other)",
			text: "def g(a, other):\n    pass\n\ndef f(other):\n    «g(1)»\n",
		},
		{
			name: "python: a keyword", file: "a.py", code: "reportCallIssue", message: `No parameter named "othr"`, want: "g(other=1)",
			text: "def g(other):\n    pass\n\ndef f():\n    g(«othr»=1)\n",
		},
		{
			name: "python: async", file: "a.py", message: `"await" allowed only within async function`, want: "async def f():",
			text: "def f():\n    «await» g()\n",
		},
		{
			name: "python: nobody waits", file: "a.py", code: "reportUnusedCoroutine", message: "Result of async function call is not used; use \"await\" or assign result to variable", want: "await g()",
			text: "async def f():\n    «g()»\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"go.mod": module, tt.file: tt.text}
			maps.Copy(files, tt.others)
			got := drafts(t, files, tt.file, tt.code, tt.message)
			if at := slices.Index(got, tt.want); at < 0 || at > 0 && !tt.later {
				t.Errorf("want %q, have %q", tt.want, got)
			}
		})
	}
}

// TestNothingToDraft: errors that are cured by taking something away, and what is
// no error of a compiler.
func TestNothingToDraft(t *testing.T) {
	for name, tt := range map[string]struct{ text, message string }{
		"an import that is not used": {"package a\n\nimport «\"os\"»\n", `"os" imported and not used`},
		"a name of nowhere":          {"package a\n\nfunc f() { «xqzzy»() }\n", "undefined: xqzzy"},
		"a rule of a linter":         {"package a\n\nfunc «f»() {}\n", "func f is unused (U1000)"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := drafts(t, map[string]string{"a.go": tt.text}, "a.go", "", tt.message); len(got) > 0 {
				t.Errorf("drafted %q", got)
			}
		})
	}
}
