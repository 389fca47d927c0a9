package wire

import "fmt"

// A Setup is what `setup --json` prints: what an editor needs to run dejafix, and
// whether it was written.
type Setup struct {
	Head
	Editor  string        `json:"editor"`
	Name    string        `json:"name"`
	Program string        `json:"program,omitempty"`
	Release string        `json:"release,omitempty"` // of the editor
	State   string        `json:"state,omitempty"`   // before: present, outdated
	Did     string        `json:"did"`               // shown, written, removed, nothing
	Changes []SetupChange `json:"changes,omitempty"`
	Run     []string      `json:"run,omitempty"`   // commands of the editor
	Notes   []string      `json:"notes,omitempty"` // what a person should know
	Next    string        `json:"next"`
}

// A SetupChange is one file, or the folder of a plugin.
type SetupChange struct {
	Path   string `json:"path"`
	Action string `json:"action"`
	Diff   string `json:"diff,omitempty"`
	Files  int    `json:"files,omitempty"` // in the folder
}

func (*Setup) kind() string { return "setup" }

func (s *Setup) check() ([]string, error) {
	if max(len(s.Changes), len(s.Run), len(s.Notes)) > MaxItems {
		return nil, fmt.Errorf("lists: %w", ErrTooLarge)
	}
	return nil, nil
}
