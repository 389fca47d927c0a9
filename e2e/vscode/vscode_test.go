package vscode

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/dejafix/dejafix/e2e/nvim"
)

// images is where screenshots go; those in docs/images are made with
// -images ../../docs/images.
var images = flag.String("images", "", "write screenshots into this folder")

var dejafix, vsix, suite string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

// run builds the program and the extension, once for all tests.
func run(m *testing.M) int {
	flag.Parse()
	dir, err := os.MkdirTemp("", "dejafix-vscode")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	dejafix, vsix = filepath.Join(dir, "dejafix"), filepath.Join(dir, "dejafix.vsix")
	build := append([]string{"go", "build", "-o", dejafix}, strings.Fields(os.Getenv("DEJAFIX_TEST_BUILDFLAGS"))...)
	for _, command := range [][]string{
		append(build, "../../cmd/dejafix"),
		{"make", "--no-print-directory", "-C", "../..", "vsix", "VSIX=" + vsix},
		{"node", "../../editors/vscode/esbuild.mjs", "--tests", dir},
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n%s", strings.Join(command, " "), err, out)
			return 1
		}
	}
	suite = dir
	return m.Run()
}

// The extension packs to less than this, in bytes, so that it is there in a
// moment: issue 5's limit.
const maxPacked = 300_000

func TestPackedSize(t *testing.T) {
	info, err := os.Stat(vsix)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("packed: %d bytes", info.Size())
	if info.Size() >= maxPacked {
		t.Errorf("packed: %d bytes, want less than %d", info.Size(), maxPacked)
	}
}

// TestUnits runs the extension's tests that need no VS Code.
func TestUnits(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "node", "--test", filepath.Join(suite, "unit.js")).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("fail 0")) {
		t.Errorf("%v\n%s", err, out)
	}
}

// runScript runs a script in a VS Code of its own; each line it prints is a
// check. With smoke it stops after the first few.
func runScript(t *testing.T, script string, smoke bool) {
	t.Helper()
	archive, err := txtar.ParseFile("../testdata/typescript.txtar")
	must(t, err)
	scratch := t.TempDir()
	project := filepath.Join(scratch, "project")
	must(t, txtar.Write(archive, project))
	config := map[string]string{"dejafix": dejafix, "vsix": vsix, "suite": suite, "scratch": scratch, "project": project}
	if smoke {
		config["smoke"] = "yes"
	}
	tools := map[string]string{"codeServer": "code-server", "chromium": "chromium", "playwright": "playwright-core", "typescript": "tsc"}
	if script == "failing" {
		tools["pytest"], tools["vitest"] = "pytest", "vitest"
		for _, language := range []string{"go", "python", "typescript"} {
			archive, err := txtar.ParseFile("../testdata/failing-" + language + ".txtar")
			must(t, err)
			config["failing-"+language] = filepath.Join(scratch, language)
			must(t, txtar.Write(archive, config["failing-"+language]))
		}
	}
	for name, tool := range tools {
		path, err := nvim.Tool(tool)
		if err != nil {
			t.Fatalf("%s is not installed: run scripts/tools.sh all editors", tool)
		}
		config[name] = path
	}
	// Packages that scripts ask for by their folders, as their commands lie in them.
	for name, up := range map[string]string{"playwright": "..", "typescript": "../.."} {
		command, err := filepath.EvalSymlinks(config[name])
		must(t, err)
		config[name] = filepath.Join(command, up)
	}
	if *images != "" {
		config["images"], err = filepath.Abs(*images)
		must(t, err)
		must(t, os.MkdirAll(config["images"], 0o755))
	}
	b, err := json.Marshal(config)
	must(t, err)
	file := filepath.Join(scratch, "config.json")
	must(t, os.WriteFile(file, b, 0o600))

	cmd := exec.CommandContext(t.Context(), "node", script+".mjs", file)
	var rest bytes.Buffer
	cmd.Stderr = &rest
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	checks := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		verdict, what, _ := strings.Cut(lines.Text(), " ")
		switch verdict {
		case "ok":
			checks++
			t.Run(what, func(*testing.T) {})
		case "FAIL":
			checks++
			name, why, _ := strings.Cut(what, ": ")
			t.Run(name, func(t *testing.T) { t.Error(why) })
		case "measured":
			t.Log(what)
		default:
			fmt.Fprintln(&rest, lines.Text())
		}
	}
	if err := cmd.Wait(); err != nil || checks == 0 {
		t.Errorf("%s: %d checks, %v", script, checks, err)
	}
	if t.Failed() {
		t.Logf("what %s said besides:\n%s", script, rest.String())
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
