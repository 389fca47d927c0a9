package episode

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// A cure is an edit after which errors were gone, waiting to settle.
type cure struct {
	doc           *document // that was edited
	before, after *analysis.Document
	region        []place   // the lines it changed, in doc.cur
	stirred       time.Time // when they were last changed
	// unreported says that they were changed after the last report.
	unreported bool
	// doubted says that the change looked like an undo: only a report can
	// say that the errors are still gone.
	doubted bool
	origins origins
	errors  []*trouble
	others  []Change // documents that were edited at the same time
}

// A place is a run of lines that an edit changed.
type place struct {
	analysis.Span
	// cut says that whole lines were taken out there: lines that are put in
	// beside it may stand for them.
	cut bool
}

// maxRegions bounds the regions of a cure; beyond it they become one.
const maxRegions = 32

// regions are the lines of after that edits of before changed.
func regions(edits []analysis.Edit, after string) []place {
	var out []place
	shift := 0
	for _, e := range edits {
		start := e.Span.Start + shift
		s := place{Span: lineSpan(after, analysis.Span{Start: start, End: start + len(e.New)}), cut: e.New == ""}
		shift += len(e.New) - e.Span.Len()
		if n := len(out); n > 0 && (s.Start <= out[n-1].End || n == maxRegions) {
			out[n-1].End = max(out[n-1].End, s.End)
			out[n-1].cut = out[n-1].cut || s.cut
		} else {
			out = append(out, s)
		}
	}
	return out
}

// touched reports whether edits of text change the lines of p.
func (p place) touched(edits []analysis.Edit, text string) bool {
	if touches(edits, text, p.Span) {
		return true
	}
	return p.cut && slices.ContainsFunc(edits, func(e analysis.Edit) bool { return e.Span.Overlaps(p.Span) })
}

// follow carries c over a change of its document.
func (c *cure) follow(edits []analysis.Edit, prev, doc *analysis.Document, by analysis.Origin, now time.Time) {
	touched := false
	for i, r := range c.region {
		touched = touched || r.touched(edits, prev.Text)
		c.region[i].Span = grow(r.Span, edits, !r.cut)
	}
	if !touched {
		return
	}
	c.stirred = now
	c.after = doc
	c.unreported = true
	c.doubted = c.doubted || by == analysis.OriginUndo
	c.origins.add(by)
}

// lost begins the waiting of an error that a whole report for doc no longer
// has. edits lead from doc to the document's present text.
func (m *Machine) lost(e *trouble, doc *analysis.Document, edits []analysis.Edit) {
	if outer := e.doc.within(e); outer != nil {
		outer.cover(doc, edits)
		if !e.settled || m.now.Sub(e.born) < m.o.RepairSettle {
			m.drop(e, ReasonFlicker)
			return
		}
	}
	if !e.settled {
		why := ReasonFlicker
		if m.edited.Before(e.born) {
			why = ReasonNoEdit
		}
		m.drop(e, why)
		return
	}
	c := m.ownCure(e, doc, edits)
	if c == nil {
		if !e.rested {
			// It came and went while somebody typed in another file.
			m.drop(e, ReasonFlicker)
			return
		}
		c = m.foreignCure(e)
	}
	if c == nil {
		m.drop(e, ReasonNoEdit)
		return
	}
	e.cure, e.gone = c, m.now
	c.errors = append(c.errors, e)
}

// ownCure is the cure by an edit of the error's own document, nil when there
// was none.
func (m *Machine) ownCure(e *trouble, doc *analysis.Document, edits []analysis.Edit) *cure {
	if e.before.Digest == doc.Digest {
		return nil
	}
	d := e.doc
	for _, c := range d.cures {
		if c.before.Digest == e.before.Digest && c.after.Digest == doc.Digest {
			return c
		}
	}
	c := &cure{doc: d, before: e.before, origins: e.origins}
	c.cover(doc, edits)
	for _, x := range m.suspects(e) {
		if x != d && len(c.others) < 2 {
			c.others = append(c.others, Change{Before: x.burst, After: x.cur})
		}
	}
	d.cures = append(d.cures, c)
	return c
}

// suspects are the other documents whose edit may have cured e, the latest
// first: same workspace, same language family, edited or saved within
// CauseWindow.
func (m *Machine) suspects(e *trouble) []*document {
	var out []*document
	family := e.identity.Language
	for _, d := range m.list {
		last := d.edited
		if d.saved.After(last) && d.edited.After(e.born) {
			last = d.saved
		}
		within := m.o.CauseWindow
		if e.run {
			within = m.now.Sub(e.born) // it is found to be gone when somebody runs it again
		}
		if d == e.doc || d.edited.IsZero() || m.now.Sub(last) > within || d.edited.Before(e.born) {
			continue
		}
		if d.cur.Root != e.doc.cur.Root || identity.Family(d.cur.Language) != family || d.burst.Digest == d.cur.Digest {
			continue
		}
		out = append(out, d)
	}
	slices.SortStableFunc(out, func(a, b *document) int { return b.edited.Compare(a.edited) })
	return out
}

// foreignCure is the cure by an edit of another document.
func (m *Machine) foreignCure(e *trouble) *cure {
	list := m.suspects(e)
	if len(list) == 0 {
		return nil
	}
	d := list[0]
	for _, c := range d.cures {
		if c.after.Digest == d.cur.Digest {
			return c
		}
	}
	c := &cure{doc: d, before: d.burst, after: d.cur, origins: d.origin, stirred: d.edited}
	c.region = regions(textedit.Compute(c.before.Text, c.after.Text), c.after.Text)
	for _, x := range list[1:min(len(list), 3)] {
		c.others = append(c.others, Change{Before: x.burst, After: x.cur})
	}
	d.cures = append(d.cures, c)
	return c
}

// back resumes an error that was gone and is reported again.
func (m *Machine) back(e *trouble) {
	c := e.cure
	m.release(e)
	e.gone = time.Time{}
	e.dirty = true
	// What was edited meanwhile belongs to the repair that is still to come.
	e.origins = c.origins
	m.cameBack(e)
}

// evaluate closes what has waited long enough, or everything that only time
// stands against when forced.
func (m *Machine) evaluate(forced bool) {
	for _, d := range slices.Clone(m.list) {
		for _, c := range slices.Clone(d.cures) {
			m.judge(c, forced)
		}
	}
	m.judgeOffers()
}

// settleDocument closes what can be closed of one document at once.
func (m *Machine) settleDocument(d *document) {
	for _, c := range slices.Clone(d.cures) {
		m.judge(c, true)
	}
}

// judge closes or drops the errors of a cure when it is time.
func (m *Machine) judge(c *cure, forced bool) {
	if len(c.errors) == 0 {
		return // joined to another one that closed
	}
	if c.doubted && c.unreported {
		if m.now.Sub(c.stirred) >= m.o.GiveUp {
			m.dropAll(c, ReasonUndo)
		}
		return
	}
	var ready []*trouble
	base := c.stirred
	for _, e := range slices.Clone(c.errors) {
		s := m.sources[e.source]
		blocked := Reason("")
		switch {
		case s != nil && s.silent:
			blocked = ReasonUnreported
		case m.replaced(e):
			blocked = ReasonReplaced
		}
		if blocked != "" {
			if m.now.Sub(e.gone) >= m.o.GiveUp {
				m.drop(e, blocked)
			}
			continue
		}
		if e.gone.After(base) {
			base = e.gone
		}
		if s != nil && s.revived.After(base) {
			base = s.revived
		}
		ready = append(ready, e)
	}
	wait := m.o.RepairSettle
	if c.unreported {
		wait = m.o.ReportWait
	}
	if len(ready) == 0 || !forced && m.now.Sub(base) < wait {
		return
	}
	switch by := c.origins.origin(); by {
	case analysis.OriginVCS:
		m.dropEach(ready, ReasonVCS)
		return
	case analysis.OriginReload:
		m.dropEach(ready, ReasonReload)
		return
	}
	edits := textedit.Compute(c.before.Text, c.after.Text)
	if len(edits) == 0 || c.doc.cur.Digest == c.before.Digest {
		m.dropEach(ready, ReasonUndo)
		return
	}
	if at, ok := c.doc.visited(c.after.Digest); ok {
		// The text is one from before the error: somebody took the mistake back.
		undone := slices.DeleteFunc(slices.Clone(ready), func(e *trouble) bool { return !at.Before(e.born) })
		m.dropEach(undone, ReasonUndo)
		ready = slices.DeleteFunc(ready, func(e *trouble) bool { return at.Before(e.born) })
	}
	for _, g := range groups(c, ready, edits) {
		m.close(c, g)
	}
}

func (m *Machine) dropAll(c *cure, why Reason) { m.dropEach(slices.Clone(c.errors), why) }

func (m *Machine) dropEach(list []*trouble, why Reason) {
	for _, e := range list {
		m.drop(e, why)
	}
}

// replaced reports whether an error that came with the repair of e stands in
// the repaired lines, or a syntax error anywhere, behind which e may hide: the
// repair is not finished then.
func (m *Machine) replaced(e *trouble) bool {
	for _, d := range []*document{e.doc, e.cure.doc} {
		for _, x := range d.errors {
			if x.cure != nil || !x.present || !x.born.After(e.beforeAt) || x.diag.Severity > analysis.SeverityError {
				continue
			}
			if identity.Syntax(x.identity) {
				return true
			}
			if d != e.cure.doc {
				continue
			}
			for _, r := range e.cure.region {
				if x.diag.Span.Overlaps(r.Span) {
					return true
				}
			}
		}
		if e.cure.doc == e.doc {
			break
		}
	}
	return false
}

// cover makes the text of doc what the repair came to; edits lead from there to
// the document's present text.
func (c *cure) cover(doc *analysis.Document, edits []analysis.Edit) {
	c.after, c.stirred, c.unreported = doc, c.doc.edited, false
	c.region = regions(textedit.Compute(c.before.Text, doc.Text), doc.Text)
	for i, r := range c.region {
		if r.touched(edits, doc.Text) {
			c.unreported = true
			c.after = c.doc.cur
		}
		c.region[i].Span = grow(r.Span, edits, !r.cut)
	}
}

// within returns the repair, not settled yet, in whose lines e came while they
// were being typed: what cures e finishes that repair, and unless e stood for
// long, it is no more than a step of it. It returns nil where there is none.
func (d *document) within(e *trouble) *cure {
	for _, c := range d.cures {
		for _, x := range c.errors {
			if x.doc != d || !e.born.After(x.beforeAt) || e == x {
				continue
			}
			for _, r := range c.region {
				if e.diag.Span.Overlaps(r.Span) {
					return c
				}
			}
		}
	}
	return nil
}

// A group is one repair of a cure: errors, the nearest to the edit first.
type group struct {
	errors []*trouble
	number int // among the groups of its cure
}

// clusterGap is how many lines further on an edit must lie to be another piece:
// closer ones share a hunk of diff -u, which shows three lines around each.
const clusterGap = 3

// groups parts the errors of a cure by the piece of the edit that cured them.
// An edit of one piece is one repair, however many errors it cures. Where
// there are several, an error on whose own line a piece lies is that piece's;
// the others belong together, to the piece nearest to any of them.
func groups(c *cure, list []*trouble, edits []analysis.Edit) []group {
	if len(list) == 0 {
		return nil
	}
	lines := textedit.NewLines(c.before.Text)
	type cluster struct{ first, last int } // lines
	var clusters []cluster
	for _, e := range edits {
		first, last := lines.Line(e.Span.Start), lines.Line(e.Span.End)
		if n := len(clusters); n > 0 && first-clusters[n-1].last <= clusterGap {
			clusters[n-1].last = max(clusters[n-1].last, last)
		} else {
			clusters = append(clusters, cluster{first, last})
		}
	}
	// nearest returns the cluster nearest to an error, and how many lines away.
	nearest := func(e *trouble) (int, int) {
		if e.doc != c.doc {
			return 0, len(c.before.Text) + 1 // further than any of the document
		}
		line := lines.Line(e.beforeDiag.Span.Start)
		best, dist := 0, -1
		for i, k := range clusters {
			n := 0
			switch {
			case line < k.first:
				n = k.first - line
			case line > k.last:
				n = line - k.last
			}
			if dist < 0 || n < dist {
				best, dist = i, n
			}
		}
		return best, dist
	}
	byCluster := make(map[int][]*trouble)
	var far []*trouble
	farCluster, farDist := 0, -1
	dists := make(map[*trouble]int, len(list))
	for _, e := range list {
		i, n := nearest(e)
		dists[e] = n
		if n == 0 || len(clusters) == 1 {
			byCluster[i] = append(byCluster[i], e)
			continue
		}
		far = append(far, e)
		if farDist < 0 || n < farDist {
			farCluster, farDist = i, n
		}
	}
	byCluster[farCluster] = append(byCluster[farCluster], far...)
	var out []group
	for i := range clusters {
		errs := byCluster[i]
		if len(errs) == 0 {
			continue
		}
		slices.SortStableFunc(errs, func(a, b *trouble) int {
			if dists[a] != dists[b] {
				return dists[a] - dists[b]
			}
			if a.beforeDiag.Severity != b.beforeDiag.Severity {
				return int(a.beforeDiag.Severity) - int(b.beforeDiag.Severity)
			}
			if a.beforeDiag.Span.Start != b.beforeDiag.Span.Start {
				return a.beforeDiag.Span.Start - b.beforeDiag.Span.Start
			}
			return a.id - b.id
		})
		out = append(out, group{errs, i})
	}
	return out
}

// close emits one repair.
func (m *Machine) close(c *cure, g group) {
	e := g.errors[0]
	r := Closed{
		Repair:     repairID(c, g.number),
		Doc:        e.before,
		Diagnostic: e.beforeDiag,
		Changes:    append([]Change{{c.before, c.after}}, c.others...),
		Origin:     c.origins.origin(),
		Opened:     e.born,
		Time:       e.gone,
	}
	for _, x := range g.errors[1:] {
		d := x.beforeDiag
		if x.before.URI != r.Doc.URI || x.before.Digest != r.Doc.Digest {
			d.Span, d.NoSpan = analysis.Span{}, true
		}
		r.Symptoms = append(r.Symptoms, d)
	}
	for _, x := range g.errors {
		if x.applied != nil && r.Origin == analysis.OriginOurAction {
			r.Suggestion = x.applied.id
		}
	}
	m.emit(r)
	for _, x := range g.errors {
		m.cleared(x, r.Origin)
		m.end(x)
	}
}

// repairID names a repair by what it changed.
func repairID(c *cure, number int) string {
	h := sha256.New()
	h.Write([]byte(c.doc.cur.URI))
	before, after := analysis.DigestOf(c.before.Text), analysis.DigestOf(c.after.Text)
	h.Write(before[:])
	h.Write(after[:])
	h.Write([]byte(strconv.Itoa(number)))
	return "r_" + hex.EncodeToString(h.Sum(nil)[:12])
}
