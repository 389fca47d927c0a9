package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/lsp/lsptest"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// A scripted window is a fake editor for each of the two servers. What gopls
// reports is forwarded to dejafix, as the Neovim plugin does.
type scripted struct {
	tb             *patient
	gopls, dejafix *lsptest.Editor
	file           string
}

// patient takes the place of a test: what would fail one ends the story.
type patient struct{ cleanups []func() }

// A failure is what Fatalf throws and attempt catches.
type failure struct{ error }

var _ lsptest.TB = (*patient)(nil)

func (p *patient) Helper()             {}
func (p *patient) Logf(string, ...any) {}
func (p *patient) Cleanup(f func())    { p.cleanups = append(p.cleanups, f) }
func (p *patient) Fatalf(format string, args ...any) {
	panic(failure{fmt.Errorf(format, args...)})
}

// attempt turns a failure into an error.
func attempt(do func()) (err error) {
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case failure:
			err = thrown.error
		default:
			panic(thrown)
		}
	}()
	do()
	return nil
}

func startScripted(ctx context.Context, s setting) (window, error) {
	w := &scripted{tb: &patient{}}
	return w, attempt(func() {
		gopls := exec.CommandContext(ctx, s.gopls)
		gopls.Dir = s.dir
		w.gopls = lsptest.Start(w.tb, lsptest.Options{Command: gopls, Name: "demo", Folders: []string{s.dir}, ProcessID: os.Getpid()})
		dejafix := exec.CommandContext(ctx, s.dejafix, "serve", "--store", s.store)
		w.dejafix = lsptest.Start(w.tb, lsptest.Options{Command: dejafix, Name: "demo", Folders: []string{s.dir}, ProcessID: os.Getpid()})
	})
}

func (w *scripted) Open(_ context.Context, path string) error {
	return attempt(func() {
		text, err := os.ReadFile(path)
		if err != nil {
			w.tb.Fatalf("%v", err)
		}
		w.file = path
		w.gopls.Open(path, "go", string(text))
		w.dejafix.Open(path, "go", string(text))
		w.forward()
	})
}

// forward waits for gopls's report on the text as it is, and passes it on.
func (w *scripted) forward() []string {
	type publication struct {
		URI         string
		Version     int32
		Diagnostics json.RawMessage
	}
	version, uri := w.gopls.Version(w.file), string(lsptest.URI(w.file))
	m := w.gopls.Await("textDocument/publishDiagnostics", func(params json.RawMessage) bool {
		var p publication
		return json.Unmarshal(params, &p) == nil && p.Version == version && p.URI == uri
	})
	var p publication
	if err := json.Unmarshal(m.Params, &p); err != nil {
		w.tb.Fatalf("%v", err)
	}
	w.dejafix.Notify(protocol.MethodDiagnostics, map[string]any{
		"uri": uri, "version": w.dejafix.Version(w.file), "diagnostics": p.Diagnostics,
	})
	var list []struct{ Message string }
	if err := json.Unmarshal(p.Diagnostics, &list); err != nil {
		w.tb.Fatalf("%v", err)
	}
	var messages []string
	for _, d := range list {
		messages = append(messages, d.Message)
	}
	return messages
}

func (w *scripted) Replace(_ context.Context, before, after string) error {
	return attempt(func() {
		w.gopls.Replace(w.file, before, after)
		w.dejafix.Replace(w.file, before, after)
		w.forward()
	})
}

func (w *scripted) AwaitError(_ context.Context, text string) (found string, err error) {
	err = attempt(func() {
		for _, message := range w.forward() {
			if strings.Contains(message, text) {
				found = message
				return
			}
		}
		w.tb.Fatalf("gopls does not report %q", text)
	})
	return found, err
}

func (w *scripted) AwaitNoError(context.Context) error {
	return attempt(func() {
		if messages := w.forward(); len(messages) > 0 {
			w.tb.Fatalf("gopls still reports: %s", strings.Join(messages, "; "))
		}
	})
}

func (w *scripted) Menu(_ context.Context, at string) (menu []action, err error) {
	err = attempt(func() {
		where := w.gopls.Span(w.file, at)
		for _, a := range w.gopls.CodeActions(w.file, where, true) {
			menu = append(menu, action{"gopls", a.Title})
		}
		for _, a := range w.dejafix.CodeActions(w.file, where, true) {
			menu = append(menu, action{"dejafix", a.Title})
		}
	})
	return menu, err
}

// AwaitOffer asks again and again, for a minute.
func (w *scripted) AwaitOffer(ctx context.Context, at string) ([]action, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		entries, err := w.Menu(ctx, at)
		if err != nil || slices.ContainsFunc(entries, func(a action) bool { return a.server == "dejafix" }) {
			return entries, err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("dejafix offers nothing; the menu: %v", entries)
		}
	}
}

func (w *scripted) Take(_ context.Context, at string) error {
	return attempt(func() {
		actions := w.dejafix.CodeActions(w.file, w.dejafix.Span(w.file, at), true)
		if len(actions) == 0 {
			w.tb.Fatalf("dejafix offers nothing")
		}
		if err := w.dejafix.Apply(actions[0]); err != nil {
			w.tb.Fatalf("applying %q: %v", actions[0].Title, err)
		}
		w.gopls.Change(w.file, w.dejafix.Text(w.file))
		w.forward()
	})
}

func (w *scripted) Text(context.Context) (text string, err error) {
	err = attempt(func() { text = w.dejafix.Text(w.file) })
	return text, err
}

func (w *scripted) Save(context.Context) error {
	return attempt(func() {
		if err := os.WriteFile(filepath.Clean(w.file), []byte(w.dejafix.Text(w.file)), 0o600); err != nil {
			w.tb.Fatalf("%v", err)
		}
		w.gopls.Save(w.file)
		w.dejafix.Save(w.file)
	})
}

func (w *scripted) Settle(context.Context) error {
	return attempt(func() { w.dejafix.Idle(true) })
}

func (w *scripted) Close() error {
	return attempt(func() {
		for _, e := range []*lsptest.Editor{w.gopls, w.dejafix} {
			if err := e.Shutdown(); err != nil {
				w.tb.Fatalf("a server ended badly: %v", err)
			}
		}
		for _, cleanup := range w.tb.cleanups {
			cleanup()
		}
	})
}
