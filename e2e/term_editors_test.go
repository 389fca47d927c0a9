//go:build editors

package e2e

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/e2e/nvim"
	"github.com/dejafix/dejafix/e2e/term"
)

// images is where screenshots go; those in docs/images are made with
// go test -tags editors ./e2e -run NeovimInATerminal -images ../docs/images.
var images = flag.String("images", "", "write screenshots into this folder")

// A person's configuration: gopls, and nothing of dejafix, which `dejafix setup`
// adds.
const personal = `
vim.o.number = true
vim.o.swapfile = false
vim.diagnostic.config({ virtual_text = true })
vim.api.nvim_create_autocmd('FileType', { pattern = 'go', callback = function(ev)
  vim.lsp.start({ name = 'gopls', cmd = { vim.env.GOPLS }, root_dir = vim.fs.root(ev.buf, 'go.mod') }, { bufnr = ev.buf })
end })
vim.keymap.set('n', 'gra', vim.lsp.buf.code_action)
`

// The rhythm as a person sees it: set up with one command, an error repaired by
// hand, and the repair chosen from the menu the second time.
func TestNeovimInATerminal(t *testing.T) {
	gopls, err := nvim.Gopls()
	must(t, err)
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			s := open(t, program, "go")
			// Servers end a moment after Neovim does, and may leave a file.
			scratch, err := os.MkdirTemp("", "dejafix-e2e") //nolint:usetesting // t.TempDir fails when a file is left
			must(t, err)
			t.Cleanup(func() { os.RemoveAll(scratch) })
			config := filepath.Join(scratch, "config", "nvim")
			must(t, os.MkdirAll(config, 0o700))
			must(t, os.WriteFile(filepath.Join(config, "init.lua"), []byte(personal), 0o600))
			// PATH leads to dejafix, as where `go install` put it.
			env := append(nvim.Environ(scratch), "GOPLS="+gopls.Cmd[0], "PATH="+filepath.Dir(dejafix)+":"+os.Getenv("PATH"), "NVIM_LOG_FILE="+filepath.Join(scratch, "log"))
			ctx := t.Context()
			shell, err := term.Start(ctx, term.Options{Command: []string{"sh"}, Dir: s.dir, Env: env, Columns: 110, Rows: 36, Patience: *patience})
			must(t, err)
			t.Cleanup(func() { must(t, shell.Close()) })
			picture := func(name string) {
				t.Helper()
				if *images == "" || !strings.HasSuffix(version, "0.12") {
					return
				}
				browser, err := nvim.Tool("chromium")
				must(t, err)
				file, err := filepath.Abs(filepath.Join(*images, "nvim-"+name+".png"))
				must(t, err)
				must(t, shell.Picture(ctx, browser, file))
			}
			await := func(text string) {
				t.Helper()
				_, err := shell.Await(ctx, text)
				must(t, err)
			}
			command := func(line string) {
				t.Helper()
				must(t, shell.Press(ctx, "Escape"))
				must(t, shell.Type(ctx, ":"+line))
				must(t, shell.Press(ctx, "Enter"))
			}

			must(t, shell.Type(ctx, "PS1='$ '; clear; dejafix setup nvim --write | tail -n 1"))
			must(t, shell.Press(ctx, "Enter"))
			await("takes it back.")
			must(t, shell.Type(ctx, "clear; "+program+" item/item.go"))
			must(t, shell.Press(ctx, "Enter"))
			await("package item")
			command("lua vim.wait(60000, function() return #vim.lsp.get_clients({ bufnr = 0 }) == 2 end)")
			command("echo 'attached ' .. luaeval('#vim.lsp.get_clients({ bufnr = 0 })')")
			await("attached 2")
			idle := func() {
				t.Helper()
				command("lua vim.lsp.get_clients({ name = 'dejafix' })[1]:request('dejafix/idle', { settle = true }, function() vim.g.idle = (vim.g.idle or 0) + 1 vim.cmd.echo(\"'idle \" .. vim.g.idle .. \"'\") end)")
			}
			if strings.HasSuffix(version, "0.10") {
				idle = func() {
					t.Helper()
					command("lua vim.lsp.get_clients({ name = 'dejafix' })[1].request('dejafix/idle', { settle = true }, function() vim.g.idle = (vim.g.idle or 0) + 1 vim.cmd.echo(\"'idle \" .. vim.g.idle .. \"'\") end)")
				}
			}

			// The first time, by hand.
			command("/it.Name$")
			must(t, shell.Type(ctx, `A + ": " + it.Count`))
			must(t, shell.Press(ctx, "Escape"))
			await("invalid operation")
			idle()
			await("idle 1")
			command("call search('it.Count$')")
			must(t, shell.Type(ctx, "cWstrconv.Itoa(it.Count)"))
			must(t, shell.Press(ctx, "Escape"))
			_, err = shell.AwaitGone(ctx, "invalid operation")
			must(t, err)
			command("w")
			idle()
			await("idle 2")

			// The second time, elsewhere: it is in the menu, after what gopls offers.
			command("edit report/report.go")
			await("package report")
			command("/strings.ToUpper(title)$")
			must(t, shell.Type(ctx, `A + " (" + total`))
			must(t, shell.Press(ctx, "Escape"))
			must(t, shell.Type(ctx, `A + ")"`))
			must(t, shell.Press(ctx, "Escape"))
			await("invalid operation")
			idle()
			await("idle 3")
			command("Dejafix recurring")
			await("Wrap in strconv.Itoa  1 of 1 held")
			picture("recurring")
			must(t, shell.Type(ctx, "q"))
			_, err = shell.AwaitGone(ctx, "1 of 1 held")
			must(t, err)
			command("call search('total + ', 'bc')")
			must(t, shell.Type(ctx, "gra"))
			await("(learned, 1 of 1 held)")
			screen, err := shell.Screen(ctx)
			must(t, err)
			picture("menu")
			number := ""
			for line := range strings.Lines(screen) {
				if strings.Contains(line, "strconv.Itoa (learned, 1 of 1 held)") {
					number, _, _ = strings.Cut(strings.TrimSpace(line), ":")
				}
			}
			if number == "" {
				t.Fatalf("the menu lacks the repair:\n%s", screen)
			}
			must(t, shell.Type(ctx, number))
			must(t, shell.Press(ctx, "Enter"))
			await("strconv.Itoa(total)")
			_, err = shell.AwaitGone(ctx, "invalid operation")
			must(t, err)
			picture("repaired")

			command("qall!")
			await("$")
		})
	}
}
