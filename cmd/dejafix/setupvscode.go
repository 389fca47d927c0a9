package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
)

// extensionID is what VS Code knows the extension by.
const extensionID = "dejafix.dejafix"

// extensionFolders are where the programs of VS Code's kind keep extensions,
// below the home folder.
var extensionFolders = map[string]string{
	"code":          ".vscode/extensions",
	"code-insiders": ".vscode-insiders/extensions",
	"codium":        ".vscode-oss/extensions",
	"cursor":        ".cursor/extensions",
	"code-server":   ".local/share/code-server/extensions",
}

func planVSCode(m *machine, program, config string, remove bool) (*plan, error) {
	p := &plan{after: "reload the window; the status bar shows dejafix"}
	name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(program), ".exe"), ".cmd")
	folder, ok := extensionFolders[name]
	if !ok {
		folder = extensionFolders["code"]
	}
	root := filepath.Join(m.home, filepath.FromSlash(folder))
	if name == "code-server" {
		root = filepath.Join(m.dir("XDG_DATA_HOME", ".local", "share"), "code-server", "extensions")
	}
	found, err := filepath.Glob(filepath.Join(root, extensionID+"-*"))
	if err != nil {
		return nil, err
	}
	// The folder of an extension that was removed stays until the next start.
	if b, err := os.ReadFile(filepath.Join(root, "extensions.json")); err == nil && !bytes.Contains(b, []byte(`"`+extensionID+`"`)) {
		found = nil
	}
	if len(found) > 0 {
		p.state, p.where = statePresent, "extension at "+found[len(found)-1]
	}
	byHand := "put the editor's command into PATH (in VS Code: \"Shell Command: Install 'code' command in PATH\")"
	if remove {
		if len(found) > 0 {
			if program == "" {
				return nil, problemf(byHand, "VS Code's command was not found")
			}
			p.run = [][]string{{program, "--uninstall-extension", extensionID}}
		}
		return p, nil
	}
	if len(found) > 0 && config == "" {
		return p, nil
	}
	vsix := config
	if vsix == "" {
		vsix = packaged(m)
	}
	if vsix == "" {
		return nil, problemf("take the one of the release, or build it in a checkout (make vsix), and name it: `dejafix setup vscode --config FILE.vsix`",
			"no packaged extension lies beside this program")
	}
	if program == "" {
		return nil, problemf(byHand+", or choose \"Install from VSIX…\" in the extensions view and take "+vsix, "VS Code's command was not found")
	}
	p.run = [][]string{{program, "--install-extension", vsix}}
	return p, nil
}

// packaged is the extension that came with this program: beside it, in a
// package's share folder, or in the checkout that it was built in.
func packaged(m *machine) string {
	self := m.self
	if target, err := filepath.EvalSymlinks(self); err == nil {
		self = target
	}
	bin := filepath.Dir(self)
	for _, pattern := range []string{
		filepath.Join(bin, "dejafix*.vsix"),
		filepath.Join(bin, "..", "share", "dejafix", "dejafix*.vsix"),
		filepath.Join(bin, "..", "dist", "dejafix*.vsix"), // make vsix
	} {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return found[len(found)-1]
		}
	}
	return ""
}
