package check

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

func installTypeScript(t testing.TB, root string) {
	install(t, root, modules(t, "tsc"), "typescript")
}

// TestSaysWhatTsserverSays: all that tsserver was recorded to report.
func TestSaysWhatTsserverSays(t *testing.T) {
	for dir, recorded := range map[string]string{"typescript": "tsserver.json", "typescript-syntax": "tsserver-syntax.json"} {
		if only := testRecorded(t, typescriptRow(), "typescript", dir, recorded, installTypeScript); len(only) > 0 {
			t.Errorf("%s: only tsserver says %v", dir, only)
		}
	}
}

// TestTypeScript7SaysWhatTsserverSays: the same identities at the same places.
// It gives some places another length, and is milder on what is unused.
func TestTypeScript7SaysWhatTsserverSays(t *testing.T) {
	loose := typescriptRow()
	loose.Name = "loose"
	for dir, want := range map[string]map[string]bool{
		// It knows another JSX runtime by default.
		"typescript":        {`view.tsx:1 6133 "'JSX' is declared but its value is never read."`: true},
		"typescript-syntax": {},
	} {
		recorded := map[string]string{"typescript": "tsserver.json", "typescript-syntax": "tsserver-syntax.json"}[dir]
		if only := testRecorded(t, loose, "typescript", dir, recorded, installTypeScript7); !maps.Equal(only, want) {
			t.Errorf("%s: only tsserver says %v", dir, only)
		}
	}
}

// TestTypeScript asks TypeScript as a library and, from version 7, as a program.
func TestTypeScript(t *testing.T) {
	t.Run("5", func(t *testing.T) { testTypeScript(t, installTypeScript) })
	t.Run("7", func(t *testing.T) { testTypeScript(t, installTypeScript7) })
}

func installTypeScript7(t testing.TB, root string) {
	install(t, root, modules(t, "tsc-native"), "typescript", "@typescript")
}

func testTypeScript(t *testing.T, installTypeScript func(t testing.TB, root string)) {
	t.Helper()
	const config = `{"compilerOptions": {"strict": true, "module": "esnext", "moduleResolution": "bundler", "target": "es2022", "lib": ["es2022"], "types": []}, "include": ["src"]}`
	user := map[string]string{
		"tsconfig.json": config,
		"src/user.ts":   "export interface User { name: string }\nexport function make() { return { nmae: 'x' } }\nexport const u: User = make()\n",
		"src/use.ts":    "import { make } from './user'\nexport const n: string = make().nmae\n",
	}
	// Many files use lib.ts, more than are looked at whatever it gains.
	used := map[string]string{"tsconfig.json": config, "src/lib.ts": "export const one = 1\nexport const six: number = two * 3\n"}
	for i := range 30 {
		used[fmt.Sprintf("src/use%d.ts", i)] = fmt.Sprintf("import { one } from './lib'\nexport const n%d = one + %[1]d\n", i)
	}
	and := func(files, more map[string]string) map[string]string {
		out := maps.Clone(files)
		maps.Copy(out, more)
		return out
	}
	one := func(text string) map[string]string {
		return map[string]string{"tsconfig.json": config, "src/a.ts": text}
	}
	testRow(t, typescriptRow(), "typescript", installTypeScript, []rowCase{
		{
			name: "cured", files: one("const user = { name: 'é' }\nconsole.log(user.nmae)\ndeclare const console: { log(x: unknown): void }\n"), path: "src/a.ts",
			target: "'nmae' does not exist", old: "nmae", new: "name", want: VerdictChecked,
		},
		{
			name: "still there", files: one("const user = { name: '' }\nuser.nmae\n"), path: "src/a.ts",
			target: "'nmae' does not exist", old: "nmae", new: "naem", want: VerdictRefuted, reason: "still there: a.ts:2",
		},
		{
			name: "new in the file", files: one("const n: number = 'x'\nexport const m: number = n\n"), path: "src/a.ts",
			target: "not assignable to type 'number'", old: "n: number = 'x'", new: "n: string = 'x'", want: VerdictRefuted, reason: "something new breaks: a.ts:2",
		},
		{
			name: "new in a file that uses it", once: true, files: user, path: "src/user.ts",
			target: "'name' is missing", old: "nmae", new: "name", want: VerdictRefuted, reason: "something new breaks: use.ts",
		},
		{
			name: "the file that uses it is mended, unsaved", files: user, path: "src/user.ts",
			unsaved: map[string]string{"src/use.ts": "import { make } from './user'\nexport const n: string = make().name\n"},
			// It is broken before, and whole after.
			target: "'name' is missing", old: "nmae", new: "name", want: VerdictChecked,
		},
		{
			name: "through a file that exports it again", path: "src/user.ts",
			files: map[string]string{
				"tsconfig.json": config,
				"src/user.ts":   "export const age: number = '1'\n",
				"src/index.ts":  "export * from './user'\n",
				"src/use.ts":    "import { age } from './index'\nexport const next = age.toFixed(1)\n",
			},
			target: "not assignable", old: "age: number", new: "age: string", want: VerdictRefuted, reason: "use.ts:2",
		},
		{
			name: "gains a name, and many use others", path: "src/lib.ts", files: used,
			target: "Cannot find name 'two'", old: "export const six", new: "export const two = 2\nexport const six", want: VerdictChecked,
		},
		{
			name: "gains a name that another file of the same barrel has", path: "src/lib.ts",
			files: and(used, map[string]string{
				"src/more.ts": "export const two = 'x'\n", "src/index.ts": "export * from './lib'\nexport * from './more'\n",
			}),
			target: "Cannot find name 'two'", old: "export const six", new: "export const two = 2\nexport const six", want: VerdictRefuted, reason: "index.ts:2",
		},
		{
			name: "gains a name that somebody counts", path: "src/lib.ts",
			files: and(used, map[string]string{
				"src/all.ts": "import * as lib from './lib'\nexport const names: Record<keyof typeof lib, number> = { one: 1, six: 6 }\n",
			}),
			target: "Cannot find name 'two'", old: "export const six", new: "export const two = 2\nexport const six", want: VerdictRefuted, reason: "all.ts:2",
		},
		{
			name: "gains a name and changes another", path: "src/lib.ts",
			files:  and(used, map[string]string{"src/last.ts": "import { six } from './lib'\nexport const s = six.toFixed()\n"}),
			target: "Cannot find name 'two'", old: "export const six: number", new: "export const two = '2'\nexport const six: string", want: VerdictRefuted, reason: "something new breaks",
		},
		{
			name: "unsaved text of an imported file", path: "src/a.ts",
			files: map[string]string{
				"tsconfig.json": config,
				"src/b.ts":      "export const b = 1\n",
				"src/a.ts":      "import { c } from './b'\nexport const d = c\n",
			},
			unsaved: map[string]string{"src/b.ts": "export const e = 1\n"},
			target:  "no exported member", old: "{ c }", new: "{ e as c }", want: VerdictChecked,
		},
		{
			name: "an unsaved file that is not on disk", path: "src/a.ts",
			files:   map[string]string{"tsconfig.json": config, "src/a.ts": "import { c } from './b'\nexport const d = c\n"},
			unsaved: map[string]string{"src/new.ts": "export const c = 1\n"},
			target:  "Cannot find module", old: "./b", new: "./new", want: VerdictChecked,
		},
		{
			name: "a syntax error hides nothing", files: one("const n: number = (1\nconst s: string = 1\nn + s\n"), path: "src/a.ts",
			target: "')' expected", old: "(1", new: "(1)", want: VerdictChecked,
		},
		{
			name: "a cured syntax error uncovers an error", files: one("export const s = `a\nexport const n: number = 'x'\n"), path: "src/a.ts",
			target: "Unterminated template", old: "`a", new: "`a`", want: VerdictChecked, uncovered: 1,
		},
		{
			name: "only deletes", files: one("let n: number = 1\nn = 'x'\n"), path: "src/a.ts",
			target: "not assignable", old: "n = 'x'\n", new: "", cause: CauseDeletes, reason: "only deletes",
		},
		{
			name: "only deletes, asked for", files: one("let n: number = 1\nn = 'x'\nn.toFixed()\n"), path: "src/a.ts",
			target: "not assignable", old: "n = 'x'\n", new: "", asked: true, want: VerdictChecked,
		},
		{
			name: "suppression", files: one("let n: number = 1\nn = 'x'\n"), path: "src/a.ts",
			target: "not assignable", old: "n = 'x'\n", new: "// @ts-ignore\nn = 'x'\n", cause: CauseSuppresses,
		},
		{
			name: "no TypeScript", files: one("user\n"), path: "src/a.ts", given: analysis.Diagnostic{Source: "ts", Code: "2304", Message: "Cannot find name 'user'."},
			prepare: func(testing.TB, string) {}, old: "user", new: "''", cause: CauseMissing, reason: "npm install --save-dev typescript",
		},
		{
			name: "no project", files: map[string]string{"a.ts": "user\n"}, path: "a.ts", given: analysis.Diagnostic{Source: "ts", Code: "2304", Message: "Cannot find name 'user'."},
			old: "user", new: "''", cause: CauseNoChecker, reason: "tsconfig.json",
		},
		{
			name: "not in the project", path: "other/a.ts", files: map[string]string{"tsconfig.json": config, "src/b.ts": "export {}\n", "other/a.ts": "user\n"},
			given: analysis.Diagnostic{Source: "ts", Code: "2304", Message: "Cannot find name 'user'."},
			old:   "user", new: "''", cause: CauseNoChecker, reason: "a.ts belongs to no TypeScript project",
		},
		{
			name: "broken configuration", path: "src/a.ts", files: map[string]string{"tsconfig.json": `{"compilerOptions": {"strict": "x"}}`, "src/a.ts": "user\n"},
			given: analysis.Diagnostic{Source: "ts", Code: "2304", Message: "Cannot find name 'user'."},
			old:   "user", new: "''", cause: CauseIncomplete, reason: "tsconfig.json cannot be read",
		},
		{
			name: "not trusted", files: one("user\n"), path: "src/a.ts", given: analysis.Diagnostic{Source: "ts", Code: "2304", Message: "Cannot find name 'user'."},
			old: "user", new: "''", cause: CauseUntrusted, reason: "dejafix trust", untrusted: true,
		},
		{
			name: "TypeScript that fails", once: true, files: one("user\n"), path: "src/a.ts", given: analysis.Diagnostic{Source: "ts", Code: "2304", Message: "Cannot find name 'user'."},
			prepare: func(t testing.TB, root string) {
				save(t, filepath.Join(root, "node_modules/typescript/package.json"), `{"version": "5.0.0"}`)
				save(t, filepath.Join(root, "node_modules/typescript/lib/typescript.js"), "throw new Error('no luck')")
			},
			old: "user", new: "''", cause: CauseFailed, reason: "no luck",
		},
		{
			name: "packages of one workspace", path: "app/a.ts",
			files: map[string]string{
				"app/tsconfig.json": `{"compilerOptions": {"strict": true, "module": "esnext", "moduleResolution": "bundler", "types": []}}`,
				"lib/package.json":  `{"name": "lib", "types": "index.ts"}`,
				"lib/index.ts":      "export const one = 1\n",
				"app/a.ts":          "import { tow } from 'lib'\nexport const d = tow\n",
			},
			unsaved: map[string]string{"lib/index.ts": "export const two = 2\n"},
			prepare: func(t testing.TB, root string) {
				installTypeScript(t, root)
				link(t, filepath.Join("..", "lib"), filepath.Join(root, "node_modules", "lib"))
			},
			target: "no exported member", old: "{ tow }", new: "{ two as tow }", want: VerdictChecked,
		},
		{
			name: "a configuration of references alone", path: "src/a.ts",
			files: map[string]string{
				"tsconfig.json":     `{"files": [], "references": [{"path": "./tsconfig.app.json"}, {"path": "./tsconfig.node.json"}]}`,
				"tsconfig.app.json": `{"compilerOptions": {"noEmit": true, "types": []}, "include": ["src"]}`, "tsconfig.node.json": `{"files": ["vite.config.ts"]}`,
				"vite.config.ts": "", "src/a.ts": "const name = 1\nexport const d = nmae\n",
			},
			target: "Cannot find name 'nmae'", old: "nmae", new: "name", want: VerdictChecked,
		},
		{
			name: "project references", path: "app/a.ts",
			files: map[string]string{
				"tsconfig.json":     `{"files": [], "references": [{"path": "lib"}, {"path": "app"}]}`,
				"lib/tsconfig.json": `{"compilerOptions": {"composite": true, "outDir": "../out/lib", "types": []}}`,
				"lib/b.ts":          "export const bee = 1\n",
				"app/tsconfig.json": `{"compilerOptions": {"composite": true, "outDir": "../out/app", "types": []}, "references": [{"path": "../lib"}]}`,
				"app/a.ts":          "import { bea } from '../lib/b'\nexport const d = bea\n",
			},
			target: "no exported member", old: "{ bea }", new: "{ bee as bea }", want: VerdictChecked,
		},
	})
	testRow(t, typescriptRow(), "javascript", installTypeScript, []rowCase{
		{
			name: "checkJs", path: "a.js", files: map[string]string{"jsconfig.json": `{"compilerOptions": {"checkJs": true, "types": []}}`, "a.js": "const user = 'x'\nuser.length\nuser.nmae\n"},
			target: "'nmae' does not exist", old: "nmae", new: "length", want: VerdictChecked,
		},
		{
			name: "JavaScript that is not checked", path: "a.js", files: map[string]string{"jsconfig.json": `{"compilerOptions": {"types": []}}`, "a.js": "const user = { name: '' }\nuser.nmae\n"},
			given: analysis.Diagnostic{Source: "ts", Code: "2339", Message: "Property 'nmae' does not exist on type '{ name: string; }'."},
			old:   "nmae", new: "name", cause: CauseNotReported, reason: "does not report this error",
		},
		{
			name: "JavaScript with a syntax error", path: "a.js", files: map[string]string{"jsconfig.json": `{"compilerOptions": {"types": []}}`, "a.js": "const a = [1, 2\n"},
			target: "']' expected", old: "2\n", new: "2]\n", want: VerdictChecked,
		},
	})
}

// TestTypeScriptSeesTheDisk: what others wrote since the last answer counts,
// also when its size and time are the same.
func TestTypeScriptSeesTheDisk(t *testing.T) {
	t.Run("5", func(t *testing.T) { testSeesTheDisk(t, installTypeScript) })
	t.Run("7", func(t *testing.T) { testSeesTheDisk(t, installTypeScript7) })
}

func testSeesTheDisk(t *testing.T, installTypeScript func(t testing.TB, root string)) {
	const config = `{"compilerOptions": {"strict": true, "types": []}, "include": ["*.ts"]}`
	root := write(t, map[string]string{
		"tsconfig.json": config,
		"a.ts":          "import { b } from './b'\nexport const c: number = b\n",
		"b.ts":          "export const b = '1'\n",
	})
	installTypeScript(t, root)
	s := New(Options{Rows: []Row{typescriptRow()}, Servers: true})
	t.Cleanup(s.Close)
	says := func(want ...string) {
		t.Helper()
		path := filepath.Join(root, "a.ts")
		reports, err := s.Check(t.Context(), "typescript", Request{Root: root, Scope: []string{path}, Until: PhaseTypes, Trusted: true})
		if err != nil || reports[0].Err != nil {
			t.Fatal(err, reports)
		}
		var got []string
		for _, f := range reports[0].Findings {
			got = append(got, f.Code)
		}
		if len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
			t.Fatalf("%v, want %v", got, want)
		}
	}
	says("2322")
	save(t, filepath.Join(root, "b.ts"), "export const b = 123\n")
	says()
	if err := os.Remove(filepath.Join(root, "b.ts")); err != nil {
		t.Fatal(err)
	}
	says("2307")
	save(t, filepath.Join(root, "b.d.ts"), "export const b: number\n")
	says()
	save(t, filepath.Join(root, "tsconfig.json"), `{"compilerOptions": {"strict": true, "types": [], "noEmit": true, "noUnusedLocals": true}, "include": ["*.ts"]}`)
	save(t, filepath.Join(root, "a.ts"), "import { b } from './b'\nexport {}\n")
	says("6133")
	save(t, filepath.Join(root, "a.ts"), "export const c: string = global\n")
	says("2304")
	save(t, filepath.Join(root, "global.d.ts"), "declare const global: string\n")
	says()
	save(t, filepath.Join(root, "node_modules", "x", "package.json"), `{"name": "x", "types": "x.d.ts"}`)
	save(t, filepath.Join(root, "node_modules", "x", "x.d.ts"), "export const x: number\n")
	save(t, filepath.Join(root, "a.ts"), "import { x } from 'x'\nexport const c: string = x\n")
	says("2322")
	save(t, filepath.Join(root, "node_modules", "x", "x.d.ts"), "export const x: string\n")
	save(t, filepath.Join(root, "node_modules", ".package-lock.json"), "{}") // npm does
	says()
}

// TestTypeScriptThatMeansHarm: what poses as TypeScript takes no more than its
// time and its output, and the next one is asked as if nothing had been.
func TestTypeScriptThatMeansHarm(t *testing.T) {
	tests := map[string]struct {
		code    string
		cause   Cause
		cancel  bool
		timeout time.Duration
	}{
		"never answers": {code: "for (;;) {}", cause: CauseTime, timeout: 2 * time.Second},
		"answers much":  {code: "const b = Buffer.alloc(1 << 20, 'x'); for (;;) require('fs').writeSync(1, b)", cause: CauseOutput},
		"other words":   {code: "require('fs').writeSync(1, 'hello\\n')", cause: CauseFailed},
		"nobody waits":  {code: "for (;;) {}", cause: CauseCancelled, cancel: true},
	}
	files := map[string]string{"tsconfig.json": "{}", "a.ts": "const name = 1\nexport const b = nmae\n"}
	good := write(t, files)
	installTypeScript(t, good)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := New(Options{Rows: []Row{typescriptRow()}, Servers: true, Timeout: tt.timeout})
			t.Cleanup(s.Close)
			bad := write(t, files)
			save(t, filepath.Join(bad, "node_modules/typescript/package.json"), `{"version": "5.0.0"}`)
			save(t, filepath.Join(bad, "node_modules/typescript/lib/typescript.js"), tt.code)
			edit := func(root string) Edit {
				return Edit{
					Root: root, Path: filepath.Join(root, "a.ts"), Language: "typescript", Text: files["a.ts"],
					Edits:  []analysis.Edit{{Span: analysis.Span{Start: 32, End: 36}, New: "name"}},
					Target: analysis.Diagnostic{Source: "ts", Code: "2304", Message: "Cannot find name 'nmae'.", Span: analysis.Span{Start: 32, End: 36}},
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.cancel {
				cancel()
			}
			if j := s.Judge(ctx, edit(bad), true); j.Verdict != VerdictUnknown || j.Cause != tt.cause {
				t.Fatalf("%v (%s) %q, want %s", j.Verdict, j.Cause, j.Reason, tt.cause)
			}
			if tt.cancel || tt.timeout > 0 {
				return
			}
			e := edit(good)
			e.Target = said(t, s, &e, "Cannot find name")
			if j := s.Judge(t.Context(), e, true); j.Verdict != VerdictChecked {
				t.Fatalf("%v (%s) %q", j.Verdict, j.Cause, j.Reason)
			}
		})
	}
}

func TestTSExports(t *testing.T) {
	const text = `import { a } from './a'
export function f(x: number): string { return x + one }
export function g(x: number) { return x + two }
export const h: () => number = () => three
export const i = () => four
export const j = (cb: { k(): void }) => { return five }
export class C {
  l: number = 6
  constructor(private m: number) { this.l = six }
  n(): number { const o = () => seven; return o() }
  p() { return eight }
}
export const q = (x: number): number => { return nine }
const r: Map<string, (y: number) => void> = new Map(ten)
`
	for old, want := range map[string]bool{
		"one": false, "two": true, "three": false, "four": true, "five": true, "six": false, "seven": false, "eight": true, "nine": false, "ten": false,
		"x: number): string": true, "'./a'": true, "l: number": true, "private m": true, "h: () => number": true, "(y: number)": true,
	} {
		if got := tsExports("a.ts", text, strings.Replace(text, old, "changed", 1)); got != want {
			t.Errorf("%s: %v", old, got)
		}
	}
	if !tsExports("a.ts", text, strings.Replace(text, "one }", "1 }\nexport function z() { return 1 }", 1)) {
		t.Error("a function more")
	}
	if tsExports("a.test.ts", text, "") || !tsExports("a.js", text, "") {
		t.Error("by the name of the file")
	}
}
