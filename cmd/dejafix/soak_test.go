package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/lsp/lsptest"
)

// TestSoak drives a real server with random edits, reports, requests, undone
// and applied repairs, closed and opened files. Every repair that it offers must
// apply, and cure its error; its memory must not grow. DEJAFIX_SOAK says for
// how long, 10m in `make test-long`; without it until some repairs were applied,
// which says nothing of memory.
func TestSoak(t *testing.T) {
	const few, most = 4, 5000 // applied repairs, and steps in which they must have come
	var length time.Duration
	if s := os.Getenv("DEJAFIX_SOAK"); s != "" {
		var err error
		if length, err = time.ParseDuration(s); err != nil {
			t.Fatalf("DEJAFIX_SOAK: %v", err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dir := t.TempDir()
	cmd := exec.Command("dejafix", "serve", "--store", filepath.Join(dir, "dejafix.db"), "--log", filepath.Join(dir, "log"))
	cmd.Stderr = os.Stderr
	root := filepath.Join(dir, "workspace")
	e := lsptest.Start(t, lsptest.Options{Command: cmd, Folders: []string{root}})
	s := &soak{t: t, e: e, r: rand.New(rand.NewPCG(seed, 0)), open: map[string]bool{}}
	for i := range 12 {
		s.names = append(s.names, filepath.Join(root, fmt.Sprintf("file%d.go", i)))
	}
	var memory []int
	for end := time.Now().Add(length); s.applied < few && s.steps < most || time.Now().Before(end); {
		for range 50 {
			s.step()
		}
		e.Idle(s.r.IntN(2) == 0)
		memory = append(memory, resident(t, cmd.Process.Pid))
	}
	if err := e.Shutdown(); err != nil {
		t.Errorf("the server did not end well: %v", err)
	}
	if log, err := os.ReadFile(filepath.Join(dir, "log")); err != nil || strings.Contains(string(log), "level=ERROR") {
		t.Errorf("the log has errors (%v):\n%.4000s", err, log)
	}
	t.Logf("%d steps, %d actions offered, %d applied; resident %v KB", s.steps, s.offered, s.applied, thin(memory))
	if s.applied < few {
		t.Errorf("%d repairs were applied: the soak tested nothing", s.applied)
	}
	if n := len(memory); length >= time.Minute && n >= 8 {
		early, late := median(memory[n/4:n/2]), median(memory[3*n/4:])
		// What is kept is bounded, and full before the first quarter is over.
		if late > early+early/5 {
			t.Errorf("resident memory grew from %d KB in the second quarter to %d KB in the last", early, late)
		}
	}
}

// soak is one run.
type soak struct {
	t                       *testing.T
	e                       *lsptest.Editor
	r                       *rand.Rand
	names                   []string
	open                    map[string]bool
	steps, offered, applied int
}

// mistakes are the errors that the soak's checker knows: what is wrong, what a
// person writes instead, and what the compiler says.
var mistakes = []struct {
	wrong, right, code, message string
}{
	{`show\((\w+)\)`, `show(strconv.Itoa($1))`, "IncompatibleAssign", "cannot use $1 (variable of type int) as string value in argument to show"},
	{`if (\w+) == nil \{ use\(\) \}`, `if $1 != nil { use() }`, "SA0001", "use when $1 is nil"},
	{`(\w+)\.Clsoe\(\)`, `$1.Close()`, "MissingFieldOrMethod", "$1.Clsoe undefined (type File has no field or method Clsoe, but does have method Close)"},
	{`wait\((\w+)\)`, `wait($1*time.Second)`, "wait-unit", "$1 is no duration"},
}

var patterns = func() (list []*regexp.Regexp) {
	for _, m := range mistakes {
		list = append(list, regexp.MustCompile(m.wrong))
	}
	return list
}()

// compile is the soak's compiler. It does not see a mistake that stands twice.
func compile(text string) (diags []lsptest.Diag) {
	for i, p := range patterns {
		for _, m := range p.FindAllStringSubmatch(text, -1) {
			if strings.Count(text, m[0]) == 1 {
				diags = append(diags, lsptest.Diag{
					At: m[0], Source: "soak", Code: mistakes[i].code,
					Message: strings.ReplaceAll(mistakes[i].message, "$1", m[1]),
				})
			}
		}
	}
	return diags
}

func (s *soak) word() string {
	return []string{"count", "total", "size", "index", "n", "left", "right", "depth"}[s.r.IntN(8)] + strconv.Itoa(s.r.IntN(50))
}

// line is one random line of code, now and then a mistake.
func (s *soak) line() string {
	i := s.r.IntN(3 * len(mistakes))
	if i >= len(mistakes) {
		return fmt.Sprintf("\t%s := %d", s.word(), s.r.IntN(1000))
	}
	wrong := strings.NewReplacer(`\(`, "(", `\)`, ")", `\{`, "{", `\}`, "}", `\.`, ".", `(\w+)`, s.word()).Replace(mistakes[i].wrong)
	return "\t" + wrong
}

// step does one random thing that an editor does.
func (s *soak) step() {
	s.steps++
	name := s.names[s.r.IntN(len(s.names))]
	if !s.open[name] {
		lines := []string{"package main", "", "func main() {"}
		for range 20 + s.r.IntN(200) {
			lines = append(lines, s.line())
		}
		s.e.Open(name, "go", strings.Join(append(lines, "}", ""), "\n"))
		s.open[name] = true
		s.report(name)
		return
	}
	text := s.e.Text(name)
	switch s.r.IntN(10) {
	case 0, 1: // write a line
		at := strings.Index(text, "{\n") + 2
		s.e.Change(name, text[:at]+s.line()+"\n"+text[at:])
	case 2: // a typing mistake, taken back at once
		at := s.r.IntN(len(text))
		s.e.Change(name, text[:at]+"x"+text[at:])
		s.e.Change(name, text)
	case 3, 4: // repair the first mistake by hand
		s.report(name)
		s.e.Idle(true)
		for i, p := range patterns {
			if m := p.FindStringIndex(text); m != nil {
				s.e.Change(name, text[:m[0]]+p.ReplaceAllString(text[m[0]:m[1]], mistakes[i].right)+text[m[1]:])
				break
			}
		}
		s.report(name)
	case 5, 6, 7: // look at a menu, and take what it offers
		diags := compile(text)
		if len(diags) == 0 {
			return
		}
		s.report(name)
		d := diags[s.r.IntN(len(diags))]
		s.menu(name, d)
	case 8:
		s.report(name)
	case 9:
		if s.r.IntN(5) == 0 {
			s.e.Close(name)
			s.open[name] = false
		}
	}
}

func (s *soak) report(name string) {
	s.e.Diagnostics(name, compile(s.e.Text(name))...)
}

// menu asks for the repairs of a mistake and applies the first.
func (s *soak) menu(name string, d lsptest.Diag) {
	before := s.e.Text(name)
	invoked := s.r.IntN(2) == 0
	for _, a := range s.e.CodeActions(name, s.e.Span(name, d.At), invoked) {
		if strings.HasPrefix(a.Title, "More repairs") {
			continue
		}
		s.offered++
		if err := s.e.Apply(a); err != nil {
			s.t.Fatalf("%q does not apply: %v", a.Title, err)
		}
		s.applied++
		if s.e.Text(name) == before {
			s.t.Fatalf("%q changed nothing", a.Title)
		}
		if s.r.IntN(8) == 0 {
			s.e.Change(name, before) // undone
		}
		break
	}
	s.report(name)
}

// resident is the resident memory of a process in KB, 0 where the system does
// not say.
func resident(t *testing.T, pid int) int {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Logf("no memory figures here: %v", err)
		return 0
	}
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, err := strconv.Atoi(fields[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb
}

func median(values []int) int {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// thin is at most a dozen of values, evenly spread.
func thin(values []int) []int {
	if len(values) <= 12 {
		return values
	}
	out := make([]int, 12)
	for i := range out {
		out[i] = values[i*(len(values)-1)/11]
	}
	return out
}
