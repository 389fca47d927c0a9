package index

import (
	"cmp"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// goMakers draft for what the Go compiler, go vet and gopls say.
var goMakers = []maker{
	goUndefined, goUndefinedQualified, goMissingMember, goArgumentCount, goReturns, goAssigned, goUnused, goNoNew,
	goMissingReturn, goConvert, goMismatch, goBrokenImport, goImplements, goMissingMethod, goLiteralField, goNotSelector,
}

var (
	goUndefinedMessage = regexp.MustCompile(`^(?:undefined|undeclared name): ([\pL_][\pL\d_]*)$`)
	goQualifiedMessage = regexp.MustCompile(`^(?:undefined|undeclared name): ([\pL_][\pL\d_]*)\.([\pL_][\pL\d_]*)$`)
)

// node is the smallest node at the start of the error.
func (a *ask) node() int32 {
	at := a.d.Span.Start
	end := at
	if at < len(a.doc.Text) {
		end++
	}
	return a.view.at(analysis.Span{Start: at, End: end})
}

// goUndefined: "undefined: name".
func goUndefined(a *ask) {
	m := goUndefinedMessage.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	name, v := m[1], a.view
	n := a.node()
	if n < 0 || v.text(n) != name {
		return
	}
	p := v.Nodes[n].Parent
	operand := p >= 0 && (v.kind(p) == goSelector || v.kind(p) == goQualified) && v.Nodes[p].First == n
	called := p >= 0 && v.kind(p) == goCall && v.Nodes[p].First == n
	isType := v.kind(n) == typeIdentifier
	found := 0
	if operand || v.kind(n) == syntax.KindOf("package_identifier") {
		found = a.goAddImports(name)
	}
	if found == 0 {
		a.goAssignToDefine(n, name)
		a.goElsewhere(n, name, called)
		a.goRename(n, name, operand, called, isType)
		a.goExported(n, name, isType)
		a.goThroughReceiver(n, name, called)
		a.goDeclareParameter(n, name)
	} else {
		a.goRename(n, name, operand, called, isType)
		a.goElsewhere(n, name, called)
	}
}

// goImportOf finds the packages that files mean by a name, best first.
func (a *ask) goImportOf(name string) (list []Import) {
	count := map[Import]int{}
	first := map[Import]int{}
	for i, f := range a.s.with(wordBinds, name, a.dir) {
		for _, im := range f.Imports {
			if f.Language == "go" && goBinds(im) == name && im.Alias != "." && im.Alias != "_" {
				count[im]++
				if filepath.Dir(f.Path) == filepath.Dir(a.doc.Path) {
					count[im] += 10
				}
				if _, ok := first[im]; !ok {
					first[im] = i
				}
			}
		}
	}
	for im := range count {
		list = append(list, im)
	}
	slices.SortFunc(list, func(x, y Import) int {
		return cmp.Or(cmp.Compare(count[y], count[x]), cmp.Compare(first[x], first[y]), cmp.Compare(x.Module, y.Module))
	})
	have := func(path string) bool {
		return slices.ContainsFunc(list, func(i Import) bool { return i.Module == path })
	}
	for _, f := range a.s.with(wordPackage, name, a.dir) {
		dir := filepath.Dir(f.Path)
		if f.Package != name || name == "main" || dir == filepath.Dir(a.doc.Path) {
			continue
		}
		if p := a.s.goPath(dir); p != "" && !have(p) && goMayImport(a.s.goPath(filepath.Dir(a.doc.Path)), p) {
			im := Import{Module: p}
			if goBinds(im) != name {
				im.Alias = name
			}
			list = append(list, im)
		}
	}
	for _, p := range goStandard[name] {
		if !have(p) {
			list = append(list, Import{Module: p})
		}
	}
	return list
}

// goMayImport reports whether a package may import one that is internal to
// somebody.
func goMayImport(from, path string) bool {
	i := strings.LastIndex("/"+path+"/", "/internal/")
	return i < 0 || strings.HasPrefix(from+"/", path[:max(i-1, 0)]+"/") || i == 0
}

// goAddImports adds the import that a name needs, and those of other names of the
// file that lack theirs.
func (a *ask) goAddImports(name string) int {
	if a.goBoundInFile(name) {
		return 0
	}
	list := a.goImportOf(name)
	if len(list) == 0 {
		return 0
	}
	var others []Import
	for _, other := range a.goLacking(name) {
		if more := a.goImportOf(other); len(more) > 0 {
			others = append(others, more[0])
		}
	}
	// Which one it is, where several are known: .93 for the first alone; see doc.go.
	for i, im := range list[:min(len(list), 3)] {
		score := []float64{.85, .3, .1}[i]
		if len(others) > 0 {
			a.add("import", "Add the imports that are missing", analysis.FixAddImport, score, goImportEdits(a.doc.Text, a.tree.Imports(), append([]Import{im}, others...))...)
			score -= .15
		}
		a.add("import", "Import \""+im.Module+"\"", analysis.FixAddImport, score, goImportEdits(a.doc.Text, a.tree.Imports(), []Import{im})...)
	}
	return len(list)
}

func (a *ask) goBoundInFile(name string) bool {
	_, ok := a.goImported(name)
	return ok
}

// goLacking are the other names of the file that stand before a dot and an
// exported name, and that nothing in the file could declare.
func (a *ask) goLacking(name string) (list []string) {
	text, f := a.doc.Text, a.whole()
	for i := int32(2); int(i) < len(f.Tokens); i++ {
		if f.Tok(i-1) != "." || f.Tokens[i].Class != syntax.Word || !exportedGo(f.Tok(i)) || f.Tokens[i-2].Class != syntax.Word || i > 2 && f.Tok(i-3) == "." {
			continue
		}
		other := f.Tok(i - 2)
		if other == name || exportedGo(other) || slices.Contains(list, other) || a.goDecl(other) != nil || a.goBoundInFile(other) {
			continue
		}
		if len(a.goImportOfKnown(other)) == 0 || goDeclares(text, other) {
			continue
		}
		if list = append(list, other); len(list) == 4 {
			break
		}
	}
	return list
}

// goImportOfKnown tells quickly whether a name may be a package.
func (a *ask) goImportOfKnown(name string) []string {
	if p := goStandard[name]; len(p) > 0 {
		return p
	}
	if len(a.s.with(wordBinds, name, a.dir)) > 0 {
		return []string{name}
	}
	return nil
}

// goDeclares reports whether a text may declare a name anywhere: as a variable, a
// parameter, a field that is set, or whatever stands before a type.
func goDeclares(text, name string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], name)
		if i < 0 {
			return false
		}
		i += at
		at = i + len(name)
		if i > 0 && (isWord(text[i-1]) || text[i-1] == '.' || text[i-1] == '"' || text[i-1] == '/') || at < len(text) && isWord(text[at]) {
			continue
		}
		rest := strings.TrimLeft(text[at:min(len(text), at+40)], " \t")
		if rest == "" || rest[0] == '.' || rest[0] == ')' {
			continue
		}
		if strings.HasPrefix(rest, ":=") || rest[0] == ',' || rest[0] == '*' || rest[0] == '[' || isWord(rest[0]) {
			// A list on the left side, a parameter, a variable.
			line := syntax.LineAt(text, i)
			before := strings.TrimSpace(text[line.Start:i])
			if !strings.HasPrefix(before, "//") && !strings.HasPrefix(before, "import") {
				return true
			}
		}
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// goImportEdits put imports into a text whose import declarations are at spans, in
// its idiom: sorted into the group of their kind.
func goImportEdits(text string, spans []analysis.Span, list []Import) []analysis.Edit {
	std := func(p string) bool { return !strings.Contains(strings.SplitN(p, "/", 2)[0], ".") }
	spec := func(i Import) string {
		if i.Alias != "" {
			return i.Alias + ` "` + i.Module + `"`
		}
		return `"` + i.Module + `"`
	}
	slices.SortFunc(list, func(x, y Import) int { return cmp.Compare(x.Module, y.Module) })
	var block analysis.Span
	for _, s := range spans {
		if strings.Contains(text[s.Start:s.End], "(") && !strings.Contains(text[s.Start:s.End], `"C"`) {
			block = s
			break
		}
	}
	if block.Len() == 0 {
		var lines []Import
		for _, s := range spans {
			if !strings.Contains(text[s.Start:s.End], `"C"`) {
				lines = append(lines, goImportsOf(text[s.Start:s.End])...)
			}
		}
		if len(lines) == 0 {
			at := goPackageLine.FindStringIndex(text)
			if at == nil {
				return nil
			}
			if len(list) == 1 {
				return []analysis.Edit{insert(at[1], "\n\nimport "+spec(list[0]))}
			}
			return []analysis.Edit{insert(at[1], "\n\n"+goBlockOf(list, spec, std))}
		}
		last := spans[len(spans)-1]
		if len(spans) == 1 {
			return []analysis.Edit{replace(last, goBlockOf(append(lines, list...), spec, std))}
		}
		var b strings.Builder
		for _, i := range list {
			b.WriteString("\nimport " + spec(i))
		}
		return []analysis.Edit{insert(last.End, b.String())}
	}
	inner := text[block.Start:block.End]
	open, end := strings.IndexByte(inner, '('), strings.LastIndexByte(inner, ')')
	if end < open {
		return nil
	}
	type line struct {
		at, end int
		module  string
	}
	var lines []line
	off := block.Start + open + 1
	for l := range strings.Lines(inner[open+1 : end]) {
		for _, i := range goImportsOf(strings.TrimSpace(l)) {
			lines = append(lines, line{off, off + len(l), i.Module})
		}
		off += len(l)
	}
	at := map[int]string{}
	var order []int
	put := func(off int, s string) {
		if _, ok := at[off]; !ok {
			order = append(order, off)
		}
		at[off] += s
	}
	for _, i := range list {
		place, after, group := -1, -1, -1
		best := -1
		for k, l := range lines {
			if std(l.module) != std(i.Module) {
				continue
			}
			if n := shared(l.module, i.Module); n > best {
				best, group = n, k
			}
		}
		if group >= 0 { // the group of the import that is most like it
			lo, hi := group, group
			for lo > 0 && lines[lo-1].end == lines[lo].at && std(lines[lo-1].module) == std(i.Module) {
				lo--
			}
			for hi+1 < len(lines) && lines[hi].end == lines[hi+1].at && std(lines[hi+1].module) == std(i.Module) {
				hi++
			}
			for k := lo; k <= hi && place < 0; k++ {
				if lines[k].module > i.Module {
					place = lines[k].at
				} else {
					after = lines[k].end
				}
			}
		}
		switch {
		case place >= 0:
			put(place, "\t"+spec(i)+"\n")
		case after >= 0 && text[after-1] == '\n':
			put(after, "\t"+spec(i)+"\n")
		case std(i.Module):
			put(block.Start+open+1, "\n\t"+spec(i)+"\n")
		default:
			lead := "\n"
			if at[block.Start+end] != "" {
				lead = ""
			}
			if end > 0 && inner[end-1] != '\n' {
				lead += "\n"
			}
			put(block.Start+end, lead+"\t"+spec(i)+"\n")
		}
	}
	var edits []analysis.Edit
	for _, off := range order {
		edits = append(edits, insert(off, at[off]))
	}
	return edits
}

var goPackageLine = regexp.MustCompile(`(?m)^package[ \t]+\w+.*$`)

// goBlockOf is an import declaration with parentheses: the standard library first.
func goBlockOf(list []Import, spec func(Import) string, std func(string) bool) string {
	slices.SortStableFunc(list, func(x, y Import) int { return cmp.Compare(x.Module, y.Module) })
	var groups [2]string
	for _, i := range list {
		g := 1
		if std(i.Module) {
			g = 0
		}
		groups[g] += "\t" + spec(i) + "\n"
	}
	sep := ""
	if groups[0] != "" && groups[1] != "" {
		sep = "\n"
	}
	return "import (\n" + groups[0] + sep + groups[1] + ")"
}

// shared is how many bytes two paths start with.
func shared(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// occurrences are the places of a name as a whole word in the declaration around
// the error, as nodes of the kind of n.
func (a *ask) occurrences(n int32, name string) (edits func(string) []analysis.Edit, count int) {
	v := a.view
	var spans []analysis.Span
	v.all(0, func(i int32) bool {
		if v.Nodes[i].First < 0 && v.kind(i) == v.kind(n) && v.text(i) == name {
			p := v.Nodes[i].Parent
			if p >= 0 && v.kind(p) == goLiteralEl && v.Nodes[p].Parent >= 0 && v.kind(v.Nodes[p].Parent) == goKeyed && v.Nodes[v.Nodes[p].Parent].First == p {
				return true
			}
			spans = append(spans, v.span(i))
		}
		return true
	})
	return func(fresh string) (list []analysis.Edit) {
		for _, s := range spans {
			list = append(list, replace(s, fresh))
		}
		return list
	}, len(spans)
}

// everywhere replaces a name wherever it stands as a word of its own in the text
// that is not before or behind a dot, in a string or a comment.
func (a *ask) everywhere(name, fresh string) (list []analysis.Edit) {
	f := a.whole()
	for i := range f.Tokens {
		t := f.Tokens[i]
		if t.Class == syntax.Word && f.Tok(int32(i)) == name && (i == 0 || f.Tok(int32(i-1)) != ".") {
			list = append(list, replace(analysis.Span{Start: int(t.Start), End: int(t.End)}, fresh))
		}
	}
	return list
}

// whole is all of the text, cut into tokens.
func (a *ask) whole() *syntax.Fragment {
	a.text.once.Do(func() {
		a.text.lex = syntax.Lex(a.tree.Language(), a.doc.Text, false, analysis.Span{End: len(a.doc.Text)})
	})
	return a.text.lex
}

// goRename puts the nearest name that is in scope in the place of one that is not,
// and also the other way: a declaration that nothing uses gets the name that is
// used.
func (a *ask) goRename(n int32, name string, operand, called, isType bool) {
	v := a.view
	edits, count := a.occurrences(n, name)
	all := func(fresh string) []analysis.Edit {
		list := edits(fresh)
		if e := a.everywhere(name, fresh); len(e) > len(list) && a.goDecl(fresh) != nil {
			return e
		}
		return list
	}
	for i, fresh := range a.s.became(name) {
		if i < 2 && a.goDecl(fresh) != nil {
			a.add("renamed", "Rename "+name+" to "+fresh, analysis.FixRename, .85, all(fresh)...)
		}
	}
	locals := a.goLocals(int(v.Nodes[n].Start))
	var names []string
	if !isType {
		for _, l := range locals {
			names = append(names, l.name)
		}
	}
	for _, f := range a.goPackage() {
		for i := range f.Symbols {
			s := &f.Symbols[i]
			if s.Of != "" || isType != s.IsType() && (isType || !called) || called && s.Kind == Const || operand && s.Callable() {
				continue
			}
			names = append(names, s.Name)
		}
	}
	if operand {
		for _, i := range a.self.Imports {
			names = append(names, goBinds(i))
		}
	}
	for k, near := range nearest(name, names, .5, 3) {
		score := .62 * near.score
		if k > 0 {
			score *= .5
		}
		a.add("nearest-name", "Change "+name+" to "+near.name, analysis.FixRename, score, all(near.name)...)
	}
	// A variable of the function that nothing uses.
	if !isType && !called {
		for _, l := range locals {
			like := likeness(l.name, name)
			if param := l.kind == goFunction || l.kind == goMethod || l.kind == goFuncLit; param && like < .5 {
				continue // a parameter need not be used
			}
			if a.goUses(l) == 0 && l.name != name {
				score := .4 + .3*like
				if count > 1 {
					a.add("unused-name", "Name "+l.name+" "+name, analysis.FixRename, score+.05, replace(v.span(l.node), name))
					a.add("unused-name", "Use "+l.name+" for "+name, analysis.FixRename, score, edits(l.name)...)
				} else {
					a.add("unused-name", "Use "+l.name+" for "+name, analysis.FixRename, score+.05, edits(l.name)...)
					a.add("unused-name", "Name "+l.name+" "+name, analysis.FixRename, score, replace(v.span(l.node), name))
				}
			}
		}
	}
	// A definition of this file that nothing in the file uses.
	tokens := map[string]int{}
	f := a.whole()
	for i := range f.Tokens {
		if f.Tokens[i].Class == syntax.Word {
			tokens[f.Tok(int32(i))]++
		}
	}
	for i := range a.self.Symbols {
		s := &a.self.Symbols[i]
		if s.Of != "" || tokens[s.Name] != 1 || s.Name == "main" || s.Name == "init" || isType != s.IsType() || called && s.Kind == Const {
			continue
		}
		if strings.HasPrefix(s.Name, "Test") || strings.HasPrefix(s.Name, "Benchmark") || strings.HasPrefix(s.Name, "Example") {
			continue
		}
		like := likeness(s.Name, name)
		if like < .4 {
			continue
		}
		a.add("rename-definition", "Name "+s.Name+" "+name, analysis.FixRename, .5*like, a.everywhere(s.Name, name)...)
	}
}

// goUses counts where a local name stands in its function besides its declaration
// and the left sides of assignments.
func (a *ask) goUses(l local) int {
	v, n := a.view, 0
	v.all(0, func(i int32) bool {
		if v.Nodes[i].First < 0 && i != l.node && v.kind(i) == identifier && int(v.Nodes[i].Start) > l.at && v.text(i) == l.name {
			if p := v.Nodes[i].Parent; p >= 0 && v.kind(p) == goExpressions {
				if g := v.Nodes[p].Parent; g >= 0 && (v.kind(g) == goAssign || v.kind(g) == goShort) && v.Nodes[g].First == p {
					return true
				}
			}
			n++
		}
		return true
	})
	return n
}

// goAssignToDefine makes "name = …" define the name, where it is what stands on
// the left.
func (a *ask) goAssignToDefine(n int32, name string) {
	v := a.view
	p := v.Nodes[n].Parent
	if p < 0 || v.kind(p) != goExpressions {
		return
	}
	g := v.Nodes[p].Parent
	if g < 0 || v.kind(g) != goAssign || v.Nodes[g].First != p {
		return
	}
	for _, l := range v.named(p) {
		if v.kind(l) != identifier {
			return
		}
	}
	v.children(g, func(c int32) bool {
		if v.text(c) == "=" {
			a.add("define", "Define "+name+" with :=", analysis.FixChangeOperator, .75, replace(v.span(c), ":="))
			return false
		}
		return true
	})
}

// goElsewhere declares a name as another place of the file or package does.
func (a *ask) goElsewhere(n int32, name string, called bool) {
	v := a.view
	st := a.statement(n)
	if st < 0 || called {
		return
	}
	def := regexp.MustCompile(`(?m)^([ \t]+)((?:[\w, ]+,[ \t]*)?` + regexp.QuoteMeta(name) + `(?:,[\w, ]+?)?[ \t]*:=[ \t]*[^\n]*|var ` + regexp.QuoteMeta(name) + `\b[^\n]*)$`)
	texts := []string{a.doc.Text}
	at := int(v.Nodes[st].Start)
	visible := map[string]bool{}
	for _, l := range a.goLocals(at) {
		visible[l.name] = true
	}
	count := map[string]int{}
	var order []string
	for _, text := range texts {
		for _, m := range def.FindAllStringSubmatch(text, 50) {
			line := strings.TrimRight(m[2], " \t")
			if strings.HasSuffix(line, "{") || strings.HasSuffix(line, "(") || strings.Count(line, "(") != strings.Count(line, ")") ||
				strings.HasPrefix(line, "if ") || strings.HasPrefix(line, "for ") {
				continue
			}
			if !a.goResolves(line, visible) {
				continue
			}
			if count[line]++; count[line] == 1 {
				order = append(order, line)
			}
		}
	}
	slices.SortStableFunc(order, func(x, y string) int { return cmp.Compare(count[y], count[x]) })
	in := indent(a.doc.Text, at)
	for i, line := range order[:min(len(order), 2)] {
		score := .4
		if i > 0 {
			score = .15
		}
		a.add("declared-elsewhere", "Declare "+name+" as elsewhere: "+short(line), analysis.FixOther, score, insert(at, line+"\n"+in))
	}
}

func short(s string) string {
	if len(s) > 60 {
		return s[:57] + "…"
	}
	return s
}

// goResolves reports whether the names that a line uses are known here.
func (a *ask) goResolves(line string, visible map[string]bool) bool {
	_, value, ok := strings.Cut(line, ":=")
	if !ok {
		_, value, _ = strings.Cut(line, "=")
	}
	f := syntax.Lex(a.tree.Language(), value, false, analysis.Span{End: len(value)})
	for i := range f.Tokens {
		if f.Tokens[i].Class != syntax.Word || i > 0 && f.Tok(int32(i-1)) == "." {
			continue
		}
		w := f.Tok(int32(i))
		if i+1 < len(f.Tokens) && f.Tok(int32(i+1)) == ":" || goKeyword[w] || visible[w] || goBuiltin[w] || a.goDecl(w) != nil || a.goBoundInFile(w) {
			continue
		}
		return false
	}
	return true
}

var goKeyword = func() map[string]bool {
	m := map[string]bool{}
	for n := range strings.FieldsSeq("func map chan struct interface range return if for") {
		m[n] = true
	}
	return m
}()

// goExported finds a name in other packages of the workspace.
func (a *ask) goExported(n int32, name string, isType bool) {
	if !exportedGo(name) {
		return
	}
	seen := map[string]bool{}
	for _, f := range a.s.with(wordName, fold(name), a.dir) {
		dir := filepath.Dir(f.Path)
		if f.Language != "go" || dir == filepath.Dir(a.doc.Path) || f.Package == "main" || strings.HasSuffix(f.Path, "_test.go") || seen[dir] {
			continue
		}
		for i := range f.Symbols {
			s := &f.Symbols[i]
			if s.Name != name || s.Of != "" || isType != s.IsType() {
				continue
			}
			p := a.s.goPath(dir)
			if p == "" || !goMayImport(a.s.goPath(filepath.Dir(a.doc.Path)), p) {
				continue
			}
			seen[dir] = true
			im := Import{Module: p}
			pkg := f.Package
			edits := []analysis.Edit{}
			if have := a.goImportNamed(p); have != "" {
				pkg = have
			} else {
				if goBinds(im) != pkg {
					im.Alias = pkg
				}
				edits = goImportEdits(a.doc.Text, a.tree.Imports(), []Import{im})
			}
			all, _ := a.occurrences(n, name)
			score := .4
			if len(edits) == 0 {
				score = .55
			}
			a.add("other-package", "Take "+name+" from "+pkg, analysis.FixAddImport, score, append(edits, all(pkg+"."+name)...)...)
			break
		}
	}
}

// goImportNamed is what doc calls the package with a path, "" where it does not
// import it.
func (a *ask) goImportNamed(p string) string {
	for _, i := range a.self.Imports {
		if i.Module == p {
			return goBinds(i)
		}
	}
	return ""
}

// goThroughReceiver finds a name among the members of the receiver and of the
// parameters.
func (a *ask) goThroughReceiver(n int32, name string, called bool) {
	v := a.view
	all, _ := a.occurrences(n, name)
	tried := 0
	for _, l := range a.goLocals(int(v.Nodes[n].Start)) {
		if l.typ == "" || tried == 8 {
			continue
		}
		tried++
		for _, m := range a.goMembers(l.typ) {
			if m.Name != name || called && m.Kind == Field && !strings.HasPrefix(m.Type, "func") || !called && m.Kind == Method {
				continue
			}
			a.add("through-receiver", "Take "+name+" from "+l.name, analysis.FixRename, .45, all(l.name+"."+name)...)
			break
		}
	}
}

// goDeclareParameter adds a parameter to the function that uses a name, where
// calls of the function, or an interface, already have one more.
func (a *ask) goDeclareParameter(n int32, name string) {
	v := a.view
	fn := a.goFunc(int(v.Nodes[n].Start), false)
	if fn < 0 {
		return
	}
	typ := a.goWanted(n)
	if typ == "" {
		return
	}
	list := int32(-1)
	seen := 0
	v.children(fn, func(c int32) bool {
		if v.kind(c) == goParameters {
			if seen++; v.kind(fn) == goFunction || seen == 2 {
				list = c
				return false
			}
		}
		return true
	})
	if list < 0 {
		return
	}
	params := v.named(list)
	s := v.span(list)
	text := name + " " + typ
	if len(params) > 0 {
		if v.kind(params[len(params)-1]) == goVariadic {
			return
		}
		text = ", " + text
	}
	a.add("add-parameter", "Add the parameter "+name, analysis.FixAddArgument, .12, insert(s.End-1, text))
}

// goUndefinedQualified: "undefined: pkg.Name".
func goUndefinedQualified(a *ask) {
	m := goQualifiedMessage.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	pkg, name := m[1], m[2]
	at := a.memberSpan(pkg, name)
	if at.Len() == 0 {
		return
	}
	var names []string
	for _, f := range a.goFilesOf(pkg) {
		for i := range f.Symbols {
			if s := &f.Symbols[i]; s.Of == "" && s.Exported {
				names = append(names, s.Name)
			}
		}
	}
	for _, fresh := range a.s.became(name) {
		if slices.Contains(names, fresh) {
			a.add("renamed", "Rename "+name+" to "+fresh, analysis.FixRename, .85, a.members(pkg, name, fresh)...)
		}
	}
	for k, near := range nearest(name, names, .5, 3) {
		score := .55 * near.score
		if k > 0 {
			score *= .5
		}
		a.add("nearest-name", "Change "+name+" to "+near.name, analysis.FixRename, score, a.members(pkg, name, near.name)...)
	}
	if a.goDecl(name) != nil {
		a.add("other-package", "Take "+name+" from this package", analysis.FixRename, .5, a.qualified(pkg, name, name)...)
	}
	// Others that this file imports, or could, that have the name.
	for _, f := range a.s.with(wordName, fold(name), a.dir) {
		dir := filepath.Dir(f.Path)
		if f.Language != "go" || strings.HasSuffix(f.Path, "_test.go") || f.Package == pkg || f.Package == "main" || dir == filepath.Dir(a.doc.Path) {
			continue
		}
		if !slices.ContainsFunc(f.Symbols, func(s Symbol) bool { return s.Of == "" && s.Name == name }) {
			continue
		}
		p := a.s.goPath(dir)
		if p == "" || !goMayImport(a.s.goPath(filepath.Dir(a.doc.Path)), p) {
			continue
		}
		edits := a.qualified(pkg, name, f.Package+"."+name)
		if a.goImportNamed(p) == "" {
			edits = append(edits, goImportEdits(a.doc.Text, a.tree.Imports(), []Import{{Module: p}})...)
		}
		a.add("other-package", "Take "+name+" from "+f.Package, analysis.FixRename, .4, edits...)
		break
	}
	if same, ok := goMoved[pkg+"."+name]; ok {
		to, member, _ := strings.Cut(same, ".")
		edits := a.qualified(pkg, name, same)
		if !a.goBoundInFile(to) {
			if p := goStandard[to]; len(p) > 0 {
				edits = append(edits, goImportEdits(a.doc.Text, a.tree.Imports(), []Import{{Module: p[0]}})...)
			}
		}
		a.add("moved", "Take "+member+" from "+to, analysis.FixRename, .5, edits...)
	}
}

// goMoved are functions of the standard library that moved, as io/ioutil says of
// its own.
var goMoved = map[string]string{
	"ioutil.ReadAll": "io.ReadAll", "ioutil.ReadFile": "os.ReadFile", "ioutil.WriteFile": "os.WriteFile", "ioutil.ReadDir": "os.ReadDir",
	"ioutil.TempDir": "os.MkdirTemp", "ioutil.TempFile": "os.CreateTemp", "ioutil.NopCloser": "io.NopCloser", "ioutil.Discard": "io.Discard",
}

// memberSpan is where the name behind "pkg." stands at the error.
func (a *ask) memberSpan(pkg, name string) analysis.Span {
	text := a.doc.Text
	line := syntax.LineAt(text, a.d.Span.Start)
	from := max(line.Start, min(a.d.Span.Start-len(pkg)-1, len(text)))
	if i := strings.Index(text[from:line.End], pkg+"."+name); i >= 0 {
		s := from + i + len(pkg) + 1
		return analysis.Span{Start: s, End: s + len(name)}
	}
	// The selector may go over lines.
	if s := a.d.Span.Start; strings.HasPrefix(text[s:], name) {
		return analysis.Span{Start: s, End: s + len(name)}
	}
	return analysis.Span{}
}

// members replaces name behind "x." in all of the text.
func (a *ask) members(x, name, fresh string) (list []analysis.Edit) {
	f := a.whole()
	for i := 2; i < len(f.Tokens); i++ {
		if f.Tok(int32(i)) == name && f.Tok(int32(i-1)) == "." && f.Tok(int32(i-2)) == x && (i == 2 || f.Tok(int32(i-3)) != ".") {
			list = append(list, replace(analysis.Span{Start: int(f.Tokens[i].Start), End: int(f.Tokens[i].End)}, fresh))
		}
	}
	return list
}

// qualified replaces "x.name" in all of the text.
func (a *ask) qualified(x, name, fresh string) (list []analysis.Edit) {
	f := a.whole()
	for i := 2; i < len(f.Tokens); i++ {
		if f.Tok(int32(i)) == name && f.Tok(int32(i-1)) == "." && f.Tok(int32(i-2)) == x && (i == 2 || f.Tok(int32(i-3)) != ".") {
			list = append(list, replace(analysis.Span{Start: int(f.Tokens[i-2].Start), End: int(f.Tokens[i].End)}, fresh))
		}
	}
	return list
}

var goImportMessage = regexp.MustCompile(`^(?:could not import|no required module provides package|package|cannot find package|cannot find module providing package) "?([^\s"();:]+)"?`)

// goBrokenImport puts an import that other files have, or that the module
// requires, in the place of one that cannot be found.
func goBrokenImport(a *ask) {
	m := goImportMessage.FindStringSubmatch(a.message)
	if m == nil || strings.HasPrefix(a.message, "package ") && !strings.Contains(a.message, "is not in std") {
		return
	}
	old := m[1]
	i := slices.IndexFunc(a.self.Imports, func(i Import) bool { return i.Module == old })
	if i < 0 {
		return
	}
	name := goBinds(a.self.Imports[i])
	var spans []analysis.Span
	for _, s := range a.tree.Imports() {
		if k := strings.Index(a.doc.Text[s.Start:s.End], `"`+old+`"`); k >= 0 {
			spans = append(spans, analysis.Span{Start: s.Start + k + 1, End: s.Start + k + 1 + len(old)})
		}
	}
	if len(spans) == 0 {
		return
	}
	seen := map[string]bool{old: true}
	try := func(p string, score float64) {
		if !seen[p] && p != "" {
			seen[p] = true
			a.add("import-path", "Import \""+p+"\"", analysis.FixAddImport, score, replace(spans[0], p))
		}
	}
	for k, im := range a.goImportOf(name) {
		if k == 3 {
			break
		}
		try(im.Module, []float64{.8, .4, .15}[k])
	}
	// The same package under another module that is required here.
	for _, r := range a.goRequired() {
		base := path.Base(old)
		switch {
		case goBinds(Import{Module: r}) == name:
			try(r, .5)
		case strings.Contains(old, path.Base(goUnversioned(r))+"/"):
			_, below, _ := strings.Cut(old, path.Base(goUnversioned(r))+"/")
			if v, rest, ok := strings.Cut(below, "/"); ok && majorVersion.MatchString(v) {
				below = rest
			} else if majorVersion.MatchString(below) {
				below = ""
			}
			try(path.Join(r, below), .6)
		case goUnversioned(r) == goUnversioned(old) || base == path.Base(r):
			try(r, .1)
		}
	}
}

func goUnversioned(p string) string {
	if majorVersion.MatchString(path.Base(p)) {
		return path.Dir(p)
	}
	return p
}

var goRequireLine = regexp.MustCompile(`(?m)^\s*(?:require\s+)?([\w.-]+\.[\w-]+/\S+)\s+v\d`)

// goRequired are the modules that go.mod names.
func (a *ask) goRequired() (list []string) {
	root, _ := a.s.goModule(filepath.Dir(a.doc.Path))
	if root == "" {
		return nil
	}
	for _, m := range goRequireLine.FindAllStringSubmatch(readSmall(filepath.Join(root, "go.mod")), 500) {
		list = append(list, m[1])
	}
	return list
}

// goNotSelector: "use of package x not in selector", "x (type) is not an
// expression": a variable was meant.
func goNotSelector(a *ask) {
	m := goNotSelectorMessage.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	n := a.node()
	if n < 0 || a.view.text(n) != m[1] {
		return
	}
	a.goNamesOf(n, a.goWanted(n), "in-scope", .3)
}

var goNotSelectorMessage = regexp.MustCompile(`^use of package (\w+) (?:not in selector|without selector)`)
