package report

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// The forms that need more than one line.
var (
	// eslint's stylish form: a path, and below it lines of place, severity,
	// message and rule. A parsing error has no rule.
	stylishLine = regexp.MustCompile(`^\s+(\d+):(\d+)\s+(error|warning)\s+(.+?)\s*$`)
	// ruff's full form: code and message, then the place.
	ruffHead  = regexp.MustCompile(`^(?:([A-Z]{1,5}\d{1,4})|(invalid-syntax|SyntaxError):?)(?: \[\*\])? (.+)$`)
	ruffPlace = regexp.MustCompile(`^\s*--> (.+):(\d+):(\d+)$`)
	// rustc's full form is the same with other words.
	rustHead  = regexp.MustCompile(`^(error|warning)(?:\[([A-Za-z0-9_:]+)\])?: (.+)$`)
	rustPlace = regexp.MustCompile(`^\s*--> (.+\.rs):(\d+):(\d+)$`)
	// Maven and Kotlin's compiler write places their own way.
	mavenLine  = regexp.MustCompile(`^\[(ERROR|WARNING)\] (.+\.(?:java|kt|scala|groovy)):\[(\d+),(\d+)\] (.+)$`)
	kotlinLine = regexp.MustCompile(`^([ew]): (?:file://)?(.+\.kts?):(?: \()?(\d+)[:,] ?(\d+)\)?:? (.+)$`)
	// make says where it goes.
	makeDir = regexp.MustCompile(`^\S*make(?:\[\d+\])?: (Entering|Leaving) directory ['‘` + "`" + `](.+)['’]$`)
	// pyright ends a message of several lines with its rule.
	pyrightRule = regexp.MustCompile(`^[ \t\x{a0}]{2,}.* \((report[A-Za-z]+)\)$`)
	colour      = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")
)

// cut are words by which a tool says that there is more.
var cut = []string{"too many errors"}

// units are in what a tool counts columns, by source; others count UTF-16, as
// Node does.
var units = map[string]textedit.Encoding{
	"go build": textedit.UTF8, "go vet": textedit.UTF8, "": textedit.UTF8, "rustc": textedit.UTF32,
	"ruff": textedit.UTF32, "mypy": textedit.UTF32, "pylint": textedit.UTF32, "rubocop": textedit.UTF32,
}

// lineParser reads lines one after the other.
type lineParser struct {
	r    Report
	file string               // of the stylish lines that follow
	head *analysis.Diagnostic // of ruff, whose place follows
	rust *analysis.Diagnostic // of rustc, the same
	dirs []string             // that make is in
	seen map[Finding]bool
}

func (p *lineParser) parse(text string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(colour.ReplaceAllString(line, ""), " \t\r\n")
		if line != "" && !p.line(line) {
			p.r.Other++
		}
	}
}

// line reports whether a line was understood.
func (p *lineParser) line(line string) bool {
	if m := ruffPlace.FindStringSubmatch(line); m != nil && p.head != nil {
		d := *p.head
		p.head = nil
		p.add(m[1], number(m[2]), number(m[3]), d)
		return true
	}
	if m := rustHead.FindStringSubmatch(line); m != nil {
		p.rust = &analysis.Diagnostic{Source: "rustc", Code: m[2], Message: m[3], Severity: severity(m[1]), NoSpan: true}
		return true
	}
	if p.rust != nil {
		d := *p.rust
		p.rust = nil // the place is on the next line, or there is none
		if m := rustPlace.FindStringSubmatch(line); m != nil {
			p.add(m[1], number(m[2]), number(m[3]), d)
			return true
		}
	}
	if m := mavenLine.FindStringSubmatch(line); m != nil {
		p.add(m[2], number(m[3]), number(m[4]), analysis.Diagnostic{Source: "javac", Message: m[5], Severity: severity(strings.ToLower(m[1])), NoSpan: true})
		return true
	}
	if m := kotlinLine.FindStringSubmatch(line); m != nil {
		d := analysis.Diagnostic{Source: "kotlinc", Message: m[5], Severity: analysis.SeverityError, NoSpan: true}
		if m[1] == "w" {
			d.Severity = analysis.SeverityWarning
		}
		p.add(m[2], number(m[3]), number(m[4]), d)
		return true
	}
	if m := makeDir.FindStringSubmatch(line); m != nil {
		if m[1] == "Entering" {
			p.dirs = append(p.dirs, m[2])
		} else if len(p.dirs) > 0 {
			p.dirs = p.dirs[:len(p.dirs)-1]
		}
		return true
	}
	if m := stylishLine.FindStringSubmatch(line); m != nil && p.file != "" {
		_, _, _, d, _, ok := identity.FromLine(line)
		if !ok {
			d = analysis.Diagnostic{Source: "eslint", Message: m[4], Severity: analysis.SeverityError, NoSpan: true}
			if m[3] == "warning" {
				d.Severity = analysis.SeverityWarning
			}
		}
		p.add(p.file, number(m[1]), number(m[2]), d)
		return true
	}
	file, at, column, d, _, ok := identity.FromLine(line)
	switch {
	case ok && file != "":
		if isCut(d.Message) {
			p.r.Cut = line
			return true
		}
		p.add(file, at, column, d)
		return true
	case isCut(line):
		p.r.Cut = line
		return true
	}
	if m := pyrightRule.FindStringSubmatch(line); m != nil && len(p.r.Findings) > 0 {
		if last := &p.r.Findings[len(p.r.Findings)-1].Diagnostic; last.Source == "pyright" && last.Code == "" {
			last.Code = m[1]
			return true
		}
	}
	if m := ruffHead.FindStringSubmatch(line); m != nil {
		p.head = &analysis.Diagnostic{Source: "ruff", Code: m[1], Message: m[3], Severity: analysis.SeverityError, NoSpan: true}
		if m[1] == "" {
			p.head.Code = identity.SyntaxError
		}
		return true
	}
	if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") && identity.LanguageOf(line) != "" && !strings.Contains(line, ": ") {
		p.file = line
		return true
	}
	return strings.HasPrefix(line, "# ") // the go command names packages so
}

func isCut(s string) bool {
	for _, c := range cut {
		if strings.HasPrefix(strings.TrimPrefix(s, "fatal error: "), c) {
			return true
		}
	}
	return false
}

func (p *lineParser) add(file string, line, column int, d analysis.Diagnostic) {
	unit, known := units[d.Source]
	if !known {
		unit = textedit.UTF16
	}
	f := Finding{
		File: file, Language: identity.LanguageOf(file), Diagnostic: d,
		Place: Place{Line: line, Column: column, Unit: unit},
	}
	if len(p.dirs) > 0 {
		f.Dir = p.dirs[len(p.dirs)-1]
	}
	p.addFinding(f)
}

// addFinding keeps what was not said before: a package and the same with its
// tests say the same.
func (p *lineParser) addFinding(f Finding) {
	if !p.seen[f] {
		p.seen[f] = true
		p.r.Findings = append(p.r.Findings, f)
	}
}

// expects says that the next line may belong to the one before, whatever it
// looks like.
func (p *lineParser) expects() bool { return p.head != nil || p.rust != nil }

// number reads a line or column; what does not fit is not known.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
