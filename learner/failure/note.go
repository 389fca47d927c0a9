package failure

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/redact"
	"github.com/dejafix/dejafix/analysis/trace"
)

const (
	// sameRun is how long after a run the same run may still be told of by
	// somebody else: a terminal, a task and a report file end within seconds of
	// each other.
	sameRun = 10 * time.Second
	// sameStop is how long a person may stand at an exception in the debugger
	// before the program goes on and prints it.
	sameStop = 10 * time.Minute
	// maxFrames and maxLocals bound what is kept of a call chain: as many calls as
	// trace.Similar compares.
	maxFrames = 16
	maxLocals = 20
	// maxName bounds the names that are kept, in bytes.
	maxName = 300
)

// Debugger is where a failure was seen (Failed.Via) at which a debugger stopped.
const Debugger = "debugger"

// A Run is one run, of tests or of a program.
type Run struct {
	Workspace string // id
	Via       string
	Command   string
	Code      string
	Time      time.Time
	Tests     []Test
	// Packages are those of which all that ran passed; Ended says that the whole
	// command ended well, and Unlisted that it names only what failed of all that
	// it ran.
	Packages        []string
	Ended, Unlisted bool
	Passing         *analysis.Passing
}

// A Test is how one test, or the program, ended.
type Test struct {
	Package, Name string // both "" for a program
	Passed        bool
	Flaky         bool            // it failed and passed in this run
	Trace         *analysis.Trace // of one that failed, where there is one
}

// OfTests is the run that an event tells of.
func OfTests(workspace string, e *analysis.Tested) Run {
	r := Run{
		Workspace: workspace, Via: e.Via, Command: e.Run.Command, Code: e.Code, Time: e.Time,
		Packages: e.Packages, Ended: e.Passing != nil, Unlisted: e.Run.Unlisted, Passing: e.Passing,
	}
	for i := range e.Run.Cases {
		c := &e.Run.Cases[i]
		if c.Skipped || c.Name == "" {
			continue
		}
		r.Tests = append(r.Tests, Test{Package: c.Package, Name: c.Name, Passed: c.Passed, Flaky: c.Flaky, Trace: c.Trace})
	}
	if e.Run.Total() == 0 && len(e.Packages) == 0 && r.Ended {
		r.Tests = []Test{{Passed: true}}
	}
	return r
}

// OfProgram is the run of a program that died.
func OfProgram(workspace string, e *analysis.Failed) Run {
	return Run{
		Workspace: workspace, Via: e.Via, Command: e.Command, Code: e.Code, Time: e.Time,
		Tests: []Test{{Trace: &e.Trace}},
	}
}

// Same is equal for runs of the same code by the same command: -race or another
// environment may well end another way. "" where the code is not known.
func (r *Run) Same() string {
	if r.Code == "" {
		return ""
	}
	return digest("same", r.Code, r.Command)
}

// wholePackage is the key of all tests that a command runs of a package.
func wholePackage(command, pkg string) string { return digest("package", command, pkg) }

// wholeRun is the key of all tests that a command runs.
func wholeRun(command string) string { return digest("all", command) }

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// short is the first 32 bits of a key.
func short(key string) uint32 {
	b, err := hex.DecodeString(key)
	if err != nil || len(b) < 4 {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}

// Prints are the fingerprints of what failed in r, as RunPast is asked for.
func (r *Run) Prints() []string {
	var out []string
	for _, t := range r.Tests {
		if t.Trace != nil && t.Trace.Fingerprint != "" && !slices.Contains(out, t.Trace.Fingerprint) {
			out = append(out, t.Trace.Fingerprint)
		}
	}
	return out
}

// Note says what is to be kept of r, and remembers it in recent.
func Note(r Run, past analysis.RunPast, recent *Recent) analysis.RunNote {
	keys := make([]string, len(r.Tests))
	for i := range r.Tests {
		keys[i] = analysis.TestKey(r.Tests[i].Package, r.Tests[i].Name, r.Command)
	}
	told := recent.told(&r, keys)
	n := analysis.RunNote{
		Workspace: r.Workspace, Code: r.Code, Same: r.Same(), Time: r.Time, Passing: r.Passing,
		Again: map[string]bool{},
	}
	byPrint := map[string]int{}
	command := digest("command", r.Command)
	results := map[string]*analysis.TestResult{}
	result := func(key string) *analysis.TestResult {
		if results[key] == nil {
			results[key] = &analysis.TestResult{Test: key}
		}
		return results[key]
	}
	for i := range r.Tests {
		t, key := &r.Tests[i], keys[i]
		_, tracked := past.Tracked[key]
		before := past.Results[key]
		switch {
		case told[key] || !before.Time.IsZero() && !r.Time.After(before.Time):
			// By somebody else, in another window, or before this one was opened.
		case t.Flaky:
			res := result(key)
			res.Failed++
			res.Passed++
			n.FlakyTests = append(n.FlakyTests, key)
		case t.Passed:
			if tracked {
				result(key).Passed++
			}
			if before.Failed > 0 {
				n.FlakyTests = append(n.FlakyTests, key)
			}
		case ofMachine(t.Trace):
			// What is installed may have changed, and nothing of the code.
		default:
			res := result(key)
			res.Failed++
			if r.Code != "" && before.Failed+before.Passed == 0 {
				// It passed before it first failed: then it was not looked at.
				res.Passed += max(past.Passed[short(key)], past.Passed[short(wholePackage(r.Command, t.Package))], past.Passed[short(wholeRun(r.Command))])
			}
			if before.Passed+res.Passed > 0 {
				n.FlakyTests = append(n.FlakyTests, key)
			}
		}
		if t.Trace == nil || t.Trace.Fingerprint == "" || t.Passed && !t.Flaky {
			continue
		}
		k, ok := byPrint[t.Trace.Fingerprint]
		if !ok {
			k = len(n.Groups)
			byPrint[t.Trace.Fingerprint] = k
			g := group(t.Trace)
			g.Vias = []string{r.Via}
			if stop := recent.stopped(&r, &g); stop != "" {
				n.Instead = append(n.Instead, stop)
			}
			if old, ok := past.Groups[g.Print]; ok && again(&old, &r) {
				n.Again[g.Print] = true
				g.Vias = append(slices.Clip(old.Vias), r.Via)
			}
			n.Groups = append(n.Groups, g)
		}
		g := &n.Groups[k]
		if !slices.ContainsFunc(g.Tests, func(x analysis.FailedTest) bool { return x.Key == key }) {
			g.Tests = append(g.Tests, analysis.FailedTest{
				Key: key, Package: kept(t.Package), Name: kept(redact.Redact(t.Name).String()), Command: command,
			})
		}
		if t.Flaky || slices.Contains(n.FlakyTests, key) {
			n.Flaky = append(n.Flaky, g.Print)
		}
	}
	// A package that passes without its tests being named says of those that the
	// same command ran and that failed.
	whole := map[string]bool{}
	for _, p := range r.Packages {
		whole[p] = true
	}
	for key, t := range past.Tracked {
		program := t.Package == "" && t.Name == ""
		before := past.Results[key]
		// In a run of the same code that tells only of what fails, what failed before
		// ran again.
		ran := whole[t.Package] || r.Ended && (program || r.Unlisted) || r.Unlisted && before.Failed > 0
		if t.Command != command || results[key] != nil || told[key] || !ran || !before.Time.IsZero() && !r.Time.After(before.Time) {
			continue
		}
		result(key).Passed++
		if before.Failed > 0 {
			n.FlakyTests = append(n.FlakyTests, key)
		}
	}
	n.Passed = passed(&r, keys, &past, told)
	for _, key := range slices.Sorted(maps.Keys(results)) {
		n.Results = append(n.Results, *results[key])
	}
	return n
}

// ofMachine reports whether a failure is of the machine that it ran on rather than
// of the code: it may well be gone though no file changed, and not be flaky.
func ofMachine(t *analysis.Trace) bool {
	if t == nil || len(t.Issues) == 0 {
		return false
	}
	switch t.Issues[0].Kind {
	case analysis.MissingDependency, analysis.BadConfiguration, analysis.PermissionDenied:
		return true
	}
	return false
}

// passed is what is kept of the tests that passed: nil where nothing is new.
func passed(r *Run, keys []string, past *analysis.RunPast, told map[string]bool) map[uint32]int {
	if r.Code == "" || !past.PassedAt.IsZero() && !r.Time.After(past.PassedAt) {
		return nil
	}
	var out map[uint32]int
	add := func(key string) {
		if told[key] {
			return
		}
		if out == nil {
			out = past.Passed
			if out == nil {
				out = map[uint32]int{}
			}
		}
		out[short(key)]++
	}
	for i := range r.Tests {
		if t := &r.Tests[i]; t.Passed && !t.Flaky && t.Name != "" {
			add(keys[i])
		}
	}
	for _, p := range r.Packages {
		add(wholePackage(r.Command, p))
	}
	if r.Ended {
		add(wholeRun(r.Command))
	}
	return out
}

// again reports whether a failure was counted already: it was seen in the same
// code a moment ago by somebody else.
func again(old *analysis.FailureGroup, r *Run) bool {
	if !r.Time.After(old.Last) {
		return true // another window was told of it, or this one before it was closed
	}
	if slices.Contains(old.Vias, r.Via) || old.Code != r.Code && old.Code != "" && r.Code != "" {
		return false
	}
	within := sameRun
	if r.Via == Debugger || slices.Contains(old.Vias, Debugger) {
		within = sameStop
	}
	return r.Time.Sub(old.Last) <= within
}

// group is what is kept of a trace.
func group(t *analysis.Trace) analysis.FailureGroup {
	root, at := trace.FailurePoint(t)
	g := analysis.FailureGroup{
		Print: t.Fingerprint, Language: t.Language, Type: kept(root.Type),
		Message: kept(redact.Redact(trace.Message(t)).String()),
	}
	for i := max(at, 0); i < len(root.Frames) && len(g.Frames) < maxFrames; i++ {
		f := root.Frames[i]
		if at >= 0 && !f.InApp {
			continue
		}
		k := analysis.Frame{Function: kept(f.Function), Module: kept(f.Module), File: f.Path, Path: f.Path, Line: f.Line, InApp: true}
		if k.File == "" {
			// Where it lies on this machine is nobody's business.
			k.File = path.Base(strings.ReplaceAll(f.File, `\`, "/"))
		}
		for _, v := range f.Locals[:min(len(f.Locals), maxLocals)] {
			k.Locals = append(k.Locals, analysis.Local{Name: kept(v.Name), Type: kept(v.Type), Null: v.Null})
		}
		g.Frames = append(g.Frames, k)
	}
	return g
}

// kept is a name as it is kept: bounded, and valid text.
func kept(s string) string {
	if len(s) > maxName {
		s = s[:maxName]
	}
	return strings.ToValidUTF8(s, "")
}
