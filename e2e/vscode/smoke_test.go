//go:build linux && !editors

package vscode

import (
	"os/exec"
	"testing"
)

// TestSmoke is the part of the session in which an error is repaired by hand and
// then offered; make test-editors runs all of it, and more.
func TestSmoke(t *testing.T) {
	if out, err := exec.CommandContext(t.Context(), "../../scripts/tools.sh", "vscode").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	runScript(t, "session", true)
}
