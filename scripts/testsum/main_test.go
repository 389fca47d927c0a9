package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRealRuns follows real runs of the go command on small modules.
func TestRealRuns(t *testing.T) {
	tests := []struct {
		name   string
		files  map[string]string
		passed bool
		want   []string
		never  []string
	}{
		{
			"passing", map[string]string{
				"a_test.go": `package a; import "testing"; func TestA(t *testing.T) { t.Log("quiet"); t.Run("sub", func(*testing.T) {}) }`,
			}, true, []string{"ok    a  2 passed", "2 passed, 0 failed"}, []string{"quiet"},
		},
		{
			"failing", map[string]string{
				"a_test.go": `package a; import "testing"; func TestA(t *testing.T) { t.Error("loud") }; func TestB(t *testing.T) { t.Log("quiet") }`,
			}, false, []string{"loud", "FAIL  a", "1 passed, 1 failed"}, []string{"quiet"},
		},
		{
			"not compiling", map[string]string{
				"a_test.go": `package a; import "testing"; func TestA(t *testing.T) { undefinedName() }`,
			}, false, []string{"undefinedName", "FAIL  a", "0 passed, 1 failed"}, nil,
		},
		{
			"dying", map[string]string{
				"a_test.go": `package a; import ("os"; "testing"); func TestA(t *testing.T) { println("last words"); os.Exit(3) }`,
			}, false, []string{"last words", "0 passed, 1 failed"}, nil,
		},
		{
			"no such package", map[string]string{}, false, []string{"0 passed, 1 failed"}, nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			tt.files["go.mod"] = "module a\n\ngo 1.26\n"
			for name, text := range tt.files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("go", "test", "-json", ".")
			cmd.Dir = dir
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			s := newSummary(&b)
			s.read(out)
			if err := cmd.Wait(); err != nil {
				s.broken(err)
			}
			if got := s.close(); got != tt.passed {
				t.Errorf("passed = %v, want %v", got, tt.passed)
			}
			for _, w := range tt.want {
				if !strings.Contains(b.String(), w) {
					t.Errorf("output lacks %q:\n%s", w, b.String())
				}
			}
			for _, n := range tt.never {
				if strings.Contains(b.String(), n) {
					t.Errorf("output has %q:\n%s", n, b.String())
				}
			}
			lines := strings.Split(strings.TrimSpace(b.String()), "\n")
			if last := lines[len(lines)-1]; !strings.HasSuffix(last, " failed") {
				t.Errorf("the last line is %q", last)
			}
		})
	}
}

func TestTroubleWithoutEvents(t *testing.T) {
	var b strings.Builder
	s := newSummary(&b)
	s.read(strings.NewReader("not json\n"))
	s.broken(errors.New("exit status 1"))
	if s.close() || !strings.Contains(b.String(), "not json\n") {
		t.Errorf("swallowed: %q", b.String())
	}
}
