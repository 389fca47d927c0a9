package report

import (
	"regexp"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// mavenReader reads what Maven's surefire and failsafe plugins print. Tests that
// passed are only counted.
type mavenReader struct {
	c      *collector
	before counts
	block  *analysis.TestCase
	text   piece
	runs   map[string]int // place of a test in cases
	cases  []*analysis.TestCase
	flakes bool
	sum    counts // of the classes, where the end is missing
}

var (
	mavenTally = regexp.MustCompile(`^(?:\[\w+\] +)?Tests run: *(\d+), Failures: *(\d+), Errors: *(\d+), Skipped: *(\d+)(?:, Flakes: *(\d+))?(, Time elapsed: .*)?$`)
	mavenTest  = regexp.MustCompile(`^(?:\[ERROR\] +)?(\S.*?)(?: --)?\s+Time elapsed: ([\d.,]+) (?:s|sec)\s+<<< (FAILURE|ERROR)!(?: -- in .*)?$`)
	mavenOld   = regexp.MustCompile(`^(.+)\(([\w.$]+)\)(.*)$`)
	mavenClass = regexp.MustCompile(`^(?:\[INFO\] +)?Running ([\w.$]+)$`)
)

func startsMaven(line string) bool {
	if strings.HasSuffix(line, " T E S T S") {
		return true
	}
	return strings.Contains(line, "Tests run:") && mavenTally.MatchString(line)
}

func newMavenReader(c *collector) lineReader {
	return &mavenReader{c: c, before: c.counts(), runs: map[string]int{}}
}

func (r *mavenReader) line(line string) bool {
	if strings.Contains(line, "Tests run:") {
		if m := mavenTally.FindStringSubmatch(line); m != nil {
			r.endBlock()
			n := counts{0, number(m[2]), number(m[3]), number(m[4])}
			n.passed = max(number(m[1])-n.failed-n.errored-n.skipped, 0)
			if m[6] == "" {
				r.end(n)
			} else {
				r.sum = counts{r.sum.passed + n.passed, r.sum.failed + n.failed, r.sum.errored + n.errored, r.sum.skipped + n.skipped}
			}
			return false
		}
	}
	if strings.Contains(line, "<<< ") {
		if m := mavenTest.FindStringSubmatch(line); m != nil && !strings.HasPrefix(m[1], "Tests run:") {
			r.endBlock()
			r.begin(m)
			return false
		}
	}
	if after, ok := strings.CutPrefix(line, "[WARNING] "); ok {
		name := after
		if name == "Flakes: " || name == "Flakes:" {
			r.endBlock()
			r.flakes = true
		} else if at, ok := r.runs[strings.TrimSpace(name)]; ok && r.flakes {
			// It passed when it was run again.
			tc := r.cases[at]
			tc.Passed, tc.Flaky, tc.Error = true, true, false
		}
		return false
	}
	if m := mavenClass.FindStringSubmatch(line); m != nil {
		r.endBlock()
		r.c.pkg(m[1])
		return false
	}
	if r.block != nil {
		if line == "" || strings.HasPrefix(line, "[INFO]") || strings.HasPrefix(line, "[ERROR]") || strings.HasPrefix(line, "[WARNING]") {
			if r.text.len() > 0 {
				r.endBlock()
			}
		} else {
			r.text.line(line)
		}
	}
	return false
}

func (r *mavenReader) begin(m []string) {
	tc := &analysis.TestCase{Elapsed: xmlSeconds(m[2]), Error: m[3] == "ERROR"}
	if old := mavenOld.FindStringSubmatch(m[1]); old != nil && strings.Contains(old[2], ".") {
		tc.Name, tc.Package = old[1]+old[3], old[2] // test(some.Class)
	} else {
		// some.Class.test(String)[2]
		end := strings.IndexAny(m[1], "([")
		if end < 0 {
			end = len(m[1])
		}
		if i := strings.LastIndexByte(m[1][:end], '.'); i > 0 {
			tc.Package, tc.Name = m[1][:i], m[1][i+1:]
		} else {
			tc.Name = m[1]
		}
	}
	r.block = tc
	r.text.reset()
}

func (r *mavenReader) endBlock() {
	tc := r.block
	if tc == nil {
		return
	}
	r.block = nil
	tc.Output = r.text.String()
	tc.Message = firstLine(tc.Output)
	key := tc.Package + "." + tc.Name
	if at, ok := r.runs[key]; ok {
		*r.cases[at] = *tc // it was run again
		return
	}
	if len(r.cases) < maxRunning {
		r.runs[key] = len(r.cases)
		r.cases = append(r.cases, tc)
	}
}

// end takes the counts of the whole run. A test that failed first and passed
// when it was run again is a flake there: it is not among the failures.
func (r *mavenReader) end(n counts) {
	for _, tc := range r.cases {
		r.c.keep(*tc)
	}
	r.c.run.Passed += n.passed
	r.c.run.Failed += n.failed
	r.c.run.Errored += n.errored
	r.c.run.Skipped += n.skipped
	r.c.run.Unlisted = true
	r.cases, r.runs, r.sum = nil, map[string]int{}, counts{}
}

func (r *mavenReader) close() {
	r.endBlock()
	if len(r.cases) > 0 || r.sum != (counts{}) {
		r.c.doubt("the output of Maven ends before its results")
		r.end(r.sum)
	}
}

// gradleReader reads what Gradle prints of tests: by default those that failed.
type gradleReader struct {
	c      *collector
	before counts
	block  *analysis.TestCase
	text   piece
	listed bool
}

var (
	gradleTest  = regexp.MustCompile(`^(\S.*?) > (.+) (PASSED|FAILED|SKIPPED)$`)
	gradleTally = regexp.MustCompile(`^(\d+) tests? completed(?:, (\d+) failed)?(?:, (\d+) skipped)?$`)
)

func startsGradle(line string) bool {
	return strings.HasPrefix(line, "> Task :") && (strings.HasSuffix(line, "est") || strings.Contains(line, "est FAILED"))
}

func newGradleReader(c *collector) lineReader {
	return &gradleReader{c: c, before: c.counts()}
}

func (r *gradleReader) line(line string) bool {
	if m := gradleTest.FindStringSubmatch(line); m != nil {
		r.endBlock()
		r.c.pkg(m[1])
		tc := &analysis.TestCase{Package: m[1], Name: m[2], Passed: m[3] == "PASSED", Skipped: m[3] == "SKIPPED"}
		if tc.Failed() {
			r.block = tc
			r.text.reset()
		} else {
			r.listed = r.listed || tc.Passed
			r.c.add(*tc)
		}
		return false
	}
	if m := gradleTally.FindStringSubmatch(line); m != nil {
		r.endBlock()
		failed, skipped := number(m[2]), number(m[3])
		r.c.said(r.before, counts{max(number(m[1])-failed-skipped, 0), failed, -1, skipped})
		r.before = r.c.counts()
		r.c.run.Unlisted = r.c.run.Unlisted || !r.listed
		return true
	}
	if r.block != nil {
		if strings.HasPrefix(line, " ") {
			r.text.line(line)
		} else if line != "" {
			r.endBlock()
		}
	}
	return strings.HasPrefix(line, "BUILD ")
}

func (r *gradleReader) endBlock() {
	if r.block == nil {
		return
	}
	r.block.Output = r.text.String()
	r.block.Message = firstLine(r.block.Output)
	r.c.add(*r.block)
	r.block = nil
}

func (r *gradleReader) close() { r.endBlock() }
