package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis"
	printed "github.com/dejafix/dejafix/analysis/report"
)

// A reportsResult is what `eval reports --json` prints.
type reportsResult struct {
	Files      int          `json:"files"`
	Understood int          `json:"understood"` // with test results or diagnostics
	Compared   int          `json:"compared"`   // with a row of --expect
	Agree      int          `json:"agree"`
	Bytes      int64        `json:"bytes"`
	MS         float64      `json:"ms"`
	Totals     reportTotals `json:"totals"`
	Reports    []*oneReport `json:"reports"`
}

type reportTotals struct {
	Tests   int `json:"tests"`
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Error   int `json:"error"`
	Skipped int `json:"skipped"`
}

func (t *reportTotals) add(o reportTotals) {
	t.Tests, t.Passed, t.Failed, t.Error, t.Skipped = t.Tests+o.Tests, t.Passed+o.Passed, t.Failed+o.Failed, t.Error+o.Error, t.Skipped+o.Skipped
}

// oneReport is what one file holds. total and failed are counted as gotestsum
// counts: total without packages that failed as a whole, failed with them.
type oneReport struct {
	File        string       `json:"file"`
	Readers     []string     `json:"readers"`
	Totals      reportTotals `json:"totals"`
	Total       int          `json:"total"`
	Broken      int          `json:"broken"`
	Unlisted    bool         `json:"unlisted"`
	Packages    []string     `json:"packages"`
	Failed      []reportCase `json:"failed"`
	Skipped     []reportCase `json:"skipped"`
	Cases       []reportCase `json:"cases"`
	Errors      int          `json:"errors"` // lines of builds
	Diagnostics int          `json:"diagnostics"`
	Doubts      []string     `json:"doubts"`
	Agree       *bool        `json:"agree,omitempty"`
	Differs     []string     `json:"differs,omitempty"`
}

// reportCase has the names of both peers for the same.
type reportCase struct {
	Package string  `json:"package"`
	Test    string  `json:"test"`
	Class   string  `json:"class"`
	Name    string  `json:"name"`
	Status  string  `json:"status"`
	Seconds float64 `json:"seconds"`
	Message string  `json:"message,omitempty"`
	Output  string  `json:"output,omitempty"`
	Flaky   bool    `json:"flaky,omitempty"`
}

func newEvalReports(a *app) *cobra.Command {
	var expect []string
	cmd := &cobra.Command{
		Use:   "reports FILE… [--expect FILE…]",
		Short: "Read recorded test runs and say what they hold",
		Long: `reports reads each FILE as the output of a test run: JSON lines, XML or text, told
by what it holds. With --expect, files of JSON lines with the reading of another
program ("file", then "totals" or "total" and "failed"), it says where the two differ.`,
		Args: argsNamed("a FILE…"),
		RunE: func(_ *cobra.Command, args []string) error {
			wanted, err := readExpected(expect)
			if err != nil {
				return err
			}
			r := reportsResult{Reports: []*oneReport{}}
			for _, name := range args {
				one, err := readReport(name, &r)
				if err != nil {
					return err
				}
				if w := expectedOf(wanted, name); w != nil {
					one.compare(w)
					r.Compared++
					if *one.Agree {
						r.Agree++
					}
				}
				r.Reports = append(r.Reports, one)
			}
			if a.json {
				return json.NewEncoder(a.out).Encode(r)
			}
			return printReports(a.out, &r)
		},
	}
	cmd.Flags().StringArrayVar(&expect, "expect", nil, "compare with the rows of `FILE`")
	return cmd
}

func readReport(name string, r *reportsResult) (*oneReport, error) {
	f, err := openInput(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := &counted{r: f}
	begun := time.Now()
	run := printed.ReadRun(in, printed.Options{})
	r.MS += float64(time.Since(begun).Microseconds()) / 1000
	r.Bytes += in.n
	r.Files++
	if len(run.Readers) > 0 {
		r.Understood++
	}
	one := &oneReport{
		File: name, Readers: nonNil(run.Readers), Total: run.Total(), Broken: run.Broken, Unlisted: run.Unlisted,
		Totals:   reportTotals{run.Total(), run.Passed, run.Failed, run.Errored, run.Skipped},
		Packages: nonNil(run.Packages), Failed: []reportCase{}, Skipped: []reportCase{}, Cases: []reportCase{},
		Errors: run.Builds, Diagnostics: len(run.Findings), Doubts: nonNil(run.Doubts),
	}
	slices.Sort(one.Packages)
	r.Totals.add(one.Totals)
	for i := range run.Cases {
		c := caseOf(&run.Cases[i])
		if run.Cases[i].Failed() {
			one.Failed = append(one.Failed, c)
		}
		c.Output = ""
		if run.Cases[i].Skipped {
			one.Skipped = append(one.Skipped, c)
		}
		if c.Name != "" {
			one.Cases = append(one.Cases, c)
		}
	}
	return one, nil
}

func caseOf(c *analysis.TestCase) reportCase {
	r := reportCase{
		Package: c.Package, Test: c.Name, Class: c.Package, Name: c.Name, Status: "failed", Seconds: c.Elapsed.Seconds(),
		Message: c.Message, Output: c.Output, Flaky: c.Flaky,
	}
	switch {
	case c.Passed:
		r.Status = "passed"
	case c.Skipped:
		r.Status = "skipped"
	case c.Error:
		r.Status = "error"
	}
	return r
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// counted counts what is read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// expectedReport is the reading of another program: go-junit's has totals,
// gotestsum's total.
type expectedReport struct {
	File   string
	Error  string
	Totals *reportTotals
	Cases  []struct{ Class, Name, Status string }
	Total  *int
	Failed []struct{ Package, Test string }
	// Skipped is a list of anything.
	Skipped []json.RawMessage
}

func readExpected(names []string) ([]expectedReport, error) {
	var out []expectedReport
	for _, name := range names {
		f, err := openInput(name)
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			var e expectedReport
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil && e.File == "" {
				f.Close()
				return nil, problemf("mend the file; a measurement needs all of it", "%s: %w", name, err)
			}
			out = append(out, e)
		}
		f.Close()
		if err := lines.Err(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// expectedOf is the row whose file a name ends in.
func expectedOf(rows []expectedReport, name string) *expectedReport {
	name = filepath.ToSlash(filepath.Clean(name))
	for i := range rows {
		file := strings.TrimPrefix(filepath.ToSlash(rows[i].File), "./")
		if name == file || strings.HasSuffix(name, "/"+file) {
			return &rows[i]
		}
	}
	return nil
}

// compare notes where the reading of another program differs.
func (r *oneReport) compare(w *expectedReport) {
	differ := func(format string, args ...any) { r.Differs = append(r.Differs, fmt.Sprintf(format, args...)) }
	switch {
	case w.Totals != nil:
		if r.Totals != *w.Totals {
			differ("totals %+v, expected %+v", r.Totals, *w.Totals)
		}
		want := map[string]int{}
		for _, c := range w.Cases {
			want[cmp.Or(c.Name, c.Class, "?")+" "+c.Status]++ // one without a name goes by its class
		}
		for _, c := range r.Cases {
			want[c.Name+" "+c.Status]--
		}
		for key, n := range want {
			if n > 0 {
				differ("%d times not found: %s", n, key)
			}
		}
	case w.Total != nil:
		if r.Total != *w.Total {
			differ("total %d, expected %d", r.Total, *w.Total)
		}
		if len(r.Skipped) != len(w.Skipped) {
			differ("%d skipped, expected %d", len(r.Skipped), len(w.Skipped))
		}
		want := map[string]int{}
		for _, c := range w.Failed {
			want[c.Package+" "+c.Test]++
		}
		for _, c := range r.Failed {
			want[c.Package+" "+c.Test]--
		}
		for key, n := range want {
			if n != 0 {
				differ("failed %s: %d times less than expected", key, n)
			}
		}
	default:
		if w.Error != "" {
			differ("the other could not read it: %s", w.Error)
		}
	}
	slices.Sort(r.Differs)
	agree := len(r.Differs) == 0
	r.Agree = &agree
}

// printReports prints a line for each file.
func printReports(w io.Writer, r *reportsResult) error {
	rows := [][]string{{"FILE", "LOOKS LIKE", "TESTS", "PASSED", "FAILED", "ERRORS", "SKIPPED", "BROKEN", "DIAGNOSTICS", "NOTES"}}
	for _, one := range r.Reports {
		notes := slices.Concat(one.Differs, one.Doubts)
		t := one.Totals
		rows = append(rows, []string{
			one.File, strings.Join(one.Readers, ", "), strconv.Itoa(t.Tests), strconv.Itoa(t.Passed), strconv.Itoa(t.Failed),
			strconv.Itoa(t.Error), strconv.Itoa(t.Skipped), strconv.Itoa(one.Broken), strconv.Itoa(one.Diagnostics), strings.Join(notes, "; "),
		})
	}
	if err := table(w, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s, %d understood, %d of %d as expected; %s in %.0f ms\n", count(r.Files, "file", "files"), r.Understood, r.Agree, r.Compared, size(r.Bytes), r.MS)
	return err
}
