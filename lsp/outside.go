package lsp

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/lsp/watch"
)

// outsideInterval is how often it is asked whether a command ran outside of the
// editor, by `dejafix run`: one question to the file system, and a person who
// looks from one window to the other takes longer.
const outsideInterval = 500 * time.Millisecond

// reportInterval is how often it is asked whether a test runner left a report: .8 ms
// where a workspace has a hundred folders.
const reportInterval = 2 * time.Second

// viaReport is where tests were seen that left a report, and reportCommand stands
// for their command, which is not known.
const (
	viaReport     = "report"
	reportCommand = "test reports"
)

// watchReports takes the reports that test runners leave in the workspace, until
// the server stops.
func (sv *server) watchReports() {
	var reports watch.Reports
	tick := time.NewTicker(sv.ReportInterval)
	defer tick.Stop()
	for sv.lookForReports(&reports) {
		select {
		case <-sv.base.Done():
			return
		case <-sv.opened: // what lies there then is old, and what comes after is not
		case <-tick.C:
		}
	}
}

// lookForReports takes the reports that came since it was called last. It is false
// when the server has stopped.
func (sv *server) lookForReports(reports *watch.Reports) bool {
	var roots []string
	more := map[string][]string{}
	if sv.do(func(s *session) error {
		for _, root := range s.roots() {
			if settings := s.settingsFor(root); settings.Enable {
				roots = append(roots, root)
				more[root] = settings.Reports
			}
		}
		return nil
	}) != nil {
		return false
	}
	reports.Forget(roots)
	for _, root := range roots {
		r, ok := reports.Changed(root, more[root], sv.Clock())
		if !ok {
			continue
		}
		_ = sv.do(func(s *session) error {
			s.read(printed{command: reportCommand, via: viaReport, root: root, cwd: root, run: &r.Run, ended: r.Ended})
			return nil
		})
	}
	return true
}

// viaRun is where a command was seen that ran under `dejafix run`.
const viaRun = "run"

// watchOutside takes what ran outside of the editor, until the server stops: what
// ran before it started, too, and did not change since.
func (sv *server) watchOutside() {
	folder := watch.RanFolder{Dir: sv.Ran}
	tick := time.NewTicker(sv.RanInterval)
	defer tick.Stop()
	for {
		select {
		case <-sv.base.Done():
			return
		case <-tick.C:
		}
		ready := false // what is read before the folders are known is nobody's
		if sv.do(func(s *session) error {
			ready = s.phase == running
			return nil
		}) != nil || !ready {
			continue
		}
		list, problems := folder.New(sv.Clock())
		for _, err := range problems {
			sv.Logger.Warn("a run outside of the editor was not read", "err", err)
		}
		for _, r := range list {
			_ = sv.do(func(s *session) error {
				s.outside(r)
				return nil
			})
		}
	}
}

// outside reads what a command said that ran outside of the editor, where it ran
// in a folder of this workspace or around one.
func (s *session) outside(r watch.Ran) {
	root, cwd := s.rootAround(r.Cwd), r.Cwd
	if root == "" {
		root, cwd = s.rootAround(r.Real), r.Real
	}
	if root == "" {
		return // of another workspace
	}
	s.read(printed{
		command: r.Command, via: viaRun, root: root, cwd: cwd, exitCode: &r.ExitCode, text: r.Text, run: &r.Run,
		begun: r.Begun, ended: r.Ended,
	})
}

// rootAround is the folder of this session that a command ran in, or the first
// below where it ran; "" for none.
func (s *session) rootAround(cwd string) string {
	if cwd == "" {
		return ""
	}
	if root := s.rootOf(filepath.Join(cwd, "file")); slices.Contains(s.roots(), root) {
		return root
	}
	for _, folder := range s.folders {
		if holds(cwd, folder) {
			return folder
		}
	}
	return ""
}

// unwrapped is the command that a command line runs, without `dejafix run` before
// it: what it says comes from both, and is one run.
func unwrapped(line string) string {
	words := strings.Fields(line)
	if len(words) < 3 || strings.TrimSuffix(filepath.Base(words[0]), ".exe") != "dejafix" || !slices.Contains(words, "run") {
		return line
	}
	for i, word := range words {
		if word == "--" {
			return strings.Join(words[i+1:], " ")
		}
	}
	return line
}
