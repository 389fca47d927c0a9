package pattern

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

func TestImportItems(t *testing.T) {
	for _, c := range []struct{ language, statement, want string }{
		{"go", `import "fmt"`, "[{fmt   false}]"},
		{"go", `import f "fmt"`, "[{fmt  f false}]"},
		{"go", "import (\n\t\"fmt\" // for printing\n\n\t_ \"embed\"\n\tyaml \"gopkg.in/yaml.v3\"\n)", "[{fmt   false} {embed  _ false} {gopkg.in/yaml.v3  yaml false}]"},
		{"python", "import os, sys as system", "[{os   false} {sys  system false}]"},
		{"python", "from a.b import (\n    c,  # why\n    d as e,\n)", "[{a.b c  false} {a.b d e false}]"},
		{"python", "from . import x", "[{. x  false}]"},
		{"typescript", `import { a, b as c, type D } from "m";`, "[{m a  false} {m b c false} {m D  true}]"},
		{"typescript", `import E, * as all from 'n'`, "[{n default E false} {n * all false}]"},
		{"typescript", `import type { F } from "o"`, "[{o F  true}]"},
		{"typescript", `import "effect"`, "[{effect   false}]"},
	} {
		if got := fmt.Sprint(importers[syntax.For(c.language).Family].items(c.statement)); got != c.want {
			t.Errorf("%s: %s, want %s", c.statement, got, c.want)
		}
	}
}

func TestImportBinds(t *testing.T) {
	for path, want := range map[string]string{
		"net/http": "http", "gopkg.in/yaml.v3": "yaml", "github.com/a/b/v2": "b", "github.com/mattn/go-isatty": "isatty",
	} {
		if got := goBinds(importItem{module: path}); got != want {
			t.Errorf("%s binds %q, want %q", path, got, want)
		}
	}
	for _, c := range []struct {
		it   importItem
		want string
	}{
		{importItem{module: "os.path"}, "os"},
		{importItem{module: "os", name: "path"}, "path"},
		{importItem{module: "numpy", alias: "np"}, "np"},
		{importItem{module: "m", name: "*"}, ""},
	} {
		if got := pythonBinds(c.it); got != c.want {
			t.Errorf("%v binds %q, want %q", c.it, got, c.want)
		}
	}
}

// What a repair needs is imported once, where and as the file does it.
func TestWithImports(t *testing.T) {
	strconv := importItem{module: "strconv"}
	for _, c := range []struct {
		name, language, text, use string
		it                        importItem
		want                      string
	}{
		{"go, in order", "go", "package p\n\nimport (\n\t\"fmt\"\n\t\"strings\"\n\n\t\"example.org/x\"\n)\n\nvar _ = 1\n", "strconv.Itoa(1)", strconv,
			"package p\n\nimport (\n\t\"fmt\"\n\t\"strconv\"\n\t\"strings\"\n\n\t\"example.org/x\"\n)\n\nvar _ = strconv.Itoa(1)\n"},
		{"go, last of its group", "go", "package p\n\nimport (\n\t\"fmt\"\n\n\t\"example.org/x\"\n)\n\nvar _ = 1\n", "strconv.Itoa(1)", strconv,
			"package p\n\nimport (\n\t\"fmt\"\n\t\"strconv\"\n\n\t\"example.org/x\"\n)\n\nvar _ = strconv.Itoa(1)\n"},
		{"go, another group", "go", "package p\n\nimport (\n\t\"fmt\"\n\n\t\"example.org/x\"\n)\n\nvar _ = 1\n", "y.Z(1)", importItem{module: "example.org/y"},
			"package p\n\nimport (\n\t\"fmt\"\n\n\t\"example.org/x\"\n\t\"example.org/y\"\n)\n\nvar _ = y.Z(1)\n"},
		{"go, there already", "go", "package p\n\nimport \"strconv\"\n\nvar _ = 1\n", "strconv.Itoa(1)", strconv,
			"package p\n\nimport \"strconv\"\n\nvar _ = strconv.Itoa(1)\n"},
		{"go, one becomes a block", "go", "package p\n\nimport \"strings\"\n\nvar _ = 1\n", "strconv.Itoa(1)", strconv,
			"package p\n\nimport (\n\t\"strconv\"\n\t\"strings\"\n)\n\nvar _ = strconv.Itoa(1)\n"},
		{"go, none yet", "go", "// Package p.\npackage p\n\nvar _ = 1\n", "strconv.Itoa(1)", strconv,
			"// Package p.\npackage p\n\nimport \"strconv\"\n\nvar _ = strconv.Itoa(1)\n"},
		{"go, not used", "go", "package p\n\nvar _ = 1\n", "2", strconv, "package p\n\nvar _ = 2\n"},
		{"python, below the last", "python", "import sys\n\nx = 1\n", "os.sep", importItem{module: "os"}, "import sys\nimport os\n\nx = os.sep\n"},
		{"python, into a list", "python", "from os import path\n\nx = 1\n", "sep", importItem{module: "os", name: "sep"}, "from os import path, sep\n\nx = sep\n"},
		{"python, below the docstring", "python", "#!/usr/bin/env python3\n\"\"\"What it does.\"\"\"\nx = 1\n", "np.pi", importItem{module: "numpy", alias: "np"},
			"#!/usr/bin/env python3\n\"\"\"What it does.\"\"\"\nimport numpy as np\nx = np.pi\n"},
		{"typescript, into braces", "typescript", "import { a } from './m';\n\nconst x = 1;\n", "b(a)", importItem{module: "./m", name: "b"},
			"import { a, b } from './m';\n\nconst x = b(a);\n"},
		{"typescript, as the file writes", "typescript", "import { a } from './m'\n\nconst x = 1\n", "b(a)", importItem{module: "./n", name: "b"},
			"import { a } from './m'\nimport { b } from './n'\n\nconst x = b(a)\n"},
		{"typescript, types apart", "typescript", "import { a } from \"./m\";\n\nlet x: 1;\n", "B", importItem{module: "./m", name: "B", types: true},
			"import { a } from \"./m\";\nimport type { B } from \"./m\";\n\nlet x: B;\n"},
	} {
		tree, err := syntax.Parse(t.Context(), syntax.For(c.language), c.text)
		if err != nil {
			t.Fatal(err)
		}
		at := strings.LastIndex(c.text, "1")
		edits := []analysis.Edit{{Span: analysis.Span{Start: at, End: at + 1}, New: c.use}}
		got, err := textedit.Apply(c.text, withImports(Target{Text: c.text, Language: c.language, Tree: tree}, edits, []importItem{c.it}))
		tree.Close()
		if err != nil || got != c.want {
			t.Errorf("%s (%v):\n%s\nwant:\n%s", c.name, err, got, c.want)
		}
	}
}

// The smallest edit keeps brackets whole, however far apart their ends are.
func TestSmallestKeepsBrackets(t *testing.T) {
	body := strings.Repeat("\tprintln(1)\n", 9)
	before := "package p\n\nfunc f(ok bool) {\n\tuse(ok)\n" + body + "}\n\nfunc g() { old() }\n"
	after := "package p\n\nfunc f(ok bool) {\n\tif ok {\n\tuse(ok)\n" + body + "\t}\n}\n\nfunc g() { renamed() }\n"
	lang := syntax.For("go")
	bt, err := syntax.Parse(t.Context(), lang, before)
	if err != nil {
		t.Fatal(err)
	}
	defer bt.Close()
	at, err := syntax.Parse(t.Context(), lang, after)
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	d := analysis.Diagnostic{Message: "unchecked", Span: analysis.Span{Start: strings.Index(before, "use"), End: strings.Index(before, "use") + 3}}
	got, err := textedit.Apply(before, Smallest(lang, before, after, bt, d))
	if want := strings.Replace(after, "renamed", "old", 1); err != nil || got != want {
		t.Errorf("(%v):\n%s\nwant:\n%s", err, got, want)
	}
}
