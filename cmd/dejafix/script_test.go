package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the golden parts of the scripts anew")

func TestMain(m *testing.M) {
	// The scripts run the real main, in processes of their own.
	testscript.Main(m, map[string]func(){"dejafix": main, "cat-and-fail": catAndFail})
}

// catAndFail prints a file and exits with 1, as a test run that failed.
func catAndFail() {
	b, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	_, _ = os.Stdout.Write(b)
	os.Exit(1)
}

// TestScripts runs every command as a person or program would: arguments, exit
// code, both outputs, and what is on disk afterwards.
func TestScripts(t *testing.T) {
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	goCache := strings.TrimSpace(string(out))
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		// Every script has a home of its own.
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("HOME", home)
			env.Setenv("XDG_DATA_HOME", filepath.Join(home, "data"))
			env.Setenv("XDG_STATE_HOME", filepath.Join(home, "state"))
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
			// Where dejafix is, for scripts that want nothing else of the machine.
			env.Setenv("PROGRAMS", filepath.SplitList(env.Getenv("PATH"))[0])
			env.Setenv("GOCACHE", goCache) // what go has built is no secret
			return os.Mkdir(home, 0o700)
		},
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"oneline": oneLine,
			"jsonhas": jsonHas,
			"frame":   frame,
			"mode":    mode,
			"nofile":  noFile,
		},
	})
}

// exits CODE COMMAND… runs a command that must exit with exactly CODE.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("%v exits with %s, want %s", args[1:], got, args[0])
	}
}

// oneline: the last command wrote one line on standard error, which names
// dejafix and a next step, and nothing on standard output.
func oneLine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: oneline")
	}
	out, err := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	if out != "" {
		ts.Fatalf("standard output is not empty: %q", out)
	}
	if strings.Count(err, "\n") != 1 || !strings.HasSuffix(err, "\n") || !strings.HasPrefix(err, "dejafix: ") || !strings.Contains(err, "; ") {
		ts.Fatalf("not one line with a next step: %q", err)
	}
}

// jsonhas FILE KEY[=VALUE]… checks members of a JSON object; dots lead inside.
func jsonHas(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: jsonhas FILE KEY[=VALUE]…")
	}
	var object any
	text := ts.ReadFile(args[0])
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		ts.Fatalf("%v in %q", err, text)
	}
	for _, arg := range args[1:] {
		key, want, valued := strings.Cut(arg, "=")
		v := object
		for part := range strings.SplitSeq(key, ".") {
			switch at := v.(type) {
			case map[string]any:
				inner, ok := at[part]
				if !ok {
					ts.Fatalf("no %q in %s", key, text)
				}
				v = inner
			case []any:
				var i int
				if _, err := fmt.Sscan(part, &i); err != nil || i >= len(at) {
					ts.Fatalf("no %q in %s", key, text)
				}
				v = at[i]
			default:
				ts.Fatalf("no %q in %s", key, text)
			}
		}
		if got := fmt.Sprint(v); valued && got != want {
			ts.Fatalf("%s is %s, want %s", key, got, want)
		}
	}
}

// frame IN OUT writes each line of IN as one message of the base protocol.
func frame(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: frame IN OUT")
	}
	var b strings.Builder
	lines := bufio.NewScanner(strings.NewReader(ts.ReadFile(args[0])))
	for lines.Scan() {
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(lines.Text()), lines.Text())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

// mode PERM FILE checks permissions.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode PERM FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

// nofile TEXT DIR: no file below DIR holds TEXT.
func noFile(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] nofile TEXT DIR")
	}
	found := ""
	ts.Check(filepath.WalkDir(ts.MkAbs(args[1]), func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		if strings.Contains(string(b), args[0]) {
			found = name
		}
		return err
	}))
	if (found != "") != neg {
		ts.Fatalf("files with %q: %q", args[0], found)
	}
}
