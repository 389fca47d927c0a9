package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/format"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/learner/history"
)

// An outcome is what the repository's own compiler or tests say.
type outcome string

const (
	passes outcome = "passes"
	fails  outcome = "fails"
	// untold: there are none, or they fail at the unchanged commit too.
	untold outcome = "untold"
)

// A row is what differs between languages.
type row struct {
	name    string
	install func(ctx context.Context, r *repo) error
	// compile prints what is wrong with the whole that a file belongs to, in an
	// order and with words that do not depend on lines.
	compile func(ctx context.Context, r *repo, file string) (string, error)
	// test is the shell command of a file's tests but for some, and where it runs.
	test func(r *repo, file string, without []string) (dir, command string)
	// failed are the tests that fail by what is printed, where the command can
	// leave them out.
	failed func(out string) []string
	// format is what the language's formatter makes of a text.
	format func(text string) string
}

// rows are the languages.
var rows = map[string]*row{
	"go": {
		name:    "go",
		install: goInstall, compile: goCompile,
		test: func(r *repo, file string, without []string) (string, string) {
			command := "go test -count=1 -vet=off"
			if len(without) > 0 {
				command += " -skip '^(" + strings.Join(without, "|") + ")$'"
			}
			return filepath.Join(r.dir, filepath.Dir(file)), command + " ."
		},
		failed: func(out string) []string {
			var names []string
			for _, m := range goFailed.FindAllStringSubmatch(out, -1) {
				names = append(names, m[1])
			}
			return names
		},
		format: func(text string) string {
			if out, err := format.Source([]byte(text)); err == nil {
				return string(out)
			}
			return text
		},
	},
	"typescript": {
		name:    "typescript",
		install: npmInstall, compile: tscCompile,
		test:   func(r *repo, _ string, _ []string) (string, string) { return r.dir, "npm test" },
		failed: func(string) []string { return nil },
		format: func(text string) string { return text },
	},
	// Packages come from a virtual environment that was made before; without one,
	// those of others are unknown to the checker.
	"python": {
		name:    "pyright",
		install: func(context.Context, *repo) error { return nil },
		compile: func(context.Context, *repo, string) (string, error) { return "", errors.New("there is no compiler") },
		test:    func(r *repo, _ string, _ []string) (string, string) { return r.dir, "python -m pytest -q -x" },
		failed:  func(string) []string { return nil },
		format:  func(text string) string { return text },
	},
}

var goFailed = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

const (
	// installTime bounds one installation, testTime one run of the tests, and
	// gitTime a command of git.
	installTime = 5 * time.Minute
	testTime    = 4 * time.Minute
	gitTime     = time.Minute
)

// A repo is a scratch clone of the repository that is measured on.
type repo struct {
	*row

	name, dir string
	reads     *history.Repo
	testWith  string              // in the place of row.test's command
	modules   string              // packages that were installed before
	commit    string              // that is checked out
	installed string              // digest of what was asked for
	broken    error               // what came of that
	unchanged map[string]outcome  // of the tests of a folder
	without   map[string][]string // tests that fail unchanged, by folder
	said      map[string]string   // by the compiler, of the unchanged commit
}

func clone(ctx context.Context, o *options, mirror, dir string) (*repo, error) {
	mirror, err := filepath.Abs(mirror)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(mirror)
	if name == "repo" || name == ".git" {
		name = filepath.Base(filepath.Dir(mirror))
	}
	r := &repo{row: rows[o.language], name: name, dir: dir, testWith: o.test, modules: o.modules}
	if _, err := output(ctx, filepath.Dir(dir), gitTime, "git", "clone", "-q", "--no-checkout", mirror, dir); err != nil {
		return nil, err
	}
	if r.reads, err = history.OpenRepo(ctx, dir); err != nil || o.modules == "" {
		return r, err
	}
	modules, err := filepath.Abs(o.modules)
	if err != nil {
		return nil, err
	}
	return r, os.Symlink(modules, filepath.Join(dir, filepath.Base(modules)))
}

// path is where a file of the repository lies.
func (r *repo) path(name string) string { return filepath.Join(r.dir, filepath.FromSlash(name)) }

// checkout makes the tree that of a commit, with what it needs installed.
func (r *repo) checkout(ctx context.Context, commit string) error {
	if _, err := r.git(ctx, "checkout", "-q", "-f", commit); err != nil {
		return err
	}
	r.commit, r.unchanged, r.without, r.said = commit, map[string]outcome{}, map[string][]string{}, map[string]string{}
	return r.install(ctx, r)
}

func (r *repo) git(ctx context.Context, args ...string) (string, error) {
	return output(ctx, r.dir, gitTime, append([]string{"git"}, args...)...)
}

// once installs by f unless what is asked for is what was asked for last.
func (r *repo) once(asked string, f func() error) error {
	sum := sha256.Sum256([]byte(asked))
	if digest := hex.EncodeToString(sum[:]); digest != r.installed {
		r.installed, r.broken = digest, f()
	}
	return r.broken
}

func goInstall(ctx context.Context, r *repo) error {
	mod, err := os.ReadFile(filepath.Join(r.dir, "go.mod"))
	if err != nil {
		return err
	}
	return r.once(string(mod), func() error {
		if _, err := output(ctx, r.dir, installTime, "go", "mod", "download"); err != nil {
			return err
		}
		// Export data of all that is beneath; what does not compile is seen later.
		output(ctx, r.dir, installTime, "go", "list", "-e", "-export", "-deps", "-test", "-f", "{{.Name}}", "./...") //nolint:errcheck // as said
		return nil
	})
}

func npmInstall(ctx context.Context, r *repo) error {
	if r.modules != "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(r.dir, "package.json"))
	if err != nil {
		return err
	}
	var p struct {
		Dependencies, DevDependencies, PeerDependencies map[string]string
		Workspaces                                      json.RawMessage
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	// Versions change with every second commit and matter seldom: a commit that
	// is not clean with the ones that are there is left out.
	var asked strings.Builder
	fmt.Fprintf(&asked, "%s %s\n", p.Workspaces, p.DevDependencies["typescript"])
	for _, list := range []map[string]string{p.Dependencies, p.DevDependencies, p.PeerDependencies} {
		fmt.Fprintln(&asked, slices.Sorted(maps.Keys(list)))
	}
	return r.once(asked.String(), func() error {
		args := []string{"npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--legacy-peer-deps"}
		if _, err := os.Stat(filepath.Join(r.dir, "package-lock.json")); err != nil {
			args = append(args, "--no-package-lock")
		}
		if _, err := output(ctx, r.dir, installTime, args...); err != nil {
			return err
		}
		_, err := r.git(ctx, "checkout", "-q", "-f", r.commit) // the lock file
		return err
	})
}

func goCompile(ctx context.Context, r *repo, file string) (string, error) {
	// Compiles packages and their tests, and links nothing.
	return output(ctx, r.nearest(file, "go.mod"), installTime, "go", "list", "-export", "-test", "-f", "", "./...")
}

func tscCompile(ctx context.Context, r *repo, file string) (string, error) {
	tsc := filepath.Join(r.dir, "node_modules", "typescript", "bin", "tsc")
	out, err := output(ctx, r.dir, installTime, "node", tsc, "--noEmit", "--pretty", "false", "-p", r.nearest(file, "tsconfig.json"))
	// A repository may have errors of its own: what counts is that none is new.
	var lines []string
	for l := range strings.SplitSeq(out, "\n") {
		if name, rest, ok := strings.Cut(l, "("); ok {
			_, rest, _ = strings.Cut(rest, "): ")
			lines = append(lines, name+": "+rest)
		}
	}
	slices.Sort(lines)
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		err = nil
	}
	return strings.Join(lines, "\n"), err
}

// nearest is the folder above a file that has another one.
func (r *repo) nearest(file, name string) string {
	dir := filepath.Join(r.dir, filepath.Dir(file))
	for dir != r.dir {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	return dir
}

// try says what the compiler and, where tests is set, the tests say of a file
// with another text. The file is as it was when it returns.
func (r *repo) try(ctx context.Context, c *putback, text string, tests bool) (compiles, tested outcome, err error) {
	folder := filepath.Dir(c.File)
	said, ok := r.said[folder]
	if !ok {
		if said, err = r.compile(ctx, r, c.File); err != nil {
			said = "cannot be compiled"
		}
		r.said[folder] = said
	}
	if tests {
		if tested = r.unchanged[folder]; tested == "" {
			tested = r.untouched(ctx, c.File)
			r.unchanged[folder] = tested
		}
	}
	if text == c.Clean {
		return passes, tested, nil
	}
	if err := os.WriteFile(c.Path, []byte(text), 0o600); err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, os.WriteFile(c.Path, []byte(c.Clean), 0o600)) }()
	compiles = passes
	now, failed := r.compile(ctx, r, c.File)
	switch {
	case said == "cannot be compiled":
		compiles = untold
	case failed != nil || now != said:
		compiles = fails
	}
	if tests && tested != untold {
		tested, _ = r.tests(ctx, c.File)
	}
	return compiles, tested, nil
}

// untouched runs the tests of a file at the unchanged commit, and finds out
// which cannot say anything.
func (r *repo) untouched(ctx context.Context, file string) outcome {
	told, out := r.tests(ctx, file)
	if told != fails {
		return told
	}
	names := r.failed(out)
	if len(names) == 0 {
		return untold
	}
	r.without[filepath.Dir(file)] = names
	if told, _ = r.tests(ctx, file); told == fails {
		return untold
	}
	return told
}

// tests runs those of a file.
func (r *repo) tests(ctx context.Context, file string) (told outcome, out string) {
	dir, command := r.test(r, file, r.without[filepath.Dir(file)])
	if r.testWith != "" {
		command = r.testWith
	}
	out, err := output(ctx, dir, testTime, "sh", "-c", command, "sh", file)
	if err != nil {
		// A test that passes at the second try depends on how busy the machine is.
		out, err = output(ctx, dir, testTime, "sh", "-c", command, "sh", file)
	}
	switch {
	case err != nil:
		return fails, out
	case strings.Contains(out, "[no test files]") || strings.Contains(out, "no tests to run"):
		return untold, out
	}
	return passes, out
}

// output runs a command to its end and returns what it prints. The error has
// the end of that.
func output(ctx context.Context, dir string, limit time.Duration, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off", "CI=1", "NO_COLOR=1")
	cmd.WaitDelay = time.Second
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	if err := cmd.Run(); err != nil {
		said := strings.TrimSpace(b.String())
		return b.String(), fmt.Errorf("%s: %w: %s", args[0], err, said[max(0, len(said)-300):])
	}
	return b.String(), nil
}
