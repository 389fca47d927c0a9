package pattern

import (
	"context"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

type Bench struct{}
type Model struct{}

func Learn(examples []analysis.Example, o Options) *Model            { return &Model{} }
func (m *Model) Propose(ctx context.Context, t Target) []Proposal    { return nil }
func (m *Model) Patterns() []Pattern                                 { return nil }
func Reduce(tree *syntax.Tree, ex analysis.Example) analysis.Example { return ex }
func Smallest(lang *syntax.Language, before, after string, beforeTree, afterTree *syntax.Tree, d analysis.Diagnostic) []analysis.Edit {
	return nil
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
func Title(lang *syntax.Language, before string, edits []analysis.Edit) string { return "" }
