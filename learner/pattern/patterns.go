package pattern

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// shapeOf writes an edit down without the names that come from its place: what
// the edit removes, and what the message or the code at the error names, is
// numbered in the order of appearance.
func (sp *specimen) shapeOf() (before, after string) {
	numbers := map[string]int{}
	bound := map[string]bool{}
	for _, c := range sp.msg.captures {
		for _, t := range c.toks {
			bound[t] = true
		}
	}
	for i := sp.r0; i < sp.r1 && i < sp.r0+60; i++ {
		bound[sp.frag.Tok(i)] = true
	}
	for _, h := range sp.hunks {
		for i := h.A0; i < h.A1; i++ {
			bound[sp.frag.Tok(i)] = true
		}
	}
	show := func(b *strings.Builder, s string, wordy bool) {
		if wordy && bound[s] {
			if numbers[s] == 0 {
				numbers[s] = len(numbers) + 1
			}
			s = "‹" + strconv.Itoa(numbers[s]) + "›"
		}
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "| ") {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	var old, fresh strings.Builder
	for k, h := range sp.hunks {
		if k > 0 {
			old.WriteString(" | ")
			fresh.WriteString(" | ")
		}
		for i := h.A0; i < h.A1; i++ {
			show(&old, sp.frag.Tok(i), wordy(sp.frag.Tokens[i].Class))
		}
		for j := h.B0; j < h.B1; j++ {
			show(&fresh, sp.after[j], isName(sp.after[j]) || sp.after[j][0] >= '0' && sp.after[j][0] <= '9')
		}
	}
	return old.String(), fresh.String()
}

// patternID is the stable name of identity and normalised shape: the same on
// every machine that learned the same thing.
func patternID(id analysis.Identity, before, after string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{id.Language, id.Rule, id.Template, before, after}, "\x00")))
	return "p_" + hex.EncodeToString(sum[:10])
}

// Patterns lists what was learned, those with most examples first.
func (m *Model) Patterns() []Pattern {
	var out []Pattern
	at := map[string]int{}
	for i := range m.examples {
		l := &m.examples[i]
		if k, ok := at[l.pattern]; ok {
			out[k].Examples = append(out[k].Examples, l.id)
			continue
		}
		at[l.pattern] = len(out)
		out = append(out, Pattern{
			ID: l.pattern, Identity: l.identity, Title: l.title, FixType: l.fix,
			Examples: []string{l.id}, Before: l.before, After: l.after,
		})
	}
	slices.SortStableFunc(out, func(a, b Pattern) int { return len(b.Examples) - len(a.Examples) })
	return out
}

// newLesson writes down what a Model keeps of an example.
func newLesson(ex *analysis.Example, sp *specimen) lesson {
	before, after := sp.shapeOf()
	fix := ex.FixType
	if fix == "" {
		fix = Classify(sp.lang, ex.Before, nil, ex.Edits)
	}
	return lesson{
		id: ex.ID, identity: ex.Identity, look: sp.look(), fix: fix,
		title:  Title(sp.lang, ex.Before, ex.Edits),
		before: before, after: after, pattern: patternID(ex.Identity, before, after),
	}
}
