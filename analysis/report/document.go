package report

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// documentScan finds the end of a JSON value without keeping it.
type documentScan struct {
	depth           int
	object          []bool // what is open, the first 64 levels
	inString, slash bool
	key             bool // a key or the end of an object must follow
	bad             bool
}

// write takes the next bytes, and returns how many belong to the value when it
// ends in them, or is bad after them, else 0.
func (d *documentScan) write(p []byte) int {
	for i, c := range p {
		if d.inString {
			switch {
			case d.slash:
				d.slash = false
			case c == '\\':
				d.slash = true
			case c == '"':
				d.inString = false
			}
			continue
		}
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case 0xef, 0xbb, 0xbf: // a byte order mark
			if d.depth == 0 {
				continue
			}
		case '"':
			d.inString, d.key = true, false
			continue
		case '{', '[':
			if d.key {
				d.bad = true
				return i
			}
			d.depth++
			if d.depth <= 64 {
				d.object = append(d.object[:d.depth-1], c == '{')
			}
			d.key = c == '{'
			continue
		case '}', ']':
			d.depth--
			d.key = false
			if d.depth == 0 {
				return i + 1
			}
			continue
		case ',':
			d.key = d.depth > 0 && d.depth <= 64 && d.object[d.depth-1]
			continue
		}
		if d.key || !strings.ContainsRune(":+-.0123456789Etruefalsn", rune(c)) {
			d.bad = true
			return i
		}
	}
	return 0
}

// startsDocument says that a line begins a JSON object or list. head may be the
// beginning of the line, piece what follows.
func startsDocument(head, piece []byte) bool {
	if len(head) == 0 {
		head = piece[:min(len(piece), 64)]
	}
	if len(head) >= 3 && text(head[:3]) == "\ufeff" {
		head = head[3:]
	}
	i := skipBlank(head, 0)
	if i >= len(head) || head[i] != '{' && head[i] != '[' {
		return false
	}
	j := skipBlank(head, i+1)
	if j >= len(head) {
		return true
	}
	if head[i] == '{' {
		return head[j] == '"' || head[j] == '}'
	}
	return head[j] == '{' || head[j] == ']' || head[j] == '"' && strings.HasPrefix(text(head[j:]), `"`)
}

// runForms are documents with test results. A form is asked only where all its
// words occur.
var runForms = []struct {
	name  string
	words []string
	// read takes a document, and whether it is whole.
	read func(doc []byte, whole bool, c *collector) bool
}{
	{"jest json", []string{`"testResults"`, `"assertionResults"`}, readJest},
	{"mocha json", []string{`"stats"`, `"tests"`, `"fullTitle"`}, readMocha},
}

// findingForms are documents with diagnostics, by a word that each has.
var findingForms = map[string]string{
	"sarif": `"runs"`, "pyright json": `"generalDiagnostics"`, "eslint json": `"filePath"`, "ruff json": `"filename"`,
}

// document reads a JSON document. One that was cut is closed where it was last
// whole.
func (s *Scanner) document(doc []byte, truncated bool) bool {
	if i := strings.IndexAny(text(doc), "{["); i > 0 {
		doc = doc[i:]
	}
	isRun, isFinding := false, false
	for _, f := range runForms {
		isRun = isRun || containsAll(doc, f.words)
	}
	for _, word := range findingForms {
		isFinding = isFinding || strings.Contains(text(doc), word)
	}
	if !isRun && !isFinding {
		return false
	}
	if truncated {
		doc = closed(doc)
	}
	for _, f := range runForms {
		if containsAll(doc, f.words) && f.read(doc, !truncated, s.c) {
			s.c.reader(f.name)
			if truncated {
				s.c.doubt("the " + f.name + " is cut off or not well-formed: it is read as far as it is whole")
			}
			return true
		}
	}
	for _, f := range jsonForms {
		if !strings.Contains(text(doc), findingForms[f.name]) {
			continue
		}
		if list, ok := f.read(json.RawMessage(doc)); ok {
			s.c.reader(f.name)
			s.found(list)
			if truncated {
				s.c.doubt("the " + f.name + " is cut off or not well-formed: it is read as far as it is whole")
			}
			return true
		}
	}
	s.c.doubt("a JSON document looks like a report, and cannot be read")
	return false
}

func containsAll(doc []byte, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text(doc), w) {
			return false
		}
	}
	return true
}

// closed ends a document that was cut: after the last value that is whole, with
// what closes all that is open there.
func closed(doc []byte) []byte {
	var open []byte
	inString, slash := false, false
	safe, depth := 0, 0 // where it can be closed, and how much is open there
	for i, c := range doc {
		if inString {
			switch {
			case slash:
				slash = false
			case c == '\\':
				slash = true
			case c == '"':
				inString = false
			}
			continue
		}
		switch c {
		case '"':
			inString = true
		case '{', '[':
			open = append(open, c)
		case '}', ']':
			if len(open) == 0 {
				return doc[:i]
			}
			open = open[:len(open)-1]
			safe, depth = i+1, len(open)
		case ',':
			safe, depth = i, len(open)
		}
	}
	if len(open) == 0 && !inString || safe == 0 {
		return doc
	}
	out := append([]byte(nil), doc[:safe]...)
	for i := depth - 1; i >= 0; i-- {
		if open[i] == '{' {
			out = append(out, '}')
		} else {
			out = append(out, ']')
		}
	}
	return out
}

// readJest reads jest's --json, which vitest's json reporter writes too.
func readJest(doc []byte, _ bool, c *collector) bool {
	var v struct {
		TestResults *[]struct {
			Name, Status, Message string
			AssertionResults      []struct {
				AncestorTitles  []string
				Title, Status   string
				FullName        string
				Duration        float64 // milliseconds
				FailureMessages []string
				Invocations     int
				RetryReasons    []string
				Location        *struct{ Line int }
			}
		}
	}
	if !decode(doc, &v) || v.TestResults == nil {
		return false
	}
	for _, file := range *v.TestResults {
		c.pkg(file.Name)
		failed := false
		for _, a := range file.AssertionResults {
			tc := analysis.TestCase{
				Package: file.Name, File: file.Name, Elapsed: milliseconds(a.Duration),
				Name:    strings.Join(append(nonEmpty(a.AncestorTitles), a.Title), nested),
				Passed:  a.Status == "passed",
				Skipped: a.Status == "pending" || a.Status == "skipped" || a.Status == "todo" || a.Status == "disabled",
			}
			if a.Location != nil {
				tc.Line = a.Location.Line
			}
			if tc.Failed() {
				failed = true
				tc.Output = strings.Join(a.FailureMessages, "\n")
				tc.Message = firstLine(escape.ReplaceAllString(tc.Output, ""))
			}
			tc.Flaky = tc.Passed && (a.Invocations > 1 || len(a.RetryReasons) > 0)
			c.add(tc)
		}
		if file.Status == "failed" && !failed {
			c.add(analysis.TestCase{Package: file.Name, File: file.Name, Error: true, Output: file.Message, Message: firstLine(file.Message)})
		}
	}
	return true
}

// nested joins the titles of suites and of the test in them.
const nested = " > "

func nonEmpty(list []string) []string {
	out := make([]string, 0, len(list)+1)
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// readMocha reads mocha's json reporter. tests holds every test; a hook that
// failed is in failures alone.
func readMocha(doc []byte, whole bool, c *collector) bool {
	type test struct {
		Title, FullTitle, File string
		Duration               *float64 // milliseconds; what did not run has none
		CurrentRetry           int
		Err                    struct{ Message, Stack string }
	}
	var v struct {
		Stats                    *struct{ Tests, Passes, Pending, Failures int }
		Tests, Pending, Failures []test
	}
	if !decode(doc, &v) || v.Stats == nil {
		return false
	}
	type key struct{ file, title string }
	pending, failing := map[key]int{}, map[key]int{}
	for _, t := range v.Pending {
		pending[key{t.File, t.FullTitle}]++
	}
	for _, t := range v.Failures {
		failing[key{t.File, t.FullTitle}]++
	}
	before := c.counts()
	add := func(t *test, failed bool) {
		k := key{t.File, t.FullTitle}
		c.pkg(t.File)
		tc := analysis.TestCase{
			Package: t.File, File: t.File, Name: t.FullTitle, Flaky: t.CurrentRetry > 0 && !failed,
		}
		if t.Duration != nil {
			tc.Elapsed = milliseconds(*t.Duration)
		}
		switch {
		case failed:
			tc.Output, tc.Message = t.Err.Stack, firstLine(t.Err.Message)
			if tc.Output == "" {
				tc.Output = t.Err.Message
			}
		case pending[k] > 0 || t.Duration == nil:
			pending[k]--
			tc.Skipped, tc.Flaky = true, false
		default:
			tc.Passed = true
		}
		c.add(tc)
	}
	for i := range v.Tests {
		t := &v.Tests[i]
		k := key{t.File, t.FullTitle}
		failed := t.Err.Message != "" || t.Err.Stack != "" || failing[k] > 0
		if failing[k] > 0 {
			failing[k]--
		}
		add(t, failed)
	}
	for i := range v.Failures { // hooks
		t := &v.Failures[i]
		if k := (key{t.File, t.FullTitle}); failing[k] > 0 {
			failing[k]--
			add(t, true)
		}
	}
	if whole && len(v.Tests) < v.Stats.Tests {
		c.doubt("mocha counts " + strconv.Itoa(v.Stats.Tests) + " tests, and names " + strconv.Itoa(len(v.Tests)))
		c.said(before, counts{v.Stats.Passes, v.Stats.Failures, -1, v.Stats.Pending})
	}
	return true
}
