package pattern_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/pattern"
)

// marked cuts the «error» out of a text.
func marked(t *testing.T, text string) (string, analysis.Span) {
	t.Helper()
	start, end := strings.Index(text, "«"), strings.Index(text, "»")
	if start < 0 || end < 0 {
		t.Fatalf("no «error» in %q", text)
	}
	return strings.NewReplacer("«", "", "»", "").Replace(text), analysis.Span{Start: start, End: end - len("«")}
}

func TestSmallest(t *testing.T) {
	const head = "package a\n\nimport (\n\t\"fmt\"\n)\n\n"
	for _, c := range []struct {
		name, before, after, want string // want: before with the smallest edit
		message                   string
	}{
		{
			name:    "a rename in another function is dropped",
			before:  head + "func f(x int) {\n\tshow(«x»)\n}\n\nfunc g(total int) int {\n\treturn total\n}\n",
			after:   head + "func f(x int) {\n\tshow(text(x))\n}\n\nfunc g(sum int) int {\n\treturn sum\n}\n",
			want:    head + "func f(x int) {\n\tshow(text(x))\n}\n\nfunc g(total int) int {\n\treturn total\n}\n",
			message: "cannot use x as string",
		},
		{
			name:    "an import for a name that the repair brings is kept",
			before:  head + "func f(x int) {\n\tfmt.Println()\n\tshow(«x»)\n}\n\nfunc g(total int) int {\n\treturn total\n}\n",
			after:   "package a\n\nimport (\n\t\"fmt\"\n\t\"strconv\"\n)\n\nfunc f(x int) {\n\tfmt.Println()\n\tshow(strconv.Itoa(x))\n}\n\nfunc g(sum int) int {\n\treturn sum\n}\n",
			want:    "package a\n\nimport (\n\t\"fmt\"\n\t\"strconv\"\n)\n\nfunc f(x int) {\n\tfmt.Println()\n\tshow(strconv.Itoa(x))\n}\n\nfunc g(total int) int {\n\treturn total\n}\n",
			message: "cannot use x as string",
		},
		{
			name:    "an import for nothing of the repair is dropped",
			before:  head + "func f(x int) {\n\tshow(«x»)\n}\n",
			after:   "package a\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc f(x int) {\n\tshow(&x)\n}\n",
			want:    head + "func f(x int) {\n\tshow(&x)\n}\n",
			message: "cannot use x as *int",
		},
		{
			name:    "the edit is far, and the message names it",
			before:  head + "func f() {\n\tshow(«total»)\n}\n\n// One.\n\n// Two.\n\n// Three.\n\nfunc g() {\n\tuse(1)\n}\n",
			after:   head + "var total int\n\nfunc f() {\n\tshow(total)\n}\n\n// One.\n\n// Two.\n\n// Three.\n\nfunc g() {\n\tuse(2)\n}\n",
			want:    head + "var total int\n\nfunc f() {\n\tshow(total)\n}\n\n// One.\n\n// Two.\n\n// Three.\n\nfunc g() {\n\tuse(1)\n}\n",
			message: "undefined: total",
		},
		{
			name:    "what nothing explains is kept whole",
			before:  head + "func f() {\n\tshow(«a»)\n}\n\nfunc g() {\n\tuse(1)\n}\n\nfunc h() {\n\tuse(2)\n}\n",
			after:   head + "func f() {\n\tshow(a)\n}\n\nfunc g() {\n\tuse(10)\n}\n\nfunc h() {\n\tuse(20)\n}\n",
			want:    head + "func f() {\n\tshow(a)\n}\n\nfunc g() {\n\tuse(10)\n}\n\nfunc h() {\n\tuse(20)\n}\n",
			message: "something is wrong",
		},
		{
			name:    "formatting elsewhere is dropped",
			before:  head + "func f(x *T) {\n\tshow(«x»)\n}\n\nfunc g()   {\n}\n",
			after:   head + "func f(x *T) {\n\tshow(x.Name)\n}\n\nfunc g() {\n}\n",
			want:    head + "func f(x *T) {\n\tshow(x.Name)\n}\n\nfunc g()   {\n}\n",
			message: "cannot use x as string",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, span := marked(t, c.before)
			d := analysis.Diagnostic{Message: c.message, Span: span}
			edits := pattern.Smallest(syntax.For("go"), before, c.after, parse(t, "go", before), d)
			got, err := textedit.Apply(before, edits)
			if err != nil {
				t.Fatal(err)
			}
			if want, _, _ := strings.Cut(c.want, "\x00"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestClassOf(t *testing.T) {
	for _, c := range []struct {
		language, message, before, after string
		want                             analysis.EditClass
	}{
		{"go", "unchecked", "«f()»\n", "f() //nolint:errcheck\n", analysis.ClassSuppression},
		{"python", "E501 line too long", "«x = 1»\n", "x = 1  # noqa: E501\n", analysis.ClassSuppression},
		{"python", "has no attribute", "«x.y»\n", "x.y  # type: ignore[attr-defined]\n", analysis.ClassSuppression},
		{"typescript", "Type error", "«f(1)»\n", "// @ts-expect-error\nf(1)\n", analysis.ClassSuppression},
		{"typescript", "use @ts-expect-error", "«// @ts-ignore»\nf(1)\n", "// @ts-expect-error\nf(1)\n", analysis.ClassRepair},
		{"javascript", "no-undef", "«x»()\n", "/* eslint-disable no-undef */\nx()\n", analysis.ClassSuppression},
		{"javascript", "bad", "«x»()\n", "// biome-ignore lint: because\nx()\n", analysis.ClassSuppression},
		{"rust", "unused variable", "«fn f() {}»\n", "#[allow(unused)]\nfn f() {}\n", analysis.ClassSuppression},
		{"ruby", "Style", "«x»\n", "x # rubocop:disable Style/X\n", analysis.ClassSuppression},
		{"java", "unchecked", "«void f() {}»\n", "@SuppressWarnings(\"unchecked\") void f() {}\n", analysis.ClassSuppression},
		{"cpp", "tidy", "«f();»\n", "f(); // NOLINT\n", analysis.ClassSuppression},
		{"go", "undefined: f", "a()\n«f()»\nb()\n", "a()\nb()\n", analysis.ClassDeletion},
		{"go", "undefined: f", "a()\n«f()»\nb()\n", "a()\n// f()\nb()\n", analysis.ClassDeletion},
		{"python", "name is undefined", "a()\n«f()»\nb()\n", "a()\n# f()\nb()\n", analysis.ClassDeletion},
		{"go", "\"os\" imported and not used", "import (\n\t«\"os\"»\n\t\"io\"\n)\n", "import (\n\t\"io\"\n)\n", analysis.ClassRepair},
		{"go", "too many arguments in call", "f(a, «b»)\n", "f(a)\n", analysis.ClassRepair},
		{"go", "undefined: f", "«f()»\n", "g()\n", analysis.ClassRepair},
	} {
		t.Run(c.language+" "+c.after, func(t *testing.T) {
			before, span := marked(t, c.before)
			d := analysis.Diagnostic{Message: c.message, Span: span}
			if got := pattern.ClassOf(syntax.Row(c.language), before, textedit.Compute(before, c.after), d); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestTitleAndFixType(t *testing.T) {
	for _, c := range []struct {
		language, before, after, title string
		fix                            analysis.FixType
	}{
		{"go", "f(x)", "f(strconv.Itoa(x))", "Wrap in strconv.Itoa", analysis.FixConvertType},
		{"go", "f(x)", "f(y)", "Replace x with y", analysis.FixRename},
		{"go", "a + a*2", "b + b*2", "Replace a with b in all places", analysis.FixRename},
		{"go", "x := 1", "x := 2", "Replace 1 with 2", analysis.FixChangeLiteral},
		{"go", "x := y", "x = y", "Replace := with =", analysis.FixChangeOperator},
		{"go", "import (\n\t\"fmt\"\n)\n", "import (\n\t\"fmt\"\n\t\"strings\"\n)\n", "Add import \"strings\"", analysis.FixAddImport},
		{"go", "import \"fmt\"\nimport \"os\"\n", "import \"fmt\"\n", "Remove import \"os\"", analysis.FixRemoveUnused},
		{"go", "func f() int {\n\tg()\n}\n", "func f() int {\n\treturn g()\n}\n", "Insert return", analysis.FixAddReturn},
		{"go", "func f() {\n\tg(a)\n}\n", "func f() {\n\tg(ctx, a)\n}\n", "Insert ctx,", analysis.FixAddArgument},
		{"go", "func f() {\n\tx.G()\n}\n", "func f() {\n\tif x != nil {\n\t\tx.G()\n\t}\n}\n", "Insert if x != nil {", analysis.FixAddNullCheck},
		{"go", "func f() {\n\tx := a[i]\n}\n", "func f() {\n\tif i >= len(a) {\n\t\treturn\n\t}\n\tx := a[i]\n}\n", "Insert if i >= len(a) { return }", analysis.FixAddBoundsCheck},
		{"go", "func f() {\n\tx := g()\n}\n", "func f() {\n\tx, err := g()\n\tif err != nil {\n\t\treturn err\n\t}\n}\n", "", analysis.FixHandleError},
		{"python", "import os\n", "import os\nimport re\n", "Add import re", analysis.FixAddImport},
		{"python", "f(x)\n", "f(str(x))\n", "Wrap in str", analysis.FixConvertType},
		{"python", "if x:\n    pass\n", "if isinstance(x, int):\n    pass\n", "", analysis.FixAddTypeValidation},
		{"typescript", "f()\n", "await f()\n", "Insert await", analysis.FixAddAwait},
		{"typescript", "a.b\n", "a?.b\n", "Replace . with ?.", analysis.FixAddNullCheck},
		{"typescript", "f(b, a)\n", "f(a, b)\n", "", analysis.FixReorder},
	} {
		t.Run(c.title+" "+string(c.fix), func(t *testing.T) {
			edits := textedit.Compute(c.before, c.after)
			lang := syntax.Row(c.language)
			if got := pattern.Title(lang, c.before, edits); c.title != "" && got != c.title {
				t.Errorf("titled %q, want %q", got, c.title)
			}
			if got := pattern.Classify(lang, c.before, parse(t, c.language, c.before), edits); got != c.fix {
				t.Errorf("classified %s, want %s", got, c.fix)
			}
		})
	}
}

func TestShape(t *testing.T) {
	before := "package a\n\nimport (\n\t\"strings\"\n\n\t\"github.com/x/y\"\n)\n\nfunc f() {\n\tg(1)\n}\n"
	after := strings.Replace(before, "g(1)", "g(strings.ToUpper(y.Name(\"q\")), ours, len(a))", 1)
	var got []string
	for _, s := range pattern.Shape(syntax.For("go"), before, parse(t, "go", before), textedit.Compute(before, after)) {
		if s.Class != analysis.TokenKeyword {
			got = append(got, s.Text+" "+string(s.Class))
		}
	}
	want := []string{"strings stdlib", "ToUpper stdlib", "y dependency", "Name dependency", "q literal", "ours project", "len stdlib", "a project"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// TestReduceLarge: of a large file what is near is kept, and nothing else.
func TestReduceLarge(t *testing.T) {
	var b strings.Builder
	b.WriteString("package a\n\nimport \"fmt\"\n\n")
	for i := range 3000 {
		fmt.Fprintf(&b, "func f%d(x int) {\n\tfmt.Println(x, %d)\n}\n\n", i, i)
	}
	text := b.String()
	at := strings.Index(text, "x, 1500")
	ex := analysis.Example{
		Language: "go", Before: text, Diagnostic: analysis.Diagnostic{Span: analysis.Span{Start: at, End: at + 1}},
		Edits: []analysis.Edit{{Span: analysis.Span{Start: at, End: at + 1}, New: "y"}},
	}
	r := pattern.Reduce(parse(t, "go", text), ex)
	if len(r.Before) > 1500 || !strings.Contains(r.Before, "import \"fmt\"") || !strings.Contains(r.Before, "func f1500(") {
		t.Errorf("kept %d bytes:\n%s", len(r.Before), r.Before)
	}
	if got := r.Before[r.Edits[0].Span.Start:r.Edits[0].Span.End]; got != "x" || r.Diagnostic.Span != r.Edits[0].Span {
		t.Errorf("moved to %q", got)
	}
}
