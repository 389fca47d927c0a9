package index

import (
	"regexp"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

var (
	goMemberMessage = regexp.MustCompile(`^(?s)(.+)\.(\w+) undefined \(type (.+?) has no (?:field or )?method (\w+)(?:, but does have (?:unexported )?(?:field|method) (\w+))?\)`)
	goFieldMessage  = regexp.MustCompile(`^unknown field (\w+) in struct literal of type (struct\{.*\}|[^,\s]+)(?:, but does have (?:unexported )?(\w+))?`)
)

// goMissingMember: "x.Name undefined (type T has no field or method Name)".
func goMissingMember(a *ask) {
	m := goMemberMessage.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	x, name, typ, have := m[1], m[2], m[3], m[5]
	v := a.view
	n := a.node()
	if n < 0 || v.text(n) != name {
		// Tools differ in where they put it: at the member or at what stands before.
		n = -1
		from := a.d.Span.Start
		v.all(0, func(i int32) bool {
			if n < 0 && v.kind(i) == fieldIdentifier && int(v.Nodes[i].Start) >= from && v.text(i) == name {
				n = i
			}
			return true
		})
		if n < 0 {
			return
		}
	}
	sel := v.Nodes[n].Parent
	called := sel >= 0 && v.Nodes[sel].Parent >= 0 && v.kind(v.Nodes[sel].Parent) == goCall && v.Nodes[v.Nodes[sel].Parent].First == sel
	all := func(fresh string) []analysis.Edit {
		if strings.ContainsAny(x, "( \n") {
			return []analysis.Edit{replace(v.span(n), fresh)}
		}
		edits, _ := a.membersHere(x, name, fresh)
		if len(edits) == 0 {
			edits = []analysis.Edit{replace(v.span(n), fresh)}
		}
		return edits
	}
	if have != "" && have != name {
		a.add("nearest-name", "Change "+name+" to "+have, analysis.FixRename, .8, all(have)...)
	}
	members := a.goMembers(typ)
	own := strings.Contains(baseType(typ), ".") && !strings.HasPrefix(baseType(typ), a.self.Package+".")
	var names []string
	for _, s := range members {
		if own && !s.Exported || called && s.Kind == Field && !strings.HasPrefix(s.Type, "func") || !called && s.Kind == Method {
			continue
		}
		names = append(names, s.Name)
	}
	for _, fresh := range a.s.became(name) {
		if slices.Contains(names, fresh) {
			a.add("renamed", "Rename "+name+" to "+fresh, analysis.FixRename, .85, all(fresh)...)
		}
	}
	for k, near := range nearest(name, names, .4, 3) {
		score := .65 * near.score
		if k > 0 {
			score *= .5
		}
		a.add("nearest-name", "Change "+name+" to "+near.name, analysis.FixRename, score, all(near.name)...)
	}
	want := a.goWanted(sel)
	if want == "" && !called {
		// Any other use of the same member says as well what it is.
		v.all(0, func(i int32) bool {
			if want == "" && i != sel && v.kind(i) == goSelector && v.text(i) == x+"."+name {
				want = a.goWanted(i)
			}
			return true
		})
	}
	if !called {
		a.goAddField(typ, name, want, "")
		if want != "" { // another member of the type that is wanted
			k := 0
			for _, s := range members {
				if s.Kind == Field && s.Type == want && s.Name != name && k < 2 && likeness(s.Name, name) < .4 {
					k++
					a.add("member-of-type", "Take "+s.Name+" for "+name, analysis.FixRename, .15, all(s.Name)...)
				}
			}
		}
	}
	// A member of a member has it.
	k := 0
	for _, s := range members {
		if s.Kind != Field || s.Type == "" || k == 2 {
			continue
		}
		for _, below := range a.goMembers(s.Type) {
			if below.Name == name && below.Of == lastPart(s.Type) {
				k++
				a.add("member-below", "Take "+name+" from "+s.Name, analysis.FixRename, .45, all(s.Name+"."+name)...)
				break
			}
		}
	}
	// Another name in scope has it.
	if sel >= 0 {
		if parts := v.named(sel); len(parts) == 2 && v.kind(parts[0]) == identifier {
			k := 0
			for _, l := range a.goLocals(int(v.Nodes[sel].Start)) {
				if l.name == x || l.typ == "" || k == 2 {
					continue
				}
				if slices.ContainsFunc(a.goMembers(l.typ), func(s Symbol) bool { return s.Name == name }) {
					k++
					a.add("other-owner", "Take "+name+" from "+l.name, analysis.FixRename, .35, replace(v.span(parts[0]), l.name))
				}
			}
		}
	}
	// A function of the package of that name, or of the module that x is.
	if called && a.goDecl(name) != nil && a.goDecl(name).Callable() {
		if call := v.Nodes[sel].Parent; v.child(call, goArguments) >= 0 {
			args := v.span(v.child(call, goArguments))
			sep := ", "
			if strings.TrimSpace(a.doc.Text[args.Start+1:args.End-1]) == "" {
				sep = ""
			}
			a.add("method-to-function", "Call the function "+name, analysis.FixOther, .3,
				replace(v.span(sel), name), insert(args.Start+1, x+sep))
		}
	}
}

// membersHere replaces name behind "x." in the declaration around the error.
func (a *ask) membersHere(x, name, fresh string) (list []analysis.Edit, count int) {
	v := a.view
	v.all(0, func(i int32) bool {
		if v.kind(i) == goSelector {
			if p := v.named(i); len(p) == 2 && v.text(p[1]) == name && flat(v.text(p[0])) == x {
				list = append(list, replace(v.span(p[1]), fresh))
			}
		}
		return true
	})
	return list, len(list)
}

// goAddField adds a field to a struct of this file.
// Its place is behind the field before, where a literal tells one, else behind the
// one whose name is most like its own, else the last.
func (a *ask) goAddField(typ, name, want, before string) {
	if want == "" || strings.Contains(want, "untyped") {
		return
	}
	base := strings.TrimPrefix(baseType(typ), a.self.Package+".")
	at := -1
	if strings.HasPrefix(typ, "struct{") {
		at, base = a.structLike(typ), "it"
	} else if !strings.Contains(base, ".") {
		at = a.structAt(base)
	}
	if at < 0 {
		return
	}
	v := view{a.tree.Fragment(false, around(a.tree, analysis.Span{Start: at, End: at}))}
	n := v.at(analysis.Span{Start: at, End: at + 1})
	n = v.up(n, goFields)
	if n < 0 {
		return
	}
	var fields []int32
	v.children(n, func(c int32) bool {
		if v.kind(c) == goField {
			fields = append(fields, c)
		}
		return true
	})
	title := "Add the field " + name + " " + want + " to " + base
	span := v.span(n)
	if len(fields) == 0 {
		in := indent(a.doc.Text, span.Start)
		a.add("add-field", title, analysis.FixOther, .35, replace(span, "{\n"+in+"\t"+name+" "+want+"\n"+in+"}"))
		return
	}
	// Behind the field whose name is most like it, else at the end.
	behind, best := fields[len(fields)-1], .45
	for _, f := range fields {
		for _, id := range v.named(f) {
			if v.kind(id) == fieldIdentifier {
				if l := likeness(v.text(id), name); l > best {
					behind, best = f, l
				}
				if v.text(id) == before {
					behind, best = f, 2
				}
			}
		}
	}
	end := syntax.LineAt(a.doc.Text, int(v.Nodes[behind].End)).End
	if end >= span.End { // struct { a int }
		end = int(v.Nodes[behind].End)
		a.add("add-field", title, analysis.FixOther, .3, insert(end, "; "+name+" "+want))
		return
	}
	in := indent(a.doc.Text, int(v.Nodes[behind].Start))
	a.add("add-field", title, analysis.FixOther, .35, insert(end, "\n"+in+name+" "+want))
}

// structAt is where the fields of a struct of this file start, at their bracket,
// -1 where it is not in this file.
func (a *ask) structAt(name string) int {
	re := regexp.MustCompile(`(?m)^(?:type[ \t]+|[ \t]+)` + regexp.QuoteMeta(name) + `(?:\[[^\n\]]*\])?[ \t]+struct[ \t]*\{`)
	m := re.FindStringIndex(a.doc.Text)
	if m == nil {
		return -1
	}
	return m[1] - 1
}

// structLike is where the fields start of a struct without a name that a message
// prints, in the declaration around the error, -1 for none.
func (a *ask) structLike(typ string) int {
	v := a.view
	at := -1
	want := compact(strings.NewReplacer(";", "", ",", "").Replace(typ))
	v.all(0, func(i int32) bool {
		if at < 0 && v.kind(i) == goStruct {
			if list := v.child(i, goFields); list >= 0 {
				var b strings.Builder
				for _, f := range v.named(list) {
					b.WriteString(v.text(f))
				}
				if compact("struct{"+strings.NewReplacer(";", "", ",", "").Replace(b.String())+"}") == want {
					at = int(v.Nodes[list].Start)
				}
			}
		}
		return at < 0
	})
	return at
}

// goLiteralField: "unknown field x in struct literal of type T".
func goLiteralField(a *ask) {
	m := goFieldMessage.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	name, typ, have := m[1], m[2], m[3]
	n := a.node()
	if n < 0 || a.view.text(n) != name {
		return
	}
	s := a.view.span(n)
	if have != "" {
		a.add("nearest-name", "Change "+name+" to "+have, analysis.FixRename, .8, replace(s, have))
	}
	members := a.goMembers(typ)
	v := a.view
	given := map[string]bool{}
	if lit := v.up(n, goLiteralValue); lit >= 0 {
		v.children(lit, func(c int32) bool {
			if k := v.named(c); v.kind(c) == goKeyed && len(k) > 0 {
				given[v.text(k[0])] = true
			}
			return true
		})
	}
	var names []string
	for _, x := range members {
		if x.Kind == Field && !given[x.Name] {
			names = append(names, x.Name)
		}
	}
	for _, fresh := range a.s.became(name) {
		if slices.Contains(names, fresh) {
			a.add("renamed", "Rename "+name+" to "+fresh, analysis.FixRename, .85, replace(s, fresh))
		}
	}
	for k, near := range nearest(name, names, .4, 3) {
		score := .6 * near.score
		if k > 0 {
			score *= .5
		}
		a.add("nearest-name", "Change "+name+" to "+near.name, analysis.FixRename, score, replace(s, near.name))
	}
	if el := v.up(n, goKeyed); el >= 0 {
		if parts := v.named(el); len(parts) == 2 {
			want := a.goTypeOf(a.value(parts[1]), a.goLocals(s.Start), 0)
			before := ""
			if lit := v.Nodes[el].Parent; lit >= 0 {
				for _, c := range v.named(lit) {
					if c == el {
						break
					}
					if k := v.named(c); v.kind(c) == goKeyed && len(k) > 0 {
						before = v.text(k[0])
					}
				}
			}
			a.goAddField(typ, name, want, before)
		}
	}
}

// value is the expression in an element of a literal.
func (a *ask) value(n int32) int32 {
	if a.view.kind(n) == goLiteralEl {
		if x := a.view.named(n); len(x) == 1 {
			return x[0]
		}
	}
	return n
}

// goWanted is the type that an expression must have where it stands, "" where
// that cannot be told.
func (a *ask) goWanted(e int32) string {
	v := a.view
	if e < 0 {
		return ""
	}
	p := v.Nodes[e].Parent
	if p < 0 {
		return ""
	}
	locals := a.goLocals(int(v.Nodes[e].Start))
	switch v.kind(p) {
	case goArguments:
		call := v.Nodes[p].Parent
		if call < 0 {
			return ""
		}
		i := slices.Index(v.named(p), e)
		s, pkg := a.goCallee(call, locals, 0)
		if s == nil || i < 0 {
			return ""
		}
		if i >= len(s.Params) && len(s.Params) > 0 && s.Params[len(s.Params)-1].Rest {
			i = len(s.Params) - 1
		}
		if i < len(s.Params) {
			return qualify(s.Params[i].Type, pkg)
		}
	case syntax.KindOf("if_statement"), syntax.KindOf("for_statement"):
		return "bool"
	case syntax.KindOf("binary_expression"):
		named := v.named(p)
		op := ""
		v.children(p, func(c int32) bool {
			if !v.Nodes[c].Named {
				op = v.text(c)
			}
			return true
		})
		if op == "&&" || op == "||" {
			return "bool"
		}
		if len(named) == 2 && op != "<<" && op != ">>" {
			other := named[0]
			if other == e {
				other = named[1]
			}
			t := a.goTypeOf(other, locals, 0)
			if v.text(other) == "nil" {
				return ""
			}
			if t == "int" && op == "&" {
				return ""
			}
			return t
		}
	case goUnary:
		if v.text(p)[0] == '!' {
			return "bool"
		}
	case syntax.KindOf("parenthesized_expression"):
		return a.goWanted(p)
	case goExpressions:
		g := v.Nodes[p].Parent
		if g < 0 {
			return ""
		}
		i := slices.Index(v.named(p), e)
		switch v.kind(g) {
		case syntax.KindOf("return_statement"):
			if fn := v.up(g, goFunction, goMethod, goFuncLit); fn >= 0 {
				if r := goCallable(v, fn, Func).Results; v.kind(fn) == goMethod {
					if r = goCallable(v, fn, Method).Results; i < len(r) {
						return r[i].Type
					}
				} else if i < len(r) {
					return r[i].Type
				}
			}
		case goAssign, goShort:
			sides := []int32{}
			v.children(g, func(c int32) bool {
				if v.kind(c) == goExpressions {
					sides = append(sides, c)
				}
				return true
			})
			if len(sides) == 2 && i >= 0 {
				other := sides[0]
				if other == p {
					other = sides[1]
				}
				if other == sides[0] && v.kind(g) == goShort {
					return ""
				}
				if list := v.named(other); i < len(list) && len(list) == len(v.named(p)) {
					return a.goTypeOf(list[i], locals, 0)
				} else if len(list) == 1 && other == sides[1] {
					if t := a.goTypesOf(list, len(v.named(p)), locals); i < len(t) {
						return t[i]
					}
				}
			}
		}
	case goLiteralEl:
		if k := v.Nodes[p].Parent; k >= 0 && v.kind(k) == goKeyed {
			named := v.named(k)
			if len(named) == 2 && named[1] == p {
				if lit := v.up(k, goComposite); lit >= 0 {
					for _, s := range a.goMembers(goLiteralType(v, lit)) {
						if s.Name == v.text(named[0]) {
							return s.Type
						}
					}
				}
			}
		}
	case syntax.KindOf("return_statement"):
		return ""
	}
	return ""
}

// goNamesOf puts names in scope that have a type in the place of a node.
func (a *ask) goNamesOf(n int32, typ, maker string, score float64) {
	v := a.view
	if typ == "" {
		return
	}
	old := v.text(n)
	for _, l := range a.goLocals(int(v.Nodes[n].Start)) {
		if l.name != old && goFits(l.typ, typ) {
			a.add(maker, "Use "+l.name, analysis.FixRename, score, replace(v.span(n), l.name))
			score *= .5
		}
	}
}

// goFits reports whether a value of type have may stand for one of type want, as
// far as their texts tell.
func goFits(have, want string) bool {
	if have == "" || want == "" {
		return false
	}
	if have == want {
		return true
	}
	switch want {
	case "assert.TestingT", "require.TestingT", "testing.TB":
		return have == "*testing.T" || have == "*testing.B" || have == "testing.TB"
	case "interface{}", "any":
		return true
	case "io.Reader":
		return have == "*bytes.Buffer" || have == "*strings.Reader" || have == "*os.File" || have == "*bytes.Reader"
	case "io.Writer":
		return have == "*bytes.Buffer" || have == "*strings.Builder" || have == "*os.File" || have == "http.ResponseWriter"
	}
	return false
}
