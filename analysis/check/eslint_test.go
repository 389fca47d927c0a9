package check

import (
	"testing"

	"github.com/dejafix/dejafix/analysis"
)

func TestESLint(t *testing.T) {
	const flat = `export default [{ rules: { "prefer-const": "error", eqeqeq: "warn", "no-undef": "error", "no-unused-vars": "error" } }, { ignores: ["out/**"] }]` + "\n"
	one := func(text string) map[string]string {
		return map[string]string{"eslint.config.mjs": flat, "src/a.js": text}
	}
	given := analysis.Diagnostic{Source: "eslint", Code: "eqeqeq", Message: "Expected '===' and instead saw '=='.", Span: analysis.Span{Start: 2, End: 4}}
	cases := []rowCase{
		{
			name: "cured", files: one("/* é */ let a = 1\nexport const b = a\n"), path: "src/a.js",
			target: "'a' is never reassigned", old: "let a", new: "const a", want: VerdictChecked,
		},
		{
			name: "still there", files: one("export const b = (x, y) => x == y\n"), path: "src/a.js",
			target: "Expected '==='", old: "== y", new: "== (y)", want: VerdictRefuted, reason: "still there: a.js:1",
		},
		{
			name: "new", files: one("export const b = (x, y) => x == y\n"), path: "src/a.js",
			target: "Expected '==='", old: "== y", new: "=== z", want: VerdictRefuted, reason: "something new breaks: a.js:1",
		},
		{
			name: "a syntax error hides the rest", files: one("export const b = (x, y => x == y\n"), path: "src/a.js",
			target: "Parsing error", old: "y =>", new: "y) =>", want: VerdictChecked, uncovered: 1,
		},
		{
			name: "the edit breaks the syntax", files: one("export const b = (x, y) => x == y\n"), path: "src/a.js",
			target: "Expected '==='", old: "== y", new: "=== = y", want: VerdictRefuted, reason: "Parsing error",
		},
		{
			name: "only deletes", files: one("let c = 1\nexport const b = 1\n"), path: "src/a.js",
			target: "never used", old: "let c = 1\n", new: "", cause: CauseDeletes,
		},
		{
			name: "suppression", files: one("export const b = (x, y) => x == y\n"), path: "src/a.js",
			target: "Expected '==='", old: "== y", new: "== y // eslint-disable-line", cause: CauseSuppresses,
		},
		{
			name: "ignored", files: map[string]string{"eslint.config.mjs": flat, "out/a.js": "x == y\n"}, path: "out/a.js", given: given,
			old: "==", new: "===", cause: CauseIncomplete, reason: "eslint does not look at a.js: File ignored",
		},
		{
			name: "no configuration", files: map[string]string{"a.js": "x == y\n"}, path: "a.js", given: given,
			old: "==", new: "===", cause: CauseNoChecker, reason: "npm init @eslint/config",
		},
		{
			name: "broken configuration", files: map[string]string{"eslint.config.mjs": "export default [{ rules: { eqeqeq: 'loud' } }]", "a.js": "x == y\n"}, path: "a.js", given: given,
			old: "==", new: "===", cause: CauseFailed, reason: "mend its configuration",
		},
		{
			name: "a plugin that is not installed", files: map[string]string{"eslint.config.mjs": "import x from 'eslint-plugin-none'\nexport default [x]", "a.js": "x == y\n"}, path: "a.js", given: given,
			old: "==", new: "===", cause: CauseMissing, reason: "eslint-plugin-none",
		},
		{
			name: "unsaved configuration", files: one("x == y\n"), unsaved: map[string]string{"eslint.config.mjs": "export default []"}, path: "src/a.js", given: given,
			old: "==", new: "===", cause: CauseIncomplete, reason: "eslint.config.mjs from disk: save it first",
		},
		{
			name: "no eslint", files: one("x == y\n"), path: "src/a.js", given: given, prepare: func(testing.TB, string) {},
			old: "==", new: "===", cause: CauseMissing, reason: "npm install --save-dev eslint",
		},
		{
			name: "not trusted", files: one("x == y\n"), path: "src/a.js", given: given, untrusted: true,
			old: "==", new: "===", cause: CauseUntrusted, reason: "dejafix trust",
		},
		{
			name: "a plugin that reads an unsaved file", path: "src/a.js",
			files: map[string]string{
				"eslint.config.mjs": "import known from './rule.mjs'\nexport default [{ plugins: { own: { rules: { known } } }, rules: { 'own/known': 'error' } }]\n",
				"rule.mjs": `import { readFileSync } from 'node:fs'
export default { create: c => ({ Literal(n) {
  const words = readFileSync(new URL('./words.txt', import.meta.url), 'utf8').split(' ')
  if (!words.includes(n.value)) c.report({ node: n, message: 'unknown word' })
} }) }
`,
				"words.txt": "one two", "src/a.js": "export default 'three'\n",
			},
			unsaved: map[string]string{"words.txt": "four"},
			target:  "unknown word", old: "three", new: "four", want: VerdictChecked,
		},
	}
	testRow(t, eslintRow(), "javascript", func(t testing.TB, root string) { install(t, root, modules(t, "eslint"), "eslint") }, cases)

	older := `{"root": true, "parserOptions": {"ecmaVersion": 2022, "sourceType": "module"}, "rules": {"eqeqeq": "error", "no-undef": "error"}}`
	testRow(t, eslintRow(), "javascript", func(t testing.TB, root string) { install(t, root, modules(t, "eslint-legacy"), "eslint") }, []rowCase{
		{
			name: "older configuration, cured", files: map[string]string{".eslintrc.json": older, "src/a.js": "export const b = (x, y) => x == y\n"}, path: "src/a.js",
			target: "Expected '==='", old: "==", new: "===", want: VerdictChecked,
		},
		{
			name: "older configuration, new", files: map[string]string{".eslintrc.json": older, "src/a.js": "export const b = (x, y) => x == y\n"}, path: "src/a.js",
			target: "Expected '==='", old: "== y", new: "=== z", want: VerdictRefuted, reason: "'z' is not defined",
		},
		{
			name: "in package.json", files: map[string]string{"package.json": `{"eslintConfig": ` + older + `}`, "src/a.js": "export const b = (x, y) => x == y\n"}, path: "src/a.js",
			target: "Expected '==='", old: "==", new: "===", want: VerdictChecked,
		},
		{
			name: "flat configuration with eslint 8", files: one("export const b = (x, y) => x == y\n"), path: "src/a.js",
			prepare: func(t testing.TB, root string) { install(t, root, modules(t, "eslint-legacy"), "eslint") },
			target:  "Expected '==='", old: "==", new: "===", want: VerdictChecked,
		},
		{
			name: "ignored by .eslintignore", files: map[string]string{".eslintrc.json": older, ".eslintignore": "src\n", "src/a.js": "x == y\n"}, path: "src/a.js", given: given,
			old: "==", new: "===", cause: CauseIncomplete, reason: "eslint does not look at a.js: File ignored",
		},
	})
}
