package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/analysis/wire"
)

// How dejafix stands in an editor.
const (
	stateAbsent   = ""
	statePresent  = "present"
	stateOutdated = "outdated"
)

// A plan is what setup would do for one editor.
type plan struct {
	state   string
	where   string // of what is there, for doctor
	changes []change
	tree    *tree      // the plugin's files, where it is to be unpacked
	run     [][]string // commands of the editor
	notes   []string   // what a person should know, or has to do by hand
	after   string     // what to do when it is done
}

// A change is one file that is made, changed or taken away.
type change struct {
	path   string // as named
	target string // where a link leads, else the same
	old    []byte
	exists bool
	new    []byte
	keep   bool // there is a file afterwards
}

func (p *plan) nothing() bool { return len(p.changes) == 0 && p.tree == nil && len(p.run) == 0 }

func newSetup(a *app) *cobra.Command {
	var write, remove bool
	var config string
	names := make([]string, len(editors))
	for i := range editors {
		names[i] = editors[i].key
	}
	cmd := &cobra.Command{
		Use:   "setup [" + strings.Join(names, "|") + "]",
		Short: "Wire up an editor",
		Long: `setup shows what an editor needs to run dejafix, as a difference to its
configuration, and writes nothing. With --write it writes just that, between two
marks; with --remove it takes it back, and leaves everything else as it is.
Without an editor it says how things stand in those that are found.`,
		ValidArgs: names,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return usagef(cmd, "%s takes one editor, got also %q", cmd.CommandPath(), args[1])
			case len(args) == 1 && !slices.Contains(names, args[0]):
				return usagef(cmd, "%s knows no editor %q; there are %s", cmd.CommandPath(), args[0], strings.Join(names, ", "))
			case len(args) == 0 && (write || remove || config != ""):
				return usagef(cmd, "%s needs an editor: %s", cmd.CommandPath(), strings.Join(names, ", "))
			case write && remove:
				return usagef(cmd, "--write and --remove do not go together")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := thisMachine()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				r := &wire.Report{Checks: checkEditors(cmd.Context(), m)}
				return a.show(r, func(w io.Writer) error { return printReport(w, r) })
			}
			e := &editors[slices.Index(names, args[0])]
			if config != "" {
				if config, err = filepath.Abs(config); err != nil {
					return err
				}
			}
			return a.setup(cmd.Context(), m, e, config, write, remove)
		},
	}
	cmd.Flags().BoolVar(&write, "write", false, "write it")
	cmd.Flags().BoolVar(&remove, "remove", false, "take it back")
	cmd.Flags().StringVar(&config, "config", "", "use `FILE` instead of the editor's usual one")
	return cmd
}

func (a *app) setup(ctx context.Context, m *machine, e *editor, config string, write, remove bool) error {
	s := &wire.Setup{Editor: e.key, Name: e.name, Program: e.find(m)}
	if s.Program != "" {
		s.Release = e.version(ctx, s.Program)
		if old := e.tooOld(s.Release); old != "" {
			s.Notes = append(s.Notes, old)
		}
	} else {
		s.Notes = append(s.Notes, fmt.Sprintf("%s was not found here (%s is not in PATH)", e.name, e.programs[0]))
	}
	p, err := e.plan(m, s.Program, config, remove)
	if err != nil {
		return err
	}
	s.Notes = append(s.Notes, p.notes...)
	s.State = p.state
	for _, c := range p.changes {
		s.Changes = append(s.Changes, c.wire())
	}
	if p.tree != nil {
		s.Changes = append(s.Changes, p.tree.wire())
	}
	for _, r := range p.run {
		s.Run = append(s.Run, strings.Join(r, " "))
	}
	switch {
	case p.nothing():
		s.Did = "nothing"
	case write || remove:
		if err := p.do(ctx, a); err != nil {
			return err
		}
		s.Did = "written"
		if remove {
			s.Did = "removed"
		}
	default:
		s.Did = "shown"
	}
	s.Next = nextOf(e, p, s)
	return a.show(s, func(w io.Writer) error { return printSetup(w, s) })
}

// nextOf is what a person may do then.
func nextOf(e *editor, p *plan, s *wire.Setup) string {
	command := "dejafix setup " + e.key
	switch {
	case s.Did == "shown":
		return "nothing was written; `" + command + " --write` does it"
	case s.Did == "written":
		return p.after + "; `" + command + " --remove` takes it back"
	case s.Did == "removed":
		return "what was learned is kept; `dejafix forget --all` deletes it"
	case p.state == statePresent:
		return "nothing is to be done; `" + command + " --remove` takes away what setup wrote"
	}
	return "nothing is to be done"
}

func printSetup(w io.Writer, s *wire.Setup) error {
	head := s.Name
	if s.Release != "" {
		head += " " + s.Release
	}
	if s.Program != "" {
		head += " at " + s.Program
	}
	fmt.Fprintln(w, plain(head))
	verb := map[string]string{"shown": "would ", "written": "did ", "removed": "did "}[s.Did]
	for _, c := range s.Changes {
		fmt.Fprintln(w)
		if c.Diff != "" {
			fmt.Fprint(w, plainLines(c.Diff))
			continue
		}
		fmt.Fprintf(w, "%s%s %s (%s)\n", verb, c.Action, plain(c.Path), count(c.Files, "file", "files"))
	}
	for _, r := range s.Run {
		fmt.Fprintf(w, "\n%srun %s\n", verb, plain(r))
	}
	for _, n := range s.Notes {
		fmt.Fprintf(w, "\nnote: %s\n", plainLines(n))
	}
	_, err := fmt.Fprintf(w, "\n%s.\n", plainLines(strings.ToUpper(s.Next[:1])+s.Next[1:]))
	return err
}

// wire is a change for people and programs.
func (c *change) wire() wire.SetupChange {
	name := strings.TrimPrefix(filepath.ToSlash(c.path), "/")
	out := wire.SetupChange{Path: c.path, Action: "change", Diff: textedit.Unified(name, string(c.old), string(c.new))}
	switch {
	case !c.exists:
		out.Action = "make"
	case !c.keep:
		out.Action = "delete"
	}
	return out
}

// do makes the changes: files first, so that an editor that starts meanwhile
// finds the plugin before what loads it, and the other way round for removal.
func (p *plan) do(ctx context.Context, a *app) error {
	removing := p.tree != nil && p.tree.remove
	if p.tree != nil && !removing {
		if err := p.tree.write(); err != nil {
			return err
		}
	}
	for i := range p.changes {
		if err := p.changes[i].write(a); err != nil {
			return err
		}
	}
	if removing {
		if err := p.tree.delete(); err != nil {
			return err
		}
	}
	for _, r := range p.run {
		cmd := exec.CommandContext(ctx, r[0], r[1:]...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Run(); err != nil {
			return problemf("run it by hand to see why", "%s fails: %w: %s", strings.Join(r, " "), err, strings.TrimSpace(out.String()))
		}
	}
	return nil
}

// write makes one change, whole or not at all.
func (c *change) write(a *app) error {
	if !c.exists {
		return create(c.target, c.new)
	}
	info, err := os.Lstat(c.target)
	if err != nil {
		return err
	}
	byHand := "make the change by hand, as `dejafix setup` shows it"
	switch {
	case !info.Mode().IsRegular():
		return problemf(byHand, "%s is no ordinary file", c.path)
	case info.Mode().Perm()&0o200 == 0:
		return problemf(byHand+"; where another tool writes this file, such as home-manager, there", "%s is read-only", c.path)
	case links(info) > 1:
		return problemf(byHand, "%s has several names (hard links), of which replacing it would leave the others behind", c.path)
	}
	if !c.keep {
		return os.Remove(c.target)
	}
	f := &source{path: c.target, info: info, bytes: c.old, text: string(c.old)}
	switch err := f.write(string(c.new), a.clock()); {
	case errors.Is(err, errMoved):
		return problemf("run this again", "%s was changed meanwhile", c.path)
	case errors.Is(err, os.ErrPermission):
		return problemf(byHand, "%s cannot be written: %w", c.path, err)
	default:
		return err
	}
}

// create writes a file that must not be there yet, whole or not at all.
func create(path string, b []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return problemf("make the folder writable", "%w", err)
	}
	f, err := os.CreateTemp(dir, temporary+"*")
	if err != nil {
		return problemf("make the folder writable", "%w", err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it is gone when all went well
	defer f.Close()           // closed below when all went well
	if _, err := f.Write(b); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return problemf("run this again", "%s was made meanwhile", path)
	}
	return os.Rename(f.Name(), path)
}
