package check

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
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
		Detect: func(root, path string) (bool, string) {
			if pythonTool(root, path, name+"-langserver") == "" {
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
	asked   int                // requests so far
	open    map[string]openDoc // documents that the server holds
	stamps  map[string]string  // state of the files on disk that it was told of
	version string
	broken  string // what it said of its configuration
	python  string
}

type openDoc struct {
	text    string
	version int
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
	server := pythonTool(r.Root, path, c.name+"-langserver")
	if server == "" {
		return Result{}, &Unknown{CauseMissing, c.missing}
	}
	configs := pythonConfigs(path, "pyrightconfig.json", "pyproject.toml")
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
	python := pythonOf(r.Root, path)
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
		func(s *Server, in *bufio.Reader) error { return c.hello(&lspPipe{s.Stdin, in}, r.Root, python) },
		func(s *Server, pipe *bufio.Reader) error {
			p := &lspPipe{s.Stdin, pipe}
			if err := c.tell(p, r, sources, scope); err != nil {
				return err
			}
			for _, name := range scope {
				list, err := c.diagnostics(p, name)
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
			f := Finding{Path: path, Phase: PhaseTypes, Diagnostic: analysis.Diagnostic{
				Source: d.Source, Message: d.Message, Severity: analysis.Severity(cmp.Or(d.Severity, 1)),
				Unnecessary: slices.Contains(d.Tags, 1), Deprecated: slices.Contains(d.Tags, 2),
			}}
			f.Span.Start, _ = lines.Offset(d.Range.Start.Line, d.Range.Start.Character, textedit.UTF16)
			f.Span.End, _ = lines.Offset(d.Range.End.Line, d.Range.End.Character, textedit.UTF16)
			if d.Code != nil {
				f.Code = fmt.Sprint(d.Code)
			}
			if id, _ := identity.Of("python", f.Diagnostic); identity.Syntax(id) {
				f.Phase = PhaseParse
			}
			res.Findings = append(res.Findings, f)
		}
	}
	return res
}

// hello greets a new server.
func (c *pyrightChecker) hello(p *lspPipe, root, python string) error {
	c.open, c.stamps = map[string]openDoc{}, map[string]string{}
	c.version, c.broken, c.python = "", "", python
	_, err := c.request(p, "initialize", map[string]any{
		"processId": nil, "rootUri": fileURI(root),
		"workspaceFolders": []any{map[string]any{"uri": fileURI(root), "name": filepath.Base(root)}},
		"capabilities": map[string]any{
			"textDocument": map[string]any{"diagnostic": map[string]any{}},
			"workspace":    map[string]any{"configuration": true, "didChangeWatchedFiles": map[string]any{"dynamicRegistration": true}},
		},
	})
	if err != nil {
		return err
	}
	return p.send(map[string]any{"method": "initialized", "params": map[string]any{}})
}

// settings answers what the server asks for: what most editors say.
func (c *pyrightChecker) settings(section string) any {
	switch section {
	case "python":
		s := map[string]any{"analysis": map[string]any{"autoSearchPaths": true, "useLibraryCodeForTypes": true, "diagnosticMode": "openFilesOnly"}}
		if c.python != "" {
			s["pythonPath"] = c.python
		}
		return s
	case c.name + ".analysis", "python.analysis":
		return map[string]any{"autoSearchPaths": true, "useLibraryCodeForTypes": true, "diagnosticMode": "openFilesOnly"}
	}
	return map[string]any{}
}

// tell brings the server up to date: files that changed on disk, and documents
// with unsaved text.
func (c *pyrightChecker) tell(p *lspPipe, r Request, files, scope []string) error {
	var changes []any
	first := len(c.stamps) == 0
	for _, name := range files {
		now := stampOf(name)
		if was, ok := c.stamps[name]; !first && (!ok || was != now) {
			changes = append(changes, map[string]any{"uri": fileURI(name), "type": 2})
		}
		c.stamps[name] = now
	}
	if len(changes) > 0 {
		if err := p.send(map[string]any{"method": "workspace/didChangeWatchedFiles", "params": map[string]any{"changes": changes}}); err != nil {
			return err
		}
	}
	want := map[string]string{}
	for name, text := range r.Overlay {
		if ext := filepath.Ext(name); (ext == ".py" || ext == ".pyi") && unsaved(r.Overlay, name) {
			want[name] = text
		}
	}
	for _, name := range scope {
		text, ok := textOf(r.Overlay, name)
		if !ok {
			return &Unknown{CauseIncomplete, filepath.Base(name) + " cannot be read"}
		}
		want[name] = text
	}
	for _, name := range slices.Sorted(maps.Keys(c.open)) {
		if _, ok := want[name]; ok {
			continue
		}
		delete(c.open, name)
		if err := p.send(map[string]any{"method": "textDocument/didClose", "params": map[string]any{"textDocument": map[string]any{"uri": fileURI(name)}}}); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		doc, ok := c.open[name]
		if ok && doc.text == want[name] {
			continue
		}
		doc.text, doc.version = want[name], doc.version+1
		c.open[name] = doc
		m := map[string]any{"method": "textDocument/didOpen", "params": map[string]any{
			"textDocument": map[string]any{"uri": fileURI(name), "languageId": "python", "version": doc.version, "text": doc.text},
		}}
		if ok {
			m = map[string]any{"method": "textDocument/didChange", "params": map[string]any{
				"textDocument":   map[string]any{"uri": fileURI(name), "version": doc.version},
				"contentChanges": []any{map[string]any{"text": doc.text}},
			}}
		}
		if err := p.send(m); err != nil {
			return err
		}
	}
	return nil
}

type lspDiagnostic struct {
	Range    struct{ Start, End struct{ Line, Character int } }
	Severity int
	Code     any
	Source   string
	Message  string
	Tags     []int
}

// An lspError is the error of a response.
type lspError struct {
	Code    int
	Message string
}

func (e *lspError) Error() string { return e.Message }

// diagnostics asks for those of one document. A server may say that it changed
// its mind meanwhile: then it is asked again.
func (c *pyrightChecker) diagnostics(p *lspPipe, path string) ([]lspDiagnostic, error) {
	const methodNotFound, serverCancelled, contentModified, requestCancelled = -32601, -32802, -32801, -32800
	for tries := 0; ; tries++ {
		text, err := c.request(p, "textDocument/diagnostic", map[string]any{"textDocument": map[string]any{"uri": fileURI(path)}})
		var e *lspError
		switch {
		case errors.As(err, &e) && e.Code == methodNotFound:
			return nil, &Unknown{CauseMissing, fmt.Sprintf("%s %s cannot be asked for the errors of a file: install a newer one", c.name, c.version)}
		case errors.As(err, &e) && tries < 3 && (e.Code == serverCancelled || e.Code == contentModified || e.Code == requestCancelled):
			continue
		case errors.As(err, &e):
			return nil, &Unknown{CauseFailed, c.name + " failed: " + firstLine(e.Message)}
		case err != nil:
			return nil, err
		}
		var report struct{ Items []lspDiagnostic }
		if err := json.Unmarshal(text, &report); err != nil {
			return nil, err
		}
		return report.Items, nil
	}
}

var pyrightVersion = regexp.MustCompile(`language server (\d\S*) starting`)

// request asks, answers what it is asked meanwhile, and listens to what is
// said about settings.
func (c *pyrightChecker) request(p *lspPipe, method string, params any) (json.RawMessage, error) {
	c.asked++
	id := c.asked
	if err := p.send(map[string]any{"id": id, "method": method, "params": params}); err != nil {
		return nil, err
	}
	for {
		m, err := p.receive()
		if err != nil {
			return nil, err
		}
		switch {
		case m.Method == "" && string(m.ID) == strconv.Itoa(id):
			if m.Error != nil {
				return nil, m.Error
			}
			return m.Result, nil
		case m.Method == "window/logMessage":
			var said struct {
				Type    int
				Message string
			}
			if json.Unmarshal(m.Params, &said) == nil {
				if v := pyrightVersion.FindStringSubmatch(said.Message); v != nil {
					c.version = v[1]
				}
				if said.Type == 1 && strings.Contains(said.Message, "onfig") {
					c.broken = said.Message
				}
			}
		case m.Method != "" && m.ID != nil:
			var result any
			if m.Method == "workspace/configuration" {
				var want struct{ Items []struct{ Section string } }
				json.Unmarshal(m.Params, &want) //nolint:errcheck // then nothing is wanted
				list := []any{}
				for _, item := range want.Items {
					list = append(list, c.settings(item.Section))
				}
				result = list
			}
			if err := p.send(map[string]any{"id": m.ID, "result": result}); err != nil {
				return nil, err
			}
		}
	}
}

// An lspPipe carries messages in the frames of the language server protocol.
type lspPipe struct {
	to   io.Writer
	from *bufio.Reader
}

type lspMessage struct {
	ID     json.RawMessage
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *lspError
}

func (p *lspPipe) send(m map[string]any) error {
	m["jsonrpc"] = "2.0"
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.to, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return err
}

func (p *lspPipe) receive() (*lspMessage, error) {
	length := -1
	for {
		l, err := line(p.from)
		if err != nil {
			return nil, err
		}
		head := strings.TrimSpace(string(l))
		if head == "" {
			break
		}
		if name, value, ok := strings.Cut(head, ":"); ok && strings.EqualFold(name, "Content-Length") {
			length = number(value)
		}
	}
	if length < 0 {
		return nil, errors.New("a message without a length")
	}
	if length > mostAnswer {
		return nil, errLong
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(p.from, body); err != nil {
		return nil, err
	}
	m := &lspMessage{}
	return m, json.Unmarshal(body, m)
}

// number is a count, -1 for what is none.
func number(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return -1
	}
	return n
}

func fileURI(path string) string {
	slash := filepath.ToSlash(path)
	if runtime.GOOS == "windows" {
		slash = "/" + slash
	}
	return (&url.URL{Scheme: "file", Path: slash}).String()
}

// stampOf says which state of a file is on disk.
func stampOf(name string) string {
	info, err := os.Stat(name)
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.ModTime().UnixNano(), " ", info.Size(), " ", changed(info))
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
