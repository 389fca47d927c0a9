package lsp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// hover says what is known of a failure, shows the repairs that may be shown
// unasked, and names the one that was
// undone there and is not offered again, in clients that merge the hovers of
// several servers; null anywhere else, and where there is nothing to say.
func (s *session) hover(params []byte) (work, error) {
	p, err := protocol.Decode[protocol.HoverParams](protocol.MethodHover, params)
	if err != nil {
		return nil, err
	}
	snap := s.snapshot(p.TextDocument.URI)
	if snap == nil || !s.client.hover || !snap.settings.Hover {
		return done, nil
	}
	return func(ctx context.Context) (any, error) {
		span := snap.text.Span(protocol.Range{Start: p.Position, End: p.Position})
		parts, at, err := snap.failedText(ctx, span)
		if err != nil {
			return nil, err
		}
		suggestions, _, err := snap.suggest(ctx, span, asked{limit: 1, tried: true})
		if err != nil {
			return nil, err
		}
		var shown []analysis.Suggestion
		for _, g := range suggestions {
			if !g.Diagnostic.Span.Overlaps(span) {
				continue // an error elsewhere on the line is not hovered
			}
			if len(parts) == 0 {
				at = g.Diagnostic.Span
			}
			parts = append(parts, snap.hoverText(g))
			if !toldOf(g) {
				shown = append(shown, g)
			}
		}
		if len(parts) == 0 {
			return nil, nil
		}
		if err := snap.served(shown, true); err != nil {
			return nil, err
		}
		kind, separator := protocol.MarkupKind("plaintext"), "\n\n"
		if snap.client.markdown {
			kind, separator = "markdown", "\n\n---\n\n"
		}
		r := snap.text.Range(at)
		return &protocol.Hover{
			Contents: &protocol.MarkupContent{Kind: kind, Value: strings.Join(parts, separator)}, Range: &r,
		}, nil
	}, nil
}

// hoverText says what a suggestion would do and how often it held. The diff is
// text of the workspace: it is fenced, and nothing in it is a link.
func (snap *snapshot) hoverText(g analysis.Suggestion) string {
	if toldOf(g) {
		return snap.triedText(g)
	}
	history := fmt.Sprintf("learned from %d, probability %.2f", g.Supporting, g.Probability)
	if g.Maker != "" {
		history = fmt.Sprintf("made from the workspace, probability %.2f", g.Probability)
	}
	if g.Applied > 0 {
		history += fmt.Sprintf(", held %d of %d", g.Held, g.Applied)
	}
	if !g.UndoneLast.IsZero() {
		history += ", tried before and undone on " + day(g.UndoneLast)
	}
	diff := ""
	if after, err := textedit.Apply(snap.text.Doc.Text, g.Edits); err == nil {
		diff = hunks(textedit.Unified("", snap.text.Doc.Text, after))
	}
	if !snap.client.markdown {
		return fmt.Sprintf("dejafix: %s (%s)\n%s", g.Title, history, diff)
	}
	text := fmt.Sprintf("**dejafix** %s  \n%s", escapeMarkdown(g.Title), escapeMarkdown(history))
	if diff != "" {
		text += "\n\n" + fence("diff", diff)
	}
	return text
}

// toldOf reports whether g is not offered, but told of because it was undone.
func toldOf(g analysis.Suggestion) bool {
	return !g.UndoneHere.IsZero() || !g.Unasked && !g.UndoneLast.IsZero()
}

// triedText names a repair that was undone before.
func (snap *snapshot) triedText(g analysis.Suggestion) string {
	what := "was tried before and undone on " + day(g.UndoneLast)
	if !g.UndoneHere.IsZero() {
		what = "was tried here and undone on " + day(g.UndoneHere) + "; it is not offered here again"
	}
	if !snap.client.markdown {
		return fmt.Sprintf("dejafix: %s %s", g.Title, what)
	}
	return fmt.Sprintf("**dejafix** %s  \n%s", escapeMarkdown(g.Title), what)
}

// day is when something was, as a person on this machine dates it.
func day(t time.Time) string { return t.Local().Format(time.DateOnly) }

// hunks is a unified diff without its file names.
func hunks(diff string) string {
	if i := strings.Index(diff, "@@"); i >= 0 {
		return diff[i:]
	}
	return ""
}

// fence puts text in a code block that it cannot end.
func fence(language, text string) string {
	longest, run := 0, 0
	for _, r := range text {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	bar := strings.Repeat("`", max(3, longest+1))
	return bar + language + "\n" + strings.TrimSuffix(text, "\n") + "\n" + bar
}

// escapeMarkdown makes text that somebody else wrote stand for itself.
func escapeMarkdown(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case strings.ContainsRune("\\`*_{}[]()<>#+-.!|~&$", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n' || r == '\r':
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
