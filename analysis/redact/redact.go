package redact

import (
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Text is text that was redacted. The zero Text is empty.
type Text struct{ s string }

// String returns the text.
func (t Text) String() string { return t.s }

// LogValue makes a Text readable in logs.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.s) }

// Redact returns s without what must not be kept. Redacting twice changes
// nothing.
func Redact(s string) Text {
	lower := strings.ToLower(s)
	for i := range rules {
		s = rules[i].apply(s, lower)
	}
	return Text{entropic(s)}
}

// Redactf formats and redacts.
func Redactf(format string, args ...any) Text { return Redact(fmt.Sprintf(format, args...)) }

// A rule replaces what a pattern finds, or its group named x where it has
// one, by ‹kind›.
type rule struct {
	kind string
	re   *regexp.Regexp
	// must is text without which the pattern cannot match: a cheap look first.
	// In lower case where fold says that the pattern has no case.
	must []string
	fold bool
	// spare says that a match is none, from what the group holds and what
	// follows it.
	spare func(match []string, rest string) bool
}

// rules are applied in order: whole blocks before what is in them.
var rules = []rule{
	{kind: "pem", must: []string{"-----BEGIN"}, re: regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\z)`)},

	// Key formats, as their makers document them.
	{kind: "aws-key", must: []string{"AKIA", "ASIA", "AGPA", "AIDA", "AROA", "ANPA", "ANVA"}, re: regexp.MustCompile(`\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ANVA)[0-9A-Z]{16}\b`)},
	{kind: "github-token", must: []string{"gh", "github_pat_"}, re: regexp.MustCompile(`\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})`)},
	{kind: "gitlab-token", must: []string{"gl"}, re: regexp.MustCompile(`\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|soat|agent)-[A-Za-z0-9_-]{20,}`)},
	{kind: "slack-token", must: []string{"xox", "xapp-"}, re: regexp.MustCompile(`\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}`)},
	{kind: "slack-webhook", must: []string{"hooks.slack.com"}, re: regexp.MustCompile(`hooks\.slack\.com/(?P<x>(?:services|workflows)/[A-Za-z0-9/_-]{10,})`)},
	{kind: "google-key", must: []string{"AIza", "ya29.", "GOCSPX-"}, re: regexp.MustCompile(`\b(?:AIza[0-9A-Za-z_-]{30,}|ya29\.[0-9A-Za-z_-]{20,}|GOCSPX-[0-9A-Za-z_-]{20,})`)},
	{kind: "stripe-key", must: []string{"k_live_", "k_test_", "whsec_"}, re: regexp.MustCompile(`\b(?:[spr]k_(?:live|test)_[0-9A-Za-z]{10,}|whsec_[0-9A-Za-z]{16,})`)},
	{kind: "api-key", must: []string{"sk-"}, re: regexp.MustCompile(`\bsk-(?:[a-z0-9]+-)*[A-Za-z0-9_-]{20,}`)},
	{kind: "npm-token", must: []string{"npm_"}, re: regexp.MustCompile(`\bnpm_[A-Za-z0-9]{30,}`)},
	{kind: "pypi-token", must: []string{"pypi-"}, re: regexp.MustCompile(`\bpypi-[A-Za-z0-9_-]{16,}`)},
	{kind: "hf-token", must: []string{"hf_"}, re: regexp.MustCompile(`\bhf_[A-Za-z0-9]{30,}`)},
	{kind: "do-token", must: []string{"_v1_"}, re: regexp.MustCompile(`\bdo[opr]_v1_[a-f0-9]{32,}`)},
	{kind: "sendgrid-key", must: []string{"SG."}, re: regexp.MustCompile(`\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`)},
	{kind: "jwt", must: []string{"eyJ"}, re: regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?`)},
	{kind: "age-key", must: []string{"AGE-SECRET-KEY-"}, re: regexp.MustCompile(`AGE-SECRET-KEY-1[0-9A-Z]{40,}`)},

	{kind: "userinfo", must: []string{"://"}, re: regexp.MustCompile(`\b[A-Za-z][A-Za-z0-9+.-]*://(?P<x>[^\s/?#"'<>‹›]+)@`)},
	{kind: "credentials", must: []string{"bearer", "basic"}, fold: true, re: regexp.MustCompile(`(?i)\b(?:bearer|basic)\s+(?P<x>[A-Za-z0-9._~+/=-]{12,})`), spare: plainWord},
	{kind: "credentials", must: []string{"authorization"}, fold: true, re: regexp.MustCompile(`(?i)\bauthorization["']?\s*[:=]\s*["']?(?:[A-Za-z]+\s+)?(?P<x>[A-Za-z0-9._~+/=:-]{8,})`), spare: keyword},

	// Assignments to names that say what they hold.
	{kind: "secret", must: secretStems, fold: true, re: regexp.MustCompile(`(?i)` + secretName + assign + `(?P<x>"(?:[^"\\\r\n]|\\.)+"|'(?:[^'\\\r\n]|\\.)+'|` + "`[^`\r\n]+`" + `)`), spare: empty},
	{kind: "secret", must: secretStems, fold: true, re: regexp.MustCompile(`(?i)(?:passw(?:or)?d|passwd|passphrase|pwd|secret|credential)[\w-]*` + assign + `(?P<x>[^\s"'` + "`" + `,;(){}\[\]<>‹›&|]{4,})`), spare: expression},
	{kind: "secret", must: secretStems, fold: true, re: regexp.MustCompile(`(?i)` + secretName + assign + `(?P<x>[^\s"'` + "`" + `,;(){}\[\]<>‹›&|]{8,})`), spare: wordOrExpression},
	{kind: "secret", must: []string{"--"}, re: regexp.MustCompile(`(?i)--[\w.-]*` + secretName + `\s+(?P<x>[^\s"'‹›-][^\s"'‹›]{3,})`)},

	{kind: "email", must: []string{"@"}, re: regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*\.)+[A-Za-z]{2,}\b`)},

	{kind: "home", must: []string{"/home/", "/Users/"}, re: regexp.MustCompile(`(?:^|[^\w.~-])(?P<x>(?:/var)?/(?:home|Users)/[^/\s:;,"'<>|()\[\]{}‹›\\]+)`)},
	{kind: "home", must: []string{"/root"}, re: regexp.MustCompile(`(?:^|[^\w./~-]|//)(?P<x>/root)\b`)},
	{kind: "home", must: []string{`Users`}, re: regexp.MustCompile(`(?i)(?P<x>\b[A-Z]:(?:\\\\|\\|/)Users(?:\\\\|\\|/)[^\\/\s:;,"'<>|‹›]+)`)},
	{kind: "home", must: []string{"%3A/Users/", "%3a/Users/"}, re: regexp.MustCompile(`(?i)(?P<x>[a-z]%3A/Users/[^/\s"'<>‹›]+)`)},
}

// secretName is a variable, setting or flag that holds a secret.
const secretName = `(?:passw(?:or)?d|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|account[_-]?key|credential|client[_-]?id|auth[_-]?key|session[_-]?id|cookie)[\w-]*` //nolint:gosec // the names of secrets, none of which is one

// secretStems are what one of secretName's alternatives contains.
var secretStems = []string{"pass", "pwd", "secret", "token", "key", "credential", "client", "session", "cookie"}

// assign stands between a name and its value, in code, JSON, YAML and shells.
const assign = `["']?\s*(?::=|=>|==|=|:)\s*`

// empty spares quoted values that hold nothing, and names of variables.
func empty(match []string, _ string) bool {
	v := strings.Trim(match[0], "\"'`")
	return len(v) < 4 || strings.HasPrefix(v, "$") || strings.Trim(v, "*•.…x ") == "" || strings.Contains(v, "‹")
}

// words are values that say that there is none, or of what type it is.
var words = map[string]bool{
	"true": true, "false": true, "null": true, "none": true, "undefined": true, "string": true, "bytes": true, "bytearray": true,
	"optional": true, "required": true, "missing": true, "invalid": true, "expired": true, "number": true, "boolean": true,
	"unknown": true, "default": true, "return": true, "self": true, "this": true, "await": true, "func": true, "incorrect": true,
	"unexpected": true, "empty": true, "denied": true, "error": true, "const": true,
}

// keyword spares values that are words of a language or message.
func keyword(match []string, _ string) bool {
	return words[strings.ToLower(strings.TrimRight(match[0], ".:"))]
}

// plainWord spares what is only letters: "Basic authentication".
func plainWord(match []string, _ string) bool {
	for _, r := range match[0] {
		if !unicode.IsLetter(r) && r != '.' && r != '-' {
			return false
		}
	}
	return true
}

// expression spares code that computes a value, and types.
func expression(match []string, rest string) bool {
	v := match[0]
	if keyword(match, rest) || strings.HasPrefix(v, "$") || strings.HasPrefix(v, "‹") {
		return true
	}
	if strings.HasPrefix(rest, "(") || strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, "<") || strings.HasPrefix(rest, "{") {
		return true // a call, an index, a type's arguments, a literal of a type
	}
	return selector.MatchString(v)
}

// selector is a.b or a::b, names without digits at their start.
var selector = regexp.MustCompile(`^[&*]?[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)+$`)

// wordOrExpression spares, besides, what is one name: "token: Identifier".
func wordOrExpression(match []string, rest string) bool {
	if expression(match, rest) {
		return true
	}
	for _, r := range match[0] {
		if unicode.IsDigit(r) {
			return false
		}
	}
	return true
}

// apply replaces what the rule finds in s.
func (r *rule) apply(s, lower string) string {
	if len(r.must) > 0 {
		in := s
		if r.fold {
			in = lower // of the text before any rule, which had it if s has
		}
		if !slices.ContainsFunc(r.must, func(m string) bool { return strings.Contains(in, m) }) {
			return s
		}
	}
	group := max(r.re.SubexpIndex("x"), 0)
	var b strings.Builder
	last := 0
	for _, loc := range r.re.FindAllStringSubmatchIndex(s, -1) {
		start, end := loc[2*group], loc[2*group+1]
		if r.spare != nil && r.spare([]string{s[start:end]}, s[end:]) {
			continue
		}
		if q := s[start]; end-start >= 2 && q == s[end-1] && (q == '"' || q == '\'' || q == '`') {
			start, end = start+1, end-1 // the quotes stay
		}
		b.WriteString(s[last:start])
		b.WriteString("‹" + r.kind + "›")
		last = end
	}
	if last == 0 {
		return s
	}
	b.WriteString(s[last:])
	return b.String()
}
