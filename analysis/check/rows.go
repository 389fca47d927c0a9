package check

// Rows is the table of checkers. For one language, the row whose diagnostics
// the error is among judges it; where several may be, the first.
func Rows() []Row {
	return []Row{
		goRow(), typescriptRow(), eslintRow(),
		pyrightRow("pyright", "pyright", "pylance"), pyrightRow("basedpyright", "basedpyright"), ruffRow(), pyCompileRow(),
	}
}
