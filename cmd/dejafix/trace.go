package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/trace"
	"github.com/dejafix/dejafix/analysis/wire"
)

func newTrace(a *app) *cobra.Command {
	var known bool
	cmd := &cobra.Command{
		Use:   "trace [FILE]",
		Short: "Say where in your code a stack trace failed, and why",
		Long: `trace finds the stack traces in a file, or in standard input: of Python, JavaScript,
TypeScript, Go, Java, Kotlin, Scala, Rust, Ruby, C#, PHP and Dart, in any output, with
colours, time stamps and other lines in between. It says which calls are files of the
workspace that you are in, what failed, what the code did not provide for, and what
repaired the same failure before, where an editor's dejafix saw it. With --known it
lists what is remembered of failures of the workspace.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef(cmd, "%s takes one FILE, got also %q", cmd.CommandPath(), args[1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if known {
				return a.knownFailures(cmd, args)
			}
			in, name := a.in, "standard input"
			if len(args) == 1 && args[0] != "-" {
				f, err := openInput(args[0])
				if err != nil {
					return err
				}
				defer f.Close()
				in, name = f, args[0]
			} else if terminal(a.in) {
				fmt.Fprintln(a.err, "Paste the output of what failed, then end it with Ctrl-D.")
			}
			ts, more, err := readTraces(in)
			if err != nil {
				return problemf("name a file that can be read", "%s: %w", name, err)
			}
			if len(ts) == 0 {
				return problemf("give the whole output of the command that failed, as in `COMMAND 2>&1 | dejafix trace`", "there is no stack trace in %s", name)
			}
			files := &workspace{ctx: cmd.Context()}
			before, end := a.seenBefore(cmd.Context())
			defer end()
			known := before.known(files)
			seen := make([]analysis.FailureHistory, len(ts))
			for i := range ts {
				locateOwn(&ts[i], files)
				if root, at := trace.FailurePoint(&ts[i]); at >= 0 && root.Frames[at].Text == "" {
					root.Frames[at].Text = strings.TrimSpace(files.line(&root.Frames[at]))
				}
				trace.Analyse(&ts[i], known)
				seen[i] = before.of(&ts[i], files)
			}
			out := wire.FromTraces(ts)
			for i := range seen {
				out.Traces[i].Seen = wire.FromHistory(&seen[i])
			}
			return a.show(out, func(w io.Writer) error {
				return printTraces(w, ts, seen, more)
			})
		},
	}
	cmd.Flags().BoolVar(&known, "known", false, "list the failures of the workspace that are remembered")
	return cmd
}

// readTraces returns the traces of a stream, as many as are written down at
// once, and how many more there are.
func readTraces(r io.Reader) (ts []analysis.Trace, more int, err error) {
	s := trace.NewScanner(r)
	for s.Scan() {
		if len(ts) == wire.MaxItems {
			more++
			continue
		}
		ts = append(ts, s.Trace())
	}
	return ts, more, s.Err()
}

// locateOwn finds the workspace's files of a trace. One that has none of them is
// of another workspace: what the trace alone says of it stays.
func locateOwn(t *analysis.Trace, files trace.Files) {
	found := false
	look := func(x *analysis.Trace) {
		one := analysis.Trace{Language: x.Language, Frames: slices.Clone(x.Frames)}
		trace.Locate(&one, files)
		found = found || slices.ContainsFunc(one.Frames, func(f analysis.Frame) bool { return f.Path != "" })
	}
	for x := t; x != nil; x = x.Cause {
		look(x)
		for i := range x.Others {
			look(&x.Others[i])
		}
	}
	if found {
		trace.Locate(t, files)
	}
}

// printTraces prints the traces that have a call of the user's own; where none
// has, the first.
func printTraces(w io.Writer, ts []analysis.Trace, seen []analysis.FailureHistory, more int) error {
	printed := 0
	for i := range ts {
		if _, at := trace.FailurePoint(&ts[i]); at < 0 {
			continue
		}
		if printed > 0 {
			fmt.Fprintln(w)
		}
		printTrace(w, &ts[i])
		printSeen(w, &ts[i], &seen[i])
		printed++
	}
	if printed == 0 {
		printTrace(w, &ts[0])
		printed = 1
	}
	if n := len(ts) - printed; n > 0 {
		fmt.Fprintf(w, "\n%s without a call of yours; --json lists all.\n", count(n, "more trace", "more traces"))
	}
	if more > 0 {
		fmt.Fprintf(w, "\n%s left out.\n", count(more, "more trace", "more traces"))
	}
	return nil
}

// printTrace says where, why, and how it came there.
func printTrace(w io.Writer, t *analysis.Trace) {
	fmt.Fprintln(w, plain(headline(t)))
	if t.Thread != "" {
		fmt.Fprintf(w, "  in %s\n", plain(t.Thread))
	}
	root, at := trace.FailurePoint(t)
	if at >= 0 {
		f := &root.Frames[at]
		fmt.Fprintf(w, "  Failed in your code, %s\n", plain(place(f)))
		if f.Text != "" {
			fmt.Fprintf(w, "      %s\n", plain(f.Text))
		}
		if root != t {
			fmt.Fprintf(w, "  where it began as %s\n", plain(headline(root)))
		}
	} else if len(t.Frames) > 0 {
		fmt.Fprintf(w, "  None of its calls is yours; the first is %s\n", plain(place(&t.Frames[0])))
	}
	last := ""
	for _, i := range t.Issues {
		if i.Example != "" && i.Example == last { // the same, seen in the value of a variable
			continue
		}
		last = i.Example
		fmt.Fprintf(w, "\n  %s: %s\n", severity(i.Severity), plain(i.Fix))
		if i.Example != "" {
			for line := range strings.SplitSeq(i.Example, "\n") {
				fmt.Fprintf(w, "      %s\n", plainLines(line))
			}
		}
	}
	if n := len(root.Frames); n > 0 {
		fmt.Fprintln(w, "\n  How it came there, last call first:")
		printChain(w, root)
	}
	for i := range t.Others {
		fmt.Fprintf(w, "  with it: %s\n", plain(headline(&t.Others[i])))
	}
	for _, d := range t.Doubts {
		fmt.Fprintf(w, "  (%s)\n", plain(d))
	}
}

// maxChain is how many of the user's own calls are printed.
const maxChain = 20

func printChain(w io.Writer, t *analysis.Trace) {
	foreign, shown := 0, 0
	flush := func() {
		if foreign > 0 {
			fmt.Fprintf(w, "      … %s\n", count(foreign, "call of others", "calls of others"))
			foreign = 0
		}
	}
	last, times := "", 0
	again := func() {
		if times > 0 {
			fmt.Fprintf(w, "      … the same %s\n", count(times, "more time", "more times"))
			times = 0
		}
	}
	for i := range t.Frames {
		f := &t.Frames[i]
		if !f.InApp {
			foreign++
			continue
		}
		line := place(f)
		if line == last && foreign == 0 {
			times++
			continue
		}
		again()
		flush()
		if shown == maxChain {
			fmt.Fprintf(w, "      … %s\n", count(len(t.Frames)-i, "more call", "more calls"))
			return
		}
		shown++
		last = line
		fmt.Fprintf(w, "      %s\n", plain(line))
	}
	again()
	flush()
	if t.Elided > 0 {
		fmt.Fprintf(w, "      … %s not printed\n", count(t.Elided, "call was", "calls were"))
	}
}

// headline is what was thrown, on one line.
func headline(t *analysis.Trace) string {
	msg, _, _ := strings.Cut(t.Message, "\n")
	switch {
	case t.Type == "" && msg == "":
		return "A " + t.Language + " stack trace"
	case t.Type == "":
		return msg
	case msg == "":
		return t.Type
	}
	return t.Type + ": " + msg
}

// place is a call for a person: the workspace's path where there is one.
func place(f *analysis.Frame) string {
	file := f.Path
	if file == "" {
		file = f.File
	}
	if f.Line > 0 {
		file = fmt.Sprintf("%s:%d", file, f.Line)
	}
	switch {
	case f.Function == "":
		return file
	case file == "":
		return f.Function
	}
	return file + " (" + f.Function + ")"
}

func severity(s analysis.IssueSeverity) string {
	return [...]string{"Low", "Medium", "High", "Critical"}[min(max(int(s), 0), 3)]
}

// A workspace is the files below the repository, or the folder, that the command
// runs in, listed when first asked.
type workspace struct {
	ctx   context.Context //nolint:containedctx // of the one command that makes it
	root  string
	named map[string][]string
	texts map[string]string
}

var _ trace.Files = (*workspace)(nil)

// What bounds a look at the workspace.
const (
	maxWorkspaceFiles = 200_000
	maxSourceFile     = 4 << 20 // bytes
)

func (ws *workspace) list() {
	ws.named, ws.texts = map[string][]string{}, map[string]string{}
	t, err := newFixTree(nil)
	if err != nil {
		return
	}
	ws.root = t.root
	n := 0
	add := func(file string) bool {
		name := t.name(file)
		ws.named[path.Base(name)] = append(ws.named[path.Base(name)], name)
		n++
		return n < maxWorkspaceFiles
	}
	if t.git {
		if own, _, err := t.files(ws.ctx); err == nil {
			for _, file := range own {
				if !add(file) {
					break
				}
			}
			return
		}
	}
	_ = filepath.WalkDir(t.root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // what cannot be read is no one's
		case d.IsDir():
			if file != t.root && (dependencyDirs[d.Name()] || outputDirs[d.Name()] || strings.HasPrefix(d.Name(), ".")) {
				return filepath.SkipDir
			}
		case !add(file):
			return filepath.SkipAll
		}
		return nil
	})
}

var _ trace.Rooted = (*workspace)(nil)

// Root is where the files are.
func (ws *workspace) Root() string {
	if ws.named == nil {
		ws.list()
	}
	return ws.root
}

// Named returns the files whose last element is base.
func (ws *workspace) Named(base string) []string {
	if ws.named == nil {
		ws.list()
	}
	return ws.named[base]
}

// Text returns a file's text, "" when it cannot be had or is too large.
func (ws *workspace) Text(name string) string {
	text, ok := ws.texts[name]
	if !ok && ws.texts != nil {
		file := filepath.Join(ws.root, filepath.FromSlash(name))
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Size() <= maxSourceFile {
			if data, err := os.ReadFile(file); err == nil {
				text = string(data)
			}
		}
		ws.texts[name] = text
	}
	return text
}

// line is a frame's line in the workspace.
func (ws *workspace) line(f *analysis.Frame) string {
	if f.Path == "" || f.Line < 1 {
		return ""
	}
	text := ws.Text(f.Path)
	for n := 1; n < f.Line; n++ {
		k := strings.IndexByte(text, '\n')
		if k < 0 {
			return ""
		}
		text = text[k+1:]
	}
	line, _, _ := strings.Cut(text, "\n")
	return line
}
