package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/dejafix/dejafix/store"
)

// A machine is what setup and doctor look at when they look for editors, so
// that tests can be of another one.
type machine struct {
	goos   string
	getenv func(string) string
	home   string
	look   func(program string) (string, error) // in PATH
	self   string                               // this program
	data   string                               // dejafix's own folder for data
}

func thisMachine() (*machine, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, problemf("set HOME", "no home folder: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	path, err := store.DefaultPath()
	if err != nil {
		return nil, err
	}
	return &machine{goos: runtime.GOOS, getenv: os.Getenv, home: home, look: exec.LookPath, self: self, data: filepath.Dir(path)}, nil
}

// dir is a folder that the environment names, or one below the home folder.
func (m *machine) dir(env string, fallback ...string) string {
	if d := m.getenv(env); filepath.IsAbs(d) {
		return d
	}
	return filepath.Join(append([]string{m.home}, fallback...)...)
}

// config is where programs of this machine keep their configuration: XDG's
// folder, on macOS too, where terminal programs use it; Windows has its own.
func (m *machine) config() string {
	if m.goos == "windows" && m.getenv("XDG_CONFIG_HOME") == "" {
		return m.dir("APPDATA", "AppData", "Roaming")
	}
	return m.dir("XDG_CONFIG_HOME", ".config")
}

// program is what an editor is to start: the name where PATH leads here, else
// the whole path.
func (m *machine) program() string {
	if found, err := m.look("dejafix"); err == nil && sameFile(m.self, found) {
		return "dejafix"
	}
	return filepath.ToSlash(m.self)
}

// An editor is one that dejafix can be wired into.
type editor struct {
	key, name string
	programs  []string // by the first that is found
	places    []string // outside of PATH, by the system's name: "darwin:/Applications/…"
	oldest    [2]int   // version that will do; what is older lacks reason
	lacks     string
	files     string // what --config names
	// plan says how things stand, and what would be changed: to write the lines,
	// or to take them back. Config is a file to use instead of the usual one.
	plan func(m *machine, program, config string, remove bool) (*plan, error)
}

// editors are in the order in which doctor names them.
var editors = []editor{
	{
		key: "nvim", name: "Neovim", programs: []string{"nvim"}, oldest: [2]int{0, 10}, lacks: "what the plugin stands on (vim.lsp)",
		files: "a Lua file that Neovim reads at its start", plan: planNeovim,
	},
	{
		key: "vscode", name: "VS Code", programs: []string{"code", "codium", "code-insiders", "code-server", "cursor"},
		places: []string{"darwin:/Applications/Visual Studio Code.app/Contents/Resources/app/bin/code"},
		oldest: [2]int{1, 93}, lacks: "shell integration for extensions", files: "the packaged extension, a .vsix", plan: planVSCode,
	},
	{
		key: "helix", name: "Helix", programs: []string{"hx", "helix"}, oldest: [2]int{23, 10}, lacks: "[language-server] tables",
		files: "languages.toml", plan: planHelix,
	},
	{
		key: "emacs", name: "Emacs", programs: []string{"emacs"}, oldest: [2]int{29, 0}, lacks: "eglot",
		files: "the init file", plan: planEmacs,
	},
	{
		key: "zed", name: "Zed", programs: []string{"zed", "zeditor"}, places: []string{"darwin:/Applications/Zed.app/Contents/MacOS/cli"},
		files: "settings.json", plan: planZed,
	},
}

// find is where an editor's program lies, "" where it is not found.
func (e *editor) find(m *machine) string {
	for _, name := range e.programs {
		if path, err := m.look(name); err == nil {
			return path
		}
	}
	for _, place := range e.places {
		if path, ok := strings.CutPrefix(place, m.goos+":"); ok {
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
	}
	return ""
}

// versionWithin bounds how long an editor may take to say what it is: VS Code,
// the slowest, takes half a second warm.
const versionWithin = 5 * time.Second

// version is what an editor says of itself, "" where it does not say.
func (e *editor) version(ctx context.Context, program string) string {
	ctx, cancel := context.WithTimeout(ctx, versionWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "--version")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(out), "\n")
	for word := range strings.FieldsSeq(first) {
		word = strings.Trim(strings.TrimPrefix(word, "v"), ",()")
		if _, _, ok := majorMinor(word); ok {
			return word
		}
	}
	return ""
}

// majorMinor reads the beginning of "0.12.4", "25.01" or "30.1".
func majorMinor(version string) (major, minor int, ok bool) {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return 0, 0, false
	}
	major, err := strconv.Atoi(parts[0])
	if err != nil {
		return 0, 0, false
	}
	digits := strings.IndexFunc(parts[1], func(r rune) bool { return r < '0' || r > '9' })
	if digits >= 0 {
		parts[1] = parts[1][:digits]
	}
	minor, err = strconv.Atoi(parts[1])
	return major, minor, err == nil
}

// tooOld says why a version will not do, "" where it does or is not known.
func (e *editor) tooOld(version string) string {
	major, minor, ok := majorMinor(version)
	if !ok || major > e.oldest[0] || major == e.oldest[0] && minor >= e.oldest[1] {
		return ""
	}
	oldest := fmt.Sprintf("%d.%d", e.oldest[0], e.oldest[1])
	if e.key == "helix" {
		oldest = fmt.Sprintf("%d.%02d", e.oldest[0], e.oldest[1])
	}
	return fmt.Sprintf("%s %s lacks %s: install %s or newer", e.name, version, e.lacks, oldest)
}
