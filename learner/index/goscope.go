package index

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// memo is what makers look up more than once for one ask.
type memo struct {
	pkg     []*File
	pkgDone bool
	decls   map[string]*Symbol
}

// A local is a name of a function: a parameter, or a variable declared in it.
type local struct {
	name string
	typ  string // "" where the text does not tell
	at   int    // where it is declared
	node int32  // the identifier that declares it
	kind syntax.Kind
}

var (
	goShort     = syntax.KindOf("short_var_declaration")
	goAssign    = syntax.KindOf("assignment_statement")
	goRange     = syntax.KindOf("range_clause")
	goKeyed     = syntax.KindOf("keyed_element")
	goLiteralEl = syntax.KindOf("literal_element")
	goQualified = syntax.KindOf("qualified_type")
	goTypeSwit  = syntax.KindOf("type_switch_statement")
	goReceive   = syntax.KindOf("receive_statement")
	goIndexExpr = syntax.KindOf("index_expression")
	goStatement = kinds("short_var_declaration", "assignment_statement", "expression_statement", "var_declaration", "const_declaration", "if_statement",
		"for_statement", "return_statement", "expression_switch_statement", "type_switch_statement", "select_statement", "go_statement", "defer_statement", "inc_statement",
		"dec_statement", "send_statement", "labeled_statement", "block", "type_declaration", "break_statement", "continue_statement")
	goStatements = syntax.KindOf("statement_list")
)

// goPackage are the files that share a package with doc, itself among them as it
// is now.
func (a *ask) goPackage() []*File {
	if a.memo.pkgDone {
		return a.memo.pkg
	}
	a.memo.pkgDone = true
	a.memo.pkg = append(a.memo.pkg, a.self)
	test := strings.HasSuffix(a.doc.Path, "_test.go")
	for _, f := range a.s.in(a.dir) {
		if f.Path == a.doc.Path || f.Package != a.self.Package || !test && strings.HasSuffix(f.Path, "_test.go") {
			continue
		}
		a.memo.pkg = append(a.memo.pkg, f)
	}
	return a.memo.pkg
}

// goDecl is the package-level definition of a name, nil for none.
func (a *ask) goDecl(name string) *Symbol {
	if a.memo.decls == nil {
		a.memo.decls = map[string]*Symbol{}
		for _, f := range a.goPackage() {
			for i := range f.Symbols {
				if s := &f.Symbols[i]; s.Of == "" {
					if _, ok := a.memo.decls[s.Name]; !ok {
						a.memo.decls[s.Name] = s
					}
				}
			}
		}
	}
	return a.memo.decls[name]
}

// goImported finds the import of doc that a name stands for.
func (a *ask) goImported(name string) (Import, bool) {
	for _, i := range a.self.Imports {
		if goBinds(i) == name {
			return i, true
		}
	}
	return Import{}, false
}

// goFilesOf are the files of the package that doc calls name.
func (a *ask) goFilesOf(name string) (list []*File) {
	i, ok := a.goImported(name)
	if !ok {
		return nil
	}
	return a.goFilesAt(i.Module)
}

func (a *ask) goFilesAt(module string) (list []*File) {
	dir := a.s.resolve(a.self, module)
	if dir == "" {
		return nil
	}
	rel, ok := a.s.rel(dir)
	if !ok {
		return nil
	}
	if rel == "." {
		rel = ""
	}
	for _, f := range a.s.in(rel) {
		if !strings.HasSuffix(f.Path, "_test.go") {
			list = append(list, f)
		}
	}
	return list
}

// goMembers lists the fields and methods of a type as doc writes it, those of
// embedded types after its own.
func (a *ask) goMembers(typ string) []Symbol { return a.goMembersOf(typ, nil, 0) }

func (a *ask) goMembersOf(typ string, files []*File, depth int) (list []Symbol) {
	base := baseType(strings.TrimSpace(typ))
	name := base
	pkg, after, ok := strings.Cut(base, ".")
	if ok {
		name = after
		if files == nil {
			files = a.goFilesOf(pkg)
			if files == nil && a.self.Package == pkg {
				files = a.goPackage() // as the message writes it
			}
		}
	} else if files == nil {
		files = a.goPackage()
	}
	var embedded []Symbol
	under := ""
	for _, f := range files {
		for i := range f.Symbols {
			s := f.Symbols[i]
			if s.Of == "" && s.Name == name && s.Kind == Type {
				under = s.Type
			}
			if s.Of != name {
				continue
			}
			list = append(list, s)
			if s.Kind == Field && s.Default {
				embedded = append(embedded, s)
			}
		}
	}
	if depth < 3 {
		for _, e := range embedded {
			if strings.Contains(e.Type, ".") {
				list = append(list, a.goMembersOf(e.Type, nil, depth+1)...)
			} else {
				list = append(list, a.goMembersOf(e.Type, files, depth+1)...)
			}
		}
		if len(list) == 0 && under != "" && isTypeName(under) {
			return a.goMembersOf(under, files, depth+1)
		}
	}
	return list
}

// goLocals are the names of the functions around an offset that are in scope
// there, innermost first. All of them are when at is negative.
func (a *ask) goLocals(at int) []local {
	v := a.view
	if len(v.Nodes) == 0 {
		return nil
	}
	var list []local
	declare := func(n int32, typ string, kind syntax.Kind) {
		if name := v.text(n); name != "_" && v.kind(n) == identifier {
			list = append(list, local{name: name, typ: typ, at: int(v.Nodes[n].Start), node: n, kind: kind})
		}
	}
	visible := func(n int32) bool { // a declaration at n is in scope at the offset
		if at < 0 {
			return true
		}
		if int(v.Nodes[n].End) > at {
			return false
		}
		p := v.Nodes[n].Parent
		for p >= 0 && v.kind(p) != goBlock && !goOpens[v.kind(p)] {
			p = v.Nodes[p].Parent
		}
		return p < 0 || int(v.Nodes[p].Start) <= at && at <= int(v.Nodes[p].End)
	}
	v.all(0, func(n int32) bool {
		switch v.kind(n) {
		case goFunction, goMethod, goFuncLit:
			if s := v.span(n); at >= 0 && (at < s.Start || at > s.End) {
				return false
			}
			v.children(n, func(c int32) bool {
				if v.kind(c) == goParameters {
					v.children(c, func(p int32) bool {
						if k := v.kind(p); k == goParameter || k == goVariadic {
							typ := ""
							for _, t := range v.named(p) {
								if v.kind(t) != identifier {
									typ = v.flat(t)
								}
							}
							if k == goVariadic {
								typ = "[]" + typ
							}
							v.children(p, func(id int32) bool {
								declare(id, typ, v.kind(n))
								return true
							})
						}
						return true
					})
				}
				return true
			})
		case goShort, goRange, goReceive:
			ranged := v.kind(n) == goRange && at >= 0 && int(v.Nodes[n].End) <= at && v.Nodes[n].Parent >= 0 && v.span(v.Nodes[n].Parent).End >= at
			if !ranged && !visible(n) {
				return true
			}
			sides := []int32{}
			v.children(n, func(c int32) bool {
				if v.kind(c) == goExpressions {
					sides = append(sides, c)
				}
				return true
			})
			if len(sides) == 0 || !strings.Contains(v.text(n), ":=") {
				return true
			}
			left := v.named(sides[0])
			var types []string
			switch {
			case v.kind(n) == goShort && len(sides) == 2:
				types = a.goTypesOf(v.named(sides[1]), len(left), list)
			case v.kind(n) == goRange:
				if r := v.named(n); len(r) > 0 {
					types = goElements(a.goTypeOf(r[len(r)-1], list, 0))
				}
			}
			for i, l := range left {
				typ := ""
				if i < len(types) {
					typ = types[i]
				}
				declare(l, typ, v.kind(n))
			}
		case goVarSpec, goConstSpec:
			if !visible(n) {
				return true
			}
			typ := ""
			var ids []int32
			var values []int32
			v.children(n, func(c int32) bool {
				switch {
				case v.kind(c) == identifier:
					ids = append(ids, c)
				case v.kind(c) == goExpressions:
					values = v.named(c)
				case v.Nodes[c].Named:
					typ = v.flat(c)
				}
				return true
			})
			types := a.goTypesOf(values, len(ids), list)
			for i, id := range ids {
				t := typ
				if t == "" && i < len(types) {
					t = types[i]
				}
				declare(id, t, v.kind(n))
			}
		case goTypeSwit:
			// switch x := y.(type)
			if c := v.child(n, goExpressions); c >= 0 && visible(c) {
				for _, id := range v.named(c) {
					declare(id, "", goTypeSwit)
				}
			}
		}
		return true
	})
	// Innermost, which is the latest, first; each name once.
	slices.SortStableFunc(list, func(x, y local) int { return cmp.Compare(y.at, x.at) })
	if at >= 0 {
		seen := map[string]bool{}
		list = slices.DeleteFunc(list, func(l local) bool {
			if seen[l.name] {
				return true
			}
			seen[l.name] = true
			return false
		})
	}
	return list
}

// goOpens are the nodes beside blocks that names are declared in for.
var goOpens = kinds("if_statement", "for_statement", "expression_switch_statement", "type_switch_statement", "select_statement",
	"expression_case", "default_case", "type_case", "communication_case", "func_literal", "function_declaration", "method_declaration")

// goElements are the types of what is ranged over: key and value.
func goElements(typ string) []string {
	switch {
	case strings.HasPrefix(typ, "[]"):
		return []string{"int", typ[2:]}
	case strings.HasPrefix(typ, "map["):
		if i := strings.IndexByte(typ, ']'); i > 0 {
			return []string{typ[4:i], typ[i+1:]}
		}
	case typ == "string":
		return []string{"int", "rune"}
	case typ == "int":
		return []string{"int"}
	case strings.HasPrefix(typ, "chan "):
		return []string{typ[5:]}
	}
	return nil
}

// goTypesOf are the types of n names that are given values.
func (a *ask) goTypesOf(values []int32, n int, locals []local) []string {
	if len(values) == n {
		var types []string
		for _, e := range values {
			types = append(types, a.goTypeOf(e, locals, 0))
		}
		return types
	}
	if len(values) != 1 {
		return nil
	}
	v := a.view
	switch v.kind(values[0]) {
	case goCall:
		return a.goResultTypes(values[0], locals, 0)
	case goIndexExpr, goUnary, syntax.KindOf("type_assertion_expression"):
		return []string{a.goTypeOf(values[0], locals, 0), "bool"}
	}
	return nil
}

// goCallee finds what is called at a call expression, with the name of its
// package in doc where that is another.
func (a *ask) goCallee(call int32, locals []local, depth int) (sym *Symbol, pkg string) {
	v := a.view
	named := v.named(call)
	if len(named) == 0 {
		return nil, ""
	}
	return a.goCalleeOf(named[0], locals, depth)
}

func (a *ask) goCalleeOf(f int32, locals []local, depth int) (sym *Symbol, pkg string) {
	v := a.view
	switch v.kind(f) {
	case identifier:
		name := v.text(f)
		if slices.ContainsFunc(locals, func(l local) bool { return l.name == name }) {
			return nil, ""
		}
		return a.goDecl(name), ""
	case goSelector:
		parts := v.named(f)
		if len(parts) != 2 {
			return nil, ""
		}
		name := v.text(parts[1])
		x := v.text(parts[0])
		if v.kind(parts[0]) == identifier && !slices.ContainsFunc(locals, func(l local) bool { return l.name == x }) {
			if _, ok := a.goImported(x); ok {
				for _, file := range a.goFilesOf(x) {
					for i := range file.Symbols {
						if s := &file.Symbols[i]; s.Of == "" && s.Name == name {
							return s, x
						}
					}
				}
				return nil, ""
			}
		}
		typ := a.goTypeOf(parts[0], locals, depth+1)
		if typ == "" {
			return nil, ""
		}
		for _, m := range a.goMembers(typ) {
			if m.Name == name {
				pkg, _, ok := strings.Cut(baseType(typ), ".")
				if !ok {
					pkg = ""
				}
				return &m, pkg
			}
		}
	}
	return nil, ""
}

// goResultTypes are the types of what a call gives.
func (a *ask) goResultTypes(call int32, locals []local, depth int) (types []string) {
	v := a.view
	named := v.named(call)
	if len(named) == 0 || depth > 6 {
		return nil
	}
	f := named[0]
	name := v.text(f)
	args := []int32{}
	if l := v.child(call, goArguments); l >= 0 {
		args = v.named(l)
	}
	switch name {
	case "len", "cap", "copy":
		return []string{"int"}
	case "make":
		if len(args) > 0 {
			return []string{v.flat(args[0])}
		}
	case "new":
		if len(args) > 0 {
			return []string{"*" + v.flat(args[0])}
		}
	case "append", "min", "max":
		if len(args) > 0 {
			return []string{a.goTypeOf(args[0], locals, depth+1)}
		}
	}
	if goBasic[name] && len(args) == 1 {
		return []string{name}
	}
	if k := v.kind(f); k != identifier && k != goSelector {
		if len(args) == 1 && (strings.HasPrefix(name, "[]") || strings.HasPrefix(name, "(*") || strings.HasPrefix(name, "map[")) {
			return []string{strings.Trim(name, "()")}
		}
		if k == goFuncLit {
			return nil
		}
	}
	if t, ok := goKnown[name]; ok {
		return t
	}
	s, pkg := a.goCalleeOf(f, locals, depth+1)
	if s == nil {
		return nil
	}
	if s.IsType() {
		return []string{qualify(s.Name, pkg)}
	}
	for _, r := range s.Results {
		types = append(types, qualify(r.Type, pkg))
	}
	return types
}

// goKnown are the results of functions of the standard library that are called
// most: the library is not indexed.
var goKnown = map[string][]string{
	"errors.New": {"error"}, "fmt.Errorf": {"error"}, "fmt.Sprintf": {"string"}, "fmt.Sprint": {"string"}, "strings.Split": {"[]string"},
	"strings.Fields": {"[]string"}, "strings.Join": {"string"}, "strings.TrimSpace": {"string"}, "strings.ToLower": {"string"}, "strings.ToUpper": {"string"},
	"strings.Contains": {"bool"}, "strings.HasPrefix": {"bool"}, "strings.HasSuffix": {"bool"}, "strings.Index": {"int"}, "strings.Replace": {"string"},
	"strings.ReplaceAll": {"string"}, "strings.TrimPrefix": {"string"}, "strings.TrimSuffix": {"string"}, "strings.NewReader": {"*strings.Reader"},
	"strconv.Itoa": {"string"}, "strconv.Atoi": {"int", "error"}, "os.Open": {"*os.File", "error"}, "os.Create": {"*os.File", "error"}, "os.ReadFile": {"[]byte", "error"},
	"os.Getwd": {"string", "error"}, "os.Getenv": {"string"}, "io.ReadAll": {"[]byte", "error"}, "filepath.Join": {"string"}, "path.Join": {"string"},
	"filepath.Abs": {"string", "error"}, "filepath.Dir": {"string"}, "filepath.Base": {"string"}, "json.Marshal": {"[]byte", "error"}, "json.Unmarshal": {"error"},
	"context.Background": {"context.Context"}, "context.TODO": {"context.Context"}, "context.WithCancel": {"context.Context", "context.CancelFunc"},
	"context.WithTimeout": {"context.Context", "context.CancelFunc"}, "time.Now": {"time.Time"}, "time.Since": {"time.Duration"}, "reflect.ValueOf": {"reflect.Value"},
	"reflect.TypeOf": {"reflect.Type"}, "httptest.NewRecorder": {"*httptest.ResponseRecorder"}, "httptest.NewRequest": {"*http.Request"},
	"http.NewRequest": {"*http.Request", "error"}, "bytes.NewBuffer": {"*bytes.Buffer"}, "bytes.NewReader": {"*bytes.Reader"}, "bufio.NewReader": {"*bufio.Reader"},
	"bufio.NewScanner": {"*bufio.Scanner"}, "regexp.MustCompile": {"*regexp.Regexp"}, "template.New": {"*template.Template"},
}

var goBasic = func() map[string]bool {
	m := map[string]bool{}
	for n := range strings.FieldsSeq("bool string error any byte rune int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr float32 float64 complex64 complex128") {
		m[n] = true
	}
	return m
}()

var goBuiltin = func() map[string]bool {
	m := map[string]bool{}
	for n := range strings.FieldsSeq("append cap clear close complex copy delete imag len make max min new panic print println real recover true false nil iota comparable _") {
		m[n] = true
	}
	for n := range goBasic {
		m[n] = true
	}
	return m
}()

// qualify writes a type of another package as doc has to.
func qualify(typ, pkg string) string {
	if pkg == "" {
		return typ
	}
	lead := ""
	rest := typ
	for {
		switch {
		case strings.HasPrefix(rest, "*"):
			lead, rest = lead+"*", rest[1:]
		case strings.HasPrefix(rest, "[]"):
			lead, rest = lead+"[]", rest[2:]
		default:
			if isTypeName(rest) && exportedGo(rest) && !strings.Contains(rest, ".") {
				return lead + pkg + "." + rest
			}
			return typ
		}
	}
}

// goTypeOf is the type of an expression, "" where it cannot be told.
func (a *ask) goTypeOf(e int32, locals []local, depth int) string {
	v := a.view
	if depth > 6 || e < 0 {
		return ""
	}
	if t := goLiteralType(v, e); t != "" {
		return t
	}
	text := v.text(e)
	switch v.kind(e) {
	case identifier:
		for _, l := range locals {
			if l.name == text {
				return l.typ
			}
		}
		if s := a.goDecl(text); s != nil && (s.Kind == Var || s.Kind == Const) {
			return s.Type
		}
	case goCall:
		if t := a.goResultTypes(e, locals, depth+1); len(t) > 0 {
			return t[0]
		}
	case goSelector:
		parts := v.named(e)
		if len(parts) != 2 {
			return ""
		}
		if s, pkg := a.goCalleeOf(e, locals, depth+1); s != nil && (s.Kind == Field || s.Kind == Var || s.Kind == Const) {
			return qualify(s.Type, pkg)
		}
	case goUnary:
		if x := v.named(e); len(x) == 1 {
			t := a.goTypeOf(x[0], locals, depth+1)
			switch {
			case t == "":
			case text[0] == '&':
				return "*" + t
			case text[0] == '*':
				return strings.TrimPrefix(t, "*")
			case text[0] == '<':
				if el := goElements(t); len(el) > 0 {
					return el[len(el)-1]
				}
			default:
				return t
			}
		}
	case syntax.KindOf("parenthesized_expression"):
		if x := v.named(e); len(x) == 1 {
			return a.goTypeOf(x[0], locals, depth+1)
		}
	case syntax.KindOf("binary_expression"):
		op := ""
		v.children(e, func(c int32) bool {
			if !v.Nodes[c].Named {
				op = v.text(c)
			}
			return true
		})
		switch op {
		case "==", "!=", "<", ">", "<=", ">=", "&&", "||":
			return "bool"
		}
		for _, x := range v.named(e) {
			if t := a.goTypeOf(x, locals, depth+1); t != "" && (v.kind(x) == identifier || v.kind(x) == goSelector || v.kind(x) == goCall) {
				return t
			}
		}
		if x := v.named(e); len(x) > 0 {
			return a.goTypeOf(x[0], locals, depth+1)
		}
	case goIndexExpr:
		if x := v.named(e); len(x) == 2 {
			if el := goElements(a.goTypeOf(x[0], locals, depth+1)); len(el) > 0 {
				if el[len(el)-1] == "rune" {
					return "byte"
				}
				return el[len(el)-1]
			}
		}
	case syntax.KindOf("slice_expression"):
		if x := v.named(e); len(x) > 0 {
			return a.goTypeOf(x[0], locals, depth+1)
		}
	case syntax.KindOf("type_assertion_expression"), syntax.KindOf("type_conversion_expression"):
		if x := v.named(e); len(x) == 2 {
			if v.kind(e) == syntax.KindOf("type_conversion_expression") {
				return v.flat(x[0])
			}
			return v.flat(x[1])
		}
	}
	return ""
}

// goUnresolved counts the names of the declaration around the error, and where
// they first stand, that nothing in sight declares.
func (a *ask) goUnresolved() map[string][]int32 {
	v := a.view
	out := map[string][]int32{}
	if len(v.Nodes) == 0 {
		return out
	}
	locals := map[string]bool{}
	for _, l := range a.goLocals(-1) {
		locals[l.name] = true
	}
	v.all(0, func(n int32) bool {
		if v.kind(n) != identifier {
			return true
		}
		name := v.text(n)
		if locals[name] || goBuiltin[name] || a.goDecl(name) != nil {
			return true
		}
		if _, ok := a.goImported(name); ok {
			return true
		}
		p := v.Nodes[n].Parent
		if p >= 0 && v.kind(p) == goLiteralEl && v.Nodes[p].Parent >= 0 && v.kind(v.Nodes[p].Parent) == goKeyed && v.Nodes[v.Nodes[p].Parent].First == p {
			return true // a key: of a struct or a map, who knows
		}
		out[name] = append(out[name], n)
		return true
	})
	return out
}

// goFunc is the function that an offset is in, -1 for none; with literal the
// innermost, which may be a literal.
func (a *ask) goFunc(at int, literal bool) int32 {
	n := a.view.at(analysis.Span{Start: at, End: at})
	if n < 0 {
		return -1
	}
	if literal {
		return a.view.up(n, goFunction, goMethod, goFuncLit)
	}
	return a.view.up(n, goFunction, goMethod)
}

// statement is the statement in a block that a node is part of.
func (a *ask) statement(n int32) int32 {
	v := a.view
	for n >= 0 {
		p := v.Nodes[n].Parent
		if p >= 0 && (v.kind(p) == goBlock || v.kind(p) == goStatements || v.kind(p) == tsBody) && goStatement[v.kind(n)] {
			return n
		}
		n = p
	}
	return -1
}
