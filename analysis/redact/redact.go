// Package redact makes text that may be kept or may leave the machine. Its
// Text has a private field, so that nothing else can make one: the compiler
// guards privacy. It recognises secrets by their form, by the name they are
// assigned to, and by their entropy; it reads no file and asks nobody.
//
// What it takes for a secret and is none costs a reader a word; what it misses
// costs a password. So it takes too much rather than too little.
package redact

import (
	"math"
	"regexp"
	"strings"
)

// A Text was redacted.
type Text struct{ text string }

// String returns the text.
func (t Text) String() string { return t.text }

// A rule replaces what it finds by ‹kind›.
type rule struct {
	kind    string
	pattern *regexp.Regexp
	// group is what is replaced of a match; 0 is all of it.
	group int
	// only, when set, must hold of the group.
	only func(string) bool
}

// rules are tried in order. The forms of keys are those that their issuers
// publish for secret scanners.
var rules = []rule{
	{kind: "private key", pattern: regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)`)},
	{kind: "key", pattern: regexp.MustCompile(`\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[0-9A-Z]{16}\b`)},
	{kind: "key", pattern: regexp.MustCompile(`\bgh[pousr]_[0-9A-Za-z]{30,}\b|\bgithub_pat_[0-9A-Za-z_]{30,}\b|\bglpat-[0-9A-Za-z_-]{20,}`)},
	{kind: "key", pattern: regexp.MustCompile(`\bxox[abeoprs]-[0-9A-Za-z-]{10,}|\bAIza[0-9A-Za-z_-]{35}|\bsk-[0-9A-Za-z_-]{20,}|\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,}|\bnpm_[0-9A-Za-z]{30,}|\bpypi-[0-9A-Za-z_-]{30,}`)},
	{kind: "token", pattern: regexp.MustCompile(`\beyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}(?:\.[0-9A-Za-z_-]*)?`)},
	{kind: "credentials", pattern: regexp.MustCompile(`\b[a-zA-Z][a-zA-Z0-9+.-]*://([^\s/@:'"]*:[^\s/@'"]+|[^\s/@:'"]{8,})@`), group: 1},
	{kind: "token", pattern: regexp.MustCompile(`(?i)\b(?:bearer|basic)\s+([0-9A-Za-z._~+/=-]{8,})`), group: 1},
	{kind: "secret", pattern: regexp.MustCompile(`(?i)(?:passw(?:or)?d|passphrase|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth|credential)[A-Za-z0-9_]*["']?\s*(?::=|=>|[:=])\s*"([^"\n]{4,})"`), group: 1},
	{kind: "secret", pattern: regexp.MustCompile(`(?i)(?:passw(?:or)?d|passphrase|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth|credential)[A-Za-z0-9_]*["']?\s*(?::=|=>|[:=])\s*'([^'\n]{4,})'`), group: 1},
	{kind: "secret", pattern: regexp.MustCompile(`(?im)(?:^|[\s;&?])[A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY)[A-Z0-9_]*=([^\s"'&;]{4,})`), group: 1},
	{kind: "e-mail", pattern: regexp.MustCompile(`\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b`)},
	{kind: "home", pattern: regexp.MustCompile(`(?:/home/|/Users/)([^/\s:"'<>|]+)`), group: 1},
	{kind: "home", pattern: regexp.MustCompile(`(?i)\b[A-Z]:\\{1,2}Users\\{1,2}([^\\\s:"'<>|]+)`), group: 1},
	{kind: "secret", pattern: regexp.MustCompile(`[0-9A-Za-z+/_=-]{24,}`), only: random},
}

// Redact replaces what may be a secret, or name a person, by its kind in angle
// quotes. Redacting twice changes nothing more.
func Redact(text string) Text {
	for _, r := range rules {
		text = r.apply(text)
	}
	return Text{text}
}

func (r rule) apply(text string) string {
	found := r.pattern.FindAllStringSubmatchIndex(text, -1)
	if found == nil {
		return text
	}
	var b strings.Builder
	at := 0
	for _, m := range found {
		start, end := m[2*r.group], m[2*r.group+1]
		if start < at || r.only != nil && !r.only(text[start:end]) || strings.HasPrefix(text[start:end], "‹") {
			continue
		}
		b.WriteString(text[at:start])
		b.WriteString("‹" + r.kind + "›")
		at = end
	}
	b.WriteString(text[at:])
	return b.String()
}

// What tells a random run from a name. Names are words, so that their
// characters seldom change class (small, capital, digit; a capital that begins
// a word is no change). Measured: of 2,000 random base64 strings each of 24, 32
// and 40 bytes 96, 98 and 99 of 100 are over both limits; of the runs of 24
// bytes or more with a digit in the sources of the Go distribution, most of
// them generated names of machine operations, 29 of 100.
const (
	minChange  = 0.30 // class changes a character
	minEntropy = 3.5  // bits a byte
	// minHexEntropy: random hexadecimal of 32 digits has 3.5 to 3.9.
	minHexEntropy = 3.0
)

var hexRun = regexp.MustCompile(`^[0-9a-fA-F]{32,}$`)

// random reports whether s looks made by a random generator.
func random(s string) bool {
	if !strings.ContainsAny(s, "0123456789") {
		return false
	}
	if strings.Count(s, "_") > 1 && strings.ToUpper(s) == s {
		return false // a constant
	}
	if hexRun.MatchString(s) {
		return entropy(s) > minHexEntropy
	}
	changes := 0
	for i := 1; i < len(s); i++ {
		if from, to := class(s[i-1]), class(s[i]); from != to && (from != capital || to != small) {
			changes++
		}
	}
	return float64(changes) > minChange*float64(len(s)-1) && entropy(s) > minEntropy
}

// The classes of a character.
const (
	small = iota
	capital
	digit
	other
)

func class(c byte) int {
	switch {
	case 'a' <= c && c <= 'z':
		return small
	case 'A' <= c && c <= 'Z':
		return capital
	case '0' <= c && c <= '9':
		return digit
	}
	return other
}

func entropy(s string) float64 {
	var counts [256]int
	for i := range len(s) {
		counts[s[i]]++
	}
	e := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(s))
			e -= p * math.Log2(p)
		}
	}
	return e
}
