// Package house holds the rules of the tree as tests: who may import whom,
// where an external module may be used, and what every package owes its reader.
// It reads the source with go/parser, so that Go's test cache sees a change.
package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/dejafix/dejafix"

// A row says what one package may import besides the standard library. A name
// that ends in "/*" stands for the packages below it, without itself.
type row struct {
	pkg  string
	may  []string // packages of this module
	mods []string // external modules, by the start of the import path
	pure bool     // no files, processes, network or clock-driven waits
}

// rows is ARCHITECTURE's list of arrows. The first row that fits a package
// counts; a package without a row is an error, so that a new one is placed on
// purpose.
var rows = []row{
	{pkg: "analysis", pure: true},
	{pkg: "analysis/bug"},
	{pkg: "analysis/syntax", may: []string{"analysis", "analysis/bug"}, mods: []string{"github.com/tree-sitter/"}},
	{pkg: "analysis/textedit", may: []string{"analysis", "analysis/bug"}, mods: []string{"github.com/aymanbagabas/go-udiff"}, pure: true},
	{pkg: "analysis/treediff", may: []string{"analysis", "analysis/*"}, pure: true},
	{pkg: "analysis/trace", may: []string{"analysis"}, pure: true},
	{pkg: "analysis/wire", may: []string{"analysis", "analysis/bug"}, pure: true},
	// Go's own checker runs inside: its export data and its vet.
	{pkg: "analysis/check", may: []string{"analysis", "analysis/*"}, mods: []string{"golang.org/x/tools/go/"}},
	{pkg: "analysis/*", may: []string{"analysis", "analysis/*"}},

	{pkg: "learner", may: []string{"analysis", "analysis/*", "learner/*", "store"}, mods: []string{"golang.org/x/sync"}},
	{pkg: "learner/rank", may: []string{"analysis", "analysis/*"}, pure: true},
	{pkg: "learner/pattern", may: []string{"analysis", "analysis/*", "learner/rank"}, pure: true},
	{pkg: "learner/episode", may: []string{"analysis", "analysis/*"}, pure: true},
	{pkg: "learner/*", may: []string{"analysis", "analysis/*", "learner/*"}},

	{pkg: "lsp/protocol", mods: []string{"go.lsp.dev/"}},
	{pkg: "lsp/convert", may: []string{"analysis", "analysis/*", "lsp/protocol"}, mods: []string{"go.lsp.dev/"}},
	{pkg: "lsp/watch", may: []string{"analysis", "analysis/*"}},
	// Our side's capabilities are asked of the server itself.
	{pkg: "lsp/proxy", may: []string{"analysis", "lsp", "lsp/protocol"}},
	{pkg: "lsp/lsptest", may: []string{"analysis", "analysis/*", "lsp", "lsp/protocol", "lsp/convert"}, mods: []string{"go.lsp.dev/"}},
	{pkg: "lsp", may: []string{"analysis", "analysis/*", "lsp/protocol", "lsp/convert", "lsp/watch"}, mods: []string{"go.lsp.dev/", "github.com/pelletier/go-toml/v2", "golang.org/x/sync"}},

	{pkg: "store/storetest", may: []string{"analysis", "analysis/*", "store"}},
	{pkg: "store", may: []string{"analysis", "analysis/*"}, mods: []string{"modernc.org/sqlite", "github.com/pressly/goose/v3"}},

	{pkg: "cmd/*", may: []string{"analysis", "analysis/*", "learner", "learner/*", "lsp", "lsp/*", "store", "store/*", "editors"}, mods: []string{
		"github.com/pelletier/go-toml/v2", "github.com/spf13/cobra", "github.com/schollz/progressbar/v3", "golang.org/x/term", "github.com/creack/pty",
	}},

	{pkg: "editors"},

	// What tests are run with: nothing else may import it.
	{pkg: "scripts/weights", may: []string{"learner/pattern", "learner/rank", "learner/replay"}},
	{pkg: "scripts/putback", may: []string{"analysis", "analysis/*", "learner", "learner/*", "lsp/watch", "store"}},
	{pkg: "scripts/*"},
	{pkg: "e2e", may: []string{"e2e/*"}},
	{pkg: "e2e/demo", may: []string{"e2e/*", "lsp/lsptest", "lsp/protocol"}},
	{pkg: "e2e/*", may: []string{"e2e/*", "lsp/lsptest", "lsp/protocol"}},
}

// testsMay is what test files may import on top of their package's row.
var testsMay = row{
	may:  []string{"lsp/lsptest", "store/storetest"},
	mods: []string{"github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "pgregory.net/rapid"},
}

// impure is what a pure package does without: its inputs come as values.
var impure = []string{"os", "os/exec", "os/signal", "database/sql", "net", "net/http", "log", "log/slog"}

// network is what nobody imports: nothing leaves the machine, and the compiler
// holds it.
var network = []string{"net", "net/http", "net/rpc", "net/smtp", "crypto/tls"}

// A file is one Go file of the tree.
type file struct {
	name string // with slashes, from the root
	pkg  string // its folder
	test bool
	ast  *ast.File
}

// tree parses every Go file of the module.
func tree(t *testing.T) (*token.FileSet, []file) {
	t.Helper()
	p, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return p.set, p.files
}

type parsing struct {
	set   *token.FileSet
	files []file
}

// parsed is done once for all tests.
var parsed = sync.OnceValues(func() (parsing, error) {
	set := token.NewFileSet()
	var files []file
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			// What the go command passes over, and nested modules.
			base := d.Name()
			if name != "." && (base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil && name != "." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		f, err := parser.ParseFile(set, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		slash := filepath.ToSlash(name)
		files = append(files, file{slash, path.Dir(slash), strings.HasSuffix(name, "_test.go"), f})
		return nil
	})
	return parsing{set, files}, err
})

// fits reports whether pkg is name, or below it when name ends in "/*".
func fits(name, pkg string) bool {
	if below, ok := strings.CutSuffix(name, "*"); ok {
		return strings.HasPrefix(pkg, below)
	}
	return name == pkg
}

func allowed(names []string, pkg string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return fits(n, pkg) })
}

func hasPrefix(prefixes []string, s string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool {
		return s == p || strings.HasPrefix(s, strings.TrimSuffix(p, "/")+"/")
	})
}

// complaint says what is wrong with one import, "" when nothing is.
func complaint(r row, f file, imp string) string {
	if own, ok := strings.CutPrefix(imp, module+"/"); ok {
		switch {
		case strings.HasPrefix(own, "cmd/"):
			return "nothing imports cmd"
		case own == f.pkg && f.test: // an external test package
		case allowed(r.may, own):
		case f.test && allowed(testsMay.may, own):
		default:
			return "the arrow " + f.pkg + " → " + own + " is not in ARCHITECTURE's list"
		}
		return ""
	}
	if first, _, _ := strings.Cut(imp, "/"); strings.Contains(first, ".") {
		if !hasPrefix(r.mods, imp) && (!f.test || !hasPrefix(testsMay.mods, imp)) {
			return "the module " + imp + " is not for " + f.pkg
		}
		return ""
	}
	switch {
	case f.test:
	case imp == "net" && f.pkg == "e2e/nvim":
		// Asks whether Neovim listens on its socket file yet.
	case slices.Contains(network, imp):
		return "nothing leaves the machine: no package imports " + imp
	case r.pure && slices.Contains(impure, imp):
		return f.pkg + " is pure: it may not import " + imp
	}
	return ""
}

func TestArrows(t *testing.T) {
	set, files := tree(t)
	for _, f := range files {
		if f.pkg == "." {
			continue
		}
		i := slices.IndexFunc(rows, func(r row) bool { return fits(r.pkg, f.pkg) })
		if i < 0 {
			t.Errorf("%s: the package %s has no row: place it in ARCHITECTURE's list and in house_test.go", f.name, f.pkg)
			continue
		}
		for _, spec := range f.ast.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if c := complaint(rows[i], f, imp); c != "" {
				t.Errorf("%s: %s", set.Position(spec.Pos()), c)
			}
		}
	}
}

// TestArrowsComplain holds the rules themselves: a rule that never fires is not
// one.
func TestArrowsComplain(t *testing.T) {
	tests := []struct {
		pkg, imp string
		test     bool
		want     string // part of the complaint, "" for none
	}{
		{"lsp", module + "/learner", false, "arrow"},
		{"lsp", module + "/learner", true, "arrow"},
		{"lsp", module + "/store", false, "arrow"},
		{"lsp", module + "/analysis/textedit", false, ""},
		{"lsp/convert", module + "/lsp", false, "arrow"},
		{"learner", module + "/lsp", false, "arrow"},
		{"learner", module + "/lsp/protocol", false, "arrow"},
		{"learner/pattern", module + "/learner", false, "arrow"},
		{"learner/pattern", module + "/store", false, "arrow"},
		{"learner/pattern", "os", false, "pure"},
		{"store", module + "/learner", false, "arrow"},
		{"analysis", module + "/analysis/bug", false, "arrow"},
		{"analysis", "github.com/google/go-cmp/cmp", false, "module"},
		{"analysis/wire", module + "/cmd/dejafix", false, "nothing imports cmd"},
		{"learner/pattern", "github.com/tree-sitter/go-tree-sitter", false, "module"},
		{"learner", "modernc.org/sqlite", false, "module"},
		{"learner", "go.lsp.dev/protocol", false, "module"},
		{"lsp", "net/http", false, "leaves the machine"},
		{"store", "github.com/google/go-cmp/cmp", true, ""},
		{"cmd/dejafix", module + "/learner", false, ""},
		{"lsp", "github.com/pelletier/go-toml/v2/unstable", false, ""},
		{"lsp", "github.com/pelletier/go-toml/v22", false, "module"},
	}
	for _, tt := range tests {
		i := slices.IndexFunc(rows, func(r row) bool { return fits(r.pkg, tt.pkg) })
		if i < 0 {
			t.Fatalf("no row for %s", tt.pkg)
		}
		got := complaint(rows[i], file{pkg: tt.pkg, test: tt.test}, tt.imp)
		if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s imports %s: %q, want %q", tt.pkg, tt.imp, got, tt.want)
		}
	}
}

// TestVocabularyHasNoTags: the written forms of analysis live in analysis/wire,
// lsp/protocol and store.
func TestVocabularyHasNoTags(t *testing.T) {
	set, files := tree(t)
	for _, f := range files {
		if f.pkg != "analysis" || f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil {
				t.Errorf("%s: a field of analysis has a tag", set.Position(field.Pos()))
			}
			return true
		})
	}
}

// TestPackagesExplainThemselves: each has a package comment, and its paragraph
// in the tour.
func TestPackagesExplainThemselves(t *testing.T) {
	tour, err := os.ReadFile("cmd/dejafix/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	_, files := tree(t)
	for _, f := range files {
		explained[f.pkg] = explained[f.pkg] || f.ast.Doc != nil
	}
	for pkg, ok := range explained {
		if !ok {
			t.Errorf("package %s has no package comment", pkg)
		}
		if pkg != "." && !strings.Contains(string(tour), pkg) {
			t.Errorf("package %s has no paragraph in cmd/dejafix/doc.go", pkg)
		}
	}
}

// TestTestsNeitherSleepNorSkip: a test waits for something named, and asserts
// today's result where tomorrow's is not reached.
func TestTestsNeitherSleepNorSkip(t *testing.T) {
	forbidden := map[string][]string{
		"time": {"Sleep"},
		"t":    {"Skip", "Skipf", "SkipNow"},
		"b":    {"Skip", "Skipf", "SkipNow"},
		"f":    {"Skip", "Skipf", "SkipNow"},
	}
	set, files := tree(t)
	for _, f := range files {
		if !f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && slices.Contains(forbidden[x.Name], sel.Sel.Name) {
				t.Errorf("%s: %s.%s in a test", set.Position(call.Pos()), x.Name, sel.Sel.Name)
			}
			return true
		})
	}
}

// TestInstallable: `go install` of a version refuses a module whose go.mod
// replaces another.
func TestInstallable(t *testing.T) {
	b, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if word, _, _ := strings.Cut(strings.TrimSpace(line), " "); word == "replace" || word == "exclude" {
			t.Errorf("go.mod: %q: nobody could `go install` dejafix", strings.TrimSpace(line))
		}
	}
}
