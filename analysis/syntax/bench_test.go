//go:build unix

package syntax

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// benchSize is how many bytes the benchmarks parse: some 3,000 lines.
const benchSize = 100 << 10

// repeatable are the parts of a generated text for languages whose sample does
// not stay valid when it is repeated: what stands once at the start, what is
// repeated, and what stands at the end. In each unit "1" can become "12".
var repeatable = map[string][3]string{
	"go":              {"package a\n\nimport \"fmt\"\n", "\n// Comment.\nfunc f(x int) string {\n\tif x > 1 && ok(x) {\n\t\treturn fmt.Sprint(\"a\", x)\n\t}\n\treturn \"\"\n}\n", ""},
	"python":          {"import os\n", "\ndef f(x):\n    # comment\n    if x > 1 and ok(x):\n        return \"a%s\" % os.path.join(x)\n    return None\n", ""},
	"javascript":      {"import a from 'a'\n", "\n// Comment.\nexport function f(x) {\n  if (x > 1 && ok(x)) {\n    return `a${x}`\n  }\n  return a.map((y) => y.z)\n}\n", ""},
	"javascriptreact": {"import a from 'a'\n", "\nexport function F({ x }) {\n  return <ul id=\"a\">{x > 1 && x.map((y) => <li key={y.z}>text</li>)}</ul>\n}\n", ""},
	"typescript":      {"import a from 'a'\n", "\n// Comment.\nexport function f(x: number): string | undefined {\n  if (x > 1 && ok<string>(x)) {\n    return `a${x}`\n  }\n  return a!.b\n}\n", ""},
	"typescriptreact": {"import a from 'a'\n", "\nexport function F({ x }: Props) {\n  return <ul id=\"a\">{x > 1 && x.map((y: Y) => <li key={y.z}>text</li>)}</ul>\n}\n", ""},
	"rust":            {"use std::fmt;\n", "\n/// Comment.\nfn f(x: &str) -> Option<usize> {\n    if x.len() > 1 {\n        println!(\"{}\", x);\n    }\n    x.parse().ok()\n}\n", ""},
	"java":            {"class A {\n", "\n  // Comment.\n  int f(String s) {\n    if (s.length() > 1) {\n      return s.length() + x;\n    }\n    return 0;\n  }\n", "}\n"},
	"c":               {"#include <stdio.h>\n", "\n/* Comment. */\nint f(char *s) {\n  if (s[0] > 1) {\n    printf(\"a\\n\", s->x);\n  }\n  return 0;\n}\n", ""},
	"cpp":             {"#include <vector>\n", "\n// Comment.\nauto f(const std::vector<int> &v) {\n  for (auto x : v) {\n    if (x > 1) { return g<int>(x); }\n  }\n  return 0;\n}\n", ""},
	"ruby":            {"require 'a'\n", "\n# Comment.\ndef f(x)\n  if x > 1 && ok?(x)\n    @y = \"a#{x}\"\n  end\n  x.map { |z| z.to_s }\nend\n", ""},
	"csharp":          {"using System;\nclass A {\n", "\n  // Comment.\n  string F(string s) {\n    if (s.Length > 1) {\n      return $\"a{s}\";\n    }\n    return s?.Trim() ?? \"\";\n  }\n", "}\n"},
	"php":             {"<p>text</p>\n<?php\nuse A\\B;\n", "\n// Comment.\nfunction f(array $x): string {\n  if ($x['a'] > 1) {\n    return \"a $x\" . $x?->b('c');\n  }\n  return '';\n}\n", ""},
	"vue":             {"<template>\n  <p>text</p>\n</template>\n<script setup lang=\"ts\">\n", "\n// Comment.\nfunction f(x: number): string | undefined {\n  if (x > 1 && ok<string>(x)) {\n    return `a${x}`\n  }\n  return a!.b\n}\n", "</script>\n"},
	"svelte":          {"<script>\n", "\n\t// Comment.\n\tfunction f(x) {\n\t\tif (x > 1 && ok(x)) {\n\t\t\treturn `a${x}`;\n\t\t}\n\t\treturn a.b;\n\t}\n", "</script>\n<p>text</p>\n"},
}

func generated(t testing.TB, language string) string {
	parts, ok := repeatable[language]
	if !ok {
		t.Fatalf("add what can be repeated in %s", language)
	}
	return parts[0] + strings.Repeat(parts[1], benchSize/len(parts[1])) + parts[2]
}

// cpu is the time that the process has been computing.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// onCPU adds to a benchmark what an operation costs where others compute too.
func onCPU(b *testing.B) func() {
	start := cpu()
	return func() { b.ReportMetric(float64((cpu()-start).Microseconds())/float64(b.N), "cpu-µs/op") }
}

// BenchmarkParse parses 100 KB of each language: from nothing, after one
// character was typed in the middle, and copied into Go where a repair would be
// learned.
func BenchmarkParse(b *testing.B) {
	ctx := context.Background()
	for _, name := range Names() {
		text := generated(b, name)
		middle := len(text)/2 + strings.IndexByte(text[len(text)/2:], '1')
		typed := text[:middle] + "12" + text[middle+1:]
		edit := []analysis.Edit{{Span: analysis.Span{Start: middle, End: middle + 1}, New: "12"}}
		b.Run(name+"/full", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			defer onCPU(b)()
			for b.Loop() {
				tree, err := Parse(ctx, For(name), text)
				if err != nil {
					b.Fatal(err)
				}
				if tree.HasErrors() {
					b.Fatal("the text has syntax errors")
				}
				tree.Close()
			}
		})
		tree, err := Parse(ctx, For(name), text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/typed", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			defer onCPU(b)()
			for b.Loop() {
				next, err := tree.Edited(ctx, typed, edit)
				if err != nil {
					b.Fatal(err)
				}
				next.Close()
			}
		})
		b.Run(name+"/view", func(b *testing.B) {
			defer onCPU(b)()
			for b.Loop() {
				tree.Fragment(false, analysis.Span{Start: middle - 800, End: middle + 800})
			}
		})
		tree.Close()
	}
}

// TestGenerated holds that the benchmark parses what it says.
func TestGenerated(t *testing.T) {
	for _, name := range Names() {
		tree := parsed(t, name, generated(t, name))
		if tree.HasErrors() {
			t.Errorf("%s has syntax errors", name)
		}
	}
}
