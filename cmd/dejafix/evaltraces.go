package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/trace"
)

// A tracesResult is what `eval traces --json` prints.
type tracesResult struct {
	Rows       int                     `json:"rows"`
	Found      int                     `json:"found"`       // rows in which a trace was found
	Expected   int                     `json:"expected"`    // rows that say what is to be found
	AsExpected int                     `json:"as_expected"` // of these, the frames are so
	Typed      int                     `json:"typed"`       // rows that say what was thrown
	TypeRight  int                     `json:"type_right"`
	Bytes      int64                   `json:"bytes"`
	MS         float64                 `json:"ms"` // of finding, in all
	Languages  map[string]*traceCounts `json:"languages"`
	Misses     []traceMiss             `json:"misses"`
	Truth      traceTruth              `json:"truth"`
	Grouping   traceGrouping           `json:"grouping"`
}

type traceCounts struct {
	Rows       int `json:"rows"`
	Expected   int `json:"expected"`
	AsExpected int `json:"as_expected"`
}

// A traceMiss is a row whose frames are not as expected, and the first
// difference.
type traceMiss struct {
	ID       string `json:"id"`
	Language string `json:"language"`
	Why      string `json:"why"`
	Agree    *bool  `json:"peers_agree,omitempty"` // several parsers expect the same; left out where there is one
}

// traceTruth counts, of rows that say what the real repair changed, where the
// chosen call of the user's own is in a changed file, and where any call is:
// no choice could do better.
type traceTruth struct {
	Known   int `json:"known"`
	InFile  int `json:"in_file"`
	Ceiling int `json:"ceiling"`
}

// traceGrouping counts pairs of rows of one source that say of which bug or test
// they are.
type traceGrouping struct {
	Rows      int     `json:"rows"`
	Same      int     `json:"same"`       // pairs of one bug or test
	SamePlace int     `json:"same_place"` // of these, those that fail in the same function
	Joined    int     `json:"joined"`     // of same: one fingerprint
	Wrong     int     `json:"wrong"`      // pairs of different ones with one fingerprint
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	F1Place   float64 `json:"f1_same_place"` // where only same_place could be joined
	OverMerge float64 `json:"over_merge"`    // share of rows that are with one of another bug
}

func newEvalTraces(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "traces FILE…",
		Short: "Compare recorded stack traces with what is expected of them",
		Long: `traces reads rows of JSON with a text, and, where they have it, what other parsers
found in it (expected), what the real repair changed (truth), and the bug or test that
it is of (bug, test, program). It says how many traces have the frames that are
expected, whether the call that is chosen is in a file that was changed, and whether
failures of one bug get one fingerprint.`,
		Args: argsNamed("a FILE…"),
		RunE: func(_ *cobra.Command, args []string) error {
			e := &tracesEval{r: tracesResult{Languages: map[string]*traceCounts{}, Misses: []traceMiss{}}}
			for _, name := range args {
				if err := e.file(name); err != nil {
					return err
				}
			}
			e.finish()
			if a.json {
				return json.NewEncoder(a.out).Encode(&e.r)
			}
			return printTracesEval(a.out, &e.r)
		},
	}
}

// A traceRow is one recorded trace.
type traceRow struct {
	ID       string          `json:"id"`
	Language string          `json:"language"`
	Text     string          `json:"text"`
	Source   string          `json:"source"`
	Bug      string          `json:"bug"`
	Test     string          `json:"test"`
	Program  string          `json:"program"`
	Expected json.RawMessage `json:"expected"`
	Truth    *struct {
		Fixed []struct {
			File string `json:"file"`
		} `json:"fixed"`
		File string `json:"file"`
	} `json:"truth"`
}

// label is the bug or test that a row is of, "" when it does not say. A program
// is one only where the repair of it is known; elsewhere it is the whole text.
func (r *traceRow) label() string {
	switch {
	case r.Test != "" && r.Truth == nil: // bugs that share a failing test are not told apart by it
		return r.Test
	case r.Bug != "":
		return r.Bug
	case r.Truth != nil:
		return r.Program
	}
	return ""
}

type labelled struct {
	source, label, print, place string
}

type tracesEval struct {
	r    tracesResult
	rows []labelled
}

func (e *tracesEval) file(name string) error {
	f, err := openInput(name)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReader(f)
	for n := 1; ; n++ {
		line, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return problemf("name a file that can be read", "%s: %w", name, err)
		}
		if strings.TrimSpace(line) != "" {
			var row traceRow
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				return problemf("mend the file; a measurement needs all of it", "%s, line %d: %w", name, n, err)
			}
			e.row(&row)
		}
		if err != nil {
			return nil
		}
	}
}

func (e *tracesEval) row(row *traceRow) {
	start := time.Now()
	ts := trace.Find(row.Text)
	e.r.MS += float64(time.Since(start)) / float64(time.Millisecond)
	e.r.Bytes += int64(len(row.Text))
	e.r.Rows++
	counts := e.r.Languages[row.Language]
	if counts == nil {
		counts = &traceCounts{}
		e.r.Languages[row.Language] = counts
	}
	counts.Rows++
	if len(ts) > 0 {
		e.r.Found++
	}
	if len(row.Expected) > 0 && string(row.Expected) != "null" {
		e.r.Expected++
		counts.Expected++
		var x expectedTrace
		var why string
		if err := json.Unmarshal(row.Expected, &x); err != nil {
			why = "what is expected cannot be read: " + err.Error()
		} else {
			why = x.differs(row.Language, ts)
			if x.Type != "" {
				e.r.Typed++
				if slices.ContainsFunc(ts, func(t analysis.Trace) bool { return t.Type == x.Type }) {
					e.r.TypeRight++
				}
			}
		}
		if why == "" {
			e.r.AsExpected++
			counts.AsExpected++
		} else {
			e.r.Misses = append(e.r.Misses, traceMiss{row.ID, row.Language, why, x.Agree})
		}
	}
	if len(ts) == 0 {
		return
	}
	t := &ts[0]
	trace.Analyse(t, trace.Known{})
	root, at := trace.FailurePoint(t)
	if row.Truth != nil {
		e.r.Truth.Known++
		changed := []string{}
		for _, f := range row.Truth.Fixed {
			changed = append(changed, f.File)
		}
		if row.Truth.File != "" {
			changed = append(changed, row.Truth.File)
		}
		if slices.ContainsFunc(allFrames(t), func(f analysis.Frame) bool { return isOneOf(&f, changed) }) {
			e.r.Truth.Ceiling++
			if at >= 0 && isOneOf(&root.Frames[at], changed) {
				e.r.Truth.InFile++
			}
		}
	}
	if label := row.label(); label != "" {
		l := labelled{row.Source, label, t.Fingerprint, ""}
		if at >= 0 {
			l.place = root.Frames[at].Module + "\x00" + root.Frames[at].Function
		}
		e.rows = append(e.rows, l)
	}
}

// allFrames are the frames of a trace and of its causes and companions, in the
// order in which they are printed.
func allFrames(t *analysis.Trace) []analysis.Frame {
	out := slices.Clone(t.Frames)
	for i := range t.Others {
		out = append(out, allFrames(&t.Others[i])...)
	}
	if t.Cause != nil {
		out = append(out, allFrames(t.Cause)...)
	}
	return out
}

// isOneOf reports whether a frame is in one of the files.
func isOneOf(f *analysis.Frame, files []string) bool {
	file := strings.TrimPrefix(strings.ReplaceAll(f.File, `\`, "/"), "./")
	if !strings.Contains(file, "/") && f.Module != "" {
		class, _, _ := strings.Cut(f.Module, "$")
		if dot := strings.LastIndexByte(class, '.'); dot > 0 {
			file = strings.ReplaceAll(class[:dot], ".", "/") + "/" + file
		}
	}
	return file != "" && slices.ContainsFunc(files, func(x string) bool {
		return x == file || strings.HasSuffix(x, "/"+file) || strings.HasSuffix(file, "/"+x)
	})
}

// An expectedTrace is what other parsers found. Its forms are those of the
// parsers.
type expectedTrace struct {
	Type       string          `json:"type"`
	File       string          `json:"file"` // PHP: where it was thrown
	Line       int             `json:"line"`
	Frames     []expectedFrame `json:"frames"`
	Goroutines []struct {
		Frames    []expectedFrame `json:"frames"`
		CreatedBy []expectedFrame `json:"created_by"`
	} `json:"goroutines"`
	ErrorStackParser []expectedFrame `json:"error_stack_parser"`
	StacktraceParser []expectedFrame `json:"stacktrace_parser"`
	Tracekit         []expectedFrame `json:"tracekit_spec"`
	Agree            *bool           `json:"peers_agree"`
}

type expectedFrame struct {
	Module   string `json:"module"`
	Function string `json:"function"`
	Call     string `json:"call"` // PHP: with arguments
	File     string `json:"file"`
	Line     int    `json:"line"`
	Col      int    `json:"col"`
}

// differs says what is not as expected, "" when all is.
func (x *expectedTrace) differs(language string, ts []analysis.Trace) string {
	switch {
	case x.Goroutines != nil:
		// The other access of a race is a goroutine of its own there.
		for i := range ts {
			ts = append(ts, ts[i].Others...)
		}
		for i, g := range x.Goroutines {
			if i == len(ts) {
				return fmt.Sprintf("%d goroutines, expected %d", len(ts), len(x.Goroutines))
			}
			if why := differ(ts[i].Frames, g.Frames); why != "" {
				return why
			}
			if why := differ(ts[i].CreatedBy, g.CreatedBy); why != "" {
				return "created by: " + why
			}
		}
		return ""
	case x.ErrorStackParser != nil || x.StacktraceParser != nil:
		var got []analysis.Frame
		if len(ts) > 0 {
			got = allFrames(&ts[0])
		}
		whys := []string{}
		for _, want := range [][]expectedFrame{x.ErrorStackParser, x.StacktraceParser, x.Tracekit} {
			if want == nil {
				continue
			}
			why := differ(got, want)
			if why == "" {
				return ""
			}
			whys = append(whys, why)
		}
		return strings.Join(whys, "; or ")
	}
	var got []analysis.Frame
	for i := range ts {
		got = append(got, allFrames(&ts[i])...)
	}
	if language == "python" { // as printed: most recent call last
		slices.Reverse(got)
	}
	if language == "php" {
		if len(got) == 0 || got[0].File != x.File || got[0].Line != x.Line {
			return "not where it was thrown"
		}
		got = got[1:]
	}
	return differ(got, x.Frames)
}

// differ says how frames differ, "" when they do not. Of names only what is
// expected counts; a name that a parser makes up for none counts as none.
func differ(got []analysis.Frame, want []expectedFrame) string {
	if len(got) != len(want) {
		return fmt.Sprintf("%d frames, expected %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		name := w.Function
		if w.Call != "" {
			name, _, _ = strings.Cut(w.Call, "(")
		}
		if name == "<unknown>" || name == "?" {
			name = ""
		}
		if _, symbol, ok := strings.Cut(name, " - "); ok && strings.HasPrefix(name, "0x") {
			name = symbol // with the address that a full backtrace prints
		}
		file := strings.TrimSuffix(w.File, ":")
		switch {
		case file != g.File || w.Line != g.Line || w.Col != 0 && w.Col != g.Column:
			return fmt.Sprintf("call %d is at %s:%d:%d, expected %s:%d:%d", i+1, g.File, g.Line, g.Column, file, w.Line, w.Col)
		case name != "" && g.Function != name && !strings.HasPrefix(name, g.Function+"::h"):
			return fmt.Sprintf("call %d is of %q, expected %q", i+1, g.Function, name)
		case w.Module != "" && g.Module != w.Module:
			return fmt.Sprintf("call %d is of %q, expected %q", i+1, g.Module, w.Module)
		}
	}
	return ""
}

// finish counts the pairs.
func (e *tracesEval) finish() {
	g := &e.r.Grouping
	g.Rows = len(e.rows)
	mixed := make([]bool, len(e.rows))
	for i := range e.rows {
		for j := range i {
			a, b := &e.rows[i], &e.rows[j]
			if a.source != b.source {
				continue
			}
			joined := a.print == b.print && a.print != ""
			switch {
			case a.label == b.label:
				g.Same++
				if joined {
					g.Joined++
				}
				if a.place == b.place && a.place != "" {
					g.SamePlace++
				}
			case joined:
				g.Wrong++
				mixed[i], mixed[j] = true, true
			}
		}
	}
	ratio := func(a, b int) float64 {
		if b == 0 {
			return 0
		}
		return float64(a) / float64(b)
	}
	g.Precision, g.Recall = ratio(g.Joined, g.Joined+g.Wrong), ratio(g.Joined, g.Same)
	g.F1 = ratio(2*g.Joined, g.Joined+g.Wrong+g.Same)
	g.F1Place = ratio(2*g.Joined, g.Joined+g.Wrong+max(g.SamePlace, g.Joined))
	n := 0
	for _, m := range mixed {
		if m {
			n++
		}
	}
	g.OverMerge = ratio(n, len(e.rows))
}

func printTracesEval(w io.Writer, r *tracesResult) error {
	rows := [][]string{{"LANGUAGE", "ROWS", "EXPECTED", "AS EXPECTED"}}
	for _, name := range slices.Sorted(maps.Keys(r.Languages)) {
		c := r.Languages[name]
		rows = append(rows, []string{name, strconv.Itoa(c.Rows), strconv.Itoa(c.Expected), share(c.AsExpected, c.Expected)})
	}
	rows = append(rows, []string{"all", strconv.Itoa(r.Rows), strconv.Itoa(r.Expected), share(r.AsExpected, r.Expected)})
	if err := table(w, rows); err != nil {
		return err
	}
	for _, m := range r.Misses {
		agree := ""
		if m.Agree != nil && !*m.Agree {
			agree = " (the parsers do not agree)"
		}
		fmt.Fprintf(w, "%s: %s%s\n", plain(m.ID), plain(m.Why), agree)
	}
	fmt.Fprintf(w, "found in %d of %d rows; %s in %.0f ms; what was thrown: right in %d of %d\n", r.Found, r.Rows, size(r.Bytes), r.MS, r.TypeRight, r.Typed)
	if r.Truth.Known > 0 {
		fmt.Fprintf(w, "chosen call in a file that the repair changed: %d of %d where any call is (%d rows tell)\n", r.Truth.InFile, r.Truth.Ceiling, r.Truth.Known)
	}
	if g := &r.Grouping; g.Same > 0 {
		fmt.Fprintf(w, "groups: %d of %d pairs of one bug joined (F1 %.2f), %d of them fail in the same function (F1 %.2f); %s; %.1f%% of %d rows are with another bug's\n",
			g.Joined, g.Same, g.F1, g.SamePlace, g.F1Place, count(g.Wrong, "wrong pair", "wrong pairs"), 100*g.OverMerge, g.Rows)
	}
	return nil
}
