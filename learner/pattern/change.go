package pattern

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A change makes one word of another: a transform of LEARNING.md section 2.
type change struct {
	op   changeOp
	a, b string
}

type changeOp uint8

const (
	changeAffix      changeOp = iota // a in front, b behind
	changeStrip                      // without a in front and b behind
	changePrefix                     // a in front becomes b
	changeSuffix                     // a at the end becomes b
	changeSubstitute                 // a inside becomes b
	changeLower
	changeUpper
	changeTitle // first letter upper
	changeUntitle
	changeSnake
	changeCamel
	changePascal
	changeScream // SCREAMING_SNAKE
	changeKebab
)

// apply returns what c makes of s; ok says whether it applies. It does not
// where it was applied before.
func (c change) apply(s string) (string, bool) {
	switch c.op {
	case changeAffix:
		return c.a + s + c.b, s != "" && (!strings.HasPrefix(s, c.a) || !strings.HasSuffix(s, c.b))
	case changeStrip:
		if len(s) <= len(c.a)+len(c.b) || !strings.HasPrefix(s, c.a) || !strings.HasSuffix(s, c.b) {
			return "", false
		}
		return s[len(c.a) : len(s)-len(c.b)], true
	case changePrefix:
		rest, ok := strings.CutPrefix(s, c.a)
		return c.b + rest, ok && rest != "" && (!strings.HasPrefix(c.b, c.a) || !strings.HasPrefix(s, c.b))
	case changeSuffix:
		rest, ok := strings.CutSuffix(s, c.a)
		return rest + c.b, ok && rest != "" && (!strings.HasSuffix(c.b, c.a) || !strings.HasSuffix(s, c.b))
	case changeSubstitute:
		if strings.Count(s, c.a) == 0 || strings.Contains(c.b, c.a) && strings.Contains(s, c.b) {
			return "", false
		}
		return strings.ReplaceAll(s, c.a, c.b), true
	}
	out := recase(c.op, s)
	return out, out != s && out != ""
}

func recase(op changeOp, s string) string {
	switch op {
	case changeLower:
		return strings.ToLower(s)
	case changeUpper:
		return strings.ToUpper(s)
	case changeTitle, changeUntitle:
		r, size := utf8.DecodeRuneInString(s)
		if op == changeUntitle {
			return string(unicode.ToLower(r)) + s[size:]
		}
		return string(unicode.ToUpper(r)) + s[size:]
	}
	words := splitName(s)
	for i, w := range words {
		switch op {
		case changeScream:
			words[i] = strings.ToUpper(w)
		case changeSnake, changeKebab:
			words[i] = strings.ToLower(w)
		case changeCamel, changePascal:
			w = strings.ToLower(w)
			if i > 0 || op == changePascal {
				w = recase(changeTitle, w)
			}
			words[i] = w
		}
	}
	switch op {
	case changeSnake, changeScream:
		return strings.Join(words, "_")
	case changeKebab:
		return strings.Join(words, "-")
	}
	return strings.Join(words, "")
}

// splitName cuts a name at underscores, hyphens and humps.
func splitName(s string) []string {
	var out []string
	start := 0
	rs := []rune(s)
	flush := func(end int) {
		if end > start {
			out = append(out, string(rs[start:end]))
		}
	}
	for i, r := range rs {
		switch {
		case r == '_' || r == '-':
			flush(i)
			start = i + 1
		case i > start && unicode.IsUpper(r) && (unicode.IsLower(rs[i-1]) || i+1 < len(rs) && unicode.IsLower(rs[i+1])):
			flush(i)
			start = i
		}
	}
	flush(len(rs))
	return out
}

// findChange returns the change that makes to of from, the plainest there is.
func findChange(from, to string, class bool) (change, bool) {
	if from == to || from == "" || to == "" || len(from) > 200 || len(to) > 200 {
		return change{}, false
	}
	if !class { // operators: only to and from their assignment form
		if to == from+"=" {
			return change{op: changeAffix, b: "="}, true
		}
		if from == to+"=" {
			return change{op: changeStrip, b: "="}, true
		}
		return change{}, false
	}
	if (len(from) > 1 || len(to) > 1) && sameLetters(from, to) {
		for op := changeLower; op <= changeKebab; op++ {
			if out := recase(op, from); out == to {
				return change{op: op}, true
			}
		}
	}
	if len(from) >= 2 || isName(from) {
		if before, after, ok := strings.Cut(to, from); ok && (len(from) >= 2 || marks(before+after)) {
			return change{op: changeAffix, a: before, b: after}, true
		}
	}
	if before, after, ok := strings.Cut(from, to); ok && (len(to) >= 2 || marks(before+after)) {
		return change{op: changeStrip, a: before, b: after}, true
	}
	p, s := commonEnds(from, to)
	switch {
	case p >= 3 && p+s >= len(from)/2 && p+s < len(from) && s > 0:
		return change{op: changeSubstitute, a: from[p : len(from)-s], b: to[p : len(to)-s]}, true
	case p >= 3 && 2*p >= len(from):
		return change{op: changeSuffix, a: from[p:], b: to[p:]}, true
	case s >= 3 && 2*s >= len(from):
		return change{op: changePrefix, a: from[:len(from)-s], b: to[:len(to)-s]}, true
	}
	return change{}, false
}

// marks reports whether s has no letters or digits: what is put around or taken
// from a single letter by chance is seldom of marks only.
func marks(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// sameLetters reports whether two names differ in case and separators only:
// cheap, and false for nearly all pairs.
func sameLetters(a, b string) bool {
	i, j := 0, 0
	for {
		for i < len(a) && (a[i] == '_' || a[i] == '-') {
			i++
		}
		for j < len(b) && (b[j] == '_' || b[j] == '-') {
			j++
		}
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		if a[i] != b[j] && (a[i]|0x20) != (b[j]|0x20) && a[i] < 0x80 {
			return false
		}
		i, j = i+1, j+1
	}
}

// commonEnds returns the lengths of the common prefix and of the common suffix
// of what is left.
func commonEnds(a, b string) (int, int) {
	p := 0
	for p < len(a) && p < len(b) && a[p] == b[p] {
		p++
	}
	s := 0
	for s < len(a)-p && s < len(b)-p && a[len(a)-1-s] == b[len(b)-1-s] {
		s++
	}
	return p, s
}
