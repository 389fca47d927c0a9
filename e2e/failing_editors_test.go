//go:build editors

package e2e

var (
	failingLanguages = []string{"go", "python", "typescript"}
	failingOutside   = []string{"go"}
	quickest         = "" // all
)
