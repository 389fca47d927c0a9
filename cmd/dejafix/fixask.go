package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/repair"
)

// An asker asks a person about repairs, on a terminal.
type asker struct {
	a    *app
	tree *fixTree
	in   *bufio.Reader
}

func newAsker(a *app, tree *fixTree) *asker {
	return &asker{a: a, tree: tree, in: bufio.NewReader(a.in)}
}

// about shows one repair and asks.
func (k *asker) about(ctx context.Context, r repair.Repair) (repair.Answer, error) {
	text := r.Document.Text
	after, err := textedit.Apply(text, r.Edits)
	if err != nil {
		return repair.No, err
	}
	name := k.tree.name(r.Document.Path)
	line := textedit.NewLines(text).Line(r.Finding.Span.Start) + 1
	message, _, _ := strings.Cut(r.Finding.Message, "\n")
	fmt.Fprintf(k.a.err, "\n%s:%d: %s\n%s", plain(name), line, plain(message), plainLines(textedit.Unified(name, text, after)))
	fmt.Fprintf(k.a.err, "%s; checked by %s\n", plain(r.Suggestion.Title), plain(r.Judgement.Tool))
	for {
		fmt.Fprint(k.a.err, "Make it? [y]es, [n]o, [q]uit: ")
		answer, err := k.read(ctx)
		switch {
		case errors.Is(err, io.EOF):
			return repair.Quit, nil
		case err != nil:
			return repair.Quit, err
		}
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "y", "yes":
			return repair.Yes, nil
		case "n", "no":
			return repair.No, nil
		case "q", "quit":
			return repair.Quit, nil
		}
	}
}

// read reads a line, unless the program is to end first: the reader then ends
// with it.
func (k *asker) read(ctx context.Context) (string, error) {
	type read struct {
		line string
		err  error
	}
	got := make(chan read, 1)
	go func() {
		line, err := k.in.ReadString('\n')
		if line != "" {
			err = nil
		}
		got <- read{line, err}
	}()
	select {
	case r := <-got:
		return r.line, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
