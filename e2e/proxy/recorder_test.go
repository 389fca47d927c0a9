package proxy

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dejafix/dejafix/e2e/nvim"
)

// recordTo names, in the environment, the folder that a recorder writes to.
const recordTo = "DEJAFIX_RECORD_TO"

// dejafix is the binary under test.
var dejafix string

var rounds = flag.Int("rounds", usual, "how often the error is made and repaired in a recorded session")

func TestMain(m *testing.M) {
	if dir := os.Getenv(recordTo); dir != "" {
		os.Exit(record(dir, os.Args[1:]))
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "dejafix-proxy")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	dejafix = filepath.Join(dir, "dejafix")
	build := append([]string{"build", "-o", dejafix}, strings.Fields(os.Getenv("DEJAFIX_TEST_BUILDFLAGS"))...)
	if out, err := exec.Command("go", append(build, "../../cmd/dejafix")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building dejafix: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// record runs a server, and keeps what it gets and what it sends.
func record(dir string, command []string) int {
	got, err1 := os.Create(filepath.Join(dir, "got"))
	sent, err2 := os.Create(filepath.Join(dir, "sent"))
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), recordTo+"=")
	cmd.Stderr = os.Stderr
	in, err3 := cmd.StdinPipe()
	out, err4 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, err3, err4, cmd.Start()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 99
	}
	go func() {
		_, _ = io.Copy(io.MultiWriter(got, in), os.Stdin)
		_ = in.Close()
	}()
	_, _ = io.Copy(io.MultiWriter(sent, os.Stdout), out)
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode()
}

// projects are the servers that the proxy is held against.
func projects(t testing.TB) []project {
	t.Helper()
	tool := func(name string) string {
		path, err := nvim.Tool(name)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	list := []project{
		{
			name: "gopls", command: []string{tool("gopls")}, language: "go", file: "main.go", quick: true,
			files: map[string]string{
				"go.mod":   "module example.org/x\n\ngo 1.23\n",
				"main.go":  "package main\n\nimport \"strconv\"\n\nfunc main() { println(strconv.Itoa(len(other))) }\n",
				"other.go": "package main\n\n// other is elsewhere.\nvar other = \"ö\"\n",
			},
			piece: "\n// F%[1]d is one of many.\nfunc F%[1]d(number int) string {\n\treturn number\n}\n",
			wrong: "number\n}", right: "strconv.Itoa(number)\n}", big: "// A line of a long file, with \"quotes\" and ä.\n",
		},
	}
	return append(list, moreProjects(tool)...)
}

// A session of an editor with a real server is the same with the proxy between:
// the server gets what the editor sent, the editor what the server sent.
func TestEveryMessagePasses(t *testing.T) {
	for _, p := range projects(t) {
		t.Run(p.name, func(t *testing.T) {
			dir, records := t.TempDir(), t.TempDir()
			for name, text := range p.files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			store := filepath.Join(t.TempDir(), "dejafix.db")
			log := filepath.Join(t.TempDir(), "dejafix.log")
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			args := append([]string{"proxy", "-v", "--store", store, "--log", log, "--", self}, p.command...)
			cmd := exec.Command(dejafix, args...)
			cmd.Env = append(environ(t), recordTo+"="+records)
			cmd.Dir = dir
			t.Cleanup(func() {
				if t.Failed() {
					text, err := os.ReadFile(log)
					t.Logf("the log (%v):\n%s", err, text)
				}
			})
			c := connect(t, cmd)
			s := newSession(t, c, p, dir)
			n := *rounds
			if testing.Short() {
				n = 3
			}
			// A machine that is busy can have the server's answer come first for long.
			n = s.run(n, 10*n)

			got, sent := messages(t, filepath.Join(records, "got")), messages(t, filepath.Join(records, "sent"))
			ours := toServer(t, c.sent, got)
			extra := toEditor(t, sent, c.got, ours)
			t.Logf("%d messages to the server, %d from it, %d to us alone, %d from us alone; ours in %d of %d menus over errors that were repaired before",
				len(got), len(sent), len(ours), extra, s.offered, s.menus)
			if s.offered == 0 {
				t.Error("nothing of ours was ever offered")
			}

			// The same once more, with the server alone.
			for name, text := range p.files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cmd = exec.Command(p.command[0], p.command[1:]...)
			cmd.Env, cmd.Dir = environ(t), dir
			without := newSession(t, connect(t, cmd), p, dir)
			without.alone = true
			without.run(n, n)
			if diff := cmp.Diff(without.saw, s.saw); diff != "" {
				t.Errorf("the server alone answers otherwise (-alone +proxy)\n%.3000s", diff)
			}
		})
	}
}

// environ keeps the caches of the machine.
func environ(t testing.TB) []string {
	t.Helper()
	env := os.Environ()
	if tools, err := nvim.ToolsDir(); err == nil {
		env = append(env, "GOPLSCACHE="+filepath.Join(tools, "gopls-cache"))
	}
	return env
}

// toServer holds what the server got against what the editor sent. It returns the
// ids of requests that only we got.
func toServer(t *testing.T, sent, got []message) map[string]bool {
	t.Helper()
	ours := map[string]bool{}
	j := 0
	for i, m := range sent {
		if j < len(got) && got[j].head == m.head && got[j].body == m.body {
			j++
			continue
		}
		switch {
		case isOurs(m):
			ours[string(m.ID)] = true
		case m.Method == "textDocument/didSave", m.Method == "exit" && j == len(got):
			// Only we asked for it, or the server was gone.
		case j < len(got) && allowed(m, got[j]):
			j++
		default:
			other := message{}
			if j < len(got) {
				other = got[j]
			}
			t.Fatalf("message %d of the editor\n%s\nis not message %d of what the server got\n%s", i, m, j, other)
		}
	}
	if j < len(got) {
		t.Errorf("the server got what the editor did not send: %s", got[j])
	}
	return ours
}

// isOurs reports whether a message of the editor is for us alone.
func isOurs(m message) bool {
	if strings.HasPrefix(m.Method, "dejafix/") || strings.HasPrefix(string(m.ID), `"dejafix:`) {
		return true
	}
	var p struct {
		Command string
		Data    struct{ Dejafix json.RawMessage }
	}
	_ = json.Unmarshal(m.Params, &p)
	return m.Method == "workspace/executeCommand" && strings.HasPrefix(p.Command, "dejafix.") ||
		m.Method == "codeAction/resolve" && p.Data.Dejafix != nil
}

// allowed reports whether the server may get b for a.
func allowed(a, b message) bool {
	drop := map[string]string{"initialize": "initializationOptions", "textDocument/codeAction": "partialResultToken"}
	var p, q map[string]json.RawMessage
	if a.Method != b.Method || drop[a.Method] == "" || string(a.ID) != string(b.ID) ||
		json.Unmarshal(a.Params, &p) != nil || json.Unmarshal(b.Params, &q) != nil {
		return false
	}
	if a.Method == "initialize" {
		return strings.Replace(a.body, `"dejafix":{"minProbability":0}`, ``, 1) == b.body
	}
	delete(p, drop[a.Method])
	return encode(p) == encode(q)
}

// toEditor holds what the editor got against what the server sent, and returns
// how many of its messages were ours alone.
func toEditor(t *testing.T, sent, got []message, ours map[string]bool) (extra int) {
	t.Helper()
	j := 0
	for i, m := range got {
		switch {
		case j < len(sent) && sent[j].head == m.head && sent[j].body == m.body:
			j++
		case strings.HasPrefix(string(m.ID), `"dejafix:`), m.Method == "" && ours[string(m.ID)],
			m.Method == "window/showMessage" && strings.Contains(m.body, "dejafix"):
			extra++
		case j < len(sent) && merged(sent[j], m):
			j++
		default:
			other := message{}
			if j < len(sent) {
				other = sent[j]
			}
			t.Fatalf("message %d that the editor got\n%s\nis not message %d of the server\n%s", i, m, j, other)
		}
	}
	if j < len(sent) {
		t.Errorf("the editor did not get message %d of %d: %s", j, len(sent), sent[j])
	}
	return extra
}

// merged reports whether the editor may get b for the server's a: the same with
// ours at the end of the list of code actions, or in the capabilities.
func merged(a, b message) bool {
	if a.Method != "" || b.Method != "" || string(a.ID) != string(b.ID) {
		return false
	}
	if strings.Contains(b.body, `"dejafix-proxy"`) {
		var p, q struct {
			Result struct{ Capabilities map[string]json.RawMessage }
		}
		if json.Unmarshal([]byte(a.body), &p) != nil || json.Unmarshal([]byte(b.body), &q) != nil {
			return false
		}
		for name, v := range p.Result.Capabilities {
			switch name {
			case "codeActionProvider", "executeCommandProvider", "textDocumentSync", "hoverProvider":
			default:
				if string(v) != string(q.Result.Capabilities[name]) {
					return false
				}
			}
		}
		return true
	}
	i := strings.Index(b.body, `{"title":`)
	for i >= 0 {
		// All before one of our actions, and what the server closes with.
		start := strings.TrimSuffix(b.body[:i], ",")
		if rest, ok := strings.CutPrefix(a.body, start); ok && len(rest) < 40 && strings.HasSuffix(b.body, rest) &&
			strings.Contains(b.body[i:], `"dejafix`) {
			return true
		}
		if string(a.Result) == "null" && strings.Contains(b.body[i:], `"dejafix`) && strings.HasPrefix(a.body, strings.TrimSuffix(start, "[")) {
			return true
		}
		next := strings.Index(b.body[i+1:], `{"title":`)
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}
