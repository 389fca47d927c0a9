package redact

import (
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`password := "hunter2hunter2"`, `password := "‹secret›"`},
		{`db_password: 'correct horse'`, `db_password: '‹secret›'`},
		{`export API_TOKEN=abcd1234efgh`, `export API_TOKEN=‹secret›`},
		{`AWS key AKIAIOSFODNN7EXAMPLE in a log`, `AWS key ‹key› in a log`},
		{`Authorization: Bearer abcdef.ghijkl-mnop`, `Authorization: Bearer ‹token›`},
		{`postgres://me:s3cret@db.example/app`, `postgres://‹credentials›@db.example/app`},
		{`mail jane.doe@example.org now`, `mail ‹e-mail› now`},
		{`open /home/jane/app/main.go: no such file`, `open /home/‹home›/app/main.go: no such file`},
		{`C:\Users\Jane\app\main.go`, `C:\Users\‹home›\app\main.go`},
		{"-----BEGIN RSA PRIVATE KEY-----\nMIIE\nAAAA\n-----END RSA PRIVATE KEY-----\nrest", "‹private key›\nrest"},
		{"-----BEGIN PRIVATE KEY-----\ncut off", "‹private key›"},
		{`x = "q8ZtR2vLwX0pKd7YbN4mHs6J"`, `x = "‹secret›"`},
		{`digest 9f86d081884c7d659a2feaa0c55ad015`, `digest ‹secret›`},
	} {
		if got := Redact(c.in).String(); got != c.want {
			t.Errorf("Redact(%q)\n got %q\nwant %q", c.in, got, c.want)
		}
	}
}

// What is no secret must stay readable.
func TestKeeps(t *testing.T) {
	for _, s := range []string{
		`cannot use count (variable of type int) as string value in argument to show`,
		`func TestLongFunctionNameThatSaysWhatItTests2(t *testing.T) {`,
		`var token Token = lexer.Next()`,
		`if password == nil { return ErrNoPassword }`,
		`github.com/dejafix/dejafix/analysis/textedit v1.2.3`,
		`aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1`,
		`user@host`,
		`a.go:12:4: undefined: strconv`,
		`https://pkg.example/path?page=2`,
	} {
		if got := Redact(s).String(); got != s {
			t.Errorf("Redact(%q) = %q", s, got)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add(`password = "abc def"`)
	f.Add("-----BEGIN PRIVATE KEY-----\n")
	f.Add("a@b.cc /home/x/ C:\\Users\\y")
	f.Fuzz(func(t *testing.T, s string) {
		once := Redact(s).String()
		if strings.Contains(once, "PRIVATE KEY-----\nM") {
			t.Errorf("a key is left in %q", once)
		}
		if twice := Redact(once).String(); twice != once {
			t.Errorf("not stable:\n%q\n%q", once, twice)
		}
	})
}
