package index

import (
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dejafix/dejafix/analysis/syntax"
)

// Kinds of nodes of tree-sitter-go.
var (
	goBlock         = syntax.KindOf("block")
	goFunction      = syntax.KindOf("function_declaration")
	goMethod        = syntax.KindOf("method_declaration")
	goTypes         = syntax.KindOf("type_declaration")
	goTypeSpec      = syntax.KindOf("type_spec")
	goTypeAlias     = syntax.KindOf("type_alias")
	goConsts        = syntax.KindOf("const_declaration")
	goConstSpec     = syntax.KindOf("const_spec")
	goVars          = syntax.KindOf("var_declaration")
	goVarSpec       = syntax.KindOf("var_spec")
	goVarSpecs      = syntax.KindOf("var_spec_list")
	goImports       = syntax.KindOf("import_declaration")
	goPackageClause = syntax.KindOf("package_clause")
	goPackageName   = syntax.KindOf("package_identifier")
	goStruct        = syntax.KindOf("struct_type")
	goFields        = syntax.KindOf("field_declaration_list")
	goField         = syntax.KindOf("field_declaration")
	goInterface     = syntax.KindOf("interface_type")
	goMethodElem    = syntax.KindOf("method_elem")
	goTypeElem      = syntax.KindOf("type_elem")
	goParameters    = syntax.KindOf("parameter_list")
	goParameter     = syntax.KindOf("parameter_declaration")
	goVariadic      = syntax.KindOf("variadic_parameter_declaration")
	goTypeParams    = syntax.KindOf("type_parameter_list")
	goExpressions   = syntax.KindOf("expression_list")
	goCall          = syntax.KindOf("call_expression")
	goComposite     = syntax.KindOf("composite_literal")
	goUnary         = syntax.KindOf("unary_expression")
	goSelector      = syntax.KindOf("selector_expression")
	goArguments     = syntax.KindOf("argument_list")
	goFuncLit       = syntax.KindOf("func_literal")
	goLiteralValue  = syntax.KindOf("literal_value")
	goString        = syntax.KindOf("interpreted_string_literal")
	identifier      = syntax.KindOf("identifier")
	typeIdentifier  = syntax.KindOf("type_identifier")
	fieldIdentifier = syntax.KindOf("field_identifier")
)

func goCut(_, kind syntax.Kind) bool { return kind == goBlock || kind == goLiteralValue }

// goRead takes the definitions out of a Go file.
func goRead(v view, f *File) {
	v.children(0, func(c int32) bool {
		switch v.kind(c) {
		case goPackageClause:
			if n := v.child(c, goPackageName); n >= 0 {
				f.Package = v.text(n)
			}
		case goImports:
			f.Imports = append(f.Imports, goImportsOf(v.text(c))...)
		case goFunction:
			s := goCallable(v, c, Func)
			f.add(s)
		case goMethod:
			f.add(goCallable(v, c, Method))
		case goTypes:
			v.children(c, func(s int32) bool {
				if k := v.kind(s); k == goTypeSpec || k == goTypeAlias {
					goType(v, s, f)
				}
				return true
			})
		case goConsts, goVars:
			goValues(v, c, f)
		}
		return len(f.Symbols) < maxSymbols
	})
}

func (f *File) add(s Symbol) {
	if s.Name != "" && s.Name != "_" {
		f.Symbols = append(f.Symbols, s)
	}
}

// exportedGo reports whether a Go name is exported.
func exportedGo(name string) bool {
	r, _ := utf8.DecodeRuneInString(name)
	return unicode.IsUpper(r)
}

// goCallable reads a function, a method or a method of an interface.
func goCallable(v view, i int32, kind SymbolKind) Symbol {
	s := Symbol{Kind: kind, Line: v.line(i)}
	lists := 0
	v.children(i, func(c int32) bool {
		switch k := v.kind(c); {
		case k == identifier || k == fieldIdentifier:
			s.Name = v.text(c)
			s.Exported = exportedGo(s.Name)
		case k == goParameters && kind == Method && lists == 0 && s.Name == "":
			if recv := goParamList(v, c); len(recv) == 1 {
				s.Of = baseType(recv[0].Type)
			}
		case k == goParameters && lists == 0:
			s.Params = goParamList(v, c)
			lists++
		case k == goParameters:
			s.Results = goParamList(v, c)
		case k == goBlock || k == goTypeParams || !v.Nodes[c].Named:
		case lists == 1:
			s.Results = []Param{{Type: v.flat(c)}}
		}
		return true
	})
	return s
}

// baseType is the name of a type without pointer and type arguments.
func baseType(t string) string {
	t = strings.TrimLeft(t, "*&")
	if i := strings.IndexByte(t, '['); i > 0 {
		t = t[:i]
	}
	return t
}

// goParamList reads a list of parameters or results.
func goParamList(v view, i int32) (list []Param) {
	v.children(i, func(c int32) bool {
		k := v.kind(c)
		if k != goParameter && k != goVariadic {
			return true
		}
		var names []string
		p := Param{Rest: k == goVariadic}
		v.children(c, func(n int32) bool {
			switch {
			case v.kind(n) == identifier:
				names = append(names, v.text(n))
			case v.Nodes[n].Named:
				p.Type = v.flat(n)
			}
			return true
		})
		if len(names) == 0 {
			list = append(list, p)
		}
		for _, n := range names {
			p.Name = n
			list = append(list, p)
		}
		return true
	})
	return list
}

// goType reads a type with its fields and methods.
func goType(v view, i int32, f *File) {
	s := Symbol{Kind: Type, Line: v.line(i)}
	body := int32(-1)
	v.children(i, func(c int32) bool {
		switch k := v.kind(c); {
		case k == typeIdentifier && s.Name == "":
			s.Name = v.text(c)
		case v.Nodes[c].Named && k != goTypeParams:
			body = c
		}
		return true
	})
	s.Exported = exportedGo(s.Name)
	if body < 0 {
		f.add(s)
		return
	}
	switch v.kind(body) {
	case goStruct:
		s.Kind = Struct
	case goInterface:
		s.Kind = Interface
	default:
		s.Type = v.flat(body)
	}
	f.add(s)
	switch s.Kind {
	case Struct:
		if list := v.child(body, goFields); list >= 0 {
			v.children(list, func(c int32) bool {
				if v.kind(c) == goField {
					goFieldOf(v, c, s.Name, f)
				}
				return true
			})
		}
	case Interface:
		v.children(body, func(c int32) bool {
			switch v.kind(c) {
			case goMethodElem:
				m := goCallable(v, c, Method)
				m.Of = s.Name
				f.add(m)
			case goTypeElem:
				t := v.flat(c)
				if isTypeName(t) {
					f.add(Symbol{Name: lastPart(t), Kind: Field, Of: s.Name, Type: t, Default: true, Line: v.line(c)})
				}
			}
			return true
		})
	}
}

var typeName = regexp.MustCompile(`^\*?[\pL_][\pL\d_]*(\.[\pL_][\pL\d_]*)?$`)

func isTypeName(t string) bool { return typeName.MatchString(t) }

// lastPart is the name in a type such as *pkg.Name[T].
func lastPart(t string) string {
	t = baseType(t)
	return t[strings.LastIndexByte(t, '.')+1:]
}

// goFieldOf reads one line of a struct. An embedded field has Default set.
func goFieldOf(v view, i int32, of string, f *File) {
	var names []string
	typ := ""
	v.children(i, func(c int32) bool {
		switch {
		case v.kind(c) == fieldIdentifier:
			names = append(names, v.text(c))
		case v.Nodes[c].Named && typ == "" || v.text(c) == "*":
			typ += v.flat(c)
		}
		return true
	})
	if typ == "*" {
		return
	}
	line := v.line(i)
	if len(names) == 0 {
		n := lastPart(typ)
		f.add(Symbol{Name: n, Kind: Field, Of: of, Type: typ, Default: true, Exported: exportedGo(n), Line: line})
	}
	for _, n := range names {
		f.add(Symbol{Name: n, Kind: Field, Of: of, Type: typ, Exported: exportedGo(n), Line: line})
	}
}

// goValues reads constants and variables.
func goValues(v view, i int32, f *File) {
	v.children(i, func(c int32) bool {
		switch v.kind(c) {
		case goVarSpecs:
			goValues(v, c, f)
		case goConstSpec, goVarSpec:
			s := Symbol{Kind: Var, Line: v.line(c)}
			if v.kind(c) == goConstSpec {
				s.Kind = Const
			}
			var names []string
			v.children(c, func(n int32) bool {
				switch k := v.kind(n); {
				case k == identifier:
					names = append(names, v.text(n))
				case k == goExpressions:
					if e := v.named(n); s.Type == "" && len(e) == 1 {
						s.Type = goLiteralType(v, e[0])
					}
				case v.Nodes[n].Named && s.Type == "":
					s.Type = v.flat(n)
				}
				return true
			})
			for _, n := range names {
				s.Name, s.Exported = n, exportedGo(n)
				f.add(s)
			}
		}
		return true
	})
}

// goLiteralType is the type of a value where its text tells: a literal, or what
// a type is written before. "" where it does not.
func goLiteralType(v view, i int32) string {
	switch v.kind(i) {
	case goString, syntax.KindOf("raw_string_literal"):
		return "string"
	case syntax.KindOf("int_literal"):
		return "int"
	case syntax.KindOf("float_literal"):
		return "float64"
	case syntax.KindOf("rune_literal"):
		return "rune"
	case syntax.KindOf("true"), syntax.KindOf("false"):
		return "bool"
	case goFuncLit:
		t := v.text(i)
		if j := v.child(i, goBlock); j >= 0 {
			t = strings.TrimSpace(v.Text[v.Nodes[i].Start:v.Nodes[j].Start])
		}
		return flat(t)
	case goComposite:
		if t := v.named(i); len(t) > 0 {
			return v.flat(t[0])
		}
	case goUnary:
		if v.text(i)[0] == '&' {
			if x := v.named(i); len(x) > 0 && v.kind(x[0]) == goComposite {
				if t := goLiteralType(v, x[0]); t != "" {
					return "*" + t
				}
			}
		}
		if v.text(i)[0] == '!' {
			return "bool"
		}
	}
	return ""
}

var (
	goSpec       = regexp.MustCompile("(?m)(?:^|[(;]|\\bimport)[ \\t]*([\\w.]+[ \\t]+)?[\"`]([^\"`\\n]+)[\"`]")
	majorVersion = regexp.MustCompile(`^v\d+$`)
)

// goImportsOf reads one import declaration.
func goImportsOf(text string) (list []Import) {
	for _, m := range goSpec.FindAllStringSubmatch(text, -1) {
		alias := strings.TrimSpace(m[1])
		if alias == "import" {
			alias = ""
		}
		list = append(list, Import{Module: m[2], Alias: alias})
	}
	return list
}

// goBinds is the name by which a Go file speaks of what it imports, as far as
// the path tells.
func goBinds(i Import) string {
	if i.Alias != "" {
		return i.Alias
	}
	base := path.Base(i.Module)
	if majorVersion.MatchString(base) && strings.Contains(i.Module, "/") {
		base = path.Base(path.Dir(i.Module))
	}
	if n := strings.LastIndex(base, ".v"); n > 0 {
		base = base[:n]
	}
	base = strings.TrimSuffix(strings.TrimPrefix(base, "go-"), "-go")
	if n := strings.LastIndexByte(base, '-'); n >= 0 {
		base = base[n+1:]
	}
	return base
}
