package index

import (
	"regexp"
	"strings"

	"github.com/dejafix/dejafix/analysis/syntax"
)

// Kinds of nodes of tree-sitter-python.
var (
	pyFunction   = syntax.KindOf("function_definition")
	pyClass      = syntax.KindOf("class_definition")
	pyDecorated  = syntax.KindOf("decorated_definition")
	pyBlock      = syntax.KindOf("block")
	pyStatement  = syntax.KindOf("expression_statement")
	pyAssignment = syntax.KindOf("assignment")
	pyParameters = syntax.KindOf("parameters")
	pyType       = syntax.KindOf("type")
	pyImports    = kinds("import_statement", "import_from_statement", "future_import_statement")
	pyTyped      = syntax.KindOf("typed_parameter")
	pyDefaulted  = kinds("default_parameter", "typed_default_parameter")
	pySplat      = kinds("list_splat_pattern", "dictionary_splat_pattern")
	pyAttribute  = syntax.KindOf("attribute")
	pyValues     = kinds("list", "dictionary", "set", "tuple", "string", "list_comprehension", "dictionary_comprehension", "lambda")
	pyGuards     = kinds("if_statement", "try_statement", "else_clause", "except_clause", "elif_clause")
)

func pythonCut(parent, kind syntax.Kind) bool {
	return kind == pyBlock && parent == pyFunction || pyValues[kind]
}

// pythonRead takes the definitions out of a Python file.
func pythonRead(v view, f *File) { pythonBody(v, 0, "", f, 0) }

func pythonBody(v view, i int32, of string, f *File, depth int) {
	v.children(i, func(c int32) bool {
		k := v.kind(c)
		if k == pyDecorated {
			if d := v.child(c, pyFunction, pyClass); d >= 0 {
				c, k = d, v.kind(d)
			}
		}
		switch {
		case pyImports[k]:
			f.Imports = append(f.Imports, pythonImportsOf(v.text(c))...)
		case k == pyFunction:
			f.add(pythonFunction(v, c, of))
			if of != "" {
				pythonSelf(v, c, of, f)
			}
		case k == pyClass:
			s := Symbol{Kind: Struct, Of: of, Line: v.line(c)}
			if n := v.child(c, identifier); n >= 0 {
				s.Name = v.text(n)
			}
			if n := v.child(c, syntax.KindOf("argument_list")); n >= 0 {
				s.Type = clip(v.flat(n), 200)
			}
			s.Exported = !strings.HasPrefix(s.Name, "_")
			f.add(s)
			if b := v.child(c, pyBlock); b >= 0 && depth < 4 {
				pythonBody(v, b, s.Name, f, depth+1)
			}
		case k == pyStatement:
			if a := v.child(c, pyAssignment); a >= 0 {
				pythonValue(v, a, of, f)
			}
		case pyGuards[k] && depth < 4: // if TYPE_CHECKING:, try: import …
			pythonBody(v, c, of, f, depth+1)
		case k == pyBlock && depth > 0:
			pythonBody(v, c, of, f, depth+1)
		}
		return len(f.Symbols) < maxSymbols
	})
}

func pythonFunction(v view, i int32, of string) Symbol {
	s := Symbol{Kind: Func, Of: of, Line: v.line(i)}
	if of != "" {
		s.Kind = Method
	}
	v.children(i, func(c int32) bool {
		switch v.kind(c) {
		case identifier:
			s.Name = v.text(c)
		case pyParameters:
			s.Params = pythonParams(v, c)
		case pyType:
			s.Results = []Param{{Type: v.flat(c)}}
		}
		return true
	})
	if of != "" && len(s.Params) > 0 && (s.Params[0].Name == "self" || s.Params[0].Name == "cls") {
		s.Params = append([]Param(nil), s.Params[1:]...)
	}
	s.Exported = !strings.HasPrefix(s.Name, "_")
	return s
}

func pythonParams(v view, i int32) (list []Param) {
	for _, c := range v.named(i) {
		p := Param{}
		k := v.kind(c)
		switch {
		case k == identifier:
			p.Name = v.text(c)
		case k == pyTyped || pyDefaulted[k]:
			p.Optional = pyDefaulted[k]
			for _, n := range v.named(c) {
				switch kn := v.kind(n); {
				case kn == pyType:
					p.Type = v.flat(n)
				case p.Name == "" && kn == identifier:
					p.Name = v.text(n)
				case p.Name == "" && pySplat[kn]:
					p.Rest, p.Name = true, strings.TrimLeft(v.text(n), "*")
				}
			}
		case pySplat[k]:
			p.Rest, p.Name = true, strings.TrimLeft(v.text(c), "*")
		default:
			continue
		}
		list = append(list, p)
	}
	return list
}

var pySelf = regexp.MustCompile(`\bself\.(\w+)\s*(?::\s*([^=\n]+?)\s*)?=[^=]`)

// pythonSelf reads the attributes that a method gives to its object.
func pythonSelf(v view, i int32, of string, f *File) {
	b := v.child(i, pyBlock)
	if b < 0 {
		return
	}
	seen := map[string]bool{}
	for j := range f.Symbols {
		if f.Symbols[j].Of == of {
			seen[f.Symbols[j].Name] = true
		}
	}
	for _, m := range pySelf.FindAllStringSubmatch(v.text(b), 200) {
		if !seen[m[1]] {
			seen[m[1]] = true
			f.add(Symbol{Name: m[1], Kind: Field, Of: of, Type: clip(m[2], 100), Exported: !strings.HasPrefix(m[1], "_"), Line: v.line(i)})
		}
	}
}

func pythonValue(v view, i int32, of string, f *File) {
	named := v.named(i)
	if len(named) == 0 || v.kind(named[0]) != identifier {
		return
	}
	s := Symbol{Kind: Var, Name: v.text(named[0]), Of: of, Line: v.line(i)}
	if of != "" {
		s.Kind = Field
	}
	if t := v.child(i, pyType); t >= 0 {
		s.Type = clip(v.flat(t), 100)
	}
	s.Exported = !strings.HasPrefix(s.Name, "_")
	f.add(s)
}

var (
	pythonFrom   = regexp.MustCompile(`(?s)^from\s+(\S+)\s+import\s+(.*)$`)
	pythonImport = regexp.MustCompile(`(?s)^import\s+(.*)$`)
	pyComment    = regexp.MustCompile(`(?m)#.*$`)
)

// pythonImportsOf reads one import statement.
func pythonImportsOf(text string) (list []Import) {
	text = pyComment.ReplaceAllString(text, "")
	module, names := "", ""
	if m := pythonFrom.FindStringSubmatch(text); m != nil {
		module, names = m[1], m[2]
	} else if m := pythonImport.FindStringSubmatch(text); m != nil {
		names = m[1]
	}
	for part := range strings.SplitSeq(strings.Trim(strings.TrimSpace(names), "()"), ",") {
		w := strings.Fields(strings.ReplaceAll(part, "\\", " "))
		if len(w) == 0 {
			continue
		}
		i := Import{Module: module, Name: w[0]}
		if module == "" {
			i.Module, i.Name = w[0], ""
		}
		if len(w) == 3 && w[1] == "as" {
			i.Alias = w[2]
		}
		list = append(list, i)
	}
	return list
}

// pythonBinds is the name that an import brings into a Python file.
func pythonBinds(i Import) string {
	switch {
	case i.Alias != "":
		return i.Alias
	case i.Name == "*":
		return ""
	case i.Name != "":
		return i.Name
	}
	first, _, _ := strings.Cut(i.Module, ".")
	return first
}
