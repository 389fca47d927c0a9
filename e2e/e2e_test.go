package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/dejafix/dejafix/e2e/nvim"
)

// dejafix is the binary under test.
var dejafix string

// patience is how long Neovim waits for any one condition.
var patience = flag.Duration("patience", 2*time.Minute, "how long to wait for what must happen")

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "dejafix-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	// Where it finds no folder for its log, Neovim writes it into the present one.
	if err := os.Setenv("NVIM_LOG_FILE", filepath.Join(dir, "nvim.log")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	dejafix = filepath.Join(dir, "dejafix")
	// The flags that the tests themselves are compiled with: other ones would
	// compile the grammars once more.
	build := append([]string{"build", "-o", dejafix}, strings.Fields(os.Getenv("DEJAFIX_TEST_BUILDFLAGS"))...)
	if out, err := exec.Command("go", append(build, "../cmd/dejafix")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building dejafix: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// A place is where somebody makes a mistake.
type place struct {
	file string
	at   string   // the cursor goes here to make it,
	keys []string // by typing this,
	says string   // and the tool says so
}

// A rhythm is the product's: repaired by hand once, offered the second time.
type rhythm struct {
	server        func() (nvim.Server, error)
	first, second place
	repairAt      string // in the first place, by hand,
	repair        []string
	askAt         string // and in the second by asking here
	want          string // line of the second file afterwards
	compiles      [][]string
}

var rhythms = map[string]rhythm{
	"go": {
		server: nvim.Gopls,
		first:  place{"item/item.go", "it.Name\n", []string{`A + ": " + it.Count<Esc>`}, "mismatched types string and int"},
		// Written as one writes it: each state is seen by the servers.
		repairAt: "it.Count\n",
		repair:   []string{"istrconv<Esc>", "a.Itoa<Esc>", "a(<Esc>", "A)<Esc>"},
		second:   place{"report/report.go", "strings.ToUpper(title)\n", []string{`A + " (" + total<Esc>`, `A + ")"<Esc>`}, "mismatched types"},
		askAt:    "total + ",
		want:     `	return strings.ToUpper(title) + " (" + strconv.Itoa(total) + ")"`,
		compiles: [][]string{{"go", "vet", "./..."}},
	},
	"python": {
		server:   nvim.Pyright,
		first:    place{"versions.py", "None\n", []string{"Cmatch.group(1)<Esc>"}, `"group" is not a known attribute of "None"`},
		repairAt: "return match",
		repair:   []string{"Oif match<Esc>", "a is None:<Esc>", "oreturn<Esc>", "a None<Esc>"},
		second:   place{"access.py", "None\n", []string{"Cfound.group(1)<Esc>"}, `"group" is not a known attribute of "None"`},
		askAt:    "group(1)",
		want:     "    if found is None:\n        return None\n    return found.group(1)",
		compiles: [][]string{{"python3", "-m", "py_compile", "versions.py", "access.py"}, {"pyright", "."}},
	},
	"typescript": {
		server:   nvim.TypeScript,
		first:    place{"src/server.ts", "80);", []string{"2xisettings.port<Esc>"}, "Argument of type 'string' is not assignable to parameter of type 'number'"},
		repairAt: "settings.port",
		repair:   []string{"iNumber<Esc>", "a(<Esc>", "f)i)<Esc>"},
		second:   place{"src/retry.ts", "3, action", []string{"xiflags.attempts<Esc>"}, "Argument of type 'string' is not assignable to parameter of type 'number'"},
		askAt:    "flags.attempts",
		want:     "  return times(Number(flags.attempts), action);",
		compiles: [][]string{{"tsc", "--project", "."}},
	},
}

// An error is repaired by hand in one file; in another the repair is offered as
// an edit, after what the language server offers, and cures it.
func TestSecondTimeTheRepairIsOffered(t *testing.T) {
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			for language, r := range rhythms {
				t.Run(language, func(t *testing.T) {
					s := open(t, program, language)
					e := s.window(t)
					s.learn(t, e)

					s.breakSecond(t, e)
					menu, err := e.AwaitAction(t.Context(), r.askAt, "dejafix")
					must(t, err)
					if last := menu[len(menu)-1]; last.Client != "dejafix" {
						t.Errorf("dejafix's repair does not stand last in the menu: %v", menu)
					}
					s.takeSecond(t, e)

					if got := s.stats(t); got.Episodes < 1 || got.Applied != 1 {
						t.Errorf("stats: %+v, want an episode or more, and one repair applied", got)
					}
				})
			}
		})
	}
}

// Learned in window one, offered in window two, which was open all the time and
// knew nothing before.
func TestLearnedInOneWindowOfferedInAnother(t *testing.T) {
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			s := open(t, program, "go")
			one, two := s.window(t), s.window(t)

			s.breakSecond(t, two)
			menu, err := two.Actions(t.Context(), s.askAt)
			must(t, err)
			for _, action := range menu {
				if action.Client == "dejafix" {
					t.Fatalf("offered before anything was learned: %v", menu)
				}
			}

			s.learn(t, one)
			_, err = two.AwaitAction(t.Context(), s.askAt, "dejafix")
			must(t, err)
			s.takeSecond(t, two)
		})
	}
}

// Who repairs, saves and quits in one go has taught it all the same.
func TestQuitRightAfterTheRepair(t *testing.T) {
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			s := open(t, program, "go")
			e := s.window(t)
			s.repairFirst(t, e)
			must(t, e.Close())
			if got := s.stats(t); got.Episodes != 1 {
				t.Errorf("stats: %+v, want one episode", got)
			}
		})
	}
}

// What the :Dejafix command says and does about a repair that is offered.
func TestCommands(t *testing.T) {
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			s := open(t, program, "go")
			e := s.window(t)
			s.learn(t, e)
			s.breakSecond(t, e)
			_, err := e.AwaitAction(t.Context(), s.askAt, "dejafix")
			must(t, err)

			must(t, e.Command(t.Context(), s.askAt, "Dejafix why"))
			why, err := e.AwaitFloat(t.Context())
			must(t, err)
			if !strings.Contains(why, "strconv.Itoa") || !strings.Contains(why, "item.go") {
				t.Errorf(":Dejafix why names neither the repair nor where it comes from:\n%s", why)
			}

			// What recurs: the repair, and a way to where the error is now.
			must(t, e.Command(t.Context(), "", "Dejafix recurring"))
			must(t, e.Await(t.Context(), "vim.bo.filetype == 'dejafix' and vim.api.nvim_buf_line_count(0) > 3"))
			list, err := e.Text(t.Context())
			must(t, err)
			for _, want := range []string{"2 times  ", "Wrap in strconv.Itoa  1 of 1 held", "report/report.go:"} {
				if !strings.Contains(list, want) {
					t.Errorf("the list of :Dejafix recurring lacks %q:\n%s", want, list)
				}
			}
			must(t, e.Lua(t.Context(), `
			vim.fn.search('report/report.go:')
			vim.api.nvim_feedkeys(vim.keycode('<CR>'), 'xt', false)`, nil))
			must(t, e.Await(t.Context(), "vim.fs.basename(vim.api.nvim_buf_get_name(0)) == 'report.go'"))
			must(t, e.Lua(t.Context(), "vim.cmd.only()", nil))
			var names []string
			must(t, e.Lua(t.Context(), "return vim.fn.getcompletion('Dejafix re', 'cmdline')", &names))
			if diff := cmp.Diff([]string{"recurring", "restart", "resume"}, names); diff != "" {
				t.Errorf("completion (-want +got)\n%s", diff)
			}

			must(t, e.Lua(t.Context(), "Before = vim.lsp.get_clients({ name = 'dejafix' })[1].id", nil))
			must(t, e.Command(t.Context(), "", "Dejafix restart"))
			must(t, e.Await(t.Context(), "(vim.lsp.get_clients({ name = 'dejafix', bufnr = 0 })[1] or { id = Before }).id ~= Before"))
			_, err = e.AwaitAction(t.Context(), s.askAt, "dejafix")
			must(t, err)

			must(t, e.Command(t.Context(), "", "Dejafix pause"))
			must(t, e.AwaitNoAction(t.Context(), s.askAt, "dejafix"))
			must(t, e.Command(t.Context(), "", "Dejafix resume"))
			_, err = e.AwaitAction(t.Context(), s.askAt, "dejafix")
			must(t, err)

			must(t, e.Command(t.Context(), s.askAt, "Dejafix never"))
			must(t, e.AwaitNoAction(t.Context(), s.askAt, "dejafix"))

			// What cannot be taken back is asked for first.
			must(t, e.Lua(t.Context(), "Asked = {} vim.fn.confirm = function(question) Asked[#Asked + 1] = question return 1 end", nil))
			must(t, e.Command(t.Context(), "", "Dejafix trust"))
			must(t, e.Command(t.Context(), "", "Dejafix recurring"))
			must(t, e.Await(t.Context(), "vim.bo.filetype == 'dejafix' and vim.fn.search('Wrap in strconv.Itoa') > 0"))
			must(t, e.Lua(t.Context(), "vim.api.nvim_feedkeys('f', 'xt', false)", nil))
			must(t, e.Await(t.Context(), "vim.fn.search('Wrap in strconv.Itoa', 'w') == 0"))
			must(t, e.Lua(t.Context(), "vim.cmd.close()", nil))
			var asked []string
			must(t, e.Lua(t.Context(), "return Asked", &asked))
			if want := []string{
				"Let programs that belong to " + s.dir + ", such as its checkers and linters, run?",
				`Forget "Wrap in strconv.Itoa"? The repairs it was learned from are deleted too.`,
			}; !cmp.Equal(want, asked) {
				t.Errorf("asked (-want +got)\n%s", cmp.Diff(want, asked))
			}
			must(t, e.Await(t.Context(), "vim.fn.execute('messages'):find('may run') ~= nil"))
			for command, want := range map[string]string{"trust --list": s.dir, "patterns": ""} {
				out, err := exec.Command(dejafix, append(strings.Fields(command), "--store", s.store)...).CombinedOutput()
				must(t, err)
				if !strings.Contains(string(out), want) || strings.Contains(string(out), "strconv") {
					t.Errorf("dejafix %s says\n%s", command, out)
				}
			}

			must(t, e.Command(t.Context(), "", "Dejafix log"))
			log, err := e.Text(t.Context())
			must(t, err)
			if !strings.Contains(log, "msg=started") {
				t.Errorf(":Dejafix log does not show the server's log:\n%s", log)
			}
		})
	}
}

// The demonstration ends well and fits a screen, in Neovim and without.
func TestDemo(t *testing.T) {
	gopls, err := nvim.Gopls()
	must(t, err)
	without := t.TempDir()
	must(t, os.Mkdir(filepath.Join(without, "bin"), 0o700))
	must(t, os.Symlink(gopls.Cmd[0], filepath.Join(without, "bin", "gopls")))
	with, err := nvim.ToolsDir()
	must(t, err)
	tests := map[string]struct{ tools, want string }{
		"in Neovim": {with, "The editor is the real Neovim"},
		"without":   {without, "No Neovim can be had here"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"run"}, strings.Fields(os.Getenv("DEJAFIX_TEST_BUILDFLAGS"))...)
			cmd := exec.CommandContext(t.Context(), "go", append(args, "./demo", "-dejafix", dejafix, "-plugin", "../editors/nvim")...)
			cmd.Env = append(os.Environ(), "DEJAFIX_TOOLS="+test.tools)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if !strings.Contains(string(out), test.want) {
				t.Errorf("the story does not say %q:\n%s", test.want, out)
			}
			if n := strings.Count(string(out), "\n"); n >= 60 {
				t.Errorf("%d lines are more than a person reads:\n%s", n, out)
			}
		})
	}
}

// A scene is one project with one store.
type scene struct {
	rhythm
	program string
	dir     string
	store   string
}

func open(t *testing.T, program, language string) *scene {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", language+".txtar"))
	must(t, err)
	dir := t.TempDir()
	must(t, txtar.Write(archive, dir))
	return &scene{rhythm: rhythms[language], program: program, dir: dir, store: filepath.Join(t.TempDir(), "dejafix.db")}
}

// window starts a Neovim on the scene, with the scene's language server.
func (s *scene) window(t *testing.T) *nvim.Editor {
	t.Helper()
	server, err := s.server()
	must(t, err)
	return s.windowWith(t, server)
}

func (s *scene) windowWith(t *testing.T, servers ...nvim.Server) *nvim.Editor {
	t.Helper()
	plugin, err := filepath.Abs("../editors/nvim")
	must(t, err)
	scratch := t.TempDir()
	// The test's context ends before its cleanups, which let Neovim quit.
	e, err := nvim.Start(context.WithoutCancel(t.Context()), nvim.Options{
		Program: s.program,
		Plugin:  plugin,
		Dejafix: []string{dejafix, "serve", "-v", "--store", s.store},
		Servers: servers,
		Scratch: scratch,

		Patience: *patience,
	})
	must(t, err)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("closing Neovim: %v\n%s", err, e.Log())
		}
		if t.Failed() {
			log, err := os.ReadFile(filepath.Join(scratch, "state", "dejafix", "dejafix.log"))
			t.Logf("the server's log (%v):\n%s", err, log)
			t.Logf("what Neovim printed:\n%s", e.Log())
			patterns, err := exec.Command(dejafix, "patterns", "list", "--store", s.store).CombinedOutput()
			t.Logf("the patterns (%v):\n%s", err, patterns)
		}
	})
	return e
}

// learn makes the first mistake and repairs it by hand, and time passes.
func (s *scene) learn(t *testing.T, e *nvim.Editor) {
	t.Helper()
	s.repairFirst(t, e)
	must(t, e.Idle(t.Context(), true))
}

func (s *scene) repairFirst(t *testing.T, e *nvim.Editor) {
	t.Helper()
	s.mistake(t, e, s.first)
	must(t, e.Type(t.Context(), s.repairAt, s.repair...))
	must(t, e.AwaitNoError(t.Context()))
	must(t, e.Save(t.Context()))
}

func (s *scene) breakSecond(t *testing.T, e *nvim.Editor) {
	t.Helper()
	s.mistake(t, e, s.second)
}

func (s *scene) mistake(t *testing.T, e *nvim.Editor, p place) {
	t.Helper()
	must(t, e.Open(t.Context(), filepath.Join(s.dir, p.file)))
	must(t, e.Type(t.Context(), p.at, p.keys...))
	_, err := e.AwaitDiagnostic(t.Context(), p.says)
	must(t, err)
	// The error is looked at for a while, or it would be one of those that come
	// and go while one types.
	must(t, e.Idle(t.Context(), true))
}

// takeSecond applies what is offered: the error is gone, the text is right, and
// the project compiles.
func (s *scene) takeSecond(t *testing.T, e *nvim.Editor) {
	t.Helper()
	must(t, e.Choose(t.Context(), s.askAt, "dejafix"))
	must(t, e.AwaitNoError(t.Context()))
	text, err := e.Text(t.Context())
	must(t, err)
	if !strings.Contains(text, s.want+"\n") {
		t.Errorf("the repaired file lacks\n%s\nit is\n%s", s.want, text)
	}
	must(t, e.Save(t.Context()))
	must(t, e.Idle(t.Context(), true))
	for _, command := range s.compiles {
		program, err := nvim.Tool(command[0])
		if err != nil {
			program = command[0] // of the machine
		}
		cmd := exec.CommandContext(t.Context(), program, command[1:]...)
		cmd.Dir = s.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", strings.Join(command, " "), err, out)
		}
	}
}

// counts is the part of `dejafix stats --json` that is looked at.
type counts struct {
	Episodes, Applied int
}

func (s *scene) stats(t *testing.T) counts {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), dejafix, "stats", "--json", "--store", s.store).Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		t.Fatalf("dejafix stats: %v: %s", err, exit.Stderr)
	}
	must(t, err)
	var c counts
	must(t, json.Unmarshal(out, &c))
	return c
}

// programs are the Neovims that are to be supported.
func programs(t *testing.T) map[string]string {
	t.Helper()
	found, err := nvim.Programs()
	must(t, err)
	return found
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("%w: give go test a longer -timeout", err)
		}
		t.Fatal(err)
	}
}
