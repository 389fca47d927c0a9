//go:build editors

package e2e

var (
	failingLanguages = []string{"go", "python", "typescript"}
	quickest         = "" // all
)
