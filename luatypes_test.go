package house

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dejafix/dejafix/lsp"
)

// TestSettingsInLua: the types of the Neovim plugin's settings are those of
// lsp.Settings.
func TestSettingsInLua(t *testing.T) {
	const name = "editors/nvim/lua/dejafix/settings.lua"
	want := "---@meta\n--- Generated from lsp.Settings by `make generate`.\n\n" + lsp.SettingsLua()
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s differs from lsp.Settings; make generate writes it (-settings +file):\n%s", name, diff)
	}
}
