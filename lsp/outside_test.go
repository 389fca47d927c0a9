package lsp_test

import (
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/report"
	"github.com/dejafix/dejafix/lsp"
	"github.com/dejafix/dejafix/lsp/lsptest"
	"github.com/dejafix/dejafix/lsp/protocol"
	"github.com/dejafix/dejafix/lsp/watch"
)

// keep leaves a run for the server, that ended some time ago.
func keep(t *testing.T, folder, dir, command string, exit int, text string, ago time.Duration) {
	t.Helper()
	ended := time.Now().Add(-ago)
	text = strings.ReplaceAll(text, "DIR", dir)
	r := watch.Ran{
		Command: command, Cwd: dir, ExitCode: exit, Begun: ended, Ended: ended,
		Run: report.ReadRun(strings.NewReader(text), report.Options{}), Text: text,
	}
	if err := watch.Keep(folder, r); err != nil {
		t.Fatal(err)
	}
}

// turns waits until the server has shown so many failures of a file, one after
// the other.
func turns(t *testing.T, e *lsptest.Editor, file string, counts ...int) {
	t.Helper()
	next := 0
	e.Await(protocol.MethodPublish, func(raw json.RawMessage) bool {
		var p protocol.PublishDiagnosticsParams
		if err := protocol.Unmarshal(raw, &p); err != nil {
			t.Fatal(err)
		}
		if p.URI == lsptest.URI(file) && len(p.Diagnostics) == counts[next] {
			next++
		}
		return next == len(counts)
	})
}

// TestRanOutside shows what failed outside of the editor, before it was started
// and after, until it ends well.
func TestRanOutside(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "runs")
	for name, text := range map[string]string{"shop/price.py": price, "run.py": runs} {
		write(t, filepath.Join(dir, name), text)
	}
	keep(t, folder, dir, "python run.py", 1, died, -time.Second)
	keep(t, folder, t.TempDir(), "python run.py", 1, died, 0) // of another workspace

	r := &recorder{}
	e := start(t, r, func(o *lsptest.Options, so *lsp.Options) {
		o.Folders = []string{dir}
		so.Ran, so.RanInterval = folder, time.Millisecond
	})
	file := filepath.Join(dir, "shop", "price.py")
	e.Open(file, "python", price)
	turns(t, e, file, 1)
	keep(t, folder, dir, "python run.py", 0, "", -2*time.Second)
	turns(t, e, file, 1, 0)
	keep(t, folder, dir, "python run.py", 1, died, -3*time.Second)
	turns(t, e, file, 1, 0, 1)
	// The same seen in a terminal is the same run.
	e.Notify(protocol.MethodOutput, map[string]any{
		"id": "1", "seq": 0, "final": true, "kind": "terminal", "command": "dejafix run -- python run.py", "cwd": dir, "exitCode": 0, "text": "",
	})
	turns(t, e, file, 1, 0, 1, 0)
	e.Idle(false)
	if n := len(all[analysis.Diagnosed](r)); n < 4 {
		t.Errorf("observed %d times", n)
	}
}

// TestRanChanged: what was edited since it failed is not shown.
func TestRanChanged(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "runs")
	keep(t, folder, dir, "python run.py", 1, died, time.Hour)
	for name, text := range map[string]string{"shop/price.py": price, "run.py": runs} {
		write(t, filepath.Join(dir, name), text)
	}
	r := &recorder{}
	e := start(t, r, func(o *lsptest.Options, so *lsp.Options) {
		o.Folders = []string{dir}
		so.Ran, so.RanInterval = folder, time.Millisecond
	})
	keep(t, folder, dir, "python other.py", 1, strings.ReplaceAll(died, "shop/price.py", "run.py"), -time.Minute)
	shown(t, e, filepath.Join(dir, "run.py"), 1)
	e.Idle(false)
	for _, ev := range all[analysis.Diagnosed](r) {
		if filepath.Base(ev.Doc.Path) == "price.py" && len(ev.Diagnostics) > 0 {
			t.Errorf("shown in what was edited since: %+v", ev.Diagnostics)
		}
	}
}

// TestReportFile: what a test runner leaves in a report is shown, and gone when
// the next report says that it passes.
func TestReportFile(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "shop", "price.py")
	write(t, file, price)
	report := func(inner string, ago time.Duration) {
		t.Helper()
		name := filepath.Join(dir, "out", "tests.xml")
		write(t, name, `<testsuite name="pytest"><testcase classname="tests.test_price" name="test_total">`+inner+`</testcase></testsuite>`)
		at := time.Now().Add(-ago)
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
	r := &recorder{}
	looked := make(chan struct{}, 1000)
	e := start(t, r, func(o *lsptest.Options, so *lsp.Options) {
		o.Folders = []string{dir}
		so.ReportInterval = time.Millisecond
		s := lsp.DefaultSettings()
		s.Reports = []string{"out/*.xml"}
		so.Settings = &s
		so.Clock = func() time.Time {
			select {
			case looked <- struct{}{}:
			default:
			}
			return time.Now()
		}
	})
	e.Open(file, "python", price)
	for len(looked) > 0 {
		<-looked
	}
	for range 3 {
		<-looked // it has seen that there is none
	}
	report("<failure message=\"KeyError\">"+html.EscapeString(strings.ReplaceAll(died, "DIR", dir))+"</failure>", 10*time.Second)
	turns(t, e, file, 1)
	report("", 5*time.Second)
	turns(t, e, file, 1, 0)
}
