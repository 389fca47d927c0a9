package check

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// tsNative asks TypeScript 7, a program without a JavaScript interface, as a
// private language server. Where private servers are not permitted, one is
// started for the check and ended after it.
type tsNative struct {
	env  Env
	talk talk

	// What follows belongs to who has the turn of talk.
	client *lspClient
	broken map[string]string // configuration → what is wrong with it
}

const (
	// tsFiles is how many files of a workspace are watched, for its sources.
	tsFiles = 20000
	// tsUsersTime is how long the files that use an edited one are looked at: a
	// third of the runner's time for the whole check.
	tsUsersTime = 20 * time.Second
)

var tsEndings = []string{".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"}

// tsProgram is the program of an installed TypeScript 7, "" where it has none.
func tsProgram(folder string) string {
	system := map[string]string{"windows": "win32"}
	machine := map[string]string{"amd64": "x64", "386": "ia32"}
	named := func(m map[string]string, name string) string {
		if other := m[name]; other != "" {
			return other
		}
		return name
	}
	program := "tsc"
	if runtime.GOOS == "windows" {
		program = "tsc.exe"
	}
	rel := filepath.Join("node_modules", "@typescript", "typescript-"+named(system, runtime.GOOS)+"-"+named(machine, runtime.GOARCH), "lib", program)
	if dir := above(folder, rel); dir != "" {
		return filepath.Join(dir, rel)
	}
	return ""
}

// tsAnswer7 is what the server says.
type tsAnswer7 struct {
	outside bool
	broken  string
	of      []Finding
}

// check asks program, of the TypeScript package in folder, about one file.
func (c *tsNative) check(ctx context.Context, r Request, folder, program string) (Result, error) {
	if len(r.Scope) != 1 {
		return Result{}, &Unknown{CauseNoChecker, "TypeScript 7 is asked about one file at a time"}
	}
	path := r.Scope[0]
	in, all := treeInputs(r.Root, tsFiles, append([]string{".json"}, tsEndings...)...)
	if !all {
		return Result{}, &Unknown{CauseIncomplete, fmt.Sprintf("the workspace has more than %d source files: open a smaller folder", tsFiles)}
	}
	var sources, configs []string
	for _, name := range in.Files {
		if strings.HasSuffix(name, ".json") {
			configs = append(configs, name)
		} else {
			sources = append(sources, name)
		}
	}
	configs = append(configs, configsAbove(path, "tsconfig.json", "jsconfig.json", "package.json")...)
	for dir := range upwards(filepath.Dir(path)) {
		configs = append(configs, installed(dir)...)
	}
	if err := unsavedConfig("TypeScript 7", r.Overlay, configs); err != nil {
		return Result{}, err
	}
	in.Files = slices.Concat(sources, configs)
	version := nodeVersion(folder)
	// The server learns of files that come and go, and of settings, by and by;
	// a new one knows.
	var key strings.Builder
	fmt.Fprintf(&key, "%q %q %q %q", r.Root, program, sources, in.Dirs)
	for _, name := range configs {
		fmt.Fprintf(&key, " %s", stampOf(name))
	}
	state := analysis.DigestOf(key.String()).String()
	in.Extra = program + " " + version
	var a tsAnswer7
	err := c.talk.do(ctx, c.env.Runner, state, Command{Args: []string{program, "--lsp", "--stdio"}, Dir: r.Root},
		func(s *Server, in *bufio.Reader) error {
			c.broken = map[string]string{}
			c.client = &lspClient{
				pipe: lspPipe{s.Stdin, in}, name: "TypeScript " + version, endings: tsEndings,
				language: tsLanguage, settings: func(string) any { return map[string]any{} }, heard: c.hear,
			}
			return c.client.hello(r.Root)
		},
		func(*Server, *bufio.Reader) error {
			var err error
			a, err = c.answer(r, sources)
			return err
		})
	if !c.env.Servers {
		c.talk.close()
	}
	switch {
	case err != nil:
		return Result{}, err
	case a.outside:
		return Result{}, &Unknown{CauseNoChecker, filepath.Base(path) + " belongs to no TypeScript project: a tsconfig.json or jsconfig.json that includes it makes it part of one"}
	case a.broken != "":
		return Result{}, &Unknown{CauseIncomplete, a.broken}
	}
	res := Result{Tool: "tsc", Version: version, Complete: true, Phase: PhaseLint, Findings: a.of, Inputs: in}
	if r.Until != PhaseNone && r.Until <= PhaseTypes {
		res.Phase = PhaseTypes
	}
	return res, nil
}

// answer asks about the file of the scope and, where it had another text
// before, about those that use it.
func (c *tsNative) answer(r Request, sources []string) (tsAnswer7, error) {
	path := r.Scope[0]
	if err := c.client.tell(r, sources, r.Scope); err != nil {
		return tsAnswer7{}, err
	}
	var project struct{ ConfigFilePath string }
	text, err := c.client.request("custom/projectInfo", map[string]any{"textDocument": map[string]any{"uri": fileURI(path)}})
	if err != nil {
		return tsAnswer7{}, err
	}
	if err := json.Unmarshal(text, &project); err != nil || project.ConfigFilePath == "" {
		return tsAnswer7{outside: true}, err
	}
	a := tsAnswer7{}
	if a.of, err = c.findings(r, r.Scope, time.Time{}); err != nil {
		return a, err
	}
	for _, name := range slices.Sorted(maps.Keys(c.broken)) {
		a.broken = fmt.Sprintf("%s cannot be read: %s Mend it first", filepath.Base(name), c.broken[name])
		return a, nil
	}
	if !r.Wide || r.Before == "" {
		return a, nil
	}
	users := tsUsersOf(r, sources)
	until := c.env.Clock().Add(tsUsersTime)
	if err := c.client.tell(r, sources, append(slices.Clone(users), path)); err != nil {
		return a, err
	}
	now, err := c.findings(r, users, until)
	if err != nil || len(now) == 0 {
		return a, err
	}
	then := r
	then.Overlay = maps.Clone(r.Overlay)
	then.Overlay[path] = r.Before
	if err := c.client.tell(then, sources, append(slices.Clone(users), path)); err != nil {
		return a, err
	}
	was, err := c.findings(then, users, until)
	if err != nil {
		return a, err
	}
	known := map[string]bool{} // the words may change
	at := func(f Finding) string { return fmt.Sprintf("%s %d %s", f.Path, f.Span.Start, f.Code) }
	for _, f := range was {
		known[at(f)] = true
	}
	for _, f := range now {
		if !known[at(f)] && f.Phase <= PhaseTypes {
			a.of = append(a.of, f)
		}
	}
	return a, nil
}

// findings are those of files. A time says by when.
func (c *tsNative) findings(r Request, files []string, until time.Time) ([]Finding, error) {
	var out []Finding
	for _, path := range files {
		if !until.IsZero() && c.env.Clock().After(until) {
			return nil, &Unknown{CauseIncomplete, fmt.Sprintf("the edit may change what other files see of %s, and they take too long to check: run tsc yourself", filepath.Base(r.Scope[0]))}
		}
		list, err := c.client.diagnostics(path)
		if err != nil {
			return nil, err
		}
		text, _ := textOf(r.Overlay, path)
		lines := textedit.NewLines(text)
		for _, d := range list {
			f := d.finding("typescript", path, lines)
			if f.Severity == analysis.SeverityHint {
				f.Phase = PhaseLint
			}
			if r.Until == PhaseNone || f.Phase <= r.Until {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// hear listens to what the server says of configurations: what it does not
// understand of them. That an option is deprecated keeps nothing from being
// checked.
func (c *tsNative) hear(m *lspMessage) {
	var said struct {
		URI         string
		Diagnostics []lspDiagnostic
	}
	if m.Method != "textDocument/publishDiagnostics" || json.Unmarshal(m.Params, &said) != nil || !strings.HasSuffix(said.URI, ".json") {
		return
	}
	delete(c.broken, said.URI)
	for _, d := range said.Diagnostics {
		code, _ := d.Code.(float64)
		if d.Severity == int(analysis.SeverityError) && (code < 2000 || code >= 5000 && code < 5100 || code == 6053) {
			c.broken[said.URI] = d.Message
		}
	}
}

// tsLanguage is the LSP language identifier of a file.
func tsLanguage(path string) string {
	switch filepath.Ext(path) {
	case ".tsx":
		return "typescriptreact"
	case ".jsx":
		return "javascriptreact"
	case ".js", ".mjs", ".cjs":
		return "javascript"
	}
	return "typescript"
}

var tsExportFrom = regexp.MustCompile(`(?m)^\s*export\b[^'"\n]*\bfrom\b|^\s*}\s*from\b`)

// tsUsersOf are the files that may import the one of the scope, by the last name
// of what they import; through files that export again too.
func tsUsersOf(r Request, files []string) []string {
	done := map[string]bool{r.Scope[0]: true}
	var out []string
	for todo := slices.Clone(r.Scope); len(todo) > 0; todo = todo[1:] {
		base := filepath.Base(todo[0])
		stem, _, _ := strings.Cut(base, ".")
		names := regexp.QuoteMeta(stem)
		if stem == "index" {
			// The folder, or the package whose folder has another name.
			names += `|\.{1,2}/?|[^'"]*` + regexp.QuoteMeta(filepath.Base(filepath.Dir(todo[0])))
		}
		imports := regexp.MustCompile(`['"](?:[^'"\n]*/)?(?:` + names + `)(?:\.\w+)*['"]`)
		for _, name := range files {
			if done[name] {
				continue
			}
			text, ok := textOf(r.Overlay, name)
			if !ok || !imports.MatchString(text) {
				continue
			}
			done[name] = true
			out = append(out, name)
			if tsExportFrom.MatchString(text) {
				todo = append(todo, name)
			}
		}
	}
	return out
}
