package check

import (
	"context"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// tsExports reports whether what other files see of one may differ: everywhere
// but in the body of a function that says what it returns and in the value of a
// variable that says its type. What is not said is inferred from what is there.
// It looks at the text alone, so that most edits of a body need no look at other
// files; the rest is for the type checker to tell.
func tsExports(path, before, after string) bool {
	name, ext := filepath.Base(path), filepath.Ext(path)
	if strings.Contains(name, ".test.") || strings.Contains(name, ".spec.") {
		return false // nobody imports tests
	}
	if !slices.Contains([]string{".ts", ".tsx", ".mts", ".cts"}, ext) {
		return true // in JavaScript, assignments declare
	}
	head := 0
	for head < len(before) && head < len(after) && before[head] == after[head] {
		head++
	}
	tail := 0
	for tail < len(before)-head && tail < len(after)-head && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	was, okWas := tsHidden(path, before, analysis.Span{Start: head, End: len(before) - tail})
	is, okIs := tsHidden(path, after, analysis.Span{Start: head, End: len(after) - tail})
	return !okWas || !okIs || was != is
}

var (
	tsReturns     = regexp.MustCompile(`(?s)\)\s*:[^()]*$|^[\w\s]*\bconstructor\s*\(.*\)\s*$`)
	tsTyped       = regexp.MustCompile(`(?s)^\w+\s*!?:(?:[^=]|=>)*=\s*$|^\w+\s*!?:(?:[^=]|=>)*=[^=>]`)
	tsFunctionish = []string{"function_declaration", "function_expression", "arrow_function", "method_definition", "generator_function_declaration", "generator_function"}
)

// tsHidden is the place of the outermost construct around a span that hides it
// from other files, and whether there is one.
func tsHidden(path, text string, span analysis.Span) (int, bool) {
	tree, err := syntax.Parse(context.Background(), syntax.For(tsLanguage(path)), text)
	if err != nil {
		return 0, false
	}
	defer tree.Close()
	nodes := tree.Path(span)
	for i := 1; i < len(nodes); i++ {
		n, up := nodes[i], nodes[i-1]
		switch {
		case n.Kind.String() == "statement_block" && n.Span.Start < span.Start && span.End < n.Span.End &&
			slices.Contains(tsFunctionish, up.Kind.String()) && tsReturns.MatchString(text[up.Span.Start:n.Span.Start]):
			return n.Span.Start, true
		case n.Kind.String() == "variable_declarator" && tsTyped.MatchString(text[n.Span.Start:span.Start]):
			return n.Span.Start, true
		}
	}
	return 0, false
}
