package syntax

import (
	"slices"
	"strings"
	"sync"
	"unsafe"

	ts "github.com/tree-sitter/go-tree-sitter"
	tscsharp "github.com/tree-sitter/tree-sitter-c-sharp/bindings/go"
	tsc "github.com/tree-sitter/tree-sitter-c/bindings/go"
	tscpp "github.com/tree-sitter/tree-sitter-cpp/bindings/go"
	tsgo "github.com/tree-sitter/tree-sitter-go/bindings/go"
	tsjava "github.com/tree-sitter/tree-sitter-java/bindings/go"
	tsjs "github.com/tree-sitter/tree-sitter-javascript/bindings/go"
	tsphp "github.com/tree-sitter/tree-sitter-php/bindings/go"
	tspython "github.com/tree-sitter/tree-sitter-python/bindings/go"
	tsruby "github.com/tree-sitter/tree-sitter-ruby/bindings/go"
	tsrust "github.com/tree-sitter/tree-sitter-rust/bindings/go"
	tsts "github.com/tree-sitter/tree-sitter-typescript/bindings/go"
)

// A Language is one row of the table: what has to be known of a language
// beyond its grammar. To add one, add a row.
type Language struct {
	Name   string // LSP language identifier
	Family string // languages of one family learn from each other

	// LineComment starts a comment up to the end of the line; Block holds the
	// two ends of the other kind, or nothing.
	LineComment string
	Block       [2]string

	// Declarations are the node kinds that an error is said to be in: functions,
	// methods, classes, types.
	Declarations []string
	// Imports are the node kinds of the import block.
	Imports []string
	// Indented says that indentation carries meaning (Python).
	Indented bool
	// Newlines says that a line break can end a statement (JavaScript).
	Newlines bool

	grammar *grammar
	// fallback is parsed with when the first grammar leaves errors and this one
	// leaves fewer: TypeScript files with JSX in them, and JSX whose attributes are
	// called class, for or in, which tree-sitter-javascript 0.25.0 takes for errors
	// (its issue 387).
	fallback *grammar

	// scripts says that the code of a text is what its <script> elements hold,
	// each text naming the language itself (Vue, Svelte): the grammar is that one's.
	scripts bool
	// markup is the row by which text that is not code is cut into tokens: what
	// lies outside the scripts, and nodes of the kind "text" (PHP).
	markup string
	// frame are the kinds of nodes without which a piece of a text is not read as
	// code, and piece is the grammar that reads one without them.
	frame []string
	piece *grammar
	// atom is a kind of node that is one token, whatever it is made of: PHP's $name.
	atom string
}

// A grammar is loaded once, when first used; loading costs no parse tables,
// only the names of the node kinds.
type grammar struct {
	load func() unsafe.Pointer
	once sync.Once
	lang *ts.Language
	// kinds and named map the grammar's kind numbers to ours.
	kinds []Kind
	named []bool
}

var (
	grammarGo     = &grammar{load: tsgo.Language}
	grammarPython = &grammar{load: tspython.Language}
	grammarJS     = &grammar{load: tsjs.Language}
	grammarTS     = &grammar{load: tsts.LanguageTypescript}
	grammarTSX    = &grammar{load: tsts.LanguageTSX}
	grammarRust   = &grammar{load: tsrust.Language}
	grammarJava   = &grammar{load: tsjava.Language}
	grammarC      = &grammar{load: tsc.Language}
	grammarCPP    = &grammar{load: tscpp.Language}
	grammarRuby   = &grammar{load: tsruby.Language}
	grammarCSharp = &grammar{load: tscsharp.Language}
	grammarPHP    = &grammar{load: tsphp.LanguagePHP}
	// grammarBarePHP needs no <?php before the code.
	grammarBarePHP = &grammar{load: tsphp.LanguagePHPOnly}
)

var slashes = [2]string{"/*", "*/"}

var (
	jsDeclarations = []string{
		"function_declaration", "generator_function_declaration", "class_declaration", "method_definition", "function_expression", "arrow_function",
		"abstract_class_declaration", "interface_declaration", "type_alias_declaration", "enum_declaration", "lexical_declaration", "variable_declaration",
	}
	jsImports = []string{"import_statement"}
	cDecls    = []string{
		"function_definition", "struct_specifier", "union_specifier", "enum_specifier", "type_definition", "declaration",
		"class_specifier", "namespace_definition", "template_declaration",
	}
)

// languages is the table. Order does not matter.
var languages = []Language{
	{
		Name: "go", Family: "go", LineComment: "//", Block: slashes, grammar: grammarGo,
		Declarations: []string{"function_declaration", "method_declaration", "type_declaration", "var_declaration", "const_declaration", "func_literal"},
		Imports:      []string{"import_declaration"},
	},
	{
		Name: "python", Family: "python", LineComment: "#", Indented: true, grammar: grammarPython,
		Declarations: []string{"function_definition", "class_definition", "decorated_definition", "lambda"},
		Imports:      []string{"import_statement", "import_from_statement", "future_import_statement"},
	},
	{Name: "javascript", Family: "typescript", LineComment: "//", Block: slashes, Newlines: true, grammar: grammarJS, fallback: grammarTSX, Declarations: jsDeclarations, Imports: jsImports},
	{Name: "javascriptreact", Family: "typescript", LineComment: "//", Block: slashes, Newlines: true, grammar: grammarJS, fallback: grammarTSX, Declarations: jsDeclarations, Imports: jsImports},
	{Name: "typescript", Family: "typescript", LineComment: "//", Block: slashes, Newlines: true, grammar: grammarTS, fallback: grammarTSX, Declarations: jsDeclarations, Imports: jsImports},
	{Name: "typescriptreact", Family: "typescript", LineComment: "//", Block: slashes, Newlines: true, grammar: grammarTSX, fallback: grammarTS, Declarations: jsDeclarations, Imports: jsImports},
	{
		Name: "rust", Family: "rust", LineComment: "//", Block: slashes, grammar: grammarRust,
		Declarations: []string{"function_item", "struct_item", "enum_item", "impl_item", "trait_item", "mod_item", "const_item", "static_item", "type_item", "macro_definition", "closure_expression"},
		Imports:      []string{"use_declaration", "extern_crate_declaration"},
	},
	{
		Name: "java", Family: "java", LineComment: "//", Block: slashes, grammar: grammarJava,
		Declarations: []string{"method_declaration", "constructor_declaration", "class_declaration", "interface_declaration", "enum_declaration", "record_declaration", "field_declaration", "lambda_expression"},
		Imports:      []string{"import_declaration", "package_declaration"},
	},
	{Name: "c", Family: "c", LineComment: "//", Block: slashes, grammar: grammarC, Declarations: cDecls, Imports: []string{"preproc_include"}},
	{Name: "cpp", Family: "c", LineComment: "//", Block: slashes, grammar: grammarCPP, Declarations: cDecls, Imports: []string{"preproc_include", "using_declaration"}},
	{
		Name: "ruby", Family: "ruby", LineComment: "#", Block: [2]string{"=begin", "=end"}, grammar: grammarRuby,
		Declarations: []string{"method", "singleton_method", "class", "module", "block", "do_block", "lambda"},
	},
	{
		Name: "csharp", Family: "csharp", LineComment: "//", Block: slashes, grammar: grammarCSharp,
		Declarations: []string{
			"method_declaration", "constructor_declaration", "class_declaration", "struct_declaration", "interface_declaration", "enum_declaration", "record_declaration",
			"property_declaration", "field_declaration", "delegate_declaration", "local_function_statement", "lambda_expression", "namespace_declaration",
		},
		Imports: []string{"using_directive", "extern_alias_directive"},
	},
	{
		Name: "php", Family: "php", LineComment: "//", Block: slashes, grammar: grammarPHP, piece: grammarBarePHP, markup: "html", frame: []string{"php_tag"}, atom: "variable_name",
		Declarations: []string{
			"function_definition", "method_declaration", "class_declaration", "interface_declaration", "trait_declaration", "enum_declaration",
			"property_declaration", "const_declaration", "anonymous_function", "arrow_function",
		},
		Imports: []string{"namespace_use_declaration", "namespace_definition"},
	},
	{Name: "vue", Family: "typescript", LineComment: "//", Block: slashes, Newlines: true, scripts: true, markup: "html", Declarations: jsDeclarations, Imports: jsImports},
	{Name: "svelte", Family: "typescript", LineComment: "//", Block: slashes, Newlines: true, scripts: true, markup: "html", Declarations: jsDeclarations, Imports: jsImports},
}

// lexical rows know their comments only; they are cut into tokens.
var lexical = []Language{
	{Name: "css", Family: "css", Block: slashes},
	{Name: "scss", Family: "css", LineComment: "//", Block: slashes},
	{Name: "json", Family: "json"},
	{Name: "jsonc", Family: "json", LineComment: "//", Block: slashes},
	{Name: "yaml", Family: "yaml", LineComment: "#", Indented: true},
	{Name: "toml", Family: "toml", LineComment: "#"},
	{Name: "shellscript", Family: "shellscript", LineComment: "#"},
	{Name: "lua", Family: "lua", LineComment: "--"},
	{Name: "sql", Family: "sql", LineComment: "--", Block: slashes},
	{Name: "haskell", Family: "haskell", LineComment: "--", Block: [2]string{"{-", "-}"}},
	{Name: "html", Family: "html", Block: [2]string{"<!--", "-->"}},
	{Name: "kotlin", Family: "kotlin", LineComment: "//", Block: slashes},
	{Name: "swift", Family: "swift", LineComment: "//", Block: slashes},
	{Name: "graphql", Family: "graphql", LineComment: "#"},
}

// plain is what is assumed of a language without any row.
var plain = Language{LineComment: "//", Block: slashes}

// For returns the row of an LSP language identifier that has a grammar, nil
// for any other.
func For(languageID string) *Language {
	for i := range languages {
		if languages[i].Name == languageID {
			return &languages[i]
		}
	}
	return nil
}

// Row returns what is known of a language, with or without a grammar; it is
// never nil.
func Row(languageID string) *Language {
	if l := For(languageID); l != nil {
		return l
	}
	for i := range lexical {
		if lexical[i].Name == languageID {
			return &lexical[i]
		}
	}
	row := plain
	row.Name, row.Family = languageID, languageID
	return &row
}

// Names lists the languages that have a grammar.
func Names() []string {
	names := make([]string, len(languages))
	for i := range languages {
		names[i] = languages[i].Name
	}
	return names
}

// IsDeclaration reports whether kind is one of l.Declarations.
func (l *Language) IsDeclaration(kind string) bool { return contains(l.Declarations, kind) }

// IsImport reports whether kind is one of l.Imports.
func (l *Language) IsImport(kind string) bool { return contains(l.Imports, kind) }

func contains(list []string, s string) bool {
	return slices.Contains(list, s)
}

// A Kind is the kind of a node. The same name has the same Kind in every
// grammar, so that what was learned from JavaScript matches in TypeScript.
// Kinds are numbers of this process and are never stored.
type Kind uint16

// kindNames is the table of all kinds; it only grows, when a grammar is first
// loaded.
var kindNames = struct {
	sync.RWMutex
	names []string
	ids   map[string]Kind
}{ids: map[string]Kind{}}

// KindOf returns the Kind called name.
func KindOf(name string) Kind {
	kindNames.RLock()
	k, ok := kindNames.ids[name]
	kindNames.RUnlock()
	if ok {
		return k
	}
	kindNames.Lock()
	defer kindNames.Unlock()
	if k, ok := kindNames.ids[name]; ok {
		return k
	}
	k = Kind(len(kindNames.names))
	kindNames.names = append(kindNames.names, name)
	kindNames.ids[name] = k
	return k
}

// String returns k's name.
func (k Kind) String() string {
	kindNames.RLock()
	defer kindNames.RUnlock()
	if int(k) < len(kindNames.names) {
		return kindNames.names[k]
	}
	return ""
}

// Kinds of nodes that no grammar names.
var (
	KindError   = KindOf("ERROR")
	kindWord    = KindOf("‹word›")
	kindNumber  = KindOf("‹number›")
	kindPunct   = KindOf("‹punctuation›")
	kindContent = KindOf("‹content›")
	kindComment = KindOf("comment")
	kindFile    = KindOf("‹file›")
	kindGroup   = KindOf("‹group›")
	kindLine    = KindOf("‹statement›")
	kindItem    = KindOf("‹item›")
	kindOperand = KindOf("‹operand›")
	kindString  = KindOf("‹string›")
	kindMarkup  = KindOf("‹markup›")
	kindText    = KindOf("text")
)

// ready loads g.
func (g *grammar) ready() *grammar {
	g.once.Do(func() {
		g.lang = ts.NewLanguage(g.load())
		n := int(g.lang.NodeKindCount())
		g.kinds = make([]Kind, n)
		g.named = make([]bool, n)
		for i := range n {
			g.kinds[i] = KindOf(g.lang.NodeKindForId(uint16(i)))
			g.named[i] = g.lang.NodeKindIsNamed(uint16(i))
		}
	})
	return g
}

func (g *grammar) kind(id uint16) (Kind, bool) {
	if int(id) < len(g.kinds) {
		return g.kinds[id], g.named[id]
	}
	return KindError, true // 65535: an ERROR node
}

// isComment reports whether k is a kind of comment in any grammar.
func isComment(k Kind) bool {
	return commentKinds()[k]
}

var commentKinds = sync.OnceValue(func() map[Kind]bool {
	m := map[Kind]bool{}
	for n := range strings.FieldsSeq("comment line_comment block_comment html_comment doc_comment hash_bang_line") {
		m[KindOf(n)] = true
	}
	return m
})
