package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/e2e/nvim"
)

// Each way to install the plugin attaches a file, and taking it back leaves
// nothing.
func TestWaysToInstall(t *testing.T) {
	plugin, err := filepath.Abs("../editors/nvim")
	must(t, err)
	setup := func(t *testing.T, scratch string, args ...string) {
		t.Helper()
		cmd := exec.Command(dejafix, append([]string{"setup", "nvim"}, args...)...)
		cmd.Env = nvim.Environ(scratch)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("dejafix setup: %v\n%s", err, out)
		}
	}
	ways := map[string]struct {
		install func(t *testing.T, scratch string)
		init    string // Lua, before the plugin is loaded
		remove  bool
	}{
		"dejafix setup": {install: func(t *testing.T, scratch string) { setup(t, scratch, "--write") }, remove: true},
		"a package": {install: func(t *testing.T, scratch string) {
			start := filepath.Join(scratch, "data", "nvim", "site", "pack", "any", "start")
			must(t, os.MkdirAll(start, 0o700))
			must(t, os.Symlink(plugin, filepath.Join(start, "dejafix")))
		}},
		"loaded late": {init: "vim.schedule(function() vim.opt.runtimepath:append(" + quote(plugin) + ") vim.cmd.source(" + quote(plugin+"/plugin/dejafix.lua") + ") end)"},
		// Where there is vim.lsp.config, it goes before what the plugin has.
		"with vim.lsp.config": {init: "vim.opt.runtimepath:append(" + quote(plugin) + ")\n" +
			"if vim.lsp.config then vim.lsp.config('dejafix', { settings = { mine = true } }) vim.lsp.enable('dejafix') end"},
	}
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			for name, way := range ways {
				t.Run(name, func(t *testing.T) {
					scratch := t.TempDir()
					if way.install != nil {
						way.install(t, scratch)
					}
					o := nvim.Options{Program: program, Scratch: scratch, Init: way.init, Installed: true, Patience: *patience}
					if name != "dejafix setup" { // which names the program where PATH does not
						o.Dejafix = []string{dejafix, "serve", "--store", filepath.Join(scratch, "dejafix.db")}
					}
					e, err := nvim.Start(context.WithoutCancel(t.Context()), o)
					must(t, err)
					t.Cleanup(func() { must(t, e.Close()) })
					path := filepath.Join(t.TempDir(), "a.go")
					must(t, os.WriteFile(path, []byte("package a\n"), 0o600))
					must(t, e.Open(t.Context(), path))
					must(t, e.Idle(t.Context(), false))
					var got struct {
						Clients int
						Mine    bool
						Help    []string
					}
					must(t, e.Lua(t.Context(), `
					local clients = vim.lsp.get_clients({ bufnr = 0 })
					return { clients = #clients, mine = clients[1].config.settings ~= nil and clients[1].config.settings.mine == true,
					  help = vim.fn.getcompletion(':Dejafix', 'help') }`, &got))
					if got.Clients != 1 {
						t.Errorf("%d clients are attached, want 1", got.Clients)
					}
					if want := name == "with vim.lsp.config" && !strings.HasSuffix(version, "0.10"); got.Mine != want {
						t.Errorf("vim.lsp.config is heard: %v, want %v", got.Mine, want)
					}
					if name == "dejafix setup" {
						if !slices.Contains(got.Help, ":Dejafix") {
							t.Errorf("no help for :Dejafix: %q", got.Help)
						}
					}
					must(t, e.Close())
					if way.remove {
						setup(t, scratch, "--remove")
						for _, left := range []string{"config/nvim/plugin/dejafix.lua", "data/dejafix/nvim"} {
							if _, err := os.Stat(filepath.Join(scratch, filepath.FromSlash(left))); err == nil {
								t.Errorf("%s is left", left)
							}
						}
					}
				})
			}
		})
	}
}
