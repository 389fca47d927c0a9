package mutant

import (
	"context"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// A Kind is a way to break code.
type Kind string

// The kinds.
const (
	DropImport     Kind = "import"
	DropConversion Kind = "conversion"
	DropArgument   Kind = "argument"
	DropAwait      Kind = "await"
	DropNilCheck   Kind = "nil check"
	RenameUse      Kind = "name"
)

// Kinds are all of them, in the order in which they are tried.
var Kinds = []Kind{DropImport, DropConversion, DropArgument, DropAwait, DropNilCheck, RenameUse}

// A Break is one breakage of a text.
type Break struct {
	Kind  Kind
	Edits []analysis.Edit
}

const (
	// eachFile is how many breakages of one kind a file gives: files differ more
	// than the places in them.
	eachFile = 2
	// mostCheck is how many lines a check for nothing has that is taken out whole.
	mostCheck = 4
	// leastName is how long a name is that is misspelt: shorter ones become other
	// names.
	leastName = 5
)

// A dialect is what differs between families of languages, by kinds of nodes.
type dialect struct {
	imports   []string // whole lines of one
	calls     []string
	arguments []string
	awaits    []string
	ifs       []string
	names     []string
	converts  []string // what is called to convert
	nothing   []string // words of a condition that asks for nothing
}

var dialects = map[string]*dialect{
	"go": {
		imports: []string{"import_spec"}, calls: []string{"call_expression", "type_conversion_expression"}, arguments: []string{"argument_list"},
		ifs: []string{"if_statement"}, names: []string{"identifier", "field_identifier", "type_identifier"},
		converts: []string{"string", "[]byte", "int", "int32", "int64", "uint", "uint32", "uint64", "float32", "float64", "byte", "rune", "error", "strconv.Itoa", "time.Duration"},
		nothing:  []string{"nil"},
	},
	"typescript": {
		imports: []string{"import_statement"}, calls: []string{"call_expression"}, arguments: []string{"arguments"},
		awaits: []string{"await_expression"}, ifs: []string{"if_statement"},
		names:    []string{"identifier", "property_identifier", "type_identifier"},
		converts: []string{"String", "Number", "Boolean", "BigInt", "parseInt", "parseFloat", "Array.from", "JSON.stringify"},
		nothing:  []string{"null", "undefined", "!"},
	},
	"python": {
		imports: []string{"import_statement", "import_from_statement"}, calls: []string{"call"}, arguments: []string{"argument_list"},
		awaits: []string{"await"}, ifs: []string{"if_statement"}, names: []string{"identifier"},
		converts: []string{"str", "int", "float", "bytes", "list", "tuple", "set", "bool"},
		nothing:  []string{"None", "not"},
	},
}

// dialectOf is the dialect of a language; nil: there is none.
func dialectOf(language string) *dialect {
	family := syntax.Row(language).Family
	if family == "javascript" {
		family = "typescript"
	}
	return dialects[family]
}

// Reads reports whether code of a language can be broken here.
func Reads(language string) bool { return dialectOf(language) != nil }

// Breaks are breakages of a text: of each kind as many as a file gives, the same
// for the same text. A text that does not parse has none.
func Breaks(ctx context.Context, language, text string) ([]Break, error) {
	d := dialectOf(language)
	if d == nil {
		return nil, nil
	}
	tree, err := syntax.Parse(ctx, syntax.Row(language), text)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	if tree.HasErrors() {
		return nil, nil
	}
	b := &breaker{dialect: d, text: text, f: tree.Fragment(false, analysis.Span{End: len(text)}), uses: map[string]int{}}
	b.imports = tree.Imports()
	all := map[Kind][]Break{}
	for i := range b.f.Nodes {
		b.uses[b.textOf(int32(i))]++
	}
	for i := range b.f.Nodes {
		for _, k := range Kinds {
			if edits := b.broken(k, int32(i)); edits != nil {
				all[k] = append(all[k], Break{k, edits})
			}
		}
	}
	var out []Break
	for _, k := range Kinds {
		list := all[k]
		// Which of many is left to the text: the first ones of files are alike.
		slices.SortStableFunc(list, func(a, b Break) int { return int(order(text, a)) - int(order(text, b)) })
		out = append(out, list[:min(len(list), eachFile)]...)
	}
	return out, nil
}

// order is a number that a breakage keeps while its line is as it is.
func order(text string, b Break) uint16 {
	h := fnv.New32a()
	at := syntax.LineAt(text, b.Edits[0].Span.Start)
	_, _ = h.Write([]byte(text[at.Start:at.End])) // it never fails
	return uint16(h.Sum32() >> 8)
}

type breaker struct {
	*dialect

	text    string
	f       *syntax.Fragment
	uses    map[string]int // of the text of a leaf
	imports []analysis.Span
}

func (b *breaker) textOf(i int32) string {
	n := &b.f.Nodes[i]
	if n.First >= 0 {
		return ""
	}
	return b.text[n.Start:n.End]
}

func (b *breaker) span(i int32) analysis.Span {
	return analysis.Span{Start: int(b.f.Nodes[i].Start), End: int(b.f.Nodes[i].End)}
}

func (b *breaker) is(i int32, kinds []string) bool {
	return b.f.Nodes[i].Named && slices.Contains(kinds, b.f.Nodes[i].Kind.String())
}

// children are the named children of a node, comments left out.
func (b *breaker) children(i int32) []int32 {
	var out []int32
	for c := b.f.Nodes[i].First; c >= 0; c = b.f.Nodes[c].Next {
		if n := &b.f.Nodes[c]; n.Named && !n.Extra {
			out = append(out, c)
		}
	}
	return out
}

// broken are the edits that break a node in a way, nil where it is not one to
// break so.
func (b *breaker) broken(k Kind, i int32) []analysis.Edit {
	switch k {
	case DropImport:
		if b.is(i, b.dialect.imports) {
			return b.dropLines(i)
		}
	case DropConversion:
		return b.dropConversion(i)
	case DropArgument:
		return b.dropArgument(i)
	case DropAwait:
		if inner := b.children(i); b.is(i, b.awaits) && len(inner) == 1 {
			return []analysis.Edit{{Span: analysis.Span{Start: b.span(i).Start, End: b.span(inner[0]).Start}}}
		}
	case DropNilCheck:
		return b.dropNilCheck(i)
	case RenameUse:
		return b.renameUse(i)
	}
	return nil
}

// dropLines takes out the lines of a node that has them for itself.
func (b *breaker) dropLines(i int32) []analysis.Edit {
	s := b.span(i)
	start, end := syntax.LineAt(b.text, s.Start).Start, syntax.LineAt(b.text, s.End).End
	rest := strings.TrimSpace(b.text[start:s.Start]) + strings.Trim(strings.TrimSpace(b.text[s.End:end]), ";")
	if rest != "" && rest != "import" {
		return nil
	}
	if end < len(b.text) && b.text[end] == '\n' {
		end++
	}
	return []analysis.Edit{{Span: analysis.Span{Start: start, End: end}}}
}

// dropConversion leaves what is converted.
func (b *breaker) dropConversion(i int32) []analysis.Edit {
	parts := b.children(i)
	if !b.is(i, b.calls) || len(parts) != 2 {
		return nil
	}
	called, inner := b.span(parts[0]), parts[1]
	if b.is(inner, b.arguments) {
		list := b.children(inner)
		if len(list) != 1 {
			return nil
		}
		inner = list[0]
	}
	if !slices.Contains(b.converts, b.text[called.Start:called.End]) {
		return nil
	}
	all, what := b.span(i), b.span(inner)
	return []analysis.Edit{{Span: analysis.Span{Start: all.Start, End: what.Start}}, {Span: analysis.Span{Start: what.End, End: all.End}}}
}

// dropArgument takes out the last argument of a call.
func (b *breaker) dropArgument(i int32) []analysis.Edit {
	if !b.is(i, b.arguments) {
		return nil
	}
	list := b.children(i)
	if len(list) < 2 || strings.Contains(b.text[b.span(i).Start:b.span(i).End], "\n") {
		return nil
	}
	last, before := b.span(list[len(list)-1]), b.span(list[len(list)-2])
	return []analysis.Edit{{Span: analysis.Span{Start: before.End, End: last.End}}}
}

// dropNilCheck takes out a statement that asks for nothing and does little.
func (b *breaker) dropNilCheck(i int32) []analysis.Edit {
	if !b.is(i, b.ifs) {
		return nil
	}
	parts := b.children(i)
	if len(parts) != 2 {
		return nil // it has an else, or makes what it asks about
	}
	s, condition := b.span(i), b.span(parts[0])
	asked := b.text[condition.Start:condition.End]
	if strings.Count(b.text[s.Start:s.End], "\n") > mostCheck || !slices.ContainsFunc(b.nothing, func(w string) bool { return strings.Contains(asked, w) }) {
		return nil
	}
	return b.dropLines(i)
}

// renameUse misspells a name that is written elsewhere too.
func (b *breaker) renameUse(i int32) []analysis.Edit {
	name := b.textOf(i)
	if !b.is(i, b.names) || len(name) < leastName || b.uses[name] < 2 {
		return nil
	}
	s := b.span(i)
	if slices.ContainsFunc(b.imports, func(x analysis.Span) bool { return x.Contains(s) }) {
		return nil
	}
	wrong := misspelt(name, int(order(b.text, Break{Edits: []analysis.Edit{{Span: s}}})))
	if wrong == name || b.uses[wrong] > 0 {
		return nil
	}
	return []analysis.Edit{{Span: s, New: wrong}}
}

// misspelt is a name as a hurried hand writes it, of several ways the one that a
// number names: a letter left out, two letters exchanged, one doubled, the end
// left out, another case inside.
func misspelt(name string, way int) string {
	if strings.IndexFunc(name, func(r rune) bool { return r > 127 }) >= 0 {
		return name
	}
	at := 1 + (way/5)%(len(name)-2)
	switch way % 5 {
	case 0:
		return name[:at] + name[at+1:]
	case 1:
		return name[:at] + string(name[at+1]) + string(name[at]) + name[at+2:]
	case 2:
		return name[:at] + string(name[at]) + name[at:]
	case 3:
		if strings.HasSuffix(name, "s") {
			return name[:len(name)-1]
		}
		return name + "s"
	}
	for k := 1; k < len(name); k++ {
		if 'A' <= name[k] && name[k] <= 'Z' {
			return name[:k] + strings.ToLower(name[k:k+1]) + name[k+1:]
		}
	}
	return name[:at] + name[at+1:]
}
