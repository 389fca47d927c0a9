package nvim

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// ToolsDir is where scripts/tools.sh puts editors and language servers.
func ToolsDir() (string, error) {
	if dir := os.Getenv("DEJAFIX_TOOLS"); dir != "" {
		return dir, nil
	}
	if cache := os.Getenv("XDG_CACHE_HOME"); cache != "" {
		return filepath.Join(cache, "dejafix-tools"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".cache", "dejafix-tools"), nil
}

// Tool returns the path of a tool that scripts/tools.sh installs: "gopls",
// "pyright", "pyright-langserver", "tsc", "typescript-language-server".
func Tool(name string) (string, error) {
	dir, err := ToolsDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "bin", name)
	if _, err := exec.LookPath(path); err != nil {
		return "", fmt.Errorf("%s is not installed: run scripts/tools.sh", name)
	}
	return path, nil
}

// Programs returns the Neovims to test with, by name: 0.10 and 0.12, or the
// machine's own where scripts/tools.sh could unpack none.
func Programs() (map[string]string, error) {
	if host, err := Tool("nvim-host"); err == nil {
		return map[string]string{"nvim-host": host}, nil
	}
	programs := make(map[string]string)
	for _, version := range []string{"0.10", "0.12"} {
		path, err := Tool("nvim-" + version)
		if err != nil {
			return nil, err
		}
		programs["nvim-"+version] = path
	}
	return programs, nil
}
