//go:build measure

package guard

import (
	"context"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/analysis/trace"
)

// TestMeasure takes checks out of real code, one at a time, runs its tests, and
// where they die drafts for what they printed: does a draft put back what stood
// there, and do the tests pass with it? It changes the tree that it is given, which
// should be a copy.
//
//	GUARD_DIR=DIR GUARD_LANG=python GUARD_RUN='python3 -m pytest -q --tb=short' \
//	  go test -tags measure -run TestMeasure -timeout 2h ./learner/guard -v
//
// {dir} in GUARD_RUN is the changed file's folder, {base} its name without what
// ends it. GUARD_MAX bounds how many checks are taken out (100).
func TestMeasure(t *testing.T) {
	m := &measure{
		t: t, root: os.Getenv("GUARD_DIR"), language: os.Getenv("GUARD_LANG"), command: os.Getenv("GUARD_RUN"),
		makers: map[string]*tally{}, kinds: map[string]*tally{}, scores: map[string]*tally{},
	}
	if m.root == "" || m.language == "" || m.command == "" {
		t.Fatal("set GUARD_DIR, GUARD_LANG and GUARD_RUN")
	}
	limit, err := strconv.Atoi(os.Getenv("GUARD_MAX"))
	if err != nil {
		limit = 100
	}
	var all []removal
	err = filepath.WalkDir(m.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if strings.HasPrefix(base, ".") && path != m.root || slices.Contains([]string{"node_modules", "testdata", "vendor", "tests", "test", "docs", "examples", "dist", "example"}, base) {
				return filepath.SkipDir
			}
			return nil
		}
		if languageOf(path) != m.language || strings.HasSuffix(base, "_test.go") || strings.Contains(base, ".test.") || strings.HasPrefix(base, "test_") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil || len(text) > 200<<10 {
			return err
		}
		all = append(all, removals(t, path, m.language, string(text))...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// A sample that is the same each time.
	key := func(r removal) uint32 {
		h := fnv.New32()
		fmt.Fprint(h, filepath.Base(r.path), r.edit.Span.Start)
		return h.Sum32()
	}
	sort.Slice(all, func(i, j int) bool { return key(all[i]) < key(all[j]) })
	fmt.Printf("%d checks\n", len(all))
	for _, r := range all[:min(len(all), limit)] {
		m.one(r)
	}
	m.print()
}

type tally struct{ n, drafted, first, passes, passesFirst, same int }

type measure struct {
	t                       *testing.T
	root, language, command string
	ran, passed, asserted   int
	total                   tally
	makers, kinds, scores   map[string]*tally
	known                   map[string]map[string]bool // that fail anyway, by folder
}

// A removal takes a check out of a text.
type removal struct {
	path string
	kind string // of the check, by how it is written
	edit analysis.Edit
	text string
}

func languageOf(path string) string {
	switch filepath.Ext(path) {
	case ".go":
		return "go"
	case ".py":
		return "python"
	case ".js", ".mjs", ".cjs":
		return "javascript"
	case ".ts":
		return "typescript"
	}
	return ""
}

// whole is a site of all of a text, without a failure.
func whole(t *testing.T, language, text string) *site {
	lang := syntax.For(language)
	tree, err := syntax.Parse(context.Background(), lang, text)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	s := &site{text: text, lang: lang, id: idioms[lang.Family], f: tree.Fragment(false, analysis.Span{End: len(text)})}
	for i := range s.f.Nodes {
		s.kinds = append(s.kinds, s.f.Nodes[i].Kind.String())
	}
	return s
}

// removals are the checks of a text that can be taken out of it.
func removals(t *testing.T, path, language, text string) []removal {
	s := whole(t, language, text)
	var out []removal
	add := func(kind string, e analysis.Edit) { out = append(out, removal{path, kind, e, text}) }
	lines := func(n int32) analysis.Span {
		sp := s.span(n)
		return analysis.Span{Start: syntax.LineAt(text, sp.Start).Start, End: min(syntax.LineAt(text, sp.End).End+1, len(text))}
	}
	for i := range s.f.Nodes {
		n := int32(i)
		switch {
		case s.is(n, s.id.ifs...) && s.function(n) >= 0:
			cond := s.condition(n)
			flavour := flavourOf(s.of(cond))
			if flavour == "" || !s.is(s.up(n), s.id.blocks...) || !s.first(n) || s.childOf(n, "else_clause", "elif_clause", "short_var_declaration") >= 0 {
				continue
			}
			blocks := 0
			body := none
			for _, c := range s.named(n) {
				if s.is(c, "block", "statement_block") {
					blocks++
					body = c
				} else if s.is(c, "return_statement", "continue_statement") {
					body = n
				}
			}
			if blocks > 1 || body < 0 || s.is(s.child(n, -1), "if_statement") {
				continue
			}
			list := body
			if s.is(s.child(body, 0), "statement_list") {
				list = s.child(body, 0)
			}
			stmts := s.named(list)
			last := stmts[len(stmts)-1]
			if body != n && len(stmts) != 1 {
				continue
			}
			leaves := s.is(last, "return_statement", "continue_statement", "break_statement", "raise_statement", "throw_statement") || strings.HasPrefix(s.of(last), "panic(")
			switch {
			case leaves:
				add(flavour+" before", analysis.Edit{Span: lines(n)})
			case positive(s.of(cond)) && !strings.Contains(s.of(last), "\n"):
				add(flavour+" around", analysis.Edit{Span: s.span(n), New: s.of(last)})
			}
		case s.is(n, "binary_expression", "boolean_operator"):
			if op := s.operator(n); op != "&&" && op != "and" {
				continue
			}
			left := s.child(n, 0)
			if s.is(left, "binary_expression", "boolean_operator") && (s.operator(left) == "&&" || s.operator(left) == "and") {
				left = s.child(left, -1) // the operand beside this one
			}
			right := s.child(n, -1)
			flavour := flavourOf(s.of(left))
			if flavour == "" || !strings.Contains(s.of(right), subject(s.of(left))) {
				continue
			}
			add(flavour+" joined", analysis.Edit{Span: analysis.Span{Start: s.span(left).Start, End: s.span(right).Start}})
		case s.is(n, "optional_chain"):
			dot := "."
			if next := text[s.span(n).End]; next == '(' || next == '[' {
				dot = ""
			}
			add("optional chain", s.replace(n, dot))
		case s.is(n, "call") && s.is(s.child(n, 0), "attribute") && s.of(s.child(s.child(n, 0), -1)) == "get" && len(s.named(s.child(n, 1))) > 0 && s.is(s.child(n, 1), "argument_list"):
			key := s.child(s.child(n, 1), 0)
			if s.is(key, "keyword_argument") {
				continue
			}
			add("key default", s.replace(n, s.of(s.child(s.child(n, 0), 0))+"["+s.of(key)+"]"))
		}
	}
	return out
}

// subject is the name that a check begins with.
func subject(cond string) string {
	cond = strings.TrimLeft(cond, "!( ")
	cond = strings.TrimPrefix(strings.TrimPrefix(cond, "not "), "len(")
	end := 0
	for end < len(cond) && (isWord(cond[end]) || cond[end] == '.') {
		end++
	}
	return cond[:end]
}

func positive(cond string) bool {
	return strings.Contains(cond, "!= nil") || strings.Contains(cond, "is not None") || strings.Contains(cond, "!= null") || strings.Contains(cond, "!== undefined") || isName(strings.ReplaceAll(cond, ".", ""))
}

// flavourOf says what a condition checks, "" for anything else.
func flavourOf(cond string) string {
	if strings.Contains(cond, "\n") || len(cond) > 80 || strings.Contains(cond, "err") {
		return ""
	}
	plain := strings.TrimPrefix(strings.TrimPrefix(strings.Trim(cond, "()"), "!"), "not ")
	switch {
	case strings.Contains(cond, "nil"), strings.Contains(cond, "None"), strings.Contains(cond, "null"), strings.Contains(cond, "undefined"):
		return "null"
	case strings.Contains(cond, "len("), strings.Contains(cond, ".length"), strings.Contains(cond, ".size"):
		return "bounds"
	case strings.Contains(cond, " in "):
		return "key"
	case strings.Contains(cond, "isinstance"), strings.Contains(cond, "typeof"), strings.Contains(cond, "instanceof"), cond == "!ok":
		return "type"
	case strings.HasSuffix(cond, "== 0"), strings.HasSuffix(cond, "=== 0"), strings.HasSuffix(cond, "<= 0"), strings.HasSuffix(cond, "< 0"):
		return "zero"
	case isName(strings.ReplaceAll(plain, ".", "")) && plain != "":
		return "truth"
	}
	return ""
}

// test runs the tests.
func (m *measure) test(path string) (string, bool) {
	base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	command := strings.NewReplacer("{dir}", filepath.Dir(path), "{base}", base).Replace(m.command)
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", command)
	cmd.Dir = m.root
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

var failing = regexp.MustCompile(`(?m)^\s*(?:--- FAIL: (\S+)|(?:FAILED|ERROR) (\S+)|panic: (.*)|not ok \d+ - (.*))`)

// fails reports whether an output names a test that fails, beyond known.
func fails(output string, known map[string]bool) bool {
	found := failing.FindAllString(output, -1)
	for _, f := range found {
		f, _, _ = strings.Cut(strings.TrimSpace(f), " (")
		if !known[f] {
			return true
		}
	}
	return len(found) == 0
}

// before are the tests that fail without any change.
func (m *measure) before(r removal) map[string]bool {
	dir := filepath.Dir(r.path)
	if strings.Contains(m.command, "{base}") {
		dir = r.path
	}
	if m.known == nil {
		m.known = map[string]map[string]bool{}
	}
	if known, ok := m.known[dir]; ok {
		return known
	}
	known := map[string]bool{}
	broken, err := os.ReadFile(r.path)
	if err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(r.path, []byte(r.text), 0o600); err != nil {
		m.t.Fatal(err)
	}
	if output, ok := m.test(r.path); !ok {
		for _, f := range failing.FindAllString(output, -1) {
			f, _, _ = strings.Cut(strings.TrimSpace(f), " (")
			known[f] = true
		}
	}
	if err := os.WriteFile(r.path, broken, 0o600); err != nil {
		m.t.Fatal(err)
	}
	m.known[dir] = known
	return known
}

func (m *measure) one(r removal) {
	defer func() {
		if err := os.WriteFile(r.path, []byte(r.text), 0o600); err != nil {
			m.t.Fatal(err)
		}
	}()
	broken, err := textedit.Apply(r.text, []analysis.Edit{r.edit})
	if err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(r.path, []byte(broken), 0o600); err != nil {
		m.t.Fatal(err)
	}
	m.ran++
	before := m.before(r)
	output, ok := m.test(r.path)
	if ok {
		m.passed++
		return
	}
	name, _ := filepath.Rel(m.root, r.path)
	text, file, typ, message, line := m.failure(output)
	if file == "" {
		m.asserted++
		return
	}
	k := m.kinds[r.kind]
	if k == nil {
		k = &tally{}
		m.kinds[r.kind] = k
	}
	k.n++
	m.total.n++
	lines := textedit.NewLines(text)
	if line < 1 || line > lines.Count() {
		return
	}
	sp := lines.Span(line - 1)
	_, drafts := ask(m.t, m.language, typ, message, text[:sp.Start]+"«"+text[sp.Start:])
	rel, _ := filepath.Rel(m.root, file)
	fmt.Printf("\n## %s: %s, out of %s:\n%s\n%s: %s at %s:%d: %s\n", r.kind, strings.TrimSpace(r.text[r.edit.Span.Start:r.edit.Span.End]), name, "", typ, message, rel, line, strings.TrimSpace(text[sp.Start:sp.End]))
	if len(drafts) == 0 {
		fmt.Println("nothing is drafted")
		return
	}
	k.drafted++
	m.total.drafted++
	passes, same := false, false
	for i, d := range drafts {
		after, err := textedit.Apply(text, d.Edits)
		if err != nil {
			m.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(after), 0o600); err != nil {
			m.t.Fatal(err)
		}
		output, ok := m.test(r.path)
		ok = ok || !fails(output, before)
		equal := file == r.path && flat(after) == flat(r.text)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			m.t.Fatal(err)
		}
		fmt.Printf("  %d %.2f %s: %s · passes %v · same %v\n", i+1, d.Score, d.Maker, d.Title, ok, equal)
		for _, by := range []struct {
			table map[string]*tally
			key   string
		}{{m.makers, form(d)}, {m.scores, fmt.Sprintf("%.1f", d.Score)}} {
			a := by.table[by.key]
			if a == nil {
				a = &tally{}
				by.table[by.key] = a
			}
			a.n++
			if i == 0 {
				a.first++
			}
			if ok {
				a.passes++
			}
			if equal {
				a.same++
			}
		}
		if ok && i == 0 {
			m.total.passesFirst++
			k.passesFirst++
		}
		passes, same = passes || ok, same || equal
	}
	if passes {
		m.total.passes++
		k.passes++
	}
	if same {
		m.total.same++
		k.same++
	}
}

// form is a draft's maker and how it does it.
func form(d analysis.Draft) string {
	words := strings.Fields(d.Title)
	return d.Maker + ": " + strings.Join(words[:min(2, len(words))], " ")
}

// flat is a text without blanks and with one kind of quotes, else and semicolon.
func flat(s string) string {
	return strings.NewReplacer(" ", "", "\t", "", "\n", "", "\r", "", "'", `"`, ";", "", "{", "", "}", "", "===", "==", "undefined", "", "null", "").Replace(s)
}

// failure is the first exception of the output that was thrown in the tree itself,
// outside of tests and not by an assertion.
func (m *measure) failure(output string) (text, file, typ, message string, line int) {
	for _, tr := range trace.Find(output) {
		mark := func(t *analysis.Trace) {
			for i := range t.Frames {
				f := &t.Frames[i]
				path := f.File
				if !filepath.IsAbs(path) {
					path = filepath.Join(m.root, path)
				}
				f.InApp = strings.HasPrefix(path, m.root+"/") && !strings.Contains(path, "node_modules") && !strings.Contains(path, "site-packages")
				f.File = path
			}
		}
		for t := &tr; t != nil; t = t.Cause {
			mark(t)
		}
		root, at := trace.FailurePoint(&tr)
		if at < 0 {
			continue
		}
		f := root.Frames[at]
		base := filepath.Base(f.File)
		if strings.Contains(root.Type, "Assert") || strings.Contains(f.File, "/test") || strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "test_") || root.Type == "" {
			continue
		}
		raw, err := os.ReadFile(f.File)
		if err != nil {
			continue
		}
		first, _, _ := strings.Cut(root.Message, "\n")
		return string(raw), f.File, root.Type, first, f.Line
	}
	return "", "", "", "", 0
}

func (m *measure) print() {
	fmt.Printf("\n%d taken out: %d not tested, %d found without an exception, %d with one\n", m.ran, m.passed, m.asserted, m.total.n)
	fmt.Printf("drafted for %d; the first passes %d, one of the drafts passes %d, one is the same %d\n", m.total.drafted, m.total.passesFirst, m.total.passes, m.total.same)
	for _, table := range []map[string]*tally{m.kinds, m.makers, m.scores} {
		var keys []string
		for k := range table {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			fmt.Printf("  %-40s %+v\n", k, *table[k])
		}
	}
}
