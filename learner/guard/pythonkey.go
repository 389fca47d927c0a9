package guard

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// pythonKey drafts for a key that is not there.
func pythonKey(s *site) []draft {
	key := strings.TrimSpace(s.msg)
	var out []draft
	rank := 0
	for _, n := range s.onLine("subscript") {
		coll, k := s.child(n, 0), s.child(n, 1)
		if k < 0 || s.is(k, "slice", "integer") {
			continue
		}
		// The message is the key as it would be written.
		if s.is(k, "string") && len(s.within(k, "interpolation")) == 0 {
			if strings.Trim(s.of(k), `"'`) != strings.Trim(key, `"'`) {
				continue
			}
		}
		if len(s.named(n)) > 2 || s.checked(n, s.of(k), " in "+s.of(coll), "not in "+s.of(coll)) {
			continue
		}
		for _, d := range s.pythonKeyDrafts(n, coll, k) {
			d.score *= share(rank)
			out = append(out, d)
		}
		rank++
	}
	for _, n := range s.onLine("call") {
		attr := s.child(n, 0)
		args := s.child(n, 1)
		if !s.is(attr, "attribute") || len(s.named(args)) != 1 {
			continue
		}
		switch s.of(s.child(attr, -1)) {
		case "pop":
			out = append(out, draft{
				maker: "key-default", title: "Give pop a default", fix: analysis.FixAddNullCheck,
				edits: []analysis.Edit{put(s.span(s.child(args, 0)).End, ", None")}, score: scoreKeyMethod,
			})
		case "remove":
			out = append(out, draft{
				maker: "key-default", title: "Discard instead of remove", fix: analysis.FixAddNullCheck,
				edits: []analysis.Edit{s.replace(s.child(attr, -1), "discard")}, score: scoreKeyMethod,
			})
		}
	}
	return out
}

func (s *site) pythonKeyDrafts(n, coll, k int32) []draft {
	c, key := s.of(coll), s.of(k)
	if strings.Contains(key, "\n") || strings.Contains(c, "\n") {
		return nil
	}
	parent := s.up(n)
	var out []draft
	get := func(title, text string, node int32, score float64) {
		out = append(out, draft{maker: "key-default", title: title, fix: analysis.FixAddNullCheck, edits: []analysis.Edit{s.replace(node, text)}, score: score})
	}
	p := plan{
		maker: "key-check", fix: analysis.FixAddNullCheck, node: n, bad: key + " not in " + c, good: key + " in " + c,
		what: short(key) + " is not in " + short(c), score: scoreKeyCheck,
	}
	simple := s.path(k) && s.path(coll)
	switch {
	case s.is(parent, "delete_statement"):
		get("Pop with a default instead of deleting", c+".pop("+key+", None)", parent, scoreKeyDelete)
	case s.is(parent, "augmented_assignment") && s.child(parent, 0) == n && simple:
		op := s.of(s.all(parent)[1])
		right := s.of(s.child(parent, -1))
		empty := map[string]string{"+=": "0", "-=": "0", "*=": "1", "|=": "0"}[op]
		switch {
		case s.is(s.child(parent, -1), "list", "list_comprehension"):
			empty = "[]"
		case s.is(s.child(parent, -1), "string"):
			empty = s.quote("")
		}
		if empty != "" {
			if s.is(s.child(parent, -1), "binary_operator", "conditional_expression", "boolean_operator") {
				right = "(" + right + ")"
			}
			get("Begin at "+empty+" when "+p.what, c+"["+key+"] = "+c+".get("+key+", "+empty+") "+strings.TrimSuffix(op, "=")+" "+right, parent, scoreKeyCount)
		}
	case s.is(parent, "assignment") && s.child(parent, 0) == n:
		return nil // setting a key never fails for it
	case s.is(parent, "attribute") && s.is(s.up(parent), "call") && s.child(s.up(parent), 0) == parent:
		if empty := pythonGrown[s.of(s.child(parent, -1))]; empty != "" {
			get("Begin with an empty one when "+p.what, c+".setdefault("+key+", "+empty+")", n, scoreKeyCount)
			break
		}
		if simple {
			out = append(out, s.forms(p)...)
		}
		return out
	case s.is(parent, "attribute", "subscript") && s.child(parent, 0) == n:
		if s.is(parent, "subscript") && (!s.is(s.up(parent), "assignment", "augmented_assignment") || s.child(s.up(parent), 0) != parent) {
			get("Take an empty one when "+p.what, c+".get("+key+", {})", n, scoreKeyCheck*guessShare)
		}
		if s.is(parent, "subscript") && s.is(s.up(parent), "assignment") && s.child(s.up(parent), 0) == parent {
			get("Begin with an empty one when "+p.what, c+".setdefault("+key+", {})", n, scoreKeyCount)
		}
	default:
		get("Take None when "+p.what, c+".get("+key+")", n, scoreKeyGet)
		if empty := s.pythonWanted(n); empty != "" {
			out[len(out)-1] = draft{
				maker: "key-default", title: "Take " + empty + " when " + p.what, fix: analysis.FixAddNullCheck,
				edits: []analysis.Edit{s.replace(n, c+".get("+key+", "+empty+")")}, score: scoreKeyGet,
			}
		}
	}
	if simple {
		if f := s.pythonFilter(p); len(f) > 0 {
			return append(out, f...)
		}
		out = append(out, s.forms(p)...)
	}
	return out
}

// pythonGrown is what a value is that is grown by a method.
var pythonGrown = map[string]string{
	"append": "[]", "extend": "[]", "insert": "[]", "add": "set()", "update": "{}", "setdefault": "{}", "items": "", "keys": "", "values": "",
}

// pythonWanted is the empty value of what the place of n wants, "" where it does
// not show.
func (s *site) pythonWanted(n int32) string {
	p := s.up(n)
	switch {
	case s.is(p, "for_statement", "for_in_clause") && s.child(p, 1) == n:
		return "[]"
	case s.is(p, "binary_operator"):
		other := s.child(p, 0)
		if other == n {
			other = s.child(p, -1)
		}
		switch {
		case s.is(other, "string"):
			return s.quote("")
		case s.is(other, "list", "list_comprehension"):
			return "[]"
		}
		return "0"
	case s.is(p, "argument_list"):
		switch s.of(s.child(s.up(p), 0)) {
		case "len", "sorted", "list", "set", "tuple", "enumerate", "sum", "any", "all":
			return "[]"
		case "int", "float", "abs", "round":
			return "0"
		}
	}
	return ""
}
