package repair

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// A Learner suggests, and is told what became of it.
type Learner interface {
	Suggest(ctx context.Context, q analysis.Query) ([]analysis.Suggestion, error)
	Observe(e analysis.Event)
}

// A Checker says what is wrong in the workspace, and judges edits. Overlay is
// text that stands in the place of files, by absolute path.
type Checker interface {
	Find(ctx context.Context, overlay map[string]string) (Found, error)
	Judge(ctx context.Context, e check.Edit) check.Judgement
}

// Found is what a checker found.
type Found struct {
	Findings []check.Finding // spans in the overlay's text, or the file's
	// Doubts say in words for a person what could not be looked at.
	Doubts []string
}

// A File is one that may be changed.
type File struct {
	Path     string // absolute
	URI      string
	Language string
	Text     string // UTF-8
}

// An Answer is what a person said of one repair.
type Answer int

// The answers.
const (
	Yes  Answer = iota
	No          // not this one
	Quit        // nor any that follows
)

// Options are what a run needs. Root, Checker, Learner and Open are required.
type Options struct {
	Root    string
	Checker Checker
	Learner Learner
	// Open gives a file that may be changed; false for others.
	Open func(path string) (File, bool)
	// Ask asks a person about a checked repair; nil takes them all.
	Ask func(r Repair) (Answer, error)
	// Progress is told how many of a round's errors were looked at; it may be nil.
	Progress func(round, done, total int)
	// Rounds bounds the rounds; 0 means 10, as eslint's --fix has it.
	Rounds int
	// Limit is how many repairs of one error are tried; 0 means 3: as many as are
	// shown on request (LEARNING.md 2).
	Limit int
}

// A Repair is one that was checked and applied.
type Repair struct {
	Round      int // of those in which something was applied, from 1
	Finding    check.Finding
	Document   *analysis.Document // the text that Suggestion is for
	Suggestion analysis.Suggestion
	Edits      []analysis.Edit // Suggestion's, with the file's line ends
	Judgement  check.Judgement
}

// A Left is an error that is still there.
type Left struct {
	Finding check.Finding
	Text    string // that the finding is in, "" where the file may not be changed
	// Offer is a repair that could not be checked, nil for none; Judgement says
	// why.
	Offer     *analysis.Suggestion
	Judgement check.Judgement
	Reason    string // why it is left, in words for a person
}

// A Result is what came of a run.
type Result struct {
	Before   Found // in the texts as they were
	Repaired []Repair
	Left     []Left
	Doubts   []string          // of the last look
	Texts    map[string]string // of the files that changed, by absolute path
	Rounds   int               // in which something was applied
	// Stopped says why it ended before nothing more could be done, "" when it
	// did not.
	Stopped string

	steps []step
}

// A step is what one round made of one file.
type step struct {
	before, after *analysis.Document
	diags, now    []analysis.Diagnostic // of before, and of after
	ids           []string              // of suggestions
}

// Counts reports whether a finding is one that is repaired and counted: an
// error or a warning.
func Counts(f check.Finding) bool {
	return f.Severity == 0 || f.Severity <= analysis.SeverityWarning
}

// run is the state of one Run.
type run struct {
	o       Options
	files   map[string]File
	texts   map[string]string                   // that differ from their file
	seen    map[string]map[analysis.Digest]bool // texts that a file had
	refused map[string]string                   // repairs not to be tried again, and why
	result  Result
}

// Run repairs. The error is the checker's, the learner's or a person's; what
// was found until then comes back with it.
func Run(ctx context.Context, o Options) (Result, error) {
	if o.Rounds == 0 {
		o.Rounds = 10
	}
	if o.Limit == 0 {
		o.Limit = 3
	}
	r := &run{
		o: o, files: map[string]File{}, texts: map[string]string{},
		seen: map[string]map[analysis.Digest]bool{}, refused: map[string]string{},
	}
	found, err := o.Checker.Find(ctx, r.texts)
	if err != nil {
		return r.result, err
	}
	r.result.Before = found
	for round := 1; ; round++ {
		tried, err := r.try(ctx, round, found)
		if err != nil {
			return r.result, err
		}
		if round > o.Rounds && slices.ContainsFunc(tried, func(t attempt) bool { return t.repair != nil }) {
			r.stop(fmt.Sprintf("%d rounds are the most", o.Rounds))
			for i := range tried {
				if tried[i].repair != nil {
					tried[i].repair, tried[i].left.Reason = nil, "the rounds ended before its turn: run it again"
				}
			}
		}
		chosen, quit, err := r.ask(tried)
		if err != nil {
			return r.result, err
		}
		next, applied, err := r.apply(ctx, round, found, chosen)
		if err != nil {
			return r.result, err
		}
		if applied > 0 {
			found = next
		}
		if quit {
			r.stop("you ended it")
		}
		if applied == 0 && !r.again(chosen) || quit || r.result.Stopped != "" {
			if applied > 0 {
				tried = r.look(found)
				for i := range tried {
					tried[i].left.Reason = "not looked at: " + r.result.Stopped
				}
			}
			r.result.Doubts = found.Doubts
			for _, t := range tried {
				t.left.Reason = r.why(t)
				r.result.Left = append(r.result.Left, t.left)
			}
			r.result.Texts = r.texts
			return r.result, nil
		}
	}
}

func (r *run) stop(why string) {
	if r.result.Stopped == "" {
		r.result.Stopped = why
	}
}

// An attempt is one finding with what was tried for it.
type attempt struct {
	left   Left
	repair *Repair // nil where nothing was checked
}

// look lists the findings that count in files that may be changed.
func (r *run) look(found Found) []attempt {
	var out []attempt
	for _, f := range found.Findings {
		if !Counts(f) {
			continue
		}
		file, ok := r.file(f.Path)
		if !ok {
			continue
		}
		out = append(out, attempt{left: Left{Finding: f, Text: r.text(file)}})
	}
	slices.SortStableFunc(out, func(a, b attempt) int {
		return cmp.Or(strings.Compare(a.left.Finding.Path, b.left.Finding.Path), cmp.Compare(a.left.Finding.Span.Start, b.left.Finding.Span.Start))
	})
	return out
}

// file opens a file once.
func (r *run) file(path string) (File, bool) {
	f, ok := r.files[path]
	if !ok {
		if f, ok = r.o.Open(path); !ok {
			return File{}, false
		}
		r.files[path] = f
		r.seen[path] = map[analysis.Digest]bool{analysis.DigestOf(f.Text): true}
	}
	return f, true
}

func (r *run) text(f File) string {
	if text, ok := r.texts[f.Path]; ok {
		return text
	}
	return f.Text
}

// try looks for a checked repair of each finding.
func (r *run) try(ctx context.Context, round int, found Found) ([]attempt, error) {
	list := r.look(found)
	docs := map[string]*analysis.Document{}
	for _, a := range list {
		f := r.files[a.left.Finding.Path]
		if docs[f.Path] == nil {
			docs[f.Path] = analysis.NewDocument(f.URI, f.Path, r.o.Root, f.Language, int32(round), r.text(f))
		}
	}
	// The checker bounds how many checks run at once; these wait for it.
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	done := 0
	turns := make(chan struct{}, runtime.NumCPU())
	for i := range list {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			err := r.tryOne(ctx, round, docs[list[i].left.Finding.Path], &list[i])
			mu.Lock()
			defer mu.Unlock()
			if err != nil && failed == nil {
				failed = err
			}
			if done++; r.o.Progress != nil {
				r.o.Progress(round, done, len(list))
			}
		})
	}
	wg.Wait()
	if failed == nil {
		failed = ctx.Err()
	}
	return list, failed
}

func (r *run) tryOne(ctx context.Context, round int, doc *analysis.Document, a *attempt) error {
	f := a.left.Finding
	if f.NoSpan {
		a.left.Reason = "the tool names no place for it"
		return nil
	}
	list, err := r.o.Learner.Suggest(ctx, analysis.Query{
		Doc: doc, Span: f.Span, Diagnostics: []analysis.Diagnostic{f.Diagnostic}, Invoked: true, Limit: r.o.Limit,
	})
	if err != nil {
		return err
	}
	for _, s := range list {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if len(s.Edits) == 0 {
			continue
		}
		if why, ok := r.refused[refusal(f, s)]; ok {
			a.left.Reason = why
			continue
		}
		edits := lineEnds(doc.Text, s.Edits)
		j := r.o.Checker.Judge(ctx, check.Edit{
			Root: r.o.Root, Path: doc.Path, Language: doc.Language, Text: doc.Text, Edits: edits,
			Overlay: r.others(doc.Path), Target: f.Diagnostic,
		})
		switch {
		case j.Verdict == check.VerdictChecked && !s.OnlyDeletes:
			s.Trust = analysis.Checked
			a.repair = &Repair{Round: round, Finding: f, Document: doc, Suggestion: s, Edits: edits, Judgement: j}
			a.left.Reason = ""
			return nil
		case j.Verdict == check.VerdictRefuted:
			if a.left.Offer == nil {
				a.left.Reason = fmt.Sprintf("%q was tried: %s", analysis.PlainTitle(s.Title), j.Reason)
			}
		case a.left.Offer == nil:
			if j.Reason == "" {
				j.Reason = "the edit only deletes"
			}
			a.left.Offer, a.left.Judgement, a.left.Reason = &s, j, j.Reason
		}
	}
	return nil
}

// others are the changed texts but for one file's.
func (r *run) others(path string) map[string]string {
	out := maps.Clone(r.texts)
	delete(out, path)
	return out
}

// refusal names a repair of an error, wherever in its file it stands.
func refusal(f check.Finding, s analysis.Suggestion) string {
	id, _ := identity.Of("", f.Diagnostic)
	var b strings.Builder
	fmt.Fprintf(&b, "%q %s %s", f.Path, id.Key(), s.Pattern)
	for _, e := range s.Edits {
		fmt.Fprintf(&b, " %q", e.New)
	}
	return b.String()
}

// why is why an error is left.
func (r *run) why(a attempt) string {
	if a.left.Reason != "" {
		return a.left.Reason
	}
	return "nothing was learned that fits"
}

// ask lets a person choose among the checked repairs.
func (r *run) ask(tried []attempt) (chosen []*attempt, quit bool, err error) {
	for i := range tried {
		a := &tried[i]
		if a.repair == nil {
			continue
		}
		if r.o.Ask == nil {
			chosen = append(chosen, a)
			continue
		}
		if quit {
			a.left.Reason = "not asked about"
			continue
		}
		answer, err := r.o.Ask(*a.repair)
		if err != nil {
			return nil, false, err
		}
		switch answer {
		case Yes:
			chosen = append(chosen, a)
		case No:
			a.left.Reason = "you said no"
			r.refused[refusal(a.repair.Finding, a.repair.Suggestion)] = a.left.Reason
		case Quit:
			quit = true
			a.left.Reason = "not asked about"
		}
	}
	return chosen, quit, nil
}

// again reports whether something of chosen was refused just now, so that
// another repair may have its turn.
func (r *run) again(chosen []*attempt) bool {
	return slices.ContainsFunc(chosen, func(a *attempt) bool {
		_, ok := r.refused[refusal(a.repair.Finding, a.repair.Suggestion)]
		return ok
	})
}

// apply makes what can be made together of the chosen repairs, and looks at the
// whole again. When that says that something broke it makes half of them, down
// to one.
func (r *run) apply(ctx context.Context, round int, found Found, chosen []*attempt) (Found, int, error) {
	for list := r.combine(chosen); len(list) > 0; list = list[:len(list)/2] {
		texts, ok := r.make(list)
		if !ok {
			// A file would be what it was before: a circle.
			if len(list) == 1 {
				r.refuse(list[0], "it leads back to what the file was before")
			}
			continue
		}
		next, err := r.o.Checker.Find(ctx, texts)
		if err != nil {
			return Found{}, 0, err
		}
		if why := r.broke(found, next, list); why != "" {
			if len(list) == 1 {
				r.refuse(list[0], why)
			}
			continue
		}
		r.commit(round, texts, found, next, list)
		return next, len(list), nil
	}
	return found, 0, nil
}

func (r *run) refuse(a *attempt, why string) {
	a.left.Reason = fmt.Sprintf("%q was tried: %s", analysis.PlainTitle(a.repair.Suggestion.Title), why)
	r.refused[refusal(a.repair.Finding, a.repair.Suggestion)] = a.left.Reason
}

// combine takes of the chosen what does not overlap; what it leaves has its
// turn in the next round. An insertion that several bring, such as an import,
// is made once.
func (r *run) combine(chosen []*attempt) []*attempt {
	made := map[string][]analysis.Edit{}
	var out []*attempt
	for _, a := range chosen {
		path := a.repair.Document.Path
		fits := !slices.ContainsFunc(a.repair.Edits, func(e analysis.Edit) bool {
			return slices.ContainsFunc(made[path], func(m analysis.Edit) bool { return m != e && m.Span.Overlaps(e.Span) })
		})
		if fits {
			made[path] = append(made[path], a.repair.Edits...)
			out = append(out, a)
		}
	}
	return out
}

// make gives all texts with the repairs in them. False: a file would have a
// text that it had before.
func (r *run) make(list []*attempt) (map[string]string, bool) {
	edits := map[string][][]analysis.Edit{}
	for _, a := range list {
		path := a.repair.Document.Path
		edits[path] = append(edits[path], a.repair.Edits)
	}
	texts := maps.Clone(r.texts)
	for path, lists := range edits {
		text := r.text(r.files[path])
		all, err := textedit.Union(len(text), lists...)
		if err != nil {
			return nil, false
		}
		after, err := textedit.Apply(text, all)
		if err != nil || r.seen[path][analysis.DigestOf(after)] {
			return nil, false
		}
		texts[path] = after
	}
	return texts, true
}

// broke compares two looks at the whole: each target must be gone, and in its
// phase or an earlier one nothing may be there that was not. It says what is
// wrong in words for a person.
func (r *run) broke(before, after Found, list []*attempt) string {
	if len(after.Doubts) > len(before.Doubts) {
		return "after it something could not be checked: " + after.Doubts[len(after.Doubts)-1]
	}
	phase := check.PhaseNone
	type kind struct{ path, key string }
	of := func(f check.Finding) kind {
		id, _ := identity.Of(r.language(f.Path), f.Diagnostic)
		return kind{f.Path, id.Key()}
	}
	may := map[kind]int{}
	for _, a := range list {
		phase = max(phase, a.repair.Finding.Phase)
	}
	for _, f := range before.Findings {
		may[of(f)]++
	}
	for _, a := range list {
		may[of(a.repair.Finding)]--
	}
	for _, f := range after.Findings {
		k := of(f)
		if may[k]--; may[k] < 0 && f.Phase <= phase {
			return "then there is " + f.Message
		}
	}
	return ""
}

func (r *run) language(path string) string {
	if f, ok := r.files[path]; ok {
		return f.Language
	}
	return identity.LanguageOf(path)
}

// commit takes the texts for good.
func (r *run) commit(round int, texts map[string]string, before, after Found, list []*attempt) {
	r.result.Rounds++
	steps := map[string]*step{}
	var order []string
	for _, a := range list {
		path := a.repair.Document.Path
		s := steps[path]
		if s == nil {
			doc := *a.repair.Document
			next := analysis.NewDocument(doc.URI, doc.Path, doc.Root, doc.Language, int32(round)+1, texts[path])
			s = &step{before: &doc, after: next, diags: of(before, path), now: of(after, path)}
			steps[path] = s
			order = append(order, path)
		}
		s.ids = append(s.ids, a.repair.Suggestion.ID)
		a.repair.Round = r.result.Rounds
		r.result.Repaired = append(r.result.Repaired, *a.repair)
	}
	for _, path := range order {
		r.seen[path][analysis.DigestOf(texts[path])] = true
		r.result.steps = append(r.result.steps, *steps[path])
	}
	r.texts = texts
}

// of are the diagnostics of one file.
func of(found Found, path string) (list []analysis.Diagnostic) {
	for _, f := range found.Findings {
		if f.Path == path {
			list = append(list, f.Diagnostic)
		}
	}
	return list
}

// lineEnds gives what edits put in the line ends of the text: a repair that
// was learned in another file may have others. No edit begins or ends within
// \r\n.
func lineEnds(text string, edits []analysis.Edit) []analysis.Edit {
	crlf := strings.Count(text, "\r\n")
	if crlf == 0 {
		return edits
	}
	most := crlf >= strings.Count(text, "\n")-crlf
	within := func(at int) bool { return at > 0 && at < len(text) && text[at-1] == '\r' && text[at] == '\n' }
	out := slices.Clone(edits)
	for i := range out {
		e := &out[i]
		if within(e.Span.End) {
			e.Span.End--
		}
		if within(e.Span.Start) {
			e.Span.Start--
		}
		if most {
			e.New = strings.ReplaceAll(strings.ReplaceAll(e.New, "\r\n", "\n"), "\n", "\r\n")
		}
	}
	return out
}
