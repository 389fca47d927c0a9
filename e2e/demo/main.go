// Command demo shows what dejafix is for, told step by step: an error is
// repaired by hand in one window, comes again in another file and another
// window, and the repair is offered there as an edit. The language server is
// the real gopls, the editor the real Neovim; where no Neovim can be had, a
// scripted LSP client takes its place and the story says so.
//
// The store lies in a temporary folder and nothing leaves the machine. The exit
// status is 1 when anything was not as told.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// A window is an editor with gopls and dejafix, in which a person works.
type window interface {
	// Open shows a file.
	Open(ctx context.Context, path string) error
	// Replace types after over before, which stands once in the file shown.
	Replace(ctx context.Context, before, after string) error
	// AwaitError waits until gopls reports an error that contains text.
	AwaitError(ctx context.Context, text string) (string, error)
	// AwaitNoError waits until it reports none.
	AwaitNoError(ctx context.Context) error
	// Menu lists the code actions at the only place where at stands.
	Menu(ctx context.Context, at string) ([]action, error)
	// AwaitOffer waits until dejafix has an entry among them.
	AwaitOffer(ctx context.Context, at string) ([]action, error)
	// Take applies dejafix's.
	Take(ctx context.Context, at string) error
	Text(ctx context.Context) (string, error)
	Save(ctx context.Context) error
	// Settle waits until dejafix has stored what it learned.
	Settle(ctx context.Context) error
	Close() error
}

// An action is an entry of the code action menu.
type action struct{ server, title string }

// setting is what both kinds of window are started with.
type setting struct {
	dejafix, store, gopls, plugin, dir, scratch string
}

func main() {
	dejafix := flag.String("dejafix", "bin/dejafix", "the program to show")
	plugin := flag.String("plugin", "editors/nvim", "the Neovim plugin")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, *dejafix, *plugin)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, dejafix, plugin string) (err error) {
	dir, err := os.MkdirTemp("", "dejafix-demo")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s := setting{dir: filepath.Join(dir, "stock"), store: filepath.Join(dir, "dejafix.db"), scratch: dir}
	if s.dejafix, err = filepath.Abs(dejafix); err != nil {
		return err
	}
	if s.plugin, err = filepath.Abs(plugin); err != nil {
		return err
	}
	if _, err := os.Stat(s.dejafix); err != nil {
		return fmt.Errorf("%w: run make build", err)
	}
	if err := write(s.dir); err != nil {
		return err
	}
	st := &story{out: out, dir: s.dir, store: s.store, dejafix: s.dejafix}
	start, cast, err := casting(&s)
	if err != nil {
		return err
	}
	st.say("dejafix demo. %s\nThe project is a small Go module; what is learned goes to a store in a temporary folder.", cast)
	var windows []window
	defer func() {
		for _, w := range windows {
			err = errors.Join(err, w.Close())
		}
	}()
	for range 2 {
		w, err := start(ctx)
		if err != nil {
			return err
		}
		windows = append(windows, w)
	}
	return st.tell(ctx, windows[0], windows[1])
}

// A story is what is told. The first thing that is not as told ends it.
type story struct {
	out                 io.Writer
	dir, store, dejafix string
	step                int
}

func (s *story) say(format string, args ...any) {
	fmt.Fprintf(s.out, format+"\n", args...)
}

func (s *story) next(format string, args ...any) {
	s.step++
	s.say("\n%d. "+format, append([]any{s.step}, args...)...)
}

const mismatch = "mismatched types"

func (s *story) tell(ctx context.Context, one, two window) error {
	s.next("Window one: somebody adds the count to a label in %s.", itemFile)
	if err := one.Open(ctx, filepath.Join(s.dir, itemFile)); err != nil {
		return err
	}
	if err := s.edit(ctx, one, `return it.Name`, `return it.Name + ": " + it.Count`); err != nil {
		return err
	}
	if err := s.reported(ctx, one); err != nil {
		return err
	}
	if err := s.offered(ctx, one, "it.Count", false); err != nil {
		return err
	}

	s.next("It is repaired by hand, as one types; dejafix watches the error go.")
	broken, err := one.Text(ctx)
	if err != nil {
		return err
	}
	for _, step := range [][2]string{
		{"+ it.Count", "+ strconv.it.Count"},
		{"strconv.it.Count", "strconv.Itoa(it.Count"},
		{"Itoa(it.Count", "Itoa(it.Count)"},
	} {
		if err := one.Replace(ctx, step[0], step[1]); err != nil {
			return err
		}
	}
	if err := s.gone(ctx, one, broken); err != nil {
		return err
	}

	s.next("The folder is trusted, so that its compiler may check what is offered there: `dejafix trust`.")
	if _, err := s.run(ctx, "trust", s.dir); err != nil {
		return err
	}

	s.next("Window two, open all the time: another file, %s, other code, the same kind of error.", reportFile)
	if err := two.Open(ctx, filepath.Join(s.dir, reportFile)); err != nil {
		return err
	}
	if err := s.edit(ctx, two, `strings.ToUpper(title)`, `strings.ToUpper(title) + " of " + total`); err != nil {
		return err
	}
	if err := s.reported(ctx, two); err != nil {
		return err
	}
	if err := s.offered(ctx, two, "+ total", true); err != nil {
		return err
	}

	s.next("The repair is taken.")
	broken, err = two.Text(ctx)
	if err != nil {
		return err
	}
	if err := two.Take(ctx, "+ total"); err != nil {
		return err
	}
	if err := s.gone(ctx, two, broken); err != nil {
		return err
	}
	repaired, err := two.Text(ctx)
	if err != nil {
		return err
	}
	if want := `" of " + strconv.Itoa(total)`; !strings.Contains(repaired, want) {
		return fmt.Errorf("the file lacks %s:\n%s", want, repaired)
	}
	vet := exec.CommandContext(ctx, "go", "vet", "./...")
	vet.Dir = s.dir
	if found, err := vet.CombinedOutput(); err != nil {
		return fmt.Errorf("go vet: %w\n%s", err, found)
	}
	s.say("  `go vet ./...` finds nothing: both packages compile.")

	s.next("What dejafix knows now:")
	return s.stats(ctx)
}

// edit makes a change and shows it.
func (s *story) edit(ctx context.Context, w window, before, after string) error {
	old, err := w.Text(ctx)
	if err != nil {
		return err
	}
	if err := w.Replace(ctx, before, after); err != nil {
		return err
	}
	text, err := w.Text(ctx)
	if err != nil {
		return err
	}
	fmt.Fprint(s.out, diff(old, text))
	return nil
}

func (s *story) reported(ctx context.Context, w window) error {
	message, err := w.AwaitError(ctx, mismatch)
	if err != nil {
		return err
	}
	s.say("  gopls: %s", message)
	// A person looks at it for a while; this ends the wait for that.
	return w.Settle(ctx)
}

// offered shows what dejafix has in the menu and expects it to be there or not.
func (s *story) offered(ctx context.Context, w window, at string, want bool) error {
	ask := w.Menu
	if want {
		ask = w.AwaitOffer // another process learned it: this one needs its time to notice
	}
	menu, err := ask(ctx, at)
	if err != nil {
		return err
	}
	ours := own(menu)
	// The check may still run: a person sees the word when the menu is opened again.
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for began := time.Now(); want && !strings.Contains(ours[0].title, "checked") && time.Since(began) < time.Minute; ours = own(menu) {
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if menu, err = ask(ctx, at); err != nil {
			return err
		}
	}
	others := menu[:len(menu)-len(ours)]
	switch {
	case !want && len(ours) > 0:
		return fmt.Errorf("dejafix offers %q before it learned anything", ours[0].title)
	case want && len(own(others)) > 0:
		return fmt.Errorf("dejafix's repair does not stand last: %v", menu)
	case want && !strings.Contains(ours[0].title, "checked"):
		return fmt.Errorf("%q is not checked: `dejafix doctor` says why", ours[0].title)
	case want:
		s.say("  The quick-fix menu has %d entries of gopls and, below them:\n  » %s", len(others), ours[0].title)
	default:
		s.say("  The quick-fix menu has %d entries of gopls and none of dejafix: it has not seen this before.", len(menu))
	}
	return nil
}

// own are the entries of dejafix.
func own(menu []action) (list []action) {
	for _, a := range menu {
		if a.server == "dejafix" {
			list = append(list, a)
		}
	}
	return list
}

// gone waits for the error's end and shows the edit that ended it.
func (s *story) gone(ctx context.Context, w window, broken string) error {
	if err := w.AwaitNoError(ctx); err != nil {
		return err
	}
	text, err := w.Text(ctx)
	if err != nil {
		return err
	}
	fmt.Fprint(s.out, diff(broken, text))
	s.say("  gopls: the error is gone.")
	if err := w.Save(ctx); err != nil {
		return err
	}
	return w.Settle(ctx)
}

// stats shows the counts, the pattern and where it comes from.
func (s *story) stats(ctx context.Context) error {
	out, err := s.run(ctx, "stats", "--json")
	if err != nil {
		return err
	}
	var counts struct{ Episodes, Patterns, Seen, Applied, Undone int }
	if err := json.Unmarshal(out, &counts); err != nil {
		return fmt.Errorf("stats --json: %w in %s", err, out)
	}
	s.say("  %d episodes, %d patterns, offered and seen %d, applied %d, undone %d",
		counts.Episodes, counts.Patterns, counts.Seen, counts.Applied, counts.Undone)
	if counts.Episodes < 1 || counts.Applied != 1 {
		return fmt.Errorf("an episode or more and one applied repair were to be expected: %s", out)
	}
	list, err := s.run(ctx, "patterns", "list")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(list)) {
		s.say("  %s", strings.TrimRight(line, "\n"))
	}
	return nil
}

func (s *story) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, s.dejafix, append(args, "--store", s.store)...)
	out, err := cmd.Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return nil, fmt.Errorf("dejafix %s: %w: %s", strings.Join(args, " "), err, exit.Stderr)
	}
	return out, err
}
