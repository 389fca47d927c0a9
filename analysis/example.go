package analysis

// FixType classifies a repair, in the first paper's words (2.1).
type FixType string

// The fix types of the paper, and those it leaves out.
const (
	FixAddNullCheck      FixType = "add_null_check"
	FixAddBoundsCheck    FixType = "add_bounds_check"
	FixAddTypeValidation FixType = "add_type_validation"
	FixAddImport         FixType = "add_import"
	FixRemoveUnused      FixType = "remove_unused"
	FixRename            FixType = "rename"
	FixConvertType       FixType = "convert_type"
	FixAddArgument       FixType = "add_argument"
	FixHandleError       FixType = "handle_error"
	FixAddReturn         FixType = "add_return"
	FixAddAwait          FixType = "add_await"
	FixChangeLiteral     FixType = "change_literal"
	FixChangeOperator    FixType = "change_operator"
	FixReorder           FixType = "reorder"
	FixOther             FixType = "other"
)

// EditClass separates repairs from edits that only make an error invisible.
type EditClass string

const (
	// ClassRepair is an edit that is learned and offered.
	ClassRepair EditClass = "repair"
	// ClassSuppression adds a suppression comment; kept apart, never offered
	// unasked.
	ClassSuppression EditClass = "suppression"
	// ClassDeletion removes or comments out the code in error; never learned
	// as a repair.
	ClassDeletion EditClass = "deletion"
	// ClassRefuted left the error where it was, as a checker found: other tools
	// had only stopped reporting it. Kept apart, never learned from.
	ClassRefuted EditClass = "refuted"
	// ClassReduced did more than cure the error: a smaller edit, which is an
	// example of its own, takes its place.
	ClassReduced EditClass = "reduced"
)

// A Step is one debugging step of an example (paper 2.1): "error_analysis",
// "hypothesis_formation" or "fix_application".
type Step struct{ Action, Details string }

// An Example is an episode that closed: one error and the smallest edit that
// explains how it was repaired. Examples are the stored truth; templates and
// patterns are derived from them.
//
// Before is not the whole file: it is the enclosing declarations, the import
// block and the lines of the error, 16 KB at most, joined in file order.
// Diagnostic.Span and Edits are positions in Before.
type Example struct {
	ID         string // "e_…", derived from Digest
	Digest     string // of workspace, path, identity, before and after
	Repair     string // shared by every error that one edit cured
	Support    bool   // the error nearest to the edit; the others are its symptoms
	Path       string // relative to the workspace's root, with slashes
	Language   string // LSP language identifier
	Identity   Identity
	Diagnostic Diagnostic
	Before     string
	Edits      []Edit
	Shape      []ShapeToken
	Class      EditClass

	// The first paper's record (2.1).
	FixType       FixType
	Context       string   // generalised context: node kinds around the error
	Symptoms      []string // other errors that the same edit cured
	Steps         []Step
	ContextBefore string // the error's lines before the edit
	ContextAfter  string // and after it

	Provenance Provenance
}

// TokenClass says what kind of thing a token of an edit is. Transfer to
// another workspace looks at it: a project's own names stay at home.
type TokenClass string

// The classes of a token.
const (
	TokenKeyword    TokenClass = "keyword" // also operators and punctuation
	TokenStdlib     TokenClass = "stdlib"
	TokenDependency TokenClass = "dependency"
	TokenProject    TokenClass = "project"
	TokenLiteral    TokenClass = "literal"
)

// A ShapeToken is a token that an edit inserts, with its class.
type ShapeToken struct {
	Text  string
	Class TokenClass
}
