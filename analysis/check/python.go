package check

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// pythonTool is where the workspace has a program of Python: installed with
// node or in a virtual environment above the file; else what a setting names, or
// one in the active virtual environment, or in PATH. "" where it is not. It may
// have several names, of which the last is the setting's.
func pythonTool(e Env, root, path string, names ...string) string {
	for dir := range upwards(filepath.Dir(path)) {
		for _, name := range names {
			if p := program(filepath.Join(dir, "node_modules", ".bin", name)); p != "" && ours(root, p) {
				return p
			}
			for _, venv := range venvs {
				if p := program(filepath.Join(dir, venv, binaries(), name)); p != "" && ours(root, p) {
					return p
				}
			}
		}
	}
	if p := e.Tools[names[len(names)-1]]; p != "" {
		return p // what is not there is told of when it is run
	}
	if dir := os.Getenv("VIRTUAL_ENV"); dir != "" {
		for _, name := range names {
			if p := program(filepath.Join(dir, binaries(), name)); p != "" {
				return p
			}
		}
	}
	for _, name := range names {
		if p, err := exec.LookPath(name); err == nil && filepath.IsAbs(p) {
			return p
		}
	}
	return ""
}

// venvs are the names that virtual environments have in a workspace.
var venvs = []string{".venv", "venv"}

// binaries is the folder of programs in a virtual environment.
func binaries() string {
	if runtime.GOOS == "windows" {
		return "Scripts"
	}
	return "bin"
}

// program is an executable file, with the ending that Windows wants.
func program(path string) string {
	p, err := exec.LookPath(path)
	if err != nil {
		return ""
	}
	return p
}

// pythonOf is the interpreter of a file's workspace: that of a virtual
// environment, else python3 or python in PATH.
func pythonOf(e Env, root, path string) string {
	return pythonTool(e, root, path, "python3", "python")
}

// configsAbove are the files above one that settings of its tools may be in,
// also those that are not there.
func configsAbove(path string, names ...string) []string {
	var out []string
	for dir := range upwards(filepath.Dir(path)) {
		for _, name := range names {
			out = append(out, filepath.Join(dir, name))
		}
	}
	return out
}

// unsavedConfig is the error where a tool reads a configuration from disk that
// has another text in an editor.
func unsavedConfig(tool string, overlay map[string]string, names []string) error {
	for _, name := range names {
		if unsaved(overlay, name) {
			return &Unknown{CauseIncomplete, tool + " reads " + filepath.Base(name) + " from disk: save it first"}
		}
	}
	return nil
}

// pyCompileRow is the row of Python's own compiler, which compiles the text and
// runs nothing of it: what it says is a syntax error for everybody.
func pyCompileRow() Row {
	return Row{
		Name: "python", Languages: []string{"python"}, Covers: PhaseParse,
		Sources: []string{"python", "compile", "pyflakes", "pylsp"},
		Detect: func(e Env, root, path string) (bool, string) {
			if pythonOf(e, root, path) == "" {
				return false, "Python is not installed, or not in PATH: install it"
			}
			return true, ""
		},
		New: func(e Env) Checker { return &pyCompiler{env: e} },
	}
}

type pyCompiler struct{ env Env }

var _ Checker = (*pyCompiler)(nil)

// pyCompile compiles its standard input. What is at hand only: -I -S keeps it
// from reading anything of the workspace or of its packages.
const pyCompile = `
import json, sys, warnings
warnings.simplefilter("ignore")
text = sys.stdin.buffer.read()
out = {"version": sys.version.split()[0]}
try:
    compile(text, "file", "exec", dont_inherit=True)
except SyntaxError as e:
    out["error"] = {"message": e.msg, "line": e.lineno, "column": e.offset, "endLine": getattr(e, "end_lineno", None), "endColumn": getattr(e, "end_offset", None)}
except ValueError as e:
    out["error"] = {"message": str(e)}
except (MemoryError, RecursionError) as e:
    out["failed"] = "the text is nested too deeply for Python"
json.dump(out, sys.stdout)
`

// Check compiles the files of the scope.
func (c *pyCompiler) Check(ctx context.Context, r Request) (Result, error) {
	res := Result{Tool: "python", Complete: true, Phase: PhaseParse}
	for _, path := range r.Scope {
		python := pythonOf(c.env, r.Root, path)
		if python == "" {
			return Result{}, &Unknown{CauseMissing, "Python is not installed, or not in PATH: install it"}
		}
		text, ok := textOf(r.Overlay, path)
		if !ok {
			return Result{}, &Unknown{CauseIncomplete, filepath.Base(path) + " cannot be read"}
		}
		out, err := c.env.Runner.Run(ctx, Command{Args: []string{python, "-I", "-S", "-c", pyCompile}, Dir: r.Root, Stdin: text})
		if err != nil {
			return Result{}, err
		}
		var a struct {
			Version, Failed string
			Error           *struct {
				Message                          string
				Line, Column, EndLine, EndColumn int // from 1, in characters
			}
		}
		if err := json.Unmarshal([]byte(out.Stdout), &a); err != nil {
			return Result{}, &Unknown{CauseFailed, "Python gave no answer: " + complaint(out.Stderr)}
		}
		if a.Failed != "" {
			res.Complete, res.Phase, res.Why = false, PhaseNone, a.Failed
		}
		if e := a.Error; e != nil {
			f := Finding{Path: path, Phase: PhaseParse, Diagnostic: analysis.Diagnostic{
				Source: "python", Code: "SyntaxError", Message: e.Message, Severity: analysis.SeverityError, NoSpan: e.Line == 0,
			}}
			if e.Line > 0 {
				f.Span = spanOf(textedit.NewLines(text), e.Line, e.Column, e.EndLine, e.EndColumn, textedit.UTF32)
			}
			res.Findings = append(res.Findings, f)
		}
		res.Version = a.Version
		res.Inputs.Files = append(res.Inputs.Files, path)
		res.Inputs.Extra = python + " " + a.Version
	}
	return res, nil
}

// spanOf is a place that a tool counts from 1; an end that it does not know is
// 0.
func spanOf(lines *textedit.Lines, line, column, endLine, endColumn int, e textedit.Encoding) analysis.Span {
	var s analysis.Span
	s.Start, _ = lines.Offset(max(line-1, 0), max(column-1, 0), e)
	s.End = s.Start
	if endLine > 0 && endColumn > 0 {
		if end, _ := lines.Offset(endLine-1, endColumn-1, e); end > s.Start {
			s.End = end
		}
	}
	return s
}

// ruffRow is the row of ruff, given the text by standard input.
func ruffRow() Row {
	return Row{
		Name: "ruff", Languages: []string{"python"}, Covers: PhaseLint,
		Sources: []string{"ruff"},
		Detect: func(e Env, root, path string) (bool, string) {
			if pythonTool(e, root, path, "ruff") == "" {
				return false, "ruff is not installed in the workspace nor in PATH: `pip install ruff`"
			}
			return true, ""
		},
		New: func(e Env) Checker { return &ruffChecker{env: e} },
	}
}

type ruffChecker struct{ env Env }

var _ Checker = (*ruffChecker)(nil)

// ruffExtend is another configuration that one builds on.
var ruffExtend = regexp.MustCompile(`(?m)^\s*extend\s*=\s*["']([^"'\n]+)["']`)

// ruffErrors are what ruff's server reports as errors; the rest are warnings.
var ruffErrors = map[string]bool{"F821": true, "E902": true, "E999": true, "invalid-syntax": true}

// Check lints the one file of the scope.
func (c *ruffChecker) Check(ctx context.Context, r Request) (Result, error) {
	if len(r.Scope) != 1 {
		return Result{}, &Unknown{CauseNoChecker, "ruff is asked about one file at a time"}
	}
	path := r.Scope[0]
	ruff := pythonTool(c.env, r.Root, path, "ruff")
	if ruff == "" {
		return Result{}, &Unknown{CauseMissing, "ruff is not installed in the workspace nor in PATH: `pip install ruff`"}
	}
	text, ok := textOf(r.Overlay, path)
	if !ok {
		return Result{}, &Unknown{CauseIncomplete, filepath.Base(path) + " cannot be read"}
	}
	configs := configsAbove(path, "ruff.toml", ".ruff.toml", "pyproject.toml")
	for i := 0; i < len(configs); i++ {
		text, err := os.ReadFile(configs[i])
		if m := ruffExtend.FindSubmatch(text); err == nil && m != nil && len(configs) < 1000 {
			configs = append(configs, filepath.Join(filepath.Dir(configs[i]), string(m[1])))
		}
	}
	if dir, err := os.UserConfigDir(); err == nil {
		for _, name := range []string{"ruff.toml", ".ruff.toml", "pyproject.toml"} {
			configs = append(configs, filepath.Join(dir, "ruff", name))
		}
	}
	if err := unsavedConfig("ruff", r.Overlay, configs); err != nil {
		return Result{}, err
	}
	version, err := c.env.Runner.Run(ctx, Command{Args: []string{ruff, "--version"}, Dir: r.Root})
	if err != nil {
		return Result{}, err
	}
	out, err := c.env.Runner.Run(ctx, Command{
		Args: []string{ruff, "check", "--no-cache", "--no-fix", "--exit-zero", "--output-format", "json", "--stdin-filename", path, "-"},
		Dir:  r.Root, Stdin: text,
	})
	if err != nil {
		return Result{}, err
	}
	var list []struct {
		Code        string
		Message     string
		Location    struct{ Row, Column int } // from 1, in characters
		EndLocation struct{ Row, Column int } `json:"end_location"`
	}
	if err := json.Unmarshal([]byte(out.Stdout), &list); err != nil {
		return Result{}, &Unknown{CauseFailed, "ruff cannot be run: " + ruffComplaint(out.Stderr) + ": mend its configuration"}
	}
	res := Result{
		Tool: "ruff", Version: strings.TrimPrefix(firstLine(version.Stdout), "ruff "), Complete: true, Phase: PhaseLint,
		Inputs: Inputs{Files: append(configs, path), Dirs: []string{r.Root, filepath.Join(r.Root, "src")}},
	}
	res.Inputs.Extra = ruff + " " + res.Version
	lines := textedit.NewLines(text)
	for _, m := range list {
		f := Finding{Path: path, Phase: PhaseLint, Diagnostic: analysis.Diagnostic{
			Source: "Ruff", Code: m.Code, Message: m.Message, Severity: analysis.SeverityWarning,
			Span: spanOf(lines, m.Location.Row, m.Location.Column, m.EndLocation.Row, m.EndLocation.Column, textedit.UTF32),
		}}
		if ruffErrors[m.Code] {
			f.Severity = analysis.SeverityError
		}
		if m.Code == "" || m.Code == "invalid-syntax" || m.Code == "E999" {
			f.Phase, res.Phase = PhaseParse, PhaseParse // other rules may not have been tried
		}
		res.Findings = append(res.Findings, f)
	}
	return res, nil
}

// ruffComplaint is the innermost cause that ruff prints: the last but for the
// excerpt below it.
func ruffComplaint(stderr string) string {
	said := firstLine(stderr)
	for l := range strings.Lines(stderr) {
		if _, cause, ok := strings.Cut(l, "Cause: "); ok {
			said = firstLine(cause)
		}
	}
	return said
}
