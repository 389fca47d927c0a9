//go:build long

package main

// everyCase: make test-long runs all cases of the tables that start a tool for
// each.
const everyCase = true
