package pattern

import (
	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// Builder A: placeholders so that the join compiles; delete this file when the real ones are here.

func Reduce(tree *syntax.Tree, ex analysis.Example) analysis.Example { return ex }
func Smallest(lang *syntax.Language, before, after string, beforeTree, afterTree *syntax.Tree, d analysis.Diagnostic) []analysis.Edit {
	return textedit.Compute(before, after)
}
func Shape(lang *syntax.Language, before string, tree *syntax.Tree, edits []analysis.Edit) []analysis.ShapeToken {
	return nil
}
func Classify(lang *syntax.Language, before string, tree *syntax.Tree, edits []analysis.Edit, d analysis.Diagnostic) analysis.FixType {
	return analysis.FixOther
}
func ClassOf(lang *syntax.Language, before string, edits []analysis.Edit, d analysis.Diagnostic) analysis.EditClass {
	return analysis.ClassRepair
}
func Title(lang *syntax.Language, before string, edits []analysis.Edit) string { return "Apply" }
