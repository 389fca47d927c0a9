package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// elsewhere is a machine of another system, whose home is a folder of the test
// and whose PATH has the programs that are named.
func elsewhere(t *testing.T, goos string, env map[string]string, programs ...string) *machine {
	t.Helper()
	home := t.TempDir()
	return &machine{
		goos: goos, home: home, self: "/opt/dejafix", data: filepath.Join(home, "data"),
		getenv: func(name string) string { return strings.ReplaceAll(env[name], "~", home) },
		look: func(program string) (string, error) {
			for _, p := range programs {
				if p == program {
					return "/bin/" + p, nil
				}
			}
			return "", os.ErrNotExist
		},
	}
}

// TestWhereEditorsKeepTheirConfiguration: on each system the file that setup
// would make is the one that the editor reads.
func TestWhereEditorsKeepTheirConfiguration(t *testing.T) {
	windows := map[string]string{"APPDATA": "~/Roaming", "LOCALAPPDATA": "~/Local"}
	tests := []struct {
		editor, goos string
		env          map[string]string
		there        string // a file or folder of the home that exists
		want         string // below the home
	}{
		{"nvim", "linux", nil, "", ".config/nvim/plugin/dejafix.lua"},
		{"nvim", "darwin", nil, "", ".config/nvim/plugin/dejafix.lua"},
		{"nvim", "linux", map[string]string{"XDG_CONFIG_HOME": "~/c", "NVIM_APPNAME": "mine"}, "", "c/mine/plugin/dejafix.lua"},
		{"nvim", "windows", windows, "", "Local/nvim/plugin/dejafix.lua"},
		{"helix", "linux", nil, "", ".config/helix/languages.toml"},
		{"helix", "darwin", nil, "", ".config/helix/languages.toml"},
		{"helix", "windows", windows, "", "Roaming/helix/languages.toml"},
		{"emacs", "linux", nil, "", ".emacs.d/init.el"},
		{"emacs", "linux", nil, ".config/emacs/early-init.el", ".config/emacs/init.el"},
		{"emacs", "linux", nil, ".emacs.d/early-init.el", ".emacs.d/init.el"},
		{"emacs", "darwin", nil, ".emacs", ".emacs"},
		{"emacs", "windows", windows, "", "AppData/Roaming/.emacs.d/init.el"},
		{"zed", "linux", nil, "", ".config/zed/settings.json"},
		{"zed", "darwin", nil, "", ".config/zed/settings.json"},
		{"zed", "windows", windows, "", "Roaming/Zed/settings.json"},
	}
	for _, test := range tests {
		m := elsewhere(t, test.goos, test.env, "gopls")
		if test.there != "" {
			path := filepath.Join(m.home, test.there)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for i := range editors {
			if editors[i].key != test.editor {
				continue
			}
			p, err := editors[i].plan(m, "", "", false)
			if err != nil {
				t.Errorf("%s on %s: %v", test.editor, test.goos, err)
				continue
			}
			if len(p.changes) != 1 || p.changes[0].path != filepath.Join(m.home, test.want) {
				t.Errorf("%s on %s would change %+v, want %s", test.editor, test.goos, p.changes, test.want)
			}
		}
	}
}

// TestBlocksComeAndGo: a text is what it was when its block is taken out, to the
// byte, whatever its line breaks and its end.
func TestBlocksComeAndGo(t *testing.T) {
	b := block{editor: "helix", comment: "#", indent: "  ", lines: []string{"a = 1", "", "b = 2"}}
	for _, text := range []string{"", "x = 1", "x = 1\n", "x = 1\r\ny = 2\r\n", "x = 1\r\ny = 2", "\n\n", "# <<< is no mark\n"} {
		for _, exists := range []bool{true, false} {
			if !exists && text != "" {
				continue
			}
			after := b.appended(text, exists)
			found, err := findBlock(after, "f")
			if err != nil || found == nil {
				t.Fatalf("%q: no block in %q: %v", text, after, err)
			}
			if got, keep := found.without(after); got != text || keep != exists {
				t.Errorf("appended to %q: taken out it is %q, a file: %v, want %v", text, got, keep, exists)
			}
			if strings.Contains(text, "\r\n") && strings.Count(after, "\n") != strings.Count(after, "\r\n") {
				t.Errorf("%q has mixed line breaks: %q", text, after)
			}
		}
	}
	for _, text := range []string{"{}", "{ }", "{\n}", "{  \n  \"x\": 1\n}\n", "{\r\n  \"x\": 1\r\n}\r\n", "{ \"x\": 1 }", "{ // mine\n}\n"} {
		after := b.inserted(text, 1)
		found, err := findBlock(after, "f")
		if err != nil || found == nil {
			t.Fatalf("%q: no block in %q: %v", text, after, err)
		}
		if got := found.withoutInserted(after); got != text {
			t.Errorf("inserted into %q: taken out it is %q", text, got)
		}
	}
}

// TestBalanced: forms that Emacs reads, and those that would swallow what is put
// behind them.
func TestBalanced(t *testing.T) {
	for text, want := range map[string]bool{
		"(setq a 1)": true, "(a ?\\( ?) b)": true, "; (\n(a)": true, `(a "(\"(" b)`: true, `(a\( b)`: true, "(a #'b [1 2] ?a)": true,
		"(what? b)": true, "(a": false, "(a))": false, `(a "b)`: false, "": true,
	} {
		if err := balanced(text); (err == nil) != want {
			t.Errorf("%q: %v, want an answer that is nil: %v", text, err, want)
		}
	}
}

// TestSettingsWithComments: comments and trailing commas are read over, and what
// is no JSON otherwise is refused.
func TestSettingsWithComments(t *testing.T) {
	for text, want := range map[string]bool{
		"{}": true, "// a\n{ \"a\": [1, 2,], /* b, */ \"lsp\": { \"x\": {}, }, }\n": true, `{"a": "// no, }"}`: true, "{\"a\": \"\\\"}\"}": true,
		"": false, "[]": false, "null": false, "{": false, `{"a": 1,, }`: false, `{"a": "b`: false, "{} /* a": false, `{"lsp": 1}`: false,
		`{"lsp": {}, "lsp": {}}`: false, "{,}": true, // which Zed reads too
	} {
		if _, err := readSettings(text, "lsp"); (err == nil) != want {
			t.Errorf("%q: %v, want an answer that is nil: %v", text, err, want)
		}
	}
}
