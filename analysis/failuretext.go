package analysis

import (
	"fmt"
	"strings"
	"time"
)

// FailureHeadline is what is kept of what was thrown.
func FailureHeadline(g *FailureGroup) string {
	switch {
	case g.Type == "" && g.Message == "":
		return "a failed assertion"
	case g.Type == "":
		return g.Message
	case g.Message == "":
		return g.Type
	}
	return g.Type + ": " + g.Message
}

// SeenText says how often a failure was seen, "" where it was not.
func SeenText(g *FailureGroup) string {
	if g == nil || g.Count == 0 {
		return ""
	}
	if g.Count == 1 {
		return "Seen once, on " + day(g.Last) + "."
	}
	return fmt.Sprintf("Seen in %d runs, from %s to %s.", g.Count, day(g.First), day(g.Last))
}

// FlakyText says that a failure is flaky, "" where it is not.
func FlakyText(g *FailureGroup) string {
	switch {
	case g == nil || g.Flaky.IsZero():
		return ""
	case g.FlakyRuns == 0:
		return "Flaky: it failed and passed without a change between. Nothing is learned of it."
	}
	return fmt.Sprintf("Flaky: failed %d of %d runs without a change between. Nothing is learned of it.", g.FlakyFailed, g.FlakyRuns)
}

// RepairText says when what repaired a failure, without the diff.
func RepairText(r *FailureRepair) string {
	what := "Repaired on " + day(r.Time)
	if r.Title != "" {
		what += ": " + r.Title
	}
	if r.Example == "" && r.Path != "" {
		what += " (in " + r.Path + ")"
	}
	if r.Refuted {
		what += "; but the same code failed again"
	}
	return what
}

// TestNames names the tests that failed so, limit of them at most.
func TestNames(g *FailureGroup, limit int) string {
	var names []string
	more := 0
	for _, t := range g.Tests {
		if t.Name == "" {
			continue
		}
		if len(names) == limit {
			more++
			continue
		}
		names = append(names, t.Name)
	}
	if more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// day is when something was, as a person on this machine dates it.
func day(t time.Time) string { return t.Local().Format(time.DateOnly) }

// CallText is a call for a person: its name and where it is.
func CallText(f *Frame) string {
	file := f.Path
	if file == "" {
		file = f.File
	}
	if f.Line > 0 && file != "" {
		file = fmt.Sprintf("%s:%d", file, f.Line)
	}
	switch {
	case f.Function == "":
		return file
	case file == "":
		return f.Function
	}
	return f.Function + ", " + file
}

// LocalText says what is known of a variable: its type, and whether it was null.
func LocalText(v *Local) string {
	switch {
	case v.Null:
		return v.Name + " was null"
	case v.Type == "":
		return v.Name
	}
	return v.Name + " was of type " + v.Type
}
