package pattern

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// maxPiece bounds a piece of code in a title, in characters.
const maxPiece = 40

var importPath = regexp.MustCompile(`^\s*(?:import\s+)?(?:[\w.]+\s+)?("[^"\n]+")\s*;?\s*$`)

// Title says in plain words what the edits do. It is one line.
func Title(lang *syntax.Language, before string, edits []analysis.Edit) string {
	ds := deltas(lang, before, edits)
	if len(ds) == 0 {
		return "Change white space or a comment"
	}
	if w := wrapped(ds); w != "" {
		return "Wrap in " + piece(w)
	}
	if pair, ok := oneReplaced(ds); ok && len(ds) > 1 {
		return "Replace " + piece(pair[0]) + " with " + piece(pair[1]) + " in all places"
	}
	// What brings most is named; an import that comes with it is not.
	best := -1
	for i, d := range ds {
		if _, ok := isImport(lang, d.new); ok && len(ds) > 1 {
			continue
		}
		if best < 0 || len(d.newToks)*2+len(d.oldToks) > len(ds[best].newToks)*2+len(ds[best].oldToks) {
			best = i
		}
	}
	if best < 0 {
		best = 0
	}
	d := ds[best]
	switch {
	case len(d.newToks) == 0:
		return "Remove " + piece(d.old)
	case len(d.oldToks) == 0:
		if what, ok := isImport(lang, d.new); ok {
			return "Add import " + what
		}
		return "Insert " + piece(d.new)
	}
	return "Replace " + piece(d.old) + " with " + piece(d.new)
}

// isImport reports whether inserted text is an import, and what it names.
func isImport(lang *syntax.Language, text string) (string, bool) {
	if lang.Family == "go" {
		if m := importPath.FindStringSubmatch(text); m != nil {
			return m[1], true
		}
	}
	if signs[0].text.MatchString(text) && strings.Count(strings.TrimSpace(text), "\n") == 0 {
		what := strings.TrimSuffix(strings.TrimSpace(text), ";")
		what = strings.TrimPrefix(strings.TrimPrefix(what, "import "), "use ")
		return piece(what), true
	}
	return "", false
}

// piece makes code fit for a title: on one line and not long.
func piece(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= maxPiece {
		return s
	}
	rs := []rune(s)
	return string(rs[:maxPiece-1]) + "…"
}
