// Package e2e tests the whole of dejafix as a person meets it: the real binary,
// attached to real headless Neovim beside real language servers, on small real
// projects. Where a tool is missing the tests fail and say how to get it.
package e2e
