package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// baselineKey names a run over text as it is.
type baselineKey struct {
	row, root, path string
	wide            bool
	until           Phase
	text            analysis.Digest // of the file and all other unsaved text
}

// known is what a checker found, and what that depends on.
type known struct {
	result Result
	digest analysis.Digest // of result.Inputs
}

// judged is a verdict, and what it depends on.
type judged struct {
	judgement Judgement
	inputs    Inputs
	digest    analysis.Digest // of inputs, with the text before the edit
}

// entriesKept is how many answers are kept for one question while what they
// depend on differs: going back and forth between two branches.
const entriesKept = 4

// Judge says whether the edit cures its target and breaks nothing. It may run
// checkers, which takes as long as they do; a verdict that is known is found
// without a run, for the price of looking whether a file changed.
//
// The rule is that of LEARNING.md 5. The same checker runs on the text as it is
// (the baseline) and on the text after the edit. The target must be among what
// it says of the first; the edit is checked when it is not among what it says
// of the second, and nothing new is there in the target's phase or an earlier
// one. What only deletes, or makes a comment of code, or adds a suppression, is
// not judged unless a person asked for it.
func (s *Set) Judge(ctx context.Context, e Edit, trusted bool) Judgement {
	began := s.o.Clock()
	j, keep, cached := s.judge(ctx, e, trusted)
	j.Took = s.o.Clock().Sub(began)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch j.Verdict {
	case VerdictChecked:
		s.stats.Checked++
	case VerdictRefuted:
		s.stats.Refuted++
	case VerdictUnknown:
		s.stats.Unknown[j.Cause]++
	}
	if cached {
		s.stats.Cached++
	} else if keep != nil {
		keep.judgement = j
		key := e.key()
		list, _ := s.verdicts.get(key)
		list = append([]judged{*keep}, list...)
		s.verdicts.put(key, list[:min(len(list), entriesKept)])
	}
	return j
}

// Cached returns the verdict of an edit when it is known and nothing that it
// depends on has changed. It looks at files and runs nothing.
func (s *Set) Cached(e Edit) (Judgement, bool) {
	s.mu.Lock()
	list, _ := s.verdicts.get(e.key())
	list = slices.Clone(list)
	s.mu.Unlock()
	if len(list) == 0 {
		return Judgement{}, false
	}
	overlay := e.overlay(e.Text)
	for i := range list {
		if d, _ := s.digest(list[i].inputs, overlay); d == list[i].digest {
			return list[i].judgement, true
		}
	}
	return Judgement{}, false
}

// Last returns the last verdict of an edit, though other files may have changed
// since. It looks at memory alone.
func (s *Set) Last(e Edit) (Judgement, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, _ := s.verdicts.get(e.key())
	if len(list) == 0 {
		return Judgement{}, false
	}
	return list[0].judgement, true
}

// key is the digest of the question.
func (e *Edit) key() analysis.Digest {
	var b strings.Builder
	id, _ := identity.Of(e.Language, e.Target)
	fmt.Fprintf(&b, "%q %q %q %s %v %q %v %v", e.Root, e.Path, e.Language, analysis.DigestOf(e.Text), e.Target.Span, id.Key(), e.Asked, e.Ran)
	for _, x := range e.Edits {
		fmt.Fprintf(&b, " %v %q", x.Span, x.New)
	}
	return analysis.DigestOf(b.String())
}

// overlay is all unsaved text, with text in the place of the edit's file.
func (e *Edit) overlay(text string) map[string]string {
	out := maps.Clone(e.Overlay)
	if out == nil {
		out = map[string]string{}
	}
	out[e.Path] = text
	return out
}

// unknown is a judgement from an error.
func unknown(err error) Judgement {
	if u, ok := errors.AsType[*Unknown](err); ok {
		return Judgement{Cause: u.Cause, Reason: u.Reason}
	}
	return Judgement{Cause: CauseFailed, Reason: err.Error()}
}

// judge returns the judgement and, when it may be kept, what it depends on.
func (s *Set) judge(ctx context.Context, e Edit, trusted bool) (j Judgement, keep *judged, cached bool) {
	if !trusted {
		return unknown(errUntrusted()), nil, false
	}
	after, err := textedit.Apply(e.Text, e.Edits)
	if err != nil {
		return unknown(&Unknown{CauseUnfit, "the edit does not fit its text: " + err.Error()}), nil, false
	}
	if after == e.Text {
		return unknown(&Unknown{CauseUnfit, "the edit changes nothing"}), nil, false
	}
	if !e.Asked {
		if err := s.refuse(&e, after); err != nil {
			return unknown(err), nil, false
		}
	}
	if j, ok := s.Cached(e); ok {
		return j, nil, true
	}
	rows, env := s.rows(e.Language), s.env()
	var why []string
	var used []*Row
	for _, row := range rows {
		if row.Detect != nil {
			if ok, reason := row.Detect(env, e.Root, e.Path); !ok {
				why = append(why, reason)
				continue
			}
		}
		used = append(used, row)
	}
	source := strings.ToLower(e.Target.Source)
	var none *judged // what was said by those that do not know the error
	for _, row := range used {
		if len(row.Sources) > 0 && source != "" && !e.Ran && !slices.Contains(row.Sources, source) {
			continue
		}
		one, phase := s.judgeBy(ctx, row, &e, after)
		if phase == PhaseNone {
			// That a tool could not run says more than that another was silent.
			if none == nil || none.judgement.Cause == CauseNotReported {
				none = one
			}
			continue
		}
		if one.judgement.Verdict == VerdictChecked {
			s.others(ctx, used, row, phase, &e, after, one)
		}
		return one.judgement, one.kept(), false
	}
	switch {
	case none != nil:
		return none.judgement, none.kept(), false
	case len(used) > 0:
		return unknown(&Unknown{CauseNoChecker, fmt.Sprintf("no checker here says what %s says", e.Target.Source)}), nil, false
	default:
		return unknown(errNoChecker(e.Language, why)), nil, false
	}
}

// kept is the verdict when it follows from its inputs alone. What failed for
// want of time, memory or a tool may do better the next time.
func (d *judged) kept() *judged {
	switch {
	case d.digest == analysis.Digest{}:
		return nil
	case d.judgement.Verdict != VerdictUnknown:
		return d
	}
	switch d.judgement.Cause {
	case CauseNotReported, CausePhase, CauseIncomplete:
		return d
	}
	return nil
}

// judgeBy judges by one checker, and returns the phase of the target. Those who
// use what the file exports are asked last: most edits that are wrong are so
// where they are made.
func (s *Set) judgeBy(ctx context.Context, row *Row, e *Edit, after string) (*judged, Phase) {
	out, phase := s.judgeAt(ctx, row, e, after, false)
	if out.judgement.Verdict == VerdictChecked && row.Exports != nil && row.Exports(e.Path, e.Text, after) {
		return s.judgeAt(ctx, row, e, after, true)
	}
	return out, phase
}

// judgeAt judges by one checker with the files that use the edited one, or
// without.
func (s *Set) judgeAt(ctx context.Context, row *Row, e *Edit, after string, wide bool) (*judged, Phase) {
	none := func(err error) (*judged, Phase) { return &judged{judgement: unknown(err)}, PhaseNone }
	base, err := s.baseline(ctx, row, e, wide, PhaseNone)
	if err != nil {
		return none(err)
	}
	out := &judged{inputs: base.result.Inputs, digest: base.digest}
	tool := func(j Judgement) Judgement {
		j.Tool, j.Version = base.result.Tool, base.result.Version
		return j
	}
	overlay := e.overlay(e.Text)
	t := newTexts(overlay)
	before := place(e.Language, base.result.Findings, t)
	id, _ := identity.Of(e.Language, e.Target)
	i, phase := -1, PhaseTypes
	if !e.Ran {
		i = find(before, e.Path, id.Key(), e.Target, t.of(e.Path))
	}
	if i < 0 && !e.Ran {
		switch {
		case !base.result.Complete:
			out.judgement = tool(unknown(&Unknown{CauseIncomplete, base.result.Why}))
		default:
			out.judgement = tool(unknown(&Unknown{CauseNotReported, fmt.Sprintf("%s does not report this error", base.result.Tool)}))
		}
		return out, PhaseNone
	}
	if i >= 0 {
		phase = before[i].Phase
	}
	res, _, err := s.run(ctx, row, Request{
		Root: e.Root, Overlay: e.overlay(after), Scope: []string{e.Path}, Wide: wide, Before: e.Text, Until: max(phase, PhaseTypes), Trusted: true,
	})
	if err != nil {
		return &judged{judgement: tool(unknown(err))}, phase
	}
	if d, _ := s.digest(base.result.Inputs, overlay); d != base.digest {
		return &judged{judgement: tool(unknown(errMoved()))}, phase
	}
	out.inputs = s.share(row.Name, merge(base.result.Inputs, res.Inputs))
	out.digest, _ = s.digest(out.inputs, overlay)
	out.judgement = tool(s.compare(e, after, before, i, res))
	if !base.result.Complete && out.judgement.Verdict == VerdictRefuted {
		// What looks new may have been there. That nothing is new needs no more
		// than a complete run after: what kept the first from looking at everything,
		// an import that is not there say, is then what the edit cured.
		out.judgement = tool(unknown(&Unknown{CauseIncomplete, base.result.Why}))
	}
	return out, phase
}

// compare judges by what was found before and after.
func (s *Set) compare(e *Edit, after string, before []placed, target int, res Result) Judgement {
	if !res.Complete {
		return unknown(&Unknown{CauseIncomplete, res.Why})
	}
	phase := PhaseLint
	switch {
	case e.Ran:
		phase = PhaseTypes
	case target >= 0:
		phase = before[target].Phase
	}
	t := newTexts(e.overlay(after))
	var now, later []Finding
	for _, f := range res.Findings {
		if f.Phase <= phase {
			now = append(now, f)
		} else {
			later = append(later, f)
		}
	}
	lines := t.of(e.Path)
	list, still := fresh(before, place(e.Language, now, t), target, e.Path, e.Edits, lines)
	if len(list) > 0 {
		j := Judgement{Verdict: VerdictRefuted, New: list}
		if still >= 0 {
			j.Reason = "the error is still there: " + where(list[still], t)
		} else {
			j.Reason = "something new breaks: " + where(list[0], t)
		}
		return j
	}
	if res.Phase < phase {
		return unknown(&Unknown{CausePhase, fmt.Sprintf("%s only got as far as its phase %q", res.Tool, res.Phase)})
	}
	uncovered, _ := fresh(before, place(e.Language, later, t), -1, e.Path, e.Edits, lines)
	return Judgement{Verdict: VerdictChecked, Uncovered: uncovered}
}

// others asks the checkers of earlier phases than the target's: what a linter
// does not see, the compiler may. They can refute, and nothing else: without
// them the verdict stands on the target's own checker.
func (s *Set) others(ctx context.Context, used []*Row, own *Row, phase Phase, e *Edit, after string, out *judged) {
	for _, row := range used {
		if row == own || row.Covers >= phase || own.Covers <= row.Covers {
			continue
		}
		wide := row.Exports != nil && row.Exports(e.Path, e.Text, after)
		base, err := s.baseline(ctx, row, e, wide, phase-1)
		if err != nil || !base.result.Complete {
			continue
		}
		res, _, err := s.run(ctx, row, Request{
			Root: e.Root, Overlay: e.overlay(after), Scope: []string{e.Path}, Wide: wide, Before: e.Text, Until: phase - 1, Trusted: true,
		})
		if err != nil {
			continue
		}
		before := place(e.Language, base.result.Findings, newTexts(e.overlay(e.Text)))
		j := s.compare(e, after, before, -1, res)
		out.inputs = merge(out.inputs, merge(base.result.Inputs, res.Inputs))
		out.digest, _ = s.digest(out.inputs, e.overlay(e.Text))
		if j.Verdict == VerdictRefuted {
			j.Tool, j.Version = res.Tool, res.Version
			out.judgement = j
			return
		}
	}
}

// baseline runs a checker over the text as it is, unless that is known.
func (s *Set) baseline(ctx context.Context, row *Row, e *Edit, wide bool, until Phase) (known, error) {
	overlay := e.overlay(e.Text)
	key := baselineKey{row.Name, e.Root, e.Path, wide, until, overlayDigest(overlay)}
	for {
		s.mu.Lock()
		list, _ := s.baselines.get(key)
		list = slices.Clone(list)
		s.mu.Unlock()
		for _, k := range list {
			if d, _ := s.digest(k.result.Inputs, overlay); d == k.digest {
				return k, nil
			}
		}
		// The edits of one menu share their baseline: one of them runs it.
		s.mu.Lock()
		landing := s.flights[key]
		if landing == nil {
			landing = make(chan struct{})
			s.flights[key] = landing
			s.mu.Unlock()
			k, err := s.runBaseline(ctx, row, e, key, overlay)
			s.mu.Lock()
			delete(s.flights, key)
			s.mu.Unlock()
			close(landing)
			return k, err
		}
		s.mu.Unlock()
		select {
		case <-landing:
		case <-ctx.Done():
			return known{}, cancelled(ctx, row.Name)
		}
	}
}

func (s *Set) runBaseline(ctx context.Context, row *Row, e *Edit, key baselineKey, overlay map[string]string) (known, error) {
	res, digest, err := s.run(ctx, row, Request{
		Root: e.Root, Overlay: overlay, Scope: []string{e.Path}, Wide: key.wide, Until: key.until, Trusted: true,
	})
	if err != nil {
		return known{}, err
	}
	k := known{res, digest}
	s.mu.Lock()
	defer s.mu.Unlock()
	list, _ := s.baselines.get(key)
	list = append([]known{k}, list...)
	s.baselines.put(key, list[:min(len(list), entriesKept)])
	return k, nil
}

func overlayDigest(overlay map[string]string) analysis.Digest {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(overlay)) {
		fmt.Fprintf(&b, "%q %s\n", name, analysis.DigestOf(overlay[name]))
	}
	return analysis.DigestOf(b.String())
}

// where is a finding for a person.
func where(f Finding, t *texts) string {
	l := t.of(f.Path)
	if l == nil {
		if text, err := os.ReadFile(f.Path); err == nil {
			l = textedit.NewLines(string(text))
		}
	}
	line := ""
	if l != nil && !f.NoSpan {
		line = fmt.Sprintf(":%d", l.Line(f.Span.Start)+1)
	}
	return fmt.Sprintf("%s%s: %s", filepath.Base(f.Path), line, firstLine(f.Message))
}

// refuse is an error for edits that are not judged unasked.
func (s *Set) refuse(e *Edit, after string) error {
	lang := syntax.Row(e.Language)
	codeBefore, commentsBefore := tokens(lex(lang, e.Text))
	codeAfter, commentsAfter := tokens(lex(lang, after))
	deletes := &Unknown{CauseDeletes, "the edit only deletes, or makes a comment of code: it is offered when asked for"}
	silences := &Unknown{CauseSuppresses, "the edit silences the checker: it is offered when asked for"}
	same := slices.Equal(codeBefore, codeAfter)
	switch {
	case same && slices.Equal(commentsBefore, commentsAfter):
		// White space, which has its meaning in some languages.
	case same:
		return silences
	case within(codeAfter, codeBefore) || s.lessByGrammar(e, after):
		return deletes
	case s.o.Class == nil && slices.ContainsFunc(added(commentsBefore, commentsAfter), silencing.MatchString):
		return silences
	}
	if s.o.Class == nil {
		return nil
	}
	switch s.o.Class(e.Language, e.Text, e.Edits, e.Target) {
	case analysis.ClassDeletion:
		return deletes
	case analysis.ClassSuppression:
		return silences
	}
	return nil
}

// lessByGrammar reports whether the edit takes tokens away and brings none, as
// the grammar has them. Without one, a quote in a regular expression looks like
// the start of a string: whatever is taken out of that looks like a change of it.
func (s *Set) lessByGrammar(e *Edit, after string) bool {
	lang := syntax.For(e.Language)
	if lang == nil {
		return false
	}
	var code [2][]string
	for i, text := range []string{e.Text, after} {
		tree, err := syntax.Parse(s.life, lang, text)
		if err != nil {
			return false
		}
		code[i] = codeOf(syntax.View(lang, tree, text, false, analysis.Span{End: len(text)}))
		tree.Close()
	}
	return within(code[1], code[0])
}

// codeOf are the tokens of a tree, of which all from one quote to the next are
// one.
func codeOf(f *syntax.Fragment) []string {
	var code []string
	open := ""
	for i := range f.Tokens {
		word := f.Tok(int32(i))
		if open != "" {
			code[len(code)-1] += word
			if word == open {
				open = ""
			}
			continue
		}
		code = append(code, word)
		switch quote := strings.TrimLeft(word, "rRbBfFuU"); quote {
		case `"`, "'", "`", `"""`, "'''":
			open = quote
		}
	}
	return code
}

func lex(lang *syntax.Language, text string) *syntax.Fragment {
	return syntax.Lex(lang, text, true, analysis.Span{End: len(text)})
}

// tokens are the tokens of a text, comments apart. What is quoted is one of
// them: taking quotes away leaves something else, not less.
func tokens(f *syntax.Fragment) (code, comments []string) {
	joined := false // the one before has a quote that goes on
	for i := range f.Tokens {
		tok := &f.Tokens[i]
		word := f.Tok(int32(i))
		touches := i > 0 && f.Tokens[i-1].End == tok.Start && len(code) > 0
		switch {
		case tok.Class == syntax.Comment:
			comments = append(comments, word)
			joined = false
			continue
		case touches && (tok.Class == syntax.Content || joined):
			code[len(code)-1] += word
		default:
			code = append(code, word)
		}
		joined = tok.Class == syntax.Content
	}
	return code, comments
}

// within reports whether part is what is left of whole when something is taken
// away.
func within(part, whole []string) bool {
	i := 0
	for _, w := range whole {
		if i < len(part) && part[i] == w {
			i++
		}
	}
	return i == len(part)
}

// silencing are the words by which comments tell tools to be silent, and prose
// now and then. Whoever knows the tools better sets Options.Class.
var silencing = regexp.MustCompile(`(?i)nolint|noqa|nosec|nosonar|noinspection|ignore|disable|suppress|expect-error|nocheck|no cover|pragma|skip|\boff\b`)

// added are the comments of after that before has not.
func added(before, after []string) []string {
	count := map[string]int{}
	for _, c := range before {
		count[c]++
	}
	var out []string
	for _, c := range after {
		if count[c]--; count[c] < 0 {
			out = append(out, c)
		}
	}
	return out
}
