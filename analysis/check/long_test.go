//go:build long

package check

// everyCase: make test-long runs all cases of the tables that start a tool for
// each.
const everyCase = true
