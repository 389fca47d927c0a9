package history

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/pattern"
)

// A How says what was put back to get an error.
type How string

// The ways.
const (
	OneHunk   How = "one hunk put back" // and a compiler reports it
	AllBack   How = "the commit put back"
	OneLinted How = "one hunk put back, linted" // and a linter reports it
)

const (
	// eachCommit is how many pairs one commit may give: a name that is changed in
	// a hundred places teaches it once.
	eachCommit = 8
	// mostErrors is how many errors one hunk may give: what breaks a whole file
	// says nothing of its repair.
	mostErrors = 8
	// nearLines is how far from the hunk its error may be where no name says that
	// they belong together (learner/pattern takes as many).
	nearLines = 3
	// maxTries bounds the checks that making one repair smaller takes.
	maxTries = 8
	// mostInserted is how many tokens a repair may bring to be learned from: the
	// median of real ones brings 2-4 (LEARNING.md 1), and what is ten times as long
	// is code that somebody wrote, and comes no second time.
	mostInserted = 40
	// mostText is the largest file that pairs are looked for in: larger ones are
	// generated.
	mostText = 512 << 10
)

// A Checker asks the tools of a workspace. *check.Set is one.
type Checker interface {
	Check(ctx context.Context, language string, r check.Request) ([]check.Report, error)
}

// A Pair is an error and what a commit did about it, checked: with Broken the
// checker reports Target at its span, and with Edits applied it says no more
// than of the commit itself.
type Pair struct {
	Commit   Commit
	How      How
	File     string // from the top of the repository, with slashes
	Path     string // where it is laid out
	Language string
	Clean    string // the commit's own text
	Broken   string
	Repair   []analysis.Edit // what the commit did, in Broken
	Edits    []analysis.Edit // as much of it as cures
	Target   analysis.Diagnostic
	Others   []analysis.Diagnostic // further errors of the file that the same cured
	Near     bool                  // Target is in the hunk
	Teaches  bool                  // there is something to learn from it
	Tool     string
}

// A Change is a file that a commit changed.
type Change struct {
	File, Path, Language string
	Before, After        string
}

// Changes reads what a commit changed in files of languages that somebody reads,
// which lie where at says. Files that are new, gone, too large, or no UTF-8 have
// nothing that could be put back; alone: there are none of those.
func (r *Repo) Changes(ctx context.Context, c Commit, at func(name string) string, reads func(language string) bool) (list []Change, alone bool, err error) {
	entries, err := r.diff(ctx, c.Parent, c.Hash)
	if err != nil {
		return nil, false, err
	}
	alone = true
	for _, e := range entries {
		language := identity.LanguageOf(e.path)
		if language == "" || !reads(language) || foreign(e.path) {
			continue
		}
		if e.status != 'M' && e.status != 'R' || e.mode == modeLink || e.mode == modeRepo {
			alone = false
			continue
		}
		alone = alone && e.status == 'M'
		path := at(e.path)
		before, errBefore := r.blob(ctx, e.from)
		after, errAfter := r.blob(ctx, e.to)
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		if errBefore != nil || errAfter != nil || path == "" || len(before) > mostText || len(after) > mostText || !utf8.Valid(before) || !utf8.Valid(after) {
			alone = false
			continue
		}
		list = append(list, Change{e.path, path, language, string(before), string(after)})
	}
	return list, alone && len(list) > 0, nil
}

// foreign reports whether a file is somebody else's code, or was made by a
// program, by where it lies.
func foreign(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		switch part {
		case "vendor", "node_modules", "third_party", "dist", "testdata", "site-packages":
			return true
		}
	}
	return strings.HasSuffix(name, ".d.ts") || strings.HasSuffix(name, ".min.js") || strings.HasSuffix(name, ".pb.go") || strings.HasSuffix(name, "_pb2.py")
}

// A Finder finds the pairs of commits.
type Finder struct {
	Root string // of the workspace where it is laid out
	// Laid and Home are where the repository is laid out, and where its person has
	// it: what a checker says of the one is kept as if it were said of the other.
	Laid, Home string
	// Compile are checkers that read all of a file before they are content; Lint
	// those that speak of code that is otherwise right. Either may be nil.
	Compile, Lint Checker
	// Each is how many pairs of a commit are looked for; 0: eachCommit.
	Each int
	// Why is told, in words for a person, why something could not be checked.
	Why func(reason string)

	clean    map[string]*said // of the commit that is laid out, by path and kind
	answered bool             // something of it could be checked
}

// said is what a checker says of a text.
type said struct {
	errors []analysis.Diagnostic
	tool   string
	ok     bool
}

// Begin forgets what was said of texts before: others are laid out now.
func (f *Finder) Begin() { f.clean, f.answered = map[string]*said{}, false }

// Putback puts one hunk of a change back and asks the compiler what is wrong
// then: nil where nothing is.
func (f *Finder) Putback(ctx context.Context, ch Change, h Hunk) *Pair {
	return f.oneBack(ctx, f.Compile, ch, h)
}

// Find gives the pairs of a commit, which is laid out: its changes, and whether
// they are all that it did. It adds to counts.
func (f *Finder) Find(ctx context.Context, c Commit, changes []Change, alone bool, counts *Counts) ([]Pair, error) {
	f.Begin()
	most := f.Each
	if most == 0 {
		most = eachCommit
	}
	var out []Pair
	for _, ch := range changes {
		if len(out) >= most || ctx.Err() != nil {
			break
		}
		hunks := Hunks(ch.Language, ch.Before, ch.After)
		if len(hunks) == 0 {
			continue
		}
		found := false
		for _, h := range hunks {
			if len(out) >= most || ctx.Err() != nil {
				break
			}
			counts.Hunks++
			if p := f.oneBack(ctx, f.Compile, ch, h); p != nil {
				counts.Broke++
				p.Commit, p.How = c, OneHunk
				out, found = append(out, *p), true
			}
		}
		if !found && f.Lint != nil {
			for _, p := range f.linted(ctx, ch, hunks) {
				p.Commit, p.How = c, OneLinted
				out = append(out, p)
			}
		}
	}
	// What no hunk gives by itself, the whole may: its parent did not build.
	if len(out) == 0 && alone {
		if p := f.allBack(ctx, changes); p != nil {
			p.Commit = c
			out = append(out, *p)
		}
	}
	return out[:min(len(out), most)], ctx.Err()
}

// oneBack puts one hunk of a change back and asks what is wrong then: nil where
// nothing is.
func (f *Finder) oneBack(ctx context.Context, by Checker, ch Change, h Hunk) *Pair {
	broken, span, err := h.putBack(ch.After)
	if err != nil || by == nil {
		return nil
	}
	if s := f.clean[f.key(by, ch)]; s != nil && !s.ok {
		return nil // known already
	}
	now := f.ask(ctx, by, ch, broken, nil)
	if !now.ok || len(now.errors) == 0 {
		return nil
	}
	clean := f.cleanSaid(ctx, by, ch)
	if !clean.ok {
		return nil
	}
	fresh := beyond(ch.Language, now.errors, clean.errors)
	if len(fresh) == 0 {
		return nil
	}
	repair := textedit.Invert(ch.After, h.Back)
	sortNear(fresh, span)
	p := &Pair{
		File: ch.File, Path: ch.Path, Language: ch.Language, Clean: ch.After, Broken: broken, Repair: repair,
		Target: fresh[0], Others: fresh[1:], Near: overlaps(fresh[0].Span, span), Tool: now.tool,
	}
	p.Teaches = p.Near || belongs(ch.Language, broken, fresh[0], span, repair)
	f.smaller(ctx, by, ch, p, clean)
	return p
}

// smaller finds the part of a pair's repair that cures, and whether there is
// something to learn from it.
func (f *Finder) smaller(ctx context.Context, by Checker, ch Change, p *Pair, clean *said) {
	p.Edits = p.Repair
	id, _ := identity.Of(p.Language, p.Target)
	// Half of a change that was put back across brackets is no mistake of anyone's.
	if !p.Teaches || len(p.Others) >= mostErrors || identity.Syntax(id) && p.How != AllBack {
		p.Teaches = false
		return
	}
	lang := syntax.Row(p.Language)
	var tree *syntax.Tree
	if syntax.For(p.Language) != nil {
		t, err := syntax.Parse(ctx, lang, p.Broken)
		if err != nil {
			p.Teaches = false
			return
		}
		defer t.Close()
		tree = t
	}
	cures := func(edits []analysis.Edit) bool {
		text, err := textedit.Apply(p.Broken, edits)
		if err != nil || len(edits) == 0 {
			return false
		}
		now := f.ask(ctx, by, ch, text, nil)
		return now.ok && len(beyond(ch.Language, now.errors, clean.errors)) == 0
	}
	if after, err := textedit.Apply(p.Broken, p.Repair); err == nil {
		if less := pattern.Smallest(lang, p.Broken, after, tree, p.Target); len(less) > 0 && (len(less) >= len(p.Repair) || cures(less)) {
			p.Edits = less
		}
	}
	for i, tries := len(p.Edits)-1, 0; i >= 0 && len(p.Edits) > 1 && tries < maxTries && ctx.Err() == nil; i, tries = i-1, tries+1 {
		if less := slices.Delete(slices.Clone(p.Edits), i, i+1); cures(less) {
			p.Edits = less
		}
	}
	words := 0
	for _, e := range p.Edits {
		words += len(syntax.Lex(lang, e.New, false, analysis.Span{End: len(e.New)}).Tokens)
	}
	p.Teaches = ctx.Err() == nil && words <= mostInserted && pattern.ClassOf(lang, p.Broken, p.Edits, p.Target) == analysis.ClassRepair
}

// allBack puts all of a commit back: where that does not build, and the commit
// does, what it did to the file is the repair.
func (f *Finder) allBack(ctx context.Context, changes []Change) *Pair {
	if f.Compile == nil {
		return nil
	}
	parent := map[string]string{}
	for _, ch := range changes {
		parent[ch.Path] = ch.Before
	}
	for _, ch := range changes {
		now := f.ask(ctx, f.Compile, ch, ch.Before, parent)
		if !now.ok || len(now.errors) == 0 {
			continue
		}
		clean := f.cleanSaid(ctx, f.Compile, ch)
		if !clean.ok {
			continue
		}
		fresh := beyond(ch.Language, now.errors, clean.errors)
		if len(fresh) == 0 {
			continue
		}
		repair := textedit.Compute(ch.Before, ch.After)
		if len(repair) == 0 {
			continue
		}
		target := fresh[0]
		p := &Pair{
			How: AllBack, File: ch.File, Path: ch.Path, Language: ch.Language, Clean: ch.After, Broken: ch.Before, Repair: repair,
			Target: target, Others: fresh[1:], Teaches: true, Tool: now.tool,
		}
		for _, e := range repair {
			p.Near = p.Near || overlaps(target.Span, e.Span)
		}
		f.smaller(ctx, f.Compile, ch, p, clean)
		return p
	}
	return nil
}

// linted are the findings of the workspace's linters that a change made
// disappear, each with the one hunk that did.
func (f *Finder) linted(ctx context.Context, ch Change, hunks []Hunk) []Pair {
	clean := f.cleanSaid(ctx, f.Lint, ch)
	if !clean.ok {
		return nil
	}
	was := f.ask(ctx, f.Lint, ch, ch.Before, nil)
	if !was.ok || len(beyond(ch.Language, was.errors, clean.errors)) == 0 {
		return nil // nothing disappeared: no hunk needs to be asked about
	}
	var out []Pair
	for _, h := range hunks {
		if ctx.Err() != nil {
			break
		}
		if p := f.oneBack(ctx, f.Lint, ch, h); p != nil {
			out = append(out, *p)
		}
	}
	return out
}

// cleanSaid is what a checker says of the commit's own text.
func (f *Finder) cleanSaid(ctx context.Context, by Checker, ch Change) *said {
	key := f.key(by, ch)
	if s := f.clean[key]; s != nil {
		return s
	}
	s := f.ask(ctx, by, ch, ch.After, nil)
	if by == f.Compile && (len(s.errors) > mostErrors || len(s.errors) > 0 && ch.Language == "go") {
		// What does not build with the commit tells nothing of what it repaired. Of
		// files with types here and there, some errors are their usual state.
		s = &said{}
	}
	f.clean[key] = s
	return s
}

func (f *Finder) key(by Checker, ch Change) string {
	if by == f.Lint {
		return "lint " + ch.Path
	}
	return ch.Path
}

// ask is what a checker says of a file with a text. ok: that is all it has to
// say.
func (f *Finder) ask(ctx context.Context, by Checker, ch Change, text string, others map[string]string) *said {
	r := check.Request{Root: f.Root, Overlay: map[string]string{}, Scope: []string{ch.Path}, Trusted: true}
	maps.Copy(r.Overlay, others)
	r.Overlay[ch.Path] = text
	lint := by == f.Lint
	if !lint {
		r.Until = check.PhaseTypes
	}
	reports, err := by.Check(ctx, ch.Language, r)
	if err != nil {
		f.why(err)
		return &said{}
	}
	out := &said{}
	for _, rep := range reports {
		if rep.Err != nil {
			f.why(rep.Err)
			continue
		}
		var errs []analysis.Diagnostic
		for _, x := range rep.Findings {
			switch {
			case x.Path != ch.Path || x.NoSpan:
			case !lint && (x.Phase > check.PhaseTypes || x.Severity > analysis.SeverityError):
			case lint && (x.Phase <= check.PhaseTypes || x.Severity > analysis.SeverityWarning):
			default:
				x.Message = strings.ReplaceAll(x.Message, f.Laid, f.Home)
				errs = append(errs, x.Diagnostic)
			}
		}
		if !rep.Complete || rep.Phase < check.PhaseTypes && len(errs) == 0 && !lint && rep.Tool != "python" {
			if rep.Why != "" && f.Why != nil {
				f.Why(rep.Why)
			}
			continue
		}
		out.ok, f.answered = true, true
		if out.tool == "" || len(errs) > 0 {
			out.tool = rep.Tool
		}
		out.errors = append(out.errors, errs...)
		if len(errs) > 0 {
			break // one tool's word for an error is enough
		}
	}
	return out
}

func (f *Finder) why(err error) {
	if u, ok := errors.AsType[*check.Unknown](err); ok && f.Why != nil && u.Cause != check.CauseCancelled {
		f.Why(u.Reason)
	}
}

// beyond are the errors of now that are not in then: by what they are and say,
// as often as they are there.
func beyond(language string, now, then []analysis.Diagnostic) []analysis.Diagnostic {
	key := func(d analysis.Diagnostic) string {
		id, _ := identity.Of(language, d)
		return id.Key() + "\x00" + d.Message
	}
	had := map[string]int{}
	for _, d := range then {
		had[key(d)]++
	}
	var out []analysis.Diagnostic
	for _, d := range now {
		if k := key(d); had[k] > 0 {
			had[k]--
			continue
		}
		out = append(out, d)
	}
	return out
}

// sortNear puts the errors nearest to a span first.
func sortNear(errs []analysis.Diagnostic, span analysis.Span) {
	slices.SortStableFunc(errs, func(a, b analysis.Diagnostic) int { return distance(a.Span, span) - distance(b.Span, span) })
}

func distance(a, b analysis.Span) int { return max(b.Start-a.Start, a.Start-b.End, 0) }

func overlaps(a, b analysis.Span) bool {
	return a.Overlaps(b) || a.Start >= b.Start && a.Start <= b.End
}

// belongs reports whether a hunk is the repair of an error that is not in it: it
// is close by, or what it changes has a word that the error is about.
func belongs(language, broken string, d analysis.Diagnostic, span analysis.Span, repair []analysis.Edit) bool {
	between := analysis.Span{Start: min(d.Span.End, span.End), End: max(d.Span.Start, span.Start)}
	if between.Start <= between.End && strings.Count(broken[between.Start:between.End], "\n") <= nearLines {
		return true
	}
	lang := syntax.Row(language)
	about := map[string]bool{}
	for _, w := range syntax.Words(lang, broken[d.Span.Start:d.Span.End]) {
		about[w] = true
	}
	for _, w := range syntax.Words(lang, d.Message) {
		// A word of the message is a name when the file has it as one.
		if len(w) > 2 && strings.Contains(d.Message, w) && !plainWords[strings.ToLower(w)] {
			about[w] = true
		}
	}
	for _, e := range repair {
		for _, w := range syntax.Words(lang, broken[e.Span.Start:e.Span.End]+" "+e.New) {
			if about[w] {
				return true
			}
		}
	}
	return false
}

// plainWords are words of messages that are no names though code may have them.
var plainWords = map[string]bool{}

func init() {
	for w := range strings.FieldsSeq(`type types value values variable function method field argument arguments return
		returns call expected found have has want not used undefined declared imported import package missing cannot could
		assign assignable assignment statement expression the and for name names module export exported property string
		number error result results too many few enough with does exist from into unknown any object interface struct
		use used this that was but got none`) {
		plainWords[w] = true
	}
}
