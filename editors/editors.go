// Package editors holds the Neovim plugin as files inside of the program, so
// that `dejafix setup nvim` can unpack the one that fits it. It holds nothing
// else: the VS Code extension is a package of its own.
package editors

import (
	"embed"
	"io/fs"
)

//go:embed nvim/doc nvim/lsp nvim/lua nvim/plugin
var files embed.FS

// Neovim is the plugin as it lies in a runtime path.
func Neovim() (fs.FS, error) { return fs.Sub(files, "nvim") }
