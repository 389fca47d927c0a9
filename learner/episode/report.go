package episode

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// ownSource is the source of our own diagnostics, which are never watched.
const ownSource = "dejafix"

// A source is who reports diagnostics: a language family and the source's name.
type source struct {
	docs map[*document]bool // that have diagnostics of it
	gone []leaving          // within Vanish
	// silent says that all it said was gone at once: nothing it no longer says
	// is repaired until it speaks again.
	silent  bool
	revived time.Time
}

// A leaving is a document that a source has nothing to say of any more.
type leaving struct {
	doc *document
	at  time.Time
	// repaired says that the line of each error that left was edited: it needs
	// no restart to explain it.
	repaired bool
}

// An item is a diagnostic of a report, made ready for matching.
type item struct {
	diag     analysis.Diagnostic // its span is in the document's present text
	identity analysis.Identity
	captures string
	line     uint64
	lineNo   int
	source   string
	match    *trouble
}

// report takes a Diagnosed event.
func (m *Machine) report(ev analysis.Diagnosed) {
	doc := ev.Doc
	if doc == nil {
		return
	}
	if doc.Hidden {
		if d := m.docs[doc.URI]; d != nil {
			m.forget(d, ReasonOwn)
		}
		return
	}
	d := m.document(doc)
	if doc.Digest != d.cur.Digest && (!d.open || doc.Version > d.cur.Version) {
		// The change itself was never seen: it was replaced by this one, or a
		// file that is not open was written.
		by := analysis.OriginReload
		if d.open {
			by = ""
		}
		m.change(d, doc, by)
	}
	var edits []analysis.Edit // from doc to the present text
	fresh := doc.Digest == d.cur.Digest
	if fresh {
		m.change(d, doc, "") // takes its version
		doc = d.cur
	} else {
		edits = textedit.Compute(doc.Text, d.cur.Text)
		m.text += len(doc.Text) // an episode may keep it
	}
	items := m.items(d, doc, edits, ev.Diagnostics)
	match(d, items, fresh, ev.Runs)

	for i := range items {
		it := &items[i]
		if it.match == nil {
			it.match = m.open(d, it, ev.Runs)
			if it.match == nil {
				continue
			}
		}
		e := it.match
		if e.cure != nil {
			if !fresh && doc.Version <= e.version {
				continue // the report is older than the one without it
			}
			m.back(e)
		}
		if !fresh && e.seen == d.cur.Digest {
			continue // better known from a report for the present text
		}
		e.diag, e.identity, e.captures, e.line = it.diag, it.identity, it.captures, it.line
		if fresh && e.before != nil && e.line == e.beforeLine {
			e.dirty = false // its line is as it was: moved, or taken back
		}
		e.present = true
		e.version = doc.Version
		if fresh {
			e.seen = doc.Digest
		}
	}
	if !ev.Whole {
		return
	}

	matched := make(map[*trouble]bool, len(items))
	for i := range items {
		matched[items[i].match] = true
	}
	var missing []*trouble
	for _, e := range slices.Clone(d.errors) {
		if matched[e] || e.run != ev.Runs {
			continue
		}
		// A report for a text no newer than the one it was seen in says nothing.
		if !fresh && (doc.Version <= e.version || doc.Version == 0) {
			continue
		}
		e.present = false
		e.version = doc.Version
		if e.cure == nil {
			missing = append(missing, e)
		} else if c := e.cure; fresh && c.unreported {
			c.unreported, c.doubted = false, false
			c.after = doc
		}
	}
	if !ev.Runs {
		m.count(d, items, missing) // a run in which all passes is no silence
	}
	for _, e := range missing {
		m.lost(e, doc, edits)
	}
}

// said is what a diagnostic says, wherever; reading is what that means. Servers
// say the same of a file again and again.
type (
	said    struct{ source, code, message string }
	reading struct {
		identity analysis.Identity
		captures string
		source   string
	}
)

func read(language string, d analysis.Diagnostic) reading {
	id, caps := identity.Of(language, d)
	texts := make([]string, len(caps))
	for i, c := range caps {
		texts[i] = c.Text
	}
	return reading{id, strings.Join(texts, "\x00"), id.Language + "/" + strings.ToLower(d.Source)}
}

// items makes diagnostics of doc ready for matching; edits lead from doc to
// the present text.
func (m *Machine) items(d *document, doc *analysis.Document, edits []analysis.Edit, list []analysis.Diagnostic) []item {
	limit := max(m.o.MaxErrors/10, 1)
	out := make([]item, 0, min(len(list), limit))
	lines := d.lines()
	named := make(map[said]reading, len(list))
	for _, diag := range list {
		if diag.Source == ownSource || faded(diag) {
			continue
		}
		if len(out) == limit {
			break
		}
		diag.Span.Start = min(max(diag.Span.Start, 0), len(doc.Text))
		diag.Span.End = min(max(diag.Span.End, diag.Span.Start), len(doc.Text))
		if edits != nil {
			diag.Span, _ = textedit.Map(diag.Span, edits)
		}
		key := said{diag.Source, diag.Code, diag.Message}
		r, ok := named[key]
		if !ok {
			if r, ok = d.named[key]; !ok {
				r = read(doc.Language, diag)
			}
			named[key] = r
		}
		no := lines.Line(diag.Span.Start)
		h := fnv.New64a()
		h.Write([]byte(strings.TrimSpace(lines.Text(no))))
		out = append(out, item{
			diag: diag, identity: r.identity, captures: r.captures,
			line: h.Sum64(), lineNo: no, source: r.source,
		})
	}
	d.named = named
	return out
}

// faded reports whether a diagnostic is only how editors grey out unused code and
// strike out deprecated names: a hint with that tag, which is no error.
func faded(d analysis.Diagnostic) bool {
	return d.Severity == analysis.SeverityHint && (d.Unnecessary || d.Deprecated)
}

// match finds for each item the error that it is, looking first for what is
// most surely the same: the place carried over the edits, then the line's
// text, the line, and the names in the message. Never the position alone. Those
// of runs and of other sources are not compared.
func match(d *document, items []item, fresh, runs bool) {
	if len(d.errors) == 0 || len(items) == 0 {
		return
	}
	lines := d.lines()
	taken := make(map[*trouble]bool, len(d.errors))
	for _, e := range d.errors {
		if e.run != runs {
			taken[e] = true
		}
	}
	type key struct {
		identity analysis.Identity
		captures string
		n        uint64
	}
	pass := func(ofError func(*trouble) (key, bool), ofItem func(*item) key) {
		index := make(map[key][]*trouble)
		for _, e := range d.errors {
			if k, ok := ofError(e); ok && !taken[e] {
				index[k] = append(index[k], e)
			}
		}
		if len(index) == 0 {
			return
		}
		for i := range items {
			if items[i].match != nil {
				continue
			}
			k := ofItem(&items[i])
			if list := index[k]; len(list) > 0 {
				items[i].match = list[0]
				taken[list[0]] = true
				index[k] = list[1:]
			}
		}
	}
	pass(func(e *trouble) (key, bool) { return key{e.identity, e.captures, uint64(e.diag.Span.Start)}, true },
		func(i *item) key { return key{i.identity, i.captures, uint64(i.diag.Span.Start)} })
	pass(func(e *trouble) (key, bool) { return key{e.identity, "", uint64(e.diag.Span.Start)}, true },
		func(i *item) key { return key{i.identity, "", uint64(i.diag.Span.Start)} })
	pass(func(e *trouble) (key, bool) { return key{e.identity, e.captures, e.line}, true },
		func(i *item) key { return key{i.identity, i.captures, i.line} })
	pass(func(e *trouble) (key, bool) { return key{e.identity, e.captures, e.beforeLine}, e.before != nil },
		func(i *item) key { return key{i.identity, i.captures, i.line} })
	pass(func(e *trouble) (key, bool) {
		return key{e.identity, "", uint64(lines.Line(e.diag.Span.Start))}, true
	}, func(i *item) key { return key{i.identity, "", uint64(i.lineNo)} })
	// Overlapping places, and then the same names elsewhere: the error moved
	// with its code. One that is gone already does not come back by its name
	// alone: the same name is used again elsewhere.
	overlapping(d, items, taken)
	pass(func(e *trouble) (key, bool) {
		return key{e.identity, e.captures, 0}, e.captures != "" && e.cure == nil && fresh
	}, func(i *item) key { return key{i.identity, i.captures, 0} })
}

// maxPairs bounds the comparison of every error with every item.
const maxPairs = 1 << 14

func overlapping(d *document, items []item, taken map[*trouble]bool) {
	var left []*item
	for i := range items {
		if items[i].match == nil {
			left = append(left, &items[i])
		}
	}
	if len(left)*len(d.errors) > maxPairs {
		return
	}
	for _, it := range left {
		for _, e := range d.errors {
			if !taken[e] && e.identity == it.identity && e.diag.Span.Overlaps(it.diag.Span) {
				it.match = e
				taken[e] = true
				break
			}
		}
	}
}

// open begins to watch an error, unless there are too many.
func (m *Machine) open(d *document, it *item, run bool) *trouble {
	if m.Open() >= m.o.MaxErrors || len(d.errors) >= max(m.o.MaxErrors/10, 1) {
		return nil
	}
	m.seq++
	m.opened++
	e := &trouble{
		id: m.seq, doc: d, diag: it.diag, identity: it.identity, captures: it.captures,
		line: it.line, source: it.source, run: run, born: m.now,
		calm: d.calm(m.now, m.o.ErrorSettle),
	}
	d.errors = append(d.errors, e)
	m.returned(e)
	return e
}

// count keeps who says something of which document, and notices when a source
// falls silent: PROTOCOL.md's "all of a source's diagnostics vanish from all
// files within two seconds". Errors whose own lines were edited are explained by
// that. The last error of a single document may well be repaired from elsewhere
// in it; that counts as silence only when several different errors went whose
// lines nobody touched.
func (m *Machine) count(d *document, items []item, missing []*trouble) {
	counts := make(map[string]int)
	for i := range items {
		counts[items[i].source]++
	}
	for key := range counts {
		s := m.sources[key]
		if s == nil {
			s = &source{docs: make(map[*document]bool)}
			m.sources[key] = s
		}
		if s.silent {
			s.silent, s.revived = false, m.now
		}
		s.docs[d] = true
	}
	left := make([]string, 0, len(d.counts))
	for key := range d.counts {
		if counts[key] == 0 {
			left = append(left, key)
		}
	}
	slices.Sort(left)
	for _, key := range left {
		s := m.sources[key]
		if s == nil {
			continue
		}
		delete(s.docs, d)
		s.gone = slices.DeleteFunc(s.gone, func(l leaving) bool { return l.doc == d || m.now.Sub(l.at) > m.o.Vanish })
		s.gone = append(s.gone, leaving{d, m.now, repaired(key, missing)})
		if len(s.docs) == 0 && (len(s.gone) > 1 && slices.ContainsFunc(s.gone, func(l leaving) bool { return !l.repaired }) || unexplained(key, missing)) {
			s.silent = true
		}
		if len(s.docs) == 0 {
			m.bury()
		}
	}
	d.counts = counts
}

// maxSources bounds the sources remembered; people run a dozen tools.
const maxSources = 256

// bury forgets sources that have nothing to say, when there are too many.
func (m *Machine) bury() {
	if len(m.sources) <= maxSources {
		return
	}
	for key, s := range m.sources {
		if len(s.docs) == 0 {
			delete(m.sources, key)
		}
	}
}

// repaired reports whether the lines of all errors of a source that one report
// no longer has were edited.
func repaired(key string, missing []*trouble) bool {
	return !slices.ContainsFunc(missing, func(e *trouble) bool { return e.source == key && !e.dirty })
}

// unexplained reports whether the errors of a source that one report no longer
// has are of several kinds, with nobody's edit on any of their lines.
func unexplained(key string, missing []*trouble) bool {
	type kind struct {
		identity analysis.Identity
		captures string
	}
	kinds := make(map[kind]bool)
	for _, e := range missing {
		if e.source != key {
			continue
		}
		if e.dirty {
			return false
		}
		kinds[kind{e.identity, e.captures}] = true
	}
	return len(kinds) > 1
}

// nearest is the error of d that a diagnostic of doc speaks of, nil when none
// is watched.
func (d *document) nearest(id analysis.Identity, span analysis.Span) *trouble {
	var best *trouble
	dist := func(e *trouble) int {
		n := e.diag.Span.Start - span.Start
		return max(n, -n)
	}
	for _, e := range d.errors {
		if e.identity != id || !lineSpan(d.cur.Text, e.diag.Span).Overlaps(span) {
			continue
		}
		if best == nil || cmp.Compare(dist(e), dist(best)) < 0 {
			best = e
		}
	}
	return best
}
