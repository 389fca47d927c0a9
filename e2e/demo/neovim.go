package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/e2e/nvim"
)

// casting finds the actors, and says who they are.
func casting(s *setting) (start func(context.Context) (window, error), cast string, err error) {
	gopls, err := nvim.Gopls()
	if err != nil {
		return nil, "", err
	}
	s.gopls = gopls.Cmd[0]
	programs, err := nvim.Programs()
	if err != nil {
		start = func(ctx context.Context) (window, error) { return startScripted(ctx, *s) }
		cast = "No Neovim can be had here (" + err.Error() + "):\n" +
			"a scripted LSP client stands for it. The language server is the real gopls."
		return start, cast, nil //nolint:nilerr // the story goes on without Neovim, and says so
	}
	var names []string
	for name := range programs {
		names = append(names, name)
	}
	program := programs[slices.Max(names)]
	version, err := exec.Command(program, "--version").Output()
	if err != nil {
		return nil, "", fmt.Errorf("%s --version: %w", program, err)
	}
	first, _, _ := strings.Cut(string(version), "\n")
	return func(ctx context.Context) (window, error) { return startNeovim(ctx, *s, program, gopls) },
		"The editor is the real Neovim (" + first + "), the language server the real gopls.", nil
}

// A neovim is a window in a real Neovim.
type neovim struct{ *nvim.Editor }

func startNeovim(ctx context.Context, s setting, program string, gopls nvim.Server) (window, error) {
	scratch, err := os.MkdirTemp(s.scratch, "nvim")
	if err != nil {
		return nil, err
	}
	e, err := nvim.Start(ctx, nvim.Options{
		Program: program,
		Plugin:  s.plugin,
		Dejafix: []string{s.dejafix, "serve", "--store", s.store},
		Servers: []nvim.Server{gopls},
		Scratch: scratch,
	})
	if err != nil {
		return nil, err
	}
	return neovim{e}, nil
}

func (n neovim) Replace(ctx context.Context, before, after string) error {
	return n.Type(ctx, before, fmt.Sprintf("c%dl%s<Esc>", len(before), strings.ReplaceAll(after, "<", "<lt>")))
}

func (n neovim) AwaitError(ctx context.Context, text string) (string, error) {
	d, err := n.AwaitDiagnostic(ctx, text)
	return d.Message, err
}

func (n neovim) Menu(ctx context.Context, at string) ([]action, error) {
	actions, err := n.Actions(ctx, at)
	return menu(actions), err
}

func (n neovim) AwaitOffer(ctx context.Context, at string) ([]action, error) {
	actions, err := n.AwaitAction(ctx, at, "dejafix")
	return menu(actions), err
}

func menu(actions []nvim.Action) []action {
	entries := make([]action, len(actions))
	for i, a := range actions {
		entries[i] = action{a.Client, a.Title}
	}
	return entries
}

func (n neovim) Take(ctx context.Context, at string) error { return n.Choose(ctx, at, "dejafix") }

func (n neovim) Settle(ctx context.Context) error { return n.Idle(ctx, true) }
