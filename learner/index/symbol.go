package index

import "strings"

// A SymbolKind says what a name stands for.
type SymbolKind uint8

// The kinds of symbols. Members (Method, Field) name what they belong to in
// Symbol.Of.
const (
	Func SymbolKind = iota
	Method
	Type // a type that is neither of the next two: an alias, an enumeration
	Struct
	Interface
	Const
	Var
	Field
)

// A Param is one parameter, or one result, of a function.
type Param struct {
	Name     string // "" where only a type is given
	Type     string // as it is written, "" where none is
	Optional bool   // has a default, or need not be given
	Rest     bool   // takes all that is left: ...T, *args
}

// A Symbol is one definition of a file.
type Symbol struct {
	Name     string
	Kind     SymbolKind
	Of       string // the type of a method or field
	Type     string // of a variable, constant, field; what a type is an alias of
	Params   []Param
	Results  []Param
	Exported bool // seen by files that import this one
	Default  bool // is what a module exports as default
	Optional bool // a field that need not be there
	Line     int32
}

// Callable reports whether s can be called with Params.
func (s *Symbol) Callable() bool { return s.Kind == Func || s.Kind == Method }

// IsType reports whether s is a type.
func (s *Symbol) IsType() bool { return s.Kind == Type || s.Kind == Struct || s.Kind == Interface }

// An Import is one name that a file takes from another.
type Import struct {
	Module string // as it is written, without quotes
	Name   string // what is taken: "" for the module itself, "*" and "default" as in JavaScript
	Alias  string
	Types  bool // "import type"
}

// Binds is the name that the import brings into its file, "" where that cannot
// be told from the import alone.
func (i Import) Binds() string {
	switch {
	case i.Alias != "":
		return i.Alias
	case i.Name == "" || i.Name == "*" || i.Name == "default":
		return ""
	}
	return i.Name
}

// A File is what the index knows of one text.
type File struct {
	Path     string // absolute
	Language string // LSP language identifier
	Package  string // as the text names it, "" in languages without
	Imports  []Import
	Symbols  []Symbol
}

// encode writes f, without its path, in a form of its own: strings with their
// lengths, and small numbers.
func (f *File) encode() []byte {
	e := encoder{}
	e.str(f.Language)
	e.str(f.Package)
	e.num(len(f.Imports))
	for _, i := range f.Imports {
		e.str(i.Module)
		e.str(i.Name)
		e.str(i.Alias)
		e.flags(i.Types)
	}
	e.num(len(f.Symbols))
	params := func(list []Param) {
		e.num(len(list))
		for _, p := range list {
			e.str(p.Name)
			e.str(p.Type)
			e.flags(p.Optional, p.Rest)
		}
	}
	for i := range f.Symbols {
		s := &f.Symbols[i]
		e.str(s.Name)
		e.num(int(s.Kind))
		e.str(s.Of)
		e.str(s.Type)
		e.flags(s.Exported, s.Default, s.Optional)
		e.num(int(s.Line))
		if s.Kind == Func || s.Kind == Method {
			params(s.Params)
			params(s.Results)
		}
	}
	return e.b
}

// decode reads what encode wrote; false where it is something else.
func (f *File) decode(b []byte) bool {
	d := decoder{s: string(b)}
	f.Language, f.Package = d.str(), d.str()
	for n := d.num(); n > 0 && !d.bad; n-- {
		i := Import{Module: d.str(), Name: d.str(), Alias: d.str()}
		i.Types = d.num()&1 != 0
		f.Imports = append(f.Imports, i)
	}
	params := func() (list []Param) {
		for n := d.num(); n > 0 && !d.bad; n-- {
			p := Param{Name: d.str(), Type: d.str()}
			flags := d.num()
			p.Optional, p.Rest = flags&1 != 0, flags&2 != 0
			list = append(list, p)
		}
		return list
	}
	for n := d.num(); n > 0 && !d.bad; n-- {
		s := Symbol{Name: d.str(), Kind: SymbolKind(d.num()), Of: d.str(), Type: d.str()}
		flags := d.num()
		s.Exported, s.Default, s.Optional = flags&1 != 0, flags&2 != 0, flags&4 != 0
		s.Line = int32(d.num())
		if s.Kind == Func || s.Kind == Method {
			s.Params, s.Results = params(), params()
		}
		f.Symbols = append(f.Symbols, s)
	}
	return !d.bad
}

type encoder struct{ b []byte }

func (e *encoder) num(n int) {
	u := uint(max(n, 0))
	for u >= 0x80 {
		e.b = append(e.b, byte(u)|0x80)
		u >>= 7
	}
	e.b = append(e.b, byte(u))
}

func (e *encoder) str(s string) {
	e.num(len(s))
	e.b = append(e.b, s...)
}

func (e *encoder) flags(list ...bool) {
	n := 0
	for i, f := range list {
		if f {
			n |= 1 << i
		}
	}
	e.num(n)
}

// A decoder reads a string, so that the parts of a File share its memory.
type decoder struct {
	s   string
	bad bool
}

func (d *decoder) num() int {
	n, shift := 0, 0
	for i := 0; i < len(d.s) && i < 9; i++ {
		n |= int(d.s[i]&0x7f) << shift
		if d.s[i] < 0x80 {
			d.s = d.s[i+1:]
			return n
		}
		shift += 7
	}
	d.bad = true
	return 0
}

func (d *decoder) str() string {
	n := d.num()
	if d.bad || n > len(d.s) {
		d.bad = true
		return ""
	}
	s := d.s[:n]
	d.s = d.s[n:]
	return s
}

// Signature is the parameters and results of s as a person reads them.
func (s *Symbol) Signature() string {
	one := func(list []Param) string {
		var parts []string
		for _, p := range list {
			t := p.Type
			if p.Rest {
				t = "..." + t
			}
			parts = append(parts, strings.TrimSpace(p.Name+" "+t))
		}
		return strings.Join(parts, ", ")
	}
	return "(" + one(s.Params) + ") (" + one(s.Results) + ")"
}
