package trace

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// ownFrames is how many of the user's own calls are part of a fingerprint, from
// the failing one on. More split a failure by who called, which the paper's key,
// the whole chain, does to nearly every one; the figure was chosen by the
// grouping of the shared traces (BENCHMARKS.md).
const ownFrames = 3

// Fingerprint returns what is equal for failures that are the same, "" where
// there is nothing to tell them by, and what it is made of: one sentence for
// each part, with its reason. Line numbers are in none: an edit above moves them.
func Fingerprint(t *analysis.Trace) (id string, parts []string) {
	p := partsOf(t)
	if len(p.frames) == 0 && p.typ == "" && p.message == "" {
		return "", nil
	}
	h := sha256.New()
	add := func(kind, value, why string) {
		h.Write([]byte(kind + "\x00" + value + "\x00"))
		parts = append(parts, kind+" "+value+": "+why)
	}
	add("language", p.language, "the same words mean different things in different languages")
	if p.typ != "" {
		why := "what was thrown"
		switch {
		case p.typ == anAssertion:
			why = "an assertion failed; how it compares is left out"
		case p.wrapped:
			why = "what was thrown first; what it was wrapped in is left out"
		}
		add("type", p.typ, why)
	}
	if p.message != "" {
		add("message", p.message, "the message, with numbers, addresses, paths and quoted values taken out")
	} else if p.left != "" {
		parts = append(parts, "message left out: "+p.left)
	}
	for i, f := range p.frames {
		switch {
		case !p.own:
			add("call", f, "none of the calls is the user's own, so this one counts")
		case i == 0:
			add("call", f, "the user's own call where it failed, without its line, which edits move")
		default:
			add("call", f, "the user's own call that led there")
		}
	}
	return "t_" + hex.EncodeToString(h.Sum(nil))[:16], parts
}

// anAssertion stands for the types of failed assertions.
const anAssertion = "assertion"

// The parts of a fingerprint.
type fingerparts struct {
	language, typ, message string
	left                   string // why the message is no part
	frames                 []string
	own                    bool // the frames are the user's
	wrapped                bool
}

func partsOf(t *analysis.Trace) fingerparts {
	root, at := FailurePoint(t)
	p := fingerparts{language: family(t.Language), typ: root.Type, wrapped: root != t}
	switch kindOf(root) {
	case analysis.FailedAssertion:
		// Libraries have an exception for each way to compare.
		if p.typ != "" {
			p.typ = anAssertion
		}
		if at < 0 {
			p.message = template(root.Message, true) // no call tells which
			break
		}
		p.left = "an assertion's message is made of the values that were compared"
	case analysis.InvalidValue, analysis.MissingFile, analysis.BadEncoding, analysis.Timeout, analysis.NetworkFailure:
		p.message = template(root.Message, false)
	default:
		p.message = template(root.Message, true)
	}
	last := ""
	for i := max(at, 0); i < len(root.Frames) && len(p.frames) < ownFrames; i++ {
		f := &root.Frames[i]
		if at >= 0 && !f.InApp {
			continue
		}
		// Which test came through is no part of a failure in the code under test.
		if len(p.frames) > 0 && testCode(p.language, f) && !testCode(p.language, &root.Frames[max(at, 0)]) {
			break
		}
		if s := normal(p.language, f); s != last && s != "" {
			p.frames = append(p.frames, s)
			last = s
		}
	}
	p.own = at >= 0
	return p
}

// testCode reports whether a call is in a test, by the names that test runners
// go by.
func testCode(language string, f *analysis.Frame) bool {
	file := clean(f.File)
	base := file[strings.LastIndexByte(file, '/')+1:]
	name, _, _ := strings.Cut(base, ".")
	switch language {
	case "java", "csharp":
		class := f.Module[strings.LastIndexByte(f.Module, '.')+1:]
		class, _, _ = strings.Cut(class, "$")
		for _, c := range [...]string{class, name} {
			if strings.HasSuffix(c, "Test") || strings.HasSuffix(c, "Tests") || strings.HasSuffix(c, "TestCase") || strings.HasSuffix(c, "Spec") ||
				strings.HasPrefix(c, "Test") && len(c) > 4 && isUpper(c[4]) {
				return true
			}
		}
		return strings.Contains(f.Module, ".test.")
	case "go":
		return strings.HasSuffix(name, "_test")
	}
	if strings.HasPrefix(name, "test_") || strings.HasSuffix(name, "_test") || strings.HasSuffix(name, "_spec") || strings.HasSuffix(name, "Test") ||
		strings.Contains(base, ".test.") || strings.Contains(base, ".spec.") || name == "conftest" {
		return true
	}
	for _, dir := range [...]string{"test/", "tests/", "spec/", "__tests__/"} {
		if strings.HasPrefix(file, dir) || strings.Contains(file, "/"+dir) {
			return true
		}
	}
	return false
}

// normal names a call so that it stays equal when code around it changes: no
// line, no number of a closure, no hash of a build.
func normal(language string, f *analysis.Frame) string {
	fn := f.Function
	switch language {
	case "java":
		class := f.Module
		if k := strings.LastIndexByte(class, '$'); k > 0 && allDigits(class[k+1:]) {
			class = class[:k]
		}
		if rest, ok := strings.CutPrefix(fn, "lambda$"); ok {
			fn, _, _ = strings.Cut(rest, "$")
		}
		return class + "." + fn
	case "go":
		fn = strings.ReplaceAll(fn, "[...]", "")
		return unnumbered(fn, ".func", ".gowrap", "-range")
	case "rust":
		if fn != "" {
			return bare(unhashed(fn))
		}
	case "ruby":
		if k := strings.LastIndex(fn, " in "); k >= 0 {
			fn = fn[k+4:]
		}
		if k := strings.LastIndexAny(fn, "#."); k >= 0 { // since 3.4 the class is printed
			fn = fn[k+1:]
		}
	case "csharp":
		if k := strings.Index(fn, "b__"); k > 0 {
			fn = fn[:k]
		}
		return fn
	case "javascript":
		fn = strings.TrimPrefix(fn, "async ")
		if k := strings.Index(fn, " [as "); k > 0 {
			fn = fn[:k]
		}
	}
	file := clean(f.File)
	file = unhex(file[strings.LastIndexByte(file, '/')+1:])
	if nameless(fn) {
		// Many functions of a file have no name; then the line must tell them
		// apart: its text where it is known, which edits above do not change.
		switch {
		case f.Text != "":
			return file + " " + strings.Join(strings.Fields(f.Text), " ")
		case f.Line > 0:
			return file + " line " + strconv.Itoa(f.Line)
		}
		return file
	}
	return file + " " + fn
}

// nameless reports whether a function's name says nothing: a function without
// one, or the code of a file or class.
func nameless(fn string) bool {
	return fn == "" || strings.HasSuffix(fn, "<anonymous>") || strings.HasPrefix(fn, "<") || fn == "{closure}" || fn == "{main}"
}

// unnumbered takes the digits after each of marks off: main.f.func1.2.
func unnumbered(s string, marks ...string) string {
	for _, m := range marks {
		k := strings.Index(s, m)
		if k < 0 {
			continue
		}
		rest := s[k+len(m):]
		if strings.Trim(rest, "0123456789.") == "" || isDigit(rest[0]) {
			return s[:k+len(m)]
		}
	}
	return s
}

// bare takes "[0123456789abcdef]" off a crate's name.
func bare(s string) string {
	for {
		k := strings.IndexByte(s, '[')
		if k < 0 || k+17 >= len(s) || s[k+17] != ']' {
			return s
		}
		s = s[:k] + s[k+18:]
	}
}

// unhex takes the hash of a bundle's name out: main.3f2a1c9d.js.
func unhex(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		j := i
		digits := 0
		for j < len(s) && isHex(s[j]) {
			if isDigit(s[j]) {
				digits++
			}
			j++
		}
		switch {
		case j-i >= 6 && digits > 0:
			b.WriteString("‹›")
			i = j
		case j > i:
			b.WriteString(s[i:j])
			i = j
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String()
}

// maxTemplate bounds a message's template, in bytes.
const maxTemplate = 400

// template is the first line of a message, with what varies taken out: numbers,
// addresses, paths, and what is quoted, but for names where a message is about
// one.
func template(msg string, names bool) string {
	msg, _, _ = strings.Cut(strings.TrimSpace(msg), "\n")
	if len(msg) > 4*maxTemplate {
		msg = msg[:4*maxTemplate]
	}
	var b strings.Builder
	hole := func() {
		if !strings.HasSuffix(b.String(), "‹›") {
			b.WriteString("‹›")
		}
	}
	for i := 0; i < len(msg) && b.Len() < maxTemplate; {
		c := msg[i]
		switch {
		case c == '\'' || c == '"' || c == '`':
			closing := c
			if c == '`' && strings.IndexByte(msg[i+1:], '`') < 0 {
				closing = '\''
			}
			end := strings.IndexByte(msg[i+1:], closing)
			if end < 0 || c == '\'' && i > 0 && isWord(msg[i-1]) { // an apostrophe
				b.WriteByte(c)
				i++
				continue
			}
			if in := msg[i+1 : i+1+end]; names && nameLike(in) {
				b.WriteString(msg[i : i+end+2])
			} else {
				hole()
			}
			i += end + 2
		case c == '/' && i+1 < len(msg) && isWordStart(msg[i+1]) && (i == 0 || !isWord(msg[i-1])):
			for i < len(msg) && strings.IndexByte(" \t,;:()'\"", msg[i]) < 0 {
				i++
			}
			hole()
		case isDigit(c) && (i == 0 || !isWordStart(msg[i-1])) || c == '-' && i+1 < len(msg) && isDigit(msg[i+1]) && (i == 0 || !isWord(msg[i-1])):
			i++
			for i < len(msg) && (isWord(msg[i]) || (msg[i] == '.' || msg[i] == '-' || msg[i] == ':') && i+1 < len(msg) && isHex(msg[i+1])) {
				i++
			}
			hole()
		case isWordStart(c):
			j := i
			digits := 0
			for j < len(msg) && isWord(msg[j]) {
				if isDigit(msg[j]) {
					digits++
				}
				j++
			}
			if digits >= 3 || digits > 0 && j-i >= 12 { // an id
				hole()
			} else {
				b.WriteString(msg[i:j])
			}
			i = max(j, i+1)
		default:
			b.WriteByte(c)
			i++
		}
	}
	return strings.ToValidUTF8(strings.TrimSpace(b.String()), "")
}

// nameLike reports whether a quoted piece is rather a name than a value.
func nameLike(s string) bool {
	if s == "" || len(s) > 60 || !isWordStart(s[0]) {
		return false
	}
	for i := range len(s) {
		if !isWord(s[i]) && s[i] != '.' && s[i] != '$' && s[i] != ':' || isDigit(s[i]) {
			return false
		}
	}
	return true
}

// RelatedFrom is the similarity from which two failures are worth naming
// together, as "related": they are never merged by it.
const RelatedFrom = 0.6

// Similar returns how alike two failures are, 0 to 1: half for the user's own
// calls in their order, a quarter each for the type and the words of the message.
func Similar(a, b *analysis.Trace) float64 { return SimilarTo(a)(b) }

// SimilarTo is Similar for one failure and many others.
func SimilarTo(a *analysis.Trace) func(b *analysis.Trace) float64 {
	p, pc := partsOf(a), ownCalls(a)
	pm := strings.Fields(p.message)
	return func(b *analysis.Trace) float64 {
		if p.language != family(b.Language) {
			return 0
		}
		q := partsOf(b)
		s := 0.0
		if p.typ == q.typ && p.typ != "" {
			s += .25
		}
		qm := strings.Fields(q.message)
		if len(pm)+len(qm) == 0 {
			if p.typ == q.typ {
				s += .25
			}
		} else {
			s += .25 * overlap(pm, qm)
		}
		return s + .5*inOrder(pc, ownCalls(b))
	}
}

// ownCalls are the user's own calls, at most 16.
func ownCalls(t *analysis.Trace) []string {
	root, at := FailurePoint(t)
	var out []string
	for i := max(at, 0); i < len(root.Frames) && len(out) < 16; i++ {
		if at >= 0 && !root.Frames[i].InApp {
			continue
		}
		if s := normal(family(t.Language), &root.Frames[i]); len(out) == 0 || out[len(out)-1] != s {
			out = append(out, s)
		}
	}
	return out
}

// overlap is the share of words that two messages have in common.
func overlap(a, b []string) float64 {
	in := map[string]int{}
	for _, w := range a {
		in[w]++
	}
	both := 0
	for _, w := range b {
		if in[w] > 0 {
			in[w]--
			both++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// inOrder is the longest common subsequence as a share of the longer list.
func inOrder(a, b []string) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	row := make([]int, len(b)+1)
	for i := range a {
		diagonal := 0
		for j := range b {
			above := row[j+1]
			if a[i] == b[j] {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	return float64(row[len(b)]) / float64(max(len(a), len(b)))
}
