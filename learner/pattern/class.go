package pattern

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// suppressions are the ways to tell a tool to be silent, by language family;
// "" is for every family. They are looked for in what an edit inserts, in
// lower case.
var suppressions = map[string][]string{
	"":           {"nolint", "noqa", "nosec", "nosonar", "noinspection", "dejafix:ignore"},
	"go":         {"//nolint", "//lint:ignore", "//lint:file-ignore", "#nosec"},
	"python":     {"# type: ignore", "# type:ignore", "# pyright: ignore", "# pyright:ignore", "# pyre-ignore", "# pyre-fixme", "# pylint: disable", "# pylint:disable", "# mypy: ignore", "# ruff: noqa", "# flake8: noqa", "# pragma: no cover"},
	"typescript": {"eslint-disable", "@ts-ignore", "@ts-expect-error", "@ts-nocheck", "biome-ignore", "tslint:disable", "prettier-ignore", "istanbul ignore", "deno-lint-ignore", "oxlint-disable"},
	"rust":       {"#[allow(", "#![allow(", "#[expect(", "#![expect(", "rustfmt::skip"},
	"java":       {"@suppresswarnings", "checkstyle:off", "@suppressfbwarnings"},
	"c":          {"#pragma gcc diagnostic ignored", "#pragma clang diagnostic ignored", "#pragma warning(disable", "#pragma warning (disable", "cppcheck-suppress"},
	"ruby":       {"rubocop:disable", "rubocop:todo", "reek:", "steep:ignore", "standard:disable"},
	"csharp":     {"#pragma warning disable", "[suppressmessage"},
	"php":        {"@phpstan-ignore", "@psalm-suppress", "phpcs:ignore", "phpcs:disable"},
	"css":        {"stylelint-disable", "biome-ignore"},
	"kotlin":     {"@suppress("},
	"swift":      {"swiftlint:disable"},
}

// superfluous are words by which a message says that code should go: removing
// it is then the repair.
var superfluous = []string{
	"unused", "never used", "not used", "never read", "not read", "unreachable", "unnecessar", "redundant", "useless", "superfluous", "duplicate", "duplicated",
	"already", "needless", "no effect", "extra", "remove", "delete", "empty", "not needed", "unneeded", "obsolete", "deprecated", "dead code", "not accessed", "imported and not",
	"declared and not", "unwanted", "must not", "should not", "do not", "don't", "not allowed", "disallowed", "unexpected", "avoid", "can be omitted", "repeated", "trailing", "multiple", "twice", "more than one", "too many",
}

// ClassOf says whether edits repair the error, silence it, or take away the
// code that it is about.
func ClassOf(lang *syntax.Language, before string, edits []analysis.Edit, d analysis.Diagnostic) analysis.EditClass {
	// An edit may change half a suppression into another: whole lines are compared.
	more := 0
	for _, e := range edits {
		line := analysis.Span{Start: syntax.LineAt(before, e.Span.Start).Start, End: syntax.LineAt(before, e.Span.End).End}
		more += suppresses(lang, before[line.Start:e.Span.Start]+e.New+before[e.Span.End:line.End]) - suppresses(lang, before[line.Start:line.End])
	}
	if more > 0 {
		return analysis.ClassSuppression
	}
	if deletes(lang, before, edits, d) {
		return analysis.ClassDeletion
	}
	return analysis.ClassRepair
}

// suppresses counts how many suppressions a text has.
func suppresses(lang *syntax.Language, text string) int {
	text = strings.ToLower(text)
	n := 0
	for _, family := range []string{"", lang.Family} {
		for _, s := range suppressions[family] {
			n += strings.Count(text, s)
		}
	}
	return n
}

// deletes reports whether the edits take away the code that the error is about,
// all of it and with nothing in its place, or make a comment of its lines, though
// its message does not call it superfluous. What else is written beside a
// comment made of the code does not make it a repair.
func deletes(lang *syntax.Language, before string, edits []analysis.Edit, d analysis.Diagnostic) bool {
	if d.Unnecessary || d.NoSpan || len(edits) == 0 {
		return false
	}
	commented, inserts, gone := false, false, false
	for _, e := range edits {
		switch {
		case commentsOut(lang, before, e):
			lines := analysis.Span{Start: syntax.LineAt(before, e.Span.Start).Start, End: syntax.LineAt(before, e.Span.End).End}
			commented = commented || lines.Contains(d.Span)
		case strings.TrimSpace(e.New) != "":
			inserts = true
		default:
			gone = gone || e.Span.Len() > 0 && e.Span.Contains(d.Span)
		}
	}
	if !commented && (inserts || !gone) {
		return false
	}
	msg := strings.ToLower(d.Message)
	for _, w := range superfluous {
		if strings.Contains(msg, w) {
			return false
		}
	}
	return true
}

// commentsOut reports whether an edit makes a comment of what was code.
func commentsOut(lang *syntax.Language, before string, e analysis.Edit) bool {
	fresh := strings.TrimSpace(e.New)
	old := strings.TrimSpace(before[e.Span.Start:e.Span.End])
	if fresh == "" {
		return false
	}
	marks := []string{lang.LineComment, lang.Block[0], lang.Block[1]}
	if old == "" {
		for _, m := range marks {
			if m != "" && fresh == m {
				return true
			}
		}
		return false
	}
	bare := fresh
	for _, m := range marks {
		if m != "" {
			bare = strings.ReplaceAll(bare, m, "")
		}
	}
	return bare != fresh && strings.Join(strings.Fields(bare), "") == strings.Join(strings.Fields(old), "")
}

// stripComments removes comments of a short text.
func stripComments(lang *syntax.Language, text string) string {
	f := syntax.Lex(lang, text, false, analysis.Span{End: len(text)})
	var b strings.Builder
	for i := range f.Tokens {
		b.WriteString(f.Tok(int32(i)))
		b.WriteByte(' ')
	}
	return b.String()
}
