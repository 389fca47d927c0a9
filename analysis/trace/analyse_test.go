package trace

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/dejafix/dejafix/analysis"
)

var severityNames = []string{"low", "medium", "high", "critical"}

func renderIssues(t *analysis.Trace) string {
	var b strings.Builder
	root, at := FailurePoint(t)
	if at >= 0 {
		fmt.Fprintf(&b, "fails in %s at %s:%d\n", root.Frames[at].Function, root.Frames[at].File, root.Frames[at].Line)
	}
	for _, i := range t.Issues {
		fmt.Fprintf(&b, "%s %s", severityNames[i.Severity], i.Kind)
		if i.Variable != "" {
			fmt.Fprintf(&b, " of %s", i.Variable)
		}
		fmt.Fprintf(&b, ": %s\n", i.Fix)
		for l := range strings.SplitSeq(i.Example, "\n") {
			if i.Example != "" {
				fmt.Fprintf(&b, "\t%s\n", l)
			}
		}
	}
	for _, p := range t.Parts {
		fmt.Fprintf(&b, "by %s\n", p)
	}
	return b.String()
}

// TestAnalyse runs the cases of testdata/analyse: an output, the failing line
// where the trace does not have it, and what is concluded of the first trace.
func TestAnalyse(t *testing.T) {
	names, err := filepath.Glob("testdata/analyse/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var k Known
			var in, want string
			for _, f := range a.Files {
				text := string(f.Data)
				switch f.Name {
				case "output":
					in = unquote(text)
				case "line":
					k.Line = func(*analysis.Frame) string { return strings.TrimSpace(text) }
				case "changed":
					k.Changed = func(f *analysis.Frame) bool { return strings.Contains(text, f.Function) }
				case "passed":
					k.Passed = func(f *analysis.Frame) bool { return strings.Contains(text, f.Function) }
				case "analysis":
					want = text
				default:
					t.Fatalf("what is %q?", f.Name)
				}
			}
			ts := Find(in)
			if len(ts) == 0 {
				t.Fatal("no trace")
			}
			Analyse(&ts[0], k)
			got := renderIssues(&ts[0])
			if *update {
				if n := len(a.Files) - 1; a.Files[n].Name == "analysis" {
					a.Files = a.Files[:n]
				}
				a.Files = append(a.Files, txtar.File{Name: "analysis", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(a), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("concluded (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTables holds that each kind that a table names has a severity, a sentence,
// and that no row can never be reached.
func TestTables(t *testing.T) {
	for language, rs := range thrownTable {
		seen := map[[2]string]bool{}
		anyMessage := map[string]bool{}
		for _, r := range rs {
			if kinds[r.kind].fix == "" {
				t.Errorf("%s: %s has no sentence", language, r.kind)
			}
			if seen[[2]string{r.typ, r.msg}] || r.typ != "" && anyMessage[r.typ] {
				t.Errorf("%s: %q %q is never reached", language, r.typ, r.msg)
			}
			seen[[2]string{r.typ, r.msg}] = true
			if r.msg == "" {
				anyMessage[r.typ] = true
			}
		}
	}
	for kind, byLanguage := range examples {
		if kinds[kind].fix == "" {
			t.Errorf("%s has no sentence", kind)
		}
		for language := range byLanguage {
			if _, ok := thrownTable[language]; !ok && language != "kotlin" {
				t.Errorf("%s: an example in %q, which has no table", kind, language)
			}
		}
	}
}

// files is a workspace in memory.
type files map[string]string

func (fs files) Named(base string) []string {
	var out []string
	for name := range fs {
		if name[strings.LastIndexByte(name, '/')+1:] == base {
			out = append(out, name)
		}
	}
	return out
}

func (fs files) Text(name string) string { return fs[name] }

func TestLocate(t *testing.T) {
	ws := files{
		"src/shop/cart.py": "def total(items):\n    return items[0]\n",
		"old/shop/cart.py": "x = 1\n",
		"a/util.py":        "def one():\n    pass\n",
		"b/util.py":        "def two():\n    pass\n",
		"app/decoder.py":   "def decode():\n    pass\n",
		"src/main/java/com/example/shop/Cart.java":  "class Cart {}",
		"src/test/java/com/example/other/Cart.java": "class Cart {}",
		"src/Main.kt":               "fun start() {}\n",
		"node_modules/lib/index.js": "",
		"src/cart.ts":               "",
		"cart/cart.go":              "",
		"my shop/run.js":            "",
	}
	for _, test := range []struct {
		name     string
		language string
		frame    analysis.Frame
		path     string
		app      bool
		why      string
	}{
		{"longest end", "python", analysis.Frame{File: "/ci/build/src/shop/cart.py", Function: "total", Line: 2}, "src/shop/cart.py", true, whyWorkspace},
		{"text of the line", "python", analysis.Frame{File: "/ci/shop/cart.py", Function: "f", Line: 2, Text: "return items[0]"}, "src/shop/cart.py", true, whyWorkspace},
		{"name of the function", "python", analysis.Frame{File: "util.py", Function: "two", Line: 1}, "b/util.py", true, whyWorkspace},
		{"several could be it", "python", analysis.Frame{File: "util.py", Function: "x", Line: 1}, "", false, whyElsewhere},
		{"a library's file of the same name", "python", analysis.Frame{File: "/opt/json/decoder.py", Function: "raw_decode", Line: 3}, "", false, whyElsewhere},
		{"the standard library is not looked for", "python", analysis.Frame{File: "/usr/lib/python3.11/json/decoder.py", Function: "decode", Line: 1}, "", false, whyStandard},
		{"the class names the folder", "java", analysis.Frame{File: "Cart.java", Module: "com.example.shop.Cart", Function: "f", Line: 1}, "src/main/java/com/example/shop/Cart.java", true, whyWorkspace},
		{"Kotlin needs no folders", "kotlin", analysis.Frame{File: "Main.kt", Module: "com.example.MainKt", Function: "start", Line: 1}, "src/Main.kt", true, whyWorkspace},
		{"Windows", "python", analysis.Frame{File: `D:\a\src\shop\cart.py`, Function: "total", Line: 1}, "src/shop/cart.py", true, whyWorkspace},
		{"a bundle's name", "typescript", analysis.Frame{File: "webpack://shop/./src/cart.ts?4f1a", Line: 1}, "src/cart.ts", true, whyWorkspace},
		{"a URL", "javascript", analysis.Frame{File: "http://localhost:8080/src/cart.ts", Line: 1}, "src/cart.ts", true, whyWorkspace},
		{"blanks", "javascript", analysis.Frame{File: "/home/me/my shop/run.js", Line: 1}, "my shop/run.js", true, whyWorkspace},
		{"dependencies are not the user's", "javascript", analysis.Frame{File: "/x/node_modules/lib/index.js", Line: 1}, "", false, "in node_modules"},
		{"the module's name stands before", "go", analysis.Frame{File: "example.com/shop/cart/cart.go", Function: "example.com/shop/cart.F", Module: "example.com/shop/cart", Line: 1}, "cart/cart.go", true, whyWorkspace},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := analysis.Trace{Language: test.language, Frames: []analysis.Frame{test.frame}}
			Locate(&x, ws)
			f := x.Frames[0]
			if f.Path != test.path || f.InApp != test.app || f.Why != test.why {
				t.Errorf("got %q, %v, %q; want %q, %v, %q", f.Path, f.InApp, f.Why, test.path, test.app, test.why)
			}
		})
	}
}

// TestFingerprint holds what changes a fingerprint, and what does not.
func TestFingerprint(t *testing.T) {
	id := func(text string) string {
		ts := Find(text)
		if len(ts) != 1 {
			t.Fatalf("%d traces in %q", len(ts), text)
		}
		Analyse(&ts[0], Known{})
		return ts[0].Fingerprint
	}
	python := func(line int, fn, typ, msg string) string {
		return fmt.Sprintf("Traceback (most recent call last):\n  File \"/home/me/a.py\", line 9, in main\n    f()\n  File \"/home/me/a.py\", line %d, in %s\n    x()\n%s: %s\n", line, fn, typ, msg)
	}
	base := id(python(3, "f", "ValueError", "no item 17 in '/data/x y'"))
	for _, test := range []struct {
		name string
		text string
		same bool
	}{
		{"another line", python(40, "f", "ValueError", "no item 17 in '/data/x y'"), true},
		{"other values", python(3, "f", "ValueError", "no item 99 in '/other/one 2'"), true},
		{"another folder", strings.ReplaceAll(python(3, "f", "ValueError", "no item 17 in '/data/x y'"), "/home/me", "/ci/build"), true},
		{"another function", python(3, "g", "ValueError", "no item 17 in '/data/x y'"), false},
		{"another type", python(3, "f", "KeyError", "no item 17 in '/data/x y'"), false},
		{"another message", python(3, "f", "ValueError", "too many items"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := id(test.text); (got == base) != test.same {
				t.Errorf("same: %v, want %v", got == base, test.same)
			}
		})
	}
	if got, want := id("a.B: x\n\tat a.C.lambda$f$3(C.java:1)\n\tat a.C$1.run(C.java:2)\n"), id("a.B: x\n\tat a.C.lambda$f$9(C.java:7)\n\tat a.C$4.run(C.java:8)\n"); got != want {
		t.Error("numbers that the compiler gives count")
	}
}

func TestSimilar(t *testing.T) {
	one := func(text string) *analysis.Trace { return &Find(text)[0] }
	a := one("java.lang.IllegalStateException: cart 7 is closed\n\tat shop.Cart.add(Cart.java:3)\n\tat shop.Shop.buy(Shop.java:9)\n")
	b := one("java.lang.IllegalStateException: cart 8 is closed\n\tat shop.Cart.add(Cart.java:3)\n\tat shop.Gift.send(Gift.java:2)\n")
	c := one("java.io.IOException: disk full\n\tat shop.Log.write(Log.java:1)\n")
	if s := Similar(a, a); s != 1 {
		t.Errorf("to itself %v", s)
	}
	if s := Similar(a, b); s < RelatedFrom {
		t.Errorf("the same place from another caller: %v", s)
	}
	if s := Similar(a, c); s >= RelatedFrom {
		t.Errorf("another failure: %v", s)
	}
}
