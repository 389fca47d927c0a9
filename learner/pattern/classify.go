package pattern

import (
	"regexp"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// A delta is what one edit takes and brings, as tokens, widened to whole words.
type delta struct {
	span     analysis.Span
	old, new string
	oldToks  []string
	newToks  []string
}

func deltas(lang *syntax.Language, before string, edits []analysis.Edit) []delta {
	var out []delta
	edits = joined(before, edits)
	lo := 0
	for i, e := range edits {
		d := delta{span: e.Span, new: e.New}
		hi := len(before) // what is widened does not reach its neighbours
		if i+1 < len(edits) {
			hi = edits[i+1].Span.Start
		}
		s := e.Span
		// A name or an operator that is changed in part is changed as a whole.
		for _, part := range []func(byte) bool{isWordByte, isOperatorByte} {
			for s.Start > lo && part(before[s.Start-1]) && (d.new != "" && part(d.new[0]) || s.Len() > 0 && part(before[s.Start])) {
				s.Start--
				d.new = before[s.Start:s.Start+1] + d.new
			}
			for s.End < hi && part(before[s.End]) && (d.new != "" && part(d.new[len(d.new)-1]) || s.Len() > 0 && part(before[s.End-1])) {
				d.new += before[s.End : s.End+1]
				s.End++
			}
		}
		d.span = s
		lo = s.End
		d.old = before[s.Start:s.End]
		d.oldToks, d.newToks = syntax.Words(lang, d.old), syntax.Words(lang, d.new)
		if len(d.oldToks)+len(d.newToks) > 0 {
			out = append(out, d)
		}
	}
	return out
}

func isOperatorByte(c byte) bool { return strings.IndexByte("=:!<>&|+-*/%^?~.", c) >= 0 }

// joined makes one insertion of two around a piece that the second repeats:
// "if " and "!= nil { x" around an x insert "if x != nil { " before it.
func joined(before string, edits []analysis.Edit) []analysis.Edit {
	var out []analysis.Edit
	for _, e := range edits {
		if n := len(out); n > 0 && out[n-1].Span.Len() == 0 && e.Span.Len() == 0 {
			kept := before[out[n-1].Span.End:e.Span.Start]
			if head, ok := strings.CutSuffix(e.New, kept); ok && kept != "" {
				out[n-1].New += kept + head
				continue
			}
		}
		out = append(out, e)
	}
	return out
}

// A sign is a row of the table that fix types are told by: what the inserted
// text looks like, in any language or in one family.
type sign struct {
	fix    analysis.FixType
	family string // "" for any
	text   *regexp.Regexp
}

// signs are looked at in order: the more telling ones first. One counts when
// the edited lines show it more often after than before.
var signs = []sign{
	{analysis.FixAddImport, "", regexp.MustCompile(`(?m)^\s*(import\b|from\s+\S+\s+import\b|use\s+[\w:{]+|#\s*include\b|require(_relative)?\b|using\s+[\w.]+;|extern crate\b)`)},
	{analysis.FixAddImport, "typescript", regexp.MustCompile(`\brequire\(`)},
	{analysis.FixHandleError, "go", regexp.MustCompile(`\berr\s*!=\s*nil|errors\.(Is|As)\(`)},
	{analysis.FixHandleError, "", regexp.MustCompile(`\b(try|catch|except|rescue)\b|\.catch\(|\.map_err\(`)},
	{analysis.FixHandleError, "rust", regexp.MustCompile(`(?m)\?$|\?;`)},
	{analysis.FixAddBoundsCheck, "", regexp.MustCompile(`(\blen\([^)]*\)|\.(length|size|len|count)(\(\))?)\s*(<|>|==|!=)|(<|>|<=|>=|==|!=)\s*(len\([^)]*\)|[\w.]+\.(length|size|len|count)\b)`)},
	{analysis.FixAddTypeValidation, "", regexp.MustCompile(`\bisinstance\(|\btypeof\b|\binstanceof\b|\.is_a\?|\.kind_of\?|\.\(\w+\);\s*ok|\bArray\.isArray\(`)},
	{analysis.FixAddNullCheck, "", regexp.MustCompile(`(!=|!==|==|===|\bis not|\bis)\s*(nil|null|None|undefined|nullptr|NULL)\b|\?\.|\?\?|&\.|\.nil\?|\.is_some\(|\.is_none\(|\bif let Some\b|\.unwrap_or`)},
	{analysis.FixAddAwait, "", regexp.MustCompile(`\bawait\b|\basync\b`)},
	{analysis.FixAddReturn, "", regexp.MustCompile(`\breturn\b`)},
	{analysis.FixConvertType, "", regexp.MustCompile(`\bstrconv\.|\b(str|int|float|bool|bytes|list|tuple|set|dict|string|float64|float32|int64|int32|int16|int8|uint\w*|byte|rune|String|Number|Boolean|BigInt|parseInt|parseFloat|Integer|Float|Array)\(|\.(to_s|to_i|to_f|to_a|to_sym|to_string|to_owned|into|as_str|as_ref|toString|String|valueOf|parse|astype|encode|decode)\b|\bas\s+\w+|\bstatic_cast<`)},
}

var (
	literal = regexp.MustCompile(`^([0-9].*|true|false|True|False|nil|null|None|undefined|"|'|` + "`" + `)$`)
	name    = regexp.MustCompile(`^[\p{L}_$@][\p{L}\p{N}_$?!]*$`)
)

// Classify says what kind of repair the edits are, in the first paper's words.
// tree is of before, nil for a language without a grammar.
func Classify(lang *syntax.Language, before string, tree *syntax.Tree, edits []analysis.Edit) analysis.FixType {
	ds := deltas(lang, before, edits)
	if len(ds) == 0 {
		return analysis.FixOther
	}
	var removed, added []string
	var old, fresh strings.Builder
	for i, c := range ds {
		removed = append(removed, c.oldToks...)
		added = append(added, c.newToks...)
		if i > 0 && c.span.Start <= syntax.LineAt(before, ds[i-1].span.End).End {
			continue // on the line of the last one, which is looked at as a whole
		}
		o, n := editedLines(before, ds[i:])
		old.WriteString(o + "\n")
		fresh.WriteString(n + "\n")
	}
	if len(added) == 0 {
		return analysis.FixRemoveUnused
	}
	imports := true
	for _, c := range ds {
		imports = imports && placeIn(tree, c.span).imports && len(c.newToks) > len(c.oldToks)
	}
	if imports {
		return analysis.FixAddImport
	}
	if same, ok := oneReplaced(ds); ok {
		switch {
		case literal.MatchString(same[0]) && literal.MatchString(same[1]) || isQuoted(ds[0].old) && isQuoted(ds[0].new):
			return analysis.FixChangeLiteral
		case same[1] == "?." || same[1] == "&.":
			return analysis.FixAddNullCheck
		case operatorWords[same[0]] || operatorWords[same[1]]:
			return analysis.FixChangeOperator
		case name.MatchString(same[0]) && name.MatchString(same[1]):
			return analysis.FixRename
		case !name.MatchString(same[0]) && !name.MatchString(same[1]) && !literal.MatchString(same[0]) && !literal.MatchString(same[1]):
			return analysis.FixChangeOperator
		}
	}
	if len(removed) > 1 && sameTokens(removed, added) {
		return analysis.FixReorder
	}
	for _, s := range signs {
		if (s.family == "" || s.family == lang.Family) && len(s.text.FindAllString(fresh.String(), -1)) > len(s.text.FindAllString(old.String(), -1)) {
			return s.fix
		}
	}
	if len(removed) == 0 && inArguments(tree, ds[0].span) {
		return analysis.FixAddArgument
	}
	if wrapped(ds) != "" {
		return analysis.FixConvertType
	}
	return analysis.FixOther
}

// editedLines returns the lines of the first of ds before and after the edits
// that touch them.
func editedLines(before string, ds []delta) (old, fresh string) {
	lines := analysis.Span{Start: syntax.LineAt(before, ds[0].span.Start).Start, End: syntax.LineAt(before, ds[0].span.End).End}
	var b strings.Builder
	at := lines.Start
	for _, d := range ds {
		if d.span.Start > lines.End {
			break
		}
		lines.End = max(lines.End, syntax.LineAt(before, d.span.End).End)
		b.WriteString(before[at:d.span.Start])
		b.WriteString(d.new)
		at = d.span.End
	}
	b.WriteString(before[at:lines.End])
	return before[lines.Start:lines.End], b.String()
}

var operatorWords = wordSet(`and or not is in instanceof typeof as`)

// oneReplaced returns the token that every edit replaces, and by what.
func oneReplaced(ds []delta) ([2]string, bool) {
	var pair [2]string
	for i, d := range ds {
		if len(d.oldToks) != 1 || len(d.newToks) != 1 {
			return pair, false
		}
		p := [2]string{d.oldToks[0], d.newToks[0]}
		if i > 0 && p != pair {
			return pair, false
		}
		pair = p
	}
	return pair, true
}

func isQuoted(s string) bool {
	s = strings.TrimSpace(s)
	return len(s) >= 2 && (s[0] == '"' || s[0] == '\'' || s[0] == '`') && s[len(s)-1] == s[0]
}

func sameTokens(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// inArguments reports whether a place is between the brackets of a call.
func inArguments(tree *syntax.Tree, at analysis.Span) bool {
	if tree == nil {
		return false
	}
	path := tree.Path(at)
	for i := len(path) - 1; i >= max(0, len(path)-3); i-- {
		k := path[i].Kind.String()
		if (strings.HasSuffix(k, "arguments") || strings.HasSuffix(k, "argument_list")) && path[i].Span.Start < at.Start && at.End < path[i].Span.End {
			return true
		}
	}
	return false
}

// wrapped returns what two insertions put around a piece of code: the text
// before its bracket, "" when they do not.
func wrapped(ds []delta) string {
	if len(ds) != 2 || len(ds[0].oldToks)+len(ds[1].oldToks) > 0 {
		return ""
	}
	head, tail := strings.TrimSpace(ds[0].new), strings.TrimSpace(ds[1].new)
	if strings.HasSuffix(head, "(") && strings.HasPrefix(tail, ")") {
		if head == "(" {
			return "parentheses"
		}
		return strings.TrimSuffix(head, "(")
	}
	return ""
}
