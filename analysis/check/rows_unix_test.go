//go:build unix

package check

import (
	"os"
	"path/filepath"
	"testing"
)

// TestOurs: what somebody else left above a workspace is not run.
func TestOurs(t *testing.T) {
	if os.Getuid() != 0 {
		// Only root can give files away: then nothing here is anybody else's.
		path := filepath.Join(t.TempDir(), "x")
		save(t, path, "")
		if !ours(t.TempDir(), path) {
			t.Error("our own file is taken for somebody else's")
		}
		return
	}
	above := write(t, map[string]string{"node_modules/typescript/package.json": "{}", "node_modules/typescript/lib/typescript.js": "", "w/a.ts": ""})
	root := filepath.Join(above, "w")
	path := filepath.Join(root, "a.ts")
	if _, _, err := tsLibrary(Env{}, root, path); err != nil {
		t.Error(err)
	}
	manifest := filepath.Join(above, "node_modules", "typescript", "package.json")
	const nobody = 65534
	if err := os.Chown(manifest, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if _, lib, err := tsLibrary(Env{}, root, path); err == nil {
		t.Errorf("%s of somebody else is run", lib)
	}
	if _, _, err := tsLibrary(Env{}, above, path); err != nil {
		t.Error("in the workspace, whose it is does not count:", err)
	}
}
