//go:build unix

package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/store"
	"github.com/dejafix/dejafix/store/storetest"
)

// roleEnv makes the test binary try to open a store as a user without rights.
const roleEnv = "DEJAFIX_STORE_OPEN"

// TestOpenAsOther is not a test by itself: TestReadOnlyFolder runs it in a
// child process, since root may write everywhere.
func TestOpenAsOther(t *testing.T) {
	path := os.Getenv(roleEnv)
	if path == "" {
		return
	}
	s, err := store.Open(t.Context(), store.Options{Path: path})
	if err == nil {
		_, err = s.AddExamples(t.Context(), []analysis.Example{storetest.Sample(7, 10)})
		_ = s.Close()
	}
	fmt.Printf("RESULT read-only=%v %v\n", errors.Is(err, store.ErrReadOnly), err)
}

func TestReadOnlyFolder(t *testing.T) {
	base, err := os.MkdirTemp("", "dejafix-readonly") //nolint:usetesting // t.TempDir lies in a folder that other users cannot enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = os.Chmod(filepath.Join(base, "full"), 0o700)
		_ = os.RemoveAll(base)
	})
	full, empty := filepath.Join(base, "full"), filepath.Join(base, "empty")
	makeStore(t, filepath.Join(full, "dejafix.db"))
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]fs.FileMode{base: 0o755, filepath.Join(full, "dejafix.db"): 0o444, full: 0o555, empty: 0o555} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	before := contents(t, full)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// A copy that any user can run.
	b, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(base, "store.test")
	if err := os.WriteFile(copied, b, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(copied, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"a store in a read-only folder":   filepath.Join(full, "dejafix.db"),
		"none yet, folder read-only":      filepath.Join(empty, "dejafix.db"),
		"none yet, folder cannot be made": filepath.Join(empty, "sub", "dejafix.db"),
	} {
		cmd := exec.CommandContext(t.Context(), copied, "-test.run=^TestOpenAsOther$")
		cmd.Dir = "/"
		cmd.Env = append(os.Environ(), roleEnv+"="+path, "HOME=/nonexistent")
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		out, err := cmd.CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("RESULT read-only=true")) || !bytes.Contains(out, []byte("--store FILE")) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	if after := contents(t, full); !maps.Equal(before, after) {
		t.Errorf("files %v became %v, or their text changed", slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
	}
}
