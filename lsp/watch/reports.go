package watch

import (
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis/report"
)

// reportPlaces are where test runners leave their results if nobody names another
// place, as filepath.Match reads them below a workspace's folder: Maven, Gradle,
// those of Jenkins, GitLab and others (test-results, reports), jest-junit, vitest,
// pytest and gotestsum as their pages show them.
var reportPlaces = []string{
	"junit*.xml", "report.xml", "test-report.xml", "test-results.xml", "test-results/*.xml", "test-results/*/*.xml",
	"reports/*.xml", "test-reports/*.xml", "build/reports/*.xml", "test-results.json", "test-results/*.json",
	"target/nextest/*/*.xml",
}

// modulePlaces are those that each module of a build has: the folders directly
// below the workspace's are looked at, too.
var modulePlaces = []string{"target/surefire-reports/*.xml", "target/failsafe-reports/*.xml", "build/test-results/*/*.xml"}

// maxModules bounds the folders that are taken for modules.
const maxModules = 200

const (
	// maxReport bounds one report, in bytes; Jenkins' own largest have 10 MB.
	maxReport = 16 << 20
	// maxReports bounds the files that are read at once, the newest first: Maven
	// writes one for each class.
	maxReports = 500
	// settled is how long a report must be left alone before it is read: who
	// writes one is at it until the run ends.
	settled = 500 * time.Millisecond
)

// Reports are the report files of workspaces, as they were seen last. The zero
// value has seen none.
type Reports struct {
	roots map[string]map[string]reportFile // folder → path → what it was
}

type reportFile struct {
	time time.Time
	size int64
}

// A Report is what changed reports say together.
type Report struct {
	Run   report.Run
	Files []string
	Ended time.Time // when the last of them was written
}

// Changed reads the reports of root that were written since it was last asked, at
// the usual places and at more, patterns of filepath.Match below root. The first
// question about a root only remembers. One that is still being written is left
// for the next time. ok is false where none changed.
func (r *Reports) Changed(root string, more []string, now time.Time) (out Report, ok bool) {
	if r.roots == nil {
		r.roots = map[string]map[string]reportFile{}
	}
	before, known := r.roots[root]
	seen := map[string]reportFile{}
	type changed struct {
		path string
		time time.Time
	}
	var files []changed
	for paths := range places(root, more) {
		for _, path := range paths {
			rel, err := filepath.Rel(root, path)
			if _, twice := seen[path]; twice || err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
				continue
			}
			info, err := os.Lstat(path)
			if err != nil || !info.Mode().IsRegular() {
				continue
			}
			is := reportFile{info.ModTime(), info.Size()}
			was, there := before[path]
			switch {
			case known && (!there || was != is) && now.Sub(is.time) < settled:
				is = was // looked at again
			case known && (!there || was != is) && is.size > 0 && is.size <= maxReport:
				files = append(files, changed{path, is.time})
			}
			seen[path] = is
		}
	}
	r.roots[root] = seen
	slices.SortFunc(files, func(a, b changed) int { return b.time.Compare(a.time) })
	for _, f := range files[:min(len(files), maxReports)] {
		run, err := readReport(f.path)
		if err != nil || len(run.Cases) == 0 && len(run.Packages) == 0 {
			continue // it is gone, or no test's
		}
		if !ok {
			out.Run, out.Ended, ok = run, f.time, true
		} else {
			out.Run = report.Merge(out.Run, run)
		}
		out.Files = append(out.Files, f.path)
	}
	return out, ok
}

// places gives the files at the places where reports may be, some more than once.
// The folder itself is read once, and only what is there is looked into.
func places(root string, more []string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		entries, err := os.ReadDir(root)
		if err != nil {
			return
		}
		look := func(dir string, patterns []string, there func(first string) bool) bool {
			for _, pattern := range patterns {
				first, _, _ := strings.Cut(pattern, "/")
				if !strings.ContainsAny(first, `*?[\`) && !there(first) {
					continue
				}
				paths, err := filepath.Glob(filepath.Join(glob(dir), filepath.FromSlash(pattern)))
				if err == nil && len(paths) > 0 && !yield(paths) { // one that is no pattern finds nothing
					return false
				}
			}
			return true
		}
		modules := 0
		names := map[string]bool{}
		for _, e := range entries {
			names[e.Name()] = true
		}
		if !look(root, slices.Concat(reportPlaces, modulePlaces, more), func(first string) bool { return names[first] || first == "." || first == ".." }) {
			return
		}
		for _, e := range entries {
			if !e.IsDir() || Foreign(e.Name()) || modules == maxModules {
				continue
			}
			modules++
			dir := filepath.Join(root, e.Name())
			built := map[string]bool{}
			for _, name := range []string{"target", "build"} {
				_, err := os.Lstat(filepath.Join(dir, name))
				built[name] = err == nil
			}
			if !look(dir, modulePlaces, func(first string) bool { return built[first] }) {
				return
			}
		}
	}
}

// Forget forgets the roots that are not among those of now.
func (r *Reports) Forget(now []string) {
	for root := range r.roots {
		if !slices.Contains(now, root) {
			delete(r.roots, root)
		}
	}
}

func readReport(path string) (report.Run, error) {
	f, err := os.Open(path)
	if err != nil {
		return report.Run{}, err
	}
	defer f.Close()
	return report.ReadRun(io.LimitReader(f, maxReport), report.Options{}), nil
}

// glob is a folder as a pattern that names it alone.
func glob(dir string) string {
	if !strings.ContainsAny(dir, `*?[\`) || filepath.Separator == '\\' {
		return dir
	}
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(dir)
}
