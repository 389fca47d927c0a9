package lsp

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// What a hover shows of a failure: as much as fits on a screen.
const (
	maxHoverIssues  = 3
	maxHoverCalls   = 6
	maxHoverLocals  = 6
	maxHoverDiff    = 20 // lines
	maxHoverRepairs = 2
	maxHoverTests   = 3
)

// failedText says what is known of the failures at a place: what was thrown,
// where, how it came there, what the code did not provide for, and what is
// remembered of it.
func (snap *snapshot) failedText(ctx context.Context, span analysis.Span) (parts []string, at analysis.Span, err error) {
	for _, r := range snap.reports {
		if r.Failure.Print == "" || !r.Span.Overlaps(span) {
			continue
		}
		i := slices.IndexFunc(snap.failures, func(f failure) bool { return f.id == r.Failure })
		if i < 0 {
			continue
		}
		f := &snap.failures[i]
		h, err := snap.sv.learner.Failure(ctx, f.root, f.trace)
		if err != nil {
			return nil, at, err
		}
		if len(parts) == 0 {
			at = r.Span
		}
		parts = append(parts, snap.failureText(f, h))
	}
	return parts, at, nil
}

// failureText is a failure and what is remembered of it. All of it is foreign
// text: it is escaped or fenced, and nothing in it is a link.
func (snap *snapshot) failureText(f *failure, h analysis.FailureHistory) string {
	t := f.trace
	w := hoverWriter{markdown: snap.client.markdown}
	w.title(f.headline())
	for _, s := range states(t) {
		w.line(s)
	}
	last := ""
	for _, issue := range t.Issues[:min(len(t.Issues), maxHoverIssues)] {
		w.item(severityName(issue.Severity), issue.Fix)
		if issue.Example != "" && issue.Example != last {
			w.code(t.Language, issue.Example)
			last = issue.Example
		}
	}
	if chain := callers(f); chain != "" {
		w.line("Called from " + chain)
	}
	g := h.Group
	for _, s := range []string{analysis.SeenText(g), analysis.FlakyText(g)} {
		if s != "" {
			w.line(s)
		}
	}
	if g != nil {
		if names := analysis.TestNames(g, maxHoverTests); names != "" {
			w.line("In " + names + ".")
		}
		for i := range g.Repairs[:min(len(g.Repairs), maxHoverRepairs)] {
			w.repair(&g.Repairs[i])
		}
	}
	for i := range h.Related {
		r := &h.Related[i]
		w.line(fmt.Sprintf("Looks like %s (%s). %s", analysis.FailureHeadline(r), r.Print, analysis.SeenText(r)))
		for k := range r.Repairs[:min(len(r.Repairs), 1)] {
			w.repair(&r.Repairs[k])
		}
	}
	w.line("dejafix why " + f.id.Print + " says more.")
	return w.b.String()
}

// headline is what was thrown.
func (f *failure) headline() string {
	if f.code == "failed" || strings.Contains(f.message, f.code) {
		return f.message
	}
	return f.code + ": " + f.message
}

// states say what is known of the variables where it failed.
func states(t *analysis.Trace) (out []string) {
	if len(t.Frames) == 0 {
		return nil
	}
	var said []string
	for _, v := range t.Frames[0].Locals {
		if s := analysis.LocalText(&v); s != v.Name && len(said) < maxHoverLocals {
			said = append(said, s)
		}
	}
	if len(said) > 0 {
		out = append(out, "There, "+strings.Join(said, ", ")+".")
	}
	return out
}

// callers is the way to a failure, the nearest call first.
func callers(f *failure) string {
	var list []string
	for i, s := range f.chain {
		if i == maxHoverCalls {
			list = append(list, "…")
			break
		}
		name, err := filepath.Rel(f.root, s.path)
		if err != nil {
			name = filepath.Base(s.path)
		}
		list = append(list, fmt.Sprintf("%s (%s:%d)", s.name, filepath.ToSlash(name), s.line+1))
	}
	return strings.Join(list, ", from ")
}

func severityName(s analysis.IssueSeverity) string {
	return [...]string{"Low", "Medium", "High", "Critical"}[min(max(int(s), 0), 3)]
}

// A hoverWriter writes paragraphs as Markdown or as plain text.
type hoverWriter struct {
	b        strings.Builder
	markdown bool
}

func (w *hoverWriter) end() {
	if w.b.Len() == 0 {
		return
	}
	w.b.WriteByte('\n')
	if w.markdown {
		w.b.WriteByte('\n')
	}
}

func (w *hoverWriter) title(s string) {
	if w.markdown {
		w.b.WriteString("**dejafix** " + escapeMarkdown(s))
		return
	}
	w.b.WriteString("dejafix: " + s)
}

func (w *hoverWriter) line(s string) {
	w.end()
	if w.markdown {
		s = escapeMarkdown(s)
	}
	w.b.WriteString(s)
}

func (w *hoverWriter) item(label, s string) {
	w.end()
	if w.markdown {
		w.b.WriteString("**" + label + "** " + escapeMarkdown(s))
		return
	}
	w.b.WriteString(label + ": " + s)
}

func (w *hoverWriter) code(language, s string) {
	w.end()
	if w.markdown {
		w.b.WriteString(fence(language, s))
		return
	}
	for line := range strings.SplitSeq(s, "\n") {
		w.b.WriteString("    " + line + "\n")
	}
}

// repair says what repaired a failure, with the lines that it changed.
func (w *hoverWriter) repair(r *analysis.FailureRepair) {
	w.line(analysis.RepairText(r))
	diff := hunks(r.Diff)
	if diff == "" {
		return
	}
	lines := strings.SplitAfter(strings.TrimSuffix(diff, "\n"), "\n")
	if len(lines) > maxHoverDiff {
		lines = append(lines[:maxHoverDiff], "…")
	}
	w.code("diff", strings.Join(lines, ""))
}
