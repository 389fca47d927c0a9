package learner

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/rank"
	"github.com/dejafix/dejafix/store"
)

// examplesInWhy is how many examples an explanation shows in full.
const examplesInWhy = 3

// Why explains a suggestion (s_…), a pattern (p_…), an example (e_…) or a failure
// (t_…): which
// repairs it was learned from, how often it held, when it failed. The error is
// store.ErrNotFound for an id that nothing is known of.
func (l *Learner) Why(ctx context.Context, id string) (analysis.Explanation, error) {
	switch {
	case strings.HasPrefix(id, "s_"):
		o, ok := l.offers.get(id)
		if !ok {
			return analysis.Explanation{}, fmt.Errorf("%s: %w; suggestions are known only to the process that made them, ask with a pattern's id (p_…) instead", id, store.ErrNotFound)
		}
		return l.whyOffer(ctx, o)
	case l.store == nil:
		return analysis.Explanation{}, fmt.Errorf("%s: %w: the store is not open; `dejafix doctor` says why", id, store.ErrNotFound)
	case strings.HasPrefix(id, "p_"):
		return l.whyPattern(ctx, id, "")
	case strings.HasPrefix(id, "t_"):
		return l.whyFailure(ctx, id)
	case strings.HasPrefix(id, "e_"):
		ex, err := l.store.Example(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return analysis.Explanation{}, unknown("example", id)
		}
		if err != nil {
			return analysis.Explanation{}, err
		}
		var b strings.Builder
		fmt.Fprintf(&b, "### Repair %s\n\n", ex.ID)
		writeExample(&b, ex)
		return analysis.Explanation{Markdown: b.String(), Examples: []analysis.Example{ex}}, nil
	}
	return analysis.Explanation{}, fmt.Errorf("%q is no id: they start with s_ (suggestion), p_ (pattern), e_ (example) or t_ (failure); `dejafix patterns list` shows the patterns", id)
}

// unknown is the error for an id that nothing is known of.
func unknown(what, id string) error {
	return fmt.Errorf("%s %s: %w; it may have been forgotten, `dejafix patterns list` shows what there is", what, id, store.ErrNotFound)
}

// whyOffer explains what is offered now.
func (l *Learner) whyOffer(ctx context.Context, o offer) (analysis.Explanation, error) {
	var b strings.Builder
	s := o.Suggestion
	fmt.Fprintf(&b, "### %s\n\n", escape(s.Title))
	if s.Maker != "" {
		fmt.Fprintf(&b, "Nobody taught this: it was made from the text and its workspace (`%s`). Probability that it is right here: %.0f%%.\n\n", s.Maker, s.Probability*100)
	} else {
		fmt.Fprintf(&b, "Learned from %s. Probability that it is right here: %.0f%%%s.\n\n", count(s.Supporting, "repair"), s.Probability*100, confidence(s))
	}
	if at := l.model.Load().silences.Undone[o.place]; !at.IsZero() {
		fmt.Fprintf(&b, "Tried at this place before and undone on %s: it is not offered here again.\n\n", at.Local().Format(time.DateOnly))
	}
	fmt.Fprintf(&b, "%s\n", fence("diff", o.diff))
	if s.Maker != "" {
		b.WriteString(pastOfDrafts(s))
	}
	if l.store == nil || s.Maker != "" {
		return analysis.Explanation{Markdown: b.String()}, nil
	}
	x, err := l.whyPattern(ctx, s.Pattern, b.String())
	if errors.Is(err, store.ErrNotFound) {
		return analysis.Explanation{Markdown: b.String()}, nil
	}
	return x, err
}

// pastOfDrafts says what became of drafts of one maker for one kind of error.
func pastOfDrafts(s analysis.Suggestion) string {
	if s.Applied+s.Undone == 0 {
		return "None like it was applied yet, so there is not enough data to say how often they hold. It is shown to who asks, and to nobody else.\n\n"
	}
	return fmt.Sprintf("Of those like it %d were applied, %d held and %d did not. After %d applied, and with a probability of %.0f%% or more, they are shown unasked, too.\n\n",
		s.Applied, s.Held, s.Undone, provedDrafts, provedChance*100)
}

func confidence(s analysis.Suggestion) string {
	if s.HighConfidence {
		return " (high confidence)"
	}
	return ""
}

// whyPattern explains a pattern, after what head says already.
func (l *Learner) whyPattern(ctx context.Context, id, head string) (analysis.Explanation, error) {
	p, err := l.store.Pattern(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return analysis.Explanation{}, unknown("pattern", id)
	}
	if err != nil {
		return analysis.Explanation{}, err
	}
	outcomes, err := l.store.OutcomesByRule(ctx, p.Identity.RuleKey())
	if err != nil {
		return analysis.Explanation{}, err
	}
	var b strings.Builder
	b.WriteString(head)
	if head == "" {
		fmt.Fprintf(&b, "### %s\n\n", escape(p.Title))
	}
	fmt.Fprintf(&b, "Pattern `%s` for %s `%s`: %s. Learned from %s.\n\n", p.ID, p.Identity.Language, p.Identity.Rule, escape(strings.TrimSuffix(p.Identity.Template, ".")), count(len(p.Examples), "example"))
	applied, held, failed := 0, 0, 0
	var list []rank.Outcome
	for _, o := range outcomes[id] {
		list = append(list, rank.Outcome{Verdict: rank.Verdict(o.Verdict), Time: o.Time})
		switch o.Verdict {
		case analysis.VerdictApplied:
			applied++
		case analysis.VerdictHeld:
			held++
		case analysis.VerdictUndone, analysis.VerdictCameBack:
			failed++
			fmt.Fprintf(&b, "- tried before, on %s, and %s\n", o.Time.Local().Format(time.DateOnly), map[analysis.Verdict]string{
				analysis.VerdictUndone: "undone", analysis.VerdictCameBack: "the error came back"}[o.Verdict])
		}
	}
	if failed > 0 {
		b.WriteByte('\n') // or the sentence after it belongs to the list
	}
	switch applied + held + failed {
	case 0:
		b.WriteString("Not applied yet, so there is not enough data to say how often it holds.\n\n")
	default:
		post := rank.Posterior(rank.Prior(.5), list, l.clock())
		fmt.Fprintf(&b, "Applied %s: %d held, %d did not. Of ten, expect at least %.0f to hold.\n\n", times(applied), held, failed, post.Lower()*10)
	}
	if rank.Retired(list, l.clock()) {
		b.WriteString("It stopped holding, so it is retired: nothing of it is offered until its failures are old.\n\n")
	}
	x := analysis.Explanation{}
	for i, exID := range p.Examples {
		ex, err := l.store.Example(ctx, exID)
		if errors.Is(err, store.ErrNotFound) {
			continue // forgotten since the index was made
		}
		if err != nil {
			return analysis.Explanation{}, err
		}
		x.Examples = append(x.Examples, ex)
		if i < examplesInWhy {
			fmt.Fprintf(&b, "#### %s\n\n", ex.ID)
			writeExample(&b, ex)
		}
	}
	x.Markdown = b.String()
	return x, nil
}

// writeExample prints what an example says, as the first paper records it.
func writeExample(b *strings.Builder, ex analysis.Example) {
	fmt.Fprintf(b, "In `%s` on %s: %s (%s, %s)\n\n", strings.ReplaceAll(ex.Path, "`", "'"), ex.Provenance.Time.Format("2006-01-02"),
		escape(ex.Diagnostic.Message), escape(ex.Identity.Rule), ex.FixType)
	if after, err := textedit.Apply(ex.Before, ex.Edits); err == nil {
		fmt.Fprintf(b, "%s\n", fence("diff", textedit.Unified(ex.Path, ex.Before, after)))
	}
	if len(ex.Symptoms) > 0 {
		fmt.Fprintf(b, "The same edit also cured %s.\n\n", count(len(ex.Symptoms), "other error"))
	}
}

// fence puts foreign text into a code block that it cannot end.
func fence(lang, text string) string {
	marks := "```"
	for strings.Contains(text, marks) {
		marks += "`"
	}
	return marks + lang + "\n" + strings.TrimSuffix(text, "\n") + "\n" + marks + "\n"
}

// escape keeps foreign text from being Markdown or a link.
func escape(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_[]<>#!|&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func times(n int) string {
	switch n {
	case 0:
		return "never by dejafix"
	case 1:
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
