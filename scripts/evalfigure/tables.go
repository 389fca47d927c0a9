package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// tables prints the results in Markdown: by source, by language, and how far the
// chance that is said can be believed.
func tables(rs []result) []byte {
	var b bytes.Buffer
	last := &rs[len(rs)-1]
	group(&b, rs, "source", func(r *result) map[string]counts { return r.Sources })
	b.WriteByte('\n')
	group(&b, rs, "language", func(r *result) map[string]counts { return r.Languages })
	fmt.Fprintf(&b, "\nRows asked, above: the %s whose code has one to learn from. Of all %s rows, learned from %s: answered %s, right first %s,\n"+
		"among three %s; doing nothing would be right in %s, replaying the commonest edit of the code in %s. Not among them: %s rows that differ in white space alone and %s without a range.\n"+
		"Equal to the byte: %s of those asked and those of white space alone.\n",
		thousands(last.Taught.Cases), thousands(last.Cases), from(last), short(ratio(last.Answered, last.Cases)), short(ratio(last.Top1, last.Cases)), short(ratio(last.Top3, last.Cases)),
		short(ratio(last.Noop, last.Cases)), short(ratio(last.Verbatim, last.Cases)), thousands(last.FormatOnly), thousands(last.NullRange), thousands(last.Exact))
	b.WriteByte('\n')
	costs(&b, rs)
	said(&b, last)
	return b.Bytes()
}

// from says in words what a run learned from.
func from(r *result) string {
	if r.K == 0 {
		return "all examples of a code"
	}
	return "at most " + r.label() + " examples of a code"
}

// group prints one line for each source or language, those with the most rows
// first: top-1 of each run, top-3 and what is shown unasked of the last.
func group(b *bytes.Buffer, rs []result, kind string, of func(*result) map[string]counts) {
	run := &rs[len(rs)-1]
	last := of(run)
	cells := []string{kind + " (rows asked)"}
	for i := range rs {
		cells = append(cells, rs[i].label())
	}
	cells = append(cells, "top-3, "+run.label(), "shown (right), "+run.label())
	row(b, cells)
	row(b, slices.Repeat([]string{"---"}, len(cells)))
	names := slices.SortedFunc(maps.Keys(last), func(x, y string) int {
		return cmp.Or(cmp.Compare(last[y].Taught.Cases, last[x].Taught.Cases), cmp.Compare(x, y))
	})
	for _, name := range names {
		c := last[name].Taught
		if c.Cases == 0 {
			continue // nothing to learn from, no range, or white space alone
		}
		cells := []string{fmt.Sprintf("%s (%s)", strings.ReplaceAll(name, "|", `\|`), thousands(c.Cases))}
		for i := range rs {
			o := of(&rs[i])[name].Taught
			cells = append(cells, short(ratio(o.Top1, o.Cases)))
		}
		row(b, append(cells, short(ratio(c.Top3, c.Cases)), shown(c)))
	}
	if names := large(rs); kind == "source" && len(names) > 0 {
		cells := []string{fmt.Sprintf("**mean of the %d with %d rows or more**", len(names), least)}
		for i := range rs {
			cells = append(cells, "**"+short(mean(&rs[i], names, top1))+"**")
		}
		row(b, append(cells, "**"+short(mean(run, names, top3))+"**", ""))
	}
	all := run.Taught
	cells = []string{fmt.Sprintf("all rows (%s)", thousands(all.Cases))}
	for i := range rs {
		cells = append(cells, short(ratio(rs[i].Taught.Top1, rs[i].Taught.Cases)))
	}
	row(b, append(cells, short(ratio(all.Top3, all.Cases)), shown(all)))
}

// costs prints what is shown unasked, and what that is worth, of all rows: a
// column for each run.
func costs(b *bytes.Buffer, rs []result) {
	lines := [][]string{{"all rows, learned from"}, {"shown unasked"}, {"right of those"}, {"value per 100 rows"}, {"shown of codes without an example"}}
	for i := range rs {
		c, t := rs[i].counts, rs[i].Taught
		for k, cell := range []string{
			rs[i].label(), short(ratio(c.Shown, c.Cases)), short(ratio(c.ShownRight, c.Shown)),
			fmt.Sprintf("%.1f", 100*c.Value/float64(max(c.Cases, 1))),
			fmt.Sprintf("%d of %s", c.Shown-t.Shown, thousands(c.Cases-t.Cases)),
		} {
			lines[k] = append(lines[k], cell)
		}
	}
	for i, cells := range lines {
		row(b, cells)
		if i == 0 {
			row(b, slices.Repeat([]string{"---"}, len(cells)))
		}
	}
}

func row(b *bytes.Buffer, cells []string) {
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}

// shown is the share that is shown unasked, with the share of it that is right.
func shown(c part) string {
	if c.Shown == 0 {
		return "0"
	}
	return fmt.Sprintf("%s (%s)", short(ratio(c.Shown, c.Cases)), short(ratio(c.ShownRight, c.Shown)))
}

// said prints the reliability of the chances, a column for each tenth.
func said(b *bytes.Buffer, r *result) {
	head, rights, ns := []string{"said on average"}, []string{"right"}, []string{"errors"}
	for _, c := range r.Calibration {
		if c.N > 0 {
			head, rights, ns = append(head, short(c.Said)), append(rights, short(ratio(c.Right, c.N))), append(ns, thousands(c.N))
		}
	}
	if len(head) == 1 {
		return
	}
	b.WriteByte('\n')
	row(b, head)
	row(b, slices.Repeat([]string{"---"}, len(head)))
	row(b, rights)
	row(b, ns)
	fmt.Fprintf(b, "\nExpected calibration error %.3f.\n", r.ECE)
}
