package main

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"math"
	"slices"
)

// The figure is two square panels beside each other, in pixels.
const (
	width, height = 900, 400
	top, side     = 58, 290 // of each panel
	leftX         = 62      // of the left panel
	rightX        = 592     // of the right one
)

// style has the colours for light and for dark; blue and orange stay apart for
// all common kinds of colour blindness (Okabe and Ito 2008). The background is
// painted, because a page may be dark where the reader's system is light.
const style = `
text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #24292f; }
.title { font-size: 14px; font-weight: 600; }
.small { font-size: 10.5px; fill: #57606a; }
.bold { font-weight: 600; }
.paper { fill: #ffffff; }
.grid { stroke: #d0d7de; stroke-width: 1; }
.axis { stroke: #57606a; stroke-width: 1; }
.source { fill: none; stroke: #8c959f; stroke-width: 1; stroke-opacity: .75; }
.leader { stroke: #8c959f; stroke-width: .5; }
.diagonal { stroke: #57606a; stroke-width: 1; stroke-dasharray: 4 4; }
.top1 { fill: none; stroke: #0072b2; stroke-width: 3; }
.top3 { fill: none; stroke: #d55e00; stroke-width: 3; }
.top1dot { fill: #0072b2; }
.top3dot { fill: #d55e00; }
.top1text { fill: #0072b2; font-weight: 600; }
.top3text { fill: #b04a00; font-weight: 600; }
.point { fill: #0072b2; fill-opacity: .55; stroke: #0072b2; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .small { fill: #9aa4af; }
  .paper { fill: #0d1117; }
  .grid { stroke: #30363d; }
  .axis, .diagonal { stroke: #9aa4af; }
  .source, .leader { stroke: #6e7681; }
  .top1, .point { stroke: #56b4e9; }
  .top3 { stroke: #e69f00; }
  .top1dot, .point, .top1text { fill: #56b4e9; }
  .top3dot, .top3text { fill: #e69f00; }
}
`

// draw makes the figure: what K examples give, and how far the chance can be
// believed.
func draw(rs []result) []byte {
	f := &svg{}
	f.putf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-labelledby="what more">`, width, height, width, height)
	f.putf(`<title id="what">How often dejafix is right, and how far what it says of that can be believed</title>`)
	f.putf(`<desc id="more">%s</desc>`, escape(description(rs)))
	f.putf(`<style>%s</style>`, style)
	f.putf(`<rect class="paper" width="%d" height="%d"/>`, width, height)
	f.curve(rs)
	f.reliability(&rs[len(rs)-1])
	f.putf(`</svg>`)
	return f.Bytes()
}

// description tells the figure to who cannot see it.
func description(rs []result) string {
	names := large(rs)
	var b bytes.Buffer
	fmt.Fprintf(&b, "Mean of %d sources:", len(names))
	for i := range rs {
		fmt.Fprintf(&b, " learned from %s, right first %s, among three %s;", from(&rs[i]), short(mean(&rs[i], names, top1)), short(mean(&rs[i], names, top3)))
	}
	last := &rs[len(rs)-1]
	fmt.Fprintf(&b, " expected calibration error %.3f of %s best repairs.", last.ECE, thousands(last.Answered))
	return b.String()
}

// An svg is a figure that is written down.
type svg struct{ bytes.Buffer }

// put writes one element. What comes from outside is escaped by the caller.
func (f *svg) putf(format string, args ...any) {
	fmt.Fprintf(f, format+"\n", args...)
}

func (f *svg) text(class, anchor string, x, y float64, s string) {
	f.putf(`<text class="%s" text-anchor="%s" x="%.1f" y="%.1f">%s</text>`, class, anchor, x, y, escape(s))
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a bytes.Buffer takes all
	return b.String()
}

// A panel is a square with a vertical axis of shares from 0 to its limit.
type panel struct {
	x     float64 // of its left side
	limit float64
}

func (p panel) y(share float64) float64 { return top + side*(1-share/p.limit) }

// frame draws the title, the axes and the lines of the tenths or fifths.
func (f *svg) frame(p panel, title, below, beside string) {
	f.text("title", "start", p.x, top-26, title)
	for i := 0; float64(i)/10 <= p.limit+1e-9; i += 2 {
		y := p.y(float64(i) / 10)
		f.putf(`<line class="grid" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, p.x, y, p.x+side, y)
		f.text("small", "end", p.x-7, y+4, fmt.Sprintf("%.1f", float64(i)/10))
	}
	f.putf(`<line class="axis" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`, p.x, top+side, p.x+side, top+side)
	f.text("", "middle", p.x+side/2, top+side+38, below)
	x, y := p.x-38, float64(top+side/2)
	f.putf(`<text text-anchor="middle" x="%.1f" y="%.1f" transform="rotate(-90 %.1f %.1f)">%s</text>`, x, y, x, y, escape(beside))
}

// A mark is the text at the end of a line.
type mark struct {
	class, text string
	at, y       float64 // where its line ends, and where it stands
}

// gap is the least distance between the lines of text at the ends of lines.
const gap = 12

// spread moves marks up and down until none covers another, in their order and
// between the two ends.
func spread(marks []mark, from, to float64) {
	slices.SortStableFunc(marks, func(a, b mark) int { return cmp.Compare(a.at, b.at) })
	for i := range marks {
		marks[i].y = max(marks[i].at, from)
		if i > 0 {
			marks[i].y = max(marks[i].y, marks[i-1].y+gap)
		}
	}
	// What was pushed below the end pushes back.
	limit := to
	for i := len(marks) - 1; i >= 0; i-- {
		marks[i].y = min(marks[i].y, limit)
		limit = marks[i].y - gap
	}
}

// curve draws the share of right answers against the number of examples: a thin
// line for each source, a thick one for their mean.
func (f *svg) curve(rs []result) {
	names := large(rs)
	lines := make([][]float64, 0, len(names)+2)
	for _, name := range names {
		line := make([]float64, len(rs))
		for i := range rs {
			c := rs[i].Sources[name].Taught
			line[i] = ratio(c.Top1, c.Cases)
		}
		lines = append(lines, line)
	}
	means := [2][]float64{}
	for i := range rs {
		means[0] = append(means[0], mean(&rs[i], names, top1))
		means[1] = append(means[1], mean(&rs[i], names, top3))
	}
	limit := .2
	for _, line := range append(slices.Clone(lines), means[:]...) {
		limit = max(limit, math.Ceil(slices.Max(line)*10)/10)
	}
	p := panel{leftX, limit}
	f.frame(p, "Right, by what was learned from", "examples of a code, at most", "share of errors repaired rightly")
	x := func(i int) float64 {
		const inset = 14
		return p.x + inset + (side-2*inset)*float64(i)/float64(max(len(rs)-1, 1))
	}
	for i := range rs {
		f.text("small", "middle", x(i), top+side+18, rs[i].label())
	}
	path := func(class string, line []float64, what string) {
		f.putf(`<polyline class="%s" points="%s"><title>%s</title></polyline>`, class, points(line, x, p.y), escape(what))
	}
	var marks []mark
	for i, name := range names {
		end := lines[i][len(rs)-1]
		path("source", lines[i], name)
		marks = append(marks, mark{class: "small", text: short(end) + " " + name, at: p.y(end)})
	}
	if len(names) > 0 {
		for i, m := range []struct{ class, text string }{{"top1", "first, mean"}, {"top3", "among three, mean"}} {
			end := means[i][len(rs)-1]
			path(m.class, means[i], m.text)
			for k, v := range means[i] {
				f.putf(`<circle class="%sdot" cx="%.1f" cy="%.1f" r="3.5"><title>%s: %s</title></circle>`, m.class, x(k), p.y(v), rs[k].label(), short(v))
			}
			marks = append(marks, mark{class: m.class + "text", text: short(end) + " " + m.text, at: p.y(end)})
		}
	}
	spread(marks, top, top+side)
	for _, m := range marks {
		f.putf(`<line class="leader" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, x(len(rs)-1)+6, m.at, p.x+side+10, m.y)
		f.text(m.class, "start", p.x+side+13, m.y+4, m.text)
	}
	f.text("small", "start", p.x, top-9, fmt.Sprintf("thin: right first, each source with %d rows or more", least))
}

// points are the corners of a line.
func points(line []float64, x func(int) float64, y func(float64) float64) string {
	var b bytes.Buffer
	for i, v := range line {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%.1f,%.1f", x(i), y(v))
	}
	return b.String()
}

// largest is the radius of the point with the most errors; areas are in
// proportion, but for the least that can be seen.
const largest, smallest = 15.0, 2.5

// reliability draws the share of right answers against the chance that was said.
func (f *svg) reliability(r *result) {
	p := panel{rightX, 1}
	f.frame(p, "Chance said, and truly right", "chance said of the best repair", "share that was right")
	for i := 0; i <= 10; i += 2 {
		share := float64(i) / 10
		f.text("small", "middle", p.x+side*share, top+side+18, fmt.Sprintf("%.1f", share))
	}
	f.putf(`<line class="diagonal" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`, p.x, top+side, p.x+side, top)
	n, most := 0, 0
	for _, b := range r.Calibration {
		n, most = n+b.N, max(most, b.N)
	}
	for _, b := range r.Calibration {
		if b.N == 0 {
			continue
		}
		right := ratio(b.Right, b.N)
		f.putf(`<circle class="point" cx="%.1f" cy="%.1f" r="%.1f"><title>said %s on average, right %s of %s</title></circle>`,
			p.x+side*b.Said, p.y(right), max(largest*math.Sqrt(ratio(b.N, most)), smallest), short(b.Said), short(right), thousands(b.N))
	}
	f.text("small", "start", p.x, top-9, "area: errors; dashed: right as often as said")
	if n > 0 {
		// Below the diagonal, where no point is unless the chances mislead.
		f.text("small", "end", p.x+side-8, top+side-36, thousands(n)+" errors")
		f.text("small", "end", p.x+side-8, top+side-22, "from "+from(r))
		f.text("small", "end", p.x+side-8, top+side-8, fmt.Sprintf("calibration error %.3f", r.ECE))
	}
}
