package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// A proxied server is one that editors without a plugin run behind
// `dejafix proxy`, with the names that they have for it: in Helix's
// languages.toml, in Emacs's eglot-server-programs (30.1), in Zed's settings.
type proxied struct {
	command []string
	helix   string
	emacs   string // what eglot files it under
	zed     string
}

var proxiedServers = []proxied{
	{[]string{"gopls"}, "gopls", "(go-mode go-dot-mod-mode go-dot-work-mode go-ts-mode go-mod-ts-mode)", "gopls"},
	{[]string{"pyright-langserver", "--stdio"}, "pyright", "(python-mode python-ts-mode)", "pyright"},
	{[]string{"basedpyright-langserver", "--stdio"}, "basedpyright", "(python-mode python-ts-mode)", "basedpyright"},
	{[]string{"ruff", "server"}, "ruff", "", "ruff"},
	{
		[]string{"typescript-language-server", "--stdio"}, "typescript-language-server",
		`((js-mode :language-id "javascript") (js-ts-mode :language-id "javascript") (tsx-ts-mode :language-id "typescriptreact")` +
			` (typescript-ts-mode :language-id "typescript") (typescript-mode :language-id "typescript"))`,
		"typescript-language-server",
	},
	{[]string{"clangd"}, "clangd", "(c-mode c-ts-mode c++-mode c++-ts-mode objc-mode)", "clangd"},
	{[]string{"rust-analyzer"}, "rust-analyzer", "(rust-ts-mode rust-mode)", "rust-analyzer"},
}

// serversOf are the servers of this machine, and those that inside, the lines of an
// earlier setup, names.
func serversOf(m *machine, name func(*proxied) string, inside string) (list []*proxied) {
	for i := range proxiedServers {
		p := &proxiedServers[i]
		if name(p) == "" {
			continue
		}
		_, err := m.look(p.command[0])
		if err == nil || strings.Contains(inside, quoted(p.command[0])) {
			list = append(list, p)
		}
	}
	return list
}

// behind is a server's command line behind the proxy, without the program.
func (p *proxied) behind() []string { return append([]string{"proxy", "--"}, p.command...) }

// quoted is s as TOML, JSON and Emacs Lisp all write it.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func quotedList(list []string, separator string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = quoted(s)
	}
	return strings.Join(out, separator)
}

// The next step where no server is there to be put behind the proxy.
const noServers = "install a language server first, such as gopls, so that it is in PATH; the editor's page in docs/ has the lines for others"

// A configuration is a file of an editor, with the block taken out.
type configuration struct {
	path   string // as named
	target string // where it leads
	text   string // as it is
	exists bool
	found  *foundBlock
	bare   string // without the block
	keep   bool   // there was a file before the block
}

// readConfiguration reads a file; inserted says how its block was put in.
func readConfiguration(path string, inserted bool) (*configuration, error) {
	c := &configuration{path: path, target: path}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		c.target = target
	}
	b, err := os.ReadFile(path)
	switch {
	case os.IsNotExist(err):
		return c, nil
	case err != nil:
		return nil, problemf("make it readable", "%w", err)
	}
	c.text, c.exists, c.bare, c.keep = string(b), true, string(b), true
	if c.found, err = findBlock(c.text, path); err != nil || c.found == nil {
		return c, err
	}
	if whole := strings.HasPrefix(strings.TrimSpace(c.found.inside), "{"); inserted && !whole {
		c.bare = c.found.withoutInserted(c.text)
	} else {
		c.bare, c.keep = c.found.without(c.text)
	}
	return c, nil
}

// to plans that the file becomes text.
func (c *configuration) to(p *plan, text string, keep bool) {
	if keep == c.exists && text == c.text {
		return
	}
	p.changes = append(p.changes, change{path: c.path, target: c.target, old: []byte(c.text), exists: c.exists, new: []byte(text), keep: keep})
}

// remove plans that the block goes.
func (c *configuration) remove(p *plan) *plan {
	if c.found != nil {
		p.state = statePresent
		c.to(p, c.bare, c.keep)
	}
	return p
}

// misread is an error for a file that is not understood.
func misread(path string, err error, example string) error {
	return problemf("correct it, or write this by hand:\n"+example, "%s is not understood: %w", path, err)
}

// finish names the state that a block leaves a configuration in.
func (c *configuration) finish(p *plan, text string) {
	c.to(p, text, true)
	switch {
	case c.found == nil:
	case len(p.changes) == 0:
		p.state = statePresent
	default:
		p.state = stateOutdated
	}
}

// ---- Helix

func planHelix(m *machine, _, config string, remove bool) (*plan, error) {
	if config == "" {
		config = filepath.Join(m.config(), "helix", "languages.toml")
	}
	p := &plan{after: "open a file: `hx --health` names the servers, and a code action on an error that was repaired before has the repair"}
	c, err := readConfiguration(config, false)
	if err != nil {
		return nil, err
	}
	if remove {
		return c.remove(p), nil
	}
	b := block{editor: "helix", comment: "#"}
	inside := ""
	if c.found != nil {
		inside = c.found.inside
	}
	servers := serversOf(m, func(s *proxied) string { return s.helix }, inside)
	lines := func(s *proxied) []string {
		return []string{
			"[language-server." + s.helix + "]",
			"command = " + quoted(m.program()),
			"args = [" + quotedList(s.behind(), ", ") + "]",
		}
	}
	var before map[string]any
	if err := toml.Unmarshal([]byte(c.bare), &before); err != nil {
		return nil, misread(config, err, "")
	}
	tables, _ := before["language-server"].(map[string]any)
	for _, s := range servers {
		own, _ := tables[s.helix].(map[string]any)
		if command, ok := own["command"]; ok {
			if command == "dejafix" || strings.HasSuffix(fmt.Sprint(command), "/dejafix") {
				p.state = statePresent
			} else {
				p.notes = append(p.notes, fmt.Sprintf("%s has its own command for %s: change it there to command = %s, args = [%s, …]",
					filepath.Base(config), s.helix, quoted(m.program()), quotedList(append([]string{"proxy", "--"}, fmt.Sprint(command)), ", ")))
			}
			continue
		}
		with := append(slices.Clip(b.lines), lines(s)...)
		trial := block{editor: b.editor, comment: b.comment, lines: with}
		if addsOnly(before, trial.appended(c.bare, c.keep)) != nil {
			p.notes = append(p.notes, fmt.Sprintf("%s has a table for %s already: add to it command = %s, args = [%s]",
				filepath.Base(config), s.helix, quoted(m.program()), quotedList(s.behind(), ", ")))
			continue
		}
		b.lines = with
	}
	if len(b.lines) == 0 {
		if len(servers) == 0 {
			return nil, problemf(noServers, "no language server was found that could run behind the proxy")
		}
		return p, nil
	}
	c.finish(p, b.appended(c.bare, c.keep))
	return p, nil
}

// addsOnly is an error unless text, as TOML, has all that was there before as it
// was.
func addsOnly(before map[string]any, text string) error {
	var after map[string]any
	if err := toml.Unmarshal([]byte(text), &after); err != nil {
		return err
	}
	return kept(before, after, "")
}

// kept is an error that names what after lacks of before, or has differently.
func kept(before, after map[string]any, path string) error {
	for key, was := range before {
		is, ok := after[key]
		if !ok {
			return fmt.Errorf("%s%s would go", path, key)
		}
		wasTable, ok1 := was.(map[string]any)
		isTable, ok2 := is.(map[string]any)
		if ok1 && ok2 {
			if err := kept(wasTable, isTable, path+key+"."); err != nil {
				return err
			}
		} else if !reflect.DeepEqual(was, is) {
			return fmt.Errorf("%s%s would change", path, key)
		}
	}
	return nil
}

// ---- Emacs

// emacsInit is the init file that Emacs reads (30.1, "Find Init"): the first of
// these that is there, else in ~/.emacs.d, or the XDG folder where only that
// exists.
func emacsInit(m *machine) string {
	home := m.home
	if m.goos == "windows" {
		home = m.dir("HOME", "AppData", "Roaming")
	}
	xdg := filepath.Join(m.dir("XDG_CONFIG_HOME", ".config"), "emacs")
	for _, path := range []string{
		filepath.Join(home, ".emacs.el"), filepath.Join(home, ".emacs"), filepath.Join(home, ".emacs.d", "init.el"), filepath.Join(xdg, "init.el"),
	} {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	if _, err := os.Stat(filepath.Join(home, ".emacs.d")); err != nil {
		if _, err := os.Stat(xdg); err == nil {
			return filepath.Join(xdg, "init.el")
		}
	}
	return filepath.Join(home, ".emacs.d", "init.el")
}

func planEmacs(m *machine, _, config string, remove bool) (*plan, error) {
	if config == "" {
		config = emacsInit(m)
	}
	p := &plan{after: "open a file and start eglot (M-x eglot): a code action on an error that was repaired before has the repair"}
	c, err := readConfiguration(config, false)
	if err != nil {
		return nil, err
	}
	if remove {
		return c.remove(p), nil
	}
	inside := ""
	if c.found != nil {
		inside = c.found.inside
	}
	servers := serversOf(m, func(s *proxied) string { return s.emacs }, inside)
	if len(servers) == 0 {
		return nil, problemf(noServers, "no language server was found that could run behind the proxy")
	}
	b := block{editor: "emacs", comment: ";;", lines: []string{"(with-eval-after-load 'eglot", "  (dolist (server", "           '("}}
	taken := map[string]bool{}
	for _, s := range servers {
		if taken[s.emacs] {
			continue // eglot runs one server for a mode
		}
		taken[s.emacs] = true
		entry := "(" + s.emacs + " " + quotedList(append([]string{m.program()}, s.behind()...), " ") + ")"
		if len(taken) == 1 {
			b.lines[2] += entry
		} else {
			b.lines = append(b.lines, "             "+entry)
		}
	}
	b.lines[len(b.lines)-1] += "))"
	b.lines = append(b.lines, "    (add-to-list 'eglot-server-programs server)))")
	if err := balanced(c.bare); err != nil {
		return nil, misread(config, err, strings.Join(b.lines, "\n"))
	}
	if c.found == nil && strings.Contains(c.bare, `"dejafix" "proxy"`) {
		p.state = statePresent
		p.notes = append(p.notes, filepath.Base(config)+" runs servers behind the proxy already, by lines of its own")
		return p, nil
	}
	c.finish(p, b.appended(c.bare, c.keep))
	return p, nil
}

// ---- Zed

func planZed(m *machine, _, config string, remove bool) (*plan, error) {
	if config == "" {
		dir := filepath.Join(m.dir("XDG_CONFIG_HOME", ".config"), "zed")
		if m.goos == "windows" {
			dir = filepath.Join(m.dir("APPDATA", "AppData", "Roaming"), "Zed")
		}
		config = filepath.Join(dir, "settings.json")
	}
	p := &plan{after: "restart the language servers in Zed (\"editor: restart language server\")"}
	c, err := readConfiguration(config, true)
	if err != nil {
		return nil, err
	}
	if remove {
		return c.remove(p), nil
	}
	inside := ""
	if c.found != nil {
		inside = c.found.inside
	}
	servers := serversOf(m, func(s *proxied) string { return s.zed }, inside)
	line := func(s *proxied, comma bool) string {
		// Whole paths: Zed is started by a desktop, which has another PATH.
		command := append([]string{"proxy", "--"}, s.command...)
		if path, err := m.look(s.command[0]); err == nil {
			command[2] = filepath.ToSlash(path)
		}
		text := fmt.Sprintf(`%s: { "binary": { "path": %s, "arguments": [%s] } }`, quoted(s.zed), quoted(filepath.ToSlash(m.self)), quotedList(command, ", "))
		if comma {
			text += ","
		}
		return text
	}
	text := c.bare
	fresh := strings.TrimSpace(text) == ""
	if fresh {
		text = "{}"
	}
	s, err := readSettings(text, "lsp")
	if err != nil {
		return nil, misread(config, err, `"lsp": { `+line(&proxiedServers[0], false)+" }")
	}
	var ours []*proxied
	for _, server := range servers {
		if own, ok := s.member[server.zed].(map[string]any); ok {
			if strings.Contains(fmt.Sprint(own["binary"]), "dejafix") {
				p.state = statePresent
				continue
			}
			p.notes = append(p.notes, fmt.Sprintf(`%s has settings for %s already: add to them "binary" as in { %s }`, filepath.Base(config), server.zed, line(server, false)))
			continue
		}
		ours = append(ours, server)
	}
	if len(ours) == 0 {
		if len(servers) == 0 {
			return nil, problemf(noServers, "no language server was found that could run behind the proxy")
		}
		return p, nil
	}
	b := block{editor: "zed", comment: "//", indent: "  "}
	at := s.inside
	if s.has {
		b.indent, at = "    ", s.memberAt
		for i, server := range ours {
			b.lines = append(b.lines, line(server, i < len(ours)-1 || !s.memberEmpty))
		}
	} else {
		b.lines = append(b.lines, `"lsp": {`)
		for i, server := range ours {
			b.lines = append(b.lines, "  "+line(server, i < len(ours)-1))
		}
		end := "}"
		if !s.empty {
			end += ","
		}
		b.lines = append(b.lines, end)
	}
	after := b.inserted(text, at)
	if fresh {
		// All of the file is the block's.
		whole := block{editor: "zed", comment: "//", lines: slices.Concat([]string{"{"}, indented(b.lines), []string{"}"})}
		after = whole.appended(c.bare, c.keep)
	}
	now, err := readSettings(after, "lsp")
	if err == nil {
		err = kept(s.whole, now.whole, "")
	}
	if err != nil {
		return nil, misread(config, err, strings.Join(b.lines, "\n"))
	}
	c.finish(p, after)
	return p, nil
}

func indented(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = "  " + l
	}
	return out
}
