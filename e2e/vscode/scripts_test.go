//go:build editors

package vscode

import "testing"

func TestScripts(t *testing.T) {
	for _, script := range []string{"session", "trust", "missing", "host", "latency", "failing"} {
		t.Run(script, func(t *testing.T) { runScript(t, script, false) })
	}
}
