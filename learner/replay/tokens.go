package replay

import (
	"context"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// Tokens is the token sequence that two texts are compared by: white space and
// comments left out, but with indentation where it carries meaning, and line
// breaks where they end a statement.
func Tokens(ctx context.Context, language, text string) []string {
	lang := syntax.Row(language)
	var tree *syntax.Tree
	if syntax.For(language) != nil {
		t, err := syntax.Parse(ctx, lang, text)
		if err != nil {
			return nil
		}
		defer t.Close()
		tree = t
	}
	f := syntax.View(lang, tree, text, false, analysis.Span{End: len(text)})
	out := make([]string, 0, len(f.Tokens))
	depth := 0
	indents := []int{}
	for i := range f.Tokens {
		tok := f.Tok(int32(i))
		gap := "\n" + text[:f.Tokens[0].Start]
		if i > 0 {
			gap = text[f.Tokens[i-1].End:f.Tokens[i].Start]
		}
		if lang.Indented && depth == 0 && endsLine(gap) {
			n := len(gap) - strings.LastIndexByte(gap, '\n') - 1
			for len(indents) > 0 && n < indents[len(indents)-1] {
				indents = indents[:len(indents)-1]
				out = append(out, "‹dedent›")
			}
			if len(indents) == 0 || n > indents[len(indents)-1] {
				indents = append(indents, n)
				out = append(out, "‹indent›")
			}
			out = append(out, "‹line›")
		}
		if lang.Newlines && i > 0 && strings.Contains(gap, "\n") && tok != "}" && endsStatement(f, int32(i-1)) {
			out = append(out, "‹line›")
		}
		switch tok {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth = max(depth-1, 0)
		}
		out = append(out, tok)
	}
	return out
}

// endsLine reports whether a gap holds a line break that is not escaped.
func endsLine(gap string) bool {
	for i := range len(gap) {
		if gap[i] == '\n' && !strings.HasSuffix(strings.TrimRight(gap[:i], "\r"), "\\") {
			return true
		}
	}
	return false
}

// endsStatement reports whether a statement without a semicolon ends at token i.
func endsStatement(f *syntax.Fragment, i int32) bool {
	if s := f.Tok(i); s == ";" || s == "}" || s == "{" {
		return false
	}
	for n := f.Tokens[i].Leaf; n >= 0 && f.Nodes[n].Tok1 == i+1; n = f.Nodes[n].Parent {
		k := f.Nodes[n].Kind.String()
		if strings.HasSuffix(k, "_statement") || strings.HasSuffix(k, "_declaration") || strings.HasSuffix(k, "_definition") || strings.HasSuffix(k, "_signature") {
			return true
		}
	}
	return false
}
