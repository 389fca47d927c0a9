package check

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// eslintDriver is the program that asks the workspace's eslint.
//
//go:embed eslintdriver.js
var eslintDriver string

// The names of eslint's configurations. The flat ones count for the folders
// below them and hide the older ones.
var (
	eslintFlat  = []string{"eslint.config.js", "eslint.config.mjs", "eslint.config.cjs", "eslint.config.ts", "eslint.config.mts", "eslint.config.cts"}
	eslintOlder = []string{".eslintrc.js", ".eslintrc.cjs", ".eslintrc.yaml", ".eslintrc.yml", ".eslintrc.json", ".eslintrc"}
)

// eslintRow is the row of the workspace's own eslint, with its configuration
// and its plugins: one process for each check, which takes about a second. Its
// program is given the text as `eslint --stdin` is, and beside it the unsaved
// text of other files, which that has no way to say.
func eslintRow() Row {
	return Row{
		Name:      "eslint",
		Languages: []string{"javascript", "javascriptreact", "typescript", "typescriptreact", "vue", "svelte"},
		Sources:   []string{"eslint"},
		Covers:    PhaseLint,
		Detect: func(_ Env, root, path string) (bool, string) {
			if flat, dir := eslintConfig(root, path); flat == "" && dir == "" {
				return false, "there is no configuration of eslint above " + filepath.Base(path) + ": `npm init @eslint/config` makes one"
			}
			return true, ""
		},
		New: func(e Env) Checker { return &eslintChecker{env: e} },
	}
}

// eslintConfig is the configuration of a file, the path of a flat one or the
// folder of an older one.
func eslintConfig(root, path string) (flat, older string) {
	for dir := range upwards(filepath.Dir(path)) {
		for _, name := range eslintFlat {
			if isFile(filepath.Join(dir, name)) && ours(root, filepath.Join(dir, name)) {
				return filepath.Join(dir, name), ""
			}
		}
		if older != "" {
			continue
		}
		for _, name := range eslintOlder {
			if isFile(filepath.Join(dir, name)) {
				older = dir
			}
		}
		var p struct{ EslintConfig json.RawMessage }
		if text, err := os.ReadFile(filepath.Join(dir, "package.json")); err == nil && json.Unmarshal(text, &p) == nil && p.EslintConfig != nil {
			older = dir
		}
	}
	return "", older
}

// upwards are dir and the folders above it.
func upwards(dir string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for yield(dir) && dir != filepath.Dir(dir) {
			dir = filepath.Dir(dir)
		}
	}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

type eslintChecker struct{ env Env }

var _ Checker = (*eslintChecker)(nil)

// eslintAnswer is what the driver says.
type eslintAnswer struct {
	Version  string
	Messages []struct {
		RuleID                           string
		Severity                         int // 2 for errors
		Message                          string
		Line, Column, EndLine, EndColumn int // from 1, in UTF-16
		Fatal                            bool
	}
	Reads   []string
	Old     bool // too old for this driver
	Failed  string
	Missing bool // a module was not found
}

// Check lints the one file of the scope.
func (c *eslintChecker) Check(ctx context.Context, r Request) (Result, error) {
	if len(r.Scope) != 1 {
		return Result{}, &Unknown{CauseNoChecker, "eslint is asked about one file at a time"}
	}
	path := r.Scope[0]
	text, ok := textOf(r.Overlay, path)
	if !ok {
		return Result{}, &Unknown{CauseIncomplete, filepath.Base(path) + " cannot be read"}
	}
	home, folder, err := nodePackage(c.env, r.Root, path, "eslint")
	if err != nil {
		return Result{}, err
	}
	flat, older := eslintConfig(r.Root, path)
	in := eslintInputs(path, home)
	for _, name := range in.Files {
		if unsaved(r.Overlay, name) {
			return Result{}, &Unknown{CauseIncomplete, "eslint reads " + filepath.Base(name) + " from disk: save it first"}
		}
	}
	dir := home // from where the older kind finds its plugins
	if flat != "" {
		dir = filepath.Dir(flat)
	} else if older == "" {
		return Result{}, &Unknown{CauseNoChecker, "there is no configuration of eslint above " + filepath.Base(path) + ": `npm init @eslint/config` makes one"}
	}
	others := maps.Clone(r.Overlay)
	delete(others, path)
	question, err := json.Marshal(map[string]any{"path": path, "text": text, "overlay": others})
	if err != nil {
		return Result{}, &Unknown{CauseFailed, err.Error()}
	}
	out, err := c.env.Runner.Run(ctx, Command{Args: []string{c.env.node(), nodeHeap(c.env.Runner), "-e", eslintDriver, folder, flat}, Dir: dir, Stdin: string(question)})
	if err != nil {
		return Result{}, err
	}
	var a eslintAnswer
	if err := json.Unmarshal([]byte(out.Stdout), &a); err != nil {
		return Result{}, &Unknown{CauseFailed, "eslint gave no answer: " + complaint(out.Stderr)}
	}
	in.Files = append(in.Files, a.Reads...)
	in.Extra = "eslint " + a.Version
	return eslintResult(path, text, &a, in)
}

func eslintResult(path, text string, a *eslintAnswer, in Inputs) (Result, error) {
	switch {
	case a.Old:
		return Result{}, &Unknown{CauseMissing, fmt.Sprintf("eslint %s of the workspace is too old to be asked: install version 7 or a later one", a.Version)}
	case a.Missing:
		return Result{}, &Unknown{CauseMissing, "eslint does not find what its configuration names: " + firstLine(a.Failed) + ": install it"}
	case a.Failed != "":
		return Result{}, &Unknown{CauseFailed, "eslint cannot be run: " + firstLine(a.Failed) + ": mend its configuration"}
	}
	res := Result{Tool: "eslint", Version: a.Version, Complete: true, Phase: PhaseLint, Inputs: in}
	if a.Messages == nil {
		res.Complete, res.Why = false, "eslint says nothing of "+filepath.Base(path)
	}
	lines := textedit.NewLines(text)
	for _, m := range a.Messages {
		if m.RuleID == "" && !m.Fatal && strings.HasPrefix(m.Message, "File ignored") {
			res.Complete, res.Phase, res.Why = false, PhaseNone, fmt.Sprintf("eslint does not look at %s: %s", filepath.Base(path), firstLine(m.Message))
			continue
		}
		f := Finding{Path: path, Phase: PhaseLint, Diagnostic: analysis.Diagnostic{
			Source: "eslint", Code: m.RuleID, Message: m.Message, Severity: analysis.SeverityWarning,
		}}
		if m.Severity == 2 {
			f.Severity = analysis.SeverityError
		}
		if m.Fatal {
			f.Phase, res.Phase = PhaseParse, PhaseParse // no rule was tried
			if m.Line == 0 || strings.Contains(m.Message, "parserOptions.project") {
				res.Complete, res.Phase, res.Why = false, PhaseNone, "eslint cannot read "+filepath.Base(path)+": "+firstLine(m.Message)
			}
		}
		f.Span.Start, _ = lines.Offset(max(m.Line-1, 0), max(m.Column-1, 0), textedit.UTF16)
		f.Span.End = f.Span.Start
		if m.EndLine > 0 {
			f.Span.End, _ = lines.Offset(m.EndLine-1, max(m.EndColumn-1, 0), textedit.UTF16)
		}
		res.Findings = append(res.Findings, f)
	}
	return res, nil
}

// eslintInputs are the files that may hold the configuration of a file, those
// too that are not there, and those that change when packages are installed.
func eslintInputs(path, home string) Inputs {
	in := Inputs{Files: installed(home)}
	for dir := range upwards(filepath.Dir(path)) {
		for _, name := range slices.Concat(eslintFlat, eslintOlder, []string{"package.json", ".eslintignore"}) {
			in.Files = append(in.Files, filepath.Join(dir, name))
		}
	}
	return in
}

// installed are the files that package managers of node change when they
// install something.
func installed(home string) []string {
	var out []string
	for _, name := range []string{"package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "node_modules/.package-lock.json", "node_modules/.yarn-integrity", "node_modules/.modules.yaml"} {
		out = append(out, filepath.Join(home, filepath.FromSlash(name)))
	}
	return out
}

// nodePackage is the folder above a file whose node_modules has a package, and
// the folder of that package. Where there is none, it is the one that a setting
// names, for the whole workspace.
func nodePackage(e Env, root, path, name string) (home, folder string, err error) {
	manifest := filepath.Join("node_modules", name, "package.json")
	dir := above(filepath.Dir(path), manifest)
	set := e.Tools[name]
	switch {
	case dir != "" && ours(root, filepath.Join(dir, manifest)):
		return dir, filepath.Join(dir, "node_modules", name), nil
	case set != "" && filepath.IsAbs(set) && isFile(filepath.Join(set, "package.json")):
		return root, set, nil
	case set != "":
		return "", "", e.misnamed(name, "the folder of an installed package")
	case dir != "":
		return "", "", &Unknown{CauseMissing, fmt.Sprintf("the %s above the workspace belongs to somebody else: install it in the workspace (`npm install --save-dev %s`)", name, name)}
	case above(filepath.Dir(path), ".pnp.cjs") != "":
		return "", "", &Unknown{CauseMissing, fmt.Sprintf("%s lies in no folder, since Yarn keeps packages in archives here: `nodeLinker: node-modules` in .yarnrc.yml changes that", name)}
	}
	return "", "", &Unknown{CauseMissing, fmt.Sprintf("%s is not installed in the workspace: install it there (`npm install --save-dev %s`)", name, name)}
}

// node is the program that runs JavaScript.
func (e Env) node() string { return cmp.Or(e.Tools["node"], "node") }

// misnamed is the error where a setting names what is not there.
func (e Env) misnamed(name, want string) error {
	return &Unknown{CauseMissing, fmt.Sprintf("the setting for %s names %s, which is not %s: correct it", name, e.Tools[name], want)}
}

// ours reports whether a program may be taken for the workspace's own: it lies
// in it, or belongs to us or to the system. Above the workspace may be a folder
// that everybody can write to.
func ours(root, path string) bool {
	if rel, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(rel) {
		return true
	}
	info, err := os.Stat(path)
	return err == nil && ownedByUs(info)
}

// nodeHeap bounds what JavaScript holds. The rest of what node takes is some
// hundred megabytes; past the bound it ends by itself, with a message.
func nodeHeap(r *Runner) string {
	return fmt.Sprintf("--max-old-space-size=%d", r.memory*3/4>>20)
}

// textOf is the text of a file, the unsaved one where there is one.
func textOf(overlay map[string]string, path string) (string, bool) {
	if text, ok := overlay[path]; ok {
		return text, true
	}
	text, err := os.ReadFile(path)
	return string(text), err == nil
}

// unsaved reports whether a file has another text than on disk.
func unsaved(overlay map[string]string, path string) bool {
	text, ok := overlay[path]
	if !ok {
		return false
	}
	saved, err := os.ReadFile(path)
	return err != nil || string(saved) != text
}
