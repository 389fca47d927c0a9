package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

var now = time.Date(2026, 11, 21, 19, 30, 0, 0, time.UTC)

// testApp is an app whose outputs go to files, with a home of its own.
func testApp(t *testing.T) (a *app, stderr func() string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	t.Setenv("XDG_DATA_HOME", filepath.Join(dir, "data"))
	open := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	a = &app{in: open("in"), out: open("out"), err: open("err"), clock: func() time.Time { return now }}
	return a, func() string {
		b, err := os.ReadFile(a.err.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
}

// TestPanic: a person sees a line, the stack is in the log.
func TestPanic(t *testing.T) {
	a, stderr := testApp(t)
	root := newRoot(a)
	root.AddCommand(&cobra.Command{Use: "break", RunE: func(*cobra.Command, []string) error { panic("two\nlines") }})
	if code := a.run(root, []string{"break"}); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	log := filepath.Join(os.Getenv("XDG_STATE_HOME"), "dejafix", "dejafix.log")
	if got := stderr(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "two lines") || !strings.Contains(got, log) || strings.Contains(got, "goroutine") {
		t.Errorf("a person sees %q", got)
	}
	b, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(b), "TestPanic") {
		t.Errorf("the log lacks the stack (%v): %s", err, b)
	}
}

func TestErrorsAreOneLine(t *testing.T) {
	a, stderr := testApp(t)
	root := newRoot(a)
	root.AddCommand(&cobra.Command{Use: "fail", RunE: func(*cobra.Command, []string) error { return errors.New("it\x1b[2Jbroke\nbadly") }})
	if code := a.run(root, []string{"fail"}); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	if got, want := stderr(), "dejafix: it\uFFFD[2Jbroke badly; `dejafix doctor` checks the installation\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLogFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "x.log")
	l, err := openLog(path)
	if err != nil {
		t.Fatal(err)
	}
	l.max = 1000
	other, err := openLog(path)
	if err != nil {
		t.Fatal(err)
	}
	other.max = 1000

	// Two processes write; the files stay within their bounds, and no record is
	// torn apart.
	record := strings.Repeat("x", 99) + "\n"
	var wg sync.WaitGroup
	for _, w := range []*logFile{l, other} {
		wg.Go(func() {
			for range 50 {
				if n, err := w.Write([]byte(record)); n != len(record) || err != nil {
					t.Errorf("Write = %d, %v", n, err)
				}
			}
		})
	}
	wg.Wait()
	for _, name := range []string{path, path + ".1"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		// Both may pass the check before either writes: one record more.
		if len(b) == 0 || len(b) > 1000+len(record) || strings.ReplaceAll(string(b), record, "") != "" {
			t.Errorf("%s has %d bytes: %.200q", name, len(b), b)
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}

	// A file that was taken away is made again, and secrets stay out.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Write([]byte("password=ghp_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789\n")); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(b), "ghp_") {
		t.Errorf("the log holds %q (%v)", b, err)
	}
	for range 2 {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := l.Write([]byte("late")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Write after Close: %v", err)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
}

func TestParseSince(t *testing.T) {
	tests := []struct {
		in   string
		want time.Time // zero: an error
	}{
		{"2h", now.Add(-2 * time.Hour)},
		{"7d", now.AddDate(0, 0, -7)},
		{"90m", now.Add(-90 * time.Minute)},
		{"2026-11-01", time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)},
		{"2026-11-01T15:04:05Z", time.Date(2026, 11, 1, 15, 4, 5, 0, time.UTC)},
		{"-2h", time.Time{}},
		{"-2d", time.Time{}},
		{"yesterday", time.Time{}},
		{"d", time.Time{}},
		{"", time.Time{}},
	}
	for _, tt := range tests {
		got, err := parseSince(tt.in, now)
		if !got.Equal(tt.want) || (err == nil) != !tt.want.IsZero() {
			t.Errorf("parseSince(%q) = %v, %v, want %v", tt.in, got, err, tt.want)
		}
	}
}

func TestPlain(t *testing.T) {
	tests := []struct{ in, want string }{
		{"as it is, even ‹ünï›", "as it is, even ‹ünï›"},
		{"a\nb\tc", "a b c"},
		{"\x1b]8;;http://x\x07click", "\uFFFD]8;;http://x\uFFFDclick"},
		{"safe\u202Eesrever", "safe\uFFFDesrever"},
		{"\u009b2J", "\uFFFD2J"},
	}
	for _, tt := range tests {
		if got := plain(tt.in); got != tt.want {
			t.Errorf("plain(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	if got := plainLines("a\n+\tb\x1b\r\n"); got != "a\n+\tb\uFFFD \n" {
		t.Errorf("plainLines = %q", got)
	}
}
