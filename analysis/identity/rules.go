package identity

import "sync"

// pythonRows are what pyright prints on one line without its rule, which stands
// at the end of the last line, and what its parser says, which has none. Taken
// from its output (testdata/recorded) and its localisation.
var pythonRows = []row{
	{"reportAttributeAccessIssue", "Cannot access attribute %s for class %s"},
	{"reportAttributeAccessIssue", "Cannot assign to attribute %s for class %s"},
	{"reportArgumentType", "Argument of type %s cannot be assigned to parameter %s of type %s in function %s"},
	{"reportArgumentType", "Argument of type %s cannot be assigned to parameter %s of type %s"},
	{"reportArgumentType", "Argument of type %s cannot be assigned to parameter of type %s"},
	{"reportArgumentType", "Second argument to %s must be a class or tuple of classes"},
	{"reportArgumentType", "Expression of type %s cannot be assigned to parameter of type %s"},
	{"reportAssignmentType", "Type %s is not assignable to declared type %s"},
	{"reportAttributeAccessIssue", "Type %s is not assignable to attribute %s of class %s"},
	{"reportReturnType", "Type %s is not assignable to return type %s"},
	{"reportReturnType", "Function with declared return type %s must return value on all code paths"},
	{"reportCallIssue", "Object of type %s is not callable"},
	{"reportCallIssue", "No overloads for %s match the provided arguments"},
	{"reportCallIssue", "No overloads for %s match argument types"},
	{"reportGeneralTypeIssues", "%s is not iterable"},
	{"reportGeneralTypeIssues", "Invalid exception class or object"},
	{"reportIncompatibleMethodOverride", "Method %s overrides class %s in an incompatible manner"},
	{"reportIncompatibleVariableOverride", "%s overrides symbol of same name in class %s"},
	{"reportUnknownArgumentType", "Argument type is unknown"},
	{"reportUnknownArgumentType", "Argument type is partially unknown"},
	{"reportUnknownMemberType", "Type of %s is partially unknown"},
	{"reportUnknownVariableType", "Return type, %s, is partially unknown"},
	{"reportOperatorIssue", "Operator %s not supported for types %s and %s"},
	{"reportOperatorIssue", "Operator %s not supported for type %s"},
	{"reportIndexIssue", "%s method not defined on type %s"},
	{"reportInvalidTypeForm", "Variable not allowed in type expression"},
	{"reportRedeclaration", "Class declaration %s is obscured by a declaration of the same name"},
	{"reportAbstractUsage", "Cannot instantiate abstract class %s"},
	{"reportPrivateImportUsage", "%s is not exported from module %s"},

	{SyntaxError, "Expected expression"},
	{SyntaxError, "Expected indented block"},
	{SyntaxError, "Unexpected indentation"},
	{SyntaxError, "Unindent not expected"},
	{SyntaxError, "Inconsistent use of tabs"},
	{SyntaxError, "Unindent amount does not match previous indent"},
	{SyntaxError, "Expected %s"},
	{SyntaxError, "%s was not closed"},
	{SyntaxError, "String literal is unterminated"},
	{SyntaxError, "Statements must be separated by newlines or semicolons"},
	{SyntaxError, "Invalid character in identifier"},
	{SyntaxError, "Invalid character %s in token"},
	{SyntaxError, "Position-only parameter separator not allowed as first parameter"},
	// What python itself, ruff and pyflakes call it.
	{SyntaxError, "SyntaxError: %s"},
	{SyntaxError, "invalid syntax"},
}

// rustRows are the lints that rustc prints by their words alone.
var rustRows = []row{
	{"unused_variables", "unused variable: %s"},
	{"unused_variables", "variable %s is assigned to, but never used"},
	{"unused_imports", "unused import: %s"},
	{"unused_imports", "unused imports: %s"},
	{"unused_mut", "variable does not need to be mutable"},
	{"unused_assignments", "value assigned to %s is never read"},
	{"unused_must_use", "unused %s that must be used"},
	{"unused_must_use", "unused return value of %s that must be used"},
	{"dead_code", "function %s is never used"},
	{"dead_code", "method %s is never used"},
	{"dead_code", "struct %s is never constructed"},
	{"dead_code", "field %s is never read"},
	{"dead_code", "constant %s is never used"},
	{"dead_code", "variant %s is never constructed"},
	{"unreachable_code", "unreachable statement"},
	{"unreachable_code", "unreachable expression"},
	{"unused_parens", "unnecessary parentheses around %s"},
	{"non_snake_case", "variable %s should have a snake case name"},
	{"non_snake_case", "function %s should have a snake case name"},
	{"deprecated", "use of deprecated %s"},
	{SyntaxError, "expected one of %s, found %s"},
	{SyntaxError, "expected %s, found %s"},
	{SyntaxError, "this file contains an unclosed delimiter"},
	{SyntaxError, "mismatched closing delimiter: %s"},
	{SyntaxError, "unexpected closing delimiter: %s"},
	{SyntaxError, "unterminated double quote string"},
}

// cRows are clang's errors, whose names clangd gives (clang's diagnostic names
// without err_) and the compiler does not, and gcc's words for them.
var cRows = []row{
	{"undeclared_var_use", "use of undeclared identifier %s"},
	{"undeclared_var_use", "%s undeclared (first use in this function)"},
	{"undeclared_var_use", "%s was not declared in this scope"},
	{"undeclared_var_use_suggest", "use of undeclared identifier %s; did you mean %s?"},
	{"undeclared_var_use_suggest", "%s undeclared (first use in this function); did you mean %s?"},
	{"undeclared_var_use_suggest", "%s was not declared in this scope; did you mean %s?"},
	{"unknown_typename", "unknown type name %s"},
	{"unknown_typename", "%s does not name a type"},
	{"no_member", "no member named %s in %s"},
	{"no_member", "%s has no member named %s"},
	{"expected_semi_after_expr", "expected ';' after expression"},
	{"expected_semi_declaration", "expected ';' at end of declaration"},
	{"ovl_no_viable_function_in_call", "no matching function for call to %s"},
	{"pp_file_not_found", "%s file not found"},
	{"pp_file_not_found", "%s: No such file or directory"},
}

var (
	pythonTable = sync.OnceValue(func() table { return newTable(pythonRows) })
	rustTable   = sync.OnceValue(func() table { return newTable(rustRows) })
	cTable      = sync.OnceValue(func() table { return newTable(cRows) })
)
