package nvim

// A Server is a language server as a user's configuration starts it.
type Server struct {
	Name        string         `json:"name"`
	Cmd         []string       `json:"cmd"`
	Filetypes   []string       `json:"filetypes"`
	RootMarkers []string       `json:"root_markers"`
	Settings    map[string]any `json:"settings,omitempty"`
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
