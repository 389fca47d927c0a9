package nvim

// A Server is a language server as a user's configuration starts it.
type Server struct {
	Name        string         `json:"name"`
	Cmd         []string       `json:"cmd"`
	Filetypes   []string       `json:"filetypes"`
	RootMarkers []string       `json:"root_markers"`
	Settings    map[string]any `json:"settings,omitempty"`
	// Push has the server report on its own even where Neovim can ask.
	Push bool `json:"push"`
}

// Gopls returns Go's language server.
func Gopls() (Server, error) {
	path, err := Tool("gopls")
	return Server{
		Name: "gopls", Cmd: []string{path},
		Filetypes: []string{"go", "gomod"}, RootMarkers: []string{"go.mod"},
	}, err
}

// Pyright returns Python's language server.
func Pyright() (Server, error) {
	path, err := Tool("pyright-langserver")
	return Server{
		Name: "pyright", Cmd: []string{path, "--stdio"},
		Filetypes: []string{"python"}, RootMarkers: []string{"pyproject.toml", "pyrightconfig.json"},
		Settings: map[string]any{"python": map[string]any{"analysis": map[string]any{"diagnosticMode": "openFilesOnly"}}},
		// Asked by Neovim 0.12, pyright 1.1.414 answers requests that were
		// cancelled with "no errors", and "unchanged" to the next: on a slow
		// machine an error then stays unreported until the next edit.
		Push: true,
	}, err
}

// TypeScript returns TypeScript's language server.
func TypeScript() (Server, error) {
	path, err := Tool("typescript-language-server")
	return Server{
		Name: "ts_ls", Cmd: []string{path, "--stdio"},
		Filetypes: []string{"typescript", "typescriptreact", "javascript", "javascriptreact"}, RootMarkers: []string{"tsconfig.json"},
	}, err
}

// Clangd returns the language server of C and C++.
func Clangd() (Server, error) {
	path, err := Tool("clangd")
	return Server{
		Name: "clangd", Cmd: []string{path},
		Filetypes: []string{"c", "cpp"}, RootMarkers: []string{"compile_flags.txt"},
	}, err
}

// Ruff returns Python's linter as a language server.
func Ruff() (Server, error) {
	path, err := Tool("ruff")
	return Server{
		Name: "ruff", Cmd: []string{path, "server"},
		Filetypes: []string{"python"}, RootMarkers: []string{"pyproject.toml"},
	}, err
}
