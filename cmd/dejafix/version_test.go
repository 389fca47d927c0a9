package main

import (
	"runtime/debug"
	"testing"
)

// TestCommitOf: whatever way the program was built, it says from what.
func TestCommitOf(t *testing.T) {
	setting := func(revision, modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: revision}, {Key: "vcs.modified", Value: modified}}
	}
	tests := map[string]struct {
		info debug.BuildInfo
		want string
	}{
		"a checkout":             {debug.BuildInfo{Main: debug.Module{Version: "v0.0.0-20261122011530-881cf2c00000"}, Settings: setting("881cf2c", "false")}, "881cf2c"},
		"a changed checkout":     {debug.BuildInfo{Settings: setting("881cf2c", "true")}, "881cf2c, changed"},
		"go install of a commit": {debug.BuildInfo{Main: debug.Module{Version: "v0.0.0-20261122011530-881cf2c6d5b4"}}, "881cf2c6d5b4"},
		"one after a tag":        {debug.BuildInfo{Main: debug.Module{Version: "v0.1.1-0.20261122011530-881cf2c6d5b4"}}, "881cf2c6d5b4"},
		"go install of a tag":    {debug.BuildInfo{Main: debug.Module{Version: "v0.1.0"}}, ""},
		"go run":                 {debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, ""},
	}
	for name, test := range tests {
		if got := commitOf(&test.info); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
