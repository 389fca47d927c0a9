package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/identity"
	printed "github.com/dejafix/dejafix/analysis/report"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// A treeCommand is the checker that `learn git --check` names. It runs in the
// folder where a commit is laid out, which gets the texts that are asked about
// for as long.
type treeCommand struct {
	line   string
	runner *check.Runner
}

var _ check.Checker = (*treeCommand)(nil)

// commandSet is a set of checkers that has the command alone.
func (a *app) commandSet(line string) *check.Set {
	return check.New(check.Options{
		Rows: []check.Row{{
			Name: "command", Languages: syntax.Names(), Covers: check.PhaseTypes,
			New: func(e check.Env) check.Checker { return &treeCommand{line, e.Runner} },
		}},
		Logger: a.logger(), Clock: a.clock, Class: classOf, Timeout: commandTime, MaxRuns: 1,
	})
}

// Check runs the command over the files of r.Root with the texts of r.
func (c *treeCommand) Check(ctx context.Context, r check.Request) (res check.Result, err error) {
	for path, text := range r.Overlay {
		was, err := os.ReadFile(path)
		if err != nil {
			return res, &check.Unknown{Cause: check.CauseFailed, Reason: fmt.Sprintf("%s is not there", filepath.Base(path))}
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return res, err
		}
		defer func() { err = errors.Join(err, os.WriteFile(path, was, 0o600)) }()
	}
	shell := []string{"/bin/sh", "-c", c.line}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd.exe", "/d", "/s", "/c", c.line}
	}
	// The Go compiler ends after ten errors unless it is told otherwise.
	flags := strings.TrimSpace(c.runner.Getenv("GOFLAGS") + " -gcflags=-e")
	out, err := c.runner.Run(ctx, check.Command{Args: shell, Dir: r.Root, Timeout: commandTime, Env: []string{"GOFLAGS=" + flags}})
	if err != nil {
		return res, err
	}
	said := printed.Parse(out.Stdout, out.Stderr)
	res = check.Result{Tool: c.line, Complete: true, Phase: check.PhaseTypes}
	if out.Exit == 0 {
		return res, nil // whatever it warns of
	}
	if len(said.Findings) == 0 {
		return res, &check.Unknown{Cause: check.CauseFailed, Reason: fmt.Sprintf("%q ended with %d and printed nothing that was understood%s: "+
			"name a command that prints errors as go, tsc, eslint, pyright, ruff or gcc do", c.line, out.Exit, excerpt(out))}
	}
	for _, f := range said.Findings {
		if x, ok := placed(f, r.Root); ok {
			res.Findings = append(res.Findings, x)
		}
	}
	return res, nil
}

// placed is what a tool printed, in the file it speaks of.
func placed(f printed.Finding, root string) (check.Finding, bool) {
	path := filepath.FromSlash(f.File)
	if !filepath.IsAbs(path) {
		at := root
		if filepath.IsAbs(f.Dir) {
			at = f.Dir
		}
		path = filepath.Join(at, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return check.Finding{}, false
	}
	x := check.Finding{Path: path, Diagnostic: f.Diagnostic, Phase: check.PhaseTypes}
	x.Span, x.NoSpan = analysis.Span{}, true
	if span, ok := f.Place.Span(textedit.NewLines(string(text)), identity.LanguageOf(path), f.Diagnostic); ok {
		x.Span, x.NoSpan = span, false
	}
	return x, true
}
