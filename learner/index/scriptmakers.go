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

// scriptMakers draft for what TypeScript's compiler and language service say.
var scriptMakers = []maker{
	scriptMissingName, scriptExport, scriptModule, scriptProperty, scriptArguments, scriptAsync, scriptPossibly, scriptMissing,
	scriptUnknownProperty, scriptAssign, scriptUnknown, scriptOverride, scriptTypeImport, scriptUnused,
}

var (
	tsCannotFind  = regexp.MustCompile(`^Cannot find (?:name|namespace) '([^']+)'\.(?: Did you mean (?:the (?:static|instance) member )?'([^']+)'\?)?`)
	tsShorthandNo = regexp.MustCompile(`^No value exists in scope for the shorthand property '([^']+)'`)
	tsNoExport    = regexp.MustCompile(`^(?:Module )?'"([^"]+)"' has no exported member (?:named )?'([^']+)'\.(?: Did you mean '([^']+)'\?)?`)
	tsNoModule    = regexp.MustCompile(`^Cannot find module '([^']+)'`)
	tsNoProperty  = regexp.MustCompile(`^Property '([^']+)' does not exist on type '(.+?)'\.(?: Did you mean '([^']+)'\?)?`)
	tsArgCount    = regexp.MustCompile(`^Expected (?:at least )?(\d+)(?:-\d+)? (?:type )?arguments?, but got (\d+)`)
	tsPossibly    = regexp.MustCompile(`^(?:'([^']+)' is possibly|Object is possibly|Cannot invoke an object which is possibly) '(?:null|undefined)'`)
	tsMissing1    = regexp.MustCompile(`^Property '([^']+)' is missing in type '(?s:.+)' but required in type '(.+?)'\.`)
	tsMissingN    = regexp.MustCompile(`^Type '(?s:.+)' is missing the following properties from type '(.+?)': (.+?)(?:, and (\d+) more\.?)?$`)
	tsExcess      = regexp.MustCompile(`^Object literal may only specify known properties, (?:and|but) '([^']+)' does not exist in type '(.+?)'\.(?: Did you mean to write '([^']+)'\?)?`)
	tsAssign      = regexp.MustCompile(`^(?:Type|Argument of type) '(.+?)' is not assignable to (?:type|parameter of type) '(.+?)'\.`)
	tsUnknown     = regexp.MustCompile(`^'([^']+)' is of type 'unknown'`)
	tsUnusedName  = regexp.MustCompile(`^'([^']+)' is declared but (?:its value is never read|never used)`)
)

// code is the number of d's code.
func (a *ask) code() string { return strings.TrimPrefix(strings.TrimPrefix(a.d.Code, "TS"), "ts") }

// scriptMissingName: "Cannot find name 'x'".
func scriptMissingName(a *ask) {
	m := tsCannotFind.FindStringSubmatch(a.message)
	shorthand := false
	if m == nil {
		if m = tsShorthandNo.FindStringSubmatch(a.message); m == nil {
			return
		}
		m = append(m, "")
		shorthand = true
	}
	name, meant := m[1], m[2]
	v := a.view
	n := a.node()
	if n < 0 || v.text(n) != name {
		return
	}
	isType := v.kind(n) == typeIdentifier
	put := func(fresh string) []analysis.Edit {
		if shorthand {
			return []analysis.Edit{insert(int(v.Nodes[n].End), ": "+fresh)}
		}
		return a.everywhere(name, fresh)
	}
	if strings.HasPrefix(a.message, "Cannot find namespace") {
		for _, s := range a.tree.Imports() {
			if m := scriptDefaultImport.FindStringSubmatchIndex(a.doc.Text[s.Start:s.End]); m != nil && a.doc.Text[s.Start+m[2]:s.Start+m[3]] == name {
				a.add("namespace-import", "Import all of it as "+name, analysis.FixAddImport, .6, insert(s.Start+m[2], "* as "))
			}
		}
	}
	// Import it, alone and with others that are missing.
	offers := a.scriptOffers(name)
	if isType {
		for i := range offers {
			offers[i].types = offers[i].types || a.onlyTypes(name)
		}
	}
	var more []offered
	if len(offers) > 0 {
		for _, other := range a.scriptLacking(name) {
			if o := a.scriptOffers(other); len(o) > 0 {
				more = append(more, o[0])
			}
		}
	}
	for i, o := range offers[:min(len(offers), 2)] {
		score := []float64{.8, .25}[i]
		if len(more) > 0 && i == 0 {
			a.add("import", "Add the imports that are missing", analysis.FixAddImport, score, a.scriptImportEdits(append([]offered{o}, more...))...)
			score -= .1
		}
		a.add("import", "Import "+name+" from \""+o.imp.Module+"\"", analysis.FixAddImport, score, a.scriptImportEdits([]offered{o})...)
	}
	for _, i := range a.self.Imports { // as a member of a module that is imported whole
		if i.Name != "*" || i.Alias == "" {
			continue
		}
		if p := a.s.resolve(a.self, i.Module); p != "" {
			if rel, ok := a.s.rel(p); ok {
				if f := a.s.get(rel); f != nil && slices.ContainsFunc(f.Symbols, func(s Symbol) bool {
					return s.Of == "" && s.Exported && (s.Name == name || s.Name == strings.TrimRight(name, "_"))
				}) {
					a.add("other-package", "Take it from "+i.Alias, analysis.FixRename, .6, put(i.Alias+"."+strings.TrimRight(name, "_"))...)
				}
			}
		}
	}
	for i, fresh := range a.s.became(name) {
		if i < 2 && a.scriptKnows(fresh) {
			a.add("renamed", "Rename "+name+" to "+fresh, analysis.FixRename, .85, put(fresh)...)
		}
	}
	// The nearest name.
	if meant != "" {
		fresh := meant
		score := .3 + .4*(likeness(name, meant)-.5)
		if a.scriptKnows(meant) || strings.HasPrefix(meant, "this.") {
			score += .2
		}
		a.add("nearest-name", "Change "+name+" to "+fresh, analysis.FixRename, score, put(fresh)...)
	}
	locals := a.scriptLocals(int(v.Nodes[n].Start))
	var names []string
	if !isType {
		for _, l := range locals {
			names = append(names, l.name)
		}
	}
	for i := range a.self.Symbols {
		if s := &a.self.Symbols[i]; s.Of == "" && (isType && s.IsType() || !isType && s.Kind != Interface && s.Kind != Type) {
			names = append(names, s.Name)
		}
	}
	for _, i := range a.self.Imports {
		if isType || !i.Types {
			names = append(names, scriptBinds(i))
		}
	}
	for k, near := range nearest(name, names, .5, 2) {
		score := .55 * near.score
		if k > 0 {
			score *= .5
		}
		a.add("nearest-name", "Change "+name+" to "+near.name, analysis.FixRename, score, put(near.name)...)
	}
	if !isType {
		a.scriptUnusedLocal(name, locals)
	}
	if c := v.up(n, kinds2("class_body")...); c >= 0 && !isType { // a member of the class
		if cls := v.Nodes[c].Parent; cls >= 0 {
			if id := v.child(cls, typeIdentifier, identifier); id >= 0 {
				list, _ := a.scriptMembersOf(v.text(id))
				if slices.ContainsFunc(list, func(s Symbol) bool { return s.Name == name }) {
					a.add("through-receiver", "Take "+name+" from this", analysis.FixRename, .55, put("this."+name)...)
				}
			}
		}
	}
	a.scriptElsewhere(n, name)
	if isType && scriptTypeParam.MatchString(name) {
		a.scriptTypeParameter(n, name)
	}
	// A definition of this file that nothing uses.
	for _, s := range a.unusedDefinitions() {
		if like := likeness(s.Name, name); like >= .4 && s.IsType() == isType {
			a.add("rename-definition", "Name "+s.Name+" "+name, analysis.FixRename, .5*like, a.everywhere(s.Name, name)...)
		}
	}
}

// scriptDefaultImport is an import of a module's default alone.
var scriptDefaultImport = regexp.MustCompile(`^import\s+(?:type\s+)?([\w$]+)\s+from\b`)

var scriptTypeParam = regexp.MustCompile(`^(?:[A-Z]\d?|T[A-Z]\w*)$`)

func kinds2(names ...string) (list []syntax.Kind) {
	for _, n := range names {
		list = append(list, syntax.KindOf(n))
	}
	return list
}

// unusedDefinitions are those of this file whose name stands nowhere else in it.
func (a *ask) unusedDefinitions() (list []Symbol) {
	count := map[string]int{}
	f := a.whole()
	for i := range f.Tokens {
		if f.Tokens[i].Class == syntax.Word {
			count[f.Tok(int32(i))]++
		}
	}
	for _, s := range a.self.Symbols {
		if s.Of == "" && count[s.Name] == 1 {
			list = append(list, s)
		}
	}
	return list
}

// onlyTypes reports whether a name stands only where types do.
func (a *ask) onlyTypes(name string) bool {
	f := a.whole()
	for i := range f.Tokens {
		if f.Tok(int32(i)) != name {
			continue
		}
		next := ""
		if i+1 < len(f.Tokens) {
			next = f.Tok(int32(i + 1))
		}
		prev := ""
		if i > 0 {
			prev = f.Tok(int32(i - 1))
		}
		if next == "(" || next == "." || prev == "new" || prev == "instanceof" || prev == "extends" && next == "{" {
			return false
		}
	}
	return true
}

// scriptKnows reports whether the text declares or imports a name at its top.
func (a *ask) scriptKnows(name string) bool {
	return slices.ContainsFunc(a.self.Symbols, func(s Symbol) bool { return s.Of == "" && s.Name == name }) ||
		slices.ContainsFunc(a.self.Imports, func(i Import) bool { return scriptBinds(i) == name })
}

// scriptLacking are other names of the text that others import and that nothing
// here declares.
func (a *ask) scriptLacking(name string) (list []string) {
	f := a.whole()
	bad := map[string]bool{name: true}
	good := map[string]bool{}
	var order []string
	for i := range f.Tokens {
		if f.Tokens[i].Class != syntax.Word {
			continue
		}
		w := f.Tok(int32(i))
		if len(w) < 3 || bad[w] {
			continue
		}
		prev, next := "", ""
		if i > 0 {
			prev = f.Tok(int32(i - 1))
		}
		if i+1 < len(f.Tokens) {
			next = f.Tok(int32(i + 1))
		}
		if prev == "." || prev == "?." || prev == "#" {
			continue
		}
		if scriptDeclaring[prev] || (prev == "(" || prev == "," || prev == "{" || prev == "[") && (next == ":" || next == "?" || next == "=" || next == "=>") || next == "=>" ||
			prev == "{" && (next == "," || next == "}") || prev == "," && (next == "}" || next == "]") {
			bad[w] = true
			continue
		}
		used := next == "(" || next == "<" || prev == ":" || prev == "<" || prev == "|" || prev == "&" || prev == "extends" || prev == "new" || prev == "keyof" || next == "["
		if used && !good[w] {
			good[w] = true
			order = append(order, w)
		}
	}
	for _, w := range order {
		if bad[w] || a.scriptKnows(w) || scriptGlobals[w] || !a.s.has(wordBinds, w) {
			continue
		}
		if list = append(list, w); len(list) == 4 {
			break
		}
	}
	return list
}

var scriptDeclaring = wordSet("const let var function class interface type enum import async namespace as get set static public private protected readonly abstract declare infer of")

// scriptGlobals are names that are there without an import, of those that
// workspaces also define.
var scriptGlobals = wordSet(`Array ArrayBuffer AbortController AbortSignal BigInt Blob Boolean Buffer Date Error Event EventTarget File FormData Function Headers Infinity Intl JSON Map
	Math NaN Number Object Partial Pick Omit Promise PromiseLike Proxy Readonly ReadableStream Record Reflect RegExp Request RequestInit RequestInfo Required Response ReturnType
	Set String Symbol TextDecoder TextEncoder TransformStream TypeError Uint8Array URL URLSearchParams WeakMap WeakSet WritableStream any bigint boolean never null number object
	string symbol undefined unknown void this super console crypto document fetch global globalThis process require module exports setTimeout clearTimeout setInterval clearInterval
	queueMicrotask structuredClone window describe it test expect beforeEach afterEach beforeAll afterAll Awaited Parameters Exclude Extract NonNullable Iterable Iterator
	AsyncIterable Generator PropertyKey true false import return typeof await if for while switch catch function`)

func wordSet(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}

// scriptUnusedLocal gives a local name that nothing uses the name that nothing
// declares, or the other way.
func (a *ask) scriptUnusedLocal(name string, locals []local) {
	v := a.view
	within := func(n int32, name string) (list []int32) {
		v.all(n, func(i int32) bool {
			if v.Nodes[i].First < 0 && v.text(i) == name && (v.kind(i) == identifier || v.kind(i) == tsShorthand || v.kind(i) == typeIdentifier) {
				list = append(list, i)
			}
			return true
		})
		return list
	}
	for _, l := range locals {
		if l.kind == tsNamed || a.exported(l.name) {
			continue
		}
		scope := a.scriptScope(l)
		if len(within(scope, l.name)) > 1 || l.name == name || strings.HasPrefix(l.name, "_") && likeness(l.name, name) < .6 {
			continue
		}
		like := likeness(l.name, name)
		score := .35 + .3*like
		if v.kind(l.node) != identifier {
			continue
		}
		a.add("unused-name", "Name "+l.name+" "+name, analysis.FixRename, score+.05, replace(v.span(l.node), name))
		var uses []analysis.Edit
		for _, i := range within(scope, name) {
			text := l.name
			if v.kind(i) == tsShorthand {
				text = name + ": " + l.name
			}
			uses = append(uses, replace(v.span(i), text))
		}
		if len(uses) > 0 {
			a.add("unused-name", "Use "+l.name+" for "+name, analysis.FixRename, score, uses...)
		}
	}
}

// scriptScope is the function or block that a local name is known in.
func (a *ask) scriptScope(l local) int32 {
	v := a.view
	for i := v.Nodes[l.node].Parent; i > 0; i = v.Nodes[i].Parent {
		k := v.kind(i)
		if tsFunctions[k] || k == tsBody && l.kind == tsDeclarator {
			return i
		}
	}
	return 0
}

// scriptElsewhere declares a name as another place of the file does.
func (a *ask) scriptElsewhere(n int32, name string) {
	v := a.view
	st := n
	for st >= 0 && (v.Nodes[st].Parent < 0 || v.kind(v.Nodes[st].Parent) != tsBody) {
		st = v.Nodes[st].Parent
	}
	if st < 0 {
		return
	}
	quoted := regexp.QuoteMeta(name)
	re := regexp.MustCompile(`(?m)^[ \t]+((?:const|let) (?:` + quoted + `\b|[{\[][^=\n]*\b` + quoted + `\b[^=\n]*[}\]] =)[^\n]*)$`)
	seen := map[string]bool{}
	at := int(v.Nodes[st].Start)
	for _, m := range re.FindAllStringSubmatch(a.doc.Text, 20) {
		line := strings.TrimSpace(m[1])
		if seen[line] || strings.HasSuffix(line, "{") || strings.HasSuffix(line, "(") || strings.HasSuffix(line, "[") || strings.HasSuffix(line, ",") || strings.Count(line, "(") != strings.Count(line, ")") {
			continue
		}
		seen[line] = true
		a.add("declared-elsewhere", "Declare "+name+" as elsewhere: "+short(line), analysis.FixOther, .35/float64(len(seen)), insert(at, line+"\n"+indent(a.doc.Text, at)))
		if len(seen) == 2 {
			return
		}
	}
}

// scriptTypeParameter gives the declaration around a type the parameter that it
// speaks of.
func (a *ask) scriptTypeParameter(n int32, name string) {
	v := a.view
	for i := v.Nodes[n].Parent; i >= 0; i = v.Nodes[i].Parent {
		k := v.kind(i)
		if !tsFunctions[k] && !tsClass[k] && k != tsInterface && k != tsAlias && !tsMethod[k] && k != syntax.KindOf("function_signature") {
			continue
		}
		id := v.child(i, identifier, typeIdentifier, tsProperty)
		param := name
		if id >= 0 && !tsFunctions[k] && a.exported(v.text(id)) {
			param += " = unknown" // others speak of it without one
		}
		if p := v.child(i, syntax.KindOf("type_parameters")); p >= 0 {
			if named := v.named(p); len(named) > 0 && strings.Contains(v.text(named[len(named)-1]), " = ") {
				param = name + " = unknown" // behind one that may be left out
			}
			a.add("type-parameter", "Add the type parameter "+name, analysis.FixOther, .3, insert(int(v.Nodes[p].End)-1, ", "+param))
			return
		}
		at := -1
		if id >= 0 {
			at = int(v.Nodes[id].End)
		} else if p := v.child(i, tsParameters); p >= 0 {
			at = int(v.Nodes[p].Start)
		}
		if at >= 0 {
			a.add("type-parameter", "Add the type parameter "+name, analysis.FixOther, .35, insert(at, "<"+param+">"))
		}
		return
	}
}

// scriptExport: "Module '"./m"' has no exported member 'x'".
func scriptExport(a *ask) {
	m := tsNoExport.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	module, name, meant := m[1], m[2], m[3]
	var st analysis.Span
	for _, s := range a.tree.Imports() {
		if s.Start <= a.d.Span.Start && a.d.Span.Start <= s.End {
			st = s
		}
	}
	if st.Len() == 0 {
		return
	}
	text := a.doc.Text[st.Start:st.End]
	var at analysis.Span
	if loc := regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).FindStringIndex(text); loc != nil {
		at = analysis.Span{Start: st.Start + loc[0], End: st.Start + loc[1]}
	} else {
		return
	}
	aliased := strings.HasPrefix(strings.TrimSpace(a.doc.Text[at.End:min(len(a.doc.Text), at.End+8)]), "as ")
	rename := func(fresh string) []analysis.Edit {
		if aliased {
			return []analysis.Edit{replace(at, fresh)}
		}
		return a.everywhere(name, fresh)
	}
	written := module
	if mm := scriptImport.FindStringSubmatch(text); mm != nil {
		written = mm[3]
	}
	for i, fresh := range a.s.became(name) {
		if i < 2 {
			a.add("renamed", "Rename "+name+" to "+fresh, analysis.FixRename, .8, rename(fresh)...)
		}
	}
	if meant != "" {
		a.add("nearest-name", "Change "+name+" to "+meant, analysis.FixRename, .65, rename(meant)...)
	}
	if p := a.s.resolve(a.self, written); p != "" {
		if rel, ok := a.s.rel(p); ok {
			if f := a.s.get(rel); f != nil {
				var names []string
				taken := map[string]bool{}
				for _, i := range a.self.Imports {
					taken[i.Name] = true
				}
				for _, s := range f.Symbols {
					if s.Of == "" && s.Exported && !taken[s.Name] {
						names = append(names, s.Name)
					}
				}
				for k, near := range nearest(name, names, .45, 2) {
					a.add("nearest-name", "Change "+name+" to "+near.name, analysis.FixRename, .55*near.score/float64(k+1), rename(near.name)...)
				}
			}
		}
	}
	// Another module has it.
	for i, o := range a.scriptOffers(name) {
		if o.imp.Module == written || i == 3 {
			continue
		}
		names := scriptNames(clauseOf(text))
		if len(names) == 1 && !strings.Contains(text, "*") {
			k := strings.LastIndex(text, written)
			if k < 0 {
				continue
			}
			a.add("import-path", "Import it from \""+o.imp.Module+"\"", analysis.FixAddImport, .6, replace(analysis.Span{Start: st.Start + k, End: st.Start + k + len(written)}, o.imp.Module))
			continue
		}
		// Out of this statement, into another.
		gone := a.outOfBraces(st, name)
		if gone.Len() == 0 {
			continue
		}
		more := a.scriptImportEdits([]offered{o})
		if slices.ContainsFunc(more, func(e analysis.Edit) bool { return e.Span.Overlaps(gone) }) {
			continue
		}
		a.add("import-path", "Import it from \""+o.imp.Module+"\"", analysis.FixAddImport, .5, append(more, replace(gone, ""))...)
	}
}

func clauseOf(statement string) string {
	if m := scriptBraces.FindStringSubmatch(statement); m != nil {
		return m[1]
	}
	return ""
}

// outOfBraces is what goes with a name that is taken out of a list in braces.
func (a *ask) outOfBraces(st analysis.Span, name string) analysis.Span {
	text := a.doc.Text[st.Start:st.End]
	re := regexp.MustCompile(`(?:type\s+)?\b` + regexp.QuoteMeta(name) + `\b(?:\s+as\s+\w+)?\s*,\s*|,\s*(?:type\s+)?\b` + regexp.QuoteMeta(name) + `\b(?:\s+as\s+\w+)?`)
	if loc := re.FindStringIndex(text); loc != nil {
		return analysis.Span{Start: st.Start + loc[0], End: st.Start + loc[1]}
	}
	return analysis.Span{}
}

// scriptModule: "Cannot find module './m' or its corresponding type declarations".
func scriptModule(a *ask) {
	m := tsNoModule.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	old := m[1]
	i := strings.Index(a.doc.Text[a.d.Span.Start:min(len(a.doc.Text), a.d.Span.End+len(old)+4)], old)
	if i < 0 {
		return
	}
	at := analysis.Span{Start: a.d.Span.Start + i, End: a.d.Span.Start + i + len(old)}
	st := a.scriptStyle()
	if !strings.HasPrefix(old, ".") {
		return
	}
	want := strings.TrimSuffix(filepath.Base(old), filepath.Ext(old))
	var names []Import
	for _, im := range a.self.Imports {
		if im.Module == old {
			names = append(names, im)
		}
	}
	type found struct {
		path  string
		score float64
	}
	var list []found
	// Files that define what is imported, by name or by likeness of the file's own.
	for _, im := range names {
		for _, f := range a.s.with(wordName, fold(im.Name), a.dir) {
			if family(f.Language) == "typescript" && f.Path != a.doc.Path && slices.ContainsFunc(f.Symbols, func(s Symbol) bool { return s.Of == "" && s.Name == im.Name && s.Exported }) {
				list = append(list, found{f.Path, .4 + .4*likeness(want, stemOf(f.Path))})
			}
		}
	}
	for _, p := range a.s.paths(func(base string) bool { return stemOf(base) == want }) {
		list = append(list, found{p, .5})
	}
	slices.SortStableFunc(list, func(x, y found) int { return cmp.Compare(y.score, x.score) })
	seen := map[string]bool{}
	for _, f := range list {
		if spec := a.scriptSpecifier(f.path, st); !seen[spec] && spec != old {
			seen[spec] = true
			a.add("import-path", "Import \""+spec+"\"", analysis.FixAddImport, f.score, replace(at, spec))
		}
	}
	if e := filepath.Ext(old); e == "" && st.extension != "" { // only its ending is missing
		a.add("import-path", "Import \""+old+st.extension+"\"", analysis.FixAddImport, .4, replace(at, old+st.extension))
	}
}

func stemOf(path string) string {
	base := filepath.Base(path)
	stem, _, _ := strings.Cut(base, ".")
	if stem == "index" {
		return filepath.Base(filepath.Dir(path))
	}
	return stem
}

// scriptProperty: "Property 'x' does not exist on type 'T'".
func scriptProperty(a *ask) {
	m := tsNoProperty.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	name, typ, meant := m[1], m[2], m[3]
	v := a.view
	n := a.node()
	if n < 0 || v.text(n) != name {
		return
	}
	s := v.span(n)
	p := v.Nodes[n].Parent
	object := int32(-1)
	if p >= 0 && v.kind(p) == tsMember {
		object = v.Nodes[p].First
	}
	called := p >= 0 && v.Nodes[p].Parent >= 0 && v.kind(v.Nodes[p].Parent) == tsCall && v.Nodes[v.Nodes[p].Parent].First == p
	all := func(fresh string) []analysis.Edit {
		if object < 0 {
			if v.kind(n) == syntax.KindOf("shorthand_property_identifier_pattern") {
				return append(a.everywhere(name, fresh), []analysis.Edit{}...)
			}
			return []analysis.Edit{replace(s, fresh)}
		}
		x := v.flat(object)
		var list []analysis.Edit
		v.all(0, func(i int32) bool {
			if v.kind(i) == tsMember {
				if named := v.named(i); len(named) == 2 && v.text(named[1]) == name && v.flat(named[0]) == x {
					list = append(list, replace(v.span(named[1]), fresh))
				}
			}
			return true
		})
		return list
	}
	if inner, ok := strings.CutPrefix(typ, "Promise<"); ok && object >= 0 && a.inAsync(n) {
		_ = inner
		o := v.span(object)
		a.add("await", "Await it first", analysis.FixAddAwait, .7, insert(o.Start, "(await "), insert(o.End, ")"))
	}
	if meant != "" {
		a.add("nearest-name", "Change "+name+" to "+meant, analysis.FixRename, .35+.4*likeness(name, meant), all(meant)...)
	}
	members, file := a.scriptMembersOf(typ)
	var names []string
	for _, x := range members {
		if called && x.Kind == Field && !strings.Contains(x.Type, "=>") && x.Type != "" {
			continue
		}
		names = append(names, x.Name)
	}
	for i, fresh := range a.s.became(name) {
		if i < 2 && slices.Contains(names, fresh) {
			a.add("renamed", "Rename "+name+" to "+fresh, analysis.FixRename, .85, all(fresh)...)
		}
	}
	for k, near := range nearest(name, names, .45, 2) {
		a.add("nearest-name", "Change "+name+" to "+near.name, analysis.FixRename, .5*near.score/float64(k+1), all(near.name)...)
	}
	want := a.scriptWanted(p, name, called)
	if (want == "" || want == "boolean") && object >= 0 {
		// Another use of it may say more than that it is there.
		v.all(0, func(i int32) bool {
			if i != p && v.kind(i) == tsMember && v.flat(i) == v.flat(p) {
				if t := a.scriptWanted(i, name, called); t != "" && t != "boolean" {
					want = t
				}
			}
			return true
		})
		if want == "boolean" && scriptNumber.MatchString(name) {
			want = "number"
		}
	}
	if file != nil && file.Path != a.doc.Path {
		return
	}
	a.scriptAddProperty(scriptTypeName(typ), name, want)
}

// scriptNumber are names that people give to numbers.
var scriptNumber = regexp.MustCompile(`(?i)(?:timeout|delay|count|size|limit|length|port|index|width|height|depth|retries|max|min)$`)

// inAsync reports whether await may stand at a node.
func (a *ask) inAsync(n int32) bool {
	v := a.view
	for i := n; i >= 0; i = v.Nodes[i].Parent {
		if tsFunctions[v.kind(i)] {
			async := false
			v.children(i, func(c int32) bool {
				async = async || v.text(c) == "async"
				return v.kind(c) != tsParameters && v.kind(c) != tsBody
			})
			return async
		}
	}
	return true
}

// scriptWanted is the type that a property is used with, as far as its place
// tells, else as the workspace declares others of its name.
func (a *ask) scriptWanted(member int32, name string, called bool) string {
	v := a.view
	if member >= 0 && v.Nodes[member].Parent >= 0 {
		e, p := member, v.Nodes[member].Parent
		switch v.kind(p) {
		case syntax.KindOf("if_statement"), syntax.KindOf("unary_expression"):
			return "boolean"
		case syntax.KindOf("parenthesized_expression"):
			if g := v.Nodes[p].Parent; g >= 0 && (v.kind(g) == syntax.KindOf("if_statement") || v.kind(g) == syntax.KindOf("while_statement")) {
				return "boolean"
			}
		case syntax.KindOf("binary_expression"):
			for _, c := range v.named(p) {
				if c == e {
					continue
				}
				if t := a.scriptTypeOf(c); t != "" {
					return t
				}
				for _, l := range a.scriptLocals(int(v.Nodes[e].Start)) {
					if l.name == v.text(c) && l.typ != "" {
						return l.typ
					}
				}
			}
		case syntax.KindOf("assignment_expression"):
			for _, c := range v.named(p) {
				if c == e {
					continue
				}
				if t := a.scriptTypeOf(c); t != "" {
					return t
				}
				for _, l := range a.scriptLocals(int(v.Nodes[e].Start)) {
					if l.name == v.text(c) && l.typ != "" {
						return l.typ
					}
				}
			}
		case tsArguments:
			if call := v.Nodes[p].Parent; call >= 0 {
				if s := a.scriptCallee(call); s != nil {
					if i := slices.Index(v.named(p), e); i >= 0 && i < len(s.Params) {
						return s.Params[i].Type
					}
				}
			}
		}
	}
	if called {
		return ""
	}
	count := map[string]int{}
	best := ""
	for _, f := range a.s.with(wordName, fold(name), a.dir) {
		if family(f.Language) != "typescript" {
			continue
		}
		for _, s := range f.Symbols {
			if s.Name == name && s.Kind == Field && s.Type != "" {
				if count[s.Type]++; best == "" || count[s.Type] > count[best] {
					best = s.Type
				}
			}
		}
	}
	return best
}

// scriptAddProperty adds a property to an interface, type or class of this file.
func (a *ask) scriptAddProperty(typ, name, want string) {
	if typ == "" || want == "" {
		return
	}
	re := regexp.MustCompile(`(?m)^[ \t]*(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(interface|type|class)\s+` + regexp.QuoteMeta(typ) + `\b[^{;]*\{`)
	m := re.FindStringSubmatchIndex(a.doc.Text)
	if m == nil {
		return
	}
	class := a.doc.Text[m[2]:m[3]] == "class"
	open := m[1] - 1
	v := view{a.tree.Fragment(false, around(a.tree, analysis.Span{Start: open, End: open}))}
	n := v.at(analysis.Span{Start: open, End: open + 1})
	n = v.up(n, kinds2("object_type", "interface_body", "class_body")...)
	if n < 0 {
		return
	}
	var list []int32
	for _, c := range v.named(n) {
		if tsField[v.kind(c)] || tsMethod[v.kind(c)] && !class {
			list = append(list, c)
		}
	}
	optional := "?"
	ending := ";"
	if len(list) > 0 {
		last := list[len(list)-1]
		rest := strings.TrimLeft(a.doc.Text[v.Nodes[last].End:v.Nodes[n].End], " \t")
		switch {
		case strings.HasPrefix(rest, ","):
			ending = ","
		case !strings.HasPrefix(rest, ";") && !strings.HasSuffix(v.text(last), ";"):
			ending = ""
		}
		some := false
		for _, c := range list {
			some = some || strings.Contains(v.text(c), "?:") || strings.Contains(v.text(c), "?(")
		}
		if !some && !class {
			optional = ""
		}
	}
	line := name + optional + ": " + want + ending
	title := "Add the property " + name + " to " + typ
	if len(list) == 0 {
		in := indent(a.doc.Text, open)
		a.add("add-field", title, analysis.FixOther, .2, insert(open+1, "\n"+in+"\t"+line))
		return
	}
	behind, best := list[len(list)-1], .45
	for _, c := range list {
		if id := v.child(c, tsProperty, tsPrivate); id >= 0 {
			if l := likeness(v.text(id), name); l > best {
				behind, best = c, l
			}
		}
	}
	at := lineEnd(a.doc.Text, int(v.Nodes[behind].End))
	a.add("add-field", title, analysis.FixOther, .25, insert(at, "\n"+indent(a.doc.Text, int(v.Nodes[behind].Start))+line))
	if optional == "" {
		a.add("add-field", title+", optional", analysis.FixOther, .2, insert(at, "\n"+indent(a.doc.Text, int(v.Nodes[behind].Start))+name+"?: "+want+ending))
	}
}

// scriptArguments: "Expected 2 arguments, but got 1".
func scriptArguments(a *ask) {
	m := tsArgCount.FindStringSubmatch(a.message)
	if m == nil || strings.Contains(a.message, "type argument") {
		return
	}
	want, have := atoi(m[1]), atoi(m[2])
	v := a.view
	call := a.node()
	for call >= 0 {
		if k := v.kind(call); (k == tsCall || k == tsNew) && v.child(call, tsArguments) >= 0 && len(v.named(v.child(call, tsArguments))) == have {
			break
		}
		call = v.Nodes[call].Parent
	}
	if call < 0 || have > want || want-have > 2 {
		return
	}
	list := v.child(call, tsArguments)
	args := v.named(list)
	callee := ""
	for _, c := range v.named(call) {
		if v.kind(c) != tsArguments {
			callee = v.flat(c)
			break
		}
	}
	name := callee[strings.LastIndexAny(callee, ".#")+1:]
	sym := a.scriptCallee(call)
	locals := a.scriptLocals(int(v.Nodes[call].Start))
	visible := map[string]bool{"this": true, "undefined": true, "null": true, "true": true, "false": true}
	for _, l := range locals {
		visible[l.name] = true
	}
	resolves := func(text string) bool {
		f := syntax.Lex(a.tree.Language(), text, false, analysis.Span{End: len(text)})
		for i := range f.Tokens {
			t := f.Tok(int32(i))
			if f.Tokens[i].Class != syntax.Word || i > 0 && (f.Tok(int32(i-1)) == "." || f.Tok(int32(i-1)) == "?.") || i+1 < len(f.Tokens) && f.Tok(int32(i+1)) == ":" {
				continue
			}
			if !visible[t] && !a.scriptKnows(t) && !scriptGlobals[t] && t != "as" && t != "new" {
				return false
			}
		}
		return true
	}
	var others [][]string
	others = append(others, callsIn(a.doc.Text, name, -1)...)
	read := 0
	for _, f := range a.s.in(a.dir) {
		if f.Path != a.doc.Path && read < 8 && family(f.Language) == "typescript" {
			read++
			others = append(others, callsIn(a.x.text(f.Path), name, -1)...)
		}
	}
	var positions []int
	for k := have; k < want; k++ {
		positions = append(positions, k)
	}
	// A parameter that is not last may be what is missing, where names tell.
	if sym != nil && want-have == 1 && len(sym.Params) >= want {
		for i := range have {
			same := func(k int) float64 {
				arg := v.flat(args[i])
				return likeness(sym.Params[k].Name, arg[strings.LastIndexByte(arg, '.')+1:])
			}
			if same(i+1) > same(i)+.2 && same(i+1) > .6 {
				positions = []int{i}
				break
			}
		}
	}
	var options [][]guess
	for _, k := range positions {
		var list []guess
		add := func(text string, score float64) {
			for i := range list {
				if list[i].text == text {
					list[i].score = min(list[i].score+.1, .8)
					return
				}
			}
			list = append(list, guess{text, score})
		}
		param := Param{}
		if sym != nil && k < len(sym.Params) {
			param = sym.Params[k]
		}
		for _, l := range locals {
			if l.name == param.Name && param.Name != "" {
				add(l.name, .65)
			} else if param.Type != "" && l.typ == param.Type && param.Type != "string" && param.Type != "number" && param.Type != "boolean" {
				add(l.name, .5)
			}
		}
		count := map[string]int{}
		for _, o := range others {
			if len(o) >= want && k < len(o) && len(o[k]) < 100 && resolves(o[k]) {
				count[o[k]]++
			}
		}
		for text, c := range count {
			add(text, min(.35+.1*float64(c), .6))
		}
		switch t := param.Type; {
		case t == "boolean":
			add("false", .25)
			add("true", .2)
		case t == "string":
			add("''", .12)
		case t == "number":
			add("0", .15)
		case strings.HasSuffix(t, "[]"):
			add("[]", .2)
		case strings.Contains(t, "undefined"):
			add("undefined", .25)
		case strings.Contains(t, "null"):
			add("null", .25)
		case strings.HasSuffix(t, "Options"), strings.HasPrefix(t, "Record<"), strings.HasPrefix(t, "{"):
			add("{}", .2)
		default:
			add("undefined", .08)
		}
		slices.SortStableFunc(list, func(x, y guess) int { return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.text, y.text)) })
		options = append(options, list)
	}
	tries := len(options[0])
	for t := range min(tries, 3) {
		score := 1.0
		var texts []string
		for _, o := range options {
			g := o[min(t, len(o)-1)]
			score = min(score, g.score)
			texts = append(texts, g.text)
		}
		a.add("argument", "Pass "+short(strings.Join(texts, ", ")), analysis.FixAddArgument, score, a.insertArguments(call, positions, texts)...)
	}
}

// scriptAsync: "'await' expressions are only allowed within async functions".
func scriptAsync(a *ask) {
	if a.code() != "1308" && !strings.Contains(a.message, "only allowed within async functions") {
		return
	}
	v := a.view
	for i := a.node(); i >= 0; i = v.Nodes[i].Parent {
		if !tsFunctions[v.kind(i)] {
			continue
		}
		at := int(v.Nodes[i].Start)
		if v.kind(i) == syntax.KindOf("method_definition") {
			if id := v.child(i, tsProperty, tsPrivate, syntax.KindOf("computed_property_name")); id >= 0 {
				at = int(v.Nodes[id].Start)
			}
		}
		edits := []analysis.Edit{insert(at, "async ")}
		if t := v.child(i, tsTypeOf); t >= 0 {
			if typ := annotation(v, t); !strings.HasPrefix(typ, "Promise<") && scriptName.MatchString(typ) {
				s := v.span(t)
				edits = append(edits, replace(s, ": Promise<"+typ+">"))
			}
		}
		a.add("async", "Make the function async", analysis.FixAddAwait, .85, edits...)
		return
	}
}

// scriptPossibly: "'x' is possibly 'undefined'".
func scriptPossibly(a *ask) {
	m := tsPossibly.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	v := a.view
	n := v.at(a.d.Span)
	if n < 0 {
		return
	}
	for v.span(n) != a.d.Span && v.Nodes[n].Parent >= 0 && a.d.Span.Contains(v.span(v.Nodes[n].Parent)) {
		n = v.Nodes[n].Parent
	}
	s := v.span(n)
	if s.Len() == 0 || a.d.Span.Len() > 0 && s != a.d.Span {
		s = a.d.Span
	}
	rest := a.doc.Text[s.End:min(len(a.doc.Text), s.End+2)]
	switch {
	case strings.HasPrefix(rest, "."):
		a.add("optional", "Go on only where it is there, with ?.", analysis.FixAddNullCheck, .45, replace(analysis.Span{Start: s.End, End: s.End + 1}, "?."))
	case strings.HasPrefix(rest, "["), strings.HasPrefix(rest, "("):
		a.add("optional", "Go on only where it is there, with ?.", analysis.FixAddNullCheck, .4, insert(s.End, "?."))
	}
	a.add("non-null", "Say with ! that it is there", analysis.FixAddNullCheck, .3, insert(s.End, "!"))
	if id := v.kind(n) == identifier; id && !strings.HasPrefix(rest, ".") {
		a.add("default-value", "Take 0 where it is not there", analysis.FixAddNullCheck, .15, insert(s.Start, "("), insert(s.End, " ?? 0)"))
	}
}

// scriptMissing: "Property 'x' is missing in type '…' but required in type 'T'".
func scriptMissing(a *ask) {
	var names []string
	typ := ""
	if m := tsMissing1.FindStringSubmatch(a.message); m != nil {
		names, typ = []string{m[1]}, m[2]
	} else if m := tsMissingN.FindStringSubmatch(a.message); m != nil && m[3] == "" {
		typ = m[1]
		for n := range strings.SplitSeq(m[2], ", ") {
			names = append(names, strings.TrimSuffix(n, "."))
		}
	} else if m := regexp.MustCompile(`Property '([^']+)' is missing in type '(?s:.+?)' but required in type '([^']+?)'\.`).FindStringSubmatch(a.message); m != nil {
		names, typ = []string{m[1]}, m[2]
	}
	if len(names) == 0 || len(names) > 6 {
		return
	}
	v := a.view
	members, file := a.scriptMembersOf(typ)
	types := map[string]string{}
	for _, s := range members {
		types[s.Name] = s.Type
	}
	// The literal that lacks them: at the error, or the first behind it.
	lit := int32(-1)
	v.all(0, func(i int32) bool {
		if lit < 0 && v.kind(i) == tsObject && int(v.Nodes[i].End) > a.d.Span.Start && (int(v.Nodes[i].Start) >= a.d.Span.Start || a.d.Span.Start < int(v.Nodes[i].End) && v.span(i).Start <= a.d.Span.Start && a.d.Span.End <= v.span(i).End) {
			lit = i
		}
		return lit < 0
	})
	if lit >= 0 {
		a.scriptFill(lit, names, types)
	}
	// The type asks for less.
	if file == nil || file.Path == a.doc.Path {
		var edits []analysis.Edit
		for _, n := range names {
			re := regexp.MustCompile(`(?m)^[ \t]+(?:readonly\s+)?` + regexp.QuoteMeta(n) + `(:)`)
			all := re.FindAllStringSubmatchIndex(a.doc.Text, 3)
			if len(all) == 0 {
				return
			}
			if at := a.inType(scriptTypeName(typ), all); at >= 0 {
				edits = append(edits, insert(at, "?"))
			}
		}
		if len(edits) == len(names) {
			a.add("make-optional", "Make "+strings.Join(names, ", ")+" optional in "+scriptTypeName(typ), analysis.FixOther, .25, edits...)
		}
	}
}

// exported reports whether others may import a definition of this text.
func (a *ask) exported(name string) bool {
	return slices.ContainsFunc(a.self.Symbols, func(s Symbol) bool { return s.Name == name && s.Of == "" && (s.Exported || s.Default) })
}

// inType is the place of the match that lies in the definition of a type, -1 for
// none.
func (a *ask) inType(typ string, all [][]int) int {
	re := regexp.MustCompile(`(?:interface|type|class)\s+` + regexp.QuoteMeta(typ) + `\b`)
	def := re.FindStringIndex(a.doc.Text)
	if def == nil {
		return -1
	}
	for _, n := range a.tree.TopLevel(analysis.Span{Start: def[0], End: def[1]}) {
		for _, m := range all {
			if n.Span.Start <= def[0] && def[0] < n.Span.End && n.Span.Start <= m[2] && m[2] < n.Span.End {
				return m[2]
			}
		}
	}
	return -1
}

// scriptFill puts properties into an object literal.
func (a *ask) scriptFill(lit int32, names []string, types map[string]string) {
	v := a.view
	items := v.named(lit)
	var values []string
	for _, it := range items {
		if v.kind(it) == tsPair {
			if named := v.named(it); len(named) == 2 {
				values = append(values, v.flat(named[1]))
			}
		}
	}
	uniform := ""
	if len(values) > 2 {
		uniform = values[0]
		for _, x := range values {
			if x != uniform {
				uniform = ""
				break
			}
		}
	}
	locals := a.scriptLocals(int(v.Nodes[lit].Start))
	var parts []string
	score := 1.0
	for _, n := range names {
		var part string
		var sc float64
		switch t := types[n]; {
		case uniform != "":
			part, sc = n+": "+uniform, .75
		case slices.ContainsFunc(locals, func(l local) bool { return l.name == n }):
			part, sc = n, .6
		default:
			if other := a.otherValue(n); other != "" {
				part, sc = n+": "+other, .35
				break
			}
			z := ""
			switch {
			case t == "boolean":
				z = "false"
			case t == "string":
				z = "''"
			case t == "number":
				z = "0"
			case strings.HasSuffix(t, "[]"):
				z = "[]"
			case strings.Contains(t, "undefined"):
				z = "undefined"
			case strings.Contains(t, "null"):
				z = "null"
			case strings.HasPrefix(t, "Record<"):
				z = "{}"
			}
			if z == "" {
				return
			}
			part, sc = n+": "+z, .15
		}
		parts = append(parts, part)
		score = min(score, sc)
	}
	title := "Add " + strings.Join(names, ", ")
	s := v.span(lit)
	if len(items) == 0 {
		a.add("add-property", title, analysis.FixOther, score, replace(s, "{ "+strings.Join(parts, ", ")+" }"))
		return
	}
	last := items[len(items)-1]
	if len(names) == 1 { // behind the one whose name is most like it
		best := .45
		for _, it := range items {
			if named := v.named(it); v.kind(it) == tsPair && len(named) == 2 {
				if l := likeness(v.text(named[0]), names[0]); l > best {
					best, last = l, it
				}
			}
		}
	}
	end := int(v.Nodes[last].End)
	after := a.doc.Text[end : s.End-1]
	multi := strings.Contains(a.doc.Text[s.Start:s.End], "\n")
	comma := strings.HasPrefix(strings.TrimLeft(after, " \t\n"), ",")
	if !multi && last == items[len(items)-1] {
		a.add("add-property", title, analysis.FixOther, score, insert(end, ", "+strings.Join(parts, ", ")))
		return
	}
	in := indent(a.doc.Text, int(v.Nodes[last].Start))
	if !multi {
		a.add("add-property", title, analysis.FixOther, score, insert(end, ", "+strings.Join(parts, ", ")))
		return
	}
	if comma {
		at := end + strings.IndexByte(after, ',') + 1
		a.add("add-property", title, analysis.FixOther, score, insert(at, "\n"+in+strings.Join(parts, ",\n"+in)+","))
	} else {
		a.add("add-property", title, analysis.FixOther, score, insert(end, ",\n"+in+strings.Join(parts, ",\n"+in)))
	}
}

// otherValue is what other literals of the text give a property most.
func (a *ask) otherValue(name string) string {
	re := regexp.MustCompile(`(?m)(?:^|[{,])\s*` + regexp.QuoteMeta(name) + `:\s*([^,;{}\n]+?)\s*(?:,|\}|$)`)
	count := map[string]int{}
	best := ""
	for _, m := range re.FindAllStringSubmatch(a.doc.Text, 30) {
		x := strings.TrimSpace(m[1])
		if x == "" || strings.Count(x, "(") != strings.Count(x, ")") || scriptTypeWords[x] {
			continue
		}
		if count[x]++; best == "" || count[x] > count[best] {
			best = x
		}
	}
	return best
}

var scriptTypeWords = wordSet("string number boolean any unknown never void object bigint symbol")

// scriptUnknownProperty: "Object literal may only specify known properties, and
// 'x' does not exist in type 'T'".
func scriptUnknownProperty(a *ask) {
	m := tsExcess.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	name, typ, meant := m[1], m[2], m[3]
	v := a.view
	n := a.node()
	if n < 0 || strings.Trim(v.text(n), `'"`) != name {
		return
	}
	s := v.span(n)
	put := func(fresh string) analysis.Edit {
		if v.kind(n) == tsShorthand {
			return replace(s, fresh+": "+name)
		}
		return replace(s, fresh)
	}
	if meant != "" {
		a.add("nearest-name", "Change "+name+" to "+meant, analysis.FixRename, .7, put(meant))
	}
	members, file := a.scriptMembersOf(typ)
	var names []string
	for _, x := range members {
		names = append(names, x.Name)
	}
	for k, near := range nearest(name, names, .45, 2) {
		a.add("nearest-name", "Change "+name+" to "+near.name, analysis.FixRename, .5*near.score/float64(k+1), put(near.name))
	}
	if file == nil || file.Path == a.doc.Path {
		want := ""
		if p := v.Nodes[n].Parent; p >= 0 && v.kind(p) == tsPair {
			if named := v.named(p); len(named) == 2 {
				want = a.scriptTypeOf(named[1])
			}
		}
		if want == "" {
			want = a.scriptWanted(-1, name, false)
		}
		a.scriptAddProperty(scriptTypeName(typ), name, want)
	}
}

// scriptAssign: "Type 'A' is not assignable to type 'B'".
func scriptAssign(a *ask) {
	m := tsAssign.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	have, want := m[1], m[2]
	v := a.view
	n := a.scriptExpression()
	if n < 0 {
		return
	}
	s := v.span(n)
	in := func(before, after string) []analysis.Edit {
		return []analysis.Edit{insert(s.Start, before), insert(s.End, after)}
	}
	simple := v.kind(n) == identifier || v.kind(n) == tsMember || v.kind(n) == tsCall || v.kind(n) == syntax.KindOf("subscript_expression")
	without := func(t, part string) bool {
		var kept []string
		for p := range strings.SplitSeq(t, " | ") {
			if p != part {
				kept = append(kept, p)
			}
		}
		return strings.Join(kept, " | ") == want && strings.Contains(t, part)
	}
	switch {
	case have == "Promise<"+want+">" && a.inAsync(n):
		a.add("await", "Await it", analysis.FixAddAwait, .8, insert(s.Start, "await "))
	case want == "Promise<"+have+">":
		a.add("conversion", "Resolve to it", analysis.FixConvertType, .4, in("Promise.resolve(", ")")...)
	case have == "string" && want == "number":
		a.add("conversion", "Convert with Number", analysis.FixConvertType, .5, in("Number(", ")")...)
	case (have == "number" || strings.HasPrefix(have, "number |")) && want == "string", have == "boolean" && want == "string", have == "URL" && want == "string":
		a.add("conversion", "Convert with String", analysis.FixConvertType, .4, in("String(", ")")...)
		if simple {
			a.add("conversion", "Convert with toString", analysis.FixConvertType, .35, insert(s.End, ".toString()"))
		}
	case want == have+"[]":
		a.add("conversion", "Put it into an array", analysis.FixConvertType, .5, in("[", "]")...)
	case want == "boolean":
		a.add("conversion", "Convert with Boolean", analysis.FixConvertType, .4, in("Boolean(", ")")...)
	case have == "() => "+want && simple:
		a.add("conversion", "Call it", analysis.FixConvertType, .6, insert(s.End, "()"))
	case have == "null" && strings.Contains(want, "undefined"):
		a.add("conversion", "Use undefined", analysis.FixConvertType, .6, replace(s, "undefined"))
	}
	if simple && (without(have, "undefined") || without(have, "null")) {
		a.add("non-null", "Say with ! that it is there", analysis.FixAddNullCheck, .35, insert(s.End, "!"))
		z := ""
		switch want {
		case "string":
			z = "''"
		case "number":
			z = "0"
		case "boolean":
			z = "false"
		}
		if strings.HasSuffix(want, "[]") {
			z = "[]"
		}
		if z != "" {
			a.add("default-value", "Take "+z+" where it is not there", analysis.FixAddNullCheck, .35, insert(s.End, " ?? "+z))
		}
	}
	if have == "unknown" && scriptName.MatchString(want) && len(want) < 40 {
		a.add("conversion", "Take it as "+want, analysis.FixConvertType, .3, insert(s.End, " as "+want))
	}
	// Another name in scope has the type.
	if v.kind(n) == identifier {
		k := 0
		for _, l := range a.scriptLocals(s.Start) {
			if l.typ == want && l.name != v.text(n) && k < 2 {
				k++
				a.add("in-scope", "Use "+l.name, analysis.FixRename, .3/float64(k), replace(s, l.name))
			}
		}
		// Its declaration says something else.
		for _, l := range a.scriptLocals(s.Start) {
			if l.name == v.text(n) && l.typ == have {
				if p := v.Nodes[l.node].Parent; p >= 0 {
					if t := v.child(p, tsTypeOf); t >= 0 {
						a.add("declared-type", "Declare "+l.name+" as "+short(want), analysis.FixConvertType, .2, replace(v.span(t), ": "+want))
					}
				}
			}
		}
	}
	a.scriptDeclared(have, want)
}

// scriptExpression is the expression that an error about its type is at: what is
// assigned, where the error is at what is assigned to.
func (a *ask) scriptExpression() int32 {
	v := a.view
	n := v.at(a.d.Span)
	if n < 0 {
		return -1
	}
	for v.Nodes[n].Parent >= 0 && v.span(v.Nodes[n].Parent) == v.span(n) {
		n = v.Nodes[n].Parent
	}
	p := v.Nodes[n].Parent
	if p < 0 {
		return n
	}
	switch v.kind(p) {
	case tsDeclarator, syntax.KindOf("assignment_expression"), tsPair:
		named := v.named(p)
		if len(named) > 1 && named[0] == n {
			return named[len(named)-1]
		}
	case syntax.KindOf("return_statement"):
		return n
	}
	if v.kind(n) == syntax.KindOf("return_statement") {
		if named := v.named(n); len(named) == 1 {
			return named[0]
		}
	}
	return n
}

// scriptDeclared widens the type that a variable is declared with.
func (a *ask) scriptDeclared(have, want string) {
	v := a.view
	n := v.at(a.d.Span)
	if n < 0 || v.kind(n) != identifier || len(have) > 60 {
		return
	}
	p := v.Nodes[n].Parent
	if p >= 0 && v.kind(p) == tsDeclarator {
		if t := v.child(p, tsTypeOf); t >= 0 && annotation(v, t) == want && !strings.Contains(have, "\"") {
			a.add("declared-type", "Declare it as "+have, analysis.FixConvertType, .2, replace(v.span(t), ": "+have))
		}
	}
}

// scriptUnknown: "'error' is of type 'unknown'".
func scriptUnknown(a *ask) {
	m := tsUnknown.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	s := a.d.Span
	if a.doc.Text[s.Start:s.End] != m[1] {
		return
	}
	a.add("conversion", "Take it as an Error", analysis.FixConvertType, .45, insert(s.Start, "("), insert(s.End, " as Error)"))
	a.add("conversion", "Take it as any", analysis.FixConvertType, .15, insert(s.Start, "("), insert(s.End, " as any)"))
}

// scriptOverride: "This member must have an 'override' modifier".
func scriptOverride(a *ask) {
	if a.code() != "4114" && a.code() != "4116" {
		return
	}
	v := a.view
	n := v.up(a.node(), kinds2("method_definition", "public_field_definition", "abstract_method_signature")...)
	if n < 0 {
		return
	}
	at := int(v.Nodes[n].Start)
	for _, c := range v.named(n) {
		if v.kind(c) == syntax.KindOf("accessibility_modifier") {
			at = int(v.Nodes[c].End) + 1
		}
	}
	a.add("override", "Say that it overrides", analysis.FixOther, .85, insert(at, "override "))
}

// scriptTypeImport: "'X' is a type and must be imported using a type-only import".
func scriptTypeImport(a *ask) {
	if a.code() != "1484" && a.code() != "1371" && a.code() != "1485" {
		return
	}
	n := a.d.Span
	st := a.scriptStyle()
	for _, s := range a.tree.Imports() {
		if !s.Contains(n) {
			continue
		}
		text := a.doc.Text[s.Start:s.End]
		whole := .4
		if names := scriptNames(clauseOf(text)); len(names) == 1 || st.types && !st.inline {
			whole = .7
		}
		a.add("type-import", "Import only types", analysis.FixAddImport, whole, insert(s.Start+len("import"), " type"))
		a.add("type-import", "Import it as a type", analysis.FixAddImport, .5, insert(n.Start, "type "))
	}
}

// scriptUnused: "'x' is declared but its value is never read": a name that nothing
// declares may be what it is called elsewhere.
func scriptUnused(a *ask) {
	m := tsUnusedName.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	v := a.view
	name := m[1]
	n := a.node()
	if n < 0 || v.text(n) != name || v.kind(n) != identifier {
		return
	}
	free := a.scriptUnresolved(n)
	best, count := "", 0
	for other, at := range free {
		if len(at) > count || len(at) == count && (likeness(other, name) > likeness(best, name) || likeness(other, name) == likeness(best, name) && other < best) {
			best, count = other, len(at)
		}
	}
	if best == "" {
		return
	}
	a.add("unused-name", "Name "+name+" "+best, analysis.FixRename, .5, replace(v.span(n), best))
	var uses []analysis.Edit
	for _, at := range free[best] {
		uses = append(uses, replace(v.span(at), name))
	}
	a.add("unused-name", "Use "+name+" for "+best, analysis.FixRename, .35, uses...)
}

// scriptUnresolved are the names of the declaration around the error that nothing
// in sight declares.
func (a *ask) scriptUnresolved(from int32) map[string][]int32 {
	v := a.view
	root := int32(0)
	for i := from; i >= 0; i = v.Nodes[i].Parent {
		if tsFunctions[v.kind(i)] || v.kind(i) == tsBody {
			root = i
			break
		}
	}
	out := map[string][]int32{}
	locals := map[string]bool{}
	for _, l := range a.scriptLocals(-1) {
		locals[l.name] = true
	}
	v.all(root, func(n int32) bool {
		k := v.kind(n)
		if k == syntax.KindOf("function_type") || k == syntax.KindOf("jsx_opening_element") || k == syntax.KindOf("jsx_closing_element") {
			return false
		}
		if k != identifier && k != tsShorthand {
			return true
		}
		name := v.text(n)
		if !locals[name] && !a.scriptKnows(name) && !scriptGlobals[name] && len(name) > 1 && !exportedGo(name) {
			out[name] = append(out[name], n)
		}
		return true
	})
	return out
}
