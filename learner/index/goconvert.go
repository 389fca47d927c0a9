package index

import (
	"regexp"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

var (
	goUseMessage      = regexp.MustCompile(`^(?s)cannot use (.+?) \((.+)\) as (.+?) value in (.+)$`)
	goOperandType     = regexp.MustCompile(`^(?:variable|value|constant .+?|map index expression|comma, ok expression|built-in|constant)?[\w, ]*? ?of (?:[a-z]+ )?type (.+)$`)
	goUntyped         = regexp.MustCompile(`^untyped (\w+)`)
	goMismatchMessage = regexp.MustCompile(`^(?s)invalid operation: (.+) \(mismatched types (.+) and (.+)\)$`)
	goConvertMessage  = regexp.MustCompile(`^(?s)cannot convert (.+) \(.+\) to type (.+)$`)
)

// goConvert: "cannot use x (variable of type A) as B value in …".
func goConvert(a *ask) {
	m := goUseMessage.FindStringSubmatch(a.message)
	if m == nil {
		if m := goConvertMessage.FindStringSubmatch(a.message); m != nil {
			a.goSwitchOn()
		}
		return
	}
	text, what, want, where := m[1], m[2], m[3], m[4]
	why := ""
	if i := strings.Index(where, ": "); i >= 0 {
		where, why = where[:i], where[i+2:]
	}
	have := ""
	if t := goOperandType.FindStringSubmatch(what); t != nil {
		have = t[1]
	}
	if have == "" && strings.HasPrefix(what, "value of type ") {
		have = strings.TrimPrefix(what, "value of type ")
	}
	untyped := ""
	if u := goUntyped.FindStringSubmatch(what); u != nil {
		untyped = u[1]
	}
	v := a.view
	n := a.expression(text)
	if n < 0 {
		return
	}
	span := v.span(n)
	expr := v.text(n)
	local := func(t string) string { return a.localType(t) }
	have, want = local(have), local(want)
	simple := v.kind(n) == identifier || v.kind(n) == goSelector || v.kind(n) == goCall || v.kind(n) == goIndexExpr
	in := func(before, after string) []analysis.Edit {
		return []analysis.Edit{insert(span.Start, before), insert(span.End, after)}
	}
	wrap := func(fresh string) []analysis.Edit { return []analysis.Edit{replace(span, fresh)} }
	convert := func(title string, score float64, edits []analysis.Edit) {
		a.add("conversion", title, analysis.FixConvertType, score, edits...)
	}
	needs := func(pkg string) []analysis.Edit {
		if a.goBoundInFile(pkg) {
			return nil
		}
		return goImportEdits(a.doc.Text, a.tree.Imports(), []Import{{Module: goStandard[pkg][0]}})
	}
	switch {
	case untyped == "nil":
		if z := a.goZero(want); z != "" && z != "nil" {
			convert("Use "+z, .6, wrap(z))
		}
		return
	case untyped != "":
		switch {
		case want == "[]byte" && untyped == "string":
			if z := expr == `""`; z {
				convert("Use nil", .5, wrap("nil"))
			}
			convert("Convert it to []byte", .45, in("[]byte(", ")"))
		case want == "string" && (untyped == "int" || untyped == "rune" || untyped == "float"):
			convert("Quote it", .4, wrap(`"`+strings.Trim(expr, "'")+`"`))
		case want == "error" && untyped == "string":
			convert("Make an error of it", .6, append(in("errors.New(", ")"), needs("errors")...))
		case untyped == "string" && strings.HasPrefix(want, "*"):
		default:
			if z := a.goZero(want); z != "" && (expr == `""` || expr == "0" || expr == "false") {
				convert("Use "+z, .5, wrap(z))
			}
			if strings.HasPrefix(want, "[]") {
				convert("Put it into a "+want, .4, in(want+"{", "}"))
			}
		}
		return
	}
	if have == "" {
		return
	}
	pointerReceiver := strings.Contains(why, "has pointer receiver")
	switch {
	case have == "*"+want:
		convert("Take what "+short(expr)+" points to", .6, in("*", ""))
	case want == "*"+have && simple && v.kind(n) != goCall, pointerReceiver && simple && v.kind(n) != goCall, pointerReceiver && v.kind(n) == goComposite:
		convert("Take the address of "+short(expr), .75, in("&", ""))
	case numeric[have] && numeric[want]:
		convert("Convert to "+want, .75, in(want+"(", ")"))
	case have == "[]byte" && want == "string", have == "string" && want == "[]byte", have == "rune" && want == "string", have == "byte" && want == "string":
		convert("Convert to "+want, .7, in(want+"(", ")"))
	case have == "int" && want == "string":
		convert("Convert with strconv.Itoa", .6, append(in("strconv.Itoa(", ")"), needs("strconv")...))
		convert("Convert with fmt.Sprint", .3, append(in("fmt.Sprint(", ")"), needs("fmt")...))
	case have == "error" && want == "string":
		convert("Take its message", .7, in("", ".Error()"))
	case have == "string" && want == "error":
		convert("Make an error of it", .6, append(in("errors.New(", ")"), needs("errors")...))
	case want == "string" && (numeric[have] || have == "bool"):
		convert("Convert with fmt.Sprint", .45, append(in("fmt.Sprint(", ")"), needs("fmt")...))
	case strings.HasPrefix(why, "need type assertion"):
		convert("Assert that it is "+want, .6, in("", ".("+want+")"))
	case have == "[]"+strings.TrimPrefix(want, "...") && strings.HasPrefix(where, "argument"):
		convert("Pass all of "+short(expr), .6, in("", "..."))
	}
	if want == "[]"+have {
		convert("Put it into a "+want, .5, in(want+"{", "}"))
	}
	if strings.HasPrefix(have, "func()") && strings.TrimSpace(have[6:]) == want {
		convert("Call it", .75, in("", "()"))
	}
	if want == "func() "+have {
		convert("Give a function", .3, in("func() "+have+" { return ", " }"))
	}
	if strings.HasPrefix(have, "func(") && v.kind(n) != goFuncLit && v.kind(n) != goCall && isTypeName(want) && !strings.HasPrefix(have, "func()") {
		convert("Convert to "+want, .2, in(want+"(", ")"))
	}
	// A named type and what it is made of.
	if s := a.goTypeDecl(want); s != nil && s.Kind == Type && (s.Type == have || s.Type == a.under(have)) {
		convert("Convert to "+want, .6, in(want+"(", ")"))
	} else if s := a.goTypeDecl(have); s != nil && s.Kind == Type && s.Type == want {
		convert("Convert to "+want, .6, in(want+"(", ")"))
	} else if want == "string" && a.under(have) == "string" {
		convert("Convert to string", .6, in("string(", ")"))
	}
	// A member of it is what is wanted.
	k := 0
	for _, s := range a.goMembers(have) {
		if k == 2 {
			break
		}
		switch {
		case s.Kind == Field && s.Type == want:
			k++
			a.add("member-of-type", "Take its "+s.Name, analysis.FixConvertType, .4/float64(k), in("", "."+s.Name)...)
		case s.Kind == Method && len(s.Params) == 0 && len(s.Results) == 1 && s.Results[0].Type == want:
			k++
			a.add("member-of-type", "Call its "+s.Name, analysis.FixConvertType, .4/float64(k), in("", "."+s.Name+"()")...)
		}
	}
	// Something else in scope is what is wanted.
	if simple {
		a.goNamesOf(n, want, "in-scope", .25)
	}
	// A function of this package makes one of the other.
	made := 0
	for _, f := range a.goPackage() {
		for i := range f.Symbols {
			s := &f.Symbols[i]
			if s.Kind == Func && len(s.Params) == 1 && s.Params[0].Type == have && len(s.Results) == 1 && s.Results[0].Type == want && made < 1 && have != want {
				made++
				convert("Convert with "+s.Name, .35, in(s.Name+"(", ")"))
			}
		}
	}
	a.goDeclaredType(n, have, want, where)
}

var numeric = func() map[string]bool {
	m := map[string]bool{}
	for n := range strings.FieldsSeq("byte rune int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr float32 float64 time.Duration") {
		m[n] = true
	}
	return m
}()

// localType writes a type of a message as this file has to.
func (a *ask) localType(t string) string {
	if a.self.Package != "" {
		t = strings.ReplaceAll(t, a.self.Package+".", "")
	}
	return t
}

// under is what a named type of the workspace is made of, "" where that cannot be
// told.
func (a *ask) under(t string) string {
	if s := a.goTypeDecl(t); s != nil && s.Kind == Type {
		return s.Type
	}
	return ""
}

// goTypeDecl is the definition of a type as doc writes it.
func (a *ask) goTypeDecl(t string) *Symbol {
	if !isTypeName(t) || strings.HasPrefix(t, "*") {
		return nil
	}
	pkg, name, ok := strings.Cut(t, ".")
	if !ok {
		if s := a.goDecl(t); s != nil && s.IsType() {
			return s
		}
		return nil
	}
	for _, f := range a.goFilesOf(pkg) {
		for i := range f.Symbols {
			if s := &f.Symbols[i]; s.Of == "" && s.Name == name && s.IsType() {
				return s
			}
		}
	}
	return nil
}

// expression is the node at the error that a message prints as text; it may
// shorten it.
func (a *ask) expression(text string) int32 {
	v := a.view
	n := a.node()
	best := int32(-1)
	for ; n >= 0; n = v.Nodes[n].Parent {
		s := v.span(n)
		if s.Start > a.d.Span.Start {
			break
		}
		if s.Start < a.d.Span.Start && v.kind(n) != goCall && v.kind(n) != goSelector && v.kind(n) != syntax.KindOf("binary_expression") {
			break
		}
		t := v.flat(n)
		if t == text || compact(t) == compact(text) {
			return n
		}
		if a.d.Span.Len() > 0 && s == a.d.Span {
			best = n
		}
		if strings.Contains(text, "…") && s.Start == a.d.Span.Start {
			head, _, _ := strings.Cut(compact(text), "…")
			if strings.HasPrefix(compact(t), head) && (v.kind(n) == goCall || v.kind(n) == goComposite || v.kind(n) == goFuncLit) {
				best = n
			}
		}
	}
	return best
}

func compact(s string) string { return strings.Join(strings.Fields(s), "") }

// goDeclaredType changes the type that a variable, parameter or result is declared
// with.
func (a *ask) goDeclaredType(n int32, have, want, where string) {
	v := a.view
	if want == "" || strings.Contains(have, "untyped") {
		return
	}
	if v.kind(n) == identifier {
		for _, l := range a.goLocals(int(v.Nodes[n].Start)) {
			if l.name != v.text(n) {
				continue
			}
			p := v.Nodes[l.node].Parent
			if k := v.kind(p); k == goParameter || k == goVarSpec {
				for _, t := range v.named(p) {
					if v.kind(t) != identifier && v.kind(t) != goExpressions && v.flat(t) == have && a.goNames(p) == 1 {
						a.add("declared-type", "Declare "+l.name+" as "+want, analysis.FixConvertType, .2, replace(v.span(t), want))
					}
				}
			}
			break
		}
	}
	if where == "return statement" {
		fn := v.up(n, goFunction, goMethod, goFuncLit)
		if fn < 0 {
			return
		}
		list, body := paramsOf(v, fn), v.child(fn, goBlock)
		if list < 0 || body < 0 {
			return
		}
		kind := Func
		if v.kind(fn) == goMethod {
			kind = Method
		}
		if r := goCallable(v, fn, kind).Results; len(r) == 1 && r[0].Name == "" && a.localType(r[0].Type) == want {
			a.add("result-types", "Let it return "+have, analysis.FixConvertType, .2, replace(analysis.Span{Start: int(v.Nodes[list].End), End: int(v.Nodes[body].Start)}, " "+have+" "))
		}
	}
}

// goNames counts the names that a declaration declares.
func (a *ask) goNames(p int32) int {
	n := 0
	a.view.children(p, func(c int32) bool {
		if a.view.kind(c) == identifier {
			n++
		}
		return true
	})
	return n
}

// goMismatch: "invalid operation: a + b (mismatched types A and B)".
func goMismatch(a *ask) {
	m := goMismatchMessage.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	v := a.view
	n := v.up(a.node(), syntax.KindOf("binary_expression"), goAssign)
	for ; n >= 0; n = v.up(v.Nodes[n].Parent, syntax.KindOf("binary_expression"), goAssign) {
		if compact(v.text(n)) == compact(m[1]) {
			break
		}
	}
	if n < 0 {
		return
	}
	sides := v.named(n)
	if len(sides) != 2 {
		return
	}
	types := []string{a.localType(m[2]), a.localType(m[3])}
	for i := range 2 {
		side, have, want := sides[i], types[i], types[1-i]
		s := v.span(side)
		in := func(before, after string) []analysis.Edit {
			return []analysis.Edit{insert(s.Start, before), insert(s.End, after)}
		}
		if strings.HasPrefix(have, "untyped") {
			continue
		}
		for _, f := range a.goMembers(have) {
			if f.Kind == Field && (f.Type == want || want == "untyped int" && numeric[f.Type] || want == "untyped string" && f.Type == "string") {
				a.add("member-of-type", "Take its "+f.Name, analysis.FixConvertType, .55, a.sameSelection(side, "."+f.Name)...)
				break
			}
		}
		if have == "*"+want {
			a.add("conversion", "Take what it points to", analysis.FixConvertType, .5, in("*", "")...)
		}
		if strings.HasPrefix(want, "untyped") {
			continue
		}
		switch {
		case numeric[have] && numeric[want], a.under(want) == have || a.under(have) == want || a.under(have) != "" && a.under(have) == a.under(want):
			score := .45
			if have == "int" || want == "float64" || want == "time.Duration" || a.under(want) != "" {
				score = .55
			}
			a.add("conversion", "Convert to "+want, analysis.FixConvertType, score, in(want+"(", ")")...)
		case have == "[]byte" && want == "string":
			a.add("conversion", "Convert to string", analysis.FixConvertType, .6, in("string(", ")")...)
		}
	}
}

// sameSelection puts something behind an expression here, and behind the same one
// where it stands in the same way in the declaration around.
func (a *ask) sameSelection(n int32, after string) (list []analysis.Edit) {
	v := a.view
	if v.kind(n) != identifier {
		return []analysis.Edit{insert(int(v.Nodes[n].End), after)}
	}
	p := v.Nodes[n].Parent
	v.all(0, func(i int32) bool {
		if v.kind(i) == identifier && v.text(i) == v.text(n) && v.Nodes[i].Parent >= 0 && v.kind(v.Nodes[i].Parent) == v.kind(p) &&
			v.Nodes[v.Nodes[i].Parent].First == i == (v.Nodes[p].First == n) {
			list = append(list, insert(int(v.Nodes[i].End), after))
		}
		return true
	})
	return list
}

// goSwitchOn: "cannot convert "a" (untyped string constant) to type T" at a case:
// what is switched on has a member of the constant's type.
func (a *ask) goSwitchOn() {
	v := a.view
	sw := v.up(a.node(), syntax.KindOf("expression_switch_statement"))
	if sw < 0 {
		return
	}
	for _, c := range v.named(sw) {
		if v.kind(c) != identifier && v.kind(c) != goSelector {
			continue
		}
		k := 0
		for _, f := range a.goMembers(a.goTypeOf(c, a.goLocals(int(v.Nodes[sw].Start)), 0)) {
			if f.Kind == Field && goBasic[f.Type] && k < 2 {
				k++
				a.add("member-of-type", "Switch on its "+f.Name, analysis.FixConvertType, .5/float64(k), insert(int(v.Nodes[c].End), "."+f.Name))
			}
		}
		return
	}
}
