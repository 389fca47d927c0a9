package report

import (
	"path/filepath"
	"slices"
	"strings"
)

// A row is how one tool prints test results, line by line.
type row struct {
	name string
	// words are those of a command line that runs it.
	words []string
	// starts says whether a line, wherever it stands, begins its output.
	starts func(line string) bool
	// weak says it of a line that others print too: it counts only when the
	// command is the tool's.
	weak func(line string) bool
	// first says that a line is its own, whatever it looks like to others.
	first func(line string) bool
	// late is a tool whose first lines do not show whose they are: it does not
	// end another, and is told of the lines before.
	late bool
	make func(*collector) lineReader
}

// A lineReader takes the lines of one tool, without their ends. It reports
// whether the tool has said its last word.
type lineReader interface {
	line(line string) (done bool)
	close()
}

// rows is the table of readers. JUnit XML and the forms of JSON are told by
// their first bytes.
var rows = []row{
	{name: "go test", words: []string{"go"}, starts: startsGo, make: newGoReader},
	{name: "pytest", words: []string{"pytest", "py.test", "tox", "nox"}, starts: startsPytest, weak: weakPytest, make: newPytestReader},
	{name: "unittest", words: []string{"unittest", "manage.py"}, starts: startsUnittest, make: newUnittestReader},
	{name: "jest", words: []string{"jest"}, starts: startsJest, make: newJestReader},
	{name: "vitest", words: []string{"vitest"}, starts: startsVitest, first: ownVitest, make: newVitestReader},
	{name: "tap", words: []string{"tap", "prove"}, starts: startsTAP, make: newTAPReader},
	{name: "node:test", words: []string{"node"}, starts: startsNodeSpec, make: newNodeSpecReader},
	{name: "cargo test", words: []string{"cargo"}, starts: startsCargo, make: newCargoReader},
	{name: "cargo nextest", words: []string{"nextest", "cargo-nextest"}, starts: startsNextest, first: ownNextest, make: newNextestReader},
	{name: "maven", words: []string{"mvn", "mvnw"}, starts: startsMaven, make: newMavenReader},
	{name: "gradle", words: []string{"gradle", "gradlew"}, starts: startsGradle, make: newGradleReader},
	{name: "mocha", words: []string{"mocha"}, starts: startsMocha, late: true, make: newMochaReader},
}

// hint is the row that a command line names, nil when it names none.
func hint(command []string) *row {
	for _, word := range command {
		base := strings.TrimSuffix(strings.ToLower(filepath.Base(filepath.ToSlash(word))), ".exe")
		for i := range rows {
			if slices.Contains(rows[i].words, base) {
				return &rows[i]
			}
		}
	}
	return nil
}
