package trace

import (
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// names are the failing line's own, for sentences and examples. What the line
// does not have gets a plain name.
type names struct {
	language string
	line     string
	recv     string // what was null, or of the wrong type
	coll     string // what was indexed
	index    string
	key      string
	fn       string // the failing function
	name     string // what is not defined, or missing
	typ      string
	found    bool // recv, or coll, came from the line
	throws   bool // the line itself throws
}

func namesOf(t *analysis.Trace, f *analysis.Frame, kind analysis.IssueKind, line string) names {
	if family(t.Language) == "go" && strings.HasPrefix(line, "func ") {
		// A function on one line: its body is what failed.
		if _, body, ok := strings.Cut(line, "{ "); ok {
			line = strings.TrimSuffix(body, " }")
		}
	}
	n := names{language: family(t.Language), line: line, typ: t.Type, fn: strings.ReplaceAll(f.Function, "[...]", "")}
	if t.Language == "kotlin" {
		n.language = "kotlin"
	}
	if k := strings.LastIndexAny(n.fn, "./:>\\"); k >= 0 && n.language != "ruby" {
		n.fn = n.fn[k+1:]
	}
	if strings.HasPrefix(n.fn, "<") || strings.HasPrefix(n.fn, "{") || strings.HasPrefix(n.fn, "func") && len(n.fn) < 7 || strings.Contains(n.fn, " ") {
		n.fn = ""
	}
	switch kind {
	case analysis.MissingBoundaryValidation:
		n.coll, n.index = subscript(line, false)
		n.found = n.coll != ""
	case analysis.MissingKey:
		n.coll, n.key = subscript(line, true)
		n.found = n.coll != ""
		if n.key == "" && n.language == "python" {
			n.key = t.Message
		}
	case analysis.MissingNullChecks, analysis.TypeConfusion, analysis.UnhandledNoneValue:
		n.recv = receiver(&n, t.Message)
		n.found = n.recv != ""
	case analysis.UndefinedName, analysis.MissingDependency:
		n.name = quoted(t.Message)
	}
	for _, p := range [...]string{"raise ", "throw ", "panic(", "panic!(", "fail(", "abort("} {
		n.throws = n.throws || strings.HasPrefix(line, p) || line+" " == p
	}
	or := func(s *string, def string) {
		if *s == "" || len(*s) > 200 {
			*s = def
		}
	}
	or(&n.fn, "this function")
	or(&n.recv, map[string]string{"php": "$value"}[n.language])
	or(&n.recv, "value")
	or(&n.coll, map[string]string{"php": "$items"}[n.language])
	or(&n.coll, "items")
	or(&n.index, "index")
	or(&n.key, "key")
	or(&n.name, "the name")
	or(&n.typ, "the error")
	return n
}

// variable is the one name that an issue is about, where the line told.
func (n *names) variable(kind analysis.IssueKind, given string) string {
	switch {
	case given != "":
		return given
	case !n.found:
		return ""
	case kind == analysis.MissingBoundaryValidation || kind == analysis.MissingKey:
		return n.coll
	}
	return n.recv
}

// sentence fills a sentence. Names that the line does not have are none there.
func (n names) sentence(s string) string {
	if !n.found {
		n.recv, n.coll, n.index, n.key = "the value", "the collection", "the index", "such key"
	}
	return n.fill(s)
}

// nulls are the languages' words.
var nulls = map[string]string{"python": "None", "ruby": "nil", "go": "nil", "rust": "None", "javascript": "null or undefined"}

func (n *names) fill(s string) string {
	null := nulls[n.language]
	if null == "" {
		null = "null"
	}
	line := n.line
	if line == "" {
		line = "…"
	}
	return strings.NewReplacer(
		"{line}", line, "{recv}", n.recv, "{coll}", n.coll, "{index}", n.index, "{key}", n.key,
		"{fn}", n.fn, "{name}", n.name, "{type}", n.typ, "{null}", null, "{word}", word(n.recv),
	).Replace(s)
}

// word is an expression as part of a message in quotes.
func word(s string) string { return strings.NewReplacer(`"`, "", `'`, "", `\`, "", "`", "").Replace(s) }

// example is code in the trace's language, "" where there is none.
func (n *names) example(kind analysis.IssueKind) string {
	if kind == analysis.UnhandledNoneValue {
		kind = analysis.MissingNullChecks
	}
	form := examples[kind][n.language]
	if form == "" && n.language == "kotlin" {
		form = examples[kind]["java"]
	}
	if kind == analysis.MissingBoundaryValidation && !plainIndex(n.index) {
		n.index = "index"
		if n.found && n.line != "" {
			form = strings.ReplaceAll(form, "{line}", "…")
		}
	}
	if n.fn == "this function" && strings.Contains(form, "{fn}") {
		n.fn = "visit"
	}
	return n.fill(form)
}

// plainIndex reports whether an index can stand in a condition.
func plainIndex(s string) bool {
	return s != "" && !strings.ContainsAny(s, ":,;{}\"'") && len(s) < 60
}

// examples, one for each kind and language. The line is the failing one.
var examples = map[analysis.IssueKind]map[string]string{
	analysis.MissingNullChecks: {
		"python":     "if {recv} is None:\n    raise ValueError(\"{word} is missing\")\n{line}",
		"javascript": "if ({recv} == null) {\n  throw new Error(\"{word} is missing\");\n}\n{line}",
		"go":         "if {recv} == nil {\n\treturn errors.New(\"{word} is nil\")\n}\n{line}",
		"java":       "if ({recv} == null) {\n    throw new IllegalStateException(\"{word} is missing\");\n}\n{line}",
		"kotlin":     "val known = {recv} ?: error(\"{word} is missing\")",
		"rust":       "let Some(known) = {recv} else {\n    return Err(\"{word} is missing\".into());\n};",
		"ruby":       "raise ArgumentError, \"{word} is missing\" if {recv}.nil?\n{line}",
		"csharp":     "if ({recv} is null)\n{\n    throw new InvalidOperationException(\"{word} is missing\");\n}\n{line}",
		"php":        "if ({recv} === null) {\n    throw new \\InvalidArgumentException('{word} is missing');\n}\n{line}",
		"dart":       "if ({recv} == null) {\n  throw StateError('{word} is missing');\n}\n{line}",
	},
	analysis.MissingBoundaryValidation: {
		"python":     "if not 0 <= {index} < len({coll}):\n    raise IndexError(f\"{index}: {coll} has {len({coll})}\")\n{line}",
		"javascript": "if ({index} < 0 || {index} >= {coll}.length) {\n  throw new RangeError(`${{index}}: of ${{coll}.length}`);\n}\n{line}",
		"go":         "if {index} < 0 || {index} >= len({coll}) {\n\treturn fmt.Errorf(\"%d: of %d\", {index}, len({coll}))\n}\n{line}",
		"java":       "Objects.checkIndex({index}, {coll}.size()); // .length of an array\n{line}",
		"kotlin":     "val item = {coll}.getOrNull({index}) ?: error(\"{index}: of ${{coll}.size}\")",
		"rust":       "let Some(item) = {coll}.get({index}) else {\n    return Err(format!(\"{}: of {}\", {index}, {coll}.len()).into());\n};",
		"ruby":       "item = {coll}.fetch({index}) { |i| raise IndexError, \"#{i}: of #{{coll}.size}\" }",
		"csharp":     "if ({index} < 0 || {index} >= {coll}.Count)\n{\n    throw new ArgumentOutOfRangeException(nameof({index}));\n}\n{line}",
		"php":        "if (!isset({coll}[{index}])) {\n    throw new \\OutOfRangeException(\"no item {index}\");\n}\n{line}",
	},
	analysis.MissingRecursionBaseCase: {
		"python":     "def {fn}(n):\n    if n <= 0:  # where it ends\n        return 1\n    return n * {fn}(n - 1)",
		"javascript": "function {fn}(n) {\n  if (n <= 0) return 1; // where it ends\n  return n * {fn}(n - 1);\n}",
		"go":         "func {fn}(n int) int {\n\tif n <= 0 { // where it ends\n\t\treturn 1\n\t}\n\treturn n * {fn}(n-1)\n}",
		"java":       "int {fn}(int n) {\n    if (n <= 0) return 1; // where it ends\n    return n * {fn}(n - 1);\n}",
		"rust":       "fn {fn}(n: u64) -> u64 {\n    if n == 0 {\n        return 1; // where it ends\n    }\n    n * {fn}(n - 1)\n}",
		"ruby":       "def {fn}(n)\n  return 1 if n <= 0 # where it ends\n  n * {fn}(n - 1)\nend",
		"csharp":     "int {fn}(int n) => n <= 0 ? 1 : n * {fn}(n - 1); // n <= 0 is where it ends",
		"php":        "function {fn}(int $n): int {\n    if ($n <= 0) return 1; // where it ends\n    return $n * {fn}($n - 1);\n}",
	},
	analysis.MissingKey: {
		"python": "value = {coll}.get({key})\nif value is None:\n    raise KeyError({key})",
		"java":   "var value = {coll}.get({key});\nif (value == null) {\n    throw new IllegalArgumentException(\"no \" + {key});\n}",
		"rust":   "let Some(value) = {coll}.get(&{key}) else {\n    return Err(\"no such key\".into());\n};",
		"ruby":   "value = {coll}.fetch({key}) { |k| raise KeyError, \"no #{k}\" }",
		"csharp": "if (!{coll}.TryGetValue({key}, out var value))\n{\n    throw new KeyNotFoundException($\"no {{key}}\");\n}",
		"php":    "$value = {coll}[{key}] ?? throw new \\InvalidArgumentException('no such key');",
	},
	analysis.TypeConfusion: {
		"python":     "if not isinstance({recv}, expected):\n    raise TypeError(f\"{word} is a {type({recv}).__name__}\")\n{line}",
		"javascript": "if (typeof {recv} !== \"function\") { // or the type that is meant\n  throw new TypeError(\"{word} is a \" + typeof {recv});\n}\n{line}",
		"go":         "v, ok := {recv}.(T) // the type that is meant\nif !ok {\n\treturn fmt.Errorf(\"{word} is a %T\", {recv})\n}",
		"java":       "if (!({recv} instanceof Expected known)) {\n    throw new IllegalArgumentException(\"{word} is a \" + {recv}.getClass());\n}",
		"ruby":       "raise TypeError, \"{word} is a #{{recv}.class}\" unless {recv}.is_a?(Expected)\n{line}",
		"csharp":     "if ({recv} is not Expected known)\n{\n    throw new ArgumentException($\"{word} is a {{recv}.GetType()}\");\n}",
		"php":        "if (!{recv} instanceof Expected) {\n    throw new \\TypeError('{word} is a ' . get_debug_type({recv}));\n}\n{line}",
	},
	analysis.ArithmeticFault: {
		"python":     "if divisor == 0:\n    raise ValueError(\"nothing to divide by\")\n{line}",
		"javascript": "if (divisor === 0) throw new RangeError(\"nothing to divide by\");\n{line}",
		"go":         "if divisor == 0 {\n\treturn errors.New(\"nothing to divide by\")\n}\n{line}",
		"java":       "if (divisor == 0) {\n    throw new IllegalArgumentException(\"nothing to divide by\");\n}\n{line}",
		"rust":       "let Some(result) = a.checked_mul(b) else { // or checked_div, checked_sub, …\n    return Err(\"too large\".into());\n};",
		"ruby":       "raise ArgumentError, \"nothing to divide by\" if divisor.zero?\n{line}",
		"csharp":     "if (divisor == 0)\n{\n    throw new ArgumentException(\"nothing to divide by\");\n}\n{line}",
		"php":        "if ($divisor === 0) {\n    throw new \\InvalidArgumentException('nothing to divide by');\n}\n{line}",
	},
	analysis.UnhandledError: {
		"python":     "try:\n    {line}\nexcept {type} as e:\n    raise RuntimeError(\"what was being done\") from e",
		"javascript": "try {\n  {line}\n} catch (e) {\n  throw new Error(\"what was being done\", { cause: e });\n}",
		"go":         "if err != nil {\n\treturn fmt.Errorf(\"what was being done: %w\", err)\n}",
		"java":       "try {\n    {line}\n} catch ({type} e) {\n    throw new IllegalStateException(\"what was being done\", e);\n}",
		"rust":       "let value = match result {\n    Ok(value) => value,\n    Err(e) => return Err(format!(\"what was being done: {e}\").into()),\n};",
		"ruby":       "begin\n  {line}\nrescue {type} => e\n  raise \"what was being done: #{e.message}\"\nend",
		"csharp":     "try\n{\n    {line}\n}\ncatch ({type} e)\n{\n    throw new InvalidOperationException(\"what was being done\", e);\n}",
		"php":        "try {\n    {line}\n} catch ({type} $e) {\n    throw new \\RuntimeException('what was being done', 0, $e);\n}",
	},
	analysis.InvalidValue: {
		"python":     "try:\n    {line}\nexcept ValueError as e:\n    raise ValueError(f\"what it was: {e}\") from e",
		"javascript": "if (!Number.isFinite(value)) { // or the check that is meant\n  throw new RangeError(`not usable: ${value}`);\n}\n{line}",
		"java":       "try {\n    {line}\n} catch (IllegalArgumentException e) {\n    throw new IllegalArgumentException(\"what it was\", e);\n}",
		"rust":       "let value: i64 = text.parse().map_err(|e| format!(\"{text}: {e}\"))?;",
		"csharp":     "if (!int.TryParse(text, out var value))\n{\n    throw new FormatException($\"not a number: {text}\");\n}",
		"ruby":       "value = Integer(text, exception: false) or raise ArgumentError, \"not a number: #{text}\"",
	},
	analysis.ConcurrencyHazard: {
		"python":     "with lock:\n    {line}",
		"go":         "mu.Lock()\ndefer mu.Unlock()\n{line}",
		"java":       "synchronized (lock) {\n    {line}\n}",
		"rust":       "let mut guard = shared.lock().unwrap_or_else(|e| e.into_inner());",
		"ruby":       "mutex.synchronize do\n  {line}\nend",
		"csharp":     "lock (gate)\n{\n    {line}\n}",
		"javascript": "await previous; // one after the other\n{line}",
	},
	analysis.MissingFile: {
		"python":     "path = pathlib.Path(__file__).parent / name\nif not path.exists():\n    raise FileNotFoundError(path)\n{line}",
		"go":         "if errors.Is(err, fs.ErrNotExist) {\n\treturn fmt.Errorf(\"%s is not there: %w\", name, err)\n}",
		"java":       "if (!Files.exists(path)) {\n    throw new FileNotFoundException(path.toAbsolutePath().toString());\n}\n{line}",
		"javascript": "const file = new URL(name, import.meta.url); // beside this module, not the working folder\n{line}",
	},
	analysis.BadEncoding: {
		"python": "with open(name, encoding=\"utf-8\", errors=\"replace\") as f:\n    text = f.read()",
		"java":   "String text = Files.readString(path, StandardCharsets.UTF_8);",
		"rust":   "let text = String::from_utf8_lossy(&bytes);",
		"ruby":   "text = File.read(name, encoding: \"UTF-8\").scrub",
		"csharp": "var text = File.ReadAllText(name, Encoding.UTF8);",
	},
	analysis.BadConfiguration: {
		"python":     "value = os.environ.get(\"NAME\")\nif not value:\n    raise SystemExit(\"set NAME\")",
		"javascript": "const value = process.env.NAME;\nif (!value) throw new Error(\"set NAME\");",
		"go":         "value, ok := os.LookupEnv(\"NAME\")\nif !ok {\n\treturn errors.New(\"set NAME\")\n}",
		"rust":       "let value = std::env::var(\"NAME\").map_err(|_| \"set NAME\")?;",
		"ruby":       "value = ENV.fetch(\"NAME\") { abort \"set NAME\" }",
	},
	analysis.Timeout: {
		"python":     "async with asyncio.timeout(5):  # seconds\n    {line}",
		"go":         "ctx, cancel := context.WithTimeout(ctx, 5*time.Second)\ndefer cancel()",
		"javascript": "await Promise.race([work, new Promise((_, no) => setTimeout(no, 5000, new Error(\"not ready\")))]);",
		"java":       "future.get(5, TimeUnit.SECONDS);",
	},
}

// receiver is what was null or of the wrong type: the expression before the
// member that the message names, else the first that the line reaches into.
func receiver(n *names, msg string) string {
	line := n.line
	switch n.language {
	case "java", "kotlin":
		// Helpful messages name it: because "user.name" is null.
		if _, rest, ok := strings.Cut(msg, `because "`); ok {
			if name, _, ok := strings.Cut(rest, `"`); ok && !strings.HasPrefix(name, "<") && name != "" {
				return name
			}
		}
	case "javascript":
		if _, rest, ok := strings.Cut(msg, "(evaluating '"); ok {
			if e, _, ok := strings.Cut(rest, "'"); ok {
				if k := strings.LastIndexByte(e, '.'); k > 0 {
					return e[:k]
				}
			}
		}
		for _, p := range [...]string{" is undefined", " is null", " is not a function", " is not iterable"} {
			if k := strings.Index(msg, p); k > 0 {
				e := msg[:k]
				return e[strings.LastIndexByte(e, ' ')+1:]
			}
		}
	}
	if line == "" {
		return ""
	}
	member := quoted(msg)
	if n.language == "php" {
		if _, rest, ok := strings.Cut(msg, "function "); ok {
			member, _, _ = strings.Cut(rest, "(")
		}
	}
	if strings.Contains(msg, "NoneType' object has no attribute '") {
		_, rest, _ := strings.Cut(msg, "no attribute '")
		member, _, _ = strings.Cut(rest, "'")
	}
	for _, op := range [...]string{"?.", ".", "->"} {
		if member == "" {
			break
		}
		for from := 0; ; {
			k := strings.Index(line[from:], op+member)
			if k < 0 {
				break
			}
			k += from
			end := k + len(op) + len(member)
			if e := before(line, k); e != "" && (end == len(line) || !isWord(line[end])) {
				return e
			}
			from = end
		}
	}
	if n.language == "rust" {
		for _, m := range [...]string{".unwrap()", ".expect("} {
			if k := strings.Index(line, m); k > 0 {
				return before(line, k)
			}
		}
		return ""
	}
	op := "."
	if n.language == "php" {
		op = "->"
	}
	// The last but one: of a.b.c the last member was asked of a.b.
	for from := 0; ; {
		k := strings.Index(line[from:], op)
		if k < 0 {
			return dereferenced(n.language, line)
		}
		k += from
		if e := before(line, k); e != "" && !packageLike(n.language, e) && k+len(op) < len(line) && isWordStart(line[k+len(op)]) {
			return e
		}
		from = k + len(op)
	}
}

// dereferenced is p of *p in Go.
func dereferenced(language, line string) string {
	k := strings.IndexByte(line, '*')
	if language != "go" || k < 0 || k+1 == len(line) || !isWordStart(line[k+1]) || k > 0 && (isWord(line[k-1]) || line[k-1] == ' ' && k > 1 && isWord(line[k-2]) && !strings.HasSuffix(line[:k], "return ")) {
		return ""
	}
	end := k + 1
	for end < len(line) && isWord(line[end]) {
		end++
	}
	return line[k+1 : end]
}

// goPackages are the standard library's that a line of Go is likely to call.
var goPackages = []string{
	"bytes", "context", "errors", "fmt", "http", "io", "json", "log", "maps", "math", "os", "slices", "sort", "strconv", "strings", "time",
}

// packageLike reports whether a name before a dot is rather a package or class.
func packageLike(language, e string) bool {
	switch language {
	case "go":
		return slices.Contains(goPackages, e)
	case "java", "csharp", "kotlin":
		return isUpper(e[0]) || e == "this"
	}
	return e == "self" || e == "this"
}

// before returns the expression that ends at k: names, members, calls, indices.
func before(s string, k int) string {
	i := k
	for i > 0 {
		c := s[i-1]
		switch {
		case isWord(c) || c == '.' || c == '$' || c == '@':
			i--
		case c == '>' && i > 1 && s[i-2] == '-':
			i -= 2
		case c == '?' || c == '!':
			i--
		case c == ')' || c == ']':
			depth := 0
			j := i
			for j > 0 {
				j--
				if s[j] == ')' || s[j] == ']' {
					depth++
				} else if s[j] == '(' || s[j] == '[' {
					if depth--; depth == 0 {
						break
					}
				}
			}
			if depth != 0 {
				return ""
			}
			i = j
		default:
			goto done
		}
	}
done:
	e := strings.TrimLeft(s[i:k], ".!?")
	if e == "" || isDigit(e[0]) || strings.HasPrefix(e, "(") && !strings.Contains(e, ").") {
		return ""
	}
	return e
}

// subscript returns the collection and the index of the failing access: coll[i],
// coll.get(i), coll.charAt(i). Of several the last is taken where keys is set.
func subscript(line string, keys bool) (coll, index string) {
	for k := range len(line) {
		switch {
		case line[k] == '[' && k > 0 && (isWord(line[k-1]) || line[k-1] == ')' || line[k-1] == ']'):
			coll2 := before(line, k)
			if coll2 == "" {
				continue
			}
			if end := closing(line, k); end > 0 {
				in := strings.TrimSpace(line[k+1 : end])
				if in != "" && (keys || in[0] != '"' && in[0] != '\'') {
					coll, index = coll2, in
					if !keys {
						return coll, index
					}
				}
			}
		case strings.HasPrefix(line[k:], ".get(") || strings.HasPrefix(line[k:], ".charAt(") || strings.HasPrefix(line[k:], ".at("):
			open := k + strings.IndexByte(line[k:], '(')
			if end := closing(line, open); end > 0 && before(line, k) != "" {
				coll, index = before(line, k), line[open+1:end]
				if !keys {
					return coll, index
				}
			}
		}
	}
	return coll, index
}

// closing returns where the bracket at open is closed, -1 when it is not.
func closing(s string, open int) int {
	depth := 0
	for i := open; i < len(s); i++ {
		switch s[i] {
		case '[', '(', '{':
			depth++
		case ']', ')', '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// quoted returns the last piece of a message in quotes, without what Ruby puts
// after it.
func quoted(s string) string {
	if k := strings.IndexByte(s, '\n'); k >= 0 {
		s = s[:k]
	}
	last := ""
	for i := 0; i < len(s); i++ {
		if s[i] != '\'' && s[i] != '"' && s[i] != '`' {
			continue
		}
		quote := s[i]
		if s[i] == '`' && strings.IndexByte(s[i+1:], '`') < 0 {
			quote = '\''
		}
		end := strings.IndexByte(s[i+1:], quote)
		if end < 0 {
			break
		}
		last = s[i+1 : i+1+end]
		i += end + 1
	}
	if strings.ContainsAny(last, " \t") {
		return ""
	}
	return last
}
