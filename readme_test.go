package house

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dejafix/dejafix/lsp"
)

var update = flag.Bool("update", false, "write what is generated anew")

// TestSettingsInReadme: the table of settings is that of lsp.Settings.
func TestSettingsInReadme(t *testing.T) {
	const name, begin, end = "README.md", "<!-- settings:begin", "<!-- settings:end -->"
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(b), begin)
	marker, rest, ok2 := strings.Cut(rest, "\n")
	table, tail, ok3 := strings.Cut(rest, end)
	if !ok || !ok2 || !ok3 {
		t.Fatalf("%s lacks the markers %q and %q", name, begin, end)
	}
	want := lsp.SettingsTable()
	if *update {
		if err := os.WriteFile(name, []byte(head+begin+marker+"\n"+want+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("%s differs from lsp.Settings; make generate writes it (-settings +readme):\n%s", name, diff)
	}
}
