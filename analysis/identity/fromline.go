package identity

import (
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// extensions maps file name extensions to LSP language identifiers.
var extensions = map[string]string{
	".go": "go", ".py": "python", ".pyi": "python", ".ts": "typescript", ".mts": "typescript", ".cts": "typescript",
	".tsx": "typescriptreact", ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".jsx": "javascriptreact",
	".vue": "vue", ".svelte": "svelte", ".rs": "rust", ".java": "java", ".c": "c", ".h": "c", ".cc": "cpp", ".cpp": "cpp",
	".cxx": "cpp", ".hh": "cpp", ".hpp": "cpp", ".m": "objective-c", ".rb": "ruby", ".cs": "csharp", ".php": "php",
	".kt": "kotlin", ".swift": "swift", ".sh": "shellscript", ".bash": "shellscript", ".lua": "lua", ".css": "css", ".scss": "scss",
	".json": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".md": "markdown", ".zig": "zig", ".ex": "elixir",
	".exs": "elixir", ".hs": "haskell", ".scala": "scala", ".sql": "sql", ".tf": "terraform", ".proto": "proto", ".dart": "dart",
}

// A lineForm is how one family of tools prints a diagnostic. The groups of its
// expression are named path, line, col, sev, code, msg.
type lineForm struct {
	name string
	re   *regexp.Regexp
	// languages are those whose files it may speak of; nil means any.
	languages map[string]bool
	source    string
}

func languages(list ...string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, l := range list {
		m[l] = true
	}
	return m
}

var scripts = languages("typescript", "typescriptreact", "javascript", "javascriptreact", "vue", "svelte")

// where is the place of a diagnostic: a path (with a drive letter on Windows),
// line and perhaps column.
const where = `(?P<path>(?:[A-Za-z]:[\\/])?[^:()\s][^:()]*?):(?P<line>\d+)(?::(?P<col>\d+))?`

// lineForms are tried in order; the first that fits counts.
var lineForms = []lineForm{
	{"tsc", regexp.MustCompile(`^(?P<path>(?:[A-Za-z]:)?[^:()]+)\((?P<line>\d+),(?P<col>\d+)\): (?P<sev>error|warning|message) (?P<code>TS\d+): (?P<msg>.+)$`), scripts, "tsc"},
	{"tsc pretty", regexp.MustCompile(`^` + where + ` - (?P<sev>error|warning|message) (?P<code>TS\d+): (?P<msg>.+)$`), scripts, "tsc"},
	{"pyright", regexp.MustCompile(`^` + where + ` - (?P<sev>error|warning|information): (?P<msg>.+?)(?: \((?P<code>report[A-Za-z]+)\))?$`), languages("python"), "pyright"},
	{"rustc", regexp.MustCompile(`^` + where + `: (?P<sev>error|warning)(?:\[(?P<code>[A-Za-z0-9_:]+)\])?: (?P<msg>.+)$`), languages("rust"), "rustc"},
	{"mypy", regexp.MustCompile(`^` + where + `: (?P<sev>error|warning|note): (?P<msg>.+?)(?:  \[(?P<code>[a-z][a-z-]*)\])?$`), languages("python"), "mypy"},
	{"ruff", regexp.MustCompile(`^` + where + `: (?P<code>[A-Z]{1,5}\d{1,4}) (?:\[\*\] )?(?P<msg>.+)$`), languages("python"), "ruff"},
	{"ruff syntax", regexp.MustCompile(`^` + where + `: (?P<code>SyntaxError|invalid-syntax): (?P<msg>.+)$`), languages("python"), "ruff"},
	{"pylint", regexp.MustCompile(`^` + where + `: [A-Z]\d{4}: (?P<msg>.+?) \((?P<code>[a-z][a-z-]+)\)$`), languages("python"), "pylint"},
	{"rubocop", regexp.MustCompile(`^` + where + `: (?P<sev>[CWEFRI]): (?:\[[A-Za-z]+\] )?(?P<code>[A-Z]\w*(?:/\w+)+): (?P<msg>.+)$`), languages("ruby"), "rubocop"},
	{"eslint unix", regexp.MustCompile(`^` + where + `: (?P<msg>.+) \[(?P<sev>Error|Warning)(?:/(?P<code>[@\w/-]+))?\]$`), scripts, "eslint"},
	{"eslint compact", regexp.MustCompile(`^(?P<path>(?:[A-Za-z]:)?[^:]+): line (?P<line>\d+), col (?P<col>\d+), (?P<sev>Error|Warning) - (?P<msg>.+?)(?: \((?P<code>[@\w/-]+)\))?$`), scripts, "eslint"},
	{"go", regexp.MustCompile(`^` + where + `: (?P<msg>.+?)(?: \((?P<code>[A-Z]{1,3}\d{4}|` + goLinters + `)\))?$`), languages("go"), "go build"},
	{"gcc", regexp.MustCompile(`^` + where + `: (?P<sev>fatal error|error|warning|remark): (?P<msg>.+?)(?: \[(?P<code>[\w.=+-]+)(?:,[\w.=,+-]+)?\])?$`), nil, ""},
}

// goLinters are the names that golangci-lint prints after a message.
const goLinters = `errcheck|govet|staticcheck|unused|ineffassign|gosimple|stylecheck|revive|gocritic|typecheck|gosec|misspell|` +
	`unparam|unconvert|bodyclose|noctx|prealloc|nilerr|nilnil|errorlint|errname|exhaustive|goconst|gocyclo|gocognit|lll|whitespace|wsl|` +
	`godot|gofmt|gofumpt|goimports|dupl|depguard|forbidigo|funlen|nestif|wrapcheck|copyloopvar|intrange|perfsprint|testifylint`

// stylish is eslint's own form, which names the file on a line before.
var stylish = regexp.MustCompile(`^\s+(\d+):(\d+)\s+(error|warning)\s+(.+?)\s{2,}([@\w/-]+)$`)

// colour are terminal colours; stamp is the time that CI puts before lines.
var (
	colour = regexp.MustCompile("\x1b\\[[0-9;:]*m")
	stamp  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z `)
)

// severities are the words that tools print.
var severities = map[string]analysis.Severity{
	"error": analysis.SeverityError, "fatal error": analysis.SeverityError, "warning": analysis.SeverityWarning,
	"information": analysis.SeverityInformation, "message": analysis.SeverityInformation, "note": analysis.SeverityInformation,
	"remark": analysis.SeverityInformation,
	"E":      analysis.SeverityError, "F": analysis.SeverityError, "W": analysis.SeverityWarning,
	"C": analysis.SeverityInformation, "R": analysis.SeverityInformation, "I": analysis.SeverityInformation,
}

// FromLine reads one line that a compiler or linter printed: where it is (line
// and col from 1, col 0 when not printed), what it says, and the LSP
// identifier of the file's language. A line of eslint's stylish form has no
// path, and so no language but JavaScript's. The diagnostic has no span. Notes
// and lines that are no diagnostic give false; whatever the line, there is no
// error.
func FromLine(s string) (file string, line, col int, d analysis.Diagnostic, language string, ok bool) {
	s = colour.ReplaceAllString(s, "")
	s = stamp.ReplaceAllString(s, "")
	s = strings.TrimRight(s, " \t\r\n")
	if len(s) > 2*maxMessage {
		return "", 0, 0, d, "", false
	}
	if m := stylish.FindStringSubmatch(s); m != nil {
		d = analysis.Diagnostic{Source: "eslint", Code: m[5], Message: m[4], Severity: severities[m[3]], NoSpan: true}
		return "", number(m[1]), number(m[2]), d, "javascript", true
	}
	indented := strings.HasPrefix(s, " ") || strings.HasPrefix(s, "\t")
	s = strings.TrimLeft(s, " \t")
	vet := false
	if rest, cut := strings.CutPrefix(s, "vet: "); cut {
		s, vet = rest, true
	}
	for i := range lineForms {
		f := &lineForms[i]
		m := f.re.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		get := func(name string) string {
			if n := f.re.SubexpIndex(name); n >= 0 {
				return m[n]
			}
			return ""
		}
		file = get("path")
		language = extensions[strings.ToLower(path.Ext(strings.ReplaceAll(file, `\`, "/")))]
		if f.languages != nil && !f.languages[language] || language == "" {
			continue
		}
		if f.name == "go" && (indented || get("col") == "") {
			continue // the other place of an error, or what a test logged
		}
		if get("sev") == "note" {
			return "", 0, 0, analysis.Diagnostic{}, "", false
		}
		d = analysis.Diagnostic{Source: f.source, Code: get("code"), Message: get("msg"), NoSpan: true}
		if d.Severity = severities[get("sev")]; d.Severity == 0 {
			d.Severity = severities[strings.ToLower(get("sev"))]
		}
		if d.Severity == 0 {
			d.Severity = analysis.SeverityError
		}
		switch {
		case f.source == "ruff" && (d.Code == "invalid-syntax" || d.Code == SyntaxError):
			d.Code = SyntaxError
		case vet:
			d.Source = "go vet"
		case f.name == "go" && d.Code == "typecheck":
			d.Code = "" // the compiler's
		case f.name == "go" && d.Code == "govet":
			// golangci-lint writes "printf: message".
			if name, rest, cut := strings.Cut(d.Message, ": "); cut && goAnalyzers[name] {
				d.Source, d.Message = name, rest
			}
			d.Code = ""
		}
		return file, number(get("line")), number(get("col")), d, language, true
	}
	return "", 0, 0, analysis.Diagnostic{}, "", false
}

// number reads a line or column; what does not fit is not known.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
