//go:build linux && !editors

package vscode

import "testing"

// TestSmoke is the part of the session in which an error is repaired by hand and
// then offered; make test-editors runs all of it, and more.
func TestSmoke(t *testing.T) {
	runScript(t, "session", true)
}
