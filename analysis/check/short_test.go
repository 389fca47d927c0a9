//go:build !long

package check

// everyCase: the tables that start a tool for each case run some of them;
// make test-long runs all.
const everyCase = false
