package pattern

import (
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

// builtins are the names that each language gives without an import.
var builtins = map[string]map[string]bool{
	"go":         wordSet(`append cap clear close complex copy delete imag len make max min new panic print println real recover any bool byte comparable error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr nil true false iota err`),
	"python":     wordSet(`abs all any bool bytearray bytes callable chr classmethod complex dict dir divmod enumerate eval filter float format frozenset getattr globals hasattr hash hex id input int isinstance issubclass iter len list locals map max memoryview min next object oct open ord pow print property range repr reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip Exception ValueError TypeError KeyError IndexError AttributeError RuntimeError OSError StopIteration NotImplementedError ImportError None True False self cls`),
	"typescript": wordSet(`Array ArrayBuffer BigInt Boolean Date Error Function Infinity Intl JSON Map Math NaN Number Object Promise Proxy Reflect RegExp Set String Symbol TypeError RangeError Uint8Array WeakMap WeakSet console document globalThis isNaN isFinite parseFloat parseInt process require setTimeout clearTimeout setInterval structuredClone undefined window fetch string number boolean any unknown never void object bigint symbol Record Partial Required Readonly Pick Omit Exclude Extract ReturnType length push pop map filter forEach reduce includes indexOf slice splice join toString then catch finally`),
	"rust":       wordSet(`Box Clone Copy Default Debug Display Drop Err From Into Iterator None Ok Option PartialEq Eq Hash Result Some String ToString Vec assert assert_eq bool char clone collect f32 f64 format i8 i16 i32 i64 isize iter into to_string to_owned u8 u16 u32 u64 u128 usize unwrap expect str println print panic vec self Self as_ref as_mut as_str is_some is_none is_ok is_err map len`),
	"java":       wordSet(`Object String Integer Long Double Float Boolean Character Byte Short Math System Override Exception RuntimeException IllegalArgumentException NullPointerException Iterable Comparable Thread StringBuilder equals hashCode toString length valueOf out println`),
	"c":          wordSet(`NULL nullptr size_t std printf malloc free string vector unique_ptr make_unique shared_ptr make_shared move begin end size int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t bool`),
	"csharp":     wordSet(`Action Array ArgumentException ArgumentNullException Attribute Boolean Console Convert DateTime Dictionary Enum Environment Exception Func Guid IDisposable IEnumerable IList Int32 Int64 InvalidOperationException KeyValuePair List Math NotImplementedException Nullable Object String StringBuilder StringComparison Task TimeSpan Tuple Type Uri Add Any Contains ContainsKey Count Dispose Equals First FirstOrDefault GetHashCode GetType HasValue IsNullOrEmpty IsNullOrWhiteSpace Join Length Select ToArray ToList ToString TryGetValue Value Where WriteLine args field value`),
	"php":        wordSet(`$this ArrayAccess Closure Countable DateTime DateTimeImmutable Error ErrorException Exception Generator InvalidArgumentException Iterator IteratorAggregate JsonException LogicException RuntimeException Stringable Throwable Traversable TypeError UnexpectedValueException array_filter array_key_exists array_keys array_map array_merge array_values bool count explode float implode in_array int intdiv is_array is_int is_null is_string iterable json_decode json_encode mixed never object parent preg_match printf self sprintf str_contains str_replace str_starts_with string strlen strpos substr trim true false null void __construct __toString`),
	"ruby":       wordSet(`Array Hash String Symbol Integer Float Kernel Object Class Module Struct StandardError puts print p require raise freeze nil? empty? zero? any? map each select reject to_s to_i to_a to_h to_sym new attr_reader attr_accessor length size first last`),
}

// stdModules are modules of standard libraries; Go's are those without a dot
// in their first part, Rust's start with std, core or alloc, Java's with java,
// C#'s with System.
var stdModules = map[string]map[string]bool{
	"python":     wordSet(`abc argparse array ast asyncio base64 bisect calendar collections concurrent configparser contextlib copy csv ctypes dataclasses datetime decimal difflib email enum errno fnmatch fractions functools gc getpass glob gzip hashlib heapq hmac html http importlib inspect io ipaddress itertools json logging math mimetypes multiprocessing numbers operator os pathlib pickle platform pprint queue random re secrets select shlex shutil signal socket sqlite3 ssl stat statistics string struct subprocess sys tempfile textwrap threading time timeit traceback types typing unicodedata unittest urllib uuid warnings weakref xml zipfile zlib zoneinfo __future__`),
	"typescript": wordSet(`assert buffer child_process cluster crypto dns events fs http http2 https net os path perf_hooks process querystring readline stream string_decoder timers tls url util v8 vm worker_threads zlib`),
	"ruby":       wordSet(`bigdecimal csv date digest erb fileutils json logger net open3 optparse ostruct pathname pp securerandom set shellwords socket stringio tempfile time timeout tmpdir tsort uri yaml zlib`),
}

// Shape lists the tokens that the edits insert, each with its class: what
// decides whether a repair may help in another workspace. tree is of before,
// nil for a language without a grammar.
func Shape(lang *syntax.Language, before string, tree *syntax.Tree, edits []analysis.Edit) []analysis.ShapeToken {
	imported := map[string]analysis.TokenClass{}
	if tree != nil {
		for _, s := range tree.Imports() {
			importNames(lang, before[s.Start:s.End], imported)
		}
	}
	ds := deltas(lang, before, edits)
	for _, d := range ds {
		if _, ok := isImport(lang, d.new); ok || placeIn(tree, d.span).imports {
			importNames(lang, d.new, imported)
		}
	}
	var out []analysis.ShapeToken
	for _, d := range ds {
		f := syntax.Lex(lang, d.new, false, analysis.Span{End: len(d.new)})
		inImport := false
		if _, ok := isImport(lang, d.new); ok || placeIn(tree, d.span).imports {
			inImport = true
		}
		from := analysis.TokenClass("") // class of the name before a dot
		for i := range f.Tokens {
			text := f.Tok(int32(i))
			t := analysis.ShapeToken{Text: text, Class: analysis.TokenKeyword}
			switch f.Tokens[i].Class {
			case syntax.Number:
				t.Class = analysis.TokenLiteral
			case syntax.Content:
				t.Class = analysis.TokenLiteral
				if inImport {
					t.Class = moduleClass(lang, text)
				}
			case syntax.Word:
				switch {
				case isKeyword(lang, text):
				case from != "":
					t.Class = from
				case imported[text] != "":
					t.Class = imported[text]
				case builtins[lang.Family][text]:
					t.Class = analysis.TokenStdlib
				case inImport:
					t.Class = moduleClass(lang, text)
				default:
					t.Class = analysis.TokenProject
				}
			}
			if isSelector(text) {
				if i > 0 && len(out) > 0 && out[len(out)-1].Class != analysis.TokenKeyword && out[len(out)-1].Class != analysis.TokenLiteral {
					from = out[len(out)-1].Class
				}
			} else {
				from = ""
			}
			out = append(out, t)
		}
	}
	return out
}

func isSelector(s string) bool {
	switch s {
	case ".", "::", "?.", "->", "?->":
		return true
	}
	return false
}

// importNames notes the names that an import brings, with their class.
func importNames(lang *syntax.Language, text string, into map[string]analysis.TokenClass) {
	for line := range strings.SplitSeq(text, "\n") {
		toks := syntax.Words(lang, line)
		class := analysis.TokenClass("")
		for _, t := range toks { // the module decides
			if isKeyword(lang, t) || !isModule(t) {
				continue
			}
			c := moduleClass(lang, t)
			if class == "" || lang.Family == "typescript" || lang.Family == "go" {
				class = c
			}
		}
		for _, t := range toks {
			if i := strings.LastIndexAny(t, "/."); i >= 0 {
				t = t[i+1:]
			}
			if t != "" && isName(t) && !isKeyword(lang, t) && class != "" {
				into[t] = class
			}
		}
	}
}

func isModule(t string) bool { return t != "" && (isName(t) || t[0] == '.' || t[0] == '@') }

func moduleClass(lang *syntax.Language, module string) analysis.TokenClass {
	if strings.HasPrefix(module, ".") {
		return analysis.TokenProject
	}
	first, _, _ := strings.Cut(module, "/")
	switch lang.Family {
	case "go":
		if !strings.Contains(first, ".") {
			return analysis.TokenStdlib
		}
	case "rust":
		if module == "std" || module == "core" || module == "alloc" {
			return analysis.TokenStdlib
		}
		if module == "crate" || module == "self" || module == "super" {
			return analysis.TokenProject
		}
	case "java":
		if module == "java" || module == "javax" {
			return analysis.TokenStdlib
		}
	case "csharp":
		if module == "System" || strings.HasPrefix(module, "System.") {
			return analysis.TokenStdlib
		}
	case "typescript":
		if strings.HasPrefix(module, "node:") {
			return analysis.TokenStdlib
		}
	}
	head, _, _ := strings.Cut(first, ".")
	if stdModules[lang.Family][head] {
		return analysis.TokenStdlib
	}
	return analysis.TokenDependency
}

// keywords by family; what is not one is a name.
var keywords = map[string]map[string]bool{
	"go":         wordSet(`break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var`),
	"python":     wordSet(`and as assert async await break class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield`),
	"typescript": wordSet(`abstract as async await break case catch class const continue debugger declare default delete do else enum export extends false finally for from function get if implements import in infer instanceof interface is keyof let namespace new null of override private protected public readonly return satisfies set static super switch this throw true try type typeof var void while with yield`),
	"rust":       wordSet(`as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub raw ref return static struct super trait true type union unsafe use where while`),
	"java":       wordSet(`abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally float for if implements import instanceof int interface long native new null package private protected public record return short static super switch synchronized this throw throws transient true false try var void volatile while yield`),
	"c":          wordSet(`auto break case catch char class const constexpr const_cast continue default delete do double dynamic_cast else enum explicit extern false final float for friend if inline int long mutable namespace new noexcept operator override private protected public register reinterpret_cast return short signed sizeof static static_cast struct switch template this throw true try typedef typename union unsigned using virtual void volatile while include define ifdef ifndef endif pragma`),
	"csharp":     wordSet(`abstract as async await base bool break byte case catch char checked class const continue decimal default delegate do double dynamic else enum event explicit extern false file finally fixed float for foreach get global goto if implicit in init int interface internal is lock long nameof namespace new not null object operator or out override params partial private protected public readonly record ref required return sbyte sealed set short sizeof stackalloc static string struct switch this throw true try typeof uint ulong unchecked unsafe ushort using var virtual void volatile when where while with yield`),
	"php":        wordSet(`abstract and array as break callable case catch class clone const continue declare default do echo else elseif empty enddeclare endfor endforeach endif endswitch endwhile enum extends final finally fn for foreach function global goto if implements include include_once instanceof insteadof interface isset list match namespace new or print private protected public readonly require require_once return static switch throw trait try unset use var while xor yield strict_types`),
	"ruby":       wordSet(`alias and begin break case class def defined? do else elsif end ensure false for if in module next nil not or redo rescue retry return self super then true undef unless until when while yield`),
}

func isKeyword(lang *syntax.Language, s string) bool { return keywords[lang.Family][s] }
