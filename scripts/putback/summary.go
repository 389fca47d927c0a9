package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/dejafix/dejafix/analysis/identity"
)

// mostRecord bounds one line of a file of records.
const mostRecord = 16 << 20

// floors are the chances from which on something checked would be shown.
var floors = []float64{0, .1, .2, .3, .4, .5, .6, .7, .8, .9}

// summarize prints the tables of records.
func summarize(w io.Writer, names []string) error {
	var all []record
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		sc := bufio.NewScanner(f)
		sc.Buffer(make([]byte, 64<<10), mostRecord)
		for n := 1; sc.Scan(); n++ {
			var r record
			if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
				f.Close()
				return fmt.Errorf("%s, line %d: %w", name, n, err)
			}
			all = append(all, r)
		}
		f.Close()
		if err := sc.Err(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	families := map[string][]record{}
	for _, r := range all {
		families[family(r.Language)] = append(families[family(r.Language)], r)
	}
	for _, name := range slices.Sorted(maps.Keys(families)) {
		list := families[name]
		fmt.Fprintf(t, "%s: %d cases\n\n", name, len(list))
		judging(t, list)
		for _, learned := range ways(list) {
			suggesting(t, list, learned)
		}
	}
	return t.Flush()
}

// family puts the languages of one compiler together.
func family(language string) string {
	if f := identity.Family(language); f != "javascript" {
		return f
	}
	return "typescript"
}

func ways(list []record) []string {
	var out []string
	for _, r := range list {
		for _, a := range r.Asked {
			if !slices.Contains(out, a.Learned) {
				out = append(out, a.Learned)
			}
		}
	}
	return out
}

// judging is the table of what is said of real repairs and of wrong edits.
func judging(w io.Writer, list []record) {
	fmt.Fprintln(w, "REPOSITORY\tCASES\tREAL: CHECKED\tREFUTED\tUNKNOWN\tP50 MS\tP95 MS\tWRONG EDITS\tREFUTED\tUNKNOWN\tCHECKED\tOF THOSE COMPILE\t")
	line := func(name string, list []record) {
		var own, wrong []judged
		for _, r := range list {
			own, wrong = append(own, r.Real), append(wrong, r.Wrong...)
		}
		tried := slices.DeleteFunc(slices.Clone(wrong), func(j judged) bool { return j.Compiles != passes && j.Compiles != fails })
		times := make([]int64, 0, len(own))
		for _, j := range own {
			times = append(times, j.Ms)
		}
		slices.Sort(times)
		compile := len(slices.DeleteFunc(slices.Clone(tried), func(j judged) bool { return j.Compiles != passes }))
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\t%s\t%d of %d\t\n", name, len(list),
			counted(own, "checked"), counted(own, "refuted"), counted(own, "unknown"), times[len(times)/2], times[len(times)*95/100],
			len(wrong), counted(wrong, "refuted"), counted(wrong, "unknown"), counted(wrong, "checked"), compile, len(tried))
	}
	by := map[string][]record{}
	causes := map[string]int{}
	for _, r := range list {
		by[r.Repo] = append(by[r.Repo], r)
		if r.Real.Cause != "" {
			causes[r.Real.Cause]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		line(name, by[name])
	}
	line("all", list)
	fmt.Fprintf(w, "\nreal repairs unknown: %s\n\n", commonest(causes))
}

// counted is how many of a list have a verdict, and their share.
func counted(list []judged, verdict string) string {
	n := 0
	for _, j := range list {
		if j.Verdict == verdict {
			n++
		}
	}
	return part(n, len(list))
}

func part(n, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%d (%.2f)", n, float64(n)/float64(of))
}

func commonest(counts map[string]int) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	for i, name := range names {
		names[i] = fmt.Sprintf("%d %s", counts[name], name)
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// suggesting are the tables of what a pupil said.
func suggesting(w io.Writer, list []record, learned string) {
	var tops []suggested
	var list3 []judged
	causes := map[string]int{}
	var all []shown
	deletes, equal3 := 0, 0
	for _, r := range list {
		for _, a := range r.Asked {
			if a.Learned != learned {
				continue
			}
			if len(a.Suggested) > 0 {
				tops = append(tops, a.Suggested[0])
			}
			for _, s := range a.Suggested {
				list3 = append(list3, s.judged)
				if s.Cause != "" {
					causes[s.Cause]++
				}
				if s.Deletes && s.Verdict == "checked" {
					deletes++
				}
			}
			if slices.ContainsFunc(a.Suggested, func(s suggested) bool { return s.Equal }) {
				equal3++
			}
			if a.Shown != nil {
				all = append(all, *a.Shown)
			}
		}
	}
	first := make([]judged, 0, len(tops))
	equal := 0
	for _, s := range tops {
		first = append(first, s.judged)
		if s.Equal {
			equal++
		}
	}
	fmt.Fprintf(w, "learned from %s: a suggestion in %s cases, the first equal to the commit's own in %s, one of three in %s; only deletes and checked: %d\n",
		learned, part(len(tops), len(list)), part(equal, len(list)), part(equal3, len(list)), deletes)
	fmt.Fprintf(w, "verdicts of the first: checked %s, refuted %s, unknown %s; of all %d: checked %s, refuted %s, unknown %s (%s)\n\n",
		counted(first, "checked"), counted(first, "refuted"), counted(first, "unknown"),
		len(list3), counted(list3, "checked"), counted(list3, "refuted"), counted(list3, "unknown"), commonest(causes))
	fmt.Fprintln(w, "SHOWN WHEN\tSHOWN\tTESTS PASS\tOF THESE EQUAL\tCOMPILE\tAMID OTHER ERRORS\tEQUAL\tOR A PART\tFILE CLEAN\t")
	line := func(name string, fits func(s shown) bool) {
		n, tested, pass, same, compiled, compile, amid, equal, parts, clean := 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
		for _, s := range all {
			if !fits(s) {
				continue
			}
			n++
			switch {
			case s.Left > 0 && !s.Part:
				// What the commit did to the other errors may not go with it: nothing
				// can be tried.
				amid++
				s.Tests, s.Compiles = untold, untold
			case s.Tests == passes && (s.Equal || s.Part):
				same++
			}
			if s.Tests != untold {
				tested++
			}
			if s.Tests == passes {
				pass++
			}
			if s.Compiles != untold {
				compiled++
			}
			if s.Compiles == passes {
				compile++
			}
			if s.Equal {
				equal++
			}
			if s.Equal || s.Part {
				parts++
			}
			if s.Left == 0 {
				clean++
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%d of %s\t%d\t%d of %s\t%d\t%s\t%s\t%s\t\n", name, part(n, len(list)),
			pass, share(pass, tested), same, compile, share(compile, compiled), amid, part(equal, n), part(parts, n), part(clean, n))
	}
	for _, floor := range floors {
		line(fmt.Sprintf("checked, chance %.1f", floor), func(s shown) bool { return s.Verdict == "checked" && s.Probability >= floor })
	}
	line("not checked, chance 0.8", func(s shown) bool { return s.Verdict != "checked" })
	fmt.Fprintln(w)
}

// share is "N (share)" of what was counted to the left of it.
func share(n, of int) string {
	if of == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%.2f)", of, float64(n)/float64(of))
}
