package check

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// pyrightRow is the row of pyright, or of basedpyright, which is made from it:
// their language server as a private one, asked for the diagnostics of a file.
// Their command line reads nothing but files. Where private servers are not
// permitted, one is started for the check and ended after it.
func pyrightRow(name string, sources ...string) Row {
	missing := name + " is not installed in the workspace nor in PATH: `npm install --save-dev " + name + "` or `pip install " + name + "`"
	return Row{
		Name: name, Languages: []string{"python"}, Covers: PhaseTypes, Sources: sources,
		Detect: func(e Env, root, path string) (bool, string) {
			if pythonTool(e, root, path, name+"-langserver") == "" {
				return false, missing
			}
			return true, ""
		},
		Exports: pyExports,
		New:     func(e Env) Checker { return &pyrightChecker{env: e, name: name, missing: missing} },
	}
}

// pyrightChecker keeps one server, for one workspace.
type pyrightChecker struct {
	env     Env
	name    string
	missing string
	talk    talk

	// What follows belongs to who has the turn of talk.
	client  *lspClient
	version string
	broken  string // what it said of its configuration
}

var _ Checker = (*pyrightChecker)(nil)

// Close ends the private server.
func (c *pyrightChecker) Close() error {
	c.talk.close()
	return nil
}

const (
	// pyFiles is how many files of a workspace are watched: looking at them all
	// takes a tenth of a second.
	pyFiles = 20000
	// pyUsers is how many files that use an edited one are checked, some
	// seconds.
	pyUsers = 40
)

// Check asks about the files of the scope.
func (c *pyrightChecker) Check(ctx context.Context, r Request) (Result, error) {
	if len(r.Scope) == 0 {
		return Result{}, &Unknown{CauseNoChecker, "no file was named"}
	}
	path := r.Scope[0]
	server := pythonTool(c.env, r.Root, path, c.name+"-langserver")
	if server == "" {
		return Result{}, &Unknown{CauseMissing, c.missing}
	}
	configs := configsAbove(path, "pyrightconfig.json", "pyproject.toml")
	if err := unsavedConfig(c.name, r.Overlay, configs); err != nil {
		return Result{}, err
	}
	if err := c.neverSaved(r); err != nil {
		return Result{}, err
	}
	in, all := treeInputs(r.Root, pyFiles, ".py", ".pyi")
	if !all {
		return Result{}, &Unknown{CauseIncomplete, fmt.Sprintf("the workspace has more than %d Python files: open a smaller folder", pyFiles)}
	}
	scope := slices.Clone(r.Scope)
	if r.Wide {
		users, err := pyUsersOf(r, in.Files)
		if err != nil {
			return Result{}, err
		}
		scope = append(scope, users...)
	}
	python := pythonOf(c.env, r.Root, path)
	packages := sitePackages(python)
	sources := in.Files
	in.Files = slices.Concat(sources, configs)
	in.Dirs = append(in.Dirs, packages...)
	// The server learns of files that come and go, and of settings, by and by;
	// a new one knows.
	var key strings.Builder
	fmt.Fprintf(&key, "%q %q %q", r.Root, server, python)
	for _, name := range configs {
		fmt.Fprintf(&key, " %s", stampOf(name))
	}
	for _, dir := range packages {
		fmt.Fprintf(&key, " %q", names(dir, nil))
	}
	fmt.Fprintf(&key, " %q %q", sources, in.Dirs)
	state := analysis.DigestOf(key.String()).String()
	command := Command{Args: []string{server, "--stdio"}, Dir: r.Root, Env: []string{"NODE_OPTIONS=" + nodeHeap(c.env.Runner)}}
	a := pyrightAnswer{of: map[string][]lspDiagnostic{}}
	err := c.talk.do(ctx, c.env.Runner, state, command,
		func(s *Server, in *bufio.Reader) error {
			c.version, c.broken = "", ""
			c.client = &lspClient{
				pipe: lspPipe{s.Stdin, in}, name: c.name, endings: []string{".py", ".pyi"},
				language: func(string) string { return "python" },
				settings: func(section string) any { return c.settings(section, python) },
				heard:    c.hear,
			}
			return c.client.hello(r.Root)
		},
		func(*Server, *bufio.Reader) error {
			if err := c.client.tell(r, sources, scope); err != nil {
				return err
			}
			for _, name := range scope {
				list, err := c.client.diagnostics(name)
				if err != nil {
					return err
				}
				a.of[name] = list
			}
			a.version, a.broken = c.version, c.broken
			return nil
		})
	if !c.env.Servers {
		c.talk.close()
	}
	if err != nil {
		return Result{}, err
	}
	in.Extra = state
	return c.result(r, a, in), nil
}

// neverSaved is the error where a text may import a file that only an editor
// has: the server finds modules on disk.
func (c *pyrightChecker) neverSaved(r Request) error {
	for _, name := range slices.Sorted(maps.Keys(r.Overlay)) {
		if !strings.HasSuffix(name, ".py") || slices.Contains(r.Scope, name) || isFile(name) {
			continue
		}
		module := regexp.MustCompile(`\b` + regexp.QuoteMeta(strings.TrimSuffix(filepath.Base(name), ".py")) + `\b`)
		for _, path := range r.Scope {
			if text, ok := textOf(r.Overlay, path); ok && module.MatchString(text) {
				return &Unknown{CauseIncomplete, fmt.Sprintf("%s was never saved, and %s finds modules on disk: save it first", filepath.Base(name), c.name)}
			}
		}
	}
	return nil
}

// pyrightAnswer is what the server says.
type pyrightAnswer struct {
	version, broken string
	of              map[string][]lspDiagnostic
}

func (c *pyrightChecker) result(r Request, a pyrightAnswer, in Inputs) Result {
	res := Result{Tool: c.name, Version: a.version, Complete: true, Phase: PhaseTypes, Inputs: in}
	if a.broken != "" {
		res.Complete, res.Phase, res.Why = false, PhaseNone, c.name+" cannot read its configuration: "+firstLine(a.broken)+": mend it first"
	}
	for _, path := range slices.Sorted(maps.Keys(a.of)) {
		text, _ := textOf(r.Overlay, path)
		lines := textedit.NewLines(text)
		for _, d := range a.of[path] {
			res.Findings = append(res.Findings, d.finding("python", path, lines))
		}
	}
	return res
}

// settings answers what the server asks for: what most editors say.
func (c *pyrightChecker) settings(section, python string) any {
	switch section {
	case "python":
		s := map[string]any{"analysis": map[string]any{"autoSearchPaths": true, "useLibraryCodeForTypes": true, "diagnosticMode": "openFilesOnly"}}
		if python != "" {
			s["pythonPath"] = python
		}
		return s
	case c.name + ".analysis", "python.analysis":
		return map[string]any{"autoSearchPaths": true, "useLibraryCodeForTypes": true, "diagnosticMode": "openFilesOnly"}
	}
	return map[string]any{}
}

// sitePackages are the folders in which an interpreter of a virtual environment
// has its packages: what was installed meanwhile shows in their names.
func sitePackages(python string) []string {
	if python == "" {
		return nil
	}
	venv := filepath.Dir(filepath.Dir(python))
	list, _ := filepath.Glob(filepath.Join(venv, "lib", "python*", "site-packages"))
	more, _ := filepath.Glob(filepath.Join(venv, "Lib", "site-packages"))
	return append(list, more...)
}

var pyrightVersion = regexp.MustCompile(`language server (\d\S*) starting`)

// hear listens to what the server says of itself.
func (c *pyrightChecker) hear(m *lspMessage) {
	var said struct {
		Type    int
		Message string
	}
	if m.Method != "window/logMessage" || json.Unmarshal(m.Params, &said) != nil {
		return
	}
	if v := pyrightVersion.FindStringSubmatch(said.Message); v != nil {
		c.version = v[1]
	}
	if said.Type == 1 && strings.Contains(said.Message, "onfig") {
		c.broken = said.Message
	}
}

var (
	pyDef  = regexp.MustCompile(`^(\s*)(?:async\s+)?def\s`)
	pyAttr = regexp.MustCompile(`\b(?:self|cls)\.\w+\s*[:=]|^\s*(?:global|nonlocal)\s`)
)

// pyExports reports whether what other files see of one may differ: all but
// comments and the bodies of functions that say what they return.
func pyExports(path, before, after string) bool {
	base := filepath.Base(path)
	if strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test.py") {
		return false
	}
	return pySurface(before) != pySurface(after)
}

// pySurface goes by lines and their indent. Where it is mistaken, a line more is
// part of the surface.
func pySurface(text string) string {
	var b strings.Builder
	body := -1 // indent of the function whose body is left out
	head, depth := -1, 0
	annotated := false
	for l := range strings.Lines(text) {
		l = strings.TrimRight(l, " \t\r\n")
		rest := strings.TrimLeft(l, " \t")
		if rest == "" || rest[0] == '#' {
			continue
		}
		indent := len(l) - len(rest)
		if head < 0 && body >= 0 {
			if indent > body {
				if pyAttr.MatchString(l) {
					b.WriteString(l + "\n")
				}
				continue
			}
			body = -1
		}
		if head < 0 && pyDef.MatchString(l) {
			head, depth, annotated = indent, 0, false
		}
		b.WriteString(l + "\n")
		if head >= 0 {
			depth += strings.Count(l, "(") + strings.Count(l, "[") - strings.Count(l, ")") - strings.Count(l, "]")
			annotated = annotated || strings.Contains(l, "->")
			if depth <= 0 && strings.HasSuffix(l, ":") {
				if annotated {
					body = head
				}
				head = -1
			}
		}
	}
	return b.String()
}

// pyUsersOf are the files that import those of the scope, by the names that
// they import; through a package that imports them for others too.
func pyUsersOf(r Request, files []string) ([]string, error) {
	texts := map[string]string{}
	for _, name := range files {
		if text, ok := textOf(r.Overlay, name); ok && strings.Contains(text, "import") {
			texts[name] = text
		}
	}
	var out []string
	done := map[string]bool{}
	todo := slices.Clone(r.Scope)
	for _, name := range todo {
		done[name] = true
	}
	for len(todo) > 0 {
		target := todo[0]
		todo = todo[1:]
		module := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(target), "i"), ".py")
		if module == "__init__" {
			module = filepath.Base(filepath.Dir(target))
		}
		name := regexp.QuoteMeta(module)
		imports := regexp.MustCompile(`(?m)^\s*(?:from|import)\s[^#\n]*\b` + name + `\b|^\s*from\s+[.\w]+\s+import\s*\([^)]*\b` + name + `\b`)
		for _, user := range slices.Sorted(maps.Keys(texts)) {
			if done[user] || !imports.MatchString(texts[user]) {
				continue
			}
			done[user] = true
			out = append(out, user)
			if strings.HasPrefix(filepath.Base(user), "__init__.") {
				todo = append(todo, user)
			}
		}
		if len(out) > pyUsers {
			return nil, &Unknown{CauseIncomplete, fmt.Sprintf("the edit changes what other files see of %s, and more than %d use it: run the checker yourself", filepath.Base(r.Scope[0]), pyUsers)}
		}
	}
	return out, nil
}
