package pattern

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// A repair often needs an import: its own lines call strconv, and the import
// block, far away, gets a line. That line is not part of the pattern, since the
// next file may have it already, or have its imports in another form. So the
// imports that an example adds are taken out of its edits, kept as what they
// bring, and put into a new file only where they are missing, in the idiom of
// that file.

// An importItem is one thing that an import statement brings.
type importItem struct {
	module string // as it is written, without quotes
	name   string // what is taken of module: "" for the module itself, "*" and "default" as in JavaScript
	alias  string
	types  bool // "import type"
}

// key tells items apart.
func (i importItem) key() string { return i.module + "\x00" + i.name + "\x00" + i.alias }

// An importer knows the imports of one language family.
type importer struct {
	// items reads one import statement.
	items func(statement string) []importItem
	// binds is the name that an item brings into the file, "" for none.
	binds func(importItem) string
	// add puts an item into a text whose import statements are at spans.
	add func(text string, statements []analysis.Span, it importItem) (analysis.Edit, bool)
}

var importers = map[string]importer{
	"go":         {goItems, goBinds, goAdd},
	"python":     {pythonItems, pythonBinds, pythonAdd},
	"typescript": {scriptItems, scriptBinds, scriptAdd},
}

// splitImports takes the imports that edits add out of them. It takes nothing
// where imports are all that is edited, or where some are taken away.
func splitImports(lang *syntax.Language, before, after *syntax.Tree, edits []analysis.Edit) (body []analysis.Edit, added []importItem) {
	im, ok := importers[lang.Family]
	if !ok || before == nil || after == nil {
		return edits, nil
	}
	was, is := before.Imports(), after.Imports()
	old := map[string]bool{}
	for _, s := range was {
		for _, it := range im.items(before.Text()[s.Start:s.End]) {
			old[it.key()] = true
		}
	}
	kept := 0
	for _, s := range is {
		for _, it := range im.items(after.Text()[s.Start:s.End]) {
			if old[it.key()] {
				kept++
			} else {
				added = append(added, it)
			}
		}
	}
	if len(added) == 0 || kept < len(old) {
		return edits, nil
	}
	shift := 0
	for _, e := range edits {
		start := e.Span.Start + shift
		shift += len(e.New) - e.Span.Len()
		if !within(before.Text(), e.Span, was) || !within(after.Text(), analysis.Span{Start: start, End: start + len(e.New)}, is) {
			body = append(body, e)
		}
	}
	if len(body) == 0 || len(body) == len(edits) {
		return edits, nil
	}
	return body, added
}

// within reports whether all of span that is not blank lies in one of spans.
func within(text string, span analysis.Span, spans []analysis.Span) bool {
	for i := span.Start; i < span.End; i++ {
		if strings.IndexByte(" \t\r\n", text[i]) >= 0 {
			continue
		}
		if !slices.ContainsFunc(spans, func(s analysis.Span) bool { return s.Start <= i && i < s.End }) {
			return false
		}
	}
	return true
}

// withImports adds to edits of t the imports that they need and t lacks.
func withImports(t Target, edits []analysis.Edit, items []importItem) []analysis.Edit {
	if len(items) == 0 || t.Tree == nil {
		return edits
	}
	lang := t.Tree.Language()
	im, ok := importers[lang.Family]
	if !ok {
		return edits
	}
	statements := t.Tree.Imports()
	bound := map[string]bool{}
	for _, s := range statements {
		for _, it := range im.items(t.Text[s.Start:s.End]) {
			bound[im.binds(it)] = true
		}
	}
	out := edits
	for _, it := range items {
		name := im.binds(it)
		used := name == "" // imported for its effect alone
		for _, e := range edits {
			used = used || slices.Contains(syntax.Words(lang, e.New), name)
		}
		if !used || name != "" && bound[name] {
			continue
		}
		e, ok := addImport(im, t, statements, edits[0].Span, it)
		if !ok || slices.ContainsFunc(out, func(o analysis.Edit) bool { return o.Span.Overlaps(e.Span) }) {
			continue
		}
		out = textedit.Sorted(append(slices.Clone(out), e))
	}
	return out
}

// addImport puts an item beside the imports of t, or at the top of the code that
// the edit at span is in: a file may be more than its code.
func addImport(im importer, t Target, statements []analysis.Span, span analysis.Span, it importItem) (analysis.Edit, bool) {
	if len(statements) > 0 {
		return im.add(t.Text, statements, it)
	}
	var in analysis.Span
	for _, s := range t.Tree.Code() {
		if in = s; s.Contains(span) {
			break
		}
	}
	if in.Len() == 0 && len(t.Text) > 0 {
		return analysis.Edit{}, false
	}
	e, ok := im.add(t.Text[in.Start:in.End], nil, it)
	e.Span.Start, e.Span.End = e.Span.Start+in.Start, e.Span.End+in.Start
	return e, ok
}

var goSpec = regexp.MustCompile(`(?m)(?:^|\(|;|import)[ \t]*(?:([\w.]+)[ \t]+)?["` + "`" + `]([^"` + "`" + `\n]+)["` + "`" + `]`)

func goItems(statement string) (items []importItem) {
	for _, m := range goSpec.FindAllStringSubmatch(statement, -1) {
		if m[1] == "import" {
			m[1] = ""
		}
		items = append(items, importItem{module: m[2], alias: m[1]})
	}
	return items
}

var majorVersion = regexp.MustCompile(`^v\d+$`)

// goBinds guesses a package's name from its path, as the go command's users do.
func goBinds(it importItem) string {
	switch it.alias {
	case "_", ".":
		return ""
	case "":
	default:
		return it.alias
	}
	base := path.Base(it.module)
	if majorVersion.MatchString(base) {
		base = path.Base(path.Dir(it.module))
	}
	base, _, _ = strings.Cut(base, ".")
	return strings.TrimPrefix(base, "go-")
}

var goPackage = regexp.MustCompile(`(?m)^package[ \t]+\w+.*$`)

func goAdd(text string, statements []analysis.Span, it importItem) (analysis.Edit, bool) {
	spec := `"` + it.module + `"`
	if it.alias != "" {
		spec = it.alias + " " + spec
	}
	if len(statements) == 0 {
		at := goPackage.FindStringIndex(text)
		if at == nil {
			return analysis.Edit{}, false
		}
		return analysis.Edit{Span: analysis.Span{Start: at[1], End: at[1]}, New: "\n\nimport " + spec}, true
	}
	for _, s := range statements {
		block := text[s.Start:s.End]
		open := strings.IndexByte(block, '(')
		end := strings.LastIndexByte(block, ')')
		if open < 0 || end < open {
			continue
		}
		// Before the first line that sorts after it in a group of its kind, else
		// after the last line of that group, else last of all.
		std := !strings.Contains(strings.SplitN(it.module, "/", 2)[0], ".")
		at, off := -1, s.Start+open+1
		for line := range strings.Lines(block[open+1 : end]) {
			next := off + len(line)
			for _, o := range goItems(line) {
				if std != !strings.Contains(strings.SplitN(o.module, "/", 2)[0], ".") {
					continue
				}
				if o.module > it.module {
					return analysis.Edit{Span: analysis.Span{Start: off, End: off}, New: "\t" + spec + "\n"}, true
				}
				at = next
			}
			off = next
		}
		if at < 0 || text[at-1] != '\n' {
			at = s.Start + end
		}
		lead := "\t"
		if text[at-1] != '\n' { // import ("fmt")
			lead = "\n\t"
		}
		return analysis.Edit{Span: analysis.Span{Start: at, End: at}, New: lead + spec + "\n"}, true
	}
	// One import without parentheses: they become a block.
	s := statements[len(statements)-1]
	one := strings.TrimSpace(strings.TrimPrefix(text[s.Start:s.End], "import"))
	lines := []string{"\t" + one + "\n", "\t" + spec + "\n"}
	if items := goItems(text[s.Start:s.End]); len(items) == 1 && items[0].module > it.module {
		slices.Reverse(lines)
	}
	return analysis.Edit{Span: s, New: "import (\n" + strings.Join(lines, "") + ")"}, true
}

var (
	pythonFrom   = regexp.MustCompile(`(?s)^from\s+(\S+)\s+import\s+(.*)$`)
	pythonImport = regexp.MustCompile(`(?s)^import\s+(.*)$`)
	comment      = regexp.MustCompile(`(?m)#.*$`)
)

func pythonItems(statement string) (items []importItem) {
	statement = comment.ReplaceAllString(statement, "")
	module, list := "", ""
	if m := pythonFrom.FindStringSubmatch(statement); m != nil {
		module, list = m[1], m[2]
	} else if m := pythonImport.FindStringSubmatch(statement); m != nil {
		list = m[1]
	}
	for part := range strings.SplitSeq(strings.Trim(strings.TrimSpace(list), "()"), ",") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		it := importItem{module: module, name: words[0]}
		if module == "" {
			it.module, it.name = words[0], ""
		}
		if len(words) == 3 && words[1] == "as" {
			it.alias = words[2]
		}
		items = append(items, it)
	}
	return items
}

func pythonBinds(it importItem) string {
	switch {
	case it.alias != "":
		return it.alias
	case it.name == "*":
		return ""
	case it.name != "":
		return it.name
	}
	first, _, _ := strings.Cut(it.module, ".")
	return first
}

func pythonAdd(text string, statements []analysis.Span, it importItem) (analysis.Edit, bool) {
	what := it.name
	if what == "" {
		what = it.module
	}
	if it.alias != "" {
		what += " as " + it.alias
	}
	line := "import " + what + "\n"
	if it.name != "" {
		for _, s := range statements {
			m := pythonFrom.FindStringSubmatch(text[s.Start:s.End])
			if m != nil && m[1] == it.module && !strings.ContainsAny(m[2], "()#\\*") {
				return analysis.Edit{Span: analysis.Span{Start: s.End, End: s.End}, New: ", " + what}, true
			}
		}
		line = "from " + it.module + " import " + what + "\n"
	}
	return below(text, statements, line)
}

// below puts a line below the last import statement, or at the top of the code
// below what must come first, indented as its neighbour is.
func below(text string, statements []analysis.Span, line string) (analysis.Edit, bool) {
	var at int
	if n := len(statements); n > 0 {
		last := syntax.LineAt(text, statements[n-1].Start).Start
		if lead := text[last:statements[n-1].Start]; strings.TrimSpace(lead) == "" {
			line = lead + line
		}
		at = syntax.LineAt(text, statements[n-1].End).End
		if at == len(text) {
			return analysis.Edit{Span: analysis.Span{Start: at, End: at}, New: "\n" + strings.TrimSuffix(line, "\n")}, true
		}
		at++
	} else {
		at = len(preamble.FindString(text))
		line = text[at:len(text)-len(strings.TrimLeft(text[at:], " \t"))] + line
	}
	return analysis.Edit{Span: analysis.Span{Start: at, End: at}, New: line}, true
}

// preamble is what stands above imports: a #! line, comments, a docstring or
// "use strict".
var preamble = regexp.MustCompile(`(?s)\A(?:#[^\n]*\n|//[^\n]*\n|/\*.*?\*/[ \t]*\n|"""(?:[^"]|"[^"]|""[^"])*"""[ \t]*\n|'''.*?'''[ \t]*\n|["']use \w+["'];?[ \t]*\n|[ \t]*\n)*`)

var scriptImport = regexp.MustCompile(`(?s)^import\s+(type\s+)?(?:(.*?)\s*from\s*)?["']([^"']+)["']`)

func scriptItems(statement string) (items []importItem) {
	m := scriptImport.FindStringSubmatch(statement)
	if m == nil {
		return nil
	}
	types, clause, module := m[1] != "", m[2], m[3]
	if clause == "" {
		return []importItem{{module: module}}
	}
	rest, braces, _ := strings.Cut(clause, "{")
	for part := range strings.SplitSeq(rest, ",") {
		words := strings.Fields(part)
		switch {
		case len(words) == 3 && words[0] == "*":
			items = append(items, importItem{module: module, name: "*", alias: words[2], types: types})
		case len(words) == 1:
			items = append(items, importItem{module: module, name: "default", alias: words[0], types: types})
		}
	}
	braces, _, _ = strings.Cut(braces, "}")
	for part := range strings.SplitSeq(braces, ",") {
		words := strings.Fields(part)
		it := importItem{module: module, types: types}
		if len(words) > 1 && words[0] == "type" {
			it.types, words = true, words[1:]
		}
		if len(words) == 0 {
			continue
		}
		it.name = words[0]
		if len(words) == 3 && words[1] == "as" {
			it.alias = words[2]
		}
		items = append(items, it)
	}
	return items
}

func scriptBinds(it importItem) string {
	if it.alias != "" {
		return it.alias
	}
	return it.name
}

func scriptAdd(text string, statements []analysis.Span, it importItem) (analysis.Edit, bool) {
	what := it.name
	if it.alias != "" && it.name != "default" && it.name != "*" {
		what += " as " + it.alias
	}
	keyword, quote, end := "import ", `"`, ";"
	if it.types {
		keyword = "import type "
	}
	for _, s := range statements {
		statement := text[s.Start:s.End]
		m := scriptImport.FindStringSubmatch(statement)
		if m == nil {
			continue
		}
		// The file's own quotes and semicolons.
		if strings.Contains(statement, "'"+m[3]+"'") {
			quote = "'"
		}
		if !strings.HasSuffix(statement, ";") {
			end = ""
		}
		brace := strings.LastIndexByte(statement, '}')
		if m[3] != it.module || brace < 0 || it.name == "" || it.name == "default" || it.name == "*" || (m[1] != "") != it.types {
			continue
		}
		at := s.Start + len(strings.TrimRight(statement[:brace], " \t\r\n"))
		sep := ", "
		if text[at-1] == ',' || text[at-1] == '{' {
			sep = " "
		}
		return analysis.Edit{Span: analysis.Span{Start: at, End: at}, New: sep + what}, true
	}
	module := quote + it.module + quote + end + "\n"
	switch it.name {
	case "":
		return below(text, statements, keyword+module)
	case "default":
		return below(text, statements, keyword+it.alias+" from "+module)
	case "*":
		return below(text, statements, keyword+"* as "+it.alias+" from "+module)
	}
	return below(text, statements, keyword+"{ "+what+" } from "+module)
}
