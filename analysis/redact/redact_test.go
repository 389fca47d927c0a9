package redact

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Keys in the tests are put together at run time, so that no scanner takes
// this file for a leak.
func key(parts ...string) string { return strings.Join(parts, "") }

var cases = []struct{ in, want string }{
	// What must go.
	{"key " + key("AKIA", "IOSFODNN7EXAMPLE") + " end", "key ‹aws-key› end"},
	{"x " + key("ghp_", "abcdefghijklmnopqrstuvwxyz0123456789"), "x ‹github-token›"},
	{key("github_pat_", "11ABCDEFG0aaaaaaaaaaaa_bbbbbbbbbbbb"), "‹github-token›"},
	{key("glpat-", "abcdefghij0123456789"), "‹gitlab-token›"},
	{key("xoxb-", "123456789012-abcdefghijkl"), "‹slack-token›"},
	{"https://" + key("hooks.slack.com/", "services/T000/B000/XXXXXXXX"), "https://hooks.slack.com/‹slack-webhook›"},
	{key("AIza", "SyA1234567890abcdefghijklmnopqrstuv"), "‹google-key›"},
	{key("sk_", "live_", "abcdefghijklmnop"), "‹stripe-key›"},
	{key("sk-", "proj-abcdefghijklmnopqrstuvwx"), "‹api-key›"},
	{key("sk-", "ant-api03-abcdefghijklmnopqrstuvwx"), "‹api-key›"},
	{key("npm_", "abcdefghijklmnopqrstuvwxyz0123456789"), "‹npm-token›"},
	{"t=" + key("eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-def_ghi"), "t=‹jwt›"},
	{"-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nrest", "‹pem›\nrest"},
	{"cut off: -----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", "cut off: ‹pem›"},
	{"postgres://alice:s3cr3t@db.example.com:5432/app?x=1", "postgres://‹userinfo›@db.example.com:5432/app?x=1"},
	{"git clone https://oauth2:p@ss@host/x.git", "git clone https://‹userinfo›@host/x.git"},
	{"Authorization: Bearer abc123def456ghi789", "Authorization: Bearer ‹credentials›"},
	{"authorization: Basic dXNlcjpwYXNzd29yZA==", "authorization: Basic ‹credentials›"},
	{`password = "hunter22"`, `password = "‹secret›"`},
	{`password := "hunter two"`, `password := "‹secret›"`},
	{`{"db_password": "hunter22", "port": 5432}`, `{"db_password": "‹secret›", "port": 5432}`},
	{"DB_PASSWORD=hunter22", "DB_PASSWORD=‹secret›"},
	{"export API_KEY='abcd1234efgh'", "export API_KEY='‹secret›'"},
	{"  client_secret: correct-horse", "  client_secret: ‹secret›"},
	{"access_token=abc123def456&x=1", "access_token=‹secret›&x=1"},
	{"login --password hunter22 --verbose", "login --password ‹secret› --verbose"},
	{"run --api-token=abc123def456", "run --api-token=‹secret›"},
	{"mail alice.smith+x@example.co.uk now", "mail ‹email› now"},
	{"Author: Alice <alice@example.com>", "Author: Alice <‹email›>"},
	{"/home/alice/src/app/main.go:3:5: undefined: x", "‹home›/src/app/main.go:3:5: undefined: x"},
	{"file:///home/alice/x", "file://‹home›/x"},
	{"(/Users/alice/Library/x)", "(‹home›/Library/x)"},
	{`C:\Users\alice\x.go`, `‹home›\x.go`},
	{`"C:\\Users\\alice\\x.go"`, `"‹home›\\x.go"`},
	{"file:///c%3A/Users/alice/x.go", "file:///‹home›/x.go"},
	{"cd /" + "root/go/src", "cd ‹home›/go/src"},
	{"seen " + key("q7Xz", "T2mLp9RkW4vYb8NcJ5dH") + " here", "seen ‹random› here"},

	// What must stay: the program's words, and what names things.
	{"a.go:3:5: cannot use x (variable of type int) as string value", ""},
	{"SyntaxError: Unexpected token: ')'", ""},
	{"unexpected token: identifier", ""},
	{"token := parser.Next()", ""},
	{"token = tokens[0]", ""},
	{"password string", ""},
	{"func Login(password string, token Token) error", ""},
	{"password: str = None", ""},
	{"password: string;", ""},
	{"secret = os.environ.get('SECRET_NAME')", ""},
	{`password := os.Getenv("PASSWORD")`, ""},
	{"password = $PASSWORD", ""},
	{`password: "***"`, ""},
	{`token = ""`, ""},
	{"the token expired: unauthorized", ""},
	{"basic authentication required", ""},
	{"commit 32a0c66d1f0e9b8a7c6d5e4f3a2b1c0d9e8f7a6b", ""},
	{"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", ""},
	{"e_0123456789abcdef01234567 p_0123456789abcdef01234567", ""},
	{"550e8400-e29b-41d4-a716-446655440000", ""},
	{"TestParseHTTPRequestWithTimeout", ""},
	{"github.com/tree-sitter/go-tree-sitter/v2/bindings", ""},
	{"node_modules/@types/node@20.1.0/index.d.ts", ""},
	{"https://example.com/home/index.html", ""},
	{"/usr/lib/go/src/fmt/print.go", ""},
	{"/rootless/x", ""},
	{"2026-01-02T03:04:05.678Z INFO settled after=10s", ""},
	{"AbstractSingletonProxyFactoryBean", ""},
	{"", ""},
}

func TestRedact(t *testing.T) {
	for _, c := range cases {
		want := c.want
		if want == "" {
			want = c.in
		}
		if got := Redact(c.in).String(); got != want {
			t.Errorf("Redact(%q) = %q, want %q", c.in, got, want)
		}
	}
}

// However often the same secret stands in a text, and whatever is around it,
// it is gone.
func TestRedactEverywhere(t *testing.T) {
	secret := key("ghp_", "abcdefghijklmnopqrstuvwxyz0123456789")
	for _, around := range []string{"%", " % % ", "\"%\"", "a=%;b", "(%)", "x\n%\ny", "‹%›", "https://h/%?x"} {
		in := strings.ReplaceAll(around, "%", secret)
		if got := Redact(in).String(); strings.Contains(got, "abcdefghij") {
			t.Errorf("Redact(%q) = %q", in, got)
		}
	}
}

func TestRedactf(t *testing.T) {
	if got, want := Redactf("cannot open %s", "/home/alice/x").String(), "cannot open ‹home›/x"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzRedact(f *testing.F) {
	for _, c := range cases {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Redact(s).String()
		if twice := Redact(once).String(); twice != once {
			t.Fatalf("Redact(%q) = %q, and again %q", s, once, twice)
		}
		if utf8.ValidString(s) && !utf8.ValidString(once) {
			t.Fatalf("Redact(%q) splits a character: %q", s, once)
		}
		secret := key("ghp_", "abcdefghijklmnopqrstuvwxyz0123456789")
		if got := Redact(s + " " + secret + " " + s).String(); strings.Contains(got, secret) {
			t.Fatalf("a token between %q stays: %q", s, got)
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	text := strings.Repeat("2026-01-02T03:04:05Z INFO learned path=/home/alice/src/app/main.go rule=UndeclaredName after=10s\n", 100)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Redact(text)
	}
}
