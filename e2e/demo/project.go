package main

import (
	"os"
	"path/filepath"
	"strings"
)

// The project: two packages that use strconv already, as grown code does.
const (
	itemFile   = "item/item.go"
	reportFile = "report/report.go"
)

var project = map[string]string{
	"go.mod": `module example.org/stock

go 1.23
`,
	itemFile: `// Package item holds what lies on the shelves.
package item

import (
	"strconv"
	"strings"
)

// An Item is one kind of thing in stock.
type Item struct {
	Name  string
	Count int
}

// Parse reads "name,count".
func Parse(line string) (Item, error) {
	name, count, _ := strings.Cut(line, ",")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	return Item{Name: name, Count: n}, err
}

// Label is what stands on the shelf.
func (it Item) Label() string {
	return it.Name
}
`,
	reportFile: `// Package report prints the stock.
package report

import (
	"strconv"
	"strings"

	"example.org/stock/item"
)

// Share is the part of the total that one item makes up, in per cent.
func Share(it item.Item, total int) string {
	return strconv.FormatFloat(100*float64(it.Count)/float64(total), 'f', 1, 64)
}

// Summary is the last line of a report.
func Summary(title string, items []item.Item) string {
	total := 0
	for _, it := range items {
		total += it.Count
	}
	return strings.ToUpper(title)
}
`,
}

// write lays the project out in dir.
func write(dir string) error {
	for name, text := range project {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// diff is the lines in which two texts differ, as a person would mark them.
func diff(before, after string) string {
	a, b := strings.SplitAfter(before, "\n"), strings.SplitAfter(after, "\n")
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	var out strings.Builder
	for _, line := range a[start:endA] {
		out.WriteString("  - " + strings.TrimSpace(line) + "\n")
	}
	for _, line := range b[start:endB] {
		out.WriteString("  + " + strings.TrimSpace(line) + "\n")
	}
	return out.String()
}
