package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/store"
)

// The statuses of a check. Only a failed one makes doctor exit with 1: an
// editor or server that is absent may not be wanted.
const (
	statusOK   = "ok"
	statusNote = "note"
	statusFail = "fail"
)

func newDoctor(a *app) *cobra.Command {
	var bundle bool
	var out string
	cmd := &cobra.Command{
		Use:   "doctor [--bundle]",
		Short: "Check the installation",
		Long: `doctor checks the program, the store, the log, and which editors and language
servers are there. With --bundle it also writes an archive for a report: the checks,
the counts and the end of the log, without secrets and without your home folder's
name. It prints what is in it and sends nothing.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := &wire.Report{}
			for _, check := range []func(context.Context, *app) []wire.Check{
				checkBinary, checkStore, checkLog, checkEditorsHere, checkServers,
			} {
				r.Checks = append(r.Checks, check(cmd.Context(), a)...)
			}
			if bundle {
				b, err := a.bundle(cmd.Context(), r, out)
				if err != nil {
					return err
				}
				r.Bundle = b
			}
			if err := a.show(r, func(w io.Writer) error { return printReport(w, r) }); err != nil {
				return err
			}
			for _, c := range r.Checks {
				if c.Status == statusFail {
					return exitError(exitFailed)
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&bundle, "bundle", false, "write a redacted archive for a report")
	cmd.Flags().StringVar(&out, "out", "", "write the archive to `FILE` (default: dejafix-doctor-TIME.tar.gz here)")
	return cmd
}

func printReport(w io.Writer, r *wire.Report) error {
	var rows [][]string
	for _, c := range r.Checks {
		rows = append(rows, []string{c.Status, c.Name, c.Detail})
		if c.Next != "" {
			rows = append(rows, []string{"", "", "→ " + c.Next})
		}
	}
	if err := table(w, rows); err != nil {
		return err
	}
	if len(r.Bundle) > 0 {
		fmt.Fprintln(w, "\nWrote an archive; nothing was sent. In it:")
		for _, line := range r.Bundle {
			if _, err := fmt.Fprintln(w, "  "+plain(line)); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkBinary(context.Context, *app) []wire.Check {
	v := about()
	c := wire.Check{Name: "program", Status: statusOK, Detail: fmt.Sprintf("dejafix %s (%s, %s/%s)", v.Dejafix, v.Go, v.OS, v.Arch)}
	self, err := os.Executable()
	if err != nil {
		return []wire.Check{c}
	}
	c.Detail += " at " + self
	switch found, err := exec.LookPath("dejafix"); {
	case err != nil:
		c.Status, c.Next = statusNote, "put it into a folder of PATH, so that editors find it"
	default:
		if !sameFile(self, found) {
			c.Status, c.Next = statusNote, "editors start the one that PATH names: "+found
		}
	}
	return []wire.Check{c}
}

func sameFile(x, y string) bool {
	xi, err := os.Stat(x)
	if err != nil {
		return false
	}
	yi, err := os.Stat(y)
	return err == nil && os.SameFile(xi, yi)
}

func checkStore(ctx context.Context, a *app) []wire.Check {
	const name = "store"
	path, err := a.storeFile()
	if err != nil {
		return []wire.Check{{Name: name, Status: statusFail, Detail: err.Error()}}
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return []wire.Check{{
			Name: name, Status: statusNote, Detail: path + " does not exist yet",
			Next: "nothing; it is made when the first repair is learned",
		}}
	}
	if err != nil {
		return []wire.Check{{Name: name, Status: statusFail, Detail: err.Error(), Next: "make it readable, or name another place with --store FILE"}}
	}
	checks := checkModes(path, info)
	st, err := store.Open(ctx, store.Options{Path: path, Logger: a.logger(), Clock: a.clock, ReadOnly: true})
	if err != nil {
		c := wire.Check{Name: name, Status: statusFail, Detail: err.Error()}
		if se, ok := errors.AsType[*store.Error](err); ok {
			c.Next = se.Next
		}
		return append(checks, c)
	}
	defer st.Close()
	s, err := st.Stats(ctx)
	if err == nil {
		err = st.Check(ctx)
	}
	if err != nil {
		return append(checks, wire.Check{
			Name: name, Status: statusFail, Detail: err.Error(),
			Next: "move " + path + " and its -wal and -shm files aside; dejafix starts anew",
		})
	}
	checks = append(checks, wire.Check{Name: name, Status: statusOK, Detail: fmt.Sprintf("%s: schema %d, %s, %s, intact",
		path, s.SchemaVersion, count(s.Episodes, "repair", "repairs"), size(s.StoreBytes))})
	if s.Unerased {
		checks = append(checks, wire.Check{
			Name: name, Status: statusFail, Detail: "what was forgotten is not yet erased from the file",
			Next: "close the editors that use it, then run any `dejafix forget` again",
		})
	}
	if folders, err := st.Folders(ctx); err == nil {
		for _, f := range folders {
			if f.Trusted != nil && *f.Trusted {
				checks = append(checks, wire.Check{Name: "trust", Status: statusNote, Detail: "commands of " + f.Path + " may run"})
			}
			if f.Paused != nil && *f.Paused {
				checks = append(checks, wire.Check{Name: "pause", Status: statusNote, Detail: "nothing is suggested in " + f.Path})
			}
		}
	}
	return checks
}

// checkModes holds the store to its promise that nobody else can read it.
// Windows keeps that elsewhere.
func checkModes(path string, info fs.FileInfo) []wire.Check {
	if runtime.GOOS == "windows" {
		return nil
	}
	var checks []wire.Check
	if info.Mode().Perm()&0o077 != 0 {
		checks = append(checks, wire.Check{
			Name: "store", Status: statusFail, Detail: fmt.Sprintf("%s is open to others (%v)", path, info.Mode().Perm()),
			Next: "chmod 600 " + path,
		})
	}
	dir := filepath.Dir(path)
	if d, err := os.Stat(dir); err == nil && filepath.Base(dir) == "dejafix" && d.Mode().Perm()&0o077 != 0 {
		checks = append(checks, wire.Check{
			Name: "store", Status: statusNote, Detail: fmt.Sprintf("its folder %s is open to others (%v)", dir, d.Mode().Perm()),
			Next: "chmod 700 " + dir,
		})
	}
	return checks
}

func checkLog(_ context.Context, a *app) []wire.Check {
	path, err := a.logFile()
	if err != nil {
		return []wire.Check{{Name: "log", Status: statusFail, Detail: err.Error()}}
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []wire.Check{{Name: "log", Status: statusNote, Detail: path + " does not exist yet", Next: "nothing; `dejafix serve` writes it"}}
	case err != nil:
		return []wire.Check{{Name: "log", Status: statusFail, Detail: err.Error(), Next: "make it readable, or name another place with `dejafix serve --log FILE`"}}
	}
	return []wire.Check{{Name: "log", Status: statusOK, Detail: path + ", " + size(info.Size())}}
}

func checkEditorsHere(ctx context.Context, _ *app) []wire.Check {
	m, err := thisMachine()
	if err != nil {
		return []wire.Check{{Name: "editors", Status: statusNote, Detail: err.Error()}}
	}
	return checkEditors(ctx, m)
}

// checkEditors says for each editor of the machine what is missing, and how to
// mend it.
func checkEditors(ctx context.Context, m *machine) []wire.Check {
	var checks []wire.Check
	for i := range editors {
		e := &editors[i]
		if program := e.find(m); program != "" {
			checks = append(checks, checkEditor(ctx, m, e, program))
		}
	}
	if len(checks) == 0 {
		checks = append(checks, wire.Check{
			Name: "editors", Status: statusNote, Detail: "none of those found in PATH that dejafix knows to set up",
			Next: "any editor that speaks LSP can run `dejafix proxy -- SERVER` in place of its SERVER",
		})
	}
	return checks
}

func checkEditor(ctx context.Context, m *machine, e *editor, program string) wire.Check {
	c := wire.Check{Name: e.name, Status: statusNote, Detail: program}
	version := e.version(ctx, program)
	if version != "" {
		c.Detail = version + " at " + program
	}
	if old := e.tooOld(version); old != "" {
		_, next, _ := strings.Cut(old, ": ")
		c.Detail, c.Next = c.Detail+", too old", next
		return c
	}
	p, err := e.plan(m, program, "", false)
	var known *problem
	switch {
	case errors.As(err, &known):
		c.Detail, c.Next = c.Detail+": "+known.err.Error(), known.next
	case err != nil:
		c.Detail += ": " + err.Error()
	case p.state == statePresent && len(p.notes) == 0, p.where != "":
		c.Status, c.Detail = statusOK, c.Detail+", set up"
		if p.where != "" {
			c.Detail += ": " + p.where
		}
	case p.state == statePresent:
		c.Status, c.Detail, c.Next = statusOK, c.Detail+", set up in part", p.notes[0]
	case p.state == stateOutdated:
		c.Detail, c.Next = c.Detail+", set up by another version, or for other servers", "`dejafix setup "+e.key+" --write` brings it up to date"
	case p.nothing() && len(p.notes) > 0:
		c.Detail, c.Next = c.Detail+", not set up", p.notes[0]
	default:
		c.Detail, c.Next = c.Detail+", not set up", "`dejafix setup "+e.key+"` shows what it needs, with --write it writes that"
	}
	return c
}

// servers are language servers whose diagnostics dejafix can learn from.
var servers = []string{
	"gopls", "pyright-langserver", "basedpyright-langserver", "ruff", "typescript-language-server", "vtsls",
	"vscode-eslint-language-server", "rust-analyzer", "clangd", "jdtls", "ruby-lsp",
}

func checkServers(context.Context, *app) []wire.Check {
	var found []string
	for _, s := range servers {
		if _, err := exec.LookPath(s); err == nil {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return []wire.Check{{
			Name: "language servers", Status: statusNote, Detail: "none of the known ones found in PATH",
			Next: "dejafix learns from what language servers report: install one, such as gopls; editors may also bring their own",
		}}
	}
	return []wire.Check{{Name: "language servers", Status: statusOK, Detail: strings.Join(found, ", ")}}
}
