package trace

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// Known is what the caller knows beyond the trace. Its zero value knows nothing.
type Known struct {
	// Line returns the text of a frame's line, "" when it is not known.
	Line func(*analysis.Frame) string
	// Changed reports whether a frame's function was changed since tests last
	// passed.
	Changed func(*analysis.Frame) bool
	// Passed reports whether a frame's function was ever seen in a run that
	// passed.
	Passed func(*analysis.Frame) bool
}

// maxIssues bounds the issues of one kind that are about frames or variables.
const maxIssues = 5

// Analyse concludes what the failing code did not provide for (Issues, worst
// first) and what makes the failure the same as another (Fingerprint, Parts). It
// is the analysis of the paper's section 2.2, with three differences: a table of
// exceptions for each language; an unexpected code path only for the user's own
// frames that were changed since tests last passed, or were never seen in a run
// that did, for else every frame is one; and examples that use the names of the
// failing line.
func Analyse(t *analysis.Trace, k Known) {
	name(t, k, 0)
	analyseOthers(t, k, 0)
	t.Issues = issues(t, k)
	t.Fingerprint, t.Parts = Fingerprint(t)
}

// name gives the user's own calls that have no name the text of their line, which
// stands for it: some tools print it, and others do not.
func name(t *analysis.Trace, k Known, depth int) {
	if k.Line == nil || depth > maxCauses {
		return
	}
	named := 0
	for i := range t.Frames {
		f := &t.Frames[i]
		if f.InApp && f.Text == "" && nameless(f.Function) && named < maxFrameTexts {
			f.Text = strings.TrimSpace(k.Line(f))
			named++
		}
	}
	if t.Cause != nil {
		name(t.Cause, k, depth+1)
	}
	for i := range t.Others {
		name(&t.Others[i], k, depth+1)
	}
}

// maxFrameTexts bounds the lines that are looked up: more than a fingerprint has
// calls.
const maxFrameTexts = 16

// analyseOthers gives each member of a group its own issues.
func analyseOthers(t *analysis.Trace, k Known, depth int) {
	if depth > maxCauses {
		return
	}
	for i := range t.Others {
		analyseOthers(&t.Others[i], k, depth+1)
		t.Others[i].Issues = issues(&t.Others[i], k)
		t.Others[i].Fingerprint, t.Others[i].Parts = Fingerprint(&t.Others[i])
	}
}

// FailurePoint returns the trace of a chain that failed first, and the index in
// its Frames of the user's own call where it did; -1 when none is the user's own.
func FailurePoint(t *analysis.Trace) (*analysis.Trace, int) {
	root := t
	at := failureIndex(t)
	for c, last := t, 0; c.Cause != nil && last <= maxCauses; last++ {
		// What was thrown while another was handled has a fault of its own.
		if c.Implicit && at >= 0 {
			break
		}
		c = c.Cause
		if i := failureIndex(c); i >= 0 {
			root, at = c, i
		}
	}
	if at < 0 && len(t.Others) > 0 {
		for i := range t.Others {
			if k := failureIndex(&t.Others[i]); k >= 0 {
				return &t.Others[i], k
			}
		}
	}
	return root, at
}

// failureIndex is the user's own call nearest to what was thrown.
func failureIndex(t *analysis.Trace) int {
	from := 0
	if t.Language == "go" {
		// Deferred functions run above the panic that they recovered.
		for i := range t.Frames {
			if t.Frames[i].Function == "panic" || t.Frames[i].Function == "runtime.gopanic" {
				from = i + 1
			}
		}
	}
	first := -1
	for i := from; i < len(t.Frames); i++ {
		if !t.Frames[i].InApp {
			continue
		}
		if first < 0 {
			first = i
		}
		// A function that only throws says that its caller is at fault.
		if i-first < maxThrowers && onlyThrows(t, &t.Frames[i]) {
			continue
		}
		return i
	}
	if first >= 0 {
		return first
	}
	for i := range from {
		if t.Frames[i].InApp {
			return i
		}
	}
	return -1
}

// maxThrowers is how many calls that only throw are passed over.
const maxThrowers = 3

// throwers are how the names of functions begin that do nothing but throw.
var throwers = []string{"throw", "raise", "fail", "reporterror", "report_error", "panicif", "require", "ensure", "assert", "checkargument", "checknotnull", "verify", "abort", "die"}

// onlyThrows reports whether a call's name says that it only throws, or that it
// is a constructor that refused its arguments.
func onlyThrows(t *analysis.Trace, f *analysis.Frame) bool {
	fn := f.Function[strings.LastIndexAny(f.Function, ".:>#")+1:]
	if f.Function == "<init>" || strings.HasSuffix(f.Function, "..ctor") || strings.HasSuffix(f.Function, "__construct") {
		return strings.Contains(t.Type, "Argument")
	}
	fn = strings.ToLower(strings.TrimLeft(fn, "_"))
	for _, p := range throwers {
		if strings.HasPrefix(fn, p) {
			return true
		}
	}
	return false
}

func issues(t *analysis.Trace, k Known) []analysis.Issue {
	root, at := FailurePoint(t)
	var f analysis.Frame
	if at >= 0 {
		f = root.Frames[at]
	} else if len(root.Frames) > 0 {
		f = root.Frames[0]
	}
	line := strings.TrimSpace(f.Text)
	if line == "" && k.Line != nil && (f.File != "" || f.Path != "") {
		line = strings.TrimSpace(k.Line(&f))
	}
	var out []analysis.Issue
	add := func(t *analysis.Trace, kind analysis.IssueKind, line string, variable string) {
		if slices.ContainsFunc(out, func(i analysis.Issue) bool { return i.Kind == kind && i.Variable == variable }) {
			return
		}
		n := namesOf(t, &f, kind, line)
		if variable != "" {
			n.recv = variable
		}
		if variable != "" {
			n.found = true
		}
		issue := analysis.Issue{
			Kind: kind, Severity: kinds[kind].severity, Fix: n.sentence(kinds[kind].fix),
			Example: n.example(kind), Function: f.Function, Variable: n.variable(kind, variable),
		}
		if n.throws && kind != analysis.FailedAssertion {
			// The line says no on purpose: what it was given is at fault.
			issue.Fix, issue.Example = n.fill("{fn} refuses what it was given: mend what calls it, or handle {type} there."), ""
		}
		out = append(out, issue)
	}
	kind := kindOf(root)
	if kind == analysis.MissingKey && strings.Contains(line, "environ") {
		kind = analysis.BadConfiguration
	}
	if root.Type != "" || root.Message != "" || kind != analysis.UnhandledError {
		add(root, kind, line, "")
	}
	// What the cause was wrapped in says more only where it names something else.
	if root != t && (t.Type != "" || t.Message != "") {
		if outer := kindOf(t); outer != kind && outer != analysis.UnhandledError && outer != analysis.FailedAssertion {
			add(t, outer, "", "")
		}
	}
	// A recursion without end shows in frames that repeat, whatever was thrown.
	nulls := 0
	for _, l := range f.Locals {
		if !l.Null || nulls == maxIssues || line != "" && !hasWord(line, l.Name) {
			continue
		}
		nulls++
		add(root, analysis.UnhandledNoneValue, line, l.Name)
	}
	out = append(out, unexpected(root, k)...)
	slices.SortStableFunc(out, func(a, b analysis.Issue) int { return cmp.Compare(b.Severity, a.Severity) })
	return out
}

// unexpected names the user's own calls that were changed, or never passed.
func unexpected(t *analysis.Trace, k Known) []analysis.Issue {
	if k.Changed == nil && k.Passed == nil {
		return nil
	}
	var out []analysis.Issue
	seen := map[string]bool{}
	for i := range t.Frames {
		f := &t.Frames[i]
		if !f.InApp || seen[f.Function+"\x00"+f.File] {
			continue
		}
		seen[f.Function+"\x00"+f.File] = true
		var fix string
		switch {
		case k.Changed != nil && k.Changed(f):
			fix = "Look at what changed in " + called(f) + " since tests last passed."
		case k.Passed != nil && !k.Passed(f):
			fix = "Say when " + called(f) + " is called: no run that passed came through it."
		default:
			continue
		}
		out = append(out, analysis.Issue{
			Kind: analysis.UnexpectedCodePath, Severity: kinds[analysis.UnexpectedCodePath].severity, Fix: fix, Function: f.Function,
		})
		if len(out) == maxIssues {
			break
		}
	}
	return out
}

// called names a frame for people.
func called(f *analysis.Frame) string {
	if f.Function != "" {
		return f.Function
	}
	file := slashed(f.File)
	return file[strings.LastIndexByte(file, '/')+1:]
}

// hasWord reports whether a name stands in a line, not inside of another.
func hasWord(line, name string) bool {
	for from := 0; name != ""; {
		k := strings.Index(line[from:], name)
		if k < 0 {
			return false
		}
		k += from
		end := k + len(name)
		if (k == 0 || !isWord(line[k-1])) && (end == len(line) || !isWord(line[end])) {
			return true
		}
		from = k + 1
	}
	return false
}
