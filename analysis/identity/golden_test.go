package identity

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dejafix/dejafix/analysis"
)

var update = flag.Bool("update", false, "write the golden files from the recorded outputs")

// A seen is one diagnostic of one tool.
type seen struct {
	tool, file string
	line       int // from 1
	identity   analysis.Identity
	captures   []string
	message    string
	code       string // as the tool gave it
}

// recordings pairs what a server published with what its command line printed
// for the same code (internal/record ran both).
var recordings = []struct {
	name, language string
	server         string
	printed        []string
}{
	{"go", "go", "gopls.json", []string{"go-build.txt", "go-vet.txt"}},
	{"go-imports", "go", "gopls-imports.json", []string{"go-build-imports.txt"}},
	{"typescript", "typescript", "tsserver.json", []string{"tsc.txt"}},
	{"typescript-syntax", "typescript", "tsserver-syntax.json", []string{"tsc-syntax.txt"}},
	{"rust-errors", "rust", "rustc-errors.json", []string{"rustc-errors.txt"}},
	{"rust-lints", "rust", "rustc-lints.json", []string{"rustc-lints.txt"}},
	{"rust-syntax", "rust", "rustc-syntax.json", []string{"rustc-syntax.txt"}},
	{"pyright", "python", "pyright.json", []string{"pyright.txt"}},
	{"basedpyright", "python", "basedpyright.json", []string{"basedpyright.txt"}},
}

// The same error has one identity, whether a server publishes it or a command
// prints it. The golden file lists each identity with who saw it where; what
// only the command line said, or said otherwise, stands at its end, so that a
// mapping that is lost shows there.
func TestOneIdentity(t *testing.T) {
	for _, r := range recordings {
		t.Run(r.name, func(t *testing.T) {
			server := published(t, r.server, r.language)
			if len(server) == 0 {
				t.Fatalf("%s has no diagnostics", r.server)
			}
			var b strings.Builder
			at := make(map[string]bool)
			for _, s := range server {
				at[fmt.Sprint(s.file, s.line, s.identity)] = true
			}
			var alone []string
			both := make(map[string]bool)
			for _, name := range r.printed {
				for _, s := range printedLines(t, name) {
					if at[fmt.Sprint(s.file, s.line, s.identity)] {
						both[fmt.Sprint(s.file, s.line, s.identity)] = true
						continue
					}
					alone = append(alone, fmt.Sprintf("%s %s:%d %s | %s | %s\n", s.tool, s.file, s.line, s.identity.Rule, s.identity.Template, s.message))
				}
			}
			for _, s := range server {
				mark := "server only"
				if both[fmt.Sprint(s.file, s.line, s.identity)] {
					mark = "both"
				}
				fmt.Fprintf(&b, "%s:%d %s: %s | %s | %q\n", s.file, s.line, mark, s.identity.Rule, s.identity.Template, s.captures)
			}
			fmt.Fprintf(&b, "\n%d of the server's, %d printed too\n\nprinted otherwise, or only printed:\n", len(server), len(both))
			for _, a := range alone {
				b.WriteString(a)
			}
			// The rule is the code that the server gives, where it gives one.
			var renamed []string
			for _, s := range server {
				if s.code != "" && s.code != "default" && s.code != s.identity.Rule && "TS"+s.code != s.identity.Rule {
					renamed = append(renamed, fmt.Sprintf("%s is %s: %s\n", s.code, s.identity.Rule, s.message))
				}
			}
			slices.Sort(renamed)
			fmt.Fprintf(&b, "\ncodes that are not the rule:\n%s", strings.Join(slices.Compact(renamed), ""))
			golden(t, filepath.Join("testdata", "golden", r.name+".txt"), b.String())
		})
	}
}

// A golden file that no recording stands for would be held by nothing.
func TestGoldenFilesAreUsed(t *testing.T) {
	used := make(map[string]bool)
	for _, r := range recordings {
		used[filepath.Join("testdata", "golden", r.name+".txt")] = true
		for _, name := range append([]string{r.server}, r.printed...) {
			used[filepath.Join("testdata", "recorded", name)] = true
		}
	}
	for _, pattern := range []string{"testdata/golden/*", "testdata/recorded/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !used[f] {
				t.Errorf("%s is not used", f)
			}
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func published(t *testing.T, name, language string) []seen {
	data, err := os.ReadFile(filepath.Join("testdata", "recorded", name))
	if err != nil {
		t.Fatal(err)
	}
	var files map[string][]struct {
		Range   struct{ Start struct{ Line int } }
		Source  string
		Code    any
		Message string
	}
	if err := json.Unmarshal(data, &files); err != nil {
		t.Fatal(err)
	}
	var out []seen
	for file, list := range files {
		for _, d := range list {
			code := ""
			if d.Code != nil {
				code = fmt.Sprint(d.Code)
			}
			id, caps := Of(language, analysis.Diagnostic{Source: d.Source, Code: code, Message: d.Message})
			out = append(out, seen{name, file, d.Range.Start.Line + 1, id, captured(t, d.Message, caps), d.Message, code})
		}
	}
	slices.SortStableFunc(out, func(a, b seen) int {
		if c := strings.Compare(a.file, b.file); c != 0 {
			return c
		}
		if a.line != b.line {
			return a.line - b.line
		}
		return strings.Compare(a.message, b.message)
	})
	return out
}

// captured returns the texts of captures and holds that their spans are right.
func captured(t testing.TB, message string, caps []analysis.Capture) []string {
	out := make([]string, len(caps))
	last := 0
	for i, c := range caps {
		if c.Span.Start < last || c.Span.End < c.Span.Start || c.Span.End > len(message) || message[c.Span.Start:c.Span.End] != c.Text {
			t.Fatalf("capture %q of %q has span %v", c.Text, message, c.Span)
		}
		last = c.Span.End
		out[i] = c.Text
	}
	return out
}

func printedLines(t *testing.T, name string) []seen {
	data, err := os.ReadFile(filepath.Join("testdata", "recorded", name))
	if err != nil {
		t.Fatal(err)
	}
	var out []seen
	for line := range strings.Lines(string(data)) {
		file, n, _, d, language, ok := FromLine(line)
		if !ok {
			continue
		}
		id, caps := Of(language, d)
		out = append(out, seen{name, file, n, id, captured(t, d.Message, caps), d.Message, d.Code})
	}
	if len(out) == 0 {
		t.Fatalf("%s has no diagnostics", name)
	}
	return out
}
