package index

import (
	"regexp"
	"strings"

	"github.com/dejafix/dejafix/analysis/syntax"
)

var scriptExtensions = map[string]string{
	".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "typescriptreact",
	".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".jsx": "javascriptreact",
}

// Kinds of nodes of tree-sitter-javascript and tree-sitter-typescript.
var (
	tsBody        = syntax.KindOf("statement_block")
	tsExport      = syntax.KindOf("export_statement")
	tsExports     = syntax.KindOf("export_clause")
	tsImport      = syntax.KindOf("import_statement")
	tsFunction    = kinds("function_declaration", "generator_function_declaration", "function_signature")
	tsClass       = kinds("class_declaration", "abstract_class_declaration")
	tsClassBody   = syntax.KindOf("class_body")
	tsInterface   = syntax.KindOf("interface_declaration")
	tsAlias       = syntax.KindOf("type_alias_declaration")
	tsEnum        = syntax.KindOf("enum_declaration")
	tsEnumBody    = syntax.KindOf("enum_body")
	tsEnumValue   = syntax.KindOf("enum_assignment")
	tsLexical     = kinds("lexical_declaration", "variable_declaration")
	tsAmbient     = syntax.KindOf("ambient_declaration")
	tsDeclarator  = syntax.KindOf("variable_declarator")
	tsParameters  = syntax.KindOf("formal_parameters")
	tsTypeOf      = syntax.KindOf("type_annotation")
	tsProperty    = syntax.KindOf("property_identifier")
	tsPrivate     = syntax.KindOf("private_property_identifier")
	tsObjectType  = kinds("object_type", "interface_body")
	tsMethod      = kinds("method_definition", "method_signature", "abstract_method_signature")
	tsField       = kinds("public_field_definition", "field_definition", "property_signature")
	tsArrow       = syntax.KindOf("arrow_function")
	tsFunctionExp = kinds("arrow_function", "function_expression", "generator_function")
	tsOptional    = syntax.KindOf("optional_parameter")
	tsRequired    = syntax.KindOf("required_parameter")
	tsRest        = syntax.KindOf("rest_pattern")
	tsDefault     = syntax.KindOf("assignment_pattern")
	tsCutValues   = kinds("statement_block", "object", "array", "template_string", "jsx_element", "call_expression", "new_expression")
)

func scriptCut(_, kind syntax.Kind) bool { return tsCutValues[kind] }

// scriptRead takes the definitions out of a TypeScript or JavaScript file.
func scriptRead(v view, f *File) {
	exported := map[string]string{} // by export clauses: name to the name it goes out with
	v.children(0, func(c int32) bool {
		scriptTop(v, c, f, false, exported)
		return len(f.Symbols) < maxSymbols
	})
	for i := range f.Symbols {
		s := &f.Symbols[i]
		if s.Of != "" {
			continue
		}
		if as, ok := exported[s.Name]; ok {
			s.Exported = as == s.Name
			s.Default = s.Default || as == "default"
		}
	}
}

func scriptTop(v view, c int32, f *File, exported bool, names map[string]string) {
	k := v.kind(c)
	switch {
	case k == tsImport:
		f.Imports = append(f.Imports, scriptImportsOf(v.text(c))...)
	case k == tsExport:
		text := v.text(c)
		if clause := v.child(c, tsExports); clause >= 0 {
			from := ""
			if m := scriptFrom.FindStringSubmatch(text); m != nil {
				from = m[1]
			}
			for _, p := range scriptNames(v.text(clause)) {
				if from != "" { // what another file defines goes out from here
					f.add(Symbol{Name: p[1], Kind: Var, Type: "from " + from, Exported: true, Line: v.line(c)})
				} else {
					names[p[0]] = p[1]
				}
			}
			return
		}
		if m := scriptAll.FindStringSubmatch(text); m != nil {
			f.add(Symbol{Name: "*", Kind: Var, Type: "from " + m[1], Exported: true, Line: v.line(c)})
			return
		}
		n := len(f.Symbols)
		v.children(c, func(d int32) bool {
			scriptTop(v, d, f, true, names)
			return true
		})
		if strings.HasPrefix(text, "export default") {
			if len(f.Symbols) > n {
				f.Symbols[n].Default, f.Symbols[n].Exported = true, false
			} else if m := scriptDefault.FindStringSubmatch(text); m != nil {
				names[m[1]] = "default"
			}
		}
	case k == tsAmbient:
		v.children(c, func(d int32) bool {
			scriptTop(v, d, f, exported, names)
			return true
		})
	case tsFunction[k]:
		s := scriptCallable(v, c, Func)
		s.Exported = exported
		f.add(s)
	case tsClass[k]:
		scriptMembers(v, c, Struct, exported, f)
	case k == tsInterface:
		scriptMembers(v, c, Interface, exported, f)
	case k == tsAlias:
		scriptMembers(v, c, Type, exported, f)
	case k == tsEnum:
		scriptEnum(v, c, exported, f)
	case tsLexical[k]:
		v.children(c, func(d int32) bool {
			if v.kind(d) == tsDeclarator {
				scriptValue(v, d, exported, strings.HasPrefix(v.text(c), "const"), f)
			}
			return true
		})
	}
}

var (
	scriptFrom    = regexp.MustCompile(`\bfrom\s*["']([^"']+)["']`)
	scriptAll     = regexp.MustCompile(`^export\s*\*\s*from\s*["']([^"']+)["']`)
	scriptDefault = regexp.MustCompile(`^export\s+default\s+([\w$]+)\s*;?$`)
)

// scriptCallable reads a function or method.
func scriptCallable(v view, i int32, kind SymbolKind) Symbol {
	s := Symbol{Kind: kind, Line: v.line(i)}
	v.children(i, func(c int32) bool {
		switch k := v.kind(c); {
		case s.Name == "" && (k == identifier || k == tsProperty || k == tsPrivate):
			s.Name = v.text(c)
		case k == tsParameters:
			s.Params = scriptParams(v, c)
		case k == tsTypeOf:
			s.Results = []Param{{Type: annotation(v, c)}}
		case k == identifier && len(s.Params) == 0 && v.kind(i) == tsArrow:
			s.Params = []Param{{Name: v.text(c)}}
		}
		return true
	})
	return s
}

// annotation is the type after a colon.
func annotation(v view, i int32) string {
	return strings.TrimSpace(strings.TrimPrefix(v.flat(i), ":"))
}

func scriptParams(v view, i int32) (list []Param) {
	for _, c := range v.named(i) {
		p := Param{}
		switch k := v.kind(c); k {
		case tsRequired, tsOptional:
			p.Optional = k == tsOptional
			v.children(c, func(n int32) bool {
				switch kn := v.kind(n); {
				case kn == tsTypeOf:
					p.Type = annotation(v, n)
				case kn == tsRest:
					p.Rest = true
					p.Name = strings.TrimPrefix(v.text(n), "...")
				case v.text(n) == "=":
					p.Optional = true
				case p.Name == "" && v.Nodes[n].Named && kn != syntax.KindOf("accessibility_modifier"):
					p.Name = v.flat(n)
				}
				return true
			})
			if p.Name == "this" {
				continue
			}
		case tsRest:
			p.Rest, p.Name = true, strings.TrimPrefix(v.text(c), "...")
		case tsDefault:
			p.Optional = true
			if n := v.named(c); len(n) > 0 {
				p.Name = v.flat(n[0])
			}
		default:
			p.Name = v.flat(c)
		}
		list = append(list, p)
	}
	return list
}

// scriptMembers reads a class, an interface or a type with what belongs to it.
func scriptMembers(v view, i int32, kind SymbolKind, exported bool, f *File) {
	s := Symbol{Kind: kind, Exported: exported, Line: v.line(i)}
	body := int32(-1)
	v.children(i, func(c int32) bool {
		switch k := v.kind(c); {
		case s.Name == "" && (k == typeIdentifier || k == identifier):
			s.Name = v.text(c)
		case k == tsClassBody || tsObjectType[k]:
			body = c
		case kind == Type && v.Nodes[c].Named && k != syntax.KindOf("type_parameters"):
			s.Type = clip(v.flat(c), 200)
		case k == syntax.KindOf("class_heritage") || k == syntax.KindOf("extends_type_clause"):
			s.Type = clip(v.flat(c), 200)
		}
		return true
	})
	f.add(s)
	if body < 0 {
		return
	}
	v.children(body, func(c int32) bool {
		switch k := v.kind(c); {
		case tsMethod[k]:
			m := scriptCallable(v, c, Method)
			m.Of, m.Exported = s.Name, !strings.HasPrefix(m.Name, "#")
			f.add(m)
		case tsField[k]:
			m := Symbol{Kind: Field, Of: s.Name, Line: v.line(c)}
			v.children(c, func(n int32) bool {
				switch kn := v.kind(n); {
				case m.Name == "" && (kn == tsProperty || kn == tsPrivate):
					m.Name = v.text(n)
				case kn == tsTypeOf:
					m.Type = clip(annotation(v, n), 200)
				case v.text(n) == "?":
					m.Optional = true
				}
				return true
			})
			m.Exported = !strings.HasPrefix(m.Name, "#")
			f.add(m)
		}
		return len(f.Symbols) < maxSymbols
	})
}

func clip(s string, n int) string {
	if len(s) > n {
		return ""
	}
	return s
}

func scriptEnum(v view, i int32, exported bool, f *File) {
	s := Symbol{Kind: Type, Exported: exported, Line: v.line(i)}
	if n := v.child(i, identifier); n >= 0 {
		s.Name = v.text(n)
	}
	f.add(s)
	body := v.child(i, tsEnumBody)
	if body < 0 {
		return
	}
	v.children(body, func(c int32) bool {
		n := c
		if v.kind(c) == tsEnumValue {
			n = v.child(c, tsProperty)
		}
		if n >= 0 && v.kind(n) == tsProperty {
			f.add(Symbol{Name: v.text(n), Kind: Const, Of: s.Name, Type: s.Name, Exported: true, Line: v.line(c)})
		}
		return true
	})
}

// scriptValue reads one variable.
func scriptValue(v view, i int32, exported, constant bool, f *File) {
	n := v.child(i, identifier)
	if n < 0 {
		return
	}
	s := Symbol{Kind: Var, Name: v.text(n), Exported: exported, Line: v.line(i)}
	if constant {
		s.Kind = Const
	}
	v.children(i, func(c int32) bool {
		switch k := v.kind(c); {
		case k == tsTypeOf:
			s.Type = clip(annotation(v, c), 200)
		case tsFunctionExp[k]:
			fn := scriptCallable(v, c, Func)
			s.Kind, s.Params, s.Results = Func, fn.Params, fn.Results
		case k == syntax.KindOf("new_expression") && s.Type == "":
			if m := scriptNew.FindStringSubmatch(v.text(c)); m != nil {
				s.Type = m[1]
			}
		case k == syntax.KindOf("string") || k == syntax.KindOf("template_string"):
			s.Type = "string"
		case k == syntax.KindOf("number"):
			s.Type = "number"
		}
		return true
	})
	f.add(s)
}

var (
	scriptNew    = regexp.MustCompile(`^new\s+([\w$.]+)`)
	scriptImport = regexp.MustCompile(`(?s)^import\s+(type\s+)?(.*?)\s*from\s*["']([^"']+)["']`)
	scriptStar   = regexp.MustCompile(`\*\s*as\s+([\w$]+)`)
	scriptBraces = regexp.MustCompile(`(?s)\{(.*?)\}`)
	comments     = regexp.MustCompile(`(?s)//[^\n]*|/\*.*?\*/`)
)

// scriptNames reads "{a, type b, c as d}": what is taken, and as what.
func scriptNames(list string) (out [][2]string) {
	list = comments.ReplaceAllString(list, "")
	for part := range strings.SplitSeq(strings.Trim(strings.TrimSpace(list), "{}"), ",") {
		w := strings.Fields(part)
		if len(w) > 1 && w[0] == "type" && w[1] != "as" {
			w = w[1:]
		}
		switch len(w) {
		case 1:
			out = append(out, [2]string{w[0], w[0]})
		case 3:
			out = append(out, [2]string{w[0], w[2]})
		}
	}
	return out
}

// scriptImportsOf reads one import statement.
func scriptImportsOf(text string) (list []Import) {
	m := scriptImport.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	types, what, module := m[1] != "", m[2], m[3]
	if s := scriptStar.FindStringSubmatch(what); s != nil {
		list = append(list, Import{Module: module, Name: "*", Alias: s[1], Types: types})
		what = strings.Replace(what, s[0], "", 1)
	}
	if s := scriptBraces.FindStringSubmatch(what); s != nil {
		for part := range strings.SplitSeq(comments.ReplaceAllString(s[1], ""), ",") {
			only := types || strings.HasPrefix(strings.TrimSpace(part), "type ")
			for _, p := range scriptNames(part) {
				i := Import{Module: module, Name: p[0], Types: only}
				if p[1] != p[0] {
					i.Alias = p[1]
				}
				list = append(list, i)
			}
		}
		what = strings.Replace(what, s[0], "", 1)
	}
	if name := strings.Trim(strings.TrimSpace(what), ", "); name != "" {
		list = append(list, Import{Module: module, Name: "default", Alias: name, Types: types})
	}
	return list
}
