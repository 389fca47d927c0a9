package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/dejafix/dejafix/analysis/wire"
	plugins "github.com/dejafix/dejafix/editors"
)

// A tree is the files of the plugin, which setup unpacks and knows again.
type tree struct {
	dir    string
	files  map[string][]byte // by name with slashes
	remove bool
}

// pluginTree is the Neovim plugin of this program, with the tags of its help,
// which Neovim's package managers make else.
func pluginTree(dir string) (*tree, error) {
	t := &tree{dir: dir, files: map[string][]byte{}}
	plugin, err := plugins.Neovim()
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(plugin, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		t.files[name], err = fs.ReadFile(plugin, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	t.files["doc/tags"] = helpTags("dejafix.txt", t.files["doc/dejafix.txt"])
	return t, nil
}

var helpTag = regexp.MustCompile(`\*[^*\s|]+\*`)

// helpTags is the file that Neovim's :helptags makes of one file of help.
func helpTags(name string, text []byte) []byte {
	var lines []string
	for _, tag := range helpTag.FindAll(text, -1) {
		lines = append(lines, fmt.Sprintf("%s\t%s\t/%s\n", bytes.Trim(tag, "*"), name, tag))
	}
	sort.Strings(lines)
	return []byte(strings.Join(slices.Compact(lines), ""))
}

// state says whether the files are there, and as they are here.
func (t *tree) state() string {
	there := 0
	same := true
	for name, want := range t.files {
		have, err := os.ReadFile(filepath.Join(t.dir, filepath.FromSlash(name)))
		if err == nil {
			there++
		}
		same = same && err == nil && bytes.Equal(have, want)
	}
	switch {
	case there == 0:
		return stateAbsent
	case same && len(t.strangers()) == 0:
		return statePresent
	}
	return stateOutdated
}

// strangers are files in the folder that are not of this plugin: of an older
// one.
func (t *tree) strangers() (names []string) {
	_ = filepath.WalkDir(t.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // what cannot be read is not ours to judge
		}
		name, err := filepath.Rel(t.dir, path)
		if err == nil && t.files[filepath.ToSlash(name)] == nil {
			names = append(names, path)
		}
		return nil
	})
	return names
}

func (t *tree) wire() wire.SetupChange {
	action := "unpack the plugin into"
	if t.remove {
		action = "delete the plugin in"
	}
	return wire.SetupChange{Path: t.dir, Action: action, Files: len(t.files)}
}

// write unpacks the plugin beside its place and then puts it there, so that no
// editor meets half of it.
func (t *tree) write() error {
	parent := filepath.Dir(t.dir)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return problemf("make the folder writable", "%w", err)
	}
	made, err := os.MkdirTemp(parent, ".nvim-*")
	if err != nil {
		return problemf("make the folder writable", "%w", err)
	}
	defer os.RemoveAll(made)                      //nolint:errcheck // it is gone when all went well
	if err := os.Chmod(made, 0o755); err != nil { //nolint:gosec // a plugin is no secret
		return err
	}
	for name, b := range t.files {
		path := filepath.Join(made, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			return err
		}
	}
	if err := t.delete(); err != nil {
		return err
	}
	return os.Rename(made, t.dir)
}

// delete takes the folder away, which is dejafix's own.
func (t *tree) delete() error { return os.RemoveAll(t.dir) }

// nvimConfig is Neovim's folder for configuration (`:help $XDG_CONFIG_HOME`).
func nvimConfig(m *machine) string {
	name := m.getenv("NVIM_APPNAME")
	if name == "" {
		name = "nvim"
	}
	if m.goos == "windows" && m.getenv("XDG_CONFIG_HOME") == "" {
		return filepath.Join(m.dir("LOCALAPPDATA", "AppData", "Local"), name)
	}
	return filepath.Join(m.dir("XDG_CONFIG_HOME", ".config"), name)
}

// nvimPlugins are the places where packages, lazy.nvim, vim-plug and packer put
// a plugin (`:help packages`; each manager's README).
func nvimPlugins(m *machine) []string {
	data := filepath.Join(m.dir("XDG_DATA_HOME", ".local", "share"), "nvim")
	config := nvimConfig(m)
	var globs []string
	for _, root := range []string{
		filepath.Join(data, "site", "pack", "*", "*", "*"),
		filepath.Join(data, "lazy", "*"),
		filepath.Join(data, "plugged", "*"),
		filepath.Join(config, "pack", "*", "*", "*"),
		config,
	} {
		globs = append(globs, filepath.Join(root, "lua", "dejafix"), filepath.Join(root, "editors", "nvim", "lua", "dejafix"))
	}
	return globs
}

// foundPlugin is the folder of a plugin that somebody else put there.
func foundPlugin(m *machine) string {
	for _, glob := range nvimPlugins(m) {
		if found, err := filepath.Glob(glob); err == nil && len(found) > 0 {
			return filepath.Dir(filepath.Dir(found[0]))
		}
	}
	return ""
}

// The loader of the plugin: a file of its own among those that Neovim reads at
// its start, so that nobody's init.lua is touched. It comes after init.lua, with
// lazy.nvim and without.
const loaderHead = "-- Written by `dejafix setup nvim`, which takes it back with --remove.\n"

func loader(m *machine, dir string) []byte {
	var b strings.Builder
	b.WriteString(loaderHead)
	b.WriteString("-- Settings are those of vim.g.dejafix in init.lua (:help dejafix).\n")
	if program := m.program(); program != "dejafix" {
		fmt.Fprintf(&b, "vim.g.dejafix = vim.tbl_extend('keep', vim.g.dejafix or {}, { cmd = { %s, 'serve' } })\n", quoted(program))
	}
	fmt.Fprintf(&b, "vim.opt.runtimepath:append(%s)\n", quoted(filepath.ToSlash(dir)))
	fmt.Fprintf(&b, "vim.cmd.source(%s)\n", quoted(filepath.ToSlash(dir)+"/plugin/dejafix.lua"))
	return []byte(b.String())
}

func planNeovim(m *machine, _, config string, remove bool) (*plan, error) {
	if config == "" {
		config = filepath.Join(nvimConfig(m), "plugin", "dejafix.lua")
	}
	p := &plan{after: "open a file: `:checkhealth dejafix` says whether all is well"}
	t, err := pluginTree(filepath.Join(m.data, "nvim"))
	if err != nil {
		return nil, err
	}
	c := change{path: config, target: config}
	if target, err := filepath.EvalSymlinks(config); err == nil {
		c.target = target
	}
	c.old, err = os.ReadFile(config)
	switch {
	case err == nil:
		c.exists = true
	case !errors.Is(err, fs.ErrNotExist):
		return nil, problemf("make it readable", "%w", err)
	}
	if c.exists && !bytes.HasPrefix(c.old, []byte(loaderHead)) {
		return nil, problemf("move it aside, or name another file with --config FILE", "%s is there and was not written by dejafix", config)
	}
	unpacked := t.state()
	if remove {
		if c.exists {
			p.changes = append(p.changes, c)
			p.state = statePresent
		}
		if unpacked != stateAbsent {
			t.remove, p.tree, p.state = true, t, statePresent
		}
		return p, nil
	}
	if found := foundPlugin(m); found != "" && !c.exists {
		p.state, p.where = statePresent, "plugin at "+found
		p.notes = append(p.notes, "the plugin is there already: "+found)
		return p, nil
	}
	c.new, c.keep = loader(m, t.dir), true
	fresh := c.exists && bytes.Equal(c.old, c.new)
	switch {
	case fresh && unpacked == statePresent:
		p.state, p.where = statePresent, "plugin at "+t.dir
		return p, nil
	case c.exists || unpacked != stateAbsent:
		p.state = stateOutdated
	}
	if !fresh {
		p.changes = append(p.changes, c)
	}
	if unpacked != statePresent {
		p.tree = t
	}
	return p, nil
}
