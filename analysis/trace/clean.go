package trace

import "slices"

import "strings"

// plain returns s without terminal escapes, and without what a carriage return
// overwrote. It allocates only where there is something to take out.
func plain(s string) string {
	s = strings.TrimRight(s, "\r")
	if i := strings.LastIndexByte(s, '\r'); i >= 0 {
		s = s[i+1:]
	}
	if strings.IndexByte(s, 0x1b) < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for {
		i := strings.IndexByte(s, 0x1b)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i+escape(s[i:]):]
	}
}

// escape returns the length of the escape sequence that s begins with (ECMA-48,
// 5.4 and 5.6).
func escape(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[': // CSI: parameters, intermediates, a final byte
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
			if s[i] < 0x20 || s[i] > 0x7e {
				return i
			}
		}
		return len(s)
	case ']', '_', 'P', '^': // strings up to BEL or ESC \
		for i := 2; i < len(s); i++ {
			if s[i] == 7 {
				return i + 1
			}
			if s[i] == 0x1b {
				if i+1 < len(s) && s[i+1] == '\\' {
					return i + 2
				}
				return i
			}
		}
		return len(s)
	}
	return 2
}

// prefix returns how many bytes of s were put before the line by a logger, a
// container or a build server, and who that says printed the line ("" when it
// does not say). Exactly one blank is taken with each part, so that the line
// keeps its indentation.
func prefix(s string) (n int, source string) {
	for range 4 {
		k, src := prefixPart(s[n:], n > 0)
		if k == 0 {
			break
		}
		n += k
		if src != "" {
			source = src
		}
	}
	return n, source
}

// levels are the words that loggers put in brackets.
var levels = []string{"ERROR", "INFO", "WARN", "WARNING", "DEBUG", "TRACE", "FATAL", "error", "info", "warn", "warning", "debug"}

// tasks are the scripts whose name monorepo runners put before each line.
var tasks = []string{"test", "build", "dev", "start", "lint", "check", "typecheck", "e2e", "unit"}

func prefixPart(s string, after bool) (int, string) {
	if s == "" {
		return 0, ""
	}
	c := s[0]
	switch {
	case isDigit(c):
		if n := stamp(s); n > 0 {
			return blankAfter(s, n+logcat(s[n:])), ""
		}
		if after && len(s) > 3 && isDigit(s[1]) && (s[2] == 'O' || s[2] == 'E') && (s[3] == ' ' || s[3] == '+') { // GitLab's sections
			return 4, ""
		}
	case c == '[':
		end := strings.IndexByte(s[:min(len(s), 120)], ']')
		if end < 0 {
			return 0, ""
		}
		in := s[1:end]
		if n := stamp(in); n > 0 && n >= len(in)-2 {
			return blankAfter(s, end+1), ""
		}
		if slices.Contains(levels, in) {
			return blankAfter(s, end+1), ""
		}
		if strings.HasPrefix(in, "pod/") {
			return blankAfter(s, end+1), in
		}
	case c == '#' && after && strings.HasPrefix(s, "##["):
		if end := strings.IndexByte(s, ']'); end > 0 && end < 20 {
			return end + 1, ""
		}
	case c >= 'A' && c <= 'Z' && len(s) > 15:
		if n := syslogStamp(s); n > 0 {
			// host, program[pid]:
			rest := s[n:]
			sp := strings.IndexByte(rest, ' ')
			if sp < 0 || sp > 64 {
				return n, ""
			}
			colon := strings.Index(rest, ": ")
			if colon < 0 || colon > 128 || strings.IndexByte(rest[sp+1:max(colon, sp+1)], ' ') >= 0 {
				return n, ""
			}
			return n + colon + 2, rest[sp+1 : max(colon, sp+1)]
		}
		if len(s) > 2 && s[1] == '/' && strings.IndexByte("VDIWEF", c) >= 0 { // logcat, brief
			if end := strings.Index(s[:min(len(s), 80)], "): "); end > 0 && strings.IndexByte(s[:end], '(') > 0 {
				return end + 3, s[2:end]
			}
		}
	}
	if !isWordStart(c) || after {
		return 0, ""
	}
	// name | line (compose), name:task: line (turbo, nx), path task: line (pnpm)
	i := 1
	for i < len(s) && i < 64 && (isWord(s[i]) || strings.IndexByte("-./@#", s[i]) >= 0) {
		i++
	}
	if i >= len(s) {
		return 0, ""
	}
	name := s[:i]
	if s[i] == ' ' {
		j := i
		for j < len(s) && j < i+40 && s[j] == ' ' {
			j++
		}
		if j < len(s) && s[j] == '|' && (j+1 == len(s) || s[j+1] == ' ') && strings.Trim(name, "^~-.|") != "" && !allDigits(name) {
			return blankAfter(s, j+1), name
		}
		for _, t := range tasks {
			if strings.HasPrefix(s[i+1:], t) && strings.HasPrefix(s[i+1+len(t):], ": ") {
				return i + 1 + len(t) + 2, name
			}
		}
		return 0, ""
	}
	if s[i] == ':' {
		for _, t := range tasks {
			if strings.HasPrefix(s[i+1:], t) && strings.HasPrefix(s[i+1+len(t):], ": ") {
				return i + 1 + len(t) + 2, name
			}
		}
		if name == "remote" && i+1 < len(s) && s[i+1] == ' ' {
			return i + 2, ""
		}
	}
	return 0, ""
}

// stamp returns the length of the time that s begins with, 0 when it does not:
// 2006-01-02T15:04:05.000Z, 2006/01/02 15:04:05, 15:04:05.000, 01-02 15:04:05.
func stamp(s string) int {
	n := 0
	switch {
	case like(s, "dddd-dd-dd") || like(s, "dddd/dd/dd"):
		n = 10
	case like(s, "dd-dd dd:"):
		n = 5
	}
	if n > 0 {
		if n >= len(s) || (s[n] != 'T' && s[n] != ' ') {
			return 0
		}
		n++
	}
	if !like(s[n:], "dd:dd:dd") {
		return 0
	}
	n += 8
	if n < len(s) && (s[n] == '.' || s[n] == ',') {
		for n++; n < len(s) && isDigit(s[n]); n++ {
		}
	}
	if n < len(s) && s[n] == 'Z' {
		return n + 1
	}
	if n < len(s) && (s[n] == '+' || s[n] == '-') && (like(s[n+1:], "dd:dd") || like(s[n+1:], "dddd")) {
		n += 5
		if s[n-2] == ':' || (n < len(s) && isDigit(s[n])) {
			n++
		}
	}
	return n
}

// months are as syslog names them.
var months = []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

// syslogStamp is stamp for "Jan  2 15:04:05 ".
func syslogStamp(s string) int {
	if len(s) < 16 || s[3] != ' ' || !slices.Contains(months, s[:3]) {
		return 0
	}
	if (s[4] == ' ' || isDigit(s[4])) && isDigit(s[5]) && s[6] == ' ' && like(s[7:], "dd:dd:dd") && s[15] == ' ' {
		return 16
	}
	return 0
}

// logcat returns the length of "  pid  tid L tag: ", without its last blank.
func logcat(s string) int {
	i, fields := 0, 0
	for fields < 2 {
		j := i
		for j < len(s) && s[j] == ' ' {
			j++
		}
		k := j
		for k < len(s) && isDigit(s[k]) {
			k++
		}
		if j == i || k == j {
			return 0
		}
		i = k
		fields++
	}
	if i+3 >= len(s) || s[i] != ' ' || strings.IndexByte("VDIWEF", s[i+1]) < 0 || s[i+2] != ' ' {
		return 0
	}
	colon := strings.Index(s[i:min(len(s), i+80)], ": ")
	if colon < 0 {
		return 0
	}
	return i + colon + 1
}

func blankAfter(s string, n int) int {
	if n < len(s) && s[n] == ' ' {
		return n + 1
	}
	return n
}

// like reports whether s begins as pattern says: d is a digit, all else itself.
func like(s, pattern string) bool {
	if len(s) < len(pattern) {
		return false
	}
	for i := range len(pattern) {
		if pattern[i] == 'd' {
			if !isDigit(s[i]) {
				return false
			}
		} else if s[i] != pattern[i] {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
func isWordStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '@' || c >= 0x80
}
func isWord(c byte) bool  { return isWordStart(c) && c != '@' || isDigit(c) }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// indent returns the blanks that s begins with.
func indent(s string) int {
	i := 0
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	return i
}

// number reads the decimal number that s begins with and returns what follows;
// one that does not fit is 0.
func number(s string) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		if i < 9 {
			n = n*10 + int(s[i]-'0')
		}
		i++
	}
	if i > 9 {
		n = 0
	}
	return n, s[i:], i > 0
}

// position takes ":line" or ":line:column" off the end of s. At least a line
// is needed.
func position(s string) (file string, line, column int, ok bool) {
	a, rest, ok := lastNumber(s)
	if !ok {
		return s, 0, 0, false
	}
	if b, rest2, ok := lastNumber(rest); ok && rest2 != "" {
		return rest2, b, a, true
	}
	return rest, a, 0, true
}

func lastNumber(s string) (n int, rest string, ok bool) {
	i := len(s)
	for i > 0 && isDigit(s[i-1]) {
		i--
	}
	if i == len(s) || i == 0 || s[i-1] != ':' {
		return 0, s, false
	}
	n, _, _ = number(s[i:])
	return n, s[:i-1], true
}
