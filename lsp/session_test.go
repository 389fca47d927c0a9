package lsp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp"
	"github.com/dejafix/dejafix/lsp/lsptest"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// TestEncodings makes the same repair behind characters of one to four bytes in
// each encoding, after an incremental change that moves it.
func TestEncodings(t *testing.T) {
	tests := []struct {
		offered []string
		want    string
	}{
		{nil, "utf-16"},
		{[]string{"utf-8", "utf-16"}, "utf-16"},
		{[]string{"utf-8", "utf-32"}, "utf-8"},
		{[]string{"utf-32"}, "utf-32"},
		{[]string{"utf-7"}, "utf-16"},
		{[]string{}, "utf-16"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.offered), func(t *testing.T) {
			r := &recorder{}
			e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) { o.Encodings = tt.offered })
			if got := string(e.Result.Capabilities.PositionEncoding); got != tt.want {
				t.Fatalf("encoding %s, want %s", got, tt.want)
			}
			const file = "/w/a.py"
			e.Open(file, "python", "# aé€𝒳\r\nsé = '€𝒳' + oops # 𝒳\r\nlast")
			e.Replace(file, "'€𝒳'", "'𝒳𝒳€'")
			e.Diagnostics(file, lsptest.Diag{At: "oops", Source: "Pyright", Message: "use 𝒳"})
			actions := e.CodeActions(file, e.Span(file, "oops"), true)
			if len(actions) != 1 {
				t.Fatalf("%d actions, want 1", len(actions))
			}
			if err := e.Apply(actions[0]); err != nil {
				t.Fatal(err)
			}
			e.Idle(false)
			want := "# aé€𝒳\r\nsé = '𝒳𝒳€' + 𝒳 # 𝒳\r\nlast"
			if e.Text(file) != want {
				t.Errorf("the editor has %q, want %q", e.Text(file), want)
			}
			if got := last[analysis.Edited](r).Doc.Text; got != want {
				t.Errorf("the server has %q, want %q", got, want)
			}
		})
	}
}

// TestDiagnosticsFindTheirVersion reports for versions before and after the
// current one.
func TestDiagnosticsFindTheirVersion(t *testing.T) {
	r := &recorder{}
	e := start(t, r, nil)
	const file = "/w/a.go"
	e.Open(file, "go", "ab\noops\n")
	old := e.Wire(file, lsptest.Diag{At: "oops", Message: "use fine"})
	e.Replace(file, "ab", "longer\nab")
	// For version 1, which version 2 moved by a line.
	e.Notify(protocol.MethodDiagnostics, map[string]any{"uri": lsptest.URI(file), "version": 1, "diagnostics": old})
	e.Idle(false)
	if d := last[analysis.Diagnosed](r); d.Doc.Version != 1 || d.Diagnostics[0].Span != (analysis.Span{Start: 3, End: 7}) || !d.Whole {
		t.Errorf("observed %+v of version %d", d, d.Doc.Version)
	}
	actions := e.CodeActions(file, e.Span(file, "oops"), true)
	if len(actions) != 1 || actions[0].Diagnostics[0].Range != e.Span(file, "oops") {
		t.Fatalf("actions %+v, want one for the moved diagnostic", actions)
	}
	// For version 3, which comes later.
	e.Notify(protocol.MethodDiagnostics, map[string]any{"uri": lsptest.URI(file), "version": 3, "diagnostics": []any{}})
	e.Idle(false)
	if n := len(all[analysis.Diagnosed](r)); n != 1 {
		t.Fatalf("%d reports observed before their version, want 1", n)
	}
	e.Replace(file, "oops", "good")
	e.Idle(false)
	if d := last[analysis.Diagnosed](r); d.Doc.Version != 3 || len(d.Diagnostics) != 0 || !d.Whole {
		t.Errorf("observed %+v of version %d, want the empty set of version 3", d, d.Doc.Version)
	}
	// Of a version twenty keystrokes ago: its own text, byte for byte.
	for i := range 20 {
		e.Change(file, strings.Repeat("é\r\n", i)+"typed 𝒳\n"+e.Text(file)[i:])
	}
	e.Notify(protocol.MethodDiagnostics, map[string]any{"uri": lsptest.URI(file), "version": 3, "diagnostics": []any{}})
	e.Idle(false)
	if d := last[analysis.Diagnosed](r); d.Doc.Version != 3 || d.Doc.Text != "longer\nab\ngood\n" || d.Doc.Digest != analysis.TextDigest(d.Doc.Text) {
		t.Errorf("version 3 came back as %d: %q", d.Doc.Version, d.Doc.Text)
	}
	// Of a version long gone: left alone.
	e.Notify(protocol.MethodDiagnostics, map[string]any{"uri": lsptest.URI(file), "version": -7, "diagnostics": old})
	e.Idle(false)
	if n := len(all[analysis.Diagnosed](r)); n != 3 {
		t.Errorf("%d reports observed, want 3", n)
	}
}

// TestMalformedDiagnosticsDoNotClose holds that a report of which a part could
// not be read is not the whole set.
func TestMalformedDiagnosticsDoNotClose(t *testing.T) {
	r := &recorder{}
	e := start(t, r, nil)
	const file = "/w/a.go"
	e.Open(file, "go", "oops\n")
	good := e.Wire(file, lsptest.Diag{At: "oops", Message: "use fine"})[0]
	tests := []struct {
		diagnostics any
		n           int
		whole       bool
	}{
		{[]any{good}, 1, true},
		{[]any{good, map[string]any{"range": "here", "message": "x"}}, 1, false},
		{[]any{map[string]any{"range": map[string]any{"start": map[string]any{"line": -1, "character": 0}, "end": map[string]any{"line": 0, "character": 0}}, "message": "x"}}, 0, false},
		{map[string]any{}, 0, true}, // Lua's empty table
		{[]any{}, 0, true},
		{"none", 0, false},
		{nil, 0, false},
	}
	for _, tt := range tests {
		e.Notify(protocol.MethodDiagnostics, map[string]any{"uri": lsptest.URI(file), "version": 1, "diagnostics": tt.diagnostics})
		e.Idle(false)
		if d := last[analysis.Diagnosed](r); len(d.Diagnostics) != tt.n || d.Whole != tt.whole {
			t.Errorf("%v: %d diagnostics, whole %v; want %d, %v", tt.diagnostics, len(d.Diagnostics), d.Whole, tt.n, tt.whole)
		}
	}
}

func TestUnopenedFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.py"), "x = oops\n")
	write(t, filepath.Join(dir, ".gitignore"), "/build/\n*.tmp.py\n")
	write(t, filepath.Join(dir, ".git", "HEAD"), "ref: refs/heads/main\n")
	write(t, filepath.Join(dir, "build", "b.py"), "x = oops\n")
	write(t, filepath.Join(dir, "big.py"), strings.Repeat("x = 1 # a long file\n", 200_000))
	r := &recorder{}
	e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) { o.Folders = []string{dir} })
	report := func(name string) {
		e.Notify(protocol.MethodDiagnostics, map[string]any{"uri": lsptest.URI(name), "diagnostics": []any{map[string]any{
			"range":   map[string]any{"start": map[string]any{"line": 0, "character": 4}, "end": map[string]any{"line": 0, "character": 8}},
			"message": "use fine", "source": "Pyright",
		}}})
		e.Idle(false)
	}
	report(filepath.Join(dir, "a.py"))
	d := last[analysis.Diagnosed](r)
	if d.Doc == nil || d.Doc.Text != "x = oops\n" || d.Doc.Language != "python" || d.Doc.Root != dir || d.Doc.Version != 0 {
		t.Fatalf("observed %+v", d.Doc)
	}
	for _, name := range []string{filepath.Join(dir, "build", "b.py"), filepath.Join(dir, "big.py"), filepath.Join(dir, "none.py"), dir, "untitled:x", "git:/w/a.py"} {
		report(name)
	}
	if n := len(all[analysis.Diagnosed](r)); n != 1 {
		t.Errorf("%d reports observed, want 1", n)
	}
}

// TestHidden holds that nothing is learned from, nor attached to, what is none
// of our business, and that the learner does not see its text.
func TestHidden(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, ".git", "HEAD"), "ref: refs/heads/main\n")
	write(t, filepath.Join(dir, ".gitignore"), "out/\n")
	r := &recorder{}
	e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) {
		o.Folders = []string{dir}
		o.Init = map[string]any{"exclude": []string{"*_pb.go", "/third_party/**"}}
	})
	tests := []struct {
		name, text string
		hidden     bool
	}{
		{filepath.Join(dir, "a.go"), "oops", false},
		{filepath.Join(dir, "out", "a.go"), "oops", true},
		{filepath.Join(dir, "x_pb.go"), "oops", true},
		{filepath.Join(dir, "third_party", "x", "a.go"), "oops", true},
		{filepath.Join(dir, ".env"), "oops", true},
		{filepath.Join(dir, "node_modules", "a.js"), "oops", true},
		{filepath.Join(dir, "gen.go"), "// Code generated by x. DO NOT EDIT.\n\noops", true},
		{"untitled:Untitled-1", "oops", false},
		{"git:/w/a.go", "oops", true},
		{"output:x", "oops", true},
	}
	for _, tt := range tests {
		e.Open(tt.name, "go", tt.text)
		e.Diagnostics(tt.name, lsptest.Diag{At: "oops", Message: "use fine"})
		actions := e.CodeActions(tt.name, e.Span(tt.name, "oops"), true)
		ev := last[analysis.Edited](r)
		if ev.Doc.Hidden != tt.hidden || (ev.Doc.Text == "") != tt.hidden {
			t.Errorf("%s: hidden %v with text %q, want hidden %v", tt.name, ev.Doc.Hidden, ev.Doc.Text, tt.hidden)
		}
		if (len(actions) == 0) != tt.hidden {
			t.Errorf("%s: %d actions", tt.name, len(actions))
		}
	}
	if n := len(all[analysis.Diagnosed](r)); n != 2 {
		t.Errorf("%d reports observed, want 2", n)
	}
}

func TestFolders(t *testing.T) {
	a, b, c := t.TempDir(), t.TempDir(), t.TempDir()
	r := &recorder{}
	e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) { o.Folders = []string{a, b, filepath.Join(a, "inner")} })
	root := func(name string) string {
		e.Open(name, "go", "x")
		e.Idle(false)
		return last[analysis.Edited](r).Doc.Root
	}
	for _, tt := range []struct{ name, want string }{
		{filepath.Join(a, "x.go"), a},
		{filepath.Join(a, "inner", "x.go"), filepath.Join(a, "inner")},
		{filepath.Join(a, "innermost", "x.go"), a},
		{filepath.Join(b, "x.go"), b},
		{filepath.Join(c, "x.go"), ""},
	} {
		if got := root(tt.name); got != tt.want {
			t.Errorf("%s is in %q, want %q", tt.name, got, tt.want)
		}
	}
	e.Notify(protocol.MethodDidChangeFolders, map[string]any{"event": map[string]any{
		"added": []any{lsptest.Folder(c)}, "removed": []any{lsptest.Folder(b)},
	}})
	if got := root(filepath.Join(c, "y.go")); got != c {
		t.Errorf("in the added folder: %q", got)
	}
	if got := root(filepath.Join(b, "y.go")); got != "" {
		t.Errorf("in the removed folder: %q", got)
	}
	write(t, filepath.Join(b, ".git", "HEAD"), "x")
	if got := root(filepath.Join(b, "sub", "z.go")); got != b {
		t.Errorf("in a repository without a folder: %q", got)
	}
}

// TestHeadMoves tells a checkout from a commit.
func TestHeadMoves(t *testing.T) {
	dir := t.TempDir()
	git := filepath.Join(dir, ".git")
	write(t, filepath.Join(git, "HEAD"), "ref: refs/heads/main\n")
	r := &recorder{}
	e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) { o.Folders = []string{dir} })
	file := filepath.Join(dir, "a.go")
	e.Open(file, "go", "oops")
	moves := func() (n int) {
		e.Idle(false)
		for _, ev := range all[analysis.Edited](r) {
			if ev.Origin == analysis.OriginVCS && ev.Doc.Path == filepath.Join(git, "HEAD") && ev.Doc.Root == dir && ev.Change == analysis.DiskChanged {
				n++
			}
		}
		return n
	}
	watched := func(name string) {
		e.Notify(protocol.MethodDidChangeWatched, map[string]any{"changes": []any{map[string]any{"uri": lsptest.URI(name), "type": 2}}})
	}
	if n := moves(); n != 0 {
		t.Errorf("%d moves at the start", n)
	}
	write(t, filepath.Join(git, "refs", "heads", "main"), "1234\n") // a commit
	watched(filepath.Join(git, "HEAD"))
	if n := moves(); n != 0 {
		t.Errorf("%d moves after a commit", n)
	}
	write(t, filepath.Join(git, "HEAD"), "ref: refs/heads/other\n")
	watched(filepath.Join(git, "HEAD"))
	watched(filepath.Join(git, "HEAD"))
	if n := moves(); n != 1 {
		t.Errorf("%d moves after a checkout, want 1", n)
	}
	// Without a watcher it is noticed before the next report is believed.
	write(t, filepath.Join(git, "ORIG_HEAD"), "5678\n")
	e.Diagnostics(file)
	if n := moves(); n != 2 {
		t.Errorf("%d moves after a pull, want 2", n)
	}
	list := all[analysis.Edited](r)
	if list[len(list)-1].Origin != analysis.OriginVCS {
		t.Error("the move was not the last edit before the report")
	}
}

func TestWatchedFiles(t *testing.T) {
	dir := t.TempDir()
	r := &recorder{}
	e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) { o.Folders = []string{dir} })
	m := e.Await(protocol.MethodRegister, nil)
	for _, want := range []string{`"**/.git/HEAD"`, `"**/dejafix.toml"`, `go,`, `"workspace/didChangeConfiguration"`} {
		if !strings.Contains(string(m.Params), want) {
			t.Errorf("registered %s, which lacks %s", m.Params, want)
		}
	}
	var changes []any
	for i := range 6 {
		name := filepath.Join(dir, fmt.Sprintf("f%d.go", i))
		write(t, name, fmt.Sprintf("package f%d\n", i))
		changes = append(changes, map[string]any{"uri": lsptest.URI(name), "type": 2})
	}
	open := filepath.Join(dir, "f0.go")
	e.Open(open, "go", "in the editor")
	e.Notify(protocol.MethodDidChangeWatched, map[string]any{"changes": changes[:3]})
	e.Idle(false)
	var texts []string
	for _, ev := range all[analysis.Edited](r) {
		if ev.Change == analysis.DiskChanged {
			texts = append(texts, ev.Doc.Text+string(ev.Origin))
		}
	}
	if got := strings.Join(texts, ""); got != "package f1\npackage f2\n" {
		t.Errorf("changed on disk: %q; the open document is the editor's", got)
	}
	e.Notify(protocol.MethodDidChangeWatched, map[string]any{"changes": changes})
	e.Idle(false)
	if ev := last[analysis.Edited](r); ev.Origin != analysis.OriginVCS || ev.Doc.Text != "" || !ev.Doc.Hidden {
		t.Errorf("five files at once: %+v", ev)
	}
}

// decisions remembers for a test what a person decided.
type decisions struct {
	mu     sync.Mutex
	paused map[string]bool
}

func (d *decisions) Paused(_ context.Context, root string) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.paused[root], nil
}

func (d *decisions) SetPaused(_ context.Context, root string, paused bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.paused[root] = paused
	return nil
}

func (d *decisions) Trusted(context.Context, string) (bool, error) { return false, nil }

// lateDecisions says what it found when it is let to.
type lateDecisions struct {
	*decisions
	asked, say chan struct{}
}

func (d lateDecisions) Paused(ctx context.Context, root string) (bool, error) {
	paused, err := d.decisions.Paused(ctx, root)
	d.asked <- struct{}{}
	<-d.say
	return paused, err
}

// TestPauseWhileLookedUp: what was found before a folder was paused here does not
// end the pause.
func TestPauseWhileLookedUp(t *testing.T) {
	dir := t.TempDir()
	kept := lateDecisions{&decisions{paused: map[string]bool{}}, make(chan struct{}), make(chan struct{})}
	r := &recorder{}
	e := start(t, r, func(o *lsptest.Options, so *lsp.Options) { o.Folders, so.Workspaces = []string{dir}, kept })
	<-kept.asked
	if err := e.Command(protocol.CommandPause); err != nil {
		t.Fatal(err)
	}
	close(kept.say)
	e.Await(protocol.MethodStatus, func(p json.RawMessage) bool { return strings.Contains(string(p), `"paused"`) })
	if err := e.Shutdown(); err != nil { // which waits for what was looked up
		t.Fatal(err)
	}
	if p := last[analysis.Configured](r).Policy; len(p.Paused) != 1 || p.Paused[0] != dir {
		t.Errorf("policy %+v", p)
	}
}

func TestPause(t *testing.T) {
	dir := t.TempDir()
	r := &recorder{}
	kept := &decisions{paused: map[string]bool{}}
	with := func(o *lsptest.Options, so *lsp.Options) { o.Folders, so.Workspaces = []string{dir}, kept }
	e := start(t, r, with)
	file := filepath.Join(dir, "a.go")
	offered := func(e *lsptest.Editor) int {
		return len(e.CodeActions(file, e.Span(file, "oops"), true))
	}
	open := func(e *lsptest.Editor) {
		e.Open(file, "go", "oops")
		e.Diagnostics(file, lsptest.Diag{At: "oops", Message: "use fine"})
	}
	open(e)
	if n := offered(e); n != 1 {
		t.Fatalf("%d actions before the pause", n)
	}
	if err := e.Command(protocol.CommandPause); err != nil {
		t.Fatal(err)
	}
	if n := offered(e); n != 0 {
		t.Errorf("%d actions while paused", n)
	}
	if p := last[analysis.Configured](r).Policy; len(p.Paused) != 1 || p.Paused[0] != dir {
		t.Errorf("policy %+v", p)
	}
	e.Await(protocol.MethodStatus, func(p json.RawMessage) bool { return strings.Contains(string(p), `"paused"`) })

	// Another window remembers, and hears when it is over.
	r2 := &recorder{}
	decided := make(chan struct{}, 1)
	e2 := start(t, r2, func(o *lsptest.Options, so *lsp.Options) {
		with(o, so)
		so.Decided = decided
	})
	open(e2)
	for len(last[analysis.Configured](r2).Policy.Paused) == 0 {
		e2.Idle(false)
	}
	if n := offered(e2); n != 0 {
		t.Errorf("%d actions in the second window", n)
	}
	if err := e.Command(protocol.CommandPause, raw(t, map[string]any{"uri": lsptest.URI(file), "resume": true})); err != nil {
		t.Fatal(err)
	}
	if n := offered(e); n != 1 {
		t.Errorf("%d actions after the pause", n)
	}
	decided <- struct{}{}
	for len(last[analysis.Configured](r2).Policy.Paused) > 0 {
		e2.Idle(false)
	}
	if n := offered(e2); n != 1 {
		t.Errorf("%d actions in the second window after the pause", n)
	}
	e2.Await(protocol.MethodStatus, func(p json.RawMessage) bool { return strings.Contains(string(p), `"paused"`) })
}

func TestOtherNotifications(t *testing.T) {
	r := &recorder{}
	e := start(t, r, nil)
	const file = "/w/a.go"
	e.Open(file, "go", "oops")
	e.Notify(protocol.MethodPeerActions, map[string]any{
		"uri": lsptest.URI(file), "version": 1, "range": e.Span(file, "oops"), "titles": []string{"Fix it"},
		"edits": []any{
			map[string]any{"changes": map[string]any{string(lsptest.URI(file)): []any{map[string]any{"range": e.Span(file, "oops"), "newText": "fine"}}}},
			map[string]any{"changes": map[string]any{"file:///w/other.go": []any{map[string]any{"range": e.Span(file, "oops"), "newText": "fine"}}}},
		},
	})
	e.Idle(false)
	if p := last[analysis.Peered](r); len(p.Edits) != 1 || p.Edits[0][0] != (analysis.Edit{Span: analysis.Span{End: 4}, New: "fine"}) || p.Titles[0] != "Fix it" {
		t.Errorf("peered %+v", p)
	}
	e.Notify(protocol.MethodException, map[string]any{"language": "python", "type": "KeyError", "message": "'a'", "frames": []any{
		map[string]any{"name": "f", "file": "/w/a.py", "line": 3, "locals": map[string]any{"x": map[string]any{"type": "int", "null": false}}},
	}})
	e.Notify(protocol.MethodDecision, map[string]any{"id": "s_9", "verdict": "dismissed"})
	e.Notify(protocol.MethodDecision, map[string]any{"id": "s_9", "verdict": "loved"}) // refused
	e.Notify(protocol.MethodTrust, map[string]any{"trusted": true})
	e.Notify(protocol.MethodOutput, map[string]any{"id": "t1", "seq": 0, "final": true, "kind": "terminal", "text": strings.Repeat("x", 70<<10)}) // refused
	for i := range 40 {
		e.Notify(protocol.MethodOutput, map[string]any{"id": fmt.Sprint(i % 20), "seq": i, "final": false, "kind": "terminal", "text": strings.Repeat("y", 64<<10)})
	}
	e.Idle(false)
	if n := len(all[analysis.Failed](r)); n != 0 {
		t.Errorf("%d failures of files that are not there", n)
	}
	if n := r.decided("s_9", analysis.VerdictDismissed); n != 1 || len(all[analysis.Decided](r)) != 1 {
		t.Errorf("dismissed %d times", n)
	}
	if err := e.Command(protocol.CommandNever, raw(t, "p_1")); err != nil || r.decided("p_1", analysis.VerdictNever) != 1 {
		t.Errorf("never: %v", err)
	}
	if s := e.Statuses(); len(s) == 0 || s[0].State != "ready" {
		t.Errorf("statuses %+v", s)
	}
}

// TestDegraded: that nothing is kept is told in the status bar, or in a message
// where the client has no place for us.
func TestDegraded(t *testing.T) {
	for _, tt := range []struct {
		lacks  []string
		method string
	}{
		{nil, protocol.MethodStatus},
		{[]string{"experimental.dejafix"}, protocol.MethodShowMessage},
	} {
		statuses := make(chan analysis.Status, 1)
		statuses <- analysis.Status{State: "degraded", Text: "dejafix: no store", Tooltip: "the disk is full"}
		e := start(t, &recorder{}, func(o *lsptest.Options, so *lsp.Options) { o.Lacks, so.Status = tt.lacks, statuses })
		e.Await(tt.method, func(p json.RawMessage) bool { return strings.Contains(string(p), "the disk is full") })
	}
}

// TestNotOffered is what must not be in the menu.
func TestNotOffered(t *testing.T) {
	r := &recorder{}
	e := start(t, r, nil)
	const file = "/w/a.go"
	e.Open(file, "go", "oops\nfine\n")
	e.Diagnostics(file, lsptest.Diag{At: "oops", Message: "use best or worse"})
	at := e.Span(file, "oops")
	actions := e.CodeActions(file, at, false)
	if len(actions) != 2 || actions[1].Command.Command != protocol.CommandMore {
		t.Fatalf("actions %+v, want one fix and more", actions)
	}
	if s := last[analysis.Served](r); s.Seen {
		t.Error("an automatic question counts as seen")
	}
	for _, a := range actions {
		if a.IsPreferred != nil {
			t.Errorf("%q is preferred", a.Title)
		}
	}
	// A client before triggers: asked, but nobody knows whether it was seen.
	e.CodeActionsIn(file, at, map[string]any{"diagnostics": []any{}})
	if s, q := last[analysis.Served](r), r.queries[len(r.queries)-1]; s.Seen || !q.Invoked {
		t.Errorf("without a trigger: seen %v, invoked %v", s.Seen, q.Invoked)
	}
	// Checked repairs alone are in fixAll, and only for who names it.
	all := func(only ...string) []protocol.CodeAction {
		return e.CodeActionsIn(file, at, map[string]any{"diagnostics": []any{}, "only": only, "triggerKind": 1})
	}
	if got := all("source.fixAll.dejafix"); len(got) != 0 {
		t.Errorf("unchecked repairs in fixAll: %+v", got)
	}
	r.alter = func(s *analysis.Suggestion) { s.Trust = analysis.Checked }
	for _, only := range []string{"source", "source.fixAll", "source.fixAll.dejafix.x"} {
		if got := all(only); len(got) != 0 {
			t.Errorf("%s: %+v", only, got)
		}
	}
	got := all("source.fixAll.dejafix")
	if len(got) != 1 || got[0].Title != "Apply 1 checked repair" {
		t.Fatalf("fixAll: %+v", got)
	}
	if auto := e.CodeActionsIn(file, at, map[string]any{"diagnostics": []any{}, "only": []string{"source.fixAll.dejafix"}, "triggerKind": 2}); len(auto) != 0 {
		t.Errorf("fixAll on an automatic trigger: %+v", auto)
	}
	if err := e.Apply(got[0]); err != nil || e.Text(file) != "best\nfine\n" {
		t.Errorf("%v, text %q", err, e.Text(file))
	}
}

// TestLateEdit holds that an edit for a text that changed is refused.
func TestLateEdit(t *testing.T) {
	r := &recorder{}
	e := start(t, r, nil)
	const file = "/w/a.go"
	e.Open(file, "go", "oops\n")
	e.Diagnostics(file, lsptest.Diag{At: "oops", Message: "use fine"})
	actions := e.CodeActions(file, e.Span(file, "oops"), true)
	e.Replace(file, "oops", "oops oops")
	if err := e.Apply(actions[0]); code(err) != protocol.CodeContentModified {
		t.Errorf("%v, want ContentModified", err)
	}
	if e.Text(file) != "oops oops\n" {
		t.Errorf("text %q", e.Text(file))
	}
}

// TestRefutedSince holds that a repair that was offered as checked, and is not
// right any more, is refused with its reason.
func TestRefutedSince(t *testing.T) {
	r := &recorder{refused: "the error is still there"}
	e := start(t, r, nil)
	const file = "/w/a.go"
	e.Open(file, "go", "oops\n")
	e.Diagnostics(file, lsptest.Diag{At: "oops", Message: "use fine"})
	actions := e.CodeActions(file, e.Span(file, "oops"), true)
	err := e.Apply(actions[0])
	if code(err) != protocol.CodeContentModified || !strings.Contains(err.Error(), r.refused) {
		t.Errorf("%v, want ContentModified with the reason", err)
	}
	if e.Text(file) != "oops\n" {
		t.Errorf("text %q", e.Text(file))
	}
}

// TestUnappliable shows a suggestion without an edit as disabled, where the
// client has that.
func TestUnappliable(t *testing.T) {
	for _, lacks := range []string{"", "textDocument.codeAction.disabledSupport", "textDocument.codeAction.codeActionLiteralSupport"} {
		r := &recorder{alter: func(s *analysis.Suggestion) { s.Edits = nil }}
		e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) { o.Lacks = []string{lacks} })
		const file = "/w/a.go"
		e.Open(file, "go", "oops\n")
		e.Diagnostics(file, lsptest.Diag{At: "oops", Message: "use fine"})
		actions := e.CodeActions(file, e.Span(file, "oops"), true)
		switch {
		case lacks != "" && len(actions) != 0:
			t.Errorf("without %s: %+v", lacks, actions)
		case lacks == "" && (len(actions) != 1 || actions[0].Disabled.Reason == "" || actions[0].Command.Command != ""):
			t.Errorf("%+v, want one that is disabled", actions)
		}
	}
}

// TestMorePicker picks in a message, and the edit is made.
func TestMorePicker(t *testing.T) {
	r := &recorder{}
	picked := "Use worse"
	e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) {
		o.Pick = func(_ string, titles []string) string { return picked }
	})
	const file = "/w/a.go"
	e.Open(file, "go", "oops\n")
	e.Diagnostics(file, lsptest.Diag{At: "oops", Message: "use best or worse"})
	actions := e.CodeActions(file, e.Span(file, "oops"), true)
	if err := e.Apply(actions[1]); err != nil {
		t.Fatal(err)
	}
	e.Idle(false)
	if e.Text(file) != "worse\n" {
		t.Errorf("text %q", e.Text(file))
	}
	n := 0
	for _, d := range all[analysis.Decided](r) {
		if d.Verdict == analysis.VerdictApplied {
			n++
		}
	}
	if n != 1 {
		t.Errorf("applied %d times, want once", n)
	}
	e.Diagnostics(file, lsptest.Diag{At: "worse", Message: "use best or good"})
	picked = "Never suggest these again"
	if err := e.Command(protocol.CommandMore, raw(t, map[string]any{"uri": lsptest.URI(file), "range": e.Span(file, "worse")})); err != nil {
		t.Fatal(err)
	}
	if r.decided("p_best", analysis.VerdictNever) != 1 || r.decided("p_good", analysis.VerdictNever) != 1 {
		t.Errorf("decided %+v", all[analysis.Decided](r))
	}
}

// TestHoverOnlyWhereItMerges: null anywhere else.
func TestHoverOnlyWhereItMerges(t *testing.T) {
	tests := []struct {
		name, version string
		want          bool
	}{
		{"Visual Studio Code", "1.139.0", true},
		{"Visual Studio Code - Insiders", "1.140.0-insider", true},
		{"VSCodium", "1.1", true},
		{"Neovim", "0.12.4", true},
		{"Neovim", "v0.11.0-dev+g123", true},
		{"Neovim", "0.10.4", false},
		{"Neovim", "", false},
		{"helix", "25.01", false},
		{"", "", false},
	}
	for _, tt := range tests {
		r := &recorder{}
		e := start(t, r, func(o *lsptest.Options, _ *lsp.Options) { o.Name, o.Version = tt.name, tt.version })
		const file = "/w/a.go"
		e.Open(file, "go", "oops `x` ```\n")
		r.alter = func(s *analysis.Suggestion) { s.Title = "Use [this](command:evil) `*now*`" }
		e.Diagnostics(file, lsptest.Diag{At: "oops", Message: "use ````"})
		var hover *protocol.Hover
		e.Call(protocol.MethodHover, map[string]any{"textDocument": map[string]any{"uri": lsptest.URI(file)}, "position": e.Span(file, "oops").Start}, &hover)
		if (hover != nil) != tt.want || (e.Result.Capabilities.HoverProvider != nil) != tt.want {
			t.Errorf("%s %s: hover %v, want %v", tt.name, tt.version, hover, tt.want)
			continue
		}
		if hover == nil {
			continue
		}
		text := hover.Contents.(*protocol.MarkupContent).Value
		if !strings.Contains(text, "Use \\[this\\]\\(command:evil\\) \\`\\*now\\*\\`") || !strings.Contains(text, "\n`````diff\n") {
			t.Errorf("foreign text is not tamed:\n%s", text)
		}
		if s := last[analysis.Served](r); !s.Seen {
			t.Error("a hover counts as seen")
		}
	}
}

// TestChildProcess runs the server in a process of its own, for its exit status.
func TestChildProcess(t *testing.T) {
	for _, tt := range []struct {
		end  func(e *lsptest.Editor) error
		want string
	}{
		{(*lsptest.Editor).Shutdown, "<nil>"},
		{(*lsptest.Editor).Exit, "exit status 1"},
	} {
		e := start(t, nil, func(o *lsptest.Options, _ *lsp.Options) {
			o.Command = child("serve")
			o.Command.Stderr = os.Stderr
			o.ProcessID = os.Getpid()
		})
		e.Open("/w/a.go", "go", "oops")
		e.Idle(true)
		if err := tt.end(e); fmt.Sprint(err) != tt.want {
			t.Errorf("ended with %v, want %s", err, tt.want)
		}
	}
}
