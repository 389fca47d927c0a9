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

// pythonMakers draft for what pyright and basedpyright say, and for the names that
// ruff and pyflakes find undefined.
var pythonMakers = []maker{pyMissingName, pyMissingImport, pyMissingAttribute, pyArgument, pyOptional, pyAwait, pyPossiblyUnbound}

var (
	pyUndefined  = regexp.MustCompile("^(?:[Uu]ndefined name )?[\"'`]([A-Za-z_]\\w*)[\"'`](?: is not defined)?$")
	pyUnresolved = regexp.MustCompile(`^Import "([\w.]+)" could not be resolved`)
	pyNoSymbol   = regexp.MustCompile(`^"(\w+)" is unknown import symbol`)
	pyNoAttr     = regexp.MustCompile(`^Cannot access attribute "(\w+)" for class "([^"]+)"`)
	pyNoModAttr  = regexp.MustCompile(`^"(\w+)" is not a known attribute of module "([\w.]+)"`)
	pyArgMissing = regexp.MustCompile(`^Arguments? missing for parameters? ("\w+"(?:, "\w+")*)`)
	pyNoParam    = regexp.MustCompile(`^No parameter named "(\w+)"`)
	pyOfNone     = regexp.MustCompile(`^"(\w+)" is not a known attribute of "None"`)
	pyAwaitOnly  = regexp.MustCompile(`^"await" allowed only within async function`)
	pyCoroutine  = regexp.MustCompile(`^Result of async function call is not used`)
	pyUnbound    = regexp.MustCompile(`^"(\w+)" is (?:possibly unbound|unbound)$`)

	pyCall      = syntax.KindOf("call")
	pyArguments = syntax.KindOf("argument_list")
	pyKeyword   = syntax.KindOf("keyword_argument")
)

// pyFound is where a name can be imported from.
type pyFound struct {
	imp   Import
	count int
}

// pyOffers are where a name can be imported from, best first.
func (a *ask) pyOffers(name string) (list []pyFound) {
	add := func(i Import, n int) {
		for k := range list {
			if list[k].imp == i {
				list[k].count += n
				return
			}
		}
		list = append(list, pyFound{i, n})
	}
	for _, f := range a.s.with(wordBinds, name, a.dir) {
		if f.Language != "python" || f.Path == a.doc.Path {
			continue
		}
		n := 2
		if filepath.Dir(f.Path) == filepath.Dir(a.doc.Path) {
			n = 6
		}
		for _, i := range f.Imports {
			if pythonBinds(i) != name {
				continue
			}
			if strings.HasPrefix(i.Module, ".") && filepath.Dir(f.Path) != filepath.Dir(a.doc.Path) {
				if i.Module = a.pyModule(a.s.resolve(f, i.Module)); i.Module == "" {
					continue
				}
			}
			if i.Name == "" && i.Alias == "" && strings.Contains(i.Module, ".") {
				i.Module = name
			}
			add(i, n)
		}
	}
	for _, f := range a.s.with(wordName, fold(name), a.dir) {
		if f.Language != "python" || f.Path == a.doc.Path {
			continue
		}
		for i := range f.Symbols {
			if s := &f.Symbols[i]; s.Of == "" && s.Name == name {
				if m := a.pyModule(f.Path); m != "" && !strings.Contains(m, "test") {
					add(Import{Module: m, Name: name}, 1)
				}
				break
			}
		}
	}
	if pyStandard[name] {
		add(Import{Module: name}, 1)
	}
	if m := pyKnown[name]; m != "" {
		add(Import{Module: m, Name: name}, 1)
	}
	slices.SortStableFunc(list, func(x, y pyFound) int { return cmp.Compare(y.count, x.count) })
	return list
}

// pyModule is how doc writes the module of a file: as its other imports do, with
// dots for what lies beside it.
func (a *ask) pyModule(path string) string {
	if path == "" {
		return ""
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(path, filepath.Ext(path)), "/__init__")
	relative := slices.ContainsFunc(a.self.Imports, func(i Import) bool { return strings.HasPrefix(i.Module, ".") })
	if relative {
		dir, dots := filepath.Dir(a.doc.Path), "."
		for range 3 {
			if rel, err := filepath.Rel(dir, stem); err == nil && !strings.HasPrefix(rel, "..") {
				return dots + strings.ReplaceAll(filepath.ToSlash(rel), "/", ".")
			}
			dir, dots = filepath.Dir(dir), dots+"."
		}
	}
	rel, ok := a.s.rel(stem)
	if !ok {
		return ""
	}
	rel = strings.TrimPrefix(strings.TrimPrefix(rel, "src/"), "lib/")
	return strings.ReplaceAll(rel, "/", ".")
}

// pyStandard are modules of the standard library that are used by their names, and
// pyKnown names that are taken out of one.
var (
	pyStandard = wordSet(`abc argparse ast asyncio base64 bisect builtins collections concurrent configparser contextlib copy csv ctypes dataclasses datetime decimal difflib email
		enum errno fnmatch fractions functools gc getpass glob gzip hashlib heapq hmac html http importlib inspect io ipaddress itertools json keyword locale logging
		math mimetypes multiprocessing numbers operator os pathlib pickle pkgutil platform pprint queue random re secrets select shlex shutil signal site socket sqlite3
		ssl stat statistics string struct subprocess sys tarfile tempfile textwrap threading time timeit token tokenize traceback types typing unicodedata unittest
		urllib uuid warnings weakref xml zipfile zlib zoneinfo`)
	pyKnown = func() map[string]string {
		m := map[string]string{}
		for module, names := range map[string]string{
			"typing":          "Any Callable ClassVar Dict Final Generic Iterable Iterator List Literal Mapping NamedTuple NoReturn Optional Protocol Sequence Set Tuple Type TypeVar TypedDict Union TYPE_CHECKING cast overload",
			"pathlib":         "Path PurePath",
			"dataclasses":     "dataclass field",
			"collections":     "defaultdict OrderedDict Counter deque namedtuple",
			"functools":       "partial wraps lru_cache reduce cached_property",
			"contextlib":      "contextmanager suppress nullcontext ExitStack",
			"datetime":        "timedelta timezone",
			"abc":             "ABC abstractmethod",
			"enum":            "Enum IntEnum auto",
			"unittest.mock":   "Mock MagicMock patch",
			"io":              "StringIO BytesIO",
			"collections.abc": "Awaitable Coroutine Generator MutableMapping",
		} {
			for n := range strings.FieldsSeq(names) {
				m[n] = module
			}
		}
		return m
	}()
)

// pyImportEdits import a name into the text.
func (a *ask) pyImportEdits(i Import) []analysis.Edit {
	text := a.doc.Text
	item := i.Name
	if item == "" {
		item = i.Module
	}
	if i.Alias != "" {
		item += " as " + i.Alias
	}
	spans := a.tree.Imports()
	line := "import " + item
	if i.Name != "" {
		line = "from " + i.Module + " import " + item
		for _, s := range spans {
			m := pythonFrom.FindStringSubmatch(text[s.Start:s.End])
			if m == nil || m[1] != i.Module || strings.Contains(m[2], "*") {
				continue
			}
			return pyIntoList(text, s, item)
		}
	}
	std := func(module string) int {
		first, _, _ := strings.Cut(module, ".")
		switch {
		case module == "__future__":
			return 0
		case pyStandard[first]:
			return 1
		case first == "":
			return 4
		}
		if a.s.knows(first + "/__init__.py") {
			return 3
		}
		return 2
	}
	module := i.Module
	after, before := -1, -1
	for _, s := range spans {
		for _, o := range pythonImportsOf(text[s.Start:s.End])[:min(1, len(pythonImportsOf(text[s.Start:s.End])))] {
			plain := o.Name == ""
			switch {
			case std(o.Module) < std(module), std(o.Module) == std(module) && (plain == (i.Name == "") && o.Module <= module || plain && i.Name != ""):
				after = s.End
			case before < 0:
				before = s.Start
			}
		}
	}
	switch {
	case after >= 0:
		return []analysis.Edit{insert(lineEnd(text, after), "\n"+line)}
	case before >= 0:
		gap := "\n"
		if len(spans) > 0 {
			if first := pythonImportsOf(text[spans[0].Start:spans[0].End]); len(first) > 0 && std(first[0].Module) != std(module) {
				gap = "\n\n"
			}
		}
		return []analysis.Edit{insert(before, line+gap)}
	}
	// Behind what the module says of itself.
	at := 0
	for _, n := range a.tree.TopLevel(analysis.Span{End: len(text)}) {
		s := text[n.Span.Start:n.Span.End]
		if n.Kind == pyStatement && (strings.HasPrefix(s, `"""`) || strings.HasPrefix(s, "'''")) {
			return []analysis.Edit{insert(lineEnd(text, n.Span.End), "\n\n"+line)}
		}
		if n.Kind == syntax.KindOf("comment") {
			at = min(lineEnd(text, n.Span.End)+1, len(text))
			continue
		}
		break
	}
	return []analysis.Edit{insert(at, line+"\n\n")}
}

// pyIntoList puts a name into a statement "from m import a, b".
func pyIntoList(text string, s analysis.Span, item string) []analysis.Edit {
	line := text[s.Start:s.End]
	from := strings.Index(line, " import ")
	if from < 0 {
		from = strings.Index(line, "import")
		if from < 0 {
			return nil
		}
		from--
	}
	from += len(" import ")
	inner := line[min(from, len(line)):]
	type part struct {
		name       string
		start, end int
	}
	var items []part
	for _, m := range pyItem.FindAllStringIndex(inner, -1) {
		items = append(items, part{inner[m[0]:m[1]], m[0], m[1]})
	}
	if len(items) == 0 {
		return nil
	}
	sorted := slices.IsSortedFunc(items, func(x, y part) int { return cmp.Compare(strings.ToLower(x.name), strings.ToLower(y.name)) })
	sep := ", "
	if strings.Contains(inner, "\n") && strings.HasPrefix(inner, "(") {
		sep = ",\n" + indent(text, s.Start+from+items[0].start)
	}
	if sorted {
		for _, p := range items {
			if strings.ToLower(p.name) > strings.ToLower(item) {
				return []analysis.Edit{insert(s.Start+from+p.start, item+sep)}
			}
		}
	}
	return []analysis.Edit{insert(s.Start+from+items[len(items)-1].end, sep+item)}
}

var pyItem = regexp.MustCompile(`[A-Za-z_]\w*(?:[ \t]+as[ \t]+\w+)?`)

// pyLocals are the names that the declaration around the error declares.
func (a *ask) pyLocals() (list []local) {
	v := a.view
	if len(v.Nodes) == 0 {
		return nil
	}
	fn := v.up(a.node(), pyFunction)
	v.all(0, func(n int32) bool {
		k := v.kind(n)
		switch {
		case k == pyFunction && n != fn && fn >= 0 && !v.span(n).Contains(v.span(fn)):
			return false
		case k == pyFunction:
			if p := v.child(n, pyParameters); p >= 0 {
				for _, x := range v.named(p) {
					id := x
					if v.kind(x) != identifier {
						id = v.child(x, identifier)
					}
					if id >= 0 {
						list = append(list, local{name: v.text(id), at: int(v.Nodes[id].Start), node: id, kind: pyFunction})
					}
				}
			}
		case k == pyAssignment, k == syntax.KindOf("for_statement"), k == syntax.KindOf("as_pattern_target"), k == syntax.KindOf("named_expression"), k == syntax.KindOf("for_in_clause"):
			left := v.Nodes[n].First
			if k == syntax.KindOf("for_statement") || k == syntax.KindOf("for_in_clause") {
				for left >= 0 && !v.Nodes[left].Named {
					left = v.Nodes[left].Next
				}
			}
			if left >= 0 {
				v.all(left, func(i int32) bool {
					if v.kind(i) == identifier {
						list = append(list, local{name: v.text(i), at: int(v.Nodes[i].Start), node: i, kind: k})
					}
					return v.kind(i) != pyAttribute && v.kind(i) != syntax.KindOf("subscript")
				})
			}
		}
		return true
	})
	return list
}

// pyMissingName: "x" is not defined.
func pyMissingName(a *ask) {
	m := pyUndefined.FindStringSubmatch(a.message)
	if m == nil || !strings.Contains(a.message, "defined") && a.d.Code != "F821" {
		return
	}
	name, v := m[1], a.view
	n := a.node()
	if n < 0 || v.text(n) != name {
		return
	}
	for i, o := range a.pyOffers(name) {
		if i == 3 {
			break
		}
		a.add("import", "Import "+name+" from "+o.imp.Module, analysis.FixAddImport, []float64{.8, .3, .15}[i], a.pyImportEdits(o.imp)...)
	}
	locals := a.pyLocals()
	var names []string
	for _, l := range locals {
		names = append(names, l.name)
	}
	for _, s := range a.self.Symbols {
		if s.Of == "" {
			names = append(names, s.Name)
		}
	}
	for _, i := range a.self.Imports {
		names = append(names, pythonBinds(i))
	}
	edits, _ := a.occurrences(n, name)
	for i, fresh := range a.s.became(name) {
		if i < 2 && slices.Contains(names, fresh) {
			a.add("renamed", "Rename "+name+" to "+fresh, analysis.FixRename, .85, a.everywhere(name, fresh)...)
		}
	}
	for k, near := range nearest(name, names, .5, 3) {
		score := .6 * near.score
		if k > 0 {
			score *= .5
		}
		a.add("nearest-name", "Change "+name+" to "+near.name, analysis.FixRename, score, edits(near.name)...)
	}
	for _, l := range locals {
		uses := 0
		v.all(0, func(i int32) bool {
			if v.kind(i) == identifier && i != l.node && v.text(i) == l.name {
				uses++
			}
			return true
		})
		if like := likeness(l.name, name); uses == 0 && l.name != name && l.name != "self" && (l.kind != pyFunction || like >= .5) && !strings.HasPrefix(l.name, "_") {
			a.add("unused-name", "Name "+l.name+" "+name, analysis.FixRename, .35+.3*like, replace(v.span(l.node), name))
			a.add("unused-name", "Use "+l.name+" for "+name, analysis.FixRename, .3+.3*like, edits(l.name)...)
		}
	}
	for _, s := range a.unusedDefinitions() {
		if like := likeness(s.Name, name); like >= .4 {
			a.add("rename-definition", "Name "+s.Name+" "+name, analysis.FixRename, .45*like, a.everywhere(s.Name, name)...)
		}
	}
	// A member of the class around.
	if c := v.up(n, pyClass); c >= 0 && v.up(n, pyFunction) >= 0 {
		if id := v.child(c, identifier); id >= 0 {
			if slices.ContainsFunc(a.pyMembers(v.text(id), 0), func(s Symbol) bool { return s.Name == name }) {
				a.add("through-receiver", "Take "+name+" from self", analysis.FixRename, .55, edits("self."+name)...)
			}
		}
	}
}

// pyMembers are the attributes and methods of a class, with those of its bases.
func (a *ask) pyMembers(class string, depth int) (list []Symbol) {
	class = strings.TrimSuffix(strings.TrimPrefix(class, "type["), "]")
	class = strings.TrimSuffix(class, "*")
	class = lastPart(class)
	if class == "" || depth > 3 {
		return nil
	}
	files := []*File{a.self}
	for _, f := range a.s.with(wordOwner, class, a.dir) {
		if f.Language == "python" && f.Path != a.self.Path {
			files = append(files, f)
		}
	}
	for _, f := range files {
		bases := ""
		for i := range f.Symbols {
			switch s := &f.Symbols[i]; {
			case s.Of == class:
				list = append(list, *s)
			case s.Name == class && s.Kind == Struct:
				bases = s.Type
			}
		}
		if len(list) > 0 || bases != "" {
			for _, b := range pyItem.FindAllString(bases, 4) {
				if b != class {
					list = append(list, a.pyMembers(b, depth+1)...)
				}
			}
			return list
		}
	}
	return list
}

// pyMissingImport: an import that cannot be resolved, or has not what is taken.
func pyMissingImport(a *ask) {
	text := a.doc.Text
	if m := pyNoSymbol.FindStringSubmatch(a.message); m != nil {
		name := m[1]
		s := a.d.Span
		var st analysis.Span
		for _, x := range a.tree.Imports() {
			if x.Contains(s) {
				st = x
			}
		}
		from := pythonFrom.FindStringSubmatch(text[st.Start:st.End])
		if from == nil || text[s.Start:s.End] != name {
			return
		}
		if p := a.s.resolve(a.self, from[1]); p != "" {
			if rel, ok := a.s.rel(p); ok {
				if f := a.s.get(rel); f != nil {
					var names []string
					for _, x := range f.Symbols {
						if x.Of == "" {
							names = append(names, x.Name)
						}
					}
					for i, near := range nearest(name, names, .45, 2) {
						a.add("nearest-name", "Change "+name+" to "+near.name, analysis.FixRename, .6*near.score/float64(i+1), a.everywhere(name, near.name)...)
					}
				}
			}
		}
		for i, o := range a.pyOffers(name) {
			if i == 2 || o.imp.Module == from[1] || o.imp.Name == "" {
				continue
			}
			if items := pythonImportsOf(text[st.Start:st.End]); len(items) == 1 {
				k := strings.Index(text[st.Start:st.End], from[1])
				a.add("import-path", "Import it from "+o.imp.Module, analysis.FixAddImport, .6, replace(analysis.Span{Start: st.Start + k, End: st.Start + k + len(from[1])}, o.imp.Module))
			}
		}
		return
	}
	m := pyUnresolved.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	s := a.d.Span
	old := text[s.Start:s.End]
	if old != m[1] {
		return
	}
	last := old[strings.LastIndexByte(old, '.')+1:]
	seen := map[string]bool{old: true}
	for _, p := range a.s.paths(func(base string) bool { return base == last+".py" }) {
		if mod := a.pyModule(p); mod != "" && !seen[mod] {
			seen[mod] = true
			a.add("import-path", "Import "+mod, analysis.FixAddImport, .5, replace(s, mod))
		}
	}
	for _, i := range a.self.Imports {
		if i.Module != old || i.Name == "" {
			continue
		}
		for k, o := range a.pyOffers(i.Name) {
			if k < 2 && o.imp.Name == i.Name && !seen[o.imp.Module] {
				seen[o.imp.Module] = true
				a.add("import-path", "Import "+o.imp.Module, analysis.FixAddImport, .55, replace(s, o.imp.Module))
			}
		}
	}
}

// pyMissingAttribute: Cannot access attribute "x" for class "T".
func pyMissingAttribute(a *ask) {
	s := a.d.Span
	text := a.doc.Text
	if m := pyNoModAttr.FindStringSubmatch(a.message); m != nil {
		if text[s.Start:s.End] != m[1] {
			return
		}
		if p := a.s.resolve(a.self, m[2]); p != "" {
			if rel, ok := a.s.rel(p); ok {
				if f := a.s.get(rel); f != nil {
					var names []string
					for _, x := range f.Symbols {
						if x.Of == "" {
							names = append(names, x.Name)
						}
					}
					for i, near := range nearest(m[1], names, .45, 2) {
						a.add("nearest-name", "Change "+m[1]+" to "+near.name, analysis.FixRename, .6*near.score/float64(i+1), replace(s, near.name))
					}
				}
			}
		}
		return
	}
	m := pyNoAttr.FindStringSubmatch(a.message)
	if m == nil || text[s.Start:s.End] != m[1] {
		return
	}
	name, class := m[1], m[2]
	v := a.view
	n := a.node()
	object := ""
	if p := v.Nodes[n].Parent; p >= 0 && v.kind(p) == pyAttribute {
		object = v.flat(v.Nodes[p].First)
	}
	all := func(fresh string) []analysis.Edit {
		var list []analysis.Edit
		v.all(0, func(i int32) bool {
			if v.kind(i) == pyAttribute {
				if named := v.named(i); len(named) == 2 && v.text(named[1]) == name && v.flat(named[0]) == object {
					list = append(list, replace(v.span(named[1]), fresh))
				}
			}
			return true
		})
		if len(list) == 0 {
			list = append(list, replace(s, fresh))
		}
		return list
	}
	if strings.HasPrefix(class, "CoroutineType[") || strings.HasPrefix(class, "Coroutine[") {
		p := v.Nodes[n].Parent
		o := v.span(v.Nodes[p].First)
		a.add("await", "Await it first", analysis.FixAddAwait, .7, insert(o.Start, "(await "), insert(o.End, ")"))
	}
	members := a.pyMembers(class, 0)
	var names []string
	for _, x := range members {
		names = append(names, x.Name)
	}
	for i, fresh := range a.s.became(name) {
		if i < 2 && slices.Contains(names, fresh) {
			a.add("renamed", "Rename "+name+" to "+fresh, analysis.FixRename, .85, all(fresh)...)
		}
	}
	for i, near := range nearest(name, names, .45, 3) {
		a.add("nearest-name", "Change "+name+" to "+near.name, analysis.FixRename, .6*near.score/float64(i+1), all(near.name)...)
	}
	for _, x := range members { // a member of a member has it
		if x.Kind == Field && x.Type != "" && slices.ContainsFunc(a.pyMembers(x.Type, 0), func(y Symbol) bool { return y.Name == name }) {
			a.add("member-below", "Take "+name+" from "+x.Name, analysis.FixRename, .4, all(x.Name+"."+name)...)
			break
		}
	}
}

// pyArgument: Argument missing for parameter "x"; No parameter named "x".
func pyArgument(a *ask) {
	v := a.view
	n := a.node()
	if n < 0 {
		return
	}
	if m := pyNoParam.FindStringSubmatch(a.message); m != nil {
		call := v.up(n, pyCall)
		kw := v.up(n, pyKeyword)
		if call < 0 || kw < 0 || v.text(v.Nodes[kw].First) != m[1] {
			return
		}
		var names []string
		for _, s := range a.pyCallees(call) {
			for _, p := range s.Params {
				names = append(names, p.Name)
			}
		}
		for i, near := range nearest(m[1], names, .4, 2) {
			a.add("nearest-name", "Change "+m[1]+" to "+near.name, analysis.FixRename, .6*near.score/float64(i+1), replace(v.span(v.Nodes[kw].First), near.name))
		}
		return
	}
	m := pyArgMissing.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	call := v.up(v.at(a.d.Span), pyCall)
	if call < 0 {
		return
	}
	args := v.child(call, pyArguments)
	if args < 0 {
		return
	}
	var missing []string
	for q := range strings.SplitSeq(m[1], ", ") {
		missing = append(missing, strings.Trim(q, `"`))
	}
	given := v.named(args)
	visible := map[string]bool{}
	for _, l := range a.pyLocals() {
		visible[l.name] = true
	}
	callee := v.flat(v.Nodes[call].First)
	name := callee[strings.LastIndexByte(callee, '.')+1:]
	others := callsIn(a.doc.Text, name, -1)
	for i, f := range a.s.in(a.dir) {
		if f.Path != a.doc.Path && i < 8 && f.Language == "python" {
			others = append(others, callsIn(a.x.text(f.Path), name, -1)...)
		}
	}
	keyword := slices.ContainsFunc(given, func(g int32) bool { return v.kind(g) == pyKeyword })
	position := map[string]int{}
	for _, s := range a.pyCallees(call) {
		for i, p := range s.Params {
			position[p.Name] = i
		}
	}
	var options [][]guess
	for _, p := range missing {
		var list []guess
		add := func(text string, score float64) {
			for i := range list {
				if list[i].text == text {
					list[i].score = min(.8, list[i].score+.1)
					return
				}
			}
			list = append(list, guess{text, score})
		}
		if visible[p] {
			add(p, .65)
		}
		if visible["self"] && slices.ContainsFunc(a.pySelfMembers(n), func(s Symbol) bool { return strings.Trim(s.Name, "_") == p }) {
			for _, s := range a.pySelfMembers(n) {
				if strings.Trim(s.Name, "_") == p {
					add("self."+s.Name, .5)
				}
			}
		}
		for _, o := range others {
			for i, text := range o {
				value := ""
				if k, val, ok := strings.Cut(text, "="); ok && strings.TrimSpace(k) == p {
					value = strings.TrimSpace(val)
				} else if at, ok := position[p]; ok && at == i && !strings.Contains(text, "=") {
					value = text
				}
				if value != "" && len(value) < 60 && a.pyResolves(value, visible) {
					add(value, .4)
				}
			}
		}
		add("None", .12)
		slices.SortStableFunc(list, func(x, y guess) int { return cmp.Compare(y.score, x.score) })
		options = append(options, list)
	}
	for t := range min(len(options[0]), 3) {
		score := 1.0
		var texts []string
		for i, o := range options {
			g := o[min(t, len(o)-1)]
			score = min(score, g.score)
			text := g.text
			if at, ok := position[missing[i]]; keyword || !ok || at != len(given)+i {
				text = missing[i] + "=" + g.text
			}
			texts = append(texts, text)
		}
		s := v.span(args)
		at, lead := s.End-1, ""
		if len(given) > 0 {
			at, lead = int(v.Nodes[given[len(given)-1]].End), ", "
		}
		a.add("argument", "Pass "+short(strings.Join(texts, ", ")), analysis.FixAddArgument, score, insert(at, lead+strings.Join(texts, ", ")))
	}
}

// pySelfMembers are the members of the class around a node.
func (a *ask) pySelfMembers(n int32) []Symbol {
	if c := a.view.up(n, pyClass); c >= 0 {
		if id := a.view.child(c, identifier); id >= 0 {
			return a.pyMembers(a.view.text(id), 0)
		}
	}
	return nil
}

func (a *ask) pyResolves(text string, visible map[string]bool) bool {
	f := syntax.Lex(a.tree.Language(), text, false, analysis.Span{End: len(text)})
	for i := range f.Tokens {
		t := f.Tok(int32(i))
		if f.Tokens[i].Class != syntax.Word || i > 0 && f.Tok(int32(i-1)) == "." || visible[t] || t == "None" || t == "True" || t == "False" || t == "not" {
			continue
		}
		if slices.ContainsFunc(a.self.Symbols, func(s Symbol) bool { return s.Of == "" && s.Name == t }) || slices.ContainsFunc(a.self.Imports, func(i Import) bool { return pythonBinds(i) == t }) {
			continue
		}
		return false
	}
	return true
}

// pyCallees are the definitions that a call may mean.
func (a *ask) pyCallees(call int32) (list []Symbol) {
	callee := a.view.flat(a.view.Nodes[call].First)
	name := callee[strings.LastIndexByte(callee, '.')+1:]
	files := append([]*File{a.self}, a.s.with(wordName, fold(name), a.dir)...)
	for _, f := range files {
		if f.Language != "python" {
			continue
		}
		for _, s := range f.Symbols {
			if s.Name == name && s.Callable() {
				list = append(list, s)
			}
			if s.Of == name && s.Name == "__init__" {
				list = append(list, s)
			}
		}
		if len(list) > 0 {
			return list
		}
	}
	return list
}

// pyOptional: "x" is not a known attribute of "None".
func pyOptional(a *ask) {
	m := pyOfNone.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	v := a.view
	n := a.node()
	if n < 0 || v.text(n) != m[1] {
		return
	}
	p := v.Nodes[n].Parent
	if p < 0 || v.kind(p) != pyAttribute {
		return
	}
	object := v.flat(v.Nodes[p].First)
	st := p
	for st >= 0 && (v.Nodes[st].Parent < 0 || v.kind(v.Nodes[st].Parent) != pyBlock) {
		st = v.Nodes[st].Parent
	}
	if st < 0 || len(object) > 60 || strings.Contains(object, "(") {
		return
	}
	at := int(v.Nodes[st].Start)
	in := indent(a.doc.Text, at)
	a.add("non-null", "Assert that "+object+" is there", analysis.FixAddNullCheck, .35, insert(at, "assert "+object+" is not None\n"+in))
	if v.kind(st) == pyStatement {
		a.add("if-there", "Go on only where "+object+" is there", analysis.FixAddNullCheck, .25, insert(at, "if "+object+" is not None:\n"+in+"    "))
	}
}

// pyAwait: await outside of async, and a coroutine that nobody waits for.
func pyAwait(a *ask) {
	v := a.view
	if pyAwaitOnly.MatchString(a.message) {
		if fn := v.up(a.node(), pyFunction); fn >= 0 {
			a.add("async", "Make the function async", analysis.FixAddAwait, .8, insert(int(v.Nodes[fn].Start), "async "))
		}
	}
	if pyCoroutine.MatchString(a.message) {
		fn := v.up(a.node(), pyFunction)
		if fn >= 0 && strings.HasPrefix(v.text(fn), "async") {
			a.add("await", "Await it", analysis.FixAddAwait, .85, insert(a.d.Span.Start, "await "))
		}
	}
}

// pyPossiblyUnbound: "x" is possibly unbound.
func pyPossiblyUnbound(a *ask) {
	m := pyUnbound.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	v := a.view
	fn := v.up(a.node(), pyFunction)
	if fn < 0 {
		return
	}
	first := int32(-1)
	for _, l := range a.pyLocals() {
		if l.name == m[1] && (first < 0 || l.at < int(v.Nodes[first].Start)) {
			first = l.node
		}
	}
	if first < 0 {
		return
	}
	// Before the statement of the function's body that binds it first.
	body := v.child(fn, pyBlock)
	st := first
	for st >= 0 && v.Nodes[st].Parent != body {
		st = v.Nodes[st].Parent
	}
	if st < 0 {
		return
	}
	at := int(v.Nodes[st].Start)
	a.add("bind-first", "Start with None", analysis.FixOther, .3, insert(at, m[1]+" = None\n"+indent(a.doc.Text, at)))
}
