package wire

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dejafix/dejafix/analysis"
)

// An Example is one error and the edit that repaired it (paper 2.1's episode).
type Example struct {
	Head
	ID            string       `json:"id"`
	Digest        string       `json:"digest"`
	Repair        string       `json:"repair"`
	Support       bool         `json:"support"`
	Path          string       `json:"path"`
	Language      string       `json:"language"`
	Identity      Identity     `json:"identity"`
	Diagnostic    Diagnostic   `json:"diagnostic"`
	Before        string       `json:"before"`
	Edits         []Edit       `json:"edits"`
	Shape         []ShapeToken `json:"shape"`
	Class         string       `json:"class"`
	FixType       string       `json:"fix_type"`
	Context       string       `json:"context"`
	Symptoms      []string     `json:"symptoms"`
	Steps         []Step       `json:"steps"`
	ContextBefore string       `json:"context_before"`
	ContextAfter  string       `json:"context_after"`
	Provenance    Provenance   `json:"provenance"`
}

// A ShapeToken is a token that the edit inserts, with its class.
type ShapeToken struct {
	Text  string `json:"text"`
	Class string `json:"class"` // keyword, stdlib, dependency, project, literal
}

// A Step is one debugging step (paper 2.1).
type Step struct {
	Action  string `json:"action"`
	Details string `json:"details"`
}

func (*Example) kind() string { return "example" }

func (e *Example) texts() []string {
	texts := []string{e.Before}
	for _, ed := range e.Edits {
		texts = append(texts, ed.New)
	}
	return texts
}

// FromExample returns e as it is written down.
func FromExample(e analysis.Example) *Example {
	w := &Example{
		ID: e.ID, Digest: e.Digest, Repair: e.Repair, Support: e.Support, Path: e.Path, Language: e.Language,
		Identity: fromIdentity(e.Identity), Diagnostic: fromDiagnostic(e.Diagnostic),
		Before: e.Before, Edits: fromEdits(e.Edits), Shape: []ShapeToken{}, Class: string(e.Class),
		FixType: string(e.FixType), Context: e.Context, Symptoms: append([]string{}, e.Symptoms...), Steps: []Step{},
		ContextBefore: e.ContextBefore, ContextAfter: e.ContextAfter, Provenance: fromProvenance(e.Provenance),
	}
	for _, t := range e.Shape {
		w.Shape = append(w.Shape, ShapeToken{t.Text, string(t.Class)})
	}
	for _, s := range e.Steps {
		w.Steps = append(w.Steps, Step{s.Action, s.Details})
	}
	return w
}

// Example returns the value of e.
func (e *Example) Example() analysis.Example {
	a := analysis.Example{
		ID: e.ID, Digest: e.Digest, Repair: e.Repair, Support: e.Support, Path: e.Path, Language: e.Language,
		Identity: e.Identity.analysis(), Diagnostic: e.Diagnostic.analysis(),
		Before: e.Before, Edits: toEdits(e.Edits), Class: analysis.EditClass(e.Class),
		FixType: analysis.FixType(e.FixType), Context: e.Context,
		ContextBefore: e.ContextBefore, ContextAfter: e.ContextAfter, Provenance: e.Provenance.analysis(),
	}
	if len(e.Symptoms) > 0 {
		a.Symptoms = append([]string{}, e.Symptoms...)
	}
	for _, t := range e.Shape {
		a.Shape = append(a.Shape, analysis.ShapeToken{Text: t.Text, Class: analysis.TokenClass(t.Class)})
	}
	for _, s := range e.Steps {
		a.Steps = append(a.Steps, analysis.Step{Action: s.Action, Details: s.Details})
	}
	return a
}

var (
	classes      = []string{string(analysis.ClassRepair), string(analysis.ClassSuppression), string(analysis.ClassDeletion)}
	tokenClasses = []string{
		string(analysis.TokenKeyword), string(analysis.TokenStdlib), string(analysis.TokenDependency),
		string(analysis.TokenProject), string(analysis.TokenLiteral),
	}
	fixTypes = []string{
		string(analysis.FixAddNullCheck), string(analysis.FixAddBoundsCheck), string(analysis.FixAddTypeValidation),
		string(analysis.FixAddImport), string(analysis.FixRemoveUnused), string(analysis.FixRename),
		string(analysis.FixConvertType), string(analysis.FixAddArgument), string(analysis.FixHandleError),
		string(analysis.FixAddReturn), string(analysis.FixAddAwait), string(analysis.FixChangeLiteral),
		string(analysis.FixChangeOperator), string(analysis.FixReorder), string(analysis.FixOther),
	}
)

// check refuses an example whose edit could not be applied to its own text, and
// one of an unknown class, since only a repair may be offered.
func (e *Example) check() ([]string, error) {
	if e.Language == "" || len(e.Language) > 64 {
		return nil, fmt.Errorf("language %q", short(e.Language))
	}
	if err := checkTexts(e.Before, e.Context, e.ContextBefore, e.ContextAfter, e.Identity.Template, e.Identity.Rule); err != nil {
		return nil, err
	}
	if max(len(e.Shape), len(e.Symptoms), len(e.Steps)) > MaxItems {
		return nil, fmt.Errorf("lists: %w", ErrTooLarge)
	}
	if len(e.Edits) == 0 {
		return nil, errors.New("no edits")
	}
	if err := checkEdits(e.Edits); err != nil {
		return nil, err
	}
	for _, ed := range e.Edits {
		if err := ed.Span.check(e.Before); err != nil {
			return nil, err
		}
	}
	if e.Diagnostic.Span != nil {
		if err := e.Diagnostic.Span.check(e.Before); err != nil {
			return nil, err
		}
	}
	if !slices.Contains(classes, e.Class) {
		return nil, fmt.Errorf("class %q is not known", short(e.Class))
	}
	doubts, err := e.Diagnostic.check()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(fixTypes, e.FixType) {
		doubts = append(doubts, fmt.Sprintf("fix type %q is not known, taken for %q", short(e.FixType), analysis.FixOther))
		e.FixType = string(analysis.FixOther)
	}
	for i := range e.Shape {
		if !slices.Contains(tokenClasses, e.Shape[i].Class) {
			// A project's own name travels least.
			doubts = append(doubts, fmt.Sprintf("token class %q is not known, taken for %q", short(e.Shape[i].Class), analysis.TokenProject))
			e.Shape[i].Class = string(analysis.TokenProject)
		}
	}
	doubts = append(doubts, checkPath(&e.Path)...)
	return append(doubts, e.Provenance.check()...), nil
}
