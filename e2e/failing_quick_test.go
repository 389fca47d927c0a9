//go:build !editors

package e2e

// The languages and Neovims whose failing tests are looked at each time.
var (
	failingLanguages = []string{"go"}
	failingOutside   map[string][]string
	quickest         = "0.12"
)
