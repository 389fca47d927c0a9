//go:build editors

package proxy

import "fmt"

// usual is how many rounds a session has.
const usual = 12

// moreProjects are those of all servers that the proxy is made for.
func moreProjects(tool func(string) string) []project {
	return []project{
		ruff(tool),
		{
			name: "pyright", command: []string{tool("pyright-langserver"), "--stdio"}, language: "python", file: "main.py",
			files: map[string]string{
				"pyrightconfig.json": "{}\n",
				"main.py":            "import other\n\nprint(other.NAME)\n",
				"other.py":           "NAME = \"ö\"\n",
			},
			piece: "\n\ndef f%[1]d(number: int) -> str:\n    \"\"\"One of many.\"\"\"\n    return number\n",
			wrong: "number\n", right: "str(number)\n", big: "# A line of a long file, with \"quotes\" and ä.\n",
		},
		{
			name: "typescript", command: []string{tool("typescript-language-server"), "--stdio"}, language: "typescript", file: "main.ts",
			files: map[string]string{
				"tsconfig.json": `{"compilerOptions": {"strict": true, "target": "es2022", "module": "es2022", "moduleResolution": "bundler"}}` + "\n",
				"main.ts":       "import { name } from './other';\n\nconsole.log(name);\n",
				"other.ts":      "export const name = 'ö';\n",
			},
			piece: "\n/** f%[1]d is one of many. */\nexport function f%[1]d(number: number): string {\n  return number;\n}\n",
			wrong: "number;\n}", right: "String(number);\n}", big: "// A line of a long file, with \"quotes\" and ä.\n",
		},
		{
			name: "clangd", command: []string{tool("clangd")}, language: "c", file: "main.c",
			files: map[string]string{
				"compile_flags.txt": "-std=c17\n",
				"stock.h":           "const char *text_of(int number);\n",
				"main.c":            "#include \"stock.h\"\n\nint main(void) {\n    return text_of(3)[0];\n}\n",
			},
			piece: "\n/* f%[1]d is one of many. */\nconst char *f%[1]d(int number) {\n    return number;\n}\n",
			wrong: "number;\n}", right: "text_of(number);\n}", big: fmt.Sprintf("/* A line of a long file, with %q and ä. */\n", "quotes"),
		},
	}
}
