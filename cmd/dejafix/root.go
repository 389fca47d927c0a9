package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// newRoot builds the command line: a row for each command.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "dejafix",
		Short: "You have fixed this before",
		Long: `dejafix is a language server that learns how you repair errors and offers the
repair the next time the error comes. It stands beside the language servers you
already run. Everything it learns stays in one file on this machine.`,
		Args: subcommand,
		RunE: help,
		// Whatever cobra finds wrong before this is wrong usage.
		PersistentPreRun: func(*cobra.Command, []string) { a.started = true },
		SilenceErrors:    true,
		SilenceUsage:     true,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.storePath, "store", "", "keep and read what was learned in `FILE` (default: in your data folder)")
	flags.BoolVar(&a.json, "json", false, "print JSON for programs")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "log to standard error")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{err, cmd.CommandPath()}
	})
	for _, newCommand := range []func(*app) *cobra.Command{
		newServe, newProxy, newRun, newFix, newLearn, newPatterns, newTrace, newWhy, newStats, newForget, newTrust, newEval, newDoctor, newSetup, newVersion, newCheckWorker,
	} {
		root.AddCommand(newCommand(a))
	}
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil && completion != root {
		completion.Args, completion.RunE = subcommand, help // cobra's own shows the help of a shell that it does not know
	}
	return root
}

// help is what a command does that only has commands below it.
func help(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// subcommand refuses a command that does not exist, and names near ones.
func subcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("%s has no command %q", cmd.CommandPath(), args[0])
	cmd.SuggestionsMinimumDistance = 2 // edits; cobra's own default, which it sets only where it prints
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("%w (did you mean %s?)", err, strings.Join(near, ", "))
	}
	return &usageError{err, cmd.CommandPath()}
}

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &usageError{fmt.Errorf("%s takes no argument, got %q", cmd.CommandPath(), args[0]), cmd.CommandPath()}
	}
	return nil
}

// argsNamed wants one argument for each name; a last name that ends in "…" may
// come more than once.
func argsNamed(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		many := strings.HasSuffix(names[len(names)-1], "…")
		switch {
		case len(args) < len(names):
			return &usageError{errors.New(cmd.CommandPath() + " needs " + names[len(args)]), cmd.CommandPath()}
		case len(args) > len(names) && !many:
			return &usageError{fmt.Errorf("%s takes %s, got also %q", cmd.CommandPath(), strings.Join(names, " "), args[len(names)]), cmd.CommandPath()}
		}
		return nil
	}
}

// usagef is an error in how cmd was called.
func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...), cmd.CommandPath()}
}
