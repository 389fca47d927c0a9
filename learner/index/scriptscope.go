package index

import (
	"cmp"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

var (
	tsFunctions = kinds("function_declaration", "generator_function_declaration", "function_expression", "generator_function", "arrow_function", "method_definition")
	tsCall      = syntax.KindOf("call_expression")
	tsNew       = syntax.KindOf("new_expression")
	tsArguments = syntax.KindOf("arguments")
	tsMember    = syntax.KindOf("member_expression")
	tsObject    = syntax.KindOf("object")
	tsPair      = syntax.KindOf("pair")
	tsShorthand = syntax.KindOf("shorthand_property_identifier")
	// tsNamed marks a local that is the name of a function.
	tsNamed = syntax.KindOf("function_declaration")
)

// scriptLocals are the names that the declaration around the error declares
// before, or around, an offset, innermost first; all when at is negative.
func (a *ask) scriptLocals(at int) (list []local) {
	v := a.view
	if len(v.Nodes) == 0 {
		return nil
	}
	var pattern func(n int32, typ string, kind syntax.Kind)
	pattern = func(n int32, typ string, kind syntax.Kind) {
		switch k := v.kind(n); k {
		case identifier, syntax.KindOf("shorthand_property_identifier_pattern"):
			list = append(list, local{name: v.text(n), typ: typ, at: int(v.Nodes[n].Start), node: n, kind: kind})
		case syntax.KindOf("object_pattern"), syntax.KindOf("array_pattern"), tsRest, tsDefault, syntax.KindOf("object_assignment_pattern"), syntax.KindOf("pair_pattern"):
			for i, c := range v.named(n) {
				if (k == tsDefault || k == syntax.KindOf("object_assignment_pattern")) && i > 0 || k == syntax.KindOf("pair_pattern") && i == 0 {
					continue
				}
				pattern(c, "", kind)
			}
		}
	}
	v.all(0, func(n int32) bool {
		k := v.kind(n)
		s := v.span(n)
		switch {
		case tsFunctions[k]:
			if at >= 0 && (at < s.Start || at > s.End) {
				if name := v.child(n, identifier); name >= 0 && v.kind(n) != tsArrow {
					pattern(name, "", tsNamed)
				}
				return false
			}
			v.children(n, func(c int32) bool {
				switch {
				case v.kind(c) == tsParameters:
					for _, p := range v.named(c) {
						typ := ""
						if t := v.child(p, tsTypeOf); t >= 0 {
							typ = annotation(v, t)
						}
						switch v.kind(p) {
						case tsRequired, tsOptional:
							for _, x := range v.named(p) {
								if v.kind(x) != tsTypeOf && v.text(x) != "this" {
									pattern(x, typ, tsParameters)
									break
								}
							}
						default:
							pattern(p, "", tsParameters)
						}
					}
				case v.kind(c) == identifier && k == tsArrow:
					pattern(c, "", tsParameters)
				case v.kind(c) == identifier:
					pattern(c, "", tsNamed)
				}
				return true
			})
		case k == tsBody && at >= 0 && (at < s.Start || at > s.End):
			return false
		case k == tsDeclarator:
			typ := ""
			if t := v.child(n, tsTypeOf); t >= 0 {
				typ = annotation(v, t)
			} else if named := v.named(n); len(named) == 2 {
				typ = a.scriptTypeOf(named[1])
			}
			if first := v.Nodes[n].First; first >= 0 {
				pattern(first, typ, k)
			}
		case k == syntax.KindOf("catch_clause"):
			if named := v.named(n); len(named) > 0 {
				pattern(named[0], "unknown", k)
			}
		case k == syntax.KindOf("for_in_statement"):
			for _, c := range v.named(n) {
				if v.kind(c) == identifier {
					pattern(c, "", k)
					break
				}
				if v.kind(c) == syntax.KindOf("object_pattern") || v.kind(c) == syntax.KindOf("array_pattern") {
					pattern(c, "", k)
					break
				}
			}
		}
		return true
	})
	slices.SortStableFunc(list, func(x, y local) int { return cmp.Compare(y.at, x.at) })
	if at >= 0 {
		seen := map[string]bool{}
		list = slices.DeleteFunc(list, func(l local) bool {
			gone := seen[l.name] || l.at > at && l.kind == tsDeclarator
			seen[l.name] = true
			return gone
		})
	}
	return list
}

// scriptTypeOf is the type of an expression where its text tells.
func (a *ask) scriptTypeOf(n int32) string {
	v := a.view
	switch v.kind(n) {
	case syntax.KindOf("string"), syntax.KindOf("template_string"):
		return "string"
	case syntax.KindOf("number"):
		return "number"
	case syntax.KindOf("true"), syntax.KindOf("false"):
		return "boolean"
	case syntax.KindOf("new_expression"):
		if m := scriptNew.FindStringSubmatch(v.text(n)); m != nil {
			return m[1]
		}
	case syntax.KindOf("as_expression"), syntax.KindOf("satisfies_expression"):
		if named := v.named(n); len(named) == 2 {
			return v.flat(named[1])
		}
	case syntax.KindOf("await_expression"):
		if named := v.named(n); len(named) == 1 {
			t := a.scriptTypeOf(named[0])
			if inner, ok := strings.CutPrefix(t, "Promise<"); ok {
				return strings.TrimSuffix(inner, ">")
			}
			return t
		}
	case tsCall:
		if s := a.scriptCallee(n); s != nil && len(s.Results) == 1 {
			return s.Results[0].Type
		}
	case identifier:
		for i := range a.self.Symbols {
			if s := &a.self.Symbols[i]; s.Of == "" && s.Name == v.text(n) {
				return s.Type
			}
		}
	}
	return ""
}

// scriptCallee is the definition of what a call calls: in this text, in what it
// imports, or by a name that only one file of the workspace defines.
func (a *ask) scriptCallee(call int32) *Symbol {
	v := a.view
	f := v.Nodes[call].First
	if f < 0 {
		return nil
	}
	if v.text(f) == "new" {
		f = v.Nodes[f].Next
	}
	name := v.text(f)
	member := false
	if v.kind(f) == tsMember {
		if named := v.named(f); len(named) == 2 {
			name, member = v.text(named[1]), true
		}
	}
	return a.scriptDefinition(name, member)
}

func (a *ask) scriptDefinition(name string, member bool) *Symbol {
	fits := func(s *Symbol) bool { return s.Name == name && (s.Of != "") == member }
	for i := range a.self.Symbols {
		if s := &a.self.Symbols[i]; fits(s) {
			return s
		}
	}
	taken := name
	for _, i := range a.self.Imports {
		if scriptBinds(i) != name {
			continue
		}
		if i.Name != "default" && i.Name != "*" {
			taken = i.Name
		}
		if p := a.s.resolve(a.self, i.Module); p != "" {
			if rel, ok := a.s.rel(p); ok {
				if f := a.s.get(rel); f != nil {
					for j := range f.Symbols {
						s := &f.Symbols[j]
						if s.Of == "" && (s.Name == taken || i.Name == "default" && s.Default) {
							return s
						}
					}
				}
			}
		}
	}
	var found *Symbol
	for _, f := range a.s.with(wordName, fold(name), a.dir) {
		if family(f.Language) != "typescript" {
			continue
		}
		for i := range f.Symbols {
			if s := &f.Symbols[i]; fits(s) {
				if found != nil {
					return found
				}
				found = s
			}
		}
	}
	return found
}

func scriptBinds(i Import) string {
	if i.Alias != "" {
		return i.Alias
	}
	return i.Name
}

// scriptMembersOf are the members of a type as it is named in doc, and of what it
// extends.
func (a *ask) scriptMembersOf(typ string) (list []Symbol, file *File) {
	return a.scriptMembersDeep(scriptTypeName(typ), 0)
}

var scriptName = regexp.MustCompile(`^(?:typeof\s+|Partial<|Required<|Readonly<)?([A-Za-z_$][\w$]*)`)

func scriptTypeName(t string) string {
	if m := scriptName.FindStringSubmatch(strings.TrimSpace(t)); m != nil {
		return m[1]
	}
	return ""
}

var scriptExtends = regexp.MustCompile(`[A-Za-z_$][\w$]*`)

func (a *ask) scriptMembersDeep(name string, depth int) (list []Symbol, file *File) {
	if name == "" || depth > 3 {
		return nil, nil
	}
	files := []*File{a.self}
	for _, f := range a.s.with(wordOwner, name, a.dir) {
		if f.Path != a.self.Path && family(f.Language) == "typescript" {
			files = append(files, f)
		}
	}
	for _, f := range files {
		for i := range f.Symbols {
			if f.Symbols[i].Of == name {
				list = append(list, f.Symbols[i])
			}
		}
		if len(list) > 0 {
			file = f
			break
		}
	}
	for _, f := range files {
		for i := range f.Symbols {
			if s := &f.Symbols[i]; s.Of == "" && s.Name == name && s.IsType() && s.Type != "" {
				for _, base := range scriptExtends.FindAllString(s.Type, 8) {
					if base != "extends" && base != "implements" && base != name {
						more, _ := a.scriptMembersDeep(base, depth+1)
						list = append(list, more...)
					}
				}
				return list, file
			}
		}
	}
	return list, file
}

// A style is how a script writes its imports.
type style struct {
	quote, end string
	space      string // inside braces
	types      bool   // "import type" is used
	inline     bool   // {type a}
	extension  string // behind relative paths: ".js", ".ts" or nothing
}

// scriptStyle reads the style of the text, or of a file beside it.
func (a *ask) scriptStyle() style {
	st := style{quote: "'", end: ";", space: " "}
	text := ""
	for _, s := range a.tree.Imports() {
		text += a.doc.Text[s.Start:s.End] + "\n"
	}
	if text == "" {
		for _, f := range a.s.in(a.dir) {
			if f.Path != a.doc.Path && len(f.Imports) > 0 && family(f.Language) == "typescript" {
				text = clipText(a.x.text(f.Path), 4096)
				break
			}
		}
	}
	imports := text != ""
	if !imports {
		text = clipText(a.doc.Text, 4096)
	}
	if strings.Count(text, `"`) > strings.Count(text, `'`) {
		st.quote = `"`
	}
	if !imports {
		if strings.Contains(text, "\n") && !strings.Contains(text, ";\n") {
			st.end = ""
		}
		return st
	}
	if m := scriptImportEnd.FindAllStringSubmatch(text, -1); len(m) > 0 && m[0][1] == "" {
		st.end = ""
	}
	if strings.Contains(text, "{") && !strings.Contains(text, "{ ") && !strings.Contains(text, "{\n") {
		st.space = ""
	}
	st.types = strings.Contains(text, "import type")
	st.inline = scriptInline.MatchString(text)
	for _, i := range a.self.Imports {
		if strings.HasPrefix(i.Module, ".") {
			if e := filepath.Ext(i.Module); e == ".js" || e == ".ts" || e == ".mjs" || e == ".jsx" || e == ".tsx" {
				st.extension = e
			} else {
				st.extension = ""
				return st
			}
		}
	}
	if st.extension == "" && !slices.ContainsFunc(a.self.Imports, func(i Import) bool { return strings.HasPrefix(i.Module, ".") }) {
		for _, f := range a.s.in(a.dir) {
			for _, i := range f.Imports {
				if strings.HasPrefix(i.Module, ".") {
					if e := filepath.Ext(i.Module); e == ".js" || e == ".ts" {
						st.extension = e
					}
					return st
				}
			}
		}
	}
	return st
}

func clipText(s string, n int) string { return s[:min(len(s), n)] }

var (
	scriptImportEnd = regexp.MustCompile(`from\s*["'][^"']+["'](;?)`)
	scriptInline    = regexp.MustCompile(`[{,]\s*type\s+\w`)
)

// An offered is a name that another file, or a package, has for us.
type offered struct {
	imp   Import // with Module as doc has to write it
	path  string // of the file, "" for a package
	types bool   // a type only
	voted bool   // most files that import it say that it is one
	count int    // files that import it so
}

// scriptOffers are where a name can be imported from, best first.
func (a *ask) scriptOffers(name string) (list []offered) {
	st := a.scriptStyle()
	add := func(o offered) {
		for i := range list {
			if list[i].imp.Module == o.imp.Module && list[i].imp.Name == o.imp.Name {
				list[i].count += o.count
				return
			}
		}
		list = append(list, o)
	}
	typeVotes := 0
	for _, f := range a.s.with(wordBinds, name, a.dir) {
		if family(f.Language) != "typescript" || f.Path == a.doc.Path {
			continue
		}
		for _, i := range f.Imports {
			if scriptBinds(i) != name {
				continue
			}
			if strings.Contains(i.Module, "://") && !a.scriptImports(i.Module) {
				continue
			}
			o := offered{imp: i, types: i.Types, count: 1}
			if i.Types {
				typeVotes++
			} else {
				typeVotes--
			}
			if strings.HasPrefix(i.Module, ".") {
				o.path = a.s.resolve(f, i.Module)
				if o.path == "" || o.path == a.doc.Path {
					continue
				}
				if hasBelow(o.path, a.doc.Path) && !hasBelow(o.path, f.Path) {
					continue // from outside one takes it from there, from inside that is a circle
				}
				o.imp.Module = a.scriptSpecifier(o.path, st)
				o.imp.Types = false
			}
			add(o)
		}
	}
	for _, f := range a.s.with(wordName, fold(name), a.dir) {
		if family(f.Language) != "typescript" || f.Path == a.doc.Path {
			continue
		}
		for i := range f.Symbols {
			s := &f.Symbols[i]
			if s.Of != "" || s.Name != name || !s.Exported && !s.Default {
				continue
			}
			o := offered{imp: Import{Module: a.scriptSpecifier(f.Path, st), Name: name}, path: f.Path, types: s.Kind == Interface || s.Kind == Type, count: 1}
			if s.Default && !s.Exported {
				o.imp.Name, o.imp.Alias = "default", name
			}
			if strings.HasPrefix(s.Type, "from ") {
				o.count = 0
			}
			add(o)
			break
		}
	}
	// A module that is imported from already may pass it on.
	for _, i := range a.self.Imports {
		if path := a.s.resolve(a.self, i.Module); path != "" && len(list) > 0 && a.s.givesScript(path, name, 4) {
			add(offered{imp: Import{Module: i.Module, Name: name}, path: path, types: list[0].types})
		}
	}
	for i := range list {
		if typeVotes > 0 {
			list[i].types, list[i].voted = true, true
		}
	}
	slices.SortStableFunc(list, func(x, y offered) int {
		// A file that is imported from already is the likeliest.
		hx, hy := a.scriptImports(x.imp.Module), a.scriptImports(y.imp.Module)
		if hx != hy {
			if hx {
				return -1
			}
			return 1
		}
		return cmp.Compare(y.count, x.count)
	})
	return list
}

// hasBelow reports whether a file stands for its folder, and another is in there.
func hasBelow(index, path string) bool {
	name := filepath.Base(index)
	if name[:max(strings.IndexByte(name, '.'), 0)] != "index" {
		return false
	}
	return strings.HasPrefix(path, filepath.Dir(index)+string(filepath.Separator))
}

// givesScript reports whether a file lets others have a name, itself or by passing
// on all of another file, so many times.
func (s *space) givesScript(path, name string, deep int) bool {
	rel, ok := s.rel(path)
	if !ok {
		return false
	}
	f := s.get(rel)
	if f == nil {
		return false
	}
	for i := range f.Symbols {
		sym := &f.Symbols[i]
		if sym.Of != "" || !sym.Exported {
			continue
		}
		if sym.Name == name {
			return true
		}
		if from, ok := strings.CutPrefix(sym.Type, "from "); ok && sym.Name == "*" && deep > 0 {
			if next := s.resolve(f, from); next != "" && s.givesScript(next, name, deep-1) {
				return true
			}
		}
	}
	return false
}

func (a *ask) scriptImports(module string) bool {
	return slices.ContainsFunc(a.self.Imports, func(i Import) bool { return i.Module == module })
}

// scriptSpecifier is how doc writes the module of a file.
func (a *ask) scriptSpecifier(path string, st style) string {
	for _, i := range a.self.Imports { // as it already does
		if strings.HasPrefix(i.Module, ".") && a.s.resolve(a.self, i.Module) == path {
			return i.Module
		}
	}
	rel, err := filepath.Rel(filepath.Dir(a.doc.Path), path)
	if err != nil {
		return path
	}
	rel = filepath.ToSlash(rel)
	if !strings.HasPrefix(rel, ".") {
		rel = "./" + rel
	}
	ext := filepath.Ext(rel)
	stem := strings.TrimSuffix(rel, ext)
	stem = strings.TrimSuffix(stem, ".d")
	if st.extension == "" {
		if short, ok := strings.CutSuffix(stem, "/index"); ok {
			if short == "." {
				return "."
			}
			return short
		}
		return stem
	}
	return stem + st.extension
}

// scriptImportEdits import names into the text, in its idiom.
func (a *ask) scriptImportEdits(list []offered) []analysis.Edit {
	st := a.scriptStyle()
	statements := a.tree.Imports()
	text := a.doc.Text
	type group struct {
		module string
		types  bool
		names  []string
		def    string
	}
	var groups []*group
	var edits []analysis.Edit
	into := map[int][]string{} // statement: names
	for _, o := range list {
		item := o.imp.Name
		if o.imp.Alias != "" && o.imp.Name != "default" && o.imp.Name != "*" && o.imp.Alias != o.imp.Name {
			item += " as " + o.imp.Alias
		}
		at, fits := -1, false
		if o.imp.Name != "default" && o.imp.Name != "*" {
			for k, s := range statements {
				line := text[s.Start:s.End]
				m := scriptImport.FindStringSubmatch(line)
				if m == nil || m[3] != o.imp.Module || !strings.Contains(m[2], "{") {
					continue
				}
				typed := m[1] != ""
				if typed && !o.types {
					continue
				}
				// A type goes to the statement for types where there is one.
				if at < 0 || typed == o.types && !fits {
					at, fits = k, typed == o.types
				}
			}
		}
		if at >= 0 && (fits || !st.types || st.inline || !o.types) {
			if o.types && st.inline && !fits {
				item = "type " + item
			}
			into[at] = append(into[at], item)
			continue
		}
		var g *group
		for _, x := range groups {
			if x.module == o.imp.Module && x.types == (o.types && (st.types || st.inline || o.voted)) {
				g = x
			}
		}
		if g == nil {
			g = &group{module: o.imp.Module, types: o.types && (st.types || st.inline || o.voted)}
			groups = append(groups, g)
		}
		switch o.imp.Name {
		case "default":
			g.def = o.imp.Alias
		case "*":
			g.def = "* as " + o.imp.Alias
		default:
			g.names = append(g.names, item)
		}
	}
	for k, names := range into {
		edits = append(edits, intoBraces(text, statements[k], names, st)...)
	}
	slices.SortFunc(groups, func(x, y *group) int { return cmp.Compare(x.module, y.module) })
	byPlace := map[int]string{}
	var order []int
	for _, g := range groups {
		what := g.def
		if len(g.names) > 0 {
			slices.Sort(g.names)
			names := slices.Clone(g.names)
			lead := ""
			if g.types && st.inline && !st.types {
				for i := range names {
					names[i] = "type " + names[i]
				}
				g.types = false // said of each name
			}
			if what != "" {
				lead = what + ", "
			}
			what = lead + "{" + st.space + strings.Join(names, ", ") + st.space + "}"
		}
		word := "import "
		if g.types {
			word = "import type "
		}
		line := word + what + " from " + st.quote + g.module + st.quote + st.end
		at, before := a.scriptPlace(statements, g.module, g.types)
		if before {
			line += "\n"
		} else {
			line = "\n" + line
		}
		if _, ok := byPlace[at]; !ok {
			order = append(order, at)
		}
		byPlace[at] += line
	}
	for _, at := range order {
		edits = append(edits, insert(at, byPlace[at]))
	}
	return edits
}

// scriptPlace is where the statement that imports a module, or its types, goes.
func (a *ask) scriptPlace(statements []analysis.Span, module string, types bool) (at int, before bool) {
	text := a.doc.Text
	if len(statements) == 0 {
		at := 0
		if strings.HasPrefix(text, "#!") {
			at = strings.IndexByte(text, '\n') + 1
		}
		return at, true
	}
	mods := make([]string, len(statements))
	inOrder, outOfOrder := 0, 0
	for i, s := range statements {
		if m := scriptImport.FindStringSubmatch(text[s.Start:s.End]); m != nil {
			mods[i] = m[3]
		}
		if i > 0 && rank(mods[i-1]) == rank(mods[i]) {
			if mods[i-1] <= mods[i] {
				inOrder++
			} else {
				outOfOrder++
			}
		}
	}
	// By the alphabet where a pair is and none is not, else behind the last of its
	// kind; types before what else is taken from the same module.
	byAlphabet := inOrder > 0 && outOfOrder == 0
	last := -1
	for i, m := range mods {
		if byAlphabet && rank(m) == rank(module) && m > module || types && m == module {
			return syntax.LineAt(text, statements[i].Start).Start, true
		}
		if rank(m) <= rank(module) {
			last = i
		}
	}
	if last < 0 {
		return syntax.LineAt(text, statements[0].Start).Start, true
	}
	return lineEnd(text, statements[last].End), false
}

// rank orders modules as people do: packages, then what lies above, then beside.
func rank(module string) int {
	switch {
	case strings.HasPrefix(module, "node:"):
		return 0
	case strings.HasPrefix(module, "../"), module == "..":
		return 2
	case strings.HasPrefix(module, "."):
		return 3
	}
	return 1
}

func lineEnd(text string, at int) int { return syntax.LineAt(text, at).End }

// intoBraces puts names into the braces of an import statement: sorted where they
// are, else at the end.
func intoBraces(text string, s analysis.Span, names []string, st style) []analysis.Edit {
	line := text[s.Start:s.End]
	open, end := strings.IndexByte(line, '{'), strings.IndexByte(line, '}')
	if open < 0 || end < open {
		return nil
	}
	inner := line[open+1 : end]
	type item struct {
		name       string
		start, end int
	}
	var items []item
	off := 0
	for part := range strings.SplitSeq(inner, ",") {
		trimmed := strings.TrimSpace(part)
		if trimmed != "" {
			at := off + strings.Index(part, trimmed)
			items = append(items, item{trimmed, at, at + len(trimmed)})
		}
		off += len(part) + 1
	}
	bare := func(n string) string { return strings.ToLower(strings.TrimPrefix(n, "type ")) }
	sorted := slices.IsSortedFunc(items, func(x, y item) int { return cmp.Compare(bare(x.name), bare(y.name)) })
	sep := ", "
	if strings.Contains(inner, "\n") && len(items) > 0 {
		sep = ",\n" + indent(text, s.Start+open+1+items[0].start)
		if l := syntax.LineAt(text, s.Start+open+1+items[0].start); l.Start <= s.Start+open {
			sep = ", "
		}
	}
	slices.SortFunc(names, func(x, y string) int { return cmp.Compare(bare(x), bare(y)) })
	at := map[int]string{}
	var order []int
	put := func(off int, s string) {
		if _, ok := at[off]; !ok {
			order = append(order, off)
		}
		at[off] += s
	}
	if len(items) == 0 {
		return []analysis.Edit{replace(analysis.Span{Start: s.Start + open, End: s.Start + end + 1}, "{"+st.space+strings.Join(names, ", ")+st.space+"}")}
	}
	for _, n := range names {
		place := -1
		if sorted {
			for _, it := range items {
				if bare(it.name) > bare(n) {
					place = it.start
					break
				}
			}
		}
		if place >= 0 {
			put(place, n+sep)
		} else {
			put(items[len(items)-1].end, sep+n)
		}
	}
	if !strings.Contains(inner, "\n") && tooLong(text, s, names) {
		// A formatter would break the line.
		var all []string
		for _, it := range items {
			all = append(all, it.name)
		}
		all = append(all, names...)
		if sorted {
			slices.SortStableFunc(all, func(x, y string) int { return cmp.Compare(bare(x), bare(y)) })
		}
		tab := "  "
		if strings.Contains(text, "\n\t") {
			tab = "\t"
		}
		return []analysis.Edit{replace(analysis.Span{Start: s.Start + open, End: s.Start + end + 1}, "{\n"+tab+strings.Join(all, ",\n"+tab)+",\n}")}
	}
	var edits []analysis.Edit
	for _, off := range order {
		edits = append(edits, insert(s.Start+open+1+off, at[off]))
	}
	return edits
}

// tooLong reports whether an import on one line gets longer than the text has
// others: prettier's 80, or 100 where there are longer lines; texts with import
// lines over 100 are not formatted by width.
func tooLong(text string, s analysis.Span, names []string) bool {
	width := 80
	for l := range strings.Lines(text[:min(len(text), 64<<10)]) {
		n := len(strings.TrimRight(l, "\n"))
		if n > 100 && strings.HasPrefix(l, "import ") {
			return false
		}
		if n > 80 && n <= 100 && !strings.Contains(l, "//") && !strings.HasPrefix(strings.TrimSpace(l), "*") {
			width = 100
		}
	}
	n := s.Len()
	for _, x := range names {
		n += len(x) + 2
	}
	return n > width && s.Len() <= width
}
