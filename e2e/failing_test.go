package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/dejafix/dejafix/e2e/nvim"
)

// A broken is a file whose test fails when it is run.
type broken struct {
	file string
	says string // what the squiggle says,
	line string // at this line
}

// A failing is the rhythm with tests that fail: repaired by hand once, offered
// where another test fails in the same way.
type failing struct {
	server        func() (nvim.Server, error)
	run           []string // runs all tests
	report        string   // has run leave a report
	first, second broken
	keys          []string // repair the first file, typed at its line
	want          string   // line of the second file afterwards
}

var failings = map[string]failing{
	"go": {
		server: nvim.Gopls,
		run:    []string{"go", "test", "./..."},
		first:  broken{"title/title.go", "index out of range [3] with length 3", "return words[len(words)][:1]"},
		keys:   []string{"f)a-<Esc>", "a1<Esc>"},
		second: broken{"steps/steps.go", "index out of range [3] with length 3", "return p.Steps[len(p.Steps)]"},
		want:   "\treturn p.Steps[len(p.Steps)-1]",
	},
	"python": {
		server: nvim.Pyright,
		run:    []string{"pytest", "-q"},
		report: "--junitxml=report.xml",
		first:  broken{"kitchen/bill.py", "KeyError", "amount += prices[order]"},
		keys:   []string{"f[cl.get(<Esc>", "f]cl, 0)<Esc>"},
		second: broken{"kitchen/stock.py", "KeyError", "here = stock[thing]"},
		want:   "        here = stock.get(thing, 0)",
	},
	"typescript": {
		server: nvim.TypeScript,
		run:    []string{"vitest", "run"},
		report: "--reporter=junit --outputFile=junit.xml",
		first:  broken{"src/rooms.ts", "Cannot read properties of undefined", "return room.seats;"},
		keys:   []string{"f.i?<Esc>", "f;i ?? 0<Esc>"},
		second: broken{"src/tickets.ts", "Cannot read properties of undefined", "return ticket.price;"},
		want:   "  return ticket?.price ?? 0;",
	},
}

// TestFailingTest has its tests run in a terminal of Neovim.
func TestFailingTest(t *testing.T) {
	for version, program := range programs(t) {
		if !strings.HasSuffix(version, quickest) && version != "nvim-host" {
			continue
		}
		t.Run(version, func(t *testing.T) {
			for _, language := range failingLanguages {
				t.Run(language, func(t *testing.T) { openFailing(t, program, language).play(t) })
			}
			for language, ways := range failingOutside {
				for _, way := range ways {
					t.Run(language+" "+way, func(t *testing.T) {
						s := openFailing(t, program, language)
						s.way = way
						s.play(t)
					})
				}
			}
		})
	}
}

// A failingScene is a project with tests that fail, and one store.
type failingScene struct {
	*scene
	failing
	// way is how tests run: "run", outside of the editor through dejafix run;
	// "report", outside and leaving a report; "" in a terminal of Neovim.
	way string
}

func openFailing(t *testing.T, program, language string) *failingScene {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "failing-"+language+".txtar"))
	must(t, err)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	must(t, txtar.Write(archive, dir))
	f := failings[language]
	return &failingScene{&scene{rhythm: rhythm{server: f.server}, program: program, dir: dir, store: filepath.Join(t.TempDir(), "dejafix.db")}, f, ""}
}

// play is the whole: a test fails in the terminal, the squiggle stands at the
// user's own line, a hand repairs it; the next failure of the kind has the repair
// in its menu; the test passes with it and the squiggle goes.
func (s *failingScene) play(t *testing.T) {
	ctx := t.Context()
	e := s.window(t)
	must(t, e.Open(ctx, filepath.Join(s.dir, s.first.file)))
	s.runs(t, e, false)
	s.squiggle(t, e, s.first)
	must(t, e.Idle(ctx, true))

	must(t, e.Type(ctx, s.first.line, s.keys...))
	must(t, e.Save(ctx))
	s.runs(t, e, false) // the second test still fails
	must(t, e.AwaitNoError(ctx))
	s.passed(t, e)

	must(t, e.Open(ctx, filepath.Join(s.dir, s.second.file)))
	s.squiggle(t, e, s.second)
	_, err := e.AwaitAction(ctx, s.second.line, "dejafix")
	must(t, err)
	must(t, e.Choose(ctx, s.second.line, "dejafix"))
	text, err := e.Text(ctx)
	must(t, err)
	if !strings.Contains(text, s.want+"\n") {
		t.Errorf("the repaired file lacks\n%s\nit is\n%s", s.want, text)
	}
	must(t, e.Save(ctx))
	s.runs(t, e, true)
	must(t, e.AwaitNoError(ctx))
	must(t, e.Idle(ctx, true))
	if got := s.stats(t); got.Episodes < 1 || got.Applied != 1 {
		t.Errorf("stats: %+v, want an episode or more, and one repair applied", got)
	}
}

// passed waits until it is stored that the first failure is repaired: of a run
// outside of the editor nothing is seen where the repaired file is open.
func (s *failingScene) passed(t *testing.T, e *nvim.Editor) {
	t.Helper()
	deadline := time.Now().Add(*patience)
	for {
		must(t, e.Idle(t.Context(), true))
		if s.stats(t).Episodes > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the repair was not learned")
		}
	}
}

// squiggle waits for what failed, at the line where it did.
func (s *failingScene) squiggle(t *testing.T, e *nvim.Editor, b broken) {
	t.Helper()
	d, err := e.AwaitDiagnostic(t.Context(), b.says)
	must(t, err)
	var line string
	must(t, e.Lua(t.Context(), fmt.Sprintf("return vim.api.nvim_buf_get_lines(0, %d, %d, false)[1]", d.Line, d.Line+1), &line))
	if strings.TrimSpace(line) != b.line || d.Source != "dejafix" {
		t.Errorf("%s says %q at %q", d.Source, d.Message, line)
	}
}

// runs has the tests run in a terminal of Neovim, as a person does who types
// :terminal.
func (s *failingScene) runs(t *testing.T, e *nvim.Editor, pass bool) {
	t.Helper()
	if s.way != "" {
		line := dejafix + " run --store " + s.store + " -- " + s.command()
		if s.way == "report" {
			line = s.command() + " " + s.report
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Dir = s.dir
		if out, err := cmd.CombinedOutput(); (err == nil) != pass {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	code, err := e.Terminal(t.Context(), s.dir, s.command())
	must(t, err)
	if (code == 0) != pass {
		t.Fatalf("%s ends with %d", strings.Join(s.run, " "), code)
	}
}

// command is the line that a person types.
func (s *failingScene) command() string {
	words := []string{"env", "GOTOOLCHAIN=local", "GOFLAGS=-mod=mod", "NO_COLOR="}
	for i, word := range s.run {
		if tool, err := nvim.Tool(word); i == 0 && err == nil {
			word = tool
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}
