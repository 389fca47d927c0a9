package main

import (
	"errors"
	"fmt"

	"github.com/dejafix/dejafix/store"
)

// A problem is an error for a person: what is wrong, and what to do next.
type problem struct {
	err  error
	next string
}

func (p *problem) Error() string { return p.err.Error() + "; " + p.next }
func (p *problem) Unwrap() error { return p.err }

// problemf returns a problem with its next step.
func problemf(next, format string, args ...any) error {
	return &problem{fmt.Errorf(format, args...), next}
}

// withNext is what is printed of err: one line that ends in a next step.
func withNext(err error) string {
	var p *problem
	var se *store.Error
	if errors.As(err, &p) || errors.As(err, &se) && se.Next != "" {
		return err.Error()
	}
	return err.Error() + "; `dejafix doctor` checks the installation"
}

// A usageError is a command that was written wrong: exit code 2.
type usageError struct {
	err     error
	command string // its path, for the pointer to its help
}

func (u *usageError) Error() string {
	if _, ok := errors.AsType[*usageError](u.err); ok {
		return u.err.Error()
	}
	return fmt.Sprintf("%v; `%s --help` shows how", u.err, u.command)
}

func (u *usageError) Unwrap() error { return u.err }

// An exitError ends the program with a code, after the command has said all
// there is to say.
type exitError int

func (s exitError) Error() string { return fmt.Sprintf("exit status %d", int(s)) }
