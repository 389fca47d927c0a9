package guard

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/analysis/trace"
)

// A program is one that fails when it is run. It reads what it fails for from
// nowhere: it is whole.
type program struct {
	name     string
	language string
	file     string
	command  []string
	text     string
	want     string // the title of the draft that is applied
}

// run is what a program printed, and whether it ended well.
func (p *program) run(t *testing.T, text string) (string, bool) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, p.file), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(p.command[0], append(p.command[1:], p.file)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "RUST_BACKTRACE=0", "PYTHONDONTWRITEBYTECODE=1", "NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// failed finds the failure in what p printed, as the server does, and asks for
// drafts.
func (p *program) failed(t *testing.T, output string) []analysis.Draft {
	t.Helper()
	for _, tr := range trace.Find(output) {
		for i := range tr.Frames {
			tr.Frames[i].InApp = filepath.Base(tr.Frames[i].File) == p.file
		}
		root, at := trace.FailurePoint(&tr)
		if at < 0 {
			continue
		}
		lines := textedit.NewLines(p.text)
		span := lines.Span(root.Frames[at].Line - 1)
		_, drafts := ask(t, p.language, root.Type, root.Message, p.text[:span.Start]+"«"+p.text[span.Start:])
		return drafts
	}
	t.Fatalf("no failure in:\n%s", output)
	return nil
}

// check runs p, applies the draft that is wanted, and runs it again.
func (p *program) check(t *testing.T) {
	t.Helper()
	output, ok := p.run(t, p.text)
	if ok {
		t.Fatalf("it did not fail:\n%s", output)
	}
	var titles []string
	for _, d := range p.failed(t, output) {
		titles = append(titles, d.Title)
		if d.Title != p.want {
			continue
		}
		after, err := textedit.Apply(p.text, d.Edits)
		if err != nil {
			t.Fatal(err)
		}
		if output, ok := p.run(t, after); !ok {
			t.Fatalf("%s: it fails still:\n%s\n%s", d.Title, after, output)
		}
		return
	}
	t.Fatalf("not drafted: %s; only: %s; of\n%s", p.want, strings.Join(titles, " | "), output)
}

func TestRuns(t *testing.T) {
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.check(t)
		})
	}
}

var (
	goRun  = []string{"go", "run"}
	pyRun  = []string{"python3"}
	pyTest = []string{"python3", "-m", "unittest"}
	jsRun  = []string{"node"}
	jsTest = []string{"node", "--test"}
)

// programs fail in the languages that the tests of the tree have tools for.
var programs = []program{
	{"go nil", "go", "main.go", goRun, `package main

type user struct{ name string }

func find(list []*user, name string) *user {
	for _, u := range list {
		if u.name == name {
			return u
		}
	}
	return nil
}

func greet(u *user) string {
	return "hello " + u.name
}

func main() {
	if greet(find(nil, "x")) != "" {
		panic("greeted nobody")
	}
}
`, "Return early when u is nil"},
	{"python missing key", "python", "app.py", pyRun, `
def count(words):
    seen = {}
    for w in words:
        seen[w] += 1
    return seen

assert count("a b a".split()) == {"a": 2, "b": 1}
`, "Begin at 0 when w is not in seen"},
	{"python none", "python", "app_test.py", pyTest, `
import re
import unittest


def version(text):
    return re.match(r"v(\d+)", text).group(1)


class Version(unittest.TestCase):
    def test_version(self):
        self.assertEqual(version("v12"), "12")
        self.assertIsNone(version("none"))
`, "Return early when match() gives None"},
	{"python number in text", "python", "app.py", pyRun, `
def label(n):
    return "n = " + n

assert label(3) == "n = 3"
`, "Make str of n"},
	{"python changed while iterated", "python", "app.py", pyRun, `
def drop(d):
    for k in d:
        if not d[k]:
            del d[k]
    return d

assert drop({"a": 0, "b": 1}) == {"b": 1}
`, "Iterate over a copy of d"},
	{"javascript undefined", "javascript", "app.test.js", jsTest, `const test = require('node:test');
const assert = require('node:assert');

function city(user) {
  return user.address.city;
}

test('city', () => {
  assert.strictEqual(city({ address: { city: 'Bonn' } }), 'Bonn');
  assert.strictEqual(city({}), undefined);
});
`, "Read city only when user.address is there"},
	{"javascript groups", "javascript", "app.js", jsRun, `const by = (rows) => {
  const out = {};
  for (const r of rows) {
    out[r.kind].push(r.name);
  }
  return out;
};

if (by([{ kind: 'a', name: 'x' }]).a.length !== 1) throw new Error('wrong');
`, "Begin with [] when out[r.kind] is missing"},
	{"javascript constant", "javascript", "app.js", jsRun, `function sum(xs) {
  const n = 0;
  for (const x of xs) {
    n += x;
  }
  return n;
}

if (sum([1, 2]) !== 3) throw new Error('wrong');
`, "Declare n with let"},
	{"javascript endless", "javascript", "app.js", jsRun, `function fact(n) {
  return n * fact(n - 1);
}

if (fact(5) !== 120) throw new Error('wrong');
`, "End the recursion when n is 0 or less"},
}
