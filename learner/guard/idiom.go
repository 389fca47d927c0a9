package guard

import "github.com/dejafix/dejafix/analysis"

// An idiom is a language's row: the kinds of its nodes, its words, and what is
// drafted in it.
type idiom struct {
	trace string // the language as analysis/trace calls it, "" when as the family

	blocks       []string // nodes whose children are statements
	statements   []string // statements, to know a body without a block
	wrappers     []string // what may stand between a statement and its block
	functions    []string
	loops        []string
	bodies       []string // of loops, where those are no blocks themselves
	clauses      []string // parts that are run only sometimes, or again and again
	ternaries    []string // expressions that bind less than a condition's operands
	ifs          []string
	conditionals []string // ifs, loops and expressions with a condition first
	assignments  []string
	plain        []string // nodes of which a path is made

	step string // of indentation, where the text does not tell

	and, or string // with the blanks around them
	// check writes an if statement with statements to leave by.
	check func(s *site, cond string, body []string) []string
	// ways are how the code at a statement can be left, the likeliest first.
	ways func(s *site, stmt int32, what string) []way

	makers []maker
}

// idioms are the rows, by family.
var idioms = map[string]*idiom{
	"go": golang(), "python": python(), "typescript": javascript(), "java": java(), "csharp": csharp(), "rust": rust(), "ruby": ruby(), "php": php(),
}

// A way is how a function or a turn of a loop is left.
type way struct {
	code string // a statement
	verb string // for titles: "Return early", "Skip", "Raise"
	// share is how likely it is among the ways.
	share float64
	// edits are those that the code needs elsewhere: an import.
	edits []analysis.Edit
}
