package e2e

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/dejafix/dejafix/e2e/nvim"
)

// In a workspace that was trusted the menu says of a repair that it was checked,
// and one that does not cure its error is not in it.
func TestCheckedInTheMenu(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/checked.txtar")
	must(t, err)
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			s := &scene{rhythm: rhythm{server: nvim.Gopls}, program: program, dir: t.TempDir(), store: filepath.Join(t.TempDir(), "dejafix.db")}
			must(t, txtar.Write(archive, s.dir))
			if out, err := exec.Command(dejafix, "trust", s.dir, "--store", s.store).CombinedOutput(); err != nil {
				t.Fatalf("dejafix trust: %v\n%s", err, out)
			}
			e := s.window(t)
			report := func(file, says string) {
				t.Helper()
				must(t, e.Open(t.Context(), filepath.Join(s.dir, file)))
				_, err := e.AwaitDiagnostic(t.Context(), says)
				must(t, err)
				must(t, e.Idle(t.Context(), true))
			}
			titles := func(at string) (list []string) {
				t.Helper()
				menu, err := e.Actions(t.Context(), at)
				must(t, err)
				for _, action := range menu {
					if action.Client == "dejafix" {
						list = append(list, action.Title)
					}
				}
				return list
			}

			report("counts.go", "cannot use len(names)")
			must(t, e.Type(t.Context(), "len(names)", "istrconv.Itoa(<Esc>", "f)a)<Esc>"))
			must(t, e.AwaitNoError(t.Context()))
			must(t, e.Save(t.Context()))
			must(t, e.Idle(t.Context(), true))

			report("sizes.go", "cannot use len(parts)")
			got := titles("len(parts)")
			if !slices.ContainsFunc(got, func(title string) bool { return strings.HasPrefix(title, "Wrap in strconv.Itoa (learned, checked, ") }) {
				t.Errorf("no checked repair in the menu: %q", got)
			}

			report("weights.go", "cannot use half(weight)")
			if got := titles("half(weight)"); slices.ContainsFunc(got, func(title string) bool { return strings.Contains(title, "strconv.Itoa") }) {
				t.Errorf("a repair that does not compile is in the menu: %q", got)
			}
		})
	}
}
